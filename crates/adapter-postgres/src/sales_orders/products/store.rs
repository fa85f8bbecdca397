use async_trait::async_trait;
use diesel::pg::{Pg, PgConnection};
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};
use kernel::audit::AuditEntry;
use kernel::error::StoreError;
use kernel::id::TeamId;
use kernel::page::{Listing, Window};
use kernel::text::folded;
use kernel::write::{WriteContext, Written};
use sales_orders::ports::{ProductFilter, Products};
use sales_orders::product::{NewProduct, Product, ProductChange, ProductError, ProductId};
use sales_orders::stock::{Adjustment, Cause, Movement, Receipt};
use uuid::Uuid;

use super::table::{ProductRow, Wanted, insert, lock, update};
use crate::counters::{Draw, draw};
use crate::db::{Db, Lane, Scope, listing};
use crate::effects::{Change, was_answered};
use crate::inbox;
use crate::sales_orders::ledger::{self, Moves};
use crate::schema::products;
use crate::write_error::{WriteError, constraint};

/// The catalogue and its stock in PostgreSQL.
pub struct PgProducts {
    db: Db,
}

impl PgProducts {
    pub fn new(db: Db) -> Self {
        Self { db }
    }
}

#[async_trait]
impl Products for PgProducts {
    #[tracing::instrument(name = "Products::create", level = "debug", skip_all)]
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
                let mut product = Product::create(id, number, new.clone(), at);
                insert(connection, team, &product).map_err(blame)?;
                let mut events = Vec::new();
                if !new.stock.is_zero() {
                    let opening = Moves::one(team, id, new.stock.value(), Cause::Opening, at);
                    (_, events, product) = opening.append_one(connection, &product)?;
                }
                Ok(Change { events, ..Change::created(product) })
            })
            .await
    }

    #[tracing::instrument(name = "Products::change", level = "debug", skip_all)]
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
                let before = lock_one(connection, team, number)?;
                if seen.as_ref().is_some_and(|seen| !seen.contains(&before.version)) {
                    return Err(WriteError::Port(ProductError::Stale));
                }
                let mut product = before.clone();
                if let Some(changed) = before.change(&change, at) {
                    update(connection, team, &changed).map_err(blame)?;
                    product = changed;
                }
                let mut events = Vec::new();
                if let Some(difference) = before.counted_difference(&change) {
                    let count = Moves::one(team, product.id, difference, Cause::Count, at);
                    (_, events, product) = count.append_one(connection, &product)?;
                }
                if product == before {
                    return Ok(Change::nothing(product));
                }
                Ok(Change { events, ..Change::changed(&before, product) })
            })
            .await
    }

    #[tracing::instrument(name = "Products::adjust", level = "debug", skip_all)]
    async fn adjust(
        &self,
        context: WriteContext<Movement>,
        number: i64,
        adjustment: Adjustment,
    ) -> Result<Written<Movement>, ProductError> {
        let (team, at) = (context.team, context.at);
        self.db
            .change(Lane::Ordinary, context, move |connection| {
                let before = lock_one(connection, team, number)?;
                adjustment.check(&before).map_err(WriteError::Port)?;
                let cause = Cause::Adjustment(adjustment.reason.clone());
                let moves = Moves::one(team, before.id, adjustment.quantity(), cause, at);
                let (outcome, events, after) = moves.append_one(connection, &before)?;
                let audit = Some(entry("stock.adjusted", &before, &after));
                Ok(Change { outcome, events, audit: Vec::from_iter(audit) })
            })
            .await
    }

    #[tracing::instrument(name = "Products::receive", level = "debug", skip_all)]
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
                let Some(before) = lock(connection, team, wanted)?.into_values().next() else {
                    return Ok(Change::nothing(None));
                };
                let Some(moved) = receipt.movement(before.stock) else { return Ok(Change::nothing(None)) };
                if moved != receipt.quantity {
                    tracing::warn!(sku = receipt.sku.as_str(), order = %receipt.order, "less could be taken back than \
                        was received by mistake: it was sold");
                }
                let moves = Moves::one(team, before.id, moved, Cause::Production(receipt.order), at);
                let (outcome, events, after) = moves.append_one(connection, &before)?;
                let verb = if moved.is_sign_positive() { "stock.received" } else { "stock.taken_back" };
                let audit = Some(entry(verb, &before, &after));
                Ok(Change { outcome: Some(outcome), events, audit: Vec::from_iter(audit) })
            })
            .await?;
        match written {
            Written::Done(movement) => Ok(movement),
            Written::Replayed(_) => Ok(None),
        }
    }

    #[tracing::instrument(name = "Products::find", level = "debug", skip_all)]
    async fn find(&self, team: TeamId, number: i64) -> Result<Option<Product>, StoreError> {
        let found = self.db.read(Scope::Team(team), move |connection| {
            of(team, number).select(ProductRow::as_select()).first(connection).optional()
        });
        found.await?.map(Product::try_from).transpose()
    }

    #[tracing::instrument(name = "Products::list", level = "debug", skip_all)]
    async fn list(
        &self,
        team: TeamId,
        filter: ProductFilter,
        window: Window,
    ) -> Result<Listing<Product>, StoreError> {
        self.db
            .read(Scope::Team(team), move |connection| {
                let all = || matching(team, &filter);
                let rows =
                    all().order(products::number).limit(window.limit().into()).offset(window.offset().into());
                Ok((
                    rows.select(ProductRow::as_select()).load(connection)?,
                    all().count().get_result(connection)?,
                ))
            })
            .await
            .and_then(listing)
    }

    #[tracing::instrument(name = "Products::movements", level = "debug", skip_all)]
    async fn movements(
        &self,
        team: TeamId,
        number: i64,
        window: Window,
    ) -> Result<Option<Listing<Movement>>, StoreError> {
        let listed = self.db.read(Scope::Team(team), move |connection| {
            let product = of(team, number).select((products::id, products::movements));
            let Some(product) = product.first::<(Uuid, i64)>(connection).optional()? else { return Ok(None) };
            Ok(Some((ledger::load(connection, team, product, window)?, product.1)))
        });
        listed.await?.map(listing).transpose()
    }
}

