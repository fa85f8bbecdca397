//! Work order operations (`docs/spec/mes.md`, "Operations").

use serde_json::{Value, json};
use testkit::{eventually, race};

use crate::support::{OPERATIONS, Order, Plant, Reply, Requests, team};

fn report(good: u32, rejected: u32) -> Value {
    json!({"action": "report", "quantityCompleted": good, "quantityRejected": rejected})
}

fn complete(good: u32, rejected: u32) -> Value {
    json!({"action": "complete", "quantityCompleted": good, "quantityRejected": rejected})
}

/// The status, code and details of an error.
fn refusal(reply: &Reply) -> (u16, String, Value) {
    let error = reply.json()["error"].clone();
    (reply.status, error["code"].as_str().unwrap().to_owned(), error["details"].clone())
}

fn fault(reply: &Reply) -> (u16, String, String) {
    let error = &reply.json()["error"];
    let first = &error["details"]["errors"][0];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    (reply.status, text(&first["field"]), text(&first["code"]))
}

fn faulty(field: &str, code: &str) -> (u16, String, String) {
    (422, field.to_owned(), code.to_owned())
}

#[test]
fn the_examples_of_the_api_document_work_to_the_letter() {
    let plant = Plant::new();
    let order = plant.order("ORD-2025-001", 2);
    // all documented fields in one request: each action reads only its own
    let request = json!({
        "action": "start",
        "operatorId": plant.ann,
        "pauseReasonId": "pause-reason-uuid",
        "capturedData": {
            "torqueReading": 45.2, "qualityCheck": true, "notes": "Operation completed successfully",
        },
        "quantityCompleted": 100,
        "quantityRejected": 0,
    });
    let started = order.act(0, &request).ok();
    assert_eq!((&started["status"], &started["quantityCompleted"]), (&json!("in_progress"), &json!(0)));
    order.act(0, &report(75, 0)).ok();

    let mut page = plant.team.get(&format!("{OPERATIONS}?status=in_progress")).ok();
    let mut operation = page["workOrderOperations"][0].take();
    assert!(operation["elapsedTimeSeconds"].take().as_i64().is_some_and(|seconds| seconds < 60), "{page}");
    let expected = json!({
        "id": order.operations[0],
        "orderId": order.id,
        "orderNumber": "ORD-2025-001",
        "operationNumber": 1,
        "operationName": "Assembly Station 1",
        "department": {"id": plant.assembly, "name": "Assembly"},
        "status": "in_progress",
        "operatorId": plant.ann,
        "scheduledStartTime": null,
        "actualStartTime": started["actualStartTime"],
        "targetTimeSeconds": 3600,
        "elapsedTimeSeconds": null,
        "quantityCompleted": 75,
        "quantityTarget": 100,
        "quantityAvailable": 100,
    });
    assert_eq!(operation, expected);
    let pagination = json!({"total": 1, "limit": 50, "offset": 0, "hasMore": false});
    assert_eq!(page["pagination"], pagination);

    let mut request = request;
    request["action"] = "complete".into();
    let mut done = order.act(0, &request).ok();
    assert!(done["totalActiveTimeSeconds"].take().as_i64().is_some_and(|seconds| seconds < 60), "{done}");
    let expected = json!({
        "id": order.operations[0],
        "status": "completed",
        "actualStartTime": started["actualStartTime"],
        "actualEndTime": done["updatedAt"],
        "totalActiveTimeSeconds": null,
        "operatorId": plant.ann,
        "quantityCompleted": 100,
        "quantityRejected": 0,
        "quantityReworked": 0,
        "quantityAvailable": 100,
        "quantityShort": 0,
        "capturedData": request["capturedData"],
        "allowedActions": ["correct"],
        "warnings": [],
        "version": 4,
        "updatedAt": done["updatedAt"],
    });
    assert_eq!(done, expected);
}

