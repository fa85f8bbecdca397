//! The shapes of the APIs' errors (`docs/spec/common.md`, "Errors").

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat, Utc};
use kernel::error::Fault;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::errors::ApiError;
use crate::openapi::schemas::null;

/// An error of the request as a whole.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "success": false, "message": "A required column is missing: stock_code", "error": "MISSING_COLUMN", "errors": {}
}))]
pub(crate) struct ImportErrorResponse {
    /// Always false.
    success: bool,
    /// For people.
    message: String,
    /// For programs; docs/API.md lists them.
    error: String,
    /// Faulty parameters, by name.
    errors: BTreeMap<String, Vec<String>>,
}

impl From<&ApiError> for ImportErrorResponse {
    fn from(error: &ApiError) -> Self {
        Self {
            success: false,
            message: error.message.clone(),
            error: error.code.to_owned(),
            errors: by_path(&error.faults),
        }
    }
}

/// An error.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "success": false, "error": "Validation failed", "code": "VALIDATION_ERROR",
    "errors": {"items.0.pricePerUnit": ["Price per unit is required"]}
}))]
pub(crate) struct OmsErrorResponse {
    success: bool,
    /// What went wrong, for people.
    error: String,
    /// For programs; docs/API.md lists them.
    code: String,
    /// Faults by field.
    errors: BTreeMap<String, Vec<String>>,
}

impl From<&ApiError> for OmsErrorResponse {
    fn from(error: &ApiError) -> Self {
        Self {
            success: false,
            error: error.message.clone(),
            code: error.code.to_owned(),
            errors: by_path(&error.faults),
        }
    }
}

/// An error; it has `errors` where fields are faulty.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "success": false, "message": "Validation failed", "data": null,
    "errors": {"orderItems.0.quantity": ["Quantity must be greater than 0"]}
}))]
pub(crate) struct PosErrorResponse {
    success: bool,
    /// What went wrong, for people.
    message: String,
    /// Always `null`.
    #[schema(required, schema_with = null)]
    data: (),
    /// Faults by field.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = BTreeMap<String, Vec<String>>, required = false)]
    errors: Option<BTreeMap<String, Vec<String>>>,
}

impl From<&ApiError> for PosErrorResponse {
    fn from(error: &ApiError) -> Self {
        let errors = (!error.faults.is_empty()).then(|| by_path(&error.faults));
        Self { success: false, message: error.message.clone(), data: (), errors }
    }
}

/// An error; it has `errors` where fields are faulty.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({
    "success": false, "errorCode": "VALIDATION_ERROR", "errorMessage": "At least one invoice is required",
    "errors": [{"field": "invoices", "code": "MISSING_FIELD", "message": "At least one invoice is required"}]
}))]
pub(crate) struct GepardErrorResponse {
    success: bool,
    /// For programs.
    error_code: String,
    /// For people.
    error_message: String,
    /// Every faulty field, at most 1,000: of more, the last entry says how many there are.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Vec<GepardFault>, required = false)]
    errors: Option<Vec<GepardFault>>,
}

impl From<&ApiError> for GepardErrorResponse {
    /// The codes and texts are those the API documents (`docs/spec/gepard.md`, "Failed invoices").
    fn from(error: &ApiError) -> Self {
        let (code, message) = match error.status.as_u16() {
            403 => ("INSUFFICIENT_PERMISSIONS", error.message.as_str()),
            429 => (error.code, "Rate limit exceeded. Please try again later."),
            500 => ("INTERNAL_ERROR", "An unexpected error occurred while processing the request"),
            503 => ("SERVICE_UNAVAILABLE", error.message.as_str()),
            _ => (error.code, error.message.as_str()),
        };
        let error_message = match error.faults.first() {
            // a fault of the whole request is shown without its path: "At least one invoice is required"
            Some(first) if first.field == "invoices" => first.message.to_string(),
            Some(first) => format!("{}: {}", first.field, first.message),
            None => message.to_owned(),
        };
        let errors = (!error.faults.is_empty()).then(|| one_by_one(&error.faults));
        Self { success: false, error_code: code.to_owned(), error_message, errors }
    }
}

/// A faulty field.
#[derive(Serialize, ToSchema)]
pub(crate) struct GepardFault {
    /// Its path, such as `invoices[0].items[1].unit_price`.
    field: String,
    /// For programs.
    code: String,
    /// For people.
    message: String,
}

/// An error.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"error": {
    "code": "VALIDATION_ERROR", "message": "must not be empty",
    "details": {"field": "name", "value": "", "errors": [{"field": "name", "code": "MISSING_FIELD", "message": "must not be empty"}]},
    "timestamp": "2025-01-15T10:30:00Z", "requestId": "req_123456789"
}}))]
pub(crate) struct MesErrorResponse {
    error: MesError,
}

/// What went wrong.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct MesError {
    /// For programs; docs/API.md lists them.
    code: String,
    /// For people; of faulty fields, the first one's.
    message: String,
    /// The first faulty field, and all of them in `errors`.
    details: Value,
    #[schema(value_type = DateTime<Utc>)]
    timestamp: String,
    /// Also in the header `X-Request-Id`.
    request_id: String,
}

impl MesErrorResponse {
    /// The error as of `now`, unless it says when it was first given.
    pub(super) fn new(error: &ApiError, request_id: &str, now: DateTime<Utc>) -> Self {
        // the first fault itself is the message: "Invalid routing ID provided"
        let message = error.faults.first().map_or(error.message.as_str(), |fault| &fault.message);
        let details = match error.faults.first() {
            Some(first) => json!({
                "field": first.field, "value": error.value, "errors": one_by_one(&error.faults)
            }),
            None => error.details.as_deref().cloned().unwrap_or_else(|| json!({})),
        };
        Self {
            error: MesError {
                code: error.code.to_owned(),
                message: message.to_owned(),
                details,
                timestamp: error.at.unwrap_or(now).to_rfc3339_opts(SecondsFormat::Secs, true),
                request_id: request_id.to_owned(),
            },
        }
    }
}

fn one_by_one(faults: &[Fault]) -> Vec<GepardFault> {
    let fault = |fault: &Fault| GepardFault {
        field: fault.field.to_string(),
        code: fault.code.to_string(),
        message: fault.message.to_string(),
    };
    faults.iter().map(fault).collect()
}

fn by_path(faults: &[Fault]) -> BTreeMap<String, Vec<String>> {
    let mut paths: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for fault in faults {
        paths.entry(fault.field.to_string()).or_default().push(fault.message.to_string());
    }
    paths
}
