//! Operations, what is done with them, and the data collected: each reads its own, whatever years of work left.

use std::sync::atomic::{AtomicUsize, Ordering};

use adapter_postgres::production_ops::{PgCollections, PgOperations};
use chrono::{DateTime, Utc};
use kernel::clock::{IdSource, SystemIds};
use kernel::id::{Id, TeamId};
use kernel::period::Period;
use production_ops::collection::NewCollection;
use production_ops::data_collection::ActivityId;
use production_ops::operation::{ActionRequest, OperationId, OperationStatus, OperatorRef, Totals};
use production_ops::operator::OperatorId;
use production_ops::ports::{CollectionFilter, Collections, OperationFilter, Operations};

use super::work::{BESIDE, PAGE, count, full_of_work, id, moment};
use super::{first_page, reads_at_most};
use crate::support::{Store, block_on, context_at, done, lines};

/// Asserts that the first page of what a filter lets through, which `condition` says in SQL, reads so many operations
/// at most beside the count of all.
fn page_reads(
    store: Store,
    team: TeamId,
    (filter, condition): (OperationFilter, &str),
    page: impl Fn(i64) -> i64,
) -> Store {
    let total = count(&store, team, "work_order_operations", condition);
    assert_ne!(total, 0, "{condition}");
    let tables = [
        // and of each of the page the one before it
        ("work_order_operations", total + page(total) + PAGE.min(total) + BESIDE),
        ("manufacturing_orders", PAGE + BESIDE),
        ("departments", 4 + BESIDE),
    ];
    reads_at_most(store, &tables, |db| {
        let operations = PgOperations::new(db.clone());
        let listed = block_on(operations.list(team, filter, first_page())).expect("operations are read");
        assert_eq!((listed.items.len() as i64, listed.total as i64), (PAGE.min(total), total), "{condition}");
    })
}

#[test]
fn a_page_of_operations_reads_itself_beside_the_count() {
    let (mut store, team, _alone) = full_of_work();
    let order = id(&store, team, "manufacturing_orders", "order_number = 'A18005'");
    let [first, second] =
        ["Hall 2", "Hall 3"].map(|hall| id(&store, team, "departments", &format!("name = '{hall}'")));
    let operator = operator(&store, team);
    let none = OperationFilter::default();
    let of = |status| OperationFilter { status: Some(status), ..none };
    let at = |hall, status| OperationFilter { department: Some(hall), ..of(status) };
    let by = |status| OperationFilter { operator: Some(operator), ..of(status) };
    let whose = format!("operator_id = '{operator}'");
    let mine = |status: &str| format!("{whose} AND status = '{status}'");
    let there = |hall, status| format!("department_id = '{hall}' AND status = '{status}'");
    for (filter, condition) in [
        (none, "true".to_owned()),
        (OperationFilter { order: Some(order), ..none }, format!("order_id = '{order}'")),
        (of(OperationStatus::InProgress), "status = 'in_progress'".into()),
        (of(OperationStatus::Paused), "status = 'paused'".into()),
        (OperationFilter { department: Some(first), ..none }, format!("department_id = '{first}'")),
        (OperationFilter { operator: Some(operator), ..none }, whose.clone()),
        // what a department has before it, and what somebody works on
        (at(first, OperationStatus::Pending), there(first, "pending")),
        (at(second, OperationStatus::InProgress), there(second, "in_progress")),
        (at(second, OperationStatus::Waiting), there(second, "waiting")),
        (by(OperationStatus::InProgress), mine("in_progress")),
        (by(OperationStatus::Completed), mine("completed")),
    ] {
        store = page_reads(store, team, (filter, &condition), |total| PAGE.min(total));
    }
    // of most operations the count may read all
    let all = count(&store, team, "work_order_operations", "true");
    let done = (of(OperationStatus::Completed), "status = 'completed'");
    page_reads(store, team, done, |total| all - total + PAGE);
}

