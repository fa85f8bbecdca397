use kernel::error::{Classified, ErrorKind, StoreError};

use super::{HashingError, MembershipFault};
use crate::session::LogInError;

/// Why a user was not created, changed or shown.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UserError {
    /// The team has no such user.
    #[error("there is no such user")]
    NotFound,
    /// A user of this or another team has that e-mail.
    #[error("a user with this e-mail exists; choose another e-mail")]
    EmailTaken,
    /// The team has no such vendor.
    #[error("there is no such vendor")]
    UnknownVendor,
    /// The user's roles and vendor would not go together.
    #[error(transparent)]
    Membership(#[from] MembershipFault),
    /// Nobody would administer the team any more.
    #[error("this is the team's last ADMIN who may log in; make another one first")]
    LastAdmin,
    /// The present password, which a change of one's own needs, is another one.
    #[error("the present password is wrong")]
    WrongPassword,
    /// The present password could not be checked, or too many were wrong.
    #[error(transparent)]
    LogIn(LogInError),
    #[error(transparent)]
    Hashing(#[from] HashingError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The caller is known: a wrong password is a fault of a field here, not of credentials.
impl From<LogInError> for UserError {
    fn from(error: LogInError) -> Self {
        match error {
            LogInError::Refused => Self::WrongPassword,
            error => Self::LogIn(error),
        }
    }
}

impl Classified for UserError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NotFound => ErrorKind::NotFound,
            Self::EmailTaken | Self::LastAdmin => ErrorKind::Conflict,
            Self::UnknownVendor | Self::Membership(_) | Self::WrongPassword => ErrorKind::Invalid,
            Self::LogIn(error) => error.kind(),
            Self::Hashing(_) => ErrorKind::Internal,
            Self::Store(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "NOT_FOUND",
            Self::EmailTaken => "EMAIL_TAKEN",
            Self::LastAdmin => "LAST_ADMIN",
            Self::UnknownVendor | Self::Membership(_) | Self::WrongPassword => "VALIDATION_ERROR",
            Self::LogIn(error) => error.code(),
            Self::Hashing(_) => "INTERNAL_ERROR",
            Self::Store(error) => error.code(),
        }
    }

    fn retry_after(&self) -> Option<u32> {
        if let Self::LogIn(error) = self { error.retry_after() } else { None }
    }
}
