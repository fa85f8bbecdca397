//! Columns of an import file.

use super::Field;

/// The columns that an `errors.csv` adds and an import ignores.
pub(super) const ERROR_COLUMNS: [&str; 2] = ["_line", "_error"];

/// A column of a CSV, or a key of a JSON body's objects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// The name as written in the file, without NUL.
    pub name: String,
    /// The field it holds; `None` if the column is ignored.
    pub field: Option<Field>,
}

impl Column {
    /// The column of a header, or of a key; NUL, which a JSON key may hold but no stored text may, is replaced.
    pub(super) fn named(name: &str) -> Self {
        Self { name: name.replace('\0', "\u{fffd}"), field: Field::from_header(name) }
    }
}

/// Whether an `errors.csv` added this column.
pub(super) fn is_error_column(name: &str) -> bool {
    let name = name.trim();
    ERROR_COLUMNS.iter().any(|column| column.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_added_columns_are_known_in_any_case_but_not_their_plain_names() {
        assert!(is_error_column("_line") && is_error_column(" _ERROR "));
        assert!(!is_error_column("line") && !is_error_column("error") && !is_error_column("-line"));
    }
}
