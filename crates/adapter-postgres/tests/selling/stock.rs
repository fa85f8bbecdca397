//! Stock is never wrong: taken in time, given back once, and always the sum of its ledger.

use std::collections::BTreeMap;

use adapter_postgres::sales_orders::{PgProducts, StockFault, verify_stock};
use kernel::clock::{IdSource, SystemIds};
use kernel::id::TeamId;
use kernel::manufacturing::Sku;
use kernel::page::Window;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use sales_orders::order::{Command, PosStatus, SalesOrder};
use sales_orders::ports::Products;
use sales_orders::stock::{Cause, Receipt};
use testkit::race;

use crate::support::{Store, block_on, context, fate, order, prepared, to};

impl Store {
    /// What the ledger of a product sums up to.
    fn ledger(&self, team: TeamId, number: i64) -> String {
        self.database.scalar(&format!(
            "SELECT trim_scale(coalesce(sum(m.quantity), 0))::text FROM products p
             LEFT JOIN stock_movements m ON m.team_id = p.team_id AND m.product_id = p.id
             WHERE p.team_id = '{team}' AND p.number = {number}"
        ))
    }

    /// Signed quantities and why, the latest first.
    fn movements(&self, team: TeamId, number: i64) -> Vec<(String, &'static str)> {
        let products = PgProducts::new(self.db.clone());
        let window = Window::try_new(0, 100, 100).expect("a window");
        let found = block_on(products.movements(team, number, window));
        let found = found.expect("the ledger is read").expect("the product is there");
        assert_eq!(found.total, found.items.len() as u64);
        found.items.iter().map(|it| (it.quantity.to_string(), it.cause.as_str())).collect()
    }
}

#[test]
fn a_stock_of_a_hundred_is_taken_to_the_last_and_no_further() {
    const CROWD: usize = 16;
    let store = Store::shared().crowded(CROWD as u32);
    let team = store.team();
    store.product(team, "A", 100);
    let taken = race(CROWD, |_| {
        (0..20).map(|_| store.sell(team, &[(1, 1)]).short.is_empty()).filter(|it| *it).count()
    });
    assert_eq!(taken.iter().sum::<usize>(), 100, "{taken:?}");
    assert_eq!((store.stock(team, 1).to_string(), store.ledger(team, 1)), ("0".into(), "0".into()));
}

#[test]
fn orders_of_the_same_products_in_another_order_never_wait_in_a_circle() {
    const CROWD: usize = 8;
    let store = Store::shared().crowded(CROWD as u32);
    let team = store.team();
    for sku in ["A", "B", "C"] {
        store.product(team, sku, 1_000);
    }
    let before = deadlocks(&store);
    race(CROWD, |racer| {
        for _ in 0..15 {
            let items: &[_] =
                if racer % 2 == 0 { &[(1, 1), (2, 1), (3, 1)] } else { &[(3, 1), (2, 1), (1, 1)] };
            let order = store.sell(team, items).order;
            store.apply(team, &order, to(PosStatus::Cancelled)).expect("it is cancelled");
        }
    });
    assert_eq!([1, 2, 3].map(|number| store.stock(team, number).to_string()), ["1000", "1000", "1000"]);
    assert_eq!(deadlocks(&store), before);
}

