use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use kernel::error::StoreError;
use kernel::id::TeamId;
use kernel::write::WriteContext;

use crate::accounting::{Entry, Event, InvoiceId, State};
use crate::ports::{InvoiceLedger, Kept, LedgerError, Report};

/// What is known of invoices, as long as it lives. It keeps no history.
#[derive(Debug, Default)]
pub struct InMemoryLedger {
    invoices: Mutex<HashMap<(TeamId, InvoiceId), Kept>>,
}

#[async_trait]
impl InvoiceLedger for InMemoryLedger {
    async fn find(&self, team: TeamId, id: InvoiceId) -> Result<Option<Kept>, StoreError> {
        Ok(self.invoices.lock().unwrap_or_else(PoisonError::into_inner).get(&(team, id)).cloned())
    }

    async fn record(&self, context: WriteContext<Kept>, report: Report) -> Result<Kept, LedgerError> {
        let mut invoices = self.invoices.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (context.team, report.invoice);
        let stored = invoices.get(&key);
        if stored.map(|kept| kept.version) != report.seen {
            return Err(LedgerError::Overtaken);
        }
        let claimed = matches!(report.event, Event::Claimed { .. });
        let state = State::after(stored.map(|kept| &kept.entry.state), report.event);
        let state = state.map_err(|_| LedgerError::Overtaken)?;
        let (payload, contractor) = match stored {
            Some(kept) if !claimed => (kept.entry.payload, kept.contractor.clone()),
            _ => (report.payload, report.contractor),
        };
        let version = report.seen.unwrap_or(0) + 1;
        let kept = Kept { entry: Entry { payload, state }, contractor, version };
        invoices.insert(key, kept.clone());
        Ok(kept)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::id::Id;
    use uuid::Uuid;

    #[test]
    fn it_is_an_invoice_ledger() {
        let [team, other] = [1, 2].map(|number| Id::new(Uuid::from_u128(number)));
        pollster::block_on(crate::contract::invoice_ledger(&InMemoryLedger::default(), team, other));
    }
}
