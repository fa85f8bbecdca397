//! The separator between a CSV's cells.

use super::FileFault;
use super::fault::quoted_excerpt;

/// A separator between cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Delimiter {
    /// `,`
    Comma,
    /// `;`
    Semicolon,
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
        Self::ALL.into_iter().find(|delimiter| delimiter.as_char() == character)
    }

    pub(super) const fn as_byte(self) -> u8 {
        match self {
            Self::Comma => b',',
            Self::Semicolon => b';',
            Self::Tab => b'\t',
            Self::Pipe => b'|',
        }
    }

    /// Its plural name, for messages.
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
                return Err(FileFault::UnknownDelimiter { given: quoted_excerpt(given) });
            }
        })
    }
}

/// Finds the separator that occurs most, outside quotes, on the first line that is not blank.
///
/// A line of only spaces and separators is blank. `None` if that line does not end in `text` and `text` is not
/// `complete`. A line without any separator has one column: comma.
pub(super) fn detect(text: &str, complete: bool) -> Option<Delimiter> {
    let mut line = HeaderLine::default();
    for byte in text.bytes() {
        if line.is_ended_by(byte) {
            if !line.is_blank {
                return Some(line.most_frequent());
            }
            line = HeaderLine::default();
        } else {
            line.push(byte);
        }
    }
    complete.then(|| line.most_frequent())
}

/// The separators of a line read so far.
struct HeaderLine {
    counts: [(Delimiter, usize); 4],
    is_blank: bool,
    state: CellState,
}

/// The state of the cell being read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum CellState {
    Start,
    Unquoted,
    Quoted,
    AfterQuote,
}

impl Default for HeaderLine {
    fn default() -> Self {
        let counts = Delimiter::ALL.map(|delimiter| (delimiter, 0));
        Self { counts, is_blank: true, state: CellState::Start }
    }
}

impl HeaderLine {
    fn is_ended_by(&self, byte: u8) -> bool {
        self.state != CellState::Quoted && matches!(byte, b'\n' | b'\r')
    }

    fn push(&mut self, byte: u8) {
        self.state = match (self.state, byte) {
            (CellState::Quoted, b'"') => CellState::AfterQuote,
            (CellState::Quoted, _) | (CellState::Start | CellState::AfterQuote, b'"') => CellState::Quoted,
            _ if self.count(byte) => CellState::Start,
            _ => CellState::Unquoted,
        };
        let is_padding = byte == b'"' || byte.is_ascii_whitespace();
        self.is_blank &= is_padding || self.state == CellState::Start;
    }

    /// Counts the byte if it is a separator.
    fn count(&mut self, byte: u8) -> bool {
        let mut counts = self.counts.iter_mut();
        let found = counts.find(|(delimiter, _)| delimiter.as_byte() == byte);
        found.map(|(_, count)| *count += 1).is_some()
    }

    fn most_frequent(&self) -> Delimiter {
        let first = (Delimiter::Comma, 0);
        self.counts.iter().fold(first, |best, &next| if next.1 > best.1 { next } else { best }).0
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
    fn nothing_is_detected_until_the_line_ends() {
        for text in ["", "a;b", "\"a\n;b\n", "\n\n"] {
            assert_eq!(detect(text, false), None, "{text:?}");
        }
        assert_eq!(detect("a;b", true), Some(Delimiter::Semicolon));
        assert_eq!(detect("", true), Some(Delimiter::Comma));
    }
}
