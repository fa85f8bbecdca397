use std::sync::Arc;

use file_intake::{Content, FileKind, FileName, MAX_SIZE, Object, Objects, ReceivedFile, Scanner, Verdict};
use kernel::clock::IdSource;
use kernel::error::{Fault, StoreError};
use kernel::id::TeamId;
use kernel::page::{Listing, Window};
use kernel::write::{WriteContext, Written};

use crate::attachment::{
    Attachment, AttachmentDraft, AttachmentError, AttachmentId, JudgedFile, NewAttachment, object,
};
use crate::fields::{fixed, kept, kept_all};
use crate::ports::{Announced, AttachmentFilter, Attachments};

/// Takes files, shows them and gives them back.
pub struct ManageAttachments {
    attachments: Arc<dyn Attachments>,
    objects: Arc<dyn Objects>,
    scanner: Option<Arc<dyn Scanner>>,
    ids: Arc<dyn IdSource>,
}

impl ManageAttachments {
    /// Stands on stores of attachments and of objects, ids, and a scanner; without one every file passes.
    pub fn new(
        attachments: Arc<dyn Attachments>,
        objects: Arc<dyn Objects>,
        scanner: Option<Arc<dyn Scanner>>,
        ids: Arc<dyn IdSource>,
    ) -> Self {
        Self { attachments, objects, scanner, ids }
    }

    /// Takes the file, judges and scans it, stores its object and then shows it: whatever fails, there is never an
    /// attachment without its object, and what is left of one goes later ([`SweepAttachments`](crate::SweepAttachments)).
    ///
    /// # Errors
    /// Every fault of the draft and the file at once; that it is too large or infected; that the scanner, the store of
    /// objects or the store can't do it now.
    pub async fn upload(
        &self,
        context: WriteContext<Attachment>,
        draft: &AttachmentDraft,
        file: Option<ReceivedFile>,
    ) -> Result<Written<Attachment>, AttachmentError> {
        let (new, file, mut content) = judged(draft, file)?;
        self.scanned(&mut content).await?;
        let attachment = Attachment::create(self.ids.id(), new, file, context.at);
        if let Announced::Before(answer) = self.attachments.announce(&context, &attachment).await? {
            return Ok(Written::Replayed(answer));
        }
        let (team, id) = (context.team, attachment.id);
        let done = match self.objects.put(attachment.object(team), &mut content).await {
            Ok(()) => self.attachments.complete(context, id).await.map_err(not_stored),
            Err(error) => Err(error.into()),
        };
        if !may_be_seen(&done) {
            self.discard(team, id).await;
        }
        done
    }

    /// The team's attachment of that id.
    ///
    /// # Errors
    /// [`AttachmentError::NotFound`] when there is none.
    pub async fn find(&self, team: TeamId, id: AttachmentId) -> Result<Attachment, AttachmentError> {
        self.attachments.find(team, id).await?.ok_or(AttachmentError::NotFound)
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

    /// The window of the team's attachments that `filter` lets through, the newest first.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn list(
        &self,
        team: TeamId,
        filter: AttachmentFilter,
        window: Window,
    ) -> Result<Listing<Attachment>, AttachmentError> {
        Ok(self.attachments.list(team, filter, window).await?)
    }

    /// Deletes an attachment; its object goes later.
    ///
    /// # Errors
    /// [`AttachmentError::NotFound`] when there is none.
    pub async fn delete(
        &self,
        context: WriteContext<Attachment>,
        id: AttachmentId,
    ) -> Result<Written<Attachment>, AttachmentError> {
        Ok(self.attachments.delete(context, id).await?)
    }

    async fn scanned(&self, content: &mut Content) -> Result<(), AttachmentError> {
        let Some(scanner) = &self.scanner else { return Ok(()) };
        match scanner.scan(content).await? {
            Verdict::Clean => Ok(()),
            Verdict::Infected { signature } => Err(AttachmentError::infected(&signature)),
        }
    }

    /// Takes away what was begun. What is left then goes with the other orphans.
    async fn discard(&self, team: TeamId, id: AttachmentId) {
        if self.objects.delete(object(team, id)).await.is_ok() {
            let _ = self.attachments.withdraw(team, id).await;
        }
    }
}

/// Whether the attachment is there, or may be: then its object stays.
fn may_be_seen(done: &Result<Written<Attachment>, AttachmentError>) -> bool {
    matches!(done, Ok(Written::Done(_)) | Err(AttachmentError::Store(StoreError::OutcomeUnknown(_))))
}

/// An announcement that is gone took so long that it was given up for lost.
fn not_stored(error: crate::ports::AttachmentStoreError) -> AttachmentError {
    match AttachmentError::from(error) {
        AttachmentError::NotFound => {
            AttachmentError::Store(StoreError::Unavailable("the file took too long to be stored".into()))
        }
        other => other,
    }
}

fn judged(
    draft: &AttachmentDraft,
    file: Option<ReceivedFile>,
) -> Result<(NewAttachment, JudgedFile, Content), AttachmentError> {
    let mut faults = Vec::new();
    let new = kept_all(draft.validate(), &mut faults);
    let file = match file {
        Some(file) => kept(judge(file)?, &mut faults),
        None => kept(Err(MISSING_FILE), &mut faults),
    };
    match (new, file) {
        (Some(new), Some((file, content))) => Ok((new, file, content)),
        _ => Err(AttachmentError::Invalid(faults)),
    }
}

const MISSING_FILE: Fault =
    fixed("file", "MISSING_FIELD", "must be there: send it as the form's part `file`");

/// A file's one fault, or what it is.
fn judge(file: ReceivedFile) -> Result<Result<(JudgedFile, Content), Fault>, AttachmentError> {
    let ReceivedFile { name, mut content, size, sha256 } = file;
    if size > MAX_SIZE {
        return Err(AttachmentError::TooLarge);
    }
    let Ok(name) = FileName::try_new(&name) else {
        return Ok(Err(fixed("file", "MISSING_FIELD", "has no name; send it under the name it has")));
    };
    let kind =
        file_intake::recognise(&name, &mut content, FileKind::ALL).map_err(AttachmentError::Unreadable)?;
    Ok(match kind {
        Ok(kind) => Ok((JudgedFile { name, kind, size, sha256 }, content)),
        Err(fault) => Err(Fault::new("file", fault.code(), fault.to_string())),
    })
}

#[cfg(test)]
mod tests;
