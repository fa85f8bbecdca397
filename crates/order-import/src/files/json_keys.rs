//! The keys of a JSON body, as columns.

use std::collections::{HashMap, HashSet};

use super::source::MAX_UNKNOWN_KEYS;
use super::{Column, Field};

/// The longest unknown key that becomes a column, in bytes.
const MAX_KEY_BYTES: usize = 256;

/// What to do with the value of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeyAction {
    /// Store it in this column.
    Store(u16, Option<Field>),
    Ignore,
    /// Refuse the row, which has the key already.
    RefuseDuplicate,
}

/// The columns of a JSON body; grows as keys are read.
#[derive(Debug, Default)]
pub(super) struct JsonKeys {
    columns: Vec<Column>,
    /// For each column the row that had it last.
    last_rows: Vec<u32>,
    fields: [Option<u16>; Field::ALL.len()],
    unknown: HashMap<String, u16>,
    /// The ignored keys of the current row.
    ignored: HashSet<String>,
    row: u32,
}

impl JsonKeys {
    /// The keys seen so far, in that order.
    pub(super) fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Starts the next object.
    pub(super) fn next_row(&mut self) {
        self.row = self.row.saturating_add(1);
        if !self.ignored.is_empty() {
            self.ignored = HashSet::new();
        }
    }

    /// Registers a key of the current row.
    pub(super) fn register(&mut self, key: &str) -> KeyAction {
        let field = Field::from_header(key);
        let known = match field {
            Some(field) => self.fields.get(field as usize).copied().flatten(),
            None => self.unknown.get(key).copied(),
        };
        match known {
            Some(column) => self.reuse(column, field),
            None if field.is_none() && !self.has_room_for(key) => self.ignore(key),
            None => self.add(key, field),
        }
    }

    fn reuse(&mut self, column: u16, field: Option<Field>) -> KeyAction {
        match self.last_rows.get_mut(usize::from(column)) {
            Some(last) if *last != self.row => {
                *last = self.row;
                KeyAction::Store(column, field)
            }
            _ => KeyAction::RefuseDuplicate,
        }
    }

    fn has_room_for(&self, key: &str) -> bool {
        self.unknown.len() < MAX_UNKNOWN_KEYS && key.len() <= MAX_KEY_BYTES
    }

    fn ignore(&mut self, key: &str) -> KeyAction {
        match self.ignored.insert(key.to_owned()) {
            true => KeyAction::Ignore,
            false => KeyAction::RefuseDuplicate,
        }
    }

    fn add(&mut self, key: &str, field: Option<Field>) -> KeyAction {
        let column = u16::try_from(self.columns.len()).unwrap_or(u16::MAX);
        match field {
            Some(field) => {
                if let Some(slot) = self.fields.get_mut(field as usize) {
                    *slot = Some(column);
                }
            }
            None => {
                self.unknown.insert(key.to_owned(), column);
            }
        }
        self.columns.push(Column::named(key));
        self.last_rows.push(self.row);
        KeyAction::Store(column, field)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_in_the_order_of_the_keys() {
        let mut keys = JsonKeys::default();
        keys.next_row();
        assert_eq!(keys.register("notes"), KeyAction::Store(0, Some(Field::Notes)));
        assert_eq!(keys.register("Remark"), KeyAction::Store(1, None));
        keys.next_row();
        assert_eq!(keys.register("status"), KeyAction::Store(2, Some(Field::Status)));
        assert_eq!(keys.register("NOTES"), KeyAction::Store(0, Some(Field::Notes)));
        assert_eq!(keys.register("notes"), KeyAction::RefuseDuplicate);
        let names: Vec<&str> = keys.columns().iter().map(|one| one.name.as_str()).collect();
        assert_eq!(names, ["notes", "Remark", "status"]);
    }

    #[test]
    fn a_duplicate_key_in_a_row_is_refused_whether_or_not_it_is_a_column() {
        let mut keys = JsonKeys::default();
        let long = "k".repeat(MAX_KEY_BYTES + 1);
        for _ in 0..2 {
            keys.next_row();
            for key in ["notes", "other", long.as_str()] {
                assert_ne!(keys.register(key), KeyAction::RefuseDuplicate);
                assert_eq!(keys.register(key), KeyAction::RefuseDuplicate);
            }
        }
        assert_eq!(keys.columns().len(), 2);
    }

    #[test]
    fn unknown_keys_past_the_limit_are_ignored_and_fields_never() {
        let mut keys = JsonKeys::default();
        keys.next_row();
        for number in 0..MAX_UNKNOWN_KEYS {
            assert!(matches!(keys.register(&format!("k{number}")), KeyAction::Store(..)));
        }
        assert_eq!(keys.register("one more"), KeyAction::Ignore);
        for field in Field::ALL {
            assert!(matches!(keys.register(field.name()), KeyAction::Store(..)));
        }
        assert_eq!(keys.columns().len(), MAX_UNKNOWN_KEYS + Field::ALL.len());
    }
}
