//! The table `products`.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use diesel::pg::{Pg, PgConnection};
use diesel::prelude::*;
use kernel::error::StoreError;
use kernel::id::{Id, TeamId};
use kernel::manufacturing::Sku;
use kernel::money::{Rate, UnitPrice};
use kernel::quantity::Amount;
use rust_decimal::Decimal;
use sales_orders::product::{Product, ProductId};
use sales_orders::values::ProductName;
use uuid::Uuid;

use crate::schema::products;
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

/// Which products to lock.
pub(in crate::sales_orders) enum Wanted {
    Numbers(Vec<i64>),
    Ids(Vec<Uuid>),
    Sku(String),
}

/// The products that `wanted` picks, by id, locked until the transaction ends. All who lock several lock them in the
/// order of their ids, so that nobody waits in a circle.
pub(in crate::sales_orders) fn lock<E: From<StoreError>>(
    connection: &mut PgConnection,
    team: TeamId,
    wanted: Wanted,
) -> Result<BTreeMap<ProductId, Product>, WriteError<E>> {
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
    let products = rows.into_iter().map(|row| Product::try_from(row).map(|product| (product.id, product)));
    products.collect::<Result<_, _>>().map_err(WriteError::store)
}

pub(super) fn insert(connection: &mut PgConnection, team: TeamId, product: &Product) -> QueryResult<()> {
    diesel::insert_into(products::table)
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
        .execute(connection)
        .map(drop)
}

/// Everything but the stock.
pub(super) fn update(connection: &mut PgConnection, team: TeamId, product: &Product) -> QueryResult<()> {
    let of_id =
        products::table.filter(products::team_id.eq(team.uuid())).filter(products::id.eq(product.id.uuid()));
    diesel::update(of_id)
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
        .execute(connection)
        .map(drop)
}
