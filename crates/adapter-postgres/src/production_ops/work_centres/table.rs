//! The table `work_centres`.

use chrono::{DateTime, Utc};
use diesel::pg::{Pg, PgConnection};
use diesel::prelude::*;
use diesel::sql_query;
use kernel::error::StoreError;
use kernel::id::{Id, TeamId};
use production_ops::Name;
use production_ops::work_centre::{WorkCentre, WorkCentreId, WorkCentreNumber};
use uuid::Uuid;

use crate::schema::work_centres;
use crate::write_error::{WriteError, unreadable};

#[derive(Queryable, Selectable)]
#[diesel(table_name = work_centres, check_for_backend(Pg))]
pub(super) struct WorkCentreRow {
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
pub(super) fn of(team: TeamId, id: WorkCentreId) -> _ {
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

pub(in crate::production_ops) fn lock<E: From<StoreError>>(
    connection: &mut PgConnection,
    team: TeamId,
    id: WorkCentreId,
) -> Result<Option<WorkCentre>, WriteError<E>> {
    // its number and id never change, so orders may refer to it meanwhile
    let query = of(team, id).select(WorkCentreRow::as_select()).for_no_key_update();
    let row = query.first(connection).optional()?;
    row.map(WorkCentre::try_from).transpose().map_err(WriteError::store)
}

pub(in crate::production_ops) fn insert(
    connection: &mut PgConnection,
    team: TeamId,
    work_centre: &WorkCentre,
) -> QueryResult<()> {
    diesel::insert_into(work_centres::table)
        .values((
            work_centres::team_id.eq(team.uuid()),
            work_centres::number.eq(work_centre.number.get()),
            work_centres::id.eq(work_centre.id.uuid()),
            work_centres::name.eq(work_centre.name.as_str()),
            work_centres::department_id.eq(work_centre.department.uuid()),
            work_centres::is_active.eq(work_centre.is_active),
            work_centres::version.eq(work_centre.version),
            work_centres::created_at.eq(work_centre.created_at),
            work_centres::updated_at.eq(work_centre.updated_at),
        ))
        .execute(connection)
        .map(drop)
}

pub(in crate::production_ops) fn update(
    connection: &mut PgConnection,
    team: TeamId,
    work_centre: &WorkCentre,
) -> QueryResult<()> {
    diesel::update(of(team, work_centre.id))
        .set((
            work_centres::name.eq(work_centre.name.as_str()),
            work_centres::department_id.eq(work_centre.department.uuid()),
            work_centres::is_active.eq(work_centre.is_active),
            work_centres::version.eq(work_centre.version),
            work_centres::updated_at.eq(work_centre.updated_at),
        ))
        .execute(connection)
        .map(drop)
}
