//! wFirma is down, slow or sends invalid responses: no duplicate invoices, fast errors, automatic recovery.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use testkit::eventually;

use crate::support::gepard::{AccountingFixture, Gepard, id, invoice, statuses};
use crate::support::{Reply, Requests};

/// Waits until an invoice has a state; returns the invoice.
fn wait_for_state(gepard: &Gepard<'_>, invoice: &Value, state: &str) -> Value {
    eventually(state, || {
        let shown = gepard.history(invoice).ok();
        (shown["state"] == state).then_some(shown)
    })
}

#[test]
fn while_wfirma_is_down_callers_get_an_error_within_100_ms_and_recovery_is_automatic() {
    let fixture = AccountingFixture::new();
    let service = fixture.service();
    let gepard = fixture.gepard(&service, "1");
    let there = [invoice(1)];
    assert_eq!(statuses(&gepard.process(&there)), ["Created"]);
    fixture.sandbox.fault(&json!({"fault": "status", "status": "OUT OF SERVICE"}));
    let batch: Vec<_> = (2..=101).map(invoice).collect();
    assert_eq!(gepard.process(&batch).status, 503);
    let calls = || fixture.sandbox.ledger()["calls"]["invoices/add"].as_u64().unwrap();
    let before = calls();
    let mut times: Vec<_> = std::iter::repeat_with(|| {
        let began = Instant::now();
        let reply = gepard.process(&batch);
        let took = began.elapsed();
        assert_eq!((reply.status, statuses(&reply)), (503, vec!["SERVICE_UNAVAILABLE".to_owned(); 100]));
        took
    })
    .take(10)
    .collect();
    times.sort();
    assert!(times[5] < Duration::from_millis(100), "{times:?} for a hundred invoices");
    assert_eq!(calls(), before, "nothing is sent");
    assert_eq!(statuses(&gepard.process(&there)), ["Existed"], "existing invoices are still reported");
    fixture.sandbox.clear();
    eventually("wFirma to be tried again", || (gepard.process(&batch).status == 200).then_some(()));
    assert_eq!(gepard.created_invoices().len(), 101);
}

#[test]
fn after_an_html_error_page_or_a_truncated_response_the_invoice_is_looked_up_and_settled() {
    let fixture = AccountingFixture::new();
    let service = fixture.service_with_visibility("2s");
    let gepard = fixture.gepard(&service, "1");
    for (number, fault, there) in [(1, "truncate", true), (2, "drop_answer", true), (3, "html", false)] {
        fixture.sandbox.fault(&json!({"fault": fault, "action": "invoices/add", "calls": 1}));
        let invoice = invoice(number);
        let word = statuses(&gepard.process(std::slice::from_ref(&invoice))).remove(0);
        assert_eq!(word, "OUTCOME_UNKNOWN", "{fault}");
        // nobody repeats the request; the reconciler looks it up
        let shown = wait_for_state(&gepard, &invoice, if there { "created" } else { "failed" });
        let last = shown["history"].as_array().unwrap().last().unwrap().clone();
        assert_eq!((&last["actor"], &last["requestId"]), (&json!("system:reconciler"), &json!("reconciler")));
        let expected = if there { "Existed" } else { "Created" };
        assert_eq!(statuses(&gepard.process(&[invoice])), [expected], "{fault}");
    }
    assert_eq!(gepard.created_invoices(), [1, 2, 3].map(|number| id(&invoice(number)).to_owned()));
    let calls = fixture.sandbox.ledger()["calls"]["invoices/add"].clone();
    assert_eq!(calls, 4, "only the missing invoice was sent twice");
}

