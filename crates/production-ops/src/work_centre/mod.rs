//! The work centre: a place in a department where operations are done.

mod error;
mod values;

use chrono::{DateTime, Utc};
use kernel::audit::Audited;
use kernel::clock::IdSource;
use kernel::id::Uuid;
use kernel::master_data::Record;
use serde_json::json;

pub use self::error::WorkCentreError;
pub use self::values::{NumberFault, NumbersUsedUp, WorkCentreNumber};
use crate::department::DepartmentId;
use crate::name::Name;

kernel::id_type!(WorkCentreId, WorkCentre, "work_centre");

/// A work centre, in a department that the team has, in use or not. No two of a team have one number, but they may have
/// one name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkCentre {
    /// The team's own number for it, `work_centre_id` in imports. It never changes.
    pub number: WorkCentreNumber,
    pub id: WorkCentreId,
    pub name: Name,
    pub department: DepartmentId,
    pub is_active: bool,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// What a new work centre is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewWorkCentre {
    /// `None` for the one after the team's highest: a different one for each, even when two come at once.
    pub number: Option<WorkCentreNumber>,
    pub name: Name,
    pub department: DepartmentId,
}

/// What is to become of a work centre; the default leaves every field as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WorkCentreChange {
    pub name: Option<Name>,
    pub department: Option<DepartmentId>,
    pub is_active: Option<bool>,
}

/// Which work centres a list holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct WorkCentreFilter {
    /// Only those in use.
    pub active_only: bool,
    /// Only those of this department; none if the team has no such department.
    pub department: Option<DepartmentId>,
}

impl WorkCentre {
    /// A new work centre, in use. `highest` is the team's highest number, if it has any; it counts only where
    /// `new` has no number.
    ///
    /// # Errors
    /// When there is no number after `highest`.
    pub fn create(
        id: WorkCentreId,
        new: NewWorkCentre,
        highest: Option<WorkCentreNumber>,
        at: DateTime<Utc>,
    ) -> Result<Self, NumbersUsedUp> {
        let number = new.number.map_or_else(|| WorkCentreNumber::after(highest), Ok)?;
        let NewWorkCentre { name, department, .. } = new;
        Ok(Self { number, id, name, department, is_active: true, version: 1, created_at: at, updated_at: at })
    }

    /// The work centre after `change`; `None` when nothing differs.
    #[must_use]
    pub fn change(&self, change: &WorkCentreChange, at: DateTime<Utc>) -> Option<Self> {
        let changed = Self {
            name: change.name.as_ref().unwrap_or(&self.name).clone(),
            department: change.department.unwrap_or(self.department),
            is_active: change.is_active.unwrap_or(self.is_active),
            ..self.clone()
        };
        (changed != *self).then(|| Self { version: self.version + 1, updated_at: at, ..changed })
    }
}

impl Audited for WorkCentre {
    const KIND: &'static str = "work_centre";

    fn audited_id(&self) -> Uuid {
        self.id.uuid()
    }

    fn snapshot(&self) -> String {
        json!({
            "number": self.number.get(),
            "id": self.id.uuid(),
            "name": self.name.as_str(),
            "departmentId": self.department.uuid(),
            "isActive": self.is_active,
            "version": self.version,
            "createdAt": self.created_at,
            "updatedAt": self.updated_at,
        })
        .to_string()
    }
}

impl Record for WorkCentre {
    type New = NewWorkCentre;
    type Change = WorkCentreChange;
    type Filter = WorkCentreFilter;
    type Error = WorkCentreError;

    fn apply(&self, change: &WorkCentreChange, _: &dyn IdSource, at: DateTime<Utc>) -> Option<Self> {
        self.change(change, at)
    }

    fn passes(&self, filter: &WorkCentreFilter) -> bool {
        (self.is_active || !filter.active_only)
            && filter.department.is_none_or(|department| department == self.department)
    }

    fn sort_key(&self) -> impl Ord {
        self.number
    }

    fn not_found() -> WorkCentreError {
        WorkCentreError::NotFound
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;
    use kernel::clock::{CountedIds, IdSource};

    fn number(number: i64) -> WorkCentreNumber {
        WorkCentreNumber::try_new(number).unwrap()
    }

    fn lathe(chosen: Option<i64>, highest: Option<i64>) -> Result<WorkCentre, NumbersUsedUp> {
        let ids: &dyn IdSource = &CountedIds::default();
        let name = Name::try_new("Lathe").unwrap();
        let new = NewWorkCentre { number: chosen.map(number), name, department: ids.id() };
        WorkCentre::create(ids.id(), new, highest.map(number), DateTime::UNIX_EPOCH)
    }

    #[test]
    fn a_work_centre_gets_the_chosen_number_or_the_one_after_the_highest() {
        let numbers = [(Some(5), Some(9)), (None, Some(9)), (None, None)];
        let given = numbers.map(|(chosen, highest)| lathe(chosen, highest).unwrap().number.get());
        assert_eq!(given, [5, 10, 1]);
        assert_eq!(lathe(None, Some(2_147_483_647)), Err(NumbersUsedUp));
        assert!(lathe(Some(5), Some(2_147_483_647)).is_ok());
    }

    #[test]
    fn a_change_counts_the_version_up_and_keeps_the_rest() {
        let later = DateTime::UNIX_EPOCH + TimeDelta::hours(1);
        let lathe = lathe(Some(5), None).unwrap();
        let department = "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e11".parse().unwrap();
        let moving = WorkCentreChange { department: Some(department), ..Default::default() };
        let moved = lathe.change(&moving, later).unwrap();
        assert_eq!(moved, WorkCentre { department, version: 2, updated_at: later, ..lathe });
    }

    #[test]
    fn a_change_to_what_it_already_is_is_none() {
        let lathe = lathe(Some(5), None).unwrap();
        let same = WorkCentreChange {
            name: Some(lathe.name.clone()),
            department: Some(lathe.department),
            is_active: Some(true),
        };
        assert_eq!(lathe.change(&same, DateTime::UNIX_EPOCH), None);
        assert_eq!(lathe.change(&WorkCentreChange::default(), DateTime::UNIX_EPOCH), None);
    }

    #[test]
    fn the_snapshot_holds_every_field() {
        let found: serde_json::Value =
            serde_json::from_str(&lathe(Some(5), None).unwrap().snapshot()).unwrap();
        let expected = json!({
            "number": 5,
            "id": "00000000-0000-0000-0000-000000000002",
            "name": "Lathe",
            "departmentId": "00000000-0000-0000-0000-000000000001",
            "isActive": true,
            "version": 1,
            "createdAt": "1970-01-01T00:00:00Z",
            "updatedAt": "1970-01-01T00:00:00Z",
        });
        assert_eq!(found, expected);
    }
}
