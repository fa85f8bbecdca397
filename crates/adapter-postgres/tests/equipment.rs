//! Equipment: what its reports leave, and what comes of many at once.

use std::collections::BTreeMap;
use std::sync::Arc;

use adapter_postgres::Db;
use adapter_postgres::equipment::PgEquipment;
use adapter_postgres::sweeper::sweep_equipment_samples;
use adapter_postgres::team_locale::PgTeamLocales;
use chrono::{DateTime, TimeDelta, Utc};
use equipment::contract::Hall;
use equipment::ports::EquipmentRegister;
use equipment::{
    Alarm, AlarmCode, AlarmMessage, Equipment, EquipmentError, EquipmentStatus, MonitorEquipment, Readings,
    Receipt, Sample, Severity, Tag, WorkOrderOperationId,
};
use kernel::clock::{IdSource, SystemIds};
use kernel::id::{Id, TeamId};
use kernel::page::Window;
use kernel::period::Period;
use kernel::period::PeriodRequest;
use kernel::write::Written;
use serde_json::{Value, json};
use testkit::race;

use crate::support::{Store, at, block_on, context_at, done, lines, order, prepared, runtime, until_blocked};

/// A team with two departments and an operation in the first.
pub(crate) fn hall(store: &Store) -> Hall {
    let team = store.plant();
    let milling = store.database.scalar(&format!("SELECT id FROM departments WHERE team_id = '{team}'"));
    let welding = SystemIds.uuid();
    store.database.execute(&format!(
        "INSERT INTO departments SELECT team_id, '{welding}', 'Welding', 'welding', true, 1, now(), now()
         FROM departments WHERE id = '{milling}'"
    ));
    let operation = operation(store, team, &milling);
    Hall { team, departments: [Id::new(milling.parse().expect("an id")), Id::new(welding)], operation }
}

/// An operation of a new order, which nobody has begun.
fn operation(store: &Store, team: TeamId, department: &str) -> WorkOrderOperationId {
    let [operation, routing, routed] = [(); 3].map(|()| SystemIds.uuid());
    let number = operation.simple().to_string();
    store.import(team, prepared([order(&number)]));
    store.database.execute(&format!(
        "INSERT INTO routings VALUES ('{team}', '{routing}', 'Widget {number}', 'widget {number}', 1, true, 1, now(), now());
         INSERT INTO routing_versions
         VALUES ('{team}', '{routing}', 1, 'Widget {number}', NULL, NULL, false, now());
         INSERT INTO routing_operations (team_id, id, routing_id, version, operation_number, name, department_id,
             setup_minutes, run_minutes, run_time_basis, required_skills)
         VALUES ('{team}', '{routed}', '{routing}', 1, 1, 'Assembly', '{department}', 0, 1, 'per_order', '{{}}');
         INSERT INTO work_order_operations (team_id, id, order_id, operation_number, name, department_id,
             routing_operation_id, status, target_seconds, ready_at, good, rejected, reworked, segments,
             active_micros, version, created_at, updated_at)
         SELECT '{team}', '{operation}', id, 1, 'Assembly', '{department}', '{routed}', 'pending', 60, now(), 0, 0, 0, 0,
                0, 1, now(), now()
         FROM manufacturing_orders WHERE team_id = '{team}' AND order_number = '{number}'"
    ));
    Id::new(operation)
}

fn tag(text: &str) -> Tag {
    Tag::try_new(text).expect("a tag")
}

fn alarm(code: &str, severity: Severity) -> Alarm {
    let (code, message) = (AlarmCode::try_new(code), AlarmMessage::try_new("Look at it"));
    Alarm { code: code.expect("a code"), severity, message: message.expect("a message") }
}

fn second(seconds: i64) -> DateTime<Utc> {
    at() + TimeDelta::seconds(seconds)
}

/// What a machine of the first department says at that second.
fn sample(hall: &Hall, seconds: i64, status: EquipmentStatus) -> Sample {
    let [department, _] = hall.departments;
    let values = json!({"cycle": seconds});
    Sample {
        department,
        status,
        operation: None,
        readings: Readings::try_new(kernel::json::object(values)).expect("readings"),
        alarms: Vec::new(),
        taken_at: second(seconds),
    }
}

