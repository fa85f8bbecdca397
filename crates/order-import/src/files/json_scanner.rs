//! Finding the end of one element of a JSON array by its strings, escapes and depth alone.

use super::source::MAX_JSON_DEPTH;

/// The result of scanning some bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ScanResult {
    /// The element goes on.
    Incomplete,
    /// The element ends before this offset.
    Complete(usize),
    /// A control character in a string, at this offset.
    ControlCharacter(usize),
    /// One bracket too many, at this offset.
    TooDeep(usize),
}

/// A scanner of one element, from its first byte on.
#[derive(Debug)]
pub(super) struct ElementScanner {
    depth: u16,
    state: State,
    has_escapes: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Within brackets, but not in a string.
    Brackets,
    String,
    Escape,
    Scalar,
}

impl ElementScanner {
    /// Creates a scanner of an element that begins with this byte.
    pub(super) fn new(first: u8) -> Self {
        let is_bracketed = matches!(first, b'{' | b'[' | b'"');
        let state = if is_bracketed { State::Brackets } else { State::Scalar };
        Self { depth: 0, state, has_escapes: false }
    }

    /// Whether the element is complete if the text ends here.
    pub(super) fn may_end(&self) -> bool {
        self.state == State::Scalar
    }

    /// Whether a backslash was seen.
    pub(super) fn has_escapes(&self) -> bool {
        self.has_escapes
    }

    /// Scans the next bytes.
    pub(super) fn scan(&mut self, bytes: &[u8]) -> ScanResult {
        for (at, &byte) in bytes.iter().enumerate() {
            match (self.state, byte) {
                (State::String, b'"') => {
                    self.state = State::Brackets;
                    if self.depth == 0 {
                        return ScanResult::Complete(at + 1);
                    }
                }
                (State::String, b'\\') => {
                    self.state = State::Escape;
                    self.has_escapes = true;
                }
                (State::String, ..0x20) => return ScanResult::ControlCharacter(at),
                (State::String, _) => {}
                (State::Escape, _) => self.state = State::String,
                (State::Brackets, b'"') => self.state = State::String,
                (State::Brackets, b'{' | b'[') => {
                    self.depth += 1;
                    // The outer array is one level.
                    if self.depth >= MAX_JSON_DEPTH {
                        return ScanResult::TooDeep(at);
                    }
                }
                (State::Brackets, b'}' | b']') => {
                    self.depth = self.depth.saturating_sub(1);
                    if self.depth == 0 {
                        return ScanResult::Complete(at + 1);
                    }
                }
                (State::Brackets, _) => {}
                (State::Scalar, b',' | b']' | b'}' | b' ' | b'\n' | b'\r' | b'\t') => {
                    return ScanResult::Complete(at);
                }
                (State::Scalar, _) => {}
            }
        }
        ScanResult::Incomplete
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scan(text: &str) -> ScanResult {
        ElementScanner::new(text.as_bytes()[0]).scan(text.as_bytes())
    }

    #[test]
    fn an_element_ends_where_its_first_bracket_closes() {
        let cases = [
            (r#"{"a":1},"#, ScanResult::Complete(7)),
            (r#"{"}":"{"}]"#, ScanResult::Complete(9)),
            (r#"{"a\"}":[1,{}]} "#, ScanResult::Complete(15)),
            (r#""a\\","#, ScanResult::Complete(5)),
            ("[[],[]]]", ScanResult::Complete(7)),
            ("12.5,", ScanResult::Complete(4)),
            ("null]", ScanResult::Complete(4)),
            (",", ScanResult::Complete(0)),
            (r#"{"a":"#, ScanResult::Incomplete),
            (r#""a\""#, ScanResult::Incomplete),
            ("{\"a\nb\"}", ScanResult::ControlCharacter(3)),
        ];
        for (text, step) in cases {
            assert_eq!(scan(text), step, "{text}");
        }
    }

    #[test]
    fn a_scan_continues_across_any_split() {
        let text = r#"{"a\\\"}":["]",{"b":"\u005c"}]}, "#;
        for split in 1..text.len() - 2 {
            let (head, tail) = text.as_bytes().split_at(split);
            let mut scanner = ElementScanner::new(head[0]);
            assert_eq!(scanner.scan(head), ScanResult::Incomplete);
            assert_eq!(scanner.scan(tail), ScanResult::Complete(text.len() - 2 - split));
        }
    }

    #[test]
    fn the_outer_array_counts_as_one_level_of_depth() {
        let levels = usize::from(MAX_JSON_DEPTH) - 1;
        let fits = format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert_eq!(scan(&fits), ScanResult::Complete(2 * levels));
        assert_eq!(scan(&format!("[{fits}]")), ScanResult::TooDeep(levels));
    }
}
