//! What the documents show, to the letter.

use invoicing::accounting::{
    AccountingInvoice, Count, Item, ItemName, LookupResult, PriceType, Unit, VatRate,
};
use invoicing::contract::{GatewaySetup, accounting_gateway};
use invoicing::ports::GatewayError;
use kernel::money::UnitPrice;
use serde_json::json;

use crate::support::{INCOMPLETE, UNKNOWN, VALID, Wfirma, contractor, invoice, now};

#[tokio::test]
async fn the_client_is_an_accounting_gateway() {
    let wfirma = Wfirma::start().await;
    let (known_contractor, unknown_contractor) = (contractor(VALID), contractor(UNKNOWN));
    let setup = GatewaySetup { now: now(), known_contractor, unknown_contractor };
    accounting_gateway(&*wfirma.client, &setup).await;
    wfirma.stop().await;
}

fn item(name: &str, price: &str, quantity: i64, unit: &str) -> Item {
    Item {
        name: ItemName::try_new(name).unwrap(),
        unit_price: UnitPrice::try_new(price.parse().unwrap()).unwrap(),
        quantity: Count::try_new(quantity).unwrap(),
        unit: Unit::try_new(unit).unwrap(),
        vat: VatRate::Rate23,
    }
}

fn example(id: &str, client: &str, items: Vec<Item>) -> AccountingInvoice {
    let currency = "PLN".parse().unwrap();
    AccountingInvoice::try_new(id.parse().unwrap(), contractor(client), currency, items).unwrap()
}

#[tokio::test]
async fn the_example_of_the_seed_becomes_the_invoices_of_its_answer() {
    let wfirma = Wfirma::start().await;
    // docs/spec/gepard.md, "Request"
    let first =
        [item("Premium Coffee Beans", "50.00", 3, "kg"), item("Coffee Filter Papers", "0.25", 100, "szt.")];
    let second = [item("Office Supplies", "15.00", 5, "szt.")];
    let invoices = [
        example("550e8400-e29b-41d4-a716-446655440001", "152158328", first.into()),
        example("660e8400-e29b-41d4-a716-446655440002", "15485872", second.into()),
    ];
    let mut made = Vec::new();
    for invoice in invoices {
        let issued = wfirma.add(&invoice).await.unwrap();
        assert_eq!(issued.total, Some(invoice.totals(PriceType::Net).unwrap().gross));
        assert_eq!(wfirma.find(invoice.id()).await.unwrap(), LookupResult::One(issued.clone()));
        made.push(format!("{} {} {}", issued.wfirma_id, issued.number, issued.total.unwrap()));
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
async fn a_contractor_that_lacks_its_address_is_told_as_in_the_seed() {
    let wfirma = Wfirma::start().await;
    match wfirma.add(&invoice(1, INCOMPLETE)).await {
        Err(GatewayError::Refused(failure)) => {
            // docs/spec/gepard.md, "Failed invoices"
            let expected = "contractor.name: Pole nie może być puste.; contractor.zip: Pole nie może być \
                            puste.; contractor.city: Pole nie może być puste.";
            assert_eq!((failure.code.as_str(), failure.message.as_ref()), ("VALIDATION_ERROR", expected));
        }
        other => panic!("it is refused: {other:?}"),
    }
    assert_eq!(wfirma.invoice_count().await, 0);
    wfirma.stop().await;
}
