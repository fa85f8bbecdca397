use kernel::error::{Classified, ErrorKind, StoreError};

use super::NumbersUsedUp;

/// Why a work centre was not created, changed or found.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WorkCentreError {
    /// The team has no such work centre.
    #[error("there is no such work centre")]
    NotFound,
    /// Another work centre of the team has that number.
    #[error("a work centre of this number exists; choose another number")]
    NumberTaken,
    /// No number was chosen, and there is none to give.
    #[error(transparent)]
    NumbersUsedUp(#[from] NumbersUsedUp),
    /// The team has no such department.
    #[error("there is no such department; send the id of one that exists")]
    UnknownDepartment,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Classified for WorkCentreError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::UnknownDepartment => ErrorKind::Invalid,
            Self::NotFound => ErrorKind::NotFound,
            Self::NumberTaken | Self::NumbersUsedUp(_) => ErrorKind::Conflict,
            Self::Store(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "NOT_FOUND",
            Self::NumberTaken => "WORK_CENTRE_NUMBER_TAKEN",
            Self::NumbersUsedUp(_) => "WORK_CENTRE_NUMBERS_USED_UP",
            Self::UnknownDepartment => "UNKNOWN_DEPARTMENT",
            Self::Store(error) => error.code(),
        }
    }
}
