use ::attachments::ports::{OrphanedObject, OrphanedObjects};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Array, Uuid as SqlUuid};
use kernel::error::StoreError;
use kernel::id::Id;
use uuid::Uuid;

use super::table::State;
use crate::db::{Db, Lane, Scope};
use crate::schema::attachments;
use crate::write_error::WriteError;

/// Objects whose attachments are gone, in PostgreSQL.
pub struct PgOrphanedObjects {
    db: Db,
}

impl PgOrphanedObjects {
    pub fn new(db: Db) -> Self {
        Self { db }
    }
}

#[async_trait]
impl OrphanedObjects for PgOrphanedObjects {
    #[tracing::instrument(name = "OrphanedObjects::orphans", level = "debug", skip_all)]
    async fn orphans(&self, then: DateTime<Utc>, limit: u32) -> Result<Vec<OrphanedObject>, StoreError> {
        let rows: Vec<(Uuid, Uuid)> = self
            .db
            .write(Scope::System, Lane::Ordinary, move |connection| {
                let lost = attachments::table
                    .filter(attachments::state.eq(State::Announced.as_str()))
                    .filter(attachments::uploaded_at.lt(then));
                let deleted = State::Deleted.as_str();
                diesel::update(lost).set(attachments::state.eq(deleted)).execute(connection)?;
                let deleted = attachments::table.filter(attachments::state.eq(deleted));
                let deleted = deleted.select((attachments::team_id, attachments::id)).limit(limit.into());
                deleted.load(connection).map_err(WriteError::<StoreError>::from)
            })
            .await?;
        let orphan = |(team, id)| OrphanedObject { team: Id::new(team), id: Id::new(id) };
        Ok(rows.into_iter().map(orphan).collect())
    }

    #[tracing::instrument(name = "OrphanedObjects::forget", level = "debug", skip_all)]
    async fn forget(&self, orphans: &[OrphanedObject]) -> Result<(), StoreError> {
        let teams: Vec<Uuid> = orphans.iter().map(|one| one.team.uuid()).collect();
        let ids: Vec<Uuid> = orphans.iter().map(|one| one.id.uuid()).collect();
        self.db
            .write(Scope::System, Lane::Ordinary, move |connection| {
                let forget = sql_query(
                    "DELETE FROM attachments a USING unnest($1, $2) gone (team_id, id)
                     WHERE a.team_id = gone.team_id AND a.id = gone.id AND a.state = 'deleted'",
                );
                let forget = forget.bind::<Array<SqlUuid>, _>(&teams).bind::<Array<SqlUuid>, _>(&ids);
                forget.execute(connection).map(drop).map_err(WriteError::from)
            })
            .await
    }
}
