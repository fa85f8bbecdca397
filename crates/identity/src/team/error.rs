use kernel::error::{Classified, ErrorKind, StoreError};

use crate::user::HashingError;

/// Why a team was not founded, changed or shown.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TeamError {
    /// There is no such team.
    #[error("there is no such team")]
    NotFound,
    /// There is no team of that name, which is cut to 100 characters here.
    #[error("there is no team `{0}`; `throughline bootstrap --team NAME` makes one")]
    Unknown(String),
    /// Another team has that name.
    #[error("a team of this name exists; choose another name")]
    NameTaken,
    /// A user has the e-mail of the team's ADMIN.
    #[error("a user with this e-mail exists; choose another e-mail")]
    EmailTaken,
    #[error(transparent)]
    Hashing(#[from] HashingError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Classified for TeamError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NotFound | Self::Unknown(_) => ErrorKind::NotFound,
            Self::NameTaken | Self::EmailTaken => ErrorKind::Conflict,
            Self::Hashing(_) => ErrorKind::Internal,
            Self::Store(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotFound | Self::Unknown(_) => "NOT_FOUND",
            Self::NameTaken => "TEAM_NAME_TAKEN",
            Self::EmailTaken => "EMAIL_TAKEN",
            Self::Hashing(_) => "INTERNAL_ERROR",
            Self::Store(error) => error.code(),
        }
    }
}
