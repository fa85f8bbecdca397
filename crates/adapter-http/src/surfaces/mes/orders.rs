//! `/api/v1/orders`.

use actix_web::http::StatusCode;
use actix_web::web::{Path, Payload};
use actix_web::{HttpRequest, HttpResponse};
use chrono::{DateTime, Utc};
use kernel::access::{Role, Scope};
use kernel::manufacturing::{OrderId, OrderStatus, Sku};
use kernel::quantity::{Amount, Quantity};
use kernel::write::StoredResponse;
use production_ops::operation::Operation;
use production_ops::order::{ErpReference, ManufacturingOrder, OrderDraft, OrderPatch, OrderRouting};
use production_ops::ports::{OrderFilter, OrderSort, OrderSummary, OrderView};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::{DepartmentRef, MAX_LIMIT, MesErrorResponse};
use crate::request::call::Call;
use crate::request::idempotency::{claim, json_answer, key, once, send};
use crate::request::json_body::JsonBody;
use crate::request::query::Query;
use crate::response::errors::ApiError;
use crate::routes::{Route, RoutePolicy, route};

const ALL: &str = "/api/v1/orders";
const ONE: &str = "/api/v1/orders/{orderId}";

const READERS: &[Role] = &[Role::Admin, Role::Ops, Role::Accounts, Role::Operator];
const WRITERS: &[Role] = &[Role::Admin, Role::Ops];

pub(crate) const ROUTES: &[Route] = &[
    route!(GET ALL => list_orders, RoutePolicy::granted(Scope::OrdersRead, READERS)),
    route!(POST ALL => create_order, RoutePolicy::granted(Scope::OrdersWrite, WRITERS)),
    route!(GET ONE => get_order, RoutePolicy::granted(Scope::OrdersRead, READERS)),
    route!(PATCH ONE => change_order, RoutePolicy::granted(Scope::OrdersWrite, WRITERS)),
];

/// A production order to create.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the body that `create_order` reads")]
#[schema(rename_all = "camelCase", example = json!({
    "orderNumber": "ORD-2025-001", "erpReference": "ERP-PO-12345", "productIdentifier": "WIDGET-A-001", "quantity": 100,
    "routingName": "Widget Assembly v1.0", "priority": 1, "scheduledStartDate": "2025-01-20T08:00:00Z",
    "scheduledEndDate": "2025-01-22T17:00:00Z", "notes": "Rush order for customer ABC",
    "customFields": {"customerPO": "CUST-12345", "projectCode": "PROJ-001"}
}))]
pub(super) struct CreateOrderRequest {
    /// At most 100 characters, unique in the team. If left out, `ORD-YYYY-NNN` of the team's year is given; numbers that
    /// orders have already are passed over, and some may be left out.
    order_number: Option<String>,
    /// What the ERP calls the order; at most 100 characters.
    erp_reference: Option<String>,
    /// What is made: the `stock_code` of imports and the catalogue's `sku`. Required.
    product_identifier: Option<String>,
    /// How much of it: more than 0, below 10¹², up to three decimals. Required.
    quantity: Option<f64>,
    /// The routing; its current version, which the order keeps. This or `routingName` is required.
    routing_id: Option<String>,
    /// The routing by name, in any case. Both given must be of one routing.
    routing_name: Option<String>,
    /// 1 to 5, 5 the most urgent; 1 if left out.
    priority: Option<u8>,
    /// When production is to begin. The operations' `scheduledStartTime` are laid out from it by their target times.
    scheduled_start_date: Option<DateTime<Utc>>,
    /// When it is to be done, not before it begins. Imports call its day `due_date`.
    scheduled_end_date: Option<DateTime<Utc>>,
    /// At most 10,000 characters.
    notes: Option<String>,
    /// Whatever else is to be kept: at most 20,000 characters as JSON text.
    custom_fields: Option<Map<String, Value>>,
}

