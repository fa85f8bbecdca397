//! Invoices without an accounting system: `cargo run -p invoicing --features memory --example invoicing_in_memory`.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::TimeDelta;
use invoicing::accounting::{
    AccountingInvoice, AccountingKey, Batch, CompanyId, ContractorId, Count, GatewayDelays, Item, ItemName,
    Keys, Unit, VatRate,
};
use invoicing::memory::{InMemoryAccounting, InMemoryConnections, InMemoryLedger};
use invoicing::ports::Pause;
use invoicing::{BatchRequest, ManageConnection, ProcessBatch, ProcessingLimits};
use kernel::access::{Actor, Identity};
use kernel::clock::{Clock, IdSource, SystemClock, SystemIds};
use kernel::id::Id;
use kernel::money::UnitPrice;
use kernel::write::WriteContext;

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
        delays: GatewayDelays { call: TimeDelta::seconds(15), visibility: TimeDelta::minutes(10) },
        poll_interval: Duration::from_millis(100),
        retry_after: Duration::from_secs(1),
    };
    let ledger = Arc::new(InMemoryLedger::default());
    let connections = Arc::new(InMemoryConnections::default());
    let actor = Actor { team: Id::new(SystemIds.uuid()), identity: Identity::System { part: "example" } };
    let context = WriteContext::unclaimed(&actor, "example", clock.now());
    ManageConnection::new(connections.clone()).connect(context, CompanyId::try_new("1")?, keys()?).await?;
    let accounting = Arc::new(accounting);
    let process = ProcessBatch::new(accounting, ledger, connections, clock, Arc::new(NoPause), limits);

    let mut batch = Batch::default();
    batch.add(invoice("550e8400-e29b-41d4-a716-446655440001", "152158328")?)?;
    batch.add(invoice("660e8400-e29b-41d4-a716-446655440002", "12345")?)?;
    for id in ["request-1", "request-2"] {
        let request = BatchRequest { actor: actor.clone(), id: id.into() };
        let result = process.run(&request, &batch).await.result;
        println!("{id}: {:?} {:?}", result.verdict.error(), result.counts);
        for invoice in result.results {
            println!("  {}: {:?}", invoice.invoice, invoice.outcome);
        }
    }
    Ok(())
}

fn keys() -> Result<Keys, Box<dyn Error>> {
    Ok(Keys {
        access: AccountingKey::try_new("an-access-key")?,
        secret: AccountingKey::try_new("a-secret-key")?,
        app: AccountingKey::try_new("an-app-key")?,
    })
}

fn invoice(id: &str, contractor: &str) -> Result<AccountingInvoice, Box<dyn Error>> {
    let item = Item {
        name: ItemName::try_new("Premium Coffee Beans")?,
        unit_price: UnitPrice::try_new("50.00".parse()?)?,
        quantity: Count::try_new(3)?,
        unit: Unit::try_new("kg")?,
        vat: VatRate::Rate23,
    };
    let contractor = ContractorId::try_new(contractor)?;
    Ok(AccountingInvoice::try_new(id.parse()?, contractor, "PLN".parse()?, vec![item])?)
}
