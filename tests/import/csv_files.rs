//! CSVs as files: encodings, separators, headers, rows and lines, forms.

use reqwest::blocking::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::support::{Reply, Requests, Team, order, team};

const HEADER: &str = "order_number,stock_code,description,quantity_to_make\n";

fn csv(rows: &str) -> String {
    format!("{HEADER}{rows}")
}

#[track_caller]
fn stored(team: &Team<'_>, reply: &Reply, description: &str) {
    assert_eq!(reply.counts(), [1, 0, 0, 0], "{reply:?}");
    assert_eq!(team.order("A1", "description"), description);
}

#[test]
fn utf_8_is_read_with_and_without_a_byte_order_mark() {
    for mark in ["", "\u{feff}"] {
        let team = team();
        let reply = team.import_csv("", format!("{mark}{}", csv("A1,S,Größe 😀,1\n")));
        stored(&team, &reply, "Größe 😀");
    }
}

#[test]
fn utf_16_is_read_by_its_byte_order_mark() {
    let text = csv("A1,S,Größe 😀,1\n");
    for (mark, bytes) in [
        ([0xff, 0xfe], text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>()),
        ([0xfe, 0xff], text.encode_utf16().flat_map(u16::to_be_bytes).collect()),
    ] {
        let team = team();
        let reply = team.import_csv("", [&mark[..], &bytes].concat());
        stored(&team, &reply, "Größe 😀");
    }
}

/// `Größe €` in windows-1252.
const GROESSE: &[u8] = b"Gr\xf6\xdfe \x80";

fn windows_1252() -> Vec<u8> {
    [HEADER.as_bytes(), b"A0,S,d,1\r\nA1,S,", GROESSE, b",1\r\n"].concat()
}

#[test]
fn another_encoding_is_read_when_it_is_declared() {
    for content_type in [
        "text/csv; charset=windows-1252",
        "text/csv;header=present;Charset=\"cp1252\"",
        "application/csv; charset=latin1",
    ] {
        let team = team();
        let reply = team.import_as("", content_type, windows_1252());
        assert_eq!(reply.counts(), [2, 0, 0, 0], "{content_type}");
        assert_eq!(team.order("A1", "description"), "Größe €", "{content_type}");
    }
}

#[test]
fn bytes_that_are_not_utf_8_are_refused_with_their_line_and_never_guessed() {
    let team = team();
    let before = team.row_counts();
    team.import_csv("", windows_1252()).refused(
        400,
        "UNDECODABLE_TEXT",
        "Line 3 holds bytes that are not UTF-8; save the file as UTF-8, or declare a CSV's encoding with charset \
         in the content type",
    );
    let declared = team.import_as("", "text/csv; charset=utf-8", windows_1252());
    assert_eq!((declared.status, &declared.json()["error"]), (400, &json!("UNDECODABLE_TEXT")));
    assert_eq!(team.row_counts(), before);
}

#[test]
fn every_separator_is_detected_outside_quotes() {
    for separator in [",", ";", "\t", "|"] {
        let team = team();
        let rows = [
            ["order_number", "\"stock, ; \t | code\"", "stock_code", "description", "quantity_to_make"]
                .join(separator),
            ["A1", "x", "S", "\"a, b; c\t| \"\"d\"\"\r\ne\"", "1"].join(separator),
        ];
        let reply = team.import_csv("", rows.join("\r\n"));
        stored(&team, &reply, "a, b; c\t| \"d\"\ne");
        assert_eq!(reply.ok()["ignored_columns"], json!(["stock, ; \t | code"]));
    }
}

#[test]
fn a_stray_quote_is_an_error_of_its_row_and_swallows_no_other() {
    for separator in [",", ";", "|"] {
        let team = team();
        let rows = [
            ["order_number", "stock_code", "description", "quantity_to_make"],
            ["A1", "S", "\"Frame left", "5"],
            ["A2", "S", "\"Frame, ; | right\"", "600"],
            ["A3", "S", "\"6\" pipe\"", "7"],
            ["A4", "S", "6\" pipe", "8"],
        ];
        let reply = team.import_csv("", rows.map(|row| row.join(separator)).join("\r\n"));
        assert_eq!(reply.counts(), [2, 0, 0, 2], "{separator}");
        let details = reply.ok()["details"].clone();
        for (row, line) in [(0, 2), (2, 4)] {
            let fault = &details[row]["errors"][0];
            let message = format!(
                "A quote that opens on line {line} closes within a cell: double it, or put the whole cell in quotes"
            );
            assert_eq!((&fault["code"], &fault["message"]), (&json!("STRAY_QUOTE"), &json!(message)));
            assert_eq!(
                (&details[row]["line"], &details[row]["order_number"]),
                (&json!(line), &json!(rows[row + 1][0]))
            );
        }
        assert_eq!(team.order("A2", "description"), "Frame, ; | right");
        assert_eq!(team.order("A4", "description"), "6\" pipe");
    }
}

