//! The options `mode`, `on_existing` and `dry_run` (`docs/spec/import.md`, "Options").

use serde_json::{Value, json};

use crate::support::{Requests, Team, order, order_with, team};

/// A team with an order like in the rows, a different one, and a started one.
fn team_with_orders() -> Team<'static> {
    let team = team();
    let started = order_with("started", json!({"status": "in_progress"}));
    assert_eq!(team.import("", &json!([order("same"), order("other"), started])).counts(), [3, 0, 0, 0]);
    team
}

/// A row of each kind.
fn rows() -> Value {
    let changed = |number| order_with(number, json!({"quantity_to_make": 7}));
    json!([order("same"), changed("other"), changed("started"), order("new"), order("new"), changed(" ")])
}

fn good_rows() -> Value {
    json!([order("same"), order_with("other", json!({"quantity_to_make": 7})), order("new")])
}

fn row_results(answer: &Value) -> Vec<String> {
    let details = answer["details"].as_array().unwrap();
    details
        .iter()
        .map(|row| format!("{}: {}", row["status"].as_str().unwrap(), row["message"].as_str().unwrap()))
        .collect()
}

#[test]
fn all_or_nothing_stores_nothing_if_a_row_fails_and_history_says_rejected() {
    let team = team_with_orders();
    let [orders, imports, events, audits, _] = team.row_counts();
    let refused = team.import(
        "?mode=all_or_nothing",
        &json!([order("new"), order("same"), order_with("bad", json!({"quantity_to_make": 0}))]),
    );
    assert_eq!(refused.status, 422);
    let fault = "Invalid quantity_to_make: `0` must be greater than 0";
    let left_out = "Not imported: another row failed";
    let id = refused.import_id();
    let expected = json!({
        "created": 0, "updated": 0, "skipped": 2, "errors": 1,
        "details": [
            {"order_number": "new", "status": "skipped", "message": left_out, "row": 1},
            {"order_number": "same", "status": "skipped", "message": left_out, "row": 2},
            {"order_number": "bad", "status": "error", "message": fault, "row": 3,
             "errors": [{"field": "quantity_to_make", "code": "OUT_OF_RANGE", "message": fault}]},
        ],
        "import_id": id, "dry_run": false, "ignored_columns": [],
    });
    assert_eq!(refused.json(), expected);
    assert_eq!(team.row_counts(), [orders, imports + 1, events, audits, 0]);
    let listed = team.get("/api/orders/imports?outcome=rejected").ok();
    assert_eq!(listed["imports"].as_array().unwrap().len(), 1);
    assert_eq!(
        (&listed["imports"][0]["import_id"], &listed["imports"][0]["outcome"]),
        (&json!(id), &json!("rejected"))
    );
    assert_eq!(team.get(&format!("/api/orders/imports/{id}")).ok(), expected);
}

#[test]
fn all_or_nothing_is_refused_if_an_order_may_not_be_updated() {
    let team = team_with_orders();
    let rows = json!([order("new"), order("started")]);
    let refused = team.import("?mode=all_or_nothing", &rows);
    assert_eq!(refused.status, 422);
    assert_eq!(
        row_results(&refused.json()),
        ["skipped: Not imported: another row failed", "skipped: Order already in progress, not updated"]
    );
    assert_eq!(team.count("manufacturing_orders"), 3);
    let passed = team.import("?mode=all_or_nothing&on_existing=skip", &rows);
    assert_eq!(passed.counts(), [1, 0, 1, 0], "a requested skip is no failure");
}

#[test]
fn all_or_nothing_stores_all_if_no_row_fails() {
    let team = team_with_orders();
    assert_eq!(team.import("?mode=all_or_nothing", &good_rows()).counts(), [1, 2, 0, 0]);
    let versions = ["same", "other", "new"].map(|number| team.order(number, "version || ' ' || quantity"));
    assert_eq!(versions, ["1 100.000", "2 7.000", "1 100.000"]);
}

#[test]
fn existing_orders_are_skipped_with_on_existing_skip() {
    let team = team_with_orders();
    let answer = team.import("?on_existing=skip", &rows()).report();
    assert_eq!(
        row_results(&answer),
        [
            "skipped: Order already exists, not updated",
            "skipped: Order already exists, not updated",
            "skipped: Order already in progress, not updated",
            "created: Order created",
            "error: Duplicate order number: new is already in row 4",
            "error: Missing required field: order_number",
        ]
    );
    assert_eq!(team.order("other", "version || ' ' || quantity"), "1 100.000");
}

#[test]
fn existing_orders_are_errors_with_on_existing_error() {
    let team = team_with_orders();
    let answer = team.import("?on_existing=error", &rows()).report();
    assert_eq!(
        row_results(&answer),
        [
            "error: Order already exists: same",
            "error: Order already exists: other",
            "error: Order already exists: started",
            "created: Order created",
            "error: Duplicate order number: new is already in row 4",
            "error: Missing required field: order_number",
        ]
    );
    let errors =
        json!([{"field": "order_number", "code": "ORDER_EXISTS", "message": "Order already exists: same"}]);
    assert_eq!(answer["details"][0]["errors"], errors);
    assert_eq!(team.order("other", "version || ' ' || quantity"), "1 100.000");
}

#[test]
fn a_dry_run_returns_the_same_rows_as_the_real_run_and_stores_nothing() {
    for mode in ["per_row", "all_or_nothing"] {
        for on_existing in ["update", "skip", "error"] {
            for rows in [rows(), good_rows()] {
                let team = team_with_orders();
                let query = format!("?mode={mode}&on_existing={on_existing}");
                let before = (team.row_counts(), stored(&team));
                let dry = team.import(&format!("{query}&dry_run=true"), &rows);
                assert_eq!((team.row_counts(), stored(&team)), before, "{query}");
                let real = team.import(&query, &rows);
                assert_eq!(dry.status, real.status, "{query}");
                let (mut dry, mut real) = (dry.json(), real.json());
                assert_eq!((dry["dry_run"].take(), dry["import_id"].take()), (json!(true), Value::Null));
                assert!(real["dry_run"].take() == json!(false) && real["import_id"].take().is_string());
                assert_eq!(dry, real, "{query}");
            }
        }
    }
}

#[test]
fn a_dry_run_ignores_the_idempotency_key() {
    let team = team();
    let run = |query: &str| {
        let request = team.import_request(query).header("Idempotency-Key", "k1").json(&json!([order("A1")]));
        crate::support::Reply::to(request)
    };
    assert_eq!(run("?dry_run=true").counts(), [1, 0, 0, 0]);
    assert_eq!(run("").counts(), [1, 0, 0, 0]);
    let replayed = run("");
    assert_eq!((replayed.header("idempotent-replayed"), team.count("order_imports")), (Some("true"), 1));
}

fn stored(team: &Team<'_>) -> String {
    let id = &team.id;
    team.database.scalar(&format!(
        "SELECT string_agg(concat(order_number, version, quantity, xmin), ' ' ORDER BY id)
         FROM manufacturing_orders WHERE team_id = '{id}'"
    ))
}
