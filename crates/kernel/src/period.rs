//! Stretches of time that lists are filtered by, given as days or as instants.

use std::str::FromStr;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use crate::zone::TimeZone;

/// One end of a period, as a request names it: an instant (RFC 3339), or a whole day of the team.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// This very moment.
    Instant(DateTime<Utc>),
    /// All of that day, in the team's zone.
    Day(NaiveDate),
}

/// A text that names no end of a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a date such as 2025-01-20, or a time with its offset such as 2025-01-20T08:00:00Z")]
pub struct BoundFault;

/// A period without a moment in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must not be before the period begins")]
pub struct EmptyPeriod;

/// From `from` on until before `before`; where an end is missing, it is open.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Period {
    /// The first moment in it.
    pub from: Option<DateTime<Utc>>,
    /// The first moment after it.
    pub before: Option<DateTime<Utc>>,
}

impl FromStr for Bound {
    type Err = BoundFault;

    fn from_str(text: &str) -> Result<Self, BoundFault> {
        if let Ok(moment) = DateTime::parse_from_rfc3339(text) {
            return Ok(Self::Instant(moment.to_utc()));
        }
        let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").map_err(|_| BoundFault)?;
        // one spelling: chrono takes 2025-1-5 and years of five digits too
        if date.to_string() == text { Ok(Self::Day(date)) } else { Err(BoundFault) }
    }
}

impl Period {
    /// The period from one end to the other, both included.
    ///
    /// # Errors
    /// When it ends before it begins, or lies past the calendar's end.
    pub fn of(from: Option<Bound>, to: Option<Bound>, zone: TimeZone) -> Result<Self, EmptyPeriod> {
        let from = from.map(|bound| match bound {
            Bound::Instant(moment) => Some(moment),
            Bound::Day(date) => zone.day(date).map(|(first, _)| first),
        });
        let before = to.map(|bound| match bound {
            Bound::Instant(moment) => moment.checked_add_signed(TimeDelta::microseconds(1)),
            Bound::Day(date) => zone.day(date).map(|(_, last)| last + TimeDelta::seconds(1)),
        });
        let (from, before) = match (from, before) {
            (Some(None), _) | (_, Some(None)) => return Err(EmptyPeriod),
            (from, before) => (from.flatten(), before.flatten()),
        };
        if from.zip(before).is_some_and(|(from, before)| before <= from) {
            return Err(EmptyPeriod);
        }
        Ok(Self { from, before })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn period(from: Option<&str>, to: Option<&str>) -> Result<(Option<String>, Option<String>), EmptyPeriod> {
        let bound = |text: &str| text.parse().unwrap();
        let found = Period::of(from.map(bound), to.map(bound), "Europe/Warsaw".parse().unwrap())?;
        let shown =
            |moment: Option<DateTime<Utc>>| moment.map(|moment| moment.format("%FT%T%.6f").to_string());
        Ok((shown(found.from), shown(found.before)))
    }

    #[test]
    fn a_day_is_the_whole_day_of_the_team_and_an_instant_is_itself() {
        let found = period(Some("2024-07-01"), Some("2024-07-01")).unwrap();
        let expected = ("2024-06-30T22:00:00.000000".into(), "2024-07-01T22:00:00.000000".into());
        assert_eq!(found, (Some(expected.0), Some(expected.1)));
        let found = period(Some("2024-07-01T10:00:00+02:00"), Some("2024-07-01T08:00:00Z")).unwrap();
        let expected = ("2024-07-01T08:00:00.000000".into(), "2024-07-01T08:00:00.000001".into());
        assert_eq!(found, (Some(expected.0), Some(expected.1)));
        assert_eq!(period(None, None), Ok((None, None)));
    }

    #[test]
    fn a_period_ends_where_it_begins_or_later() {
        assert_eq!(period(Some("2024-07-02"), Some("2024-07-01")), Err(EmptyPeriod));
        assert_eq!(period(Some("2024-07-01T08:00:01Z"), Some("2024-07-01T08:00:00Z")), Err(EmptyPeriod));
    }

    #[test]
    fn what_is_neither_date_nor_time_is_refused() {
        for text in
            ["", "today", "2024-7-1", "2024-02-30", "01.07.2024", "2024-07-01T08:00:00", "12024-07-01"]
        {
            assert_eq!(text.parse::<Bound>(), Err(BoundFault), "{text}");
        }
    }
}
