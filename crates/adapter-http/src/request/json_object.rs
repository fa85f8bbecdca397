//! JSON objects without repeated keys, at any depth.

use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// The most values and keys of a body, of which an object counts as [`OBJECT`]: they take less than 200 MiB of memory.
/// A batch of 100 invoices of 500 items, the largest request there is, has 1,201,602.
pub(crate) const MAX_VALUES: usize = 1_500_000;
/// How many values an object counts as, since it takes about as much memory.
const OBJECT: usize = 10;

/// Why a text can't be read.
#[derive(Debug)]
pub(crate) enum Unreadable {
    /// It is not an object, or a key is repeated.
    Malformed(serde_json::Error),
    /// It has too many values and keys.
    TooMany,
}

/// Reads an object of at most `max` values and keys. No object in it may repeat a key: readers would disagree which one
/// counts.
pub(crate) fn read(text: &[u8], max: usize) -> Result<Map<String, Value>, Unreadable> {
    let left = Cell::new(Some(max));
    let mut deserializer = serde_json::Deserializer::from_slice(text);
    let read = deserializer.deserialize_map(ObjectVisitor(Budget(&left)));
    let read = read.and_then(|fields| deserializer.end().map(|()| fields));
    read.map_err(|error| match left.get() {
        Some(_) => Unreadable::Malformed(error),
        None => Unreadable::TooMany,
    })
}

/// How many more values and keys are allowed; `None` once there was one too many.
#[derive(Clone, Copy)]
struct Budget<'a>(&'a Cell<Option<usize>>);

impl Budget<'_> {
    fn spend<E: Error>(self, count: usize) -> Result<(), E> {
        self.0.set(self.0.get().and_then(|left| left.checked_sub(count)));
        self.0.get().map(drop).ok_or_else(|| E::custom("too many values"))
    }
}

struct ObjectVisitor<'a>(Budget<'a>);

impl<'de> Visitor<'de> for ObjectVisitor<'_> {
    type Value = Map<String, Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut fields = Map::new();
        while let Some(key) = map.next_key::<String>()? {
            self.0.spend(1)?;
            let value = map.next_value_seed(Any(self.0))?;
            if fields.contains_key(&key) {
                return Err(A::Error::custom(format_args!("the key {key:?} stands twice")));
            }
            fields.insert(key, value);
        }
        Ok(fields)
    }
}

/// Any value, whose objects are read in the same way.
struct Any<'a>(Budget<'a>);

