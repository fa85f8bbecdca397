//! The texts of assignments and dispatches.

use kernel::text::{TextFault, free_text, line};

/// Why a vendor confirms less than it was asked for: free text of 1 to 1,000 characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason(Box<str>);

impl Reason {
    /// The most characters it may have.
    pub const MAX: usize = 1_000;

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

/// What a vendor says of a dispatch: free text of 1 to 10,000 characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remarks(Box<str>);

impl Remarks {
    /// The most characters they may have.
    pub const MAX: usize = 10_000;

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

/// The carrier's number of a dispatch, such as an air waybill: 1 to 100 characters on one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrackingReference(Box<str>);

impl TrackingReference {
    /// The most characters it may have.
    pub const MAX: usize = 100;

    /// Normalises a text.
    ///
    /// # Errors
    /// When it is empty, too long, or holds a character that no line has.
    pub fn try_new(text: &str) -> Result<Self, TextFault> {
        line(text, Self::MAX).map(Self)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn filled(text: &str, max: usize) -> Result<Box<str>, TextFault> {
    let text = free_text(text, max)?;
    if text.is_empty() { Err(TextFault::Empty) } else { Ok(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_filled_and_within_their_length() {
        assert_eq!(Reason::try_new(" \n "), Err(TextFault::Empty));
        assert_eq!(Reason::try_new(" not\r\nripe ").unwrap().as_str(), "not\nripe");
        assert_eq!(Reason::try_new(&"x".repeat(1_001)), Err(TextFault::TooLong { max: 1_000, found: 1_001 }));
        assert_eq!(Remarks::try_new(""), Err(TextFault::Empty));
        assert!(Remarks::try_new(&"x".repeat(10_000)).is_ok_and(|text| text.as_str().len() == 10_000));
        assert!(matches!(TrackingReference::try_new("AWB\n1"), Err(TextFault::Forbidden { .. })));
        assert_eq!(TrackingReference::try_new(" AWB 1 ").unwrap().as_str(), "AWB 1");
    }
}
