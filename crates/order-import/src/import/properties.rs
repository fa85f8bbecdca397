//! Properties of every import, whatever its rows, the existing orders and the options.

use kernel::manufacturing::{OrderNumber, OrderStatus};
use kernel::page::Window;
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::ImportOptions;
use super::fixtures::{Fixture, number, row, team};
use super::report::{Counts, ImportReport, RowResult, Verdict};
use super::values::{Mode, OnExisting};
use crate::ports::ImportHistory;

/// Few enough that rows coincide with each other and with existing orders.
const NUMBERS: [&str; 8] = ["A0", "A1", "A2", "A3", "A4", "A5", "A6", "A7"];

/// Fields and their valid values.
const FIELDS: [(&str, &[&str]); 9] = [
    ("stock_code", &["STK1", "STK2"]),
    ("description", &["Widget A", "Widget B"]),
    ("quantity_to_make", &["100", "7.5"]),
    ("priority", &["low", "medium", "high"]),
    ("status", &["not_started", "not_started", "in_progress", "complete"]),
    ("work_centre_id", &["1", "2"]),
    ("due_date", &["2024-07-01", "2024-07-02"]),
    ("routing", &["Standard", "express"]),
    ("notes", &["first", "second"]),
];

fn options() -> impl Strategy<Value = ImportOptions> {
    let (mode, on_existing) =
        (proptest::sample::select(&Mode::ALL), proptest::sample::select(&OnExisting::ALL));
    (mode, on_existing, any::<bool>()).prop_map(|(mode, on_existing, dry_run)| ImportOptions {
        mode,
        on_existing,
        dry_run,
        ..Default::default()
    })
}

/// A value that is invalid in some field, or clears it.
fn odd() -> impl Strategy<Value = Value> {
    let odd = [
        json!(null),
        json!(""),
        json!("x"),
        json!(0),
        json!(3),
        json!("1,234"),
        json!(true),
        json!([]),
        json!("\0"),
    ];
    prop_oneof![proptest::sample::select(odd.to_vec()), "\\PC{0,12}".prop_map(Value::from)]
}

/// A field's value: valid, absent or odd; required fields are seldom absent.
fn value(index: usize, good: &'static [&'static str]) -> impl Strategy<Value = Option<Value>> {
    let absent = if index < 3 { 1 } else { 30 };
    prop_oneof![
        40 => proptest::sample::select(good).prop_map(|text| Some(text.into())),
        absent => Just(None),
        1 => odd().prop_map(Some),
    ]
}

fn order_row() -> impl Strategy<Value = Value> {
    let number = prop_oneof![
        40 => proptest::sample::select(&NUMBERS).prop_map(Value::from),
        20 => "B[0-9]{2}".prop_map(Value::from),
        1 => odd(),
    ];
    let fields: Vec<_> = FIELDS.iter().enumerate().map(|(index, (_, good))| value(index, good)).collect();
    (number, fields).prop_map(|(number, values)| {
        let mut row = Map::from_iter([("order_number".to_owned(), number)]);
        for ((name, _), value) in FIELDS.iter().zip(values) {
            row.extend(value.map(|value| ((*name).to_owned(), value)));
        }
        row.into()
    })
}

fn rows() -> impl Strategy<Value = Vec<Value>> {
    let any_row = prop_oneof![30 => order_row().boxed(), 1 => odd().boxed()];
    vec(any_row, 0..12)
}

/// The status of each order that exists already.
fn existing() -> impl Strategy<Value = Vec<Option<OrderStatus>>> {
    vec(proptest::option::of(proptest::sample::select(&OrderStatus::ALL)), NUMBERS.len())
}

/// A fixture with these orders.
fn fixture(existing: &[Option<OrderStatus>]) -> Fixture {
    let fixture = Fixture::new();
    let orders: Vec<_> =
        NUMBERS.iter().zip(existing).filter_map(|(number, status)| Some((number, (*status)?))).collect();
    let rows: Vec<_> =
        orders.iter().map(|(number, _)| row(number, json!({"due_date": "2024-07-01"}))).collect();
    import(&fixture, &rows, ImportOptions::default());
    for (order, status) in orders.into_iter().filter(|(_, status)| *status != OrderStatus::Pending) {
        assert!(fixture.store.set_status(team(), &number(order), status));
    }
    fixture
}

