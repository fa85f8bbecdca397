//! `/api/v1/work-order-operations`.

mod dto;

use kernel::period::EmptyPeriod;
use production_ops::operation::{ActionError, OperationId};
use production_ops::ports::{ActionOutcome, OperationFilter};

use self::dto::{
    ActOnOperationRequest, ActedResponse, ListedOperation, OperationListResponse, OperationResponse,
    wire_fault,
};
use super::{MAX_LIMIT, MesErrorResponse, Pagination};
use crate::prelude::*;

const ALL: &str = "/api/v1/work-order-operations";
const ONE: &str = "/api/v1/work-order-operations/{wooId}";

const READERS: &[Role] = &[Role::Admin, Role::Ops, Role::Accounts, Role::Operator];
const RUNNERS: &[Role] = &[Role::Admin, Role::Ops, Role::Operator];

pub(crate) const ROUTES: &[Route] = &[
    route!(GET ALL => list_operations, RoutePolicy::granted(Scope::OperationsRead, READERS)),
    route!(GET ONE => get_operation, RoutePolicy::granted(Scope::OperationsRead, READERS)),
    route!(PATCH ONE => act_on_operation(ActOnOperationRequest), RoutePolicy::granted(Scope::OperationsWrite, RUNNERS)),
];

impl DomainError for ActionError {
    fn wire_faults(&self) -> Vec<Fault> {
        match self {
            Self::Refused(faults) => faults.iter().map(wire_fault).collect(),
            Self::EmptyPeriod => vec![Fault::new("toDate", "OUT_OF_RANGE", EmptyPeriod.to_string())],
            _ => Vec::new(),
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
)]
async fn list_operations(call: Call, mut query: Query) -> Result<HttpResponse, ApiError> {
    let filter = OperationFilter {
        order: query.id("orderId"),
        status: query.read("status", str::parse),
        department: query.id("departmentId"),
        operator: query.id("operatorId"),
        ..OperationFilter::default()
    };
    let started = query.period("fromDate", "toDate");
    let window = query.finish_window(MAX_LIMIT)?;
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
    responses(
        (status = 200, description = "The operation", body = OperationResponse),
        (status = 404, description = "The team has no such operation", body = MesErrorResponse),
    ),
)]
async fn get_operation(call: Call, PathId(id): PathId<OperationId>) -> Result<HttpResponse, ApiError> {
    let found = call.services.plant.operations.find(call.actor.team, id).await?;
    let (view, segments) = found;
    Ok(HttpResponse::Ok().json(OperationResponse::of(&view, &segments, call.at)))
}

/// Do something with a work order operation
///
/// `pending` operations start; those in progress pause, report and complete; paused ones resume, report and complete.
/// The first start begins the order, the last completion completes it. Completing an operation lets the next one begin;
/// where the routing allows overlap, the first report of good ones does. Time is the server's.
#[utoipa::path(
    patch, path = ONE, operation_id = "actOnOperation", tag = "Work order operations",
    responses(
        (status = 200, description = "The operation as it is now", body = ActedResponse),
        (status = 404, description = "The team has no such operation", body = MesErrorResponse),
        (status = 409, description = "`INVALID_TRANSITION` with `status` and `allowedActions`, `OPERATION_NOT_READY` with `blockedBy`, `ORDER_ON_HOLD`, `ORDER_CANCELLED`, or `OPERATOR_NOT_QUALIFIED` with `missingSkills`", body = MesErrorResponse),
        (status = 422, description = "Faulty fields, an operator or a reason that is unknown or out of use, quantities beyond what was handed on, or data that is required and missing", body = MesErrorResponse),
    ),
)]
async fn act_on_operation(
    call: Call,
    PathId(id): PathId<OperationId>,
    body: JsonBody<ActOnOperationRequest>,
) -> Result<HttpResponse, ApiError> {
    let written = body.run(&call, |context, action| call.services.plant.operations.act(context, id, action));
    send(written.await?, acted)
}

fn acted(outcome: &ActionOutcome) -> StoredResponse {
    json_answer(StatusCode::OK, &ActedResponse::from(outcome))
}
