use actix_web::body::to_bytes;
use invoicing::accounting::{
    ContractorId, CreatedInvoice, InvoiceFailure, InvoiceOutcome, InvoiceResult, IssuedInvoice, PriceType,
};
use kernel::error::Fault;
use serde_json::{Value, json};

use super::*;

const A: &str = "550e8400-e29b-41d4-a716-446655440001";
const B: &str = "660e8400-e29b-41d4-a716-446655440002";

fn item() -> Value {
    json!({"name": "Premium Coffee Beans", "unit_price": "50.00", "currency": "PLN", "quantity": 3,
           "quantity_unit": "kg", "vat_rate": "23%", "tax_rate": null})
}

fn invoice(id: &str, items: Value) -> Value {
    json!({"invoice_id": id, "client_id": "152158328", "items": items})
}

/// The item with another value of a field.
fn with(field: &str, value: Value) -> Value {
    let mut item = item();
    item[field] = value;
    item
}

fn read(invoices: Value) -> Result<Batch, Vec<Fault>> {
    read_body(&json!({ "invoices": invoices }))
}

fn read_body(body: &Value) -> Result<Batch, Vec<Fault>> {
    crate::request::body::read::<ProcessOrderCommand>(body.as_object().unwrap().clone()).map_err(dto::limited)
}

fn listed(result: Result<Batch, Vec<Fault>>) -> Vec<String> {
    let faults = result.err().unwrap_or_default();
    faults.iter().map(|fault| format!("{} {}: {}", fault.field, fault.code, fault.message)).collect()
}

#[test]
fn the_documented_example_is_read() {
    // docs/spec/gepard.md, "Request"
    let batch = read(json!([
        {"invoice_id": A, "client_id": "152158328", "items": [
            {"name": "Premium Coffee Beans", "unit_price": "50.00", "currency": "PLN", "quantity": 3,
             "quantity_unit": "kg", "vat_rate": "23%", "tax_rate": null},
            {"name": "Coffee Filter Papers", "unit_price": "0.25", "currency": "PLN", "quantity": 100,
             "quantity_unit": "szt.", "vat_rate": "23%", "tax_rate": 23}]},
        {"invoice_id": B, "client_id": "15485872", "items": [
            {"name": "Office Supplies", "unit_price": "15.00", "currency": "PLN", "quantity": 5,
             "quantity_unit": "szt.", "vat_rate": "23%", "tax_rate": 23}]}
    ]))
    .unwrap();
    let found: Vec<_> = batch
        .entries()
        .iter()
        .map(|entry| {
            let invoice = &entry.invoice;
            let gross = invoice.totals(PriceType::Net).unwrap().gross;
            let (id, lines) = (invoice.id(), invoice.items().len());
            format!("{id} {} {lines} {gross} {}", invoice.contractor(), invoice.currency().code())
        })
        .collect();
    assert_eq!(found, [format!("{A} 152158328 2 215.25 PLN"), format!("{B} 15485872 1 92.25 PLN")]);
    assert!(batch.entries().iter().all(|entry| entry.repeats.is_none()));
}

#[test]
fn a_request_without_invoices_is_refused_in_the_documented_words() {
    for request in [json!({}), json!({"invoices": null}), json!({"invoices": []})] {
        assert_eq!(listed(read_body(&request)), ["invoices MISSING_FIELD: At least one invoice is required"]);
    }
    assert_eq!(listed(read(json!({}))), ["invoices INVALID_TYPE: Invoices must be a list"]);
    let many = read(json!(vec![invoice(A, json!([item()])); 101]));
    assert_eq!(listed(many), ["invoices OUT_OF_RANGE: Invoices must have 1 to 100 entries, this has 101"]);
}

