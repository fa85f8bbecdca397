use std::str::FromStr;

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use kernel::zone::TimeZone;

/// An end of a period: a moment, or a day of the team's calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PeriodEnd {
    /// This moment.
    Moment(DateTime<Utc>),
    /// The whole day, wherever the team is.
    Day(NaiveDate),
}

/// A text that is neither a moment nor a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a date or a time, such as 2025-01-20 or 2025-01-20T10:15:00Z")]
pub struct PeriodEndFault;

impl FromStr for PeriodEnd {
    type Err = PeriodEndFault;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // the one form of ten characters, in the years 0000 to 9999
        if let (10, Ok(day)) = (text.len(), NaiveDate::parse_from_str(text, "%Y-%m-%d")) {
            return Ok(Self::Day(day));
        }
        DateTime::parse_from_rfc3339(text)
            .map(|moment| Self::Moment(moment.to_utc()))
            .map_err(|_| PeriodEndFault)
    }
}

/// A stretch of time, both ends included; it has no end where none is given.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Period {
    /// Nothing before this.
    pub from: Option<PeriodEnd>,
    /// Nothing after this.
    pub to: Option<PeriodEnd>,
}

impl Period {
    /// Whether an end is a day, so that the team's zone matters.
    pub fn names_days(self) -> bool {
        [self.from, self.to].into_iter().any(|end| matches!(end, Some(PeriodEnd::Day(_))))
    }

    /// The first moment of the period, and the first one after it; a day past the calendar's end is as good as none.
    pub fn bounds(self, zone: TimeZone) -> (Option<DateTime<Utc>>, Option<DateTime<Utc>>) {
        let begin = |day| zone.day(day).map(|(begin, _)| begin);
        let from = self.from.and_then(|end| match end {
            PeriodEnd::Moment(moment) => Some(moment),
            PeriodEnd::Day(day) => begin(day),
        });
        let until = self.to.and_then(|end| match end {
            // what PostgreSQL keeps is a microsecond apart at least
            PeriodEnd::Moment(moment) => moment.checked_add_signed(TimeDelta::microseconds(1)),
            PeriodEnd::Day(day) => day.checked_add_days(Days::new(1)).and_then(begin),
        });
        (from, until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end(text: &str) -> Option<PeriodEnd> {
        Some(text.parse().unwrap())
    }

    fn moment(text: &str) -> Option<DateTime<Utc>> {
        Some(text.parse().unwrap())
    }

    #[test]
    fn a_period_runs_from_the_first_moment_of_its_first_day_to_the_last_of_its_last() {
        let zone = "Europe/Warsaw".parse().unwrap();
        let period = Period { from: end("2025-03-30"), to: end("2025-03-30") };
        assert!(period.names_days());
        let expected = (moment("2025-03-29T23:00:00Z"), moment("2025-03-30T22:00:00Z"));
        assert_eq!(period.bounds(zone), expected, "a day of 23 hours");
    }

    #[test]
    fn a_moment_is_itself_included() {
        let period = Period { from: end("2025-01-20T11:15:00.5+01:00"), to: end("2025-01-20T10:15:00Z") };
        assert!(!period.names_days());
        let expected = (moment("2025-01-20T10:15:00.5Z"), moment("2025-01-20T10:15:00.000001Z"));
        assert_eq!(period.bounds(TimeZone::UTC), expected);
        assert_eq!(Period::default().bounds(TimeZone::UTC), (None, None));
    }

    #[test]
    fn what_is_neither_day_nor_moment_is_refused() {
        for text in
            ["", "today", "20.01.2025", "2025-01-20T10:15:00", "2025-02-30", "+12025-01-20", "2025-1-20"]
        {
            assert_eq!(text.parse::<PeriodEnd>(), Err(PeriodEndFault), "{text}");
        }
    }
}
