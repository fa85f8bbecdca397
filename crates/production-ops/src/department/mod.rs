//! The department: a part of the plant, in which work centres stand.

mod error;

use chrono::{DateTime, Utc};
use kernel::audit::Audited;
use kernel::clock::IdSource;
use kernel::id::Uuid;
use kernel::master_data::Record;
use serde_json::json;

pub use self::error::DepartmentError;
use crate::name::Name;

kernel::id_type!(DepartmentId, Department, "department");

/// A department. No two of a team have names that differ by case alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Department {
    pub id: DepartmentId,
    pub name: Name,
    pub is_active: bool,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// What is to become of a department; the default leaves every field as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DepartmentChange {
    pub name: Option<Name>,
    pub is_active: Option<bool>,
}

/// Which departments a list holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DepartmentFilter {
    /// Only those in use.
    pub active_only: bool,
}

impl Department {
    /// A new department, in use.
    pub fn create(id: DepartmentId, name: Name, at: DateTime<Utc>) -> Self {
        Self { id, name, is_active: true, version: 1, created_at: at, updated_at: at }
    }

    /// The department after `change`; `None` when nothing differs.
    #[must_use]
    pub fn change(&self, change: &DepartmentChange, at: DateTime<Utc>) -> Option<Self> {
        let changed = Self {
            name: change.name.as_ref().unwrap_or(&self.name).clone(),
            is_active: change.is_active.unwrap_or(self.is_active),
            ..self.clone()
        };
        (changed != *self).then(|| Self { version: self.version + 1, updated_at: at, ..changed })
    }
}

impl Audited for Department {
    const KIND: &'static str = "department";

    fn audited_id(&self) -> Uuid {
        self.id.uuid()
    }

    fn snapshot(&self) -> String {
        json!({
            "id": self.id.uuid(),
            "name": self.name.as_str(),
            "isActive": self.is_active,
            "version": self.version,
            "createdAt": self.created_at,
            "updatedAt": self.updated_at,
        })
        .to_string()
    }
}

impl Record for Department {
    type New = Name;
    type Change = DepartmentChange;
    type Filter = DepartmentFilter;
    type Error = DepartmentError;

    fn apply(&self, change: &DepartmentChange, _: &dyn IdSource, at: DateTime<Utc>) -> Option<Self> {
        self.change(change, at)
    }

    fn passes(&self, filter: &DepartmentFilter) -> bool {
        self.is_active || !filter.active_only
    }

    fn sort_key(&self) -> impl Ord {
        (self.name.key(), self.id)
    }

    fn not_found() -> DepartmentError {
        DepartmentError::NotFound
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;
    use kernel::clock::{CountedIds, IdSource};

    fn milling() -> Department {
        let ids: &dyn IdSource = &CountedIds::default();
        Department::create(ids.id(), Name::try_new("Milling").unwrap(), DateTime::UNIX_EPOCH)
    }

    #[test]
    fn a_change_counts_the_version_up_and_keeps_the_rest() {
        let later = DateTime::UNIX_EPOCH + TimeDelta::hours(1);
        let change = DepartmentChange { name: Some(Name::try_new("MILLING").unwrap()), is_active: None };
        let changed = milling().change(&change, later).unwrap();
        let name = Name::try_new("MILLING").unwrap();
        assert_eq!(changed, Department { name, version: 2, updated_at: later, ..milling() });
    }

    #[test]
    fn a_change_to_what_it_already_is_is_none() {
        let same = DepartmentChange { name: Some(milling().name), is_active: Some(true) };
        assert_eq!(milling().change(&same, DateTime::UNIX_EPOCH), None);
        assert_eq!(milling().change(&DepartmentChange::default(), DateTime::UNIX_EPOCH), None);
    }

    #[test]
    fn the_snapshot_holds_every_field() {
        let found: serde_json::Value = serde_json::from_str(&milling().snapshot()).unwrap();
        let expected = json!({
            "id": "00000000-0000-0000-0000-000000000001",
            "name": "Milling",
            "isActive": true,
            "version": 1,
            "createdAt": "1970-01-01T00:00:00Z",
            "updatedAt": "1970-01-01T00:00:00Z",
        });
        assert_eq!(found, expected);
    }
}
