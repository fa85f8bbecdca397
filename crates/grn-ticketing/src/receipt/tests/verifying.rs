//! What a verification makes of a receipt.

use kernel::error::{Classified, ErrorKind};
use serde_json::Value;

use super::*;
use crate::events::GrnVerified;
use ItemStatus::{DamageReported, ExcessReceived, QuantityMismatch, ShortageReported, VerifiedOk};

/// Of 10 sent: what was received, with which status, what of it is said to be damaged, and whether an excess is taken; then
/// what of it is damaged, and what is accepted.
#[test]
fn accepted_is_what_can_be_used_of_what_was_sent() {
    let no = None;
    for (received, status, damaged, accepts_excess, spoilt, accepted) in [
        (10, VerifiedOk, no, false, None, 10),
        (7, ShortageReported, no, false, None, 7),
        (0, ShortageReported, no, false, None, 0),
        (7, QuantityMismatch, no, false, None, 7),
        (12, ExcessReceived, no, false, None, 10),
        (12, QuantityMismatch, no, false, None, 10),
        (12, ExcessReceived, no, true, None, 12),
        (12, QuantityMismatch, no, true, None, 12),
        // a damaged item that lacks nothing is all damaged unless something else is said
        (10, DamageReported, no, false, Some(10), 0),
        (10, DamageReported, Some(4), false, Some(4), 6),
        (10, DamageReported, Some(0), false, Some(0), 10),
        (10, DamageReported, Some(10), false, Some(10), 0),
        (12, DamageReported, no, false, Some(12), 0),
        (12, DamageReported, Some(1), false, Some(1), 10),
        (12, DamageReported, Some(5), false, Some(5), 7),
        // one that lacks some is short of the damaged units already
        (7, DamageReported, no, false, Some(0), 7),
        (7, DamageReported, Some(3), false, Some(3), 4),
        (7, DamageReported, Some(7), false, Some(7), 0),
        (0, DamageReported, no, false, Some(0), 0),
    ] {
        let found = ItemCount { damaged: damaged.map(amount), accepts_excess, ..count(1, received, status) };
        let receipt = of(vec![item(1, goods(1, "Organic Tomatoes", 20, 10))]);
        let verified = verify(&receipt, &verification(vec![found.clone()])).unwrap();
        let expected = ItemCheck {
            received: amount(received),
            status,
            remarks: None,
            damage: spoilt.map(|spoilt| Damage { description: crushed(), quantity: amount(spoilt) }),
            accepts_excess,
            accepted: amount(accepted),
            ticket: None,
        };
        let [checked] = &verified.items[..] else { panic!("{verified:?}") };
        assert_eq!(checked.check.as_ref(), Some(&expected), "{found:?}");
        assert_eq!(checked.discrepancy(), Some((received - 10).into()));
        assert_eq!(verified.mismatches().len(), usize::from(status != VerifiedOk));
        assert_eq!(verified.receipt.items, verified.items);
    }
}

#[test]
fn what_is_not_listed_was_received_in_full() {
    let said = Verification {
        number: Some("GRN-2024-001".into()),
        dispatch: Some(id(5)),
        remarks: remarks("One short"),
        ..verification(vec![ItemCount {
            remarks: remarks("5 units missing"),
            ..count(1, 95, QuantityMismatch)
        }])
    };
    let verified = verify(&receipt(), &said).unwrap();
    let check = |received, status, said| ItemCheck {
        received: amount(received),
        status,
        remarks: said,
        damage: None,
        accepts_excess: false,
        accepted: amount(received),
        ticket: None,
    };
    let mut items = receipt().items;
    for (item, check) in items
        .iter_mut()
        .zip([check(95, QuantityMismatch, remarks("5 units missing")), check(50, VerifiedOk, None)])
    {
        item.check = Some(check);
    }
    let expected = GoodsReceipt {
        items: items.clone(),
        remarks: remarks("One short"),
        verified_at: Some(at(0)),
        verified_by: Some(id(9)),
        version: 2,
        ..receipt()
    };
    assert_eq!(verified, Verified { receipt: expected, items });
    assert_eq!(verified.mismatches().iter().map(|item| item.id).collect::<Vec<_>>(), [id(1)]);
}

#[test]
fn an_item_that_is_listed_may_be_as_it_was_sent() {
    let said = ItemCount { remarks: remarks("Very fresh"), ..count(2, 50, VerifiedOk) };
    let verified = verify(&receipt(), &verification(vec![said])).unwrap();
    assert_eq!((verified.mismatches(), verified.receipt.status()), (vec![], ReceiptStatus::VerifiedOk));
    let checks: Vec<_> =
        verified.items.iter().filter_map(|item| item.check.as_ref()?.remarks.clone()).collect();
    assert_eq!(checks, [remarks("Very fresh").unwrap()]);
}

