use invoicing::accounting::{ContractorId, Failure, FailureCode, InvoiceId, VatRate};
use invoicing::ports::{Booked, Found};
use kernel::money::Money;

use super::errors::{self, FieldError};
use super::{PAGE, Status};
use crate::json::Json;

/// How wFirma says that an object is not there, in its own language.
const NO_SUCH_OBJECT: &str = "Nie znaleziono obiektu";

/// An answer that could be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) status: Status,
    /// The code as it came, for the log.
    pub(crate) code: String,
    message: Option<String>,
    body: Json,
}

impl Reply {
    /// Reads an answer; nothing if it says in no way what was done: HTML, half a document, another service's JSON.
    pub(crate) fn read(http: u16, body: &[u8]) -> Option<Self> {
        let json = serde_json::from_slice::<Json>(body).unwrap_or(Json::Null);
        let body = json.get("api").unwrap_or(&json);
        let status = body.get("status");
        let code = status.and_then(|status| status.get("code").unwrap_or(status).text());
        let code = code.filter(|code| !code.is_empty());
        let (status, message) = match &code {
            Some(code) => (Status::of(code), status.and_then(|status| status.get("message")?.text())),
            None => (Status::of_http(http)?, None),
        };
        let code = code.unwrap_or_else(|| format!("HTTP {http}"));
        Some(Self { status, code, message, body: body.clone() })
    }

    /// The records of a module: a map or a list of `{"invoice": {…}}`, or one such object; with or without paging.
    fn records(&self, module: &str, record: &str) -> Vec<&Json> {
        let Some(module) = self.body.get(module) else { return Vec::new() };
        if let Some(found) = module.get(record) {
            // one record without a number, or a list of them
            return match found {
                Json::List(records) => records.iter().collect(),
                found => vec![found],
            };
        }
        let entries = module.entries();
        let records = entries.into_iter().filter(|(key, _)| key != "parameters");
        records.filter_map(|(_, entry)| entry.get(record)).collect()
    }

    /// How many records there are in all, if the answer says so: beside the records or at the top.
    fn total(&self, module: &str) -> Option<usize> {
        let places = [&[module, "parameters", "total"][..], &["parameters", "total"]];
        places.iter().find_map(|path| self.body.at(path)?.text()?.parse().ok())
    }
}

/// The invoice that was made; nothing if the answer does not show one with a legal number.
pub(crate) fn booked(reply: &Reply) -> Option<Booked> {
    reply.records("invoices", "invoice").into_iter().find_map(invoice)
}

/// The invoices of an id among those found. Pro-formas share an invoice's id, and drafts have no number: neither counts.
/// Where the answer shows the ids, others' are left out: a service that overlooks the condition finds everything.
pub(crate) fn found(reply: &Reply, id: InvoiceId) -> Found {
    let id = id.to_string();
    let is_ours = |record: &&Json| {
        let shown = record.get("id_external").and_then(Json::text);
        shown.is_none_or(|shown| shown.eq_ignore_ascii_case(&id))
    };
    let records = reply.records("invoices", "invoice").into_iter().filter(is_ours);
    let mut found: Vec<_> = records.filter_map(invoice).collect();
    match (found.pop(), found.is_empty()) {
        (None, _) => Found::Nothing,
        (Some(one), true) => Found::One(one),
        (Some(last), false) => {
            found.push(last);
            Found::Several(found)
        }
    }
}

fn invoice(record: &Json) -> Option<Booked> {
    let text = |key: &str| record.get(key).and_then(Json::text).filter(|text| !text.is_empty());
    let kind = text("type");
    if kind.is_some_and(|kind| kind != "normal") {
        return None;
    }
    let total = text("total").and_then(|total| Money::try_new(total.parse().ok()?).ok());
    Some(Booked { wfirma_id: text("id")?.into(), number: text("fullnumber")?.into(), total })
}

/// A VAT code of a company.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct VatCode {
    pub(crate) id: String,
    code: String,
}

impl VatCode {
    /// Whether it is the code of a rate.
    pub(crate) fn is_of(&self, rate: VatRate) -> bool {
        let code = self.code.trim_end_matches('%').trim();
        match rate {
            VatRate::ReverseCharge => matches!(code, "oo" | "vat_buyer"),
            VatRate::NotSubjectUnion => matches!(code, "npue" | "np ue"),
            rate => code == rate.code().trim_end_matches('%'),
        }
    }
}

/// The Polish VAT codes of an answer, and whether there are more pages after this one.
pub(crate) fn vat_codes(reply: &Reply, page: usize) -> (Vec<VatCode>, bool) {
    let records = reply.records("vat_codes", "vat_code");
    let is_last = records.len() < PAGE || reply.total("vat_codes").is_some_and(|total| total <= page * PAGE);
    let codes = records.into_iter().filter_map(|record| {
        let text = |key: &str| record.get(key).and_then(Json::text).filter(|text| !text.is_empty());
        let country = text("declaration_country").unwrap_or_else(|| "PL".to_owned());
        let code = text("code").or_else(|| text("rate"))?.to_lowercase();
        country.eq_ignore_ascii_case("PL").then_some(VatCode { id: text("id")?, code })
    });
    (codes.collect(), !is_last)
}

/// What the caller of an invoice is told of an answer that is no success (wfirma.md, *Status codes*).
pub(crate) fn refusal(reply: &Reply, contractor: Option<&ContractorId>) -> Failure {
    let not_found = || contractor.map_or_else(Failure::internal, Failure::contractor_not_found);
    match reply.status {
        Status::NotFound => not_found(),
        Status::Denied => Failure::insufficient_permissions(),
        Status::Limit => Failure::rate_limit_exceeded(),
        Status::Outage | Status::Auth => Failure::service_unavailable(),
        Status::Invalid => {
            let errors = errors_of(reply);
            if errors.iter().any(says_no_such_contractor) { not_found() } else { invalid(&errors) }
        }
        Status::Ok | Status::Misasked | Status::Fatal | Status::Unheard => Failure::internal(),
    }
}

fn errors_of(reply: &Reply) -> Vec<FieldError> {
    let records = reply.records("invoices", "invoice");
    let mut found: Vec<_> = records.into_iter().flat_map(errors::within).collect();
    if found.is_empty()
        && let Some(message) = reply.message.clone().filter(|message| !message.is_empty())
    {
        found.push(FieldError { path: String::new(), message });
    }
    found
}

fn says_no_such_contractor(error: &FieldError) -> bool {
    let of_contractor = error.path.is_empty() || error.path.starts_with("contractor");
    of_contractor && error.message.contains(NO_SUCH_OBJECT)
}

fn invalid(errors: &[FieldError]) -> Failure {
    if errors.is_empty() {
        return Failure::new(FailureCode::Validation, "wFirma refused the invoice and did not say why");
    }
    let about_ksef = errors.iter().any(|error| error.message.to_lowercase().contains("ksef"));
    let code = if about_ksef { FailureCode::KsefNotAuthorized } else { FailureCode::Validation };
    Failure::new(code, errors::told(errors))
}

#[cfg(test)]
mod tests;