#[test]
fn an_order_runs_from_its_first_start_to_its_last_completion() {
    let plant = Plant::new();
    let order = plant.order("A1", 2);
    assert_eq!(order.start(0)["allowedActions"], json!(["pause", "report", "complete", "correct"]));
    assert_eq!(order.pause(0)["allowedActions"], json!(["resume", "report", "complete", "correct"]));
    order.act(0, &json!({"action": "resume"})).ok();
    assert_eq!(order.complete(0)["quantityCompleted"], 100);
    assert_eq!(order.show()["workOrderOperations"][1]["status"], "pending");
    order.start(1);
    let done = order.act(1, &complete(90, 5)).ok();
    assert_eq!((&done["quantityRejected"], &done["quantityShort"]), (&json!(5), &json!(5)));
    let shown = order.show();
    assert_eq!((&shown["status"], &shown["quantityCompleted"]), (&json!("completed"), &json!(90)));
    assert!(shown["actualEndDate"].is_string(), "{shown}");
    let expected = [
        "order.created",
        "order.started",
        "woo.started",
        "woo.paused",
        "woo.resumed",
        "woo.completed",
        "woo.started",
        "woo.completed",
        "order.completed",
    ];
    assert_eq!(order.events(), expected);
    let payload = plant.team.database.scalar(&format!(
        "SELECT payload FROM outbox WHERE event_type = 'order.completed' AND aggregate_id = '{}'",
        order.id
    ));
    let payload: Value = serde_json::from_str(&payload).unwrap();
    let expected = json!({
        "orderId": order.id, "orderNumber": "A1", "productIdentifier": "WIDGET-A-001",
        "completedAt": shown["actualEndDate"], "totalCycleTimeSeconds": payload["totalCycleTimeSeconds"],
        "quantityCompleted": 90,
    });
    assert_eq!(payload, expected);
    assert!(payload["totalCycleTimeSeconds"].as_i64().is_some_and(|seconds| seconds < 60), "{payload}");
}

#[test]
fn time_segments_record_the_operator_and_what_ended_them() {
    let plant = Plant::new();
    let order = plant.order("A1", 1);
    order.start(0);
    order.pause(0);
    order.act(0, &json!({"action": "resume", "operatorId": plant.bob})).ok();
    order.act(0, &json!({"action": "report", "operatorId": plant.ann, "quantityCompleted": 1})).ok();
    order.act(0, &json!({"action": "complete", "operatorId": plant.bob})).ok();
    let shown = order.operation(0);
    let segments = shown["timeSegments"].as_array().unwrap();
    let actual: Vec<_> = segments.iter().map(|it| (&it["operatorId"], &it["endedBy"])).collect();
    let (ann, bob) = (&json!(plant.ann), &json!(plant.bob));
    let by = ["pause", "hand_over", "hand_over", "complete"].map(Value::from);
    assert_eq!(actual, [(ann, &by[0]), (bob, &by[1]), (ann, &by[2]), (bob, &by[3])]);
    assert_eq!(segments[0]["pauseReasonId"], json!(plant.lunch));
    for pair in segments[1..].windows(2) {
        assert_eq!(pair[0]["endedAt"], pair[1]["startedAt"], "a hand-over loses no time");
    }
    assert_eq!(shown["operatorId"], json!(plant.bob));
}

#[test]
fn fifty_concurrent_starts_are_one_start() {
    let plant = Plant::new();
    let order = plant.order("A1", 1);
    let start = json!({"action": "start", "operatorId": plant.ann});
    let replies = race(50, |_| {
        // 503 for lack of a free connection is possible, too; the request is repeated
        loop {
            let reply = order.act(0, &start);
            if reply.status != 503 {
                return reply;
            }
        }
    });
    let started = replies.iter().filter(|reply| reply.status == 200).count();
    assert_eq!(started, 1, "one is let in");
    for refused in replies.iter().filter(|reply| reply.status != 200) {
        let details =
            json!({"status": "in_progress", "allowedActions": ["pause", "report", "complete", "correct"]});
        assert_eq!(refusal(refused), (409, "INVALID_TRANSITION".into(), details));
    }
    assert_eq!(plant.team.count("operation_segments"), 1);
    assert_eq!(order.events(), ["order.created", "order.started", "woo.started"]);
}

