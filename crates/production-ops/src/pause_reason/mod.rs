//! The pause reason: why an operation is paused (`docs/spec/mes.md`, "Master data").

mod error;
mod values;

use chrono::{DateTime, Utc};
use kernel::audit::Audited;
use kernel::clock::IdSource;
use kernel::id::Uuid;
use kernel::master_data::Record;
use serde_json::json;

pub use self::error::PauseReasonError;
pub use self::values::PauseCategory;
use crate::name::Name;

kernel::id_type!(PauseReasonId, PauseReason, "pause_reason");

/// A pause reason. No two of a team have names that differ by case alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PauseReason {
    pub id: PauseReasonId,
    pub name: Name,
    /// Whether such pauses are planned.
    pub category: PauseCategory,
    /// A reason out of use pauses nothing any more.
    pub is_active: bool,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// What a new pause reason is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPauseReason {
    pub name: Name,
    /// Whether such pauses are planned.
    pub category: PauseCategory,
    pub is_active: bool,
}

/// What is to become of a pause reason; the default leaves every field as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PauseReasonChange {
    pub name: Option<Name>,
    pub category: Option<PauseCategory>,
    pub is_active: Option<bool>,
}

/// Which pause reasons a list holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PauseReasonFilter {
    /// Only those in use.
    pub active_only: bool,
    /// Only those of this category.
    pub category: Option<PauseCategory>,
}

impl PauseReason {
    /// A new pause reason.
    pub fn create(id: PauseReasonId, new: NewPauseReason, at: DateTime<Utc>) -> Self {
        let NewPauseReason { name, category, is_active } = new;
        Self { id, name, category, is_active, version: 1, created_at: at, updated_at: at }
    }

    /// The pause reason after `change`; `None` when nothing differs.
    #[must_use]
    pub fn change(&self, change: &PauseReasonChange, at: DateTime<Utc>) -> Option<Self> {
        let changed = Self {
            name: change.name.as_ref().unwrap_or(&self.name).clone(),
            category: change.category.unwrap_or(self.category),
            is_active: change.is_active.unwrap_or(self.is_active),
            ..self.clone()
        };
        (changed != *self).then(|| Self { version: self.version + 1, updated_at: at, ..changed })
    }
}

impl Audited for PauseReason {
    const KIND: &'static str = "pause_reason";

    fn audited_id(&self) -> Uuid {
        self.id.uuid()
    }

    fn snapshot(&self) -> String {
        json!({
            "id": self.id.uuid(),
            "name": self.name.as_str(),
            "category": self.category.as_str(),
            "isActive": self.is_active,
            "version": self.version,
            "createdAt": self.created_at,
            "updatedAt": self.updated_at,
        })
        .to_string()
    }
}

impl Record for PauseReason {
    type New = NewPauseReason;
    type Change = PauseReasonChange;
    type Filter = PauseReasonFilter;
    type Error = PauseReasonError;

    fn apply(&self, change: &PauseReasonChange, _: &dyn IdSource, at: DateTime<Utc>) -> Option<Self> {
        self.change(change, at)
    }

    fn passes(&self, filter: &PauseReasonFilter) -> bool {
        (self.is_active || !filter.active_only)
            && filter.category.is_none_or(|category| category == self.category)
    }

    fn sort_key(&self) -> impl Ord {
        (self.name.key(), self.id)
    }

    fn not_found() -> PauseReasonError {
        PauseReasonError::NotFound
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;
    use kernel::clock::{CountedIds, IdSource};

    fn lunch() -> PauseReason {
        let ids: &dyn IdSource = &CountedIds::default();
        let name = Name::try_new("Lunch").unwrap();
        let new = NewPauseReason { name, category: PauseCategory::Planned, is_active: true };
        PauseReason::create(ids.id(), new, DateTime::UNIX_EPOCH)
    }

    #[test]
    fn a_change_counts_the_version_up_and_keeps_the_rest() {
        let later = DateTime::UNIX_EPOCH + TimeDelta::hours(1);
        let category = PauseCategory::Unplanned;
        let change = PauseReasonChange { category: Some(category), ..Default::default() };
        let changed = lunch().change(&change, later).unwrap();
        assert_eq!(changed, PauseReason { category, version: 2, updated_at: later, ..lunch() });
        let change = PauseReasonChange { is_active: Some(false), ..Default::default() };
        assert!(!lunch().change(&change, later).unwrap().is_active);
    }

    #[test]
    fn a_change_to_what_it_already_is_is_none() {
        let same = PauseReasonChange {
            name: Some(lunch().name),
            category: Some(PauseCategory::Planned),
            is_active: Some(true),
        };
        assert_eq!(lunch().change(&same, DateTime::UNIX_EPOCH), None);
        assert_eq!(lunch().change(&PauseReasonChange::default(), DateTime::UNIX_EPOCH), None);
    }

    #[test]
    fn the_snapshot_holds_every_field() {
        let found: serde_json::Value = serde_json::from_str(&lunch().snapshot()).unwrap();
        let expected = json!({
            "id": "00000000-0000-0000-0000-000000000001",
            "name": "Lunch",
            "category": "planned",
            "isActive": true,
            "version": 1,
            "createdAt": "1970-01-01T00:00:00Z",
            "updatedAt": "1970-01-01T00:00:00Z",
        });
        assert_eq!(found, expected);
    }
}
