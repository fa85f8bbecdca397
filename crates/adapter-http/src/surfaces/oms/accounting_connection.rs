//! `/api/accounting/connection`.

use invoicing::accounting::{
    AccountingKey, CompanyId, ConnectionError, ConnectionSettings, PaymentMethod, PaymentTerm, PriceType,
    StoredConnection,
};
use kernel::zone::TimeZone;
use serde_json::Value;
use utoipa::openapi::schema::{Object, ObjectBuilder, SchemaType, Type};

use super::OmsErrorResponse;
use crate::openapi::closed_sets as sets;
use crate::prelude::*;
use crate::response::envelope::envelope;

const ROUTE: &str = "/api/accounting/connection";

pub(crate) const ROUTES: &[Route] = &[
    route!(GET ROUTE => get_accounting_connection, RoutePolicy::people(&[Role::Admin])),
    route!(PUT ROUTE => set_accounting_connection(SetConnectionRequest), RoutePolicy::people(&[Role::Admin])),
];

/// The team's connection to wFirma. What is left out gets its default, but keys stay as they are.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "companyId": "123456", "accessKey": "0a1b2c3d4e5f60718293a4b5c6d7e8f9", "secretKey": "9f8e7d6c5b4a39281706f5e4d3c2b1a0",
    "appKey": "00112233445566778899aabbccddeeff", "timeZone": "Europe/Warsaw", "paymentMethod": "transfer",
    "paymentTermDays": 14, "priceType": "netto"
}))]
pub(crate) struct SetConnectionRequest {
    /// The company's number in wFirma.
    #[schema(value_type = String, pattern = "^[0-9]{1,20}$")]
    company_id: Field<String>,
    /// Needed the first time. Stored encrypted, and never shown.
    #[schema(value_type = Option<String>, min_length = 8, max_length = 200, pattern = "^[!-~]*$", write_only)]
    access_key: Field<String>,
    /// Likewise.
    #[schema(value_type = Option<String>, min_length = 8, max_length = 200, pattern = "^[!-~]*$", write_only)]
    secret_key: Field<String>,
    /// Likewise.
    #[schema(value_type = Option<String>, min_length = 8, max_length = 200, pattern = "^[!-~]*$", write_only)]
    app_key: Field<String>,
    /// The time zone of the dates on invoices: an IANA name.
    #[schema(value_type = Option<String>, default = "Europe/Warsaw", min_length = 1)]
    time_zone: Field<String>,
    #[schema(schema_with = payment_methods, required = false)]
    payment_method: Field<String>,
    /// How many days there are to pay.
    #[schema(value_type = Option<u16>, minimum = 0, maximum = 365, default = 14)]
    payment_term_days: Field<i64>,
    #[schema(schema_with = price_types, required = false)]
    price_type: Field<String>,
}

impl RequestBody for SetConnectionRequest {
    type Domain = ConnectionSettings;
    const WORDING: Wording = Wording::Labelled;

    fn into_domain(self, faults: &mut Faults) -> Option<ConnectionSettings> {
        self.settings(false, faults)
    }
}

impl SetConnectionRequest {
    /// The settings; the keys are required of a team that has none which can be decrypted.
    fn settings(self, needs_keys: bool, faults: &mut Faults) -> Option<ConnectionSettings> {
        let company = faults.field("companyId", self.company_id).required(CompanyId::try_new);
        let mut key = |name, field: Field<String>| {
            let field = faults.field(name, field);
            if needs_keys {
                field.required(AccountingKey::try_new)
            } else {
                field.optional(AccountingKey::try_new)
            }
        };
        let access_key = key("accessKey", self.access_key);
        let secret_key = key("secretKey", self.secret_key);
        let app_key = key("appKey", self.app_key);
        let zone = faults.field("timeZone", self.time_zone).optional(str::parse::<TimeZone>);
        let payment_method =
            faults.field("paymentMethod", self.payment_method).optional(str::parse::<PaymentMethod>);
        let payment_term =
            faults.field("paymentTermDays", self.payment_term_days).optional(PaymentTerm::try_new);
        let prices = faults.field("priceType", self.price_type).optional(str::parse::<PriceType>);
        let company = company?;
        Some(ConnectionSettings {
            company,
            access_key,
            secret_key,
            app_key,
            zone,
            payment_method,
            payment_term,
            prices,
        })
    }
}

impl DomainError for ConnectionError {}

fn payment_methods() -> Object {
    one_of(["transfer", "cash", "compensation", "cod", "payment_card"], "How invoices are paid.")
}

fn price_types() -> Object {
    one_of(["netto", "brutto"], "Whether unit prices are without tax (`netto`) or with it (`brutto`).")
}

/// A list of values, or null for the first, which is the default.
fn one_of<const N: usize>(names: [&str; N], description: &str) -> Object {
    let values = names.into_iter().map(Value::from).chain([Value::Null]);
    ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::String, Type::Null]))
        .enum_values(Some(values))
        .default(names.first().copied().map(Value::from))
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
    #[schema(value_type = sets::PaymentMethod)]
    payment_method: &'static str,
    payment_term_days: u16,
    #[schema(value_type = sets::PriceType)]
    price_type: &'static str,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<&StoredConnection> for ConnectionResponse {
    fn from(stored: &StoredConnection) -> Self {
        let connection = &stored.connection;
        Self {
            company_id: connection.company.as_str().to_owned(),
            time_zone: connection.zone.name(),
            payment_method: connection.payment_method.as_str(),
            payment_term_days: connection.payment_term.days(),
            price_type: connection.prices.as_str(),
            created_at: stored.created_at,
            updated_at: stored.updated_at,
        }
    }
}

