//! The manufacturing order with its operations: what decides together, under one lock (`docs/spec/mes.md`, "Orders", "Operations").

mod act;
mod change;
mod create;
mod error;
mod event;
mod status;
mod values;

use chrono::{DateTime, Utc};
use kernel::audit::Audited;
use kernel::change::Change;
use kernel::id::{Id, Uuid};
use kernel::json::{self, Json, JsonObject};
use kernel::manufacturing::{OrderId, OrderNumber, OrderStatus, Priority, Sku};
use kernel::quantity::{Amount, Quantity};
use serde_json::{Value, json};

pub use self::act::ActionFacts;
pub use self::error::OrderError;
pub use self::event::{OrderEvent, Payloads};
pub use self::status::allowed;
pub use self::values::{
    CustomFieldsFault, ErpReference, MAX_CUSTOM_FIELDS, Notes, OrderRouting, Schedule, ScheduleFault,
    SkillCheck, custom_fields,
};
use crate::data_collection::Captured;
use crate::operation::{
    ActionError, Operation, OperationId, OperationStatus, SegmentChange, available_quantity,
};
use crate::routing::RoutingChoice;

/// A manufacturing order. Imports see the same one.
#[derive(Debug, Clone, PartialEq)]
pub struct ManufacturingOrder {
    pub id: OrderId,
    /// Unique in the team.
    pub number: OrderNumber,
    pub erp_reference: Option<ErpReference>,
    pub sku: Sku,
    pub quantity: Quantity,
    /// How much of it is good, once the order is completed.
    pub quantity_completed: Option<Amount>,
    pub priority: Priority,
    pub status: OrderStatus,
    /// What an order on hold goes back to, where that is known.
    pub held: Option<OrderStatus>,
    pub routing: Option<OrderRouting>,
    pub scheduled_start: Option<DateTime<Utc>>,
    pub scheduled_end: Option<DateTime<Utc>>,
    pub actual_start: Option<DateTime<Utc>>,
    pub actual_end: Option<DateTime<Utc>>,
    pub notes: Option<Notes>,
    /// Whatever else the ERP keeps of it.
    pub custom_fields: Option<JsonObject>,
    /// 1 when it was created, one more with each event; the sequence of its events.
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    /// By number.
    pub operations: Vec<Operation>,
}

/// What a new order is to be.
#[derive(Debug, Clone, PartialEq)]
pub struct NewOrder {
    /// One is given if none was chosen.
    pub number: Option<OrderNumber>,
    pub erp_reference: Option<ErpReference>,
    pub sku: Sku,
    pub quantity: Quantity,
    pub routing: RoutingChoice,
    pub priority: Priority,
    pub schedule: Schedule,
    pub notes: Option<Notes>,
    pub custom_fields: Option<JsonObject>,
}

/// What is to become of an order; the default leaves every field as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OrderChange {
    pub status: Option<OrderStatus>,
    pub priority: Option<Priority>,
    pub notes: Change<Notes>,
}

/// An order after a change, and what the change leaves beside it. Operations that differ from before are changed.
#[derive(Debug, Clone, PartialEq)]
pub struct Changed {
    pub order: ManufacturingOrder,
    /// Stretches of work begun and ended.
    pub segments: Vec<SegmentChange>,
    /// What was captured for data collection activities.
    pub captured: Vec<Captured>,
    pub events: Vec<OrderEvent>,
    /// What was let through and is worth a word.
    pub warnings: Vec<String>,
}

/// How far an order is: operations completed, and all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    pub completed: u32,
    pub total: u32,
}

impl Progress {
    /// 100 × completed ÷ all, rounded (half up); `None` where there are no operations.
    pub const fn percent(self) -> Option<u32> {
        match self.total {
            0 => None,
            total => Some((200 * self.completed + total) / (2 * total)),
        }
    }
}

impl ManufacturingOrder {
    /// How far it is.
    pub fn progress(&self) -> Progress {
        let completed = self.operations.iter().filter(|it| it.status == OperationStatus::Completed).count();
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        Progress { completed: count(completed), total: count(self.operations.len()) }
    }

