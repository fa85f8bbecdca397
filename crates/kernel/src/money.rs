//! Money: decimal from end to end, never a float (`docs/spec/common.md`, "Money").

use std::fmt;
use std::str::FromStr;

use iso_currency::IntoEnumIterator;
use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Serialize, Serializer};

use crate::quantity::{Quantity, digits};

/// A sum of money: zero or more, below 10¹⁶, with exactly two decimals.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Money(Decimal);

/// Why a number is no sum of money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MoneyFault {
    #[error("must be 0 or more")]
    Negative,
    #[error("may have at most {0} decimals")]
    TooPrecise(u32),
    #[error("must be below {0}")]
    TooLarge(Decimal),
}

/// Checks what both kinds of money must be.
fn checked(number: Decimal, scale: u32, limit: Decimal) -> Result<Decimal, MoneyFault> {
    if number < Decimal::ZERO {
        Err(MoneyFault::Negative)
    } else if number >= limit {
        Err(MoneyFault::TooLarge(limit))
    } else if number.normalize().scale() > scale {
        Err(MoneyFault::TooPrecise(scale))
    } else {
        Ok(number.normalize())
    }
}

impl Money {
    pub const ZERO: Self = Self(Decimal::ZERO);
    /// The most decimals.
    pub const SCALE: u32 = 2;
    const LIMIT: Decimal = Decimal::from_parts(0x6fc1_0000, 0x0023_86f2, 0, false, 0);

    /// Checks that a number is a sum of money.
    ///
    /// # Errors
    /// When it is negative, has more than two decimals, or is 10¹⁶ or more.
    pub fn try_new(number: Decimal) -> Result<Self, MoneyFault> {
        checked(number, Self::SCALE, Self::LIMIT).map(Self)
    }

    /// The number rounded to two decimals, half away from zero.
    ///
    /// # Errors
    /// When it is negative, or 10¹⁶ or more.
    pub fn rounded(number: Decimal) -> Result<Self, MoneyFault> {
        Self::try_new(number.round_dp_with_strategy(Self::SCALE, RoundingStrategy::MidpointAwayFromZero))
    }

    /// The number, without trailing zeros.
    pub const fn value(self) -> Decimal {
        self.0
    }

    /// The sum of both.
    ///
    /// # Errors
    /// When that is 10¹⁶ or more.
    pub fn plus(self, other: Self) -> Result<Self, MoneyFault> {
        Self::try_new(self.0 + other.0)
    }

    /// What is left of it without `other`.
    ///
    /// # Errors
    /// When `other` is more.
    pub fn minus(self, other: Self) -> Result<Self, MoneyFault> {
        Self::try_new(self.0 - other.0)
    }
}

/// The price of one piece: zero or more, below 10¹¹, with at most four decimals: 15 digits survive any JSON reader.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnitPrice(Decimal);

impl UnitPrice {
    /// The most decimals.
    pub const SCALE: u32 = 4;
    const LIMIT: Decimal = Decimal::from_parts(0x4876_e800, 0x17, 0, false, 0);

    /// Checks that a number is a price.
    ///
    /// # Errors
    /// When it is negative, has more than four decimals, or is 10¹¹ or more.
    pub fn try_new(number: Decimal) -> Result<Self, MoneyFault> {
        checked(number, Self::SCALE, Self::LIMIT).map(Self)
    }

    /// The number, without trailing zeros.
    pub const fn value(self) -> Decimal {
        self.0
    }

    /// What so much of it costs, rounded as the currency is.
    ///
    /// # Errors
    /// When that is 10¹⁶ or more.
    pub fn times(self, quantity: Quantity, currency: Currency) -> Result<Money, MoneyFault> {
        let product = self.0.checked_mul(quantity.value()).ok_or(MoneyFault::TooLarge(Money::LIMIT))?;
        currency.round(product)
    }
}

/// A share of an amount, such as a tax rate: a fraction between 0 and 1 with at most four decimals.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rate(Decimal);

/// A number that is no rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a fraction between 0 and 1 with at most four decimals, such as 0.18")]
pub struct RateFault;

impl Rate {
    pub const ZERO: Self = Self(Decimal::ZERO);

    /// Checks that a number is a rate.
    ///
    /// # Errors
    /// When it is below 0, above 1, or has more than four decimals.
    pub fn try_new(rate: Decimal) -> Result<Self, RateFault> {
        let rate = rate.normalize();
        let fits = (Decimal::ZERO..=Decimal::ONE).contains(&rate) && rate.scale() <= 4;
        if fits { Ok(Self(rate)) } else { Err(RateFault) }
    }

