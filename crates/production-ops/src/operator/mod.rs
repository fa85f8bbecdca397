//! The operator: who runs operations (`docs/spec/mes.md`, "Master data").

mod error;
mod values;

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use kernel::audit::Audited;
use kernel::change::Change;
use kernel::clock::IdSource;
use kernel::id::{Id, UserId, Uuid};
use kernel::master_data::Record;
use serde_json::json;

pub use self::error::OperatorError;
pub use self::values::{Attendance, Badge, ClockEvent, ClockFault};
use crate::name::Name;
use crate::skill::Skill;

kernel::id_type!(OperatorId, Operator, "operator");

/// An operator. No two of a team have one badge or are one user, who is one of the team; but they may have one name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operator {
    pub id: OperatorId,
    pub name: Name,
    /// What they show at a station.
    pub badge: Badge,
    pub skills: BTreeSet<Skill>,
    /// The user they are when they log in, if they do.
    pub user: Option<UserId>,
    /// An operator out of use starts nothing any more.
    pub is_active: bool,
    /// 1 when it was created, one more with each change; coming and going are none.
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    /// The last entry of the attendance, if there is one.
    pub attendance: Option<Attendance>,
}

/// What a new operator is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewOperator {
    pub name: Name,
    /// What they show at a station.
    pub badge: Badge,
    pub skills: BTreeSet<Skill>,
    /// The user they are when they log in, if they do.
    pub user: Option<UserId>,
    pub is_active: bool,
}

/// What is to become of an operator; the default leaves every field as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OperatorChange {
    pub name: Option<Name>,
    pub badge: Option<Badge>,
    pub skills: Option<BTreeSet<Skill>>,
    pub user: Change<UserId>,
    pub is_active: Option<bool>,
}

/// Which operators a list holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OperatorFilter {
    /// Only those in use.
    pub active_only: bool,
    /// Only those who can do this.
    pub skill: Option<Skill>,
    pub badge: Option<Badge>,
}

impl Operator {
    /// A new operator, clocked out.
    pub fn create(id: OperatorId, new: NewOperator, at: DateTime<Utc>) -> Self {
        let NewOperator { name, badge, skills, user, is_active } = new;
        Self {
            id,
            name,
            badge,
            skills,
            user,
            is_active,
            version: 1,
            created_at: at,
            updated_at: at,
            attendance: None,
        }
    }

    /// The operator after `change`; `None` when nothing differs.
    #[must_use]
    pub fn change(&self, change: &OperatorChange, at: DateTime<Utc>) -> Option<Self> {
        let changed = Self {
            name: change.name.as_ref().unwrap_or(&self.name).clone(),
            badge: change.badge.as_ref().unwrap_or(&self.badge).clone(),
            skills: change.skills.as_ref().unwrap_or(&self.skills).clone(),
            user: change.user.apply(self.user),
            is_active: change.is_active.unwrap_or(self.is_active),
            ..self.clone()
        };
        (changed != *self).then(|| Self { version: self.version + 1, updated_at: at, ..changed })
    }

    /// Whether the operator came and has not gone.
    pub fn is_clocked_in(&self) -> bool {
        self.attendance.is_some_and(|last| last.event == ClockEvent::In)
    }

    /// The next entry of the attendance; never before the last one, whichever request came first.
    ///
    /// # Errors
    /// When the operator is in or out already, or comes and is out of use.
    pub fn clock(&self, event: ClockEvent, at: DateTime<Utc>) -> Result<Attendance, ClockFault> {
        match (event, self.is_clocked_in()) {
            (ClockEvent::In, true) => return Err(ClockFault::AlreadyIn),
            (ClockEvent::Out, false) => return Err(ClockFault::AlreadyOut),
            (ClockEvent::In, false) if !self.is_active => return Err(ClockFault::Inactive),
            (ClockEvent::In, false) | (ClockEvent::Out, true) => {}
        }
        let (sequence, at) = self.attendance.map_or((1, at), |last| (last.sequence + 1, at.max(last.at)));
        Ok(Attendance { sequence, event, at })
    }
}

impl Audited for Operator {
    const KIND: &'static str = "operator";

    fn audited_id(&self) -> Uuid {
        self.id.uuid()
    }

    fn snapshot(&self) -> String {
        json!({
            "id": self.id.uuid(),
            "name": self.name.as_str(),
            "badge": self.badge.as_str(),
            "skills": self.skills.iter().map(Skill::as_str).collect::<Vec<_>>(),
            "userId": self.user.map(Id::uuid),
            "isActive": self.is_active,
            "clockedIn": self.is_clocked_in(),
            "clockedAt": self.attendance.map(|last| last.at),
            "version": self.version,
            "createdAt": self.created_at,
            "updatedAt": self.updated_at,
        })
        .to_string()
    }
}

impl Record for Operator {
    type New = NewOperator;
    type Change = OperatorChange;
    type Filter = OperatorFilter;
    type Error = OperatorError;

    fn apply(&self, change: &OperatorChange, _: &dyn IdSource, at: DateTime<Utc>) -> Option<Self> {
        self.change(change, at)
    }

    fn passes(&self, filter: &OperatorFilter) -> bool {
        (self.is_active || !filter.active_only)
            && filter.skill.as_ref().is_none_or(|skill| self.skills.contains(skill))
            && filter.badge.as_ref().is_none_or(|badge| *badge == self.badge)
    }

    fn sort_key(&self) -> impl Ord {
        (self.name.key(), self.id)
    }

    fn not_found() -> OperatorError {
        OperatorError::NotFound
    }
}

#[cfg(test)]
mod tests;
