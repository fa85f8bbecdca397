//! Fakes for the tests of use cases: an accounting system with injected faults, a clock that tests move, and a ledger whose
//! process dies.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use kernel::access::{Actor, Identity};
use kernel::clock::Clock;
use kernel::error::StoreError;
use kernel::id::TeamId;
use kernel::money::UnitPrice;
use kernel::write::WriteContext;

use super::process_batch::{BatchRequest, ProcessBatch, ProcessingLimits};
use crate::accounting::{
    AccountingConnection, AccountingInvoice, Batch, BatchResult, ContractorId, Count, CreatedInvoice,
    GatewayDelays, InvoiceDates, InvoiceEvent, InvoiceFailure, InvoiceId, InvoiceOutcome, InvoiceResult,
    IssuedInvoice, Item, ItemName, LedgerEntry, LookupResult, Unit, VatRate,
};
use crate::contract::connection;
use crate::memory::{InMemoryAccounting, InMemoryConnections, InMemoryLedger};
use crate::ports::{
    AccountingGateway, Connections, GatewayError, InvoiceHistory, InvoiceLedger, LedgerError, LedgerUpdate,
    LookupSchedule, Pause, PendingLookup,
};

pub(super) const ID: &str = "550e8400-e29b-41d4-a716-446655440001";
pub(super) const THIRD: &str = "770e8400-e29b-41d4-a716-446655440003";
pub(super) const OTHER: &str = "660e8400-e29b-41d4-a716-446655440002";

/// A clock that tests move, and that moves while somebody waits.
#[derive(Default)]
pub(super) struct MovableClock(AtomicI64);

impl MovableClock {
    pub(super) fn advance(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1_000, Ordering::SeqCst);
    }
}

impl Clock for MovableClock {
    fn now(&self) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::milliseconds(self.0.load(Ordering::SeqCst))
    }
}

#[async_trait]
impl Pause for MovableClock {
    async fn pause(&self, duration: Duration) {
        self.0.fetch_add(i64::try_from(duration.as_millis()).unwrap(), Ordering::SeqCst);
        yields().await;
    }
}

/// A fault of the accounting system in calls of `add`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum InjectedFault {
    None,
    /// It creates the invoice, and its answer is lost.
    AnswerLost,
    /// It creates nothing, and no answer comes.
    NoAnswer,
    /// Nothing is sent to it.
    NotSent,
    /// Nothing is sent to it before the lease is over.
    NotSentInTime,
    /// It has received too many requests.
    RateLimited,
    /// It is known not to work, for as long as the fault lasts.
    Unavailable,
}

/// An accounting system that loses answers, finds new invoices late, and counts calls.
pub(super) struct FaultInjectingGateway {
    inner: InMemoryAccounting,
    clock: Arc<MovableClock>,
    /// The fault of the next calls of `add`, and the number of these calls.
    fault: Mutex<(InjectedFault, usize)>,
    /// The seconds that a look-up takes.
    find_duration: AtomicI64,
    /// Whether everything is found twice.
    finds_twice: Mutex<bool>,
    /// The seconds after which an invoice is found.
    visible_after: i64,
    pub(super) add_calls: AtomicUsize,
    /// When each invoice was created.
    created: Mutex<Vec<(InvoiceId, DateTime<Utc>)>>,
    in_flight: AtomicUsize,
    pub(super) max_in_flight: AtomicUsize,
}

impl FaultInjectingGateway {
    fn new(clock: Arc<MovableClock>, visible_after: i64) -> Self {
        let known = ["152158328", "15485872"].map(|id| ContractorId::try_new(id).unwrap());
        Self {
            // the inner clock stands still: whether it is too late is judged here
            inner: InMemoryAccounting::new(known, DateTime::UNIX_EPOCH),
            clock,
            fault: Mutex::new((InjectedFault::None, 0)),
            find_duration: AtomicI64::new(0),
            finds_twice: Mutex::new(false),
            visible_after,
            add_calls: AtomicUsize::new(0),
            created: Mutex::default(),
            in_flight: AtomicUsize::new(0),
            max_in_flight: AtomicUsize::new(0),
        }
    }

