//! Many at once: one invoice to two processes, no more calls than there may be, and teams apart.

use std::io::Write;
use std::net::TcpStream;

use serde_json::{Value, json};
use testkit::{Service, eventually, race};

use crate::support::gepard::{CONNECTION, Gepard, Office, PROCESS, connection, id, invoice, words};
use crate::support::{Team, fixture};

#[test]
fn one_invoice_sent_fifty_times_at_once_to_two_processes_is_made_by_one_call() {
    const CROWD: usize = 50;
    let office = Office::new();
    let services = [office.service(), office.service()];
    let here = office.gepard(&services[0], "1");
    // slow enough that everybody comes while the first is at it
    office.sandbox.fault(&json!({"fault": "delay", "delay": "1s", "action": "invoices/add"}));
    let answers = race(CROWD, |racer| {
        let mut request = here.system.clone();
        request.address = services[racer % 2].address().to_owned();
        let reply = request.post(PROCESS, &json!({"invoices": [invoice(1)]}));
        let result = reply.json()["invoiceResults"][0].clone();
        (words(&reply).remove(0), result["invoiceNumber"].clone(), result["wfirmaInvoiceId"].clone())
    });
    let count = |word: &str| answers.iter().filter(|(answer, ..)| answer == word).count();
    let told: Vec<_> = answers.iter().map(|(_, number, id)| (number, id)).collect();
    assert_eq!((count("Created"), count("Existed")), (1, CROWD - 1), "{answers:?}");
    assert!(told.iter().all(|one| *one == told[0]), "everybody is told of one invoice: {answers:?}");
    assert_eq!(office.sandbox.ledger()["calls"]["invoices/add"], 1);
    assert_eq!(here.made(), [id(&invoice(1))]);
}

#[test]
fn no_more_than_eight_calls_of_a_request_and_sixteen_of_a_process_are_in_flight() {
    let office = Office::new();
    let service = office.service();
    let gepard = office.gepard(&service, "1");
    let most = || office.sandbox.ledger()["mostCallsInFlight"].as_u64().unwrap();
    office.sandbox.fault(&json!({"fault": "delay", "delay": "50ms"}));
    let batch = |first: u32| (first..first + 40).map(invoice).collect::<Vec<_>>();
    assert_eq!(words(&gepard.process(&batch(1))), ["Created"; 40]);
    assert_eq!(most(), 8);
    // slow enough that four requests come to have as many on their way as there may be
    office.sandbox.fault(&json!({"fault": "delay", "delay": "300ms"}));
    let answers = race(4, |racer| words(&gepard.process(&batch(100 * (racer as u32 + 1)))));
    assert!(answers.iter().flatten().all(|word| word == "Created"), "{answers:?}");
    assert_eq!((most(), gepard.made().len()), (16, 200));
}

#[test]
fn as_many_invoices_of_a_request_are_made_at_once_as_is_configured() {
    let office = Office::new();
    let mut command = office.serving();
    command.env("WFIRMA_PARALLEL", "3");
    let service = Service::spawn(command);
    let gepard = office.gepard(&service, "1");
    office.sandbox.fault(&json!({"fault": "delay", "delay": "50ms"}));
    assert_eq!(words(&gepard.process(&(1..=12).map(invoice).collect::<Vec<_>>())), ["Created"; 12]);
    assert_eq!(office.sandbox.ledger()["mostCallsInFlight"], 3);
}

