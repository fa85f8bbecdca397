//! Concurrent imports.

use serde_json::{Value, json};
use testkit::race;

use crate::support::{Team, order_with, team};

fn rows(quantity: u64, status: &str) -> Vec<Value> {
    let row = |number| {
        order_with(&format!("A{number:04}"), json!({"quantity_to_make": quantity, "status": status}))
    };
    (0..1_000).map(row).collect()
}

fn value(team: &Team<'_>, expression: &str) -> String {
    let id = &team.id;
    team.database.scalar(&format!("SELECT {expression} FROM manufacturing_orders WHERE team_id = '{id}'"))
}

#[test]
fn two_imports_of_the_same_thousand_orders_leave_exactly_a_thousand() {
    for _ in 0..3 {
        let team = team();
        let rows = json!(rows(1, "not_started"));
        let counts = race(2, |_| team.import("", &rows).counts());
        let created: u64 = counts.iter().map(|counts| counts[0]).sum();
        let updated: u64 = counts.iter().map(|counts| counts[1]).sum();
        assert_eq!((created, updated), (1_000, 1_000), "{counts:?}");
        assert_eq!(
            value(&team, "count(*) || ' ' || count(DISTINCT order_number) || ' ' || max(version)"),
            "1000 1000 1"
        );
        assert_eq!(team.count("order_imports"), 2);
    }
}

#[test]
fn concurrent_imports_in_opposite_order_all_succeed() {
    let team = team();
    assert_eq!(team.import("", &json!(rows(1, "not_started"))).counts(), [1_000, 0, 0, 0]);
    let counts = race(4, |racer| {
        let mut rows = rows(racer as u64 + 2, "not_started");
        if racer % 2 == 1 {
            rows.reverse();
        }
        team.import("", &json!(rows)).counts()
    });
    assert_eq!(counts, [[0, 1_000, 0, 0]; 4]);
    assert_eq!(
        value(&team, "min(version) || ' ' || max(version) || ' ' || count(DISTINCT quantity)"),
        "5 5 1",
        "no update was lost"
    );
}

#[test]
fn an_order_that_another_import_starts_is_never_changed_afterwards() {
    for round in 0..5 {
        let team = team();
        assert_eq!(team.import("", &json!(rows(1, "not_started"))).counts(), [1_000, 0, 0, 0]);
        let counts = race(2, |racer| {
            let (quantity, status) = [(2, "in_progress"), (3, "not_started")][racer];
            team.import("", &json!(rows(quantity, status))).counts()
        });
        assert_eq!(counts[0], [0, 1_000, 0, 0], "round {round}");
        assert_eq!(
            counts[1][1] + counts[1][2],
            1_000,
            "round {round}: updated before the start, or skipped: {counts:?}"
        );
        assert_eq!(
            value(&team, "min(quantity) || ' ' || max(quantity) || ' ' || min(status)"),
            "2.000 2.000 in_progress"
        );
        let versions = value(&team, "sum(version)").parse::<u64>().unwrap();
        assert_eq!(versions, 2_000 + counts[1][1], "round {round}: one version for each change");
    }
}
