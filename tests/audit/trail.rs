//! The audit trail (`GET /api/audit`): entries of changes and refusals.

use reqwest::Method;
use serde_json::{Value, json};
use testkit::eventually;

use crate::support::{Caller, Person, Reply, Requests, Team, client, order, team};

const DEPARTMENTS: &str = "/api/v1/departments";
const FORBIDDEN: &str = "Your role does not allow this";

/// The entries of a page, newest first.
fn entries(admin: &Person, query: &str) -> Vec<Value> {
    admin.get(&format!("/api/audit{query}")).ok()["data"]["entries"].as_array().unwrap().clone()
}

fn actor(key: &Caller) -> String {
    format!("api_key:{}", uuid_of(key))
}

fn uuid_of(key: &Caller) -> String {
    let id = key.key.split('_').nth(1).unwrap();
    [&id[..8], &id[8..12], &id[12..16], &id[16..20], &id[20..]].join("-")
}

#[test]
fn a_change_shows_with_who_what_and_when_and_its_seal_soon_after() {
    let team = team();
    let admin = team.admin();
    let id = team.create_department("Assembly");
    let changed = team.patch(&format!("{DEPARTMENTS}/{id}"), &json!({"isActive": false}));
    assert_eq!(changed.status, 200);
    let entry = eventually("the entry to be sealed", || {
        let entry = entries(&admin, &format!("?subjectId={id}"))[0].clone();
        Some(entry).filter(|entry| !entry["seal"].is_null())
    });
    let facts = ["actor", "requestId", "action", "subject"].map(|name| &entry[name]);
    let subject = json!({"kind": "department", "id": id});
    let request = json!(changed.header("x-request-id"));
    assert_eq!(facts, [&json!(actor(&team)), &request, &json!("department.changed"), &subject]);
    assert_eq!((&entry["before"]["isActive"], &entry["after"]["isActive"]), (&json!(true), &json!(false)));
    assert_eq!(&entry["after"]["name"], "Assembly");
    assert!(entry["at"].as_str().unwrap().ends_with('Z'), "{entry}");
    assert_eq!(entry["seal"]["hash"].as_str().unwrap().len(), 64);
    let created = &entries(&admin, &format!("?subjectId={id}"))[1];
    let sequence = |entry: &Value| entry["seal"]["sequence"].as_i64().unwrap();
    assert_eq!((&created["action"], &created["before"]), (&json!("department.created"), &Value::Null));
    assert!(sequence(created) < sequence(&entry), "{created} {entry}");
}

#[test]
fn the_trail_is_filtered_and_paged() {
    let team = team();
    let admin = team.admin();
    let id = team.create_department("Assembly");
    team.create_department("Milling");
    let total = |query: &str| {
        let body = admin.get(&format!("/api/audit{query}")).ok();
        let data = &body["data"];
        (data["entries"].as_array().unwrap().len() as u64, data["pagination"]["totalItems"].as_u64().unwrap())
    };
    let none = "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e11";
    for (query, expected) in [
        ("?action=department.created".to_owned(), 2),
        ("?subjectKind=department".to_owned(), 2),
        (format!("?subjectId={id}"), 1),
        (format!("?subjectId={none}"), 0),
        (format!("?actor={}", actor(&team)), 2),
        (format!("?actor={}&subjectKind=team", actor(&team)), 0),
        ("?action=department.created&to=2020-01-01T00:00:00Z".to_owned(), 0),
        ("?action=department.created&from=2020-01-01T00:00:00Z&to=2100-01-01T00:00:00%2B02:00".to_owned(), 2),
        ("?requestId=no-such-request".to_owned(), 0),
    ] {
        assert_eq!(total(&query), (expected, expected), "{query}");
    }
    assert_eq!(total("?action=department.created&limit=1&page=2"), (1, 2));
    assert_eq!(total("?action=department.created&limit=1&page=3"), (0, 2));
    let pages = admin.get("/api/audit?action=department.created&limit=1&page=2").ok();
    let expected = json!({"currentPage": 2, "totalPages": 2, "totalItems": 2, "itemsPerPage": 1});
    assert_eq!(pages["data"]["pagination"], expected);
}

#[test]
fn faulty_filters_are_named_all_at_once() {
    let admin = team().admin();
    let query = "?subjectId=7&from=yesterday&to=2025-01-15&limit=101&actor=%00&action=%E2%80%AE";
    let refused = admin.get(&format!("/api/audit{query}"));
    assert_eq!(refused.status, 422);
    let body = refused.json();
    let fields: Vec<_> = body["errors"].as_object().unwrap().keys().cloned().collect();
    assert_eq!(fields, ["action", "actor", "from", "limit", "subjectId", "to"]);
    assert_eq!(
        body["errors"]["from"],
        json!(["must be a time with its offset, such as 2025-01-20T08:00:00Z"])
    );
    let refused = admin.get("/api/audit/access?status=ok&route=%00");
    let fields: Vec<_> = refused.json()["errors"].as_object().unwrap().keys().cloned().collect();
    assert_eq!((refused.status, fields), (422, vec!["route".to_owned(), "status".to_owned()]));
}

