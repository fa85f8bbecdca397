use std::fmt;

use super::{TextFault, folded, free_text, line};

/// A text on one line, of 1 to `MAX` characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line<const MAX: usize>(Box<str>);

/// Free text, of 1 to `MAX` characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilledText<const MAX: usize>(Box<str>);

impl<const MAX: usize> Line<MAX> {
    /// The most characters it may have.
    pub const MAX: usize = MAX;

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

impl<const MAX: usize> FilledText<MAX> {
    /// The most characters it may have.
    pub const MAX: usize = MAX;

    /// Normalises a text.
    ///
    /// # Errors
    /// When it is longer than that, holds a control character, or nothing is left after trimming.
    pub fn try_new(text: &str) -> Result<Self, TextFault> {
        let text = free_text(text, MAX)?;
        if text.is_empty() { Err(TextFault::Empty) } else { Ok(Self(text)) }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> From<FilledText<MAX>> for Box<str> {
    fn from(text: FilledText<MAX>) -> Self {
        text.0
    }
}

impl<const MAX: usize> fmt::Display for Line<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<const MAX: usize> fmt::Display for FilledText<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_filled_and_within_its_length() {
        assert_eq!(Line::<3>::try_new(" abc ").unwrap().as_str(), "abc");
        assert_eq!(Line::<3>::try_new("abcd"), Err(TextFault::TooLong { max: 3, found: 4 }));
        assert!(matches!(Line::<9>::try_new("a\nb"), Err(TextFault::Forbidden { .. })));
    }

    #[test]
    fn free_text_of_nothing_is_none() {
        assert_eq!(FilledText::<9>::try_new("  \n "), Err(TextFault::Empty));
        assert_eq!(FilledText::<9>::try_new(" a\r\nb ").unwrap().as_str(), "a\nb");
        assert_eq!(FilledText::<3>::try_new("abcd"), Err(TextFault::TooLong { max: 3, found: 4 }));
    }
}
