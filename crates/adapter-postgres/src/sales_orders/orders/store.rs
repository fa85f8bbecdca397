use std::collections::BTreeMap;

use async_trait::async_trait;
use diesel::pg::PgConnection;
use kernel::audit::AuditEntry;
use kernel::clock::{IdSource, SystemIds};
use kernel::error::StoreError;
use kernel::events::OutboxMessage;
use kernel::id::TeamId;
use kernel::page::{Page, Window};
use kernel::team_locale::TeamLocale;
use kernel::write::{WriteContext, Written};
use sales_orders::order::{
    Changed, Channel, Command, NewOrder, Numbers, OrderLineId, Placed, Placing, SalesEvent, SalesOrder,
    SalesOrderError, SalesOrderId,
};
use sales_orders::ports::{OrderFilter, OrderRef, SalesOrders};
use sales_orders::stock::Cause;

use super::search;
use super::supply::{obstacles, release};
use super::table::{self, with_lines};
use crate::counters::{Draw, draw};
use crate::db::{Db, Lane, Scope};
use crate::effects::{Change, was_answered};
use crate::sales_orders::ledger::{Move, Moves};
use crate::sales_orders::products::table::{Wanted, lock as lock_products};
use crate::write_error::{WriteError, unwritable};

/// Sales orders in PostgreSQL.
pub struct PgSalesOrders {
    db: Db,
}

impl PgSalesOrders {
    pub fn new(db: Db) -> Self {
        Self { db }
    }

    /// The numbers of a new order, drawn before its transaction.
    async fn numbers(
        &self,
        context: &WriteContext<Placed>,
        new: &NewOrder,
        locale: &TeamLocale,
    ) -> Result<Numbers, StoreError> {
        let series = new.series(context.at, locale);
        let lines =
            Draw { count: new.lines.len().try_into().unwrap_or(i64::MAX), ..Draw::one("sales_order_line") };
        let number = Draw { kind: series.kind, period: series.period.clone(), count: 1 };
        let draws = [Draw::one("sales_order"), lines, number];
        let [order, first_line, count] = draw(&self.db, context.team, draws).await?;
        Ok(Numbers { order_number: series.number(count.unsigned_abs()).into(), order, first_line })
    }
}

#[async_trait]
impl SalesOrders for PgSalesOrders {
    #[tracing::instrument(name = "SalesOrders::create", level = "debug", skip_all)]
    async fn create(
        &self,
        context: WriteContext<Placed>,
        id: SalesOrderId,
        line_ids: Vec<OrderLineId>,
        new: NewOrder,
        locale: TeamLocale,
    ) -> Result<Written<Placed>, SalesOrderError> {
        let (team, at) = (context.team, context.at);
        let numbers = match was_answered(&self.db, &context).await? {
            true => Numbers { order_number: "".into(), order: 0, first_line: 0 },
            false => self.numbers(&context, &new, &locale).await?,
        };
        let with = Placing { id, line_ids, currency: locale.currency, at };
        self.db
            .change(Lane::Ordinary, context, move |connection| {
                let wanted = new.products();
                let mut products = if wanted.is_empty() {
                    BTreeMap::new()
                } else {
                    lock_products(connection, team, Wanted::Numbers(wanted))?
                };
                let by_number = products.values().map(|product| (product.number, product.clone())).collect();
                let placed = new.place(&with, &numbers, &by_number).map_err(WriteError::Port)?;
                let order = &placed.order;
                table::insert(connection, team, order)?;
                let moves = order.taken();
                let moves =
                    moves.map(|taken| Move { product: taken.product.id, quantity: -taken.quantity.value() });
                let moves = Moves { team, cause: Cause::Sale(id), at, moves: moves.collect() };
                let (_, stock) = moves.append(connection, &mut products)?;
                let events = events(SalesEvent::Created, order, stock)?;
                let audit = vec![AuditEntry::created(order)];
                Ok(Change { outcome: placed, events, audit })
            })
            .await
    }

