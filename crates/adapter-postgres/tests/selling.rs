//! Selling: what is stored, what comes of several at once, and that stock is the sum of its ledger whatever happens.

mod lists;
mod stock;

use std::collections::BTreeSet;

use adapter_postgres::sales_orders::{PgProducts, PgSalesOrders};
use kernel::manufacturing::Sku;
use kernel::money::UnitPrice;
use kernel::page::Window;
use kernel::quantity::Amount;
use kernel::write::Written;
use sales_orders::order::{Command, OrderFault, PosChange, PosStatus, SalesOrderError, SalesStatus};
use sales_orders::ports::{OrderRef, ProductFilter, Products, SalesOrders};
use sales_orders::product::{ProductChange, ProductError};
use sales_orders::values::ProductName;
use serde_json::json;
use testkit::race;

use crate::support::{Store, block_on, claimed, context, context_at, done, fate, lines, minute, sale, to};

fn window(offset: u32) -> Window {
    Window::try_new(offset, 2, 100).expect("a window")
}

#[test]
fn an_order_of_a_till_is_stored_as_it_was_placed() {
    let store = Store::shared();
    let team = store.team();
    store.product(team, "A", 5);
    store.product(team, "B", 5);
    let placed = store.sell(team, &[(2, 3), (1, 6), (2, 2)]);
    assert_eq!(placed.short.len(), 1);
    let orders = PgSalesOrders::new(store.db.clone());
    for which in [OrderRef::Number(placed.order.number), OrderRef::Id(placed.order.id)] {
        let found = block_on(orders.find(team, which)).expect("the order is read");
        assert_eq!(found.as_ref(), Some(&placed.order));
    }
    assert_eq!(&*placed.order.order_number, "ORD-20241004-0001");
    let taken: Vec<_> = placed.order.lines.iter().map(|line| line.taken.to_string()).collect();
    assert_eq!(taken, ["3", "0", "2"]);
    assert_eq!([1, 2].map(|number| store.stock(team, number).to_string()), ["5", "0"]);
}

#[test]
fn an_order_of_the_order_api_is_stored_as_it_was_placed() {
    let store = Store::shared();
    let team = store.team();
    let order = store.order_in(team);
    let found = block_on(PgSalesOrders::new(store.db.clone()).find(team, OrderRef::Id(order.id)));
    assert_eq!(found.expect("the order is read"), Some(order.clone()));
    assert_eq!((&*order.order_number, order.totals.total.to_string()), ("ORD-2024-001", "2262.50".into()));
}

#[test]
fn an_unknown_product_stores_nothing() {
    let store = Store::shared();
    let (team, other) = (store.team(), store.team());
    store.product(team, "A", 5);
    store.product(other, "B", 5);
    store.product(other, "C", 5);
    let refused = store.place(context(team), sale(&[(1, 1), (2, 1)]));
    let Err(SalesOrderError::NotPlaceable { faults, .. }) = refused else { panic!("{refused:?}") };
    assert_eq!(faults, [OrderFault::UnknownProduct { line: 1, product: 2 }]);
    let counted = format!("SELECT count(*) FROM sales_orders WHERE team_id = '{team}'");
    assert_eq!((store.number(&counted), store.stock(team, 1).to_string()), (0, "5".into()));
}

