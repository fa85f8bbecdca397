//! `/api/v1/pause-reasons`.

use actix_web::http::StatusCode;
use actix_web::web::{Path, Payload};
use actix_web::{HttpRequest, HttpResponse};
use chrono::{DateTime, Utc};
use kernel::access::{Role, Scope};
use kernel::write::StoredResponse;
use production_ops::pause_reason::{
    PauseCategory, PauseReason, PauseReasonDraft, PauseReasonId, PauseReasonPatch,
};
use production_ops::ports::PauseReasonFilter;
use serde::Serialize;
use utoipa::ToSchema;

use super::{MAX_LIMIT, MesErrorResponse, Pagination};
use crate::request::call::Call;
use crate::request::idempotency::{claim, json_answer, key, once, send};
use crate::request::json_body::JsonBody;
use crate::request::query::Query;
use crate::response::errors::ApiError;
use crate::routes::{Route, RoutePolicy, route};

const ALL: &str = "/api/v1/pause-reasons";
const ONE: &str = "/api/v1/pause-reasons/{pauseReasonId}";

const READERS: &[Role] = &[Role::Admin, Role::Ops, Role::Accounts, Role::Operator];
const WRITERS: &[Role] = &[Role::Admin, Role::Ops];

pub(crate) const ROUTES: &[Route] = &[
    route!(GET ALL => list_pause_reasons, RoutePolicy::granted(Scope::PauseReasonsRead, READERS)),
    route!(POST ALL => create_pause_reason, RoutePolicy::granted(Scope::PauseReasonsWrite, WRITERS)),
    route!(GET ONE => get_pause_reason, RoutePolicy::granted(Scope::PauseReasonsRead, READERS)),
    route!(PATCH ONE => change_pause_reason, RoutePolicy::granted(Scope::PauseReasonsWrite, WRITERS)),
];

/// A pause reason to create.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the body that `create_pause_reason` reads")]
#[schema(rename_all = "camelCase", example = json!({"name": "Tool change", "category": "planned"}))]
pub(super) struct CreatePauseReasonRequest {
    /// At most 100 characters; no two of a team differ by case alone. Required.
    name: Option<String>,
    /// `planned` or `unplanned`. Required.
    category: Option<String>,
    /// True if left out.
    is_active: Option<bool>,
}

/// What to change of a pause reason; what is left out stays.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the body that `change_pause_reason` reads")]
#[schema(rename_all = "camelCase", example = json!({"isActive": false}))]
pub(super) struct ChangePauseReasonRequest {
    name: Option<String>,
    /// `planned` or `unplanned`.
    category: Option<String>,
    is_active: Option<bool>,
}

/// A pause reason.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e33", "name": "Tool change", "category": "planned", "isActive": true,
    "createdAt": "2025-01-10T09:00:00Z", "updatedAt": "2025-01-10T09:00:00Z"
}))]
pub(super) struct PauseReasonResponse {
    id: String,
    name: String,
    category: &'static str,
    is_active: bool,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<&PauseReason> for PauseReasonResponse {
    fn from(reason: &PauseReason) -> Self {
        Self {
            id: reason.id.to_string(),
            name: reason.name.as_str().to_owned(),
            category: reason.category.as_str(),
            is_active: reason.is_active,
            created_at: reason.created_at,
            updated_at: reason.updated_at,
        }
    }
}

/// A part of the list of pause reasons.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct PauseReasonListResponse {
    pause_reasons: Vec<PauseReasonResponse>,
    pagination: Pagination,
}

/// List pause reasons
///
/// By name.
#[utoipa::path(
    get, path = ALL, operation_id = "listPauseReasons", tag = "Pause reasons",
    params(
        ("activeOnly" = Option<bool>, Query, description = "Only those in use: true by default"),
        ("category" = Option<String>, Query, description = "Only `planned` or only `unplanned` ones"),
        ("limit" = Option<u32>, Query, description = "1 to 500, 50 by default"),
        ("offset" = Option<u32>, Query, description = "Pause reasons left out before the first one given"),
    ),
    responses(
        (status = 200, description = "A part of the list", body = PauseReasonListResponse),
        (status = 422, description = "A faulty parameter", body = MesErrorResponse),
    ),
    security(("bearer" = ["pause-reasons:read"], "team" = []))
)]
pub(crate) async fn list_pause_reasons(request: HttpRequest, call: Call) -> Result<HttpResponse, ApiError> {
    let mut query = Query::of(&request)?;
    let filter = PauseReasonFilter {
        active_only: query.flag("activeOnly", true),
        category: query.read("category", str::parse::<PauseCategory>),
    };
    let window = query.window(MAX_LIMIT);
    let window = query.finish(window)?;
    let listing = call.services.plant.pause_reasons.list(call.actor.team, filter, window).await?;
    let pagination = Pagination::of(&listing, window);
    let pause_reasons = listing.items.iter().map(PauseReasonResponse::from).collect();
    Ok(HttpResponse::Ok().json(PauseReasonListResponse { pause_reasons, pagination }))
}