impl<'de> DeserializeSeed<'de> for Any<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.0.spend(1)?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Any<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<Value, E> {
        Ok(flag.into())
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Value, E> {
        Ok(text.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element_seed(Any(self.0))? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Value, A::Error> {
        self.0.spend(OBJECT - 1)?;
        ObjectVisitor(self.0).visit_map(map).map(Value::Object)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<String, String> {
        read_within(text, MAX_VALUES)
    }

    fn read_within(text: &str, max: usize) -> Result<String, String> {
        match super::read(text.as_bytes(), max) {
            Ok(fields) => Ok(Value::Object(fields).to_string()),
            Err(Unreadable::Malformed(error)) => Err(error.to_string()),
            Err(Unreadable::TooMany) => Err("too many".into()),
        }
    }

    #[test]
    fn a_key_that_stands_twice_is_refused_at_any_depth() {
        for (text, key) in [
            (r#"{"a": 1, "a": 1}"#, "a"),
            (r#"{"a": 1, "b": 2, "\u0061": 3}"#, "a"),
            (r#"{"x": {"a": 1, "a": 2}}"#, "a"),
            (r#"{"x": {"y": {"": 1, "": null}}}"#, ""),
            (r#"{"x": [{"a": 1}, {"b": 1, "b": 2}]}"#, "b"),
            (r#"{"x": [[[{"y": [{"c": {}, "c": {}}]}]]]}"#, "c"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.starts_with(&format!("the key {key:?} stands twice at line 1")), "{text}: {error}");
        }
    }

    #[test]
    fn the_same_key_in_other_objects_is_another_key() {
        let text = r#"{"A":4,"a":{"a":[{"a":1},{"a":2,"b":{"a":3}}]},"b":{"a":5}}"#;
        assert_eq!(read(text).unwrap(), text);
    }

    #[test]
    fn everything_else_is_read_as_serde_json_does() {
        let texts =
            ["0", "-0", "-0.0", "1.10", "0.1", "1e2", "1E-7", "12345678.901234567", "1.7976931348623157e308"];
        let big = ["9223372036854775808", "-9223372036854775808", "-9223372036854775809"];
        let bigger = ["18446744073709551615", "18446744073709551616", "123456789012345678901234567890.125"];
        let others =
            ["null", "true", "false", r#""""#, r#""Größe \ud83d\ude00 \"\\n\"""#, "[]", "{}", "[1, [2, {}]]"];
        for text in [&texts[..], &big, &bigger, &others].concat() {
            let text = format!(r#"{{"x": {text}, "y": [{text}]}}"#);
            let expected: Value = serde_json::from_str(&text).unwrap();
            assert_eq!(read(&text).unwrap(), expected.to_string(), "{text}");
        }
        for text in
            ["[]", "7", "null", r#"{"x": 1e400}"#, r#"{"x": 01}"#, r#"{"x": "\ud800"}"#, r#"{"x": [1,]}"#]
        {
            let expected = serde_json::from_str::<Map<String, Value>>(text).unwrap_err();
            let column = format!(" at line {} column {}", expected.line(), expected.column());
            assert!(read(text).unwrap_err().ends_with(&column), "{text}: {expected}");
        }
    }

    #[test]
    fn what_is_nested_deeper_than_127_is_refused() {
        let nested = |depth: usize| format!("{{\"x\": {}{}}}", "[".repeat(depth - 1), "]".repeat(depth - 1));
        assert_eq!(read(&nested(127)).unwrap().len(), nested(127).len() - 1);
        assert!(read(&nested(128)).unwrap_err().starts_with("recursion limit exceeded"));
    }

    #[test]
    fn no_key_makes_json_of_a_text() {
        let text = r#"{"x":{"$serde_json::private::RawValue":"{\"a\":1,\"a\":2}"}}"#;
        assert_eq!(read(text).unwrap(), text);
    }

    #[test]
    fn values_and_keys_are_counted_however_deep() {
        for (text, count) in [
            (r#"{}"#, 0),
            (r#"{"a":1}"#, 2),
            (r#"{"a":[]}"#, 2),
            (r#"{"a":[0,"x",null,true,1.5]}"#, 7),
            (r#"{"a":{"b":[{"c":{}},[[]]]},"d":""}"#, 2 + 9 + 2 + 1 + 9 + 2 + 9 + 2 + 2),
        ] {
            assert_eq!(read_within(text, count).as_deref(), Ok(text));
            if count > 0 {
                assert_eq!(read_within(text, count - 1).unwrap_err(), "too many", "{text}");
            }
        }
        let unended = format!("{{\"x\":[0{}", ",0".repeat(MAX_VALUES));
        assert_eq!(read(&unended).unwrap_err(), "too many", "the rest is not read");
    }

    #[test]
    fn the_largest_batch_of_invoices_has_room() {
        let item = r#"{"name":"","unit_price":"","currency":"","quantity":1,"quantity_unit":"","vat_rate":"","tax_rate":0}"#;
        let items = vec![item; 500].join(",");
        let invoice = format!(r#"{{"invoice_id":"","client_id":"","items":[{items}]}}"#);
        let batch = format!(r#"{{"invoices":[{}]}}"#, vec![&*invoice; 100].join(","));
        assert_eq!(super::read(batch.as_bytes(), 1_201_602).unwrap().len(), 1);
        assert!(matches!(super::read(batch.as_bytes(), 1_201_601), Err(Unreadable::TooMany)));
    }
}
