//! The table `equipment`, and the rows of its samples and alarms.

use ::equipment::{
    Alarm, AlarmCode, AlarmMessage, Equipment, OpenAlarm, RaisedAlarm, Readings, Sample, StoredSample, Tag,
};
use chrono::{DateTime, Utc};
use diesel::pg::{Pg, PgConnection};
use diesel::prelude::*;
use kernel::error::StoreError;
use kernel::id::{Id, TeamId};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::schema::{JsonColumn, equipment, equipment_alarms, equipment_samples};
use crate::write_error::{WriteError, unreadable};

#[derive(Queryable, Selectable)]
#[diesel(table_name = equipment, check_for_backend(Pg))]
pub(super) struct EquipmentRow {
    id: Uuid,
    tag: String,
    department_id: Uuid,
    status: String,
    status_since: DateTime<Utc>,
    work_order_operation_id: Option<Uuid>,
    data: JsonColumn,
    alarms: Value,
    taken_at: DateTime<Utc>,
    received_at: DateTime<Utc>,
    version: i64,
    registered_at: DateTime<Utc>,
}

impl TryFrom<EquipmentRow> for Equipment {
    type Error = StoreError;

    fn try_from(row: EquipmentRow) -> Result<Self, StoreError> {
        let alarms: Vec<StoredAlarm> = serde_json::from_value(row.alarms).map_err(unreadable)?;
        Ok(Self {
            id: Id::new(row.id),
            tag: Tag::try_new(&row.tag).map_err(unreadable)?,
            department: Id::new(row.department_id),
            status: row.status.parse().map_err(unreadable)?,
            status_since: row.status_since,
            operation: row.work_order_operation_id.map(Id::new),
            readings: readings(row.data)?,
            alarms: alarms.into_iter().map(OpenAlarm::try_from).collect::<Result<_, _>>()?,
            taken_at: row.taken_at,
            received_at: row.received_at,
            version: row.version,
            registered_at: row.registered_at,
        })
    }
}

#[diesel::dsl::auto_type(no_type_alias)]
pub(super) fn of<'a>(team: TeamId, tag: &'a Tag) -> _ {
    let (team, tag): (Uuid, &'a str) = (team.uuid(), tag.as_str());
    equipment::table.filter(equipment::team_id.eq(team)).filter(equipment::tag.eq(tag))
}

pub(super) fn lock<E: From<StoreError>>(
    connection: &mut PgConnection,
    team: TeamId,
    tag: &Tag,
) -> Result<Option<Equipment>, WriteError<E>> {
    // its id never changes, so samples and alarms may refer to it meanwhile
    let query = of(team, tag).select(EquipmentRow::as_select()).for_no_key_update();
    let row = query.first(connection).optional()?;
    row.map(Equipment::try_from).transpose().map_err(WriteError::store)
}

/// Whether it was inserted: not if the team has equipment of that tag.
pub(super) fn insert(connection: &mut PgConnection, team: TeamId, one: &Equipment) -> QueryResult<bool> {
    let inserted = diesel::insert_into(equipment::table)
        .values((
            equipment::team_id.eq(team.uuid()),
            equipment::id.eq(one.id.uuid()),
            equipment::tag.eq(one.tag.as_str()),
            equipment::department_id.eq(one.department.uuid()),
            equipment::status.eq(one.status.as_str()),
            equipment::status_since.eq(one.status_since),
            equipment::work_order_operation_id.eq(one.operation.map(Id::uuid)),
            equipment::data.eq(JsonColumn(one.readings.values().clone())),
            equipment::alarms.eq(open_alarms(one)),
            equipment::has_alarm.eq(!one.alarms.is_empty()),
            equipment::taken_at.eq(one.taken_at),
            equipment::received_at.eq(one.received_at),
            equipment::version.eq(one.version),
            equipment::registered_at.eq(one.registered_at),
        ))
        .on_conflict((equipment::team_id, equipment::tag))
        .do_nothing()
        .execute(connection)?;
    Ok(inserted == 1)
}

pub(super) fn update(connection: &mut PgConnection, team: TeamId, one: &Equipment) -> QueryResult<()> {
    diesel::update(of(team, &one.tag))
        .set((
            equipment::department_id.eq(one.department.uuid()),
            equipment::status.eq(one.status.as_str()),
            equipment::status_since.eq(one.status_since),
            equipment::work_order_operation_id.eq(one.operation.map(Id::uuid)),
            equipment::data.eq(JsonColumn(one.readings.values().clone())),
            equipment::alarms.eq(open_alarms(one)),
            equipment::has_alarm.eq(!one.alarms.is_empty()),
            equipment::taken_at.eq(one.taken_at),
            equipment::received_at.eq(one.received_at),
            equipment::version.eq(one.version),
        ))
        .execute(connection)
        .map(drop)
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = equipment_samples, check_for_backend(Pg))]
pub(super) struct SampleRow {
    taken_at: DateTime<Utc>,
    received_at: DateTime<Utc>,
    status: String,
    department_id: Uuid,
    work_order_operation_id: Option<Uuid>,
    data: JsonColumn,
    alarms: Value,
}

