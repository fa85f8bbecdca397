//! Sales orders.

mod create;
mod list;
mod rows;

use async_trait::async_trait;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use kernel::audit::AuditEntry;
use kernel::clock::{IdSource, SystemIds};
use kernel::email::Email;
use kernel::error::StoreError;
use kernel::events::OutboxMessage;
use kernel::id::TeamId;
use kernel::page::Window;
use kernel::team_locale::TeamLocale;
use kernel::write::{WriteContext, Written};
use sales_orders::order::{
    Changed, Command, NewOrder, Numbers, OrderLineId, Placed, Placing, SalesEvent, SalesOrder,
    SalesOrderError, SalesOrderId,
};
use sales_orders::ports::{OrderFilter, OrderPage, OrderRef, SalesOrders};
use sales_orders::stock::Cause;
use sales_orders::values::{CustomerName, Notes, PaymentMethod, Phone};

use self::rows::with_lines;
use super::stock::{Move, Moves, Wanted, by_id, locked};
use crate::counters::{Draw, draw};
use crate::db::{Db, Lane, Scope};
use crate::effects::{Change, was_answered};
use crate::schema::sales_orders as table;
use crate::write_error::WriteError;

/// Sales orders in PostgreSQL.
pub struct PgSalesOrders {
    db: Db,
}

impl PgSalesOrders {
    /// Stands on a pool.
    pub fn new(db: Db) -> Self {
        Self { db }
    }

    /// The numbers of a new order, drawn before its transaction.
    async fn numbers(
        &self,
        context: &WriteContext<Placed>,
        new: &NewOrder,
        terms: &TeamLocale,
    ) -> Result<Numbers, StoreError> {
        let series = new.series(context.at, terms);
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
    async fn create(
        &self,
        context: WriteContext<Placed>,
        id: SalesOrderId,
        line_ids: Vec<OrderLineId>,
        new: NewOrder,
        terms: TeamLocale,
    ) -> Result<Written<Placed>, SalesOrderError> {
        let (team, at) = (context.team, context.at);
        let numbers = match was_answered(&self.db, &context).await? {
            true => Numbers { order_number: "".into(), order: 0, first_line: 0 },
            false => self.numbers(&context, &new, &terms).await?,
        };
        let with = Placing { id, line_ids, currency: terms.currency, at };
        self.db
            .change(Lane::Ordinary, context, move |connection| {
                let products = match new.products() {
                    numbers if numbers.is_empty() => Vec::new(),
                    numbers => locked(connection, team, Wanted::Numbers(numbers))?,
                };
                let by_number = products.iter().map(|product| (product.number, product.clone())).collect();
                let placed = new.place(&with, &numbers, &by_number);
                let placed = placed.map_err(|faults| WriteError::Port(SalesOrderError::Invalid(faults)))?;
                create::insert(connection, team, &placed.order)?;
                let taken = placed.order.lines.iter().filter(|line| !line.taken.is_zero());
                let moves = taken.filter_map(|line| {
                    Some(Move { product: line.product?.id, quantity: -line.taken.value() })
                });
                let moves = Moves { team, cause: Cause::Sale(id), at, moves: moves.collect() };
                let (_, stock) = moves.append(connection, &mut by_id(products))?;
                let events = events(SalesEvent::Created, &placed.order, stock)?;
                let audit = Some(entry(SalesEvent::Created, None, &placed.order));
                Ok(Change { outcome: placed, events, audit })
            })
            .await
    }

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
                let before = locked_order(connection, team, which)?;
                let before = before.filter(|order| !order.deleted);
                let before = before.ok_or(WriteError::Port(SalesOrderError::NotFound))?;
                if seen.as_ref().is_some_and(|seen| !seen.contains(&before.version)) {
                    return Err(WriteError::Port(SalesOrderError::Stale));
                }
                let Some(changed) = before.apply(&command, at).map_err(WriteError::Port)? else {
                    return Ok(Change::nothing(before));
                };
                update(connection, team, &changed.order)?;
                let stock = give_back(connection, team, &changed)?;
                let events = events(changed.event, &changed.order, stock)?;
                let audit = Some(entry(changed.event, Some(&before), &changed.order));
                Ok(Change { outcome: changed.order, events, audit })
            })
            .await
    }

    async fn find(&self, team: TeamId, which: OrderRef) -> Result<Option<SalesOrder>, StoreError> {
        let found = self.db.read(Scope::Team(team), move |connection| {
            let row = rows::read(connection, team, which)?;
            with_lines(connection, team, Vec::from_iter(row))
        });
        Ok(found.await??.into_iter().find(|order| !order.deleted))
    }

    async fn list(
        &self,
        team: TeamId,
        filter: OrderFilter,
        window: Window,
        counted: bool,
    ) -> Result<OrderPage, StoreError> {
        let listed = self.db.read(Scope::Team(team), move |connection| {
            let conditions = list::conditions(&filter);
            let orders = list::page(connection, team, &conditions, window)?;
            let total = counted.then(|| list::total(connection, &conditions)).transpose()?;
            Ok((orders, total))
        });
        let (orders, total) = listed.await?;
        Ok(OrderPage { orders: orders?, total: total.map(i64::unsigned_abs) })
    }
}

