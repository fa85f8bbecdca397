//! Requests counted in this process.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use kernel::error::StoreError;

use super::windows::Windows;
use super::{Bucket, Quota, Verdict};
use crate::ports::RateLimits;

/// The most buckets in memory: some 20 MB.
const MOST: usize = 100_000;

/// Counts in this process alone, in bounded memory: past 100,000 buckets those are forgotten whose windows end first.
#[derive(Debug)]
pub struct InProcessLimits {
    buckets: Mutex<Buckets>,
    most: usize,
}

#[derive(Debug, Default)]
struct Buckets {
    windows: HashMap<Bucket, Windows>,
    /// How many buckets there are when ended ones are next looked for.
    sweep_at: usize,
}

impl Default for InProcessLimits {
    fn default() -> Self {
        Self::with_most(MOST)
    }
}

impl InProcessLimits {
    fn with_most(most: usize) -> Self {
        Self { buckets: Mutex::default(), most }
    }

    fn with<T>(&self, work: impl FnOnce(&mut Buckets) -> T) -> T {
        // counts are whole after each step, so a panic elsewhere leaves nothing broken
        work(&mut self.buckets.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[async_trait]
impl RateLimits for InProcessLimits {
    async fn take(
        &self,
        bucket: &Bucket,
        quotas: &[Quota],
        now: DateTime<Utc>,
    ) -> Result<Verdict, StoreError> {
        Ok(self.with(|buckets| match buckets.windows.get_mut(bucket) {
            Some(windows) => windows.take(quotas, now),
            None => {
                buckets.make_room(self.most, now);
                buckets.windows.entry(bucket.clone()).or_default().take(quotas, now)
            }
        }))
    }

    async fn peek(
        &self,
        bucket: &Bucket,
        quotas: &[Quota],
        now: DateTime<Utc>,
    ) -> Result<Verdict, StoreError> {
        Ok(self.with(|buckets| match buckets.windows.get(bucket) {
            Some(windows) => windows.peek(quotas, now),
            None => Windows::default().peek(quotas, now),
        }))
    }
}

impl Buckets {
    /// Makes room for one more; looks at every bucket only when their number has doubled, or a tenth had to go.
    fn make_room(&mut self, most: usize, now: DateTime<Utc>) {
        if self.windows.len() < self.sweep_at.clamp(most.min(1024), most) {
            return;
        }
        self.windows.retain(|_, windows| now < windows.ends_at());
        if self.windows.len() >= most {
            self.forget(self.windows.len() - most + most.div_ceil(10));
        }
        self.sweep_at = self.windows.len() * 2;
    }

    /// Forgets so many buckets, those whose windows end first.
    fn forget(&mut self, count: usize) {
        let mut ends: Vec<_> = self.windows.values().map(Windows::ends_at).collect();
        ends.sort_unstable();
        let Some(last) = count.checked_sub(1).and_then(|index| ends.get(index)).copied() else { return };
        let mut left = count;
        self.windows.retain(|_, windows| {
            let goes = left > 0 && windows.ends_at() <= last;
            left -= usize::from(goes);
            !goes
        });
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};
    use std::sync::atomic::{AtomicI64, Ordering};

    use chrono::TimeDelta;
    use pollster::block_on;

    use super::*;
    use crate::contract::limits::{Counters, Suite};
    use crate::limits::Class;

    /// Counts on a clock that a test moves.
    #[derive(Default)]
    struct Moved {
        limits: InProcessLimits,
        micros: AtomicI64,
    }

    impl Counters for Moved {
        fn now(&self) -> DateTime<Utc> {
            DateTime::from_timestamp_micros(self.micros.load(Ordering::SeqCst)).unwrap()
        }

        fn take(&self, bucket: &Bucket, quotas: &[Quota]) -> Verdict {
            block_on(self.limits.take(bucket, quotas, self.now())).unwrap()
        }

        fn peek(&self, bucket: &Bucket, quotas: &[Quota]) -> Verdict {
            block_on(self.limits.peek(bucket, quotas, self.now())).unwrap()
        }

        fn wait_until(&self, moment: DateTime<Utc>) {
            self.micros.fetch_max(moment.timestamp_micros(), Ordering::SeqCst);
        }
    }

    fn run(suite: Suite) {
        suite(&Moved::default());
    }

    crate::limits_contract_tests!(run);

    const QUOTAS: &[Quota] = Class::Address.quotas();

    fn address(number: u32) -> Bucket {
        Bucket::of_address(Class::Address, IpAddr::V4(Ipv4Addr::from_bits(number)))
    }

    fn counted(limits: &InProcessLimits) -> usize {
        limits.with(|buckets| buckets.windows.len())
    }

    #[test]
    fn a_window_lasts_to_its_last_microsecond() {
        let limits = InProcessLimits::default();
        let take = |micros| {
            let now = DateTime::UNIX_EPOCH + TimeDelta::microseconds(micros);
            block_on(limits.take(&address(1), QUOTAS, now)).unwrap().states[0].remaining
        };
        assert_eq!([take(5), take(60_000_004), take(60_000_005)], [299, 298, 299]);
    }

    #[test]
    fn ended_windows_are_swept_and_the_oldest_go_when_there_are_too_many() {
        let limits = InProcessLimits::with_most(2_000);
        let begin = |number: u32| {
            let now = DateTime::UNIX_EPOCH + TimeDelta::milliseconds(i64::from(number));
            block_on(limits.take(&address(number), QUOTAS, now)).unwrap();
            assert!(counted(&limits) <= 2_000);
        };
        (0..10_000).for_each(begin);
        let last = DateTime::UNIX_EPOCH + TimeDelta::milliseconds(9_999);
        let remaining =
            |number| block_on(limits.peek(&address(number), QUOTAS, last)).unwrap().states[0].remaining;
        assert_eq!((remaining(0), remaining(7_999)), (300, 300), "the oldest are forgotten");
        assert_eq!(
            (8_201..10_000).map(remaining).collect::<std::collections::BTreeSet<_>>(),
            [299].into(),
            "the newest are not"
        );
        begin(1_000_000);
        (1_000_001..1_000_500).for_each(begin);
        assert!(counted(&limits) <= 2_000);
        begin(2_000_000);
        (2_000_001..2_001_900).for_each(begin);
        assert_eq!(counted(&limits), 1_900, "what had ended is gone");
    }

    #[test]
    fn looking_keeps_nothing() {
        let limits = InProcessLimits::default();
        for number in 0..100 {
            block_on(limits.peek(&address(number), QUOTAS, DateTime::UNIX_EPOCH)).unwrap();
        }
        assert_eq!(counted(&limits), 0);
    }
}
