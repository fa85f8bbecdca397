//! `/pos/api/orders`.

mod dto;

use actix_web::web::Path;
use kernel::error::ErrorKind;
use kernel::money::Money;
use kernel::page::Window;
use kernel::period::PeriodRequest;
use kernel::write::Written;
use sales_orders::order::{Command, Placed, PosStatus, SalesOrder};
use sales_orders::ports::{OrderFilter, OrderRef};
use sales_orders::values::{CustomerName, Line, Phone};

use self::dto::{
    ChangeOrderRequest, CreateOrderRequest, OrderPage, OrderPageResponse, OrderResponse, OrderShownResponse,
    warnings,
};
use super::{Paging, PosErrorResponse, READERS, WRITERS, numbered};
use crate::openapi::closed_sets as sets;
use crate::openapi::schemas::DayOrTime;
use crate::prelude::*;
use crate::request::field::exact;
use crate::request::if_match;
use crate::response::envelope::DoneResponse;

const ALL: &str = "/pos/api/orders";
const ONE: &str = "/pos/api/orders/{id}";
const BY_STATUS: &str = "/pos/api/orders/status/{status}";
const BY_CUSTOMER: &str = "/pos/api/orders/customer/{customerId}";

pub(crate) const ROUTES: &[Route] = &[
    route!(GET ALL => list_orders, RoutePolicy::granted(Scope::Pos, READERS)),
    route!(POST ALL => create_order(CreateOrderRequest), RoutePolicy::granted(Scope::Pos, WRITERS)),
    route!(GET BY_STATUS => list_orders_by_status, RoutePolicy::granted(Scope::Pos, READERS)),
    route!(GET BY_CUSTOMER => list_orders_by_customer, RoutePolicy::granted(Scope::Pos, READERS)),
    route!(GET ONE => get_order, RoutePolicy::granted(Scope::Pos, READERS)),
    route!(PATCH ONE => change_order(ChangeOrderRequest), RoutePolicy::granted(Scope::Pos, WRITERS)),
    route!(DELETE ONE => delete_order, RoutePolicy::granted(Scope::Pos, WRITERS)),
];

/// The most bytes of an order: 500 lines with notes of some length.
const MAX_BODY: usize = 1 << 20;

/// Create an order
///
/// Every line is priced from the catalogue; amounts of lines are rounded to two decimals, half away from zero, and totals
/// are their sums. Stock is reduced with the order, line by line. Where a product's stock does not suffice, it stays as it
/// is, the order is created all the same, and `warnings` names the line.
#[utoipa::path(
    post, path = ALL, operation_id = "createOrder", tag = "Orders",
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeating a request with the same key gives the first answer again, for 24 hours")),
    responses(
        (status = 201, description = "The order", body = OrderShownResponse, headers(("ETag" = String, description = "Its version")), example = json!({
            "success": true, "message": "Operation successful", "data": {
                "id": 1, "orderNumber": "ORD-20241201-0001", "customerId": 1, "customerName": "John Doe",
                "customerPhone": "+1234567890", "customerEmail": "john@example.com", "subTotal": 25.00, "taxAmount": 2.50,
                "discountAmount": 0.00, "totalAmount": 27.50, "currency": "EUR", "paymentMethod": "Cash",
                "paymentStatus": "Pending", "orderStatus": "Pending", "notes": "Special instructions",
                "orderDate": "2024-12-01T10:30:00Z", "completedDate": null, "createdAt": "2024-12-01T10:30:00Z",
                "updatedAt": "2024-12-01T10:30:00Z", "version": 1, "channel": "pos", "orderItems": [{
                    "id": 1, "orderId": 1, "productId": 1, "productName": "Tomatoes", "unitPrice": 10.00, "quantity": 2,
                    "subTotal": 20.00, "taxAmount": 2.00, "discountAmount": 0.00, "totalAmount": 22.00, "notes": "Extra fresh"
                }, {
                    "id": 2, "orderId": 1, "productId": 3, "productName": "Spinach", "unitPrice": 5.00, "quantity": 1,
                    "subTotal": 5.00, "taxAmount": 0.50, "discountAmount": 0.00, "totalAmount": 5.50, "notes": null
                }],
                "warnings": ["Line 1: only 1 of 2 Tomatoes (TOM-1) in stock; stock was not reduced"]
            }
        })),
        (status = 422, description = "Faulty fields, or products that are not in the catalogue, every one named", body = PosErrorResponse, example = json!({
            "success": false, "message": "Validation failed", "data": null,
            "errors": {"orderItems.0.productId": ["Product 99 is not in the catalogue; send the id of one that is"]}
        })),
    ),
)]
async fn create_order(
    call: Call,
    body: JsonBody<CreateOrderRequest, MAX_BODY>,
) -> Result<HttpResponse, ApiError> {
    let written = body.once(&call, created, |context, new| call.services.sales.orders.create(context, new));
    let written = written.await?;
    if let Written::Done(placed) = &written {
        for warning in warnings(placed) {
            tracing::warn!(order = %placed.order.order_number, "{warning}");
        }
    }
    if_match::send(written, |placed| placed.order.version, created)
}

