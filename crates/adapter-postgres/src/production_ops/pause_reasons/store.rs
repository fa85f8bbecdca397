use async_trait::async_trait;
use diesel::pg::Pg;
use diesel::prelude::*;
use kernel::error::StoreError;
use kernel::id::TeamId;
use kernel::page::{Listing, Window};
use kernel::write::{WriteContext, Written};
use production_ops::pause_reason::{PauseReason, PauseReasonChange, PauseReasonError, PauseReasonId};
use production_ops::ports::{PauseReasonFilter, PauseReasons};

use super::table::{PauseReasonRow, insert, lock, of, update};
use crate::db::{Db, Lane, Scope, listing};
use crate::effects::Change;
use crate::schema::pause_reasons;
use crate::write_error::{WriteError, constraint};

/// Pause reasons in PostgreSQL.
pub struct PgPauseReasons {
    db: Db,
}

impl PgPauseReasons {
    pub fn new(db: Db) -> Self {
        Self { db }
    }
}

#[async_trait]
impl PauseReasons for PgPauseReasons {
    #[tracing::instrument(name = "PauseReasons::create", level = "debug", skip_all)]
    async fn create(
        &self,
        context: WriteContext<PauseReason>,
        reason: PauseReason,
    ) -> Result<Written<PauseReason>, PauseReasonError> {
        let team = context.team;
        self.db
            .change(Lane::Ordinary, context, move |connection| {
                insert(connection, team, &reason).map_err(blame)?;
                Ok(Change::created(reason.clone()))
            })
            .await
    }

    #[tracing::instrument(name = "PauseReasons::change", level = "debug", skip_all)]
    async fn change(
        &self,
        context: WriteContext<PauseReason>,
        id: PauseReasonId,
        change: PauseReasonChange,
    ) -> Result<Written<PauseReason>, PauseReasonError> {
        let (team, at) = (context.team, context.at);
        self.db
            .change(Lane::Ordinary, context, move |connection| {
                let before =
                    lock(connection, team, id)?.ok_or(WriteError::Port(PauseReasonError::NotFound))?;
                let Some(after) = before.change(&change, at) else { return Ok(Change::nothing(before)) };
                update(connection, team, &after).map_err(blame)?;
                Ok(Change::changed(&before, after))
            })
            .await
    }

    #[tracing::instrument(name = "PauseReasons::find", level = "debug", skip_all)]
    async fn find(&self, team: TeamId, id: PauseReasonId) -> Result<Option<PauseReason>, StoreError> {
        let row = self.db.read(Scope::Team(team), move |connection| {
            of(team, id).select(PauseReasonRow::as_select()).first(connection).optional()
        });
        row.await?.map(PauseReason::try_from).transpose()
    }

    #[tracing::instrument(name = "PauseReasons::list", level = "debug", skip_all)]
    async fn list(
        &self,
        team: TeamId,
        filter: PauseReasonFilter,
        window: Window,
    ) -> Result<Listing<PauseReason>, StoreError> {
        self.db
            .read(Scope::Team(team), move |connection| {
                let rows = filtered(team, filter).order((pause_reasons::name_key, pause_reasons::id));
                let rows = rows.limit(window.limit().into()).offset(window.offset().into());
                Ok((
                    rows.select(PauseReasonRow::as_select()).load(connection)?,
                    filtered(team, filter).count().get_result(connection)?,
                ))
            })
            .await
            .and_then(listing)
    }
}

fn filtered(team: TeamId, filter: PauseReasonFilter) -> pause_reasons::BoxedQuery<'static, Pg> {
    let mut query = pause_reasons::table.filter(pause_reasons::team_id.eq(team.uuid())).into_boxed();
    if filter.active_only {
        query = query.filter(pause_reasons::is_active);
    }
    if let Some(category) = filter.category {
        query = query.filter(pause_reasons::category.eq(category.as_str()));
    }
    query
}

fn blame(error: diesel::result::Error) -> WriteError<PauseReasonError> {
    match constraint(&error) {
        Some("pause_reasons_team_id_name_key_key") => WriteError::Port(PauseReasonError::NameTaken),
        _ => error.into(),
    }
}
