//! `/api/orders`.

mod dto;

use kernel::access::{AccessMode, PermissionArea, Visibility};
use kernel::page::Page;
use procurement::assignment::{Assignment, OrderId};
use sales_orders::order::{Command, Placed, SalesOrder, SalesOrderError, SalesOrderId, Totals};
use sales_orders::ports::{OrderFilter, OrderRef};

use self::dto::{CancelOrderRequest, CloseOrderRequest, CreateOrderRequest, OrderResponse};
use super::{CountablePagination, OmsErrorResponse, countable_page};
use crate::openapi::closed_sets as sets;
use crate::openapi::schemas::DayOrTime;
use crate::prelude::*;
use crate::request::if_match;
use crate::response::envelope::envelope;
use crate::services::Services;

const ALL: &str = "/api/orders";
const ONE: &str = "/api/orders/{orderId}";
const CANCEL: &str = "/api/orders/{orderId}/cancel";
const CLOSE: &str = "/api/orders/{orderId}/close";

/// The role table's column.
const AREA: PermissionArea = PermissionArea::OrderManagement;

pub(crate) const ROUTES: &[Route] = &[
    route!(GET ALL => list_orders, RoutePolicy::area(AREA, AccessMode::Read)),
    route!(POST ALL => create_order(CreateOrderRequest), RoutePolicy::area(AREA, AccessMode::Change)),
    route!(GET ONE => get_order, RoutePolicy::area(AREA, AccessMode::Read)),
    route!(POST CANCEL => cancel_order(CancelOrderRequest), RoutePolicy::area(AREA, AccessMode::Change)),
    route!(POST CLOSE => close_order(CloseOrderRequest), RoutePolicy::area(AREA, AccessMode::Change)),
];

/// The most bytes of an order of 500 lines.
const MAX_BODY: usize = 1 << 20;

/// A page of orders.
#[derive(Serialize, ToSchema)]
pub(crate) struct OrderList {
    orders: Vec<OrderResponse>,
    pagination: CountablePagination,
}

envelope!(
    /// A page of orders, in its envelope.
    OrderListResponse(OrderList)
);

envelope!(
    /// An order, in its envelope.
    OrderShownResponse(OrderResponse)
);

envelope!(
    /// An order after it was created or cancelled, in its envelope.
    OrderDoneResponse(OrderResponse, message)
);

/// Create an order
///
/// Every item carries its own price, which must be more than 0; `totalPrice` and `totalAmount` are calculated. Stock is
/// not touched. The order gets the next `ORD-YYYY-NNN` of the team's year.
#[utoipa::path(
    post, path = ALL, operation_id = "createOrder", tag = "Orders",
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeating a request with the same key gives the first answer again, for 24 hours")),
    responses(
        (status = 201, description = "The order", body = OrderDoneResponse, headers(("ETag" = String, description = "Its version")), example = json!({
            "success": true, "message": "Order created successfully", "data": {
                "id": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e11", "orderNumber": "ORD-2024-001", "totalAmount": 2250.00,
                "currency": "INR", "status": "RECEIVED", "items": [{
                    "id": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e12", "productName": "Organic Tomatoes", "sku": "ORG-TOM-001",
                    "quantity": 50, "pricePerUnit": 45.00, "totalPrice": 2250.00
                }],
                "customerInfo": {"name": "Customer Name", "email": "customer@example.com", "phone": "+91-9876543210"},
                "deliveryAddress": {
                    "street": "123 Main Street", "city": "Bangalore", "state": "Karnataka", "pincode": "560001",
                    "landmark": "Near Mall"
                },
                "source": "API", "notes": "Special delivery instructions", "cancelReason": null, "closeReason": null, "assignedItems": [],
                "channel": "oms", "version": 1, "createdAt": "2024-10-08T10:30:00Z", "updatedAt": "2024-10-08T10:30:00Z"
            }
        })),
        (status = 422, description = "Faulty fields: every item without a good price is named", body = OmsErrorResponse, example = json!({
            "success": false, "error": "Validation failed", "code": "VALIDATION_ERROR", "errors": {"items.0.pricePerUnit": ["Price per unit is required"]}
        })),
    ),
)]
async fn create_order(
    call: Call,
    body: JsonBody<CreateOrderRequest, MAX_BODY>,
) -> Result<HttpResponse, ApiError> {
    let written = body.once(&call, created, |context, new| call.services.sales.orders.create(context, new));
    if_match::send(written.await?, |placed| placed.order.version, created)
}

fn created(placed: &Placed) -> StoredResponse {
    let order = OrderResponse::of(&placed.order, &[]);
    json_answer(StatusCode::CREATED, &OrderDoneResponse::of("Order created successfully", order))
}