#[test]
fn inch_and_ditto_marks_are_characters_in_tab_separated_files() {
    let team = team();
    let rows = [
        ["order_number", "stock_code", "description", "quantity_to_make", "notes"],
        ["A1", "S1", "6\" pipe", "5", "\""],
        ["A2", "S2", "\"1/2\" pipe\"", "6", "\""],
        ["A3", "S3", "\"6\"\" pipe,\tlong\"", "7", "\"two\nlines\""],
    ];
    let reply = team.import_csv("", rows.map(|row| row.join("\t")).join("\n"));
    assert_eq!(reply.counts(), [3, 0, 0, 0], "{reply:?}");
    let stored = |column| ["A1", "A2", "A3"].map(|number| team.order(number, column));
    assert_eq!(stored("description"), ["6\" pipe", "\"1/2\" pipe\"", "6\" pipe,\tlong"]);
    assert_eq!(stored("notes"), ["\"", "\"", "two\nlines"]);
}

#[test]
fn a_workbook_is_told_to_be_one() {
    let team = team();
    for start in [&b"PK\x03\x04\x14\x00\x06\x00"[..], b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\x00"] {
        let reply = team.import_csv("", start.to_vec());
        let message = "The file is a workbook, not a CSV; save it as CSV (UTF-8), or send its rows as JSON";
        reply.refused(400, "WORKBOOK", message);
    }
}

#[test]
fn what_lists_and_spreadsheets_add_around_the_rows_is_read_over() {
    let team = team();
    let empty = ";".repeat(3_000);
    let text = format!(
        "order_number;stock_code;description;quantity_to_make{empty}\n----;---;----------;----{empty}\nA1;S;d;1{empty}\n"
    );
    let reply = team.import_csv("", text);
    assert_eq!(reply.counts(), [1, 0, 0, 0], "{reply:?}");
    assert_eq!((&reply.ok()["details"][0]["line"], &reply.ok()["ignored_columns"]), (&json!(3), &json!([])));
}

#[test]
fn json_keys_match_as_headers_do_and_what_is_ignored_is_named() {
    let team = team();
    let reply = team.import("", &json!([
        {"Order Number": "A1", "STOCK-CODE": "S", "description": "d", "Quantity to make": 2, "Remark": "x"},
        {"order_number": 1001, "stock_code": "S", "description": "d", "quantity_to_make": 2},
    ]));
    assert_eq!(reply.counts(), [1, 0, 0, 1], "{reply:?}");
    assert_eq!(reply.ok()["ignored_columns"], json!(["Remark"]));
    assert_eq!(reply.ok()["details"][1]["order_number"], json!("1001"));
    let twice = team.import("", &json!([{"order_number": "A1", "Order Number": "A2"}]));
    twice.refused(400, "DUPLICATE_KEY", "Row 1 has the key \"order_number\" twice; remove one");
}

#[test]
fn a_separator_that_is_given_is_taken() {
    let team = team();
    let text = "order_number;a,b,c,d,e,f;stock_code;description;quantity_to_make\nA1;;S;d;1,5\n";
    let guessed = team.import_csv("", text);
    assert_eq!((guessed.status, &guessed.json()["error"]), (400, &json!("MISSING_COLUMN")));
    stored(&team, &team.import_csv("?delimiter=;", text), "d");
    assert_eq!(team.order("A1", "quantity"), "1.500");
    for (name, given) in
        [("tab", "\t"), ("%09", "\t"), ("pipe", "|"), ("%7C", "|"), ("comma", ","), ("semicolon", ";")]
    {
        let text = csv("A1,S,d,1.5\n").replace(',', given);
        assert_eq!(team.import_csv(&format!("?delimiter={name}"), text).counts(), [0, 1, 0, 0], "{name}");
    }
}

#[test]
fn headers_match_in_any_case_order_and_spelling_of_word_breaks() {
    let team = team();
    let text = "Quantity to make;  DESCRIPTION ;Stock-Code;ORDER NUMBER;Colour;Work_Centre ID;Colour;\n\
                1;d;S;A1;red;;blue;\n";
    let report = team.import_csv("", text).report();
    assert_eq!(
        report,
        json!({
            "created": 1, "updated": 0, "skipped": 0, "errors": 0, "dry_run": false, "ignored_columns": ["Colour"],
            "details": [{"order_number": "A1", "status": "created", "message": "Order created", "row": 1, "line": 2}],
        })
    );
}

#[test]
fn rows_and_lines_are_counted_separately() {
    let team = team();
    let text = "\r\n\r\norder_number,stock_code,description,quantity_to_make\r\n\r\n\
                A1,S,\"one\r\ntwo\",1\r\n,,,\r\n\
                A2,S,d,1\nA3,S,d,x";
    let report = team.import_csv("", text).report();
    let places: Vec<_> =
        report["details"].as_array().unwrap().iter().map(|row| (&row["row"], &row["line"])).collect();
    assert_eq!(places, [(&json!(1), &json!(5)), (&json!(2), &json!(8)), (&json!(3), &json!(9))]);
}

