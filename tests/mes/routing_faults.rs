//! Faulty routings and their errors.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Caller, Reply, Requests, client, team};

const ALL: &str = "/api/v1/routings";
const ACTIVITIES: &str = "/api/v1/data-collection/activities";
const ABSENT: &str = "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e11";

fn activity(caller: &Caller, name: &str) -> String {
    caller.post(ACTIVITIES, &json!({"name": name})).created()["id"].as_str().unwrap().to_owned()
}

#[test]
fn names_of_routings_are_unique_in_any_case() {
    let team = team();
    team.create_routing("Łódź", &[json!({})]);
    let other = team.create_routing("Other", &[json!({})]);
    let department = team.create_department("Milling");
    for name in ["Łódź", "ŁÓDŹ", " łódź "] {
        let body =
            json!({"name": name, "operations": [{"operationName": "Cut", "departmentId": department}]});
        for reply in [team.post(ALL, &body), team.put(&format!("{ALL}/{other}"), &body)] {
            let message = "is taken by another routing, in this or another case; choose another name";
            let fault = "ROUTING_NAME_TAKEN";
            reply.mes_refused_for(409, ("name", json!(name)), fault, fault, message);
        }
    }
    assert_eq!((team.count("routings"), team.count("routing_versions")), (2, 2));
}

/// The faulty fields of an error with their codes.
#[track_caller]
fn faults(reply: &Reply) -> Vec<(String, String)> {
    assert_eq!(reply.status, 422, "{reply:?}");
    let error = reply.json()["error"].take();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let faults = error["details"]["errors"].as_array().unwrap().clone();
    faults.iter().map(|fault| (text(&fault["field"]), text(&fault["code"]))).collect()
}

fn named(faults: &[(&str, &str)]) -> Vec<(String, String)> {
    faults.iter().map(|(field, code)| ((*field).to_owned(), (*code).to_owned())).collect()
}

#[test]
fn every_fault_of_a_routing_is_named_by_its_path() {
    let team = team();
    let department = team.create_department("Milling");
    let body = json!({"description": 7, "operations": [
        {"operationName": "Cut", "departmentId": department, "operationNumber": 1},
        {"operationNumber": 1, "departmentId": "dept-uuid-111", "runTimeMinutes": "an hour", "runTimeBasis": "per_hour"},
        7,
        {"operationName": "Pack", "departmentId": department, "setupTimeMinutes": 100000.001, "requiredSkills": [""],
         "dataCollectionActivities": [{"isRequired": "yes"}]},
    ]});
    let expected = named(&[
        ("description", "INVALID_TYPE"),
        ("name", "MISSING_FIELD"),
        ("operations.1.operationNumber", "INVALID_VALUE"),
        ("operations.1.operationName", "MISSING_FIELD"),
        ("operations.1.departmentId", "UNKNOWN_DEPARTMENT"),
        ("operations.1.runTimeMinutes", "INVALID_TYPE"),
        ("operations.1.runTimeBasis", "UNKNOWN_VALUE"),
        ("operations.2", "INVALID_TYPE"),
        ("operations.3.setupTimeMinutes", "OUT_OF_RANGE"),
        ("operations.3.requiredSkills.0", "INVALID_VALUE"),
        ("operations.3.dataCollectionActivities.0.id", "MISSING_FIELD"),
        ("operations.3.dataCollectionActivities.0.isRequired", "INVALID_TYPE"),
    ]);
    let id = team.create_routing("Widget", &[json!({})]);
    let one = format!("{ALL}/{id}");
    assert_eq!(faults(&team.post(ALL, &body)), expected);
    assert_eq!(faults(&team.put(&one, &body)), expected);

    let faulty = |operations: Value, (field, value): (&str, Value), code: &str, message: &str| {
        let reply = team.post(ALL, &json!({"name": "x", "operations": operations}));
        reply.mes_refused_for(422, (field, value), "VALIDATION_ERROR", code, message);
    };
    let numbers = |numbers: [u32; 2]| {
        let operation =
            |number| json!({"operationName": "x", "departmentId": department, "operationNumber": number});
        json!(numbers.map(operation))
    };
    faulty(
        numbers([20, 10]),
        ("operations.1.operationNumber", json!(10)),
        "INVALID_VALUE",
        "must be greater than 20, that of the operation before; leave out all numbers or none",
    );
    faulty(
        numbers([1, 201]),
        ("operations.1.operationNumber", json!(201)),
        "OUT_OF_RANGE",
        "must be between 1 and 200",
    );
    faulty(
        json!([{"operationName": "x", "departmentId": department, "setupTimeMinutes": 0.0001}]),
        ("operations.0.setupTimeMinutes", json!(0.0001)),
        "OUT_OF_RANGE",
        "must be between 0 and 100000, with at most 3 decimals",
    );
    faulty(json!([]), ("operations", json!([])), "OUT_OF_RANGE", "must have 1 to 200 entries, this has 0");
    faulty(json!({}), ("operations", json!({})), "INVALID_TYPE", "must be a list of objects");
    let nothing = team.patch(&one, &json!({"name": "x"}));
    let message = "must have isActive; PUT the whole routing to change the rest";
    nothing.mes_refused_for(422, ("body", Value::Null), "VALIDATION_ERROR", "MISSING_FIELD", message);
    assert_eq!((team.count("routings"), team.count("routing_versions")), (1, 1));
}

