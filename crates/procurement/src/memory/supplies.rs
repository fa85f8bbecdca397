//! Assignments, purchase orders and dispatches, and what other domains do to orders and goods.

use std::cmp::Reverse;

use super::*;
use crate::assignment::AssignmentId;
use crate::dispatch::Receipt;
use crate::ports::{
    AssignmentFilter, Assignments, DispatchFilter, Dispatches, Ordered, PurchaseOrderFilter, PurchaseOrders,
};
use crate::supply::{NewAssignment, NewDispatch, Standing, SupplyFault, VendorAnswer, VerifiedGoods};
use kernel::page::Page;
use kernel::team_locale::TeamLocale;

/// What other domains do to orders and goods.
impl InMemoryProcurement {
    /// Places an order that may be bought in, or puts one in the place of another.
    pub fn place(&self, team: TeamId, supply: OrderSupply) {
        self.lock().supplies.insert((team, supply.order.id), supply);
    }

    /// Ends an order with that status, and releases what is still to be dispatched of it.
    ///
    /// # Errors
    /// [`SupplyError::NotFound`].
    pub fn end(
        &self,
        team: TeamId,
        order: OrderId,
        status: &'static str,
        at: DateTime<Utc>,
    ) -> Result<(), SupplyError> {
        let mut state = self.lock();
        let supply = state.supplies.get_mut(&(team, order)).ok_or(SupplyError::NotFound("order"))?;
        supply.standing = Standing::Ended(status);
        let released = supply.released(at);
        state.save(team, order, &released, at);
        Ok(())
    }

    /// Takes in the goods of a dispatch, of which a receipt was made.
    ///
    /// # Errors
    /// [`SupplyError::NotFound`], [`SupplyError::AlreadyReceived`].
    pub fn receive(&self, team: TeamId, dispatch: DispatchId, receipt: Receipt) -> Result<(), SupplyError> {
        let mut state = self.lock();
        let dispatch =
            state.dispatches.get_mut(&(team, dispatch)).ok_or(SupplyError::NotFound("dispatch"))?;
        dispatch.check_receivable()?;
        dispatch.receipt = Some(receipt);
        Ok(())
    }

    /// Takes what was verified of a dispatch's goods, and the status of its receipt.
    ///
    /// # Errors
    /// [`SupplyError::NotFound`].
    pub fn verify(
        &self,
        team: TeamId,
        dispatch: DispatchId,
        status: &str,
        goods: &[VerifiedGoods],
        at: DateTime<Utc>,
    ) -> Result<(), SupplyError> {
        let mut state = self.lock();
        let dispatch =
            state.dispatches.get_mut(&(team, dispatch)).ok_or(SupplyError::NotFound("dispatch"))?;
        if let Some(receipt) = &mut dispatch.receipt {
            receipt.status = status.into();
        }
        let order = dispatch.order.id;
        let verified = state.supply(team, order).map(|supply| supply.verified(goods, at));
        state.save(team, order, &verified.unwrap_or_default(), at);
        Ok(())
    }

    /// The dispatch whose goods a receipt is of.
    pub fn dispatch_of(&self, team: TeamId, receipt: kernel::id::Uuid) -> Option<Dispatch> {
        let state = self.lock();
        let is_of = |dispatch: &&Dispatch| dispatch.receipt.as_ref().is_some_and(|it| it.id == receipt);
        of(&state.dispatches, team).find(is_of).cloned()
    }
}

#[async_trait]
impl Assignments for InMemoryProcurement {
    async fn assign(
        &self,
        context: WriteContext<Vec<Assignment>>,
        order: OrderId,
        ids: Vec<AssignmentId>,
        new: Vec<NewAssignment>,
    ) -> Result<Written<Vec<Assignment>>, SupplyError> {
        let (team, at) = (context.team, context.at);
        self.lock().once(&context, |state| {
            let supply = state.supply(team, order).ok_or(SupplyError::NotFound("order"))?;
            let vendors = state.of_team(team).map(|vendor| (vendor.id, vendor.clone())).collect();
            let made = supply.assign(&new, &ids, &vendors, at)?;
            state.save(team, order, &made, at);
            Ok(made)
        })
    }

