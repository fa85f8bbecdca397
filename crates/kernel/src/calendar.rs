//! The years that times may lie in, 1 to 9999, as RFC 3339 has no others, and the one way to read times and days from
//! texts (`docs/spec/common.md`, "Time"). A clippy rule bans other ways.

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};

/// The first moment of the calendar.
pub const FIRST: DateTime<Utc> = first_of(1);

/// The first moment after it.
pub const END: DateTime<Utc> = first_of(10_000);

/// A time before the year 1 or after the year 9999, in coordinated universal time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must lie between 0001-01-01T00:00:00Z and 9999-12-31T23:59:59Z")]
pub struct OutsideCalendar;

/// Why a text is no moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MomentFault {
    #[error("must be a time with its offset, such as 2025-01-20T08:00:00Z")]
    Malformed,
    #[error(transparent)]
    Outside(#[from] OutsideCalendar),
}

/// A text that is no day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a date, YYYY-MM-DD, from 0001-01-01 to 9999-12-31")]
pub struct DayFault;

/// The moment, if it lies within the calendar.
///
/// # Errors
/// When it does not.
pub fn within(moment: DateTime<Utc>) -> Result<DateTime<Utc>, OutsideCalendar> {
    if (FIRST..END).contains(&moment) { Ok(moment) } else { Err(OutsideCalendar) }
}

/// A moment later, if it lies within the calendar too.
///
/// # Errors
/// When it does not.
pub fn after(moment: DateTime<Utc>, time: TimeDelta) -> Result<DateTime<Utc>, OutsideCalendar> {
    moment.checked_add_signed(time).ok_or(OutsideCalendar).and_then(within)
}

/// Reads a moment (RFC 3339) to the microsecond, as it is stored, so that it is answered the same before and after. A leap
/// second is the moment after it.
///
/// # Errors
/// When it has another form, or lies outside the calendar.
pub fn moment(text: &str) -> Result<DateTime<Utc>, MomentFault> {
    Ok(within(written_moment(text)?)?)
}

/// The same, where its offset may take it out of the calendar.
pub(crate) fn written_moment(text: &str) -> Result<DateTime<Utc>, MomentFault> {
    #[expect(clippy::disallowed_methods, reason = "this is where moments are read")]
    let written = DateTime::parse_from_rfc3339(text);
    // of another form are years of five digits and years before 0, which deserve to be told so
    let of_any_year = || text.parse::<DateTime<FixedOffset>>().ok().filter(|moment| !has_year(*moment));
    let moment = written.ok().or_else(of_any_year).ok_or(MomentFault::Malformed)?;
    if !has_year(moment) {
        return Err(OutsideCalendar.into());
    }
    DateTime::from_timestamp_micros(moment.timestamp_micros()).ok_or(MomentFault::Malformed)
}

/// Reads a date and a time of day without an offset, such as `2025-01-20T08:00:00`.
pub(crate) fn local_time(text: &str) -> Option<NaiveDateTime> {
    let forms = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%dT%H:%M"].into_iter();
    #[expect(clippy::disallowed_methods, reason = "this is where times are read")]
    let time = forms.map(|form| NaiveDateTime::parse_from_str(text, form)).find_map(Result::ok)?;
    // chrono takes hours of one digit too, and years of five
    let has_form = has_year(time) && text.starts_with(&time.format("%Y-%m-%dT%H:%M").to_string());
    DateTime::from_timestamp_micros(time.and_utc().timestamp_micros())
        .filter(|_| has_form)
        .map(|moment| moment.naive_utc())
}

/// Reads a day in its one form, `YYYY-MM-DD`.
///
/// # Errors
/// When it has another form, or lies outside the calendar.
pub fn day(text: &str) -> Result<NaiveDate, DayFault> {
    #[expect(clippy::disallowed_methods, reason = "this is where days are read")]
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").map_err(|_| DayFault)?;
    // chrono takes 2025-1-5 too
    if has_year(day) && day.to_string() == text { Ok(day) } else { Err(DayFault) }
}

/// Whether the calendar has the year.
fn has_year(date: impl Datelike) -> bool {
    (1..=9999).contains(&date.year())
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

    #[test]
    fn a_moment_is_read_to_the_microsecond_and_lies_within_the_calendar() {
        let outside = Err(OutsideCalendar.to_string());
        let malformed = Err(MomentFault::Malformed.to_string());
        let read =
            |text: &str| moment(text).map(|moment| moment.to_rfc3339()).map_err(|fault| fault.to_string());
        for (text, expected) in [
            ("2025-01-20T09:00:00.1234567+01:00", Ok("2025-01-20T08:00:00.123456+00:00".to_owned())),
            ("0001-01-01T00:00:00Z", Ok("0001-01-01T00:00:00+00:00".to_owned())),
            ("9999-12-31T23:59:59.999999999Z", Ok("9999-12-31T23:59:59.999999+00:00".to_owned())),
            ("2016-12-31T23:59:60Z", Ok("2017-01-01T00:00:00+00:00".to_owned())),
            ("2017-01-01T00:59:60.5+01:00", Ok("2017-01-01T00:00:00.500+00:00".to_owned())),
            ("9999-12-31T23:59:60Z", outside.clone()),
            ("9999-12-31T23:59:59-00:01", outside.clone()),
            ("0001-01-01T00:00:00+00:01", outside.clone()),
            ("0000-12-31T23:59:59-12:00", outside.clone()),
            ("+10000-01-01T00:00:00Z", outside.clone()),
            ("-0001-12-31T00:00:00Z", outside.clone()),
            ("+262142-12-31T23:59:59Z", outside),
            ("+2025-01-20T08:00:00Z", malformed.clone()),
            ("2025-01-20", malformed.clone()),
            ("2025-01-20T08:00:00", malformed.clone()),
            ("", malformed),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    #[test]
    fn a_day_has_one_form_and_lies_within_the_calendar() {
        for text in ["0001-01-01", "2024-02-29", "9999-12-31"] {
            assert_eq!(day(text).map(|day| day.to_string()), Ok(text.into()));
        }
        for text in [
            "0000-12-31",
            "+10000-01-01",
            "10000-01-01",
            "-0001-01-01",
            "2025-02-29",
            "2025-1-5",
            " 2025-01-05",
        ] {
            assert_eq!(day(text), Err(DayFault), "{text}");
        }
    }

    #[test]
    fn a_moment_later_lies_within_the_calendar_too() {
        let day = TimeDelta::days(1);
        assert_eq!(
            after(FIRST, day).map(|moment| moment.to_rfc3339()),
            Ok("0001-01-02T00:00:00+00:00".into())
        );
        assert_eq!(after(END - day, day), Err(OutsideCalendar));
        assert_eq!(after(END - day, TimeDelta::MAX), Err(OutsideCalendar));
    }
}
