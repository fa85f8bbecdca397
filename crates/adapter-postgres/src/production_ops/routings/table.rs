//! The tables `routings`, `routing_versions`, `routing_operations` and `routing_operation_activities`.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::pg::{Pg, PgConnection};
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Array, Bool, Integer};
use kernel::error::StoreError;
use kernel::id::{Id, TeamId};
use kernel::manufacturing::Sku;
use production_ops::data_collection::ActivityId;
use production_ops::routing::{
    Collecting, Minutes, Named, OperationTimes, Routing, RoutingId, RoutingOperation, RoutingVersion,
};
use production_ops::{Name, Skill};
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::schema::{
    data_collection_activities, departments, routing_operation_activities, routing_operations,
    routing_versions, routings,
};
use crate::write_error::{WriteError, unreadable};

#[derive(Queryable, Selectable)]
#[diesel(table_name = routings, check_for_backend(Pg))]
pub(super) struct RoutingRow {
    pub(super) id: Uuid,
    pub(super) name: String,
    pub(super) version: i32,
    pub(super) is_active: bool,
    revision: i64,
    pub(super) created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = routing_versions, check_for_backend(Pg))]
pub(super) struct VersionRow {
    version: i32,
    name: String,
    description: Option<String>,
    product_identifier: Option<String>,
    allow_overlap: bool,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = routing_operations, check_for_backend(Pg))]
struct OperationRow {
    id: Uuid,
    operation_number: i32,
    name: String,
    department_id: Uuid,
    setup_minutes: Decimal,
    run_minutes: Decimal,
    run_time_basis: String,
    instructions: Option<String>,
    required_skills: Vec<String>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = routing_operation_activities, check_for_backend(Pg))]
struct CollectingRow {
    routing_operation_id: Uuid,
    sequence: i32,
    activity_id: Uuid,
    is_required: bool,
}

/// A routing in one of its versions.
pub(super) struct RoutingRows {
    routing: RoutingRow,
    version: VersionRow,
    /// With their departments' names.
    operations: Vec<(OperationRow, String)>,
    /// With their names.
    activities: Vec<(CollectingRow, String)>,
}

#[diesel::dsl::auto_type(no_type_alias)]
pub(super) fn of(team: TeamId, id: RoutingId) -> _ {
    let (team, id): (Uuid, Uuid) = (team.uuid(), id.uuid());
    routings::table.filter(routings::team_id.eq(team)).filter(routings::id.eq(id))
}

/// A routing in that version, or in its latest.
pub(super) fn head(
    connection: &mut PgConnection,
    team: TeamId,
    id: RoutingId,
    version: Option<RoutingVersion>,
) -> QueryResult<Option<(RoutingRow, VersionRow)>> {
    let versions = routing_versions::table.on(routing_versions::team_id
        .eq(routings::team_id)
        .and(routing_versions::routing_id.eq(routings::id)));
    let query = of(team, id).inner_join(versions).select((RoutingRow::as_select(), VersionRow::as_select()));
    let head = match version {
        None => query.filter(routing_versions::version.eq(routings::version)).first(connection),
        Some(version) => query.filter(routing_versions::version.eq(written(version))).first(connection),
    };
    head.optional()
}

/// A version as it is stored.
pub(super) fn written(version: RoutingVersion) -> i32 {
    version.number().cast_signed()
}

impl RoutingRows {
    /// The operations of a version beside it.
    pub(super) fn of(
        connection: &mut PgConnection,
        team: TeamId,
        (routing, version): (RoutingRow, VersionRow),
    ) -> QueryResult<Self> {
        let departments = departments::table.on(departments::team_id
            .eq(routing_operations::team_id)
            .and(departments::id.eq(routing_operations::department_id)));
        let operations: Vec<(OperationRow, String)> = routing_operations::table
            .inner_join(departments)
            .filter(routing_operations::team_id.eq(team.uuid()))
            .filter(routing_operations::routing_id.eq(routing.id))
            .filter(routing_operations::version.eq(version.version))
            .order(routing_operations::operation_number)
            .select((OperationRow::as_select(), departments::name))
            .load(connection)?;
        let ids: Vec<_> = operations.iter().map(|(operation, _)| operation.id).collect();
        let activities = data_collection_activities::table.on(data_collection_activities::team_id
            .eq(routing_operation_activities::team_id)
            .and(data_collection_activities::id.eq(routing_operation_activities::activity_id)));
        let activities = routing_operation_activities::table
            .inner_join(activities)
            .filter(routing_operation_activities::team_id.eq(team.uuid()))
            .filter(routing_operation_activities::routing_operation_id.eq_any(ids))
            .order(routing_operation_activities::sequence)
            .select((CollectingRow::as_select(), data_collection_activities::name))
            .load(connection)?;
        Ok(Self { routing, version, operations, activities })
    }
}

