//! The ports of order import.

use std::collections::HashSet;

use async_trait::async_trait;
use kernel::error::StoreError;
use kernel::id::TeamId;
use kernel::page::{Listing, Window};
use kernel::write::{WriteContext, Written};

use crate::import::PreparedImport;
use crate::import::report::{ImportRecord, ImportReport, ImportSummary, Verdict};
use crate::import::values::{ImportId, KnownRoutings, WorkCentreNumber};

/// The store of manufacturing orders and of the records of imports.
#[cfg_attr(any(test, feature = "mock"), mockall::automock)]
#[async_trait]
pub trait ManufacturingOrders: Send + Sync {
    /// Merges an import's valid rows into the team's orders and records the import, in one transaction.
    ///
    /// For each row that [`PreparedImport::candidates`] gives, the store finds a
    /// [`Fact`](crate::import::policy::Fact), then MUST call [`PreparedImport::into_report`] and apply the report:
    ///
    /// - Under `on_existing=update` an order that exists, has not started and differs is changed as
    ///   [`policy::merge`](crate::import::policy::merge) says. Whether it has started MUST be checked by the
    ///   write itself, so that a concurrent start is never overwritten. Under the other choices every order
    ///   that exists is `Blocked`.
    /// - Where orders have operations, those whose operations
    ///   [change](crate::import::policy::changes_operations) MUST get their routing's, and no other's may change.
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

/// The history of imports.
#[cfg_attr(any(test, feature = "mock"), mockall::automock)]
#[async_trait]
pub trait ImportHistory: Send + Sync {
    /// Lists the team's imports, newest first, those with this verdict if one is given.
    async fn list(
        &self,
        team: TeamId,
        verdict: Option<Verdict>,
        window: Window,
    ) -> Result<Listing<ImportSummary>, StoreError>;

    /// Finds one import with its rows; `None` if the team has none of that id.
    async fn find(&self, team: TeamId, id: ImportId) -> Result<Option<ImportRecord>, StoreError>;
}

/// The team's work centres, by number.
#[cfg_attr(any(test, feature = "mock"), mockall::automock)]
#[async_trait]
pub trait WorkCentres: Send + Sync {
    /// The numbers of all the team's work centres. A number, once in use, MUST stay valid.
    async fn numbers(&self, team: TeamId) -> Result<HashSet<WorkCentreNumber>, StoreError>;
}

/// The team's routings, by name.
#[cfg_attr(any(test, feature = "mock"), mockall::automock)]
#[async_trait]
pub trait Routings: Send + Sync {
    /// The team's routings in use, each in its current version. A version, once created, MUST stay valid; a routing may
    /// go out of use meanwhile.
    async fn in_use(&self, team: TeamId) -> Result<KnownRoutings, StoreError>;
}
