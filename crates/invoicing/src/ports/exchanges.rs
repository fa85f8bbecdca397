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
    /// Stores an exchange. It MUST NOT take long, as the exchange's caller waits for it.
    async fn record(&self, exchange: Exchange) -> Result<(), StoreError>;

    /// The team's exchanges that `filter` lets through: newest first by when they were sent, then by id, the highest
    /// first.
    async fn list(
        &self,
        team: TeamId,
        filter: ExchangeFilter,
        window: Window,
    ) -> Result<Listing<ExchangeSummary>, StoreError>;

    /// The team's exchange of that id, with its bodies.
    async fn find(&self, team: TeamId, id: ExchangeId) -> Result<Option<StoredExchange>, StoreError>;
}

kernel::id_type!(ExchangeId, Exchange, "exchange");

/// A request to an accounting system and its answer, without the keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    pub team: TeamId,
    /// The invoice that the request was about, if it was about one.
    pub invoice: Option<InvoiceId>,
    /// Such as `invoices/add`.
    pub action: Cow<'static, str>,
    /// When it was sent.
    pub at: DateTime<Utc>,
    pub took: Duration,
    /// The request's body.
    pub request: String,
    /// The answer, or the error that came instead.
    pub answer: Result<ExchangeAnswer, String>,
}

/// An accounting system's answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExchangeAnswer {
    /// The HTTP status.
    pub status: u16,
    /// The body, as far as it came.
    pub body: String,
}

/// A stored exchange.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredExchange {
    pub id: ExchangeId,
    pub exchange: Exchange,
}

/// An exchange without its bodies, which may be long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExchangeSummary {
    pub id: ExchangeId,
    pub invoice: Option<InvoiceId>,
    pub action: String,
    /// When it was sent.
    pub at: DateTime<Utc>,
    pub took: Duration,
    /// The answer's HTTP status, or the error that came instead.
    pub answer: Result<u16, String>,
}

impl StoredExchange {
    /// The exchange without its bodies.
    pub fn summary(&self) -> ExchangeSummary {
        let Exchange { invoice, action, at, took, answer, .. } = &self.exchange;
        ExchangeSummary {
            id: self.id,
            invoice: *invoice,
            action: action.clone().into_owned(),
            at: *at,
            took: *took,
            answer: answer.as_ref().map(|answer| answer.status).map_err(Clone::clone),
        }
    }
}

/// The exchanges that a list holds: those that agree with all that is given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExchangeFilter {
    pub invoice: Option<InvoiceId>,
    pub action: Option<String>,
    /// Sent at this time or later.
    pub from: Option<DateTime<Utc>>,
    /// Sent before this time.
    pub to: Option<DateTime<Utc>>,
}
