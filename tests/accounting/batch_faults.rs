//! Faulty batches: each rule of `docs/spec/gepard.md`, "Validation", with the path of the fault; nothing is sent to
//! wFirma.

use reqwest::Method;
use reqwest::blocking::Body;
use serde_json::{Value, json};

use crate::support::gepard::{Gepard, PROCESS, invoice, statuses};
use crate::support::{Reply, Requests};

/// The invoice with another value at a path such as `items.0.name`.
fn with(path: &str, value: Value) -> Value {
    let mut invoice = invoice(1);
    let pointer = format!("/{}", path.replace('.', "/"));
    match invoice.pointer_mut(&pointer) {
        Some(field) => *field = value,
        None => panic!("there is {path}"),
    }
    invoice
}

/// The invoice without a field.
fn without(path: &str) -> Value {
    let mut invoice = invoice(1);
    let (parent, field) = path.rsplit_once('.').map_or(("", path), |(parent, field)| (parent, field));
    let pointer = if parent.is_empty() { String::new() } else { format!("/{}", parent.replace('.', "/")) };
    let removed = invoice.pointer_mut(&pointer).and_then(Value::as_object_mut).unwrap().remove(field);
    assert!(removed.is_some(), "there is {path}");
    invoice
}

/// The fields and codes of the faults of a 422, whose message names the first.
#[track_caller]
fn faults(reply: &Reply) -> Vec<(String, String)> {
    assert_eq!(reply.status, 422, "{reply:?}");
    let body = reply.json();
    let errors = body["errors"].as_array().unwrap_or_else(|| panic!("{reply:?}")).clone();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let (field, message) = (text(&errors[0]["field"]), text(&errors[0]["message"]));
    let error_message = if field == "invoices" { message } else { format!("{field}: {message}") };
    let expected = json!({"success": false, "errorCode": "VALIDATION_ERROR", "errorMessage": error_message, "errors": errors});
    assert_eq!(body, expected, "no counts: nothing was begun");
    errors.iter().map(|error| (text(&error["field"]), text(&error["code"]))).collect()
}

