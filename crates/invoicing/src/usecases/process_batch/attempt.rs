//! A batch that is being processed, and the attempts to create its invoices.

use std::sync::atomic::AtomicU32;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};
use kernel::error::StoreError;

use super::{BatchIncident, BatchRequest};
use crate::accounting::{
    AccountingConnection, BatchEntry, CreatedInvoice, InvoiceFailure, InvoiceOutcome, InvoiceState,
    LedgerEntry, RequestedInvoice,
};

/// A batch that is being processed.
pub(super) struct BatchRun<'a> {
    pub(super) request: &'a BatchRequest,
    pub(super) connection: &'a AccountingConnection,
    /// After this nothing is sent, looked up or waited for.
    pub(super) deadline: DateTime<Utc>,
    pub(super) incidents: &'a BatchIncidents,
}

/// The attempt to create one invoice of a batch.
pub(super) struct InvoiceAttempt<'a> {
    pub(super) run: &'a BatchRun<'a>,
    pub(super) entry: &'a BatchEntry,
    pub(super) requested: RequestedInvoice,
    /// How often it was sent, or would have been.
    pub(super) tries: AtomicU32,
}

/// The incidents of a batch so far.
#[derive(Default)]
pub(super) struct BatchIncidents(Mutex<Vec<BatchIncident>>);

impl BatchIncidents {
    pub(super) fn add(&self, incident: BatchIncident) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(incident);
    }

    pub(super) fn into_all(self) -> Vec<BatchIncident> {
        self.0.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a store's error; returns the failure of an invoice that was not sent yet.
    pub(super) fn add_store_error(&self, error: StoreError) -> InvoiceFailure {
        let failure = match error {
            StoreError::Unavailable(_) | StoreError::OutcomeUnknown(_) => {
                InvoiceFailure::service_unavailable()
            }
            _ => InvoiceFailure::internal(),
        };
        self.add(BatchIncident::Store(error));
        failure
    }
}

impl InvoiceAttempt<'_> {
    /// The invoice was sent, and the result could not be recorded: it will be looked up.
    pub(super) fn not_recorded(&self, error: StoreError) -> StepResult {
        self.run.incidents.add(BatchIncident::Store(error));
        StepResult::failed(InvoiceFailure::outcome_unknown())
    }

    /// The invoice that was created just now is known already: it was found meanwhile, or it exists twice.
    pub(super) fn created_before(&self, first: &CreatedInvoice, created: CreatedInvoice) -> StepResult {
        let first = first.clone();
        if first.issued.wfirma_id == created.issued.wfirma_id {
            return StepResult::Done(InvoiceOutcome::Created(first));
        }
        self.run.incidents.add(BatchIncident::CreatedTwice {
            invoice: self.entry.invoice.id(),
            first: first.issued.clone(),
            second: created.issued,
        });
        StepResult::Done(InvoiceOutcome::Existed(first))
    }

    /// The failure of another sender who was waited for: the result is repeated (`docs/spec/accounting.md`,
    /// "Exactly once").
    pub(super) fn failure_elsewhere(&self, stored: Option<&LedgerEntry>) -> Option<InvoiceFailure> {
        let stored = stored?;
        match &stored.state {
            InvoiceState::Failed(failure) if stored.requested == self.requested => Some(failure.clone()),
            _ => None,
        }
    }

    /// The outcome when a store failed, by what was known of the invoice before.
    pub(super) fn broken_off(&self, stored: Option<&LedgerEntry>, error: StoreError) -> InvoiceOutcome {
        let failure = self.run.incidents.add_store_error(error);
        let may_exist = stored.is_some_and(LedgerEntry::is_open);
        InvoiceOutcome::Failed(if may_exist { InvoiceFailure::outcome_unknown() } else { failure })
    }
}

/// The result of a step of an attempt.
pub(super) enum StepResult {
    Done(InvoiceOutcome),
    /// Another sender was waited for: decide again.
    Waited,
    /// Something happened to the invoice meanwhile: decide again.
    DecideAgain,
}

impl StepResult {
    pub(super) const fn failed(failure: InvoiceFailure) -> Self {
        Self::Done(InvoiceOutcome::Failed(failure))
    }
}
