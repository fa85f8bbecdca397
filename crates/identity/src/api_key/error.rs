use kernel::error::{Classified, ErrorKind, StoreError};

/// Why an API key was not created, changed or shown.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ApiKeyError {
    /// The team has no such key.
    #[error("there is no such API key")]
    NotFound,
    /// The key has expired or was revoked.
    #[error("this API key has expired or was revoked; create another one")]
    Ended,
    /// A new key would expire before it can be used.
    #[error("the API key must expire in the future")]
    ExpiryPassed,
    /// The caller is a key, and the other key may do more than it.
    #[error("an API key can't hand out more than it may itself")]
    ExceedsCaller,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Classified for ApiKeyError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NotFound => ErrorKind::NotFound,
            Self::Ended => ErrorKind::Conflict,
            Self::ExpiryPassed => ErrorKind::Invalid,
            Self::ExceedsCaller => ErrorKind::Forbidden,
            Self::Store(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "NOT_FOUND",
            Self::Ended => "API_KEY_ENDED",
            Self::ExpiryPassed => "VALIDATION_ERROR",
            Self::ExceedsCaller => "FORBIDDEN",
            Self::Store(error) => error.code(),
        }
    }
}
