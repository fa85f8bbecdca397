use std::collections::HashMap;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use kernel::error::{Classified, ErrorKind, StoreError};
use kernel::id::TeamId;
use kernel::write::WriteContext;

use crate::accounting::{Entry, Event, InvoiceId, RequestedInvoice, State};

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
    async fn find(&self, team: TeamId, id: InvoiceId) -> Result<Option<LedgerEntry>, StoreError>;

    /// The same of several at once; those that are not known are left out.
    ///
    /// # Errors
    /// When the store fails.
    async fn find_all(
        &self,
        team: TeamId,
        ids: Vec<InvoiceId>,
    ) -> Result<HashMap<InvoiceId, LedgerEntry>, StoreError>;

    /// What is known of an invoice, with its history.
    ///
    /// # Errors
    /// When the store fails.
    async fn story(&self, team: TeamId, id: InvoiceId) -> Result<Option<InvoiceStory>, StoreError>;

    /// Records what happened to an invoice ([`State::after`](crate::accounting::State::after)), if nothing else happened
    /// to it since `seen`, and keeps it in its history. Of those who record at once with the same `seen`, one MUST be let
    /// in, in whichever process they are.
    ///
    /// # Errors
    /// [`LedgerError::Overtaken`].
    async fn record(
        &self,
        context: WriteContext<LedgerEntry>,
        report: Report,
    ) -> Result<LedgerEntry, LedgerError>;

    /// Gives out invoices of any team that somebody should look up at the moment `at`: those that are in flight with a
    /// lease that is over, and the unknown ones; those first that have waited longest, at most `look_ups.at_once`. Each
    /// MUST be given to one asker, and to nobody again before it was recorded anew or a pause is over: as long as its
    /// outcome has been unknown, but at least `look_ups.shortest` and at most `look_ups.longest`.
    ///
    /// # Errors
    /// When the store fails.
    async fn due(&self, at: DateTime<Utc>, look_ups: LookUps) -> Result<Vec<PendingLookup>, StoreError>;
}

/// What is kept of an invoice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerEntry {
    /// What was asked for, and what became of it.
    pub entry: Entry,
    /// How often something happened to it.
    pub version: i64,
}

/// An invoice whose outcome is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingLookup {
    /// Whose it is.
    pub team: TeamId,
    /// Its id.
    pub invoice: InvoiceId,
    /// What is known of it.
    pub kept: LedgerEntry,
}

/// How unknown outcomes are looked up.
#[derive(Debug, Clone, Copy)]
pub struct LookUps {
    /// The most that are given out at once.
    pub at_once: u32,
    /// The shortest pause between two look-ups of one invoice.
    pub shortest: TimeDelta,
    /// The longest.
    pub longest: TimeDelta,
    /// How long one look-up may take.
    pub patience: TimeDelta,
}

/// An invoice and how it came to what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvoiceStory {
    /// What is known of it.
    pub kept: LedgerEntry,
    /// What became of it, in order: the last [`InvoiceStory::MOST_STEPS`] of it.
    pub steps: Vec<HistoryStep>,
}

impl InvoiceStory {
    /// The most steps that are told.
    pub const MOST_STEPS: u16 = 500;
}

/// Something that became of an invoice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryStep {
    /// The invoice's version since.
    pub version: i64,
    /// When.
    pub at: DateTime<Utc>,
    /// Who made it so.
    pub actor: String,
    /// In which request.
    pub request_id: String,
    /// The state's word ([`State::as_str`](crate::accounting::State::as_str)).
    pub state: String,
    /// What there is to tell of it, to the letter ([`Entry::detail`]).
    pub detail: String,
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
    /// What is asked for: taken over when it is claimed.
    pub asked: RequestedInvoice,
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

impl Report {
    /// What is kept after it, if nothing else happened to the invoice since the reporter looked; `before` is what is kept
    /// now. The one rule of every store.
    ///
    /// # Errors
    /// [`LedgerError::Overtaken`].
    pub fn after(&self, before: Option<&LedgerEntry>) -> Result<LedgerEntry, LedgerError> {
        if before.map(|kept| kept.version) != self.seen {
            return Err(LedgerError::Overtaken);
        }
        let state = State::after(before.map(|kept| &kept.entry.state), self.event.clone());
        let state = state.map_err(|_| LedgerError::Overtaken)?;
        let asked = match before {
            Some(kept) if !matches!(self.event, Event::Claimed { .. }) => kept.entry.asked.clone(),
            _ => self.asked.clone(),
        };
        Ok(LedgerEntry { entry: Entry { asked, state }, version: self.seen.unwrap_or(0) + 1 })
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
