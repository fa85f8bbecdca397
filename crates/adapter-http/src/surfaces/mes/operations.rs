//! `/api/v1/work-order-operations`.

use actix_web::http::StatusCode;
use actix_web::web::{Path, Payload};
use actix_web::{HttpRequest, HttpResponse};
use chrono::{DateTime, Utc};
use kernel::access::{Role, Scope};
use kernel::quantity::{Amount, Quantity};
use kernel::write::StoredResponse;
use production_ops::operation::{ActionDraft, Operation, OperationId, OperationStatus, Segment};
use production_ops::ports::{Acted, OperationFilter, OperationView};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::{DepartmentRef, MAX_LIMIT, MesErrorResponse, Pagination};
use crate::request::call::Call;
use crate::request::idempotency::{json_answer, send};
use crate::request::json_body::JsonBody;
use crate::request::query::Query;
use crate::response::errors::ApiError;
use crate::routes::{Route, RoutePolicy, route};

const ALL: &str = "/api/v1/work-order-operations";
const ONE: &str = "/api/v1/work-order-operations/{wooId}";

const READERS: &[Role] = &[Role::Admin, Role::Ops, Role::Accounts, Role::Operator];
const RUNNERS: &[Role] = &[Role::Admin, Role::Ops, Role::Operator];

pub(crate) const ROUTES: &[Route] = &[
    route!(GET ALL => list_operations, RoutePolicy::granted(Scope::OperationsRead, READERS)),
    route!(GET ONE => get_operation, RoutePolicy::granted(Scope::OperationsRead, READERS)),
    route!(PATCH ONE => act_on_operation, RoutePolicy::granted(Scope::OperationsWrite, RUNNERS)),
];

/// What to do with an operation. Each action reads the fields that it takes and leaves the others alone.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the body that `act_on_operation` reads")]
#[schema(rename_all = "camelCase", example = json!({
    "action": "complete", "capturedData": {
        "torqueReading": 45.2, "qualityCheck": true, "notes": "Operation completed successfully"
    }, "quantityCompleted": 100, "quantityRejected": 0
}))]
pub(super) struct ActOnOperationRequest {
    /// `start`, `pause`, `resume`, `report` or `complete`. Required.
    action: Option<String>,
    /// Who does it: an operator's id, or that of the user linked to one. Required to start; elsewhere somebody else than
    /// who works on it takes it over, which the time segments record.
    operator_id: Option<String>,
    /// Why the operation stands still. Required to pause.
    pause_reason_id: Option<String>,
    /// To complete: what was noted. Fields of the operation's data collection activities are held to them, and count as
    /// their data; other keys are kept.
    captured_data: Option<Map<String, Value>>,
    /// To report: how many more are good. To complete: how many are good in all; what was handed on less what was
    /// rejected if left out. Good and rejected together never pass what the operation before handed on.
    quantity_completed: Option<f64>,
    /// To report: how many more are rejected. To complete: how many in all; what was reported if left out.
    quantity_rejected: Option<f64>,
    /// To report: how many more were gone over again. To complete: how many in all; what was reported if left out.
    quantity_reworked: Option<f64>,
}

/// An operation after an action.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e77", "status": "completed", "actualStartTime": "2025-01-20T08:15:00Z",
    "actualEndTime": "2025-01-20T09:45:00Z", "totalActiveTimeSeconds": 5400,
    "operatorId": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e44", "quantityCompleted": 100, "quantityRejected": 0,
    "quantityReworked": 0, "quantityShort": 0, "capturedData": {
        "torqueReading": 45.2, "qualityCheck": true, "notes": "Operation completed successfully"
    }, "allowedActions": [], "warnings": [], "updatedAt": "2025-01-20T09:45:00Z"
}))]
pub(super) struct ActedResponse {
    id: String,
    status: &'static str,
    actual_start_time: Option<DateTime<Utc>>,
    actual_end_time: Option<DateTime<Utc>>,
    /// Time worked on it; pauses don't count.
    total_active_time_seconds: i64,
    operator_id: Option<String>,
    #[schema(value_type = f64)]
    quantity_completed: Amount,
    #[schema(value_type = f64)]
    quantity_rejected: Amount,
    #[schema(value_type = f64)]
    quantity_reworked: Amount,
    /// What was handed on and is neither good nor rejected, once it is completed.
    #[schema(value_type = Option<f64>)]
    quantity_short: Option<Amount>,
    captured_data: Option<Map<String, Value>>,
    /// What may be done with it next.
    allowed_actions: Vec<&'static str>,
    /// What was let through and is worth a word, such as a missing skill where the team's `skillCheck` is `warn`.
    warnings: Vec<String>,
    updated_at: DateTime<Utc>,
}

