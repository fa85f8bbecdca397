//! Equipment: machines that report for themselves (seed 004, section 6; contract, *mes*).

mod error;
mod input;
mod values;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use kernel::clock::IdSource;
use kernel::events::{Event, PayloadFault};
use kernel::id::Id;
use serde_json::json;

pub use self::error::EquipmentError;
pub use self::input::EquipmentReport;
pub use self::values::{
    AlarmCode, AlarmMessage, EquipmentStatus, Readings, ReadingsTooLong, Severity, Tag, TagFault,
};
use crate::department::DepartmentId;
use crate::events::{EquipmentAlarm, EquipmentStatusChanged};
use crate::operation::OperationId;

kernel::id_type!(EquipmentId, Equipment, "equipment");

/// An alarm as a sample has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alarm {
    /// Which alarm.
    pub code: AlarmCode,
    /// How bad it is.
    pub severity: Severity,
    /// What it says to people.
    pub message: AlarmMessage,
}

/// What equipment says of itself at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample {
    /// Where it stands.
    pub department: DepartmentId,
    /// What it does.
    pub status: EquipmentStatus,
    /// What it works on.
    pub operation: Option<OperationId>,
    /// What it measured.
    pub readings: Readings,
    /// What it warns of: at most 100 alarms whose codes differ.
    pub alarms: Vec<Alarm>,
    /// When, by its own clock, to the microsecond. It has one sample of a moment.
    pub taken_at: DateTime<Utc>,
}

/// A sample that was stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredSample {
    /// What the equipment said.
    pub sample: Sample,
    /// When it came in, by the server's clock.
    pub received_at: DateTime<Utc>,
}

/// An alarm that has not been cleared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenAlarm {
    /// The alarm as it was reported last.
    pub alarm: Alarm,
    /// When it was raised, by the equipment's clock.
    pub raised_at: DateTime<Utc>,
}

/// An alarm that was raised at some time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RaisedAlarm {
    /// The alarm as it was raised.
    pub alarm: Alarm,
    /// When it was raised, by the equipment's clock.
    pub raised_at: DateTime<Utc>,
    /// When it was cleared, by the equipment's clock; `None` while it is open.
    pub cleared_at: Option<DateTime<Utc>>,
}

/// A piece of equipment as its newest sample has it. No two of a team have one tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Equipment {
    /// Its id.
    pub id: EquipmentId,
    /// What it calls itself.
    pub tag: Tag,
    /// Where it stands.
    pub department: DepartmentId,
    /// What it does.
    pub status: EquipmentStatus,
    /// The time of the first sample that said so without another between.
    pub status_since: DateTime<Utc>,
    /// What it works on.
    pub operation: Option<OperationId>,
    /// What it measured.
    pub readings: Readings,
    /// What it warns of.
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

/// What a sample did to equipment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// The equipment before; `None` if this registered it.
    pub before: Option<Equipment>,
    /// The equipment after.
    pub after: Equipment,
    /// The alarms that were raised.
    pub raised: Vec<OpenAlarm>,
    /// The alarms that were open and are so no more; one that was raised anew is among them too.
    pub cleared: Vec<AlarmCode>,
}

/// The answer to a report (seed 004, section 6.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// Whose report it was.
    pub tag: Tag,
    /// The status that it reported.
    pub status: EquipmentStatus,
    /// When it came in, by the server's clock.
    pub received_at: DateTime<Utc>,
    /// The messages of the alarms that it raised at `warning` or `critical`.
    pub alerts: Vec<AlarmMessage>,
}

impl Equipment {
    /// Equipment that is heard of for the first time: whatever it warns of is raised.
    pub fn register(id: EquipmentId, tag: Tag, sample: &Sample, at: DateTime<Utc>) -> Applied {
        let unheard_of = Self {
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
        Applied { before: None, ..unheard_of.moved_by(sample, at) }
    }

    /// What a sample that comes in at `at` does; `None` if it is not newer than the newest, and so does nothing.
    #[must_use]
    pub fn report(&self, sample: &Sample, at: DateTime<Utc>) -> Option<Applied> {
        (sample.taken_at > self.taken_at).then(|| self.moved_by(sample, at))
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

    /// The equipment as JSON text, for the audit trail; what it measured stands in its samples.
    pub fn snapshot(&self) -> String {
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

    /// What the world hears of it: that the status changed, then each alarm that was raised.
    ///
    /// # Errors
    /// When a payload has no form in JSON, which none of equipment lacks.
    pub fn events(&self, ids: &dyn IdSource, at: DateTime<Utc>) -> Result<Vec<Event>, PayloadFault> {
        let (equipment, aggregate) = (&self.after, self.after.id.uuid());
        let before_alarms = equipment.version - self.raised.len() as i64;
        let mut told = Vec::new();
        if let Some(previous) = self.previous_status() {
            let payload = status_changed(equipment, previous);
            told.push(Event::new(ids.uuid(), aggregate, before_alarms, at, &payload)?);
        }
        for (sequence, alarm) in (before_alarms + 1..).zip(&self.raised) {
            told.push(Event::new(ids.uuid(), aggregate, sequence, at, &alarm_raised(equipment, alarm))?);
        }
        Ok(told)
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
        let loud = raised.iter().filter(|open| open.alarm.severity >= Severity::Warning);
        let alerts = loud.map(|open| open.alarm.message.clone()).collect();
        Self { tag: tag.clone(), status: sample.status, received_at, alerts }
    }
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
