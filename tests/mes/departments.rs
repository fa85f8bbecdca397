//! Departments.

use serde_json::{Value, json};

use crate::support::{Caller, Requests, Team, team};

const ALL: &str = "/api/v1/departments";

fn names(page: &Value) -> Vec<&str> {
    page["departments"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect()
}

fn list(caller: &Caller, query: &str) -> Value {
    caller.get(&format!("{ALL}{query}")).ok()
}

#[test]
fn a_department_is_created_shown_listed_and_changed() {
    let team = team();
    let created = team.post(ALL, &json!({"name": "  Asse\u{301}mbly ", "colour": "red"})).created();
    let (id, at) = (created["id"].as_str().unwrap(), created["createdAt"].clone());
    let expected =
        json!({"id": id, "name": "Ass\u{e9}mbly", "isActive": true, "createdAt": at, "updatedAt": at});
    assert_eq!(created, expected);
    let one = format!("{ALL}/{id}");
    assert_eq!(team.get(&one).ok(), expected);
    assert_eq!(
        list(&team, ""),
        json!({"departments": [expected], "pagination": {"total": 1, "limit": 50, "offset": 0, "hasMore": false}})
    );
    let mut changed = team.patch(&one, &json!({"name": "Final"})).ok();
    assert_ne!(changed["updatedAt"].take(), at);
    let mut after = expected.clone();
    (after["name"], after["updatedAt"]) = (json!("Final"), Value::Null);
    assert_eq!(changed, after);
    assert_eq!(
        (team.count("audit_entries"), team.count("departments")),
        (3, 1),
        "the founding, the making, the change"
    );
    team.patch(&one, &json!({"name": "Final", "isActive": true})).ok();
    assert_eq!(team.count("audit_entries"), 3, "nothing differs, nothing is written");
}

#[test]
fn the_list_is_paged_by_name_with_totals() {
    let team = team();
    for name in ["Welding", "assembly", "Milling", "Ärger", "Zinc"] {
        team.create_department(name);
    }
    let pages: Vec<_> =
        [0, 2, 4, 6].iter().map(|offset| list(&team, &format!("?limit=2&offset={offset}"))).collect();
    let seen: Vec<_> = pages.iter().flat_map(names).collect();
    let whole = list(&team, "");
    assert_eq!(seen, names(&whole));
    let mut sorted = seen.clone();
    sorted.sort_unstable_by_key(|name| name.to_lowercase());
    assert_eq!(seen, sorted);
    let more: Vec<_> = pages.iter().map(|page| page["pagination"].clone()).collect();
    let page = |offset: u32, more: bool| json!({"total": 5, "limit": 2, "offset": offset, "hasMore": more});
    assert_eq!(more, [page(0, true), page(2, true), page(4, false), page(6, false)]);
}

#[test]
fn limits_beyond_the_documented_ones_are_refused() {
    let team = team();
    for limit in ["0", "501"] {
        let reply = team.get(&format!("{ALL}?limit={limit}"));
        reply.mes_refused_for(
            422,
            ("limit", json!(limit)),
            "VALIDATION_ERROR",
            "OUT_OF_RANGE",
            "must be between 1 and 500",
        );
    }
    assert_eq!(list(&team, "?limit=500&offset=2147483647")["pagination"]["limit"], json!(500));
    let beyond = team.get(&format!("{ALL}?offset=2147483648"));
    beyond.mes_refused_for(
        422,
        ("offset", json!("2147483648")),
        "VALIDATION_ERROR",
        "INVALID_VALUE",
        "must be at most 2147483647",
    );
    let reply = team.get(&format!("{ALL}?limit=ten&offset=-1&activeOnly=yes"));
    let details = json!({
        "field": "activeOnly",
        "value": "yes",
        "errors": [
            {"field": "activeOnly", "code": "INVALID_VALUE", "message": "must be true or false"},
            {"field": "offset", "code": "INVALID_VALUE", "message": "must be a whole number, 0 or more"},
            {"field": "limit", "code": "INVALID_VALUE", "message": "must be a whole number, 0 or more"},
        ],
    });
    reply.mes_refused(422, "VALIDATION_ERROR", "must be true or false", details);
}

#[test]
fn an_inactive_department_is_hidden_unless_requested() {
    let team = team();
    let id = team.create_department("Milling");
    team.create_department("Assembly");
    let changed = team.patch(&format!("{ALL}/{id}"), &json!({"isActive": false})).ok();
    assert_eq!((&changed["isActive"], &changed["name"]), (&json!(false), &json!("Milling")));
    let shown = list(&team, "");
    assert_eq!((names(&shown), &shown["pagination"]["total"]), (vec!["Assembly"], &json!(1)));
    assert_eq!(names(&list(&team, "?activeOnly=true")), ["Assembly"]);
    assert_eq!(names(&list(&team, "?activeOnly=false")), ["Assembly", "Milling"]);
    assert_eq!(team.get(&format!("{ALL}/{id}")).ok()["isActive"], json!(false));
}

#[track_caller]
fn name_taken(reply: &crate::support::Reply, name: &str) {
    let message = "is taken by another department, in this or another case; choose another name";
    let fault = "DEPARTMENT_NAME_TAKEN";
    reply.mes_refused_for(409, ("name", json!(name)), fault, fault, message);
}

#[test]
fn names_of_departments_are_unique_in_any_case() {
    let team = team();
    team.create_department("Łódź");
    let other = team.create_department("Milling");
    for name in ["Łódź", "ŁÓDŹ", " łódź "] {
        name_taken(&team.post(ALL, &json!({"name": name})), name);
        name_taken(&team.patch(&format!("{ALL}/{other}"), &json!({"name": name})), name);
    }
    assert_eq!((team.count("departments"), team.count("audit_entries")), (2, 3));
    team.patch(&format!("{ALL}/{other}"), &json!({"name": "MILLING"})).ok();
}

fn faulty(team: &Team<'_>, body: &Value, field: &str, fault: &str, message: &str) {
    team.post(ALL, body).mes_refused_for(
        422,
        (field, body[field].clone()),
        "VALIDATION_ERROR",
        fault,
        message,
    );
}

#[test]
fn a_faulty_department_is_refused() {
    let team = team();
    let given = "must be given; send 1 to 100 visible characters on one line";
    let send = "send 1 to 100 visible characters on one line";
    faulty(&team, &json!({}), "name", "MISSING_FIELD", given);
    faulty(&team, &json!({"name": null}), "name", "MISSING_FIELD", given);
    faulty(&team, &json!({"name": " "}), "name", "INVALID_VALUE", &format!("must not be empty; {send}"));
    let long = format!("may have at most 100 characters, this has 101; {send}");
    faulty(&team, &json!({"name": "x".repeat(101)}), "name", "INVALID_VALUE", &long);
    for (letter, code) in [("\0", "0000"), ("\n", "000A"), ("\u{202e}", "202E")] {
        let message = format!("holds the character U+{code} at position 2, which is not allowed; {send}");
        faulty(&team, &json!({"name": format!("a{letter}b")}), "name", "INVALID_VALUE", &message);
    }
    let reply = team.post(ALL, &json!({"name": 5}));
    assert_eq!((reply.status, &reply.json()["error"]["details"]["field"]), (422, &json!("name")));
    let id = team.create_department("Milling");
    let nothing = team.patch(&format!("{ALL}/{id}"), &json!({"colour": "red"}));
    nothing.mes_refused_for(
        422,
        ("body", Value::Null),
        "VALIDATION_ERROR",
        "MISSING_FIELD",
        "must have name, isActive or both",
    );
    assert_eq!((team.count("departments"), team.count("audit_entries")), (1, 2));
}

#[test]
fn a_body_that_is_no_json_is_refused() {
    let team = team();
    let send = |content_type: &str, body: Vec<u8>| {
        let request = team.request(reqwest::Method::POST, ALL).header("Content-Type", content_type);
        crate::support::Reply::to(request.body(body))
    };
    let json = "application/json";
    for body in [&b"{"[..], b"{\"name\": \"x\"} x", b"{\"name\": NaN}", b"{\"name\": \"\xff\"}"] {
        let reply = send(json, body.to_vec());
        let message = reply.json()["error"]["message"].as_str().unwrap().to_owned();
        assert!(message.starts_with("The body is not valid JSON: "), "{message}");
        reply.mes_refused(400, "INVALID_JSON", &message, json!({}));
    }
    let deep = send(json, format!("{{\"name\":{}", "[".repeat(100_000)).into_bytes());
    assert_eq!((deep.status, &deep.json()["error"]["code"]), (400, &json!("INVALID_JSON")));
    let large = send(json, vec![b' '; 300_000]);
    large.mes_refused(413, "PAYLOAD_TOO_LARGE", "The body may have at most 262144 bytes", json!({}));
    for content_type in ["text/csv", "text/json", ""] {
        let reply = send(content_type, b"{}".to_vec());
        reply.mes_refused(415, "UNSUPPORTED_MEDIA_TYPE", "Send the body as application/json", json!({}));
    }
    for body in [&b"[]"[..], b"null", b"\"x\"", b"{\"name\":\"a\",\"name\":\"b\"}"] {
        let reply = send(json, body.to_vec());
        assert!([400, 422].contains(&reply.status), "{reply:?}");
    }
    assert_eq!(team.count("departments"), 0);
}
