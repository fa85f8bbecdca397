//! Values of cells: numbers, dates and Unicode normal forms.

use serde_json::json;

use crate::support::team;

const HEADER: &str = "order_number,stock_code,description,quantity_to_make,due_date";

/// The message of the only row, or the stored quantity.
fn quantity(cell: &str, separator: &str) -> String {
    let team = team_of_this_module();
    let cell = if cell.contains(separator) { format!("\"{cell}\"") } else { cell.to_owned() };
    let number = format!(
        "{} {}",
        cell.replace([',', ';', '"'], "_"),
        if separator == "," { "comma" } else { "semicolon" }
    );
    let row = [&*number, "S", "d", &*cell, ""].join(separator);
    let reply = team.import_csv("", format!("{}\n{row}\n", HEADER.replace(',', separator)));
    match reply.row_results().remove(0) {
        (status, _) if status == "created" => team.order(&number, "quantity"),
        (_, message) => message,
    }
}

fn team_of_this_module() -> &'static crate::support::Team<'static> {
    static TEAM: std::sync::LazyLock<crate::support::Team<'static>> = std::sync::LazyLock::new(team);
    &TEAM
}

#[test]
fn each_number_has_one_reading_or_is_refused() {
    let not =
        |cell: &str| format!("Invalid quantity_to_make: `{cell}` is not a number; write it like 1234.5");
    let two = |cell: &str| {
        format!(
            "Invalid quantity_to_make: `{cell}` can be read in two ways; write it without a thousands \
             separator, like 1234.5"
        )
    };
    for (cell, with_comma, with_semicolon) in [
        ("1234", "1234.000".to_owned(), "1234.000".to_owned()),
        ("1234.5", "1234.500".to_owned(), "1234.500".to_owned()),
        ("1234,5", not("1234,5"), "1234.500".to_owned()),
        ("1.234,5", not("1.234,5"), "1234.500".to_owned()),
        ("1,234", two("1,234"), two("1,234")),
        ("1.234", "1.234".to_owned(), two("1.234")),
        ("1,234.5", not("1,234.5"), not("1,234.5")),
        ("1e3", not("1e3"), not("1e3")),
        ("NaN", not("NaN"), not("NaN")),
        ("∞", not("∞"), not("∞")),
        ("Infinity", not("Infinity"), not("Infinity")),
        ("0x10", not("0x10"), not("0x10")),
        ("١٢", not("١٢"), not("١٢")),
        (
            "-1",
            "Invalid quantity_to_make: `-1` must be greater than 0".into(),
            "Invalid quantity_to_make: `-1` must be greater than 0".into(),
        ),
        (
            "1.2345",
            "Invalid quantity_to_make: `1.2345` may have at most 3 decimals".into(),
            "Invalid quantity_to_make: `1.2345` may have at most 3 decimals".into(),
        ),
    ] {
        assert_eq!(quantity(cell, ","), with_comma, "{cell} where a comma separates");
        assert_eq!(quantity(cell, ";"), with_semicolon, "{cell} where a semicolon separates");
    }
}

#[test]
fn a_declared_decimal_mark_settles_how_numbers_are_read() {
    let team = team();
    let numbers = std::cell::Cell::new(0);
    let import = |query: &str, separator: &str, cell: &str| {
        numbers.set(numbers.get() + 1);
        let number = format!("M{}", numbers.get());
        let rows = [
            ["order_number", "stock_code", "description", "quantity_to_make"].join(separator),
            [&number, "S", "d", cell].join(separator),
        ];
        let reply = team.import_csv(query, rows.join("\n"));
        let outcome = reply.ok()["details"][0]["status"].as_str().unwrap().to_owned();
        if outcome == "created" { team.order(&number, "quantity") } else { outcome }
    };
    for (query, separator, cell, expected) in [
        ("", "\t", "1.234", "error"),
        ("", "|", "12.000", "error"),
        ("?decimal=.", "\t", "1.234", "1.234"),
        ("?decimal=,", "\t", "1.234", "1234.000"),
        ("?decimal=%2C", "|", "12.000,5", "12000.500"),
        ("?decimal=,", ",", "1.234", "1234.000"),
        ("?decimal=.", ";", "1,234.5", "1234.500"),
    ] {
        assert_eq!(import(query, separator, cell), expected, "{query} {cell:?}");
    }
    let refused = team.import_csv("?decimal=x", String::new());
    let fault = json!({"decimal": ["must be . or ,"]});
    refused.refused_for(422, "VALIDATION_ERROR", "Validation failed", fault);
}

