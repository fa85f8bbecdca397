//! What an import needs from outside.

use std::collections::HashSet;

use async_trait::async_trait;
use kernel::error::StoreError;
use kernel::id::TeamId;
use kernel::page::{Listing, Window};
use kernel::write::{WriteContext, Written};
use kernel::zone::TimeZone;

use crate::import::PreparedImport;
use crate::import::report::{ImportRecord, ImportReport, ImportSummary, Verdict};
use crate::import::values::{ImportId, RoutingName, WorkCentreNumber};

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
    /// The names of the team's active routings.
    async fn names(&self, team: TeamId) -> Result<HashSet<RoutingName>, StoreError>;
}

/// The team's calendar.
#[cfg_attr(any(test, feature = "mock"), mockall::automock)]
#[async_trait]
pub trait TeamCalendar: Send + Sync {
    /// The zone in which the team's days begin and end.
    async fn zone(&self, team: TeamId) -> Result<TimeZone, StoreError>;
}

/// The look-up of an installation that keeps no routings: every name is unknown.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoRoutings;

#[async_trait]
impl Routings for NoRoutings {
    async fn names(&self, _team: TeamId) -> Result<HashSet<RoutingName>, StoreError> {
        Ok(HashSet::new())
    }
}
