//! The rules of buying in, case by case. The order has 50 tomatoes and 30 spinach; VEN001 and VEN002 are vendors.

mod assigning;
mod invariants;
mod ordering;
mod sending;

use chrono::TimeDelta;
use kernel::id::{Id, Uuid};
use kernel::money::UnitPrice;

use super::*;
use crate::assignment::AssignmentStatus;
use crate::vendor::{NewVendor, PaymentTerm, VendorCode, VendorName};

pub(crate) fn id<K>(number: u128) -> Id<K> {
    Id::new(Uuid::from_u128(number))
}

pub(crate) fn at(minute: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_000) + TimeDelta::minutes(minute)
}

pub(crate) fn quantity(number: i64) -> Quantity {
    Quantity::try_new(number.into()).unwrap()
}

pub(crate) fn amount(number: i64) -> Amount {
    Amount::try_new(number.into()).unwrap()
}

/// The vendor `VEN00n`.
pub(crate) fn vendor(number: u128) -> Vendor {
    let new = NewVendor {
        code: VendorCode::try_new(&format!("VEN{number:03}")).unwrap(),
        name: VendorName::try_new("Green Farms").unwrap(),
        email: None,
        address: None,
        payment_term: PaymentTerm::default(),
    };
    Vendor::create(id(number), new, at(0))
}

fn vendors(numbers: &[u128]) -> BTreeMap<VendorId, Vendor> {
    numbers.iter().map(|number| (id(*number), vendor(*number))).collect()
}

pub(crate) fn line(number: u128, name: &str, ordered: i64, price: &str) -> OrderedLine {
    OrderedLine {
        id: id(number),
        product_name: name.into(),
        sku: None,
        quantity: quantity(ordered),
        unit_price: UnitPrice::try_new(price.parse().unwrap()).unwrap(),
    }
}

pub(crate) fn supply(assignments: Vec<Assignment>) -> OrderSupply {
    OrderSupply {
        order: OrderRef { id: id(100), number: "ORD-2024-001".into() },
        standing: Standing::Open,
        currency: Currency::EUR,
        lines: vec![line(1, "Tomatoes", 50, "45"), line(2, "Spinach", 30, "25.5")],
        assignments,
    }
}

/// So much of a line for a vendor, who has not answered.
pub(crate) fn assignment(number: u128, on: u128, of: u128, asked: i64) -> Assignment {
    let supply = supply(vec![]);
    let line = supply.lines.iter().find(|line| line.id == id(on)).unwrap().clone();
    Assignment {
        id: id(number),
        order: supply.order,
        line,
        vendor: VendorRef::from(&vendor(of)),
        quantity: quantity(asked),
        answer: Answer::Awaited,
        released: false,
        purchase_order: None,
        progress: Progress::default(),
        version: 1,
        assigned_at: at(1),
        updated_at: at(1),
    }
}

pub(crate) fn reason(text: &str) -> Reason {
    Reason::try_new(text).unwrap()
}

/// The assignment once the vendor confirmed so much of it.
pub(crate) fn answered(assignment: Assignment, confirmed: i64) -> Assignment {
    let answer = match Quantity::try_new(confirmed.into()) {
        Ok(quantity) => Answer::Confirmed { quantity, reason: None, at: at(2) },
        Err(_) => Answer::Declined { reason: reason("None left"), at: at(2) },
    };
    Assignment { answer, ..assignment }
}

/// So much dispatched, verified, received and accepted.
pub(crate) fn progress([dispatched, verified, received, accepted]: [i64; 4]) -> Progress {
    let amount = |number| amount(number);
    Progress {
        dispatched: amount(dispatched),
        verified: amount(verified),
        received: amount(received),
        accepted: amount(accepted),
    }
}

/// A confirmed assignment of tomatoes that purchase order 1 covers.
pub(crate) fn covered(number: u128, confirmed: i64, came: [i64; 4]) -> Assignment {
    let confirmed = answered(assignment(number, 1, 1, confirmed), confirmed);
    Assignment { purchase_order: Some(id(1)), progress: progress(came), ..confirmed }
}

fn faults(error: SupplyError) -> Vec<SupplyFault> {
    match error {
        SupplyError::Invalid(faults) => faults,
        other => panic!("{other:?}"),
    }
}

/// The entries that find too little left, with what was wanted and what is left.
fn shortfalls(error: SupplyError) -> Vec<(usize, i64, i64)> {
    let entries = match error {
        SupplyError::NotAvailable(entries) | SupplyError::NotDispatchable(entries) => entries,
        other => panic!("{other:?}"),
    };
    let number = |value: String| value.parse().unwrap();
    entries.iter().map(|it| (it.entry, number(it.wanted.to_string()), number(it.left.to_string()))).collect()
}

const RELEASED: bool = true;
const OPEN: bool = false;

