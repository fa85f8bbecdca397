//! Time and new ids, as ports; the only file that may ask the machine for either.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::id::Id;

/// Tells the time.
pub trait Clock: Send + Sync {
    /// The present moment, UTC, to the microsecond (PostgreSQL's precision).
    fn now(&self) -> DateTime<Utc>;
}

/// Makes new ids and secrets.
pub trait IdSource: Send + Sync {
    /// A new UUID; later ones sort after earlier ones of the same source.
    fn uuid(&self) -> Uuid;

    /// 256 unpredictable bits.
    fn secret(&self) -> [u8; 32];
}

impl dyn IdSource + '_ {
    /// A new typed id.
    pub fn id<K>(&self) -> Id<K> {
        Id::new(self.uuid())
    }
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the port's one implementation on the machine's clock"
    )]
    fn now(&self) -> DateTime<Utc> {
        let now = Utc::now();
        DateTime::from_timestamp_micros(now.timestamp_micros()).unwrap_or(now)
    }
}

/// UUIDs of version 7 from the machine's clock and randomness.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemIds;

impl IdSource for SystemIds {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the port's one implementation on the machine's randomness"
    )]
    fn uuid(&self) -> Uuid {
        Uuid::now_v7()
    }

    fn secret(&self) -> [u8; 32] {
        rand::random()
    }
}

/// A clock that stands still, for tests.
#[cfg(any(test, feature = "mock"))]
#[derive(Debug, Clone, Copy)]
pub struct FixedClock(pub DateTime<Utc>);

#[cfg(any(test, feature = "mock"))]
impl Clock for FixedClock {
    fn now(&self) -> DateTime<Utc> {
        self.0
    }
}

/// Ids counted upwards from 1, for tests.
#[cfg(any(test, feature = "mock"))]
#[derive(Debug, Default)]
pub struct CountedIds(std::sync::atomic::AtomicU64);

#[cfg(any(test, feature = "mock"))]
impl IdSource for CountedIds {
    fn uuid(&self) -> Uuid {
        let next = 1 + self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        Uuid::from_u128(u128::from(next))
    }

    fn secret(&self) -> [u8; 32] {
        [7; 32]
    }
}
