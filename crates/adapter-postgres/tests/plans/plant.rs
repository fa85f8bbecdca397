//! The plant's master data is listed by page, whatever other teams have.

use adapter_postgres::production_ops::{
    PgActivities, PgDepartments, PgOperators, PgPauseReasons, PgWorkCentres,
};
use kernel::error::StoreError;
use kernel::id::{Id, TeamId};
use kernel::master_data::Register;
use kernel::page::Listing;
use production_ops::Skill;
use production_ops::data_collection::ActivityFilter;
use production_ops::department::{DepartmentFilter, DepartmentId};
use production_ops::operator::{Badge, OperatorFilter};
use production_ops::pause_reason::{PauseCategory, PauseReasonFilter};
use production_ops::work_centre::WorkCentreFilter;

use super::{first_page, reads_at_most};
use crate::support::{Store, block_on};

/// Of everything, in the team that is looked at.
const OWN: i64 = 1_000;
/// Of everything, in each of the three teams beside it.
const OTHERS: i64 = 4_000;
/// What a page reads past its 20 entries: where it ends, and what planning looks up at the ends of an index.
const BESIDE: i64 = 10;

/// A team with all kinds of master data among three with more. Of each kind every tenth is out of use, every tenth
/// pause reason is planned, every tenth operator welds, and every tenth work centre stands in the department given.
fn full_of_master_data() -> (Store, TeamId, DepartmentId) {
    let store = Store::own();
    let teams = [(); 4].map(|()| store.team());
    for (team, count) in teams.into_iter().zip([OWN, OTHERS, OTHERS, OTHERS]) {
        store.database.execute(&format!(
            "INSERT INTO departments
             SELECT '{team}', gen_random_uuid(), 'Name ' || n, 'name ' || n, n % 10 <> 1, 1, now(), now()
             FROM generate_series(1, {count}) n;
             INSERT INTO work_centres
             SELECT '{team}', n, gen_random_uuid(), 'Name ' || n, d.id, n % 10 <> 1, 1, now(), now()
             FROM generate_series(1, {count}) n
             JOIN departments d ON d.team_id = '{team}' AND d.name = CASE n % 10 WHEN 2 THEN 'Name 2' ELSE 'Name ' || n END;
             INSERT INTO pause_reasons
             SELECT '{team}', gen_random_uuid(), 'Name ' || n, 'name ' || n,
                    CASE n % 10 WHEN 2 THEN 'planned' ELSE 'unplanned' END, n % 10 <> 1, 1, now(), now()
             FROM generate_series(1, {count}) n;
             INSERT INTO operators
             SELECT '{team}', gen_random_uuid(), 'Name ' || n, 'name ' || n, 'B' || n,
                    ARRAY[CASE n % 10 WHEN 2 THEN 'welding' ELSE 'milling' END], NULL, n % 10 <> 1, 0, NULL, 1, now(), now()
             FROM generate_series(1, {count}) n;
             INSERT INTO data_collection_activities
             SELECT '{team}', gen_random_uuid(), 'Name ' || n, 'name ' || n, NULL, '[]', 'reject', n % 10 <> 1, 1, now(), now()
             FROM generate_series(1, {count}) n"
        ));
    }
    for table in ["departments", "work_centres", "pause_reasons", "operators", "data_collection_activities"] {
        store.database.execute(&format!("VACUUM ANALYZE {table}"));
    }
    let department = "SELECT id FROM departments WHERE name = 'Name 2' AND team_id";
    let department = store.database.scalar(&format!("{department} = '{}'", teams[0]));
    (store, teams[0], Id::new(department.parse().expect("an id")))
}

/// What a first page of 20 shows of how many.
fn is_page<T>(listed: Result<Listing<T>, StoreError>, total: i64) {
    let listed = listed.expect("the list is read");
    assert_eq!((listed.items.len(), listed.total), (20.min(total as usize), total.unsigned_abs()));
}

#[test]
fn a_page_of_departments_reads_no_more_than_itself_beside_the_count() {
    let (mut store, team, _) = full_of_master_data();
    for (active_only, total) in [(false, OWN), (true, OWN - OWN / 10)] {
        let filter = DepartmentFilter { active_only };
        store = reads_at_most(store, &[("departments", OWN + 25 + BESIDE)], |db| {
            is_page(block_on(PgDepartments::new(db.clone()).list(team, filter, first_page())), total);
        });
    }
}

#[test]
fn a_page_of_work_centres_reads_no_more_than_itself_beside_the_count() {
    let (mut store, team, department) = full_of_master_data();
    let none = WorkCentreFilter::default();
    for (filter, total, most) in [
        (none, OWN, OWN + 25),
        (WorkCentreFilter { active_only: true, ..none }, OWN - OWN / 10, OWN + 25),
        // counted and sorted
        (WorkCentreFilter { department: Some(department), ..none }, OWN / 10, 2 * OWN / 10),
    ] {
        store = reads_at_most(store, &[("work_centres", most + BESIDE)], |db| {
            is_page(block_on(PgWorkCentres::new(db.clone()).list(team, filter, first_page())), total);
        });
    }
}

#[test]
fn a_page_of_pause_reasons_reads_no_more_than_itself_beside_the_count() {
    let (mut store, team, _) = full_of_master_data();
    let none = PauseReasonFilter::default();
    let planned = PauseReasonFilter { category: Some(PauseCategory::Planned), ..none };
    for (filter, total, page) in [
        (none, OWN, 20),
        (PauseReasonFilter { active_only: true, ..none }, OWN - OWN / 10, 25),
        // every tenth, until the page is full
        (planned, OWN / 10, 250),
    ] {
        store = reads_at_most(store, &[("pause_reasons", OWN + page + BESIDE)], |db| {
            is_page(block_on(PgPauseReasons::new(db.clone()).list(team, filter, first_page())), total);
        });
    }
}

#[test]
fn a_page_of_operators_reads_no_more_than_itself_beside_the_count() {
    let (mut store, team, _) = full_of_master_data();
    let none = OperatorFilter::default;
    let welding = Skill::try_new("welding").expect("a skill");
    let badge = Badge::try_new("B77").expect("a badge");
    for (filter, total, most) in [
        (none(), OWN, OWN + 20),
        (OperatorFilter { active_only: true, ..none() }, OWN - OWN / 10, OWN + 25),
        // every tenth, until the page is full
        (OperatorFilter { skill: Some(welding), ..none() }, OWN / 10, OWN + 250),
        (OperatorFilter { badge: Some(badge), ..none() }, 1, 2),
    ] {
        store = reads_at_most(store, &[("operators", most + BESIDE)], |db| {
            is_page(block_on(PgOperators::new(db.clone()).list(team, filter.clone(), first_page())), total);
        });
    }
}

#[test]
fn a_page_of_activities_reads_no_more_than_itself_beside_the_count() {
    let (mut store, team, _) = full_of_master_data();
    for (active_only, total) in [(false, OWN), (true, OWN - OWN / 10)] {
        let filter = ActivityFilter { active_only };
        store = reads_at_most(store, &[("data_collection_activities", OWN + 25 + BESIDE)], |db| {
            is_page(block_on(PgActivities::new(db.clone()).list(team, filter, first_page())), total);
        });
    }
}
