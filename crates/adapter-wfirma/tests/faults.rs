//! The client against each fault of the sandbox.

use std::time::{Duration, Instant};

use adapter_wfirma::Settings;
use invoicing::accounting::{IssuedInvoice, LookupResult};
use invoicing::ports::AccountingGateway;
use serde_json::json;

use crate::support::{VALID, Wfirma, client, connection, error_code, invoice, later, now, of_action};

/// How long a call may take where one hangs.
const SHORT: Duration = Duration::from_secs(1);

fn short_if_it_hangs(settings: &mut Settings, fault: &str) {
    if fault == "hang" {
        (settings.write_timeout, settings.read_timeout) = (SHORT, SHORT);
    }
}

#[tokio::test]
async fn a_write_that_gets_no_answer_is_unknown_and_never_repeated() {
    // the fault, and how many invoices there are after it
    for (fault, made) in [("hang", 0), ("drop_answer", 1), ("html", 0), ("truncate", 1)] {
        let wfirma = Wfirma::with(|settings| short_if_it_hangs(settings, fault)).await.warmed_up().await;
        wfirma.fault(json!({"fault": fault, "contractorId": VALID, "calls": 1})).await;
        assert_eq!(
            error_code(wfirma.add(&invoice(1, VALID)).await),
            ("unknown", "OUTCOME_UNKNOWN"),
            "{fault}"
        );
        assert_eq!((wfirma.calls("invoices/add").await, wfirma.invoice_count().await), (2, made), "{fault}");
        // who gave up waiting is no longer in flight
        wfirma.until_in_flight(0).await;
        let found = wfirma.find(invoice(1, VALID).id()).await.unwrap();
        assert_eq!(matches!(found, LookupResult::One(_)), made == 1, "{fault}: {found:?}");
        wfirma.stop().await;
    }
}

#[tokio::test]
async fn a_read_that_gets_no_answer_is_repeated() {
    for fault in ["hang", "html", "truncate"] {
        let wfirma = Wfirma::with(|settings| short_if_it_hangs(settings, fault)).await;
        wfirma.fault(of_action(fault, "invoices/find", json!({"calls": 2}))).await;
        let found = wfirma.find(invoice(1, VALID).id()).await;
        assert_eq!(
            (found.unwrap(), wfirma.calls("invoices/find").await),
            (LookupResult::Nothing, 3),
            "{fault}"
        );
        wfirma.fault(of_action(fault, "invoices/find", json!({"calls": 3}))).await;
        let found = wfirma.find(invoice(1, VALID).id()).await;
        assert_eq!(error_code(found), ("unknown", "SERVICE_UNAVAILABLE"), "{fault}");
        wfirma.stop().await;
    }
}

#[tokio::test]
async fn vat_codes_that_cannot_be_read_mean_that_no_invoice_was_sent() {
    let wfirma = Wfirma::start().await;
    wfirma.fault(of_action("html", "vat_codes/find", json!({}))).await;
    assert_eq!(error_code(wfirma.add(&invoice(1, VALID)).await), ("not sent", "SERVICE_UNAVAILABLE"));
    assert_eq!(wfirma.calls("invoices/add").await, 0);
    wfirma.clear_faults().await;
    assert!(wfirma.add(&invoice(1, VALID)).await.is_ok_and(|booked| &*booked.number == "FV 22/2025"));
    wfirma.stop().await;
}

#[tokio::test]
async fn a_slow_answer_is_waited_for() {
    let wfirma = Wfirma::start().await.warmed_up().await;
    wfirma.fault(json!({"fault": "delay", "delay": "200ms", "contractorId": VALID})).await;
    let began = Instant::now();
    assert_eq!(&*wfirma.add(&invoice(1, VALID)).await.unwrap().number, "FV 22/2025");
    assert!(began.elapsed() >= Duration::from_millis(200), "{:?}", began.elapsed());
    wfirma.stop().await;
}

#[tokio::test]
async fn an_invoice_may_be_found_late() {
    let wfirma = Wfirma::start().await;
    let id = invoice(1, VALID).id();
    let booked = wfirma.add(&invoice(1, VALID)).await.unwrap();
    wfirma.fault(json!({"fault": "late_find", "contractorId": VALID, "calls": 2})).await;
    let looked_up = [wfirma.find(id).await, wfirma.find(id).await, wfirma.find(id).await].map(Result::unwrap);
    assert_eq!(looked_up, [LookupResult::Nothing, LookupResult::Nothing, LookupResult::One(booked.clone())]);
    wfirma.fault(json!({"fault": "late_find", "delay": "1h"})).await;
    assert_eq!(wfirma.find(id).await.unwrap(), LookupResult::Nothing);
    wfirma.clear_faults().await;
    wfirma.fault(json!({"fault": "late_find", "delay": "0ms"})).await;
    assert_eq!(wfirma.find(id).await.unwrap(), LookupResult::One(booked));
    wfirma.stop().await;
}

#[tokio::test]
async fn two_matches_are_reported() {
    let wfirma = Wfirma::start().await;
    let booked = wfirma.add(&invoice(1, VALID)).await.unwrap();
    wfirma.fault(json!({"fault": "two_matches", "calls": 1})).await;
    let twin =
        IssuedInvoice { wfirma_id: "382321041".into(), number: "FV 922/2025".into(), ..booked.clone() };
    let id = invoice(1, VALID).id();
    assert_eq!(wfirma.find(id).await.unwrap(), LookupResult::Several(vec![booked.clone(), twin]));
    assert_eq!(wfirma.find(id).await.unwrap(), LookupResult::One(booked));
    wfirma.stop().await;
}

#[tokio::test]
async fn without_a_server_nothing_is_sent() {
    let wfirma = Wfirma::start().await.warmed_up().await;
    let (url, log) = (wfirma.url.clone(), wfirma.log.clone());
    wfirma.stop().await;
    let client = client(&url, log.clone(), |_| {});
    let (connection, invoice) = (connection(), invoice(1, VALID));
    let dates = connection.dates(now());
    let added = client.add(&connection, &invoice, dates, later()).await;
    assert_eq!(error_code(added), ("not sent", "SERVICE_UNAVAILABLE"));
    assert_eq!(
        error_code(client.find(&connection, invoice.id(), later()).await),
        ("not sent", "SERVICE_UNAVAILABLE")
    );
    let last = log.all().pop().unwrap();
    assert_eq!((&*last.action, last.invoice), ("invoices/find", Some(invoice.id())));
    let error = last.answer.unwrap_err();
    assert!(error.contains("onnect"), "{error}");
}