fn deadlocks(store: &Store) -> String {
    store.database.scalar("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
}

#[test]
fn cancelling_and_deleting_at_once_give_back_once() {
    const CROWD: usize = 8;
    let store = Store::shared().crowded(CROWD as u32);
    let team = store.team();
    store.product(team, "A", 100);
    for _ in 0..10 {
        let sold = store.sell(team, &[(1, 5), (1, 200), (1, 2)]).order;
        assert_eq!(store.stock(team, 1).to_string(), "93");
        let fates = race(CROWD, |racer| match racer % 2 {
            0 => fate(store.apply(team, &sold, to(PosStatus::Cancelled))),
            _ => fate(store.apply(team, &sold, Command::Delete)),
        });
        assert!(fates.iter().all(|fate| matches!(fate, Ok(()) | Err("NOT_FOUND"))), "{fates:?}");
        let deleted = (0..CROWD).filter(|racer| racer % 2 == 1 && fates[*racer].is_ok()).count();
        assert_eq!((deleted, store.stock(team, 1).to_string()), (1, "100".into()));
    }
    assert_eq!(store.ledger(team, 1), "100");
}

#[test]
fn what_a_line_could_not_take_it_does_not_give_back() {
    let store = Store::shared();
    let team = store.team();
    store.product(team, "A", 5);
    let sold = store.sell(team, &[(1, 4), (1, 4)]).order;
    store.adjust(team, 1, 10).expect("goods come");
    store.apply(team, &sold, to(PosStatus::Cancelled)).expect("it is cancelled");
    let expected = [("4", "cancellation"), ("10", "adjustment"), ("-4", "sale"), ("5", "opening")];
    let expected = expected.map(|(quantity, cause)| (quantity.to_owned(), cause));
    assert_eq!(store.movements(team, 1), expected);
}

#[test]
fn stock_is_not_adjusted_below_nothing() {
    let store = Store::shared();
    let team = store.team();
    store.product(team, "A", 5);
    assert_eq!(fate(store.adjust(team, 1, -6)), Err("INSUFFICIENT_STOCK"));
    assert_eq!(store.adjust(team, 1, -5).expect("all of it goes").balance.to_string(), "0");
    assert_eq!(fate(store.adjust(team, 1, 999_999_999_999)), Ok(()));
    assert_eq!(fate(store.adjust(team, 1, 1)), Err("VALIDATION_ERROR"));
}

#[test]
fn goods_are_received_once_for_an_event_whatever_repeats() {
    const CROWD: usize = 8;
    let store = Store::shared().crowded(CROWD as u32);
    let team = store.plant();
    store.product(team, "STK1", 1);
    store.import(team, prepared([order("A1")]));
    let made =
        store.database.scalar(&format!("SELECT id FROM manufacturing_orders WHERE team_id = '{team}'"));
    let receipt = |sku: &str, quantity: &str| Receipt {
        event: SystemIds.uuid(),
        order: made.parse().expect("an id"),
        sku: Sku::try_new(sku).expect("a SKU"),
        quantity: quantity.parse().expect("a number"),
    };
    let of_widgets = receipt("STK1", "97.5");
    let received = race(CROWD, |_| {
        let products = PgProducts::new(store.db.clone());
        let received = block_on(products.receive(context(team), "production_receipt", of_widgets.clone()));
        received.expect("it is consumed")
    });
    let moved: Vec<_> = received.into_iter().flatten().collect();
    assert_eq!(moved.iter().map(|it| it.balance.to_string()).collect::<Vec<_>>(), ["98.5"]);
    assert_eq!(moved[0].cause, Cause::Production(of_widgets.order));
    let products = PgProducts::new(store.db.clone());
    let unknown = block_on(products.receive(context(team), "production_receipt", receipt("GADGET", "1")));
    assert_eq!(unknown.expect("it is consumed"), None);
    assert_eq!((store.stock(team, 1).to_string(), store.ledger(team, 1)), ("98.5".into(), "98.5".into()));
    for (quantity, left) in [("-2.5", "96"), ("-100", "0"), ("-1", "0"), ("3", "3")] {
        let corrected = products.receive(context(team), "production_receipt", receipt("STK1", quantity));
        block_on(corrected).expect("it is consumed");
        let found = (store.stock(team, 1).to_string(), store.ledger(team, 1));
        assert_eq!(found, (left.into(), left.into()), "{quantity}");
    }
}

/// Something that is done to a shop of two products.
#[derive(Debug, Clone)]
enum Deed {
    Sell(Vec<(i64, i64)>),
    Cancel(usize),
    Delete(usize),
    Adjust(i64, i64),
}

fn deeds() -> impl Strategy<Value = Vec<Deed>> {
    let items = proptest::collection::vec((1_i64..=2, 1_i64..8), 1..4);
    let deed = prop_oneof![
        4 => items.prop_map(Deed::Sell),
        2 => (0_usize..8).prop_map(Deed::Cancel),
        2 => (0_usize..8).prop_map(Deed::Delete),
        1 => (1_i64..=2, -6_i64..6).prop_filter("something moves", |it| it.1 != 0).prop_map(|it| Deed::Adjust(it.0, it.1)),
    ];
    proptest::collection::vec(deed, 1..20)
}

/// The same in whole numbers: what there is, and what each order holds until it is over.
#[derive(Default)]
struct Model {
    stock: BTreeMap<i64, i64>,
    orders: Vec<(SalesOrder, Vec<(i64, i64)>)>,
}

impl Model {
    /// Ends an order that is there; what it held goes back, if it let itself be ended.
    fn end(&mut self, store: &Store, team: TeamId, order: usize, command: Command) {
        let Some((sold, _)) = self.orders.get(order) else { return };
        if fate(store.apply(team, sold, command)).is_err() {
            return;
        }
        let held = self.orders.get_mut(order).map(|(_, held)| std::mem::take(held));
        for (product, quantity) in held.unwrap_or_default() {
            *self.stock.entry(product).or_default() += quantity;
        }
    }
}

#[test]
fn whatever_is_done_stock_is_what_a_model_says_and_the_sum_of_its_ledger() {
    let store = Store::shared();
    let config = Config { cases: 24, failure_persistence: None, ..Config::with_source_file(file!()) };
    let held = TestRunner::new(config).run(&deeds(), |deeds| {
        let team = store.team();
        let mut model = Model::default();
        for (number, sku) in [(1, "A"), (2, "B")] {
            store.product(team, sku, 10);
            model.stock.insert(number, 10);
        }
        for deed in &deeds {
            match deed {
                Deed::Sell(items) => {
                    let mut held = Vec::new();
                    for (product, quantity) in items {
                        let stock = model.stock.entry(*product).or_default();
                        if quantity <= stock {
                            *stock -= quantity;
                            held.push((*product, *quantity));
                        }
                    }
                    model.orders.push((store.sell(team, items).order, held));
                }
                Deed::Cancel(order) => model.end(&store, team, *order, to(PosStatus::Cancelled)),
                Deed::Delete(order) => model.end(&store, team, *order, Command::Delete),
                Deed::Adjust(product, quantity) => {
                    let stock = model.stock.entry(*product).or_default();
                    let expected = if *stock + quantity < 0 { Err("INSUFFICIENT_STOCK") } else { Ok(()) };
                    prop_assert_eq!(fate(store.adjust(team, *product, *quantity)), expected);
                    if expected.is_ok() {
                        *stock += quantity;
                    }
                }
            }
            for (number, stock) in &model.stock {
                prop_assert_eq!(store.stock(team, *number).to_string(), stock.to_string());
                prop_assert_eq!(store.ledger(team, *number), stock.to_string());
            }
        }
        Ok(())
    });
    assert!(held.is_ok(), "{}", held.map_err(|error| error.to_string()).err().unwrap_or_default());
}

#[test]
fn a_ledger_that_disagrees_is_found_out() {
    let store = Store::own();
    let team = store.team();
    store.product(team, "A", 5);
    store.sell(team, &[(1, 2)]);
    assert_eq!(block_on(verify_stock(&store.db)).expect("it is verified"), (vec![], 1));
    store.database.execute(
        "ALTER TABLE stock_movements DISABLE TRIGGER ALL;
         UPDATE stock_movements SET before = 5, quantity = -1, balance = 4 WHERE sequence = 2;
         ALTER TABLE stock_movements ENABLE TRIGGER ALL",
    );
    let (faults, _) = block_on(verify_stock(&store.db)).expect("it is verified");
    let number = |text: &str| text.parse().expect("a number");
    let fault = StockFault {
        team: team.uuid(),
        product: 1,
        stock: number("3.000"),
        sum: number("4.000"),
        said: 2,
        movements: 2,
    };
    assert_eq!(faults, [fault]);
}
