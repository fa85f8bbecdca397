//! What text may hold: NFC and trimmed everywhere, stricter in identifiers (`docs/spec/common.md`, "Text").

use std::borrow::Cow;

use icu_normalizer::ComposingNormalizerBorrowed;
use icu_properties::CodePointSetData;
use icu_properties::props::{BidiControl, DefaultIgnorableCodePoint};

/// Why a text was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TextFault {
    /// Nothing is left after trimming.
    #[error("must not be empty")]
    Empty,
    #[error("may have at most {max} characters, this has {found}")]
    TooLong { max: usize, found: usize },
    /// A character that this kind of text may not hold.
    #[error("holds the character U+{:04X} at position {position}, which is not allowed", u32::from(*character))]
    Forbidden {
        character: char,
        /// Its place, counted in characters from 1, after trimming.
        position: usize,
    },
}

/// An identifier: NFC, trimmed, not empty, one line, no control, bidirectional or invisible character.
///
/// # Errors
/// When it is empty, longer than `max` characters, or holds such a character.
pub fn identifier(text: &str, max: usize) -> Result<Box<str>, TextFault> {
    let text = normalised(text, max, forbidden_in_identifiers)?;
    if text.is_empty() { Err(TextFault::Empty) } else { Ok(text.into()) }
}

/// Free text: NFC, trimmed, CRLF as LF; line feeds and tabs are its only control characters. It may be empty.
///
/// # Errors
/// When it is longer than `max` characters, or holds another control character.
pub fn free_text(text: &str, max: usize) -> Result<Box<str>, TextFault> {
    let text = if text.contains('\r') { Cow::Owned(text.replace("\r\n", "\n")) } else { Cow::Borrowed(text) };
    normalised(&text, max, forbidden_in_free_text).map(Box::from)
}

/// The text NFC and trimmed, without what an identifier refuses: for names that are shown as they came.
pub fn visible(text: &str) -> String {
    let text = ComposingNormalizerBorrowed::new_nfc().normalize(text);
    let kept: String = text.chars().filter(|character| !forbidden_in_identifiers(*character)).collect();
    kept.trim().to_owned()
}

fn normalised(text: &str, max: usize, forbidden: fn(char) -> bool) -> Result<Cow<'_, str>, TextFault> {
    let text = text.trim();
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return within(Cow::Borrowed(text), text.len(), max);
    }
    let text = ComposingNormalizerBorrowed::new_nfc().normalize(text);
    if let Some((at, character)) = text.chars().enumerate().find(|(_, character)| forbidden(*character)) {
        return Err(TextFault::Forbidden { character, position: at + 1 });
    }
    let found = text.chars().count();
    within(text, found, max)
}

fn within(text: Cow<'_, str>, found: usize, max: usize) -> Result<Cow<'_, str>, TextFault> {
    if found > max { Err(TextFault::TooLong { max, found }) } else { Ok(text) }
}

fn forbidden_in_identifiers(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{2028}' | '\u{2029}')
        || CodePointSetData::new::<BidiControl>().contains(character)
        || CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(character)
}

fn forbidden_in_free_text(character: char) -> bool {
    character.is_control() && !matches!(character, '\n' | '\t')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_is_trimmed_and_composed() {
        assert_eq!(&*identifier("  Cafe\u{301} 7 ", 10).unwrap(), "Café 7");
    }

    #[test]
    fn an_identifier_refuses_what_cannot_be_seen() {
        for text in
            ["a\0b", "a\nb", "a\u{200b}b", "a\u{202e}b", "a\u{ad}b", "a\u{feff}b", "a\u{2028}b", "\u{e0001}a"]
        {
            assert!(matches!(identifier(text, 10), Err(TextFault::Forbidden { .. })), "{text:?}");
        }
        assert_eq!(identifier(" \t ", 10), Err(TextFault::Empty));
    }

    #[test]
    fn free_text_keeps_lines_and_joined_emoji_but_no_other_control_character() {
        assert_eq!(&*free_text("a\r\nb\tc 👩\u{200d}🔧\n", 20).unwrap(), "a\nb\tc 👩\u{200d}🔧");
        assert_eq!(free_text("a\0", 20), Err(TextFault::Forbidden { character: '\0', position: 2 }));
        assert_eq!(&*free_text("   ", 20).unwrap(), "");
    }

    #[test]
    fn what_cannot_be_seen_is_left_out_of_a_visible_text() {
        assert_eq!(visible(" a\r\nb\0\u{202e}c\u{200b} e\u{301}\t"), "abc \u{e9}");
        assert_eq!(visible("\u{feff} \n"), "");
    }

    #[test]
    fn length_is_counted_in_characters() {
        assert!(identifier("ééé", 3).is_ok_and(|text| &*text == "ééé"));
        assert_eq!(identifier("abcd", 3), Err(TextFault::TooLong { max: 3, found: 4 }));
    }
}
