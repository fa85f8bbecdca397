use super::*;
use chrono::TimeDelta;
use kernel::clock::CountedIds;
use kernel::json;
use serde_json::Value;

pub(super) fn id<K>(number: u128) -> Id<K> {
    Id::new(uuid::Uuid::from_u128(number))
}

pub(super) fn minute(minutes: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::minutes(minutes)
}

pub(super) fn alarm(code: &str, severity: Severity) -> Alarm {
    let message = AlarmMessage::try_new(&format!("{code} {}", severity.as_str())).unwrap();
    Alarm { code: AlarmCode::try_new(code).unwrap(), severity, message }
}

pub(super) fn sample(minutes: i64, status: EquipmentStatus, alarms: &[(&str, Severity)]) -> Sample {
    Sample {
        department: id(1),
        status,
        operation: None,
        readings: Readings::default(),
        alarms: alarms.iter().map(|(code, severity)| alarm(code, *severity)).collect(),
        taken_at: minute(minutes),
    }
}

pub(super) fn registered(sample: &Sample) -> Applied {
    Equipment::register(id(7), Tag::try_new("MACHINE-001").unwrap(), sample, minute(100))
}

fn codes(cleared: &[AlarmCode]) -> Vec<&str> {
    cleared.iter().map(AlarmCode::as_str).collect()
}

fn raised(alarms: &[OpenAlarm]) -> Vec<(&str, &str, i64)> {
    let shown = |open: &OpenAlarm| (open.raised_at - DateTime::UNIX_EPOCH).num_minutes();
    alarms.iter().map(|open| (open.alarm.code.as_str(), open.alarm.severity.as_str(), shown(open))).collect()
}

#[test]
fn the_first_sample_registers_it_and_raises_every_alarm() {
    let first = sample(5, EquipmentStatus::Running, &[("A", Severity::Info), ("B", Severity::Critical)]);
    let applied = registered(&first);
    assert_eq!((applied.before.as_ref(), applied.previous_status()), (None, None));
    assert_eq!(raised(&applied.raised), [("A", "info", 5), ("B", "critical", 5)]);
    assert_eq!(codes(&applied.cleared), [""; 0]);
    let expected = Equipment {
        id: id(7),
        tag: Tag::try_new("MACHINE-001").unwrap(),
        department: id(1),
        status: EquipmentStatus::Running,
        status_since: minute(5),
        operation: None,
        readings: Readings::default(),
        alarms: applied.raised.clone(),
        taken_at: minute(5),
        received_at: minute(100),
        version: 3,
        registered_at: minute(100),
    };
    assert_eq!(applied.after, expected);
}

#[test]
fn every_status_is_followed_by_every_other_one() {
    for before in EquipmentStatus::ALL {
        let equipment = registered(&sample(5, before, &[])).after;
        for after in EquipmentStatus::ALL {
            let applied = equipment.report(&sample(6, after, &[]), minute(101)).unwrap();
            let changed = before != after;
            assert_eq!(applied.previous_status(), changed.then_some(before), "{before:?} to {after:?}");
            let since = minute(if changed { 6 } else { 5 });
            let found = (applied.after.status, applied.after.status_since, applied.after.version);
            assert_eq!(found, (after, since, 1 + i64::from(changed)), "{before:?} to {after:?}");
        }
    }
}

#[test]
fn a_newer_sample_is_what_the_equipment_is_now() {
    let equipment = registered(&sample(5, EquipmentStatus::Idle, &[])).after;
    let readings = Readings::try_new(json::object(json!({"pressure": 12.3}))).unwrap();
    let newer = Sample {
        department: id(2),
        operation: Some(id(3)),
        readings: readings.clone(),
        ..sample(6, EquipmentStatus::Idle, &[])
    };
    let applied = equipment.report(&newer, minute(101)).unwrap();
    let expected = Equipment {
        department: id(2),
        operation: Some(id(3)),
        readings,
        taken_at: minute(6),
        received_at: minute(101),
        ..equipment.clone()
    };
    assert_eq!(
        applied,
        Applied { before: Some(equipment), after: expected, raised: vec![], cleared: vec![] }
    );
}

