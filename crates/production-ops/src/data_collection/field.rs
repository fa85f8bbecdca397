use std::str::FromStr;

use chrono::NaiveDate;
use kernel::access::UnknownWord;
use kernel::error::Fault;
use kernel::text::identifier;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::pattern::{Pattern, PatternFault};
use crate::nested::{Nested, number};

kernel::id_type!(FieldId, Field, "field");

/// A field of an activity: what data under its name must be (seed 004, section 4.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its id; it stays as long as the field keeps its name.
    pub id: FieldId,
    /// The key of `collectedData` it stands for: an identifier of at most 100 characters.
    pub name: Box<str>,
    /// What people see: at most 200 characters; the name if none was given.
    pub label: Box<str>,
    /// Whether data without it is refused.
    pub required: bool,
    /// What its values must be.
    pub rule: FieldRule,
}

/// The type of a field, with the limits that its values keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldRule {
    /// A number from `min` to `max`.
    Number(Range<Decimal>),
    /// A whole number from `min` to `max`.
    Integer(Range<Decimal>),
    /// A text, the whole of which matches the pattern.
    Text(Option<Pattern>),
    /// True or false.
    Boolean,
    /// One of these texts.
    Select(Vec<Box<str>>),
    /// A date, `YYYY-MM-DD`, from `min` to `max`.
    Date(Range<NaiveDate>),
}

/// The least and the greatest value allowed; `None` has no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range<T> {
    /// The least.
    pub min: Option<T>,
    /// The greatest.
    pub max: Option<T>,
}

/// The types of field (contract, *mes*).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldType {
    /// A JSON number.
    Number,
    /// A JSON number without decimals.
    Integer,
    /// A text.
    Text,
    /// True or false.
    Boolean,
    /// One of some texts.
    Select,
    /// A date.
    Date,
}

impl FieldType {
    /// Every type.
    pub const ALL: [Self; 6] =
        [Self::Number, Self::Integer, Self::Text, Self::Boolean, Self::Select, Self::Date];

    /// The documented word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::Integer => "integer",
            Self::Text => "text",
            Self::Boolean => "boolean",
            Self::Select => "select",
            Self::Date => "date",
        }
    }

    /// What `validation` may hold for it.
    const fn takes(self) -> &'static [&'static str] {
        match self {
            Self::Number | Self::Integer | Self::Date => &["min", "max"],
            Self::Text => &["pattern"],
            Self::Boolean => &[],
            Self::Select => &["options"],
        }
    }
}

impl FromStr for FieldType {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|of| of.as_str() == word);
        found.ok_or_else(|| UnknownWord::new(word, Self::ALL.map(Self::as_str)))
    }
}

impl FieldRule {
    /// The type it belongs to.
    pub const fn field_type(&self) -> FieldType {
        match self {
            Self::Number(_) => FieldType::Number,
            Self::Integer(_) => FieldType::Integer,
            Self::Text(_) => FieldType::Text,
            Self::Boolean => FieldType::Boolean,
            Self::Select(_) => FieldType::Select,
            Self::Date(_) => FieldType::Date,
        }
    }

