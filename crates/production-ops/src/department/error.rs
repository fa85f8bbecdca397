use kernel::error::{Classified, ErrorKind, Fault, StoreError};

use crate::fields::{fixed, listed};
use crate::ports::DepartmentStoreError;

static NAME_TAKEN: [Fault; 1] = [fixed(
    "name",
    "DEPARTMENT_NAME_TAKEN",
    "is taken by another department, in this or another case; choose another name",
)];

/// Why a department was not made, changed or shown.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DepartmentError {
    /// What was given is wrong.
    #[error("the department is not valid: {}", listed(.0))]
    Invalid(Vec<Fault>),
    /// The team has no such department.
    #[error("there is no such department")]
    NotFound,
    /// Another department of the team has that name, in some case.
    #[error("a department of this name exists; choose another name")]
    NameTaken,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<DepartmentStoreError> for DepartmentError {
    fn from(error: DepartmentStoreError) -> Self {
        match error {
            DepartmentStoreError::NotFound => Self::NotFound,
            DepartmentStoreError::NameTaken => Self::NameTaken,
            DepartmentStoreError::Store(error) => Self::Store(error),
        }
    }
}

impl Classified for DepartmentError {
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
            Self::NameTaken => "DEPARTMENT_NAME_TAKEN",
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
