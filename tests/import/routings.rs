//! Imports with routings: the operations that orders get, keep and lose.

use serde_json::{Value, json};
use testkit::race;

use crate::support::{OPERATIONS, Plant, Requests, Team, order, order_with, team};

const WIDGET: &str = "Widget Assembly v1.0";

/// A plant with a routing of two operations; the second takes 2 minutes a unit.
fn plant() -> (Plant, String) {
    let plant = Plant::new();
    let second = json!({
        "operationName": "Quality Check", "departmentId": plant.quality, "setupTimeMinutes": 0.5, "runTimeMinutes": 2,
        "runTimeBasis": "per_unit",
    });
    let routing = plant.routing(WIDGET, &[json!({}), second]);
    (plant, routing)
}

fn row_with_routing(number: &str, routing: Value) -> Value {
    order_with(number, json!({"routing": routing}))
}

/// The operations of an imported order.
fn operations(team: &Team<'_>, number: &str) -> Vec<Value> {
    let id = team.order(number, "id");
    let page = team.get(&format!("{OPERATIONS}?orderId={id}")).ok();
    page["workOrderOperations"].as_array().unwrap().clone()
}

fn ids(operations: &[Value]) -> Vec<&Value> {
    operations.iter().map(|operation| &operation["id"]).collect()
}

fn names(operations: &[Value]) -> Vec<&str> {
    operations.iter().map(|operation| operation["operationName"].as_str().unwrap()).collect()
}

/// The stored orders and operations, to detect changes.
fn stored_state(team: &Team<'_>) -> String {
    let id = &team.id;
    let rows = |table: &str| {
        format!("SELECT string_agg(t::text, chr(10) ORDER BY t::text) FROM {table} t WHERE team_id = '{id}'")
    };
    ["manufacturing_orders", "work_order_operations"]
        .map(|table| team.database.scalar(&rows(table)))
        .join("\n")
}

#[test]
fn an_order_that_names_a_routing_gets_its_operations() {
    let (plant, routing) = plant();
    let team = &plant.team;
    assert_eq!(
        team.import("", &json!([row_with_routing("A1", json!(WIDGET)), order("A2")])).counts(),
        [2, 0, 0, 0]
    );
    let expected = [
        (1, "Assembly Station 1", "pending", 3_600, &plant.assembly, "Assembly"),
        (2, "Quality Check", "waiting", 12_030, &plant.quality, "Quality Control"),
    ];
    let found = operations(team, "A1");
    assert_eq!(found.len(), expected.len());
    for (operation, (number, name, status, target, department, department_name)) in found.iter().zip(expected)
    {
        assert_eq!(operation["orderNumber"], json!("A1"));
        assert_eq!(operation["operationNumber"], json!(number));
        assert_eq!(operation["operationName"], json!(name));
        assert_eq!(operation["status"], json!(status));
        assert_eq!(operation["targetTimeSeconds"], json!(target), "of 100");
        assert_eq!(operation["department"], json!({"id": department, "name": department_name}));
        assert_eq!(operation["quantityTarget"], json!(100));
    }
    let ready = "SELECT string_agg((ready_at = created_at)::text, ' ' ORDER BY operation_number)
                 FROM work_order_operations WHERE team_id = '$team' AND ready_at IS NOT NULL";
    assert_eq!(
        team.database.scalar(&ready.replace("$team", &team.id)),
        "true",
        "the first may begin at once"
    );
    let shown = team.get(&format!("/api/v1/orders/{}", team.order("A1", "id"))).ok();
    assert_eq!(shown["routing"], json!({"id": routing, "name": WIDGET, "version": "1.0"}));
    assert_eq!(shown["workOrderOperations"].as_array().unwrap().len(), 2);
    assert_eq!(operations(team, "A2"), [Value::Null; 0], "who names none has none");

    let first = found[0]["id"].as_str().unwrap();
    let started = plant.act(first, &json!({"action": "start", "operatorId": plant.ann})).ok();
    assert_eq!(started["status"], json!("in_progress"), "the shop floor runs it");
}

