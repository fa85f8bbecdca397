//! Routings and their versions.

use reqwest::Method;
use serde_json::{Value, json};
use testkit::race;

use crate::support::{Caller, Reply, Requests, team};

const ALL: &str = "/api/v1/routings";
const ACTIVITIES: &str = "/api/v1/data-collection/activities";

fn list(caller: &Caller, query: &str) -> Value {
    caller.get(&format!("{ALL}{query}")).ok()
}

fn names(page: &Value) -> Vec<&str> {
    page["routings"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect()
}

fn activity(caller: &Caller, name: &str) -> String {
    caller.post(ACTIVITIES, &json!({"name": name})).created()["id"].as_str().unwrap().to_owned()
}

/// The body of the routing in the API document (`docs/spec/mes.md`, "Routings"), with `count` equal operations.
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
    let (department, activity) = (team.create_department("Assembly"), activity(&team, "Torque Measurement"));
    let created = team.post(ALL, &documented(&department, &activity, 4)).created();
    let mut page = list(&team, "");
    assert_eq!(page["pagination"], json!({"total": 1, "limit": 50, "offset": 0, "hasMore": false}));
    let shown = page["routings"][0].take();
    assert_eq!((&shown["id"], &shown["createdAt"]), (&created["id"], &created["createdAt"]));
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
    let (department, activity) = (team.create_department("Assembly"), activity(&team, "Torque Measurement"));
    let created = team.post(ALL, &documented(&department, &activity, 1)).created();
    let mut shown = team.get(&format!("{ALL}/{}", created["id"].as_str().unwrap())).ok();
    assert_eq!(shown, created);
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
fn a_change_creates_a_version_and_the_old_one_stays_readable() {
    let team = team();
    let department = team.create_department("Milling");
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
    let created = team.post(ALL, &first).created();
    let one = format!("{ALL}/{}", created["id"].as_str().unwrap());
    let at = created["createdAt"].clone();
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
    let ids = [&created["operations"][0]["id"], &created["operations"][1]["id"]];
    let collecting = json!({"requiredSkills": ["a", "b"], "dataCollectionActivities": [
        {"id": weight, "name": "Weight", "isRequired": true, "sequence": 2},
        {"id": torque, "name": "Torque", "isRequired": false, "sequence": 5},
    ]});
    let mut expected = json!({
        "id": created["id"], "name": "Widget", "description": null, "version": "1.0", "isActive": true,
        "productIdentifier": "WIDGET-A-001", "allowOverlap": true, "createdAt": at, "updatedAt": at,
        "operations": [
            operation(ids[0], 10, "Cut", [0.5, 1.125], "per_unit", collecting),
            operation(ids[1], 20, "Pack", [0.0, 0.0], "per_order", json!({})),
        ],
    });
    assert_eq!(created, expected);

    let second = json!({"name": "WIDGET", "description": "Now\nin one go", "operations": [
        {"operationName": "All", "departmentId": department, "instructions": "Cut,\nthen pack"}
    ]});
    let revised = team.put(&one, &second).ok();
    assert_ne!(revised["updatedAt"], at);
    let id = &revised["operations"][0]["id"];
    assert!(!ids.contains(&id), "a version has operations of its own");
    let all = operation(id, 1, "All", [0.0, 0.0], "per_order", json!({"instructions": "Cut,\nthen pack"}));
    let latest = json!({
        "id": created["id"], "name": "WIDGET", "description": "Now\nin one go", "version": "2.0", "isActive": true,
        "productIdentifier": null, "allowOverlap": false, "createdAt": at, "updatedAt": revised["updatedAt"],
        "operations": [all],
    });
    assert_eq!(revised, latest, "what is left out has its default again");
    for version in ["", "?version=2", "?version=2.0"] {
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
fn references_of_a_routing_are_shown_with_their_current_names() {
    let team = team();
    let (department, activity) = (team.create_department("Assembly"), activity(&team, "Torque"));
    let created = team.post(ALL, &documented(&department, &activity, 1)).created();
    let one = format!("{ALL}/{}", created["id"].as_str().unwrap());
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
fn concurrent_changes_each_create_a_version() {
    let team = team();
    let department = team.create_department("Milling");
    let body = |name: String| json!({"name": "Widget", "operations": [{"operationName": name, "departmentId": department}]});
    let created = team.post(ALL, &body("First".into())).created();
    let one = format!("{ALL}/{}", created["id"].as_str().unwrap());
    let replies = race(6, |racer| team.put(&one, &body(format!("Racer {racer}"))));
    let mut created: Vec<_> = replies.iter().map(Reply::ok).collect();
    created.sort_by_key(|routing| routing["version"].as_str().unwrap().to_owned());
    let versions: Vec<_> = created.iter().map(|routing| routing["version"].as_str().unwrap()).collect();
    assert_eq!(versions, ["2.0", "3.0", "4.0", "5.0", "6.0", "7.0"]);
    for routing in &created {
        let found = team.get(&format!("{one}?version={}", routing["version"].as_str().unwrap())).ok();
        assert_eq!(found["operations"], routing["operations"]);
    }
    let mut racers: Vec<_> =
        created.iter().map(|routing| routing["operations"][0]["operationName"].clone()).collect();
    racers.sort_by_key(Value::to_string);
    assert_eq!(racers, [0, 1, 2, 3, 4, 5].map(|racer| json!(format!("Racer {racer}"))));
}

#[test]
fn the_list_is_paged_by_name_and_filtered_with_totals() {
    let team = team();
    let department = team.create_department("Milling");
    for (name, product) in
        [("widget", Some("W-1")), ("Gadget", Some("G-1")), ("Ärger", None), ("Thing", Some("W-1"))]
    {
        let operations =
            json!([{"operationName": "Cut", "departmentId": department, "runTimeMinutes": 0.33}]);
        let body = json!({"name": name, "productIdentifier": product, "operations": operations});
        let created = team.post(ALL, &body).created();
        if name == "Gadget" {
            team.patch(&format!("{ALL}/{}", created["id"].as_str().unwrap()), &json!({"isActive": false}))
                .ok();
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
        let totals = (&page["pagination"]["total"], &page["pagination"]["hasMore"]);
        assert_eq!((names(&page), totals), (expected, (&json!(total), &json!(more))), "{query}");
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
fn a_repeated_request_creates_one_routing() {
    let team = team();
    let (department, activity) = (team.create_department("Assembly"), activity(&team, "Torque"));
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
fn only_those_who_may_see_and_change_routings_do() {
    let team = team();
    let department = team.create_department("Milling");
    let one = format!("{ALL}/{}", team.create_routing("Widget", &[json!({})]));
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
        {"operationName": "Cut", "departmentId": other.create_department("Milling")}
    ]});
    for reply in [other.get(&one), other.put(&one, &foreign), other.patch(&one, &json!({"isActive": false}))]
    {
        reply.mes_refused(404, "NOT_FOUND", "There is no such routing", json!({}));
    }
    assert_eq!(list(&other, "?activeOnly=false")["pagination"]["total"], json!(0));
}
