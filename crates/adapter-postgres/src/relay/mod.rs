//! The relay: delivers committed events from the outbox to a consumer.

mod batch;

use std::sync::Arc;

use chrono::TimeDelta;
use kernel::clock::{Clock, IdSource, SystemIds};
use kernel::error::{Cause, StoreError};
use kernel::relay::{ConsumeError, Consumer};
use uuid::Uuid;

use self::batch::{Batch, BatchOutcome, Failed, OutboxPosition, RelayStatus, Waiting};
use crate::db::{Db, Lane, Scope};

/// The most new events of a batch, and the most retried ones.
pub const BATCH_SIZE: usize = 100;
/// How long a batch delivers retried events, and then new ones.
const HALF_BATCH_TIME: TimeDelta = TimeDelta::milliseconds(500);
const FIRST_PAUSE: TimeDelta = TimeDelta::seconds(1);
const LONGEST_PAUSE: TimeDelta = TimeDelta::hours(1);
/// The most characters of an error that are stored.
const ERROR_LENGTH: usize = 1_000;

/// Delivers events to one consumer, a batch at a time.
///
/// Its progress is a cursor: (transaction, id) of the last settled event, which was consumed or put aside to be retried.
/// Only transactions below the oldest running one are read, so no event can appear before the cursor. The cursor moves
/// once a batch, after the consumer's own commits; events between the two are delivered again after a crash and are
/// found in the inbox (`crate::inbox`).
///
/// One relay at a time delivers to a consumer, in whichever process: it holds the cursor's row by a lease that is taken
/// and returned in short transactions, so no connection is held while the consumer works. Between batches there is no
/// lease, so a process that is killed then leaves nothing; killed within a batch it leaves a lease that ends after three
/// seconds by PostgreSQL's clock. A relay that could not settle its batch takes its own lease again.
///
/// A batch delivers for one second. If a single event takes longer than the lease, another process begins the same batch
/// anew: each event still has its effect once, and the first process finds that the cursor is no longer its own.
pub struct Relay {
    db: Db,
    clock: Arc<dyn Clock>,
    consumer: Arc<dyn Consumer>,
    /// The holder of its leases.
    holder: Uuid,
}

impl Relay {
    /// Creates a relay. A new consumer begins with the oldest event in the outbox.
    pub fn new(db: Db, clock: Arc<dyn Clock>, consumer: Arc<dyn Consumer>) -> Self {
        Self { db, clock, consumer, holder: SystemIds.uuid() }
    }

