use kernel::error::{Classified, ErrorKind, StoreError};

/// Why a department was not created, changed or found.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DepartmentError {
    /// The team has no such department.
    #[error("there is no such department")]
    NotFound,
    /// Another department of the team has that name, in some case.
    #[error("a department of this name exists; choose another name")]
    NameTaken,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Classified for DepartmentError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NotFound => ErrorKind::NotFound,
            Self::NameTaken => ErrorKind::Conflict,
            Self::Store(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "NOT_FOUND",
            Self::NameTaken => "DEPARTMENT_NAME_TAKEN",
            Self::Store(error) => error.code(),
        }
    }
}
