use super::*;

fn sending(order: u128, items: &[(u128, i64)]) -> NewDispatch {
    let item = |(number, quantity): &(u128, i64)| NewDispatchItem {
        assignment: id(*number),
        quantity: super::quantity(*quantity),
    };
    NewDispatch {
        purchase_order: id(order),
        items: items.iter().map(item).collect(),
        tracking_reference: TrackingReference::try_new("AWB 123").ok(),
        remarks: Remarks::try_new("Two pallets").ok(),
    }
}

fn send(
    supply: &OrderSupply,
    by: Visibility,
    new: &NewDispatch,
) -> Result<(Dispatch, Vec<Assignment>), SupplyError> {
    supply.dispatch(by, new, (id(70), "DSP-2024-001"), "PO-2024-001", at(6))
}

/// Purchase order 1 of VEN001 covers 20 and 10, of which 5 are sent; purchase order 2 covers 8 of VEN002.
fn both() -> OrderSupply {
    let other = Assignment {
        vendor: VendorRef::from(&vendor(2)),
        purchase_order: Some(id(2)),
        ..covered(3, 8, [0, 0, 0, 0])
    };
    let uncovered = answered(assignment(4, 1, 1, 9), 9);
    supply(vec![covered(1, 20, [5, 0, 0, 0]), covered(2, 10, [0, 0, 0, 0]), other, uncovered])
}

#[test]
fn a_dispatch_carries_what_is_sent_in_the_order_it_is_given() {
    let new = sending(1, &[(2, 10), (1, 15)]);
    for by in [Visibility::All, Visibility::Own(id(1))] {
        let (dispatch, sent) = send(&both(), by, &new).unwrap();
        let item = |number, quantity| DispatchItem {
            assignment: id(number),
            product_name: "Tomatoes".into(),
            sku: None,
            quantity: super::quantity(quantity),
        };
        let expected = Dispatch {
            id: id(70),
            number: "DSP-2024-001".into(),
            order: both().order,
            purchase_order: PurchaseOrderRef { id: id(1), number: "PO-2024-001".into() },
            vendor: VendorRef::from(&vendor(1)),
            items: vec![item(2, 10), item(1, 15)],
            tracking_reference: new.tracking_reference.clone(),
            remarks: new.remarks.clone(),
            dispatched_at: at(6),
            receipt: None,
        };
        assert_eq!(dispatch, expected);
        let now = |one: Assignment, dispatched| Assignment {
            progress: Progress { dispatched: amount(dispatched), ..one.progress },
            version: 2,
            updated_at: at(6),
            ..one
        };
        assert_eq!(sent, [now(covered(2, 10, [0; 4]), 10), now(covered(1, 20, [5, 0, 0, 0]), 20)]);
    }
}

#[test]
fn every_fault_of_a_dispatch_is_named_with_its_entry() {
    use SupplyFault::{
        MoreThanConfirmed, NothingDispatched, RepeatedItem, UnknownItem, UnknownPurchaseOrder,
    };
    let own = Visibility::Own(id(1));
    let confirmed = amount(10);
    for (by, order, items, expected) in [
        (Visibility::All, 9, vec![(1, 1)], vec![UnknownPurchaseOrder]),
        (own, 2, vec![(3, 1)], vec![UnknownPurchaseOrder]),
        (Visibility::Nothing, 1, vec![(1, 1)], vec![UnknownPurchaseOrder]),
        (own, 1, vec![], vec![NothingDispatched]),
        (own, 1, vec![(9, 1)], vec![UnknownItem { entry: 0 }]),
        (Visibility::All, 1, vec![(3, 1)], vec![UnknownItem { entry: 0 }]),
        (own, 1, vec![(4, 1)], vec![UnknownItem { entry: 0 }]),
        (own, 1, vec![(1, 1), (2, 1), (1, 1)], vec![RepeatedItem { entry: 2 }]),
        (own, 1, vec![(2, 11)], vec![MoreThanConfirmed { entry: 0, confirmed }]),
        (
            own,
            1,
            vec![(9, 1), (2, 11), (2, 1), (3, 1)],
            vec![
                UnknownItem { entry: 0 },
                MoreThanConfirmed { entry: 1, confirmed },
                RepeatedItem { entry: 2 },
                UnknownItem { entry: 3 },
            ],
        ),
        // what is invalid comes before what is short
        (own, 1, vec![(1, 16), (2, 11)], vec![MoreThanConfirmed { entry: 1, confirmed }]),
    ] {
        let refused = send(&both(), by, &sending(order, &items)).unwrap_err();
        assert_eq!(faults(refused), expected, "{order} {items:?}");
    }
}

#[test]
fn over_all_dispatches_no_more_is_sent_than_was_confirmed() {
    let mut supply = both();
    for (items, expected) in [
        (vec![(1, 16), (2, 10)], Some(vec![(0, 16, 15)])),
        (vec![(1, 10), (2, 4)], None),
        (vec![(1, 6), (2, 7)], Some(vec![(0, 6, 5), (1, 7, 6)])),
        (vec![(1, 5)], None),
        (vec![(1, 1), (2, 6)], Some(vec![(0, 1, 0)])),
        (vec![(2, 6)], None),
        (vec![(2, 1)], Some(vec![(0, 1, 0)])),
    ] {
        match (send(&supply, Visibility::All, &sending(1, &items)), expected) {
            (Ok((_, sent)), None) => supply = supply.with(&sent),
            (Err(refused), Some(expected)) => {
                assert_eq!(kernel::error::Classified::code(&refused), "QUANTITY_NOT_AVAILABLE");
                assert_eq!(shortfalls(refused), expected, "{items:?}");
            }
            (found, _) => panic!("{items:?}: {found:?}"),
        }
    }
    let sent: Vec<_> = supply.assignments.iter().map(|it| it.progress.dispatched).collect();
    assert_eq!(sent, [20, 10, 0, 0].map(amount));
}

#[test]
fn what_is_released_is_not_sent() {
    let released = Assignment { released: true, ..covered(1, 20, [5, 0, 0, 0]) };
    let refused = send(&supply(vec![released]), Visibility::All, &sending(1, &[(1, 1)])).unwrap_err();
    assert_eq!(shortfalls(refused), [(0, 1, 0)]);
}

#[test]
fn verified_goods_add_up_at_their_assignments() {
    let supply = supply(vec![
        covered(1, 20, [20, 5, 6, 5]),
        covered(2, 10, [10, 0, 0, 0]),
        covered(3, 8, [8, 0, 0, 0]),
    ]);
    let goods = |number, dispatched, received, accepted| VerifiedGoods {
        assignment: id(number),
        dispatched: quantity(dispatched),
        received: amount(received),
        accepted: amount(accepted),
    };
    let found = [goods(1, 15, 13, 12), goods(3, 8, 0, 0), goods(9, 1, 1, 1)];
    let now =
        |one: Assignment, came| Assignment { progress: progress(came), version: 2, updated_at: at(7), ..one };
    let expected = [now(covered(1, 20, [0; 4]), [20, 20, 19, 17]), now(covered(3, 8, [0; 4]), [8, 8, 0, 0])];
    assert_eq!(supply.verified(&found, at(7)), expected, "and nobody else's");
}
