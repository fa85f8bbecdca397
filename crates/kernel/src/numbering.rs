//! Numbers of documents: per team, counted from 1 in each period (`docs/spec/common.md`, "Document numbers").

use chrono::{DateTime, Datelike as _, Utc};

use crate::zone::TimeZone;

/// Which counter a number comes from, and how it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series {
    /// The kind of document; each has counters of its own.
    pub kind: &'static str,
    /// The period it counts within.
    pub period: String,
    /// The text before the count.
    pub prefix: String,
    /// Digits at least; the count is padded to them and grows past them.
    pub width: u32,
}

impl Series {
    /// Numbers such as `ORD-2025-001`, of the year it is in the team's zone.
    pub fn yearly(kind: &'static str, code: &str, at: DateTime<Utc>, zone: TimeZone) -> Self {
        let year = zone.date(at).year();
        Self { kind, period: year.to_string(), prefix: format!("{code}-{year}-"), width: 3 }
    }

    /// Numbers such as `TKT-202410-001`, of the month it is in the team's zone.
    pub fn monthly(kind: &'static str, code: &str, at: DateTime<Utc>, zone: TimeZone) -> Self {
        let month = zone.date(at).format("%Y%m").to_string();
        Self { kind, prefix: format!("{code}-{month}-"), period: month, width: 3 }
    }

    /// Numbers such as `ORD-20241201-0001`, of the day it is in the team's zone.
    pub fn daily(kind: &'static str, code: &str, at: DateTime<Utc>, zone: TimeZone) -> Self {
        let day = zone.date(at).format("%Y%m%d").to_string();
        Self { kind, prefix: format!("{code}-{day}-"), period: day, width: 4 }
    }

    /// The number with that count.
    pub fn number(&self, count: u64) -> String {
        format!("{}{count:0width$}", self.prefix, width = self.width as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_daily_number_is_of_the_teams_day_and_its_ten_thousandth_is_wider() {
        let late: DateTime<Utc> = "2024-11-30T23:30:00Z".parse().unwrap();
        let of = |zone: &str| Series::daily("pos_order", "ORD", late, zone.parse().unwrap());
        let found = [of("UTC").number(1), of("Europe/Warsaw").number(9999), of("UTC").number(10000)];
        assert_eq!(found, ["ORD-20241130-0001", "ORD-20241201-9999", "ORD-20241130-10000"]);
        assert_eq!(of("Europe/Warsaw").period, "20241201");
    }

    #[test]
    fn a_monthly_number_is_of_the_teams_month() {
        let late: DateTime<Utc> = "2024-10-31T23:30:00Z".parse().unwrap();
        let of = |zone: &str| Series::monthly("ticket", "TKT", late, zone.parse().unwrap());
        assert_eq!(
            [of("UTC").number(1), of("Europe/Warsaw").number(1000)],
            ["TKT-202410-001", "TKT-202411-1000"]
        );
        assert_eq!(of("Europe/Warsaw").period, "202411");
    }

    #[test]
    fn a_yearly_number_is_of_the_teams_year_padded_to_three_digits_and_grows_past_them() {
        let last_minutes_of_2024: DateTime<Utc> = "2024-12-31T23:30:00Z".parse().unwrap();
        let of = |zone: &str| {
            Series::yearly("manufacturing_order", "ORD", last_minutes_of_2024, zone.parse().unwrap())
        };
        let found = [of("UTC").number(1), of("Europe/Warsaw").number(999), of("UTC").number(1000)];
        assert_eq!(found, ["ORD-2024-001", "ORD-2025-999", "ORD-2024-1000"]);
        assert_eq!((of("UTC").period, of("Europe/Warsaw").period), ("2024".into(), "2025".into()));
    }
}
