//! Where one element of a JSON array ends: strings, escapes and depth, nothing more.

use super::source::MAX_JSON_DEPTH;

/// What a stretch of bytes led to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// The element goes on.
    More,
    /// The element ends before this offset.
    Done(usize),
    /// A control character in a string, at this offset.
    Control(usize),
    /// One bracket too many, at this offset.
    TooDeep(usize),
}

/// Follows one element from its first byte on.
#[derive(Debug)]
pub(super) struct ElementScan {
    depth: u16,
    mode: Mode,
    has_escapes: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Between,
    String,
    Escape,
    Scalar,
}

impl ElementScan {
    /// A scan of an element that begins with this byte.
    pub(super) fn new(first: u8) -> Self {
        let is_bracketed = matches!(first, b'{' | b'[' | b'"');
        Self { depth: 0, mode: if is_bracketed { Mode::Between } else { Mode::Scalar }, has_escapes: false }
    }

    /// Whether the element is complete if the text ends here.
    pub(super) fn may_end(&self) -> bool {
        self.mode == Mode::Scalar
    }

    /// Whether a backslash was met.
    pub(super) fn has_escapes(&self) -> bool {
        self.has_escapes
    }

    /// Goes on through these bytes.
    pub(super) fn run(&mut self, bytes: &[u8]) -> Step {
        for (at, &byte) in bytes.iter().enumerate() {
            match (self.mode, byte) {
                (Mode::String, b'"') => {
                    self.mode = Mode::Between;
                    if self.depth == 0 {
                        return Step::Done(at + 1);
                    }
                }
                (Mode::String, b'\\') => {
                    self.mode = Mode::Escape;
                    self.has_escapes = true;
                }
                (Mode::String, ..0x20) => return Step::Control(at),
                (Mode::String, _) => {}
                (Mode::Escape, _) => self.mode = Mode::String,
                (Mode::Between, b'"') => self.mode = Mode::String,
                (Mode::Between, b'{' | b'[') => {
                    self.depth += 1;
                    // The outer array is one level.
                    if self.depth >= MAX_JSON_DEPTH {
                        return Step::TooDeep(at);
                    }
                }
                (Mode::Between, b'}' | b']') => {
                    self.depth = self.depth.saturating_sub(1);
                    if self.depth == 0 {
                        return Step::Done(at + 1);
                    }
                }
                (Mode::Between, _) => {}
                (Mode::Scalar, b',' | b']' | b'}' | b' ' | b'\n' | b'\r' | b'\t') => {
                    return Step::Done(at);
                }
                (Mode::Scalar, _) => {}
            }
        }
        Step::More
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scan(text: &str) -> Step {
        ElementScan::new(text.as_bytes()[0]).run(text.as_bytes())
    }

    #[test]
    fn an_element_ends_where_its_first_bracket_closes() {
        let cases = [
            (r#"{"a":1},"#, Step::Done(7)),
            (r#"{"}":"{"}]"#, Step::Done(9)),
            (r#"{"a\"}":[1,{}]} "#, Step::Done(15)),
            (r#""a\\","#, Step::Done(5)),
            ("[[],[]]]", Step::Done(7)),
            ("12.5,", Step::Done(4)),
            ("null]", Step::Done(4)),
            (",", Step::Done(0)),
            (r#"{"a":"#, Step::More),
            (r#""a\""#, Step::More),
            ("{\"a\nb\"}", Step::Control(3)),
        ];
        for (text, step) in cases {
            assert_eq!(scan(text), step, "{text}");
        }
    }

    #[test]
    fn the_scan_goes_on_across_any_cut() {
        let text = r#"{"a\\\"}":["]",{"b":"\u005c"}]}, "#;
        for cut in 1..text.len() - 2 {
            let (head, tail) = text.as_bytes().split_at(cut);
            let mut scan = ElementScan::new(head[0]);
            assert_eq!(scan.run(head), Step::More);
            assert_eq!(scan.run(tail), Step::Done(text.len() - 2 - cut));
        }
    }

    #[test]
    fn the_outer_array_counts_as_one_level_of_depth() {
        let levels = usize::from(MAX_JSON_DEPTH) - 1;
        let fits = format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert_eq!(scan(&fits), Step::Done(2 * levels));
        assert_eq!(scan(&format!("[{fits}]")), Step::TooDeep(levels));
    }
}
