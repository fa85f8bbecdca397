//! The surfaces, and the shape each gives its errors (contract, *Errors, by surface*).

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat, Utc};
use kernel::error::Fault;
use serde_json::{Value, json};

use crate::errors::ApiError;

/// One of the documented APIs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Surface {
    /// Seed 000.
    Import,
    /// Seed 004.
    Mes,
    /// Seed 001.
    Pos,
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
            Self::Oms => "oms",
        }
    }

    /// An error in its shape, as JSON text.
    pub(crate) fn render(self, error: &ApiError, request_id: &str, at: DateTime<Utc>) -> String {
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
            Self::Mes => json!({"error": {
                "code": error.code,
                "message": first_message(error),
                "details": mes_details(error),
                "timestamp": at.to_rfc3339_opts(SecondsFormat::Secs, true),
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
    let all: Vec<_> = error
        .faults
        .iter()
        .map(|fault| json!({"field": fault.field, "code": fault.code, "message": fault.message}))
        .collect();
    json!({"field": first.field, "value": error.value, "errors": all})
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
