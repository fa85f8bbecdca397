//! What attachments need from outside, beside the ports of [`file_intake`].

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use kernel::error::StoreError;
use kernel::id::TeamId;
use kernel::page::{Listing, Window};
use kernel::write::{StoredResponse, WriteContext, Written};

use crate::attachment::{
    Attachment, AttachmentError, AttachmentId, AttachmentType, RoutingOperationId, TicketId, Within,
    WorkOrderOperationId,
};

/// The attachments of each team; a team MUST NOT see or change another's.
///
/// An attachment is announced, then its object is stored, then it is completed: so there is never one that is visible and
/// has no object, and every object has a row that says what is to become of it ([`OrphanedObjects`]).
#[cfg_attr(any(test, feature = "mock"), mockall::automock)]
#[async_trait]
pub trait Attachments: Send + Sync {
    /// Announces that the object of an attachment is about to be stored. The attachment MUST NOT be visible yet.
    ///
    /// Where the context's claim was answered before, MUST return that answer and change nothing. An operation that the
    /// team has not MUST be refused, both at once if neither exists; so MUST a ticket that it has not
    /// ([`UnknownTicket`](AttachmentError::UnknownTicket)), and more files than the owner takes
    /// ([`takes_another`](crate::Owner::takes_another)), of however many requests at once. A refusal leaves nothing.
    async fn announce(
        &self,
        context: &WriteContext<Attachment>,
        attachment: &Attachment,
    ) -> Result<Announced, AttachmentError>;

    /// Makes an announced attachment visible, whose object is stored now, with the audit entry `attachment.uploaded`.
    ///
    /// One that is not announced any more MUST be refused as [`NotFound`](AttachmentError::NotFound).
    async fn complete(
        &self,
        context: WriteContext<Attachment>,
        id: AttachmentId,
    ) -> Result<Written<Attachment>, AttachmentError>;

    /// Withdraws an announcement, once its object is gone. An attachment that was completed MUST stay.
    async fn withdraw(&self, team: TeamId, id: AttachmentId) -> Result<(), StoreError>;

    /// Deletes an attachment, with the audit entry `attachment.deleted`: it is visible no more, and its object is among
    /// the orphans. Returns it as it was. One that is not `within` MUST stay, and is
    /// [`NotFound`](AttachmentError::NotFound).
    async fn delete(
        &self,
        context: WriteContext<Attachment>,
        within: Within,
        id: AttachmentId,
    ) -> Result<Written<Attachment>, AttachmentError>;

    /// The team's attachment of that id, if it is `within`.
    async fn find(
        &self,
        team: TeamId,
        within: Within,
        id: AttachmentId,
    ) -> Result<Option<Attachment>, StoreError>;

    /// The team's attachments of operations that `filter` lets through, the newest first, then by id downwards.
    async fn list(
        &self,
        team: TeamId,
        filter: AttachmentFilter,
        window: Window,
    ) -> Result<Listing<Attachment>, StoreError>;

    /// Every attachment of these tickets of the team, the oldest first, then by id.
    async fn list_of_tickets(
        &self,
        team: TeamId,
        tickets: &[TicketId],
    ) -> Result<Vec<Attachment>, StoreError>;
}

/// The outcome of an announcement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Announced {
    Now,
    /// The request was answered before, with this.
    Before(StoredResponse),
}

/// Which attachments of operations a list holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AttachmentFilter {
    /// Only those of this work order operation; none if the team has no such operation.
    pub work_order_operation: Option<WorkOrderOperationId>,
    /// Only those of this operation of a routing; none if the team has no such operation.
    pub routing_operation: Option<RoutingOperationId>,
    pub attachment_type: Option<AttachmentType>,
}

/// Objects whose attachments are gone, in every team: to be deleted, and then the rows that name them.
#[cfg_attr(any(test, feature = "mock"), mockall::automock)]
#[async_trait]
pub trait OrphanedObjects: Send + Sync {
    /// Returns at most `limit` attachments that were deleted, or announced before `then` and never completed. From then
    /// on these MUST NOT be completed any more.
    async fn orphans(&self, then: DateTime<Utc>, limit: u32) -> Result<Vec<OrphanedObject>, StoreError>;

    /// Deletes the rows of orphans whose objects are gone. What is visible MUST stay.
    async fn forget(&self, orphans: &[OrphanedObject]) -> Result<(), StoreError>;
}

/// A deleted attachment whose object may still be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct OrphanedObject {
    pub team: TeamId,
    pub id: AttachmentId,
}
