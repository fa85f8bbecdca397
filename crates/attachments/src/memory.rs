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
    Attachment, AttachmentError, AttachmentId, Owner, RoutingOperationId, TicketId, Within,
    WorkOrderOperationId,
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
    tickets: BTreeSet<(TeamId, TicketId)>,
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

    /// Lets attachments of the team belong to a ticket.
    pub fn admit_ticket(&self, team: TeamId, ticket: TicketId) {
        self.lock().tickets.insert((team, ticket));
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
        state.owner_exists(team, attachment.owner)?;
        attachment.owner.takes_another(state.held(team, attachment.owner.within()))?;
        state.attachments.insert((team, attachment.id), (Stage::Announced, attachment.clone()));
        Ok(Announced::Now)
    }

    async fn complete(
        &self,
        context: WriteContext<Attachment>,
        id: AttachmentId,
    ) -> Result<Written<Attachment>, AttachmentError> {
        self.lock().once(&context, |state| state.move_on((context.team, id), Stage::Announced, Stage::Stored))
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
        within: Within,
        id: AttachmentId,
    ) -> Result<Written<Attachment>, AttachmentError> {
        self.lock().once(&context, |state| {
            if state.find(context.team, within, id).is_none() {
                return Err(AttachmentError::NotFound);
            }
            state.move_on((context.team, id), Stage::Stored, Stage::Deleted)
        })
    }

    async fn find(
        &self,
        team: TeamId,
        within: Within,
        id: AttachmentId,
    ) -> Result<Option<Attachment>, StoreError> {
        Ok(self.lock().find(team, within, id).cloned())
    }

    async fn list(
        &self,
        team: TeamId,
        filter: AttachmentFilter,
        window: Window,
    ) -> Result<Listing<Attachment>, StoreError> {
        let mut found = self.lock().stored(team, |owner| owner.within() == Within::Operations);
        let wanted = filter.work_order_operation;
        found.retain(|one| wanted.is_none() || one.owner.work_order_operation() == wanted);
        let wanted = filter.routing_operation;
        found.retain(|one| wanted.is_none() || one.owner.routing_operation() == wanted);
        found.retain(|one| filter.attachment_type.is_none_or(|wanted| one.attachment_type == wanted));
        found.sort_by_key(|one| std::cmp::Reverse((one.uploaded_at, one.id)));
        Ok(page(found, window))
    }

    async fn list_of_tickets(
        &self,
        team: TeamId,
        tickets: &[TicketId],
    ) -> Result<Vec<Attachment>, StoreError> {
        let is_asked_for = |owner: Owner| owner.ticket().is_some_and(|ticket| tickets.contains(&ticket));
        let mut found = self.lock().stored(team, is_asked_for);
        found.sort_by_key(|one| (one.uploaded_at, one.id));
        Ok(found)
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
    fn owner_exists(&self, team: TeamId, owner: Owner) -> Result<(), AttachmentError> {
        match owner {
            Owner::Operations { work_order_operation, routing_operation } => {
                let is_unknown_work = |id| !self.operations.contains(&(team, id));
                let is_unknown_routing = |id| !self.routing_operations.contains(&(team, id));
                match (
                    work_order_operation.is_some_and(is_unknown_work),
                    routing_operation.is_some_and(is_unknown_routing),
                ) {
                    (false, false) => Ok(()),
                    (work_order_operation, routing_operation) => {
                        Err(AttachmentError::UnknownOperations { work_order_operation, routing_operation })
                    }
                }
            }
            Owner::Ticket(ticket) if self.tickets.contains(&(team, ticket)) => Ok(()),
            Owner::Ticket(_) => Err(AttachmentError::UnknownTicket),
        }
    }

    /// How many attachments are there, announced ones included.
    fn held(&self, team: TeamId, within: Within) -> u64 {
        let is_held = |(key, (stage, one)): &(&(TeamId, _), &(Stage, Attachment))| {
            key.0 == team && *stage != Stage::Deleted && one.owner.within() == within
        };
        self.attachments.iter().filter(is_held).count() as u64
    }

    fn find(&self, team: TeamId, within: Within, id: AttachmentId) -> Option<&Attachment> {
        let (stage, attachment) = self.attachments.get(&(team, id))?;
        (*stage == Stage::Stored && attachment.owner.within() == within).then_some(attachment)
    }

    /// The visible attachments of a team whose owners pass.
    fn stored(&self, team: TeamId, passes: impl Fn(Owner) -> bool) -> Vec<Attachment> {
        let found = self.attachments.iter().filter(|((of, _), (stage, attachment))| {
            *of == team && *stage == Stage::Stored && passes(attachment.owner)
        });
        found.map(|(_, (_, attachment))| attachment.clone()).collect()
    }

    fn move_on(
        &mut self,
        key: (TeamId, AttachmentId),
        from: Stage,
        to: Stage,
    ) -> Result<Attachment, AttachmentError> {
        let found = self.attachments.get_mut(&key).filter(|(stage, _)| *stage == from);
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

    fn owners(store: &InMemoryAttachments, ids: &dyn IdSource) -> contract::Owners {
        let (team, work, routing, tickets) = (ids.id(), ids.id(), ids.id(), [ids.id(), ids.id()]);
        store.admit_operation(team, work);
        store.admit_routing_operation(team, routing);
        for ticket in tickets {
            store.admit_ticket(team, ticket);
        }
        contract::Owners { team, operations: (work, routing), tickets, user: ids.id() }
    }

    #[test]
    fn it_keeps_attachments_as_the_contract_says() {
        let (store, ids) = (InMemoryAttachments::default(), CountedIds::default());
        let (own, other) = (owners(&store, &ids), owners(&store, &ids));
        pollster::block_on(contract::attachments(&store, &store, &ids, own, other));
    }

    #[test]
    fn it_keeps_attachments_of_tickets_as_the_contract_says() {
        let (store, ids) = (InMemoryAttachments::default(), CountedIds::default());
        let (own, other) = (owners(&store, &ids), owners(&store, &ids));
        pollster::block_on(contract::attachments_of_tickets(&store, &store, &ids, own, other));
    }
}
