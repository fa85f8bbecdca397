//! Imports against each other and against the shop floor: nothing is lost, doubled, or changed once started.

use std::collections::BTreeMap;

use adapter_postgres::order_import::PgManufacturingOrders;
use diesel::connection::SimpleConnection;
use kernel::id::TeamId;
use kernel::manufacturing::{OrderNumber, OrderStatus};
use order_import::import::PreparedImport;
use order_import::import::policy::{Outcome, SkipReason};
use order_import::import::report::{ImportReport, OrderChange};
use order_import::import::values::ImportedOrder;
use order_import::ports::ManufacturingOrders;
use testkit::race;
use tokio::task::JoinHandle;

use crate::support::{Store, context, done, order, prepared, quantity, runtime, some_of, until_blocked};

/// Imports two files at once.
fn both(store: &Store, team: TeamId, imports: [PreparedImport; 2]) -> [ImportReport; 2] {
    let imports = imports.map(|import| std::sync::Mutex::new(Some(import)));
    let mut reports = race(2, |racer| {
        let import = imports.get(racer).and_then(|import| import.lock().ok()?.take());
        store.import(team, import.expect("each racer takes its own import"))
    })
    .into_iter();
    [(); 2].map(|()| reports.next().expect("each racer has a report"))
}

/// Asserts that each order's changes form one chain: every one begins where the one before it ended, and the
/// last is what is stored.
fn is_one_chain(store: &Store, team: TeamId, reports: &[&ImportReport]) {
    let mut chains: BTreeMap<OrderNumber, Vec<OrderChange>> = BTreeMap::new();
    for report in reports {
        for (_, change) in store.changes(team, report.id) {
            chains.entry(change.number.clone()).or_default().push(change);
        }
    }
    let stored = store.orders(team);
    assert_eq!(chains.len(), stored.len(), "every order has changes, and every change an order");
    for (number, mut chain) in chains {
        chain.sort_by_key(|change| change.after.version);
        let mut last = None;
        for change in chain {
            assert_eq!(change.before, last, "{number}: a change begins where the one before it ended");
            last = Some(change.after);
        }
        assert_eq!(last.as_ref(), stored.get(&number).map(|order| &order.image), "{number} is stored so");
    }
}