/// What to change of an order; what is left out stays.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the body that `change_order` reads")]
#[schema(rename_all = "camelCase", example = json!({
    "status": "cancelled", "notes": "Customer cancellation request", "priority": 5
}))]
pub(super) struct ChangeOrderRequest {
    /// `pending`, `in_progress`, `on_hold`, `completed` or `cancelled`.
    status: Option<String>,
    /// `null` or an empty text clears them.
    notes: Option<String>,
    /// 1 to 5, 5 the most urgent.
    priority: Option<u8>,
}

/// A new order.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e66", "orderNumber": "ORD-2025-001", "erpReference": "ERP-PO-12345",
    "productIdentifier": "WIDGET-A-001", "quantity": 100, "routingId": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e55",
    "priority": 1, "status": "pending", "scheduledStartDate": "2025-01-20T08:00:00Z",
    "scheduledEndDate": "2025-01-22T17:00:00Z", "notes": "Rush order for customer ABC",
    "customFields": {"customerPO": "CUST-12345", "projectCode": "PROJ-001"}, "createdAt": "2025-01-15T10:30:00Z",
    "updatedAt": "2025-01-15T10:30:00Z", "workOrderOperations": [{
        "id": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e77", "operationNumber": 1, "operationName": "Assembly Station 1",
        "status": "pending", "departmentId": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e11"
    }]
}))]
pub(super) struct CreatedOrderResponse {
    id: String,
    order_number: String,
    erp_reference: Option<String>,
    product_identifier: String,
    #[schema(value_type = f64)]
    quantity: Quantity,
    routing_id: Option<String>,
    priority: u8,
    status: &'static str,
    scheduled_start_date: Option<DateTime<Utc>>,
    scheduled_end_date: Option<DateTime<Utc>>,
    notes: Option<String>,
    custom_fields: Option<Map<String, Value>>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    work_order_operations: Vec<NewOperation>,
}

/// An operation of a new order.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct NewOperation {
    id: String,
    operation_number: i32,
    operation_name: String,
    status: &'static str,
    department_id: String,
}

impl From<&OrderView> for CreatedOrderResponse {
    fn from(OrderView { order, .. }: &OrderView) -> Self {
        let operation = |operation: &Operation| NewOperation {
            id: operation.id.to_string(),
            operation_number: operation.number,
            operation_name: operation.name.as_str().to_owned(),
            status: operation.status.as_str(),
            department_id: operation.department.to_string(),
        };
        Self {
            id: order.id.to_string(),
            order_number: order.number.as_str().to_owned(),
            erp_reference: reference(order),
            product_identifier: order.sku.as_str().to_owned(),
            quantity: order.quantity,
            routing_id: order.routing.as_ref().map(|routing| routing.id.to_string()),
            priority: order.priority.value(),
            status: order.status.as_str(),
            scheduled_start_date: order.scheduled_start,
            scheduled_end_date: order.scheduled_end,
            notes: notes(order),
            custom_fields: order.custom_fields.clone(),
            created_at: order.created_at,
            updated_at: order.updated_at,
            work_order_operations: order.operations.iter().map(operation).collect(),
        }
    }
}

