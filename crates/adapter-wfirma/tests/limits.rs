//! How much is asked of wFirma at once, and how often.

use std::sync::Arc;

use chrono::TimeDelta;
use futures_util::future::join_all;
use invoicing::contract;
use invoicing::ports::AccountingGateway;
use serde_json::json;

use crate::support::{GOOD, Wfirma, connection, contractor, invoice, later, now, told};

#[tokio::test]
async fn no_more_calls_are_in_flight_than_the_process_may_have() {
    let wfirma = Wfirma::with(|settings| settings.concurrency = 4).await;
    wfirma.fault(json!({"fault": "delay", "delay": "30ms"})).await;
    let invoices: Vec<_> = (1..=24).map(|number| invoice(number, GOOD)).collect();
    let adds = join_all(invoices.iter().map(|invoice| wfirma.add(invoice)));
    let finds = join_all(invoices.iter().map(|invoice| wfirma.find(invoice.id())));
    let (added, found) = tokio::join!(adds, finds);
    assert!(added.iter().all(Result::is_ok) && found.iter().all(Result::is_ok), "{added:?} {found:?}");
    let ledger = wfirma.ledger().await;
    assert_eq!((&ledger["mostCallsInFlight"], &ledger["callsInFlight"]), (&json!(4), &json!(0)));
    assert_eq!((wfirma.made().await, wfirma.calls("invoices/add").await), (24, 24));
    wfirma.stop().await;
}

#[tokio::test]
async fn vat_codes_are_looked_up_once_a_company_however_many_need_them() {
    let wfirma = Wfirma::start().await;
    let invoices: Vec<_> = (1..=12).map(|number| invoice(number, GOOD)).collect();
    let added = join_all(invoices.iter().map(|invoice| wfirma.add(invoice))).await;
    assert_eq!(added.iter().filter(|added| added.is_ok()).count(), 12);
    assert_eq!(wfirma.calls("vat_codes/find").await, 1);
    let other = contract::connection("78");
    let (dates, until) = (other.dates(now()), later());
    for number in 13..=14 {
        let invoice = contract::invoice(number, &contractor(GOOD));
        wfirma.client.add(&other, &invoice, dates, until).await.unwrap();
    }
    assert_eq!(wfirma.calls("vat_codes/find").await, 2);
    wfirma.stop().await;
}

#[tokio::test]
async fn keys_that_were_refused_are_not_tried_again_and_new_ones_are() {
    let wfirma = Wfirma::start().await;
    wfirma.fault(json!({"fault": "status", "status": "AUTH", "calls": 1})).await;
    let id = invoice(1, GOOD).id();
    assert_eq!(told(wfirma.find(id).await), ("refused", "SERVICE_UNAVAILABLE"));
    for _ in 0..3 {
        assert_eq!(told(wfirma.find(id).await), ("not sent", "SERVICE_UNAVAILABLE"));
        assert_eq!(told(wfirma.add(&invoice(1, GOOD)).await), ("not sent", "SERVICE_UNAVAILABLE"));
    }
    let calls = async || (wfirma.calls("invoices/find").await, wfirma.calls("vat_codes/find").await);
    assert_eq!(calls().await, (1, 0));
    let mut mended = connection();
    mended.keys = contract::connection("78").keys;
    assert!(wfirma.client.find(&mended, id, later()).await.is_ok());
    assert_eq!(calls().await, (2, 0));
    wfirma.stop().await;
}

#[tokio::test]
async fn what_waited_for_its_turn_too_long_is_not_sent() {
    let wfirma = Arc::new(Wfirma::with(|settings| settings.concurrency = 1).await.warmed_up().await);
    wfirma.fault(json!({"fault": "hang", "contractorId": GOOD, "calls": 1})).await;
    let first = tokio::spawn({
        let wfirma = wfirma.clone();
        async move { told(wfirma.add(&invoice(1, GOOD)).await) }
    });
    wfirma.until_in_flight(1).await;
    let second = tokio::spawn({
        let wfirma = wfirma.clone();
        async move { told(wfirma.add_until(&invoice(2, GOOD), now() + TimeDelta::minutes(1)).await) }
    });
    // the only turn is taken, so the second can't be sent before its time is up
    wfirma.clock.move_on(TimeDelta::minutes(1));
    wfirma.clear_faults().await;
    assert_eq!(first.await.unwrap(), ("unknown", "OUTCOME_UNKNOWN"));
    assert_eq!(second.await.unwrap(), ("not sent", "SERVICE_UNAVAILABLE"));
    assert_eq!((wfirma.calls("invoices/add").await, wfirma.made().await), (2, 0));
}
