//! What every implementation of [`RateLimits`](crate::ports::RateLimits) must show, a suite a rule.
//!
//! [`limits_contract_tests!`](crate::limits_contract_tests) makes a test of each suite. It takes the path of a
//! function that runs the suite it is given on [`Counters`]; suites use buckets of their own.
//!
//! A suite panics when the implementation does otherwise than the port says.

use std::sync::Barrier;
use std::thread;

use chrono::{DateTime, TimeDelta, Utc};
use kernel::access::ActorRef;

use crate::limits::{Bucket, Class, Quota, Verdict};

/// One rule.
pub type Suite = fn(&dyn Counters);

/// The implementation, as threads use it that wait for each answer.
pub trait Counters: Sync {
    /// The time that windows run by.
    fn now(&self) -> DateTime<Utc>;

    /// Counts a request now.
    fn take(&self, bucket: &Bucket, quotas: &[Quota]) -> Verdict;

    /// Looks at a bucket now.
    fn peek(&self, bucket: &Bucket, quotas: &[Quota]) -> Verdict;

    /// Comes back when the moment has passed.
    fn wait_until(&self, moment: DateTime<Utc>);
}

/// Makes a test of every suite, run by the function of the path given.
#[macro_export]
macro_rules! limits_contract_tests {
    ($run:path) => {
        $crate::limits_contract_tests! {
            $run:
            a_request_counts_against_every_quota_or_none,
            a_window_begins_with_its_first_request_and_lasts_its_length,
            buckets_do_not_mix,
            each_quota_begins_anew_by_itself,
            exactly_the_limit_is_allowed_of_more_requests_at_once,
            looking_counts_nothing,
        }
    };
    ($run:path: $($suite:ident),* $(,)?) => {
        $(
            #[test]
            fn $suite() {
                $run($crate::contract::limits::$suite);
            }
        )*
    };
}

/// How far the clocks of an implementation and of its test may be apart.
const NEAR: TimeDelta = TimeDelta::milliseconds(20);

const fn quota(name: &'static str, limit: u32, window_seconds: u32) -> Quota {
    Quota { name, limit, window_seconds }
}

fn bucket(holder: &'static str) -> Bucket {
    Bucket::of_caller(Class::Standard, ActorRef::System(holder))
}

fn remaining(verdict: &Verdict) -> Vec<u32> {
    verdict.states.iter().map(|state| state.remaining).collect()
}

fn ends(verdict: &Verdict) -> Vec<DateTime<Utc>> {
    verdict.states.iter().map(|state| state.resets_at).collect()
}

/// Takes once; gives whether it was allowed, and what remains.
fn taken(counters: &dyn Counters, bucket: &Bucket, quotas: &[Quota]) -> (bool, Vec<u32>) {
    let verdict = counters.take(bucket, quotas);
    let asked: Vec<_> = verdict.states.iter().map(|state| state.quota).collect();
    assert_eq!(asked, quotas, "each quota is answered, in order");
    (verdict.allowed, remaining(&verdict))
}

/// Of concurrent requests as many are allowed as the limit says, and no two get the same number of remaining ones.
pub fn exactly_the_limit_is_allowed_of_more_requests_at_once(counters: &dyn Counters) {
    const THREADS: usize = 8;
    const EACH: usize = 20;
    const QUOTAS: &[Quota] = &[quota("wide", 1000, 600), quota("narrow", 100, 600)];
    let (bucket, start) = (bucket("at once"), Barrier::new(THREADS));
    let mut allowed: Vec<_> = thread::scope(|scope| {
        let run = || {
            start.wait();
            let verdicts = (0..EACH).map(|_| counters.take(&bucket, QUOTAS));
            verdicts.filter(|verdict| verdict.allowed).collect::<Vec<_>>()
        };
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(run)).collect();
        threads.into_iter().filter_map(|thread| thread.join().ok()).flatten().collect()
    });
    allowed.sort_unstable_by_key(remaining);
    let told: Vec<_> = allowed.iter().map(remaining).collect();
    let expected: Vec<_> = (0..100).map(|left| vec![900 + left, left]).collect();
    assert_eq!(told, expected, "100 of {} are allowed", THREADS * EACH);
    assert_eq!(taken(counters, &bucket, QUOTAS), (false, vec![900, 0]), "what was refused was not counted");
}

/// A request that one quota refuses leaves the others as they are, whichever of them it is.
pub fn a_request_counts_against_every_quota_or_none(counters: &dyn Counters) {
    for (bucket, quotas, allowed, left) in [
        (bucket("first"), [quota("one", 2, 600), quota("other", 5, 60)], 2, [0, 3]),
        (bucket("second"), [quota("one", 5, 600), quota("other", 2, 60)], 2, [3, 0]),
        (bucket("both"), [quota("one", 3, 600), quota("other", 3, 60)], 3, [0, 0]),
    ] {
        for count in 1..=allowed {
            let now = quotas.map(|quota| quota.limit - count).to_vec();
            assert_eq!(taken(counters, &bucket, &quotas), (true, now));
        }
        for _ in 0..3 {
            assert_eq!(taken(counters, &bucket, &quotas), (false, left.to_vec()));
        }
    }
}

