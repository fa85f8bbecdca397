//! The rules of verifying, case by case. Item 1 carries 100 tomatoes, item 2 the 50 spinach that a vendor was asked for.

mod disagreeing;
mod verifying;

use chrono::TimeDelta;
use kernel::clock::CountedIds;
use kernel::id::{Id, Uuid};

use super::*;

pub(crate) fn id<K>(number: u128) -> Id<K> {
    Id::new(Uuid::from_u128(number))
}

pub(crate) fn at(minute: i64) -> DateTime<Utc> {
    "2024-10-08T10:30:00.123456Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::minutes(minute)
}

pub(crate) fn quantity(number: i64) -> Quantity {
    Quantity::try_new(number.into()).unwrap()
}

pub(crate) fn amount(number: i64) -> Amount {
    Amount::try_new(number.into()).unwrap()
}

pub(crate) fn remarks(text: &str) -> Option<Remarks> {
    Remarks::try_new(text).ok()
}

pub(crate) fn goods(number: u128, name: &str, assigned: i64, dispatched: i64) -> ArrivedItem {
    ArrivedItem {
        assigned_item: id(10 + number),
        line: id(20 + number),
        product_name: name.into(),
        sku: None,
        assigned: quantity(assigned),
        dispatched: quantity(dispatched),
        received_before: Amount::ZERO,
    }
}

pub(crate) fn item(number: u128, goods: ArrivedItem) -> ReceiptItem {
    ReceiptItem { id: id(number), goods, check: None }
}

pub(crate) fn dispatch() -> ArrivedDispatch {
    ArrivedDispatch {
        id: id(5),
        number: "DSP-2024-001".into(),
        tracking_reference: None,
        purchase_order: id(6),
        purchase_order_number: "PO-2024-001".into(),
        order: id(7),
        order_number: "ORD-2024-001".into(),
        vendor: id(8),
        vendor_code: "VEN001".into(),
        vendor_name: "Green Farms".into(),
        vendor_email: Some("vendor@example.com".into()),
    }
}

/// A receipt of 100 tomatoes and 50 spinach, nothing of it verified.
pub(crate) fn receipt() -> GoodsReceipt {
    of(vec![item(1, goods(1, "Organic Tomatoes", 100, 100)), item(2, goods(2, "Fresh Spinach", 50, 50))])
}

pub(crate) fn of(items: Vec<ReceiptItem>) -> GoodsReceipt {
    let receipt = GoodsReceipt::receive(
        (id(4), "GRN-2024-001"),
        dispatch(),
        Vec::new(),
        &CountedIds::default(),
        Some(id(3)),
        at(-90),
    );
    GoodsReceipt { items, ..receipt }
}

/// What was found of an item; damaged goods are described.
pub(crate) fn count(item: u128, received: i64, status: ItemStatus) -> ItemCount {
    let is_damage_reported = status == ItemStatus::DamageReported;
    ItemCount {
        item: id(item),
        assigned_item: None,
        assigned: None,
        confirmed: None,
        received: amount(received),
        discrepancy: None,
        status,
        remarks: None,
        is_damage_reported,
        damage_description: is_damage_reported.then(crushed),
        damaged: None,
        accepts_excess: false,
    }
}

pub(crate) fn crushed() -> DamageDescription {
    DamageDescription::try_new("Crushed packaging, items unusable").unwrap()
}

pub(crate) fn verification(counts: Vec<ItemCount>) -> Verification {
    Verification { receipt: id(4), number: None, dispatch: None, remarks: None, counts, only: None }
}

/// Only these items.
pub(crate) fn only(items: &[u128], counts: Vec<ItemCount>) -> Verification {
    let items = items.iter().map(|item| id(*item)).collect();
    Verification { only: Some(items), ..verification(counts) }
}

pub(crate) fn verify(receipt: &GoodsReceipt, found: &Verification) -> Result<Verified, ReceiptError> {
    receipt.verify(found, Some(id(9)), at(0))
}

#[test]
fn a_receipt_shows_what_its_dispatch_carries_unverified() {
    let (tomatoes, spinach) = (goods(1, "Organic Tomatoes", 100, 100), goods(2, "Fresh Spinach", 50, 50));
    let ids = CountedIds::default();
    let received = GoodsReceipt::receive(
        (id(4), "GRN-2024-001"),
        dispatch(),
        vec![tomatoes.clone(), spinach.clone()],
        &ids,
        Some(id(3)),
        at(-90),
    );
    let expected = GoodsReceipt {
        id: id(4),
        number: "GRN-2024-001".into(),
        dispatch: dispatch(),
        items: vec![item(1, tomatoes), item(2, spinach)],
        received_at: at(-90),
        received_by: Some(id(3)),
        remarks: None,
        verified_at: None,
        verified_by: None,
        version: 1,
    };
    assert_eq!(received, expected);
    assert_eq!(received.status(), ReceiptStatus::PendingVerification);
    assert!(received.is_open() && received.items.iter().all(|item| item.discrepancy().is_none()));
}

#[test]
fn the_status_of_a_receipt_follows_from_its_items() {
    use ItemStatus::{DamageReported, ExcessReceived, QuantityMismatch, ShortageReported, VerifiedOk};
    use ReceiptStatus::{PartiallyVerified, PendingVerification, VerifiedMismatch};
    for (items, status, name) in [
        (vec![None], PendingVerification, "PENDING_VERIFICATION"),
        (vec![None, None], PendingVerification, "PENDING_VERIFICATION"),
        (vec![Some(VerifiedOk), None], PartiallyVerified, "PARTIALLY_VERIFIED"),
        (vec![None, Some(DamageReported)], PartiallyVerified, "PARTIALLY_VERIFIED"),
        (vec![Some(VerifiedOk)], ReceiptStatus::VerifiedOk, "VERIFIED_OK"),
        (vec![Some(VerifiedOk), Some(VerifiedOk)], ReceiptStatus::VerifiedOk, "VERIFIED_OK"),
        (vec![Some(VerifiedOk), Some(QuantityMismatch)], VerifiedMismatch, "VERIFIED_MISMATCH"),
        (vec![Some(DamageReported), Some(VerifiedOk)], VerifiedMismatch, "VERIFIED_MISMATCH"),
        (vec![Some(ShortageReported)], VerifiedMismatch, "VERIFIED_MISMATCH"),
        (vec![Some(ExcessReceived)], VerifiedMismatch, "VERIFIED_MISMATCH"),
    ] {
        let checked = |(number, status): (u128, &Option<ItemStatus>)| ReceiptItem {
            check: status.map(|status| ItemCheck {
                received: amount(1),
                status,
                remarks: None,
                damage: None,
                accepts_excess: false,
                accepted: amount(1),
                ticket: None,
            }),
            ..item(number, goods(number, "Organic Tomatoes", 100, 100))
        };
        let receipt = of((1..).zip(&items).map(checked).collect());
        assert_eq!((receipt.status(), receipt.status().as_str()), (status, name), "{items:?}");
        assert_eq!(receipt.is_open(), items.contains(&None), "{items:?}");
    }
}

#[test]
fn receipts_are_numbered_by_the_teams_year() {
    let locale =
        |zone: &str| TeamLocale { zone: zone.parse().unwrap(), currency: kernel::money::Currency::EUR };
    let late: DateTime<Utc> = "2024-12-31T23:30:00Z".parse().unwrap();
    assert_eq!(GoodsReceipt::series(late, &locale("UTC")).number(7), "GRN-2024-007");
    assert_eq!(GoodsReceipt::series(late, &locale("Europe/Warsaw")).number(7), "GRN-2025-007");
}
