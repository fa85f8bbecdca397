//! An accounting system that goes wrong, a clock that the tests move, and processes that die.

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
use kernel::write::WriteContext;
use serde_json::{Value, json};

use super::process_batch::{ProcessBatch, ProcessingLimits, Request};
use crate::accounting::{
    AccountingConnection, AccountingInvoice, Batch, BatchAnswer, Bounds, ContractorId, CreatedInvoice, Event,
    Failure, InvoiceDates, InvoiceId, Outcome, Reported,
};
use crate::contract::connection;
use crate::memory::{InMemoryAccounting, InMemoryConnections, InMemoryLedger};
use crate::ports::{
    AccountingGateway, Booked, Connections, GatewayError, InvoiceLedger, InvoiceStory, LedgerEntry,
    LedgerError, LookUps, LookupResult, Pause, PendingLookup, Report,
};

pub(super) const ID: &str = "550e8400-e29b-41d4-a716-446655440001";
pub(super) const THIRD: &str = "770e8400-e29b-41d4-a716-446655440003";
pub(super) const OTHER: &str = "660e8400-e29b-41d4-a716-446655440002";

/// A clock that the tests move, and that moves while somebody waits.
#[derive(Default)]
pub(super) struct Time(AtomicI64);

impl Time {
    pub(super) fn passes(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1_000, Ordering::SeqCst);
    }
}

impl Clock for Time {
    fn now(&self) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::milliseconds(self.0.load(Ordering::SeqCst))
    }
}

#[async_trait]
impl Pause for Time {
    async fn pause(&self, duration: Duration) {
        self.0.fetch_add(i64::try_from(duration.as_millis()).unwrap(), Ordering::SeqCst);
        yields().await;
    }
}

/// What goes wrong in the accounting system with the next call of `add`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Fault {
    /// Nothing.
    None,
    /// It makes the invoice, and its answer is lost.
    Dropped,
    /// It makes nothing, and no answer comes.
    Hung,
    /// It is never asked.
    Unsent,
    /// It is not asked before the lease is over.
    Late,
    /// It has had too many requests.
    Limited,
    /// It is known not to work, for as long as the fault lasts.
    Closed,
}

/// An accounting system that loses answers and finds late, and counts what it is asked for.
pub(super) struct SandboxLedger {
    pub(super) inner: InMemoryAccounting,
    pub(super) time: Arc<Time>,
    /// What goes wrong with the next calls of `add`, and with how many.
    fault: Mutex<(Fault, usize)>,
    /// How many seconds a look-up takes.
    find_takes: AtomicI64,
    /// Whether everything is found twice.
    twice: Mutex<bool>,
    /// When what was made is found.
    pub(super) visible_after: i64,
    pub(super) added: AtomicUsize,
    /// The time at which each invoice was made.
    pub(super) made: Mutex<Vec<(InvoiceId, DateTime<Utc>)>>,
    pub(super) in_flight: AtomicUsize,
    pub(super) most_in_flight: AtomicUsize,
}

impl SandboxLedger {
    pub(super) fn new(time: Arc<Time>, visible_after: i64) -> Self {
        let known = ["152158328", "15485872"].map(|id| ContractorId::try_new(id).unwrap());
        Self {
            // the clock of the books stands still: whether it is too late is judged here
            inner: InMemoryAccounting::new(known, DateTime::UNIX_EPOCH),
            time,
            fault: Mutex::new((Fault::None, 0)),
            find_takes: AtomicI64::new(0),
            twice: Mutex::new(false),
            visible_after,
            added: AtomicUsize::new(0),
            made: Mutex::default(),
            in_flight: AtomicUsize::new(0),
            most_in_flight: AtomicUsize::new(0),
        }
    }

    /// Has the fault strike with the next call of `add`.
    pub(super) fn next(&self, fault: Fault) {
        self.next_times(1, fault);
    }

    /// Has it strike so many times.
    pub(super) fn next_times(&self, strikes: usize, fault: Fault) {
        *self.fault.lock().unwrap() = (fault, strikes);
    }

