//! Look-ups of a company's VAT codes.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use chrono::TimeDelta;
use futures_util::future::join_all;
use invoicing::contract;
use invoicing::memory::InMemoryExchanges;
use invoicing::ports::AccountingGateway;
use serde_json::json;

use crate::support::{
    ManualClock, VALID, Wfirma, answering, client_with_clock, connection, contractor, error_code, invoice,
    later, now, of_action,
};

#[tokio::test]
async fn vat_codes_are_looked_up_once_a_company_however_many_need_them() {
    let wfirma = Wfirma::start().await;
    let invoices: Vec<_> = (1..=12).map(|number| invoice(number, VALID)).collect();
    let added = join_all(invoices.iter().map(|invoice| wfirma.add(invoice))).await;
    assert_eq!(added.iter().filter(|added| added.is_ok()).count(), 12);
    assert_eq!(wfirma.calls("vat_codes/find").await, 1);
    let other = contract::connection("78");
    let (dates, until) = (other.dates(now()), later());
    for number in 13..=14 {
        let invoice = contract::invoice(number, &contractor(VALID));
        wfirma.client.add(&other, &invoice, dates, until).await.unwrap();
    }
    assert_eq!(wfirma.calls("vat_codes/find").await, 2);
    wfirma.stop().await;
}

#[tokio::test]
async fn calls_that_wait_for_a_failed_look_up_fail_and_do_not_repeat_it() {
    for (fault, kind, code) in [
        (json!({"status": "TOTAL REQUESTS LIMIT EXCEEDED"}), "refused", "RATE_LIMIT_EXCEEDED"),
        (json!({"status": "OUT OF SERVICE"}), "refused", "SERVICE_UNAVAILABLE"),
    ] {
        let wfirma = Wfirma::start().await;
        wfirma.fault(of_action("status", "vat_codes/find", fault.clone())).await;
        let invoices: Vec<_> = (1..=12).map(|number| invoice(number, VALID)).collect();
        let added = join_all(invoices.iter().map(|invoice| wfirma.add(invoice))).await;
        for added in added {
            assert_eq!(error_code(added), (kind, code), "{fault}");
        }
        assert_eq!(wfirma.calls("vat_codes/find").await, 3, "{fault}");
        // who comes later tries again
        wfirma.clear_faults().await;
        assert_eq!(&*wfirma.add(&invoice(1, VALID)).await.unwrap().number, "FV 22/2025");
        wfirma.stop().await;
    }
}

#[tokio::test]
async fn a_vat_code_that_is_missing_is_looked_for_again_but_not_at_once() {
    let code = |id: u8, code: &str| format!(r#"{{"vat_code":{{"id":{id},"code":"{code}"}}}}"#);
    let most = [code(1, "23"), code(2, "5")].join(",");
    let all = [&most, &*code(3, "zw")].join(",");
    let (requests, added) = (Arc::new(AtomicUsize::new(0)), r#"{"id":1,"fullnumber":"FV 1/2025"}"#);
    let counted = requests.clone();
    let (url, handle) = answering(move |request| {
        let body = match request.path() {
            "/invoices/add" => format!(r#""invoices":[{{"invoice":{added}}}]"#),
            _ => match counted.fetch_add(1, Ordering::SeqCst) {
                0 => r#""vat_codes":[]"#.to_owned(),
                1 => format!(r#""vat_codes":[{most}]"#),
                _ => format!(r#""vat_codes":[{all}]"#),
            },
        };
        (200, format!(r#"{{{body},"status":{{"code":"OK"}}}}"#))
    });
    let clock = Arc::new(ManualClock::default());
    let client = client_with_clock(&url, clock.clone(), Arc::new(InMemoryExchanges::default()), |_| {});
    let connection = connection();
    let add = async || {
        let invoice = invoice(1, VALID);
        let until = later() + TimeDelta::days(7);
        let added = client.add(&connection, &invoice, connection.dates(now()), until).await;
        let result = added.map(|booked| booked.number).map_err(|error| error.failure().message.into_owned());
        (result, requests.load(Ordering::SeqCst))
    };
    let lacks = |code: &str| Err(format!("the company has no VAT code for {code} in wFirma"));
    assert_eq!(add().await, (lacks("23%"), 1), "that there is none");
    assert_eq!(add().await, (lacks("zw"), 2), "is not believed");
    clock.advance(TimeDelta::seconds(59));
    assert_eq!(add().await, (lacks("zw"), 2));
    clock.advance(TimeDelta::seconds(1));
    assert_eq!(add().await, (Ok("FV 1/2025".into()), 3));
    clock.advance(TimeDelta::hours(24) - TimeDelta::seconds(1));
    assert_eq!(add().await, (Ok("FV 1/2025".into()), 3));
    clock.advance(TimeDelta::seconds(1));
    assert_eq!(add().await, (Ok("FV 1/2025".into()), 4));
    handle.stop(false).await;
}
