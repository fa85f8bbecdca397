//! A batch of invoices: each is made in the accounting system once, whatever repeats, races or breaks.

mod attempt;

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::BoxFuture;
use futures_util::{StreamExt as _, stream};
use kernel::access::Actor;
use kernel::clock::Clock;
use kernel::error::StoreError;
use kernel::write::WriteContext;

use self::attempt::{BatchIncidents, BatchRun, InvoiceAttempt, Step};
use crate::accounting::{
    AccountingConnection, AfterLookUp, Batch, BatchAnswer, BatchEntry, Bounds, CreatedInvoice, Decision,
    Entry, Event, Failure, InvoiceId, Outcome, Reported, RequestedInvoice,
};
use crate::ports::{
    AccountingGateway, Booked, ConnectionStoreError, Connections, GatewayError, InvoiceLedger, LedgerEntry,
    LedgerError, Pause, Report,
};

/// How batches are processed.
#[derive(Debug, Clone, Copy)]
pub struct ProcessingLimits {
    /// Invoices of one request at once (contract, *gepard*: 8).
    pub at_once: usize,
    /// How long a request may take (contract, *gepard*: 30 s); no invoice is sent later.
    pub deadline: TimeDelta,
    /// How long somebody who claimed an invoice has to send it.
    pub lease: TimeDelta,
    /// How long it may take until what was made is found.
    pub bounds: Bounds,
    /// How often somebody looks who waits for another.
    pub look_every: Duration,
    /// How long an invoice rests before it is tried again that met an accounting system which did not do it now; twice as
    /// long the second time, which is the last.
    pub retry_after: Duration,
}

/// How often an invoice is sent within a request at most.
const TRIES: u32 = 3;

/// Makes the invoices of batches (seed 002).
pub struct ProcessBatch {
    gateway: Arc<dyn AccountingGateway>,
    ledger: Arc<dyn InvoiceLedger>,
    connections: Arc<dyn Connections>,
    clock: Arc<dyn Clock>,
    pause: Arc<dyn Pause>,
    limits: ProcessingLimits,
    /// After this nothing is sent at all, once it is said.
    closing: OnceLock<DateTime<Utc>>,
}

/// Who asks for a batch.
#[derive(Debug, Clone)]
pub struct Request {
    /// Who.
    pub actor: Actor,
    /// The request, as logs and the `X-Request-Id` header name it.
    pub id: String,
}

/// What came of a request.
#[derive(Debug)]
pub struct Processed {
    /// What it is answered with.
    pub answer: BatchAnswer,
    /// What went wrong on the way, for the log: callers are told no causes.
    pub incidents: Vec<BatchIncident>,
}

/// Something that an operator has to know of.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BatchIncident {
    /// A store of ours failed.
    #[error("a store failed")]
    Store(#[source] StoreError),
    /// An invoice stands in the books twice: somebody has to take one of them back.
    #[error("invoice {invoice} was made twice: {} ({}) and {} ({})", first.number, first.wfirma_id, second.number, second.wfirma_id)]
    MadeTwice {
        /// Its id.
        invoice: InvoiceId,
        /// What is known of it.
        first: Booked,
        /// What was made beside.
        second: Booked,
    },
}

impl ProcessBatch {
    /// Stands on an accounting system, the ledger, the connections of the teams, the time, and a way to wait.
    pub fn new(
        gateway: Arc<dyn AccountingGateway>,
        ledger: Arc<dyn InvoiceLedger>,
        connections: Arc<dyn Connections>,
        clock: Arc<dyn Clock>,
        pause: Arc<dyn Pause>,
        limits: ProcessingLimits,
    ) -> Self {
        Self { gateway, ledger, connections, clock, pause, limits, closing: OnceLock::new() }
    }

    /// The process ends: nothing is sent, looked up or waited for after the moment `last`, in whichever request.
    pub fn close(&self, last: DateTime<Utc>) {
        self.closing.get_or_init(|| last);
    }

    /// After this nothing is done for an invoice any more.
    fn deadline(&self, attempt: &InvoiceAttempt<'_>) -> DateTime<Utc> {
        let own = attempt.run.deadline;
        self.closing.get().map_or(own, |last| own.min(*last))
    }

