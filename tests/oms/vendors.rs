//! Vendors (`/api/vendors`): an ADMIN maintains them, a VENDOR user sees only their own.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{PASSWORD, Person, Reply, Requests, Team, team};

const ALL: &str = "/api/vendors";
const ABSENT: &str = "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e11";

fn create(admin: &Person, body: &Value) -> String {
    admin.post(ALL, body).created()["data"]["id"].as_str().unwrap().to_owned()
}

fn one(id: &str) -> String {
    format!("{ALL}/{id}")
}

/// The codes in a list, and the total.
fn codes(person: &Person, query: &str) -> (Vec<String>, u64) {
    let page = person.get(&format!("{ALL}{query}")).ok();
    let vendors = page["data"]["vendors"].as_array().unwrap();
    let codes = vendors.iter().map(|vendor| vendor["code"].as_str().unwrap().to_owned()).collect();
    (codes, page["data"]["pagination"]["totalItems"].as_u64().unwrap())
}

/// Creates a VENDOR user of a vendor and logs in.
fn user_of(team: &Team<'_>, admin: &Person, vendor: &str) -> Person {
    let email = Person::new_email();
    let body = json!({"email": email, "password": PASSWORD, "roles": ["VENDOR"], "vendorId": vendor});
    admin.post("/api/users", &body).created();
    Person::logged_in(&team.caller, &email, PASSWORD)
}

#[test]
fn a_vendor_is_created_shown_and_changed_in_the_documented_envelope() {
    let team = team();
    let admin = team.admin();
    let draft = json!({"code": "ven001", "name": " Green Farms ", "email": "v@example.com",
                       "address": "12 Farm Lane\nPune 411001", "isActive": false, "teamId": ABSENT});
    let created = admin.post(ALL, &draft).created();
    let (id, at) = (created["data"]["id"].as_str().unwrap(), &created["data"]["createdAt"]);
    let mut expected = json!({
        "id": id, "code": "VEN001", "name": "Green Farms", "email": "v@example.com",
        "address": "12 Farm Lane\nPune 411001", "paymentTermDays": 30, "isActive": true, "createdAt": at, "updatedAt": at,
    });
    assert_eq!(created, json!({"success": true, "message": "Vendor created successfully", "data": expected}));
    assert_eq!(admin.get(&one(id)).ok(), json!({"success": true, "data": expected}));
    let page = admin.get(ALL).ok();
    let pagination = json!({"currentPage": 1, "totalPages": 1, "totalItems": 1, "itemsPerPage": 20});
    assert_eq!(page, json!({"success": true, "data": {"vendors": [expected], "pagination": pagination}}));

    let patch = json!({"name": "Blue Lake", "email": null, "paymentTermDays": 45, "isActive": false, "code": "OTHER"});
    let changed = admin.patch(&one(id), &patch).ok();
    expected["updatedAt"] = changed["data"]["updatedAt"].clone();
    assert_ne!(&expected["updatedAt"], at);
    for (field, value) in [
        ("name", json!("Blue Lake")),
        ("email", json!(null)),
        ("paymentTermDays", json!(45)),
        ("isActive", json!(false)),
    ] {
        expected[field] = value;
    }
    assert_eq!(changed, json!({"success": true, "message": "Vendor updated successfully", "data": expected}));
    assert_eq!(admin.get(&one(id)).ok()["data"], expected, "its code never changes");
    let entries = team.count("audit_entries");
    assert_eq!(admin.patch(&one(id), &patch).ok()["data"], expected);
    assert_eq!(team.count("audit_entries"), entries, "nothing differs, nothing is written");
}

#[test]
fn a_repeated_request_creates_one_vendor_and_a_code_is_unique() {
    let team = team();
    let admin = team.admin();
    let keyed =
        |body: &Value| Reply::to(admin.request(Method::POST, ALL).header("Idempotency-Key", "k1").json(body));
    let body = json!({"code": "VEN001", "name": "Green Farms"});
    let first = keyed(&body);
    first.created();
    let again = keyed(&body);
    assert_eq!((again.header("idempotent-replayed"), &again.text), (Some("true"), &first.text));
    let message = "This idempotency key was used for a request with other content";
    keyed(&json!({"code": "VEN001", "name": "Other"})).oms_refused(422, message);
    for code in ["VEN001", "ven001"] {
        let taken = admin.post(ALL, &json!({"code": code, "name": "Other"}));
        let expected = json!({
            "success": false, "error": "A vendor of this code exists; choose another code",
            "code": "VENDOR_CODE_TAKEN",
            "errors": {"code": ["Code is taken by another vendor; choose another"]},
        });
        assert_eq!((taken.status, taken.json()), (409, expected));
    }
    assert_eq!(team.count("vendors"), 1);
}

