//! Reading one element of a JSON array into a row.

use std::borrow::Cow;
use std::fmt;

use super::fault::quoted_excerpt;
use super::json_keys::{JsonKeys, KeyAction};
use super::json_splitter::{Element, syntax_fault};
use super::row::CellKind;
use super::surrogates::lone_surrogate;
use super::{FileFault, RowFault, SourceRow};
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

/// Reads the element with this row number into `row`.
///
/// # Errors
/// Text that is no JSON, half a surrogate pair, or a duplicate key.
pub(super) fn read(
    element: &Element,
    number: u32,
    keys: &mut JsonKeys,
    row: &mut SourceRow,
) -> Result<(), FileFault> {
    if element.has_escapes
        && let Some(offset) = lone_surrogate(&element.text)
    {
        return Err(element.fault_at(offset, "half of a surrogate pair; send both halves"));
    }
    if !element.text.starts_with('{') {
        row.reset_json(Some(RowFault::NotAnObject));
        let value = serde_json::from_str::<IgnoredAny>(&element.text);
        return value.map(drop).map_err(|error| syntax_fault(element, &error));
    }
    row.reset_json(None);
    keys.next_row();
    let mut duplicate = None;
    let object = ObjectReader { keys, row, duplicate: &mut duplicate };
    let mut json = serde_json::Deserializer::from_str(&element.text);
    match object.deserialize(&mut json).and_then(|()| json.end()) {
        Ok(()) => Ok(()),
        Err(error) => Err(match duplicate {
            Some(key) => FileFault::DuplicateKey { row: number, key },
            None => syntax_fault(element, &error),
        }),
    }
}

/// Reads an object into a row; stores a duplicate key in `duplicate`.
struct ObjectReader<'r> {
    keys: &'r mut JsonKeys,
    row: &'r mut SourceRow,
    duplicate: &'r mut Option<String>,
}

impl<'de> DeserializeSeed<'de> for ObjectReader<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for ObjectReader<'_> {
    type Value = ();

    fn expecting(&self, text: &mut fmt::Formatter<'_>) -> fmt::Result {
        text.write_str("an order object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key_seed(KeyReader)? {
            match self.keys.register(&key) {
                KeyAction::Store(column, field) => {
                    let (kind, text) = value(map.next_value::<&RawValue>()?.get())?;
                    self.row.push(column, field, kind, &text);
                }
                KeyAction::Ignore => {
                    map.next_value::<IgnoredAny>()?;
                }
                KeyAction::RefuseDuplicate => {
                    *self.duplicate = Some(quoted_excerpt(&key));
                    return Err(A::Error::custom("a duplicate key"));
                }
            }
        }
        Ok(())
    }
}

/// The kind of a JSON value, and the text that a row stores of it.
fn value<E: Error>(json: &str) -> Result<(CellKind, Cow<'_, str>), E> {
    let kind = match json.as_bytes().first() {
        Some(b'"') => return Ok((CellKind::Text, string(json)?)),
        Some(b'n') => return Ok((CellKind::Null, Cow::Borrowed(""))),
        Some(b't' | b'f') => CellKind::Bool,
        Some(b'{' | b'[') => CellKind::Nested,
        _ => CellKind::Number,
    };
    Ok((kind, Cow::Borrowed(json)))
}

/// A JSON string without quotes and escapes.
fn string<E: Error>(json: &str) -> Result<Cow<'_, str>, E> {
    let inner = json.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    match inner {
        Some(inner) if !inner.contains('\\') => Ok(Cow::Borrowed(inner)),
        _ => serde_json::from_str(json).map(Cow::Owned).map_err(E::custom),
    }
}

/// Reads a key, borrowed where it has no escapes.
struct KeyReader;

impl<'de> DeserializeSeed<'de> for KeyReader {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Self::Value, D::Error> {
        json.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for KeyReader {
    type Value = Cow<'de, str>;

    fn expecting(&self, text: &mut fmt::Formatter<'_>) -> fmt::Result {
        text.write_str("a key")
    }

    fn visit_borrowed_str<E: Error>(self, key: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(key))
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(key.to_owned()))
    }
}
