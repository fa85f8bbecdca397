use async_trait::async_trait;
use diesel::pg::Pg;
use diesel::prelude::*;
use kernel::audit::AuditEntry;
use kernel::error::StoreError;
use kernel::id::TeamId;
use kernel::page::{Listing, Window};
use kernel::write::{WriteContext, Written};
use production_ops::operator::{Attendance, ClockEvent, Operator, OperatorChange, OperatorError, OperatorId};
use production_ops::ports::{OperatorFilter, Operators};

use super::table::{AttendanceRow, OperatorRow, add, attendance_of, insert, lock, of, update};
use crate::db::{Db, Lane, Scope, listing};
use crate::effects::Change;
use crate::schema::{operator_attendance, operators};
use crate::write_error::{WriteError, constraint};

/// Operators in PostgreSQL.
pub struct PgOperators {
    db: Db,
}

impl PgOperators {
    pub fn new(db: Db) -> Self {
        Self { db }
    }
}

#[async_trait]
impl Operators for PgOperators {
    #[tracing::instrument(name = "Operators::create", level = "debug", skip_all)]
    async fn create(
        &self,
        context: WriteContext<Operator>,
        operator: Operator,
    ) -> Result<Written<Operator>, OperatorError> {
        let team = context.team;
        self.db
            .change(Lane::Ordinary, context, move |connection| {
                insert(connection, team, &operator).map_err(blame)?;
                Ok(Change::created(operator.clone()))
            })
            .await
    }

    #[tracing::instrument(name = "Operators::change", level = "debug", skip_all)]
    async fn change(
        &self,
        context: WriteContext<Operator>,
        id: OperatorId,
        change: OperatorChange,
    ) -> Result<Written<Operator>, OperatorError> {
        let (team, at) = (context.team, context.at);
        self.db
            .change(Lane::Ordinary, context, move |connection| {
                let before = lock(connection, team, id)?.ok_or(WriteError::Port(OperatorError::NotFound))?;
                let Some(after) = before.change(&change, at) else { return Ok(Change::nothing(before)) };
                update(connection, team, &after).map_err(blame)?;
                Ok(Change::changed(&before, after))
            })
            .await
    }

    #[tracing::instrument(name = "Operators::clock", level = "debug", skip_all)]
    async fn clock(
        &self,
        context: WriteContext<Operator>,
        id: OperatorId,
        event: ClockEvent,
    ) -> Result<Written<Operator>, OperatorError> {
        let (team, at) = (context.team, context.at);
        self.db
            .change(Lane::Ordinary, context, move |connection| {
                let before = lock(connection, team, id)?.ok_or(WriteError::Port(OperatorError::NotFound))?;
                let added = before.clock(event, at).map_err(|fault| WriteError::Port(fault.into()))?;
                add(connection, team, id, added)?;
                let after = Operator { attendance: Some(added), ..before.clone() };
                let verb = match event {
                    ClockEvent::In => "clocked_in",
                    ClockEvent::Out => "clocked_out",
                };
                let entry = AuditEntry::of(verb, Some(&before), Some(&after));
                Ok(Change::audited(after, entry))
            })
            .await
    }

    #[tracing::instrument(name = "Operators::find", level = "debug", skip_all)]
    async fn find(&self, team: TeamId, id: OperatorId) -> Result<Option<Operator>, StoreError> {
        let row = self.db.read(Scope::Team(team), move |connection| {
            of(team, id).select(OperatorRow::as_select()).first(connection).optional()
        });
        row.await?.map(Operator::try_from).transpose()
    }

    #[tracing::instrument(name = "Operators::list", level = "debug", skip_all)]
    async fn list(
        &self,
        team: TeamId,
        filter: OperatorFilter,
        window: Window,
    ) -> Result<Listing<Operator>, StoreError> {
        self.db
            .read(Scope::Team(team), move |connection| {
                let rows = filtered(team, &filter).order((operators::name_key, operators::id));
                let rows = rows.limit(window.limit().into()).offset(window.offset().into());
                Ok((
                    rows.select(OperatorRow::as_select()).load(connection)?,
                    filtered(team, &filter).count().get_result(connection)?,
                ))
            })
            .await
            .and_then(listing)
    }

    #[tracing::instrument(name = "Operators::attendance", level = "debug", skip_all)]
    async fn attendance(
        &self,
        team: TeamId,
        id: OperatorId,
        window: Window,
    ) -> Result<Listing<Attendance>, StoreError> {
        self.db
            .read(Scope::Team(team), move |connection| {
                let rows = attendance_of(team, id).order(operator_attendance::sequence.desc());
                let rows = rows.limit(window.limit().into()).offset(window.offset().into());
                Ok((
                    rows.select(AttendanceRow::as_select()).load(connection)?,
                    attendance_of(team, id).count().get_result(connection)?,
                ))
            })
            .await
            .and_then(listing)
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

fn blame(error: diesel::result::Error) -> WriteError<OperatorError> {
    match constraint(&error) {
        Some("operators_team_id_badge_key") => WriteError::Port(OperatorError::BadgeTaken),
        Some("operators_team_id_user_id_key") => WriteError::Port(OperatorError::UserTaken),
        Some("operators_team_id_user_id_fkey") => WriteError::Port(OperatorError::UnknownUser),
        _ => error.into(),
    }
}
