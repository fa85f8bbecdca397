//! Bodies that can't be read: each gets its documented refusal, and nothing is stored.

use serde_json::json;

use crate::support::{Caller, Reply, order, team};

const CSV: &str = "text/csv";
const JSON: &str = "application/json";
const HEADER: &str = "order_number,stock_code,description,quantity_to_make\n";

#[track_caller]
fn refused(
    caller: &Caller,
    content_type: &str,
    body: impl Into<Vec<u8>>,
    status: u16,
    code: &str,
    message: &str,
) {
    caller.import_as("", content_type, body).refused(status, code, message);
}

#[test]
fn a_body_that_does_not_parse_is_refused_with_the_position() {
    let team = team();
    let before = team.row_counts();
    let empty = "The file is empty; send a CSV with a header row, or a JSON array of orders";
    refused(&team, JSON, "", 400, "EMPTY_FILE", empty);
    refused(&team, CSV, "", 400, "EMPTY_FILE", empty);
    refused(&team, CSV, "\u{feff}\r\n\r\n", 400, "EMPTY_FILE", empty);
    let open = "The row on line 3 opens a quote that is never closed; close it or double it";
    refused(&team, CSV, format!("{HEADER}A1,S,d,1\nA2,\"S,d,1\n"), 400, "UNCLOSED_QUOTE", open);
    for (body, place) in [
        ("[", "line 1, column 2"),
        ("[{\"order_number\":\n\"A1\",}]", "line 2, column 6"),
        ("[{}] x", "line 1, column 6"),
        ("[{}", "line 1, column 4"),
        ("[{\"a\":01}]", "line 1, column 8"),
        ("[NaN]", "line 1, column 2"),
        ("[{\"quantity_to_make\": NaN}]", "line 1, column 23"),
        ("[{\"quantity_to_make\": Infinity}]", "line 1, column 23"),
        ("[\"\\ud800\"]", "line 1, column 3"),
        ("[\"a\nb\"]", "line 1, column 4"),
    ] {
        let reply = team.import_as("", JSON, body);
        let message = reply.json()["message"].as_str().unwrap().to_owned();
        assert!(message.starts_with(&format!("Invalid JSON at {place}: ")), "{body:?}: {message}");
        reply.refused(400, "INVALID_JSON", &message);
    }
    let utf_16: Vec<u8> = HEADER.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let no_text = "The header on line 1 holds NUL characters, so this is not a CSV; save the file as UTF-8, or \
                   as UTF-16 with a byte order mark";
    refused(&team, CSV, utf_16, 400, "NOT_TEXT", no_text);
    let bytes = "Line 1 holds bytes that are not UTF-8; save the file as UTF-8, or declare a CSV's encoding with \
                 charset in the content type";
    refused(&team, JSON, b"[{\"order_number\": \"\xff\"}]".to_vec(), 400, "UNDECODABLE_TEXT", bytes);
    assert_eq!(team.row_counts(), before);
}

#[test]
fn json_that_is_no_array_is_refused() {
    let team = team();
    let before = team.row_counts();
    for (body, found) in [
        (json!({"orders": [order("A1")]}).to_string(), "a JSON object"),
        ("null".to_owned(), "null"),
        ("5".to_owned(), "a JSON number"),
        ("\"A1\"".to_owned(), "a JSON string"),
    ] {
        let reply = team.import_as("", JSON, body);
        let message = reply.json()["message"].as_str().unwrap().to_owned();
        let end = "; send an array of order objects: [{…}, {…}]";
        assert!(message.starts_with("The body is ") && message.ends_with(end), "{found}: {message}");
        reply.refused(422, "NOT_AN_ARRAY", &message);
    }
    assert_eq!(team.row_counts(), before);
}

#[test]
fn a_key_given_twice_is_refused() {
    let team = team();
    let before = team.row_counts();
    let row = "{\"order_number\":\"A1\",\"stock_code\":\"S\",\"description\":\"d\",\"quantity_to_make\":1";
    let body = format!("[{row}}},{row},\"order_numb\\u0065r\":\"A2\"}}]");
    refused(&team, JSON, body, 400, "DUPLICATE_KEY", "Row 2 has the key \"order_number\" twice; remove one");
    assert_eq!(team.row_counts(), before);
}

