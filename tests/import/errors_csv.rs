//! `errors.csv`: the failed rows, to be corrected and sent again.

use serde_json::json;

use crate::support::{Caller, Reply, Requests, order, team};

fn errors_csv(caller: &Caller, import: &Reply) -> String {
    let id = import.import_id();
    let reply = caller.get(&format!("/api/orders/imports/{id}/errors.csv"));
    assert_eq!(reply.status, 200, "{reply:?}");
    assert_eq!(reply.header("content-type"), Some("text/csv; charset=utf-8"));
    let name = format!("attachment; filename=\"import-{id}-errors.csv\"");
    assert_eq!(reply.header("content-disposition"), Some(&*name));
    // reqwest strips the byte order mark
    reply.text.trim_start_matches('\u{feff}').to_owned()
}

#[test]
fn failed_rows_are_downloaded_corrected_and_sent_again() {
    let team = team();
    let first = team.import_csv(
        "",
        "order_number;stock_code;description;quantity_to_make;Farbe\n\
         A1;S;=1+1;x;rot\n\
         A2;S;good;1;blau\n\
         A3;S;\"a;b\";1\n\
         A4;S;@home;0;\n\
         A5;S;-5;1,5;grün;more\n",
    );
    assert_eq!(first.counts(), [1, 0, 0, 4]);
    let download = errors_csv(&team, &first);
    assert_eq!(
        download,
        "_line;_error;order_number;stock_code;description;quantity_to_make;Farbe\r\n\
         2;\"Invalid quantity_to_make: `x` is not a number; write it like 1234.5\";A1;S;'=1+1;x;rot\r\n\
         4;\"Row has 4 cells, the header has 5: a cell or a separator is missing\";A3;S;\"a;b\";1\r\n\
         5;Invalid quantity_to_make: `0` must be greater than 0;A4;S;'@home;0;\r\n\
         6;\"Row has 6 cells, the header has 5: put cells that hold the separator in quotes\";\
         A5;S;-5;\"1,5\";grün;more\r\n"
    );
    let corrected = download
        .replace(";x;", ";2,5;")
        .replace("\"a;b\";1", "\"a;b\";1;")
        .replace("'@home;0", "'@home;4")
        .replace(";more", "");
    let second = team.import_csv("", format!("\u{feff}{corrected}"));
    assert_eq!(second.counts(), [4, 0, 0, 0], "{second:?}");
    assert_eq!(second.ok()["ignored_columns"], json!(["Farbe"]));
    let stored = ["A1", "A3", "A4", "A5"].map(|number| team.order(number, "description || '|' || quantity"));
    assert_eq!(stored, ["=1+1|2.500", "a;b|1.000", "@home|4.000", "-5|1.500"]);
    assert_eq!(
        errors_csv(&team, &second),
        "_line;_error;order_number;stock_code;description;quantity_to_make;Farbe\r\n"
    );
}

#[test]
fn the_columns_are_the_fields_of_the_json() {
    let team = team();
    let rows = json!([
        {"order_number": "A1", "stock_code": "S", "quantity_to_make": "1e3", "colour": {"is": ["red", 1.50]}},
        order("A2"),
        {"order_number": "A3", "stock_code": "S", "description": "+49", "quantity_to_make": 0, "notes": null},
    ]);
    let first = team.import("", &rows);
    assert_eq!(first.counts(), [1, 0, 0, 2]);
    let download = errors_csv(&team, &first);
    assert!(download.lines().all(|line| line.matches(',').count() >= 6), "{download}");
    let corrected = download.replace("1e3", "1000").replace(",0,", ",3,");
    let second = team.import_csv("", corrected);
    let results = second.row_results();
    assert_eq!(
        results[0],
        ("error".to_owned(), "Missing required field: description".to_owned()),
        "{download}"
    );
    assert_eq!(results[1], ("created".to_owned(), "Order created".to_owned()), "{download}");
    assert_eq!(team.order("A3", "description || '|' || quantity"), "+49|3.000");
}

#[test]
fn it_has_the_rows_of_a_refused_import_and_every_fault_of_a_row() {
    let team = team();
    let first = team.import_csv(
        "?mode=all_or_nothing",
        "order_number,stock_code,description,quantity_to_make,priority\nA1,S,d,1,\nA2,,d,1,urgent\n",
    );
    assert_eq!(first.status, 422);
    assert_eq!(
        errors_csv(&team, &first),
        "_line,_error,order_number,stock_code,description,quantity_to_make,priority\r\n\
         3,\"Missing required field: stock_code; Invalid priority: `urgent` is unknown; \
         it is one of low, medium, high\",\
         A2,,d,1,urgent\r\n"
    );
}

#[test]
fn it_has_the_rows_refused_because_their_orders_exist() {
    let team = team();
    let csv = "order_number,stock_code,description,quantity_to_make\nA1,S,d,1\n";
    assert_eq!(team.import_csv("", csv).counts(), [1, 0, 0, 0]);
    let again = team.import_csv("?on_existing=error", csv);
    assert_eq!(again.counts(), [0, 0, 0, 1]);
    assert_eq!(
        errors_csv(&team, &again),
        "_line,_error,order_number,stock_code,description,quantity_to_make\r\n\
         2,Order already exists: A1,A1,S,d,1\r\n"
    );
}
