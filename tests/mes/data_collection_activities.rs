//! Data collection activities.

use serde_json::{Value, json};

use crate::support::{Caller, Reply, Requests, team};

const ALL: &str = "/api/v1/data-collection/activities";

fn list(caller: &Caller, query: &str) -> Value {
    caller.get(&format!("{ALL}{query}")).ok()
}

fn names(page: &Value) -> Vec<&str> {
    page["activities"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect()
}

fn create(caller: &Caller, name: &str) -> String {
    caller.post(ALL, &json!({"name": name})).created()["id"].as_str().unwrap().to_owned()
}

/// The activity in the API document (`docs/spec/mes.md`, "Activities"), without ids.
fn documented() -> Value {
    json!({
        "name": "Torque Measurement", "description": "Measure and record torque values",
        "fields": [{
            "name": "torqueReading", "label": "Torque Reading (Nm)", "type": "number", "required": true,
            "validation": {"min": 40, "max": 50},
        }],
        "isActive": true,
    })
}

#[test]
fn the_documented_activity_is_listed_as_documented() {
    let team = team();
    let created = team.post(ALL, &documented()).created();
    let mut page = list(&team, "");
    assert_eq!(page["activities"], json!([created]));
    assert_eq!(page["pagination"], json!({"total": 1, "limit": 50, "offset": 0, "hasMore": false}));
    let mut shown = page["activities"][0].take();
    assert!(shown["id"].is_string() && shown["fields"][0]["id"].is_string(), "{shown}");
    shown["fields"][0].as_object_mut().unwrap().remove("id");
    for beside in ["id", "onViolation", "createdAt", "updatedAt"] {
        shown.as_object_mut().unwrap().remove(beside);
    }
    assert_eq!(shown, documented());
}

#[test]
fn an_activity_is_created_shown_and_changed() {
    let team = team();
    let fields = json!([
        {"name": "torque", "type": "number", "validation": {"min": 40.5}},
        {"name": "count", "type": "integer", "label": "Pieces", "required": true},
        {"name": "serial", "type": "text", "validation": {"pattern": "[A-Z]{2}-\\d+"}},
        {"name": "clean", "type": "boolean", "validation": {}},
        {"name": "look", "type": "select", "validation": {"options": ["pass", "fail"]}},
        {"name": "expiry", "type": "date", "validation": {"max": "2030-12-31"}},
    ]);
    let body =
        json!({"name": " Inspection ", "fields": fields, "onViolation": "record", "description": "  "});
    let created = team.post(ALL, &body).created();
    let (id, at) = (created["id"].as_str().unwrap(), created["createdAt"].clone());
    let field = |at: usize, name: &str, label: &str, of_type: &str, required: bool, validation: Value| {
        json!({
            "id": created["fields"][at]["id"], "name": name, "label": label, "type": of_type, "required": required,
            "validation": validation,
        })
    };
    let expected = json!({
        "id": id, "name": "Inspection", "description": null, "onViolation": "record", "isActive": true,
        "createdAt": at, "updatedAt": at, "fields": [
            field(0, "torque", "torque", "number", false, json!({"min": 40.5})),
            field(1, "count", "Pieces", "integer", true, json!({})),
            field(2, "serial", "serial", "text", false, json!({"pattern": "[A-Z]{2}-\\d+"})),
            field(3, "clean", "clean", "boolean", false, json!({})),
            field(4, "look", "look", "select", false, json!({"options": ["pass", "fail"]})),
            field(5, "expiry", "expiry", "date", false, json!({"max": "2030-12-31"})),
        ],
    });
    assert_eq!(created, expected);
    let one = format!("{ALL}/{id}");
    assert_eq!(team.get(&one).ok(), expected);

    let fields = json!([{"name": "angle", "type": "number"}, {"name": "torque", "type": "integer"}]);
    let change = json!({"description": "Look", "fields": fields, "onViolation": "reject"});
    let changed = team.patch(&one, &change).ok();
    assert_eq!((&changed["description"], &changed["onViolation"]), (&json!("Look"), &json!("reject")));
    assert_eq!(
        changed["fields"][1]["id"], created["fields"][0]["id"],
        "a field that keeps its name keeps its id"
    );
    assert_ne!(changed["updatedAt"], at);
    assert_eq!(team.patch(&one, &change).ok(), changed);
    assert_eq!(team.count("audit_entries"), 3, "nothing differs, nothing is written");
    let closed = team.patch(&one, &json!({"isActive": false, "description": null})).ok();
    assert_eq!((&closed["isActive"], &closed["description"]), (&json!(false), &Value::Null));
}

#[test]
fn the_list_is_paged_by_name_with_totals() {
    let team = team();
    for name in ["weight", "Angle", "Ärger", "Torque"] {
        create(&team, name);
    }
    let old = create(&team, "Old");
    team.patch(&format!("{ALL}/{old}"), &json!({"isActive": false})).ok();
    for (query, expected, total, more) in [
        ("", vec!["Angle", "Torque", "weight", "Ärger"], 4, false),
        ("?limit=3", vec!["Angle", "Torque", "weight"], 4, true),
        ("?limit=3&offset=3", vec!["Ärger"], 4, false),
        ("?activeOnly=false&limit=500", vec!["Angle", "Old", "Torque", "weight", "Ärger"], 5, false),
    ] {
        let page = list(&team, query);
        let totals = (&page["pagination"]["total"], &page["pagination"]["hasMore"]);
        assert_eq!((names(&page), totals), (expected, (&json!(total), &json!(more))), "{query}");
    }
    for limit in ["0", "501"] {
        let reply = team.get(&format!("{ALL}?limit={limit}"));
        let message = "must be between 1 and 500";
        reply.mes_refused_for(422, ("limit", json!(limit)), "VALIDATION_ERROR", "OUT_OF_RANGE", message);
    }
}

#[test]
fn every_fault_of_an_activity_is_named_by_its_path() {
    let team = team();
    let body = json!({"onViolation": "ignore", "fields": [
        {"name": "a", "type": "text", "validation": {"pattern": "("}},
        {"name": "a", "type": "number", "validation": {"min": 2, "max": 1}},
        {"type": "select"},
        7,
    ]});
    let reply = team.post(ALL, &body);
    let error = reply.json()["error"].take();
    let faults: Vec<_> = error["details"]["errors"].as_array().unwrap().iter().collect();
    let named: Vec<_> = faults
        .iter()
        .map(|fault| (fault["field"].as_str().unwrap(), fault["code"].as_str().unwrap()))
        .collect();
    let expected = [
        ("name", "MISSING_FIELD"),
        ("fields.0.validation.pattern", "INVALID_PATTERN"),
        ("fields.1.validation.max", "OUT_OF_RANGE"),
        ("fields.2.name", "MISSING_FIELD"),
        ("fields.2.validation.options", "MISSING_FIELD"),
        ("fields.3", "INVALID_TYPE"),
        ("onViolation", "UNKNOWN_VALUE"),
    ];
    assert_eq!((reply.status, named), (422, expected.to_vec()));

    let faulty = |fields: Value, (field, value): (&str, Value), code: &str, message: &str| {
        let reply = team.post(ALL, &json!({"name": "x", "fields": fields}));
        reply.mes_refused_for(422, (field, value), "VALIDATION_ERROR", code, message);
    };
    faulty(
        json!([{"name": "a", "type": "text", "validation": {"pattern": "(?=a)"}}]),
        ("fields.0.validation.pattern", json!("(?=a)")),
        "INVALID_PATTERN",
        "is no regular expression: look-around, including look-ahead and look-behind, is not supported",
    );
    faulty(
        json!([{"name": "a", "type": "text", "validation": {"pattern": "(a{1000}){1000}"}}]),
        ("fields.0.validation.pattern", json!("(a{1000}){1000}")),
        "INVALID_PATTERN",
        "is too large: use at most 500 characters, and fewer repetitions",
    );
    faulty(
        json!([{"name": "a", "type": "text"}, {"name": " a ", "type": "date"}]),
        ("fields.1.name", json!(" a ")),
        "DUPLICATE_NAME",
        "is another field's of this activity; choose another name",
    );
    let words = "`float` is unknown; it is one of number, integer, text, boolean, select, date";
    faulty(
        json!([{"name": "a", "type": "float"}]),
        ("fields.0.type", json!("float")),
        "UNKNOWN_VALUE",
        words,
    );
    faulty(json!("x"), ("fields", json!("x")), "INVALID_TYPE", "must be a list of objects");
    assert_eq!(team.count("data_collection_activities"), 0);
    let id = create(&team, "Torque");
    let nothing = team.patch(&format!("{ALL}/{id}"), &json!({}));
    let message = "must have at least one of name, description, fields, onViolation, isActive";
    nothing.mes_refused_for(422, ("body", Value::Null), "VALIDATION_ERROR", "MISSING_FIELD", message);
}

#[test]
fn a_repeated_request_creates_one_activity() {
    let team = team();
    let send = || {
        let request = team.request(reqwest::Method::POST, ALL).header("Idempotency-Key", "activity-1");
        Reply::to(request.json(&documented()))
    };
    let first = send().created();
    let again = send();
    assert_eq!((again.header("idempotent-replayed"), again.created()), (Some("true"), first));
    assert_eq!(team.count("data_collection_activities"), 1);
}

#[test]
fn only_those_who_may_see_and_change_activities_do() {
    let team = team();
    let one = format!("{ALL}/{}", create(&team, "Torque"));
    for (role, reads, changes, makes) in [
        ("ADMIN", 200, 200, 201),
        ("OPS", 200, 200, 201),
        ("ACCOUNTS", 200, 403, 403),
        ("OPERATOR", 200, 403, 403),
        ("VENDOR", 403, 403, 403),
    ] {
        let person = team.user(&[role]);
        assert_eq!((person.get(ALL).status, person.get(&one).status), (reads, reads), "{role}");
        let changed = person.patch(&one, &json!({"name": "Torque"})).status;
        assert_eq!((changed, person.post(ALL, &documented()).status), (changes, makes), "{role}");
    }
    let reader = team.key("read-only", "");
    reader.get(ALL).ok();
    let message = "This needs the scope data-collection:write";
    reader.post(ALL, &documented()).mes_refused(403, "FORBIDDEN", message, json!({}));
    let other = crate::support::team();
    for reply in [other.get(&one), other.patch(&one, &json!({"isActive": false}))] {
        reply.mes_refused(404, "NOT_FOUND", "There is no such data collection activity", json!({}));
    }
    assert_eq!(list(&other, "")["pagination"]["total"], json!(0));
}