impl TryFrom<RoutingRows> for Routing {
    type Error = StoreError;

    fn try_from(rows: RoutingRows) -> Result<Self, StoreError> {
        let RoutingRows { routing, version, operations, activities } = rows;
        let mut collecting: HashMap<Uuid, Vec<_>> = HashMap::new();
        for (row, name) in activities {
            let activity = Named { id: Id::new(row.activity_id), name: named(&name)? };
            let sequence = u8::try_from(row.sequence).map_err(unreadable)?;
            let one = Collecting { activity, is_required: row.is_required, sequence };
            collecting.entry(row.routing_operation_id).or_default().push(one);
        }
        let operations = operations.into_iter().map(|(row, department)| {
            let activities = collecting.remove(&row.id).unwrap_or_default();
            operation(row, &department, activities)
        });
        Ok(Self {
            id: Id::new(routing.id),
            version: numbered(version.version)?,
            name: named(&version.name)?,
            description: version.description.map(Into::into),
            product: product(version.product_identifier.as_deref())?,
            allow_overlap: version.allow_overlap,
            operations: operations.collect::<Result<_, _>>()?,
            is_active: routing.is_active,
            revision: routing.revision,
            created_at: routing.created_at,
            updated_at: routing.updated_at,
        })
    }
}

fn operation(
    row: OperationRow,
    department: &str,
    activities: Vec<Collecting<Named<ActivityId>>>,
) -> Result<RoutingOperation, StoreError> {
    Ok(RoutingOperation {
        id: Id::new(row.id),
        number: u8::try_from(row.operation_number).map_err(unreadable)?,
        name: named(&row.name)?,
        department: Named { id: Id::new(row.department_id), name: named(department)? },
        times: OperationTimes {
            setup: Minutes::try_new(row.setup_minutes).map_err(unreadable)?,
            run: Minutes::try_new(row.run_minutes).map_err(unreadable)?,
            basis: row.run_time_basis.parse().map_err(unreadable)?,
        },
        instructions: row.instructions.map(Into::into),
        required_skills: row
            .required_skills
            .iter()
            .map(|skill| Skill::try_new(skill))
            .collect::<Result<_, _>>()
            .map_err(unreadable)?,
        activities,
    })
}

pub(super) fn named(text: &str) -> Result<Name, StoreError> {
    Name::try_new(text).map_err(unreadable)
}

pub(super) fn numbered(version: i32) -> Result<RoutingVersion, StoreError> {
    RoutingVersion::try_new(version.unsigned_abs()).map_err(unreadable)
}

pub(super) fn product(text: Option<&str>) -> Result<Option<Sku>, StoreError> {
    text.map(Sku::try_new).transpose().map_err(unreadable)
}

/// The routing in its latest version, which stays the latest until the transaction ends.
pub(super) fn lock<E: From<StoreError>>(
    connection: &mut PgConnection,
    team: TeamId,
    id: RoutingId,
) -> Result<Option<Routing>, WriteError<E>> {
    // its id never changes, so its versions may be referred to meanwhile
    let lock = of(team, id).select(routings::id).for_no_key_update();
    lock.first::<Uuid>(connection).optional()?;
    let Some(head) = head(connection, team, id, None)? else { return Ok(None) };
    Routing::try_from(RoutingRows::of(connection, team, head)?).map(Some).map_err(WriteError::store)
}

pub(super) fn insert(connection: &mut PgConnection, team: TeamId, routing: &Routing) -> QueryResult<()> {
    diesel::insert_into(routings::table)
        .values((
            routings::team_id.eq(team.uuid()),
            routings::id.eq(routing.id.uuid()),
            routings::name.eq(routing.name.as_str()),
            routings::name_key.eq(routing.name.key()),
            routings::version.eq(written(routing.version)),
            routings::is_active.eq(routing.is_active),
            routings::revision.eq(routing.revision),
            routings::created_at.eq(routing.created_at),
            routings::updated_at.eq(routing.updated_at),
        ))
        .execute(connection)
        .map(drop)
}

