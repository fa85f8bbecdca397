//! What every reader of rows offers, and the limits they share.

use super::{Column, FileFault, SourceRow};

/// The most data rows one file may hold.
pub const MAX_ROWS: u32 = 100_000;

/// The most bytes one row may take, counted in UTF-8 and with its line end: 1 MiB.
pub const MAX_ROW_BYTES: usize = 1 << 20;

/// The most columns a CSV header may name.
pub const MAX_COLUMNS: usize = 1_000;

/// The deepest nesting of a JSON body, its outer array included.
pub const MAX_JSON_DEPTH: u16 = 128;

/// The most distinct unknown keys a JSON body's columns keep; further ones are left out.
pub const MAX_UNKNOWN_KEYS: usize = 256;

/// A stream of rows, whatever the file's format.
pub trait RowSource {
    /// The columns as they came: a CSV's header, or the keys met so far in a JSON body.
    fn columns(&self) -> &[Column];

    /// Names of columns that no field stands for, each once, in the file's order.
    ///
    /// `_line` and `_error`, which an `errors.csv` adds, and columns without a name are left out.
    /// Always empty for JSON, whose unknown fields are ignored without a word.
    fn ignored_columns(&self) -> Vec<String>;

    /// The separator between cells; none for JSON.
    fn separator(&self) -> Option<char>;

    /// Reads the next row into `row`; false at the end of the file.
    ///
    /// After a fault the source is spent and says false.
    ///
    /// # Errors
    /// A [`FileFault`] when the rest of the file cannot be read as rows.
    fn next_row(&mut self, row: &mut SourceRow) -> Result<bool, FileFault>;
}
