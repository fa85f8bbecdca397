//! What invoicing needs from outside.

mod ledger;

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use kernel::error::{Cause, StoreError};
use kernel::id::TeamId;
use kernel::money::Money;

pub use self::ledger::{InvoiceLedger, Kept, LedgerError, Pause, Report};
#[cfg(any(test, feature = "mock"))]
pub use self::ledger::{MockInvoiceLedger, MockPause};
use crate::accounting::{AccountingConnection, AccountingInvoice, Failure, InvoiceDates, InvoiceId};

/// An accounting system, in which invoices are made and found again by their id.
///
/// An implementation MUST NOT mix companies: what is made over one connection is found over that company's alone.
#[cfg_attr(any(test, feature = "mock"), mockall::automock)]
#[async_trait]
pub trait AccountingGateway: Send + Sync {
    /// The invoices there are of an id. It may be asked any number of times, and MAY be repeated within. How soon an
    /// invoice is found after it was made is not known; that it is not found does not mean that it is not there.
    ///
    /// # Errors
    /// [`GatewayError`]: whichever it is, nothing is known of the invoice.
    async fn find(&self, connection: &AccountingConnection, id: InvoiceId) -> Result<Found, GatewayError>;

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
pub enum Found {
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

/// The exchanges with accounting systems, which accountants read later.
#[cfg_attr(any(test, feature = "mock"), mockall::automock)]
#[async_trait]
pub trait ExchangeLog: Send + Sync {
    /// Keeps an exchange. It MUST NOT take long, as the exchange's caller waits for it.
    ///
    /// # Errors
    /// When the store fails; the exchange itself is none the worse for it.
    async fn record(&self, exchange: Exchange) -> Result<(), StoreError>;
}

/// One request to an accounting system and what came of it, without the keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    /// Whose connection it went over.
    pub team: TeamId,
    /// The invoice it was about, if it was about one.
    pub invoice: Option<InvoiceId>,
    /// What was asked for, such as `invoices/add`.
    pub action: &'static str,
    /// When it was sent.
    pub at: DateTime<Utc>,
    /// How long it took.
    pub took: Duration,
    /// The request's body.
    pub request: String,
    /// What came back, or what came instead.
    pub answer: Result<ExchangeAnswer, String>,
}

/// What an accounting system answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExchangeAnswer {
    /// The HTTP status.
    pub status: u16,
    /// The body, as far as it came.
    pub body: String,
}
