use async_trait::async_trait;
use diesel::pg::Pg;
use diesel::prelude::*;
use kernel::error::StoreError;
use kernel::id::TeamId;
use kernel::page::{Listing, Window};
use kernel::write::{WriteContext, Written};
use production_ops::ports::{WorkCentreFilter, WorkCentres};
use production_ops::work_centre::{
    NewWorkCentre, WorkCentre, WorkCentreChange, WorkCentreError, WorkCentreId,
};

use super::table::{WorkCentreRow, highest, insert, lock, of, update};
use crate::db::{Db, Lane, Scope, listing};
use crate::effects::Change;
use crate::schema::work_centres;
use crate::write_error::{WriteError, constraint};

/// Work centres in PostgreSQL.
pub struct PgWorkCentres {
    db: Db,
}

impl PgWorkCentres {
    pub fn new(db: Db) -> Self {
        Self { db }
    }
}

#[async_trait]
impl WorkCentres for PgWorkCentres {
    #[tracing::instrument(name = "WorkCentres::create", level = "debug", skip_all)]
    async fn create(
        &self,
        context: WriteContext<WorkCentre>,
        id: WorkCentreId,
        new: NewWorkCentre,
    ) -> Result<Written<WorkCentre>, WorkCentreError> {
        let (team, at) = (context.team, context.at);
        self.db
            .change(Lane::Ordinary, context, move |connection| {
                let highest = if new.number.is_none() { highest(connection, team)? } else { None };
                let work_centre = WorkCentre::create(id, new.clone(), highest, at)
                    .map_err(|error| WriteError::Port(error.into()))?;
                insert(connection, team, &work_centre).map_err(blame)?;
                Ok(Change::created(work_centre))
            })
            .await
    }

    #[tracing::instrument(name = "WorkCentres::change", level = "debug", skip_all)]
    async fn change(
        &self,
        context: WriteContext<WorkCentre>,
        id: WorkCentreId,
        change: WorkCentreChange,
    ) -> Result<Written<WorkCentre>, WorkCentreError> {
        let (team, at) = (context.team, context.at);
        self.db
            .change(Lane::Ordinary, context, move |connection| {
                let before =
                    lock(connection, team, id)?.ok_or(WriteError::Port(WorkCentreError::NotFound))?;
                let Some(after) = before.change(&change, at) else { return Ok(Change::nothing(before)) };
                update(connection, team, &after).map_err(blame)?;
                Ok(Change::changed(&before, after))
            })
            .await
    }

    #[tracing::instrument(name = "WorkCentres::find", level = "debug", skip_all)]
    async fn find(&self, team: TeamId, id: WorkCentreId) -> Result<Option<WorkCentre>, StoreError> {
        let row = self.db.read(Scope::Team(team), move |connection| {
            of(team, id).select(WorkCentreRow::as_select()).first(connection).optional()
        });
        row.await?.map(WorkCentre::try_from).transpose()
    }

    #[tracing::instrument(name = "WorkCentres::list", level = "debug", skip_all)]
    async fn list(
        &self,
        team: TeamId,
        filter: WorkCentreFilter,
        window: Window,
    ) -> Result<Listing<WorkCentre>, StoreError> {
        self.db
            .read(Scope::Team(team), move |connection| {
                let rows = filtered(team, filter).order(work_centres::number);
                let rows = rows.limit(window.limit().into()).offset(window.offset().into());
                Ok((
                    rows.select(WorkCentreRow::as_select()).load(connection)?,
                    filtered(team, filter).count().get_result(connection)?,
                ))
            })
            .await
            .and_then(listing)
    }
}

fn filtered(team: TeamId, filter: WorkCentreFilter) -> work_centres::BoxedQuery<'static, Pg> {
    let mut query = work_centres::table.filter(work_centres::team_id.eq(team.uuid())).into_boxed();
    if filter.active_only {
        query = query.filter(work_centres::is_active);
    }
    if let Some(department) = filter.department {
        query = query.filter(work_centres::department_id.eq(department.uuid()));
    }
    query
}

fn blame(error: diesel::result::Error) -> WriteError<WorkCentreError> {
    match constraint(&error) {
        Some("work_centres_pkey") => WriteError::Port(WorkCentreError::NumberTaken),
        Some("work_centres_team_id_department_id_fkey") => {
            WriteError::Port(WorkCentreError::UnknownDepartment)
        }
        _ => error.into(),
    }
}