#[test]
fn an_action_that_the_state_forbids_is_refused_with_the_allowed_actions() {
    let plant = Plant::new();
    let order = plant.order("A1", 2);
    let start = json!({"action": "start", "operatorId": plant.ann});
    let before = plant.team.state();
    let details = json!({"allowedActions": [], "blockedBy": {
        "id": order.operations[0], "operationNumber": 1, "operationName": "Assembly Station 1", "status": "pending",
    }});
    assert_eq!(refusal(&order.act(1, &start)), (409, "OPERATION_NOT_READY".into(), details));
    let details = json!({"status": "pending", "allowedActions": ["start"]});
    assert_eq!(
        refusal(&order.act(0, &json!({"action": "complete"}))),
        (409, "INVALID_TRANSITION".into(), details)
    );
    assert_eq!(plant.team.state(), before, "a refusal leaves nothing");

    order.start(0);
    order.patch(&json!({"status": "on_hold"})).ok();
    let held = order.operation(0);
    assert_eq!((&held["status"], &held["timeSegments"][0]["endedBy"]), (&json!("paused"), &json!("hold")));
    assert_eq!(held["allowedActions"], json!(["report"]));
    let details = json!({"orderStatus": "on_hold", "allowedActions": ["report"]});
    for action in ["resume", "complete"] {
        let refused = refusal(&order.act(0, &json!({"action": action})));
        assert_eq!(refused, (409, "ORDER_ON_HOLD".into(), details.clone()));
    }
    order.patch(&json!({"status": "in_progress"})).ok();
    assert_eq!(order.operation(0)["status"], "paused", "a release leaves it paused");
    order.act(0, &json!({"action": "resume"})).ok();

    order.patch(&json!({"status": "cancelled"})).ok();
    let cancelled = order.operation(0);
    assert_eq!(
        (&cancelled["status"], &cancelled["timeSegments"][1]["endedBy"]),
        (&json!("in_progress"), &json!("cancel"))
    );
    assert_eq!(cancelled["allowedActions"], json!([]));
    let details = json!({"orderStatus": "cancelled", "allowedActions": []});
    for action in [json!({"action": "pause", "pauseReasonId": plant.lunch}), report(1, 0), complete(1, 0)] {
        assert_eq!(refusal(&order.act(0, &action)), (409, "ORDER_CANCELLED".into(), details.clone()));
    }
    let details = json!({"status": "cancelled", "allowedStatuses": []});
    let refused = refusal(&order.patch(&json!({"status": "in_progress"})));
    assert_eq!(refused, (409, "INVALID_TRANSITION".into(), details));
}

#[test]
fn quantities_never_exceed_the_available_quantity() {
    let plant = Plant::new();
    let order = plant.order("A1", 2);
    order.start(0);
    assert_eq!(fault(&order.act(0, &report(101, 0))), faulty("quantityCompleted", "OUT_OF_RANGE"));
    order.act(0, &report(60, 10)).ok();
    assert_eq!(fault(&order.act(0, &report(0, 31))), faulty("quantityRejected", "OUT_OF_RANGE"));
    assert_eq!(fault(&order.act(0, &complete(59, 10))), faulty("quantityCompleted", "OUT_OF_RANGE"));
    let done = order.act(0, &complete(60, 10)).ok();
    assert_eq!(done["quantityShort"], 30);
    order.start(1);
    assert_eq!(fault(&order.act(1, &complete(61, 0))), faulty("quantityCompleted", "OUT_OF_RANGE"));
    let done = order.act(1, &json!({"action": "complete", "quantityRejected": 0.5, "quantityReworked": "1"}));
    let done = done.ok();
    assert_eq!(
        (&done["quantityCompleted"], &done["quantityRejected"], &done["quantityReworked"]),
        (&json!(59.5), &json!(0.5), &json!(1))
    );
}

