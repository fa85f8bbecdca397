//! The tables `operators` and `operator_attendance`.

use chrono::{DateTime, Utc};
use diesel::pg::{Pg, PgConnection};
use diesel::prelude::*;
use kernel::error::StoreError;
use kernel::id::{Id, TeamId};
use kernel::page::Window;
use production_ops::operation::OperatorRef;
use production_ops::operator::{
    Attendance, Badge, ClockEvent, Operator, OperatorError, OperatorFilter, OperatorId,
};
use production_ops::{Name, Skill};
use uuid::Uuid;

use crate::master_data::RecordTable;
use crate::schema::{operator_attendance, operators};
use crate::write_error::{WriteError, unreadable};

#[derive(Queryable, Selectable)]
#[diesel(table_name = operators, check_for_backend(Pg))]
pub struct OperatorRow {
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
fn of(team: TeamId, id: OperatorId) -> _ {
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

impl RecordTable for Operator {
    type Row = OperatorRow;

    fn make(
        _: &mut PgConnection,
        _: TeamId,
        id: OperatorId,
        new: Self::New,
        at: DateTime<Utc>,
    ) -> Result<Self, WriteError<OperatorError>> {
        Ok(Self::create(id, new, at))
    }

    fn insert(&self, connection: &mut PgConnection, team: TeamId) -> QueryResult<()> {
        diesel::insert_into(operators::table)
            .values((
                operators::team_id.eq(team.uuid()),
                operators::id.eq(self.id.uuid()),
                operators::name.eq(self.name.as_str()),
                operators::name_key.eq(self.name.key()),
                operators::badge.eq(self.badge.as_str()),
                operators::skills.eq(skills(self)),
                operators::user_id.eq(self.user.map(Id::uuid)),
                operators::is_active.eq(self.is_active),
                operators::clockings.eq(0),
                operators::version.eq(self.version),
                operators::created_at.eq(self.created_at),
                operators::updated_at.eq(self.updated_at),
            ))
            .execute(connection)
            .map(drop)
    }

    fn update(&self, connection: &mut PgConnection, team: TeamId) -> QueryResult<()> {
        diesel::update(of(team, self.id))
            .set((
                operators::name.eq(self.name.as_str()),
                operators::name_key.eq(self.name.key()),
                operators::badge.eq(self.badge.as_str()),
                operators::skills.eq(skills(self)),
                operators::user_id.eq(self.user.map(Id::uuid)),
                operators::is_active.eq(self.is_active),
                operators::version.eq(self.version),
                operators::updated_at.eq(self.updated_at),
            ))
            .execute(connection)
            .map(drop)
    }

    fn refusal(constraint: &str) -> Option<OperatorError> {
        match constraint {
            "operators_team_id_badge_key" => Some(OperatorError::BadgeTaken),
            "operators_team_id_user_id_key" => Some(OperatorError::UserTaken),
            "operators_team_id_user_id_fkey" => Some(OperatorError::UnknownUser),
            _ => None,
        }
    }

    fn find(connection: &mut PgConnection, team: TeamId, id: OperatorId) -> QueryResult<OperatorRow> {
        of(team, id).select(OperatorRow::as_select()).first(connection)
    }

    fn lock(connection: &mut PgConnection, team: TeamId, id: OperatorId) -> QueryResult<OperatorRow> {
        of(team, id).select(OperatorRow::as_select()).for_update().first(connection)
    }

    fn list(
        connection: &mut PgConnection,
        team: TeamId,
        filter: &Self::Filter,
        window: Window,
    ) -> QueryResult<(Vec<OperatorRow>, i64)> {
        let rows = filtered(team, filter).order((operators::name_key, operators::id));
        let rows = rows.limit(window.limit().into()).offset(window.offset().into());
        Ok((
            rows.select(OperatorRow::as_select()).load(connection)?,
            filtered(team, filter).count().get_result(connection)?,
        ))
    }
}

fn filtered(team: TeamId, filter: &OperatorFilter) -> operators::BoxedQuery<'static, Pg> {
    let mut query = operators::table.filter(operators::team_id.eq(team.uuid())).into_boxed();
    if filter.active_only {
        query = query.filter(operators::is_active);
    }
    if let Some(skill) = &filter.skill {
        query = query.filter(operators::skills.contains(vec![skill.as_str().to_owned()]));
    }
    if let Some(badge) = &filter.badge {
        query = query.filter(operators::badge.eq(badge.as_str().to_owned()));
    }
    query
}
