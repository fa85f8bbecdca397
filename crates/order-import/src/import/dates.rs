//! Dates in cells: ISO, or the one format that a request declares (`docs/spec/import.md`, "Dates").

use std::fmt::Write as _;

use chrono::format::{Item, StrftimeItems};
use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime};

/// The format of a file's dates.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum DateFormat {
    /// `2024-07-01` (ISO 8601).
    #[default]
    Iso,
    /// A declared strftime pattern such as `%d.%m.%Y`.
    Strftime(Box<str>),
}

/// A pattern that can't be used to read dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is no strftime pattern that names a day, month and year; write it like %d.%m.%Y")]
pub struct DateFormatFault;

/// Why a text is no valid date.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DateFault {
    /// It has another form, or the day does not exist.
    #[error("is not a date written like {0}")]
    NotADate(String),
    /// It has a time of day, and a due date is a whole day.
    #[error("has a time of day other than midnight; send the day alone")]
    NotMidnight,
    /// Its year is before 1900 or after 9999.
    #[error("must be between the years 1900 and 9999")]
    OutOfRange,
}

impl DateFormat {
    /// Creates a format from a strftime pattern that names a whole date.
    ///
    /// # Errors
    /// When the pattern is malformed, or does not distinguish all dates.
    pub fn try_new(pattern: &str) -> Result<Self, DateFormatFault> {
        let malformed = StrftimeItems::new(pattern).any(|item| matches!(item, Item::Error));
        if malformed || pattern.len() > 64 {
            return Err(DateFormatFault);
        }
        let format = Self::Strftime(pattern.into());
        let is_unambiguous = ["2024-02-29", "1987-11-03"].iter().all(|sample| {
            let date: Option<NaiveDate> = sample.parse().ok();
            date.is_some_and(|date| {
                format.write(date).and_then(|text| format.parse(&text)) == Some(date.into())
            })
        });
        if is_unambiguous { Ok(format) } else { Err(DateFormatFault) }
    }

    /// Reads a date.
    ///
    /// # Errors
    /// When the text has another form, or a year before 1900 or after 9999.
    pub fn read(&self, text: &str) -> Result<NaiveDate, DateFault> {
        let time = self.parse(text.trim()).ok_or_else(|| DateFault::NotADate(self.example()))?;
        let date = time.date();
        if time.time() != NaiveTime::MIN {
            return Err(DateFault::NotMidnight);
        }
        if (1900..=9999).contains(&date.year()) { Ok(date) } else { Err(DateFault::OutOfRange) }
    }

    /// The day with its time: midnight, where the text has none.
    #[expect(clippy::disallowed_methods, reason = "the request declares the form; `read` checks the year")]
    fn parse(&self, text: &str) -> Option<NaiveDateTime> {
        match self {
            Self::Iso => parse_iso(text),
            Self::Strftime(pattern) => {
                let has_time = write!(String::new(), "{}", NaiveDate::default().format(pattern)).is_err();
                match has_time {
                    true => NaiveDateTime::parse_from_str(text, pattern).ok(),
                    false => NaiveDate::parse_from_str(text, pattern).ok().map(NaiveDateTime::from),
                }
            }
        }
    }

    fn write(&self, date: NaiveDate) -> Option<String> {
        let pattern = if let Self::Strftime(pattern) = self { pattern } else { "%Y-%m-%d" };
        let mut text = String::new();
        write!(text, "{}", NaiveDateTime::from(date).format(pattern)).ok()?;
        Some(text)
    }

    fn example(&self) -> String {
        NaiveDate::from_ymd_opt(2024, 7, 1).and_then(|date| self.write(date)).unwrap_or_default()
    }
}

/// Exactly `YYYY-MM-DD`, or that with a time of day as spreadsheets write it: chrono alone would also take `2024-7-1` and
/// a signed year.
fn parse_iso(text: &str) -> Option<NaiveDateTime> {
    let (day, time) = text.split_at_checked(10).unwrap_or((text, ""));
    let digits_and_dashes = day.bytes().enumerate().all(|(at, byte)| match at {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    });
    let day: NaiveDate = day.parse().ok().filter(|_| digits_and_dashes && day.len() == 10)?;
    if time.is_empty() {
        return Some(day.into());
    }
    let time = time.strip_prefix([' ', 'T']).filter(|time| time.len() >= 8)?;
    NaiveTime::parse_from_str(time, "%H:%M:%S%.f").ok().map(|time| day.and_time(time))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn iso_dates_are_read_exactly() {
        for (text, good) in [
            ("2024-07-01", true),
            (" 2024-02-29 ", true),
            ("2023-02-29", false),
            ("2024-7-1", false),
            ("01.07.2024", false),
            ("2024-07-01T00:00:00Z", false),
            ("2024-07-01 0:00", false),
            ("+024-07-01", false),
            ("1899-12-31", false),
        ] {
            assert_eq!(
                DateFormat::Iso.read(text).map(|date| date.to_string()).ok(),
                good.then(|| text.trim().into())
            );
        }
    }

    #[test]
    fn a_declared_pattern_is_the_only_one_taken() {
        let format = DateFormat::try_new("%d.%m.%Y").unwrap();
        assert_eq!(format.read("01.07.2024").unwrap().to_string(), "2024-07-01");
        assert_eq!(format.read("2024-07-01"), Err(DateFault::NotADate("01.07.2024".into())));
        assert_eq!(format.read("01.07.0024"), Err(DateFault::OutOfRange));
    }

    #[test]
    fn a_time_of_day_is_taken_where_it_is_midnight() {
        let declared = DateFormat::try_new("%d.%m.%Y %H:%M:%S").unwrap();
        for (format, midnight, noon) in [
            (&DateFormat::Iso, "2026-12-24 00:00:00", "2026-12-24 12:00:00"),
            (&DateFormat::Iso, "2026-12-24T00:00:00.000", "2026-12-24T00:00:01"),
            (&declared, "24.12.2026 00:00:00", "24.12.2026 12:00:00"),
        ] {
            assert_eq!(format.read(midnight).unwrap().to_string(), "2026-12-24", "{midnight}");
            assert_eq!(format.read(noon), Err(DateFault::NotMidnight), "{noon}");
        }
    }

    #[test]
    fn a_pattern_must_name_a_whole_date() {
        for pattern in ["%d.%m", "%H:%M", "%Y-%m-%d %H", "%Q", "", "heute", "%"] {
            assert_eq!(DateFormat::try_new(pattern), Err(DateFormatFault), "{pattern}");
        }
        for pattern in ["%m/%d/%Y", "%Y%m%d", "%d %B %Y", "%F", "%j/%Y"] {
            assert!(DateFormat::try_new(pattern).is_ok_and(|format| format != DateFormat::Iso), "{pattern}");
        }
    }
}