#[test]
fn an_operation_that_is_handed_nothing_completes_itself() {
    let plant = Plant::new();
    let order = plant.order("A1", 3);
    order.start(0);
    order.act(0, &complete(0, 100)).ok();
    let last = order.operation(2);
    let shown = ["status", "quantityCompleted", "quantityAvailable", "actualStartTime", "operatorId"];
    assert_eq!(
        shown.map(|name| last[name].clone()),
        [json!("completed"), json!(0), json!(0), json!(null), json!(null)]
    );
    assert!(last["actualEndTime"].is_string(), "{last}");
    let done = order.show();
    assert_eq!((&done["status"], &done["quantityCompleted"]), (&json!("completed"), &json!(0)));
    let expected = [
        "order.created",
        "order.started",
        "woo.started",
        "woo.completed",
        "woo.completed",
        "woo.completed",
        "order.completed",
    ];
    assert_eq!(order.events(), expected);
    // what was found good after all goes on, by corrections alone
    order.act(0, &correct(10, -10)).ok();
    order.act(1, &correct(10, 0)).ok();
    assert_eq!(order.act(2, &correct(9, 1)).ok()["quantityCompleted"], 9);
    assert_eq!(order.show()["quantityCompleted"], 9);
}

fn correct(good: i32, rejected: i32) -> Value {
    json!({"action": "correct", "quantityCompleted": good, "quantityRejected": rejected, "reason": "counted twice"})
}

#[test]
fn a_wrong_report_is_taken_back_even_after_completion_and_stock_follows() {
    let plant = Plant::new();
    let product = json!({"sku": "WIDGET-A-001", "name": "Widget", "unitPrice": 1});
    plant.team.post("/pos/api/products", &product).created();
    let stock = || plant.team.get("/pos/api/products/1").ok()["data"]["stockQuantity"].clone();
    let order = plant.order("A1", 2);
    order.start(0);
    order.act(0, &report(60, 0)).ok();
    assert_eq!(order.act(0, &correct(-20, 5)).ok()["quantityCompleted"], 40);
    assert_eq!(fault(&order.act(0, &correct(-41, 0))), faulty("quantityCompleted", "OUT_OF_RANGE"));
    assert_eq!(fault(&order.act(0, &correct(0, 0))), faulty("quantityCompleted", "MISSING_FIELD"));
    let unexplained = json!({"action": "correct", "quantityCompleted": -1});
    assert_eq!(fault(&order.act(0, &unexplained)), faulty("reason", "MISSING_FIELD"));
    order.act(0, &complete(95, 5)).ok();
    order.start(1);
    order.act(1, &complete(90, 0)).ok();
    eventually("stock follows", || (stock() == json!(90)).then_some(()));
    assert_eq!(fault(&order.act(0, &correct(-6, 0))), faulty("quantityCompleted", "OUT_OF_RANGE"));
    assert_eq!(order.act(0, &correct(-5, 5)).ok()["quantityCompleted"], 90, "no more than the next used");
    let corrected = order.act(1, &correct(-3, 3)).ok();
    assert_eq!((&corrected["status"], &corrected["quantityCompleted"]), (&json!("completed"), &json!(87)));
    assert_eq!(order.show()["quantityCompleted"], 87);
    eventually("stock follows", || (stock() == json!(87)).then_some(()));
    assert_eq!(&order.events()[8..], ["woo.corrected", "woo.corrected", "order.corrected"]);
    let audited = plant.team.admin().get("/api/audit?action=operation.corrected").ok();
    assert_eq!(audited["data"]["pagination"]["totalItems"], 3, "{audited}");

    let running = plant.team.user(&["OPERATOR"]);
    let path = format!("{OPERATIONS}/{}", order.operations[1]);
    assert_eq!(running.get(&path).ok()["allowedActions"], json!([]), "an operator may not correct");
    let refused = running.patch(&path, &correct(-1, 0));
    refused.mes_refused(403, "FORBIDDEN", "Your role does not allow corrections", json!({}));
    let again = running.patch(&path, &json!({"action": "resume"}));
    assert_eq!(refusal(&again).2, json!({"status": "completed", "allowedActions": []}));

    plant.team.patch("/pos/api/products/1", &json!({"name": "Widget 2"})).ok();
    plant.team.post("/pos/api/products/1/movements", &json!({"quantity": -86})).created();
    order.act(1, &correct(-10, 10)).ok();
    eventually("stock follows", || (stock() == json!(0)).then_some(()));
}

