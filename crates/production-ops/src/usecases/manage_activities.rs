use std::sync::Arc;

use kernel::clock::IdSource;
use kernel::id::TeamId;
use kernel::page::{Listing, Window};
use kernel::write::{WriteContext, Written};

use crate::data_collection::{Activity, ActivityDraft, ActivityError, ActivityId, ActivityPatch};
use crate::ports::{Activities, ActivityFilter};

/// Administers what is collected while operations run.
pub struct ManageActivities {
    activities: Arc<dyn Activities>,
    ids: Arc<dyn IdSource>,
}

impl ManageActivities {
    /// Stands on a store of activities and ids.
    pub fn new(activities: Arc<dyn Activities>, ids: Arc<dyn IdSource>) -> Self {
        Self { activities, ids }
    }

    /// Creates the activity that `draft` asks for.
    ///
    /// # Errors
    /// Every fault of the draft at once.
    pub async fn create(
        &self,
        context: WriteContext<Activity>,
        draft: &ActivityDraft,
    ) -> Result<Written<Activity>, ActivityError> {
        let new = draft.validate(&*self.ids).map_err(ActivityError::Invalid)?;
        let activity = Activity::create(self.ids.id(), new, context.at);
        Ok(self.activities.create(context, activity).await?)
    }

    /// Changes the activity as `patch` asks; gives it as it is where nothing differs.
    ///
    /// # Errors
    /// Every fault of the patch at once, or that there is no such activity.
    pub async fn change(
        &self,
        context: WriteContext<Activity>,
        id: ActivityId,
        patch: &ActivityPatch,
    ) -> Result<Written<Activity>, ActivityError> {
        let change = patch.validate(&*self.ids).map_err(ActivityError::Invalid)?;
        Ok(self.activities.change(context, id, change).await?)
    }

    /// The team's activity of that id.
    ///
    /// # Errors
    /// [`ActivityError::NotFound`] when there is none.
    pub async fn find(&self, team: TeamId, id: ActivityId) -> Result<Activity, ActivityError> {
        self.activities.find(team, id).await?.ok_or(ActivityError::NotFound)
    }

    /// The window of the team's activities that `filter` lets through, by name.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn list(
        &self,
        team: TeamId,
        filter: ActivityFilter,
        window: Window,
    ) -> Result<Listing<Activity>, ActivityError> {
        Ok(self.activities.list(team, filter, window).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fields::codes;
    use crate::ports::MockActivities;
    use crate::usecases::tests::{at, context, ids};
    use kernel::error::{Classified, ErrorKind};

    fn managing(store: MockActivities) -> ManageActivities {
        ManageActivities::new(Arc::new(store), ids())
    }

    #[test]
    fn an_activity_is_created_at_the_contexts_time_with_a_new_id() {
        let mut store = MockActivities::new();
        store.expect_create().times(1).returning(|_, activity| Ok(Written::Done(activity)));
        let draft = ActivityDraft { name: Some(" Torque ".into()), ..Default::default() };
        let Written::Done(made) = pollster::block_on(managing(store).create(context(), &draft)).unwrap()
        else {
            panic!("nothing was replayed")
        };
        assert_eq!((made.id, made.name.as_str(), made.created_at), (ids().id(), "Torque", at()));
    }

    #[test]
    fn faulty_input_never_reaches_the_store() {
        let managing = managing(MockActivities::new());
        let error = pollster::block_on(managing.create(context(), &ActivityDraft::default())).unwrap_err();
        assert_eq!((error.kind(), error.code()), (ErrorKind::Invalid, "VALIDATION_ERROR"));
        assert_eq!(codes(error.faults()), [("name", "MISSING_FIELD")]);
        let nothing = ActivityPatch::default();
        let error = pollster::block_on(managing.change(context(), ids().id(), &nothing)).unwrap_err();
        assert_eq!(codes(error.faults()), [("body", "MISSING_FIELD")]);
    }

    #[test]
    fn what_does_not_exist_is_not_found() {
        let mut store = MockActivities::new();
        store.expect_find().returning(|_, _| Ok(None));
        let error = pollster::block_on(managing(store).find(ids().id(), ids().id())).unwrap_err();
        assert_eq!((error.kind(), error.code()), (ErrorKind::NotFound, "NOT_FOUND"));
    }
}
