//! The data collection activity: what is measured and noted while an operation runs (`docs/spec/mes.md`, "Data collection").

mod capture;
mod error;
mod field;
mod pattern;
mod policy;
mod values;

use chrono::{DateTime, Utc};
use kernel::audit::Audited;
use kernel::change::Change;
use kernel::clock::IdSource;
use kernel::id::Uuid;
use kernel::json::JsonObject;
use kernel::master_data::Record;
use serde_json::json;

pub use self::capture::{CaptureFault, Captured, DueActivity, capture};
pub use self::error::ActivityError;
pub use self::field::{
    DigitsFault, Field, FieldDefinition, FieldDefinitions, FieldId, FieldName, FieldRule, FieldType,
    FieldsFault, Limit, OptionFault, OptionsFault, Range, RangeFault, StoredFieldFault,
};
pub use self::pattern::{Pattern, PatternFault};
pub use self::policy::{Verdict, Violation, judge, violations, violations_from_json, violations_json};
pub use self::values::OnViolation;
use crate::name::Name;

kernel::id_type!(ActivityId, Activity, "data_collection_activity");

/// A data collection activity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Activity {
    pub id: ActivityId,
    /// Others may have the same.
    pub name: Name,
    /// What it is for: free text of 1 to 2,000 characters.
    pub description: Option<Box<str>>,
    /// What it collects: at most 100 fields whose names differ.
    pub fields: Vec<Field>,
    /// What becomes of data that breaks a limit.
    pub on_violation: OnViolation,
    pub is_active: bool,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// What a new activity is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewActivity {
    pub name: Name,
    pub description: Option<Box<str>>,
    pub fields: FieldDefinitions,
    pub on_violation: OnViolation,
    pub is_active: bool,
}

/// What is to become of an activity; the default leaves every field as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ActivityChange {
    pub name: Option<Name>,
    pub description: Change<Box<str>>,
    /// All it collects from now on.
    pub fields: Option<FieldDefinitions>,
    pub on_violation: Option<OnViolation>,
    pub is_active: Option<bool>,
}

/// Which activities a list holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ActivityFilter {
    /// Only those in use.
    pub active_only: bool,
}

impl Activity {
    /// A new activity, whose fields get new ids.
    pub fn create(id: ActivityId, new: NewActivity, ids: &dyn IdSource, at: DateTime<Utc>) -> Self {
        let NewActivity { name, description, fields, on_violation, is_active } = new;
        Self {
            id,
            name,
            description,
            fields: with_ids(&fields, &[], ids),
            on_violation,
            is_active,
            version: 1,
            created_at: at,
            updated_at: at,
        }
    }

    /// The activity after `change`; `None` when nothing differs. A field that keeps its name keeps its id.
    #[must_use]
    pub fn change(&self, change: &ActivityChange, ids: &dyn IdSource, at: DateTime<Utc>) -> Option<Self> {
        let fields = change.fields.as_ref().map(|fields| with_ids(fields, &self.fields, ids));
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
    pub fn judge(&self, data: &JsonObject) -> Result<Verdict, Vec<Violation>> {
        judge(self.fields.iter().map(|field| &field.definition), self.on_violation, data)
    }
}

impl Audited for Activity {
    const KIND: &'static str = "data_collection_activity";

    fn audited_id(&self) -> Uuid {
        self.id.uuid()
    }

    fn snapshot(&self) -> String {
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

impl Record for Activity {
    type New = NewActivity;
    type Change = ActivityChange;
    type Filter = ActivityFilter;
    type Error = ActivityError;

    fn apply(&self, change: &ActivityChange, ids: &dyn IdSource, at: DateTime<Utc>) -> Option<Self> {
        self.change(change, ids, at)
    }

    fn passes(&self, filter: &ActivityFilter) -> bool {
        self.is_active || !filter.active_only
    }

    fn sort_key(&self) -> impl Ord {
        (self.name.key(), self.id)
    }

    fn not_found() -> ActivityError {
        ActivityError::NotFound
    }
}

/// Fields under the ids that fields of the same name have in `before`, and else under new ones.
fn with_ids(fields: &FieldDefinitions, before: &[Field], ids: &dyn IdSource) -> Vec<Field> {
    let id_of = |name: &FieldName| {
        let known = before.iter().find(|field| field.definition.name == *name);
        known.map_or_else(|| ids.id(), |field| field.id)
    };
    fields.iter().map(|field| Field { id: id_of(&field.name), definition: field.clone() }).collect()
}

#[cfg(test)]
mod tests;