#[test]
fn a_repeated_report_counts_once_and_a_stale_one_not_at_all() {
    let plant = Plant::new();
    let order = plant.order("A1", 1);
    order.start(0);
    let path = format!("{OPERATIONS}/{}", order.operations[0]);
    let send = |header: (&str, &str), body: &Value| {
        Reply::to(plant.team.request(reqwest::Method::PATCH, &path).header(header.0, header.1).json(body))
    };
    let keyed = |body: &Value| send(("Idempotency-Key", "shift-1"), body);
    let first = keyed(&report(10, 0));
    assert_eq!((first.status, first.header("etag")), (200, Some("\"3\"")));
    let again = keyed(&report(10, 0));
    assert_eq!((again.header("idempotent-replayed"), again.header("etag")), (Some("true"), Some("\"3\"")));
    assert_eq!(again.json(), first.json());
    assert_eq!(refusal(&keyed(&report(11, 0))).1, "IDEMPOTENCY_KEY_REUSED");
    assert_eq!(order.operation(0)["quantityCompleted"], 10);

    let shown = plant.team.get(&path);
    assert_eq!((shown.tagged_version(), &shown.json()["version"]), (Some("3"), &json!(3)));
    let stale = send(("If-Match", "\"2\""), &report(1, 0));
    assert_eq!((stale.status, refusal(&stale).1), (412, "STALE_VERSION".to_owned()));
    assert_eq!(send(("If-Match", "\"3\""), &report(1, 0)).ok()["quantityCompleted"], 11);
}

#[test]
fn with_overlap_the_next_operation_can_start_after_the_first_report() {
    let plant = Plant::new();
    let mut body = plant.routing_body("Overlapping", &[json!({}), json!({})]);
    body["allowOverlap"] = true.into();
    let routing = plant.team.post("/api/v1/routings", &body).created();
    let order = plant.order_with_routing("A1", routing["id"].as_str().unwrap());
    order.start(0);
    let (_, code, _) = refusal(&order.act(1, &json!({"action": "start", "operatorId": plant.bob})));
    assert_eq!(code, "OPERATION_NOT_READY");
    order.act(0, &report(30, 0)).ok();
    order.act(1, &json!({"action": "start", "operatorId": plant.bob})).ok();
    assert_eq!(fault(&order.act(1, &report(31, 0))), faulty("quantityCompleted", "OUT_OF_RANGE"));
    let (_, code, details) = refusal(&order.act(1, &complete(30, 0)));
    assert_eq!(
        (code.as_str(), &details["blockedBy"]["status"]),
        ("OPERATION_NOT_READY", &json!("in_progress"))
    );
    order.complete(0);
    order.complete(1);
    assert_eq!(order.show()["status"], "completed");
}

#[test]
fn missing_skills_are_refused_or_warned_about_depending_on_the_team_settings() {
    let plant = Plant::new();
    let routing = plant.routing("Welding", &[json!({"requiredSkills": ["assembly", "welding"]})]);
    let order = plant.order_with_routing("A1", &routing);
    let start = json!({"action": "start", "operatorId": plant.ann});
    let details = json!({"missingSkills": ["welding"], "allowedActions": ["start"]});
    assert_eq!(refusal(&order.act(0, &start)), (409, "OPERATOR_NOT_QUALIFIED".into(), details));
    plant.team.admin().patch("/api/team", &json!({"skillCheck": "warn"})).ok();
    assert_eq!(order.act(0, &start).ok()["warnings"], json!(["the operator lacks welding"]));
}