/// List orders
///
/// The latest first, those of tills too. A vendor's own people see orders with an item assigned to it. A date is that
/// whole day of the team's time zone, a time with its offset that instant, one without it that time on the team's clocks; both ends are included.
#[utoipa::path(
    get, path = ALL, operation_id = "listOrders", tag = "Orders",
    params(
        ("page" = Option<u32>, Query, minimum = 1, description = "From 1, which is the default"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 100, description = "Orders a page: 1 to 100, 20 by default"),
        ("status" = inline(Option<sets::SalesStatus>), Query, description = "`RECEIVED`, `ASSIGNED`, `PROCESSING`, `PARTIALLY_FULFILLED`, `FULFILLED`, `CLOSED` or `CANCELLED`"),
        ("startDate" = inline(Option<DayOrTime>), Query, description = "Created then or later", example = "2024-10-01"),
        ("endDate" = inline(Option<DayOrTime>), Query, description = "Created then or earlier", example = "2024-10-31"),
        ("total" = Option<bool>, Query, description = "`false` leaves `totalItems` and `totalPages` out (`null`): counting takes longer the more orders there are, the page does not"),
    ),
    responses(
        (status = 200, description = "A page of the list", body = OrderListResponse, example = json!({
            "success": true, "data": {
                "orders": [{
                    "id": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e11", "orderNumber": "ORD-2024-001", "totalAmount": 2250.00,
                    "currency": "INR", "status": "RECEIVED", "items": [{
                        "id": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e12", "productName": "Organic Tomatoes", "sku": "ORG-TOM-001",
                        "quantity": 50, "pricePerUnit": 45.00, "totalPrice": 2250.00
                    }],
                    "customerInfo": {"name": "Customer Name", "email": null, "phone": null},
                    "deliveryAddress": {
                        "street": "123 Main Street", "city": "Bangalore", "state": null, "pincode": "560001", "landmark": null
                    },
                    "source": "API", "notes": null, "cancelReason": null, "closeReason": null, "assignedItems": [], "channel": "oms", "version": 1,
                    "createdAt": "2024-10-08T10:30:00Z", "updatedAt": "2024-10-08T10:30:00Z"
                }],
                "pagination": {"currentPage": 1, "totalPages": 1, "totalItems": 1, "itemsPerPage": 20}
            }
        })),
        (status = 422, description = "A faulty parameter", body = OmsErrorResponse),
    ),
)]
async fn list_orders(call: Call, mut query: Query) -> Result<HttpResponse, ApiError> {
    let status = query.read("status", str::parse);
    let created = query.period("startDate", "endDate");
    let (page, window, counted) = countable_page(query)?;
    let (team, visibility) = (call.actor.team, call.actor.visibility(AREA));
    let Services { sales, procurement, .. } = &**call.services;
    let own = if let Visibility::Own(vendor) = visibility { Some(vendor) } else { None };
    let filter = OrderFilter { status, vendor: own, ..OrderFilter::default() };
    let found = match visibility {
        Visibility::Nothing => Page::empty(counted),
        _ => sales.orders.list(team, filter, &[created], window, counted).await?,
    };
    let ids = found.items.iter().map(|order| OrderId::new(order.id.uuid())).collect();
    let assigned = procurement.assignments.of_orders(team, visibility, ids).await?;
    let pagination = CountablePagination::of(&found, page, window);
    let shown = |order: &SalesOrder| OrderResponse::of(&part_of(order, visibility, &assigned), &assigned);
    let orders = found.items.iter().map(shown).collect();
    Ok(HttpResponse::Ok().json(OrderListResponse::of(OrderList { orders, pagination })))
}

/// What of an order a caller sees: all of it, or the items that are assigned to their vendor, and what those come to.
fn part_of(order: &SalesOrder, visibility: Visibility, assigned: &[Assignment]) -> SalesOrder {
    if visibility == Visibility::All {
        return order.clone();
    }
    let mut part = order.clone();
    part.lines.retain(|line| assigned.iter().any(|it| it.line.id.uuid() == line.id.uuid()));
    // a part of a sum that is in range is in range
    part.totals = Totals::sum(part.lines.iter().map(|line| line.totals)).unwrap_or(order.totals);
    part
}

/// An order that the caller sees, the part of it that they see, and what is assigned of that.
///
/// # Errors
/// [`SalesOrderError::NotFound`], also where nothing of it is the caller's own.
pub(super) async fn visible(
    call: &Call,
    id: SalesOrderId,
) -> Result<(SalesOrder, Vec<Assignment>), ApiError> {
    let (team, visibility) = (call.actor.team, call.actor.visibility(AREA));
    let order = call.services.sales.orders.find(team, OrderRef::Id(id)).await?;
    let ids = vec![OrderId::new(id.uuid())];
    let assigned = call.services.procurement.assignments.of_orders(team, visibility, ids).await?;
    if visibility != Visibility::All && assigned.is_empty() {
        return Err(SalesOrderError::NotFound.into());
    }
    Ok((part_of(&order, visibility, &assigned), assigned))
}

