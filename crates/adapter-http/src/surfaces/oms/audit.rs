//! `/api/audit` and `/api/audit/access`.

use audit::ports::{AccessFilter, EntryFilter, ListedEntry};
use audit::{AccessRecord, Seal};
use serde_json::value::RawValue;
use uuid::Uuid;

use super::{MAX_LIMIT, OmsErrorResponse, Pagination};
use crate::prelude::*;
use crate::response::envelope::envelope;

const ENTRIES: &str = "/api/audit";
const ACCESSES: &str = "/api/audit/access";

pub(crate) const ROUTES: &[Route] = &[
    route!(GET ENTRIES => list_audit_entries, RoutePolicy::people(&[Role::Admin])),
    route!(GET ACCESSES => list_access, RoutePolicy::people(&[Role::Admin])),
];

/// What an entry is about.
#[derive(Serialize, ToSchema)]
pub(crate) struct SubjectResponse {
    /// Such as `department`.
    kind: String,
    #[schema(value_type = Uuid)]
    id: String,
}

/// An entry's place in the team's hash chain.
#[derive(Serialize, ToSchema)]
pub(crate) struct SealResponse {
    /// 1, 2, 3 and so on.
    sequence: i64,
    /// SHA-256 over the seal before and the entry, hexadecimal.
    hash: String,
}

impl From<Seal> for SealResponse {
    fn from(seal: Seal) -> Self {
        Self { sequence: seal.sequence, hash: seal.hash.to_string() }
    }
}

/// An entry of the audit trail.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AuditEntryResponse {
    #[schema(value_type = Uuid)]
    id: String,
    /// When it was done.
    #[schema(required)]
    at: Option<DateTime<Utc>>,
    /// Who did it: `user:…`, `api_key:…` or `system:…`.
    actor: String,
    /// The request it was done in, as its answer's `X-Request-Id` named it.
    request_id: String,
    /// What was done, such as `department.created`; `access.refused` is a caller turned away.
    action: String,
    subject: SubjectResponse,
    /// The subject before; null when it was made.
    #[schema(value_type = Option<Object>, required)]
    before: Option<Box<RawValue>>,
    /// The subject after; null when it is gone.
    #[schema(value_type = Option<Object>, required)]
    after: Option<Box<RawValue>>,
    /// Null for the moment that an entry waits to be sealed.
    #[schema(required)]
    seal: Option<SealResponse>,
}

impl From<ListedEntry> for AuditEntryResponse {
    fn from(listed: ListedEntry) -> Self {
        let entry = listed.entry;
        let raw = |text: Option<String>| text.and_then(|text| RawValue::from_string(text).ok());
        Self {
            id: entry.id.to_string(),
            at: entry.time(),
            actor: entry.actor,
            request_id: entry.request_id,
            action: entry.action,
            subject: SubjectResponse { kind: entry.subject_kind, id: entry.subject.to_string() },
            before: raw(entry.before),
            after: raw(entry.after),
            seal: listed.seal.map(SealResponse::from),
        }
    }
}

/// A page of the audit trail.
#[derive(Serialize, ToSchema)]
pub(crate) struct AuditEntriesData {
    entries: Vec<AuditEntryResponse>,
    pagination: Pagination,
}

envelope!(
    /// A page of the audit trail, in the surface's envelope.
    #[schema(example = json!({"success": true, "data": {
        "entries": [{
            "id": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e11", "at": "2025-01-15T10:30:00Z",
            "actor": "user:0190f3c2-1111-7c3e-8d52-6c1f0a9b3e11", "requestId": "req_123456789",
            "action": "department.changed", "subject": {"kind": "department", "id": "0190f3c2-2222-7c3e-8d52-6c1f0a9b3e11"},
            "before": {"name": "Assembly", "isActive": true}, "after": {"name": "Assembly", "isActive": false},
            "seal": {"sequence": 42, "hash": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"}
        }],
        "pagination": {"currentPage": 1, "totalPages": 5, "totalItems": 100, "itemsPerPage": 20}
    }}))]
    AuditEntriesResponse(AuditEntriesData)
);

/// A call.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AccessRecordResponse {
    #[schema(value_type = Uuid)]
    id: String,
    /// When the request came.
    at: DateTime<Utc>,
    /// Who called: `user:…` or `api_key:…`.
    actor: String,
    method: String,
    /// The route as it is documented, such as `/api/v1/departments/{departmentId}`.
    route: String,
    /// The path as it was sent, without the query.
    path: String,
    status: u16,
    request_id: String,
    /// Where the call came from.
    #[schema(required)]
    address: Option<String>,
    /// What the answer took.
    milliseconds: f64,
}

impl From<AccessRecord> for AccessRecordResponse {
    fn from(record: AccessRecord) -> Self {
        Self {
            id: record.id.to_string(),
            at: record.at,
            actor: record.actor,
            method: record.method,
            route: record.route,
            path: record.path,
            status: record.status,
            request_id: record.request_id,
            address: record.address.map(|address| address.to_string()),
            milliseconds: f64::from(record.microseconds) / 1_000.0,
        }
    }
}

/// A page of the access log.
#[derive(Serialize, ToSchema)]
pub(crate) struct AccessLogData {
    entries: Vec<AccessRecordResponse>,
    pagination: Pagination,
}

