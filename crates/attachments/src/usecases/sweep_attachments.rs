use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use file_intake::{ObjectError, Objects};
use kernel::error::StoreError;

use crate::attachment::object;
use crate::ports::OrphanedObjects;

/// Deletes the objects of attachments that were deleted, or announced and never completed.
pub struct SweepAttachments {
    orphans: Arc<dyn OrphanedObjects>,
    objects: Arc<dyn Objects>,
}

/// Why orphaned objects are still there.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SweepError {
    #[error(transparent)]
    Objects(#[from] ObjectError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// How long after its announcement an attachment is given up for lost.
const DELETE_TIMEOUT: TimeDelta = TimeDelta::hours(1);
/// Objects deleted at once.
const BATCH: u32 = 500;

impl SweepAttachments {
    pub fn new(orphans: Arc<dyn OrphanedObjects>, objects: Arc<dyn Objects>) -> Self {
        Self { orphans, objects }
    }

    /// Deletes every orphaned object; returns how many.
    ///
    /// # Errors
    /// When a store fails; what is left then goes the next time.
    pub async fn run(&self, now: DateTime<Utc>) -> Result<usize, SweepError> {
        let mut swept = 0;
        loop {
            let orphans = self.orphans.orphans(now - DELETE_TIMEOUT, BATCH).await?;
            for one in &orphans {
                self.objects.delete(object(one.team, one.id)).await?;
            }
            if !orphans.is_empty() {
                self.orphans.forget(&orphans).await?;
            }
            swept += orphans.len();
            if orphans.len() < BATCH as usize {
                return Ok(swept);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::{MockOrphanedObjects, OrphanedObject};
    use crate::usecases::tests::{at, ids};
    use file_intake::MockObjects;
    use mockall::Sequence;

    fn orphans(count: usize) -> Vec<OrphanedObject> {
        let ids = ids();
        (0..count).map(|_| OrphanedObject { team: ids.id(), id: ids.id() }).collect()
    }

    #[test]
    fn objects_go_before_their_rows_until_a_batch_is_not_full() {
        let (mut store, mut objects, mut order) =
            (MockOrphanedObjects::new(), MockObjects::new(), Sequence::new());
        for count in [500, 3] {
            let (given, forgotten) = (orphans(count), orphans(count));
            store.expect_orphans().times(1).in_sequence(&mut order).returning(move |then, limit| {
                assert_eq!((then, limit), (at() - TimeDelta::hours(1), 500));
                Ok(given.clone())
            });
            objects.expect_delete().times(count).in_sequence(&mut order).returning(|_| Ok(()));
            store.expect_forget().times(1).in_sequence(&mut order).returning(move |gone| {
                assert_eq!(gone, forgotten);
                Ok(())
            });
        }
        let sweep = SweepAttachments::new(Arc::new(store), Arc::new(objects));
        assert_eq!(pollster::block_on(sweep.run(at())).unwrap(), 503);
    }

    #[test]
    fn a_row_stays_while_its_object_can_not_be_deleted() {
        let (mut store, mut objects) = (MockOrphanedObjects::new(), MockObjects::new());
        store.expect_orphans().times(1).returning(|_, _| Ok(orphans(2)));
        objects.expect_delete().times(1).returning(|_| Err(ObjectError("away".into())));
        let sweep = SweepAttachments::new(Arc::new(store), Arc::new(objects));
        let failed = pollster::block_on(sweep.run(at()));
        assert!(matches!(failed, Err(SweepError::Objects(_))), "{failed:?}");
    }
}
