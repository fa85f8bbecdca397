use async_trait::async_trait;
use kernel::error::StoreError;
use kernel::id::TeamId;
use kernel::page::{Listing, Window};
use kernel::write::{WriteContext, Written};

use crate::data_collection::{Activity, ActivityChange, ActivityError, ActivityId};

/// The data collection activities of each team; a team MUST NOT see or change another's.
#[cfg_attr(any(test, feature = "mock"), mockall::automock)]
#[async_trait]
pub trait Activities: Send + Sync {
    /// Stores a new activity, with the audit entry `data_collection_activity.created`.
    async fn create(
        &self,
        context: WriteContext<Activity>,
        activity: Activity,
    ) -> Result<Written<Activity>, ActivityError>;

    /// Changes an activity, with the audit entry `data_collection_activity.changed`; [`ActivityError::NotFound`] if there
    /// is none.
    ///
    /// MUST lock it, apply [`Activity::change`] at the context's time and save the result in one transaction.
    /// Where nothing differs it MUST write neither it nor an audit entry, and give it as it is.
    async fn change(
        &self,
        context: WriteContext<Activity>,
        id: ActivityId,
        change: ActivityChange,
    ) -> Result<Written<Activity>, ActivityError>;

    /// The team's activity of that id.
    async fn find(&self, team: TeamId, id: ActivityId) -> Result<Option<Activity>, StoreError>;

    /// The team's activities that `filter` lets through, by name key in code point order, then by id.
    async fn list(
        &self,
        team: TeamId,
        filter: ActivityFilter,
        window: Window,
    ) -> Result<Listing<Activity>, StoreError>;
}

/// Which activities a list holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ActivityFilter {
    /// Only those in use.
    pub active_only: bool,
}
