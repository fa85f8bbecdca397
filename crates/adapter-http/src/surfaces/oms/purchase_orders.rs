//! `/api/purchase-orders`.

use kernel::access::{AccessMode, PermissionArea};
use kernel::email::Email;
use kernel::id::VendorId;
use kernel::money::{Money, UnitPrice};
use kernel::quantity::{Amount, Quantity};
use procurement::assignment::{OrderId, VendorRef};
use procurement::ports::{Ordered, PurchaseOrderFilter};
use procurement::purchase_order::{PurchaseOrder, PurchaseOrderId, PurchaseOrderItem};

use super::assignments::UNKNOWN_VENDOR;
use super::references::OrderReference;
use super::{CountablePagination, OmsErrorResponse, countable_page};
use crate::openapi::closed_sets as sets;
use crate::openapi::schemas::DayOrTime;
use crate::prelude::*;
use crate::response::envelope::envelope;

const ALL: &str = "/api/purchase-orders";
const ONE: &str = "/api/purchase-orders/{purchaseOrderId}";

/// The role table's column.
const AREA: PermissionArea = PermissionArea::OrderManagement;

pub(crate) const ROUTES: &[Route] = &[
    route!(GET ALL => list_purchase_orders, RoutePolicy::area(AREA, AccessMode::Read)),
    route!(POST ALL => create_purchase_order(CreatePurchaseOrderRequest), RoutePolicy::area(AREA, AccessMode::Change)),
    route!(GET ONE => get_purchase_order, RoutePolicy::area(AREA, AccessMode::Read)),
];

/// Whom to order from, and for which order.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "orderId": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e11", "vendorId": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e21"
}))]
pub(crate) struct CreatePurchaseOrderRequest {
    #[schema(value_type = Uuid)]
    order_id: Field<String>,
    #[schema(value_type = Uuid)]
    vendor_id: Field<String>,
}

pub(super) const UNKNOWN_ORDER: &str = "names no order of the team";

impl RequestBody for CreatePurchaseOrderRequest {
    type Domain = (OrderId, VendorId);
    const WORDING: Wording = Wording::Labelled;

    fn into_domain(self, faults: &mut Faults) -> Option<Self::Domain> {
        let order = faults.field("orderId", self.order_id).code("UNKNOWN_ORDER");
        let order = order.required(|id| id.parse().map_err(|_| UNKNOWN_ORDER));
        let vendor = faults.field("vendorId", self.vendor_id).code("UNKNOWN_VENDOR");
        let vendor = vendor.required(|id| id.parse().map_err(|_| UNKNOWN_VENDOR));
        Some((order?, vendor?))
    }
}

/// A purchase order.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e41", "poNumber": "PO-2024-001",
    "order": {"id": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e11", "orderNumber": "ORD-2024-001"},
    "vendor": {
        "id": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e21", "code": "VEN001", "name": "Vendor Name", "email": "vendor@example.com"
    },
    "status": "ISSUED", "items": [{
        "id": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e31", "assignedOrderItemId": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e31",
        "orderItemId": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e12", "productName": "Organic Tomatoes", "sku": "ORG-TOM-001",
        "quantity": 20, "unitPrice": 45.00, "totalPrice": 900.00, "dispatchedQuantity": 0, "receivedQuantity": 0,
        "acceptedQuantity": 0
    }],
    "totalAmount": 900.00, "currency": "EUR", "createdAt": "2024-10-08T10:30:00Z", "updatedAt": "2024-10-08T10:30:00Z"
}))]
pub(crate) struct PurchaseOrderResponse {
    #[schema(value_type = Uuid)]
    id: String,
    /// `PO-YYYY-NNN` of the team's year.
    po_number: String,
    order: OrderReference,
    vendor: OrderedFrom,
    #[schema(value_type = sets::PurchaseOrderStatus)]
    status: &'static str,
    items: Vec<PurchaseOrderItemResponse>,
    #[schema(value_type = f64)]
    total_amount: Money,
    currency: String,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

/// The vendor that is ordered from.
#[derive(Serialize, ToSchema)]
struct OrderedFrom {
    #[schema(value_type = Uuid)]
    id: String,
    code: String,
    name: String,
    #[schema(required)]
    email: Option<String>,
}

/// An item of a purchase order: one confirmed assignment, whose id it has.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct PurchaseOrderItemResponse {
    #[schema(value_type = Uuid)]
    id: String,
    #[schema(value_type = Uuid)]
    assigned_order_item_id: String,
    #[schema(value_type = Uuid)]
    order_item_id: String,
    product_name: String,
    #[schema(required)]
    sku: Option<String>,
    /// What the vendor confirmed.
    #[schema(value_type = f64)]
    quantity: Quantity,
    /// The price of the order's item.
    #[schema(value_type = f64)]
    unit_price: UnitPrice,
    #[schema(value_type = f64)]
    total_price: Money,
    #[schema(value_type = f64)]
    dispatched_quantity: Amount,
    /// Counted at verified receipts.
    #[schema(value_type = f64)]
    received_quantity: Amount,
    #[schema(value_type = f64)]
    accepted_quantity: Amount,
}

