//! Wire types of orders.

use kernel::calendar;
use kernel::json::JsonObject;
use kernel::manufacturing::{OrderNumber, OrderStatus, Priority, Sku};
use kernel::quantity::{Amount, Quantity};
use production_ops::Name;
use production_ops::operation::Operation;
use production_ops::order::{
    CustomFieldsFault, ErpReference, ManufacturingOrder, NewOrder, Notes, OrderChange, OrderRouting,
    Schedule, custom_fields,
};
use production_ops::ports::{OrderSummary, OrderView};
use production_ops::routing::{ChoiceFault, RoutingChoice, RoutingId};
use rust_decimal::Decimal;

use super::super::DepartmentRef;
use crate::openapi::closed_sets as sets;
use crate::prelude::*;

/// A production order to create.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "orderNumber": "ORD-2025-001", "erpReference": "ERP-PO-12345", "productIdentifier": "WIDGET-A-001", "quantity": 100,
    "routingName": "Widget Assembly v1.0", "priority": 1, "scheduledStartDate": "2025-01-20T08:00:00Z",
    "scheduledEndDate": "2025-01-22T17:00:00Z", "notes": "Rush order for customer ABC",
    "customFields": {"customerPO": "CUST-12345", "projectCode": "PROJ-001"}
}))]
pub(crate) struct CreateOrderRequest {
    /// Unique in the team. If left out, `ORD-YYYY-NNN` of the team's year is given; numbers that orders have already are
    /// passed over, and some may be left out.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 100)]
    order_number: Field<String>,
    /// What the ERP calls the order.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 100)]
    erp_reference: Field<String>,
    /// What is made: the `stock_code` of imports and the catalogue's `sku`.
    #[schema(value_type = String, min_length = 1, max_length = 100)]
    product_identifier: Field<String>,
    /// How much of it: more than 0, below 10¹², up to three decimals.
    #[schema(value_type = f64, exclusive_minimum = 0, exclusive_maximum = 1_000_000_000_000_i64)]
    quantity: Field<Decimal>,
    /// The routing; its current version, which the order keeps. This or `routingName` is required.
    #[schema(value_type = Option<Uuid>)]
    routing_id: Field<String>,
    /// The routing by name, in any case. Both given must be of one routing.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 100)]
    routing_name: Field<String>,
    /// 5 is the most urgent; 1 if left out.
    #[schema(value_type = Option<u8>, minimum = 1, maximum = 5)]
    priority: Field<i64>,
    /// When production is to begin. The operations' `scheduledStartTime` are planned from it by their target times.
    #[schema(value_type = Option<DateTime<Utc>>)]
    scheduled_start_date: Field<String>,
    /// When it is to be done, not before it begins. Imports call its day `due_date`.
    #[schema(value_type = Option<DateTime<Utc>>)]
    scheduled_end_date: Field<String>,
    #[schema(value_type = Option<String>, max_length = 10000)]
    notes: Field<String>,
    /// Whatever else is to be kept: at most 20,000 characters as JSON text.
    #[schema(value_type = Option<Map<String, Value>>)]
    custom_fields: Field<JsonObject>,
}

/// What to change of an order; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "status": "cancelled", "notes": "Customer cancellation request", "priority": 5
}))]
pub(crate) struct ChangeOrderRequest {
    /// `pending`, `in_progress`, `on_hold`, `completed` or `cancelled`.
    #[schema(value_type = Option<sets::OrderStatus>)]
    status: Field<String>,
    /// `null` or an empty text clears them.
    #[schema(value_type = Option<String>, max_length = 10000)]
    notes: Field<String>,
    /// 5 is the most urgent.
    #[schema(value_type = Option<u8>, minimum = 1, maximum = 5)]
    priority: Field<i64>,
}

impl RequestBody for CreateOrderRequest {
    type Domain = NewOrder;
    const WORDING: Wording = Wording::Plain;

