use super::fixtures::{image, number, order, prepare, prepare_csv, row, row_parser};
use super::numbers::NumberStyle;
use super::policy::{Fact, Outcome, PreviousOrder, SkipReason};
use super::values::{Mode, OnExisting};
use super::*;
use crate::files::{CsvOptions, CsvSource};
use kernel::clock::CountedIds;
use kernel::manufacturing::OrderStatus;
use serde_json::{Value, json};
use std::collections::HashSet;

fn plain(number: &str) -> Value {
    row(number, json!({}))
}

/// The first fault of each faulty row, with the row's index.
fn first_faults(import: &PreparedImport) -> Vec<(usize, String)> {
    let faulty = import.rows.iter().enumerate().filter_map(|(index, row)| match &row.content {
        RowContent::Valid(_) => None,
        RowContent::Faulty(faulty) => Some((index, faulty.faults[0].message.to_string())),
    });
    faulty.collect()
}

#[test]
fn rows_have_their_order_their_line_and_where_faulty_their_cells() {
    let csv = "order_number;stock_code;description;quantity_to_make;Größe\n\
        A1;S;\"W\n2\";1;XL\n\
        \n\
        A2;;W;1;\n\
        A3;S\n\
        A4;S;W;2,5;\n";
    let import = prepare_csv(csv, ImportOptions::default());
    let rows: Vec<_> = import
        .rows
        .iter()
        .map(|row| {
            (row.line.map(NonZeroU32::get), row.order_number(), row.order().is_some(), row.raw.is_some())
        })
        .collect();
    let expected = [
        (Some(2), Some("A1"), true, false),
        (Some(5), Some("A2"), false, true),
        (Some(6), Some("A3"), false, true),
        (Some(7), Some("A4"), true, false),
    ];
    assert_eq!(rows, expected);
    let raw: Vec<_> = import.rows[2].raw.iter().flat_map(|raw| raw.iter()).collect();
    assert_eq!(raw, [(0, "A3"), (1, "S")]);
    assert_eq!((import.source.separator, import.source.format()), (Some(';'), "csv"));
    assert_eq!(import.source.ignored_columns, ["Größe"]);
    let candidates: Vec<_> =
        import.candidates().map(|(index, order)| (index, order.number.as_str())).collect();
    assert_eq!(candidates, [(0, "A1"), (3, "A4")]);
}

#[test]
fn valid_rows_have_their_cells_where_an_existing_order_makes_them_fail() {
    for choice in OnExisting::ALL {
        let options = ImportOptions { on_existing: choice, ..Default::default() };
        let import = prepare(&json!([plain("A1")]), options);
        assert_eq!(import.rows[0].raw.is_some(), choice == OnExisting::Error, "{choice:?}");
    }
}

#[test]
fn every_order_and_the_import_get_ids_of_their_own() {
    let import = prepare(&json!([plain("A1"), plain("A2"), plain("A3")]), ImportOptions::default());
    let mut ids: HashSet<_> = import.candidates().map(|(_, order)| order.id.uuid()).collect();
    ids.insert(import.id.uuid());
    assert_eq!(ids.len(), 4);
}

#[test]
fn a_second_row_of_an_order_number_names_the_first_good_or_faulty() {
    let import = prepare(
        &json!([
            row("A1", json!({"stock_code": ""})),
            plain("A2"),
            plain(" A1 "),
            plain("a2"),
            row("A2", json!({"quantity_to_make": 0})),
            plain("A1"),
            row("e\u{301}", json!({})),
            row("é", json!({})),
        ]),
        ImportOptions::default(),
    );
    let expected = [
        (0, "Missing required field: stock_code"),
        (2, "Duplicate order number: A1 is already in row 1"),
        (4, "Duplicate order number: A2 is already in row 2"),
        (5, "Duplicate order number: A1 is already in row 1"),
        (7, "Duplicate order number: é is already in row 7"),
    ];
    assert_eq!(first_faults(&import), expected.map(|(index, message)| (index, message.to_owned())));
    let RowContent::Faulty(both) = &import.rows[4].content else { panic!("row 5 is faulty") };
    let codes: Vec<_> = both.faults.iter().map(|fault| &*fault.code).collect();
    assert_eq!(codes, ["DUPLICATE_ORDER_NUMBER", "OUT_OF_RANGE"], "beside its other faults");
}

