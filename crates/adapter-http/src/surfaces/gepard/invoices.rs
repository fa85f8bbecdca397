//! `/api/gepard/invoices/{invoice_id}`.

use actix_web::web::Path;
use invoicing::accounting::{InvoiceId, InvoiceState};
use invoicing::ports::{HistoryStep, InvoiceHistory};
use kernel::money::Money;
use serde_json::value::RawValue;

use super::{GepardErrorResponse, moment};
use crate::openapi::closed_sets as sets;
use crate::prelude::*;

const ONE: &str = "/api/gepard/invoices/{invoice_id}";

pub(crate) const ROUTES: &[Route] = &[
    route!(GET ONE => get_gepard_invoice, RoutePolicy::granted(Scope::InvoicesCreate, &[Role::Admin, Role::Accounts])),
];

/// An invoice and its history.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = GepardInvoiceStory, example = json!({
    "invoiceId": "550e8400-e29b-41d4-a716-446655440001", "clientId": "152158328", "companyId": "17", "state": "created",
    "expectedTotal": 215.25, "total": 215.25, "invoiceNumber": "FV 22/2025", "wfirmaInvoiceId": "381321041",
    "createdAt": "2025-08-30T13:00:44.764575+00:00", "errorCode": null, "errorMessage": null,
    "history": [
        {"version": 1, "at": "2025-08-30T13:00:44.512000+00:00", "actor": "api_key:0190f3c2-3333-7c3e-8d52-6c1f0a9b3e11",
         "requestId": "req_123456789", "state": "intended", "detail": {"lease": "2025-08-30T13:00:54.512Z"}},
        {"version": 2, "at": "2025-08-30T13:00:44.514000+00:00", "actor": "api_key:0190f3c2-3333-7c3e-8d52-6c1f0a9b3e11",
         "requestId": "req_123456789", "state": "in_flight", "detail": {"lease": "2025-08-30T13:00:54.512Z"}},
        {"version": 3, "at": "2025-08-30T13:00:44.764575+00:00", "actor": "api_key:0190f3c2-3333-7c3e-8d52-6c1f0a9b3e11",
         "requestId": "req_123456789", "state": "created", "detail": {"wfirmaInvoiceId": "381321041",
         "invoiceNumber": "FV 22/2025", "total": 215.25, "expectedTotal": 215.25, "createdAt": "2025-08-30T13:00:44.764575Z"}}]
}))]
pub(crate) struct InvoiceResponse {
    invoice_id: String,
    client_id: String,
    /// The company in wFirma.
    company_id: String,
    /// `intended` (nothing was sent), `in_flight`, `created`, `failed` (it may be sent again, corrected) or `unknown`
    /// (it may have been created; it is being looked up).
    #[schema(value_type = sets::GepardInvoiceState)]
    state: &'static str,
    /// The total with tax as this service calculates it.
    #[schema(value_type = f64)]
    expected_total: Money,
    /// The total with tax as wFirma calculates it.
    #[schema(value_type = Option<f64>, required)]
    total: Option<Money>,
    #[schema(required)]
    invoice_number: Option<String>,
    #[schema(required)]
    wfirma_invoice_id: Option<String>,
    #[schema(value_type = Option<DateTime<Utc>>, required)]
    created_at: Option<String>,
    #[schema(value_type = Option<sets::GepardErrorCode>, required)]
    error_code: Option<&'static str>,
    #[schema(required)]
    error_message: Option<String>,
    /// The last 500 steps, in order.
    history: Vec<StepResponse>,
}

/// A step of an invoice's history.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = GepardInvoiceStep)]
struct StepResponse {
    version: i64,
    #[schema(value_type = DateTime<Utc>)]
    at: String,
    /// `api_key:…`, or `system:reconciler`.
    actor: String,
    request_id: String,
    #[schema(value_type = sets::GepardInvoiceState)]
    state: String,
    /// The details of that state: until when it may be sent (`lease`), the invoice that was created, why it failed, when
    /// it may have been sent last (`lastSend`) and whether it was found more than once (`several`).
    #[schema(value_type = Object)]
    detail: Option<Box<RawValue>>,
}

impl From<HistoryStep> for StepResponse {
    fn from(step: HistoryStep) -> Self {
        Self {
            version: step.version,
            at: moment(step.at),
            actor: step.actor,
            request_id: step.request_id,
            state: step.state,
            detail: RawValue::from_string(step.detail).ok(),
        }
    }
}

impl From<InvoiceHistory> for InvoiceResponse {
    fn from(InvoiceHistory { entry, steps }: InvoiceHistory) -> Self {
        let created = entry.created();
        let failure = if let InvoiceState::Failed(failure) = &entry.state { Some(failure) } else { None };
        Self {
            invoice_id: entry.id.to_string(),
            client_id: entry.requested.contractor.to_string(),
            company_id: entry.requested.company.as_str().to_owned(),
            state: entry.state.as_str(),
            expected_total: entry.requested.gross,
            total: created.and_then(|created| created.issued.total),
            invoice_number: created.map(|created| created.issued.number.to_string()),
            wfirma_invoice_id: created.map(|created| created.issued.wfirma_id.to_string()),
            created_at: created.map(|created| moment(created.at)),
            error_code: failure.map(|failure| failure.code.as_str()),
            error_message: failure.map(|failure| failure.message.to_string()),
            history: steps.into_iter().map(StepResponse::from).collect(),
        }
    }
}

/// Get an invoice and its history
///
/// Each step has its time, actor and request. An invoice that was never claimed, because its request
/// was faulty or wFirma did not work, is not known.
#[utoipa::path(
    get, path = ONE, operation_id = "getGepardInvoice", tag = "Invoices",
    params(("invoice_id" = String, Path, description = "The id that it was sent with")),
    responses(
        (status = 200, description = "The invoice", body = InvoiceResponse),
        (status = 404, description = "No invoice was requested with this id", body = GepardErrorResponse),
    ),
)]
async fn get_gepard_invoice(call: Call, id: Path<String>) -> Result<HttpResponse, ApiError> {
    let unknown = || ApiError::not_found("Invoice");
    let id: InvoiceId = id.parse().map_err(|_| unknown())?;
    let history = call.services.accounting.get_invoice.history(call.actor.team, id).await?;
    Ok(HttpResponse::Ok().json(InvoiceResponse::from(history.ok_or_else(unknown)?)))
}
