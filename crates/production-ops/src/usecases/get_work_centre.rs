use std::sync::Arc;

use kernel::id::TeamId;

use crate::ports::WorkCentres;
use crate::work_centre::{WorkCentre, WorkCentreError, WorkCentreId};

/// Shows one work centre.
pub struct GetWorkCentre {
    work_centres: Arc<dyn WorkCentres>,
}

impl GetWorkCentre {
    /// Stands on a work centre store.
    pub fn new(work_centres: Arc<dyn WorkCentres>) -> Self {
        Self { work_centres }
    }

    /// The team's work centre of that id.
    ///
    /// # Errors
    /// [`WorkCentreError::NotFound`] when there is none.
    pub async fn run(&self, team: TeamId, id: WorkCentreId) -> Result<WorkCentre, WorkCentreError> {
        self.work_centres.find(team, id).await?.ok_or(WorkCentreError::NotFound)
    }
}
