//! Orders that exist and orders that don't (`docs/spec/import.md`, "Row outcomes").

use kernel::manufacturing::OrderStatus;
use serde_json::json;

use super::{
    ALL_OR_NOTHING, Harness, UPDATE, dry, options, outcomes, owned_row_results, plain, row, statuses,
    statuses_and_messages,
};
use crate::import::policy::{self, Outcome};
use crate::import::report::{Counts, OrderChange, Verdict};
use crate::import::values::{Mode, OnExisting};

/// An order that does not exist is created as [`policy::create`] says.
pub async fn a_new_order_is_created_at_version_1(harness: &Harness) {
    let full = json!({
        "priority": "low", "status": "on_hold", "work_centre_id": 2, "due_date": "2024-07-01",
        "quantity_to_make": "0.001", "routing": "Standard", "notes": "first\nsecond\t'; --",
    });
    let largest = json!({
        "stock_code": "ß".repeat(100), "description": "😀".repeat(2_000), "notes": "\\".repeat(10_000),
        "quantity_to_make": "999999999999.999", "due_date": "9999-12-30",
    });
    let rows = [plain("A1"), row("A2", full), row(&"ß".repeat(100), largest)];
    let import = harness.prepare(&rows, UPDATE).await;
    let orders: Vec<_> = import.candidates().map(|(_, order)| order.clone()).collect();
    let report = harness.run(super::context(harness.team), import).await;
    let created = ("created", "Order created".to_owned());
    assert_eq!(
        statuses_and_messages(&report),
        [created.clone(), created.clone(), created],
        "all orders are new"
    );
    assert_eq!(report.counts, Counts { created: 3, ..Counts::default() });
    let expected = orders.iter().map(|order| {
        let after = policy::create(order);
        assert_eq!(after.version, 1);
        Some(OrderChange { id: order.id, number: order.number.clone(), before: None, after })
    });
    let expected: Vec<_> = expected.collect();
    assert_eq!(harness.changes(report.id).await, expected, "history shows what was created");
}

/// An order that has not started is changed as [`policy::merge`] says, and its version grows by 1.
pub async fn an_order_not_started_is_updated(harness: &Harness) {
    let first = harness.import(&[plain("A1")], UPDATE).await;
    let more =
        json!({"stock_code": "STK2", "description": "Widget B", "quantity_to_make": 0.5, "notes": "n"});
    let import = harness.prepare(&[row("A1", more)], UPDATE).await;
    let requested: Vec<_> = import.candidates().map(|(_, order)| order.clone()).collect();
    let second = harness.run(super::context(harness.team), import).await;
    assert_eq!(statuses_and_messages(&second), [("updated", "Order updated".to_owned())]);
    assert_eq!(second.counts, Counts { updated: 1, changed: 1, ..Counts::default() });

    let [Some(created)] = &harness.changes(first.id).await[..] else { panic!("the first import created A1") };
    let [Some(updated)] = &harness.changes(second.id).await[..] else { panic!("the second changed it") };
    assert_eq!(updated.id, created.id, "an order keeps its id");
    assert_eq!(updated.before.as_ref(), Some(&created.after), "it was what it had been created as");
    let expected = requested.first().and_then(|order| policy::merge(&created.after, order));
    assert_eq!(Some(&updated.after), expected.as_ref(), "it becomes what the row says");
    assert_eq!(updated.after.version, 2, "its version grows by 1");
}

/// An order equal to its row counts as updated, but nothing is written.
pub async fn an_order_equal_to_its_row_has_the_same_version(harness: &Harness) {
    let more = json!({"priority": "high", "work_centre_id": 1, "due_date": "2024-07-01", "notes": "n"});
    let rows = [row("A1", more), plain("A2")];
    harness.import(&rows, UPDATE).await;
    let again = harness.import(&rows, UPDATE).await;
    assert_eq!(statuses(&again), ["updated", "updated"]);
    assert_eq!(outcomes(&again), [Outcome::Unchanged, Outcome::Unchanged]);
    assert_eq!(again.counts, Counts { updated: 2, changed: 0, ..Counts::default() });
    assert!(!again.wrote_orders(), "nothing was written");
    assert_eq!(harness.changes(again.id).await, [None, None], "history shows no change");

    let changed = harness.import(&[row("A1", json!({"notes": "other"})), plain("A2")], UPDATE).await;
    let changes = harness.changes(changed.id).await;
    let [Some(change), None] = &changes[..] else { panic!("A1 alone is changed: {changes:?}") };
    let versions = (change.before.as_ref().map(|before| before.version), change.after.version);
    assert_eq!(versions, (Some(1), 2), "the import that changed nothing left the version alone");
}

