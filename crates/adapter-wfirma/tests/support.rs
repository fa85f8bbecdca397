//! What the tests stand on.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use actix_web::dev::ServerHandle;
use actix_web::http::StatusCode;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use adapter_wfirma::{Sandbox, Settings, WfirmaClient};
use chrono::{DateTime, TimeDelta, Utc};
use invoicing::accounting::{
    AccountingConnection, AccountingInvoice, ContractorId, InvoiceId, IssuedInvoice, LookupResult,
};
use invoicing::contract;
use invoicing::memory::InMemoryExchanges;
use invoicing::ports::{AccountingGateway, Exchanges, GatewayError};
use kernel::clock::Clock;
use serde_json::{Value, json};

/// The contractors of the sandbox.
pub(crate) const GOOD: &str = "152158328";
pub(crate) const UNKNOWN: &str = "12345";
pub(crate) const INCOMPLETE: &str = "99999";

/// A sandbox that serves, and a client of it.
pub(crate) struct Wfirma {
    pub(crate) url: String,
    pub(crate) client: Arc<WfirmaClient>,
    pub(crate) log: Arc<InMemoryExchanges>,
    pub(crate) clock: Arc<MovedClock>,
    http: reqwest::Client,
    server: ServerHandle,
}

/// A clock that stands still but for what it is moved, from the day of seed 002's example on.
#[derive(Debug, Default)]
pub(crate) struct MovedClock {
    seconds: AtomicI64,
    read: AtomicUsize,
}

impl MovedClock {
    pub(crate) fn move_on(&self, by: TimeDelta) {
        self.seconds.fetch_add(by.num_seconds(), Ordering::SeqCst);
    }

    /// Waits until somebody has read it so often more.
    pub(crate) async fn until_read(&self, times: usize) {
        let before = self.read.load(Ordering::SeqCst);
        let read = async {
            while self.read.load(Ordering::SeqCst) < before + times {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), read).await.expect("it is read");
    }
}

impl Clock for MovedClock {
    fn now(&self) -> DateTime<Utc> {
        self.read.fetch_add(1, Ordering::SeqCst);
        now() + TimeDelta::seconds(self.seconds.load(Ordering::SeqCst))
    }
}

/// A clock that runs on, from the same day on.
#[derive(Debug)]
pub(crate) struct RunningClock(Instant);

impl RunningClock {
    pub(crate) fn start() -> Arc<Self> {
        Arc::new(Self(Instant::now()))
    }
}

impl Clock for RunningClock {
    fn now(&self) -> DateTime<Utc> {
        now() + self.0.elapsed()
    }
}

impl Wfirma {
    /// With settings under which nothing takes long.
    pub(crate) async fn start() -> Self {
        Self::with(|_| {}).await
    }

    /// With settings that differ from these.
    pub(crate) async fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let server = Sandbox::new().serve(listener).expect("the sandbox serves");
        let handle = server.handle();
        tokio::spawn(server);
        let log = Arc::new(InMemoryExchanges::default());
        let clock = Arc::new(MovedClock::default());
        let client = timed(&url, clock.clone(), log.clone(), change);
        Self { url, client, log, clock, http: http(), server: handle }
    }

    pub(crate) async fn stop(self) {
        self.server.stop(false).await;
    }

    pub(crate) async fn fault(&self, fault: Value) {
        let answer = self.http.post(format!("{}/_sandbox/faults", self.url)).json(&fault).send().await;
        assert_eq!(answer.expect("an answer").status(), 201, "{fault}");
    }

    pub(crate) async fn clear_faults(&self) {
        let answer = self.http.delete(format!("{}/_sandbox/faults", self.url)).send().await;
        assert_eq!(answer.expect("an answer").status(), 204);
    }

    pub(crate) async fn ledger(&self) -> Value {
        let answer = self.http.get(format!("{}/_sandbox/ledger", self.url)).send().await;
        answer.expect("an answer").json().await.expect("JSON")
    }

    /// How many invoices there are.
    pub(crate) async fn made(&self) -> usize {
        self.ledger().await["invoices"].as_array().expect("a list").len()
    }

    /// How often something was asked for.
    pub(crate) async fn calls(&self, action: &str) -> u64 {
        self.ledger().await["calls"][action].as_u64().unwrap_or_default()
    }

    /// Asks for the ledger until it shows so many calls in flight.
    pub(crate) async fn until_in_flight(&self, calls: u64) {
        let seen = async { while self.ledger().await["callsInFlight"] != calls {} };
        tokio::time::timeout(Duration::from_secs(20), seen).await.expect("the calls arrive");
    }

    /// Asks for the ledger until it shows so many calls of an action.
    pub(crate) async fn until_calls(&self, action: &str, calls: u64) {
        let seen = async { while self.calls(action).await < calls {} };
        tokio::time::timeout(Duration::from_secs(20), seen).await.expect("the calls are made");
    }

    /// Waits until the breaker is closed again.
    pub(crate) async fn until_available(&self) {
        let back = async {
            while !self.client.is_available(&connection()) {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), back).await.expect("it closes");
    }

    pub(crate) async fn add(&self, invoice: &AccountingInvoice) -> Result<IssuedInvoice, GatewayError> {
        self.add_until(invoice, later()).await
    }

    pub(crate) async fn add_until(
        &self,
        invoice: &AccountingInvoice,
        until: DateTime<Utc>,
    ) -> Result<IssuedInvoice, GatewayError> {
        let connection = connection();
        self.client.add(&connection, invoice, connection.dates(now()), until).await
    }

    pub(crate) async fn find(&self, id: InvoiceId) -> Result<LookupResult, GatewayError> {
        self.client.find(&connection(), id, later()).await
    }

    /// Has the VAT codes looked up, so that what follows is calls about invoices alone.
    pub(crate) async fn warmed_up(self) -> Self {
        let refused = self.add(&invoice(200, UNKNOWN)).await;
        assert!(matches!(refused, Err(GatewayError::Refused(_))), "{refused:?}");
        self
    }
}

