//! The rule that collected data is held to (`docs/spec/mes.md`, "Data rules").

use std::cmp::Ordering;

use kernel::calendar;
use kernel::json::{Json, JsonNumber, JsonObject};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::field::{FieldDefinition, FieldRule, Range};
use super::values::OnViolation;
use crate::json::{NulFault, number};

/// The codes of limits that data can break and be data all the same.
const RECORDABLE: [&str; 3] = ["OUT_OF_RANGE", "INVALID_VALUE", "UNKNOWN_VALUE"];

/// One way in which data is not what its field wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The field's name: the key of the data.
    pub field: Box<str>,
    /// What is wrong, for programs: `MISSING_FIELD`, `INVALID_TYPE`, `INVALID_DATE`, `INVALID_CHARACTER`,
    /// `OUT_OF_RANGE` (min, max), `INVALID_VALUE` (pattern) or `UNKNOWN_VALUE` (options).
    pub code: &'static str,
    /// What is wrong, for people.
    pub message: String,
}

impl Violation {
    /// Whether an activity may record it: data that breaks a limit is a measurement all the same, data that is
    /// missing or of another type is none.
    pub fn is_recordable(&self) -> bool {
        RECORDABLE.contains(&self.code)
    }
}

/// Violations as they are stored and audited.
pub fn violations_json(violations: &[Violation]) -> Value {
    let shown = |it: &Violation| json!({"field": it.field, "code": it.code, "message": it.message});
    violations.iter().map(shown).collect()
}

/// Reads violations that [`violations_json`] wrote.
pub fn violations_from_json(stored: &Value) -> Vec<Violation> {
    let text = |violation: &Value, name: &str| violation.get(name).and_then(Value::as_str).map(str::to_owned);
    let read = |violation: &Value| {
        Some(Violation {
            field: text(violation, "field")?.into(),
            code: RECORDABLE.into_iter().find(|code| violation.get("code").is_some_and(|it| it == code))?,
            message: text(violation, "message")?,
        })
    };
    stored.as_array().into_iter().flatten().filter_map(read).collect()
}

/// Data that may be stored.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verdict {
    /// What it breaks, where the activity records that; it conforms if there is nothing.
    pub violations: Vec<Violation>,
}

impl Verdict {
    /// Whether it is all that the fields want.
    pub fn is_conforming(&self) -> bool {
        self.violations.is_empty()
    }
}

/// Everything in which data is not what the fields want, in the order of the fields. Keys that no field defines are
/// let through; `null` is as good as absent.
pub fn violations<'f>(
    fields: impl IntoIterator<Item = &'f FieldDefinition>,
    data: &JsonObject,
) -> Vec<Violation> {
    let mut found = Vec::new();
    for field in fields {
        let value = data.get(field.name.as_str()).filter(|value| !value.is_null());
        let broken = match value {
            None if field.required => Err(("MISSING_FIELD", "must be given".to_owned())),
            None => Ok(()),
            Some(Json::Text(text)) if field.required && text.trim().is_empty() => {
                Err(("MISSING_FIELD", "must not be empty".to_owned()))
            }
            Some(value) => keeps(&field.rule, value),
        };
        if let Err((code, message)) = broken {
            found.push(Violation { field: field.name.as_str().into(), code, message });
        }
    }
    found.extend(unstorable(data));
    found
}

/// Judges data for an activity with these fields.
///
/// # Errors
/// Every violation, if one of them is not recorded.
pub fn judge<'f>(
    fields: impl IntoIterator<Item = &'f FieldDefinition>,
    on_violation: OnViolation,
    data: &JsonObject,
) -> Result<Verdict, Vec<Violation>> {
    let violations = violations(fields, data);
    let recorded = on_violation == OnViolation::Record && violations.iter().all(Violation::is_recordable);
    if violations.is_empty() || recorded { Ok(Verdict { violations }) } else { Err(violations) }
}

type Broken = (&'static str, String);

fn keeps(rule: &FieldRule, value: &Json) -> Result<(), Broken> {
    let mistyped = |demand: &str| ("INVALID_TYPE", demand.to_owned());
    match rule {
        FieldRule::Number(range) => {
            let Json::Number(found) = value else { return Err(mistyped("must be a number")) };
            within_bounds(found, *range)
        }
        FieldRule::Integer(range) => {
            let Json::Number(found) = value else { return Err(mistyped("must be a whole number")) };
            if !found.is_whole() {
                return Err(mistyped("must be a whole number"));
            }
            within_bounds(found, *range)
        }
        FieldRule::Boolean => {
            if let Json::Bool(_) = value {
                Ok(())
            } else {
                Err(mistyped("must be true or false"))
            }
        }
        FieldRule::Text(pattern) => {
            let text = value.as_str().ok_or_else(|| mistyped("must be text"))?;
            match pattern {
                Some(pattern) if !pattern.matches(text) => {
                    Err(("INVALID_VALUE", format!("must match {}", pattern.as_str())))
                }
                _ => Ok(()),
            }
        }
        FieldRule::Select(options) => {
            let text = value.as_str().ok_or_else(|| mistyped("must be text"))?;
            if options.iter().any(|option| **option == *text) {
                return Ok(());
            }
            Err(("UNKNOWN_VALUE", format!("must be one of {}", options.join(", "))))
        }
        FieldRule::Date(range) => {
            let text = value.as_str().ok_or_else(|| mistyped("must be a date, YYYY-MM-DD"))?;
            let found = calendar::day(text).map_err(|fault| ("INVALID_DATE", fault.to_string()))?;
            within(*range, |bound| found.cmp(&bound), |date| date.to_string())
        }
    }
}

fn within_bounds(found: &JsonNumber, range: Range<Decimal>) -> Result<(), Broken> {
    within(range, |bound| found.compare(bound), number)
}

/// Checks a value against a range, by how it compares with a bound.
fn within<T: Copy, S: std::fmt::Display>(
    range: Range<T>,
    compare: impl Fn(T) -> Ordering,
    show: impl Fn(T) -> S,
) -> Result<(), Broken> {
    let message = match (range.min, range.max) {
        (Some(min), _) if compare(min).is_lt() => format!("must be at least {}", show(min)),
        (_, Some(max)) if compare(max).is_gt() => format!("must be at most {}", show(max)),
        _ => return Ok(()),
    };
    Err(("OUT_OF_RANGE", message))
}

/// NUL is refused everywhere (`docs/spec/common.md`, "Text"): in fields, in keys that no field defines, however deep.
fn unstorable(data: &JsonObject) -> Vec<Violation> {
    let holds = data.iter().filter(|(key, value)| key.contains('\0') || value.holds_nul());
    let violation = |(key, _): (&String, &Json)| Violation {
        field: key.replace('\0', "\u{fffd}").into(),
        code: "INVALID_CHARACTER",
        message: NulFault.to_string(),
    };
    holds.map(violation).collect()
}

#[cfg(test)]
mod tests;
