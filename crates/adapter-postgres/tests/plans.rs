//! Plans hold with row-level security in force: what is small reads little, however much there is.
//!
//! PostgreSQL's own counters tell what the statements of a port read. They see every statement as it really
//! runs, in its role and with its policies, and a scan of the whole team that some index made possible too.

use adapter_postgres::audit::{PgAccessLog, PgAuditTrail, PgSealer};
use adapter_postgres::db::Scope;
use adapter_postgres::order_import::{PgImportHistory, PgManufacturingOrders};
use adapter_postgres::{Db, DbSettings};
use audit::ports::{AccessFilter, AccessLog, AuditTrail, EntryFilter, Sealer};
use diesel::prelude::*;
use diesel::sql_query;
use kernel::id::{Id, TeamId};
use kernel::manufacturing::OrderStatus;
use kernel::page::Window;
use order_import::import::policy::{Outcome, Skip};
use order_import::import::report::Verdict;
use order_import::import::values::ImportedOrder;
use order_import::ports::{ImportHistory, ManufacturingOrders};
use testkit::Database;
use uuid::Uuid;

use crate::support::{Store, at, block_on, context, done, lines, number, order, prepared, quantity};

const ORDERS: i64 = 20_000;
const IMPORTS: i64 = 1_000;
const OTHERS: i64 = 8_000;
/// Often enough that a plan kept for all parameters would be in use.
const TIMES: i64 = 8;

/// What was read of a table.
#[derive(Debug, Default, PartialEq, Eq)]
struct Reads {
    sequential_scans: i64,
    index_scans: i64,
    /// Rows out of sequential scans and entries out of indexes.
    rows: i64,
}

fn reads(database: &Database, table: &str) -> Reads {
    let read = |what: &str, view: &str| {
        let sum = format!("SELECT sum({what})::bigint FROM {view} WHERE relname = '{table}'");
        database.scalar(&sum).parse::<i64>().expect("a count")
    };
    Reads {
        sequential_scans: read("seq_scan", "pg_stat_user_tables"),
        index_scans: read("idx_scan", "pg_stat_user_indexes"),
        rows: read("seq_tup_read", "pg_stat_user_tables") + read("idx_tup_read", "pg_stat_user_indexes"),
    }
}

/// What `work` reads of `table`, on a session of its own that reports it at its end.
fn reading(store: Store, table: &str, work: impl FnOnce(&Db)) -> (Store, Reads) {
    let database = store.close();
    let before = reads(&database, table);
    let settings = DbSettings { url: database.service_url(), connections: 1 };
    let db = Db::open(&settings).expect("a pool opens");
    work(&db);
    let database = Store { db, database }.close();
    let after = reads(&database, table);
    let read = Reads {
        sequential_scans: after.sequential_scans - before.sequential_scans,
        index_scans: after.index_scans - before.index_scans,
        rows: after.rows - before.rows,
    };
    (Store { db: database.db(), database }, read)
}

/// Four teams with as many orders each, and the first of them.
fn full_of_orders() -> (Store, TeamId) {
    let store = Store::own();
    let teams = [(); 4].map(|()| store.plant());
    for team in teams {
        store.database.execute(&format!(
            "INSERT INTO manufacturing_orders (team_id, id, order_number, sku, description, quantity, priority,
                 status, work_centre_number, scheduled_end, notes, version, created_at, updated_at)
             SELECT '{team}', gen_random_uuid(), 'A' || n, 'STK' || n % 100, 'Widget A', 1 + n % 50, 1 + n % 5,
                    CASE n % 10 WHEN 0 THEN 'in_progress' ELSE 'pending' END, 1 + n % 2, now(), NULL, 1, now(), now()
             FROM generate_series(1, {ORDERS}) n"
        ));
    }
    store.database.execute("VACUUM ANALYZE manufacturing_orders");
    (store, teams[0])
}

#[test]
fn a_small_import_reads_only_the_orders_it_names() {
    let (store, team) = full_of_orders();
    // two to change, one as it is, one started, one new
    let rows = |amount: i64| {
        let of = |text: &str| ImportedOrder { quantity: quantity(&amount.to_string()), ..order(text) };
        [of("A7"), of("A19999"), order("A9"), of("A10"), of(&format!("N{amount}"))]
    };
    let (store, read) = reading(store, "manufacturing_orders", |db| {
        let orders = PgManufacturingOrders::new(db.clone());
        for time in 0..TIMES {
            let report = block_on(orders.import(context(team), prepared(rows(100 + time))));
            let outcomes: Vec<_> = done(report).rows().map(|(_, outcome)| outcome.clone()).collect();
            let as_meant = matches!(
                &outcomes[..],
                [
                    Outcome::Changed(_),
                    Outcome::Changed(_),
                    Outcome::Changed(_) | Outcome::Unchanged,
                    Outcome::Skipped(Skip::Started(OrderStatus::InProgress)),
                    Outcome::Created,
                ]
            );
            assert!(as_meant, "{outcomes:?}");
        }
    });
    assert_eq!(read.sequential_scans, 0, "{read:?}");
    assert!(read.index_scans >= 3 * TIMES, "change, insert and look use an index: {read:?}");
    assert!(read.rows <= 40 * TIMES, "five rows read no more of {ORDERS}: {read:?}");
    assert!(store.orders(team).contains_key(&number("N107")));
}

