//! Where a CSV record ends in the text, and whether a quote in it is astray.

/// The state of the record being scanned; more text may be added behind it.
#[derive(Debug, Default)]
pub(super) struct RecordScan {
    at: usize,
    state: State,
    /// Where the last quoted cell begins.
    opened: usize,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum State {
    #[default]
    CellStart,
    Unquoted,
    Quoted,
    AfterQuote,
}

/// What was found of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    /// Its length, without its line end.
    Record(usize),
    /// The offset of a quote that closes before anything but a separator or a line end.
    StrayQuote(usize),
    /// It goes on behind the text.
    More,
}

impl RecordScan {
    /// Scans on; `text` begins where the record does.
    pub(super) fn advance(&mut self, text: &[u8], separator: u8) -> Found {
        while let Some(&byte) = text.get(self.at) {
            let is_line_end = matches!(byte, b'\n' | b'\r');
            self.state = match self.state {
                State::Quoted if byte == b'"' => State::AfterQuote,
                State::Quoted => State::Quoted,
                State::AfterQuote if byte == b'"' => State::Quoted,
                _ if is_line_end => return Found::Record(self.at),
                _ if byte == separator => State::CellStart,
                State::AfterQuote => return Found::StrayQuote(self.opened),
                State::CellStart if byte == b'"' => {
                    self.opened = self.at;
                    State::Quoted
                }
                State::CellStart | State::Unquoted => State::Unquoted,
            };
            self.at += 1;
        }
        Found::More
    }

    /// Whether the text may end here, without a line end.
    pub(super) fn may_end(&self) -> bool {
        self.state != State::Quoted
    }
}

/// The end of the line that `at` is on, without its line end; `None` if it goes on behind the text.
pub(super) fn line_end(text: &[u8], at: usize) -> Option<usize> {
    let rest = text.get(at..).unwrap_or_default();
    rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')).map(|length| at + length)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Found {
        let (whole, mut piecewise) = (text.as_bytes(), RecordScan::default());
        let found = RecordScan::default().advance(whole, b';');
        let mut by_byte = (0..=whole.len()).map(|end| piecewise.advance(&whole[..end], b';'));
        assert_eq!(by_byte.find(|found| *found != Found::More).unwrap_or(Found::More), found);
        found
    }

    #[test]
    fn a_record_ends_at_a_line_end_outside_quotes() {
        for (text, expected) in [
            ("a;b\nc", Found::Record(3)),
            ("a;\"b\n;\"\r\n", Found::Record(7)),
            ("\"a\"\"b\";c\n", Found::Record(8)),
            ("a\"b;c\"\n", Found::Record(6)),
            ("\n", Found::Record(0)),
            ("a;b", Found::More),
            ("a;\"b\n", Found::More),
            ("a;\"b\"", Found::More),
            ("\"a\"b;c\n", Found::StrayQuote(0)),
            ("a;\"b\n;\"c;d\n", Found::StrayQuote(2)),
            ("a;\"b\" ;c\n", Found::StrayQuote(2)),
        ] {
            assert_eq!(found(text), expected, "{text:?}");
        }
    }
}
