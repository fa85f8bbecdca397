//! Whatever comes in, in whatever order.

use std::collections::BTreeMap;

use super::tests::{id, minute, registered, sample};
use super::*;
use proptest::prelude::*;

fn any_sample() -> impl Strategy<Value = Sample> {
    let status = prop::sample::select(&EquipmentStatus::ALL);
    let severity = prop::sample::select(&Severity::ALL);
    let alarms = prop::collection::btree_map(prop::sample::select(&["A", "B", "C"]), severity, 0..=3);
    (0..12i64, status, alarms, 1..3u128, prop::option::of(3..5u128)).prop_map(
        |(minutes, status, alarms, department, operation)| {
            let alarms: Vec<_> = alarms.into_iter().collect();
            Sample {
                department: id(department),
                operation: operation.map(id),
                ..sample(minutes, status, &alarms)
            }
        },
    )
}

/// Samples of moments that differ, in some order.
fn any_samples() -> impl Strategy<Value = Vec<Sample>> {
    prop::collection::vec(any_sample(), 1..12).prop_map(|samples| {
        let mut times = std::collections::BTreeSet::new();
        samples.into_iter().filter(|sample| times.insert(sample.taken_at)).collect()
    })
}

/// What equipment says after all of them, and what each that counted did.
fn after_all(samples: &[Sample]) -> (Equipment, Vec<Applied>) {
    let (first, rest) = samples.split_first().unwrap();
    let mut done = vec![registered(first)];
    for sample in rest {
        let applied = done.last().unwrap().after.report(sample, minute(200));
        done.extend(applied);
    }
    (done.last().unwrap().after.clone(), done)
}

proptest! {
    /// Whatever the order, it is as the newest sample says.
    #[test]
    fn equipment_ends_as_its_newest_sample_whatever_came_first(
        (samples, shuffled) in any_samples().prop_flat_map(|samples| (Just(samples.clone()), Just(samples).prop_shuffle()))
    ) {
        let newest = samples.iter().max_by_key(|sample| sample.taken_at).unwrap();
        for order in [&samples, &shuffled] {
            let (found, _) = after_all(order);
            let as_newest = Sample {
                department: found.department,
                status: found.status,
                operation: found.operation,
                readings: found.readings,
                alarms: found.alarms.into_iter().map(|open| open.alarm).collect(),
                taken_at: found.taken_at,
            };
            prop_assert_eq!(&as_newest, newest);
        }
    }

    /// Everything that comes a second time does nothing.
    #[test]
    fn repeating_samples_changes_nothing(samples in any_samples()) {
        let (found, _) = after_all(&samples);
        for sample in &samples {
            prop_assert_eq!(found.report(sample, minute(300)), None);
        }
    }

    /// Each change of status begins where the one before it ended, what was raised and not cleared is open, and no two
    /// events have one version.
    #[test]
    fn statuses_alarms_and_versions_fit_together(samples in any_samples()) {
        let (found, done) = after_all(&samples);
        let (mut open, mut versions) = (BTreeMap::new(), Vec::new());
        let mut status = done[0].after.status;
        for applied in &done {
            prop_assert_eq!(applied.previous_status().unwrap_or(applied.after.status), status);
            status = applied.after.status;
            for code in &applied.cleared {
                prop_assert!(open.remove(code).is_some(), "{code:?} was open");
            }
            for raised in &applied.raised {
                let before = open.insert(raised.alarm.code.clone(), raised.raised_at);
                prop_assert_eq!(before, None, "{:?} was not open", raised.alarm.code);
            }
            let events = applied.events(&kernel::clock::CountedIds::default(), minute(0)).unwrap();
            versions.extend(events.iter().map(|event| event.sequence));
        }
        let still_open: BTreeMap<_, _> =
            found.alarms.iter().map(|open| (open.alarm.code.clone(), open.raised_at)).collect();
        prop_assert_eq!(still_open, open);
        prop_assert_eq!(versions, (2..=found.version).collect::<Vec<_>>());
    }
}
