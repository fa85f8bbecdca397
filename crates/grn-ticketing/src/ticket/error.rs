use kernel::error::{Classified, ErrorKind, StoreError};
use kernel::period::EmptyPeriods;

use super::TicketStatus;

/// Why something about a ticket was not done, or not shown.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TicketError {
    /// The team has no such ticket.
    #[error("ticket not found")]
    NotFound,
    /// A ticket moves one step a call: `OPEN`, `IN_PROGRESS`, `RESOLVED`, `CLOSED`.
    #[error("the ticket is {}, which can't become {}", from.as_str(), to.as_str())]
    Transition { from: TicketStatus, to: TicketStatus },
    /// The team has no active user of that id who may work on tickets.
    #[error("the assignee must be an active user of the team with the role OPS or ADMIN")]
    NotAssignable,
    /// A list's period ends before it begins.
    #[error(transparent)]
    EmptyPeriods(#[from] EmptyPeriods),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Classified for TicketError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NotFound => ErrorKind::NotFound,
            Self::Transition { .. } => ErrorKind::Conflict,
            Self::NotAssignable | Self::EmptyPeriods(_) => ErrorKind::Invalid,
            Self::Store(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "NOT_FOUND",
            Self::Transition { .. } => "INVALID_TRANSITION",
            Self::NotAssignable => "UNKNOWN_ASSIGNEE",
            Self::EmptyPeriods(_) => "VALIDATION_ERROR",
            Self::Store(error) => error.code(),
        }
    }
}