#[test]
fn every_rule_is_checked_and_each_fault_is_named_with_its_path() {
    let gepard = Gepard::new();
    let item = "invoices[0].items[0]";
    let text = |length: usize| json!("x".repeat(length));
    let many = json!(vec![invoice(1)["items"][0].clone(); 501]);
    for (invoice, field, code) in [
        (without("invoice_id"), "invoices[0].invoice_id".to_owned(), "MISSING_FIELD"),
        (with("invoice_id", json!("INV-1")), "invoices[0].invoice_id".to_owned(), "INVALID_VALUE"),
        (with("invoice_id", json!(7)), "invoices[0].invoice_id".to_owned(), "INVALID_TYPE"),
        // a UUID of another version, and one without hyphens
        (
            with("invoice_id", json!("0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e11")),
            "invoices[0].invoice_id".to_owned(),
            "INVALID_VALUE",
        ),
        (
            with("invoice_id", json!("550e8400e29b41d4a716446655440001")),
            "invoices[0].invoice_id".to_owned(),
            "INVALID_VALUE",
        ),
        (without("client_id"), "invoices[0].client_id".to_owned(), "MISSING_FIELD"),
        (with("client_id", json!("abc")), "invoices[0].client_id".to_owned(), "INVALID_VALUE"),
        (without("items"), "invoices[0].items".to_owned(), "MISSING_FIELD"),
        (with("items", json!([])), "invoices[0].items".to_owned(), "OUT_OF_RANGE"),
        (with("items", many), "invoices[0].items".to_owned(), "OUT_OF_RANGE"),
        (with("items", json!([7])), item.to_owned(), "INVALID_TYPE"),
        (without("items.0.name"), format!("{item}.name"), "MISSING_FIELD"),
        (with("items.0.name", json!(" ")), format!("{item}.name"), "INVALID_VALUE"),
        (with("items.0.quantity_unit", json!("k\ng")), format!("{item}.quantity_unit"), "INVALID_VALUE"),
        (
            with("items.0.quantity_unit", json!("k\u{2066}g")),
            format!("{item}.quantity_unit"),
            "INVALID_VALUE",
        ),
        (without("items.0.unit_price"), format!("{item}.unit_price"), "MISSING_FIELD"),
        (with("items.0.unit_price", json!("fifty")), format!("{item}.unit_price"), "INVALID_TYPE"),
        (with("items.0.unit_price", json!("1,50")), format!("{item}.unit_price"), "INVALID_TYPE"),
        (with("items.0.unit_price", json!("1_000")), format!("{item}.unit_price"), "INVALID_TYPE"),
        (with("items.0.unit_price", json!("+5")), format!("{item}.unit_price"), "INVALID_TYPE"),
        (with("items.0.unit_price", json!(".5")), format!("{item}.unit_price"), "INVALID_TYPE"),
        (with("items.0.unit_price", json!("5.")), format!("{item}.unit_price"), "INVALID_TYPE"),
        (with("items.0.unit_price", json!("1e3")), format!("{item}.unit_price"), "INVALID_TYPE"),
        (with("items.0.unit_price", json!("-1")), format!("{item}.unit_price"), "INVALID_VALUE"),
        (with("items.0.unit_price", json!("0.00001")), format!("{item}.unit_price"), "INVALID_VALUE"),
        (with("items.0.unit_price", json!("100000000000")), format!("{item}.unit_price"), "INVALID_VALUE"),
        (without("items.0.currency"), format!("{item}.currency"), "MISSING_FIELD"),
        (with("items.0.currency", json!("zł")), format!("{item}.currency"), "INVALID_VALUE"),
        (without("items.0.quantity"), format!("{item}.quantity"), "MISSING_FIELD"),
        (with("items.0.quantity", json!(0)), format!("{item}.quantity"), "INVALID_VALUE"),
        (with("items.0.quantity", json!(-1)), format!("{item}.quantity"), "INVALID_VALUE"),
        (with("items.0.quantity", json!(1.5)), format!("{item}.quantity"), "INVALID_TYPE"),
        (with("items.0.quantity", json!("three")), format!("{item}.quantity"), "INVALID_TYPE"),
        (with("items.0.quantity", json!(1_000_001)), format!("{item}.quantity"), "INVALID_VALUE"),
        (without("items.0.quantity_unit"), format!("{item}.quantity_unit"), "MISSING_FIELD"),
        (with("items.0.quantity_unit", text(21)), format!("{item}.quantity_unit"), "INVALID_VALUE"),
        (without("items.0.vat_rate"), format!("{item}.vat_rate"), "MISSING_FIELD"),
        (with("items.0.vat_rate", json!("24%")), format!("{item}.vat_rate"), "INVALID_VALUE"),
        (with("items.0.vat_rate", json!("2 3%")), format!("{item}.vat_rate"), "INVALID_VALUE"),
        (with("items.0.vat_rate", json!("z w")), format!("{item}.vat_rate"), "INVALID_VALUE"),
        (with("items.0.tax_rate", json!(8)), format!("{item}.tax_rate"), "TAX_RATE_MISMATCH"),
        (with("items.0.tax_rate", json!("23%")), format!("{item}.tax_rate"), "INVALID_TYPE"),
    ] {
        let reply = gepard.process(std::slice::from_ref(&invoice));
        assert_eq!(faults(&reply), [(field, code.to_owned())], "{invoice}");
    }
    nothing_was_sent(&gepard);
}

#[test]
fn a_faulty_item_name_fails_its_own_invoice_and_no_other() {
    let gepard = Gepard::new();
    let long = "x".repeat(256);
    for (name, why) in [
        (long.as_str(), "may have at most 255 characters, this has 256"),
        ("a\nb", "holds the character U+000A at position 2, which is not allowed"),
        ("a\u{202e}b", "holds the character U+202E at position 2, which is not allowed"),
        ("a\u{0}b", "holds the character U+0000 at position 2, which is not allowed"),
        ("a\u{2067}b", "holds the direction mark U+2067 at position 2 without its pair"),
    ] {
        let (good, mut faulty) = (invoice(1), invoice(2));
        let mut item = faulty["items"][0].clone();
        item["name"] = json!(name);
        faulty["items"].as_array_mut().unwrap().push(item);
        let reply = gepard.process(&[faulty, good]);
        assert_eq!(reply.status, 422);
        let result = &reply.json()["invoiceResults"][0];
        let message = format!("The name of item 2 {why}");
        assert_eq!(
            (&result["errorCode"], &result["errorMessage"]),
            (&json!("VALIDATION_ERROR"), &json!(message))
        );
        assert_ne!(reply.json()["invoiceResults"][1]["status"], json!("Failed"));
    }
    assert_eq!(gepard.team.count("accounting_invoices"), 1, "the faulty one is in no ledger");
    let mut joined = invoice(2);
    joined["items"][0]["name"] =
        json!("\u{645}\u{6cc}\u{200c}\u{62e}\u{648}\u{627}\u{647}\u{645} \u{2764}\u{fe0f}");
    gepard.process(&[joined]).ok();
}