#[test]
fn a_sample_that_is_older_or_the_newest_again_does_nothing() {
    let idle = sample(5, EquipmentStatus::Idle, &[]);
    let equipment = registered(&idle).after;
    let late = sample(4, EquipmentStatus::Down, &[("A", Severity::Critical)]);
    assert_eq!(equipment.report(&late, minute(101)), None);
    assert_eq!(equipment.report(&idle, minute(101)), None);
    let of_that_moment = sample(5, EquipmentStatus::Down, &[("A", Severity::Critical)]);
    let applied = equipment.report(&of_that_moment, minute(101)).unwrap();
    assert_eq!(
        (applied.after.status, applied.raised.len()),
        (EquipmentStatus::Down, 1),
        "the later arrival counts"
    );
    let cleared = applied.after.report(&idle, minute(102)).unwrap();
    assert_eq!(cleared.cleared.len(), 1, "and the first again, where it comes after the other");
    let just =
        Sample { taken_at: minute(5) + TimeDelta::microseconds(1), ..sample(5, EquipmentStatus::Down, &[]) };
    assert_eq!(equipment.report(&just, minute(101)).unwrap().after.status, EquipmentStatus::Down);
}

#[test]
fn an_alarm_is_raised_when_it_appears_or_gets_worse_and_cleared_when_it_is_lacking() {
    use Severity::{Critical, Info, Warning};
    // how bad it is in the sample before, in this one, whether it is raised, cleared, and open since which minute
    for (before, now, rises, clears, since) in [
        (None, None, false, false, None),
        (None, Some(Info), true, false, Some(6)),
        (None, Some(Warning), true, false, Some(6)),
        (None, Some(Critical), true, false, Some(6)),
        (Some(Info), None, false, true, None),
        (Some(Info), Some(Info), false, false, Some(5)),
        (Some(Info), Some(Warning), true, true, Some(6)),
        (Some(Info), Some(Critical), true, true, Some(6)),
        (Some(Warning), None, false, true, None),
        (Some(Warning), Some(Info), false, false, Some(5)),
        (Some(Warning), Some(Warning), false, false, Some(5)),
        (Some(Warning), Some(Critical), true, true, Some(6)),
        (Some(Critical), None, false, true, None),
        (Some(Critical), Some(Info), false, false, Some(5)),
        (Some(Critical), Some(Warning), false, false, Some(5)),
        (Some(Critical), Some(Critical), false, false, Some(5)),
    ] {
        let of = |minutes, severity: Option<Severity>| {
            let alarms: Vec<_> = severity.into_iter().map(|severity| ("A", severity)).collect();
            sample(minutes, EquipmentStatus::Running, &alarms)
        };
        let equipment = registered(&of(5, before)).after;
        let applied = equipment.report(&of(6, now), minute(101)).unwrap();
        let found = (applied.raised.len() == 1, codes(&applied.cleared) == ["A"]);
        assert_eq!(found, (rises, clears), "from {before:?} to {now:?}");
        let open: Vec<_> =
            now.zip(since).map(|(severity, since)| ("A", severity.as_str(), since)).into_iter().collect();
        assert_eq!(raised(&applied.after.alarms), open, "from {before:?} to {now:?}");
        assert_eq!(applied.after.version, equipment.version + i64::from(rises));
    }
}

#[test]
fn only_alarms_raised_from_warning_on_are_alerts_in_the_order_they_came() {
    use Severity::{Critical, Info, Warning};
    let alarms = [("C", Critical), ("I", Info), ("W", Warning)];
    let sample = sample(5, EquipmentStatus::Down, &alarms);
    let applied = registered(&sample);
    let receipt = Receipt::of(&applied.after.tag, &sample, &applied.raised, minute(100));
    let alerts: Vec<_> = receipt.alerts.iter().map(AlarmMessage::as_str).collect();
    assert_eq!(alerts, ["C critical", "W warning"]);
    assert_eq!((receipt.status, receipt.received_at), (EquipmentStatus::Down, minute(100)));
    assert_eq!(Receipt::of(&applied.after.tag, &sample, &[], minute(100)).alerts, []);
}