fn locked_order(
    connection: &mut PgConnection,
    team: TeamId,
    which: OrderRef,
) -> Result<Option<SalesOrder>, WriteError<SalesOrderError>> {
    let row = rows::lock(connection, team, which)?;
    let orders = with_lines(connection, team, Vec::from_iter(row))?.map_err(WriteError::store)?;
    Ok(orders.into_iter().next())
}

/// What may change of an order once it is placed.
fn update(
    connection: &mut PgConnection,
    team: TeamId,
    order: &SalesOrder,
) -> Result<(), WriteError<SalesOrderError>> {
    let of_id = table::table.filter(table::team_id.eq(team.uuid())).filter(table::id.eq(order.id.uuid()));
    let customer = &order.customer;
    diesel::update(of_id)
        .set((
            table::status.eq(order.status.as_str()),
            table::payment_status.eq(order.payment_status.as_str()),
            table::payment_method.eq(order.payment_method.as_ref().map(PaymentMethod::as_str)),
            table::customer_number.eq(customer.number),
            table::customer_name.eq(customer.name.as_ref().map(CustomerName::as_str)),
            table::customer_phone.eq(customer.phone.as_ref().map(Phone::as_str)),
            table::customer_email.eq(customer.email.as_ref().map(Email::as_str)),
            table::name_key.eq(customer.name.as_ref().map(CustomerName::key)),
            table::phone_key.eq(customer.phone.as_ref().map(Phone::key)),
            table::notes.eq(order.notes.as_ref().map(Notes::as_str)),
            table::cancel_reason.eq(order.cancel_reason.as_ref().map(Notes::as_str)),
            table::completed_at.eq(order.completed_at),
            table::stock_returned.eq(order.stock_returned),
            table::deleted.eq(order.deleted),
            table::version.eq(order.version),
            table::updated_at.eq(order.updated_at),
        ))
        .execute(connection)?;
    Ok(())
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
    let cause = if order.deleted { Cause::Deletion(order.id) } else { Cause::Cancellation(order.id) };
    let ids = changed.returned.iter().map(|returned| returned.product.id.uuid()).collect();
    let products = locked(connection, team, Wanted::Ids(ids))?;
    let moves = changed.returned.iter();
    let moves = moves.map(|it| Move { product: it.product.id, quantity: it.quantity.value() }).collect();
    let moves = Moves { team, cause, at: order.updated_at, moves };
    moves.append(connection, &mut by_id(products)).map(|(_, events)| events)
}

/// The order's own event, then those of stock.
fn events(
    event: SalesEvent,
    order: &SalesOrder,
    stock: Vec<OutboxMessage>,
) -> Result<Vec<OutboxMessage>, WriteError<SalesOrderError>> {
    let own = event.of(order, SystemIds.uuid()).map_err(|fault| WriteError::internal(Box::new(fault)))?;
    Ok([OutboxMessage::Event(own)].into_iter().chain(stock).collect())
}

fn entry(event: SalesEvent, before: Option<&SalesOrder>, after: &SalesOrder) -> AuditEntry {
    AuditEntry {
        action: event.action().into(),
        subject_kind: "sales_order",
        subject: after.id.uuid(),
        before: before.map(SalesOrder::snapshot),
        after: Some(after.snapshot()),
    }
}
