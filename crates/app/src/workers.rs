//! The background workers: they seal the audit trail, sign its heads, relay events, look up invoices and delete expired
//! data.

use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::rt::{spawn, task::JoinHandle};
use adapter_postgres::Db;
use adapter_postgres::relay::Relay;
use adapter_postgres::sweeper::{
    sweep_access_log, sweep_accounting_exchanges, sweep_answers, sweep_equipment_samples, sweep_inbox,
    sweep_log_in_attempts, sweep_outbox, sweep_refresh_tokens, sweep_sessions,
};
use attachments::SweepAttachments;
use audit::{SealAudit, SignHeads};
use invoicing::ReconcileInvoices;
use secrets::signing::SigningKeys;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval, timeout};

use crate::wiring::{self, Backends, clock};

/// An entry is sealed within a second of its commit.
const SEAL_EVERY: Duration = Duration::from_millis(500);
/// An event is consumed well within a second of its commit.
const RELAY_EVERY: Duration = Duration::from_millis(200);
/// How often invoices of unknown outcome are looked up.
const RECONCILE_EVERY: Duration = Duration::from_secs(1);
const SIGN_EVERY: Duration = Duration::from_secs(60);
const SWEEP_EVERY: Duration = Duration::from_secs(600);
/// How long access records are stored.
const ACCESS_RETENTION: Duration = Duration::from_secs(90 * 24 * 60 * 60);
/// How long exchanges with the accounting system are stored.
const EXCHANGES_RETENTION: Duration = Duration::from_secs(90 * 24 * 60 * 60);
/// How long samples of equipment are stored.
const SAMPLES_RETENTION: Duration = Duration::from_secs(90 * 24 * 60 * 60);
/// How long events are stored; longer until every consumer has them.
const EVENTS_RETENTION: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// How long the inbox of consumed events is stored; longer while the events are.
const INBOX_RETENTION: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// The time for the last batches of relays at shutdown, and then for the last seals and heads.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(2);

/// The running workers of a process.
pub(crate) struct Workers {
    tasks: [JoinHandle<()>; 4],
    relays: Vec<JoinHandle<()>>,
    ending: watch::Sender<bool>,
    seal: Arc<SealAudit>,
    sign: Arc<SignHeads>,
}

impl Workers {
    /// Starts them.
    pub(crate) fn start(backends: &Backends, keys: Arc<SigningKeys>, data_dir: &Path) -> Self {
        let db = &backends.db;
        let seal = Arc::new(wiring::seal_audit(db));
        let sign = Arc::new(wiring::sign_heads(db, keys, data_dir));
        let attachments = wiring::sweep_attachments(backends);
        let tasks = [
            spawn(sealing(seal.clone())),
            spawn(signing(sign.clone())),
            spawn(sweeping(db.clone(), attachments)),
            spawn(reconciling(backends.accounting.reconcile())),
        ];
        let ending = watch::Sender::new(false);
        let relays = wiring::relays(db).into_iter().map(|relay| spawn(relaying(relay, ending.subscribe())));
        Self { tasks, relays: relays.collect(), ending, seal, sign }
    }

    /// Stops them, lets the relays finish their batches, and signs the last heads of the chains.
    pub(crate) async fn finish(mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
        self.ending.send_replace(true);
        let batches = async {
            for relay in &mut self.relays {
                // a relay that panicked has been reported
                let _ = relay.await;
            }
        };
        if timeout(SHUTDOWN_TIMEOUT, batches).await.is_err() {
            tracing::warn!("the process ends during a batch of a relay; another process repeats it");
        }
        let last = async {
            FailureLog::default().record("the audit trail could not be sealed", self.seal.run().await);
            FailureLog::default()
                .record("the audit trail's heads could not be archived", self.sign.run().await);
        };
        if timeout(SHUTDOWN_TIMEOUT, last).await.is_err() {
            tracing::warn!("the process ends before the audit trail's last heads were archived");
        }
    }
}

