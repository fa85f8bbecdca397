//! Fields of JSON bodies, whose deserialisation never fails: what stands in a field of the wrong type is remembered, so
//! that every fault of a body is named at once. Each is read from its own JSON text, so that numbers keep their digits.
//!
//! A body is a struct of [`Field`]s that derives `Deserialize` and `ToSchema`: parser, schema and, by
//! [`RequestBody`](super::body::RequestBody), mapping in one.

use std::collections::BTreeMap;

use kernel::json::{Json, JsonObject};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::de::value::MapDeserializer;
use serde::de::{DeserializeOwned, Deserializer, IntoDeserializer, Visitor};
use serde::{Deserialize, forward_to_deserialize_any};
use serde_json::value::RawValue;

/// What a body says of a field.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) enum Field<T> {
    #[default]
    Absent,
    Null,
    Given(T),
    /// Something of another type; what it must be, such as "must be text".
    Mistyped(&'static str),
}

/// A list, each entry of which may be faulty for itself.
pub(crate) type ListField<T> = Field<Vec<Field<T>>>;

impl<T> Field<T> {
    /// The value, if there is one of the right type.
    pub(crate) fn given(self) -> Option<T> {
        if let Self::Given(value) = self { Some(value) } else { None }
    }

    /// Whether there is something, of whichever type.
    pub(crate) fn is_there(&self) -> bool {
        !matches!(self, Self::Absent | Self::Null)
    }

    /// The field, of which `demand` is said where it is of the wrong type.
    pub(crate) fn demanding(self, demand: &'static str) -> Self {
        if let Self::Mistyped(_) = self { Self::Mistyped(demand) } else { self }
    }
}

impl Field<Json> {
    /// The same field, to be of a type that is known only now.
    pub(crate) fn of_type<T: FieldType>(self) -> Field<T> {
        match self {
            Self::Given(value) => Field::read(&value.to_string()),
            Self::Absent => Field::Absent,
            Self::Null => Field::Null,
            Self::Mistyped(demand) => Field::Mistyped(demand),
        }
    }
}

impl<T: FieldType> Field<T> {
    /// Reads JSON text.
    fn read(text: &str) -> Self {
        match text {
            "null" => Self::Null,
            text => T::from_json(text).map_or(Self::Mistyped(T::DEMAND), Self::Given),
        }
    }
}

/// A type that fields have.
pub(crate) trait FieldType: Sized {
    /// What a field of this type must be: "must be text".
    const DEMAND: &'static str;
    /// What a value of this type is read from: the value itself, of texts a slice.
    type Borrowed<'a>
    where
        Self: 'a;

    /// The value, if the JSON text is of this type. Never called with `null`.
    fn from_json(text: &str) -> Option<Self>;
    fn borrow(&self) -> Self::Borrowed<'_>;
}

macro_rules! field_types {
    ($($type:ty, $demand:literal, $from_json:expr, $value:ident -> $borrowed:ty: $borrow:expr;)*) => {$(
        impl FieldType for $type {
            const DEMAND: &'static str = $demand;
            type Borrowed<'a> = $borrowed;

            fn from_json(text: &str) -> Option<Self> {
                let from_json: fn(&str) -> Option<Self> = $from_json;
                from_json(text)
            }

            fn borrow(&self) -> Self::Borrowed<'_> {
                let $value = self;
                $borrow
            }
        }
    )*};
}

field_types! {
    String, "must be text", |text| parsed(text), value -> &'a str: value;
    i64, "must be a whole number", whole, value -> i64: *value;
    bool, "must be true or false", |text| parsed(text), value -> bool: *value;
    Decimal, "must be a decimal number", decimal, value -> Decimal: *value;
    Vec<String>, "must be a list of texts", |text| parsed(text), value -> &'a [String]: value;
    JsonObject, "must be an object", object, value -> &'a JsonObject: value;
    Json, "must be given", |text| Json::read(text).ok(), value -> &'a Json: value;
}

impl<T: FieldType> FieldType for Vec<Field<T>> {
    const DEMAND: &'static str = "must be a list";
    type Borrowed<'a>
        = &'a [Field<T>]
    where
        T: 'a;

