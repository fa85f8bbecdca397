//! The attachment: a file that belongs to the shop floor, such as a drawing, or to a record, such as a ticket.

mod error;
mod owner;
mod values;

use chrono::{DateTime, Utc};
use file_intake::{Content, FileKind, FileName, MAX_SIZE, ObjectKey, ReceivedFile, recognise};
use kernel::access::ActorRef;
use kernel::audit::Audited;
use kernel::id::{Id, TeamId, UserId, Uuid};
use serde_json::json;

pub use self::error::AttachmentError;
pub use self::owner::{Owner, RoutingOperationId, TicketId, Within, WorkOrderOperationId};
pub use self::values::{AttachmentType, description};

kernel::id_type!(AttachmentId, Attachment, "attachment");

/// An attachment (`docs/spec/common.md`, "Files"). It is never changed, only deleted.
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
    pub owner: Owner,
    pub attachment_type: AttachmentType,
    /// Free text of 1 to 2,000 characters.
    pub description: Option<Box<str>>,
    pub uploaded_at: DateTime<Utc>,
    /// None if it was a program with an API key, or before users were kept.
    pub uploaded_by: Option<UserId>,
}

/// A new attachment, beside its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAttachment {
    pub owner: Owner,
    pub attachment_type: AttachmentType,
    pub description: Option<Box<str>>,
}

impl NewAttachment {
    /// A file of a ticket: a document, as the other types say what a file is for at an operation.
    pub const fn of_ticket(ticket: TicketId) -> Self {
        Self { owner: Owner::Ticket(ticket), attachment_type: AttachmentType::Document, description: None }
    }
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
    /// Recognises a file of the shop floor by its name and its content, which must agree: of any kind.
    ///
    /// # Errors
    /// [`AttachmentError::TooLarge`], [`AttachmentError::Unnamed`], [`AttachmentError::Faulty`], or that its bytes can't be
    /// read.
    pub fn inspect(file: ReceivedFile) -> Result<(Self, Content), AttachmentError> {
        Self::inspect_one_of(FileKind::ALL, file)
    }

    /// Recognises a file of a ticket in the same way: of any kind but drawings.
    ///
    /// # Errors
    /// As [`inspect`](Self::inspect).
    pub fn inspect_document(file: ReceivedFile) -> Result<(Self, Content), AttachmentError> {
        Self::inspect_one_of(FileKind::DOCUMENTS, file)
    }

    fn inspect_one_of(taken: &[FileKind], file: ReceivedFile) -> Result<(Self, Content), AttachmentError> {
        let ReceivedFile { name, mut content, size, sha256 } = file;
        if size > MAX_SIZE {
            return Err(AttachmentError::TooLarge);
        }
        let name = FileName::try_new(&name)?;
        let kind = recognise(&name, &mut content, taken).map_err(AttachmentError::Unreadable)??;
        Ok((Self { name, kind, size, sha256 }, content))
    }
}

