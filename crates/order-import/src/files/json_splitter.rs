//! A JSON body split into the elements of its outer array, without reading what is in them.

use std::io::Read;

use super::FileFault;
use super::json_scanner::{ElementScanner, ScanResult};
use super::position::Position;
use super::source::MAX_ROW_BYTES;
use super::text::TextReader;
use serde::de::IgnoredAny;

/// One element, reused.
#[derive(Debug, Default)]
pub(super) struct Element {
    /// Its text, brackets balanced but not checked further.
    pub(super) text: String,
    pub(super) start: Position,
    pub(super) has_escapes: bool,
}

impl Element {
    /// The fault of a problem at this offset of the element.
    pub(super) fn fault_at(&self, offset: usize, problem: &'static str) -> FileFault {
        invalid(self.start.within(&self.text, offset), problem)
    }
}

/// The elements of a JSON body's outer array.
pub(super) struct JsonSplitter<R> {
    text: TextReader<R>,
    position: Position,
    row: u32,
}

impl<R: Read> JsonSplitter<R> {
    /// Moves into the outer array.
    ///
    /// # Errors
    /// An empty body, one that is no array, or one that is no JSON.
    pub(super) fn open(reader: R) -> Result<Self, FileFault> {
        let text = TextReader::open(reader, Some("utf-8"))?;
        let mut splitter = Self { text, position: Position::default(), row: 0 };
        match splitter.peek()? {
            None => Err(FileFault::Empty),
            Some(b'[') => {
                splitter.consume(1);
                Ok(splitter)
            }
            Some(first) => Err(splitter.not_an_array(first)),
        }
    }

    /// Reads the next element; false after the array's end, with nothing behind it.
    ///
    /// # Errors
    /// A body that is no JSON, an element too large or too deep, a failed read.
    pub(super) fn next(&mut self, element: &mut Element) -> Result<bool, FileFault> {
        match self.peek()? {
            Some(b']') => return self.finish(),
            Some(b',') if self.row > 0 => self.skip_comma()?,
            Some(_) if self.row > 0 => return Err(self.fault("expected `,` or `]`")),
            _ => {}
        }
        let Some(first) = self.peek()? else {
            return Err(self.truncated());
        };
        self.row = self.row.saturating_add(1);
        self.read_element(first, element)?;
        Ok(true)
    }

    /// The 1-based number of the last element.
    pub(super) fn row(&self) -> u32 {
        self.row
    }

    fn skip_comma(&mut self) -> Result<(), FileFault> {
        self.consume(1);
        match self.peek()? {
            Some(b']') => Err(self.fault("a comma before `]`; remove it")),
            _ => Ok(()),
        }
    }

    fn finish(&mut self) -> Result<bool, FileFault> {
        self.consume(1);
        match self.peek()? {
            None => Ok(false),
            Some(_) => Err(self.fault("text after the end of the array; remove it")),
        }
    }

    fn read_element(&mut self, first: u8, element: &mut Element) -> Result<(), FileFault> {
        let mut scanner = ElementScanner::new(first);
        element.text.clear();
        element.start = self.position;
        loop {
            let rest = self.text.rest();
            let result = scanner.scan(rest.as_bytes());
            let end = match result {
                ScanResult::Incomplete => rest.len(),
                ScanResult::Complete(end) | ScanResult::ControlCharacter(end) | ScanResult::TooDeep(end) => {
                    end
                }
            };
            element.text.push_str(rest.get(..end).unwrap_or_default());
            self.consume(end);
            if element.text.len() > MAX_ROW_BYTES {
                return Err(FileFault::ElementTooLarge { row: self.row });
            }
            match result {
                ScanResult::Complete(_) => break,
                ScanResult::ControlCharacter(_) => {
                    return Err(self.fault("a control character in a string; escape it"));
                }
                ScanResult::TooDeep(_) => return Err(self.too_deep()),
                ScanResult::Incomplete if self.fill()? => {}
                ScanResult::Incomplete if scanner.may_end() => break,
                ScanResult::Incomplete => return Err(self.truncated()),
            }
        }
        element.has_escapes = scanner.has_escapes();
        if element.text.is_empty() {
            return Err(self.fault("expected a value"));
        }
        Ok(())
    }

    /// The fault of a body that begins with something else than `[`.
    fn not_an_array(&mut self, first: u8) -> FileFault {
        let found = match first {
            b'{' => "a JSON object",
            b'"' => "a JSON string",
            b'-' | b'0'..=b'9' => "a JSON number",
            b't' | b'f' | b'n' => "a JSON literal",
            _ => return self.fault("expected `[` and an array of orders"),
        };
        match self.check_only_value(first) {
            // A body too large to check is no array either way.
            Ok(()) | Err(FileFault::ElementTooLarge { .. }) => FileFault::NotAnArray { found },
            Err(fault) => fault,
        }
    }

    /// Checks that the body is one JSON value and nothing else.
    fn check_only_value(&mut self, first: u8) -> Result<(), FileFault> {
        let mut element = Element::default();
        self.read_element(first, &mut element)?;
        serde_json::from_str::<IgnoredAny>(&element.text).map_err(|error| syntax_fault(&element, &error))?;
        match self.peek()? {
            None => Ok(()),
            Some(_) => Err(self.fault("text after the end of the value")),
        }
    }

    /// The next byte that is no white space; `None` at the end of the file.
    fn peek(&mut self) -> Result<Option<u8>, FileFault> {
        loop {
            let rest = self.text.rest();
            let space = rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
            self.consume(space);
            if let Some(&byte) = self.text.rest().as_bytes().first() {
                return Ok(Some(byte));
            }
            if !self.fill()? {
                return Ok(None);
            }
        }
    }

