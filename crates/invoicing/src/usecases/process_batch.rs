//! Processes a batch of invoices: each is created in the accounting system once, whatever repeats, races or breaks.

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

use self::attempt::{BatchIncidents, BatchRun, InvoiceAttempt, StepResult};
use crate::accounting::{
    AccountingConnection, Batch, BatchEntry, BatchResult, ConnectionError, CreatedInvoice, Decision,
    GatewayDelays, InvoiceEvent, InvoiceFailure, InvoiceId, InvoiceOutcome, InvoiceResult, IssuedInvoice,
    LedgerEntry, LookupDecision, RequestedInvoice,
};
use crate::ports::{
    AccountingGateway, Connections, GatewayError, InvoiceLedger, LedgerError, LedgerUpdate, Pause,
};

/// The limits within which batches are processed.
#[derive(Debug, Clone, Copy)]
pub struct ProcessingLimits {
    /// The most invoices of one request at once (`docs/spec/gepard.md`, "Results").
    pub at_once: usize,
    /// The longest that a request may take; no invoice is sent later (`docs/spec/gepard.md`, "Deadline").
    pub deadline: TimeDelta,
    /// The time in which a claimed invoice has to be sent.
    pub lease: TimeDelta,
    pub delays: GatewayDelays,
    /// The interval at which an invoice that another sender has claimed is looked at.
    pub poll_interval: Duration,
    /// The pause before an invoice is tried again that the accounting system did not create now; twice as long the second
    /// time, which is the last.
    pub retry_after: Duration,
}

/// The most often that an invoice is sent within a request.
const MAX_TRIES: u32 = 3;

/// Creates the invoices of batches (`docs/spec/gepard.md`).
pub struct ProcessBatch {
    gateway: Arc<dyn AccountingGateway>,
    ledger: Arc<dyn InvoiceLedger>,
    connections: Arc<dyn Connections>,
    clock: Arc<dyn Clock>,
    pause: Arc<dyn Pause>,
    limits: ProcessingLimits,
    /// After this nothing is sent at all, once it is set.
    closing: OnceLock<DateTime<Utc>>,
}

/// The request that a batch came with.
#[derive(Debug, Clone)]
pub struct BatchRequest {
    pub actor: Actor,
    /// The request id, as in logs and the `X-Request-Id` header.
    pub id: String,
}

/// A batch's result, and the incidents on the way.
#[derive(Debug)]
pub struct ProcessedBatch {
    pub result: BatchResult,
    /// For the log: callers see no causes.
    pub incidents: Vec<BatchIncident>,
}

/// Something that an operator has to know.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BatchIncident {
    #[error("a store failed")]
    Store(#[source] StoreError),
    /// An invoice exists twice: somebody has to cancel one of them.
    #[error("invoice {invoice} was made twice: {} ({}) and {} ({})", first.number, first.wfirma_id, second.number, second.wfirma_id)]
    CreatedTwice { invoice: InvoiceId, first: IssuedInvoice, second: IssuedInvoice },
}

impl ProcessBatch {
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

    /// Has nothing sent, looked up or waited for after the moment `last`, in whichever request: the process ends.
    pub fn close(&self, last: DateTime<Utc>) {
        self.closing.get_or_init(|| last);
    }

    /// The moment after which nothing more is done for an invoice.
    fn deadline(&self, attempt: &InvoiceAttempt<'_>) -> DateTime<Utc> {
        let own = attempt.run.deadline;
        self.closing.get().map_or(own, |last| own.min(*last))
    }

    /// Processes a batch: several invoices at once, results in the order of the request. For a team without a connection,
    /// or whose keys can't be decrypted, the service is unavailable.
    pub async fn run(&self, request: &BatchRequest, batch: &Batch) -> ProcessedBatch {
        let deadline = self.clock.now() + self.limits.deadline;
        let incidents = BatchIncidents::default();
        let result = match self.begin(request, batch, &incidents).await {
            Ok((connection, known)) => {
                let (connection, incidents) = (&connection, &incidents);
                self.process(&BatchRun { request, connection, deadline, incidents }, batch, known).await
            }
            Err(failure) => BatchResult::not_started(batch, &failure),
        };
        ProcessedBatch { result, incidents: incidents.into_all() }
    }

