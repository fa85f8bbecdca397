//! Writes what a change of an order leaves.

use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Array, BigInt, Numeric, Text, Timestamptz};
use kernel::clock::{IdSource, SystemIds};
use kernel::error::StoreError;
use kernel::events::OutboxMessage;
use kernel::id::{Id, TeamId};
use production_ops::data_collection::{Captured, violations_json};
use production_ops::operation::{Operation, OperationStatus, SegmentChange};
use production_ops::order::{Changed, ManufacturingOrder, Notes, OrderEvent};

use super::table::{of, operation_of};
use crate::production_ops::collections::table::CollectionRow;
use crate::schema::{
    JsonColumn, data_collections, manufacturing_orders, operation_segments, work_order_operations,
};
use crate::write_error::WriteError;

/// Writes the outcome of an action: the order if it differs, the operation and the one after it, segments, data.
pub(in crate::production_ops) fn write_action(
    connection: &mut PgConnection,
    team: TeamId,
    before: &ManufacturingOrder,
    changed: &Changed,
) -> QueryResult<()> {
    write_order(connection, team, before, &changed.order)?;
    let operations = changed.order.operations.iter().zip(&before.operations);
    let differing = operations.filter(|(after, before)| after != before).map(|(after, _)| after);
    let (idle, worked_on): (Vec<_>, Vec<_>) = differing.partition(|operation| is_idle(operation));
    // at most two: the operation itself, and the next that it made ready
    for operation in worked_on {
        write_operation(connection, team, operation)?;
    }
    complete_idle(connection, team, &idle)?;
    end_segments(connection, team, changed)?;
    begin_segments(connection, team, changed)?;
    capture(connection, team, before, changed)
}

/// Writes the outcome of a change of an order: the order, and all the operations that it ends the time of.
pub(in crate::production_ops) fn write_change(
    connection: &mut PgConnection,
    team: TeamId,
    before: &ManufacturingOrder,
    changed: &Changed,
) -> QueryResult<()> {
    write_order(connection, team, before, &changed.order)?;
    let operations = changed.order.operations.iter().zip(&before.operations);
    let differing: Vec<_> = operations.filter(|(after, before)| after != before).map(|it| it.0).collect();
    if differing.is_empty() {
        return Ok(());
    }
    stop_operations(connection, team, &differing)?;
    end_segments(connection, team, changed)
}

/// The outbox messages of a change's events.
pub(in crate::production_ops) fn messages<E: From<StoreError>>(
    events: &[OrderEvent],
) -> Result<Vec<OutboxMessage>, WriteError<E>> {
    events.iter().map(|event| event.announce(&SystemIds).map_err(WriteError::internal)).collect()
}

fn write_order(
    connection: &mut PgConnection,
    team: TeamId,
    before: &ManufacturingOrder,
    order: &ManufacturingOrder,
) -> QueryResult<()> {
    if order.version == before.version {
        return Ok(());
    }
    diesel::update(of(team, order.id))
        .set((
            manufacturing_orders::status.eq(order.status.as_str()),
            manufacturing_orders::held_status.eq(order.held.map(|held| held.as_str())),
            manufacturing_orders::priority.eq(i16::from(order.priority.value())),
            manufacturing_orders::notes.eq(order.notes.as_ref().map(Notes::as_str)),
            manufacturing_orders::quantity_completed
                .eq(order.quantity_completed.map(|amount| amount.value())),
            manufacturing_orders::actual_start.eq(order.actual_start),
            manufacturing_orders::actual_end.eq(order.actual_end),
            manufacturing_orders::version.eq(order.version),
            manufacturing_orders::updated_at.eq(order.updated_at),
        ))
        .execute(connection)
        .map(drop)
}

fn write_operation(connection: &mut PgConnection, team: TeamId, operation: &Operation) -> QueryResult<()> {
    diesel::update(operation_of(team, operation.id))
        .set((
            work_order_operations::status.eq(operation.status.as_str()),
            work_order_operations::operator_id.eq(operation.operator.map(Id::uuid)),
            work_order_operations::ready_at.eq(operation.ready_at),
            work_order_operations::actual_start.eq(operation.actual_start),
            work_order_operations::actual_end.eq(operation.actual_end),
            work_order_operations::good.eq(operation.quantities.good.value()),
            work_order_operations::rejected.eq(operation.quantities.rejected.value()),
            work_order_operations::reworked.eq(operation.quantities.reworked.value()),
            work_order_operations::captured_data.eq(operation.captured.clone().map(JsonColumn)),
            work_order_operations::segments.eq(operation.time.segments),
            work_order_operations::active_micros.eq(active_micros(operation)),
            work_order_operations::running_since.eq(operation.time.open.map(|open| open.started_at)),
            work_order_operations::version.eq(operation.version),
            work_order_operations::updated_at.eq(operation.updated_at),
        ))
        .execute(connection)
        .map(drop)
}

/// Whether an operation was handed nothing and completed itself.
fn is_idle(operation: &Operation) -> bool {
    operation.status == OperationStatus::Completed && operation.actual_start.is_none()
}

