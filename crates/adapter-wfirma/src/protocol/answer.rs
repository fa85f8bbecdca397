use invoicing::accounting::{ContractorId, FailureCode, InvoiceFailure, InvoiceId, VatRate};
use invoicing::accounting::{IssuedInvoice, LookupResult};
use kernel::money::Money;

use super::errors::{self, FieldError};
use super::{PAGE, Status};
use crate::json::Json;

/// wFirma's message for an object that does not exist.
const NO_SUCH_OBJECT: &str = "Nie znaleziono obiektu";

/// A readable response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) status: Status,
    /// The code verbatim, for the log.
    pub(crate) code: String,
    message: Option<String>,
    body: Json,
}

impl Reply {
    /// Reads a response; `None` if it does not say what was done: HTML, a truncated document, another service's JSON. A
    /// response of a gateway before wFirma is not wFirma's: a status that is a bare text counts only with an HTTP status of
    /// success, and with an HTTP status of 500 or more only a status that says nothing of the invoice counts.
    pub(crate) fn read(http: u16, body: &[u8]) -> Option<Self> {
        let json = serde_json::from_slice::<Json>(body).unwrap_or(Json::Null);
        let body = json.get("api").unwrap_or(&json);
        let status = body.get("status");
        let bare = status.filter(|_| (200..300).contains(&http));
        let code = status.and_then(|status| status.get("code").or(bare)?.text());
        let code = code.filter(|code| !code.is_empty());
        let (status, message) = match &code {
            Some(code) => (Status::of(code), status.and_then(|status| status.get("message")?.text())),
            None => (Status::of_http(http)?, None),
        };
        if http >= 500 && !status.is_only_unavailable() {
            return None;
        }
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
        // a number is the key of a record, whatever it is; other keys may be of anything
        let is_number = |key: &str| !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_digit());
        let read = |(key, entry): (String, _)| Json::get(entry, record).or(is_number(&key).then_some(entry));
        records.filter_map(read).collect()
    }

    /// Whether the response has a module, even without records: a map or a list.
    fn has(&self, module: &str) -> bool {
        matches!(self.body.get(module), Some(Json::Object(_) | Json::List(_)))
    }

    /// The total number of records, if the response has it: beside the records or at the top.
    fn total(&self, module: &str) -> Option<usize> {
        let paths = [&[module, "parameters", "total"][..], &["parameters", "total"]];
        paths.iter().find_map(|path| self.body.at(path)?.text()?.parse().ok())
    }
}

/// The created invoice; `None` if the response shows none with a legal number.
pub(crate) fn booked(reply: &Reply) -> Option<IssuedInvoice> {
    reply.records("invoices", "invoice").into_iter().find_map(invoice)
}

/// The invoices of an id among those found; `None` if the response leaves open whether there is one.
///
/// Invoices of other ids are left out: a service that ignores the condition returns everything. A record without an id
/// counts only if it is the only one. Pro-formas share an invoice's id and do not count. "Nothing" is believed only if
/// there is no evidence against it: no draft and no numberless invoice of this id, which may become the invoice, no
/// invoice of another id, and no record that is not shown.
pub(crate) fn found(reply: &Reply, id: InvoiceId) -> Option<LookupResult> {
    let shown = reply.records("invoices", "invoice");
    let all_shown = match reply.total("invoices") {
        Some(total) => total <= shown.len(),
        None => shown.len() < PAGE,
    };
    let records: Vec<_> = shown.into_iter().filter(|record| !is_proforma(record)).collect();
    let is_alone = all_shown && records.len() == 1;
    let ours = records.iter().filter(|record| match record.get("id_external") {
        Some(of) => of.text().is_some_and(|of| of.eq_ignore_ascii_case(&id.to_string())),
        None => is_alone,
    });
    let mut found: Vec<_> = ours.filter_map(|record| invoice(record)).collect();
    match (found.pop(), found.is_empty()) {
        (None, _) => {
            (reply.has("invoices") && all_shown && records.is_empty()).then_some(LookupResult::Nothing)
        }
        (Some(one), true) => Some(LookupResult::One(one)),
        (Some(last), false) => {
            found.push(last);
            Some(LookupResult::Several(found))
        }
    }
}

