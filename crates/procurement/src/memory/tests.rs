use async_trait::async_trait;
use kernel::clock::{CountedIds, IdSource};
use kernel::id::{Id, Uuid};
use kernel::money::{Currency, UnitPrice};
use kernel::quantity::Quantity;

use super::*;
use crate::assignment::{OrderRef, OrderedLine};
use crate::contract::{self, Orders, SupplyStores};
use crate::dispatch::Receipt;
use crate::supply::{Standing, VerifiedGoods};

#[test]
fn it_keeps_vendors_as_the_contract_says() {
    let (store, ids) = (InMemoryProcurement::default(), CountedIds::default());
    let ids: &dyn IdSource = &ids;
    pollster::block_on(contract::vendors(&store, ids, ids.id(), ids.id()));
}

/// Orders and goods that live in the store alone.
struct Outside<'a> {
    store: &'a InMemoryProcurement,
    ids: &'a dyn IdSource,
}

#[async_trait]
impl Orders for Outside<'_> {
    async fn place(&self, team: TeamId, lines: &[(&str, i64, &str)]) -> OrderSupply {
        let line = |(name, quantity, price): &(&str, i64, &str)| OrderedLine {
            id: self.ids.id(),
            product_name: (*name).into(),
            sku: None,
            quantity: Quantity::try_new((*quantity).into()).unwrap(),
            unit_price: UnitPrice::try_new(price.parse().unwrap()).unwrap(),
        };
        let supply = OrderSupply {
            order: OrderRef { id: self.ids.id(), number: "ORD-2024-001".into() },
            standing: Standing::Open,
            currency: Currency::EUR,
            lines: lines.iter().map(line).collect(),
            assignments: Vec::new(),
        };
        self.store.place(team, supply.clone());
        supply
    }

    async fn cancel(&self, team: TeamId, order: OrderId, at: DateTime<Utc>) {
        self.store.end(team, order, "CANCELLED", at).unwrap();
    }

    async fn receive(&self, team: TeamId, dispatch: DispatchId, at: DateTime<Utc>) -> Receipt {
        let receipt = Receipt {
            id: self.ids.uuid(),
            number: "GRN-2024-001".into(),
            status: "PENDING_VERIFICATION".into(),
            at,
        };
        self.store.receive(team, dispatch, receipt.clone()).unwrap();
        receipt
    }

    async fn verify(&self, team: TeamId, receipt: Uuid, at: DateTime<Utc>) {
        let dispatch = self.store.dispatch_of(team, receipt).unwrap();
        let goods = dispatch.items.iter().map(|item| VerifiedGoods {
            assignment: item.assignment,
            dispatched: item.quantity,
            received: item.quantity.into(),
            accepted: item.quantity.into(),
        });
        self.store.verify(team, dispatch.id, "VERIFIED_OK", &goods.collect::<Vec<_>>(), at).unwrap();
    }
}

macro_rules! supply {
    ($suite:ident) => {{
        let (store, ids) = (InMemoryProcurement::default(), CountedIds::default());
        let ids: &dyn IdSource = &ids;
        let stores = SupplyStores {
            vendors: &store,
            assignments: &store,
            purchase_orders: &store,
            dispatches: &store,
            orders: &Outside { store: &store, ids },
        };
        pollster::block_on(contract::$suite(stores, ids, ids.id(), ids.id()));
    }};
}

#[test]
fn it_keeps_assignments_as_the_contract_says() {
    supply!(assignments);
}

#[test]
fn it_keeps_purchase_orders_as_the_contract_says() {
    supply!(purchase_orders);
}

#[test]
fn it_keeps_dispatches_as_the_contract_says() {
    supply!(dispatches);
}

#[test]
fn what_is_not_there_neither_ends_nor_arrives() {
    let (store, team) = (InMemoryProcurement::default(), Id::new(Uuid::from_u128(1)));
    let none = Id::new(Uuid::from_u128(2));
    let ended = store.end(team, none, "CLOSED", DateTime::UNIX_EPOCH);
    assert!(matches!(ended, Err(SupplyError::NotFound("order"))), "{ended:?}");
    let none = Id::new(Uuid::from_u128(2));
    let verified = store.verify(team, none, "VERIFIED_OK", &[], DateTime::UNIX_EPOCH);
    assert!(matches!(verified, Err(SupplyError::NotFound("dispatch"))), "{verified:?}");
}
