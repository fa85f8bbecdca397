//! Users of a team (`/api/users`).

use serde_json::{Value, json};
use testkit::race;

use crate::support::{PASSWORD, Person, Reply, Requests, log_in, team};

const ALL: &str = "/api/users";
const WRONG: &str = "The e-mail or the password is wrong";
const INVALID: &str = "The API key or access token is not valid";
const LAST: &str = "This is the team's last ADMIN who may log in; make another one first";
const TAKEN: &str = "A user with this e-mail exists; choose another e-mail";

fn one(id: &str) -> String {
    format!("{ALL}/{id}")
}

fn body(email: &str, roles: &[&str]) -> Value {
    json!({"email": email, "password": PASSWORD, "roles": roles})
}

/// Checks for a 422 of oms with exactly these field errors.
#[track_caller]
fn faulty(reply: &Reply, errors: &Value) {
    reply.oms_invalid(errors.clone());
}

#[test]
fn a_user_is_created_shown_listed_and_changed() {
    let team = team();
    let admin = team.admin();
    let email = format!("Ann.{}", Person::new_email());
    let mut draft = body(&format!(" {email} "), &["OPS", "ACCOUNTS", "OPS"]);
    draft["isActive"] = json!(false);
    draft["teamId"] = json!("0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e11");
    let created = admin.post(ALL, &draft).created();
    let user = created["data"].clone();
    let (id, at) = (user["id"].as_str().unwrap(), &user["createdAt"]);
    let expected = json!({
        "id": id, "email": email, "roles": ["ACCOUNTS", "OPS"], "vendorId": null, "isActive": true,
        "createdAt": at, "updatedAt": at,
    });
    assert_eq!(created, json!({"success": true, "message": "User created successfully", "data": expected}));
    assert_eq!(admin.get(&one(id)).ok(), json!({"success": true, "data": expected}));
    let page = admin.get(ALL).ok();
    let pagination = json!({"currentPage": 1, "totalPages": 1, "totalItems": 2, "itemsPerPage": 20});
    assert_eq!(page["data"]["pagination"], pagination);
    assert_eq!((&page["success"], &page["data"]["users"][0]), (&json!(true), &expected));
    Person::logged_in(&team.caller, &email.to_uppercase(), PASSWORD);

    let entries = team.count("audit_entries");
    let same = admin.patch(&one(id), &json!({"roles": ["OPS", "ACCOUNTS"], "isActive": true})).ok();
    assert_eq!((&same["data"], team.count("audit_entries")), (&expected, entries), "nothing differs");
    let other = Person::new_email();
    let changed = admin.patch(&one(id), &json!({"email": other, "roles": ["OPERATOR"]})).ok();
    assert_eq!(changed["message"], json!("User updated successfully"));
    let mut after = expected.clone();
    (after["email"], after["roles"]) = (json!(other), json!(["OPERATOR"]));
    after["updatedAt"] = changed["data"]["updatedAt"].clone();
    assert_eq!((&changed["data"], team.count("audit_entries")), (&after, entries + 1));
    assert_ne!(&after["updatedAt"], at);
    log_in(&team.address, &email, PASSWORD).oms_refused(401, WRONG);
    Person::logged_in(&team.caller, &other, PASSWORD);
}

#[test]
fn the_list_is_sorted_by_e_mail_paged_and_filtered() {
    let team = team();
    let admin = team.admin();
    let mut emails = vec![(team.email.clone(), "ADMIN")];
    for (letter, role) in [("d", "OPS"), ("B", "OPS"), ("a", "ACCOUNTS"), ("C", "OPERATOR")] {
        let email = format!("{letter}.{}", Person::new_email());
        let id = admin.create_user(&email, &[role]);
        if role == "OPERATOR" {
            admin.patch(&one(&id), &json!({"isActive": false})).ok();
        }
        emails.push((email, role));
    }
    emails.sort_by_key(|(email, _)| email.to_lowercase());
    let listed = |query: &str| -> (Vec<String>, Value) {
        let mut page = admin.get(&format!("{ALL}{query}")).ok();
        let users = page["data"]["users"].as_array().unwrap();
        let found = users.iter().map(|user| user["email"].as_str().unwrap().to_owned()).collect();
        (found, page["data"]["pagination"].take())
    };
    let of = |keep: &dyn Fn(&str) -> bool| -> Vec<String> {
        emails.iter().filter(|(_, role)| keep(role)).map(|(email, _)| email.clone()).collect()
    };
    for (query, expected) in [
        ("", of(&|_| true)),
        ("?role=OPS", of(&|role| role == "OPS")),
        ("?isActive=false", of(&|role| role == "OPERATOR")),
        ("?isActive=true", of(&|role| role != "OPERATOR")),
        ("?role=OPERATOR&isActive=true", Vec::new()),
    ] {
        assert_eq!(listed(query).0, expected, "{query}");
    }
    let pages: Vec<_> = (1..=4).map(|page| listed(&format!("?limit=2&page={page}"))).collect();
    assert_eq!(pages.iter().flat_map(|(users, _)| users.clone()).collect::<Vec<_>>(), of(&|_| true));
    for (number, (_, pagination)) in (1..).zip(&pages) {
        let expected = json!({"currentPage": number, "totalPages": 3, "totalItems": 5, "itemsPerPage": 2});
        assert_eq!(pagination, &expected);
    }
    faulty(
        &admin.get(&format!("{ALL}?role=ROOT&isActive=ja&page=x&limit=101")),
        &json!({
            "role": ["`ROOT` is unknown; it is one of ADMIN, VENDOR, ACCOUNTS, OPS, OPERATOR"],
            "isActive": ["must be true or false"],
            "page": ["must be a whole number, 1 or more"],
            "limit": ["must be between 1 and 100"],
        }),
    );
}

