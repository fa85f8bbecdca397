use std::collections::BTreeMap;

use kernel::change::Change;
use kernel::id::Id;
use kernel::money::{Currency, MoneyFault};
use rust_decimal::Decimal;

use super::*;
use crate::product::Product;
use crate::product::tests::product;

fn at(minute: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(minute * 60, 0).unwrap()
}

fn catalogue(products: &[(i64, &str)]) -> BTreeMap<i64, Product> {
    products.iter().map(|(number, stock)| (*number, product(*number, stock))).collect()
}

fn place(new: &NewOrder, products: &BTreeMap<i64, Product>) -> Result<Placed, Vec<OrderFault>> {
    let with = Placing {
        id: Id::new(Uuid::from_u128(100)),
        line_ids: (0..new.lines.len()).map(|place| Id::new(Uuid::from_u128(place as u128))).collect(),
        currency: Currency::EUR,
        at: at(0),
    };
    let numbers = Numbers { order_number: "ORD-20241201-0001".into(), order: 1, first_line: 11 };
    new.place(&with, &numbers, products).map_err(|error| match error {
        SalesOrderError::NotPlaceable { channel, faults } if channel == new.channel => faults,
        other => panic!("{other:?}"),
    })
}

fn quantity(number: i64) -> Quantity {
    Quantity::try_new(number.into()).unwrap()
}

/// An order of a till for these products and quantities.
fn till(items: &[(i64, i64)]) -> NewOrder {
    let line = |(product, number): &(i64, i64)| NewLine::FromStock {
        product: *product,
        quantity: quantity(*number),
        notes: None,
    };
    NewOrder::of(Channel::Pos, items.iter().map(line).collect())
}

fn sold() -> SalesOrder {
    place(&till(&[(1, 2), (3, 1)]), &catalogue(&[(1, "5"), (3, "5")])).unwrap().order
}

pub(crate) fn bought_in() -> SalesOrder {
    let line = |name, number, price: i64| NewLine::BoughtIn {
        name: ProductName::try_new(name).unwrap(),
        sku: None,
        quantity: quantity(number),
        unit_price: UnitPrice::try_new(price.into()).unwrap(),
    };
    let lines = vec![line("Organic Tomatoes", 50, 45), line("Fresh Spinach", 30, 25)];
    place(&NewOrder::of(Channel::Oms, lines), &BTreeMap::new()).unwrap().order
}

fn to(status: PosStatus) -> Command {
    Command::Change(PosChange { status: Some(status), ..Default::default() })
}

fn paid() -> Command {
    Command::Change(PosChange { payment_status: Some(PaymentStatus::Paid), ..Default::default() })
}

fn done(order: &SalesOrder, command: &Command) -> Changed {
    order.apply(command, &Obstacles::default(), at(5)).unwrap().unwrap()
}

#[test]
fn lines_of_tills_are_priced_from_the_catalogue_and_take_from_stock() {
    let placed = place(&till(&[(1, 2), (3, 1)]), &catalogue(&[(1, "5"), (3, "5")])).unwrap();
    let order = &placed.order;
    let totals = order.totals;
    let sums = [totals.sub_total, totals.tax, totals.discount, totals.total].map(|sum| sum.to_string());
    assert_eq!(sums, ["30.00", "3.00", "0.00", "33.00"]);
    assert_eq!((order.status, order.payment_status), (SalesStatus::Received, PaymentStatus::Pending));
    let lines: Vec<_> = order.lines.iter().map(|line| (line.number, line.taken.to_string())).collect();
    assert_eq!(lines, [(11, "2".to_owned()), (12, "1".to_owned())]);
    assert_eq!(placed.short, []);
}

#[test]
fn a_line_that_is_short_takes_nothing_and_says_what_was_left_for_it() {
    let placed = place(&till(&[(1, 3), (1, 3), (1, 2)]), &catalogue(&[(1, "5")])).unwrap();
    let taken: Vec<_> = placed.order.lines.iter().map(|line| line.taken.to_string()).collect();
    assert_eq!(taken, ["3", "0", "2"]);
    let short: Vec<_> = placed.short.iter().map(|it| (it.line, it.left.to_string())).collect();
    assert_eq!(short, [(1, "2".to_owned())]);
}

