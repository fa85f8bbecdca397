//! Equipment: machines that report for themselves (`docs/spec/mes.md`, "Equipment").

mod error;
mod values;

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use kernel::audit::Audited;
use kernel::clock::IdSource;
use kernel::events::{Event, PayloadFault};
use kernel::id::{Id, Uuid};
use serde_json::json;

pub use self::error::EquipmentError;
pub use self::values::{
    AlarmCode, AlarmMessage, EquipmentStatus, Readings, ReadingsFault, Severity, Tag, TagFault,
};
use crate::events::{EquipmentAlarm, EquipmentStatusChanged};

kernel::id_type!(EquipmentId, Equipment, "equipment");
kernel::id_type!(DepartmentId, enum Department, "department");
kernel::id_type!(WorkOrderOperationId, enum WorkOrderOperation, "work_order_operation");

/// An alarm as a sample has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alarm {
    pub code: AlarmCode,
    pub severity: Severity,
    pub message: AlarmMessage,
}

/// What equipment says of itself at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample {
    /// The department it stands in.
    pub department: DepartmentId,
    pub status: EquipmentStatus,
    pub operation: Option<WorkOrderOperationId>,
    pub readings: Readings,
    /// At most [`Sample::MAX_ALARMS`], whose codes differ.
    pub alarms: Vec<Alarm>,
    /// By its own clock, to the microsecond. It has one sample of a moment.
    pub taken_at: DateTime<Utc>,
}

/// A report of equipment: whose it is and what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EquipmentReport {
    pub tag: Tag,
    pub department: DepartmentId,
    pub status: EquipmentStatus,
    pub operation: Option<WorkOrderOperationId>,
    pub readings: Readings,
    /// At most [`Sample::MAX_ALARMS`], whose codes differ.
    pub alarms: Vec<Alarm>,
    /// By its own clock, to the microsecond; the moment it comes in, if not given.
    pub taken_at: Option<DateTime<Utc>>,
}

/// Two alarms of one sample with one code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is another alarm's of this report; send each alarm once")]
pub struct DuplicateCode;

/// How far equipment's clock may be ahead of the server's.
const MAX_AHEAD: TimeDelta = TimeDelta::minutes(5);

impl Alarm {
    /// Adds the alarm to those of a sample.
    ///
    /// # Errors
    /// When another of them has its code.
    pub fn add_to(self, alarms: &mut Vec<Self>) -> Result<(), DuplicateCode> {
        if alarms.iter().any(|known| known.code == self.code) {
            return Err(DuplicateCode);
        }
        alarms.push(self);
        Ok(())
    }
}

impl Sample {
    pub const MAX_ALARMS: usize = 100;

    /// The sample of a report that comes in at `at`.
    ///
    /// # Errors
    /// [`EquipmentError::ClockAhead`].
    pub fn of(report: EquipmentReport, at: DateTime<Utc>) -> Result<(Tag, Self), EquipmentError> {
        let EquipmentReport { tag, department, status, operation, readings, alarms, taken_at } = report;
        let taken_at = taken_at.unwrap_or(at);
        if taken_at > at + MAX_AHEAD {
            return Err(EquipmentError::ClockAhead);
        }
        Ok((tag, Self { department, status, operation, readings, alarms, taken_at }))
    }
}

/// A sample that was stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredSample {
    pub sample: Sample,
    /// By the server's clock.
    pub received_at: DateTime<Utc>,
}

/// An alarm that has not been cleared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenAlarm {
    /// The alarm as it was reported last.
    pub alarm: Alarm,
    /// By the equipment's clock.
    pub raised_at: DateTime<Utc>,
}

/// An alarm that was raised at some time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RaisedAlarm {
    /// The alarm as it was raised.
    pub alarm: Alarm,
    /// By the equipment's clock.
    pub raised_at: DateTime<Utc>,
    /// By the equipment's clock; `None` while it is open.
    pub cleared_at: Option<DateTime<Utc>>,
}