    /// So many hundredths, 100 at most.
    pub const fn percent(hundredths: u8) -> Self {
        let hundredths = if hundredths > 100 { 100 } else { hundredths };
        Self(Decimal::from_parts(hundredths as u32, 0, 0, false, 2))
    }

    pub const fn value(self) -> Decimal {
        self.0
    }

    /// This share of a sum, rounded as the currency is.
    pub fn of(self, sum: Money, currency: Currency) -> Money {
        // at most the sum itself
        currency.round(sum.0 * self.0).unwrap_or(sum)
    }
}

/// A currency of ISO 4217 whose amounts have two decimals or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Currency(iso_currency::Currency);

/// Why a text is no currency that amounts are kept in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CurrencyFault {
    #[error("must be the code of a currency of ISO 4217, such as EUR")]
    Unknown,
    #[error("must be a currency whose amounts have at most two decimals; those of {code} have {decimals}")]
    TooManyDecimals { code: String, decimals: u16 },
    /// Precious metals, units of account and codes for testing.
    #[error("must be a currency that has amounts of money, such as EUR; {0} has none")]
    NoMoney(String),
}

impl Currency {
    pub const EUR: Self = Self(iso_currency::Currency::EUR);

    /// Every currency.
    pub fn all() -> impl Iterator<Item = Self> {
        iso_currency::Currency::iter().filter_map(|currency| currency.code().parse().ok())
    }

    /// Three capital letters.
    pub fn code(&self) -> &'static str {
        self.0.code()
    }

    /// The number rounded, half away from zero, to the decimals that amounts of the currency have.
    ///
    /// # Errors
    /// When it is negative, or 10¹⁶ or more.
    pub fn round(self, number: Decimal) -> Result<Money, MoneyFault> {
        let decimals = self.0.exponent().map_or(Money::SCALE, u32::from);
        Money::try_new(number.round_dp_with_strategy(decimals, RoundingStrategy::MidpointAwayFromZero))
    }
}

impl FromStr for Currency {
    type Err = CurrencyFault;

    fn from_str(text: &str) -> Result<Self, CurrencyFault> {
        let currency = iso_currency::Currency::from_code(text).ok_or(CurrencyFault::Unknown)?;
        match currency.exponent() {
            Some(0 | 2) => Ok(Self(currency)),
            Some(decimals) => Err(CurrencyFault::TooManyDecimals { code: text.to_owned(), decimals }),
            None => Err(CurrencyFault::NoMoney(text.to_owned())),
        }
    }
}

/// With two decimals at least, and as many more as there are.
fn written(number: Decimal) -> Decimal {
    let mut number = number.normalize();
    number.rescale(number.scale().max(Money::SCALE));
    number
}

/// All are written alike: with two decimals at least, and in JSON as a number with exactly these digits.
macro_rules! written_with_decimals {
    ($name:ident) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                written(self.0).fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                written(self.0).fmt(f)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                digits(&self.to_string(), serializer)
            }
        }
    };
}

