//! What an import needs from outside.

use std::collections::HashSet;

use async_trait::async_trait;
use kernel::error::StoreError;
use kernel::id::TeamId;
use kernel::page::{Listing, Window};
use kernel::write::{WriteContext, Written};

use crate::import::PreparedImport;
use crate::import::report::{ImportRecord, ImportReport, ImportSummary, Verdict};
use crate::import::values::{ImportId, KnownRoutings, WorkCentreNumber};

/// The manufacturing orders an import writes to, and the record it leaves.
#[cfg_attr(any(test, feature = "mock"), mockall::automock)]
#[async_trait]
pub trait ManufacturingOrders: Send + Sync {
    /// Merges an import's good rows into the team's orders and records the import: one transaction.
    ///
    /// For each row that [`PreparedImport::candidates`] gives, the store finds a
    /// [`Fact`](crate::import::policy::Fact), then MUST call [`PreparedImport::settle`] and do as its report says:
    ///
    /// - Under `on_existing=update` an order that exists, has not started and differs is changed as
    ///   [`policy::merge`](crate::import::policy::merge) says. Whether it has started MUST be checked by the
    ///   write itself, so that a racing start is never overwritten. Under the other choices every order
    ///   that exists is `Blocked`.
    /// - Where orders have operations, those whose operations
    ///   [move](crate::import::policy::moves_operations) MUST get their routing's, and no other's may change.
    /// - A report that is `Rejected`, or a dry run, leaves no order changed.
    /// - Unless it is a dry run, the import MUST be recorded with every row, rejected ones too; and if orders
    ///   were written, their events and an audit entry with it.
    /// - Imports of the same orders in any order of rows MUST NOT fail or deadlock for that reason.
    async fn import(
        &self,
        context: WriteContext<ImportReport>,
        import: PreparedImport,
    ) -> Result<Written<ImportReport>, StoreError>;
}

/// Imports made before.
#[cfg_attr(any(test, feature = "mock"), mockall::automock)]
#[async_trait]
pub trait ImportHistory: Send + Sync {
    /// The team's imports, newest first, those with this verdict if one is given.
    async fn list(
        &self,
        team: TeamId,
        verdict: Option<Verdict>,
        window: Window,
    ) -> Result<Listing<ImportSummary>, StoreError>;

    /// One import with its rows; `None` if the team has none of that id.
    async fn find(&self, team: TeamId, id: ImportId) -> Result<Option<ImportRecord>, StoreError>;
}

/// The team's work centres, as far as an import needs them.
#[cfg_attr(any(test, feature = "mock"), mockall::automock)]
#[async_trait]
pub trait WorkCentres: Send + Sync {
    /// The numbers of all the team's work centres. A number MUST stay one once it was given.
    async fn numbers(&self, team: TeamId) -> Result<HashSet<WorkCentreNumber>, StoreError>;
}

/// The team's routings, as far as an import needs them.
#[cfg_attr(any(test, feature = "mock"), mockall::automock)]
#[async_trait]
pub trait Routings: Send + Sync {
    /// The team's routings in use, each in the version that orders get by now. A version MUST stay one once it was
    /// made; that a routing goes out of use meanwhile doesn't matter.
    async fn in_use(&self, team: TeamId) -> Result<KnownRoutings, StoreError>;
}
