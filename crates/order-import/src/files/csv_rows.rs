//! CSV text split into records, without regard to fields.
//!
//! Records end in CRLF, LF or a lone CR. Blank lines are skipped, and so are records whose cells are all empty, which
//! spreadsheets write for rows that were cleared. A `"` inside an unquoted cell is a plain character. A quoted cell whose
//! quote closes before anything but a separator or a line end is that record's fault: it ends with the line on which the
//! quote opens. In tab-separated files such a quote is a plain character.

use std::io::Read;

use super::csv_scan::{Found, RecordScan, line_end};
use super::csv_tabs;
use super::delimiter::{Delimiter, detect};
use super::position::LineCounter;
use super::record::Record;
use super::source::MAX_ROW_BYTES;
use super::text::TextReader;
use super::{CsvOptions, FileFault};
use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

/// The records of a CSV file; the first is the header.
pub(super) struct CsvRows<R> {
    text: TextReader<R>,
    parser: Reader,
    delimiter: Delimiter,
    lines: LineCounter,
}

impl<R: Read> CsvRows<R> {
    /// Determines the encoding and the separator.
    ///
    /// # Errors
    /// An unknown charset, or a first line that cannot be read.
    pub(super) fn open(reader: R, options: &CsvOptions) -> Result<Self, FileFault> {
        let text = TextReader::open(reader, options.charset.as_deref())?;
        let mut rows =
            Self { text, parser: Reader::new(), delimiter: Delimiter::Comma, lines: LineCounter::default() };
        let declared = rows.read_separator_line()?;
        rows.delimiter = match options.delimiter.or(declared) {
            Some(given) => given,
            None => rows.detect_delimiter()?,
        };
        rows.parser = ReaderBuilder::new().delimiter(rows.delimiter.as_byte()).build();
        Ok(rows)
    }

    pub(super) fn delimiter(&self) -> Delimiter {
        self.delimiter
    }

