//! What holds for every import, whatever its rows, the orders that exist and the options.

use kernel::manufacturing::{OrderNumber, OrderStatus};
use kernel::page::Window;
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::ImportOptions;
use super::fixtures::{Shop, number, row, team};
use super::report::{Counts, ImportReport, RowAnswer, Verdict};
use super::values::{Mode, OnExisting};
use crate::ports::ImportHistory;

/// Few enough that rows meet each other and the orders that exist.
const NUMBERS: [&str; 8] = ["A0", "A1", "A2", "A3", "A4", "A5", "A6", "A7"];

/// Fields and what stands in them: mostly what is right, each now and then anything else.
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

/// A value that is wrong in some field or other, or clears it.
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

/// A field's value: right, left out or odd; what is required is seldom left out.
fn value(index: usize, good: &'static [&'static str]) -> impl Strategy<Value = Option<Value>> {
    let left_out = if index < 3 { 1 } else { 30 };
    prop_oneof![
        40 => proptest::sample::select(good).prop_map(|text| Some(text.into())),
        left_out => Just(None),
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

/// Which of the numbers exist already, and where those orders stand.
fn existing() -> impl Strategy<Value = Vec<Option<OrderStatus>>> {
    vec(proptest::option::of(proptest::sample::select(&OrderStatus::ALL)), NUMBERS.len())
}

/// A shop with these orders.
fn shop(existing: &[Option<OrderStatus>]) -> Shop {
    let shop = Shop::open();
    let orders: Vec<_> =
        NUMBERS.iter().zip(existing).filter_map(|(number, status)| Some((number, (*status)?))).collect();
    let rows: Vec<_> =
        orders.iter().map(|(number, _)| row(number, json!({"due_date": "2024-07-01"}))).collect();
    import(&shop, &rows, ImportOptions::default());
    for (order, status) in orders.into_iter().filter(|(_, status)| *status != OrderStatus::Pending) {
        assert!(shop.store.set_status(team(), &number(order), status));
    }
    shop
}

fn import(shop: &Shop, rows: &[Value], options: ImportOptions) -> ImportReport {
    shop.import_json(Value::from(rows).to_string().as_bytes(), options).unwrap()
}

fn imports(shop: &Shop) -> u64 {
    let window = Window::try_new(0, 1, 1).unwrap();
    pollster::block_on(shop.store.list(team(), None, window)).unwrap().total
}

/// The rows as a CSV, quoted throughout; what JSON alone can say becomes text.
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

/// Holds for every report: its counts are those of its rows, which are numbered in order.
fn adds_up(report: &ImportReport) -> Result<(), TestCaseError> {
    let mut counts = Counts { changed: report.counts.changed, ..Counts::default() };
    for (answer, row) in report.answers().zip(1..) {
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
    fn every_row_is_answered_in_order_and_the_counts_add_up(
        existing in existing(), rows in rows(), options in options(),
    ) {
        let shop = shop(&existing);
        let report = import(&shop, &rows, options.clone());
        adds_up(&report)?;
        prop_assert_eq!(report.rows().len(), rows.len());
        for (answer, row) in report.answers().zip(&rows) {
            if let Some(order) = &answer.order_number {
                let sent = row["order_number"].as_str().unwrap();
                let sent = OrderNumber::try_new(sent).unwrap();
                prop_assert_eq!(order.as_ref(), sent.as_str());
            }
        }
        let from_csv = shop.import_csv(csv(&rows).as_bytes(), options).unwrap();
        adds_up(&from_csv)?;
    }

    #[test]
    fn a_dry_run_tells_what_the_real_run_does_and_leaves_nothing(
        existing in existing(), rows in rows(), options in options(),
    ) {
        let shop = shop(&existing);
        let (orders, count) = (shop.store.orders(team()), imports(&shop));
        let tried = import(&shop, &rows, ImportOptions { dry_run: true, ..options.clone() });
        prop_assert_eq!(&shop.store.orders(team()), &orders);
        prop_assert_eq!(imports(&shop), count);
        let done = import(&shop, &rows, ImportOptions { dry_run: false, ..options });
        prop_assert_eq!((tried.verdict, tried.counts), (done.verdict, done.counts));
        let answers = |report: &ImportReport| report.answers().map(RowAnswer::into_owned).collect::<Vec<_>>();
        prop_assert_eq!(answers(&tried), answers(&done));
        prop_assert_eq!(imports(&shop), count + 1);
        prop_assert_eq!(shop.store.orders(team()) != orders, done.wrote_orders());
    }

    #[test]
    fn no_import_changes_a_started_order_or_one_it_was_to_leave_alone(
        existing in existing(), rows in rows(), options in options(),
    ) {
        let shop = shop(&existing);
        let before = shop.store.orders(team());
        let report = import(&shop, &rows, options.clone());
        let after = shop.store.orders(team());
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
    fn an_import_that_may_not_keep_all_keeps_nothing(existing in existing(), rows in rows(), options in options()) {
        let shop = shop(&existing);
        let before = shop.store.orders(team());
        let options = ImportOptions { mode: Mode::AllOrNothing, dry_run: false, ..options };
        let report = import(&shop, &rows, options.clone());
        if report.verdict == Verdict::Rejected {
            prop_assert_eq!(shop.store.orders(team()), before);
        } else {
            prop_assert_eq!(report.counts.errors, 0);
            prop_assert!(report.counts.skipped == 0 || options.on_existing == OnExisting::Skip);
        }
    }

    #[test]
    fn the_same_file_again_changes_nothing(existing in existing(), rows in rows(), mode in proptest::sample::select(&Mode::ALL)) {
        let shop = shop(&existing);
        let options = ImportOptions { mode, ..Default::default() };
        import(&shop, &rows, options.clone());
        let before = shop.store.orders(team());
        let again = import(&shop, &rows, options);
        prop_assert_eq!((again.counts.created, again.counts.changed), (0, 0));
        prop_assert_eq!(shop.store.orders(team()), before);
    }

    #[test]
    fn no_bytes_make_an_import_panic(bytes in vec(any::<u8>(), 0..400), options in options()) {
        let shop = Shop::open();
        survives(&shop, &bytes, options)?;
    }

    #[test]
    fn no_text_that_looks_like_a_file_makes_an_import_panic(
        csv in "(A[0-9]|[,;\"\n]|[\\PC]|[0-9.,]{1,6}|2024-07-0[0-9]|high){0,60}",
        json in "([{}:,\\[\\]\"]|null|true|\\\\u[0-9a-f]{4}|-?[0-9.e]{1,6}|\"order_number\":|\"notes\":|\"A1\",?){0,40}",
        options in options(),
    ) {
        let shop = Shop::open();
        let header = "order_number,stock_code,description,quantity_to_make,priority,due_date,notes\n";
        survives(&shop, format!("{header}{csv}").as_bytes(), options.clone())?;
        survives(&shop, format!("{}{csv}", header.replace(',', ";")).as_bytes(), options.clone())?;
        survives(&shop, format!("[{{{json}}}]").as_bytes(), options.clone())?;
        survives(&shop, format!("[{json}]").as_bytes(), options)?;
    }
}

/// Whatever the bytes, an import of them ends in a report that adds up or in a fault with a message.
fn survives(shop: &Shop, bytes: &[u8], options: ImportOptions) -> Result<(), TestCaseError> {
    for imported in [shop.import_csv(bytes, options.clone()), shop.import_json(bytes, options)] {
        match imported {
            Ok(report) => adds_up(&report)?,
            Err(fault) => prop_assert!(!fault.to_string().is_empty()),
        }
    }
    Ok(())
}
