use file_intake::{FileFault, NoName, ObjectError, ScanError};
use kernel::error::{Classified, ErrorKind, StoreError};

/// Why an attachment was not taken, shown or deleted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AttachmentError {
    #[error("the file {0}")]
    Unnamed(#[from] NoName),
    /// Its name or its bytes are of no kind that is taken.
    #[error("the file {0}")]
    Faulty(#[from] FileFault),
    #[error("a file may have at most 10 MiB")]
    TooLarge,
    #[error("the file holds {signature}; it was not stored")]
    Infected {
        /// What the scanner calls what it found.
        signature: String,
    },
    #[error("the team has no such operation")]
    UnknownOperations { work_order_operation: bool, routing_operation: bool },
    #[error("ticket not found")]
    UnknownTicket,
    #[error("there are {most} files already, and there may be no more")]
    TooMany {
        /// The most files that its owner may have.
        most: u64,
    },
    #[error("there is no such file")]
    NotFound,
    /// The file's bytes could not be read back while its kind was looked for.
    #[error("the file could not be read")]
    Unreadable(#[source] std::io::Error),
    /// What the store of objects has is not what was stored.
    #[error("the object of an attachment is not what was stored: {0}")]
    Lost(&'static str),
    #[error(transparent)]
    Scanner(#[from] ScanError),
    #[error(transparent)]
    Objects(#[from] ObjectError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Classified for AttachmentError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Unnamed(_) | Self::Faulty(_) | Self::Infected { .. } | Self::UnknownOperations { .. } => {
                ErrorKind::Invalid
            }
            Self::TooLarge => ErrorKind::TooLarge,
            Self::UnknownTicket | Self::NotFound => ErrorKind::NotFound,
            Self::TooMany { .. } => ErrorKind::Conflict,
            Self::Unreadable(_) | Self::Lost(_) => ErrorKind::Internal,
            Self::Scanner(error) => error.kind(),
            Self::Objects(error) => error.kind(),
            Self::Store(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Unnamed(_) | Self::Faulty(_) | Self::UnknownOperations { .. } => "VALIDATION_ERROR",
            Self::Infected { .. } => "FILE_INFECTED",
            Self::TooLarge => "PAYLOAD_TOO_LARGE",
            Self::UnknownTicket | Self::NotFound => "NOT_FOUND",
            Self::TooMany { .. } => "TOO_MANY_FILES",
            Self::Unreadable(_) => "UNREADABLE_FILE",
            Self::Lost(_) => "INTERNAL_ERROR",
            Self::Scanner(error) => error.code(),
            Self::Objects(error) => error.code(),
            Self::Store(error) => error.code(),
        }
    }
}
