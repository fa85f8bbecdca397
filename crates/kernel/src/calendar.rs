//! The years that times may lie in, 1 to 9999: RFC 3339 has no others (`docs/spec/common.md`, "Time").

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};

/// The first moment of the calendar.
pub const FIRST: DateTime<Utc> = first_of(1);

/// The first moment after it.
pub const END: DateTime<Utc> = first_of(10_000);

/// A time before the year 1 or after the year 9999, in coordinated universal time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must lie in the years 1 to 9999, in UTC")]
pub struct OutsideCalendar;

/// The moment, if it lies within the calendar.
///
/// # Errors
/// When it does not.
pub fn within(moment: DateTime<Utc>) -> Result<DateTime<Utc>, OutsideCalendar> {
    if (FIRST..END).contains(&moment) { Ok(moment) } else { Err(OutsideCalendar) }
}

const fn first_of(year: i32) -> DateTime<Utc> {
    match NaiveDate::from_ymd_opt(year, 1, 1) {
        Some(date) => date.and_time(NaiveTime::MIN).and_utc(),
        None => DateTime::UNIX_EPOCH,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;

    #[test]
    fn the_calendar_has_the_years_1_to_9999() {
        let text = |moment: DateTime<Utc>| moment.to_rfc3339();
        let last = END - TimeDelta::microseconds(1);
        assert_eq!(text(FIRST), "0001-01-01T00:00:00+00:00");
        assert_eq!(text(last), "9999-12-31T23:59:59.999999+00:00");
        assert_eq!(within(FIRST), Ok(FIRST));
        assert_eq!(within(last), Ok(last));
        assert_eq!(within(END), Err(OutsideCalendar));
        assert_eq!(within(FIRST - TimeDelta::microseconds(1)), Err(OutsideCalendar));
    }
}
