use async_trait::async_trait;
use diesel::pg::Pg;
use diesel::prelude::*;
use kernel::error::StoreError;
use kernel::id::TeamId;
use kernel::page::{Listing, Window};
use kernel::write::{WriteContext, Written};
use production_ops::department::{Department, DepartmentChange, DepartmentError, DepartmentId};
use production_ops::ports::{DepartmentFilter, Departments};

use super::table::{DepartmentRow, insert, lock, of, update};
use crate::db::{Db, Lane, Scope, listing};
use crate::effects::Change;
use crate::schema::departments;
use crate::write_error::{WriteError, constraint};

/// Departments in PostgreSQL.
pub struct PgDepartments {
    db: Db,
}

impl PgDepartments {
    pub fn new(db: Db) -> Self {
        Self { db }
    }
}

#[async_trait]
impl Departments for PgDepartments {
    #[tracing::instrument(name = "Departments::create", level = "debug", skip_all)]
    async fn create(
        &self,
        context: WriteContext<Department>,
        department: Department,
    ) -> Result<Written<Department>, DepartmentError> {
        let team = context.team;
        self.db
            .change(Lane::Ordinary, context, move |connection| {
                insert(connection, team, &department).map_err(blame)?;
                Ok(Change::created(department.clone()))
            })
            .await
    }

    #[tracing::instrument(name = "Departments::change", level = "debug", skip_all)]
    async fn change(
        &self,
        context: WriteContext<Department>,
        id: DepartmentId,
        change: DepartmentChange,
    ) -> Result<Written<Department>, DepartmentError> {
        let (team, at) = (context.team, context.at);
        self.db
            .change(Lane::Ordinary, context, move |connection| {
                let before =
                    lock(connection, team, id)?.ok_or(WriteError::Port(DepartmentError::NotFound))?;
                let Some(after) = before.change(&change, at) else { return Ok(Change::nothing(before)) };
                update(connection, team, &after).map_err(blame)?;
                Ok(Change::changed(&before, after))
            })
            .await
    }

    #[tracing::instrument(name = "Departments::find", level = "debug", skip_all)]
    async fn find(&self, team: TeamId, id: DepartmentId) -> Result<Option<Department>, StoreError> {
        let row = self.db.read(Scope::Team(team), move |connection| {
            of(team, id).select(DepartmentRow::as_select()).first(connection).optional()
        });
        row.await?.map(Department::try_from).transpose()
    }

    #[tracing::instrument(name = "Departments::list", level = "debug", skip_all)]
    async fn list(
        &self,
        team: TeamId,
        filter: DepartmentFilter,
        window: Window,
    ) -> Result<Listing<Department>, StoreError> {
        self.db
            .read(Scope::Team(team), move |connection| {
                let rows = filtered(team, filter).order((departments::name_key, departments::id));
                let rows = rows.limit(window.limit().into()).offset(window.offset().into());
                Ok((
                    rows.select(DepartmentRow::as_select()).load(connection)?,
                    filtered(team, filter).count().get_result(connection)?,
                ))
            })
            .await
            .and_then(listing)
    }
}

fn filtered(team: TeamId, filter: DepartmentFilter) -> departments::BoxedQuery<'static, Pg> {
    let query = departments::table.filter(departments::team_id.eq(team.uuid())).into_boxed();
    if filter.active_only { query.filter(departments::is_active) } else { query }
}

fn blame(error: diesel::result::Error) -> WriteError<DepartmentError> {
    match constraint(&error) {
        Some("departments_team_id_name_key_key") => WriteError::Port(DepartmentError::NameTaken),
        _ => error.into(),
    }
}