fn blame(error: diesel::result::Error) -> WriteError<ProductError> {
    match constraint(&error) {
        Some("products_team_id_sku_key") => WriteError::Port(ProductError::SkuTaken),
        _ => error.into(),
    }
}

/// The audit entry of a movement that no change of the product or order accounts for.
fn entry(action: &'static str, before: &Product, after: &Product) -> AuditEntry {
    AuditEntry { action: action.into(), ..AuditEntry::changed(before, after) }
}

fn lock_one(
    connection: &mut PgConnection,
    team: TeamId,
    number: i64,
) -> Result<Product, WriteError<ProductError>> {
    let found = lock(connection, team, Wanted::Numbers(vec![number]))?.into_values().next();
    found.ok_or(WriteError::Port(ProductError::NotFound))
}

#[diesel::dsl::auto_type(no_type_alias)]
fn of(team: TeamId, number: i64) -> _ {
    let team: Uuid = team.uuid();
    products::table.filter(products::team_id.eq(team)).filter(products::number.eq(number))
}

/// The SQL of [`ProductFilter::passes`].
fn matching<'a>(team: TeamId, filter: &ProductFilter) -> products::BoxedQuery<'a, Pg> {
    let mut query = products::table.filter(products::team_id.eq(team.uuid())).into_boxed();
    if let Some(sku) = &filter.sku {
        query = query.filter(products::sku.eq(sku.clone()));
    }
    if let Some(name) = &filter.name {
        let begins = diesel::dsl::sql::<Bool>("products.name_key ^@ ").bind::<Text, _>(folded(name));
        query = query.filter(begins);
    }
    query
}
