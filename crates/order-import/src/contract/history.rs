//! The history of imports (`docs/spec/import.md`, "History").

use std::cmp::Reverse;

use kernel::manufacturing::OrderStatus;
use kernel::page::Window;
use serde_json::json;

use super::{
    ALL_OR_NOTHING, Harness, UPDATE, context, expect_ok, minute, options, outcomes, owned_row_results, plain,
    row, statuses,
};
use crate::import::ImportOptions;
use crate::import::report::{ImportReport, ImportSummary, OrderChange, Verdict};
use crate::import::values::{ImportId, Mode, OnExisting};

#[expect(clippy::expect_used, reason = "test support: a bad window is the suite's own fault")]
pub(super) fn window(offset: u32, limit: u32) -> Window {
    Window::try_new(offset, limit, 100).expect("a window")
}

/// Imports are listed by time and then id, newest first, in pages, and by verdict if one is given.
pub async fn imports_are_listed_newest_first_by_page_and_verdict(harness: &Harness) {
    let mut imports = Vec::new();
    for (at, rows) in [
        (2, vec![plain("A1")]),
        (3, vec![json!("no object")]),
        (1, vec![plain("A2")]),
        (2, vec![plain("A3")]),
        (2, vec![json!({})]),
    ] {
        let import = harness.prepare(&rows, ALL_OR_NOTHING).await;
        let mut context = context(harness.team);
        context.at = minute(at);
        let report = harness.run(context, import).await;
        imports.push((minute(at), report.id, report.verdict));
    }
    imports.sort_unstable_by_key(|(at, id, _)| Reverse((*at, *id)));
    for verdict in [None, Some(Verdict::Completed), Some(Verdict::Rejected)] {
        let mut expected = imports.clone();
        expected.retain(|(.., found)| verdict.is_none_or(|verdict| verdict == *found));
        let expected: Vec<ImportId> = expected.into_iter().map(|(_, id, _)| id).collect();
        let total = expected.len() as u64;
        for (offset, limit) in [(0, 100), (0, 1), (1, 1), (1, 3), (2, 3), (4, 3), (5, 3), (50, 100)] {
            let page: Vec<_> = expected.iter().copied().skip(offset as usize).take(limit as usize).collect();
            let found = listed(harness, verdict, window(offset, limit)).await;
            assert_eq!(found, (page, total), "{limit} after {offset} of {verdict:?}, newest first");
        }
    }
    let verdicts: Vec<_> = imports.iter().map(|(.., verdict)| *verdict).collect();
    assert_eq!(verdicts.iter().filter(|verdict| **verdict == Verdict::Rejected).count(), 2, "{verdicts:?}");
}

async fn listed(harness: &Harness, verdict: Option<Verdict>, window: Window) -> (Vec<ImportId>, u64) {
    let listing = expect_ok(harness.history.list(harness.team, verdict, window).await);
    (listing.items.into_iter().map(|import| import.id).collect(), listing.total)
}

/// Every row is found again as it was reported: its position, faults, cells where it failed, and its change.
pub async fn every_row_is_found_again_as_it_was_reported(harness: &Harness) {
    harness.import(&["E1", "E2", "E3", "E4", "E5", "E6"].map(plain), UPDATE).await;
    for (order, status) in [
        ("E3", OrderStatus::InProgress),
        ("E4", OrderStatus::OnHold),
        ("E5", OrderStatus::Completed),
        ("E6", OrderStatus::Cancelled),
    ] {
        harness.set_status(order, status).await;
    }
    let csv = "\u{feff}Order Number;stock_code;description;quantity_to_make;Größe;notes\r\n\
        N1;STK1;Widget A;1,5;;\r\n\
        E1;STK1;Widget A;7;XL;\"two\r\nlines; \"\"quoted\"\" \t😀\"\r\n\
        \r\n\
        E2;STK1;Widget A;100;;\r\n\
        E3;STK1;Widget A;100;;\r\n\
        E4;STK1;Widget A;100;;\r\n\
        E5;STK1;Widget A;100;;\r\n\
        E6;STK1;Widget A;100;;\r\n\
        N2;;Wid\0get;1,234;'=1+1; x \r\n\
        N2;STK1;Widget A;1;;\r\n\
        too;short\r\n\
        \u{202e};;;;;;;;too long\r\n";
    let json = [
        json!({"order_number": "J1", "stock_code": "\0", "extra": {"a": [1.50, null]}, "notes": "\0"}),
        json!(["no object"]),
        json!({"order_number": 5, "stock_code": true, "description": null, "quantity_to_make": "1e3"}),
        plain("E1"),
    ];
    for on_existing in OnExisting::ALL {
        for mode in [Mode::AllOrNothing, Mode::PerRow] {
            let file_name = Some("Aufträge 'Juli'.csv".into());
            let options = ImportOptions { file_name, ..options(mode, on_existing) };
            let import = harness.prepare_csv(csv, options.clone()).await;
            is_found_again(harness, harness.run(context(harness.team), import).await).await;
            let import = harness.prepare(&json, options).await;
            is_found_again(harness, harness.run(context(harness.team), import).await).await;
        }
    }
    let import = harness.prepare(&[], UPDATE).await;
    is_found_again(harness, harness.run(context(harness.team), import).await).await;
}

async fn is_found_again(harness: &Harness, report: ImportReport) {
    let (summary, rows) = harness.record(report.id).await;
    let expected = ImportSummary {
        id: report.id,
        created_at: minute(0),
        actor: "system:contract".into(),
        verdict: report.verdict,
        mode: report.options.mode,
        on_existing: report.options.on_existing,
        file_name: report.options.file_name.clone(),
        source: report.source.clone(),
        counts: report.counts,
    };
    assert_eq!(summary, expected, "the import without its rows");
    let listing = expect_ok(harness.history.list(harness.team, None, window(0, 100)).await);
    assert!(listing.items.contains(&expected), "it is listed as it is found");

    let results: Vec<_> = rows.iter().map(|row| row.result.clone()).collect();
    assert_eq!(results, owned_row_results(&report), "the reported results are found again");
    for ((row, outcome), found) in report.rows().zip(&rows) {
        let failed = found.result.outcome.status() == "error";
        let raw = row.raw.as_deref().filter(|_| failed);
        assert_eq!(found.raw.as_ref(), raw, "a failed row's cells are stored unchanged");
        assert!(!failed || found.raw.is_some(), "every failed row's cells are stored");
        let change = row.order().and_then(|order| OrderChange::of(order, outcome));
        assert_eq!(found.change, change, "the row's change of its order");
    }
}

/// Nothing of one team is seen by another, and both may have an order of the same number.
pub async fn another_team_sees_nothing(harness: &Harness) {
    let own = harness.import(&[plain("A1")], UPDATE).await;
    let found = expect_ok(harness.history.find(harness.other_team, own.id).await);
    assert!(found.is_none(), "another team's import is not found");
    let listing = expect_ok(harness.history.list(harness.other_team, None, window(0, 100)).await);
    assert_eq!((listing.items, listing.total), (vec![], 0), "nor listed");

    let import = harness.prepare(&[row("A1", json!({"quantity_to_make": 7}))], UPDATE).await;
    let others = harness.run(context(harness.other_team), import).await;
    assert_eq!(statuses(&others), ["created"], "an order of the same number is another order there");
    let again = harness.import(&[plain("A1")], UPDATE).await;
    assert_eq!(again.counts.changed, 0, "the first team's order is untouched: {:?}", outcomes(&again));
    assert_eq!(harness.imports().await, 2, "and its history its own");
}
