//! Positions in a file, for error messages.

/// A counter of physical lines, which end in CRLF, LF or a lone CR.
#[derive(Debug, Clone, Copy)]
pub(super) struct LineCounter {
    line: u32,
    after_cr: bool,
}

impl Default for LineCounter {
    fn default() -> Self {
        Self { line: 1, after_cr: false }
    }
}

impl LineCounter {
    /// The 1-based line of the next byte.
    pub(super) fn line(self) -> u32 {
        self.line
    }

    pub(super) fn advance(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            let ends_line = byte == b'\r' || (byte == b'\n' && !self.after_cr);
            self.line = self.line.saturating_add(u32::from(ends_line));
            self.after_cr = byte == b'\r';
        }
    }
}

/// A position in a text: line (ended by LF) and column (in characters), both 1-based.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Position {
    pub(super) line: u32,
    pub(super) column: u32,
}

impl Default for Position {
    fn default() -> Self {
        Self { line: 1, column: 1 }
    }
}

impl Position {
    pub(super) fn advance(&mut self, text: &str) {
        let breaks = text.bytes().filter(|&byte| byte == b'\n').count();
        let tail = match text.rfind('\n') {
            Some(at) if breaks > 0 => {
                self.line = self.line.saturating_add(saturated(breaks));
                self.column = 1;
                text.get(at + 1..).unwrap_or_default()
            }
            _ => text,
        };
        let characters = saturated(tail.chars().count());
        self.column = self.column.saturating_add(characters);
    }

    /// The position at this byte offset of a text that begins here.
    pub(super) fn within(mut self, text: &str, offset: usize) -> Self {
        let offset = text.floor_char_boundary(offset);
        self.advance(text.get(..offset).unwrap_or_default());
        self
    }
}

fn saturated(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_line_end_counts_once_even_when_cut_in_two() {
        let cases = [("a\nb\nc", 3), ("a\r\nb\r\nc", 3), ("a\rb\rc", 3), ("\n\r\n\r\r\n", 5)];
        for (text, line) in cases {
            let mut whole = LineCounter::default();
            whole.advance(text.as_bytes());
            assert_eq!(whole.line(), line, "{text:?}");
            let mut bytewise = LineCounter::default();
            for byte in text.bytes() {
                bytewise.advance(&[byte]);
            }
            assert_eq!(bytewise.line(), line, "{text:?}");
        }
    }

    #[test]
    fn a_position_counts_characters_since_the_last_line_feed() {
        let text = "[\n  \"Stück\",\n x";
        let end = Position::default().within(text, text.len());
        assert_eq!(end, Position { line: 3, column: 3 });
        let inside = Position::default().within(text, text.find("ck").unwrap());
        assert_eq!(inside, Position { line: 2, column: 7 });
    }

    #[test]
    fn an_offset_past_the_end_or_inside_a_character_is_brought_back() {
        let start = Position { line: 4, column: 5 };
        assert_eq!(start.within("ä", 1), start);
        assert_eq!(start.within("ä", 99), Position { line: 4, column: 6 });
    }
}