#[test]
fn what_is_done_to_an_order_is_announced_and_audited_once() {
    let store = Store::shared();
    let team = store.team();
    store.product(team, "A", 5);
    let order = store.sell(team, &[(1, 2)]).order;
    let completed = store.apply(team, &order, to(PosStatus::Completed)).expect("it completes");
    assert_eq!((completed.status, completed.completed_at), (SalesStatus::Fulfilled, Some(minute(5))));
    assert_eq!(store.apply(team, &order, to(PosStatus::Completed)).expect("again"), completed);
    assert_eq!(fate(store.apply(team, &order, to(PosStatus::Cancelled))), Err("INVALID_TRANSITION"));
    store.apply(team, &order, Command::Delete).expect("it is deleted");
    assert_eq!(fate(store.apply(team, &order, Command::Delete)), Err("NOT_FOUND"));
    let announced = format!(
        "SELECT concat_ws(' ', event_type, sequence) AS line FROM outbox WHERE team_id = '{team}' ORDER BY occurred_at, sequence, event_type"
    );
    let expected = [
        "sales_order.created 1",
        "stock.changed 1",
        "stock.changed 2",
        "sales_order.completed 2",
        "sales_order.deleted 3",
        "stock.changed 3",
    ];
    assert_eq!(lines(&mut store.superuser(), &announced), expected);
    let audited = format!(
        "SELECT action AS line FROM audit_entries WHERE team_id = '{team}' AND subject_kind = 'sales_order' ORDER BY at, action"
    );
    let expected = ["sales_order.created", "sales_order.completed", "sales_order.deleted"];
    assert_eq!(lines(&mut store.superuser(), &audited), expected);
    let orders = PgSalesOrders::new(store.db.clone());
    assert_eq!(block_on(orders.find(team, OrderRef::Id(order.id))).expect("orders are read"), None);
}

#[test]
fn the_database_calls_each_status_what_tills_call_it() {
    let store = Store::shared();
    let team = store.team();
    let order = store.order_in(team);
    for status in SalesStatus::ALL {
        let over = *status == SalesStatus::Cancelled;
        store.database.execute(&format!(
            "UPDATE sales_orders SET status = '{}', stock_returned = {over} WHERE id = '{}'",
            status.as_str(),
            order.id
        ));
        let called = format!("SELECT pos_status FROM sales_orders WHERE id = '{}'", order.id);
        assert_eq!(store.database.scalar(&called), status.at_tills().as_str(), "{status:?}");
    }
}

#[test]
fn of_changes_seen_at_one_version_one_is_done() {
    const CROWD: usize = 8;
    let store = Store::shared().crowded(CROWD as u32);
    let team = store.team();
    store.product(team, "A", 5);
    let order = store.sell(team, &[(1, 2)]).order;
    let fates = race(CROWD, |racer| {
        let note = format!("till {racer}");
        let notes = sales_orders::values::Notes::try_new(&note).expect("notes");
        let change = PosChange { notes: kernel::change::Change::Set(notes), ..Default::default() };
        let orders = PgSalesOrders::new(store.db.clone());
        let seen = Some(vec![1]);
        fate(block_on(orders.apply(context(team), OrderRef::Id(order.id), Command::Change(change), seen)))
    });
    assert_eq!(fates.iter().filter(|fate| fate.is_ok()).count(), 1, "{fates:?}");
    assert_eq!(fates.iter().filter(|fate| **fate == Err("STALE_VERSION")).count(), CROWD - 1, "{fates:?}");
}

#[test]
fn many_at_once_have_numbers_of_their_own() {
    const CROWD: usize = 20;
    let store = Store::shared().crowded(CROWD as u32);
    let team = store.team();
    store.product(team, "A", 10);
    let orders = race(CROWD, |racer| match racer % 2 {
        0 => store.sell(team, &[(1, 1), (1, 1)]).order,
        _ => store.order_in(team),
    });
    let distinct = |numbers: Vec<String>| numbers.into_iter().collect::<BTreeSet<_>>().len();
    assert_eq!(distinct(orders.iter().map(|order| order.number.to_string()).collect()), CROWD);
    assert_eq!(distinct(orders.iter().map(|order| order.order_number.to_string()).collect()), CROWD);
    let lines = orders.iter().flat_map(|order| order.lines.iter().map(|line| line.number.to_string()));
    assert_eq!(distinct(lines.collect()), CROWD / 2 * 3);
}

#[test]
fn the_ten_thousandth_number_of_a_day_is_wider() {
    let store = Store::shared();
    let team = store.team();
    store.product(team, "A", 10);
    store.database.execute(&format!(
        "INSERT INTO number_counters VALUES ('{team}', 'pos_order', '20241004', 9998), ('{team}', 'oms_order', '2024', 999)"
    ));
    let given = [(); 2].map(|()| store.sell(team, &[(1, 1)]).order.order_number.to_string());
    assert_eq!(given, ["ORD-20241004-9999", "ORD-20241004-10000"]);
    assert_eq!(&*store.order_in(team).order_number, "ORD-2024-1000");
}

