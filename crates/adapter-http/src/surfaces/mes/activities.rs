//! `/api/v1/data-collection/activities`.

use actix_web::http::StatusCode;
use actix_web::web::{Path, Payload};
use actix_web::{HttpRequest, HttpResponse};
use chrono::{DateTime, Utc};
use kernel::access::{Role, Scope};
use kernel::write::StoredResponse;
use production_ops::data_collection::{Activity, ActivityDraft, ActivityId, ActivityPatch, Field};
use production_ops::ports::ActivityFilter;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::{MAX_LIMIT, MesErrorResponse, Pagination};
use crate::request::call::Call;
use crate::request::idempotency::{claim, json_answer, key, once, send};
use crate::request::json_body::{Fields, JsonBody};
use crate::request::query::Query;
use crate::response::errors::ApiError;
use crate::routes::{Route, RoutePolicy, route};

const ALL: &str = "/api/v1/data-collection/activities";
const ONE: &str = "/api/v1/data-collection/activities/{activityId}";

const READERS: &[Role] = &[Role::Admin, Role::Ops, Role::Accounts, Role::Operator];
const WRITERS: &[Role] = &[Role::Admin, Role::Ops];

pub(crate) const ROUTES: &[Route] = &[
    route!(GET ALL => list_data_collection_activities, RoutePolicy::granted(Scope::DataCollectionRead, READERS)),
    route!(POST ALL => create_data_collection_activity, RoutePolicy::granted(Scope::DataCollectionWrite, WRITERS)),
    route!(GET ONE => get_data_collection_activity, RoutePolicy::granted(Scope::DataCollectionRead, READERS)),
    route!(PATCH ONE => change_data_collection_activity, RoutePolicy::granted(Scope::DataCollectionWrite, WRITERS)),
];

/// A field of an activity to be.
#[derive(ToSchema)]
#[expect(
    dead_code,
    reason = "documents the bodies that `create_data_collection_activity` and `change_data_collection_activity` read"
)]
#[schema(example = json!({
    "name": "torqueReading", "label": "Torque Reading (Nm)", "type": "number", "required": true,
    "validation": {"min": 40, "max": 50}
}))]
pub(super) struct FieldRequest {
    /// The key of `collectedData` it stands for: at most 100 characters, unique in the activity. Required.
    name: Option<String>,
    /// What people see, at most 200 characters; the name if left out.
    label: Option<String>,
    /// `number`, `integer`, `text`, `boolean`, `select` or `date` (`YYYY-MM-DD`). Required.
    r#type: Option<String>,
    /// Whether data without it is refused; false if left out.
    required: Option<bool>,
    /// The limits of its values.
    validation: Option<ValidationShape>,
}

/// The limits of a field's values. `min` and `max` are for `number`, `integer` and `date`, `pattern` is for `text`,
/// `options` is for `select`, which needs it.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents what the domain reads and writes")]
#[schema(example = json!({"min": 40, "max": 50}))]
pub(super) struct ValidationShape {
    /// The least value: a number of at most 15 significant digits, or a date.
    min: Option<Value>,
    /// The greatest value.
    max: Option<Value>,
    /// A regular expression (Rust's syntax: no look-around, no back-references) that the whole text must match.
    pattern: Option<String>,
    /// 1 to 200 texts of at most 100 characters, of which the value is one.
    options: Option<Vec<String>>,
}

/// A data collection activity to create.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the body that `create_data_collection_activity` reads")]
#[schema(rename_all = "camelCase", example = json!({
    "name": "Torque Measurement", "description": "Measure and record torque values",
    "fields": [{
        "name": "torqueReading", "label": "Torque Reading (Nm)", "type": "number", "required": true,
        "validation": {"min": 40, "max": 50}
    }]
}))]
pub(super) struct CreateActivityRequest {
    /// At most 100 characters. Required.
    name: Option<String>,
    /// At most 2,000 characters.
    description: Option<String>,
    /// At most 100. Data under keys that no field defines is kept as it is.
    fields: Option<Vec<FieldRequest>>,
    /// `reject` (if left out) refuses data that breaks a limit; `record` stores it as not conforming, with what it
    /// breaks. Data that is missing or of another type is refused either way.
    on_violation: Option<String>,
    /// True if left out.
    is_active: Option<bool>,
}

