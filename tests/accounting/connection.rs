//! The connection of a team to wFirma (`/api/accounting/connection`), set by its ADMIN or by the environment.

use std::path::Path;
use std::process::Command;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::{Database, ENCRYPTION_KEY, Service, serving};

use crate::support::gepard::{
    self, AccountingFixture, CONNECTION, Gepard, PROCESS, connection, invoice, statuses,
};
use crate::support::{BINARY, DATA_DIR, Person, Reply, Requests, Team, run, team};

/// An encryption key other than the usual one of the tests.
const NEW_KEY: &str = "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff0f0e0d0c0b0a09080706050403020100";

/// Shows the connection without its times.
fn show(admin: &Person) -> Value {
    let mut data = admin.get(CONNECTION).ok()["data"].take();
    let fields = data.as_object_mut().unwrap();
    let [created, updated] = ["createdAt", "updatedAt"].map(|name| fields.remove(name).unwrap());
    assert!(created.as_str() <= updated.as_str(), "{created} {updated}");
    data
}

/// The audit entries of the connection, oldest first: actor, before, after.
fn audited(admin: &Person) -> Vec<[Value; 3]> {
    let page = admin.get("/api/audit?action=accounting_connection.set").ok();
    let entries = page["data"]["entries"].as_array().unwrap();
    let facts = |entry: &Value| ["actor", "before", "after"].map(|name| entry[name].clone());
    entries.iter().rev().map(facts).collect()
}

fn expected_connection(company: &str) -> Value {
    json!({"companyId": company, "timeZone": "Europe/Warsaw", "paymentMethod": "transfer", "paymentTermDays": 14,
           "priceType": "netto"})
}

/// A value with further fields.
fn with(mut value: Value, fields: Value) -> Value {
    let Value::Object(fields) = fields else { panic!("fields are an object") };
    value.as_object_mut().unwrap().extend(fields);
    value
}

#[test]
fn an_admin_sets_the_connection_and_sees_it_without_its_keys() {
    let team = team();
    let admin = team.admin();
    admin.get(CONNECTION).oms_refused(404, "Accounting connection not found");
    let body = connection("77");
    let reply = admin.put(CONNECTION, &body);
    let set = reply.ok();
    assert_eq!((&set["success"], &set["message"]), (&json!(true), &json!("Accounting connection set")));
    assert_eq!(set["data"]["createdAt"], set["data"]["updatedAt"]);
    assert_eq!(set["data"], admin.get(CONNECTION).ok()["data"]);
    assert_eq!(show(&admin), expected_connection("77"), "what is left out is as usual");

    let other = json!({"companyId": " 78 ", "timeZone": "America/New_York", "paymentMethod": "cod",
                       "paymentTermDays": 0, "priceType": "brutto"});
    let changed = admin.put(CONNECTION, &other);
    assert_eq!(changed.ok()["data"]["createdAt"], set["data"]["createdAt"]);
    assert_eq!(show(&admin), with(other, json!({"companyId": "78"})));
    admin.put(CONNECTION, &json!({"companyId": "78"})).ok();
    assert_eq!(show(&admin), expected_connection("78"), "what is left out is as usual again");
    for text in [reply.text, changed.text, admin.get(CONNECTION).text] {
        assert!(!text.contains("key-of") && !text.to_lowercase().contains("key"), "{text}");
    }
}

