//! A CSV file as a stream of rows.

use std::cmp::Ordering;
use std::io::Read;

use super::csv_header::CsvHeader;
use super::csv_rows::CsvRows;
use super::record::Record;
use super::source::MAX_ROWS;
use super::{Column, Delimiter, FileFault, RowFault, RowSource, SourceRow};

/// The declared format of a CSV.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CsvOptions {
    /// The separator; `None` detects it on the header line.
    pub delimiter: Option<Delimiter>,
    /// The declared encoding, a label of the WHATWG Encoding standard; `None` means UTF-8, or what the byte order mark
    /// says.
    pub charset: Option<String>,
}

/// The rows of a CSV file.
///
/// Blank lines and rows whose cells are all empty are skipped and do not count as rows.
pub struct CsvSource<R: Read> {
    rows: CsvRows<R>,
    header: CsvHeader,
    record: Record,
    count: u32,
    is_finished: bool,
}

impl<R: Read> CsvSource<R> {
    /// Reads the header.
    ///
    /// # Errors
    /// An unknown charset, an empty file, or a header that cannot be used: see [`FileFault`].
    pub fn open(reader: R, options: CsvOptions) -> Result<Self, FileFault> {
        let mut rows = CsvRows::open(reader, &options)?;
        let mut record = Record::default();
        if !rows.next_record(&mut record)? {
            return Err(FileFault::Empty);
        }
        if let Some(line) = record.stray_quote() {
            return Err(FileFault::OpenQuote { line });
        }
        let header = CsvHeader::read(&record, rows.delimiter())?;
        Ok(Self { header, rows, record, count: 0, is_finished: false })
    }

    fn read_row(&mut self, row: &mut SourceRow) -> Result<bool, FileFault> {
        loop {
            if !self.rows.next_record(&mut self.record)? {
                return Ok(false);
            }
            if !self.record.is_a_rule() {
                break;
            }
        }
        if self.count >= MAX_ROWS {
            return Err(FileFault::TooManyRows);
        }
        self.count += 1;
        let stray_quote = self.record.stray_quote().map(|line| RowFault::StrayQuote { line });
        let fault = stray_quote.or_else(|| cell_count_fault(self.record.count(), self.header.cells));
        row.reset_csv(self.record.line(), self.header.slots, fault);
        // the cells past the last column stay without one
        let has_nameless = self.record.count() == self.header.cells;
        let cells = if has_nameless { self.header.columns.len() } else { self.record.count() };
        row.set_csv_cells(self.record.text(), self.record.ends().get(..cells).unwrap_or_default());
        Ok(true)
    }
}

impl<R: Read> RowSource for CsvSource<R> {
    fn columns(&self) -> &[Column] {
        &self.header.columns
    }

    fn separator(&self) -> Option<char> {
        Some(self.rows.delimiter().as_char())
    }

    fn next_row(&mut self, row: &mut SourceRow) -> Result<bool, FileFault> {
        if self.is_finished {
            return Ok(false);
        }
        let read = self.read_row(row);
        self.is_finished = !matches!(read, Ok(true));
        read
    }
}