#[test]
fn what_a_spreadsheet_wrote_instead_of_a_value_is_an_error_of_the_row() {
    let team = team();
    let rows = "sep=;\norder_number;stock_code;description;quantity_to_make;notes;work_centre_id\n\
                =\"00123\";S;d;1;;\nE1;#REF!;d;#DIV/0!;;\nE2;S;d;1;#N/A;#VALUE!\n1.23457E+12;S;d;1;;\nE3;7,5E+05;d;1;;\n";
    let reply = team.import_csv("", rows);
    assert_eq!(reply.counts(), [1, 0, 0, 4], "{reply:?}");
    let codes = |row: usize| {
        let faults = reply.ok()["details"][row]["errors"].as_array().unwrap().clone();
        faults
            .iter()
            .map(|fault| format!("{} {}", fault["field"], fault["code"]).replace('"', ""))
            .collect::<Vec<_>>()
    };
    assert_eq!(codes(1), ["stock_code SPREADSHEET_ERROR", "quantity_to_make SPREADSHEET_ERROR"]);
    assert_eq!(codes(2), ["work_centre_id SPREADSHEET_ERROR", "notes SPREADSHEET_ERROR"]);
    assert_eq!(codes(3), ["order_number SPREADSHEET_NUMBER"]);
    assert_eq!(codes(4), ["stock_code SPREADSHEET_NUMBER"]);
    assert_eq!(team.order("00123", "description"), "d");
}

#[test]
fn a_time_of_day_is_taken_where_it_is_midnight_and_a_skipped_day_is_refused() {
    let team = team();
    let numbers = std::cell::Cell::new(0);
    let import = |query: &str, date: &str| {
        numbers.set(numbers.get() + 1);
        let number = format!("D{}", numbers.get());
        let reply = team.import_csv(
            query,
            format!("order_number,stock_code,description,quantity_to_make,due_date\n{number},S,d,1,{date}\n"),
        );
        let detail = reply.ok()["details"][0].clone();
        if detail["status"] == "created" {
            team.order(&number, "to_char(scheduled_end AT TIME ZONE (SELECT time_zone FROM teams WHERE id = team_id), 'YYYY-MM-DD')")
        } else {
            detail["message"].as_str().unwrap().to_owned()
        }
    };
    assert_eq!(import("", "2026-12-24 00:00:00"), "2026-12-24");
    assert_eq!(import("?date_format=%25d.%25m.%25Y%20%25H:%25M:%25S", "24.12.2026 00:00:00"), "2026-12-24");
    let noon = "has a time of day other than midnight; send the day alone";
    assert_eq!(import("", "2026-12-24 12:00:00"), format!("Invalid due_date: `2026-12-24 12:00:00` {noon}"));
    team.database.execute(&format!("UPDATE teams SET time_zone = 'Pacific/Apia' WHERE id = '{}'", team.id));
    assert_eq!(import("", "2011-12-29"), "2011-12-29");
    let skipped = "Invalid due_date: `2011-12-30` is a day that the team's time zone skipped";
    assert_eq!(import("", "2011-12-30"), skipped);
    team.database
        .execute(&format!("UPDATE teams SET time_zone = 'America/New_York' WHERE id = '{}'", team.id));
    let late = "Invalid due_date: `9999-12-31` ends after the year 9999 in UTC";
    assert_eq!(import("", "9999-12-31"), late);
    assert_eq!(import("", "9999-12-30"), "9999-12-30");
}

