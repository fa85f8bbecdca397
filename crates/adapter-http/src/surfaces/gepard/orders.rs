//! `/api/gepard/order/process`.

use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};
use invoicing::accounting::{Batch, BatchResult, InvoiceOutcome, InvoiceResult};
use invoicing::{BatchIncident, ProcessedBatch, BatchRequest};
use kernel::access::Scope;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::schema::{Object, ObjectBuilder, SchemaType, Type};

use super::{GepardErrorResponse, moment};
use crate::request::call::Call;
use crate::request::json_body::JsonBody;
use crate::response::errors::{self, ApiError};
use crate::routes::{Route, RoutePolicy, route};

const ROUTE: &str = "/api/gepard/order/process";

pub(crate) const ROUTES: &[Route] =
    &[route!(POST ROUTE => process_order, RoutePolicy::granted(Scope::InvoicesCreate, &[]))];

/// The most bytes of a batch: 16 MiB, which is 335 for each of 50,000 items. The keys and the marks between them take
/// about 120, so 100 invoices of 500 items have room unless most names are long or written in escapes.
const MAX: usize = 16 << 20;
/// In how many seconds a batch may come again that met an accounting system that does not work.
const BACK_UP: u32 = 10;
/// And one that met its limit of requests.
const BELOW_LIMIT: u32 = 60;

/// A batch of invoices (seed 002, *BatchRequest Structure*).
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the body that `process_order` reads")]
#[schema(example = json!({"invoices": [
    {"invoice_id": "550e8400-e29b-41d4-a716-446655440001", "client_id": "152158328", "items": [
        {"name": "Premium Coffee Beans", "unit_price": "50.00", "currency": "PLN", "quantity": 3,
         "quantity_unit": "kg", "vat_rate": "23%", "tax_rate": null},
        {"name": "Coffee Filter Papers", "unit_price": "0.25", "currency": "PLN", "quantity": 100,
         "quantity_unit": "szt.", "vat_rate": "23%", "tax_rate": 23}]},
    {"invoice_id": "660e8400-e29b-41d4-a716-446655440002", "client_id": "15485872", "items": [
        {"name": "Office Supplies", "unit_price": "15.00", "currency": "PLN", "quantity": 5,
         "quantity_unit": "szt.", "vat_rate": "23%", "tax_rate": 23}]}
]}))]
pub(crate) struct ProcessOrderCommand {
    /// Made in parallel; the results keep this order.
    #[schema(min_items = 1, max_items = 100)]
    invoices: Vec<InvoiceRequest>,
}

/// An invoice to be made.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the body that `process_order` reads")]
#[schema(as = GepardInvoice)]
struct InvoiceRequest {
    /// A UUID of version 4. It is what makes the invoice be made once: sent again with the same content, the answer is
    /// `Existed`.
    #[schema(format = Uuid)]
    invoice_id: String,
    /// The number of the contractor in wFirma.
    #[schema(pattern = "^[1-9][0-9]{0,19}$")]
    client_id: String,
    #[schema(min_items = 1, max_items = 500)]
    items: Vec<ItemRequest>,
}

/// A line of an invoice.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the body that `process_order` reads")]
#[schema(as = GepardItem)]
struct ItemRequest {
    #[schema(min_length = 1, max_length = 255)]
    name: String,
    #[schema(schema_with = unit_price)]
    unit_price: String,
    /// ISO 4217; one for the whole invoice.
    #[schema(pattern = "^[A-Z]{3}$")]
    currency: String,
    #[schema(minimum = 1, maximum = 1_000_000)]
    quantity: u32,
    #[schema(min_length = 1, max_length = 20)]
    quantity_unit: String,
    /// A Polish VAT rate: 23%, 22%, 8%, 7%, 5%, 4%, 3%, 0%, wdt, exp, zw, np, npue or oo; the per cent sign may be left
    /// out.
    #[schema(pattern = "^((23|22|8|7|5|4|3|0)( ?%)?|wdt|exp|zw|np|npue|oo)$")]
    vat_rate: String,
    /// The same as a number, or null.
    #[schema(minimum = 0, maximum = 23)]
    tax_rate: Option<u8>,
}

