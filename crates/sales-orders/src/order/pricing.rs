//! What lines and orders come to: lines are rounded, totals are sums of rounded lines (`docs/spec/common.md`, "Rounding").

use kernel::money::{Currency, Money, MoneyFault, Rate, UnitPrice};
use kernel::quantity::Quantity;

/// What a line or an order comes to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// Before discount and tax.
    pub sub_total: Money,
    /// Taken off.
    pub discount: Money,
    /// Put on.
    pub tax: Money,
    /// What is to be paid.
    pub total: Money,
}

/// The price of a line, and what is taken off and put on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pricing {
    /// What one costs.
    pub unit_price: UnitPrice,
    /// Taken off the sub-total.
    pub discount_rate: Rate,
    /// Put on what is left.
    pub tax_rate: Rate,
}

impl Pricing {
    /// A bare price: no discount, no tax.
    pub const fn bare(unit_price: UnitPrice) -> Self {
        Self { unit_price, discount_rate: Rate::ZERO, tax_rate: Rate::ZERO }
    }

    /// What so much comes to; each amount is rounded as the currency is, half away from zero.
    ///
    /// # Errors
    /// When that is 10¹⁶ or more.
    pub fn of(&self, quantity: Quantity, currency: Currency) -> Result<Totals, MoneyFault> {
        let sub_total = self.unit_price.times(quantity, currency)?;
        let discount = self.discount_rate.of(sub_total, currency);
        let net = sub_total.minus(discount)?;
        let tax = self.tax_rate.of(net, currency);
        Ok(Totals { sub_total, discount, tax, total: net.plus(tax)? })
    }
}

impl Totals {
    /// What lines come to together.
    ///
    /// # Errors
    /// When that is 10¹⁶ or more.
    pub fn sum(lines: impl IntoIterator<Item = Self>) -> Result<Self, MoneyFault> {
        lines.into_iter().try_fold(Self::default(), |sum, line| {
            Ok(Self {
                sub_total: sum.sub_total.plus(line.sub_total)?,
                discount: sum.discount.plus(line.discount)?,
                tax: sum.tax.plus(line.tax)?,
                total: sum.total.plus(line.total)?,
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rust_decimal::Decimal;

    fn pricing(price: &str, discount: &str, tax: &str) -> Pricing {
        let rate = |text: &str| Rate::try_new(text.parse().unwrap()).unwrap();
        let unit_price = UnitPrice::try_new(price.parse().unwrap()).unwrap();
        Pricing { unit_price, discount_rate: rate(discount), tax_rate: rate(tax) }
    }

    fn of(pricing: &Pricing, quantity: &str) -> [String; 4] {
        let totals =
            pricing.of(Quantity::try_new(quantity.parse().unwrap()).unwrap(), Currency::EUR).unwrap();
        [totals.sub_total, totals.discount, totals.tax, totals.total].map(|sum| sum.to_string())
    }

    #[test]
    fn tax_is_on_what_the_discount_leaves() {
        assert_eq!(of(&pricing("12.50", "0", "0.10"), "2"), ["25.00", "0.00", "2.50", "27.50"]);
        assert_eq!(of(&pricing("100", "0.25", "0.2"), "1"), ["100.00", "25.00", "15.00", "90.00"]);
        assert_eq!(of(&pricing("45", "0", "0"), "50"), ["2250.00", "0.00", "0.00", "2250.00"]);
    }

    #[test]
    fn each_amount_of_a_line_is_rounded_half_away_from_zero() {
        assert_eq!(of(&pricing("0.335", "0.5", "0.5"), "1"), ["0.34", "0.17", "0.09", "0.26"]);
        assert_eq!(of(&pricing("0.0001", "0", "1"), "0.001"), ["0.00"; 4].map(str::to_owned));
        assert_eq!(of(&pricing("9.99", "1", "0.19"), "3"), ["29.97", "29.97", "0.00", "0.00"]);
    }

    #[test]
    fn what_passes_the_limit_is_refused() {
        let most = pricing("99999999999.9999", "0", "0");
        assert!(
            matches!(most.of(Quantity::try_new(100_000.into()).unwrap(), Currency::EUR), Ok(totals) if totals.total.value() == Decimal::from(9_999_999_999_999_990_u64))
        );
        assert!(matches!(
            most.of(Quantity::try_new(100_001.into()).unwrap(), Currency::EUR),
            Err(MoneyFault::TooLarge(_))
        ));
        let line = most.of(Quantity::try_new(100_000.into()).unwrap(), Currency::EUR).unwrap();
        assert!(matches!(Totals::sum([line, line]), Err(MoneyFault::TooLarge(_))));
    }

    /// Rounds thousandths and finer, half away from zero, in whole numbers: an oracle that knows no decimals.
    fn rounded(number: i128, divisor: i128) -> i128 {
        (2 * number + divisor) / (2 * divisor)
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 100_000, failure_persistence: None, ..ProptestConfig::default() })]

        /// 100,000 orders of up to 5 lines, against sums in whole cents.
        #[test]
        fn money_agrees_with_an_oracle_in_whole_numbers(
            lines in proptest::collection::vec((0_i64..100_000_000, 1_i64..1_000_000, 0_i64..=10_000, 0_i64..=10_000), 1..6)
        ) {
            let (mut totals, mut cents) = (Vec::new(), [0_i128; 4]);
            for (price, quantity, discount, tax) in lines {
                let rate = |number| Rate::try_new(Decimal::new(number, 4)).unwrap();
                let unit_price = UnitPrice::try_new(Decimal::new(price, 4)).unwrap();
                let pricing = Pricing { unit_price, discount_rate: rate(discount), tax_rate: rate(tax) };
                totals.push(pricing.of(Quantity::try_new(Decimal::new(quantity, 3)).unwrap(), Currency::EUR).unwrap());
                let sub_total = rounded(i128::from(price) * i128::from(quantity), 100_000);
                let discount = rounded(sub_total * i128::from(discount), 10_000);
                let tax = rounded((sub_total - discount) * i128::from(tax), 10_000);
                let line = [sub_total, discount, tax, sub_total - discount + tax];
                cents = std::array::from_fn(|place| cents[place] + line[place]);
            }
            let sum = Totals::sum(totals).unwrap();
            let found = [sum.sub_total, sum.discount, sum.tax, sum.total].map(Money::value);
            prop_assert_eq!(found, cents.map(|cents| Decimal::from_i128_with_scale(cents, 2)));
        }
    }
}
