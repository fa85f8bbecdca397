//! Dates in cells: ISO, or the one format that a request declares (`docs/spec/import.md`, "Dates").

use std::fmt::Write as _;

use chrono::format::{Item, StrftimeItems};
use chrono::{Datelike, NaiveDate};

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
            date.is_some_and(|date| format.write(date).and_then(|text| format.parse(&text)) == Some(date))
        });
        if is_unambiguous { Ok(format) } else { Err(DateFormatFault) }
    }

    /// Reads a date.
    ///
    /// # Errors
    /// When the text has another form, or a year before 1900 or after 9999.
    pub fn read(&self, text: &str) -> Result<NaiveDate, DateFault> {
        let date = self.parse(text.trim()).ok_or_else(|| DateFault::NotADate(self.example()))?;
        if (1900..=9999).contains(&date.year()) { Ok(date) } else { Err(DateFault::OutOfRange) }
    }

    fn parse(&self, text: &str) -> Option<NaiveDate> {
        match self {
            Self::Iso => parse_iso(text),
            Self::Strftime(pattern) => NaiveDate::parse_from_str(text, pattern).ok(),
        }
    }

    fn write(&self, date: NaiveDate) -> Option<String> {
        let pattern = if let Self::Strftime(pattern) = self { pattern } else { "%Y-%m-%d" };
        let mut text = String::new();
        write!(text, "{}", date.format(pattern)).ok()?;
        Some(text)
    }

    fn example(&self) -> String {
        NaiveDate::from_ymd_opt(2024, 7, 1).and_then(|date| self.write(date)).unwrap_or_default()
    }
}

/// Exactly `YYYY-MM-DD`: chrono alone would also take `2024-7-1` and a signed year.
fn parse_iso(text: &str) -> Option<NaiveDate> {
    let digits_and_dashes = text.bytes().enumerate().all(|(at, byte)| match at {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    });
    if text.len() == 10 && digits_and_dashes { text.parse().ok() } else { None }
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
    fn a_pattern_must_name_a_whole_date() {
        for pattern in ["%d.%m", "%H:%M", "%Y-%m-%d %H", "%Q", "", "heute", "%"] {
            assert_eq!(DateFormat::try_new(pattern), Err(DateFormatFault), "{pattern}");
        }
        for pattern in ["%m/%d/%Y", "%Y%m%d", "%d %B %Y", "%F", "%j/%Y"] {
            assert!(DateFormat::try_new(pattern).is_ok_and(|format| format != DateFormat::Iso), "{pattern}");
        }
    }
}