/// An order with its operations.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e66", "orderNumber": "ORD-2025-001", "erpReference": "ERP-PO-12345",
    "productIdentifier": "WIDGET-A-001", "quantity": 100, "quantityCompleted": null, "status": "in_progress",
    "priority": 1, "scheduledStartDate": "2025-01-20T08:00:00Z", "scheduledEndDate": "2025-01-22T17:00:00Z",
    "actualStartDate": "2025-01-20T08:15:00Z", "actualEndDate": null,
    "routing": {"id": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e55", "name": "Widget Assembly v1.0", "version": "1.0"},
    "notes": null, "customFields": null, "workOrderOperations": [{
        "id": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e77", "operationNumber": 1, "operationName": "Assembly Station 1",
        "department": {"id": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e11", "name": "Assembly"}, "status": "completed",
        "actualStartTime": "2025-01-20T08:15:00Z", "actualEndTime": "2025-01-20T09:45:00Z",
        "operatorId": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e44", "quantityCompleted": 100, "quantityRejected": 0,
        "capturedData": {"torqueReading": 45.2, "qualityCheck": true}
    }], "createdAt": "2025-01-15T10:30:00Z", "updatedAt": "2025-01-20T09:45:00Z"
}))]
pub(super) struct OrderResponse {
    id: String,
    order_number: String,
    erp_reference: Option<String>,
    product_identifier: String,
    #[schema(value_type = f64)]
    quantity: Quantity,
    /// How much of it is good, once the order is completed.
    #[schema(value_type = Option<f64>)]
    quantity_completed: Option<Amount>,
    status: &'static str,
    priority: u8,
    scheduled_start_date: Option<DateTime<Utc>>,
    scheduled_end_date: Option<DateTime<Utc>>,
    actual_start_date: Option<DateTime<Utc>>,
    actual_end_date: Option<DateTime<Utc>>,
    /// The version the order was made with, and keeps.
    routing: Option<RoutingRef>,
    notes: Option<String>,
    custom_fields: Option<Map<String, Value>>,
    work_order_operations: Vec<OperationOfOrder>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

/// A version of a routing.
#[derive(Serialize, ToSchema)]
struct RoutingRef {
    id: String,
    name: String,
    version: String,
}

impl From<&OrderRouting> for RoutingRef {
    fn from(routing: &OrderRouting) -> Self {
        Self {
            id: routing.id.to_string(),
            name: routing.name.as_str().to_owned(),
            version: routing.version.to_string(),
        }
    }
}

/// An operation as its order shows it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct OperationOfOrder {
    id: String,
    operation_number: i32,
    operation_name: String,
    department: DepartmentRef,
    status: &'static str,
    actual_start_time: Option<DateTime<Utc>>,
    actual_end_time: Option<DateTime<Utc>>,
    operator_id: Option<String>,
    #[schema(value_type = f64)]
    quantity_completed: Amount,
    #[schema(value_type = f64)]
    quantity_rejected: Amount,
    captured_data: Option<Map<String, Value>>,
}

impl From<&OrderView> for OrderResponse {
    fn from(OrderView { order, departments }: &OrderView) -> Self {
        let operation = |operation: &Operation| OperationOfOrder {
            id: operation.id.to_string(),
            operation_number: operation.number,
            operation_name: operation.name.as_str().to_owned(),
            department: DepartmentRef::of(operation.department, departments.get(&operation.department)),
            status: operation.status.as_str(),
            actual_start_time: operation.actual_start,
            actual_end_time: operation.actual_end,
            operator_id: operation.operator.map(|operator| operator.to_string()),
            quantity_completed: operation.quantities.good,
            quantity_rejected: operation.quantities.rejected,
            captured_data: operation.captured.clone(),
        };
        Self {
            id: order.id.to_string(),
            order_number: order.number.as_str().to_owned(),
            erp_reference: reference(order),
            product_identifier: order.sku.as_str().to_owned(),
            quantity: order.quantity,
            quantity_completed: order.quantity_completed,
            status: order.status.as_str(),
            priority: order.priority.value(),
            scheduled_start_date: order.scheduled_start,
            scheduled_end_date: order.scheduled_end,
            actual_start_date: order.actual_start,
            actual_end_date: order.actual_end,
            routing: order.routing.as_ref().map(RoutingRef::from),
            notes: notes(order),
            custom_fields: order.custom_fields.clone(),
            work_order_operations: order.operations.iter().map(operation).collect(),
            created_at: order.created_at,
            updated_at: order.updated_at,
        }
    }
}

fn reference(order: &ManufacturingOrder) -> Option<String> {
    order.erp_reference.as_ref().map(|reference| reference.as_str().to_owned())
}

fn notes(order: &ManufacturingOrder) -> Option<String> {
    order.notes.as_ref().map(|notes| notes.as_str().to_owned())
}

/// A part of the list of orders.
#[derive(Serialize, ToSchema)]
pub(super) struct OrderListResponse {
    orders: Vec<ListedOrder>,
    pagination: OrderPagination,
}

