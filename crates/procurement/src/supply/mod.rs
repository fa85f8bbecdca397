//! The supply of a sales order: its lines as they are bought in, and what of them is given to vendors. Everything that may
//! not be exceeded is decided here, on the whole of an order, so that a store need lock only the order.

mod error;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use kernel::access::Visibility;
use kernel::id::VendorId;
use kernel::money::{Currency, Money};
use kernel::quantity::{Amount, Quantity};

pub use self::error::{Shortfall, SupplyError, SupplyFault};
use crate::assignment::{
    Answer, Assignment, AssignmentId, OrderLineId, OrderRef, OrderedLine, Progress, Reason, Remarks,
    TrackingReference, VendorRef,
};
use crate::dispatch::{Dispatch, DispatchId, DispatchItem, PurchaseOrderRef};
use crate::purchase_order::{PurchaseOrder, PurchaseOrderId, PurchaseOrderItem, PurchaseOrderStatus};
use crate::vendor::Vendor;

/// A sales order as it is bought in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderSupply {
    pub order: OrderRef,
    pub standing: Standing,
    pub currency: Currency,
    pub lines: Vec<OrderedLine>,
    /// Every assignment ever made of its lines, the first first.
    pub assignments: Vec<Assignment>,
}

/// Whether an order can still be bought in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    Open,
    /// Cancelled or closed: its status.
    Ended(&'static str),
    /// Of a till, and sold from stock.
    OfTill,
}

/// So much of a line, to be given to a vendor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAssignment {
    pub line: OrderLineId,
    pub vendor: VendorId,
    pub quantity: Quantity,
}

/// What a vendor says of an assignment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VendorAnswer {
    /// Nothing declines it.
    pub confirmed: Amount,
    /// Why it is less than it was asked for.
    pub reason: Option<Reason>,
}

/// What a vendor sends of a purchase order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDispatch {
    pub purchase_order: PurchaseOrderId,
    /// 1 to [`NewDispatch::MAX_ITEMS`].
    pub items: Vec<NewDispatchItem>,
    pub tracking_reference: Option<TrackingReference>,
    pub remarks: Option<Remarks>,
}

impl NewDispatch {
    pub const MAX_ITEMS: usize = 500;
}

/// How much of an assignment is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDispatchItem {
    pub assignment: AssignmentId,
    pub quantity: Quantity,
}

/// What a verified receipt says of the goods of an assignment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VerifiedGoods {
    pub assignment: AssignmentId,
    /// What the dispatch carried.
    pub dispatched: Quantity,
    pub received: Amount,
    pub accepted: Amount,
}

impl OrderSupply {
    /// The most entries of one call that assigns.
    pub const MAX_ENTRIES: usize = 500;

    fn check_open(&self) -> Result<(), SupplyError> {
        match self.standing {
            Standing::Open => Ok(()),
            Standing::Ended(status) => Err(SupplyError::OrderEnded(status)),
            Standing::OfTill => Err(SupplyError::OrderOfTill),
        }
    }

    /// How much of a line can be assigned: what is ordered, less what is accepted and what is on its way.
    pub fn available(&self, line: &OrderedLine) -> Amount {
        let of_line = self.assignments.iter().filter(|assignment| assignment.line.id == line.id);
        of_line.fold(line.quantity.into(), |left: Amount, assignment| {
            left.less(assignment.progress.accepted).less(assignment.on_its_way())
        })
    }

    /// How much of a line is accepted.
    pub fn accepted(&self, line: OrderLineId) -> Amount {
        let of_line = self.assignments.iter().filter(|assignment| assignment.line.id == line);
        of_line.fold(Amount::ZERO, |sum, assignment| sum.plus(assignment.progress.accepted).unwrap_or(sum))
    }