    /// Its limits as `validation` shows them: only those there are.
    pub fn validation(&self) -> Value {
        let pairs: Vec<(&str, Value)> = match self {
            Self::Number(range) | Self::Integer(range) => shown(range.min.map(number), range.max.map(number)),
            Self::Date(range) => shown(range.min.map(|date| json!(date)), range.max.map(|date| json!(date))),
            Self::Text(pattern) => {
                pattern.iter().map(|pattern| ("pattern", json!(pattern.as_str()))).collect()
            }
            Self::Select(options) => vec![("options", json!(options))],
            Self::Boolean => Vec::new(),
        };
        Value::Object(pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }
}

fn shown(min: Option<Value>, max: Option<Value>) -> Vec<(&'static str, Value)> {
    [("min", min), ("max", max)].into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

/// The most characters of a name, a label, an option; the most options.
const NAME: usize = 100;
const LABEL: usize = 200;
const OPTION: usize = 100;
const OPTIONS: usize = 200;
/// JSON numbers carry so many digits exactly.
const DIGITS: u128 = 1_000_000_000_000_000;

/// How a text becomes a pattern: checked when it comes in, trusted when it comes from a store.
type ReadPattern = fn(&str) -> Result<Pattern, PatternFault>;

impl Field {
    /// Reads a field as a request sends it, under `id`; faults stand under `path`.
    ///
    /// # Errors
    /// Every fault at once.
    pub fn read(path: &str, value: &Value, id: FieldId) -> Result<Self, Vec<Fault>> {
        read(path, value, id, Pattern::try_new)
    }

    /// Reads a field as [`Self::to_json`] wrote it.
    ///
    /// # Errors
    /// When it is none.
    pub fn stored(value: &Value) -> Result<Self, Vec<Fault>> {
        let id = value.get("id").and_then(Value::as_str).and_then(|text| text.parse().ok());
        let id = id.ok_or_else(|| vec![Fault::new("id", "INVALID_VALUE", "is no id of a field")])?;
        read("field", value, id, |text| Ok(Pattern::stored(text)))
    }

    /// The field as seed 004 shows it.
    pub fn to_json(&self) -> Value {
        json!({
            "id": self.id.uuid(),
            "name": self.name,
            "label": self.label,
            "type": self.rule.field_type().as_str(),
            "required": self.required,
            "validation": self.rule.validation(),
        })
    }
}

fn read(path: &str, value: &Value, id: FieldId, pattern: ReadPattern) -> Result<Field, Vec<Fault>> {
    let mut field = Nested::of(path, value);
    let send = "; send 1 to 100 visible characters on one line";
    let name = field.read("name", "INVALID_VALUE", send, |text| identifier(text, NAME));
    let name = field.required("name", name, "send the key that the data will have");
    let send = "; send 1 to 200 visible characters on one line";
    let label = field.read("label", "INVALID_VALUE", send, |text| identifier(text, LABEL));
    let required = field.flag("required").unwrap_or(false);
    let of_type = field.read("type", "UNKNOWN_VALUE", "", str::parse::<FieldType>);
    let of_type = field.required("type", of_type, "send one of number, integer, text, boolean, select, date");
    let rule = of_type.and_then(|of_type| {
        let empty = json!({});
        let limits = field.value("validation").unwrap_or(&empty);
        let rule = rule(&field.path("validation"), limits, of_type, pattern);
        rule.map_err(|faults| field.more(faults)).ok()
    });
    let read = name.zip(rule).map(|(name, rule)| {
        let label = label.unwrap_or_else(|| name.clone());
        Field { id, name, label, required, rule }
    });
    field.finish(read)
}

fn rule(
    path: &str,
    value: &Value,
    of_type: FieldType,
    pattern: ReadPattern,
) -> Result<FieldRule, Vec<Fault>> {
    let mut limits = Nested::of(path, value);
    for name in ["min", "max", "pattern", "options"] {
        if limits.value(name).is_some() && !of_type.takes().contains(&name) {
            limits.fault(name, "INVALID_VALUE", format!("is not for fields of type {}", of_type.as_str()));
        }
    }
    let rule = match of_type {
        FieldType::Number => Some(FieldRule::Number(decimals(&mut limits))),
        FieldType::Integer => Some(FieldRule::Integer(decimals(&mut limits))),
        FieldType::Boolean => Some(FieldRule::Boolean),
        FieldType::Date => Some(FieldRule::Date(dates(&mut limits))),
        FieldType::Text => Some(FieldRule::Text(limits.read("pattern", "INVALID_PATTERN", "", pattern))),
        FieldType::Select => options(&mut limits).map(FieldRule::Select),
    };
    limits.finish(rule)
}

fn decimals(limits: &mut Nested<'_>) -> Range<Decimal> {
    let [min, max] = ["min", "max"].map(|name| {
        let bound = limits.decimal(name);
        if bound.is_some_and(|bound| bound.normalize().mantissa().unsigned_abs() >= DIGITS) {
            limits.fault(name, "OUT_OF_RANGE", "may have at most 15 significant digits");
        }
        bound
    });
    ordered(limits, Range { min, max })
}

fn dates(limits: &mut Nested<'_>) -> Range<NaiveDate> {
    let [min, max] = ["min", "max"].map(|name| limits.read(name, "INVALID_DATE", "", date));
    ordered(limits, Range { min, max })
}

fn ordered<T: PartialOrd + Copy>(limits: &mut Nested<'_>, range: Range<T>) -> Range<T> {
    if range.min.zip(range.max).is_some_and(|(min, max)| min > max) {
        limits.fault("max", "OUT_OF_RANGE", "must not be less than min");
    }
    range
}

fn options(limits: &mut Nested<'_>) -> Option<Vec<Box<str>>> {
    let texts = limits.texts("options");
    let texts = limits.required("options", texts, "send the texts to choose from")?;
    if !(1..=OPTIONS).contains(&texts.len()) {
        limits.fault("options", "OUT_OF_RANGE", format!("must have 1 to {OPTIONS} entries"));
    }
    let mut found: Vec<Box<str>> = Vec::with_capacity(texts.len());
    for (at, text) in texts.iter().enumerate() {
        match identifier(text, OPTION) {
            Ok(option) if found.contains(&option) => {
                limits.fault(&format!("options.{at}"), "INVALID_VALUE", "stands there twice");
            }
            Ok(option) => found.push(option),
            Err(fault) => limits.fault(&format!("options.{at}"), "INVALID_VALUE", fault.to_string()),
        }
    }
    Some(found)
}

/// A date that was none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a date, YYYY-MM-DD")]
pub(super) struct DateFault;

/// A date in the one form taken, in the years 0001 to 9999.
pub(super) fn date(text: &str) -> Result<NaiveDate, DateFault> {
    let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").map_err(|_| DateFault)?;
    if text.len() == 10 && date.to_string() == text { Ok(date) } else { Err(DateFault) }
}

#[cfg(test)]
mod tests;
