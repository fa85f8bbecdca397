//! What invoicing needs from outside.

mod connections;
mod exchanges;
mod ledger;

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use kernel::error::Cause;
use kernel::money::Money;

#[cfg(any(test, feature = "mock"))]
pub use self::connections::MockConnections;
pub use self::connections::{ConnectionStoreError, Connections, SealedConnection, StoredConnection};
#[cfg(any(test, feature = "mock"))]
pub use self::exchanges::MockExchanges;
pub use self::exchanges::{
    Exchange, ExchangeAnswer, ExchangeFilter, ExchangeId, ExchangeSummary, Exchanges, StoredExchange,
};
#[cfg(any(test, feature = "mock"))]
pub use self::ledger::MockInvoiceLedger;
pub use self::ledger::{
    HistoryStep, InvoiceLedger, InvoiceStory, LedgerEntry, LedgerError, LookUps, PendingLookup, Report,
};
use crate::accounting::{AccountingConnection, AccountingInvoice, Failure, InvoiceDates, InvoiceId};

/// An accounting system, in which invoices are made and found again by their id.
///
/// An implementation MUST NOT mix companies: what is made over one connection is found over that company's alone.
#[cfg_attr(any(test, feature = "mock"), mockall::automock)]
#[async_trait]
pub trait AccountingGateway: Send + Sync {
    /// Whether asking over this connection makes sense now: not while it is known that the accounting system does not
    /// work or does not take the keys. It MUST answer at once, and MAY be wrong.
    fn is_available(&self, connection: &AccountingConnection) -> bool;

    /// The invoices there are of an id. It may be asked any number of times, and MAY be repeated within, but MUST be given
    /// up after the moment `until`. How soon an invoice is found after it was made is not known; that it is not found does
    /// not mean that it is not there. [`LookupResult::Nothing`] MUST mean that the accounting system said so, and showed nothing
    /// that may be this invoice.
    ///
    /// # Errors
    /// [`GatewayError`]: whichever it is, nothing is known of the invoice.
    async fn find(
        &self,
        connection: &AccountingConnection,
        id: InvoiceId,
        until: DateTime<Utc>,
    ) -> Result<LookupResult, GatewayError>;

    /// Makes an invoice. It MUST be sent at most once, whatever happens, and MUST NOT be sent any more after the moment
    /// `until`, however long it had to wait for its turn. What is given back MUST be an invoice with its legal number: a
    /// draft or pro-forma is none. Whoever gives up waiting for it does not know what became of the invoice.
    ///
    /// # Errors
    /// [`GatewayError::Refused`] and [`GatewayError::NotSent`] when nothing was made for certain,
    /// [`GatewayError::Unknown`] whenever it is not.
    async fn add(
        &self,
        connection: &AccountingConnection,
        invoice: &AccountingInvoice,
        dates: InvoiceDates,
        until: DateTime<Utc>,
    ) -> Result<Booked, GatewayError>;
}

/// What is found of an id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LookupResult {
    /// Nothing, so far.
    Nothing,
    /// The invoice.
    One(Booked),
    /// More than one: somebody has to look at them, and nothing may be made.
    Several(Vec<Booked>),
}

/// An invoice as the accounting system has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Booked {
    /// Its id there.
    pub wfirma_id: Box<str>,
    /// Its legal number, such as `FV 22/2025`.
    pub number: Box<str>,
    /// What it comes to with tax, if the answer says so.
    pub total: Option<Money>,
}

/// Why an accounting system did not do what it was asked for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GatewayError {
    /// It said no: nothing was made.
    #[error("the accounting system refused: {}", .0.message)]
    Refused(Failure),
    /// It was never asked, because it does not work now, can't be reached or the time was up.
    #[error("nothing was sent to the accounting system")]
    NotSent(#[source] Cause),
    /// It was asked, and what it did is not known.
    #[error("the accounting system was asked and gave no answer that says what it did")]
    Unknown {
        /// What the caller is told.
        failure: Failure,
        /// What came instead of an answer.
        source: Cause,
    },
}

impl GatewayError {
    /// What the caller is told.
    pub fn failure(&self) -> Failure {
        match self {
            Self::Refused(failure) | Self::Unknown { failure, .. } => failure.clone(),
            Self::NotSent(_) => Failure::service_unavailable(),
        }
    }
}

/// Waits, and holds nothing meanwhile.
#[cfg_attr(any(test, feature = "mock"), mockall::automock)]
#[async_trait]
pub trait Pause: Send + Sync {
    /// Waits for about that long.
    async fn pause(&self, duration: Duration);
}