#[test]
fn a_routing_matches_in_any_case_and_must_be_an_active_one_of_the_team() {
    let (plant, _) = plant();
    let team = &plant.team;
    let old = plant.routing("Old", &[json!({})]);
    team.patch(&format!("/api/v1/routings/{old}"), &json!({"isActive": false})).ok();
    let other = Plant::new();
    other.routing("Elsewhere", &[json!({})]);
    let rows = json!([
        row_with_routing("A1", json!(" widget ASSEMBLY v1.0 ")),
        row_with_routing("A2", json!("Old")),
        row_with_routing("A3", json!("Elsewhere")),
        row_with_routing("A4", json!("Nowhere")),
        row_with_routing("A5", json!(7)),
        order("A6"),
    ]);
    let report = team.import("", &rows).report();
    let unknown = |number: &str, row: u32, name: &str| {
        let message = format!("Unknown routing: {name}");
        let errors = json!([{"field": "routing", "code": "UNKNOWN_ROUTING", "message": message}]);
        json!({"order_number": number, "status": "error", "message": message, "row": row, "errors": errors})
    };
    let created = |number: &str, row: u32| json!({"order_number": number, "status": "created", "message": "Order created", "row": row});
    let number = json!({
        "order_number": "A5", "status": "error", "message": "Invalid routing: must be text, not a number", "row": 5,
        "errors": [{"field": "routing", "code": "INVALID_TYPE",
                    "message": "Invalid routing: must be text, not a number"}],
    });
    let expected = json!([
        created("A1", 1),
        unknown("A2", 2, "Old"),
        unknown("A3", 3, "Elsewhere"),
        unknown("A4", 4, "Nowhere"),
        number,
        created("A6", 6),
    ]);
    assert_eq!(report["details"], expected);
    assert_eq!(names(&operations(team, "A1")), ["Assembly Station 1", "Quality Check"]);
}

#[test]
fn another_routing_rebuilds_the_operations_of_an_order_not_started() {
    let (plant, _) = plant();
    let team = &plant.team;
    plant.routing("Express", &[json!({"operationName": "All at once"})]);
    team.import("", &json!([row_with_routing("A1", json!(WIDGET)), row_with_routing("A2", json!(WIDGET))]))
        .counts();
    let operations_before = operations(team, "A1");
    for same in [json!(WIDGET), json!(WIDGET.to_uppercase()), json!("")] {
        assert_eq!(team.import("", &json!([row_with_routing("A1", same)])).counts(), [0, 1, 0, 0]);
        assert_eq!(operations(team, "A1"), operations_before, "the same routing, or none named, leaves them");
    }
    assert_eq!(team.order("A1", "version"), "1", "and writes nothing");
    let csv = "order_number,stock_code,description,quantity_to_make,routing,notes\n\
        A1,STK1,Widget A,100,,new\nA2,STK1,Widget A,100,express,\n";
    assert_eq!(team.import_csv("", csv).counts(), [0, 2, 0, 0]);
    assert_eq!(operations(team, "A1"), operations_before, "a change elsewhere leaves them too");
    let rebuilt = operations(team, "A2");
    assert_eq!((names(&rebuilt), &rebuilt[0]["status"]), (vec!["All at once"], &json!("pending")));

    assert_eq!(team.import("", &json!([row_with_routing("A2", Value::Null)])).counts(), [0, 1, 0, 0]);
    assert_eq!(
        (operations(team, "A2").len(), team.order("A2", "routing_id").as_str()),
        (0, ""),
        "null clears"
    );
    assert_eq!(team.import("", &json!([row_with_routing("A2", json!(WIDGET))])).counts(), [0, 1, 0, 0]);
    assert_eq!(names(&operations(team, "A2")), names(&operations_before));
}

#[test]
fn an_order_keeps_the_version_it_got() {
    let (plant, routing) = plant();
    let team = &plant.team;
    team.import("", &json!([row_with_routing("A1", json!(WIDGET))])).counts();
    let before = operations(team, "A1");
    let body = plant.routing_body(WIDGET, &[json!({"operationName": "All at once"})]);
    team.put(&format!("/api/v1/routings/{routing}"), &body).ok();
    let rows = json!([row_with_routing("A1", json!(WIDGET)), row_with_routing("A2", json!(WIDGET))]);
    assert_eq!(team.import("", &rows).counts(), [1, 1, 0, 0]);
    assert_eq!(operations(team, "A1"), before);
    assert_eq!(names(&operations(team, "A2")), ["All at once"]);
    let versions = ["A1", "A2"].map(|number| {
        team.get(&format!("/api/v1/orders/{}", team.order(number, "id"))).ok()["routing"]["version"].clone()
    });
    assert_eq!(versions, [json!("1.0"), json!("2.0")]);
}

#[test]
fn an_order_imported_as_started_gets_no_operations() {
    let (plant, _) = plant();
    let team = &plant.team;
    for (at, status) in ["in_progress", "on_hold", "complete", "cancelled"].into_iter().enumerate() {
        let number = format!("A{at}");
        let row = order_with(&number, json!({"routing": WIDGET, "status": status}));
        assert_eq!(team.import("", &json!([row])).counts(), [1, 0, 0, 0]);
        assert_eq!(operations(team, &number).len(), 0, "{status}");
    }
    team.import("", &json!([row_with_routing("B1", json!(WIDGET))])).counts();
    assert_eq!(operations(team, "B1").len(), 2);
    let begun = order_with("B1", json!({"status": "in_progress"}));
    assert_eq!(team.import("", &json!([begun])).counts(), [0, 1, 0, 0]);
    assert_eq!(operations(team, "B1").len(), 0, "it began elsewhere, so nothing is left to do here");
}

