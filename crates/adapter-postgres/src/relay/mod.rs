//! The relay: brings events that have committed from the outbox to a consumer.

mod batch;

use std::sync::Arc;

use chrono::TimeDelta;
use kernel::clock::{Clock, IdSource, SystemIds};
use kernel::error::{Cause, StoreError};
use kernel::relay::{ConsumeError, Consumer};
use uuid::Uuid;

use self::batch::{Batch, BatchOutcome, Failed, OutboxPosition, RelayStatus, Waiting};
use crate::db::{Db, Lane, Scope};

/// New events of a batch, at most; and as many that are tried again.
pub const BATCH_SIZE: usize = 100;
/// A batch hands over nothing more after this long, and then after this long again with new events.
const HALF_BATCH_TIME: TimeDelta = TimeDelta::milliseconds(500);
const FIRST_PAUSE: TimeDelta = TimeDelta::seconds(1);
const LONGEST_PAUSE: TimeDelta = TimeDelta::hours(1);
/// What is kept of an error, in characters.
const ERROR_LENGTH: usize = 1_000;

/// Brings events to one consumer, a batch at a time.
///
/// How far it has come is a cursor: (transaction, id) of the last event that is outcome, which is consumed or put
/// aside to be tried again. Only transactions below the oldest that still runs are read, so nothing can come in
/// before the cursor. The cursor moves once a batch, after the consumer's own commits; what a crash leaves between them
/// comes again and is found in the inbox (`crate::inbox`).
///
/// One batch at a time relays to a consumer, whichever process it is in: it holds the cursor's row by a lease, taken
/// and given back in short transactions, so that no connection is held while the consumer works. Most of the time there
/// is no batch and no lease, and a process that is killed leaves nothing; one killed within a batch leaves a lease that
/// ends after three seconds by PostgreSQL's clock. A relay whose batch could not be outcome takes its own lease again.
///
/// A batch hands over for a second and then comes to its end. Where a single event takes longer than the lease, another
/// process begins the same batch anew: each event still has its effect once, and the first finds at its end that the
/// cursor is no longer its own.
pub struct Relay {
    db: Db,
    clock: Arc<dyn Clock>,
    consumer: Arc<dyn Consumer>,
    /// Whose leases its batches take.
    holder: Uuid,
}

impl Relay {
    /// A relay to one consumer. A consumer that was never relayed to begins with the oldest event in the outbox.
    pub fn new(db: Db, clock: Arc<dyn Clock>, consumer: Arc<dyn Consumer>) -> Self {
        Self { db, clock, consumer, holder: SystemIds.uuid() }
    }

    /// Whom it relays to.
    pub fn consumer(&self) -> &'static str {
        self.consumer.name()
    }

    /// One batch: events whose time has come to be tried again, then new ones. Gives how many were handed over; more may
    /// wait unless it is 0. Where another process relays to the consumer it is 0 too. Rounds of one relay follow each other.
    ///
    /// # Errors
    /// When the store fails; [`StoreError::Unavailable`] also when the consumer is not available. What was outcome before
    /// stays outcome, the rest comes again.
    pub async fn run(&self) -> Result<usize, StoreError> {
        let status = self.status().await?;
        if !status.has_begun {
            self.begin().await?;
        } else if !(status.is_ready || status.is_due || status.is_stale) {
            return Ok(0);
        }
        let Some(batch) = self.take().await? else { return Ok(0) };
        let mut outcome = BatchOutcome::default();
        let handed_over = self.hand_over_all(batch, &mut outcome).await;
        let count = outcome.count;
        self.settle(outcome).await?;
        handed_over.map(|()| count).map_err(StoreError::Unavailable)
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
            tracing::warn!(consumer = name, "a batch took longer than its lease; another began it anew");
        }
        Ok(())
    }

    /// Hands over until all is outcome, time is up, or the consumer is not available.
    async fn hand_over_all(&self, batch: Batch, outcome: &mut BatchOutcome) -> Result<(), Cause> {
        // each half hands over one event at least: neither can keep the other from its batch
        let until = self.clock.now() + HALF_BATCH_TIME;
        for event in batch.due {
            self.hand_over(&event, outcome).await?;
            if self.clock.now() >= until {
                break;
            }
        }
        let until = self.clock.now() + HALF_BATCH_TIME;
        let end = (batch.new.len() < BATCH_SIZE).then_some(batch.horizon);
        for event in batch.new {
            self.hand_over(&event, outcome).await?;
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

    /// Hands over one event; fails if the consumer is not available.
    async fn hand_over(&self, event: &Waiting, outcome: &mut BatchOutcome) -> Result<(), Cause> {
        let (consumer, delivery) = (self.consumer.clone(), event.delivery.clone());
        // in a task of its own, so that one that panics fails like any other
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
            error = failed.error, "an event could not be consumed; it is tried again"
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

/// How long an event waits after so many failures: twice as long after each.
fn pause(attempts: i32) -> TimeDelta {
    let doublings = u32::try_from(attempts).unwrap_or(1).saturating_sub(1);
    let factor = 2_i32.checked_pow(doublings).unwrap_or(i32::MAX);
    FIRST_PAUSE.checked_mul(factor).map_or(LONGEST_PAUSE, |pause| pause.min(LONGEST_PAUSE))
}

/// An error with its causes, as much as is kept.
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
    fn of_an_error_its_causes_are_told_as_far_as_there_is_room() {
        let error = ConsumeError::Failed("a\0b".into());
        assert_eq!(describe(&error), "the consumer failed at the event: ab");
        assert_eq!(describe(&ConsumeError::Failed("ä".repeat(2_000).into())).chars().count(), ERROR_LENGTH);
    }
}
