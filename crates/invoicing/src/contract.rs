//! Tests that every implementation of the ports must pass. Call [`accounting_gateway()`] with an accounting system that
//! has no invoices and finds new ones at once, and [`invoice_ledger()`], [`connections()`] and [`exchanges()`] with stores.

mod connections;
mod exchanges;
mod ledger;

use std::fmt::Debug;

use chrono::{DateTime, TimeDelta, Utc};
use kernel::id::Id;
use kernel::money::{Currency, UnitPrice};
use rust_decimal::Decimal;
use uuid::Uuid;

pub use self::connections::connections;
pub use self::exchanges::exchanges;
pub use self::ledger::invoice_ledger;
use crate::accounting::{
    AccountingConnection, AccountingInvoice, AccountingKey, CompanyId, ContractorId, Count, FailureCode,
    InvoiceId, Item, ItemName, Keys, LookupResult, PaymentMethod, PaymentTerm, PriceType, Unit, VatRate,
};
use crate::ports::{AccountingGateway, GatewayError};

/// The state of the accounting system that the suite runs against.
#[derive(Debug, Clone)]
pub struct GatewaySetup {
    pub now: DateTime<Utc>,
    pub known_contractor: ContractorId,
    pub unknown_contractor: ContractorId,
}

/// What is created is found again, in its company alone, and nothing is created without need.
///
/// # Panics
/// When the implementation does otherwise.
pub async fn accounting_gateway(gateway: &dyn AccountingGateway, setup: &GatewaySetup) {
    a_created_invoice_is_found_again(gateway, setup).await;
    companies_are_apart(gateway, setup).await;
    an_unknown_contractor_is_refused_and_nothing_is_created(gateway, setup).await;
    nothing_is_sent_after_the_deadline(gateway, setup).await;
    an_invoice_that_exists_twice_is_found_twice(gateway, setup).await;
}

async fn a_created_invoice_is_found_again(gateway: &dyn AccountingGateway, setup: &GatewaySetup) {
    for (prices, number) in [(PriceType::Net, 1), (PriceType::Gross, 2)] {
        let connection = AccountingConnection { prices, ..connection("1") };
        let invoice = invoice(number, &setup.known_contractor);
        assert_eq!(good(gateway.find(&connection, invoice.id(), later(setup)).await), LookupResult::Nothing);
        let dates = connection.dates(setup.now);
        let issued = good(gateway.add(&connection, &invoice, dates, later(setup)).await);
        let year = dates.issued.format("%Y").to_string();
        assert!(issued.number.ends_with(&year), "{} of {year}", issued.number);
        let expected = good(invoice.totals(prices));
        assert_eq!(issued.total, Some(expected.gross), "the total is calculated as here");
        assert_eq!(
            good(gateway.find(&connection, invoice.id(), later(setup)).await),
            LookupResult::One(issued)
        );
    }
}

async fn companies_are_apart(gateway: &dyn AccountingGateway, setup: &GatewaySetup) {
    let (one, other) = (connection("1"), connection("2"));
    let invoice = invoice(3, &setup.known_contractor);
    let dates = one.dates(setup.now);
    let first = good(gateway.add(&one, &invoice, dates, later(setup)).await);
    assert_eq!(good(gateway.find(&other, invoice.id(), later(setup)).await), LookupResult::Nothing);
    let second = good(gateway.add(&other, &invoice, dates, later(setup)).await);
    assert_ne!(first.wfirma_id, second.wfirma_id);
    assert_eq!(good(gateway.find(&one, invoice.id(), later(setup)).await), LookupResult::One(first));
    assert_eq!(good(gateway.find(&other, invoice.id(), later(setup)).await), LookupResult::One(second));
}