    fn into_domain(self, faults: &mut Faults) -> Option<NewOrder> {
        let number = faults.field("orderNumber", self.order_number).optional(OrderNumber::try_new);
        let erp_reference = faults.field("erpReference", self.erp_reference).optional(ErpReference::try_new);
        let sku = faults.field("productIdentifier", self.product_identifier);
        let sku = sku.missing_hint("send what is made").required(Sku::try_new);
        let quantity = faults.field("quantity", self.quantity).code("OUT_OF_RANGE");
        let quantity = quantity.missing_hint("send how much is to be made").required(Quantity::try_new);
        let routing = routing_choice(faults, self.routing_id, self.routing_name);
        let priority = priority(faults, self.priority);
        let start = scheduled(faults, "scheduledStartDate", self.scheduled_start_date);
        let end = scheduled(faults, "scheduledEndDate", self.scheduled_end_date);
        let schedule = Schedule::try_new(start, end);
        let schedule = schedule.map_err(|fault| faults.add("scheduledEndDate", "OUT_OF_RANGE", fault));
        let notes = faults.field("notes", self.notes).optional(Notes::read);
        let custom_fields = custom_fields_of(faults, self.custom_fields);
        Some(NewOrder {
            number,
            erp_reference,
            sku: sku?,
            quantity: quantity?,
            routing: routing?,
            priority: priority.unwrap_or(Priority::LEAST),
            schedule: schedule.ok()?,
            notes: notes.flatten(),
            custom_fields,
        })
    }
}

impl RequestBody for ChangeOrderRequest {
    type Domain = OrderChange;
    const WORDING: Wording = Wording::Plain;

    fn into_domain(self, faults: &mut Faults) -> Option<OrderChange> {
        let change = OrderChange {
            status: faults.field("status", self.status).code("UNKNOWN_VALUE").optional(str::parse),
            priority: priority(faults, self.priority),
            notes: faults.field("notes", self.notes).change_or_clear(Notes::read),
        };
        faults.some_change(change, "must have at least one of status, notes, priority")
    }
}

fn routing_choice(faults: &mut Faults, id: Field<String>, name: Field<String>) -> Option<RoutingChoice> {
    let (has_id, has_name) = (id.is_there(), name.is_there());
    let id = faults.field("routingId", id).code("UNKNOWN_ROUTING");
    let id = id.optional(|text| text.parse::<RoutingId>().map_err(|_| ChoiceFault::UnknownId));
    let name = faults.field("routingName", name).optional(Name::try_new);
    if !has_id && !has_name {
        let message = "must be given, or routingName; send one of the team's routings";
        faults.add("routingId", "MISSING_FIELD", message);
    }
    match (id, name) {
        (Some(id), None) if !has_name => Some(RoutingChoice::Id(id)),
        (None, Some(name)) if !has_id => Some(RoutingChoice::Named(name)),
        (Some(id), Some(name)) => Some(RoutingChoice::Both(id, name)),
        _ => None,
    }
}

fn priority(faults: &mut Faults, field: Field<i64>) -> Option<Priority> {
    let read = |number: i64| Priority::try_new(u8::try_from(number).unwrap_or(0));
    faults.field("priority", field).code("OUT_OF_RANGE").optional(read)
}

fn scheduled(faults: &mut Faults, name: &str, field: Field<String>) -> Option<DateTime<Utc>> {
    faults.field(name, field).code("INVALID_DATE").optional(calendar::moment)
}