#[test]
fn only_an_admin_sees_the_trail_and_the_access_log() {
    let team = team();
    for path in ["/api/audit", "/api/audit/access"] {
        for role in ["VENDOR", "ACCOUNTS", "OPS", "OPERATOR"] {
            team.user(&[role]).get(path).oms_refused(403, FORBIDDEN);
        }
        let nobody = Reply::to(client().get(format!("{}{path}", team.address)));
        let needed = "An access token is needed: log in, then send Authorization: Bearer <access_token>";
        nobody.oms_refused(401, needed);
        let with_key = client().get(format!("{}{path}", team.address)).bearer_auth(&team.key);
        let why = "This is for people: log in, an API key is not enough";
        Reply::to(with_key).oms_refused(403, why);
    }
}

#[test]
fn teams_see_nothing_of_each_other_s_trail() {
    let (team, other) = (team(), crate::support::team());
    let id = other.create_department("Assembly");
    let admin = team.admin();
    for query in [format!("?subjectId={id}"), format!("?actor={}", actor(&other))] {
        assert_eq!(entries(&admin, &query), [Value::Null; 0], "{query}");
    }
}

/// The subjects and details of the refusals in a team's trail.
fn refusals(admin: &Person) -> Vec<(Value, Value)> {
    let mut refused = entries(admin, "?action=access.refused&limit=100");
    let facts = |entry: &mut Value| {
        assert_eq!(entry["before"], Value::Null);
        (entry["subject"].take(), entry["after"].take())
    };
    refused.iter_mut().rev().map(facts).collect()
}

#[test]
fn forbidden_requests_and_ids_of_other_teams_are_in_the_trail_with_the_response() {
    let (team, other) = (team(), crate::support::team());
    let admin = team.admin();
    let foreign = other.create_department("Assembly");
    let reader = team.key("read-only", "");
    reader.import("?mode=per_row", &json!([order("A1")])).refused(
        403,
        "FORBIDDEN",
        "This needs the scope orders:import",
    );
    let absent = "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e11";
    let paths = [foreign.as_str(), absent, "x"].map(|id| format!("{DEPARTMENTS}/{id}"));
    for path in &paths {
        assert_eq!(reader.get(path).status, 404);
    }
    let wrong_team = client().get(format!("{}{DEPARTMENTS}", team.address)).bearer_auth(&reader.key);
    assert_eq!(Reply::to(wrong_team.header("X-MES-Team-ID", &other.id)).status, 403);

    let subject = json!({"kind": "api_key", "id": uuid_of(&reader)});
    let refused = |method: &str, path: &str, status: u16, code: &str| {
        (subject.clone(), json!({"method": method, "path": path, "status": status, "code": code}))
    };
    let mut expected = vec![refused("POST", "/api/orders/import", 403, "FORBIDDEN")];
    expected.extend(paths.iter().map(|path| refused("GET", path, 404, "NOT_FOUND")));
    expected.push(refused("GET", DEPARTMENTS, 403, "FORBIDDEN"));
    assert_eq!(refusals(&admin), expected);
    assert_eq!(refusals(&other.admin()), [], "the other team does not see these requests");
}

#[test]
fn a_person_s_refusals_name_the_person() {
    let team = team();
    let operator = team.user(&["OPERATOR"]);
    operator.get("/api/users").oms_refused(403, FORBIDDEN);
    let subject = json!({"kind": "user", "id": operator.id});
    let after = json!({"method": "GET", "path": "/api/users", "status": 403, "code": "FORBIDDEN"});
    assert_eq!(refusals(&team.admin()), [(subject, after)]);
}

#[test]
fn only_refusals_of_known_callers_leave_an_entry() {
    let team = team();
    let admin = team.admin();
    let before = trail_length(&team);
    for request in [
        // no credentials, no such route, no such method, faulty fields, and a success
        client().get(format!("{}{DEPARTMENTS}", team.address)),
        team.request(Method::GET, "/api/v1/nowhere"),
        team.request(Method::PUT, DEPARTMENTS),
        team.request(Method::POST, DEPARTMENTS).json(&json!({})),
        team.request(Method::GET, DEPARTMENTS),
    ] {
        Reply::to(request);
    }
    assert_eq!(trail_length(&team), before);
    assert_eq!(refusals(&admin), []);
}

fn trail_length(team: &Team<'_>) -> String {
    team.database.scalar(&format!("SELECT count(*) FROM audit_entries WHERE team_id = '{}'", team.id))
}