async fn an_unknown_contractor_is_refused_and_nothing_is_created(
    gateway: &dyn AccountingGateway,
    setup: &GatewaySetup,
) {
    let connection = connection("1");
    let invoice = invoice(4, &setup.unknown_contractor);
    match gateway.add(&connection, &invoice, connection.dates(setup.now), later(setup)).await {
        Err(GatewayError::Refused(failure)) => {
            assert_eq!(failure.code, FailureCode::ContractorNotFound);
            assert_eq!(
                failure.message,
                format!("Contractor with ID '{}' was not found", setup.unknown_contractor)
            );
        }
        other => panic!("an unknown contractor is refused: {other:?}"),
    }
    assert_eq!(good(gateway.find(&connection, invoice.id(), later(setup)).await), LookupResult::Nothing);
}

async fn nothing_is_sent_after_the_deadline(gateway: &dyn AccountingGateway, setup: &GatewaySetup) {
    let connection = connection("1");
    let invoice = invoice(5, &setup.known_contractor);
    let late = gateway.add(&connection, &invoice, connection.dates(setup.now), setup.now).await;
    assert!(matches!(late, Err(GatewayError::NotSent(_))), "{late:?}");
    assert_eq!(good(gateway.find(&connection, invoice.id(), later(setup)).await), LookupResult::Nothing);
}

async fn an_invoice_that_exists_twice_is_found_twice(gateway: &dyn AccountingGateway, setup: &GatewaySetup) {
    let connection = connection("1");
    let invoice = invoice(6, &setup.known_contractor);
    let dates = connection.dates(setup.now);
    // the gateway creates what is sent; that it is sent once is the caller's work
    let first = good(gateway.add(&connection, &invoice, dates, later(setup)).await);
    let second = good(gateway.add(&connection, &invoice, dates, later(setup)).await);
    match good(gateway.find(&connection, invoice.id(), later(setup)).await) {
        LookupResult::Several(found) => {
            assert!(found.len() == 2 && found.contains(&first) && found.contains(&second), "{found:?}");
        }
        other => panic!("both are found: {other:?}"),
    }
}

fn later(setup: &GatewaySetup) -> DateTime<Utc> {
    setup.now + TimeDelta::hours(1)
}

/// A connection of a company, whose number stands in its keys.
pub fn connection(company: &str) -> AccountingConnection {
    let secret = |which: &str| good(AccountingKey::try_new(&format!("{which}-key-of-{company}")));
    AccountingConnection {
        team: Id::new(Uuid::from_u128(1)),
        company: good(CompanyId::try_new(company)),
        keys: Keys { access: secret("access"), secret: secret("secret"), app: secret("app") },
        zone: good("Europe/Warsaw".parse()),
        payment_method: PaymentMethod::default(),
        payment_term: PaymentTerm::default(),
        prices: PriceType::default(),
    }
}

/// An invoice with lines of three rates whose tax has to be rounded.
pub fn invoice(number: u8, contractor: &ContractorId) -> AccountingInvoice {
    let item = |name: &str, price: i64, count: i64, vat: VatRate| Item {
        name: good(ItemName::try_new(name)),
        unit_price: good(UnitPrice::try_new(Decimal::new(price, 4))),
        quantity: good(Count::try_new(count)),
        unit: good(Unit::try_new("szt.")),
        vat,
    };
    let items = vec![
        item("Kawa", 500_000, 3, VatRate::Rate23),
        item("Filtry", 2_501, 101, VatRate::Rate23),
        item("Książka", 333_333, 1, VatRate::Rate5),
        item("Szkolenie", 100_100, 1, VatRate::Exempt),
    ];
    let id = InvoiceId::try_new(Uuid::from_u128(0x4000_8000_0000_0000_0000 + u128::from(number)));
    good(AccountingInvoice::try_new(good(id), contractor.clone(), currency(), items))
}

fn currency() -> Currency {
    good("PLN".parse())
}

fn good<T, E: Debug>(result: Result<T, E>) -> T {
    match result {
        Ok(value) => value,
        Err(error) => panic!("it works: {error:?}"),
    }
}
