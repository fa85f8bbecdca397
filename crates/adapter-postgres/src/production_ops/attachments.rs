//! Attachments, and what is left of them.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use diesel::pg::{Pg, PgConnection};
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{self, Bool, Nullable};
use file_intake::FileName;
use kernel::audit::AuditEntry;
use kernel::error::StoreError;
use kernel::id::{Id, TeamId};
use kernel::page::{Listing, Window};
use kernel::write::{WriteContext, Written};
use production_ops::attachment::{Attachment, AttachmentId};
use production_ops::ports::{
    Announced, AttachmentFilter, AttachmentStoreError, Attachments, OrphanedObject, OrphanedObjects,
};
use uuid::Uuid;

use crate::db::{Db, Lane, Scope};
use crate::effects::{Change, Claimant, Claimed};
use crate::schema::attachments;
use crate::write_error::{WriteError, constraint, unreadable};

/// Its object is about to be stored.
const ANNOUNCED: &str = "announced";
/// Its object is stored, and it is seen.
const STORED: &str = "stored";
/// It is seen no more, and its object may still be there.
const DELETED: &str = "deleted";

/// Attachments in PostgreSQL.
pub struct PgAttachments {
    db: Db,
}

impl PgAttachments {
    /// Stands on a pool.
    pub fn new(db: Db) -> Self {
        Self { db }
    }

    /// Moves an attachment on from one state to the next, with its audit entry.
    async fn move_on(
        &self,
        context: WriteContext<Attachment>,
        id: AttachmentId,
        (from, to): (&'static str, &'static str),
        entry: fn(&Attachment) -> AuditEntry,
    ) -> Result<Written<Attachment>, AttachmentStoreError> {
        let team = context.team;
        self.db
            .change(Lane::Ordinary, context, move |connection| {
                let moved = diesel::update(of(team, id).filter(attachments::state.eq(from)))
                    .set(attachments::state.eq(to))
                    .returning(AttachmentRow::as_returning())
                    .get_result(connection)
                    .optional()?;
                let moved = moved.ok_or(WriteError::Port(AttachmentStoreError::NotFound))?;
                let attachment = Attachment::try_from(moved).map_err(WriteError::store)?;
                let entry = entry(&attachment);
                Ok(Change::audited(attachment, entry))
            })
            .await
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = attachments, check_for_backend(Pg))]
struct AttachmentRow {
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

#[async_trait]
impl Attachments for PgAttachments {
    async fn announce(
        &self,
        context: &WriteContext<Attachment>,
        attachment: &Attachment,
    ) -> Result<Announced, AttachmentStoreError> {
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
                insert(connection, team, &attachment).map_err(write_error)?;
                Ok(Announced::Now)
            })
            .await
    }

    async fn complete(
        &self,
        context: WriteContext<Attachment>,
        id: AttachmentId,
    ) -> Result<Written<Attachment>, AttachmentStoreError> {
        let entry = |attachment: &Attachment| AuditEntry {
            action: "attachment.uploaded".into(),
            subject_kind: "attachment",
            subject: attachment.id.uuid(),
            before: None,
            after: Some(attachment.snapshot()),
        };
        self.move_on(context, id, (ANNOUNCED, STORED), entry).await
    }

    async fn withdraw(&self, team: TeamId, id: AttachmentId) -> Result<(), StoreError> {
        self.db
            .write(Scope::Team(team), Lane::Ordinary, move |connection| {
                let withdrawn = diesel::delete(of(team, id).filter(attachments::state.eq(ANNOUNCED)));
                withdrawn.execute(connection).map(drop).map_err(WriteError::from)
            })
            .await
    }

    async fn delete(
        &self,
        context: WriteContext<Attachment>,
        id: AttachmentId,
    ) -> Result<Written<Attachment>, AttachmentStoreError> {
        let entry = |attachment: &Attachment| AuditEntry {
            action: "attachment.deleted".into(),
            subject_kind: "attachment",
            subject: attachment.id.uuid(),
            before: Some(attachment.snapshot()),
            after: None,
        };
        self.move_on(context, id, (STORED, DELETED), entry).await
    }

    async fn find(&self, team: TeamId, id: AttachmentId) -> Result<Option<Attachment>, StoreError> {
        let row = self.db.read(Scope::Team(team), move |connection| {
            let stored = of(team, id).filter(attachments::state.eq(STORED));
            stored.select(AttachmentRow::as_select()).first(connection).optional()
        });
        row.await?.map(Attachment::try_from).transpose()
    }

    async fn list(
        &self,
        team: TeamId,
        filter: AttachmentFilter,
        window: Window,
    ) -> Result<Listing<Attachment>, StoreError> {
        let (rows, total) = self
            .db
            .read(Scope::Team(team), move |connection| {
                let rows = filtered(team, &filter)
                    .order((attachments::uploaded_at.desc(), attachments::id.desc()))
                    .offset(window.offset().into())
                    .limit(window.limit().into())
                    .select(AttachmentRow::as_select())
                    .load(connection)?;
                Ok((rows, filtered(team, &filter).count().get_result::<i64>(connection)?))
            })
            .await?;
        let items = rows.into_iter().map(Attachment::try_from).collect::<Result<_, _>>()?;
        Ok(Listing { items, total: total.unsigned_abs() })
    }
}

