//! The ledger: movements are appended, and products' stocks follow, under a lock on the products.

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
use kernel::manufacturing::Sku;
use kernel::money::{Rate, UnitPrice};
use kernel::quantity::Amount;
use rust_decimal::Decimal;
use sales_orders::product::{Product, ProductId};
use sales_orders::stock::{Cause, StockChange};
use sales_orders::values::{AdjustmentReason, ProductName};
use uuid::Uuid;

use crate::schema::{products, stock_movements};
use crate::write_error::{WriteError, unreadable};

#[derive(Queryable, Selectable)]
#[diesel(table_name = products, check_for_backend(Pg))]
pub(super) struct ProductRow {
    id: Uuid,
    number: i64,
    sku: String,
    name: String,
    unit_price: Decimal,
    tax_rate: Decimal,
    discount_rate: Decimal,
    stock: Decimal,
    movements: i64,
    version: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl TryFrom<ProductRow> for Product {
    type Error = StoreError;

    fn try_from(row: ProductRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: Id::new(row.id),
            number: row.number,
            sku: Sku::try_new(&row.sku).map_err(unreadable)?,
            name: ProductName::try_new(&row.name).map_err(unreadable)?,
            unit_price: UnitPrice::try_new(row.unit_price).map_err(unreadable)?,
            tax_rate: Rate::try_new(row.tax_rate).map_err(unreadable)?,
            discount_rate: Rate::try_new(row.discount_rate).map_err(unreadable)?,
            stock: Amount::try_new(row.stock).map_err(unreadable)?,
            movements: row.movements,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

/// The products that `wanted` picks, locked until the transaction ends. They are locked in the order of their ids by all
/// who lock several, so that nobody waits in a circle.
pub(super) fn locked<E: From<StoreError>>(
    connection: &mut PgConnection,
    team: TeamId,
    wanted: Wanted,
) -> Result<Vec<Product>, WriteError<E>> {
    let of_team = products::table
        .filter(products::team_id.eq(team.uuid()))
        .order(products::id)
        .select(ProductRow::as_select())
        .for_no_key_update();
    let rows = match wanted {
        Wanted::Numbers(numbers) => of_team.filter(products::number.eq_any(numbers)).load(connection)?,
        Wanted::Ids(ids) => of_team.filter(products::id.eq_any(ids)).load(connection)?,
        Wanted::Sku(sku) => of_team.filter(products::sku.eq(sku)).load(connection)?,
    };
    let products = rows.into_iter().map(Product::try_from).collect::<Result<_, _>>();
    products.map_err(WriteError::store)
}

/// Which products are locked.
pub(super) enum Wanted {
    Numbers(Vec<i64>),
    Ids(Vec<Uuid>),
    Sku(String),
}

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
struct MovementRow<'a> {
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
    /// what is to be announced: one event a product.
    ///
    /// Who appends says beforehand that no stock falls below zero.
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

    /// The rows, one after the other, and the products after them.
    fn rows<E: From<StoreError>>(
        &self,
        products: &mut BTreeMap<ProductId, Product>,
    ) -> Result<(Vec<MovementRow<'_>>, Vec<Entry>), WriteError<E>> {
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
            rows.push(MovementRow {
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

/// Products by their ids.
pub(super) fn by_id(products: impl IntoIterator<Item = Product>) -> BTreeMap<ProductId, Product> {
    products.into_iter().map(|product| (product.id, product)).collect()
}
