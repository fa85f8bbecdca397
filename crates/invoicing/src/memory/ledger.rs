use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use kernel::error::StoreError;
use kernel::id::TeamId;
use kernel::write::WriteContext;

use crate::accounting::{InvoiceId, InvoiceState, LedgerEntry};
use crate::ports::{
    HistoryStep, InvoiceHistory, InvoiceLedger, LedgerError, LedgerUpdate, LookupSchedule, PendingLookup,
};

/// The ledger in memory.
#[derive(Debug, Default)]
pub struct InMemoryLedger {
    invoices: Mutex<HashMap<(TeamId, InvoiceId), Invoice>>,
}

#[derive(Debug)]
struct Invoice {
    entry: LedgerEntry,
    steps: Vec<HistoryStep>,
    /// When it is given out again, if it was.
    next_lookup: Option<DateTime<Utc>>,
}

impl Invoice {
    /// The moment since which its outcome is unknown, if it is and nobody is sending it.
    fn open_since(&self) -> Option<DateTime<Utc>> {
        match self.entry.state {
            InvoiceState::InFlight { lease: since } | InvoiceState::Unknown { last_send: since, .. } => {
                Some(since)
            }
            _ => None,
        }
    }

    /// When it is to be given out.
    fn due(&self) -> Option<DateTime<Utc>> {
        self.open_since().map(|since| self.next_lookup.unwrap_or(since))
    }
}

impl InMemoryLedger {
    fn invoices(&self) -> MutexGuard<'_, HashMap<(TeamId, InvoiceId), Invoice>> {
        self.invoices.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl InvoiceLedger for InMemoryLedger {
    async fn find(&self, team: TeamId, id: InvoiceId) -> Result<Option<LedgerEntry>, StoreError> {
        Ok(self.invoices().get(&(team, id)).map(|invoice| invoice.entry.clone()))
    }

    async fn find_all(
        &self,
        team: TeamId,
        ids: Vec<InvoiceId>,
    ) -> Result<HashMap<InvoiceId, LedgerEntry>, StoreError> {
        let invoices = self.invoices();
        let known = |id| Some((id, invoices.get(&(team, id))?.entry.clone()));
        Ok(ids.into_iter().filter_map(known).collect())
    }

    async fn history(&self, team: TeamId, id: InvoiceId) -> Result<Option<InvoiceHistory>, StoreError> {
        Ok(self.invoices().get(&(team, id)).map(|invoice| {
            let skipped = invoice.steps.len().saturating_sub(InvoiceHistory::MAX_STEPS.into());
            let steps = invoice.steps.iter().skip(skipped).cloned().collect();
            InvoiceHistory { entry: invoice.entry.clone(), steps }
        }))
    }

    async fn record(
        &self,
        context: WriteContext<LedgerEntry>,
        update: LedgerUpdate,
    ) -> Result<LedgerEntry, LedgerError> {
        let mut invoices = self.invoices();
        let key = (context.team, update.invoice);
        let entry = update.apply(invoices.get(&key).map(|invoice| &invoice.entry))?;
        let step = HistoryStep {
            version: entry.version,
            at: context.at,
            actor: context.actor.to_string(),
            request_id: context.request_id,
            state: entry.state.as_str().to_owned(),
            detail: entry.detail(),
        };
        let invoice = invoices.entry(key);
        let invoice =
            invoice.or_insert_with(|| Invoice { entry: entry.clone(), steps: Vec::new(), next_lookup: None });
        (invoice.entry, invoice.next_lookup) = (entry.clone(), None);
        invoice.steps.push(step);
        Ok(entry)
    }

    async fn due(
        &self,
        at: DateTime<Utc>,
        schedule: LookupSchedule,
    ) -> Result<Vec<PendingLookup>, StoreError> {
        let mut invoices = self.invoices();
        let mut due: Vec<_> =
            invoices.iter_mut().filter(|(_, invoice)| invoice.due().is_some_and(|due| due <= at)).collect();
        due.sort_by_key(|((_, id), invoice)| (invoice.due(), *id));
        let given = due.into_iter().take(schedule.batch_size as usize).map(|((team, _), invoice)| {
            let open = invoice.open_since().map_or(schedule.min_interval, |since| at - since);
            invoice.next_lookup = Some(at + open.max(schedule.min_interval).min(schedule.max_interval));
            PendingLookup { team: *team, entry: invoice.entry.clone() }
        });
        Ok(given.collect())
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
