use std::sync::Arc;

use kernel::clock::IdSource;
use kernel::id::TeamId;
use kernel::page::{Listing, Window};
use kernel::write::{WriteContext, Written};

use crate::data_collection::{Collection, CollectionDraft, CollectionError};
use crate::ports::{CollectionFilter, Collections};

/// Keeps the data collected during operations and shows it (seed 004, section 4).
pub struct CollectData {
    collections: Arc<dyn Collections>,
    ids: Arc<dyn IdSource>,
}

impl CollectData {
    /// Stands on a store of collected data and ids.
    pub fn new(collections: Arc<dyn Collections>, ids: Arc<dyn IdSource>) -> Self {
        Self { collections, ids }
    }

    /// Keeps the data that `draft` holds.
    ///
    /// # Errors
    /// Every fault of the draft at once, what the team has not, or that the state of operation or order forbids it.
    pub async fn submit(
        &self,
        context: WriteContext<Collection>,
        draft: &CollectionDraft,
    ) -> Result<Written<Collection>, CollectionError> {
        let new = draft.validate(context.at).map_err(CollectionError::Invalid)?;
        self.collections.submit(context, self.ids.id(), new).await
    }

    /// The window of the team's collected data that `filter` lets through.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn list(
        &self,
        team: TeamId,
        filter: CollectionFilter,
        window: Window,
    ) -> Result<Listing<Collection>, CollectionError> {
        Ok(self.collections.list(team, filter, window).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fields::codes;
    use crate::ports::MockCollections;
    use crate::usecases::tests::{context, ids};
    use kernel::error::{Classified, ErrorKind};

    #[test]
    fn faulty_input_never_reaches_the_store() {
        let collecting = CollectData::new(Arc::new(MockCollections::new()), ids());
        let error =
            pollster::block_on(collecting.submit(context(), &CollectionDraft::default())).unwrap_err();
        assert_eq!((error.kind(), error.code()), (ErrorKind::Invalid, "VALIDATION_ERROR"));
        let expected = ["workOrderOperationId", "dataCollectionActivityId", "operatorId", "collectedData"];
        assert_eq!(codes(error.faults()), expected.map(|field| (field, "MISSING_FIELD")));
    }
}
