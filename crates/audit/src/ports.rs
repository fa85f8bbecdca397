//! The ports of the audit trail.

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
use crate::chain::entry::{Entry, EntryId};
use crate::chain::hash::ChainHash;
use crate::chain::head::SignedHead;
use crate::chain::{Link, Seal};
use crate::finding::NamedTeam;

/// The audit entries of each team; a team MUST NOT see or add to another's. Nothing is ever changed or deleted.
#[cfg_attr(any(test, feature = "mock"), mockall::automock)]
#[async_trait]
pub trait AuditTrail: Send + Sync {
    /// Adds an entry without a change of data, such as a refusal.
    async fn append(&self, context: WriteContext<()>, entry: AuditEntry) -> Result<Written<()>, StoreError>;

    /// Lists the team's entries that match `filter`: newest first by their time, then by id, the highest first.
    async fn list(
        &self,
        team: TeamId,
        filter: EntryFilter,
        window: Window,
    ) -> Result<Listing<ListedEntry>, StoreError>;
}

/// A filter of entries: all given fields must match.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EntryFilter {
    pub actor: Option<String>,
    pub action: Option<String>,
    pub subject_kind: Option<String>,
    pub subject: Option<Uuid>,
    pub request_id: Option<String>,
    /// At this time or later.
    pub from: Option<DateTime<Utc>>,
    /// Before this time.
    pub to: Option<DateTime<Utc>>,
}

/// An entry of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedEntry {
    pub entry: Entry,
    /// Its seal; `None` until it is sealed.
    pub seal: Option<Seal>,
}

/// The calls of each team's callers; a team MUST NOT see another's.
#[cfg_attr(any(test, feature = "mock"), mockall::automock)]
#[async_trait]
pub trait AccessLog: Send + Sync {
    /// Adds records of any teams, all or none of them. A record whose id exists already MUST be left out, so that a batch
    /// whose outcome is unknown can be sent again.
    async fn record(&self, records: Arc<Vec<AccessRecord>>) -> Result<(), StoreError>;

    /// Lists the team's records that match `filter`: newest first by their time, then by id, the highest first.
    async fn list(
        &self,
        team: TeamId,
        filter: AccessFilter,
        window: Window,
    ) -> Result<Listing<AccessRecord>, StoreError>;
}

/// A filter of access records: all given fields must match.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccessFilter {
    pub actor: Option<String>,
    pub method: Option<String>,
    /// The documented route.
    pub route: Option<String>,
    pub status: Option<u16>,
    pub request_id: Option<String>,
    /// At this time or later.
    pub from: Option<DateTime<Utc>>,
    /// Before this time.
    pub to: Option<DateTime<Utc>>,
}

/// Seals entries into the chains.
#[async_trait]
pub trait Sealer: Send + Sync {
    /// Seals the next batch of entries of every team, some thousand at most, in one transaction.
    ///
    /// Entries MUST be sealed in one order that all sealers agree on, each once, none left out for good, and only when no
    /// other can still come before them. A seal MUST be [`Seal::after`] the seal before it. Two concurrent sealers MUST
    /// NOT fork a chain: one of them seals nothing.
    async fn seal(&self) -> Result<SealedBatch, StoreError>;
}

/// The result of sealing one batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SealedBatch {
    /// The number of entries sealed.
    pub sealed: u64,
    /// Whether more entries may be ready to be sealed.
    pub has_more: bool,
}

/// The chains of every team, read to verify and to sign them.
#[async_trait]
pub trait Chains: Send + Sync {
    /// Every team, by id.
    async fn teams(&self) -> Result<Vec<NamedTeam>, StoreError>;

    /// The next `limit` links of a team in the order of their sequences: those after `after`, or the first.
    async fn links(&self, team: TeamId, after: Option<i64>, limit: u32) -> Result<Vec<Link>, StoreError>;

    /// The hashes of the seals at these positions, in the same order; `None` where there is no seal.
    async fn hashes(&self, positions: Vec<(TeamId, i64)>) -> Result<Vec<Option<ChainHash>>, StoreError>;

    /// The team's entries without a seal.
    async fn unsealed(&self, team: TeamId) -> Result<Unsealed, StoreError>;

    /// The last seal of each team that has one.
    async fn heads(&self) -> Result<Vec<(TeamId, Seal)>, StoreError>;
}

/// Entries without a seal.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Unsealed {
    /// The number of entries that the sealer has not reached yet.
    pub waiting: u64,
    /// The number of entries that it has passed.
    pub behind: u64,
    /// The entries that it has passed: at most twenty.
    pub behind_entries: Vec<EntryId>,
}

/// The archive of signed heads, outside the store of the chains.
#[async_trait]
pub trait HeadArchive: Send + Sync {
    /// Archives heads. They MUST be on disk when it returns.
    async fn archive(&self, heads: Vec<SignedHead>) -> Result<(), Cause>;
}
