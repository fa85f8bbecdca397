//! `/api/v1/work-order-operations`.

mod dto;

use kernel::access::Requirement;
use kernel::error::ErrorKind;
use kernel::period::EmptyPeriod;
use production_ops::operation::{Action, ActionError, ActionRequest, OperationId};
use production_ops::ports::{ActionOutcome, OperationFilter};

use self::dto::{
    ActOnOperationRequest, ActedResponse, ListedOperation, OperationListResponse, OperationResponse,
    wire_fault,
};
use super::{MAX_LIMIT, MesErrorResponse, Pagination};
use crate::openapi::closed_sets as sets;
use crate::openapi::schemas::DayOrTime;
use crate::prelude::*;
use crate::request::if_match;

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
        ("orderId" = Option<Uuid>, Query, description = "Of this order"),
        ("status" = inline(Option<sets::OperationStatus>), Query, description = "`pending`, `in_progress`, `paused`, `completed` or `waiting`"),
        ("departmentId" = Option<Uuid>, Query, description = "Done in this department"),
        ("operatorId" = Option<Uuid>, Query, description = "That this operator works on, or did last"),
        ("fromDate" = inline(Option<DayOrTime>), Query, description = "Begun then or later: a date is that whole day of the team, a time with offset that instant"),
        ("toDate" = inline(Option<DayOrTime>), Query, description = "Begun then or earlier, likewise"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 500, description = "1 to 500, 50 by default"),
        ("offset" = Option<u32>, Query, minimum = 0, description = "Operations left out before the first one given"),
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
    let mut found = call.services.plant.operations.find(call.actor.team, id).await?;
    if !may_correct(&call) {
        found.allowed_actions.retain(|action| *action != Action::Correct);
    }
    let shown = OperationResponse::of(&found, call.at);
    Ok(if_match::tagged(HttpResponse::Ok().json(shown), found.view.operation.version))
}

/// Corrections are for ADMIN and OPS, and for keys that may write.
fn may_correct(call: &Call) -> bool {
    let correctors: &[Role] = &[Role::Admin, Role::Ops];
    call.actor.meets(Requirement::Grant { scope: Scope::OperationsWrite, roles: correctors })
}

/// Do something with a work order operation
///
/// `pending` operations start; those in progress pause, report and complete; paused ones resume, report and complete.
/// The first start begins the order, the last completion completes it. Completing an operation lets the next one begin;
/// where the routing allows overlap, the first report of good ones does. One that is handed nothing completes itself.
/// `correct` takes a wrong report back, after completion too. Time is the server's.
#[utoipa::path(
    patch, path = ONE, operation_id = "actOnOperation", tag = "Work order operations",
    params(
        ("If-Match" = Option<String>, Header, description = "The `ETag` of the version that is meant; any if left out"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeating a request with the same key gives the first answer again, for 24 hours"),
    ),
    responses(
        (status = 200, description = "The operation as it is now", body = ActedResponse, headers(("ETag" = String, description = "Its version"))),
        (status = 404, description = "The team has no such operation", body = MesErrorResponse),
        (status = 409, description = "`INVALID_TRANSITION` with `status`, `OPERATION_NOT_READY` with `blockedBy`, `ORDER_ON_HOLD`, `ORDER_CANCELLED`, or `OPERATOR_NOT_QUALIFIED` with `missingSkills`, each with `allowedActions`; or a request with this Idempotency-Key is still running", body = MesErrorResponse),
        (status = 412, description = "The operation has another version than `If-Match` names", body = MesErrorResponse),
        (status = 422, description = "Faulty fields, an operator or a reason that is unknown or out of use, quantities beyond what was handed on, or data that is required and missing", body = MesErrorResponse),
    ),
)]
async fn act_on_operation(
    call: Call,
    PathId(id): PathId<OperationId>,
    request: HttpRequest,
    body: JsonBody<ActOnOperationRequest>,
) -> Result<HttpResponse, ApiError> {
    let (may_correct, seen) = (may_correct(&call), if_match::seen(&request));
    let answer = move |outcome: &ActionOutcome| acted(outcome, may_correct);
    let written = body.once(&call, answer, async |context, action: ActionRequest| {
        if action.action() == Action::Correct && !may_correct {
            return Err(ApiError::new(
                ErrorKind::Forbidden,
                "FORBIDDEN",
                "Your role does not allow corrections",
            ));
        }
        let acted = call.services.plant.operations.act(context, id, action, seen).await;
        acted.map_err(|error| if may_correct { error } else { error.without(Action::Correct) }.into())
    });
    if_match::send(written.await?, |outcome| outcome.operation.version, answer)
}

fn acted(outcome: &ActionOutcome, may_correct: bool) -> StoredResponse {
    json_answer(StatusCode::OK, &ActedResponse::of(outcome, may_correct))
}