fn unit_price() -> Object {
    ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::String, Type::Number]))
        .pattern(Some(r"^[0-9]{1,11}(\.[0-9]{1,4})?$"))
        .minimum(Some(0))
        .exclusive_maximum(Some(100_000_000_000_u64))
        .description(Some(
            "A decimal below 100,000,000,000 with at most four decimals, as text or as a number.",
        ))
        .build()
}

/// What became of an invoice.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = GepardInvoiceResult)]
pub(crate) struct InvoiceResultResponse {
    invoice_id: String,
    client_id: String,
    /// `Created`, `Existed` or `Failed`.
    status: &'static str,
    /// When it was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    created_at: Option<String>,
    /// Its legal number.
    #[serde(skip_serializing_if = "Option::is_none")]
    invoice_number: Option<String>,
    /// Its id in wFirma.
    #[serde(skip_serializing_if = "Option::is_none")]
    wfirma_invoice_id: Option<String>,
    /// Why it failed: `VALIDATION_ERROR`, `KSEF_NOT_AUTHORIZED`, `CONTRACTOR_NOT_FOUND`, `INSUFFICIENT_PERMISSIONS`,
    /// `RATE_LIMIT_EXCEEDED`, `SERVICE_UNAVAILABLE`, `INTERNAL_ERROR`, `OUTCOME_UNKNOWN` or `IDEMPOTENCY_CONFLICT`.
    #[serde(skip_serializing_if = "Option::is_none")]
    error_code: Option<&'static str>,
    /// The same for people; of a `VALIDATION_ERROR`, what wFirma says.
    #[serde(skip_serializing_if = "Option::is_none")]
    error_message: Option<String>,
}

impl From<&InvoiceResult> for InvoiceResultResponse {
    fn from(reported: &InvoiceResult) -> Self {
        let bare = Self {
            invoice_id: reported.invoice.to_string(),
            client_id: reported.contractor.to_string(),
            status: reported.outcome.as_str(),
            created_at: None,
            invoice_number: None,
            wfirma_invoice_id: None,
            error_code: None,
            error_message: None,
        };
        match &reported.outcome {
            InvoiceOutcome::Created(made) | InvoiceOutcome::Existed(made) => Self {
                created_at: Some(moment(made.at)),
                invoice_number: Some(made.booked.number.to_string()),
                wfirma_invoice_id: Some(made.booked.wfirma_id.to_string()),
                ..bare
            },
            InvoiceOutcome::Failed(failure) => Self {
                error_code: Some(failure.code.as_str()),
                error_message: Some(failure.message.to_string()),
                ..bare
            },
        }
    }
}

/// What became of a batch; the counts add up to `totalInvoices`.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = GepardBatchResponse, example = json!({
    "success": true, "totalInvoices": 2, "successfulInvoices": 1, "existingInvoices": 1, "failedInvoices": 0,
    "invoiceResults": [
        {"invoiceId": "550e8400-e29b-41d4-a716-446655440001", "clientId": "152158328", "status": "Created",
         "createdAt": "2025-08-30T13:00:44.764575+00:00", "invoiceNumber": "FV 22/2025",
         "wfirmaInvoiceId": "381321041"},
        {"invoiceId": "660e8400-e29b-41d4-a716-446655440002", "clientId": "15485872", "status": "Existed",
         "createdAt": "2025-08-30T13:35:18.920940+00:00", "invoiceNumber": "FV 23/2025",
         "wfirmaInvoiceId": "381323351"}]
}))]
pub(crate) struct BatchResponse {
    /// Whether every invoice is there.
    success: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_code: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_message: Option<String>,
    total_invoices: usize,
    /// Made for this request.
    successful_invoices: usize,
    /// Made before.
    existing_invoices: usize,
    failed_invoices: usize,
    /// In the order of the request.
    invoice_results: Vec<InvoiceResultResponse>,
}

