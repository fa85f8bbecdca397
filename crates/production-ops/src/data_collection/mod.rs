//! The data collection activity: what is measured and noted while an operation runs (seed 004, section 4).

mod capture;
mod collection;
mod error;
mod field;
mod input;
mod pattern;
mod policy;
mod values;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use kernel::change::Change;
use serde_json::{Map, Value, json};

pub use self::capture::{Captured, DueActivity, capture};
pub use self::collection::{
    Collection, CollectionDraft, CollectionError, CollectionFacts, CollectionId, NewCollection,
    violations_from_json, violations_json,
};
pub use self::error::ActivityError;
pub use self::field::{Field, FieldId, FieldRule, FieldType, Range};
pub use self::input::{ActivityDraft, ActivityPatch};
pub use self::pattern::{Pattern, PatternFault};
pub use self::policy::{Verdict, Violation, judge, violations};
pub use self::values::OnViolation;
use crate::name::Name;

kernel::id_type!(ActivityId, Activity, "data_collection_activity");

/// A data collection activity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Activity {
    /// Its id.
    pub id: ActivityId,
    /// Its name; others may have the same.
    pub name: Name,
    /// What it is for: free text of 1 to 2,000 characters.
    pub description: Option<Box<str>>,
    /// What it collects: at most 100 fields whose names differ.
    pub fields: Vec<Field>,
    /// What becomes of data that breaks a limit.
    pub on_violation: OnViolation,
    /// Whether it is in use.
    pub is_active: bool,
    /// 1 when it was created, one more with each change.
    pub version: i64,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

/// What a new activity is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewActivity {
    /// Its name.
    pub name: Name,
    /// What it is for.
    pub description: Option<Box<str>>,
    /// What it collects.
    pub fields: Vec<Field>,
    /// What becomes of data that breaks a limit.
    pub on_violation: OnViolation,
    /// Whether it is in use.
    pub is_active: bool,
}

/// What is to become of an activity; `None` leaves a field as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ActivityChange {
    /// Its new name.
    pub name: Option<Name>,
    /// What it is for.
    pub description: Change<Box<str>>,
    /// All it collects from now on.
    pub fields: Option<Vec<Field>>,
    /// What becomes of data that breaks a limit.
    pub on_violation: Option<OnViolation>,
    /// Whether it is in use.
    pub is_active: Option<bool>,
}

impl Activity {
    /// A new activity.
    pub fn create(id: ActivityId, new: NewActivity, at: DateTime<Utc>) -> Self {
        let NewActivity { name, description, fields, on_violation, is_active } = new;
        Self {
            id,
            name,
            description,
            fields,
            on_violation,
            is_active,
            version: 1,
            created_at: at,
            updated_at: at,
        }
    }

    /// The activity after `change`; `None` when nothing differs. A field that keeps its name keeps its id.
    #[must_use]
    pub fn change(&self, change: &ActivityChange, at: DateTime<Utc>) -> Option<Self> {
        let ids: BTreeMap<_, _> = self.fields.iter().map(|field| (&field.name, field.id)).collect();
        let with_its_id =
            |field: &Field| Field { id: ids.get(&field.name).copied().unwrap_or(field.id), ..field.clone() };
        let fields = change.fields.as_ref().map(|fields| fields.iter().map(with_its_id).collect());
        let changed = Self {
            name: change.name.as_ref().unwrap_or(&self.name).clone(),
            description: change.description.apply(self.description.clone()),
            fields: fields.unwrap_or_else(|| self.fields.clone()),
            on_violation: change.on_violation.unwrap_or(self.on_violation),
            is_active: change.is_active.unwrap_or(self.is_active),
            ..self.clone()
        };
        (changed != *self).then(|| Self { version: self.version + 1, updated_at: at, ..changed })
    }

    /// Judges collected data by the fields.
    ///
    /// # Errors
    /// Every violation, if one of them is not recorded.
    pub fn judge(&self, data: &Map<String, Value>) -> Result<Verdict, Vec<Violation>> {
        judge(&self.fields, self.on_violation, data)
    }

    /// The activity as JSON text, for the audit trail.
    pub fn snapshot(&self) -> String {
        json!({
            "id": self.id.uuid(),
            "name": self.name.as_str(),
            "description": self.description,
            "fields": self.fields.iter().map(Field::to_json).collect::<Vec<_>>(),
            "onViolation": self.on_violation.as_str(),
            "isActive": self.is_active,
            "version": self.version,
            "createdAt": self.created_at,
            "updatedAt": self.updated_at,
        })
        .to_string()
    }
}

#[cfg(test)]
mod tests;
