//! Concurrent batches: one invoice in two processes, limits of calls in flight, separate teams.

use std::io::Write;
use std::net::TcpStream;

use serde_json::{Value, json};
use testkit::{Service, eventually, race};

use crate::support::gepard::{
    AccountingFixture, CONNECTION, Gepard, PROCESS, connection, id, invoice, statuses,
};
use crate::support::{Requests, Team, shared_server};

#[test]
fn one_invoice_sent_fifty_times_concurrently_to_two_processes_is_created_by_one_call() {
    const CALLERS: usize = 50;
    let fixture = AccountingFixture::new();
    let services = [fixture.service(), fixture.service()];
    let here = fixture.gepard(&services[0], "1");
    // slow enough for all requests to arrive during the first
    fixture.sandbox.fault(&json!({"fault": "delay", "delay": "1s", "action": "invoices/add"}));
    let answers = race(CALLERS, |racer| {
        let mut request = here.system.clone();
        request.address = services[racer % 2].address().to_owned();
        let reply = request.post(PROCESS, &json!({"invoices": [invoice(1)]}));
        let result = reply.json()["invoiceResults"][0].clone();
        (statuses(&reply).remove(0), result["invoiceNumber"].clone(), result["wfirmaInvoiceId"].clone())
    });
    let count = |word: &str| answers.iter().filter(|(answer, ..)| answer == word).count();
    let reported: Vec<_> = answers.iter().map(|(_, number, id)| (number, id)).collect();
    assert_eq!((count("Created"), count("Existed")), (1, CALLERS - 1), "{answers:?}");
    assert!(
        reported.iter().all(|one| *one == reported[0]),
        "all responses show the same invoice: {answers:?}"
    );
    assert_eq!(fixture.sandbox.ledger()["calls"]["invoices/add"], 1);
    assert_eq!(here.created_invoices(), [id(&invoice(1))]);
}

#[test]
fn no_more_than_eight_calls_of_a_request_and_sixteen_of_a_process_are_in_flight() {
    let fixture = AccountingFixture::new();
    let service = fixture.service();
    let gepard = fixture.gepard(&service, "1");
    let most = || fixture.sandbox.ledger()["mostCallsInFlight"].as_u64().unwrap();
    fixture.sandbox.fault(&json!({"fault": "delay", "delay": "50ms"}));
    let batch = |first: u32| (first..first + 40).map(invoice).collect::<Vec<_>>();
    assert_eq!(statuses(&gepard.process(&batch(1))), ["Created"; 40]);
    assert_eq!(most(), 8);
    // slow enough for four requests to reach the limit of calls in flight
    fixture.sandbox.fault(&json!({"fault": "delay", "delay": "300ms"}));
    let answers = race(4, |racer| statuses(&gepard.process(&batch(100 * (racer as u32 + 1)))));
    assert!(answers.iter().flatten().all(|word| word == "Created"), "{answers:?}");
    assert_eq!((most(), gepard.created_invoices().len()), (16, 200));
}

#[test]
fn as_many_invoices_of_a_request_are_in_flight_as_configured() {
    let fixture = AccountingFixture::new();
    let mut command = fixture.serving();
    command.env("WFIRMA_PARALLEL", "3");
    let service = Service::spawn(command);
    let gepard = fixture.gepard(&service, "1");
    fixture.sandbox.fault(&json!({"fault": "delay", "delay": "50ms"}));
    assert_eq!(statuses(&gepard.process(&(1..=12).map(invoice).collect::<Vec<_>>())), ["Created"; 12]);
    assert_eq!(fixture.sandbox.ledger()["mostCallsInFlight"], 3);
}

