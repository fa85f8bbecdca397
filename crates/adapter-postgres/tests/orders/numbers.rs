//! Numbers of orders that came without one.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use diesel::connection::SimpleConnection;
use kernel::clock::{IdSource, SystemIds};
use kernel::id::Id;
use kernel::manufacturing::OrderNumber;
use kernel::write::Written;
use production_ops::order::{NewOrder, OrderError};
use production_ops::ports::Orders;
use production_ops::routing::ChoiceFault;
use testkit::race;

use super::Shop;
use crate::support::{
    Store, at, block_on, context, context_at, done, order, posting, prepared, runtime, series, until_blocked,
};

impl Shop {
    /// The number of the next order that comes without one.
    fn next(&self) -> String {
        self.order().number.as_str().to_owned()
    }

    /// What the counter of the year stands at.
    fn counter(&self) -> i64 {
        self.store.number(&format!("SELECT last FROM number_counters WHERE team_id = '{}'", self.team))
    }
}

#[test]
fn what_fails_after_it_took_a_number_leaves_a_gap_and_nothing_else() {
    let shop = Shop::new(Store::shared());
    let refused = shop.store.try_post(context(shop.team), posting("Gadget"));
    assert!(matches!(&refused, Err(OrderError::Routing(ChoiceFault::UnknownName))), "{refused:?}");
    assert_eq!(shop.next(), "ORD-2024-002");
    assert_eq!((shop.count("manufacturing_orders"), shop.counter()), (1, 2));
}

#[test]
fn numbers_that_orders_have_already_are_passed_over() {
    let shop = Shop::new(Store::shared());
    for number in ["ORD-2024-002", "ORD-2024-003", "ord-2024-004", "ORD-2024-05", "ORD-2025-005"] {
        shop.numbered(number);
    }
    shop.store.import(shop.team, prepared([order("ORD-2024-006")]));
    // one that looks like another is another
    let given = [(); 5].map(|()| shop.next());
    assert_eq!(given, ["ORD-2024-001", "ORD-2024-004", "ORD-2024-005", "ORD-2024-007", "ORD-2024-008"]);
    assert_eq!(shop.counter(), 8);
}

#[test]
fn a_long_run_of_taken_numbers_is_passed_over_at_once() {
    let shop = Shop::new(Store::shared());
    let taken = (1..=1_100).map(|count| order(&format!("ORD-2024-{count:03}")));
    shop.store.import(shop.team, prepared(taken));
    assert_eq!(shop.next(), "ORD-2024-1101", "past three digits too");
}

#[test]
fn each_team_and_each_year_counts_for_itself() {
    let (shop, other) = (Shop::new(Store::shared()), Shop::new(Store::shared()));
    let in_2025 = || {
        let context = context_at(shop.team, at() + TimeDelta::days(365));
        done(shop.store.try_post(context, posting("Widget"))).order.number.as_str().to_owned()
    };
    let given = [shop.next(), in_2025(), other.next(), shop.next(), in_2025()];
    assert_eq!(given, ["ORD-2024-001", "ORD-2025-001", "ORD-2024-001", "ORD-2024-002", "ORD-2025-002"]);
}

#[test]
fn orders_that_come_at_once_each_get_a_number_of_their_own() {
    const CROWD: usize = 20;
    let shop = Shop::new(Store::shared()).crowded(CROWD as u32);
    let given: BTreeSet<_> = race(CROWD, |_| shop.next()).into_iter().collect();
    let expected: BTreeSet<_> = (1..=CROWD).map(|count| format!("ORD-2024-{count:03}")).collect();
    assert_eq!(given, expected);
}

/// A client takes `ORD-2024-001` by itself, and has not committed yet when an order without a number gets that one:
/// the number that the order ends up with, once the client's transaction ended so.
fn taken_meanwhile(end: &str) -> (String, Shop) {
    let shop = Shop::new(Store::own());
    let mut client = shop.store.superuser();
    let take = format!(
        "BEGIN; INSERT INTO manufacturing_orders (team_id, id, order_number, sku, description, quantity, priority,
             status, version, created_at, updated_at)
         VALUES ('{}', gen_random_uuid(), 'ORD-2024-001', 'STK1', '', 7, 3, 'pending', 1, now(), now())",
        shop.team
    );
    client.batch_execute(&take).expect("the client takes the number");
    let orders = adapter_postgres::production_ops::PgOrders::new(shop.store.db.clone());
    let (context, new) = (context(shop.team), posting("Widget"));
    let creating = runtime()
        .spawn(async move { orders.create(context, Id::new(SystemIds.uuid()), new, series(at())).await });
    until_blocked(&shop.store.database);
    assert_eq!(shop.counter(), 1, "the number is reserved");
    client.batch_execute(end).expect("the client's transaction ends");
    let created = done(block_on(creating).expect("creating ends"));
    (created.order.number.as_str().to_owned(), shop)
}

#[test]
fn a_number_that_a_client_takes_between_reservation_and_insert_is_passed_over() {
    let (number, shop) = taken_meanwhile("COMMIT");
    assert_eq!((number.as_str(), shop.counter()), ("ORD-2024-002", 2));
    assert_eq!(shop.next(), "ORD-2024-003");
    assert_eq!((shop.count("manufacturing_orders"), shop.count("work_order_operations")), (3, 6));
}

#[test]
fn a_number_that_the_client_did_not_take_after_all_is_the_order_s() {
    let (number, shop) = taken_meanwhile("ROLLBACK");
    assert_eq!((number.as_str(), shop.next().as_str()), ("ORD-2024-001", "ORD-2024-002"));
}

#[test]
fn of_those_that_choose_one_number_at_once_one_gets_it_and_the_others_leave_nothing() {
    const CROWD: usize = 8;
    let shop = Shop::new(Store::shared()).crowded(CROWD as u32);
    let new = NewOrder { number: OrderNumber::try_new("ORD-2024-001").ok(), ..posting("Widget") };
    let outcomes = race(CROWD, |_| shop.store.try_post(context(shop.team), new.clone()));
    let done = outcomes.iter().filter(|outcome| matches!(outcome, Ok(Written::Done(_)))).count();
    let taken = outcomes.iter().filter(|outcome| matches!(outcome, Err(OrderError::NumberTaken))).count();
    assert_eq!((done, taken), (1, CROWD - 1), "{outcomes:?}");
    assert_eq!((shop.count("manufacturing_orders"), shop.count("work_order_operations")), (1, 3));
    assert_eq!((shop.count("outbox"), shop.count("number_counters")), (1, 0));
    let entries = "SELECT count(*) FROM audit_entries WHERE action = 'order.created' AND team_id";
    assert_eq!(shop.store.number(&format!("{entries} = '{}'", shop.team)), 1);
}
