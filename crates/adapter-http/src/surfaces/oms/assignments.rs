//! `/api/assignments`, and the assignments of an order.

use kernel::access::{AccessMode, PermissionArea};
use kernel::money::UnitPrice;
use kernel::quantity::{Amount, Quantity};
use procurement::assignment::{Answer, Assignment, AssignmentId, OrderId, Reason};
use procurement::ports::AssignmentFilter;
use procurement::supply::{NewAssignment, OrderSupply, Shortfall, SupplyError, SupplyFault, VendorAnswer};
use rust_decimal::Decimal;
use sales_orders::order::SalesOrderId;

use super::references::{OrderReference, VendorReference};
use super::{CountablePagination, OmsErrorResponse, countable_page};
use crate::openapi::closed_sets as sets;
use crate::openapi::schemas::DayOrTime;
use crate::prelude::*;
use crate::request::field::{ListField, Object};
use crate::response::envelope::envelope;

const OF_ORDER: &str = "/api/orders/{orderId}/assignments";
const ALL: &str = "/api/assignments";
const ONE: &str = "/api/assignments/{assignmentId}";
const CONFIRM: &str = "/api/assignments/{assignmentId}/confirm";

/// The role table's column.
const AREA: PermissionArea = PermissionArea::OrderManagement;

pub(crate) const ROUTES: &[Route] = &[
    route!(GET OF_ORDER => list_assignments_of_order, RoutePolicy::area(AREA, AccessMode::Read)),
    route!(POST OF_ORDER => assign_items(AssignItemsRequest), RoutePolicy::area(AREA, AccessMode::Change)),
    route!(GET ALL => list_assignments, RoutePolicy::area(AREA, AccessMode::Read)),
    route!(GET ONE => get_assignment, RoutePolicy::area(AREA, AccessMode::Read)),
    route!(
        POST CONFIRM => confirm_assignment(ConfirmAssignmentRequest),
        RoutePolicy::area(PermissionArea::Supply, AccessMode::Change)
    ),
];

/// Items of an order to assign, all or none.
#[derive(Deserialize, ToSchema)]
#[schema(example = json!({"assignments": [{
    "orderItemId": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e12", "vendorId": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e21", "quantity": 30
}]}))]
pub(crate) struct AssignItemsRequest {
    #[schema(value_type = Vec<AssignItemRequest>, min_items = 1, max_items = 500)]
    assignments: ListField<Object<AssignItemRequest>>,
}

/// So much of an item, for a vendor.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct AssignItemRequest {
    #[schema(value_type = Uuid)]
    order_item_id: Field<String>,
    #[schema(value_type = Uuid)]
    vendor_id: Field<String>,
    /// More than 0, up to three decimals, at most what is left of the item.
    #[schema(value_type = f64, exclusive_minimum = 0, exclusive_maximum = 1_000_000_000_000_i64)]
    quantity: Field<Decimal>,
}

/// What a vendor says of an assignment.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"confirmedQuantity": 20, "reason": "The rest is not ripe"}))]
pub(crate) struct ConfirmAssignmentRequest {
    /// At most what is assigned; 0 declines.
    #[schema(value_type = f64, minimum = 0, exclusive_maximum = 1_000_000_000_000_i64)]
    confirmed_quantity: Field<Decimal>,
    /// Required where less is confirmed than assigned.
    #[schema(value_type = Option<String>, max_length = 1_000)]
    reason: Field<String>,
}

/// A malformed id and one that does not exist have the same fault.
const UNKNOWN_ITEM: &str = "names no item of the order";
pub(super) const UNKNOWN_VENDOR: &str = "names no vendor of the team";

impl RequestBody for AssignItemsRequest {
    type Domain = Vec<NewAssignment>;
    const WORDING: Wording = Wording::Labelled;

    fn into_domain(self, faults: &mut Faults) -> Option<Vec<NewAssignment>> {
        faults.list("assignments", self.assignments, OrderSupply::MAX_ENTRIES, |entry, faults| {
            let line = faults.field("orderItemId", entry.order_item_id).code("UNKNOWN_ORDER_ITEM");
            let line = line.required(|id| id.parse().map_err(|_| UNKNOWN_ITEM));
            let vendor = faults.field("vendorId", entry.vendor_id).code("UNKNOWN_VENDOR");
            let vendor = vendor.required(|id| id.parse().map_err(|_| UNKNOWN_VENDOR));
            let quantity = faults.field("quantity", entry.quantity).required(Quantity::try_new);
            Some(NewAssignment { line: line?, vendor: vendor?, quantity: quantity? })
        })
    }
}

