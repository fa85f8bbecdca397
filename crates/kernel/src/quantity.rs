//! Quantities of goods.

use std::fmt;

use rust_decimal::Decimal;
use serde::{Serialize, Serializer};

/// An amount of goods: more than zero, up to three decimals, below 10¹² (seed 000, `quantity_to_make`).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quantity(Decimal);

/// Why a number is no quantity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum QuantityFault {
    /// Zero or less.
    #[error("must be greater than 0")]
    NotPositive,
    /// More than three decimals.
    #[error("may have at most 3 decimals")]
    TooPrecise,
    /// A trillion or more.
    #[error("must be below 1000000000000")]
    TooLarge,
}

impl Quantity {
    /// Decimals kept.
    pub const SCALE: u32 = 3;
    const LIMIT: Decimal = Decimal::from_parts(0xd4a5_1000, 0xe8, 0, false, 0);

    /// Takes a number for a quantity.
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

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for Quantity {
    /// A JSON number with exactly these digits, never by way of a float.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let number = serde_json::value::RawValue::from_string(self.0.to_string());
        number.map_err(serde::ser::Error::custom)?.serialize(serializer)
    }
}

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
    fn a_quantity_is_written_as_an_exact_json_number() {
        let quantity = Quantity::try_new("999999999999.999".parse().unwrap()).unwrap();
        assert_eq!(serde_json::to_string(&quantity).unwrap(), "999999999999.999");
    }
}
