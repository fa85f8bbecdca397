use std::sync::Arc;

use file_intake::{Content, Object, Objects, Scanner, Verdict};
use kernel::clock::IdSource;
use kernel::error::StoreError;
use kernel::id::TeamId;
use kernel::page::{Listing, Window};
use kernel::write::{WriteContext, Written};

use crate::attachment::{
    AcceptedFile, Attachment, AttachmentError, AttachmentId, NewAttachment, TicketId, Within, object,
};
use crate::ports::{Announced, AttachmentFilter, Attachments};

/// Stores, shows, returns and deletes files; those of operations never among those of tickets.
pub struct ManageAttachments {
    attachments: Arc<dyn Attachments>,
    objects: Arc<dyn Objects>,
    scanner: Option<Arc<dyn Scanner>>,
    ids: Arc<dyn IdSource>,
}

impl ManageAttachments {
    /// Without a scanner every file passes.
    pub fn new(
        attachments: Arc<dyn Attachments>,
        objects: Arc<dyn Objects>,
        scanner: Option<Arc<dyn Scanner>>,
        ids: Arc<dyn IdSource>,
    ) -> Self {
        Self { attachments, objects, scanner, ids }
    }

    /// Scans a file, stores its object and then makes the attachment visible: whatever fails, there is never an
    /// attachment without its object, and an object without one is deleted later
    /// ([`SweepAttachments`](crate::SweepAttachments)).
    ///
    /// # Errors
    /// [`AttachmentError::Infected`], [`AttachmentError::UnknownOperations`], [`AttachmentError::UnknownTicket`],
    /// [`AttachmentError::TooMany`], or that the scanner, the store of objects or the store can't do it now.
    pub async fn upload(
        &self,
        context: WriteContext<Attachment>,
        new: NewAttachment,
        (file, mut content): (AcceptedFile, Content),
    ) -> Result<Written<Attachment>, AttachmentError> {
        self.scan(&mut content).await?;
        let attachment = Attachment::create(self.ids.id(), new, file, context.actor, context.at);
        if let Announced::Before(answer) = self.attachments.announce(&context, &attachment).await? {
            return Ok(Written::Replayed(answer));
        }
        let (team, id) = (context.team, attachment.id);
        let done = match self.objects.put(attachment.object(team), &mut content).await {
            Ok(()) => self.attachments.complete(context, id).await.map_err(not_stored),
            Err(error) => Err(error.into()),
        };
        if !may_be_visible(&done) {
            self.discard(team, id).await;
        }
        done
    }

    /// The team's attachment of operations of that id.
    ///
    /// # Errors
    /// [`AttachmentError::NotFound`] when there is none.
    pub async fn find(&self, team: TeamId, id: AttachmentId) -> Result<Attachment, AttachmentError> {
        self.find_within(team, Within::Operations, id).await
    }

    /// A ticket's attachment of that id.
    ///
    /// # Errors
    /// [`AttachmentError::NotFound`] when the team has no such ticket, or that has no such attachment.
    pub async fn find_of_ticket(
        &self,
        team: TeamId,
        ticket: TicketId,
        id: AttachmentId,
    ) -> Result<Attachment, AttachmentError> {
        self.find_within(team, Within::Ticket(ticket), id).await
    }

    async fn find_within(
        &self,
        team: TeamId,
        within: Within,
        id: AttachmentId,
    ) -> Result<Attachment, AttachmentError> {
        self.attachments.find(team, within, id).await?.ok_or(AttachmentError::NotFound)
    }

    /// The bytes of an attachment.
    ///
    /// # Errors
    /// When the store of objects fails, or has not what was stored.
    pub async fn open(&self, team: TeamId, attachment: &Attachment) -> Result<Object, AttachmentError> {
        match self.objects.get(attachment.object(team)).await? {
            Some(object) if object.size == attachment.size => Ok(object),
            Some(_) => Err(AttachmentError::Lost("its size is another")),
            None => Err(AttachmentError::Lost("it is not there")),
        }
    }

    /// The window of the team's attachments of operations that `filter` lets through, the newest first.
    pub async fn list(
        &self,
        team: TeamId,
        filter: AttachmentFilter,
        window: Window,
    ) -> Result<Listing<Attachment>, AttachmentError> {
        Ok(self.attachments.list(team, filter, window).await?)
    }

    /// The attachments of these tickets, the oldest first; at most 50 of each.
    pub async fn list_of_tickets(
        &self,
        team: TeamId,
        tickets: &[TicketId],
    ) -> Result<Vec<Attachment>, AttachmentError> {
        Ok(self.attachments.list_of_tickets(team, tickets).await?)
    }

    /// Deletes an attachment of operations; its object is deleted later.
    ///
    /// # Errors
    /// [`AttachmentError::NotFound`] when there is none.
    pub async fn delete(
        &self,
        context: WriteContext<Attachment>,
        id: AttachmentId,
    ) -> Result<Written<Attachment>, AttachmentError> {
        self.attachments.delete(context, Within::Operations, id).await
    }

    async fn scan(&self, content: &mut Content) -> Result<(), AttachmentError> {
        let Some(scanner) = &self.scanner else { return Ok(()) };
        match scanner.scan(content).await? {
            Verdict::Clean => Ok(()),
            Verdict::Infected { signature } => Err(AttachmentError::Infected { signature }),
        }
    }

    /// Deletes what was begun. What is left then goes with the other orphans.
    async fn discard(&self, team: TeamId, id: AttachmentId) {
        if self.objects.delete(object(team, id)).await.is_ok() {
            let _ = self.attachments.withdraw(team, id).await;
        }
    }
}

/// Whether the attachment is visible, or may be: then its object stays.
fn may_be_visible(done: &Result<Written<Attachment>, AttachmentError>) -> bool {
    matches!(done, Ok(Written::Done(_)) | Err(AttachmentError::Store(StoreError::OutcomeUnknown(_))))
}

/// An announcement that is gone took so long that it was given up for lost.
fn not_stored(error: AttachmentError) -> AttachmentError {
    match error {
        AttachmentError::NotFound => {
            AttachmentError::Store(StoreError::Unavailable("the file took too long to be stored".into()))
        }
        other => other,
    }
}

#[cfg(test)]
mod tests;
