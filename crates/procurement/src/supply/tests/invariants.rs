//! What holds after any sequence of steps.

use proptest::prelude::*;

use super::*;

/// A step towards the supply of an order, mostly one that the rules allow. What it asks for may be too much.
#[derive(Debug, Clone)]
enum Step {
    /// So much of a line for a vendor, each.
    Assign(Vec<(u128, u128, i64)>),
    /// Of an assignment without an answer, so much less than all; more than all below 0.
    Confirm(usize, i64),
    /// From a vendor.
    Order(u128),
    /// Of assignments that something is left of to send, so much each, under the purchase order of the first.
    Send(Vec<(usize, i64)>),
    /// A dispatch, of each item of which so much came and so much of that is spoilt.
    Verify(usize, i64, i64),
    Release,
}

fn step() -> impl Strategy<Value = Step> {
    let entry = (1..3_u128, 1..3_u128, 1..15_i64);
    let item = (0..8_usize, 1..8_i64);
    let counts = (0..3_usize, 0..20_i64, 0..6_i64);
    prop_oneof![
        30 => proptest::collection::vec(entry, 1..3).prop_map(Step::Assign),
        30 => (0..8_usize, -1..4_i64).prop_map(|(which, less)| Step::Confirm(which, less)),
        20 => (1..3_u128).prop_map(Step::Order),
        40 => proptest::collection::vec(item, 1..3).prop_map(Step::Send),
        40 => counts.prop_map(|(which, came, spoilt)| Step::Verify(which, came, spoilt)),
        1 => Just(Step::Release),
    ]
}

/// An order, the dispatches that are under way, and what was accepted of each line up to what was sent.
struct Course {
    supply: OrderSupply,
    under_way: Vec<Dispatch>,
    taken: BTreeMap<OrderLineId, Amount>,
    steps: u128,
}

impl Course {
    fn new() -> Self {
        Self { supply: supply(vec![]), under_way: Vec::new(), taken: BTreeMap::new(), steps: 0 }
    }

    /// Takes a step, or leaves everything as it is where that is refused.
    fn take(&mut self, step: &Step) {
        self.steps += 1;
        let (number, now) = (1000 * self.steps, at(i64::try_from(self.steps).unwrap()));
        let changed = match step {
            Step::Assign(entries) => {
                let ids: Vec<_> = (number..).map(id).take(entries.len()).collect();
                let new = entries.iter().map(|(line, vendor, number)| NewAssignment {
                    line: id(*line),
                    vendor: id(*vendor),
                    quantity: quantity(*number),
                });
                self.supply.assign(&new.collect::<Vec<_>>(), &ids, &vendors(&[1, 2]), now)
            }
            Step::Confirm(which, less) => self.confirm(*which, *less, now),
            Step::Order(vendor) => self.supply.cover(id(*vendor), id(number), now),
            Step::Send(items) => self.send(items, (id(number), "DSP"), now),
            Step::Verify(which, came, spoilt) => Ok(self.verify(*which, (*came, *spoilt), now)),
            Step::Release => Ok(self.supply.released(now)),
        };
        self.supply = self.supply.clone().with(&changed.unwrap_or_default());
    }

    /// One of the assignments that are `such`.
    fn one(&self, which: usize, such: impl Fn(&Assignment) -> bool) -> Option<&Assignment> {
        let such: Vec<_> = self.supply.assignments.iter().filter(|one| such(one)).collect();
        such.get(which.checked_rem(such.len())?).copied()
    }

    fn confirm(&self, which: usize, less: i64, now: DateTime<Utc>) -> Result<Vec<Assignment>, SupplyError> {
        let Some(one) = self.one(which, |one| one.answer == Answer::Awaited) else { return Ok(Vec::new()) };
        let confirmed = if less < 0 {
            Amount::from(one.quantity).plus(amount(-less)).unwrap()
        } else {
            Amount::from(one.quantity).less(amount(less))
        };
        let answer = VendorAnswer { confirmed, reason: Some(reason("Not ripe")) };
        Ok(vec![self.supply.confirm(Visibility::All, one.id, &answer, now)?])
    }

