use super::*;
use crate::attachment::AttachmentId;
use crate::ports::{
    Announced, AttachmentFilter, AttachmentStoreError, Attachments, OrphanedObject, OrphanedObjects,
};

/// How far an attachment has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    Announced,
    Stored,
    Deleted,
}

impl InMemoryPlant {
    /// Lets attachments of the team belong to a routing's operation.
    pub fn admit_routing_operation(&self, team: TeamId, operation: RoutingOperationId) {
        self.lock().routing_operations.insert((team, operation));
    }
}

#[async_trait]
impl Attachments for InMemoryPlant {
    async fn announce(
        &self,
        context: &WriteContext<Attachment>,
        attachment: &Attachment,
    ) -> Result<Announced, AttachmentStoreError> {
        let (mut state, team) = (self.lock(), context.team);
        if let Some(answer) = state.responses.find(context)? {
            return Ok(Announced::Before(answer));
        }
        let known_work = |id| state.operations.contains(&(team, id));
        let known_routing = |id| state.routing_operations.contains(&(team, id));
        let work_order_operation = attachment.work_order_operation.is_some_and(|id| !known_work(id));
        let routing_operation = attachment.routing_operation.is_some_and(|id| !known_routing(id));
        if work_order_operation || routing_operation {
            return Err(AttachmentStoreError::UnknownReferences { work_order_operation, routing_operation });
        }
        state.attachments.insert((team, attachment.id), (Stage::Announced, attachment.clone()));
        Ok(Announced::Now)
    }

    async fn complete(
        &self,
        context: WriteContext<Attachment>,
        id: AttachmentId,
    ) -> Result<Written<Attachment>, AttachmentStoreError> {
        self.lock().once(&context, |state| state.move_on(context.team, id, Stage::Announced, Stage::Stored))
    }

    async fn withdraw(&self, team: TeamId, id: AttachmentId) -> Result<(), StoreError> {
        let mut state = self.lock();
        if state.attachments.get(&(team, id)).is_some_and(|(stage, _)| *stage == Stage::Announced) {
            state.attachments.remove(&(team, id));
        }
        Ok(())
    }

    async fn delete(
        &self,
        context: WriteContext<Attachment>,
        id: AttachmentId,
    ) -> Result<Written<Attachment>, AttachmentStoreError> {
        self.lock().once(&context, |state| state.move_on(context.team, id, Stage::Stored, Stage::Deleted))
    }

    async fn find(&self, team: TeamId, id: AttachmentId) -> Result<Option<Attachment>, StoreError> {
        let found = self.lock().attachments.get(&(team, id)).cloned();
        Ok(found.filter(|(stage, _)| *stage == Stage::Stored).map(|(_, attachment)| attachment))
    }

    async fn list(
        &self,
        team: TeamId,
        filter: AttachmentFilter,
        window: Window,
    ) -> Result<Listing<Attachment>, StoreError> {
        let mut found = of_team(&self.lock().attachments, team);
        found.retain(|(stage, _)| *stage == Stage::Stored);
        let mut found: Vec<_> = found.into_iter().map(|(_, attachment)| attachment).collect();
        found.retain(|one| filter.work_order_operation.is_none_or(|id| one.work_order_operation == Some(id)));
        found.retain(|one| filter.routing_operation.is_none_or(|id| one.routing_operation == Some(id)));
        found.retain(|one| filter.attachment_type.is_none_or(|wanted| one.attachment_type == wanted));
        found.sort_by_key(|one| std::cmp::Reverse((one.uploaded_at, one.id)));
        Ok(page(found, window))
    }
}

#[async_trait]
impl OrphanedObjects for InMemoryPlant {
    async fn orphans(&self, then: DateTime<Utc>, limit: u32) -> Result<Vec<OrphanedObject>, StoreError> {
        let mut state = self.lock();
        for (stage, attachment) in state.attachments.values_mut() {
            if *stage == Stage::Announced && attachment.uploaded_at < then {
                *stage = Stage::Deleted;
            }
        }
        let gone = state.attachments.iter().filter(|(_, (stage, _))| *stage == Stage::Deleted);
        Ok(gone.map(|((team, id), _)| OrphanedObject { team: *team, id: *id }).take(limit as usize).collect())
    }

    async fn forget(&self, orphans: &[OrphanedObject]) -> Result<(), StoreError> {
        let mut state = self.lock();
        let forgotten = |team, id| orphans.contains(&OrphanedObject { team, id });
        state.attachments.retain(|(team, id), (stage, _)| *stage != Stage::Deleted || !forgotten(*team, *id));
        Ok(())
    }
}

impl State {
    fn move_on(
        &mut self,
        team: TeamId,
        id: AttachmentId,
        from: Stage,
        to: Stage,
    ) -> Result<Attachment, AttachmentStoreError> {
        let found = self.attachments.get_mut(&(team, id)).filter(|(stage, _)| *stage == from);
        let (stage, attachment) = found.ok_or(AttachmentStoreError::NotFound)?;
        *stage = to;
        Ok(attachment.clone())
    }
}
