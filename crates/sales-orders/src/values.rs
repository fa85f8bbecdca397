//! The texts of orders and products.

use std::fmt;

use kernel::text::{TextFault, folded, free_text, line};

/// A text on one line: an identifier of at most `MAX` characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line<const MAX: usize>(Box<str>);

impl<const MAX: usize> Line<MAX> {
    /// Normalises a text.
    ///
    /// # Errors
    /// When it is empty, too long, or holds characters that no line has.
    pub fn try_new(text: &str) -> Result<Self, TextFault> {
        line(text, MAX).map(Self)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text folded for comparison.
    pub fn key(&self) -> String {
        folded(&self.0)
    }
}

impl<const MAX: usize> fmt::Display for Line<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

pub type ProductName = Line<200>;
pub type CustomerName = Line<200>;
/// A telephone number, as it was given.
pub type Phone = Line<50>;
/// Such as `Cash`.
pub type PaymentMethod = Line<50>;
/// Where an order came from, in the caller's words, such as `API`.
pub type Source = Line<50>;
/// A line of an address.
pub type AddressLine = Line<200>;
/// Why stock was adjusted, such as `broken`.
pub type AdjustmentReason = Line<100>;

/// Free text of 1 to 10,000 characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notes(Box<str>);

impl Notes {
    /// The most characters they may have.
    pub const MAX: usize = 10_000;

    /// Normalises a text.
    ///
    /// # Errors
    /// When it is longer than that, holds a control character, or nothing is left after trimming.
    pub fn try_new(text: &str) -> Result<Self, TextFault> {
        let text = free_text(text, Self::MAX)?;
        if text.is_empty() { Err(TextFault::Empty) } else { Ok(Self(text)) }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_of_nothing_are_none() {
        assert_eq!(Notes::try_new("  \n "), Err(TextFault::Empty));
        assert_eq!(Notes::try_new(" a\r\nb ").unwrap().as_str(), "a\nb");
    }
}
