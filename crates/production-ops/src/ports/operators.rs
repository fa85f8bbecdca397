use async_trait::async_trait;
use kernel::error::StoreError;
use kernel::id::TeamId;
use kernel::page::{Listing, Window};
use kernel::write::{WriteContext, Written};

use crate::operator::{Attendance, Badge, ClockEvent, Operator, OperatorChange, OperatorError, OperatorId};
use crate::skill::Skill;

/// The operators of each team; a team MUST NOT see or change another's.
#[cfg_attr(any(test, feature = "mock"), mockall::automock)]
#[async_trait]
pub trait Operators: Send + Sync {
    /// Stores a new operator, with the audit entry `operator.created`.
    ///
    /// A badge or a user that another operator of the team has MUST be refused even when two take it at once,
    /// and so MUST a user that the team has not; a refusal leaves nothing.
    async fn create(
        &self,
        context: WriteContext<Operator>,
        operator: Operator,
    ) -> Result<Written<Operator>, OperatorError>;

    /// Changes an operator, with the audit entry `operator.changed`; [`OperatorError::NotFound`] if there is none.
    ///
    /// MUST lock it, apply [`Operator::change`] at the context's time and save the result in one transaction.
    /// Where nothing differs it MUST write neither it nor an audit entry, and give it as it is. Badge and user
    /// are refused as in [`create`](Self::create), but an operator's own never are.
    async fn change(
        &self,
        context: WriteContext<Operator>,
        id: OperatorId,
        change: OperatorChange,
    ) -> Result<Written<Operator>, OperatorError>;

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

    /// The team's operator of that id.
    async fn find(&self, team: TeamId, id: OperatorId) -> Result<Option<Operator>, StoreError>;

    /// The team's operators that `filter` lets through, by name key in code point order, then by id.
    async fn list(
        &self,
        team: TeamId,
        filter: OperatorFilter,
        window: Window,
    ) -> Result<Listing<Operator>, StoreError>;

    /// The attendance of the team's operator, the newest first; nothing if the team has no such operator.
    async fn attendance(
        &self,
        team: TeamId,
        id: OperatorId,
        window: Window,
    ) -> Result<Listing<Attendance>, StoreError>;
}

/// Which operators a list holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OperatorFilter {
    /// Only those in use.
    pub active_only: bool,
    /// Only those who can do this.
    pub skill: Option<Skill>,
    pub badge: Option<Badge>,
}
