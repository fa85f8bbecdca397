//! What runs beside the requests: sealing the audit trail, signing its heads, relaying events, looking up invoices, and
//! sweeping.

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
/// How often it is looked whether there are invoices to be looked up.
const RECONCILE_EVERY: Duration = Duration::from_secs(1);
const SIGN_EVERY: Duration = Duration::from_secs(60);
const SWEEP_EVERY: Duration = Duration::from_secs(600);
/// How long the access log is kept.
const ACCESS_KEPT: Duration = Duration::from_secs(90 * 24 * 60 * 60);
/// How long exchanges with the accounting system are kept.
const EXCHANGES_KEPT: Duration = Duration::from_secs(90 * 24 * 60 * 60);
/// How long samples of equipment are kept.
const SAMPLES_KEPT: Duration = Duration::from_secs(90 * 24 * 60 * 60);
/// How long events are kept, and longer until every consumer has taken them.
const EVENTS_KEPT: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// How long it is known who took them, and longer while they are kept.
const INBOX_KEPT: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// What the last rounds of relays may take at the end of the process, and after them the last seals and heads.
const LAST_WORK: Duration = Duration::from_secs(2);

/// The workers of a process, running.
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

    /// Ends them, lets rounds of relays come to their end, and signs what the chains have come to.
    pub(crate) async fn finish(mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
        self.ending.send_replace(true);
        let rounds = async {
            for relay in &mut self.relays {
                // a relay that panicked has told so
                let _ = relay.await;
            }
        };
        if timeout(LAST_WORK, rounds).await.is_err() {
            tracing::warn!("the process ends within a round of a relay; another begins it anew");
        }
        let last = async {
            Failures::default().told("the audit trail could not be sealed", self.seal.run().await);
            Failures::default().told("the audit trail's heads could not be kept", self.sign.run().await);
        };
        if timeout(LAST_WORK, last).await.is_err() {
            tracing::warn!("the process ends before the audit trail's last heads were kept");
        }
    }
}

async fn sealing(seal: Arc<SealAudit>) {
    let mut ticks = interval(SEAL_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut failures = Failures::default();
    loop {
        ticks.tick().await;
        failures.told("the audit trail can't be sealed; it is tried again", seal.run().await);
    }
}

async fn signing(sign: Arc<SignHeads>) {
    let mut ticks = interval(SIGN_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut failures = Failures::default();
    loop {
        ticks.tick().await;
        failures.told("the audit trail's heads can't be kept; it is tried again", sign.run().await);
    }
}

/// Looks invoices up whose outcome is not known.
async fn reconciling(reconcile: ReconcileInvoices) {
    let mut ticks = interval(RECONCILE_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut failures = Failures::default();
    loop {
        ticks.tick().await;
        let round = reconcile.run().await;
        if let Ok(round) = &round
            && round.due > 0
        {
            tracing::info!(due = round.due, settled = round.settled, "invoices of unknown outcome looked up");
        }
        failures.told("invoices of unknown outcome can't be looked up; it is tried again", round);
    }
}

/// Round after round while there are events, then a look at every tick.
async fn relaying(relay: Relay, mut ending: watch::Receiver<bool>) {
    let mut ticks = interval(RELAY_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut failures = Failures::default();
    let what = format!("events can't be relayed to {}; it is tried again", relay.consumer());
    while !*ending.borrow() {
        tokio::select! {
            _ = ticks.tick() => {}
            _ = ending.changed() => return,
        }
        let mut more = true;
        while more && !*ending.borrow() {
            let round = relay.run().await;
            more = round.as_ref().is_ok_and(|count| *count > 0);
            failures.told(&what, round);
        }
    }
}

async fn sweeping(db: Db, attachments: SweepAttachments) {
    let mut ticks = interval(SWEEP_EVERY);
    loop {
        ticks.tick().await;
        let now = clock().now();
        tell("expired answers", sweep_answers(&db, now).await);
        tell("expired refresh tokens", sweep_refresh_tokens(&db, now).await);
        tell("ended sessions", sweep_sessions(&db, now).await);
        tell("old attempts to log in", sweep_log_in_attempts(&db, now).await);
        tell("the old access log", sweep_access_log(&db, now - ACCESS_KEPT).await);
        tell("old exchanges with wFirma", sweep_accounting_exchanges(&db, now - EXCHANGES_KEPT).await);
        tell("old samples of equipment", sweep_equipment_samples(&db, now - SAMPLES_KEPT).await);
        tell("old events", sweep_outbox(&db, now - EVENTS_KEPT).await);
        tell("the old inbox", sweep_inbox(&db, now - INBOX_KEPT).await);
        tell("what is left of files", attachments.run(now).await);
    }
}

fn tell(what: &str, swept: Result<usize, impl Error>) {
    match swept {
        Ok(swept) => tracing::debug!(swept, "{what} deleted"),
        Err(error) => {
            let cause = error.source().map(ToString::to_string);
            tracing::warn!(%error, cause, "{what} could not be deleted; it is tried again");
        }
    }
}

/// Failures of one worker: the first is logged, then one a minute for as long as they last.
#[derive(Default)]
struct Failures {
    told: Option<Instant>,
}

impl Failures {
    const TELL_EVERY: Duration = Duration::from_secs(60);

    fn told<T>(&mut self, what: &str, done: Result<T, impl Error>) {
        let Err(error) = done else {
            self.told = None;
            return;
        };
        if self.told.is_none_or(|told| told.elapsed() >= Self::TELL_EVERY) {
            self.told = Some(Instant::now());
            let cause = error.source().map(ToString::to_string);
            tracing::warn!(%error, cause, "{what}");
        }
    }
}