    fn consume(&mut self, bytes: usize) {
        self.position.advance(self.text.rest().get(..bytes).unwrap_or_default());
        self.text.consume(bytes);
    }

    fn fill(&mut self) -> Result<bool, FileFault> {
        self.text.fill().map_err(|error| error.on_line(self.position.line))
    }

    fn fault(&self, problem: &'static str) -> FileFault {
        invalid(self.position, problem)
    }

    fn truncated(&self) -> FileFault {
        self.fault("the body ends too early; was it cut off?")
    }

    fn too_deep(&self) -> FileFault {
        let Position { line, column } = self.position;
        FileFault::TooDeep { line, column }
    }
}

fn invalid(Position { line, column }: Position, problem: &'static str) -> FileFault {
    FileFault::InvalidJson { line, column, problem }
}

/// The fault of an element that did not parse.
pub(super) fn syntax_fault(element: &Element, error: &serde_json::Error) -> FileFault {
    let before = error.line().saturating_sub(2);
    let line_feed = element.text.match_indices('\n').nth(before);
    let line_start = match line_feed {
        Some((at, _)) if error.line() > 1 => at + 1,
        _ => 0,
    };
    let offset = line_start + error.column().saturating_sub(1);
    element.fault_at(offset, "this is no JSON; check quotes, commas and brackets here")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(bytes: &[u8]) -> Result<Vec<String>, FileFault> {
        let mut splitter = JsonSplitter::open(bytes)?;
        let mut element = Element::default();
        let mut all = Vec::new();
        while splitter.next(&mut element)? {
            all.push(element.text.clone());
        }
        Ok(all)
    }

    #[test]
    fn elements_are_split_at_their_own_ends() {
        let cases: [(&str, &[&str]); 5] = [
            ("[]", &[]),
            ("\u{feff} [ ] \n", &[]),
            (r#"[{"a":"],["},[1],"x",2 ,null]"#, &[r#"{"a":"],["}"#, "[1]", "\"x\"", "2", "null"]),
            ("[\n1\n,\t2\r\n]", &["1", "2"]),
            (r#"["\\","\"]"]"#, &[r#""\\""#, r#""\"]""#]),
        ];
        for (text, elements) in cases {
            assert_eq!(split(text.as_bytes()).unwrap(), elements, "{text}");
        }
    }

    #[test]
    fn what_is_no_array_of_values_names_line_and_column() {
        let cases: [(&str, u32, u32); 14] = [
            ("[1,]", 1, 4),
            ("[1 2]", 1, 4),
            ("[1] x", 1, 5),
            ("[1][2]", 1, 4),
            ("[,1]", 1, 2),
            ("[1,,2]", 1, 4),
            ("[1", 1, 3),
            ("[\n{\"a\":\"ü", 2, 8),
            ("[1,\n", 2, 1),
            ("[", 1, 2),
            ("[\"a\nb\"]", 1, 4),
            ("]", 1, 1),
            ("{\"a\":1]", 1, 7),
            ("{} {}", 1, 4),
        ];
        for (text, at_line, at_column) in cases {
            match split(text.as_bytes()).unwrap_err() {
                FileFault::InvalidJson { line, column, .. } => {
                    assert_eq!((line, column), (at_line, at_column), "{text:?}");
                }
                other => panic!("{text:?} {other}"),
            }
        }
    }

    #[test]
    fn a_body_that_is_json_but_no_array_has_its_own_code() {
        let long = format!("{{\"orders\":[{}1]}}", "1,".repeat(MAX_ROW_BYTES));
        let cases = [
            ("{\"orders\": []}\n", "NOT_AN_ARRAY"),
            ("\"x\"", "NOT_AN_ARRAY"),
            ("42", "NOT_AN_ARRAY"),
            ("null ", "NOT_AN_ARRAY"),
            (long.as_str(), "NOT_AN_ARRAY"),
            ("nul", "INVALID_JSON"),
            ("order_number,stock_code", "INVALID_JSON"),
            ("{", "INVALID_JSON"),
            ("", "EMPTY_FILE"),
            (" \n", "EMPTY_FILE"),
        ];
        for (text, code) in cases {
            assert_eq!(split(text.as_bytes()).unwrap_err().code(), code);
        }
    }

    #[test]
    fn an_element_may_take_the_limit_and_not_a_byte_more() {
        let text = |bytes: usize| format!("[1,\"{}\"]", "x".repeat(bytes - 2));
        assert_eq!(split(text(MAX_ROW_BYTES).as_bytes()).unwrap().len(), 2);
        let fault = split(text(MAX_ROW_BYTES + 1).as_bytes()).unwrap_err();
        assert!(matches!(fault, FileFault::ElementTooLarge { row: 2 }));
    }

    #[test]
    fn bytes_that_are_not_utf_8_are_refused() {
        let cases: [&[u8]; 3] = [b"[\n\"\xFF\"]", b"[\n1,\xC3]", b"[\n{\"\xED\xA0\x80\":1}]"];
        for bytes in cases {
            let fault = split(bytes).unwrap_err();
            assert!(matches!(fault, FileFault::Undecodable { line: 2, .. }), "{fault}");
        }
        assert_eq!(split(b"\xFF\xFE[\0]\0").unwrap_err().code(), "UNDECODABLE_TEXT");
    }

    #[test]
    fn a_bracket_too_many_names_its_position() {
        let text = format!("[\n{}", "[".repeat(1_000_000));
        let fault = split(text.as_bytes()).unwrap_err();
        assert!(matches!(fault, FileFault::TooDeep { line: 2, column: 128 }), "{fault}");
    }
}
