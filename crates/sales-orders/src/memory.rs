//! The ports in memory, for examples and tests. It keeps no audit trail and announces no events.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use kernel::error::StoreError;
use kernel::id::TeamId;
use kernel::memory::{InMemoryResponses, InMemoryState, page};
use kernel::page::{Listing, Page, Window};
use kernel::quantity::Amount;
use kernel::team_locale::TeamLocale;
use kernel::write::{WriteContext, Written};
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::order::{
    Command, NewOrder, Numbers, Obstacles, OrderLineId, Placed, Placing, SalesOrder, SalesOrderError,
    SalesOrderId,
};
use crate::ports::{OrderFilter, OrderRef, ProductFilter, Products, SalesOrders};
use crate::product::{NewProduct, Product, ProductChange, ProductError, ProductId};
use crate::stock::{Adjustment, Cause, Movement, Receipt};

/// The catalogue, stock and orders of every team, as long as it lives.
#[derive(Debug, Default)]
pub struct InMemoryShop {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    products: BTreeMap<(TeamId, i64), Product>,
    ledger: Vec<(ProductId, Movement)>,
    orders: BTreeMap<(TeamId, SalesOrderId), SalesOrder>,
    counters: BTreeMap<(TeamId, String), i64>,
    received: BTreeSet<(TeamId, Uuid)>,
    responses: InMemoryResponses,
}

impl InMemoryShop {
    // Every write checks first and stores last, so a panic between leaves the state whole.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Products for InMemoryShop {
    async fn create(
        &self,
        context: WriteContext<Product>,
        id: ProductId,
        new: NewProduct,
    ) -> Result<Written<Product>, ProductError> {
        self.lock().once(&context, |state| state.create_product(context.team, id, new, context.at))
    }

    async fn change(
        &self,
        context: WriteContext<Product>,
        number: i64,
        change: ProductChange,
        seen: Option<Vec<i64>>,
    ) -> Result<Written<Product>, ProductError> {
        self.lock().once(&context, |state| {
            state.change_product(context.team, number, &change, seen.as_deref(), context.at)
        })
    }

    async fn adjust(
        &self,
        context: WriteContext<Movement>,
        number: i64,
        adjustment: Adjustment,
    ) -> Result<Written<Movement>, ProductError> {
        self.lock().once(&context, |state| {
            adjustment.check(state.product(context.team, number)?)?;
            let quantity = adjustment.quantity();
            let cause = Cause::Adjustment(adjustment.reason);
            Ok(state.moved(context.team, number, quantity, cause, None, context.at)?)
        })
    }

    async fn receive(
        &self,
        context: WriteContext<Option<Movement>>,
        _consumer: &'static str,
        receipt: Receipt,
    ) -> Result<Option<Movement>, StoreError> {
        let mut state = self.lock();
        if !state.received.insert((context.team, receipt.event)) {
            return Ok(None);
        }
        let found =
            state.products.iter().find(|((team, _), it)| *team == context.team && it.sku == receipt.sku);
        let Some(((team, number), product)) = found else { return Ok(None) };
        let Some(moved) = receipt.movement(product.stock) else { return Ok(None) };
        let (team, number, cause) = (*team, *number, Cause::Production(receipt.order));
        state.moved(team, number, moved, cause, None, context.at).map(Some)
    }

    async fn find(&self, team: TeamId, number: i64) -> Result<Option<Product>, StoreError> {
        Ok(self.lock().products.get(&(team, number)).cloned())
    }

    async fn list(
        &self,
        team: TeamId,
        filter: ProductFilter,
        window: Window,
    ) -> Result<Listing<Product>, StoreError> {
        let state = self.lock();
        let of_team = state.products.iter().filter(|((owner, _), _)| *owner == team);
        let found = of_team.map(|(_, product)| product).filter(|product| filter.passes(product));
        Ok(page(found.cloned().collect(), window))
    }

