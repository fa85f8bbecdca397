use kernel::error::{Classified, ErrorKind, StoreError};

use super::ClockFault;

/// Why an operator was not created, changed, found or clocked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OperatorError {
    /// The team has no such operator.
    #[error("there is no such operator")]
    NotFound,
    /// Another operator of the team has that badge.
    #[error("an operator with this badge exists; choose another badge")]
    BadgeTaken,
    /// Another operator of the team is linked to that user.
    #[error("this user is linked to another operator; unlink it there first")]
    UserTaken,
    /// The team has no such user.
    #[error("there is no such user; send the id of one that exists")]
    UnknownUser,
    /// The operator's state forbids to come or to go.
    #[error(transparent)]
    Clock(#[from] ClockFault),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Classified for OperatorError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::UnknownUser => ErrorKind::Invalid,
            Self::NotFound => ErrorKind::NotFound,
            Self::BadgeTaken | Self::UserTaken | Self::Clock(_) => ErrorKind::Conflict,
            Self::Store(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "NOT_FOUND",
            Self::BadgeTaken => "OPERATOR_BADGE_TAKEN",
            Self::UserTaken => "OPERATOR_USER_TAKEN",
            Self::UnknownUser => "UNKNOWN_USER",
            Self::Clock(ClockFault::AlreadyIn) => "OPERATOR_CLOCKED_IN",
            Self::Clock(ClockFault::AlreadyOut) => "OPERATOR_CLOCKED_OUT",
            Self::Clock(ClockFault::Inactive) => "OPERATOR_INACTIVE",
            Self::Store(error) => error.code(),
        }
    }
}
