//! Readers of import files: CSV and JSON come out as the same rows.
//!
//! [`CsvSource`] and [`JsonSource`] stream a body of any size through a fixed amount of memory and
//! hand out one [`SourceRow`] after the other. They know the names of the fields and the shape of
//! the file, nothing of the values: a cell is given as it came, to be validated elsewhere. What is
//! wrong with one row is that row's [`RowShape`]; what makes the rest of the file unreadable is a
//! [`FileFault`]. [`errors_csv`] writes failed rows back so that they can be mended and sent again.

mod charset;
mod column;
mod csv_header;
mod csv_rows;
mod csv_source;
mod delimiter;
pub mod errors_csv;
mod fault;
mod field;
mod formula;
mod json_cutter;
mod json_keys;
mod json_row;
mod json_scan;
mod json_source;
mod place;
mod raw_cells;
mod record;
mod row;
mod source;
mod surrogates;
mod text;

#[cfg(test)]
mod csv_spectrum;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod round_trip;

pub use column::Column;
pub use csv_source::{CsvOptions, CsvSource};
pub use delimiter::Delimiter;
pub use fault::{FileFault, FileFaultKind};
pub use field::Field;
pub use json_source::JsonSource;
pub use raw_cells::RawCells;
pub use row::{Cell, RowShape, SourceRow};
pub use source::{MAX_COLUMNS, MAX_JSON_DEPTH, MAX_ROW_BYTES, MAX_ROWS, MAX_UNKNOWN_KEYS, RowSource};