/// Deadlocks since the database was made. A victim is tried again, so only this tells.
pub(crate) fn deadlocks(store: Store) -> String {
    store.close().scalar("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
}

fn numbers(count: usize) -> impl DoubleEndedIterator<Item = String> {
    (0..count).map(|order| format!("A{order:04}"))
}

#[test]
fn two_imports_of_the_same_new_orders_create_each_once() {
    let store = Store::own();
    for round in 0..6 {
        let team = store.team();
        let rows_differ = round % 2 == 1;
        let import = |amount| prepared(numbers(1_000).map(move |number| some_of(&number, amount)));
        let reports = both(&store, team, [import(1), import(if rows_differ { 2 } else { 1 })]);
        let [one, other] = &reports;
        for ((row, one), (_, other)) in one.rows().zip(other.rows()) {
            let (created, updated): (Vec<_>, Vec<_>) =
                [one, other].into_iter().partition(|outcome| **outcome == Outcome::Created);
            assert_eq!(created.len(), 1, "{:?} is created once", row.order_number());
            let as_expected = match updated[..] {
                [Outcome::Changed(_)] => rows_differ,
                [Outcome::Unchanged] => !rows_differ,
                _ => false,
            };
            assert!(as_expected, "{:?} is then updated: {updated:?}", row.order_number());
        }
        assert_eq!(store.orders(team).len(), 1_000);
        is_one_chain(&store, team, &[one, other]);
    }
    assert_eq!(deadlocks(store), "0");
}

#[test]
fn imports_with_rows_in_opposite_order_neither_deadlock_nor_fail() {
    let store = Store::own();
    for _ in 0..5 {
        let team = store.team();
        let forward = |amount| prepared(numbers(400).map(move |number| some_of(&number, amount)));
        let backward = |amount| prepared(numbers(400).rev().map(move |number| some_of(&number, amount)));
        let inserting = both(&store, team, [forward(1), backward(2)]);
        let updating = both(&store, team, [forward(3), backward(4)]);
        let counts = |reports: &[ImportReport]| {
            let sum = |count: fn(&ImportReport) -> u32| reports.iter().map(count).sum::<u32>();
            (sum(|report| report.counts.created), sum(|report| report.counts.changed))
        };
        assert_eq!(counts(&inserting), (400, 400), "each is created by one and changed by the other");
        assert_eq!(counts(&updating), (0, 800), "each is changed by both");
        let reports: Vec<_> = inserting.iter().chain(&updating).collect();
        is_one_chain(&store, team, &reports);
        assert!(store.orders(team).values().all(|order| order.image.version == 4), "no update is lost");
    }
    assert_eq!(deadlocks(store), "0");
}

#[test]
fn an_import_never_changes_what_a_racing_import_started() {
    let store = Store::own();
    let mut skipped = 0;
    for round in 0..50 {
        let team = store.team();
        let import = |change: &dyn Fn(ImportedOrder) -> ImportedOrder| {
            prepared(numbers(20).map(|number| change(order(&number))))
        };
        let made = store.import(team, import(&|order| order));
        let start = import(&|order| ImportedOrder {
            status: Some(OrderStatus::InProgress),
            quantity: quantity("1"),
            ..order
        });
        let change = import(&|order| ImportedOrder { quantity: quantity("2"), ..order });
        let [starts, changes] = both(&store, team, [start, change]);

        for (number, order) in store.orders(team) {
            let found = (order.image.status, order.image.quantity);
            assert_eq!(found, (OrderStatus::InProgress, quantity("1")), "{number} in round {round}");
        }
        for (row, outcome) in changes.rows() {
            let number = row.order_number();
            match outcome {
                Outcome::Changed(before) => {
                    let before = &before.image;
                    let found = (before.status, before.quantity, before.version);
                    assert_eq!(
                        found,
                        (OrderStatus::Pending, quantity("10"), 1),
                        "{number:?} was changed first"
                    );
                }
                Outcome::Skipped(skip @ SkipReason::Started(OrderStatus::InProgress)) => {
                    assert_eq!(skip.message(), "Order already in progress, not updated");
                    skipped += 1;
                }
                other => panic!("{number:?} in round {round}: {other:?}"),
            }
        }
        for report in [&starts, &changes] {
            for (_, change) in store.changes(team, report.id) {
                let status = change.before.map(|before| before.status);
                assert_eq!(status, Some(OrderStatus::Pending), "only what has not started is changed");
            }
        }
        assert_eq!(starts.counts.changed, 20, "nothing keeps an order from being started");
        is_one_chain(&store, team, &[&made, &starts, &changes]);
    }
    assert!(skipped > 0, "in none of the rounds was an order started first");
}

/// Two imports, one of them backwards, that both run into what the shop floor does to an order in their midst
/// before either has come further: whoever took rows in its own order would now hold what the other needs.
fn meet_in_the_middle(statement: &str) -> (Vec<ImportReport>, Store) {
    let store = Store::own();
    let team = store.team();
    let existing = if statement.starts_with("INSERT") { 0 } else { 40 };
    store.import(team, prepared(numbers(existing).map(|number| order(&number))));
    let mut shop_floor = store.superuser();
    let begun = format!("BEGIN; {}", statement.replace("$team", &format!("'{team}'")).replace("A1", "A0020"));
    shop_floor.batch_execute(&begun).expect("the shop floor does its part");
    let forward = prepared(numbers(40).map(|number| some_of(&number, 1)));
    let backward = prepared(numbers(40).rev().map(|number| some_of(&number, 2)));
    let imports = [forward, backward].map(|import| {
        let orders = PgManufacturingOrders::new(store.db.clone());
        runtime().spawn(async move { done(orders.import(context(team), import).await) })
    });
    testkit::eventually("both imports to wait", || {
        let waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
                       AND application_name = 'throughline' AND wait_event_type = 'Lock'";
        (store.database.scalar(waiting) == "2").then_some(())
    });
    shop_floor.batch_execute("COMMIT").expect("the transaction ends");
    let reports = imports.map(|import| runtime().block_on(import).expect("the import ends")).into();
    (reports, store)
}

#[test]
fn imports_that_update_in_opposite_order_wait_for_each_other_in_one_order() {
    let (reports, store) = meet_in_the_middle(RECOUNT);
    assert!(reports.iter().all(|report| report.counts.changed == 40), "{reports:?}");
    assert_eq!(deadlocks(store), "0");
}

#[test]
fn imports_that_create_in_opposite_order_wait_for_each_other_in_one_order() {
    let (reports, store) = meet_in_the_middle(&NEW.replace("'A2'", "'A1'"));
    let sum = |count: fn(&ImportReport) -> u32| reports.iter().map(count).sum::<u32>();
    assert_eq!((sum(|report| report.counts.created), sum(|report| report.counts.changed)), (39, 41));
    assert_eq!(deadlocks(store), "0");
}

/// A statement of the shop floor, uncommitted, that an import runs into.
struct Collision {
    store: Store,
    team: TeamId,
    shop_floor: diesel::PgConnection,
    import: JoinHandle<ImportReport>,
}

impl Collision {
    /// One order `A1` of ten is there, the shop floor does as `statement` says, and an import wants one of it.
    fn of(statement: &str, row: ImportedOrder) -> Self {
        let store = Store::own();
        let team = store.plant();
        store.import(team, prepared([order("A1")]));
        let mut shop_floor = store.superuser();
        let begun = format!("BEGIN; {}", statement.replace("$team", &format!("'{team}'")));
        shop_floor.batch_execute(&begun).expect("the shop floor does its part");
        let orders = PgManufacturingOrders::new(store.db.clone());
        let import =
            runtime().spawn(async move { done(orders.import(context(team), prepared([row])).await) });
        until_blocked(&store.database);
        Self { store, team, shop_floor, import }
    }

    /// Ends the shop floor's transaction; gives what became of the import's row, and its change.
    fn end(mut self, with: &str) -> (Outcome, Vec<OrderChange>, Store, TeamId) {
        assert!(!self.import.is_finished(), "the import waits for the shop floor");
        self.shop_floor.batch_execute(with).expect("the transaction ends");
        let report = runtime().block_on(self.import).expect("the import ends");
        let outcome = report.rows().map(|(_, outcome)| outcome.clone()).next().expect("there is a row");
        let changes =
            self.store.changes(self.team, report.id).into_iter().map(|(_, change)| change).collect();
        (outcome, changes, self.store, self.team)
    }
}

const START: &str = "UPDATE manufacturing_orders SET status = 'in_progress', version = version + 1
                     WHERE team_id = $team AND order_number = 'A1'";
const RECOUNT: &str = "UPDATE manufacturing_orders SET quantity = 7, version = version + 1
                       WHERE team_id = $team AND order_number = 'A1'";
const NEW: &str = "INSERT INTO manufacturing_orders (team_id, id, order_number, sku, description, quantity,
                       priority, status, version, created_at, updated_at)
                   VALUES ($team, gen_random_uuid(), 'A2', 'STK1', 'Widget A', 7, 3, 'pending', 1, now(), now())";

