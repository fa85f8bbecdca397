//! Periods that lists are filtered by, given as days or as instants.

use std::str::FromStr;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use crate::error::{Fault, StoreError};
use crate::id::TeamId;
use crate::team_locale::TeamLocales;
use crate::zone::TimeZone;

/// One end of a period in a request: an instant (RFC 3339), or a whole day of the team.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    Instant(DateTime<Utc>),
    /// The whole day, in the team's zone.
    Day(NaiveDate),
}

/// A text that is neither a date nor an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a date such as 2025-01-20, or a time with its offset such as 2025-01-20T08:00:00Z")]
pub struct BoundFault;

/// A period that ends before it begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must not be before the period begins")]
pub struct EmptyPeriod;

/// The time from `from` until before `before`; a missing end is open.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Period {
    /// The first moment in it.
    pub from: Option<DateTime<Utc>>,
    /// The first moment after it.
    pub before: Option<DateTime<Utc>>,
}

/// A period as requested, both ends included.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PeriodRequest {
    pub from: Option<Bound>,
    pub to: Option<Bound>,
    /// The name of the request's parameter for its end.
    pub end: &'static str,
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

    /// The intersection of all requested periods, with days in the team's zone; the inner error names every one that ends
    /// before it begins.
    ///
    /// # Errors
    /// When the team's time zone can't be read.
    pub async fn read(
        requests: &[PeriodRequest],
        terms: &dyn TeamLocales,
        team: TeamId,
    ) -> Result<Result<Self, Vec<Fault>>, StoreError> {
        let mut bounds = requests.iter().flat_map(|request| [request.from, request.to]).flatten();
        let names_a_day = bounds.any(|bound| matches!(bound, Bound::Day(_)));
        let zone = if names_a_day { terms.zone(team).await? } else { TimeZone::UTC };
        let (mut all, mut faults) = (Self::default(), Vec::new());
        for request in requests {
            match Self::of(request.from, request.to, zone) {
                Ok(period) => all = all.and(period),
                Err(fault) => faults.push(Fault::new(request.end, "OUT_OF_RANGE", fault.to_string())),
            }
        }
        Ok(if faults.is_empty() { Ok(all) } else { Err(faults) })
    }

    /// The intersection of both.
    fn and(self, other: Self) -> Self {
        Self {
            from: self.from.max(other.from),
            before: [self.before, other.before].into_iter().flatten().min(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::Id;
    use crate::team_locale::MockTeamLocales;

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

    /// What is read of periods in a team whose days are those of Warsaw; instants are read without reading its locale.
    fn read(requests: &[PeriodRequest], asks: usize) -> Result<Period, Vec<(String, String)>> {
        let mut terms = MockTeamLocales::new();
        let zone = "Europe/Warsaw".parse().unwrap();
        terms.expect_zone().times(asks).returning(move |_| Ok(zone));
        let read = pollster::block_on(Period::read(requests, &terms, Id::new(uuid::Uuid::nil())));
        let told = |fault: Fault| (fault.field.into_owned(), fault.message.into_owned());
        read.unwrap().map_err(|faults| faults.into_iter().map(told).collect())
    }

    #[test]
    fn what_a_list_is_asked_for_lies_in_all_of_its_periods_and_every_empty_one_is_named() {
        let request = |from: &str, to: &str, end| {
            let bound = |text: &str| (!text.is_empty()).then(|| text.parse().unwrap());
            PeriodRequest { from: bound(from), to: bound(to), end }
        };
        let at = |text: &str| Some(text.parse().unwrap());
        assert_eq!(read(&[], 0), Ok(Period::default()));
        let both =
            [request("2024-07-01", "2024-07-31", "endDate"), request("2024-07-15", "", "orderEndDate")];
        let expected = Period { from: at("2024-07-14T22:00:00Z"), before: at("2024-07-31T22:00:00Z") };
        assert_eq!(read(&both, 1), Ok(expected));
        let instant = [request("2024-07-01T08:00:00Z", "", "endDate")];
        assert_eq!(read(&instant, 0), Ok(Period { from: at("2024-07-01T08:00:00Z"), before: None }));
        let empty =
            [request("2024-07-02", "2024-07-01", "endDate"), request("2024-07-02", "2024-07-01", "toDate")];
        let told = |end: &str| (end.to_owned(), "must not be before the period begins".to_owned());
        assert_eq!(read(&empty, 1), Err(vec![told("endDate"), told("toDate")]));
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
