use chrono::TimeDelta;
use kernel::text::{TextFault, line};

/// An API key's name: an identifier of at most 100 characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyName(Box<str>);

impl KeyName {
    /// Takes a text for a key's name, normalised.
    ///
    /// # Errors
    /// When it is no identifier of at most 100 characters.
    pub fn try_new(text: &str) -> Result<Self, TextFault> {
        line(text, 100).map(Self)
    }

    /// The name as it is shown.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// How long the secret before a rotation is still taken: 0 to 720 hours, a day unless the caller says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Overlap(TimeDelta);

/// Why a number of hours was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be between 0 and {}", Overlap::MAX)]
pub struct OverlapFault;

impl Overlap {
    /// The most hours.
    pub const MAX: i64 = 720;

    /// Takes a number of hours.
    ///
    /// # Errors
    /// When it is out of range.
    pub fn try_new(hours: i64) -> Result<Self, OverlapFault> {
        if (0..=Self::MAX).contains(&hours) { Ok(Self(TimeDelta::hours(hours))) } else { Err(OverlapFault) }
    }

    pub const fn length(self) -> TimeDelta {
        self.0
    }
}

impl Default for Overlap {
    fn default() -> Self {
        Self(TimeDelta::hours(24))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_overlap_is_a_day_unless_it_is_given() {
        assert_eq!(Overlap::default().length(), TimeDelta::hours(24));
        for (hours, expected) in [
            (0, Ok(TimeDelta::zero())),
            (720, Ok(TimeDelta::hours(720))),
            (721, Err(OverlapFault)),
            (-1, Err(OverlapFault)),
        ] {
            assert_eq!(Overlap::try_new(hours).map(Overlap::length), expected, "{hours}");
        }
    }
}
