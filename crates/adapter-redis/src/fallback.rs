//! Counting elsewhere while the shared counts can't be reached.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use identity::limits::{Bucket, Quota, Verdict};
use identity::ports::RateLimits;
use kernel::error::StoreError;

/// How long the shared counts are left alone after they failed.
const PAUSE: TimeDelta = TimeDelta::seconds(1);

/// Counts in `shared`, and in `own` while `shared` fails: a limit is no reason to refuse everybody.
///
/// After a failure `shared` is asked again once a second, by one request alone, so that an outage costs hardly any
/// request its time-out. Its beginning and its end are logged.
pub struct FallbackLimits {
    shared: Arc<dyn RateLimits>,
    own: Arc<dyn RateLimits>,
    /// When `shared` is to be asked again; `None` while it answers.
    asks_again_at: Mutex<Option<DateTime<Utc>>>,
}

impl FallbackLimits {
    /// Counts in `shared` while it answers, else in `own`.
    pub fn new(shared: Arc<dyn RateLimits>, own: Arc<dyn RateLimits>) -> Self {
        Self { shared, own, asks_again_at: Mutex::new(None) }
    }

    /// Whether this request is to ask `shared`.
    fn asks(&self, now: DateTime<Utc>) -> bool {
        self.update(|at| match *at {
            Some(moment) if now < moment => false,
            Some(_) => {
                *at = Some(now + PAUSE);
                true
            }
            None => true,
        })
    }

    /// What `shared` answered, or `None` if it failed.
    fn noticed(&self, answer: Result<Verdict, StoreError>, now: DateTime<Utc>) -> Option<Verdict> {
        let after = answer.is_err().then(|| now + PAUSE);
        let before = self.update(|at| std::mem::replace(at, after));
        match (&answer, before) {
            (Err(error), None) => {
                tracing::warn!(cause = %chain(error), "the shared rate limits fail; counting in this process");
            }
            (Ok(_), Some(_)) => tracing::info!("the shared rate limits are counted again"),
            _ => {}
        }
        answer.ok()
    }

    fn update<T>(&self, change: impl FnOnce(&mut Option<DateTime<Utc>>) -> T) -> T {
        change(&mut self.asks_again_at.lock().unwrap_or_else(PoisonError::into_inner))
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
        if self.asks(now)
            && let Some(verdict) = self.noticed(self.shared.take(bucket, quotas, now).await, now)
        {
            return Ok(verdict);
        }
        self.own.take(bucket, quotas, now).await
    }

    async fn peek(
        &self,
        bucket: &Bucket,
        quotas: &[Quota],
        now: DateTime<Utc>,
    ) -> Result<Verdict, StoreError> {
        if self.asks(now)
            && let Some(verdict) = self.noticed(self.shared.peek(bucket, quotas, now).await, now)
        {
            return Ok(verdict);
        }
        self.own.peek(bucket, quotas, now).await
    }
}

/// An error and its causes, in a line.
fn chain(error: &dyn std::error::Error) -> String {
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

    /// A shared store that can be cut off, and how often it was asked.
    #[derive(Default)]
    struct Store {
        cut_off: AtomicBool,
        asked: AtomicU32,
        counts: InProcessLimits,
    }

    impl Store {
        fn answer<T>(&self, answer: impl FnOnce(&InProcessLimits) -> T) -> Result<T, StoreError> {
            self.asked.fetch_add(1, Ordering::SeqCst);
            if self.cut_off.load(Ordering::SeqCst) {
                return Err(StoreError::Unavailable("cut off".into()));
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
            let asked = store.clone();
            shared.expect_take().returning(move |bucket, quotas, now| {
                asked.answer(|counts| block_on(counts.take(bucket, quotas, now)))?
            });
            let asked = store.clone();
            shared.expect_peek().returning(move |bucket, quotas, now| {
                asked.answer(|counts| block_on(counts.peek(bucket, quotas, now)))?
            });
            let limits = FallbackLimits::new(Arc::new(shared), Arc::new(InProcessLimits::default()));
            Self { store, limits }
        }

        /// What remains of 5 after a request at that millisecond.
        fn take(&self, millisecond: i64) -> u32 {
            let now = DateTime::UNIX_EPOCH + TimeDelta::milliseconds(millisecond);
            let bucket = Bucket::of_caller(Class::Bulk, ActorRef::System("test"));
            let taken = block_on(self.limits.take(&bucket, Class::Bulk.quotas(), now)).unwrap();
            let seen = block_on(self.limits.peek(&bucket, Class::Bulk.quotas(), now)).unwrap();
            assert_eq!(seen.states[0].remaining, taken.states[0].remaining, "a look asks the same counts");
            taken.states[0].remaining
        }

        fn asked(&self) -> u32 {
            self.store.asked.swap(0, Ordering::SeqCst)
        }
    }

    #[test]
    fn while_the_shared_counts_fail_requests_are_counted_here() {
        let fixture = Fixture::new();
        assert_eq!([fixture.take(0), fixture.take(1)], [4, 3]);
        fixture.store.cut_off.store(true, Ordering::SeqCst);
        assert_eq!([fixture.take(2), fixture.take(3)], [4, 3], "counted anew here");
        fixture.store.cut_off.store(false, Ordering::SeqCst);
        assert_eq!(
            [fixture.take(1_001), fixture.take(1_002), fixture.take(1_003)],
            [2, 2, 1],
            "and there again"
        );
    }

    #[test]
    fn an_outage_is_noticed_by_one_request_a_second() {
        let fixture = Fixture::new();
        fixture.store.cut_off.store(true, Ordering::SeqCst);
        (0..1_000).for_each(|millisecond| {
            fixture.take(millisecond % 10);
        });
        assert_eq!(fixture.asked(), 1);
        fixture.take(1_000);
        fixture.take(1_500);
        assert_eq!(fixture.asked(), 1);
        fixture.store.cut_off.store(false, Ordering::SeqCst);
        fixture.take(2_000);
        fixture.take(2_001);
        assert_eq!(fixture.asked(), 4, "answered again, both requests and both looks ask");
    }
}
