use std::sync::Arc;

use kernel::id::TeamId;
use kernel::write::{WriteContext, Written};

use crate::ports::Teams;
use crate::team::{Team, TeamChange, TeamError, TeamName};

/// Finds, shows and changes a team's settings (`docs/spec/common.md`, "Team settings").
pub struct ManageTeam {
    teams: Arc<dyn Teams>,
}

impl ManageTeam {
    pub fn new(teams: Arc<dyn Teams>) -> Self {
        Self { teams }
    }

    /// The team of that id.
    ///
    /// # Errors
    /// [`TeamError::NotFound`].
    pub async fn find(&self, team: TeamId) -> Result<Team, TeamError> {
        self.teams.find(team).await?.ok_or(TeamError::NotFound)
    }

    /// The team of that name, in any case, for the command line.
    ///
    /// # Errors
    /// [`TeamError::Unknown`].
    pub async fn find_by_name(&self, name: &str) -> Result<TeamId, TeamError> {
        let unknown = || TeamError::Unknown(name.chars().take(100).collect());
        let name = TeamName::try_new(name).map_err(|_| unknown())?;
        self.teams.find_by_name(&name.key()).await?.ok_or_else(unknown)
    }

    /// Changes the context's team.
    ///
    /// # Errors
    /// [`TeamError::NameTaken`].
    pub async fn change(
        &self,
        context: WriteContext<Team>,
        change: TeamChange,
    ) -> Result<Written<Team>, TeamError> {
        self.teams.change(context, change).await
    }
}
