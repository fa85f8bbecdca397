use std::sync::Arc;

use kernel::id::TeamId;
use kernel::page::{Listing, Window};

use crate::ports::{WorkCentreFilter, WorkCentres};
use crate::work_centre::{WorkCentre, WorkCentreError};

/// Lists work centres by number.
pub struct ListWorkCentres {
    work_centres: Arc<dyn WorkCentres>,
}

impl ListWorkCentres {
    /// Stands on a work centre store.
    pub fn new(work_centres: Arc<dyn WorkCentres>) -> Self {
        Self { work_centres }
    }

    /// The window of the team's work centres that `filter` lets through.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn run(
        &self,
        team: TeamId,
        filter: WorkCentreFilter,
        window: Window,
    ) -> Result<Listing<WorkCentre>, WorkCentreError> {
        Ok(self.work_centres.list(team, filter, window).await?)
    }
}