/// Create a pause reason
#[utoipa::path(
    post, path = ALL, operation_id = "createPauseReason", tag = "Pause reasons",
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeating a request with the same key gives the first answer again, for 24 hours")),
    request_body = CreatePauseReasonRequest,
    responses(
        (status = 201, description = "The pause reason", body = PauseReasonResponse),
        (status = 409, description = "A pause reason of this name exists", body = MesErrorResponse),
        (status = 422, description = "Faulty fields", body = MesErrorResponse),
    ),
    security(("bearer" = ["pause-reasons:write"], "team" = []))
)]
pub(crate) async fn create_pause_reason(
    request: HttpRequest,
    call: Call,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    let body = JsonBody::read(&request, payload).await?;
    let claim = claim(&request, key(&request)?, body.hash());
    let written = once(&call, claim, created, |context| async {
        let mut fields = body.fields()?;
        let draft = PauseReasonDraft {
            name: fields.text("name"),
            category: fields.text("category"),
            is_active: fields.flag("isActive"),
        };
        fields.finish(|| draft.validate()).map_err(|error| body.explain(error))?;
        let created = call.services.plant.pause_reasons.create(context, &draft).await;
        created.map_err(|error| body.explain(error))
    });
    send(written.await?, created)
}

fn created(reason: &PauseReason) -> StoredResponse {
    json_answer(StatusCode::CREATED, &PauseReasonResponse::from(reason))
}

/// Get a pause reason
#[utoipa::path(
    get, path = ONE, operation_id = "getPauseReason", tag = "Pause reasons",
    params(("pauseReasonId" = String, Path)),
    responses(
        (status = 200, description = "The pause reason", body = PauseReasonResponse),
        (status = 404, description = "The team has no such pause reason", body = MesErrorResponse),
    ),
    security(("bearer" = ["pause-reasons:read"], "team" = []))
)]
pub(crate) async fn get_pause_reason(call: Call, id: Path<String>) -> Result<HttpResponse, ApiError> {
    let reason = call.services.plant.pause_reasons.find(call.actor.team, reason_id(&id)?).await?;
    Ok(HttpResponse::Ok().json(PauseReasonResponse::from(&reason)))
}

/// Change a pause reason
///
/// Renames it, moves it to the other category, or takes it out of use (`isActive: false`): then it pauses nothing
/// any more. Pauses made with it keep it.
#[utoipa::path(
    patch, path = ONE, operation_id = "changePauseReason", tag = "Pause reasons",
    params(("pauseReasonId" = String, Path)),
    request_body = ChangePauseReasonRequest,
    responses(
        (status = 200, description = "The pause reason as it is now", body = PauseReasonResponse),
        (status = 404, description = "The team has no such pause reason", body = MesErrorResponse),
        (status = 409, description = "Another pause reason of this name exists", body = MesErrorResponse),
        (status = 422, description = "Faulty fields", body = MesErrorResponse),
    ),
    security(("bearer" = ["pause-reasons:write"], "team" = []))
)]
pub(crate) async fn change_pause_reason(
    request: HttpRequest,
    call: Call,
    id: Path<String>,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    let id = reason_id(&id)?;
    let body = JsonBody::read(&request, payload).await?;
    let mut fields = body.fields()?;
    let patch = PauseReasonPatch {
        name: fields.text("name"),
        category: fields.text("category"),
        is_active: fields.flag("isActive"),
    };
    fields.finish(|| patch.validate()).map_err(|error| body.explain(error))?;
    let written = call.services.plant.pause_reasons.change(call.context(), id, &patch).await;
    let written = written.map_err(|error| body.explain(error))?;
    send(written, |reason| json_answer(StatusCode::OK, &PauseReasonResponse::from(reason)))
}

fn reason_id(text: &str) -> Result<PauseReasonId, ApiError> {
    text.parse().map_err(|_| ApiError::not_found("Pause reason"))
}
