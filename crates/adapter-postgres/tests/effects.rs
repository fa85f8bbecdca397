//! What an import leaves beside its orders: one audit entry, one folded outbox row, in its transaction.

use std::collections::BTreeMap;

use diesel::connection::SimpleConnection;
use kernel::error::StoreError;
use kernel::id::TeamId;
use kernel::manufacturing::OrderStatus;
use order_import::events;
use order_import::import::report::{ImportReport, Verdict};
use order_import::import::values::{ImportedOrder, Mode, OnExisting};
use order_import::import::{ImportOptions, PreparedImport};
use serde_json::Value;

use crate::support::{Store, at, claimed, context, done, lines, order, prepared, rendered, some_of};

/// What stands in a team's tables that changes write to.
#[derive(Debug, PartialEq, Eq)]
struct Left {
    outbox: i64,
    audit: i64,
    imports: i64,
    chunks: i64,
    answers: i64,
}

const NOTHING: Left = Left { outbox: 0, audit: 0, imports: 0, chunks: 0, answers: 0 };

/// What is there beyond the founding of the team.
fn left(store: &Store, team: TeamId) -> Left {
    let count = |table: &str| store.number(&format!("SELECT count(*) FROM {table} WHERE team_id = '{team}'"));
    Left {
        outbox: count("outbox"),
        audit: count("audit_entries") - 1,
        imports: count("order_imports"),
        chunks: count("order_import_chunks"),
        answers: count("idempotent_answers"),
    }
}

fn with(options: ImportOptions, orders: impl IntoIterator<Item = ImportedOrder>) -> PreparedImport {
    PreparedImport { options, ..prepared(orders) }
}

#[test]
fn orders_written_leave_one_outbox_row_and_one_audit_entry_in_their_own_transaction() {
    let store = Store::shared();
    let team = store.team();
    let rows = (0..2_500).map(|row| order(&format!("A{row}")));
    let report = done(store.try_import(claimed(team, "key", 1, rendered), prepared(rows)));
    assert_eq!(left(&store, team), Left { outbox: 1, audit: 1, imports: 1, chunks: 3, answers: 1 });
    let transactions = format!(
        "SELECT count(DISTINCT xid::text) FROM (
             SELECT xid::xid FROM outbox WHERE team_id = '{team}'
             UNION ALL SELECT xid::xid FROM audit_entries WHERE team_id = '{team}' AND action <> 'team.founded'
             UNION ALL SELECT xmin FROM order_imports WHERE team_id = '{team}'
             UNION ALL SELECT xmin FROM order_import_chunks WHERE team_id = '{team}'
             UNION ALL SELECT xmin FROM idempotent_answers WHERE team_id = '{team}'
             UNION ALL SELECT xmin FROM manufacturing_orders WHERE team_id = '{team}') written"
    );
    assert_eq!(store.number(&transactions), 1);

    let entry = format!(
        "SELECT concat_ws(' ', action, subject_kind, subject_id, actor, request_id, before, after)
         FROM audit_entries WHERE team_id = '{team}' AND action <> 'team.founded' AND at = '{}'",
        at().to_rfc3339()
    );
    let expected = format!(
        "orders.imported order_import {} system:tests request-1 \
         {{\"created\":2500,\"errors\":0,\"skipped\":0,\"updated\":0}}",
        report.id
    );
    assert_eq!(store.database.scalar(&entry), expected);
}

#[test]
fn an_import_that_writes_no_order_leaves_no_outbox_row_and_no_audit_entry() {
    let store = Store::shared();
    let team = store.team();
    let import = |options: ImportOptions, amount| store.import(team, with(options, [some_of("A1", amount)]));
    let dry = ImportOptions { dry_run: true, ..ImportOptions::default() };
    let created = import(dry.clone(), 1);
    assert_eq!(created.counts.created, 1);
    assert_eq!(left(&store, team), NOTHING, "a dry run leaves nothing at all");

    import(ImportOptions::default(), 1);
    let mut expected = Left { outbox: 1, audit: 1, imports: 1, chunks: 1, ..NOTHING };
    assert_eq!(left(&store, team), expected);
    let rejecting = ImportOptions {
        mode: Mode::AllOrNothing,
        on_existing: OnExisting::Error,
        ..ImportOptions::default()
    };
    let skipping = ImportOptions { on_existing: OnExisting::Skip, ..ImportOptions::default() };
    for (what, options, amount, verdict) in [
        ("the same again", ImportOptions::default(), 1, Verdict::Completed),
        ("a rejected one", rejecting, 2, Verdict::Rejected),
        ("one that skips", skipping, 2, Verdict::Completed),
    ] {
        let report = import(options, amount);
        assert_eq!(report.verdict, verdict, "{what}");
        expected = Left { imports: expected.imports + 1, chunks: expected.chunks + 1, ..expected };
        assert_eq!(left(&store, team), expected, "{what} leaves its record alone");
    }
    assert_eq!(import(dry, 2).counts.changed, 1, "a dry run over orders that are there");
    assert_eq!(left(&store, team), expected);
}

