use super::*;

fn new(on: u128, of: u128, number: i64) -> NewAssignment {
    NewAssignment { line: id(on), vendor: id(of), quantity: quantity(number) }
}

fn assign(supply: &OrderSupply, new: &[NewAssignment]) -> Result<Vec<Assignment>, SupplyError> {
    let ids: Vec<_> = (200..).map(id).take(new.len()).collect();
    let mut vendors = vendors(&[1, 2, 3]);
    vendors.get_mut(&id(3)).unwrap().is_active = false;
    supply.assign(new, &ids, &vendors, at(5))
}

#[test]
fn one_line_goes_to_several_vendors_and_to_one_more_than_once() {
    let before = supply(vec![]);
    let made = assign(&before, &[new(1, 1, 20), new(1, 2, 20), new(1, 1, 10), new(2, 1, 30)]).unwrap();
    let expected = [(200, 1, 1, 20), (201, 1, 2, 20), (202, 1, 1, 10), (203, 2, 1, 30)];
    let expected = expected.map(|(number, on, of, asked)| Assignment {
        assigned_at: at(5),
        updated_at: at(5),
        ..assignment(number, on, of, asked)
    });
    assert_eq!(made, expected);
    let after = before.with(&made);
    assert_eq!(after.assignments, made);
    assert!(after.lines.iter().all(|line| after.available(line).is_zero()));
    assert_eq!(made.iter().map(Assignment::status).collect::<Vec<_>>(), [AssignmentStatus::Assigned; 4]);
}

#[test]
fn every_fault_is_named_with_its_entry() {
    use SupplyFault::{MoreThanOrdered, UnknownLine, UnknownVendor, VendorOutOfUse};
    let ordered = quantity(50);
    for (entries, expected) in [
        (vec![new(9, 1, 1)], vec![UnknownLine { entry: 0 }]),
        (vec![new(1, 9, 1)], vec![UnknownVendor { entry: 0 }]),
        (vec![new(1, 3, 1)], vec![VendorOutOfUse { entry: 0 }]),
        (vec![new(1, 1, 51)], vec![MoreThanOrdered { entry: 0, ordered }]),
        (vec![new(9, 9, 51)], vec![UnknownVendor { entry: 0 }, UnknownLine { entry: 0 }]),
        (vec![new(1, 3, 51)], vec![VendorOutOfUse { entry: 0 }, MoreThanOrdered { entry: 0, ordered }]),
        (
            vec![new(1, 1, 1), new(9, 1, 1), new(1, 9, 1), new(1, 3, 1), new(1, 1, 51)],
            vec![
                UnknownLine { entry: 1 },
                UnknownVendor { entry: 2 },
                VendorOutOfUse { entry: 3 },
                MoreThanOrdered { entry: 4, ordered },
            ],
        ),
        // what is invalid comes before what is short
        (vec![new(1, 1, 50), new(1, 1, 50), new(9, 1, 1)], vec![UnknownLine { entry: 2 }]),
    ] {
        let refused = faults(assign(&supply(vec![]), &entries).unwrap_err());
        assert_eq!(refused, expected, "{entries:?}");
    }
}

#[test]
fn every_entry_that_is_short_is_named_with_what_is_left_after_those_before_it() {
    let before = supply(vec![assignment(1, 1, 1, 20)]);
    for (entries, expected) in [
        (vec![new(1, 1, 31)], vec![(0, 31, 30)]),
        (vec![new(1, 1, 20), new(1, 2, 11)], vec![(1, 11, 10)]),
        (vec![new(1, 1, 30), new(1, 1, 1), new(2, 1, 30), new(2, 1, 2)], vec![(1, 1, 0), (3, 2, 0)]),
        // what does not fit takes nothing from those after it
        (vec![new(1, 1, 31), new(1, 1, 30), new(1, 1, 1)], vec![(0, 31, 30), (2, 1, 0)]),
    ] {
        let refused = assign(&before, &entries).unwrap_err();
        assert_eq!(kernel::error::Classified::code(&refused), "QUANTITY_NOT_AVAILABLE");
        assert_eq!(shortfalls(refused), expected, "{entries:?}");
    }
    assert_eq!(assign(&before, &[new(1, 1, 30)]).unwrap().len(), 1, "what is left, exactly");
    let refused = assign(&before, &[new(1, 1, 30), new(1, 1, 1)]).unwrap_err();
    assert_eq!(refused.to_string(), "there is not that much left: 1 wanted, 0 left");
}

