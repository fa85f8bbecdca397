use super::*;
use crate::surfaces::mes::fields::{assert_faults, read_whole};
use kernel::change::Change;
use serde_json::{Value, json};

const ID: &str = "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e11";

/// An order with what it needs and `fields`.
fn order(fields: Value) -> Value {
    let mut order = json!({"productIdentifier": "WIDGET-A-001", "quantity": 100, "routingId": ID});
    order.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    order
}

fn read(fields: Value) -> NewOrder {
    read_whole::<CreateOrderRequest>(order(fields))
}

fn refused(fields: Value, expected: &[(&str, &str)]) {
    assert_faults::<CreateOrderRequest>(order(fields), expected);
}

#[test]
fn an_order_needs_a_product_a_quantity_and_a_routing() {
    let expected = [
        ("productIdentifier", "MISSING_FIELD"),
        ("quantity", "MISSING_FIELD"),
        ("routingId", "MISSING_FIELD"),
    ];
    assert_faults::<CreateOrderRequest>(json!({}), &expected);
    let new = read(json!({}));
    assert_eq!((new.number, new.priority.value(), new.notes), (None, 1, None));
    let named = json!({"routingName": "Widget Assembly v1.0"});
    assert!(matches!(read(named).routing, RoutingChoice::Both(..)));
    let named = json!({"routingName": "Widget Assembly v1.0", "routingId": null});
    assert!(matches!(read(named).routing, RoutingChoice::Named(_)));
}

#[test]
fn every_fault_of_an_order_is_named_at_once() {
    let body = json!({
        "orderNumber": "a\u{202e}b", "erpReference": " ", "productIdentifier": "x".repeat(101), "quantity": 0,
        "routingId": "routing-uuid-123", "priority": 6, "scheduledStartDate": "2025-01-20",
        "scheduledEndDate": "soon", "notes": "\u{1}", "customFields": {"a": {"b": ["\u{0}"]}},
    });
    let expected = [
        ("orderNumber", "INVALID_VALUE"),
        ("erpReference", "INVALID_VALUE"),
        ("productIdentifier", "INVALID_VALUE"),
        ("quantity", "OUT_OF_RANGE"),
        ("routingId", "UNKNOWN_ROUTING"),
        ("priority", "OUT_OF_RANGE"),
        ("scheduledStartDate", "INVALID_DATE"),
        ("scheduledEndDate", "INVALID_DATE"),
        ("notes", "INVALID_VALUE"),
        ("customFields", "INVALID_CHARACTER"),
    ];
    assert_faults::<CreateOrderRequest>(body, &expected);
}

#[test]
fn limits_of_an_order_are_kept_on_both_sides() {
    for text in ["0.001", "999999999999.999"] {
        read(json!({"quantity": text}));
    }
    for text in ["0.0001", "1000000000000"] {
        refused(json!({"quantity": text}), &[("quantity", "OUT_OF_RANGE")]);
    }
    for number in [1, 5] {
        assert_eq!(i64::from(read(json!({"priority": number})).priority.value()), number);
    }
    for number in [0, 6, -1, 257] {
        refused(json!({"priority": number}), &[("priority", "OUT_OF_RANGE")]);
    }
    let dates = |start: &str, end: &str| json!({"scheduledStartDate": start, "scheduledEndDate": end});
    let schedule = read(dates("2025-01-20T08:00:00Z", "2025-01-20T09:00:00+01:00")).schedule;
    assert_eq!(schedule.start(), schedule.end());
    let too_early = dates("2025-01-20T08:00:00Z", "2025-01-20T07:59:59Z");
    refused(too_early, &[("scheduledEndDate", "OUT_OF_RANGE")]);
    let long = json!({"customFields": {"a": "x".repeat(20_000)}});
    refused(long, &[("customFields", "OUT_OF_RANGE")]);
}

#[test]
fn a_change_needs_a_field_and_leaves_the_others_alone() {
    assert_faults::<ChangeOrderRequest>(json!({}), &[("body", "MISSING_FIELD")]);
    let change = read_whole::<ChangeOrderRequest>(json!({"notes": "  "}));
    assert_eq!(change, OrderChange { notes: Change::Clear, ..Default::default() }, "nothing is left of it");
    let expected = [("status", "UNKNOWN_VALUE"), ("priority", "OUT_OF_RANGE"), ("notes", "INVALID_VALUE")];
    assert_faults::<ChangeOrderRequest>(json!({"status": "done", "priority": 0, "notes": "\0"}), &expected);
}
