//! Optional fields, and stored values finer than a row can express (`docs/spec/import.md`, "Fields").

use chrono::{DateTime, TimeDelta, Utc};
use kernel::manufacturing::{OrderStatus, Priority};
use serde_json::{Value, json};

use super::{Harness, UPDATE, context, expect_ok, outcomes, plain, row, statuses};
use crate::import::RowContent;
use crate::import::policy::Outcome;
use crate::import::report::OrderChange;
use crate::import::values::{Change, DueDate, OrderImage, RoutingName, RoutingRef, WorkCentreNumber};

/// An absent field keeps, `null` clears and a value sets: each optional field for itself.
pub async fn an_optional_field_is_left_cleared_or_set(harness: &Harness) {
    let first = json!({
        "priority": "high", "work_centre_id": 1, "due_date": "2024-07-01", "notes": "first", "status": "not_started",
    });
    let created = changed(harness, row("A1", first)).await.after;
    let unchanged = harness.import(&[plain("A1")], UPDATE).await;
    assert_eq!(outcomes(&unchanged), [Outcome::Unchanged], "absent fields keep what is stored");

    let set = changed(harness, row("A1", json!({"work_centre_id": 2}))).await;
    let expected = WorkCentreNumber::try_new(2).ok();
    assert_eq!(set.after, OrderImage { version: 2, work_centre: expected, ..created.clone() });
    let cleared = changed(harness, row("A1", json!({"work_centre_id": null}))).await;
    assert_eq!(cleared.after, OrderImage { version: 3, work_centre: None, ..created.clone() });

    let set = changed(harness, row("A1", json!({"due_date": "2024-07-02"}))).await;
    let expected = created.scheduled_end.map(|end| end + TimeDelta::days(1));
    assert_eq!(set.after.scheduled_end, expected, "the next day's end");
    let cleared = changed(harness, row("A1", json!({"due_date": null}))).await;
    assert_eq!(cleared.after.scheduled_end, None);

    let set = changed(harness, row("A1", json!({"routing": "Standard"}))).await;
    assert_eq!(set.after.routing, routing(harness, "Standard").await);
    let same = harness.import(&[row("A1", json!({"routing": "STANDARD"}))], UPDATE).await;
    assert_eq!(outcomes(&same), [Outcome::Unchanged], "the routing it has is no change");
    let set = changed(harness, row("A1", json!({"routing": "Express"}))).await;
    assert_eq!(set.after.routing, routing(harness, "Express").await);
    let cleared = changed(harness, row("A1", json!({"routing": null}))).await;
    assert_eq!(cleared.after.routing, None);

    let set = changed(harness, row("A1", json!({"notes": "second"}))).await;
    assert_eq!(set.after.notes.as_deref(), Some("second"));
    let cleared = changed(harness, row("A1", json!({"notes": null}))).await;
    assert_eq!(cleared.after.notes, None);

    let set = changed(harness, row("A1", json!({"priority": "low"}))).await;
    assert_eq!(set.after.priority.value(), 1);
    let cleared = changed(harness, row("A1", json!({"priority": null}))).await;
    assert_eq!(cleared.after.priority.value(), 3, "no priority is a medium one");
    let nothing_left = harness.import(&[plain("A1")], UPDATE).await;
    assert_eq!(outcomes(&nothing_left), [Outcome::Unchanged], "what was cleared stays so");

    let started = changed(harness, row("A1", json!({"status": "in_progress"}))).await;
    assert_eq!(started.after.status, OrderStatus::InProgress);
    let skipped = harness.import(&[plain("A1")], UPDATE).await;
    assert_eq!(statuses(&skipped), ["skipped"], "a status an import sets counts like any other");
}

/// A moment derived from a due date.
type MomentOf = fn(&DueDate) -> DateTime<Utc>;

/// A date or priority word that the stored value already reads as leaves the finer value alone.
pub async fn finer_values_that_read_alike_are_not_changed(harness: &Harness) {
    let fields = json!({"priority": "high", "due_date": "2024-07-01"});
    let noon = store_finer(harness, "A1", |due| due.until - TimeDelta::hours(12)).await;
    let same = harness.import(&[row("A1", fields)], UPDATE).await;
    assert_eq!(outcomes(&same), [Outcome::Unchanged], "4 is a high priority, noon lies on the day");

    let more = json!({"priority": "high", "due_date": "2024-07-01", "quantity_to_make": 7});
    let change = changed(harness, row("A1", more)).await;
    let after = (change.after.priority.value(), change.after.scheduled_end);
    assert_eq!(after, (4, Some(noon)), "a change elsewhere leaves them alone too");

    let change = changed(harness, row("A1", json!({"priority": "medium", "due_date": "2024-07-02"}))).await;
    assert_eq!(change.after.priority.value(), 3, "another word replaces the number");
    assert!(change.after.scheduled_end.is_some_and(|end| end > noon), "another day replaces the moment");
}

