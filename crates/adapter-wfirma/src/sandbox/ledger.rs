//! The sandbox's ledger.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use chrono::{Datelike, NaiveDate};

use super::call::NewInvoice;
use super::vat::Sums;
use crate::json::{Json, numbered, object, text};

/// The first invoice is that of the documented example: 381321041, `FV 22/2025`.
const FIRST_ID: u64 = 381_321_041;
const FIRST_NUMBER: u32 = 22;

/// The invoices of every company, and the calls.
#[derive(Debug, Default)]
pub(super) struct SandboxLedger {
    pub(super) invoices: Vec<Invoice>,
    /// Calls by action.
    pub(super) calls: BTreeMap<String, u64>,
    numbers: BTreeMap<(String, i32), u32>,
}

/// An invoice of the ledger.
#[derive(Debug, Clone)]
pub(super) struct Invoice {
    pub(super) id: u64,
    pub(super) number: String,
    pub(super) company: String,
    pub(super) contractor: String,
    pub(super) external_id: Option<String>,
    pub(super) kind: String,
    pub(super) date: NaiveDate,
    pub(super) currency: String,
    pub(super) sums: Sums,
    created: Instant,
}

impl SandboxLedger {
    /// Creates an invoice, even if there is one of its external id.
    pub(super) fn add(&mut self, company: &str, new: NewInvoice) -> Invoice {
        let year = new.date.year();
        let number = self.numbers.entry((company.to_owned(), year)).or_insert(FIRST_NUMBER);
        let invoice = Invoice {
            id: FIRST_ID + self.invoices.len() as u64,
            number: format!("FV {number}/{year}"),
            company: company.to_owned(),
            contractor: new.contractor,
            external_id: new.external_id,
            kind: new.kind,
            date: new.date,
            currency: new.currency,
            sums: new.sums,
            created: Instant::now(),
        };
        *number += 1;
        self.invoices.push(invoice.clone());
        invoice
    }

    /// A company's invoices whose field has this value, or all; `None` for an unknown field.
    pub(super) fn find(&self, company: &str, condition: Option<&(String, String)>) -> Option<Vec<Invoice>> {
        let mut found = Vec::new();
        for invoice in self.invoices.iter().filter(|invoice| invoice.company == company) {
            let matches = match condition {
                None => true,
                Some((field, value)) => match field.as_str() {
                    "id" => invoice.id.to_string() == *value,
                    "fullnumber" => invoice.number == *value,
                    "id_external" => invoice.external_id.as_ref() == Some(value),
                    _ => return None,
                },
            };
            if matches {
                found.push(invoice.clone());
            }
        }
        Some(found)
    }

    /// Whether the external id is that of an invoice of the contractor.
    pub(super) fn has_invoice(&self, external_id: &str, contractor: &str) -> bool {
        let mut invoices = self.invoices.iter();
        invoices.any(|invoice| {
            invoice.contractor == contractor && invoice.external_id.as_deref() == Some(external_id)
        })
    }
}

impl Invoice {
    /// Whether it was created so long ago.
    pub(super) fn is_older_than(&self, age: Duration) -> bool {
        self.created.elapsed() >= age
    }

    /// The record as in wFirma's responses.
    pub(super) fn record(&self) -> Json {
        object([
            ("id", text(self.id)),
            ("fullnumber", text(&self.number)),
            ("type", text(&self.kind)),
            ("date", text(self.date)),
            ("currency", text(&self.currency)),
            ("netto", text(self.sums.net)),
            ("tax", text(self.sums.tax)),
            ("total", text(self.sums.gross)),
            ("paymentstate", text("unpaid")),
            ("id_external", self.external_id.as_ref().map_or(Json::Null, text)),
            ("contractor", object([("id", text(&self.contractor))])),
            ("errors", Json::Bool(false)),
        ])
    }

    /// The record as in `/_sandbox/ledger`.
    pub(super) fn entry(&self) -> Json {
        object([
            ("id", text(self.id)),
            ("number", text(&self.number)),
            ("companyId", text(&self.company)),
            ("contractorId", text(&self.contractor)),
            ("externalId", self.external_id.as_ref().map_or(Json::Null, text)),
            ("type", text(&self.kind)),
            ("date", text(self.date)),
            ("currency", text(&self.currency)),
            ("net", text(self.sums.net)),
            ("tax", text(self.sums.tax)),
            ("total", text(self.sums.gross)),
        ])
    }
}

/// A page of records of a module, with the status OK.
pub(super) fn listed(module: &str, record: &str, found: Vec<Json>, page: usize, limit: usize) -> Json {
    let total = found.len();
    let shown = found.into_iter().skip((page - 1).saturating_mul(limit)).take(limit);
    let mut records = numbered(shown.map(|found| object([(record, found)])));
    let paging = object([("limit", text(limit)), ("page", text(page)), ("total", text(total))]);
    if let Json::Object(pairs) = &mut records {
        pairs.push(("parameters".to_owned(), paging));
    }
    object([(module, records), ("status", object([("code", text("OK"))]))])
}
