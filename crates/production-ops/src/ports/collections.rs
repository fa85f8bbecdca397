use async_trait::async_trait;
use kernel::error::StoreError;
use kernel::id::TeamId;
use kernel::page::{Listing, Window};
use kernel::write::{WriteContext, Written};

use crate::collection::{Collection, CollectionError, CollectionId, NewCollection};
use crate::data_collection::ActivityId;
use crate::operation::OperationId;

/// The data collected during each team's operations; a team MUST NOT see or add to another's.
#[cfg_attr(any(test, feature = "mock"), mockall::automock)]
#[async_trait]
pub trait Collections: Send + Sync {
    /// Stores collected data under `id`, with the audit entry `data.collected`.
    ///
    /// MUST look up what [`CollectionFacts`](crate::collection::CollectionFacts) asks for, the operation's order
    /// locked so that it is not cancelled meanwhile, and ask [`NewCollection::collect`] at the context's time. It is only
    /// ever added to. A refusal leaves nothing.
    async fn submit(
        &self,
        context: WriteContext<Collection>,
        id: CollectionId,
        new: NewCollection,
    ) -> Result<Written<Collection>, CollectionError>;

    /// The team's collected data that `filter` lets through, by when it was collected, then by id.
    async fn list(
        &self,
        team: TeamId,
        filter: CollectionFilter,
        window: Window,
    ) -> Result<Listing<Collection>, StoreError>;
}

/// Which collected data a list holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CollectionFilter {
    pub operation: Option<OperationId>,
    pub activity: Option<ActivityId>,
}