#[test]
fn a_row_too_short_or_too_long_is_an_error_of_that_row_only() {
    let team = team();
    let report = team.import_csv("", csv("A1,S,d\nA2,S,d,1,2\nA3,S,d,1\n")).report();
    let short = "Row has 3 cells, the header has 4: a cell or a separator is missing";
    let long = "Row has 5 cells, the header has 4: put cells that hold the separator in quotes";
    assert_eq!(
        report["details"],
        json!([
            {"order_number": "A1", "status": "error", "message": short, "row": 1, "line": 2,
             "errors": [{"field": "", "code": "ROW_TOO_SHORT", "message": short}]},
            {"order_number": "A2", "status": "error", "message": long, "row": 2, "line": 3,
             "errors": [{"field": "", "code": "ROW_TOO_LONG", "message": long}]},
            {"order_number": "A3", "status": "created", "message": "Order created", "row": 3, "line": 4},
        ])
    );
}

#[test]
fn a_form_carries_csv_or_json_and_its_file_name_is_stored() {
    let team = team();
    let named = |bytes: String, name: &str| Part::bytes(bytes.into_bytes()).file_name(name.to_owned());
    let rows = json!([order("J1")]).to_string();
    let files = [
        (named(csv("C1,S,d,1\n"), "Aufträge.csv").mime_str("text/csv"), "Aufträge.csv", "csv"),
        (named(csv("C2,S,d,1\n"), "orders.txt").mime_str("application/octet-stream"), "orders.txt", "csv"),
        (named(rows.clone(), "orders").mime_str("application/json"), "orders", "json"),
        (
            named(rows.replace("J1", "J2"), "ORDERS.JSON").mime_str("application/octet-stream"),
            "ORDERS.JSON",
            "json",
        ),
    ];
    for (part, name, format) in files {
        assert_eq!(team.import_form("", part.unwrap()).counts(), [1, 0, 0, 0], "{name}");
        let newest = team.get("/api/orders/imports?limit=1").ok()["imports"][0].clone();
        assert_eq!((&newest["file_name"], &newest["format"]), (&json!(name), &json!(format)));
    }
    let latin = Part::bytes(windows_1252()).mime_str("text/csv; charset=windows-1252").unwrap();
    assert_eq!(team.import_form("", latin).counts(), [2, 0, 0, 0]);
    assert_eq!(team.order("A1", "description"), "Größe €");
}

#[test]
fn a_form_has_one_file_and_options_as_fields() {
    let team = team();
    let file = || Part::text(csv("A1,S,d,1\n"));
    let send = |form: Form| Reply::to(team.import_request("").multipart(form));
    let before = team.row_counts();
    let tried = send(Form::new().text("dry_run", "true").text("mode", "").part("file", file())).ok();
    assert_eq!((&tried["dry_run"], &tried["created"]), (&json!(true), &json!(1)));
    assert_eq!(team.row_counts(), before);
    assert_eq!(send(Form::new().part("file", file()).text("decimal", ".")).counts(), [1, 0, 0, 0]);
    let before = team.row_counts();
    let beside = |name: &'static str, value: String| Form::new().part("file", file()).text(name, value);
    for (form, query, fault) in [
        (beside("dryRun", "true".into()), "", json!({"dryRun": ["is unknown; did you mean `dry_run`?"]})),
        (beside("dry_run", "yes".into()), "", json!({"dry_run": ["must be true or false"]})),
        (beside("dry_run", "true".into()), "?dry_run=true", json!({"dry_run": ["must be given once"]})),
    ] {
        let reply = Reply::to(team.import_request(query).multipart(form));
        reply.refused_for(422, "VALIDATION_ERROR", "Validation failed", fault);
    }
    let message = "The form's fields may have at most 64 KiB beside its file";
    send(beside("note", "x".repeat(100_000))).refused(413, "PAYLOAD_TOO_LARGE", message);
    let missing = "is missing: send the CSV or JSON as the form's part `file`";
    let faulty = |form, fault: &str| {
        send(form).refused_for(422, "VALIDATION_ERROR", "Validation failed", json!({"file": [fault]}));
    };
    faulty(Form::new().text("files", csv("A2,S,d,1\n")), missing);
    faulty(Form::new().part("file", file()).part("file", file()), "must be there once");
    assert_eq!(team.row_counts(), before);
}

#[test]
fn a_broken_form_is_refused() {
    let team = team();
    let before = team.row_counts();
    for (content_type, body) in [
        ("multipart/form-data", "--x\r\n"),
        ("multipart/form-data; boundary=x", "no form at all"),
        (
            "multipart/form-data; boundary=x",
            "--x\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\norder_number",
        ),
    ] {
        let reply = team.import_as("", content_type, body);
        let Value::String(code) = &reply.json()["error"] else { panic!("{reply:?}") };
        assert!(
            reply.status == 400 && ["INVALID_MULTIPART", "INCOMPLETE_BODY"].contains(&&**code),
            "{reply:?}"
        );
    }
    assert_eq!(team.row_counts(), before);
}