/// A team with imports, every tenth rejected, among three with many more.
fn full_of_imports() -> (Store, TeamId) {
    let store = Store::own();
    let teams = [(); 4].map(|()| store.team());
    for (team, imports) in teams.into_iter().zip([IMPORTS, OTHERS, OTHERS, OTHERS]) {
        store.database.execute(&format!(
            "INSERT INTO order_imports (team_id, id, created_at, actor, request_id, outcome, source, mode, on_existing,
                 source_columns, ignored_columns, rows, created, updated, skipped, errors, changed)
             SELECT '{team}', gen_random_uuid(), now() - n * interval '1 minute', 'system:tests', 'request-1',
                    CASE n % 10 WHEN 0 THEN 'rejected' ELSE 'completed' END, 'json', 'per_row', 'update',
                    '{{}}', '{{}}', 0, 0, 0, 0, 0, 0
             FROM generate_series(1, {imports}) n;
             INSERT INTO order_import_chunks (team_id, import_id, chunk, format, content)
             SELECT team_id, id, 0, 1, '' FROM order_imports WHERE team_id = '{team}'"
        ));
    }
    for table in ["order_imports", "order_import_chunks"] {
        store.database.execute(&format!("VACUUM ANALYZE {table}"));
    }
    (store, teams[0])
}

/// Lists the first page of history again and again.
fn list(db: &Db, team: TeamId, verdict: Option<Verdict>, total: i64) {
    let history = PgImportHistory::new(db.clone());
    for _ in 0..TIMES {
        let window = Window::try_new(0, 20, 100).expect("a window");
        let listing = block_on(history.list(team, verdict, window)).expect("history is read");
        assert_eq!((listing.items.len(), listing.total), (20, total.unsigned_abs()));
    }
}

#[test]
fn a_page_of_history_reads_no_more_than_itself_beside_the_count() {
    let (store, team) = full_of_imports();
    let (store, all) = reading(store, "order_imports", |db| list(db, team, None, IMPORTS));
    assert_eq!(all.sequential_scans, 0, "other teams' imports are not read: {all:?}");
    assert!(all.rows <= (IMPORTS + 25) * TIMES, "the page is read in its order: {all:?}");

    let (_, rejected) =
        reading(store, "order_imports", |db| list(db, team, Some(Verdict::Rejected), IMPORTS / 10));
    assert_eq!(rejected.sequential_scans, 0, "other teams' imports are not read: {rejected:?}");
    assert!(rejected.rows <= (IMPORTS + 250) * TIMES, "newest first until the page is full: {rejected:?}");
}

#[test]
fn one_import_of_history_is_found_without_reading_others() {
    let (mut store, team) = full_of_imports();
    let id =
        format!("SELECT id::text AS line FROM order_imports WHERE team_id = '{team}' ORDER BY id LIMIT 1");
    let id = Id::new(lines(&mut store.superuser(), &id).concat().parse().expect("an id"));
    for table in ["order_imports", "order_import_chunks"] {
        let read;
        (store, read) = reading(store, table, |db| {
            let history = PgImportHistory::new(db.clone());
            for _ in 0..TIMES {
                let found = block_on(history.find(team, id)).expect("history is read");
                assert!(found.is_some_and(|record| record.summary.id == id));
            }
        });
        assert_eq!(read.sequential_scans, 0, "{table}: {read:?}");
        assert!((TIMES..=2 * TIMES).contains(&read.rows), "{table}: {read:?}");
    }
}

/// A team with `IMPORTS` entries and records among three with many more; everything is sealed.
fn full_of_entries() -> (Store, TeamId) {
    let store = Store::own();
    let teams = [(); 4].map(|()| store.team());
    for (team, entries) in teams.into_iter().zip([IMPORTS, OTHERS, OTHERS, OTHERS]) {
        store.database.execute(&format!(
            "INSERT INTO audit_entries (team_id, id, at, actor, request_id, action, subject_kind, subject_id)
             SELECT '{team}', gen_random_uuid(), now() - n * interval '1 minute', 'user:' || n % 100, 'req_' || n,
                    'thing.' || n % 100, 'thing', lpad((n % 100)::text, 32, '0')::uuid
             FROM generate_series(1, {entries}) n;
             INSERT INTO access_log
             SELECT '{team}', gen_random_uuid(), now() - n * interval '1 minute', 'user:' || n % 100, 'GET', '/', '/', 200,
                    'req_' || n, NULL, 1
             FROM generate_series(1, {entries}) n"
        ));
    }
    store.seal(teams);
    for table in ["audit_entries", "audit_seals", "access_log"] {
        store.database.execute(&format!("VACUUM ANALYZE {table}"));
    }
    (store, teams[0])
}

