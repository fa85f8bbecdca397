//! What text may hold: NFC and trimmed everywhere, stricter in identifiers (`docs/spec/common.md`, "Text").

mod values;

use std::borrow::Cow;

use icu_normalizer::ComposingNormalizerBorrowed;
use icu_properties::CodePointSetData;
use icu_properties::props::{BidiControl, DefaultIgnorableCodePoint};

pub use self::values::{FilledText, Line};

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
    /// A mark that begins or ends a stretch of another direction, without the one that belongs to it: it would turn what
    /// is shown beside the text.
    #[error("holds the direction mark U+{:04X} at position {position} without its pair", u32::from(*mark))]
    UnpairedDirection {
        mark: char,
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

/// Free text on one line, such as a name: NFC, trimmed, not empty. It takes the invisible characters that languages need:
/// joiners, variation selectors, soft hyphens, zero-width spaces, direction marks in pairs.
///
/// # Errors
/// When it is empty, longer than `max` characters, or holds another control or invisible character.
pub fn line(text: &str, max: usize) -> Result<Box<str>, TextFault> {
    let text = normalised(text, max, forbidden_in_lines)?;
    check_directions(&text)?;
    if text.is_empty() { Err(TextFault::Empty) } else { Ok(text.into()) }
}

/// A text folded for comparison: two that look alike but for their case fold alike. Letter by letter, so that the
/// beginning of a text folds to the beginning of what it folds to (`str::to_lowercase` looks at what follows a sigma).
pub fn folded(text: &str) -> String {
    let is_visible = |letter: &char| !CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(*letter);
    text.chars().filter(is_visible).flat_map(char::to_lowercase).collect()
}

/// Free text: NFC, trimmed, CRLF as LF; line feeds and tabs are its only control characters. It may be empty.
///
/// # Errors
/// When it is longer than `max` characters, or holds another control character or a direction mark without its pair.
pub fn free_text(text: &str, max: usize) -> Result<Box<str>, TextFault> {
    let text = if text.contains('\r') { Cow::Owned(text.replace("\r\n", "\n")) } else { Cow::Borrowed(text) };
    let text = normalised(&text, max, forbidden_in_free_text)?;
    check_directions(&text)?;
    Ok(text.into())
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

fn forbidden_in_lines(character: char) -> bool {
    let is_of_a_language = matches!(
        character,
        '\u{ad}' // soft hyphen
            | '\u{34f}' // combining grapheme joiner
            | '\u{61c}' | '\u{200e}' | '\u{200f}' // marks of one direction
            | '\u{200b}'..='\u{200d}' // zero-width space of Khmer and Thai, non-joiner, joiner
            | '\u{180b}'..='\u{180f}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}' // variation selectors
            | '\u{202a}'..='\u{202c}' | '\u{2066}'..='\u{2069}' // stretches of a direction, which come in pairs
    );
    forbidden_in_identifiers(character) && !is_of_a_language
}

/// Checks that each stretch of a direction that begins ends, and the other way round (UAX #9, 3.3.2).
fn check_directions(text: &str) -> Result<(), TextFault> {
    let mut open: Vec<(char, usize)> = Vec::new();
    for (position, mark) in (1..).zip(text.chars()) {
        let opener = |open: &Vec<(char, usize)>| open.last().map(|(opener, _)| *opener);
        match mark {
            '\u{202a}' | '\u{202b}' | '\u{202d}' | '\u{202e}' | '\u{2066}'..='\u{2068}' => {
                open.push((mark, position))
            }
            '\u{202c}' if opener(&open).is_some_and(|opener| opener <= '\u{202e}') => drop(open.pop()),
            '\u{2069}' if opener(&open).is_some_and(|opener| opener >= '\u{2066}') => drop(open.pop()),
            '\u{202c}' | '\u{2069}' => return Err(TextFault::UnpairedDirection { mark, position }),
            _ => {}
        }
    }
    open.first().map_or(Ok(()), |(mark, position)| {
        Err(TextFault::UnpairedDirection { mark: *mark, position: *position })
    })
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
    fn a_line_takes_the_invisible_characters_that_languages_need() {
        for text in [
            "\u{645}\u{6cc}\u{200c}\u{62e}\u{648}\u{627}\u{647}\u{645}", // Persian with a non-joiner
            "\u{915}\u{94d}\u{200d}\u{937}",                             // Devanagari with a joiner
            "Do\u{ad}nau\u{ad}dampf",
            "\u{2764}\u{fe0f} 👩\u{200d}🔧",
            "\u{8fbb}\u{e0100}",
            "A \u{2067}\u{5d0}\u{5d1}\u{2069} B \u{202b}\u{5d0}\u{202c}",
            "\u{5d0}\u{200f}!",
        ] {
            assert_eq!(line(text, 40).as_deref(), Ok(text), "{text:?}");
            assert!(identifier(text, 40).is_err(), "{text:?} is no identifier");
        }
        for text in
            ["a\nb", "a\u{2028}b", "a\0b", "a\u{feff}b", "a\u{2060}b", "a\u{202e}b\u{202c}", "\u{e0001}a"]
        {
            assert!(matches!(line(text, 10), Err(TextFault::Forbidden { .. })), "{text:?}");
        }
        assert_eq!(line(" \t ", 10), Err(TextFault::Empty));
    }

    #[test]
    fn direction_marks_come_in_pairs() {
        for (text, mark, position) in [
            ("a\u{202b}b", '\u{202b}', 2),
            ("a\u{202c}b", '\u{202c}', 2),
            ("\u{2067}a\u{202c}", '\u{202c}', 3),
            ("\u{2067}\u{202b}a\u{2069}", '\u{2069}', 4),
            ("\u{2068}\u{2067}a\u{2069}", '\u{2068}', 1),
        ] {
            let fault = TextFault::UnpairedDirection { mark, position };
            assert_eq!((line(text, 10), free_text(text, 10)), (Err(fault.clone()), Err(fault)), "{text:?}");
        }
        assert_eq!(free_text("\u{202e}abc\u{202c}", 10).as_deref(), Ok("\u{202e}abc\u{202c}"));
    }

    #[test]
    fn texts_that_look_alike_but_for_their_case_fold_alike() {
        assert_eq!(folded("Do\u{ad}NAU\u{200b}"), "donau");
        assert_eq!((folded("ÉCLAIR"), folded("ΟΔΟΣ")), ("éclair".into(), "οδοσ".into()));
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