#[test]
fn omitted_keys_stay_and_a_request_without_changes_leaves_no_trace() {
    let team = team();
    let (admin, keys) = (team.admin(), connection("77"));
    admin.put(CONNECTION, &keys).ok();
    admin.put(CONNECTION, &json!({"companyId": "77", "paymentTermDays": 30})).ok();
    let before = (team.state(), team.count("audit_entries"));
    let response = admin.get(CONNECTION).ok();
    for same in [
        json!({"companyId": "77", "paymentTermDays": 30}),
        with(keys.clone(), json!({"paymentTermDays": 30})),
        json!({"companyId": "77", "paymentTermDays": 30, "secretKey": keys["secretKey"], "appKey": null, "x": 1}),
    ] {
        let again = admin.put(CONNECTION, &same).ok();
        assert_eq!((&again["data"], &again["success"]), (&response["data"], &json!(true)), "{same}");
        assert_eq!((team.state(), team.count("audit_entries")), before, "{same}");
    }
    let one = json!({"companyId": "77", "paymentTermDays": 30, "appKey": "another-app-key"});
    admin.put(CONNECTION, &one).ok();
    let whole = with(keys, json!({"paymentTermDays": 30, "appKey": "another-app-key"}));
    admin.put(CONNECTION, &whole).ok();
    let by = json!(format!("user:{}", admin.id));
    let (usual, later) =
        (expected_connection("77"), with(expected_connection("77"), json!({"paymentTermDays": 30})));
    let after = |shown: &Value, changed: bool| with(shown.clone(), json!({"keysChanged": changed}));
    assert_eq!(
        audited(&admin),
        [
            [by.clone(), Value::Null, after(&usual, true)],
            [by.clone(), usual, after(&later, false)],
            [by, later.clone(), after(&later, true)],
        ],
        "the other two keys were those of the beginning"
    );
}

#[test]
fn every_fault_is_named_at_once_and_nothing_is_set() {
    let team = team();
    let admin = team.admin();
    let before = team.state();
    let missing = json!({
        "companyId": ["Company id is required"], "accessKey": ["Access key is required"],
        "secretKey": ["Secret key is required"], "appKey": ["App key is required"],
    });
    admin.put(CONNECTION, &json!({})).oms_invalid(missing);
    let wrong = json!({
        "companyId": "7a", "accessKey": "hunter2", "secretKey": "two words", "appKey": "k".repeat(201),
        "timeZone": "Mars/Phobos", "paymentMethod": "wire", "paymentTermDays": 366, "priceType": "net",
    });
    let reply = admin.put(CONNECTION, &wrong);
    reply.oms_invalid(json!({
        "companyId": ["Company id must be the number of a company: 1 to 20 digits"],
        "accessKey": ["Access key must be 8 to 200 visible ASCII characters"],
        "secretKey": ["Secret key must be 8 to 200 visible ASCII characters"],
        "appKey": ["App key must be 8 to 200 visible ASCII characters"],
        "timeZone": ["Time zone `Mars/Phobos` is no time zone; use an IANA name such as Europe/Warsaw"],
        "paymentMethod": ["Payment method must be cash, transfer, compensation, cod or payment_card"],
        "paymentTermDays": ["Payment term days must be 0 to 365 days"],
        "priceType": ["Price type must be netto or brutto"],
    }));
    assert!(!reply.text.contains("hunter2"), "a faulty key is not shown either");
    let mistyped = json!({
        "companyId": 77, "accessKey": 1, "secretKey": [], "appKey": {}, "timeZone": 1, "paymentMethod": true,
        "paymentTermDays": 14.5, "priceType": 0,
    });
    admin.put(CONNECTION, &mistyped).oms_invalid(json!({
        "companyId": ["Company id must be text"], "accessKey": ["Access key must be text"],
        "secretKey": ["Secret key must be text"], "appKey": ["App key must be text"],
        "timeZone": ["Time zone must be text"], "paymentMethod": ["Payment method must be text"],
        "paymentTermDays": ["Payment term days must be a whole number"], "priceType": ["Price type must be text"],
    }));
    admin.get(CONNECTION).oms_refused(404, "Accounting connection not found");
    assert_eq!(team.state(), before);

    admin.put(CONNECTION, &connection("77")).ok();
    let set = team.state();
    admin.put(CONNECTION, &json!({"accessKey": "short"})).oms_invalid(json!({
        "companyId": ["Company id is required"],
        "accessKey": ["Access key must be 8 to 200 visible ASCII characters"],
    }));
    for body in ["{", "[]", "", r#"{"companyId": "1", "companyId": "2"}"#] {
        let request = admin.request(Method::PUT, CONNECTION).header("Content-Type", "application/json");
        assert_eq!(Reply::to(request.body(body)).status, 400, "{body}");
    }
    let request = admin.request(Method::PUT, CONNECTION).header("Content-Type", "text/plain");
    assert_eq!(Reply::to(request.body("{}")).status, 415);
    assert_eq!(team.state(), set);
}

