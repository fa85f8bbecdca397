//! What of a team's settings its documents are written by.

use async_trait::async_trait;

use crate::error::StoreError;
use crate::id::TeamId;
use crate::money::Currency;
use crate::zone::TimeZone;

/// What a team's documents are written by (contract, *Values*).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TeamLocale {
    /// The zone in which its days and years begin.
    pub zone: TimeZone,
    /// The currency of its documents.
    pub currency: Currency,
}

/// The terms of each team.
#[cfg_attr(any(test, feature = "mock"), mockall::automock)]
#[async_trait]
pub trait TeamLocales: Send + Sync {
    /// The team's terms as they are now.
    ///
    /// # Errors
    /// When the store fails.
    async fn of(&self, team: TeamId) -> Result<TeamLocale, StoreError>;

    /// The zone in which the team's days and years begin and end.
    ///
    /// # Errors
    /// When the store fails.
    async fn zone(&self, team: TeamId) -> Result<TimeZone, StoreError> {
        Ok(self.of(team).await?.zone)
    }
}
