use ::attachments::ports::{Announced, AttachmentFilter, Attachments};
use ::attachments::{Attachment, AttachmentError, AttachmentId, TicketId, Within};
use async_trait::async_trait;
use diesel::pg::Pg;
use diesel::prelude::*;
use kernel::audit::AuditEntry;
use kernel::error::StoreError;
use kernel::id::TeamId;
use kernel::page::{Listing, Window};
use kernel::write::{WriteContext, Written};

use super::owners;
use super::table::{AttachmentRow, State, in_state, insert, is_within};
use crate::db::{Db, Lane, Scope, listing};
use crate::effects::{Change, Claimant, Claimed};
use crate::schema::attachments;
use crate::write_error::WriteError;

/// Attachments in PostgreSQL.
pub struct PgAttachments {
    db: Db,
}

impl PgAttachments {
    pub fn new(db: Db) -> Self {
        Self { db }
    }

    /// Moves an attachment, within one kind of owner if it says which, from one state to the next, with its audit entry.
    async fn move_on(
        &self,
        context: WriteContext<Attachment>,
        (id, within): (AttachmentId, Option<Within>),
        (from, to): (State, State),
        entry: fn(&Attachment) -> AuditEntry,
    ) -> Result<Written<Attachment>, AttachmentError> {
        let team = context.team;
        self.db
            .change(Lane::Ordinary, context, move |connection| {
                let moved = diesel::update(in_state(team, id, from)).set(attachments::state.eq(to.as_str()));
                let mut moved = moved.into_boxed();
                if let Some(within) = within {
                    moved = moved.filter(is_within(within));
                }
                let moved = moved.returning(AttachmentRow::as_returning()).get_result(connection);
                let moved = moved.optional()?.ok_or(WriteError::Port(AttachmentError::NotFound))?;
                let attachment = Attachment::try_from(moved).map_err(WriteError::store)?;
                let entry = entry(&attachment);
                Ok(Change::audited(attachment, entry))
            })
            .await
    }
}

#[async_trait]
impl Attachments for PgAttachments {
    #[tracing::instrument(name = "Attachments::announce", level = "debug", skip_all)]
    async fn announce(
        &self,
        context: &WriteContext<Attachment>,
        attachment: &Attachment,
    ) -> Result<Announced, AttachmentError> {
        let (team, claimant, attachment) = (context.team, Claimant::of(context), attachment.clone());
        let key = context.claim.as_ref().map(|claim| claim.key.clone());
        self.db
            .write(Scope::Team(team), Lane::Ordinary, move |connection| {
                if let Some(key) = &key
                    && let Claimed::Before(answer) = claimant.claim(connection, key)?
                {
                    return Ok(Announced::Before(answer));
                }
                owners::check(connection, team, attachment.owner)?;
                insert(connection, team, &attachment).map_err(owners::blame)?;
                Ok(Announced::Now)
            })
            .await
    }

    #[tracing::instrument(name = "Attachments::complete", level = "debug", skip_all)]
    async fn complete(
        &self,
        context: WriteContext<Attachment>,
        id: AttachmentId,
    ) -> Result<Written<Attachment>, AttachmentError> {
        let entry = |attachment: &Attachment| AuditEntry::of("uploaded", None, Some(attachment));
        self.move_on(context, (id, None), (State::Announced, State::Stored), entry).await
    }

    #[tracing::instrument(name = "Attachments::withdraw", level = "debug", skip_all)]
    async fn withdraw(&self, team: TeamId, id: AttachmentId) -> Result<(), StoreError> {
        self.db
            .write(Scope::Team(team), Lane::Ordinary, move |connection| {
                let withdrawn = diesel::delete(in_state(team, id, State::Announced));
                withdrawn.execute(connection).map(drop).map_err(WriteError::from)
            })
            .await
    }

    #[tracing::instrument(name = "Attachments::delete", level = "debug", skip_all)]
    async fn delete(
        &self,
        context: WriteContext<Attachment>,
        within: Within,
        id: AttachmentId,
    ) -> Result<Written<Attachment>, AttachmentError> {
        let states = (State::Stored, State::Deleted);
        self.move_on(context, (id, Some(within)), states, AuditEntry::deleted).await
    }

    #[tracing::instrument(name = "Attachments::find", level = "debug", skip_all)]
    async fn find(
        &self,
        team: TeamId,
        within: Within,
        id: AttachmentId,
    ) -> Result<Option<Attachment>, StoreError> {
        let row = self.db.read(Scope::Team(team), move |connection| {
            let stored = in_state(team, id, State::Stored).filter(is_within(within));
            stored.select(AttachmentRow::as_select()).first(connection).optional()
        });
        row.await?.map(Attachment::try_from).transpose()
    }

    #[tracing::instrument(name = "Attachments::list", level = "debug", skip_all)]
    async fn list(
        &self,
        team: TeamId,
        filter: AttachmentFilter,
        window: Window,
    ) -> Result<Listing<Attachment>, StoreError> {
        self.db
            .read(Scope::Team(team), move |connection| {
                let rows = filtered(team, &filter)
                    .order((attachments::uploaded_at.desc(), attachments::id.desc()))
                    .offset(window.offset().into())
                    .limit(window.limit().into());
                Ok((
                    rows.select(AttachmentRow::as_select()).load(connection)?,
                    filtered(team, &filter).count().get_result(connection)?,
                ))
            })
            .await
            .and_then(listing)
    }

    #[tracing::instrument(name = "Attachments::list_of_tickets", level = "debug", skip_all)]
    async fn list_of_tickets(
        &self,
        team: TeamId,
        tickets: &[TicketId],
    ) -> Result<Vec<Attachment>, StoreError> {
        let tickets: Vec<_> = tickets.iter().map(|ticket| ticket.uuid()).collect();
        let rows = self.db.read(Scope::Team(team), move |connection| {
            let rows = attachments::table
                .filter(attachments::team_id.eq(team.uuid()))
                .filter(attachments::ticket_id.eq_any(tickets))
                .filter(attachments::state.eq(State::Stored.as_str()))
                .order((attachments::uploaded_at, attachments::id));
            rows.select(AttachmentRow::as_select()).load(connection)
        });
        rows.await?.into_iter().map(Attachment::try_from).collect()
    }
}

fn filtered(team: TeamId, filter: &AttachmentFilter) -> attachments::BoxedQuery<'static, Pg> {
    // of operations, in the words of the indexes
    let of_operations = attachments::table
        .filter(attachments::team_id.eq(team.uuid()))
        .filter(attachments::ticket_id.is_null());
    let mut query = of_operations.filter(attachments::state.eq(State::Stored.as_str())).into_boxed();
    if let Some(operation) = filter.work_order_operation {
        query = query.filter(attachments::work_order_operation_id.eq(operation.uuid()));
    }
    if let Some(operation) = filter.routing_operation {
        query = query.filter(attachments::routing_operation_id.eq(operation.uuid()));
    }
    if let Some(attachment_type) = filter.attachment_type {
        query = query.filter(attachments::attachment_type.eq(attachment_type.as_str()));
    }
    query
}