type Outcome = Result<Written<Receipt>, EquipmentError>;

/// A report that comes in two seconds after it was made.
async fn report(db: Db, team: TeamId, text: &str, sample: Sample) -> Outcome {
    let context = context_at(team, sample.taken_at + TimeDelta::seconds(2));
    PgEquipment::new(db).report(context, Id::new(SystemIds.uuid()), tag(text), sample).await
}

fn reported(store: &Store, team: TeamId, text: &str, sample: Sample) -> Receipt {
    done(block_on(report(store.db.clone(), team, text, sample)))
}

fn found(store: &Store, team: TeamId, text: &str) -> Option<Equipment> {
    block_on(PgEquipment::new(store.db.clone()).find(team, tag(text))).expect("equipment is read")
}

/// The events of a team's equipment by their sequence: type and payload.
fn events(store: &Store, team: TeamId) -> Vec<(i64, String, Value)> {
    let query = format!(
        "SELECT concat_ws('|', sequence, event_type, payload) AS line FROM outbox
         WHERE team_id = '{team}' AND event_type LIKE 'equipment.%' ORDER BY aggregate_id, sequence"
    );
    let split = |line: String| {
        let mut parts = line.splitn(3, '|').map(str::to_owned);
        let mut part = || parts.next().expect("three parts");
        let sequence = part().parse().expect("a number");
        (sequence, part(), serde_json::from_str(&part()).expect("JSON"))
    };
    lines(&mut store.superuser(), &query).into_iter().map(split).collect()
}

/// What the audit trail has of a team's equipment, in order.
fn actions(store: &Store, team: TeamId) -> Vec<String> {
    let query = format!(
        "SELECT action AS line FROM audit_entries WHERE team_id = '{team}' AND subject_kind = 'equipment' ORDER BY at"
    );
    lines(&mut store.superuser(), &query)
}

#[test]
fn a_report_leaves_events_and_an_audit_entry_only_where_something_changed() {
    let store = Store::shared();
    let hall = hall(&store);
    let [first, other] = hall.departments;
    let quiet = |seconds, status| sample(&hall, seconds, status);
    let hot =
        |seconds, status| Sample { alarms: vec![alarm("HOT", Severity::Warning)], ..quiet(seconds, status) };
    use EquipmentStatus::{Down, Running};
    for one in [
        quiet(1, Running),
        quiet(2, Running),
        hot(3, Running),
        hot(4, Running),
        Sample { operation: Some(hall.operation), ..hot(5, Down) },
        quiet(6, Down),
        Sample { department: other, ..quiet(7, Down) },
        quiet(4, Running),
        hot(0, Running),
        Sample { department: other, ..quiet(7, Down) },
    ] {
        reported(&store, hall.team, "M", one);
    }
    let equipment = found(&store, hall.team, "M").expect("it is registered");
    let expected = [
        (
            2,
            "equipment.alarm".to_owned(),
            json!({
                "equipmentId": "M", "departmentId": first.uuid(), "code": "HOT", "severity": "warning",
                "message": "Look at it", "raisedAt": second(3), "workOrderOperationId": null,
            }),
        ),
        (
            3,
            "equipment.status_changed".to_owned(),
            json!({
                "equipmentId": "M", "departmentId": first.uuid(), "previousStatus": "running", "status": "down",
                "workOrderOperationId": hall.operation.uuid(), "timestamp": second(5),
            }),
        ),
    ];
    assert_eq!(events(&store, hall.team), expected);
    assert_eq!((equipment.version, equipment.taken_at), (3, second(7)));
    let moved = ["equipment.registered", "equipment.status_changed", "equipment.moved"];
    assert_eq!(actions(&store, hall.team), moved);
    let aggregates = format!(
        "SELECT count(*) FROM outbox WHERE team_id = '{}' AND aggregate_id = '{}' AND occurred_at > '{}'",
        hall.team,
        equipment.id,
        second(4).to_rfc3339()
    );
    assert_eq!(store.number(&aggregates), 2, "they happened when the server heard of it");
    let samples = format!("SELECT count(*) FROM equipment_samples WHERE team_id = '{}'", hall.team);
    assert_eq!(store.number(&samples), 9, "every moment has one, and one has two that differ");
}