fn created(placed: &Placed) -> StoredResponse {
    json_answer(StatusCode::CREATED, &OrderShownResponse::of(placed.into()))
}

fn changed(order: &SalesOrder) -> StoredResponse {
    json_answer(StatusCode::OK, &OrderShownResponse::of(order.into()))
}

/// List orders
///
/// The latest first, those of the order API too. A filter that finds nothing at all is 404; without any, an empty list is
/// 200, and so is a page past the last one. A date is that whole day of the team's time zone, a time with its offset that
/// instant, one without it that time on the team's clocks; both ends are included, and both pairs of dates may be given.
#[utoipa::path(
    get, path = ALL, operation_id = "listOrders", tag = "Orders",
    params(
        ("pageNumber" = Option<u32>, Query, minimum = 1, description = "From 1, which is the default"),
        ("pageSize" = Option<u32>, Query, minimum = 1, maximum = 100, description = "Orders a page: 1 to 100, 10 by default"),
        ("orderNumber" = Option<String>, Query, description = "How the order number begins"),
        ("customerName" = Option<String>, Query, description = "What the customer's name contains, in any case"),
        ("customerPhone" = Option<String>, Query, description = "What the customer's telephone number contains, in any case"),
        ("orderStatus" = inline(Option<sets::PosStatus>), Query, description = "`Pending`, `Processing`, `Completed` or `Cancelled`"),
        ("paymentStatus" = inline(Option<sets::PaymentStatus>), Query, description = "`Pending`, `PartiallyPaid`, `Paid`, `Failed` or `Refunded`"),
        ("startDate" = inline(Option<DayOrTime>), Query, description = "Created then or later", example = "2024-12-01"),
        ("endDate" = inline(Option<DayOrTime>), Query, description = "Created then or earlier", example = "2024-12-31"),
        ("orderStartDate" = inline(Option<DayOrTime>), Query, description = "Created then or later", example = "2025-08-28T23:59:59.000Z"),
        ("orderEndDate" = inline(Option<DayOrTime>), Query, description = "Created then or earlier", example = "2025-08-30T23:59:59.999Z"),
        ("minTotal" = Option<f64>, Query, minimum = 0, description = "What an order comes to at least"),
        ("maxTotal" = Option<f64>, Query, minimum = 0, description = "What an order comes to at most"),
        ("total" = Option<bool>, Query, description = "`false` leaves `totalCount` and `totalPages` out (`null`): counting takes longer the more orders there are, the page does not"),
    ),
    responses(
        (status = 200, description = "A page of the list", body = OrderPageResponse),
        (status = 404, description = "The filter finds no orders", body = PosErrorResponse, example = json!({
            "success": false, "message": "No orders found", "data": null
        })),
        (status = 422, description = "A faulty parameter", body = PosErrorResponse, example = json!({
            "success": false, "message": "Validation failed", "data": null,
            "errors": {"pageSize": ["must be between 1 and 100"]}
        })),
    ),
)]
async fn list_orders(call: Call, mut query: Query) -> Result<HttpResponse, ApiError> {
    let filter = OrderFilter {
        pos_status: query.read("orderStatus", str::parse),
        payment_status: query.read("paymentStatus", str::parse),
        order_number: query.read("orderNumber", Line::<100>::try_new).map(|text| text.to_string()),
        customer_name: query.read("customerName", CustomerName::try_new).map(|text| text.to_string()),
        customer_phone: query.read("customerPhone", Phone::try_new).map(|text| text.to_string()),
        min_total: query.read("minTotal", money),
        max_total: query.read("maxTotal", money),
        ..OrderFilter::default()
    };
    if filter.min_total.zip(filter.max_total).is_some_and(|(min, max)| min > max) {
        query.fault("maxTotal", "OUT_OF_RANGE", "must not be less than minTotal");
    }
    let created = dto::PERIODS.map(|(from, end)| query.period(from, end));
    let dated = created.iter().any(|period| period.from.is_some() || period.to.is_some());
    let is_filtered = dated || filter != OrderFilter::default();
    page(&call, query, filter, &created, is_filtered).await
}

