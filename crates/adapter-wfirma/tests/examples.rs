//! The documented examples, verbatim.

use invoicing::accounting::{Batch, PriceType};
use invoicing::contract::{Case, accounting_gateway};
use invoicing::ports::{GatewayError, LookupResult};
use serde_json::json;

use crate::support::{INCOMPLETE, UNKNOWN, VALID, Wfirma, contractor, invoice, now};

#[tokio::test]
async fn the_client_is_an_accounting_gateway() {
    let wfirma = Wfirma::start().await;
    let case = Case { now: now(), known: contractor(VALID), unknown: contractor(UNKNOWN) };
    accounting_gateway(&*wfirma.client, &case).await;
    wfirma.stop().await;
}

#[tokio::test]
async fn the_documented_request_creates_the_documented_invoices() {
    let wfirma = Wfirma::start().await;
    // `docs/spec/gepard.md`, "Request"
    let request = json!({"invoices": [
        {"invoice_id": "550e8400-e29b-41d4-a716-446655440001", "client_id": "152158328", "items": [
            {"name": "Premium Coffee Beans", "unit_price": "50.00", "currency": "PLN", "quantity": 3,
             "quantity_unit": "kg", "vat_rate": "23%", "tax_rate": null},
            {"name": "Coffee Filter Papers", "unit_price": "0.25", "currency": "PLN", "quantity": 100,
             "quantity_unit": "szt.", "vat_rate": "23%", "tax_rate": 23}]},
        {"invoice_id": "660e8400-e29b-41d4-a716-446655440002", "client_id": "15485872", "items": [
            {"name": "Office Supplies", "unit_price": "15.00", "currency": "PLN", "quantity": 5,
             "quantity_unit": "szt.", "vat_rate": "23%", "tax_rate": 23}]}]});
    let batch = Batch::read(request.as_object().unwrap()).unwrap();
    let mut made = Vec::new();
    for entry in batch.entries() {
        let booked = wfirma.add(&entry.invoice).await.unwrap();
        assert_eq!(booked.total, Some(entry.invoice.totals(PriceType::Net).unwrap().gross));
        assert_eq!(wfirma.find(entry.invoice.id()).await.unwrap(), LookupResult::One(booked.clone()));
        made.push(format!("{} {} {}", booked.wfirma_id, booked.number, booked.total.unwrap()));
    }
    assert_eq!(made, ["381321041 FV 22/2025 215.25", "381321042 FV 23/2025 92.25"]);
    let ledger = wfirma.ledger().await;
    assert_eq!(
        ledger["invoices"][0],
        json!({"id": "381321041", "number": "FV 22/2025", "companyId": "77", "contractorId": "152158328",
               "externalId": "550e8400-e29b-41d4-a716-446655440001", "type": "normal", "date": "2025-08-30",
               "currency": "PLN", "net": "175.00", "tax": "40.25", "total": "215.25"})
    );
    wfirma.stop().await;
}

#[tokio::test]
async fn a_contractor_without_an_address_fails_as_documented() {
    let wfirma = Wfirma::start().await;
    match wfirma.add(&invoice(1, INCOMPLETE)).await {
        Err(GatewayError::Refused(failure)) => {
            // `docs/spec/gepard.md`, "Failed invoices"
            let expected = "contractor.name: Pole nie może być puste.; contractor.zip: Pole nie może być \
                            puste.; contractor.city: Pole nie może być puste.";
            assert_eq!((failure.code.as_str(), failure.message.as_ref()), ("VALIDATION_ERROR", expected));
        }
        other => panic!("it is refused: {other:?}"),
    }
    assert_eq!(wfirma.invoice_count().await, 0);
    wfirma.stop().await;
}