#[test]
fn only_an_admin_sees_or_sets_the_connection() {
    let team = team();
    let admin = team.admin();
    admin.put(CONNECTION, &connection("77")).ok();
    for role in ["ACCOUNTS", "OPS", "VENDOR", "OPERATOR"] {
        let person = team.user(&[role]);
        let before = team.state();
        for reply in [person.get(CONNECTION), person.put(CONNECTION, &connection("78"))] {
            reply.oms_refused(403, "Your role does not allow this");
        }
        assert_eq!(team.state(), before, "{role}");
    }
    let key = team.key("admin", "invoices:create");
    for reply in [key.get(CONNECTION), key.put(CONNECTION, &connection("78"))] {
        let message = reply.shaped(CONNECTION, 403, "FORBIDDEN");
        assert!(message.starts_with("This is for people"), "{message}");
    }
    assert_eq!(show(&admin), expected_connection("77"));
}

/// Encodings in which a text could be stored: plain, hexadecimal, and base64 at any offset.
fn encodings(text: &str) -> Vec<String> {
    let hexadecimal = text.bytes().map(|byte| format!("{byte:02x}")).collect();
    let base64 = (0..3).map(|skipped| {
        let rest = &text.as_bytes()[skipped..];
        STANDARD.encode(&rest[..rest.len() / 3 * 3])
    });
    [text.to_owned(), hexadecimal].into_iter().chain(base64).collect()
}

#[test]
fn no_key_is_stored_in_the_database() {
    assert_eq!(encodings("secret-key")[2..], ["c2VjcmV0LWtl", "ZWNyZXQta2V5", "Y3JldC1r"]);
    let gepard = Gepard::new();
    let changed =
        json!({"companyId": gepard.company, "timeZone": "Antarctica/Troll", "appKey": "the-second-app-key"});
    gepard.admin.put(CONNECTION, &changed).ok();
    let created = json!({"invoices": [invoice(1), invoice(2)]});
    assert_eq!(statuses(&gepard.system.post(PROCESS, &created)), ["Created", "Created"]);
    let refused = json!({"companyId": gepard.company, "appKey": "a third app key", "secretKey": "the-third-secret-key"});
    assert_eq!(gepard.admin.put(CONNECTION, &refused).status, 422);
    let keys = connection(&gepard.company);
    let keys = ["accessKey", "secretKey", "appKey"].map(|name| keys[name].as_str().unwrap().to_owned());
    for key in keys.iter().map(String::as_str).chain(["the-second-app-key", "the-third-secret-key"]) {
        for spelling in encodings(key) {
            assert_eq!(gepard.team.tables_containing(&spelling), Vec::<String>::new(), "{spelling} of {key}");
        }
    }
    // the search would find it
    let mut zone = gepard.team.tables_containing("Antarctica/Troll");
    zone.sort();
    assert_eq!(zone, ["accounting_connections", "audit_entries"]);
    let sent = &encodings("Premium Coffee Beans")[1];
    assert_eq!(gepard.team.tables_containing(sent), ["accounting_exchanges"]);
}

#[test]
fn invoices_go_to_the_company_connected_at_the_time_of_the_request() {
    let fixture = AccountingFixture::new();
    let service = fixture.service();
    let system = fixture.gepard(&service, "1");
    let other = |company: &str| system.admin.put(CONNECTION, &json!({"companyId": company})).ok();
    let created = |company| system.created_invoices_of(company);
    let id = |number| gepard::id(&invoice(number)).to_owned();
    assert_eq!(statuses(&system.process(&[invoice(1)])), ["Created"]);
    fixture.sandbox.fault(&json!({"fault": "late_find"}));
    fixture.sandbox.fault(&json!({"fault": "drop_answer", "calls": 1}));
    assert_eq!(statuses(&system.process(&[invoice(2)])), ["OUTCOME_UNKNOWN"], "created, but not found yet");

    other("2");
    assert_eq!(statuses(&system.process(&[invoice(1), invoice(3)])), ["Existed", "Created"]);
    fixture.sandbox.clear();
    assert_eq!(
        statuses(&system.process(&[invoice(2)])),
        ["OUTCOME_UNKNOWN"],
        "it may be in the other's books"
    );
    assert_eq!(system.history(&invoice(2)).ok()["companyId"], "1");
    assert_eq!((created("1"), created("2")), (vec![id(1), id(2)], vec![id(3)]));

    other("1");
    assert_eq!(statuses(&system.process(&[invoice(2), invoice(3)])), ["Existed", "Existed"]);
    assert_eq!((created("1"), created("2")), (vec![id(1), id(2)], vec![id(3)]));
}

