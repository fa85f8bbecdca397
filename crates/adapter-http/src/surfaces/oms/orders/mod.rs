//! `/api/orders`.

mod dto;

use kernel::access::{AccessMode, PermissionArea, Visibility};
use kernel::page::Window;
use kernel::period::PeriodRequest;
use sales_orders::order::{Placed, SalesOrder, SalesOrderError, SalesOrderId};
use sales_orders::ports::{OrderFilter, OrderPage, OrderRef};

use self::dto::{CancelOrderRequest, CreateOrderRequest, OrderResponse};
use super::{MAX_LIMIT, OmsErrorResponse};
use crate::openapi::closed_sets as sets;
use crate::openapi::schemas::DayOrTime;
use crate::prelude::*;
use crate::request::if_match;
use crate::response::envelope::envelope;

const ALL: &str = "/api/orders";
const ONE: &str = "/api/orders/{orderId}";
const CANCEL: &str = "/api/orders/{orderId}/cancel";

/// The role table's column.
const AREA: PermissionArea = PermissionArea::OrderManagement;

pub(crate) const ROUTES: &[Route] = &[
    route!(GET ALL => list_orders, RoutePolicy::area(AREA, AccessMode::Read)),
    route!(POST ALL => create_order(CreateOrderRequest), RoutePolicy::area(AREA, AccessMode::Change)),
    route!(GET ONE => get_order, RoutePolicy::area(AREA, AccessMode::Read)),
    route!(POST CANCEL => cancel_order(CancelOrderRequest), RoutePolicy::area(AREA, AccessMode::Change)),
];

/// The most bytes of an order of 500 lines.
const MAX_BODY: usize = 1 << 20;

/// A page of orders.
#[derive(Serialize, ToSchema)]
pub(crate) struct OrderList {
    orders: Vec<OrderResponse>,
    pagination: OrderPagination,
}

/// Where a page is in its list.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"currentPage": 1, "totalPages": 5, "totalItems": 100, "itemsPerPage": 20}))]
struct OrderPagination {
    current_page: u32,
    /// `null` with `total=false`.
    #[schema(required)]
    total_pages: Option<u64>,
    /// All orders that fit, counted exactly; `null` with `total=false`.
    #[schema(required)]
    total_items: Option<u64>,
    items_per_page: u32,
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
                "source": "API", "notes": "Special delivery instructions", "cancelReason": null, "assignedItems": [],
                "channel": "oms", "version": 1, "createdAt": "2024-10-08T10:30:00Z", "updatedAt": "2024-10-08T10:30:00Z"
            }
        })),
        (status = 422, description = "Faulty fields: every item without a good price is named", body = OmsErrorResponse, example = json!({
            "success": false, "error": "Validation failed", "errors": {"items.0.pricePerUnit": ["Price per unit is required"]}
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
    let order = OrderResponse::from(&placed.order);
    json_answer(StatusCode::CREATED, &OrderDoneResponse::of("Order created successfully", order))
}

fn cancelled(order: &SalesOrder) -> StoredResponse {
    json_answer(StatusCode::OK, &OrderDoneResponse::of("Order cancelled successfully", order.into()))
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
                    "source": "API", "notes": null, "cancelReason": null, "assignedItems": [], "channel": "oms", "version": 1,
                    "createdAt": "2024-10-08T10:30:00Z", "updatedAt": "2024-10-08T10:30:00Z"
                }],
                "pagination": {"currentPage": 1, "totalPages": 1, "totalItems": 1, "itemsPerPage": 20}
            }
        })),
        (status = 422, description = "A faulty parameter", body = OmsErrorResponse),
    ),
)]
async fn list_orders(call: Call, mut query: Query) -> Result<HttpResponse, ApiError> {
    let filter = OrderFilter { status: query.read("status", str::parse), ..OrderFilter::default() };
    let created = query.period("startDate", "endDate");
    let counted = query.flag("total", true);
    let page = query.page(MAX_LIMIT);
    let (page, window) = query.finish(page)?;
    let found = seen(&call, filter, created, window, counted).await?;
    let pagination = OrderPagination {
        current_page: page,
        total_pages: found.total.map(|total| total.div_ceil(window.limit().into())),
        total_items: found.total,
        items_per_page: window.limit(),
    };
    let orders = found.orders.iter().map(OrderResponse::from).collect();
    Ok(HttpResponse::Ok().json(OrderListResponse::of(OrderList { orders, pagination })))
}

/// Of the orders that fit, those that the caller sees. Nothing is assigned to vendors yet.
async fn seen(
    call: &Call,
    filter: OrderFilter,
    created: PeriodRequest,
    window: Window,
    counted: bool,
) -> Result<OrderPage, SalesOrderError> {
    match call.actor.visibility(AREA) {
        Visibility::All => {
            call.services.sales.orders.list(call.actor.team, filter, &[created], window, counted).await
        }
        Visibility::Own(_) | Visibility::Nothing => {
            Ok(OrderPage { orders: Vec::new(), total: counted.then_some(0) })
        }
    }
}

/// Get an order
///
/// A vendor's own people see orders with an item assigned to it.
#[utoipa::path(
    get, path = ONE, operation_id = "getOrder", tag = "Orders",
    responses(
        (status = 200, description = "The order", body = OrderShownResponse, headers(("ETag" = String, description = "Its version"))),
        (status = 404, description = "The team has no such order, or nothing of it is the caller's own", body = OmsErrorResponse, example = json!({
            "success": false, "error": "Order not found", "errors": {}
        })),
    ),
)]
async fn get_order(call: Call, PathId(id): PathId<SalesOrderId>) -> Result<HttpResponse, ApiError> {
    let order = match call.actor.visibility(AREA) {
        Visibility::All => call.services.sales.orders.find(call.actor.team, OrderRef::Id(id)).await?,
        Visibility::Own(_) | Visibility::Nothing => return Err(SalesOrderError::NotFound.into()),
    };
    let shown = OrderShownResponse::of((&order).into());
    Ok(if_match::tagged(HttpResponse::Ok().json(shown), order.version))
}

/// Cancel an order
///
/// Until some of it is there; cancelled once more, nothing changes. Orders of tills are cancelled at tills. The body may
/// be left out.
#[utoipa::path(
    post, path = CANCEL, operation_id = "cancelOrder", tag = "Orders",
    params(
        ("If-Match" = Option<String>, Header, description = "The version that is to be cancelled, as `ETag` showed it: `\"3\"`"),
    ),
    responses(
        (status = 200, description = "The order as it is now", body = OrderDoneResponse, headers(("ETag" = String, description = "Its version"))),
        (status = 404, description = "The team has no such order", body = OmsErrorResponse),
        (status = 409, description = "Its status does not allow it, or the order came from a till", body = OmsErrorResponse, example = json!({
            "success": false, "error": "The order is FULFILLED, which can't be cancelled", "errors": {}
        })),
        (status = 412, description = "Its version is none of `If-Match`", body = OmsErrorResponse, example = json!({
            "success": false, "error": "The order was changed meanwhile; read it again", "errors": {}
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
    let (orders, seen) = (&call.services.sales.orders, if_match::seen(&request));
    let written = body.run(&call, |context, command| orders.apply(context, OrderRef::Id(id), command, seen));
    if_match::send(written.await?, |order| order.version, cancelled)
}
