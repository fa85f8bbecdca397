//! The table `pause_reasons`.

use chrono::{DateTime, Utc};
use diesel::pg::{Pg, PgConnection};
use diesel::prelude::*;
use kernel::error::StoreError;
use kernel::id::{Id, TeamId};
use production_ops::Name;
use production_ops::pause_reason::{PauseReason, PauseReasonId};
use uuid::Uuid;

use crate::schema::pause_reasons;
use crate::write_error::{WriteError, unreadable};

#[derive(Queryable, Selectable)]
#[diesel(table_name = pause_reasons, check_for_backend(Pg))]
pub(super) struct PauseReasonRow {
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

#[diesel::dsl::auto_type(no_type_alias)]
pub(super) fn of(team: TeamId, id: PauseReasonId) -> _ {
    let (team, id): (Uuid, Uuid) = (team.uuid(), id.uuid());
    pause_reasons::table.filter(pause_reasons::team_id.eq(team)).filter(pause_reasons::id.eq(id))
}

/// The team's pause reason of that id.
pub(in crate::production_ops) fn one<E: From<StoreError>>(
    connection: &mut PgConnection,
    team: TeamId,
    id: PauseReasonId,
) -> Result<Option<PauseReason>, WriteError<E>> {
    let row = of(team, id).select(PauseReasonRow::as_select()).first(connection).optional()?;
    row.map(PauseReason::try_from).transpose().map_err(WriteError::store)
}

pub(in crate::production_ops) fn lock<E: From<StoreError>>(
    connection: &mut PgConnection,
    team: TeamId,
    id: PauseReasonId,
) -> Result<Option<PauseReason>, WriteError<E>> {
    let query = of(team, id).select(PauseReasonRow::as_select()).for_update();
    let row = query.first(connection).optional()?;
    row.map(PauseReason::try_from).transpose().map_err(WriteError::store)
}

pub(in crate::production_ops) fn insert(
    connection: &mut PgConnection,
    team: TeamId,
    reason: &PauseReason,
) -> QueryResult<()> {
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

pub(in crate::production_ops) fn update(
    connection: &mut PgConnection,
    team: TeamId,
    reason: &PauseReason,
) -> QueryResult<()> {
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
