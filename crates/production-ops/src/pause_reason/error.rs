use kernel::error::{Classified, ErrorKind, StoreError};

/// Why a pause reason was not created, changed or found.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PauseReasonError {
    /// The team has no such pause reason.
    #[error("there is no such pause reason")]
    NotFound,
    /// Another pause reason of the team has that name, in some case.
    #[error("a pause reason of this name exists; choose another name")]
    NameTaken,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Classified for PauseReasonError {
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
            Self::NameTaken => "PAUSE_REASON_NAME_TAKEN",
            Self::Store(error) => error.code(),
        }
    }
}
