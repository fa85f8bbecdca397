use kernel::quantity::{Amount, AmountFault};
use rust_decimal::Decimal;

/// How much of its available quantity an operation made good, rejected and reworked (`docs/spec/mes.md`, "Quantities"). A
/// shortfall is none of them: it is what is left.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct QuantityReport {
    /// Available to the next operation.
    pub good: Amount,
    /// Goes no further.
    pub rejected: Amount,
    /// What of both was gone over again.
    pub reworked: Amount,
}

/// The totals that a completion names; what it leaves out follows from the rest.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// The available quantity less what is rejected, if not given.
    pub good: Option<Amount>,
    /// What was reported, if not given.
    pub rejected: Option<Amount>,
    /// What was reported, if not given.
    pub reworked: Option<Amount>,
}

/// What is added to the quantities of an operation because a report was wrong; less than zero takes back.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Correction {
    good: Decimal,
    rejected: Decimal,
}

impl Correction {
    /// Checks that both numbers have the size of amounts; `None` where nothing is corrected.
    ///
    /// # Errors
    /// When one has more than three decimals, or is 10¹² or more.
    pub fn try_new(
        good: Decimal,
        rejected: Decimal,
    ) -> Result<Option<Self>, Vec<(QuantityField, QuantityFault)>> {
        let numbers = [(QuantityField::Good, good), (QuantityField::Rejected, rejected)];
        let faulty =
            numbers.map(|(field, number)| Some((field, Amount::try_new(number.abs()).err()?.into())));
        let faults: Vec<_> = faulty.into_iter().flatten().collect();
        if !faults.is_empty() {
            return Err(faults);
        }
        Ok((!good.is_zero() || !rejected.is_zero()).then_some(Self { good, rejected }))
    }
}

/// One of the three quantities of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuantityField {
    Good,
    Rejected,
    Reworked,
}

/// What is wrong with a quantity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum QuantityFault {
    #[error(transparent)]
    Amount(#[from] AmountFault),
    #[error("must be at least what was reported: {0}")]
    BelowReported(Amount),
    #[error(
        "good and rejected would be {made} together; the operation was handed on {available} and can make no more"
    )]
    BeyondAvailable { made: Decimal, available: Amount },
    #[error("would leave less than 0; {0} is reported")]
    BelowZero(Amount),
    #[error("would leave less than the next operation has used: {0}")]
    BelowUsed(Amount),
    #[error("must be at most what was made: {0}")]
    MoreReworkedThanMade(Decimal),
}

type Faults = Vec<(QuantityField, QuantityFault)>;

impl QuantityReport {
    /// The quantities with what is reported added to them.
    ///
    /// # Errors
    /// When good and rejected together pass the available quantity, or more is reworked than made.
    pub fn report(self, more: Self, available_quantity: Amount) -> Result<Self, Faults> {
        let sum = |before: Amount, more: Amount, field: QuantityField| {
            before.plus(more).map_err(|fault| vec![(field, fault.into())])
        };
        let after = Self {
            good: sum(self.good, more.good, QuantityField::Good)?,
            rejected: sum(self.rejected, more.rejected, QuantityField::Rejected)?,
            reworked: sum(self.reworked, more.reworked, QuantityField::Reworked)?,
        };
        let blamed = if more.good.is_zero() { QuantityField::Rejected } else { QuantityField::Good };
        after.within(available_quantity, blamed)
    }

    /// The quantities of a completed operation.
    ///
    /// # Errors
    /// When a total is less than what was reported, or as for [`report`](Self::report).
    pub fn complete(self, totals: Totals, available_quantity: Amount) -> Result<Self, Faults> {
        let mut faults = Vec::new();
        let mut at_least = |given: Option<Amount>, reported: Amount, field: QuantityField| {
            if given.is_some_and(|given| given < reported) {
                faults.push((field, QuantityFault::BelowReported(reported)));
            }
        };
        at_least(totals.good, self.good, QuantityField::Good);
        at_least(totals.rejected, self.rejected, QuantityField::Rejected);
        at_least(totals.reworked, self.reworked, QuantityField::Reworked);
        if !faults.is_empty() {
            return Err(faults);
        }
        let rejected = totals.rejected.unwrap_or(self.rejected);
        let good = totals.good.unwrap_or_else(|| available_quantity.less(rejected).max(self.good));
        let after = Self { good, rejected, reworked: totals.reworked.unwrap_or(self.reworked) };
        after.within(
            available_quantity,
            if totals.good.is_some() { QuantityField::Good } else { QuantityField::Rejected },
        )
    }

