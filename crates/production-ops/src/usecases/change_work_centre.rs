use std::sync::Arc;

use kernel::write::{WriteContext, Written};

use crate::ports::WorkCentres;
use crate::work_centre::{WorkCentre, WorkCentreError, WorkCentreId, WorkCentrePatch};

/// Renames or moves a work centre, or takes it out of use or back into it.
pub struct ChangeWorkCentre {
    work_centres: Arc<dyn WorkCentres>,
}

impl ChangeWorkCentre {
    /// Stands on a work centre store.
    pub fn new(work_centres: Arc<dyn WorkCentres>) -> Self {
        Self { work_centres }
    }

    /// Changes the work centre as `patch` asks; gives it as it is where nothing differs.
    ///
    /// # Errors
    /// Every fault of the patch at once, or that there is no such work centre or department.
    pub async fn run(
        &self,
        context: WriteContext<WorkCentre>,
        id: WorkCentreId,
        patch: &WorkCentrePatch,
    ) -> Result<Written<WorkCentre>, WorkCentreError> {
        let change = patch.validate().map_err(WorkCentreError::Invalid)?;
        Ok(self.work_centres.change(context, id, change).await?)
    }
}
