use async_trait::async_trait;
use kernel::error::StoreError;
use kernel::id::TeamId;
use kernel::page::{Listing, Window};
use kernel::write::{WriteContext, Written};

use crate::operator::{Attendance, ClockEvent, Operator, OperatorError, OperatorId};

/// The coming and going of each team's operators; a team MUST NOT see or change another's.
#[cfg_attr(any(test, feature = "mock"), mockall::automock)]
#[async_trait]
pub trait Attendances: Send + Sync {
    /// Clocks an operator in or out, with the audit entry `operator.clocked_in` or `operator.clocked_out`.
    ///
    /// MUST lock it, call [`Operator::clock`] at the context's time and add the entry to the attendance, which
    /// is only ever added to: of any number that come at once, one is let in. A refusal leaves nothing.
    async fn clock(
        &self,
        context: WriteContext<Operator>,
        id: OperatorId,
        event: ClockEvent,
    ) -> Result<Written<Operator>, OperatorError>;

    /// The attendance of the team's operator, the newest first; nothing if the team has no such operator.
    async fn list(
        &self,
        team: TeamId,
        id: OperatorId,
        window: Window,
    ) -> Result<Listing<Attendance>, StoreError>;
}