impl TryFrom<SampleRow> for StoredSample {
    type Error = StoreError;

    fn try_from(row: SampleRow) -> Result<Self, StoreError> {
        let alarms: Vec<StoredAlarm> = serde_json::from_value(row.alarms).map_err(unreadable)?;
        let sample = Sample {
            department: Id::new(row.department_id),
            status: row.status.parse().map_err(unreadable)?,
            operation: row.work_order_operation_id.map(Id::new),
            readings: readings(row.data)?,
            alarms: alarms.iter().map(Alarm::try_from).collect::<Result<_, _>>()?,
            taken_at: row.taken_at,
        };
        Ok(Self { sample, received_at: row.received_at })
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = equipment_alarms, check_for_backend(Pg))]
pub(super) struct AlarmRow {
    raised_at: DateTime<Utc>,
    code: String,
    severity: String,
    message: String,
    cleared_at: Option<DateTime<Utc>>,
}

impl TryFrom<AlarmRow> for RaisedAlarm {
    type Error = StoreError;

    fn try_from(row: AlarmRow) -> Result<Self, StoreError> {
        Ok(Self {
            alarm: alarm(&row.code, &row.severity, &row.message)?,
            raised_at: row.raised_at,
            cleared_at: row.cleared_at,
        })
    }
}

/// An alarm as `jsonb`; one of a sample is not known to be raised.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct StoredAlarm {
    code: String,
    severity: String,
    message: String,
    raised_at: Option<DateTime<Utc>>,
}

impl TryFrom<&StoredAlarm> for Alarm {
    type Error = StoreError;

    fn try_from(stored: &StoredAlarm) -> Result<Self, StoreError> {
        alarm(&stored.code, &stored.severity, &stored.message)
    }
}

impl TryFrom<StoredAlarm> for OpenAlarm {
    type Error = StoreError;

    fn try_from(stored: StoredAlarm) -> Result<Self, StoreError> {
        let raised_at = stored.raised_at;
        let raised_at =
            raised_at.ok_or_else(|| StoreError::Internal("an open alarm was never raised".into()))?;
        Ok(Self { alarm: (&stored).try_into()?, raised_at })
    }
}

fn alarm(code: &str, severity: &str, message: &str) -> Result<Alarm, StoreError> {
    Ok(Alarm {
        code: AlarmCode::try_new(code).map_err(unreadable)?,
        severity: severity.parse().map_err(unreadable)?,
        message: AlarmMessage::try_new(message).map_err(unreadable)?,
    })
}

fn readings(JsonColumn(stored): JsonColumn) -> Result<Readings, StoreError> {
    Readings::try_new(stored).map_err(unreadable)
}

/// The open alarms as they are stored.
fn open_alarms(one: &Equipment) -> Value {
    one.alarms.iter().map(|open| stored(&open.alarm, Some(open.raised_at))).collect()
}

/// A sample's alarms as they are stored.
pub(super) fn reported_alarms(sample: &Sample) -> Value {
    sample.alarms.iter().map(|alarm| stored(alarm, None)).collect()
}

fn stored(alarm: &Alarm, raised_at: Option<DateTime<Utc>>) -> Value {
    json!({
        "code": alarm.code.as_str(),
        "severity": alarm.severity.as_str(),
        "message": alarm.message.as_str(),
        "raisedAt": raised_at,
    })
}
