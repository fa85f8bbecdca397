//! `/api/accounting/connection`: how the invoices of a team come into wFirma, set by its ADMIN or by the environment.

use std::path::Path;
use std::process::Command;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::{Database, ENCRYPTION_KEY, Service, serving};

use crate::support::gepard::{self, CONNECTION, Gepard, Office, PROCESS, connection, invoice, words};
use crate::support::{BINARY, NOWHERE, Person, Reply, Team, run, team};

/// Another encryption key than the tests' own.
const NEW: &str = "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff0f0e0d0c0b0a09080706050403020100";

/// What is shown of a connection, without its times.
fn shown(admin: &Person) -> Value {
    let mut data = admin.get(CONNECTION).ok()["data"].take();
    let fields = data.as_object_mut().unwrap();
    let [created, updated] = ["createdAt", "updatedAt"].map(|name| fields.remove(name).unwrap());
    assert!(created.as_str() <= updated.as_str(), "{created} {updated}");
    data
}

/// What the audit trail tells of a team's connection, oldest first: by whom, before, after.
fn audited(admin: &Person) -> Vec<[Value; 3]> {
    let page = admin.get("/api/audit?action=accounting_connection.set").ok();
    let entries = page["data"]["entries"].as_array().unwrap();
    let facts = |entry: &Value| ["actor", "before", "after"].map(|name| entry[name].clone());
    entries.iter().rev().map(facts).collect()
}

fn usual(company: &str) -> Value {
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
    assert_eq!(shown(&admin), usual("77"), "what is left out is as usual");

    let other = json!({"companyId": " 78 ", "timeZone": "America/New_York", "paymentMethod": "cod",
                       "paymentTermDays": 0, "priceType": "brutto"});
    let changed = admin.put(CONNECTION, &other);
    assert_eq!(changed.ok()["data"]["createdAt"], set["data"]["createdAt"]);
    assert_eq!(shown(&admin), with(other, json!({"companyId": "78"})));
    admin.put(CONNECTION, &json!({"companyId": "78"})).ok();
    assert_eq!(shown(&admin), usual("78"), "what is left out is as usual again");
    for text in [reply.text, changed.text, admin.get(CONNECTION).text] {
        assert!(!text.contains("key-of") && !text.to_lowercase().contains("key"), "{text}");
    }
}

#[test]
fn keys_that_are_left_out_stay_and_what_changes_nothing_leaves_no_trace() {
    let team = team();
    let (admin, keys) = (team.admin(), connection("77"));
    admin.put(CONNECTION, &keys).ok();
    admin.put(CONNECTION, &json!({"companyId": "77", "paymentTermDays": 30})).ok();
    let before = (team.state(), team.count("audit_entries"));
    let told = admin.get(CONNECTION).ok();
    for same in [
        json!({"companyId": "77", "paymentTermDays": 30}),
        with(keys.clone(), json!({"paymentTermDays": 30})),
        json!({"companyId": "77", "paymentTermDays": 30, "secretKey": keys["secretKey"], "appKey": null, "x": 1}),
    ] {
        let again = admin.put(CONNECTION, &same).ok();
        assert_eq!((&again["data"], &again["success"]), (&told["data"], &json!(true)), "{same}");
        assert_eq!((team.state(), team.count("audit_entries")), before, "{same}");
    }
    let one = json!({"companyId": "77", "paymentTermDays": 30, "appKey": "another-app-key"});
    admin.put(CONNECTION, &one).ok();
    let whole = with(keys, json!({"paymentTermDays": 30, "appKey": "another-app-key"}));
    admin.put(CONNECTION, &whole).ok();
    let by = json!(format!("user:{}", admin.id));
    let (usual, later) = (usual("77"), with(usual("77"), json!({"paymentTermDays": 30})));
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
fn nobody_but_an_admin_sees_or_sets_it() {
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
        let told = reply.shaped(CONNECTION, 403, "FORBIDDEN");
        assert!(told.starts_with("This is for people"), "{told}");
    }
    assert_eq!(shown(&admin), usual("77"));
}

/// A text in the ways in which it could stand somewhere: as it is, as hexadecimal digits, as base64 wherever it begins.
fn spelled(text: &str) -> Vec<String> {
    let hexadecimal = text.bytes().map(|byte| format!("{byte:02x}")).collect();
    let base64 = (0..3).map(|skipped| {
        let rest = &text.as_bytes()[skipped..];
        STANDARD.encode(&rest[..rest.len() / 3 * 3])
    });
    [text.to_owned(), hexadecimal].into_iter().chain(base64).collect()
}

