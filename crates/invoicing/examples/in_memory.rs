//! Invoices without an accounting system: `cargo run -p invoicing --features memory --example invoicing_in_memory`.

use std::error::Error;

use chrono::{DateTime, TimeDelta, Utc};
use invoicing::accounting::{
    AccountingConnection, AccountingInvoice, Batch, BatchAnswer, CompanyId, ContractorId, Decision, Entry,
    Keys, Made, Outcome, PaymentMethod, PaymentTerm, PriceType, Reported, Secret, State,
};
use invoicing::memory::InMemoryAccounting;
use invoicing::ports::AccountingGateway;
use kernel::clock::{Clock, IdSource, SystemClock, SystemIds};
use kernel::id::Id;
use serde_json::{Value, json};

fn main() -> Result<(), Box<dyn Error>> {
    pollster::block_on(run())
}

async fn run() -> Result<(), Box<dyn Error>> {
    let now = SystemClock.now();
    let accounting = InMemoryAccounting::new([ContractorId::try_new("152158328")?], now);
    let connection = connection()?;
    let request = json!({"invoices": [
        invoice("550e8400-e29b-41d4-a716-446655440001", "152158328"),
        invoice("660e8400-e29b-41d4-a716-446655440002", "12345"),
    ]});
    let batch =
        Batch::read(request.as_object().ok_or("an object")?).map_err(|faults| format!("{faults:?}"))?;

    let mut results = Vec::new();
    for entry in batch.entries() {
        let outcome = made(&accounting, &connection, &entry.invoice, now).await;
        if let Outcome::Created(made) = &outcome {
            let stored = Entry { payload: entry.payload, state: State::Created(made.clone()) };
            let again = Decision::of(Some(&stored), entry.payload, now);
            println!("asked for again: {again:?}");
        }
        let (invoice, contractor) = (entry.invoice.id(), entry.invoice.contractor().clone());
        results.push(Reported { invoice, contractor, outcome });
    }

    let answer = BatchAnswer::of(results);
    println!("{:?} {:?}", answer.verdict.error(), answer.counts);
    for result in answer.results {
        println!("{} {}: {:?}", result.invoice, result.contractor, result.outcome);
    }
    Ok(())
}

async fn made(
    accounting: &dyn AccountingGateway,
    connection: &AccountingConnection,
    invoice: &AccountingInvoice,
    now: DateTime<Utc>,
) -> Outcome {
    let lease = now + TimeDelta::seconds(30);
    match accounting.add(connection, invoice, connection.dates(now), lease).await {
        Ok(booked) => Outcome::Created(Made { booked, at: now }),
        Err(error) => Outcome::Failed(error.failure()),
    }
}

fn connection() -> Result<AccountingConnection, Box<dyn Error>> {
    Ok(AccountingConnection {
        team: Id::new(SystemIds.uuid()),
        company: CompanyId::try_new("1")?,
        keys: Keys {
            access: Secret::try_new("an-access-key")?,
            secret: Secret::try_new("a-secret-key")?,
            app: Secret::try_new("an-app-key")?,
        },
        zone: "Europe/Warsaw".parse()?,
        payment_method: PaymentMethod::default(),
        payment_term: PaymentTerm::default(),
        prices: PriceType::default(),
    })
}

fn invoice(id: &str, contractor: &str) -> Value {
    json!({"invoice_id": id, "client_id": contractor, "items": [
        {"name": "Premium Coffee Beans", "unit_price": "50.00", "currency": "PLN", "quantity": 3,
         "quantity_unit": "kg", "vat_rate": "23%", "tax_rate": null}]})
}
