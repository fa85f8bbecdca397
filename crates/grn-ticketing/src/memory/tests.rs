use std::collections::BTreeMap;

use async_trait::async_trait;
use kernel::clock::{CountedIds, IdSource};
use kernel::quantity::{Amount, Quantity};

use super::*;
use crate::contract::{self, Arrivals, Load, ReceivingStores};

/// Goods that are under way in the store alone.
struct Outside<'a> {
    store: &'a InMemoryReceiving,
    ids: &'a dyn IdSource,
}

fn quantity(number: i64) -> Quantity {
    Quantity::try_new(number.into()).unwrap()
}

#[async_trait]
impl Arrivals for Outside<'_> {
    async fn send(&self, team: TeamId, loads: &[&[(&str, i64)]]) -> Vec<Load> {
        let (order, vendor, purchase_order) = (self.ids.id(), self.ids.id(), self.ids.id());
        let mut totals = BTreeMap::new();
        for (name, number) in loads.iter().copied().flatten() {
            totals.entry(*name).or_insert((self.ids.id(), self.ids.id(), 0)).2 += number;
        }
        let item = |(name, number): &(&str, i64)| {
            let (assigned_item, line, assigned) = totals[name];
            ArrivedItem {
                assigned_item,
                line,
                product_name: (*name).into(),
                sku: None,
                assigned: quantity(assigned),
                dispatched: quantity(*number),
                received_before: Amount::ZERO,
            }
        };
        let load = |items: &&[(&str, i64)]| {
            let dispatch = ArrivedDispatch {
                id: self.ids.id(),
                number: "DSP-2024-001".into(),
                tracking_reference: Some("AWB 123".into()),
                purchase_order,
                purchase_order_number: "PO-2024-001".into(),
                order,
                order_number: "ORD-2024-001".into(),
                vendor,
                vendor_code: "VEN001".into(),
                vendor_name: "Green Farms".into(),
                vendor_email: None,
            };
            let items: Vec<_> = items.iter().map(item).collect();
            self.store.arrive(team, dispatch.clone(), items.clone());
            Load { dispatch, items }
        };
        loads.iter().map(load).collect()
    }

    async fn user(&self, team: TeamId, roles: &[Role], is_active: bool) -> (UserId, String) {
        let id: UserId = self.ids.id();
        let email = format!("{id}@kyari.com");
        self.store.add_user(team, id, &email, roles.iter().copied(), is_active);
        (id, email)
    }
}

macro_rules! receiving {
    ($suite:ident) => {{
        let (store, ids) = (InMemoryReceiving::default(), CountedIds::default());
        let ids: &dyn IdSource = &ids;
        let arrivals = Outside { store: &store, ids };
        let stores = ReceivingStores { receipts: &store, tickets: &store, arrivals: &arrivals };
        pollster::block_on(contract::$suite(stores, ids, ids.id(), ids.id()));
    }};
}

#[test]
fn it_keeps_goods_receipts_as_the_contract_says() {
    receiving!(goods_receipts);
}

#[test]
fn it_keeps_tickets_as_the_contract_says() {
    receiving!(tickets);
}
