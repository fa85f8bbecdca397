//! The table `attachments`.

use ::attachments::{Attachment, AttachmentId, Owner, Within};
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
    ticket_id: Option<Uuid>,
    uploaded_by: Option<Uuid>,
}

impl AttachmentRow {
    fn owner(&self) -> Owner {
        match self.ticket_id {
            Some(ticket) => Owner::Ticket(Id::new(ticket)),
            None => Owner::operations(
                self.work_order_operation_id.map(Id::new),
                self.routing_operation_id.map(Id::new),
            ),
        }
    }
}

impl TryFrom<AttachmentRow> for Attachment {
    type Error = StoreError;

    fn try_from(row: AttachmentRow) -> Result<Self, StoreError> {
        let owner = row.owner();
        let sha256 = row.sha256.try_into();
        Ok(Self {
            id: Id::new(row.id),
            original_name: FileName::try_new(&row.original_filename).map_err(unreadable)?,
            filename: row.filename.into(),
            kind: row.kind.parse().map_err(unreadable)?,
            size: row.size.unsigned_abs().into(),
            sha256: sha256.map_err(|_| StoreError::Internal("a SHA-256 has 32 bytes".into()))?,
            owner,
            attachment_type: row.attachment_type.parse().map_err(unreadable)?,
            description: row.description.map(Into::into),
            uploaded_at: row.uploaded_at,
            uploaded_by: row.uploaded_by.map(Id::new),
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

/// Whether an attachment has that kind of owner, and is that owner's.
#[diesel::dsl::auto_type(no_type_alias)]
pub(super) fn is_within(within: Within) -> _ {
    let ticket: Option<Uuid> = within.ticket().map(Id::uuid);
    attachments::ticket_id.is_not_distinct_from(ticket)
}

pub(super) fn insert(
    connection: &mut PgConnection,
    team: TeamId,
    attachment: &Attachment,
) -> QueryResult<()> {
    let owner = attachment.owner;
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
            attachments::work_order_operation_id.eq(owner.work_order_operation().map(Id::uuid)),
            attachments::routing_operation_id.eq(owner.routing_operation().map(Id::uuid)),
            attachments::description.eq(attachment.description.as_deref()),
            attachments::uploaded_at.eq(attachment.uploaded_at),
            attachments::ticket_id.eq(owner.ticket().map(Id::uuid)),
            attachments::uploaded_by.eq(attachment.uploaded_by.map(Id::uuid)),
        ))
        .execute(connection)
        .map(drop)
}
