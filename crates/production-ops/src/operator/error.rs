use kernel::error::{Classified, ErrorKind, Fault, StoreError};

use super::ClockFault;
use crate::fields::{UNKNOWN_USER, fixed, listed};
use crate::ports::OperatorStoreError;

static BADGE_TAKEN: [Fault; 1] =
    [fixed("badge", "OPERATOR_BADGE_TAKEN", "is another operator's; choose another badge")];
static USER_TAKEN: [Fault; 1] =
    [fixed("userId", "OPERATOR_USER_TAKEN", "is linked to another operator; unlink it there first")];
static NO_SUCH_USER: [Fault; 1] = [UNKNOWN_USER];
static ALREADY_IN: [Fault; 1] =
    [fixed("event", "OPERATOR_CLOCKED_IN", "the operator is clocked in already; send out")];
static ALREADY_OUT: [Fault; 1] =
    [fixed("event", "OPERATOR_CLOCKED_OUT", "the operator is clocked out already; send in")];

/// Why an operator was not made, changed, shown or clocked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OperatorError {
    /// What was given is wrong.
    #[error("the operator is not valid: {}", listed(.0))]
    Invalid(Vec<Fault>),
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
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<OperatorStoreError> for OperatorError {
    fn from(error: OperatorStoreError) -> Self {
        match error {
            OperatorStoreError::NotFound => Self::NotFound,
            OperatorStoreError::BadgeTaken => Self::BadgeTaken,
            OperatorStoreError::UserTaken => Self::UserTaken,
            OperatorStoreError::UnknownUser => Self::UnknownUser,
            OperatorStoreError::Clock(fault) => Self::Clock(fault),
            OperatorStoreError::Store(error) => Self::Store(error),
        }
    }
}

impl Classified for OperatorError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Invalid(_) | Self::UnknownUser => ErrorKind::Invalid,
            Self::NotFound => ErrorKind::NotFound,
            Self::BadgeTaken | Self::UserTaken | Self::Clock(_) => ErrorKind::Conflict,
            Self::Store(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Invalid(_) => "VALIDATION_ERROR",
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

    fn faults(&self) -> &[Fault] {
        match self {
            Self::Invalid(faults) => faults,
            Self::BadgeTaken => &BADGE_TAKEN,
            Self::UserTaken => &USER_TAKEN,
            Self::UnknownUser => &NO_SUCH_USER,
            Self::Clock(ClockFault::AlreadyIn) => &ALREADY_IN,
            Self::Clock(ClockFault::AlreadyOut) => &ALREADY_OUT,
            Self::Clock(ClockFault::Inactive) | Self::NotFound | Self::Store(_) => &[],
        }
    }
}
