use super::*;
use crate::files::{CsvOptions, CsvSource, JsonSource, RowSource};
use crate::import::fixtures::{centre, due, quantity, row, row_parser, standard};
use kernel::clock::CountedIds;
use serde_json::{Value, json};

const HEADER: &str = "order_number,stock_code,description,quantity_to_make,priority,status,work_centre_id,due_date,\
                      routing,notes";

fn read_row(mut source: impl RowSource, row_parser: &RowParser) -> Result<ImportedOrder, Vec<Fault>> {
    let mut row = SourceRow::default();
    assert!(source.next_row(&mut row).unwrap(), "there is a row");
    row_parser.parse(&row, &CountedIds::default())
}

fn read_json(row: &Value) -> Result<ImportedOrder, Vec<Fault>> {
    let json = json!([row]).to_string();
    read_row(JsonSource::open(json.as_bytes()).unwrap(), &row_parser(NumberStyle::Point))
}

fn read_csv(row: &str, separator: char) -> Result<ImportedOrder, Vec<Fault>> {
    let text = format!("{}\n{row}\n", HEADER.replace(',', &separator.to_string()));
    let source = CsvSource::open(text.as_bytes(), CsvOptions::default()).unwrap();
    read_row(source, &row_parser(crate::import::number_style(Some(separator), None)))
}

/// A good row but for one field, which holds `value`.
fn with(field: &str, value: Value) -> Result<ImportedOrder, Vec<Fault>> {
    read_json(&row("A1", json!({field: value})))
}

/// The one fault of that row, as code and message.
fn fault(field: &str, value: Value) -> (String, String) {
    let faults = with(field, value).unwrap_err();
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert_eq!(faults[0].field, field);
    (faults[0].code.to_string(), faults[0].message.to_string())
}

#[test]
fn every_field_of_a_good_row_is_read() {
    let full = json!({
        "order_number": " ORD001 ", "stock_code": "STK\u{e9}", "description": "a\r\nb", "quantity_to_make": 12.50,
        "priority": "High", "status": " On_Hold ", "work_centre_id": 2, "due_date": "2024-07-01",
        "routing": "Standard", "notes": " n\tm ", "unknown": [1],
    });
    let order = read_json(&full).unwrap();
    assert_eq!(order.number.as_str(), "ORD001");
    assert_eq!(order.sku.as_str(), "STKé");
    assert_eq!(order.description.as_str(), "a\nb");
    assert_eq!(order.quantity, quantity("12.5"));
    assert_eq!(order.priority.map(Priority::value), Some(5));
    assert_eq!(order.status, Some(OrderStatus::OnHold));
    assert_eq!(order.work_centre, Change::Set(centre(2)));
    assert_eq!(order.due, Change::Set(due()), "the day is the team's");
    assert_eq!(order.routing, Change::Set(standard()));
    assert_eq!(order.notes.value().map(Notes::as_str), Some("n\tm"));

    let csv = read_csv("ORD001,STK\u{e9},\"a\r\nb\",12.50,High,On_Hold,2,2024-07-01,Standard,n\tm", ',');
    assert_eq!(csv.unwrap(), order, "a CSV says the same");
}

#[test]
fn a_required_field_is_missing_when_absent_null_or_blank() {
    for field in Field::REQUIRED {
        let name = field.name();
        let expected = ("MISSING_FIELD".to_owned(), format!("Missing required field: {name}"));
        for value in [json!(null), json!(""), json!(" \t\u{a0}")] {
            assert_eq!(fault(name, value.clone()), expected, "{value}");
        }
        let mut absent = row("A1", json!({}));
        absent.as_object_mut().unwrap().remove(name);
        let faults = read_json(&absent).unwrap_err();
        assert_eq!(faults, [Fault::new(name, "MISSING_FIELD", expected.1)]);
    }
    let csv = read_csv("A1,,W,1,,,,,,", ',').unwrap_err();
    assert_eq!(csv, [Fault::new("stock_code", "MISSING_FIELD", "Missing required field: stock_code")]);
}