impl RequestBody for ConfirmAssignmentRequest {
    type Domain = VendorAnswer;
    const WORDING: Wording = Wording::Labelled;

    fn into_domain(self, faults: &mut Faults) -> Option<VendorAnswer> {
        let confirmed = faults.field("confirmedQuantity", self.confirmed_quantity).required(Amount::try_new);
        let reason = faults.field("reason", self.reason).empty_as_null().optional(Reason::try_new);
        Some(VendorAnswer { confirmed: confirmed?, reason })
    }
}

impl DomainError for SupplyError {
    fn wire_faults(&self) -> Vec<Fault> {
        let left = |list: &str, field: &str, short: &Shortfall| {
            let message = format!("is more than is left: {}", short.left);
            Fault::new(format!("{list}.{}.{field}", short.entry), "QUANTITY_NOT_AVAILABLE", message)
        };
        match self {
            Self::Invalid(faults) => faults.iter().map(wire_fault).collect(),
            Self::NotAvailable(short) => short.iter().map(|it| left("assignments", "quantity", it)).collect(),
            Self::NotDispatchable(short) => {
                short.iter().map(|it| left("items", "dispatchedQuantity", it)).collect()
            }
            Self::EmptyPeriods(_) => vec![super::empty_period()],
            _ => Vec::new(),
        }
    }
}

fn wire_fault(fault: &SupplyFault) -> Fault {
    let assigned = |entry: &usize, field, code, message: String| {
        Fault::new(format!("assignments.{entry}.{field}"), code, message)
    };
    let sent = |entry: &usize, field, code, message: String| {
        Fault::new(format!("items.{entry}.{field}"), code, message)
    };
    match fault {
        SupplyFault::UnknownLine { entry } => {
            assigned(entry, "orderItemId", "UNKNOWN_ORDER_ITEM", UNKNOWN_ITEM.to_owned())
        }
        SupplyFault::UnknownVendor { entry } => {
            assigned(entry, "vendorId", "UNKNOWN_VENDOR", UNKNOWN_VENDOR.to_owned())
        }
        SupplyFault::VendorOutOfUse { entry } => {
            assigned(entry, "vendorId", "INACTIVE_VENDOR", "names a vendor that is out of use".to_owned())
        }
        SupplyFault::MoreThanOrdered { entry, ordered } => {
            assigned(entry, "quantity", "OUT_OF_RANGE", format!("is more than was ordered: {ordered}"))
        }
        SupplyFault::MoreThanAssigned { assigned } => {
            Fault::new("confirmedQuantity", "OUT_OF_RANGE", format!("is more than was assigned: {assigned}"))
        }
        SupplyFault::ReasonMissing => {
            Fault::new("reason", "MISSING_FIELD", "Reason is required where less is confirmed than assigned")
        }
        SupplyFault::UnknownOrder => {
            Fault::new("orderId", "UNKNOWN_ORDER", super::purchase_orders::UNKNOWN_ORDER)
        }
        SupplyFault::NoSuchVendor => Fault::new("vendorId", "UNKNOWN_VENDOR", UNKNOWN_VENDOR),
        SupplyFault::UnknownPurchaseOrder => {
            Fault::new("purchaseOrderId", "UNKNOWN_PURCHASE_ORDER", super::dispatches::UNKNOWN_PURCHASE_ORDER)
        }
        SupplyFault::NothingDispatched => Fault::new("items", "OUT_OF_RANGE", "names no item"),
        SupplyFault::UnknownItem { entry } => {
            let message = super::dispatches::UNKNOWN_ITEM.to_owned();
            sent(entry, "assignedOrderItemId", "UNKNOWN_ITEM", message)
        }
        SupplyFault::RepeatedItem { entry } => {
            sent(entry, "assignedOrderItemId", "DUPLICATE_ITEM", "is named by an earlier entry".to_owned())
        }
        SupplyFault::MoreThanConfirmed { entry, confirmed } => sent(
            entry,
            "dispatchedQuantity",
            "OUT_OF_RANGE",
            format!("is more than was confirmed: {confirmed}"),
        ),
    }
}