    /// The team's connection, and the ledger's entries of the batch's invoices.
    async fn begin(
        &self,
        request: &BatchRequest,
        batch: &Batch,
        incidents: &BatchIncidents,
    ) -> Result<(AccountingConnection, HashMap<InvoiceId, LedgerEntry>), InvoiceFailure> {
        let team = request.actor.team;
        let stored = match self.connections.find(team).await {
            Ok(stored) => stored,
            Err(ConnectionError::Store(error)) => return Err(incidents.add_store_error(error)),
            Err(_) => None,
        };
        let connection = stored.ok_or_else(InvoiceFailure::service_unavailable)?.connection;
        let ids = batch.entries().iter().map(|entry| entry.invoice.id()).collect();
        let known = self.ledger.find_all(team, ids).await;
        Ok((connection, known.map_err(|error| incidents.add_store_error(error))?))
    }

    async fn process(
        &self,
        run: &BatchRun<'_>,
        batch: &Batch,
        mut known: HashMap<InvoiceId, LedgerEntry>,
    ) -> BatchResult {
        let mut attempts: Vec<BoxFuture<'_, (usize, InvoiceOutcome)>> =
            Vec::with_capacity(batch.entries().len());
        for (position, entry) in batch.entries().iter().enumerate() {
            if entry.repeats.is_none() {
                let stored = known.remove(&entry.invoice.id());
                attempts.push(Box::pin(async move { (position, self.attempt(run, entry, stored).await) }));
            }
        }
        // a slow invoice holds up no other
        let outcomes = stream::iter(attempts).buffer_unordered(self.limits.at_once.max(1));
        let mut outcomes: Vec<_> = outcomes.collect().await;
        outcomes.sort_by_key(|(position, _)| *position);
        batch_result(batch, outcomes.into_iter().map(|(_, outcome)| outcome))
    }

    async fn attempt(
        &self,
        run: &BatchRun<'_>,
        entry: &BatchEntry,
        stored: Option<LedgerEntry>,
    ) -> InvoiceOutcome {
        if let Some((item, fault)) = entry.invoice.fault() {
            return InvoiceOutcome::Failed(InvoiceFailure::faulty_name(item, fault));
        }
        match RequestedInvoice::of(&entry.invoice, entry.payload, run.connection) {
            Ok(requested) => {
                let attempt = InvoiceAttempt { run, entry, requested, tries: AtomicU32::new(0) };
                self.outcome(&attempt, stored).await
            }
            Err(_) => InvoiceOutcome::Failed(InvoiceFailure::internal()),
        }
    }

    /// Takes steps until there is an outcome; `stored` is the ledger's entry so far.
    async fn outcome(&self, attempt: &InvoiceAttempt<'_>, mut stored: Option<LedgerEntry>) -> InvoiceOutcome {
        let mut has_waited = false;
        loop {
            if has_waited && let Some(failure) = attempt.failure_elsewhere(stored.as_ref()) {
                return InvoiceOutcome::Failed(failure);
            }
            match self.step(attempt, stored.clone()).await {
                Ok(StepResult::Done(outcome)) => return outcome,
                Ok(StepResult::Waited) => has_waited = true,
                Ok(StepResult::DecideAgain) => {}
                Err(error) => return attempt.broken_off(stored.as_ref(), error),
            }
            stored = match self.ledger.find(attempt.run.request.actor.team, attempt.entry.invoice.id()).await
            {
                Ok(stored) => stored,
                Err(error) => return attempt.broken_off(stored.as_ref(), error),
            };
        }
    }

    async fn step(
        &self,
        attempt: &InvoiceAttempt<'_>,
        stored: Option<LedgerEntry>,
    ) -> Result<StepResult, StoreError> {
        match Decision::of(stored.as_ref(), &attempt.requested, self.clock.now()) {
            Decision::SendNow => self.send(attempt, stored.map(|entry| entry.version)).await,
            Decision::AnswerExisted(created) => Ok(StepResult::Done(InvoiceOutcome::Existed(created))),
            Decision::Conflict => Ok(StepResult::failed(InvoiceFailure::idempotency_conflict())),
            Decision::OtherCompany => Ok(StepResult::failed(InvoiceFailure::in_another_company())),
            Decision::Wait { .. } | Decision::LookUpFirst if self.clock.now() >= self.deadline(attempt) => {
                Ok(StepResult::failed(failure_at_deadline(stored.as_ref())))
            }
            Decision::Wait { .. } => {
                self.pause.pause(self.limits.poll_interval).await;
                Ok(StepResult::Waited)
            }
            Decision::LookUpFirst => match stored {
                Some(stored) => self.look_up(attempt, stored).await,
                None => Ok(StepResult::DecideAgain),
            },
        }
    }

