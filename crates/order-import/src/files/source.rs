//! The trait of every reader of rows, and the limits they share.

use super::column::is_error_column;
use super::{Column, FileFault, SourceRow};

/// The most data rows of one file.
pub const MAX_ROWS: u32 = 100_000;

/// The most bytes of one row, counted in UTF-8 and with its line end: 1 MiB.
pub const MAX_ROW_BYTES: usize = 1 << 20;

/// The most columns of a CSV header.
pub const MAX_COLUMNS: usize = 1_000;

/// The deepest nesting of a JSON body, its outer array included.
pub const MAX_JSON_DEPTH: u16 = 128;

/// The most distinct unknown keys recorded as columns of a JSON body; further ones are left out.
pub const MAX_UNKNOWN_KEYS: usize = 256;

/// A stream of rows, whatever the file's format.
pub trait RowSource {
    /// The columns: a CSV's header, or the keys seen so far in a JSON body.
    fn columns(&self) -> &[Column];

    /// The distinct names of columns that hold no field, in the file's order.
    ///
    /// `_line` and `_error`, which an `errors.csv` adds, and columns without a name are left out.
    fn ignored_columns(&self) -> Vec<String> {
        let mut ignored: Vec<String> = Vec::new();
        for column in self.columns().iter().filter(|column| column.field.is_none()) {
            let name = column.name.trim();
            if !name.is_empty() && !is_error_column(name) && !ignored.iter().any(|known| known == name) {
                ignored.push(name.to_owned());
            }
        }
        ignored
    }

    /// The separator between cells; `None` for JSON.
    fn separator(&self) -> Option<char>;

    /// Reads the next row into `row`; false at the end of the file, and always after a fault.
    ///
    /// # Errors
    /// A [`FileFault`] when the rest of the file cannot be read as rows.
    fn next_row(&mut self, row: &mut SourceRow) -> Result<bool, FileFault>;
}