fn import(fixture: &Fixture, rows: &[Value], options: ImportOptions) -> ImportReport {
    fixture.import_json(Value::from(rows).to_string().as_bytes(), options).unwrap()
}

fn imports(fixture: &Fixture) -> u64 {
    let window = Window::try_new(0, 1, 1).unwrap();
    pollster::block_on(fixture.store.list(team(), None, window)).unwrap().total
}

/// The rows as a CSV, with all cells quoted; other JSON types become text.
fn csv(rows: &[Value]) -> String {
    let names: Vec<&str> = ["order_number"].into_iter().chain(FIELDS.map(|(name, _)| name)).collect();
    let mut csv = names.join(",") + "\n";
    for row in rows {
        let cells = names.iter().map(|name| match row.get(name) {
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
            None => String::new(),
        });
        let cells: Vec<_> = cells.map(|cell| format!("\"{}\"", cell.replace('"', "\"\""))).collect();
        csv += &(cells.join(",") + "\n");
    }
    csv
}

/// Asserts that a report's counts are those of its rows, which are numbered in order.
fn assert_counts(report: &ImportReport) -> Result<(), TestCaseError> {
    let mut counts = Counts { changed: report.counts.changed, ..Counts::default() };
    for (answer, row) in report.row_results().zip(1..) {
        prop_assert_eq!(answer.row, row);
        prop_assert!(!answer.outcome.message().is_empty());
        prop_assert_eq!(answer.outcome.faults().is_empty(), answer.outcome.status() != "error");
        match answer.outcome.status() {
            "created" => counts.created += 1,
            "updated" => counts.updated += 1,
            "skipped" => counts.skipped += 1,
            _ => counts.errors += 1,
        }
    }
    prop_assert_eq!(report.counts, counts);
    prop_assert_eq!(counts.rows() as usize, report.rows().len());
    prop_assert!(counts.changed <= counts.updated);
    let nothing_done = counts.created + counts.updated == 0;
    prop_assert!(report.verdict == Verdict::Completed || nothing_done, "{:?}", counts);
    Ok(())
}