/// An assignment: so much of an item of an order, for a vendor. Its id is `assignedOrderItemId` elsewhere.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e31",
    "order": {"id": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e11", "orderNumber": "ORD-2024-001"},
    "orderItem": {
        "id": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e12", "productName": "Organic Tomatoes", "sku": "ORG-TOM-001", "quantity": 50,
        "pricePerUnit": 45.00
    },
    "vendor": {"id": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e21", "code": "VEN001", "name": "Vendor Name"},
    "status": "ASSIGNED", "assignedQuantity": 30, "confirmedQuantity": null, "reason": null, "dispatchedQuantity": 0,
    "receivedQuantity": 0, "acceptedQuantity": 0, "purchaseOrderId": null, "assignedAt": "2024-10-08T10:30:00Z",
    "confirmedAt": null
}))]
pub(crate) struct AssignmentResponse {
    #[schema(value_type = Uuid)]
    id: String,
    order: OrderReference,
    order_item: OrderItemReference,
    #[serde(flatten)]
    state: AssignmentState,
}

/// The item of an order that an assignment is of.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct OrderItemReference {
    #[schema(value_type = Uuid)]
    id: String,
    product_name: String,
    #[schema(required)]
    sku: Option<String>,
    /// What was ordered.
    #[schema(value_type = f64)]
    quantity: Quantity,
    #[schema(value_type = f64)]
    price_per_unit: UnitPrice,
}

/// How far an assignment is.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct AssignmentState {
    vendor: VendorReference,
    #[schema(value_type = sets::AssignmentStatus)]
    status: &'static str,
    #[schema(value_type = f64)]
    assigned_quantity: Quantity,
    /// `null` until the vendor answers.
    #[schema(required, value_type = Option<f64>)]
    confirmed_quantity: Option<Amount>,
    /// Why the vendor confirmed less.
    #[schema(required)]
    reason: Option<String>,
    #[schema(value_type = f64)]
    dispatched_quantity: Amount,
    /// Counted at verified receipts.
    #[schema(value_type = f64)]
    received_quantity: Amount,
    #[schema(value_type = f64)]
    accepted_quantity: Amount,
    #[schema(required, value_type = Option<Uuid>)]
    purchase_order_id: Option<String>,
    assigned_at: DateTime<Utc>,
    /// When the vendor answered.
    #[schema(required)]
    confirmed_at: Option<DateTime<Utc>>,
}

impl From<&Assignment> for AssignmentResponse {
    fn from(assignment: &Assignment) -> Self {
        let line = &assignment.line;
        Self {
            id: assignment.id.to_string(),
            order: (&assignment.order).into(),
            order_item: OrderItemReference {
                id: line.id.to_string(),
                product_name: line.product_name.to_string(),
                sku: line.sku.as_ref().map(|sku| sku.as_str().to_owned()),
                quantity: line.quantity,
                price_per_unit: line.unit_price,
            },
            state: assignment.into(),
        }
    }
}

impl From<&Assignment> for AssignmentState {
    fn from(assignment: &Assignment) -> Self {
        let progress = assignment.progress;
        Self {
            vendor: (&assignment.vendor).into(),
            status: assignment.status().as_str(),
            assigned_quantity: assignment.quantity,
            confirmed_quantity: assignment.answer.confirmed(),
            reason: assignment.answer.reason().map(|reason| reason.as_str().to_owned()),
            dispatched_quantity: progress.dispatched,
            received_quantity: progress.received,
            accepted_quantity: progress.accepted,
            purchase_order_id: assignment.purchase_order.map(|order| order.to_string()),
            assigned_at: assignment.assigned_at,
            confirmed_at: assignment.answer.at(),
        }
    }
}

/// What was assigned.
#[derive(Serialize, ToSchema)]
pub(crate) struct AssignedItems {
    assignments: Vec<AssignmentResponse>,
}

/// A page of assignments.
#[derive(Serialize, ToSchema)]
pub(crate) struct AssignmentList {
    assignments: Vec<AssignmentResponse>,
    pagination: CountablePagination,
}

envelope!(
    /// What was assigned, in its envelope.
    ItemsAssignedResponse(AssignedItems, "Items assigned successfully")
);

