//! Routings and their versions.

use reqwest::Method;
use serde_json::{Value, json};
use testkit::race;

use crate::support::{Caller, Reply, client, team};

const ALL: &str = "/api/v1/routings";
const ACTIVITIES: &str = "/api/v1/data-collection/activities";
const ABSENT: &str = "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e11";

fn list(caller: &Caller, query: &str) -> Value {
    caller.get(&format!("{ALL}{query}")).ok()
}

fn names(page: &Value) -> Vec<&str> {
    page["routings"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect()
}

fn activity(caller: &Caller, name: &str) -> String {
    caller.post(ACTIVITIES, &json!({"name": name})).created()["id"].as_str().unwrap().to_owned()
}

/// A request for the routing of seed 004, section 3, with `count` operations alike.
fn documented(department: &str, activity: &str, count: usize) -> Value {
    let operation = json!({
        "operationName": "Assembly Station 1", "departmentId": department, "setupTimeMinutes": 15, "runTimeMinutes": 45,
        "instructions": "Assemble components A and B using fixture F1",
        "requiredSkills": ["assembly", "quality_check"], "dataCollectionActivities": [{"id": activity}],
    });
    json!({
        "name": "Widget Assembly v1.0", "description": "Standard widget assembly process",
        "operations": vec![operation; count],
    })
}

fn without(mut value: Value, fields: &[&str]) -> Value {
    for field in fields {
        value.as_object_mut().unwrap().remove(*field).unwrap_or_else(|| panic!("{field}"));
    }
    value
}

#[test]
fn the_documented_list_is_answered_as_documented() {
    let team = team();
    let (department, activity) = (team.department("Assembly"), activity(&team, "Torque Measurement"));
    let made = team.post(ALL, &documented(&department, &activity, 4)).created();
    let mut page = list(&team, "");
    assert_eq!(page["pagination"], json!({"total": 1, "limit": 50, "offset": 0, "hasMore": false}));
    let shown = page["routings"][0].take();
    assert_eq!((&shown["id"], &shown["createdAt"]), (&made["id"], &made["createdAt"]));
    assert_eq!((&shown["productIdentifier"], &shown["allowOverlap"]), (&Value::Null, &json!(false)));
    let expected = json!({
        "name": "Widget Assembly v1.0", "description": "Standard widget assembly process", "version": "1.0",
        "isActive": true, "operationsCount": 4, "estimatedCycleTimeSeconds": 14400,
    });
    assert_eq!(without(shown, &["id", "createdAt", "productIdentifier", "allowOverlap"]), expected);
}

#[test]
fn the_documented_routing_is_answered_as_documented() {
    let team = team();
    let (department, activity) = (team.department("Assembly"), activity(&team, "Torque Measurement"));
    let made = team.post(ALL, &documented(&department, &activity, 1)).created();
    let mut shown = team.get(&format!("{ALL}/{}", made["id"].as_str().unwrap())).ok();
    assert_eq!(shown, made);
    assert!(shown["id"].is_string() && shown["createdAt"] == shown["updatedAt"], "{shown}");
    let operation = shown["operations"][0].take();
    assert!(operation["id"].is_string() && operation["runTimeBasis"] == json!("per_order"), "{operation}");
    shown["operations"] = json!([without(operation, &["id", "runTimeBasis"])]);
    let expected = json!({
        "name": "Widget Assembly v1.0", "description": "Standard widget assembly process", "version": "1.0",
        "isActive": true,
        "operations": [{
            "operationNumber": 1, "operationName": "Assembly Station 1",
            "department": {"id": department, "name": "Assembly"},
            "setupTimeMinutes": 15, "runTimeMinutes": 45,
            "instructions": "Assemble components A and B using fixture F1",
            "requiredSkills": ["assembly", "quality_check"],
            "dataCollectionActivities": [
                {"id": activity, "name": "Torque Measurement", "isRequired": true, "sequence": 1}
            ],
        }],
    });
    let beside = ["id", "productIdentifier", "allowOverlap", "createdAt", "updatedAt"];
    assert_eq!(without(shown, &beside), expected);
}

#[test]
fn a_change_makes_a_version_and_the_old_one_stays_readable() {
    let team = team();
    let department = team.department("Milling");
    let (torque, weight) = (activity(&team, "Torque"), activity(&team, "Weight"));
    let first = json!({
        "name": " Widget ", "productIdentifier": "WIDGET-A-001", "allowOverlap": true,
        "operations": [
            {"operationNumber": 10, "operationName": "Cut", "departmentId": department, "setupTimeMinutes": 0.5,
             "runTimeMinutes": 1.125, "runTimeBasis": "per_unit", "requiredSkills": ["b", "a", "b"],
             "dataCollectionActivities": [
                 {"id": torque, "sequence": 5, "isRequired": false}, {"id": weight, "sequence": 2}]},
            {"operationNumber": 20, "operationName": "Pack", "departmentId": department},
        ],
    });
    let made = team.post(ALL, &first).created();
    let one = format!("{ALL}/{}", made["id"].as_str().unwrap());
    let at = made["createdAt"].clone();
    let operation = |id: &Value, number: u8, name: &str, times: [f64; 2], basis: &str, rest: Value| {
        let times = times.map(|time| if time.fract() == 0.0 { json!(time as i64) } else { json!(time) });
        let mut operation = json!({
            "id": id, "operationNumber": number, "operationName": name,
            "department": {"id": department, "name": "Milling"}, "setupTimeMinutes": times[0],
            "runTimeMinutes": times[1], "runTimeBasis": basis, "instructions": null, "requiredSkills": [],
            "dataCollectionActivities": [],
        });
        operation.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
        operation
    };
    let ids = [&made["operations"][0]["id"], &made["operations"][1]["id"]];
    let collecting = json!({"requiredSkills": ["a", "b"], "dataCollectionActivities": [
        {"id": weight, "name": "Weight", "isRequired": true, "sequence": 2},
        {"id": torque, "name": "Torque", "isRequired": false, "sequence": 5},
    ]});
    let mut expected = json!({
        "id": made["id"], "name": "Widget", "description": null, "version": "1.0", "isActive": true,
        "productIdentifier": "WIDGET-A-001", "allowOverlap": true, "createdAt": at, "updatedAt": at,
        "operations": [
            operation(ids[0], 10, "Cut", [0.5, 1.125], "per_unit", collecting),
            operation(ids[1], 20, "Pack", [0.0, 0.0], "per_order", json!({})),
        ],
    });
    assert_eq!(made, expected);

    let second = json!({"name": "WIDGET", "description": "Now\nin one go", "operations": [
        {"operationName": "All", "departmentId": department, "instructions": "Cut,\nthen pack"}
    ]});
    let revised = team.put(&one, &second).ok();
    assert_ne!(revised["updatedAt"], at);
    let id = &revised["operations"][0]["id"];
    assert!(!ids.contains(&id), "a version has operations of its own");
    let all = operation(id, 1, "All", [0.0, 0.0], "per_order", json!({"instructions": "Cut,\nthen pack"}));
    let latest = json!({
        "id": made["id"], "name": "WIDGET", "description": "Now\nin one go", "version": "2.0", "isActive": true,
        "productIdentifier": null, "allowOverlap": false, "createdAt": at, "updatedAt": revised["updatedAt"],
        "operations": [all],
    });
    assert_eq!(revised, latest, "what is left out has its default again");
    for version in ["", "?version=2", "?version=2.0", "?version="] {
        assert_eq!(team.get(&format!("{one}{version}")).ok(), latest, "{version}");
    }
    expected["updatedAt"] = latest["updatedAt"].clone();
    for version in ["1", "1.0"] {
        assert_eq!(team.get(&format!("{one}?version={version}")).ok(), expected, "{version}");
    }
    let absent = team.get(&format!("{one}?version=3.0"));
    absent.mes_refused(404, "NOT_FOUND", "There is no such routing", json!({}));
    for version in ["0", "1.1", "latest", "-1", "99999999999"] {
        let reply = team.get(&format!("{one}?version={version}"));
        let message = "must be a version such as 2 or 2.0";
        reply.mes_refused_for(422, ("version", json!(version)), "VALIDATION_ERROR", "INVALID_VALUE", message);
    }

    let state = (team.state(), team.count("audit_entries"));
    assert_eq!(team.put(&one, &second).ok(), latest);
    assert_eq!((team.state(), team.count("audit_entries")), state, "nothing differs, nothing is written");
    let closed = team.patch(&one, &json!({"isActive": false})).ok();
    assert_eq!((&closed["isActive"], &closed["version"]), (&json!(false), &json!("2.0")));
    assert_eq!(team.patch(&one, &json!({"isActive": false})).ok(), closed);
    assert_eq!(team.put(&one, &first).ok()["isActive"], json!(false), "a version does not take it into use");
}

#[test]
fn what_a_routing_names_is_shown_by_the_name_it_has_now() {
    let team = team();
    let (department, activity) = (team.department("Assembly"), activity(&team, "Torque"));
    let made = team.post(ALL, &documented(&department, &activity, 1)).created();
    let one = format!("{ALL}/{}", made["id"].as_str().unwrap());
    let rename = json!({"name": "Renamed", "isActive": false});
    team.patch(&format!("/api/v1/departments/{department}"), &rename).ok();
    team.patch(&format!("{ACTIVITIES}/{activity}"), &rename).ok();
    let shown = team.get(&one).ok();
    let operation = &shown["operations"][0];
    assert_eq!(operation["department"], json!({"id": department, "name": "Renamed"}));
    assert_eq!(operation["dataCollectionActivities"][0]["name"], json!("Renamed"));
    assert_eq!(
        team.put(&one, &documented(&department, &activity, 1)).ok(),
        shown,
        "what is out of use by now is no fault where nothing differs"
    );
    assert_eq!(team.put(&one, &documented(&department, &activity, 2)).status, 422);
}

#[test]
fn changes_at_once_each_make_a_version_and_none_is_lost() {
    let team = team();
    let department = team.department("Milling");
    let body = |name: String| json!({"name": "Widget", "operations": [{"operationName": name, "departmentId": department}]});
    let made = team.post(ALL, &body("First".into())).created();
    let one = format!("{ALL}/{}", made["id"].as_str().unwrap());
    let replies = race(6, |racer| team.put(&one, &body(format!("Racer {racer}"))));
    let mut made: Vec<_> = replies.iter().map(Reply::ok).collect();
    made.sort_by_key(|routing| routing["version"].as_str().unwrap().to_owned());
    let versions: Vec<_> = made.iter().map(|routing| routing["version"].as_str().unwrap()).collect();
    assert_eq!(versions, ["2.0", "3.0", "4.0", "5.0", "6.0", "7.0"]);
    for routing in &made {
        let found = team.get(&format!("{one}?version={}", routing["version"].as_str().unwrap())).ok();
        assert_eq!(found["operations"], routing["operations"]);
    }
    let mut racers: Vec<_> =
        made.iter().map(|routing| routing["operations"][0]["operationName"].clone()).collect();
    racers.sort_by_key(Value::to_string);
    assert_eq!(racers, [0, 1, 2, 3, 4, 5].map(|racer| json!(format!("Racer {racer}"))));
}

#[test]
fn the_list_is_paged_by_name_and_filtered_with_totals() {
    let team = team();
    let department = team.department("Milling");
    for (name, product) in
        [("widget", Some("W-1")), ("Gadget", Some("G-1")), ("Ärger", None), ("Thing", Some("W-1"))]
    {
        let operations =
            json!([{"operationName": "Cut", "departmentId": department, "runTimeMinutes": 0.33}]);
        let body = json!({"name": name, "productIdentifier": product, "operations": operations});
        let made = team.post(ALL, &body).created();
        if name == "Gadget" {
            team.patch(&format!("{ALL}/{}", made["id"].as_str().unwrap()), &json!({"isActive": false})).ok();
        }
    }
    for (query, expected, total, more) in [
        ("", vec!["Thing", "widget", "Ärger"], 3, false),
        ("?limit=2", vec!["Thing", "widget"], 3, true),
        ("?limit=2&offset=2", vec!["Ärger"], 3, false),
        ("?activeOnly=false&limit=500", vec!["Gadget", "Thing", "widget", "Ärger"], 4, false),
        ("?productIdentifier=W-1&limit=1", vec!["Thing"], 2, true),
        ("?productIdentifier=w-1", vec![], 0, false),
        ("?productIdentifier=G-1", vec![], 0, false),
        ("?productIdentifier=G-1&activeOnly=false", vec!["Gadget"], 1, false),
    ] {
        let page = list(&team, query);
        let stands = (&page["pagination"]["total"], &page["pagination"]["hasMore"]);
        assert_eq!((names(&page), stands), (expected, (&json!(total), &json!(more))), "{query}");
        for routing in page["routings"].as_array().unwrap() {
            assert_eq!(routing["estimatedCycleTimeSeconds"], json!(20), "19.8 s, rounded");
        }
    }
    for limit in ["0", "501"] {
        let reply = team.get(&format!("{ALL}?limit={limit}"));
        let message = "must be between 1 and 500";
        reply.mes_refused_for(422, ("limit", json!(limit)), "VALIDATION_ERROR", "OUT_OF_RANGE", message);
    }
}

#[test]
fn no_two_routings_have_one_name_whatever_its_case() {
    let team = team();
    team.routing("Łódź", &[json!({})]);
    let other = team.routing("Other", &[json!({})]);
    let department = team.department("Milling");
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

/// The faulty fields of a refusal with their codes.
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
    let department = team.department("Milling");
    let body = json!({"description": 7, "operations": [
        {"operationName": "Cut", "departmentId": department, "operationNumber": 1},
        {"operationNumber": 1, "departmentId": "dept-uuid-111", "runTimeMinutes": "45", "runTimeBasis": "per_hour"},
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
    let id = team.routing("Widget", &[json!({})]);
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
fn what_a_routing_names_must_be_the_team_s_and_in_use() {
    let (team, other) = (team(), crate::support::team());
    let (department, torque) = (team.department("Milling"), activity(&team, "Torque"));
    let (closed, retired) = (team.department("Closed"), activity(&team, "Retired"));
    team.patch(&format!("/api/v1/departments/{closed}"), &json!({"isActive": false})).ok();
    team.patch(&format!("{ACTIVITIES}/{retired}"), &json!({"isActive": false})).ok();
    let foreign = (other.department("Milling"), activity(&other, "Torque"));
    let one = format!("{ALL}/{}", team.routing("Widget", &[json!({})]));
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
fn a_repeated_request_makes_one_routing() {
    let team = team();
    let (department, activity) = (team.department("Assembly"), activity(&team, "Torque"));
    let send = || {
        let request = team.request(Method::POST, ALL).header("Idempotency-Key", "routing-1");
        Reply::to(request.json(&documented(&department, &activity, 1)))
    };
    let first = send().created();
    let again = send();
    assert_eq!((again.header("idempotent-replayed"), again.created()), (Some("true"), first));
    assert_eq!(team.count("routings"), 1);
}

#[test]
fn a_routing_may_have_a_mebibyte() {
    let team = team();
    let department = team.department("Assembly");
    let of = |instructions: usize| {
        let operation = json!({
            "operationName": "Cut", "departmentId": department, "instructions": "x".repeat(instructions),
        });
        json!({"name": format!("{instructions} each"), "operations": vec![operation; 200]})
    };
    let made = team.post(ALL, &of(5_000)).created();
    let one = format!("{ALL}/{}", made["id"].as_str().unwrap());
    for reply in [team.post(ALL, &of(6_000)), team.put(&one, &of(6_000))] {
        let message = "The body may have at most 1048576 bytes";
        reply.mes_refused(413, "PAYLOAD_TOO_LARGE", message, json!({}));
    }
}

#[test]
fn a_request_that_can_not_be_read_or_has_no_caller_is_refused() {
    let team = team();
    let one = format!("{ALL}/{}", team.routing("Widget", &[json!({})]));
    for (method, path) in [(Method::POST, ALL), (Method::PUT, &*one), (Method::PATCH, &*one)] {
        let with = |content_type: &str, body: &'static str| {
            Reply::to(team.request(method.clone(), path).header("Content-Type", content_type).body(body))
        };
        let reply = with("application/json", "{\"name\": ");
        assert!(
            reply.shaped(path, 400, "INVALID_JSON").starts_with("The body is not valid JSON"),
            "{reply:?}"
        );
        with("text/plain", "{}").shaped(path, 415, "UNSUPPORTED_MEDIA_TYPE");
        let nobody = client().request(method.clone(), format!("{}{path}", team.address));
        let nobody = nobody.header("X-MES-Team-ID", &team.id).json(&json!({}));
        Reply::to(nobody).shaped(path, 401, "UNAUTHORIZED");
    }
}

#[test]
fn only_those_who_may_see_and_change_routings_do() {
    let team = team();
    let department = team.department("Milling");
    let one = format!("{ALL}/{}", team.routing("Widget", &[json!({})]));
    let body = |name: &str| json!({"name": name, "operations": [{"operationName": "Cut", "departmentId": department}]});
    for (role, reads, changes, makes) in [
        ("ADMIN", 200, 200, 201),
        ("OPS", 200, 200, 201),
        ("ACCOUNTS", 200, 403, 403),
        ("OPERATOR", 200, 403, 403),
        ("VENDOR", 403, 403, 403),
    ] {
        let person = team.user(&[role]);
        assert_eq!((person.get(ALL).status, person.get(&one).status), (reads, reads), "{role}");
        let found = [
            person.put(&one, &body("Widget")).status,
            person.patch(&one, &json!({"isActive": true})).status,
            person.post(ALL, &body(role)).status,
        ];
        assert_eq!(found, [changes, changes, makes], "{role}");
    }
    let reader = team.key("read-only", "");
    reader.get(ALL).ok();
    let message = "This needs the scope routings:write";
    reader.post(ALL, &body("Other")).mes_refused(403, "FORBIDDEN", message, json!({}));
    let other = crate::support::team();
    let foreign = json!({"name": "Taken over", "operations": [
        {"operationName": "Cut", "departmentId": other.department("Milling")}
    ]});
    for reply in [other.get(&one), other.put(&one, &foreign), other.patch(&one, &json!({"isActive": false}))]
    {
        reply.mes_refused(404, "NOT_FOUND", "There is no such routing", json!({}));
    }
    assert_eq!(list(&other, "?activeOnly=false")["pagination"]["total"], json!(0));
}
