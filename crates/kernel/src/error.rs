//! The kinds of errors, and how a domain classifies its own.

use std::borrow::Cow;

/// The kinds of errors; HTTP has one table from these to statuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// Input that can't be read at all.
    Malformed,
    /// Input that was read and is wrong.
    Invalid,
    /// Input larger than the limits.
    TooLarge,
    /// Input of an unsupported media type.
    UnsupportedMedia,
    /// No such thing in the caller's team.
    NotFound,
    /// Valid input, but the state forbids it.
    Conflict,
    /// A change based on an outdated version.
    Stale,
    /// Missing or invalid credentials.
    Unauthorized,
    /// The caller is known but not allowed.
    Forbidden,
    /// Too many tries for now; [`Classified::retry_after`] says when to come back.
    TooManyRequests,
    /// Not possible now; may work later.
    Unavailable,
    /// An internal error.
    Internal,
}

/// One fault of one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The field's path in the request, such as `quantity_to_make` or `items.0.sku`.
    pub field: Cow<'static, str>,
    /// For programs: SCREAMING_SNAKE_CASE.
    pub code: Cow<'static, str>,
    /// For people: what is wrong and how to mend it.
    pub message: Cow<'static, str>,
}

impl Fault {
    /// A fault of `field`.
    pub fn new(
        field: impl Into<Cow<'static, str>>,
        code: &'static str,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self { field: field.into(), code: Cow::Borrowed(code), message: message.into() }
    }
}

/// An error that knows its kind.
pub trait Classified: std::error::Error + Send + Sync + 'static {
    fn kind(&self) -> ErrorKind;

    /// For programs: SCREAMING_SNAKE_CASE, listed in `docs/API.md`.
    fn code(&self) -> &'static str;

    /// Seconds after which the caller may come back, if known.
    fn retry_after(&self) -> Option<u32> {
        None
    }

    /// More for programs, by name: the state that refuses, what it allows.
    fn details(&self) -> Vec<(&'static str, serde_json::Value)> {
        Vec::new()
    }
}

/// An error of any store.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The store can't be reached or is too busy. Nothing was changed.
    #[error("the store is not available right now")]
    Unavailable(#[source] Cause),
    /// The change may or may not have happened: the connection broke while it was committed.
    #[error("the connection broke while the change was committed; its outcome is unknown")]
    OutcomeUnknown(#[source] Cause),
    /// A request with the same idempotency key is still running.
    #[error("a request with this idempotency key is still running")]
    ClaimInFlight,
    /// The idempotency key was used for another request.
    #[error("this idempotency key was used for a request with other content")]
    ClaimReused,
    /// Something that should never happen.
    #[error("the store failed")]
    Internal(#[source] Cause),
}

/// The cause beneath an error, for logs.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

impl Classified for StoreError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Unavailable(_) | Self::OutcomeUnknown(_) => ErrorKind::Unavailable,
            Self::ClaimInFlight => ErrorKind::Conflict,
            Self::ClaimReused => ErrorKind::Invalid,
            Self::Internal(_) => ErrorKind::Internal,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Unavailable(_) => "SERVICE_UNAVAILABLE",
            Self::OutcomeUnknown(_) => "OUTCOME_UNKNOWN",
            Self::ClaimInFlight => "IDEMPOTENCY_KEY_IN_FLIGHT",
            Self::ClaimReused => "IDEMPOTENCY_KEY_REUSED",
            Self::Internal(_) => "INTERNAL_ERROR",
        }
    }
}
