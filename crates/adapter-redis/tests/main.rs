//! Tests with a real Redis.

#![expect(clippy::expect_used, reason = "test support: what goes wrong here fails the test")]

use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use adapter_redis::RedisLimits;
use chrono::{DateTime, Utc};
use identity::contract::limits::{Counters, Suite};
use identity::limits::{Bucket, Class, Quota, Verdict};
use identity::ports::RateLimits;
use kernel::access::ActorRef;
use kernel::clock::{Clock, SystemClock};
use kernel::error::StoreError;
use testkit::{Redis, eventually, race};
use tokio::runtime::Runtime;

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().expect("a runtime"));

/// Connections of their own to one Redis, used in turn, as processes would.
struct Connections {
    limits: Vec<RedisLimits>,
    next: AtomicUsize,
}

impl Connections {
    fn to(redis: &Redis, count: usize) -> Self {
        let _runtime = RUNTIME.enter();
        let open = |_| RedisLimits::open(&redis.url()).expect("a good URL");
        Self { limits: (0..count).map(open).collect(), next: AtomicUsize::new(0) }
    }

    fn next(&self) -> &RedisLimits {
        let next = self.next.fetch_add(1, Ordering::Relaxed);
        self.limits.get(next % self.limits.len()).expect("a connection")
    }

    fn try_take(&self, bucket: &Bucket, quotas: &[Quota]) -> Result<Verdict, StoreError> {
        RUNTIME.block_on(self.next().take(bucket, quotas, self.now()))
    }
}

impl Counters for Connections {
    fn now(&self) -> DateTime<Utc> {
        SystemClock.now()
    }

    fn take(&self, bucket: &Bucket, quotas: &[Quota]) -> Verdict {
        self.try_take(bucket, quotas).expect("Redis answers")
    }

    fn peek(&self, bucket: &Bucket, quotas: &[Quota]) -> Verdict {
        RUNTIME.block_on(self.next().peek(bucket, quotas, self.now())).expect("Redis answers")
    }

    fn wait_until(&self, moment: DateTime<Utc>) {
        eventually("the moment to pass", || (self.now() > moment).then_some(()));
    }
}

fn run(suite: Suite) {
    static REDIS: LazyLock<&'static Redis> = LazyLock::new(|| Redis::start().for_the_process());
    suite(&Connections::to(&REDIS, 3));
}

identity::limits_contract_tests!(run);

fn bucket(name: &'static str) -> Bucket {
    Bucket::of_caller(Class::Bulk, ActorRef::System(name))
}

fn take(connections: &Connections, bucket: &Bucket) -> Result<Verdict, StoreError> {
    connections.try_take(bucket, Class::Bulk.quotas())
}

fn unavailable(answer: &Result<Verdict, StoreError>) -> bool {
    matches!(answer, Err(StoreError::Unavailable(_)))
}

#[test]
fn without_redis_requests_are_told_so_at_once_and_with_it_they_are_counted_again() {
    let redis = Redis::start();
    let connections = Connections::to(&redis, 1);
    assert!(take(&connections, &bucket("outage")).is_ok_and(|verdict| verdict.allowed));
    redis.kill();
    for _ in 0..20 {
        let unfinished = Instant::now();
        let answer = take(&connections, &bucket("outage"));
        assert!(unavailable(&answer), "{answer:?}");
        assert!(unfinished.elapsed() < Duration::from_secs(1), "{:?}", unfinished.elapsed());
    }
    redis.start_again();
    let verdict = eventually("Redis to be found again", || take(&connections, &bucket("outage")).ok());
    let remaining = verdict.states.first().map(|state| state.remaining);
    assert_eq!((verdict.allowed, remaining), (true, Some(4)), "a new Redis begins anew");
}

#[test]
fn a_redis_that_hangs_costs_its_time_out_and_no_more() {
    let redis = Redis::start();
    let connections = Connections::to(&redis, 2);
    for _ in 0..2 {
        assert!(take(&connections, &bucket("hanging")).is_ok_and(|verdict| verdict.allowed));
    }
    redis.pause();
    let unfinished = Instant::now();
    let answers = race(8, |_| take(&connections, &bucket("hanging")));
    assert!(answers.iter().all(unavailable), "{answers:?}");
    assert!(unfinished.elapsed() < Duration::from_secs(2), "{:?}", unfinished.elapsed());
    redis.resume();
    eventually("Redis to answer again", || take(&connections, &bucket("hanging")).ok());
}

#[test]
fn a_service_may_start_before_its_redis() {
    let redis = Redis::start();
    redis.kill();
    let connections = Connections::to(&redis, 1);
    let answer = take(&connections, &bucket("early"));
    assert!(unavailable(&answer), "{answer:?}");
    redis.start_again();
    eventually("Redis to be found", || take(&connections, &bucket("early")).ok());
}

#[test]
fn counters_expire_with_their_windows() {
    let redis = Redis::start();
    let connections = Connections::to(&redis, 1);
    const QUOTAS: &[Quota] = &[Quota { name: "short", limit: 5, window_seconds: 1 }];
    connections.take(&bucket("expiring"), QUOTAS);
    assert_eq!(redis.command("DBSIZE"), ":1");
    assert_eq!(redis.command("GET throughline:limits:{bulk:system:expiring}:short"), "$1");
    connections.peek(&bucket("looked at"), QUOTAS);
    assert_eq!(redis.command("DBSIZE"), ":1", "a look keeps nothing");
    eventually("the counter to expire", || (redis.command("DBSIZE") == ":0").then_some(()));
}

#[test]
fn a_url_that_names_no_redis_is_refused_without_showing_its_password() {
    let _runtime = RUNTIME.enter();
    for url in
        ["", "localhost", "http://u:hidden@localhost", "rediss://u:hidden@localhost", "redis://u:hidden@h/x"]
    {
        let message = RedisLimits::open(url).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(message.contains("redis://user:password@host:6379/0"), "{url}: {message}");
        assert!(!message.contains("hidden") && !message.contains('\n'), "{url}: {message}");
    }
}