async fn sealing(seal: Arc<SealAudit>) {
    let mut ticks = interval(SEAL_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut failures = FailureLog::default();
    loop {
        ticks.tick().await;
        failures.record("the audit trail can't be sealed; retrying", seal.run().await);
    }
}

async fn signing(sign: Arc<SignHeads>) {
    let mut ticks = interval(SIGN_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut failures = FailureLog::default();
    loop {
        ticks.tick().await;
        failures.record("the audit trail's heads can't be archived; retrying", sign.run().await);
    }
}

/// Looks up invoices of unknown outcome.
async fn reconciling(reconcile: ReconcileInvoices) {
    let mut ticks = interval(RECONCILE_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut failures = FailureLog::default();
    loop {
        ticks.tick().await;
        let result = reconcile.run().await;
        if let Ok(round) = &result
            && round.due > 0
        {
            tracing::info!(due = round.due, settled = round.settled, "invoices of unknown outcome looked up");
        }
        failures.record("invoices of unknown outcome can't be looked up; retrying", result);
    }
}

/// Relays batch after batch while there are events, then checks at every tick.
async fn relaying(relay: Relay, mut ending: watch::Receiver<bool>) {
    let mut ticks = interval(RELAY_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut failures = FailureLog::default();
    let what = format!("events can't be relayed to {}; retrying", relay.consumer());
    while !*ending.borrow() {
        tokio::select! {
            _ = ticks.tick() => {}
            _ = ending.changed() => return,
        }
        let mut more = true;
        while more && !*ending.borrow() {
            let result = relay.run().await;
            more = result.as_ref().is_ok_and(|count| *count > 0);
            failures.record(&what, result);
        }
    }
}

async fn sweeping(db: Db, attachments: SweepAttachments) {
    let mut ticks = interval(SWEEP_EVERY);
    loop {
        ticks.tick().await;
        let now = clock().now();
        log_sweep("expired answers", sweep_answers(&db, now).await);
        log_sweep("expired refresh tokens", sweep_refresh_tokens(&db, now).await);
        log_sweep("ended sessions", sweep_sessions(&db, now).await);
        log_sweep("old attempts to log in", sweep_log_in_attempts(&db, now).await);
        log_sweep("the old access log", sweep_access_log(&db, now - ACCESS_RETENTION).await);
        log_sweep(
            "old exchanges with wFirma",
            sweep_accounting_exchanges(&db, now - EXCHANGES_RETENTION).await,
        );
        log_sweep("old samples of equipment", sweep_equipment_samples(&db, now - SAMPLES_RETENTION).await);
        log_sweep("old events", sweep_outbox(&db, now - EVENTS_RETENTION).await);
        log_sweep("the old inbox", sweep_inbox(&db, now - INBOX_RETENTION).await);
        log_sweep("orphaned files", attachments.run(now).await);
    }
}

fn log_sweep(what: &str, swept: Result<usize, impl Error>) {
    match swept {
        Ok(swept) => tracing::debug!(swept, "{what} deleted"),
        Err(error) => {
            let cause = error.source().map(ToString::to_string);
            tracing::warn!(%error, cause, "{what} could not be deleted; retrying");
        }
    }
}

/// A log of one worker's failures: the first is logged, then one a minute as long as they last.
#[derive(Default)]
struct FailureLog {
    logged_at: Option<Instant>,
}

impl FailureLog {
    const LOG_EVERY: Duration = Duration::from_secs(60);

    fn record<T>(&mut self, what: &str, result: Result<T, impl Error>) {
        let Err(error) = result else {
            self.logged_at = None;
            return;
        };
        if self.logged_at.is_none_or(|at| at.elapsed() >= Self::LOG_EVERY) {
            self.logged_at = Some(Instant::now());
            let cause = error.source().map(ToString::to_string);
            tracing::warn!(%error, cause, "{what}");
        }
    }
}
