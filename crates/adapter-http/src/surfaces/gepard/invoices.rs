//! `/api/gepard/invoices/{invoice_id}`.

use actix_web::HttpResponse;
use actix_web::web::Path;
use invoicing::accounting::{InvoiceId, InvoiceState};
use invoicing::ports::{HistoryStep, InvoiceHistory};
use kernel::access::{Role, Scope};
use kernel::money::Money;
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::{GepardErrorResponse, moment};
use crate::request::call::Call;
use crate::response::errors::ApiError;
use crate::routes::{Route, RoutePolicy, route};

const ONE: &str = "/api/gepard/invoices/{invoice_id}";

pub(crate) const ROUTES: &[Route] = &[
    route!(GET ONE => get_gepard_invoice, RoutePolicy::granted(Scope::InvoicesCreate, &[Role::Admin, Role::Accounts])),
];

/// An invoice, what became of it, and how.
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
    /// The company in whose books it stands, or is to stand.
    company_id: String,
    /// `intended` (nothing was sent), `in_flight`, `created`, `failed` (it may be sent again, corrected) or `unknown`
    /// (it may have been made; it is being looked up).
    state: &'static str,
    /// What it comes to with tax as we reckon it.
    #[schema(value_type = f64)]
    expected_total: Money,
    /// And as wFirma does.
    #[schema(value_type = Option<f64>, required)]
    total: Option<Money>,
    #[schema(required)]
    invoice_number: Option<String>,
    #[schema(required)]
    wfirma_invoice_id: Option<String>,
    #[schema(required)]
    created_at: Option<String>,
    #[schema(required)]
    error_code: Option<&'static str>,
    #[schema(required)]
    error_message: Option<String>,
    /// What became of it, in order: the last 500 steps.
    history: Vec<StepResponse>,
}

/// A step in the life of an invoice.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = GepardInvoiceStep)]
struct StepResponse {
    version: i64,
    at: String,
    /// By whom: `api_key:…`, or `system:reconciler`.
    actor: String,
    request_id: String,
    state: String,
    /// What there is to tell of that state: until when it may be sent (`lease`), what was made, why it failed, when it
    /// may have been sent last (`lastSend`) and whether it was found more than once (`several`).
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

impl InvoiceResponse {
    fn of(id: InvoiceId, story: InvoiceHistory) -> Self {
        let entry = story.kept.entry;
        let (made, failure) = match &entry.state {
            InvoiceState::Created(made) => (Some(made), None),
            InvoiceState::Failed(failure) => (None, Some(failure)),
            InvoiceState::Intended { .. } | InvoiceState::InFlight { .. } | InvoiceState::Unknown { .. } => (None, None),
        };
        Self {
            invoice_id: id.to_string(),
            client_id: entry.asked.contractor.to_string(),
            company_id: entry.asked.company.as_str().to_owned(),
            state: entry.state.as_str(),
            expected_total: entry.asked.gross,
            total: made.and_then(|made| made.booked.total),
            invoice_number: made.map(|made| made.booked.number.to_string()),
            wfirma_invoice_id: made.map(|made| made.booked.wfirma_id.to_string()),
            created_at: made.map(|made| moment(made.at)),
            error_code: failure.map(|failure| failure.code.as_str()),
            error_message: failure.map(|failure| failure.message.to_string()),
            history: story.steps.into_iter().map(StepResponse::from).collect(),
        }
    }
}

/// Show what became of an invoice
///
/// And how: each step with the time, who took it and in which request. An invoice that never got as far as being
/// claimed, because its request was faulty or wFirma did not work, is not known.
#[utoipa::path(
    get, path = ONE, operation_id = "getGepardInvoice", tag = "Invoices",
    params(("invoice_id" = String, Path, description = "The id that it was sent with")),
    responses(
        (status = 200, description = "The invoice", body = InvoiceResponse),
        (status = 404, description = "No invoice was asked for by this id", body = GepardErrorResponse),
    ),
    security(("api_key" = ["invoices:create"]), ("bearer" = []))
)]
pub(crate) async fn get_gepard_invoice(call: Call, id: Path<String>) -> Result<HttpResponse, ApiError> {
    let unknown = || ApiError::not_found("Invoice");
    let id: InvoiceId = id.parse().map_err(|_| unknown())?;
    let story = call.services.accounting.get_invoice.run(call.actor.team, id).await?;
    Ok(HttpResponse::Ok().json(InvoiceResponse::of(id, story.ok_or_else(unknown)?)))
}
