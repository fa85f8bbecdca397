use std::sync::Arc;

use kernel::clock::IdSource;
use kernel::id::TeamId;
use kernel::page::{Listing, Window};
use kernel::write::{WriteContext, Written};

use crate::pause_reason::{NewPauseReason, PauseReason, PauseReasonChange, PauseReasonError, PauseReasonId};
use crate::ports::{PauseReasonFilter, PauseReasons};

/// Creates, changes and shows the reasons for which operations are paused.
pub struct ManagePauseReasons {
    reasons: Arc<dyn PauseReasons>,
    ids: Arc<dyn IdSource>,
}

impl ManagePauseReasons {
    pub fn new(reasons: Arc<dyn PauseReasons>, ids: Arc<dyn IdSource>) -> Self {
        Self { reasons, ids }
    }

    /// Creates a pause reason at the context's time.
    ///
    /// # Errors
    /// [`PauseReasonError::NameTaken`].
    pub async fn create(
        &self,
        context: WriteContext<PauseReason>,
        new: NewPauseReason,
    ) -> Result<Written<PauseReason>, PauseReasonError> {
        let reason = PauseReason::create(self.ids.id(), new, context.at);
        self.reasons.create(context, reason).await
    }

    /// Changes a pause reason.
    ///
    /// # Errors
    /// [`PauseReasonError::NotFound`] or [`PauseReasonError::NameTaken`].
    pub async fn change(
        &self,
        context: WriteContext<PauseReason>,
        id: PauseReasonId,
        change: PauseReasonChange,
    ) -> Result<Written<PauseReason>, PauseReasonError> {
        self.reasons.change(context, id, change).await
    }

    /// The team's pause reason of that id.
    ///
    /// # Errors
    /// [`PauseReasonError::NotFound`].
    pub async fn find(&self, team: TeamId, id: PauseReasonId) -> Result<PauseReason, PauseReasonError> {
        self.reasons.find(team, id).await?.ok_or(PauseReasonError::NotFound)
    }

    /// The window of the team's pause reasons that `filter` lets through, by name.
    pub async fn list(
        &self,
        team: TeamId,
        filter: PauseReasonFilter,
        window: Window,
    ) -> Result<Listing<PauseReason>, PauseReasonError> {
        Ok(self.reasons.list(team, filter, window).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::Name;
    use crate::pause_reason::PauseCategory;
    use crate::ports::MockPauseReasons;
    use crate::usecases::tests::{at, context, ids};
    use kernel::error::{Classified, ErrorKind};

    fn managing(store: MockPauseReasons) -> ManagePauseReasons {
        ManagePauseReasons::new(Arc::new(store), ids())
    }

    fn lunch() -> NewPauseReason {
        let name = Name::try_new(" Lunch ").unwrap();
        NewPauseReason { name, category: PauseCategory::Planned, is_active: true }
    }

    #[test]
    fn a_pause_reason_is_created_at_the_contexts_time_with_a_new_id() {
        let mut store = MockPauseReasons::new();
        store.expect_create().times(1).returning(|_, reason| Ok(Written::Done(reason)));
        let Written::Done(created) = pollster::block_on(managing(store).create(context(), lunch())).unwrap()
        else {
            panic!("nothing was replayed")
        };
        assert_eq!((created.id, created.name.as_str(), created.created_at), (ids().id(), "Lunch", at()));
    }

    #[test]
    fn a_taken_name_is_a_conflict() {
        let mut store = MockPauseReasons::new();
        store.expect_create().returning(|_, _| Err(PauseReasonError::NameTaken));
        let error = pollster::block_on(managing(store).create(context(), lunch())).unwrap_err();
        assert_eq!((error.kind(), error.code()), (ErrorKind::Conflict, "PAUSE_REASON_NAME_TAKEN"));
    }

    #[test]
    fn what_does_not_exist_is_not_found() {
        let mut store = MockPauseReasons::new();
        store.expect_find().returning(|_, _| Ok(None));
        let error = pollster::block_on(managing(store).find(ids().id(), ids().id())).unwrap_err();
        assert_eq!((error.kind(), error.code()), (ErrorKind::NotFound, "NOT_FOUND"));
    }
}