/// What to change of a data collection activity; what is left out stays.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the body that `change_data_collection_activity` reads")]
#[schema(rename_all = "camelCase", example = json!({"onViolation": "record"}))]
pub(super) struct ChangeActivityRequest {
    name: Option<String>,
    /// `null` clears it.
    description: Option<String>,
    /// All it collects from now on; a field that keeps its name keeps its id.
    fields: Option<Vec<FieldRequest>>,
    /// `reject` or `record`.
    on_violation: Option<String>,
    is_active: Option<bool>,
}

/// A field of an activity.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "id": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e66", "name": "torqueReading", "label": "Torque Reading (Nm)",
    "type": "number", "required": true, "validation": {"min": 40, "max": 50}
}))]
pub(super) struct FieldResponse {
    id: String,
    name: String,
    label: String,
    r#type: &'static str,
    required: bool,
    #[schema(value_type = ValidationShape)]
    validation: Value,
}

impl From<&Field> for FieldResponse {
    fn from(field: &Field) -> Self {
        Self {
            id: field.id.to_string(),
            name: field.name.to_string(),
            label: field.label.to_string(),
            r#type: field.rule.field_type().as_str(),
            required: field.required,
            validation: field.rule.validation(),
        }
    }
}

/// A data collection activity.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e55", "name": "Torque Measurement",
    "description": "Measure and record torque values",
    "fields": [{
        "id": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e66", "name": "torqueReading", "label": "Torque Reading (Nm)",
        "type": "number", "required": true, "validation": {"min": 40, "max": 50}
    }],
    "onViolation": "reject", "isActive": true,
    "createdAt": "2025-01-10T09:00:00Z", "updatedAt": "2025-01-10T09:00:00Z"
}))]
pub(super) struct ActivityResponse {
    id: String,
    name: String,
    description: Option<String>,
    fields: Vec<FieldResponse>,
    on_violation: &'static str,
    is_active: bool,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<&Activity> for ActivityResponse {
    fn from(activity: &Activity) -> Self {
        Self {
            id: activity.id.to_string(),
            name: activity.name.as_str().to_owned(),
            description: activity.description.as_deref().map(str::to_owned),
            fields: activity.fields.iter().map(FieldResponse::from).collect(),
            on_violation: activity.on_violation.as_str(),
            is_active: activity.is_active,
            created_at: activity.created_at,
            updated_at: activity.updated_at,
        }
    }
}

/// A part of the list of data collection activities.
#[derive(Serialize, ToSchema)]
pub(super) struct ActivityListResponse {
    activities: Vec<ActivityResponse>,
    pagination: Pagination,
}

/// List data collection activities
///
/// By name.
#[utoipa::path(
    get, path = ALL, operation_id = "listDataCollectionActivities", tag = "Data collection",
    params(
        ("activeOnly" = Option<bool>, Query, description = "Only those in use: true by default"),
        ("limit" = Option<u32>, Query, description = "1 to 500, 50 by default"),
        ("offset" = Option<u32>, Query, description = "Activities left out before the first one given"),
    ),
    responses(
        (status = 200, description = "A part of the list", body = ActivityListResponse),
        (status = 422, description = "A faulty parameter", body = MesErrorResponse),
    ),
    security(("bearer" = ["data-collection:read"], "team" = []))
)]
pub(crate) async fn list_data_collection_activities(
    request: HttpRequest,
    call: Call,
) -> Result<HttpResponse, ApiError> {
    let mut query = Query::of(&request)?;
    let filter = ActivityFilter { active_only: query.flag("activeOnly", true) };
    let window = query.window(MAX_LIMIT);
    let window = query.finish(window)?;
    let listing = call.services.plant.activities.list(call.actor.team, filter, window).await?;
    let pagination = Pagination::of(&listing, window);
    let activities = listing.items.iter().map(ActivityResponse::from).collect();
    Ok(HttpResponse::Ok().json(ActivityListResponse { activities, pagination }))
}