#[test]
fn a_started_order_keeps_its_operations_whatever_an_import_says() {
    let (plant, _) = plant();
    let team = &plant.team;
    plant.routing("Express", &[json!({})]);
    team.import("", &json!([row_with_routing("A1", json!(WIDGET))])).counts();
    let first = operations(team, "A1")[0]["id"].as_str().unwrap().to_owned();
    plant.act(&first, &json!({"action": "start", "operatorId": plant.ann})).ok();
    let before = stored_state(team);
    for routing in [json!("Express"), Value::Null] {
        let report = team.import("", &json!([row_with_routing("A1", routing)]));
        assert_eq!(
            report.row_results(),
            [("skipped".into(), "Order already in progress, not updated".into())]
        );
    }
    assert_eq!(stored_state(team), before);
}

#[test]
fn dry_runs_and_refused_imports_leave_operations_unchanged() {
    let (plant, _) = plant();
    let team = &plant.team;
    plant.routing("Express", &[json!({})]);
    team.import("", &json!([row_with_routing("A1", json!(WIDGET)), row_with_routing("A2", json!(WIDGET))]))
        .counts();
    let before = stored_state(team);
    let rows = json!([
        row_with_routing("A1", json!("Express")),
        row_with_routing("A2", Value::Null),
        row_with_routing("A3", json!(WIDGET)),
        row_with_routing("A4", json!("Nowhere")),
    ]);
    assert_eq!(team.import("?dry_run=true", &rows).counts(), [1, 2, 0, 1]);
    assert_eq!(stored_state(team), before);
    let refused = team.import("?mode=all_or_nothing", &rows);
    assert_eq!((refused.status, refused.row_results().len()), (422, 4), "{refused:?}");
    assert_eq!(stored_state(team), before);
    assert_eq!(team.import("?on_existing=skip", &rows).counts(), [1, 0, 2, 1]);
    let counts = ["A1", "A2", "A3"].map(|number| operations(team, number).len());
    assert_eq!(counts, [2, 2, 2], "orders that are skipped keep theirs");
    assert_eq!(team.import("", &rows).counts(), [0, 3, 0, 1]);
    assert_eq!(["A1", "A2", "A3"].map(|number| operations(team, number).len()), [1, 0, 2]);
}

#[test]
fn an_import_that_names_another_routing_never_takes_a_started_operation_away() {
    let (plant, _) = plant();
    let team = &plant.team;
    plant.routing("Express", &[json!({})]);
    let mut outcomes = [0, 0];
    for round in 0..12 {
        let number = format!("A{round}");
        team.import("", &json!([row_with_routing(&number, json!(WIDGET))])).counts();
        let before = operations(team, &number);
        let first = before[0]["id"].as_str().unwrap();
        let replies = race(2, |racer| {
            if racer == 0 {
                team.import("", &json!([row_with_routing(&number, json!("Express"))]))
            } else {
                plant.act(first, &json!({"action": "start", "operatorId": plant.ann}))
            }
        });
        let status = replies[0].row_results().remove(0).0;
        let found = operations(team, &number);
        match (status.as_str(), replies[1].status) {
            ("skipped", 200) => {
                outcomes[0] += 1;
                assert_eq!((ids(&found), &found[0]["status"]), (ids(&before), &json!("in_progress")));
            }
            ("updated", 404) => {
                outcomes[1] += 1;
                assert_eq!((found.len(), &found[0]["status"]), (1, &json!("pending")));
            }
            other => panic!("{other:?}: {replies:?}"),
        }
    }
    assert_eq!(outcomes.iter().sum::<u32>(), 12, "{outcomes:?}");
}

#[test]
fn the_history_shows_that_an_order_got_another_routing() {
    let (plant, _) = plant();
    let team = &plant.team;
    team.import("", &json!([row_with_routing("A1", json!(WIDGET))])).counts();
    let again = team.import(
        "",
        &json!([row_with_routing("A1", json!(WIDGET)), row_with_routing("A2", json!("Nowhere"))]),
    );
    let cleared = team.import("", &json!([row_with_routing("A1", Value::Null)]));
    for (import, changed) in [(&again, "0"), (&cleared, "1")] {
        let id = import.import_id();
        let count =
            format!("SELECT changed FROM order_imports WHERE team_id = '{}' AND id = '{id}'", team.id);
        assert_eq!(team.database.scalar(&count), changed);
        let stored = team.get(&format!("/api/orders/imports/{id}")).ok();
        assert_eq!(stored["details"], import.json()["details"]);
    }
    let errors = team.get(&format!("/api/orders/imports/{}/errors.csv", again.import_id()));
    assert!(errors.text.contains("Nowhere") && errors.text.contains("Unknown routing"), "{errors:?}");
}

#[test]
fn an_import_without_routings_leaves_no_operations() {
    let team = team();
    assert_eq!(team.import("", &json!([order("A1"), order("A2")])).counts(), [2, 0, 0, 0]);
    assert_eq!(team.count("work_order_operations"), 0);
}