impl From<&BatchResult> for BatchResponse {
    fn from(answer: &BatchResult) -> Self {
        let (verdict, counts) = (&answer.verdict, answer.counts);
        Self {
            success: verdict.is_success(),
            error_code: verdict.error().map(|(code, _)| code),
            error_message: verdict.error().map(|(_, message)| message.to_owned()),
            total_invoices: counts.total,
            successful_invoices: counts.created,
            existing_invoices: counts.existing,
            failed_invoices: counts.failed,
            invoice_results: answer.results.iter().map(InvoiceResultResponse::from).collect(),
        }
    }
}

/// A request that did not go well: a batch that was begun carries counts and results, anything else is an error alone.
#[derive(Serialize, ToSchema)]
#[expect(dead_code, reason = "documents the two shapes of a refusal")]
#[serde(untagged)]
pub(crate) enum GepardRefusal {
    /// A batch that was begun.
    Batch(BatchResponse),
    /// What was refused before any invoice was looked at.
    Whole(GepardErrorResponse),
}

/// Have invoices made in wFirma
///
/// Each `invoice_id` is made once, whatever repeats, races or breaks: send a batch again after any failure. Several
/// invoices are made at once, results are in the order of the request. An invoice whose outcome is not known is
/// `OUTCOME_UNKNOWN`: it is looked up without being asked for, and made again only when it is certain that it is not
/// there. Within 30 s what could not be sent is `SERVICE_UNAVAILABLE`. If all failed for one reason of
/// `CONTRACTOR_NOT_FOUND`, `INSUFFICIENT_PERMISSIONS`, `RATE_LIMIT_EXCEEDED` and `SERVICE_UNAVAILABLE`, the answer has
/// that reason's status. A team without an accounting connection (`PUT /api/accounting/connection`) is answered 503.
#[utoipa::path(
    post, path = ROUTE, operation_id = "processOrder", tag = "Invoices",
    request_body = ProcessOrderCommand,
    responses(
        (status = 200, description = "Every invoice is there", body = BatchResponse),
        (status = 403, description = "The key lacks the scope `invoices:create`; or wFirma does not let the connection's keys make invoices",
            body = GepardRefusal, examples(
            ("key" = (summary = "The key may not", value = json!({
                "success": false, "errorCode": "INSUFFICIENT_PERMISSIONS", "errorMessage": "This needs the scope invoices:create"}))),
            ("wfirma" = (summary = "wFirma does not let it", value = json!({
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
        (status = 500, description = "A fault of ours", body = GepardRefusal,
            example = json!({"success": false, "errorCode": "INTERNAL_ERROR", "errorMessage": "An unexpected error occurred while processing the request"})),
        (status = 503, description = "wFirma does not work now, or the team has no connection; or the service itself must be asked again shortly. Nothing was made",
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
    security(("api_key" = ["invoices:create"]))
)]
pub(crate) async fn process_order(
    request: HttpRequest,
    call: Call,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    let body = JsonBody::read_within(MAX, &request, payload).await?;
    let batch = if body.is_short() {
        read(&body)?
    } else {
        call.services.accounting.offload.run(move || async move { read(&body) }).await?
    };
    let process_batch = call.services.accounting.process_batch.clone();
    let asked = BatchRequest { actor: call.actor.clone(), id: call.request_id.clone() };
    // a caller that hangs up must not leave an invoice half way: what was begun comes to its end
    let begun = async move {
        let ProcessedBatch { answer, incidents } = process_batch.run(&asked, &batch).await;
        tell(&incidents);
        answer
    };
    call.services.background.run(begun).await.map(|batch| answer(&batch))
}

/// Tells the log what the caller is not told: each invoice that was made twice, and once that a store fails.
fn tell(incidents: &[BatchIncident]) {
    for incident in incidents {
        if matches!(incident, BatchIncident::MadeTwice { .. }) {
            tracing::error!(alert = "wfirma_invoice_made_twice", "{incident}");
        }
    }
    let mut of_stores = incidents.iter().filter(|incident| matches!(incident, BatchIncident::Store(_)));
    if let Some(first) = of_stores.next() {
        let (cause, more) = (errors::chain(first), of_stores.count());
        tracing::error!(%cause, more, "invoices failed because a store did");
    }
}

fn read(body: &JsonBody) -> Result<Batch, ApiError> {
    Batch::read(&body.object()?).map_err(ApiError::invalid)
}

fn answer(batch: &BatchResult) -> HttpResponse {
    let status = batch.verdict.kind().map_or(StatusCode::OK, errors::status);
    let mut answer = HttpResponse::build(status);
    let wait = match status {
        StatusCode::SERVICE_UNAVAILABLE => Some(BACK_UP),
        StatusCode::TOO_MANY_REQUESTS => Some(BELOW_LIMIT),
        _ => None,
    };
    if let Some(seconds) = wait {
        answer.insert_header((RETRY_AFTER, seconds));
    }
    answer.json(BatchResponse::from(batch))
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::body::to_bytes;
    use invoicing::accounting::{ContractorId, CreatedInvoice, InvoiceFailure};
    use invoicing::ports::IssuedInvoice;
    use serde_json::{Value, json};

    fn reported(outcome: InvoiceOutcome) -> InvoiceResult {
        InvoiceResult {
            invoice: "550e8400-e29b-41d4-a716-446655440001".parse().unwrap(),
            contractor: ContractorId::try_new("152158328").unwrap(),
            outcome,
        }
    }

    async fn answered(outcomes: Vec<InvoiceOutcome>) -> (u16, Option<String>, Value) {
        let answer = answer(&BatchResult::of(outcomes.into_iter().map(reported).collect()));
        let retry = answer.headers().get(RETRY_AFTER).map(|value| value.to_str().unwrap().to_owned());
        let status = answer.status().as_u16();
        let body = to_bytes(answer.into_body()).await.unwrap();
        (status, retry, serde_json::from_slice(&body).unwrap())
    }

    #[actix_web::test]
    async fn a_batch_is_answered_as_the_document_does() {
        let booked = IssuedInvoice { wfirma_id: "381321041".into(), number: "FV 22/2025".into(), total: None };
        let made = CreatedInvoice { booked, at: "2025-08-30T13:00:44.764575Z".parse().unwrap() };
        let (status, retry, body) =
            answered(vec![InvoiceOutcome::Created(made.clone()), InvoiceOutcome::Existed(made)]).await;
        let result = |status| {
            json!({"invoiceId": "550e8400-e29b-41d4-a716-446655440001", "clientId": "152158328", "status": status,
                "createdAt": "2025-08-30T13:00:44.764575+00:00", "invoiceNumber": "FV 22/2025",
                "wfirmaInvoiceId": "381321041"})
        };
        assert_eq!((status, retry), (200, None));
        assert_eq!(
            body,
            json!({"success": true, "totalInvoices": 2, "successfulInvoices": 1, "existingInvoices": 1,
                "failedInvoices": 0, "invoiceResults": [result("Created"), result("Existed")]})
        );
    }

    #[actix_web::test]
    async fn a_batch_that_failed_for_one_reason_has_its_status_and_says_when_to_come_back() {
        for (failure, expected, wait) in [
            (InvoiceFailure::service_unavailable(), 503, Some("10")),
            (InvoiceFailure::rate_limit_exceeded(), 429, Some("60")),
            (InvoiceFailure::insufficient_permissions(), 403, None),
            (InvoiceFailure::outcome_unknown(), 422, None),
        ] {
            let (status, retry, body) = answered(vec![InvoiceOutcome::Failed(failure.clone())]).await;
            assert_eq!((status, retry.as_deref()), (expected, wait), "{failure:?}");
            assert_eq!(body["failedInvoices"], 1);
            assert_eq!(body["invoiceResults"][0]["errorCode"], failure.code.as_str());
            assert_eq!(body["invoiceResults"][0]["errorMessage"], *failure.message);
        }
    }
}