#[test]
fn the_history_of_an_invoice_shows_its_states_and_their_causes() {
    let gepard = Gepard::new();
    let invoice = invoice(1);
    let nothing = gepard.history(&invoice);
    assert_eq!(nothing.status, 404);
    let expected = json!({"success": false, "errorCode": "NOT_FOUND", "errorMessage": "Invoice not found"});
    assert_eq!(nothing.json(), expected);
    let result = gepard.process(std::slice::from_ref(&invoice)).ok()["invoiceResults"][0].take();
    let mut shown = gepard.history(&invoice).ok();
    let history = shown["history"].take();
    let expected = json!({
        "invoiceId": id(&invoice), "clientId": "152158328", "companyId": gepard.company, "state": "created",
        "expectedTotal": 184.5, "total": 184.5, "invoiceNumber": result["invoiceNumber"],
        "wfirmaInvoiceId": result["wfirmaInvoiceId"], "createdAt": result["createdAt"], "errorCode": null,
        "errorMessage": null, "history": null,
    });
    assert_eq!(shown, expected);
    let text = gepard.history(&invoice).text;
    assert_eq!(text.matches(r#":184.50"#).count(), 4, "money is written to the digit: {text}");
    let history = history.as_array().unwrap();
    let states: Vec<_> = history.iter().map(|step| (&step["version"], &step["state"])).collect();
    let (intended, in_flight, created) = (json!("intended"), json!("in_flight"), json!("created"));
    assert_eq!(states, [(&json!(1), &intended), (&json!(2), &in_flight), (&json!(3), &created)]);
    assert!(history.iter().all(|step| step["actor"].as_str().unwrap().starts_with("api_key:")));
    assert_eq!(history[2]["detail"]["wfirmaInvoiceId"], result["wfirmaInvoiceId"]);
    let accountant = gepard.team.user(&["ACCOUNTS"]);
    assert_eq!(accountant.get(&format!("/api/gepard/invoices/{}", id(&invoice))).status, 200);
    for unknown in ["x", "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e11"] {
        assert_eq!(gepard.system.get(&format!("/api/gepard/invoices/{unknown}")).status, 404, "{unknown}");
    }
}

#[test]
fn an_invoice_that_wfirma_finds_twice_is_flagged_and_not_created_again() {
    let fixture = AccountingFixture::new();
    let service = fixture.service_with_visibility("1s");
    let gepard = fixture.gepard(&service, "1");
    fixture.sandbox.fault(&json!({"fault": "drop_answer", "calls": 1}));
    fixture.sandbox.fault(&json!({"fault": "two_matches"}));
    let invoice = invoice(1);
    assert_eq!(statuses(&gepard.process(std::slice::from_ref(&invoice))), ["OUTCOME_UNKNOWN"]);
    let flagged = eventually("the invoice to be flagged", || {
        let shown = gepard.history(&invoice).ok();
        let last = shown["history"].as_array().unwrap().last().unwrap().clone();
        (last["detail"]["several"] == true).then_some(shown)
    });
    assert_eq!(flagged["state"], "unknown");
    assert_eq!(statuses(&gepard.process(std::slice::from_ref(&invoice))), ["OUTCOME_UNKNOWN"]);
    fixture.sandbox.clear();
    assert_eq!(statuses(&gepard.process(&[invoice])), ["Existed"], "somebody has deleted one of the two");
    assert_eq!(gepard.created_invoices().len(), 1);
}

#[test]
fn other_content_for_an_id_is_a_conflict_while_the_first_is_pending_and_afterwards() {
    let fixture = AccountingFixture::new();
    let service = fixture.service();
    let gepard = fixture.gepard(&service, "1");
    let mut other = invoice(1);
    other["items"][0]["quantity"] = json!(4);
    let other = [other];
    fixture.sandbox.fault(&json!({"fault": "drop_answer", "calls": 1}));
    fixture.sandbox.fault(&json!({"fault": "late_find"}));
    assert_eq!(statuses(&gepard.process(&[invoice(1)])), ["OUTCOME_UNKNOWN"]);
    assert_eq!(statuses(&gepard.process(&other)), ["IDEMPOTENCY_CONFLICT"]);
    fixture.sandbox.clear();
    assert_eq!(statuses(&gepard.process(&[invoice(1)])), ["Existed"]);
    let reply = gepard.process(&other);
    assert_eq!((reply.status, statuses(&reply)), (422, vec!["IDEMPOTENCY_CONFLICT".to_owned()]));
    assert_eq!(gepard.created_invoices().len(), 1);
}

/// Sends SIGTERM to a service during a batch of 40 at 2 s a call and waits for its exit; returns the response to the
/// caller, if they waited.
fn terminate_during_batch(fixture: &AccountingFixture, caller_waits: bool) -> Option<Vec<String>> {
    let service = fixture.service();
    let gepard = fixture.gepard(&service, "1");
    fixture.sandbox.fault(&json!({"fault": "delay", "delay": "2s", "action": "invoices/add"}));
    let batch: Vec<_> = (1..=40).map(invoice).collect();
    let began = Instant::now();
    let answer = std::thread::scope(|scope| {
        let request_thread = scope.spawn(|| {
            let timeout = Duration::from_secs(if caller_waits { 60 } else { 1 });
            let request = gepard.batch_request(&batch).timeout(timeout);
            request.send().ok().map(|answer| statuses(&Reply::of(answer)))
        });
        let in_flight = || fixture.sandbox.ledger()["callsInFlight"].as_u64().unwrap();
        eventually("calls to be in flight", || (in_flight() == 8).then_some(()));
        if !caller_waits {
            assert_eq!(request_thread.join().unwrap(), None, "the caller has disconnected");
            assert_eq!(service.terminate().code(), Some(0));
            return None;
        }
        assert_eq!(service.terminate().code(), Some(0));
        request_thread.join().unwrap()
    });
    assert!(began.elapsed() < Duration::from_secs(25), "{:?}", began.elapsed());
    let open = "SELECT count(*) FROM accounting_invoices WHERE state IN ('in_flight', 'unknown')";
    assert_eq!(fixture.database.scalar(open), "0", "the invoices in flight are finished");
    answer
}

#[test]
fn on_sigterm_a_process_finishes_the_invoices_in_flight_and_starts_no_others() {
    let fixture = AccountingFixture::new();
    let words = terminate_during_batch(&fixture, true).unwrap();
    let created = words.iter().filter(|word| *word == "Created").count();
    let left = words.iter().filter(|word| *word == "SERVICE_UNAVAILABLE").count();
    assert!(created >= 8 && left > 0 && created + left == 40, "{words:?}");
    assert_eq!(fixture.sandbox.ledger()["invoices"].as_array().unwrap().len(), created);
}

#[test]
fn on_sigterm_a_process_finishes_the_invoices_in_flight_of_a_disconnected_caller() {
    let fixture = AccountingFixture::new();
    assert_eq!(terminate_during_batch(&fixture, false), None);
    let count = fixture.sandbox.ledger()["invoices"].as_array().unwrap().len();
    let created = "SELECT count(*) FROM accounting_invoices WHERE state = 'created'";
    assert!(count >= 8, "{count}");
    assert_eq!(fixture.database.scalar(created), count.to_string());
}
