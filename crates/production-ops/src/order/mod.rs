//! The manufacturing order with its operations: what decides together, under one lock (seed 004, sections 1 and 2).

mod act;
mod change;
mod error;
mod event;
mod input;
mod status;
mod values;

use chrono::{DateTime, Utc};
use kernel::manufacturing::{OrderId, OrderNumber, OrderStatus, Priority, Sku};
use kernel::quantity::{Amount, Quantity};
use serde_json::{Map, Value, json};

pub use self::act::ActionFacts;
pub use self::error::OrderError;
pub use self::event::{OrderEvent, Payloads};
pub use self::input::{NewOrder, OrderChange, OrderDraft, OrderPatch, RoutingChoice, RoutingFault};
pub use self::status::allowed;
pub use self::values::{ErpReference, Notes, OrderRouting, SkillCheck};
use crate::data_collection::Captured;
use crate::operation::{Operation, OperationStatus, SegmentChange};

/// A manufacturing order. Imports (seed 000) see the same one.
#[derive(Debug, Clone, PartialEq)]
pub struct ManufacturingOrder {
    /// Its id.
    pub id: OrderId,
    /// Its number, unique in the team.
    pub number: OrderNumber,
    /// What the ERP calls it.
    pub erp_reference: Option<ErpReference>,
    /// What is made.
    pub sku: Sku,
    /// How much of it.
    pub quantity: Quantity,
    /// How much of it is good, once it is completed.
    pub quantity_completed: Option<Amount>,
    /// How urgent it is.
    pub priority: Priority,
    /// Where it stands.
    pub status: OrderStatus,
    /// What an order on hold goes back to, where that is known.
    pub held: Option<OrderStatus>,
    /// How it is made.
    pub routing: Option<OrderRouting>,
    /// When it is to begin.
    pub scheduled_start: Option<DateTime<Utc>>,
    /// When it is to be done.
    pub scheduled_end: Option<DateTime<Utc>>,
    /// When it began.
    pub actual_start: Option<DateTime<Utc>>,
    /// When it was completed.
    pub actual_end: Option<DateTime<Utc>>,
    /// Remarks.
    pub notes: Option<Notes>,
    /// Whatever else the ERP keeps of it: a JSON object.
    pub custom_fields: Option<Map<String, Value>>,
    /// 1 when it was made, one more with each event; the sequence of its events.
    pub version: i64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
    /// Its operations, by number.
    pub operations: Vec<Operation>,
}

/// An order after a change, and what the change comes to. Operations that differ from before are changed.
#[derive(Debug, Clone, PartialEq)]
pub struct Changed {
    /// The order as it is now.
    pub order: ManufacturingOrder,
    /// Stretches of work begun and ended.
    pub segments: Vec<SegmentChange>,
    /// What was captured for data collection activities.
    pub captured: Vec<Captured>,
    /// What the world hears of it, in order.
    pub events: Vec<OrderEvent>,
    /// What was let through and is worth a word.
    pub warnings: Vec<String>,
}

/// How far an order is: operations completed, and all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Operations completed.
    pub completed: u32,
    /// All operations.
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

    /// The order as JSON text, for the audit trail; its operations have entries of their own.
    pub fn snapshot(&self) -> String {
        json!({
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
            "customFields": self.custom_fields,
            "operations": self.operations.iter().map(operation).collect::<Vec<_>>(),
            "version": self.version,
        })
        .to_string()
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

fn operation(operation: &Operation) -> Value {
    json!({"id": operation.id.uuid(), "status": operation.status.as_str()})
}

#[cfg(test)]
mod tests;