#[test]
fn the_event_of_the_status_comes_first_and_each_event_has_a_version_of_its_own() {
    let first = sample(5, EquipmentStatus::Running, &[("A", Severity::Warning)]);
    let registered = registered(&first);
    let events = |applied: &Applied| {
        let found = applied.events(&CountedIds::default(), minute(200)).unwrap();
        assert!(found.iter().all(|event| (event.aggregate, event.at) == (id::<()>(7).uuid(), minute(200))));
        let payload = |event: &Event| serde_json::from_str::<Value>(&event.payload).unwrap();
        found.iter().map(|event| (event.event_type, event.sequence, payload(event))).collect::<Vec<_>>()
    };
    let alarm_payload = |code: &str, severity: &str, operation: Option<&str>, at: &str| {
        json!({
            "equipmentId": "MACHINE-001",
            "departmentId": "00000000-0000-0000-0000-000000000001",
            "code": code,
            "severity": severity,
            "message": format!("{code} {severity}"),
            "raisedAt": at,
            "workOrderOperationId": operation,
        })
    };
    let expected = alarm_payload("A", "warning", None, "1970-01-01T00:05:00Z");
    assert_eq!(events(&registered), [("equipment.alarm", 2, expected)], "registering is no event");

    let worse = [("B", Severity::Info), ("A", Severity::Critical)];
    let next = Sample { operation: Some(id(3)), ..sample(6, EquipmentStatus::Down, &worse) };
    let applied = registered.after.report(&next, minute(101)).unwrap();
    let operation = Some("00000000-0000-0000-0000-000000000003");
    let changed = json!({
        "equipmentId": "MACHINE-001",
        "departmentId": "00000000-0000-0000-0000-000000000001",
        "previousStatus": "running",
        "status": "down",
        "workOrderOperationId": operation,
        "timestamp": "1970-01-01T00:06:00Z",
    });
    let at = "1970-01-01T00:06:00Z";
    let expected = [
        ("equipment.status_changed", 3, changed),
        ("equipment.alarm", 4, alarm_payload("B", "info", operation, at)),
        ("equipment.alarm", 5, alarm_payload("A", "critical", operation, at)),
    ];
    assert_eq!(events(&applied), expected);
    assert_eq!(applied.after.version, 5);
    let same = Sample { taken_at: minute(7), ..next };
    assert_eq!(events(&applied.after.report(&same, minute(102)).unwrap()), []);
}

#[test]
fn the_snapshot_holds_everything_but_what_was_measured() {
    let sample = Sample {
        operation: Some(id(3)),
        readings: Readings::try_new(json::object(json!({"a": 1}))).unwrap(),
        ..sample(5, EquipmentStatus::Running, &[("A", Severity::Info)])
    };
    let found: Value = serde_json::from_str(&registered(&sample).after.snapshot()).unwrap();
    let expected = json!({
        "id": "00000000-0000-0000-0000-000000000007",
        "equipmentId": "MACHINE-001",
        "departmentId": "00000000-0000-0000-0000-000000000001",
        "status": "running",
        "statusSince": "1970-01-01T00:05:00Z",
        "workOrderOperationId": "00000000-0000-0000-0000-000000000003",
        "alarms": ["A"],
        "timestamp": "1970-01-01T00:05:00Z",
        "receivedAt": "1970-01-01T01:40:00Z",
        "version": 2,
        "registeredAt": "1970-01-01T01:40:00Z",
    });
    assert_eq!(found, expected);
}

fn report(alarms: Vec<Alarm>, taken_at: Option<DateTime<Utc>>) -> EquipmentReport {
    EquipmentReport {
        tag: Tag::try_new("MACHINE-001").unwrap(),
        department: id(1),
        status: EquipmentStatus::Running,
        operation: None,
        readings: Readings::default(),
        alarms,
        taken_at,
    }
}

#[test]
fn a_clock_may_be_five_minutes_ahead_and_any_time_behind() {
    let at: DateTime<Utc> = "2025-01-20T10:15:02.5Z".parse().unwrap();
    let taken_at =
        |text: &str| Sample::of(report(Vec::new(), text.parse().ok()), at).map(|(_, sample)| sample.taken_at);
    for (text, read) in [
        ("2025-01-20T10:20:02.5Z", "2025-01-20T10:20:02.500+00:00"),
        ("2025-01-20T11:15:00+01:00", "2025-01-20T10:15:00+00:00"),
        ("1970-01-01T00:00:00Z", "1970-01-01T00:00:00+00:00"),
    ] {
        assert_eq!(taken_at(text).unwrap().to_rfc3339(), read, "{text}");
    }
    assert!(matches!(taken_at("2025-01-20T10:20:02.500001Z"), Err(EquipmentError::ClockAhead)));
    assert_eq!(Sample::of(report(Vec::new(), None), at).unwrap().1.taken_at, at);
}

#[test]
fn the_alarms_of_a_sample_have_codes_that_differ() {
    let mut alarms = Vec::new();
    assert_eq!(alarm("A", Severity::Info).add_to(&mut alarms), Ok(()));
    assert_eq!(alarm("A", Severity::Critical).add_to(&mut alarms), Err(DuplicateCode));
    assert_eq!(alarm("B", Severity::Info).add_to(&mut alarms), Ok(()));
    assert_eq!(alarms, [alarm("A", Severity::Info), alarm("B", Severity::Info)]);
}
