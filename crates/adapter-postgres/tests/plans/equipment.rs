//! Equipment reports more often than anything else is asked for, and its samples are more than all else.

use std::sync::atomic::{AtomicI64, Ordering};

use adapter_postgres::Db;
use adapter_postgres::equipment::PgEquipment;
use adapter_postgres::sweeper::sweep_equipment_samples;
use chrono::TimeDelta;
use equipment::ports::{EquipmentFilter, EquipmentRegister};
use equipment::{DepartmentId, EquipmentStatus, Readings, Sample, Tag};
use kernel::clock::{IdSource, SystemIds};
use kernel::id::{Id, TeamId};
use kernel::period::Period;

use super::{TIMES, first_page, reads_at_most};
use crate::equipment::hall;
use crate::support::{Store, at, block_on, context_at, done};

const MACHINES: i64 = 4_000;
const OTHERS: i64 = 16_000;
/// Of the one machine that is looked at, and of each of its four neighbours.
const SAMPLES: i64 = 6_000;
const ALARMS: i64 = 1_000;

/// A team with machines beside one with many more. A hundredth is down and another has an alarm; each tenth stands in
/// the department that is given. `M00042` and its neighbours have samples of every second, and alarms.
fn full_of_machines() -> (Store, TeamId, DepartmentId) {
    let store = Store::own();
    let halls = [hall(&store), hall(&store)];
    for (hall, machines) in halls.iter().zip([MACHINES, OTHERS]) {
        let [most, tenth] = hall.departments;
        store.database.execute(&format!(
            "INSERT INTO equipment
             SELECT '{team}', gen_random_uuid(), 'M' || lpad(n::text, 5, '0'),
                    CASE n % 10 WHEN 0 THEN '{tenth}'::uuid ELSE '{most}' END, CASE n % 100 WHEN 1 THEN 'down' ELSE 'running' END,
                    '{now}', NULL, '{{\"temperature\": 85.5}}', CASE n % 100 WHEN 2 THEN '[{{\"code\": \"HOT\", \"severity\": \"info\",
                    \"message\": \"hot\", \"raisedAt\": \"2024-07-01T12:00:00Z\"}}]' ELSE '[]' END::jsonb, n % 100 = 2, '{now}', '{now}', 1, '{now}'
             FROM generate_series(1, {machines}) n;
             INSERT INTO equipment_samples
             SELECT team_id, id, '{now}'::timestamptz - n * interval '1 second', '{now}', 'running', department_id, NULL,
                    '{{\"temperature\": 85.5, \"pressure\": 12.3, \"cycleCount\": 1245, \"lastCycleTime\": 120.5}}', '[]'
             FROM equipment, generate_series(1, {SAMPLES}) n
             WHERE team_id = '{team}' AND tag BETWEEN 'M00040' AND 'M00044';
             INSERT INTO equipment_alarms
             SELECT team_id, id, '{now}'::timestamptz - n * interval '1 hour', 'A' || n % 10, 'info', 'hot',
                    '{now}'::timestamptz - n * interval '1 hour' + interval '1 minute'
             FROM equipment, generate_series(1, {ALARMS}) n
             WHERE team_id = '{team}' AND tag BETWEEN 'M00040' AND 'M00044'",
            team = hall.team,
            now = at().to_rfc3339()
        ));
    }
    for table in ["equipment", "equipment_samples", "equipment_alarms"] {
        store.database.execute(&format!("VACUUM ANALYZE {table}"));
    }
    let [hall, _] = halls;
    let [_, tenth] = hall.departments;
    (store, hall.team, tenth)
}

fn tag() -> Tag {
    Tag::try_new("M00042").expect("a tag")
}