#[test]
fn an_import_of_no_rows_leaves_its_record_alone() {
    let store = Store::shared();
    let team = store.team();
    store.import(team, prepared([]));
    assert_eq!(left(&store, team), Left { imports: 1, ..NOTHING });
}

#[test]
fn the_outbox_row_unfolds_to_the_events_of_the_orders_with_their_versions() {
    let store = Store::shared();
    let team = store.team();
    let rows = |amount| (0..1_200).map(move |row| some_of(&format!("A{row}"), amount));
    store.import(team, prepared(rows(1).take(700)));
    let started = ImportedOrder { status: Some(OrderStatus::InProgress), ..some_of("A0", 1) };
    store.import(team, prepared([started]));
    let report = store.import(team, prepared(rows(2).chain([order("unlike")])));

    let folded = format!(
        "SELECT concat_ws(' ', folded_record, folded_id, occurred_at = '{}') FROM outbox
         WHERE team_id = '{team}' AND folded_id = '{}' AND num_nonnulls(event_type, aggregate_id, sequence, payload) = 0",
        at().to_rfc3339(),
        report.id
    );
    assert_eq!(store.database.scalar(&folded), format!("order_import {} t", report.id));

    let orders = store.orders(team);
    let mut found = BTreeMap::new();
    for (row, change) in store.changes(team, report.id) {
        let event = events::event(report.id, row, at(), &change).expect("an event has its JSON");
        let order = orders.get(&change.number).expect("the order is stored");
        assert_eq!((event.aggregate, event.sequence), (order.id.uuid(), order.image.version));
        let expected = if event.sequence == 1 { "order.created" } else { "order.updated" };
        assert_eq!(event.event_type, expected, "{}", change.number);
        let payload: Value = serde_json::from_str(&event.payload).expect("the payload is JSON");
        assert_eq!(payload.pointer("/orderNumber").and_then(Value::as_str), Some(change.number.as_str()));
        assert!(found.insert(change.number, event.id).is_none(), "an order has one event of an import");
    }
    let mut expected: Vec<_> = orders.keys().filter(|number| number.as_str() != "A0").collect();
    expected.sort();
    assert_eq!(found.keys().collect::<Vec<_>>(), expected, "every order written has its event, no other");
    let counted = report.counts.created + report.counts.changed;
    assert_eq!((found.len(), counted), (1_200, 1_200));
}

/// A store in which nothing can be put into `table` any more.
fn failing_at(table: &str) -> (Store, TeamId) {
    let store = Store::own();
    let team = store.team();
    store.database.execute(&format!(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'refused'; END $$;
         CREATE TRIGGER refuse BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION refuse()"
    ));
    (store, team)
}

#[test]
fn an_import_whose_effects_fail_leaves_nothing_and_its_key_free() {
    for table in ["order_import_chunks", "outbox", "audit_entries", "idempotent_answers"] {
        let (store, team) = failing_at(table);
        let import = |context| store.try_import(context, prepared([order("A1")]));
        let failed = import(claimed(team, "key", 1, rendered));
        assert!(matches!(failed, Err(StoreError::Internal(_))), "{table}: {failed:?}");
        assert_eq!(left(&store, team), NOTHING, "after a failure at {table}");
        assert_eq!(store.orders(team).len(), 0, "after a failure at {table}");

        store.superuser().batch_execute(&format!("DROP TRIGGER refuse ON {table}")).expect("it is mended");
        done(import(claimed(team, "key", 1, rendered)));
        assert_eq!(left(&store, team), Left { outbox: 1, audit: 1, imports: 1, chunks: 1, answers: 1 });
    }
}

#[test]
fn events_stand_in_the_order_of_commits_that_consumers_read_by() {
    let store = Store::own();
    let team = store.team();
    let reports: Vec<ImportReport> =
        (0..5).map(|amount| store.import(team, prepared([some_of("A1", amount + 1)]))).collect();
    let read = "SELECT folded_id::text AS line FROM outbox
                WHERE xid < pg_snapshot_xmin(pg_current_snapshot()) ORDER BY xid, id";
    let expected: Vec<_> = reports.iter().map(|report| report.id.to_string()).collect();
    // a transaction elsewhere in the cluster may hold the horizon back for a moment
    testkit::eventually("the outbox to be read whole", || {
        (lines(&mut store.superuser(), read) == expected).then_some(())
    });
}

#[test]
fn who_did_it_when_and_in_which_request_is_kept_of_every_import() {
    let store = Store::shared();
    let team = store.team();
    let mut context = context(team);
    context.request_id = "request-2".into();
    let report = done(store.try_import(context, prepared([order("A1")])));
    let kept = format!(
        "SELECT concat_ws(' ', actor, request_id, created_at = '{}') FROM order_imports
         WHERE team_id = '{team}' AND id = '{}'",
        at().to_rfc3339(),
        report.id
    );
    assert_eq!(store.database.scalar(&kept), "system:tests request-2 t");
}
