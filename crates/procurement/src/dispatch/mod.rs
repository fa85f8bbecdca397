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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::{DispatchFacts, PurchaseOrderFacts};
    use crate::supply::tests::{at, covered, id, quantity, supply};
    use crate::supply::{NewDispatch, NewDispatchItem};

    fn dispatch() -> Dispatch {
        let new = NewDispatch {
            purchase_order: id(1),
            items: vec![NewDispatchItem { assignment: id(1), quantity: quantity(5) }],
            tracking_reference: TrackingReference::try_new("AWB 123").ok(),
            remarks: None,
        };
        let supply = supply(vec![covered(1, 20, [0, 0, 0, 0])]);
        supply.dispatch(Visibility::All, &new, (id(7), "DSP-2024-001"), "PO-2024-001", at(4)).unwrap().0
    }

    fn received() -> Dispatch {
        let (number, status) = ("GRN-2024-001".into(), "PENDING_VERIFICATION".into());
        let receipt = Receipt { id: id::<Receipt>(8).uuid(), number, status, at: at(5) };
        Dispatch { receipt: Some(receipt), ..dispatch() }
    }

    #[test]
    fn goods_arrive_once() {
        assert_eq!(
            (dispatch().status(), dispatch().status().as_str()),
            (DispatchStatus::Dispatched, "DISPATCHED")
        );
        assert!(dispatch().check_receivable().is_ok());
        assert_eq!(
            (received().status(), received().status().as_str()),
            (DispatchStatus::Received, "RECEIVED")
        );
        let refused = received().check_receivable().unwrap_err();
        assert_eq!(refused.to_string(), "the dispatch DSP-2024-001 was received before, as GRN-2024-001");
    }

    #[test]
    fn a_dispatch_is_seen_by_who_sees_all_and_by_its_vendor() {
        let seen = [Visibility::All, Visibility::Own(id(1)), Visibility::Own(id(2)), Visibility::Nothing]
            .map(|visibility| dispatch().is_visible_to(visibility));
        assert_eq!(seen, [true, true, false, false]);
    }

    #[test]
    fn the_snapshot_says_what_is_sent() {
        let expected = json!({
            "dispatchNumber": "DSP-2024-001", "poNumber": "PO-2024-001", "orderNumber": "ORD-2024-001",
            "vendor": "VEN001", "status": "RECEIVED",
            "items": [{
                "assignedOrderItemId": "00000000-0000-0000-0000-000000000001", "productName": "Tomatoes",
                "dispatchedQuantity": 5,
            }],
            "trackingReference": "AWB 123", "notes": null,
        });
        let snapshot: serde_json::Value = serde_json::from_str(&received().snapshot()).unwrap();
        assert_eq!(snapshot, expected);
    }

    #[test]
    fn events_say_what_is_ordered_and_sent() {
        let expected = json!({
            "dispatchId": "00000000-0000-0000-0000-000000000007", "dispatchNumber": "DSP-2024-001",
            "purchaseOrderId": "00000000-0000-0000-0000-000000000001", "poNumber": "PO-2024-001",
            "orderId": "00000000-0000-0000-0000-000000000064", "orderNumber": "ORD-2024-001",
            "vendorId": "00000000-0000-0000-0000-000000000001", "vendorCode": "VEN001",
            "items": [{
                "assignedOrderItemId": "00000000-0000-0000-0000-000000000001", "productName": "Tomatoes", "sku": null,
                "dispatchedQuantity": 5,
            }],
        });
        assert_eq!(serde_json::to_value(DispatchFacts::from(&dispatch())).unwrap(), expected);
        let made = [covered(1, 20, [0, 0, 0, 0])];
        let order = supply(made.to_vec()).purchase_order(id(1), "PO-2024-001", &made, at(4));
        let expected = json!({
            "purchaseOrderId": "00000000-0000-0000-0000-000000000001", "poNumber": "PO-2024-001",
            "orderId": "00000000-0000-0000-0000-000000000064", "orderNumber": "ORD-2024-001",
            "vendorId": "00000000-0000-0000-0000-000000000001", "vendorCode": "VEN001", "status": "ISSUED",
            "totalAmount": 900.0, "currency": "EUR",
        });
        let facts = PurchaseOrderFacts::from(&order.unwrap().unwrap());
        assert_eq!(serde_json::to_value(facts).unwrap(), expected);
    }
}
