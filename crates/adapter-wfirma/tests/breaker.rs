//! While wFirma is down nothing is sent to it, until something that is read shows that it is back.

use std::time::{Duration, Instant};

use invoicing::ports::AccountingGateway;
use serde_json::json;

use crate::support::{GOOD, Wfirma, connection, invoice, of_action, told};

/// Down after three failures, nothing read twice, and tried again after `open_for`.
async fn down(open_for: Duration) -> Wfirma {
    let wfirma = Wfirma::with(|settings| {
        (settings.failures, settings.tries, settings.open_for) = (3, 1, open_for);
    });
    let wfirma = wfirma.await.warmed_up().await;
    wfirma.fault(json!({"fault": "html"})).await;
    for _ in 0..3 {
        assert_eq!(told(wfirma.find(invoice(1, GOOD).id()).await), ("unknown", "SERVICE_UNAVAILABLE"));
    }
    wfirma
}

#[tokio::test]
async fn an_open_breaker_answers_at_once_and_sends_nothing() {
    let wfirma = down(Duration::from_secs(3_600)).await;
    wfirma.clear_faults().await;
    for _ in 0..20 {
        let began = Instant::now();
        assert_eq!(told(wfirma.add(&invoice(1, GOOD)).await), ("not sent", "SERVICE_UNAVAILABLE"));
        assert_eq!(told(wfirma.find(invoice(1, GOOD).id()).await), ("not sent", "SERVICE_UNAVAILABLE"));
        assert!(began.elapsed() < Duration::from_millis(100), "{:?}", began.elapsed());
    }
    let calls = (wfirma.calls("invoices/find").await, wfirma.calls("invoices/add").await);
    assert_eq!(calls, (3, 1));
    wfirma.stop().await;
}

#[tokio::test]
async fn the_breaker_closes_by_itself_when_wfirma_is_back() {
    let wfirma = down(Duration::from_millis(20)).await;
    // asked again and again while it is down, and by nobody's request
    wfirma.until_calls("vat_codes/find", 3).await;
    assert_eq!(told(wfirma.find(invoice(1, GOOD).id()).await), ("not sent", "SERVICE_UNAVAILABLE"));
    assert!(!wfirma.client.is_available(&connection()));
    wfirma.clear_faults().await;
    wfirma.until_available().await;
    assert_eq!(&*wfirma.add(&invoice(1, GOOD)).await.unwrap().number, "FV 22/2025");
    assert_eq!(wfirma.calls("invoices/add").await, 2, "a write never asks whether it is back");
    wfirma.stop().await;
}

#[tokio::test]
async fn while_it_hangs_callers_are_answered_at_once() {
    let wfirma = down(Duration::from_millis(1)).await;
    wfirma.fault(json!({"fault": "hang"})).await;
    // whoever asks whether it is back waits for an answer
    wfirma.until_in_flight(1).await;
    for _ in 0..20 {
        let began = Instant::now();
        assert_eq!(told(wfirma.add(&invoice(1, GOOD)).await), ("not sent", "SERVICE_UNAVAILABLE"));
        assert!(began.elapsed() < Duration::from_millis(100), "{:?}", began.elapsed());
    }
    wfirma.stop().await;
}

#[tokio::test]
async fn an_outage_that_wfirma_itself_tells_of_opens_the_breaker_and_refusals_do_not() {
    for (status, opens) in [("OUT OF SERVICE", true), ("SNAPSHOT LOCK", true), ("ACCESS DENIED", false)] {
        let open_for = Duration::from_secs(3_600);
        let wfirma = Wfirma::with(|settings| {
            (settings.failures, settings.tries, settings.open_for) = (2, 1, open_for);
        });
        let wfirma = wfirma.await;
        wfirma.fault(of_action("status", "invoices/find", json!({"status": status}))).await;
        let id = invoice(1, GOOD).id();
        let found = [told(wfirma.find(id).await), told(wfirma.find(id).await), told(wfirma.find(id).await)];
        assert_eq!(found[2].0 == "not sent", opens, "{status}: {found:?}");
        assert_eq!(wfirma.calls("invoices/find").await, if opens { 2 } else { 3 }, "{status}");
        wfirma.stop().await;
    }
}

#[tokio::test]
async fn a_write_that_waits_while_wfirma_goes_down_is_not_sent() {
    let wfirma = Wfirma::with(|settings| {
        (settings.concurrency, settings.failures, settings.tries) = (1, 1, 1);
        settings.open_for = Duration::from_secs(3_600);
    });
    let wfirma = wfirma.await.warmed_up().await;
    wfirma.fault(of_action("hang", "invoices/find", json!({"calls": 1}))).await;
    let invoice = invoice(1, GOOD);
    let release = async {
        wfirma.until_in_flight(1).await;
        wfirma.clear_faults().await;
    };
    // the look-up has the only turn before the write is begun, and fails before the write gets it
    let (found, added, ()) = tokio::join!(wfirma.find(invoice.id()), wfirma.add(&invoice), release);
    assert_eq!(told(found), ("unknown", "SERVICE_UNAVAILABLE"));
    assert_eq!(told(added), ("not sent", "SERVICE_UNAVAILABLE"));
    assert_eq!((wfirma.calls("invoices/add").await, wfirma.made().await), (1, 0));
    wfirma.stop().await;
}

#[tokio::test]
async fn a_company_that_is_locked_keeps_nobody_else_waiting() {
    let wfirma = down(Duration::from_millis(20)).await;
    wfirma.clear_faults().await;
    wfirma.fault(json!({"fault": "status", "status": "SNAPSHOT LOCK"})).await;
    wfirma.until_available().await;
    wfirma.stop().await;
}

#[tokio::test]
async fn keys_that_are_refused_do_not_ask_whether_wfirma_is_back() {
    let wfirma = Wfirma::with(|settings| {
        (settings.failures, settings.tries) = (1, 1);
        settings.open_for = Duration::from_millis(500);
    });
    let wfirma = wfirma.await;
    wfirma.fault(of_action("status", "vat_codes/find", json!({"status": "AUTH", "calls": 1}))).await;
    wfirma.fault(of_action("delay", "vat_codes/find", json!({"delay": "100ms", "calls": 1}))).await;
    wfirma.fault(of_action("html", "invoices/find", json!({}))).await;
    let invoice = invoice(1, GOOD);
    let opens = async {
        wfirma.until_in_flight(1).await;
        wfirma.find(invoice.id()).await
    };
    // the breaker opens while the keys are on their way, and is open when they are refused
    let (added, found) = tokio::join!(wfirma.add(&invoice), opens);
    assert_eq!((told(added).0, told(found).0), ("refused", "unknown"));
    wfirma.clock.until_read(2).await;
    assert_eq!(wfirma.calls("vat_codes/find").await, 1, "the keys rest");
    wfirma.clock.move_on(chrono::TimeDelta::minutes(5));
    wfirma.until_available().await;
    assert_eq!(wfirma.calls("vat_codes/find").await, 2);
    wfirma.stop().await;
}