#[diesel::dsl::auto_type(no_type_alias)]
fn of(team: TeamId, id: AttachmentId) -> _ {
    let (team, id): (Uuid, Uuid) = (team.uuid(), id.uuid());
    attachments::table.filter(attachments::team_id.eq(team)).filter(attachments::id.eq(id))
}

fn filtered(team: TeamId, filter: &AttachmentFilter) -> attachments::BoxedQuery<'static, Pg> {
    let stored = attachments::table.filter(attachments::team_id.eq(team.uuid()));
    let mut query = stored.filter(attachments::state.eq(STORED)).into_boxed();
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
) -> Result<(), WriteError<AttachmentStoreError>> {
    let unknown = sql_query(
        "SELECT $2 IS NOT NULL
                AND NOT EXISTS (SELECT FROM work_order_operations WHERE team_id = $1 AND id = $2) AS work_order_operation,
                $3 IS NOT NULL
                AND NOT EXISTS (SELECT FROM routing_operations WHERE team_id = $1 AND id = $3) AS routing_operation",
    );
    let unknown = unknown
        .bind::<sql_types::Uuid, _>(team.uuid())
        .bind::<Nullable<sql_types::Uuid>, _>(attachment.work_order_operation.map(Id::uuid))
        .bind::<Nullable<sql_types::Uuid>, _>(attachment.routing_operation.map(Id::uuid));
    let Unknown { work_order_operation, routing_operation } = unknown.get_result(connection)?;
    if work_order_operation || routing_operation {
        return Err(WriteError::Port(AttachmentStoreError::UnknownReferences {
            work_order_operation,
            routing_operation,
        }));
    }
    Ok(())
}

fn insert(connection: &mut PgConnection, team: TeamId, attachment: &Attachment) -> QueryResult<()> {
    diesel::insert_into(attachments::table)
        .values((
            attachments::team_id.eq(team.uuid()),
            attachments::id.eq(attachment.id.uuid()),
            attachments::state.eq(ANNOUNCED),
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

/// An operation that went after it was looked for.
fn write_error(error: diesel::result::Error) -> WriteError<AttachmentStoreError> {
    let unknown = |work_order_operation: bool| {
        let routing_operation = !work_order_operation;
        WriteError::Port(AttachmentStoreError::UnknownReferences { work_order_operation, routing_operation })
    };
    match constraint(&error) {
        Some("attachments_team_id_work_order_operation_id_fkey") => unknown(true),
        Some("attachments_team_id_routing_operation_id_fkey") => unknown(false),
        _ => error.into(),
    }
}

/// What is left of attachments, in PostgreSQL.
pub struct PgOrphanedObjects {
    db: Db,
}

impl PgOrphanedObjects {
    /// Stands on a pool.
    pub fn new(db: Db) -> Self {
        Self { db }
    }
}

#[async_trait]
impl OrphanedObjects for PgOrphanedObjects {
    async fn orphans(&self, then: DateTime<Utc>, limit: u32) -> Result<Vec<OrphanedObject>, StoreError> {
        let rows: Vec<(Uuid, Uuid)> = self
            .db
            .write(Scope::System, Lane::Ordinary, move |connection| {
                let lost = attachments::table
                    .filter(attachments::state.eq(ANNOUNCED))
                    .filter(attachments::uploaded_at.lt(then));
                diesel::update(lost).set(attachments::state.eq(DELETED)).execute(connection)?;
                let deleted = attachments::table.filter(attachments::state.eq(DELETED));
                let deleted = deleted.select((attachments::team_id, attachments::id)).limit(limit.into());
                deleted.load(connection).map_err(WriteError::<StoreError>::from)
            })
            .await?;
        Ok(rows
            .into_iter()
            .map(|(team, id)| OrphanedObject { team: Id::new(team), id: Id::new(id) })
            .collect())
    }

    async fn forget(&self, orphans: &[OrphanedObject]) -> Result<(), StoreError> {
        let teams: Vec<Uuid> = orphans.iter().map(|one| one.team.uuid()).collect();
        let ids: Vec<Uuid> = orphans.iter().map(|one| one.id.uuid()).collect();
        self.db
            .write(Scope::System, Lane::Ordinary, move |connection| {
                let forget = sql_query(
                    "DELETE FROM attachments a USING unnest($1, $2) gone (team_id, id)
                     WHERE a.team_id = gone.team_id AND a.id = gone.id AND a.state = 'deleted'",
                );
                let forget = forget
                    .bind::<sql_types::Array<sql_types::Uuid>, _>(&teams)
                    .bind::<sql_types::Array<sql_types::Uuid>, _>(&ids);
                forget.execute(connection).map(drop).map_err(WriteError::from)
            })
            .await
    }
}
