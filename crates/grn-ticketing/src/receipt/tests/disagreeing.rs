//! What a verification says that the records, or its own numbers, contradict.

use kernel::error::{Classified, ErrorKind};

use super::*;
use ItemStatus::{DamageReported, ExcessReceived, QuantityMismatch, ShortageReported, VerifiedOk};

fn faults(receipt: &GoodsReceipt, found: &Verification) -> Vec<Disagreement> {
    match verify(receipt, found) {
        Ok(_) => Vec::new(),
        Err(ReceiptError::Disagrees(faults)) => faults,
        Err(other) => panic!("{other:?}"),
    }
}

/// Of 100 sent, and 200 asked for, every status with fewer, as many and more received, with and without a damage reported.
#[test]
fn a_status_fits_the_numbers_or_is_refused() {
    let short: &[_] = &[QuantityMismatch, ShortageReported];
    let more: &[_] = &[QuantityMismatch, ExcessReceived];
    let roomy = of(vec![item(1, goods(1, "Organic Tomatoes", 200, 100))]);
    for (received, is_damaged, fitting) in [
        (99, false, short),
        (0, false, short),
        (100, false, &[VerifiedOk]),
        (101, false, more),
        (99, true, &[DamageReported]),
        (0, true, &[DamageReported]),
        (100, true, &[DamageReported]),
        (101, true, &[DamageReported]),
    ] {
        for status in ItemStatus::ALL {
            let is_described = is_damaged || *status == DamageReported;
            let count = ItemCount {
                is_damage_reported: is_damaged,
                damage_description: is_described.then(crushed),
                ..count(1, received, *status)
            };
            let expected = if fitting.contains(status) {
                vec![]
            } else if (*status == DamageReported) == is_damaged {
                vec![Disagreement::Status { entry: 0, fitting }]
            } else {
                vec![Disagreement::DamageContradicted { entry: 0 }]
            };
            let found = faults(&roomy, &verification(vec![count]));
            assert_eq!(found, expected, "{received} of 100, {is_damaged}, {status:?}");
        }
    }
}

/// Each fault of the second count alone, where the first has none.
#[test]
fn every_disagreement_is_named_with_its_entry() {
    let short = || count(2, 45, QuantityMismatch);
    let damaged = || count(2, 45, DamageReported);
    let entry = 1;
    for (second, expected) in [
        (count(9, 45, QuantityMismatch), Disagreement::UnknownItem { entry }),
        (count(1, 95, QuantityMismatch), Disagreement::RepeatedItem { entry }),
        (ItemCount { assigned_item: Some(id(11)), ..short() }, Disagreement::AssignedItem { entry }),
        (
            ItemCount { assigned: Some(49.into()), ..short() },
            Disagreement::Assigned { entry, recorded: quantity(50) },
        ),
        (
            ItemCount { confirmed: Some(45.into()), ..short() },
            Disagreement::Confirmed { entry, recorded: quantity(50) },
        ),
        (
            ItemCount { discrepancy: Some(5.into()), ..short() },
            Disagreement::Discrepancy { entry, computed: (-5).into() },
        ),
        (
            ItemCount { status: ExcessReceived, ..short() },
            Disagreement::Status { entry, fitting: &[QuantityMismatch, ShortageReported] },
        ),
        (ItemCount { is_damage_reported: false, ..damaged() }, Disagreement::DamageContradicted { entry }),
        (ItemCount { status: QuantityMismatch, ..damaged() }, Disagreement::DamageContradicted { entry }),
        (ItemCount { damage_description: None, ..damaged() }, Disagreement::DamageNotDescribed { entry }),
        (
            ItemCount { damage_description: Some(crushed()), ..short() },
            Disagreement::DamageNotReported { entry },
        ),
        (ItemCount { damaged: Some(amount(0)), ..short() }, Disagreement::DamagedUnreported { entry }),
        (
            ItemCount { damaged: Some(amount(46)), ..damaged() },
            Disagreement::DamagedBeyondReceived { entry, received: amount(45) },
        ),
        (ItemCount { accepts_excess: true, ..short() }, Disagreement::NoExcess { entry }),
        (ItemCount { accepts_excess: true, ..count(2, 50, VerifiedOk) }, Disagreement::NoExcess { entry }),
        (ItemCount { accepts_excess: true, ..damaged() }, Disagreement::NoExcess { entry }),
        (
            count(2, 51, DamageReported),
            Disagreement::PastAssignment { entry, assigned: quantity(50), before: amount(0) },
        ),
    ] {
        let found = verification(vec![count(1, 95, QuantityMismatch), second]);
        assert_eq!(faults(&receipt(), &found), [expected]);
    }
    let roomy = of(vec![item(1, goods(1, "Organic Tomatoes", 200, 100))]);
    let excess = ItemCount { accepts_excess: true, ..count(1, 101, DamageReported) };
    let found = faults(&roomy, &verification(vec![excess]));
    assert_eq!(found, [Disagreement::NoExcess { entry: 0 }], "an excess of damaged goods is none");
}

#[test]
fn what_is_said_of_the_receipt_itself_must_agree_too() {
    let number = |number: &str| Verification { number: Some(number.into()), ..verification(vec![]) };
    let recorded = Box::from("GRN-2024-001");
    assert_eq!(faults(&receipt(), &number("GRN-2024-002")), [Disagreement::Number { recorded }]);
    assert_eq!(faults(&receipt(), &number("GRN-2024-001")), []);
    let dispatch = |number| Verification { dispatch: Some(id(number)), ..verification(vec![]) };
    let recorded = Box::from("DSP-2024-001");
    assert_eq!(faults(&receipt(), &dispatch(6)), [Disagreement::Dispatch { recorded }]);
    assert_eq!(faults(&receipt(), &dispatch(5)), []);
}

