use std::collections::BTreeMap;

use async_trait::async_trait;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use kernel::audit::AuditEntry;
use kernel::error::StoreError;
use kernel::id::{Id, TeamId};
use kernel::manufacturing::OrderId;
use kernel::numbering::Series;
use kernel::page::Window;
use kernel::write::{WriteContext, Written};
use production_ops::Name;
use production_ops::order::{ManufacturingOrder, NewOrder, OrderChange, OrderError};
use production_ops::ports::{OrderFilter, OrderPage, OrderSort, OrderSummary, OrderView, Orders};
use uuid::Uuid;

use super::table::{OrderRow, lock, of, with_operations};
use super::{changes, create, list, numbers};
use crate::db::{Db, Lane, Scope};
use crate::effects::{Change, was_answered};
use crate::schema::departments;
use crate::write_error::{WriteError, store_error, unreadable};

/// Orders in PostgreSQL.
pub struct PgOrders {
    db: Db,
}

impl PgOrders {
    pub fn new(db: Db) -> Self {
        Self { db }
    }
}

#[async_trait]
impl Orders for PgOrders {
    #[tracing::instrument(name = "Orders::create", level = "debug", skip_all)]
    async fn create(
        &self,
        context: WriteContext<OrderView>,
        id: OrderId,
        new: NewOrder,
        series: Series,
    ) -> Result<Written<OrderView>, OrderError> {
        let (team, at) = (context.team, context.at);
        let reserved = match &new.number {
            None if !was_answered(&self.db, &context).await? => {
                Some(numbers::reserve(&self.db, team, series.clone()).await?)
            }
            _ => None,
        };
        self.db
            .change(Lane::Ordinary, context, move |connection| {
                let creation = create::OrderCreation { team, id, new: &new, series: &series, at };
                let order = creation.run(connection, reserved.as_ref())?;
                let events = changes::messages(&[order.created()])?;
                let entry = AuditEntry { action: "order.created".into(), ..AuditEntry::created(&order) };
                let outcome = view(connection, team, order).map_err(WriteError::store)?;
                Ok(Change { outcome, events, audit: vec![entry] })
            })
            .await
    }

    #[tracing::instrument(name = "Orders::change", level = "debug", skip_all)]
    async fn change(
        &self,
        context: WriteContext<OrderView>,
        id: OrderId,
        change: OrderChange,
    ) -> Result<Written<OrderView>, OrderError> {
        let (team, at) = (context.team, context.at);
        self.db
            .change(Lane::Ordinary, context, move |connection| {
                let before = lock(connection, team, id)?;
                let before = before.ok_or(WriteError::Port(OrderError::NotFound))?;
                let Some(changed) = before.change(&change, at).map_err(WriteError::Port)? else {
                    return Ok(Change::nothing(view(connection, team, before).map_err(WriteError::store)?));
                };
                changes::write_change(connection, team, &before, &changed)?;
                let events = changes::messages(&changed.events)?;
                let entry = AuditEntry::changed(&before, &changed.order);
                let entry = AuditEntry { action: "order.changed".into(), ..entry };
                let outcome = view(connection, team, changed.order).map_err(WriteError::store)?;
                Ok(Change { outcome, events, audit: vec![entry] })
            })
            .await
    }

    #[tracing::instrument(name = "Orders::find", level = "debug", skip_all)]
    async fn find(&self, team: TeamId, id: OrderId) -> Result<Option<OrderView>, StoreError> {
        let found = self.db.read(Scope::Team(team), move |connection| {
            let row = of(team, id).select(OrderRow::as_select()).first(connection).optional()?;
            Ok(row.map(|row| shown(connection, team, row)))
        });
        found.await?.transpose()
    }

    #[tracing::instrument(name = "Orders::list", level = "debug", skip_all)]
    async fn list(
        &self,
        team: TeamId,
        filter: OrderFilter,
        sort: OrderSort,
        window: Window,
        counted: bool,
    ) -> Result<OrderPage, StoreError> {
        let listed = self.db.read(Scope::Team(team), move |connection| {
            let page = list::page(connection, team, &filter, sort, window)?;
            let total = counted.then(|| list::total(connection, team, &filter)).transpose()?;
            Ok((page, total))
        });
        let ((page, has_more), total) = listed.await?;
        let orders = page.into_iter().map(OrderSummary::try_from).collect::<Result<_, _>>()?;
        Ok(OrderPage { orders, total: total.map(i64::unsigned_abs), has_more })
    }
}

fn shown(connection: &mut PgConnection, team: TeamId, row: OrderRow) -> Result<OrderView, StoreError> {
    let order = with_operations::<StoreError>(connection, team, row).map_err(WriteError::into_port_error)?;
    view(connection, team, order)
}

/// An order with the names of its departments.
fn view(
    connection: &mut PgConnection,
    team: TeamId,
    order: ManufacturingOrder,
) -> Result<OrderView, StoreError> {
    let ids: Vec<_> = order.operations.iter().map(|operation| operation.department.uuid()).collect();
    let rows: Vec<(Uuid, String)> = match ids.is_empty() {
        true => Vec::new(),
        false => departments::table
            .filter(departments::team_id.eq(team.uuid()))
            .filter(departments::id.eq_any(ids))
            .select((departments::id, departments::name))
            .load(connection)
            .map_err(store_error)?,
    };
    let names =
        rows.into_iter().map(|(id, name)| Ok((Id::new(id), Name::try_new(&name).map_err(unreadable)?)));
    let departments = names.collect::<Result<BTreeMap<_, _>, StoreError>>()?;
    Ok(OrderView { order, departments })
}