#[test]
fn two_teams_with_two_companies_never_mix() {
    let (ours, theirs) = (Gepard::new(), Gepard::new());
    let shared: Vec<_> = (1..=20).map(invoice).collect();
    // the same ids, concurrently, in two companies
    let answers = race(2, |racer| {
        let gepard = if racer == 0 { &ours } else { &theirs };
        gepard.process(&shared).ok()["invoiceResults"].take()
    });
    for (gepard, answer) in [(&ours, &answers[0]), (&theirs, &answers[1])] {
        let results = answer.as_array().unwrap();
        assert!(results.iter().all(|result| result["status"] == "Created"), "{answer}");
        let mut own: Vec<_> = gepard.ledger_entries().iter().map(|entry| entry["id"].clone()).collect();
        let mut reported: Vec<_> = results.iter().map(|result| result["wfirmaInvoiceId"].clone()).collect();
        own.sort_by_key(Value::to_string);
        reported.sort_by_key(Value::to_string);
        assert_eq!(
            (own.len(), own),
            (20, reported),
            "the reported invoices are in the ledger of the team's company"
        );
    }
    let one = invoice(21);
    assert_eq!(statuses(&ours.process(std::slice::from_ref(&one))), ["Created"]);
    assert_eq!(theirs.history(&one).status, 404, "another team's invoice is not there");
    assert_eq!(statuses(&theirs.process(&[one])), ["Created"]);
    let exchanges = |gepard: &Gepard<'_>| gepard.admin.get("/api/accounting/exchanges?limit=100").ok();
    for gepard in [&ours, &theirs] {
        let reported = exchanges(gepard)["data"]["exchanges"].take();
        let adds =
            reported.as_array().unwrap().iter().filter(|exchange| exchange["action"] == "invoices/add");
        assert_eq!(adds.count(), 21);
    }
}

#[test]
fn an_invoice_of_a_disconnected_company_is_not_created_in_another() {
    let fixture = AccountingFixture::new();
    let service = fixture.service_with_visibility("1s");
    let gepard = fixture.gepard(&service, "1");
    fixture.sandbox.fault(&json!({"fault": "drop_answer", "calls": 1}));
    fixture.sandbox.fault(&json!({"fault": "late_find"}));
    let lost = [invoice(1)];
    assert_eq!(statuses(&gepard.process(&lost)), ["OUTCOME_UNKNOWN"]);
    gepard.admin.put(CONNECTION, &connection("2")).ok();
    fixture.sandbox.clear();
    let reply = gepard.process(&lost);
    assert_eq!(statuses(&reply), ["OUTCOME_UNKNOWN"]);
    let message = reply.json()["invoiceResults"][0]["errorMessage"].as_str().unwrap().to_owned();
    assert!(message.contains("connected before; connect that one again"), "{message}");
    assert_eq!(
        statuses(&gepard.process(&[invoice(2)])),
        ["Created"],
        "others are created in the new company"
    );
    gepard.admin.put(CONNECTION, &connection("1")).ok();
    assert_eq!(statuses(&gepard.process(&lost)), ["Existed"]);
    let books = fixture.sandbox.ledger()["invoices"].take();
    let books: Vec<_> = books.as_array().unwrap().iter().map(|entry| &entry["companyId"]).collect();
    assert_eq!(books, ["1", "2"]);
}

/// Sends a batch; returns the connection before the response is read.
fn started_batch(address: &str, key: &str, batch: &Value) -> TcpStream {
    let host = address.strip_prefix("http://").unwrap();
    let body = batch.to_string();
    let mut connection = TcpStream::connect(host).unwrap();
    write!(
        connection,
        "POST {PROCESS} HTTP/1.1\r\nhost: {host}\r\nx-api-key: {key}\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    connection
}

#[test]
fn a_caller_that_disconnects_leaves_no_invoice_unfinished() {
    let fixture = AccountingFixture::new();
    let service = fixture.service();
    let gepard = fixture.gepard(&service, "1");
    fixture.sandbox.fault(&json!({"fault": "delay", "delay": "300ms", "action": "invoices/add"}));
    let batch: Vec<_> = (1..=20).map(invoice).collect();
    let connection = started_batch(service.address(), &gepard.system.key, &json!({"invoices": batch}));
    let in_flight = || fixture.sandbox.ledger()["callsInFlight"].as_u64().unwrap();
    eventually("calls to be in flight", || (in_flight() > 0).then_some(()));
    assert!(gepard.created_invoices().len() < 20, "the batch is not through yet");
    drop(connection);
    let created = "SELECT count(*) FROM accounting_invoices WHERE state = 'created'";
    eventually("the batch to come to its end", || (fixture.database.scalar(created) == "20").then_some(()));
    assert_eq!(gepard.created_invoices().len(), 20);
    assert_eq!(statuses(&gepard.process(&batch)), ["Existed"; 20]);
}

#[test]
fn a_key_of_another_team_sees_and_creates_nothing_here() {
    let ours = Gepard::new();
    let other = Team::create(&shared_server().database, shared_server().service);
    assert_eq!(statuses(&ours.process(&[invoice(1)])), ["Created"]);
    let reply = other.post(PROCESS, &json!({"invoices": [invoice(1)]}));
    assert_eq!((reply.status, statuses(&reply)), (503, vec!["SERVICE_UNAVAILABLE".to_owned()]));
    assert_eq!(ours.created_invoices().len(), 1);
}
