//! The texts of a verification.

use kernel::text::{TextFault, free_text};

/// What whoever verifies says of a receipt or an item: free text of 1 to 2,000 characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remarks(Box<str>);

impl Remarks {
    /// The most characters they may have.
    pub const MAX: usize = 2_000;

    /// Normalises a text.
    ///
    /// # Errors
    /// When it is empty, too long, or holds a control character.
    pub fn try_new(text: &str) -> Result<Self, TextFault> {
        filled(text, Self::MAX).map(Self)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// How goods are damaged: free text of 1 to 2,000 characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DamageDescription(Box<str>);

impl DamageDescription {
    /// The most characters it may have.
    pub const MAX: usize = 2_000;

    /// Normalises a text.
    ///
    /// # Errors
    /// When it is empty, too long, or holds a control character.
    pub fn try_new(text: &str) -> Result<Self, TextFault> {
        filled(text, Self::MAX).map(Self)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

pub(crate) fn filled(text: &str, max: usize) -> Result<Box<str>, TextFault> {
    let text = free_text(text, max)?;
    if text.is_empty() { Err(TextFault::Empty) } else { Ok(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_filled_and_within_their_length() {
        assert_eq!(Remarks::try_new(" \n"), Err(TextFault::Empty));
        assert_eq!(Remarks::try_new(" 5 units\r\nmissing ").unwrap().as_str(), "5 units\nmissing");
        let long = "x".repeat(2_001);
        let fault = TextFault::TooLong { max: 2_000, found: 2_001 };
        assert_eq!(
            (Remarks::try_new(&long), DamageDescription::try_new(&long)),
            (Err(fault.clone()), Err(fault))
        );
        assert_eq!(DamageDescription::try_new("Crushed").unwrap().as_str(), "Crushed");
    }
}
