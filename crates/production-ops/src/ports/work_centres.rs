use async_trait::async_trait;
use kernel::error::StoreError;
use kernel::id::TeamId;
use kernel::page::{Listing, Window};
use kernel::write::{WriteContext, Written};

use crate::department::DepartmentId;
use crate::work_centre::{NewWorkCentre, WorkCentre, WorkCentreChange, WorkCentreError, WorkCentreId};

/// The work centres of each team; a team MUST NOT see or change another's.
#[cfg_attr(any(test, feature = "mock"), mockall::automock)]
#[async_trait]
pub trait WorkCentres: Send + Sync {
    /// Stores a new work centre, made by [`WorkCentre::create`] at the context's time, with the audit entry
    /// `work_centre.created`.
    ///
    /// Where it has no number, the one after the team's highest MUST be given, a different one to each even
    /// when two come at once. A number that the team has MUST be refused likewise, and so MUST a department
    /// that the team has not; whether that is in use doesn't matter. A refusal leaves nothing.
    async fn create(
        &self,
        context: WriteContext<WorkCentre>,
        id: WorkCentreId,
        new: NewWorkCentre,
    ) -> Result<Written<WorkCentre>, WorkCentreError>;

    /// Changes a work centre, with the audit entry `work_centre.changed`; [`WorkCentreError::NotFound`] if there
    /// is none.
    ///
    /// MUST lock it, apply [`WorkCentre::change`] at the context's time and save the result in one
    /// transaction. Where nothing differs it MUST write neither it nor an audit entry, and give it as it is.
    /// A department is refused as in [`create`](Self::create).
    async fn change(
        &self,
        context: WriteContext<WorkCentre>,
        id: WorkCentreId,
        change: WorkCentreChange,
    ) -> Result<Written<WorkCentre>, WorkCentreError>;

    /// The team's work centre of that id.
    async fn find(&self, team: TeamId, id: WorkCentreId) -> Result<Option<WorkCentre>, StoreError>;

    /// The team's work centres that `filter` lets through, by number.
    async fn list(
        &self,
        team: TeamId,
        filter: WorkCentreFilter,
        window: Window,
    ) -> Result<Listing<WorkCentre>, StoreError>;
}

/// Which work centres a list holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct WorkCentreFilter {
    /// Only those in use.
    pub active_only: bool,
    /// Only those of this department; none if the team has no such department.
    pub department: Option<DepartmentId>,
}
