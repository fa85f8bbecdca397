use kernel::error::{Classified, ErrorKind, StoreError};

/// Why a data collection activity was not created, changed or shown.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ActivityError {
    /// The team has no such activity.
    #[error("there is no such data collection activity")]
    NotFound,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Classified for ActivityError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NotFound => ErrorKind::NotFound,
            Self::Store(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "NOT_FOUND",
            Self::Store(error) => error.code(),
        }
    }
}
