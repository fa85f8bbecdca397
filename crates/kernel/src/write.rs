//! The context of a change: who asks, when, and the claim of an idempotency key.

use std::fmt;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::access::{Actor, ActorRef};
use crate::error::StoreError;
use crate::id::TeamId;

/// Given to every writing method of a store. `O` is the outcome of the change.
///
/// The store MUST write the change, its events, its audit entry and the response stored for the claim in one
/// transaction, and MUST call [`Claim::render`] before it commits.
#[derive(Debug)]
pub struct WriteContext<O> {
    pub team: TeamId,
    pub actor: ActorRef,
    /// As in logs and the `X-Request-Id` header.
    pub request_id: String,
    pub at: DateTime<Utc>,
    /// The claim of an idempotency key, if the caller sent one.
    pub claim: Option<Claim<O>>,
}

impl<O> WriteContext<O> {
    /// A change without an idempotency key.
    pub fn unclaimed(actor: &Actor, request_id: impl Into<String>, at: DateTime<Utc>) -> Self {
        Self { team: actor.team, actor: actor.reference(), request_id: request_id.into(), at, claim: None }
    }

    /// The same change, claimed by an idempotency key if there is one.
    #[must_use]
    pub fn claimed(mut self, claim: Option<Claim<O>>) -> Self {
        self.claim = claim;
        self
    }
}

/// Renders the response to an outcome; `None` where a repetition is to be done again. Pure.
pub type RenderResponse<O> = Box<dyn Fn(&O) -> Option<StoredResponse> + Send + Sync>;

/// A request's claim to its idempotency key: the first request does the work, later ones get its response.
pub struct Claim<O> {
    pub key: ClaimKey,
    /// Renders the response to be stored.
    pub render: RenderResponse<O>,
}

impl<O> fmt::Debug for Claim<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.key.fmt(f)
    }
}

/// Identifies a request beside its caller: method, path and key; the fingerprint must then agree
/// (`docs/spec/common.md`, "Idempotency").
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimKey {
    pub method: String,
    /// Path, without the query.
    pub path: String,
    /// The `Idempotency-Key` header.
    pub key: String,
    /// SHA-256 over query and content.
    pub fingerprint: [u8; 32],
}

/// A response that is stored to answer repeated requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredResponse {
    pub status: u16,
    pub content: Content,
}

/// The content of a stored response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// JSON text, stored as it was sent.
    Json(String),
    /// A record that is rendered again; its text is not stored a second time.
    Record {
        /// Such as `order_import`.
        kind: String,
        id: Uuid,
    },
}

/// The result of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Written<O> {
    Done(O),
    /// Done before under the same idempotency key; this was the response.
    Replayed(StoredResponse),
}

/// Stores responses without a change: those to requests that would always be refused (`docs/spec/common.md`, "Kept
/// answers").
#[async_trait]
pub trait StoredResponses: Send + Sync {
    /// Stores `answer` for the context's claim, or returns the one stored before.
    ///
    /// # Errors
    /// [`StoreError::ClaimInFlight`] and [`StoreError::ClaimReused`] as for any write.
    async fn store_response(
        &self,
        context: WriteContext<StoredResponse>,
        answer: StoredResponse,
    ) -> Result<Written<StoredResponse>, StoreError>;
}
