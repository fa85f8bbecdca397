use kernel::clock::IdSource;
use kernel::error::StoreError;
use kernel::id::TeamId;
use kernel::manufacturing::Sku;
use kernel::money::{Rate, UnitPrice};
use kernel::quantity::{Amount, AmountFault};
use kernel::write::Written;
use rust_decimal::Decimal;

use super::minute;
use crate::ports::{ProductFilter, Products};
use crate::product::{NewProduct, Product, ProductChange, ProductError};
use crate::stock::{Adjustment, Cause, Movement};
use crate::values::{AdjustmentReason, ProductName};
use kernel::contract::{claimed, context, done, read, stored_answer, window};

/// Products are created, changed and listed within their team, no two have one SKU, and stock is the sum of its ledger.
///
/// # Panics
/// When the implementation does otherwise.
pub async fn products(store: &dyn Products, ids: &dyn IdSource, team: TeamId, other_team: TeamId) {
    let suite = Suite { store, ids, team, other_team };
    suite.created().await;
    suite.changed().await;
    suite.adjusted().await;
    suite.listed().await;
    suite.other_teams_see_nothing().await;
    suite.claims_are_answered_alike().await;
}

struct Suite<'a> {
    store: &'a dyn Products,
    ids: &'a dyn IdSource,
    team: TeamId,
    other_team: TeamId,
}

#[expect(clippy::expect_used, reason = "test support: a bad number is the suite's own fault")]
fn decimal(text: &str) -> Decimal {
    text.parse().expect("a number")
}

#[expect(clippy::expect_used, reason = "test support: a bad value is the suite's own fault")]
pub(super) fn new(sku: &str, stock: &str) -> NewProduct {
    NewProduct {
        sku: Sku::try_new(sku).expect("a SKU"),
        name: ProductName::try_new(&format!("Product {sku}")).expect("a name"),
        unit_price: UnitPrice::try_new(decimal("12.5")).expect("a price"),
        tax_rate: Rate::percent(10),
        discount_rate: Rate::ZERO,
        stock: Amount::try_new(decimal(stock)).expect("an amount"),
    }
}

#[expect(clippy::expect_used, reason = "test support: a bad value is the suite's own fault")]
fn adjustment(quantity: &str) -> Adjustment {
    let adjustment = Adjustment::try_new(decimal(quantity)).expect("an adjustment");
    adjustment.because(AdjustmentReason::try_new("broken").ok())
}