/// An order that has started is skipped with the documented sentence, and not changed.
pub async fn a_started_order_is_skipped_whatever_its_status(harness: &Harness) {
    let started = [
        ("A1", OrderStatus::InProgress, "Order already in progress, not updated"),
        ("A2", OrderStatus::Completed, "Order already complete, not updated"),
        ("A3", OrderStatus::OnHold, "Order on hold, not updated"),
        ("A4", OrderStatus::Cancelled, "Order cancelled, not updated"),
    ];
    harness.import(&started.map(|(order, ..)| plain(order)), UPDATE).await;
    for (order, status, _) in started {
        harness.set_status(order, status).await;
    }
    let rows = started.map(|(order, ..)| row(order, json!({"quantity_to_make": 7})));
    let report = harness.import(&rows, UPDATE).await;
    let expected = started.map(|(_, _, message)| ("skipped", message.to_owned()));
    assert_eq!(statuses_and_messages(&report), expected, "started orders are skipped");
    assert_eq!(report.counts, Counts { skipped: 4, ..Counts::default() });
    assert_eq!(harness.changes(report.id).await, vec![None; 4], "none of them is changed");

    for (order, ..) in started {
        harness.set_status(order, OrderStatus::Pending).await;
    }
    let report = harness.import(&rows, UPDATE).await;
    for change in harness.changes(report.id).await.into_iter().flatten() {
        let before = change.before.map(|before| before.quantity.to_string());
        assert_eq!(before.as_deref(), Some("100"), "{} had been left alone", change.number);
    }
    assert_eq!(report.counts.changed, 4, "orders no longer started are changed");
}

/// Under `on_existing=skip` no existing order is changed, started or not, and that is no failure.
pub async fn an_existing_order_is_skipped_where_requested(harness: &Harness) {
    harness.import(&[plain("A1"), plain("A2")], UPDATE).await;
    harness.set_status("A2", OrderStatus::InProgress).await;
    for mode in Mode::ALL {
        let rows = ["A1", "A2", mode.as_str()].map(|order| row(order, json!({"quantity_to_make": 7})));
        let report = harness.import(&rows, options(mode, OnExisting::Skip)).await;
        let expected = [
            ("skipped", "Order already exists, not updated".to_owned()),
            ("skipped", "Order already in progress, not updated".to_owned()),
            ("created", "Order created".to_owned()),
        ];
        assert_eq!(statuses_and_messages(&report), expected, "{mode:?}");
        assert_eq!(report.verdict, Verdict::Completed, "a requested skip is no failure");
        let changes = harness.changes(report.id).await;
        assert!(matches!(changes[..], [None, None, Some(_)]), "only the new order is written: {changes:?}");
    }
}

/// Under `on_existing=error` every existing order's row is faulty, and the order not changed.
pub async fn an_existing_order_is_an_error_where_requested(harness: &Harness) {
    harness.import(&[plain("A1"), plain("A2")], UPDATE).await;
    harness.set_status("A2", OrderStatus::Cancelled).await;
    let rows = ["A1", "A2", "A3"].map(|order| row(order, json!({"quantity_to_make": 7})));
    let report = harness.import(&rows, options(Mode::PerRow, OnExisting::Error)).await;
    let expected = [
        ("error", "Order already exists: A1".to_owned()),
        ("error", "Order already exists: A2".to_owned()),
        ("created", "Order created".to_owned()),
    ];
    assert_eq!(statuses_and_messages(&report), expected);
    let (_, rows) = harness.record(report.id).await;
    let stored: Vec<_> = rows.iter().map(|row| (row.raw.is_some(), row.change.is_some())).collect();
    assert_eq!(stored, [(true, false), (true, false), (false, true)], "failed rows are stored unchanged");
}