/// Returns a `serve` command with the connection of one team in its environment.
fn serve_with_connection(fixture: &AccountingFixture, team: &str, company: &str) -> Command {
    let mut command = fixture.serving();
    command.env("RUST_LOG", "error").env("WFIRMA_TEAM", team).env("WFIRMA_COMPANY_ID", company);
    command.env("WFIRMA_ACCESS_KEY", "access-key-of-environment");
    command.env("WFIRMA_SECRET_KEY", "secret-key-of-environment");
    command.env("WFIRMA_APP_KEY", "app-key-of-environment");
    command
}

#[test]
fn the_environment_connects_the_named_team_and_keeps_the_teams_own_connection() {
    let fixture = AccountingFixture::new();
    let first = fixture.service();
    let team = Team::create(&fixture.database, &first);
    let other = Team::create(&fixture.database, &first);
    assert_eq!(first.terminate().code(), Some(0));

    let service = Service::spawn(serve_with_connection(&fixture, &team.name, "77"));
    let (team, other) = (team.at(&service), other.at(&service));
    let admin = team.admin();
    assert_eq!(show(&admin), expected_connection("77"));
    let system = json!("system:environment");
    let set = with(expected_connection("77"), json!({"keysChanged": true}));
    assert_eq!(audited(&admin), [[system.clone(), Value::Null, set]]);
    assert_eq!(statuses(&team.post(PROCESS, &json!({"invoices": [invoice(1)]}))), ["Created"]);
    other.admin().get(CONNECTION).oms_refused(404, "Accounting connection not found");
    let refused = other.post(PROCESS, &json!({"invoices": [invoice(1)]}));
    assert_eq!((refused.status, statuses(&refused)), (503, vec!["SERVICE_UNAVAILABLE".to_owned()]));
    for key in ["access-key-of-environment", "secret-key-of-environment", "app-key-of-environment"] {
        assert_eq!(team.tables_containing(key), Vec::<String>::new());
    }
    let own = json!({"timeZone": "Asia/Tokyo", "paymentTermDays": 30, "paymentMethod": "cash", "priceType": "brutto"});
    admin.put(CONNECTION, &with(json!({"companyId": "77"}), own.clone())).ok();
    assert_eq!(service.terminate().code(), Some(0));

    let service = Service::spawn(serve_with_connection(&fixture, &team.name, "77"));
    let admin = admin.at(service.address());
    assert_eq!(show(&admin), with(expected_connection("77"), own.clone()));
    assert_eq!(audited(&admin).len(), 2, "nothing was changed by the start");
    assert_eq!(service.terminate().code(), Some(0));

    let service = Service::spawn(serve_with_connection(&fixture, &team.name.to_uppercase(), "78"));
    let admin = admin.at(service.address());
    let before = with(expected_connection("77"), own.clone());
    let after = with(expected_connection("78"), own);
    assert_eq!(show(&admin), after);
    assert_eq!(audited(&admin)[2..], [[system, before, with(after, json!({"keysChanged": false}))]]);
}

