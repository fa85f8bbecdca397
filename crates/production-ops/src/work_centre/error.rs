use kernel::error::{Classified, ErrorKind, Fault, StoreError};

use super::NumbersUsedUp;
use crate::fields::{UNKNOWN_DEPARTMENT, fixed, listed};
use crate::ports::WorkCentreStoreError;

static NUMBER_TAKEN: [Fault; 1] = [fixed(
    "number",
    "WORK_CENTRE_NUMBER_TAKEN",
    "is taken by another work centre; choose another, or leave it out to get the next free one",
)];
static NUMBERS_USED_UP: [Fault; 1] = [fixed(
    "number",
    "WORK_CENTRE_NUMBERS_USED_UP",
    "must be given, because there is none after the highest one in use; choose a free number",
)];
static NO_SUCH_DEPARTMENT: [Fault; 1] = [UNKNOWN_DEPARTMENT];

/// Why a work centre was not made, changed or shown.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WorkCentreError {
    /// What was given is wrong.
    #[error("the work centre is not valid: {}", listed(.0))]
    Invalid(Vec<Fault>),
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
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<WorkCentreStoreError> for WorkCentreError {
    fn from(error: WorkCentreStoreError) -> Self {
        match error {
            WorkCentreStoreError::NotFound => Self::NotFound,
            WorkCentreStoreError::NumberTaken => Self::NumberTaken,
            WorkCentreStoreError::NumbersUsedUp(error) => Self::NumbersUsedUp(error),
            WorkCentreStoreError::UnknownDepartment => Self::UnknownDepartment,
            WorkCentreStoreError::Store(error) => Self::Store(error),
        }
    }
}

impl Classified for WorkCentreError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Invalid(_) | Self::UnknownDepartment => ErrorKind::Invalid,
            Self::NotFound => ErrorKind::NotFound,
            Self::NumberTaken | Self::NumbersUsedUp(_) => ErrorKind::Conflict,
            Self::Store(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Invalid(_) => "VALIDATION_ERROR",
            Self::NotFound => "NOT_FOUND",
            Self::NumberTaken => "WORK_CENTRE_NUMBER_TAKEN",
            Self::NumbersUsedUp(_) => "WORK_CENTRE_NUMBERS_USED_UP",
            Self::UnknownDepartment => "UNKNOWN_DEPARTMENT",
            Self::Store(error) => error.code(),
        }
    }

    fn faults(&self) -> &[Fault] {
        match self {
            Self::Invalid(faults) => faults,
            Self::NumberTaken => &NUMBER_TAKEN,
            Self::NumbersUsedUp(_) => &NUMBERS_USED_UP,
            Self::UnknownDepartment => &NO_SUCH_DEPARTMENT,
            Self::NotFound | Self::Store(_) => &[],
        }
    }
}