    async fn confirm(
        &self,
        context: WriteContext<Assignment>,
        by: Visibility,
        id: AssignmentId,
        answer: VendorAnswer,
    ) -> Result<Written<Assignment>, SupplyError> {
        let (team, at) = (context.team, context.at);
        self.lock().once(&context, |state| {
            let its = |supply: &&OrderSupply| supply.assignments.iter().any(|it| it.id == id);
            let supply = of(&state.supplies, team).find(its).ok_or(SupplyError::NotFound("assignment"))?;
            let (order, confirmed) = (supply.order.id, supply.confirm(by, id, &answer, at)?);
            state.save(team, order, std::slice::from_ref(&confirmed), at);
            Ok(confirmed)
        })
    }

    async fn find(
        &self,
        team: TeamId,
        visibility: Visibility,
        id: AssignmentId,
    ) -> Result<Option<Assignment>, StoreError> {
        let seen = self.lock().assignments(team, visibility);
        Ok(seen.into_iter().find(|assignment| assignment.id == id))
    }

    async fn list(
        &self,
        team: TeamId,
        visibility: Visibility,
        filter: AssignmentFilter,
        window: Window,
        counted: bool,
    ) -> Result<Page<Assignment>, StoreError> {
        let mut found = self.lock().assignments(team, visibility);
        found.retain(|assignment| filter.passes(assignment));
        found.sort_by_key(|assignment| Reverse((assignment.assigned_at, assignment.id)));
        Ok(part(found, window, counted))
    }

    async fn of_orders(
        &self,
        team: TeamId,
        visibility: Visibility,
        orders: Vec<OrderId>,
    ) -> Result<Vec<Assignment>, StoreError> {
        let mut found = self.lock().assignments(team, visibility);
        found.retain(|assignment| orders.contains(&assignment.order.id));
        found.sort_by_key(|assignment| (assignment.assigned_at, assignment.id));
        Ok(found)
    }
}

#[async_trait]
impl PurchaseOrders for InMemoryProcurement {
    async fn create(
        &self,
        context: WriteContext<Ordered>,
        id: PurchaseOrderId,
        order: OrderId,
        vendor: VendorId,
        locale: TeamLocale,
    ) -> Result<Written<Ordered>, SupplyError> {
        let (team, at) = (context.team, context.at);
        self.lock().once(&context, |state| {
            let (supply, known) = (state.supply(team, order), state.vendors.contains_key(&(team, vendor)));
            let (Some(supply), true) = (&supply, known) else {
                let order = supply.is_none().then_some(SupplyFault::UnknownOrder);
                let vendor = (!known).then_some(SupplyFault::NoSuchVendor);
                return Err(SupplyError::Invalid(order.into_iter().chain(vendor).collect()));
            };
            let covered = supply.cover(vendor, id, at)?;
            if covered.is_empty() {
                let latest = state.latest(team, order, vendor).ok_or(SupplyError::NothingConfirmed)?;
                return Ok(Ordered { purchase_order: latest, is_new: false });
            }
            let number = state.number(team, &PurchaseOrder::series(at, &locale));
            let made = supply.purchase_order(id, &number, &covered, at)?;
            let purchase_order = made.ok_or(SupplyError::NothingConfirmed)?;
            state.purchase_orders.insert((team, id), purchase_order.clone());
            state.save(team, order, &covered, at);
            Ok(Ordered { purchase_order, is_new: true })
        })
    }

    async fn find(
        &self,
        team: TeamId,
        visibility: Visibility,
        id: PurchaseOrderId,
    ) -> Result<Option<PurchaseOrder>, StoreError> {
        let state = self.lock();
        let found = state.purchase_orders.get(&(team, id));
        Ok(found.filter(|order| order.is_visible_to(visibility)).cloned())
    }

    async fn list(
        &self,
        team: TeamId,
        visibility: Visibility,
        filter: PurchaseOrderFilter,
        window: Window,
        counted: bool,
    ) -> Result<Page<PurchaseOrder>, StoreError> {
        let mut found: Vec<_> = of(&self.lock().purchase_orders, team).cloned().collect();
        found.retain(|order| order.is_visible_to(visibility) && filter.passes(order));
        found.sort_by_key(|order| Reverse((order.created_at, order.id)));
        Ok(part(found, window, counted))
    }
}

