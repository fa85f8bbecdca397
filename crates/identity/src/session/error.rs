use chrono::{DateTime, Utc};
use kernel::error::{Classified, ErrorKind, StoreError};

use super::TokenFault;

/// Why a log-in failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LogInError {
    /// A wrong password, or no such account: the answer is the same.
    #[error("the e-mail or the password is wrong")]
    Refused,
    /// Too many wrong passwords: until when, and for how many seconds.
    #[error("too many wrong passwords; try again after {}", .0.format("%H:%M UTC"))]
    Locked(DateTime<Utc>, u32),
    #[error(transparent)]
    Token(#[from] TokenFault),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Classified for LogInError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Refused => ErrorKind::Unauthorized,
            Self::Locked(..) => ErrorKind::TooManyRequests,
            Self::Token(_) => ErrorKind::Internal,
            Self::Store(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Refused => "INVALID_CREDENTIALS",
            Self::Locked(..) => "LOGIN_LOCKED",
            Self::Token(_) => "INTERNAL_ERROR",
            Self::Store(error) => error.code(),
        }
    }

    fn retry_after(&self) -> Option<u32> {
        if let Self::Locked(_, seconds) = self { Some(*seconds) } else { None }
    }
}

/// Why a session was not continued.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RefreshError {
    /// The token is malformed, unknown, expired or spent, or its session has ended: the answer is the same.
    #[error("the refresh token is not valid; log in again")]
    Refused,
    #[error(transparent)]
    Token(#[from] TokenFault),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Classified for RefreshError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Refused => ErrorKind::Unauthorized,
            Self::Token(_) => ErrorKind::Internal,
            Self::Store(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Refused => "INVALID_REFRESH_TOKEN",
            Self::Token(_) => "INTERNAL_ERROR",
            Self::Store(error) => error.code(),
        }
    }
}
