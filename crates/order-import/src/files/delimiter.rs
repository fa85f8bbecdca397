//! The separator between a CSV's cells.

use super::FileFault;
use super::fault::shown;

/// A separator between cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Delimiter {
    /// `,`
    Comma,
    /// `;`
    Semicolon,
    /// A tab.
    Tab,
    /// `|`
    Pipe,
}

impl Delimiter {
    /// Every separator; the first wins where several occur equally often.
    pub const ALL: [Self; 4] = [Self::Comma, Self::Semicolon, Self::Tab, Self::Pipe];

    /// The character itself.
    pub const fn as_char(self) -> char {
        self.as_byte() as char
    }

    /// The separator that is this character.
    pub fn from_char(character: char) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_char() == character)
    }

    /// The character as ASCII.
    pub(super) const fn as_byte(self) -> u8 {
        match self {
            Self::Comma => b',',
            Self::Semicolon => b';',
            Self::Tab => b'\t',
            Self::Pipe => b'|',
        }
    }

    /// What messages call it, in the plural.
    pub(super) const fn plural(self) -> &'static str {
        match self {
            Self::Comma => "commas",
            Self::Semicolon => "semicolons",
            Self::Tab => "tabs",
            Self::Pipe => "pipes",
        }
    }
}

/// Reads `,` `;` `|`, a tab, or the names `comma`, `semicolon`, `pipe`, `tab` in any case.
impl TryFrom<&str> for Delimiter {
    type Error = FileFault;

    fn try_from(given: &str) -> Result<Self, FileFault> {
        Ok(match given.to_ascii_lowercase().as_str() {
            "," | "comma" => Self::Comma,
            ";" | "semicolon" => Self::Semicolon,
            "\t" | "\\t" | "tab" => Self::Tab,
            "|" | "pipe" => Self::Pipe,
            _ => {
                return Err(FileFault::UnknownDelimiter { given: shown(given) });
            }
        })
    }
}

/// Finds the separator that occurs most, outside quotes, on the first line that is not blank.
///
/// A line of only spaces and separators is blank. None while that line's end was not seen and more
/// of the text may come. A line without any separator has one column: comma.
pub(super) fn detect(text: &str, is_all: bool) -> Option<Delimiter> {
    let mut line = HeaderLine::default();
    for byte in text.bytes() {
        if line.is_ended_by(byte) {
            if !line.blank {
                return Some(line.most());
            }
            line = HeaderLine::default();
        } else {
            line.see(byte);
        }
    }
    is_all.then(|| line.most())
}

/// What was seen of a line so far.
struct HeaderLine {
    counts: [(Delimiter, usize); 4],
    blank: bool,
    place: Place,
}

/// Where in a cell a byte stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    CellStart,
    Bare,
    Quoted,
    AfterQuote,
}

impl Default for HeaderLine {
    fn default() -> Self {
        Self { counts: Delimiter::ALL.map(|one| (one, 0)), blank: true, place: Place::CellStart }
    }
}

impl HeaderLine {
    fn is_ended_by(&self, byte: u8) -> bool {
        self.place != Place::Quoted && matches!(byte, b'\n' | b'\r')
    }

    fn see(&mut self, byte: u8) {
        self.place = match (self.place, byte) {
            (Place::Quoted, b'"') => Place::AfterQuote,
            (Place::Quoted, _) | (Place::CellStart | Place::AfterQuote, b'"') => Place::Quoted,
            _ if self.count(byte) => Place::CellStart,
            _ => Place::Bare,
        };
        let is_filling = byte == b'"' || byte.is_ascii_whitespace();
        self.blank &= is_filling || self.place == Place::CellStart;
    }

    fn count(&mut self, byte: u8) -> bool {
        let mut counts = self.counts.iter_mut();
        let found = counts.find(|(one, _)| one.as_byte() == byte);
        found.map(|(_, count)| *count += 1).is_some()
    }

    fn most(&self) -> Delimiter {
        let first = (Delimiter::Comma, 0);
        let most = self.counts.iter().fold(first, |best, &one| if one.1 > best.1 { one } else { best });
        most.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separators_are_given_by_character_or_name() {
        for one in Delimiter::ALL {
            let character = one.as_char().to_string();
            assert_eq!(Delimiter::try_from(character.as_str()).unwrap(), one);
            assert_eq!(Delimiter::from_char(one.as_char()), Some(one));
        }
        assert_eq!(Delimiter::try_from("Tab").unwrap(), Delimiter::Tab);
        assert_eq!(Delimiter::try_from("SEMICOLON").unwrap(), Delimiter::Semicolon);
        for given in ["", ":", ",,", " "] {
            let fault = Delimiter::try_from(given).unwrap_err();
            assert_eq!(fault.code(), "UNKNOWN_DELIMITER", "{given:?}");
        }
    }

    #[test]
    fn the_separator_that_occurs_most_outside_quotes_is_detected() {
        let cases = [
            ("a,b,c\n1;2;3;4;5", Delimiter::Comma),
            ("a;b\n", Delimiter::Semicolon),
            ("a\tb\tc,d\n", Delimiter::Tab),
            ("a|b\r\n", Delimiter::Pipe),
            ("a;b\r1,2,3,4", Delimiter::Semicolon),
            ("\"a,b,c\";\"d,\"\",e\";f\n", Delimiter::Semicolon),
            ("\"a\n,,,\";b\n", Delimiter::Semicolon),
            ("size 5\",a;b;c\n", Delimiter::Semicolon),
            ("order_number\n", Delimiter::Comma),
            ("a,b;c\n", Delimiter::Comma),
            ("\n \r\n,,,\n\"\";;\n;a;b\n", Delimiter::Semicolon),
        ];
        for (text, delimiter) in cases {
            assert_eq!(detect(text, false), Some(delimiter), "{text:?}");
        }
    }

    #[test]
    fn more_text_is_asked_for_until_the_line_ends() {
        for text in ["", "a;b", "\"a\n;b\n", "\n\n"] {
            assert_eq!(detect(text, false), None, "{text:?}");
        }
        assert_eq!(detect("a;b", true), Some(Delimiter::Semicolon));
        assert_eq!(detect("", true), Some(Delimiter::Comma));
    }
}
