//! The team: the tenant everything belongs to.

use chrono::{DateTime, Utc};
use kernel::id::TeamId;
use kernel::text::{TextFault, identifier};
use kernel::zone::TimeZone;

/// A team and its settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Team {
    /// Its id.
    pub id: TeamId,
    /// Its name.
    pub name: TeamName,
    /// The zone of its "today", its due dates and its period counters.
    pub time_zone: TimeZone,
    /// When it came into being.
    pub created_at: DateTime<Utc>,
}

/// A team's name: an identifier of at most 100 characters; no two teams' names differ by case alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TeamName(Box<str>);

impl TeamName {
    /// Takes a text for a team's name, normalised.
    ///
    /// # Errors
    /// When it is no identifier of at most 100 characters.
    pub fn try_new(text: &str) -> Result<Self, TextFault> {
        identifier(text, 100).map(Self)
    }

    /// The name as it is shown.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name folded for comparison.
    pub fn key(&self) -> String {
        self.0.to_lowercase()
    }
}
