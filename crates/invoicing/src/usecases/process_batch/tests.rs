use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

use async_trait::async_trait;
use kernel::access::Identity;
use kernel::id::{Id, TeamId};
use serde_json::{Value, json};
use uuid::Uuid;

use super::*;
use crate::accounting::{AccountingInvoice, ContractorId, InvoiceDates, InvoiceId};
use crate::contract::connection;
use crate::memory::{InMemoryAccounting, InMemoryLedger};
use crate::ports::Found;

const ID: &str = "550e8400-e29b-41d4-a716-446655440001";
const OTHER: &str = "660e8400-e29b-41d4-a716-446655440002";

/// A clock that the tests move, and that moves while somebody waits.
#[derive(Default)]
struct Time(AtomicI64);

impl Time {
    fn passes(&self, seconds: i64) {
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
enum Fault {
    /// Nothing.
    None,
    /// It makes the invoice, and its answer is lost.
    Dropped,
    /// It makes nothing, and no answer comes.
    Hung,
    /// It is never asked.
    Unsent,
}

/// An accounting system that loses answers and finds late, and counts what it is asked for.
struct Books {
    inner: InMemoryAccounting,
    time: Arc<Time>,
    fault: Mutex<Fault>,
    /// When what was made is found.
    visible_after: i64,
    added: AtomicUsize,
    /// The time at which each invoice was made.
    made: Mutex<Vec<(InvoiceId, DateTime<Utc>)>>,
    in_flight: AtomicUsize,
    most_in_flight: AtomicUsize,
}

impl Books {
    fn new(time: Arc<Time>, visible_after: i64) -> Self {
        let known = ["152158328", "15485872"].map(|id| ContractorId::try_new(id).unwrap());
        Self {
            // the clock of the books stands still: whether it is too late is judged here
            inner: InMemoryAccounting::new(known, DateTime::UNIX_EPOCH),
            time,
            fault: Mutex::new(Fault::None),
            visible_after,
            added: AtomicUsize::new(0),
            made: Mutex::default(),
            in_flight: AtomicUsize::new(0),
            most_in_flight: AtomicUsize::new(0),
        }
    }

    fn next(&self, fault: Fault) {
        *self.fault.lock().unwrap() = fault;
    }

    /// How often an invoice stands there.
    fn count(&self, id: &str) -> usize {
        self.made.lock().unwrap().iter().filter(|(made, _)| *made == id.parse().unwrap()).count()
    }
}

#[async_trait]
impl AccountingGateway for Books {
    async fn find(&self, connection: &AccountingConnection, id: InvoiceId) -> Result<Found, GatewayError> {
        let visible = self.time.now() - TimeDelta::seconds(self.visible_after);
        let seen = self.made.lock().unwrap().iter().any(|(made, at)| *made == id && *at <= visible);
        if seen { self.inner.find(connection, id).await } else { Ok(Found::Nothing) }
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
        let fault = std::mem::replace(&mut *self.fault.lock().unwrap(), Fault::None);
        assert!(self.time.now() < until, "nothing is sent after its lease");
        let lost =
            || GatewayError::Unknown { failure: Failure::outcome_unknown(), source: "no answer".into() };
        match fault {
            Fault::Unsent => return Err(GatewayError::NotSent("the breaker is open".into())),
            Fault::Hung => return Err(lost()),
            Fault::None | Fault::Dropped => {}
        }
        let booked = self.inner.add(connection, invoice, dates, until).await?;
        self.made.lock().unwrap().push((invoice.id(), self.time.now()));
        if fault == Fault::Dropped { Err(lost()) } else { Ok(booked) }
    }
}

/// Lets others go first, once.
async fn yields() {
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

/// A ledger whose process dies: with the n-th record, before or after it was committed.
struct Mortal {
    inner: Arc<InMemoryLedger>,
    records: AtomicUsize,
    dies_at: usize,
    committed: bool,
}

#[async_trait]
impl InvoiceLedger for Mortal {
    async fn find(&self, team: TeamId, id: InvoiceId) -> Result<Option<Kept>, StoreError> {
        if self.records.load(Ordering::SeqCst) >= self.dies_at {
            return Err(StoreError::Unavailable("dead".into()));
        }
        self.inner.find(team, id).await
    }

    async fn record(&self, context: WriteContext<Kept>, report: Report) -> Result<Kept, LedgerError> {
        let dead = || LedgerError::Store(StoreError::Unavailable("dead".into()));
        let record = self.records.fetch_add(1, Ordering::SeqCst) + 1;
        if record > self.dies_at || (record == self.dies_at && !self.committed) {
            return Err(dead());
        }
        let kept = self.inner.record(context, report).await?;
        if record == self.dies_at { Err(dead()) } else { Ok(kept) }
    }
}

struct House {
    time: Arc<Time>,
    books: Arc<Books>,
    ledger: Arc<InMemoryLedger>,
}

const VISIBILITY: i64 = 600;

impl House {
    fn new(visible_after: i64) -> Self {
        let time = Arc::new(Time::default());
        Self { books: Arc::new(Books::new(time.clone(), visible_after)), ledger: Arc::default(), time }
    }

    fn process(&self, ledger: Arc<dyn InvoiceLedger>) -> ProcessBatch {
        let pace = Pace {
            at_once: 8,
            deadline: TimeDelta::seconds(30),
            lease: TimeDelta::seconds(20),
            visibility: TimeDelta::seconds(VISIBILITY),
            look_every: Duration::from_millis(100),
        };
        ProcessBatch::new(self.books.clone(), ledger, self.time.clone(), self.time.clone(), pace)
    }

    fn run(&self, ledger: Arc<dyn InvoiceLedger>, batch: &Value) -> BatchAnswer {
        pollster::block_on(self.process(ledger).run(&request(), &connection("1"), &read(batch)))
    }

    /// What becomes of the invoices in a process that lives.
    fn sent(&self, batch: &Value) -> Vec<String> {
        self.run(self.ledger.clone(), batch).results.iter().map(told).collect()
    }
}

/// The word of an outcome, or its code.
fn told(reported: &Reported) -> String {
    match &reported.outcome {
        Outcome::Failed(failure) => failure.code.as_str().to_owned(),
        outcome => outcome.as_str().to_owned(),
    }
}

fn request() -> Request {
    let actor = Actor { team: Id::new(Uuid::from_u128(1)), identity: Identity::System { part: "tests" } };
    Request { actor, id: "request-1".into() }
}

fn read(batch: &Value) -> Batch {
    Batch::read(batch.as_object().unwrap()).unwrap()
}

fn invoice(id: &str, price: &str) -> Value {
    json!({"invoice_id": id, "client_id": "152158328", "items": [{
        "name": "Coffee", "unit_price": price, "currency": "PLN", "quantity": 3, "quantity_unit": "kg",
        "vat_rate": "23%", "tax_rate": null,
    }]})
}

fn one() -> Value {
    json!({"invoices": [invoice(ID, "50.00")]})
}

#[test]
fn an_invoice_is_made_once_and_existed_from_then_on() {
    let house = House::new(0);
    assert_eq!(house.sent(&one()), ["Created"]);
    assert_eq!(house.sent(&json!({"invoices": [invoice(ID, "50.0")]})), ["Existed"], "the same decimals");
    assert_eq!(house.sent(&json!({"invoices": [invoice(ID, "51.00")]})), ["IDEMPOTENCY_CONFLICT"]);
    assert_eq!((house.books.added.load(Ordering::SeqCst), house.books.count(ID)), (1, 1));
}

#[test]
fn results_are_in_the_order_of_the_request_and_repeats_existed() {
    let house = House::new(0);
    let mut unknown = invoice(OTHER, "1.00");
    unknown["client_id"] = json!("12345");
    let batch = json!({"invoices": [invoice(ID, "50.00"), unknown, invoice(ID, "50.0")]});
    assert_eq!(house.sent(&batch), ["Created", "CONTRACTOR_NOT_FOUND", "Existed"]);
    let mended = json!({"invoices": [invoice(OTHER, "2.00")]});
    assert_eq!(house.sent(&mended), ["Created"], "what definitely failed may be sent again, corrected");
}

#[test]
fn no_more_than_eight_are_on_their_way_at_once() {
    let house = House::new(0);
    let ids = (0..40).map(|number| format!("550e8400-e29b-41d4-a716-4466554400{number:02}"));
    let invoices: Vec<_> = ids.map(|id| invoice(&id, "1.00")).collect();
    assert_eq!(house.sent(&json!({"invoices": invoices})), ["Created"; 40]);
    assert_eq!(house.books.most_in_flight.load(Ordering::SeqCst), 8);
}

#[test]
fn what_was_never_sent_is_sent_with_the_next_try() {
    let house = House::new(0);
    house.books.next(Fault::Unsent);
    assert_eq!(house.sent(&one()), ["SERVICE_UNAVAILABLE"]);
    assert_eq!(house.sent(&one()), ["Created"]);
}

#[test]
fn a_lost_answer_is_looked_up_and_nothing_is_made_again() {
    let house = House::new(0);
    house.books.next(Fault::Dropped);
    assert_eq!(house.sent(&one()), ["OUTCOME_UNKNOWN"]);
    assert_eq!(house.sent(&json!({"invoices": [invoice(ID, "51.00")]})), ["IDEMPOTENCY_CONFLICT"]);
    assert_eq!((house.sent(&one()), house.books.count(ID)), (vec!["Existed".to_owned()], 1));
}

#[test]
fn what_is_not_found_is_sent_again_only_when_it_would_be_found() {
    let house = House::new(0);
    house.books.next(Fault::Hung);
    assert_eq!(house.sent(&one()), ["OUTCOME_UNKNOWN"]);
    house.time.passes(VISIBILITY - 1);
    assert_eq!(house.sent(&one()), ["OUTCOME_UNKNOWN"]);
    house.time.passes(1);
    assert_eq!((house.sent(&one()), house.books.count(ID)), (vec!["Created".to_owned()], 1));
}

#[test]
fn one_who_comes_while_another_sends_waits_for_what_becomes_of_it() {
    let house = House::new(0);
    let process = house.process(house.ledger.clone());
    let (request, connection, batch) = (request(), connection("1"), read(&one()));
    let crowd = (0..50).map(|_| process.run(&request, &connection, &batch));
    let answers = pollster::block_on(futures_util::future::join_all(crowd));
    let mut outcomes: Vec<_> = answers.iter().map(|answer| told(&answer.results[0])).collect();
    outcomes.sort();
    assert_eq!(outcomes.iter().filter(|outcome| *outcome == "Created").count(), 1);
    assert_eq!(outcomes.iter().filter(|outcome| *outcome == "Existed").count(), 49);
    assert_eq!(house.books.added.load(Ordering::SeqCst), 1, "one call of add");
}

#[test]
fn a_process_that_dies_anywhere_leaves_an_invoice_that_is_made_once() {
    // claimed, sending, booked: each committed or not, with every fault of the accounting system, found early and late
    for dies_at in 1..=3 {
        for committed in [false, true] {
            for fault in [Fault::None, Fault::Dropped, Fault::Hung, Fault::Unsent] {
                for visible_after in [0, VISIBILITY - 1] {
                    let house = House::new(visible_after);
                    house.books.next(fault);
                    let records = AtomicUsize::new(0);
                    let mortal = Mortal { inner: house.ledger.clone(), records, dies_at, committed };
                    house.run(Arc::new(mortal), &one());
                    // tried again at once, again when leases are over, and again until everything shows
                    let mut last = String::new();
                    for _ in 0..40 {
                        last = house.sent(&one()).remove(0);
                        house.time.passes(60);
                    }
                    let case = format!("{dies_at} {committed} {fault:?} {visible_after}");
                    assert_eq!((house.books.count(ID), last.as_str()), (1, "Existed"), "{case}");
                }
            }
        }
    }
}
