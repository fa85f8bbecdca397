use async_trait::async_trait;
use chrono::{DateTime, Utc};
use kernel::error::Cause;

use crate::accounting::{
    AccountingConnection, AccountingInvoice, InvoiceDates, InvoiceFailure, InvoiceId, IssuedInvoice,
    LookupResult,
};

/// An accounting system, in which invoices are created and found again by their id.
///
/// An implementation MUST NOT mix companies: what is created over one connection is found over that company's alone.
#[cfg_attr(any(test, feature = "mock"), mockall::automock)]
#[async_trait]
pub trait AccountingGateway: Send + Sync {
    /// Whether a call over this connection makes sense now: not while it is known that the accounting system does not
    /// work or does not take the keys. It MUST answer at once, and MAY be wrong.
    fn is_available(&self, connection: &AccountingConnection) -> bool;

    /// Finds the invoices of an id. It may be called any number of times, and MAY repeat its request, but MUST give up
    /// after the moment `until`. How soon an invoice is found after it was created is not known; that it is not found does
    /// not mean that it does not exist. [`LookupResult::Nothing`] MUST mean that the accounting system said so, and showed
    /// nothing that may be this invoice.
    ///
    /// # Errors
    /// [`GatewayError`]: whichever it is, nothing is known of the invoice.
    async fn find(
        &self,
        connection: &AccountingConnection,
        id: InvoiceId,
        until: DateTime<Utc>,
    ) -> Result<LookupResult, GatewayError>;

    /// Creates an invoice. It MUST be sent at most once, whatever happens, and MUST NOT be sent any more after the moment
    /// `until`, however long it had to wait for its turn. What is returned MUST be an invoice with its legal number: a
    /// draft or pro-forma is none. Whoever gives up waiting for it does not know what became of the invoice.
    ///
    /// # Errors
    /// [`GatewayError::Refused`] and [`GatewayError::NotSent`] when nothing was created for certain,
    /// [`GatewayError::Unknown`] whenever it is not.
    async fn add(
        &self,
        connection: &AccountingConnection,
        invoice: &AccountingInvoice,
        dates: InvoiceDates,
        until: DateTime<Utc>,
    ) -> Result<IssuedInvoice, GatewayError>;
}

/// Why an accounting system did not do what was requested.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GatewayError {
    /// It refused: nothing was created.
    #[error("the accounting system refused: {}", .0.message)]
    Refused(InvoiceFailure),
    /// Nothing was sent, because it does not work now, can't be reached or the time was up.
    #[error("nothing was sent to the accounting system")]
    NotSent(#[source] Cause),
    /// The request was sent, and what the accounting system did is not known.
    #[error("the accounting system gave no answer that says what it did")]
    Unknown {
        /// The failure that the caller sees.
        failure: InvoiceFailure,
        /// What came instead of an answer.
        source: Cause,
    },
}

impl GatewayError {
    /// The failure that the caller sees.
    pub fn failure(&self) -> InvoiceFailure {
        match self {
            Self::Refused(failure) | Self::Unknown { failure, .. } => failure.clone(),
            Self::NotSent(_) => InvoiceFailure::service_unavailable(),
        }
    }
}
