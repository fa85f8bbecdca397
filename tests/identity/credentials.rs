//! Credentials of requests: keys, scopes and teams.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Caller, IMPORT, IMPORTS, Reply, Requests, Team, client, order, team};

const DEPARTMENTS: &str = "/api/v1/departments";
const NEEDED: &str = "An API key or access token is needed: x-api-key or Authorization: Bearer";
const NEEDED_IN_MES: &str = "An API key or access token is needed: Authorization: Bearer <API_KEY>";
const NOT_VALID: &str = "The API key or access token is not valid";

/// Sends an import, a list request and a new department with these credentials.
fn attempts(team: &Team<'_>, credentials: &[(&str, &str)]) -> [Reply; 3] {
    let address = &team.address;
    let with = |mut request: reqwest::blocking::RequestBuilder| {
        for (name, value) in credentials {
            request = request.header(*name, *value);
        }
        Reply::to(request)
    };
    [
        with(client().post(format!("{address}{IMPORT}")).json(&json!([order("A1")]))),
        with(client().get(format!("{address}{IMPORTS}"))),
        with(
            client()
                .post(format!("{address}{DEPARTMENTS}"))
                .json(&json!({"name": "Assembly"}))
                .header("X-MES-Team-ID", &team.id),
        ),
    ]
}

#[track_caller]
fn unauthorized(team: &Team<'_>, credentials: &[(&str, &str)], import: &str, mes: &str) {
    let before = (team.row_counts(), team.count("departments"));
    let [posted, listed, created] = attempts(team, credentials);
    for reply in [&posted, &listed, &created] {
        assert_eq!(reply.header("www-authenticate"), Some("Bearer"), "{reply:?}");
    }
    posted.refused(401, "UNAUTHORIZED", import);
    listed.refused(401, "UNAUTHORIZED", import);
    created.mes_refused(401, "UNAUTHORIZED", mes, json!({}));
    assert_eq!((team.row_counts(), team.count("departments")), before);
}

#[test]
fn without_a_key_nothing_is_done() {
    let team = team();
    unauthorized(&team, &[], NEEDED, NEEDED_IN_MES);
    unauthorized(&team, &[("Authorization", "Basic dXNlcjpwYXNz")], NEEDED, NEEDED_IN_MES);
    let [posted, _, created] = attempts(&team, &[("x-api-key", &team.key)]);
    assert_eq!(posted.counts(), [1, 0, 0, 0], "the import takes x-api-key");
    created.mes_refused(401, "UNAUTHORIZED", NEEDED_IN_MES, json!({}));
    let [posted, listed, created] = attempts(&team, &[("Authorization", &format!("bearer {}", team.key))]);
    assert_eq!((posted.counts(), listed.status, created.status), ([0, 1, 0, 0], 200, 201));
}

#[test]
fn a_malformed_or_unknown_key_is_refused() {
    let team = team();
    let (head, tail) = team.key.split_at(40);
    let mistyped = format!("{head}{}{}", if tail.starts_with('0') { "1" } else { "0" }, &tail[1..]);
    let nobody = format!("tlk_{:032x}_{}", u128::MAX, "ab".repeat(32));
    let nobody = format!("{nobody}_{:08x}", crc32fast::hash(nobody.as_bytes()));
    for key in ["x", "tlk_", "tlk___", &*"a".repeat(4_000), "' OR 1=1 --", &mistyped, &nobody] {
        let bearer = format!("Bearer {key}");
        unauthorized(&team, &[("Authorization", &bearer)], NOT_VALID, NOT_VALID);
        let [posted, ..] = attempts(&team, &[("x-api-key", key)]);
        posted.refused(401, "UNAUTHORIZED", NOT_VALID);
    }
}

#[test]
fn another_secret_under_a_real_key_s_id_is_refused() {
    let team = team();
    let id = team.key.split('_').nth(1).unwrap();
    let forged = format!("tlk_{id}_{}", "00".repeat(32));
    let forged = format!("Bearer {forged}_{:08x}", crc32fast::hash(forged.as_bytes()));
    unauthorized(&team, &[("Authorization", &forged)], NOT_VALID, NOT_VALID);
}