envelope!(
    /// A page of assignments, in its envelope.
    AssignmentListResponse(AssignmentList)
);

envelope!(
    /// An assignment, in its envelope.
    AssignmentShownResponse(AssignmentResponse)
);

envelope!(
    /// An assignment after the vendor answered, in its envelope.
    AssignmentConfirmedResponse(AssignmentResponse, message)
);

/// Assign items of an order to vendors
///
/// All of the list or none. An item may go to several vendors. Never more than is ordered, less what is accepted and what is
/// on its way: every entry that asks for more is named. The first assignment makes the order `ASSIGNED`.
#[utoipa::path(
    post, path = OF_ORDER, operation_id = "assignItems", tag = "Assignments",
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeating a request with the same key gives the first answer again, for 24 hours")),
    responses(
        (status = 201, description = "The assignments, in the order of the list", body = ItemsAssignedResponse),
        (status = 404, description = "The team has no such order", body = OmsErrorResponse),
        (status = 409, description = "Less is left of an item, the order is cancelled or closed, or it came from a till", body = OmsErrorResponse, example = json!({
            "success": false, "error": "There is not that much left: 30 wanted, 20 left", "code": "QUANTITY_NOT_AVAILABLE",
            "errors": {"assignments.0.quantity": ["is more than is left: 20"]}
        })),
        (status = 422, description = "Faulty fields, unknown items or vendors, more than was ordered", body = OmsErrorResponse),
    ),
)]
async fn assign_items(
    call: Call,
    PathId(id): PathId<SalesOrderId>,
    body: JsonBody<AssignItemsRequest>,
) -> Result<HttpResponse, ApiError> {
    let (assignments, order) = (&call.services.procurement.assignments, OrderId::new(id.uuid()));
    let written = body.once(
        &call,
        |made: &Vec<_>| assigned(made),
        |context, new| assignments.assign(context, order, new),
    );
    send(written.await?, |made| assigned(made))
}

fn assigned(made: &[Assignment]) -> StoredResponse {
    let assignments = made.iter().map(AssignmentResponse::from).collect();
    json_answer(StatusCode::CREATED, &ItemsAssignedResponse::of(AssignedItems { assignments }))
}

/// List the assignments of an order
///
/// The latest first. A vendor's own people see that vendor's alone.
#[utoipa::path(
    get, path = OF_ORDER, operation_id = "listAssignmentsOfOrder", tag = "Assignments",
    params(
        ("page" = Option<u32>, Query, minimum = 1, description = "From 1, which is the default"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 100, description = "Assignments a page: 1 to 100, 20 by default"),
        ("status" = inline(Option<sets::AssignmentStatus>), Query, description = "Only those of this status"),
        ("vendorId" = Option<Uuid>, Query, description = "Only those of this vendor"),
        ("total" = Option<bool>, Query, description = "`false` leaves `totalItems` and `totalPages` out (`null`)"),
    ),
    responses(
        (status = 200, description = "A page of the list", body = AssignmentListResponse),
        (status = 404, description = "The team has no such order, or nothing of it is the caller's own", body = OmsErrorResponse),
        (status = 422, description = "A faulty parameter", body = OmsErrorResponse),
    ),
)]
async fn list_assignments_of_order(
    call: Call,
    PathId(id): PathId<SalesOrderId>,
    mut query: Query,
) -> Result<HttpResponse, ApiError> {
    let filter = AssignmentFilter {
        status: query.read("status", str::parse),
        vendor: query.id("vendorId"),
        order: Some(OrderId::new(id.uuid())),
        ..AssignmentFilter::default()
    };
    let page = countable_page(query)?;
    super::orders::visible(&call, id).await?;
    list(&call, filter, kernel::period::PeriodRequest::default(), page).await
}

