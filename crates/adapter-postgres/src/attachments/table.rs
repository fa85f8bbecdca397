//! The table `attachments`.

use ::attachments::{Attachment, AttachmentId};
use chrono::{DateTime, Utc};
use diesel::pg::{Pg, PgConnection};
use diesel::prelude::*;
use file_intake::FileName;
use kernel::error::StoreError;
use kernel::id::{Id, TeamId};
use uuid::Uuid;

use crate::schema::attachments;
use crate::write_error::unreadable;

/// How far an attachment has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// Its object is about to be stored.
    Announced,
    /// Its object is stored, and it is visible.
    Stored,
    /// It is visible no more, and its object may still be there.
    Deleted,
}

impl State {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Announced => "announced",
            Self::Stored => "stored",
            Self::Deleted => "deleted",
        }
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = attachments, check_for_backend(Pg))]
pub(super) struct AttachmentRow {
    id: Uuid,
    original_filename: String,
    filename: String,
    kind: String,
    size: i32,
    sha256: Vec<u8>,
    attachment_type: String,
    work_order_operation_id: Option<Uuid>,
    routing_operation_id: Option<Uuid>,
    description: Option<String>,
    uploaded_at: DateTime<Utc>,
}

impl TryFrom<AttachmentRow> for Attachment {
    type Error = StoreError;

    fn try_from(row: AttachmentRow) -> Result<Self, StoreError> {
        let sha256 = row.sha256.try_into();
        Ok(Self {
            id: Id::new(row.id),
            original_name: FileName::try_new(&row.original_filename).map_err(unreadable)?,
            filename: row.filename.into(),
            kind: row.kind.parse().map_err(unreadable)?,
            size: row.size.unsigned_abs().into(),
            sha256: sha256.map_err(|_| StoreError::Internal("a SHA-256 has 32 bytes".into()))?,
            attachment_type: row.attachment_type.parse().map_err(unreadable)?,
            work_order_operation: row.work_order_operation_id.map(Id::new),
            routing_operation: row.routing_operation_id.map(Id::new),
            description: row.description.map(Into::into),
            uploaded_at: row.uploaded_at,
        })
    }
}

/// The team's attachment of that id, if it is in that state.
#[diesel::dsl::auto_type(no_type_alias)]
pub(super) fn in_state(team: TeamId, id: AttachmentId, state: State) -> _ {
    let (team, id, state): (Uuid, Uuid, &'static str) = (team.uuid(), id.uuid(), state.as_str());
    let one = attachments::table.filter(attachments::team_id.eq(team)).filter(attachments::id.eq(id));
    one.filter(attachments::state.eq(state))
}

pub(super) fn insert(
    connection: &mut PgConnection,
    team: TeamId,
    attachment: &Attachment,
) -> QueryResult<()> {
    diesel::insert_into(attachments::table)
        .values((
            attachments::team_id.eq(team.uuid()),
            attachments::id.eq(attachment.id.uuid()),
            attachments::state.eq(State::Announced.as_str()),
            attachments::original_filename.eq(attachment.original_name.as_str()),
            attachments::filename.eq(&*attachment.filename),
            attachments::kind.eq(attachment.kind.as_str()),
            attachments::size.eq(i32::try_from(attachment.size).unwrap_or(i32::MAX)),
            attachments::sha256.eq(&attachment.sha256[..]),
            attachments::attachment_type.eq(attachment.attachment_type.as_str()),
            attachments::work_order_operation_id.eq(attachment.work_order_operation.map(Id::uuid)),
            attachments::routing_operation_id.eq(attachment.routing_operation.map(Id::uuid)),
            attachments::description.eq(attachment.description.as_deref()),
            attachments::uploaded_at.eq(attachment.uploaded_at),
        ))
        .execute(connection)
        .map(drop)
}