#[test]
fn ten_thousand_digits_are_a_row_s_error() {
    let team = team();
    let digits = "9".repeat(10_000);
    let shown = "9".repeat(40);
    let message = format!("Invalid quantity_to_make: `{shown}…` has too many digits");
    let rows = format!(
        "{{\"order_number\":\"A2\",\"stock_code\":\"S\",\"description\":\"d\",\"quantity_to_make\":{digits}}}"
    );
    for (reply, number) in [
        (team.import_csv("", format!("{HEADER}\nA1,S,d,{digits},\n")), "A1"),
        (team.import_as("", "application/json", format!("[{rows}]")), "A2"),
    ] {
        let report = reply.report();
        assert_eq!(report["details"][0]["order_number"], number);
        let errors = json!([{"field": "quantity_to_make", "code": "INVALID_NUMBER", "message": message}]);
        assert_eq!((&report["details"][0]["errors"], &report["errors"]), (&errors, &json!(1)));
    }
    assert_eq!(team.count("manufacturing_orders"), 0);
}

#[test]
fn dates_are_iso_unless_a_pattern_is_declared() {
    let team = team();
    let csv = |date: &str| format!("{HEADER}\nA1,S,d,1,{date}\n");
    let due = "to_char(scheduled_end AT TIME ZONE 'UTC', 'YYYY-MM-DD')";
    assert_eq!(team.import_csv("", csv("2024-02-29")).counts(), [1, 0, 0, 0]);
    assert_eq!(team.order("A1", due), "2024-02-29");
    assert_eq!(team.import_csv("?date_format=%25d.%25m.%25Y", csv("01.07.2024")).counts(), [0, 1, 0, 0]);
    assert_eq!(team.order("A1", due), "2024-07-01");
    for (query, date, example) in [
        ("", "01.07.2024", "2024-07-01"),
        ("", "2023-02-29", "2024-07-01"),
        ("", "2024-7-1", "2024-07-01"),
        ("?date_format=%25d.%25m.%25Y", "2024-07-01", "01.07.2024"),
        ("?date_format=%25m/%25d/%25Y", "31/12/2024", "07/01/2024"),
    ] {
        let reply = team.import_csv(query, csv(date));
        let message = format!("Invalid due_date: `{date}` is not a date written like {example}");
        assert_eq!(reply.row_results(), [("error".to_owned(), message)]);
    }
    assert_eq!(team.order("A1", due), "2024-07-01");
}

#[test]
fn text_is_stored_and_compared_trimmed_and_composed() {
    let team = team();
    let decomposed = "order_number,stock_code,description,quantity_to_make\n\
                      \x20 Ku\u{308}che\u{a0}, S ,  Ko\u{308}rper  ,1\n";
    assert_eq!(team.import_csv("", decomposed).counts(), [1, 0, 0, 0]);
    assert_eq!(team.order("Küche", "sku || '|' || description"), "S|Körper");
    let composed =
        "order_number,stock_code,description,quantity_to_make\nKüche,S,Körper,1\nküche,S,Körper,1\n";
    assert_eq!(
        team.import_csv("", composed).counts(),
        [1, 1, 0, 0],
        "order numbers differ in case, not in normal form"
    );
    assert_eq!(team.order("Küche", "version"), "1");
}

#[test]
fn a_due_day_ends_in_the_team_s_zone() {
    let team = team();
    team.database
        .execute(&format!("UPDATE teams SET time_zone = 'America/New_York' WHERE id = '{}'", team.id));
    assert_eq!(team.import_csv("", format!("{HEADER}\nA1,S,d,1,2024-07-01\n")).counts(), [1, 0, 0, 0]);
    let end = "to_char(scheduled_end AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS')";
    assert_eq!(team.order("A1", end), "2024-07-02 03:59:59");
    team.database.execute(&format!(
        "UPDATE manufacturing_orders SET scheduled_end = '2024-07-01 12:00:00-04', priority = 4
         WHERE team_id = '{}'",
        team.id
    ));
    let same = format!("{HEADER},priority\nA1,S,d,1,2024-07-01,high\n");
    assert_eq!(team.import_csv("", same).counts(), [0, 1, 0, 0]);
    let finer = "concat_ws(' ', to_char(scheduled_end AT TIME ZONE 'UTC', 'HH24:MI'), priority, version)";
    assert_eq!(team.order("A1", finer), "16:00 4 1", "the finer values stay");
}
