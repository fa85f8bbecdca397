//! The table `stock_movements`: movements are appended, and products' stocks follow, under a lock on the products.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use diesel::pg::{Pg, PgConnection};
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Array, BigInt, Numeric};
use kernel::clock::{IdSource, SystemIds};
use kernel::error::StoreError;
use kernel::events::OutboxMessage;
use kernel::id::{Id, TeamId};
use kernel::page::Window;
use kernel::quantity::Amount;
use rust_decimal::Decimal;
use sales_orders::product::{Product, ProductId};
use sales_orders::stock::{Cause, Movement, StockChange};
use sales_orders::values::AdjustmentReason;
use uuid::Uuid;

use crate::schema::{sales_orders as orders, stock_movements};
use crate::write_error::{WriteError, unreadable};

/// A movement to append.
pub(super) struct Move {
    pub(super) product: ProductId,
    /// What comes in, or less than zero: goes out.
    pub(super) quantity: Decimal,
}

/// Movements to append for one cause, in their order.
pub(super) struct Moves {
    pub(super) team: TeamId,
    pub(super) cause: Cause,
    pub(super) at: DateTime<Utc>,
    pub(super) moves: Vec<Move>,
}

/// A movement as it was appended.
pub(super) struct Entry {
    pub(super) sequence: i64,
    pub(super) balance: Amount,
}

#[derive(Insertable)]
#[diesel(table_name = stock_movements)]
struct NewMovementRow<'a> {
    team_id: Uuid,
    product_id: Uuid,
    sequence: i64,
    before: Decimal,
    quantity: Decimal,
    balance: Decimal,
    cause: &'static str,
    reason: Option<&'a str>,
    order_id: Option<Uuid>,
    manufacturing_order_id: Option<Uuid>,
    created_at: DateTime<Utc>,
}

impl Moves {
    /// Appends the movements to the ledgers of `locked` products, whose stocks follow. Gives each movement's place, and
    /// one event a product.
    ///
    /// The caller has checked that no stock falls below zero.
    pub(super) fn append<E: From<StoreError>>(
        &self,
        connection: &mut PgConnection,
        locked: &mut BTreeMap<ProductId, Product>,
    ) -> Result<(Vec<Entry>, Vec<OutboxMessage>), WriteError<E>> {
        if self.moves.is_empty() {
            return Ok((Vec::new(), Vec::new()));
        }
        let before = locked.clone();
        let (rows, entries) = self.rows(locked)?;
        diesel::insert_into(stock_movements::table).values(rows).execute(connection)?;
        let touched: Vec<_> = locked
            .values()
            .filter(|product| before.get(&product.id).is_some_and(|it| it != *product))
            .collect();
        self.follow(connection, &touched, &before)?;
        let events = touched.iter().map(|product| self.event(product, &before));
        Ok((entries, events.collect::<Result<_, _>>()?))
    }

    /// The rows in their order; the products change with them.
    fn rows<E: From<StoreError>>(
        &self,
        products: &mut BTreeMap<ProductId, Product>,
    ) -> Result<(Vec<NewMovementRow<'_>>, Vec<Entry>), WriteError<E>> {
        let mut rows = Vec::with_capacity(self.moves.len());
        let mut entries = Vec::with_capacity(self.moves.len());
        let reason = match &self.cause {
            Cause::Adjustment(reason) => reason.as_ref().map(AdjustmentReason::as_str),
            _ => None,
        };
        let made_by = if let Cause::Production(order) = &self.cause { Some(order.uuid()) } else { None };
        for Move { product, quantity } in &self.moves {
            let product = products.get_mut(product);
            let product =
                product.ok_or_else(|| WriteError::internal("a product moves that is not locked"))?;
            let before = product.stock;
            let balance = Amount::try_new(before.value() + quantity);
            product.stock = balance.map_err(|fault| WriteError::store(unreadable(fault)))?;
            product.movements += 1;
            entries.push(Entry { sequence: product.movements, balance: product.stock });
            rows.push(NewMovementRow {
                team_id: self.team.uuid(),
                product_id: product.id.uuid(),
                sequence: product.movements,
                before: before.value(),
                quantity: *quantity,
                balance: product.stock.value(),
                cause: self.cause.as_str(),
                reason,
                order_id: self.cause.sales_order().map(Id::uuid),
                manufacturing_order_id: made_by,
                created_at: self.at,
            });
        }
        Ok((rows, entries))
    }

