//! Production orders (`docs/spec/mes.md`, "Orders").

use reqwest::Method;
use serde_json::{Value, json};
use testkit::race;

use crate::support::{ORDERS, Plant, Reply, Requests, is_uuid, order_with, team};

/// The request in the API document (`docs/spec/mes.md`, "Create an order"), with this plant's routing.
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
fn the_examples_of_the_api_document_work_to_the_letter() {
    let plant = Plant::new();
    let steps = [json!({}), json!({"operationName": "Quality Check"}), json!({}), json!({})];
    let routing = plant.routing("Widget Assembly v1.0", &steps);
    let created = plant.team.post(ORDERS, &example(&routing)).created();
    let (id, at) = (created["id"].as_str().unwrap(), created["createdAt"].clone());
    let mut operations = created["workOrderOperations"].clone();
    assert_eq!(operations.as_array().unwrap().len(), 4);
    let first = operations[0].take();
    let woo = first["id"].as_str().unwrap();
    assert!(is_uuid(&created["id"]) && is_uuid(&first["id"]), "{created}");
    let expected = json!({
        "id": woo, "operationNumber": 1, "operationName": "Assembly Station 1", "status": "pending",
        "departmentId": plant.assembly,
    });
    assert_eq!(first, expected);
    let mut head = created.clone();
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

    let order = plant.order_in(&created);
    order.start(0);
    let captured = json!({"torqueReading": 45.2, "qualityCheck": true});
    order.act(0, &json!({"action": "complete", "quantityCompleted": 100, "capturedData": captured})).ok();
    let second = order.start(1);
    let shown = order.show();
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
            "scheduledEndDate": "2025-01-22T17:00:00Z",
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
    let expected = [
        "order.created",
        "order.started",
        "woo.started",
        "woo.completed",
        "woo.started",
        "order.updated",
        "order.cancelled",
    ];
    assert_eq!(order.events(), expected);
}

