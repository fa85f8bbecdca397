//! What makes a file unreadable.

use std::io;

use super::source::{MAX_COLUMNS, MAX_JSON_DEPTH, MAX_ROW_BYTES, MAX_ROWS};
use thiserror::Error;

/// The most characters of a file's own text that a message repeats.
const SHOWN_CHARS: usize = 60;

/// What a fault means for whoever sent the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FileFaultKind {
    /// The file does not parse (400).
    Malformed,
    /// The file parses but is not what is asked for (422).
    Invalid,
    /// The file passes a limit (413).
    TooLarge,
    /// The declared encoding is unknown (415).
    UnsupportedCharset,
    /// The file could not be read; not the sender's fault (500).
    Io,
}

/// A fault that ends the reading of a file.
///
/// Lines and columns are 1-based and physical; rows are 1-based data rows.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum FileFault {
    /// The file holds nothing.
    #[error("the file is empty; send a CSV with a header row, or a JSON array of orders")]
    Empty,
    /// Bytes that do not belong to the encoding.
    #[error(
        "line {line} holds bytes that are not {charset}; save the file as UTF-8, or declare a \
         CSV's encoding with charset in the content type"
    )]
    Undecodable {
        /// The line of the first such byte.
        line: u32,
        /// The name of the encoding that was expected.
        charset: &'static str,
    },
    /// NUL characters in the header: UTF-16 without a byte order mark, or no text at all.
    #[error(
        "the header on line {line} holds NUL characters, so this is not a CSV; save the file as \
         UTF-8, or as UTF-16 with a byte order mark"
    )]
    NotText {
        /// The line the header starts on.
        line: u32,
    },
    /// A charset nobody knows.
    #[error("the charset {label} is unknown; save the file as UTF-8 and declare utf-8 or nothing")]
    UnknownCharset {
        /// The declared label, shortened and quoted.
        label: String,
    },
    /// A delimiter that is not one of the four.
    #[error("the delimiter {given} is unknown; give one of `,` `;` `|` `tab`")]
    UnknownDelimiter {
        /// What was given, shortened and quoted.
        given: String,
    },
    /// Two headers that name one field.
    #[error(
        "the headers {first} (column {first_column}) and {second} (column {second_column}) both \
         name {field}; rename or remove one"
    )]
    DuplicateColumn {
        /// The field both name.
        field: &'static str,
        /// The first header as it came, shortened and quoted.
        first: String,
        /// The first header's 1-based column.
        first_column: usize,
        /// The second header as it came, shortened and quoted.
        second: String,
        /// The second header's 1-based column.
        second_column: usize,
    },
    /// Required columns that the header lacks.
    #[error(
        "missing required column: {}; add it to the header on line {line}, which was read with \
         {separator} between the columns", names.join(", ")
    )]
    MissingColumns {
        /// The names of all that are missing.
        names: Vec<&'static str>,
        /// The line the header starts on.
        line: u32,
        /// The separator the header was read with, as it is named.
        separator: &'static str,
    },
    /// A quote that is never closed.
    #[error("the row on line {line} opens a quote that is never closed; close it or double it")]
    OpenQuote {
        /// The line the row starts on.
        line: u32,
    },
    /// Text that is not JSON.
    #[error("invalid JSON at line {line}, column {column}: {problem}")]
    InvalidJson {
        /// The line, ended by line feeds.
        line: u32,
        /// The character in the line.
        column: u32,
        /// What is wrong there.
        problem: &'static str,
    },
    /// JSON nested deeper than anyone needs.
    #[error(
        "JSON nested deeper than {MAX_JSON_DEPTH} levels at line {line}, column {column}; send \
         flat order objects"
    )]
    TooDeep {
        /// The line of the bracket that goes too deep.
        line: u32,
        /// The character in the line.
        column: u32,
    },
    /// One object that names a key twice.
    #[error("row {row} has the key {key} twice; remove one")]
    DuplicateKey {
        /// The row.
        row: u32,
        /// The key, shortened and quoted.
        key: String,
    },
    /// JSON, but no array.
    #[error("the body is {found}; send an array of order objects: [{{…}}, {{…}}]")]
    NotAnArray {
        /// What it is instead, as in "a JSON object".
        found: &'static str,
    },
    /// A CSV row over the limit.
    #[error(
        "the row on line {line} is larger than {MAX_ROW_BYTES} bytes; shorten it, or close a quote \
         left open there"
    )]
    LineTooLarge {
        /// The line the row starts on.
        line: u32,
    },
    /// An element of a JSON array over the limit.
    #[error("row {row} is larger than {MAX_ROW_BYTES} bytes; shorten it")]
    ElementTooLarge {
        /// The row.
        row: u32,
    },
    /// More rows than one import takes.
    #[error("the file has more than {MAX_ROWS} rows; split it into several imports")]
    TooManyRows,
    /// More columns than a header may name.
    #[error("the header on line {line} has {found} columns, at most {MAX_COLUMNS} are allowed; remove some")]
    TooManyColumns {
        /// The line the header starts on.
        line: u32,
        /// How many columns it names.
        found: usize,
    },
    /// The file could not be read.
    #[error("the file could not be read; try again")]
    Io(#[source] io::Error),
}