impl Suite<'_> {
    async fn found(&self, number: i64) -> Option<Product> {
        read(self.store.find(self.team, number).await)
    }

    /// Signed quantities with balances and causes, the latest first.
    async fn ledger(&self, number: i64) -> Vec<(i64, String, String, &'static str)> {
        let ledger = read(self.store.movements(self.team, number, window(0, 100)).await)
            .unwrap_or_else(|| panic!("it is there"));
        assert_eq!(ledger.total, ledger.items.len() as u64, "a ledger is counted");
        let entry =
            |it: &Movement| (it.sequence, it.quantity.to_string(), it.balance.to_string(), it.cause.as_str());
        ledger.items.iter().map(entry).collect()
    }

    async fn created(&self) {
        let created = self.store.create(context(self.team, minute(0)), self.ids.id(), new("B", "5.5")).await;
        let created = done(created, "a product is created");
        assert_eq!((created.number, created.version, created.created_at), (1, 1, minute(0)));
        assert_eq!(self.found(1).await, Some(created), "a product is found as it was stored");
        assert_eq!(self.ledger(1).await, [(1, "5.5".into(), "5.5".into(), "opening")]);
        let empty = self.store.create(context(self.team, minute(0)), self.ids.id(), new("A", "0")).await;
        assert_eq!(done(empty, "a product is created").movements, 0);
        assert!(self.ledger(2).await.is_empty(), "nothing of it has moved");
        let taken = self.store.create(context(self.team, minute(0)), self.ids.id(), new("B", "1")).await;
        assert!(matches!(taken, Err(ProductError::SkuTaken)), "{taken:?}");
    }

    async fn changed(&self) {
        let change_at =
            |number, change, seen| self.store.change(context(self.team, minute(1)), number, change, seen);
        let change = ProductChange {
            name: ProductName::try_new("Bolt").ok(),
            unit_price: UnitPrice::try_new(11.into()).ok(),
            stock: Amount::try_new(7.into()).ok(),
            ..Default::default()
        };
        let changed = done(change_at(1, change.clone(), Some(vec![3, 1])).await, "a product is changed");
        assert_eq!((changed.version, changed.updated_at, changed.name.as_str()), (2, minute(1), "Bolt"));
        assert_eq!(self.found(1).await, Some(changed.clone()), "a product is found as it was changed");
        let ledger = [(2, "1.5".into(), "7".into(), "count"), (1, "5.5".into(), "5.5".into(), "opening")];
        assert_eq!(self.ledger(1).await, ledger, "what was counted moves the difference");
        let again = done(change_at(1, change.clone(), None).await, "the same again");
        assert_eq!(again, changed, "what changes nothing leaves nothing behind");
        let stale = change_at(1, change.clone(), Some(vec![1])).await;
        assert!(matches!(stale, Err(ProductError::Stale)), "{stale:?}");
        let sku = ProductChange { sku: Sku::try_new("B").ok(), ..Default::default() };
        let taken = change_at(2, sku, None).await;
        assert!(matches!(taken, Err(ProductError::SkuTaken)), "{taken:?}");
        let unknown = change_at(9, change, None).await;
        assert!(matches!(unknown, Err(ProductError::NotFound)), "{unknown:?}");
    }

    async fn adjusted(&self) {
        let adjust =
            |number, quantity| self.store.adjust(context(self.team, minute(2)), number, adjustment(quantity));
        let moved = done(adjust(1, "-2.5").await, "stock is adjusted");
        let Cause::Adjustment(reason) = &moved.cause else { panic!("{moved:?}") };
        assert_eq!(reason.as_ref().map(|reason| reason.as_str()), Some("broken"));
        assert_eq!((moved.sequence, moved.balance.to_string(), moved.at), (3, "4.5".into(), minute(2)));
        let more = adjust(1, "-4.501").await;
        assert!(
            matches!(&more, Err(ProductError::InsufficientStock { stock }) if stock.to_string() == "4.5"),
            "{more:?}"
        );
        let most = adjust(1, "999999999999").await;
        assert!(matches!(&most, Err(ProductError::StockTooLarge(AmountFault::TooLarge))), "{most:?}");
        let unknown = adjust(9, "1").await;
        assert!(matches!(unknown, Err(ProductError::NotFound)), "{unknown:?}");
        assert_eq!(self.ledger(1).await.len(), 3, "what was refused did not move");
    }

    async fn listed(&self) {
        let list = |filter, offset| async move {
            let listed = read(self.store.list(self.team, filter, window(offset, 1)).await);
            (listed.items.iter().map(|it| it.sku.as_str().to_owned()).collect::<Vec<_>>(), listed.total)
        };
        assert_eq!(list(ProductFilter::default(), 0).await, (vec!["B".into()], 2));
        assert_eq!(list(ProductFilter::default(), 1).await, (vec!["A".into()], 2));
        let sku = |sku: &str| ProductFilter { sku: Some(sku.into()), ..Default::default() };
        assert_eq!(list(sku("A"), 0).await, (vec!["A".into()], 1));
        assert_eq!(list(sku("a"), 0).await, (vec![], 0));
        let name = ProductFilter { name: Some("boL".into()), ..Default::default() };
        assert_eq!(list(name, 0).await, (vec!["B".into()], 1));
    }

    async fn other_teams_see_nothing(&self) {
        let team = self.other_team;
        assert_eq!(read(self.store.find(team, 1).await), None);
        assert_eq!(read(self.store.movements(team, 1, window(0, 1)).await), None);
        assert_eq!(read(self.store.list(team, ProductFilter::default(), window(0, 1)).await).total, 0);
        let own = self.store.create(context(team, minute(0)), self.ids.id(), new("B", "1")).await;
        assert_eq!(done(own, "each team has SKUs and numbers of its own").number, 1);
    }

    async fn claims_are_answered_alike(&self) {
        let create = |fingerprint| {
            self.store.create(claimed(self.team, "/products", fingerprint), self.ids.id(), new("C", "1"))
        };
        let first = done(create(1).await, "the first is done");
        assert_eq!(read(create(1).await), Written::Replayed(stored_answer()));
        let other = create(2).await;
        assert!(matches!(other, Err(ProductError::Store(StoreError::ClaimReused))), "{other:?}");
        assert_eq!(self.found(first.number).await, Some(first));
    }
}
