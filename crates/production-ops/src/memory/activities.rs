use kernel::clock::SystemIds;

use super::*;
use crate::data_collection::{ActivityChange, ActivityError};
use crate::ports::{Activities, ActivityFilter};

#[async_trait]
impl Activities for InMemoryPlant {
    async fn create(
        &self,
        context: WriteContext<Activity>,
        activity: Activity,
    ) -> Result<Written<Activity>, ActivityError> {
        self.lock().once(&context, |state| {
            state.activities.insert((context.team, activity.id), activity.clone());
            Ok(activity)
        })
    }

    async fn change(
        &self,
        context: WriteContext<Activity>,
        id: ActivityId,
        change: ActivityChange,
    ) -> Result<Written<Activity>, ActivityError> {
        self.lock().once(&context, |state| {
            let present = state.activities.get_mut(&(context.team, id)).ok_or(ActivityError::NotFound)?;
            if let Some(changed) = present.change(&change, &SystemIds, context.at) {
                *present = changed;
            }
            Ok(present.clone())
        })
    }

    async fn find(&self, team: TeamId, id: ActivityId) -> Result<Option<Activity>, StoreError> {
        Ok(self.lock().activities.get(&(team, id)).cloned())
    }

    async fn list(
        &self,
        team: TeamId,
        filter: ActivityFilter,
        window: Window,
    ) -> Result<Listing<Activity>, StoreError> {
        let mut found = of_team(&self.lock().activities, team);
        found.retain(|activity| activity.is_active || !filter.active_only);
        found.sort_by_key(|activity| (activity.name.key(), activity.id));
        Ok(page(found, window))
    }
}
