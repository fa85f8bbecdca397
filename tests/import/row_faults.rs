//! Faulty rows: all faults of a row are named, and other rows are not affected.

use serde_json::{Value, json};

use crate::support::{order, order_with, team};

fn faults(report: &Value, row: usize) -> Vec<String> {
    let errors = report["details"][row]["errors"].as_array().unwrap();
    errors
        .iter()
        .map(|fault| {
            let [field, code, message] =
                ["field", "code", "message"].map(|name| fault[name].as_str().unwrap());
            format!("{field} {code} {message}")
        })
        .collect()
}

#[test]
fn every_fault_of_a_row_is_named_at_once_and_the_first_is_its_message() {
    let team = team();
    let row = json!({
        "order_number": "", "stock_code": 5, "description": ["x"], "quantity_to_make": "ten", "priority": "urgent",
        "status": "paused", "work_centre_id": 1.5, "due_date": "soon", "routing": "R", "notes": true,
    });
    let report = team.import("", &json!([row, order("A2")])).report();
    assert_eq!(
        faults(&report, 0),
        [
            "order_number MISSING_FIELD Missing required field: order_number",
            "stock_code INVALID_TYPE Invalid stock_code: must be text, not a number",
            "description INVALID_TYPE Invalid description: must not be an array or object",
            "quantity_to_make INVALID_NUMBER Invalid quantity_to_make: `ten` is not a number; write it like \
             1234.5",
            "priority UNKNOWN_VALUE Invalid priority: `urgent` is unknown; it is one of low, medium, high",
            "status UNKNOWN_VALUE Invalid status: `paused` is unknown; it is one of not_started, in_progress, \
             on_hold, complete, cancelled",
            "work_centre_id OUT_OF_RANGE Invalid work_centre_id: `1.5` must be a whole number between 1 and \
             2147483647",
            "due_date INVALID_DATE Invalid due_date: `soon` is not a date written like 2024-07-01",
            "routing UNKNOWN_ROUTING Unknown routing: R",
            "notes INVALID_TYPE Invalid notes: must not be true or false",
        ]
    );
    let first = &report["details"][0];
    assert_eq!(
        (&first["order_number"], &first["status"], &first["message"], &first["row"]),
        (&Value::Null, &json!("error"), &json!("Missing required field: order_number"), &json!(1))
    );
    assert_eq!(report["details"][1]["status"], json!("created"));
    assert_eq!(team.count("manufacturing_orders"), 1);
}

#[test]
fn required_fields_that_are_missing_null_or_blank_are_all_named() {
    let team = team();
    let names = ["order_number", "stock_code", "description", "quantity_to_make"];
    let expected = names.map(|name| format!("{name} MISSING_FIELD Missing required field: {name}"));
    let all =
        |value: Value| Value::Object(names.iter().map(|name| ((*name).to_owned(), value.clone())).collect());
    let rows = json!([{}, all(Value::Null), all(json!("")), all(json!(" \u{a0}\t"))]);
    let report = team.import("", &rows).report();
    for row in 0..4 {
        assert_eq!(faults(&report, row), expected, "row {row}");
    }
    assert_eq!(team.row_counts()[0], 0);
}

#[test]
fn invisible_characters_in_identifiers_are_refused_and_named() {
    let team = team();
    let harmful = [
        '\0',
        '\u{1}',
        '\n',
        '\u{7f}',
        '\u{85}',
        '\u{ad}',
        '\u{200b}',
        '\u{202e}',
        '\u{2028}',
        '\u{2066}',
        '\u{e0041}',
        '\u{feff}',
    ];
    let rows: Vec<_> = harmful
        .iter()
        .map(|letter| order_with(&format!("A{letter}B"), json!({"stock_code": format!("S{letter}T")})))
        .collect();
    let report = team.import("", &json!(rows)).report();
    for (row, letter) in harmful.iter().enumerate() {
        let reason =
            format!("holds the character U+{:04X} at position 2, which is not allowed", u32::from(*letter));
        let expected = ["order_number", "stock_code"]
            .map(|name| format!("{name} INVALID_CHARACTER Invalid {name}: {reason}"));
        assert_eq!(faults(&report, row), expected);
        assert_eq!(report["details"][row]["order_number"], Value::Null);
    }
    assert_eq!(team.row_counts()[0], 0);
}

#[test]
fn a_csv_s_nul_and_control_characters_are_refused_in_identifiers() {
    let team = team();
    let csv = "order_number,stock_code,description,quantity_to_make\n\
               A\0B,S,d,1\nA2,S\u{7},d,1\nA3,S,d\u{0},1\nA4,S,d,1\n";
    let report = team.import_csv("", csv).report();
    assert_eq!(
        [faults(&report, 0), faults(&report, 1), faults(&report, 2)],
        [
            [
                "order_number INVALID_CHARACTER Invalid order_number: holds the character U+0000 at position 2, \
             which is not allowed"
            ],
            ["stock_code INVALID_CHARACTER Invalid stock_code: holds the character U+0007 at position 2, \
             which is not allowed"],
            ["description INVALID_CHARACTER Invalid description: holds the character U+0000 at position 2, \
             which is not allowed"],
        ]
    );
    assert_eq!(report["created"], json!(1));
}

