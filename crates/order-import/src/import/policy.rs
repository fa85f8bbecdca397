//! The decisions of an import, as pure rules (`docs/spec/import.md`, "Row outcomes").

use std::borrow::Cow;

use kernel::error::Fault;
use kernel::manufacturing::{OrderStatus, Priority, PriorityWord};

use super::values::{Change, DueDate, ImportedOrder, OnExisting, OrderImage, RoutingRef};
use kernel::manufacturing::OrderId;

/// What a store found, and did, for one valid row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    /// There was no order of that number; now there is.
    Inserted,
    /// The order had not started and differed; it was changed.
    Changed(Box<PreviousOrder>),
    /// The order had not started and needed no change.
    Unchanged,
    /// The order exists and was not changed: it has this status, or the import does not change existing orders.
    Blocked(OrderStatus),
}

/// An order before an import changed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreviousOrder {
    pub id: OrderId,
    pub image: OrderImage,
}

/// The outcome of one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// An order was created.
    Created,
    Changed(Box<PreviousOrder>),
    /// An order needed no change; nothing was written.
    Unchanged,
    /// The row was skipped.
    Skipped(SkipReason),
    /// The row is faulty.
    Failed(Vec<Fault>),
}

/// Why a valid row was skipped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SkipReason {
    /// Its order has this status, in which no import may change it.
    Started(OrderStatus),
    /// Its order exists, and the import skips existing orders.
    Exists,
    /// Another row failed, and the import was all or nothing.
    AnotherRowFailed,
}

impl SkipReason {
    /// The documented sentence.
    pub const fn message(self) -> &'static str {
        match self {
            Self::Started(OrderStatus::InProgress) => "Order already in progress, not updated",
            Self::Started(OrderStatus::Completed) => "Order already complete, not updated",
            Self::Started(OrderStatus::OnHold) => "Order on hold, not updated",
            Self::Started(OrderStatus::Cancelled) => "Order cancelled, not updated",
            Self::Started(OrderStatus::Pending) | Self::Exists => "Order already exists, not updated",
            Self::AnotherRowFailed => "Not imported: another row failed",
        }
    }
}

/// Turns a fact into an outcome, under the import's choice for existing orders.
pub fn decide(fact: Fact, on_existing: OnExisting, number: &str) -> Outcome {
    match (fact, on_existing) {
        (Fact::Inserted, _) => Outcome::Created,
        (Fact::Changed(before), _) => Outcome::Changed(before),
        (Fact::Unchanged, _) => Outcome::Unchanged,
        (Fact::Blocked(_), OnExisting::Error) => Outcome::Failed(vec![exists(number)]),
        (Fact::Blocked(OrderStatus::Pending), _) => Outcome::Skipped(SkipReason::Exists),
        (Fact::Blocked(status), _) => Outcome::Skipped(SkipReason::Started(status)),
    }
}

fn exists(number: &str) -> Fault {
    Fault::new("order_number", "ORDER_EXISTS", format!("Order already exists: {number}"))
}

/// Whether an outcome rejects an all-or-nothing import: an error, or an order that may not be changed unless skipping
/// was requested.
pub fn rejects_import(outcome: &Outcome, on_existing: OnExisting) -> bool {
    match outcome {
        Outcome::Failed(_) => true,
        Outcome::Skipped(_) => on_existing != OnExisting::Skip,
        Outcome::Created | Outcome::Changed(_) | Outcome::Unchanged => false,
    }
}

/// The fault of a row whose order number an earlier row has.
pub fn duplicate(number: &str, first_row: u32) -> Fault {
    let message = format!("Duplicate order number: {number} is already in row {first_row}");
    Fault::new("order_number", "DUPLICATE_ORDER_NUMBER", Cow::Owned(message))
}

/// The order that a row creates.
pub fn create(row: &ImportedOrder) -> OrderImage {
    OrderImage {
        version: 1,
        sku: row.sku.clone(),
        description: row.description.as_str().into(),
        quantity: row.quantity,
        priority: row.priority.unwrap_or(PriorityWord::Medium.into()),
        status: row.status.unwrap_or(OrderStatus::Pending),
        work_centre: row.work_centre.apply(None),
        scheduled_end: row.due.value().map(|due| due.until),
        routing: row.routing.apply(None),
        notes: row.notes.value().map(|notes| notes.as_str().into()),
    }
}

/// The order after a row, or `None` if nothing differs. Stores that merge in bulk MUST have the same result.
///
/// A date or a priority word that equals the stored value at its own precision does not overwrite the finer stored value,
/// and an order keeps the version of a routing that it already has.
pub fn merge(before: &OrderImage, row: &ImportedOrder) -> Option<OrderImage> {
    let after = OrderImage {
        version: before.version,
        sku: row.sku.clone(),
        description: row.description.as_str().into(),
        quantity: row.quantity,
        priority: merged_priority(before.priority, row.priority),
        status: row.status.unwrap_or(before.status),
        work_centre: row.work_centre.apply(before.work_centre),
        scheduled_end: match &row.due {
            Change::Set(due) => before.scheduled_end.filter(|end| covers(due, *end)).or(Some(due.until)),
            Change::Clear => None,
            Change::Keep => before.scheduled_end,
        },
        routing: merged_routing(before.routing, &row.routing),
        notes: match &row.notes {
            Change::Set(notes) => Some(notes.as_str().into()),
            Change::Clear => None,
            Change::Keep => before.notes.clone(),
        },
    };
    (after != *before).then(|| OrderImage { version: before.version + 1, ..after })
}

/// Whether a row changes which operations its order has; `before` is the pending order, `None` for a new one.
/// An order that is not pending, or has no routing, has none.
pub fn changes_operations(before: Option<&OrderImage>, row: &ImportedOrder) -> bool {
    let had = before.and_then(|before| before.routing);
    let stays_pending = row.status.is_none_or(|status| status == OrderStatus::Pending);
    let has = merged_routing(had, &row.routing).filter(|_| stays_pending);
    had != has
}

fn merged_routing(before: Option<RoutingRef>, row: &Change<RoutingRef>) -> Option<RoutingRef> {
    match (before, row) {
        (Some(before), Change::Set(named)) if before.id == named.id => Some(before),
        (before, row) => row.apply(before),
    }
}

fn merged_priority(before: Priority, row: Option<Priority>) -> Priority {
    row.filter(|row| row.word() != before.word()).unwrap_or(before)
}

/// Whether a moment lies on the due date: before the second that follows its last one.
fn covers(due: &DueDate, moment: chrono::DateTime<chrono::Utc>) -> bool {
    due.from <= moment && moment < due.until + chrono::TimeDelta::seconds(1)
}

#[cfg(test)]
mod tests;