#[test]
fn an_optional_field_is_kept_when_absent_or_blank_and_cleared_by_null() {
    let optional = ["priority", "status", "work_centre_id", "due_date", "routing", "notes"];
    let all = |value: Value| {
        Value::Object(optional.map(|field| (field.to_owned(), value.clone())).into_iter().collect())
    };
    let plain = read_json(&row("A1", json!({}))).unwrap();
    assert_eq!((plain.priority, plain.status), (None, None));
    assert_eq!(plain.work_centre, Change::Keep);
    assert_eq!((&plain.due, &plain.routing, &plain.notes), (&Change::Keep, &Change::Keep, &Change::Keep));
    assert_eq!(read_json(&row("A1", all(json!("")))).unwrap(), plain, "an empty text says nothing");
    assert_eq!(read_json(&row("A1", all(json!("  ")))).unwrap(), plain, "nor does a blank one");
    let csv = read_csv("A1,STK1,Widget A,100,,, ,,,", ',').unwrap();
    assert_eq!(csv, plain, "nor does an empty cell");

    let cleared = read_json(&row("A1", all(json!(null)))).unwrap();
    let defaults = (cleared.priority.map(Priority::value), cleared.status);
    assert_eq!(defaults, (Some(3), Some(OrderStatus::Pending)), "null is the default where one must be");
    assert_eq!(cleared.work_centre, Change::Clear);
    assert_eq!(
        (&cleared.due, &cleared.routing, &cleared.notes),
        (&Change::Clear, &Change::Clear, &Change::Clear)
    );
}

#[test]
fn a_field_of_the_wrong_type_is_refused() {
    let texts =
        ["order_number", "stock_code", "description", "priority", "status", "due_date", "routing", "notes"];
    let refused = |field: &str, why: &str| ("INVALID_TYPE".to_owned(), format!("Invalid {field}: {why}"));
    for field in texts {
        assert_eq!(fault(field, json!(5)), refused(field, "must be text, not a number"));
    }
    for field in texts.into_iter().chain(["quantity_to_make", "work_centre_id"]) {
        assert_eq!(fault(field, json!(true)), refused(field, "must not be true or false"));
        assert_eq!(fault(field, json!([1])), refused(field, "must not be an array or object"));
        assert_eq!(fault(field, json!({"a": 1})), refused(field, "must not be an array or object"));
    }
}

#[test]
fn a_text_with_a_wrong_character_or_too_many_is_refused() {
    for (field, max) in
        [("order_number", 100), ("stock_code", 100), ("description", 2_000), ("notes", 10_000)]
    {
        with(field, json!("ß".repeat(max))).unwrap();
        let (code, message) = fault(field, json!("ß".repeat(max + 1)));
        assert_eq!(code, "TOO_LONG");
        assert_eq!(
            message,
            format!("Invalid {field}: may have at most {max} characters, this has {}", max + 1)
        );
        assert_eq!(fault(field, json!("a\0")).0, "INVALID_CHARACTER");
    }
    let (code, message) = fault("stock_code", json!("a\u{202e}b"));
    assert_eq!(code, "INVALID_CHARACTER");
    assert_eq!(message, "Invalid stock_code: holds the character U+202E at position 2, which is not allowed");
}

