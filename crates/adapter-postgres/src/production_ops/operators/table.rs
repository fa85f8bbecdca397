//! The tables `operators` and `operator_attendance`.

use chrono::{DateTime, Utc};
use diesel::pg::{Pg, PgConnection};
use diesel::prelude::*;
use kernel::error::StoreError;
use kernel::id::{Id, TeamId};
use production_ops::operation::OperatorRef;
use production_ops::operator::{Attendance, Badge, ClockEvent, Operator, OperatorId};
use production_ops::{Name, Skill};
use uuid::Uuid;

use crate::schema::{operator_attendance, operators};
use crate::write_error::{WriteError, unreadable};

#[derive(Queryable, Selectable)]
#[diesel(table_name = operators, check_for_backend(Pg))]
pub(super) struct OperatorRow {
    id: Uuid,
    name: String,
    badge: String,
    skills: Vec<String>,
    user_id: Option<Uuid>,
    is_active: bool,
    clockings: i64,
    clocked_at: Option<DateTime<Utc>>,
    version: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl TryFrom<OperatorRow> for Operator {
    type Error = StoreError;

    fn try_from(row: OperatorRow) -> Result<Self, StoreError> {
        let skills = row.skills.iter().map(|skill| Skill::try_new(skill)).collect::<Result<_, _>>();
        Ok(Self {
            id: Id::new(row.id),
            name: Name::try_new(&row.name).map_err(unreadable)?,
            badge: Badge::try_new(&row.badge).map_err(unreadable)?,
            skills: skills.map_err(unreadable)?,
            user: row.user_id.map(Id::new),
            is_active: row.is_active,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
            attendance: row.clocked_at.map(|at| Attendance {
                sequence: row.clockings,
                event: if row.clockings % 2 == 1 { ClockEvent::In } else { ClockEvent::Out },
                at,
            }),
        })
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = operator_attendance, check_for_backend(Pg))]
pub(super) struct AttendanceRow {
    sequence: i64,
    event: String,
    at: DateTime<Utc>,
}

impl TryFrom<AttendanceRow> for Attendance {
    type Error = StoreError;

    fn try_from(row: AttendanceRow) -> Result<Self, StoreError> {
        Ok(Self { sequence: row.sequence, event: row.event.parse().map_err(unreadable)?, at: row.at })
    }
}

#[diesel::dsl::auto_type(no_type_alias)]
pub(super) fn of(team: TeamId, id: OperatorId) -> _ {
    let (team, id): (Uuid, Uuid) = (team.uuid(), id.uuid());
    operators::table.filter(operators::team_id.eq(team)).filter(operators::id.eq(id))
}

#[diesel::dsl::auto_type(no_type_alias)]
pub(super) fn attendance_of(team: TeamId, id: OperatorId) -> _ {
    let (team, id): (Uuid, Uuid) = (team.uuid(), id.uuid());
    operator_attendance::table
        .filter(operator_attendance::team_id.eq(team))
        .filter(operator_attendance::operator_id.eq(id))
}

pub(in crate::production_ops) fn lock<E: From<StoreError>>(
    connection: &mut PgConnection,
    team: TeamId,
    id: OperatorId,
) -> Result<Option<Operator>, WriteError<E>> {
    let query = of(team, id).select(OperatorRow::as_select()).for_update();
    let row = query.first(connection).optional()?;
    row.map(Operator::try_from).transpose().map_err(WriteError::store)
}

/// The operator of that id, or linked to the user of that id.
pub(in crate::production_ops) fn find_by<E: From<StoreError>>(
    connection: &mut PgConnection,
    team: TeamId,
    OperatorRef(id): OperatorRef,
) -> Result<Option<Operator>, WriteError<E>> {
    let row = operators::table
        .filter(operators::team_id.eq(team.uuid()))
        .filter(operators::id.eq(id).or(operators::user_id.eq(id)))
        .select(OperatorRow::as_select())
        .first(connection)
        .optional()?;
    row.map(Operator::try_from).transpose().map_err(WriteError::store)
}

fn skills(operator: &Operator) -> Vec<&str> {
    operator.skills.iter().map(Skill::as_str).collect()
}

pub(in crate::production_ops) fn insert(
    connection: &mut PgConnection,
    team: TeamId,
    operator: &Operator,
) -> QueryResult<()> {
    diesel::insert_into(operators::table)
        .values((
            operators::team_id.eq(team.uuid()),
            operators::id.eq(operator.id.uuid()),
            operators::name.eq(operator.name.as_str()),
            operators::name_key.eq(operator.name.key()),
            operators::badge.eq(operator.badge.as_str()),
            operators::skills.eq(skills(operator)),
            operators::user_id.eq(operator.user.map(Id::uuid)),
            operators::is_active.eq(operator.is_active),
            operators::clockings.eq(0),
            operators::version.eq(operator.version),
            operators::created_at.eq(operator.created_at),
            operators::updated_at.eq(operator.updated_at),
        ))
        .execute(connection)
        .map(drop)
}

pub(in crate::production_ops) fn update(
    connection: &mut PgConnection,
    team: TeamId,
    operator: &Operator,
) -> QueryResult<()> {
    diesel::update(of(team, operator.id))
        .set((
            operators::name.eq(operator.name.as_str()),
            operators::name_key.eq(operator.name.key()),
            operators::badge.eq(operator.badge.as_str()),
            operators::skills.eq(skills(operator)),
            operators::user_id.eq(operator.user.map(Id::uuid)),
            operators::is_active.eq(operator.is_active),
            operators::version.eq(operator.version),
            operators::updated_at.eq(operator.updated_at),
        ))
        .execute(connection)
        .map(drop)
}

/// Adds to the attendance, and copies the entry to the operator's row.
pub(super) fn add(
    connection: &mut PgConnection,
    team: TeamId,
    id: OperatorId,
    entry: Attendance,
) -> QueryResult<()> {
    diesel::insert_into(operator_attendance::table)
        .values((
            operator_attendance::team_id.eq(team.uuid()),
            operator_attendance::operator_id.eq(id.uuid()),
            operator_attendance::sequence.eq(entry.sequence),
            operator_attendance::event.eq(entry.event.as_str()),
            operator_attendance::at.eq(entry.at),
        ))
        .execute(connection)?;
    diesel::update(of(team, id))
        .set((operators::clockings.eq(entry.sequence), operators::clocked_at.eq(entry.at)))
        .execute(connection)
        .map(drop)
}
