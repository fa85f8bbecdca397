//! Quantities of goods.

use std::fmt;

use rust_decimal::Decimal;
use serde::{Serialize, Serializer};

/// An amount of goods: more than zero, up to three decimals, below 10¹².
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quantity(Decimal);

/// Why a number is no quantity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum QuantityFault {
    #[error("must be greater than 0")]
    NotPositive,
    #[error("may have at most 3 decimals")]
    TooPrecise,
    #[error("must be below 1000000000000")]
    TooLarge,
}

impl Quantity {
    /// The most decimals.
    pub const SCALE: u32 = 3;
    const LIMIT: Decimal = Decimal::from_parts(0xd4a5_1000, 0xe8, 0, false, 0);

    /// Checks that a number is a quantity.
    ///
    /// # Errors
    /// When it is not positive, has more than three decimals, or is 10¹² or more.
    pub fn try_new(number: Decimal) -> Result<Self, QuantityFault> {
        if number <= Decimal::ZERO {
            Err(QuantityFault::NotPositive)
        } else if number >= Self::LIMIT {
            Err(QuantityFault::TooLarge)
        } else if number.normalize().scale() > Self::SCALE {
            Err(QuantityFault::TooPrecise)
        } else {
            Ok(Self(number.normalize()))
        }
    }

    /// The number, without trailing zeros.
    pub const fn value(self) -> Decimal {
        self.0
    }
}

/// A count of goods: zero or a [`Quantity`], such as what was made so far.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Amount(Decimal);

/// Why a number is no amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AmountFault {
    #[error("must be 0 or more")]
    Negative,
    #[error("may have at most 3 decimals")]
    TooPrecise,
    #[error("must be below 1000000000000")]
    TooLarge,
}

impl Amount {
    pub const ZERO: Self = Self(Decimal::ZERO);

    /// Checks that a number is an amount.
    ///
    /// # Errors
    /// When it is negative, has more than three decimals, or is 10¹² or more.
    pub fn try_new(number: Decimal) -> Result<Self, AmountFault> {
        match Quantity::try_new(number) {
            Ok(quantity) => Ok(quantity.into()),
            Err(QuantityFault::NotPositive) if number.is_zero() => Ok(Self::ZERO),
            Err(QuantityFault::NotPositive) => Err(AmountFault::Negative),
            Err(QuantityFault::TooPrecise) => Err(AmountFault::TooPrecise),
            Err(QuantityFault::TooLarge) => Err(AmountFault::TooLarge),
        }
    }

    /// The number, without trailing zeros.
    pub const fn value(self) -> Decimal {
        self.0
    }

    pub const fn is_zero(self) -> bool {
        self.0.is_zero()
    }

    /// The sum of both.
    ///
    /// # Errors
    /// When that is 10¹² or more.
    pub fn plus(self, other: Self) -> Result<Self, AmountFault> {
        Self::try_new(self.0 + other.0)
    }

    /// What is left of it without `other`; nothing where that is more.
    #[must_use]
    pub fn less(self, other: Self) -> Self {
        Self((self.0 - other.0).max(Decimal::ZERO).normalize())
    }
}

impl From<Quantity> for Amount {
    fn from(quantity: Quantity) -> Self {
        Self(quantity.0)
    }
}

/// Writes a number in JSON with exactly its digits, without trailing zeros and never by way of a float.
///
/// # Errors
/// When the serializer fails.
pub fn exactly<S: Serializer>(number: &Decimal, serializer: S) -> Result<S::Ok, S::Error> {
    digits(&number.normalize().to_string(), serializer)
}

/// Writes the digits of a number as a JSON number.
pub(crate) fn digits<S: Serializer>(digits: &str, serializer: S) -> Result<S::Ok, S::Error> {
    let number = serde_json::value::RawValue::from_string(digits.to_owned());
    number.map_err(serde::ser::Error::custom)?.serialize(serializer)
}

/// Both are written alike: without trailing zeros, and in JSON as a number with exactly these digits, never by way
/// of a float.
macro_rules! written_exactly {
    ($name:ident) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                exactly(&self.0, serializer)
            }
        }
    };
}

written_exactly!(Quantity);
written_exactly!(Amount);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantity_is_positive_small_enough_and_has_at_most_three_decimals() {
        for (text, expected) in [
            ("100", Ok("100")),
            ("0.001", Ok("0.001")),
            ("12.500", Ok("12.5")),
            ("999999999999.999", Ok("999999999999.999")),
            ("0", Err(QuantityFault::NotPositive)),
            ("-1", Err(QuantityFault::NotPositive)),
            ("1.0005", Err(QuantityFault::TooPrecise)),
            ("1000000000000", Err(QuantityFault::TooLarge)),
        ] {
            let read = Quantity::try_new(text.parse().unwrap()).map(|quantity| quantity.to_string());
            assert_eq!(read, expected.map(str::to_owned), "{text}");
        }
    }

    #[test]
    fn an_amount_may_be_nothing_but_never_less() {
        let read = |text: &str| Amount::try_new(text.parse().unwrap());
        assert_eq!((read("0"), read("-0.000")), (Ok(Amount::ZERO), Ok(Amount::ZERO)));
        assert_eq!(read("-0.001"), Err(AmountFault::Negative));
        assert_eq!(read("0.0001"), Err(AmountFault::TooPrecise));
        assert_eq!(read("1000000000000"), Err(AmountFault::TooLarge));
    }

    #[test]
    fn amounts_add_up_to_their_limit_and_leave_nothing_at_least() {
        let amount = |text: &str| Amount::try_new(text.parse().unwrap()).unwrap();
        assert_eq!(amount("0.5").plus(amount("0.500")), Ok(amount("1")));
        assert_eq!(amount("999999999999.999").plus(amount("0.001")), Err(AmountFault::TooLarge));
        assert_eq!(amount("5").less(amount("1.5")), amount("3.5"));
        assert_eq!(amount("1").less(amount("2")), Amount::ZERO);
        assert_eq!(serde_json::to_string(&Amount::ZERO).unwrap(), "0");
    }

    #[test]
    fn a_quantity_is_written_as_an_exact_json_number() {
        let quantity = Quantity::try_new("999999999999.999".parse().unwrap()).unwrap();
        assert_eq!(serde_json::to_string(&quantity).unwrap(), "999999999999.999");
    }
}
