//! Goods receipts as the order API shows them.

use grn_ticketing::ports::{CommentView, ReceiptView, TicketSummary};
use grn_ticketing::receipt::{ArrivedDispatch, ReceiptItem, Remarks};
use kernel::quantity::{Amount, Quantity, exactly};
use rust_decimal::Decimal;

use super::super::references::{OrderReference, PurchaseOrderReference, UserReference};
use super::super::tickets::CommentResponse;
use crate::openapi::closed_sets as sets;
use crate::prelude::*;

/// A goods receipt.
#[derive(Serialize, ToSchema)]
pub(crate) struct GoodsReceiptResponse {
    #[serde(flatten)]
    receipt: GoodsReceiptFields,
    /// Its latest ticket.
    #[schema(required)]
    ticket: Option<TicketLine>,
}

/// A goods receipt, its ticket with the comments.
#[derive(Serialize, ToSchema)]
pub(crate) struct GoodsReceiptDetail {
    #[serde(flatten)]
    receipt: GoodsReceiptFields,
    /// Its latest ticket.
    #[schema(required)]
    ticket: Option<CommentedTicket>,
}

/// A ticket with its comments.
#[derive(Serialize, ToSchema)]
struct CommentedTicket {
    #[serde(flatten)]
    ticket: TicketLine,
    /// The first first.
    comments: Vec<CommentResponse>,
}

/// What a goods receipt shows but its ticket.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct GoodsReceiptFields {
    #[schema(value_type = Uuid)]
    id: String,
    /// `GRN-YYYY-NNN` of the team's year.
    grn_number: String,
    #[schema(value_type = sets::ReceiptStatus)]
    status: &'static str,
    received_at: DateTime<Utc>,
    #[schema(required)]
    operator_remarks: Option<String>,
    /// When it was verified last, in whole or in part.
    #[schema(required)]
    verified_at: Option<DateTime<Utc>>,
    dispatch: ReceivedDispatch,
    order: OrderReference,
    items: Vec<ReceiptItemResponse>,
    /// `null` where a key received it.
    #[schema(required)]
    received_by: Option<UserReference>,
    #[schema(required)]
    verified_by: Option<UserReference>,
}

/// The dispatch that was received.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ReceivedDispatch {
    #[schema(value_type = Uuid)]
    id: String,
    dispatch_number: String,
    #[schema(required)]
    tracking_reference: Option<String>,
    purchase_order: PurchaseOrderReference,
    vendor: DispatchingVendor,
}

/// The vendor that dispatched.
#[derive(Serialize, ToSchema)]
struct DispatchingVendor {
    #[schema(value_type = Uuid)]
    id: String,
    code: String,
    name: String,
    user: VendorContact,
}

/// Whom to write to at a vendor.
#[derive(Serialize, ToSchema)]
struct VendorContact {
    /// Of the vendor's first active user, else the vendor's own.
    #[schema(required)]
    email: Option<String>,
}

/// An item of a goods receipt; what only a verification knows is `null` before.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ReceiptItemResponse {
    #[schema(value_type = Uuid)]
    id: String,
    #[schema(value_type = Uuid)]
    assigned_order_item_id: String,
    /// What was assigned to the vendor.
    #[schema(value_type = f64)]
    assigned_quantity: Quantity,
    /// What the dispatch carries.
    #[schema(value_type = f64)]
    confirmed_quantity: Quantity,
    #[schema(required, value_type = Option<f64>)]
    received_quantity: Option<Amount>,
    /// Received less confirmed.
    #[schema(required, value_type = Option<f64>)]
    discrepancy_quantity: Option<Exact>,
    #[schema(required, value_type = Option<f64>)]
    damaged_quantity: Option<Amount>,
    #[schema(required, value_type = Option<f64>)]
    accepted_quantity: Option<Amount>,
    #[schema(required, value_type = Option<sets::ReceiptItemStatus>)]
    status: Option<&'static str>,
    #[schema(required)]
    item_remarks: Option<String>,
    damage_reported: bool,
    #[schema(required)]
    damage_description: Option<String>,
    accept_excess: bool,
    assigned_order_item: AssignedOrderItem,
}

/// A number with exactly its digits.
#[derive(Serialize)]
struct Exact(#[serde(serialize_with = "exactly")] Decimal);

/// The assignment of an item.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct AssignedOrderItem {
    #[schema(value_type = Uuid)]
    id: String,
    order_item: ReceivedOrderItem,
}

