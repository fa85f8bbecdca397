use super::*;
use crate::pause_reason::{PauseReasonChange, PauseReasonError};
use crate::ports::{PauseReasonFilter, PauseReasons};

#[async_trait]
impl PauseReasons for InMemoryPlant {
    async fn create(
        &self,
        context: WriteContext<PauseReason>,
        reason: PauseReason,
    ) -> Result<Written<PauseReason>, PauseReasonError> {
        self.lock().once(&context, |state| state.store_reason(context.team, reason))
    }

    async fn change(
        &self,
        context: WriteContext<PauseReason>,
        id: PauseReasonId,
        change: PauseReasonChange,
    ) -> Result<Written<PauseReason>, PauseReasonError> {
        self.lock().once(&context, |state| {
            let present = state.pause_reasons.get(&(context.team, id));
            let present = present.ok_or(PauseReasonError::NotFound)?;
            match present.change(&change, context.at) {
                Some(changed) => state.store_reason(context.team, changed),
                None => Ok(present.clone()),
            }
        })
    }

    async fn find(&self, team: TeamId, id: PauseReasonId) -> Result<Option<PauseReason>, StoreError> {
        Ok(self.lock().pause_reasons.get(&(team, id)).cloned())
    }

    async fn list(
        &self,
        team: TeamId,
        filter: PauseReasonFilter,
        window: Window,
    ) -> Result<Listing<PauseReason>, StoreError> {
        let mut found = of_team(&self.lock().pause_reasons, team);
        found.retain(|reason| reason.is_active || !filter.active_only);
        found.retain(|reason| filter.category.is_none_or(|category| category == reason.category));
        found.sort_by_key(|reason| (reason.name.key(), reason.id));
        Ok(page(found, window))
    }
}

impl State {
    fn store_reason(&mut self, team: TeamId, reason: PauseReason) -> Result<PauseReason, PauseReasonError> {
        let taken = of_team(&self.pause_reasons, team)
            .iter()
            .any(|other| other.id != reason.id && other.name.key() == reason.name.key());
        if taken {
            return Err(PauseReasonError::NameTaken);
        }
        self.pause_reasons.insert((team, reason.id), reason.clone());
        Ok(reason)
    }
}
