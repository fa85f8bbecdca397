//! Writes the access log beside the requests: they queue a record and go on, a task writes the queue in batches.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use audit::AccessRecord;
use audit::ports::AccessLog;
use kernel::error::StoreError;
use tokio::sync::Notify;
use tokio::time::MissedTickBehavior;

/// The most records that wait to be written: those of a busy second, a few MiB.
const WAITING: usize = 20_000;
/// Records of one batch.
const BATCH: usize = 1_000;
/// How long a record waits for its batch to fill.
const EVERY: Duration = Duration::from_millis(250);
/// How often lost records are logged.
const TELL_EVERY: Duration = Duration::from_secs(60);
const DROPPED: &str = "throughline_access_log_dropped_total";

/// Queues records of the access log. Never waits: if the queue is full, a record is dropped, counted and logged.
pub struct AccessLogWriter {
    waiting: Arc<Waiting>,
    told: Mutex<Option<Instant>>,
}

/// The records not written yet. The writer is woken once a batch, not once a record.
#[derive(Default)]
struct Waiting {
    records: Mutex<Vec<AccessRecord>>,
    batch_is_full: Notify,
}

impl Waiting {
    fn records(&self) -> MutexGuard<'_, Vec<AccessRecord>> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The oldest records, as many as one write takes.
    fn take(&self) -> Vec<AccessRecord> {
        let mut records = self.records();
        let count = records.len().min(BATCH);
        records.drain(..count).collect()
    }
}

impl AccessLogWriter {
    /// A writer's queue, and the task that writes it to `log`.
    pub fn new(log: Arc<dyn AccessLog>) -> (Self, Recording) {
        metrics::counter!(DROPPED).increment(0);
        let waiting = Arc::new(Waiting::default());
        (Self { waiting: waiting.clone(), told: Mutex::default() }, Recording { waiting, log })
    }

    pub(crate) fn record(&self, record: AccessRecord) {
        let mut records = self.waiting.records();
        if records.len() < WAITING {
            records.push(record);
            if records.len().is_multiple_of(BATCH) {
                self.waiting.batch_is_full.notify_one();
            }
            return;
        }
        drop(records);
        metrics::counter!(DROPPED).increment(1);
        if self.is_time_to_tell() {
            tracing::warn!("the access log can't be written fast enough: records are dropped, see {DROPPED}");
        }
    }

    fn is_time_to_tell(&self) -> bool {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let is_time = told.is_none_or(|told| told.elapsed() >= TELL_EVERY);
        if is_time {
            *told = Some(Instant::now());
        }
        is_time
    }
}

/// Writes queued records in batches.
pub struct Recording {
    waiting: Arc<Waiting>,
    log: Arc<dyn AccessLog>,
}

/// The outcome of a batch.
enum Batch {
    /// There was none, or it is written or given up; the next may follow.
    Settled { was_full: bool },
    /// It can't be written now and goes back into the queue.
    Kept(Arc<Vec<AccessRecord>>),
}

impl Recording {
    /// Runs until `ending` comes to its end, then writes what is left.
    pub async fn run(self, ending: impl Future<Output = ()>) {
        let mut ending = std::pin::pin!(ending);
        let mut ticks = tokio::time::interval(EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let is_full = self.waiting.batch_is_full.notified();
            tokio::select! {
                () = &mut ending => break,
                _ = ticks.tick() => {}
                () = is_full => {}
            }
            self.write_all().await;
        }
        self.write_all().await;
        let lost = self.waiting.records().len();
        if lost > 0 {
            tracing::error!(lost, "the process ends with records of the access log that can't be written");
        }
    }

    /// Writes batch after batch, until none is full or one can't be written.
    async fn write_all(&self) {
        loop {
            match self.write(self.waiting.take()).await {
                Batch::Settled { was_full: true } => {}
                Batch::Settled { was_full: false } => return,
                Batch::Kept(batch) => {
                    let mut records = self.waiting.records();
                    records.splice(..0, batch.iter().cloned());
                    return;
                }
            }
        }
    }

