//! `/api/gepard/order/process`.

mod dto;

use actix_web::http::header::RETRY_AFTER;
use actix_web::web::Payload;
use invoicing::accounting::{Batch, BatchResult};
use invoicing::{BatchIncident, BatchRequest, ProcessedBatch};

pub(crate) use self::dto::ProcessOrderCommand;
use self::dto::{BatchResponse, GepardRefusal};
use crate::prelude::*;
use crate::request::json_body::JsonText;
use crate::response::errors;

const ROUTE: &str = "/api/gepard/order/process";

pub(crate) const ROUTES: &[Route] = &[
    route!(POST ROUTE => process_order(ProcessOrderCommand), RoutePolicy::granted(Scope::InvoicesCreate, &[])),
];

/// The most bytes of a batch: 16 MiB, which is 335 for each of 50,000 items (100 invoices of 500). Keys and punctuation of
/// JSON take about 120 of them, so the largest batch has room unless most names are long or written in escapes.
const MAX: usize = 16 << 20;
/// The `Retry-After`, in seconds, of a batch that met an accounting system that does not work.
const RETRY_WHEN_UNAVAILABLE: u32 = 10;
/// The `Retry-After`, in seconds, of a batch that met the accounting system's limit of requests.
const RETRY_WHEN_LIMITED: u32 = 60;

/// Create invoices in wFirma
///
/// Each `invoice_id` is created once, whatever repeats, races or breaks: send a batch again after any failure. Several
/// invoices are created at once, results are in the order of the request. An invoice whose outcome is not known is
/// `OUTCOME_UNKNOWN`: it is looked up without another request, and created again only when it is certain that it does not
/// exist. Within 30 s what could not be sent is `SERVICE_UNAVAILABLE`. If all failed for one reason of
/// `CONTRACTOR_NOT_FOUND`, `INSUFFICIENT_PERMISSIONS`, `RATE_LIMIT_EXCEEDED` and `SERVICE_UNAVAILABLE`, the answer has
/// that reason's status. A team without an accounting connection (`PUT /api/accounting/connection`) is answered 503.
#[utoipa::path(
    post, path = ROUTE, operation_id = "processOrder", tag = "Invoices",
    responses(
        (status = 200, description = "Every invoice exists", body = BatchResponse),
        (status = 403, description = "The key lacks the scope `invoices:create`; or wFirma does not let the connection's keys create invoices",
            body = GepardRefusal, examples(
            ("key" = (summary = "The key lacks the scope", value = json!({
                "success": false, "errorCode": "INSUFFICIENT_PERMISSIONS", "errorMessage": "This needs the scope invoices:create"}))),
            ("wfirma" = (summary = "wFirma refuses", value = json!({
                "success": false, "errorCode": "INSUFFICIENT_PERMISSIONS",
                "errorMessage": "Insufficient permissions to create invoice",
                "totalInvoices": 1, "successfulInvoices": 0, "existingInvoices": 0, "failedInvoices": 1, "invoiceResults": [
                    {"invoiceId": "660e8400-e29b-41d4-a716-446655440008", "clientId": "15485872", "status": "Failed",
                     "errorCode": "INSUFFICIENT_PERMISSIONS", "errorMessage": "Insufficient permissions to create invoice"}]}))),
        )),
        (status = 404, description = "wFirma has none of the contractors", body = GepardRefusal, example = json!({
            "success": false, "errorCode": "CONTRACTOR_NOT_FOUND", "errorMessage": "Contractor with ID '12345' was not found",
            "totalInvoices": 1, "successfulInvoices": 0, "existingInvoices": 0, "failedInvoices": 1, "invoiceResults": [
                {"invoiceId": "660e8400-e29b-41d4-a716-446655440008", "clientId": "12345", "status": "Failed",
                 "errorCode": "CONTRACTOR_NOT_FOUND", "errorMessage": "Contractor with ID '12345' was not found"}]})),
        (status = 422, description = "Some invoices failed; or the request is faulty, then nothing was sent and `errors` names every fault, at most 1,000 of them",
            body = GepardRefusal, examples(
            ("partial" = (summary = "Some failed", value = json!({
                "success": false, "errorCode": "BATCH_PROCESSING_ERROR", "errorMessage": "Some invoices failed during processing",
                "totalInvoices": 2, "successfulInvoices": 0, "existingInvoices": 1, "failedInvoices": 1, "invoiceResults": [
                    {"invoiceId": "550e8400-e29b-41d4-a716-446655440003", "clientId": "152158328", "status": "Existed",
                     "createdAt": "2025-08-30T13:35:18.920940+00:00", "invoiceNumber": "FV 23/2025", "wfirmaInvoiceId": "381323351"},
                    {"invoiceId": "660e8400-e29b-41d4-a716-446655440008", "clientId": "15485872", "status": "Failed",
                     "errorCode": "VALIDATION_ERROR",
                     "errorMessage": "contractor.name: Pole nie może być puste.; contractor.zip: Pole nie może być puste.; contractor.city: Pole nie może być puste."}]}))),
            ("faulty" = (summary = "A faulty request", value = json!({
                "success": false, "errorCode": "VALIDATION_ERROR", "errorMessage": "At least one invoice is required",
                "errors": [{"field": "invoices", "code": "MISSING_FIELD", "message": "At least one invoice is required"}]}))),
        )),
        (status = 429, description = "Too many requests: of this key, or of wFirma", body = GepardRefusal, examples(
            ("key" = (summary = "Of this key", value = json!({
                "success": false, "errorCode": "RATE_LIMIT_EXCEEDED", "errorMessage": "Rate limit exceeded. Please try again later."}))),
            ("wfirma" = (summary = "Of wFirma", value = json!({
                "success": false, "errorCode": "RATE_LIMIT_EXCEEDED", "errorMessage": "Rate limit exceeded. Please try again later.",
                "totalInvoices": 1, "successfulInvoices": 0, "existingInvoices": 0, "failedInvoices": 1, "invoiceResults": [
                    {"invoiceId": "660e8400-e29b-41d4-a716-446655440008", "clientId": "15485872", "status": "Failed",
                     "errorCode": "RATE_LIMIT_EXCEEDED", "errorMessage": "Rate limit exceeded. Please try again later."}]}))),
        )),
        (status = 500, description = "A fault of the service", body = GepardRefusal,
            example = json!({"success": false, "errorCode": "INTERNAL_ERROR", "errorMessage": "An unexpected error occurred while processing the request"})),
        (status = 503, description = "wFirma does not work now, or the team has no connection; or the service itself must be asked again shortly. Nothing was created",
            body = GepardRefusal, examples(
            ("wfirma" = (summary = "wFirma does not work", value = json!({
                "success": false, "errorCode": "SERVICE_UNAVAILABLE", "errorMessage": "wFirma service is temporarily unavailable",
                "totalInvoices": 1, "successfulInvoices": 0, "existingInvoices": 0, "failedInvoices": 1, "invoiceResults": [
                    {"invoiceId": "660e8400-e29b-41d4-a716-446655440008", "clientId": "15485872", "status": "Failed",
                     "errorCode": "SERVICE_UNAVAILABLE", "errorMessage": "wFirma service is temporarily unavailable"}]}))),
            ("service" = (summary = "The service is busy", value = json!({
                "success": false, "errorCode": "SERVICE_UNAVAILABLE",
                "errorMessage": "Other work of this kind is still running; try again shortly"}))),
        )),
    ),
)]
async fn process_order(request: HttpRequest, call: Call, payload: Payload) -> Result<HttpResponse, ApiError> {
    let body = JsonText::read(MAX, &request, payload).await?;
    let batch = if body.is_short() {
        read(&body)?
    } else {
        call.services.accounting.offload.run(move || async move { read(&body) }).await?
    };
    let process_batch = call.services.accounting.process_batch.clone();
    let request = BatchRequest { actor: call.actor.clone(), id: call.request_id.clone() };
    // a caller that hangs up must not leave an invoice half way: what was begun comes to its end
    let work = async move {
        let ProcessedBatch { result, incidents } = process_batch.run(&request, &batch).await;
        log(&incidents);
        result
    };
    call.services.background.run(work).await.map(|result| answer(&result))
}