#[test]
fn every_unknown_product_is_named_and_nothing_is_placed() {
    let faults = place(&till(&[(7, 1), (1, 1), (8, 1)]), &catalogue(&[(1, "5")])).unwrap_err();
    let unknown = |line, product| OrderFault::UnknownProduct { line, product };
    assert_eq!(faults, [unknown(0, 7), unknown(2, 8)]);
}

#[test]
fn totals_past_the_limit_are_refused() {
    let mut dear = catalogue(&[(1, "0")]);
    dear.get_mut(&1).unwrap().unit_price = UnitPrice::try_new(99_999_999_999_i64.into()).unwrap();
    let fault = MoneyFault::TooLarge(Decimal::from(10_000_000_000_000_000_u64));
    let faults = place(&till(&[(1, 1_000_000)]), &dear).unwrap_err();
    assert_eq!(faults, [OrderFault::LineTotal { line: 0, fault }]);
    let faults = place(&till(&[(1, 50_000), (1, 50_001)]), &dear).unwrap_err();
    assert_eq!(faults, [OrderFault::Total(fault)]);
}

#[test]
fn lines_of_the_order_api_carry_their_own_price_and_move_no_stock() {
    let order = bought_in();
    assert_eq!(order.totals.total.to_string(), "3000.00");
    let totals: Vec<_> = order.lines.iter().map(|line| line.totals.total.to_string()).collect();
    assert_eq!(totals, ["2250.00", "750.00"]);
    assert!(order.lines.iter().all(|line| line.product.is_none() && line.taken.is_zero()));
}

#[test]
fn what_tills_may_do_to_each_status_cell_by_cell() {
    use SalesStatus::{Cancelled, Closed, Fulfilled, Processing, Received};
    let table = [
        (Received, [Some(Received), Some(Processing), Some(Fulfilled), Some(Cancelled)]),
        (Processing, [None, Some(Processing), Some(Fulfilled), Some(Cancelled)]),
        (Fulfilled, [None, None, Some(Fulfilled), None]),
        (Closed, [None, None, Some(Closed), None]),
        (Cancelled, [None, None, None, Some(Cancelled)]),
    ];
    for (status, cells) in table {
        let order = SalesOrder { status, ..sold() };
        let found =
            PosStatus::ALL.iter().map(|wish| match order.apply(&to(*wish), &Obstacles::default(), at(5)) {
                Ok(changed) => Some(changed.map_or(status, |changed| changed.order.status)),
                Err(SalesOrderError::Transition { from, to }) => {
                    assert_eq!((from, to), (status.at_tills(), *wish));
                    None
                }
                Err(other) => panic!("{other:?}"),
            });
        assert_eq!(found.collect::<Vec<_>>(), cells, "{status:?}");
    }
}

#[test]
fn the_same_status_again_changes_nothing() {
    for status in [SalesStatus::Received, SalesStatus::Fulfilled, SalesStatus::Cancelled] {
        let order = SalesOrder { status, ..sold() };
        assert_eq!(order.apply(&to(status.at_tills()), &Obstacles::default(), at(5)).unwrap(), None);
    }
}

#[test]
fn what_is_completed_and_paid_is_closed_whichever_comes_first() {
    let completed = done(&sold(), &to(PosStatus::Completed));
    assert_eq!((completed.order.status, completed.event), (SalesStatus::Fulfilled, SalesEvent::Completed));
    assert_eq!((completed.order.completed_at, completed.order.version), (Some(at(5)), 2));
    let closed = done(&completed.order, &paid());
    assert_eq!((closed.order.status, closed.event), (SalesStatus::Closed, SalesEvent::Updated));
    let paid_first = done(&sold(), &paid());
    assert_eq!(paid_first.order.status, SalesStatus::Received);
    assert_eq!(done(&paid_first.order, &to(PosStatus::Completed)).order.status, SalesStatus::Closed);
}