/// A day ends when the next begins: its first moment lies on it and so does all of its last second.
pub async fn a_due_date_covers_its_day_to_the_last_moment(harness: &Harness) {
    let cases: [(&str, MomentOf, bool); 4] = [
        ("the first moment", |due| due.from, true),
        ("the last moment", |due| due.until + TimeDelta::seconds(1) - TimeDelta::microseconds(1), true),
        ("the moment before", |due| due.from - TimeDelta::microseconds(1), false),
        ("the moment after", |due| due.until + TimeDelta::seconds(1), false),
    ];
    for (what, stored, covered) in cases {
        let stored = store_finer(harness, what, stored).await;
        let report = harness.import(&[row(what, json!({"due_date": "2024-07-01"}))], UPDATE).await;
        let expected = if covered { "left alone" } else { "replaced" };
        assert_eq!(report.counts.changed == 0, covered, "{what} is {expected}");
        for change in harness.changes(report.id).await.into_iter().flatten() {
            assert_eq!(
                change.before.and_then(|before| before.scheduled_end),
                Some(stored),
                "{what} was stored"
            );
            assert_ne!(change.after.scheduled_end, Some(stored), "{what} is {expected}");
        }
    }
}

/// Stores an order with a priority of 4 and due on the first of July 2024 at a moment that no row can express.
async fn store_finer(harness: &Harness, order: &str, moment: MomentOf) -> DateTime<Utc> {
    let mut import = harness.prepare(&[row(order, json!({"due_date": "2024-07-01"}))], UPDATE).await;
    let mut stored = None;
    for row in &mut import.rows {
        let RowContent::Valid(order) = &mut row.content else { panic!("the row is good") };
        order.priority = Priority::try_new(4).ok();
        let Change::Set(due) = &mut order.due else { panic!("the row has a due date") };
        due.until = moment(due);
        stored = Some(due.until);
    }
    let report = harness.run(context(harness.team), import).await;
    assert_eq!(statuses(&report), ["created"]);
    let Some(stored) = stored else { panic!("there is a row") };
    stored
}

/// A team's work centres are known by their numbers, and to it alone.
pub async fn work_centres_are_the_teams_own(harness: &Harness) {
    let numbers = expect_ok(harness.work_centres.numbers(harness.team).await);
    let mut numbers: Vec<_> = numbers.into_iter().map(WorkCentreNumber::get).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, [1, 2]);
    let others = expect_ok(harness.work_centres.numbers(harness.other_team).await);
    assert!(others.is_empty(), "another team's are its own: {others:?}");
}

/// A team's routings are known by their names in any case, and to it alone.
pub async fn routings_are_the_teams_own_and_named_in_any_case(harness: &Harness) {
    let standard = routing(harness, "Standard").await;
    assert!(standard.is_some(), "the team has it");
    for name in ["standard", "STANDARD"] {
        assert_eq!(routing(harness, name).await, standard, "{name}");
    }
    assert_ne!(routing(harness, "Express").await, standard);
    assert_eq!(routing(harness, "Standar").await, None, "a part of a name is no name");
    assert_eq!(routing(harness, "Old").await, None, "what is out of use can't be named");
    let others = expect_ok(harness.routings.in_use(harness.other_team).await);
    assert_eq!(others, Default::default(), "another team's are its own");
}

#[expect(clippy::expect_used, reason = "test support: a bad name is the suite's own fault")]
async fn routing(harness: &Harness, name: &str) -> Option<RoutingRef> {
    let name = RoutingName::try_new(name).expect("a routing's name");
    expect_ok(harness.routings.in_use(harness.team).await).find(&name)
}

/// Imports one row that changes its order, and returns the change.
async fn changed(harness: &Harness, row: Value) -> OrderChange {
    let report = harness.import(&[row], UPDATE).await;
    match &mut harness.changes(report.id).await[..] {
        [Some(change)] => change.clone(),
        _ => panic!("the row changes its order: {:?}", outcomes(&report)),
    }
}