#[test]
fn an_order_that_the_shop_floor_is_just_starting_is_waited_for_and_left_alone() {
    let (outcome, changes, store, team) = Collision::of(START, some_of("A1", 1)).end("COMMIT");
    assert_eq!(outcome, Outcome::Skipped(SkipReason::Started(OrderStatus::InProgress)));
    assert_eq!(changes, []);
    let orders: Vec<_> = store.orders(team).into_values().map(|order| order.image).collect();
    assert!(
        matches!(&orders[..], [order] if order.version == 2 && order.quantity == quantity("10")),
        "{orders:?}"
    );
}

#[test]
fn an_order_that_the_shop_floor_did_not_start_after_all_is_changed() {
    let (outcome, changes, ..) = Collision::of(START, some_of("A1", 1)).end("ROLLBACK");
    assert!(matches!(outcome, Outcome::Changed(_)), "{outcome:?}");
    let versions: Vec<_> = changes.iter().map(|change| change.after.version).collect();
    assert_eq!(versions, [2]);
}

#[test]
fn a_change_made_while_an_import_waits_is_what_the_import_changes() {
    let (_, changes, store, team) = Collision::of(RECOUNT, some_of("A1", 1)).end("COMMIT");
    let [change] = &changes[..] else { panic!("one change: {changes:?}") };
    let before = change.before.as_ref().map(|before| (before.version, before.quantity));
    assert_eq!(before, Some((2, quantity("7"))), "the image before is the shop floor's");
    assert_eq!((change.after.version, change.after.quantity), (3, quantity("1")));
    let stored = store.orders(team).remove(&change.number).map(|order| order.image);
    assert_eq!(stored.as_ref(), Some(&change.after));
}

