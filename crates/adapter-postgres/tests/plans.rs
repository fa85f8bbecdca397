//! Plans hold with row-level security in force: what is small reads little, however much there is.
//!
//! PostgreSQL's own counters tell what the statements of a port read. They see every statement as it really
//! runs, in its role and with its policies, and a scan of the whole team that some index made possible too.

mod accounting;
mod attachments;
mod audit;
mod buying_in;
mod equipment;
mod fresh;
mod operations;
mod orders;
mod people;
mod plant;
mod relay;
mod routings;
mod selling;
mod work;

use adapter_postgres::db::Scope;
use adapter_postgres::order_import::{PgImportHistory, PgManufacturingOrders};
use adapter_postgres::procurement::PgVendors;
use adapter_postgres::{Db, DbSettings};
use diesel::prelude::*;
use diesel::sql_query;
use kernel::access::Visibility;
use kernel::id::{Id, TeamId};
use kernel::manufacturing::OrderStatus;
use kernel::page::Window;
use order_import::import::policy::{Outcome, SkipReason};
use order_import::import::report::Verdict;
use order_import::import::values::ImportedOrder;
use order_import::ports::{ImportHistory, ManufacturingOrders};
use procurement::VendorSearch;
use procurement::ports::{VendorFilter, Vendors};
use testkit::Database;

use crate::support::{Store, block_on, context, done, lines, number, order, prepared, quantity};

const ORDERS: i64 = 20_000;
const IMPORTS: i64 = 1_000;
const OTHERS: i64 = 8_000;
const VENDORS: i64 = 10_000;
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

/// Asserts of each table that `work`, done again and again, reads so many rows of it at most each time.
fn reads_at_most(mut store: Store, tables: &[(&str, i64)], work: impl Fn(&Db)) -> Store {
    for (table, most) in tables {
        let read: Reads;
        (store, read) = reading(store, table, |db| (0..TIMES).for_each(|_| work(db)));
        assert_eq!(read.sequential_scans, 0, "{table}: {read:?}");
        assert!(read.index_scans >= TIMES, "{table} is read by an index: {read:?}");
        assert!(read.rows <= most * TIMES, "{table}: at most {most} rows each time, not {read:?}");
    }
    store
}

/// The first 20 entries of a list.
fn first_page() -> Window {
    Window::try_new(0, 20, 100).expect("a window")
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
                    Outcome::Skipped(SkipReason::Started(OrderStatus::InProgress)),
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

/// Two teams with as many vendors each, and the first of them.
fn full_of_vendors() -> (Store, TeamId) {
    let store = Store::own();
    let teams = [(); 2].map(|()| store.team());
    for team in teams {
        store.database.execute(&format!(
            "INSERT INTO vendors (team_id, id, code, name, name_key, payment_term_days, is_active, version, created_at,
                 updated_at)
             SELECT '{team}', gen_random_uuid(), 'V' || n, 'Farm ' || n, 'farm ' || n, 30, true, 1, now(), now()
             FROM generate_series(1, {VENDORS}) n"
        ));
    }
    store.database.execute("VACUUM ANALYZE vendors");
    (store, teams[0])
}

/// The vendors listed first, again and again: those that `text` finds, and how many they are.
fn list_vendors(
    db: &Db,
    team: TeamId,
    visibility: Visibility,
    text: Option<&str>,
    (items, total): (usize, u64),
) {
    let vendors = PgVendors::new(db.clone());
    for _ in 0..TIMES {
        let search = text.map(|text| VendorSearch::try_new(text).expect("a search"));
        let filter = VendorFilter { is_active: None, search };
        let window = Window::try_new(0, 20, 100).expect("a window");
        let listing = block_on(vendors.list(team, visibility, filter, window)).expect("vendors are read");
        assert_eq!((listing.items.len(), listing.total), (items, total), "{text:?}");
    }
}

#[test]
fn a_search_for_vendors_reads_those_that_begin_so_by_code_and_by_name() {
    let (mut store, team) = full_of_vendors();
    for text in ["v777", "FARM 777"] {
        let read;
        (store, read) =
            reading(store, "vendors", |db| list_vendors(db, team, Visibility::All, Some(text), (11, 11)));
        assert_eq!(read.sequential_scans, 0, "{text}: {read:?}");
        assert!(read.rows <= 100 * TIMES, "eleven are found, twice, and no more of {VENDORS} read: {read:?}");
    }
}

#[test]
fn a_vendor_that_lists_vendors_reads_itself_alone() {
    let (store, team) = full_of_vendors();
    let id = store.vendor(team, "OWN").id;
    let (_, read) = reading(store, "vendors", |db| list_vendors(db, team, Visibility::Own(id), None, (1, 1)));
    assert_eq!(read.sequential_scans, 0, "{read:?}");
    assert!(read.rows <= 4 * TIMES, "{read:?}");
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