impl From<&Acted> for ActedResponse {
    fn from(Acted { operation, available_quantity, warnings }: &Acted) -> Self {
        let completed = operation.status == OperationStatus::Completed;
        Self {
            id: operation.id.to_string(),
            status: operation.status.as_str(),
            actual_start_time: operation.actual_start,
            actual_end_time: operation.actual_end,
            total_active_time_seconds: operation.time.active(operation.updated_at).num_seconds(),
            operator_id: operation.operator.map(|operator| operator.to_string()),
            quantity_completed: operation.quantities.good,
            quantity_rejected: operation.quantities.rejected,
            quantity_reworked: operation.quantities.reworked,
            quantity_short: completed.then(|| operation.quantities.shortfall(*available_quantity)),
            captured_data: operation.captured.clone(),
            allowed_actions: actions(operation),
            warnings: warnings.clone(),
            updated_at: operation.updated_at,
        }
    }
}

fn actions(operation: &Operation) -> Vec<&'static str> {
    operation.status.allowed().iter().map(|action| action.as_str()).collect()
}

/// A part of the list of operations.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct OperationListResponse {
    work_order_operations: Vec<ListedOperation>,
    pagination: Pagination,
}

/// An operation.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e77", "orderId": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e66",
    "orderNumber": "ORD-2025-001", "operationNumber": 1, "operationName": "Assembly Station 1",
    "department": {"id": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e11", "name": "Assembly"}, "status": "in_progress",
    "operatorId": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e44", "scheduledStartTime": "2025-01-20T08:00:00Z",
    "actualStartTime": "2025-01-20T08:15:00Z", "targetTimeSeconds": 3600, "elapsedTimeSeconds": 2700,
    "quantityCompleted": 75, "quantityTarget": 100
}))]
struct ListedOperation {
    id: String,
    order_id: String,
    order_number: String,
    operation_number: i32,
    operation_name: String,
    department: DepartmentRef,
    status: &'static str,
    operator_id: Option<String>,
    /// Laid out from the order's scheduled start by the target times of the operations before.
    scheduled_start_time: Option<DateTime<Utc>>,
    actual_start_time: Option<DateTime<Utc>>,
    /// Set-up and run time of the routing, frozen when the order was made.
    target_time_seconds: i64,
    /// Time worked on it so far; pauses don't count.
    elapsed_time_seconds: i64,
    #[schema(value_type = f64)]
    quantity_completed: Amount,
    #[schema(value_type = f64)]
    quantity_target: Quantity,
}

impl ListedOperation {
    fn of(view: &OperationView, now: DateTime<Utc>) -> Self {
        let operation = &view.operation;
        Self {
            id: operation.id.to_string(),
            order_id: view.order.to_string(),
            order_number: view.order_number.as_str().to_owned(),
            operation_number: operation.number,
            operation_name: operation.name.as_str().to_owned(),
            department: DepartmentRef::of(operation.department, Some(&view.department)),
            status: operation.status.as_str(),
            operator_id: operation.operator.map(|operator| operator.to_string()),
            scheduled_start_time: operation.scheduled_start,
            actual_start_time: operation.actual_start,
            target_time_seconds: operation.target_seconds,
            elapsed_time_seconds: operation.time.active(now).num_seconds(),
            quantity_completed: operation.quantities.good,
            quantity_target: view.quantity,
        }
    }
}

/// An operation with the time spent on it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct OperationResponse {
    #[serde(flatten)]
    #[schema(inline)]
    operation: ListedOperation,
    actual_end_time: Option<DateTime<Utc>>,
    #[schema(value_type = f64)]
    quantity_rejected: Amount,
    #[schema(value_type = f64)]
    quantity_reworked: Amount,
    captured_data: Option<Map<String, Value>>,
    /// What may be done with it next, if its order is neither on hold nor cancelled.
    allowed_actions: Vec<&'static str>,
    time_segments: Vec<SegmentResponse>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

/// A stretch of work on an operation. They never overlap, and never change after they ended.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "operatorId": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e44", "startedAt": "2025-01-20T08:15:00Z",
    "endedAt": "2025-01-20T09:00:00Z", "endedBy": "pause", "pauseReasonId": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e33"
}))]
struct SegmentResponse {
    operator_id: String,
    started_at: DateTime<Utc>,
    ended_at: Option<DateTime<Utc>>,
    /// `pause`, `hold`, `hand_over`, `complete` or `cancel`.
    ended_by: Option<&'static str>,
    pause_reason_id: Option<String>,
}

impl From<&Segment> for SegmentResponse {
    fn from(segment: &Segment) -> Self {
        let ended = segment.ended;
        Self {
            operator_id: segment.operator.to_string(),
            started_at: segment.started_at,
            ended_at: ended.map(|(at, _)| at),
            ended_by: ended.map(|(_, by)| by.as_str()),
            pause_reason_id: ended.and_then(|(_, by)| by.reason()).map(|reason| reason.to_string()),
        }
    }
}

