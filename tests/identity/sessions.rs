//! Log-in, refresh, log-out, the current user, locked accounts, and how fast changes take effect.

use std::path::Path;
use std::time::Instant;

use serde_json::{Value, json};
use testkit::{Database, Service, eventually, race};

use crate::support::{
    BINARY, DATA_DIR, PASSWORD, Person, Reply, Requests, Team, client, log_in, shared_server, team,
};

const WRONG: &str = "The e-mail or the password is wrong";
const INVALID: &str = "The API key or access token is not valid";
const INVALID_REFRESH_TOKEN: &str = "The refresh token is not valid; log in again";

/// The response in the API document (`docs/spec/oms.md`, "Tokens").
#[test]
fn a_log_in_answers_as_documented() {
    let team = team();
    let reply = log_in(&team.address, &team.email, PASSWORD);
    let mut body = reply.ok();
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    let data = body["data"].as_object_mut().unwrap();
    let access = data.remove("accessToken").unwrap();
    assert_eq!(access.as_str().unwrap().split('.').count(), 3);
    let refresh = data.remove("refreshToken").unwrap();
    assert!(refresh.as_str().unwrap().starts_with("tlr_"));
    let id = data["user"].as_object_mut().unwrap().remove("id").unwrap();
    assert_eq!(
        body,
        json!({"success": true, "message": "Login successful", "data": {
            "tokenType": "Bearer", "expiresIn": 900, "user": {"email": team.email, "roles": ["ADMIN"]}}})
    );
    let me = Person::logged_in(&team.caller, &team.email.to_uppercase(), PASSWORD).get("/api/auth/me").ok();
    assert_eq!(
        me,
        json!({"success": true, "data": {
            "user": {"id": id, "email": team.email, "roles": ["ADMIN"]}, "team": {"id": team.id, "name": team.name}}})
    );
}

#[test]
fn the_documented_roles_are_one_users_in_their_documented_order() {
    let person = team().user(&["OPS", "VENDOR", "ADMIN", "ACCOUNTS"]);
    let me = person.get("/api/auth/me").ok();
    assert_eq!(me["data"]["user"]["roles"], json!(["ADMIN", "VENDOR", "ACCOUNTS", "OPS"]));
}

#[test]
fn a_wrong_password_and_an_unknown_email_are_the_same_answer() {
    let team = team();
    let unknown = Person::new_email();
    for (email, password) in [
        (team.email.as_str(), "incorrect horse"),
        (&unknown, PASSWORD),
        ("no e-mail", PASSWORD),
        (&team.email, ""),
        ("", ""),
    ] {
        log_in(&team.address, email, password).oms_refused(401, WRONG);
    }
    let address = format!("{}/api/auth/login", team.address);
    let missing = Reply::to(client().post(&address).json(&json!({"email": 7})));
    assert_eq!((missing.status, &missing.json()["errors"]["email"]), (422, &json!(["must be text"])));
    let missing = Reply::to(client().post(&address).json(&json!({})));
    let errors = json!({"email": ["Email is required"], "password": ["Password is required"]});
    assert_eq!((missing.status, &missing.json()["errors"]), (422, &errors));
    let broken = Reply::to(client().post(&address).header("Content-Type", "application/json").body("{"));
    assert_eq!(broken.status, 400);
    assert_eq!(Reply::to(client().post(&address).body("email=a")).status, 415);
}

/// Compares the median times of a wrong password and of an unknown e-mail.
#[test]
fn an_unknown_email_takes_as_long_as_a_wrong_password() {
    let service = own_service();
    let took = |email: &str| {
        let begun = Instant::now();
        log_in(service.1.address(), email, "incorrect horse").oms_refused(401, WRONG);
        begun.elapsed().as_secs_f64()
    };
    let admins: Vec<_> = (0..5).map(|_| Team::create(&service.0, &service.1).email).collect();
    let median = |mut times: Vec<f64>| {
        times.sort_by(f64::total_cmp);
        times[times.len() / 2]
    };
    let known = median(admins.iter().map(|email| took(email)).collect());
    let unknown = median((0..5).map(|_| took(&Person::new_email())).collect());
    let ratio = unknown / known;
    assert!((0.4..2.5).contains(&ratio), "an unknown e-mail takes {ratio:.2} of a wrong password's time");
}

#[test]
fn five_wrong_passwords_lock_the_account_for_that_address_known_or_not() {
    let team = team();
    for email in [team.email.clone(), Person::new_email()] {
        for _ in 0..5 {
            log_in(&team.address, &email, "incorrect horse").oms_refused(401, WRONG);
        }
        let locked = log_in(&team.address, &email, PASSWORD);
        assert_eq!(locked.status, 429, "{locked:?}");
        let wait: u64 = locked.header("retry-after").unwrap().parse().unwrap();
        assert!((800..=901).contains(&wait), "{wait}");
        let body = locked.json();
        assert!(body["error"].as_str().unwrap().starts_with("Too many wrong passwords; try again after"));
        let spelled = log_in(&team.address, &email.to_uppercase(), PASSWORD);
        assert_eq!(spelled.status, 429, "in any case of letters");
    }
    let other = self::team();
    assert_eq!(log_in(&other.address, &other.email, PASSWORD).status, 200, "other accounts are not");
}

