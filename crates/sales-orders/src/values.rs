//! The texts of orders and products.

use std::fmt;

use kernel::text::{TextFault, free_text, identifier};

/// A text on one line: an identifier of at most `MAX` characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line<const MAX: usize>(Box<str>);

impl<const MAX: usize> Line<MAX> {
    /// Takes a text, normalised.
    ///
    /// # Errors
    /// When it is no identifier of that length.
    pub fn try_new(text: &str) -> Result<Self, TextFault> {
        identifier(text, MAX).map(Self)
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text folded for comparison.
    pub fn key(&self) -> String {
        self.0.to_lowercase()
    }
}

/// What a product is called.
pub type ProductName = Line<200>;
/// What a customer is called.
pub type CustomerName = Line<200>;
/// A telephone number, as it was given.
pub type Phone = Line<50>;
/// How somebody pays, such as `Cash`.
pub type PaymentMethod = Line<50>;
/// Where an order came from, such as `API`.
pub type Source = Line<50>;
/// A line of an address.
pub type AddressLine = Line<200>;
/// Why stock was adjusted, such as `broken`.
pub type AdjustmentReason = Line<100>;

/// Free text of at most 10,000 characters, with something in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notes(Box<str>);

impl Notes {
    /// The most characters they may have.
    pub const MAX: usize = 10_000;

    /// Takes a text for notes; nothing where nothing is left after trimming.
    ///
    /// # Errors
    /// When it is longer than that, or holds a control character.
    pub fn try_new(text: &str) -> Result<Option<Self>, TextFault> {
        let text = free_text(text, Self::MAX)?;
        Ok(Some(Self(text)).filter(|notes| !notes.0.is_empty()))
    }

    /// Their text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> fmt::Display for Line<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_of_nothing_are_none() {
        assert_eq!(Notes::try_new("  \n "), Ok(None));
        assert_eq!(Notes::try_new(" a\r\nb ").unwrap().unwrap().as_str(), "a\nb");
    }
}
