//! The dispatch: goods of a purchase order that a vendor sent.

use chrono::{DateTime, Utc};
use kernel::access::Visibility;
use kernel::audit::Audited;
use kernel::id::Uuid;
use kernel::manufacturing::Sku;
use kernel::numbering::Series;
use kernel::quantity::Quantity;
use kernel::team_locale::TeamLocale;
use serde_json::json;

use crate::assignment::{AssignmentId, OrderRef, Remarks, TrackingReference, VendorRef};
pub use crate::ids::DispatchId;
use crate::ids::PurchaseOrderId;
use crate::supply::SupplyError;

/// Goods of a purchase order that a vendor sent (`docs/spec/oms.md`, "Dispatches").
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dispatch {
    pub id: DispatchId,
    /// `DSP-2024-001`.
    pub number: Box<str>,
    pub order: OrderRef,
    pub purchase_order: PurchaseOrderRef,
    pub vendor: VendorRef,
    pub items: Vec<DispatchItem>,
    pub tracking_reference: Option<TrackingReference>,
    pub remarks: Option<Remarks>,
    pub dispatched_at: DateTime<Utc>,
    /// `None` while the goods are under way.
    pub receipt: Option<Receipt>,
}

/// A purchase order, by the id and the number it is known by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PurchaseOrderRef {
    pub id: PurchaseOrderId,
    pub number: Box<str>,
}

/// How much of one assignment was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DispatchItem {
    pub assignment: AssignmentId,
    pub product_name: Box<str>,
    pub sku: Option<Sku>,
    pub quantity: Quantity,
}

/// That the goods of a dispatch arrived, and the goods receipt that was made of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    pub id: Uuid,
    /// `GRN-2024-001`.
    pub number: Box<str>,
    /// The receipt's status, by its name.
    pub status: Box<str>,
    pub at: DateTime<Utc>,
}

/// Whether a dispatch has arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DispatchStatus {
    /// Under way.
    Dispatched,
    /// It arrived.
    Received,
}

kernel::names!(DispatchStatus: Dispatched => "DISPATCHED", Received => "RECEIVED");

impl Dispatch {
    /// The series its number is of: it counts the team's years.
    pub fn series(at: DateTime<Utc>, locale: &TeamLocale) -> Series {
        Series::yearly("dispatch", "DSP", at, locale.zone)
    }

    pub fn status(&self) -> DispatchStatus {
        if self.receipt.is_some() { DispatchStatus::Received } else { DispatchStatus::Dispatched }
    }

    /// Checks that its goods can arrive now: they do once.
    ///
    /// # Errors
    /// [`SupplyError::AlreadyReceived`].
    pub fn check_receivable(&self) -> Result<(), SupplyError> {
        match &self.receipt {
            Some(receipt) => Err(SupplyError::AlreadyReceived {
                dispatch: self.number.clone(),
                receipt: receipt.number.clone(),
            }),
            None => Ok(()),
        }
    }

    /// Whether a caller of the team with that visibility sees it.
    pub fn is_visible_to(&self, visibility: Visibility) -> bool {
        visibility.covers(self.vendor.id)
    }
}

impl Audited for Dispatch {
    const KIND: &'static str = "dispatch";

    fn audited_id(&self) -> Uuid {
        self.id.uuid()
    }

    fn snapshot(&self) -> String {
        let item = |item: &DispatchItem| {
            json!({
                "assignedOrderItemId": item.assignment.uuid(), "productName": item.product_name,
                "dispatchedQuantity": item.quantity,
            })
        };
        json!({
            "dispatchNumber": self.number, "poNumber": self.purchase_order.number,
            "orderNumber": self.order.number, "vendor": self.vendor.code.as_str(),
            "status": self.status().as_str(), "items": self.items.iter().map(item).collect::<Vec<_>>(),
            "trackingReference": self.tracking_reference.as_ref().map(TrackingReference::as_str),
            "notes": self.remarks.as_ref().map(Remarks::as_str),
        })
        .to_string()
    }
}
