//! Verifying a receipt: everything is computed again from the records, and whatever the caller says must agree with it
//! (`docs/spec/oms.md`, "Verification", "Accepted quantity").

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use kernel::id::UserId;
use kernel::quantity::Amount;
use rust_decimal::Decimal;

use super::{
    AssignedItemId, Damage, DamageDescription, Disagreement, DispatchId, GoodsReceipt, GoodsReceiptId,
    ItemCheck, ItemStatus, ReceiptError, ReceiptItem, ReceiptItemId, Remarks,
};

/// What whoever verifies found. What it repeats of the records is checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verification {
    pub receipt: GoodsReceiptId,
    pub number: Option<Box<str>>,
    pub dispatch: Option<DispatchId>,
    pub remarks: Option<Remarks>,
    /// The items that are not simply as they were sent; the others that are verified were received in full.
    pub counts: Vec<ItemCount>,
    /// The items that are verified; all that are still open if it is left out.
    pub only: Option<Vec<ReceiptItemId>>,
}

impl Verification {
    /// The most items of one call.
    pub const MAX_ITEMS: usize = 500;
}

/// What was found of one item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemCount {
    pub item: ReceiptItemId,
    pub assigned_item: Option<AssignedItemId>,
    pub assigned: Option<Decimal>,
    pub confirmed: Option<Decimal>,
    pub received: Amount,
    pub discrepancy: Option<Decimal>,
    pub status: ItemStatus,
    pub remarks: Option<Remarks>,
    pub is_damage_reported: bool,
    pub damage_description: Option<DamageDescription>,
    /// Units that arrived and can't be used; by default all of a damaged item that lacks nothing, else none.
    pub damaged: Option<Amount>,
    /// Whether more than was sent is taken too.
    pub accepts_excess: bool,
}

/// A receipt after a verification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    pub receipt: GoodsReceipt,
    /// The items that were verified now.
    pub items: Vec<ReceiptItem>,
}

impl Verified {
    /// The items that were not as they were sent.
    pub fn mismatches(&self) -> Vec<&ReceiptItem> {
        let is_mismatch = |item: &&ReceiptItem| item.check.as_ref().is_some_and(ItemCheck::is_mismatch);
        self.items.iter().filter(is_mismatch).collect()
    }
}

impl GoodsReceipt {
    /// Verifies the items that `found` covers.
    ///
    /// # Errors
    /// [`ReceiptError::AlreadyVerified`] if nothing of the receipt is open, or an item that is named was verified before;
    /// [`ReceiptError::Disagrees`] with every disagreement.
    pub fn verify(
        &self,
        found: &Verification,
        by: Option<UserId>,
        at: DateTime<Utc>,
    ) -> Result<Verified, ReceiptError> {
        self.check_open(found)?;
        let mut faults = Vec::new();
        if found.number.as_ref().is_some_and(|number| *number != self.number) {
            faults.push(Disagreement::Number { recorded: self.number.clone() });
        }
        if found.dispatch.is_some_and(|dispatch| dispatch != self.dispatch.id) {
            faults.push(Disagreement::Dispatch { recorded: self.dispatch.number.clone() });
        }
        let covered = self.covered(found, &mut faults);
        let mut counts = BTreeMap::new();
        for (entry, count) in found.counts.iter().enumerate() {
            let Some(item) = self.items.iter().find(|item| item.id == count.item) else {
                faults.push(Disagreement::UnknownItem { entry });
                continue;
            };
            if !covered.contains(&item.id) {
                faults.push(Disagreement::NotVerifiedNow { entry });
            }
            faults.extend(disagreements(item, count, entry));
            if counts.insert(item.id, check(item, count)).is_some() {
                faults.push(Disagreement::RepeatedItem { entry });
            }
        }
        if !faults.is_empty() {
            return Err(ReceiptError::Disagrees(faults));
        }
        let mut receipt = self.clone();
        let mut items = Vec::new();
        for item in receipt.items.iter_mut().filter(|item| covered.contains(&item.id)) {
            item.check = Some(counts.remove(&item.id).unwrap_or_else(|| received_in_full(item)));
            items.push(item.clone());
        }
        receipt.remarks = found.remarks.clone().or(receipt.remarks);
        receipt.verified_at = Some(at);
        receipt.verified_by = by;
        receipt.version += 1;
        Ok(Verified { receipt, items })
    }

    fn check_open(&self, found: &Verification) -> Result<(), ReceiptError> {
        if !self.is_open() {
            return Err(ReceiptError::AlreadyVerified(format!("the goods receipt {}", self.number)));
        }
        let named = found.counts.iter().map(|count| count.item).chain(found.only.iter().flatten().copied());
        let named: BTreeSet<_> = named.collect();
        let twice = self.items.iter().find(|item| item.check.is_some() && named.contains(&item.id));
        twice.map_or(Ok(()), |item| {
            Err(ReceiptError::AlreadyVerified(format!(
                "the item {} ({}) of {}",
                item.id, item.goods.product_name, self.number
            )))
        })
    }