#[test]
fn every_faulty_field_is_named_at_once() {
    let team = team();
    let admin = team.admin();
    let id = admin.create_user(&Person::new_email(), &["OPS"]);
    let before = team.state();
    let roles = "`ROOT` is unknown; it is one of ADMIN, VENDOR, ACCOUNTS, OPS, OPERATOR";
    let vendor = "names no vendor of the team; send the id of one that exists";
    let (email, length) = ("must be of the form name@example.com", "must have between 8 and 256 characters");
    let wrong = json!({"email": "ann", "password": "short", "roles": ["OPS", "ROOT"], "vendorId": "7"});
    let faults = json!({"email": [email], "password": [length], "roles": [roles], "vendorId": [vendor]});
    let mistyped = json!({"email": 7, "password": true, "roles": "OPS", "vendorId": []});
    let text = "must be text";
    let of_type = json!({"email": [text], "password": [text], "roles": ["must be a list of texts"], "vendorId": [text]});
    let mixed = json!({"email": 7, "password": "short", "roles": ["OPS"]});
    let both = json!({"email": [text], "password": [length]});
    for (sent, named) in [(&wrong, &faults), (&mistyped, &of_type), (&mixed, &both)] {
        faulty(&admin.post(ALL, sent), named);
        faulty(&admin.patch(&one(&id), sent), named);
    }
    let missing =
        ["Email is required", "Password is required", "Roles is required"].map(|fault| json!([fault]));
    let [no_email, no_password, no_roles] = missing;
    let required = json!({"email": no_email, "password": no_password, "roles": no_roles});
    for empty in [json!({}), json!({"email": null, "password": null, "roles": null})] {
        faulty(&admin.post(ALL, &empty), &required);
        let message = "must have email, password, roles, vendorId or isActive";
        faulty(&admin.patch(&one(&id), &empty), &json!({"body": [message]}));
    }
    faulty(
        &admin.patch(&one(&id), &json!({"isActive": "no"})),
        &json!({"isActive": ["must be true or false"]}),
    );
    let long = json!({"email": Person::new_email(), "password": "x".repeat(257), "roles": ["OPS"]});
    faulty(&admin.post(ALL, &long), &json!({"password": [length]}));
    let nothing = json!({"roles": ["must name at least one role"]});
    faulty(&admin.post(ALL, &body(&Person::new_email(), &[])), &nothing);
    faulty(&admin.patch(&one(&id), &json!({"roles": []})), &nothing);
    assert_eq!(team.state(), before);
}

#[test]
fn a_vendors_user_belongs_to_a_vendor_of_the_team_and_no_other_user_does() {
    let team = team();
    let admin = team.admin();
    let (first, second) = (admin.create_vendor(), admin.create_vendor());
    let required = json!({"vendorId": ["is required for a user with the role VENDOR"]});
    let others = json!({"vendorId": ["is only for users with the role VENDOR"]});
    let with = |roles: &[&str], vendor: &str| {
        let mut body = body(&Person::new_email(), roles);
        body["vendorId"] = json!(vendor);
        admin.post(ALL, &body)
    };
    faulty(&admin.post(ALL, &body(&Person::new_email(), &["VENDOR"])), &required);
    faulty(&with(&["OPS"], &first), &others);
    let created = with(&["VENDOR", "OPS"], &first).created();
    assert_eq!(created["data"]["vendorId"], json!(first));
    let path = one(created["data"]["id"].as_str().unwrap());
    let patched = |body: Value| admin.patch(&path, &body).ok()["data"]["vendorId"].clone();
    assert_eq!(patched(json!({"vendorId": second})), json!(second));
    assert_eq!(patched(json!({"roles": ["OPS"]})), json!(null), "who is no VENDOR any more has no vendor");
    faulty(&admin.patch(&path, &json!({"roles": ["VENDOR"]})), &required);
    faulty(&admin.patch(&path, &json!({"vendorId": first})), &others);
    assert_eq!(patched(json!({"roles": ["VENDOR"], "vendorId": first})), json!(first));
}

