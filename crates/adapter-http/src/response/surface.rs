//! The surfaces, each of which gives its errors a shape of its own.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::error_bodies::{
    GepardErrorResponse, ImportErrorResponse, MesErrorResponse, OmsErrorResponse, PosErrorResponse,
};
use super::errors::ApiError;

/// One of the documented APIs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Surface {
    Import,
    Mes,
    Pos,
    Gepard,
    /// It owns the root: unknown routes answer in its shape.
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

    /// An error in its shape, as JSON text; `now` is its time unless it has one.
    pub(crate) fn render(self, error: &ApiError, request_id: &str, now: DateTime<Utc>) -> String {
        match self {
            Self::Import => text(ImportErrorResponse::from(error)),
            Self::Oms => text(OmsErrorResponse::from(error)),
            Self::Pos => text(PosErrorResponse::from(error)),
            Self::Gepard => text(GepardErrorResponse::from(error)),
            Self::Mes => text(MesErrorResponse::new(error, request_id, now)),
        }
    }
}

/// JSON with the keys of each object in alphabetical order. The shapes hold strings and lists only, which always have a
/// form in JSON.
fn text(shape: impl Serialize) -> String {
    serde_json::to_value(shape).unwrap_or_default().to_string()
}

/// Whether a path is `base` or below it.
pub(crate) fn within(path: &str, base: &str) -> bool {
    path.strip_prefix(base).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::error::{ErrorKind, Fault, StoreError};
    use serde_json::{Value, json};

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
            json!({"success": false, "error": "Validation failed", "code": "VALIDATION_ERROR",
                   "errors": {"mode": ["is unknown", "is odd"]}})
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
    fn an_error_with_a_time_keeps_it_whenever_it_is_rendered() {
        let error = ApiError { at: Some(DateTime::UNIX_EPOCH), ..ApiError::not_found("Order") };
        let rendered = |now: &str| Surface::Mes.render(&error, "req_1", now.parse().unwrap());
        assert_eq!(rendered("2025-01-15T10:30:00Z"), rendered("2025-01-15T10:30:01Z"));
        assert!(rendered("2025-01-15T10:30:00Z").contains(r#""timestamp":"1970-01-01T00:00:00Z""#));
    }

    #[test]
    fn the_gepard_surface_has_the_codes_and_texts_of_its_document() {
        let code_and_text = |error: &ApiError| {
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
            assert_eq!(code_and_text(&error), (code.to_owned(), message.to_owned()));
        }
    }
}
