use async_trait::async_trait;
use kernel::access::Visibility;
use kernel::error::StoreError;
use kernel::id::{TeamId, VendorId};
use kernel::page::{Page, Window};
use kernel::period::Period;
use kernel::team_locale::TeamLocale;
use kernel::write::{WriteContext, Written};

use crate::assignment::{Assignment, AssignmentId, AssignmentStatus, OrderId};
use crate::dispatch::{Dispatch, DispatchId, DispatchStatus};
use crate::purchase_order::{PurchaseOrder, PurchaseOrderId, PurchaseOrderStatus};
use crate::supply::{NewAssignment, NewDispatch, SupplyError, VendorAnswer};

/// What of each team's orders is assigned to vendors; a team MUST NOT see or change another's.
///
/// Every write MUST lock the sales order first, decide on its whole supply ([`OrderSupply`](crate::supply::OrderSupply)) and
/// move the order's status as `sales-orders` says (`SalesOrder::supplied`), in one transaction.
#[cfg_attr(any(test, feature = "mock"), mockall::automock)]
#[async_trait]
pub trait Assignments: Send + Sync {
    /// Assigns lines of an order ([`OrderSupply::assign`](crate::supply::OrderSupply::assign)), with
    /// `sales_order.assigned` and the audit entry of that name. [`SupplyError::NotFound`] if the team has no such order.
    async fn assign(
        &self,
        context: WriteContext<Vec<Assignment>>,
        order: OrderId,
        ids: Vec<AssignmentId>,
        new: Vec<NewAssignment>,
    ) -> Result<Written<Vec<Assignment>>, SupplyError>;

    /// Takes the answer of a vendor ([`OrderSupply::confirm`](crate::supply::OrderSupply::confirm)) to an assignment that
    /// `by` covers, with the audit entry `assignment.confirmed` or `assignment.declined`.
    async fn confirm(
        &self,
        context: WriteContext<Assignment>,
        by: Visibility,
        id: AssignmentId,
        answer: VendorAnswer,
    ) -> Result<Written<Assignment>, SupplyError>;

    /// The team's assignment of that id; one that [is not seen](Assignment::is_visible_to) is as good as none.
    async fn find(
        &self,
        team: TeamId,
        visibility: Visibility,
        id: AssignmentId,
    ) -> Result<Option<Assignment>, StoreError>;

    /// Assignments that are seen and that `filter` lets through, the latest first; those of one moment by id.
    async fn list(
        &self,
        team: TeamId,
        visibility: Visibility,
        filter: AssignmentFilter,
        window: Window,
        counted: bool,
    ) -> Result<Page<Assignment>, StoreError>;

    /// All assignments of these orders that are seen, the first first.
    async fn of_orders(
        &self,
        team: TeamId,
        visibility: Visibility,
        orders: Vec<OrderId>,
    ) -> Result<Vec<Assignment>, StoreError>;
}

/// The purchase orders of each team; a team MUST NOT see or change another's.
#[cfg_attr(any(test, feature = "mock"), mockall::automock)]
#[async_trait]
pub trait PurchaseOrders: Send + Sync {
    /// Orders from a vendor what it confirmed of an order and no purchase order covers
    /// ([`OrderSupply::cover`](crate::supply::OrderSupply::cover)), under a number of its own, with
    /// `purchase_order.created` and the audit entry of that name; under a lock on the sales order, so that two calls at once
    /// make one. Where there is nothing to cover, gives the latest purchase order of the two, and leaves nothing behind.
    ///
    /// [`SupplyError::Invalid`] where the team has no such order or vendor; [`SupplyError::NothingConfirmed`] where there is
    /// no purchase order either.
    async fn create(
        &self,
        context: WriteContext<Ordered>,
        id: PurchaseOrderId,
        order: OrderId,
        vendor: VendorId,
        locale: TeamLocale,
    ) -> Result<Written<Ordered>, SupplyError>;

    /// The team's purchase order of that id; one that [is not seen](PurchaseOrder::is_visible_to) is as good as none.
    async fn find(
        &self,
        team: TeamId,
        visibility: Visibility,
        id: PurchaseOrderId,
    ) -> Result<Option<PurchaseOrder>, StoreError>;

