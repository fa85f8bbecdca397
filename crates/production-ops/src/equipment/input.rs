use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use kernel::access::UnknownWord;
use kernel::error::Fault;
use serde_json::{Map, Value};

use super::{Alarm, AlarmCode, AlarmMessage, EquipmentStatus, Readings, Sample, Severity, Tag};
use crate::fields::{self, kept, kept_all, required};
use crate::json::holds_nul;
use crate::nested::Nested;

/// A report of equipment, as it came in (seed 004, section 6.1).
#[derive(Debug, Clone, Default, PartialEq)]
pub struct EquipmentReport {
    /// What it calls itself; required.
    pub equipment_id: Option<String>,
    /// Where it stands; required.
    pub department_id: Option<String>,
    /// `running`, `idle`, `down` or `maintenance`; required.
    pub status: Option<String>,
    /// The operation it works on.
    pub work_order_operation_id: Option<String>,
    /// What it measured; nothing if not given.
    pub data: Option<Map<String, Value>>,
    /// What it warns of, as JSON objects; nothing if not given.
    pub alarms: Option<Vec<Value>>,
    /// When, by its own clock; when the report came in if not given.
    pub timestamp: Option<String>,
}

/// How far equipment's clock may be ahead of the server's.
const AHEAD: TimeDelta = TimeDelta::minutes(5);
/// The most alarms of a sample.
const ALARMS: usize = 100;

impl EquipmentReport {
    /// Whose report it is and what it says, if it came in at `at`.
    ///
    /// # Errors
    /// Every fault at once.
    pub fn validate(&self, at: DateTime<Utc>) -> Result<(Tag, Sample), Vec<Fault>> {
        let mut faults = Vec::new();
        let mend = "must be given; send 1 to 100 visible characters on one line";
        let tag = kept(required("equipmentId", tag(self.equipment_id.as_deref()), mend), &mut faults);
        let department = fields::required_department_id(self.department_id.as_deref());
        let department = kept(department, &mut faults);
        let mend = "must be given; send one of running, idle, down, maintenance";
        let status = kept(required("status", status(self.status.as_deref()), mend), &mut faults);
        let operation = fields::work_order_operation_id(self.work_order_operation_id.as_deref());
        let operation = kept(operation, &mut faults);
        let readings = kept_all(self.readings(), &mut faults);
        let alarms = kept_all(alarms(self.alarms.as_deref().unwrap_or_default()), &mut faults);
        let taken_at = kept(self.taken_at(at), &mut faults);
        match (tag, department, status, operation, readings, alarms, taken_at) {
            (
                Some(tag),
                Some(department),
                Some(status),
                Some(operation),
                Some(readings),
                Some(alarms),
                Some(taken_at),
            ) => Ok((tag, Sample { department, status, operation, readings, alarms, taken_at })),
            _ => Err(faults),
        }
    }

    fn readings(&self) -> Result<Readings, Vec<Fault>> {
        let values = self.data.clone().unwrap_or_default();
        let unstorable = values.iter().filter(|(name, value)| name.contains('\0') || holds_nul(value));
        let faults: Vec<_> = unstorable
            .map(|(name, _)| {
                let field = format!("data.{}", name.replace('\0', "\u{fffd}"));
                Fault::new(field, "INVALID_CHARACTER", "holds the character U+0000, which is not allowed")
            })
            .collect();
        if !faults.is_empty() {
            return Err(faults);
        }
        Readings::try_new(values).map_err(|fault| vec![Fault::new("data", "TOO_LONG", fault.to_string())])
    }

    fn taken_at(&self, at: DateTime<Utc>) -> Result<DateTime<Utc>, Fault> {
        let Some(text) = &self.timestamp else { return Ok(at) };
        let read = DateTime::parse_from_rfc3339(text).ok();
        // what PostgreSQL keeps: a sample sent again is of the same moment
        let moment = read.and_then(|read| DateTime::from_timestamp_micros(read.timestamp_micros()));
        match moment {
            None => {
                let message = "must be a time such as 2025-01-20T10:15:00Z";
                Err(Fault::new("timestamp", "INVALID_DATE", message))
            }
            Some(moment) if moment > at + AHEAD => {
                let message =
                    "lies more than 5 minutes ahead of the server's clock; set the equipment's clock right";
                Err(Fault::new("timestamp", "OUT_OF_RANGE", message))
            }
            Some(moment) => Ok(moment),
        }
    }
}

