use std::str::FromStr;

use chrono::NaiveDate;
use kernel::access::UnknownWord;
use kernel::calendar;
use kernel::text::{TextFault, identifier, line};
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::{Value, json};

use super::pattern::Pattern;
use crate::json::{decimal, number};

kernel::id_type!(FieldId, Field, "field");

/// A field of an activity (`docs/spec/mes.md`, "Activities"), under an id that stays as long as the field keeps its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    pub id: FieldId,
    pub definition: FieldDefinition,
}

/// What data under a field's name must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldDefinition {
    /// The key of the collected data that it stands for.
    pub name: FieldName,
    /// What people see; the name if none was given.
    pub label: Box<str>,
    /// Whether data without it is refused.
    pub required: bool,
    /// What its values must be.
    pub rule: FieldRule,
}

/// A key of collected data: an identifier of at most 100 characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FieldName(Box<str>);

impl FieldName {
    /// The most characters it may have.
    pub const MAX: usize = 100;

    /// Takes a text for a name, normalised.
    ///
    /// # Errors
    /// When it is no identifier of that length.
    pub fn try_new(text: &str) -> Result<Self, TextFault> {
        identifier(text, Self::MAX).map(Self)
    }

    /// The name as it is shown.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FieldDefinition {
    /// The most characters of a label.
    pub const MAX_LABEL: usize = 200;

    /// Takes a text for a label, normalised.
    ///
    /// # Errors
    /// When it is no identifier of that length.
    pub fn try_label(text: &str) -> Result<Box<str>, TextFault> {
        line(text, Self::MAX_LABEL)
    }

    /// The definition as it is stored, without the field's id.
    ///
    /// # Errors
    /// When it is none.
    pub fn from_json(stored: &Value) -> Result<Self, StoredFieldFault> {
        let stored = StoredField::deserialize(stored).map_err(|fault| StoredFieldFault(fault.to_string()))?;
        stored.definition()
    }
}

impl Field {
    /// The field as it is stored and audited.
    pub fn to_json(&self) -> Value {
        let FieldDefinition { name, label, required, rule } = &self.definition;
        json!({
            "id": self.id.uuid(),
            "name": name.as_str(),
            "label": label,
            "type": rule.field_type().as_str(),
            "required": required,
            "validation": rule.validation(),
        })
    }

    /// Reads a field that [`Self::to_json`] wrote.
    ///
    /// # Errors
    /// When it is none.
    pub fn from_json(stored: &Value) -> Result<Self, StoredFieldFault> {
        let id = stored.get("id").and_then(Value::as_str).and_then(|text| text.parse().ok());
        let id = id.ok_or_else(|| StoredFieldFault("has no id".into()))?;
        Ok(Self { id, definition: FieldDefinition::from_json(stored)? })
    }
}

/// Why a stored field can't be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a stored field {0}")]
pub struct StoredFieldFault(String);

#[derive(Deserialize)]
struct StoredField {
    name: String,
    label: Option<String>,
    r#type: String,
    #[serde(default)]
    required: bool,
    #[serde(default)]
    validation: StoredLimits,
}

#[derive(Deserialize, Default)]
struct StoredLimits {
    min: Option<Value>,
    max: Option<Value>,
    pattern: Option<String>,
    #[serde(default)]
    options: Vec<Box<str>>,
}

impl StoredField {
    fn definition(self) -> Result<FieldDefinition, StoredFieldFault> {
        let unreadable = |fault: &dyn std::fmt::Display| StoredFieldFault(fault.to_string());
        let name = FieldName::try_new(&self.name).map_err(|fault| unreadable(&fault))?;
        let limits = self.validation;
        let decimals = || range(limits.min.as_ref(), limits.max.as_ref(), decimal);
        let dates =
            || range(limits.min.as_ref(), limits.max.as_ref(), |bound| calendar::day(bound.as_str()?).ok());
        let rule = match self.r#type.parse().map_err(|fault: UnknownWord| unreadable(&fault))? {
            FieldType::Number => FieldRule::Number(decimals()?),
            FieldType::Integer => FieldRule::Integer(decimals()?),
            FieldType::Date => FieldRule::Date(dates()?),
            FieldType::Boolean => FieldRule::Boolean,
            FieldType::Text => FieldRule::Text(limits.pattern.as_deref().map(Pattern::stored)),
            FieldType::Select => FieldRule::Select(limits.options),
        };
        let label = self.label.map_or_else(|| name.0.clone(), Into::into);
        Ok(FieldDefinition { name, label, required: self.required, rule })
    }
}

