use kernel::error::{Classified, ErrorKind, Fault, StoreError};

use crate::fields::{fixed, listed};
use crate::ports::RoutingStoreError;

static NAME_TAKEN: [Fault; 1] = [fixed(
    "name",
    "ROUTING_NAME_TAKEN",
    "is taken by another routing, in this or another case; choose another name",
)];

/// Why a routing was not made, changed or shown.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RoutingError {
    /// What was given is wrong.
    #[error("the routing is not valid: {}", listed(.0))]
    Invalid(Vec<Fault>),
    /// The team has no such routing, or it has no such version.
    #[error("there is no such routing")]
    NotFound,
    /// Another routing of the team has that name, in some case.
    #[error("a routing of this name exists; choose another name")]
    NameTaken,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<RoutingStoreError> for RoutingError {
    fn from(error: RoutingStoreError) -> Self {
        match error {
            RoutingStoreError::NotFound => Self::NotFound,
            RoutingStoreError::NameTaken => Self::NameTaken,
            RoutingStoreError::Unusable(faults) => Self::Invalid(faults),
            RoutingStoreError::Store(error) => Self::Store(error),
        }
    }
}

impl Classified for RoutingError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Invalid(_) => ErrorKind::Invalid,
            Self::NotFound => ErrorKind::NotFound,
            Self::NameTaken => ErrorKind::Conflict,
            Self::Store(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Invalid(_) => "VALIDATION_ERROR",
            Self::NotFound => "NOT_FOUND",
            Self::NameTaken => "ROUTING_NAME_TAKEN",
            Self::Store(error) => error.code(),
        }
    }

    fn faults(&self) -> &[Fault] {
        match self {
            Self::Invalid(faults) => faults,
            Self::NameTaken => &NAME_TAKEN,
            Self::NotFound | Self::Store(_) => &[],
        }
    }
}
