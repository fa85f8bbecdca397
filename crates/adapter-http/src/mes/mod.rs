//! The MES surface (seed 004).

pub(crate) mod activities;
pub(crate) mod api_keys;
pub(crate) mod departments;
pub(crate) mod files;
pub(crate) mod operators;
pub(crate) mod pause_reasons;
pub(crate) mod work_centres;

use actix_web::web::ServiceConfig;
use kernel::page::{Listing, Window};
use serde::Serialize;
use utoipa::ToSchema;

pub(crate) fn configure(config: &mut ServiceConfig) {
    api_keys::configure(config);
    departments::configure(config);
    files::configure(config);
    activities::configure(config);
    operators::configure(config);
    pause_reasons::configure(config);
    work_centres::configure(config);
}

/// The most entries of a list at once (contract, *mes*).
const MAX_LIMIT: u32 = 500;

/// Where a part of a list stands, as seed 004 documents it.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"total": 150, "limit": 50, "offset": 0, "hasMore": true}))]
#[serde(rename_all = "camelCase")]
struct Pagination {
    total: u64,
    limit: u32,
    offset: u32,
    has_more: bool,
}

impl Pagination {
    fn of<T>(listing: &Listing<T>, window: Window) -> Self {
        Self {
            total: listing.total,
            limit: window.limit(),
            offset: window.offset(),
            has_more: listing.has_more(window),
        }
    }
}

/// An error, as seed 004 documents it.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the shape that surface.rs writes")]
#[schema(example = json!({"error": {
    "code": "VALIDATION_ERROR", "message": "must not be empty",
    "details": {"field": "name", "value": "", "errors": [{"field": "name", "code": "MISSING_FIELD", "message": "must not be empty"}]},
    "timestamp": "2025-01-15T10:30:00Z", "requestId": "req_123456789"
}}))]
struct MesErrorResponse {
    error: MesError,
}

/// What went wrong.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the shape that surface.rs writes")]
#[schema(rename_all = "camelCase")]
struct MesError {
    /// For programs; docs/API.md lists them.
    code: String,
    /// For people; of faulty fields, the first one's.
    message: String,
    /// The first faulty field, and all of them in `errors`.
    details: serde_json::Value,
    timestamp: chrono::DateTime<chrono::Utc>,
    /// Also in the header `X-Request-Id`.
    request_id: String,
}
