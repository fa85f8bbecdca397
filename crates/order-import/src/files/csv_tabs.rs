//! Records of tab-separated text, in which a quote is often no quote: inch marks, ditto marks.

/// The longest quoted cell: spreadsheets have none with more characters.
const MAX_QUOTED_BYTES: usize = 4 * 32_767;

/// The next record of tab-separated text: what `cell` got of it, and its length without the line end; `None` if more text
/// may belong to it, which there is none of if the text is `whole`.
///
/// A cell is quoted if a quote opens it and the next one that is not doubled closes it. A quote that does not close in
/// its own cell, or that is a cell alone, is a plain character.
pub(super) fn split(text: &str, whole: bool, mut cell: impl FnMut(&str)) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 0;
    loop {
        let end = match quoted_end(bytes, at, whole) {
            Quoted::Until(end) => {
                cell(&text.get(at + 1..end - 1).unwrap_or_default().replace("\"\"", "\""));
                end
            }
            Quoted::No => {
                let end = bytes.iter().skip(at).position(|byte| ends_cell(*byte)).map(|length| at + length);
                let end = end.or(whole.then_some(bytes.len()))?;
                cell(text.get(at..end).unwrap_or_default());
                end
            }
            Quoted::Open => return None,
        };
        if bytes.get(end) != Some(&b'\t') {
            return Some(end);
        }
        at = end + 1;
    }
}

enum Quoted {
    /// To its end behind the closing quote.
    Until(usize),
    No,
    /// It may close behind the text.
    Open,
}

fn quoted_end(bytes: &[u8], start: usize, whole: bool) -> Quoted {
    let is_end = |at: usize| bytes.get(at).map_or(whole, |byte| ends_cell(*byte));
    if bytes.get(start) != Some(&b'"') || is_end(start + 1) {
        return Quoted::No;
    }
    let mut at = start + 1;
    while at < bytes.len() && at - start <= MAX_QUOTED_BYTES {
        match (bytes.get(at), bytes.get(at + 1)) {
            (Some(b'"'), Some(b'"')) => at += 2,
            (Some(b'"'), None) if !whole => return Quoted::Open,
            // a quote between two tabs closes nothing
            (Some(b'"'), _) if is_end(at + 1) && bytes.get(at - 1) != Some(&b'\t') => {
                return Quoted::Until(at + 1);
            }
            (Some(b'"'), _) => return Quoted::No,
            _ => at += 1,
        }
    }
    if whole || at - start > MAX_QUOTED_BYTES { Quoted::No } else { Quoted::Open }
}

const fn ends_cell(byte: u8) -> bool {
    matches!(byte, b'\t' | b'\n' | b'\r')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(text: &str) -> (Vec<String>, usize) {
        let mut cells = Vec::new();
        let length = split(text, true, |cell| cells.push(cell.to_owned())).unwrap();
        // whatever part of the text is there, the record is the same or waits for more
        for end in (0..text.len().min(100)).filter(|end| text.is_char_boundary(*end)) {
            let mut found = Vec::new();
            if let Some(found_length) = split(&text[..end], false, |cell| found.push(cell.to_owned())) {
                assert_eq!((&found, found_length), (&cells, length), "{end} of {text:?}");
            }
        }
        (cells, length)
    }

    #[test]
    fn a_quote_that_does_not_close_in_its_cell_is_a_character() {
        for (text, expected) in [
            ("6\"\t\"\t5\nB\t\"\t6", vec!["6\"", "\"", "5"]),
            ("\"1/2\" pipe\"\tx", vec!["\"1/2\" pipe\"", "x"]),
            ("\"a\tb\"\t\"c \"\"d\"\"\r\ne\"\n", vec!["a\tb", "c \"d\"\r\ne"]),
            ("\"\"\tx", vec!["", "x"]),
            ("\"open\tx\n", vec!["\"open", "x"]),
            ("\"ä\t\"\tx\n", vec!["\"ä", "\"", "x"]),
            ("\t\n", vec!["", ""]),
            ("\"", vec!["\""]),
        ] {
            assert_eq!(cells(text).0, expected, "{text:?}");
        }
        assert_eq!(cells("a\tb\r\nc").1, 3);
    }

    #[test]
    fn a_quoted_cell_has_an_end_in_sight() {
        let long = format!("\"{}\tx\n{}\"\n", "a".repeat(10), "b".repeat(MAX_QUOTED_BYTES));
        assert_eq!(cells(&long), (vec![format!("\"{}", "a".repeat(10)), "x".into()], 13));
    }
}
