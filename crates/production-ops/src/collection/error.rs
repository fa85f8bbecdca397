use kernel::error::{Classified, ErrorKind, StoreError};
use kernel::manufacturing::OrderStatus;
use serde_json::{Value, json};

use crate::data_collection::Violation;
use crate::operation::OperationStatus;

/// Why collected data was not stored.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CollectionError {
    /// What it names or holds is not let through: everything at once.
    #[error("the collected data is not valid")]
    Refused(Vec<CollectionFault>),
    #[error("the operation is {}; start it before data is collected", .0.as_str())]
    NotStarted(OperationStatus),
    #[error("the order is cancelled; nothing is collected for it any more")]
    OrderCancelled,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What is wrong with collected data.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CollectionFault {
    #[error("names no work order operation of the team; send the id of one that exists")]
    UnknownOperation,
    #[error("names no data collection activity of the team; send the id of one that exists")]
    UnknownActivity,
    #[error("names an activity that is out of use and that the operation does not ask for")]
    InactiveActivity,
    #[error("names no operator of the team; send the id of one, or of the user linked to one")]
    UnknownOperator,
    #[error("lies in the future; check the sender's clock")]
    InTheFuture,
    #[error("{}", .0.message)]
    Violation(Violation),
}

impl Classified for CollectionError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Refused(_) => ErrorKind::Invalid,
            Self::NotStarted(_) | Self::OrderCancelled => ErrorKind::Conflict,
            Self::Store(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Refused(_) => "VALIDATION_ERROR",
            Self::NotStarted(_) => "OPERATION_NOT_STARTED",
            Self::OrderCancelled => "ORDER_CANCELLED",
            Self::Store(error) => error.code(),
        }
    }

    fn details(&self) -> Vec<(&'static str, Value)> {
        match self {
            Self::NotStarted(status) => {
                let actions: Vec<_> = status.allowed().iter().map(|action| action.as_str()).collect();
                vec![("status", json!(status.as_str())), ("allowedActions", json!(actions))]
            }
            Self::OrderCancelled => vec![("orderStatus", json!(OrderStatus::Cancelled.as_str()))],
            Self::Refused(_) | Self::Store(_) => Vec::new(),
        }
    }
}
