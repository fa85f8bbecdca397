//! The catalogue.

use std::collections::BTreeMap;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use diesel::pg::{Pg, PgConnection};
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};
use kernel::audit::AuditEntry;
use kernel::error::{Fault, StoreError};
use kernel::id::{Id, TeamId};
use kernel::page::{Listing, Window};
use kernel::quantity::Amount;
use kernel::write::{WriteContext, Written};
use rust_decimal::Decimal;
use sales_orders::ports::{ProductFilter, Products};
use sales_orders::product::{NewProduct, Product, ProductChange, ProductError, ProductId};
use sales_orders::stock::{Adjustment, Cause, Movement, Receipt};
use sales_orders::values::AdjustmentReason;
use uuid::Uuid;

use super::stock::{Move, Moves, ProductRow, Wanted, by_id, locked};
use crate::counters::{Draw, draw};
use crate::db::{Db, Lane, Scope};
use crate::effects::{Change, was_answered};
use crate::inbox;
use crate::schema::{products, sales_orders as orders, stock_movements};
use crate::write_error::{WriteError, constraint, unreadable};

/// The catalogue and its stock in PostgreSQL.
pub struct PgProducts {
    db: Db,
}

impl PgProducts {
    /// Stands on a pool.
    pub fn new(db: Db) -> Self {
        Self { db }
    }
}

#[async_trait]
impl Products for PgProducts {
    async fn create(
        &self,
        context: WriteContext<Product>,
        id: ProductId,
        new: NewProduct,
    ) -> Result<Written<Product>, ProductError> {
        let (team, at) = (context.team, context.at);
        let number = match was_answered(&self.db, &context).await? {
            true => 0,
            false => {
                let [number] = draw(&self.db, team, [Draw::one("product")]).await?;
                number
            }
        };
        self.db
            .change(Lane::Ordinary, context, move |connection| {
                let mut product = new.clone().begun(id, number, at);
                insert(connection, team, &product)?;
                let mut events = Vec::new();
                if !new.stock.is_zero() {
                    let moves = vec![Move { product: id, quantity: new.stock.value() }];
                    let opening = Moves { team, cause: Cause::Opening, at, moves };
                    (_, events, product) = moved(connection, &opening, &product)?;
                }
                let audit = Some(entry("product.created", None, &product));
                Ok(Change { outcome: product, events, audit })
            })
            .await
    }

    async fn change(
        &self,
        context: WriteContext<Product>,
        number: i64,
        change: ProductChange,
        seen: Option<Vec<i64>>,
    ) -> Result<Written<Product>, ProductError> {
        let (team, at) = (context.team, context.at);
        self.db
            .change(Lane::Ordinary, context, move |connection| {
                let before = locked_one(connection, team, number)?;
                if seen.as_ref().is_some_and(|seen| !seen.contains(&before.version)) {
                    return Err(WriteError::Port(ProductError::Stale));
                }
                let mut product = before.clone();
                if let Some(changed) = before.change(&change, at) {
                    update(connection, team, &changed)?;
                    product = changed;
                }
                let difference =
                    change.stock.map_or(Decimal::ZERO, |counted| counted.value() - before.stock.value());
                let mut events = Vec::new();
                if !difference.is_zero() {
                    let moves = vec![Move { product: product.id, quantity: difference }];
                    let count = Moves { team, cause: Cause::Count, at, moves };
                    (_, events, product) = moved(connection, &count, &product)?;
                }
                if product == before {
                    return Ok(Change::nothing(product));
                }
                let audit = Some(entry("product.changed", Some(&before), &product));
                Ok(Change { outcome: product, events, audit })
            })
            .await
    }

    async fn adjust(
        &self,
        context: WriteContext<Movement>,
        number: i64,
        adjustment: Adjustment,
    ) -> Result<Written<Movement>, ProductError> {
        let (team, at) = (context.team, context.at);
        self.db
            .change(Lane::Ordinary, context, move |connection| {
                let before = locked_one(connection, team, number)?;
                let after = before.stock.value() + adjustment.quantity;
                if after.is_sign_negative() && !after.is_zero() {
                    return Err(WriteError::Port(ProductError::InsufficientStock { stock: before.stock }));
                }
                if let Err(fault) = Amount::try_new(after) {
                    let fault =
                        Fault::new("quantity", "OUT_OF_RANGE", format!("What is then in stock {fault}"));
                    return Err(WriteError::Port(ProductError::Invalid(vec![fault])));
                }
                let cause = Cause::Adjustment(adjustment.reason.clone());
                let moves = vec![Move { product: before.id, quantity: adjustment.quantity }];
                let moves = Moves { team, cause, at, moves };
                let (outcome, events, product) = moved(connection, &moves, &before)?;
                let audit = Some(entry("stock.adjusted", Some(&before), &product));
                Ok(Change { outcome, events, audit })
            })
            .await
    }

