//! A column of an import file.

use super::Field;

/// The columns an `errors.csv` adds, which an import ignores.
pub(super) const ADDED: [&str; 2] = ["_line", "_error"];

/// A column of a CSV, or a key of a JSON body's objects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// The name as it came.
    pub name: String,
    /// The field it stands for; none if it is ignored.
    pub field: Option<Field>,
}

impl Column {
    /// A column of a CSV, its name matched as a header.
    pub(super) fn of_header(name: &str) -> Self {
        Self { name: name.to_owned(), field: Field::from_header(name) }
    }

    /// A column of a JSON body, its key matched to the letter.
    pub(super) fn of_key(name: &str) -> Self {
        Self { name: name.to_owned(), field: Field::from_key(name) }
    }
}

/// Whether an `errors.csv` added this column.
pub(super) fn is_added(name: &str) -> bool {
    let name = name.trim();
    ADDED.iter().any(|added| added.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_added_columns_are_known_in_any_case_but_not_their_plain_names() {
        assert!(is_added("_line") && is_added(" _ERROR "));
        assert!(!is_added("line") && !is_added("error") && !is_added("-line"));
    }
}
