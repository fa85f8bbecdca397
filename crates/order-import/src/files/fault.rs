//! Faults that make a file unreadable.

use std::io;

use super::source::{MAX_COLUMNS, MAX_JSON_DEPTH, MAX_ROW_BYTES, MAX_ROWS};
use thiserror::Error;

/// The most characters of a file's own text that a message repeats.
const EXCERPT_CHARS: usize = 60;

/// The kind of a file fault, by the HTTP status that reports it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FileFaultKind {
    /// The file does not parse (400).
    Malformed,
    /// The file parses but has the wrong content (422).
    Invalid,
    /// The file exceeds a limit (413).
    TooLarge,
    /// The declared encoding is unknown (415).
    UnsupportedCharset,
    /// The file could not be read; not the sender's fault (500).
    Io,
}

/// A fault that ends the reading of a file.
///
/// Lines and columns are 1-based and physical; rows are 1-based data rows. Texts from the file are shortened and quoted.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum FileFault {
    #[error("the file is empty; send a CSV with a header row, or a JSON array of orders")]
    Empty,
    #[error(
        "line {line} holds bytes that are not {charset}; save the file as UTF-8, or declare a \
         CSV's encoding with charset in the content type"
    )]
    Undecodable { line: u32, charset: &'static str },
    /// NUL characters in the header: UTF-16 without a byte order mark, or no text at all.
    #[error(
        "the header on line {line} holds NUL characters, so this is not a CSV; save the file as \
         UTF-8, or as UTF-16 with a byte order mark"
    )]
    NotText { line: u32 },
    #[error("the file is a workbook, not a CSV; save it as CSV (UTF-8), or send its rows as JSON")]
    Workbook,
    #[error("the charset {label} is unknown; save the file as UTF-8 and declare utf-8 or nothing")]
    UnknownCharset { label: String },
    #[error("the delimiter {given} is unknown; give one of `,` `;` `|` `tab`")]
    UnknownDelimiter { given: String },
    #[error(
        "the headers {first} (column {first_column}) and {second} (column {second_column}) both \
         name {field}; rename or remove one"
    )]
    DuplicateColumn {
        field: &'static str,
        first: String,
        first_column: usize,
        second: String,
        second_column: usize,
    },
    #[error(
        "missing required column: {}; add it to the header on line {line}, which was read with \
         {separator} between the columns", names.join(", ")
    )]
    MissingColumns { names: Vec<&'static str>, line: u32, separator: &'static str },
    #[error("the row on line {line} opens a quote that is never closed; close it or double it")]
    OpenQuote { line: u32 },
    #[error("invalid JSON at line {line}, column {column}: {problem}")]
    InvalidJson { line: u32, column: u32, problem: &'static str },
    #[error(
        "JSON nested deeper than {MAX_JSON_DEPTH} levels at line {line}, column {column}; send \
         flat order objects"
    )]
    TooDeep { line: u32, column: u32 },
    #[error("row {row} has the key {key} twice; remove one")]
    DuplicateKey { row: u32, key: String },
    /// JSON that is no array; `found` is as in "a JSON object".
    #[error("the body is {found}; send an array of order objects: [{{…}}, {{…}}]")]
    NotAnArray { found: &'static str },
    /// A CSV row over the limit.
    #[error(
        "the row on line {line} is larger than {MAX_ROW_BYTES} bytes; shorten it, or close a quote \
         left open there"
    )]
    LineTooLarge { line: u32 },
    /// An element of a JSON array over the limit.
    #[error("row {row} is larger than {MAX_ROW_BYTES} bytes; shorten it")]
    ElementTooLarge { row: u32 },
    #[error("the file has more than {MAX_ROWS} rows; split it into several imports")]
    TooManyRows,
    #[error("the header on line {line} has {found} columns, at most {MAX_COLUMNS} are allowed; remove some")]
    TooManyColumns { line: u32, found: usize },
    #[error("the file could not be read; try again")]
    Io(#[source] io::Error),
}

impl FileFault {
    /// Its kind.
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

    /// Its documented code (`docs/API.md`).
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "EMPTY_FILE",
            Self::Undecodable { .. } => "UNDECODABLE_TEXT",
            Self::NotText { .. } => "NOT_TEXT",
            Self::Workbook => "WORKBOOK",
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

/// An excerpt of foreign text for a message: in quotes, shortened, control and invisible characters escaped.
pub(super) fn quoted_excerpt(text: &str) -> String {
    let mut start: String = text.chars().take(EXCERPT_CHARS).collect();
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
        assert_eq!(quoted_excerpt("Größe"), "\"Größe\"");
        assert_eq!(quoted_excerpt("a\u{0}\u{202e}\n"), "\"a\\0\\u{202e}\\n\"");
        assert_eq!(quoted_excerpt(&"x".repeat(99)).chars().count(), EXCERPT_CHARS + 3);
    }

    #[test]
    fn kinds_and_codes_follow_the_fault() {
        let cases = [
            (FileFault::Empty, FileFaultKind::Malformed, "EMPTY_FILE"),
            (FileFault::TooManyRows, FileFaultKind::TooLarge, "TOO_MANY_ROWS"),
            (FileFault::NotAnArray { found: "a JSON object" }, FileFaultKind::Invalid, "NOT_AN_ARRAY"),
            (
                FileFault::UnknownCharset { label: quoted_excerpt("klingon") },
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
