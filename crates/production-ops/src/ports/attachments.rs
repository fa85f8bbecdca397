use async_trait::async_trait;
use chrono::{DateTime, Utc};
use kernel::error::StoreError;
use kernel::id::TeamId;
use kernel::page::{Listing, Window};
use kernel::write::{StoredResponse, WriteContext, Written};

use crate::attachment::{Attachment, AttachmentId, AttachmentType};
use crate::operation::OperationId;
use crate::routing::RoutingOperationId;

/// The attachments of each team; a team MUST NOT see or change another's.
///
/// An attachment is announced, then its object is stored, then it is completed: so there is never one that is seen and
/// has no object, and every object stands under a row that says what is to become of it ([`OrphanedObjects`]).
#[cfg_attr(any(test, feature = "mock"), mockall::automock)]
#[async_trait]
pub trait Attachments: Send + Sync {
    /// Notes that the object of an attachment is about to be stored. Nobody MUST see the attachment yet.
    ///
    /// MUST look first whether the context's claim has its answer already, which is then given, and change nothing. An
    /// operation that the team has not MUST be refused, both at once if neither is there; a refusal leaves nothing.
    async fn announce(
        &self,
        context: &WriteContext<Attachment>,
        attachment: &Attachment,
    ) -> Result<Announced, AttachmentStoreError>;

    /// Shows an announced attachment, whose object is stored now, with the audit entry `attachment.uploaded`.
    ///
    /// One that is not announced any more MUST be refused as [`NotFound`](AttachmentStoreError::NotFound).
    async fn complete(
        &self,
        context: WriteContext<Attachment>,
        id: AttachmentId,
    ) -> Result<Written<Attachment>, AttachmentStoreError>;

    /// Takes an announcement back, once its object is gone. An attachment that was completed MUST stay.
    async fn withdraw(&self, team: TeamId, id: AttachmentId) -> Result<(), StoreError>;

    /// Deletes an attachment, with the audit entry `attachment.deleted`: nobody sees it from then on, and its object
    /// is among the remains. Gives it as it was.
    async fn delete(
        &self,
        context: WriteContext<Attachment>,
        id: AttachmentId,
    ) -> Result<Written<Attachment>, AttachmentStoreError>;

    /// The team's attachment of that id.
    async fn find(&self, team: TeamId, id: AttachmentId) -> Result<Option<Attachment>, StoreError>;

    /// The team's attachments that `filter` lets through, the newest first, then by id downwards.
    async fn list(
        &self,
        team: TeamId,
        filter: AttachmentFilter,
        window: Window,
    ) -> Result<Listing<Attachment>, StoreError>;
}

/// What became of an announcement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Announced {
    /// It is noted.
    Now,
    /// The request had been answered before; this was the answer.
    Before(StoredResponse),
}

/// Which attachments a list holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AttachmentFilter {
    /// Only those of this work order operation; none if the team has no such operation.
    pub work_order_operation: Option<OperationId>,
    /// Only those of this operation of a routing; none if the team has no such operation.
    pub routing_operation: Option<RoutingOperationId>,
    /// Only those of this type.
    pub attachment_type: Option<AttachmentType>,
}

/// Why an attachment was not stored.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AttachmentStoreError {
    /// The team has no attachment of that id.
    #[error("there is no such attachment")]
    NotFound,
    /// The team has no such operations.
    #[error("there are no such operations")]
    UnknownReferences {
        /// Whether the work order operation is unknown.
        work_order_operation: bool,
        /// Whether the routing's operation is unknown.
        routing_operation: bool,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What is left of attachments, in every team: objects to be taken away, and then the rows that name them.
#[cfg_attr(any(test, feature = "mock"), mockall::automock)]
#[async_trait]
pub trait OrphanedObjects: Send + Sync {
    /// Gives at most `limit` attachments that were deleted, or announced before `then` and never completed. From then
    /// on these MUST NOT be completed any more.
    async fn orphans(&self, then: DateTime<Utc>, limit: u32) -> Result<Vec<OrphanedObject>, StoreError>;

    /// Forgets remains whose objects are gone. What is seen MUST stay.
    async fn forget(&self, remains: &[OrphanedObject]) -> Result<(), StoreError>;
}

/// An attachment that is no more, and whose object may still be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct OrphanedObject {
    /// Whose it was.
    pub team: TeamId,
    /// Which one.
    pub id: AttachmentId,
}
