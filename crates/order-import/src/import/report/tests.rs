use super::*;
use crate::import::fixtures::{image, number, order, prepare, row};
use crate::import::policy::{Fact, PreviousOrder};
use kernel::manufacturing::OrderStatus;
use serde_json::{Value, json};

fn changed() -> Fact {
    Fact::Changed(Box::new(PreviousOrder { id: order("x").id, image: image() }))
}

/// The import of the documented example: one row of each kind.
fn documented(options: ImportOptions) -> ImportReport {
    let rows = ["ORD001", "ORD002", "ORD003"].map(|number| row(number, json!({})));
    let rows: Vec<Value> = rows.into_iter().chain([row("ORD004", json!({"stock_code": null}))]).collect();
    let facts = [Fact::Inserted, changed(), Fact::Blocked(OrderStatus::InProgress)];
    let facts = facts.map(Some).into_iter().chain([None]).collect();
    prepare(&rows.into(), options).into_report(facts).unwrap()
}

fn statuses_and_messages(report: &ImportReport) -> Vec<(String, &'static str, String)> {
    let answers = report.row_results();
    answers
        .map(|answer| {
            let number = answer.order_number.unwrap_or_default().into_owned();
            (number, answer.outcome.status(), answer.outcome.message().to_owned())
        })
        .collect()
}

fn owned(expected: &[(&str, &'static str, &str)]) -> Vec<(String, &'static str, String)> {
    expected.iter().map(|(number, status, message)| ((*number).into(), *status, (*message).into())).collect()
}

#[test]
fn the_documented_messages_are_reported_exactly() {
    let report = documented(ImportOptions::default());
    let expected = [
        ("ORD001", "created", "Order created"),
        ("ORD002", "updated", "Order updated"),
        ("ORD003", "skipped", "Order already in progress, not updated"),
        ("ORD004", "error", "Missing required field: stock_code"),
    ];
    assert_eq!(statuses_and_messages(&report), owned(&expected));
    assert_eq!(report.verdict, Verdict::Completed);
    let expected = Counts { created: 1, updated: 1, skipped: 1, errors: 1, changed: 1 };
    assert_eq!(report.counts, expected);
    assert_eq!(report.counts.rows(), 4);
}

#[test]
fn rows_are_numbered_from_1_and_carry_every_fault() {
    let report = documented(ImportOptions::default());
    let rows: Vec<_> = report.row_results().map(|answer| (answer.row, answer.line)).collect();
    assert_eq!(rows, [(1, None), (2, None), (3, None), (4, None)]);
    let faults: Vec<_> = report.row_results().map(|answer| answer.outcome.faults().len()).collect();
    assert_eq!(faults, [0, 0, 0, 1]);
}

#[test]
fn a_rejected_import_skips_valid_rows_and_reports_the_others_unchanged() {
    let report = documented(ImportOptions { mode: Mode::AllOrNothing, ..Default::default() });
    let expected = [
        ("ORD001", "skipped", "Not imported: another row failed"),
        ("ORD002", "skipped", "Not imported: another row failed"),
        ("ORD003", "skipped", "Order already in progress, not updated"),
        ("ORD004", "error", "Missing required field: stock_code"),
    ];
    assert_eq!(statuses_and_messages(&report), owned(&expected));
    assert_eq!(report.verdict, Verdict::Rejected);
    assert_eq!(report.counts, Counts { skipped: 3, errors: 1, ..Counts::default() });
    assert!(!report.wrote_orders());
    let changes = report.rows().filter_map(|(row, outcome)| OrderChange::of(row.order()?, outcome));
    assert_eq!(changes.count(), 0);
}

#[test]
fn orders_are_written_if_one_is_created_or_changed_and_it_is_no_dry_run() {
    let wrote = |fact, dry_run| {
        let options = ImportOptions { dry_run, ..Default::default() };
        prepare(&json!([row("A1", json!({}))]), options).into_report(vec![Some(fact)]).unwrap().wrote_orders()
    };
    assert!(wrote(Fact::Inserted, false) && wrote(changed(), false));
    assert!(!wrote(Fact::Unchanged, false) && !wrote(Fact::Blocked(OrderStatus::Pending), false));
    assert!(!wrote(Fact::Inserted, true) && !wrote(changed(), true));
}

#[test]
fn an_order_equal_to_its_row_counts_as_updated_but_not_as_changed() {
    let outcomes = [Outcome::Unchanged, Outcome::Unchanged];
    assert_eq!(Counts::of(&outcomes), Counts { updated: 2, ..Counts::default() });
    assert_eq!(RowOutcome::from(&Outcome::Unchanged).message(), "Order updated");
}

#[test]
fn only_created_or_changed_rows_have_an_order_change() {
    let row = order("A1");
    let Outcome::Changed(before) = policy::decide(changed(), OnExisting::Update, "A1") else { panic!() };
    let created = OrderChange::of(&row, &Outcome::Created).unwrap();
    assert_eq!((created.id, created.number, created.before), (row.id, number("A1"), None));
    assert_eq!(created.after, policy::create(&row));

    let differing = ImportedOrder { quantity: crate::import::fixtures::quantity("7"), ..row.clone() };
    let change = OrderChange::of(&differing, &Outcome::Changed(before)).unwrap();
    assert_eq!(change.before, Some(image()));
    assert_eq!(Some(change.after), policy::merge(&image(), &differing));

    let others = [Outcome::Unchanged, Outcome::Skipped(SkipReason::Exists), Outcome::Failed(vec![])];
    assert!(others.iter().all(|outcome| OrderChange::of(&row, outcome).is_none()));
}

#[test]
fn an_owned_row_result_is_equal_to_the_borrowed_one() {
    let report = documented(ImportOptions::default());
    let owned: Vec<_> = report.row_results().map(RowResult::into_owned).collect();
    assert_eq!(owned, report.row_results().collect::<Vec<_>>());
}

#[test]
fn the_words_of_verdicts_modes_and_choices_round_trip() {
    for verdict in Verdict::ALL {
        assert_eq!(verdict.as_str().parse(), Ok(verdict));
    }
    for mode in Mode::ALL {
        assert_eq!(mode.as_str().parse(), Ok(mode));
    }
    for choice in OnExisting::ALL {
        assert_eq!(choice.as_str().parse(), Ok(choice));
    }
    let fault = "none".parse::<Mode>().unwrap_err();
    assert_eq!(fault.to_string(), "`none` is unknown; it is one of per_row, all_or_nothing");
}
