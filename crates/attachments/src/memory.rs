//! The ports in memory, for examples and tests. It keeps no audit trail.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use kernel::error::StoreError;
use kernel::id::TeamId;
use kernel::memory::{InMemoryResponses, InMemoryState, page};
use kernel::page::{Listing, Window};
use kernel::write::{WriteContext, Written};

use crate::attachment::{
    Attachment, AttachmentError, AttachmentId, RoutingOperationId, WorkOrderOperationId,
};
use crate::ports::{Announced, AttachmentFilter, Attachments, OrphanedObject, OrphanedObjects};

/// The attachments of every team, as long as it lives.
#[derive(Debug, Default)]
pub struct InMemoryAttachments {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    attachments: BTreeMap<(TeamId, AttachmentId), (Stage, Attachment)>,
    operations: BTreeSet<(TeamId, WorkOrderOperationId)>,
    routing_operations: BTreeSet<(TeamId, RoutingOperationId)>,
    responses: InMemoryResponses,
}

/// How far an attachment has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Announced,
    Stored,
    Deleted,
}

impl InMemoryAttachments {
    /// Lets attachments of the team belong to a work order operation.
    pub fn admit_operation(&self, team: TeamId, operation: WorkOrderOperationId) {
        self.lock().operations.insert((team, operation));
    }

    /// Lets attachments of the team belong to a routing's operation.
    pub fn admit_routing_operation(&self, team: TeamId, operation: RoutingOperationId) {
        self.lock().routing_operations.insert((team, operation));
    }

    // Every write checks first and stores last, so a panic between leaves the state whole.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Attachments for InMemoryAttachments {
    async fn announce(
        &self,
        context: &WriteContext<Attachment>,
        attachment: &Attachment,
    ) -> Result<Announced, AttachmentError> {
        let (mut state, team) = (self.lock(), context.team);
        if let Some(answer) = state.responses.find(context)? {
            return Ok(Announced::Before(answer));
        }
        let known_work = |id| state.operations.contains(&(team, id));
        let known_routing = |id| state.routing_operations.contains(&(team, id));
        let work_order_operation = attachment.work_order_operation.is_some_and(|id| !known_work(id));
        let routing_operation = attachment.routing_operation.is_some_and(|id| !known_routing(id));
        if work_order_operation || routing_operation {
            return Err(AttachmentError::UnknownOperations { work_order_operation, routing_operation });
        }
        state.attachments.insert((team, attachment.id), (Stage::Announced, attachment.clone()));
        Ok(Announced::Now)
    }

    async fn complete(
        &self,
        context: WriteContext<Attachment>,
        id: AttachmentId,
    ) -> Result<Written<Attachment>, AttachmentError> {
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
    ) -> Result<Written<Attachment>, AttachmentError> {
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
        let state = self.lock();
        let stored = |(key, value): (&(TeamId, _), &(Stage, Attachment))| {
            (key.0 == team && value.0 == Stage::Stored).then(|| value.1.clone())
        };
        let mut found: Vec<_> = state.attachments.iter().filter_map(stored).collect();
        found.retain(|one| filter.work_order_operation.is_none_or(|id| one.work_order_operation == Some(id)));
        found.retain(|one| filter.routing_operation.is_none_or(|id| one.routing_operation == Some(id)));
        found.retain(|one| filter.attachment_type.is_none_or(|wanted| one.attachment_type == wanted));
        found.sort_by_key(|one| std::cmp::Reverse((one.uploaded_at, one.id)));
        Ok(page(found, window))
    }
}

#[async_trait]
impl OrphanedObjects for InMemoryAttachments {
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

impl InMemoryState for State {
    fn responses(&mut self) -> &mut InMemoryResponses {
        &mut self.responses
    }
}

impl State {
    fn move_on(
        &mut self,
        team: TeamId,
        id: AttachmentId,
        from: Stage,
        to: Stage,
    ) -> Result<Attachment, AttachmentError> {
        let found = self.attachments.get_mut(&(team, id)).filter(|(stage, _)| *stage == from);
        let (stage, attachment) = found.ok_or(AttachmentError::NotFound)?;
        *stage = to;
        Ok(attachment.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract;
    use kernel::clock::{CountedIds, IdSource};

    #[test]
    fn it_keeps_attachments_as_the_contract_says() {
        let (store, ids) = (InMemoryAttachments::default(), CountedIds::default());
        let ids: &dyn IdSource = &ids;
        let operations = |team| {
            let (work, routing) = (ids.id(), ids.id());
            store.admit_operation(team, work);
            store.admit_routing_operation(team, routing);
            (work, routing)
        };
        let (team, other) = (ids.id(), ids.id());
        let (own, foreign) = ((team, operations(team)), (other, operations(other)));
        pollster::block_on(contract::attachments(&store, &store, ids, own, foreign));
    }
}
