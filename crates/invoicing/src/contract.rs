//! What every implementation of the ports must show. Call [`accounting_gateway()`] with an accounting system that has no
//! invoices and finds new ones at once, and [`invoice_ledger()`], [`connections()`] and [`exchanges()`] with stores.

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
    InvoiceId, Item, ItemName, Keys, PaymentMethod, PaymentTerm, PriceType, Unit, VatRate,
};
use crate::ports::{AccountingGateway, GatewayError, LookupResult};

/// What the suite needs to know of the accounting system.
#[derive(Debug, Clone)]
pub struct Case {
    /// The time there.
    pub now: DateTime<Utc>,
    /// A contractor it knows.
    pub known: ContractorId,
    /// One it does not.
    pub unknown: ContractorId,
}

/// Runs the suite.
pub async fn accounting_gateway(gateway: &dyn AccountingGateway, case: &Case) {
    what_is_made_is_found_again(gateway, case).await;
    companies_are_apart(gateway, case).await;
    an_unknown_contractor_is_refused_and_nothing_is_made(gateway, case).await;
    nothing_is_sent_after_its_time(gateway, case).await;
    what_stands_there_twice_is_found_twice(gateway, case).await;
}

async fn what_is_made_is_found_again(gateway: &dyn AccountingGateway, case: &Case) {
    for (prices, number) in [(PriceType::Net, 1), (PriceType::Gross, 2)] {
        let connection = AccountingConnection { prices, ..connection("1") };
        let invoice = invoice(number, &case.known);
        assert_eq!(good(gateway.find(&connection, invoice.id(), later(case)).await), LookupResult::Nothing);
        let dates = connection.dates(case.now);
        let booked = good(gateway.add(&connection, &invoice, dates, later(case)).await);
        let year = dates.issued.format("%Y").to_string();
        assert!(booked.number.ends_with(&year), "{} of {year}", booked.number);
        let ours = good(invoice.totals(prices));
        assert_eq!(booked.total, Some(ours.gross), "the sum is reckoned as we do");
        assert_eq!(
            good(gateway.find(&connection, invoice.id(), later(case)).await),
            LookupResult::One(booked)
        );
    }
}

async fn companies_are_apart(gateway: &dyn AccountingGateway, case: &Case) {
    let (ours, theirs) = (connection("1"), connection("2"));
    let invoice = invoice(3, &case.known);
    let dates = ours.dates(case.now);
    let first = good(gateway.add(&ours, &invoice, dates, later(case)).await);
    assert_eq!(good(gateway.find(&theirs, invoice.id(), later(case)).await), LookupResult::Nothing);
    let second = good(gateway.add(&theirs, &invoice, dates, later(case)).await);
    assert_ne!(first.wfirma_id, second.wfirma_id);
    assert_eq!(good(gateway.find(&ours, invoice.id(), later(case)).await), LookupResult::One(first));
    assert_eq!(good(gateway.find(&theirs, invoice.id(), later(case)).await), LookupResult::One(second));
}

async fn an_unknown_contractor_is_refused_and_nothing_is_made(gateway: &dyn AccountingGateway, case: &Case) {
    let connection = connection("1");
    let invoice = invoice(4, &case.unknown);
    match gateway.add(&connection, &invoice, connection.dates(case.now), later(case)).await {
        Err(GatewayError::Refused(failure)) => {
            assert_eq!(failure.code, FailureCode::ContractorNotFound);
            assert_eq!(failure.message, format!("Contractor with ID '{}' was not found", case.unknown));
        }
        other => panic!("an unknown contractor is refused: {other:?}"),
    }
    assert_eq!(good(gateway.find(&connection, invoice.id(), later(case)).await), LookupResult::Nothing);
}

async fn nothing_is_sent_after_its_time(gateway: &dyn AccountingGateway, case: &Case) {
    let connection = connection("1");
    let invoice = invoice(5, &case.known);
    let late = gateway.add(&connection, &invoice, connection.dates(case.now), case.now).await;
    assert!(matches!(late, Err(GatewayError::NotSent(_))), "{late:?}");
    assert_eq!(good(gateway.find(&connection, invoice.id(), later(case)).await), LookupResult::Nothing);
}

async fn what_stands_there_twice_is_found_twice(gateway: &dyn AccountingGateway, case: &Case) {
    let connection = connection("1");
    let invoice = invoice(6, &case.known);
    let dates = connection.dates(case.now);
    // the gateway makes what it is told to; that this happens once is the work of whoever asks
    let first = good(gateway.add(&connection, &invoice, dates, later(case)).await);
    let second = good(gateway.add(&connection, &invoice, dates, later(case)).await);
    match good(gateway.find(&connection, invoice.id(), later(case)).await) {
        LookupResult::Several(found) => {
            assert!(found.len() == 2 && found.contains(&first) && found.contains(&second), "{found:?}");
        }
        other => panic!("both are found: {other:?}"),
    }
}

fn later(case: &Case) -> DateTime<Utc> {
    case.now + TimeDelta::hours(1)
}

/// The connection of a company, whose keys say so.
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

/// The invoice of a number, with lines of three rates that do not come out even.
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
