//! Routings on their way into their tables.

use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Array, Bool, Integer};
use kernel::id::TeamId;
use kernel::manufacturing::Sku;
use production_ops::Skill;
use production_ops::routing::{Routing, RoutingOperation};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::read::{of, written};
use crate::schema::{routing_operations, routing_versions, routings};

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
    let rows = routing.operations.iter().map(|operation| OperationRow::new(team, routing, operation));
    let rows: Vec<_> = rows.collect();
    diesel::insert_into(routing_operations::table).values(rows).execute(connection)?;
    insert_activities(connection, team, &routing.operations)
}

#[derive(Insertable)]
#[diesel(table_name = routing_operations)]
struct OperationRow<'a> {
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

impl<'a> OperationRow<'a> {
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