fn nothing_was_sent(gepard: &Gepard<'_>) {
    let calls = gepard.admin.get("/api/accounting/exchanges").ok();
    assert_eq!(calls["data"]["pagination"]["totalItems"], 0, "nothing was sent to wFirma");
    assert_eq!((gepard.created_invoices(), gepard.team.count("accounting_invoices")), (Vec::new(), 0));
}

#[test]
fn all_faults_of_a_batch_are_named_and_its_valid_invoices_are_not_created() {
    let gepard = Gepard::new();
    let mut two_currencies = invoice(2);
    let mut euros = two_currencies["items"][0].clone();
    euros["currency"] = json!("EUR");
    two_currencies["items"].as_array_mut().unwrap().push(euros);
    let mut other = invoice(3);
    other["items"][0]["quantity"] = json!(4);
    let mut twice_faulty = invoice(4);
    (twice_faulty["items"][0]["quantity"], twice_faulty["client_id"]) = (json!(0), json!(""));
    let reply =
        gepard.process(&[invoice(1), two_currencies, invoice(3), other, twice_faulty, json!("an invoice")]);
    let expected = [
        ("invoices[1].items[1].currency", "CURRENCY_MISMATCH"),
        ("invoices[3].invoice_id", "DUPLICATE_INVOICE"),
        ("invoices[4].client_id", "INVALID_VALUE"),
        ("invoices[4].items[0].quantity", "INVALID_VALUE"),
        ("invoices[5]", "INVALID_TYPE"),
    ];
    assert_eq!(faults(&reply), expected.map(|(field, code)| (field.to_owned(), code.to_owned())));
    nothing_was_sent(&gepard);
}

#[test]
fn a_batch_has_at_most_a_hundred_invoices() {
    let gepard = Gepard::new();
    let invoices: Vec<_> = (1..=101).map(invoice).collect();
    let reply = gepard.process(&invoices);
    assert_eq!(faults(&reply), [("invoices".to_owned(), "OUT_OF_RANGE".to_owned())]);
    let reply = gepard.system.post(PROCESS, &json!({"invoices": {"invoice": invoice(1)}}));
    assert_eq!(faults(&reply), [("invoices".to_owned(), "INVALID_TYPE".to_owned())]);
    nothing_was_sent(&gepard);
    let reply = gepard.process(&invoices[..100]);
    assert_eq!(reply.ok()["successfulInvoices"], 100);
}

#[test]
fn the_same_content_in_another_notation_is_the_same_invoice() {
    let gepard = Gepard::new();
    let mut otherwise = invoice(1);
    let item = &mut otherwise["items"][0];
    (item["unit_price"], item["vat_rate"], item["tax_rate"]) = (json!(50), json!("23"), Value::Null);
    item["color"] = json!("ignored");
    let reply = gepard.process(&[invoice(1), otherwise]);
    assert_eq!(statuses(&reply), ["Created", "Existed"]);
    assert_eq!(gepard.created_invoices().len(), 1);
}

#[test]
fn a_body_that_is_no_json_object_gets_400_in_the_documented_format() {
    let gepard = Gepard::new();
    for body in [
        "{\"invoices\":",
        "[]",
        "{\"invoices\": [], \"invoices\": []}",
        "{\"invoices\": [{\"a\": 1, \"a\": 2}]}",
    ] {
        let request = gepard.system.request(Method::POST, PROCESS);
        let reply = Reply::to(request.header("content-type", "application/json").body(body));
        let said = reply.json();
        assert_eq!(
            (reply.status, &said["success"], &said["errorCode"]),
            (400, &json!(false), &json!("INVALID_JSON"))
        );
    }
    nothing_was_sent(&gepard);
}

/// Sends a body with these headers.
fn sent(gepard: &Gepard<'_>, headers: &[(&str, &str)], body: impl Into<Body>) -> Reply {
    let request = gepard.system.request(Method::POST, PROCESS).body(body);
    Reply::to(headers.iter().fold(request, |request, (name, value)| request.header(*name, *value)))
}