/// List work order operations
///
/// The oldest order's first, by number within an order.
#[utoipa::path(
    get, path = ALL, operation_id = "listOperations", tag = "Work order operations",
    params(
        ("orderId" = Option<String>, Query, description = "Of this order"),
        ("status" = Option<String>, Query, description = "`pending`, `in_progress`, `paused`, `completed` or `waiting`"),
        ("departmentId" = Option<String>, Query, description = "Done in this department"),
        ("operatorId" = Option<String>, Query, description = "That this operator works on, or did last"),
        ("fromDate" = Option<String>, Query, description = "Begun then or later: a date is that whole day of the team, a time with offset that instant"),
        ("toDate" = Option<String>, Query, description = "Begun then or earlier, likewise"),
        ("limit" = Option<u32>, Query, description = "1 to 500, 50 by default"),
        ("offset" = Option<u32>, Query, description = "Operations left out before the first one given"),
    ),
    responses(
        (status = 200, description = "A part of the list", body = OperationListResponse),
        (status = 422, description = "A faulty parameter", body = MesErrorResponse),
    ),
    security(("bearer" = ["operations:read"], "team" = []))
)]
pub(crate) async fn list_operations(request: HttpRequest, call: Call) -> Result<HttpResponse, ApiError> {
    let mut query = Query::of(&request)?;
    let filter = OperationFilter {
        order: query.id("orderId"),
        status: query.read("status", str::parse),
        department: query.id("departmentId"),
        operator: query.id("operatorId"),
        ..OperationFilter::default()
    };
    let started = query.period("fromDate", "toDate");
    let window = query.window(MAX_LIMIT);
    let window = query.finish(window)?;
    let listing = call.services.plant.operations.list(call.actor.team, filter, started, window).await?;
    let pagination = Pagination::of(&listing, window);
    let operations = listing.items.iter().map(|view| ListedOperation::of(view, call.at)).collect();
    Ok(HttpResponse::Ok().json(OperationListResponse { work_order_operations: operations, pagination }))
}

/// Get a work order operation
///
/// With the stretches of work on it.
#[utoipa::path(
    get, path = ONE, operation_id = "getOperation", tag = "Work order operations",
    params(("wooId" = String, Path)),
    responses(
        (status = 200, description = "The operation", body = OperationResponse),
        (status = 404, description = "The team has no such operation", body = MesErrorResponse),
    ),
    security(("bearer" = ["operations:read"], "team" = []))
)]
pub(crate) async fn get_operation(call: Call, id: Path<String>) -> Result<HttpResponse, ApiError> {
    let found = call.services.plant.operations.find(call.actor.team, operation_id(&id)?).await?;
    let (view, segments) = found;
    let operation = &view.operation;
    Ok(HttpResponse::Ok().json(OperationResponse {
        operation: ListedOperation::of(&view, call.at),
        actual_end_time: operation.actual_end,
        quantity_rejected: operation.quantities.rejected,
        quantity_reworked: operation.quantities.reworked,
        captured_data: operation.captured.clone(),
        allowed_actions: actions(operation),
        time_segments: segments.iter().map(SegmentResponse::from).collect(),
        created_at: operation.created_at,
        updated_at: operation.updated_at,
    }))
}

/// Do something with a work order operation
///
/// `pending` operations start; those in progress pause, report and complete; paused ones resume, report and complete.
/// The first start begins the order, the last completion completes it. Completing an operation lets the next one begin;
/// where the routing allows overlap, the first report of good ones does. Time is the server's.
#[utoipa::path(
    patch, path = ONE, operation_id = "actOnOperation", tag = "Work order operations",
    params(("wooId" = String, Path)),
    request_body = ActOnOperationRequest,
    responses(
        (status = 200, description = "The operation as it is now", body = ActedResponse),
        (status = 404, description = "The team has no such operation", body = MesErrorResponse),
        (status = 409, description = "`INVALID_TRANSITION` with `status` and `allowedActions`, `OPERATION_NOT_READY` with `blockedBy`, `ORDER_ON_HOLD`, `ORDER_CANCELLED`, or `OPERATOR_NOT_QUALIFIED` with `missingSkills`", body = MesErrorResponse),
        (status = 422, description = "Faulty fields, an operator or a reason that is unknown or out of use, quantities beyond what was handed on, or data that is required and missing", body = MesErrorResponse),
    ),
    security(("bearer" = ["operations:write"], "team" = []))
)]
pub(crate) async fn act_on_operation(
    request: HttpRequest,
    call: Call,
    id: Path<String>,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    let id = operation_id(&id)?;
    let body = JsonBody::read(&request, payload).await?;
    let mut fields = body.fields()?;
    let draft = ActionDraft {
        action: fields.text("action"),
        operator_id: fields.text("operatorId"),
        pause_reason_id: fields.text("pauseReasonId"),
        captured_data: fields.object("capturedData"),
        quantity_completed: fields.decimal("quantityCompleted"),
        quantity_rejected: fields.decimal("quantityRejected"),
        quantity_reworked: fields.decimal("quantityReworked"),
    };
    fields.finish(|| draft.validate()).map_err(|error| body.explain(error))?;
    let written = call.services.plant.operations.act(call.context(), id, &draft).await;
    send(written.map_err(|error| body.explain(error))?, acted)
}

fn acted(acted: &Acted) -> StoredResponse {
    json_answer(StatusCode::OK, &ActedResponse::from(acted))
}

fn operation_id(text: &str) -> Result<OperationId, ApiError> {
    text.parse().map_err(|_| ApiError::not_found("Work order operation"))
}
