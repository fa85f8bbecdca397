//! The ports in memory, for examples and tests.

mod connections;
mod exchanges;
mod ledger;

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, Utc};

pub use self::connections::InMemoryConnections;
pub use self::exchanges::InMemoryExchanges;
pub use self::ledger::InMemoryLedger;
use crate::accounting::{
    AccountingConnection, AccountingInvoice, CompanyId, ContractorId, InvoiceDates, InvoiceFailure,
    InvoiceId, IssuedInvoice, LookupResult,
};
use crate::ports::{AccountingGateway, GatewayError};

/// An accounting system that lives as long as the value, and finds its invoices at once.
#[derive(Debug)]
pub struct InMemoryAccounting {
    contractors: HashSet<ContractorId>,
    now: DateTime<Utc>,
    invoices: Mutex<Vec<StoredInvoice>>,
}

#[derive(Debug)]
struct StoredInvoice {
    company: CompanyId,
    id: InvoiceId,
    issued: IssuedInvoice,
}

impl InMemoryAccounting {
    /// Creates one that knows these contractors, and whose clock stands still at `now`.
    pub fn new(contractors: impl IntoIterator<Item = ContractorId>, now: DateTime<Utc>) -> Self {
        Self { contractors: contractors.into_iter().collect(), now, invoices: Mutex::default() }
    }

    fn invoices(&self) -> MutexGuard<'_, Vec<StoredInvoice>> {
        self.invoices.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl AccountingGateway for InMemoryAccounting {
    fn is_available(&self, _connection: &AccountingConnection) -> bool {
        true
    }

    async fn find(
        &self,
        connection: &AccountingConnection,
        id: InvoiceId,
        _until: DateTime<Utc>,
    ) -> Result<LookupResult, GatewayError> {
        let invoices = self.invoices();
        let mut found: Vec<_> = invoices
            .iter()
            .filter(|stored| stored.company == connection.company && stored.id == id)
            .map(|stored| stored.issued.clone())
            .collect();
        Ok(match (found.pop(), found.is_empty()) {
            (None, _) => LookupResult::Nothing,
            (Some(one), true) => LookupResult::One(one),
            (Some(last), false) => {
                found.push(last);
                LookupResult::Several(found)
            }
        })
    }

    async fn add(
        &self,
        connection: &AccountingConnection,
        invoice: &AccountingInvoice,
        dates: InvoiceDates,
        until: DateTime<Utc>,
    ) -> Result<IssuedInvoice, GatewayError> {
        if self.now >= until {
            return Err(GatewayError::NotSent("the time to send it is up".into()));
        }
        if !self.contractors.contains(invoice.contractor()) {
            return Err(GatewayError::Refused(InvoiceFailure::contractor_not_found(invoice.contractor())));
        }
        let mut invoices = self.invoices();
        let number = invoices.len() + 1;
        let total = invoice.totals(connection.prices).ok().map(|totals| totals.gross);
        let issued = IssuedInvoice {
            wfirma_id: number.to_string().into(),
            number: format!("FV {number}/{}", dates.issued.format("%Y")).into(),
            total,
        };
        let company = connection.company.clone();
        invoices.push(StoredInvoice { company, id: invoice.id(), issued: issued.clone() });
        Ok(issued)
    }
}

#[cfg(test)]
mod tests {
    use crate::contract;

    use super::*;

    #[test]
    fn it_is_an_accounting_gateway() {
        let now = DateTime::UNIX_EPOCH;
        let known_contractor = ContractorId::try_new("152158328").unwrap();
        let gateway = InMemoryAccounting::new([known_contractor.clone()], now);
        let unknown_contractor = ContractorId::try_new("12345").unwrap();
        let setup = contract::GatewaySetup { now, known_contractor, unknown_contractor };
        pollster::block_on(contract::accounting_gateway(&gateway, &setup));
    }
}
