//! The gepard surface (seed 002): invoices that an order system has made in the accounting system.

pub(crate) mod invoices;
pub(crate) mod orders;

use crate::routes::Route;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;
use utoipa::ToSchema;

/// The surface's routes, resource by resource.
pub(crate) const TABLES: &[&[Route]] = &[orders::ROUTES, invoices::ROUTES];

/// A moment as seed 002 writes it: `2025-08-30T13:00:44.764575+00:00`.
fn moment(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Micros, false)
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

/// An error, as seed 002 documents it; `errors` stands there where fields are faulty.
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
    errors: Option<Vec<GepardFault>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_as_the_document_does() {
        let at = "2025-08-30T13:00:44.764575Z".parse().unwrap();
        assert_eq!(moment(at), "2025-08-30T13:00:44.764575+00:00");
    }
}