    /// Reads the next record that is not blank; false at the end of the file.
    ///
    /// # Errors
    /// Bytes that do not decode, a record over the limit, a quote left open, a failed read.
    pub(super) fn next_record(&mut self, record: &mut Record) -> Result<bool, FileFault> {
        while self.skip_line_ends()? {
            self.read_record(record)?;
            if !record.is_blank() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Reads over a first line `sep=;`, by which spreadsheets say what separates; `None` if there is none.
    fn read_separator_line(&mut self) -> Result<Option<Delimiter>, FileFault> {
        self.skip_line_ends()?;
        let is_read = |text: &str| text.len() > 8 || line_end(text.as_bytes(), 0).is_some();
        while !is_read(self.text.rest()) && self.fill()? {}
        let text = self.text.rest();
        let length = line_end(text.as_bytes(), 0).unwrap_or(text.len());
        let line = text.get(..length).unwrap_or_default();
        let bare = line.strip_prefix('"').and_then(|line| line.strip_suffix('"')).unwrap_or(line);
        let Some(separator) =
            bare.get(..4).filter(|start| start.eq_ignore_ascii_case("sep=")).and(bare.get(4..))
        else {
            return Ok(None);
        };
        let separator = Delimiter::try_from(separator)?;
        self.text.consume(length);
        Ok(Some(separator))
    }

    fn detect_delimiter(&mut self) -> Result<Delimiter, FileFault> {
        self.skip_line_ends()?;
        loop {
            if let Some(found) = detect(self.text.rest(), false) {
                return Ok(found);
            }
            if self.text.rest().len() > MAX_ROW_BYTES {
                return Err(FileFault::LineTooLarge { line: self.lines.line() });
            }
            if !self.fill()? {
                let found = detect(self.text.rest(), true);
                return Ok(found.unwrap_or(Delimiter::Comma));
            }
        }
    }

    /// Reads more text behind the rest, whose lines are not counted yet.
    fn fill(&mut self) -> Result<bool, FileFault> {
        let filled = self.text.fill();
        let mut lines = self.lines;
        filled.map_err(|fault| {
            lines.advance(self.text.rest().as_bytes());
            fault.on_line(lines.line())
        })
    }

    /// Moves to the start of the next record; false at the end of the file.
    fn skip_line_ends(&mut self) -> Result<bool, FileFault> {
        loop {
            let rest = self.text.rest();
            let ends = rest.len() - rest.trim_start_matches(['\r', '\n']).len();
            self.lines.advance(rest.as_bytes().get(..ends).unwrap_or_default());
            self.text.consume(ends);
            if !self.text.rest().is_empty() {
                return Ok(true);
            }
            if !self.fill()? {
                return Ok(false);
            }
        }
    }

    fn read_record(&mut self, record: &mut Record) -> Result<(), FileFault> {
        record.reset(self.lines.line());
        let length = match self.delimiter {
            Delimiter::Tab => self.read_tabs(record)?,
            _ => self.read_quoted(record)?,
        };
        self.lines.advance(self.text.rest().as_bytes().get(..length).unwrap_or_default());
        self.text.consume(length);
        Ok(())
    }

    /// Reads a record whose cells may be quoted and go on over lines; returns its length. One with a stray quote ends with
    /// the line that opens it.
    fn read_quoted(&mut self, record: &mut Record) -> Result<usize, FileFault> {
        let (mut scan, mut is_whole) = (RecordScan::default(), false);
        let length = loop {
            let text = self.text.rest().as_bytes();
            match scan.advance(text, self.delimiter.as_byte()) {
                Found::Record(length) => break length,
                Found::StrayQuote(opened) => {
                    record.fault_on(self.line_of(opened));
                    return self.read_line(record, opened);
                }
                Found::More if is_whole && scan.may_end() => break text.len(),
                Found::More if is_whole => return Err(FileFault::OpenQuote { line: record.line() }),
                Found::More => is_whole = !self.fill_within_limit(record.line())?,
            }
        };
        self.check_length(length + 1, record.line())?;
        let text = self.text.rest().as_bytes().get(..length).unwrap_or_default();
        // the line end is not part of the text: a record ends with any
        for mut input in [text, b"\n"] {
            while !input.is_empty() {
                let (ended, read) = parse(&mut self.parser, input, record);
                if ended {
                    break;
                }
                input = input.get(read..).unwrap_or_default();
            }
        }
        Ok(length)
    }

    /// Reads a record of tab-separated text; returns its length.
    fn read_tabs(&mut self, record: &mut Record) -> Result<usize, FileFault> {
        let (line, mut is_whole) = (record.line(), false);
        loop {
            record.reset(line);
            if let Some(length) = csv_tabs::split(self.text.rest(), is_whole, |cell| record.push(cell)) {
                self.check_length(length + 1, line)?;
                return Ok(length);
            }
            is_whole = !self.fill_within_limit(line)?;
        }
    }

    /// Reads a record that ends with the line that `from` is on, with its quotes as plain characters; returns its length.
    fn read_line(&mut self, record: &mut Record, from: usize) -> Result<usize, FileFault> {
        let length = loop {
            let text = self.text.rest().as_bytes();
            if let Some(end) = line_end(text, from) {
                break end;
            }
            let length = text.len();
            if !self.fill_within_limit(record.line())? {
                break length;
            }
        };
        self.check_length(length + 1, record.line())?;
        let text = self.text.rest().get(..length).unwrap_or_default();
        for cell in text.split(self.delimiter.as_char()) {
            record.push(cell);
        }
        Ok(length)
    }

    /// The physical line of an offset in the rest.
    fn line_of(&self, at: usize) -> u32 {
        let mut lines = self.lines;
        lines.advance(self.text.rest().as_bytes().get(..at).unwrap_or_default());
        lines.line()
    }

    /// Reads more text behind the rest; false at the end of the file.
    fn fill_within_limit(&mut self, line: u32) -> Result<bool, FileFault> {
        self.check_length(self.text.rest().len(), line)?;
        self.fill()
    }

    fn check_length(&self, length: usize, line: u32) -> Result<(), FileFault> {
        if length > MAX_ROW_BYTES { Err(FileFault::LineTooLarge { line }) } else { Ok(()) }
    }
}

/// Parses some input; returns whether the record ended, and how many bytes were read.
fn parse(parser: &mut Reader, input: &[u8], record: &mut Record) -> (bool, usize) {
    let (text, ends) = record.spare_capacity();
    let (result, read, written, cells) = parser.read_record(input, text, ends);
    record.extend(written, cells);
    match result {
        ReadRecordResult::OutputFull => record.grow_text(),
        ReadRecordResult::OutputEndsFull => record.grow_cells(),
        ReadRecordResult::InputEmpty => {}
        ReadRecordResult::Record | ReadRecordResult::End => return (true, read),
    }
    (false, read)
}

#[cfg(test)]
mod tests {
    use super::*;

    type Rows = Vec<(u32, Vec<String>)>;

    fn rows_of(bytes: &[u8], options: &CsvOptions) -> Result<Rows, FileFault> {
        let mut rows = CsvRows::open(bytes, options)?;
        let mut record = Record::default();
        let mut all = Vec::new();
        while rows.next_record(&mut record)? {
            all.push((record.line(), record.cells().map(str::to_owned).collect()));
        }
        Ok(all)
    }

    fn rows(text: &str) -> Rows {
        rows_of(text.as_bytes(), &CsvOptions::default()).unwrap()
    }

    fn row(line: u32, cells: &[&str]) -> (u32, Vec<String>) {
        (line, cells.iter().map(|&cell| cell.to_owned()).collect())
    }

    #[test]
    fn rows_carry_the_physical_line_they_start_on() {
        let cases: [(&str, Rows); 8] = [
            ("a,b\n1,2", vec![row(1, &["a", "b"]), row(2, &["1", "2"])]),
            ("\n\r\n\na,b\r\n\r\n1,2\r\n", vec![row(4, &["a", "b"]), row(6, &["1", "2"])]),
            ("a,b\r1,2\r\r3,4", vec![row(1, &["a", "b"]), row(2, &["1", "2"]), row(4, &["3", "4"])]),
            (
                "a,b\n\"x\ny\r\nz\",2\n3,4",
                vec![row(1, &["a", "b"]), row(2, &["x\ny\r\nz", "2"]), row(5, &["3", "4"])],
            ),
            ("a,b\n , \n,,,\n\"\",\n1,", vec![row(1, &["a", "b"]), row(5, &["1", ""])]),
            ("\"a\n\n\",b\n1,2", vec![row(1, &["a\n\n", "b"]), row(4, &["1", "2"])]),
            ("a\r\n\"\r\"\r\n\"x\r\"\r\ny", vec![row(1, &["a"]), row(4, &["x\r"]), row(6, &["y"])]),
            (" \n;\n\na;b,;", vec![row(4, &["a", "b,", ""])]),
        ];
        for (text, expected) in cases {
            assert_eq!(rows(text), expected, "{text:?}");
        }
    }

    #[test]
    fn quotes_are_read_as_spreadsheets_write_them() {
        let cases = [
            ("\"a\"\"b\",c", vec!["a\"b", "c"]),
            ("\"a,b\",c", vec!["a,b", "c"]),
            ("a\"b,c\"", vec!["a\"b", "c\""]),
            ("\"\"\"\",c", vec!["\"", "c"]),
            ("a,\"\"", vec!["a", ""]),
            ("a,\u{0},\"", vec![]),
        ];
        for (text, cells) in cases {
            let read = rows_of(text.as_bytes(), &CsvOptions::default());
            match read {
                Ok(rows) => assert_eq!(rows, [row(1, &cells)], "{text:?}"),
                Err(fault) => assert!(cells.is_empty(), "{text:?} {fault}"),
            }
        }
    }

    #[test]
    fn a_quote_astray_ends_its_record_with_its_line_and_swallows_no_other() {
        let text = "a;b;c\nA1;\"Frame left;5\nA2;\"Frame, right\";600\nA3;\"x\ny\" z;\"7\nA4;b;\"8\"\n";
        let mut rows = CsvRows::open(text.as_bytes(), &CsvOptions::default()).unwrap();
        let (mut record, mut found) = (Record::default(), Vec::new());
        while rows.next_record(&mut record).unwrap() {
            let cells = record.cells().collect::<Vec<_>>().join("|");
            found.push((record.line(), cells, record.stray_quote()));
        }
        let row = |line, cells: &str, stray| (line, cells.to_owned(), stray);
        let expected = [
            row(1, "a|b|c", None),
            row(2, "A1|\"Frame left|5", Some(2)),
            row(3, "A2|Frame, right|600", None),
            row(4, "A3|\"x", Some(4)),
            row(5, "y\" z|\"7", Some(5)),
            row(6, "A4|b|8", None),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn inch_and_ditto_marks_are_characters_where_tabs_separate() {
        let text = "a\tb\tc\n6\"\t\"\t\"1/2\" pipe\"\n\"\tx\t\"6\"\" pipe\"\n\"a, b\"\t5' 6\"\tz";
        let expected = [
            row(1, &["a", "b", "c"]),
            row(2, &["6\"", "\"", "\"1/2\" pipe\""]),
            row(3, &["\"", "x", "6\" pipe"]),
            row(4, &["a, b", "5' 6\"", "z"]),
        ];
        assert_eq!(rows(text), expected);
    }

    #[test]
    fn a_quote_left_open_names_the_line_its_row_starts_on() {
        let cases = [("a,b\n1,2\n3,\"4\n5,6\n", 3), ("\"a,b\n1", 1), ("a\n\n\"", 3), ("a\n\"x\"\"", 2)];
        for (text, expected) in cases {
            let fault = rows_of(text.as_bytes(), &CsvOptions::default()).unwrap_err();
            match fault {
                FileFault::OpenQuote { line } => assert_eq!(line, expected, "{text:?}"),
                other => panic!("{text:?} {other}"),
            }
        }
    }

    #[test]
    fn bytes_that_do_not_decode_name_their_physical_line() {
        let cases: [(&[u8], u32); 5] = [
            (b"a,b\n1,\xFF\n", 2),
            (b"a,b\r\n1,2\r\n\"x\r\ny\xFC\",4\r\n", 4),
            (b"\xFF", 1),
            (b"a,\xC3,\xA9\n", 1),
            (b"a,b\n1,2\n\xC3", 3),
        ];
        for (bytes, expected) in cases {
            match rows_of(bytes, &CsvOptions::default()).unwrap_err() {
                FileFault::Undecodable { line, charset } => {
                    assert_eq!((line, charset), (expected, "UTF-8"), "{bytes:?}");
                }
                other => panic!("{bytes:?} {other}"),
            }
        }
    }

    #[test]
    fn a_row_may_take_the_limit_and_not_a_byte_more() {
        let fits = format!("a\n{}\n", "x".repeat(MAX_ROW_BYTES - 1));
        assert_eq!(rows(&fits).len(), 2);
        let over = format!("a\n\n{}\n", "x".repeat(MAX_ROW_BYTES));
        let fault = rows_of(over.as_bytes(), &CsvOptions::default()).unwrap_err();
        assert!(matches!(fault, FileFault::LineTooLarge { line: 3 }));
    }

    #[test]
    fn a_given_separator_is_not_argued_with() {
        let options = CsvOptions { delimiter: Some(Delimiter::Pipe), charset: None };
        let read = rows_of(b"a,b|c,d\n", &options).unwrap();
        assert_eq!(read, [row(1, &["a,b", "c,d"])]);
    }

    #[test]
    fn a_row_of_very_many_cells_is_read_whole() {
        let read = rows(&format!("a,b\n1{}\n", ",".repeat(200_000)));
        assert_eq!(read[1].1.len(), 200_001);
    }
}
