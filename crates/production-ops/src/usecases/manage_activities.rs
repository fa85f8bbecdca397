use std::sync::Arc;

use kernel::clock::IdSource;
use kernel::id::TeamId;
use kernel::page::{Listing, Window};
use kernel::write::{WriteContext, Written};

use crate::data_collection::{Activity, ActivityChange, ActivityError, ActivityId, NewActivity};
use crate::ports::{Activities, ActivityFilter};

/// Creates, changes and shows data collection activities.
pub struct ManageActivities {
    activities: Arc<dyn Activities>,
    ids: Arc<dyn IdSource>,
}

impl ManageActivities {
    pub fn new(activities: Arc<dyn Activities>, ids: Arc<dyn IdSource>) -> Self {
        Self { activities, ids }
    }

    /// Creates an activity at the context's time.
    pub async fn create(
        &self,
        context: WriteContext<Activity>,
        new: NewActivity,
    ) -> Result<Written<Activity>, ActivityError> {
        let activity = Activity::create(self.ids.id(), new, &*self.ids, context.at);
        self.activities.create(context, activity).await
    }

    /// Changes an activity; gives it as it is where nothing differs.
    ///
    /// # Errors
    /// [`ActivityError::NotFound`].
    pub async fn change(
        &self,
        context: WriteContext<Activity>,
        id: ActivityId,
        change: ActivityChange,
    ) -> Result<Written<Activity>, ActivityError> {
        self.activities.change(context, id, change).await
    }

    /// The team's activity of that id.
    ///
    /// # Errors
    /// [`ActivityError::NotFound`].
    pub async fn find(&self, team: TeamId, id: ActivityId) -> Result<Activity, ActivityError> {
        self.activities.find(team, id).await?.ok_or(ActivityError::NotFound)
    }

    /// The window of the team's activities that `filter` lets through, by name.
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
    use crate::data_collection::{FieldDefinitions, OnViolation};
    use crate::name::Name;
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
        let new = NewActivity {
            name: Name::try_new("Torque").unwrap(),
            description: None,
            fields: FieldDefinitions::default(),
            on_violation: OnViolation::Reject,
            is_active: true,
        };
        let Written::Done(made) = pollster::block_on(managing(store).create(context(), new)).unwrap() else {
            panic!("nothing was replayed")
        };
        assert_eq!((made.id, made.name.as_str(), made.created_at), (ids().id(), "Torque", at()));
    }

    #[test]
    fn what_does_not_exist_is_not_found() {
        let mut store = MockActivities::new();
        store.expect_find().returning(|_, _| Ok(None));
        let error = pollster::block_on(managing(store).find(ids().id(), ids().id())).unwrap_err();
        assert_eq!((error.kind(), error.code()), (ErrorKind::NotFound, "NOT_FOUND"));
    }
}
