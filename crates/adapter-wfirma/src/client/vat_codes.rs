use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use chrono::{DateTime, TimeDelta, Utc};
use invoicing::accounting::{
    AccountingConnection, AccountingInvoice, CompanyId, FailureCode, InvoiceFailure,
};
use invoicing::ports::GatewayError;
use kernel::id::TeamId;

use crate::protocol::VatCode;

/// How long a company's VAT codes are cached.
const TTL: TimeDelta = TimeDelta::hours(24);
/// How long it is cached that a code is missing: a user may just have added it in wFirma.
const MISSING_TTL: TimeDelta = TimeDelta::minutes(1);
/// The number of companies from which on unused ones are evicted.
const MAX_COMPANIES: usize = 1_000;

/// A cache of the VAT codes of companies, each looked up by the first call that needs them while the others wait.
#[derive(Debug, Default)]
pub(super) struct VatCodes {
    companies: Mutex<HashMap<(TeamId, CompanyId), Arc<Company>>>,
}

/// The cache entry of one company, locked during a look-up.
pub(super) type Company = tokio::sync::Mutex<CachedCodes>;

/// The cached VAT codes of a company.
#[derive(Debug, Default)]
pub(super) struct CachedCodes {
    codes: Vec<VatCode>,
    /// When they were looked up.
    at: Option<DateTime<Utc>>,
    /// When a look-up failed last, and the failure if wFirma refused.
    failed: Option<(Instant, Option<InvoiceFailure>)>,
}

impl VatCodes {
    pub(super) fn of(&self, connection: &AccountingConnection) -> Arc<Company> {
        let mut companies = self.companies.lock().unwrap_or_else(PoisonError::into_inner);
        if companies.len() >= MAX_COMPANIES {
            companies.retain(|_, company| Arc::strong_count(company) > 1);
        }
        companies.entry((connection.team, connection.company.clone())).or_default().clone()
    }
}

impl CachedCodes {
    /// The ids of an invoice's VAT codes; `None` if the codes must be looked up first.
    pub(super) fn ids(
        &self,
        invoice: &AccountingInvoice,
        now: DateTime<Utc>,
    ) -> Option<Result<Vec<String>, InvoiceFailure>> {
        let age = now - self.at?;
        let ids = ids(invoice, &self.codes);
        let ttl = if ids.is_ok() { TTL } else { MISSING_TTL };
        (age < ttl).then_some(ids)
    }

    /// Stores codes that were looked up; an empty list is not stored, as every company has codes.
    pub(super) fn store(&mut self, codes: Vec<VatCode>, now: DateTime<Utc>) {
        if !codes.is_empty() {
            (self.codes, self.at) = (codes, Some(now));
        }
    }

    /// Records a failed look-up, for the calls that wait for it.
    pub(super) fn record_failure(&mut self, error: &GatewayError) {
        let failure = match error {
            GatewayError::Refused(failure) => Some(failure.clone()),
            _ => None,
        };
        self.failed = Some((Instant::now(), failure));
    }

    /// The failure of a look-up since a moment, if one failed.
    pub(super) fn failed_since(&self, moment: Instant) -> Option<GatewayError> {
        let (_, failure) = self.failed.as_ref().filter(|(at, _)| *at >= moment)?;
        Some(match failure {
            Some(failure) => GatewayError::Refused(failure.clone()),
            None => GatewayError::NotSent("the VAT codes could not be read a moment ago".into()),
        })
    }
}

/// The ids of an invoice's VAT codes, item by item.
pub(super) fn ids(invoice: &AccountingInvoice, codes: &[VatCode]) -> Result<Vec<String>, InvoiceFailure> {
    let id = |item: &invoicing::accounting::Item| {
        let code = codes.iter().find(|code| code.is_of(item.vat));
        code.map(|code| code.id.clone()).ok_or_else(|| {
            let message = format!("the company has no VAT code for {} in wFirma", item.vat);
            InvoiceFailure::new(FailureCode::Validation, message)
        })
    };
    invoice.items().iter().map(id).collect()
}

#[cfg(test)]
mod tests {
    use invoicing::contract;

    use super::*;

    #[test]
    fn unused_companies_are_evicted_when_there_are_many() {
        let codes = VatCodes::default();
        let of = |company: usize| codes.of(&contract::connection(&company.to_string()));
        let used = of(0);
        for company in 1..=3 * MAX_COMPANIES {
            of(company);
        }
        assert!(codes.companies.lock().unwrap().len() <= MAX_COMPANIES);
        assert!(Arc::ptr_eq(&of(0), &used));
    }
}
