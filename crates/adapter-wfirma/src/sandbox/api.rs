//! wFirma's own routes.

use std::io;
use std::time::Duration;

use actix_web::body::SizedStream;
use actix_web::http::header::ContentType;
use actix_web::web::{self, Bytes, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use futures_util::stream;

use super::State;
use super::call::{Call, NewInvoice};
use super::fault::ActiveFaults;
use super::ledger::listed;
use super::vat;
use crate::json::{Json, numbered, object, text};
use crate::protocol::HEADERS;

/// Contractors that can be invoiced, and the one whose address is incomplete (`docs/spec/accounting.md`, "Sandbox").
const VALID: [&str; 2] = ["152158328", "15485872"];
const INCOMPLETE: &str = "99999";
/// How long a call hangs if the faults are not cleared: longer than any client waits.
const HANG_TIME: Duration = Duration::from_secs(600);
const EMPTY: &str = "Pole nie może być puste.";
const NOT_FOUND: &str = "Nie znaleziono obiektu o podanym identyfikatorze.";

pub(super) fn configure(config: &mut ServiceConfig) {
    config.route("/{module}/{action}", web::to(handle)).route("/{module}/{action}/{id}", web::to(handle));
}

async fn handle(state: Data<State>, request: HttpRequest, body: Bytes) -> HttpResponse {
    // before the call counts as in flight, so that clearing the faults then always wakes it
    let cleared = state.cleared.notified();
    let _in_flight = state.count_call();
    let call = match read(&request, &body) {
        Ok(call) => call,
        Err(RejectedRequest::Xml) => {
            let xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
                       <api><status><code>INPUT ERROR</code></status></api>";
            return HttpResponse::Ok().content_type(ContentType::xml()).body(xml);
        }
        Err(RejectedRequest::Status(status)) => return HttpResponse::Ok().json(status_alone(status)),
    };
    let active = {
        let mut ledger = state.ledger();
        *ledger.calls.entry(call.action.clone()).or_default() += 1;
        state.faults().apply(&call, &ledger)
    };
    #[expect(clippy::disallowed_methods, reason = "a slow answer is one of the faults")]
    tokio::time::sleep(active.delay).await;
    if active.hang {
        // whichever comes first; the caller has given up long ago
        let _ = tokio::time::timeout(HANG_TIME, cleared).await;
        return broken_response();
    }
    if active.html {
        let page = "<!DOCTYPE html><html><body><h1>Przerwa techniczna</h1></body></html>";
        return HttpResponse::ServiceUnavailable().content_type(ContentType::html()).body(page);
    }
    if let Some(status) = &active.status {
        return HttpResponse::Ok().json(status_alone(status));
    }
    let answer = run(&state, &call, &active);
    if active.drop_answer {
        return broken_response();
    }
    let mut answer = serde_json::to_string(&answer).unwrap_or_default();
    if active.truncate {
        answer = answer.chars().take(answer.chars().count() / 2).collect();
    }
    HttpResponse::Ok().content_type(ContentType::json()).body(answer)
}

/// Why a request is rejected.
enum RejectedRequest {
    /// It does not request JSON, and gets the service's default.
    Xml,
    /// A required part is missing.
    Status(&'static str),
}

/// Reads a request.
fn read(request: &HttpRequest, body: &[u8]) -> Result<Call, RejectedRequest> {
    let url = url::form_urlencoded::parse(request.query_string().as_bytes());
    let query: Vec<(String, String)> = url.into_owned().collect();
    let value = |key: &str| query.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str());
    if value("inputFormat") != Some("json") || value("outputFormat") != Some("json") {
        return Err(RejectedRequest::Xml);
    }
    let has_key = |name: &str| request.headers().get(name).is_some_and(|key| !key.is_empty());
    if !HEADERS.iter().all(|(name, _)| has_key(name)) {
        return Err(RejectedRequest::Status("AUTH"));
    }
    let company = value("company_id").filter(|company| !company.is_empty());
    let company = company.ok_or(RejectedRequest::Status("COMPANY ID REQUIRED"))?.to_owned();
    let part = |name: &str| request.match_info().get(name).unwrap_or_default();
    let action = format!("{}/{}", part("module"), part("action"));
    let id = request.match_info().get("id").map(str::to_owned);
    let body = match body {
        [] => Json::Object(Vec::new()),
        body => serde_json::from_slice(body).map_err(|_| RejectedRequest::Status("INPUT ERROR"))?,
    };
    Ok(Call { action, id, company, body })
}

fn run(state: &State, call: &Call, active: &ActiveFaults) -> Json {
    match call.action.as_str() {
        "invoices/add" => add(state, call),
        "invoices/find" => find(state, call, active),
        "vat_codes/find" => {
            let codes = vat::CODES.iter().map(|(id, code, percent, country)| {
                let country = country.shown().map(|shown| ("declaration_country", shown));
                let fields = [("id", text(id)), ("code", text(code)), ("rate", text(percent))];
                let fields = fields.into_iter().chain(country);
                Json::Object(fields.map(|(name, value)| (name.to_owned(), value)).collect())
            });
            let (page, limit) = call.page("vat_codes");
            listed("vat_codes", "vat_code", codes.collect(), page, limit)
        }
        "contractors/get" => contractors(call.id.as_deref()),
        "contractors/find" => match call.condition("contractors") {
            Ok(Some((field, id))) if field == "id" => contractors(Some(&id)),
            Ok(None) => contractors(None),
            _ => status_alone("INPUT ERROR"),
        },
        _ => status_alone("ACTION NOT FOUND"),
    }
}

fn add(state: &State, call: &Call) -> Json {
    let Some(invoice) = call.invoice() else { return status_alone("INPUT ERROR") };
    let contractor = call.contractor().unwrap_or_default();
    if contractor == INCOMPLETE {
        let errors = errors(["name", "zip", "city"]);
        return validation_error(with(
            invoice,
            "contractor",
            object([("id", text(contractor)), ("errors", errors)]),
        ));
    }
    if !VALID.contains(&contractor.as_str()) {
        return status_alone("NOT FOUND");
    }
    match NewInvoice::read(invoice) {
        Ok(new) => {
            let invoice = state.ledger().add(&call.company, new);
            listed("invoices", "invoice", vec![invoice.record()], 1, 20)
        }
        Err(faults) => {
            let mut record = invoice.clone();
            for (path, field) in faults {
                let path: Vec<_> = path.split('.').filter(|part| !part.is_empty()).collect();
                insert_error(&mut record, &path, field);
            }
            validation_error(record)
        }
    }
}

fn find(state: &State, call: &Call, active: &ActiveFaults) -> Json {
    let Ok(condition) = call.condition("invoices") else { return status_alone("INPUT ERROR") };
    let Some(mut found) = state.ledger().find(&call.company, condition.as_ref()) else {
        return status_alone("INPUT ERROR");
    };
    if let Some(age) = active.hidden_until_age {
        found.retain(|invoice| invoice.is_older_than(age));
    }
    if active.two_matches {
        let twins = found.clone().into_iter().map(|mut twin| {
            twin.id += 1_000_000;
            twin.number = format!("FV 9{}", twin.number.trim_start_matches("FV "));
            twin
        });
        found.extend(twins.collect::<Vec<_>>());
    }
    let (page, limit) = call.page("invoices");
    let records = found.iter().map(super::ledger::Invoice::record);
    listed("invoices", "invoice", records.collect(), page, limit)
}

/// The contractor with this id, or all.
fn contractors(id: Option<&str>) -> Json {
    let known = VALID.into_iter().map(|id| (id, "Kawiarnia Testowa", "00-950", "Warszawa"));
    let known = known.chain([(INCOMPLETE, "", "", "")]);
    let found: Vec<_> = known
        .filter(|(of_id, ..)| id.is_none_or(|id| id == *of_id))
        .map(|(id, name, zip, city)| {
            object([("id", text(id)), ("name", text(name)), ("zip", text(zip)), ("city", text(city))])
        })
        .collect();
    if found.is_empty() {
        return status_alone("NOT FOUND");
    }
    listed("contractors", "contractor", found, 1, 20)
}

fn status_alone(code: &str) -> Json {
    let mut status = vec![("code".to_owned(), text(code))];
    if code == "NOT FOUND" {
        status.push(("message".to_owned(), text(NOT_FOUND)));
    }
    object([("status", Json::Object(status))])
}

/// A response that repeats a record with its errors.
fn validation_error(record: Json) -> Json {
    let records = numbered([object([("invoice", record)])]);
    object([("invoices", records), ("status", object([("code", text("ERROR"))]))])
}

fn errors<const N: usize>(fields: [&str; N]) -> Json {
    numbered(fields.map(|field| {
        let method = object([("name", text("notEmpty")), ("parameters", Json::Bool(false))]);
        object([("error", object([("field", text(field)), ("message", text(EMPTY)), ("method", method)]))])
    }))
}

/// The record with a value replaced, or inserted first.
fn with(record: &Json, key: &str, value: Json) -> Json {
    let Json::Object(pairs) = record else { return record.clone() };
    let others = pairs.iter().filter(|(name, _)| name != key).cloned();
    Json::Object([(key.to_owned(), value)].into_iter().chain(others).collect())
}

/// Inserts the error of a field at a path, in a list or a map.
fn insert_error(record: &mut Json, path: &[&str], field: &str) {
    let Some((step, rest)) = path.split_first() else {
        *record = with(record, "errors", errors([field]));
        return;
    };
    let within = match record {
        Json::Object(pairs) => pairs.iter_mut().find(|(name, _)| name == step).map(|(_, value)| value),
        Json::List(values) => step.parse::<usize>().ok().and_then(|index| values.get_mut(index)),
        _ => None,
    };
    match within {
        Some(within) => insert_error(within, rest, field),
        None => *record = with(record, "errors", errors([field])),
    }
}

/// A response whose connection breaks before its first byte of content.
fn broken_response() -> HttpResponse {
    let broken = stream::once(async { Err::<Bytes, _>(io::Error::from(io::ErrorKind::ConnectionAborted)) });
    HttpResponse::Ok().content_type(ContentType::json()).body(SizedStream::new(1_000, broken))
}
