//! The assignment: so much of one line of a sales order, given to one vendor to supply.

mod values;

use chrono::{DateTime, Utc};
use kernel::access::Visibility;
use kernel::audit::Audited;
use kernel::email::Email;
use kernel::id::{Uuid, VendorId};
use kernel::manufacturing::Sku;
use kernel::money::UnitPrice;
use kernel::quantity::{Amount, Quantity};
use serde_json::{Value, json};

pub use self::values::{Reason, Remarks, TrackingReference};
use crate::ids::PurchaseOrderId;
pub use crate::ids::{AssignmentId, OrderId, OrderLineId};
use crate::vendor::{Vendor, VendorCode, VendorName};

/// So much of one line of an order, which one vendor is to supply (`docs/spec/oms.md`, "Assignments").
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    pub id: AssignmentId,
    pub order: OrderRef,
    pub line: OrderedLine,
    pub vendor: VendorRef,
    /// How much the vendor is asked for.
    pub quantity: Quantity,
    pub answer: Answer,
    /// Whether the order ended before all of it was dispatched: nothing more of it will be.
    pub released: bool,
    /// The purchase order that covers it.
    pub purchase_order: Option<PurchaseOrderId>,
    pub progress: Progress,
    pub version: i64,
    pub assigned_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// A sales order, by the id and the number it is known by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderRef {
    pub id: OrderId,
    pub number: Box<str>,
}

/// A line of a sales order, as it is bought in. It never changes once the order is placed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderedLine {
    pub id: OrderLineId,
    pub product_name: Box<str>,
    pub sku: Option<Sku>,
    pub quantity: Quantity,
    pub unit_price: UnitPrice,
}

/// A vendor, as its assignments and orders show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VendorRef {
    pub id: VendorId,
    pub code: VendorCode,
    pub name: VendorName,
    pub email: Option<Email>,
}

/// What the vendor said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    Awaited,
    /// It supplies so much, at most what it was asked for; with a reason where that is less.
    Confirmed {
        quantity: Quantity,
        reason: Option<Reason>,
        at: DateTime<Utc>,
    },
    /// It supplies nothing.
    Declined {
        reason: Reason,
        at: DateTime<Utc>,
    },
}

/// What happened to the goods of an assignment so far, over all dispatches.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// Sent by the vendor; never more than it confirmed.
    pub dispatched: Amount,
    /// Of what was dispatched, that whose receipt was verified.
    pub verified: Amount,
    /// Counted at verified receipts; an excess may pass what was dispatched.
    pub received: Amount,
    /// Of what was received, that which the team takes.
    pub accepted: Amount,
}

/// Where an assignment stands, as it is shown and filtered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AssignmentStatus {
    /// The vendor has not answered.
    Assigned,
    /// The vendor confirmed all or a part.
    Confirmed,
    /// The vendor confirmed nothing.
    Declined,
    /// The order ended before all of it was dispatched.
    Released,
}

kernel::names!(AssignmentStatus: Assigned => "ASSIGNED", Confirmed => "CONFIRMED", Declined => "DECLINED", Released => "RELEASED");

impl Answer {
    /// How much was confirmed; `None` while the vendor has not answered.
    pub fn confirmed(&self) -> Option<Amount> {
        match self {
            Self::Awaited => None,
            Self::Confirmed { quantity, .. } => Some((*quantity).into()),
            Self::Declined { .. } => Some(Amount::ZERO),
        }
    }

    /// Why less was confirmed than asked for.
    pub fn reason(&self) -> Option<&Reason> {
        match self {
            Self::Awaited => None,
            Self::Confirmed { reason, .. } => reason.as_ref(),
            Self::Declined { reason, .. } => Some(reason),
        }
    }

    /// When the vendor answered.
    pub fn at(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::Awaited => None,
            Self::Confirmed { at, .. } | Self::Declined { at, .. } => Some(*at),
        }
    }
}

impl Assignment {
    pub fn status(&self) -> AssignmentStatus {
        match self.answer {
            _ if self.released => AssignmentStatus::Released,
            Answer::Awaited => AssignmentStatus::Assigned,
            Answer::Confirmed { .. } => AssignmentStatus::Confirmed,
            Answer::Declined { .. } => AssignmentStatus::Declined,
        }
    }

    /// How much of the ordered quantity it takes up: what is still to come, and what came and is not verified.
    pub fn on_its_way(&self) -> Amount {
        let promised = if self.released {
            self.progress.dispatched
        } else {
            self.answer.confirmed().unwrap_or_else(|| self.quantity.into())
        };
        promised.less(self.progress.verified)
    }