#[test]
fn missing_and_duplicate_columns_are_named() {
    let team = team();
    let before = team.row_counts();
    refused(
        &team,
        CSV,
        "order_number;description\nA1;d\n",
        400,
        "MISSING_COLUMN",
        "Missing required column: stock_code, quantity_to_make; add it to the header on line 1, which was read \
         with semicolons between the columns",
    );
    refused(
        &team,
        CSV,
        "order_number,stock_code,description,quantity_to_make,Order-Number\nA1,S,d,1,A2\n",
        400,
        "DUPLICATE_COLUMN",
        "The headers \"order_number\" (column 1) and \"Order-Number\" (column 5) both name order_number; rename or \
         remove one",
    );
    assert_eq!(team.row_counts(), before);
}

#[test]
fn only_json_csv_and_forms_are_taken() {
    let team = team();
    let before = team.row_counts();
    let sent = "Send a JSON array as application/json, a CSV as text/csv, or either as the part `file` of a \
                multipart/form-data form";
    for content_type in ["text/plain", "application/xml", "application/x-www-form-urlencoded", "json", ""] {
        refused(&team, content_type, "[]", 415, "UNSUPPORTED_MEDIA_TYPE", sent);
    }
    let untyped = Reply::to(team.import_request("").body("[]"));
    untyped.refused(415, "UNSUPPORTED_MEDIA_TYPE", sent);
    for (label, shown) in [("klingon", "\"klingon\""), ("utf-7", "\"utf-7\"")] {
        let message =
            format!("The charset {shown} is unknown; save the file as UTF-8 and declare utf-8 or nothing");
        refused(&team, &format!("text/csv; charset={label}"), HEADER, 415, "UNSUPPORTED_CHARSET", &message);
    }
    assert_eq!(team.row_counts(), before);
}

#[test]
fn bodies_are_never_decompressed() {
    let team = team();
    let before = team.row_counts();
    let message = "Send the body without content encoding";
    for encoding in ["gzip", "br", "deflate", "gzip, gzip"] {
        let request =
            team.import_request("").header("Content-Type", JSON).header("Content-Encoding", encoding);
        let bomb = b"\x1f\x8b\x08\0\0\0\0\0\0\x03\x8b\x8e\x05\0\x29\xbb\x4c\x0d\x02\0\0\0".to_vec();
        Reply::to(request.body(bomb)).refused(415, "UNSUPPORTED_MEDIA_TYPE", message);
    }
    let plain = team.import_request("").header("Content-Encoding", "identity").json(&json!([]));
    assert_eq!(Reply::to(plain).counts(), [0, 0, 0, 0]);
    let [_, imports, ..] = before;
    assert_eq!(team.count("order_imports"), imports + 1);
}

#[test]
fn a_faulty_query_is_refused_with_every_fault_before_the_body_is_read() {
    let team = team();
    let before = team.row_counts();
    let query = "?mode=some&on_existing=ask&dry_run=1&date_format=%25d&delimiter=%23";
    team.import(query, &json!([order("A1")])).refused_for(
        422,
        "VALIDATION_ERROR",
        "Validation failed",
        json!({
            "mode": ["`some` is unknown; it is one of per_row, all_or_nothing"],
            "on_existing": ["`ask` is unknown; it is one of update, skip, error"],
            "dry_run": ["must be true or false"],
            "date_format": ["is no strftime pattern that names a day, month and year; write it like %d.%m.%Y"],
            "delimiter": ["the delimiter \"#\" is unknown; give one of `,` `;` `|` `tab`"],
        }),
    );
    assert_eq!(team.row_counts(), before);
}

#[test]
fn unknown_fields_are_ignored_and_named() {
    let team = team();
    let fields =
        json!({"order.number": "A2", "Colour": [1], "a\u{0}b": "no text that is stored may hold NUL"});
    let row = json!([crate::support::order_with("A1", fields)]);
    let report = team.import("", &row).report();
    assert_eq!(
        (&report["created"], &report["ignored_columns"]),
        (&json!(1), &json!(["Colour", "a\u{fffd}b", "order.number"]))
    );
}

#[test]
fn an_invalid_idempotency_key_is_refused() {
    let team = team();
    let before = team.row_counts();
    for key in ["", "two words", &*"x".repeat(256)] {
        let request = team.import_request("").header("Idempotency-Key", key).json(&json!([order("A1")]));
        let fault = json!({"Idempotency-Key": ["must have 1 to 255 visible ASCII characters"]});
        Reply::to(request).refused_for(422, "VALIDATION_ERROR", "Validation failed", fault);
    }
    assert_eq!(team.row_counts(), before);
}
