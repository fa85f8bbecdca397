use super::*;
use crate::dispatch::Dispatch;

#[test]
fn what_a_vendor_confirmed_and_none_covers_is_ordered() {
    let confirmed = |number, of| answered(assignment(number, 1, of, 5), 4);
    let supply = supply(vec![
        assignment(1, 1, 1, 5),
        confirmed(2, 1),
        answered(assignment(3, 1, 1, 5), 0),
        confirmed(4, 2),
        covered(5, 5, [0, 0, 0, 0]),
        confirmed(6, 1),
        Assignment { released: true, ..confirmed(7, 1) },
    ]);
    let now = |number| Assignment {
        purchase_order: Some(id(9)),
        version: 2,
        updated_at: at(4),
        ..confirmed(number, 1)
    };
    assert_eq!(supply.cover(id(1), id(9), at(4)).unwrap(), [now(2), now(6)]);
    assert_eq!(supply.cover(id(3), id(9), at(4)).unwrap(), [], "a vendor that nothing is assigned to");
}

#[test]
fn a_second_purchase_order_covers_only_what_was_confirmed_later() {
    let before = supply(vec![answered(assignment(1, 1, 1, 5), 5), assignment(2, 2, 1, 6)]);
    let first = before.cover(id(1), id(9), at(4)).unwrap();
    let after = before.with(&first);
    assert_eq!(after.cover(id(1), id(10), at(5)).unwrap(), []);
    let answer = VendorAnswer { confirmed: amount(6), reason: None };
    let confirmed = after.confirm(Visibility::All, id(2), &answer, at(5)).unwrap();
    let after = after.with(&[confirmed]);
    let second = after.cover(id(1), id(10), at(6)).unwrap();
    let numbers = |covered: &[Assignment]| covered.iter().map(|it| it.id).collect::<Vec<_>>();
    assert_eq!((numbers(&first), numbers(&second)), (vec![id(1)], vec![id(2)]));
}

#[test]
fn orders_that_ended_and_orders_of_tills_are_not_ordered() {
    let confirmed = || vec![answered(assignment(1, 1, 1, 5), 5)];
    let ended = OrderSupply { standing: Standing::Ended("CANCELLED"), ..supply(confirmed()) };
    let of_till = OrderSupply { standing: Standing::OfTill, ..supply(confirmed()) };
    let refused = ended.cover(id(1), id(9), at(4)).unwrap_err();
    assert!(matches!(refused, SupplyError::OrderEnded("CANCELLED")), "{refused:?}");
    let refused = of_till.cover(id(1), id(9), at(4)).unwrap_err();
    assert!(matches!(refused, SupplyError::OrderOfTill), "{refused:?}");
}

/// One line of 50 at that price, and a purchase order over confirmations of so much of it.
fn priced(price: &str, currency: &str, confirmed: &[i64]) -> Result<Option<PurchaseOrder>, SupplyError> {
    let line = line(1, "Tomatoes", 50, price);
    let made = (1..).zip(confirmed).map(|(number, confirmed)| {
        let one = answered(assignment(number, 1, 1, *confirmed), *confirmed);
        Assignment { line: line.clone(), purchase_order: Some(id(9)), ..one }
    });
    let made: Vec<_> = made.collect();
    let currency = currency.parse().unwrap();
    let supply = OrderSupply { currency, ..supply(made.clone()) };
    supply.purchase_order(id(9), "PO-2024-001", &made, at(4))
}

#[test]
fn each_item_is_rounded_by_itself_and_the_total_is_their_sum() {
    for (price, currency, confirmed, items, total) in [
        ("45", "EUR", vec![20], vec!["900.00"], "900.00"),
        ("0.335", "EUR", vec![1, 1], vec!["0.34", "0.34"], "0.68"),
        ("0.3349", "EUR", vec![1, 1, 10], vec!["0.33", "0.33", "3.35"], "4.01"),
        ("0.005", "EUR", vec![1, 1, 1], vec!["0.01", "0.01", "0.01"], "0.03"),
        ("0.0049", "EUR", vec![1, 1], vec!["0.00", "0.00"], "0.00"),
        ("0.5", "JPY", vec![1, 3], vec!["1.00", "2.00"], "3.00"),
    ] {
        let order = priced(price, currency, &confirmed).unwrap().unwrap();
        let found: Vec<_> = order.items.iter().map(|item| item.total.to_string()).collect();
        assert_eq!(
            (found, order.total.to_string()),
            (items.into_iter().map(String::from).collect(), total.into())
        );
        assert_eq!(order.currency, currency.parse().unwrap());
    }
}

#[test]
fn a_total_that_is_too_large_is_refused() {
    let one = priced("99999999999.9999", "EUR", &[100_001]).unwrap_err();
    let most = "the purchase order's total must be below 10000000000000000";
    assert_eq!(one.to_string(), most);
    assert!(priced("99999999999.9999", "EUR", &[60_000]).is_ok());
    let sum = priced("99999999999.9999", "EUR", &[60_000, 60_000]).unwrap_err();
    assert_eq!(
        (sum.to_string(), kernel::error::Classified::code(&sum)),
        (most.to_owned(), "VALIDATION_ERROR")
    );
}

