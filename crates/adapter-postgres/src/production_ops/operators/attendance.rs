use async_trait::async_trait;
use diesel::prelude::*;
use kernel::audit::AuditEntry;
use kernel::error::StoreError;
use kernel::id::TeamId;
use kernel::page::{Listing, Window};
use kernel::write::{WriteContext, Written};
use production_ops::operator::{Attendance, ClockEvent, Operator, OperatorError, OperatorId};
use production_ops::ports::Attendances;

use super::table::{AttendanceRow, add, attendance_of};
use crate::db::{Db, Lane, Scope, listing};
use crate::effects::Change;
use crate::master_data::lock;
use crate::schema::operator_attendance;
use crate::write_error::WriteError;

/// The attendance of operators in PostgreSQL.
pub struct PgAttendances {
    db: Db,
}

impl PgAttendances {
    pub fn new(db: Db) -> Self {
        Self { db }
    }
}

#[async_trait]
impl Attendances for PgAttendances {
    #[tracing::instrument(name = "Attendances::clock", level = "debug", skip_all)]
    async fn clock(
        &self,
        context: WriteContext<Operator>,
        id: OperatorId,
        event: ClockEvent,
    ) -> Result<Written<Operator>, OperatorError> {
        let (team, at) = (context.team, context.at);
        self.db
            .change(Lane::Ordinary, context, move |connection| {
                let before = lock::<Operator>(connection, team, id)?;
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

    #[tracing::instrument(name = "Attendances::list", level = "debug", skip_all)]
    async fn list(
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