#[test]
fn each_rule_of_a_field_is_a_fault_at_its_path() {
    let uuid = "must be a UUID of version 4, such as 550e8400-e29b-41d4-a716-446655440001";
    let at = |field: &str, fault: &str| vec![format!("invoices[0].{field} {fault}")];
    let bad_id = |id: &str| listed(read(json!([invoice(id, json!([item()]))])));
    assert_eq!(bad_id("x"), at("invoice_id", &format!("INVALID_VALUE: Invoice id {uuid}")));
    let v7 = "018f0000-0000-7000-8000-000000000001";
    assert_eq!(bad_id(v7), at("invoice_id", &format!("INVALID_VALUE: Invoice id {uuid}")));
    for (items, fault) in [
        (json!(null), "MISSING_FIELD: Items is required"),
        (json!([]), "OUT_OF_RANGE: Items must have 1 to 500 entries, this has 0"),
        (json!(vec![item(); 501]), "OUT_OF_RANGE: Items must have 1 to 500 entries, this has 501"),
    ] {
        assert_eq!(listed(read(json!([invoice(A, items)]))), at("items", fault));
    }
    let rates = "must be a Polish VAT rate: 23%, 22%, 8%, 7%, 5%, 4%, 3%, 0%, wdt, exp, zw, np, npue or oo";
    let unknown_rate = format!("INVALID_VALUE: Vat rate {rates}");
    for (field, value, fault) in [
        ("name", json!(" "), "INVALID_VALUE: Name must not be empty"),
        ("name", json!(null), "MISSING_FIELD: Name is required"),
        ("unit_price", json!("-0.01"), "INVALID_VALUE: Unit price must be 0 or more"),
        ("unit_price", json!("1.23456"), "INVALID_VALUE: Unit price may have at most 4 decimals"),
        ("unit_price", json!("1,5"), "INVALID_TYPE: Unit price must be a decimal number"),
        ("unit_price", json!("1e3"), "INVALID_TYPE: Unit price must be a decimal number"),
        ("unit_price", json!("1_000"), "INVALID_TYPE: Unit price must be a decimal number"),
        ("unit_price", json!("+5"), "INVALID_TYPE: Unit price must be a decimal number"),
        ("unit_price", json!(".5"), "INVALID_TYPE: Unit price must be a decimal number"),
        ("unit_price", json!("5."), "INVALID_TYPE: Unit price must be a decimal number"),
        ("unit_price", json!(true), "INVALID_TYPE: Unit price must be a decimal number"),
        ("unit_price", json!("100000000000"), "INVALID_VALUE: Unit price must be below 100000000000"),
        (
            "currency",
            json!("zł"),
            "INVALID_VALUE: Currency must be the code of a currency of ISO 4217, such as EUR",
        ),
        ("quantity", json!(0), "INVALID_VALUE: Quantity must be a whole number from 1 to 1000000"),
        ("quantity", json!(-1), "INVALID_VALUE: Quantity must be a whole number from 1 to 1000000"),
        ("quantity", json!(1_000_001), "INVALID_VALUE: Quantity must be a whole number from 1 to 1000000"),
        ("quantity", json!(1.5), "INVALID_TYPE: Quantity must be a whole number"),
        ("quantity", json!("three"), "INVALID_TYPE: Quantity must be a whole number"),
        ("quantity_unit", json!(""), "INVALID_VALUE: Quantity unit must not be empty"),
        ("vat_rate", json!("24%"), &unknown_rate),
        ("vat_rate", json!(23), "INVALID_TYPE: Vat rate must be text"),
        ("tax_rate", json!(8), "TAX_RATE_MISMATCH: Tax rate must be 23 or null, as vat_rate is 23%"),
        ("tax_rate", json!("23%"), "INVALID_TYPE: Tax rate must be a whole number"),
    ] {
        let found = listed(read(json!([invoice(A, json!([with(field, value)]))])));
        assert_eq!(found, at(&format!("items[0].{field}"), fault));
    }
}

