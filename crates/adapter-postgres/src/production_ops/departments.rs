//! The table `departments`.

use chrono::{DateTime, Utc};
use diesel::pg::{Pg, PgConnection};
use diesel::prelude::*;
use kernel::error::StoreError;
use kernel::id::{Id, TeamId};
use kernel::page::Window;
use production_ops::Name;
use production_ops::department::{Department, DepartmentError, DepartmentFilter, DepartmentId};
use uuid::Uuid;

use crate::master_data::RecordTable;
use crate::schema::departments;
use crate::write_error::{WriteError, unreadable};

#[derive(Queryable, Selectable)]
#[diesel(table_name = departments, check_for_backend(Pg))]
pub struct DepartmentRow {
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
fn of(team: TeamId, id: DepartmentId) -> _ {
    let (team, id): (Uuid, Uuid) = (team.uuid(), id.uuid());
    departments::table.filter(departments::team_id.eq(team)).filter(departments::id.eq(id))
}

impl RecordTable for Department {
    type Row = DepartmentRow;

    fn make(
        _: &mut PgConnection,
        _: TeamId,
        id: DepartmentId,
        new: Self::New,
        at: DateTime<Utc>,
    ) -> Result<Self, WriteError<DepartmentError>> {
        Ok(Self::create(id, new, at))
    }

    fn insert(&self, connection: &mut PgConnection, team: TeamId) -> QueryResult<()> {
        diesel::insert_into(departments::table)
            .values((
                departments::team_id.eq(team.uuid()),
                departments::id.eq(self.id.uuid()),
                departments::name.eq(self.name.as_str()),
                departments::name_key.eq(self.name.key()),
                departments::is_active.eq(self.is_active),
                departments::version.eq(self.version),
                departments::created_at.eq(self.created_at),
                departments::updated_at.eq(self.updated_at),
            ))
            .execute(connection)
            .map(drop)
    }

    fn update(&self, connection: &mut PgConnection, team: TeamId) -> QueryResult<()> {
        diesel::update(of(team, self.id))
            .set((
                departments::name.eq(self.name.as_str()),
                departments::name_key.eq(self.name.key()),
                departments::is_active.eq(self.is_active),
                departments::version.eq(self.version),
                departments::updated_at.eq(self.updated_at),
            ))
            .execute(connection)
            .map(drop)
    }

    fn refusal(constraint: &str) -> Option<DepartmentError> {
        match constraint {
            "departments_team_id_name_key_key" => Some(DepartmentError::NameTaken),
            _ => None,
        }
    }

    fn find(connection: &mut PgConnection, team: TeamId, id: DepartmentId) -> QueryResult<DepartmentRow> {
        of(team, id).select(DepartmentRow::as_select()).first(connection)
    }

    fn lock(connection: &mut PgConnection, team: TeamId, id: DepartmentId) -> QueryResult<DepartmentRow> {
        of(team, id).select(DepartmentRow::as_select()).for_update().first(connection)
    }

    fn list(
        connection: &mut PgConnection,
        team: TeamId,
        filter: &Self::Filter,
        window: Window,
    ) -> QueryResult<(Vec<DepartmentRow>, i64)> {
        let rows = filtered(team, filter).order((departments::name_key, departments::id));
        let rows = rows.limit(window.limit().into()).offset(window.offset().into());
        Ok((
            rows.select(DepartmentRow::as_select()).load(connection)?,
            filtered(team, filter).count().get_result(connection)?,
        ))
    }
}

fn filtered(team: TeamId, filter: &DepartmentFilter) -> departments::BoxedQuery<'static, Pg> {
    let query = departments::table.filter(departments::team_id.eq(team.uuid())).into_boxed();
    if filter.active_only { query.filter(departments::is_active) } else { query }
}