#[test]
fn no_key_stands_anywhere_in_the_database() {
    assert_eq!(spelled("secret-key")[2..], ["c2VjcmV0LWtl", "ZWNyZXQta2V5", "Y3JldC1r"]);
    let gepard = Gepard::new();
    let changed =
        json!({"companyId": gepard.company, "timeZone": "Antarctica/Troll", "appKey": "the-second-app-key"});
    gepard.admin.put(CONNECTION, &changed).ok();
    let made = json!({"invoices": [invoice(1), invoice(2)]});
    assert_eq!(words(&gepard.system.post(PROCESS, &made)), ["Created", "Created"]);
    let refused = json!({"companyId": gepard.company, "appKey": "a third app key", "secretKey": "the-third-secret-key"});
    assert_eq!(gepard.admin.put(CONNECTION, &refused).status, 422);
    let keys = connection(&gepard.company);
    let keys = ["accessKey", "secretKey", "appKey"].map(|name| keys[name].as_str().unwrap().to_owned());
    for key in keys.iter().map(String::as_str).chain(["the-second-app-key", "the-third-secret-key"]) {
        for spelling in spelled(key) {
            assert_eq!(gepard.team.tables_holding(&spelling), Vec::<String>::new(), "{spelling} of {key}");
        }
    }
    // what is looked for would be found
    let mut zone = gepard.team.tables_holding("Antarctica/Troll");
    zone.sort();
    assert_eq!(zone, ["accounting_connections", "audit_entries"]);
    let sent = &spelled("Premium Coffee Beans")[1];
    assert_eq!(gepard.team.tables_holding(sent), ["accounting_exchanges"]);
}

#[test]
fn invoices_go_to_the_company_that_is_connected_when_they_are_asked_for() {
    let office = Office::new();
    let service = office.service();
    let system = office.gepard(&service, "1");
    let other = |company: &str| system.admin.put(CONNECTION, &json!({"companyId": company})).ok();
    let made = |company| system.made_in(company);
    let id = |number| gepard::id(&invoice(number)).to_owned();
    assert_eq!(words(&system.process(&[invoice(1)])), ["Created"]);
    office.sandbox.fault(&json!({"fault": "late_find"}));
    office.sandbox.fault(&json!({"fault": "drop_answer", "calls": 1}));
    assert_eq!(words(&system.process(&[invoice(2)])), ["OUTCOME_UNKNOWN"], "made, but not to be found yet");

    other("2");
    assert_eq!(words(&system.process(&[invoice(1), invoice(3)])), ["Existed", "Created"]);
    office.sandbox.clear();
    assert_eq!(words(&system.process(&[invoice(2)])), ["OUTCOME_UNKNOWN"], "it may be in the other's books");
    assert_eq!(system.story(&invoice(2)).ok()["companyId"], "1");
    assert_eq!((made("1"), made("2")), (vec![id(1), id(2)], vec![id(3)]));

    other("1");
    assert_eq!(words(&system.process(&[invoice(2), invoice(3)])), ["Existed", "Existed"]);
    assert_eq!((made("1"), made("2")), (vec![id(1), id(2)], vec![id(3)]));
}

/// `serve` with one team's connection in its environment.
fn with_own(office: &Office, team: &str, company: &str) -> Command {
    let mut command = office.serving();
    command.env("RUST_LOG", "error").env("WFIRMA_TEAM", team).env("WFIRMA_COMPANY_ID", company);
    command.env("WFIRMA_ACCESS_KEY", "access-key-of-environment");
    command.env("WFIRMA_SECRET_KEY", "secret-key-of-environment");
    command.env("WFIRMA_APP_KEY", "app-key-of-environment");
    command
}

#[test]
fn the_environment_connects_the_team_it_names_and_leaves_what_the_team_set_beside_it() {
    let office = Office::new();
    let first = office.service();
    let team = Team::found(&office.database, &first);
    let other = Team::found(&office.database, &first);
    assert_eq!(first.terminate().code(), Some(0));

    let service = Service::spawn(with_own(&office, &team.name, "77"));
    let (team, other) = (team.moved(&service), other.moved(&service));
    let admin = team.admin();
    assert_eq!(shown(&admin), usual("77"));
    let system = json!("system:environment");
    let set = with(usual("77"), json!({"keysChanged": true}));
    assert_eq!(audited(&admin), [[system.clone(), Value::Null, set]]);
    assert_eq!(words(&team.post(PROCESS, &json!({"invoices": [invoice(1)]}))), ["Created"]);
    other.admin().get(CONNECTION).oms_refused(404, "Accounting connection not found");
    let refused = other.post(PROCESS, &json!({"invoices": [invoice(1)]}));
    assert_eq!((refused.status, words(&refused)), (503, vec!["SERVICE_UNAVAILABLE".to_owned()]));
    for key in ["access-key-of-environment", "secret-key-of-environment", "app-key-of-environment"] {
        assert_eq!(team.tables_holding(key), Vec::<String>::new());
    }
    let own = json!({"timeZone": "Asia/Tokyo", "paymentTermDays": 30, "paymentMethod": "cash", "priceType": "brutto"});
    admin.put(CONNECTION, &with(json!({"companyId": "77"}), own.clone())).ok();
    assert_eq!(service.terminate().code(), Some(0));

    let service = Service::spawn(with_own(&office, &team.name, "77"));
    let admin = admin.at(service.address());
    assert_eq!(shown(&admin), with(usual("77"), own.clone()));
    assert_eq!(audited(&admin).len(), 2, "nothing was changed by the start");
    assert_eq!(service.terminate().code(), Some(0));

    let service = Service::spawn(with_own(&office, &team.name.to_uppercase(), "78"));
    let admin = admin.at(service.address());
    let before = with(usual("77"), own.clone());
    let after = with(usual("78"), own);
    assert_eq!(shown(&admin), after);
    assert_eq!(audited(&admin)[2..], [[system, before, with(after, json!({"keysChanged": false}))]]);
}

