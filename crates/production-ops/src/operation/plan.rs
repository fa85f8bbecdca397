use chrono::{DateTime, TimeDelta, Utc};
use kernel::calendar::{self, OutsideCalendar};
use kernel::quantity::Quantity;

use super::OperationStatus;
use crate::routing::OperationTimes;

/// An operation as a new order gets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlannedOperation {
    /// The first may begin, the others wait.
    pub status: OperationStatus,
    /// Seconds it is to take.
    pub target_seconds: i64,
    /// When it is to begin; `None` where that is not foreseen.
    pub scheduled_start: Option<DateTime<Utc>>,
}

/// Beyond a hundred years nothing is foreseen.
const HORIZON: i64 = 3_155_760_000;

/// The operations that an order of `quantity` gets of a routing's, in their order (`docs/spec/mes.md`, "Create an
/// order": target times are frozen, and each begins when the ones before it are done by them). Stores that do it in bulk MUST come to the same.
pub fn plan_operations(
    steps: &[OperationTimes],
    quantity: Quantity,
    start: Option<DateTime<Utc>>,
) -> Vec<PlannedOperation> {
    let mut before = 0_i64;
    let statuses =
        std::iter::once(OperationStatus::Pending).chain(std::iter::repeat(OperationStatus::Waiting));
    steps
        .iter()
        .zip(statuses)
        .map(|(times, status)| {
            let target_seconds = times.target_seconds(quantity);
            let scheduled_start = planned_start(start, before).ok().flatten();
            before = before.saturating_add(target_seconds);
            PlannedOperation { status, target_seconds, scheduled_start }
        })
        .collect()
}

/// Checks that operations that take so many seconds each begin within the calendar, one after the other from `start`.
///
/// # Errors
/// When one does not.
pub fn check_plan(
    target_seconds: impl IntoIterator<Item = i64>,
    start: Option<DateTime<Utc>>,
) -> Result<(), OutsideCalendar> {
    let mut before = 0_i64;
    for seconds in target_seconds {
        planned_start(start, before)?;
        before = before.saturating_add(seconds);
    }
    Ok(())
}

/// When an operation begins that has to wait for `before` seconds; `None` beyond the horizon.
fn planned_start(
    start: Option<DateTime<Utc>>,
    before: i64,
) -> Result<Option<DateTime<Utc>>, OutsideCalendar> {
    let foreseen = start.filter(|_| before <= HORIZON);
    foreseen.map(|start| calendar::after(start, TimeDelta::seconds(before))).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routing::{Minutes, RunTimeBasis};

    fn times(setup: i64, run: i64, basis: RunTimeBasis) -> OperationTimes {
        let minutes = |number: i64| Minutes::try_new(number.into()).unwrap();
        OperationTimes { setup: minutes(setup), run: minutes(run), basis }
    }

    #[test]
    fn each_begins_when_the_ones_before_it_are_done() {
        let steps = [
            times(15, 45, RunTimeBasis::PerOrder),
            times(0, 2, RunTimeBasis::PerUnit),
            times(5, 0, RunTimeBasis::PerOrder),
        ];
        let hundred = Quantity::try_new(100.into()).unwrap();
        let start = DateTime::UNIX_EPOCH;
        let found = plan_operations(&steps, hundred, Some(start));
        let at = |minutes| Some(start + TimeDelta::minutes(minutes));
        let expected = [
            (OperationStatus::Pending, 3_600, at(0)),
            (OperationStatus::Waiting, 12_000, at(60)),
            (OperationStatus::Waiting, 300, at(260)),
        ];
        let found: Vec<_> =
            found.iter().map(|it| (it.status, it.target_seconds, it.scheduled_start)).collect();
        assert_eq!(found, expected);
        assert!(plan_operations(&steps, hundred, None).iter().all(|it| it.scheduled_start.is_none()));
        assert_eq!(plan_operations(&[], hundred, Some(start)), []);
    }

    #[test]
    fn nothing_is_foreseen_beyond_a_hundred_years() {
        let most = Quantity::try_new("999999999999.999".parse().unwrap()).unwrap();
        let long = times(0, 100_000, RunTimeBasis::PerUnit);
        let found = plan_operations(&[long; 3], most, Some(DateTime::UNIX_EPOCH));
        let starts: Vec<_> = found.iter().map(|it| it.scheduled_start.is_some()).collect();
        assert_eq!(starts, [true, false, false]);
    }

    #[test]
    fn an_operation_that_would_begin_outside_the_calendar_has_no_start_and_is_told() {
        let hours = [times(60, 0, RunTimeBasis::PerOrder); 3];
        let one = Quantity::try_new(1.into()).unwrap();
        for (start, starts) in [
            ("9999-12-31T21:59:59.999999Z", [true, true, true]),
            ("9999-12-31T22:00:00Z", [true, true, false]),
            ("9999-12-31T23:59:59Z", [true, false, false]),
        ] {
            let start = start.parse().ok();
            let found = plan_operations(&hours, one, start);
            assert_eq!(found.iter().map(|it| it.scheduled_start.is_some()).collect::<Vec<_>>(), starts);
            let expected = if starts[2] { Ok(()) } else { Err(OutsideCalendar) };
            assert_eq!(check_plan(found.iter().map(|it| it.target_seconds), start), expected);
        }
        assert_eq!(check_plan([i64::MAX, i64::MAX], calendar::within(DateTime::UNIX_EPOCH).ok()), Ok(()));
    }
}
