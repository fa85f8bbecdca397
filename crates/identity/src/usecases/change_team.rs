use std::sync::Arc;

use kernel::error::{Classified, ErrorKind, Fault, StoreError};
use kernel::id::TeamId;
use kernel::write::{WriteContext, Written};

use crate::fields::listed;
use crate::ports::{TeamStoreError, Teams};
use crate::team::{Team, TeamPatch};

/// Why a team was not changed or shown.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TeamError {
    /// What was given is wrong.
    #[error("the team is not valid: {}", listed(.0))]
    Invalid(Vec<Fault>),
    /// Another team has that name.
    #[error("a team of this name exists; choose another name")]
    NameTaken,
    /// There is no such team.
    #[error("there is no such team")]
    NotFound,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<TeamStoreError> for TeamError {
    fn from(error: TeamStoreError) -> Self {
        match error {
            TeamStoreError::NameTaken => Self::NameTaken,
            TeamStoreError::Store(error) => Self::Store(error),
        }
    }
}

impl Classified for TeamError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Invalid(_) => ErrorKind::Invalid,
            Self::NameTaken => ErrorKind::Conflict,
            Self::NotFound => ErrorKind::NotFound,
            Self::Store(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Invalid(_) => "VALIDATION_ERROR",
            Self::NameTaken => "TEAM_NAME_TAKEN",
            Self::NotFound => "NOT_FOUND",
            Self::Store(error) => error.code(),
        }
    }

    fn faults(&self) -> &[Fault] {
        if let Self::Invalid(faults) = self { faults } else { &[] }
    }
}

/// Shows and changes a team's settings (contract, *Everywhere*).
pub struct ChangeTeam {
    teams: Arc<dyn Teams>,
}

impl ChangeTeam {
    /// Stands on teams.
    pub fn new(teams: Arc<dyn Teams>) -> Self {
        Self { teams }
    }

    /// The team.
    ///
    /// # Errors
    /// That there is none.
    pub async fn get(&self, team: TeamId) -> Result<Team, TeamError> {
        self.teams.find(team).await?.ok_or(TeamError::NotFound)
    }

    /// Changes the context's team as `patch` asks; gives it as it is where nothing differs.
    ///
    /// # Errors
    /// Every fault of the patch at once, or that the name is taken.
    pub async fn run(
        &self,
        context: WriteContext<Team>,
        patch: &TeamPatch,
    ) -> Result<Written<Team>, TeamError> {
        let change = patch.validate().map_err(TeamError::Invalid)?;
        Ok(self.teams.change(context, change).await?)
    }
}
