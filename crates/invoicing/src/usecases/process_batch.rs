//! A batch of invoices: each is made in the accounting system once, whatever repeats, races or breaks.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::{StreamExt as _, stream};
use kernel::access::Actor;
use kernel::clock::Clock;
use kernel::error::StoreError;
use kernel::write::WriteContext;

use crate::accounting::{
    AccountingConnection, AfterLookUp, Batch, BatchAnswer, BatchEntry, Decision, Event, Failure, Made,
    Outcome, Reported,
};
use crate::ports::{
    AccountingGateway, Booked, GatewayError, InvoiceLedger, Kept, LedgerError, Pause, Report,
};

/// How batches are processed.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// Invoices of one request at once (contract, *gepard*: 8).
    pub at_once: usize,
    /// How long a request may take (contract, *gepard*: 30 s); no invoice is sent later.
    pub deadline: TimeDelta,
    /// How long somebody who claimed an invoice has to send it.
    pub lease: TimeDelta,
    /// How long the accounting system may take to find what was made (`WFIRMA_VISIBILITY`).
    pub visibility: TimeDelta,
    /// How often somebody looks who waits for another.
    pub look_every: Duration,
}

/// Makes the invoices of batches (seed 002).
pub struct ProcessBatch {
    gateway: Arc<dyn AccountingGateway>,
    ledger: Arc<dyn InvoiceLedger>,
    clock: Arc<dyn Clock>,
    pause: Arc<dyn Pause>,
    pace: Pace,
}

/// Who asks for a batch.
#[derive(Debug, Clone)]
pub struct Request {
    /// Who.
    pub actor: Actor,
    /// The request, as logs and the `X-Request-Id` header name it.
    pub id: String,
}

/// One invoice of a request on its way.
struct Errand<'a> {
    request: &'a Request,
    connection: &'a AccountingConnection,
    entry: &'a BatchEntry,
    /// After this nothing is sent for the request.
    deadline: DateTime<Utc>,
}

/// What a step came to.
enum Step {
    /// This became of the invoice.
    Done(Outcome),
    /// Something happened to it meanwhile: decide again.
    Again,
}

impl ProcessBatch {
    /// Stands on an accounting system, the ledger, the time, and a way to wait.
    pub fn new(
        gateway: Arc<dyn AccountingGateway>,
        ledger: Arc<dyn InvoiceLedger>,
        clock: Arc<dyn Clock>,
        pause: Arc<dyn Pause>,
        pace: Pace,
    ) -> Self {
        Self { gateway, ledger, clock, pause, pace }
    }

    /// Processes a batch: several invoices at once, results in the order of the request.
    pub async fn run(
        &self,
        request: &Request,
        connection: &AccountingConnection,
        batch: &Batch,
    ) -> BatchAnswer {
        let deadline = self.clock.now() + self.pace.deadline;
        let errand = |entry| Errand { request, connection, entry, deadline };
        let first = batch.entries().iter().filter(|entry| entry.repeats.is_none());
        let outcomes = stream::iter(first).map(|entry| async move { self.outcome(&errand(entry)).await });
        let mut outcomes = outcomes.buffered(self.pace.at_once.max(1)).collect::<Vec<_>>().await.into_iter();
        let mut results: Vec<Reported> = Vec::with_capacity(batch.entries().len());
        for entry in batch.entries() {
            let outcome = match entry.repeats.and_then(|first| results.get(first)) {
                Some(first) => first.outcome.repeated(),
                None => outcomes.next().unwrap_or_else(|| Outcome::Failed(Failure::internal())),
            };
            let (invoice, contractor) = (entry.invoice.id(), entry.invoice.contractor().clone());
            results.push(Reported { invoice, contractor, outcome });
        }
        BatchAnswer::of(results)
    }

    async fn outcome(&self, errand: &Errand<'_>) -> Outcome {
        loop {
            match self.step(errand).await {
                Ok(Step::Done(outcome)) => return outcome,
                Ok(Step::Again) => {}
                Err(error) => return Outcome::Failed(of_store(&error)),
            }
        }
    }

    async fn step(&self, errand: &Errand<'_>) -> Result<Step, StoreError> {
        let invoice = &errand.entry.invoice;
        let kept = self.ledger.find(errand.request.actor.team, invoice.id()).await?;
        let stored = kept.as_ref().map(|kept| &kept.entry);
        match Decision::of(stored, errand.entry.payload, self.clock.now()) {
            Decision::SendNow => self.send(errand, kept.map(|kept| kept.version)).await,
            Decision::AnswerExisted(made) => Ok(Step::Done(Outcome::Existed(made))),
            Decision::Conflict => Ok(Step::Done(Outcome::Failed(Failure::idempotency_conflict()))),
            Decision::Wait { .. } if self.clock.now() >= errand.deadline => {
                Ok(Step::Done(Outcome::Failed(Failure::service_unavailable())))
            }
            Decision::Wait { .. } => {
                self.pause.pause(self.pace.look_every).await;
                Ok(Step::Again)
            }
            Decision::LookUpFirst => match kept {
                Some(kept) => self.look_up(errand, kept).await,
                None => Ok(Step::Again),
            },
        }
    }