envelope!(
    /// A page of the access log, in the surface's envelope.
    #[schema(example = json!({"success": true, "data": {
        "entries": [{
            "id": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e11", "at": "2025-01-15T10:30:00Z",
            "actor": "api_key:0190f3c2-3333-7c3e-8d52-6c1f0a9b3e11", "method": "GET",
            "route": "/api/v1/departments/{departmentId}", "path": "/api/v1/departments/0190f3c2-2222-7c3e-8d52-6c1f0a9b3e11",
            "status": 200, "requestId": "req_123456789", "address": "192.0.2.7", "milliseconds": 1.53
        }],
        "pagination": {"currentPage": 1, "totalPages": 5, "totalItems": 100, "itemsPerPage": 20}
    }}))]
    AccessLogResponse(AccessLogData)
);

/// Show the audit trail
///
/// Every change, and every refusal to a known caller, newest first. Sealed entries carry their place in the team's hash
/// chain, which `throughline audit verify` walks.
#[utoipa::path(
    get, path = ENTRIES, operation_id = "listAuditEntries", tag = "Audit",
    params(
        ("actor" = Option<String>, Query, description = "By whom: `user:…`, `api_key:…` or `system:…`"),
        ("action" = Option<String>, Query, description = "What was done, such as `department.created`"),
        ("subjectKind" = Option<String>, Query, description = "To what kind of thing, such as `department`"),
        ("subjectId" = Option<Uuid>, Query, description = "To which one"),
        ("requestId" = Option<String>, Query, description = "In which request"),
        ("from" = Option<DateTime<Utc>>, Query, description = "At this time or later"),
        ("to" = Option<DateTime<Utc>>, Query, description = "Before this time"),
        ("page" = Option<u32>, Query, minimum = 1, description = "From 1"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 100, description = "Entries a page: 1 to 100, 20 by default"),
    ),
    responses(
        (status = 200, description = "A page of entries", body = AuditEntriesResponse),
        (status = 422, description = "A faulty parameter", body = OmsErrorResponse),
    ),
)]
async fn list_audit_entries(call: Call, mut query: Query) -> Result<HttpResponse, ApiError> {
    let filter = EntryFilter {
        actor: query.text("actor"),
        action: query.text("action"),
        subject_kind: query.text("subjectKind"),
        subject: query.read("subjectId", |text| text.parse::<Uuid>().map_err(|_| "must be a UUID")),
        request_id: query.text("requestId"),
        from: query.time("from"),
        to: query.time("to"),
    };
    let page = query.page(MAX_LIMIT);
    let (page, window) = query.finish(page)?;
    let listing = call.services.audit.list_audit.run(call.actor.team, filter, window).await?;
    let pagination = Pagination::of(&listing, page, window);
    let entries = listing.items.into_iter().map(AuditEntryResponse::from).collect();
    Ok(HttpResponse::Ok().json(AuditEntriesResponse::of(AuditEntriesData { entries, pagination })))
}

/// Show the access log
///
/// Every call of a known caller, reads too, newest first; kept for 90 days. It is written beside the requests, so that a
/// call shows a moment after its answer.
#[utoipa::path(
    get, path = ACCESSES, operation_id = "listAccess", tag = "Audit",
    params(
        ("actor" = Option<String>, Query, description = "By whom: `user:…` or `api_key:…`"),
        ("method" = Option<String>, Query, description = "With which method, such as `GET`"),
        ("route" = Option<String>, Query, description = "On which route, such as `/api/v1/departments/{departmentId}`"),
        ("status" = Option<u16>, Query, minimum = 100, maximum = 999, description = "Answered with which status"),
        ("requestId" = Option<String>, Query, description = "In which request"),
        ("from" = Option<DateTime<Utc>>, Query, description = "At this time or later"),
        ("to" = Option<DateTime<Utc>>, Query, description = "Before this time"),
        ("page" = Option<u32>, Query, minimum = 1, description = "From 1"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 100, description = "Records a page: 1 to 100, 20 by default"),
    ),
    responses(
        (status = 200, description = "A page of calls", body = AccessLogResponse),
        (status = 422, description = "A faulty parameter", body = OmsErrorResponse),
    ),
)]
async fn list_access(call: Call, mut query: Query) -> Result<HttpResponse, ApiError> {
    let filter = AccessFilter {
        actor: query.text("actor"),
        method: query.text("method"),
        route: query.text("route"),
        status: query.read("status", |text| {
            let status = text.parse::<u16>().ok().filter(|status| (100..=999).contains(status));
            status.ok_or("must be an HTTP status, such as 403")
        }),
        request_id: query.text("requestId"),
        from: query.time("from"),
        to: query.time("to"),
    };
    let page = query.page(MAX_LIMIT);
    let (page, window) = query.finish(page)?;
    let listing = call.services.audit.list_access.run(call.actor.team, filter, window).await?;
    let pagination = Pagination::of(&listing, page, window);
    let entries = listing.items.into_iter().map(AccessRecordResponse::from).collect();
    Ok(HttpResponse::Ok().json(AccessLogResponse::of(AccessLogData { entries, pagination })))
}