    /// The consumer's name.
    pub fn consumer(&self) -> &'static str {
        self.consumer.name()
    }

    /// Delivers one batch: events that are due to be retried, then new ones. Returns how many were delivered; 0 if none
    /// waits, or another process holds the lease. Never runs twice at once for one relay.
    ///
    /// # Errors
    /// When the store fails; [`StoreError::Unavailable`] also when the consumer is not available. What was settled before
    /// stays settled; the rest is delivered again.
    pub async fn run(&self) -> Result<usize, StoreError> {
        let status = self.status().await?;
        if !status.has_begun {
            self.begin().await?;
        } else if !(status.is_ready || status.is_due || status.is_stale) {
            return Ok(0);
        }
        let Some(batch) = self.take().await? else { return Ok(0) };
        let mut outcome = BatchOutcome::default();
        let delivered = self.deliver_all(batch, &mut outcome).await;
        let count = outcome.count;
        self.settle(outcome).await?;
        delivered.map(|()| count).map_err(StoreError::Unavailable)
    }

    async fn status(&self) -> Result<RelayStatus, StoreError> {
        let (name, types, now) = (self.consumer.name(), self.consumer.event_types(), self.clock.now());
        let status =
            self.db.read(Scope::System, move |connection| batch::status(connection, name, types, now));
        let status = status.await?;
        let waited = status.waits_since.map_or(0, |since| (now - since).num_milliseconds().max(0));
        metrics::gauge!("throughline_relay_lag_seconds", "consumer" => name).set(waited as f64 / 1_000.0);
        metrics::gauge!("throughline_relay_retries", "consumer" => name).set(status.retries as f64);
        Ok(status)
    }

    async fn begin(&self) -> Result<(), StoreError> {
        let name = self.consumer.name();
        // it may number a whole restored outbox anew
        self.db.write(Scope::System, Lane::Bulk, move |connection| batch::begin(connection, name)).await
    }

    async fn take(&self) -> Result<Option<Batch>, StoreError> {
        let (name, types, now) = (self.consumer.name(), self.consumer.event_types(), self.clock.now());
        let holder = self.holder;
        let take = move |connection: &mut _| batch::take(connection, name, types, holder, now);
        self.db.write(Scope::System, Lane::Ordinary, take).await
    }

    async fn settle(&self, outcome: BatchOutcome) -> Result<(), StoreError> {
        let (name, holder) = (self.consumer.name(), self.holder);
        let settle = move |connection: &mut _| batch::settle(connection, name, holder, &outcome);
        if !self.db.write(Scope::System, Lane::Ordinary, settle).await? {
            tracing::warn!(
                consumer = name,
                "a batch took longer than its lease; another process began it anew"
            );
        }
        Ok(())
    }

    /// Delivers until all is settled, time is up, or the consumer is not available.
    async fn deliver_all(&self, batch: Batch, outcome: &mut BatchOutcome) -> Result<(), Cause> {
        // each half delivers one event at least, so neither can starve the other
        let until = self.clock.now() + HALF_BATCH_TIME;
        for event in batch.due {
            self.deliver(&event, outcome).await?;
            if self.clock.now() >= until {
                break;
            }
        }
        let until = self.clock.now() + HALF_BATCH_TIME;
        let end = (batch.new.len() < BATCH_SIZE).then_some(batch.horizon);
        for event in batch.new {
            self.deliver(&event, outcome).await?;
            outcome.reached = Some(event.position);
            if self.clock.now() >= until {
                return Ok(());
            }
        }
        if let Some(horizon) = end {
            outcome.reached = Some(OutboxPosition::before(horizon));
        }
        Ok(())
    }

    /// Delivers one event; fails if the consumer is not available.
    async fn deliver(&self, event: &Waiting, outcome: &mut BatchOutcome) -> Result<(), Cause> {
        let (consumer, delivery) = (self.consumer.clone(), event.delivery.clone());
        // in its own task, so that a panic is a failure like any other
        let consumed = tokio::spawn(async move { consumer.consume(&delivery).await }).await;
        let error: Cause = match consumed {
            Ok(Ok(())) => {
                self.count("consumed");
                outcome.consumed(event);
                return Ok(());
            }
            Ok(Err(ConsumeError::Unavailable(cause))) => {
                self.count("unavailable");
                return Err(cause);
            }
            Ok(Err(error)) => Box::new(error),
            Err(panicked) => Box::new(panicked),
        };
        self.count("failed");
        let failed = self.failed(event, describe(&*error));
        tracing::warn!(
            consumer = self.consumer.name(), team = %event.delivery.team, event = %event.delivery.id,
            event_type = event.delivery.event_type, attempts = failed.attempts, next_at = %failed.next_at,
            error = failed.error, "an event could not be consumed; it will be retried"
        );
        outcome.failed(failed);
        Ok(())
    }

    fn failed(&self, event: &Waiting, error: String) -> Failed {
        let attempts = event.attempts.saturating_add(1);
        let next_at = self.clock.now() + pause(attempts);
        Failed { team: event.delivery.team.uuid(), id: event.delivery.id, attempts, next_at, error }
    }

    fn count(&self, outcome: &'static str) {
        let name = self.consumer.name();
        metrics::counter!("throughline_relay_deliveries_total", "consumer" => name, "outcome" => outcome)
            .increment(1);
    }
}

/// The pause after so many failures; it doubles each time.
fn pause(attempts: i32) -> TimeDelta {
    let doublings = u32::try_from(attempts).unwrap_or(1).saturating_sub(1);
    let factor = 2_i32.checked_pow(doublings).unwrap_or(i32::MAX);
    FIRST_PAUSE.checked_mul(factor).map_or(LONGEST_PAUSE, |pause| pause.min(LONGEST_PAUSE))
}

/// An error with its causes, cut to [`ERROR_LENGTH`].
fn describe(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    let causes: Vec<String> = causes.map(ToString::to_string).collect();
    // PostgreSQL's text has no NUL
    causes.join(": ").chars().filter(|letter| *letter != '\0').take(ERROR_LENGTH).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_waits_twice_as_long_after_each_failure_and_at_most_an_hour() {
        let seconds = |attempts| pause(attempts).num_seconds();
        assert_eq!([1, 2, 3, 4, 12].map(seconds), [1, 2, 4, 8, 2_048]);
        assert_eq!([13, 14, 33, i32::MAX].map(seconds), [3_600; 4]);
    }

    #[test]
    fn an_error_is_stored_with_its_causes_as_far_as_there_is_room() {
        let error = ConsumeError::Failed("a\0b".into());
        assert_eq!(describe(&error), "the consumer failed at the event: ab");
        assert_eq!(describe(&ConsumeError::Failed("ä".repeat(2_000).into())).chars().count(), ERROR_LENGTH);
    }
}