fn cell_count_fault(found: usize, expected: usize) -> Option<RowFault> {
    match found.cmp(&expected) {
        Ordering::Less => Some(RowFault::TooShort { found, expected }),
        Ordering::Equal => None,
        Ordering::Greater => Some(RowFault::TooLong { found, expected }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::{Cell, Field, FileFaultKind};

    const HEADER: &str = "order_number,stock_code,description,quantity_to_make";

    fn open(text: &str) -> Result<CsvSource<&[u8]>, FileFault> {
        CsvSource::open(text.as_bytes(), CsvOptions::default())
    }

    fn fault(text: &str) -> FileFault {
        open(text).err().unwrap()
    }

    #[test]
    fn columns_come_in_any_order_and_by_any_spelling() {
        let text = "Notes;Quantity to make;STOCK-CODE; order number ;Description;Größe;_line;;Größe\n\
                    n;1,5;S;O;D;x;3;;\n";
        let mut source = open(text).unwrap();
        assert_eq!(source.separator(), Some(';'));
        assert_eq!(source.ignored_columns(), ["Größe"]);
        assert_eq!(source.columns().len(), 9);
        assert_eq!(source.columns()[3].name, " order number ");
        let mut row = SourceRow::default();
        assert!(source.next_row(&mut row).unwrap());
        assert_eq!(row.cell(Field::QuantityToMake), Cell::Text("1,5"));
        assert_eq!(row.cell(Field::OrderNumber), Cell::Text("O"));
        assert_eq!(row.cell(Field::Notes), Cell::Text("n"));
        assert_eq!(row.cell(Field::DueDate), Cell::Absent);
        assert_eq!((row.line(), row.fault()), (Some(2), None));
        assert!(!source.next_row(&mut row).unwrap());
        assert!(!source.next_row(&mut row).unwrap());
    }

    #[test]
    fn a_row_too_short_or_too_long_is_that_rows_fault_alone() {
        let text = format!("{HEADER}\n1,2\n1,2,3,4\n1,2,3,4,\n,,,,,,\n1,2,3,4\n");
        let mut source = open(&text).unwrap();
        let mut row = SourceRow::default();
        let mut shapes = Vec::new();
        while source.next_row(&mut row).unwrap() {
            shapes.push((row.line().unwrap(), row.fault()));
        }
        let short = RowFault::TooShort { found: 2, expected: 4 };
        let long = RowFault::TooLong { found: 5, expected: 4 };
        assert_eq!(shapes, [(2, Some(short)), (3, None), (4, Some(long)), (6, None)]);
    }

    #[test]
    fn a_header_that_cannot_be_used_is_refused() {
        let wide = format!("{HEADER}{}\n", ",x".repeat(997));
        let cases = [
            ("", "EMPTY_FILE"),
            ("\u{feff}\r\n \n,,\n", "EMPTY_FILE"),
            ("1,2,3\n", "MISSING_COLUMN"),
            ("order_number,Order Number,stock_code\n", "DUPLICATE_COLUMN"),
            ("o\0r\0d\0,\0\n\0", "NOT_TEXT"),
            ("\"order_number,stock_code", "UNCLOSED_QUOTE"),
            (wide.as_str(), "TOO_MANY_COLUMNS"),
        ];
        for (text, code) in cases {
            assert_eq!(fault(text).code(), code, "{text:?}");
        }
        assert!(open(&format!("{HEADER}{}\n", ",x".repeat(996))).is_ok());
    }

    #[test]
    fn columns_without_a_name_behind_all_others_are_dropped_however_many_they_are() {
        let empty = ",".repeat(5_000);
        let text = format!("{HEADER},notes{empty}\nO1,S1,D,1,n{empty}\nO2,S1,D,1,n,\n");
        let mut source = open(&text).unwrap();
        assert_eq!(source.columns().len(), 5);
        let mut row = SourceRow::default();
        assert!(source.next_row(&mut row).unwrap());
        assert_eq!((row.cell(Field::Notes), row.fault()), (Cell::Text("n"), None));
        assert!(source.next_row(&mut row).unwrap());
        assert_eq!(row.fault(), Some(RowFault::TooShort { found: 6, expected: 5_005 }));
    }

    #[test]
    fn rules_that_lists_draw_are_no_rows() {
        let text = format!("{HEADER}\n----,---,--,----\nO1,S1,--,1\n,---,---,\n");
        let mut source = open(&text).unwrap();
        let mut row = SourceRow::default();
        assert!(source.next_row(&mut row).unwrap());
        assert_eq!((row.cell(Field::Description), row.line()), (Cell::Text("--"), Some(3)));
        assert!(!source.next_row(&mut row).unwrap());
    }

    #[test]
    fn a_first_line_may_say_what_separates() {
        for (text, separator) in [
            (format!("sep=;\r\n{}\nO1;S1;a,b;1\n", HEADER.replace(',', ";")), ';'),
            (format!("\n\"SEP=|\"\n{}\nO1|S1|a,b|1", HEADER.replace(',', "|")), '|'),
            (format!("sep=\t\n{}\nO1\tS1\ta,b\t1\n", HEADER.replace(',', "\t")), '\t'),
        ] {
            let mut source = open(&text).unwrap();
            assert_eq!(source.separator(), Some(separator));
            let mut row = SourceRow::default();
            assert!(source.next_row(&mut row).unwrap());
            assert_eq!(row.cell(Field::Description), Cell::Text("a,b"));
        }
        assert_eq!(fault("sep=:\na:b\n").code(), "UNKNOWN_DELIMITER");
        assert_eq!(fault("sep=;").code(), "EMPTY_FILE");
    }

    #[test]
    fn a_workbook_is_told_to_be_one() {
        for start in [&b"PK\x03\x04\x14\0"[..], b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1\0"] {
            assert_eq!(CsvSource::open(start, CsvOptions::default()).err().unwrap().code(), "WORKBOOK");
        }
    }

    #[test]
    fn every_missing_column_and_both_of_two_like_headers_are_named() {
        let missing = fault("Order Number;notes\n").to_string();
        for part in ["stock_code, description, quantity_to_make", "line 1", "semicolons"] {
            assert!(missing.contains(part), "{missing}");
        }
        let twice = fault("\nORDER NUMBER,a,order-number\n").to_string();
        for part in ["\"ORDER NUMBER\" (column 1)", "\"order-number\" (column 3)", "order_number;"] {
            assert!(twice.contains(part), "{twice}");
        }
    }

    #[test]
    fn one_row_too_many_is_refused_and_ends_the_source() {
        let text = format!("{HEADER}\n{}", "1,2,3,4\n".repeat(MAX_ROWS as usize + 1));
        let mut source = open(&text).unwrap();
        let mut row = SourceRow::default();
        for _ in 0..MAX_ROWS {
            assert!(source.next_row(&mut row).unwrap());
        }
        let fault = source.next_row(&mut row).unwrap_err();
        assert_eq!((fault.kind(), fault.code()), (FileFaultKind::TooLarge, "TOO_MANY_ROWS"));
        assert!(!source.next_row(&mut row).unwrap());
    }

    #[test]
    fn declared_encodings_and_marks_come_out_as_the_same_cells() {
        let text = format!("{HEADER}\nO1,S1,Größe,5\n");
        let utf16: Vec<u8> = format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect();
        let latin: Vec<u8> = text.chars().map(|one| u8::try_from(u32::from(one)).unwrap()).collect();
        let cases = [
            (text.clone().into_bytes(), None),
            (format!("\u{feff}{text}").into_bytes(), None),
            (utf16, None),
            (latin, Some("iso-8859-1".to_owned())),
        ];
        for (bytes, charset) in cases {
            let options = CsvOptions { delimiter: None, charset };
            let mut source = CsvSource::open(bytes.as_slice(), options).unwrap();
            let mut row = SourceRow::default();
            assert!(source.next_row(&mut row).unwrap());
            assert_eq!(row.cell(Field::Description), Cell::Text("Größe"));
        }
    }
}
