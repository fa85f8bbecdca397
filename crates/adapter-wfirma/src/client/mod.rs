//! The client: creates invoices in wFirma and finds them.

mod backoff;
mod breaker;
mod call;
mod settings;
mod vat_codes;

use std::fmt;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use invoicing::accounting::{
    AccountingConnection, AccountingInvoice, ContractorId, InvoiceDates, InvoiceFailure, InvoiceId,
    IssuedInvoice, LookupResult,
};
use invoicing::ports::{AccountingGateway, Exchanges, GatewayError};
use kernel::clock::Clock;
use tokio::sync::Semaphore;

use self::backoff::Backoff;
use self::breaker::Breaker;
use self::call::{Call, CallError, CredentialCooldowns};
pub use self::settings::Settings;
use self::vat_codes::VatCodes;
use crate::protocol::{self, Action, PAGE, Reply, Status, VatCode};

/// How long an idle connection is kept open: less than servers commonly do.
const IDLE_TIMEOUT: Duration = Duration::from_secs(4);
/// The most pages of VAT codes that are read.
const MAX_PAGES: usize = 10;

/// A client of wFirma; one for the whole process, as it limits the calls in flight.
pub struct WfirmaClient {
    settings: Settings,
    http: reqwest::Client,
    permits: Semaphore,
    breaker: Breaker,
    vat_codes: VatCodes,
    credential_cooldowns: CredentialCooldowns,
    clock: Arc<dyn Clock>,
    exchanges: Arc<dyn Exchanges>,
    /// Itself, for background tasks.
    me: Weak<Self>,
}

