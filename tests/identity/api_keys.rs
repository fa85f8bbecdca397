//! API keys: creation, display, list, rotation, expiry, revocation and permissions.

use chrono::{DateTime, TimeDelta, Utc};
use kernel::clock::{Clock, SystemClock};
use reqwest::Method;
use serde_json::{Value, json};
use testkit::eventually;

use crate::support::{Caller, Reply, Requests, Team, team};

const ALL: &str = "/api/v1/api-keys";
const DEPARTMENTS: &str = "/api/v1/departments";
const NOT_VALID: &str = "The API key or access token is not valid";

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_else(|| panic!("{name} is text: {value}"))
}

/// A caller with the key in a response.
fn with(team: &Team<'_>, disclosed: &Value) -> Caller {
    Caller { key: text(disclosed, "key").to_owned(), ..team.caller.clone() }
}

fn time(value: &Value) -> DateTime<Utc> {
    value.as_str().unwrap().parse().unwrap()
}

#[track_caller]
fn refused(reply: &Reply) {
    reply.mes_refused(401, "UNAUTHORIZED", NOT_VALID, json!({}));
}

/// `/tlk_[0-9a-f]{32}_[0-9a-f]{64}_[0-9a-f]{8}/`
fn is_key(key: &str) -> bool {
    let hex = |part: &str, length: usize| {
        part.len() == length && part.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    };
    match key.split('_').collect::<Vec<_>>()[..] {
        ["tlk", id, secret, checksum] => hex(id, 32) && hex(secret, 64) && hex(checksum, 8),
        _ => false,
    }
}

#[test]
fn a_key_is_shown_once_and_listed_without_its_secret_afterwards() {
    let team = team();
    let body = json!({"name": " ERP ", "permission": "read-only", "scopes": ["orders:import"],
                      "expiresAt": "2099-01-31T13:00:00+01:00", "allowedIps": ["127.0.0.1", "10.1.2.3/16"]});
    let reply = team.post(ALL, &body);
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    let mut created = reply.created();
    let key = created.as_object_mut().unwrap().remove("key").unwrap().as_str().unwrap().to_owned();
    assert!(is_key(&key), "{key}");
    let id = text(&created, "id").to_owned();
    assert_eq!(key.split('_').nth(1).unwrap(), id.replace('-', ""));
    let at = created["createdAt"].clone();
    assert!((SystemClock.now() - time(&at)).abs() < TimeDelta::minutes(1), "{at}");
    let expected = json!({
        "id": id, "name": "ERP", "prefix": &key[..12], "permission": "read-only", "scopes": ["orders:import"],
        "allowedIps": ["127.0.0.1/32", "10.1.0.0/16"], "createdAt": at, "expiresAt": "2099-01-31T12:00:00Z",
        "revokedAt": null, "lastUsedAt": null, "previousKeyValidUntil": null,
    });
    assert_eq!(created, expected);

    let one = team.get(&format!("{ALL}/{id}"));
    assert_eq!(unused(one.ok()), expected);
    let list = team.get(ALL);
    let mut page = list.ok();
    assert_eq!(page["pagination"], json!({"total": 2, "limit": 50, "offset": 0, "hasMore": false}));
    assert_eq!(unused(page["apiKeys"][0].take()), expected, "the newest first");
    assert_eq!(page["apiKeys"][1]["permission"], json!("admin"), "the key of the founding");
    for reply in [one, list] {
        assert!(!reply.text.contains(&key[13..]) && !reply.text.contains("ash"), "{reply:?}");
    }
    let used = Caller { key, ..team.caller.clone() };
    assert_eq!(used.get(DEPARTMENTS).status, 200);
    assert_eq!(used.get("/api/orders/imports").status, 200, "by its scope");
    assert_eq!(used.post(DEPARTMENTS, &json!({"name": "Assembly"})).status, 403, "by its preset");
}

/// Takes out the time of the last use.
fn unused(mut key: Value) -> Value {
    key["lastUsedAt"] = json!(null);
    key
}

#[test]
fn a_key_expires_at_its_time_and_is_no_longer_listed() {
    let team = team();
    let ends = SystemClock.now() + TimeDelta::seconds(2);
    let body = json!({"name": "Short", "permission": "read-only", "expiresAt": ends.to_rfc3339()});
    let created = team.post(ALL, &body).created();
    let key = with(&team, &created);
    let early = key.get(DEPARTMENTS);
    assert!(early.status == 200 || SystemClock.now() >= ends, "{early:?}");
    eventually("the key to end", || (key.get(DEPARTMENTS).status == 401).then_some(()));
    assert!(SystemClock.now() >= ends);
    refused(&key.get(DEPARTMENTS));
    let total = |query: &str| team.get(&format!("{ALL}{query}")).ok()["pagination"]["total"].clone();
    assert_eq!((total(""), total("?activeOnly=false")), (json!(1), json!(2)));
    let rotate = team.post(&format!("{ALL}/{}/rotate", text(&created, "id")), &json!({}));
    let message = "This API key has expired or was revoked; create another one";
    rotate.mes_refused(409, "API_KEY_ENDED", message, json!({}));
}

