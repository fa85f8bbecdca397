//! One element of a JSON array read into a row.

use std::borrow::Cow;
use std::fmt;

use super::fault::shown;
use super::json_cutter::{Element, syntax_fault};
use super::json_keys::{JsonKeys, Key};
use super::row::CellKind;
use super::surrogates::lone_surrogate;
use super::{FileFault, RowShape, SourceRow};
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

/// Reads the element with this row number into `row`.
///
/// # Errors
/// Text that is no JSON, half a surrogate pair, or a key that comes twice.
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
        row.restart_json(Some(RowShape::NotAnObject));
        return check(element);
    }
    row.restart_json(None);
    keys.next_row();
    let mut twice = None;
    let seed = Order { keys, row, twice: &mut twice };
    let mut json = serde_json::Deserializer::from_str(&element.text);
    match seed.deserialize(&mut json).and_then(|()| json.end()) {
        Ok(()) => Ok(()),
        Err(error) => Err(match twice {
            Some(key) => FileFault::DuplicateKey { row: number, key },
            None => syntax_fault(element, &error),
        }),
    }
}

/// Checks that an element that is no object is JSON at all.
fn check(element: &Element) -> Result<(), FileFault> {
    match serde_json::from_str::<IgnoredAny>(&element.text) {
        Ok(_) => Ok(()),
        Err(error) => Err(syntax_fault(element, &error)),
    }
}

/// Reads an object into a row; leaves a key that comes twice in `twice`.
struct Order<'r> {
    keys: &'r mut JsonKeys,
    row: &'r mut SourceRow,
    twice: &'r mut Option<String>,
}

impl<'de> DeserializeSeed<'de> for Order<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Order<'_> {
    type Value = ();

    fn expecting(&self, text: &mut fmt::Formatter<'_>) -> fmt::Result {
        text.write_str("an order object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key_seed(KeyText)? {
            match self.keys.meet(&key) {
                Key::Kept(column, field) => {
                    let (kind, text) = value(map.next_value::<&RawValue>()?.get())?;
                    self.row.push(column, field, kind, &text);
                }
                Key::LeftOut => {
                    map.next_value::<IgnoredAny>()?;
                }
                Key::Twice => {
                    *self.twice = Some(shown(&key));
                    return Err(A::Error::custom("a key comes twice"));
                }
            }
        }
        Ok(())
    }
}

/// What a JSON value is, and the text a row keeps of it.
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
struct KeyText;

impl<'de> DeserializeSeed<'de> for KeyText {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Self::Value, D::Error> {
        json.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for KeyText {
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