fn range<T>(
    min: Option<&Value>,
    max: Option<&Value>,
    read: impl Fn(&Value) -> Option<T>,
) -> Result<Range<T>, StoredFieldFault> {
    let bound = |bound: &Value| read(bound).ok_or_else(|| StoredFieldFault(format!("has the limit {bound}")));
    Ok(Range { min: min.map(bound).transpose()?, max: max.map(bound).transpose()? })
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
    pub min: Option<T>,
    pub max: Option<T>,
}

/// What limits the values of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    Min,
    Max,
    Pattern,
    Options,
}

/// The types of field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldType {
    /// A JSON number.
    Number,
    /// A JSON number without decimals.
    Integer,
    Text,
    /// True or false.
    Boolean,
    /// One of some texts.
    Select,
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

    /// Whether its values can be limited so.
    pub const fn takes(self, limit: Limit) -> bool {
        match limit {
            Limit::Min | Limit::Max => matches!(self, Self::Number | Self::Integer | Self::Date),
            Limit::Pattern => matches!(self, Self::Text),
            Limit::Options => matches!(self, Self::Select),
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

/// Bounds of which the least is greater than the greatest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must not be less than min")]
pub struct RangeFault;

impl<T: PartialOrd> Range<T> {
    /// The range from `min` to `max`.
    ///
    /// # Errors
    /// When `min` is greater than `max`.
    pub fn try_new(min: Option<T>, max: Option<T>) -> Result<Self, RangeFault> {
        match (&min, &max) {
            (Some(least), Some(greatest)) if least > greatest => Err(RangeFault),
            _ => Ok(Self { min, max }),
        }
    }
}

/// A bound with more digits than JSON numbers carry exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("may have at most 15 significant digits")]
pub struct DigitsFault;

const DIGITS: u128 = 1_000_000_000_000_000;

impl Range<Decimal> {
    /// Takes a number for a bound.
    ///
    /// # Errors
    /// When it has too many digits.
    pub fn bound(number: Decimal) -> Result<Decimal, DigitsFault> {
        if number.normalize().mantissa().unsigned_abs() < DIGITS { Ok(number) } else { Err(DigitsFault) }
    }
}

/// Why texts are no options.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OptionsFault {
    #[error("must have 1 to {} entries", FieldRule::MAX_OPTIONS)]
    Count,
    /// Each that is faulty, with its place.
    #[error("some are no options")]
    Faulty(Vec<(usize, OptionFault)>),
}

/// Why a text is no option.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OptionFault {
    #[error(transparent)]
    Text(#[from] TextFault),
    #[error("stands there twice")]
    Twice,
}

impl FieldRule {
    /// The most options of a field of type `select`.
    pub const MAX_OPTIONS: usize = 200;
    /// The most characters of an option.
    pub const MAX_OPTION: usize = 100;

    /// The rule that a value is one of these texts, normalised.
    ///
    /// # Errors
    /// When there are none or too many, or some are no identifiers or stand there twice.
    pub fn select(texts: &[String]) -> Result<Self, OptionsFault> {
        if !(1..=Self::MAX_OPTIONS).contains(&texts.len()) {
            return Err(OptionsFault::Count);
        }
        let (mut options, mut faults) = (Vec::with_capacity(texts.len()), Vec::new());
        for (place, text) in texts.iter().enumerate() {
            match line(text, Self::MAX_OPTION) {
                Ok(option) if options.contains(&option) => faults.push((place, OptionFault::Twice)),
                Ok(option) => options.push(option),
                Err(fault) => faults.push((place, fault.into())),
            }
        }
        if faults.is_empty() { Ok(Self::Select(options)) } else { Err(OptionsFault::Faulty(faults)) }
    }
}

/// The fields of an activity: at most 100 whose names differ.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FieldDefinitions(Vec<FieldDefinition>);

/// Why an activity can't have a field too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FieldsFault {
    #[error("may have at most {} entries", FieldDefinitions::MAX)]
    TooMany,
    #[error("is another field's of this activity; choose another name")]
    DuplicateName,
}

impl FieldDefinitions {
    /// The most there may be.
    pub const MAX: usize = 100;

    /// Adds a field.
    ///
    /// # Errors
    /// When another has its name, or there are too many.
    pub fn add(&mut self, field: FieldDefinition) -> Result<(), FieldsFault> {
        if self.0.iter().any(|other| other.name == field.name) {
            return Err(FieldsFault::DuplicateName);
        }
        if self.0.len() == Self::MAX {
            return Err(FieldsFault::TooMany);
        }
        self.0.push(field);
        Ok(())
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &FieldDefinition> {
        self.0.iter()
    }
}

#[cfg(test)]
mod tests;