fn tag(text: Option<&str>) -> Result<Option<Tag>, Fault> {
    text.map(Tag::try_new).transpose().map_err(|fault| {
        let message = format!("{fault}; send 1 to {} visible characters on one line", Tag::MAX);
        Fault::new("equipmentId", "INVALID_VALUE", message)
    })
}

fn status(text: Option<&str>) -> Result<Option<EquipmentStatus>, Fault> {
    text.map(str::parse)
        .transpose()
        .map_err(|fault: UnknownWord| Fault::new("status", "UNKNOWN_VALUE", fault.to_string()))
}

fn alarms(values: &[Value]) -> Result<Vec<Alarm>, Vec<Fault>> {
    if values.len() > ALARMS {
        let message = format!("may have at most {ALARMS} entries, this has {}", values.len());
        return Err(vec![Fault::new("alarms", "OUT_OF_RANGE", message)]);
    }
    let (mut read, mut faults, mut codes) = (Vec::with_capacity(values.len()), Vec::new(), BTreeSet::new());
    for (at, value) in values.iter().enumerate() {
        match alarm(&format!("alarms.{at}"), value) {
            Ok(alarm) if !codes.insert(alarm.code.clone()) => {
                let message = "is another alarm's of this report; send each alarm once";
                faults.push(Fault::new(format!("alarms.{at}.code"), "DUPLICATE_CODE", message));
            }
            Ok(alarm) => read.push(alarm),
            Err(found) => faults.extend(found),
        }
    }
    if faults.is_empty() { Ok(read) } else { Err(faults) }
}

