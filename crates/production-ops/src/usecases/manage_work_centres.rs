use std::sync::Arc;

use kernel::clock::IdSource;
use kernel::id::TeamId;
use kernel::page::{Listing, Window};
use kernel::write::{WriteContext, Written};

use crate::ports::{WorkCentreFilter, WorkCentres};
use crate::work_centre::{NewWorkCentre, WorkCentre, WorkCentreChange, WorkCentreError, WorkCentreId};

/// Creates, changes and shows work centres.
pub struct ManageWorkCentres {
    work_centres: Arc<dyn WorkCentres>,
    ids: Arc<dyn IdSource>,
}

impl ManageWorkCentres {
    pub fn new(work_centres: Arc<dyn WorkCentres>, ids: Arc<dyn IdSource>) -> Self {
        Self { work_centres, ids }
    }

    /// Creates a work centre, with the next number where `new` has none.
    ///
    /// # Errors
    /// [`WorkCentreError::NumberTaken`], [`WorkCentreError::NumbersUsedUp`] or
    /// [`WorkCentreError::UnknownDepartment`].
    pub async fn create(
        &self,
        context: WriteContext<WorkCentre>,
        new: NewWorkCentre,
    ) -> Result<Written<WorkCentre>, WorkCentreError> {
        self.work_centres.create(context, self.ids.id(), new).await
    }

    /// Changes a work centre.
    ///
    /// # Errors
    /// [`WorkCentreError::NotFound`] or [`WorkCentreError::UnknownDepartment`].
    pub async fn change(
        &self,
        context: WriteContext<WorkCentre>,
        id: WorkCentreId,
        change: WorkCentreChange,
    ) -> Result<Written<WorkCentre>, WorkCentreError> {
        self.work_centres.change(context, id, change).await
    }

    /// The team's work centre of that id.
    ///
    /// # Errors
    /// [`WorkCentreError::NotFound`].
    pub async fn find(&self, team: TeamId, id: WorkCentreId) -> Result<WorkCentre, WorkCentreError> {
        self.work_centres.find(team, id).await?.ok_or(WorkCentreError::NotFound)
    }

    /// The window of the team's work centres that `filter` lets through, by number.
    pub async fn list(
        &self,
        team: TeamId,
        filter: WorkCentreFilter,
        window: Window,
    ) -> Result<Listing<WorkCentre>, WorkCentreError> {
        Ok(self.work_centres.list(team, filter, window).await?)
    }
}
