//! wFirma is down, slow, or answers nonsense: nothing is made twice, callers hear at once, and all mends by itself.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use testkit::eventually;

use crate::support::Reply;
use crate::support::gepard::{Gepard, Office, id, invoice, words};

/// The state of an invoice, once it is that.
fn until(gepard: &Gepard<'_>, invoice: &Value, state: &str) -> Value {
    eventually(state, || {
        let story = gepard.story(invoice).ok();
        (story["state"] == state).then_some(story)
    })
}

#[test]
fn while_wfirma_is_down_callers_hear_so_within_100_ms_and_it_recovers_by_itself() {
    let office = Office::new();
    let service = office.service();
    let gepard = office.gepard(&service, "1");
    let there = [invoice(1)];
    assert_eq!(words(&gepard.process(&there)), ["Created"]);
    office.sandbox.fault(&json!({"fault": "status", "status": "OUT OF SERVICE"}));
    let batch: Vec<_> = (2..=101).map(invoice).collect();
    assert_eq!(gepard.process(&batch).status, 503);
    let calls = || office.sandbox.ledger()["calls"]["invoices/add"].as_u64().unwrap();
    let before = calls();
    let mut times: Vec<_> = std::iter::repeat_with(|| {
        let began = Instant::now();
        let reply = gepard.process(&batch);
        let took = began.elapsed();
        assert_eq!((reply.status, words(&reply)), (503, vec!["SERVICE_UNAVAILABLE".to_owned(); 100]));
        took
    })
    .take(10)
    .collect();
    times.sort();
    assert!(times[5] < Duration::from_millis(100), "{times:?} for a hundred invoices");
    assert_eq!(calls(), before, "nothing is sent");
    assert_eq!(words(&gepard.process(&there)), ["Existed"], "what is there is told all the same");
    office.sandbox.clear();
    eventually("wFirma to be tried again", || (gepard.process(&batch).status == 200).then_some(()));
    assert_eq!(gepard.made().len(), 101);
}

#[test]
fn an_outage_in_html_and_an_answer_that_breaks_off_leave_what_is_looked_up_and_settled() {
    let office = Office::new();
    let service = office.service_that_finds_within("2s");
    let gepard = office.gepard(&service, "1");
    for (number, fault, there) in [(1, "truncate", true), (2, "drop_answer", true), (3, "html", false)] {
        office.sandbox.fault(&json!({"fault": fault, "action": "invoices/add", "calls": 1}));
        let invoice = invoice(number);
        let word = words(&gepard.process(std::slice::from_ref(&invoice))).remove(0);
        assert_eq!(word, "OUTCOME_UNKNOWN", "{fault}");
        // nobody asks again: the reconciler does
        let story = until(&gepard, &invoice, if there { "created" } else { "failed" });
        let last = story["history"].as_array().unwrap().last().unwrap().clone();
        assert_eq!((&last["actor"], &last["requestId"]), (&json!("system:reconciler"), &json!("reconciler")));
        let expected = if there { "Existed" } else { "Created" };
        assert_eq!(words(&gepard.process(&[invoice])), [expected], "{fault}");
    }
    assert_eq!(gepard.made(), [1, 2, 3].map(|number| id(&invoice(number)).to_owned()));
    let calls = office.sandbox.ledger()["calls"]["invoices/add"].clone();
    assert_eq!(calls, 4, "only what was not made was asked for twice");
}

