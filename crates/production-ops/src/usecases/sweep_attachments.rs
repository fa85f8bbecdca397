use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use kernel::error::StoreError;
use kernel::files::{ObjectError, Objects};

use crate::attachment::object;
use crate::ports::AttachmentRemains;

/// Takes away the objects of attachments that were deleted, or never came to be.
pub struct SweepAttachments {
    remains: Arc<dyn AttachmentRemains>,
    objects: Arc<dyn Objects>,
}

/// Why remains are still there.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SweepError {
    /// The store of objects failed.
    #[error(transparent)]
    Objects(#[from] ObjectError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// How long after its announcement an attachment is given up for lost.
const PATIENCE: TimeDelta = TimeDelta::hours(1);
/// Remains taken at once.
const BATCH: u32 = 500;

impl SweepAttachments {
    /// Stands on what is left of attachments, and on the store of objects.
    pub fn new(remains: Arc<dyn AttachmentRemains>, objects: Arc<dyn Objects>) -> Self {
        Self { remains, objects }
    }

    /// Takes away what is left; gives of how many attachments.
    ///
    /// # Errors
    /// When a store fails; what is left then goes the next time.
    pub async fn run(&self, now: DateTime<Utc>) -> Result<usize, SweepError> {
        let mut swept = 0;
        loop {
            let remains = self.remains.remains(now - PATIENCE, BATCH).await?;
            for one in &remains {
                self.objects.delete(object(one.team, one.id)).await?;
            }
            if !remains.is_empty() {
                self.remains.forget(&remains).await?;
            }
            swept += remains.len();
            if remains.len() < BATCH as usize {
                return Ok(swept);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::{MockAttachmentRemains, Remains};
    use crate::usecases::tests::{at, ids};
    use kernel::files::MockObjects;
    use mockall::Sequence;

    fn remains(count: usize) -> Vec<Remains> {
        let ids = ids();
        (0..count).map(|_| Remains { team: ids.id(), id: ids.id() }).collect()
    }

    #[test]
    fn objects_go_before_their_rows_until_a_batch_is_not_full() {
        let (mut store, mut objects, mut order) =
            (MockAttachmentRemains::new(), MockObjects::new(), Sequence::new());
        for count in [500, 3] {
            let (given, forgotten) = (remains(count), remains(count));
            store.expect_remains().times(1).in_sequence(&mut order).returning(move |then, limit| {
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
    fn a_row_stays_while_its_object_can_not_be_taken_away() {
        let (mut store, mut objects) = (MockAttachmentRemains::new(), MockObjects::new());
        store.expect_remains().times(1).returning(|_, _| Ok(remains(2)));
        objects.expect_delete().times(1).returning(|_| Err(ObjectError("away".into())));
        let sweep = SweepAttachments::new(Arc::new(store), Arc::new(objects));
        let failed = pollster::block_on(sweep.run(at()));
        assert!(matches!(failed, Err(SweepError::Objects(_))), "{failed:?}");
    }
}