    /// Looks the invoice up, and goes on from what is found.
    async fn look_up(
        &self,
        attempt: &InvoiceAttempt<'_>,
        stored: LedgerEntry,
    ) -> Result<StepResult, StoreError> {
        let looked_up_at = self.clock.now();
        let (connection, id) = (attempt.run.connection, attempt.entry.invoice.id());
        let found = match self.gateway.find(connection, id, self.deadline(attempt)).await {
            Ok(found) => found,
            // it may exist, whatever keeps us from looking
            Err(_) if stored.is_open() => return Ok(StepResult::failed(InvoiceFailure::outcome_unknown())),
            Err(error) => return Ok(StepResult::failed(error.failure())),
        };
        let version = Some(stored.version);
        match stored.after_lookup(found, looked_up_at, self.limits.delays) {
            LookupDecision::Settle(issued) => {
                let event = InvoiceEvent::Created(self.created_now(issued));
                self.record(attempt, version, event).await.map(|_| StepResult::DecideAgain)
            }
            LookupDecision::Flag(_) => {
                self.record(attempt, version, InvoiceEvent::Several { at: looked_up_at }).await?;
                Ok(StepResult::failed(InvoiceFailure::outcome_unknown()))
            }
            LookupDecision::OutcomeUnknown { .. } => {
                Ok(StepResult::failed(InvoiceFailure::outcome_unknown()))
            }
            LookupDecision::SendAgain => self.send(attempt, version).await,
            LookupDecision::DecideAgain => Ok(StepResult::DecideAgain),
        }
    }

    /// Claims the invoice, records that it is being sent, and sends it: each is committed before the next.
    async fn send(
        &self,
        attempt: &InvoiceAttempt<'_>,
        version: Option<i64>,
    ) -> Result<StepResult, StoreError> {
        let now = self.clock.now();
        let lease = (now + self.limits.lease).min(self.deadline(attempt));
        if now >= lease || !self.gateway.is_available(attempt.run.connection) {
            return Ok(StepResult::failed(InvoiceFailure::service_unavailable()));
        }
        let claimed = self.record(attempt, version, InvoiceEvent::Claimed { at: now, lease }).await?;
        let Some(claimed) = claimed.filter(|_| self.clock.now() < lease) else {
            return Ok(StepResult::DecideAgain);
        };
        let sending = self.record(attempt, Some(claimed.version), InvoiceEvent::Sending { lease }).await?;
        let Some(sending) = sending else { return Ok(StepResult::DecideAgain) };
        let dates = attempt.run.connection.dates(now);
        match self.gateway.add(attempt.run.connection, &attempt.entry.invoice, dates, lease).await {
            Ok(issued) => self.after_success(attempt, issued).await,
            Err(error) => self.after_error(attempt, sending.version, lease, &error).await,
        }
    }

    /// Records that the invoice exists, whatever else happened to it meanwhile. What can't be recorded is found by a
    /// look-up later.
    async fn after_success(
        &self,
        attempt: &InvoiceAttempt<'_>,
        issued: IssuedInvoice,
    ) -> Result<StepResult, StoreError> {
        let created = self.created_now(issued);
        let (team, id) = (attempt.run.request.actor.team, attempt.entry.invoice.id());
        loop {
            let stored = match self.ledger.find(team, id).await {
                Ok(stored) => stored,
                Err(error) => return Ok(attempt.not_recorded(error)),
            };
            if let Some(first) = stored.as_ref().and_then(LedgerEntry::created) {
                return Ok(attempt.created_before(first, created));
            }
            let version = stored.map(|entry| entry.version);
            match self.record(attempt, version, InvoiceEvent::Created(created.clone())).await {
                Ok(Some(_)) => return Ok(StepResult::Done(InvoiceOutcome::Created(created))),
                Ok(None) => {}
                Err(error) => return Ok(attempt.not_recorded(error)),
            }
        }
    }

