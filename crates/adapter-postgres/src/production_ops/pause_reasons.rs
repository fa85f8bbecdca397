//! Pause reasons.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use diesel::pg::{Pg, PgConnection};
use diesel::prelude::*;
use kernel::audit::AuditEntry;
use kernel::error::StoreError;
use kernel::id::{Id, TeamId};
use kernel::page::{Listing, Window};
use kernel::write::{WriteContext, Written};
use production_ops::Name;
use production_ops::pause_reason::{PauseReason, PauseReasonChange, PauseReasonId};
use production_ops::ports::{PauseReasonFilter, PauseReasonStoreError, PauseReasons};
use uuid::Uuid;

use crate::db::{Db, Lane, Scope};
use crate::effects::Change;
use crate::schema::pause_reasons;
use crate::write_error::{WriteError, constraint, unreadable};

/// Pause reasons in PostgreSQL.
pub struct PgPauseReasons {
    db: Db,
}

impl PgPauseReasons {
    /// Stands on a pool.
    pub fn new(db: Db) -> Self {
        Self { db }
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = pause_reasons, check_for_backend(Pg))]
struct PauseReasonRow {
    id: Uuid,
    name: String,
    category: String,
    is_active: bool,
    version: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl TryFrom<PauseReasonRow> for PauseReason {
    type Error = StoreError;

    fn try_from(row: PauseReasonRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: Id::new(row.id),
            name: Name::try_new(&row.name).map_err(unreadable)?,
            category: row.category.parse().map_err(unreadable)?,
            is_active: row.is_active,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

#[async_trait]
impl PauseReasons for PgPauseReasons {
    async fn create(
        &self,
        context: WriteContext<PauseReason>,
        reason: PauseReason,
    ) -> Result<Written<PauseReason>, PauseReasonStoreError> {
        let team = context.team;
        self.db
            .change(Lane::Ordinary, context, move |connection| {
                insert(connection, team, &reason).map_err(write_error)?;
                let entry = entry("pause_reason.created", None, &reason);
                Ok(Change::audited(reason.clone(), entry))
            })
            .await
    }

    async fn change(
        &self,
        context: WriteContext<PauseReason>,
        id: PauseReasonId,
        change: PauseReasonChange,
    ) -> Result<Written<PauseReason>, PauseReasonStoreError> {
        let (team, at) = (context.team, context.at);
        self.db
            .change(Lane::Ordinary, context, move |connection| {
                let before =
                    locked(connection, team, id)?.ok_or(WriteError::Port(PauseReasonStoreError::NotFound))?;
                let Some(after) = before.change(&change, at) else { return Ok(Change::nothing(before)) };
                update(connection, team, &after).map_err(write_error)?;
                let entry = entry("pause_reason.changed", Some(&before), &after);
                Ok(Change::audited(after, entry))
            })
            .await
    }

    async fn find(&self, team: TeamId, id: PauseReasonId) -> Result<Option<PauseReason>, StoreError> {
        let row = self.db.read(Scope::Team(team), move |connection| {
            of(team, id).select(PauseReasonRow::as_select()).first(connection).optional()
        });
        row.await?.map(PauseReason::try_from).transpose()
    }

    async fn list(
        &self,
        team: TeamId,
        filter: PauseReasonFilter,
        window: Window,
    ) -> Result<Listing<PauseReason>, StoreError> {
        let (rows, total) = self
            .db
            .read(Scope::Team(team), move |connection| {
                let rows = filtered(team, filter)
                    .order((pause_reasons::name_key, pause_reasons::id))
                    .offset(window.offset().into())
                    .limit(window.limit().into())
                    .select(PauseReasonRow::as_select())
                    .load(connection)?;
                Ok((rows, filtered(team, filter).count().get_result::<i64>(connection)?))
            })
            .await?;
        let items = rows.into_iter().map(PauseReason::try_from).collect::<Result<_, _>>()?;
        Ok(Listing { items, total: total.unsigned_abs() })
    }
}

#[diesel::dsl::auto_type(no_type_alias)]
fn of(team: TeamId, id: PauseReasonId) -> _ {
    let (team, id): (Uuid, Uuid) = (team.uuid(), id.uuid());
    pause_reasons::table.filter(pause_reasons::team_id.eq(team)).filter(pause_reasons::id.eq(id))
}

fn filtered(team: TeamId, filter: PauseReasonFilter) -> pause_reasons::BoxedQuery<'static, Pg> {
    let mut query = pause_reasons::table.filter(pause_reasons::team_id.eq(team.uuid())).into_boxed();
    if filter.active_only {
        query = query.filter(pause_reasons::is_active);
    }
    if let Some(category) = filter.category {
        query = query.filter(pause_reasons::category.eq(category.as_str()));
    }
    query
}

/// The team's pause reason of that id.
pub(super) fn one<E: From<StoreError>>(
    connection: &mut PgConnection,
    team: TeamId,
    id: PauseReasonId,
) -> Result<Option<PauseReason>, WriteError<E>> {
    let row = of(team, id).select(PauseReasonRow::as_select()).first(connection).optional()?;
    row.map(PauseReason::try_from).transpose().map_err(WriteError::store)
}

fn locked<E: From<StoreError>>(
    connection: &mut PgConnection,
    team: TeamId,
    id: PauseReasonId,
) -> Result<Option<PauseReason>, WriteError<E>> {
    let query = of(team, id).select(PauseReasonRow::as_select()).for_update();
    let row = query.first(connection).optional()?;
    row.map(PauseReason::try_from).transpose().map_err(WriteError::store)
}

fn insert(connection: &mut PgConnection, team: TeamId, reason: &PauseReason) -> QueryResult<()> {
    diesel::insert_into(pause_reasons::table)
        .values((
            pause_reasons::team_id.eq(team.uuid()),
            pause_reasons::id.eq(reason.id.uuid()),
            pause_reasons::name.eq(reason.name.as_str()),
            pause_reasons::name_key.eq(reason.name.key()),
            pause_reasons::category.eq(reason.category.as_str()),
            pause_reasons::is_active.eq(reason.is_active),
            pause_reasons::version.eq(reason.version),
            pause_reasons::created_at.eq(reason.created_at),
            pause_reasons::updated_at.eq(reason.updated_at),
        ))
        .execute(connection)
        .map(drop)
}

fn update(connection: &mut PgConnection, team: TeamId, reason: &PauseReason) -> QueryResult<()> {
    diesel::update(of(team, reason.id))
        .set((
            pause_reasons::name.eq(reason.name.as_str()),
            pause_reasons::name_key.eq(reason.name.key()),
            pause_reasons::category.eq(reason.category.as_str()),
            pause_reasons::is_active.eq(reason.is_active),
            pause_reasons::version.eq(reason.version),
            pause_reasons::updated_at.eq(reason.updated_at),
        ))
        .execute(connection)
        .map(drop)
}

fn write_error(error: diesel::result::Error) -> WriteError<PauseReasonStoreError> {
    match constraint(&error) {
        Some("pause_reasons_team_id_name_key_key") => WriteError::Port(PauseReasonStoreError::NameTaken),
        _ => error.into(),
    }
}

fn entry(action: &'static str, before: Option<&PauseReason>, after: &PauseReason) -> AuditEntry {
    AuditEntry {
        action: action.into(),
        subject_kind: "pause_reason",
        subject: after.id.uuid(),
        before: before.map(PauseReason::snapshot),
        after: Some(after.snapshot()),
    }
}