/// A window ends its length after the first request counted in it, not after a later one; the next begins whole.
pub fn a_window_begins_with_its_first_request_and_lasts_its_length(counters: &dyn Counters) {
    const QUOTAS: &[Quota] = &[quota("short", 2, 2)];
    let bucket = bucket("window");
    for _ in 0..2 {
        let before = counters.now();
        let first = counters.take(&bucket, QUOTAS);
        let after = counters.now();
        assert_eq!((first.allowed, remaining(&first)), (true, vec![1]));
        let [end] = ends(&first)[..] else { panic!("one quota, one end: {first:?}") };
        let length = TimeDelta::seconds(2);
        assert!(before + length - NEAR <= end && end <= after + length, "{before} {first:?} {after}");
        counters.wait_until(after + length / 2);
        assert_eq!(taken(counters, &bucket, QUOTAS), (true, vec![0]));
        assert_eq!(taken(counters, &bucket, QUOTAS), (false, vec![0]));
        counters.wait_until(end + NEAR);
    }
}

/// A short window that ends gives back its own quota alone, and moves no end of a longer one.
pub fn each_quota_begins_anew_by_itself(counters: &dyn Counters) {
    const QUOTAS: &[Quota] = &[quota("long", 10, 600), quota("short", 2, 2)];
    let bucket = bucket("anew");
    let first = counters.take(&bucket, QUOTAS);
    assert_eq!(taken(counters, &bucket, QUOTAS), (true, vec![8, 0]));
    assert_eq!(taken(counters, &bucket, QUOTAS), (false, vec![8, 0]));
    let [long, short] = ends(&first)[..] else { panic!("two quotas, two ends: {first:?}") };
    counters.wait_until(short + NEAR);
    let again = counters.take(&bucket, QUOTAS);
    assert_eq!((again.allowed, remaining(&again)), (true, vec![7, 1]));
    let [same, later] = ends(&again)[..] else { panic!("two quotas, two ends: {again:?}") };
    assert!((same - long).abs() < TimeDelta::seconds(1), "the long window goes on: {long} {same}");
    assert!(later >= short + TimeDelta::seconds(2) - NEAR, "the short one is a new one: {short} {later}");
}

/// Neither another holder's requests nor another class's are counted together.
pub fn buckets_do_not_mix(counters: &dyn Counters) {
    const QUOTAS: &[Quota] = &[quota("only", 1, 600)];
    let holder = ActorRef::System("mixed");
    let buckets = [
        Bucket::of_caller(Class::Standard, holder),
        Bucket::of_caller(Class::Bulk, holder),
        Bucket::of_caller(Class::Standard, ActorRef::System("mixed too")),
    ];
    for bucket in &buckets {
        assert_eq!(taken(counters, bucket, QUOTAS), (true, vec![0]), "{bucket}");
    }
    for bucket in &buckets {
        assert_eq!(taken(counters, bucket, QUOTAS), (false, vec![0]), "{bucket}");
    }
}

/// Looking tells how a bucket stands and leaves it so.
pub fn looking_counts_nothing(counters: &dyn Counters) {
    const QUOTAS: &[Quota] = &[quota("wide", 3, 600), quota("narrow", 1, 600)];
    let bucket = bucket("looked at");
    let look = || {
        let verdict = counters.peek(&bucket, QUOTAS);
        (verdict.allowed, remaining(&verdict))
    };
    let (before, untouched, after) = (counters.now(), counters.peek(&bucket, QUOTAS), counters.now());
    let length = TimeDelta::seconds(600);
    let whole = |end: DateTime<Utc>| before + length - NEAR <= end && end <= after + length;
    assert!(ends(&untouched).into_iter().all(whole), "a window not begun would end its length from now");
    for _ in 0..5 {
        assert_eq!(look(), (true, vec![3, 1]));
    }
    assert_eq!(taken(counters, &bucket, QUOTAS), (true, vec![2, 0]));
    for _ in 0..5 {
        assert_eq!(look(), (false, vec![2, 0]));
    }
    let [looked, tried] = [counters.peek(&bucket, QUOTAS), counters.take(&bucket, QUOTAS)].map(|v| ends(&v));
    let near = |(one, other): (&DateTime<Utc>, &DateTime<Utc>)| (*one - *other).abs() < TimeDelta::seconds(1);
    assert!(
        looked.iter().zip(&tried).all(near),
        "a look and a refusal tell the same end: {looked:?} {tried:?}"
    );
}
