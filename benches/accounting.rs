//! Invoices over HTTP: a batch of 100 at 200 ms a call to the accounting system, 8 in parallel, against the same 100
//! calls by 8 clients; each with a sandbox of its own, in turns, medians. It exits with 1 if it misses the target.
//! `make bench` runs it; for a quick look: `cargo bench … --bench accounting -- --rounds 1`.

#![expect(clippy::expect_used, reason = "what goes wrong here ends the run")]

#[path = "support/people.rs"]
mod people;
mod support;

use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use reqwest::blocking::{Client, RequestBuilder};
use serde_json::{Value, json};
use testkit::Service;

use self::support::{Fixture, Team, argument, median};

/// Invoices of a batch, and how many of them are in flight.
const INVOICES: usize = 100;
const PARALLEL: usize = 8;
/// The duration of a call to wFirma.
const CALL: Duration = Duration::from_millis(200);
/// The target for a batch, in multiples of 2.5 s (100 ÷ 8 × 200 ms).
const TARGET: f64 = 1.15;

fn main() -> ExitCode {
    let rounds = argument("--rounds", 5);
    let (sandbox, bare) = (sandbox(), sandbox());
    let folder = tempfile::tempdir().expect("a temporary folder");
    let fixture = Fixture::start(folder.path(), |serve| {
        serve.env("WFIRMA_URL", sandbox.address());
    });
    let team = fixture.team("books");
    let bench = Bench { fixture, team, sandbox, bare, http: client(), invoice: AtomicUsize::new(0) };
    let is_met = bench.run(rounds);
    bench.fixture.stop();
    if is_met { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn sandbox() -> Service {
    let mut command = testkit::command(env!("CARGO_BIN_EXE_throughline"));
    command.arg("wfirma-sandbox").env("RUST_LOG", "warn");
    Service::announced("The wFirma sandbox listens on ", command)
}

fn client() -> Client {
    // reqwest demands a TLS provider, although nothing here uses TLS
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder().timeout(Duration::from_secs(60)).build().expect("an HTTP client")
}

struct Bench {
    fixture: Fixture,
    team: Team,
    /// The sandbox for the batches.
    sandbox: Service,
    /// The sandbox for the plain calls, which counts calls in flight separately.
    bare: Service,
    http: Client,
    /// The number of the last invoice.
    invoice: AtomicUsize,
}

impl Bench {
    /// Prints the times; returns whether the target is met.
    fn run(&self, rounds: usize) -> bool {
        let admin = self.fixture.admin("books");
        let connection = json!({
            "companyId": "1", "accessKey": "access-key", "secretKey": "secret-key", "appKey": "the-app-key",
        });
        self.fixture.connect().send("PUT", "/api/accounting/connection", &admin, &connection.to_string());
        for sandbox in [&self.sandbox, &self.bare] {
            let fault = json!({"fault": "delay", "delay": format!("{}ms", CALL.as_millis())});
            sent(self.http.post(format!("{}/_sandbox/faults", sandbox.address())).json(&fault));
        }
        let (mut by_batch, mut by_calls) = (Vec::new(), Vec::new());
        for round in 0..=rounds {
            let (calls, batch) = (self.by_calls(), self.by_batch());
            // the first round is for warming up
            if round > 0 {
                by_calls.push(calls);
                by_batch.push(batch);
            }
        }
        let ledger = sent(self.http.get(format!("{}/_sandbox/ledger", self.sandbox.address())));
        let ideal = CALL.as_secs_f64() * INVOICES as f64 / PARALLEL as f64;
        let most = ledger.get("mostCallsInFlight").and_then(Value::as_u64).expect("a number");
        let (calls, batch) = (median(&by_calls), median(&by_batch));
        println!("| {INVOICES} invoices, {CALL:?} a call | median s | of {ideal} s | aim |");
        println!("| --- | ---: | ---: | ---: |");
        println!("| 8 clients, nothing but the calls | {calls:.2} | {:.2} | |", calls / ideal);
        println!("| HTTP, one batch | {batch:.2} | {:.2} | {TARGET} |", batch / ideal);
        println!("\nMost calls of a batch in flight: {most}, may be: {PARALLEL}");
        batch / ideal <= TARGET && most <= PARALLEL as u64
    }

    /// The ids of the next invoices.
    fn ids(&self) -> Vec<String> {
        let first = self.invoice.fetch_add(INVOICES, Ordering::Relaxed);
        (first..first + INVOICES).map(|number| format!("550e8400-e29b-41d4-a716-{number:012x}")).collect()
    }

    /// Times one batch, from the first byte of the request to the last of the response.
    fn by_batch(&self) -> f64 {
        let item = json!({
            "name": "Premium Coffee Beans", "unit_price": "50.00", "currency": "PLN", "quantity": 3,
            "quantity_unit": "kg", "vat_rate": "23%", "tax_rate": 23,
        });
        let invoice = |id| json!({"invoice_id": id, "client_id": "152158328", "items": [item]});
        let batch = json!({"invoices": self.ids().into_iter().map(invoice).collect::<Vec<_>>()});
        let mut connection = self.fixture.connect();
        let started = Instant::now();
        let answer = connection.send("POST", "/api/gepard/order/process", &self.team, &batch.to_string());
        let took = started.elapsed().as_secs_f64();
        let answer: Value = serde_json::from_str(&answer).expect("JSON");
        assert_eq!(answer.get("successfulInvoices").and_then(Value::as_u64), Some(INVOICES as u64));
        took
    }

    /// Times the same calls to wFirma, by as many clients as a batch has calls in flight.
    fn by_calls(&self) -> f64 {
        let (ids, next) = (self.ids(), AtomicUsize::new(0));
        let address = self.bare.address();
        let url = format!("{address}/invoices/add?inputFormat=json&outputFormat=json&company_id=2");
        let started = Instant::now();
        std::thread::scope(|scope| {
            for _ in 0..PARALLEL {
                scope.spawn(|| {
                    while let Some(id) = ids.get(next.fetch_add(1, Ordering::Relaxed)) {
                        let answer = sent(self.add_invoice(&url, id));
                        assert_eq!(answer.pointer("/status/code"), Some(&json!("OK")), "{answer}");
                    }
                });
            }
        });
        started.elapsed().as_secs_f64()
    }

    fn add_invoice(&self, url: &str, id: &str) -> RequestBuilder {
        let invoice = json!({"api": {"invoices": [{"invoice": {
            "contractor": {"id": "152158328"}, "type": "normal", "price_type": "netto", "paymentmethod": "transfer",
            "date": "2025-08-30", "paymentdate": "2025-09-13", "disposaldate": "2025-08-30", "currency": "PLN",
            "id_external": id, "invoicecontents": [{"invoicecontent": {
                "name": "Premium Coffee Beans", "unit": "kg", "count": "3", "price": "50.00",
                "vat_code": {"id": "222"}}}],
        }}]}});
        let request = self.http.post(url).json(&invoice);
        ["accessKey", "secretKey", "appKey"]
            .into_iter()
            .fold(request, |request, name| request.header(name, "any-key"))
    }
}

/// Sends a request that must succeed; returns the body, or null without one.
fn sent(request: RequestBuilder) -> Value {
    let answer = request.send().expect("an answer");
    assert!(answer.status().is_success(), "{answer:?}");
    serde_json::from_str(&answer.text().expect("a whole answer")).unwrap_or(Value::Null)
}
