use ::attachments::ports::{Announced, AttachmentFilter, Attachments};
use ::attachments::{Attachment, AttachmentError, AttachmentId};
use async_trait::async_trait;
use diesel::pg::{Pg, PgConnection};
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Bool, Nullable, Uuid as SqlUuid};
use kernel::audit::AuditEntry;
use kernel::error::StoreError;
use kernel::id::{Id, TeamId};
use kernel::page::{Listing, Window};
use kernel::write::{WriteContext, Written};

use super::table::{AttachmentRow, State, in_state, insert};
use crate::db::{Db, Lane, Scope, listing};
use crate::effects::{Change, Claimant, Claimed};
use crate::schema::attachments;
use crate::write_error::{WriteError, constraint};

/// Attachments in PostgreSQL.
pub struct PgAttachments {
    db: Db,
}

impl PgAttachments {
    pub fn new(db: Db) -> Self {
        Self { db }
    }

    /// Moves an attachment from one state to the next, with its audit entry.
    async fn move_on(
        &self,
        context: WriteContext<Attachment>,
        id: AttachmentId,
        (from, to): (State, State),
        entry: fn(&Attachment) -> AuditEntry,
    ) -> Result<Written<Attachment>, AttachmentError> {
        let team = context.team;
        self.db
            .change(Lane::Ordinary, context, move |connection| {
                let moved = diesel::update(in_state(team, id, from))
                    .set(attachments::state.eq(to.as_str()))
                    .returning(AttachmentRow::as_returning())
                    .get_result(connection)
                    .optional()?;
                let moved = moved.ok_or(WriteError::Port(AttachmentError::NotFound))?;
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
                operations_exist(connection, team, &attachment)?;
                insert(connection, team, &attachment).map_err(blame)?;
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
        self.move_on(context, id, (State::Announced, State::Stored), entry).await
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
        id: AttachmentId,
    ) -> Result<Written<Attachment>, AttachmentError> {
        self.move_on(context, id, (State::Stored, State::Deleted), AuditEntry::deleted).await
    }

    #[tracing::instrument(name = "Attachments::find", level = "debug", skip_all)]
    async fn find(&self, team: TeamId, id: AttachmentId) -> Result<Option<Attachment>, StoreError> {
        let row = self.db.read(Scope::Team(team), move |connection| {
            let stored = in_state(team, id, State::Stored);
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
}

fn filtered(team: TeamId, filter: &AttachmentFilter) -> attachments::BoxedQuery<'static, Pg> {
    let stored = attachments::table.filter(attachments::team_id.eq(team.uuid()));
    let mut query = stored.filter(attachments::state.eq(State::Stored.as_str())).into_boxed();
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

#[derive(QueryableByName)]
struct Unknown {
    #[diesel(sql_type = Bool)]
    work_order_operation: bool,
    #[diesel(sql_type = Bool)]
    routing_operation: bool,
}

/// Refuses operations that the team has not, both at once.
fn operations_exist(
    connection: &mut PgConnection,
    team: TeamId,
    attachment: &Attachment,
) -> Result<(), WriteError<AttachmentError>> {
    let unknown = sql_query(
        "SELECT $2 IS NOT NULL
                AND NOT EXISTS (SELECT FROM work_order_operations WHERE team_id = $1 AND id = $2) AS work_order_operation,
                $3 IS NOT NULL
                AND NOT EXISTS (SELECT FROM routing_operations WHERE team_id = $1 AND id = $3) AS routing_operation",
    );
    let unknown = unknown
        .bind::<SqlUuid, _>(team.uuid())
        .bind::<Nullable<SqlUuid>, _>(attachment.work_order_operation.map(Id::uuid))
        .bind::<Nullable<SqlUuid>, _>(attachment.routing_operation.map(Id::uuid));
    let Unknown { work_order_operation, routing_operation } = unknown.get_result(connection)?;
    if work_order_operation || routing_operation {
        return Err(WriteError::Port(AttachmentError::UnknownOperations {
            work_order_operation,
            routing_operation,
        }));
    }
    Ok(())
}

/// The refusal of an operation that was deleted after it was looked for.
fn blame(error: diesel::result::Error) -> WriteError<AttachmentError> {
    let unknown = |work_order_operation: bool| {
        let routing_operation = !work_order_operation;
        WriteError::Port(AttachmentError::UnknownOperations { work_order_operation, routing_operation })
    };
    match constraint(&error) {
        Some("attachments_team_id_work_order_operation_id_fkey") => unknown(true),
        Some("attachments_team_id_routing_operation_id_fkey") => unknown(false),
        _ => error.into(),
    }
}