#[test]
fn stock_goes_back_once_whatever_ends_the_order_first() {
    let order = sold();
    let returned = |changed: &Changed| -> Vec<_> {
        changed.returned.iter().map(|it| (it.product.number, it.quantity.to_string())).collect()
    };
    let all = [(1, "2".to_owned()), (3, "1".to_owned())];
    let cancelled = done(&order, &to(PosStatus::Cancelled));
    assert_eq!((returned(&cancelled), cancelled.event), (all.to_vec(), SalesEvent::Cancelled));
    let deleted = done(&cancelled.order, &Command::Delete);
    assert_eq!((returned(&deleted), deleted.order.deleted), (vec![], true));
    assert_eq!(returned(&done(&order, &Command::Delete)), all);
    let completed = done(&order, &to(PosStatus::Completed)).order;
    assert_eq!(returned(&done(&completed, &Command::Delete)), all);
}

#[test]
fn a_deleted_order_is_gone() {
    let deleted = done(&sold(), &Command::Delete).order;
    for command in [Command::Delete, paid()] {
        assert!(matches!(
            deleted.apply(&command, &Obstacles::default(), at(6)),
            Err(SalesOrderError::NotFound)
        ));
    }
}

#[test]
fn only_the_channel_an_order_came_from_changes_it() {
    let cancel = Command::Cancel { reason: None };
    assert!(matches!(
        sold().apply(&cancel, &Obstacles::default(), at(5)),
        Err(SalesOrderError::OtherChannel(Channel::Pos))
    ));
    for command in [Command::Delete, paid()] {
        let refused = bought_in().apply(&command, &Obstacles::default(), at(5));
        assert!(matches!(refused, Err(SalesOrderError::OtherChannel(Channel::Oms))));
    }
}

#[test]
fn the_order_api_cancels_until_something_is_there() {
    let reason = Notes::try_new("out of season").ok();
    let cancel = Command::Cancel { reason: reason.clone() };
    for status in SalesStatus::ALL.iter().copied() {
        let order = SalesOrder { status, ..bought_in() };
        match order.apply(&cancel, &Obstacles::default(), at(5)) {
            Ok(Some(changed)) => {
                assert!(status.can_be_cancelled());
                assert_eq!(changed.order.status, SalesStatus::Cancelled);
                assert_eq!((changed.order.cancel_reason, changed.returned), (reason.clone(), vec![]));
            }
            Ok(None) => assert_eq!(status, SalesStatus::Cancelled),
            Err(SalesOrderError::NotCancellable(at)) => {
                assert!(at == status && !status.can_be_cancelled() && status != SalesStatus::Cancelled);
            }
            Err(other) => panic!("{other:?}"),
        }
    }
}

#[test]
fn what_was_dispatched_is_closed_not_cancelled() {
    let cancel = Command::Cancel { reason: None };
    let dispatched = Obstacles { is_dispatched: true, open: Vec::new() };
    for status in SalesStatus::ALL.iter().copied() {
        let order = SalesOrder { status, ..bought_in() };
        match order.apply(&cancel, &dispatched, at(5)) {
            Ok(None) => assert_eq!(status, SalesStatus::Cancelled),
            Err(SalesOrderError::NotCancellable(_)) => assert_eq!(status, SalesStatus::Closed),
            Err(SalesOrderError::Dispatched) => {}
            other => panic!("{status:?}: {other:?}"),
        }
    }
}

#[test]
fn a_change_sets_clears_and_keeps_fields() {
    let change = PosChange {
        customer_name: Change::Set(CustomerName::try_new("Jane").unwrap()),
        notes: Change::Clear,
        payment_method: Change::Clear,
        ..Default::default()
    };
    let order = SalesOrder { notes: Notes::try_new("old").ok(), ..sold() };
    let changed = done(&order, &Command::Change(change)).order;
    assert_eq!(changed.customer.name.map(|name| name.to_string()), Some("Jane".to_owned()));
    assert_eq!((changed.notes, changed.payment_method), (None, None));
}
