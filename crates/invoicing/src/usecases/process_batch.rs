//! A batch of invoices: each is made in the accounting system once, whatever repeats, races or breaks.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::{StreamExt as _, stream};
use kernel::access::Actor;
use kernel::clock::Clock;
use kernel::error::StoreError;
use kernel::write::WriteContext;

use crate::accounting::{
    AccountingConnection, AfterLookUp, Asked, Batch, BatchAnswer, BatchEntry, Decision, Entry, Event,
    Failure, InvoiceId, Made, Outcome, Reported,
};
use crate::ports::{
    AccountingGateway, Booked, ConnectionStoreError, Connections, GatewayError, InvoiceLedger, Kept,
    LedgerError, Pause, Report,
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
    connections: Arc<dyn Connections>,
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
    asked: Asked,
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

impl Step {
    const fn failed(failure: Failure) -> Self {
        Self::Done(Outcome::Failed(failure))
    }
}

impl ProcessBatch {
    /// Stands on an accounting system, the ledger, the connections of the teams, the time, and a way to wait.
    pub fn new(
        gateway: Arc<dyn AccountingGateway>,
        ledger: Arc<dyn InvoiceLedger>,
        connections: Arc<dyn Connections>,
        clock: Arc<dyn Clock>,
        pause: Arc<dyn Pause>,
        pace: Pace,
    ) -> Self {
        Self { gateway, ledger, connections, clock, pause, pace }
    }

    /// Processes a batch: several invoices at once, results in the order of the request. A team without a connection, or whose keys can't be
    /// decrypted, is answered that the service is unavailable, and so is one whose invoices can't be looked up in the store.
    pub async fn run(&self, request: &Request, batch: &Batch) -> BatchAnswer {
        let deadline = self.clock.now() + self.pace.deadline;
        match self.begin(request, batch).await {
            Ok((connection, known)) => self.process(request, &connection, batch, known, deadline).await,
            Err(failure) => BatchAnswer::not_begun(batch, &failure),
        }
    }

    /// The team's connection, and what is known of the batch's invoices.
    async fn begin(
        &self,
        request: &Request,
        batch: &Batch,
    ) -> Result<(AccountingConnection, HashMap<InvoiceId, Kept>), Failure> {
        let team = request.actor.team;
        let kept = match self.connections.find(team).await {
            Ok(kept) => kept,
            Err(ConnectionStoreError::Store(error)) => return Err(of_store(&error)),
            Err(ConnectionStoreError::Sealed(_)) => None,
        };
        let connection = kept.ok_or_else(Failure::service_unavailable)?.connection;
        let ids = batch.entries().iter().map(|entry| entry.invoice.id()).collect();
        let known = self.ledger.find_all(team, ids).await.map_err(|error| of_store(&error))?;
        Ok((connection, known))
    }

    async fn process(
        &self,
        request: &Request,
        connection: &AccountingConnection,
        batch: &Batch,
        mut known: HashMap<InvoiceId, Kept>,
        deadline: DateTime<Utc>,
    ) -> BatchAnswer {
        let first = batch.entries().iter().filter(|entry| entry.repeats.is_none());
        let errands = first.map(|entry| (entry, known.remove(&entry.invoice.id())));
        let outcomes = stream::iter(errands).map(|(entry, kept)| async move {
            match Asked::of(&entry.invoice, entry.payload, connection) {
                Ok(asked) => {
                    self.outcome(&Errand { request, connection, entry, asked, deadline }, kept).await
                }
                Err(_) => Outcome::Failed(Failure::internal()),
            }
        });
        let outcomes: Vec<_> = outcomes.buffered(self.pace.at_once.max(1)).collect().await;
        let mut outcomes = outcomes.into_iter();
        answer(batch, || outcomes.next().unwrap_or_else(|| Outcome::Failed(Failure::internal())))
    }

    /// What becomes of an invoice of which this is known so far.
    async fn outcome(&self, errand: &Errand<'_>, mut kept: Option<Kept>) -> Outcome {
        loop {
            match self.step(errand, kept).await {
                Ok(Step::Done(outcome)) => return outcome,
                Ok(Step::Again) => {}
                Err(error) => return Outcome::Failed(of_store(&error)),
            }
            kept = match self.ledger.find(errand.request.actor.team, errand.entry.invoice.id()).await {
                Ok(kept) => kept,
                Err(error) => return Outcome::Failed(of_store(&error)),
            };
        }
    }

    async fn step(&self, errand: &Errand<'_>, kept: Option<Kept>) -> Result<Step, StoreError> {
        let stored = kept.as_ref().map(|kept| &kept.entry);
        match Decision::of(stored, &errand.asked, self.clock.now()) {
            Decision::SendNow => self.send(errand, kept.map(|kept| kept.version)).await,
            Decision::AnswerExisted(made) => Ok(Step::Done(Outcome::Existed(made))),
            Decision::Conflict => Ok(Step::failed(Failure::idempotency_conflict())),
            Decision::OtherCompany => Ok(Step::failed(Failure::in_another_company())),
            Decision::Wait { .. } if self.clock.now() >= errand.deadline => {
                let sent = stored.is_some_and(Entry::is_open);
                Ok(Step::failed(if sent {
                    Failure::outcome_unknown()
                } else {
                    Failure::service_unavailable()
                }))
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
            // it may be there, whatever keeps us from looking
            Err(_) if kept.entry.is_open() => return Ok(Step::failed(Failure::outcome_unknown())),
            Err(error) => return Ok(Step::failed(error.failure())),
        };
        let seen = Some(kept.version);
        match kept.entry.after_look_up(found, asked, self.pace.visibility) {
            AfterLookUp::Settle(booked) => {
                let made = self.made(booked);
                self.recorded(errand, seen, Event::Booked(made)).await.map(|_| Step::Again)
            }
            AfterLookUp::Flag(_) => {
                self.recorded(errand, seen, Event::Several { at: asked }).await?;
                Ok(Step::failed(Failure::outcome_unknown()))
            }
            AfterLookUp::OutcomeUnknown { .. } => Ok(Step::failed(Failure::outcome_unknown())),
            AfterLookUp::SendAgain => self.send(errand, seen).await,
            AfterLookUp::DecideAgain => Ok(Step::Again),
        }
    }

    /// Claims the invoice, says that it is being sent, and sends it: each is committed before the next.
    async fn send(&self, errand: &Errand<'_>, seen: Option<i64>) -> Result<Step, StoreError> {
        let now = self.clock.now();
        let lease = (now + self.pace.lease).min(errand.deadline);
        if now >= lease || !self.gateway.is_available(errand.connection) {
            return Ok(Step::failed(Failure::service_unavailable()));
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
                Err(_) => return Ok(Step::failed(Failure::outcome_unknown())),
            };
            match self.recorded(errand, seen, Event::Booked(made.clone())).await {
                Ok(Some(_)) => return Ok(Step::Done(Outcome::Created(made))),
                Ok(None) => {}
                Err(_) => return Ok(Step::failed(Failure::outcome_unknown())),
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
        // its turn came too late for this lease, and there is time for another
        let again =
            matches!(error, GatewayError::NotSent(_)) && (lease..errand.deadline).contains(&self.clock.now());
        match self.recorded(errand, Some(seen), event).await {
            Ok(Some(_)) if again => Ok(Step::Again),
            Ok(Some(_)) => Ok(Step::failed(error.failure())),
            Ok(None) => Ok(Step::Again),
            Err(_) => Ok(Step::failed(Failure::outcome_unknown())),
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
        let report = Report { invoice: invoice.id(), seen, event, asked: errand.asked.clone() };
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

/// What the caller is told when the ledger fails before anything was sent.
fn of_store(error: &StoreError) -> Failure {
    match error {
        StoreError::Unavailable(_) | StoreError::OutcomeUnknown(_) => Failure::service_unavailable(),
        _ => Failure::internal(),
    }
}

#[cfg(test)]
mod tests;
