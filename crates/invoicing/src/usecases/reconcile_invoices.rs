//! Settles the invoices whose outcome nobody knows, without anybody asking for them again. It never makes one.

use std::sync::Arc;

use kernel::access::{Actor, Identity};
use kernel::clock::Clock;
use kernel::error::StoreError;
use kernel::write::WriteContext;

use crate::accounting::{AfterLookUp, Bounds, CreatedInvoice, Event};
use crate::ports::{
    AccountingGateway, ConnectionStoreError, Connections, InvoiceLedger, LedgerError, LookUps, PendingLookup,
    Report,
};

/// Looks up the invoices whose outcome is not known (contract, *gepard*: the reconciler).
pub struct ReconcileInvoices {
    gateway: Arc<dyn AccountingGateway>,
    ledger: Arc<dyn InvoiceLedger>,
    connections: Arc<dyn Connections>,
    clock: Arc<dyn Clock>,
    look_ups: LookUps,
    bounds: Bounds,
}

/// What a run came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Reconciled {
    /// How many were due.
    pub due: usize,
    /// How many of them are settled.
    pub settled: usize,
}

/// Who changes what nobody asks for.
const PART: &str = "reconciler";

impl ReconcileInvoices {
    /// Stands on an accounting system, the ledger, the connections of the teams, and the time.
    pub fn new(
        gateway: Arc<dyn AccountingGateway>,
        ledger: Arc<dyn InvoiceLedger>,
        connections: Arc<dyn Connections>,
        clock: Arc<dyn Clock>,
        look_ups: LookUps,
        bounds: Bounds,
    ) -> Self {
        Self { gateway, ledger, connections, clock, look_ups, bounds }
    }

    /// Looks up those that are due, one after the other, so that requests have the accounting system to themselves.
    ///
    /// # Errors
    /// The first that the store failed with; the others are looked up all the same.
    pub async fn run(&self) -> Result<Reconciled, StoreError> {
        let due = self.ledger.due(self.clock.now(), self.look_ups).await?;
        let (mut run, mut failed) = (Reconciled { due: due.len(), settled: 0 }, None);
        for due in due {
            match self.settle(due).await {
                Ok(settled) => run.settled += usize::from(settled),
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        failed.map_or(Ok(run), Err)
    }

    async fn settle(&self, due: PendingLookup) -> Result<bool, StoreError> {
        match self.look_up(&due).await? {
            Some(event) => self.record(due, event).await,
            None => Ok(false),
        }
    }

    /// What a look-up says has happened, if there can be one and it says anything.
    async fn look_up(&self, due: &PendingLookup) -> Result<Option<Event>, StoreError> {
        let entry = &due.kept.entry;
        let connection = match self.connections.find(due.team).await {
            Ok(Some(kept)) => kept.connection,
            Err(ConnectionStoreError::Store(error)) => return Err(error),
            Ok(None) | Err(_) => return Ok(None),
        };
        if connection.company != entry.asked.company || !self.gateway.is_available(&connection) {
            return Ok(None);
        }
        let asked = self.clock.now();
        let found = self.gateway.find(&connection, due.invoice, asked + self.look_ups.patience).await;
        let Ok(found) = found else { return Ok(None) };
        Ok(match entry.after_look_up(found, asked, self.bounds) {
            AfterLookUp::Settle(booked) => {
                Some(Event::Booked(CreatedInvoice { booked, at: self.clock.now() }))
            }
            AfterLookUp::Flag(_) => Some(Event::Several { at: asked }),
            AfterLookUp::SendAgain => Some(Event::NotMade),
            AfterLookUp::OutcomeUnknown { .. } | AfterLookUp::DecideAgain => None,
        })
    }

    /// Records it, unless something else happened meanwhile; says whether that settled the invoice.
    async fn record(&self, due: PendingLookup, event: Event) -> Result<bool, StoreError> {
        let settles = !matches!(event, Event::Several { .. });
        let actor = Actor { team: due.team, identity: Identity::System { part: PART } };
        let context = WriteContext::unclaimed(&actor, PART, self.clock.now());
        let (seen, asked) = (Some(due.kept.version), due.kept.entry.asked);
        match self.ledger.record(context, Report { invoice: due.invoice, seen, event, asked }).await {
            Ok(_) => Ok(settles),
            Err(LedgerError::Overtaken) => Ok(false),
            Err(LedgerError::Store(error)) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests;