#[test]
fn two_teams_with_two_companies_never_mix() {
    let (ours, theirs) = (Gepard::new(), Gepard::new());
    let shared: Vec<_> = (1..=20).map(invoice).collect();
    // the same ids, at once, in two companies
    let answers = race(2, |racer| {
        let gepard = if racer == 0 { &ours } else { &theirs };
        gepard.process(&shared).ok()["invoiceResults"].take()
    });
    for (gepard, answer) in [(&ours, &answers[0]), (&theirs, &answers[1])] {
        let results = answer.as_array().unwrap();
        assert!(results.iter().all(|result| result["status"] == "Created"), "{answer}");
        let mut own: Vec<_> = gepard.books().iter().map(|entry| entry["id"].clone()).collect();
        let mut told: Vec<_> = results.iter().map(|result| result["wfirmaInvoiceId"].clone()).collect();
        own.sort_by_key(Value::to_string);
        told.sort_by_key(Value::to_string);
        assert_eq!((own.len(), own), (20, told), "what was answered stands in the team's own books");
    }
    let one = invoice(21);
    assert_eq!(words(&ours.process(std::slice::from_ref(&one))), ["Created"]);
    assert_eq!(theirs.story(&one).status, 404, "another team's invoice is not there");
    assert_eq!(words(&theirs.process(&[one])), ["Created"]);
    let exchanges = |gepard: &Gepard<'_>| gepard.admin.get("/api/accounting/exchanges?limit=100").ok();
    for gepard in [&ours, &theirs] {
        let told = exchanges(gepard)["data"]["exchanges"].take();
        let adds = told.as_array().unwrap().iter().filter(|exchange| exchange["action"] == "invoices/add");
        assert_eq!(adds.count(), 21);
    }
}

#[test]
fn an_invoice_whose_company_is_connected_no_longer_is_not_made_in_another() {
    let office = Office::new();
    let service = office.service_that_finds_within("1s");
    let gepard = office.gepard(&service, "1");
    office.sandbox.fault(&json!({"fault": "drop_answer", "calls": 1}));
    office.sandbox.fault(&json!({"fault": "late_find"}));
    let lost = [invoice(1)];
    assert_eq!(words(&gepard.process(&lost)), ["OUTCOME_UNKNOWN"]);
    gepard.admin.put(CONNECTION, &connection("2")).ok();
    office.sandbox.clear();
    let reply = gepard.process(&lost);
    assert_eq!(words(&reply), ["OUTCOME_UNKNOWN"]);
    let message = reply.json()["invoiceResults"][0]["errorMessage"].as_str().unwrap().to_owned();
    assert!(message.contains("connected before; connect that one again"), "{message}");
    assert_eq!(words(&gepard.process(&[invoice(2)])), ["Created"], "others are made in the new company");
    gepard.admin.put(CONNECTION, &connection("1")).ok();
    assert_eq!(words(&gepard.process(&lost)), ["Existed"]);
    let books = office.sandbox.ledger()["invoices"].take();
    let books: Vec<_> = books.as_array().unwrap().iter().map(|entry| &entry["companyId"]).collect();
    assert_eq!(books, ["1", "2"]);
}

/// A connection over which a batch was sent, and no answer read yet.
fn begun(address: &str, key: &str, batch: &Value) -> TcpStream {
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
fn a_caller_that_hangs_up_leaves_no_invoice_half_way() {
    let office = Office::new();
    let service = office.service();
    let gepard = office.gepard(&service, "1");
    office.sandbox.fault(&json!({"fault": "delay", "delay": "300ms", "action": "invoices/add"}));
    let batch: Vec<_> = (1..=20).map(invoice).collect();
    let connection = begun(service.address(), &gepard.system.key, &json!({"invoices": batch}));
    let in_flight = || office.sandbox.ledger()["callsInFlight"].as_u64().unwrap();
    eventually("calls to be in flight", || (in_flight() > 0).then_some(()));
    assert!(gepard.made().len() < 20, "the batch is not through yet");
    drop(connection);
    let created = "SELECT count(*) FROM accounting_invoices WHERE state = 'created'";
    eventually("the batch to come to its end", || (office.database.scalar(created) == "20").then_some(()));
    assert_eq!(gepard.made().len(), 20);
    assert_eq!(words(&gepard.process(&batch)), ["Existed"; 20]);
}

#[test]
fn a_key_of_another_team_sees_and_makes_nothing_here() {
    let ours = Gepard::new();
    let other = Team::found(&fixture().database, fixture().service);
    assert_eq!(words(&ours.process(&[invoice(1)])), ["Created"]);
    let reply = other.post(PROCESS, &json!({"invoices": [invoice(1)]}));
    assert_eq!((reply.status, words(&reply)), (503, vec!["SERVICE_UNAVAILABLE".to_owned()]));
    assert_eq!(ours.made().len(), 1);
}
