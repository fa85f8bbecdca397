//! The ports in memory, for examples and tests.

mod connections;
mod exchanges;
mod ledger;

use std::collections::HashSet;
use std::sync::Mutex;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

pub use self::connections::InMemoryConnections;
pub use self::exchanges::InMemoryExchanges;
pub use self::ledger::InMemoryLedger;
use crate::accounting::{
    AccountingConnection, AccountingInvoice, CompanyId, ContractorId, Failure, InvoiceDates, InvoiceId,
};
use crate::ports::{AccountingGateway, Booked, GatewayError, LookupResult};

/// An accounting system that keeps its invoices as long as it lives, and finds them at once.
#[derive(Debug)]
pub struct InMemoryAccounting {
    contractors: HashSet<ContractorId>,
    now: DateTime<Utc>,
    books: Mutex<Vec<LedgerEntry>>,
}

#[derive(Debug)]
struct LedgerEntry {
    company: CompanyId,
    id: InvoiceId,
    booked: Booked,
}

impl InMemoryAccounting {
    /// One that knows these contractors, and in which it is always the same moment.
    pub fn new(contractors: impl IntoIterator<Item = ContractorId>, now: DateTime<Utc>) -> Self {
        Self { contractors: contractors.into_iter().collect(), now, books: Mutex::default() }
    }

    fn books(&self) -> std::sync::MutexGuard<'_, Vec<LedgerEntry>> {
        self.books.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
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
        let books = self.books();
        let mut found: Vec<_> = books
            .iter()
            .filter(|kept| kept.company == connection.company && kept.id == id)
            .map(|kept| kept.booked.clone())
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
    ) -> Result<Booked, GatewayError> {
        if self.now >= until {
            return Err(GatewayError::NotSent("the time to send it is up".into()));
        }
        if !self.contractors.contains(invoice.contractor()) {
            return Err(GatewayError::Refused(Failure::contractor_not_found(invoice.contractor())));
        }
        let mut books = self.books();
        let number = books.len() + 1;
        let total = invoice.totals(connection.prices).ok().map(|totals| totals.gross);
        let booked = Booked {
            wfirma_id: number.to_string().into(),
            number: format!("FV {number}/{}", dates.issued.format("%Y")).into(),
            total,
        };
        let company = connection.company.clone();
        books.push(LedgerEntry { company, id: invoice.id(), booked: booked.clone() });
        Ok(booked)
    }
}

#[cfg(test)]
mod tests {
    use crate::contract;

    use super::*;

    #[test]
    fn it_is_an_accounting_gateway() {
        let now = DateTime::UNIX_EPOCH;
        let known = ContractorId::try_new("152158328").unwrap();
        let gateway = InMemoryAccounting::new([known.clone()], now);
        let case = contract::Case { now, known, unknown: ContractorId::try_new("12345").unwrap() };
        pollster::block_on(contract::accounting_gateway(&gateway, &case));
    }
}