/// A piece of equipment as its newest sample has it. No two of a team have one tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Equipment {
    pub id: EquipmentId,
    pub tag: Tag,
    /// The department it stands in.
    pub department: DepartmentId,
    pub status: EquipmentStatus,
    /// The time of the first sample that said so without another between.
    pub status_since: DateTime<Utc>,
    pub operation: Option<WorkOrderOperationId>,
    pub readings: Readings,
    pub alarms: Vec<OpenAlarm>,
    /// The newest sample's time, by the equipment's clock.
    pub taken_at: DateTime<Utc>,
    /// When that sample came in, by the server's clock.
    pub received_at: DateTime<Utc>,
    /// 1 when it was registered, one more with each event: every event has a version of its own.
    pub version: i64,
    /// When its first sample came in, by the server's clock.
    pub registered_at: DateTime<Utc>,
}

/// The effect of a sample on equipment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// `None` if the sample registered the equipment.
    pub before: Option<Equipment>,
    pub after: Equipment,
    pub raised: Vec<OpenAlarm>,
    /// The alarms that were open and are not any more; one that was raised anew is among them too.
    pub cleared: Vec<AlarmCode>,
}

/// The answer to a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    pub tag: Tag,
    /// The status that it reported.
    pub status: EquipmentStatus,
    /// By the server's clock.
    pub received_at: DateTime<Utc>,
    /// The messages of the alarms that it raised at `warning` or `critical`.
    pub alerts: Vec<AlarmMessage>,
}

impl Equipment {
    /// Registers equipment by its first sample: every alarm of it is raised.
    pub fn register(id: EquipmentId, tag: Tag, sample: &Sample, at: DateTime<Utc>) -> Applied {
        let unregistered = Self {
            id,
            tag,
            department: sample.department,
            status: sample.status,
            status_since: sample.taken_at,
            operation: sample.operation,
            readings: sample.readings.clone(),
            alarms: Vec::new(),
            taken_at: sample.taken_at,
            received_at: at,
            version: 1,
            registered_at: at,
        };
        Applied { before: None, ..unregistered.moved_by(sample, at) }
    }

    /// The effect of a sample that comes in at `at`; `None` if it has none: it is older than the newest, or that one again.
    /// Of two of one moment the later arrival counts (`docs/spec/mes.md`, "Reports").
    #[must_use]
    pub fn report(&self, sample: &Sample, at: DateTime<Utc>) -> Option<Applied> {
        let counts =
            sample.taken_at > self.taken_at || sample.taken_at == self.taken_at && !self.shows(sample);
        counts.then(|| self.moved_by(sample, at))
    }

    /// Whether it says already what the sample says.
    fn shows(&self, sample: &Sample) -> bool {
        let alarms = self.alarms.iter().map(|open| &open.alarm);
        (self.department, self.status, self.operation) == (sample.department, sample.status, sample.operation)
            && self.readings == sample.readings
            && alarms.eq(&sample.alarms)
    }

    /// An alarm is raised when it appears, and anew when it is worse than it was; otherwise it stays as it is.
    fn moved_by(&self, sample: &Sample, at: DateTime<Utc>) -> Applied {
        let mut open: BTreeMap<_, _> = self.alarms.iter().map(|open| (&open.alarm.code, open)).collect();
        let (mut alarms, mut raised) = (Vec::new(), Vec::new());
        for alarm in &sample.alarms {
            let known = open.get(&alarm.code).is_some_and(|known| alarm.severity <= known.alarm.severity);
            let known = if known { open.remove(&alarm.code) } else { None };
            let raised_at = known.map_or(sample.taken_at, |known| known.raised_at);
            let reported = OpenAlarm { alarm: alarm.clone(), raised_at };
            if known.is_none() {
                raised.push(reported.clone());
            }
            alarms.push(reported);
        }
        let cleared = open.into_keys().cloned().collect();
        let changes = sample.status != self.status;
        let after = Self {
            department: sample.department,
            status: sample.status,
            status_since: if changes { sample.taken_at } else { self.status_since },
            operation: sample.operation,
            readings: sample.readings.clone(),
            alarms,
            taken_at: sample.taken_at,
            received_at: at,
            version: self.version + i64::from(changes) + raised.len() as i64,
            ..self.clone()
        };
        Applied { before: Some(self.clone()), after, raised, cleared }
    }
}

