//! wFirma's own routes.

use std::io;
use std::time::Duration;

use actix_web::body::SizedStream;
use actix_web::http::header::ContentType;
use actix_web::web::{self, Bytes, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use futures_util::stream;

use super::State;
use super::call::{Call, Wanted};
use super::fault::Struck;
use super::ledger::listed;
use super::vat;
use crate::json::{Json, numbered, object, text};
use crate::protocol::HEADERS;

/// Contractors that may be invoiced, and the one whose address is not whole (contract, *Running it*).
const GOOD: [&str; 2] = ["152158328", "15485872"];
const INCOMPLETE: &str = "99999";
/// How long a call hangs if nobody clears the faults: longer than anybody waits.
const HANGS: Duration = Duration::from_secs(600);
const EMPTY: &str = "Pole nie może być puste.";
const NOT_FOUND: &str = "Nie znaleziono obiektu o podanym identyfikatorze.";

pub(super) fn configure(config: &mut ServiceConfig) {
    config.route("/{module}/{action}", web::to(answer)).route("/{module}/{action}/{id}", web::to(answer));
}

async fn answer(state: Data<State>, request: HttpRequest, body: Bytes) -> HttpResponse {
    // from here on: whoever sees the call in flight may clear what it hangs on
    let cleared = state.cleared.notified();
    let _in_flight = state.entered();
    let call = match read(&request, &body) {
        Ok(call) => call,
        Err(Unasked::Xml) => {
            let xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
                       <api><status><code>INPUT ERROR</code></status></api>";
            return HttpResponse::Ok().content_type(ContentType::xml()).body(xml);
        }
        Err(Unasked::Status(status)) => return HttpResponse::Ok().json(status_alone(status)),
    };
    let struck = {
        let mut books = state.books();
        *books.calls.entry(call.action.clone()).or_default() += 1;
        state.faults().strike(&call, &books)
    };
    #[expect(clippy::disallowed_methods, reason = "a slow answer is one of the faults")]
    tokio::time::sleep(struck.delay).await;
    if struck.hang {
        // whichever comes first; the caller has long gone
        let _ = tokio::time::timeout(HANGS, cleared).await;
        return dropped();
    }
    if struck.html {
        let page = "<!DOCTYPE html><html><body><h1>Przerwa techniczna</h1></body></html>";
        return HttpResponse::ServiceUnavailable().content_type(ContentType::html()).body(page);
    }
    if let Some(status) = &struck.status {
        return HttpResponse::Ok().json(status_alone(status));
    }
    let answer = done(&state, &call, &struck);
    if struck.drop_answer {
        return dropped();
    }
    let mut answer = serde_json::to_string(&answer).unwrap_or_default();
    if struck.truncate {
        answer = answer.chars().take(answer.chars().count() / 2).collect();
    }
    HttpResponse::Ok().content_type(ContentType::json()).body(answer)
}

/// Why a request is not taken in.
enum Unasked {
    /// It does not ask for JSON, and so gets the service's default.
    Xml,
    /// It lacks something.
    Status(&'static str),
}

/// Takes a request in.
fn read(request: &HttpRequest, body: &[u8]) -> Result<Call, Unasked> {
    let url = url::form_urlencoded::parse(request.query_string().as_bytes());
    let query: Vec<(String, String)> = url.into_owned().collect();
    let value = |key: &str| query.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str());
    if value("inputFormat") != Some("json") || value("outputFormat") != Some("json") {
        return Err(Unasked::Xml);
    }
    let has_key = |name: &str| request.headers().get(name).is_some_and(|key| !key.is_empty());
    if !HEADERS.iter().all(|(name, _)| has_key(name)) {
        return Err(Unasked::Status("AUTH"));
    }
    let company = value("company_id").filter(|company| !company.is_empty());
    let company = company.ok_or(Unasked::Status("COMPANY ID REQUIRED"))?.to_owned();
    let part = |name: &str| request.match_info().get(name).unwrap_or_default();
    let action = format!("{}/{}", part("module"), part("action"));
    let id = request.match_info().get("id").map(str::to_owned);
    let body = match body {
        [] => Json::Object(Vec::new()),
        body => serde_json::from_slice(body).map_err(|_| Unasked::Status("INPUT ERROR"))?,
    };
    Ok(Call { action, id, company, body })
}

fn done(state: &State, call: &Call, struck: &Struck) -> Json {
    match call.action.as_str() {
        "invoices/add" => add(state, call),
        "invoices/find" => find(state, call, struck),
        "vat_codes/find" => {
            let codes = vat::CODES.iter().map(|(id, code, percent, country)| {
                object([
                    ("id", text(id)),
                    ("code", text(code)),
                    ("rate", text(percent)),
                    ("declaration_country", text(country)),
                ])
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
        return echoed(with(invoice, "contractor", object([("id", text(contractor)), ("errors", errors)])));
    }
    if !GOOD.contains(&contractor.as_str()) {
        return status_alone("NOT FOUND");
    }
    match Wanted::read(invoice) {
        Ok(wanted) => {
            let made = state.books().add(&call.company, wanted);
            listed("invoices", "invoice", vec![made.record()], 1, 20)
        }
        Err(faults) => {
            let mut record = invoice.clone();
            for (place, field) in faults {
                let path: Vec<_> = place.split('.').filter(|part| !part.is_empty()).collect();
                mark(&mut record, &path, field);
            }
            echoed(record)
        }
    }
}

fn find(state: &State, call: &Call, struck: &Struck) -> Json {
    let Ok(condition) = call.condition("invoices") else { return status_alone("INPUT ERROR") };
    let Some(mut found) = state.books().find(&call.company, condition.as_ref()) else {
        return status_alone("INPUT ERROR");
    };
    if let Some(unseen) = struck.unseen {
        found.retain(|invoice| invoice.is_older_than(unseen));
    }
    if struck.two_matches {
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

/// The contractor of an id, or all.
fn contractors(id: Option<&str>) -> Json {
    let known = GOOD.into_iter().map(|id| (id, "Kawiarnia Testowa", "00-950", "Warszawa"));
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

/// A record with its errors and the status that says so.
fn echoed(record: Json) -> Json {
    let records = numbered([object([("invoice", record)])]);
    object([("invoices", records), ("status", object([("code", text("ERROR"))]))])
}

fn errors<const N: usize>(fields: [&str; N]) -> Json {
    numbered(fields.map(|field| {
        let method = object([("name", text("notEmpty")), ("parameters", Json::Bool(false))]);
        object([("error", object([("field", text(field)), ("message", text(EMPTY)), ("method", method)]))])
    }))
}

/// The record with a value replaced, or put first.
fn with(record: &Json, key: &str, value: Json) -> Json {
    let Json::Object(pairs) = record else { return record.clone() };
    let others = pairs.iter().filter(|(name, _)| name != key).cloned();
    Json::Object([(key.to_owned(), value)].into_iter().chain(others).collect())
}

/// Puts the error of a field where the path leads, in a list or a map alike.
fn mark(record: &mut Json, path: &[&str], field: &str) {
    let Some((step, rest)) = path.split_first() else {
        *record = with(record, "errors", errors([field]));
        return;
    };
    let within = match record {
        Json::Object(pairs) => pairs.iter_mut().find(|(name, _)| name == step).map(|(_, value)| value),
        Json::List(values) => step.parse::<usize>().ok().and_then(|place| values.get_mut(place)),
        _ => None,
    };
    match within {
        Some(within) => mark(within, rest, field),
        None => *record = with(record, "errors", errors([field])),
    }
}

/// An answer that breaks off before its first byte of content.
fn dropped() -> HttpResponse {
    let broken = stream::once(async { Err::<Bytes, _>(io::Error::from(io::ErrorKind::ConnectionAborted)) });
    HttpResponse::Ok().content_type(ContentType::json()).body(SizedStream::new(1_000, broken))
}
