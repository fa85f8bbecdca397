use kernel::clock::IdSource;
use kernel::error::StoreError;
use kernel::id::TeamId;
use kernel::write::Written;
use serde_json::{Value, json};

use super::minute;
use crate::ports::{ProductFilter, Products};
use crate::product::{NewProduct, Product, ProductChange, ProductError};
use crate::stock::{Adjustment, Cause};
use kernel::contract::{claimed, context, done, kept_answer, read, window};

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

#[expect(clippy::expect_used, reason = "test support: a bad request is the suite's own fault")]
pub(super) fn new(sku: &str, stock: &str) -> NewProduct {
    let request = json!({"sku": sku, "name": format!("Product {sku}"), "unitPrice": "12.5", "taxRate": 0.1});
    let new = NewProduct::read(request.as_object().expect("an object")).expect("a product");
    NewProduct {
        stock: stock.parse().ok().and_then(|it| kernel::quantity::Amount::try_new(it).ok()).expect("stock"),
        ..new
    }
}

#[expect(clippy::expect_used, reason = "test support: a bad request is the suite's own fault")]
fn change(request: Value) -> ProductChange {
    ProductChange::read(request.as_object().expect("an object")).expect("a change")
}

#[expect(clippy::expect_used, reason = "test support: a bad request is the suite's own fault")]
fn adjustment(request: Value) -> Adjustment {
    Adjustment::read(request.as_object().expect("an object")).expect("an adjustment")
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
        let told = |it: &crate::stock::Movement| {
            (it.sequence, it.quantity.to_string(), it.balance.to_string(), it.cause.as_str())
        };
        ledger.items.iter().map(told).collect()
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
        let change_at = |number, request, seen| {
            self.store.change(context(self.team, minute(1)), number, change(request), seen)
        };
        let request = json!({"name": "Bolt", "unitPrice": 11, "stockQuantity": 7});
        let changed = done(change_at(1, request.clone(), Some(vec![3, 1])).await, "a product is changed");
        assert_eq!((changed.version, changed.updated_at, changed.name.as_str()), (2, minute(1), "Bolt"));
        assert_eq!(self.found(1).await, Some(changed.clone()), "a product is found as it was changed");
        let ledger = [(2, "1.5".into(), "7".into(), "count"), (1, "5.5".into(), "5.5".into(), "opening")];
        assert_eq!(self.ledger(1).await, ledger, "what was counted moves the difference");
        let again = done(change_at(1, request.clone(), None).await, "the same again");
        assert_eq!(again, changed, "what changes nothing leaves nothing behind");
        let stale = change_at(1, request.clone(), Some(vec![1])).await;
        assert!(matches!(stale, Err(ProductError::Stale)), "{stale:?}");
        let taken = change_at(2, json!({"sku": "B"}), None).await;
        assert!(matches!(taken, Err(ProductError::SkuTaken)), "{taken:?}");
        let unknown = change_at(9, request, None).await;
        assert!(matches!(unknown, Err(ProductError::NotFound)), "{unknown:?}");
    }

    async fn adjusted(&self) {
        let adjust =
            |number, request| self.store.adjust(context(self.team, minute(2)), number, adjustment(request));
        let moved = done(adjust(1, json!({"quantity": -2.5, "reason": "broken"})).await, "stock is adjusted");
        let Cause::Adjustment(reason) = &moved.cause else { panic!("{moved:?}") };
        assert_eq!(reason.as_ref().map(|reason| reason.as_str()), Some("broken"));
        assert_eq!((moved.sequence, moved.balance.to_string(), moved.at), (3, "4.5".into(), minute(2)));
        let more = adjust(1, json!({"quantity": -4.501})).await;
        assert!(
            matches!(&more, Err(ProductError::InsufficientStock { stock }) if stock.to_string() == "4.5"),
            "{more:?}"
        );
        let most = adjust(1, json!({"quantity": 999999999999.0})).await;
        assert!(matches!(&most, Err(ProductError::Invalid(_))), "{most:?}");
        let unknown = adjust(9, json!({"quantity": 1})).await;
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
        assert_eq!(read(create(1).await), Written::Replayed(kept_answer()));
        let other = create(2).await;
        assert!(matches!(other, Err(ProductError::Store(StoreError::ClaimReused))), "{other:?}");
        assert_eq!(self.found(first.number).await, Some(first));
    }
}
