//! JSON that is kept as it is sent, its numbers digit for digit (`docs/spec/common.md`, "Numbers").

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;

use rust_decimal::Decimal;
use serde::de::Error as _;
use serde::{Serialize, Serializer};
use serde_json::Value;
use serde_json::value::RawValue;

/// A JSON value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Json {
    Null,
    Bool(bool),
    Number(JsonNumber),
    Text(String),
    List(Vec<Self>),
    Object(JsonObject),
}

/// The fields of a JSON object.
pub type JsonObject = BTreeMap<String, Json>;

/// A JSON number, as it is written: `1.0` and `1.00` are different ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonNumber(Box<str>);

/// How deep lists and objects may be nested.
const MAX_DEPTH: usize = 128;

impl Json {
    /// Reads JSON text. Of a key that stands twice, the last counts.
    ///
    /// # Errors
    /// When it is no JSON, or nested deeper than 128.
    pub fn read(text: &str) -> Result<Self, serde_json::Error> {
        Self::within(serde_json::from_str::<&RawValue>(text)?.get(), MAX_DEPTH)
    }

    /// Reads valid JSON text with nothing around the value.
    fn within(text: &str, depth: usize) -> Result<Self, serde_json::Error> {
        let inner = depth.checked_sub(1).ok_or_else(|| serde_json::Error::custom("it is nested too deeply"));
        Ok(match text.as_bytes().first() {
            Some(b'{') => {
                let inner = inner?;
                let fields: BTreeMap<String, &RawValue> = serde_json::from_str(text)?;
                let read = |(name, value): (_, &RawValue)| Ok((name, Self::within(value.get(), inner)?));
                Self::Object(fields.into_iter().map(read).collect::<Result<_, serde_json::Error>>()?)
            }
            Some(b'[') => {
                let inner = inner?;
                let items: Vec<&RawValue> = serde_json::from_str(text)?;
                Self::List(
                    items
                        .into_iter()
                        .map(|item| Self::within(item.get(), inner))
                        .collect::<Result<_, _>>()?,
                )
            }
            Some(b'"') => Self::Text(serde_json::from_str(text)?),
            Some(b't' | b'f') => Self::Bool(serde_json::from_str(text)?),
            Some(b'n') => Self::Null,
            _ => Self::Number(JsonNumber(text.into())),
        })
    }

    pub const fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    pub fn as_str(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// Whether NUL, which is refused everywhere (`docs/spec/common.md`, "Text"), stands in it, however deep.
    pub fn holds_nul(&self) -> bool {
        match self {
            Self::Text(text) => text.contains('\0'),
            Self::List(items) => items.iter().any(Self::holds_nul),
            Self::Object(fields) => object_holds_nul(fields),
            Self::Null | Self::Bool(_) | Self::Number(_) => false,
        }
    }
}

/// Whether NUL stands in an object or its keys, however deep.
pub fn object_holds_nul(fields: &JsonObject) -> bool {
    fields.iter().any(|(key, value)| key.contains('\0') || value.holds_nul())
}

/// The fields of an object; none of another value.
pub fn object(value: Value) -> JsonObject {
    if let Json::Object(fields) = value.into() { fields } else { JsonObject::new() }
}

impl From<Value> for Json {
    fn from(value: Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(flag) => Self::Bool(flag),
            Value::Number(number) => Self::Number(JsonNumber(number.to_string().into())),
            Value::String(text) => Self::Text(text),
            Value::Array(items) => Self::List(items.into_iter().map(Self::from).collect()),
            Value::Object(fields) => {
                Self::Object(fields.into_iter().map(|(name, value)| (name, value.into())).collect())
            }
        }
    }
}

impl From<Option<JsonObject>> for Json {
    fn from(object: Option<JsonObject>) -> Self {
        object.map_or(Self::Null, Self::Object)
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(flag) => serializer.serialize_bool(*flag),
            Self::Number(number) => number.serialize(serializer),
            Self::Text(text) => serializer.serialize_str(text),
            Self::List(items) => items.serialize(serializer),
            Self::Object(fields) => fields.serialize(serializer),
        }
    }
}

impl Serialize for JsonNumber {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let raw: &RawValue = serde_json::from_str(&self.0).map_err(serde::ser::Error::custom)?;
        raw.serialize(serializer)
    }
}

impl fmt::Display for Json {
    /// Its text, without spaces.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&serde_json::to_string(self).map_err(|_| fmt::Error)?)
    }
}

impl JsonNumber {
    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it has no part behind its point: `3.0` and `1e2` have none.
    pub fn is_whole(&self) -> bool {
        Digits::of(&self.0).is_whole()
    }

    /// Compares it with a decimal, exactly.
    pub fn compare(&self, other: Decimal) -> Ordering {
        Digits::of(&self.0).cmp(&Digits::of(&other.to_string()))
    }
}

/// A number as the digits behind `0.`, times a power of ten. They neither begin nor end with 0; 0 has none.
#[derive(Debug, PartialEq, Eq)]
struct Digits {
    is_negative: bool,
    digits: String,
    power: i64,
}

