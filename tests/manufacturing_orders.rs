//! Production orders (seed 004, section 1).

use serde_json::{Value, json};
use testkit::race;

use crate::support::{ORDERS, Plant, is_uuid};

/// The request example of seed 004, section 1.1, with this plant's routing.
fn example(routing: &str) -> Value {
    json!({
        "orderNumber": "ORD-2025-001",
        "erpReference": "ERP-PO-12345",
        "productIdentifier": "WIDGET-A-001",
        "quantity": 100,
        "routingId": routing,
        "routingName": "Widget Assembly v1.0",
        "priority": 1,
        "scheduledStartDate": "2025-01-20T08:00:00Z",
        "scheduledEndDate": "2025-01-22T17:00:00Z",
        "notes": "Rush order for customer ABC",
        "customFields": {"customerPO": "CUST-12345", "projectCode": "PROJ-001"},
    })
}

#[test]
fn the_examples_of_the_seed_work_to_the_letter() {
    let plant = Plant::new();
    let steps = [json!({}), json!({"operationName": "Quality Check"}), json!({}), json!({})];
    let routing = plant.routing("Widget Assembly v1.0", &steps);
    let made = plant.team.post(ORDERS, &example(&routing)).created();
    let (id, at) = (made["id"].as_str().unwrap(), made["createdAt"].clone());
    let mut operations = made["workOrderOperations"].clone();
    assert_eq!(operations.as_array().unwrap().len(), 4);
    let first = operations[0].take();
    let woo = first["id"].as_str().unwrap();
    assert!(is_uuid(&made["id"]) && is_uuid(&first["id"]), "{made}");
    let expected = json!({
        "id": woo, "operationNumber": 1, "operationName": "Assembly Station 1", "status": "pending",
        "departmentId": plant.assembly,
    });
    assert_eq!(first, expected);
    let mut head = made.clone();
    head.as_object_mut().unwrap().remove("workOrderOperations");
    let expected = json!({
        "id": id,
        "orderNumber": "ORD-2025-001",
        "erpReference": "ERP-PO-12345",
        "productIdentifier": "WIDGET-A-001",
        "quantity": 100,
        "routingId": routing,
        "priority": 1,
        "status": "pending",
        "scheduledStartDate": "2025-01-20T08:00:00Z",
        "scheduledEndDate": "2025-01-22T17:00:00Z",
        "notes": "Rush order for customer ABC",
        "customFields": {"customerPO": "CUST-12345", "projectCode": "PROJ-001"},
        "createdAt": at,
        "updatedAt": at,
    });
    assert_eq!(head, expected);

    let order = plant.placed(&made);
    order.start(0);
    let captured = json!({"torqueReading": 45.2, "qualityCheck": true});
    order.act(0, &json!({"action": "complete", "quantityCompleted": 100, "capturedData": captured})).ok();
    let second = order.start(1);
    let shown = order.shown();
    let began = shown["actualStartDate"].clone();
    assert_eq!(shown["status"], "in_progress");
    let expected = json!({
        "id": woo,
        "operationNumber": 1,
        "operationName": "Assembly Station 1",
        "department": {"id": plant.assembly, "name": "Assembly"},
        "status": "completed",
        "actualStartTime": began,
        "actualEndTime": shown["workOrderOperations"][0]["actualEndTime"],
        "operatorId": plant.ann,
        "quantityCompleted": 100,
        "quantityRejected": 0,
        "capturedData": captured,
    });
    assert_eq!(shown["workOrderOperations"][0], expected);
    let expected = json!({"id": routing, "name": "Widget Assembly v1.0", "version": "1.0"});
    assert_eq!(shown["routing"], expected);

    let listed = plant.team.get(ORDERS).ok();
    let expected = json!({
        "orders": [{
            "id": id,
            "orderNumber": "ORD-2025-001",
            "erpReference": "ERP-PO-12345",
            "productIdentifier": "WIDGET-A-001",
            "quantity": 100,
            "status": "in_progress",
            "priority": 1,
            "scheduledStartDate": "2025-01-20T08:00:00Z",
            "actualStartDate": began,
            "currentOperation": {
                "id": second["id"],
                "operationNumber": 2,
                "operationName": "Quality Check",
                "status": "in_progress",
            },
            "progress": {"completedOperations": 1, "totalOperations": 4, "percentComplete": 25},
            "createdAt": at,
        }],
        "pagination": {"total": 1, "limit": 50, "offset": 0, "hasMore": false},
    });
    assert_eq!(listed, expected);

    let cancel = json!({"status": "cancelled", "notes": "Customer cancellation request", "priority": 5});
    let cancelled = order.patch(&cancel).ok();
    assert_eq!(
        (&cancelled["status"], &cancelled["notes"], &cancelled["priority"]),
        (&json!("cancelled"), &json!("Customer cancellation request"), &json!(5))
    );
    let told = [
        "order.created",
        "order.started",
        "woo.started",
        "woo.completed",
        "woo.started",
        "order.updated",
        "order.cancelled",
    ];
    assert_eq!(order.events(), told);
}

#[test]
fn an_order_without_a_number_gets_the_next_that_no_order_has() {
    let plant = Plant::new();
    let routing = plant.routing("R", &[json!({})]);
    let body = |number: Option<&str>| json!({"orderNumber": number, "productIdentifier": "A", "quantity": 1, "routingId": routing});
    let numbered = |number: Option<&str>| {
        let made = plant.team.post(ORDERS, &body(number)).created();
        made["orderNumber"].as_str().unwrap().to_owned()
    };
    let first = numbered(None);
    let (prefix, count) = first.rsplit_once('-').unwrap();
    assert_eq!(count, "001", "{first}");
    assert_eq!(prefix.len(), "ORD-2025".len(), "{first}");
    numbered(Some(&format!("{prefix}-002")));
    numbered(Some(&format!("{prefix}-003")));
    assert_eq!(numbered(None), format!("{prefix}-004"), "taken numbers are passed over");
    let taken = plant.team.post(ORDERS, &body(Some(&format!("{prefix}-002"))));
    assert_eq!((taken.status, &taken.json()["error"]["code"]), (409, &json!("ORDER_NUMBER_TAKEN")));
    let mut numbers = race(20, |_| numbered(None));
    numbers.sort();
    numbers.dedup();
    assert_eq!(numbers.len(), 20, "twenty at once have twenty numbers");
}
