//! `throughline wfirma-sandbox`: a simulated wFirma in a process of its own, without a database.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::process::Stdio;
use std::thread;

use serde_json::{Value, json};
use testkit::eventually;

use crate::support::{Sandbox, client, run, throughline};

/// Creates an invoice like a client of wFirma, with arbitrary keys.
fn add(url: &str, contractor: &str) -> reqwest::Result<Value> {
    let url = format!("{url}/invoices/add?inputFormat=json&outputFormat=json&company_id=77");
    let request = client().post(url).header("accessKey", "a").header("secretKey", "b").header("appKey", "c");
    let invoice = json!({
        "contractor": {"id": contractor}, "type": "normal", "price_type": "netto", "paymentmethod": "transfer",
        "date": "2025-08-30", "paymentdate": "2025-09-13", "disposaldate": "2025-08-30", "currency": "PLN",
        "id_external": "550e8400-e29b-41d4-a716-446655440001",
        "invoicecontents": [{"invoicecontent": {
            "name": "Premium Coffee Beans", "unit": "kg", "count": "3", "price": "50.00",
            "vat_code": {"id": "222"}}}]});
    request.json(&json!({"api": {"invoices": [{"invoice": invoice}]}})).send()?.json()
}

const KNOWN_CONTRACTOR: &str = "152158328";

#[test]
fn an_invoice_is_created_and_recorded_in_the_ledger() {
    let sandbox = Sandbox::start();
    assert_eq!(sandbox.ledger()["invoices"], json!([]));
    let answer = add(sandbox.url(), KNOWN_CONTRACTOR).unwrap();
    assert_eq!(answer["status"]["code"], "OK", "{answer}");
    let created = &answer["invoices"]["0"]["invoice"];
    assert_eq!([&created["fullnumber"], &created["total"]], ["FV 22/2025", "184.50"]);
    let ledger = sandbox.ledger();
    assert_eq!(
        ledger["invoices"],
        json!([{"id": created["id"], "number": "FV 22/2025", "companyId": "77", "contractorId": KNOWN_CONTRACTOR,
                "externalId": "550e8400-e29b-41d4-a716-446655440001", "type": "normal", "date": "2025-08-30",
                "currency": "PLN", "net": "150.00", "tax": "34.50", "total": "184.50"}])
    );
    assert_eq!(ledger["calls"], json!({"invoices/add": 1}));
}

#[test]
fn the_contractors_of_the_documents_are_known() {
    let sandbox = Sandbox::start();
    let codes = [KNOWN_CONTRACTOR, "15485872", "99999", "12345"]
        .map(|contractor| add(sandbox.url(), contractor).unwrap()["status"]["code"].clone());
    assert_eq!(codes, ["OK", "OK", "ERROR", "NOT FOUND"]);
    assert_eq!(sandbox.ledger()["invoices"].as_array().unwrap().len(), 2);
}

#[test]
fn a_fault_applies_until_it_is_used_up_or_cleared() {
    let sandbox = Sandbox::start();
    let code = || add(sandbox.url(), KNOWN_CONTRACTOR).unwrap()["status"]["code"].clone();
    sandbox.fault(&json!({"fault": "status", "status": "OUT OF SERVICE", "calls": 1}));
    assert_eq!([code(), code()], ["OUT OF SERVICE", "OK"]);
    sandbox.fault(&json!({"fault": "status", "status": "SNAPSHOT LOCK"}));
    assert_eq!([code(), code()], ["SNAPSHOT LOCK", "SNAPSHOT LOCK"]);
    sandbox.clear();
    assert_eq!(code(), "OK");
    sandbox.fault(&json!({"fault": "drop_answer", "calls": 1}));
    assert!(
        add(sandbox.url(), KNOWN_CONTRACTOR).is_err_and(|error| error.is_request()),
        "the connection breaks off"
    );
    assert_eq!(sandbox.ledger()["invoices"].as_array().unwrap().len(), 3, "and the invoice is created");
}

#[test]
fn it_prints_its_address_and_how_to_try_it() {
    let sandbox = Sandbox::start();
    let url = sandbox.url().to_owned();
    assert!(url.starts_with("http://127.0.0.1:") && !url.ends_with(":0"), "{url}");
    let sandbox = sandbox.into_service();
    let printed = eventually("the last of what it says", || {
        let printed = sandbox.printed();
        printed.iter().any(|line| line.contains("DELETE")).then_some(printed)
    });
    assert_eq!(printed[0], format!("The wFirma sandbox listens on {url}"));
    let printed = printed.join("\n");
    for part in ["152158328", "15485872", "99999", "/_sandbox/ledger", "/_sandbox/faults", "drop_answer"] {
        assert!(printed.contains(part), "{part}: {printed}");
    }
}

#[test]
fn on_sigterm_it_exits_with_0_even_with_hanging_calls() {
    let sandbox = Sandbox::start();
    sandbox.fault(&json!({"fault": "hang"}));
    let url = sandbox.url().to_owned();
    let hangs = thread::spawn(move || add(&url, KNOWN_CONTRACTOR));
    eventually("the call to hang", || (sandbox.ledger()["callsInFlight"] == 1).then_some(()));
    assert_eq!(sandbox.into_service().terminate().code(), Some(0));
    assert!(hangs.join().unwrap().is_err_and(|error| error.is_request()), "it was never answered");
}

#[test]
fn it_listens_on_8089_by_default_and_reports_why_it_can_not() {
    // the port is used by this test or by another process
    let _taken = TcpListener::bind("127.0.0.1:8089");
    let mut command = throughline(&["wfirma-sandbox"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut said = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut said).unwrap();
    if !said.is_empty() {
        // on another port it would run forever
        child.kill().unwrap();
    }
    let ended = child.wait_with_output().unwrap();
    let stderr = String::from_utf8(ended.stderr).unwrap();
    assert_eq!((ended.status.code(), said.as_str(), stderr.lines().count()), (Some(2), "", 1), "{stderr}");
    let why = "throughline: HTTP_ADDR 127.0.0.1:8089 can't be listened on: ";
    assert!(stderr.starts_with(why), "{stderr}");
    let mut wrong = throughline(&["wfirma-sandbox"]);
    wrong.env("HTTP_ADDR", "localhost");
    assert!(run(wrong).err.contains("HTTP_ADDR is `localhost`"));
}
