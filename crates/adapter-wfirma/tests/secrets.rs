//! Keys are sent to wFirma and appear nowhere else.

use std::sync::Arc;

use invoicing::accounting::AccountingKey;
use invoicing::memory::InMemoryExchanges;
use invoicing::ports::{AccountingGateway, GatewayError};
use serde_json::Value;

use crate::support::{VALID, Wfirma, answering, client, connection, http, invoice, later, now};

const KEYS: [&str; 3] = ["access-key-of-77", "secret-key-of-77", "app-key-of-77"];

fn is_free_of_keys(text: &str) {
    assert!(!KEYS.iter().any(|key| text.contains(key)), "{text}");
}

#[tokio::test]
async fn every_exchange_is_stored_without_the_keys() {
    let wfirma = Wfirma::start().await;
    let invoice = invoice(1, VALID);
    wfirma.add(&invoice).await.unwrap();
    wfirma.find(invoice.id()).await.unwrap();
    let stored = wfirma.log.all();
    let calls: Vec<_> = stored.iter().map(|exchange| (&*exchange.action, exchange.invoice)).collect();
    let id = Some(invoice.id());
    assert_eq!(calls, [("vat_codes/find", None), ("invoices/add", id), ("invoices/find", id)]);
    for exchange in &stored {
        assert_eq!((exchange.team, exchange.at), (connection().team, now()));
        let answer = exchange.answer.as_ref().unwrap();
        assert_eq!(answer.status, 200);
        assert_eq!(serde_json::from_str::<Value>(&answer.body).unwrap()["status"]["code"], "OK");
    }
    let sent: Value = serde_json::from_str(&stored[1].request).unwrap();
    let sent = &sent["api"]["invoices"][0]["invoice"];
    assert_eq!(sent["id_external"], invoice.id().to_string());
    let answer: Value = serde_json::from_str(&stored[1].answer.as_ref().unwrap().body).unwrap();
    assert_eq!(answer["invoices"]["0"]["invoice"]["fullnumber"], "FV 22/2025");
    is_free_of_keys(&format!("{stored:?}"));
    is_free_of_keys(&format!("{:?} {:?}", wfirma.client, connection()));
    wfirma.stop().await;
}

#[tokio::test]
async fn keys_that_a_response_repeats_are_not_stored() {
    let (url, handle) = answering(|request| (500, format!("{:?}", request.headers())));
    let sent = http().get(&url).header("accessKey", KEYS[0]).send().await.unwrap().text().await.unwrap();
    assert!(sent.contains(KEYS[0]), "the server repeats what it is sent: {sent}");
    let log = Arc::new(InMemoryExchanges::default());
    let client = client(&url, log.clone(), |settings| settings.tries = 1);
    let error = client.find(&connection(), invoice(1, VALID).id(), later()).await.unwrap_err();
    let stored = log.all();
    let answer = stored[0].answer.as_ref().unwrap();
    assert_eq!(answer.status, 500);
    assert_eq!(answer.body.matches("[redacted]").count(), 3, "{}", answer.body);
    is_free_of_keys(&format!("{stored:?} {error:?}"));
    handle.stop(false).await;
}

#[tokio::test]
async fn keys_that_wfirma_repeats_are_not_reported() {
    let key = r#"ac/cess"key"#;
    let mut connection = connection();
    connection.keys.access = AccountingKey::try_new(key).unwrap();
    let codes =
        ["23", "5", "zw"].map(|code| format!(r#"{{"vat_code":{{"id":1,"code":"{code}"}}}}"#)).join(",");
    for (answer, expected) in [
        (r#""status":{"code":"ERROR","message":"no ac\/cess\"key"}"#, "no [redacted]"),
        (r#""status":{"code":"NO ac\/cess\"key"}"#, "wFirma answered NO [redacted]"),
        (
            r#""invoices":[{"invoice":{"errors":[{"field":"f","message":"ac/cess&quot;key"}]}}],"status":{"code":"ERROR"}"#,
            "f: [redacted]",
        ),
    ] {
        let codes = format!(r#"{{"vat_codes":[{codes}],"status":{{"code":"OK"}}}}"#);
        let (url, handle) = answering(move |request| match request.path() {
            "/invoices/add" => (200, format!("{{{answer}}}")),
            _ => (200, codes.clone()),
        });
        let log = Arc::new(InMemoryExchanges::default());
        let client = client(&url, log.clone(), |_| {});
        let dates = connection.dates(now());
        let message = match client.add(&connection, &invoice(1, VALID), dates, later()).await {
            Err(GatewayError::Refused(failure)) => failure.message.into_owned(),
            Err(GatewayError::Unknown { source, .. }) => source.to_string(),
            other => panic!("it is no success: {other:?}"),
        };
        assert_eq!(message, expected);
        let stored = log.all().pop().unwrap().answer.unwrap().body;
        assert!(stored.contains("[redacted]") && !stored.contains("cess"), "{stored}");
        handle.stop(false).await;
    }
}
