use kernel::error::{Classified, ErrorKind, StoreError};

use super::SealedConnection;

/// Why a connection was not found or not set.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectionError {
    /// A key was not given, and none is stored that can be decrypted.
    #[error("the accounting keys are missing; set all three")]
    KeysMissing,
    /// The stored keys were encrypted with a key that is not configured.
    #[error(
        "the accounting keys were encrypted with a key that this installation lacks; set all three anew, or have \
         ENCRYPTION_KEY=NEW,OLD configured"
    )]
    Sealed(Box<SealedConnection>),
    /// Somebody else has set the connection meanwhile.
    #[error("the accounting connection was set by somebody else meanwhile; look at it, and set it again")]
    Overtaken,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Classified for ConnectionError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::KeysMissing => ErrorKind::Invalid,
            Self::Sealed(_) | Self::Overtaken => ErrorKind::Conflict,
            Self::Store(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::KeysMissing => "VALIDATION_ERROR",
            Self::Sealed(_) => "CONNECTION_SEALED",
            Self::Overtaken => "CONNECTION_CHANGED",
            Self::Store(error) => error.code(),
        }
    }
}
