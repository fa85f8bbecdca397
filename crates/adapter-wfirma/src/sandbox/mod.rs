//! A local wFirma: the same protocol over HTTP, with a readable ledger and injected faults (`docs/spec/accounting.md`,
//! "Sandbox").

mod api;
mod call;
mod control;
mod fault;
mod ledger;
mod vat;

use std::io;
use std::net::TcpListener;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use actix_web::dev::Server;
use actix_web::web::{self, ServiceConfig};
use actix_web::{App, HttpServer};
use tokio::sync::Notify;

use self::fault::InjectedFaults;
use self::ledger::SandboxLedger;

/// The most bytes of a request.
const MAX_REQUEST_BYTES: usize = 8 << 20;

/// A local wFirma; clones share its state.
#[derive(Debug, Clone, Default)]
pub struct Sandbox(Arc<State>);

#[derive(Debug, Default)]
struct State {
    ledger: Mutex<SandboxLedger>,
    faults: Mutex<InjectedFaults>,
    /// Wakes hanging calls when the faults are cleared.
    cleared: Notify,
    in_flight: AtomicUsize,
    most_in_flight: AtomicUsize,
}

impl Sandbox {
    /// Creates a sandbox without invoices and faults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds its routes to a server.
    pub fn configure(&self, config: &mut ServiceConfig) {
        config
            .app_data(web::Data::from(self.0.clone()))
            .app_data(web::PayloadConfig::new(MAX_REQUEST_BYTES))
            .configure(control::configure)
            .configure(api::configure);
    }

    /// Serves it on `listener` until the server is stopped.
    ///
    /// # Errors
    /// When the listener can't be used.
    pub fn serve(&self, listener: TcpListener) -> io::Result<Server> {
        let sandbox = self.clone();
        let app = move || {
            let sandbox = sandbox.clone();
            App::new().configure(move |config| sandbox.configure(config))
        };
        let server = HttpServer::new(app).workers(1).shutdown_timeout(1).disable_signals();
        // a call whose caller gave up ends, and is no longer in flight
        let server = server.h1_allow_half_closed(false);
        Ok(server.listen(listener)?.run())
    }
}

impl State {
    fn ledger(&self) -> MutexGuard<'_, SandboxLedger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn faults(&self) -> MutexGuard<'_, InjectedFaults> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a call as in flight while the value lives.
    fn count_call(&self) -> InFlight<'_> {
        let now = self.in_flight.fetch_add(1, Ordering::SeqCst) + 1;
        self.most_in_flight.fetch_max(now, Ordering::SeqCst);
        InFlight(self)
    }
}

struct InFlight<'a>(&'a State);

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Ordering::SeqCst);
    }
}
