//! The sandbox's ledger.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use chrono::{Datelike, NaiveDate};

use super::call::Wanted;
use super::vat::Sums;
use crate::json::{Json, numbered, object, text};

/// The first invoice is the one of seed 002: 381321041, `FV 22/2025`.
const FIRST_ID: u64 = 381_321_041;
const FIRST_NUMBER: u32 = 22;

/// What was made, and what was asked for.
#[derive(Debug, Default)]
pub(super) struct SandboxLedger {
    pub(super) invoices: Vec<Invoice>,
    /// Calls by action.
    pub(super) calls: BTreeMap<String, u64>,
    numbers: BTreeMap<(String, i32), u32>,
}

/// An invoice that was made.
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
    made: Instant,
}

impl SandboxLedger {
    /// Makes an invoice; that there is one of its external id already is not looked at.
    pub(super) fn add(&mut self, company: &str, wanted: Wanted) -> Invoice {
        let year = wanted.date.year();
        let number = self.numbers.entry((company.to_owned(), year)).or_insert(FIRST_NUMBER);
        let invoice = Invoice {
            id: FIRST_ID + self.invoices.len() as u64,
            number: format!("FV {number}/{year}"),
            company: company.to_owned(),
            contractor: wanted.contractor,
            external_id: wanted.external_id,
            kind: wanted.kind,
            date: wanted.date,
            currency: wanted.currency,
            sums: wanted.sums,
            made: Instant::now(),
        };
        *number += 1;
        self.invoices.push(invoice.clone());
        invoice
    }

    /// A company's invoices whose field has a value; all, if no field is given.
    pub(super) fn find(&self, company: &str, condition: Option<&(String, String)>) -> Option<Vec<Invoice>> {
        let mut found = Vec::new();
        for invoice in self.invoices.iter().filter(|invoice| invoice.company == company) {
            let fits = match condition {
                None => true,
                Some((field, value)) => match field.as_str() {
                    "id" => invoice.id.to_string() == *value,
                    "fullnumber" => invoice.number == *value,
                    "id_external" => invoice.external_id.as_ref() == Some(value),
                    _ => return None,
                },
            };
            if fits {
                found.push(invoice.clone());
            }
        }
        Some(found)
    }

    /// Whether an external id is of a contractor's invoice.
    pub(super) fn is_of(&self, external_id: &str, contractor: &str) -> bool {
        let mut invoices = self.invoices.iter();
        invoices.any(|invoice| {
            invoice.contractor == contractor && invoice.external_id.as_deref() == Some(external_id)
        })
    }
}

impl Invoice {
    /// Whether it was made so long ago.
    pub(super) fn is_older_than(&self, age: Duration) -> bool {
        self.made.elapsed() >= age
    }

    /// The record as answers show it.
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

    /// The record as the ledger shows it.
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

/// Records of a module with their paging and the status that all is well.
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
