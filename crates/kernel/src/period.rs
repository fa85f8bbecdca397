//! Periods that lists are filtered by, given as days or as instants.

use std::str::FromStr;

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta, Utc};

use crate::calendar::{self, MomentFault, OutsideCalendar};
use crate::error::StoreError;
use crate::id::TeamId;
use crate::team_locale::TeamLocales;
use crate::zone::TimeZone;

/// One end of a period in a request: an instant (RFC 3339), a time on the team's clocks, or a whole day of the team.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    Instant(DateTime<Utc>),
    /// In the team's zone.
    Local(NaiveDateTime),
    /// The whole day, in the team's zone.
    Day(NaiveDate),
}

/// Why a text is no end of a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BoundFault {
    #[error(
        "must be a date such as 2025-01-20, or a time with its offset such as 2025-01-20T08:00:00Z, of the years 0001 to 9999"
    )]
    Malformed,
    #[error(transparent)]
    Outside(#[from] OutsideCalendar),
}

/// A period that ends before it begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must not be before the period begins")]
pub struct EmptyPeriod;

/// The places, among those requested, of the periods that end before they begin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a period ends before it begins")]
pub struct EmptyPeriods(pub Vec<usize>);

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
}

impl FromStr for Bound {
    type Err = BoundFault;

    fn from_str(text: &str) -> Result<Self, BoundFault> {
        match calendar::written_moment(text) {
            Ok(moment) => return Ok(Self::Instant(moment)),
            Err(MomentFault::Outside(fault)) => return Err(fault.into()),
            Err(MomentFault::Malformed) => {}
        }
        let local = calendar::local_time(text).map(Self::Local);
        local.or_else(|| calendar::day(text).ok().map(Self::Day)).ok_or(BoundFault::Malformed)
    }
}

impl Period {
    /// The period from one end to the other, both included, within the calendar: an end past it is open.
    ///
    /// # Errors
    /// When it ends before it begins.
    pub fn of(from: Option<Bound>, to: Option<Bound>, zone: TimeZone) -> Result<Self, EmptyPeriod> {
        let from = from.and_then(|bound| match bound {
            Bound::Instant(moment) => Some(moment),
            Bound::Local(time) => zone.instants(time).map(|(first, _)| first),
            Bound::Day(date) => zone.day(date).map(|(first, _)| first),
        });
        let before = to.and_then(|bound| match bound {
            Bound::Instant(moment) => moment.checked_add_signed(TimeDelta::microseconds(1)),
            Bound::Local(time) => zone.instants(time).map(|(_, last)| last + TimeDelta::microseconds(1)),
            Bound::Day(date) => zone.day(date).map(|(_, last)| last + TimeDelta::seconds(1)),
        });
        let last = calendar::END - TimeDelta::microseconds(1);
        let from = from.filter(|from| *from > calendar::FIRST).map(|from| from.min(last));
        let before =
            before.filter(|before| *before < calendar::END).map(|before| before.max(calendar::FIRST));
        if from.zip(before).is_some_and(|(from, before)| before <= from) {
            return Err(EmptyPeriod);
        }
        Ok(Self { from, before })
    }

    /// The intersection of all requested periods, with days in the team's zone; the inner error has the place of
    /// every one that ends before it begins.
    ///
    /// # Errors
    /// When the team's time zone can't be read.
    pub async fn read(
        requests: &[PeriodRequest],
        terms: &dyn TeamLocales,
        team: TeamId,
    ) -> Result<Result<Self, EmptyPeriods>, StoreError> {
        let mut bounds = requests.iter().flat_map(|request| [request.from, request.to]).flatten();
        let is_local = bounds.any(|bound| !matches!(bound, Bound::Instant(_)));
        let zone = if is_local { terms.zone(team).await? } else { TimeZone::UTC };
        let (mut all, mut empty) = (Self::default(), Vec::new());
        for (place, request) in requests.iter().enumerate() {
            match Self::of(request.from, request.to, zone) {
                Ok(period) => all = all.and(period),
                Err(EmptyPeriod) => empty.push(place),
            }
        }
        Ok(if empty.is_empty() { Ok(all) } else { Err(EmptyPeriods(empty)) })
    }

