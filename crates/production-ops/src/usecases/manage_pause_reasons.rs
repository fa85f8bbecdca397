use std::sync::Arc;

use kernel::clock::IdSource;
use kernel::id::TeamId;
use kernel::page::{Listing, Window};
use kernel::write::{WriteContext, Written};

use crate::pause_reason::{PauseReason, PauseReasonDraft, PauseReasonError, PauseReasonId, PauseReasonPatch};
use crate::ports::{PauseReasonFilter, PauseReasons};

/// Administers the reasons for which operations are paused.
pub struct ManagePauseReasons {
    reasons: Arc<dyn PauseReasons>,
    ids: Arc<dyn IdSource>,
}

impl ManagePauseReasons {
    /// Stands on a store of pause reasons and ids.
    pub fn new(reasons: Arc<dyn PauseReasons>, ids: Arc<dyn IdSource>) -> Self {
        Self { reasons, ids }
    }

    /// Creates the pause reason that `draft` asks for.
    ///
    /// # Errors
    /// Every fault of the draft at once, or that the name is taken.
    pub async fn create(
        &self,
        context: WriteContext<PauseReason>,
        draft: &PauseReasonDraft,
    ) -> Result<Written<PauseReason>, PauseReasonError> {
        let new = draft.validate().map_err(PauseReasonError::Invalid)?;
        let reason = PauseReason::create(self.ids.id(), new, context.at);
        Ok(self.reasons.create(context, reason).await?)
    }

    /// Changes the pause reason as `patch` asks; gives it as it is where nothing differs.
    ///
    /// # Errors
    /// Every fault of the patch at once, that there is no such pause reason, or that the name is taken.
    pub async fn change(
        &self,
        context: WriteContext<PauseReason>,
        id: PauseReasonId,
        patch: &PauseReasonPatch,
    ) -> Result<Written<PauseReason>, PauseReasonError> {
        let change = patch.validate().map_err(PauseReasonError::Invalid)?;
        Ok(self.reasons.change(context, id, change).await?)
    }

    /// The team's pause reason of that id.
    ///
    /// # Errors
    /// [`PauseReasonError::NotFound`] when there is none.
    pub async fn find(&self, team: TeamId, id: PauseReasonId) -> Result<PauseReason, PauseReasonError> {
        self.reasons.find(team, id).await?.ok_or(PauseReasonError::NotFound)
    }

    /// The window of the team's pause reasons that `filter` lets through, by name.
    ///
    /// # Errors
    /// When the store fails.
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
    use crate::fields::codes;
    use crate::ports::{MockPauseReasons, PauseReasonStoreError};
    use crate::usecases::tests::{at, context, ids};
    use kernel::error::{Classified, ErrorKind};

    fn managing(store: MockPauseReasons) -> ManagePauseReasons {
        ManagePauseReasons::new(Arc::new(store), ids())
    }

    fn lunch() -> PauseReasonDraft {
        PauseReasonDraft { name: Some(" Lunch ".into()), category: Some("planned".into()), is_active: None }
    }

    #[test]
    fn a_pause_reason_is_created_at_the_contexts_time_with_a_new_id() {
        let mut store = MockPauseReasons::new();
        store.expect_create().times(1).returning(|_, reason| Ok(Written::Done(reason)));
        let Written::Done(made) = pollster::block_on(managing(store).create(context(), &lunch())).unwrap()
        else {
            panic!("nothing was replayed")
        };
        assert_eq!((made.id, made.name.as_str(), made.created_at), (ids().id(), "Lunch", at()));
    }

    #[test]
    fn faulty_input_never_reaches_the_store() {
        let managing = managing(MockPauseReasons::new());
        let error = pollster::block_on(managing.create(context(), &PauseReasonDraft::default())).unwrap_err();
        assert_eq!((error.kind(), error.code()), (ErrorKind::Invalid, "VALIDATION_ERROR"));
        assert_eq!(codes(error.faults()), [("name", "MISSING_FIELD"), ("category", "MISSING_FIELD")]);
        let nothing = PauseReasonPatch::default();
        let error = pollster::block_on(managing.change(context(), ids().id(), &nothing)).unwrap_err();
        assert_eq!(codes(error.faults()), [("body", "MISSING_FIELD")]);
    }

    #[test]
    fn a_taken_name_is_a_conflict_of_the_field() {
        let mut store = MockPauseReasons::new();
        store.expect_create().returning(|_, _| Err(PauseReasonStoreError::NameTaken));
        let error = pollster::block_on(managing(store).create(context(), &lunch())).unwrap_err();
        assert_eq!((error.kind(), error.code()), (ErrorKind::Conflict, "PAUSE_REASON_NAME_TAKEN"));
        assert_eq!(codes(error.faults()), [("name", "PAUSE_REASON_NAME_TAKEN")]);
    }

    #[test]
    fn what_does_not_exist_is_not_found() {
        let mut store = MockPauseReasons::new();
        store.expect_find().returning(|_, _| Ok(None));
        let error = pollster::block_on(managing(store).find(ids().id(), ids().id())).unwrap_err();
        assert_eq!((error.kind(), error.code()), (ErrorKind::NotFound, "NOT_FOUND"));
    }
}
