//! The attachment: a file that belongs to the shop floor, such as a drawing or a photo.

mod error;
mod values;

use chrono::{DateTime, Utc};
use file_intake::{Content, FileKind, FileName, MAX_SIZE, ObjectKey, ReceivedFile, recognise};
use kernel::audit::Audited;
use kernel::id::{Id, TeamId, Uuid};
use serde_json::json;

pub use self::error::AttachmentError;
pub use self::values::{AttachmentType, description};

kernel::id_type!(AttachmentId, Attachment, "attachment");
kernel::id_type!(WorkOrderOperationId, enum WorkOrderOperation, "work_order_operation");
kernel::id_type!(RoutingOperationId, enum RoutingOperation, "routing_operation");

/// An attachment (`docs/spec/mes.md`, "Files"). It is never changed, only deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Its object is stored under the same id.
    pub id: AttachmentId,
    /// The file's name as it was sent.
    pub original_name: FileName,
    /// The same in lower case with letters, digits and `_` alone.
    pub filename: Box<str>,
    pub kind: FileKind,
    /// In bytes: 1 to [`MAX_SIZE`].
    pub size: u64,
    pub sha256: [u8; 32],
    pub attachment_type: AttachmentType,
    /// The operation that it belongs to; none once an import gave its order other operations.
    pub work_order_operation: Option<WorkOrderOperationId>,
    pub routing_operation: Option<RoutingOperationId>,
    /// Free text of 1 to 2,000 characters.
    pub description: Option<Box<str>>,
    pub uploaded_at: DateTime<Utc>,
}

/// A new attachment, beside its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAttachment {
    pub attachment_type: AttachmentType,
    pub work_order_operation: Option<WorkOrderOperationId>,
    pub routing_operation: Option<RoutingOperationId>,
    pub description: Option<Box<str>>,
}

/// A file that may be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AcceptedFile {
    pub name: FileName,
    pub kind: FileKind,
    /// In bytes.
    pub size: u64,
    pub sha256: [u8; 32],
}

impl AcceptedFile {
    /// Recognises a file by its name and its content, which must agree.
    ///
    /// # Errors
    /// [`AttachmentError::TooLarge`], [`AttachmentError::Unnamed`], [`AttachmentError::Faulty`], or that its bytes can't be
    /// read.
    pub fn inspect(file: ReceivedFile) -> Result<(Self, Content), AttachmentError> {
        let ReceivedFile { name, mut content, size, sha256 } = file;
        if size > MAX_SIZE {
            return Err(AttachmentError::TooLarge);
        }
        let name = FileName::try_new(&name)?;
        let kind = recognise(&name, &mut content, FileKind::ALL).map_err(AttachmentError::Unreadable)??;
        Ok((Self { name, kind, size, sha256 }, content))
    }
}

impl Attachment {
    pub fn create(id: AttachmentId, new: NewAttachment, file: AcceptedFile, at: DateTime<Utc>) -> Self {
        let NewAttachment { attachment_type, work_order_operation, routing_operation, description } = new;
        let AcceptedFile { name, kind, size, sha256 } = file;
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

    /// The key that its bytes are stored under.
    pub fn object(&self, team: TeamId) -> ObjectKey {
        object(team, self.id)
    }

    /// Its SHA-256 in hexadecimal digits.
    pub fn sha256_hex(&self) -> String {
        hex::encode(self.sha256)
    }
}

impl Audited for Attachment {
    const KIND: &'static str = "attachment";

    fn audited_id(&self) -> Uuid {
        self.id.uuid()
    }

    fn snapshot(&self) -> String {
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

/// The key that the bytes of an attachment are stored under.
pub(crate) fn object(team: TeamId, id: AttachmentId) -> ObjectKey {
    ObjectKey::new(team, id.uuid())
}

#[cfg(test)]
mod tests {
    use super::*;
    use file_intake::FileFault;
    use kernel::clock::{CountedIds, IdSource};
    use std::io::Cursor;

    fn inspected(name: &str, bytes: &[u8], size: u64) -> Result<AcceptedFile, AttachmentError> {
        let content = Content::new(Cursor::new(bytes.to_vec()));
        let file = ReceivedFile { name: name.into(), content, size, sha256: [7; 32] };
        AcceptedFile::inspect(file).map(|(file, _)| file)
    }

    #[test]
    fn a_file_has_a_name_and_content_of_one_kind() {
        const PDF: &[u8] = b"%PDF-1.7\n";
        let plan = inspected("../Plan.pdf", PDF, 9).unwrap();
        assert_eq!(
            (plan.name.as_str(), plan.kind, plan.size, plan.sha256),
            ("Plan.pdf", FileKind::Pdf, 9, [7; 32])
        );
        assert!(matches!(inspected("..", PDF, 9), Err(AttachmentError::Unnamed(_))));
        let faulty = |name: &str, bytes: &[u8]| match inspected(name, bytes, 9) {
            Err(AttachmentError::Faulty(fault)) => fault,
            other => panic!("{name}: {other:?}"),
        };
        assert!(matches!(faulty("plan.exe", PDF), FileFault::Extension { .. }));
        assert!(matches!(faulty("plan.png", PDF), FileFault::Mismatch { .. }));
        assert_eq!(faulty("plan.pdf", b""), FileFault::Empty);
    }

    #[test]
    fn ten_mebibytes_are_taken_and_a_byte_more_is_not() {
        assert_eq!(inspected("Plan.pdf", b"%PDF-1.7\n", 10 << 20).unwrap().size, 10 << 20);
        assert!(matches!(
            inspected("Plan.pdf", b"%PDF-1.7\n", (10 << 20) + 1),
            Err(AttachmentError::TooLarge)
        ));
    }

    #[test]
    fn an_attachment_is_made_of_what_is_said_of_its_file_and_of_the_file() {
        let ids: &dyn IdSource = &CountedIds::default();
        let new = NewAttachment {
            attachment_type: AttachmentType::Instruction,
            work_order_operation: Some(ids.id()),
            routing_operation: None,
            description: Some("Step by step".into()),
        };
        let name = FileName::try_new("Assembly Instructions v2.pdf").unwrap();
        let file = AcceptedFile { name, kind: FileKind::Pdf, size: 2_048_576, sha256: [0xa5; 32] };
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
