//! The table `pause_reasons`.

use chrono::{DateTime, Utc};
use diesel::pg::{Pg, PgConnection};
use diesel::prelude::*;
use kernel::error::StoreError;
use kernel::id::{Id, TeamId};
use kernel::page::Window;
use production_ops::Name;
use production_ops::pause_reason::{PauseReason, PauseReasonError, PauseReasonFilter, PauseReasonId};
use uuid::Uuid;

use crate::master_data::RecordTable;
use crate::schema::pause_reasons;
use crate::write_error::{WriteError, unreadable};

#[derive(Queryable, Selectable)]
#[diesel(table_name = pause_reasons, check_for_backend(Pg))]
pub struct PauseReasonRow {
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
fn of(team: TeamId, id: PauseReasonId) -> _ {
    let (team, id): (Uuid, Uuid) = (team.uuid(), id.uuid());
    pause_reasons::table.filter(pause_reasons::team_id.eq(team)).filter(pause_reasons::id.eq(id))
}

impl RecordTable for PauseReason {
    type Row = PauseReasonRow;

    fn make(
        _: &mut PgConnection,
        _: TeamId,
        id: PauseReasonId,
        new: Self::New,
        at: DateTime<Utc>,
    ) -> Result<Self, WriteError<PauseReasonError>> {
        Ok(Self::create(id, new, at))
    }

    fn insert(&self, connection: &mut PgConnection, team: TeamId) -> QueryResult<()> {
        diesel::insert_into(pause_reasons::table)
            .values((
                pause_reasons::team_id.eq(team.uuid()),
                pause_reasons::id.eq(self.id.uuid()),
                pause_reasons::name.eq(self.name.as_str()),
                pause_reasons::name_key.eq(self.name.key()),
                pause_reasons::category.eq(self.category.as_str()),
                pause_reasons::is_active.eq(self.is_active),
                pause_reasons::version.eq(self.version),
                pause_reasons::created_at.eq(self.created_at),
                pause_reasons::updated_at.eq(self.updated_at),
            ))
            .execute(connection)
            .map(drop)
    }

    fn update(&self, connection: &mut PgConnection, team: TeamId) -> QueryResult<()> {
        diesel::update(of(team, self.id))
            .set((
                pause_reasons::name.eq(self.name.as_str()),
                pause_reasons::name_key.eq(self.name.key()),
                pause_reasons::category.eq(self.category.as_str()),
                pause_reasons::is_active.eq(self.is_active),
                pause_reasons::version.eq(self.version),
                pause_reasons::updated_at.eq(self.updated_at),
            ))
            .execute(connection)
            .map(drop)
    }

    fn refusal(constraint: &str) -> Option<PauseReasonError> {
        match constraint {
            "pause_reasons_team_id_name_key_key" => Some(PauseReasonError::NameTaken),
            _ => None,
        }
    }

    fn find(connection: &mut PgConnection, team: TeamId, id: PauseReasonId) -> QueryResult<PauseReasonRow> {
        of(team, id).select(PauseReasonRow::as_select()).first(connection)
    }

    fn lock(connection: &mut PgConnection, team: TeamId, id: PauseReasonId) -> QueryResult<PauseReasonRow> {
        of(team, id).select(PauseReasonRow::as_select()).for_update().first(connection)
    }

    fn list(
        connection: &mut PgConnection,
        team: TeamId,
        filter: &Self::Filter,
        window: Window,
    ) -> QueryResult<(Vec<PauseReasonRow>, i64)> {
        let rows = filtered(team, filter).order((pause_reasons::name_key, pause_reasons::id));
        let rows = rows.limit(window.limit().into()).offset(window.offset().into());
        Ok((
            rows.select(PauseReasonRow::as_select()).load(connection)?,
            filtered(team, filter).count().get_result(connection)?,
        ))
    }
}

fn filtered(team: TeamId, filter: &PauseReasonFilter) -> pause_reasons::BoxedQuery<'static, Pg> {
    let mut query = pause_reasons::table.filter(pause_reasons::team_id.eq(team.uuid())).into_boxed();
    if filter.active_only {
        query = query.filter(pause_reasons::is_active);
    }
    if let Some(category) = filter.category {
        query = query.filter(pause_reasons::category.eq(category.as_str()));
    }
    query
}