/// Completes any number of operations that were handed nothing.
fn complete_idle(connection: &mut PgConnection, team: TeamId, idle: &[&Operation]) -> QueryResult<()> {
    let Some(at) = idle.first().and_then(|operation| operation.actual_end) else { return Ok(()) };
    sql_query(
        "UPDATE work_order_operations w
         SET status = 'completed', ready_at = coalesce(ready_at, $5), actual_end = coalesce(actual_end, $5), good = s.good,
             rejected = s.rejected, version = s.version, updated_at = $6
         FROM unnest($2, $3, $4, $7) s (id, good, rejected, version)
         WHERE w.team_id = $1 AND w.id = s.id",
    )
    .bind::<diesel::sql_types::Uuid, _>(team.uuid())
    .bind::<Array<diesel::sql_types::Uuid>, _>(idle.iter().map(|it| it.id.uuid()).collect::<Vec<_>>())
    .bind::<Array<Numeric>, _>(idle.iter().map(|it| it.quantities.good.value()).collect::<Vec<_>>())
    .bind::<Array<Numeric>, _>(idle.iter().map(|it| it.quantities.rejected.value()).collect::<Vec<_>>())
    .bind::<Timestamptz, _>(at)
    .bind::<Timestamptz, _>(idle.iter().map(|it| it.updated_at).max().unwrap_or(at))
    .bind::<Array<BigInt>, _>(idle.iter().map(|it| it.version).collect::<Vec<_>>())
    .execute(connection)
    .map(drop)
}

fn active_micros(operation: &Operation) -> i64 {
    operation.time.ended.num_microseconds().unwrap_or(i64::MAX)
}

/// Ends the time of any number of operations at once, each with a status of its own.
fn stop_operations(
    connection: &mut PgConnection,
    team: TeamId,
    operations: &[&Operation],
) -> QueryResult<()> {
    let Some(at) = operations.first().map(|operation| operation.updated_at) else { return Ok(()) };
    let ids: Vec<_> = operations.iter().map(|operation| operation.id.uuid()).collect();
    let statuses: Vec<_> = operations.iter().map(|operation| operation.status.as_str()).collect();
    let active: Vec<_> = operations.iter().map(|operation| active_micros(operation)).collect();
    let versions: Vec<_> = operations.iter().map(|operation| operation.version).collect();
    sql_query(
        "UPDATE work_order_operations w
         SET status = s.status, active_micros = s.active, running_since = NULL, version = s.version, updated_at = $6
         FROM unnest($2, $3, $4, $5) s (id, status, active, version)
         WHERE w.team_id = $1 AND w.id = s.id",
    )
    .bind::<diesel::sql_types::Uuid, _>(team.uuid())
    .bind::<Array<diesel::sql_types::Uuid>, _>(ids)
    .bind::<Array<Text>, _>(statuses)
    .bind::<Array<BigInt>, _>(active)
    .bind::<Array<BigInt>, _>(versions)
    .bind::<Timestamptz, _>(at)
    .execute(connection)
    .map(drop)
}

/// Ends the segments that were there; a change ends all of its at one moment, for one reason.
fn end_segments(connection: &mut PgConnection, team: TeamId, changed: &Changed) -> QueryResult<()> {
    let ended: Vec<_> = changed.segments.iter().filter(|it| !it.is_new).collect();
    let Some((at, by)) = ended.first().and_then(|it| it.segment.ended) else { return Ok(()) };
    let operations: Vec<_> = ended.iter().map(|it| it.operation.uuid()).collect();
    let open = operation_segments::table
        .filter(operation_segments::team_id.eq(team.uuid()))
        .filter(operation_segments::operation_id.eq_any(operations))
        .filter(operation_segments::ended_at.is_null());
    let done = diesel::update(open)
        .set((
            operation_segments::ended_at.eq(at),
            operation_segments::ended_by.eq(by.as_str()),
            operation_segments::pause_reason_id.eq(by.reason().map(Id::uuid)),
        ))
        .execute(connection)?;
    // the operation's row says that a segment goes on; one that is not there would be lost time
    if done == ended.len() { Ok(()) } else { Err(diesel::result::Error::NotFound) }
}

fn begin_segments(connection: &mut PgConnection, team: TeamId, changed: &Changed) -> QueryResult<()> {
    let row = |it: &SegmentChange| {
        let (segment, ended) = (it.segment, it.segment.ended);
        (
            operation_segments::team_id.eq(team.uuid()),
            operation_segments::operation_id.eq(it.operation.uuid()),
            operation_segments::sequence.eq(segment.sequence),
            operation_segments::operator_id.eq(segment.operator.uuid()),
            operation_segments::started_at.eq(segment.started_at),
            operation_segments::ended_at.eq(ended.map(|(at, _)| at)),
            operation_segments::ended_by.eq(ended.map(|(_, by)| by.as_str())),
            operation_segments::pause_reason_id.eq(ended.and_then(|(_, by)| by.reason()).map(Id::uuid)),
        )
    };
    // an action begins one segment at most
    match changed.segments.iter().find(|it| it.is_new) {
        Some(begun) => {
            diesel::insert_into(operation_segments::table).values(row(begun)).execute(connection).map(drop)
        }
        None => Ok(()),
    }
}

/// Stores what was noted at a completion as data of the activities that it is for.
fn capture(
    connection: &mut PgConnection,
    team: TeamId,
    before: &ManufacturingOrder,
    changed: &Changed,
) -> QueryResult<()> {
    let mut operations = changed.order.operations.iter().zip(&before.operations);
    let completed = operations.find(|(after, before)| after.actual_end != before.actual_end);
    let completed = completed.and_then(|(operation, _)| operation.operator.map(|by| (operation, by)));
    let Some((operation, by)) = completed.filter(|_| !changed.captured.is_empty()) else { return Ok(()) };
    let row = |captured: &Captured| CollectionRow {
        team_id: team.uuid(),
        id: SystemIds.uuid(),
        operation_id: operation.id.uuid(),
        activity_id: captured.activity.uuid(),
        operator_id: by.uuid(),
        collected_data: JsonColumn(captured.data.clone()),
        collected_at: operation.updated_at,
        received_at: operation.updated_at,
        conforming: captured.violations.is_empty(),
        violations: violations_json(&captured.violations),
    };
    let rows: Vec<_> = changed.captured.iter().map(row).collect();
    diesel::insert_into(data_collections::table).values(rows).execute(connection).map(drop)
}
