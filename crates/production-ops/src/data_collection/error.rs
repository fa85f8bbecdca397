use kernel::error::{Classified, ErrorKind, Fault, StoreError};

use crate::fields::listed;
use crate::ports::ActivityStoreError;

/// Why a data collection activity was not made, changed or shown.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ActivityError {
    /// What was given is wrong.
    #[error("the data collection activity is not valid: {}", listed(.0))]
    Invalid(Vec<Fault>),
    /// The team has no such activity.
    #[error("there is no such data collection activity")]
    NotFound,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<ActivityStoreError> for ActivityError {
    fn from(error: ActivityStoreError) -> Self {
        match error {
            ActivityStoreError::NotFound => Self::NotFound,
            ActivityStoreError::Store(error) => Self::Store(error),
        }
    }
}

impl Classified for ActivityError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Invalid(_) => ErrorKind::Invalid,
            Self::NotFound => ErrorKind::NotFound,
            Self::Store(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Invalid(_) => "VALIDATION_ERROR",
            Self::NotFound => "NOT_FOUND",
            Self::Store(error) => error.code(),
        }
    }

    fn faults(&self) -> &[Fault] {
        if let Self::Invalid(faults) = self { faults } else { &[] }
    }
}
