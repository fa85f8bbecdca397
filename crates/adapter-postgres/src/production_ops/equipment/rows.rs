//! Rows of equipment, samples and alarms, and the values they stand for.

use chrono::{DateTime, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;
use kernel::error::StoreError;
use kernel::id::Id;
use production_ops::equipment::{
    Alarm, AlarmCode, AlarmMessage, Equipment, OpenAlarm, RaisedAlarm, Readings, Sample, StoredSample, Tag,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::schema::{equipment, equipment_alarms, equipment_samples};
use crate::write_error::unreadable;

#[derive(Queryable, Selectable)]
#[diesel(table_name = equipment, check_for_backend(Pg))]
pub(super) struct EquipmentRow {
    id: Uuid,
    tag: String,
    department_id: Uuid,
    status: String,
    status_since: DateTime<Utc>,
    work_order_operation_id: Option<Uuid>,
    data: Value,
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

#[derive(Queryable, Selectable)]
#[diesel(table_name = equipment_samples, check_for_backend(Pg))]
pub(super) struct SampleRow {
    taken_at: DateTime<Utc>,
    received_at: DateTime<Utc>,
    status: String,
    department_id: Uuid,
    work_order_operation_id: Option<Uuid>,
    data: Value,
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

fn readings(stored: Value) -> Result<Readings, StoreError> {
    match stored {
        Value::Object(values) => Readings::try_new(values).map_err(unreadable),
        _ => Err(StoreError::Internal("readings are no object".into())),
    }
}

/// The open alarms as they are stored.
pub(super) fn open_alarms(one: &Equipment) -> Value {
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