    /// Purchase orders that are seen and that `filter` lets through, the latest first; those of one moment by id.
    async fn list(
        &self,
        team: TeamId,
        visibility: Visibility,
        filter: PurchaseOrderFilter,
        window: Window,
        counted: bool,
    ) -> Result<Page<PurchaseOrder>, StoreError>;
}

/// The dispatches of each team; a team MUST NOT see or change another's.
#[cfg_attr(any(test, feature = "mock"), mockall::automock)]
#[async_trait]
pub trait Dispatches: Send + Sync {
    /// Sends goods of a purchase order that `by` covers ([`OrderSupply::dispatch`](crate::supply::OrderSupply::dispatch)),
    /// under a number of its own and a lock on the sales order, with `dispatch.created` and the audit entry of that name.
    async fn create(
        &self,
        context: WriteContext<Dispatch>,
        by: Visibility,
        id: DispatchId,
        new: NewDispatch,
        locale: TeamLocale,
    ) -> Result<Written<Dispatch>, SupplyError>;

    /// The team's dispatch of that id; one that [is not seen](Dispatch::is_visible_to) is as good as none.
    async fn find(
        &self,
        team: TeamId,
        visibility: Visibility,
        id: DispatchId,
    ) -> Result<Option<Dispatch>, StoreError>;

    /// Dispatches that are seen and that `filter` lets through, the latest first; those of one moment by id.
    async fn list(
        &self,
        team: TeamId,
        visibility: Visibility,
        filter: DispatchFilter,
        window: Window,
        counted: bool,
    ) -> Result<Page<Dispatch>, StoreError>;
}

/// The purchase order that a call came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ordered {
    pub purchase_order: PurchaseOrder,
    /// Whether this call made it.
    pub is_new: bool,
}

/// Which assignments are listed: those that fit everything that is set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AssignmentFilter {
    pub status: Option<AssignmentStatus>,
    pub vendor: Option<VendorId>,
    pub order: Option<OrderId>,
    /// When they were made.
    pub assigned: Period,
}

/// Which purchase orders are listed: those that fit everything that is set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PurchaseOrderFilter {
    pub status: Option<PurchaseOrderStatus>,
    pub vendor: Option<VendorId>,
    pub order: Option<OrderId>,
    /// When they were made.
    pub created: Period,
}

/// Which dispatches are listed: those that fit everything that is set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DispatchFilter {
    pub status: Option<DispatchStatus>,
    pub vendor: Option<VendorId>,
    pub order: Option<OrderId>,
    pub purchase_order: Option<PurchaseOrderId>,
    /// When they were sent.
    pub dispatched: Period,
}

impl AssignmentFilter {
    /// Whether the filter lets an assignment through.
    pub fn passes(&self, assignment: &Assignment) -> bool {
        self.status.is_none_or(|status| status == assignment.status())
            && self.vendor.is_none_or(|vendor| vendor == assignment.vendor.id)
            && self.order.is_none_or(|order| order == assignment.order.id)
            && self.assigned.holds(assignment.assigned_at)
    }
}

impl PurchaseOrderFilter {
    /// Whether the filter lets a purchase order through.
    pub fn passes(&self, order: &PurchaseOrder) -> bool {
        self.status.is_none_or(|status| status == order.status)
            && self.vendor.is_none_or(|vendor| vendor == order.vendor.id)
            && self.order.is_none_or(|id| id == order.order.id)
            && self.created.holds(order.created_at)
    }
}

impl DispatchFilter {
    /// Whether the filter lets a dispatch through.
    pub fn passes(&self, dispatch: &Dispatch) -> bool {
        self.status.is_none_or(|status| status == dispatch.status())
            && self.vendor.is_none_or(|vendor| vendor == dispatch.vendor.id)
            && self.order.is_none_or(|order| order == dispatch.order.id)
            && self.purchase_order.is_none_or(|order| order == dispatch.purchase_order.id)
            && self.dispatched.holds(dispatch.dispatched_at)
    }
}
