//! Operators and their attendance.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use diesel::pg::{Pg, PgConnection};
use diesel::prelude::*;
use kernel::audit::AuditEntry;
use kernel::error::StoreError;
use kernel::id::{Id, TeamId};
use kernel::page::{Listing, Window};
use kernel::write::{WriteContext, Written};
use production_ops::operation::OperatorRef;
use production_ops::operator::{Attendance, Badge, ClockEvent, Operator, OperatorChange, OperatorId};
use production_ops::ports::{OperatorFilter, OperatorStoreError, Operators};
use production_ops::{Name, Skill};
use uuid::Uuid;

use crate::db::{Db, Lane, Scope};
use crate::effects::Change;
use crate::schema::{operator_attendance, operators};
use crate::write_error::{WriteError, constraint, unreadable};

/// Operators in PostgreSQL.
pub struct PgOperators {
    db: Db,
}

impl PgOperators {
    /// Stands on a pool.
    pub fn new(db: Db) -> Self {
        Self { db }
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = operators, check_for_backend(Pg))]
struct OperatorRow {
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
struct AttendanceRow {
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

#[async_trait]
impl Operators for PgOperators {
    async fn create(
        &self,
        context: WriteContext<Operator>,
        operator: Operator,
    ) -> Result<Written<Operator>, OperatorStoreError> {
        let team = context.team;
        self.db
            .change(Lane::Ordinary, context, move |connection| {
                insert(connection, team, &operator).map_err(write_error)?;
                let entry = entry("operator.created", None, &operator);
                Ok(Change::audited(operator.clone(), entry))
            })
            .await
    }

    async fn change(
        &self,
        context: WriteContext<Operator>,
        id: OperatorId,
        change: OperatorChange,
    ) -> Result<Written<Operator>, OperatorStoreError> {
        let (team, at) = (context.team, context.at);
        self.db
            .change(Lane::Ordinary, context, move |connection| {
                let before = locked(connection, team, id)?;
                let Some(after) = before.change(&change, at) else { return Ok(Change::nothing(before)) };
                update(connection, team, &after).map_err(write_error)?;
                let entry = entry("operator.changed", Some(&before), &after);
                Ok(Change::audited(after, entry))
            })
            .await
    }

    async fn clock(
        &self,
        context: WriteContext<Operator>,
        id: OperatorId,
        event: ClockEvent,
    ) -> Result<Written<Operator>, OperatorStoreError> {
        let (team, at) = (context.team, context.at);
        self.db
            .change(Lane::Ordinary, context, move |connection| {
                let before = locked(connection, team, id)?;
                let added = before.clock(event, at).map_err(|fault| WriteError::Port(fault.into()))?;
                add(connection, team, id, added)?;
                let after = Operator { attendance: Some(added), ..before.clone() };
                let action = match event {
                    ClockEvent::In => "operator.clocked_in",
                    ClockEvent::Out => "operator.clocked_out",
                };
                let entry = entry(action, Some(&before), &after);
                Ok(Change::audited(after, entry))
            })
            .await
    }

    async fn find(&self, team: TeamId, id: OperatorId) -> Result<Option<Operator>, StoreError> {
        let row = self.db.read(Scope::Team(team), move |connection| {
            of(team, id).select(OperatorRow::as_select()).first(connection).optional()
        });
        row.await?.map(Operator::try_from).transpose()
    }

    async fn list(
        &self,
        team: TeamId,
        filter: OperatorFilter,
        window: Window,
    ) -> Result<Listing<Operator>, StoreError> {
        let (rows, total) = self
            .db
            .read(Scope::Team(team), move |connection| {
                let rows = filtered(team, &filter)
                    .order((operators::name_key, operators::id))
                    .offset(window.offset().into())
                    .limit(window.limit().into())
                    .select(OperatorRow::as_select())
                    .load(connection)?;
                Ok((rows, filtered(team, &filter).count().get_result::<i64>(connection)?))
            })
            .await?;
        let items = rows.into_iter().map(Operator::try_from).collect::<Result<_, _>>()?;
        Ok(Listing { items, total: total.unsigned_abs() })
    }

    async fn attendance(
        &self,
        team: TeamId,
        id: OperatorId,
        window: Window,
    ) -> Result<Listing<Attendance>, StoreError> {
        let (rows, total) = self
            .db
            .read(Scope::Team(team), move |connection| {
                let rows = attendance_of(team, id)
                    .order(operator_attendance::sequence.desc())
                    .offset(window.offset().into())
                    .limit(window.limit().into())
                    .select(AttendanceRow::as_select())
                    .load(connection)?;
                Ok((rows, attendance_of(team, id).count().get_result::<i64>(connection)?))
            })
            .await?;
        let items = rows.into_iter().map(Attendance::try_from).collect::<Result<_, _>>()?;
        Ok(Listing { items, total: total.unsigned_abs() })
    }
}

#[diesel::dsl::auto_type(no_type_alias)]
fn of(team: TeamId, id: OperatorId) -> _ {
    let (team, id): (Uuid, Uuid) = (team.uuid(), id.uuid());
    operators::table.filter(operators::team_id.eq(team)).filter(operators::id.eq(id))
}

#[diesel::dsl::auto_type(no_type_alias)]
fn attendance_of(team: TeamId, id: OperatorId) -> _ {
    let (team, id): (Uuid, Uuid) = (team.uuid(), id.uuid());
    operator_attendance::table
        .filter(operator_attendance::team_id.eq(team))
        .filter(operator_attendance::operator_id.eq(id))
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

fn locked(
    connection: &mut PgConnection,
    team: TeamId,
    id: OperatorId,
) -> Result<Operator, WriteError<OperatorStoreError>> {
    let query = of(team, id).select(OperatorRow::as_select()).for_update();
    let row = query.first(connection).optional()?;
    let row = row.ok_or(WriteError::Port(OperatorStoreError::NotFound))?;
    row.try_into().map_err(WriteError::store)
}

/// The operator of that id, or linked to the user of that id.
pub(super) fn find_by<E: From<StoreError>>(
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

fn insert(connection: &mut PgConnection, team: TeamId, operator: &Operator) -> QueryResult<()> {
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

fn update(connection: &mut PgConnection, team: TeamId, operator: &Operator) -> QueryResult<()> {
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

/// Adds to the attendance, and notes at the operator where it stands.
fn add(connection: &mut PgConnection, team: TeamId, id: OperatorId, entry: Attendance) -> QueryResult<()> {
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

fn write_error(error: diesel::result::Error) -> WriteError<OperatorStoreError> {
    match constraint(&error) {
        Some("operators_team_id_badge_key") => WriteError::Port(OperatorStoreError::BadgeTaken),
        Some("operators_team_id_user_id_key") => WriteError::Port(OperatorStoreError::UserTaken),
        Some("operators_team_id_user_id_fkey") => WriteError::Port(OperatorStoreError::UnknownUser),
        _ => error.into(),
    }
}

fn entry(action: &'static str, before: Option<&Operator>, after: &Operator) -> AuditEntry {
    AuditEntry {
        action: action.into(),
        subject_kind: "operator",
        subject: after.id.uuid(),
        before: before.map(Operator::snapshot),
        after: Some(after.snapshot()),
    }
}