/// A server that is not wFirma: it gives the HTTP status and the body that `answer` makes of a request.
pub(crate) fn answering(
    answer: impl Fn(&HttpRequest) -> (u16, String) + Clone + Send + 'static,
) -> (String, ServerHandle) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let app = move || {
        let answer = answer.clone();
        App::new().default_service(web::to(move |request: HttpRequest| {
            let (status, body) = answer(&request);
            let status = StatusCode::from_u16(status).expect("a status");
            async move { HttpResponse::build(status).body(body) }
        }))
    };
    let server = HttpServer::new(app).workers(1).disable_signals().listen(listener).expect("it serves").run();
    let handle = server.handle();
    tokio::spawn(server);
    (url, handle)
}

/// A client with settings under which nothing takes long.
pub(crate) fn client(
    url: &str,
    log: Arc<dyn Exchanges>,
    change: impl FnOnce(&mut Settings),
) -> Arc<WfirmaClient> {
    timed(url, Arc::new(MovedClock::default()), log, change)
}

/// One with a clock of the test's.
pub(crate) fn timed(
    url: &str,
    clock: Arc<dyn Clock>,
    log: Arc<dyn Exchanges>,
    change: impl FnOnce(&mut Settings),
) -> Arc<WfirmaClient> {
    let mut settings = Settings::new(url.parse().expect("a URL"));
    settings.pauses = (Duration::from_millis(1), Duration::from_millis(5));
    (settings.write_timeout, settings.read_timeout) = (Duration::from_secs(20), Duration::from_secs(20));
    // tests that are not about it are not stopped by it
    settings.failures = 1_000;
    change(&mut settings);
    WfirmaClient::new(settings, clock, log).expect("a client")
}

pub(crate) fn http() -> reqwest::Client {
    // whoever came first has chosen the provider
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::new()
}

/// The day of seed 002's example.
pub(crate) fn now() -> DateTime<Utc> {
    "2025-08-30T13:00:44.764575Z".parse().expect("a moment")
}

/// Until when there is time for whatever a test does.
pub(crate) fn later() -> DateTime<Utc> {
    now() + TimeDelta::hours(1)
}

pub(crate) fn connection() -> AccountingConnection {
    contract::connection("77")
}

pub(crate) fn invoice(number: u8, contractor: &str) -> AccountingInvoice {
    contract::invoice(number, &self::contractor(contractor))
}

pub(crate) fn contractor(number: &str) -> ContractorId {
    ContractorId::try_new(number).expect("a contractor")
}

/// What an error is: its kind and the code that callers are told.
pub(crate) fn told<T: std::fmt::Debug>(result: Result<T, GatewayError>) -> (&'static str, &'static str) {
    let error = result.expect_err("an error");
    let kind = match &error {
        GatewayError::Refused(_) => "refused",
        GatewayError::NotSent(_) => "not sent",
        GatewayError::Unknown { .. } => "unknown",
        _ => "another",
    };
    (kind, error.failure().code.as_str())
}

/// A fault that strikes the calls of an action.
pub(crate) fn of_action(fault: &str, action: &str, more: Value) -> Value {
    let mut request = json!({"fault": fault, "action": action});
    for (key, value) in more.as_object().expect("an object") {
        request[key] = value.clone();
    }
    request
}