/// Where a part of the list stands.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"total": 150, "limit": 50, "offset": 0, "hasMore": true}))]
struct OrderPagination {
    /// All orders that match, counted exactly; `null` with `total=false`.
    total: Option<u64>,
    limit: u32,
    offset: u32,
    has_more: bool,
}

/// An order as the list shows it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e66", "orderNumber": "ORD-2025-001", "erpReference": "ERP-PO-12345",
    "productIdentifier": "WIDGET-A-001", "quantity": 100, "status": "in_progress", "priority": 1,
    "scheduledStartDate": "2025-01-20T08:00:00Z", "actualStartDate": "2025-01-20T08:15:00Z", "currentOperation": {
        "id": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e77", "operationNumber": 2, "operationName": "Quality Check",
        "status": "in_progress"
    }, "progress": {"completedOperations": 1, "totalOperations": 4, "percentComplete": 25},
    "createdAt": "2025-01-15T10:30:00Z"
}))]
struct ListedOrder {
    id: String,
    order_number: String,
    erp_reference: Option<String>,
    product_identifier: String,
    #[schema(value_type = f64)]
    quantity: Quantity,
    status: &'static str,
    priority: u8,
    scheduled_start_date: Option<DateTime<Utc>>,
    actual_start_date: Option<DateTime<Utc>>,
    /// The first operation that is not completed; none once all are.
    current_operation: Option<CurrentOperation>,
    progress: OrderProgress,
    created_at: DateTime<Utc>,
}

/// The operation that an order is at.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct CurrentOperation {
    id: String,
    operation_number: i32,
    operation_name: String,
    status: &'static str,
}

/// How far an order is.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct OrderProgress {
    completed_operations: u32,
    total_operations: u32,
    /// Completed of all, rounded; of an order without operations 100 once it is completed, else 0.
    percent_complete: u32,
}

