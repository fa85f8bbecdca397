//! `/api/dispatches`.

use grn_ticketing::ports::ReceiptView;
use kernel::access::{AccessMode, PermissionArea};
use kernel::quantity::Quantity;
use procurement::assignment::{Remarks, TrackingReference};
use procurement::dispatch::{Dispatch, DispatchId, DispatchItem};
use procurement::ports::DispatchFilter;
use procurement::supply::{NewDispatch, NewDispatchItem};
use rust_decimal::Decimal;

use super::goods_receipts::GoodsReceiptResponse;
use super::references::{GoodsReceiptReference, OrderReference, PurchaseOrderReference, VendorReference};
use super::{CountablePagination, OmsErrorResponse, countable_page};
use crate::openapi::closed_sets as sets;
use crate::openapi::schemas::DayOrTime;
use crate::prelude::*;
use crate::request::field::{ListField, Object};
use crate::response::envelope::envelope;

const ALL: &str = "/api/dispatches";
const ONE: &str = "/api/dispatches/{dispatchId}";
const RECEIVE: &str = "/api/dispatches/{dispatchId}/receive";

/// The role table's column.
const AREA: PermissionArea = PermissionArea::OrderManagement;

pub(crate) const ROUTES: &[Route] = &[
    route!(GET ALL => list_dispatches, RoutePolicy::area(AREA, AccessMode::Read)),
    route!(
        POST ALL => create_dispatch(CreateDispatchRequest),
        RoutePolicy::area(PermissionArea::Supply, AccessMode::Change)
    ),
    route!(GET ONE => get_dispatch, RoutePolicy::area(AREA, AccessMode::Read)),
    route!(
        POST RECEIVE => receive_dispatch(ReceiveDispatchRequest),
        RoutePolicy::area(PermissionArea::GrnVerification, AccessMode::Change)
    ),
];

/// Goods of a purchase order that are on their way.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "purchaseOrderId": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e41",
    "items": [{"assignedOrderItemId": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e31", "dispatchedQuantity": 20}],
    "trackingReference": "AWB 123", "notes": "Two pallets"
}))]
pub(crate) struct CreateDispatchRequest {
    #[schema(value_type = Uuid)]
    purchase_order_id: Field<String>,
    #[schema(value_type = Vec<DispatchItemRequest>, min_items = 1, max_items = 500)]
    items: ListField<Object<DispatchItemRequest>>,
    /// The carrier's number.
    #[schema(value_type = Option<String>, max_length = 100)]
    tracking_reference: Field<String>,
    #[schema(value_type = Option<String>, max_length = 10_000)]
    notes: Field<String>,
}

/// How much of an item is sent.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct DispatchItemRequest {
    /// Each once.
    #[schema(value_type = Uuid)]
    assigned_order_item_id: Field<String>,
    /// More than 0, up to three decimals, at most what is left of what was confirmed.
    #[schema(value_type = f64, exclusive_minimum = 0, exclusive_maximum = 1_000_000_000_000_i64)]
    dispatched_quantity: Field<Decimal>,
}

/// Nothing but that the goods are there.
#[derive(Deserialize, ToSchema)]
#[schema(example = json!({}))]
pub(crate) struct ReceiveDispatchRequest {}

/// A malformed id and one that does not exist have the same fault.
pub(super) const UNKNOWN_PURCHASE_ORDER: &str = "names no purchase order that goods can be sent of";
pub(super) const UNKNOWN_ITEM: &str = "names no item of the purchase order";

impl RequestBody for CreateDispatchRequest {
    type Domain = NewDispatch;
    const WORDING: Wording = Wording::Labelled;

    fn into_domain(self, faults: &mut Faults) -> Option<NewDispatch> {
        let order = faults.field("purchaseOrderId", self.purchase_order_id).code("UNKNOWN_PURCHASE_ORDER");
        let order = order.required(|id| id.parse().map_err(|_| UNKNOWN_PURCHASE_ORDER));
        let items = faults.list("items", self.items, NewDispatch::MAX_ITEMS, |item, faults| {
            let assignment = faults.field("assignedOrderItemId", item.assigned_order_item_id);
            let assignment =
                assignment.code("UNKNOWN_ITEM").required(|id| id.parse().map_err(|_| UNKNOWN_ITEM));
            let quantity = faults.field("dispatchedQuantity", item.dispatched_quantity);
            let quantity = quantity.required(Quantity::try_new);
            Some(NewDispatchItem { assignment: assignment?, quantity: quantity? })
        });
        let tracking = faults.field("trackingReference", self.tracking_reference).empty_as_null();
        let tracking_reference = tracking.optional(TrackingReference::try_new);
        let remarks = faults.field("notes", self.notes).empty_as_null().optional(Remarks::try_new);
        Some(NewDispatch { purchase_order: order?, items: items?, tracking_reference, remarks })
    }
}

impl RequestBody for ReceiveDispatchRequest {
    type Domain = ();
    const WORDING: Wording = Wording::Labelled;
    const IS_OPTIONAL: bool = true;

