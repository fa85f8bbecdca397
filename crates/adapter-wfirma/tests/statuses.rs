//! Each status of wFirma, for writes and for reads.

use std::sync::Arc;

use invoicing::accounting::LookupResult;
use invoicing::memory::InMemoryExchanges;
use invoicing::ports::AccountingGateway;
use serde_json::json;

use crate::support::{
    VALID, Wfirma, answering, client, connection, error_code, invoice, later, now, of_action,
};

/// The status; what a write of it comes to, with the code that callers are error_code; whether a read is repeated.
const TABLE: [(&str, (&str, &str), bool); 14] = [
    ("NOT FOUND", ("refused", "CONTRACTOR_NOT_FOUND"), false),
    ("ACCESS DENIED", ("refused", "INSUFFICIENT_PERMISSIONS"), false),
    ("DENIED SCOPE REQUESTED", ("refused", "INSUFFICIENT_PERMISSIONS"), false),
    ("TOTAL REQUESTS LIMIT EXCEEDED", ("refused", "RATE_LIMIT_EXCEEDED"), true),
    ("TOTAL EXECUTION TIME LIMIT EXCEEDED", ("refused", "RATE_LIMIT_EXCEEDED"), true),
    ("OUT OF SERVICE", ("refused", "SERVICE_UNAVAILABLE"), true),
    ("SNAPSHOT LOCK", ("refused", "SERVICE_UNAVAILABLE"), true),
    ("AUTH", ("refused", "SERVICE_UNAVAILABLE"), false),
    ("AUTH FAILED LIMIT WAIT 5 MINUTES", ("refused", "SERVICE_UNAVAILABLE"), false),
    ("ERROR", ("refused", "VALIDATION_ERROR"), false),
    ("INPUT ERROR", ("refused", "INTERNAL_ERROR"), false),
    // nobody knows what was done before it broke
    ("FATAL", ("unknown", "INTERNAL_ERROR"), false),
    ("COMPANY ID REQUIRED", ("refused", "INTERNAL_ERROR"), false),
    ("ACTION NOT FOUND", ("refused", "INTERNAL_ERROR"), false),
];

#[tokio::test]
async fn a_write_is_sent_once_and_fails_as_the_table_says() {
    for (status, expected, _) in TABLE {
        let wfirma = Wfirma::start().await.warmed_up().await;
        wfirma.fault(of_action("status", "invoices/add", json!({"status": status, "calls": 1}))).await;
        assert_eq!(error_code(wfirma.add(&invoice(1, VALID)).await), expected, "{status}");
        assert_eq!((wfirma.calls("invoices/add").await, wfirma.invoice_count().await), (2, 0), "{status}");
        wfirma.stop().await;
    }
}

#[tokio::test]
async fn a_read_is_repeated_where_the_table_says_so() {
    for (status, (_, code), repeated) in TABLE {
        let wfirma = Wfirma::start().await;
        wfirma.fault(of_action("status", "invoices/find", json!({"status": status, "calls": 1}))).await;
        let found = wfirma.find(invoice(1, VALID).id()).await;
        let calls = wfirma.calls("invoices/find").await;
        if repeated {
            assert_eq!((found.unwrap(), calls), (LookupResult::Nothing, 2), "{status}");
        } else {
            // no contractor is asked for here, and no invoice that could be faulty in a way of its own
            let code = if code == "CONTRACTOR_NOT_FOUND" { "INTERNAL_ERROR" } else { code };
            assert_eq!((error_code(found), calls), (("refused", code), 1), "{status}");
        }
        wfirma.stop().await;
    }
}

#[tokio::test]
async fn a_read_is_given_up_after_some_attempts() {
    let wfirma = Wfirma::start().await;
    wfirma.fault(json!({"fault": "status", "status": "TOTAL REQUESTS LIMIT EXCEEDED"})).await;
    assert_eq!(error_code(wfirma.find(invoice(1, VALID).id()).await), ("refused", "RATE_LIMIT_EXCEEDED"));
    assert_eq!(wfirma.calls("invoices/find").await, 3);
    // the VAT codes come first, so nothing was sent of the invoice
    assert_eq!(error_code(wfirma.add(&invoice(1, VALID)).await), ("refused", "RATE_LIMIT_EXCEEDED"));
    assert_eq!((wfirma.calls("vat_codes/find").await, wfirma.calls("invoices/add").await), (3, 0));
    wfirma.stop().await;
}

#[tokio::test]
async fn an_undocumented_status_or_a_response_without_invoice_leaves_the_outcome_unknown() {
    // as a draft does, which has no legal number
    for (status, code) in [("OK", "OUTCOME_UNKNOWN"), ("SOMETHING NEW", "INTERNAL_ERROR")] {
        let wfirma = Wfirma::start().await.warmed_up().await;
        wfirma.fault(of_action("status", "invoices/add", json!({"status": status}))).await;
        assert_eq!(error_code(wfirma.add(&invoice(1, VALID)).await), ("unknown", code), "{status}");
        assert_eq!(wfirma.calls("invoices/add").await, 2, "{status}");
        wfirma.stop().await;
    }
}

#[tokio::test]
async fn a_gateways_response_to_a_write_leaves_the_outcome_unknown() {
    let codes = r#"{"vat_codes":[{"vat_code":{"id":1,"code":"23"}},{"vat_code":{"id":2,"code":"5"}},
        {"vat_code":{"id":3,"code":"zw"}}],"status":{"code":"OK"}}"#;
    for (http, body, expected) in [
        (502, r#"{"status":"error","message":"upstream timeout"}"#, ("unknown", "OUTCOME_UNKNOWN")),
        (504, r#"{"status":{"code":"ERROR"}}"#, ("unknown", "OUTCOME_UNKNOWN")),
        (408, r#"{"status":"error"}"#, ("unknown", "OUTCOME_UNKNOWN")),
        (503, r#"{"status":{"code":"OUT OF SERVICE"}}"#, ("refused", "SERVICE_UNAVAILABLE")),
    ] {
        let (url, handle) = answering(move |request| match request.path() {
            "/invoices/add" => (http, body.to_owned()),
            _ => (200, codes.to_owned()),
        });
        let client = client(&url, Arc::new(InMemoryExchanges::default()), |_| {});
        let connection = connection();
        let added = client.add(&connection, &invoice(1, VALID), connection.dates(now()), later()).await;
        assert_eq!(error_code(added), expected, "{http} {body}");
        handle.stop(false).await;
    }
}

#[tokio::test]
async fn an_inconclusive_look_up_is_not_nothing() {
    for (http, body) in [
        (200, r#"{"status":"ok"}"#),
        (200, r#"{"status":{"code":"OK"}}"#),
        (200, r#"{"invoices":{"parameters":{"total":"250"}},"status":{"code":"OK"}}"#),
        (200, r#"{"invoices":[{"invoice":{"id":1,"type":"normal_draft"}}],"status":{"code":"OK"}}"#),
        (502, r#"{"invoices":[],"status":{"code":"OK"}}"#),
    ] {
        let (url, handle) = answering(move |_| (http, body.to_owned()));
        let client = client(&url, Arc::new(InMemoryExchanges::default()), |_| {});
        let found = client.find(&connection(), invoice(1, VALID).id(), later()).await;
        assert_eq!(error_code(found).0, "unknown", "{http} {body}");
        handle.stop(false).await;
    }
}
