use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use invoicing::accounting::{AccountingConnection, AccountingInvoice, CompanyId, Failure, FailureCode};
use kernel::id::TeamId;

use crate::protocol::VatCode;

/// How long a company's VAT codes are taken for known.
const KNOWN_FOR: Duration = Duration::from_secs(24 * 60 * 60);

/// The VAT codes of companies, each looked up once by whoever needs them first while the others wait.
#[derive(Debug, Default)]
pub(super) struct VatCodes {
    companies: Mutex<HashMap<(TeamId, CompanyId), Arc<Company>>>,
}

/// One company's, if they are known, and until when.
#[derive(Debug, Default)]
pub(super) struct Company(tokio::sync::Mutex<Option<(Instant, Vec<VatCode>)>>);

impl VatCodes {
    pub(super) fn of(&self, connection: &AccountingConnection) -> Arc<Company> {
        let mut companies = self.companies.lock().unwrap_or_else(PoisonError::into_inner);
        companies.entry((connection.team, connection.company.clone())).or_default().clone()
    }
}

impl Company {
    /// The codes, looked up by `look_up` if they are not known; what fails leaves them unknown.
    pub(super) async fn known<E>(
        &self,
        look_up: impl AsyncFnOnce() -> Result<Vec<VatCode>, E>,
    ) -> Result<Vec<VatCode>, E> {
        let mut known = self.0.lock().await;
        if let Some((until, codes)) = &*known
            && Instant::now() < *until
        {
            return Ok(codes.clone());
        }
        let codes = look_up().await?;
        *known = Some((Instant::now() + KNOWN_FOR, codes.clone()));
        Ok(codes)
    }
}

/// The ids of an invoice's VAT codes, item by item.
pub(super) fn ids(invoice: &AccountingInvoice, codes: &[VatCode]) -> Result<Vec<String>, Failure> {
    let id = |item: &invoicing::accounting::Item| {
        let code = codes.iter().find(|code| code.is_of(item.vat));
        code.map(|code| code.id.clone()).ok_or_else(|| {
            let message = format!("the company has no VAT code for {} in wFirma", item.vat);
            Failure::new(FailureCode::Validation, message)
        })
    };
    invoice.items().iter().map(id).collect()
}
