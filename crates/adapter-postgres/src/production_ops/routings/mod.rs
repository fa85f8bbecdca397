//! Routings.

mod list;
mod read;
mod write;

use async_trait::async_trait;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use kernel::audit::AuditEntry;
use kernel::error::{Fault, StoreError};
use kernel::id::TeamId;
use kernel::page::{Listing, Window};
use kernel::write::{WriteContext, Written};
use production_ops::ports::{RoutingFilter, RoutingStoreError, Routings};
use production_ops::routing::{Routing, RoutingContent, RoutingId, RoutingSummary, RoutingVersion};
use uuid::Uuid;

use self::read::RoutingRows;
use crate::db::{Db, Lane, Scope};
use crate::effects::Change;
use crate::schema::routings;
use crate::write_error::{WriteError, constraint};

/// Routings in PostgreSQL.
pub struct PgRoutings {
    db: Db,
}

impl PgRoutings {
    /// Stands on a pool.
    pub fn new(db: Db) -> Self {
        Self { db }
    }
}

#[async_trait]
impl Routings for PgRoutings {
    async fn create(
        &self,
        context: WriteContext<Routing>,
        id: RoutingId,
        content: RoutingContent,
    ) -> Result<Written<Routing>, RoutingStoreError> {
        let (team, at) = (context.team, context.at);
        self.db
            .change(Lane::Ordinary, context, move |connection| {
                let known = read::references(connection, team, &content)?;
                let made = Routing::create(id, content.clone(), &known, at).map_err(unusable)?;
                write::insert(connection, team, &made).map_err(write_error)?;
                write::insert_version(connection, team, &made)?;
                let entry = entry("routing.created", None, &made);
                Ok(Change::audited(made, entry))
            })
            .await
    }

    async fn revise(
        &self,
        context: WriteContext<Routing>,
        id: RoutingId,
        content: RoutingContent,
    ) -> Result<Written<Routing>, RoutingStoreError> {
        let (team, at) = (context.team, context.at);
        self.db
            .change(Lane::Ordinary, context, move |connection| {
                let before = locked(connection, team, id)?;
                if before.says(&content) {
                    return Ok(Change::nothing(before));
                }
                let known = read::references(connection, team, &content)?;
                let after = before.revise(content.clone(), &known, at).map_err(unusable)?;
                write::update(connection, team, &after).map_err(write_error)?;
                write::insert_version(connection, team, &after)?;
                let entry = entry("routing.revised", Some(&before), &after);
                Ok(Change::audited(after, entry))
            })
            .await
    }

    async fn set_active(
        &self,
        context: WriteContext<Routing>,
        id: RoutingId,
        is_active: bool,
    ) -> Result<Written<Routing>, RoutingStoreError> {
        let (team, at) = (context.team, context.at);
        self.db
            .change(Lane::Ordinary, context, move |connection| {
                let before = locked(connection, team, id)?;
                let Some(after) = before.set_active(is_active, at) else {
                    return Ok(Change::nothing(before));
                };
                write::update(connection, team, &after)?;
                let entry = entry("routing.changed", Some(&before), &after);
                Ok(Change::audited(after, entry))
            })
            .await
    }

    async fn find(
        &self,
        team: TeamId,
        id: RoutingId,
        version: Option<RoutingVersion>,
    ) -> Result<Option<Routing>, StoreError> {
        let rows = self.db.read(Scope::Team(team), move |connection| {
            let head = read::head(connection, team, id, version)?;
            head.map(|head| RoutingRows::of(connection, team, head)).transpose()
        });
        rows.await?.map(Routing::try_from).transpose()
    }

    async fn list(
        &self,
        team: TeamId,
        filter: RoutingFilter,
        window: Window,
    ) -> Result<Listing<RoutingSummary>, StoreError> {
        let rows = self.db.read(Scope::Team(team), move |connection| {
            let (page, total) = list::page(connection, team, &filter, window)?;
            Ok((list::summaries(connection, team, page)?, total))
        });
        let (rows, total) = rows.await?;
        let items = rows.into_iter().map(RoutingSummary::try_from).collect::<Result<_, _>>()?;
        Ok(Listing { items, total: total.unsigned_abs() })
    }
}

/// The routing in its latest version, which stays the latest until the transaction ends.
fn locked(
    connection: &mut PgConnection,
    team: TeamId,
    id: RoutingId,
) -> Result<Routing, WriteError<RoutingStoreError>> {
    // its id never changes, so its versions may be referred to meanwhile
    let lock = read::of(team, id).select(routings::id).for_no_key_update();
    lock.first::<Uuid>(connection).optional()?;
    let head =
        read::head(connection, team, id, None)?.ok_or(WriteError::Port(RoutingStoreError::NotFound))?;
    Routing::try_from(RoutingRows::of(connection, team, head)?).map_err(WriteError::store)
}

fn unusable(faults: Vec<Fault>) -> WriteError<RoutingStoreError> {
    WriteError::Port(RoutingStoreError::Unusable(faults))
}

fn write_error(error: diesel::result::Error) -> WriteError<RoutingStoreError> {
    match constraint(&error) {
        Some("routings_team_id_name_key_key") => WriteError::Port(RoutingStoreError::NameTaken),
        _ => error.into(),
    }
}

fn entry(action: &'static str, before: Option<&Routing>, after: &Routing) -> AuditEntry {
    AuditEntry {
        action: action.into(),
        subject_kind: "routing",
        subject: after.id.uuid(),
        before: before.map(Routing::snapshot),
        after: Some(after.snapshot()),
    }
}