    fn send(
        &mut self,
        items: &[(usize, i64)],
        names: (DispatchId, &str),
        now: DateTime<Utc>,
    ) -> Result<Vec<Assignment>, SupplyError> {
        let is_left = |one: &Assignment| one.purchase_order.is_some() && !one.to_dispatch().is_zero();
        let items: Vec<_> =
            items.iter().filter_map(|(which, number)| Some((self.one(*which, is_left)?, *number))).collect();
        let Some((first, _)) = items.first() else { return Ok(Vec::new()) };
        let item = |(one, number): &(&Assignment, i64)| NewDispatchItem {
            assignment: one.id,
            quantity: quantity(*number),
        };
        let new = NewDispatch {
            purchase_order: first.purchase_order.unwrap(),
            items: items.iter().map(item).collect(),
            tracking_reference: None,
            remarks: None,
        };
        let (dispatch, sent) = self.supply.dispatch(Visibility::All, &new, names, "PO", now)?;
        self.under_way.push(dispatch);
        Ok(sent)
    }

    fn verify(&mut self, which: usize, (came, spoilt): (i64, i64), now: DateTime<Utc>) -> Vec<Assignment> {
        let Some(which) = which.checked_rem(self.under_way.len()) else { return Vec::new() };
        let dispatch = self.under_way.remove(which);
        let goods: Vec<_> = dispatch.items.iter().map(|item| goods(item, came, spoilt)).collect();
        for it in &goods {
            let one = self.supply.assignments.iter().find(|one| one.id == it.assignment).unwrap();
            let taken = self.taken.entry(one.line.id).or_default();
            *taken = taken.plus(it.accepted.min(it.dispatched.into())).unwrap();
        }
        self.supply.verified(&goods, now)
    }

    fn check(&self) -> Result<(), TestCaseError> {
        for one in &self.supply.assignments {
            let Progress { dispatched, verified, received, accepted } = one.progress;
            let confirmed = one.answer.confirmed().unwrap_or_default();
            prop_assert!(
                confirmed <= one.quantity.into(),
                "no more is confirmed than was asked for: {one:?}"
            );
            prop_assert!(dispatched <= confirmed, "no more is sent than was confirmed: {one:?}");
            prop_assert!(
                verified <= dispatched && accepted <= received,
                "nor verified than was sent: {one:?}"
            );
            prop_assert!(dispatched.is_zero() || one.purchase_order.is_some(), "nor sent unordered: {one:?}");
        }
        for line in &self.supply.lines {
            let of_line = self.supply.assignments.iter().filter(|one| one.line.id == line.id);
            let on_its_way = of_line.fold(Amount::ZERO, |sum, one| sum.plus(one.on_its_way()).unwrap());
            let taken = self.taken.get(&line.id).copied().unwrap_or_default();
            let promised = on_its_way.plus(taken).unwrap();
            prop_assert!(
                promised <= line.quantity.into(),
                "never more than was ordered of {line:?}: {promised}"
            );
            let taken = on_its_way.plus(self.supply.accepted(line.id)).unwrap();
            let left = Amount::from(line.quantity).less(taken);
            prop_assert_eq!(self.supply.available(line), left, "what is left of {:?}", line);
        }
        Ok(())
    }
}

/// So much of an item came, and so much of that is spoilt; an excess is taken where what is spoilt is an odd number.
fn goods(item: &DispatchItem, came: i64, spoilt: i64) -> VerifiedGoods {
    let usable = amount(came).less(amount(spoilt));
    let accepted = if spoilt % 2 == 1 { usable } else { usable.min(item.quantity.into()) };
    VerifiedGoods { assignment: item.assignment, dispatched: item.quantity, received: amount(came), accepted }
}

proptest! {
    #[test]
    fn whatever_is_done_no_more_is_bought_in_than_was_ordered(steps in proptest::collection::vec(step(), 1..100)) {
        let mut course = Course::new();
        for step in &steps {
            course.take(step);
            course.check()?;
        }
    }
}