    /// Processes a batch: several invoices at once, results in the order of the request. A team without a connection, or
    /// whose keys can't be decrypted, is answered that the service is unavailable.
    pub async fn run(&self, request: &Request, batch: &Batch) -> Processed {
        let deadline = self.clock.now() + self.limits.deadline;
        let incidents = BatchIncidents::default();
        let answer = match self.begin(request, batch, &incidents).await {
            Ok((connection, known)) => {
                let (connection, incidents) = (&connection, &incidents);
                self.process(&BatchRun { request, connection, deadline, incidents }, batch, known).await
            }
            Err(failure) => BatchAnswer::not_begun(batch, &failure),
        };
        Processed { answer, incidents: incidents.into_all() }
    }

    /// The team's connection, and what is known of the batch's invoices.
    async fn begin(
        &self,
        request: &Request,
        batch: &Batch,
        incidents: &BatchIncidents,
    ) -> Result<(AccountingConnection, HashMap<InvoiceId, LedgerEntry>), Failure> {
        let team = request.actor.team;
        let kept = match self.connections.find(team).await {
            Ok(kept) => kept,
            Err(ConnectionStoreError::Store(error)) => return Err(incidents.of_store(error)),
            Err(_) => None,
        };
        let connection = kept.ok_or_else(Failure::service_unavailable)?.connection;
        let ids = batch.entries().iter().map(|entry| entry.invoice.id()).collect();
        let known = self.ledger.find_all(team, ids).await.map_err(|error| incidents.of_store(error))?;
        Ok((connection, known))
    }

    async fn process(
        &self,
        run: &BatchRun<'_>,
        batch: &Batch,
        mut known: HashMap<InvoiceId, LedgerEntry>,
    ) -> BatchAnswer {
        let mut errands: Vec<BoxFuture<'_, (usize, Outcome)>> = Vec::with_capacity(batch.entries().len());
        for (position, entry) in batch.entries().iter().enumerate() {
            if entry.repeats.is_none() {
                let kept = known.remove(&entry.invoice.id());
                errands.push(Box::pin(self.numbered(position, run, entry, kept)));
            }
        }
        // a slow invoice keeps its own turn and nobody else's
        let outcomes = stream::iter(errands).buffer_unordered(self.limits.at_once.max(1));
        let mut outcomes: Vec<_> = outcomes.collect().await;
        outcomes.sort_by_key(|(position, _)| *position);
        let mut outcomes = outcomes.into_iter().map(|(_, outcome)| outcome);
        answer(batch, || outcomes.next().unwrap_or_else(|| Outcome::Failed(Failure::internal())))
    }

    /// What becomes of the invoice at a position of its batch.
    async fn numbered(
        &self,
        position: usize,
        run: &BatchRun<'_>,
        entry: &BatchEntry,
        kept: Option<LedgerEntry>,
    ) -> (usize, Outcome) {
        let outcome = match RequestedInvoice::of(&entry.invoice, entry.payload, run.connection) {
            Ok(asked) => {
                self.outcome(&InvoiceAttempt { run, entry, asked, tries: AtomicU32::new(0) }, kept).await
            }
            Err(_) => Outcome::Failed(Failure::internal()),
        };
        (position, outcome)
    }

    /// What becomes of an invoice of which this is known so far.
    async fn outcome(&self, attempt: &InvoiceAttempt<'_>, mut kept: Option<LedgerEntry>) -> Outcome {
        let mut has_waited = false;
        loop {
            if has_waited && let Some(failure) = attempt.failed_elsewhere(kept.as_ref()) {
                return Outcome::Failed(failure);
            }
            match self.step(attempt, kept.clone()).await {
                Ok(Step::Done(outcome)) => return outcome,
                Ok(Step::Waited) => has_waited = true,
                Ok(Step::Again) => {}
                Err(error) => return attempt.broken_off(kept.as_ref(), error),
            }
            kept = match self.ledger.find(attempt.run.request.actor.team, attempt.entry.invoice.id()).await {
                Ok(kept) => kept,
                Err(error) => return attempt.broken_off(kept.as_ref(), error),
            };
        }
    }

