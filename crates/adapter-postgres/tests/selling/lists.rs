//! Lists of orders.

use adapter_postgres::sales_orders::PgSalesOrders;
use kernel::id::TeamId;
use kernel::money::Money;
use kernel::period::Period;
use sales_orders::order::{Command, NewOrder, PaymentStatus, PosChange, PosStatus, SalesStatus};
use sales_orders::ports::{OrderFilter, SalesOrders};

use super::window;
use crate::support::{Store, block_on, bought_in, context_at, customer, done, minute, sale, to};

/// Orders of which each differs, the first one first: their numbers are 1 to 5.
fn orders(store: &Store) -> TeamId {
    let team = store.team();
    store.product(team, "A", 100);
    let people = [("Ann Lee", "111", 7), ("Leeroy", "222", 8), ("50%_off", "333", 7), ("Zoë", "444", 9)];
    for (minutes, (name, phone, number)) in (1..).zip(people) {
        let customer = customer(name, phone, Some(number));
        let new = NewOrder { customer, ..sale(&[(1, minutes)]) };
        done(store.place(context_at(team, minute(minutes)), new));
    }
    // of the moment of the fourth: those come by id
    store.order_in_at(team, minute(4));
    team
}

impl Store {
    fn order_in_at(&self, team: TeamId, at: chrono::DateTime<chrono::Utc>) {
        let mut new = bought_in("Mannheim", "P", 1, "5");
        new.customer.phone = None;
        done(self.place(context_at(team, at), new));
    }

    /// The numbers of all orders that fit, page by page; what was counted agrees with them.
    fn fitting(&self, team: TeamId, filter: &OrderFilter) -> Vec<i64> {
        let orders = PgSalesOrders::new(self.db.clone());
        let mut found = Vec::new();
        loop {
            let page = block_on(orders.list(team, filter.clone(), window(found.len() as u32), true));
            let page = page.expect("orders are listed");
            found.extend(page.items.iter().map(|order| order.number));
            if page.items.len() < 2 {
                assert_eq!(page.total, Some(found.len() as u64));
                return found;
            }
        }
    }
}

#[test]
fn every_filter_finds_what_fits_and_nothing_else() {
    let store = Store::shared();
    let team = orders(&store);
    let change = |number: i64, command: Command| {
        let which = sales_orders::ports::OrderRef::Number(number);
        done(block_on(PgSalesOrders::new(store.db.clone()).apply(
            context_at(team, minute(9)),
            which,
            command,
            None,
        )));
    };
    change(1, to(PosStatus::Completed));
    change(2, to(PosStatus::Cancelled));
    change(3, Command::Change(PosChange { payment_status: Some(PaymentStatus::Paid), ..Default::default() }));
    let filter = OrderFilter::default();
    let money = |sum: i64| Money::try_new(sum.into()).ok();
    let text = |text: &str| Some(text.to_owned());
    let created = |from: Option<i64>, before: Option<i64>| Period {
        from: from.map(minute),
        before: before.map(minute),
    };
    for (filter, numbers) in [
        (filter.clone(), vec![5, 4, 3, 2, 1]),
        (OrderFilter { status: Some(SalesStatus::Received), ..filter.clone() }, vec![5, 4, 3]),
        (OrderFilter { status: Some(SalesStatus::Fulfilled), ..filter.clone() }, vec![1]),
        (OrderFilter { pos_status: Some(PosStatus::Cancelled), ..filter.clone() }, vec![2]),
        (OrderFilter { pos_status: Some(PosStatus::Processing), ..filter.clone() }, vec![]),
        (OrderFilter { payment_status: Some(PaymentStatus::Paid), ..filter.clone() }, vec![3]),
        (OrderFilter { order_number: text("ORD-2024-"), ..filter.clone() }, vec![5]),
        (OrderFilter { order_number: text("ORD-20241004-000"), ..filter.clone() }, vec![4, 3, 2, 1]),
        (OrderFilter { order_number: text("ord"), ..filter.clone() }, vec![]),
        (OrderFilter { customer_name: text("LEE"), ..filter.clone() }, vec![2, 1]),
        (OrderFilter { customer_name: text("ann"), ..filter.clone() }, vec![5, 1]),
        (OrderFilter { customer_name: text("%"), ..filter.clone() }, vec![3]),
        (OrderFilter { customer_name: text("_"), ..filter.clone() }, vec![3]),
        (OrderFilter { customer_name: text("ZOË"), ..filter.clone() }, vec![4]),
        (OrderFilter { customer_phone: text("22"), ..filter.clone() }, vec![2]),
        (OrderFilter { customer_number: Some(7), ..filter.clone() }, vec![3, 1]),
        (OrderFilter { created: created(Some(2), Some(4)), ..filter.clone() }, vec![3, 2]),
        (OrderFilter { min_total: money(22), ..filter.clone() }, vec![4, 3, 2]),
        (OrderFilter { max_total: money(11), ..filter.clone() }, vec![5, 1]),
        (OrderFilter { min_total: money(11), max_total: money(22), ..filter.clone() }, vec![2, 1]),
        (
            OrderFilter {
                customer_number: Some(7),
                payment_status: Some(PaymentStatus::Paid),
                ..filter.clone()
            },
            vec![3],
        ),
    ] {
        assert_eq!(store.fitting(team, &filter), numbers, "{filter:?}");
    }
    change(4, Command::Delete);
    assert_eq!(store.fitting(team, &filter), [5, 3, 2, 1]);
}

#[test]
fn a_team_finds_its_own_orders_alone() {
    let store = Store::shared();
    let team = orders(&store);
    let other = store.team();
    assert!(store.fitting(other, &OrderFilter::default()).is_empty());
    store.product(other, "A", 1);
    store.sell(other, &[(1, 1)]);
    assert_eq!(store.fitting(other, &OrderFilter::default()), [1]);
    assert_eq!(store.fitting(team, &OrderFilter::default()).len(), 5);
}

#[test]
fn without_a_count_there_is_none() {
    let store = Store::shared();
    let team = orders(&store);
    let page =
        block_on(PgSalesOrders::new(store.db.clone()).list(team, OrderFilter::default(), window(0), false));
    let page = page.expect("orders are listed");
    assert_eq!((page.items.len(), page.total), (2, None));
}
