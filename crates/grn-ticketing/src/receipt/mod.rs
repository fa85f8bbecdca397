//! The goods receipt: the goods of a dispatch that arrived, counted item by item.

mod error;
mod values;
mod verification;

use chrono::{DateTime, Utc};
use kernel::audit::Audited;
use kernel::clock::IdSource;
use kernel::id::{UserId, Uuid, VendorId};
use kernel::manufacturing::Sku;
use kernel::numbering::Series;
use kernel::quantity::{Amount, Quantity};
use kernel::team_locale::TeamLocale;
use rust_decimal::Decimal;
use serde_json::json;

pub use self::error::{Disagreement, ReceiptError};
pub use self::values::{DamageDescription, Remarks};
pub use self::verification::{ItemCount, Verification, Verified};
use crate::ids::TicketId;
pub use crate::ids::{
    AssignedItemId, DispatchId, GoodsReceiptId, OrderId, OrderLineId, PurchaseOrderId, ReceiptItemId,
};

/// The goods of a dispatch that arrived (`docs/spec/oms.md`, "Goods receipts").
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GoodsReceipt {
    pub id: GoodsReceiptId,
    /// `GRN-2024-001`.
    pub number: Box<str>,
    pub dispatch: ArrivedDispatch,
    pub items: Vec<ReceiptItem>,
    pub received_at: DateTime<Utc>,
    /// Who took the goods in.
    pub received_by: Option<UserId>,
    /// What was said at the latest verification that said something.
    pub remarks: Option<Remarks>,
    /// When it was verified, in whole or in part, last.
    pub verified_at: Option<DateTime<Utc>>,
    pub verified_by: Option<UserId>,
    pub version: i64,
}

/// The dispatch of a receipt, as far as a receipt shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArrivedDispatch {
    pub id: DispatchId,
    /// `DSP-2024-001`.
    pub number: Box<str>,
    pub tracking_reference: Option<Box<str>>,
    pub purchase_order: PurchaseOrderId,
    /// `PO-2024-001`.
    pub purchase_order_number: Box<str>,
    pub order: OrderId,
    pub order_number: Box<str>,
    pub vendor: VendorId,
    pub vendor_code: Box<str>,
    pub vendor_name: Box<str>,
    /// The e-mail of the vendor's first active user, else the vendor's own.
    pub vendor_email: Option<Box<str>>,
}

/// One item of a dispatch, as it was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArrivedItem {
    pub assigned_item: AssignedItemId,
    pub line: OrderLineId,
    pub product_name: Box<str>,
    pub sku: Option<Sku>,
    /// What the vendor was asked for.
    pub assigned: Quantity,
    /// What the dispatch carries: so much is expected.
    pub dispatched: Quantity,
    /// What verified receipts of the same assignment counted before.
    pub received_before: Amount,
}

/// An item of a receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiptItem {
    pub id: ReceiptItemId,
    pub goods: ArrivedItem,
    /// `None` until it is verified.
    pub check: Option<ItemCheck>,
}

/// What the verification of an item found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemCheck {
    pub received: Amount,
    pub status: ItemStatus,
    pub remarks: Option<Remarks>,
    pub damage: Option<Damage>,
    /// Whether more than was sent is taken too.
    pub accepts_excess: bool,
    /// What of the received goods the team takes.
    pub accepted: Amount,
    /// The ticket of a mismatch.
    pub ticket: Option<TicketId>,
}

/// Goods that arrived and can't be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    pub description: DamageDescription,
    /// How many of those that were received.
    pub quantity: Amount,
}

/// How far a receipt is verified; it follows from its items.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ReceiptStatus {
    PendingVerification,
    PartiallyVerified,
    /// All is verified, and as it was sent.
    VerifiedOk,
    /// All is verified, and something was not as it was sent.
    VerifiedMismatch,
}

kernel::names!(ReceiptStatus:
    PendingVerification => "PENDING_VERIFICATION",
    PartiallyVerified => "PARTIALLY_VERIFIED",
    VerifiedOk => "VERIFIED_OK",
    VerifiedMismatch => "VERIFIED_MISMATCH",
);

