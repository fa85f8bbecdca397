//! The findings of a verification.

use kernel::id::TeamId;

use crate::chain::violation::Violation;

/// Data that could not be verified.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Warning {
    #[error("{location}: signed by the key {key_id}, which is none of this installation's: not used")]
    UnknownKey { location: String, key_id: String },
    /// A line that is no head: truncated when a machine stopped, or altered.
    #[error("{location}: no head can be read in this line: not used")]
    Unreadable { location: String },
}

/// A team with its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedTeam {
    pub id: TeamId,
    /// Its name; `None` if only heads mention it.
    pub name: Option<String>,
}

/// A finding of a verification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// A violation in this team's trail.
    Violation(TeamId, Violation),
    /// Data that could not be verified.
    Warning(Warning),
    /// The end of a team's verification.
    TeamVerified(TeamSummary),
}

/// The numbers of a team's verification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TeamSummary {
    pub team: NamedTeam,
    /// Sealed entries.
    pub sealed: u64,
    /// Entries not sealed yet.
    pub waiting: u64,
    /// Signed heads compared with the chain.
    pub heads: u64,
    pub violations: u64,
}
