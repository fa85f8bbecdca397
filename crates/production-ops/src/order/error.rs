use kernel::error::{Classified, ErrorKind, Fault, StoreError};
use kernel::manufacturing::OrderStatus;
use serde_json::{Value, json};

use crate::fields::{fixed, listed};

static NUMBER_TAKEN: [Fault; 1] = [fixed(
    "orderNumber",
    "ORDER_NUMBER_TAKEN",
    "is another order's; choose another number, or leave it out to get one",
)];

/// Why an order was not made, changed or shown.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OrderError {
    /// What was given is wrong.
    #[error("the order is not valid: {}", listed(.0))]
    Invalid(Vec<Fault>),
    /// The team has no such order.
    #[error("there is no such order")]
    NotFound,
    /// Another order of the team has that number.
    #[error("an order of this number exists; choose another number, or leave it out to get one")]
    NumberTaken,
    /// Its state does not allow the status.
    #[error("an order that is {} can't become {}; {}", .from.as_str(), .to.as_str(), may_become(.allowed))]
    InvalidTransition {
        /// Where it stands.
        from: OrderStatus,
        /// Where it was to be brought.
        to: OrderStatus,
        /// Where it may be brought.
        allowed: Vec<OrderStatus>,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn may_become(allowed: &[OrderStatus]) -> String {
    match allowed {
        [] => "that is final".into(),
        allowed => {
            let words: Vec<_> = allowed.iter().map(|status| status.as_str()).collect();
            format!("it may become {}", words.join(", "))
        }
    }
}

impl Classified for OrderError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Invalid(_) => ErrorKind::Invalid,
            Self::NotFound => ErrorKind::NotFound,
            Self::NumberTaken | Self::InvalidTransition { .. } => ErrorKind::Conflict,
            Self::Store(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Invalid(_) => "VALIDATION_ERROR",
            Self::NotFound => "NOT_FOUND",
            Self::NumberTaken => "ORDER_NUMBER_TAKEN",
            Self::InvalidTransition { .. } => "INVALID_TRANSITION",
            Self::Store(error) => error.code(),
        }
    }

    fn faults(&self) -> &[Fault] {
        match self {
            Self::Invalid(faults) => faults,
            Self::NumberTaken => &NUMBER_TAKEN,
            Self::NotFound | Self::InvalidTransition { .. } | Self::Store(_) => &[],
        }
    }

    fn details(&self) -> Vec<(&'static str, Value)> {
        let Self::InvalidTransition { from, allowed, .. } = self else { return Vec::new() };
        let words: Vec<_> = allowed.iter().map(|status| status.as_str()).collect();
        vec![("status", json!(from.as_str())), ("allowedStatuses", json!(words))]
    }
}