    /// One of its operations, as the audit trail records it.
    pub fn operation(&self, id: OperationId) -> Option<OrderOperation<'_>> {
        let operation = self.operations.iter().find(|operation| operation.id == id)?;
        Some(OrderOperation { order: self, operation })
    }

    /// How much one of its operations has to work on.
    pub fn available_quantity(&self, id: OperationId) -> Amount {
        let place = self.operations.iter().position(|operation| operation.id == id).unwrap_or_default();
        available_quantity(&self.operations, place, self.quantity.into())
    }

    /// Checks that a request was meant for the operation as it is.
    ///
    /// # Errors
    /// [`ActionError::Stale`] if its version is none of `seen`.
    pub fn check_seen(&self, id: OperationId, seen: Option<&[i64]>) -> Result<(), ActionError> {
        let operation = self.operations.iter().find(|operation| operation.id == id);
        let is_seen = |seen: &[i64]| operation.is_some_and(|operation| seen.contains(&operation.version));
        if seen.is_none_or(is_seen) { Ok(()) } else { Err(ActionError::Stale) }
    }

    /// `at`, or the last change where that is later: clocks of two servers differ, and time never runs backwards.
    fn not_before(&self, at: DateTime<Utc>) -> DateTime<Utc> {
        self.operations
            .iter()
            .map(|operation| operation.updated_at)
            .fold(at.max(self.updated_at), DateTime::max)
    }

    /// Counts an operation's version up where it differs from before, and notes when order and operations changed.
    fn count_versions(&mut self, before: &Self, at: DateTime<Utc>) {
        for (operation, before) in self.operations.iter_mut().zip(&before.operations) {
            if operation != before {
                operation.version += 1;
                operation.updated_at = at;
            }
        }
        if self.version != before.version {
            self.updated_at = at;
        }
    }

    fn all_done(&self) -> bool {
        self.operations.iter().all(|operation| operation.status == OperationStatus::Completed)
    }
}

/// The operations have entries of their own.
impl Audited for ManufacturingOrder {
    const KIND: &'static str = "manufacturing_order";

    fn audited_id(&self) -> Uuid {
        self.id.uuid()
    }

    fn snapshot(&self) -> String {
        let mut snapshot = json::object(json!({
            "id": self.id.uuid(),
            "orderNumber": self.number.as_str(),
            "erpReference": self.erp_reference.as_ref().map(ErpReference::as_str),
            "productIdentifier": self.sku.as_str(),
            "quantity": self.quantity,
            "quantityCompleted": self.quantity_completed,
            "priority": self.priority.value(),
            "status": self.status.as_str(),
            "heldStatus": self.held.map(OrderStatus::as_str),
            "routingId": self.routing.as_ref().map(|routing| routing.id.uuid()),
            "routingVersion": self.routing.as_ref().map(|routing| routing.version.number()),
            "scheduledStartDate": self.scheduled_start,
            "scheduledEndDate": self.scheduled_end,
            "actualStartDate": self.actual_start,
            "actualEndDate": self.actual_end,
            "notes": self.notes.as_ref().map(Notes::as_str),
            "operations": self.operations.iter().map(operation).collect::<Vec<_>>(),
            "version": self.version,
        }));
        snapshot.insert("customFields".into(), self.custom_fields.clone().into());
        Json::Object(snapshot).to_string()
    }
}

fn operation(operation: &Operation) -> Value {
    json!({"id": operation.id.uuid(), "status": operation.status.as_str()})
}

/// An operation with its order.
#[derive(Debug, Clone, Copy)]
pub struct OrderOperation<'o> {
    order: &'o ManufacturingOrder,
    pub operation: &'o Operation,
}

impl Audited for OrderOperation<'_> {
    const KIND: &'static str = "work_order_operation";

    fn audited_id(&self) -> Uuid {
        self.operation.id.uuid()
    }

    fn snapshot(&self) -> String {
        let Self { order, operation } = self;
        let mut snapshot = json::object(json!({
            "orderId": order.id.uuid(),
            "orderStatus": order.status.as_str(),
            "id": operation.id.uuid(),
            "operationNumber": operation.number,
            "status": operation.status.as_str(),
            "operatorId": operation.operator.map(Id::uuid),
            "actualStartTime": operation.actual_start,
            "actualEndTime": operation.actual_end,
            "quantityCompleted": operation.quantities.good,
            "quantityRejected": operation.quantities.rejected,
            "quantityReworked": operation.quantities.reworked,
            "segments": operation.time.segments,
            "version": operation.version,
        }));
        snapshot.insert("capturedData".into(), operation.captured.clone().into());
        Json::Object(snapshot).to_string()
    }
}

#[cfg(test)]
mod tests;