impl From<&PurchaseOrder> for PurchaseOrderResponse {
    fn from(order: &PurchaseOrder) -> Self {
        Self {
            id: order.id.to_string(),
            po_number: order.number.to_string(),
            order: (&order.order).into(),
            vendor: (&order.vendor).into(),
            status: order.status.as_str(),
            items: order.items.iter().map(PurchaseOrderItemResponse::from).collect(),
            total_amount: order.total,
            currency: order.currency.code().to_owned(),
            created_at: order.created_at,
            updated_at: order.updated_at,
        }
    }
}

impl From<&VendorRef> for OrderedFrom {
    fn from(vendor: &VendorRef) -> Self {
        Self {
            id: vendor.id.to_string(),
            code: vendor.code.to_string(),
            name: vendor.name.as_str().to_owned(),
            email: vendor.email.as_ref().map(Email::as_str).map(str::to_owned),
        }
    }
}

impl From<&PurchaseOrderItem> for PurchaseOrderItemResponse {
    fn from(item: &PurchaseOrderItem) -> Self {
        Self {
            id: item.assignment.to_string(),
            assigned_order_item_id: item.assignment.to_string(),
            order_item_id: item.line.id.to_string(),
            product_name: item.line.product_name.to_string(),
            sku: item.line.sku.as_ref().map(|sku| sku.as_str().to_owned()),
            quantity: item.quantity,
            unit_price: item.line.unit_price,
            total_price: item.total,
            dispatched_quantity: item.progress.dispatched,
            received_quantity: item.progress.received,
            accepted_quantity: item.progress.accepted,
        }
    }
}

/// A page of purchase orders.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PurchaseOrderList {
    purchase_orders: Vec<PurchaseOrderResponse>,
    pagination: CountablePagination,
}

envelope!(
    /// A page of purchase orders, in its envelope.
    PurchaseOrderListResponse(PurchaseOrderList)
);

envelope!(
    /// A purchase order, in its envelope.
    PurchaseOrderShownResponse(PurchaseOrderResponse)
);

envelope!(
    /// A purchase order that was created, or that was there already, in its envelope.
    PurchaseOrderDoneResponse(PurchaseOrderResponse, message)
);

/// Create a purchase order
///
/// It covers everything that the vendor confirmed of the order and that no purchase order covers yet, at the order's prices.
/// Asked again when there is nothing of that, it is not created: the answer is 200 and the latest one. What is confirmed
/// later makes a further purchase order.
#[utoipa::path(
    post, path = ALL, operation_id = "createPurchaseOrder", tag = "Purchase orders",
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeating a request with the same key gives the first answer again, for 24 hours")),
    responses(
        (status = 201, description = "The purchase order", body = PurchaseOrderDoneResponse),
        (status = 200, description = "All that the vendor confirmed is ordered: the latest purchase order", body = PurchaseOrderDoneResponse),
        (status = 409, description = "The vendor confirmed nothing of the order, or the order has ended", body = OmsErrorResponse, example = json!({
            "success": false, "error": "The vendor has confirmed nothing of this order; a purchase order needs a confirmed assignment",
            "code": "NOTHING_CONFIRMED", "errors": {}
        })),
        (status = 422, description = "An unknown order or vendor", body = OmsErrorResponse),
    ),
)]
async fn create_purchase_order(
    call: Call,
    body: JsonBody<CreatePurchaseOrderRequest>,
) -> Result<HttpResponse, ApiError> {
    let orders = &call.services.procurement.purchase_orders;
    let written = body.once(&call, done, |context, (order, vendor)| orders.create(context, order, vendor));
    send(written.await?, done)
}

