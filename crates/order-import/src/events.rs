//! The events of an import: kept folded in its record, unfolded here.

use chrono::{DateTime, Utc};
use kernel::events::{Event, PayloadFault};
use kernel::manufacturing::{OrderCreated, OrderUpdated};
use uuid::Uuid;

use crate::import::report::OrderChange;
use crate::import::values::{ImportId, OrderImage};

/// The kind of record that an outbox entry or a kept answer names when an import stands behind it.
pub const RECORD: &str = "order_import";

/// The event of one row that changed an order: `order.created` or `order.updated`.
///
/// # Errors
/// When the payload has no form in JSON, which no order has.
pub fn event(import: ImportId, row: u32, at: DateTime<Utc>, change: &OrderChange) -> Result<Event, PayloadFault> {
    let id = event_id(import, row);
    let order = change.id.uuid();
    match &change.before {
        None => Event::new(id, order, change.after.version, at, &created(change, at)),
        Some(before) => Event::new(id, order, change.after.version, at, &updated(change, before, at)),
    }
}

/// The same event has the same id whenever it is unfolded: the import's, its last 32 bits moved on by the row.
fn event_id(import: ImportId, row: u32) -> Uuid {
    let (high, low) = import.uuid().as_u64_pair();
    let moved = (low & 0xffff_ffff).wrapping_add(u64::from(row)) & 0xffff_ffff;
    Uuid::from_u64_pair(high, (low & !0xffff_ffff) | moved)
}

fn created(change: &OrderChange, at: DateTime<Utc>) -> OrderCreated {
    OrderCreated {
        order_id: change.id.uuid(),
        order_number: change.number.as_str().to_owned(),
        product_identifier: change.after.sku.as_str().to_owned(),
        quantity: change.after.quantity,
        priority: change.after.priority.value(),
        status: change.after.status.as_str(),
        scheduled_end_date: change.after.scheduled_end,
        created_at: at,
    }
}

fn updated(change: &OrderChange, before: &OrderImage, at: DateTime<Utc>) -> OrderUpdated {
    OrderUpdated {
        order_id: change.id.uuid(),
        order_number: change.number.as_str().to_owned(),
        changed_fields: changed_fields(before, &change.after),
        product_identifier: change.after.sku.as_str().to_owned(),
        quantity: change.after.quantity,
        priority: change.after.priority.value(),
        status: change.after.status.as_str(),
        scheduled_end_date: change.after.scheduled_end,
        updated_at: at,
    }
}

fn changed_fields(before: &OrderImage, after: &OrderImage) -> Vec<&'static str> {
    let fields = [
        ("productIdentifier", before.sku != after.sku),
        ("description", before.description != after.description),
        ("quantity", before.quantity != after.quantity),
        ("priority", before.priority != after.priority),
        ("status", before.status != after.status),
        ("workCentre", before.work_centre != after.work_centre),
        ("scheduledEndDate", before.scheduled_end != after.scheduled_end),
        ("notes", before.notes != after.notes),
    ];
    fields.into_iter().filter_map(|(field, differs)| differs.then_some(field)).collect()
}