    /// The items that are verified now.
    fn covered(&self, found: &Verification, faults: &mut Vec<Disagreement>) -> BTreeSet<ReceiptItemId> {
        let open = self.items.iter().filter(|item| item.check.is_none()).map(|item| item.id);
        let open: BTreeSet<_> = open.collect();
        let Some(only) = &found.only else { return open };
        if only.is_empty() {
            faults.push(Disagreement::NothingVerified);
        }
        for (entry, _) in only.iter().enumerate().filter(|(_, id)| !open.contains(id)) {
            faults.push(Disagreement::UnknownVerifiedItem { entry });
        }
        let mut covered = BTreeSet::new();
        for (entry, id) in only.iter().enumerate() {
            if !covered.insert(*id) {
                faults.push(Disagreement::RepeatedVerifiedItem { entry });
            }
        }
        covered
    }
}

/// What of a count contradicts the records or itself.
fn disagreements(item: &ReceiptItem, count: &ItemCount, entry: usize) -> Vec<Disagreement> {
    let (goods, mut faults) = (&item.goods, Vec::new());
    if count.assigned_item.is_some_and(|assigned| assigned != goods.assigned_item) {
        faults.push(Disagreement::AssignedItem { entry });
    }
    if count.assigned.is_some_and(|assigned| assigned != goods.assigned.value()) {
        faults.push(Disagreement::Assigned { entry, recorded: goods.assigned });
    }
    if count.confirmed.is_some_and(|confirmed| confirmed != goods.dispatched.value()) {
        faults.push(Disagreement::Confirmed { entry, recorded: goods.dispatched });
    }
    let computed = (count.received.value() - goods.dispatched.value()).normalize();
    if count.discrepancy.is_some_and(|discrepancy| discrepancy != computed) {
        faults.push(Disagreement::Discrepancy { entry, computed });
    }
    let says_damaged = count.status == ItemStatus::DamageReported;
    let fitting = fitting(computed, count.is_damage_reported);
    if says_damaged != count.is_damage_reported {
        faults.push(Disagreement::DamageContradicted { entry });
    } else if !fitting.contains(&count.status) {
        faults.push(Disagreement::Status { entry, fitting });
    }
    let is_damaged = says_damaged || count.is_damage_reported;
    match &count.damage_description {
        None if is_damaged => faults.push(Disagreement::DamageNotDescribed { entry }),
        Some(_) if !is_damaged => faults.push(Disagreement::DamageNotReported { entry }),
        _ => {}
    }
    match count.damaged {
        Some(_) if !is_damaged => faults.push(Disagreement::DamagedUnreported { entry }),
        Some(damaged) if damaged > count.received => {
            faults.push(Disagreement::DamagedBeyondReceived { entry, received: count.received });
        }
        _ => {}
    }
    let is_excess = computed > Decimal::ZERO && !is_damaged;
    if count.accepts_excess && !is_excess {
        faults.push(Disagreement::NoExcess { entry });
    }
    if goods.received_before.plus(count.received).is_err() {
        faults.push(Disagreement::TooMuch { entry, before: goods.received_before });
    }
    let together = goods.received_before.value() + count.received.value();
    if computed > Decimal::ZERO && is_damaged && together > goods.assigned.value() {
        let (assigned, before) = (goods.assigned, goods.received_before);
        faults.push(Disagreement::PastAssignment { entry, assigned, before });
    }
    faults
}

/// The statuses that fit a discrepancy.
fn fitting(discrepancy: Decimal, is_damaged: bool) -> &'static [ItemStatus] {
    use ItemStatus::{DamageReported, ExcessReceived, QuantityMismatch, ShortageReported, VerifiedOk};
    match discrepancy.cmp(&Decimal::ZERO) {
        _ if is_damaged => &[DamageReported],
        std::cmp::Ordering::Less => &[QuantityMismatch, ShortageReported],
        std::cmp::Ordering::Equal => &[VerifiedOk],
        std::cmp::Ordering::Greater => &[QuantityMismatch, ExcessReceived],
    }
}

/// The check of an item that is not simply as it was sent.
fn check(item: &ReceiptItem, count: &ItemCount) -> ItemCheck {
    let sent = Amount::from(item.goods.dispatched);
    let damage = count.damage_description.clone().map(|description| {
        let by_default = if count.received >= sent { count.received } else { Amount::ZERO };
        Damage { description, quantity: count.damaged.unwrap_or(by_default) }
    });
    let usable = count.received.less(damage.as_ref().map(|damage| damage.quantity).unwrap_or_default());
    ItemCheck {
        received: count.received,
        status: count.status,
        remarks: count.remarks.clone(),
        damage,
        accepts_excess: count.accepts_excess,
        accepted: if count.accepts_excess { usable } else { usable.min(sent) },
        ticket: None,
    }
}

fn received_in_full(item: &ReceiptItem) -> ItemCheck {
    let sent = Amount::from(item.goods.dispatched);
    ItemCheck {
        received: sent,
        status: ItemStatus::VerifiedOk,
        remarks: None,
        damage: None,
        accepts_excess: false,
        accepted: sent,
        ticket: None,
    }
}