fn custom_fields_of(faults: &mut Faults, field: Field<JsonObject>) -> Option<JsonObject> {
    let fields = faults.field("customFields", field).given()?;
    let read = custom_fields(&fields).map_err(|fault| {
        let is_nul = matches!(fault, CustomFieldsFault::Nul(_));
        faults.add("customFields", if is_nul { "INVALID_CHARACTER" } else { "OUT_OF_RANGE" }, fault);
    });
    read.ok()
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
pub(crate) struct CreatedOrderResponse {
    #[schema(value_type = Uuid)]
    id: String,
    order_number: String,
    #[schema(required)]
    erp_reference: Option<String>,
    product_identifier: String,
    #[schema(value_type = f64)]
    quantity: Quantity,
    #[schema(required, value_type = Option<Uuid>)]
    routing_id: Option<String>,
    priority: u8,
    #[schema(value_type = sets::OrderStatus)]
    status: &'static str,
    #[schema(required)]
    scheduled_start_date: Option<DateTime<Utc>>,
    #[schema(required)]
    scheduled_end_date: Option<DateTime<Utc>>,
    #[schema(required)]
    notes: Option<String>,
    #[schema(required, value_type = Option<Map<String, Value>>)]
    custom_fields: Option<JsonObject>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    work_order_operations: Vec<NewOperation>,
}

/// An operation of a new order.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct NewOperation {
    #[schema(value_type = Uuid)]
    id: String,
    operation_number: i32,
    operation_name: String,
    #[schema(value_type = sets::OperationStatus)]
    status: &'static str,
    #[schema(value_type = Uuid)]
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
pub(crate) struct OrderResponse {
    #[schema(value_type = Uuid)]
    id: String,
    order_number: String,
    #[schema(required)]
    erp_reference: Option<String>,
    product_identifier: String,
    #[schema(value_type = f64)]
    quantity: Quantity,
    /// How much of it is good, once the order is completed.
    #[schema(required, value_type = Option<f64>)]
    quantity_completed: Option<Amount>,
    #[schema(value_type = sets::OrderStatus)]
    status: &'static str,
    priority: u8,
    #[schema(required)]
    scheduled_start_date: Option<DateTime<Utc>>,
    #[schema(required)]
    scheduled_end_date: Option<DateTime<Utc>>,
    #[schema(required)]
    actual_start_date: Option<DateTime<Utc>>,
    #[schema(required)]
    actual_end_date: Option<DateTime<Utc>>,
    /// The version the order was made with, and keeps.
    #[schema(required)]
    routing: Option<RoutingRef>,
    #[schema(required)]
    notes: Option<String>,
    #[schema(required, value_type = Option<Map<String, Value>>)]
    custom_fields: Option<JsonObject>,
    work_order_operations: Vec<OperationOfOrder>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

/// A version of a routing.
#[derive(Serialize, ToSchema)]
struct RoutingRef {
    #[schema(value_type = Uuid)]
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
    #[schema(value_type = Uuid)]
    id: String,
    operation_number: i32,
    operation_name: String,
    department: DepartmentRef,
    #[schema(value_type = sets::OperationStatus)]
    status: &'static str,
    #[schema(required)]
    actual_start_time: Option<DateTime<Utc>>,
    #[schema(required)]
    actual_end_time: Option<DateTime<Utc>>,
    #[schema(required, value_type = Option<Uuid>)]
    operator_id: Option<String>,
    #[schema(value_type = f64)]
    quantity_completed: Amount,
    #[schema(value_type = f64)]
    quantity_rejected: Amount,
    #[schema(required, value_type = Option<Map<String, Value>>)]
    captured_data: Option<JsonObject>,
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
pub(crate) struct OrderListResponse {
    pub(super) orders: Vec<ListedOrder>,
    pub(super) pagination: OrderPagination,
}

/// Where a part of the list stands.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"total": 150, "limit": 50, "offset": 0, "hasMore": true}))]
pub(crate) struct OrderPagination {
    /// All orders that match, counted exactly; `null` with `total=false`.
    #[schema(required)]
    pub(super) total: Option<u64>,
    pub(super) limit: u32,
    pub(super) offset: u32,
    pub(super) has_more: bool,
}

/// An order as the list shows it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e66", "orderNumber": "ORD-2025-001", "erpReference": "ERP-PO-12345",
    "productIdentifier": "WIDGET-A-001", "quantity": 100, "status": "in_progress", "priority": 1,
    "scheduledStartDate": "2025-01-20T08:00:00Z", "scheduledEndDate": "2025-01-22T17:00:00Z",
    "actualStartDate": "2025-01-20T08:15:00Z", "currentOperation": {
        "id": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e77", "operationNumber": 2, "operationName": "Quality Check",
        "status": "in_progress"
    }, "progress": {"completedOperations": 1, "totalOperations": 4, "percentComplete": 25},
    "createdAt": "2025-01-15T10:30:00Z"
}))]
pub(crate) struct ListedOrder {
    #[schema(value_type = Uuid)]
    id: String,
    order_number: String,
    #[schema(required)]
    erp_reference: Option<String>,
    product_identifier: String,
    #[schema(value_type = f64)]
    quantity: Quantity,
    #[schema(value_type = sets::OrderStatus)]
    status: &'static str,
    priority: u8,
    #[schema(required)]
    scheduled_start_date: Option<DateTime<Utc>>,
    #[schema(required)]
    scheduled_end_date: Option<DateTime<Utc>>,
    #[schema(required)]
    actual_start_date: Option<DateTime<Utc>>,
    /// The first operation that is not completed; none once all are.
    #[schema(required)]
    current_operation: Option<CurrentOperation>,
    progress: OrderProgress,
    created_at: DateTime<Utc>,
}

/// The operation that an order is at.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct CurrentOperation {
    #[schema(value_type = Uuid)]
    id: String,
    operation_number: i32,
    operation_name: String,
    #[schema(value_type = sets::OperationStatus)]
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
            scheduled_end_date: order.scheduled_end,
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

#[cfg(test)]
mod tests;