envelope!(
    /// The team's connection, in its envelope.
    ConnectionShownResponse(ConnectionResponse)
);

envelope!(
    /// The team's connection after it was set, in its envelope.
    ConnectionDoneResponse(ConnectionResponse, message)
);

/// Get the accounting connection
#[utoipa::path(
    get, path = ROUTE, operation_id = "getAccountingConnection", tag = "Accounting",
    responses(
        (status = 200, description = "The team's connection, without the keys", body = ConnectionShownResponse),
        (status = 404, description = "The team has none yet", body = OmsErrorResponse),
        (status = 409, description = "Its keys were encrypted with a key that is lost: set all three anew", body = OmsErrorResponse),
    ),
)]
async fn get_accounting_connection(call: Call) -> Result<HttpResponse, ApiError> {
    let stored = call.services.accounting.connection.find(call.actor.team).await?;
    let stored = stored.ok_or_else(|| ApiError::not_found("Accounting connection"))?;
    Ok(HttpResponse::Ok().json(ConnectionShownResponse::of((&stored).into())))
}

/// Set the accounting connection
///
/// It holds for invoices requested from then on. Invoices that may have been created in the company connected before are
/// looked up there once it is connected again.
#[utoipa::path(
    put, path = ROUTE, operation_id = "setAccountingConnection", tag = "Accounting",
    responses(
        (status = 200, description = "The connection as it is now", body = ConnectionDoneResponse),
        (status = 422, description = "Faulty fields", body = OmsErrorResponse),
    ),
)]
async fn set_accounting_connection(
    call: Call,
    body: JsonBody<SetConnectionRequest>,
) -> Result<HttpResponse, ApiError> {
    let manage = &call.services.accounting.connection;
    let previous = manage.previous(call.actor.team).await?;
    let needs_keys = previous.keys().is_none();
    let settings = body.parse_as(|body, faults| body.settings(needs_keys, faults))?;
    let written = manage.set(call.context(), previous, settings).await?;
    send(written, |stored| {
        json_answer(StatusCode::OK, &ConnectionDoneResponse::of("Accounting connection set", stored.into()))
    })
}

#[cfg(test)]
mod tests {
    use kernel::error::Fault;
    use serde_json::json;

    use super::*;
    use crate::request::body;

    fn read(body: &Value, needs_keys: bool) -> Result<ConnectionSettings, Vec<Fault>> {
        let body = body.as_object().unwrap().clone();
        body::read_as(body, |body: SetConnectionRequest, faults| body.settings(needs_keys, faults))
    }

    fn listed(result: Result<ConnectionSettings, Vec<Fault>>) -> Vec<String> {
        let faults = result.unwrap_err();
        faults.iter().map(|fault| format!("{} {}: {}", fault.field, fault.code, fault.message)).collect()
    }

    #[test]
    fn what_is_left_out_is_not_set_but_the_first_keys_are_required() {
        let company = CompanyId::try_new("1").unwrap();
        let expected = ConnectionSettings {
            company,
            access_key: None,
            secret_key: None,
            app_key: None,
            zone: None,
            payment_method: None,
            payment_term: None,
            prices: None,
        };
        assert_eq!(read(&json!({"companyId": "1"}), false), Ok(expected));
        let one_key = json!({"companyId": "1", "accessKey": "an-access-key"});
        let expected =
            ["secretKey MISSING_FIELD: Secret key is required", "appKey MISSING_FIELD: App key is required"];
        assert_eq!(listed(read(&one_key, true)), expected, "none stays as it is");
    }

    #[test]
    fn every_fault_is_listed_at_once() {
        let expected = [
            "companyId MISSING_FIELD: Company id is required",
            "accessKey MISSING_FIELD: Access key is required",
            "secretKey MISSING_FIELD: Secret key is required",
            "appKey MISSING_FIELD: App key is required",
        ];
        assert_eq!(listed(read(&json!({}), true)), expected);
        let faulty = json!({
            "companyId": "x", "accessKey": "short", "timeZone": 1, "paymentMethod": "wire", "paymentTermDays": 366,
            "priceType": "net"
        });
        let expected = [
            "companyId INVALID_VALUE: Company id must be the number of a company: 1 to 20 digits",
            "accessKey INVALID_VALUE: Access key must be 8 to 200 visible ASCII characters",
            "timeZone INVALID_TYPE: Time zone must be text",
            "paymentMethod INVALID_VALUE: Payment method must be cash, transfer, compensation, cod or payment_card",
            "paymentTermDays INVALID_VALUE: Payment term days must be 0 to 365 days",
            "priceType INVALID_VALUE: Price type must be netto or brutto",
        ];
        assert_eq!(listed(read(&faulty, false)), expected);
    }
}
