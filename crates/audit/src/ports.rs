//! What the audit trail needs from outside.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use kernel::audit::AuditEntry;
use kernel::error::{Cause, StoreError};
use kernel::id::TeamId;
use kernel::page::{Listing, Window};
use kernel::write::{WriteContext, Written};
use uuid::Uuid;

use crate::access::AccessRecord;
use crate::chain::entry::Entry;
use crate::chain::values::{ChainHash, EntryId};
use crate::chain::{Link, Seal};
use crate::finding::NamedTeam;
use crate::head::SignedHead;

/// The entries of each team; a team MUST NOT see or add to another's. Nothing is ever changed or taken away.
#[cfg_attr(any(test, feature = "mock"), mockall::automock)]
#[async_trait]
pub trait AuditTrail: Send + Sync {
    /// Adds an entry that no change stands behind, such as a refusal.
    async fn append(&self, context: WriteContext<()>, entry: AuditEntry) -> Result<Written<()>, StoreError>;

    /// The team's entries that `filter` lets through: newest first by their time, then by id, the highest
    /// first.
    async fn list(
        &self,
        team: TeamId,
        filter: EntryFilter,
        window: Window,
    ) -> Result<Listing<ListedEntry>, StoreError>;
}

/// Which entries a list holds: those that agree with all that is given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EntryFilter {
    /// By whom.
    pub actor: Option<String>,
    /// What was done.
    pub action: Option<String>,
    /// To what kind of thing.
    pub subject_kind: Option<String>,
    /// To which one.
    pub subject: Option<Uuid>,
    /// In which request.
    pub request_id: Option<String>,
    /// At this time or later.
    pub from: Option<DateTime<Utc>>,
    /// Before this time.
    pub to: Option<DateTime<Utc>>,
}

/// An entry of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedEntry {
    /// The entry.
    pub entry: Entry,
    /// Its seal; `None` while it waits for it.
    pub seal: Option<Seal>,
}

/// The calls of each team's callers; a team MUST NOT see another's.
#[cfg_attr(any(test, feature = "mock"), mockall::automock)]
#[async_trait]
pub trait AccessLog: Send + Sync {
    /// Adds records of any teams, all or none of them. One whose id is there already MUST be left out, so that
    /// a batch whose outcome is unknown can be sent again.
    async fn record(&self, records: Arc<Vec<AccessRecord>>) -> Result<(), StoreError>;

    /// The team's records that `filter` lets through: newest first by their time, then by id, the highest
    /// first.
    async fn list(
        &self,
        team: TeamId,
        filter: AccessFilter,
        window: Window,
    ) -> Result<Listing<AccessRecord>, StoreError>;
}

/// Which records a list holds: those that agree with all that is given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccessFilter {
    /// By whom.
    pub actor: Option<String>,
    /// With which method.
    pub method: Option<String>,
    /// On which route, as it is documented.
    pub route: Option<String>,
    /// With which status answered.
    pub status: Option<u16>,
    /// In which request.
    pub request_id: Option<String>,
    /// At this time or later.
    pub from: Option<DateTime<Utc>>,
    /// Before this time.
    pub to: Option<DateTime<Utc>>,
}

/// Chains entries up.
#[async_trait]
pub trait Sealer: Send + Sync {
    /// Seals the next entries of every team, some thousand at most, in one transaction.
    ///
    /// Entries MUST be taken in one order that all agree on, each once, none passed over for good, and only when
    /// no other can still come before them. What is sealed MUST be [`Seal::after`] the seal before it. Two that
    /// seal at once MUST NOT fork a chain: one of them seals nothing.
    async fn seal(&self) -> Result<Sealing, StoreError>;
}

/// What one turn of sealing came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sealing {
    /// Entries sealed.
    pub sealed: u64,
    /// Whether more may be waiting that could be sealed at once.
    pub more: bool,
}

/// The chains of every team, read for verifying and signing.
#[async_trait]
pub trait Chains: Send + Sync {
    /// Every team there is, by id.
    async fn teams(&self) -> Result<Vec<NamedTeam>, StoreError>;

    /// The next `limit` links of a team in the order of their sequences: those after `after`, or the first.
    async fn links(&self, team: TeamId, after: Option<i64>, limit: u32) -> Result<Vec<Link>, StoreError>;

    /// The hashes of the seals at these places, in the same order; `None` where there is no seal.
    async fn hashes(&self, places: Vec<(TeamId, i64)>) -> Result<Vec<Option<ChainHash>>, StoreError>;

    /// The team's entries that have no seal.
    async fn unsealed(&self, team: TeamId) -> Result<Unsealed, StoreError>;

    /// The last seal of each team that has one.
    async fn heads(&self) -> Result<Vec<(TeamId, Seal)>, StoreError>;
}

/// Entries without a seal.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Unsealed {
    /// Those that the sealer will come to.
    pub waiting: u64,
    /// Those that it has passed.
    pub behind: u64,
    /// Which ones it has passed: at most twenty.
    pub behind_entries: Vec<EntryId>,
}

/// Where signed heads are kept, outside the store that holds the chains.
#[async_trait]
pub trait HeadArchive: Send + Sync {
    /// Adds heads. They MUST be on disk when it returns.
    async fn keep(&self, heads: Vec<SignedHead>) -> Result<(), Cause>;
}