    fn from_json(text: &str) -> Option<Self> {
        let items: Vec<&RawValue> = parsed(text)?;
        Some(items.into_iter().map(|item| Field::read(item.get())).collect())
    }

    fn borrow(&self) -> &[Field<T>] {
        self
    }
}

/// An object within a body, itself made of fields.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Object<T>(pub(crate) T);

impl<T: DeserializeOwned> FieldType for Object<T> {
    const DEMAND: &'static str = "must be an object";
    type Borrowed<'a>
        = &'a T
    where
        T: 'a;

    fn from_json(text: &str) -> Option<Self> {
        from_object(text).map(Self)
    }

    fn borrow(&self) -> &T {
        &self.0
    }
}

/// Fills a struct of fields from the text of an object; `None` of anything else, or if something in the struct is no
/// field.
pub(crate) fn from_object<T: DeserializeOwned>(text: &str) -> Option<T> {
    let fields: BTreeMap<String, &RawValue> = parsed(text)?;
    T::deserialize(MapDeserializer::new(fields.into_iter().map(|(name, value)| (name, FieldValue(value)))))
        .ok()
}

/// A value on its way into a [`Field`]. A field that is missing asks for an option and is given none, so `null` must
/// look otherwise: it is a unit.
struct FieldValue<'de>(&'de RawValue);

impl<'de> IntoDeserializer<'de, serde_json::Error> for FieldValue<'de> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for FieldValue<'de> {
    type Error = serde_json::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        self.0.deserialize_any(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        if self.0.get() == "null" { visitor.visit_unit() } else { visitor.visit_some(self.0) }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

impl<'de, T: FieldType> Deserialize<'de> for Field<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_option(FieldVisitor(std::marker::PhantomData))
    }
}

struct FieldVisitor<T>(std::marker::PhantomData<T>);

impl<'de, T: FieldType> Visitor<'de> for FieldVisitor<T> {
    type Value = Field<T>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a field")
    }

    fn visit_none<E>(self) -> Result<Self::Value, E> {
        Ok(Field::Absent)
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Field::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        let value = <&RawValue>::deserialize(deserializer)?;
        Ok(Field::read(value.get()))
    }
}

fn parsed<'a, T: Deserialize<'a>>(text: &'a str) -> Option<T> {
    serde_json::from_str(text).ok()
}

fn object(text: &str) -> Option<JsonObject> {
    if let Json::Object(fields) = Json::read(text).ok()? { Some(fields) } else { None }
}

/// A JSON number, or one written as text (`docs/spec/common.md`, "Numbers"), with exactly the digits it was sent with: what
/// has more than fit is no number here.
fn decimal(text: &str) -> Option<Decimal> {
    match text.as_bytes().first()? {
        b'"' => exact(parsed::<String>(text)?.trim()),
        b'-' | b'0'..=b'9' => scientific(text),
        _ => None,
    }
}

/// A decimal number that is whole: `3.0` is.
fn whole(text: &str) -> Option<i64> {
    decimal(text).filter(Decimal::is_integer)?.to_i64()
}

/// Digits, with a minus before them and a point among them if there is one. Never rounded.
pub(crate) fn exact(text: &str) -> Option<Decimal> {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (whole, part) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
    let is_digits = |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    // rust_decimal takes `1_000`, `+5`, `.5` and `5.` too
    if is_digits(whole) && is_digits(part) { Decimal::from_str_exact(text).ok() } else { None }
}