impl Audited for Equipment {
    const KIND: &'static str = "equipment";

    fn audited_id(&self) -> Uuid {
        self.id.uuid()
    }

    /// What it measured stands in its samples.
    fn snapshot(&self) -> String {
        json!({
            "id": self.id.uuid(),
            "equipmentId": self.tag.as_str(),
            "departmentId": self.department.uuid(),
            "status": self.status.as_str(),
            "statusSince": self.status_since,
            "workOrderOperationId": self.operation.map(Id::uuid),
            "alarms": self.alarms.iter().map(|open| open.alarm.code.as_str()).collect::<Vec<_>>(),
            "timestamp": self.taken_at,
            "receivedAt": self.received_at,
            "version": self.version,
            "registeredAt": self.registered_at,
        })
        .to_string()
    }
}

impl Applied {
    /// The status before, if it was another one.
    pub fn previous_status(&self) -> Option<EquipmentStatus> {
        self.before.as_ref().map(|before| before.status).filter(|status| *status != self.after.status)
    }

    /// The events of it: that the status changed, then each alarm that was raised.
    ///
    /// # Errors
    /// When a payload has no form in JSON, which none of equipment lacks.
    pub fn events(&self, ids: &dyn IdSource, at: DateTime<Utc>) -> Result<Vec<Event>, PayloadFault> {
        let (equipment, aggregate) = (&self.after, self.after.id.uuid());
        let before_alarms = equipment.version - self.raised.len() as i64;
        let mut events = Vec::new();
        if let Some(previous) = self.previous_status() {
            let payload = status_changed(equipment, previous);
            events.push(Event::new(ids.uuid(), aggregate, before_alarms, at, &payload)?);
        }
        for (sequence, alarm) in (before_alarms + 1..).zip(&self.raised) {
            events.push(Event::new(ids.uuid(), aggregate, sequence, at, &alarm_raised(equipment, alarm))?);
        }
        Ok(events)
    }
}

fn status_changed(equipment: &Equipment, previous: EquipmentStatus) -> EquipmentStatusChanged {
    EquipmentStatusChanged {
        equipment_id: equipment.tag.as_str().to_owned(),
        department_id: equipment.department.uuid(),
        previous_status: previous.as_str(),
        status: equipment.status.as_str(),
        work_order_operation_id: equipment.operation.map(Id::uuid),
        timestamp: equipment.taken_at,
    }
}

fn alarm_raised(equipment: &Equipment, open: &OpenAlarm) -> EquipmentAlarm {
    EquipmentAlarm {
        equipment_id: equipment.tag.as_str().to_owned(),
        department_id: equipment.department.uuid(),
        code: open.alarm.code.as_str().to_owned(),
        severity: open.alarm.severity.as_str(),
        message: open.alarm.message.as_str().to_owned(),
        raised_at: open.raised_at,
        work_order_operation_id: equipment.operation.map(Id::uuid),
    }
}

impl Receipt {
    /// The answer to a report that raised these alarms.
    pub fn of(tag: &Tag, sample: &Sample, raised: &[OpenAlarm], received_at: DateTime<Utc>) -> Self {
        let alerts = raised.iter().filter(|open| open.alarm.severity >= Severity::Warning);
        let alerts = alerts.map(|open| open.alarm.message.clone()).collect();
        Self { tag: tag.clone(), status: sample.status, received_at, alerts }
    }
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
