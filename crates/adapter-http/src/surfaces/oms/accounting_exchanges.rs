//! `/api/accounting/exchanges`.

use std::time::Duration;

use actix_web::web::Path;
use invoicing::accounting::InvoiceId;
use invoicing::ports::{Exchange, ExchangeFilter, ExchangeSummary, StoredExchange};

use super::{MAX_LIMIT, OmsErrorResponse, Pagination};
use crate::prelude::*;
use crate::response::envelope::envelope;

const ALL: &str = "/api/accounting/exchanges";
const ONE: &str = "/api/accounting/exchanges/{exchangeId}";

pub(crate) const ROUTES: &[Route] = &[
    route!(GET ALL => list_accounting_exchanges, RoutePolicy::people(&[Role::Admin])),
    route!(GET ONE => get_accounting_exchange, RoutePolicy::people(&[Role::Admin])),
];

/// An exchange with wFirma.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e11", "invoiceId": "550e8400-e29b-41d4-a716-446655440001",
    "action": "invoices/add", "at": "2025-08-30T13:00:44.514Z", "milliseconds": 250.6, "status": 200, "error": null
}))]
pub(crate) struct ExchangeResponse {
    #[schema(value_type = Uuid)]
    id: String,
    /// The invoice that the request was about, if it was about one.
    #[schema(required)]
    invoice_id: Option<String>,
    /// The action of wFirma that was called.
    action: String,
    /// When it was sent.
    at: DateTime<Utc>,
    milliseconds: f64,
    /// The HTTP status of the answer. wFirma reports its own errors in the body of a 200.
    #[schema(required)]
    status: Option<u16>,
    /// The error that came instead of an answer.
    #[schema(required)]
    error: Option<String>,
}

impl From<ExchangeSummary> for ExchangeResponse {
    fn from(summary: ExchangeSummary) -> Self {
        let (status, error) = match summary.answer {
            Ok(status) => (Some(status), None),
            Err(error) => (None, Some(error)),
        };
        Self {
            id: summary.id.to_string(),
            invoice_id: summary.invoice.map(|id| id.to_string()),
            action: summary.action,
            at: summary.at,
            milliseconds: milliseconds(summary.took),
            status,
            error,
        }
    }
}

/// Milliseconds with the digits that were measured: whole microseconds.
fn milliseconds(took: Duration) -> f64 {
    took.as_micros() as f64 / 1_000.0
}

/// A page of exchanges.
#[derive(Serialize, ToSchema)]
pub(crate) struct ExchangeList {
    exchanges: Vec<ExchangeResponse>,
    pagination: Pagination,
}

envelope!(
    /// A page of exchanges, in its envelope.
    ExchangeListResponse(ExchangeList)
);

/// An exchange with its bodies, in which keys are redacted.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WholeExchangeResponse {
    #[serde(flatten)]
    exchange: ExchangeResponse,
    /// The request's body.
    request: String,
    /// The answer's body, as far as it came.
    #[schema(required)]
    answer: Option<String>,
}

envelope!(
    /// An exchange with its bodies, in its envelope.
    WholeExchangeShownResponse(WholeExchangeResponse)
);

impl From<StoredExchange> for WholeExchangeResponse {
    fn from(stored: StoredExchange) -> Self {
        let summary = stored.summary();
        let Exchange { request, answer, .. } = stored.exchange;
        Self { exchange: summary.into(), request, answer: answer.ok().map(|answer| answer.body) }
    }
}

/// List the exchanges with wFirma
///
/// The requests of the team to wFirma and its answers, newest first, stored for 90 days, without the keys.
#[utoipa::path(
    get, path = ALL, operation_id = "listAccountingExchanges", tag = "Accounting",
    params(
        ("invoiceId" = Option<String>, Query, pattern = "^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-4[0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}$", description = "About this invoice"),
        ("action" = Option<String>, Query, description = "With this action, such as `invoices/add`"),
        ("from" = Option<DateTime<Utc>>, Query, description = "At this time or later"),
        ("to" = Option<DateTime<Utc>>, Query, description = "Before this time"),
        ("page" = Option<u32>, Query, minimum = 1, description = "From 1"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 100, description = "Exchanges a page: 1 to 100, 20 by default"),
    ),
    responses(
        (status = 200, description = "A page of exchanges", body = ExchangeListResponse),
        (status = 422, description = "A faulty parameter", body = OmsErrorResponse),
    ),
)]
async fn list_accounting_exchanges(call: Call, mut query: Query) -> Result<HttpResponse, ApiError> {
    let filter = ExchangeFilter {
        invoice: query.read("invoiceId", str::parse::<InvoiceId>),
        action: query.text("action"),
        from: query.time("from"),
        to: query.time("to"),
    };
    let page = query.page(MAX_LIMIT);
    let (page, window) = query.finish(page)?;
    let listing = call.services.accounting.exchanges.list(call.actor.team, filter, window).await?;
    let pagination = Pagination::of(&listing, page, window);
    let exchanges = listing.items.into_iter().map(ExchangeResponse::from).collect();
    Ok(HttpResponse::Ok().json(ExchangeListResponse::of(ExchangeList { exchanges, pagination })))
}

/// Get an exchange with wFirma, with its bodies
#[utoipa::path(
    get, path = ONE, operation_id = "getAccountingExchange", tag = "Accounting",
    params(("exchangeId" = Uuid, Path, description = "The exchange")),
    responses(
        (status = 200, description = "The exchange", body = WholeExchangeShownResponse),
        (status = 404, description = "The team has no such exchange", body = OmsErrorResponse),
    ),
)]
async fn get_accounting_exchange(call: Call, id: Path<String>) -> Result<HttpResponse, ApiError> {
    let unknown = || ApiError::not_found("Exchange");
    let id = id.parse().map_err(|_| unknown())?;
    let stored = call.services.accounting.exchanges.find(call.actor.team, id).await?;
    Ok(HttpResponse::Ok().json(WholeExchangeShownResponse::of(stored.ok_or_else(unknown)?.into())))
}
