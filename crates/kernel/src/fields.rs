//! Reads the objects of a request, with every fault named by its path and worded as seed 003 does:
//! "Price per unit is required" at `items.0.pricePerUnit`.

use std::fmt::Display;

use rust_decimal::Decimal;
use serde_json::{Map, Value};

use crate::change::Change;
use crate::error::Fault;

/// An object, and the faults met while reading it. `null` is as good as absent, but where a field can be cleared.
#[derive(Debug)]
pub struct Fields<'a> {
    path: String,
    values: &'a Map<String, Value>,
    faults: Vec<Fault>,
}

/// How a value is taken from JSON: the value, or what it must be.
type Take<'a, T> = fn(&'a Value) -> Result<T, &'static str>;

impl<'a> Fields<'a> {
    /// A request's own fields.
    pub fn new(values: &'a Map<String, Value>) -> Self {
        Self { path: String::new(), values, faults: Vec::new() }
    }

    /// The path of a field.
    pub fn path(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }

    /// Notes a fault of a field: its name in words, then what is wrong.
    pub fn fault(&mut self, name: &str, code: &'static str, fault: impl Display) {
        self.faults.push(Fault::new(self.path(name), code, format!("{} {fault}", label(name))));
    }

    fn value(&self, name: &str) -> Option<&'a Value> {
        self.values.get(name).filter(|value| !value.is_null())
    }

    /// A field's value, made of what stands there; `None` if it is absent or faulty.
    pub fn optional<T, U, E: Display>(
        &mut self,
        name: &str,
        take: Take<'a, T>,
        read: impl FnOnce(T) -> Result<U, E>,
    ) -> Option<U> {
        let taken =
            take(self.value(name)?).map_err(|demand| self.fault(name, "INVALID_TYPE", demand)).ok()?;
        read(taken).map_err(|fault| self.fault(name, "INVALID_VALUE", fault)).ok()
    }

    /// The same of a field that must be there.
    pub fn required<T, U, E: Display>(
        &mut self,
        name: &str,
        take: Take<'a, T>,
        read: impl FnOnce(T) -> Result<U, E>,
    ) -> Option<U> {
        if self.value(name).is_none() {
            self.fault(name, "MISSING_FIELD", "is required");
        }
        self.optional(name, take, read)
    }

    /// The same of a field that `null` clears.
    pub fn change<T, U, E: Display>(
        &mut self,
        name: &str,
        take: Take<'a, T>,
        read: impl FnOnce(T) -> Result<U, E>,
    ) -> Change<U> {
        if self.values.get(name).is_some_and(Value::is_null) {
            return Change::Clear;
        }
        self.optional(name, take, read).map_or(Change::Keep, Change::Set)
    }

    /// An object within, read by `read`; its faults stand with the others.
    pub fn object<T>(&mut self, name: &str, read: impl FnOnce(&mut Fields<'_>) -> Option<T>) -> Option<T> {
        let values = match self.value(name)?.as_object() {
            Some(values) => values,
            None => {
                self.fault(name, "INVALID_TYPE", "must be an object");
                return None;
            }
        };
        let mut within = Fields { path: self.path(name), values, faults: Vec::new() };
        let found = read(&mut within);
        self.faults.append(&mut within.faults);
        found
    }

    /// A list of objects that must be there and have 1 to `max` entries; `None` if any is faulty.
    pub fn list<T>(
        &mut self,
        name: &str,
        max: usize,
        read: impl Fn(&mut Fields<'_>) -> Option<T>,
    ) -> Option<Vec<T>> {
        let items = self.required(name, list, Ok::<_, &str>)?;
        if items.is_empty() || items.len() > max {
            self.fault(
                name,
                "OUT_OF_RANGE",
                format_args!("must have 1 to {max} entries, this has {}", items.len()),
            );
            return None;
        }
        let mut found = Vec::with_capacity(items.len());
        for (position, item) in items.iter().enumerate() {
            let path = format!("{}.{position}", self.path(name));
            let Some(values) = item.as_object() else {
                self.faults.push(Fault::new(path, "INVALID_TYPE", "must be an object"));
                continue;
            };
            let mut within = Fields { path, values, faults: Vec::new() };
            found.extend(read(&mut within));
            self.faults.append(&mut within.faults);
        }
        (found.len() == items.len()).then_some(found)
    }

    /// What was read, unless something was faulty.
    ///
    /// # Errors
    /// Every fault that was met.
    pub fn finish<T>(self, read: Option<T>) -> Result<T, Vec<Fault>> {
        match read {
            Some(read) if self.faults.is_empty() => Ok(read),
            _ => Err(self.faults),
        }
    }
}

/// A text.
///
/// # Errors
/// When it is none.
pub fn text(value: &Value) -> Result<&str, &'static str> {
    value.as_str().ok_or("must be text")
}

/// A whole number.
///
/// # Errors
/// When it is none, or beyond 64 bits.
pub fn integer(value: &Value) -> Result<i64, &'static str> {
    value.as_i64().ok_or("must be a whole number")
}

/// A number; quantities come so. It has the digits it was sent with, as long as those are 15 at most, which is how many
/// every quantity and price may have.
///
/// # Errors
/// When it is none, or beyond what decimals hold.
pub fn number(value: &Value) -> Result<Decimal, &'static str> {
    const DEMAND: &str = "must be a number of at most 28 digits";
    let text = value.as_number().ok_or(DEMAND)?.to_string();
    let number = exact(&text).or_else(|| Decimal::from_scientific(&text).ok());
    number.map(|number| number.normalize()).ok_or(DEMAND)
}

