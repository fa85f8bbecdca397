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
use crate::operation::{ActionError, ActionRequest, Operation, OperationId, OperationStatus, Segment};
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
    async fn act(
        &self,
        context: WriteContext<ActionOutcome>,
        id: OperationId,
        request: ActionRequest,
    ) -> Result<Written<ActionOutcome>, ActionError>;

    /// The team's operation of that id, with its segments in order.
    async fn find(
        &self,
        team: TeamId,
        id: OperationId,
    ) -> Result<Option<(OperationView, Vec<Segment>)>, StoreError>;

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
    pub department: Name,
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
