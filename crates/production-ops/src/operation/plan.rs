use chrono::{DateTime, TimeDelta, Utc};
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
    /// When it is to begin.
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
            let scheduled_start =
                start.filter(|_| before <= HORIZON).map(|start| start + TimeDelta::seconds(before));
            before = before.saturating_add(target_seconds);
            PlannedOperation { status, target_seconds, scheduled_start }
        })
        .collect()
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
}