#[test]
fn items_that_are_not_verified_now_are_not_counted() {
    let short = || vec![count(1, 95, QuantityMismatch)];
    for (found, expected) in [
        (only(&[1], short()), vec![]),
        (only(&[2], short()), vec![Disagreement::NotVerifiedNow { entry: 0 }]),
        (only(&[], vec![]), vec![Disagreement::NothingVerified]),
        (only(&[1, 2, 1], short()), vec![Disagreement::RepeatedVerifiedItem { entry: 2 }]),
        (only(&[1, 9], short()), vec![Disagreement::UnknownVerifiedItem { entry: 1 }]),
        (
            only(&[9, 2, 8], short()),
            vec![
                Disagreement::UnknownVerifiedItem { entry: 0 },
                Disagreement::UnknownVerifiedItem { entry: 2 },
                Disagreement::NotVerifiedNow { entry: 0 },
            ],
        ),
    ] {
        assert_eq!(faults(&receipt(), &found), expected, "{:?}", found.only);
    }
}

#[test]
fn all_disagreements_are_named_at_once() {
    let wrong = ItemCount {
        assigned_item: Some(id(9)),
        assigned: Some(99.into()),
        confirmed: Some(98.into()),
        discrepancy: Some(5.into()),
        damaged: Some(amount(1)),
        damage_description: Some(crushed()),
        accepts_excess: true,
        ..count(1, 95, ExcessReceived)
    };
    let found = Verification {
        number: Some("GRN-2024-002".into()),
        dispatch: Some(id(6)),
        ..only(&[1, 9], vec![wrong, count(9, 1, VerifiedOk), count(1, 95, QuantityMismatch)])
    };
    let (entry, hundred) = (0, quantity(100));
    let expected = vec![
        Disagreement::Number { recorded: "GRN-2024-001".into() },
        Disagreement::Dispatch { recorded: "DSP-2024-001".into() },
        Disagreement::UnknownVerifiedItem { entry: 1 },
        Disagreement::AssignedItem { entry },
        Disagreement::Assigned { entry, recorded: hundred },
        Disagreement::Confirmed { entry, recorded: hundred },
        Disagreement::Discrepancy { entry, computed: (-5).into() },
        Disagreement::Status { entry, fitting: &[QuantityMismatch, ShortageReported] },
        Disagreement::DamageNotReported { entry },
        Disagreement::DamagedUnreported { entry },
        Disagreement::NoExcess { entry },
        Disagreement::UnknownItem { entry: 1 },
        Disagreement::RepeatedItem { entry: 2 },
    ];
    assert_eq!(faults(&receipt(), &found), expected);
    let refused = verify(&receipt(), &found).unwrap_err();
    assert_eq!((refused.kind(), refused.code()), (ErrorKind::Invalid, "VALIDATION_ERROR"));
}

#[test]
fn numbers_agree_however_they_are_written() {
    let said = ItemCount {
        assigned_item: Some(id(11)),
        assigned: Some("100.000".parse().unwrap()),
        confirmed: Some("100.0".parse().unwrap()),
        discrepancy: Some("-5.00".parse().unwrap()),
        ..count(1, 95, QuantityMismatch)
    };
    assert_eq!(faults(&receipt(), &verification(vec![said])), []);
}

/// What earlier receipts of an assignment of 50 counted, what is sent and received now, and how.
#[test]
fn an_assignment_is_passed_only_by_an_excess() {
    for (before, sent, received, status, is_passed) in [
        (20, 30, 30, VerifiedOk, false),
        (20, 30, 30, DamageReported, false),
        (20, 30, 31, DamageReported, true),
        (19, 30, 31, DamageReported, false),
        (20, 30, 31, ExcessReceived, false),
        (20, 30, 500, QuantityMismatch, false),
        (0, 50, 51, DamageReported, true),
        (0, 30, 50, DamageReported, false),
        (0, 30, 51, DamageReported, true),
        // what was sent may always be said to have come
        (40, 30, 30, DamageReported, false),
        (40, 30, 29, ShortageReported, false),
    ] {
        let goods = ArrivedItem { received_before: amount(before), ..goods(1, "Organic Tomatoes", 50, sent) };
        let found = faults(&of(vec![item(1, goods)]), &verification(vec![count(1, received, status)]));
        let passed =
            Disagreement::PastAssignment { entry: 0, assigned: quantity(50), before: amount(before) };
        let expected = if is_passed { vec![passed] } else { vec![] };
        assert_eq!(found, expected, "{before} and {received} of {sent}, {status:?}");
    }
}

#[test]
fn receipts_together_stay_within_what_can_be_counted() {
    let most = 999_999_999_999;
    for (before, received, is_too_much) in [(0, most, false), (1, most - 1, false), (1, most, true)] {
        let goods = ArrivedItem { received_before: amount(before), ..goods(1, "Organic Tomatoes", 50, 30) };
        let found = verification(vec![count(1, received, ExcessReceived)]);
        let expected = is_too_much.then_some(Disagreement::TooMuch { entry: 0, before: amount(before) });
        assert_eq!(faults(&of(vec![item(1, goods)]), &found), Vec::from_iter(expected), "{before}");
    }
}