impl Digits {
    /// Reads a JSON number, or a decimal.
    fn of(text: &str) -> Self {
        let (is_negative, text) = text.strip_prefix('-').map_or((false, text), |unsigned| (true, unsigned));
        let (number, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let (whole, part) = number.split_once('.').unwrap_or((number, ""));
        let all = format!("{whole}{part}");
        let digits = all.trim_start_matches('0');
        let leading_zeros = all.len() - digits.len();
        // a power of more digits than an i64 has is greater or less than that of any number it is compared with
        let limit = if exponent.starts_with('-') { i64::MIN } else { i64::MAX };
        let power =
            exponent.parse().unwrap_or(limit).saturating_add(whole.len() as i64 - leading_zeros as i64);
        let digits = digits.trim_end_matches('0').to_owned();
        if digits.is_empty() {
            return Self { is_negative: false, digits, power: 0 };
        }
        Self { is_negative, digits, power }
    }

    fn is_whole(&self) -> bool {
        self.digits.is_empty() || self.power >= self.digits.len() as i64
    }

    /// Compares them without their signs.
    fn compare_sizes(&self, other: &Self) -> Ordering {
        match (self.digits.is_empty(), other.digits.is_empty()) {
            (false, false) => self.power.cmp(&other.power).then_with(|| self.digits.cmp(&other.digits)),
            (is_zero, other_is_zero) => other_is_zero.cmp(&is_zero),
        }
    }
}

impl Ord for Digits {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.is_negative, other.is_negative) {
            (false, false) => self.compare_sizes(other),
            (true, true) => other.compare_sizes(self),
            (is_negative, other_is_negative) => other_is_negative.cmp(&is_negative),
        }
    }
}

impl PartialOrd for Digits {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn number(text: &str) -> JsonNumber {
        match Json::read(text) {
            Ok(Json::Number(number)) => number,
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn what_is_read_is_written_with_the_same_digits() {
        let numbers = "0,-0,-0.0,1e2,1E2,1e+02,1.50,19.990000000000000001,123456789012345678901234567890,1e400,1E-999999999";
        let numbers = format!("[{numbers}]");
        for text in [
            &*numbers,
            r#"{"A":1.0,"a":{"b":[{"c":1.00},[[]],{}]}}"#,
            r#"{"$serde_json::private::Number":"x","$serde_json::private::RawValue":"{"}"#,
            r#"["Größe \"\\\n\u0001",true,false,null]"#,
        ] {
            assert_eq!(Json::read(text).unwrap().to_string(), text);
        }
        assert_eq!(Json::read(" { \"a\" : [ 1 , 2 ] } ").unwrap().to_string(), r#"{"a":[1,2]}"#);
        let value = json!({"a": [1, -2.5, null, true, "x", {}]});
        assert_eq!(Json::from(value.clone()).to_string(), value.to_string());
    }

    #[test]
    fn what_is_no_json_or_too_deep_is_refused() {
        for text in ["", "01", "1.", "[1,]", "{\"a\":}", "\"\\ud800\"", "nul", "1 2", "NaN"] {
            assert!(Json::read(text).is_err(), "{text}");
        }
        let nested = |depth| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(Json::read(&nested(128)).is_ok() && Json::read(&nested(129)).is_err());
        assert!(Json::read(&nested(10_000)).is_err());
    }

    #[test]
    fn nul_is_found_however_deep() {
        for (value, holds) in [
            (json!({"a": [{"b": "\0"}]}), true),
            (json!([{"\0": 1}]), true),
            (json!({"a": ["0", 0, null, {}]}), false),
        ] {
            assert_eq!(Json::from(value.clone()).holds_nul(), holds, "{value}");
        }
    }

    #[test]
    fn numbers_are_compared_exactly() {
        for (text, decimal, expected) in [
            ("50", "50", Ordering::Equal),
            ("5e1", "50.0", Ordering::Equal),
            ("0.5E+2", "50", Ordering::Equal),
            ("50.000000000000000000000000000001", "50", Ordering::Greater),
            ("49.999999999999999999999999999999", "50", Ordering::Less),
            ("-50.000000000000000001", "-50", Ordering::Less),
            ("9223372036854775808", "9223372036854775807", Ordering::Greater),
            ("123456789012345678901234567890", "1", Ordering::Greater),
            ("-123456789012345678901234567890", "1", Ordering::Less),
            ("1e400", "1", Ordering::Greater),
            ("1e-400", "0", Ordering::Greater),
            ("-1e-400", "0", Ordering::Less),
            ("1e99999999999999999999", "1", Ordering::Greater),
            ("1e-99999999999999999999", "0.1", Ordering::Less),
            ("-0.0", "0", Ordering::Equal),
            ("0e99", "0", Ordering::Equal),
            ("0.0010", "0.001", Ordering::Equal),
            ("0", "-1", Ordering::Greater),
        ] {
            assert_eq!(number(text).compare(decimal.parse().unwrap()), expected, "{text} {decimal}");
        }
    }

    #[test]
    fn a_whole_number_has_no_part_behind_its_point() {
        for text in ["0", "-0.0", "3.0", "1e2", "1.5e1", "123456789012345678901234567890", "1e400", "100"] {
            assert!(number(text).is_whole(), "{text}");
        }
        for text in ["0.1", "1e-2", "1.55e1", "123456789012345678901234567890.1", "1e-99999999999999999999"] {
            assert!(!number(text).is_whole(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_decimals_hold_is_compared_as_decimals_are(
            a in any::<i64>(), b in any::<i64>(), scale_a in 0_u32..20, scale_b in 0_u32..20,
        ) {
            let (a, b) = (Decimal::new(a, scale_a), Decimal::new(b, scale_b));
            prop_assert_eq!(number(&a.to_string()).compare(b), a.cmp(&b));
            prop_assert_eq!(number(&a.to_string()).is_whole(), a.is_integer());
        }
    }
}