#[test]
fn a_story_tells_what_became_of_an_invoice_and_how() {
    let gepard = Gepard::new();
    let invoice = invoice(1);
    let nothing = gepard.story(&invoice);
    assert_eq!(nothing.status, 404);
    let expected = json!({"success": false, "errorCode": "NOT_FOUND", "errorMessage": "Invoice not found"});
    assert_eq!(nothing.json(), expected);
    let made = gepard.process(std::slice::from_ref(&invoice)).ok()["invoiceResults"][0].take();
    let mut story = gepard.story(&invoice).ok();
    let history = story["history"].take();
    let expected = json!({
        "invoiceId": id(&invoice), "clientId": "152158328", "companyId": gepard.company, "state": "created",
        "expectedTotal": 184.5, "total": 184.5, "invoiceNumber": made["invoiceNumber"],
        "wfirmaInvoiceId": made["wfirmaInvoiceId"], "createdAt": made["createdAt"], "errorCode": null,
        "errorMessage": null, "history": null,
    });
    assert_eq!(story, expected);
    let text = gepard.story(&invoice).text;
    assert_eq!(text.matches(r#":184.50"#).count(), 4, "money is written to the digit: {text}");
    let history = history.as_array().unwrap();
    let states: Vec<_> = history.iter().map(|step| (&step["version"], &step["state"])).collect();
    let (intended, in_flight, created) = (json!("intended"), json!("in_flight"), json!("created"));
    assert_eq!(states, [(&json!(1), &intended), (&json!(2), &in_flight), (&json!(3), &created)]);
    assert!(history.iter().all(|step| step["actor"].as_str().unwrap().starts_with("api_key:")));
    assert_eq!(history[2]["detail"]["wfirmaInvoiceId"], made["wfirmaInvoiceId"]);
    let accountant = gepard.team.user(&["ACCOUNTS"]);
    assert_eq!(accountant.get(&format!("/api/gepard/invoices/{}", id(&invoice))).status, 200);
    for unknown in ["x", "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e11"] {
        assert_eq!(gepard.system.get(&format!("/api/gepard/invoices/{unknown}")).status, 404, "{unknown}");
    }
}

#[test]
fn what_wfirma_finds_twice_is_flagged_and_never_made_again() {
    let office = Office::new();
    let service = office.service_that_finds_within("1s");
    let gepard = office.gepard(&service, "1");
    office.sandbox.fault(&json!({"fault": "drop_answer", "calls": 1}));
    office.sandbox.fault(&json!({"fault": "two_matches"}));
    let invoice = invoice(1);
    assert_eq!(words(&gepard.process(std::slice::from_ref(&invoice))), ["OUTCOME_UNKNOWN"]);
    let flagged = eventually("the invoice to be flagged", || {
        let story = gepard.story(&invoice).ok();
        let last = story["history"].as_array().unwrap().last().unwrap().clone();
        (last["detail"]["several"] == true).then_some(story)
    });
    assert_eq!(flagged["state"], "unknown");
    assert_eq!(words(&gepard.process(std::slice::from_ref(&invoice))), ["OUTCOME_UNKNOWN"]);
    office.sandbox.clear();
    assert_eq!(words(&gepard.process(&[invoice])), ["Existed"], "somebody has deleted one of the two");
    assert_eq!(gepard.made().len(), 1);
}

#[test]
fn other_content_for_an_id_is_a_conflict_while_the_first_may_be_made_and_after() {
    let office = Office::new();
    let service = office.service();
    let gepard = office.gepard(&service, "1");
    let mut other = invoice(1);
    other["items"][0]["quantity"] = json!(4);
    let other = [other];
    office.sandbox.fault(&json!({"fault": "drop_answer", "calls": 1}));
    office.sandbox.fault(&json!({"fault": "late_find"}));
    assert_eq!(words(&gepard.process(&[invoice(1)])), ["OUTCOME_UNKNOWN"]);
    assert_eq!(words(&gepard.process(&other)), ["IDEMPOTENCY_CONFLICT"]);
    office.sandbox.clear();
    assert_eq!(words(&gepard.process(&[invoice(1)])), ["Existed"]);
    let reply = gepard.process(&other);
    assert_eq!((reply.status, words(&reply)), (422, vec!["IDEMPOTENCY_CONFLICT".to_owned()]));
    assert_eq!(gepard.made().len(), 1);
}

/// Tells a service to end while a batch of 40 is on its way at 2 s a call, and waits for its end; gives what the caller was
/// answered, if it waited.
fn ended_within(office: &Office, caller_waits: bool) -> Option<Vec<String>> {
    let service = office.service();
    let gepard = office.gepard(&service, "1");
    office.sandbox.fault(&json!({"fault": "delay", "delay": "2s", "action": "invoices/add"}));
    let batch: Vec<_> = (1..=40).map(invoice).collect();
    let began = Instant::now();
    let answer = std::thread::scope(|scope| {
        let asking = scope.spawn(|| {
            let patience = Duration::from_secs(if caller_waits { 60 } else { 1 });
            let request = gepard.asking(&batch).timeout(patience);
            request.send().ok().map(|answer| words(&Reply::of(answer)))
        });
        let in_flight = || office.sandbox.ledger()["callsInFlight"].as_u64().unwrap();
        eventually("calls to be in flight", || (in_flight() == 8).then_some(()));
        if !caller_waits {
            assert_eq!(asking.join().unwrap(), None, "the caller has gone");
            assert_eq!(service.terminate().code(), Some(0));
            return None;
        }
        assert_eq!(service.terminate().code(), Some(0));
        asking.join().unwrap()
    });
    assert!(began.elapsed() < Duration::from_secs(25), "{:?}", began.elapsed());
    let open = "SELECT count(*) FROM accounting_invoices WHERE state IN ('in_flight', 'unknown')";
    assert_eq!(office.database.scalar(open), "0", "what was on its way came to its end");
    answer
}

#[test]
fn a_process_that_is_told_to_end_finishes_the_invoices_on_their_way_and_begins_no_others() {
    let office = Office::new();
    let words = ended_within(&office, true).unwrap();
    let created = words.iter().filter(|word| *word == "Created").count();
    let left = words.iter().filter(|word| *word == "SERVICE_UNAVAILABLE").count();
    assert!(created >= 8 && left > 0 && created + left == 40, "{words:?}");
    assert_eq!(office.sandbox.ledger()["invoices"].as_array().unwrap().len(), created);
}

#[test]
fn so_it_does_when_their_caller_has_gone() {
    let office = Office::new();
    assert_eq!(ended_within(&office, false), None);
    let made = office.sandbox.ledger()["invoices"].as_array().unwrap().len();
    let created = "SELECT count(*) FROM accounting_invoices WHERE state = 'created'";
    assert!(made >= 8, "{made}");
    assert_eq!(office.database.scalar(created), made.to_string());
}