#[test]
fn rows_without_a_readable_order_number_are_no_duplicates_of_each_other() {
    let import = prepare(
        &json!([row("", json!({})), row("", json!({})), row("A1", json!({"order_number": 5})), "A1", "A1"]),
        ImportOptions::default(),
    );
    // what is no text is shown as it was written
    let shown: Vec<_> = import.rows.iter().filter_map(|row| row.order_number()).collect();
    assert_eq!(shown, ["5"]);
    let messages: Vec<_> = first_faults(&import).into_iter().map(|(_, message)| message).collect();
    assert!(messages.iter().all(|message| !message.contains("Duplicate")), "{messages:?}");
}

#[test]
fn a_json_key_becomes_a_column_without_nul() {
    let import = prepare(&json!([row("A1", json!({"odd\0key": 1}))]), ImportOptions::default());
    assert!(import.source.columns.contains(&"odd\u{fffd}key".into()), "{:?}", import.source.columns);
    assert_eq!((import.source.format(), import.source.separator), ("json", None));
}

#[test]
fn a_truncated_file_is_no_import() {
    let text = "order_number,stock_code,description,quantity_to_make\nA1,S,W,1\nA2,\"S,W,1\n";
    let mut source = CsvSource::open(text.as_bytes(), CsvOptions::default()).unwrap();
    let read = PreparedImport::read(
        &mut source,
        ImportOptions::default(),
        &row_parser(NumberStyle::Point),
        &CountedIds::default(),
    );
    assert_eq!(read.unwrap_err().code(), "UNCLOSED_QUOTE");
}

#[test]
fn a_semicolon_as_separator_allows_commas_in_numbers() {
    for (separator, style) in [
        (None, NumberStyle::Point),
        (Some(','), NumberStyle::Point),
        (Some('\t'), NumberStyle::PointOrGroup),
        (Some('|'), NumberStyle::PointOrGroup),
        (Some(';'), NumberStyle::PointOrComma),
    ] {
        assert_eq!(number_style(separator, None), style, "{separator:?}");
    }
}

#[test]
fn each_fact_becomes_the_outcome_of_its_row() {
    let before = Box::new(PreviousOrder { id: order("A2").id, image: image() });
    let rows = json!([plain("A1"), row("x", json!({"priority": 1})), plain("A2"), plain("A3"), plain("A4")]);
    let facts = vec![
        Some(Fact::Inserted),
        None,
        Some(Fact::Changed(before.clone())),
        Some(Fact::Unchanged),
        Some(Fact::Blocked(OrderStatus::OnHold)),
    ];
    let report = prepare(&rows, ImportOptions::default()).into_report(facts).unwrap();
    let outcomes: Vec<_> = report.rows().map(|(_, outcome)| outcome.clone()).collect();
    let fault = Fault::new("priority", "INVALID_TYPE", "Invalid priority: must be text, not a number");
    let expected = [
        Outcome::Created,
        Outcome::Failed(vec![fault]),
        Outcome::Changed(before),
        Outcome::Unchanged,
        Outcome::Skipped(SkipReason::Started(OrderStatus::OnHold)),
    ];
    assert_eq!(outcomes, expected);
}

#[test]
fn facts_that_do_not_fit_the_rows_are_refused_by_the_first_row_that_differs() {
    let rows = json!([plain("A1"), {}, plain("A2")]);
    let good = || Some(Fact::Unchanged);
    for (facts, row) in [
        (vec![], 1),
        (vec![good(), None], 3),
        (vec![good(), None, good(), good()], 4),
        (vec![None, None, good()], 1),
        (vec![good(), good(), good()], 2),
        (vec![good(), None, None], 3),
    ] {
        let report = prepare(&rows, ImportOptions::default()).into_report(facts.clone());
        assert_eq!(report, Err(FactMismatch { row }), "{facts:?}");
    }
}

#[test]
fn an_empty_import_is_completed_in_either_mode() {
    for mode in Mode::ALL {
        let import = prepare(&json!([]), ImportOptions { mode, ..Default::default() });
        let report = import.into_report(vec![]).unwrap();
        assert_eq!((report.verdict, report.counts.rows()), (report::Verdict::Completed, 0));
    }
}

#[test]
fn an_order_number_is_compared_exactly_after_normalising() {
    assert_eq!(number(" A1\n").as_str(), "A1");
    assert_ne!(number("A1"), number("a1"));
}