fn is_proforma(record: &Json) -> bool {
    record.get("type").and_then(Json::text).is_some_and(|kind| kind.starts_with("proforma"))
}

fn invoice(record: &Json) -> Option<IssuedInvoice> {
    let text = |key: &str| record.get(key).and_then(Json::text).filter(|text| !text.is_empty());
    let kind = text("type");
    if kind.is_some_and(|kind| kind != "normal") {
        return None;
    }
    let total = text("total").and_then(|total| Money::try_new(total.parse().ok()?).ok());
    Some(IssuedInvoice { wfirma_id: text("id")?.into(), number: text("fullnumber")?.into(), total })
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

/// The Polish VAT codes of a response, and whether there are more pages after this one.
pub(crate) fn vat_codes(reply: &Reply, page: usize) -> (Vec<VatCode>, bool) {
    let records = reply.records("vat_codes", "vat_code");
    let is_last = records.len() < PAGE || reply.total("vat_codes").is_some_and(|total| total <= page * PAGE);
    let codes = records.into_iter().filter_map(|record| {
        let text = |key: &str| record.get(key).and_then(Json::text).filter(|text| !text.is_empty());
        // without a code it is a rate of another country
        let code = text("code")?.to_lowercase();
        is_polish(record.get("declaration_country")).then_some(VatCode { id: text("id")?, code })
    });
    (codes.collect(), !is_last)
}

/// Whether a `declaration_country` is Poland: absent, `PL`, 0, or an object with the id 0.
fn is_polish(country: Option<&Json>) -> bool {
    let is_zero = |id: &Json| id.text().as_deref() == Some("0");
    match country {
        None | Some(Json::Null) => true,
        Some(object @ Json::Object(_)) => object.get("id").is_some_and(is_zero),
        Some(plain) => {
            is_zero(plain)
                || plain.text().is_some_and(|text| text.is_empty() || text.eq_ignore_ascii_case("PL"))
        }
    }
}

/// The failure reported for a response that is no success (`docs/spec/gepard.md`, "Failed invoices").
pub(crate) fn failure(reply: &Reply, contractor: Option<&ContractorId>) -> InvoiceFailure {
    let not_found = || contractor.map_or_else(InvoiceFailure::internal, InvoiceFailure::contractor_not_found);
    match reply.status {
        Status::NotFound => not_found(),
        Status::Denied => InvoiceFailure::insufficient_permissions(),
        Status::Limit => InvoiceFailure::rate_limit_exceeded(),
        Status::Outage | Status::Locked | Status::Auth => InvoiceFailure::service_unavailable(),
        Status::Invalid => {
            let errors = errors_of(reply);
            if errors.iter().any(is_unknown_contractor) { not_found() } else { invalid(&errors) }
        }
        Status::Ok | Status::BadRequest | Status::Fatal | Status::Unknown => InvoiceFailure::internal(),
    }
}

fn errors_of(reply: &Reply) -> Vec<FieldError> {
    let records = reply.records("invoices", "invoice");
    let mut found: Vec<_> = records.into_iter().flat_map(errors::collect).collect();
    if found.is_empty()
        && let Some(message) = reply.message.clone().filter(|message| !message.is_empty())
    {
        found.push(FieldError { path: String::new(), message });
    }
    found
}

fn is_unknown_contractor(error: &FieldError) -> bool {
    let of_contractor = error.path.is_empty() || error.path.starts_with("contractor");
    of_contractor && error.message.contains(NO_SUCH_OBJECT)
}

fn invalid(errors: &[FieldError]) -> InvoiceFailure {
    if errors.is_empty() {
        return InvoiceFailure::new(
            FailureCode::Validation,
            "wFirma refused the invoice and did not say why",
        );
    }
    let about_ksef = errors.iter().any(|error| error.message.to_lowercase().contains("ksef"));
    let code = if about_ksef { FailureCode::KsefNotAuthorized } else { FailureCode::Validation };
    InvoiceFailure::new(code, errors::describe(errors))
}

#[cfg(test)]
mod tests;