    fn into_domain(self, _: &mut Faults) -> Option<()> {
        Some(())
    }
}

/// A dispatch.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e51", "dispatchNumber": "DSP-2024-001",
    "purchaseOrder": {"id": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e41", "poNumber": "PO-2024-001"},
    "order": {"id": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e11", "orderNumber": "ORD-2024-001"},
    "vendor": {"id": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e21", "code": "VEN001", "name": "Vendor Name"},
    "status": "DISPATCHED", "items": [{
        "assignedOrderItemId": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e31", "productName": "Organic Tomatoes", "sku": "ORG-TOM-001",
        "dispatchedQuantity": 20
    }],
    "trackingReference": "AWB 123", "notes": "Two pallets", "goodsReceipt": null, "dispatchedAt": "2024-10-08T10:30:00Z",
    "receivedAt": null
}))]
pub(crate) struct DispatchResponse {
    #[schema(value_type = Uuid)]
    id: String,
    /// `DSP-YYYY-NNN` of the team's year.
    dispatch_number: String,
    purchase_order: PurchaseOrderReference,
    order: OrderReference,
    vendor: VendorReference,
    #[schema(value_type = sets::DispatchStatus)]
    status: &'static str,
    items: Vec<DispatchItemResponse>,
    #[schema(required)]
    tracking_reference: Option<String>,
    #[schema(required)]
    notes: Option<String>,
    /// `null` while it is under way.
    #[schema(required)]
    goods_receipt: Option<GoodsReceiptReference>,
    dispatched_at: DateTime<Utc>,
    #[schema(required)]
    received_at: Option<DateTime<Utc>>,
}

/// How much of an item was sent.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct DispatchItemResponse {
    #[schema(value_type = Uuid)]
    assigned_order_item_id: String,
    product_name: String,
    #[schema(required)]
    sku: Option<String>,
    #[schema(value_type = f64)]
    dispatched_quantity: Quantity,
}

impl From<&Dispatch> for DispatchResponse {
    fn from(dispatch: &Dispatch) -> Self {
        let (order, receipt) = (&dispatch.purchase_order, dispatch.receipt.as_ref());
        Self {
            id: dispatch.id.to_string(),
            dispatch_number: dispatch.number.to_string(),
            purchase_order: PurchaseOrderReference::new(order.id, &order.number),
            order: (&dispatch.order).into(),
            vendor: (&dispatch.vendor).into(),
            status: dispatch.status().as_str(),
            items: dispatch.items.iter().map(DispatchItemResponse::from).collect(),
            tracking_reference: dispatch.tracking_reference.as_ref().map(|text| text.as_str().to_owned()),
            notes: dispatch.remarks.as_ref().map(|text| text.as_str().to_owned()),
            goods_receipt: receipt.map(|it| GoodsReceiptReference::new(it.id, &it.number, &it.status)),
            dispatched_at: dispatch.dispatched_at,
            received_at: receipt.map(|receipt| receipt.at),
        }
    }
}

impl From<&DispatchItem> for DispatchItemResponse {
    fn from(item: &DispatchItem) -> Self {
        Self {
            assigned_order_item_id: item.assignment.to_string(),
            product_name: item.product_name.to_string(),
            sku: item.sku.as_ref().map(|sku| sku.as_str().to_owned()),
            dispatched_quantity: item.quantity,
        }
    }
}

/// A page of dispatches.
#[derive(Serialize, ToSchema)]
pub(crate) struct DispatchList {
    dispatches: Vec<DispatchResponse>,
    pagination: CountablePagination,
}

envelope!(
    /// A page of dispatches, in its envelope.
    DispatchListResponse(DispatchList)
);

envelope!(
    /// A dispatch, in its envelope.
    DispatchShownResponse(DispatchResponse)
);

envelope!(
    /// A dispatch after it was created, in its envelope.
    DispatchCreatedResponse(DispatchResponse, "Dispatch created successfully")
);

envelope!(
    /// The goods receipt that was made of a dispatch, in its envelope.
    DispatchReceivedResponse(GoodsReceiptResponse, message)
);

/// Create a dispatch
///
/// By that vendor, or an ADMIN. Of no item more is dispatched than was confirmed, over all dispatches: every entry that is
/// more than is left is named.
#[utoipa::path(
    post, path = ALL, operation_id = "createDispatch", tag = "Dispatches",
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeating a request with the same key gives the first answer again, for 24 hours")),
    responses(
        (status = 201, description = "The dispatch", body = DispatchCreatedResponse),
        (status = 409, description = "Less is left to dispatch", body = OmsErrorResponse, example = json!({
            "success": false, "error": "There is not that much left: 20 wanted, 5 left", "code": "QUANTITY_NOT_AVAILABLE",
            "errors": {"items.0.dispatchedQuantity": ["is more than is left: 5"]}
        })),
        (status = 422, description = "Faulty fields, an unknown purchase order or item, more than was confirmed", body = OmsErrorResponse),
    ),
)]
async fn create_dispatch(
    call: Call,
    body: JsonBody<CreateDispatchRequest>,
) -> Result<HttpResponse, ApiError> {
    let (dispatches, by) =
        (&call.services.procurement.dispatches, call.actor.visibility(PermissionArea::Supply));
    let written = body.once(&call, created, |context, new| dispatches.create(context, by, new));
    send(written.await?, created)
}