/// Create a data collection activity
#[utoipa::path(
    post, path = ALL, operation_id = "createDataCollectionActivity", tag = "Data collection",
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeating a request with the same key gives the first answer again, for 24 hours")),
    request_body = CreateActivityRequest,
    responses(
        (status = 201, description = "The activity", body = ActivityResponse),
        (status = 422, description = "Faulty fields, a pattern that is none among them", body = MesErrorResponse),
    ),
    security(("bearer" = ["data-collection:write"], "team" = []))
)]
pub(crate) async fn create_data_collection_activity(
    request: HttpRequest,
    call: Call,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    let body = JsonBody::read(&request, payload).await?;
    let claim = claim(&request, key(&request)?, body.hash());
    let written = once(&call, claim, created, |context| async {
        let mut fields = body.fields()?;
        let draft = ActivityDraft {
            name: fields.text("name"),
            description: fields.text("description"),
            fields: defined(&mut fields),
            on_violation: fields.text("onViolation"),
            is_active: fields.flag("isActive"),
        };
        let ids = &*call.services.ids;
        fields.finish(|| draft.validate(ids)).map_err(|error| body.explain(error))?;
        let created = call.services.plant.activities.create(context, &draft).await;
        created.map_err(|error| body.explain(error))
    });
    send(written.await?, created)
}

fn defined(fields: &mut Fields) -> Option<Vec<Value>> {
    fields.list("fields", "must be a list of objects", |value| Some(value.clone()))
}

fn created(activity: &Activity) -> StoredResponse {
    json_answer(StatusCode::CREATED, &ActivityResponse::from(activity))
}

/// Get a data collection activity
#[utoipa::path(
    get, path = ONE, operation_id = "getDataCollectionActivity", tag = "Data collection",
    params(("activityId" = String, Path)),
    responses(
        (status = 200, description = "The activity", body = ActivityResponse),
        (status = 404, description = "The team has no such activity", body = MesErrorResponse),
    ),
    security(("bearer" = ["data-collection:read"], "team" = []))
)]
pub(crate) async fn get_data_collection_activity(
    call: Call,
    id: Path<String>,
) -> Result<HttpResponse, ApiError> {
    let activity = call.services.plant.activities.find(call.actor.team, activity_id(&id)?).await?;
    Ok(HttpResponse::Ok().json(ActivityResponse::from(&activity)))
}

/// Change a data collection activity
///
/// What was collected before stays as it was judged. `isActive: false` takes it out of use.
#[utoipa::path(
    patch, path = ONE, operation_id = "changeDataCollectionActivity", tag = "Data collection",
    params(("activityId" = String, Path)),
    request_body = ChangeActivityRequest,
    responses(
        (status = 200, description = "The activity as it is now", body = ActivityResponse),
        (status = 404, description = "The team has no such activity", body = MesErrorResponse),
        (status = 422, description = "Faulty fields, a pattern that is none among them", body = MesErrorResponse),
    ),
    security(("bearer" = ["data-collection:write"], "team" = []))
)]
pub(crate) async fn change_data_collection_activity(
    request: HttpRequest,
    call: Call,
    id: Path<String>,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    let id = activity_id(&id)?;
    let body = JsonBody::read(&request, payload).await?;
    let mut fields = body.fields()?;
    let patch = ActivityPatch {
        name: fields.text("name"),
        description: fields.clearable_text("description"),
        fields: defined(&mut fields),
        on_violation: fields.text("onViolation"),
        is_active: fields.flag("isActive"),
    };
    let ids = &*call.services.ids;
    fields.finish(|| patch.validate(ids)).map_err(|error| body.explain(error))?;
    let written = call.services.plant.activities.change(call.context(), id, &patch).await;
    let written = written.map_err(|error| body.explain(error))?;
    send(written, |activity| json_answer(StatusCode::OK, &ActivityResponse::from(activity)))
}

fn activity_id(text: &str) -> Result<ActivityId, ApiError> {
    text.parse().map_err(|_| ApiError::not_found("Data collection activity"))
}
