//! JSON objects in which no key stands twice, however deep.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// An object whose keys differ, as do those of every object in it: of two alike, readers would disagree which one counts.
#[derive(Debug)]
pub(crate) struct Object(pub(crate) Map<String, Value>);

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor)
    }
}

struct ObjectVisitor;

impl<'de> Visitor<'de> for ObjectVisitor {
    type Value = Object;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
        let mut fields = Map::new();
        while let Some((key, Any(value))) = map.next_entry::<String, Any>()? {
            if fields.contains_key(&key) {
                return Err(A::Error::custom(format_args!("the key {key:?} stands twice")));
            }
            fields.insert(key, value);
        }
        Ok(Object(fields))
    }
}

/// Any value; the objects in it are such objects.
struct Any(Value);

impl<'de> Deserialize<'de> for Any {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyVisitor).map(Any)
    }
}

struct AnyVisitor;

impl<'de> Visitor<'de> for AnyVisitor {
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
        while let Some(Any(item)) = list.next_element()? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Value, A::Error> {
        ObjectVisitor.visit_map(map).map(|Object(fields)| Value::Object(fields))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<String, String> {
        let object = serde_json::from_str::<Object>(text).map_err(|error| error.to_string())?;
        Ok(Value::Object(object.0).to_string())
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
}
