//! The published payloads of `purchase_order.*` and `dispatch.*`, version 1.

use kernel::events::Payload;
use kernel::id::Uuid;
use kernel::money::Money;
use kernel::quantity::Quantity;
use serde::Serialize;

use crate::dispatch::Dispatch;
use crate::purchase_order::PurchaseOrder;

/// What every event of a purchase order says of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PurchaseOrderFacts {
    pub purchase_order_id: Uuid,
    pub po_number: String,
    pub order_id: Uuid,
    pub order_number: String,
    pub vendor_id: Uuid,
    pub vendor_code: String,
    /// By its name in oms.
    pub status: &'static str,
    pub total_amount: Money,
    pub currency: String,
}

/// What every event of a dispatch says of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DispatchFacts {
    pub dispatch_id: Uuid,
    pub dispatch_number: String,
    pub purchase_order_id: Uuid,
    pub po_number: String,
    pub order_id: Uuid,
    pub order_number: String,
    pub vendor_id: Uuid,
    pub vendor_code: String,
    pub items: Vec<DispatchedItem>,
}

/// An item of a dispatch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DispatchedItem {
    pub assigned_order_item_id: Uuid,
    pub product_name: String,
    pub sku: Option<String>,
    pub dispatched_quantity: Quantity,
}

macro_rules! events {
    ($($(#[$doc:meta])+ $name:ident($facts:ident) => $event_type:literal),+ $(,)?) => {
        $(
            $(#[$doc])+
            #[derive(Debug, Clone, PartialEq, Eq, Serialize)]
            #[serde(transparent)]
            pub struct $name(pub $facts);

            impl Payload for $name {
                const EVENT_TYPE: &'static str = $event_type;
            }
        )+
    };
}

events! {
    /// `purchase_order.created`: goods were ordered from a vendor.
    PurchaseOrderCreated(PurchaseOrderFacts) => "purchase_order.created",
    /// `purchase_order.updated`: its status moved on with its goods.
    PurchaseOrderUpdated(PurchaseOrderFacts) => "purchase_order.updated",
    /// `purchase_order.cancelled`: its order ended before anything was dispatched.
    PurchaseOrderCancelled(PurchaseOrderFacts) => "purchase_order.cancelled",
    /// `dispatch.created`: a vendor sent goods.
    DispatchCreated(DispatchFacts) => "dispatch.created",
    /// `dispatch.received`: the goods of a dispatch arrived.
    DispatchReceived(DispatchFacts) => "dispatch.received",
}

impl From<&PurchaseOrder> for PurchaseOrderFacts {
    fn from(order: &PurchaseOrder) -> Self {
        Self {
            purchase_order_id: order.id.uuid(),
            po_number: order.number.to_string(),
            order_id: order.order.id.uuid(),
            order_number: order.order.number.to_string(),
            vendor_id: order.vendor.id.uuid(),
            vendor_code: order.vendor.code.to_string(),
            status: order.status.as_str(),
            total_amount: order.total,
            currency: order.currency.code().to_owned(),
        }
    }
}

impl From<&Dispatch> for DispatchFacts {
    fn from(dispatch: &Dispatch) -> Self {
        let items = dispatch.items.iter().map(|item| DispatchedItem {
            assigned_order_item_id: item.assignment.uuid(),
            product_name: item.product_name.to_string(),
            sku: item.sku.as_ref().map(|sku| sku.as_str().to_owned()),
            dispatched_quantity: item.quantity,
        });
        Self {
            dispatch_id: dispatch.id.uuid(),
            dispatch_number: dispatch.number.to_string(),
            purchase_order_id: dispatch.purchase_order.id.uuid(),
            po_number: dispatch.purchase_order.number.to_string(),
            order_id: dispatch.order.id.uuid(),
            order_number: dispatch.order.number.to_string(),
            vendor_id: dispatch.vendor.id.uuid(),
            vendor_code: dispatch.vendor.code.to_string(),
            items: items.collect(),
        }
    }
}
