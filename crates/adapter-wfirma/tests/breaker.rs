//! The circuit breaker: while wFirma is down, nothing is sent to it, until a probe succeeds.

use std::time::{Duration, Instant};

use invoicing::ports::AccountingGateway;
use serde_json::json;

use crate::support::{VALID, Wfirma, connection, error_code, invoice, of_action};

/// Down after three failures, nothing read twice, and tried again after `open_for`.
async fn down(open_for: Duration) -> Wfirma {
    let wfirma = Wfirma::with(|settings| {
        (settings.failures, settings.tries, settings.open_for) = (3, 1, open_for);
    });
    let wfirma = wfirma.await.warmed_up().await;
    wfirma.fault(json!({"fault": "html"})).await;
    for _ in 0..3 {
        assert_eq!(error_code(wfirma.find(invoice(1, VALID).id()).await), ("unknown", "SERVICE_UNAVAILABLE"));
    }
    wfirma
}

#[tokio::test]
async fn an_open_breaker_answers_at_once_and_sends_nothing() {
    let wfirma = down(Duration::from_secs(3_600)).await;
    wfirma.clear_faults().await;
    for _ in 0..20 {
        let began = Instant::now();
        assert_eq!(error_code(wfirma.add(&invoice(1, VALID)).await), ("not sent", "SERVICE_UNAVAILABLE"));
        assert_eq!(
            error_code(wfirma.find(invoice(1, VALID).id()).await),
            ("not sent", "SERVICE_UNAVAILABLE")
        );
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
    assert_eq!(error_code(wfirma.find(invoice(1, VALID).id()).await), ("not sent", "SERVICE_UNAVAILABLE"));
    assert!(!wfirma.client.is_available(&connection()));
    wfirma.clear_faults().await;
    wfirma.until_available().await;
    assert_eq!(&*wfirma.add(&invoice(1, VALID)).await.unwrap().number, "FV 22/2025");
    assert_eq!(wfirma.calls("invoices/add").await, 2, "a write never asks whether it is back");
    wfirma.stop().await;
}

#[tokio::test]
async fn while_a_probe_hangs_callers_are_answered_at_once() {
    let wfirma = down(Duration::from_millis(1)).await;
    wfirma.fault(json!({"fault": "hang"})).await;
    // whoever asks whether it is back waits for an answer
    wfirma.until_in_flight(1).await;
    for _ in 0..20 {
        let began = Instant::now();
        assert_eq!(error_code(wfirma.add(&invoice(1, VALID)).await), ("not sent", "SERVICE_UNAVAILABLE"));
        assert!(began.elapsed() < Duration::from_millis(100), "{:?}", began.elapsed());
    }
    wfirma.stop().await;
}

#[tokio::test]
async fn a_reported_outage_opens_the_breaker_and_refusals_do_not() {
    for (status, opens) in [("OUT OF SERVICE", true), ("SNAPSHOT LOCK", true), ("ACCESS DENIED", false)] {
        let open_for = Duration::from_secs(3_600);
        let wfirma = Wfirma::with(|settings| {
            (settings.failures, settings.tries, settings.open_for) = (2, 1, open_for);
        });
        let wfirma = wfirma.await;
        wfirma.fault(of_action("status", "invoices/find", json!({"status": status}))).await;
        let id = invoice(1, VALID).id();
        let found = [
            error_code(wfirma.find(id).await),
            error_code(wfirma.find(id).await),
            error_code(wfirma.find(id).await),
        ];
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
    let invoice = invoice(1, VALID);
    let release = async {
        wfirma.until_in_flight(1).await;
        wfirma.clear_faults().await;
    };
    // the look-up has the only turn before the write is begun, and fails before the write gets it
    let (found, added, ()) = tokio::join!(wfirma.find(invoice.id()), wfirma.add(&invoice), release);
    assert_eq!(error_code(found), ("unknown", "SERVICE_UNAVAILABLE"));
    assert_eq!(error_code(added), ("not sent", "SERVICE_UNAVAILABLE"));
    assert_eq!((wfirma.calls("invoices/add").await, wfirma.invoice_count().await), (1, 0));
    wfirma.stop().await;
}

#[tokio::test]
async fn a_locked_company_does_not_keep_the_breaker_open() {
    let wfirma = down(Duration::from_millis(20)).await;
    wfirma.clear_faults().await;
    wfirma.fault(json!({"fault": "status", "status": "SNAPSHOT LOCK"})).await;
    wfirma.until_available().await;
    wfirma.stop().await;
}

#[tokio::test]
async fn refused_keys_are_not_used_to_probe() {
    let wfirma = Wfirma::with(|settings| {
        (settings.failures, settings.tries) = (1, 1);
        settings.open_for = Duration::from_millis(500);
    });
    let wfirma = wfirma.await;
    wfirma.fault(of_action("status", "vat_codes/find", json!({"status": "AUTH", "calls": 1}))).await;
    wfirma.fault(of_action("delay", "vat_codes/find", json!({"delay": "100ms", "calls": 1}))).await;
    wfirma.fault(of_action("html", "invoices/find", json!({}))).await;
    let invoice = invoice(1, VALID);
    let opens = async {
        wfirma.until_in_flight(1).await;
        wfirma.find(invoice.id()).await
    };
    // the breaker opens while the keys are on their way, and is open when they are refused
    let (added, found) = tokio::join!(wfirma.add(&invoice), opens);
    assert_eq!((error_code(added).0, error_code(found).0), ("refused", "unknown"));
    wfirma.clock.until_read(2).await;
    assert_eq!(wfirma.calls("vat_codes/find").await, 1, "the keys are in their cooldown");
    wfirma.clock.advance(chrono::TimeDelta::minutes(5));
    wfirma.until_available().await;
    assert_eq!(wfirma.calls("vat_codes/find").await, 2);
    wfirma.stop().await;
}