#[test]
fn a_page_of_the_audit_trail_reads_what_its_filter_lets_through_and_no_more() {
    let (mut store, team) = full_of_entries();
    let window = Window::try_new(0, 5, 100).expect("a window");
    let none = EntryFilter::default;
    let text = |text: &str| Some(text.to_owned());
    for (filter, most) in [
        (none(), IMPORTS + 10),
        (EntryFilter { actor: text("user:7"), ..none() }, 20),
        (EntryFilter { action: text("thing.7"), ..none() }, 20),
        (EntryFilter { subject: Some(Uuid::from_u128(7)), ..none() }, 20),
        (EntryFilter { request_id: text("req_7"), ..none() }, 5),
        (EntryFilter { to: Some(at()), ..none() }, 5),
    ] {
        for (table, most) in [("audit_entries", most), ("audit_seals", 10)] {
            let (same, read);
            (same, read) = reading(store, table, |db| {
                let trail = PgAuditTrail::new(db.clone());
                for _ in 0..TIMES {
                    block_on(trail.list(team, filter.clone(), window)).expect("the trail is read");
                }
            });
            store = same;
            assert_eq!(read.sequential_scans, 0, "{table}, {filter:?}: {read:?}");
            assert!(read.rows <= most * TIMES, "{table}, {filter:?}: {read:?}");
        }
    }
}

#[test]
fn a_page_of_the_access_log_reads_no_more_than_itself_beside_the_count() {
    let (mut store, team) = full_of_entries();
    let window = Window::try_new(0, 5, 100).expect("a window");
    let none = AccessFilter::default;
    for (filter, most) in [
        (none(), IMPORTS + 10),
        (AccessFilter { actor: Some("user:7".into()), ..none() }, 2 * IMPORTS),
        (AccessFilter { request_id: Some("req_7".into()), ..none() }, 5),
        (AccessFilter { to: Some(at()), ..none() }, 5),
    ] {
        let read;
        (store, read) = reading(store, "access_log", |db| {
            let log = PgAccessLog::new(db.clone());
            for _ in 0..TIMES {
                block_on(log.list(team, filter.clone(), window)).expect("the log is read");
            }
        });
        assert_eq!(read.sequential_scans, 0, "{filter:?}: {read:?}");
        assert!(read.rows <= most * TIMES, "{filter:?}: {read:?}");
    }
}

#[test]
fn a_sealer_with_little_to_do_reads_little() {
    let (mut store, team) = full_of_entries();
    for table in ["audit_entries", "audit_seals"] {
        let read;
        let database = store.database.clone();
        (store, read) = reading(store, table, |db| {
            let sealer = PgSealer::new(db.clone());
            for time in 0..TIMES {
                database.execute(&format!(
                    "INSERT INTO audit_entries (team_id, id, at, actor, request_id, action, subject_kind, subject_id)
                     VALUES ('{team}', gen_random_uuid(), now(), 'a', 'r{time}', 'a', 's', gen_random_uuid())"
                ));
                testkit::eventually("the entry to be sealed", || {
                    let sealed = block_on(sealer.seal()).expect("sealing works").sealed;
                    (sealed == 1).then_some(())
                });
            }
        });
        assert_eq!(read.sequential_scans, 0, "{table}: {read:?}");
        // what is sealed already is passed over by where it stands, and foreign keys look once more
        assert!(read.rows <= 20 * TIMES, "{table}: {read:?}");
    }
}

#[test]
fn the_counters_tell_a_scan_of_the_whole_table_and_one_of_the_whole_team() {
    let (store, team) = full_of_orders();
    let counting = |condition: &'static str| {
        move |db: &Db| {
            let count = format!("SELECT count(*) FROM manufacturing_orders WHERE {condition}");
            let read = db.read(Scope::Team(team), move |connection| sql_query(count).execute(connection));
            block_on(read).expect("the query runs");
        }
    };
    let (store, table) = reading(store, "manufacturing_orders", counting("quantity > 0 OR sku = ''"));
    assert!(table.rows >= ORDERS, "every order is looked at: {table:?}");
    // an operator that is not leakproof reaches no index past the policy
    let (_, team) = reading(store, "manufacturing_orders", counting("order_number LIKE 'A77%'"));
    assert!(team.rows >= ORDERS, "{team:?}");
}