/// The order's item that was received.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ReceivedOrderItem {
    #[schema(value_type = Uuid)]
    id: String,
    product_name: String,
    #[schema(required)]
    sku: Option<String>,
}

/// A ticket, in a line.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::surfaces::oms) struct TicketLine {
    #[schema(value_type = Uuid)]
    id: String,
    ticket_number: String,
    title: String,
    #[schema(value_type = sets::TicketPriority)]
    priority: &'static str,
    #[schema(value_type = sets::TicketStatus)]
    status: &'static str,
}

impl From<&TicketSummary> for TicketLine {
    fn from(ticket: &TicketSummary) -> Self {
        Self {
            id: ticket.id.to_string(),
            ticket_number: ticket.number.to_string(),
            title: ticket.title.to_string(),
            priority: ticket.priority.as_str(),
            status: ticket.status.as_str(),
        }
    }
}

impl From<&ReceiptView> for GoodsReceiptResponse {
    fn from(view: &ReceiptView) -> Self {
        Self { receipt: view.into(), ticket: view.ticket.as_ref().map(TicketLine::from) }
    }
}

impl GoodsReceiptDetail {
    /// A goods receipt and the comments of its ticket.
    pub(super) fn of(view: &ReceiptView, comments: &[CommentView]) -> Self {
        let ticket = view.ticket.as_ref().map(|ticket| CommentedTicket {
            ticket: ticket.into(),
            comments: comments.iter().map(CommentResponse::from).collect(),
        });
        Self { receipt: view.into(), ticket }
    }
}

impl From<&ReceiptView> for GoodsReceiptFields {
    fn from(view: &ReceiptView) -> Self {
        let receipt = &view.receipt;
        Self {
            id: receipt.id.to_string(),
            grn_number: receipt.number.to_string(),
            status: receipt.status().as_str(),
            received_at: receipt.received_at,
            operator_remarks: receipt.remarks.as_ref().map(Remarks::as_str).map(str::to_owned),
            verified_at: receipt.verified_at,
            dispatch: (&receipt.dispatch).into(),
            order: OrderReference::new(receipt.dispatch.order, &receipt.dispatch.order_number),
            items: receipt.items.iter().map(ReceiptItemResponse::from).collect(),
            received_by: UserReference::of(view.received_by.as_ref()),
            verified_by: UserReference::of(view.verified_by.as_ref()),
        }
    }
}

impl From<&ArrivedDispatch> for ReceivedDispatch {
    fn from(dispatch: &ArrivedDispatch) -> Self {
        Self {
            id: dispatch.id.to_string(),
            dispatch_number: dispatch.number.to_string(),
            tracking_reference: dispatch.tracking_reference.as_deref().map(str::to_owned),
            purchase_order: PurchaseOrderReference::new(
                dispatch.purchase_order,
                &dispatch.purchase_order_number,
            ),
            vendor: DispatchingVendor {
                id: dispatch.vendor.to_string(),
                code: dispatch.vendor_code.to_string(),
                name: dispatch.vendor_name.to_string(),
                user: VendorContact { email: dispatch.vendor_email.as_deref().map(str::to_owned) },
            },
        }
    }
}

impl From<&ReceiptItem> for ReceiptItemResponse {
    fn from(item: &ReceiptItem) -> Self {
        let (goods, check) = (&item.goods, item.check.as_ref());
        let damage = check.and_then(|check| check.damage.as_ref());
        let assigned_item = goods.assigned_item.to_string();
        Self {
            id: item.id.to_string(),
            assigned_order_item_id: assigned_item.clone(),
            assigned_quantity: goods.assigned,
            confirmed_quantity: goods.dispatched,
            received_quantity: check.map(|check| check.received),
            discrepancy_quantity: item.discrepancy().map(Exact),
            damaged_quantity: check.map(|_| damage.map(|damage| damage.quantity).unwrap_or_default()),
            accepted_quantity: check.map(|check| check.accepted),
            status: check.map(|check| check.status.as_str()),
            item_remarks: check
                .and_then(|check| check.remarks.as_ref())
                .map(|remarks| remarks.as_str().to_owned()),
            damage_reported: damage.is_some(),
            damage_description: damage.map(|damage| damage.description.as_str().to_owned()),
            accept_excess: check.is_some_and(|check| check.accepts_excess),
            assigned_order_item: AssignedOrderItem {
                id: assigned_item,
                order_item: ReceivedOrderItem {
                    id: goods.line.to_string(),
                    product_name: goods.product_name.to_string(),
                    sku: goods.sku.as_ref().map(|sku| sku.as_str().to_owned()),
                },
            },
        }
    }
}
