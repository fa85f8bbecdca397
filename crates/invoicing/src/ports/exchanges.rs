use std::borrow::Cow;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use kernel::error::StoreError;
use kernel::id::TeamId;
use kernel::page::{Listing, Window};

use crate::accounting::InvoiceId;

/// The exchanges of each team with its accounting system, which accountants read later; a team MUST NOT see another's.
#[cfg_attr(any(test, feature = "mock"), mockall::automock)]
#[async_trait]
pub trait Exchanges: Send + Sync {
    /// Keeps an exchange. It MUST NOT take long, as the exchange's caller waits for it.
    ///
    /// # Errors
    /// When the store fails; the exchange itself is none the worse for it.
    async fn record(&self, exchange: Exchange) -> Result<(), StoreError>;

    /// The team's exchanges that `filter` lets through: newest first by when they were sent, then by id, the highest
    /// first.
    ///
    /// # Errors
    /// When the store fails.
    async fn list(
        &self,
        team: TeamId,
        filter: ExchangeFilter,
        window: Window,
    ) -> Result<Listing<ExchangeSummary>, StoreError>;

    /// The team's exchange of that id, whole.
    ///
    /// # Errors
    /// When the store fails.
    async fn find(&self, team: TeamId, id: ExchangeId) -> Result<Option<StoredExchange>, StoreError>;
}

kernel::id_type!(ExchangeId, Exchange, "exchange");

/// One request to an accounting system and what came of it, without the keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    /// Whose connection it went over.
    pub team: TeamId,
    /// The invoice it was about, if it was about one.
    pub invoice: Option<InvoiceId>,
    /// What was asked for, such as `invoices/add`.
    pub action: Cow<'static, str>,
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

/// An exchange that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredExchange {
    /// Its id.
    pub id: ExchangeId,
    /// It.
    pub exchange: Exchange,
}

/// An exchange of a list: without the bodies, which may be long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExchangeSummary {
    /// Its id.
    pub id: ExchangeId,
    /// The invoice it was about, if it was about one.
    pub invoice: Option<InvoiceId>,
    /// What was asked for.
    pub action: String,
    /// When it was sent.
    pub at: DateTime<Utc>,
    /// How long it took.
    pub took: Duration,
    /// The HTTP status that came back, or what came instead.
    pub answer: Result<u16, String>,
}

/// Which exchanges a list holds: those that agree with all that is given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExchangeFilter {
    /// About this invoice.
    pub invoice: Option<InvoiceId>,
    /// That asked for this.
    pub action: Option<String>,
    /// Sent at this time or later.
    pub from: Option<DateTime<Utc>>,
    /// Sent before this time.
    pub to: Option<DateTime<Utc>>,
}
