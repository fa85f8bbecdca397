//! The examples of the API document (`docs/spec/import.md`), to the letter.

use serde_json::{Value, json};

use crate::support::{order, order_with, team};

/// The example payload.
const PAYLOAD: &str = r#"[
  {
    "order_number": "ORD001",
    "stock_code": "STK1",
    "description": "Widget A",
    "quantity_to_make": 100,
    "priority": "high",
    "status": "not_started",
    "work_centre_id": 1,
    "due_date": "2024-07-01"
  },
  {
    "order_number": "ORD002",
    "stock_code": "STK2",
    "description": "Widget B",
    "quantity_to_make": 50,
    "priority": "medium",
    "status": "not_started",
    "work_centre_id": 2,
    "due_date": "2024-07-05"
  }
]"#;

/// The messages in the documented response.
fn documented_lines() -> Value {
    json!([
        { "order_number": "ORD001", "status": "created", "message": "Order created" },
        { "order_number": "ORD002", "status": "updated", "message": "Order updated" },
        { "order_number": "ORD003", "status": "skipped", "message": "Order already in progress, not updated" },
        { "order_number": "ORD004", "status": "error", "message": "Missing required field: stock_code" }
    ])
}

#[test]
fn the_documented_payload_creates_two_orders() {
    let team = team();
    team.create_work_centres(&[1, 2]);
    let answer = team.import_as("", "application/json", PAYLOAD);
    let expected = json!({
        "created": 2, "updated": 0, "skipped": 0, "errors": 0,
        "details": [
            {"order_number": "ORD001", "status": "created", "message": "Order created", "row": 1},
            {"order_number": "ORD002", "status": "created", "message": "Order created", "row": 2},
        ],
        "dry_run": false, "ignored_columns": [],
    });
    assert_eq!(answer.report(), expected);
    let stored = "concat_ws('|', sku, description, quantity, priority, status, work_centre_number, version,
                  to_char(scheduled_end AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS'), routing_id, notes)";
    assert_eq!(team.order("ORD001", stored), "STK1|Widget A|100.000|5|pending|1|1|2024-07-01 23:59:59");
    assert_eq!(team.order("ORD002", stored), "STK2|Widget B|50.000|3|pending|2|1|2024-07-05 23:59:59");
    assert_eq!(team.count("manufacturing_orders"), 2);
}

#[test]
fn each_documented_message_is_returned_word_for_word() {
    let team = team();
    let before = [order("ORD002"), order_with("ORD003", json!({"status": "in_progress"}))];
    assert_eq!(team.import("", &json!(before)).counts(), [2, 0, 0, 0]);

    let mut lacking = order("ORD004");
    lacking.as_object_mut().unwrap().remove("stock_code");
    let changed = |number| order_with(number, json!({"quantity_to_make": 7}));
    let rows = json!([order("ORD001"), changed("ORD002"), changed("ORD003"), lacking]);
    let mut expected = json!({
        "created": 1, "updated": 1, "skipped": 1, "errors": 1,
        "details": documented_lines(), "dry_run": false, "ignored_columns": [],
    });
    for (row, detail) in (1..).zip(expected["details"].as_array_mut().unwrap()) {
        detail["row"] = json!(row);
    }
    expected["details"][3]["errors"] = json!([
        {"field": "stock_code", "code": "MISSING_FIELD", "message": "Missing required field: stock_code"}
    ]);
    assert_eq!(team.import("", &rows).report(), expected);
    assert_eq!(team.order("ORD002", "quantity || ' ' || version"), "7.000 2");
    assert_eq!(team.order("ORD003", "quantity || ' ' || version || ' ' || status"), "100.000 1 in_progress");
    assert_eq!(team.count("manufacturing_orders"), 3);
}

#[test]
fn a_csv_gets_the_documented_messages_with_line_numbers() {
    let team = team();
    let before = [order("ORD002"), order_with("ORD003", json!({"status": "in_progress"}))];
    assert_eq!(team.import("", &json!(before)).counts(), [2, 0, 0, 0]);
    let csv = "order_number,stock_code,description,quantity_to_make\r\n\
               ORD001,STK1,\"Widget\nA\",100\r\n\
               \r\n\
               ORD002,STK1,Widget A,7\r\n\
               ORD003,STK1,Widget A,7\r\n\
               ORD004,,Widget A,100";
    let report = team.import_csv("", csv).report();
    let mut details = report["details"].clone();
    let mut places = Vec::new();
    for detail in details.as_array_mut().unwrap() {
        let detail = detail.as_object_mut().unwrap();
        places.push((detail.remove("row").unwrap(), detail.remove("line").unwrap()));
        detail.remove("errors");
    }
    assert_eq!(details, documented_lines());
    assert_eq!(
        places,
        [(json!(1), json!(2)), (json!(2), json!(5)), (json!(3), json!(6)), (json!(4), json!(7))]
    );
    assert_eq!(team.order("ORD001", "description"), "Widget\nA");
}

#[test]
fn every_state_that_forbids_an_update_has_its_documented_message() {
    let team = team();
    let states = [
        ("in_progress", "Order already in progress, not updated"),
        ("complete", "Order already complete, not updated"),
        ("on_hold", "Order on hold, not updated"),
        ("cancelled", "Order cancelled, not updated"),
    ];
    let rows = |fields: fn(&str) -> Value| json!(states.map(|(state, _)| order_with(state, fields(state))));
    let created = team.import("", &rows(|state| json!({"status": state})));
    assert_eq!(created.counts(), [4, 0, 0, 0]);
    let skipped = team.import("", &rows(|_| json!({"status": "not_started", "description": "other"})));
    let expected = states.map(|(_, sentence)| ("skipped".to_owned(), sentence.to_owned()));
    assert_eq!(skipped.row_results(), expected);
    for ((state, _), stored) in states.iter().zip(["in_progress", "completed", "on_hold", "cancelled"]) {
        assert_eq!(team.order(state, "status || ' ' || description"), format!("{stored} Widget A"));
    }
}

#[test]
fn a_duplicate_order_number_is_an_error_that_names_the_first_row() {
    let team = team();
    let faulty = order_with("B", json!({"quantity_to_make": 0}));
    let again = order_with("A", json!({"quantity_to_make": 7}));
    let answer = team.import("", &json!([order("A"), faulty, order("B"), again]));
    let lines: Vec<_> =
        answer.row_results().into_iter().map(|(status, message)| format!("{status}: {message}")).collect();
    assert_eq!(
        lines,
        [
            "created: Order created",
            "error: Invalid quantity_to_make: `0` must be greater than 0",
            "error: Duplicate order number: B is already in row 2",
            "error: Duplicate order number: A is already in row 1",
        ]
    );
    assert_eq!(team.order("A", "quantity"), "100.000");
    assert_eq!(team.count("manufacturing_orders"), 1);
}

#[test]
fn omitted_fields_stay_and_null_fields_are_cleared() {
    let team = team();
    team.create_work_centres(&[1]);
    let full = json!({"priority": "high", "work_centre_id": 1, "due_date": "2024-07-01", "notes": "n"});
    assert_eq!(team.import("", &json!([order_with("A", full)])).counts(), [1, 0, 0, 0]);
    let stored = "concat_ws('|', priority, coalesce(work_centre_number::text, '-'),
                  coalesce(scheduled_end::date::text, '-'), coalesce(notes, '-'), version)";
    let absent = order_with("A", json!({"notes": "", "unknown": {"field": [1]}}));
    assert_eq!(team.import("", &json!([absent])).counts(), [0, 1, 0, 0]);
    assert_eq!(team.order("A", stored), "5|1|2024-07-01|n|1");
    let cleared = json!({"priority": null, "work_centre_id": null, "due_date": null, "notes": null});
    assert_eq!(team.import("", &json!([order_with("A", cleared)])).counts(), [0, 1, 0, 0]);
    assert_eq!(team.order("A", stored), "3|-|-|-|2");
}

#[test]
fn routings_are_unknown_until_there_are_any_and_work_centres_must_exist() {
    let team = team();
    let row = order_with("A", json!({"routing": "Frame", "work_centre_id": 9}));
    let report = team.import("", &json!([row])).report();
    let expected = json!([{
        "order_number": "A", "status": "error", "message": "Unknown work centre: 9", "row": 1,
        "errors": [
            {"field": "work_centre_id", "code": "UNKNOWN_WORK_CENTRE", "message": "Unknown work centre: 9"},
            {"field": "routing", "code": "UNKNOWN_ROUTING", "message": "Unknown routing: Frame"},
        ],
    }]);
    assert_eq!(report["details"], expected);
    assert_eq!(team.count("manufacturing_orders"), 0);
}

#[test]
fn an_import_without_rows_succeeds_with_no_orders() {
    let team = team();
    let nothing = json!({
        "created": 0, "updated": 0, "skipped": 0, "errors": 0, "details": [], "dry_run": false, "ignored_columns": []
    });
    assert_eq!(team.import("", &json!([])).report(), nothing);
    assert_eq!(
        team.import_csv("", "order_number,stock_code,description,quantity_to_make\n").report(),
        nothing
    );
}
