use std::str::FromStr;

use chrono::{DateTime, Utc};
use kernel::access::UnknownWord;
use kernel::text::{TextFault, identifier};

/// What an operator shows at a station: an identifier of at most 50 characters, compared exactly.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Badge(Box<str>);

impl Badge {
    /// The most characters it may have.
    pub const MAX: usize = 50;

    /// Takes a text for a badge, normalised.
    ///
    /// # Errors
    /// When it is no identifier of that length.
    pub fn try_new(text: &str) -> Result<Self, TextFault> {
        identifier(text, Self::MAX).map(Self)
    }

    /// The badge as it is shown.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Coming or going (`docs/spec/mes.md`, "Attendance").
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ClockEvent {
    /// The operator comes.
    In,
    /// The operator goes.
    Out,
}

impl ClockEvent {
    /// Both events.
    pub const ALL: [Self; 2] = [Self::In, Self::Out];

    /// The documented word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::In => "in",
            Self::Out => "out",
        }
    }
}

impl FromStr for ClockEvent {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|event| event.as_str() == word);
        found.ok_or_else(|| UnknownWord::new(word, Self::ALL.map(Self::as_str)))
    }
}

/// One entry of an operator's attendance; it is never changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attendance {
    /// The operator's first is 1, each later one is one more: odd ones are `in`, even ones are `out`.
    pub sequence: i64,
    pub event: ClockEvent,
    /// When, by the server's clock.
    pub at: DateTime<Utc>,
}

/// Why an operator was not clocked in or out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ClockFault {
    /// The operator is in.
    #[error("the operator is clocked in already; send out")]
    AlreadyIn,
    /// The operator is out.
    #[error("the operator is clocked out already; send in")]
    AlreadyOut,
    /// The operator is out of use and may only go.
    #[error("the operator is out of use; take it into use again before it is clocked in")]
    Inactive,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_badge_has_1_to_50_characters() {
        assert_eq!(Badge::try_new(" A-17 ").unwrap().as_str(), "A-17");
        assert!(Badge::try_new(&"é".repeat(50)).is_ok_and(|badge| badge.as_str().chars().count() == 50));
        assert!(Badge::try_new(&"é".repeat(51)).is_err());
        assert!(Badge::try_new("").is_err());
    }

    #[test]
    fn words_are_read_back_and_unknown_ones_name_what_is_allowed() {
        for event in ClockEvent::ALL {
            assert_eq!(event.as_str().parse(), Ok(event));
        }
        let fault = "IN".parse::<ClockEvent>().unwrap_err();
        assert_eq!(fault.to_string(), "`IN` is unknown; it is one of in, out");
    }
}