    /// Asks the accounting system for the invoice, and goes on from what it has.
    async fn look_up(&self, errand: &Errand<'_>, kept: Kept) -> Result<Step, StoreError> {
        let asked = self.clock.now();
        let found = match self.gateway.find(errand.connection, errand.entry.invoice.id()).await {
            Ok(found) => found,
            Err(error) => return Ok(Step::Done(Outcome::Failed(error.failure()))),
        };
        let seen = Some(kept.version);
        match kept.entry.after_look_up(found, asked, self.pace.visibility) {
            AfterLookUp::Settle(booked) => {
                let made = self.made(booked);
                self.recorded(errand, seen, Event::Booked(made)).await.map(|_| Step::Again)
            }
            AfterLookUp::Flag(_) => {
                self.recorded(errand, seen, Event::Several { at: asked }).await?;
                Ok(Step::Done(Outcome::Failed(Failure::outcome_unknown())))
            }
            AfterLookUp::OutcomeUnknown { .. } => Ok(Step::Done(Outcome::Failed(Failure::outcome_unknown()))),
            AfterLookUp::SendAgain => self.send(errand, seen).await,
            AfterLookUp::DecideAgain => Ok(Step::Again),
        }
    }

    /// Claims the invoice, says that it is being sent, and sends it: each is committed before the next.
    async fn send(&self, errand: &Errand<'_>, seen: Option<i64>) -> Result<Step, StoreError> {
        let now = self.clock.now();
        let lease = (now + self.pace.lease).min(errand.deadline);
        if now >= lease {
            return Ok(Step::Done(Outcome::Failed(Failure::service_unavailable())));
        }
        let Some(claimed) = self.recorded(errand, seen, Event::Claimed { at: now, lease }).await? else {
            return Ok(Step::Again);
        };
        if self.clock.now() >= lease {
            return Ok(Step::Again);
        }
        let Some(sending) = self.recorded(errand, Some(claimed.version), Event::Sending { lease }).await?
        else {
            return Ok(Step::Again);
        };
        let dates = errand.connection.dates(now);
        let answer = self.gateway.add(errand.connection, &errand.entry.invoice, dates, lease).await;
        match answer {
            Ok(booked) => self.booked(errand, booked).await,
            Err(error) => self.refused(errand, sending.version, lease, &error).await,
        }
    }

    /// Records that the invoice is made, whatever else happened to it meanwhile. What can't be recorded is found by a
    /// look-up later.
    async fn booked(&self, errand: &Errand<'_>, booked: Booked) -> Result<Step, StoreError> {
        let made = self.made(booked);
        let (team, id) = (errand.request.actor.team, errand.entry.invoice.id());
        loop {
            let seen = match self.ledger.find(team, id).await {
                Ok(kept) => kept.map(|kept| kept.version),
                Err(_) => return Ok(Step::Done(Outcome::Failed(Failure::outcome_unknown()))),
            };
            match self.recorded(errand, seen, Event::Booked(made.clone())).await {
                Ok(Some(_)) => return Ok(Step::Done(Outcome::Created(made))),
                Ok(None) => {}
                Err(_) => return Ok(Step::Done(Outcome::Failed(Failure::outcome_unknown()))),
            }
        }
    }

    /// Records why the invoice is not known to be made.
    async fn refused(
        &self,
        errand: &Errand<'_>,
        seen: i64,
        lease: DateTime<Utc>,
        error: &GatewayError,
    ) -> Result<Step, StoreError> {
        let event = match error {
            GatewayError::Refused(failure) => Event::Refused { lease, failure: failure.clone() },
            GatewayError::NotSent(_) => Event::NotSent { lease },
            GatewayError::Unknown { .. } => Event::Lost { lease, last_send: self.clock.now() },
        };
        match self.recorded(errand, Some(seen), event).await {
            Ok(Some(_)) => Ok(Step::Done(Outcome::Failed(error.failure()))),
            Ok(None) => Ok(Step::Again),
            Err(_) => Ok(Step::Done(Outcome::Failed(Failure::outcome_unknown()))),
        }
    }

    /// Records an event; `None` if something else happened meanwhile.
    async fn recorded(
        &self,
        errand: &Errand<'_>,
        seen: Option<i64>,
        event: Event,
    ) -> Result<Option<Kept>, StoreError> {
        let invoice = &errand.entry.invoice;
        let report = Report {
            invoice: invoice.id(),
            seen,
            event,
            payload: errand.entry.payload,
            contractor: invoice.contractor().clone(),
        };
        let context = WriteContext::unclaimed(&errand.request.actor, &errand.request.id, self.clock.now());
        match self.ledger.record(context, report).await {
            Ok(kept) => Ok(Some(kept)),
            Err(LedgerError::Overtaken) => Ok(None),
            Err(LedgerError::Store(error)) => Err(error),
        }
    }

    fn made(&self, booked: Booked) -> Made {
        Made { booked, at: self.clock.now() }
    }
}

/// What the caller is told when the ledger fails before anything was sent.
fn of_store(error: &StoreError) -> Failure {
    match error {
        StoreError::Unavailable(_) | StoreError::OutcomeUnknown(_) => Failure::service_unavailable(),
        _ => Failure::internal(),
    }
}

#[cfg(test)]
mod tests;