/// The lock of another address does not apply to an address that a trusted proxy forwards.
#[test]
fn a_lock_applies_only_to_its_address() {
    let database = Database::new();
    let service = start(&database, |command| _ = command.env("TRUSTED_PROXIES", "127.0.0.1"));
    let team = Team::create(&database, &service);
    let from = |address: &str, password: &str| {
        let body = json!({"email": team.email, "password": password});
        let url = format!("{}/api/auth/login", team.address);
        Reply::to(client().post(url).header("X-Forwarded-For", address).json(&body)).status
    };
    for _ in 0..5 {
        assert_eq!(from("203.0.113.7", "incorrect horse"), 401);
    }
    assert_eq!(from("203.0.113.7", PASSWORD), 429);
    assert_eq!(
        from("203.0.113.7, 198.51.100.1", PASSWORD),
        200,
        "the last address counts, not what a client wrote"
    );
}

#[test]
fn fifty_guesses_at_once_learn_no_more_than_five() {
    let team = team();
    let statuses = race(50, |_| log_in(&team.address, &team.email, "incorrect horse").status);
    let unauthorized = statuses.iter().filter(|status| **status == 401).count();
    assert_eq!(unauthorized, 5, "{statuses:?}");
    assert!(statuses.iter().all(|status| matches!(status, 401 | 429 | 503)), "{statuses:?}");
}

#[test]
fn a_refresh_token_is_good_once_and_its_reuse_ends_the_family() {
    let person = team().user(&["OPS"]);
    let first = person.refresh();
    assert_eq!(first.header("cache-control"), Some("no-store"));
    let first = first.ok();
    let next = Person {
        token: first["data"]["accessToken"].as_str().unwrap().to_owned(),
        refresh_token: first["data"]["refreshToken"].as_str().unwrap().to_owned(),
        ..person.clone()
    };
    assert_eq!(first["data"]["user"]["id"], json!(person.id));
    next.get("/api/auth/me").ok();
    person.get("/api/auth/me").ok();

    person.refresh().oms_refused(401, INVALID_REFRESH_TOKEN);
    for caller in [&person, &next] {
        caller.get("/api/auth/me").oms_refused(401, INVALID);
        caller.refresh().oms_refused(401, INVALID_REFRESH_TOKEN);
    }
    let again = Person::logged_in(&team().caller, &person.email, PASSWORD);
    again.get("/api/auth/me").ok();
}

#[test]
fn of_twenty_concurrent_uses_of_a_refresh_token_one_succeeds() {
    let person = team().user(&["OPS"]);
    let statuses = race(20, |_| person.refresh().status);
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    person.get("/api/auth/me").oms_refused(401, INVALID);
}

#[test]
fn an_invalid_refresh_token_is_refused() {
    let (team, person) = (team(), team().user(&["OPS"]));
    let (rest, last) = person.refresh_token.split_at(person.refresh_token.len() - 1);
    let mistyped = format!("{rest}{}", if last == "0" { "1" } else { "0" });
    for token in [person.token.as_str(), &team.key, &mistyped, "", "tlr_1_2_3"] {
        let forged = Person { refresh_token: token.to_owned(), ..person.clone() };
        forged.refresh().oms_refused(401, INVALID_REFRESH_TOKEN);
    }
    let address = format!("{}/api/auth/refresh", team.address);
    let missing = Reply::to(client().post(address).json(&json!({})));
    assert_eq!(
        (missing.status, &missing.json()["errors"]["refreshToken"]),
        (422, &json!(["Refresh token is required"]))
    );
    person.refresh().ok();
}

#[test]
fn a_log_out_ends_the_session_and_no_other() {
    let team = team();
    let (here, there) = (team.admin(), team.admin());
    let out = here.post("/api/auth/logout", &json!({})).ok();
    assert_eq!(out, json!({"success": true, "message": "Logged out", "data": null}));
    here.get("/api/auth/me").oms_refused(401, INVALID);
    here.refresh().oms_refused(401, INVALID_REFRESH_TOKEN);
    there.get("/api/auth/me").ok();
}

#[test]
fn a_new_password_ends_the_other_sessions_and_needs_the_present_one() {
    let person = team().user(&["OPS"]);
    let other = Person::logged_in(&team().caller, &person.email, PASSWORD);
    let change = |current: &str, new: &str| {
        person.post("/api/auth/password", &json!({"currentPassword": current, "newPassword": new}))
    };
    let wrong = change("incorrect horse", "a new password");
    assert_eq!(
        (wrong.status, &wrong.json()["errors"]["currentPassword"]),
        (422, &json!(["is not your present password"]))
    );
    let short = change(PASSWORD, "short");
    assert_eq!((short.status, short.json()["errors"]["newPassword"].is_array()), (422, true));
    change(PASSWORD, "a new password").ok();
    person.get("/api/auth/me").ok();
    other.get("/api/auth/me").oms_refused(401, INVALID);
    log_in(&person.address, &person.email, PASSWORD).oms_refused(401, WRONG);
    log_in(&person.address, &person.email, "a new password").ok();
}

