use std::fmt;
use std::str::FromStr;

use kernel::access::UnknownWord;
use kernel::quantity::Quantity;
use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::Value;

use crate::json::number;

/// A routing's version: 1 is the first, and a change makes the next. Shown as `1.0`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct RoutingVersion(u32);

/// A number or text that is no version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a version such as 2 or 2.0")]
pub struct VersionFault;

impl RoutingVersion {
    pub const FIRST: Self = Self(1);
    const LAST: u32 = i32::MAX.unsigned_abs();

    /// Takes a number from 1 for a version.
    ///
    /// # Errors
    /// For 0, and past what stores keep (2³¹ − 1).
    pub fn try_new(number: u32) -> Result<Self, VersionFault> {
        if (1..=Self::LAST).contains(&number) { Ok(Self(number)) } else { Err(VersionFault) }
    }

    /// Its number.
    pub const fn number(self) -> u32 {
        self.0
    }

    /// The one that a change makes.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl fmt::Display for RoutingVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.0", self.0)
    }
}

impl FromStr for RoutingVersion {
    type Err = VersionFault;

    /// Reads `2` and `2.0`.
    fn from_str(text: &str) -> Result<Self, VersionFault> {
        let number = text.strip_suffix(".0").unwrap_or(text);
        let version = Self::try_new(number.parse().map_err(|_| VersionFault)?)?;
        if number == version.0.to_string() { Ok(version) } else { Err(VersionFault) }
    }
}

/// Minutes of work: 0 to 100,000, with at most three decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Minutes(Decimal);

/// A number that is no [`Minutes`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be between 0 and 100000, with at most 3 decimals")]
pub struct MinutesFault;

impl Minutes {
    pub const ZERO: Self = Self(Decimal::ZERO);
    const MAX: Decimal = Decimal::from_parts(100_000, 0, 0, false, 0);

    /// Takes a number for minutes.
    ///
    /// # Errors
    /// When it is negative, too large or too precise.
    pub fn try_new(number: Decimal) -> Result<Self, MinutesFault> {
        let number = number.normalize();
        let fits = (Decimal::ZERO..=Self::MAX).contains(&number) && number.scale() <= 3;
        if fits { Ok(Self(number)) } else { Err(MinutesFault) }
    }

    /// The number, without trailing zeros.
    pub const fn value(self) -> Decimal {
        self.0
    }

    /// The number as JSON.
    pub fn to_json(self) -> Value {
        number(self.0)
    }
}

/// What an operation's run time is the time of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunTimeBasis {
    /// Of the whole order, however much it makes.
    PerOrder,
    /// Of each unit it makes.
    PerUnit,
}

impl RunTimeBasis {
    pub const ALL: [Self; 2] = [Self::PerOrder, Self::PerUnit];

    /// Its word in APIs and stores.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PerOrder => "per_order",
            Self::PerUnit => "per_unit",
        }
    }
}

impl FromStr for RunTimeBasis {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|basis| basis.as_str() == word);
        found.ok_or_else(|| UnknownWord::new(word, Self::ALL.map(Self::as_str)))
    }
}

/// How long an operation is to take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OperationTimes {
    /// Making ready, once an order.
    pub setup: Minutes,
    /// The work itself.
    pub run: Minutes,
    /// What `run` is the time of.
    pub basis: RunTimeBasis,
}

impl OperationTimes {
    /// The seconds that the operation is to take for a quantity, rounded half away from zero.
    pub fn target_seconds(self, quantity: Quantity) -> i64 {
        let times = match self.basis {
            RunTimeBasis::PerOrder => Decimal::ONE,
            RunTimeBasis::PerUnit => quantity.value(),
        };
        seconds(self.setup.0 + self.run.0 * times)
    }
}

/// The seconds that a routing is estimated to take: setup and run of each
/// operation, a run time per unit counted once; the sum is rounded half away from zero.
pub fn cycle_seconds(operations: impl IntoIterator<Item = OperationTimes>) -> i64 {
    seconds(operations.into_iter().map(|times| times.setup.0 + times.run.0).sum())
}

