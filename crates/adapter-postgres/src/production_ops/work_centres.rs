//! The table `work_centres`.

use chrono::{DateTime, Utc};
use diesel::pg::{Pg, PgConnection};
use diesel::prelude::*;
use diesel::sql_query;
use kernel::error::StoreError;
use kernel::id::{Id, TeamId};
use kernel::page::Window;
use production_ops::Name;
use production_ops::work_centre::{
    WorkCentre, WorkCentreError, WorkCentreFilter, WorkCentreId, WorkCentreNumber,
};
use uuid::Uuid;

use crate::master_data::RecordTable;
use crate::schema::work_centres;
use crate::write_error::{WriteError, unreadable};

#[derive(Queryable, Selectable)]
#[diesel(table_name = work_centres, check_for_backend(Pg))]
pub struct WorkCentreRow {
    number: i32,
    id: Uuid,
    name: String,
    department_id: Uuid,
    is_active: bool,
    version: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl TryFrom<WorkCentreRow> for WorkCentre {
    type Error = StoreError;

    fn try_from(row: WorkCentreRow) -> Result<Self, StoreError> {
        Ok(Self {
            number: WorkCentreNumber::try_new(row.number.into()).map_err(unreadable)?,
            id: Id::new(row.id),
            name: Name::try_new(&row.name).map_err(unreadable)?,
            department: Id::new(row.department_id),
            is_active: row.is_active,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

#[diesel::dsl::auto_type(no_type_alias)]
fn of(team: TeamId, id: WorkCentreId) -> _ {
    let (team, id): (Uuid, Uuid) = (team.uuid(), id.uuid());
    work_centres::table.filter(work_centres::team_id.eq(team)).filter(work_centres::id.eq(id))
}

/// The team's highest number, locked until the transaction ends so that no other takes the next one.
pub(super) fn highest<E: From<StoreError>>(
    connection: &mut PgConnection,
    team: TeamId,
) -> Result<Option<WorkCentreNumber>, WriteError<E>> {
    sql_query("SELECT pg_advisory_xact_lock(hashtextextended('work_centre_numbers/' || $1::text, 0))")
        .bind::<diesel::sql_types::Uuid, _>(team.uuid())
        .execute(connection)?;
    let highest = work_centres::table.filter(work_centres::team_id.eq(team.uuid()));
    let highest: Option<i32> = highest.select(diesel::dsl::max(work_centres::number)).first(connection)?;
    let number = highest.map(|number| WorkCentreNumber::try_new(number.into())).transpose();
    number.map_err(|error| WriteError::store(unreadable(error)))
}

impl RecordTable for WorkCentre {
    type Row = WorkCentreRow;

    fn make(
        connection: &mut PgConnection,
        team: TeamId,
        id: WorkCentreId,
        new: Self::New,
        at: DateTime<Utc>,
    ) -> Result<Self, WriteError<WorkCentreError>> {
        let highest = if new.number.is_none() { highest(connection, team)? } else { None };
        Self::create(id, new, highest, at).map_err(|error| WriteError::Port(error.into()))
    }

    fn insert(&self, connection: &mut PgConnection, team: TeamId) -> QueryResult<()> {
        diesel::insert_into(work_centres::table)
            .values((
                work_centres::team_id.eq(team.uuid()),
                work_centres::number.eq(self.number.get()),
                work_centres::id.eq(self.id.uuid()),
                work_centres::name.eq(self.name.as_str()),
                work_centres::department_id.eq(self.department.uuid()),
                work_centres::is_active.eq(self.is_active),
                work_centres::version.eq(self.version),
                work_centres::created_at.eq(self.created_at),
                work_centres::updated_at.eq(self.updated_at),
            ))
            .execute(connection)
            .map(drop)
    }

    fn update(&self, connection: &mut PgConnection, team: TeamId) -> QueryResult<()> {
        diesel::update(of(team, self.id))
            .set((
                work_centres::name.eq(self.name.as_str()),
                work_centres::department_id.eq(self.department.uuid()),
                work_centres::is_active.eq(self.is_active),
                work_centres::version.eq(self.version),
                work_centres::updated_at.eq(self.updated_at),
            ))
            .execute(connection)
            .map(drop)
    }

    fn refusal(constraint: &str) -> Option<WorkCentreError> {
        match constraint {
            "work_centres_pkey" => Some(WorkCentreError::NumberTaken),
            "work_centres_team_id_department_id_fkey" => Some(WorkCentreError::UnknownDepartment),
            _ => None,
        }
    }

    fn find(connection: &mut PgConnection, team: TeamId, id: WorkCentreId) -> QueryResult<WorkCentreRow> {
        of(team, id).select(WorkCentreRow::as_select()).first(connection)
    }

    fn lock(connection: &mut PgConnection, team: TeamId, id: WorkCentreId) -> QueryResult<WorkCentreRow> {
        // its number and id never change, so orders may refer to it meanwhile
        of(team, id).select(WorkCentreRow::as_select()).for_no_key_update().first(connection)
    }

    fn list(
        connection: &mut PgConnection,
        team: TeamId,
        filter: &Self::Filter,
        window: Window,
    ) -> QueryResult<(Vec<WorkCentreRow>, i64)> {
        let rows = filtered(team, filter).order(work_centres::number);
        let rows = rows.limit(window.limit().into()).offset(window.offset().into());
        Ok((
            rows.select(WorkCentreRow::as_select()).load(connection)?,
            filtered(team, filter).count().get_result(connection)?,
        ))
    }
}

fn filtered(team: TeamId, filter: &WorkCentreFilter) -> work_centres::BoxedQuery<'static, Pg> {
    let mut query = work_centres::table.filter(work_centres::team_id.eq(team.uuid())).into_boxed();
    if filter.active_only {
        query = query.filter(work_centres::is_active);
    }
    if let Some(department) = filter.department {
        query = query.filter(work_centres::department_id.eq(department.uuid()));
    }
    query
}