    async fn movements(
        &self,
        team: TeamId,
        number: i64,
        window: Window,
    ) -> Result<Option<Listing<Movement>>, StoreError> {
        let state = self.lock();
        let Some(product) = state.products.get(&(team, number)) else { return Ok(None) };
        let its = state.ledger.iter().filter(|(id, _)| *id == product.id);
        Ok(Some(page(its.rev().map(|(_, movement)| movement.clone()).collect(), window)))
    }
}

#[async_trait]
impl SalesOrders for InMemoryShop {
    async fn create(
        &self,
        context: WriteContext<Placed>,
        id: SalesOrderId,
        line_ids: Vec<OrderLineId>,
        new: NewOrder,
        locale: TeamLocale,
    ) -> Result<Written<Placed>, SalesOrderError> {
        let with = Placing { id, line_ids, currency: locale.currency, at: context.at };
        self.lock().once(&context, |state| state.place(context.team, &new, &with, &locale))
    }

    async fn apply(
        &self,
        context: WriteContext<SalesOrder>,
        which: OrderRef,
        command: Command,
        seen: Option<Vec<i64>>,
    ) -> Result<Written<SalesOrder>, SalesOrderError> {
        self.lock().once(&context, |state| {
            let before = state.order(context.team, which).ok_or(SalesOrderError::NotFound)?.clone();
            if seen.is_some_and(|seen| !seen.contains(&before.version)) {
                return Err(SalesOrderError::Stale);
            }
            let Some(changed) = before.apply(&command, &Obstacles::default(), context.at)? else {
                return Ok(before);
            };
            let order = changed.order;
            for back in changed.returned {
                let (product, quantity) = (back.product.number, back.quantity.value());
                let cause = Cause::of_return(&order);
                state.moved(context.team, product, quantity, cause, Some(order.number), context.at)?;
            }
            state.orders.insert((context.team, order.id), order.clone());
            Ok(order)
        })
    }

    async fn find(&self, team: TeamId, which: OrderRef) -> Result<Option<SalesOrder>, StoreError> {
        Ok(self.lock().order(team, which).cloned())
    }

    async fn list(
        &self,
        team: TeamId,
        filter: OrderFilter,
        window: Window,
        counted: bool,
    ) -> Result<Page<SalesOrder>, StoreError> {
        let state = self.lock();
        let its = state.of_team(team).filter(|order| filter.vendor.is_none() && filter.passes(order));
        let mut found: Vec<_> = its.cloned().collect();
        found.sort_by_key(|order| std::cmp::Reverse((order.created_at, order.id)));
        let listing = page(found, window);
        Ok(Page { items: listing.items, total: counted.then_some(listing.total) })
    }
}

impl InMemoryState for State {
    fn responses(&mut self) -> &mut InMemoryResponses {
        &mut self.responses
    }
}

impl State {
    /// The first of so many numbers of a kind.
    fn draw(&mut self, team: TeamId, kind: String, count: usize) -> i64 {
        let last = self.counters.entry((team, kind)).or_default();
        *last += i64::try_from(count).unwrap_or(i64::MAX);
        *last - i64::try_from(count).unwrap_or(i64::MAX) + 1
    }

    fn product(&self, team: TeamId, number: i64) -> Result<&Product, ProductError> {
        self.products.get(&(team, number)).ok_or(ProductError::NotFound)
    }

    fn has_sku(&self, team: TeamId, but: i64, sku: &str) -> bool {
        let mut others = self.products.iter().filter(|((owner, number), _)| *owner == team && *number != but);
        others.any(|(_, product)| product.sku.as_str() == sku)
    }

    fn create_product(
        &mut self,
        team: TeamId,
        id: ProductId,
        new: NewProduct,
        at: DateTime<Utc>,
    ) -> Result<Product, ProductError> {
        if self.has_sku(team, 0, new.sku.as_str()) {
            return Err(ProductError::SkuTaken);
        }
        let number = self.draw(team, "product".into(), 1);
        let stock = new.stock;
        self.products.insert((team, number), Product::create(id, number, new, at));
        if !stock.is_zero() {
            self.moved(team, number, stock.value(), Cause::Opening, None, at)?;
        }
        self.product(team, number).cloned()
    }

