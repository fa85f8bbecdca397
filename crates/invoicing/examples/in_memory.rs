//! Invoices without an accounting system: `cargo run -p invoicing --features memory --example invoicing_in_memory`.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::TimeDelta;
use invoicing::accounting::{
    AccountingConnection, AccountingKey, Batch, Bounds, CompanyId, ContractorId, Keys, PaymentMethod,
    PaymentTerm, PriceType,
};
use invoicing::memory::{InMemoryAccounting, InMemoryConnections, InMemoryLedger};
use invoicing::ports::Pause;
use invoicing::{ManageConnection, ProcessBatch, ProcessingLimits, Request};
use kernel::access::{Actor, Identity};
use kernel::clock::{Clock, IdSource, SystemClock, SystemIds};
use kernel::id::Id;
use kernel::write::WriteContext;
use serde_json::{Value, json};

/// Nobody waits here: one request comes after the other.
struct NoPause;

#[async_trait]
impl Pause for NoPause {
    async fn pause(&self, _duration: Duration) {}
}

fn main() -> Result<(), Box<dyn Error>> {
    pollster::block_on(run())
}

async fn run() -> Result<(), Box<dyn Error>> {
    let clock = Arc::new(SystemClock);
    let accounting = InMemoryAccounting::new([ContractorId::try_new("152158328")?], clock.now());
    let limits = ProcessingLimits {
        at_once: 8,
        deadline: TimeDelta::seconds(30),
        lease: TimeDelta::seconds(20),
        bounds: Bounds { call: TimeDelta::seconds(15), visibility: TimeDelta::minutes(10) },
        look_every: Duration::from_millis(100),
        retry_after: Duration::from_secs(1),
    };
    let ledger = Arc::new(InMemoryLedger::default());
    let connections = Arc::new(InMemoryConnections::default());
    let connection = connection()?;
    let actor = Actor { team: connection.team, identity: Identity::System { part: "example" } };
    let context = WriteContext::unclaimed(&actor, "example", clock.now());
    ManageConnection::new(connections.clone()).connect(context, connection.company, connection.keys).await?;
    let accounting = Arc::new(accounting);
    let process = ProcessBatch::new(accounting, ledger, connections, clock, Arc::new(NoPause), limits);

    let request = json!({"invoices": [
        invoice("550e8400-e29b-41d4-a716-446655440001", "152158328"),
        invoice("660e8400-e29b-41d4-a716-446655440002", "12345"),
    ]});
    let batch =
        Batch::read(request.as_object().ok_or("an object")?).map_err(|faults| format!("{faults:?}"))?;
    for id in ["request-1", "request-2"] {
        let request = Request { actor: actor.clone(), id: id.into() };
        let answer = process.run(&request, &batch).await.answer;
        println!("{id}: {:?} {:?}", answer.verdict.error(), answer.counts);
        for result in answer.results {
            println!("  {}: {:?}", result.invoice, result.outcome);
        }
    }
    Ok(())
}

fn connection() -> Result<AccountingConnection, Box<dyn Error>> {
    Ok(AccountingConnection {
        team: Id::new(SystemIds.uuid()),
        company: CompanyId::try_new("1")?,
        keys: Keys {
            access: AccountingKey::try_new("an-access-key")?,
            secret: AccountingKey::try_new("a-secret-key")?,
            app: AccountingKey::try_new("an-app-key")?,
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