    /// How much the vendor may still dispatch.
    pub fn to_dispatch(&self) -> Amount {
        if self.released {
            return Amount::ZERO;
        }
        self.answer.confirmed().unwrap_or_default().less(self.progress.dispatched)
    }

    /// Whether a caller of the team with that visibility sees it.
    pub fn is_visible_to(&self, visibility: Visibility) -> bool {
        visibility.covers(self.vendor.id)
    }

    /// The same, changed at that time: one version on.
    pub(crate) fn next(self, at: DateTime<Utc>) -> Self {
        Self { version: self.version + 1, updated_at: at, ..self }
    }

    pub(crate) fn facts(&self) -> Value {
        json!({
            "id": self.id.uuid(), "orderNumber": self.order.number, "orderItemId": self.line.id.uuid(),
            "vendor": self.vendor.code.as_str(), "status": self.status().as_str(), "quantity": self.quantity,
            "confirmedQuantity": self.answer.confirmed(), "reason": self.answer.reason().map(Reason::as_str),
        })
    }
}

impl From<&Vendor> for VendorRef {
    fn from(vendor: &Vendor) -> Self {
        Self {
            id: vendor.id,
            code: vendor.code.clone(),
            name: vendor.name.clone(),
            email: vendor.email.clone(),
        }
    }
}

impl Audited for Assignment {
    const KIND: &'static str = "assignment";

    fn audited_id(&self) -> Uuid {
        self.id.uuid()
    }

    fn snapshot(&self) -> String {
        self.facts().to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::supply::tests::{amount, answered, assignment, at, covered, id, reason};

    #[test]
    fn a_status_follows_from_the_answer_unless_the_order_ended() {
        use AssignmentStatus::{Assigned, Confirmed, Declined, Released};
        let asked = || assignment(1, 1, 1, 5);
        for (one, status, name) in [
            (asked(), Assigned, "ASSIGNED"),
            (answered(asked(), 5), Confirmed, "CONFIRMED"),
            (answered(asked(), 1), Confirmed, "CONFIRMED"),
            (answered(asked(), 0), Declined, "DECLINED"),
        ] {
            assert_eq!((one.status(), one.status().as_str()), (status, name));
            let ended = Assignment { released: true, ..one };
            assert_eq!((ended.status(), ended.status().as_str()), (Released, "RELEASED"));
        }
    }

    #[test]
    fn an_answer_says_how_much_why_and_when() {
        let why = reason("Not ripe");
        let quantity = assignment(1, 1, 1, 5).quantity;
        for (answer, confirmed, reason, when) in [
            (Answer::Awaited, None, None, None),
            (Answer::Confirmed { quantity, reason: None, at: at(2) }, Some(amount(5)), None, Some(at(2))),
            (
                Answer::Confirmed { quantity, reason: Some(why.clone()), at: at(2) },
                Some(amount(5)),
                Some(&why),
                Some(at(2)),
            ),
            (
                Answer::Declined { reason: why.clone(), at: at(3) },
                Some(Amount::ZERO),
                Some(&why),
                Some(at(3)),
            ),
        ] {
            assert_eq!((answer.confirmed(), answer.reason(), answer.at()), (confirmed, reason, when));
        }
    }

    #[test]
    fn an_assignment_is_seen_by_who_sees_all_and_by_its_vendor() {
        let visible = |visibility| assignment(1, 1, 1, 5).is_visible_to(visibility);
        assert!(visible(Visibility::All) && visible(Visibility::Own(id(1))));
        assert!(!visible(Visibility::Own(id(2))) && !visible(Visibility::Nothing));
    }

    #[test]
    fn the_snapshot_says_what_was_asked_for_and_answered() {
        let snapshot = |one: Assignment| serde_json::from_str::<Value>(&one.snapshot()).unwrap();
        let mut expected = json!({
            "id": "00000000-0000-0000-0000-000000000007", "orderNumber": "ORD-2024-001",
            "orderItemId": "00000000-0000-0000-0000-000000000001", "vendor": "VEN001", "status": "ASSIGNED",
            "quantity": 5, "confirmedQuantity": null, "reason": null,
        });
        assert_eq!(snapshot(assignment(7, 1, 1, 5)), expected);
        expected["status"] = json!("DECLINED");
        expected["confirmedQuantity"] = json!(0);
        expected["reason"] = json!("None left");
        assert_eq!(snapshot(answered(assignment(7, 1, 1, 5), 0)), expected);
        expected["status"] = json!("RELEASED");
        expected["confirmedQuantity"] = json!(5);
        expected["reason"] = json!(null);
        assert_eq!(snapshot(Assignment { released: true, ..covered(7, 5, [1, 0, 0, 0]) }), expected);
    }
}