    #[tracing::instrument(name = "SalesOrders::apply", level = "debug", skip_all)]
    async fn apply(
        &self,
        context: WriteContext<SalesOrder>,
        which: OrderRef,
        command: Command,
        seen: Option<Vec<i64>>,
    ) -> Result<Written<SalesOrder>, SalesOrderError> {
        let (team, at) = (context.team, context.at);
        self.db
            .change(Lane::Ordinary, context, move |connection| {
                let before = lock(connection, team, which)?;
                let before = before.ok_or(WriteError::Port(SalesOrderError::NotFound))?;
                if seen.as_ref().is_some_and(|seen| !seen.contains(&before.version)) {
                    return Err(WriteError::Port(SalesOrderError::Stale));
                }
                let ends = matches!(command, Command::Cancel { .. } | Command::Close { .. });
                let supply = match ends && before.channel == Channel::Oms {
                    true => Some(obstacles(connection, team, &before)?),
                    false => None,
                };
                let (supply, obstacles) = supply.unzip();
                let changed = before.apply(&command, &obstacles.unwrap_or_default(), at);
                let Some(changed) = changed.map_err(WriteError::Port)? else {
                    return Ok(Change::nothing(before));
                };
                table::update(connection, team, &changed.order)?;
                let mut effects = give_back(connection, team, &changed)?;
                let mut audit =
                    vec![AuditEntry::of(changed.event.verb(), Some(&before), Some(&changed.order))];
                if let Some(supply) = supply {
                    let (events, entries) = release(connection, team, supply, &changed, at)?;
                    effects.extend(events);
                    audit.extend(entries);
                }
                let events = events(changed.event, &changed.order, effects)?;
                Ok(Change { outcome: changed.order, events, audit })
            })
            .await
    }

    #[tracing::instrument(name = "SalesOrders::find", level = "debug", skip_all)]
    async fn find(&self, team: TeamId, which: OrderRef) -> Result<Option<SalesOrder>, StoreError> {
        let found = self.db.read(Scope::Team(team), move |connection| {
            let row = table::find(connection, team, which)?;
            with_lines(connection, team, Vec::from_iter(row))
        });
        Ok(found.await??.into_iter().find(|order| !order.deleted))
    }

    #[tracing::instrument(name = "SalesOrders::list", level = "debug", skip_all)]
    async fn list(
        &self,
        team: TeamId,
        filter: OrderFilter,
        window: Window,
        counted: bool,
    ) -> Result<Page<SalesOrder>, StoreError> {
        let listed = self.db.read(Scope::Team(team), move |connection| {
            let conditions = search::conditions(&filter);
            let orders = search::page(connection, team, &conditions, window)?;
            let total = counted.then(|| search::total(connection, &conditions)).transpose()?;
            Ok((orders, total))
        });
        let (orders, total) = listed.await?;
        Ok(Page { items: orders?, total: total.map(i64::unsigned_abs) })
    }
}

/// The order that is named so and was not deleted, locked until the transaction ends.
fn lock(
    connection: &mut PgConnection,
    team: TeamId,
    which: OrderRef,
) -> Result<Option<SalesOrder>, WriteError<SalesOrderError>> {
    let row = table::lock(connection, team, which)?;
    let orders = with_lines(connection, team, Vec::from_iter(row))?.map_err(WriteError::store)?;
    Ok(orders.into_iter().find(|order| !order.deleted))
}

/// Puts back into stock what an order gives back.
fn give_back(
    connection: &mut PgConnection,
    team: TeamId,
    changed: &Changed,
) -> Result<Vec<OutboxMessage>, WriteError<SalesOrderError>> {
    if changed.returned.is_empty() {
        return Ok(Vec::new());
    }
    let order = &changed.order;
    let ids = changed.returned.iter().map(|returned| returned.product.id.uuid()).collect();
    let mut products = lock_products(connection, team, Wanted::Ids(ids))?;
    let moves = changed.returned.iter();
    let moves = moves.map(|it| Move { product: it.product.id, quantity: it.quantity.value() }).collect();
    let moves = Moves { team, cause: Cause::of_return(order), at: order.updated_at, moves };
    moves.append(connection, &mut products).map(|(_, events)| events)
}

/// The order's own event, then those of what changed with it.
fn events(
    event: SalesEvent,
    order: &SalesOrder,
    others: Vec<OutboxMessage>,
) -> Result<Vec<OutboxMessage>, WriteError<SalesOrderError>> {
    let own = event.of(order, SystemIds.uuid()).map_err(unwritable)?;
    Ok([OutboxMessage::Event(own)].into_iter().chain(others).collect())
}