#[test]
fn prices_come_as_text_or_numbers_and_are_one_content() {
    let batch = |price: Value| read(json!([invoice(A, json!([with("unit_price", price)]))])).unwrap();
    let first = batch(json!("50.00"));
    for price in [json!("50.0"), json!(50), json!(50.0), json!(" 50 ")] {
        assert_eq!(batch(price), first);
    }
}

#[test]
fn two_currencies_in_one_invoice_are_a_fault_and_in_two_are_none() {
    let euros = with("currency", json!("EUR"));
    let mixed = read(json!([invoice(A, json!([item(), euros, item(), euros]))]));
    let fault = "CURRENCY_MISMATCH: Currency must be PLN, as in the invoice's first item";
    assert_eq!(listed(mixed), [1, 3].map(|at| format!("invoices[0].items[{at}].currency {fault}")));
    let apart = read(json!([invoice(A, json!([item()])), invoice(B, json!([euros]))])).unwrap();
    assert_eq!(apart.entries()[1].invoice.currency().code(), "EUR");
}

#[test]
fn a_tax_rate_agrees_with_the_vat_rate_or_is_left_out() {
    for (vat, tax, good) in [
        ("23%", json!(23), true),
        ("23%", json!(null), true),
        ("8%", json!(23), false),
        ("0%", json!(0), true),
        ("zw", json!(0), true),
        ("zw", json!(null), true),
        ("np", json!(23), false),
    ] {
        let mut item = with("vat_rate", json!(vat));
        item["tax_rate"] = tax;
        assert_eq!(read(json!([invoice(A, json!([item]))])).is_ok(), good, "{item}");
    }
}

#[test]
fn the_same_id_twice_repeats_the_first_or_is_a_fault() {
    let first = invoice(A, json!([with("unit_price", json!("50.0"))]));
    let other = invoice(A, json!([with("quantity", json!(4))]));
    let upper = invoice(&A.to_uppercase(), json!([item()]));
    let batch = read(json!([first, invoice(B, json!([item()])), upper, first])).unwrap();
    let repeats: Vec<_> = batch.entries().iter().map(|entry| entry.repeats).collect();
    assert_eq!(repeats, [None, None, Some(0), Some(0)]);
    let fault = "Invoice id stands at another invoice of this request, with other content";
    assert_eq!(
        listed(read(json!([first, other]))),
        [format!("invoices[1].invoice_id DUPLICATE_INVOICE: {fault}")]
    );
}

#[test]
fn every_fault_of_a_request_is_named_at_once() {
    let request = json!([
        {"invoice_id": 7, "items": [with("quantity", json!(0)), 3, with("vat_rate", json!("x"))]},
        "no invoice",
        {"invoice_id": A, "client_id": "12a", "items": [{}]}
    ]);
    let found = read(request).unwrap_err();
    let paths: Vec<_> = found.iter().map(|fault| fault.field.as_ref()).collect();
    assert_eq!(
        paths,
        [
            "invoices[0].invoice_id",
            "invoices[0].client_id",
            "invoices[0].items[0].quantity",
            "invoices[0].items[1]",
            "invoices[0].items[2].vat_rate",
            "invoices[1]",
            "invoices[2].client_id",
            "invoices[2].items[0].name",
            "invoices[2].items[0].unit_price",
            "invoices[2].items[0].currency",
            "invoices[2].items[0].quantity",
            "invoices[2].items[0].quantity_unit",
            "invoices[2].items[0].vat_rate",
        ]
    );
}

#[test]
fn a_total_that_is_too_high_is_a_fault_of_the_items() {
    let mut dear = with("unit_price", json!("99999999999"));
    dear["quantity"] = json!(1_000_000);
    let fault = "Items come to too much: the sum must be below 10000000000000000";
    assert_eq!(
        listed(read(json!([invoice(A, json!([dear]))]))),
        [format!("invoices[0].items OUT_OF_RANGE: {fault}")]
    );
}