#[test]
fn a_key_shows_when_it_was_last_used() {
    let team = team();
    let created = team.post(ALL, &json!({"name": "Till", "permission": "read-only"})).created();
    let path = format!("{ALL}/{}", text(&created, "id"));
    assert_eq!(team.get(&path).ok()["lastUsedAt"], Value::Null);
    let before = SystemClock.now();
    with(&team, &created).get(DEPARTMENTS).ok();
    let used = eventually("the use to be noted", || {
        let used = team.get(&path).ok()["lastUsedAt"].clone();
        used.is_string().then(|| time(&used))
    });
    assert!(before <= used && used <= SystemClock.now(), "{before} {used}");
}

#[test]
fn a_revoked_key_is_refused_immediately_and_permanently() {
    let team = team();
    let created = team.post(ALL, &json!({"name": "ERP", "permission": "read-write"})).created();
    let (key, one) = (with(&team, &created), format!("{ALL}/{}", text(&created, "id")));
    key.post(DEPARTMENTS, &json!({"name": "Assembly"})).created();
    let revoke = || Reply::to(team.request(Method::DELETE, &one));
    let revoked = revoke().ok();
    assert!(time(&revoked["revokedAt"]) >= time(&created["createdAt"]));
    refused(&key.get(DEPARTMENTS));
    refused(&key.post(DEPARTMENTS, &json!({"name": "Packing"})));
    assert_eq!(unused(revoke().ok()), unused(revoked.clone()), "once more changes nothing");
    assert_eq!(unused(team.get(&one).ok()), unused(revoked));
    let message = "This API key has expired or was revoked; create another one";
    team.post(&format!("{one}/rotate"), &json!({})).mes_refused(409, "API_KEY_ENDED", message, json!({}));
    assert_eq!(team.count("departments"), 1);
    let own = format!("{ALL}/{}", team.key.split('_').nth(1).unwrap());
    let admin = team.admin();
    admin.delete(&own).ok();
    refused(&team.get(ALL));
    admin.get(ALL).ok();
}

#[test]
fn a_rotated_key_works_with_its_new_secret_and_with_the_old_one_during_the_overlap() {
    let team = team();
    let created =
        team.post(ALL, &json!({"name": "ERP", "permission": "read-only", "scopes": ["orders:import"]}));
    let created = created.created();
    let path = format!("{ALL}/{}/rotate", text(&created, "id"));
    let rotate = |body: Option<Value>| {
        let request = team.request(Method::POST, &path);
        let reply = Reply::to(match body {
            Some(body) => request.json(&body),
            None => request,
        });
        assert_eq!(reply.header("cache-control"), Some("no-store"));
        reply.ok()
    };
    let mut keys = vec![with(&team, &created)];
    for (body, hours) in [
        (None, 24),
        (Some(json!({})), 24),
        (Some(json!({"overlapHours": 720})), 720),
        (Some(json!({"overlapHours": 1})), 1),
    ] {
        let before = SystemClock.now();
        let rotated = rotate(body.clone());
        let until = time(&rotated["previousKeyValidUntil"]);
        let overlap = until - before;
        assert!(
            (TimeDelta::hours(hours)..TimeDelta::hours(hours) + TimeDelta::minutes(1)).contains(&overlap),
            "{body:?} {overlap}"
        );
        let same = |value: &Value| {
            let mut value = value.clone();
            let fields = value.as_object_mut().unwrap();
            fields.retain(|name, _| !["key", "previousKeyValidUntil", "lastUsedAt"].contains(&name.as_str()));
            value
        };
        assert_eq!(same(&rotated), same(&created), "all but the secret stays");
        keys.push(with(&team, &rotated));
        let [older @ .., last, new] = &keys[..] else { panic!("two keys at least") };
        assert!(is_key(&new.key) && new.key != last.key && new.key[..37] == last.key[..37]);
        for good in [last, new] {
            assert_eq!((good.get(DEPARTMENTS).status, good.get("/api/orders/imports").status), (200, 200));
        }
        older.iter().for_each(|key| refused(&key.get(DEPARTMENTS)));
    }
    let at_once = rotate(Some(json!({"overlapHours": 0})));
    assert_eq!(at_once["previousKeyValidUntil"], json!(null));
    keys.iter().for_each(|key| refused(&key.get(DEPARTMENTS)));
    assert_eq!(with(&team, &at_once).get(DEPARTMENTS).status, 200);
}