/// The same with an exponent, as JSON numbers may have one.
fn scientific(text: &str) -> Option<Decimal> {
    let (digits, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    // zeros at the end take no room
    let digits =
        if digits.contains('.') { digits.trim_end_matches('0').trim_end_matches('.') } else { digits };
    let number = exact(digits)?.normalize();
    let scale = i64::from(number.scale()).checked_sub(exponent.parse().ok()?)?;
    let (mantissa, scale) = match u32::try_from(scale) {
        _ if number.is_zero() => return Some(Decimal::ZERO),
        Ok(scale) => (number.mantissa(), scale),
        Err(_) => {
            let power = 10_i128.checked_pow(u32::try_from(-scale).ok()?)?;
            (number.mantissa().checked_mul(power)?, 0)
        }
    };
    Decimal::try_from_i128_with_scale(mantissa, scale).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(rename_all = "camelCase")]
    struct Body {
        name: Field<String>,
        line_count: Field<i64>,
        lines: ListField<Object<Line>>,
    }

    #[derive(Debug, Clone, Deserialize, PartialEq)]
    struct Line {
        price: Field<Decimal>,
    }

    fn body(value: Value) -> Body {
        from_object(&value.to_string()).unwrap()
    }

    #[test]
    fn a_field_is_absent_null_given_or_mistyped() {
        let line = |price| Field::Given(Object(Line { price }));
        let found = body(
            json!({"name": null, "lines": [{"price": "1.50"}, {}, 7, null, {"price": true}], "more": 1}),
        );
        let expected = Body {
            name: Field::Null,
            line_count: Field::Absent,
            lines: Field::Given(vec![
                line(Field::Given(Decimal::new(150, 2))),
                line(Field::Absent),
                Field::Mistyped("must be an object"),
                Field::Null,
                line(Field::Mistyped("must be a decimal number")),
            ]),
        };
        assert_eq!(found, expected);
        let found = body(json!({"name": 7, "lineCount": 1.5, "lines": {}}));
        let expected = Body {
            name: Field::Mistyped("must be text"),
            line_count: Field::Mistyped("must be a whole number"),
            lines: Field::Mistyped("must be a list"),
        };
        assert_eq!(found, expected);
    }

    #[test]
    fn numbers_are_exact_or_refused() {
        let read = |text: &str| decimal(text).map(|number| number.to_string());
        for (text, digits) in [
            ("0.1", "0.1"),
            ("1e3", "1000"),
            ("15E-1", "1.5"),
            ("0e99", "0"),
            ("45.5", "45.5"),
            ("\"2\"", "2"),
            ("99999999999.9999", "99999999999.9999"),
            ("999999999999.999", "999999999999.999"),
            ("19.990000000000000001", "19.990000000000000001"),
            ("1.10000000000000000000000000000", "1.1"),
        ] {
            assert_eq!(read(text).as_deref(), Some(digits), "{text}");
        }
        for text in ["1e300", "1e-30", "1.00000000000000000000000000001", "\"1e3\"", "true"] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn a_whole_number_has_no_part_behind_its_point() {
        for (value, expected) in [
            (json!(3), Some(3)),
            (json!(3.0), Some(3)),
            (json!("3"), Some(3)),
            (json!("3.00"), Some(3)),
            (json!(-3), Some(-3)),
            (json!(3.5), None),
            (json!("3,0"), None),
            (json!(i64::MAX), Some(i64::MAX)),
            (json!(i64::MAX as u64 + 1), None),
            (json!(true), None),
        ] {
            assert_eq!(whole(&value.to_string()), expected, "{value}");
        }
    }

    #[test]
    fn a_decimal_is_a_number_or_a_text_of_digits_with_a_point_among_them() {
        for (value, digits) in [
            (json!("50.00"), "50.00"),
            (json!(" 50 "), "50"),
            (json!("-0.25"), "-0.25"),
            (json!("007"), "7"),
            (json!("0.0001"), "0.0001"),
            (json!("7922816251426433759354395033.5"), "7922816251426433759354395033.5"),
            (json!(50), "50"),
            (json!(-0.25), "-0.25"),
        ] {
            assert_eq!(
                decimal(&value.to_string()).map(|number| number.to_string()).as_deref(),
                Some(digits),
                "{value}"
            );
        }
        let texts =
            ["1_000", "+5", ".5", "5.", "1e3", "-", "--5", "--5.0", "5-", "1 000", "1,5", "0x10", "٣", ""];
        // a digit more than decimals hold, in front and behind
        let long = ["79228162514264337593543950336", "0.12345678901234567890123456789"];
        for text in texts.into_iter().chain(long).chain(["NaN", "Infinity", "1.2.3", "-.5"]) {
            assert_eq!(decimal(&json!(text).to_string()), None, "{text}");
        }
        for value in [json!(true), json!([1]), json!({})] {
            assert_eq!(decimal(&value.to_string()), None, "{value}");
        }
    }
}