    fn change_product(
        &mut self,
        team: TeamId,
        number: i64,
        change: &ProductChange,
        seen: Option<&[i64]>,
        at: DateTime<Utc>,
    ) -> Result<Product, ProductError> {
        let before = self.product(team, number)?.clone();
        if seen.is_some_and(|seen| !seen.contains(&before.version)) {
            return Err(ProductError::Stale);
        }
        if let Some(changed) = before.change(change, at) {
            if self.has_sku(team, number, changed.sku.as_str()) {
                return Err(ProductError::SkuTaken);
            }
            self.products.insert((team, number), changed);
        }
        if let Some(difference) = before.counted_difference(change) {
            self.moved(team, number, difference, Cause::Count, None, at)?;
        }
        self.product(team, number).cloned()
    }

    /// Appends a movement of a product that is there.
    fn moved(
        &mut self,
        team: TeamId,
        number: i64,
        quantity: Decimal,
        cause: Cause,
        order_number: Option<i64>,
        at: DateTime<Utc>,
    ) -> Result<Movement, StoreError> {
        let internal = |cause: &str| StoreError::Internal(cause.into());
        let product = self.products.get_mut(&(team, number)).ok_or_else(|| internal("no such product"))?;
        let balance = Amount::try_new(product.stock.value() + quantity);
        product.stock = balance.map_err(|fault| StoreError::Internal(Box::new(fault)))?;
        product.movements += 1;
        let (sequence, balance) = (product.movements, product.stock);
        let movement = Movement { sequence, quantity, balance, cause, order_number, at };
        self.ledger.push((product.id, movement.clone()));
        Ok(movement)
    }

    fn place(
        &mut self,
        team: TeamId,
        new: &NewOrder,
        with: &Placing,
        locale: &TeamLocale,
    ) -> Result<Placed, SalesOrderError> {
        let products = new.products().into_iter();
        let products = products
            .filter_map(|number| Some((number, self.products.get(&(team, number))?.clone())))
            .collect();
        let series = new.series(with.at, locale);
        let count = self.draw(team, format!("{} {}", series.kind, series.period), 1);
        let numbers = Numbers {
            order_number: series.number(count.unsigned_abs()).into(),
            order: self.draw(team, "order".into(), 1),
            first_line: self.draw(team, "line".into(), new.lines.len()),
        };
        let placed = new.place(with, &numbers, &products)?;
        let order = placed.order.clone();
        for taken in order.taken() {
            let (product, quantity) = (taken.product.number, -taken.quantity.value());
            self.moved(team, product, quantity, Cause::Sale(order.id), Some(order.number), with.at)?;
        }
        self.orders.insert((team, order.id), order);
        Ok(placed)
    }

    fn of_team(&self, team: TeamId) -> impl Iterator<Item = &SalesOrder> {
        let its = self.orders.iter().filter(move |((owner, _), order)| *owner == team && !order.deleted);
        its.map(|(_, order)| order)
    }

    fn order(&self, team: TeamId, which: OrderRef) -> Option<&SalesOrder> {
        self.of_team(team).find(|order| match which {
            OrderRef::Number(number) => order.number == number,
            OrderRef::Id(id) => order.id == id,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract;
    use kernel::clock::{CountedIds, IdSource};

    #[test]
    fn it_keeps_products_as_the_contract_says() {
        let (store, ids) = (InMemoryShop::default(), CountedIds::default());
        let ids: &dyn IdSource = &ids;
        pollster::block_on(contract::products(&store, ids, ids.id(), ids.id()));
    }

    #[test]
    fn it_keeps_orders_as_the_contract_says() {
        let (store, ids) = (InMemoryShop::default(), CountedIds::default());
        let ids: &dyn IdSource = &ids;
        let stores = contract::OrderStores { orders: &store, products: &store };
        pollster::block_on(contract::sales_orders(stores, ids, ids.id(), ids.id()));
    }
}
