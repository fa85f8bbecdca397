//! Settles the invoices whose outcome nobody knows, without anybody asking for them again. It never makes one.

use std::sync::Arc;

use chrono::TimeDelta;
use kernel::access::{Actor, Identity};
use kernel::clock::Clock;
use kernel::error::StoreError;
use kernel::write::WriteContext;

use crate::accounting::{AfterLookUp, Event, Made, State};
use crate::ports::{
    AccountingGateway, ConnectionStoreError, Connections, Due, InvoiceLedger, LedgerError, LookUps, Report,
};

/// Looks up the invoices whose outcome is not known (contract, *gepard*: the reconciler).
pub struct ReconcileInvoices {
    gateway: Arc<dyn AccountingGateway>,
    ledger: Arc<dyn InvoiceLedger>,
    connections: Arc<dyn Connections>,
    clock: Arc<dyn Clock>,
    look_ups: LookUps,
    visibility: TimeDelta,
}

/// What a round came to.
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
    /// Stands on an accounting system, the ledger, the connections of the teams, and the time; `visibility` is how long the
    /// accounting system may take to find what was made.
    pub fn new(
        gateway: Arc<dyn AccountingGateway>,
        ledger: Arc<dyn InvoiceLedger>,
        connections: Arc<dyn Connections>,
        clock: Arc<dyn Clock>,
        look_ups: LookUps,
        visibility: TimeDelta,
    ) -> Self {
        Self { gateway, ledger, connections, clock, look_ups, visibility }
    }

    /// Looks up those that are due, one after the other, so that requests have the accounting system to themselves.
    ///
    /// # Errors
    /// When the store fails; what was settled stays so.
    pub async fn run(&self) -> Result<Reconciled, StoreError> {
        let due = self.ledger.due(self.clock.now(), self.look_ups).await?;
        let mut round = Reconciled { due: due.len(), settled: 0 };
        for due in due {
            if let Some(event) = self.look_up(&due).await? {
                round.settled += usize::from(self.record(due, event).await?);
            }
        }
        Ok(round)
    }

    /// What a look-up says has happened, if there can be one and it says anything.
    async fn look_up(&self, due: &Due) -> Result<Option<Event>, StoreError> {
        let entry = &due.kept.entry;
        let connection = match self.connections.find(due.team).await {
            Ok(Some(kept)) => kept.connection,
            Ok(None) | Err(ConnectionStoreError::Sealed(_)) => return Ok(None),
            Err(ConnectionStoreError::Store(error)) => return Err(error),
        };
        if connection.company != entry.asked.company || !self.gateway.is_available(&connection) {
            return Ok(None);
        }
        let asked = self.clock.now();
        let found = self.gateway.find(&connection, due.invoice, asked + self.look_ups.patience).await;
        let Ok(found) = found else { return Ok(None) };
        Ok(match entry.after_look_up(found, asked, self.visibility) {
            AfterLookUp::Settle(booked) => Some(Event::Booked(Made { booked, at: self.clock.now() })),
            AfterLookUp::Flag(_) if matches!(entry.state, State::Unknown { several: true, .. }) => None,
            AfterLookUp::Flag(_) => Some(Event::Several { at: asked }),
            AfterLookUp::SendAgain => Some(Event::NotMade),
            AfterLookUp::OutcomeUnknown { .. } | AfterLookUp::DecideAgain => None,
        })
    }

    /// Records it, unless something else happened meanwhile; says whether that settled the invoice.
    async fn record(&self, due: Due, event: Event) -> Result<bool, StoreError> {
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
