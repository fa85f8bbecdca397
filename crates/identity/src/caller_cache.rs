//! Callers, cached for less than a second.
//!
//! Every request looks up its caller. Reads may be answered from memory that is at most [`TTL`] old, so that
//! a busy key costs one look-up a second; writes never are. Whatever changes a caller in this process forgets the
//! memory, so the change holds from the next request on here, and on reads elsewhere after a second at most (`docs/spec/common.md`, "Revocation").

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use kernel::access::Actor;
use kernel::clock::Clock;
use kernel::error::StoreError;
use kernel::id::ApiKeyId;

use crate::api_key::ApiKey;
use crate::ports::CallerLookups;
use crate::session::SessionId;

/// How old an answer from memory may be.
const TTL: TimeDelta = TimeDelta::milliseconds(800);
/// The most callers in memory; one more empties it.
const CAPACITY: usize = 20_000;

/// What a request needs its caller for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// It only reads: an answer from memory will do.
    Read,
    /// It changes something: the store is always asked.
    Write,
}

/// Looks callers up, and remembers them for a moment.
pub struct CallerCache {
    lookups: Arc<dyn CallerLookups>,
    clock: Arc<dyn Clock>,
    memory: Mutex<Memory>,
}

#[derive(Default)]
struct Memory {
    /// Counts how often it was emptied, so that a look-up begun before is not remembered after.
    generation: u64,
    keys: Remembered<ApiKeyId, Arc<ApiKey>>,
    sessions: Remembered<SessionId, Arc<Actor>>,
}

type Remembered<K, V> = HashMap<K, (DateTime<Utc>, V)>;

impl CallerCache {
    pub fn new(lookups: Arc<dyn CallerLookups>, clock: Arc<dyn Clock>) -> Self {
        Self { lookups, clock, memory: Mutex::default() }
    }

    /// The key of that id.
    ///
    /// # Errors
    /// When it can't be looked up.
    pub async fn key(&self, id: ApiKeyId, purpose: Purpose) -> Result<Option<Arc<ApiKey>>, StoreError> {
        let now = self.clock.now();
        let generation = {
            let memory = self.memory();
            if let Some(key) = fresh(&memory.keys, &id, purpose, now) {
                return Ok(Some(key));
            }
            memory.generation
        };
        let found = self.lookups.key(id).await?.map(Arc::new);
        let mut memory = self.memory();
        if memory.generation == generation {
            remember(&mut memory.keys, id, now, &found);
        }
        Ok(found)
    }

    /// Who calls in that session.
    ///
    /// # Errors
    /// When it can't be looked up.
    pub async fn session(&self, id: SessionId, purpose: Purpose) -> Result<Option<Arc<Actor>>, StoreError> {
        let now = self.clock.now();
        let generation = {
            let memory = self.memory();
            if let Some(actor) = fresh(&memory.sessions, &id, purpose, now) {
                return Ok(Some(actor));
            }
            memory.generation
        };
        let found = self.lookups.session(id).await?.map(Arc::new);
        let mut memory = self.memory();
        if memory.generation == generation {
            remember(&mut memory.sessions, id, now, &found);
        }
        Ok(found)
    }