    /// Injects a fault into the next call of `add`.
    pub(super) fn inject(&self, fault: InjectedFault) {
        self.inject_times(1, fault);
    }

    /// Injects a fault into so many calls of `add`.
    pub(super) fn inject_times(&self, calls: usize, fault: InjectedFault) {
        *self.fault.lock().unwrap() = (fault, calls);
    }

    /// The fault of this call.
    fn next_fault(&self) -> InjectedFault {
        let (fault, left) = &mut *self.fault.lock().unwrap();
        if *left == 0 {
            return InjectedFault::None;
        }
        *left -= 1;
        *fault
    }

    pub(super) fn set_find_duration(&self, seconds: i64) {
        self.find_duration.store(seconds, Ordering::SeqCst);
    }

    pub(super) fn set_finds_twice(&self, twice: bool) {
        *self.finds_twice.lock().unwrap() = twice;
    }

    /// The number of invoices of an id.
    pub(super) fn count(&self, id: &str) -> usize {
        self.created.lock().unwrap().iter().filter(|(created, _)| *created == id.parse().unwrap()).count()
    }
}

#[async_trait]
impl AccountingGateway for FaultInjectingGateway {
    fn is_available(&self, _connection: &AccountingConnection) -> bool {
        *self.fault.lock().unwrap() != (InjectedFault::Unavailable, 1)
    }

    async fn find(
        &self,
        connection: &AccountingConnection,
        id: InvoiceId,
        until: DateTime<Utc>,
    ) -> Result<LookupResult, GatewayError> {
        self.clock.advance(self.find_duration.load(Ordering::SeqCst));
        let visible = self.clock.now() - TimeDelta::seconds(self.visible_after);
        let seen = self.created.lock().unwrap().iter().any(|(created, at)| *created == id && *at <= visible);
        if !seen {
            return Ok(LookupResult::Nothing);
        }
        match self.inner.find(connection, id, until).await? {
            LookupResult::One(issued) if *self.finds_twice.lock().unwrap() => {
                Ok(LookupResult::Several(vec![
                    issued.clone(),
                    IssuedInvoice { wfirma_id: "0".into(), ..issued },
                ]))
            }
            found => Ok(found),
        }
    }

    async fn add(
        &self,
        connection: &AccountingConnection,
        invoice: &AccountingInvoice,
        dates: InvoiceDates,
        until: DateTime<Utc>,
    ) -> Result<IssuedInvoice, GatewayError> {
        self.add_calls.fetch_add(1, Ordering::SeqCst);
        let now = self.in_flight.fetch_add(1, Ordering::SeqCst) + 1;
        self.max_in_flight.fetch_max(now, Ordering::SeqCst);
        yields().await;
        self.in_flight.fetch_sub(1, Ordering::SeqCst);
        let fault = self.next_fault();
        assert!(self.clock.now() < until, "nothing is sent after its lease");
        let lost = || GatewayError::Unknown {
            failure: InvoiceFailure::outcome_unknown(),
            source: "no answer".into(),
        };
        match fault {
            InjectedFault::Unavailable => panic!("nothing is sent to what is unavailable"),
            InjectedFault::NotSentInTime => {
                self.clock.advance(20);
                return Err(GatewayError::NotSent("the time to send it was up".into()));
            }
            InjectedFault::NotSent => return Err(GatewayError::NotSent("the breaker is open".into())),
            InjectedFault::RateLimited => {
                return Err(GatewayError::Refused(InvoiceFailure::rate_limit_exceeded()));
            }
            InjectedFault::NoAnswer => return Err(lost()),
            InjectedFault::None | InjectedFault::AnswerLost => {}
        }
        let issued = self.inner.add(connection, invoice, dates, until).await?;
        self.created.lock().unwrap().push((invoice.id(), self.clock.now()));
        if fault == InjectedFault::AnswerLost { Err(lost()) } else { Ok(issued) }
    }
}