#[test]
fn a_repeated_request_gives_the_first_answer_and_draws_no_number() {
    let store = Store::shared();
    let team = store.team();
    store.product(team, "A", 10);
    let render = |placed: &sales_orders::order::Placed| kernel::write::StoredResponse {
        status: 201,
        content: kernel::write::Content::Json(json!(placed.order.order_number).to_string()),
    };
    let request = sale(&[(1, 1)]);
    let first = store.place(claimed(team, "key", 1, render), request.clone()).expect("it is placed");
    let Written::Done(placed) = first else { panic!("{first:?}") };
    let again = store.place(claimed(team, "key", 1, render), request.clone()).expect("it is replayed");
    let Written::Replayed(answer) = again else { panic!("{again:?}") };
    assert_eq!(answer, render(&placed));
    let other = store.place(claimed(team, "key", 2, render), request);
    assert_eq!(fate(other), Err("IDEMPOTENCY_KEY_REUSED"));
    assert_eq!((store.stock(team, 1).to_string(), store.sell(team, &[(1, 1)]).order.number), ("9".into(), 2));
}

#[test]
fn products_are_created_changed_counted_and_listed() {
    let store = Store::shared();
    let team = store.team();
    let created = store.product(team, "B", 5);
    assert_eq!((created.number, created.movements, created.version), (1, 1, 1));
    assert_eq!(fate(store.try_product(context(team), "B", 1)), Err("SKU_TAKEN"));
    store.product(team, "A", 0);
    let products = PgProducts::new(store.db.clone());
    let change = |number, change: ProductChange, seen| {
        block_on(products.change(context_at(team, minute(1)), number, change, seen))
    };
    let named = |name| ProductChange { name: ProductName::try_new(name).ok(), ..ProductChange::default() };
    let counted = ProductChange { stock: Amount::try_new(3.into()).ok(), ..named("Bolt") };
    let price = UnitPrice::try_new("0.1234".parse().expect("a number")).ok();
    let sku = ProductChange { sku: Sku::try_new("B").ok(), ..ProductChange::default() };
    let changed = done(change(1, ProductChange { unit_price: price, ..counted.clone() }, Some(vec![1])));
    assert_eq!((changed.stock.to_string(), changed.movements, changed.version), ("3".into(), 2, 2));
    assert_eq!(block_on(products.find(team, 1)).expect("it is read"), Some(changed.clone()));
    assert_eq!(fate(change(1, named("Nut"), Some(vec![1]))), Err("STALE_VERSION"));
    let same = done(change(1, counted, None));
    assert_eq!(same, changed, "nothing changed");
    assert_eq!(fate(change(3, sku.clone(), None)), Err("SKU_TAKEN"), "numbers may have gaps");
    assert_eq!(fate(change(4, sku, None)), Err("NOT_FOUND"));
    let listed = |filter: ProductFilter, offset| {
        let listed = block_on(products.list(team, filter, window(offset))).expect("products are listed");
        (listed.items.iter().map(|product| product.sku.as_str().to_owned()).collect::<Vec<_>>(), listed.total)
    };
    assert_eq!(listed(ProductFilter::default(), 0), (vec!["B".into(), "A".into()], 2));
    let sku = ProductFilter { sku: Some("A".into()), ..Default::default() };
    assert_eq!(listed(sku, 0), (vec!["A".into()], 1));
    let name = ProductFilter { name: Some("bO".into()), ..Default::default() };
    assert_eq!(listed(name, 0), (vec!["B".into()], 1));
    let other = store.team();
    assert_eq!(block_on(products.find(other, 1)).expect("it is read"), None);
    assert!(matches!(store.adjust(other, 1, 1), Err(ProductError::NotFound)));
}
