//! Rate limits counted in Redis.

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use identity::limits::{Bucket, Quota, QuotaState, Verdict};
use identity::ports::RateLimits;
use kernel::error::StoreError;
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{Client, RedisError, Script};

/// The time-out to connect, and of each call.
const CALL_TIMEOUT: Duration = Duration::from_millis(200);

/// Rate limits counted in Redis. Windows use Redis's clock, so that the clocks of processes may differ.
pub struct RedisLimits {
    connection: ConnectionManager,
    take: Script,
}

/// A URL of no Redis.
#[derive(Debug, thiserror::Error)]
#[error("{0}; write it like redis://user:password@host:6379/0 or unix:///run/redis/redis.sock")]
pub struct InvalidUrl(RedisError);

impl RedisLimits {
    /// Opens the Redis of a URL: `redis://`, without TLS, or `unix://`. It connects with the first request, and again
    /// whenever the connection was lost. Call it within a tokio runtime.
    ///
    /// # Errors
    /// [`InvalidUrl`], whether or not Redis is there.
    pub fn open(url: &str) -> Result<Self, InvalidUrl> {
        let client = Client::open(url).map_err(InvalidUrl)?;
        let config = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(CALL_TIMEOUT))
            .set_response_timeout(Some(CALL_TIMEOUT))
            .set_number_of_retries(0);
        let connection = ConnectionManager::new_lazy_with_config(client, config).map_err(InvalidUrl)?;
        Ok(Self { connection, take: Script::new(include_str!("take.lua")) })
    }

    async fn run_script(
        &self,
        counting: bool,
        bucket: &Bucket,
        quotas: &[Quota],
        now: DateTime<Utc>,
    ) -> Result<Verdict, StoreError> {
        let mut call = self.take.prepare_invoke();
        call.arg(u8::from(counting));
        for quota in quotas {
            // the braces put a bucket's counters on one node of a cluster
            call.key(format!("throughline:limits:{{{bucket}}}:{}", quota.name));
            call.arg(quota.limit).arg(quota.window().num_milliseconds());
        }
        let answer: Vec<i64> = call.invoke_async(&mut self.connection.clone()).await.map_err(unavailable)?;
        verdict(&answer, quotas, now).ok_or_else(|| {
            StoreError::Internal(format!("the script answered {answer:?} for {} quotas", quotas.len()).into())
        })
    }
}

#[async_trait]
impl RateLimits for RedisLimits {
    async fn take(
        &self,
        bucket: &Bucket,
        quotas: &[Quota],
        now: DateTime<Utc>,
    ) -> Result<Verdict, StoreError> {
        self.run_script(true, bucket, quotas, now).await
    }

    async fn peek(
        &self,
        bucket: &Bucket,
        quotas: &[Quota],
        now: DateTime<Utc>,
    ) -> Result<Verdict, StoreError> {
        self.run_script(false, bucket, quotas, now).await
    }
}

/// Reads the script's response; `None` if it is malformed.
fn verdict(answer: &[i64], quotas: &[Quota], now: DateTime<Utc>) -> Option<Verdict> {
    let (allowed, pairs) = answer.split_first()?;
    let states: Option<Vec<_>> = quotas
        .iter()
        .zip(pairs.chunks_exact(2))
        .map(|(quota, pair)| {
            let [counted, left] = pair else { return None };
            let remaining = quota.limit.saturating_sub(u32::try_from(*counted).ok()?);
            // Redis truncates to milliseconds
            let left = TimeDelta::milliseconds(left.saturating_add(1)).min(quota.window());
            let resets_at = now + left;
            Some(QuotaState { quota: *quota, remaining, resets_at })
        })
        .collect();
    let states = states.filter(|states| states.len() == quotas.len())?;
    Some(Verdict { allowed: *allowed == 1, states })
}

fn unavailable(error: RedisError) -> StoreError {
    StoreError::Unavailable(error.into())
}
