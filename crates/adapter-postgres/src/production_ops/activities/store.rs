use async_trait::async_trait;
use diesel::pg::Pg;
use diesel::prelude::*;
use kernel::clock::SystemIds;
use kernel::error::StoreError;
use kernel::id::TeamId;
use kernel::page::{Listing, Window};
use kernel::write::{WriteContext, Written};
use production_ops::data_collection::{Activity, ActivityChange, ActivityError, ActivityId};
use production_ops::ports::{Activities, ActivityFilter};

use super::table::{ActivityRow, insert, lock, of, update};
use crate::db::{Db, Lane, Scope, listing};
use crate::effects::Change;
use crate::schema::data_collection_activities;
use crate::write_error::WriteError;

/// Data collection activities in PostgreSQL.
pub struct PgActivities {
    db: Db,
}

impl PgActivities {
    pub fn new(db: Db) -> Self {
        Self { db }
    }
}

#[async_trait]
impl Activities for PgActivities {
    #[tracing::instrument(name = "Activities::create", level = "debug", skip_all)]
    async fn create(
        &self,
        context: WriteContext<Activity>,
        activity: Activity,
    ) -> Result<Written<Activity>, ActivityError> {
        let team = context.team;
        self.db
            .change(Lane::Ordinary, context, move |connection| {
                insert(connection, team, &activity)?;
                Ok(Change::created(activity.clone()))
            })
            .await
    }

    #[tracing::instrument(name = "Activities::change", level = "debug", skip_all)]
    async fn change(
        &self,
        context: WriteContext<Activity>,
        id: ActivityId,
        change: ActivityChange,
    ) -> Result<Written<Activity>, ActivityError> {
        let (team, at) = (context.team, context.at);
        self.db
            .change(Lane::Ordinary, context, move |connection| {
                let before = lock(connection, team, id)?.ok_or(WriteError::Port(ActivityError::NotFound))?;
                let after = before.change(&change, &SystemIds, at);
                let Some(after) = after else { return Ok(Change::nothing(before)) };
                update(connection, team, &after)?;
                Ok(Change::changed(&before, after))
            })
            .await
    }

    #[tracing::instrument(name = "Activities::find", level = "debug", skip_all)]
    async fn find(&self, team: TeamId, id: ActivityId) -> Result<Option<Activity>, StoreError> {
        let row = self.db.read(Scope::Team(team), move |connection| {
            of(team, id).select(ActivityRow::as_select()).first(connection).optional()
        });
        row.await?.map(Activity::try_from).transpose()
    }

    #[tracing::instrument(name = "Activities::list", level = "debug", skip_all)]
    async fn list(
        &self,
        team: TeamId,
        filter: ActivityFilter,
        window: Window,
    ) -> Result<Listing<Activity>, StoreError> {
        self.db
            .read(Scope::Team(team), move |connection| {
                let rows = filtered(team, filter)
                    .order((data_collection_activities::name_key, data_collection_activities::id))
                    .offset(window.offset().into())
                    .limit(window.limit().into());
                Ok((
                    rows.select(ActivityRow::as_select()).load(connection)?,
                    filtered(team, filter).count().get_result(connection)?,
                ))
            })
            .await
            .and_then(listing)
    }
}

fn filtered(team: TeamId, filter: ActivityFilter) -> data_collection_activities::BoxedQuery<'static, Pg> {
    let query = data_collection_activities::table
        .filter(data_collection_activities::team_id.eq(team.uuid()))
        .into_boxed();
    if filter.active_only { query.filter(data_collection_activities::is_active) } else { query }
}
