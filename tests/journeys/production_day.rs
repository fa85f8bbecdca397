//! A day of a plant: 20 orders of 4 operations, with pauses, rejects, changes of operator, a hold and a cancellation.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use testkit::race;

use crate::support::{ORDERS, Order, Plant, Requests};

const ORDERS_OF_THE_DAY: usize = 20;
const STEPS: usize = 4;

/// The final state of an order.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Completed,
    Held,
    Cancelled,
}

fn outcome(number: usize) -> Outcome {
    match number {
        7 => Outcome::Held,
        13 => Outcome::Cancelled,
        _ => Outcome::Completed,
    }
}

/// The rejected quantity of an operation: five in the second operation of every third order.
fn rejected_quantity(number: usize, step: usize) -> u64 {
    if number.is_multiple_of(3) && step == 1 { 5 } else { 0 }
}

#[test]
fn a_day_of_a_plant_ends_with_everything_accounted_for() {
    let plant = Plant::new();
    let measured = json!({"dataCollectionActivities": [{"id": plant.torque}]});
    let quality = json!({"departmentId": plant.quality, "operationName": "Quality Check"});
    let routing = plant.routing("Widget Assembly v1.0", &[json!({}), measured, json!({}), quality]);
    let orders: Vec<Order> = (0..ORDERS_OF_THE_DAY)
        .map(|number| plant.order_with_routing(&format!("DAY-{number:02}"), &routing))
        .collect();
    // four stations work concurrently, each on its own orders
    race(4, |station| {
        for (number, order) in orders.iter().enumerate().filter(|(number, _)| number % 4 == station) {
            run(number, order);
        }
    });
    for (number, order) in orders.iter().enumerate() {
        check_order(number, order);
    }
    check_totals(&plant);
}

fn run(number: usize, order: &Order) {
    for step in 0..STEPS {
        order.start(step);
        if number.is_multiple_of(2) && step == 0 {
            order.pause(step);
            order.act(step, &json!({"action": "resume", "operatorId": order.plant.bob})).ok();
        }
        match (outcome(number), step) {
            (Outcome::Held, 1) => {
                order.patch(&json!({"status": "on_hold", "notes": "Material is short"})).ok();
                order.patch(&json!({"status": "in_progress"})).ok();
                order.act(step, &json!({"action": "resume"})).ok();
            }
            (Outcome::Cancelled, 2) => {
                order.patch(&json!({"status": "cancelled"})).ok();
                return;
            }
            _ => {}
        }
        let report = json!({
            "action": "report", "quantityCompleted": 10, "quantityRejected": rejected_quantity(number, step),
            "operatorId": if step == 2 { &order.plant.bob } else { &order.plant.ann },
        });
        order.act(step, &report).ok();
        let captured = if step == 1 { json!({"torqueReading": 44.5}) } else { json!(null) };
        order.act(step, &json!({"action": "complete", "capturedData": captured})).ok();
    }
}

fn check_order(number: usize, order: &Order) {
    let shown = order.show();
    let statuses: Vec<_> =
        shown["workOrderOperations"].as_array().unwrap().iter().map(|it| it["status"].clone()).collect();
    match outcome(number) {
        Outcome::Completed | Outcome::Held => {
            assert_eq!((&shown["status"], statuses), (&json!("completed"), vec![json!("completed"); STEPS]));
            assert_eq!(shown["quantityCompleted"], 100 - rejected_quantity(number, 1), "order {number}");
        }
        Outcome::Cancelled => {
            assert_eq!(shown["status"], "cancelled");
            assert_eq!(statuses, ["completed", "completed", "in_progress", "waiting"].map(Value::from));
        }
    }
    let events = order.events();
    let mut counts = BTreeMap::new();
    for event in &events {
        *counts.entry(event.as_str()).or_insert(0) += 1;
    }
    let expected = if outcome(number) == Outcome::Cancelled { (3, 2) } else { (STEPS, STEPS) };
    assert_eq!((counts["woo.started"], counts["woo.completed"]), expected, "order {number}: {events:?}");
    let last = if outcome(number) == Outcome::Cancelled { "order.cancelled" } else { "order.completed" };
    assert_eq!(events.last().map(String::as_str), Some(last), "order {number}");
}

/// Checks the totals of the day in the tables.
fn check_totals(plant: &Plant) {
    let team = &plant.team.caller.id;
    let one = |query: &str| plant.team.database.scalar(&query.replace("$team", &format!("'{team}'")));
    let listed = plant.team.get(&format!("{ORDERS}?status=completed&limit=500")).ok();
    assert_eq!(listed["pagination"]["total"], ORDERS_OF_THE_DAY - 1);
    assert_eq!(
        one("SELECT count(*) FROM operation_segments WHERE team_id = $team AND ended_at IS NULL"),
        "0"
    );
    let apart = "SELECT count(*) FROM work_order_operations w CROSS JOIN LATERAL (
                     SELECT count(*) AS segments,
                            coalesce(sum(extract(epoch FROM ended_at - started_at) * 1000000), 0) AS micros
                     FROM operation_segments s WHERE s.team_id = w.team_id AND s.operation_id = w.id) t
                 WHERE team_id = $team AND (w.segments, w.active_micros) <> (t.segments, t.micros)";
    assert_eq!(one(apart), "0", "an operation's time is that of its segments");
    let gaps = "SELECT count(*) FROM (SELECT sequence - lag(sequence, 1, 0::bigint)
                    OVER (PARTITION BY aggregate_id ORDER BY xid, id) AS step FROM outbox
                    WHERE team_id = $team AND event_type LIKE 'order.%') s WHERE step <> 1";
    assert_eq!(one(gaps), "0", "each order's events are numbered without a gap, in the order they left");
    let collected = "SELECT count(*) FROM data_collections WHERE team_id = $team AND conforming";
    assert_eq!(one(collected), ORDERS_OF_THE_DAY.to_string());
    let audited =
        "SELECT count(*) FROM audit_entries WHERE team_id = $team AND action = 'operation.completed'";
    assert_eq!(one(audited), ((ORDERS_OF_THE_DAY - 1) * STEPS + 2).to_string());
}
