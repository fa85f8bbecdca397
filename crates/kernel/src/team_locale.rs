//! The time zone and currency of a team.

use async_trait::async_trait;

use crate::error::StoreError;
use crate::id::TeamId;
use crate::money::Currency;
use crate::zone::TimeZone;

/// The time zone and currency of a team (`docs/spec/common.md`, "Values").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TeamLocale {
    /// In which its days and years begin.
    pub zone: TimeZone,
    pub currency: Currency,
}

/// The locale of each team.
#[cfg_attr(any(test, feature = "mock"), mockall::automock)]
#[async_trait]
pub trait TeamLocales: Send + Sync {
    /// The team's present locale.
    async fn of(&self, team: TeamId) -> Result<TeamLocale, StoreError>;

    /// The zone in which the team's days and years begin and end.
    async fn zone(&self, team: TeamId) -> Result<TimeZone, StoreError> {
        Ok(self.of(team).await?.zone)
    }
}