#[test]
fn what_a_report_leaves_is_of_one_transaction() {
    let store = Store::shared();
    let hall = hall(&store);
    let first = Sample {
        alarms: vec![alarm("HOT", Severity::Critical)],
        ..sample(&hall, 1, EquipmentStatus::Running)
    };
    reported(&store, hall.team, "M", first);
    let transactions = format!(
        "SELECT string_agg(DISTINCT rows::text, ' ') || ' in ' || count(DISTINCT xid::text) FROM (
             SELECT xid, count(*) OVER () AS rows FROM (
                 SELECT xid::xid FROM outbox WHERE team_id = '{team}' AND event_type LIKE 'equipment.%'
                 UNION ALL SELECT xid::xid FROM audit_entries WHERE team_id = '{team}' AND subject_kind = 'equipment'
                 UNION ALL SELECT xmin FROM equipment WHERE team_id = '{team}'
                 UNION ALL SELECT xmin FROM equipment_samples WHERE team_id = '{team}'
                 UNION ALL SELECT xmin FROM equipment_alarms WHERE team_id = '{team}') written) counted",
        team = hall.team
    );
    assert_eq!(store.database.scalar(&transactions), "5 in 1");
}

#[test]
fn of_many_reports_at_once_the_newest_is_what_it_is_and_every_change_is_told_once() {
    const REPORTS: usize = 64;
    let store = Store::own().crowded(64);
    let hall = hall(&store);
    let statuses = EquipmentStatus::ALL;
    let of = |number: usize| {
        let status = statuses[number % 3];
        let alarms = ["A", "B"].into_iter().zip([3, 5]).filter(|(_, period)| number.is_multiple_of(*period));
        let alarms = alarms.map(|(code, _)| alarm(code, Severity::Warning)).collect();
        Sample { alarms, ..sample(&hall, number as i64, status) }
    };
    race(REPORTS, |number| reported(&store, hall.team, "M", of(number)));

    let newest = of(REPORTS - 1);
    let equipment = found(&store, hall.team, "M").expect("it is registered");
    let now = Sample {
        department: equipment.department,
        status: equipment.status,
        operation: equipment.operation,
        readings: equipment.readings.clone(),
        alarms: equipment.alarms.iter().map(|open| open.alarm.clone()).collect(),
        taken_at: equipment.taken_at,
    };
    assert_eq!(now, newest);
    let count = |table: &str| store.number(&format!("SELECT count(*) FROM {table}"));
    assert_eq!((count("equipment"), count("equipment_samples")), (1, REPORTS as i64));

    let events = events(&store, hall.team);
    let sequences: Vec<_> = events.iter().map(|(sequence, ..)| *sequence).collect();
    assert_eq!(sequences, (2..=equipment.version).collect::<Vec<_>>(), "each has a version of its own");
    let registered = "SELECT after->>'status' FROM audit_entries WHERE action = 'equipment.registered'";
    let mut status = json!(store.database.scalar(registered));
    let mut raised: BTreeMap<String, i64> = BTreeMap::new();
    for (_, kind, payload) in &events {
        if kind == "equipment.status_changed" {
            assert_eq!(payload["previousStatus"], status, "{events:?}");
            status = payload["status"].clone();
        } else {
            *raised.entry(payload["code"].as_str().expect("a code").to_owned()).or_default() += 1;
        }
    }
    assert_eq!(status, json!(equipment.status.as_str()), "the last change told is the last there was");
    for (code, told) in raised {
        let known = format!("SELECT count(*) FROM equipment_alarms WHERE code = '{code}'");
        assert_eq!(store.number(&known), told, "each time that {code} was raised has one event");
    }
    let open = "SELECT coalesce(string_agg(code, ' ' ORDER BY code), '') FROM equipment_alarms WHERE cleared_at IS NULL";
    let alarms = newest.alarms.iter().map(|alarm| alarm.code.as_str()).collect::<Vec<_>>();
    assert_eq!(store.database.scalar(open), alarms.join(" "));
    let deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()";
    assert_eq!(store.close().scalar(deadlocks), "0");
}