    /// Records why the invoice is not known to exist, and tries again what may succeed.
    async fn after_error(
        &self,
        attempt: &InvoiceAttempt<'_>,
        version: i64,
        lease: DateTime<Utc>,
        error: &GatewayError,
    ) -> Result<StepResult, StoreError> {
        let event = match error {
            GatewayError::Refused(failure) => InvoiceEvent::Refused { lease, failure: failure.clone() },
            GatewayError::NotSent(_) => InvoiceEvent::NotSent { lease },
            GatewayError::Unknown { .. } => InvoiceEvent::Lost { lease, last_send: self.clock.now() },
        };
        match self.record(attempt, Some(version), event).await {
            Ok(Some(_)) if self.may_retry(attempt, lease, error).await => Ok(StepResult::DecideAgain),
            Ok(Some(_)) => Ok(StepResult::failed(error.failure())),
            Ok(None) => Ok(StepResult::DecideAgain),
            Err(error) => Ok(attempt.not_recorded(error)),
        }
    }

    /// Whether the invoice is tried once more within the request; waits until it is time to.
    async fn may_retry(
        &self,
        attempt: &InvoiceAttempt<'_>,
        lease: DateTime<Utc>,
        error: &GatewayError,
    ) -> bool {
        let may_succeed = match error {
            GatewayError::NotSent(_) => true,
            GatewayError::Refused(failure) => failure.code.is_passing(),
            GatewayError::Unknown { .. } => false,
        };
        if !may_succeed || !self.gateway.is_available(attempt.run.connection) {
            return false;
        }
        // its turn came too late for this lease: nothing was tried yet
        if matches!(error, GatewayError::NotSent(_)) && self.clock.now() >= lease {
            return self.clock.now() < self.deadline(attempt);
        }
        let tries = attempt.tries.fetch_add(1, Ordering::Relaxed) + 1;
        let wait = self.limits.retry_after * tries;
        let end = TimeDelta::from_std(wait).ok().and_then(|wait| self.clock.now().checked_add_signed(wait));
        if tries >= MAX_TRIES || end.is_none_or(|end| end >= self.deadline(attempt)) {
            return false;
        }
        self.pause.pause(wait).await;
        true
    }

    /// Records an event; `None` if something else happened meanwhile.
    async fn record(
        &self,
        attempt: &InvoiceAttempt<'_>,
        expected_version: Option<i64>,
        event: InvoiceEvent,
    ) -> Result<Option<LedgerEntry>, StoreError> {
        let (invoice, requested) = (attempt.entry.invoice.id(), attempt.requested.clone());
        let update = LedgerUpdate { invoice, expected_version, event, requested };
        let request = attempt.run.request;
        let context = WriteContext::unclaimed(&request.actor, &request.id, self.clock.now());
        match self.ledger.record(context, update).await {
            Ok(entry) => Ok(Some(entry)),
            Err(LedgerError::Overtaken) => Ok(None),
            Err(LedgerError::Store(error)) => Err(error),
        }
    }

    fn created_now(&self, issued: IssuedInvoice) -> CreatedInvoice {
        CreatedInvoice { issued, at: self.clock.now() }
    }
}

/// The result of a batch; `outcomes` are those of the invoices that do not repeat another, in their order.
fn batch_result(batch: &Batch, mut outcomes: impl Iterator<Item = InvoiceOutcome>) -> BatchResult {
    let mut results: Vec<InvoiceResult> = Vec::with_capacity(batch.entries().len());
    for entry in batch.entries() {
        let outcome = match entry.repeats.and_then(|first| results.get(first)) {
            Some(first) => first.outcome.repeated(),
            None => outcomes.next().unwrap_or_else(|| InvoiceOutcome::Failed(InvoiceFailure::internal())),
        };
        let (invoice, contractor) = (entry.invoice.id(), entry.invoice.contractor().clone());
        results.push(InvoiceResult { invoice, contractor, outcome });
    }
    BatchResult::of(results)
}

/// The failure of an invoice for which the request has no time left.
fn failure_at_deadline(stored: Option<&LedgerEntry>) -> InvoiceFailure {
    let may_exist = stored.is_some_and(LedgerEntry::is_open);
    if may_exist { InvoiceFailure::outcome_unknown() } else { InvoiceFailure::service_unavailable() }
}

#[cfg(test)]
mod tests;
