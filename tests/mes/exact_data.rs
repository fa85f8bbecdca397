//! JSON that is kept as it is sent, its numbers digit for digit (`docs/spec/common.md`, "Numbers").

use std::path::Path;

use reqwest::Method;
use serde_json::json;
use testkit::{Database, Service};

use crate::support::{
    BINARY, Caller, DATA_COLLECTION, DATA_DIR, OPERATIONS, ORDERS, Plant, Reply, Requests, Team,
};

/// An object whose numbers no floating point holds, or would write otherwise, without spaces and with sorted keys.
const EXACT: &str = r#"{"Deep":[{"n":[-0,-0.0,0.10]}],"big":123456789012345678901234567890,"code":"1e2","exponent":1e2,"fine":19.990000000000000001,"upper":1E+2,"whole":3.00}"#;

/// Sends JSON text.
fn send(caller: &impl Requests, method: Method, path: &str, key: Option<&str>, body: String) -> Reply {
    let request = caller.request(method, path).header("Content-Type", "application/json");
    let request = if let Some(key) = key { request.header("Idempotency-Key", key) } else { request };
    Reply::to(request.body(body))
}

/// The id that an answer begins with.
fn id_of(reply: &Reply) -> String {
    reply.text.strip_prefix(r#"{"id":""#).and_then(|rest| rest.split('"').next()).unwrap().to_owned()
}

fn holds(reply: &Reply, field: &str) {
    assert!(matches!(reply.status, 200 | 201), "{reply:?}");
    assert!(reply.text.contains(&format!("\"{field}\":{EXACT}")), "{field}: {}", reply.text);
}

#[test]
fn numbers_are_answered_as_they_are_sent_at_once_later_and_after_a_restart() {
    let database = Database::new();
    let service = Service::start(BINARY, &database, Path::new(DATA_DIR));
    let team = Team::create(&database, &service);
    let caller = team.caller.clone();
    let routing = caller.create_routing("R", &[json!({}), json!({})]);
    let operator = caller.post_for_id("/api/v1/operators", &json!({"name": "Ann", "badge": "A-17"}));
    let activity =
        caller.post_for_id("/api/v1/data-collection/activities", &json!({"name": "Notes", "fields": []}));
    let department = caller.create_department("Floor");

    let body = format!(
        r#"{{"productIdentifier": "A", "quantity": 1, "routingId": "{routing}", "customFields": {}}}"#,
        EXACT.replace(',', " ,\n ")
    );
    let ordered = send(&caller, Method::POST, ORDERS, Some("order"), body.clone());
    holds(&ordered, "customFields");
    let order = id_of(&ordered);
    let operation = ordered.json()["workOrderOperations"][0]["id"].as_str().unwrap().to_owned();
    let start = json!({"action": "start", "operatorId": operator});
    caller.patch(&format!("{OPERATIONS}/{operation}"), &start).ok();

    let data = format!(
        r#"{{"workOrderOperationId": "{operation}", "dataCollectionActivityId": "{activity}", "operatorId": "{operator}", "collectedData": {EXACT}}}"#
    );
    holds(&send(&caller, Method::POST, DATA_COLLECTION, Some("data"), data.clone()), "collectedData");
    let complete = format!(r#"{{"action": "complete", "capturedData": {EXACT}}}"#);
    let completed = send(
        &caller,
        Method::PATCH,
        &format!("{OPERATIONS}/{operation}"),
        Some("complete"),
        complete.clone(),
    );
    holds(&completed, "capturedData");
    let report = format!(
        r#"{{"equipmentId": "M-1", "departmentId": "{department}", "status": "idle", "data": {EXACT}}}"#
    );
    assert_eq!(send(&caller, Method::POST, "/api/v1/equipment/status", None, report).status, 200);

    let read = |caller: &Caller| {
        holds(&caller.get(&format!("{ORDERS}/{order}")), "customFields");
        holds(&caller.get(&format!("{ORDERS}/{order}")), "capturedData");
        holds(&caller.get(&format!("{OPERATIONS}/{operation}")), "capturedData");
        holds(&caller.get(DATA_COLLECTION), "collectedData");
        holds(&caller.get("/api/v1/equipment/M-1"), "data");
        holds(&caller.get("/api/v1/equipment/M-1/samples"), "data");
        for (method, path, key, body, field) in [
            (Method::POST, ORDERS.to_owned(), "order", &body, "customFields"),
            (Method::POST, DATA_COLLECTION.to_owned(), "data", &data, "collectedData"),
            (Method::PATCH, format!("{OPERATIONS}/{operation}"), "complete", &complete, "capturedData"),
        ] {
            let again = send(caller, method, &path, Some(key), body.clone());
            assert_eq!(again.header("idempotent-replayed"), Some("true"), "{again:?}");
            holds(&again, field);
        }
    };
    let audited = |team: &Team<'_>| {
        let admin = team.admin();
        for (action, field) in [
            ("order.created", "customFields"),
            ("data.collected", "collectedData"),
            ("operation.completed", "capturedData"),
        ] {
            holds(&admin.get(&format!("/api/audit?action={action}")), field);
        }
    };
    read(&caller);
    audited(&team);
    service.kill();
    let service = Service::start(BINARY, &database, Path::new(DATA_DIR));
    let team = team.at(&service);
    read(&team.caller);
    audited(&team);
}

#[test]
fn limits_are_compared_with_every_digit() {
    let plant = Plant::new();
    let fields = json!([
        {"name": "ratio", "type": "number", "validation": {"min": 0.1, "max": 50}},
        {"name": "count", "type": "integer", "validation": {"min": 0}},
        {"name": "free", "type": "integer"},
    ]);
    let activity = plant
        .team
        .post_for_id("/api/v1/data-collection/activities", &json!({"name": "Exact", "fields": fields}));
    let order = plant.order("A1", 1);
    order.start(0);
    let submit = |data: &str| {
        let body = format!(
            r#"{{"workOrderOperationId": "{}", "dataCollectionActivityId": "{activity}", "operatorId": "{}", "collectedData": {data}}}"#,
            order.operations[0], plant.ann
        );
        send(&*plant.team, Method::POST, DATA_COLLECTION, None, body)
    };
    for data in [
        r#"{"ratio":50.000000000000000000}"#,
        r#"{"ratio":5e1}"#,
        r#"{"ratio":0.100000000000000000001}"#,
        r#"{"count":123456789012345678901234567890}"#,
        r#"{"count":9223372036854775808}"#,
        r#"{"free":-123456789012345678901234567890.0}"#,
        r#"{"free":1e300}"#,
    ] {
        let made = submit(data);
        assert!(made.status == 201 && made.text.contains(&format!("\"collectedData\":{data}")), "{made:?}");
    }
    for (data, field, code) in [
        (r#"{"ratio":50.00000000000000000001}"#, "ratio", "OUT_OF_RANGE"),
        (r#"{"ratio":0.09999999999999999999}"#, "ratio", "OUT_OF_RANGE"),
        (r#"{"ratio":1e300}"#, "ratio", "OUT_OF_RANGE"),
        (r#"{"ratio":"45"}"#, "ratio", "INVALID_TYPE"),
        (r#"{"count":-123456789012345678901234567890}"#, "count", "OUT_OF_RANGE"),
        (r#"{"count":123456789012345678901234567890.5}"#, "count", "INVALID_TYPE"),
        (r#"{"free":1e-30}"#, "free", "INVALID_TYPE"),
    ] {
        let refused = submit(data);
        let errors = refused.json()["error"]["details"]["errors"].clone();
        let expected = (422, json!(format!("collectedData.{field}")), json!(code), 1);
        let found = (refused.status, errors[0]["field"].clone(), errors[0]["code"].clone());
        assert_eq!((found.0, found.1, found.2, errors.as_array().unwrap().len()), expected, "{data}");
    }
}

#[test]
fn a_number_of_a_field_of_its_own_is_not_rounded_on_the_way_in() {
    let plant = Plant::new();
    let routing = plant.routing("R", &[json!({})]);
    for (quantity, taken) in [
        ("1.000", true),
        ("1E0", true),
        ("1.0000000000000000000", true),
        ("1.0000000000000000001", false),
        ("0.9999999999999999999", false),
        ("999999999999.99900000001", false),
    ] {
        let body =
            format!(r#"{{"productIdentifier": "A", "quantity": {quantity}, "routingId": "{routing}"}}"#);
        let reply = send(&*plant.team, Method::POST, ORDERS, None, body);
        assert_eq!(reply.status, if taken { 201 } else { 422 }, "{quantity}: {reply:?}");
    }
}

#[test]
fn keys_that_libraries_keep_for_themselves_are_keys_like_others() {
    let plant = Plant::new();
    let routing = plant.routing("R", &[json!({})]);
    let fields =
        r#"{"a":{"$serde_json::private::Number":"x"},"b":{"$serde_json::private::RawValue":"{\"c\":1,"}}"#;
    let body = format!(
        r#"{{"productIdentifier": "A", "quantity": 1, "routingId": "{routing}", "customFields": {fields}}}"#
    );
    let made = send(&*plant.team, Method::POST, ORDERS, None, body);
    for reply in [&made, &plant.team.get(&format!("{ORDERS}/{}", id_of(&made)))] {
        assert!(reply.text.contains(&format!("\"customFields\":{fields}")), "{reply:?}");
    }
}