fn created(dispatch: &Dispatch) -> StoredResponse {
    json_answer(StatusCode::CREATED, &DispatchCreatedResponse::of(dispatch.into()))
}

/// List dispatches
///
/// The latest first. A vendor's own people see that vendor's alone. A date is that whole day of the team's time zone, a time
/// with its offset that instant; both ends are included.
#[utoipa::path(
    get, path = ALL, operation_id = "listDispatches", tag = "Dispatches",
    params(
        ("page" = Option<u32>, Query, minimum = 1, description = "From 1, which is the default"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 100, description = "Dispatches a page: 1 to 100, 20 by default"),
        ("status" = inline(Option<sets::DispatchStatus>), Query, description = "Only those of this status"),
        ("vendorId" = Option<Uuid>, Query, description = "Only those of this vendor"),
        ("orderId" = Option<Uuid>, Query, description = "Only those of this order"),
        ("purchaseOrderId" = Option<Uuid>, Query, description = "Only those of this purchase order"),
        ("startDate" = inline(Option<DayOrTime>), Query, description = "Dispatched then or later", example = "2024-10-01"),
        ("endDate" = inline(Option<DayOrTime>), Query, description = "Dispatched then or earlier", example = "2024-10-31"),
        ("total" = Option<bool>, Query, description = "`false` leaves `totalItems` and `totalPages` out (`null`)"),
    ),
    responses(
        (status = 200, description = "A page of the list", body = DispatchListResponse),
        (status = 422, description = "A faulty parameter", body = OmsErrorResponse),
    ),
)]
async fn list_dispatches(call: Call, mut query: Query) -> Result<HttpResponse, ApiError> {
    let filter = DispatchFilter {
        status: query.read("status", str::parse),
        vendor: query.id("vendorId"),
        order: query.id("orderId"),
        purchase_order: query.id("purchaseOrderId"),
        ..DispatchFilter::default()
    };
    let dispatched = query.period("startDate", "endDate");
    let (page, window, counted) = countable_page(query)?;
    let (team, visibility) = (call.actor.team, call.actor.visibility(AREA));
    let dispatches = &call.services.procurement.dispatches;
    let found = dispatches.list(team, visibility, filter, dispatched, (window, counted)).await?;
    let pagination = CountablePagination::of(&found, page, window);
    let dispatches = found.items.iter().map(DispatchResponse::from).collect();
    Ok(HttpResponse::Ok().json(DispatchListResponse::of(DispatchList { dispatches, pagination })))
}

/// Get a dispatch
#[utoipa::path(
    get, path = ONE, operation_id = "getDispatch", tag = "Dispatches",
    responses(
        (status = 200, description = "The dispatch", body = DispatchShownResponse),
        (status = 404, description = "The team has no such dispatch, or it is not the caller's own", body = OmsErrorResponse),
    ),
)]
async fn get_dispatch(call: Call, PathId(id): PathId<DispatchId>) -> Result<HttpResponse, ApiError> {
    let (team, visibility) = (call.actor.team, call.actor.visibility(AREA));
    let found = call.services.procurement.dispatches.find(team, visibility, id).await?;
    Ok(HttpResponse::Ok().json(DispatchShownResponse::of((&found).into())))
}

/// Receive a dispatch
///
/// The goods are there: this makes the goods receipt, which awaits verification. A dispatch is received once. The body may be
/// left out.
#[utoipa::path(
    post, path = RECEIVE, operation_id = "receiveDispatch", tag = "Dispatches",
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeating a request with the same key gives the first answer again, for 24 hours")),
    responses(
        (status = 201, description = "The goods receipt", body = DispatchReceivedResponse),
        (status = 404, description = "The team has no such dispatch", body = OmsErrorResponse),
        (status = 409, description = "It was received before", body = OmsErrorResponse, example = json!({
            "success": false, "error": "The dispatch DSP-2024-001 was received before, as GRN-2024-001",
            "code": "ALREADY_RECEIVED", "errors": {}
        })),
        (status = 422, description = "A faulty Idempotency-Key", body = OmsErrorResponse),
    ),
)]
async fn receive_dispatch(
    call: Call,
    PathId(id): PathId<DispatchId>,
    body: JsonBody<ReceiveDispatchRequest>,
) -> Result<HttpResponse, ApiError> {
    let (receipts, id) =
        (&call.services.receiving.receipts, grn_ticketing::receipt::DispatchId::new(id.uuid()));
    let written = body.once(&call, received, |context, ()| receipts.receive(context, id));
    send(written.await?, received)
}

fn received(view: &ReceiptView) -> StoredResponse {
    let message = format!("Dispatch received. {} awaits verification.", view.receipt.number);
    json_answer(StatusCode::CREATED, &DispatchReceivedResponse::of(&message, view.into()))
}
