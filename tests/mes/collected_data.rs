//! Data collected during operations (`docs/spec/mes.md`, "Data collection").

use serde_json::{Value, json};

use crate::support::{DATA_COLLECTION, Order, Plant, Reply, Requests, team};

/// The request in the API document (`docs/spec/mes.md`, "Submit data"), for an operation of this plant.
fn example(order: &Order) -> Value {
    json!({
        "workOrderOperationId": order.operations[0],
        "dataCollectionActivityId": order.plant.torque,
        "operatorId": order.plant.ann,
        "collectedData": {
            "torqueReading": 45.2,
            "visualInspection": "pass",
            "notes": "All measurements within tolerance",
        },
        "timestamp": "2025-01-20T09:30:00Z",
    })
}

fn with(mut body: Value, fields: Value) -> Value {
    body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    body
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
fn the_example_of_the_api_document_works_to_the_letter_and_is_listed() {
    let plant = Plant::new();
    let order = plant.order("A1", 1);
    order.start(0);
    let mut created = plant.team.post(DATA_COLLECTION, &example(&order)).created();
    let listed =
        plant.team.get(&format!("{DATA_COLLECTION}?workOrderOperationId={}", order.operations[0])).ok();
    assert_eq!(listed["dataCollections"], json!([created]));
    assert!(created["id"].take().is_string() && created["receivedAt"].take().is_string(), "{created}");
    let expected = json!({
        "id": null,
        "workOrderOperationId": order.operations[0],
        "dataCollectionActivityId": plant.torque,
        "operatorId": plant.ann,
        "collectedData": {
            "torqueReading": 45.2,
            "visualInspection": "pass",
            "notes": "All measurements within tolerance",
        },
        "collectedAt": "2025-01-20T09:30:00Z",
        "receivedAt": null,
        "conforming": true,
        "violations": [],
    });
    assert_eq!(created, expected);
    let other = format!("{DATA_COLLECTION}?dataCollectionActivityId={}", plant.lunch);
    assert_eq!(plant.team.get(&other).ok()["pagination"]["total"], 0);
}

#[test]
fn without_a_timestamp_the_time_of_receipt_is_used() {
    let plant = Plant::new();
    let order = plant.order("A1", 1);
    order.start(0);
    let body = with(example(&order), json!({"timestamp": null}));
    let created = plant.team.post(DATA_COLLECTION, &body).created();
    assert_eq!(created["collectedAt"], created["receivedAt"]);
}

#[test]
fn every_fault_is_named_at_once_and_nothing_is_stored() {
    let plant = Plant::new();
    let foreign = Plant::of(team());
    let (order, theirs) = (plant.order("A1", 1), foreign.order("A1", 1));
    order.start(0);
    let before = plant.team.state();
    let post = |body: &Value| faults(&plant.team.post(DATA_COLLECTION, body));
    let required = ["workOrderOperationId", "dataCollectionActivityId", "operatorId", "collectedData"];
    assert_eq!(post(&json!({})), faulty(&required.map(|field| (field, "MISSING_FIELD"))));
    let unknown = json!({
        "workOrderOperationId": theirs.operations[0], "dataCollectionActivityId": foreign.torque,
        "operatorId": foreign.ann,
    });
    let expected = [
        ("workOrderOperationId", "UNKNOWN_WORK_ORDER_OPERATION"),
        ("dataCollectionActivityId", "UNKNOWN_ACTIVITY"),
        ("operatorId", "UNKNOWN_OPERATOR"),
    ];
    assert_eq!(post(&with(example(&order), unknown)), faulty(&expected));
    let malformed = json!({
        "workOrderOperationId": "woo-uuid-789", "dataCollectionActivityId": "dca-uuid-111",
        "operatorId": "user-uuid-222", "collectedData": "45", "timestamp": "2025-01-20 09:30",
    });
    let mut all = vec![("collectedData", "INVALID_TYPE")];
    all.extend(expected);
    all.push(("timestamp", "INVALID_DATE"));
    assert_eq!(post(&with(example(&order), malformed)), faulty(&all));
    for (data, code) in [
        (json!({"torqueReading": 50.001}), "OUT_OF_RANGE"),
        (json!({"torqueReading": 39.999}), "OUT_OF_RANGE"),
        (json!({"torqueReading": "45"}), "INVALID_TYPE"),
        (json!({"other": 1}), "MISSING_FIELD"),
    ] {
        let body = with(example(&order), json!({"collectedData": data}));
        assert_eq!(post(&body), faulty(&[("collectedData.torqueReading", code)]), "{data}");
    }
    let future = with(example(&order), json!({"timestamp": "2999-01-01T00:00:00Z"}));
    assert_eq!(post(&future), faulty(&[("timestamp", "OUT_OF_RANGE")]));
    let hostile = with(example(&order), json!({"collectedData": {"torqueReading": 45, "a": ["\u{0}"]}}));
    assert_eq!(post(&hostile), faulty(&[("collectedData.a", "INVALID_CHARACTER")]));
    assert_eq!(plant.team.state(), before);
}

#[test]
fn an_activity_that_records_violations_stores_them() {
    let plant = Plant::new();
    let order = plant.order("A1", 1);
    order.start(0);
    let path = format!("/api/v1/data-collection/activities/{}", plant.torque);
    plant.team.patch(&path, &json!({"onViolation": "record"})).ok();
    let body = with(example(&order), json!({"collectedData": {"torqueReading": 51}}));
    let created = plant.team.post(DATA_COLLECTION, &body).created();
    let violation =
        json!({"field": "torqueReading", "code": "OUT_OF_RANGE", "message": "must be at most 50"});
    assert_eq!((&created["conforming"], &created["violations"]), (&json!(false), &json!([violation])));
    assert_eq!(plant.team.get(DATA_COLLECTION).ok()["dataCollections"], json!([created]));
}

#[test]
fn data_is_collected_only_for_started_operations_that_are_not_cancelled() {
    let plant = Plant::new();
    let order = plant.order("A1", 1);
    let refused = plant.team.post(DATA_COLLECTION, &example(&order)).json()["error"].clone();
    let details = json!({"status": "pending", "allowedActions": ["start"]});
    assert_eq!((&refused["code"], &refused["details"]), (&json!("OPERATION_NOT_STARTED"), &details));
    order.start(0);
    order.patch(&json!({"status": "on_hold"})).ok();
    plant.team.post(DATA_COLLECTION, &example(&order)).created();
    order.patch(&json!({"status": "cancelled"})).ok();
    let refused = plant.team.post(DATA_COLLECTION, &example(&order));
    assert_eq!((refused.status, &refused.json()["error"]["code"]), (409, &json!("ORDER_CANCELLED")));
}

#[test]
fn an_inactive_activity_still_counts_where_the_routing_requires_it() {
    let plant = Plant::new();
    let asking = plant.routing("Asking", &[json!({"dataCollectionActivities": [{"id": plant.torque}]})]);
    let (order, other) = (plant.order_with_routing("A1", &asking), plant.order("A2", 1));
    order.start(0);
    other.start(0);
    let path = format!("/api/v1/data-collection/activities/{}", plant.torque);
    plant.team.patch(&path, &json!({"isActive": false})).ok();
    plant.team.post(DATA_COLLECTION, &example(&order)).created();
    let refused = faults(&plant.team.post(DATA_COLLECTION, &example(&other)));
    assert_eq!(refused, faulty(&[("dataCollectionActivityId", "INACTIVE_ACTIVITY")]));
}