#[test]
fn the_user_linked_to_an_operator_stands_for_it() {
    let plant = Plant::new();
    let user = plant.team.user(&["OPERATOR"]);
    plant.team.patch(&format!("/api/v1/operators/{}", plant.ann), &json!({"userId": user.id})).ok();
    let order = plant.order("A1", 1);
    let path = format!("{OPERATIONS}/{}", order.operations[0]);
    let started = user.patch(&path, &json!({"action": "start", "operatorId": user.id})).ok();
    assert_eq!(started["operatorId"], json!(plant.ann));
}

#[test]
fn required_data_gates_the_completion() {
    let plant = Plant::new();
    let gated = json!({"dataCollectionActivities": [{"id": plant.torque}]});
    let routing = plant.routing("Gated", &[gated.clone(), gated]);
    let order = plant.order_with_routing("A1", &routing);
    order.start(0);
    assert_eq!(fault(&order.act(0, &complete(100, 0))), faulty("capturedData", "DATA_COLLECTION_REQUIRED"));
    let capturing =
        |reading: Value| json!({"action": "complete", "capturedData": {"torqueReading": reading}});
    let refused = order.act(0, &capturing(json!(50.5)));
    assert_eq!(fault(&refused), faulty("capturedData.torqueReading", "OUT_OF_RANGE"));
    let refused = order.act(0, &capturing(json!("tight")));
    assert_eq!(fault(&refused), faulty("capturedData.torqueReading", "INVALID_TYPE"));
    order.act(0, &capturing(json!(45.2))).ok();
    let collected =
        plant.team.get(&format!("/api/v1/data-collection?workOrderOperationId={}", order.operations[0]));
    let collected = collected.ok();
    assert_eq!(collected["dataCollections"][0]["collectedData"], json!({"torqueReading": 45.2}));
    order.start(1);
    let submit = json!({
        "workOrderOperationId": order.operations[1], "dataCollectionActivityId": plant.torque,
        "operatorId": plant.ann, "collectedData": {"torqueReading": 41},
    });
    plant.team.post("/api/v1/data-collection", &submit).created();
    order.complete(1);
}

#[test]
fn references_of_a_request_must_exist_and_be_active() {
    let plant = Plant::new();
    let foreign = Plant::of(team());
    let order = plant.order("A1", 1);
    let start = |operator: &str| order.act(0, &json!({"action": "start", "operatorId": operator}));
    let unknown = faulty("operatorId", "UNKNOWN_OPERATOR");
    for operator in ["user-uuid-222", "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e11", &foreign.ann] {
        assert_eq!(fault(&start(operator)), unknown, "{operator}");
    }
    assert_eq!(fault(&order.act(0, &json!({"action": "start"}))), faulty("operatorId", "MISSING_FIELD"));
    plant.team.patch(&format!("/api/v1/operators/{}", plant.bob), &json!({"isActive": false})).ok();
    assert_eq!(fault(&start(&plant.bob)), faulty("operatorId", "INACTIVE_OPERATOR"));
    order.start(0);
    let pause = |reason: &str| order.act(0, &json!({"action": "pause", "pauseReasonId": reason}));
    for reason in ["lunch", &foreign.lunch] {
        assert_eq!(fault(&pause(reason)), faulty("pauseReasonId", "UNKNOWN_PAUSE_REASON"));
    }
    assert_eq!(fault(&order.act(0, &json!({"action": "pause"}))), faulty("pauseReasonId", "MISSING_FIELD"));
    plant.team.patch(&format!("/api/v1/pause-reasons/{}", plant.lunch), &json!({"isActive": false})).ok();
    assert_eq!(fault(&pause(&plant.lunch)), faulty("pauseReasonId", "INACTIVE_PAUSE_REASON"));
    assert_eq!(fault(&order.act(0, &json!({"action": "finish"}))), faulty("action", "UNKNOWN_VALUE"));
    assert_eq!(fault(&order.act(0, &json!({}))), faulty("action", "MISSING_FIELD"));
    let body = json!({"action": "report", "quantityCompleted": "x", "quantityRejected": -1, "operatorId": 7});
    let details = order.act(0, &body).json()["error"]["details"].clone();
    let named: Vec<_> = details["errors"].as_array().unwrap().iter().map(|it| it["field"].clone()).collect();
    assert_eq!(named, ["operatorId", "quantityCompleted", "quantityRejected"]);
    let foreign_order = foreign.order("A1", 1);
    let reply = plant.act(&foreign_order.operations[0], &json!({"action": "start", "operatorId": plant.ann}));
    assert_eq!(refusal(&reply), (404, "NOT_FOUND".into(), json!({})));
}

