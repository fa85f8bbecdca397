//! The attachment: a file that belongs to the shop floor, such as a drawing or a photo (seed 004, section 7).

mod error;
mod input;
mod values;

use chrono::{DateTime, Utc};
use file_intake::{FileKind, FileName, ObjectKey};
use kernel::id::{Id, TeamId};
use serde_json::json;

pub use self::error::AttachmentError;
pub use self::input::AttachmentDraft;
pub use self::values::AttachmentType;
use crate::operation::OperationId;
use crate::routing::RoutingOperationId;

kernel::id_type!(AttachmentId, Attachment, "attachment");

/// An attachment. It is never changed, only deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Its id, which its object is stored under too.
    pub id: AttachmentId,
    /// The file's name as it was sent.
    pub original_name: FileName,
    /// The same in lower case with letters, digits and `_` alone.
    pub filename: Box<str>,
    /// What kind of file it is.
    pub kind: FileKind,
    /// How many bytes it has: 1 to [`file_intake::MAX_SIZE`].
    pub size: u64,
    /// SHA-256 of its bytes.
    pub sha256: [u8; 32],
    /// What it is for.
    pub attachment_type: AttachmentType,
    /// The work order operation it belongs to; none once that was made anew by an import.
    pub work_order_operation: Option<OperationId>,
    /// The operation of a routing it belongs to.
    pub routing_operation: Option<RoutingOperationId>,
    /// What it shows: free text of 1 to 2,000 characters.
    pub description: Option<Box<str>>,
    /// When it was sent.
    pub uploaded_at: DateTime<Utc>,
}

/// What a new attachment is to be, beside its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAttachment {
    /// What it is for.
    pub attachment_type: AttachmentType,
    /// The work order operation it belongs to.
    pub work_order_operation: Option<OperationId>,
    /// The operation of a routing it belongs to.
    pub routing_operation: Option<RoutingOperationId>,
    /// What it shows.
    pub description: Option<Box<str>>,
}

/// A file that was looked at and is taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JudgedFile {
    /// Its name as it was sent.
    pub name: FileName,
    /// What kind it is.
    pub kind: FileKind,
    /// How many bytes it has.
    pub size: u64,
    /// SHA-256 of its bytes.
    pub sha256: [u8; 32],
}

impl Attachment {
    /// A new attachment.
    pub fn create(id: AttachmentId, new: NewAttachment, file: JudgedFile, at: DateTime<Utc>) -> Self {
        let NewAttachment { attachment_type, work_order_operation, routing_operation, description } = new;
        let JudgedFile { name, kind, size, sha256 } = file;
        Self {
            id,
            filename: name.plain().into(),
            original_name: name,
            kind,
            size,
            sha256,
            attachment_type,
            work_order_operation,
            routing_operation,
            description,
            uploaded_at: at,
        }
    }

    /// Where its bytes are kept.
    pub fn object(&self, team: TeamId) -> ObjectKey {
        object(team, self.id)
    }

    /// Its SHA-256 in hexadecimal digits.
    pub fn sha256_hex(&self) -> String {
        self.sha256.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The attachment as JSON text, for the audit trail.
    pub fn snapshot(&self) -> String {
        json!({
            "id": self.id.uuid(),
            "filename": self.filename,
            "originalFilename": self.original_name.as_str(),
            "mimeType": self.kind.media_type(),
            "size": self.size,
            "sha256": self.sha256_hex(),
            "attachmentType": self.attachment_type.as_str(),
            "workOrderOperationId": self.work_order_operation.map(Id::uuid),
            "routingOperationId": self.routing_operation.map(Id::uuid),
            "description": self.description,
            "uploadedAt": self.uploaded_at,
        })
        .to_string()
    }
}

/// Where the bytes of an attachment are kept.
pub(crate) fn object(team: TeamId, id: AttachmentId) -> ObjectKey {
    ObjectKey::new(team, id.uuid())
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::clock::{CountedIds, IdSource};

    #[test]
    fn an_attachment_is_what_was_asked_for_of_the_file_that_came() {
        let ids: &dyn IdSource = &CountedIds::default();
        let new = NewAttachment {
            attachment_type: AttachmentType::Instruction,
            work_order_operation: Some(ids.id()),
            routing_operation: None,
            description: Some("Step by step".into()),
        };
        let name = FileName::try_new("Assembly Instructions v2.pdf").unwrap();
        let file = JudgedFile { name, kind: FileKind::Pdf, size: 2_048_576, sha256: [0xa5; 32] };
        let attachment = Attachment::create(ids.id(), new, file, DateTime::UNIX_EPOCH);
        let team = ids.id();
        assert_eq!(attachment.object(team).to_string(), format!("{team}/{}", attachment.id));
        let found: serde_json::Value = serde_json::from_str(&attachment.snapshot()).unwrap();
        let expected = json!({
            "id": "00000000-0000-0000-0000-000000000002",
            "filename": "assembly_instructions_v2.pdf",
            "originalFilename": "Assembly Instructions v2.pdf",
            "mimeType": "application/pdf",
            "size": 2_048_576,
            "sha256": "a5".repeat(32),
            "attachmentType": "instruction",
            "workOrderOperationId": "00000000-0000-0000-0000-000000000001",
            "routingOperationId": null,
            "description": "Step by step",
            "uploadedAt": "1970-01-01T00:00:00Z",
        });
        assert_eq!(found, expected);
    }
}
