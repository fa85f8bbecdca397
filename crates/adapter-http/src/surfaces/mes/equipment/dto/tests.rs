use super::*;
use crate::request::body::read;
use crate::surfaces::mes::fields::assert_faults;
use serde_json::{Value, json};

const DEPARTMENT: &str = "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e11";
const OPERATION: &str = "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e22";

/// The report of the API document, with changed fields.
fn documented(fields: Value) -> Value {
    let mut body = json!({
        "equipmentId": "MACHINE-001", "departmentId": DEPARTMENT, "status": "running", "workOrderOperationId": OPERATION,
        "data": {"temperature": 85.5, "pressure": 12.3, "cycleCount": 1245, "lastCycleTime": 120.5},
        "alarms": [{"code": "TEMP_HIGH", "severity": "warning", "message": "Temperature approaching upper limit"}],
        "timestamp": "2025-01-20T10:15:00Z"
    });
    body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    body
}

fn report(body: &Value) -> EquipmentReport {
    read::<ReportEquipmentRequest>(body.as_object().unwrap().clone()).unwrap()
}

fn refused(fields: Value, expected: &[(&str, &str)]) {
    assert_faults::<ReportEquipmentRequest>(documented(fields), expected);
}

#[test]
fn the_documented_report_is_read_whole() {
    let report = report(&documented(json!({})));
    assert_eq!((report.tag.as_str(), report.department), ("MACHINE-001", DEPARTMENT.parse().unwrap()));
    assert_eq!(
        (report.status, report.operation),
        (EquipmentStatus::Running, Some(OPERATION.parse().unwrap()))
    );
    assert_eq!(report.readings.values()["temperature"], json!(85.5).into());
    let expected = Alarm {
        code: AlarmCode::try_new("TEMP_HIGH").unwrap(),
        severity: Severity::Warning,
        message: AlarmMessage::try_new("Temperature approaching upper limit").unwrap(),
    };
    assert_eq!(report.alarms, [expected]);
    assert_eq!(report.taken_at.unwrap().to_rfc3339(), "2025-01-20T10:15:00+00:00");
}

#[test]
fn a_report_may_say_only_what_it_must() {
    let nothing = json!({"workOrderOperationId": null, "data": null, "alarms": null, "timestamp": null});
    let report = report(&documented(nothing));
    assert_eq!((report.operation, report.taken_at), (None, None));
    assert_eq!((report.readings, report.alarms), (Readings::default(), Vec::new()));
}

#[test]
fn a_report_names_every_fault_at_once() {
    let missing = ["equipmentId", "departmentId", "status"].map(|field| (field, "MISSING_FIELD"));
    assert_faults::<ReportEquipmentRequest>(json!({}), &missing);
    let faulty = json!({
        "equipmentId": "..", "departmentId": "dept-uuid-111", "status": "broken", "workOrderOperationId": "woo-uuid-789",
        "data": {"ok": 1, "bad": ["\0"], "\0": 1},
        "alarms": [
            {"code": "A", "severity": "info", "message": "a"}, {"code": " A ", "severity": "info", "message": "b"},
            {"code": "B\n", "severity": "fatal", "message": ""}, {"code": "x\ny"}, 7
        ],
        "timestamp": "yesterday"
    });
    refused(
        faulty,
        &[
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
        ],
    );
}

#[test]
fn data_and_alarms_have_their_limits() {
    refused(json!({"data": {"text": "x".repeat(Readings::MAX)}}), &[("data", "TOO_LONG")]);
    let alarm = |number: usize| json!({"code": format!("A{number}"), "severity": "info", "message": "a"});
    let of = |count| json!({"alarms": (0..count).map(alarm).collect::<Vec<_>>()});
    assert_eq!(report(&documented(of(100))).alarms.len(), 100);
    refused(of(101), &[("alarms", "OUT_OF_RANGE")]);
}

#[test]
fn a_timestamp_is_a_time_with_its_offset() {
    for text in ["", "2025-01-20", "2025-01-20T10:15:00", "1737368100", "+12025-01-20T10:15:00Z"] {
        refused(json!({"timestamp": text}), &[("timestamp", "INVALID_DATE")]);
    }
}

#[test]
fn each_thing_that_the_team_has_not_is_the_fault_of_its_field() {
    let department = ("departmentId", "UNKNOWN_DEPARTMENT");
    let operation = ("workOrderOperationId", "UNKNOWN_WORK_ORDER_OPERATION");
    for (unknown, expected) in [
        ((true, false), vec![department]),
        ((false, true), vec![operation]),
        ((true, true), vec![department, operation]),
    ] {
        let error = EquipmentError::UnknownReferences { department: unknown.0, operation: unknown.1 };
        let faults = error.wire_faults();
        let found: Vec<_> = faults.iter().map(|fault| (&*fault.field, &*fault.code)).collect();
        assert_eq!(found, expected);
    }
}
