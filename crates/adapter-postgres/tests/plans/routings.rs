//! A routing and a page of routings are read without reading others, or older versions; an import looks at operations
//! only where a routing moves.

use adapter_postgres::Db;
use adapter_postgres::order_import::PgManufacturingOrders;
use adapter_postgres::production_ops::PgRoutings;
use kernel::id::{Id, TeamId};
use kernel::manufacturing::Sku;
use kernel::page::Window;
use order_import::import::values::{Change, ImportedOrder, RoutingRef};
use order_import::ports::ManufacturingOrders;
use production_ops::ports::{RoutingFilter, Routings};
use production_ops::routing::RoutingId;
use serde_json::json;

use super::{Reads, TIMES, reading};
use crate::support::{Store, block_on, context, done, order, prepared, some_of};

const ROUTINGS: i64 = 500;
const OTHERS: i64 = 2_500;
const VERSIONS: i64 = 3;
const OPERATIONS: i64 = 4;
const PAGE: i64 = 20;
/// What planning looks up at the ends of indexes of joined tables.
const PLANNED: i64 = 4;

/// A team with routings, every one in its third version, among three with many more; every tenth makes `STK7`.
fn full_of_routings() -> (Store, TeamId) {
    let store = Store::own();
    let teams = [(); 4].map(|()| store.plant());
    for (team, routings) in teams.into_iter().zip([ROUTINGS, OTHERS, OTHERS, OTHERS]) {
        store.database.execute(&format!(
            "SET session_replication_role = replica; -- the foreign keys hold by construction
             INSERT INTO routings (team_id, id, name, name_key, version, is_active, revision, created_at, updated_at)
             SELECT '{team}', gen_random_uuid(), 'Widget ' || n, 'widget ' || n, {VERSIONS}, true, 1, now(), now()
             FROM generate_series(1, {routings}) n;
             INSERT INTO routing_versions (team_id, routing_id, version, name, product_identifier, allow_overlap, created_at)
             SELECT team_id, id, v, name, 'STK' || right(name, 1), false, now()
             FROM routings, generate_series(1, {VERSIONS}) v WHERE team_id = '{team}';
             INSERT INTO routing_operations (team_id, id, routing_id, version, operation_number, name, department_id,
                 setup_minutes, run_minutes, run_time_basis, required_skills)
             SELECT v.team_id, gen_random_uuid(), v.routing_id, v.version, o, 'Step', d.id, 15, 45, 'per_order', '{{}}'
             FROM routing_versions v JOIN departments d USING (team_id), generate_series(1, {OPERATIONS}) o
             WHERE v.team_id = '{team}'"
        ));
    }
    for table in ["routings", "routing_versions", "routing_operations"] {
        store.database.execute(&format!("VACUUM ANALYZE {table}"));
    }
    (store, teams[0])
}

/// The first page again and again.
fn list(db: &Db, team: TeamId, product: Option<&str>, total: i64) {
    let routings = PgRoutings::new(db.clone());
    for _ in 0..TIMES {
        let product = product.map(|text| Sku::try_new(text).expect("a SKU"));
        let filter = RoutingFilter { active_only: true, product };
        let window = Window::try_new(0, PAGE.unsigned_abs() as u32, 100).expect("a window");
        let listing = block_on(routings.list(team, filter, window)).expect("routings are read");
        assert_eq!((listing.items.len() as i64, listing.total), (PAGE, total.unsigned_abs()));
        assert!(listing.items.iter().all(|routing| routing.cycle_seconds == 3_600 * OPERATIONS));
    }
}

#[test]
fn a_page_of_routings_reads_the_operations_of_that_page_alone() {
    let (mut store, team) = full_of_routings();
    for product in [None, Some("STK7")] {
        let total = if product.is_some() { ROUTINGS / 10 } else { ROUTINGS };
        let read;
        (store, read) = reading(store, "routing_operations", |db| list(db, team, product, total));
        assert_eq!(read.sequential_scans, 0, "{product:?}: {read:?}");
        assert!(read.rows <= (PAGE * OPERATIONS + PLANNED) * TIMES, "{product:?}: {read:?}");
    }
    let (_, read) = reading(store, "routings", |db| list(db, team, None, ROUTINGS));
    assert_eq!(read.sequential_scans, 0, "other teams' routings are not read: {read:?}");
    assert!(read.rows <= (ROUTINGS + PAGE + PLANNED) * TIMES, "the page is read in its order: {read:?}");
}