#[test]
fn the_old_secret_ends_with_the_overlap() {
    let team = team();
    let created = team.post(ALL, &json!({"name": "ERP", "permission": "read-only"})).created();
    let id = text(&created, "id");
    let rotated = team.post(&format!("{ALL}/{id}/rotate"), &json!({"overlapHours": 1})).ok();
    let (old, new) = (with(&team, &created), with(&team, &rotated));
    assert_eq!(old.get(DEPARTMENTS).status, 200);
    team.database.execute(&format!("UPDATE api_keys SET previous_until = now() WHERE id = '{id}'"));
    assert_eq!(old.post(DEPARTMENTS, &json!({"name": "x"})).status, 401, "the next write");
    eventually("the next read", || (old.get(DEPARTMENTS).status == 401).then_some(()));
    assert_eq!(new.get(DEPARTMENTS).status, 200);
}

#[test]
fn every_faulty_field_is_named_with_the_value_of_the_first() {
    let team = team();
    let before = team.state();
    let fields = |reply: &Reply| -> Vec<(String, String)> {
        let details = reply.json()["error"]["details"].clone();
        let errors = details["errors"].as_array().unwrap();
        errors.iter().map(|one| (text(one, "field").to_owned(), text(one, "code").to_owned())).collect()
    };
    let expected = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
        pairs.iter().map(|(field, code)| (field.to_string(), code.to_string())).collect()
    };
    let invalid = "INVALID_VALUE";
    #[rustfmt::skip]
    let table = [
        (json!({}), json!(null), &[("name", "MISSING_FIELD"), ("permission", "MISSING_FIELD")][..]),
        (json!({"name": "a\nb", "permission": "root", "scopes": ["orders:eat"], "expiresAt": "tomorrow", "allowedIps": ["office"]}), json!("a\nb"),
         &[("name", invalid), ("permission", invalid), ("scopes", invalid), ("expiresAt", invalid), ("allowedIps", invalid)]),
        (json!({"name": 7, "permission": ["admin"], "scopes": "orders:import", "expiresAt": 7, "allowedIps": {}}), json!(7),
         &[("name", "INVALID_TYPE"), ("permission", "INVALID_TYPE"), ("scopes", "INVALID_TYPE"), ("expiresAt", "INVALID_TYPE"), ("allowedIps", "INVALID_TYPE")]),
        (json!({"name": "x".repeat(101), "permission": "Admin"}), json!("x".repeat(101)), &[("name", invalid), ("permission", invalid)]),
        (json!({"name": "ERP", "permission": "read-only", "expiresAt": "2020-01-01T00:00:00Z"}), json!("2020-01-01T00:00:00Z"), &[("expiresAt", invalid)]),
        (json!({"name": "ERP", "permission": "read-only", "expiresAt": "2099-01-01"}), json!("2099-01-01"), &[("expiresAt", invalid)]),
        (json!({"name": "ERP", "permission": "read-only", "allowedIps": ["10.0.0.0/33"]}), json!(["10.0.0.0/33"]), &[("allowedIps", invalid)]),
        (json!({"name": "ERP", "permission": "read-only", "scopes": ["*"]}), json!(["*"]), &[("scopes", invalid)]),
    ];
    for (body, held, faults) in table {
        let reply = team.post(ALL, &body);
        let details = reply.json()["error"]["details"].clone();
        assert_eq!((reply.status, fields(&reply)), (422, expected(faults)), "{body}");
        assert_eq!((&details["field"], &details["value"]), (&json!(faults[0].0), &held), "{body}");
        assert_eq!(reply.json()["error"]["message"], details["errors"][0]["message"], "{body}");
    }
    let own = format!("{ALL}/{}/rotate", team.key.split('_').nth(1).unwrap());
    for (value, code) in [
        (json!(721), "OUT_OF_RANGE"),
        (json!(-1), "OUT_OF_RANGE"),
        (json!("a day"), "INVALID_TYPE"),
        (json!(0.5), "INVALID_TYPE"),
    ] {
        let reply = team.post(&own, &json!({"overlapHours": value}));
        assert_eq!((reply.status, fields(&reply)), (422, expected(&[("overlapHours", code)])));
        assert_eq!(reply.json()["error"]["details"]["value"], value);
    }
    for query in ["?limit=501", "?limit=0", "?offset=-1", "?activeOnly=ja"] {
        assert_eq!(team.get(&format!("{ALL}{query}")).status, 422, "{query}");
    }
    assert_eq!(team.state(), before);
}