/// What of the 50 tomatoes may be assigned beside one assignment, and how much of that is still on its way.
#[test]
fn what_is_accepted_or_on_its_way_is_not_available() {
    for (asked, confirmed, released, came, on_its_way, to_dispatch, available) in [
        (30, None, OPEN, [0, 0, 0, 0], 30, 0, 20),
        (30, Some(30), OPEN, [0, 0, 0, 0], 30, 30, 20),
        (30, Some(20), OPEN, [0, 0, 0, 0], 20, 20, 30),
        (30, Some(0), OPEN, [0, 0, 0, 0], 0, 0, 50),
        (30, Some(20), OPEN, [5, 0, 0, 0], 20, 15, 30),
        (30, Some(20), OPEN, [20, 0, 0, 0], 20, 0, 30),
        (30, Some(20), OPEN, [20, 5, 5, 5], 15, 0, 30),
        (30, Some(20), OPEN, [20, 20, 20, 20], 0, 0, 30),
        // a shortage, and damaged goods, may be assigned again
        (30, Some(20), OPEN, [20, 20, 15, 15], 0, 0, 35),
        (30, Some(20), OPEN, [20, 20, 20, 12], 0, 0, 38),
        (30, Some(20), OPEN, [20, 20, 0, 0], 0, 0, 50),
        // an excess takes room only where it is accepted
        (30, Some(20), OPEN, [20, 20, 25, 20], 0, 0, 30),
        (30, Some(20), OPEN, [20, 20, 25, 25], 0, 0, 25),
        (50, Some(50), OPEN, [50, 50, 60, 60], 0, 0, 0),
        // what is released will not come, but for what is under way
        (30, None, RELEASED, [0, 0, 0, 0], 0, 0, 50),
        (30, Some(20), RELEASED, [0, 0, 0, 0], 0, 0, 50),
        (30, Some(20), RELEASED, [5, 0, 0, 0], 5, 0, 45),
        (30, Some(20), RELEASED, [5, 5, 5, 4], 0, 0, 46),
    ] {
        let case = (asked, confirmed, released, came);
        let asked = assignment(1, 1, 1, asked);
        let one = confirmed.map_or(asked.clone(), |confirmed| answered(asked, confirmed));
        let one = Assignment { released, progress: progress(came), ..one };
        assert_eq!(
            (one.on_its_way(), one.to_dispatch()),
            (amount(on_its_way), amount(to_dispatch)),
            "{case:?}"
        );
        let supply = supply(vec![one]);
        let [tomatoes, spinach] = &supply.lines[..] else { panic!("two lines") };
        assert_eq!(supply.available(tomatoes), amount(available), "{case:?}");
        assert_eq!(supply.available(spinach), amount(30), "the other line stays: {case:?}");
        let [.., accepted] = came;
        assert_eq!(supply.accepted(id(1)), amount(accepted), "{case:?}");
    }
}

#[test]
fn all_assignments_of_a_line_count_together() {
    let excess = covered(3, 10, [10, 10, 25, 25]);
    let supply = supply(vec![assignment(1, 1, 1, 10), answered(assignment(2, 1, 2, 9), 5), excess]);
    let [tomatoes, _] = &supply.lines[..] else { panic!("two lines") };
    assert_eq!(supply.available(tomatoes), amount(50 - 10 - 5 - 25));
    assert_eq!((supply.accepted(id(1)), supply.accepted(id(2))), (amount(25), amount(0)));
}

#[test]
fn an_order_is_dispatched_and_confirmed_by_what_its_assignments_are() {
    let of = |assignments| {
        let supply = supply(assignments);
        (supply.is_confirmed(), supply.is_dispatched())
    };
    let asked = assignment(1, 1, 1, 10);
    assert_eq!(of(vec![]), (false, false));
    assert_eq!(of(vec![asked.clone()]), (false, false));
    assert_eq!(of(vec![answered(asked.clone(), 0)]), (false, false));
    assert_eq!(of(vec![asked, answered(assignment(2, 1, 1, 10), 1)]), (true, false));
    assert_eq!(of(vec![covered(1, 10, [1, 0, 0, 0])]), (true, true));
}

#[test]
fn only_what_was_still_to_be_dispatched_is_released() {
    let supply = supply(vec![
        assignment(1, 1, 1, 5),
        answered(assignment(2, 1, 1, 5), 4),
        answered(assignment(3, 1, 1, 5), 0),
        covered(4, 5, [2, 0, 0, 0]),
        covered(5, 5, [5, 0, 0, 0]),
        covered(6, 5, [5, 5, 3, 3]),
    ]);
    let released = supply.released(at(7));
    let changed: Vec<_> = released.iter().map(|it| (it.id, it.version, it.updated_at)).collect();
    assert_eq!(changed, [1, 2, 4].map(|number| (id(number), 2, at(7))));
    assert!(released.iter().all(|it| it.status() == AssignmentStatus::Released));
    let after = supply.with(&released);
    assert_eq!(after.assignments.len(), 6, "what is changed takes its own place");
    assert_eq!(after.released(at(8)), [], "once");
}