#[test]
fn a_quantity_is_a_positive_number_of_at_most_three_decimals() {
    for (value, expected) in [
        (json!(0.001), "0.001"),
        (json!("7"), "7"),
        (json!(999_999_999_999_u64), "999999999999"),
        (json!("007.50"), "7.5"),
    ] {
        assert_eq!(with("quantity_to_make", value).unwrap().quantity, quantity(expected));
    }
    for (value, code, message) in [
        (json!(0), "OUT_OF_RANGE", "`0` must be greater than 0"),
        (json!(-1), "OUT_OF_RANGE", "`-1` must be greater than 0"),
        (json!(1.0005), "OUT_OF_RANGE", "`1.0005` may have at most 3 decimals"),
        (json!(1_000_000_000_000_u64), "OUT_OF_RANGE", "`1000000000000` must be below 1000000000000"),
        (json!("ten"), "INVALID_NUMBER", "`ten` is not a number; write it like 1234.5"),
        (json!("1e3"), "INVALID_NUMBER", "`1e3` is not a number; write it like 1234.5"),
        (
            json!("9".repeat(50)),
            "INVALID_NUMBER",
            "`9999999999999999999999999999999999999999…` has too many digits",
        ),
    ] {
        assert_eq!(
            fault("quantity_to_make", value),
            (code.into(), format!("Invalid quantity_to_make: {message}"))
        );
    }
}

#[test]
fn a_number_that_reads_two_ways_is_refused_as_its_separator_has_it() {
    let ambiguous = "can be read in two ways; write it without a thousands separator, like 1234.5";
    for (row, separator, shown) in [
        ("A1,S,W,\"1,234\",,,,,,", ',', "1,234"),
        ("A1;S;W;1.234;;;;;;", ';', "1.234"),
        ("A1|S|W|1.234||||||", '|', "1.234"),
        ("A1\tS\tW\t12.000\t\t\t\t\t\t", '\t', "12.000"),
    ] {
        let faults = read_csv(row, separator).unwrap_err();
        let message = format!("Invalid quantity_to_make: `{shown}` {ambiguous}");
        assert_eq!(faults, [Fault::new("quantity_to_make", "INVALID_NUMBER", message)]);
    }
    assert_eq!(read_csv("A1;S;W;1.234,5;;;;;;", ';').unwrap().quantity, quantity("1234.5"));
    assert_eq!(read_csv("A1|S|W|1234.5||||||", '|').unwrap().quantity, quantity("1234.5"));
}

#[test]
fn a_word_that_is_none_of_those_documented_is_refused() {
    let (code, message) = fault("priority", json!("urgent"));
    assert_eq!(code, "UNKNOWN_VALUE");
    assert_eq!(message, "Invalid priority: `urgent` is unknown; it is one of low, medium, high");
    let (code, message) = fault("status", json!("pending"));
    assert_eq!(code, "UNKNOWN_VALUE");
    let words = "not_started, in_progress, on_hold, complete, cancelled";
    assert_eq!(message, format!("Invalid status: `pending` is unknown; it is one of {words}"));
    for status in OrderStatus::ALL {
        assert_eq!(with("status", json!(status.import_word())).unwrap().status, Some(status));
    }
}

#[test]
fn a_work_centre_is_a_whole_number_that_the_team_has() {
    for value in [json!(2), json!("2"), json!(2.0)] {
        assert_eq!(with("work_centre_id", value).unwrap().work_centre, Change::Set(centre(2)));
    }
    assert_eq!(
        fault("work_centre_id", json!(3)),
        ("UNKNOWN_WORK_CENTRE".into(), "Unknown work centre: 3".into())
    );
    for value in ["0", "-1", "1.5", "2147483648", "9999999999999999999999999"] {
        let message =
            format!("Invalid work_centre_id: `{value}` must be a whole number between 1 and 2147483647");
        assert_eq!(fault("work_centre_id", json!(value)), ("OUT_OF_RANGE".into(), message));
    }
    assert_eq!(fault("work_centre_id", json!("WC1")).0, "INVALID_NUMBER");
}

