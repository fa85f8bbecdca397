use chrono::{DateTime, Utc};
use file_intake::{FileKind, FileName};
use kernel::access::ActorRef;
use kernel::clock::IdSource;
use kernel::contract::{changed_at, context, created_at, done, read};
use kernel::id::{TeamId, UserId};
use kernel::write::Written;

use crate::attachment::{
    AcceptedFile, Attachment, AttachmentError, AttachmentId, AttachmentType, NewAttachment, Owner,
    RoutingOperationId, TicketId, WorkOrderOperationId,
};
use crate::ports::{Announced, Attachments, OrphanedObject, OrphanedObjects};

/// A work order operation and an operation of a routing.
pub type Operations = (WorkOrderOperationId, RoutingOperationId);

/// What a team has that attachments may belong to, and one of its users.
#[derive(Debug, Clone, Copy)]
pub struct Owners {
    pub team: TeamId,
    pub operations: Operations,
    pub tickets: [TicketId; 2],
    pub user: UserId,
}

/// The stores that are tried, and the owners of two teams.
pub(super) struct Suite<'a> {
    pub(super) store: &'a dyn Attachments,
    pub(super) orphans: &'a dyn OrphanedObjects,
    pub(super) ids: &'a dyn IdSource,
    pub(super) own: Owners,
    pub(super) other: Owners,
}

impl Suite<'_> {
    /// A drawing that belongs to no operation.
    #[expect(clippy::expect_used, reason = "test support: a bad name is the suite's own fault")]
    pub(super) fn attachment(&self, name: &str) -> Attachment {
        let new = NewAttachment {
            owner: Owner::operations(None, None),
            attachment_type: AttachmentType::Drawing,
            description: None,
        };
        let name = FileName::try_new(name).expect("a valid name");
        let file = AcceptedFile { name, kind: FileKind::Pdf, size: 10 << 20, sha256: [0xf0; 32] };
        Attachment::create(self.ids.id(), new, file, ActorRef::System("contract"), created_at())
    }

    pub(super) async fn announce(&self, attachment: &Attachment) -> Result<Announced, AttachmentError> {
        self.store.announce(&context(self.own.team, attachment.uploaded_at), attachment).await
    }

    pub(super) async fn complete(&self, id: AttachmentId) -> Result<Written<Attachment>, AttachmentError> {
        self.store.complete(context(self.own.team, changed_at()), id).await
    }

    pub(super) async fn delete(
        &self,
        attachment: &Attachment,
    ) -> Result<Written<Attachment>, AttachmentError> {
        let context = context(self.own.team, changed_at());
        self.store.delete(context, attachment.owner.within(), attachment.id).await
    }

    pub(super) async fn stored(&self, attachment: Attachment) -> Attachment {
        assert_eq!(read(self.announce(&attachment).await), Announced::Now, "an attachment is announced");
        assert_eq!(done(self.complete(attachment.id).await, "and completed"), attachment);
        attachment
    }

    pub(super) async fn is_stored(&self, attachment: &Attachment) {
        let found = self.store.find(self.own.team, attachment.owner.within(), attachment.id).await;
        assert_eq!(read(found).as_ref(), Some(attachment), "an attachment is found as it was stored");
    }

    /// Of every team's orphans, whether this one is among them.
    pub(super) async fn is_left(&self, id: AttachmentId, then: DateTime<Utc>) -> bool {
        let left = read(self.orphans.orphans(then, 1_000).await);
        left.contains(&OrphanedObject { team: self.own.team, id })
    }
}
