use std::sync::Arc;

use kernel::clock::IdSource;
use kernel::id::TeamId;
use kernel::page::{Listing, Window};
use kernel::write::{WriteContext, Written};

use crate::collection::{Collection, CollectionError, NewCollection};
use crate::ports::{CollectionFilter, Collections};

/// Stores the data collected during operations and shows it.
pub struct CollectData {
    collections: Arc<dyn Collections>,
    ids: Arc<dyn IdSource>,
}

impl CollectData {
    pub fn new(collections: Arc<dyn Collections>, ids: Arc<dyn IdSource>) -> Self {
        Self { collections, ids }
    }

    /// Stores collected data.
    ///
    /// # Errors
    /// What it names or holds and may not, or that the state of operation or order forbids it.
    pub async fn submit(
        &self,
        context: WriteContext<Collection>,
        new: NewCollection,
    ) -> Result<Written<Collection>, CollectionError> {
        new.check(context.at)?;
        self.collections.submit(context, self.ids.id(), new).await
    }

    /// The window of the team's collected data that `filter` lets through.
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
    use crate::collection::CollectionFault;
    use crate::operation::OperatorRef;
    use crate::ports::MockCollections;
    use crate::usecases::tests::{at, context, ids};
    use chrono::TimeDelta;

    #[test]
    fn what_was_collected_in_the_future_never_reaches_the_store() {
        let new = |minutes| NewCollection {
            operation: ids().id(),
            activity: ids().id(),
            operator: OperatorRef(ids().uuid()),
            data: kernel::json::JsonObject::new(),
            collected_at: Some(at() + TimeDelta::minutes(minutes)),
        };
        let mut store = MockCollections::new();
        store.expect_submit().times(1).returning(|_, _, _| Err(CollectionError::OrderCancelled));
        let collecting = CollectData::new(Arc::new(store), ids());
        let submit = |minutes| pollster::block_on(collecting.submit(context(), new(minutes))).unwrap_err();
        assert!(matches!(submit(5), CollectionError::OrderCancelled), "clocks may differ by five minutes");
        let CollectionError::Refused(faults) = submit(6) else { panic!("it lies in the future") };
        assert_eq!(faults, [CollectionFault::InTheFuture]);
    }
}