#[test]
fn each_role_sees_and_does_what_the_role_table_says() {
    let team = team();
    let admin = team.admin();
    let own = create(&admin, &json!({"code": "VEN001", "name": "Green Farms"}));
    let other = create(&admin, &json!({"code": "VEN002", "name": "Blue Lake"}));
    let vendor = user_of(&team, &admin, &own);
    let both = (vec!["VEN001".to_owned(), "VEN002".to_owned()], 2);
    for role in ["ACCOUNTS", "OPS"] {
        let person = team.user(&[role]);
        assert_eq!(codes(&person, ""), both, "{role}");
        assert_eq!([person.get(&one(&own)).status, person.get(&one(&other)).status], [200, 200], "{role}");
    }
    assert_eq!(team.user(&["OPERATOR"]).get(ALL).status, 403);
    assert_eq!(codes(&admin, ""), both);

    assert_eq!(codes(&vendor, ""), (vec!["VEN001".to_owned()], 1));
    for query in ["?search=VEN002", "?search=blue", "?isActive=false", "?page=2"] {
        assert_eq!(codes(&vendor, query).0, Vec::<String>::new(), "{query}");
    }
    assert_eq!(vendor.get(&one(&own)).ok()["data"]["code"], json!("VEN001"));
    let [foreign, absent] = [&*other, ABSENT].map(|id| vendor.get(&one(id)));
    foreign.oms_refused(404, "Vendor not found");
    assert_eq!(foreign.text, absent.text);
    let before = team.state();
    for id in [&*own, &*other, ABSENT] {
        let refused = vendor.patch(&one(id), &json!({"email": null}));
        refused.oms_refused(403, "Your role does not allow this");
    }
    assert_eq!(team.state(), before);
}

#[test]
fn a_changed_vendor_of_a_user_takes_effect_with_the_next_request() {
    let team = team();
    let admin = team.admin();
    let [first, second] =
        ["VEN001", "VEN002"].map(|code| create(&admin, &json!({"code": code, "name": "Green Farms"})));
    let vendor = user_of(&team, &admin, &first);
    assert_eq!(codes(&vendor, "").0, ["VEN001"]);
    admin.patch(&format!("/api/users/{}", vendor.id), &json!({"vendorId": second})).ok();
    assert_eq!(codes(&vendor, "").0, ["VEN002"]);
    vendor.get(&one(&first)).oms_refused(404, "Vendor not found");
    let me = vendor.get("/api/auth/me").ok();
    assert_eq!(me["data"]["user"]["vendorId"], json!(second));
}

#[test]
fn the_list_is_sorted_by_code_paged_searched_and_filtered() {
    let team = team();
    let admin = team.admin();
    for (code, name) in
        [("VEN-3", "Green Farms"), ("ALPHA", "Blue Lake"), ("VEN-1", "Greenhouse"), ("Z", "50% Off_")]
    {
        create(&admin, &json!({"code": code, "name": name}));
    }
    let resting = create(&admin, &json!({"code": "VEN-2", "name": "green ways"}));
    admin.patch(&one(&resting), &json!({"isActive": false})).ok();
    for (query, expected) in [
        ("", &["ALPHA", "VEN-1", "VEN-2", "VEN-3", "Z"][..]),
        ("?limit=2", &["ALPHA", "VEN-1"]),
        ("?limit=2&page=3", &["Z"]),
        ("?limit=2&page=4", &[]),
        ("?search=gre", &["VEN-1", "VEN-2", "VEN-3"]),
        ("?search=GREEN%20F", &["VEN-3"]),
        ("?search=ven-", &["VEN-1", "VEN-2", "VEN-3"]),
        ("?search=arms", &[]),
        ("?search=50%25", &["Z"]),
        ("?search=%25", &[]),
        ("?search=_", &[]),
        ("?isActive=false", &["VEN-2"]),
        ("?isActive=true&search=gre&limit=1", &["VEN-1"]),
    ] {
        assert_eq!(codes(&admin, query).0, expected, "{query}");
    }
    assert_eq!(codes(&admin, "?search=gre&limit=1").1, 3, "the total is that of the filter");
    let faulty = admin.get(&format!("{ALL}?isActive=ja&limit=101&page=x"));
    let errors = faulty.json()["errors"].clone();
    let named: Vec<_> = errors.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!((faulty.status, named), (422, vec!["isActive", "limit", "page"]));
}

#[test]
fn every_faulty_field_is_named_at_once() {
    let team = team();
    let admin = team.admin();
    let id = create(&admin, &json!({"code": "VEN001", "name": "Green Farms"}));
    let before = team.state();
    let refused = |reply: Reply, errors: Value| {
        reply.oms_invalid(errors);
    };
    let wrong =
        json!({"code": "VEN 3", "name": "", "email": "x", "address": "\u{7}", "paymentTermDays": 400});
    let mut errors = json!({
        "code": ["Code must have 1 to 20 of the letters A to Z, digits and hyphens"],
        "name": ["Name must not be empty"],
        "email": ["Email must be of the form name@example.com"],
        "address": ["Address holds the character U+0007 at position 1, which is not allowed"],
        "paymentTermDays": ["Payment term days must be between 0 and 365"],
    });
    refused(admin.post(ALL, &wrong), errors.clone());
    errors.as_object_mut().unwrap().remove("code");
    refused(admin.patch(&one(&id), &wrong), errors);
    let missing = json!({"code": ["Code is required"], "name": ["Name is required"]});
    refused(admin.post(ALL, &json!({})), missing);
    let text = "must be text";
    let mistyped = json!({"code": 7, "name": [], "email": {}, "address": 1, "paymentTermDays": 1.5});
    let of_type = json!({"code": [text], "name": [text], "email": [text], "address": [text], "paymentTermDays": ["must be a whole number"]});
    refused(admin.post(ALL, &mistyped), of_type);
    let nothing = "Send at least one of name, email, address, paymentTermDays, isActive";
    refused(admin.patch(&one(&id), &json!({"code": "OTHER"})), json!({"body": [nothing]}));
    assert_eq!(team.state(), before);
}