    /// The quantities after a correction; `used` is what the next operation made of the good ones. Never more is reworked
    /// than is left.
    ///
    /// # Errors
    /// When less than zero or than `used` would be left, or as for [`report`](Self::report).
    pub fn correct(self, by: Correction, used: Amount, available_quantity: Amount) -> Result<Self, Faults> {
        let good = self.good.value() + by.good;
        let rejected = self.rejected.value() + by.rejected;
        let mut faults = Vec::new();
        if good < Decimal::ZERO {
            faults.push((QuantityField::Good, QuantityFault::BelowZero(self.good)));
        } else if by.good < Decimal::ZERO && good < used.value() {
            faults.push((QuantityField::Good, QuantityFault::BelowUsed(used)));
        }
        if rejected < Decimal::ZERO {
            faults.push((QuantityField::Rejected, QuantityFault::BelowZero(self.rejected)));
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        let amount = |number, field| Amount::try_new(number).map_err(|fault| vec![(field, fault.into())]);
        let good = amount(good, QuantityField::Good)?;
        let rejected = amount(rejected, QuantityField::Rejected)?;
        let made = good.plus(rejected).map_err(|fault| vec![(QuantityField::Good, fault.into())])?;
        let blamed = if by.good > Decimal::ZERO { QuantityField::Good } else { QuantityField::Rejected };
        Self { good, rejected, reworked: self.reworked.min(made) }.within(available_quantity, blamed)
    }

    /// Whether any correction would be taken.
    pub fn can_be_corrected(self, used: Amount, available_quantity: Amount) -> bool {
        self.good > used || !self.rejected.is_zero() || !self.shortfall(available_quantity).is_zero()
    }

    /// What of the available quantity is neither good nor rejected.
    pub fn shortfall(self, available_quantity: Amount) -> Amount {
        available_quantity.less(self.good).less(self.rejected)
    }

    fn within(self, available_quantity: Amount, blamed: QuantityField) -> Result<Self, Faults> {
        let made = self.good.value() + self.rejected.value();
        if made > available_quantity.value() {
            let fault = QuantityFault::BeyondAvailable { made, available: available_quantity };
            return Err(vec![(blamed, fault)]);
        }
        if self.reworked.value() > made {
            return Err(vec![(QuantityField::Reworked, QuantityFault::MoreReworkedThanMade(made))]);
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn amount(text: &str) -> Amount {
        Amount::try_new(text.parse().unwrap()).unwrap()
    }

    fn quantities(good: &str, rejected: &str, reworked: &str) -> QuantityReport {
        QuantityReport { good: amount(good), rejected: amount(rejected), reworked: amount(reworked) }
    }

    fn totals(good: Option<&str>, rejected: Option<&str>, reworked: Option<&str>) -> Totals {
        Totals { good: good.map(amount), rejected: rejected.map(amount), reworked: reworked.map(amount) }
    }

    fn fields(faults: &[(QuantityField, QuantityFault)]) -> Vec<QuantityField> {
        faults.iter().map(|(field, _)| *field).collect()
    }

    #[test]
    fn reports_add_up_to_what_was_handed_on() {
        let first = QuantityReport::default().report(quantities("60", "5", "1"), amount("100")).unwrap();
        let second = first.report(quantities("30.5", "4.5", "0"), amount("100")).unwrap();
        assert_eq!(second, quantities("90.5", "9.5", "1"));
        let faults = second.report(quantities("0.001", "0", "0"), amount("100")).unwrap_err();
        assert_eq!(fields(&faults), [QuantityField::Good]);
        let faults = second.report(quantities("0", "0.001", "0"), amount("100")).unwrap_err();
        assert_eq!(fields(&faults), [QuantityField::Rejected]);
        let faults = QuantityReport::default().report(quantities("1", "0", "2"), amount("100")).unwrap_err();
        assert_eq!(fields(&faults), [QuantityField::Reworked]);
    }

    #[test]
    fn what_a_completion_leaves_out_follows_from_the_rest() {
        let reported = quantities("20", "5", "2");
        for (asked, expected) in [
            (totals(None, None, None), quantities("95", "5", "2")),
            (totals(None, Some("10"), None), quantities("90", "10", "2")),
            (totals(Some("80"), None, Some("7")), quantities("80", "5", "7")),
            (totals(Some("20"), Some("5"), Some("2")), reported),
        ] {
            assert_eq!(reported.complete(asked, amount("100")), Ok(expected), "{asked:?}");
        }
    }

    #[test]
    fn a_shortfall_is_neither_good_nor_rejected() {
        let done =
            QuantityReport::default().complete(totals(Some("80"), Some("5"), None), amount("100")).unwrap();
        assert_eq!((done.rejected, done.shortfall(amount("100"))), (amount("5"), amount("15")));
    }

    #[test]
    fn a_total_below_what_was_reported_or_above_what_was_handed_on_is_refused() {
        let reported = quantities("20", "5", "2");
        for (asked, expected) in [
            (
                totals(Some("19.999"), Some("4"), Some("1")),
                vec![QuantityField::Good, QuantityField::Rejected, QuantityField::Reworked],
            ),
            (totals(Some("96"), None, None), vec![QuantityField::Good]),
            (totals(None, Some("80.001"), None), vec![QuantityField::Rejected]),
            (totals(Some("20"), Some("5"), Some("26")), vec![QuantityField::Reworked]),
        ] {
            let faults = reported.complete(asked, amount("100")).unwrap_err();
            assert_eq!(fields(&faults), expected, "{asked:?}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_reported_and_completed_nothing_is_made_of_nothing(
            available_quantity in 0..2_000_i64,
            reports in proptest::collection::vec((0..500_i64, 0..200_i64, 0..50_i64), 0..8),
            asked in (proptest::option::of(0..2_500_i64), proptest::option::of(0..500_i64)),
        ) {
            let milli = |number: i64| Amount::try_new(Decimal::new(number, 3)).unwrap();
            let available_quantity = milli(available_quantity);
            let mut so_far = QuantityReport::default();
            for (good, rejected, reworked) in reports {
                let more = QuantityReport { good: milli(good), rejected: milli(rejected), reworked: milli(reworked) };
                if let Ok(after) = so_far.report(more, available_quantity) {
                    prop_assert_eq!(after.good.value(), so_far.good.value() + more.good.value());
                    so_far = after;
                }
            }
            let asked = Totals { good: asked.0.map(milli), rejected: asked.1.map(milli), reworked: None };
            if let Ok(done) = so_far.complete(asked, available_quantity) {
                prop_assert!(done.good >= so_far.good && done.rejected >= so_far.rejected);
                let all = done.good.value() + done.rejected.value() + done.shortfall(available_quantity).value();
                prop_assert_eq!(all, available_quantity.value());
            }
        }
    }
}
