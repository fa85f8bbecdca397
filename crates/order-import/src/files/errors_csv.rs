//! `errors.csv`: failed rows written as a CSV that can be corrected and imported again.
//!
//! Layout: UTF-8 with byte order mark, CRLF line ends, the source's separator (a comma for JSON). `_line` and `_error`
//! come first and the source's columns follow unchanged, so that a row that was too short or too long keeps its length,
//! loses no cell, and can be corrected at its end. If the source has columns of those two names, they are left out.
//!
//! Cells that a spreadsheet would run as a formula get a leading `'`, save plain negative numbers; the CSV reader removes
//! it again. Reading the file back gives the same cells.

use super::column::{ERROR_COLUMNS, is_error_column};
use super::formula::{is_text_formula_behind_quotes, literal, needs_guard};
use super::{Delimiter, Field, RawCells};

/// Characters that require quotes: every possible separator, so that only the right one is ever detected.
const QUOTED: [char; 7] = [',', ';', '\t', '|', '"', '\r', '\n'];

/// A writer of `errors.csv`, piece by piece.
#[derive(Debug, Clone)]
pub struct ErrorsCsv {
    delimiter: Delimiter,
    names: Vec<String>,
    /// The source's own error columns.
    left_out: Vec<u16>,
    is_json: bool,
}

impl ErrorsCsv {
    /// Creates a writer for rows of these columns.
    ///
    /// `separator` is the source's; `None` means JSON, whose rows are padded to all columns and whose header gains
    /// the required columns it lacks.
    pub fn new<S: AsRef<str>>(columns: impl IntoIterator<Item = S>, separator: Option<char>) -> Self {
        let is_json = separator.is_none();
        let delimiter = separator.and_then(Delimiter::from_char);
        let columns = columns.into_iter();
        let mut names: Vec<String> = columns.map(|name| name.as_ref().to_owned()).collect();
        if is_json {
            add_required(&mut names);
        }
        let indexed = (0..=u16::MAX).zip(&names);
        let left_out = indexed.filter(|(_, name)| is_error_column(name)).map(|(column, _)| column);
        Self {
            delimiter: delimiter.unwrap_or(Delimiter::Comma),
            left_out: left_out.collect(),
            names,
            is_json,
        }
    }

    /// Appends the byte order mark and the header.
    pub fn header(&self, out: &mut Vec<u8>) {
        out.extend_from_slice("\u{feff}".as_bytes());
        let [line, error] = ERROR_COLUMNS;
        push_cell(out, line);
        self.push_next(out, error);
        for (column, name) in (0..=u16::MAX).zip(&self.names) {
            self.push_column(out, column, &literal(name));
        }
        out.extend_from_slice(b"\r\n");
    }

    /// Appends a row: its physical line (for JSON its number), its error, its cells.
    pub fn row(&self, out: &mut Vec<u8>, line: u32, error: &str, cells: &RawCells) {
        out.extend_from_slice(line.to_string().as_bytes());
        self.push_next(out, error);
        let mut next = 0;
        for (column, text) in cells.iter() {
            self.push_empty(out, next, column);
            self.push_column(out, column, text);
            next = column.saturating_add(1);
        }
        if self.is_json {
            let columns = u16::try_from(self.names.len()).unwrap_or(u16::MAX);
            self.push_empty(out, next, columns);
        }
        out.extend_from_slice(b"\r\n");
    }

    fn push_empty(&self, out: &mut Vec<u8>, from: u16, to: u16) {
        for column in from..to {
            self.push_column(out, column, "");
        }
    }

    fn push_column(&self, out: &mut Vec<u8>, column: u16, text: &str) {
        if self.left_out.binary_search(&column).is_err() {
            self.push_next(out, text);
        }
    }

    fn push_next(&self, out: &mut Vec<u8>, text: &str) {
        out.push(self.delimiter.as_byte());
        push_cell(out, text);
    }
}

/// Appends a cell, quoted where needed, and guarded unless it is a formula that only holds a text.
fn push_cell(out: &mut Vec<u8>, text: &str) {
    let is_guarded = needs_guard(text) && !is_text_formula_behind_quotes(text);
    let guard: &[u8] = if is_guarded { b"'" } else { b"" };
    if !needs_quotes(text) {
        out.extend_from_slice(guard);
        out.extend_from_slice(text.as_bytes());
        return;
    }
    out.push(b'"');
    out.extend_from_slice(guard);
    out.extend_from_slice(text.replace('"', "\"\"").as_bytes());
    out.push(b'"');
}

/// Whether the text must be quoted; white space at its ends must, for readers that trim.
fn needs_quotes(text: &str) -> bool {
    text.contains(QUOTED) || text.trim().len() != text.len()
}

/// Adds the required columns.
fn add_required(names: &mut Vec<String>) {
    for field in Field::REQUIRED {
        if !names.iter().any(|name| Field::from_header(name) == Some(field)) {
            names.push(field.name().to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Line, error and cells.
    type Row<'a> = (u32, &'a str, &'a [(u16, &'a str)]);

    fn written(columns: &[&str], separator: Option<char>, rows: &[Row<'_>]) -> String {
        let writer = ErrorsCsv::new(columns, separator);
        let mut out = Vec::new();
        writer.header(&mut out);
        for (line, error, cells) in rows {
            let cells = RawCells::from_pairs(cells.iter().copied());
            writer.row(&mut out, *line, error, &cells);
        }
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn rows_have_the_separator_the_length_and_the_extra_cells_of_the_source() {
        let rows: [Row<'_>; 3] = [
            (2, "too short", &[(0, "a")]),
            (7, "too; long", &[(0, "a"), (2, "c,d"), (3, "")]),
            (9, "bad", &[(1, "\"x\""), (2, "y")]),
        ];
        let text = written(&["A", "b,c", "D"], Some(';'), &rows);
        assert_eq!(
            text,
            "\u{feff}_line;_error;A;\"b,c\";D\r\n2;too short;a\r\n7;\"too; long\";a;;\"c,d\";\r\n\
             9;bad;;\"\"\"x\"\"\";y\r\n"
        );
    }

    #[test]
    fn formulas_get_a_quote_and_negative_numbers_do_not() {
        let cells: &[(u16, &str)] = &[(0, "=1+1"), (1, "-5"), (2, "\tx"), (3, " @a"), (4, "'+1")];
        let text = written(&["=a", "b", "c", "d", "e"], Some(','), &[(1, "-x", cells)]);
        assert_eq!(text, "\u{feff}_line,_error,'=a,b,c,d,e\r\n1,'-x,'=1+1,-5,\"'\tx\",\" @a\",''+1\r\n");
    }

    #[test]
    fn the_two_added_columns_are_not_repeated() {
        let cells: &[(u16, &str)] = &[(0, "4"), (1, "a"), (2, "old"), (3, "extra")];
        let text = written(&["_line", "a", "_Error"], Some(','), &[(2, "new", cells)]);
        assert_eq!(text, "\u{feff}_line,_error,a\r\n2,new,a,extra\r\n");
    }

    #[test]
    fn json_rows_are_padded_and_their_header_can_be_imported() {
        let columns = ["notes", "Stock Code", "_error", "order_number"];
        let text = written(&columns, None, &[(1, "bad", &[(3, "O1"), (2, "x")])]);
        assert_eq!(
            text,
            "\u{feff}_line,_error,notes,Stock Code,order_number,description,quantity_to_make\r\n1,bad,,,O1,,\r\n"
        );
    }
}
