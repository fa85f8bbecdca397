//! The ports in memory, for examples and tests. It keeps no audit trail and announces no events.

mod supplies;

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use kernel::access::Visibility;
use kernel::error::StoreError;
use kernel::id::{TeamId, VendorId};
use kernel::memory::{InMemoryResponses, InMemoryState, page};
use kernel::numbering::Series;
use kernel::page::{Listing, Window};
use kernel::write::{WriteContext, Written};

use crate::assignment::{Assignment, OrderId};
use crate::dispatch::{Dispatch, DispatchId};
use crate::ports::{VendorFilter, Vendors};
use crate::purchase_order::{PurchaseOrder, PurchaseOrderId};
use crate::supply::{OrderSupply, SupplyError};
use crate::vendor::{Vendor, VendorChange, VendorError};

/// Vendors, and the supply of orders, of every team, as long as it lives.
#[derive(Debug, Default)]
pub struct InMemoryProcurement {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    vendors: BTreeMap<(TeamId, VendorId), Vendor>,
    supplies: BTreeMap<(TeamId, OrderId), OrderSupply>,
    purchase_orders: BTreeMap<(TeamId, PurchaseOrderId), PurchaseOrder>,
    dispatches: BTreeMap<(TeamId, DispatchId), Dispatch>,
    counters: BTreeMap<(TeamId, &'static str, String), u64>,
    responses: InMemoryResponses,
}

impl InMemoryProcurement {
    // Every write checks first and stores last, so a panic between leaves the state whole.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Vendors for InMemoryProcurement {
    async fn create(
        &self,
        context: WriteContext<Vendor>,
        vendor: Vendor,
    ) -> Result<Written<Vendor>, VendorError> {
        self.lock().once(&context, |state| state.create_vendor(context.team, vendor))
    }

    async fn change(
        &self,
        context: WriteContext<Vendor>,
        id: VendorId,
        change: VendorChange,
    ) -> Result<Written<Vendor>, VendorError> {
        self.lock().once(&context, |state| state.change_vendor(context.team, id, &change, context.at))
    }

    async fn find(
        &self,
        team: TeamId,
        visibility: Visibility,
        id: VendorId,
    ) -> Result<Option<Vendor>, StoreError> {
        let state = self.lock();
        Ok(state.vendors.get(&(team, id)).filter(|vendor| vendor.is_visible_to(visibility)).cloned())
    }

    async fn list(
        &self,
        team: TeamId,
        visibility: Visibility,
        filter: VendorFilter,
        window: Window,
    ) -> Result<Listing<Vendor>, StoreError> {
        let mut found: Vec<_> = self.lock().of_team(team).cloned().collect();
        found.retain(|vendor| vendor.is_visible_to(visibility) && filter.passes(vendor));
        found.sort_by(|one, other| one.code.cmp(&other.code));
        Ok(page(found, window))
    }
}

impl InMemoryState for State {
    fn responses(&mut self) -> &mut InMemoryResponses {
        &mut self.responses
    }
}

impl State {
    fn of_team(&self, team: TeamId) -> impl Iterator<Item = &Vendor> {
        self.vendors.iter().filter(move |((owner, _), _)| *owner == team).map(|(_, vendor)| vendor)
    }

    fn create_vendor(&mut self, team: TeamId, vendor: Vendor) -> Result<Vendor, VendorError> {
        if self.of_team(team).any(|other| other.code == vendor.code) {
            return Err(VendorError::CodeTaken);
        }
        self.vendors.insert((team, vendor.id), vendor.clone());
        Ok(vendor)
    }

    fn change_vendor(
        &mut self,
        team: TeamId,
        id: VendorId,
        change: &VendorChange,
        at: DateTime<Utc>,
    ) -> Result<Vendor, VendorError> {
        let present = self.vendors.get(&(team, id)).ok_or(VendorError::NotFound)?;
        let Some(changed) = present.change(change, at) else { return Ok(present.clone()) };
        self.vendors.insert((team, id), changed.clone());
        Ok(changed)
    }
}

#[cfg(test)]
mod tests;