    async fn write(&self, batch: Vec<AccessRecord>) -> Batch {
        let was_full = batch.len() == BATCH;
        if batch.is_empty() {
            return Batch::Settled { was_full };
        }
        let batch = Arc::new(batch);
        match self.log.record(batch.clone()).await {
            Ok(()) => Batch::Settled { was_full },
            Err(error @ (StoreError::Unavailable(_) | StoreError::OutcomeUnknown(_))) => {
                tracing::warn!(%error, "the access log can't be written; it is tried again");
                Batch::Kept(batch)
            }
            Err(error) => {
                let cause = std::error::Error::source(&error).map(ToString::to_string);
                tracing::error!(%error, cause, records = batch.len(), "records of the access log are lost");
                metrics::counter!(DROPPED).increment(batch.len() as u64);
                Batch::Settled { was_full }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_trait::async_trait;
    use audit::ports::{AccessFilter, MockAccessLog};
    use chrono::DateTime;
    use kernel::id::{Id, TeamId};
    use kernel::page::{Listing, Window};
    use tokio::sync::{Notify, oneshot};
    use uuid::Uuid;

    fn record(n: usize) -> AccessRecord {
        AccessRecord {
            team: Id::new(Uuid::nil()),
            id: Uuid::from_u128(n as u128),
            at: DateTime::UNIX_EPOCH,
            actor: "api_key:1".into(),
            method: "GET".into(),
            route: "/".into(),
            path: "/".into(),
            status: 200,
            request_id: "req_1".into(),
            address: None,
            microseconds: 1,
        }
    }

    /// A log that counts, and fails as often as asked to.
    #[derive(Default)]
    struct Counting {
        batches: Mutex<Vec<usize>>,
        failures: Mutex<Vec<StoreError>>,
        written: Notify,
    }

    #[async_trait]
    impl AccessLog for Counting {
        async fn record(&self, records: Arc<Vec<AccessRecord>>) -> Result<(), StoreError> {
            if let Some(error) = self.failures.lock().unwrap().pop() {
                return Err(error);
            }
            self.batches.lock().unwrap().push(records.len());
            self.written.notify_one();
            Ok(())
        }

        async fn list(
            &self,
            _: TeamId,
            _: AccessFilter,
            _: Window,
        ) -> Result<Listing<AccessRecord>, StoreError> {
            Ok(Listing { items: Vec::new(), total: 0 })
        }
    }

    #[actix_web::test]
    async fn records_are_written_in_batches_and_the_rest_at_the_end() {
        let log = Arc::new(Counting::default());
        let (recorder, recording) = AccessLogWriter::new(log.clone());
        (0..2_201).for_each(|n| recorder.record(record(n)));
        let (end, ended) = oneshot::channel::<()>();
        drop(end);
        recording.run(async { ended.await.unwrap_or_default() }).await;
        assert_eq!(*log.batches.lock().unwrap(), [1_000, 1_000, 201]);
    }

    #[actix_web::test]
    async fn a_single_record_is_written_without_waiting_for_others() {
        let log = Arc::new(Counting::default());
        let (recorder, recording) = AccessLogWriter::new(log.clone());
        let (end, ended) = oneshot::channel::<()>();
        let running = actix_web::rt::spawn(recording.run(async { ended.await.unwrap_or_default() }));
        recorder.record(record(1));
        log.written.notified().await;
        recorder.record(record(2));
        log.written.notified().await;
        assert_eq!(*log.batches.lock().unwrap(), [1, 1]);
        drop(end);
        running.await.unwrap();
    }

    #[actix_web::test]
    async fn a_batch_that_may_be_written_later_is_tried_again_and_another_is_given_up() {
        let log = Arc::new(Counting::default());
        log.failures.lock().unwrap().extend([
            StoreError::Internal("no such table".into()),
            StoreError::OutcomeUnknown("gone".into()),
            StoreError::Unavailable("busy".into()),
        ]);
        let (recorder, recording) = AccessLogWriter::new(log.clone());
        let (end, ended) = oneshot::channel::<()>();
        (0..1_200).for_each(|n| recorder.record(record(n)));
        let running = actix_web::rt::spawn(recording.run(async { ended.await.unwrap_or_default() }));
        log.written.notified().await;
        drop(end);
        running.await.unwrap();
        assert_eq!(*log.batches.lock().unwrap(), [200], "the first 1,000 were lost at their third try");
    }

    #[actix_web::test]
    async fn with_no_room_left_records_are_dropped_and_nobody_waits() {
        let (recorder, recording) = AccessLogWriter::new(Arc::new(MockAccessLog::new()));
        (0..WAITING + 5).for_each(|n| recorder.record(record(n)));
        assert_eq!(recording.waiting.records().len(), WAITING);
        assert!(!recorder.is_time_to_tell(), "it was told, and is not told again for a while");
    }
}