/// The order numbers and sequences in a list of operations.
fn listed(plant: &Plant, query: &str) -> Vec<(String, u64)> {
    let page = plant.team.get(&format!("{OPERATIONS}{query}")).ok();
    let one = |it: &Value| {
        (it["orderNumber"].as_str().unwrap().to_owned(), it["operationNumber"].as_u64().unwrap())
    };
    page["workOrderOperations"].as_array().unwrap().iter().map(one).collect()
}

#[test]
fn operations_are_listed_and_filtered_as_documented() {
    let plant = Plant::new();
    let steps = [json!({}), json!({"departmentId": plant.quality})];
    let routing = plant.routing("R", &steps);
    let orders: Vec<Order> =
        ["A1", "A2"].into_iter().map(|number| plant.order_with_routing(number, &routing)).collect();
    orders[0].start(0);
    orders[0].complete(0);
    orders[1].act(0, &json!({"action": "start", "operatorId": plant.bob})).ok();
    orders[1].pause(0);
    let of = |number: &str, operation| (number.to_owned(), operation);
    let (one, two, three, four) = (of("A1", 1), of("A1", 2), of("A2", 1), of("A2", 2));
    let all = [one.clone(), two.clone(), three.clone(), four.clone()];
    assert_eq!(listed(&plant, ""), all);
    assert_eq!(listed(&plant, "?limit=2&offset=1"), all[1..3]);
    for (query, expected) in [
        (format!("?orderId={}", orders[1].id), vec![three.clone(), four.clone()]),
        ("?status=completed".into(), vec![one.clone()]),
        ("?status=pending".into(), vec![two.clone()]),
        ("?status=paused".into(), vec![three.clone()]),
        ("?status=waiting".into(), vec![four.clone()]),
        (format!("?departmentId={}", plant.quality), vec![two, four]),
        (format!("?operatorId={}", plant.bob), vec![three.clone()]),
        (format!("?operatorId={}&status=completed", plant.ann), vec![one.clone()]),
        ("?fromDate=2020-01-01".into(), vec![one.clone(), three.clone()]),
        ("?toDate=2020-01-01".into(), vec![]),
        ("?fromDate=2020-01-01T00:00:00Z&toDate=2999-12-31T23:59:59Z".into(), vec![one, three]),
    ] {
        assert_eq!(listed(&plant, &query), expected, "{query}");
    }
    let query =
        "?status=done&orderId=7&departmentId=x&operatorId=y&fromDate=today&toDate=2&limit=501&offset=-1";
    let refused = plant.team.get(&format!("{OPERATIONS}{query}"));
    let errors = refused.json()["error"]["details"]["errors"].clone();
    let named: Vec<_> = errors.as_array().unwrap().iter().map(|it| it["field"].clone()).collect();
    let all = ["orderId", "status", "departmentId", "operatorId", "fromDate", "toDate", "offset", "limit"];
    assert_eq!((refused.status, named), (422, all.map(Value::from).to_vec()));
    let empty = plant.team.get(&format!("{OPERATIONS}?fromDate=2025-01-02&toDate=2025-01-01"));
    assert_eq!(fault(&empty), faulty("toDate", "OUT_OF_RANGE"));
}