/// Lets others go first, once.
pub(super) async fn yields() {
    let mut yielded = false;
    std::future::poll_fn(|context| {
        if std::mem::replace(&mut yielded, true) {
            return std::task::Poll::Ready(());
        }
        context.waker().wake_by_ref();
        std::task::Poll::Pending
    })
    .await;
}

/// A ledger with an injected fault.
pub(super) struct FaultInjectingLedger {
    pub(super) inner: Arc<InMemoryLedger>,
    pub(super) fault: InjectedLedgerFault,
}

/// A fault of the ledger.
pub(super) enum InjectedLedgerFault {
    /// The process dies with the n-th record, before or after that was committed.
    Dies { records: AtomicUsize, at: usize, committed: bool },
    /// An invoice that is being sent is created by another process before its sender hears of it.
    IsOvertaken { first: CreatedInvoice },
}

#[async_trait]
impl InvoiceLedger for FaultInjectingLedger {
    async fn find(&self, team: TeamId, id: InvoiceId) -> Result<Option<LedgerEntry>, StoreError> {
        match &self.fault {
            InjectedLedgerFault::Dies { records, at, .. } if records.load(Ordering::SeqCst) >= *at => {
                Err(StoreError::Unavailable("dead".into()))
            }
            _ => self.inner.find(team, id).await,
        }
    }

    async fn find_all(
        &self,
        team: TeamId,
        ids: Vec<InvoiceId>,
    ) -> Result<HashMap<InvoiceId, LedgerEntry>, StoreError> {
        self.inner.find_all(team, ids).await
    }

    async fn history(&self, team: TeamId, id: InvoiceId) -> Result<Option<InvoiceHistory>, StoreError> {
        self.inner.history(team, id).await
    }

    async fn due(
        &self,
        at: DateTime<Utc>,
        schedule: LookupSchedule,
    ) -> Result<Vec<PendingLookup>, StoreError> {
        self.inner.due(at, schedule).await
    }

    async fn record(
        &self,
        context: WriteContext<LedgerEntry>,
        update: LedgerUpdate,
    ) -> Result<LedgerEntry, LedgerError> {
        match &self.fault {
            InjectedLedgerFault::Dies { records, at, committed } => {
                let dead = || LedgerError::Store(StoreError::Unavailable("dead".into()));
                let record = records.fetch_add(1, Ordering::SeqCst) + 1;
                if record > *at || (record == *at && !committed) {
                    return Err(dead());
                }
                let entry = self.inner.record(context, update).await?;
                if record == *at { Err(dead()) } else { Ok(entry) }
            }
            InjectedLedgerFault::IsOvertaken { first } => {
                let (team, is_sent) = (context.team, matches!(update.event, InvoiceEvent::Sending { .. }));
                let entry = self.inner.record(context, update.clone()).await?;
                if is_sent {
                    let event = InvoiceEvent::Created(first.clone());
                    let other = LedgerUpdate { expected_version: Some(entry.version), event, ..update };
                    self.inner.record(kernel::contract::context(team, first.at), other).await?;
                }
                Ok(entry)
            }
        }
    }
}

pub(super) struct Fixture {
    pub(super) clock: Arc<MovableClock>,
    pub(super) gateway: Arc<FaultInjectingGateway>,
    pub(super) ledger: Arc<InMemoryLedger>,
    pub(super) connections: Arc<InMemoryConnections>,
}

/// The longest call, in seconds.
const CALL: i64 = 15;
/// The time until an invoice is found, in seconds.
pub(super) const VISIBILITY: i64 = 600;