fn read(body: &JsonText) -> Result<Batch, ApiError> {
    body.read_as(ProcessOrderCommand::into_domain)?.map_err(|faults| ApiError::invalid(dto::limited(faults)))
}

/// Logs what the caller does not see: each invoice that was created twice, and once that a store failed.
fn log(incidents: &[BatchIncident]) {
    for incident in incidents {
        if matches!(incident, BatchIncident::CreatedTwice { .. }) {
            tracing::error!(alert = "wfirma_invoice_made_twice", "{incident}");
        }
    }
    let mut of_stores = incidents.iter().filter(|incident| matches!(incident, BatchIncident::Store(_)));
    if let Some(first) = of_stores.next() {
        let (cause, more) = (errors::chain(first), of_stores.count());
        tracing::error!(%cause, more, "invoices failed because a store did");
    }
}

fn answer(result: &BatchResult) -> HttpResponse {
    let status = result.verdict.kind().map_or(StatusCode::OK, errors::status);
    let mut answer = HttpResponse::build(status);
    let retry_after = match status {
        StatusCode::SERVICE_UNAVAILABLE => Some(RETRY_WHEN_UNAVAILABLE),
        StatusCode::TOO_MANY_REQUESTS => Some(RETRY_WHEN_LIMITED),
        _ => None,
    };
    if let Some(seconds) = retry_after {
        answer.insert_header((RETRY_AFTER, seconds));
    }
    answer.json(BatchResponse::from(result))
}

#[cfg(test)]
mod tests;