    /// Gives lines to vendors, all or none, each under an id of `ids`.
    ///
    /// # Errors
    /// [`SupplyError::Invalid`] with every entry that names what is not there or more than was ordered; else
    /// [`SupplyError::NotAvailable`] with every entry that finds too little left after those before it; what
    /// [`Standing`] forbids.
    pub fn assign(
        &self,
        new: &[NewAssignment],
        ids: &[AssignmentId],
        vendors: &BTreeMap<VendorId, Vendor>,
        at: DateTime<Utc>,
    ) -> Result<Vec<Assignment>, SupplyError> {
        self.check_open()?;
        let (mut made, mut faults, mut short) = (Vec::new(), Vec::new(), Vec::new());
        let mut left: BTreeMap<OrderLineId, Amount> = BTreeMap::new();
        for ((entry, new), id) in new.iter().enumerate().zip(ids) {
            let line = self.lines.iter().find(|line| line.id == new.line);
            let vendor = vendors.get(&new.vendor);
            match vendor {
                None => faults.push(SupplyFault::UnknownVendor { entry }),
                Some(vendor) if !vendor.is_active => faults.push(SupplyFault::VendorOutOfUse { entry }),
                Some(_) => {}
            }
            let Some(line) = line else {
                faults.push(SupplyFault::UnknownLine { entry });
                continue;
            };
            if new.quantity > line.quantity {
                faults.push(SupplyFault::MoreThanOrdered { entry, ordered: line.quantity });
                continue;
            }
            let left = left.entry(line.id).or_insert_with(|| self.available(line));
            if Amount::from(new.quantity) > *left {
                short.push(Shortfall { entry, wanted: new.quantity, left: *left });
                continue;
            }
            *left = left.less(new.quantity.into());
            let Some(vendor) = vendor else { continue };
            made.push(Assignment {
                id: *id,
                order: self.order.clone(),
                line: line.clone(),
                vendor: VendorRef::from(vendor),
                quantity: new.quantity,
                answer: Answer::Awaited,
                released: false,
                purchase_order: None,
                progress: Progress::default(),
                version: 1,
                assigned_at: at,
                updated_at: at,
            });
        }
        match (faults.is_empty(), short.is_empty()) {
            (false, _) => Err(SupplyError::Invalid(faults)),
            (true, false) => Err(SupplyError::NotAvailable(short)),
            (true, true) => Ok(made),
        }
    }

    /// Takes a vendor's answer to an assignment that `by` covers.
    ///
    /// # Errors
    /// [`SupplyError::NotFound`], [`SupplyError::AlreadyConfirmed`], [`SupplyError::Released`]; [`SupplyError::Invalid`]
    /// when it confirms more than it was asked for, or less without a reason.
    pub fn confirm(
        &self,
        by: Visibility,
        id: AssignmentId,
        answer: &VendorAnswer,
        at: DateTime<Utc>,
    ) -> Result<Assignment, SupplyError> {
        let mine = |assignment: &&Assignment| assignment.id == id && assignment.is_visible_to(by);
        let assignment = self.assignments.iter().find(mine).ok_or(SupplyError::NotFound("assignment"))?;
        if let Some(confirmed) = assignment.answer.confirmed() {
            return Err(SupplyError::AlreadyConfirmed(confirmed));
        }
        if assignment.released {
            return Err(SupplyError::Released);
        }
        let assigned = Amount::from(assignment.quantity);
        if answer.confirmed > assigned {
            let fault = SupplyFault::MoreThanAssigned { assigned: assignment.quantity };
            return Err(SupplyError::Invalid(vec![fault]));
        }
        let answer = match (Quantity::try_new(answer.confirmed.value()), answer.reason.clone()) {
            (_, None) if answer.confirmed < assigned => {
                return Err(SupplyError::Invalid(vec![SupplyFault::ReasonMissing]));
            }
            (Ok(quantity), reason) => Answer::Confirmed { quantity, reason, at },
            (Err(_), Some(reason)) => Answer::Declined { reason, at },
            (Err(_), None) => return Err(SupplyError::Invalid(vec![SupplyFault::ReasonMissing])),
        };
        Ok(Assignment { answer, ..assignment.clone() }.next(at))
    }