#[test]
fn references_of_a_routing_must_be_active_and_of_the_team() {
    let (team, other) = (team(), crate::support::team());
    let (department, torque) = (team.create_department("Milling"), activity(&team, "Torque"));
    let (closed, retired) = (team.create_department("Closed"), activity(&team, "Retired"));
    team.patch(&format!("/api/v1/departments/{closed}"), &json!({"isActive": false})).ok();
    team.patch(&format!("{ACTIVITIES}/{retired}"), &json!({"isActive": false})).ok();
    let foreign = (other.create_department("Milling"), activity(&other, "Torque"));
    let one = format!("{ALL}/{}", team.create_routing("Widget", &[json!({})]));
    let before = (team.state(), other.state());

    let body = |department: &str, torque: &str, (elsewhere, else_collected): (&str, &str)| {
        json!({"name": "Faulty", "operations": [
            {"operationName": "Cut", "departmentId": department,
             "dataCollectionActivities": [{"id": torque}, {"id": else_collected}]},
            {"operationName": "Pack", "departmentId": elsewhere},
            {"operationName": "Send", "departmentId": closed, "dataCollectionActivities": [{"id": retired}]},
        ]})
    };
    let expected = named(&[
        ("operations.0.dataCollectionActivities.1.id", "UNKNOWN_ACTIVITY"),
        ("operations.1.departmentId", "UNKNOWN_DEPARTMENT"),
        ("operations.2.departmentId", "INACTIVE_DEPARTMENT"),
        ("operations.2.dataCollectionActivities.0.id", "INACTIVE_ACTIVITY"),
    ]);
    for named in [(&*foreign.0, &*foreign.1), (ABSENT, ABSENT)] {
        let body = body(&department, &torque, named);
        for reply in [team.post(ALL, &body), team.put(&one, &body)] {
            assert_eq!(faults(&reply), expected);
            let error = reply.json()["error"].take();
            assert_eq!(error["details"]["value"], json!(named.1), "what was sent is shown back");
            assert_eq!(
                error["message"],
                json!("names no data collection activity of the team; send the id of one that exists")
            );
        }
    }
    assert_eq!((team.state(), other.state()), before);
}

#[test]
fn a_routing_may_have_one_mebibyte() {
    let team = team();
    let department = team.create_department("Assembly");
    let of = |instructions: usize| {
        let operation = json!({
            "operationName": "Cut", "departmentId": department, "instructions": "x".repeat(instructions),
        });
        json!({"name": format!("{instructions} each"), "operations": vec![operation; 200]})
    };
    let created = team.post(ALL, &of(5_000)).created();
    let one = format!("{ALL}/{}", created["id"].as_str().unwrap());
    for reply in [team.post(ALL, &of(6_000)), team.put(&one, &of(6_000))] {
        let message = "The body may have at most 1048576 bytes";
        reply.mes_refused(413, "PAYLOAD_TOO_LARGE", message, json!({}));
    }
}

#[test]
fn a_request_that_can_not_be_read_or_has_no_caller_is_refused() {
    let team = team();
    let one = format!("{ALL}/{}", team.create_routing("Widget", &[json!({})]));
    for (method, path) in [(Method::POST, ALL), (Method::PUT, &*one), (Method::PATCH, &*one)] {
        let with = |content_type: &str, body: &'static str| {
            Reply::to(team.request(method.clone(), path).header("Content-Type", content_type).body(body))
        };
        for (body, why) in [
            ("{\"name\": ", "EOF while parsing"),
            (r#"{"operations": [{"sequence": 10, "sequence": 20}]}"#, "the key \"sequence\" stands twice"),
        ] {
            let message = with("application/json", body).shaped(path, 400, "INVALID_JSON");
            assert!(message.starts_with(&format!("The body is not valid JSON: {why}")), "{message}");
        }
        with("text/plain", "{}").shaped(path, 415, "UNSUPPORTED_MEDIA_TYPE");
        let nobody = client().request(method.clone(), format!("{}{path}", team.address));
        let nobody = nobody.header("X-MES-Team-ID", &team.id).json(&json!({}));
        Reply::to(nobody).shaped(path, 401, "UNAUTHORIZED");
    }
}
