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

/// How long a company's VAT codes are taken for known.
const KNOWN_FOR: TimeDelta = TimeDelta::hours(24);
/// How long that one is missing: somebody may just have added it in wFirma.
const MISSING_FOR: TimeDelta = TimeDelta::minutes(1);
/// The companies from which on those are forgotten that nobody asks about now.
const MOST_COMPANIES: usize = 1_000;

/// The VAT codes of companies, each looked up once by whoever needs them first while the others wait.
#[derive(Debug, Default)]
pub(super) struct VatCodes {
    companies: Mutex<HashMap<(TeamId, CompanyId), Arc<Company>>>,
}

/// One company's; whoever looks them up holds it.
pub(super) type Company = tokio::sync::Mutex<Known>;

/// What is known of a company's VAT codes.
#[derive(Debug, Default)]
pub(super) struct Known {
    codes: Vec<VatCode>,
    /// When they were looked up.
    at: Option<DateTime<Utc>>,
    /// When looking them up failed last, and what callers are told of it if wFirma refused.
    failed: Option<(Instant, Option<InvoiceFailure>)>,
}

impl VatCodes {
    pub(super) fn of(&self, connection: &AccountingConnection) -> Arc<Company> {
        let mut companies = self.companies.lock().unwrap_or_else(PoisonError::into_inner);
        if companies.len() >= MOST_COMPANIES {
            companies.retain(|_, company| Arc::strong_count(company) > 1);
        }
        companies.entry((connection.team, connection.company.clone())).or_default().clone()
    }
}

impl Known {
    /// The ids of an invoice's VAT codes; nothing if the codes have to be looked up for that.
    pub(super) fn ids(
        &self,
        invoice: &AccountingInvoice,
        now: DateTime<Utc>,
    ) -> Option<Result<Vec<String>, InvoiceFailure>> {
        let age = now - self.at?;
        let ids = ids(invoice, &self.codes);
        let good_for = if ids.is_ok() { KNOWN_FOR } else { MISSING_FOR };
        (age < good_for).then_some(ids)
    }

    /// Keeps codes that were looked up; none are kept where there are none, as no company is without.
    pub(super) fn learn(&mut self, codes: Vec<VatCode>, now: DateTime<Utc>) {
        if !codes.is_empty() {
            (self.codes, self.at) = (codes, Some(now));
        }
    }

    /// Remembers that they could not be looked up, for those who wait for them.
    pub(super) fn fail(&mut self, error: &GatewayError) {
        let failure = match error {
            GatewayError::Refused(failure) => Some(failure.clone()),
            _ => None,
        };
        self.failed = Some((Instant::now(), failure));
    }

    /// Why they could not be looked up, if that was tried and failed since a moment.
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
    fn companies_nobody_asks_about_are_forgotten_when_there_are_many() {
        let codes = VatCodes::default();
        let of = |company: usize| codes.of(&contract::connection(&company.to_string()));
        let asked_about = of(0);
        for company in 1..=3 * MOST_COMPANIES {
            of(company);
        }
        assert!(codes.companies.lock().unwrap().len() <= MOST_COMPANIES);
        assert!(Arc::ptr_eq(&of(0), &asked_about));
    }
}
