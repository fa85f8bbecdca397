//! The keys met in a JSON body, as columns.

use std::collections::{HashMap, HashSet};

use super::source::MAX_UNKNOWN_KEYS;
use super::{Column, Field};

/// The longest unknown key that is kept, in bytes.
const MAX_KEY_BYTES: usize = 256;

/// What a key means for the row it stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    /// A value to keep in this column.
    Kept(u16, Option<Field>),
    /// A value to leave out.
    LeftOut,
    /// A key this row had before.
    Twice,
}

/// The columns of a JSON body; grows as keys are met.
#[derive(Debug, Default)]
pub(super) struct JsonKeys {
    columns: Vec<Column>,
    last_rows: Vec<u32>,
    fields: [Option<u16>; Field::ALL.len()],
    unknown: HashMap<String, u16>,
    left_out: HashSet<String>,
    row: u32,
}

impl JsonKeys {
    /// The keys met so far, in that order.
    pub(super) fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Starts the next object.
    pub(super) fn next_row(&mut self) {
        self.row = self.row.saturating_add(1);
        if !self.left_out.is_empty() {
            self.left_out = HashSet::new();
        }
    }

    /// Says what to do with the value of this key.
    pub(super) fn meet(&mut self, key: &str) -> Key {
        let field = Field::from_key(key);
        let known = match field {
            Some(field) => self.fields.get(field as usize).copied().flatten(),
            None => self.unknown.get(key).copied(),
        };
        match known {
            Some(column) => self.again(column, field),
            None if field.is_none() && !self.has_room_for(key) => self.leave_out(key),
            None => self.add(key, field),
        }
    }

    fn again(&mut self, column: u16, field: Option<Field>) -> Key {
        match self.last_rows.get_mut(usize::from(column)) {
            Some(last) if *last != self.row => {
                *last = self.row;
                Key::Kept(column, field)
            }
            _ => Key::Twice,
        }
    }

    fn has_room_for(&self, key: &str) -> bool {
        self.unknown.len() < MAX_UNKNOWN_KEYS && key.len() <= MAX_KEY_BYTES
    }

    fn leave_out(&mut self, key: &str) -> Key {
        match self.left_out.insert(key.to_owned()) {
            true => Key::LeftOut,
            false => Key::Twice,
        }
    }

    fn add(&mut self, key: &str, field: Option<Field>) -> Key {
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
        self.columns.push(Column::of_key(key));
        self.last_rows.push(self.row);
        Key::Kept(column, field)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_grow_in_the_order_keys_are_met() {
        let mut keys = JsonKeys::default();
        keys.next_row();
        assert_eq!(keys.meet("notes"), Key::Kept(0, Some(Field::Notes)));
        assert_eq!(keys.meet("Notes"), Key::Kept(1, None));
        keys.next_row();
        assert_eq!(keys.meet("status"), Key::Kept(2, Some(Field::Status)));
        assert_eq!(keys.meet("notes"), Key::Kept(0, Some(Field::Notes)));
        let names: Vec<&str> = keys.columns().iter().map(|one| one.name.as_str()).collect();
        assert_eq!(names, ["notes", "Notes", "status"]);
    }

    #[test]
    fn a_key_twice_in_one_row_is_noticed_kept_or_not() {
        let mut keys = JsonKeys::default();
        let long = "k".repeat(MAX_KEY_BYTES + 1);
        for _ in 0..2 {
            keys.next_row();
            for key in ["notes", "other", long.as_str()] {
                assert_ne!(keys.meet(key), Key::Twice);
                assert_eq!(keys.meet(key), Key::Twice);
            }
        }
        assert_eq!(keys.columns().len(), 2);
    }

    #[test]
    fn unknown_keys_past_the_limit_are_left_out_and_fields_never() {
        let mut keys = JsonKeys::default();
        keys.next_row();
        for number in 0..MAX_UNKNOWN_KEYS {
            assert!(matches!(keys.meet(&format!("k{number}")), Key::Kept(..)));
        }
        assert_eq!(keys.meet("one more"), Key::LeftOut);
        for field in Field::ALL {
            assert!(matches!(keys.meet(field.name()), Key::Kept(..)));
        }
        assert_eq!(keys.columns().len(), MAX_UNKNOWN_KEYS + Field::ALL.len());
    }
}