impl Attachment {
    pub fn create(
        id: AttachmentId,
        new: NewAttachment,
        file: AcceptedFile,
        by: ActorRef,
        at: DateTime<Utc>,
    ) -> Self {
        let NewAttachment { owner, attachment_type, description } = new;
        let AcceptedFile { name, kind, size, sha256 } = file;
        Self {
            id,
            filename: name.plain().into(),
            original_name: name,
            kind,
            size,
            sha256,
            owner,
            attachment_type,
            description,
            uploaded_at: at,
            uploaded_by: match by {
                ActorRef::User(user) => Some(user),
                ActorRef::ApiKey(_) | ActorRef::System(_) => None,
            },
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
            "workOrderOperationId": self.owner.work_order_operation().map(Id::uuid),
            "routingOperationId": self.owner.routing_operation().map(Id::uuid),
            "ticketId": self.owner.ticket().map(Id::uuid),
            "description": self.description,
            "uploadedAt": self.uploaded_at,
            "uploadedBy": self.uploaded_by.map(Id::uuid),
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

    fn received(name: &str, bytes: &[u8], size: u64) -> ReceivedFile {
        let content = Content::new(Cursor::new(bytes.to_vec()));
        ReceivedFile { name: name.into(), content, size, sha256: [7; 32] }
    }

    fn inspected(name: &str, bytes: &[u8], size: u64) -> Result<AcceptedFile, AttachmentError> {
        AcceptedFile::inspect(received(name, bytes, size)).map(|(file, _)| file)
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
    fn a_drawing_is_taken_at_the_shop_floor_and_not_at_a_ticket() {
        for (name, bytes, is_document) in [
            ("a.pdf", &b"%PDF-1.7\n"[..], true),
            ("a.jpg", b"\xff\xd8\xff\xe0", true),
            ("a.csv", b"a;b", true),
            ("a.txt", b"a", true),
            ("a.dwg", b"AC1032\0", false),
            ("a.dxf", b"0\nSECTION\n", false),
            ("a.stp", b"ISO-10303-21;", false),
        ] {
            assert!(AcceptedFile::inspect(received(name, bytes, 9)).is_ok(), "{name}");
            match AcceptedFile::inspect_document(received(name, bytes, 9)) {
                Ok(_) => assert!(is_document, "{name}"),
                Err(AttachmentError::Faulty(FileFault::Extension { taken, .. })) if !is_document => {
                    assert_eq!(taken, "PDF, PNG, JPEG, TIFF, WEBP, DOC, DOCX, XLS, XLSX, ODT, CSV, TXT");
                }
                other => panic!("{name}: {other:?}"),
            }
        }
        let large = AcceptedFile::inspect_document(received("a.pdf", b"%PDF-1.7\n", (10 << 20) + 1));
        assert!(matches!(large, Err(AttachmentError::TooLarge)));
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
            owner: Owner::operations(Some(ids.id()), None),
            attachment_type: AttachmentType::Instruction,
            description: Some("Step by step".into()),
        };
        let name = FileName::try_new("Assembly Instructions v2.pdf").unwrap();
        let file = AcceptedFile { name, kind: FileKind::Pdf, size: 2_048_576, sha256: [0xa5; 32] };
        let by = ActorRef::User(ids.id());
        let attachment = Attachment::create(ids.id(), new, file, by, DateTime::UNIX_EPOCH);
        let team = ids.id();
        assert_eq!(attachment.object(team).to_string(), format!("{team}/{}", attachment.id));
        let found: serde_json::Value = serde_json::from_str(&attachment.snapshot()).unwrap();
        let expected = json!({
            "id": "00000000-0000-0000-0000-000000000003",
            "filename": "assembly_instructions_v2.pdf",
            "originalFilename": "Assembly Instructions v2.pdf",
            "mimeType": "application/pdf",
            "size": 2_048_576,
            "sha256": "a5".repeat(32),
            "attachmentType": "instruction",
            "workOrderOperationId": "00000000-0000-0000-0000-000000000001",
            "routingOperationId": null,
            "ticketId": null,
            "description": "Step by step",
            "uploadedAt": "1970-01-01T00:00:00Z",
            "uploadedBy": "00000000-0000-0000-0000-000000000002",
        });
        assert_eq!(found, expected);
    }

    #[test]
    fn a_file_of_a_ticket_is_a_document_and_only_a_user_is_kept_as_who_uploaded_it() {
        let ids: &dyn IdSource = &CountedIds::default();
        let (ticket, user) = (ids.id(), ids.id());
        for (by, expected) in [
            (ActorRef::User(user), Some(user)),
            (ActorRef::ApiKey(ids.id()), None),
            (ActorRef::System("test"), None),
        ] {
            let (name, new) = (FileName::try_new("Note.pdf").unwrap(), NewAttachment::of_ticket(ticket));
            let file = AcceptedFile { name, kind: FileKind::Pdf, size: 9, sha256: [7; 32] };
            let attachment = Attachment::create(ids.id(), new, file, by, DateTime::UNIX_EPOCH);
            assert_eq!(attachment.uploaded_by, expected, "{by}");
            assert_eq!(attachment.owner, Owner::Ticket(ticket));
            assert_eq!(
                (attachment.attachment_type, &attachment.description),
                (AttachmentType::Document, &None)
            );
            let snapshot: serde_json::Value = serde_json::from_str(&attachment.snapshot()).unwrap();
            assert_eq!(snapshot["ticketId"], json!(ticket.uuid()));
            assert_eq!(snapshot["uploadedBy"], json!(expected.map(Id::uuid)));
        }
    }
}