#[test]
fn of_first_reports_at_once_one_registers_it() {
    let store = Store::shared().crowded(8);
    for _ in 0..10 {
        let hall = hall(&store);
        race(8, |number| {
            let first = sample(&hall, number as i64, EquipmentStatus::Idle);
            reported(&store, hall.team, "M", first)
        });
        let team = hall.team;
        let count = |of: &str| store.number(&format!("SELECT count(*) FROM {of} team_id = '{team}'"));
        let registered = "audit_entries WHERE action = 'equipment.registered' AND";
        let counts = (count("equipment WHERE"), count("equipment_samples WHERE"), count(registered));
        assert_eq!(counts, (1, 8, 1));
        assert_eq!(found(&store, team, "M").expect("it is registered").taken_at, second(7));
    }
}

#[test]
fn a_first_report_waits_for_another_and_counts_after_it() {
    let store = Store::own();
    let hall = hall(&store);
    let [department, _] = hall.departments;
    let held = store.database.hold(&format!(
        "INSERT INTO equipment VALUES ('{}', gen_random_uuid(), 'M', '{department}', 'down', '{at}', NULL, '{{}}', '[]',
             false, '{at}', now(), 1, now())",
        hall.team,
        at = second(5).to_rfc3339()
    ));
    let reporting = [4, 6].map(|seconds| {
        let newer = sample(&hall, seconds, EquipmentStatus::Running);
        runtime().spawn(report(store.db.clone(), hall.team, "M", newer))
    });
    until_blocked(&store.database);
    held.commit();
    for report in reporting {
        done(block_on(report).expect("the report ends"));
    }
    let equipment = found(&store, hall.team, "M").expect("it is registered");
    assert_eq!((equipment.status, equipment.taken_at), (EquipmentStatus::Running, second(6)));
    assert_eq!(actions(&store, hall.team), ["equipment.status_changed"]);
}

#[test]
fn an_operation_that_is_made_anew_while_a_report_names_it_is_refused_and_nothing_is_left() {
    let store = Store::own();
    let hall = hall(&store);
    let named = |seconds| Sample {
        operation: Some(hall.operation),
        ..sample(&hall, seconds, EquipmentStatus::Running)
    };
    let plain = sample(&hall, 1, EquipmentStatus::Idle);
    reported(&store, hall.team, "KNOWN", plain);
    let held =
        store.database.hold(&format!("DELETE FROM work_order_operations WHERE id = '{}'", hall.operation));
    let reporting =
        ["NEW", "KNOWN"].map(|text| runtime().spawn(report(store.db.clone(), hall.team, text, named(2))));
    testkit::eventually("both reports to wait", || {
        let waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
                       AND application_name = 'throughline' AND wait_event_type = 'Lock'";
        (store.database.scalar(waiting) == "2").then_some(())
    });
    held.commit();
    for report in reporting {
        let refused = block_on(report).expect("the report ends");
        let unknown =
            matches!(refused, Err(EquipmentError::UnknownReferences { department: false, operation: true }));
        assert!(unknown, "{refused:?}");
    }
    assert_eq!(found(&store, hall.team, "NEW"), None);
    assert_eq!(found(&store, hall.team, "KNOWN").map(|known| known.taken_at), Some(second(1)));
    assert_eq!(store.number("SELECT count(*) FROM equipment_samples"), 1);
}

