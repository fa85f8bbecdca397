use async_trait::async_trait;
use diesel::pg::{Pg, PgConnection};
use diesel::prelude::*;
use kernel::access::Visibility;
use kernel::audit::AuditEntry;
use kernel::clock::{IdSource, SystemIds};
use kernel::error::StoreError;
use kernel::events::{Event, OutboxMessage};
use kernel::id::{Id, TeamId, Uuid};
use kernel::page::{Page, Window};
use kernel::team_locale::TeamLocale;
use kernel::write::{WriteContext, Written};
use procurement::dispatch::{Dispatch, DispatchId};
use procurement::events::{DispatchCreated, DispatchFacts};
use procurement::ports::{DispatchFilter, Dispatches};
use procurement::purchase_order::PurchaseOrderId;
use procurement::supply::{NewDispatch, SupplyError, SupplyFault};

use super::table::{dispatches as read_dispatches, insert, with_ids};
use crate::counters::draw_number;
use crate::db::{Db, Lane, Scope};
use crate::effects::Change;
use crate::paging::{narrowed, page, seen, within};
use crate::procurement::supply::{LockedBy, lock};
use crate::schema::{dispatches, purchase_orders};
use crate::write_error::{WriteError, unwritable};

/// Dispatches in PostgreSQL.
pub struct PgDispatches {
    db: Db,
}

impl PgDispatches {
    pub fn new(db: Db) -> Self {
        Self { db }
    }
}

#[async_trait]
impl Dispatches for PgDispatches {
    #[tracing::instrument(name = "Dispatches::create", level = "debug", skip_all)]
    async fn create(
        &self,
        context: WriteContext<Dispatch>,
        by: Visibility,
        id: DispatchId,
        new: NewDispatch,
        locale: TeamLocale,
    ) -> Result<Written<Dispatch>, SupplyError> {
        let (team, at) = (context.team, context.at);
        let number = draw_number(&self.db, &context, &Dispatch::series(at, &locale)).await?;
        self.db
            .change(Lane::Ordinary, context, move |connection| {
                let unknown =
                    || WriteError::Port(SupplyError::Invalid(vec![SupplyFault::UnknownPurchaseOrder]));
                let locked = lock(connection, team, LockedBy::PurchaseOrder(new.purchase_order.uuid()))?;
                let locked = locked.ok_or_else(unknown)?;
                let order_number = number_of(connection, team, new.purchase_order)?.ok_or_else(unknown)?;
                let dispatch = locked.supply.dispatch(by, &new, (id, &number), &order_number, at);
                let (dispatch, sent) = dispatch.map_err(WriteError::Port)?;
                insert(connection, team, &dispatch)?;
                let saved = locked.save(connection, team, &sent, at)?;
                let facts = DispatchCreated(DispatchFacts::from(&dispatch));
                let event = Event::new(SystemIds.uuid(), dispatch.id.uuid(), 1, at, &facts);
                let own = OutboxMessage::Event(event.map_err(unwritable)?);
                let events = [own].into_iter().chain(saved.events).collect();
                let audit = [AuditEntry::created(&dispatch)].into_iter().chain(saved.audit).collect();
                Ok(Change { outcome: dispatch, events, audit })
            })
            .await
    }

    #[tracing::instrument(name = "Dispatches::find", level = "debug", skip_all)]
    async fn find(
        &self,
        team: TeamId,
        visibility: Visibility,
        id: DispatchId,
    ) -> Result<Option<Dispatch>, StoreError> {
        let read =
            self.db.read(Scope::Team(team), move |connection| with_ids(connection, team, &[id.uuid()]));
        let found = read_dispatches(read.await?)?.into_iter().next();
        Ok(found.filter(|dispatch| dispatch.is_visible_to(visibility)))
    }

    #[tracing::instrument(name = "Dispatches::list", level = "debug", skip_all)]
    async fn list(
        &self,
        team: TeamId,
        visibility: Visibility,
        filter: DispatchFilter,
        window: Window,
        counted: bool,
    ) -> Result<Page<Dispatch>, StoreError> {
        let read = self.db.read(Scope::Team(team), move |connection| {
            let all = || filtered(team, visibility, &filter);
            let ids: Vec<Uuid> = all()
                .order((dispatches::dispatched_at.desc(), dispatches::id.desc()))
                .limit(window.limit().into())
                .offset(window.offset().into())
                .select(dispatches::id)
                .load(connection)?;
            let total = counted.then(|| all().count().get_result(connection)).transpose()?;
            Ok((with_ids(connection, team, &ids)?, ids, total))
        });
        let (rows, ids, total) = read.await?;
        let found = read_dispatches(rows)?.into_iter().map(|dispatch| Ok((dispatch.id.uuid(), dispatch)));
        page(&ids, found, total)
    }
}

fn filtered(
    team: TeamId,
    visibility: Visibility,
    filter: &DispatchFilter,
) -> dispatches::BoxedQuery<'static, Pg> {
    let of_team = dispatches::table.filter(dispatches::team_id.eq(team.uuid())).into_boxed();
    let narrowed = narrowed!(seen!(of_team, dispatches::vendor_id, visibility),
        dispatches::status => filter.status.map(|status| status.as_str()),
        dispatches::vendor_id => filter.vendor.map(Id::uuid),
        dispatches::order_id => filter.order.map(Id::uuid),
        dispatches::purchase_order_id => filter.purchase_order.map(Id::uuid),
    );
    within!(narrowed, dispatches::dispatched_at, filter.dispatched)
}

fn number_of(
    connection: &mut PgConnection,
    team: TeamId,
    id: PurchaseOrderId,
) -> QueryResult<Option<String>> {
    let one = purchase_orders::table.filter(purchase_orders::team_id.eq(team.uuid()));
    let one = one.filter(purchase_orders::id.eq(id.uuid()));
    one.select(purchase_orders::number).first(connection).optional()
}
