use std::sync::Arc;

use kernel::error::StoreError;
use kernel::id::TeamId;

use crate::ports::Teams;
use crate::team::TeamName;

/// Finds a team by its name, for the command line.
pub struct FindTeam {
    teams: Arc<dyn Teams>,
}

/// Why no team was found.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FindTeamError {
    /// There is no team of that name.
    #[error("there is no team `{0}`; `throughline bootstrap --team NAME` makes one")]
    Unknown(String),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl FindTeam {
    /// Stands on a team store.
    pub fn new(teams: Arc<dyn Teams>) -> Self {
        Self { teams }
    }

    /// The team of that name, in any case.
    ///
    /// # Errors
    /// [`FindTeamError::Unknown`] when there is none.
    pub async fn run(&self, name: &str) -> Result<TeamId, FindTeamError> {
        let unknown = || FindTeamError::Unknown(name.chars().take(100).collect());
        let name = TeamName::try_new(name).map_err(|_| unknown())?;
        self.teams.named(&name.key()).await?.ok_or_else(unknown)
    }
}
