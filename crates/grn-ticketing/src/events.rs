//! The published payloads of `grn.*` and `ticket.*`, version 1.

use kernel::events::Payload;
use kernel::id::Uuid;
use kernel::quantity::{Amount, Quantity};
use serde::Serialize;

use crate::receipt::{GoodsReceipt, ReceiptItem, Verified};
use crate::ticket::Ticket;

/// `grn.verified`: a goods receipt was verified, in whole or in part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GrnVerified {
    pub grn_id: Uuid,
    pub grn_number: String,
    /// By its name in oms.
    pub status: &'static str,
    pub dispatch_id: Uuid,
    pub dispatch_number: String,
    pub purchase_order_id: Uuid,
    pub po_number: String,
    pub order_id: Uuid,
    pub order_number: String,
    pub vendor_id: Uuid,
    pub vendor_code: String,
    /// The items that were verified now.
    pub items: Vec<VerifiedItem>,
    pub ticket_id: Option<Uuid>,
    pub ticket_number: Option<String>,
}

/// An item of a receipt that was verified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct VerifiedItem {
    pub grn_item_id: Uuid,
    pub assigned_order_item_id: Uuid,
    pub product_name: String,
    pub sku: Option<String>,
    pub confirmed_quantity: Quantity,
    pub received_quantity: Amount,
    pub accepted_quantity: Amount,
    /// By its name in oms.
    pub status: &'static str,
}

impl Payload for GrnVerified {
    const EVENT_TYPE: &'static str = "grn.verified";
}

/// What every event of a ticket says of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TicketFacts {
    pub ticket_id: Uuid,
    pub ticket_number: String,
    pub title: String,
    /// By its name in oms.
    pub status: &'static str,
    pub priority: &'static str,
    pub grn_id: Uuid,
    pub assignee_id: Option<Uuid>,
}

macro_rules! ticket_events {
    ($($(#[$doc:meta])+ $name:ident => $event_type:literal),+ $(,)?) => {
        $(
            $(#[$doc])+
            #[derive(Debug, Clone, PartialEq, Eq, Serialize)]
            #[serde(transparent)]
            pub struct $name(pub TicketFacts);

            impl Payload for $name {
                const EVENT_TYPE: &'static str = $event_type;
            }
        )+
    };
}

ticket_events! {
    /// `ticket.created`: mismatches opened a ticket.
    TicketCreated => "ticket.created",
    /// `ticket.updated`: its status, priority or assignee changed, or mismatches joined it.
    TicketUpdated => "ticket.updated",
    /// `ticket.commented`: somebody commented on it.
    TicketCommented => "ticket.commented",
}

impl GrnVerified {
    /// What a verification came to.
    pub fn of(verified: &Verified, ticket: Option<&Ticket>) -> Self {
        let receipt: &GoodsReceipt = &verified.receipt;
        let dispatch = &receipt.dispatch;
        Self {
            grn_id: receipt.id.uuid(),
            grn_number: receipt.number.to_string(),
            status: receipt.status().as_str(),
            dispatch_id: dispatch.id.uuid(),
            dispatch_number: dispatch.number.to_string(),
            purchase_order_id: dispatch.purchase_order.uuid(),
            po_number: dispatch.purchase_order_number.to_string(),
            order_id: dispatch.order.uuid(),
            order_number: dispatch.order_number.to_string(),
            vendor_id: dispatch.vendor.uuid(),
            vendor_code: dispatch.vendor_code.to_string(),
            items: verified.items.iter().filter_map(VerifiedItem::of).collect(),
            ticket_id: ticket.map(|ticket| ticket.id.uuid()),
            ticket_number: ticket.map(|ticket| ticket.number.to_string()),
        }
    }
}

impl VerifiedItem {
    fn of(item: &ReceiptItem) -> Option<Self> {
        let check = item.check.as_ref()?;
        Some(Self {
            grn_item_id: item.id.uuid(),
            assigned_order_item_id: item.goods.assigned_item.uuid(),
            product_name: item.goods.product_name.to_string(),
            sku: item.goods.sku.as_ref().map(|sku| sku.as_str().to_owned()),
            confirmed_quantity: item.goods.dispatched,
            received_quantity: check.received,
            accepted_quantity: check.accepted,
            status: check.status.as_str(),
        })
    }
}

impl From<&Ticket> for TicketFacts {
    fn from(ticket: &Ticket) -> Self {
        Self {
            ticket_id: ticket.id.uuid(),
            ticket_number: ticket.number.to_string(),
            title: ticket.title.to_string(),
            status: ticket.stage.status().as_str(),
            priority: ticket.priority.as_str(),
            grn_id: ticket.receipt.uuid(),
            assignee_id: ticket.assignee.map(|user| user.uuid()),
        }
    }
}
