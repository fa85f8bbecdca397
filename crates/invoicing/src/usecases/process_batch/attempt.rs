//! A request on its way: what stands fixed for it, what is asked of each invoice, and what steps come to.

use std::sync::atomic::AtomicU32;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};
use kernel::error::StoreError;

use super::{BatchIncident, Request};
use crate::accounting::{
    AccountingConnection, BatchEntry, CreatedInvoice, Failure, Outcome, RequestedInvoice, State,
};
use crate::ports::LedgerEntry;

/// A request on its way.
pub(super) struct BatchRun<'a> {
    pub(super) request: &'a Request,
    pub(super) connection: &'a AccountingConnection,
    /// After this nothing is sent, looked up or waited for.
    pub(super) deadline: DateTime<Utc>,
    pub(super) incidents: &'a BatchIncidents,
}

/// One invoice of it.
pub(super) struct InvoiceAttempt<'a> {
    pub(super) run: &'a BatchRun<'a>,
    pub(super) entry: &'a BatchEntry,
    pub(super) asked: RequestedInvoice,
    /// How often it was sent, or would have been.
    pub(super) tries: AtomicU32,
}

/// What went wrong so far.
#[derive(Default)]
pub(super) struct BatchIncidents(Mutex<Vec<BatchIncident>>);

impl BatchIncidents {
    pub(super) fn note(&self, incident: BatchIncident) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(incident);
    }

    pub(super) fn into_all(self) -> Vec<BatchIncident> {
        self.0.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that a store failed; gives what the caller is told where nothing was sent yet.
    pub(super) fn of_store(&self, error: StoreError) -> Failure {
        let failure = of_store(&error);
        self.note(BatchIncident::Store(error));
        failure
    }
}

impl InvoiceAttempt<'_> {
    /// The invoice was sent, and what came of it could not be recorded: it will be looked up.
    pub(super) fn unsettled(&self, error: StoreError) -> Step {
        self.run.incidents.note(BatchIncident::Store(error));
        Step::failed(Failure::outcome_unknown())
    }

    /// The invoice that was made just now is known already: it was found meanwhile, or it stands there twice.
    pub(super) fn made_before(&self, first: &CreatedInvoice, made: CreatedInvoice) -> Step {
        if first.booked.wfirma_id == made.booked.wfirma_id {
            return Step::Done(Outcome::Created(first.clone()));
        }
        let (first, second) = (first.clone(), made.booked);
        let invoice = self.entry.invoice.id();
        self.run.incidents.note(BatchIncident::MadeTwice { invoice, first: first.booked.clone(), second });
        Step::Done(Outcome::Existed(first))
    }

    /// What became of the invoice with somebody else, who was waited for: the result is repeated (contract, *gepard*).
    pub(super) fn failed_elsewhere(&self, kept: Option<&LedgerEntry>) -> Option<Failure> {
        let entry = &kept?.entry;
        match &entry.state {
            State::Failed(failure) if entry.asked == self.asked => Some(failure.clone()),
            _ => None,
        }
    }

    /// What the caller is told when a store failed, by what was known of the invoice before.
    pub(super) fn broken_off(&self, kept: Option<&LedgerEntry>, error: StoreError) -> Outcome {
        let failure = self.run.incidents.of_store(error);
        let may_be_made = kept.is_some_and(|kept| kept.entry.is_open());
        Outcome::Failed(if may_be_made { Failure::outcome_unknown() } else { failure })
    }
}

/// What a step came to.
pub(super) enum Step {
    /// This became of the invoice.
    Done(Outcome),
    /// It was waited for somebody else, who sends it: decide again.
    Waited,
    /// Something happened to it meanwhile: decide again.
    Again,
}

impl Step {
    pub(super) const fn failed(failure: Failure) -> Self {
        Self::Done(Outcome::Failed(failure))
    }
}

/// What the caller is told when the ledger fails before anything was sent.
fn of_store(error: &StoreError) -> Failure {
    match error {
        StoreError::Unavailable(_) | StoreError::OutcomeUnknown(_) => Failure::service_unavailable(),
        _ => Failure::internal(),
    }
}