    /// The fault that strikes now.
    fn struck(&self) -> Fault {
        let (fault, left) = &mut *self.fault.lock().unwrap();
        if *left == 0 {
            return Fault::None;
        }
        *left -= 1;
        *fault
    }

    pub(super) fn finds_take(&self, seconds: i64) {
        self.find_takes.store(seconds, Ordering::SeqCst);
    }

    pub(super) fn twice(&self, twice: bool) {
        *self.twice.lock().unwrap() = twice;
    }

    /// How often an invoice stands there.
    pub(super) fn count(&self, id: &str) -> usize {
        self.made.lock().unwrap().iter().filter(|(made, _)| *made == id.parse().unwrap()).count()
    }
}

#[async_trait]
impl AccountingGateway for SandboxLedger {
    fn is_available(&self, _connection: &AccountingConnection) -> bool {
        *self.fault.lock().unwrap() != (Fault::Closed, 1)
    }

    async fn find(
        &self,
        connection: &AccountingConnection,
        id: InvoiceId,
        until: DateTime<Utc>,
    ) -> Result<LookupResult, GatewayError> {
        self.time.passes(self.find_takes.load(Ordering::SeqCst));
        let visible = self.time.now() - TimeDelta::seconds(self.visible_after);
        let seen = self.made.lock().unwrap().iter().any(|(made, at)| *made == id && *at <= visible);
        if !seen {
            return Ok(LookupResult::Nothing);
        }
        match self.inner.find(connection, id, until).await? {
            LookupResult::One(booked) if *self.twice.lock().unwrap() => {
                Ok(LookupResult::Several(vec![booked.clone(), Booked { wfirma_id: "0".into(), ..booked }]))
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
    ) -> Result<Booked, GatewayError> {
        self.added.fetch_add(1, Ordering::SeqCst);
        let now = self.in_flight.fetch_add(1, Ordering::SeqCst) + 1;
        self.most_in_flight.fetch_max(now, Ordering::SeqCst);
        yields().await;
        self.in_flight.fetch_sub(1, Ordering::SeqCst);
        let fault = self.struck();
        assert!(self.time.now() < until, "nothing is sent after its lease");
        let lost =
            || GatewayError::Unknown { failure: Failure::outcome_unknown(), source: "no answer".into() };
        match fault {
            Fault::Closed => panic!("nothing is sent to what is closed"),
            Fault::Late => {
                self.time.passes(20);
                return Err(GatewayError::NotSent("the time to send it was up".into()));
            }
            Fault::Unsent => return Err(GatewayError::NotSent("the breaker is open".into())),
            Fault::Limited => return Err(GatewayError::Refused(Failure::rate_limit_exceeded())),
            Fault::Hung => return Err(lost()),
            Fault::None | Fault::Dropped => {}
        }
        let booked = self.inner.add(connection, invoice, dates, until).await?;
        self.made.lock().unwrap().push((invoice.id(), self.time.now()));
        if fault == Fault::Dropped { Err(lost()) } else { Ok(booked) }
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

/// A ledger to which something happens.
pub(super) struct FaultInjectingLedger {
    pub(super) inner: Arc<InMemoryLedger>,
    pub(super) fault: InjectedLedgerFault,
}

/// What happens to it.
pub(super) enum InjectedLedgerFault {
    /// Its process dies with the n-th record, before or after that was committed.
    Dies { records: AtomicUsize, at: usize, committed: bool },
    /// An invoice that is being sent is made by another process before its sender hears of it.
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

    async fn story(&self, team: TeamId, id: InvoiceId) -> Result<Option<InvoiceStory>, StoreError> {
        self.inner.story(team, id).await
    }

    async fn due(&self, at: DateTime<Utc>, look_ups: LookUps) -> Result<Vec<PendingLookup>, StoreError> {
        self.inner.due(at, look_ups).await
    }

    async fn record(
        &self,
        context: WriteContext<LedgerEntry>,
        report: Report,
    ) -> Result<LedgerEntry, LedgerError> {
        match &self.fault {
            InjectedLedgerFault::Dies { records, at, committed } => {
                let dead = || LedgerError::Store(StoreError::Unavailable("dead".into()));
                let record = records.fetch_add(1, Ordering::SeqCst) + 1;
                if record > *at || (record == *at && !committed) {
                    return Err(dead());
                }
                let kept = self.inner.record(context, report).await?;
                if record == *at { Err(dead()) } else { Ok(kept) }
            }
            InjectedLedgerFault::IsOvertaken { first } => {
                let (team, is_sent) = (context.team, matches!(report.event, Event::Sending { .. }));
                let kept = self.inner.record(context, report.clone()).await?;
                if is_sent {
                    let event = Event::Booked(first.clone());
                    let other = Report { seen: Some(kept.version), event, ..report };
                    self.inner.record(kernel::contract::context(team, first.at), other).await?;
                }
                Ok(kept)
            }
        }
    }
}

pub(super) struct Fixture {
    pub(super) time: Arc<Time>,
    pub(super) books: Arc<SandboxLedger>,
    pub(super) ledger: Arc<InMemoryLedger>,
    pub(super) connections: Arc<InMemoryConnections>,
}

/// How long a call takes at most.
pub(super) const CALL: i64 = 15;

pub(super) const BOUNDS: Bounds =
    Bounds { call: TimeDelta::seconds(CALL), visibility: TimeDelta::seconds(VISIBILITY) };

pub(super) const VISIBILITY: i64 = 600;

impl Fixture {
    pub(super) fn new(visible_after: i64) -> Self {
        let time = Arc::new(Time::default());
        let books = Arc::new(SandboxLedger::new(time.clone(), visible_after));
        let fixture = Self { books, ledger: Arc::default(), connections: Arc::default(), time };
        fixture.connected_to("1");
        fixture
    }

    /// Connects the team to a company.
    pub(super) fn connected_to(&self, company: &str) {
        let ours = connection(company);
        let context = kernel::contract::context(ours.team, self.time.now());
        let seen = pollster::block_on(self.connections.find(ours.team)).unwrap().map(|kept| kept.updated_at);
        pollster::block_on(self.connections.set(context, ours, seen)).unwrap();
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
            bounds: BOUNDS,
            look_every: Duration::from_millis(100),
            retry_after: Duration::from_secs(1),
        };
        let (clock, pause) = (self.time.clone(), self.time.clone());
        ProcessBatch::new(self.books.clone(), ledger, connections, clock, pause, limits)
    }

    pub(super) fn run(&self, ledger: Arc<dyn InvoiceLedger>, batch: &Value) -> BatchAnswer {
        pollster::block_on(self.process(ledger).run(&request(), &read(batch))).answer
    }

    /// What becomes of the invoices in a process that lives.
    pub(super) fn sent(&self, batch: &Value) -> Vec<String> {
        self.run(self.ledger.clone(), batch).results.iter().map(told).collect()
    }
}

/// The word of an outcome, or its code.
pub(super) fn told(reported: &Reported) -> String {
    match &reported.outcome {
        Outcome::Failed(failure) => failure.code.as_str().to_owned(),
        outcome => outcome.as_str().to_owned(),
    }
}

pub(super) fn request() -> Request {
    let actor = Actor { team: connection("1").team, identity: Identity::System { part: "tests" } };
    Request { actor, id: "request-1".into() }
}

pub(super) fn read(batch: &Value) -> Batch {
    Batch::read(batch.as_object().unwrap()).unwrap()
}

pub(super) fn invoice(id: &str, price: &str) -> Value {
    json!({"invoice_id": id, "client_id": "152158328", "items": [{
        "name": "Coffee", "unit_price": price, "currency": "PLN", "quantity": 3, "quantity_unit": "kg",
        "vat_rate": "23%", "tax_rate": null,
    }]})
}

pub(super) fn one() -> Value {
    json!({"invoices": [invoice(ID, "50.00")]})
}