fn alarm(path: &str, value: &Value) -> Result<Alarm, Vec<Fault>> {
    let mut alarm = Nested::of(path, value);
    let send = "; send 1 to 100 visible characters on one line";
    let code = alarm.read("code", "INVALID_VALUE", send, AlarmCode::try_new);
    let code = alarm.required("code", code, "send what tells this alarm from others");
    let severity = alarm.read("severity", "UNKNOWN_VALUE", "", str::parse::<Severity>);
    let severity = alarm.required("severity", severity, "send one of info, warning, critical");
    let message = alarm.read("message", "INVALID_VALUE", "; send 1 to 500 characters", AlarmMessage::try_new);
    let message = alarm.required("message", message, "send what the alarm says to people");
    let read = code.zip(severity).zip(message);
    alarm.finish(read.map(|((code, severity), message)| Alarm { code, severity, message }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fields::codes;
    use serde_json::json;

    const DEPARTMENT: &str = "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e11";
    const OPERATION: &str = "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e22";

    fn at() -> DateTime<Utc> {
        "2025-01-20T10:15:02.5Z".parse().unwrap()
    }

    fn object(value: Value) -> Option<Map<String, Value>> {
        value.as_object().cloned()
    }

    /// Seed 004's example.
    fn documented() -> EquipmentReport {
        EquipmentReport {
            equipment_id: Some("MACHINE-001".into()),
            department_id: Some(DEPARTMENT.into()),
            status: Some("running".into()),
            work_order_operation_id: Some(OPERATION.into()),
            data: object(json!({
                "temperature": 85.5, "pressure": 12.3, "cycleCount": 1245, "lastCycleTime": 120.5
            })),
            alarms: Some(vec![json!({
                "code": "TEMP_HIGH", "severity": "warning", "message": "Temperature approaching upper limit"
            })]),
            timestamp: Some("2025-01-20T10:15:00Z".into()),
        }
    }

    fn refused(report: EquipmentReport) -> Vec<(String, String)> {
        let faults = report.validate(at()).unwrap_err();
        faults.iter().map(|fault| (fault.field.to_string(), fault.code.to_string())).collect()
    }

    fn one(field: &str, code: &str) -> Vec<(String, String)> {
        vec![(field.into(), code.into())]
    }

    #[test]
    fn the_documented_report_is_read_whole() {
        let (tag, sample) = documented().validate(at()).unwrap();
        assert_eq!((tag.as_str(), sample.department), ("MACHINE-001", DEPARTMENT.parse().unwrap()));
        assert_eq!(
            (sample.status, sample.operation),
            (EquipmentStatus::Running, Some(OPERATION.parse().unwrap()))
        );
        assert_eq!(sample.readings.to_json()["temperature"], json!(85.5));
        let expected = Alarm {
            code: AlarmCode::try_new("TEMP_HIGH").unwrap(),
            severity: Severity::Warning,
            message: AlarmMessage::try_new("Temperature approaching upper limit").unwrap(),
        };
        assert_eq!(sample.alarms, [expected]);
        assert_eq!(sample.taken_at.to_rfc3339(), "2025-01-20T10:15:00+00:00");
    }

    #[test]
    fn a_report_that_says_only_what_it_must_is_of_the_moment_it_came_in() {
        let report = EquipmentReport {
            work_order_operation_id: None,
            data: None,
            alarms: None,
            timestamp: None,
            ..documented()
        };
        let (_, sample) = report.validate(at()).unwrap();
        assert_eq!((sample.operation, sample.taken_at), (None, at()));
        assert_eq!((sample.readings, sample.alarms), (Readings::default(), Vec::new()));
    }

    #[test]
    fn a_report_names_every_fault_at_once() {
        let faults = EquipmentReport::default().validate(at()).unwrap_err();
        let missing = ["equipmentId", "departmentId", "status"].map(|field| (field, "MISSING_FIELD"));
        assert_eq!(codes(&faults), missing);
        let report = EquipmentReport {
            equipment_id: Some("..".into()),
            department_id: Some("dept-uuid-111".into()),
            status: Some("broken".into()),
            work_order_operation_id: Some("woo-uuid-789".into()),
            data: object(json!({"ok": 1, "bad": ["\0"], "\0": 1})),
            alarms: Some(vec![
                json!({"code": "A", "severity": "info", "message": "a"}),
                json!({"code": " A ", "severity": "info", "message": "b"}),
                json!({"code": "B\n", "severity": "fatal", "message": ""}),
                json!({"code": "x\ny"}),
                json!(7),
            ]),
            timestamp: Some("yesterday".into()),
        };
        let faults = report.validate(at()).unwrap_err();
        let expected = [
            ("equipmentId", "INVALID_VALUE"),
            ("departmentId", "UNKNOWN_DEPARTMENT"),
            ("status", "UNKNOWN_VALUE"),
            ("workOrderOperationId", "UNKNOWN_WORK_ORDER_OPERATION"),
            ("data.\u{fffd}", "INVALID_CHARACTER"),
            ("data.bad", "INVALID_CHARACTER"),
            ("alarms.1.code", "DUPLICATE_CODE"),
            ("alarms.2.severity", "UNKNOWN_VALUE"),
            ("alarms.2.message", "INVALID_VALUE"),
            ("alarms.3.code", "INVALID_VALUE"),
            ("alarms.3.severity", "MISSING_FIELD"),
            ("alarms.3.message", "MISSING_FIELD"),
            ("alarms.4", "INVALID_TYPE"),
            ("timestamp", "INVALID_DATE"),
        ];
        assert_eq!(codes(&faults), expected);
    }

    #[test]
    fn data_and_alarms_have_their_limits() {
        let data = object(json!({"text": "x".repeat(Readings::MAX)}));
        assert_eq!(refused(EquipmentReport { data, ..documented() }), one("data", "TOO_LONG"));
        let alarm = |number: usize| json!({"code": format!("A{number}"), "severity": "info", "message": "a"});
        let of = |count| EquipmentReport { alarms: Some((0..count).map(alarm).collect()), ..documented() };
        assert_eq!(of(100).validate(at()).unwrap().1.alarms.len(), 100);
        assert_eq!(refused(of(101)), one("alarms", "OUT_OF_RANGE"));
    }

    #[test]
    fn a_clock_may_be_five_minutes_ahead_and_any_time_behind() {
        let of = |text: &str| EquipmentReport { timestamp: Some(text.into()), ..documented() };
        for (text, read) in [
            ("2025-01-20T10:20:02.5Z", "2025-01-20T10:20:02.500+00:00"),
            ("2025-01-20T11:15:00+01:00", "2025-01-20T10:15:00+00:00"),
            ("2025-01-20T10:15:00.123456789Z", "2025-01-20T10:15:00.123456+00:00"),
            ("1970-01-01T00:00:00Z", "1970-01-01T00:00:00+00:00"),
        ] {
            assert_eq!(of(text).validate(at()).unwrap().1.taken_at.to_rfc3339(), read, "{text}");
        }
        assert_eq!(refused(of("2025-01-20T10:20:02.500001Z")), one("timestamp", "OUT_OF_RANGE"));
        for text in ["", "2025-01-20", "2025-01-20T10:15:00", "1737368100", "+12025-01-20T10:15:00Z"] {
            assert_eq!(refused(of(text)), one("timestamp", "INVALID_DATE"), "{text}");
        }
    }
}