#[test]
fn an_environment_that_names_no_team_or_half_a_connection_stops_the_start_with_one_line() {
    let database = Database::new();
    let named = |name: &'static str, value: &'static str| {
        let mut command = serving(BINARY, &database, Path::new(NOWHERE));
        command.env("HTTP_ADDR", "127.0.0.1:0").env("WFIRMA_TEAM", "Nobody").env("WFIRMA_COMPANY_ID", "77");
        for key in ["WFIRMA_ACCESS_KEY", "WFIRMA_SECRET_KEY", "WFIRMA_APP_KEY"] {
            command.env(key, "a-key-of-nobody");
        }
        command.env(name, value);
        let ran = run(command);
        assert_eq!((ran.code, ran.out.as_str(), ran.err.lines().count()), (Some(2), "", 1), "{}", ran.err);
        assert!(!ran.err.contains("of-nobody"), "{}", ran.err);
        ran.err.trim_end().to_owned()
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
fn invoices_are_made_while_one_encryption_key_takes_over_from_another() {
    let office = Office::new();
    let under = |key: &str| {
        let mut command = office.serving();
        command.env("RUST_LOG", "error").env("ENCRYPTION_KEY", key);
        Service::spawn(command)
    };
    let service = under(ENCRYPTION_KEY);
    let gepard = office.gepard(&service, "77");
    assert_eq!(words(&gepard.process(&[invoice(1)])), ["Created"]);
    assert_eq!(service.terminate().code(), Some(0));

    let service = under(&format!("{NEW},{ENCRYPTION_KEY}"));
    let gepard = gepard.moved(&service);
    assert_eq!(words(&gepard.process(&[invoice(1), invoice(2)])), ["Existed", "Created"]);
    let anew = with(connection("77"), json!({"appKey": "an-app-key-made-anew"}));
    gepard.admin.put(CONNECTION, &anew).ok();
    assert_eq!(service.terminate().code(), Some(0));

    let service = under(NEW);
    let gepard = gepard.moved(&service);
    assert_eq!(words(&gepard.process(&[invoice(2), invoice(3)])), ["Existed", "Created"]);
    assert_eq!(shown(&gepard.admin), usual("77"));
}

#[test]
fn keys_under_an_encryption_key_that_is_lost_are_told_of_and_set_anew() {
    let office = Office::new();
    let service = office.service();
    let gepard = office.gepard(&service, "1");
    assert_eq!(words(&gepard.process(&[invoice(1)])), ["Created"]);
    drop(service);
    let mut command = office.serving();
    command.env("ENCRYPTION_KEY", "5b".repeat(32)).env("RUST_LOG", "off");
    let service = Service::spawn(command);
    let gepard = gepard.moved(&service);

    let told = "The accounting keys were encrypted with a key that this installation lacks; set all three anew, or have \
                ENCRYPTION_KEY=NEW,OLD configured";
    gepard.admin.get(CONNECTION).oms_refused(409, told);
    let reply = gepard.process(&[invoice(1)]);
    assert_eq!((reply.status, words(&reply)), (503, vec!["SERVICE_UNAVAILABLE".to_owned()]));
    let some = json!({"companyId": "1", "appKey": "another-app-key"});
    gepard.admin.put(CONNECTION, &some).oms_invalid(json!({
        "accessKey": ["Access key is required"], "secretKey": ["Secret key is required"],
    }));
    gepard.admin.put(CONNECTION, &connection("1")).ok();
    assert_eq!(words(&gepard.process(&[invoice(1), invoice(2)])), ["Existed", "Created"]);
    let audit = gepard.admin.get("/api/audit?action=accounting_connection.set&limit=1").ok();
    let last = &audit["data"]["entries"][0];
    assert_eq!((&last["before"]["companyId"], &last["after"]["keysChanged"]), (&json!("1"), &json!(true)));
}