/// A sum in a query, which is text.
fn money(text: &str) -> Result<Money, String> {
    let number = exact(text.trim()).ok_or("must be a decimal number")?;
    Money::try_new(number).map_err(|fault| fault.to_string())
}

/// The page of the orders that fit; 404 where a filter finds none at all (`docs/spec/pos.md`, "Lists").
async fn page(
    call: &Call,
    mut query: Query,
    filter: OrderFilter,
    created: &[PeriodRequest],
    is_filtered: bool,
) -> Result<HttpResponse, ApiError> {
    let counted = query.flag("total", true);
    let paging = Paging::read(&mut query);
    let paging = query.finish(paging)?;
    let (orders, team) = (&call.services.sales.orders, call.actor.team);
    let found = orders.list(team, filter.clone(), created, paging.window, counted).await?;
    if is_filtered && found.items.is_empty() {
        let any = match (found.total, first()) {
            (Some(total), _) => total > 0,
            (None, Some(first)) if paging.window.offset() > 0 => {
                !orders.list(team, filter, created, first, false).await?.items.is_empty()
            }
            (None, _) => false,
        };
        if !any {
            return Err(ApiError::new(ErrorKind::NotFound, "NO_ORDERS_FOUND", "No orders found"));
        }
    }
    let items = found.items.iter().map(OrderResponse::from).collect();
    let pages = found.total.map(|total| paging.pages(total));
    Ok(HttpResponse::Ok().json(OrderPageResponse::of(OrderPage::of(paging, items, found.total, pages))))
}

/// A list's first entry.
fn first() -> Option<Window> {
    Window::try_new(0, 1, 1).ok()
}

/// List orders by status
///
/// The latest first.
#[utoipa::path(
    get, path = BY_STATUS, operation_id = "listOrdersByStatus", tag = "Orders",
    params(
        ("status" = inline(sets::PosStatus), Path, description = "`Pending`, `Processing`, `Completed` or `Cancelled`", example = "Pending"),
        ("pageNumber" = Option<u32>, Query, minimum = 1, description = "From 1, which is the default"),
        ("pageSize" = Option<u32>, Query, minimum = 1, maximum = 100, description = "Orders a page: 1 to 100, 10 by default"),
        ("total" = Option<bool>, Query, description = "`false` leaves `totalCount` and `totalPages` out (`null`)"),
    ),
    responses(
        (status = 200, description = "A page of the list", body = OrderPageResponse),
        (status = 404, description = "No orders stand there", body = PosErrorResponse, example = json!({
            "success": false, "message": "No orders found", "data": null
        })),
        (status = 422, description = "An unknown status, or a faulty parameter", body = PosErrorResponse),
    ),
)]
async fn list_orders_by_status(
    call: Call,
    status: Path<String>,
    mut query: Query,
) -> Result<HttpResponse, ApiError> {
    let pos_status = status.parse::<PosStatus>();
    if let Err(fault) = &pos_status {
        query.fault("status", "INVALID_VALUE", fault.to_string());
    }
    let filter = OrderFilter { pos_status: pos_status.ok(), ..OrderFilter::default() };
    page(&call, query, filter, &[], true).await
}

/// List a customer's orders
///
/// The latest first. The number is the caller's own, as orders were created with it.
#[utoipa::path(
    get, path = BY_CUSTOMER, operation_id = "listOrdersByCustomer", tag = "Orders",
    params(
        ("customerId" = i64, Path, description = "The caller's own number for the customer", example = 1),
        ("pageNumber" = Option<u32>, Query, minimum = 1, description = "From 1, which is the default"),
        ("pageSize" = Option<u32>, Query, minimum = 1, maximum = 100, description = "Orders a page: 1 to 100, 10 by default"),
        ("total" = Option<bool>, Query, description = "`false` leaves `totalCount` and `totalPages` out (`null`)"),
    ),
    responses(
        (status = 200, description = "A page of the list", body = OrderPageResponse),
        (status = 404, description = "The customer has no orders", body = PosErrorResponse, example = json!({
            "success": false, "message": "No orders found", "data": null
        })),
        (status = 422, description = "A faulty parameter", body = PosErrorResponse),
    ),
)]
async fn list_orders_by_customer(
    call: Call,
    customer: Path<String>,
    query: Query,
) -> Result<HttpResponse, ApiError> {
    let number = customer.parse().map_err(|_| ApiError::not_found("Customer"))?;
    let filter = OrderFilter { customer_number: Some(number), ..OrderFilter::default() };
    page(&call, query, filter, &[], true).await
}