#[test]
fn a_due_date_is_a_day_that_exists_in_the_files_format() {
    let (code, message) = fault("due_date", json!("2023-02-29"));
    assert_eq!(code, "INVALID_DATE");
    assert_eq!(message, "Invalid due_date: `2023-02-29` is not a date written like 2024-07-01");
    assert_eq!(fault("due_date", json!("1899-12-31")).0, "INVALID_DATE");
    with("due_date", json!("9999-12-31")).unwrap();

    let german =
        RowParser { dates: DateFormat::try_new("%d.%m.%Y").unwrap(), ..row_parser(NumberStyle::Point) };
    let text = format!("{HEADER}\nA1,S,W,1,,,,01.07.2024,,\n");
    let source = CsvSource::open(text.as_bytes(), CsvOptions::default()).unwrap();
    assert_eq!(read_row(source, &german).unwrap().due, Change::Set(due()));
}

#[test]
fn a_routing_is_a_name_that_the_team_has() {
    for name in ["Standard", "standard", " STANDARD "] {
        let order = read_json(&row("A1", json!({"routing": name}))).unwrap();
        assert_eq!(order.routing, Change::Set(standard()), "{name}: case doesn't matter");
    }
    let expected = ("UNKNOWN_ROUTING".into(), "Unknown routing: Standards".into());
    assert_eq!(fault("routing", json!(" Standards ")), expected);
    assert_eq!(fault("routing", json!("a\nb")).0, "INVALID_CHARACTER");
    assert_eq!(fault("routing", json!("r".repeat(101))).0, "TOO_LONG");
}

#[test]
fn all_faults_of_a_row_are_named_in_the_documented_order() {
    let worst = json!({
        "notes": 1, "routing": "?", "due_date": "soon", "work_centre_id": 9, "status": "x", "priority": "x",
        "quantity_to_make": 0, "description": "a\0", "stock_code": "", "order_number": null,
    });
    let faults = read_json(&worst).unwrap_err();
    let found: Vec<_> = faults.iter().map(|fault| (&*fault.field, &*fault.code)).collect();
    let expected = [
        ("order_number", "MISSING_FIELD"),
        ("stock_code", "MISSING_FIELD"),
        ("description", "INVALID_CHARACTER"),
        ("quantity_to_make", "OUT_OF_RANGE"),
        ("priority", "UNKNOWN_VALUE"),
        ("status", "UNKNOWN_VALUE"),
        ("work_centre_id", "UNKNOWN_WORK_CENTRE"),
        ("due_date", "INVALID_DATE"),
        ("routing", "UNKNOWN_ROUTING"),
        ("notes", "INVALID_TYPE"),
    ];
    assert_eq!(found, expected);
    assert_eq!(faults[1].message, "Missing required field: stock_code");
}

#[test]
fn a_row_of_the_wrong_shape_has_that_fault_alone() {
    let short = "Row has 2 cells, the header has 10: a cell or a separator is missing";
    assert_eq!(read_csv("A1,S", ',').unwrap_err(), [Fault::new("", "ROW_TOO_SHORT", short)]);
    let long = "Row has 11 cells, the header has 10: put cells that hold the separator in quotes";
    assert_eq!(read_csv("A1,S,W,1,234,,,,,,", ',').unwrap_err(), [Fault::new("", "ROW_TOO_LONG", long)]);
    for element in [json!(null), json!(5), json!("A1"), json!([]), json!(true)] {
        let faults = read_json(&element).unwrap_err();
        assert_eq!(faults, [Fault::new("", "INVALID_TYPE", "Row is not an object")], "{element}");
    }
}

#[test]
fn a_message_repeats_only_the_start_of_a_cell_and_no_control_character() {
    let (_, message) = fault("due_date", json!(format!("\u{1b}[31m{}", "x".repeat(500))));
    assert!(message.starts_with("Invalid due_date: `[31mxxx") && message.contains("x…`"), "{message}");
    assert!(message.len() < 120 && !message.contains('\u{1b}'), "{message}");
    for field in ["priority", "status"] {
        let (_, message) = fault(field, json!(format!("\u{1b}[31m{}", "x".repeat(500))));
        assert!(message.len() < 200 && !message.contains('\u{1b}'), "{message}");
    }
}