#[test]
fn a_body_of_another_type_or_compressed_gets_415() {
    let gepard = Gepard::new();
    let batch = json!({"invoices": [invoice(1)]}).to_string();
    for (headers, message) in [
        (vec![("content-type", "text/plain")], "Send the body as application/json"),
        (vec![], "Send the body as application/json"),
        (
            vec![("content-type", "application/json"), ("content-encoding", "gzip")],
            "Send the body without content encoding",
        ),
        (
            vec![("content-type", "application/json"), ("content-encoding", "br")],
            "Send the body without content encoding",
        ),
    ] {
        sent(&gepard, &headers, batch.clone()).gepard_refused(415, "UNSUPPORTED_MEDIA_TYPE", message);
    }
    nothing_was_sent(&gepard);
    let plain = [("content-type", "application/json; charset=utf-8"), ("content-encoding", "identity")];
    assert_eq!(statuses(&sent(&gepard, &plain, batch)), ["Created"]);
}

#[test]
fn an_idempotency_key_is_ignored() {
    let gepard = Gepard::new();
    let headers = [("content-type", "application/json"), ("idempotency-key", "one-key")];
    let batch = |number: u32| json!({"invoices": [invoice(number)]}).to_string();
    let answers = [1, 1, 2].map(|number| sent(&gepard, &headers, batch(number)));
    assert_eq!(answers.each_ref().map(statuses), [["Created"], ["Existed"], ["Created"]]);
    assert!(answers.iter().all(|reply| reply.header("idempotent-replayed").is_none()), "{answers:?}");
    // an empty key, which other routes refuse
    let headers = [("content-type", "application/json"), ("idempotency-key", "")];
    assert_eq!(statuses(&sent(&gepard, &headers, batch(2))), ["Existed"]);
}

#[test]
fn a_body_with_too_many_bytes_or_values_gets_413() {
    let gepard = Gepard::new();
    let json = [("content-type", "application/json")];
    let batch = r#"{"invoices": []}"#;
    let padded = |bytes: usize| format!("{batch}{}", " ".repeat(bytes - batch.len()));
    let reply = sent(&gepard, &json, padded((16 << 20) + 1));
    reply.gepard_refused(413, "PAYLOAD_TOO_LARGE", "The body may have at most 16777216 bytes");
    let reply = sent(&gepard, &json, padded(16 << 20));
    assert_eq!(faults(&reply), [("invoices".to_owned(), "MISSING_FIELD".to_owned())]);
    let values = format!(r#"{{"invoices": [0{}]}}"#, ",0".repeat(1_500_000));
    let message = "The body may have at most 1500000 values and keys, of which an object counts as ten";
    sent(&gepard, &json, values).gepard_refused(413, "PAYLOAD_TOO_LARGE", message);
    nothing_was_sent(&gepard);
}

/// An invoice with so many items.
fn long(number: u32, items: usize) -> Value {
    let mut invoice = invoice(number);
    invoice["items"] = json!(vec![invoice["items"][0].clone(); items]);
    invoice
}

#[test]
fn the_largest_batch_is_accepted_and_the_largest_invoices_are_created() {
    let gepard = Gepard::new();
    let mut largest: Vec<_> = (1..=100).map(|number| long(number, 500)).collect();
    largest[99]["items"][499]["quantity"] = json!(0);
    let field = "invoices[99].items[499].quantity".to_owned();
    assert_eq!(faults(&gepard.process(&largest)), [(field, "INVALID_VALUE".to_owned())]);
    nothing_was_sent(&gepard);
    assert_eq!(statuses(&gepard.process(&[long(1, 500), long(2, 500)])), ["Created", "Created"]);
    let books = gepard.ledger_entries();
    assert_eq!(books.iter().map(|entry| &entry["net"]).collect::<Vec<_>>(), ["75000.00"; 2]);
    let hundred: Vec<_> = (3..=102).map(invoice).collect();
    assert_eq!(statuses(&gepard.process(&hundred)), ["Created"; 100]);
}

#[test]
fn a_thousand_faults_are_named_and_the_others_counted() {
    let gepard = Gepard::new();
    let mut empty = invoice(1);
    empty["items"] = json!(vec![json!({}); 500]);
    let reply = gepard.process(&vec![empty; 100]);
    let faults = faults(&reply);
    assert_eq!(faults.len(), 1_001);
    assert_eq!(faults[1_000], ("invoices".to_owned(), "MORE_FAULTS".to_owned()));
    let last = reply.json()["errors"][1_000]["message"].clone();
    assert_eq!(last, "299000 more faults are not listed here");
    nothing_was_sent(&gepard);
}
