use std::collections::BTreeMap;

use async_trait::async_trait;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use kernel::audit::AuditEntry;
use kernel::clock::SystemIds;
use kernel::error::StoreError;
use kernel::id::{Id, TeamId};
use kernel::page::{Listing, Window};
use kernel::write::{WriteContext, Written};
use production_ops::ports::{RoutingFilter, Routings};
use production_ops::routing::{
    Reference, References, Routing, RoutingContent, RoutingError, RoutingId, RoutingSummary, RoutingVersion,
    UnusableReference,
};
use uuid::Uuid;

use super::list;
use super::table::{RoutingRows, head, insert, insert_version, lock, named, update};
use crate::db::{Db, Lane, Scope, listing};
use crate::effects::Change;
use crate::schema::{data_collection_activities, departments};
use crate::write_error::{WriteError, constraint};

/// Routings in PostgreSQL.
pub struct PgRoutings {
    db: Db,
}

impl PgRoutings {
    pub fn new(db: Db) -> Self {
        Self { db }
    }
}

#[async_trait]
impl Routings for PgRoutings {
    #[tracing::instrument(name = "Routings::create", level = "debug", skip_all)]
    async fn create(
        &self,
        context: WriteContext<Routing>,
        id: RoutingId,
        content: RoutingContent,
    ) -> Result<Written<Routing>, RoutingError> {
        let (team, at) = (context.team, context.at);
        self.db
            .change(Lane::Ordinary, context, move |connection| {
                let known = references(connection, team, &content)?;
                let made = Routing::create(id, content.clone(), &known, &SystemIds, at).map_err(unusable)?;
                insert(connection, team, &made).map_err(blame)?;
                insert_version(connection, team, &made)?;
                Ok(Change::created(made))
            })
            .await
    }

    #[tracing::instrument(name = "Routings::revise", level = "debug", skip_all)]
    async fn revise(
        &self,
        context: WriteContext<Routing>,
        id: RoutingId,
        content: RoutingContent,
    ) -> Result<Written<Routing>, RoutingError> {
        let (team, at) = (context.team, context.at);
        self.db
            .change(Lane::Ordinary, context, move |connection| {
                let before = lock(connection, team, id)?.ok_or(WriteError::Port(RoutingError::NotFound))?;
                if before.says(&content) {
                    return Ok(Change::nothing(before));
                }
                let known = references(connection, team, &content)?;
                let after = before.revise(content.clone(), &known, &SystemIds, at).map_err(unusable)?;
                update(connection, team, &after).map_err(blame)?;
                insert_version(connection, team, &after)?;
                let entry = AuditEntry::of("revised", Some(&before), Some(&after));
                Ok(Change::audited(after, entry))
            })
            .await
    }

    #[tracing::instrument(name = "Routings::set_active", level = "debug", skip_all)]
    async fn set_active(
        &self,
        context: WriteContext<Routing>,
        id: RoutingId,
        is_active: bool,
    ) -> Result<Written<Routing>, RoutingError> {
        let (team, at) = (context.team, context.at);
        self.db
            .change(Lane::Ordinary, context, move |connection| {
                let before = lock(connection, team, id)?.ok_or(WriteError::Port(RoutingError::NotFound))?;
                let Some(after) = before.set_active(is_active, at) else {
                    return Ok(Change::nothing(before));
                };
                update(connection, team, &after)?;
                Ok(Change::changed(&before, after))
            })
            .await
    }

    #[tracing::instrument(name = "Routings::find", level = "debug", skip_all)]
    async fn find(
        &self,
        team: TeamId,
        id: RoutingId,
        version: Option<RoutingVersion>,
    ) -> Result<Option<Routing>, StoreError> {
        let rows = self.db.read(Scope::Team(team), move |connection| {
            let head = head(connection, team, id, version)?;
            head.map(|head| RoutingRows::of(connection, team, head)).transpose()
        });
        rows.await?.map(Routing::try_from).transpose()
    }

    #[tracing::instrument(name = "Routings::list", level = "debug", skip_all)]
    async fn list(
        &self,
        team: TeamId,
        filter: RoutingFilter,
        window: Window,
    ) -> Result<Listing<RoutingSummary>, StoreError> {
        self.db
            .read(Scope::Team(team), move |connection| {
                let (page, total) = list::page(connection, team, &filter, window)?;
                Ok((list::summaries(connection, team, page)?, total))
            })
            .await
            .and_then(listing)
    }
}

fn unusable(references: Vec<UnusableReference>) -> WriteError<RoutingError> {
    WriteError::Port(RoutingError::Unusable(references))
}

fn blame(error: diesel::result::Error) -> WriteError<RoutingError> {
    match constraint(&error) {
        Some("routings_team_id_name_key_key") => WriteError::Port(RoutingError::NameTaken),
        _ => error.into(),
    }
}

/// Those of what a content names that the team has, unchanged until the transaction ends.
pub(super) fn references<E: From<StoreError>>(
    connection: &mut PgConnection,
    team: TeamId,
    content: &RoutingContent,
) -> Result<References, WriteError<E>> {
    let ids: Vec<_> = content.departments().into_iter().map(Id::uuid).collect();
    let departments = departments::table
        .filter(departments::team_id.eq(team.uuid()))
        .filter(departments::id.eq_any(ids))
        .order(departments::id)
        .select((departments::id, departments::name, departments::is_active))
        .for_share()
        .load(connection)?;
    let ids: Vec<_> = content.activities().into_iter().map(Id::uuid).collect();
    let activities = if ids.is_empty() {
        Vec::new()
    } else {
        data_collection_activities::table
            .filter(data_collection_activities::team_id.eq(team.uuid()))
            .filter(data_collection_activities::id.eq_any(ids))
            .order(data_collection_activities::id)
            .select((
                data_collection_activities::id,
                data_collection_activities::name,
                data_collection_activities::is_active,
            ))
            .for_share()
            .load(connection)?
    };
    let known = found(departments).and_then(|departments| {
        let activities = found(activities)?;
        Ok(References { departments, activities })
    });
    known.map_err(WriteError::store)
}

fn found<K>(rows: Vec<(Uuid, String, bool)>) -> Result<BTreeMap<Id<K>, Reference>, StoreError> {
    let read = |(id, name, is_active): (Uuid, String, bool)| {
        Ok((Id::new(id), Reference { name: named(&name)?, is_active }))
    };
    rows.into_iter().map(read).collect()
}