    /// Forgets every caller: one of them has changed.
    pub fn forget(&self) {
        let mut memory = self.memory();
        *memory = Memory { generation: memory.generation + 1, ..Memory::default() };
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn fresh<K: Eq + Hash, V: Clone>(
    remembered: &Remembered<K, V>,
    id: &K,
    purpose: Purpose,
    now: DateTime<Utc>,
) -> Option<V> {
    let (looked_up_at, value) = remembered.get(id).filter(|_| purpose == Purpose::Read)?;
    // a clock that was set back does not make an entry younger
    (*looked_up_at <= now && now - *looked_up_at < TTL).then(|| value.clone())
}

fn remember<K: Eq + Hash, V: Clone>(
    remembered: &mut Remembered<K, V>,
    id: K,
    looked_up_at: DateTime<Utc>,
    found: &Option<V>,
) {
    if remembered.len() >= CAPACITY {
        remembered.clear();
    }
    match found {
        Some(value) => drop(remembered.insert(id, (looked_up_at, value.clone()))),
        None => drop(remembered.remove(&id)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::MockCallerLookups;
    use kernel::access::Identity;
    use kernel::id::Id;
    use std::sync::atomic::{AtomicI64, Ordering};
    use uuid::Uuid;

    #[derive(Default)]
    struct SetClock(AtomicI64);

    impl SetClock {
        fn advance(&self, milliseconds: i64) {
            self.0.fetch_add(milliseconds, Ordering::Relaxed);
        }
    }

    impl Clock for SetClock {
        fn now(&self) -> DateTime<Utc> {
            DateTime::UNIX_EPOCH + TimeDelta::milliseconds(self.0.load(Ordering::Relaxed))
        }
    }

    fn session() -> SessionId {
        Id::new(Uuid::from_u128(7))
    }

    fn actor() -> Actor {
        Actor { team: Id::new(Uuid::from_u128(1)), identity: Identity::System { part: "tests" } }
    }

    /// Look-ups that find the session so many times, and then no more.
    fn found(times: usize) -> MockCallerLookups {
        let mut lookups = MockCallerLookups::new();
        lookups.expect_session().times(times).returning(|_| Ok(Some(actor())));
        lookups.expect_session().returning(|_| Ok(None));
        lookups
    }

    fn ask(callers: &CallerCache, purpose: Purpose) -> bool {
        pollster::block_on(callers.session(session(), purpose)).unwrap().is_some()
    }

    #[test]
    fn reads_are_answered_from_memory_for_less_than_a_second() {
        let clock = Arc::new(SetClock::default());
        let callers = CallerCache::new(Arc::new(found(1)), clock.clone());
        assert!(ask(&callers, Purpose::Read));
        clock.advance(799);
        assert!(ask(&callers, Purpose::Read));
        clock.advance(1);
        assert!(!ask(&callers, Purpose::Read));
    }

    #[test]
    fn writes_never_are_and_what_they_find_counts_for_reads() {
        let callers = CallerCache::new(Arc::new(found(2)), Arc::new(SetClock::default()));
        assert!(ask(&callers, Purpose::Read) && ask(&callers, Purpose::Write));
        assert!(!ask(&callers, Purpose::Write));
        assert!(!ask(&callers, Purpose::Read));
    }

    #[test]
    fn what_is_forgotten_is_looked_up_anew() {
        let callers = CallerCache::new(Arc::new(found(1)), Arc::new(SetClock::default()));
        assert!(ask(&callers, Purpose::Read));
        callers.forget();
        assert!(!ask(&callers, Purpose::Read));
    }

    #[test]
    fn a_clock_that_was_set_back_makes_no_entry_younger() {
        let clock = Arc::new(SetClock::default());
        let callers = CallerCache::new(Arc::new(found(1)), clock.clone());
        assert!(ask(&callers, Purpose::Read));
        clock.advance(-1);
        assert!(!ask(&callers, Purpose::Read));
    }

    /// Found before the change, cached after it: the change would not hold.
    struct ChangedMeanwhile(Mutex<Option<Arc<CallerCache>>>);

    #[async_trait::async_trait]
    impl CallerLookups for ChangedMeanwhile {
        async fn key(&self, _: ApiKeyId) -> Result<Option<ApiKey>, StoreError> {
            Ok(None)
        }

        async fn session(&self, _: SessionId) -> Result<Option<Actor>, StoreError> {
            Ok(self.0.lock().unwrap().take().map(|callers| {
                callers.forget();
                actor()
            }))
        }
    }

    #[test]
    fn a_look_up_begun_before_a_change_is_not_remembered_after_it() {
        let lookups = Arc::new(ChangedMeanwhile(Mutex::default()));
        let callers = Arc::new(CallerCache::new(lookups.clone(), Arc::new(SetClock::default())));
        *lookups.0.lock().unwrap() = Some(callers.clone());
        assert!(ask(&callers, Purpose::Read));
        assert!(!ask(&callers, Purpose::Read));
    }
}
