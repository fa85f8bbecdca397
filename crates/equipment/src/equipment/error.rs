use kernel::error::{Classified, ErrorKind, StoreError};
use kernel::period::EmptyPeriod;

/// Why a report was not taken, or equipment not shown.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EquipmentError {
    #[error("the equipment's clock is more than 5 minutes ahead of the server's")]
    ClockAhead,
    #[error("the team has no such department or operation")]
    UnknownReferences { department: bool, operation: bool },
    #[error("the period {0}")]
    EmptyPeriod(#[from] EmptyPeriod),
    #[error("there is no such equipment")]
    NotFound,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Classified for EquipmentError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::ClockAhead | Self::UnknownReferences { .. } | Self::EmptyPeriod(_) => ErrorKind::Invalid,
            Self::NotFound => ErrorKind::NotFound,
            Self::Store(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::ClockAhead | Self::UnknownReferences { .. } | Self::EmptyPeriod(_) => "VALIDATION_ERROR",
            Self::NotFound => "NOT_FOUND",
            Self::Store(error) => error.code(),
        }
    }
}
