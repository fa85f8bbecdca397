use std::str::FromStr;

use chrono::{NaiveTime, Timelike};
use kernel::access::UnknownWord;
use kernel::text::line;
use serde_json::{Value, json};

/// When a team's people work: its shifts, in the team's time zone. Attendance is taken from it where nobody clocks in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ShiftCalendar(Vec<Shift>);

/// A shift: the days it begins on, and its first and last minute. One that ends at or before its start ends on the
/// next day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shift {
    name: Box<str>,
    days: Vec<Weekday>,
    start: NaiveTime,
    end: NaiveTime,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weekday {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

impl Weekday {
    pub const ALL: [Self; 7] = [
        Self::Monday,
        Self::Tuesday,
        Self::Wednesday,
        Self::Thursday,
        Self::Friday,
        Self::Saturday,
        Self::Sunday,
    ];

    /// The word that stores and requests have for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Monday => "monday",
            Self::Tuesday => "tuesday",
            Self::Wednesday => "wednesday",
            Self::Thursday => "thursday",
            Self::Friday => "friday",
            Self::Saturday => "saturday",
            Self::Sunday => "sunday",
        }
    }
}

impl FromStr for Weekday {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        let found = Self::ALL.into_iter().find(|day| day.as_str() == word);
        found.ok_or_else(|| UnknownWord::new(word, Self::ALL.map(Self::as_str)))
    }
}

/// Why shifts were refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ShiftFault {
    #[error("may have at most {} shifts", ShiftCalendar::MAX)]
    TooMany,
    #[error("name {0}")]
    Name(#[from] kernel::text::TextFault),
    #[error("days: {0}")]
    Day(#[from] UnknownWord),
    #[error("days must name at least one day of the week")]
    NoDay,
    /// Which of the two is no time of the day.
    #[error("{0} must be a time of the day such as 06:00")]
    Time(&'static str),
}

impl ShiftCalendar {
    /// The most shifts of one calendar.
    pub const MAX: usize = 50;

    /// Takes shifts for a calendar.
    ///
    /// # Errors
    /// When there are too many.
    pub fn try_new(shifts: Vec<Shift>) -> Result<Self, ShiftFault> {
        if shifts.len() <= Self::MAX { Ok(Self(shifts)) } else { Err(ShiftFault::TooMany) }
    }

    pub fn shifts(&self) -> &[Shift] {
        &self.0
    }
}

impl Shift {
    /// A shift that begins at `start` on each of the days and ends at `end`, both `HH:MM`.
    ///
    /// # Errors
    /// The first fault of its name, days or times.
    pub fn try_new(name: &str, days: &[String], start: &str, end: &str) -> Result<Self, ShiftFault> {
        let mut days = days.iter().map(|day| day.parse()).collect::<Result<Vec<Weekday>, _>>()?;
        days.sort_unstable();
        days.dedup();
        if days.is_empty() {
            return Err(ShiftFault::NoDay);
        }
        let time =
            |field, text| NaiveTime::parse_from_str(text, "%H:%M").map_err(|_| ShiftFault::Time(field));
        Ok(Self { name: line(name, 100)?, days, start: time("start", start)?, end: time("end", end)? })
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// The days it begins on, Monday first.
    pub fn days(&self) -> &[Weekday] {
        &self.days
    }

    /// When it begins, `HH:MM`.
    pub fn start(&self) -> String {
        clock_time(self.start)
    }

    /// When it ends, `HH:MM`.
    pub fn end(&self) -> String {
        clock_time(self.end)
    }

    /// The shift as JSON, as it is stored and shown.
    pub fn to_json(&self) -> Value {
        let days: Vec<_> = self.days.iter().map(|day| day.as_str()).collect();
        json!({"name": self.name, "days": days, "start": self.start(), "end": self.end()})
    }
}

fn clock_time(time: NaiveTime) -> String {
    format!("{:02}:{:02}", time.hour(), time.minute())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shift(days: &[&str], start: &str, end: &str) -> Result<Shift, ShiftFault> {
        Shift::try_new("Night", &days.iter().map(ToString::to_string).collect::<Vec<_>>(), start, end)
    }

    #[test]
    fn a_shift_is_shown_as_it_was_given_days_in_order_and_once() {
        let night = shift(&["friday", "monday", "friday"], "22:00", "6:00").unwrap();
        let expected =
            json!({"name": "Night", "days": ["monday", "friday"], "start": "22:00", "end": "06:00"});
        assert_eq!(night.to_json(), expected);
    }

    #[test]
    fn a_faulty_shift_says_what_is_wrong() {
        assert_eq!(shift(&[], "22:00", "06:00"), Err(ShiftFault::NoDay));
        assert_eq!(shift(&["monday"], "24:00", "06:00"), Err(ShiftFault::Time("start")));
        assert_eq!(shift(&["monday"], "22:00", "six"), Err(ShiftFault::Time("end")));
        assert!(matches!(shift(&["Montag"], "22:00", "06:00"), Err(ShiftFault::Day(_))));
        let night = shift(&["monday"], "22:00", "06:00").unwrap();
        assert_eq!(ShiftCalendar::try_new(vec![night; 51]), Err(ShiftFault::TooMany));
    }
}
