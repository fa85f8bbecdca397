//! Settles the invoices of unknown outcome in the background. It never creates one.

use std::sync::Arc;

use kernel::access::{Actor, Identity};
use kernel::clock::Clock;
use kernel::error::StoreError;
use kernel::write::WriteContext;

use crate::accounting::{ConnectionError, CreatedInvoice, GatewayDelays, InvoiceEvent, LookupDecision};
use crate::ports::{
    AccountingGateway, Connections, InvoiceLedger, LedgerError, LedgerUpdate, LookupSchedule, PendingLookup,
};

/// Looks up the invoices whose outcome is not known (`docs/spec/accounting.md`, "Look-ups").
pub struct ReconcileInvoices {
    gateway: Arc<dyn AccountingGateway>,
    ledger: Arc<dyn InvoiceLedger>,
    connections: Arc<dyn Connections>,
    clock: Arc<dyn Clock>,
    schedule: LookupSchedule,
    delays: GatewayDelays,
}

/// The result of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ReconcileReport {
    /// The number of invoices that were due.
    pub due: usize,
    /// The number of them that are settled.
    pub settled: usize,
}

/// The actor of its changes, and their request id.
const PART: &str = "reconciler";

impl ReconcileInvoices {
    pub fn new(
        gateway: Arc<dyn AccountingGateway>,
        ledger: Arc<dyn InvoiceLedger>,
        connections: Arc<dyn Connections>,
        clock: Arc<dyn Clock>,
        schedule: LookupSchedule,
        delays: GatewayDelays,
    ) -> Self {
        Self { gateway, ledger, connections, clock, schedule, delays }
    }

    /// Looks up those that are due, one after the other, so that requests have the accounting system to themselves.
    ///
    /// # Errors
    /// The first that the store failed with; the others are looked up all the same.
    pub async fn run(&self) -> Result<ReconcileReport, StoreError> {
        let due = self.ledger.due(self.clock.now(), self.schedule).await?;
        let (mut report, mut failed) = (ReconcileReport { due: due.len(), settled: 0 }, None);
        for pending in due {
            match self.settle(pending).await {
                Ok(settled) => report.settled += usize::from(settled),
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        failed.map_or(Ok(report), Err)
    }

    async fn settle(&self, pending: PendingLookup) -> Result<bool, StoreError> {
        match self.look_up(&pending).await? {
            Some(event) => self.record(pending, event).await,
            None => Ok(false),
        }
    }

    /// Looks an invoice up, if it can be; returns the event that this proves, if it proves any.
    async fn look_up(&self, pending: &PendingLookup) -> Result<Option<InvoiceEvent>, StoreError> {
        let entry = &pending.entry;
        let connection = match self.connections.find(pending.team).await {
            Ok(Some(stored)) => stored.connection,
            Err(ConnectionError::Store(error)) => return Err(error),
            Ok(None) | Err(_) => return Ok(None),
        };
        if connection.company != entry.requested.company || !self.gateway.is_available(&connection) {
            return Ok(None);
        }
        let looked_up_at = self.clock.now();
        let found = self.gateway.find(&connection, entry.id, looked_up_at + self.schedule.timeout).await;
        let Ok(found) = found else { return Ok(None) };
        Ok(match entry.after_lookup(found, looked_up_at, self.delays) {
            LookupDecision::Settle(issued) => {
                Some(InvoiceEvent::Created(CreatedInvoice { issued, at: self.clock.now() }))
            }
            LookupDecision::Flag(_) => Some(InvoiceEvent::Several { at: looked_up_at }),
            LookupDecision::SendAgain => Some(InvoiceEvent::NotCreated),
            LookupDecision::OutcomeUnknown { .. } | LookupDecision::DecideAgain => None,
        })
    }

    /// Records the event, unless something else happened meanwhile; returns whether that settled the invoice.
    async fn record(&self, pending: PendingLookup, event: InvoiceEvent) -> Result<bool, StoreError> {
        let settles = !matches!(event, InvoiceEvent::Several { .. });
        let actor = Actor { team: pending.team, identity: Identity::System { part: PART } };
        let context = WriteContext::unclaimed(&actor, PART, self.clock.now());
        let entry = pending.entry;
        let update = LedgerUpdate {
            invoice: entry.id,
            expected_version: Some(entry.version),
            event,
            requested: entry.requested,
        };
        match self.ledger.record(context, update).await {
            Ok(_) => Ok(settles),
            Err(LedgerError::Overtaken) => Ok(false),
            Err(LedgerError::Store(error)) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests;
