//! The purchase order: what a vendor confirmed of an order, ordered from it at the order's prices.

use chrono::{DateTime, Utc};
use kernel::access::Visibility;
use kernel::audit::Audited;
use kernel::id::Uuid;
use kernel::money::{Currency, Money, MoneyFault};
use kernel::numbering::Series;
use kernel::quantity::{Amount, Quantity};
use kernel::team_locale::TeamLocale;
use serde_json::json;

use crate::assignment::{Answer, Assignment, AssignmentId, OrderRef, OrderedLine, Progress, VendorRef};
pub use crate::ids::PurchaseOrderId;

/// A purchase order (`docs/spec/oms.md`, "Purchase orders").
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PurchaseOrder {
    pub id: PurchaseOrderId,
    /// `PO-2024-001`.
    pub number: Box<str>,
    pub order: OrderRef,
    pub vendor: VendorRef,
    pub status: PurchaseOrderStatus,
    pub currency: Currency,
    /// The sum of its items.
    pub total: Money,
    pub items: Vec<PurchaseOrderItem>,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// What of one line is ordered: one confirmed assignment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PurchaseOrderItem {
    pub assignment: AssignmentId,
    pub line: OrderedLine,
    /// What the vendor confirmed.
    pub quantity: Quantity,
    /// At the line's price, rounded as the currency is.
    pub total: Money,
    pub progress: Progress,
}

/// How far a purchase order has come; it follows from its items.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PurchaseOrderStatus {
    /// Nothing is dispatched.
    Issued,
    PartiallyDispatched,
    /// All is dispatched, not all of it verified.
    Dispatched,
    /// All is dispatched and verified.
    Received,
    /// Its order ended before anything was dispatched.
    Cancelled,
    /// Its order was closed when a part was dispatched.
    Closed,
}

kernel::names!(PurchaseOrderStatus:
    Issued => "ISSUED",
    PartiallyDispatched => "PARTIALLY_DISPATCHED",
    Dispatched => "DISPATCHED",
    Received => "RECEIVED",
    Cancelled => "CANCELLED",
    Closed => "CLOSED",
);

impl PurchaseOrderStatus {
    /// The status of a purchase order that covers these assignments.
    pub fn of<'a>(covered: impl IntoIterator<Item = &'a Assignment>) -> Self {
        let (mut dispatched, mut to_dispatch, mut unverified, mut released) = (false, false, false, false);
        for assignment in covered {
            let Progress { dispatched: sent, verified, .. } = assignment.progress;
            dispatched |= !sent.is_zero();
            to_dispatch |= !assignment.to_dispatch().is_zero();
            unverified |= verified < sent;
            released |= assignment.released;
        }
        match (dispatched, to_dispatch) {
            (false, _) if released => Self::Cancelled,
            (false, _) => Self::Issued,
            (true, true) => Self::PartiallyDispatched,
            (true, false) if released => Self::Closed,
            (true, false) if unverified => Self::Dispatched,
            (true, false) => Self::Received,
        }
    }
}

impl PurchaseOrderItem {
    /// The item of a confirmed assignment; `None` where the vendor confirmed nothing.
    ///
    /// # Errors
    /// When it comes to 10¹⁶ or more.
    pub fn of(assignment: &Assignment, currency: Currency) -> Result<Option<Self>, MoneyFault> {
        let Answer::Confirmed { quantity, .. } = assignment.answer else { return Ok(None) };
        let total = assignment.line.unit_price.times(quantity, currency)?;
        let (line, progress) = (assignment.line.clone(), assignment.progress);
        Ok(Some(Self { assignment: assignment.id, line, quantity, total, progress }))
    }
}

impl PurchaseOrder {
    /// The series its number is of: it counts the team's years.
    pub fn series(at: DateTime<Utc>, locale: &TeamLocale) -> Series {
        Series::yearly("purchase_order", "PO", at, locale.zone)
    }

    /// How much of all its items together is counted so.
    pub fn sum(&self, count: impl Fn(&Progress) -> Amount) -> Amount {
        let counts = self.items.iter().map(|item| count(&item.progress));
        counts.fold(Amount::ZERO, |sum, more| sum.plus(more).unwrap_or(sum))
    }

    /// Whether a caller of the team with that visibility sees it.
    pub fn is_visible_to(&self, visibility: Visibility) -> bool {
        visibility.covers(self.vendor.id)
    }
}

impl Audited for PurchaseOrder {
    const KIND: &'static str = "purchase_order";

    fn audited_id(&self) -> Uuid {
        self.id.uuid()
    }

    fn snapshot(&self) -> String {
        let item = |item: &PurchaseOrderItem| {
            json!({
                "assignedOrderItemId": item.assignment.uuid(), "productName": item.line.product_name,
                "quantity": item.quantity, "unitPrice": item.line.unit_price, "totalPrice": item.total,
            })
        };
        json!({
            "poNumber": self.number, "orderNumber": self.order.number, "vendor": self.vendor.code.as_str(),
            "status": self.status.as_str(), "totalAmount": self.total, "currency": self.currency.code(),
            "items": self.items.iter().map(item).collect::<Vec<_>>(),
        })
        .to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::supply::tests::{amount, answered, assignment, at, covered, id, supply};

    fn order() -> PurchaseOrder {
        let made = [covered(1, 20, [15, 10, 9, 8]), covered(2, 10, [5, 5, 7, 7])];
        supply(made.to_vec()).purchase_order(id(1), "PO-2024-001", &made, at(4)).unwrap().unwrap()
    }

    #[test]
    fn its_items_are_counted_together() {
        let order = order();
        let sums = [
            order.sum(|progress| progress.dispatched),
            order.sum(|progress| progress.verified),
            order.sum(|progress| progress.received),
            order.sum(|progress| progress.accepted),
        ];
        assert_eq!(sums, [20, 15, 16, 15].map(amount));
    }

    #[test]
    fn only_what_is_confirmed_is_an_item() {
        let of = |assignment| PurchaseOrderItem::of(&assignment, Currency::EUR).unwrap();
        assert_eq!(of(assignment(1, 1, 1, 5)), None);
        assert_eq!(of(answered(assignment(1, 1, 1, 5), 0)), None);
        let item = of(answered(assignment(1, 1, 1, 5), 4)).unwrap();
        assert_eq!((item.quantity.to_string(), item.total.to_string()), ("4".into(), "180.00".into()));
    }

    #[test]
    fn a_purchase_order_is_seen_by_who_sees_all_and_by_its_vendor() {
        let order = order();
        let seen = [Visibility::All, Visibility::Own(id(1)), Visibility::Own(id(2)), Visibility::Nothing]
            .map(|visibility| order.is_visible_to(visibility));
        assert_eq!(seen, [true, true, false, false]);
    }

    #[test]
    fn the_snapshot_says_what_is_ordered() {
        let item = |number: &str, quantity: i64, total: f64| {
            json!({
                "assignedOrderItemId": format!("00000000-0000-0000-0000-00000000000{number}"),
                "productName": "Tomatoes", "quantity": quantity, "unitPrice": 45.0, "totalPrice": total,
            })
        };
        let expected = json!({
            "poNumber": "PO-2024-001", "orderNumber": "ORD-2024-001", "vendor": "VEN001",
            "status": "PARTIALLY_DISPATCHED", "totalAmount": 1350.0, "currency": "EUR",
            "items": [item("1", 20, 900.0), item("2", 10, 450.0)],
        });
        let snapshot: serde_json::Value = serde_json::from_str(&order().snapshot()).unwrap();
        assert_eq!(snapshot, expected);
    }
}
