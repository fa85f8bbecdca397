//! The table `data_collection_activities`.

use chrono::{DateTime, Utc};
use diesel::pg::{Pg, PgConnection};
use diesel::prelude::*;
use kernel::clock::SystemIds;
use kernel::error::StoreError;
use kernel::id::{Id, TeamId};
use kernel::page::Window;
use production_ops::Name;
use production_ops::data_collection::{
    Activity, ActivityError, ActivityFilter, ActivityId, DueActivity, Field,
};
use production_ops::operation::OperationId;
use serde_json::Value;
use uuid::Uuid;

use crate::master_data::{RecordTable, find};
use crate::schema::{data_collection_activities, data_collections, routing_operation_activities};
use crate::write_error::{WriteError, unreadable};

#[derive(Queryable, Selectable)]
#[diesel(table_name = data_collection_activities, check_for_backend(Pg))]
pub struct ActivityRow {
    id: Uuid,
    name: String,
    description: Option<String>,
    fields: Value,
    on_violation: String,
    is_active: bool,
    version: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl TryFrom<ActivityRow> for Activity {
    type Error = StoreError;

    fn try_from(row: ActivityRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: Id::new(row.id),
            name: Name::try_new(&row.name).map_err(unreadable)?,
            description: row.description.map(Into::into),
            fields: fields(&row.fields)?,
            on_violation: row.on_violation.parse().map_err(unreadable)?,
            is_active: row.is_active,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

#[diesel::dsl::auto_type(no_type_alias)]
fn of(team: TeamId, id: ActivityId) -> _ {
    let (team, id): (Uuid, Uuid) = (team.uuid(), id.uuid());
    data_collection_activities::table
        .filter(data_collection_activities::team_id.eq(team))
        .filter(data_collection_activities::id.eq(id))
}

/// The fields as they are stored: as the API shows them.
fn written(activity: &Activity) -> Value {
    activity.fields.iter().map(Field::to_json).collect()
}

fn fields(stored: &Value) -> Result<Vec<Field>, StoreError> {
    let stored = stored.as_array().into_iter().flatten();
    stored.map(Field::from_json).collect::<Result<_, _>>().map_err(unreadable)
}

/// The team's activity of that id, and whether that operation of a routing has it.
pub(in crate::production_ops) fn find_for_step<E: From<StoreError>>(
    connection: &mut PgConnection,
    team: TeamId,
    id: ActivityId,
    step: Option<Uuid>,
) -> Result<Option<(Activity, bool)>, WriteError<E>> {
    let Some(activity) = find(connection, team, id)? else { return Ok(None) };
    let of_step = routing_operation_activities::table
        .filter(routing_operation_activities::team_id.eq(team.uuid()))
        .filter(routing_operation_activities::routing_operation_id.nullable().eq(step))
        .filter(routing_operation_activities::activity_id.eq(id.uuid()));
    let is_of_step = diesel::select(diesel::dsl::exists(of_step)).get_result(connection)?;
    Ok(Some((activity, is_of_step)))
}

/// The activities of an operation's step, in their order, and whether the operation has data of each.
pub(in crate::production_ops) fn due<E: From<StoreError>>(
    connection: &mut PgConnection,
    team: TeamId,
    step: Uuid,
    operation: OperationId,
) -> Result<Vec<DueActivity>, WriteError<E>> {
    let rows: Vec<(ActivityRow, bool)> = data_collection_activities::table
        .inner_join(
            routing_operation_activities::table.on(routing_operation_activities::team_id
                .eq(data_collection_activities::team_id)
                .and(routing_operation_activities::activity_id.eq(data_collection_activities::id))),
        )
        .filter(data_collection_activities::team_id.eq(team.uuid()))
        .filter(routing_operation_activities::routing_operation_id.eq(step))
        .order(routing_operation_activities::sequence)
        .select((ActivityRow::as_select(), routing_operation_activities::is_required))
        .load(connection)?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let collected: Vec<Uuid> = data_collections::table
        .filter(data_collections::team_id.eq(team.uuid()))
        .filter(data_collections::operation_id.eq(operation.uuid()))
        .select(data_collections::activity_id)
        .distinct()
        .load(connection)?;
    let due = |(row, is_required): (ActivityRow, bool)| {
        let is_collected = collected.contains(&row.id);
        Ok(DueActivity { activity: Activity::try_from(row)?, is_required, is_collected })
    };
    rows.into_iter().map(due).collect::<Result<_, StoreError>>().map_err(WriteError::store)
}

impl RecordTable for Activity {
    type Row = ActivityRow;

    fn make(
        _: &mut PgConnection,
        _: TeamId,
        id: ActivityId,
        new: Self::New,
        at: DateTime<Utc>,
    ) -> Result<Self, WriteError<ActivityError>> {
        Ok(Self::create(id, new, &SystemIds, at))
    }

    fn insert(&self, connection: &mut PgConnection, team: TeamId) -> QueryResult<()> {
        diesel::insert_into(data_collection_activities::table)
            .values((
                data_collection_activities::team_id.eq(team.uuid()),
                data_collection_activities::id.eq(self.id.uuid()),
                data_collection_activities::name.eq(self.name.as_str()),
                data_collection_activities::name_key.eq(self.name.key()),
                data_collection_activities::description.eq(self.description.as_deref()),
                data_collection_activities::fields.eq(written(self)),
                data_collection_activities::on_violation.eq(self.on_violation.as_str()),
                data_collection_activities::is_active.eq(self.is_active),
                data_collection_activities::version.eq(self.version),
                data_collection_activities::created_at.eq(self.created_at),
                data_collection_activities::updated_at.eq(self.updated_at),
            ))
            .execute(connection)
            .map(drop)
    }

    fn update(&self, connection: &mut PgConnection, team: TeamId) -> QueryResult<()> {
        diesel::update(of(team, self.id))
            .set((
                data_collection_activities::name.eq(self.name.as_str()),
                data_collection_activities::name_key.eq(self.name.key()),
                data_collection_activities::description.eq(self.description.as_deref()),
                data_collection_activities::fields.eq(written(self)),
                data_collection_activities::on_violation.eq(self.on_violation.as_str()),
                data_collection_activities::is_active.eq(self.is_active),
                data_collection_activities::version.eq(self.version),
                data_collection_activities::updated_at.eq(self.updated_at),
            ))
            .execute(connection)
            .map(drop)
    }

    fn refusal(_: &str) -> Option<ActivityError> {
        None
    }

    fn find(connection: &mut PgConnection, team: TeamId, id: ActivityId) -> QueryResult<ActivityRow> {
        of(team, id).select(ActivityRow::as_select()).first(connection)
    }

    fn lock(connection: &mut PgConnection, team: TeamId, id: ActivityId) -> QueryResult<ActivityRow> {
        of(team, id).select(ActivityRow::as_select()).for_update().first(connection)
    }

    fn list(
        connection: &mut PgConnection,
        team: TeamId,
        filter: &Self::Filter,
        window: Window,
    ) -> QueryResult<(Vec<ActivityRow>, i64)> {
        let rows = filtered(team, filter)
            .order((data_collection_activities::name_key, data_collection_activities::id));
        let rows = rows.limit(window.limit().into()).offset(window.offset().into());
        Ok((
            rows.select(ActivityRow::as_select()).load(connection)?,
            filtered(team, filter).count().get_result(connection)?,
        ))
    }
}

fn filtered(team: TeamId, filter: &ActivityFilter) -> data_collection_activities::BoxedQuery<'static, Pg> {
    let query = data_collection_activities::table
        .filter(data_collection_activities::team_id.eq(team.uuid()))
        .into_boxed();
    if filter.active_only { query.filter(data_collection_activities::is_active) } else { query }
}
