use std::time::Duration;

use async_trait::async_trait;
use kernel::error::{Classified, ErrorKind, StoreError};
use kernel::id::TeamId;
use kernel::write::WriteContext;

use crate::accounting::{ContractorId, Entry, Event, InvoiceId, PayloadHash};

/// What is known of the invoices that each team asked for; a team MUST NOT see or change another's.
///
/// It is what makes an invoice come into being once: what [`InvoiceLedger::record`] gives back MUST have been committed,
/// and MUST outlive a crash.
#[cfg_attr(any(test, feature = "mock"), mockall::automock)]
#[async_trait]
pub trait InvoiceLedger: Send + Sync {
    /// What is known of an invoice.
    ///
    /// # Errors
    /// When the store fails.
    async fn find(&self, team: TeamId, id: InvoiceId) -> Result<Option<Kept>, StoreError>;

    /// Records what happened to an invoice ([`State::after`](crate::accounting::State::after)), if nothing else happened
    /// to it since `seen`, and keeps it in its history. Of those who record at once with the same `seen`, one MUST be let
    /// in, in whichever process they are.
    ///
    /// # Errors
    /// [`LedgerError::Overtaken`].
    async fn record(&self, context: WriteContext<Kept>, report: Report) -> Result<Kept, LedgerError>;
}

/// What is kept of an invoice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// What it was asked to say, and what became of it.
    pub entry: Entry,
    /// Whom it is made out to.
    pub contractor: ContractorId,
    /// How often something happened to it.
    pub version: i64,
}

/// Something that happened to an invoice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Which invoice.
    pub invoice: InvoiceId,
    /// The version that the reporter has seen; nothing if it was not known.
    pub seen: Option<i64>,
    /// What happened.
    pub event: Event,
    /// What it is asked to say: taken over when it is claimed.
    pub payload: PayloadHash,
    /// Whom it is made out to, likewise.
    pub contractor: ContractorId,
}

/// Why something was not recorded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LedgerError {
    /// Something else happened to the invoice since.
    #[error("something else happened to the invoice meanwhile")]
    Overtaken,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Classified for LedgerError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Overtaken => ErrorKind::Conflict,
            Self::Store(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Overtaken => "OVERTAKEN",
            Self::Store(error) => error.code(),
        }
    }
}

/// Waits, and holds nothing meanwhile.
#[cfg_attr(any(test, feature = "mock"), mockall::automock)]
#[async_trait]
pub trait Pause: Send + Sync {
    /// Waits for that long.
    async fn pause(&self, duration: Duration);
}