    async fn step(
        &self,
        attempt: &InvoiceAttempt<'_>,
        kept: Option<LedgerEntry>,
    ) -> Result<Step, StoreError> {
        let stored = kept.as_ref().map(|kept| &kept.entry);
        match Decision::of(stored, &attempt.asked, self.clock.now()) {
            Decision::SendNow => self.send(attempt, kept.map(|kept| kept.version)).await,
            Decision::AnswerExisted(made) => Ok(Step::Done(Outcome::Existed(made))),
            Decision::Conflict => Ok(Step::failed(Failure::idempotency_conflict())),
            Decision::OtherCompany => Ok(Step::failed(Failure::in_another_company())),
            Decision::Wait { .. } | Decision::LookUpFirst if self.clock.now() >= self.deadline(attempt) => {
                Ok(Step::failed(too_late(stored)))
            }
            Decision::Wait { .. } => {
                self.pause.pause(self.limits.look_every).await;
                Ok(Step::Waited)
            }
            Decision::LookUpFirst => match kept {
                Some(kept) => self.look_up(attempt, kept).await,
                None => Ok(Step::Again),
            },
        }
    }

    /// Asks the accounting system for the invoice, and goes on from what it has.
    async fn look_up(&self, attempt: &InvoiceAttempt<'_>, kept: LedgerEntry) -> Result<Step, StoreError> {
        let asked = self.clock.now();
        let (connection, id) = (attempt.run.connection, attempt.entry.invoice.id());
        let found = match self.gateway.find(connection, id, self.deadline(attempt)).await {
            Ok(found) => found,
            // it may be there, whatever keeps us from looking
            Err(_) if kept.entry.is_open() => return Ok(Step::failed(Failure::outcome_unknown())),
            Err(error) => return Ok(Step::failed(error.failure())),
        };
        let seen = Some(kept.version);
        match kept.entry.after_look_up(found, asked, self.limits.bounds) {
            AfterLookUp::Settle(booked) => {
                let made = self.made(booked);
                self.recorded(attempt, seen, Event::Booked(made)).await.map(|_| Step::Again)
            }
            AfterLookUp::Flag(_) => {
                self.recorded(attempt, seen, Event::Several { at: asked }).await?;
                Ok(Step::failed(Failure::outcome_unknown()))
            }
            AfterLookUp::OutcomeUnknown { .. } => Ok(Step::failed(Failure::outcome_unknown())),
            AfterLookUp::SendAgain => self.send(attempt, seen).await,
            AfterLookUp::DecideAgain => Ok(Step::Again),
        }
    }

    /// Claims the invoice, says that it is being sent, and sends it: each is committed before the next.
    async fn send(&self, attempt: &InvoiceAttempt<'_>, seen: Option<i64>) -> Result<Step, StoreError> {
        let now = self.clock.now();
        let lease = (now + self.limits.lease).min(self.deadline(attempt));
        if now >= lease || !self.gateway.is_available(attempt.run.connection) {
            return Ok(Step::failed(Failure::service_unavailable()));
        }
        let Some(claimed) = self.recorded(attempt, seen, Event::Claimed { at: now, lease }).await? else {
            return Ok(Step::Again);
        };
        if self.clock.now() >= lease {
            return Ok(Step::Again);
        }
        let Some(sending) = self.recorded(attempt, Some(claimed.version), Event::Sending { lease }).await?
        else {
            return Ok(Step::Again);
        };
        let dates = attempt.run.connection.dates(now);
        let answer = self.gateway.add(attempt.run.connection, &attempt.entry.invoice, dates, lease).await;
        match answer {
            Ok(booked) => self.booked(attempt, booked).await,
            Err(error) => self.refused(attempt, sending.version, lease, &error).await,
        }
    }

    /// Records that the invoice is made, whatever else happened to it meanwhile. What can't be recorded is found by a
    /// look-up later.
    async fn booked(&self, attempt: &InvoiceAttempt<'_>, booked: Booked) -> Result<Step, StoreError> {
        let made = self.made(booked);
        let (team, id) = (attempt.run.request.actor.team, attempt.entry.invoice.id());
        loop {
            let kept = match self.ledger.find(team, id).await {
                Ok(kept) => kept,
                Err(error) => return Ok(attempt.unsettled(error)),
            };
            if let Some(first) = kept.as_ref().and_then(|kept| kept.entry.made()) {
                return Ok(attempt.made_before(first, made));
            }
            match self.recorded(attempt, kept.map(|kept| kept.version), Event::Booked(made.clone())).await {
                Ok(Some(_)) => return Ok(Step::Done(Outcome::Created(made))),
                Ok(None) => {}
                Err(error) => return Ok(attempt.unsettled(error)),
            }
        }
    }