#[test]
fn a_page_of_equipment_reads_what_its_filter_lets_through_and_no_more() {
    let (mut store, team, tenth) = full_of_machines();
    let none = EquipmentFilter::default();
    for (filter, total) in [
        (none, MACHINES),
        (EquipmentFilter { status: Some(EquipmentStatus::Down), ..none }, MACHINES / 100),
        (EquipmentFilter { alarm: Some(true), ..none }, MACHINES / 100),
        (EquipmentFilter { department: Some(tenth), ..none }, MACHINES / 10),
    ] {
        // once to count them, and the page
        store = reads_at_most(store, &[("equipment", total + 30)], |db| {
            let listed = block_on(PgEquipment::new(db.clone()).list(team, filter, first_page()));
            let listed = listed.expect("equipment is read");
            assert_eq!((listed.items.len(), listed.total), (20, total.unsigned_abs()), "{filter:?}");
        });
    }
}

#[test]
fn one_machine_is_found_and_reports_without_a_look_at_others() {
    let (store, team, tenth) = full_of_machines();
    let store = reads_at_most(store, &[("equipment", 1)], |db| {
        let found = block_on(PgEquipment::new(db.clone()).find(team, tag())).expect("equipment is read");
        assert!(found.is_some_and(|one| one.tag == tag()));
    });
    let seconds = AtomicI64::new(0);
    let report = |db: &Db| {
        let taken_at = at() + TimeDelta::seconds(seconds.fetch_add(1, Ordering::Relaxed));
        let sample = Sample {
            department: tenth,
            status: EquipmentStatus::Running,
            operation: None,
            readings: Readings::default(),
            alarms: Vec::new(),
            taken_at,
        };
        let register = PgEquipment::new(db.clone());
        let reported = register.report(context_at(team, taken_at), Id::new(SystemIds.uuid()), tag(), sample);
        done(block_on(reported));
    };
    // the row is locked, written anew, and looked up for its sample; versions of it stay in the way for a while
    let store = reads_at_most(store, &[("equipment", 3 + TIMES)], report);
    let samples = format!("SELECT count(*) FROM equipment_samples WHERE team_id = '{team}'");
    assert_eq!(store.number(&samples), 5 * SAMPLES + TIMES);
    let (store, read) = super::reading(store, "equipment_samples", |db| (0..TIMES).for_each(|_| report(db)));
    assert_eq!((read.sequential_scans, read.rows), (0, 0), "samples are added without being read: {read:?}");
    let (_, read) = super::reading(store, "departments", |db| (0..TIMES).for_each(|_| report(db)));
    assert_eq!(read.index_scans + read.sequential_scans, 0, "a department named before is not looked up");
}

#[test]
fn a_page_of_samples_or_alarms_reads_no_more_than_itself_beside_the_count() {
    let (mut store, team, _) = full_of_machines();
    let since = |seconds: i64| Some(at() - TimeDelta::seconds(seconds));
    for (period, total) in [
        (Period::default(), SAMPLES),
        (Period { from: since(3_600), before: since(3_000) }, 600),
        (Period { from: None, before: since(SAMPLES - 100) }, 100),
    ] {
        let tables = [("equipment_samples", total + 30), ("equipment", 2)];
        store = reads_at_most(store, &tables, |db| {
            let listed = block_on(PgEquipment::new(db.clone()).samples(team, tag(), period, first_page()));
            let listed = listed.expect("samples are read");
            assert_eq!((listed.items.len(), listed.total), (20, total.unsigned_abs()));
        });
    }
    reads_at_most(store, &[("equipment_alarms", ALARMS + 30), ("equipment", 2)], |db| {
        let listed = block_on(PgEquipment::new(db.clone()).alarms(team, tag(), first_page()));
        let listed = listed.expect("alarms are read");
        assert_eq!((listed.items.len(), listed.total), (20, ALARMS.unsigned_abs()));
    });
}

#[test]
fn a_sweep_of_no_samples_and_an_operation_that_nothing_works_on_read_nothing() {
    let (store, team, _) = full_of_machines();
    let store = reads_at_most(store, &[("equipment_samples", 2)], |db| {
        assert_eq!(block_on(sweep_equipment_samples(db, at())).expect("samples are swept"), 0);
    });
    let database = store.database.clone();
    let (_, read) = super::reading(store, "equipment", |_| {
        database.execute(&format!("DELETE FROM work_order_operations WHERE team_id = '{team}'"));
    });
    assert_eq!((read.sequential_scans, read.index_scans, read.rows), (0, 1, 0), "{read:?}");
}