#[test]
fn free_text_takes_lines_and_tabs_and_refuses_nul() {
    let team = team();
    let fine =
        order_with("A1", json!({"description": "a\r\nb\tc", "notes": "'); DROP TABLE teams; --\n\u{200d}"}));
    let nul = order_with("A2", json!({"description": "a\0b", "notes": "\u{1b}[31m"}));
    let report = team.import("", &json!([fine, nul])).report();
    assert_eq!(report["details"][0]["status"], json!("created"));
    assert_eq!(team.order("A1", "description || '|' || notes"), "a\nb\tc|'); DROP TABLE teams; --\n\u{200d}");
    assert_eq!(
        faults(&report, 1),
        [
            "description INVALID_CHARACTER Invalid description: holds the character U+0000 at position 2, \
             which is not allowed",
            "notes INVALID_CHARACTER Invalid notes: holds the character U+001B at position 1, \
             which is not allowed",
        ]
    );
}

#[test]
fn a_text_that_is_too_long_is_refused_with_its_length() {
    let team = team();
    let row = order_with(
        &"ß".repeat(101),
        json!({"stock_code": "x".repeat(101), "description": "x".repeat(2_001), "notes": "x".repeat(10_001)}),
    );
    let fits = order_with(
        &"ß".repeat(100),
        json!({"stock_code": "x".repeat(100), "description": "😀".repeat(2_000), "notes": "x".repeat(10_000)}),
    );
    let report = team.import("", &json!([row, fits])).report();
    assert_eq!(
        faults(&report, 0),
        [
            "order_number TOO_LONG Invalid order_number: may have at most 100 characters, this has 101",
            "stock_code TOO_LONG Invalid stock_code: may have at most 100 characters, this has 101",
            "description TOO_LONG Invalid description: may have at most 2000 characters, this has 2001",
            "notes TOO_LONG Invalid notes: may have at most 10000 characters, this has 10001",
        ]
    );
    assert_eq!(report["created"], json!(1));
}

#[test]
fn quantities_have_their_limits() {
    let team = team();
    let quantities =
        ["0", "-1", "0.0001", "1e400", "1000000000000", "999999999999.999", "0.001", "1e3", "1E-3", "-0"];
    let rows: Vec<_> = quantities
        .iter()
        .enumerate()
        .map(|(row, quantity)| {
            format!(
                "{{\"order_number\":\"A{row}\",\"stock_code\":\"S\",\"description\":\"d\",\"quantity_to_make\":{quantity}}}"
            )
        })
        .collect();
    let reply = team.import_as("", "application/json", format!("[{}]", rows.join(",")));
    let messages: Vec<_> = reply.row_results().into_iter().map(|(_, message)| message).collect();
    let bad = |quantity: &str, why: &str| format!("Invalid quantity_to_make: `{quantity}` {why}");
    assert_eq!(
        messages,
        [
            bad("0", "must be greater than 0"),
            bad("-1", "must be greater than 0"),
            bad("0.0001", "may have at most 3 decimals"),
            bad("1e400", "has too many digits"),
            bad("1000000000000", "must be below 1000000000000"),
            "Order created".into(),
            "Order created".into(),
            "Order created".into(),
            "Order created".into(),
            bad("-0", "must be greater than 0"),
        ]
    );
    let stored = [5, 6, 7, 8].map(|row| team.order(&format!("A{row}"), "quantity"));
    assert_eq!(stored, ["999999999999.999", "0.001", "1000.000", "0.001"]);
}

#[test]
fn a_row_that_is_no_object_is_an_error_of_that_row() {
    let team = team();
    let rows = json!([null, 5, "A1", ["A1"], true, order("A6")]);
    let report = team.import("", &rows).report();
    for row in 0..5 {
        assert_eq!(faults(&report, row), [" INVALID_TYPE Row is not an object"]);
    }
    assert_eq!((&report["created"], &report["errors"]), (&json!(1), &json!(5)));
}

#[test]
fn work_centres_of_another_team_do_not_exist_here() {
    let (team, other) = (team(), crate::support::team());
    other.create_work_centres(&[1]);
    let row = json!([order_with("A1", json!({"work_centre_id": 1}))]);
    assert_eq!(
        team.import("", &row).row_results(),
        [("error".to_owned(), "Unknown work centre: 1".to_owned())]
    );
    assert_eq!(other.import("", &row).counts(), [1, 0, 0, 0]);
}