pub(super) const DELAYS: GatewayDelays =
    GatewayDelays { call: TimeDelta::seconds(CALL), visibility: TimeDelta::seconds(VISIBILITY) };

impl Fixture {
    pub(super) fn new(visible_after: i64) -> Self {
        let clock = Arc::new(MovableClock::default());
        let gateway = Arc::new(FaultInjectingGateway::new(clock.clone(), visible_after));
        let fixture = Self { gateway, ledger: Arc::default(), connections: Arc::default(), clock };
        fixture.connect_to("1");
        fixture
    }

    /// Connects the team to a company.
    pub(super) fn connect_to(&self, company: &str) {
        let connection = connection(company);
        let context = kernel::contract::context(connection.team, self.clock.now());
        let previous = pollster::block_on(self.connections.find(connection.team)).unwrap();
        let seen = previous.map(|stored| stored.updated_at);
        pollster::block_on(self.connections.set(context, connection, seen)).unwrap();
    }

    pub(super) fn process(&self, ledger: Arc<dyn InvoiceLedger>) -> ProcessBatch {
        self.process_of(ledger, self.connections.clone())
    }

    pub(super) fn process_with(&self, connections: Arc<dyn Connections>) -> ProcessBatch {
        self.process_of(self.ledger.clone(), connections)
    }

    fn process_of(&self, ledger: Arc<dyn InvoiceLedger>, connections: Arc<dyn Connections>) -> ProcessBatch {
        let limits = ProcessingLimits {
            at_once: 8,
            deadline: TimeDelta::seconds(30),
            lease: TimeDelta::seconds(20),
            delays: DELAYS,
            poll_interval: Duration::from_millis(100),
            retry_after: Duration::from_secs(1),
        };
        let (clock, pause) = (self.clock.clone(), self.clock.clone());
        ProcessBatch::new(self.gateway.clone(), ledger, connections, clock, pause, limits)
    }

    pub(super) fn run(&self, ledger: Arc<dyn InvoiceLedger>, batch: &Batch) -> BatchResult {
        pollster::block_on(self.process(ledger).run(&request(), batch)).result
    }

    /// Sends a batch; returns the word of each outcome.
    pub(super) fn send(&self, batch: &Batch) -> Vec<String> {
        self.run(self.ledger.clone(), batch).results.iter().map(word).collect()
    }
}

/// The word of an outcome, or the code of a failure.
pub(super) fn word(result: &InvoiceResult) -> String {
    match &result.outcome {
        InvoiceOutcome::Failed(failure) => failure.code.as_str().to_owned(),
        outcome => outcome.as_str().to_owned(),
    }
}

pub(super) fn request() -> BatchRequest {
    let actor = Actor { team: connection("1").team, identity: Identity::System { part: "tests" } };
    BatchRequest { actor, id: "request-1".into() }
}

pub(super) fn batch(invoices: impl IntoIterator<Item = AccountingInvoice>) -> Batch {
    let mut batch = Batch::default();
    for invoice in invoices {
        batch.add(invoice).unwrap();
    }
    batch
}

/// An invoice of one item with this price.
pub(super) fn invoice(id: &str, price: &str) -> AccountingInvoice {
    invoice_to("152158328", id, price)
}

pub(super) fn invoice_to(contractor: &str, id: &str, price: &str) -> AccountingInvoice {
    let item = Item {
        name: ItemName::try_new("Coffee").unwrap(),
        unit_price: UnitPrice::try_new(price.parse().unwrap()).unwrap(),
        quantity: Count::try_new(3).unwrap(),
        unit: Unit::try_new("kg").unwrap(),
        vat: VatRate::Rate23,
    };
    let contractor = ContractorId::try_new(contractor).unwrap();
    AccountingInvoice::try_new(id.parse().unwrap(), contractor, "PLN".parse().unwrap(), vec![item]).unwrap()
}

pub(super) fn one() -> Batch {
    batch([invoice(ID, "50.00")])
}