impl From<&OrderSummary> for ListedOrder {
    fn from(order: &OrderSummary) -> Self {
        let without_operations = if order.status == OrderStatus::Completed { 100 } else { 0 };
        Self {
            id: order.id.to_string(),
            order_number: order.number.as_str().to_owned(),
            erp_reference: order.erp_reference.as_ref().map(|reference| reference.as_str().to_owned()),
            product_identifier: order.sku.as_str().to_owned(),
            quantity: order.quantity,
            status: order.status.as_str(),
            priority: order.priority.value(),
            scheduled_start_date: order.scheduled_start,
            actual_start_date: order.actual_start,
            current_operation: order.current.as_ref().map(|current| CurrentOperation {
                id: current.id.to_string(),
                operation_number: current.number,
                operation_name: current.name.as_str().to_owned(),
                status: current.status.as_str(),
            }),
            progress: OrderProgress {
                completed_operations: order.progress.completed,
                total_operations: order.progress.total,
                percent_complete: order.progress.percent().unwrap_or(without_operations),
            },
            created_at: order.created_at,
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
        ("status" = Option<String>, Query, description = "`pending`, `in_progress`, `on_hold`, `completed` or `cancelled`"),
        ("fromDate" = Option<String>, Query, description = "Created then or later: a date is that whole day of the team, a time with offset that instant"),
        ("toDate" = Option<String>, Query, description = "Created then or earlier, likewise"),
        ("erpReference" = Option<String>, Query, description = "Of this ERP reference, exactly"),
        ("productIdentifier" = Option<String>, Query, description = "Of this product, exactly"),
        ("limit" = Option<u32>, Query, description = "1 to 500, 50 by default"),
        ("offset" = Option<u32>, Query, description = "Orders left out before the first one given"),
        ("total" = Option<bool>, Query, description = "`false` leaves `total` out (`null`): counting takes longer the more orders there are, the page does not"),
        ("sort" = Option<String>, Query, description = "`createdAt` (default), `scheduledStartDate` or `priority`"),
        ("order" = Option<String>, Query, description = "`asc`, or `desc` (default). Orders without a scheduled start come last ascending and first descending"),
    ),
    responses(
        (status = 200, description = "A part of the list", body = OrderListResponse),
        (status = 422, description = "A faulty parameter", body = MesErrorResponse),
    ),
    security(("bearer" = ["orders:read"], "team" = []))
)]
pub(crate) async fn list_orders(request: HttpRequest, call: Call) -> Result<HttpResponse, ApiError> {
    let mut query = Query::of(&request)?;
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
    let window = query.window(MAX_LIMIT);
    let window = query.finish(window)?;
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
/// as imports make; `order.created` is told.
#[utoipa::path(
    post, path = ALL, operation_id = "createOrder", tag = "Orders",
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeating a request with the same key gives the first answer again, for 24 hours")),
    request_body = CreateOrderRequest,
    responses(
        (status = 201, description = "The order", body = CreatedOrderResponse),
        (status = 409, description = "Another order has the number", body = MesErrorResponse),
        (status = 422, description = "Faulty fields, or a routing that is unknown, out of use or not the one named", body = MesErrorResponse),
    ),
    security(("bearer" = ["orders:write"], "team" = []))
)]
pub(crate) async fn create_order(
    request: HttpRequest,
    call: Call,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    let body = JsonBody::read(&request, payload).await?;
    let claim = claim(&request, key(&request)?, body.hash());
    let written = once(&call, claim, created, |context| async {
        let mut fields = body.fields()?;
        let draft = OrderDraft {
            order_number: fields.text("orderNumber"),
            erp_reference: fields.text("erpReference"),
            product_identifier: fields.text("productIdentifier"),
            quantity: fields.decimal("quantity"),
            routing_id: fields.text("routingId"),
            routing_name: fields.text("routingName"),
            priority: fields.integer("priority"),
            scheduled_start_date: fields.text("scheduledStartDate"),
            scheduled_end_date: fields.text("scheduledEndDate"),
            notes: fields.text("notes"),
            custom_fields: fields.object("customFields"),
        };
        fields.finish(|| draft.validate()).map_err(|error| body.explain(error))?;
        let created = call.services.plant.orders.create(context, &draft).await;
        created.map_err(|error| body.explain(error))
    });
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
    params(("orderId" = String, Path)),
    responses(
        (status = 200, description = "The order with its operations", body = OrderResponse),
        (status = 404, description = "The team has no such order", body = MesErrorResponse),
    ),
    security(("bearer" = ["orders:read"], "team" = []))
)]
pub(crate) async fn get_order(call: Call, id: Path<String>) -> Result<HttpResponse, ApiError> {
    let view = call.services.plant.orders.find(call.actor.team, order_id(&id)?).await?;
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
    params(("orderId" = String, Path)),
    request_body = ChangeOrderRequest,
    responses(
        (status = 200, description = "The order as it is now", body = OrderResponse),
        (status = 404, description = "The team has no such order", body = MesErrorResponse),
        (status = 409, description = "Its status does not allow it; `details` has it in `status`, and what it allows in `allowedStatuses`", body = MesErrorResponse),
        (status = 422, description = "Faulty fields", body = MesErrorResponse),
    ),
    security(("bearer" = ["orders:write"], "team" = []))
)]
pub(crate) async fn change_order(
    request: HttpRequest,
    call: Call,
    id: Path<String>,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    let id = order_id(&id)?;
    let body = JsonBody::read(&request, payload).await?;
    let mut fields = body.fields()?;
    let patch = OrderPatch {
        status: fields.text("status"),
        priority: fields.integer("priority"),
        notes: fields.clearable_text("notes"),
    };
    fields.finish(|| patch.validate()).map_err(|error| body.explain(error))?;
    let written = call.services.plant.orders.change(call.context(), id, &patch).await;
    send(written.map_err(|error| body.explain(error))?, shown)
}

fn order_id(text: &str) -> Result<OrderId, ApiError> {
    text.parse().map_err(|_| ApiError::not_found("Order"))
}