#[test]
fn one_routing_is_found_without_reading_others() {
    let (mut store, team) = full_of_routings();
    let id = format!("SELECT id FROM routings WHERE team_id = '{team}' AND name = 'Widget 77'");
    let id: RoutingId = Id::new(store.database.scalar(&id).parse().expect("an id"));
    for (table, rows) in [("routings", 1), ("routing_versions", 1), ("routing_operations", OPERATIONS)] {
        let read;
        (store, read) = reading(store, table, |db| {
            let routings = PgRoutings::new(db.clone());
            for _ in 0..TIMES {
                let found = block_on(routings.find(team, id, None)).expect("it is read");
                assert_eq!(found.map(|routing| routing.operations.len()), Some(4));
            }
        });
        assert_eq!(read.sequential_scans, 0, "{table}: {read:?}");
        assert!(
            (rows * TIMES..=(rows + VERSIONS + PLANNED) * TIMES).contains(&read.rows),
            "{table}: {read:?}"
        );
    }
}

#[test]
fn an_import_reads_operations_only_of_orders_whose_routing_moves() {
    const ORDERS: i64 = 5_000;
    let store = Store::own();
    let teams = [(); 2].map(|()| store.plant());
    let routings = teams.map(|team| store.routing(team, "Widget", &[json!({}), json!({})]));
    for (team, routing) in teams.iter().zip(&routings) {
        store.database.execute(&format!(
            "INSERT INTO manufacturing_orders (team_id, id, order_number, sku, description, quantity, priority, status,
                 routing_id, routing_version, version, created_at, updated_at)
             SELECT '{team}', gen_random_uuid(), 'A' || n, 'STK1', 'Widget A', 10, 3, 'pending', '{}', 1, 1, now(), now()
             FROM generate_series(1, {ORDERS}) n;
             SELECT plan_operations('{team}', array_agg(id), now()) FROM manufacturing_orders WHERE team_id = '{team}'",
            routing.id
        ));
    }
    for table in ["manufacturing_orders", "work_order_operations"] {
        store.database.execute(&format!("VACUUM ANALYZE {table}"));
    }
    let [team, _] = teams;
    let other = store.routing(team, "Other", &[json!({}), json!({}), json!({})]);
    let import = |db: &Db, rows: Vec<ImportedOrder>| {
        let orders = PgManufacturingOrders::new(db.clone());
        done(block_on(orders.import(context(team), prepared(rows)))).counts
    };
    let table = "work_order_operations";
    let (store, read) = reading(store, table, |db| {
        for time in 0..TIMES {
            let changed = some_of("A7", u32::try_from(100 + time).expect("a count"));
            let counts = import(db, vec![changed, order("A8"), order(&format!("N{time}"))]);
            assert_eq!((counts.created, counts.changed), (1, 1));
        }
    });
    assert_eq!(read, Reads::default(), "no routing moved, so nothing is asked");

    let (_, read) = reading(store, table, |db| {
        for time in 0..TIMES {
            let routing = if time % 2 == 0 { &other } else { &routings[0] };
            let routing = Change::Set(RoutingRef { id: Id::new(routing.id.uuid()), version: 1 });
            let rows =
                ["A7", "A8", "A9"].map(|text| ImportedOrder { routing: routing.clone(), ..order(text) });
            assert_eq!(import(db, rows.into()).changed, 3);
        }
    });
    assert_eq!(read.sequential_scans, 0, "{read:?}");
    // three orders of at most three operations, dead rows of the rounds before among them
    assert!(read.rows <= 3 * 3 * TIMES * TIMES, "{read:?}");
}
