//! What every change travels with: who asks, when, and the promise to answer a repeated request alike.

use std::fmt;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::access::{Actor, ActorRef};
use crate::error::StoreError;
use crate::id::TeamId;

/// Given to every writing method of a store. `O` is what the change comes to.
///
/// The store MUST do the change, its events, its audit entry and the answer kept for the claim in one
/// transaction, and MUST call [`Claim::render`] before it commits.
#[derive(Debug)]
pub struct WriteContext<O> {
    /// The team whose data is changed.
    pub team: TeamId,
    /// Who changes it.
    pub actor: ActorRef,
    /// The request, as logs and the `X-Request-Id` header name it.
    pub request_id: String,
    /// The time of the change.
    pub at: DateTime<Utc>,
    /// The idempotency key's claim, if the caller sent one.
    pub claim: Option<Claim<O>>,
}

impl<O> WriteContext<O> {
    /// A change that no idempotency key covers.
    pub fn unclaimed(actor: &Actor, request_id: impl Into<String>, at: DateTime<Utc>) -> Self {
        Self { team: actor.team, actor: actor.reference(), request_id: request_id.into(), at, claim: None }
    }

    /// The same change, claimed by an idempotency key.
    #[must_use]
    pub fn claimed(mut self, claim: Option<Claim<O>>) -> Self {
        self.claim = claim;
        self
    }
}

/// A request's claim to its idempotency key: the first to take it does the work, later ones get its answer.
pub struct Claim<O> {
    /// Which request it is.
    pub key: ClaimKey,
    /// Turns the outcome into the answer that is kept; pure.
    pub render: Box<dyn Fn(&O) -> StoredResponse + Send + Sync>,
}

impl<O> fmt::Debug for Claim<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.key.fmt(f)
    }
}

/// What makes two requests the same one (contract, *Everywhere*): caller, method, path and key; and the
/// fingerprint, which must then agree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimKey {
    /// HTTP method.
    pub method: String,
    /// Path, without the query.
    pub path: String,
    /// The `Idempotency-Key` header.
    pub key: String,
    /// SHA-256 over query and content.
    pub fingerprint: [u8; 32],
}

/// An answer that is kept to be given again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredResponse {
    /// HTTP status.
    pub status: u16,
    /// What stands in it.
    pub content: Content,
}

/// The content of a kept answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// JSON text, kept as it was sent.
    Json(String),
    /// A record that is rendered again, because keeping its text would store it twice.
    Record {
        /// The kind of record, such as `order_import`.
        kind: String,
        /// Which one.
        id: Uuid,
    },
}

/// What became of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Written<O> {
    /// It was done now.
    Done(O),
    /// It had been done before under the same idempotency key; this was the answer.
    Replayed(StoredResponse),
}

/// Keeps answers that no change stands behind: a request that was refused for good (contract, *Everywhere*).
#[async_trait]
pub trait StoredResponses: Send + Sync {
    /// Keeps `answer` for the context's claim, or gives back the one kept before.
    ///
    /// # Errors
    /// [`StoreError::ClaimInFlight`] and [`StoreError::ClaimReused`] as for any write.
    async fn store_response(
        &self,
        context: WriteContext<StoredResponse>,
        answer: StoredResponse,
    ) -> Result<Written<StoredResponse>, StoreError>;
}
