//! The client: makes invoices in wFirma and finds them again.

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
use self::call::{Call, CallError, Resting};
pub use self::settings::Settings;
use self::vat_codes::VatCodes;
use crate::protocol::{self, Action, PAGE, Reply, Status, VatCode};

/// How long a connection is kept that nobody uses: less than servers commonly do.
const IDLE: Duration = Duration::from_secs(4);
/// The most pages of VAT codes that are read.
const MOST_PAGES: usize = 10;

/// wFirma, over HTTP; one for the whole process, as it counts the calls in flight.
pub struct WfirmaClient {
    settings: Settings,
    http: reqwest::Client,
    turns: Semaphore,
    breaker: Breaker,
    vat_codes: VatCodes,
    credential_cooldown: Resting,
    clock: Arc<dyn Clock>,
    exchanges: Arc<dyn Exchanges>,
    /// Itself, for what goes on without a caller.
    me: Weak<Self>,
}

/// Why there is no client.
#[derive(Debug, thiserror::Error)]
#[error("no HTTP client can be made")]
pub struct ClientError(#[from] reqwest::Error);

impl WfirmaClient {
    /// A client; nothing is sent yet. Every exchange is handed to `exchanges`, without the keys.
    ///
    /// # Errors
    /// When no HTTP client can be made, such as for want of certificates.
    pub fn new(
        settings: Settings,
        clock: Arc<dyn Clock>,
        exchanges: Arc<dyn Exchanges>,
    ) -> Result<Arc<Self>, ClientError> {
        // whoever came first has chosen the provider
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .user_agent(concat!("throughline/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(settings.connect_timeout)
            .redirect(reqwest::redirect::Policy::none())
            // whether a request may be repeated is decided here alone
            .retry(reqwest::retry::never())
            .pool_max_idle_per_host(settings.concurrency)
            // a connection that the other side closes while it is written to leaves an outcome unknown
            .pool_idle_timeout(IDLE)
            .build()?;
        Ok(Arc::new_cyclic(|me| Self {
            http,
            turns: Semaphore::new(settings.concurrency.max(1)),
            breaker: Breaker::new(settings.failures),
            vat_codes: VatCodes::default(),
            credential_cooldown: Resting::default(),
            clock,
            exchanges,
            settings,
            me: me.clone(),
        }))
    }

    /// Reads something, again if that may help and there is time.
    async fn read(&self, call: Call<'_>) -> Result<Reply, GatewayError> {
        let mut backoff = Backoff::new(self.settings.pauses);
        let mut tries = 0;
        loop {
            tries += 1;
            let outcome = self.call(&call).await;
            let may_help = match &outcome {
                Ok(reply) => matches!(reply.status, Status::Limit | Status::Outage | Status::Locked),
                Err(error) => matches!(error, CallError::Lost(_) | CallError::Unreachable(_)),
            };
            let pause = backoff.pause();
            if !may_help || tries >= self.settings.tries || pause >= self.left(call.until) {
                return read(outcome, call.connection);
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
        for page in 1..=MOST_PAGES {
            let reply = self.read(vat_codes_call(connection, page, PAGE, Some(until))).await?;
            let (found, more) = protocol::vat_codes(&reply, page);
            codes.extend(found);
            if !more {
                break;
            }
        }
        Ok(codes)
    }

    /// Everything that has to be known before an invoice can be written: its items' VAT codes. What is not known by `until`
    /// is given up.
    async fn prepared(
        &self,
        connection: &AccountingConnection,
        invoice: &AccountingInvoice,
        until: DateTime<Utc>,
    ) -> Result<Vec<String>, GatewayError> {
        let company = self.vat_codes.of(connection);
        let asked = Instant::now();
        let known = tokio::time::timeout(self.left(Some(until)), company.lock()).await;
        let mut known = known.map_err(|_| GatewayError::NotSent("the time to send it was up".into()))?;
        if let Some(ids) = known.ids(invoice, self.clock.now()) {
            return ids.map_err(GatewayError::Refused);
        }
        // they were looked up while this one waited: who asks at once again is told the same
        if let Some(failure) = known.failed_since(asked) {
            return Err(failure);
        }
        let codes = self.list_vat_codes(connection, until).await.inspect_err(|error| {
            // whoever had no time left says nothing to those who have
            if !self.left(Some(until)).is_zero() {
                known.fail(error);
            }
        })?;
        let ids = vat_codes::ids(invoice, &codes).map_err(GatewayError::Refused);
        known.learn(codes, self.clock.now());
        ids
    }
}

#[async_trait]
impl AccountingGateway for WfirmaClient {
    fn is_available(&self, connection: &AccountingConnection) -> bool {
        !self.breaker.is_open() && !self.keys_rest(connection)
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
        let vat_codes = self.prepared(connection, invoice, until).await.map_err(before_anything_was_sent)?;
        let body = protocol::add(connection, invoice, dates, &vat_codes).to_string();
        let (action, id) = (Action::AddInvoice, invoice.id());
        let call = Call { connection, action, invoice: Some(id), body, until: Some(until) };
        match self.call(&call).await {
            Ok(reply) => written(&reply, connection, invoice),
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

/// What reading came to.
fn read(outcome: Result<Reply, CallError>, connection: &AccountingConnection) -> Result<Reply, GatewayError> {
    match outcome {
        Ok(reply) if reply.status == Status::Ok => Ok(reply),
        Ok(reply) => Err(GatewayError::Refused(refusal(&reply, connection, None))),
        Err(CallError::NotSent(cause) | CallError::Unreachable(cause)) => Err(GatewayError::NotSent(cause)),
        Err(CallError::Lost(source)) => {
            Err(GatewayError::Unknown { failure: InvoiceFailure::service_unavailable(), source })
        }
    }
}

/// What callers are told of an answer, without the keys, which it may repeat.
fn refusal(
    reply: &Reply,
    connection: &AccountingConnection,
    contractor: Option<&ContractorId>,
) -> InvoiceFailure {
    let failure = protocol::refusal(reply, contractor);
    InvoiceFailure::new(failure.code, connection.keys.redacted(&failure.message))
}

/// Whatever went wrong while something was read for it, the invoice itself was not sent.
fn before_anything_was_sent(error: GatewayError) -> GatewayError {
    match error {
        GatewayError::Unknown { source, .. } => GatewayError::NotSent(source),
        error => error,
    }
}

/// What an answer to a written invoice says of it.
fn written(
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
        // it may have broken after the invoice was made
        Status::Fatal | Status::Unheard => {
            Err(unknown(refusal(reply, connection, None), format!("wFirma answered {}", reply.code)))
        }
        _ => Err(GatewayError::Refused(refusal(reply, connection, Some(invoice.contractor())))),
    }
}

impl fmt::Debug for WfirmaClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WfirmaClient").field("settings", &self.settings).finish_non_exhaustive()
    }
}