written_with_decimals!(Money);
written_with_decimals!(UnitPrice);
written_with_decimals!(Rate);

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn a_sum_has_two_decimals_at_most_and_a_price_four() {
        let (sums, prices) = (Decimal::from(10_000_000_000_000_000_u64), Decimal::from(100_000_000_000_u64));
        for (text, sum, price) in [
            ("0", Ok("0.00"), Ok("0.00")),
            ("3000", Ok("3000.00"), Ok("3000.00")),
            ("45.5", Ok("45.50"), Ok("45.50")),
            ("0.0100", Ok("0.01"), Ok("0.01")),
            ("0.1234", Err(MoneyFault::TooPrecise(2)), Ok("0.1234")),
            ("0.12345", Err(MoneyFault::TooPrecise(2)), Err(MoneyFault::TooPrecise(4))),
            ("-0.01", Err(MoneyFault::Negative), Err(MoneyFault::Negative)),
            ("99999999999.99", Ok("99999999999.99"), Ok("99999999999.99")),
            ("100000000000", Ok("100000000000.00"), Err(MoneyFault::TooLarge(prices))),
            ("10000000000000000", Err(MoneyFault::TooLarge(sums)), Err(MoneyFault::TooLarge(prices))),
        ] {
            let found = Money::try_new(decimal(text)).map(|sum| sum.to_string());
            assert_eq!(found, sum.map(str::to_owned), "{text}");
            let found = UnitPrice::try_new(decimal(text)).map(|price| price.to_string());
            assert_eq!(found, price.map(str::to_owned), "{text}");
        }
    }

    #[test]
    fn halves_are_rounded_away_from_zero() {
        for (number, rounded) in
            [("0.005", "0.01"), ("0.0049999", "0.00"), ("1.015", "1.02"), ("2.345", "2.35")]
        {
            assert_eq!(Money::rounded(decimal(number)).unwrap().to_string(), rounded, "{number}");
        }
    }

    #[test]
    fn a_price_times_a_quantity_is_exact_up_to_the_limit() {
        let times = |price: &str, quantity: &str| {
            let quantity = Quantity::try_new(decimal(quantity)).unwrap();
            UnitPrice::try_new(decimal(price))
                .unwrap()
                .times(quantity, Currency::EUR)
                .map(|sum| sum.to_string())
        };
        assert_eq!(times("0.3333", "3"), Ok("1.00".into()));
        assert_eq!(times("99999999999.9999", "99999.999"), Ok("9999999899999990.00".into()));
        assert_eq!(times("99999999999.9999", "999999999999.999"), Err(MoneyFault::TooLarge(Money::LIMIT)));
    }

    #[test]
    fn sums_add_up_to_their_limit_and_never_fall_below_nothing() {
        let sum = |text: &str| Money::try_new(decimal(text)).unwrap();
        assert_eq!(sum("0.10").plus(sum("0.20")), Ok(sum("0.3")));
        assert_eq!(sum("9999999999999999.99").plus(sum("0.01")), Err(MoneyFault::TooLarge(Money::LIMIT)));
        assert_eq!(sum("1").minus(sum("0.01")), Ok(sum("0.99")));
        assert_eq!(sum("1").minus(sum("1.01")), Err(MoneyFault::Negative));
    }

    #[test]
    fn a_rate_is_a_fraction_with_four_decimals_at_most() {
        for (text, good) in [
            ("0", true),
            ("0.18", true),
            ("1", true),
            ("0.12340", true),
            ("1.0001", false),
            ("-0.1", false),
            ("0.12345", false),
        ] {
            assert_eq!(Rate::try_new(decimal(text)).is_ok(), good, "{text}");
        }
        let third = Rate::try_new(decimal("0.3333")).unwrap();
        assert_eq!(third.of(Money::try_new(decimal("0.15")).unwrap(), Currency::EUR).to_string(), "0.05");
        assert_eq!(
            (Rate::percent(18).to_string(), Rate::percent(200).to_string()),
            ("0.18".into(), "1.00".into())
        );
    }

    #[test]
    fn money_is_a_json_number_with_two_decimals_at_least() {
        let written =
            |text: &str| serde_json::to_string(&UnitPrice::try_new(decimal(text)).unwrap()).unwrap();
        assert_eq!((written("45"), written("0.1230")), ("45.00".into(), "0.123".into()));
        assert_eq!(serde_json::to_string(&Money::try_new(decimal("3000")).unwrap()).unwrap(), "3000.00");
    }

    #[test]
    fn a_currency_is_one_that_amounts_are_kept_in() {
        for code in ["EUR", "INR", "PLN", "JPY"] {
            assert_eq!(code.parse::<Currency>().unwrap().code(), code);
        }
        for text in ["", "EU", "eur", "EURO", "€UR", "E R", "ABC", "DEM"] {
            assert_eq!(text.parse::<Currency>(), Err(CurrencyFault::Unknown), "{text}");
        }
        let refused = |code: &str| code.parse::<Currency>().unwrap_err().to_string();
        let expected = "must be a currency whose amounts have at most two decimals; those of KWD have 3";
        assert_eq!(refused("KWD"), expected);
        let expected = "must be a currency that has amounts of money, such as EUR; XAU has none";
        assert_eq!(refused("XAU"), expected);
    }

    #[test]
    fn amounts_of_a_currency_without_decimals_are_whole_and_written_with_two() {
        let yen: Currency = "JPY".parse().unwrap();
        assert_eq!(yen.round(decimal("1234.5")).unwrap().to_string(), "1235.00");
        let price = UnitPrice::try_new(decimal("0.4")).unwrap();
        assert_eq!(price.times(Quantity::try_new(1.into()).unwrap(), yen).unwrap().to_string(), "0.00");
        let tax = Rate::percent(10).of(Money::try_new(155.into()).unwrap(), yen);
        assert_eq!(tax.to_string(), "16.00");
    }
}