fn done(ordered: &Ordered) -> StoredResponse {
    let (status, message) = match ordered.is_new {
        true => (StatusCode::CREATED, "Purchase order created successfully"),
        false => (StatusCode::OK, "Purchase order exists already"),
    };
    json_answer(status, &PurchaseOrderDoneResponse::of(message, (&ordered.purchase_order).into()))
}

/// List purchase orders
///
/// The latest first. A vendor's own people see that vendor's alone. A date is that whole day of the team's time zone, a time
/// with its offset that instant; both ends are included.
#[utoipa::path(
    get, path = ALL, operation_id = "listPurchaseOrders", tag = "Purchase orders",
    params(
        ("page" = Option<u32>, Query, minimum = 1, description = "From 1, which is the default"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 100, description = "Purchase orders a page: 1 to 100, 20 by default"),
        ("status" = inline(Option<sets::PurchaseOrderStatus>), Query, description = "Only those of this status"),
        ("vendorId" = Option<Uuid>, Query, description = "Only those of this vendor"),
        ("orderId" = Option<Uuid>, Query, description = "Only those of this order"),
        ("startDate" = inline(Option<DayOrTime>), Query, description = "Created then or later", example = "2024-10-01"),
        ("endDate" = inline(Option<DayOrTime>), Query, description = "Created then or earlier", example = "2024-10-31"),
        ("total" = Option<bool>, Query, description = "`false` leaves `totalItems` and `totalPages` out (`null`)"),
    ),
    responses(
        (status = 200, description = "A page of the list", body = PurchaseOrderListResponse),
        (status = 422, description = "A faulty parameter", body = OmsErrorResponse),
    ),
)]
async fn list_purchase_orders(call: Call, mut query: Query) -> Result<HttpResponse, ApiError> {
    let filter = PurchaseOrderFilter {
        status: query.read("status", str::parse),
        vendor: query.id("vendorId"),
        order: query.id("orderId"),
        ..PurchaseOrderFilter::default()
    };
    let created = query.period("startDate", "endDate");
    let (page, window, counted) = countable_page(query)?;
    let (team, visibility) = (call.actor.team, call.actor.visibility(AREA));
    let orders = &call.services.procurement.purchase_orders;
    let found = orders.list(team, visibility, filter, created, (window, counted)).await?;
    let pagination = CountablePagination::of(&found, page, window);
    let purchase_orders = found.items.iter().map(PurchaseOrderResponse::from).collect();
    let list = PurchaseOrderList { purchase_orders, pagination };
    Ok(HttpResponse::Ok().json(PurchaseOrderListResponse::of(list)))
}

/// Get a purchase order
#[utoipa::path(
    get, path = ONE, operation_id = "getPurchaseOrder", tag = "Purchase orders",
    responses(
        (status = 200, description = "The purchase order", body = PurchaseOrderShownResponse),
        (status = 404, description = "The team has no such purchase order, or it is not the caller's own", body = OmsErrorResponse),
    ),
)]
async fn get_purchase_order(
    call: Call,
    PathId(id): PathId<PurchaseOrderId>,
) -> Result<HttpResponse, ApiError> {
    let (team, visibility) = (call.actor.team, call.actor.visibility(AREA));
    let found = call.services.procurement.purchase_orders.find(team, visibility, id).await?;
    Ok(HttpResponse::Ok().json(PurchaseOrderShownResponse::of((&found).into())))
}