/// Get an order
///
/// A vendor's own people see orders with an item assigned to it.
#[utoipa::path(
    get, path = ONE, operation_id = "getOrder", tag = "Orders",
    responses(
        (status = 200, description = "The order", body = OrderShownResponse, headers(("ETag" = String, description = "Its version"))),
        (status = 404, description = "The team has no such order, or nothing of it is the caller's own", body = OmsErrorResponse, example = json!({
            "success": false, "error": "Order not found", "code": "NOT_FOUND", "errors": {}
        })),
    ),
)]
async fn get_order(call: Call, PathId(id): PathId<SalesOrderId>) -> Result<HttpResponse, ApiError> {
    let (order, assigned) = visible(&call, id).await?;
    let shown = OrderShownResponse::of(OrderResponse::of(&order, &assigned));
    Ok(if_match::tagged(HttpResponse::Ok().json(shown), order.version))
}

/// Cancel an order
///
/// Until some of it is dispatched; what is assigned is released, and its purchase orders are cancelled. Cancelled once more,
/// nothing changes. Orders of tills are cancelled at tills. The body may be left out.
#[utoipa::path(
    post, path = CANCEL, operation_id = "cancelOrder", tag = "Orders",
    params(
        ("If-Match" = Option<String>, Header, description = "The version that is to be cancelled, as `ETag` showed it: `\"3\"`"),
    ),
    responses(
        (status = 200, description = "The order as it is now", body = OrderDoneResponse, headers(("ETag" = String, description = "Its version"))),
        (status = 404, description = "The team has no such order", body = OmsErrorResponse),
        (status = 409, description = "Its status does not allow it, some of it was dispatched, or it came from a till", body = OmsErrorResponse, example = json!({
            "success": false, "error": "The order is FULFILLED, which can't be cancelled", "code": "INVALID_TRANSITION", "errors": {}
        })),
        (status = 412, description = "Its version is none of `If-Match`", body = OmsErrorResponse, example = json!({
            "success": false, "error": "The order was changed meanwhile; read it again", "code": "STALE_VERSION", "errors": {}
        })),
        (status = 422, description = "Faulty fields", body = OmsErrorResponse),
    ),
)]
async fn cancel_order(
    request: HttpRequest,
    call: Call,
    PathId(id): PathId<SalesOrderId>,
    body: JsonBody<CancelOrderRequest>,
) -> Result<HttpResponse, ApiError> {
    end(&call, id, "Order cancelled successfully", if_match::seen(&request), body).await
}

/// Close an order
///
/// Short: what is not dispatched is released. Not while a dispatch is under way, a goods receipt awaits verification, a ticket
/// is OPEN or IN_PROGRESS, or accepted goods have no approved invoice: all that is in the way is named. Closed once more,
/// nothing changes. The body may be left out.
#[utoipa::path(
    post, path = CLOSE, operation_id = "closeOrder", tag = "Orders",
    params(
        ("If-Match" = Option<String>, Header, description = "The version that is to be closed, as `ETag` showed it: `\"3\"`"),
    ),
    responses(
        (status = 200, description = "The order as it is now", body = OrderDoneResponse, headers(("ETag" = String, description = "Its version"))),
        (status = 404, description = "The team has no such order", body = OmsErrorResponse),
        (status = 409, description = "Something of it is open, it is cancelled, or it came from a till", body = OmsErrorResponse, example = json!({
            "success": false, "error": "The order can't be closed: dispatch DSP-2024-001 is under way", "code": "NOT_CLOSABLE",
            "errors": {}
        })),
        (status = 412, description = "Its version is none of `If-Match`", body = OmsErrorResponse),
        (status = 422, description = "Faulty fields", body = OmsErrorResponse),
    ),
)]
async fn close_order(
    request: HttpRequest,
    call: Call,
    PathId(id): PathId<SalesOrderId>,
    body: JsonBody<CloseOrderRequest>,
) -> Result<HttpResponse, ApiError> {
    end(&call, id, "Order closed successfully", if_match::seen(&request), body).await
}

/// Ends an order as the body says, and shows it with what is released of it.
async fn end<B: RequestBody<Domain = Command> + 'static>(
    call: &Call,
    id: SalesOrderId,
    message: &'static str,
    seen: Option<Vec<i64>>,
    body: JsonBody<B>,
) -> Result<HttpResponse, ApiError> {
    let orders = &call.services.sales.orders;
    let written = body.run(call, |context, command| orders.apply(context, OrderRef::Id(id), command, seen));
    let written = written.await?;
    let assigned = visible(call, id).await?.1;
    if_match::send(
        written,
        |order| order.version,
        |order| {
            let shown = OrderResponse::of(order, &assigned);
            json_answer(StatusCode::OK, &OrderDoneResponse::of(message, shown))
        },
    )
}