impl FileFault {
    /// What the fault means for whoever sent the file.
    pub fn kind(&self) -> FileFaultKind {
        match self {
            Self::UnknownDelimiter { .. } | Self::NotAnArray { .. } => FileFaultKind::Invalid,
            Self::LineTooLarge { .. }
            | Self::ElementTooLarge { .. }
            | Self::TooManyRows
            | Self::TooManyColumns { .. } => FileFaultKind::TooLarge,
            Self::UnknownCharset { .. } => FileFaultKind::UnsupportedCharset,
            Self::Io(_) => FileFaultKind::Io,
            _ => FileFaultKind::Malformed,
        }
    }

    /// The fault's code, for machines.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "EMPTY_FILE",
            Self::Undecodable { .. } => "UNDECODABLE_TEXT",
            Self::NotText { .. } => "NOT_TEXT",
            Self::UnknownCharset { .. } => "UNSUPPORTED_CHARSET",
            Self::UnknownDelimiter { .. } => "UNKNOWN_DELIMITER",
            Self::DuplicateColumn { .. } => "DUPLICATE_COLUMN",
            Self::MissingColumns { .. } => "MISSING_COLUMN",
            Self::OpenQuote { .. } => "UNCLOSED_QUOTE",
            Self::InvalidJson { .. } => "INVALID_JSON",
            Self::TooDeep { .. } => "JSON_TOO_DEEP",
            Self::DuplicateKey { .. } => "DUPLICATE_KEY",
            Self::NotAnArray { .. } => "NOT_AN_ARRAY",
            Self::LineTooLarge { .. } | Self::ElementTooLarge { .. } => "ROW_TOO_LARGE",
            Self::TooManyRows => "TOO_MANY_ROWS",
            Self::TooManyColumns { .. } => "TOO_MANY_COLUMNS",
            Self::Io(_) => "UNREADABLE_FILE",
        }
    }
}

/// Foreign text for a message: in quotes, shortened, control and invisible characters escaped.
pub(super) fn shown(text: &str) -> String {
    let mut start: String = text.chars().take(SHOWN_CHARS).collect();
    if start.len() < text.len() {
        start.push('…');
    }
    format!("{start:?}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_is_shortened_and_escaped() {
        assert_eq!(shown("Größe"), "\"Größe\"");
        assert_eq!(shown("a\u{0}\u{202e}\n"), "\"a\\0\\u{202e}\\n\"");
        assert_eq!(shown(&"x".repeat(99)).chars().count(), SHOWN_CHARS + 3);
    }

    #[test]
    fn kinds_and_codes_follow_the_fault() {
        let cases = [
            (FileFault::Empty, FileFaultKind::Malformed, "EMPTY_FILE"),
            (FileFault::TooManyRows, FileFaultKind::TooLarge, "TOO_MANY_ROWS"),
            (FileFault::NotAnArray { found: "a JSON object" }, FileFaultKind::Invalid, "NOT_AN_ARRAY"),
            (
                FileFault::UnknownCharset { label: shown("klingon") },
                FileFaultKind::UnsupportedCharset,
                "UNSUPPORTED_CHARSET",
            ),
            (FileFault::Io(io::Error::other("disk")), FileFaultKind::Io, "UNREADABLE_FILE"),
        ];
        for (fault, kind, code) in cases {
            assert_eq!((fault.kind(), fault.code()), (kind, code));
        }
    }

    #[test]
    fn messages_say_what_where_and_how_to_mend() {
        let fault = FileFault::MissingColumns {
            names: vec!["stock_code", "description"],
            line: 3,
            separator: "commas",
        };
        assert_eq!(
            fault.to_string(),
            "missing required column: stock_code, description; add it to the header on line 3, \
             which was read with commas between the columns"
        );
        let fault = FileFault::Io(io::Error::other("secret path"));
        assert!(!fault.to_string().contains("secret"));
    }
}
