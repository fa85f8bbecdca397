//! The team: the tenant everything belongs to, and its settings (`docs/spec/common.md`, "Team settings").

mod error;
mod shifts;
mod values;

use chrono::{DateTime, Utc};
use kernel::audit::Audited;
use kernel::id::TeamId;
use kernel::money::{Currency, Rate};
use kernel::zone::TimeZone;
use serde_json::{Value, json};
use uuid::Uuid;

pub use self::error::TeamError;
pub use self::shifts::{Shift, ShiftCalendar, ShiftFault, Weekday};
pub use self::values::{SkillCheck, TeamName};

/// A team and its settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Team {
    pub id: TeamId,
    pub name: TeamName,
    pub settings: TeamSettings,
    /// 1 when it was founded, one more with each change.
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// How a team works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TeamSettings {
    /// The zone of its "today", its due dates and its period counters; UTC unless it says otherwise.
    pub time_zone: TimeZone,
    /// The currency of documents that name none; EUR unless it says otherwise.
    pub currency: Currency,
    /// The tax on generated invoices; 18 % unless it says otherwise.
    pub tax_rate: Rate,
    /// When its people work, where nobody clocks in.
    pub shifts: ShiftCalendar,
    /// Whether who verified an invoice may not pay it.
    pub four_eyes_payment: bool,
    /// What a missing skill does to the start of an operation.
    pub skill_check: SkillCheck,
}

impl Default for TeamSettings {
    fn default() -> Self {
        Self {
            time_zone: TimeZone::UTC,
            currency: Currency::EUR,
            tax_rate: Rate::percent(18),
            shifts: ShiftCalendar::default(),
            four_eyes_payment: false,
            skill_check: SkillCheck::Refuse,
        }
    }
}

/// What is to become of a team; the default leaves every field as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TeamChange {
    pub name: Option<TeamName>,
    pub time_zone: Option<TimeZone>,
    pub currency: Option<Currency>,
    pub tax_rate: Option<Rate>,
    pub shifts: Option<ShiftCalendar>,
    pub four_eyes_payment: Option<bool>,
    pub skill_check: Option<SkillCheck>,
}

impl Team {
    /// A new team.
    pub fn create(id: TeamId, name: TeamName, settings: TeamSettings, at: DateTime<Utc>) -> Self {
        Self { id, name, settings, version: 1, created_at: at, updated_at: at }
    }

    /// The team after `change`; `None` when nothing differs.
    #[must_use]
    pub fn change(&self, change: &TeamChange, at: DateTime<Utc>) -> Option<Self> {
        let now = self.settings.clone();
        let settings = TeamSettings {
            time_zone: change.time_zone.unwrap_or(now.time_zone),
            currency: change.currency.unwrap_or(now.currency),
            tax_rate: change.tax_rate.unwrap_or(now.tax_rate),
            shifts: change.shifts.clone().unwrap_or(now.shifts),
            four_eyes_payment: change.four_eyes_payment.unwrap_or(now.four_eyes_payment),
            skill_check: change.skill_check.unwrap_or(now.skill_check),
        };
        let name = change.name.as_ref().unwrap_or(&self.name).clone();
        let changed = Self { name, settings, ..self.clone() };
        (changed != *self).then(|| Self { version: self.version + 1, updated_at: at, ..changed })
    }
}

impl Audited for Team {
    const KIND: &'static str = "team";

    fn audited_id(&self) -> Uuid {
        self.id.uuid()
    }

    fn snapshot(&self) -> String {
        let settings = &self.settings;
        json!({
            "id": self.id.uuid(),
            "name": self.name.as_str(),
            "timeZone": settings.time_zone.name(),
            "currency": settings.currency.code(),
            "taxRate": settings.tax_rate.value().to_string(),
            "shiftCalendar": settings.shifts.shifts().iter().map(Shift::to_json).collect::<Vec<Value>>(),
            "fourEyesPayment": settings.four_eyes_payment,
            "skillCheck": settings.skill_check.as_str(),
            "version": self.version,
            "createdAt": self.created_at,
            "updatedAt": self.updated_at,
        })
        .to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;
    use kernel::id::Id;

    fn team() -> Team {
        let name = TeamName::try_new("Acme").unwrap();
        Team::create(Id::new(Uuid::nil()), name, TeamSettings::default(), DateTime::UNIX_EPOCH)
    }

    #[test]
    fn a_change_counts_the_version_up_and_keeps_the_rest() {
        let later = DateTime::UNIX_EPOCH + TimeDelta::hours(1);
        let change = TeamChange { four_eyes_payment: Some(true), ..Default::default() };
        let settings = TeamSettings { four_eyes_payment: true, ..TeamSettings::default() };
        let expected = Team { settings, version: 2, updated_at: later, ..team() };
        assert_eq!(team().change(&change, later), Some(expected));
        assert_eq!(team().change(&TeamChange::default(), later), None);
    }

    #[test]
    fn the_snapshot_holds_every_setting() {
        let snapshot: Value = serde_json::from_str(&team().snapshot()).unwrap();
        assert_eq!(
            snapshot,
            json!({
                "id": "00000000-0000-0000-0000-000000000000", "name": "Acme", "timeZone": "UTC", "currency": "EUR",
                "taxRate": "0.18", "shiftCalendar": [], "fourEyesPayment": false, "skillCheck": "refuse",
                "version": 1, "createdAt": "1970-01-01T00:00:00Z", "updatedAt": "1970-01-01T00:00:00Z",
            })
        );
    }
}