#[test]
fn orders_that_ended_and_orders_of_tills_are_not_bought_in() {
    let ended = OrderSupply { standing: Standing::Ended("CLOSED"), ..supply(vec![]) };
    let of_till = OrderSupply { standing: Standing::OfTill, ..supply(vec![]) };
    // whatever else is wrong
    for entry in [new(1, 1, 1), new(9, 9, 99)] {
        let refused = assign(&ended, std::slice::from_ref(&entry)).unwrap_err();
        assert_eq!(refused.to_string(), "the order is CLOSED; nothing more of it can be bought in");
        let refused = assign(&of_till, &[entry]).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "the order came from a till; only orders of the order API are bought in"
        );
    }
}

fn confirm(
    one: Assignment,
    by: Visibility,
    confirmed: i64,
    why: Option<&str>,
) -> Result<Assignment, SupplyError> {
    let answer = VendorAnswer { confirmed: amount(confirmed), reason: why.map(reason) };
    supply(vec![one]).confirm(by, id(1), &answer, at(3))
}

#[test]
fn a_vendor_confirms_all_a_part_or_nothing() {
    let own = Visibility::Own(id(1));
    let why = || Some(reason("Not ripe"));
    let some = |number, reason| Answer::Confirmed { quantity: quantity(number), reason, at: at(3) };
    let none = Answer::Declined { reason: reason("Not ripe"), at: at(3) };
    for (by, confirmed, said, answer, status) in [
        (own, 30, None, some(30, None), AssignmentStatus::Confirmed),
        (own, 30, Some("Not ripe"), some(30, why()), AssignmentStatus::Confirmed),
        (own, 29, Some("Not ripe"), some(29, why()), AssignmentStatus::Confirmed),
        (own, 0, Some("Not ripe"), none.clone(), AssignmentStatus::Declined),
        (Visibility::All, 30, None, some(30, None), AssignmentStatus::Confirmed),
    ] {
        let after = confirm(assignment(1, 1, 1, 30), by, confirmed, said).unwrap();
        assert_eq!(after.status(), status);
        let expected = Assignment { answer, version: 2, updated_at: at(3), ..assignment(1, 1, 1, 30) };
        assert_eq!(after, expected, "{confirmed}");
    }
}

#[test]
fn an_answer_that_does_not_fit_is_refused() {
    for (confirmed, why, expected) in [
        (31, None, SupplyFault::MoreThanAssigned { assigned: quantity(30) }),
        (31, Some("More"), SupplyFault::MoreThanAssigned { assigned: quantity(30) }),
        (29, None, SupplyFault::ReasonMissing),
        (0, None, SupplyFault::ReasonMissing),
    ] {
        let refused = confirm(assignment(1, 1, 1, 30), Visibility::All, confirmed, why).unwrap_err();
        assert_eq!(faults(refused), [expected], "{confirmed}");
    }
}

#[test]
fn an_assignment_is_answered_once_by_its_vendor_while_it_is_open() {
    let asked = || assignment(1, 1, 1, 30);
    let own = Visibility::Own(id(1));
    let released = Assignment { released: true, ..asked() };
    let both = Assignment { released: true, ..answered(asked(), 20) };
    for (one, by, expected) in [
        (answered(asked(), 20), own, "the assignment was answered before: 20 confirmed"),
        (answered(asked(), 0), own, "the assignment was answered before: 0 confirmed"),
        (both, own, "the assignment was answered before: 20 confirmed"),
        (released, own, "the assignment was released: its order has ended"),
        (asked(), Visibility::Own(id(2)), "assignment not found"),
        (answered(asked(), 20), Visibility::Own(id(2)), "assignment not found"),
        (asked(), Visibility::Nothing, "assignment not found"),
        (Assignment { id: id(2), ..asked() }, Visibility::All, "assignment not found"),
    ] {
        // whatever else is wrong
        for confirmed in [30, 31, 29] {
            let refused = confirm(one.clone(), by, confirmed, None).unwrap_err();
            assert_eq!(refused.to_string(), expected);
        }
    }
}
