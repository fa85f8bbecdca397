//! Readers of import files: CSV and JSON become the same rows.
//!
//! [`CsvSource`] and [`JsonSource`] stream a body of any size through a fixed amount of memory and return one
//! [`SourceRow`] after the other. They know the names of the fields and the shape of the file, but do not interpret
//! values. A fault of one row is its [`RowFault`]; a fault that makes the rest of the file unreadable is a [`FileFault`].
//! [`errors_csv`] writes failed rows so that they can be corrected and imported again.

mod charset;
mod column;
mod csv_header;
mod csv_rows;
mod csv_scan;
mod csv_source;
mod csv_tabs;
mod delimiter;
pub mod errors_csv;
mod fault;
mod field;
mod formula;
mod json_keys;
mod json_row;
mod json_scanner;
mod json_source;
mod json_splitter;
mod position;
mod raw_cells;
mod record;
mod row;
mod source;
mod surrogates;
mod text;

#[cfg(test)]
mod csv_spectrum;
#[cfg(test)]
mod errors_csv_round_trip;
#[cfg(test)]
mod malformed_input;

pub use column::Column;
pub use csv_source::{CsvOptions, CsvSource};
pub use delimiter::Delimiter;
pub use fault::{FileFault, FileFaultKind};
pub use field::Field;
pub use json_source::JsonSource;
pub use raw_cells::RawCells;
pub use row::{Cell, RowFault, SourceRow};
pub use source::{MAX_COLUMNS, MAX_JSON_DEPTH, MAX_ROW_BYTES, MAX_ROWS, MAX_UNKNOWN_KEYS, RowSource};
