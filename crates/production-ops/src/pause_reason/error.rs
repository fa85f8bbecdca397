use kernel::error::{Classified, ErrorKind, Fault, StoreError};

use crate::fields::{fixed, listed};
use crate::ports::PauseReasonStoreError;

static NAME_TAKEN: [Fault; 1] = [fixed(
    "name",
    "PAUSE_REASON_NAME_TAKEN",
    "is taken by another pause reason, in this or another case; choose another name",
)];

/// Why a pause reason was not made, changed or shown.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PauseReasonError {
    /// What was given is wrong.
    #[error("the pause reason is not valid: {}", listed(.0))]
    Invalid(Vec<Fault>),
    /// The team has no such pause reason.
    #[error("there is no such pause reason")]
    NotFound,
    /// Another pause reason of the team has that name, in some case.
    #[error("a pause reason of this name exists; choose another name")]
    NameTaken,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<PauseReasonStoreError> for PauseReasonError {
    fn from(error: PauseReasonStoreError) -> Self {
        match error {
            PauseReasonStoreError::NotFound => Self::NotFound,
            PauseReasonStoreError::NameTaken => Self::NameTaken,
            PauseReasonStoreError::Store(error) => Self::Store(error),
        }
    }
}

impl Classified for PauseReasonError {
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
            Self::NameTaken => "PAUSE_REASON_NAME_TAKEN",
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
