use kernel::error::{Classified, ErrorKind, StoreError};
use kernel::manufacturing::OrderStatus;
use serde_json::{Value, json};

use crate::routing::ChoiceFault;

/// Why an order was not created, changed or shown.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OrderError {
    /// The chosen routing can't be used.
    #[error("the order's routing can't be used: it {0}")]
    Routing(ChoiceFault),
    /// Operations of its routing would begin after the year 9999.
    #[error("operations of the order would begin after the year 9999; let it begin earlier")]
    BeginsTooLate,
    /// A list was asked for a period without a moment in it.
    #[error("the period is empty")]
    EmptyPeriod,
    /// The team has no such order.
    #[error("there is no such order")]
    NotFound,
    /// Another order of the team has that number.
    #[error("an order of this number exists; choose another number, or leave it out to get one")]
    NumberTaken,
    /// Its state does not allow the status.
    #[error("an order that is {} can't become {}; {}", .from.as_str(), .to.as_str(), may_become(.allowed))]
    InvalidTransition { from: OrderStatus, to: OrderStatus, allowed: Vec<OrderStatus> },
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
            Self::Routing(_) | Self::BeginsTooLate | Self::EmptyPeriod => ErrorKind::Invalid,
            Self::NotFound => ErrorKind::NotFound,
            Self::NumberTaken | Self::InvalidTransition { .. } => ErrorKind::Conflict,
            Self::Store(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Routing(_) | Self::BeginsTooLate | Self::EmptyPeriod => "VALIDATION_ERROR",
            Self::NotFound => "NOT_FOUND",
            Self::NumberTaken => "ORDER_NUMBER_TAKEN",
            Self::InvalidTransition { .. } => "INVALID_TRANSITION",
            Self::Store(error) => error.code(),
        }
    }

    fn details(&self) -> Vec<(&'static str, Value)> {
        let Self::InvalidTransition { from, allowed, .. } = self else { return Vec::new() };
        let words: Vec<_> = allowed.iter().map(|status| status.as_str()).collect();
        vec![("status", json!(from.as_str())), ("allowedStatuses", json!(words))]
    }
}
