use async_trait::async_trait;
use kernel::error::StoreError;
use kernel::id::TeamId;
use kernel::manufacturing::Sku;
use kernel::page::{Listing, Window};
use kernel::write::{WriteContext, Written};

use crate::routing::{Routing, RoutingContent, RoutingError, RoutingId, RoutingSummary, RoutingVersion};

/// The routings of each team, in every version they had; a team MUST NOT see or change another's.
///
/// Where a routing is given, what it names MUST have the names that departments and activities have by then.
#[cfg_attr(any(test, feature = "mock"), mockall::automock)]
#[async_trait]
pub trait Routings: Send + Sync {
    /// Stores a new routing, made by [`Routing::create`] at the context's time, with the audit entry
    /// `routing.created`.
    ///
    /// A name that the team has in any case ([`Name::key`](crate::Name::key)) MUST be refused even when two take
    /// it at once. What the content names MUST be looked up at once, and be as it was found until the routing is
    /// stored. A refusal leaves nothing.
    async fn create(
        &self,
        context: WriteContext<Routing>,
        id: RoutingId,
        content: RoutingContent,
    ) -> Result<Written<Routing>, RoutingError>;

    /// Adds a routing's next version, made by [`Routing::revise`] at the context's time, with the audit entry
    /// `routing.revised`.
    ///
    /// MUST lock the routing: of any number that come at once, each makes a version. Where the latest version
    /// [says](Routing::says) just that, it MUST write neither a version nor an audit entry, and give it as it is.
    /// Older versions MUST stay as they are. Name and what the content names are refused as in
    /// [`create`](Self::create), but a routing's own name never is.
    async fn revise(
        &self,
        context: WriteContext<Routing>,
        id: RoutingId,
        content: RoutingContent,
    ) -> Result<Written<Routing>, RoutingError>;

    /// Takes a routing into use or out of it, with the audit entry `routing.changed`.
    ///
    /// MUST lock it and apply [`Routing::set_active`] at the context's time. Where nothing differs it MUST write
    /// neither it nor an audit entry, and give it as it is.
    async fn set_active(
        &self,
        context: WriteContext<Routing>,
        id: RoutingId,
        is_active: bool,
    ) -> Result<Written<Routing>, RoutingError>;

    /// The team's routing of that id in that version, or in its latest; `None` also where it has no such version.
    /// All but what the version says is as it is now.
    async fn find(
        &self,
        team: TeamId,
        id: RoutingId,
        version: Option<RoutingVersion>,
    ) -> Result<Option<Routing>, StoreError>;

    /// The team's routings that `filter` lets through, in their latest versions, by name key in code point order,
    /// then by id.
    async fn list(
        &self,
        team: TeamId,
        filter: RoutingFilter,
        window: Window,
    ) -> Result<Listing<RoutingSummary>, StoreError>;
}

/// Which routings a list holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RoutingFilter {
    /// Only those in use.
    pub active_only: bool,
    /// Only those whose latest version makes this.
    pub product: Option<Sku>,
}