/// The HTTP client could not be created.
#[derive(Debug, thiserror::Error)]
#[error("no HTTP client can be made")]
pub struct ClientError(#[from] reqwest::Error);

impl WfirmaClient {
    /// Creates a client; nothing is sent yet. Every exchange is stored in `exchanges`, without the keys.
    ///
    /// # Errors
    /// When no HTTP client can be created, such as without certificates.
    pub fn new(
        settings: Settings,
        clock: Arc<dyn Clock>,
        exchanges: Arc<dyn Exchanges>,
    ) -> Result<Arc<Self>, ClientError> {
        // fails if a provider is installed already, which is fine
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .user_agent(concat!("throughline/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(settings.connect_timeout)
            .redirect(reqwest::redirect::Policy::none())
            // only this client decides whether a request may be repeated
            .retry(reqwest::retry::never())
            .pool_max_idle_per_host(settings.concurrency)
            // if the server closes a connection while it is written to, the outcome is unknown
            .pool_idle_timeout(IDLE_TIMEOUT)
            .build()?;
        Ok(Arc::new_cyclic(|me| Self {
            http,
            permits: Semaphore::new(settings.concurrency.max(1)),
            breaker: Breaker::new(settings.failures),
            vat_codes: VatCodes::default(),
            credential_cooldowns: CredentialCooldowns::default(),
            clock,
            exchanges,
            settings,
            me: me.clone(),
        }))
    }

    /// Makes a call that reads; repeats it if that may help and there is time.
    async fn read(&self, call: Call<'_>) -> Result<Reply, GatewayError> {
        let mut backoff = Backoff::new(self.settings.pauses);
        let mut tries = 0;
        loop {
            tries += 1;
            let outcome = self.call(&call).await;
            let may_retry = match &outcome {
                Ok(reply) => matches!(reply.status, Status::Limit | Status::Outage | Status::Locked),
                Err(error) => matches!(error, CallError::Lost(_) | CallError::Unreachable(_)),
            };
            let pause = backoff.next_pause();
            if !may_retry || tries >= self.settings.tries || pause >= self.left(call.until) {
                return read_result(outcome, call.connection);
            }
            #[expect(clippy::disallowed_methods, reason = "the pause before a retry")]
            tokio::time::sleep(pause).await;
        }
    }

    async fn list_vat_codes(
        &self,
        connection: &AccountingConnection,
        until: DateTime<Utc>,
    ) -> Result<Vec<VatCode>, GatewayError> {
        let mut codes = Vec::new();
        for page in 1..=MAX_PAGES {
            let reply = self.read(vat_codes_call(connection, page, PAGE, Some(until))).await?;
            let (found, more) = protocol::vat_codes(&reply, page);
            codes.extend(found);
            if !more {
                break;
            }
        }
        Ok(codes)
    }

    /// The ids of the VAT codes of an invoice's items, looked up if they are not known; given up at `until`.
    async fn vat_code_ids(
        &self,
        connection: &AccountingConnection,
        invoice: &AccountingInvoice,
        until: DateTime<Utc>,
    ) -> Result<Vec<String>, GatewayError> {
        let company = self.vat_codes.of(connection);
        let started = Instant::now();
        let known = tokio::time::timeout(self.left(Some(until)), company.lock()).await;
        let mut known = known.map_err(|_| GatewayError::NotSent("the time to send it was up".into()))?;
        if let Some(ids) = known.ids(invoice, self.clock.now()) {
            return ids.map_err(GatewayError::Refused);
        }
        // a look-up failed while this call waited: it fails in the same way
        if let Some(failure) = known.failed_since(started) {
            return Err(failure);
        }
        let codes = self.list_vat_codes(connection, until).await.inspect_err(|error| {
            // a call that had no time left must not fail those that have
            if !self.left(Some(until)).is_zero() {
                known.record_failure(error);
            }
        })?;
        let ids = vat_codes::ids(invoice, &codes).map_err(GatewayError::Refused);
        known.store(codes, self.clock.now());
        ids
    }
}

#[async_trait]
impl AccountingGateway for WfirmaClient {
    fn is_available(&self, connection: &AccountingConnection) -> bool {
        !self.breaker.is_open() && !self.is_cooling_down(connection)
    }

    async fn find(
        &self,
        connection: &AccountingConnection,
        id: InvoiceId,
        until: DateTime<Utc>,
    ) -> Result<LookupResult, GatewayError> {
        let body = protocol::find(id).to_string();
        let action = Action::FindInvoices;
        let reply =
            self.read(Call { connection, action, invoice: Some(id), body, until: Some(until) }).await?;
        protocol::found(&reply, id).ok_or_else(|| {
            let source = "wFirma's answer leaves open whether the invoice is there";
            GatewayError::Unknown { failure: InvoiceFailure::outcome_unknown(), source: source.into() }
        })
    }

    async fn add(
        &self,
        connection: &AccountingConnection,
        invoice: &AccountingInvoice,
        dates: InvoiceDates,
        until: DateTime<Utc>,
    ) -> Result<IssuedInvoice, GatewayError> {
        let vat_codes = self.vat_code_ids(connection, invoice, until).await.map_err(as_not_sent)?;
        let body = protocol::add(connection, invoice, dates, &vat_codes).to_string();
        let (action, id) = (Action::AddInvoice, invoice.id());
        let call = Call { connection, action, invoice: Some(id), body, until: Some(until) };
        match self.call(&call).await {
            Ok(reply) => write_result(&reply, connection, invoice),
            Err(CallError::NotSent(cause) | CallError::Unreachable(cause)) => {
                Err(GatewayError::NotSent(cause))
            }
            Err(CallError::Lost(source)) => {
                Err(GatewayError::Unknown { failure: InvoiceFailure::outcome_unknown(), source })
            }
        }
    }
}

fn vat_codes_call(
    connection: &AccountingConnection,
    page: usize,
    limit: usize,
    until: Option<DateTime<Utc>>,
) -> Call<'_> {
    let body = protocol::list_vat_codes(page, limit).to_string();
    Call { connection, action: Action::FindVatCodes, invoice: None, body, until }
}

/// The result of a call that reads.
fn read_result(
    outcome: Result<Reply, CallError>,
    connection: &AccountingConnection,
) -> Result<Reply, GatewayError> {
    match outcome {
        Ok(reply) if reply.status == Status::Ok => Ok(reply),
        Ok(reply) => Err(GatewayError::Refused(failure(&reply, connection, None))),
        Err(CallError::NotSent(cause) | CallError::Unreachable(cause)) => Err(GatewayError::NotSent(cause)),
        Err(CallError::Lost(source)) => {
            Err(GatewayError::Unknown { failure: InvoiceFailure::service_unavailable(), source })
        }
    }
}

/// The failure reported for a response, without the keys, which it may repeat.
fn failure(
    reply: &Reply,
    connection: &AccountingConnection,
    contractor: Option<&ContractorId>,
) -> InvoiceFailure {
    let failure = protocol::failure(reply, contractor);
    InvoiceFailure::new(failure.code, connection.keys.redacted(&failure.message))
}

/// An error of a look-up before the invoice was sent.
fn as_not_sent(error: GatewayError) -> GatewayError {
    match error {
        GatewayError::Unknown { source, .. } => GatewayError::NotSent(source),
        error => error,
    }
}

/// The result of creating an invoice.
fn write_result(
    reply: &Reply,
    connection: &AccountingConnection,
    invoice: &AccountingInvoice,
) -> Result<IssuedInvoice, GatewayError> {
    let unknown = |failure, source: String| GatewayError::Unknown { failure, source: source.into() };
    match reply.status {
        Status::Ok => protocol::booked(reply).ok_or_else(|| {
            let source = "wFirma did it and shows no invoice with a number: a draft, or another answer";
            unknown(InvoiceFailure::outcome_unknown(), source.to_owned())
        }),
        // it may have failed after the invoice was created
        Status::Fatal | Status::Unknown => {
            Err(unknown(failure(reply, connection, None), format!("wFirma answered {}", reply.code)))
        }
        _ => Err(GatewayError::Refused(failure(reply, connection, Some(invoice.contractor())))),
    }
}

impl fmt::Debug for WfirmaClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WfirmaClient").field("settings", &self.settings).finish_non_exhaustive()
    }
}
