//! Support of the tests.

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
pub(crate) const VALID: &str = "152158328";
pub(crate) const UNKNOWN: &str = "12345";
pub(crate) const INCOMPLETE: &str = "99999";

/// A sandbox that serves, and a client of it.
pub(crate) struct Wfirma {
    pub(crate) url: String,
    pub(crate) client: Arc<WfirmaClient>,
    pub(crate) log: Arc<InMemoryExchanges>,
    pub(crate) clock: Arc<ManualClock>,
    http: reqwest::Client,
    server: ServerHandle,
}

/// A clock that only the test moves, starting on the day of the documented example.
#[derive(Debug, Default)]
pub(crate) struct ManualClock {
    seconds: AtomicI64,
    read: AtomicUsize,
}

impl ManualClock {
    pub(crate) fn advance(&self, by: TimeDelta) {
        self.seconds.fetch_add(by.num_seconds(), Ordering::SeqCst);
    }

    /// Waits until it was read this many times more.
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

impl Clock for ManualClock {
    fn now(&self) -> DateTime<Utc> {
        self.read.fetch_add(1, Ordering::SeqCst);
        now() + TimeDelta::seconds(self.seconds.load(Ordering::SeqCst))
    }
}

/// A running clock that starts on the same day.
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
    /// Starts both with short pauses.
    pub(crate) async fn start() -> Self {
        Self::with(|_| {}).await
    }

    /// Starts both with changed settings.
    pub(crate) async fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let server = Sandbox::new().serve(listener).expect("the sandbox serves");
        let handle = server.handle();
        tokio::spawn(server);
        let log = Arc::new(InMemoryExchanges::default());
        let clock = Arc::new(ManualClock::default());
        let client = client_with_clock(&url, clock.clone(), log.clone(), change);
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

    /// The number of invoices.
    pub(crate) async fn invoice_count(&self) -> usize {
        self.ledger().await["invoices"].as_array().expect("a list").len()
    }

    /// The number of calls of an action.
    pub(crate) async fn calls(&self, action: &str) -> u64 {
        self.ledger().await["calls"][action].as_u64().unwrap_or_default()
    }

    /// Waits until this many calls are in flight.
    pub(crate) async fn until_in_flight(&self, calls: u64) {
        let seen = async { while self.ledger().await["callsInFlight"] != calls {} };
        tokio::time::timeout(Duration::from_secs(20), seen).await.expect("the calls arrive");
    }

    /// Waits until there were this many calls of an action.
    pub(crate) async fn until_calls(&self, action: &str, calls: u64) {
        let seen = async { while self.calls(action).await < calls {} };
        tokio::time::timeout(Duration::from_secs(20), seen).await.expect("the calls are made");
    }

    /// Waits until the circuit breaker is closed.
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

    /// Looks the VAT codes up, so that all later calls are about invoices.
    pub(crate) async fn warmed_up(self) -> Self {
        let refused = self.add(&invoice(200, UNKNOWN)).await;
        assert!(matches!(refused, Err(GatewayError::Refused(_))), "{refused:?}");
        self
    }
}

/// A server that responds to each request with the HTTP status and the body that `answer` returns.
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

/// A client with short pauses.
pub(crate) fn client(
    url: &str,
    log: Arc<dyn Exchanges>,
    change: impl FnOnce(&mut Settings),
) -> Arc<WfirmaClient> {
    client_with_clock(url, Arc::new(ManualClock::default()), log, change)
}

/// A client with short pauses and the given clock.
pub(crate) fn client_with_clock(
    url: &str,
    clock: Arc<dyn Clock>,
    log: Arc<dyn Exchanges>,
    change: impl FnOnce(&mut Settings),
) -> Arc<WfirmaClient> {
    let mut settings = Settings::new(url.parse().expect("a URL"));
    settings.pauses = (Duration::from_millis(1), Duration::from_millis(5));
    (settings.write_timeout, settings.read_timeout) = (Duration::from_secs(20), Duration::from_secs(20));
    // keeps the circuit breaker closed
    settings.failures = 1_000;
    change(&mut settings);
    WfirmaClient::new(settings, clock, log).expect("a client")
}

pub(crate) fn http() -> reqwest::Client {
    // fails if a provider is installed already, which is fine
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::new()
}

/// The day of the documented example.
pub(crate) fn now() -> DateTime<Utc> {
    "2025-08-30T13:00:44.764575Z".parse().expect("a moment")
}

/// A deadline that no test reaches.
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

/// The kind and the code of an error.
pub(crate) fn error_code<T: std::fmt::Debug>(
    result: Result<T, GatewayError>,
) -> (&'static str, &'static str) {
    let error = result.expect_err("an error");
    let kind = match &error {
        GatewayError::Refused(_) => "refused",
        GatewayError::NotSent(_) => "not sent",
        GatewayError::Unknown { .. } => "unknown",
        _ => "another",
    };
    (kind, error.failure().code.as_str())
}

/// A fault of the calls of an action.
pub(crate) fn of_action(fault: &str, action: &str, more: Value) -> Value {
    let mut request = json!({"fault": fault, "action": action});
    for (key, value) in more.as_object().expect("an object") {
        request[key] = value.clone();
    }
    request
}
