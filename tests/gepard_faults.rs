//! Bad batches: every rule of the contract (*gepard*), each fault named with its path, and nothing sent.

use serde_json::{Value, json};

use crate::support::Reply;
use crate::support::gepard::{Gepard, PROCESS, invoice};

/// The invoice with another value of a field, at a path such as `items.0.name`.
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

/// The field and the code of each fault of a 422, whose message names the first.
#[track_caller]
fn faults(reply: &Reply) -> Vec<(String, String)> {
    assert_eq!(reply.status, 422, "{reply:?}");
    let body = reply.json();
    let errors = body["errors"].as_array().unwrap_or_else(|| panic!("{reply:?}")).clone();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let (field, message) = (text(&errors[0]["field"]), text(&errors[0]["message"]));
    let told = if field == "invoices" { message } else { format!("{field}: {message}") };
    let expected =
        json!({"success": false, "errorCode": "VALIDATION_ERROR", "errorMessage": told, "errors": errors});
    assert_eq!(body, expected, "no counts: nothing was begun");
    errors.iter().map(|error| (text(&error["field"]), text(&error["code"]))).collect()
}

#[test]
fn every_rule_is_held_and_each_fault_is_named_with_its_path() {
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
        (with("items.0.name", text(256)), format!("{item}.name"), "INVALID_VALUE"),
        (with("items.0.name", json!("a\u{0}b")), format!("{item}.name"), "INVALID_VALUE"),
        (without("items.0.unit_price"), format!("{item}.unit_price"), "MISSING_FIELD"),
        (with("items.0.unit_price", json!("fifty")), format!("{item}.unit_price"), "INVALID_TYPE"),
        (with("items.0.unit_price", json!("1,50")), format!("{item}.unit_price"), "INVALID_TYPE"),
        (with("items.0.unit_price", json!("-1")), format!("{item}.unit_price"), "INVALID_VALUE"),
        (with("items.0.unit_price", json!("0.00001")), format!("{item}.unit_price"), "INVALID_VALUE"),
        (with("items.0.unit_price", json!("100000000000")), format!("{item}.unit_price"), "INVALID_VALUE"),
        (without("items.0.currency"), format!("{item}.currency"), "MISSING_FIELD"),
        (with("items.0.currency", json!("zł")), format!("{item}.currency"), "INVALID_VALUE"),
        (without("items.0.quantity"), format!("{item}.quantity"), "MISSING_FIELD"),
        (with("items.0.quantity", json!(0)), format!("{item}.quantity"), "INVALID_VALUE"),
        (with("items.0.quantity", json!(-1)), format!("{item}.quantity"), "INVALID_VALUE"),
        (with("items.0.quantity", json!(1.5)), format!("{item}.quantity"), "INVALID_TYPE"),
        (with("items.0.quantity", json!("3")), format!("{item}.quantity"), "INVALID_TYPE"),
        (with("items.0.quantity", json!(1_000_001)), format!("{item}.quantity"), "INVALID_VALUE"),
        (without("items.0.quantity_unit"), format!("{item}.quantity_unit"), "MISSING_FIELD"),
        (with("items.0.quantity_unit", text(21)), format!("{item}.quantity_unit"), "INVALID_VALUE"),
        (without("items.0.vat_rate"), format!("{item}.vat_rate"), "MISSING_FIELD"),
        (with("items.0.vat_rate", json!("24%")), format!("{item}.vat_rate"), "INVALID_VALUE"),
        (with("items.0.tax_rate", json!(8)), format!("{item}.tax_rate"), "TAX_RATE_MISMATCH"),
        (with("items.0.tax_rate", json!("23%")), format!("{item}.tax_rate"), "INVALID_TYPE"),
    ] {
        let reply = gepard.process(std::slice::from_ref(&invoice));
        assert_eq!(faults(&reply), [(field, code.to_owned())], "{invoice}");
    }
    nothing_came_of_it(&gepard);
}

fn nothing_came_of_it(gepard: &Gepard<'_>) {
    let calls = gepard.admin.get("/api/accounting/exchanges").ok();
    assert_eq!(calls["data"]["pagination"]["totalItems"], 0, "wFirma was not asked for anything");
    assert_eq!((gepard.made(), gepard.team.count("accounting_invoices")), (Vec::new(), 0));
}

#[test]
fn every_fault_of_a_batch_is_named_at_once_and_a_good_invoice_beside_it_is_not_made() {
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
    nothing_came_of_it(&gepard);
}

#[test]
fn a_batch_has_at_most_a_hundred_invoices() {
    let gepard = Gepard::new();
    let invoices: Vec<_> = (1..=101).map(invoice).collect();
    let reply = gepard.process(&invoices);
    assert_eq!(faults(&reply), [("invoices".to_owned(), "OUT_OF_RANGE".to_owned())]);
    let reply = gepard.system.post(PROCESS, &json!({"invoices": {"invoice": invoice(1)}}));
    assert_eq!(faults(&reply), [("invoices".to_owned(), "INVALID_TYPE".to_owned())]);
    nothing_came_of_it(&gepard);
    let reply = gepard.process(&invoices[..100]);
    assert_eq!(reply.ok()["successfulInvoices"], 100);
}

#[test]
fn the_same_content_written_otherwise_is_the_same_invoice() {
    let gepard = Gepard::new();
    let mut otherwise = invoice(1);
    let item = &mut otherwise["items"][0];
    (item["unit_price"], item["vat_rate"], item["tax_rate"]) = (json!(50), json!("23"), Value::Null);
    item["color"] = json!("ignored");
    let reply = gepard.process(&[invoice(1), otherwise]);
    assert_eq!(crate::support::gepard::words(&reply), ["Created", "Existed"]);
    assert_eq!(gepard.made().len(), 1);
}

#[test]
fn a_body_that_is_no_json_object_is_400_in_the_documents_shape() {
    let gepard = Gepard::new();
    for body in [
        "{\"invoices\":",
        "[]",
        "{\"invoices\": [], \"invoices\": []}",
        "{\"invoices\": [{\"a\": 1, \"a\": 2}]}",
    ] {
        let request = gepard.system.request(reqwest::Method::POST, PROCESS);
        let reply = Reply::to(request.header("content-type", "application/json").body(body));
        let said = reply.json();
        assert_eq!(
            (reply.status, &said["success"], &said["errorCode"]),
            (400, &json!(false), &json!("INVALID_JSON"))
        );
    }
    let request = gepard.system.request(reqwest::Method::POST, PROCESS);
    let reply = Reply::to(request.header("content-type", "text/plain").body("{}"));
    assert_eq!((reply.status, &reply.json()["errorCode"]), (415, &json!("UNSUPPORTED_MEDIA_TYPE")));
}
