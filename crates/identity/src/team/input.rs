use kernel::error::Fault;
use kernel::money::{Currency, Rate};
use kernel::zone::TimeZone;
use rust_decimal::Decimal;
use serde_json::Value;

use super::{Shift, ShiftCalendar, ShiftFault, SkillCheck, TeamChange, TeamName};
use crate::fields::invalid;

/// A request to change a team, as it came in; at least one field is required.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TeamPatch {
    /// A new name.
    pub name: Option<String>,
    /// An IANA time zone.
    pub time_zone: Option<String>,
    /// A currency code of ISO 4217.
    pub currency: Option<String>,
    /// A fraction such as 0.18.
    pub tax_rate: Option<Decimal>,
    /// All shifts, instead of those there are.
    pub shift_calendar: Option<Vec<ShiftDraft>>,
    /// Whether who verified an invoice may not pay it.
    pub four_eyes_payment: Option<bool>,
    /// `refuse` or `warn`.
    pub skill_check: Option<String>,
}

/// A shift, as it came in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ShiftDraft {
    /// What people call it.
    pub name: String,
    /// The days it begins on.
    pub days: Vec<String>,
    /// `HH:MM`.
    pub start: String,
    /// `HH:MM`; at or before `start`: on the next day.
    pub end: String,
}

impl ShiftDraft {
    /// Reads a shift as JSON has it; `None` if it is no object. What it lacks is empty, which the shift's own rules name.
    pub fn from_json(value: &Value) -> Option<Self> {
        let shift = value.as_object()?;
        let text = |name: &str| shift.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let days = shift.get("days").and_then(Value::as_array).into_iter().flatten();
        let days = days.map(|day| day.as_str().unwrap_or_default().to_owned()).collect();
        Some(Self { name: text("name"), days, start: text("start"), end: text("end") })
    }

    /// The shift that is asked for.
    ///
    /// # Errors
    /// The first fault of its name, days or times.
    pub fn validate(&self) -> Result<Shift, ShiftFault> {
        Shift::try_new(&self.name, &self.days, &self.start, &self.end)
    }
}

impl TeamPatch {
    /// The change that is asked for.
    ///
    /// # Errors
    /// Every fault at once; a patch without any field is the fault of `body`.
    pub fn validate(&self) -> Result<TeamChange, Vec<Fault>> {
        if *self == Self::default() {
            let message =
                "must have name, timeZone, currency, taxRate, shiftCalendar, fourEyesPayment or skillCheck";
            return Err(vec![Fault::new("body", "MISSING_FIELD", message)]);
        }
        let name = self.name.as_deref().map(TeamName::try_new).transpose();
        let name = name.map_err(|fault| invalid("name", &fault));
        let time_zone = self.time_zone.as_deref().map(str::parse::<TimeZone>).transpose();
        let time_zone = time_zone.map_err(|fault| invalid("timeZone", &fault));
        let currency = self.currency.as_deref().map(str::parse::<Currency>).transpose();
        let currency = currency.map_err(|fault| invalid("currency", &fault));
        let tax_rate = self.tax_rate.map(Rate::try_new).transpose();
        let tax_rate = tax_rate.map_err(|fault| invalid("taxRate", &fault));
        let shifts = self.shift_calendar.as_deref().map(calendar).transpose();
        let skill_check = self.skill_check.as_deref().map(str::parse::<SkillCheck>).transpose();
        let skill_check = skill_check.map_err(|fault| invalid("skillCheck", &fault));
        match (name, time_zone, currency, tax_rate, shifts, skill_check) {
            (Ok(name), Ok(time_zone), Ok(currency), Ok(tax_rate), Ok(shifts), Ok(skill_check)) => {
                let four_eyes_payment = self.four_eyes_payment;
                Ok(TeamChange { name, time_zone, currency, tax_rate, shifts, four_eyes_payment, skill_check })
            }
            (name, time_zone, currency, tax_rate, shifts, skill_check) => {
                let single = [name.err(), time_zone.err(), currency.err(), tax_rate.err(), skill_check.err()];
                Err(single.into_iter().flatten().chain(shifts.err().into_iter().flatten()).collect())
            }
        }
    }
}

fn calendar(drafts: &[ShiftDraft]) -> Result<ShiftCalendar, Vec<Fault>> {
    let (mut shifts, mut faults) = (Vec::new(), Vec::new());
    for (number, draft) in drafts.iter().enumerate() {
        match draft.validate() {
            Ok(shift) => shifts.push(shift),
            Err(fault) => {
                faults.push(Fault::new(
                    format!("shiftCalendar.{number}"),
                    "INVALID_VALUE",
                    fault.to_string(),
                ));
            }
        }
    }
    if faults.is_empty() {
        ShiftCalendar::try_new(shifts).map_err(|fault| vec![invalid("shiftCalendar", &fault)])
    } else {
        Err(faults)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fields::codes;

    #[test]
    fn every_fault_is_named_at_once() {
        let patch = TeamPatch {
            name: Some(" ".into()),
            time_zone: Some("Mars".into()),
            currency: Some("euro".into()),
            tax_rate: Some(Decimal::new(18, 0)),
            shift_calendar: Some(vec![ShiftDraft::default()]),
            four_eyes_payment: None,
            skill_check: Some("ask".into()),
        };
        let faults = patch.validate().unwrap_err();
        let fields = ["name", "timeZone", "currency", "taxRate", "skillCheck", "shiftCalendar.0"];
        assert_eq!(codes(&faults), fields.map(|field| (field, "INVALID_VALUE")));
        assert_eq!(codes(&TeamPatch::default().validate().unwrap_err()), [("body", "MISSING_FIELD")]);
    }

    #[test]
    fn what_is_not_named_stays() {
        let patch = TeamPatch { currency: Some("INR".into()), ..Default::default() };
        let change = TeamChange { currency: Some("INR".parse().unwrap()), ..Default::default() };
        assert_eq!(patch.validate(), Ok(change));
    }
}