/// Get an order
#[utoipa::path(
    get, path = ONE, operation_id = "getOrder", tag = "Orders",
    params(("id" = i64, Path, example = 1)),
    responses(
        (status = 200, description = "The order", body = OrderShownResponse, headers(("ETag" = String, description = "Its version"))),
        (status = 404, description = "The team has no such order", body = PosErrorResponse, example = json!({
            "success": false, "message": "Order not found", "data": null
        })),
    ),
)]
async fn get_order(call: Call, id: Path<String>) -> Result<HttpResponse, ApiError> {
    let order = call.services.sales.orders.find(call.actor.team, order(&id)?).await?;
    let shown = OrderShownResponse::of((&order).into());
    Ok(if_match::tagged(HttpResponse::Ok().json(shown), order.version))
}

/// Change an order
///
/// `Pending` may become `Processing`, `Completed` or `Cancelled`; `Processing` may become `Completed` or `Cancelled`. The
/// same status again changes nothing. `Completed` sets `completedDate`; `Cancelled` gives back to stock what was taken.
#[utoipa::path(
    patch, path = ONE, operation_id = "changeOrder", tag = "Orders",
    params(
        ("id" = i64, Path, example = 1),
        ("If-Match" = Option<String>, Header, description = "The version that is to be changed, as `ETag` showed it: `\"3\"`"),
    ),
    responses(
        (status = 200, description = "The order as it is now", body = OrderShownResponse, headers(("ETag" = String, description = "Its version"))),
        (status = 404, description = "The team has no such order", body = PosErrorResponse),
        (status = 409, description = "Its status does not allow it, or the order came from the order API", body = PosErrorResponse, example = json!({
            "success": false, "message": "The order is Completed, which can't become Pending", "data": null
        })),
        (status = 412, description = "Its version is none of `If-Match`", body = PosErrorResponse, example = json!({
            "success": false, "message": "The order was changed meanwhile; read it again", "data": null
        })),
        (status = 422, description = "Faulty fields", body = PosErrorResponse),
    ),
)]
async fn change_order(
    request: HttpRequest,
    call: Call,
    id: Path<String>,
    body: JsonBody<ChangeOrderRequest>,
) -> Result<HttpResponse, ApiError> {
    let which = order(&id)?;
    let change = body.parse()?;
    let (orders, seen) = (&call.services.sales.orders, if_match::seen(&request));
    let written = orders.apply(call.context(), which, Command::Change(change), seen).await?;
    if_match::send(written, |order| order.version, changed)
}

/// Delete an order
///
/// It is gone from every list, its number is never given again, and what it took goes back to stock, if a cancellation has
/// not given it back before.
#[utoipa::path(
    delete, path = ONE, operation_id = "deleteOrder", tag = "Orders",
    params(
        ("id" = i64, Path, example = 1),
        ("If-Match" = Option<String>, Header, description = "The version that is to be deleted, as `ETag` showed it: `\"3\"`"),
    ),
    responses(
        (status = 200, description = "It is deleted", body = DoneResponse),
        (status = 404, description = "The team has no such order", body = PosErrorResponse),
        (status = 409, description = "The order came from the order API", body = PosErrorResponse, example = json!({
            "success": false, "message": "The order came from the order API, where alone it can be changed", "data": null
        })),
        (status = 412, description = "Its version is none of `If-Match`", body = PosErrorResponse),
    ),
)]
async fn delete_order(request: HttpRequest, call: Call, id: Path<String>) -> Result<HttpResponse, ApiError> {
    let (which, seen) = (order(&id)?, if_match::seen(&request));
    call.services.sales.orders.apply(call.context(), which, Command::Delete, seen).await?;
    Ok(HttpResponse::Ok().json(DoneResponse::of("Operation successful")))
}

fn order(text: &str) -> Result<OrderRef, ApiError> {
    numbered(text, "Order").map(OrderRef::Number)
}
