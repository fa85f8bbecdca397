use file_intake::{ObjectError, ScanError};
use kernel::error::{Classified, ErrorKind, Fault, StoreError};

use super::input::UNKNOWN_ROUTING_OPERATION;
use crate::fields::UNKNOWN_WORK_ORDER_OPERATION;
use crate::fields::listed;
use crate::ports::AttachmentStoreError;

/// Why an attachment was not taken, shown or deleted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AttachmentError {
    /// What was given is wrong.
    #[error("the attachment is not valid: {}", listed(.0))]
    Invalid(Vec<Fault>),
    /// More bytes than are taken.
    #[error("a file may have at most 10 MiB")]
    TooLarge,
    /// The scanner found something.
    #[error("the file is infected: {}", listed(.0))]
    Infected([Fault; 1]),
    /// The team has no such attachment.
    #[error("there is no such file")]
    NotFound,
    /// The file's bytes could not be read back while it was judged.
    #[error("the file could not be read")]
    Unreadable(#[source] std::io::Error),
    /// What the store of objects has is not what was stored.
    #[error("the object of an attachment is not what was stored: {0}")]
    Lost(&'static str),
    /// The scanner gave no answer.
    #[error(transparent)]
    Scanner(#[from] ScanError),
    /// The store of objects failed.
    #[error(transparent)]
    Objects(#[from] ObjectError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl AttachmentError {
    pub(crate) fn infected(signature: &str) -> Self {
        let message = format!("holds {signature}; it was not stored");
        Self::Infected([Fault::new("file", "FILE_INFECTED", message)])
    }
}

impl From<AttachmentStoreError> for AttachmentError {
    fn from(error: AttachmentStoreError) -> Self {
        match error {
            AttachmentStoreError::NotFound => Self::NotFound,
            AttachmentStoreError::UnknownReferences { work_order_operation, routing_operation } => {
                let unknown = [
                    work_order_operation.then_some(UNKNOWN_WORK_ORDER_OPERATION),
                    routing_operation.then_some(UNKNOWN_ROUTING_OPERATION),
                ];
                Self::Invalid(unknown.into_iter().flatten().collect())
            }
            AttachmentStoreError::Store(error) => Self::Store(error),
        }
    }
}

impl Classified for AttachmentError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Invalid(_) | Self::Infected(_) => ErrorKind::Invalid,
            Self::TooLarge => ErrorKind::TooLarge,
            Self::NotFound => ErrorKind::NotFound,
            Self::Unreadable(_) | Self::Lost(_) => ErrorKind::Internal,
            Self::Scanner(error) => error.kind(),
            Self::Objects(error) => error.kind(),
            Self::Store(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Invalid(_) => "VALIDATION_ERROR",
            Self::Infected(_) => "FILE_INFECTED",
            Self::TooLarge => "PAYLOAD_TOO_LARGE",
            Self::NotFound => "NOT_FOUND",
            Self::Unreadable(_) => "UNREADABLE_FILE",
            Self::Lost(_) => "INTERNAL_ERROR",
            Self::Scanner(error) => error.code(),
            Self::Objects(error) => error.code(),
            Self::Store(error) => error.code(),
        }
    }

    fn faults(&self) -> &[Fault] {
        match self {
            Self::Invalid(faults) => faults,
            Self::Infected(fault) => fault,
            _ => &[],
        }
    }
}