/// What a verification says of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ItemStatus {
    VerifiedOk,
    QuantityMismatch,
    DamageReported,
    ShortageReported,
    ExcessReceived,
}

kernel::names!(ItemStatus:
    VerifiedOk => "VERIFIED_OK",
    QuantityMismatch => "QUANTITY_MISMATCH",
    DamageReported => "DAMAGE_REPORTED",
    ShortageReported => "SHORTAGE_REPORTED",
    ExcessReceived => "EXCESS_RECEIVED",
);

impl ItemCheck {
    pub fn is_mismatch(&self) -> bool {
        self.status != ItemStatus::VerifiedOk
    }
}

impl ReceiptItem {
    /// What was received less what was sent; `None` until it is verified.
    pub fn discrepancy(&self) -> Option<Decimal> {
        let check = self.check.as_ref()?;
        Some((check.received.value() - self.goods.dispatched.value()).normalize())
    }
}

impl GoodsReceipt {
    /// The series its number is of: it counts the team's years.
    pub fn series(at: DateTime<Utc>, locale: &TeamLocale) -> Series {
        Series::yearly("goods_receipt", "GRN", at, locale.zone)
    }

    /// The receipt of a dispatch whose goods arrived, nothing of it verified.
    pub fn receive(
        (id, number): (GoodsReceiptId, &str),
        dispatch: ArrivedDispatch,
        items: Vec<ArrivedItem>,
        ids: &dyn IdSource,
        by: Option<UserId>,
        at: DateTime<Utc>,
    ) -> Self {
        let item = |goods| ReceiptItem { id: ids.id(), goods, check: None };
        Self {
            id,
            number: number.into(),
            dispatch,
            items: items.into_iter().map(item).collect(),
            received_at: at,
            received_by: by,
            remarks: None,
            verified_at: None,
            verified_by: None,
            version: 1,
        }
    }

    pub fn status(&self) -> ReceiptStatus {
        let checks: Vec<_> = self.items.iter().filter_map(|item| item.check.as_ref()).collect();
        match checks.len() {
            0 => ReceiptStatus::PendingVerification,
            verified if verified < self.items.len() => ReceiptStatus::PartiallyVerified,
            _ if checks.iter().any(|check| check.is_mismatch()) => ReceiptStatus::VerifiedMismatch,
            _ => ReceiptStatus::VerifiedOk,
        }
    }

    /// Whether something of it awaits verification.
    pub fn is_open(&self) -> bool {
        self.items.iter().any(|item| item.check.is_none())
    }
}

impl Audited for GoodsReceipt {
    const KIND: &'static str = "goods_receipt";

    fn audited_id(&self) -> Uuid {
        self.id.uuid()
    }

    fn snapshot(&self) -> String {
        let item = |item: &ReceiptItem| {
            let check = item.check.as_ref();
            json!({
                "id": item.id.uuid(), "productName": item.goods.product_name,
                "confirmedQuantity": item.goods.dispatched, "receivedQuantity": check.map(|it| it.received),
                "acceptedQuantity": check.map(|it| it.accepted), "status": check.map(|it| it.status.as_str()),
                "itemRemarks": check.and_then(|it| it.remarks.as_ref()).map(Remarks::as_str),
                "damageDescription": check
                    .and_then(|it| it.damage.as_ref())
                    .map(|damage| damage.description.as_str()),
                "damagedQuantity": check.and_then(|it| it.damage.as_ref()).map(|damage| damage.quantity),
            })
        };
        json!({
            "grnNumber": self.number, "dispatchNumber": self.dispatch.number,
            "poNumber": self.dispatch.purchase_order_number, "status": self.status().as_str(),
            "operatorRemarks": self.remarks.as_ref().map(Remarks::as_str),
            "items": self.items.iter().map(item).collect::<Vec<_>>(),
        })
        .to_string()
    }
}

#[cfg(test)]
pub(crate) mod tests;