#[test]
fn a_key_can_not_create_or_rotate_a_key_with_more_permissions() {
    let team = team();
    let make = |maker: &Caller, permission: &str, scopes: &[&str]| {
        maker.post(ALL, &json!({"name": "New", "permission": permission, "scopes": scopes}))
    };
    let reader = team.key("read-only", "api-keys:manage");
    let writer = team.key("read-write", "api-keys:manage");
    let beyond = "An API key can't hand out more than it may itself";
    for (maker, permission, scopes, may) in [
        (&reader, "read-only", &[][..], true),
        (&reader, "read-only", &["api-keys:manage"], true),
        (&reader, "read-write", &[], false),
        (&reader, "admin", &[], false),
        (&reader, "read-only", &["departments:write"], false),
        (&reader, "read-only", &["orders:import"], false),
        (&writer, "read-only", &["departments:write"], true),
        (&writer, "admin", &[], false),
        (&team.caller, "admin", &["orders:import"], true),
    ] {
        let before = team.count("api_keys");
        let reply = make(maker, permission, scopes);
        if may {
            reply.created();
        } else {
            reply.mes_refused(403, "FORBIDDEN", beyond, json!({}));
        }
        assert_eq!(team.count("api_keys") - before, u32::from(may), "{permission} {scopes:?}");
    }
    let before = team.state();
    let stronger = team.key.split('_').nth(1).unwrap();
    reader.post(&format!("{ALL}/{stronger}/rotate"), &json!({})).mes_refused(
        403,
        "FORBIDDEN",
        beyond,
        json!({}),
    );
    assert_eq!(team.state(), before);
    let own = reader.key.split('_').nth(1).unwrap();
    reader.post(&format!("{ALL}/{own}/rotate"), &json!({"overlapHours": 0})).ok();
    refused(&reader.get(DEPARTMENTS));
}

#[test]
fn a_repeated_request_returns_the_same_key_without_its_secret() {
    let team = team();
    let keyed = |path: &str, key: &str, body: Value| {
        Reply::to(team.request(Method::POST, path).header("Idempotency-Key", key).json(&body))
    };
    let body = || json!({"name": "ERP", "permission": "read-only"});
    let first = keyed(ALL, "k1", body());
    let mut created = first.created();
    let again = keyed(ALL, "k1", body());
    assert_eq!(
        (again.header("idempotent-replayed"), again.header("cache-control")),
        (Some("true"), Some("no-store"))
    );
    let secret = created["key"].take();
    assert_eq!(again.created(), created, "all but the secret");
    assert_eq!(team.count("api_keys"), 2);
    assert_eq!(keyed(ALL, "k1", json!({"name": "Other", "permission": "read-only"})).status, 422);

    let path = format!("{ALL}/{}/rotate", text(&created, "id"));
    let first = keyed(&path, "k1", json!({"overlapHours": 0}));
    let mut rotated = first.ok();
    let key = with(&team, &rotated);
    rotated["key"] = json!(null);
    let again = keyed(&path, "k1", json!({"overlapHours": 0}));
    assert_eq!((again.ok(), again.header("idempotent-replayed")), (rotated, Some("true")));
    assert_eq!(key.get(DEPARTMENTS).status, 200, "the repetition rotated nothing");
    assert_ne!(json!(key.key), secret);
}

#[test]
fn no_secret_is_stored_in_the_database() {
    let team = team();
    let keyed = |path: &str, body: Value| {
        Reply::to(team.request(Method::POST, path).header("Idempotency-Key", "k1").json(&body))
    };
    let created = keyed(ALL, json!({"name": "ERP", "permission": "admin"})).created();
    let rotated = keyed(&format!("{ALL}/{}/rotate", text(&created, "id")), json!({"overlapHours": 1})).ok();
    for key in [text(&created, "key"), text(&rotated, "key"), &team.key] {
        assert_eq!(team.tables_containing(key.split('_').nth(2).unwrap()), Vec::<String>::new());
    }
    let prefix = team.tables_containing(&text(&created, "key")[..12]);
    assert!(prefix.iter().any(|table| table == "api_keys"), "its prefix may be seen: {prefix:?}");
    let id = text(&created, "id");
    let hashed =
        format!("SELECT secret_hash = sha256('{}') FROM api_keys WHERE id = '{id}'", text(&rotated, "key"));
    assert_eq!(team.database.scalar(&hashed), "true", "only the hash is stored");
}