    /// Whether a moment lies in it.
    pub fn holds(&self, moment: DateTime<Utc>) -> bool {
        self.from.is_none_or(|from| moment >= from) && self.before.is_none_or(|before| moment < before)
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
    fn read(requests: &[PeriodRequest], asks: usize) -> Result<Period, EmptyPeriods> {
        let mut terms = MockTeamLocales::new();
        let zone = "Europe/Warsaw".parse().unwrap();
        terms.expect_zone().times(asks).returning(move |_| Ok(zone));
        let read = pollster::block_on(Period::read(requests, &terms, Id::new(uuid::Uuid::nil())));
        read.unwrap()
    }

    #[test]
    fn a_list_lies_in_all_of_its_periods_and_every_empty_one_is_named() {
        let request = |from: &str, to: &str| {
            let bound = |text: &str| (!text.is_empty()).then(|| text.parse().unwrap());
            PeriodRequest { from: bound(from), to: bound(to) }
        };
        let at = |text: &str| Some(text.parse().unwrap());
        assert_eq!(read(&[], 0), Ok(Period::default()));
        let both = [request("2024-07-01", "2024-07-31"), request("2024-07-15", "")];
        let expected = Period { from: at("2024-07-14T22:00:00Z"), before: at("2024-07-31T22:00:00Z") };
        assert_eq!(read(&both, 1), Ok(expected));
        let instant = [request("2024-07-01T08:00:00Z", "")];
        assert_eq!(read(&instant, 0), Ok(Period { from: at("2024-07-01T08:00:00Z"), before: None }));
        let empty = request("2024-07-02", "2024-07-01");
        assert_eq!(read(&[empty, both[0], empty], 1), Err(EmptyPeriods(vec![0, 2])));
    }

    #[test]
    fn a_time_without_an_offset_is_read_on_the_teams_clocks() {
        // at 02:00 on 31 March clocks go on to 03:00; on 27 October at 03:00 they go back to 02:00
        for (from, to, expected) in [
            (
                "2024-07-01T10:00:00",
                "2024-07-01T10:00",
                ("2024-07-01T08:00:00.000000", "2024-07-01T08:00:00.000001"),
            ),
            (
                "2024-03-31T02:30:00",
                "2024-03-31T02:30:00",
                ("2024-03-31T01:00:00.000000", "2024-03-31T01:00:00.000001"),
            ),
            (
                "2024-10-27T02:30:00",
                "2024-10-27T02:30:00",
                ("2024-10-27T00:30:00.000000", "2024-10-27T01:30:00.000001"),
            ),
        ] {
            let (found_from, found_before) = period(Some(from), Some(to)).unwrap();
            assert_eq!(
                (found_from.as_deref(), found_before.as_deref()),
                (Some(expected.0), Some(expected.1))
            );
        }
    }

    #[test]
    fn an_end_past_the_calendar_is_open() {
        assert_eq!(period(Some("0001-01-01"), Some("9999-12-31T23:59:59-05:00")), Ok((None, None)));
        let last = Some("9999-12-31T22:00:00.000000".to_owned());
        assert_eq!(period(None, Some("9999-12-30")).unwrap().1, Some("9999-12-30T23:00:00.000000".into()));
        assert_eq!(period(Some("9999-12-31T22:00:00Z"), Some("9999-12-31")).unwrap().0, last);
        let beyond = period(Some("9999-12-31T23:59:59-12:00"), None).unwrap().0;
        assert_eq!(beyond, Some("9999-12-31T23:59:59.999999".into()));
        let before = period(None, Some("0001-01-01T00:00:00+12:00")).unwrap().1;
        assert_eq!(before, Some("0001-01-01T00:00:00.000000".into()));
    }

    #[test]
    fn what_is_neither_date_nor_time_is_refused() {
        for text in [
            "",
            "today",
            "2024-7-1",
            "2024-02-30",
            "01.07.2024",
            "2024-07-01T8:00:00",
            "2024-07-01 08:00",
            "12024-07-01",
            "+12024-07-01",
            "-0001-07-01",
            "0000-07-01",
            "0000-07-01T08:00:00",
        ] {
            assert_eq!(text.parse::<Bound>(), Err(BoundFault::Malformed), "{text}");
        }
        for text in ["0000-07-01T08:00:00Z", "+12024-07-01T08:00:00Z", "-0001-07-01T08:00:00Z"] {
            assert_eq!(text.parse::<Bound>(), Err(BoundFault::Outside(OutsideCalendar)), "{text}");
        }
    }

    #[test]
    fn a_leap_second_is_the_moment_after_it() {
        for text in ["2016-12-31T23:59:60Z", "2017-01-01T00:59:60"] {
            let found = period(Some(text), Some(text)).unwrap();
            let expected = ("2017-01-01T00:00:00.000000".into(), "2017-01-01T00:00:00.000001".into());
            assert_eq!(found, (Some(expected.0), Some(expected.1)), "{text}");
        }
    }
}