    async fn receive(
        &self,
        context: WriteContext<Option<Movement>>,
        consumer: &'static str,
        receipt: Receipt,
    ) -> Result<Option<Movement>, StoreError> {
        let (team, at) = (context.team, context.at);
        let written = self
            .db
            .change::<_, StoreError>(Lane::Ordinary, context, move |connection| {
                if !inbox::take(connection, team, consumer, receipt.event, at)? {
                    return Ok(Change::nothing(None));
                }
                let wanted = Wanted::Sku(receipt.sku.as_str().to_owned());
                let Some(before) = locked(connection, team, wanted)?.into_iter().next() else {
                    return Ok(Change::nothing(None));
                };
                let cause = Cause::Production(receipt.order);
                let moves = vec![Move { product: before.id, quantity: receipt.quantity.value() }];
                let moves = Moves { team, cause, at, moves };
                let (outcome, events, product) = moved(connection, &moves, &before)?;
                let audit = Some(entry("stock.received", Some(&before), &product));
                Ok(Change { outcome: Some(outcome), events, audit })
            })
            .await?;
        match written {
            Written::Done(movement) => Ok(movement),
            Written::Replayed(_) => Ok(None),
        }
    }

    async fn find(&self, team: TeamId, number: i64) -> Result<Option<Product>, StoreError> {
        let found = self.db.read(Scope::Team(team), move |connection| {
            product_of(team, number).select(ProductRow::as_select()).first(connection).optional()
        });
        found.await?.map(Product::try_from).transpose()
    }

    async fn list(
        &self,
        team: TeamId,
        filter: ProductFilter,
        window: Window,
    ) -> Result<Listing<Product>, StoreError> {
        let listed = self.db.read(Scope::Team(team), move |connection| {
            let total: i64 = matching(team, &filter).count().get_result(connection)?;
            let rows = matching(team, &filter)
                .order(products::number)
                .limit(window.limit().into())
                .offset(window.offset().into())
                .select(ProductRow::as_select())
                .load(connection)?;
            Ok((rows, total))
        });
        let (rows, total) = listed.await?;
        let items = rows.into_iter().map(Product::try_from).collect::<Result<_, _>>()?;
        Ok(Listing { items, total: total.unsigned_abs() })
    }

    async fn movements(
        &self,
        team: TeamId,
        number: i64,
        window: Window,
    ) -> Result<Option<Listing<Movement>>, StoreError> {
        let listed = self.db.read(Scope::Team(team), move |connection| {
            let product: Option<(Uuid, i64)> = product_of(team, number)
                .select((products::id, products::movements))
                .first(connection)
                .optional()?;
            let Some((product, total)) = product else { return Ok(None) };
            let rows = stock_movements::table
                .left_join(
                    orders::table.on(orders::team_id
                        .eq(stock_movements::team_id)
                        .and(orders::id.nullable().eq(stock_movements::order_id))),
                )
                .filter(stock_movements::team_id.eq(team.uuid()))
                .filter(stock_movements::product_id.eq(product))
                // as many as were counted: what came since stands before them
                .filter(stock_movements::sequence.le(total))
                .order(stock_movements::sequence.desc())
                .limit(window.limit().into())
                .offset(window.offset().into())
                .select((MovementRow::as_select(), orders::number.nullable()))
                .load::<(MovementRow, Option<i64>)>(connection)?;
            Ok(Some((rows, total)))
        });
        let Some((rows, total)) = listed.await? else { return Ok(None) };
        let items = rows.into_iter().map(|(row, order)| row.movement(order)).collect::<Result<_, _>>()?;
        Ok(Some(Listing { items, total: total.unsigned_abs() }))
    }
}

fn insert(
    connection: &mut PgConnection,
    team: TeamId,
    product: &Product,
) -> Result<(), WriteError<ProductError>> {
    let inserted = diesel::insert_into(products::table)
        .values((
            products::team_id.eq(team.uuid()),
            products::id.eq(product.id.uuid()),
            products::number.eq(product.number),
            products::sku.eq(product.sku.as_str()),
            products::name.eq(product.name.as_str()),
            products::name_key.eq(product.name.key()),
            products::unit_price.eq(product.unit_price.value()),
            products::tax_rate.eq(product.tax_rate.value()),
            products::discount_rate.eq(product.discount_rate.value()),
            products::stock.eq(product.stock.value()),
            products::movements.eq(product.movements),
            products::version.eq(product.version),
            products::created_at.eq(product.created_at),
            products::updated_at.eq(product.updated_at),
        ))
        .execute(connection);
    inserted.map(drop).map_err(sku_taken)
}

