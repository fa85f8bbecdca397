//! The table `departments`.

use chrono::{DateTime, Utc};
use diesel::pg::{Pg, PgConnection};
use diesel::prelude::*;
use kernel::error::StoreError;
use kernel::id::{Id, TeamId};
use production_ops::Name;
use production_ops::department::{Department, DepartmentId};
use uuid::Uuid;

use crate::schema::departments;
use crate::write_error::{WriteError, unreadable};

#[derive(Queryable, Selectable)]
#[diesel(table_name = departments, check_for_backend(Pg))]
pub(super) struct DepartmentRow {
    id: Uuid,
    name: String,
    is_active: bool,
    version: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl TryFrom<DepartmentRow> for Department {
    type Error = StoreError;

    fn try_from(row: DepartmentRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: Id::new(row.id),
            name: Name::try_new(&row.name).map_err(unreadable)?,
            is_active: row.is_active,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

#[diesel::dsl::auto_type(no_type_alias)]
pub(super) fn of(team: TeamId, id: DepartmentId) -> _ {
    let (team, id): (Uuid, Uuid) = (team.uuid(), id.uuid());
    departments::table.filter(departments::team_id.eq(team)).filter(departments::id.eq(id))
}

pub(in crate::production_ops) fn lock<E: From<StoreError>>(
    connection: &mut PgConnection,
    team: TeamId,
    id: DepartmentId,
) -> Result<Option<Department>, WriteError<E>> {
    let query = of(team, id).select(DepartmentRow::as_select()).for_update();
    let row = query.first(connection).optional()?;
    row.map(Department::try_from).transpose().map_err(WriteError::store)
}

pub(in crate::production_ops) fn insert(
    connection: &mut PgConnection,
    team: TeamId,
    department: &Department,
) -> QueryResult<()> {
    diesel::insert_into(departments::table)
        .values((
            departments::team_id.eq(team.uuid()),
            departments::id.eq(department.id.uuid()),
            departments::name.eq(department.name.as_str()),
            departments::name_key.eq(department.name.key()),
            departments::is_active.eq(department.is_active),
            departments::version.eq(department.version),
            departments::created_at.eq(department.created_at),
            departments::updated_at.eq(department.updated_at),
        ))
        .execute(connection)
        .map(drop)
}

pub(in crate::production_ops) fn update(
    connection: &mut PgConnection,
    team: TeamId,
    department: &Department,
) -> QueryResult<()> {
    diesel::update(of(team, department.id))
        .set((
            departments::name.eq(department.name.as_str()),
            departments::name_key.eq(department.name.key()),
            departments::is_active.eq(department.is_active),
            departments::version.eq(department.version),
            departments::updated_at.eq(department.updated_at),
        ))
        .execute(connection)
        .map(drop)
}
