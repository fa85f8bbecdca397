//! `/api/v1/orders`.

mod dto;

use kernel::manufacturing::{OrderId, Sku};
use kernel::period::EmptyPeriod;
use production_ops::order::{ErpReference, OrderError};
use production_ops::ports::{OrderFilter, OrderSort, OrderView};
use production_ops::routing::ChoiceFault;

use self::dto::{
    ChangeOrderRequest, CreateOrderRequest, CreatedOrderResponse, ListedOrder, OrderListResponse,
    OrderPagination, OrderResponse,
};
use super::{MAX_LIMIT, MesErrorResponse};
use crate::openapi::closed_sets as sets;
use crate::openapi::schemas::DayOrTime;
use crate::prelude::*;

const ALL: &str = "/api/v1/orders";
const ONE: &str = "/api/v1/orders/{orderId}";

const READERS: &[Role] = &[Role::Admin, Role::Ops, Role::Accounts, Role::Operator];
const WRITERS: &[Role] = &[Role::Admin, Role::Ops];

pub(crate) const ROUTES: &[Route] = &[
    route!(GET ALL => list_orders, RoutePolicy::granted(Scope::OrdersRead, READERS)),
    route!(POST ALL => create_order(CreateOrderRequest), RoutePolicy::granted(Scope::OrdersWrite, WRITERS)),
    route!(GET ONE => get_order, RoutePolicy::granted(Scope::OrdersRead, READERS)),
    route!(PATCH ONE => change_order(ChangeOrderRequest), RoutePolicy::granted(Scope::OrdersWrite, WRITERS)),
];

impl DomainError for OrderError {
    fn wire_faults(&self) -> Vec<Fault> {
        match self {
            Self::NumberTaken => {
                let message = "is another order's; choose another number, or leave it out to get one";
                vec![Fault::new("orderNumber", "ORDER_NUMBER_TAKEN", message)]
            }
            Self::Routing(fault) => {
                let (field, code) = match fault {
                    ChoiceFault::UnknownId => ("routingId", "UNKNOWN_ROUTING"),
                    ChoiceFault::UnknownName => ("routingName", "UNKNOWN_ROUTING"),
                    ChoiceFault::Inactive { by_name: false } => ("routingId", "INACTIVE_ROUTING"),
                    ChoiceFault::Inactive { by_name: true } => ("routingName", "INACTIVE_ROUTING"),
                    ChoiceFault::Disagrees => ("routingName", "ROUTING_MISMATCH"),
                };
                vec![Fault::new(field, code, fault.to_string())]
            }
            Self::BeginsTooLate => {
                let message = "is so late that operations of the routing would begin after 9999-12-31T23:59:59Z; send an earlier time";
                vec![Fault::new("scheduledStartDate", "OUT_OF_RANGE", message)]
            }
            Self::EmptyPeriod => vec![Fault::new("toDate", "OUT_OF_RANGE", EmptyPeriod.to_string())],
            _ => Vec::new(),
        }
    }
}

/// List production orders
///
/// Orders that were imported too. Those alike in the sorted field come by id, so that pages don't overlap. `total` is
/// counted exactly.
#[utoipa::path(
    get, path = ALL, operation_id = "listOrders", tag = "Orders",
    params(
        ("status" = inline(Option<sets::OrderStatus>), Query, description = "`pending`, `in_progress`, `on_hold`, `completed` or `cancelled`"),
        ("fromDate" = inline(Option<DayOrTime>), Query, description = "Created then or later: a date is that whole day of the team, a time with offset that instant"),
        ("toDate" = inline(Option<DayOrTime>), Query, description = "Created then or earlier, likewise"),
        ("erpReference" = Option<String>, Query, description = "Of this ERP reference, exactly"),
        ("productIdentifier" = Option<String>, Query, description = "Of this product, exactly"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 500, description = "1 to 500, 50 by default"),
        ("offset" = Option<u32>, Query, minimum = 0, description = "Orders left out before the first one given"),
        ("total" = Option<bool>, Query, description = "`false` leaves `total` out (`null`): counting takes longer the more orders there are, the page does not"),
        ("sort" = inline(Option<sets::SortKey>), Query, description = "`createdAt` (default), `scheduledStartDate` or `priority`"),
        ("order" = inline(Option<sets::SortOrder>), Query, description = "`asc`, or `desc` (default). Orders without a scheduled start come last ascending and first descending"),
    ),
    responses(
        (status = 200, description = "A part of the list", body = OrderListResponse),
        (status = 422, description = "A faulty parameter", body = MesErrorResponse),
    ),
)]
async fn list_orders(call: Call, mut query: Query) -> Result<HttpResponse, ApiError> {
    let filter = OrderFilter {
        status: query.read("status", str::parse),
        erp_reference: query.read("erpReference", ErpReference::try_new),
        sku: query.read("productIdentifier", Sku::try_new),
        ..OrderFilter::default()
    };
    let created = query.period("fromDate", "toDate");
    let sort = OrderSort {
        key: query.read("sort", str::parse).unwrap_or_default(),
        ascending: query.read("order", ascending).unwrap_or_default(),
    };
    let counted = query.flag("total", true);
    let window = query.finish_window(MAX_LIMIT)?;
    let orders = &call.services.plant.orders;
    let page = orders.list(call.actor.team, filter, created, sort, window, counted).await?;
    let (limit, offset) = (window.limit(), window.offset());
    let pagination = OrderPagination { total: page.total, limit, offset, has_more: page.has_more };
    let orders = page.orders.iter().map(ListedOrder::from).collect();
    Ok(HttpResponse::Ok().json(OrderListResponse { orders, pagination }))
}

