//! The tables `equipment_samples` and `equipment_alarms`.

use ::equipment::{Applied, EquipmentId, OpenAlarm, Sample, StoredSample, Tag};
use chrono::{DateTime, Utc};
use diesel::pg::{Pg, PgConnection};
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Array, Text, Timestamptz};
use kernel::error::StoreError;
use kernel::id::{Id, TeamId};
use kernel::period::Period;

use super::table::{SampleRow, of, reported_alarms};
use crate::schema::{JsonColumn, equipment, equipment_alarms, equipment_samples};
use crate::write_error::WriteError;

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

/// Stores a sample, unless it is stored already.
pub(super) fn add_sample<E: From<StoreError>>(
    connection: &mut PgConnection,
    team: TeamId,
    id: EquipmentId,
    sample: &Sample,
    received_at: DateTime<Utc>,
) -> Result<(), WriteError<E>> {
    if insert_sample(connection, team, id, sample, received_at, 0)? == 1 {
        return Ok(());
    }
    // the equipment is locked: no other sample of this moment comes between
    let of_that_moment: Vec<SampleRow> = equipment_samples::table
        .filter(equipment_samples::team_id.eq(team.uuid()))
        .filter(equipment_samples::equipment_id.eq(id.uuid()))
        .filter(equipment_samples::taken_at.eq(sample.taken_at))
        .select(SampleRow::as_select())
        .load(connection)?;
    let arrival = i32::try_from(of_that_moment.len()).map_err(WriteError::internal)?;
    let stored = of_that_moment.into_iter().map(StoredSample::try_from).collect::<Result<Vec<_>, _>>();
    let stored = stored.map_err(WriteError::store)?;
    if stored.iter().all(|stored| stored.sample != *sample) {
        insert_sample(connection, team, id, sample, received_at, arrival)?;
    }
    Ok(())
}

fn insert_sample(
    connection: &mut PgConnection,
    team: TeamId,
    id: EquipmentId,
    sample: &Sample,
    received_at: DateTime<Utc>,
    arrival: i32,
) -> QueryResult<usize> {
    diesel::insert_into(equipment_samples::table)
        .values((
            equipment_samples::team_id.eq(team.uuid()),
            equipment_samples::equipment_id.eq(id.uuid()),
            equipment_samples::taken_at.eq(sample.taken_at),
            equipment_samples::received_at.eq(received_at),
            equipment_samples::status.eq(sample.status.as_str()),
            equipment_samples::department_id.eq(sample.department.uuid()),
            equipment_samples::work_order_operation_id.eq(sample.operation.map(Id::uuid)),
            equipment_samples::data.eq(JsonColumn(sample.readings.values().clone())),
            equipment_samples::alarms.eq(reported_alarms(sample)),
            equipment_samples::arrival.eq(arrival),
        ))
        .on_conflict_do_nothing()
        .execute(connection)
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
    let texts = |text: fn(&OpenAlarm) -> &str| applied.raised.iter().map(text).collect::<Vec<_>>();
    let times: Vec<_> = applied.raised.iter().map(|open| open.raised_at).collect();
    sql_query(
        "INSERT INTO equipment_alarms (team_id, equipment_id, raised_at, code, severity, message, arrival)
         SELECT $1, $2, r.raised_at, r.code, r.severity, r.message,
                (SELECT count(*) FROM equipment_alarms a
                 WHERE a.team_id = $1 AND a.equipment_id = $2 AND a.raised_at = r.raised_at AND a.code = r.code)
         FROM unnest($3, $4, $5, $6) r (raised_at, code, severity, message)",
    )
    .bind::<diesel::sql_types::Uuid, _>(team.uuid())
    .bind::<diesel::sql_types::Uuid, _>(applied.after.id.uuid())
    .bind::<Array<Timestamptz>, _>(times)
    .bind::<Array<Text>, _>(texts(|open| open.alarm.code.as_str()))
    .bind::<Array<Text>, _>(texts(|open| open.alarm.severity.as_str()))
    .bind::<Array<Text>, _>(texts(|open| open.alarm.message.as_str()))
    .execute(connection)
    .map(drop)
}
