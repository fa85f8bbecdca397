/// The team's own number for a work centre, 1 to 2147483647.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WorkCentreNumber(i32);

/// Why a number was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be between 1 and 2147483647")]
pub struct NumberFault;

/// There is no number after the team's highest one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there is no number after the highest one in use; choose a free number")]
pub struct NumbersUsedUp;

impl WorkCentreNumber {
    /// The highest number there can be.
    pub const MAX: Self = Self(i32::MAX);

    /// Takes a number.
    ///
    /// # Errors
    /// When it is out of range.
    pub fn try_new(number: i64) -> Result<Self, NumberFault> {
        let number = i32::try_from(number).map_err(|_| NumberFault)?;
        if number >= 1 { Ok(Self(number)) } else { Err(NumberFault) }
    }

    /// The number after the highest in use, or 1 where none is.
    ///
    /// # Errors
    /// When the highest in use is [`Self::MAX`].
    pub fn after(highest: Option<Self>) -> Result<Self, NumbersUsedUp> {
        highest.map_or(0, Self::get).checked_add(1).map(Self).ok_or(NumbersUsedUp)
    }

    /// The number as an integer.
    pub const fn get(self) -> i32 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_positive_and_fits_32_bits() {
        for (figure, fits) in
            [(i64::MIN, false), (0, false), (1, true), (2_147_483_647, true), (2_147_483_648, false)]
        {
            assert_eq!(WorkCentreNumber::try_new(figure).is_ok(), fits, "{figure}");
        }
    }
}
