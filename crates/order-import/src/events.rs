//! The events of an import, derived from its record.

use chrono::{DateTime, Utc};
use kernel::events::{Event, PayloadFault};
use kernel::manufacturing::{OrderCreated, OrderUpdated};
use uuid::Uuid;

use crate::import::report::OrderChange;
use crate::import::values::{ImportId, OrderImage};

/// The kind of record by which an outbox entry or a stored response refers to an import.
pub const RECORD: &str = "order_import";

/// The event of one row that changed an order: `order.created` or `order.updated`.
///
/// # Errors
/// When the payload has no form in JSON, which no order has.
pub fn event(
    import: ImportId,
    row: u32,
    at: DateTime<Utc>,
    change: &OrderChange,
) -> Result<Event, PayloadFault> {
    let id = event_id(import, row);
    let order = change.id.uuid();
    match &change.before {
        None => Event::new(id, order, change.after.version, at, &created(change, at)),
        Some(before) => Event::new(id, order, change.after.version, at, &updated(change, before, at)),
    }
}

/// A stable id for the event of a row: the import's id, its last 32 bits advanced by the row.
fn event_id(import: ImportId, row: u32) -> Uuid {
    let (high, low) = import.uuid().as_u64_pair();
    let advanced = (low & 0xffff_ffff).wrapping_add(u64::from(row)) & 0xffff_ffff;
    Uuid::from_u64_pair(high, (low & !0xffff_ffff) | advanced)
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
        ("routing", before.routing != after.routing),
        ("notes", before.notes != after.notes),
    ];
    fields.into_iter().filter_map(|(field, differs)| differs.then_some(field)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::fixtures::{centre, image, moment, number, quantity};
    use kernel::id::Id;
    use kernel::manufacturing::{OrderStatus, Priority, Sku};
    use serde_json::{Value, json};
    use std::collections::HashSet;

    const ORDER: &str = "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e11";
    const IMPORT: &str = "0190f3c2-7b7a-7c3e-8d52-6c1ffffffffe";

    fn import() -> ImportId {
        IMPORT.parse().unwrap()
    }

    fn at() -> DateTime<Utc> {
        moment("2024-06-01T08:00:00.000001Z")
    }

    fn change(before: Option<OrderImage>, after: OrderImage) -> OrderChange {
        OrderChange { id: ORDER.parse().unwrap(), number: number("ORD001"), before, after }
    }

    fn event_of(change: &OrderChange) -> (Event, Value) {
        let event = event(import(), 1, at(), change).unwrap();
        let payload = serde_json::from_str(&event.payload).unwrap();
        (event, payload)
    }

    #[test]
    fn a_created_order_has_the_documented_payload() {
        let (event, payload) = event_of(&change(None, OrderImage { version: 1, ..image() }));
        assert_eq!(event.event_type, "order.created");
        assert_eq!((event.aggregate.to_string().as_str(), event.sequence, event.at), (ORDER, 1, at()));
        let expected = json!({
            "orderId": ORDER,
            "orderNumber": "ORD001",
            "productIdentifier": "STK1",
            "quantity": 100,
            "priority": 4,
            "status": "pending",
            "scheduledEndDate": "2024-07-01T12:00:00Z",
            "createdAt": "2024-06-01T08:00:00.000001Z",
        });
        assert_eq!(payload, expected);
    }

    #[test]
    fn a_changed_order_names_the_fields_that_changed() {
        let after = OrderImage { version: 5, quantity: quantity("0.5"), scheduled_end: None, ..image() };
        let (event, payload) = event_of(&change(Some(image()), after));
        assert_eq!((event.event_type, event.sequence), ("order.updated", 5));
        let expected = json!({
            "orderId": ORDER,
            "orderNumber": "ORD001",
            "changedFields": ["quantity", "scheduledEndDate"],
            "productIdentifier": "STK1",
            "quantity": 0.5,
            "priority": 4,
            "status": "pending",
            "scheduledEndDate": null,
            "updatedAt": "2024-06-01T08:00:00.000001Z",
        });
        assert_eq!(payload, expected);
    }

    #[test]
    fn each_field_that_changes_is_named() {
        let cases = [
            (OrderImage { sku: Sku::try_new("B").unwrap(), ..image() }, "productIdentifier"),
            (OrderImage { description: "B".into(), ..image() }, "description"),
            (OrderImage { quantity: quantity("1"), ..image() }, "quantity"),
            (OrderImage { priority: Priority::try_new(5).unwrap(), ..image() }, "priority"),
            (OrderImage { status: OrderStatus::OnHold, ..image() }, "status"),
            (OrderImage { work_centre: Some(centre(2)), ..image() }, "workCentre"),
            (OrderImage { scheduled_end: None, ..image() }, "scheduledEndDate"),
            (OrderImage { routing: None, ..image() }, "routing"),
            (OrderImage { notes: None, ..image() }, "notes"),
        ];
        for (after, field) in cases {
            assert_eq!(changed_fields(&image(), &after), [field]);
        }
        assert_eq!(changed_fields(&image(), &OrderImage { version: 9, ..image() }), [""; 0]);
    }

    #[test]
    fn an_event_always_has_the_same_id_and_each_row_its_own() {
        let created = change(None, image());
        let id = |row| event(import(), row, at(), &created).unwrap().id;
        assert_eq!(id(1), id(1));
        let ids: HashSet<_> = (1..=100_000).map(id).collect();
        assert_eq!(ids.len(), 100_000);
        assert!(!ids.contains(&import().uuid()), "none is the import's own");
    }

    #[test]
    fn an_event_id_stays_a_version_7_uuid_when_the_last_bits_overflow() {
        let created = change(None, image());
        let id = |row| event(import(), row, at(), &created).unwrap().id;
        assert_eq!(id(1).to_string(), "0190f3c2-7b7a-7c3e-8d52-6c1fffffffff");
        assert_eq!(id(2).to_string(), "0190f3c2-7b7a-7c3e-8d52-6c1f00000000");
        assert_eq!(id(2).get_version_num(), 7);
        let other: ImportId = Id::new(Uuid::from_u128(import().uuid().as_u128() ^ (1 << 40)));
        assert_ne!(
            event(other, 2, at(), &created).unwrap().id,
            id(2),
            "another import's rows have other ids"
        );
    }
}