#[test]
fn a_key_that_was_revoked_or_has_expired_is_refused_at_once() {
    let team = team();
    for (column, past, future) in [
        ("revoked_at", "now() - interval '1 second'", ""),
        ("expires_at", "now() - interval '1 second'", "now() + interval '1 hour'"),
    ] {
        let set = |value: &str, key: &Caller| {
            let id = key.key.split('_').nth(1).unwrap();
            team.database.execute(&format!("UPDATE api_keys SET {column} = {value} WHERE id = '{id}'"));
        };
        let key = team.key("admin", "");
        let bearer = format!("Bearer {}", key.key);
        assert_eq!(key.get(IMPORTS).status, 200, "the key is good");
        if !future.is_empty() {
            set(future, &key);
            assert_eq!(key.get(IMPORTS).status, 200, "the key is good yet");
        }
        set(past, &key);
        unauthorized(&team, &[("Authorization", &bearer)], NOT_VALID, NOT_VALID);
    }
}

fn forbidden_import(reply: &Reply) {
    reply.refused(403, "FORBIDDEN", "This needs the scope orders:import");
}

#[test]
fn a_key_without_the_scope_is_refused_and_one_with_it_is_not() {
    let team = team();
    let before = team.row_counts();
    let reader = team.key("read-only", "");
    forbidden_import(&reader.import("", &json!([order("A1")])));
    forbidden_import(&reader.get(IMPORTS));
    let message = "This needs the scope departments:write";
    reader.post(DEPARTMENTS, &json!({"name": "Assembly"})).mes_refused(403, "FORBIDDEN", message, json!({}));
    assert_eq!(reader.get(DEPARTMENTS).ok()["departments"], json!([]));
    let writer = team.key("read-write", "");
    forbidden_import(&writer.import("", &json!([order("A1")])));
    assert_eq!(team.row_counts(), before);
    writer.post(DEPARTMENTS, &json!({"name": "Assembly"})).created();
    let importer = team.key("read-only", "orders:import");
    assert_eq!(importer.import("", &json!([order("A1")])).counts(), [1, 0, 0, 0]);
    assert_eq!(importer.get(IMPORTS).ok()["pagination"]["total"], json!(1));
}

#[test]
fn mes_requires_the_team_of_the_key() {
    let (team, other) = (team(), crate::support::team());
    let bearer = |id: Option<&str>| {
        let request = client().get(format!("{}{DEPARTMENTS}", team.address)).bearer_auth(&team.key);
        Reply::to(match id {
            Some(id) => request.header("X-MES-Team-ID", id),
            None => request,
        })
    };
    for id in [None, Some("")] {
        bearer(id).mes_refused(400, "MISSING_TEAM_ID", "The X-MES-Team-ID header is missing", json!({}));
    }
    for id in [&*other.id, "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e11", "x", "\u{fc}"] {
        let message = "The credentials do not belong to this team";
        bearer(Some(id)).mes_refused(403, "FORBIDDEN", message, json!({}));
    }
    assert_eq!(bearer(Some(&team.id)).ok()["departments"], json!([]));
    assert_eq!(bearer(Some(&team.id.to_uppercase())).ok()["departments"], json!([]));
}

#[test]
fn teams_see_nothing_of_each_other() {
    let (team, other) = (team(), crate::support::team());
    let department = other.create_department("Assembly");
    other.create_work_centres(&[1]);
    assert_eq!(other.import("", &json!([order("A1")])).counts(), [1, 0, 0, 0]);
    let path = format!("{DEPARTMENTS}/{department}");
    team.get(&path).mes_refused(404, "NOT_FOUND", "There is no such department", json!({}));
    let renamed = team.patch(&path, &json!({"name": "Mine"}));
    renamed.mes_refused(404, "NOT_FOUND", "There is no such department", json!({}));
    for path in [DEPARTMENTS, "/api/v1/work-centres"] {
        assert_eq!(team.get(path).ok()["pagination"]["total"], json!(0));
    }
    let foreign = json!({"name": "Centre", "departmentId": department});
    assert_eq!(team.post("/api/v1/work-centres", &foreign).status, 422);
    assert_eq!(
        team.import("", &json!([order("A1")])).counts(),
        [1, 0, 0, 0],
        "another order of the same number"
    );
    assert_eq!(other.get(&path).ok()["name"], json!("Assembly"));
}

#[test]
fn credentials_are_checked_before_the_body_is_read() {
    let team = team();
    let request =
        client().request(Method::POST, format!("{}{IMPORT}?mode=bad", team.address)).body("no JSON");
    Reply::to(request).refused(401, "UNAUTHORIZED", NEEDED);
    let reader = team.key("read-only", "");
    forbidden_import(&reader.import_as("?mode=bad", "text/plain", "no JSON"));
    let unknown: Value = json!({"x": 1});
    assert_eq!(reader.post(DEPARTMENTS, &unknown).status, 403);
}