/// Everything but the stock.
fn update(
    connection: &mut PgConnection,
    team: TeamId,
    product: &Product,
) -> Result<(), WriteError<ProductError>> {
    let of_id =
        products::table.filter(products::team_id.eq(team.uuid())).filter(products::id.eq(product.id.uuid()));
    let updated = diesel::update(of_id)
        .set((
            products::sku.eq(product.sku.as_str()),
            products::name.eq(product.name.as_str()),
            products::name_key.eq(product.name.key()),
            products::unit_price.eq(product.unit_price.value()),
            products::tax_rate.eq(product.tax_rate.value()),
            products::discount_rate.eq(product.discount_rate.value()),
            products::version.eq(product.version),
            products::updated_at.eq(product.updated_at),
        ))
        .execute(connection);
    updated.map(drop).map_err(sku_taken)
}

fn sku_taken(error: diesel::result::Error) -> WriteError<ProductError> {
    match constraint(&error) {
        Some("products_team_id_sku_key") => WriteError::Port(ProductError::SkuTaken),
        _ => WriteError::Statement(error),
    }
}

fn locked_one(
    connection: &mut PgConnection,
    team: TeamId,
    number: i64,
) -> Result<Product, WriteError<ProductError>> {
    let found = locked(connection, team, Wanted::Numbers(vec![number]))?.into_iter().next();
    found.ok_or(WriteError::Port(ProductError::NotFound))
}

/// One movement of one product, and the product after it.
fn moved<E: From<StoreError>>(
    connection: &mut PgConnection,
    moves: &Moves,
    before: &Product,
) -> Result<(Movement, Vec<kernel::events::OutboxMessage>, Product), WriteError<E>> {
    let mut ledger: BTreeMap<_, _> = by_id([before.clone()]);
    let (entries, events) = moves.append(connection, &mut ledger)?;
    let gone = || WriteError::internal("a movement was appended and is not there");
    let entry = entries.first().ok_or_else(gone)?;
    let quantity = moves.moves.first().ok_or_else(gone)?.quantity;
    let (sequence, balance, cause, at) = (entry.sequence, entry.balance, moves.cause.clone(), moves.at);
    let movement = Movement { sequence, quantity, balance, cause, order_number: None, at };
    let product = ledger.remove(&before.id).ok_or_else(gone)?;
    Ok((movement, events, product))
}

#[diesel::dsl::auto_type(no_type_alias)]
fn product_of(team: TeamId, number: i64) -> _ {
    let team: Uuid = team.uuid();
    products::table.filter(products::team_id.eq(team)).filter(products::number.eq(number))
}

fn matching<'a>(team: TeamId, filter: &ProductFilter) -> products::BoxedQuery<'a, Pg> {
    let mut query = products::table.filter(products::team_id.eq(team.uuid())).into_boxed();
    if let Some(sku) = &filter.sku {
        query = query.filter(products::sku.eq(sku.clone()));
    }
    if let Some(name) = &filter.name {
        let begins = diesel::dsl::sql::<Bool>("products.name_key ^@ ").bind::<Text, _>(name.to_lowercase());
        query = query.filter(begins);
    }
    query
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = stock_movements, check_for_backend(Pg))]
struct MovementRow {
    sequence: i64,
    quantity: Decimal,
    balance: Decimal,
    cause: String,
    reason: Option<String>,
    order_id: Option<Uuid>,
    manufacturing_order_id: Option<Uuid>,
    created_at: DateTime<Utc>,
}

impl MovementRow {
    fn movement(self, order_number: Option<i64>) -> Result<Movement, StoreError> {
        let reason = self.reason.as_deref().map(AdjustmentReason::try_new).transpose().map_err(unreadable)?;
        let cause = match (self.cause.as_str(), self.order_id, self.manufacturing_order_id) {
            ("opening", ..) => Cause::Opening,
            ("sale", Some(order), _) => Cause::Sale(Id::new(order)),
            ("cancellation", Some(order), _) => Cause::Cancellation(Id::new(order)),
            ("deletion", Some(order), _) => Cause::Deletion(Id::new(order)),
            ("production", _, Some(order)) => Cause::Production(Id::new(order)),
            ("count", ..) => Cause::Count,
            _ => Cause::Adjustment(reason),
        };
        Ok(Movement {
            sequence: self.sequence,
            quantity: self.quantity.normalize(),
            balance: Amount::try_new(self.balance).map_err(unreadable)?,
            cause,
            order_number,
            at: self.created_at,
        })
    }
}

fn entry(action: &'static str, before: Option<&Product>, after: &Product) -> AuditEntry {
    AuditEntry {
        action: action.into(),
        subject_kind: "product",
        subject: after.id.uuid(),
        before: before.map(Product::snapshot),
        after: Some(after.snapshot()),
    }
}
