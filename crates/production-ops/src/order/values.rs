use std::str::FromStr;

use chrono::{DateTime, Utc};
use kernel::access::UnknownWord;
use kernel::json::{Json, JsonObject};
use kernel::text::{TextFault, free_text, identifier};

use crate::json::{NulFault, without_nul};
use crate::name::Name;
use crate::routing::{RoutingId, RoutingVersion};

/// What the ERP calls an order: an identifier of at most 100 characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErpReference(Box<str>);

impl ErpReference {
    /// The most characters it may have.
    pub const MAX: usize = 100;

    /// Takes a text for a reference, normalised.
    ///
    /// # Errors
    /// When it is no identifier of that length.
    pub fn try_new(text: &str) -> Result<Self, TextFault> {
        identifier(text, Self::MAX).map(Self)
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Remarks on an order: free text of 1 to 10,000 characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notes(Box<str>);

impl Notes {
    /// The most characters they may have.
    pub const MAX: usize = 10_000;

    /// Takes a text for notes, normalised; `None` where nothing is left of it.
    ///
    /// # Errors
    /// When it is too long or holds control characters.
    pub fn read(text: &str) -> Result<Option<Self>, TextFault> {
        let text = free_text(text, Self::MAX)?;
        Ok((!text.is_empty()).then_some(Self(text)))
    }

    /// Their text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// When an order is planned to begin and to be done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Schedule {
    start: Option<DateTime<Utc>>,
    end: Option<DateTime<Utc>>,
}

/// A schedule that ends before it begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must not be before scheduledStartDate")]
pub struct ScheduleFault;

impl Schedule {
    /// A schedule from one moment to another, either of which may be open.
    ///
    /// # Errors
    /// When it ends before it begins.
    pub fn try_new(start: Option<DateTime<Utc>>, end: Option<DateTime<Utc>>) -> Result<Self, ScheduleFault> {
        let ends_too_early = start.zip(end).is_some_and(|(start, end)| end < start);
        if ends_too_early { Err(ScheduleFault) } else { Ok(Self { start, end }) }
    }

    pub const fn start(self) -> Option<DateTime<Utc>> {
        self.start
    }

    pub const fn end(self) -> Option<DateTime<Utc>> {
        self.end
    }
}

/// The most characters of custom fields as JSON text.
pub const MAX_CUSTOM_FIELDS: usize = 20_000;

/// Why custom fields were refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CustomFieldsFault {
    #[error(transparent)]
    Nul(#[from] NulFault),
    #[error("may have at most {MAX_CUSTOM_FIELDS} characters as JSON text, this has {0}")]
    TooLong(usize),
}

/// Takes an object for what else the ERP keeps of an order.
///
/// # Errors
/// When it holds NUL or is too long.
pub fn custom_fields(fields: &JsonObject) -> Result<JsonObject, CustomFieldsFault> {
    let fields = without_nul(fields)?;
    let length = Json::Object(fields.clone()).to_string().chars().count();
    if length > MAX_CUSTOM_FIELDS { Err(CustomFieldsFault::TooLong(length)) } else { Ok(fields) }
}

/// The version of a routing that an order was made with, and keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderRouting {
    pub id: RoutingId,
    pub version: RoutingVersion,
    /// In that version.
    pub name: Name,
    /// Whether the next operation may begin at the first report of the one before.
    pub allow_overlap: bool,
}

/// What a missing skill does to whoever starts an operation (`docs/spec/mes.md`, "Operators of operations"; a setting of the
/// team).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SkillCheck {
    /// The start is refused.
    Refuse,
    /// The start is let through with a warning.
    Warn,
}

impl FromStr for SkillCheck {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        match word {
            "refuse" => Ok(Self::Refuse),
            "warn" => Ok(Self::Warn),
            _ => Err(UnknownWord::new(word, ["refuse", "warn"])),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::json;
    use serde_json::{Value, json};

    #[test]
    fn a_schedule_does_not_end_before_it_begins() {
        let at = |text: &str| text.parse().ok();
        let (early, late) = (at("2025-01-20T07:59:59Z"), at("2025-01-20T08:00:00Z"));
        assert_eq!(Schedule::try_new(late, early), Err(ScheduleFault));
        for (start, end) in [(late, late), (early, late), (None, early), (late, None), (None, None)] {
            assert_eq!(Schedule::try_new(start, end), Ok(Schedule { start, end }));
        }
    }

    #[test]
    fn custom_fields_hold_no_nul_and_at_most_20_000_characters() {
        let read = |value: Value| custom_fields(&json::object(value));
        assert!(read(json!({"a": "x".repeat(MAX_CUSTOM_FIELDS - 8)})).is_ok());
        let long = CustomFieldsFault::TooLong(MAX_CUSTOM_FIELDS + 1);
        assert_eq!(read(json!({"a": "x".repeat(MAX_CUSTOM_FIELDS - 7)})), Err(long));
        for nul in [json!({"a": {"b": ["\u{0}"]}}), json!({"a\u{0}": 1})] {
            assert_eq!(read(nul), Err(CustomFieldsFault::Nul(NulFault)));
        }
    }
}