#[test]
fn a_thousand_faults_are_listed_and_the_others_counted() {
    // each item lacks six fields
    let faulty = |items: usize| listed(read(json!([invoice(A, json!(vec![json!({}); items]))])));
    let short = json!({"quantity": 1, "vat_rate": "23%"});
    let thousand = listed(read(json!([invoice(A, json!(vec![short; 250]))])));
    assert_eq!(thousand.len(), 1_000);
    assert_eq!(
        thousand[999],
        "invoices[0].items[249].quantity_unit MISSING_FIELD: Quantity unit is required"
    );
    let more = faulty(167);
    assert_eq!((more.len(), &more[..6]), (1_001, &faulty(1)[..]));
    assert_eq!(more[999], "invoices[0].items[166].quantity MISSING_FIELD: Quantity is required");
    assert_eq!(more[1_000], "invoices MORE_FAULTS: 2 more faults are not listed here");
    let most = listed(read(json!(vec![invoice(A, json!(vec![json!({}); 500])); 100])));
    assert_eq!(most[1_000], "invoices MORE_FAULTS: 299000 more faults are not listed here");
}

fn result(outcome: InvoiceOutcome) -> InvoiceResult {
    InvoiceResult {
        invoice: "550e8400-e29b-41d4-a716-446655440001".parse().unwrap(),
        contractor: ContractorId::try_new("152158328").unwrap(),
        outcome,
    }
}

async fn answered(outcomes: Vec<InvoiceOutcome>) -> (u16, Option<String>, Value) {
    let answer = answer(&BatchResult::of(outcomes.into_iter().map(result).collect()));
    let retry = answer.headers().get(RETRY_AFTER).map(|value| value.to_str().unwrap().to_owned());
    let status = answer.status().as_u16();
    let body = to_bytes(answer.into_body()).await.unwrap();
    (status, retry, serde_json::from_slice(&body).unwrap())
}

#[actix_web::test]
async fn a_batch_is_answered_as_the_document_does() {
    let issued = IssuedInvoice { wfirma_id: "381321041".into(), number: "FV 22/2025".into(), total: None };
    let created = CreatedInvoice { issued, at: "2025-08-30T13:00:44.764575Z".parse().unwrap() };
    let (status, retry, body) =
        answered(vec![InvoiceOutcome::Created(created.clone()), InvoiceOutcome::Existed(created)]).await;
    let expected = |status| {
        json!({"invoiceId": "550e8400-e29b-41d4-a716-446655440001", "clientId": "152158328", "status": status,
            "createdAt": "2025-08-30T13:00:44.764575+00:00", "invoiceNumber": "FV 22/2025",
            "wfirmaInvoiceId": "381321041"})
    };
    assert_eq!((status, retry), (200, None));
    assert_eq!(
        body,
        json!({"success": true, "totalInvoices": 2, "successfulInvoices": 1, "existingInvoices": 1,
            "failedInvoices": 0, "invoiceResults": [expected("Created"), expected("Existed")]})
    );
}

#[actix_web::test]
async fn a_batch_that_failed_for_one_reason_has_its_status_and_says_when_to_come_back() {
    for (failure, expected, wait) in [
        (InvoiceFailure::service_unavailable(), 503, Some("10")),
        (InvoiceFailure::rate_limit_exceeded(), 429, Some("60")),
        (InvoiceFailure::insufficient_permissions(), 403, None),
        (InvoiceFailure::outcome_unknown(), 422, None),
    ] {
        let (status, retry, body) = answered(vec![InvoiceOutcome::Failed(failure.clone())]).await;
        assert_eq!((status, retry.as_deref()), (expected, wait), "{failure:?}");
        assert_eq!(body["failedInvoices"], 1);
        assert_eq!(body["invoiceResults"][0]["errorCode"], failure.code.as_str());
        assert_eq!(body["invoiceResults"][0]["errorMessage"], *failure.message);
    }
}