/// List assignments
///
/// The latest first. A vendor's own people see that vendor's alone. A date is that whole day of the team's time zone, a time
/// with its offset that instant; both ends are included.
#[utoipa::path(
    get, path = ALL, operation_id = "listAssignments", tag = "Assignments",
    params(
        ("page" = Option<u32>, Query, minimum = 1, description = "From 1, which is the default"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 100, description = "Assignments a page: 1 to 100, 20 by default"),
        ("status" = inline(Option<sets::AssignmentStatus>), Query, description = "Only those of this status"),
        ("vendorId" = Option<Uuid>, Query, description = "Only those of this vendor"),
        ("orderId" = Option<Uuid>, Query, description = "Only those of this order"),
        ("startDate" = inline(Option<DayOrTime>), Query, description = "Assigned then or later", example = "2024-10-01"),
        ("endDate" = inline(Option<DayOrTime>), Query, description = "Assigned then or earlier", example = "2024-10-31"),
        ("total" = Option<bool>, Query, description = "`false` leaves `totalItems` and `totalPages` out (`null`)"),
    ),
    responses(
        (status = 200, description = "A page of the list", body = AssignmentListResponse),
        (status = 422, description = "A faulty parameter", body = OmsErrorResponse),
    ),
)]
async fn list_assignments(call: Call, mut query: Query) -> Result<HttpResponse, ApiError> {
    let filter = AssignmentFilter {
        status: query.read("status", str::parse),
        vendor: query.id("vendorId"),
        order: query.id("orderId"),
        ..AssignmentFilter::default()
    };
    let assigned = query.period("startDate", "endDate");
    let page = countable_page(query)?;
    list(&call, filter, assigned, page).await
}

async fn list(
    call: &Call,
    filter: AssignmentFilter,
    assigned: kernel::period::PeriodRequest,
    (page, window, counted): (u32, kernel::page::Window, bool),
) -> Result<HttpResponse, ApiError> {
    let (team, visibility) = (call.actor.team, call.actor.visibility(AREA));
    let assignments = &call.services.procurement.assignments;
    let found = assignments.list(team, visibility, filter, assigned, (window, counted)).await?;
    let pagination = CountablePagination::of(&found, page, window);
    let assignments = found.items.iter().map(AssignmentResponse::from).collect();
    Ok(HttpResponse::Ok().json(AssignmentListResponse::of(AssignmentList { assignments, pagination })))
}

/// Get an assignment
#[utoipa::path(
    get, path = ONE, operation_id = "getAssignment", tag = "Assignments",
    responses(
        (status = 200, description = "The assignment", body = AssignmentShownResponse),
        (status = 404, description = "The team has no such assignment, or it is not the caller's own", body = OmsErrorResponse),
    ),
)]
async fn get_assignment(call: Call, PathId(id): PathId<AssignmentId>) -> Result<HttpResponse, ApiError> {
    let (team, visibility) = (call.actor.team, call.actor.visibility(AREA));
    let found = call.services.procurement.assignments.find(team, visibility, id).await?;
    Ok(HttpResponse::Ok().json(AssignmentShownResponse::of((&found).into())))
}

/// Confirm or decline an assignment
///
/// By that vendor, or an ADMIN, once. Confirming less than assigned needs a reason and releases the rest. The first
/// confirmation makes the order `PROCESSING`.
#[utoipa::path(
    post, path = CONFIRM, operation_id = "confirmAssignment", tag = "Assignments",
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeating a request with the same key gives the first answer again, for 24 hours")),
    responses(
        (status = 200, description = "The assignment as it is now", body = AssignmentConfirmedResponse),
        (status = 404, description = "The team has no such assignment, or it is not the caller's own", body = OmsErrorResponse),
        (status = 409, description = "It was answered before, or its order has ended", body = OmsErrorResponse, example = json!({
            "success": false, "error": "The assignment was answered before: 20 confirmed", "code": "ALREADY_CONFIRMED", "errors": {}
        })),
        (status = 422, description = "More than is assigned, or less without a reason", body = OmsErrorResponse),
    ),
)]
async fn confirm_assignment(
    call: Call,
    PathId(id): PathId<AssignmentId>,
    body: JsonBody<ConfirmAssignmentRequest>,
) -> Result<HttpResponse, ApiError> {
    let (assignments, by) =
        (&call.services.procurement.assignments, call.actor.visibility(PermissionArea::Supply));
    let written = body.once(&call, confirmed, |context, answer| assignments.confirm(context, by, id, answer));
    send(written.await?, confirmed)
}

fn confirmed(assignment: &Assignment) -> StoredResponse {
    let message = match assignment.answer {
        Answer::Declined { .. } => "Assignment declined",
        _ => "Assignment confirmed successfully",
    };
    json_answer(StatusCode::OK, &AssignmentConfirmedResponse::of(message, assignment.into()))
}