#[test]
fn an_order_without_a_number_gets_the_next_free_one() {
    let plant = Plant::new();
    let routing = plant.routing("R", &[json!({})]);
    let body = |number: Option<&str>| json!({"orderNumber": number, "productIdentifier": "A", "quantity": 1, "routingId": routing});
    let numbered = |number: Option<&str>| {
        let created = plant.team.post(ORDERS, &body(number)).created();
        created["orderNumber"].as_str().unwrap().to_owned()
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

fn faults(reply: &Reply) -> (u16, Vec<(String, String)>) {
    let errors = reply.json()["error"]["details"]["errors"].clone();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let named = errors.as_array().unwrap().iter().map(|it| (text(&it["field"]), text(&it["code"])));
    (reply.status, named.collect())
}

fn faulty(faults: &[(&str, &str)]) -> (u16, Vec<(String, String)>) {
    (422, faults.iter().map(|(field, code)| ((*field).to_owned(), (*code).to_owned())).collect())
}

#[test]
fn every_fault_of_an_order_is_named_at_once_and_nothing_is_stored() {
    let plant = Plant::new();
    let routing = plant.routing("R", &[json!({})]);
    let before = plant.team.state();
    let bad = json!({
        "orderNumber": "a\u{202e}b", "erpReference": " ", "productIdentifier": "x".repeat(101), "quantity": 0,
        "routingId": "routing-uuid-123", "priority": 6, "scheduledStartDate": "2025-01-20",
        "scheduledEndDate": 7, "notes": "\u{1}", "customFields": {"a": "\u{0}"},
    });
    let expected = faulty(&[
        ("scheduledEndDate", "INVALID_TYPE"),
        ("orderNumber", "INVALID_VALUE"),
        ("erpReference", "INVALID_VALUE"),
        ("productIdentifier", "INVALID_VALUE"),
        ("quantity", "OUT_OF_RANGE"),
        ("routingId", "UNKNOWN_ROUTING"),
        ("priority", "OUT_OF_RANGE"),
        ("scheduledStartDate", "INVALID_DATE"),
        ("notes", "INVALID_VALUE"),
        ("customFields", "INVALID_CHARACTER"),
    ]);
    assert_eq!(faults(&plant.team.post(ORDERS, &bad)), expected);
    let missing = ["productIdentifier", "quantity", "routingId"].map(|field| (field, "MISSING_FIELD"));
    assert_eq!(faults(&plant.team.post(ORDERS, &json!({"unknown": 1}))), faulty(&missing));
    for (field, value, code) in [
        ("quantity", json!("1e400"), "INVALID_TYPE"),
        ("quantity", json!(0.0001), "OUT_OF_RANGE"),
        ("quantity", json!(-1), "OUT_OF_RANGE"),
        ("quantity", json!(1_000_000_000_000_u64), "OUT_OF_RANGE"),
        ("priority", json!(0), "OUT_OF_RANGE"),
        ("priority", json!(1.5), "INVALID_TYPE"),
        ("customFields", json!([1]), "INVALID_TYPE"),
        ("scheduledStartDate", json!("2025-13-01T00:00:00Z"), "INVALID_DATE"),
    ] {
        let mut body = json!({"productIdentifier": "A", "quantity": 1, "routingId": routing});
        body[field] = value.clone();
        assert_eq!(faults(&plant.team.post(ORDERS, &body)), faulty(&[(field, code)]), "{value}");
    }
    assert_eq!(plant.team.state(), before);
}

#[test]
fn the_routing_of_an_order_must_be_active_of_the_team_and_unambiguous() {
    let plant = Plant::new();
    let foreign = Plant::of(team());
    let (one, other) = (plant.routing("One", &[json!({})]), plant.routing("Other", &[json!({})]));
    let theirs = foreign.routing("Theirs", &[json!({})]);
    plant.team.patch(&format!("/api/v1/routings/{other}"), &json!({"isActive": false})).ok();
    let posted = |fields: Value| {
        let mut body = json!({"productIdentifier": "A", "quantity": 1});
        body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        plant.team.post(ORDERS, &body)
    };
    for (fields, field, code) in [
        (json!({"routingId": theirs}), "routingId", "UNKNOWN_ROUTING"),
        (json!({"routingName": "Theirs"}), "routingName", "UNKNOWN_ROUTING"),
        (json!({"routingId": other}), "routingId", "INACTIVE_ROUTING"),
        (json!({"routingName": "other"}), "routingName", "INACTIVE_ROUTING"),
        (json!({"routingId": one, "routingName": "Other"}), "routingName", "ROUTING_MISMATCH"),
    ] {
        assert_eq!(faults(&posted(fields.clone())), faulty(&[(field, code)]), "{fields}");
    }
    assert_eq!(posted(json!({"routingName": "ONE"})).created()["routingId"], json!(one));
    for id in ["invalid-id", &*theirs] {
        let refused = posted(json!({"routingId": id})).json()["error"].clone();
        let found = (&refused["message"], &refused["details"]["field"], &refused["details"]["value"]);
        assert_eq!(found, (&json!("Invalid routing ID provided"), &json!("routingId"), &json!(id)));
    }
}

#[test]
fn an_order_keeps_the_version_of_its_routing_and_its_target_times() {
    let plant = Plant::new();
    let routing = plant.routing("R", &[json!({"runTimeMinutes": 2, "runTimeBasis": "per_unit"}), json!({})]);
    let body = json!({
        "orderNumber": "A1", "productIdentifier": "A", "quantity": 10, "routingId": routing,
        "scheduledStartDate": "2025-01-20T08:00:00+01:00",
    });
    let order = plant.order_in(&plant.team.post(ORDERS, &body).created());
    let revised = plant.routing_body("R", &[json!({"setupTimeMinutes": 1})]);
    let revised =
        Reply::to(plant.team.request(Method::PUT, &format!("/api/v1/routings/{routing}")).json(&revised));
    assert_eq!(revised.ok()["version"], "2.0");
    assert_eq!(order.show()["routing"]["version"], "1.0");
    let planned = [0, 1].map(|place| {
        let operation = order.operation(place);
        (operation["targetTimeSeconds"].clone(), operation["scheduledStartTime"].clone())
    });
    let expected =
        [(json!(2_100), json!("2025-01-20T07:00:00Z")), (json!(3_600), json!("2025-01-20T07:35:00Z"))];
    assert_eq!(planned, expected);
    let next = plant.order_with_routing("A2", &routing);
    assert_eq!((next.operations.len(), &next.show()["routing"]["version"]), (1, &json!("2.0")));
}

/// The order numbers of a page, and the total.
fn listed(plant: &Plant, query: &str) -> (Vec<String>, u64) {
    let page = plant.team.get(&format!("{ORDERS}{query}")).ok();
    let orders = page["orders"].as_array().unwrap().iter();
    let numbers = orders.map(|order| order["orderNumber"].as_str().unwrap().to_owned());
    (numbers.collect(), page["pagination"]["total"].as_u64().unwrap())
}

#[test]
fn orders_are_listed_filtered_sorted_and_paged_as_documented() {
    let plant = Plant::new();
    let routing = plant.routing("R", &[json!({})]);
    for (number, erp, product, priority, start) in [
        ("A1", Some("E1"), "X", 3, Some("2025-01-22T08:00:00Z")),
        ("A2", Some("E2"), "X", 5, Some("2025-01-21T08:00:00Z")),
        ("A3", None, "Y", 1, None),
        ("A4", Some("E1"), "Y", 5, Some("2025-01-23T08:00:00Z")),
    ] {
        let body = json!({
            "orderNumber": number, "erpReference": erp, "productIdentifier": product, "quantity": 1,
            "routingId": routing, "priority": priority, "scheduledStartDate": start,
        });
        let order = plant.order_in(&plant.team.post(ORDERS, &body).created());
        if number == "A2" {
            order.patch(&json!({"status": "on_hold"})).ok();
        }
    }
    plant.team.import("", &json!([order_with("A5", json!({"status": "complete", "stock_code": "X"}))])).ok();
    for (query, numbers, total) in [
        ("", vec!["A5", "A4", "A3", "A2", "A1"], 5),
        ("?order=asc", vec!["A1", "A2", "A3", "A4", "A5"], 5),
        ("?limit=2&offset=1", vec!["A4", "A3"], 5),
        ("?offset=5", vec![], 5),
        ("?status=on_hold", vec!["A2"], 1),
        ("?status=completed", vec!["A5"], 1),
        ("?status=pending&order=asc", vec!["A1", "A3", "A4"], 3),
        ("?erpReference=E1", vec!["A4", "A1"], 2),
        ("?productIdentifier=X&status=pending", vec!["A1"], 1),
        ("?productIdentifier=x", vec![], 0),
        ("?fromDate=2020-01-01&toDate=2999-12-31", vec!["A5", "A4", "A3", "A2", "A1"], 5),
        ("?toDate=2020-01-01", vec![], 0),
        ("?sort=scheduledStartDate&order=asc", vec!["A2", "A1", "A4", "A3", "A5"], 5),
        ("?sort=scheduledStartDate&status=pending", vec!["A3", "A4", "A1"], 3),
        ("?sort=priority&limit=2", vec!["A4", "A2"], 5),
        ("?sort=priority&order=asc&limit=1", vec!["A3"], 5),
    ] {
        let numbers: Vec<_> = numbers.into_iter().map(str::to_owned).collect();
        assert_eq!(listed(&plant, query), (numbers, total), "{query}");
    }
    for (query, more) in [("?total=false&limit=4", true), ("?total=false&limit=5", false)] {
        let page = plant.team.get(&format!("{ORDERS}{query}")).ok();
        let pagination = &page["pagination"];
        assert_eq!((&pagination["total"], &pagination["hasMore"]), (&json!(null), &json!(more)), "{query}");
    }
    let refused =
        plant.team.get(&format!("{ORDERS}?status=done&fromDate=x&toDate=y&sort=id&order=up&limit=0"));
    let fields: Vec<_> = faults(&refused).1.into_iter().map(|(field, _)| field).collect();
    assert_eq!(fields, ["status", "fromDate", "toDate", "sort", "order", "limit"]);
}

#[test]
fn dates_are_days_in_the_team_s_time_zone_and_timestamps_are_exact() {
    let plant = Plant::new();
    plant.team.admin().patch("/api/team", &json!({"timeZone": "Pacific/Auckland"})).ok();
    let order = plant.order("A1", 1);
    let id = &order.id;
    // half past midnight there is noon of the day before in UTC
    plant.team.database.execute(&format!(
        "UPDATE manufacturing_orders SET created_at = '2025-01-19T11:30:00.000001Z' WHERE id = '{id}'"
    ));
    for (query, total) in [
        ("?fromDate=2025-01-20&toDate=2025-01-20", 1),
        ("?toDate=2025-01-19", 0),
        ("?fromDate=2025-01-21", 0),
        ("?toDate=2025-01-19T11:30:00.000001Z", 1),
        ("?toDate=2025-01-19T11:30:00Z", 0),
        ("?fromDate=2025-01-19T11:30:00.000001Z", 1),
        ("?fromDate=2025-01-19T11:30:00.000002Z", 0),
    ] {
        assert_eq!(listed(&plant, query).1, total, "{query}");
    }
}

#[test]
fn an_imported_order_can_be_started_and_the_next_import_leaves_it_alone() {
    let plant = Plant::new();
    plant.routing("Widget Assembly v1.0", &[json!({}), json!({})]);
    let row = |quantity: u32| {
        json!([order_with(
            "A1",
            json!({"routing": "Widget Assembly v1.0", "quantity_to_make": quantity, "priority": "high"})
        )])
    };
    assert_eq!(plant.team.import("", &row(50)).counts(), [1, 0, 0, 0]);
    let listed = plant.team.get(ORDERS).ok();
    let path = format!("{ORDERS}/{}", listed["orders"][0]["id"].as_str().unwrap());
    let shown = plant.team.get(&path).ok();
    assert_eq!((&shown["priority"], &shown["quantity"]), (&json!(5), &json!(50)));
    let order = plant.order_in(&shown);
    assert_eq!(order.operations.len(), 2);
    assert_eq!(plant.team.import("", &row(60)).counts(), [0, 1, 0, 0], "not started: updated");
    order.start(0);
    let report = plant.team.import("", &row(70)).report();
    assert_eq!(
        (&report["skipped"], &report["details"][0]["message"]),
        (&json!(1), &json!("Order already in progress, not updated"))
    );
    assert_eq!(order.complete(0)["quantityCompleted"], 60);
}

#[test]
fn an_import_racing_a_start_leaves_the_order_consistent() {
    let plant = Plant::new();
    let routing = plant.routing("R", &[json!({})]);
    for round in 0..20 {
        let number = format!("A{round}");
        let order = plant.order_with_routing(&number, &routing);
        let row = json!([order_with(&number, json!({"quantity_to_make": 7}))]);
        let came = race(2, |racer| match racer {
            0 => plant.team.import("", &row).counts(),
            _ => {
                order.start(0);
                [0; 4]
            }
        });
        let shown = order.show();
        let quantity = shown["quantity"].as_u64();
        match came[0] {
            [0, 1, 0, 0] => assert_eq!(quantity, Some(7), "round {round}: updated before the start"),
            [0, 0, 1, 0] => assert_eq!(quantity, Some(100), "round {round}: started before the update"),
            counts => panic!("round {round}: {counts:?}"),
        }
        assert_eq!(shown["status"], "in_progress");
        assert_eq!(order.complete(0)["quantityCompleted"].as_u64(), quantity, "round {round}");
    }
}