    /// The confirmed assignments of a vendor that no purchase order covers, each covered by this one now; none where there
    /// is nothing to order.
    ///
    /// # Errors
    /// What [`Standing`] forbids.
    pub fn cover(
        &self,
        vendor: VendorId,
        by: PurchaseOrderId,
        at: DateTime<Utc>,
    ) -> Result<Vec<Assignment>, SupplyError> {
        self.check_open()?;
        let uncovered = self.assignments.iter().filter(|assignment| {
            assignment.vendor.id == vendor
                && assignment.purchase_order.is_none()
                && !assignment.to_dispatch().is_zero()
        });
        let covered = uncovered.cloned();
        let covered = covered.map(|it| Assignment { purchase_order: Some(by), ..it }.next(at));
        Ok(covered.collect())
    }

    /// The purchase order of that id and number, over the assignments that it covers; `None` where it covers none.
    ///
    /// # Errors
    /// [`SupplyError::Total`].
    pub fn purchase_order(
        &self,
        id: PurchaseOrderId,
        number: &str,
        covered: &[Assignment],
        at: DateTime<Utc>,
    ) -> Result<Option<PurchaseOrder>, SupplyError> {
        let Some(first) = covered.first() else { return Ok(None) };
        let (mut items, mut total) = (Vec::new(), Money::ZERO);
        for assignment in covered {
            let item = PurchaseOrderItem::of(assignment, self.currency).map_err(SupplyError::Total)?;
            let Some(item) = item else { continue };
            total = total.plus(item.total).map_err(SupplyError::Total)?;
            items.push(item);
        }
        Ok(Some(PurchaseOrder {
            id,
            number: number.into(),
            order: self.order.clone(),
            vendor: first.vendor.clone(),
            status: PurchaseOrderStatus::of(covered),
            currency: self.currency,
            total,
            items,
            version: 1,
            created_at: at,
            updated_at: at,
        }))
    }

    /// Sends goods of a purchase order that `by` covers: the dispatch, and the assignments as they are then.
    ///
    /// # Errors
    /// [`SupplyError::Invalid`] with every entry that names what the purchase order has not, an item twice, or more than
    /// was confirmed; else [`SupplyError::NotDispatchable`] with every entry that is more than is left to dispatch.
    pub fn dispatch(
        &self,
        by: Visibility,
        new: &NewDispatch,
        (id, number): (DispatchId, &str),
        purchase_order_number: &str,
        at: DateTime<Utc>,
    ) -> Result<(Dispatch, Vec<Assignment>), SupplyError> {
        let covered = self.assignments.iter().filter(|assignment| {
            assignment.purchase_order == Some(new.purchase_order) && assignment.is_visible_to(by)
        });
        let covered: BTreeMap<_, _> = covered.map(|assignment| (assignment.id, assignment)).collect();
        let vendor = covered.values().next().map(|assignment| assignment.vendor.clone());
        let vendor = vendor.ok_or_else(|| SupplyError::Invalid(vec![SupplyFault::UnknownPurchaseOrder]))?;
        self.check_open()?;
        let (mut items, mut sent) = (Vec::new(), Vec::new());
        let (mut faults, mut short) = (Vec::new(), Vec::new());
        let mut seen = BTreeSet::new();
        if new.items.is_empty() {
            faults.push(SupplyFault::NothingDispatched);
        }
        for (entry, item) in new.items.iter().enumerate() {
            let Some(assignment) = covered.get(&item.assignment) else {
                faults.push(SupplyFault::UnknownItem { entry });
                continue;
            };
            if !seen.insert(item.assignment) {
                faults.push(SupplyFault::RepeatedItem { entry });
                continue;
            }
            let (wanted, left) = (Amount::from(item.quantity), assignment.to_dispatch());
            let confirmed = assignment.answer.confirmed().unwrap_or_default();
            if wanted > confirmed {
                faults.push(SupplyFault::MoreThanConfirmed { entry, confirmed });
                continue;
            }
            if wanted > left {
                short.push(Shortfall { entry, wanted: item.quantity, left });
                continue;
            }
            let dispatched = assignment.progress.dispatched.plus(wanted).unwrap_or(confirmed);
            let progress = Progress { dispatched, ..assignment.progress };
            sent.push(Assignment { progress, ..(*assignment).clone() }.next(at));
            items.push(DispatchItem {
                assignment: assignment.id,
                product_name: assignment.line.product_name.clone(),
                sku: assignment.line.sku.clone(),
                quantity: item.quantity,
            });
        }
        if !faults.is_empty() {
            return Err(SupplyError::Invalid(faults));
        }
        if !short.is_empty() {
            return Err(SupplyError::NotDispatchable(short));
        }
        let purchase_order =
            PurchaseOrderRef { id: new.purchase_order, number: purchase_order_number.into() };
        let dispatch = Dispatch {
            id,
            number: number.into(),
            order: self.order.clone(),
            purchase_order,
            vendor,
            items,
            tracking_reference: new.tracking_reference.clone(),
            remarks: new.remarks.clone(),
            dispatched_at: at,
            receipt: None,
        };
        Ok((dispatch, sent))
    }