fn seconds(minutes: Decimal) -> i64 {
    let seconds = minutes * Decimal::from(60);
    let whole = seconds.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero);
    // the longest, 100,000 minutes for each of 10¹² units, is within 63 bits
    whole.to_i64().unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minutes(text: &str) -> Minutes {
        Minutes::try_new(text.parse().unwrap()).unwrap()
    }

    fn times(setup: &str, run: &str, basis: RunTimeBasis) -> OperationTimes {
        OperationTimes { setup: minutes(setup), run: minutes(run), basis }
    }

    #[test]
    fn a_version_is_shown_and_read_as_documented() {
        let shown = [RoutingVersion::FIRST, RoutingVersion::FIRST.next()].map(|version| version.to_string());
        assert_eq!(shown, ["1.0", "2.0"]);
        for (text, expected) in [
            ("2", Ok(2)),
            ("2.0", Ok(2)),
            ("2147483647", Ok(2_147_483_647)),
            ("2147483648", Err(VersionFault)),
            ("0", Err(VersionFault)),
            ("02", Err(VersionFault)),
            ("+2", Err(VersionFault)),
            ("2.1", Err(VersionFault)),
            ("2.0.0", Err(VersionFault)),
            ("", Err(VersionFault)),
            (".0", Err(VersionFault)),
        ] {
            assert_eq!(text.parse().map(RoutingVersion::number), expected, "{text}");
        }
    }

    #[test]
    fn minutes_are_not_negative_not_too_many_and_have_at_most_three_decimals() {
        for (text, expected) in [
            ("0", Ok("0")),
            ("12.500", Ok("12.5")),
            ("0.001", Ok("0.001")),
            ("100000.000", Ok("100000")),
            ("100000.001", Err(MinutesFault)),
            ("0.0001", Err(MinutesFault)),
            ("-0.001", Err(MinutesFault)),
        ] {
            let read = Minutes::try_new(text.parse().unwrap()).map(|read| read.to_json().to_string());
            assert_eq!(read, expected.map(str::to_owned), "{text}");
        }
    }

    #[test]
    fn words_are_read_back_and_unknown_ones_name_what_is_allowed() {
        for basis in RunTimeBasis::ALL {
            assert_eq!(basis.as_str().parse(), Ok(basis));
        }
        let fault = "per_hour".parse::<RunTimeBasis>().unwrap_err();
        assert_eq!(fault.to_string(), "`per_hour` is unknown; it is one of per_order, per_unit");
    }

    #[test]
    fn the_target_is_setup_and_run_and_run_counts_for_each_unit_where_it_says_so() {
        use RunTimeBasis::{PerOrder, PerUnit};
        for (setup, run, basis, quantity, expected) in [
            ("15", "45", PerOrder, "100", 3_600),
            ("15", "45", PerUnit, "100", 270_900),
            ("0", "0", PerUnit, "100", 0),
            ("0", "0.008", PerOrder, "1", 0),
            ("0", "0.025", PerOrder, "1", 2),
            ("0", "0.001", PerUnit, "0.001", 0),
            ("0.001", "0.009", PerUnit, "2.5", 1),
            ("0", "0.005", PerUnit, "5", 2),
            ("100000", "100000", PerUnit, "999999999999.999", 5_999_999_999_999_994_000 + 6_000_000),
        ] {
            let quantity = Quantity::try_new(quantity.parse().unwrap()).unwrap();
            let found = times(setup, run, basis).target_seconds(quantity);
            assert_eq!(found, expected, "{setup} + {run} {} of {quantity}", basis.as_str());
        }
    }

    #[test]
    fn the_cycle_time_is_rounded_once_and_counts_a_unit_once() {
        use RunTimeBasis::{PerOrder, PerUnit};
        assert_eq!(cycle_seconds([]), 0);
        assert_eq!(cycle_seconds([times("15", "45", PerOrder), times("0", "30", PerUnit)]), 5_400);
        // 0.48 s each: nothing alone, 0.96 s together
        assert_eq!(cycle_seconds([times("0.008", "0", PerOrder), times("0", "0.008", PerUnit)]), 1);
    }
}
