//! Rate limits with a fallback for when the shared counters fail.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use identity::limits::{Bucket, Quota, Verdict};
use identity::ports::RateLimits;
use kernel::error::StoreError;

/// The time between attempts while the shared counters fail.
const RETRY_INTERVAL: TimeDelta = TimeDelta::seconds(1);

/// Counts in `shared`, and in `fallback` while `shared` fails, so that an outage refuses no requests.
///
/// After a failure one request a second tries `shared` again, so that hardly any request waits for its time-out. The
/// beginning and the end of an outage are logged.
pub struct FallbackLimits {
    shared: Arc<dyn RateLimits>,
    fallback: Arc<dyn RateLimits>,
    /// When to try `shared` again; `None` while it works.
    retry_at: Mutex<Option<DateTime<Utc>>>,
}

impl FallbackLimits {
    /// Creates limits that count in `shared` while it works, else in `fallback`.
    pub fn new(shared: Arc<dyn RateLimits>, fallback: Arc<dyn RateLimits>) -> Self {
        Self { shared, fallback, retry_at: Mutex::new(None) }
    }

    /// Whether this request tries `shared`.
    fn tries_shared(&self, now: DateTime<Utc>) -> bool {
        self.update(|at| match *at {
            Some(moment) if now < moment => false,
            Some(_) => {
                *at = Some(now + RETRY_INTERVAL);
                true
            }
            None => true,
        })
    }

    /// The verdict of `shared`, or `None` if it failed, which is recorded.
    fn record(&self, result: Result<Verdict, StoreError>, now: DateTime<Utc>) -> Option<Verdict> {
        let after = result.is_err().then(|| now + RETRY_INTERVAL);
        let before = self.update(|at| std::mem::replace(at, after));
        match (&result, before) {
            (Err(error), None) => {
                tracing::warn!(cause = %describe(error), "the shared rate limits fail; counting in this process");
            }
            (Ok(_), Some(_)) => tracing::info!("the shared rate limits work again"),
            _ => {}
        }
        result.ok()
    }

    fn update<T>(&self, change: impl FnOnce(&mut Option<DateTime<Utc>>) -> T) -> T {
        change(&mut self.retry_at.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[async_trait]
impl RateLimits for FallbackLimits {
    async fn take(
        &self,
        bucket: &Bucket,
        quotas: &[Quota],
        now: DateTime<Utc>,
    ) -> Result<Verdict, StoreError> {
        if self.tries_shared(now)
            && let Some(verdict) = self.record(self.shared.take(bucket, quotas, now).await, now)
        {
            return Ok(verdict);
        }
        self.fallback.take(bucket, quotas, now).await
    }

    async fn peek(
        &self,
        bucket: &Bucket,
        quotas: &[Quota],
        now: DateTime<Utc>,
    ) -> Result<Verdict, StoreError> {
        if self.tries_shared(now)
            && let Some(verdict) = self.record(self.shared.peek(bucket, quotas, now).await, now)
        {
            return Ok(verdict);
        }
        self.fallback.peek(bucket, quotas, now).await
    }
}

/// An error and its causes on one line.
fn describe(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

    use identity::limits::{Class, InProcessLimits};
    use identity::ports::MockRateLimits;
    use kernel::access::ActorRef;
    use pollster::block_on;

    use super::*;

    /// A shared store that can fail, with the number of its calls.
    #[derive(Default)]
    struct Store {
        is_down: AtomicBool,
        calls: AtomicU32,
        counts: InProcessLimits,
    }

    impl Store {
        fn answer<T>(&self, answer: impl FnOnce(&InProcessLimits) -> T) -> Result<T, StoreError> {
            self.calls.fetch_add(1, Ordering::SeqCst);
            if self.is_down.load(Ordering::SeqCst) {
                return Err(StoreError::Unavailable("down".into()));
            }
            Ok(answer(&self.counts))
        }
    }

    struct Fixture {
        store: Arc<Store>,
        limits: FallbackLimits,
    }

    impl Fixture {
        fn new() -> Self {
            let store = Arc::new(Store::default());
            let mut shared = MockRateLimits::new();
            let store_of_calls = store.clone();
            shared.expect_take().returning(move |bucket, quotas, now| {
                store_of_calls.answer(|counts| block_on(counts.take(bucket, quotas, now)))?
            });
            let store_of_calls = store.clone();
            shared.expect_peek().returning(move |bucket, quotas, now| {
                store_of_calls.answer(|counts| block_on(counts.peek(bucket, quotas, now)))?
            });
            let limits = FallbackLimits::new(Arc::new(shared), Arc::new(InProcessLimits::default()));
            Self { store, limits }
        }

        /// The remaining quota of 5 after a request at that millisecond.
        fn take(&self, millisecond: i64) -> u32 {
            let now = DateTime::UNIX_EPOCH + TimeDelta::milliseconds(millisecond);
            let bucket = Bucket::of_caller(Class::Bulk, ActorRef::System("test"));
            let taken = block_on(self.limits.take(&bucket, Class::Bulk.quotas(), now)).unwrap();
            let seen = block_on(self.limits.peek(&bucket, Class::Bulk.quotas(), now)).unwrap();
            assert_eq!(seen.states[0].remaining, taken.states[0].remaining, "a peek reads the same counters");
            taken.states[0].remaining
        }

        fn calls(&self) -> u32 {
            self.store.calls.swap(0, Ordering::SeqCst)
        }
    }

    #[test]
    fn while_the_shared_store_fails_requests_are_counted_in_the_fallback() {
        let fixture = Fixture::new();
        assert_eq!([fixture.take(0), fixture.take(1)], [4, 3]);
        fixture.store.is_down.store(true, Ordering::SeqCst);
        assert_eq!([fixture.take(2), fixture.take(3)], [4, 3], "counted anew in the fallback");
        fixture.store.is_down.store(false, Ordering::SeqCst);
        assert_eq!(
            [fixture.take(1_001), fixture.take(1_002), fixture.take(1_003)],
            [2, 2, 1],
            "and in the shared store again"
        );
    }

    #[test]
    fn one_request_a_second_tries_the_shared_store() {
        let fixture = Fixture::new();
        fixture.store.is_down.store(true, Ordering::SeqCst);
        (0..1_000).for_each(|millisecond| {
            fixture.take(millisecond % 10);
        });
        assert_eq!(fixture.calls(), 1);
        fixture.take(1_000);
        fixture.take(1_500);
        assert_eq!(fixture.calls(), 1);
        fixture.store.is_down.store(false, Ordering::SeqCst);
        fixture.take(2_000);
        fixture.take(2_001);
        assert_eq!(fixture.calls(), 4, "working again, both requests and both peeks call");
    }
}
