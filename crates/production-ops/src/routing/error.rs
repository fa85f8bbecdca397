use kernel::error::{Classified, ErrorKind, StoreError};

use super::operation::UnusableReference;

/// Why a routing was not created, changed or shown.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RoutingError {
    /// The team has no such routing, or it has no such version.
    #[error("there is no such routing")]
    NotFound,
    /// Another routing of the team has that name, in some case.
    #[error("a routing of this name exists; choose another name")]
    NameTaken,
    /// It names departments or activities that the team has not, or that are out of use: every one.
    #[error("the routing names departments or activities that are unknown or out of use")]
    Unusable(Vec<UnusableReference>),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Classified for RoutingError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NotFound => ErrorKind::NotFound,
            Self::NameTaken => ErrorKind::Conflict,
            Self::Unusable(_) => ErrorKind::Invalid,
            Self::Store(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "NOT_FOUND",
            Self::NameTaken => "ROUTING_NAME_TAKEN",
            Self::Unusable(_) => "VALIDATION_ERROR",
            Self::Store(error) => error.code(),
        }
    }
}