#[test]
fn a_connection_in_the_environment_without_a_team_or_incomplete_stops_the_start_with_one_line() {
    let database = Database::new();
    let named = |name: &'static str, value: &'static str| {
        let mut command = serving(BINARY, &database, Path::new(DATA_DIR));
        command.env("HTTP_ADDR", "127.0.0.1:0").env("WFIRMA_TEAM", "Nobody").env("WFIRMA_COMPANY_ID", "77");
        for key in ["WFIRMA_ACCESS_KEY", "WFIRMA_SECRET_KEY", "WFIRMA_APP_KEY"] {
            command.env(key, "a-key-of-nobody");
        }
        command.env(name, value);
        let output = run(command);
        assert_eq!(
            (output.code, output.out.as_str(), output.err.lines().count()),
            (Some(2), "", 1),
            "{}",
            output.err
        );
        assert!(!output.err.contains("of-nobody"), "{}", output.err);
        output.err.trim_end().to_owned()
    };
    let unknown = "there is no team `Nobody`; `throughline bootstrap --team NAME` makes one";
    assert_eq!(named("WFIRMA_TEAM", "Nobody"), format!("throughline: WFIRMA_TEAM: {unknown}"));
    let faulty = "must be the number of a company: 1 to 20 digits";
    assert_eq!(named("WFIRMA_COMPANY_ID", "7a"), format!("throughline: WFIRMA_COMPANY_ID {faulty}"));
    let faulty = "must be 8 to 200 visible ASCII characters";
    assert_eq!(named("WFIRMA_APP_KEY", "hunter2"), format!("throughline: WFIRMA_APP_KEY {faulty}"));
    let missing = "not set; set WFIRMA_TEAM, WFIRMA_COMPANY_ID and the three keys, or none of them";
    assert_eq!(named("WFIRMA_TEAM", " "), format!("throughline: WFIRMA_TEAM {missing}"));
}

#[test]
fn invoices_are_created_during_a_rotation_of_the_encryption_key() {
    let fixture = AccountingFixture::new();
    let under = |key: &str| {
        let mut command = fixture.serving();
        command.env("RUST_LOG", "error").env("ENCRYPTION_KEY", key);
        Service::spawn(command)
    };
    let service = under(ENCRYPTION_KEY);
    let gepard = fixture.gepard(&service, "77");
    assert_eq!(statuses(&gepard.process(&[invoice(1)])), ["Created"]);
    assert_eq!(service.terminate().code(), Some(0));

    let service = under(&format!("{NEW_KEY},{ENCRYPTION_KEY}"));
    let gepard = gepard.at(&service);
    assert_eq!(statuses(&gepard.process(&[invoice(1), invoice(2)])), ["Existed", "Created"]);
    let anew = with(connection("77"), json!({"appKey": "a-new-app-key"}));
    gepard.admin.put(CONNECTION, &anew).ok();
    assert_eq!(service.terminate().code(), Some(0));

    let service = under(NEW_KEY);
    let gepard = gepard.at(&service);
    assert_eq!(statuses(&gepard.process(&[invoice(2), invoice(3)])), ["Existed", "Created"]);
    assert_eq!(show(&gepard.admin), expected_connection("77"));
}

#[test]
fn keys_under_a_lost_encryption_key_are_reported_and_can_be_set_again() {
    let fixture = AccountingFixture::new();
    let service = fixture.service();
    let gepard = fixture.gepard(&service, "1");
    assert_eq!(statuses(&gepard.process(&[invoice(1)])), ["Created"]);
    drop(service);
    let mut command = fixture.serving();
    command.env("ENCRYPTION_KEY", "5b".repeat(32)).env("RUST_LOG", "off");
    let service = Service::spawn(command);
    let gepard = gepard.at(&service);

    let message = "The accounting keys were encrypted with a key that this installation lacks; set all three anew, or have \
                ENCRYPTION_KEY=NEW,OLD configured";
    gepard.admin.get(CONNECTION).oms_refused(409, message);
    let reply = gepard.process(&[invoice(1)]);
    assert_eq!((reply.status, statuses(&reply)), (503, vec!["SERVICE_UNAVAILABLE".to_owned()]));
    let some = json!({"companyId": "1", "appKey": "another-app-key"});
    gepard.admin.put(CONNECTION, &some).oms_invalid(json!({
        "accessKey": ["Access key is required"], "secretKey": ["Secret key is required"],
    }));
    gepard.admin.put(CONNECTION, &connection("1")).ok();
    assert_eq!(statuses(&gepard.process(&[invoice(1), invoice(2)])), ["Existed", "Created"]);
    let audit = gepard.admin.get("/api/audit?action=accounting_connection.set&limit=1").ok();
    let last = &audit["data"]["entries"][0];
    assert_eq!((&last["before"]["companyId"], &last["after"]["keysChanged"]), (&json!("1"), &json!(true)));
}