#[test]
fn a_change_that_makes_the_order_as_the_row_says_leaves_nothing_to_change() {
    let (outcome, changes, store, team) = Collision::of(RECOUNT, some_of("A1", 7)).end("COMMIT");
    assert_eq!((outcome, changes), (Outcome::Unchanged, vec![]));
    assert!(store.orders(team).values().all(|order| order.image.version == 2));
}

#[test]
fn an_order_created_while_an_import_creates_it_is_changed_instead() {
    let (outcome, changes, store, team) = Collision::of(NEW, some_of("A2", 1)).end("COMMIT");
    assert!(matches!(outcome, Outcome::Changed(_)), "{outcome:?}");
    let before = changes.iter().map(|change| change.before.as_ref().map(|before| before.quantity));
    assert_eq!(before.collect::<Vec<_>>(), [Some(quantity("7"))]);
    let orders = store.orders(team);
    assert_eq!(orders.len(), 2);
    assert!(orders.values().any(|order| (order.image.version, order.image.quantity) == (2, quantity("1"))));
}

#[test]
fn an_order_that_was_not_created_after_all_is_created_by_the_import() {
    let (outcome, changes, ..) = Collision::of(NEW, some_of("A2", 1)).end("ROLLBACK");
    assert_eq!(outcome, Outcome::Created);
    assert_eq!(changes.len(), 1);
}

/// Makes every statement wait for advisory lock 7 once it has its snapshot and before it sees an order.
const GATE: &str = "
    CREATE OR REPLACE FUNCTION current_team() RETURNS uuid LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM pg_advisory_lock_shared(7);
        PERFORM pg_advisory_unlock_shared(7);
        RETURN nullif(current_setting('app.team_id', true), '')::uuid;
    END $$";

#[test]
fn an_order_changed_by_others_between_two_looks_is_told_as_it_became() {
    let store = Store::own();
    let team = store.team();
    store.import(team, prepared([order("A1")]));
    store.database.execute(GATE);
    let mut shop_floor = store.superuser();
    let new = format!("BEGIN; {}", NEW.replace("$team", &format!("'{team}'")));
    shop_floor.batch_execute(&new).expect("the shop floor creates A2");

    let orders = PgManufacturingOrders::new(store.db.clone());
    let rows = [order("A1"), some_of("A2", 1)];
    let import = runtime().spawn(async move { done(orders.import(context(team), prepared(rows)).await) });
    until_blocked(&store.database);
    let mut gate = store.superuser();
    gate.batch_execute("SELECT pg_advisory_lock(7)").expect("the gate closes");
    shop_floor.batch_execute("COMMIT").expect("A2 is there, and not as the row says");
    testkit::eventually("the import to look at what is there", || {
        let waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
                       AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
        (store.database.scalar(waiting) == "1").then_some(())
    });
    let recount = RECOUNT.replace("$team", &format!("'{team}'"));
    shop_floor.batch_execute(&recount).expect("A1 changes after the look has its snapshot");
    gate.batch_execute("SELECT pg_advisory_unlock(7)").expect("the gate opens");

    let report = runtime().block_on(import).expect("the import ends");
    let told: BTreeMap<_, _> =
        store.changes(team, report.id).into_iter().map(|(_, change)| (change.number, change.after)).collect();
    for (number, order) in store.orders(team) {
        assert_eq!(
            order.image.quantity,
            if number.as_str() == "A1" { quantity("10") } else { quantity("1") }
        );
        assert_eq!(told.get(&number), Some(&order.image), "the change of {number} is reported");
    }
    assert_eq!(report.counts.changed, 2);
}
