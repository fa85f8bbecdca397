//! An invoice's totals, calculated as on Polish invoices: the tax once for each rate, on the sum of its lines.

use std::str::FromStr;

use kernel::money::{Money, MoneyFault};

use super::{Item, VatRate};

/// Whether unit prices are without or with tax.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum PriceType {
    /// `netto`
    #[default]
    Net,
    /// `brutto`
    Gross,
}

/// A text that is no price type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be netto or brutto")]
pub struct UnknownPriceType;

impl PriceType {
    /// `netto` or `brutto`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Net => "netto",
            Self::Gross => "brutto",
        }
    }
}

impl FromStr for PriceType {
    type Err = UnknownPriceType;

    fn from_str(text: &str) -> Result<Self, UnknownPriceType> {
        [Self::Net, Self::Gross].into_iter().find(|kind| kind.as_str() == text).ok_or(UnknownPriceType)
    }
}

/// The totals of an invoice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Totals {
    /// In the order in which the lines name the rates.
    pub per_rate: Vec<RateTotals>,
    pub net: Money,
    pub tax: Money,
    pub gross: Money,
}

/// The totals of the lines of one rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateTotals {
    pub rate: VatRate,
    pub net: Money,
    pub tax: Money,
    pub gross: Money,
}

impl Totals {
    /// Adds up items: each line is rounded, then each rate's tax on the sum of its lines.
    ///
    /// # Errors
    /// When a sum is 10¹⁶ or more.
    pub fn of(items: &[Item], prices: PriceType) -> Result<Self, MoneyFault> {
        let mut lines: Vec<(VatRate, Money)> = Vec::new();
        for item in items {
            let line = Money::rounded(item.unit_price.value() * item.quantity.value())?;
            match lines.iter_mut().find(|(rate, _)| *rate == item.vat) {
                Some((_, sum)) => *sum = sum.plus(line)?,
                None => lines.push((item.vat, line)),
            }
        }
        let per_rate = lines.into_iter().map(|(rate, sum)| RateTotals::of(rate, sum, prices));
        let per_rate = per_rate.collect::<Result<Vec<_>, _>>()?;
        let sum = |part: fn(&RateTotals) -> Money| {
            per_rate.iter().try_fold(Money::ZERO, |sum, totals| sum.plus(part(totals)))
        };
        let (net, tax) = (sum(|totals| totals.net)?, sum(|totals| totals.tax)?);
        let gross = sum(|totals| totals.gross)?;
        Ok(Self { per_rate, net, tax, gross })
    }
}

impl RateTotals {
    fn of(rate: VatRate, sum: Money, prices: PriceType) -> Result<Self, MoneyFault> {
        match prices {
            PriceType::Net => {
                let tax = Money::rounded(rate.on_net(sum.value()))?;
                Ok(Self { rate, net: sum, tax, gross: sum.plus(tax)? })
            }
            PriceType::Gross => {
                let tax = Money::rounded(rate.in_gross(sum.value()))?;
                Ok(Self { rate, net: sum.minus(tax)?, tax, gross: sum })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounting::invoice::tests::item;

    fn described(items: &[(&str, i64, &str)], prices: PriceType) -> Result<String, MoneyFault> {
        let items: Vec<_> = items.iter().map(|(price, count, vat)| item(price, *count, vat)).collect();
        let totals = Totals::of(&items, prices)?;
        let rates = totals.per_rate.iter().map(|of| format!("{}: {}+{}", of.rate, of.net, of.tax));
        let rates: Vec<_> = rates.collect();
        Ok(format!("{} = {}+{} ({})", totals.gross, totals.net, totals.tax, rates.join(", ")))
    }

    #[test]
    fn tax_is_calculated_once_a_rate_on_the_sum_of_its_lines() {
        for (items, prices, expected) in [
            // the example of docs/spec/gepard.md: wFirma's answer says 215.25 of its first invoice
            (
                &[("50.00", 3, "23%"), ("0.25", 100, "23%")][..],
                PriceType::Net,
                "215.25 = 175.00+40.25 (23%: 175.00+40.25)",
            ),
            (&[("15.00", 5, "23%")], PriceType::Net, "92.25 = 75.00+17.25 (23%: 75.00+17.25)"),
            // three lines of 0.23 tax on 1.01 each would be 0.69; on their sum it is 0.70
            (
                &[("1.01", 1, "23%"), ("1.01", 1, "23%"), ("1.01", 1, "23%")],
                PriceType::Net,
                "3.73 = 3.03+0.70 (23%: 3.03+0.70)",
            ),
            (
                &[("10", 1, "23%"), ("10", 1, "8%"), ("10", 1, "zw"), ("10", 1, "23%"), ("10", 2, "np")],
                PriceType::Net,
                "65.40 = 60.00+5.40 (23%: 20.00+4.60, 8%: 10.00+0.80, zw: 10.00+0.00, np: 20.00+0.00)",
            ),
            // half a grosz is rounded up, in the line and in the tax
            (&[("0.0050", 1, "5%")], PriceType::Net, "0.01 = 0.01+0.00 (5%: 0.01+0.00)"),
            (&[("0.10", 1, "5%")], PriceType::Net, "0.11 = 0.10+0.01 (5%: 0.10+0.01)"),
            (&[("123", 1, "23%")], PriceType::Gross, "123.00 = 100.00+23.00 (23%: 100.00+23.00)"),
            (
                &[("1", 1, "23%"), ("1", 1, "0%")],
                PriceType::Gross,
                "2.00 = 1.81+0.19 (23%: 0.81+0.19, 0%: 1.00+0.00)",
            ),
            (&[("0", 1, "23%")], PriceType::Net, "0.00 = 0.00+0.00 (23%: 0.00+0.00)"),
        ] {
            assert_eq!(described(items, prices).as_deref(), Ok(expected), "{items:?}");
        }
    }

    #[test]
    fn a_total_that_is_too_high_is_refused_and_not_rounded() {
        let dear = ("99999999999.9999", 1_000_000, "23%");
        let found = described(&[dear], PriceType::Net);
        assert!(matches!(found, Err(MoneyFault::TooLarge(_))), "{found:?}");
        assert_eq!(
            described(&[dear], PriceType::Gross).unwrap_err().to_string(),
            "must be below 10000000000000000"
        );
    }

    #[test]
    fn price_types_are_parsed() {
        assert_eq!("netto".parse(), Ok(PriceType::Net));
        assert_eq!("brutto".parse(), Ok(PriceType::Gross));
        assert_eq!("Netto".parse::<PriceType>(), Err(UnknownPriceType));
    }
}