#[async_trait]
impl Dispatches for InMemoryProcurement {
    async fn create(
        &self,
        context: WriteContext<Dispatch>,
        by: Visibility,
        id: DispatchId,
        new: NewDispatch,
        locale: TeamLocale,
    ) -> Result<Written<Dispatch>, SupplyError> {
        let (team, at) = (context.team, context.at);
        self.lock().once(&context, |state| {
            let unknown = || SupplyError::Invalid(vec![SupplyFault::UnknownPurchaseOrder]);
            let of = state.purchase_orders.get(&(team, new.purchase_order)).ok_or_else(unknown)?;
            let (order, of) = (of.order.id, of.number.clone());
            let supply = state.supply(team, order).ok_or_else(unknown)?;
            let number = state.number(team, &Dispatch::series(at, &locale));
            let (dispatch, sent) = supply.dispatch(by, &new, (id, &number), &of, at)?;
            state.dispatches.insert((team, id), dispatch.clone());
            state.save(team, order, &sent, at);
            Ok(dispatch)
        })
    }

    async fn find(
        &self,
        team: TeamId,
        visibility: Visibility,
        id: DispatchId,
    ) -> Result<Option<Dispatch>, StoreError> {
        let state = self.lock();
        let found = state.dispatches.get(&(team, id));
        Ok(found.filter(|dispatch| dispatch.is_visible_to(visibility)).cloned())
    }

    async fn list(
        &self,
        team: TeamId,
        visibility: Visibility,
        filter: DispatchFilter,
        window: Window,
        counted: bool,
    ) -> Result<Page<Dispatch>, StoreError> {
        let mut found: Vec<_> = of(&self.lock().dispatches, team).cloned().collect();
        found.retain(|dispatch| dispatch.is_visible_to(visibility) && filter.passes(dispatch));
        found.sort_by_key(|dispatch| Reverse((dispatch.dispatched_at, dispatch.id)));
        Ok(part(found, window, counted))
    }
}

/// What a team has of something.
fn of<K: Ord, T>(all: &BTreeMap<(TeamId, K), T>, team: TeamId) -> impl Iterator<Item = &T> {
    all.iter().filter(move |((owner, _), _)| *owner == team).map(|(_, its)| its)
}

/// The window's part of a whole list.
fn part<T>(found: Vec<T>, window: Window, counted: bool) -> Page<T> {
    let listing = page(found, window);
    Page { items: listing.items, total: counted.then_some(listing.total) }
}

impl State {
    /// The supply of an order. It shows vendors as they were when something was assigned to them.
    fn supply(&self, team: TeamId, order: OrderId) -> Option<OrderSupply> {
        self.supplies.get(&(team, order)).cloned()
    }

    fn assignments(&self, team: TeamId, visibility: Visibility) -> Vec<Assignment> {
        let all = of(&self.supplies, team).flat_map(|supply| &supply.assignments);
        all.filter(|assignment| assignment.is_visible_to(visibility)).cloned().collect()
    }

    fn latest(&self, team: TeamId, order: OrderId, vendor: VendorId) -> Option<PurchaseOrder> {
        let its = of(&self.purchase_orders, team);
        let its = its.filter(|it| it.order.id == order && it.vendor.id == vendor);
        its.max_by_key(|it| (it.created_at, it.id)).cloned()
    }

    /// The next number of a series.
    fn number(&mut self, team: TeamId, series: &Series) -> String {
        let counter = self.counters.entry((team, series.kind, series.period.clone())).or_default();
        *counter += 1;
        series.number(*counter)
    }

    /// Saves new and changed assignments of an order, and moves the purchase orders that cover them.
    fn save(&mut self, team: TeamId, order: OrderId, changed: &[Assignment], at: DateTime<Utc>) {
        let Some(supply) = self.supplies.get_mut(&(team, order)) else { return };
        *supply = supply.clone().with(changed);
        for (id, status) in supply.statuses(changed) {
            let Some(order) = self.purchase_orders.get_mut(&(team, id)) else { continue };
            for item in &mut order.items {
                let covered = changed.iter().find(|assignment| assignment.id == item.assignment);
                item.progress = covered.map_or(item.progress, |assignment| assignment.progress);
            }
            if order.status != status {
                (order.status, order.updated_at) = (status, at);
                order.version += 1;
            }
        }
    }
}