/// All or nothing with a row that fails, or whose order may not be changed, stores nothing but its record.
pub async fn a_rejected_all_or_nothing_import_leaves_only_its_record(harness: &Harness) {
    harness.import(&[plain("A1"), plain("A2"), plain("A3")], UPDATE).await;
    harness.set_status("A3", OrderStatus::InProgress).await;
    let left_out = ("skipped", "Not imported: another row failed".to_owned());
    let good = [plain("A1"), row("A2", json!({"quantity_to_make": 7})), plain("new")];
    for (spoiler, expected) in [
        (row("A4", json!({"stock_code": null})), ("error", "Missing required field: stock_code")),
        (plain("A3"), ("skipped", "Order already in progress, not updated")),
    ] {
        let rows: Vec<_> = good.iter().cloned().chain([spoiler]).collect();
        let report = harness.import(&rows, ALL_OR_NOTHING).await;
        assert_eq!(report.verdict, Verdict::Rejected, "{expected:?} refuses the import");
        let [good @ .., last] = &statuses_and_messages(&report)[..] else { panic!("there are rows") };
        assert!(good.iter().all(|row| *row == left_out), "good rows are left out: {good:?}");
        assert_eq!((last.0, &*last.1), expected);
        assert_eq!(report.counts.created + report.counts.updated, 0);
        let (summary, rows) = harness.record(report.id).await;
        assert_eq!((summary.verdict, summary.counts), (Verdict::Rejected, report.counts), "it is recorded");
        assert_eq!(rows.into_iter().filter_map(|row| row.change).count(), 0, "no order was changed");
    }
    let after = harness.import(&good, UPDATE).await;
    assert_eq!(statuses(&after), ["updated", "updated", "created"], "the refused imports stored nothing");
    assert_eq!(after.counts.changed, 1);
    let changes = harness.changes(after.id).await;
    let [_, Some(change), _] = &changes[..] else { panic!("A2 is changed only now: {changes:?}") };
    assert_eq!(change.before.as_ref().map(|before| before.version), Some(1), "A2 had been left alone");
}

/// All or nothing without a failure stores every row.
pub async fn all_or_nothing_stores_all_when_no_row_fails(harness: &Harness) {
    harness.import(&[plain("A1")], UPDATE).await;
    let rows = [row("A1", json!({"quantity_to_make": 7})), plain("A2")];
    let report = harness.import(&rows, ALL_OR_NOTHING).await;
    assert_eq!(report.verdict, Verdict::Completed);
    assert_eq!(statuses(&report), ["updated", "created"]);
    let again = harness.import(&rows, ALL_OR_NOTHING).await;
    assert_eq!(again.counts, Counts { updated: 2, changed: 0, ..Counts::default() }, "both were stored");
}

/// A dry run reports row for row what the same call then does, and leaves neither orders nor history.
pub async fn a_dry_run_reports_as_the_real_run_and_leaves_nothing(harness: &Harness) {
    harness.import(&["A1", "A2", "A3"].map(plain), UPDATE).await;
    harness.set_status("A3", OrderStatus::InProgress).await;
    let changed = row("A2", json!({"quantity_to_make": 7, "notes": "n"}));
    let rows =
        [plain("A1"), changed, plain("A3"), plain("A4"), plain("A4"), row("A5", json!({"priority": "x"}))];
    for on_existing in OnExisting::ALL {
        for mode in [Mode::AllOrNothing, Mode::PerRow] {
            let options = options(mode, on_existing);
            let imports = harness.imports().await;
            let tried = harness.import(&rows, dry(options.clone())).await;
            assert!(!tried.wrote_orders(), "a dry run writes nothing");
            assert_eq!(harness.imports().await, imports, "a dry run leaves no history");
            let unknown = super::expect_ok(harness.history.find(harness.team, tried.id).await);
            assert!(unknown.is_none(), "a dry run is not found");
            let real = harness.import(&rows, options.clone()).await;
            assert_eq!(owned_row_results(&tried), owned_row_results(&real), "row for row under {options:?}");
            assert_eq!((tried.verdict, tried.counts), (real.verdict, real.counts), "under {options:?}");
        }
    }
    let created = harness.import(&[plain("dry")], dry(UPDATE)).await;
    assert_eq!(statuses(&created), ["created"]);
    let created = harness.import(&[plain("dry")], UPDATE).await;
    assert_eq!(statuses(&created), ["created"], "the dry run before did not create it");
}
