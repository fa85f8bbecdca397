use std::sync::Arc;

use kernel::clock::IdSource;
use kernel::write::{WriteContext, Written};

use crate::ports::WorkCentres;
use crate::work_centre::{WorkCentre, WorkCentreDraft, WorkCentreError};

/// Creates a work centre.
pub struct CreateWorkCentre {
    work_centres: Arc<dyn WorkCentres>,
    ids: Arc<dyn IdSource>,
}

impl CreateWorkCentre {
    /// Stands on a work centre store and ids.
    pub fn new(work_centres: Arc<dyn WorkCentres>, ids: Arc<dyn IdSource>) -> Self {
        Self { work_centres, ids }
    }

    /// Creates the work centre that `draft` asks for, with the next number where it names none.
    ///
    /// # Errors
    /// Every fault of the draft at once, that the number is taken, or that there is no such department.
    pub async fn run(
        &self,
        context: WriteContext<WorkCentre>,
        draft: &WorkCentreDraft,
    ) -> Result<Written<WorkCentre>, WorkCentreError> {
        let new = draft.validate().map_err(WorkCentreError::Invalid)?;
        Ok(self.work_centres.create(context, self.ids.id(), new).await?)
    }
}
