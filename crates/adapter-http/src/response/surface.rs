//! The surfaces, and the shape each gives its errors (contract, *Errors, by surface*).

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat, Utc};
use kernel::error::Fault;
use serde_json::{Value, json};

use crate::response::errors::ApiError;

/// One of the documented APIs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Surface {
    /// Seed 000.
    Import,
    /// Seed 004.
    Mes,
    /// Seed 001.
    Pos,
    /// Seed 002.
    Gepard,
    /// Seed 003, which owns the root: unknown routes answer in its shape.
    Oms,
}

impl Surface {
    /// The surface a path belongs to.
    pub(crate) fn of(path: &str) -> Self {
        if within(path, "/api/v1") {
            Self::Mes
        } else if within(path, "/pos") {
            Self::Pos
        } else if within(path, "/api/gepard") {
            Self::Gepard
        } else if within(path, "/api/orders/import") || within(path, "/api/orders/imports") {
            Self::Import
        } else {
            Self::Oms
        }
    }

    /// Its name in metrics.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Import => "import",
            Self::Mes => "mes",
            Self::Pos => "pos",
            Self::Gepard => "gepard",
            Self::Oms => "oms",
        }
    }

    /// An error in its shape, as JSON text, told now unless it says when.
    pub(crate) fn render(self, error: &ApiError, request_id: &str, now: DateTime<Utc>) -> String {
        let body = match self {
            Self::Import => json!({
                "success": false,
                "message": error.message,
                "error": error.code,
                "errors": by_path(&error.faults),
            }),
            Self::Oms => json!({
                "success": false,
                "error": error.message,
                "errors": by_path(&error.faults),
            }),
            Self::Pos => pos_body(error),
            Self::Gepard => gepard_body(error),
            Self::Mes => json!({"error": {
                "code": error.code,
                "message": first_message(error),
                "details": mes_details(error),
                "timestamp": error.at.unwrap_or(now).to_rfc3339_opts(SecondsFormat::Secs, true),
                "requestId": request_id,
            }}),
        };
        body.to_string()
    }
}

/// Seed 001's shape; the contract adds the faults where fields are faulty.
fn pos_body(error: &ApiError) -> Value {
    let mut body = json!({"success": false, "message": error.message, "data": null});
    if !error.faults.is_empty()
        && let Some(fields) = body.as_object_mut()
    {
        fields.insert("errors".into(), json!(by_path(&error.faults)));
    }
    body
}

/// Seed 002's shape and, where that has them, its codes and words; the contract adds the faults where fields are faulty.
fn gepard_body(error: &ApiError) -> Value {
    let (code, message) = match error.status.as_u16() {
        403 => ("INSUFFICIENT_PERMISSIONS", error.message.as_str()),
        429 => (error.code, "Rate limit exceeded. Please try again later."),
        500 => ("INTERNAL_ERROR", "An unexpected error occurred while processing the request"),
        503 => ("SERVICE_UNAVAILABLE", error.message.as_str()),
        _ => (error.code, error.message.as_str()),
    };
    let mut body = json!({"success": false, "errorCode": code, "errorMessage": message});
    if let (Some(first), Some(fields)) = (error.faults.first(), body.as_object_mut()) {
        // seed 002 shows the fault of the whole request as it is: "At least one invoice is required"
        let told = if first.field == "invoices" {
            first.message.to_string()
        } else {
            format!("{}: {}", first.field, first.message)
        };
        fields.insert("errorMessage".into(), told.into());
        fields.insert("errors".into(), listed(&error.faults));
    }
    body
}

/// Faults one by one, each with its field and a code for programs.
fn listed(faults: &[Fault]) -> Value {
    let fault = |fault: &Fault| json!({"field": fault.field, "code": fault.code, "message": fault.message});
    faults.iter().map(fault).collect()
}

