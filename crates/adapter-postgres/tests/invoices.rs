//! Invoices for an accounting system: of many senders of one, one sends it, and its history says which.

mod connections;
mod exchanges;
mod look_ups;
mod totals;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use adapter_postgres::invoicing::PgInvoiceLedger;
use async_trait::async_trait;
use chrono::TimeDelta;
use invoicing::accounting::{
    AccountingConnection, AccountingInvoice, Batch, ContractorId, Count, GatewayDelays, InvoiceEvent,
    InvoiceOutcome, Item, ItemName, LookupResult, Unit, VatRate,
};
use invoicing::contract::connection;
use invoicing::memory::InMemoryAccounting;
use invoicing::ports::{AccountingGateway, Connections, InvoiceLedger, LedgerError, LedgerUpdate, Pause};
use invoicing::{BatchRequest, ProcessBatch, ProcessingLimits};
use kernel::access::{Actor, Identity};
use kernel::clock::SystemClock;
use kernel::id::TeamId;
use kernel::money::UnitPrice;
use testkit::race;

use crate::support::{Store, at, block_on, connections, context, done, lines, minute, requested};

const ID: &str = "550e8400-e29b-41d4-a716-446655440001";

#[test]
fn of_fifty_claims_at_once_one_is_let_in() {
    const CROWD: usize = 50;
    let store = Store::shared().crowded(CROWD as u32);
    let team = store.team();
    // of an invoice nobody knew, then of one that was refused
    for expected_version in [None, Some(1)] {
        let claims = race(CROWD, |racer| {
            let ledger = PgInvoiceLedger::new(store.db.clone());
            let minutes = 2 * expected_version.unwrap_or(0);
            let event = InvoiceEvent::Claimed { at: minute(minutes), lease: minute(minutes + 1) };
            let invoice = ID.parse().expect("an id");
            let requested = requested(racer as u8);
            let update = LedgerUpdate { invoice, expected_version, event, requested };
            block_on(ledger.record(context(team), update))
        });
        let let_in: Vec<_> = claims.iter().filter_map(|claim| claim.as_ref().ok()).collect();
        let refused = claims.iter().filter(|claim| matches!(claim, Err(LedgerError::Overtaken))).count();
        assert_eq!((let_in.len(), refused), (1, CROWD - 1));
        let ledger = PgInvoiceLedger::new(store.db.clone());
        let found = block_on(ledger.find(team, ID.parse().expect("an id"))).expect("it is read");
        assert_eq!(found.as_ref(), let_in.first().copied());
    }
}

/// Lets others go first.
struct Yielding;

#[async_trait]
impl Pause for Yielding {
    async fn pause(&self, _duration: Duration) {
        tokio::task::yield_now().await;
    }
}

/// The use case of one process.
fn process(store: &Store, gateway: Arc<InMemoryAccounting>) -> ProcessBatch {
    let limits = ProcessingLimits {
        at_once: 8,
        deadline: TimeDelta::seconds(30),
        lease: TimeDelta::seconds(20),
        delays: GatewayDelays { call: TimeDelta::seconds(15), visibility: TimeDelta::minutes(10) },
        poll_interval: Duration::from_millis(50),
        retry_after: Duration::from_secs(1),
    };
    let ledger = Arc::new(PgInvoiceLedger::new(store.db.clone()));
    let connections = Arc::new(connections(store, 1));
    ProcessBatch::new(gateway, ledger, connections, Arc::new(SystemClock), Arc::new(Yielding), limits)
}

fn request(team: TeamId, id: &str) -> BatchRequest {
    BatchRequest { actor: Actor { team, identity: Identity::System { part: "tests" } }, id: id.to_owned() }
}

fn one_invoice() -> Batch {
    let item = Item {
        name: ItemName::try_new("Coffee").expect("a name"),
        unit_price: UnitPrice::try_new("50.00".parse().expect("a number")).expect("a price"),
        quantity: Count::try_new(3).expect("a count"),
        unit: Unit::try_new("kg").expect("a unit"),
        vat: VatRate::Rate23,
    };
    let (id, contractor) =
        (ID.parse().expect("an id"), ContractorId::try_new("152158328").expect("a contractor"));
    let currency = "PLN".parse().expect("a currency");
    let mut batch = Batch::default();
    batch
        .add(AccountingInvoice::try_new(id, contractor, currency, vec![item]).expect("an invoice"))
        .expect("one");
    batch
}

#[test]
fn of_fifty_requests_to_two_processes_one_creates_the_invoice_and_the_others_repeat_it() {
    const CROWD: usize = 50;
    let store = Store::shared();
    let team = store.team();
    let known = ContractorId::try_new("152158328").expect("a contractor");
    let gateway = Arc::new(InMemoryAccounting::new([known], at()));
    let ours = AccountingConnection { team, ..connection("1") };
    done(block_on(connections(&store, 1).set(context(team), ours, None)));
    let processes = [(); 2].map(|()| process(&Store::shared().crowded(30), gateway.clone()));
    let batch = one_invoice();
    let processed = race(CROWD, |racer| {
        let process = processes.get(racer % 2).expect("two of them");
        block_on(process.run(&request(team, &format!("request-{racer}")), &batch))
    });
    let mut outcomes: BTreeMap<&str, usize> = BTreeMap::new();
    let mut numbers = Vec::new();
    for processed in &processed {
        let outcome = &processed.result.results.first().expect("one invoice").outcome;
        *outcomes.entry(outcome.as_str()).or_default() += 1;
        if let InvoiceOutcome::Created(created) | InvoiceOutcome::Existed(created) = outcome {
            numbers.push(created.issued.number.clone());
        }
    }
    assert_eq!(outcomes, BTreeMap::from([("Created", 1), ("Existed", CROWD - 1)]));
    numbers.dedup();
    assert_eq!(numbers.len(), 1, "all get the same invoice");
    let found = block_on(gateway.find(&connection("1"), ID.parse().expect("an id"), at()));
    assert!(matches!(found, Ok(LookupResult::One(_))), "{found:?}");
    let history = format!(
        "SELECT concat_ws(' ', version, state) AS line FROM accounting_invoice_history
         WHERE team_id = '{team}' ORDER BY version"
    );
    assert_eq!(lines(&mut store.superuser(), &history), ["1 intended", "2 in_flight", "3 created"]);
    let senders = format!(
        "SELECT DISTINCT request_id AS line FROM accounting_invoice_history WHERE team_id = '{team}'"
    );
    assert_eq!(lines(&mut store.superuser(), &senders).len(), 1, "one request sent it");
    let audited = format!(
        "SELECT action AS line FROM audit_entries WHERE team_id = '{team}' AND subject_kind = 'accounting_invoice'"
    );
    assert_eq!(lines(&mut store.superuser(), &audited), ["accounting_invoice.created"]);
}
