//! The tables `equipment_samples` and `equipment_alarms`.

use ::equipment::{Applied, EquipmentId, OpenAlarm, Sample, Tag};
use chrono::{DateTime, Utc};
use diesel::pg::{Pg, PgConnection};
use diesel::prelude::*;
use kernel::id::{Id, TeamId};
use kernel::period::Period;

use super::table::{of, reported_alarms};
use crate::schema::{equipment, equipment_alarms, equipment_samples};

pub(super) fn samples_of(team: TeamId, tag: &Tag, period: Period) -> equipment_samples::BoxedQuery<'_, Pg> {
    let id = of(team, tag).select(equipment::id).single_value();
    let mut query = equipment_samples::table
        .filter(equipment_samples::team_id.eq(team.uuid()))
        .filter(equipment_samples::equipment_id.nullable().eq(id))
        .into_boxed();
    if let Some(from) = period.from {
        query = query.filter(equipment_samples::taken_at.ge(from));
    }
    if let Some(before) = period.before {
        query = query.filter(equipment_samples::taken_at.lt(before));
    }
    query
}

pub(super) fn alarms_of(team: TeamId, tag: &Tag) -> equipment_alarms::BoxedQuery<'_, Pg> {
    let id = of(team, tag).select(equipment::id).single_value();
    equipment_alarms::table
        .filter(equipment_alarms::team_id.eq(team.uuid()))
        .filter(equipment_alarms::equipment_id.nullable().eq(id))
        .into_boxed()
}

/// Stores a sample, unless there is one of its moment.
pub(super) fn add_sample(
    connection: &mut PgConnection,
    team: TeamId,
    id: EquipmentId,
    sample: &Sample,
    received_at: DateTime<Utc>,
) -> QueryResult<()> {
    diesel::insert_into(equipment_samples::table)
        .values((
            equipment_samples::team_id.eq(team.uuid()),
            equipment_samples::equipment_id.eq(id.uuid()),
            equipment_samples::taken_at.eq(sample.taken_at),
            equipment_samples::received_at.eq(received_at),
            equipment_samples::status.eq(sample.status.as_str()),
            equipment_samples::department_id.eq(sample.department.uuid()),
            equipment_samples::work_order_operation_id.eq(sample.operation.map(Id::uuid)),
            equipment_samples::data.eq(sample.readings.to_json()),
            equipment_samples::alarms.eq(reported_alarms(sample)),
        ))
        .on_conflict_do_nothing()
        .execute(connection)
        .map(drop)
}

pub(super) fn clear(connection: &mut PgConnection, team: TeamId, applied: &Applied) -> QueryResult<()> {
    if applied.cleared.is_empty() {
        return Ok(());
    }
    let codes: Vec<_> = applied.cleared.iter().map(|code| code.as_str()).collect();
    let open = equipment_alarms::table
        .filter(equipment_alarms::team_id.eq(team.uuid()))
        .filter(equipment_alarms::equipment_id.eq(applied.after.id.uuid()))
        .filter(equipment_alarms::code.eq_any(codes))
        .filter(equipment_alarms::cleared_at.is_null());
    diesel::update(open)
        .set(equipment_alarms::cleared_at.eq(applied.after.taken_at))
        .execute(connection)
        .map(drop)
}

pub(super) fn raise(connection: &mut PgConnection, team: TeamId, applied: &Applied) -> QueryResult<()> {
    if applied.raised.is_empty() {
        return Ok(());
    }
    let row = |open: &OpenAlarm| {
        (
            equipment_alarms::team_id.eq(team.uuid()),
            equipment_alarms::equipment_id.eq(applied.after.id.uuid()),
            equipment_alarms::raised_at.eq(open.raised_at),
            equipment_alarms::code.eq(open.alarm.code.as_str().to_owned()),
            equipment_alarms::severity.eq(open.alarm.severity.as_str()),
            equipment_alarms::message.eq(open.alarm.message.as_str().to_owned()),
        )
    };
    let rows: Vec<_> = applied.raised.iter().map(row).collect();
    diesel::insert_into(equipment_alarms::table).values(rows).execute(connection).map(drop)
}