fn own_service() -> (Database, Service) {
    let database = Database::new();
    let service = start(&database, |_| {});
    (database, service)
}

fn start(database: &Database, configure: impl FnOnce(&mut std::process::Command)) -> Service {
    let mut command = testkit::serving(BINARY, database, Path::new(DATA_DIR));
    command.env("RATE_LIMITS", "off");
    configure(&mut command);
    Service::spawn(command)
}

/// Checks that after a change in one process, another refuses the next write immediately and reads within a second
/// (`docs/spec/common.md`, "Revocation").
fn takes_effect_elsewhere(what: &str, change: impl Fn(&Person, &Person), status: u16) {
    let second = start(&shared_server().database, |_| {});
    let team = team();
    let (admin, person) = (team.admin(), team.user(&["OPS"]));
    let there = person.at(second.address());
    there.get("/api/v1/departments").ok();
    change(&admin, &person);
    let changed = Instant::now();
    let written = there.post("/api/v1/departments", &json!({"name": "Too late"})).status;
    assert_eq!(written, status, "{what}: the next write elsewhere");
    assert_eq!(person.get("/api/v1/departments").status, status, "{what}: the next read in the same process");
    eventually(what, || (there.get("/api/v1/departments").status == status).then_some(()));
    assert!(changed.elapsed().as_secs_f64() < 1.5, "{what}: a read elsewhere, {:?}", changed.elapsed());
    assert_eq!(team.count("departments"), 0);
}

#[test]
fn a_log_out_takes_effect_in_every_process() {
    takes_effect_elsewhere(
        "a log-out",
        |_, person| drop(person.post("/api/auth/logout", &json!({})).ok()),
        401,
    );
}

#[test]
fn a_changed_role_takes_effect_in_every_process() {
    let demote = |admin: &Person, person: &Person| {
        let vendor = admin.create_vendor();
        let body = json!({"roles": ["VENDOR"], "vendorId": vendor});
        admin.patch(&format!("/api/users/{}", person.id), &body).ok();
    };
    takes_effect_elsewhere("a changed role", demote, 403);
}

#[test]
fn a_deactivated_user_is_refused_in_every_process() {
    let rest = |admin: &Person, person: &Person| {
        admin.patch(&format!("/api/users/{}", person.id), &json!({"isActive": false})).ok();
    };
    takes_effect_elsewhere("a user put to rest", rest, 401);
}

#[test]
fn a_revoked_key_is_refused_in_every_process() {
    let second = start(&shared_server().database, |_| {});
    let team = team();
    let created =
        team.post("/api/v1/api-keys", &json!({"name": "ERP", "permission": "read-write"})).created();
    let key = created["key"].as_str().unwrap().to_owned();
    let here = crate::support::Caller { key, ..team.caller.clone() };
    let there = crate::support::Caller { address: second.address().to_owned(), ..here.clone() };
    assert_eq!((here.get("/api/v1/departments").status, there.get("/api/v1/departments").status), (200, 200));
    let path = format!("/api/v1/api-keys/{}", created["id"].as_str().unwrap());
    Reply::to(team.request(reqwest::Method::DELETE, &path)).ok();
    let revoked = Instant::now();
    assert_eq!(there.post("/api/v1/departments", &json!({"name": "Too late"})).status, 401);
    assert_eq!(here.get("/api/v1/departments").status, 401);
    eventually("the key to be refused", || (there.get("/api/v1/departments").status == 401).then_some(()));
    assert!(revoked.elapsed().as_secs_f64() < 1.5, "{:?}", revoked.elapsed());
}

#[test]
fn the_published_keys_are_those_that_tokens_are_signed_with() {
    let team = team();
    let keys = Reply::to(client().get(format!("{}/.well-known/jwks.json", team.address))).ok();
    assert_eq!(
        keys,
        json!({"keys": [{
            "kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA",
            "kid": "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]})
    );
    let token = team.admin().token;
    let header = token.split('.').next().unwrap();
    let header = base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, header).unwrap();
    let header: Value = serde_json::from_slice(&header).unwrap();
    assert_eq!(header, json!({"typ": "at+jwt", "alg": "EdDSA", "kid": keys["keys"][0]["kid"]}));
}

#[test]
fn a_rotated_signing_key_leaves_open_sessions_alone() {
    let database = Database::new();
    let before = start(&database, |_| {});
    let person = Team::create(&database, &before).admin();
    before.terminate();
    let rotated = format!("{},{}", "01".repeat(32), testkit::SIGNING_KEY);
    let after = start(&database, |command| _ = command.env("SIGNING_KEY", &rotated));
    let person = person.at(after.address());
    person.get("/api/auth/me").ok();
    let keys = Reply::to(client().get(format!("{}/.well-known/jwks.json", person.address))).ok();
    assert_eq!(keys["keys"].as_array().unwrap().len(), 2);
    after.terminate();
    let later = start(&database, |command| _ = command.env("SIGNING_KEY", "01".repeat(32)));
    person.at(later.address()).get("/api/auth/me").oms_refused(401, INVALID);
    person.at(later.address()).refresh().ok();
}
