use async_trait::async_trait;
use kernel::error::StoreError;
use kernel::id::TeamId;
use kernel::page::{Listing, Window};
use kernel::write::{WriteContext, Written};

use crate::pause_reason::{PauseCategory, PauseReason, PauseReasonChange, PauseReasonError, PauseReasonId};

/// The pause reasons of each team; a team MUST NOT see or change another's.
#[cfg_attr(any(test, feature = "mock"), mockall::automock)]
#[async_trait]
pub trait PauseReasons: Send + Sync {
    /// Stores a new pause reason, with the audit entry `pause_reason.created`.
    ///
    /// A name that the team has in any case ([`Name::key`](crate::Name::key)) MUST be refused even when two
    /// take it at once; a refusal leaves nothing.
    async fn create(
        &self,
        context: WriteContext<PauseReason>,
        reason: PauseReason,
    ) -> Result<Written<PauseReason>, PauseReasonError>;

    /// Changes a pause reason, with the audit entry `pause_reason.changed`; [`PauseReasonError::NotFound`] if
    /// there is none.
    ///
    /// MUST lock it, apply [`PauseReason::change`] at the context's time and save the result in one
    /// transaction. Where nothing differs it MUST write neither it nor an audit entry, and give it as it is.
    /// A name is refused as in [`create`](Self::create), but a pause reason's own name never is.
    async fn change(
        &self,
        context: WriteContext<PauseReason>,
        id: PauseReasonId,
        change: PauseReasonChange,
    ) -> Result<Written<PauseReason>, PauseReasonError>;

    /// The team's pause reason of that id.
    async fn find(&self, team: TeamId, id: PauseReasonId) -> Result<Option<PauseReason>, StoreError>;

    /// The team's pause reasons that `filter` lets through, by name key in code point order, then by id.
    async fn list(
        &self,
        team: TeamId,
        filter: PauseReasonFilter,
        window: Window,
    ) -> Result<Listing<PauseReason>, StoreError>;
}

/// Which pause reasons a list holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PauseReasonFilter {
    /// Only those in use.
    pub active_only: bool,
    /// Only those of this category.
    pub category: Option<PauseCategory>,
}