/// A number, or one written as text; money comes so.
///
/// # Errors
/// When it is neither, or beyond what decimals hold.
pub fn decimal(value: &Value) -> Result<Decimal, &'static str> {
    match value {
        Value::String(text) => exact(text.trim()).ok_or("must be a decimal number"),
        value => number(value).map_err(|_| "must be a decimal number"),
    }
}

/// Digits, with a minus before them and a point among them if there is one. Never rounded: what has more digits than
/// fit is no number here.
fn exact(text: &str) -> Option<Decimal> {
    let (whole, part) = text.strip_prefix('-').unwrap_or(text).split_once('.').unwrap_or((text, "0"));
    let whole = whole.strip_prefix('-').unwrap_or(whole);
    let is_digits = |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    // rust_decimal takes `1_000`, `+5`, `.5` and `5.` too
    if is_digits(whole) && is_digits(part) { Decimal::from_str_exact(text).ok() } else { None }
}

fn list(value: &Value) -> Result<&[Value], &'static str> {
    value.as_array().map(Vec::as_slice).ok_or("must be a list")
}

/// A field's name in words: `pricePerUnit` is "Price per unit", and so is `price_per_unit`.
fn label(name: &str) -> String {
    let mut words = String::with_capacity(name.len() + 4);
    for (position, letter) in name.chars().enumerate() {
        match letter {
            letter if position == 0 => words.extend(letter.to_uppercase()),
            '_' => words.push(' '),
            letter if letter.is_uppercase() => {
                words.push(' ');
                words.extend(letter.to_lowercase());
            }
            letter => words.push(letter),
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quantity::Quantity;
    use serde_json::json;

    /// What is wrong with a request of items, each with a quantity and a price.
    fn faults(request: &Value) -> Vec<(String, String)> {
        let mut fields = Fields::new(request.as_object().unwrap());
        let items = fields.list("items", 2, |item| {
            let quantity = item.required("quantity", number, Quantity::try_new);
            let price = item.required("pricePerUnit", decimal, Ok::<_, &str>);
            quantity.zip(price)
        });
        let note = fields.object("customerInfo", |info| info.required("name", text, Ok::<_, &str>).map(drop));
        let found = fields.finish(items.map(|items| (items.len(), note))).err().unwrap_or_default();
        found.into_iter().map(|fault| (fault.field.into_owned(), fault.message.into_owned())).collect()
    }

    fn named(faults: &[(&str, &str)]) -> Vec<(String, String)> {
        faults.iter().map(|(field, message)| ((*field).to_owned(), (*message).to_owned())).collect()
    }

    #[test]
    fn every_fault_is_named_by_its_path_in_words() {
        let request =
            json!({"items": [{"quantity": 0}, {"quantity": "2", "pricePerUnit": true}], "customerInfo": {}});
        let expected = named(&[
            ("items.0.quantity", "Quantity must be greater than 0"),
            ("items.0.pricePerUnit", "Price per unit is required"),
            ("items.1.quantity", "Quantity must be a number of at most 28 digits"),
            ("items.1.pricePerUnit", "Price per unit must be a decimal number"),
            ("customerInfo.name", "Name is required"),
        ]);
        assert_eq!(faults(&request), expected);
    }

    #[test]
    fn a_name_is_put_into_words_however_it_is_joined() {
        for name in ["pricePerUnit", "price_per_unit"] {
            assert_eq!(label(name), "Price per unit");
        }
    }

    #[test]
    fn a_list_is_there_and_neither_empty_nor_too_long() {
        let item = json!({"quantity": 1, "pricePerUnit": "1.5"});
        for (items, message) in [
            (json!(null), "Items is required"),
            (json!({}), "Items must be a list"),
            (json!([]), "Items must have 1 to 2 entries, this has 0"),
            (json!([item, item, item]), "Items must have 1 to 2 entries, this has 3"),
        ] {
            assert_eq!(faults(&json!({"items": items})), named(&[("items", message)]));
        }
        assert_eq!(faults(&json!({"items": [item, 7]})), named(&[("items.1", "must be an object")]));
        assert_eq!(faults(&json!({"items": [item, item], "customerInfo": null})), []);
    }

    #[test]
    fn numbers_are_exact_or_refused() {
        let read = |text: &str| number(&serde_json::from_str(text).unwrap()).map(|number| number.to_string());
        for (text, digits) in [
            ("0.1", "0.1"),
            ("1e3", "1000"),
            ("45.00", "45"),
            ("99999999999.9999", "99999999999.9999"),
            ("999999999999.999", "999999999999.999"),
        ] {
            assert_eq!(read(text), Ok(digits.into()));
        }
        for text in ["1e300", "\"2\"", "true"] {
            assert_eq!(read(text), Err("must be a number of at most 28 digits"), "{text}");
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
            assert_eq!(decimal(&value).map(|number| number.to_string()), Ok(digits.into()), "{value}");
        }
        let texts =
            ["1_000", "+5", ".5", "5.", "1e3", "-", "--5", "--5.0", "5-", "1 000", "1,5", "0x10", "٣", ""];
        // a digit more than decimals hold, in front and behind
        let long = ["79228162514264337593543950336", "0.12345678901234567890123456789"];
        for text in texts.into_iter().chain(long).chain(["NaN", "Infinity", "1.2.3", "-.5"]) {
            assert_eq!(decimal(&json!(text)), Err("must be a decimal number"), "{text}");
        }
        for value in [json!(true), json!([1]), json!({})] {
            assert_eq!(decimal(&value), Err("must be a decimal number"), "{value}");
        }
    }
}
