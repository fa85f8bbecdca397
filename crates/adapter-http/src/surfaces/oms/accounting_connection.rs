//! `/api/accounting/connection`.

use actix_web::http::StatusCode;
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};
use chrono::{DateTime, Utc};
use invoicing::ports::StoredConnection;
use kernel::access::Role;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use utoipa::openapi::schema::{Object, ObjectBuilder, SchemaType, Type};

use super::{OmsErrorResponse, done, shown};
use crate::request::call::Call;
use crate::request::idempotency::send;
use crate::request::json_body::JsonBody;
use crate::response::errors::ApiError;
use crate::routes::{Route, RoutePolicy, route};

const ROUTE: &str = "/api/accounting/connection";

pub(crate) const ROUTES: &[Route] = &[
    route!(GET ROUTE => get_accounting_connection, RoutePolicy::people(&[Role::Admin])),
    route!(PUT ROUTE => set_accounting_connection, RoutePolicy::people(&[Role::Admin])),
];

/// How the team's invoices come into wFirma. What is left out is as usual, but for the keys, which stay as they are.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the body that `set_accounting_connection` reads")]
#[schema(rename_all = "camelCase", example = json!({
    "companyId": "123456", "accessKey": "0a1b2c3d4e5f60718293a4b5c6d7e8f9", "secretKey": "9f8e7d6c5b4a39281706f5e4d3c2b1a0",
    "appKey": "00112233445566778899aabbccddeeff", "timeZone": "Europe/Warsaw", "paymentMethod": "transfer",
    "paymentTermDays": 14, "priceType": "netto"
}))]
pub(crate) struct SetConnectionRequest {
    /// The company's number in wFirma.
    #[schema(pattern = "^[0-9]{1,20}$")]
    company_id: String,
    /// Needed the first time. Encrypted where it is kept, and never shown.
    #[schema(min_length = 8, max_length = 200, write_only)]
    access_key: Option<String>,
    /// Likewise.
    #[schema(min_length = 8, max_length = 200, write_only)]
    secret_key: Option<String>,
    /// Likewise.
    #[schema(min_length = 8, max_length = 200, write_only)]
    app_key: Option<String>,
    /// Whose days stand on invoices: an IANA name.
    #[schema(default = "Europe/Warsaw")]
    time_zone: Option<String>,
    #[schema(schema_with = payment_methods)]
    payment_method: Option<String>,
    /// How many days there are to pay.
    #[schema(minimum = 0, maximum = 365, default = 14)]
    payment_term_days: Option<u16>,
    #[schema(schema_with = price_types)]
    price_type: Option<String>,
}

fn payment_methods() -> Object {
    one_of(["transfer", "cash", "compensation", "cod", "payment_card"], "How invoices are paid.")
}

fn price_types() -> Object {
    one_of(["netto", "brutto"], "Whether unit prices are meant without tax (`netto`) or with it (`brutto`).")
}

/// One of some words, or null for the first, which is the usual one.
fn one_of<const N: usize>(words: [&str; N], description: &str) -> Object {
    let values = words.into_iter().map(Value::from).chain([Value::Null]);
    ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::String, Type::Null]))
        .enum_values(Some(values))
        .default(words.first().copied().map(Value::from))
        .description(Some(description))
        .build()
}

/// The team's connection, without the keys.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "companyId": "123456", "timeZone": "Europe/Warsaw", "paymentMethod": "transfer", "paymentTermDays": 14,
    "priceType": "netto", "createdAt": "2025-08-30T10:30:00Z", "updatedAt": "2025-08-30T10:30:00Z"
}))]
pub(crate) struct ConnectionResponse {
    company_id: String,
    time_zone: &'static str,
    payment_method: &'static str,
    payment_term_days: u16,
    price_type: &'static str,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<&StoredConnection> for ConnectionResponse {
    fn from(kept: &StoredConnection) -> Self {
        let connection = &kept.connection;
        Self {
            company_id: connection.company.as_str().to_owned(),
            time_zone: connection.zone.name(),
            payment_method: connection.payment_method.as_str(),
            payment_term_days: connection.payment_term.days(),
            price_type: connection.prices.as_str(),
            created_at: kept.created_at,
            updated_at: kept.updated_at,
        }
    }
}

/// The team's connection, in its envelope.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the envelope that `shown` writes")]
pub(crate) struct ConnectionShownResponse {
    success: bool,
    data: ConnectionResponse,
}

/// The team's connection after it was set, in its envelope.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the envelope that `done` writes")]
pub(crate) struct ConnectionDoneResponse {
    success: bool,
    /// What was done: `Accounting connection set`.
    message: String,
    data: ConnectionResponse,
}

/// Show the accounting connection
#[utoipa::path(
    get, path = ROUTE, operation_id = "getAccountingConnection", tag = "Accounting",
    responses(
        (status = 200, description = "The team's connection, without the keys", body = ConnectionShownResponse),
        (status = 404, description = "The team has none yet", body = OmsErrorResponse),
        (status = 409, description = "Its keys were encrypted with a key that is lost: set all three anew", body = OmsErrorResponse),
    ),
    security(("bearer" = []))
)]
pub(crate) async fn get_accounting_connection(call: Call) -> Result<HttpResponse, ApiError> {
    let kept = call.services.accounting.connection.get(call.actor.team).await?;
    let kept = kept.ok_or_else(|| ApiError::not_found("Accounting connection"))?;
    Ok(shown(ConnectionResponse::from(&kept)))
}

/// Set the accounting connection
///
/// It counts for invoices asked for from then on. Invoices that may have been made in the company connected before are
/// looked up there once it is connected again.
#[utoipa::path(
    put, path = ROUTE, operation_id = "setAccountingConnection", tag = "Accounting",
    request_body = SetConnectionRequest,
    responses(
        (status = 200, description = "The connection as it is now", body = ConnectionDoneResponse),
        (status = 422, description = "Faulty fields", body = OmsErrorResponse),
    ),
    security(("bearer" = []))
)]
pub(crate) async fn set_accounting_connection(
    request: HttpRequest,
    call: Call,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    let body = JsonBody::read(&request, payload).await?;
    let written = call.services.accounting.connection.run(call.context(), &body.object()?).await?;
    send(written, |kept| done(StatusCode::OK, "Accounting connection set", ConnectionResponse::from(kept)))
}