/// Whether a path is `base` or below it.
pub(crate) fn within(path: &str, base: &str) -> bool {
    path.strip_prefix(base).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn by_path(faults: &[Fault]) -> BTreeMap<&str, Vec<&str>> {
    let mut paths: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for fault in faults {
        paths.entry(&fault.field).or_default().push(&fault.message);
    }
    paths
}

/// Seed 004 shows the fault itself as the message: "Invalid routing ID provided".
fn first_message(error: &ApiError) -> &str {
    error.faults.first().map_or(&error.message, |fault| &fault.message)
}

/// The first fault as documented, with what its field held, and all of them beside it; or what else there is to know.
fn mes_details(error: &ApiError) -> Value {
    let Some(first) = error.faults.first() else {
        return error.details.as_deref().cloned().unwrap_or_else(|| json!({}));
    };
    json!({"field": first.field, "value": error.value, "errors": listed(&error.faults)})
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::error::{ErrorKind, StoreError};

    #[test]
    fn a_path_belongs_to_one_surface() {
        for (path, surface) in [
            ("/api/orders/import", Surface::Import),
            ("/api/orders/imports/7/errors.csv", Surface::Import),
            ("/api/orders/importer", Surface::Oms),
            ("/api/v1/departments", Surface::Mes),
            ("/api/v1", Surface::Mes),
            ("/api/v10", Surface::Oms),
            ("/api/orders", Surface::Oms),
            ("/api/orders/0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e11/cancel", Surface::Oms),
            ("/pos/api/orders/1", Surface::Pos),
            ("/pos", Surface::Pos),
            ("/pos/nowhere", Surface::Pos),
            ("/position", Surface::Oms),
            ("/api/gepard/order/process", Surface::Gepard),
            ("/api/gepard", Surface::Gepard),
            ("/api/gepards", Surface::Oms),
            ("/nowhere", Surface::Oms),
        ] {
            assert_eq!(Surface::of(path), surface, "{path}");
        }
    }

    #[test]
    fn each_surface_has_its_documented_shape() {
        let fault = |field, message| Fault::new(field, "INVALID_VALUE", message);
        let error = ApiError::invalid(vec![fault("mode", "is unknown"), fault("mode", "is odd")]);
        let error = error.holding(|field| (field == "mode").then(|| json!("odd")));
        let shape = |surface: Surface| -> Value {
            serde_json::from_str(&surface.render(&error, "req_1", DateTime::UNIX_EPOCH)).unwrap()
        };
        assert_eq!(
            shape(Surface::Import),
            json!({"success": false, "message": "Validation failed", "error": "VALIDATION_ERROR",
                   "errors": {"mode": ["is unknown", "is odd"]}})
        );
        assert_eq!(
            shape(Surface::Oms),
            json!({"success": false, "error": "Validation failed", "errors": {"mode": ["is unknown", "is odd"]}})
        );
        assert_eq!(
            shape(Surface::Pos),
            json!({"success": false, "message": "Validation failed", "data": null,
                   "errors": {"mode": ["is unknown", "is odd"]}})
        );
        assert_eq!(
            shape(Surface::Gepard),
            json!({"success": false, "errorCode": "VALIDATION_ERROR", "errorMessage": "mode: is unknown", "errors": [
                {"field": "mode", "code": "INVALID_VALUE", "message": "is unknown"},
                {"field": "mode", "code": "INVALID_VALUE", "message": "is odd"}]})
        );
        let plain = Surface::Pos.render(&ApiError::not_found("Order"), "req_1", DateTime::UNIX_EPOCH);
        assert_eq!(plain, r#"{"data":null,"message":"Order not found","success":false}"#);
        assert_eq!(
            shape(Surface::Mes)["error"],
            json!({"code": "VALIDATION_ERROR", "message": "is unknown",
                   "details": {"field": "mode", "value": "odd", "errors": [
                       {"field": "mode", "code": "INVALID_VALUE", "message": "is unknown"},
                       {"field": "mode", "code": "INVALID_VALUE", "message": "is odd"}]},
                   "timestamp": "1970-01-01T00:00:00Z", "requestId": "req_1"})
        );
    }

    #[test]
    fn an_error_that_says_when_it_was_told_is_told_so_whenever_it_is_rendered() {
        let error = ApiError { at: Some(DateTime::UNIX_EPOCH), ..ApiError::not_found("Order") };
        let told = |now: &str| Surface::Mes.render(&error, "req_1", now.parse().unwrap());
        assert_eq!(told("2025-01-15T10:30:00Z"), told("2025-01-15T10:30:01Z"));
        assert!(told("2025-01-15T10:30:00Z").contains(r#""timestamp":"1970-01-01T00:00:00Z""#));
    }

    #[test]
    fn the_gepard_surface_has_the_codes_and_words_of_seed_002() {
        let told = |error: &ApiError| {
            let body = Surface::Gepard.render(error, "req_1", DateTime::UNIX_EPOCH);
            let body: Value = serde_json::from_str(&body).unwrap();
            let text = |name: &str| body[name].as_str().unwrap().to_owned();
            (text("errorCode"), text("errorMessage"))
        };
        let missing = Fault::new("invoices", "MISSING_FIELD", "At least one invoice is required");
        for (error, code, message) in [
            (ApiError::invalid(vec![missing]), "VALIDATION_ERROR", "At least one invoice is required"),
            (
                ApiError::new(ErrorKind::Forbidden, "FORBIDDEN", "This needs the scope invoices:create"),
                "INSUFFICIENT_PERMISSIONS",
                "This needs the scope invoices:create",
            ),
            (
                ApiError::new(ErrorKind::TooManyRequests, "RATE_LIMIT_EXCEEDED", "at most 60 in 60 s"),
                "RATE_LIMIT_EXCEEDED",
                "Rate limit exceeded. Please try again later.",
            ),
            (
                ApiError::from(StoreError::Internal("broken".into())),
                "INTERNAL_ERROR",
                "An unexpected error occurred while processing the request",
            ),
            (
                ApiError::from(StoreError::Unavailable("busy".into())),
                "SERVICE_UNAVAILABLE",
                "The service can't do this right now; try again shortly",
            ),
            (ApiError::unauthorized("no key"), "UNAUTHORIZED", "no key"),
            (ApiError::not_found("Invoice"), "NOT_FOUND", "Invoice not found"),
        ] {
            assert_eq!(told(&error), (code.to_owned(), message.to_owned()));
        }
    }
}
