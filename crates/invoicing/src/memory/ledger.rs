use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use kernel::error::StoreError;
use kernel::id::TeamId;
use kernel::write::WriteContext;

use crate::accounting::{InvoiceId, State};
use crate::ports::{
    HistoryStep, InvoiceLedger, InvoiceStory, LedgerEntry, LedgerError, LookUps, PendingLookup, Report,
};

/// What is known of invoices, as long as it lives.
#[derive(Debug, Default)]
pub struct InMemoryLedger {
    invoices: Mutex<HashMap<(TeamId, InvoiceId), Invoice>>,
}

#[derive(Debug)]
struct Invoice {
    kept: LedgerEntry,
    steps: Vec<HistoryStep>,
    /// When it is given out again, if it was.
    look_at: Option<DateTime<Utc>>,
}

impl Invoice {
    /// Since when its outcome is not known, if it is not and nobody is at it.
    fn open_since(&self) -> Option<DateTime<Utc>> {
        match self.kept.entry.state {
            State::InFlight { lease: since } | State::Unknown { last_send: since, .. } => Some(since),
            _ => None,
        }
    }

    /// When it is to be given out.
    fn due(&self) -> Option<DateTime<Utc>> {
        self.open_since().map(|since| self.look_at.unwrap_or(since))
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
        Ok(self.invoices().get(&(team, id)).map(|invoice| invoice.kept.clone()))
    }

    async fn find_all(
        &self,
        team: TeamId,
        ids: Vec<InvoiceId>,
    ) -> Result<HashMap<InvoiceId, LedgerEntry>, StoreError> {
        let invoices = self.invoices();
        let known = |id| Some((id, invoices.get(&(team, id))?.kept.clone()));
        Ok(ids.into_iter().filter_map(known).collect())
    }

    async fn story(&self, team: TeamId, id: InvoiceId) -> Result<Option<InvoiceStory>, StoreError> {
        Ok(self.invoices().get(&(team, id)).map(|invoice| {
            let passed_over = invoice.steps.len().saturating_sub(InvoiceStory::MOST_STEPS.into());
            let steps = invoice.steps.iter().skip(passed_over).cloned().collect();
            InvoiceStory { kept: invoice.kept.clone(), steps }
        }))
    }

    async fn record(
        &self,
        context: WriteContext<LedgerEntry>,
        report: Report,
    ) -> Result<LedgerEntry, LedgerError> {
        let mut invoices = self.invoices();
        let key = (context.team, report.invoice);
        let kept = report.after(invoices.get(&key).map(|invoice| &invoice.kept))?;
        let step = HistoryStep {
            version: kept.version,
            at: context.at,
            actor: context.actor.to_string(),
            request_id: context.request_id,
            state: kept.entry.state.as_str().to_owned(),
            detail: kept.entry.detail(),
        };
        let invoice = invoices.entry(key);
        let invoice =
            invoice.or_insert_with(|| Invoice { kept: kept.clone(), steps: Vec::new(), look_at: None });
        (invoice.kept, invoice.look_at) = (kept.clone(), None);
        invoice.steps.push(step);
        Ok(kept)
    }

    async fn due(&self, at: DateTime<Utc>, look_ups: LookUps) -> Result<Vec<PendingLookup>, StoreError> {
        let mut invoices = self.invoices();
        let mut due: Vec<_> =
            invoices.iter_mut().filter(|(_, invoice)| invoice.due().is_some_and(|due| due <= at)).collect();
        due.sort_by_key(|((_, id), invoice)| (invoice.due(), *id));
        let given = due.into_iter().take(look_ups.at_once as usize).map(|((team, id), invoice)| {
            let open = invoice.open_since().map_or(look_ups.shortest, |since| at - since);
            invoice.look_at = Some(at + open.max(look_ups.shortest).min(look_ups.longest));
            PendingLookup { team: *team, invoice: *id, kept: invoice.kept.clone() }
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
