//! A JSON body as a stream of rows.

use std::io::Read;

use super::json_keys::JsonKeys;
use super::json_row;
use super::json_splitter::{Element, JsonSplitter};
use super::source::MAX_ROWS;
use super::{Column, FileFault, RowSource, SourceRow};

/// The rows of a JSON array of order objects, in UTF-8 with or without byte order mark.
pub struct JsonSource<R: Read> {
    splitter: JsonSplitter<R>,
    element: Element,
    keys: JsonKeys,
    is_finished: bool,
}

impl<R: Read> JsonSource<R> {
    /// Reads up to the first element.
    ///
    /// # Errors
    /// An empty body, one that is no array, one that is no JSON: see [`FileFault`].
    pub fn open(reader: R) -> Result<Self, FileFault> {
        Ok(Self {
            splitter: JsonSplitter::open(reader)?,
            element: Element::default(),
            keys: JsonKeys::default(),
            is_finished: false,
        })
    }

    fn read_row(&mut self, row: &mut SourceRow) -> Result<bool, FileFault> {
        if !self.splitter.next(&mut self.element)? {
            return Ok(false);
        }
        let number = self.splitter.row();
        if number > MAX_ROWS {
            return Err(FileFault::TooManyRows);
        }
        json_row::read(&self.element, number, &mut self.keys, row)?;
        Ok(true)
    }
}

impl<R: Read> RowSource for JsonSource<R> {
    fn columns(&self) -> &[Column] {
        self.keys.columns()
    }

    fn separator(&self) -> Option<char> {
        None
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::{Cell, Field, FileFaultKind, RowFault};

    fn fault(text: &str) -> FileFault {
        let mut row = SourceRow::default();
        let mut source = match JsonSource::open(text.as_bytes()) {
            Ok(source) => source,
            Err(fault) => return fault,
        };
        loop {
            match source.next_row(&mut row) {
                Ok(true) => {}
                Ok(false) => panic!("no fault in {text}"),
                Err(fault) => {
                    assert!(!source.next_row(&mut row).unwrap());
                    return fault;
                }
            }
        }
    }

    #[test]
    fn every_kind_of_value_comes_out_to_the_letter() {
        let text = r#"[{"order_number": "O\u00e91\n", "stock_code": null, "description": "",
            "quantity_to_make": 100.10, "priority": true, "status": {"a": [1, 2]},
            "work_centre_id": -0e400, "n\u006ftes": "\ud83d\ude00", "Remark": 1}]"#;
        let mut source = JsonSource::open(text.as_bytes()).unwrap();
        let mut row = SourceRow::default();
        assert!(source.next_row(&mut row).unwrap());
        let cases = [
            (Field::OrderNumber, Cell::Text("Oé1\n")),
            (Field::StockCode, Cell::Null),
            (Field::Description, Cell::Text("")),
            (Field::QuantityToMake, Cell::Number("100.10")),
            (Field::Priority, Cell::Bool(true)),
            (Field::Status, Cell::Nested(r#"{"a": [1, 2]}"#)),
            (Field::WorkCentreId, Cell::Number("-0e400")),
            (Field::Notes, Cell::Text("😀")),
            (Field::Routing, Cell::Absent),
        ];
        for (field, cell) in cases {
            assert_eq!(row.cell(field), cell);
        }
        assert_eq!((row.line(), row.fault(), source.separator()), (None, None, None));
        assert_eq!((source.columns().len(), source.ignored_columns().len()), (9, 1));
        assert!(!source.next_row(&mut row).unwrap());
    }

    #[test]
    fn ten_thousand_digits_stay_ten_thousand_digits() {
        let digits = "7".repeat(10_000);
        let text = format!("[{{\"quantity_to_make\":{digits}}}]");
        let mut source = JsonSource::open(text.as_bytes()).unwrap();
        let mut row = SourceRow::default();
        assert!(source.next_row(&mut row).unwrap());
        assert_eq!(row.cell(Field::QuantityToMake), Cell::Number(&digits));
    }

    #[test]
    fn an_element_that_is_no_object_is_that_rows_fault_alone() {
        let text = r#"[1, "a", null, [{"notes":1}], {"notes":2}, true]"#;
        let mut source = JsonSource::open(text.as_bytes()).unwrap();
        let mut row = SourceRow::default();
        let mut shapes = Vec::new();
        while source.next_row(&mut row).unwrap() {
            shapes.push(row.fault());
        }
        let odd = Some(RowFault::NotAnObject);
        assert_eq!(shapes, [odd, odd, odd, odd, None, odd]);
        assert_eq!(row.cell(Field::Notes), Cell::Absent);
    }

    #[test]
    fn what_is_no_json_names_line_and_column_of_the_body() {
        let cases = [
            ("[{\"notes\":NaN}]", 1, 11),
            ("[{\"notes\":1,}]", 1, 13),
            ("[{\"a\":1},\n {\"b\" 1}]", 2, 7),
            ("[\n{\"a\":\n  01}]", 3, 4),
            ("[{\"ä\":1 \"b\":2}]", 1, 9),
            ("[{\"a\":\"\\x\"}]", 1, 9),
            ("[{a:1}]", 1, 3),
            ("[{\"a\":1]]", 1, 8),
            ("[1.]", 1, 3),
            ("[Infinity]", 1, 2),
            ("[{\"a\":\"\\ud800\"}]", 1, 8),
            ("[{\"a\":[\"\\udc00x\"]}]", 1, 9),
            ("[{\"\\ud800\":1}]", 1, 4),
        ];
        for (text, at_line, at_column) in cases {
            match fault(text) {
                FileFault::InvalidJson { line, column, .. } => {
                    assert_eq!((line, column), (at_line, at_column), "{text:?}");
                }
                other => panic!("{text:?} {other}"),
            }
        }
    }

    #[test]
    fn a_key_twice_in_one_object_names_row_and_key() {
        let text = r#"[{"notes":1,"x":{"x":1,"x":2}},{"notes":1,"x":3,"n\u006ftes":2}]"#;
        let fault = fault(text);
        assert_eq!(fault.kind(), FileFaultKind::Malformed);
        assert_eq!(fault.to_string(), "row 2 has the key \"notes\" twice; remove one");
    }

    #[test]
    fn one_row_too_many_is_refused() {
        let text = format!("[{}{{}}]", "{},".repeat(MAX_ROWS as usize));
        assert_eq!(fault(&text).code(), "TOO_MANY_ROWS");
    }
}