#[test]
fn equipment_lets_go_of_an_operation_that_is_made_anew_and_its_samples_remember() {
    let store = Store::shared();
    let hall = hall(&store);
    let named = Sample { operation: Some(hall.operation), ..sample(&hall, 1, EquipmentStatus::Running) };
    reported(&store, hall.team, "M", named.clone());
    let before = found(&store, hall.team, "M").expect("it is registered");
    store.database.execute(&format!("DELETE FROM work_order_operations WHERE id = '{}'", hall.operation));
    let after = found(&store, hall.team, "M").expect("it is there");
    assert_eq!(after, Equipment { operation: None, ..before });
    let register = PgEquipment::new(store.db.clone());
    let window = Window::try_new(0, 9, 9).expect("a window");
    let samples = block_on(register.samples(hall.team, tag("M"), Period::default(), window));
    let samples = samples.expect("samples are read").items;
    assert_eq!(samples.into_iter().map(|stored| stored.sample).collect::<Vec<_>>(), [named]);
}

#[test]
fn the_days_of_a_period_are_those_of_the_team_s_zone() {
    let store = Store::shared();
    let hall = hall(&store);
    store.database.execute(&format!(
        "UPDATE teams SET time_zone = 'Pacific/Auckland' WHERE id = '{}'", // 13 hours ahead of UTC in January
        hall.team
    ));
    let times = [
        "2025-01-19T10:59:59.999999Z",
        "2025-01-19T11:00:00Z",
        "2025-01-20T10:59:59.999999Z",
        "2025-01-20T11:00:00Z",
    ];
    for text in times {
        let one =
            Sample { taken_at: text.parse().expect("a time"), ..sample(&hall, 0, EquipmentStatus::Running) };
        reported(&store, hall.team, "M", one);
    }
    let register = Arc::new(PgEquipment::new(store.db.clone()));
    let calendar = Arc::new(PgTeamLocales::new(store.db.clone()));
    let monitoring = MonitorEquipment::new(register, calendar, Arc::new(SystemIds));
    let window = Window::try_new(0, 9, 9).expect("a window");
    let day = Some("2025-01-20".parse().expect("a day"));
    let period = PeriodRequest { from: day, to: day };
    let listed = block_on(monitoring.samples(hall.team, tag("M"), period, window));
    let listed = listed.expect("samples are read");
    let expected: Vec<DateTime<Utc>> = [times[2], times[1]].map(|text| text.parse().expect("a time")).into();
    let taken: Vec<_> = listed.items.iter().map(|stored| stored.sample.taken_at).collect();
    assert_eq!((taken, listed.total), (expected, 2));
}

#[test]
fn samples_that_came_in_too_long_ago_are_deleted_of_every_team_and_nothing_else() {
    let store = Store::own();
    let halls = [hall(&store), hall(&store)];
    for hall in &halls {
        for seconds in [1, 3, 4] {
            let one = Sample {
                alarms: vec![alarm("HOT", Severity::Info)],
                ..sample(hall, seconds, EquipmentStatus::Running)
            };
            reported(&store, hall.team, "M", one);
        }
        // made long ago, and sent just now
        let late = sample(hall, -1_000_000, EquipmentStatus::Idle);
        let context = context_at(hall.team, second(7));
        let register = PgEquipment::new(store.db.clone());
        done(block_on(register.report(context, Id::new(SystemIds.uuid()), tag("M"), late)));
    }
    let sweep = |then| block_on(sweep_equipment_samples(&store.db, then)).expect("samples are swept");
    assert_eq!(sweep(second(3)), 0, "the first came in at that very moment");
    assert_eq!(sweep(second(6)), 4);
    assert_eq!(sweep(second(6)), 0);
    for hall in halls {
        let times = format!(
            "SELECT string_agg(taken_at::text, ' ' ORDER BY taken_at) FROM equipment_samples WHERE team_id = '{}'",
            hall.team
        );
        let kept =
            format!("SELECT '{}'::timestamptz || ' ' || '{}'::timestamptz", second(-1_000_000), second(4));
        assert_eq!(store.database.scalar(&times), store.database.scalar(&kept));
        let equipment = found(&store, hall.team, "M").expect("it is there");
        assert_eq!((equipment.taken_at, equipment.alarms.len()), (second(4), 1));
    }
    assert_eq!(store.number("SELECT count(*) FROM equipment_alarms"), 2, "alarms are kept");
}
