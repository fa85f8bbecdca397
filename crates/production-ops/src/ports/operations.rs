use async_trait::async_trait;
use kernel::error::StoreError;
use kernel::id::TeamId;
use kernel::manufacturing::{OrderId, OrderNumber};
use kernel::page::{Listing, Window};
use kernel::period::Period;
use kernel::quantity::{Amount, Quantity};
use kernel::write::{WriteContext, Written};

use crate::department::DepartmentId;
use crate::name::Name;
use crate::operation::{
    Action, ActionError, ActionRequest, Operation, OperationId, OperationStatus, Segment,
};
use crate::operator::OperatorId;

/// The operations of each team's orders; a team MUST NOT see or change another's.
#[cfg_attr(any(test, feature = "mock"), mockall::automock)]
#[async_trait]
pub trait Operations: Send + Sync {
    /// Does something with an operation, with the events that come of it and the audit entry `operation.` and the
    /// action, past tense.
    ///
    /// MUST lock its order with all its operations, look up under that lock what
    /// [`ActionFacts`](crate::order::ActionFacts) asks for, ask
    /// [`ManufacturingOrder::act`](crate::order::ManufacturingOrder::act) at the context's time and save what comes of
    /// it in one transaction: order, operations, segments and captured data. Of any number of starts at once, one is let
    /// in. A refusal leaves nothing. The order's lock is the import's too: neither changes what the other began.
    /// [`ActionError::Stale`] if the operation's version is none of `seen`.
    async fn act(
        &self,
        context: WriteContext<ActionOutcome>,
        id: OperationId,
        request: ActionRequest,
        seen: Option<Vec<i64>>,
    ) -> Result<Written<ActionOutcome>, ActionError>;

    async fn find(&self, team: TeamId, id: OperationId) -> Result<Option<OperationDetail>, StoreError>;

    /// The team's operations that `filter` lets through: the oldest order's first, by number within an order.
    async fn list(
        &self,
        team: TeamId,
        filter: OperationFilter,
        window: Window,
    ) -> Result<Listing<OperationView>, StoreError>;
}

/// An operation after an action.
#[derive(Debug, Clone, PartialEq)]
pub struct ActionOutcome {
    pub operation: Operation,
    pub available_quantity: Amount,
    /// What would be taken of it now.
    pub allowed_actions: Vec<Action>,
    /// What was let through and is worth a word.
    pub warnings: Vec<String>,
}

/// An operation as lists show it.
#[derive(Debug, Clone, PartialEq)]
pub struct OperationView {
    pub operation: Operation,
    pub order: OrderId,
    pub order_number: OrderNumber,
    /// How much is to be made.
    pub quantity: Quantity,
    /// How much of it the operation before handed on.
    pub available_quantity: Amount,
    pub department: Name,
}

/// An operation with what may be done with it and what was.
#[derive(Debug, Clone, PartialEq)]
pub struct OperationDetail {
    pub view: OperationView,
    /// What would be taken of it now.
    pub allowed_actions: Vec<Action>,
    /// In order.
    pub segments: Vec<Segment>,
}

/// Which operations a list holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OperationFilter {
    pub order: Option<OrderId>,
    pub status: Option<OperationStatus>,
    pub department: Option<DepartmentId>,
    /// Only those that this operator works on, or did last.
    pub operator: Option<OperatorId>,
    /// Only those that began in it.
    pub started: Period,
}