#[test]
fn a_page_of_operations_that_began_in_a_period_reads_those_and_no_more() {
    let (mut store, team, _alone) = full_of_work();
    let operator = operator(&store, team);
    let of = |from: Option<DateTime<Utc>>, before| OperationFilter {
        started: Period { from, before },
        ..Default::default()
    };
    let may = of(Some(moment("2024-05-01")), Some(moment("2024-05-08")));
    let in_may = "actual_start >= '2024-05-01Z' AND actual_start < '2024-05-08Z'";
    for (filter, condition) in [
        (of(None, Some(moment("2024-01-08"))), "actual_start < '2024-01-08Z'".to_owned()),
        (may, in_may.into()),
        (of(Some(moment("2024-04-01")), None), "actual_start >= '2024-04-01Z'".into()),
    ] {
        store = page_reads(store, team, (filter, &condition), |total| total);
    }
    // whichever index is taken, hers and those of the period are read alone, for the page and for the count
    let whose = format!("operator_id = '{operator}'");
    let [hers, all] =
        [&*whose, in_may].map(|condition| count(&store, team, "work_order_operations", condition));
    let filter = OperationFilter { operator: Some(operator), ..may };
    page_reads(store, team, (filter, &format!("{in_may} AND {whose}")), |total| 2 * (hers + all) - total);
}

/// The operator with the badge `B7`.
fn operator(store: &Store, team: TeamId) -> OperatorId {
    id(store, team, "operators", "badge = 'B7'")
}

/// Gives each of the team's operations that stand there once.
fn standing(store: &Store, team: TeamId, status: &str) -> impl Fn() -> OperationId + use<> {
    let ids = format!(
        "SELECT id::text AS line FROM work_order_operations WHERE team_id = '{team}' AND status = '{status}'"
    );
    let (ids, next) = (lines(&mut store.superuser(), &ids), AtomicUsize::new(0));
    move || {
        let id = ids.get(next.fetch_add(1, Ordering::Relaxed)).expect("one more");
        Id::new(id.parse().expect("an id"))
    }
}

fn now() -> DateTime<Utc> {
    moment("2025-01-01")
}

#[test]
fn an_action_reads_its_own_order_alone() {
    let (mut store, team, _alone) = full_of_work();
    let start = ActionRequest::Start { operator: OperatorRef(operator(&store, team).uuid()) };
    let complete = ActionRequest::Complete { operator: None, totals: Totals::default(), captured: None };
    for (status, request) in [("pending", start), ("in_progress", complete)] {
        let next = standing(&store, team, status);
        // the order; its four operations, and two of them again where they are found and written; one segment
        let tables = [("manufacturing_orders", 2), ("work_order_operations", 8), ("operation_segments", 2)];
        store = reads_at_most(store, &tables.map(|(table, rows)| (table, rows + BESIDE)), |db| {
            let operations = PgOperations::new(db.clone());
            done(block_on(operations.act(context_at(team, now()), next(), request.clone(), None)));
        });
    }
}

#[test]
fn one_operation_is_shown_without_a_look_at_others() {
    let (store, team, _alone) = full_of_work();
    let operation = standing(&store, team, "in_progress")();
    let tables = ["work_order_operations", "operation_segments", "manufacturing_orders", "departments"];
    reads_at_most(store, &tables.map(|table| (table, 1 + BESIDE)), |db| {
        let operations = PgOperations::new(db.clone());
        let found = block_on(operations.find(team, operation)).expect("it is read");
        assert_eq!(found.map(|found| found.segments.len()), Some(1));
    });
}

#[test]
fn data_of_an_operation_is_listed_and_added_to_without_a_look_at_others() {
    let (mut store, team, _alone) = full_of_work();
    let activity: ActivityId = id(&store, team, "data_collection_activities", "true");
    let operation = standing(&store, team, "in_progress")();
    let all = count(&store, team, "data_collections", "true");
    let none = CollectionFilter::default();
    for (filter, total) in [
        (CollectionFilter { operation: Some(operation), ..none }, 2),
        (CollectionFilter { activity: Some(activity), ..none }, all),
    ] {
        let most = total + PAGE.min(total) + BESIDE;
        store = reads_at_most(store, &[("data_collections", most)], |db| {
            let collections = PgCollections::new(db.clone());
            let listed = block_on(collections.list(team, filter, first_page())).expect("data is read");
            assert_eq!(listed.total as i64, total);
        });
    }
    let operator = OperatorRef(operator(&store, team).uuid());
    let next = standing(&store, team, "in_progress");
    let tables = ["work_order_operations", "manufacturing_orders"];
    reads_at_most(store, &tables.map(|table| (table, 2 + BESIDE)), |db| {
        let data = Default::default();
        let new = NewCollection { operation: next(), activity, operator, data, collected_at: None };
        let collections = PgCollections::new(db.clone());
        done(block_on(collections.submit(context_at(team, now()), Id::new(SystemIds.uuid()), new)));
    });
}