#[test]
fn a_purchase_order_shows_what_it_covers() {
    let before = supply(vec![answered(assignment(1, 2, 1, 5), 4), assignment(2, 1, 1, 5)]);
    let made = before.cover(id(1), id(9), at(4)).unwrap();
    let order = before.purchase_order(id(9), "PO-2024-001", &made, at(4)).unwrap().unwrap();
    let item = PurchaseOrderItem {
        assignment: id(1),
        line: line(2, "Spinach", 30, "25.5"),
        quantity: quantity(4),
        total: Money::try_new(102.into()).unwrap(),
        progress: Progress::default(),
    };
    let expected = PurchaseOrder {
        id: id(9),
        number: "PO-2024-001".into(),
        order: before.order.clone(),
        vendor: VendorRef::from(&vendor(1)),
        status: PurchaseOrderStatus::Issued,
        currency: Currency::EUR,
        total: item.total,
        items: vec![item],
        version: 1,
        created_at: at(4),
        updated_at: at(4),
    };
    assert_eq!(order, expected);
    assert_eq!(before.purchase_order(id(9), "PO-2024-001", &[], at(4)).unwrap(), None, "nothing to order");
}

/// Each purchase order covers assignments of 10, with what is dispatched and verified of each, and whether it is released.
#[test]
fn the_status_of_a_purchase_order_follows_from_what_it_covers() {
    use PurchaseOrderStatus::{Cancelled, Closed, Dispatched, Issued, PartiallyDispatched, Received};
    for (of, status) in [
        (vec![(0, 0, OPEN)], Issued),
        (vec![(1, 0, OPEN)], PartiallyDispatched),
        (vec![(5, 5, OPEN)], PartiallyDispatched),
        (vec![(10, 0, OPEN), (0, 0, OPEN)], PartiallyDispatched),
        (vec![(10, 10, OPEN), (0, 0, OPEN)], PartiallyDispatched),
        (vec![(10, 0, OPEN)], Dispatched),
        (vec![(10, 9, OPEN)], Dispatched),
        (vec![(10, 10, OPEN), (10, 0, OPEN)], Dispatched),
        (vec![(10, 10, OPEN)], Received),
        (vec![(10, 10, OPEN), (10, 10, OPEN)], Received),
        (vec![(0, 0, RELEASED)], Cancelled),
        (vec![(0, 0, RELEASED), (0, 0, RELEASED)], Cancelled),
        (vec![(5, 5, RELEASED)], Closed),
        (vec![(5, 0, RELEASED)], Closed),
        (vec![(10, 10, OPEN), (0, 0, RELEASED)], Closed),
        (vec![(0, 0, RELEASED), (10, 10, OPEN)], Closed),
    ] {
        let made = (1..).zip(&of).map(|(number, (dispatched, verified, released))| Assignment {
            released: *released,
            ..covered(number, 10, [*dispatched, *verified, *verified, *verified])
        });
        let made: Vec<_> = made.collect();
        assert_eq!(PurchaseOrderStatus::of(&made), status, "{of:?}");
        let other = Assignment { purchase_order: Some(id(2)), ..covered(90, 10, [10, 10, 10, 10]) };
        let supply = supply([made.clone(), vec![other, assignment(91, 1, 1, 1)]].concat());
        let [first, ..] = &made[..] else { panic!("one at least") };
        let moved = supply.statuses(std::slice::from_ref(first));
        assert_eq!(moved, BTreeMap::from([(id(1), status)]), "of all that it covers, and of no other");
    }
    assert_eq!(supply(vec![]).statuses(&[assignment(1, 1, 1, 1)]), BTreeMap::new(), "what none covers");
    let [one, other] =
        [1, 2].map(|order| Assignment { purchase_order: Some(id(order)), ..covered(order, 1, [0; 4]) });
    let both = [one, other];
    let moved = supply(both.to_vec()).statuses(&both);
    assert_eq!(moved.into_keys().collect::<Vec<PurchaseOrderId>>(), [id(1), id(2)]);
}

#[test]
fn documents_are_numbered_by_the_teams_year() {
    let locale =
        |zone: &str| kernel::team_locale::TeamLocale { zone: zone.parse().unwrap(), currency: Currency::EUR };
    let late: DateTime<Utc> = "2024-12-31T23:30:00Z".parse().unwrap();
    let numbers = |zone: &str| {
        [PurchaseOrder::series(late, &locale(zone)), Dispatch::series(late, &locale(zone))]
            .map(|series| series.number(7))
    };
    assert_eq!(numbers("UTC"), ["PO-2024-007", "DSP-2024-007"]);
    assert_eq!(numbers("Europe/Warsaw"), ["PO-2025-007", "DSP-2025-007"]);
}
