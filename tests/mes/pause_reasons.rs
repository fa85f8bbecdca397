//! Pause reasons.

use serde_json::{Value, json};

use crate::support::{Caller, Reply, Requests, team};

const ALL: &str = "/api/v1/pause-reasons";

fn list(caller: &Caller, query: &str) -> Value {
    caller.get(&format!("{ALL}{query}")).ok()
}

fn names(page: &Value) -> Vec<&str> {
    page["pauseReasons"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect()
}

fn create(caller: &Caller, name: &str, category: &str) -> String {
    let created = caller.post(ALL, &json!({"name": name, "category": category})).created();
    created["id"].as_str().unwrap().to_owned()
}

#[test]
fn a_pause_reason_is_created_shown_listed_and_changed() {
    let team = team();
    let created = team.post(ALL, &json!({"name": "  Tool change ", "category": "planned"})).created();
    let (id, at) = (created["id"].as_str().unwrap(), created["createdAt"].clone());
    let expected = json!({
        "id": id, "name": "Tool change", "category": "planned", "isActive": true, "createdAt": at, "updatedAt": at,
    });
    assert_eq!(created, expected);
    let one = format!("{ALL}/{id}");
    assert_eq!(team.get(&one).ok(), expected);
    assert_eq!(
        list(&team, ""),
        json!({"pauseReasons": [expected], "pagination": {"total": 1, "limit": 50, "offset": 0, "hasMore": false}})
    );
    let change = json!({"name": "Breakdown", "category": "unplanned", "isActive": false});
    let mut changed = team.patch(&one, &change).ok();
    assert_ne!(changed["updatedAt"].take(), at);
    let after = json!({
        "id": id, "name": "Breakdown", "category": "unplanned", "isActive": false, "createdAt": at, "updatedAt": null,
    });
    assert_eq!(changed, after);
    team.patch(&one, &change).ok();
    assert_eq!(
        (team.count("audit_entries"), team.count("pause_reasons")),
        (3, 1),
        "the founding, the making, the change; where nothing differs, nothing is written"
    );
}

#[test]
fn the_list_is_paged_by_name_and_filtered_with_totals() {
    let team = team();
    for (name, category) in
        [("Shift end", "planned"), ("lunch", "planned"), ("Breakdown", "unplanned"), ("Ärger", "unplanned")]
    {
        create(&team, name, category);
    }
    let id = create(&team, "Old", "unplanned");
    team.patch(&format!("{ALL}/{id}"), &json!({"isActive": false})).ok();
    for (query, expected, total, more) in [
        ("", vec!["Breakdown", "lunch", "Shift end", "Ärger"], 4, false),
        ("?limit=2", vec!["Breakdown", "lunch"], 4, true),
        ("?limit=2&offset=2", vec!["Shift end", "Ärger"], 4, false),
        ("?limit=2&offset=4", vec![], 4, false),
        ("?activeOnly=false", vec!["Breakdown", "lunch", "Old", "Shift end", "Ärger"], 5, false),
        ("?category=unplanned", vec!["Breakdown", "Ärger"], 2, false),
        ("?category=planned&limit=1", vec!["lunch"], 2, true),
        ("?category=unplanned&activeOnly=false&offset=1", vec!["Old", "Ärger"], 3, false),
    ] {
        let page = list(&team, query);
        let totals = (&page["pagination"]["total"], &page["pagination"]["hasMore"]);
        assert_eq!((names(&page), totals), (expected, (&json!(total), &json!(more))), "{query}");
    }
    let reply = team.get(&format!("{ALL}?category=Planned&limit=501"));
    let unknown = "`Planned` is unknown; it is one of planned, unplanned";
    let details = json!({"field": "category", "value": "Planned", "errors": [
        {"field": "category", "code": "INVALID_VALUE", "message": unknown},
        {"field": "limit", "code": "OUT_OF_RANGE", "message": "must be between 1 and 500"},
    ]});
    reply.mes_refused(422, "VALIDATION_ERROR", unknown, details);
}

#[test]
fn names_of_pause_reasons_are_unique_in_any_case() {
    let team = team();
    create(&team, "Łódź", "planned");
    let other = create(&team, "Lunch", "planned");
    let taken = |reply: &Reply, name: &str| {
        let message = "is taken by another pause reason, in this or another case; choose another name";
        let fault = "PAUSE_REASON_NAME_TAKEN";
        reply.mes_refused_for(409, ("name", json!(name)), fault, fault, message);
    };
    for name in ["Łódź", "ŁÓDŹ", " łódź "] {
        taken(&team.post(ALL, &json!({"name": name, "category": "unplanned"})), name);
        taken(&team.patch(&format!("{ALL}/{other}"), &json!({"name": name})), name);
    }
    assert_eq!((team.count("pause_reasons"), team.count("audit_entries")), (2, 3));
    team.patch(&format!("{ALL}/{other}"), &json!({"name": "LUNCH"})).ok();
}

#[test]
fn a_faulty_pause_reason_is_refused_with_every_fault() {
    let team = team();
    let reply = team.post(ALL, &json!({"category": "sometimes", "isActive": "yes"}));
    let details = json!({"field": "isActive", "value": "yes", "errors": [
        {"field": "isActive", "code": "INVALID_TYPE", "message": "must be true or false"},
        {"field": "name", "code": "MISSING_FIELD",
         "message": "must be given; send 1 to 100 visible characters on one line"},
        {"field": "category", "code": "UNKNOWN_VALUE",
         "message": "`sometimes` is unknown; it is one of planned, unplanned"},
    ]});
    reply.mes_refused(422, "VALIDATION_ERROR", "must be true or false", details);
    let reply = team.post(ALL, &json!({"name": "Lunch"}));
    let message = "must be given; send planned or unplanned";
    reply.mes_refused_for(422, ("category", Value::Null), "VALIDATION_ERROR", "MISSING_FIELD", message);
    let id = create(&team, "Lunch", "planned");
    let nothing = team.patch(&format!("{ALL}/{id}"), &json!({"colour": "red"}));
    let message = "must have at least one of name, category, isActive";
    nothing.mes_refused_for(422, ("body", Value::Null), "VALIDATION_ERROR", "MISSING_FIELD", message);
    assert_eq!((team.count("pause_reasons"), team.count("audit_entries")), (1, 2));
}

#[test]
fn a_repeated_request_creates_one_pause_reason() {
    let team = team();
    let send = |body: Value| {
        let request = team.request(reqwest::Method::POST, ALL).header("Idempotency-Key", "pause-1");
        Reply::to(request.json(&body))
    };
    let body = json!({"name": "Lunch", "category": "planned"});
    let first = send(body.clone()).created();
    let again = send(body);
    assert_eq!((again.header("idempotent-replayed"), again.created()), (Some("true"), first));
    let other = send(json!({"name": "Lunch", "category": "unplanned"}));
    assert_eq!((other.status, &other.json()["error"]["code"]), (422, &json!("IDEMPOTENCY_KEY_REUSED")));
    assert_eq!(team.count("pause_reasons"), 1);
}

#[test]
fn only_those_who_may_see_and_change_pause_reasons_do() {
    let team = team();
    let id = create(&team, "Lunch", "planned");
    let one = format!("{ALL}/{id}");
    let body = json!({"name": "Other", "category": "planned"});
    for (roles, reads, writes) in [
        ("ADMIN", 200, 409),
        ("OPS", 200, 409),
        ("ACCOUNTS", 200, 403),
        ("OPERATOR", 200, 403),
        ("VENDOR", 403, 403),
    ] {
        let person = team.user(&[roles]);
        assert_eq!((person.get(ALL).status, person.get(&one).status), (reads, reads), "{roles}");
        let taken = json!({"name": "LUNCH", "category": "planned"});
        let written = person.post(ALL, &taken).status;
        let changed = person.patch(&one, &json!({"name": "Lunch"})).status;
        assert_eq!((written, changed), (writes, if writes == 409 { 200 } else { 403 }), "{roles}");
    }
    let reader = team.key("read-only", "");
    reader.get(ALL).ok();
    let refused = reader.post(ALL, &body);
    refused.mes_refused(403, "FORBIDDEN", "This needs the scope pause-reasons:write", json!({}));
    let other = crate::support::team();
    for reply in [other.get(&one), other.patch(&one, &json!({"isActive": false}))] {
        reply.mes_refused(404, "NOT_FOUND", "There is no such pause reason", json!({}));
    }
    assert_eq!(list(&other, "")["pagination"]["total"], json!(0));
    assert_eq!(team.get(&one).ok()["isActive"], json!(true));
}