#[test]
fn an_e_mail_is_unique_in_the_installation() {
    let (team, other) = (team(), crate::support::team());
    let (admin, stranger) = (team.admin(), other.admin());
    let email = Person::new_email();
    let mine = admin.create_user(&Person::new_email(), &["OPS"]);
    stranger.create_user(&email, &["OPS"]);
    for spelled in [&email, &email.to_uppercase(), &other.email, &team.email] {
        let before = team.state();
        admin.post(ALL, &body(spelled, &["OPS"])).oms_refused(409, TAKEN);
        admin.patch(&one(&mine), &json!({"email": spelled})).oms_refused(409, TAKEN);
        assert_eq!(team.state(), before);
    }
    let contested = Person::new_email();
    let statuses = race(8, |thread| {
        let by = if thread % 2 == 0 { &admin } else { &stranger };
        by.post(ALL, &body(&contested, &["OPS"])).status
    });
    assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| matches!(status, 201 | 409 | 503)), "{statuses:?}");
}

#[test]
fn a_team_always_keeps_an_admin_who_may_log_in() {
    let team = team();
    let admin = team.admin();
    let own = one(&admin.id);
    let before = team.state();
    for patch in [json!({"isActive": false}), json!({"roles": ["OPS"]})] {
        admin.patch(&own, &patch).oms_refused(409, LAST);
    }
    assert_eq!(team.state(), before);
    let second = team.user(&["ADMIN", "OPS"]);
    second.patch(&one(&second.id), &json!({"roles": ["ADMIN"]})).ok();
    admin.patch(&own, &json!({"isActive": false})).ok();
    admin.get("/api/auth/me").oms_refused(401, INVALID);
    second.patch(&one(&second.id), &json!({"isActive": false})).oms_refused(409, LAST);
    second.patch(&own, &json!({"isActive": true})).ok();
    second.patch(&one(&second.id), &json!({"isActive": false})).ok();
    log_in(&team.address, &team.email, PASSWORD).ok();
}

#[test]
fn of_two_admins_who_deactivate_each_other_concurrently_one_stays_active() {
    let team = team();
    let mut admins = [team.admin(), team.user(&["ADMIN"])];
    for round in 0..10 {
        let statuses = race(2, |thread| {
            let other = &admins[1 - thread];
            admins[thread].patch(&one(&other.id), &json!({"isActive": false})).status
        });
        let active = admins.iter().position(|admin| admin.get("/api/auth/me").status == 200);
        let active = active.unwrap_or_else(|| panic!("round {round}: nobody remains, {statuses:?}"));
        let rested = 1 - active;
        assert_eq!(statuses[active], 200, "round {round}: {statuses:?}");
        assert!(matches!(statuses[rested], 401 | 409), "round {round}: {statuses:?}");
        admins[rested].get("/api/auth/me").oms_refused(401, INVALID);
        admins[active].patch(&one(&admins[rested].id), &json!({"isActive": true})).ok();
        admins[rested] = Person::logged_in(&team.caller, &admins[rested].email, PASSWORD);
    }
}

#[test]
fn an_inactive_user_can_neither_log_in_nor_continue_a_session() {
    let team = team();
    let (admin, person) = (team.admin(), team.user(&["OPS"]));
    admin.patch(&one(&person.id), &json!({"isActive": false})).ok();
    log_in(&team.address, &person.email, PASSWORD).oms_refused(401, WRONG);
    person.get("/api/auth/me").oms_refused(401, INVALID);
    person.refresh().oms_refused(401, "The refresh token is not valid; log in again");
    admin.patch(&one(&person.id), &json!({"isActive": true})).ok();
    person.get("/api/auth/me").oms_refused(401, INVALID);
    Person::logged_in(&team.caller, &person.email, PASSWORD).get("/api/auth/me").ok();
}

#[test]
fn a_password_set_by_an_admin_ends_every_session_and_is_stored_nowhere() {
    let team = team();
    let (admin, person) = (team.admin(), team.user(&["OPS"]));
    let secret = format!("The Password Of {}", person.email);
    let changed = admin.patch(&one(&person.id), &json!({"password": secret}));
    changed.ok();
    person.get("/api/auth/me").oms_refused(401, INVALID);
    log_in(&team.address, &person.email, PASSWORD).oms_refused(401, WRONG);
    let second = Person::new_email();
    let mut draft = body(&second, &["OPS"]);
    draft["password"] = json!(secret);
    let request = admin.request(reqwest::Method::POST, ALL).header("Idempotency-Key", "k1").json(&draft);
    let created = Reply::to(request);
    created.created();
    let logged_in = log_in(&team.address, &person.email, &secret);
    let anew = Person::logged_in(&team.caller, &second, &secret);
    let own = json!({"currentPassword": secret, "newPassword": secret});
    let answers = [
        changed,
        created,
        logged_in,
        anew.post("/api/auth/password", &own),
        anew.get("/api/auth/me"),
        admin.get(ALL),
    ];
    for reply in answers {
        let all = format!("{:?} {}", reply.headers, reply.text).to_lowercase();
        assert!(!all.contains(&secret.to_lowercase()) && !all.contains("argon2"), "{reply:?}");
    }
    assert_eq!(team.tables_containing(&secret), Vec::<String>::new());
    assert_eq!(team.tables_containing("argon2id"), ["users"]);
}