    /// Stocks follow their ledgers, each from where it was.
    fn follow<E: From<StoreError>>(
        &self,
        connection: &mut PgConnection,
        products: &[&Product],
        before: &BTreeMap<ProductId, Product>,
    ) -> Result<(), WriteError<E>> {
        let ids: Vec<_> = products.iter().map(|product| product.id.uuid()).collect();
        let stocks: Vec<_> = products.iter().map(|product| product.stock.value()).collect();
        let movements: Vec<_> = products.iter().map(|product| product.movements).collect();
        let were = products.iter().filter_map(|product| before.get(&product.id));
        let were: Vec<_> = were.map(|product| product.movements).collect();
        let followed = sql_query(
            "UPDATE products p SET stock = m.stock, movements = m.movements
             FROM unnest($2, $3, $4, $5) AS m (id, stock, movements, was)
             WHERE p.team_id = $1 AND p.id = m.id AND p.movements = m.was",
        )
        .bind::<diesel::sql_types::Uuid, _>(self.team.uuid())
        .bind::<Array<diesel::sql_types::Uuid>, _>(&ids)
        .bind::<Array<Numeric>, _>(stocks)
        .bind::<Array<BigInt>, _>(movements)
        .bind::<Array<BigInt>, _>(were)
        .execute(connection)?;
        if followed == ids.len() { Ok(()) } else { Err(WriteError::internal("stock moved beneath its lock")) }
    }

    fn event<E: From<StoreError>>(
        &self,
        product: &Product,
        before: &BTreeMap<ProductId, Product>,
    ) -> Result<OutboxMessage, WriteError<E>> {
        let was = before.get(&product.id).map_or(Amount::ZERO, |product| product.stock);
        let change = StockChange {
            product: product.id,
            number: product.number,
            sku: product.sku.clone(),
            quantity: product.stock.value() - was.value(),
            balance: product.stock,
            sequence: product.movements,
            cause: self.cause.as_str(),
        };
        let event = change.event(SystemIds.uuid(), self.at);
        event.map(OutboxMessage::Event).map_err(|fault| WriteError::internal(Box::new(fault)))
    }
}

impl Moves {
    /// A single movement of a product.
    pub(super) fn one(
        team: TeamId,
        product: ProductId,
        quantity: Decimal,
        cause: Cause,
        at: DateTime<Utc>,
    ) -> Self {
        Self { team, cause, at, moves: vec![Move { product, quantity }] }
    }

    /// Appends a single movement of a locked product; gives it, its event, and the product after it.
    pub(super) fn append_one<E: From<StoreError>>(
        &self,
        connection: &mut PgConnection,
        before: &Product,
    ) -> Result<(Movement, Vec<OutboxMessage>, Product), WriteError<E>> {
        let mut locked = BTreeMap::from([(before.id, before.clone())]);
        let (entries, events) = self.append(connection, &mut locked)?;
        let missing = || WriteError::internal("a movement was appended and is not there");
        let Entry { sequence, balance } = entries.into_iter().next().ok_or_else(missing)?;
        let quantity = self.moves.first().ok_or_else(missing)?.quantity;
        let movement = Movement {
            sequence,
            quantity,
            balance,
            cause: self.cause.clone(),
            order_number: None,
            at: self.at,
        };
        Ok((movement, events, locked.remove(&before.id).ok_or_else(missing)?))
    }
}

/// The ledger of a product, as far as its first `total` movements, the latest first.
pub(super) fn load(
    connection: &mut PgConnection,
    team: TeamId,
    (product, total): (Uuid, i64),
    window: Window,
) -> QueryResult<Vec<MovementRow>> {
    let order =
        orders::team_id.eq(stock_movements::team_id).and(orders::id.nullable().eq(stock_movements::order_id));
    stock_movements::table
        .left_join(orders::table.on(order))
        .filter(stock_movements::team_id.eq(team.uuid()))
        .filter(stock_movements::product_id.eq(product))
        // as many as were counted: what came since stands before them
        .filter(stock_movements::sequence.le(total))
        .order(stock_movements::sequence.desc())
        .limit(window.limit().into())
        .offset(window.offset().into())
        .select(MovementRow::as_select())
        .load(connection)
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = stock_movements, check_for_backend(Pg))]
pub(super) struct MovementRow {
    sequence: i64,
    quantity: Decimal,
    balance: Decimal,
    cause: String,
    reason: Option<String>,
    order_id: Option<Uuid>,
    manufacturing_order_id: Option<Uuid>,
    created_at: DateTime<Utc>,
    #[diesel(select_expression = orders::number.nullable())]
    order_number: Option<i64>,
}

impl TryFrom<MovementRow> for Movement {
    type Error = StoreError;

    fn try_from(row: MovementRow) -> Result<Self, StoreError> {
        let reason = row.reason.as_deref().map(AdjustmentReason::try_new).transpose().map_err(unreadable)?;
        let cause = match (row.cause.as_str(), row.order_id, row.manufacturing_order_id) {
            ("opening", ..) => Cause::Opening,
            ("sale", Some(order), _) => Cause::Sale(Id::new(order)),
            ("cancellation", Some(order), _) => Cause::Cancellation(Id::new(order)),
            ("deletion", Some(order), _) => Cause::Deletion(Id::new(order)),
            ("production", _, Some(order)) => Cause::Production(Id::new(order)),
            ("count", ..) => Cause::Count,
            _ => Cause::Adjustment(reason),
        };
        Ok(Self {
            sequence: row.sequence,
            quantity: row.quantity.normalize(),
            balance: Amount::try_new(row.balance).map_err(unreadable)?,
            cause,
            order_number: row.order_number,
            at: row.created_at,
        })
    }
}