fn ascending(word: &str) -> Result<bool, &'static str> {
    match word {
        "asc" => Ok(true),
        "desc" => Ok(false),
        _ => Err("must be asc or desc"),
    }
}

/// Create a production order
///
/// Its operations are copied from the routing's current version: the first may begin, the others wait. The same orders
/// as imports make; `order.created` is published.
#[utoipa::path(
    post, path = ALL, operation_id = "createOrder", tag = "Orders",
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeating a request with the same key gives the first answer again, for 24 hours")),
    responses(
        (status = 201, description = "The order", body = CreatedOrderResponse),
        (status = 409, description = "Another order has the number", body = MesErrorResponse),
        (status = 422, description = "Faulty fields, or a routing that is unknown, out of use or not the one named", body = MesErrorResponse),
    ),
)]
async fn create_order(call: Call, body: JsonBody<CreateOrderRequest>) -> Result<HttpResponse, ApiError> {
    let written = body.once(&call, created, |context, new| call.services.plant.orders.create(context, new));
    send(written.await?, created)
}

fn created(view: &OrderView) -> StoredResponse {
    json_answer(StatusCode::CREATED, &CreatedOrderResponse::from(view))
}

fn shown(view: &OrderView) -> StoredResponse {
    json_answer(StatusCode::OK, &OrderResponse::from(view))
}

/// Get a production order
#[utoipa::path(
    get, path = ONE, operation_id = "getOrder", tag = "Orders",
    responses(
        (status = 200, description = "The order with its operations", body = OrderResponse),
        (status = 404, description = "The team has no such order", body = MesErrorResponse),
    ),
)]
async fn get_order(call: Call, PathId(id): PathId<OrderId>) -> Result<HttpResponse, ApiError> {
    let view = call.services.plant.orders.find(call.actor.team, id).await?;
    Ok(HttpResponse::Ok().json(OrderResponse::from(&view)))
}

/// Change a production order
///
/// `pending` may become `in_progress`, `on_hold` or `cancelled`; `in_progress` may become `on_hold`, `cancelled`, and
/// `completed` if every operation is completed or there is none; `on_hold` goes back to what it was, or is `cancelled`.
/// `completed` and `cancelled` are final. A hold pauses the operations that run, and a release leaves them paused; a
/// cancelled order's operations keep their last status. The same status again changes nothing.
#[utoipa::path(
    patch, path = ONE, operation_id = "changeOrder", tag = "Orders",
    responses(
        (status = 200, description = "The order as it is now", body = OrderResponse),
        (status = 404, description = "The team has no such order", body = MesErrorResponse),
        (status = 409, description = "Its status does not allow it; `details` has it in `status`, and what it allows in `allowedStatuses`", body = MesErrorResponse),
        (status = 422, description = "Faulty fields", body = MesErrorResponse),
    ),
)]
async fn change_order(
    call: Call,
    PathId(id): PathId<OrderId>,
    body: JsonBody<ChangeOrderRequest>,
) -> Result<HttpResponse, ApiError> {
    let written = body.run(&call, |context, change| call.services.plant.orders.change(context, id, change));
    send(written.await?, shown)
}