    /// Records why the invoice is not known to be made, and tries again what may go better.
    async fn refused(
        &self,
        attempt: &InvoiceAttempt<'_>,
        seen: i64,
        lease: DateTime<Utc>,
        error: &GatewayError,
    ) -> Result<Step, StoreError> {
        let event = match error {
            GatewayError::Refused(failure) => Event::Refused { lease, failure: failure.clone() },
            GatewayError::NotSent(_) => Event::NotSent { lease },
            GatewayError::Unknown { .. } => Event::Lost { lease, last_send: self.clock.now() },
        };
        match self.recorded(attempt, Some(seen), event).await {
            Ok(Some(_)) if self.goes_on(attempt, lease, error).await => Ok(Step::Again),
            Ok(Some(_)) => Ok(Step::failed(error.failure())),
            Ok(None) => Ok(Step::Again),
            Err(error) => Ok(attempt.unsettled(error)),
        }
    }

    /// Whether what was not done is tried once more within the request; waits until it is time to.
    async fn goes_on(
        &self,
        attempt: &InvoiceAttempt<'_>,
        lease: DateTime<Utc>,
        error: &GatewayError,
    ) -> bool {
        let may_go_better = match error {
            GatewayError::NotSent(_) => true,
            GatewayError::Refused(failure) => failure.code.is_passing(),
            GatewayError::Unknown { .. } => false,
        };
        if !may_go_better || !self.gateway.is_available(attempt.run.connection) {
            return false;
        }
        // its turn came too late for this lease: nothing was tried yet
        if matches!(error, GatewayError::NotSent(_)) && self.clock.now() >= lease {
            return self.clock.now() < self.deadline(attempt);
        }
        let tries = attempt.tries.fetch_add(1, Ordering::Relaxed) + 1;
        let rest = self.limits.retry_after * tries;
        let over = TimeDelta::from_std(rest).ok().and_then(|rest| self.clock.now().checked_add_signed(rest));
        if tries >= TRIES || over.is_none_or(|over| over >= self.deadline(attempt)) {
            return false;
        }
        self.pause.pause(rest).await;
        true
    }

    /// Records an event; `None` if something else happened meanwhile.
    async fn recorded(
        &self,
        attempt: &InvoiceAttempt<'_>,
        seen: Option<i64>,
        event: Event,
    ) -> Result<Option<LedgerEntry>, StoreError> {
        let invoice = &attempt.entry.invoice;
        let report = Report { invoice: invoice.id(), seen, event, asked: attempt.asked.clone() };
        let context =
            WriteContext::unclaimed(&attempt.run.request.actor, &attempt.run.request.id, self.clock.now());
        match self.ledger.record(context, report).await {
            Ok(kept) => Ok(Some(kept)),
            Err(LedgerError::Overtaken) => Ok(None),
            Err(LedgerError::Store(error)) => Err(error),
        }
    }

    fn made(&self, booked: Booked) -> CreatedInvoice {
        CreatedInvoice { booked, at: self.clock.now() }
    }
}

/// The answer to a batch of which this becomes; `outcome` is asked for each invoice that does not repeat another, in their
/// order.
fn answer(batch: &Batch, mut outcome: impl FnMut() -> Outcome) -> BatchAnswer {
    let mut results: Vec<Reported> = Vec::with_capacity(batch.entries().len());
    for entry in batch.entries() {
        let outcome = match entry.repeats.and_then(|first| results.get(first)) {
            Some(first) => first.outcome.repeated(),
            None => outcome(),
        };
        let (invoice, contractor) = (entry.invoice.id(), entry.invoice.contractor().clone());
        results.push(Reported { invoice, contractor, outcome });
    }
    BatchAnswer::of(results)
}

/// What the caller is told of an invoice for which the request has no time left.
fn too_late(stored: Option<&Entry>) -> Failure {
    let may_be_made = stored.is_some_and(Entry::is_open);
    if may_be_made { Failure::outcome_unknown() } else { Failure::service_unavailable() }
}

#[cfg(test)]
mod tests;
