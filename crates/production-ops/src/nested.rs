//! Reads the objects within a request, such as the fields of an activity; faults are named by their path.

use std::fmt::Display;

use kernel::error::Fault;
use rust_decimal::Decimal;
use serde_json::{Map, Value};

use crate::json::decimal;

/// An object at a path such as `fields.0`, and the faults met while reading it. `null` is as good as absent.
pub(crate) struct Nested<'a> {
    path: String,
    values: Option<&'a Map<String, Value>>,
    faults: Vec<Fault>,
}

impl<'a> Nested<'a> {
    /// Reads a value that must be an object.
    pub(crate) fn of(path: impl Into<String>, value: &'a Value) -> Self {
        let mut nested = Self { path: path.into(), values: value.as_object(), faults: Vec::new() };
        if nested.values.is_none() {
            nested.faults.push(Fault::new(nested.path.clone(), "INVALID_TYPE", "must be an object"));
        }
        nested
    }

    /// The path of one of its fields.
    pub(crate) fn path(&self, name: &str) -> String {
        format!("{}.{name}", self.path)
    }

    /// Notes a fault of one of its fields.
    pub(crate) fn fault(&mut self, name: &str, code: &'static str, message: impl Into<String>) {
        self.faults.push(Fault::new(self.path(name), code, message.into()));
    }

    /// What a field holds, whatever that is.
    pub(crate) fn value(&self, name: &str) -> Option<&'a Value> {
        self.values?.get(name).filter(|value| !value.is_null())
    }

    pub(crate) fn text(&mut self, name: &str) -> Option<&'a str> {
        self.typed(name, "must be text", Value::as_str)
    }

    pub(crate) fn flag(&mut self, name: &str) -> Option<bool> {
        self.typed(name, "must be true or false", Value::as_bool)
    }

    pub(crate) fn integer(&mut self, name: &str) -> Option<i64> {
        self.typed(name, "must be a whole number", Value::as_i64)
    }

    pub(crate) fn decimal(&mut self, name: &str) -> Option<Decimal> {
        self.typed(name, "must be a decimal number", decimal)
    }

    pub(crate) fn texts(&mut self, name: &str) -> Option<Vec<String>> {
        self.typed(name, "must be a list of texts", |value| {
            value.as_array()?.iter().map(|item| item.as_str().map(str::to_owned)).collect()
        })
    }

    pub(crate) fn list(&mut self, name: &str) -> Option<&'a [Value]> {
        self.typed(name, "must be a list", |value| value.as_array().map(Vec::as_slice))
    }

    /// A field that is read from its text by `read`; its fault says `mend` too.
    pub(crate) fn read<T, E: Display>(
        &mut self,
        name: &str,
        code: &'static str,
        mend: &str,
        read: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let text = self.text(name)?;
        read(text).map_err(|fault| self.fault(name, code, format!("{fault}{mend}"))).ok()
    }

    /// A value that must be there; where it is and was refused, its fault stands already.
    pub(crate) fn required<T>(&mut self, name: &str, value: Option<T>, mend: &str) -> Option<T> {
        if value.is_none() && self.values.is_some() && self.value(name).is_none() {
            self.fault(name, "MISSING_FIELD", format!("must be given; {mend}"));
        }
        value
    }

    /// What was read, unless something was faulty.
    pub(crate) fn finish<T>(self, read: Option<T>) -> Result<T, Vec<Fault>> {
        match read {
            Some(read) if self.faults.is_empty() => Ok(read),
            _ => Err(self.faults),
        }
    }

    fn typed<T>(
        &mut self,
        name: &str,
        demand: &'static str,
        read: impl FnOnce(&'a Value) -> Option<T>,
    ) -> Option<T> {
        let value = self.value(name)?;
        let found = read(value);
        if found.is_none() {
            self.fault(name, "INVALID_TYPE", demand);
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fields::codes;
    use serde_json::json;

    #[test]
    fn every_faulty_field_is_named_by_its_path() {
        let value = json!({"name": 7, "flag": "x", "count": 1.5, "max": "1", "list": {}, "words": ["a", 1], "odd": null});
        let mut nested = Nested::of("fields.0", &value);
        assert_eq!((nested.text("name"), nested.flag("flag")), (None, None));
        assert_eq!((nested.decimal("max"), nested.texts("words")), (None, None));
        assert_eq!((nested.integer("count"), nested.list("list")), (None, None));
        assert_eq!(nested.text("odd"), None);
        let name = nested.text("name");
        nested.required("name", name, "send it");
        nested.required("odd", None::<()>, "send it");
        let faults = nested.finish(Some(())).unwrap_err();
        let expected = [
            ("fields.0.name", "INVALID_TYPE"),
            ("fields.0.flag", "INVALID_TYPE"),
            ("fields.0.max", "INVALID_TYPE"),
            ("fields.0.words", "INVALID_TYPE"),
            ("fields.0.count", "INVALID_TYPE"),
            ("fields.0.list", "INVALID_TYPE"),
            ("fields.0.name", "INVALID_TYPE"),
            ("fields.0.odd", "MISSING_FIELD"),
        ];
        assert_eq!(codes(&faults), expected);
    }

    #[test]
    fn what_is_no_object_has_one_fault() {
        let value = json!("x");
        let mut nested = Nested::of("fields.1", &value);
        let name = nested.text("name");
        let name = nested.required("name", name, "send it");
        assert_eq!(codes(&nested.finish(name).unwrap_err()), [("fields.1", "INVALID_TYPE")]);
    }
}
