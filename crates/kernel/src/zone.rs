//! A team's time zone, and the days in it.

use std::fmt;
use std::str::FromStr;

use chrono::{
    DateTime, Days, DurationRound as _, MappedLocalTime, NaiveDate, NaiveDateTime, NaiveTime, Offset as _,
    TimeDelta, TimeZone as _, Utc,
};
use chrono_tz::Tz;

/// An IANA time zone, such as `Europe/Warsaw`; `UTC` by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeZone(Tz);

/// A name that the IANA database does not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no time zone; use an IANA name such as Europe/Warsaw")]
pub struct UnknownTimeZone(String);

impl TimeZone {
    /// Coordinated universal time.
    pub const UTC: Self = Self(Tz::UTC);

    /// The IANA name.
    pub fn name(self) -> &'static str {
        self.0.name()
    }

    /// The first and the last whole second of a day here; `None` of a day that clocks skipped, and past the calendar's end.
    ///
    /// A day with a clock change is longer or shorter.
    pub fn day(self, date: NaiveDate) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
        let midnight = |date: NaiveDate| Some(self.instants(date.and_time(NaiveTime::MIN))?.0);
        let (first, next) = (midnight(date)?, midnight(date.checked_add_days(Days::new(1))?)?);
        (first < next).then(|| (first, next - TimeDelta::seconds(1)))
    }

    /// The first and the last moment at which clocks here show a time: two where they go back over it. Where they skip it,
    /// both are the moment they do. `None` past the calendar's end.
    pub fn instants(self, time: NaiveDateTime) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
        match self.0.from_local_datetime(&time) {
            MappedLocalTime::Single(moment) => Some((moment.to_utc(), moment.to_utc())),
            MappedLocalTime::Ambiguous(first, last) => Some((first.to_utc(), last.to_utc())),
            MappedLocalTime::None => {
                let offset = |moment: NaiveDateTime| self.0.offset_from_utc_datetime(&moment).fix();
                // by the offset of two days before, for a whole day may be skipped, the time lies past the jump
                let before = offset(time.checked_sub_days(Days::new(2))?);
                let quarter = TimeDelta::minutes(15);
                let past = (time - before).duration_trunc(quarter).ok()?;
                let quarters = (0..=100).map(|count| past - quarter * count);
                let jump = quarters.take_while(|moment| offset(*moment) != before).last()?.and_utc();
                Some((jump, jump))
            }
        }
    }

    /// The local date at a moment.
    pub fn date(self, moment: DateTime<Utc>) -> NaiveDate {
        moment.with_timezone(&self.0).date_naive()
    }
}

impl Default for TimeZone {
    fn default() -> Self {
        Self::UTC
    }
}

impl FromStr for TimeZone {
    type Err = UnknownTimeZone;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        name.parse().map(Self).map_err(|_| UnknownTimeZone(name.chars().take(64).collect()))
    }
}

impl fmt::Display for TimeZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(zone: &str, date: &str) -> (String, String) {
        let zone: TimeZone = zone.parse().unwrap();
        let (from, until) = zone.day(date.parse().unwrap()).unwrap();
        (from.to_rfc3339(), until.to_rfc3339())
    }

    #[test]
    fn a_day_runs_from_midnight_to_the_second_before_the_next_in_the_zone() {
        let expected = ("2024-06-30T22:00:00+00:00".into(), "2024-07-01T21:59:59+00:00".into());
        assert_eq!(day("Europe/Warsaw", "2024-07-01"), expected);
    }

    #[test]
    fn a_day_whose_midnight_a_clock_change_skips_begins_after_the_change() {
        let expected = ("2018-11-04T03:00:00+00:00".into(), "2018-11-05T01:59:59+00:00".into());
        assert_eq!(day("America/Sao_Paulo", "2018-11-04"), expected);
    }

    #[test]
    fn a_day_that_clocks_skipped_is_none_and_its_neighbours_are_whole() {
        let apia: TimeZone = "Pacific/Apia".parse().unwrap();
        assert_eq!(apia.day("2011-12-30".parse().unwrap()), None);
        let before = ("2011-12-29T10:00:00+00:00".into(), "2011-12-30T09:59:59+00:00".into());
        assert_eq!(day("Pacific/Apia", "2011-12-29"), before);
        let after = ("2011-12-30T10:00:00+00:00".into(), "2011-12-31T09:59:59+00:00".into());
        assert_eq!(day("Pacific/Apia", "2011-12-31"), after);
    }

    #[test]
    fn the_last_moment_of_a_day_is_of_that_date() {
        let zone: TimeZone = "Pacific/Auckland".parse().unwrap();
        let date: NaiveDate = "2024-07-01".parse().unwrap();
        let (from, until) = zone.day(date).unwrap();
        assert_eq!((zone.date(from), zone.date(until)), (date, date));
    }

    #[test]
    fn a_time_that_clocks_skip_is_the_moment_they_do() {
        for (zone, time, expected) in [
            ("Europe/Warsaw", "2024-03-31T02:59:59", "2024-03-31T01:00:00+00:00"),
            ("Australia/Lord_Howe", "2024-10-06T02:10:00", "2024-10-05T15:30:00+00:00"),
            ("Pacific/Apia", "2011-12-30T00:00:00", "2011-12-30T10:00:00+00:00"),
            ("Pacific/Apia", "2011-12-30T23:59:59", "2011-12-30T10:00:00+00:00"),
            ("Pacific/Kiritimati", "1994-12-31T12:00:00", "1994-12-31T10:00:00+00:00"),
        ] {
            let zone: TimeZone = zone.parse().unwrap();
            let (first, last) = zone.instants(time.parse().unwrap()).unwrap();
            assert_eq!((first.to_rfc3339().as_str(), last), (expected, first), "{time}");
        }
    }

    #[test]
    fn an_unknown_zone_is_refused() {
        assert!("Mars/Olympus".parse::<TimeZone>().unwrap_err().to_string().contains("Mars/Olympus"));
    }
}