#[test]
fn a_receipt_is_verified_in_parts() {
    let first = Verification { remarks: remarks("The spinach first"), ..only(&[2], vec![]) };
    let part = verify(&receipt(), &first).unwrap();
    assert_eq!(part.items.iter().map(|item| item.id).collect::<Vec<_>>(), [id(2)]);
    assert_eq!(part.receipt.status(), ReceiptStatus::PartiallyVerified);
    let open: Vec<_> = part.receipt.items.iter().map(|item| item.check.is_none()).collect();
    assert_eq!(open, [true, false]);

    let rest = part.receipt.verify(&verification(vec![]), None, at(5)).unwrap();
    assert_eq!(rest.items.iter().map(|item| item.id).collect::<Vec<_>>(), [id(1)], "all that is open");
    let receipt = &rest.receipt;
    assert_eq!(receipt.status(), ReceiptStatus::VerifiedOk);
    assert_eq!(
        (receipt.verified_at, receipt.verified_by, receipt.version, &receipt.remarks),
        (Some(at(5)), None, 3, &remarks("The spinach first")),
        "the latest verification counts, and the latest remarks"
    );
    let again = Verification { remarks: remarks("Then the tomatoes"), ..verification(vec![]) };
    let rest = verify(&part.receipt, &again).unwrap();
    assert_eq!(rest.receipt.remarks, remarks("Then the tomatoes"));
}

#[test]
fn nothing_is_verified_twice() {
    let part = verify(&receipt(), &only(&[2], vec![])).unwrap().receipt;
    let whole = verify(&part, &verification(vec![])).unwrap().receipt;
    let item = format!("the item {} (Fresh Spinach) of GRN-2024-001", id::<ReceiptItem>(2));
    let receipt = "the goods receipt GRN-2024-001".to_owned();
    let short = || vec![count(2, 45, QuantityMismatch)];
    for (before, found, what) in [
        (&part, only(&[2], vec![]), &item),
        (&part, only(&[1, 2], vec![]), &item),
        (&part, verification(short()), &item),
        (&part, only(&[1], short()), &item),
        (&whole, verification(vec![]), &receipt),
        (&whole, verification(short()), &receipt),
        // whatever else is wrong
        (&part, Verification { number: Some("GRN".into()), ..only(&[2, 9], vec![]) }, &item),
        (&whole, Verification { number: Some("GRN".into()), ..only(&[9], vec![]) }, &receipt),
    ] {
        let refused = verify(before, &found).unwrap_err();
        assert_eq!(refused.to_string(), format!("{what} was verified before"));
        assert_eq!((refused.kind(), refused.code()), (ErrorKind::Conflict, "ALREADY_VERIFIED"));
    }
}

#[test]
fn the_snapshot_says_what_was_counted() {
    let damaged = ItemCount {
        remarks: remarks("In transit"),
        damaged: Some(amount(3)),
        ..count(2, 45, DamageReported)
    };
    let said = Verification { remarks: remarks("In part"), ..only(&[2], vec![damaged]) };
    let receipt = verify(&receipt(), &said).unwrap().receipt;
    let snapshot: Value = serde_json::from_str(&receipt.snapshot()).unwrap();
    let expected = json!({
        "grnNumber": "GRN-2024-001", "dispatchNumber": "DSP-2024-001", "poNumber": "PO-2024-001",
        "status": "PARTIALLY_VERIFIED", "operatorRemarks": "In part",
        "items": [
            {
                "id": id::<ReceiptItem>(1).uuid(), "productName": "Organic Tomatoes", "confirmedQuantity": 100,
                "receivedQuantity": null, "acceptedQuantity": null, "status": null, "itemRemarks": null,
                "damageDescription": null, "damagedQuantity": null,
            },
            {
                "id": id::<ReceiptItem>(2).uuid(), "productName": "Fresh Spinach", "confirmedQuantity": 50,
                "receivedQuantity": 45, "acceptedQuantity": 42, "status": "DAMAGE_REPORTED",
                "itemRemarks": "In transit", "damageDescription": "Crushed packaging, items unusable",
                "damagedQuantity": 3,
            },
        ],
    });
    assert_eq!(snapshot, expected);
}

#[test]
fn the_event_says_what_was_verified_now() {
    let said = only(&[2], vec![count(2, 45, ShortageReported)]);
    let event = GrnVerified::of(&verify(&receipt(), &said).unwrap(), None);
    let expected = json!({
        "grnId": id::<GoodsReceipt>(4).uuid(), "grnNumber": "GRN-2024-001", "status": "PARTIALLY_VERIFIED",
        "dispatchId": id::<crate::ids::Dispatch>(5).uuid(), "dispatchNumber": "DSP-2024-001",
        "purchaseOrderId": id::<crate::ids::PurchaseOrder>(6).uuid(), "poNumber": "PO-2024-001",
        "orderId": id::<crate::ids::Order>(7).uuid(), "orderNumber": "ORD-2024-001",
        "vendorId": id::<crate::ids::Order>(8).uuid(), "vendorCode": "VEN001",
        "items": [{
            "grnItemId": id::<ReceiptItem>(2).uuid(), "assignedOrderItemId": id::<crate::ids::AssignedItem>(12).uuid(),
            "productName": "Fresh Spinach", "sku": null, "confirmedQuantity": 50, "receivedQuantity": 45,
            "acceptedQuantity": 45, "status": "SHORTAGE_REPORTED",
        }],
        "ticketId": null, "ticketNumber": null,
    });
    assert_eq!(serde_json::to_value(event).unwrap(), expected);
}