    /// The assignments whose goods a receipt was verified of, as they are then.
    pub fn verified(&self, goods: &[VerifiedGoods], at: DateTime<Utc>) -> Vec<Assignment> {
        let verified = goods.iter().filter_map(|goods| {
            let found = self.assignments.iter().find(|assignment| assignment.id == goods.assignment);
            let assignment = found?.clone();
            let add = |sum: Amount, more: Amount| sum.plus(more).unwrap_or(sum);
            let before = assignment.progress;
            let progress = Progress {
                dispatched: before.dispatched,
                verified: add(before.verified, goods.dispatched.into()),
                received: add(before.received, goods.received),
                accepted: add(before.accepted, goods.accepted),
            };
            Some(Assignment { progress, ..assignment }.next(at))
        });
        verified.collect()
    }

    /// The assignments that the order's end releases: those of which something was still to be dispatched.
    pub fn released(&self, at: DateTime<Utc>) -> Vec<Assignment> {
        let open = self.assignments.iter().filter(|assignment| {
            !assignment.released
                && (assignment.answer == Answer::Awaited || !assignment.to_dispatch().is_zero())
        });
        open.cloned().map(|assignment| Assignment { released: true, ..assignment }.next(at)).collect()
    }

    /// Whether anything of the order was dispatched.
    pub fn is_dispatched(&self) -> bool {
        self.assignments.iter().any(|assignment| !assignment.progress.dispatched.is_zero())
    }

    /// Whether a vendor confirmed anything of the order.
    pub fn is_confirmed(&self) -> bool {
        self.assignments.iter().any(|assignment| matches!(assignment.answer, Answer::Confirmed { .. }))
    }

    /// The same with changed and new assignments in it.
    #[must_use]
    pub fn with(mut self, changed: &[Assignment]) -> Self {
        for assignment in changed {
            match self.assignments.iter_mut().find(|before| before.id == assignment.id) {
                Some(before) => *before = assignment.clone(),
                None => self.assignments.push(assignment.clone()),
            }
        }
        self
    }

    /// The purchase orders that these assignments are of, and the status of each now.
    pub fn statuses(&self, changed: &[Assignment]) -> BTreeMap<PurchaseOrderId, PurchaseOrderStatus> {
        let orders: BTreeSet<_> = changed.iter().filter_map(|assignment| assignment.purchase_order).collect();
        let of = |order| {
            let covered = self.assignments.iter().filter(move |it| it.purchase_order == Some(order));
            (order, PurchaseOrderStatus::of(covered))
        };
        orders.into_iter().map(of).collect()
    }
}

#[cfg(test)]
pub(crate) mod tests;
