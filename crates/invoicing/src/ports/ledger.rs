use std::collections::HashMap;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use kernel::error::{Classified, ErrorKind, StoreError};
use kernel::id::TeamId;
use kernel::write::WriteContext;

use crate::accounting::{InvoiceEvent, InvoiceId, InvoiceState, LedgerEntry, RequestedInvoice};

/// The ledger of each team's requested invoices; a team MUST NOT see or change another's.
///
/// An invoice is created once because of it: what [`InvoiceLedger::record`] returns MUST have been committed, and MUST
/// outlive a crash.
#[cfg_attr(any(test, feature = "mock"), mockall::automock)]
#[async_trait]
pub trait InvoiceLedger: Send + Sync {
    async fn find(&self, team: TeamId, id: InvoiceId) -> Result<Option<LedgerEntry>, StoreError>;

    /// Finds several entries at once; ids that are not known are left out.
    async fn find_all(
        &self,
        team: TeamId,
        ids: Vec<InvoiceId>,
    ) -> Result<HashMap<InvoiceId, LedgerEntry>, StoreError>;

    /// An invoice's entry and the last [`InvoiceHistory::MAX_STEPS`] of its steps.
    async fn history(&self, team: TeamId, id: InvoiceId) -> Result<Option<InvoiceHistory>, StoreError>;

    /// Applies [`LedgerUpdate::apply`] to an invoice's entry, with a step in its history. Of those who record at once with
    /// the same expected version, one MUST succeed, in whichever process they are; the others get
    /// [`LedgerError::Overtaken`].
    async fn record(
        &self,
        context: WriteContext<LedgerEntry>,
        update: LedgerUpdate,
    ) -> Result<LedgerEntry, LedgerError>;

    /// Gives out invoices of any team that are to be looked up at the moment `at`: those that are in flight with a lease
    /// that is over, and the unknown ones; those first that have waited longest, at most `schedule.batch_size`. Each MUST
    /// be given to one caller, and to nobody again before it was recorded anew or an interval is over: as long as its
    /// outcome has been unknown, but at least `schedule.min_interval` and at most `schedule.max_interval`.
    async fn due(
        &self,
        at: DateTime<Utc>,
        schedule: LookupSchedule,
    ) -> Result<Vec<PendingLookup>, StoreError>;
}

/// An invoice whose outcome is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingLookup {
    pub team: TeamId,
    pub entry: LedgerEntry,
}

/// When and how unknown outcomes are looked up.
#[derive(Debug, Clone, Copy)]
pub struct LookupSchedule {
    /// The most invoices that are given out at once.
    pub batch_size: u32,
    /// The shortest interval between two look-ups of one invoice.
    pub min_interval: TimeDelta,
    /// The longest.
    pub max_interval: TimeDelta,
    /// The longest that one look-up may take.
    pub timeout: TimeDelta,
}

/// An invoice and its history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvoiceHistory {
    pub entry: LedgerEntry,
    /// In order.
    pub steps: Vec<HistoryStep>,
}

impl InvoiceHistory {
    /// The most steps that are shown.
    pub const MAX_STEPS: u16 = 500;
}

/// A state that an invoice came to, and who brought it there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryStep {
    pub version: i64,
    pub at: DateTime<Utc>,
    pub actor: String,
    pub request_id: String,
    /// [`InvoiceState::as_str`].
    pub state: String,
    /// [`LedgerEntry::detail`], to the letter.
    pub detail: String,
}

/// An event to record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerUpdate {
    pub invoice: InvoiceId,
    /// The entry's version as the reporter saw it; `None` if there was no entry.
    pub expected_version: Option<i64>,
    pub event: InvoiceEvent,
    /// What is requested: taken over when the invoice is claimed.
    pub requested: RequestedInvoice,
}

/// Why an event was not recorded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LedgerError {
    /// Something else happened to the invoice meanwhile.
    #[error("something else happened to the invoice meanwhile")]
    Overtaken,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl LedgerUpdate {
    /// The entry after the event; `before` is the one that is stored now. The one rule of every store.
    ///
    /// # Errors
    /// [`LedgerError::Overtaken`], also where the event does not fit the state.
    pub fn apply(&self, before: Option<&LedgerEntry>) -> Result<LedgerEntry, LedgerError> {
        if before.map(|entry| entry.version) != self.expected_version {
            return Err(LedgerError::Overtaken);
        }
        let state = InvoiceState::after(before.map(|entry| &entry.state), self.event.clone());
        let state = state.map_err(|_| LedgerError::Overtaken)?;
        let requested = match before {
            Some(entry) if !matches!(self.event, InvoiceEvent::Claimed { .. }) => entry.requested.clone(),
            _ => self.requested.clone(),
        };
        let version = self.expected_version.unwrap_or(0) + 1;
        Ok(LedgerEntry { id: self.invoice, requested, state, version })
    }
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