proptest! {
    #[test]
    fn every_row_is_reported_in_order_and_the_counts_add_up(
        existing in existing(), rows in rows(), options in options(),
    ) {
        let fixture = fixture(&existing);
        let report = import(&fixture, &rows, options.clone());
        assert_counts(&report)?;
        prop_assert_eq!(report.rows().len(), rows.len());
        for (answer, row) in report.row_results().zip(&rows) {
            if let Some(order) = &answer.order_number {
                // what is no text is shown as it was written
                let written = row["order_number"].to_string();
                let sent = row["order_number"].as_str().unwrap_or(&written);
                let sent = OrderNumber::try_new(sent).unwrap();
                prop_assert_eq!(order.as_ref(), sent.as_str());
            }
        }
        let from_csv = fixture.import_csv(csv(&rows).as_bytes(), options).unwrap();
        assert_counts(&from_csv)?;
    }

    #[test]
    fn a_dry_run_reports_what_the_real_run_does_and_leaves_nothing(
        existing in existing(), rows in rows(), options in options(),
    ) {
        let fixture = fixture(&existing);
        let (orders, count) = (fixture.store.orders(team()), imports(&fixture));
        let tried = import(&fixture, &rows, ImportOptions { dry_run: true, ..options.clone() });
        prop_assert_eq!(&fixture.store.orders(team()), &orders);
        prop_assert_eq!(imports(&fixture), count);
        let done = import(&fixture, &rows, ImportOptions { dry_run: false, ..options });
        prop_assert_eq!((tried.verdict, tried.counts), (done.verdict, done.counts));
        let answers = |report: &ImportReport| report.row_results().map(RowResult::into_owned).collect::<Vec<_>>();
        prop_assert_eq!(answers(&tried), answers(&done));
        prop_assert_eq!(imports(&fixture), count + 1);
        prop_assert_eq!(fixture.store.orders(team()) != orders, done.wrote_orders());
    }

    #[test]
    fn no_import_changes_a_started_order_or_one_it_was_to_leave_alone(
        existing in existing(), rows in rows(), options in options(),
    ) {
        let fixture = fixture(&existing);
        let before = fixture.store.orders(team());
        let report = import(&fixture, &rows, options.clone());
        let after = fixture.store.orders(team());
        let mut changed = 0;
        for (number, before) in &before {
            let after = &after[number];
            if before.status != OrderStatus::Pending || options.on_existing != OnExisting::Update {
                prop_assert_eq!(after, before, "{}", number);
            } else if after != before {
                prop_assert_eq!(after.version, before.version + 1, "{}", number);
                changed += 1;
            }
        }
        let created = after.len() - before.len();
        let expected = if options.dry_run { (0, 0) } else { (report.counts.created, report.counts.changed) };
        prop_assert_eq!((created, changed), (expected.0 as usize, expected.1));
    }

    #[test]
    fn an_all_or_nothing_import_stores_all_or_nothing(existing in existing(), rows in rows(), options in options()) {
        let fixture = fixture(&existing);
        let before = fixture.store.orders(team());
        let options = ImportOptions { mode: Mode::AllOrNothing, dry_run: false, ..options };
        let report = import(&fixture, &rows, options.clone());
        if report.verdict == Verdict::Rejected {
            prop_assert_eq!(fixture.store.orders(team()), before);
        } else {
            prop_assert_eq!(report.counts.errors, 0);
            prop_assert!(report.counts.skipped == 0 || options.on_existing == OnExisting::Skip);
        }
    }

    #[test]
    fn the_same_file_again_changes_nothing(existing in existing(), rows in rows(), mode in proptest::sample::select(&Mode::ALL)) {
        let fixture = fixture(&existing);
        let options = ImportOptions { mode, ..Default::default() };
        import(&fixture, &rows, options.clone());
        let before = fixture.store.orders(team());
        let again = import(&fixture, &rows, options);
        prop_assert_eq!((again.counts.created, again.counts.changed), (0, 0));
        prop_assert_eq!(fixture.store.orders(team()), before);
    }

    #[test]
    fn no_bytes_make_an_import_panic(bytes in vec(any::<u8>(), 0..400), options in options()) {
        let fixture = Fixture::new();
        assert_no_panic(&fixture, &bytes, options)?;
    }

    #[test]
    fn no_text_that_looks_like_a_file_makes_an_import_panic(
        csv in "(A[0-9]|[,;\"\n]|[\\PC]|[0-9.,]{1,6}|2024-07-0[0-9]|high){0,60}",
        json in "([{}:,\\[\\]\"]|null|true|\\\\u[0-9a-f]{4}|-?[0-9.e]{1,6}|\"order_number\":|\"notes\":|\"A1\",?){0,40}",
        options in options(),
    ) {
        let fixture = Fixture::new();
        let header = "order_number,stock_code,description,quantity_to_make,priority,due_date,notes\n";
        assert_no_panic(&fixture, format!("{header}{csv}").as_bytes(), options.clone())?;
        assert_no_panic(&fixture, format!("{}{csv}", header.replace(',', ";")).as_bytes(), options.clone())?;
        assert_no_panic(&fixture, format!("[{{{json}}}]").as_bytes(), options.clone())?;
        assert_no_panic(&fixture, format!("[{json}]").as_bytes(), options)?;
    }
}

/// Asserts that an import of any bytes returns a consistent report or a fault with a message.
fn assert_no_panic(fixture: &Fixture, bytes: &[u8], options: ImportOptions) -> Result<(), TestCaseError> {
    for imported in [fixture.import_csv(bytes, options.clone()), fixture.import_json(bytes, options)] {
        match imported {
            Ok(report) => assert_counts(&report)?,
            Err(fault) => prop_assert!(!fault.to_string().is_empty()),
        }
    }
    Ok(())
}
