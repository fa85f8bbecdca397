use async_trait::async_trait;
use diesel::pg::{Pg, PgConnection};
use diesel::prelude::*;
use kernel::access::Visibility;
use kernel::audit::AuditEntry;
use kernel::clock::{IdSource, SystemIds};
use kernel::error::StoreError;
use kernel::events::{Event, OutboxMessage};
use kernel::id::{Id, TeamId, Uuid, VendorId};
use kernel::page::{Page, Window};
use kernel::team_locale::TeamLocale;
use kernel::write::{WriteContext, Written};
use procurement::assignment::OrderId;
use procurement::events::{PurchaseOrderCreated, PurchaseOrderFacts};
use procurement::ports::{Ordered, PurchaseOrderFilter, PurchaseOrders};
use procurement::purchase_order::{PurchaseOrder, PurchaseOrderId};
use procurement::supply::{SupplyError, SupplyFault};

use super::table::{insert, orders, with_ids};
use crate::counters::draw_number;
use crate::db::{Db, Lane, Scope};
use crate::effects::Change;
use crate::paging::{narrowed, page, seen, within};
use crate::procurement::supply::{LockedBy, lock, save_assignments};
use crate::procurement::vendors::in_use_or_not;
use crate::schema::purchase_orders;
use crate::write_error::{WriteError, unwritable};

/// Purchase orders in PostgreSQL.
pub struct PgPurchaseOrders {
    db: Db,
}

impl PgPurchaseOrders {
    pub fn new(db: Db) -> Self {
        Self { db }
    }
}

#[async_trait]
impl PurchaseOrders for PgPurchaseOrders {
    #[tracing::instrument(name = "PurchaseOrders::create", level = "debug", skip_all)]
    async fn create(
        &self,
        context: WriteContext<Ordered>,
        id: PurchaseOrderId,
        order: OrderId,
        vendor: VendorId,
        locale: TeamLocale,
    ) -> Result<Written<Ordered>, SupplyError> {
        let (team, at) = (context.team, context.at);
        let number = draw_number(&self.db, &context, &PurchaseOrder::series(at, &locale)).await?;
        self.db
            .change(Lane::Ordinary, context, move |connection| {
                let locked = lock(connection, team, LockedBy::Order(order.uuid()))?;
                let vendors =
                    in_use_or_not(connection, team, &[vendor.uuid()])?.map_err(WriteError::store)?;
                let (Some(locked), false) = (&locked, vendors.is_empty()) else {
                    let order = locked.is_none().then_some(SupplyFault::UnknownOrder);
                    let vendor = vendors.is_empty().then_some(SupplyFault::NoSuchVendor);
                    let faults = order.into_iter().chain(vendor).collect();
                    return Err(WriteError::Port(SupplyError::Invalid(faults)));
                };
                let covered = locked.supply.cover(vendor, id, at).map_err(WriteError::Port)?;
                let made =
                    locked.supply.purchase_order(id, &number, &covered, at).map_err(WriteError::Port)?;
                let Some(made) = made else {
                    let latest = latest(connection, team, order, vendor)?;
                    let purchase_order = latest.ok_or(WriteError::Port(SupplyError::NothingConfirmed))?;
                    return Ok(Change::nothing(Ordered { purchase_order, is_new: false }));
                };
                insert(connection, team, &made)?;
                let supply = locked.supply.clone().with(&covered);
                save_assignments(connection, team, &supply, &covered, at)?;
                let facts = PurchaseOrderCreated(PurchaseOrderFacts::from(&made));
                let event = Event::new(SystemIds.uuid(), made.id.uuid(), made.version, at, &facts);
                let events = vec![OutboxMessage::Event(event.map_err(unwritable)?)];
                let audit = vec![AuditEntry::created(&made)];
                Ok(Change { outcome: Ordered { purchase_order: made, is_new: true }, events, audit })
            })
            .await
    }

    #[tracing::instrument(name = "PurchaseOrders::find", level = "debug", skip_all)]
    async fn find(
        &self,
        team: TeamId,
        visibility: Visibility,
        id: PurchaseOrderId,
    ) -> Result<Option<PurchaseOrder>, StoreError> {
        let read =
            self.db.read(Scope::Team(team), move |connection| with_ids(connection, team, &[id.uuid()]));
        let found = orders(read.await?)?.into_iter().next();
        Ok(found.filter(|order| order.is_visible_to(visibility)))
    }

    #[tracing::instrument(name = "PurchaseOrders::list", level = "debug", skip_all)]
    async fn list(
        &self,
        team: TeamId,
        visibility: Visibility,
        filter: PurchaseOrderFilter,
        window: Window,
        counted: bool,
    ) -> Result<Page<PurchaseOrder>, StoreError> {
        let read = self.db.read(Scope::Team(team), move |connection| {
            let all = || filtered(team, visibility, &filter);
            let ids: Vec<Uuid> = all()
                .order((purchase_orders::created_at.desc(), purchase_orders::id.desc()))
                .limit(window.limit().into())
                .offset(window.offset().into())
                .select(purchase_orders::id)
                .load(connection)?;
            let total = counted.then(|| all().count().get_result(connection)).transpose()?;
            Ok((with_ids(connection, team, &ids)?, ids, total))
        });
        let (rows, ids, total) = read.await?;
        page(&ids, orders(rows)?.into_iter().map(|order| Ok((order.id.uuid(), order))), total)
    }
}

fn filtered(
    team: TeamId,
    visibility: Visibility,
    filter: &PurchaseOrderFilter,
) -> purchase_orders::BoxedQuery<'static, Pg> {
    let of_team = purchase_orders::table.filter(purchase_orders::team_id.eq(team.uuid())).into_boxed();
    let narrowed = narrowed!(seen!(of_team, purchase_orders::vendor_id, visibility),
        purchase_orders::status => filter.status.map(|status| status.as_str()),
        purchase_orders::vendor_id => filter.vendor.map(Id::uuid),
        purchase_orders::order_id => filter.order.map(Id::uuid),
    );
    within!(narrowed, purchase_orders::created_at, filter.created)
}

/// The latest purchase order of an order at a vendor.
fn latest(
    connection: &mut PgConnection,
    team: TeamId,
    order: OrderId,
    vendor: VendorId,
) -> Result<Option<PurchaseOrder>, WriteError<SupplyError>> {
    let of_both = PurchaseOrderFilter { order: Some(order), vendor: Some(vendor), ..Default::default() };
    let id: Option<Uuid> = filtered(team, Visibility::All, &of_both)
        .order((purchase_orders::created_at.desc(), purchase_orders::id.desc()))
        .select(purchase_orders::id)
        .first(connection)
        .optional()?;
    let found = orders(with_ids(connection, team, id.as_slice())?).map_err(WriteError::store)?;
    Ok(found.into_iter().next())
}