pub(super) fn update(connection: &mut PgConnection, team: TeamId, routing: &Routing) -> QueryResult<()> {
    diesel::update(of(team, routing.id))
        .set((
            routings::name.eq(routing.name.as_str()),
            routings::name_key.eq(routing.name.key()),
            routings::version.eq(written(routing.version)),
            routings::is_active.eq(routing.is_active),
            routings::revision.eq(routing.revision),
            routings::updated_at.eq(routing.updated_at),
        ))
        .execute(connection)
        .map(drop)
}

/// What a version says: three statements, however many operations and activities it has.
pub(super) fn insert_version(
    connection: &mut PgConnection,
    team: TeamId,
    routing: &Routing,
) -> QueryResult<()> {
    diesel::insert_into(routing_versions::table)
        .values((
            routing_versions::team_id.eq(team.uuid()),
            routing_versions::routing_id.eq(routing.id.uuid()),
            routing_versions::version.eq(written(routing.version)),
            routing_versions::name.eq(routing.name.as_str()),
            routing_versions::description.eq(routing.description.as_deref()),
            routing_versions::product_identifier.eq(routing.product.as_ref().map(Sku::as_str)),
            routing_versions::allow_overlap.eq(routing.allow_overlap),
            routing_versions::created_at.eq(routing.updated_at),
        ))
        .execute(connection)?;
    let rows = routing.operations.iter().map(|operation| NewOperationRow::new(team, routing, operation));
    let rows: Vec<_> = rows.collect();
    diesel::insert_into(routing_operations::table).values(rows).execute(connection)?;
    insert_activities(connection, team, &routing.operations)
}

#[derive(Insertable)]
#[diesel(table_name = routing_operations)]
struct NewOperationRow<'a> {
    team_id: Uuid,
    id: Uuid,
    routing_id: Uuid,
    version: i32,
    operation_number: i32,
    name: &'a str,
    department_id: Uuid,
    setup_minutes: Decimal,
    run_minutes: Decimal,
    run_time_basis: &'a str,
    instructions: Option<&'a str>,
    required_skills: Vec<&'a str>,
}

impl<'a> NewOperationRow<'a> {
    fn new(team: TeamId, routing: &Routing, operation: &'a RoutingOperation) -> Self {
        Self {
            team_id: team.uuid(),
            id: operation.id.uuid(),
            routing_id: routing.id.uuid(),
            version: written(routing.version),
            operation_number: operation.number.into(),
            name: operation.name.as_str(),
            department_id: operation.department.id.uuid(),
            setup_minutes: operation.times.setup.value(),
            run_minutes: operation.times.run.value(),
            run_time_basis: operation.times.basis.as_str(),
            instructions: operation.instructions.as_deref(),
            required_skills: operation.required_skills.iter().map(Skill::as_str).collect(),
        }
    }
}

/// Arrays, for 200 operations with 100 activities each are more rows than a statement has parameters.
fn insert_activities(
    connection: &mut PgConnection,
    team: TeamId,
    operations: &[RoutingOperation],
) -> QueryResult<()> {
    let (mut owners, mut sequences, mut activities, mut required) = (vec![], vec![], vec![], vec![]);
    for operation in operations {
        for collecting in &operation.activities {
            owners.push(operation.id.uuid());
            sequences.push(i32::from(collecting.sequence));
            activities.push(collecting.activity.id.uuid());
            required.push(collecting.is_required);
        }
    }
    if owners.is_empty() {
        return Ok(());
    }
    sql_query(
        "INSERT INTO routing_operation_activities (team_id, routing_operation_id, sequence, activity_id, is_required)
         SELECT $1, * FROM unnest($2, $3, $4, $5)",
    )
    .bind::<diesel::sql_types::Uuid, _>(team.uuid())
    .bind::<Array<diesel::sql_types::Uuid>, _>(owners)
    .bind::<Array<Integer>, _>(sequences)
    .bind::<Array<diesel::sql_types::Uuid>, _>(activities)
    .bind::<Array<Bool>, _>(required)
    .execute(connection)
    .map(drop)
}
