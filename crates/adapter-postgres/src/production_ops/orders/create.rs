//! A new order, with the operations of its routing.

use chrono::{DateTime, Utc};
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Array, Timestamptz};
use kernel::error::StoreError;
use kernel::id::{Id, TeamId};
use kernel::manufacturing::{OrderId, OrderNumber};
use kernel::numbering::Series;
use production_ops::Name;
use production_ops::order::{ErpReference, ManufacturingOrder, NewOrder, Notes, OrderError};
use production_ops::routing::{RoutingCandidate, RoutingVersion};
use uuid::Uuid;

use super::numbers;
use super::table::lock;
use crate::schema::{JsonColumn, manufacturing_orders, routings};
use crate::write_error::{WriteError, unreadable};

/// An order to create.
pub(super) struct OrderCreation<'a> {
    pub(super) team: TeamId,
    pub(super) id: OrderId,
    pub(super) new: &'a NewOrder,
    pub(super) series: &'a Series,
    pub(super) at: DateTime<Utc>,
}

impl OrderCreation<'_> {
    /// Creates the order under its own number, or else under `reserved`.
    pub(super) fn run(
        &self,
        connection: &mut PgConnection,
        reserved: Option<&OrderNumber>,
    ) -> Result<ManufacturingOrder, WriteError<OrderError>> {
        let routing = &self.routing(connection)?;
        match (&self.new.number, reserved) {
            (Some(number), _) => {
                if !self.insert(connection, number, routing)? {
                    return Err(WriteError::Port(OrderError::NumberTaken));
                }
            }
            (None, reserved) => {
                let mut number = reserved.cloned();
                // a client took the reserved number meanwhile: the next one is taken in this transaction
                loop {
                    let candidate = match number.take() {
                        Some(reserved) => reserved,
                        None => numbers::next(connection, self.team, self.series)?,
                    };
                    if self.insert(connection, &candidate, routing)? {
                        break;
                    }
                }
            }
        }
        plan_operations(connection, self.team, &[self.id.uuid()], self.at)?;
        let created = lock(connection, self.team, self.id)?
            .ok_or_else(|| WriteError::internal("an order is gone within its transaction"))?;
        created.check_plan().map_err(WriteError::Port)?;
        Ok(created)
    }

    /// The routing that was chosen, held so that it stays as it is until the order is there.
    fn routing(&self, connection: &mut PgConnection) -> Result<RoutingCandidate, WriteError<OrderError>> {
        let choice = &self.new.routing;
        let of_team = routings::table.filter(routings::team_id.eq(self.team.uuid())).select((
            routings::id,
            routings::name,
            routings::version,
            routings::is_active,
        ));
        let found: Option<(Uuid, String, i32, bool)> = match (choice.id(), choice.name()) {
            (Some(id), _) => {
                of_team.filter(routings::id.eq(id.uuid())).for_key_share().first(connection).optional()?
            }
            (None, name) => of_team
                .filter(routings::name_key.eq(name.map(Name::key).unwrap_or_default()))
                .for_key_share()
                .first(connection)
                .optional()?,
        };
        let found = found.map(candidate).transpose().map_err(WriteError::store)?;
        choice.settle(found).map_err(|fault| WriteError::Port(OrderError::Routing(fault)))
    }

    /// Returns whether the number was free.
    fn insert(
        &self,
        connection: &mut PgConnection,
        number: &OrderNumber,
        routing: &RoutingCandidate,
    ) -> QueryResult<bool> {
        let new = self.new;
        let inserted = diesel::insert_into(manufacturing_orders::table)
            .values((
                manufacturing_orders::team_id.eq(self.team.uuid()),
                manufacturing_orders::id.eq(self.id.uuid()),
                manufacturing_orders::order_number.eq(number.as_str()),
                manufacturing_orders::erp_reference.eq(new.erp_reference.as_ref().map(ErpReference::as_str)),
                manufacturing_orders::sku.eq(new.sku.as_str()),
                manufacturing_orders::description.eq(""),
                manufacturing_orders::quantity.eq(new.quantity.value()),
                manufacturing_orders::priority.eq(i16::from(new.priority.value())),
                manufacturing_orders::status.eq("pending"),
                manufacturing_orders::routing_id.eq(routing.id.uuid()),
                manufacturing_orders::routing_version.eq(routing.version.number().cast_signed()),
                manufacturing_orders::scheduled_start.eq(new.schedule.start()),
                manufacturing_orders::scheduled_end.eq(new.schedule.end()),
                manufacturing_orders::notes.eq(new.notes.as_ref().map(Notes::as_str)),
                manufacturing_orders::custom_fields.eq(new.custom_fields.clone().map(JsonColumn)),
                manufacturing_orders::version.eq(1),
                manufacturing_orders::created_at.eq(self.at),
                manufacturing_orders::updated_at.eq(self.at),
            ))
            .on_conflict((manufacturing_orders::team_id, manufacturing_orders::order_number))
            .do_nothing()
            .execute(connection)?;
        Ok(inserted == 1)
    }
}

fn candidate(
    (id, name, version, is_active): (Uuid, String, i32, bool),
) -> Result<RoutingCandidate, StoreError> {
    Ok(RoutingCandidate {
        id: Id::new(id),
        version: RoutingVersion::try_new(version.unsigned_abs()).map_err(unreadable)?,
        name: Name::try_new(&name).map_err(unreadable)?,
        is_active,
    })
}

/// Gives orders the operations of their routings in the place of any they had: posted orders and imported
/// ones get them here alike.
pub(crate) fn plan_operations(
    connection: &mut PgConnection,
    team: TeamId,
    orders: &[Uuid],
    at: DateTime<Utc>,
) -> QueryResult<()> {
    sql_query("SELECT plan_operations($1, $2, $3)")
        .bind::<diesel::sql_types::Uuid, _>(team.uuid())
        .bind::<Array<diesel::sql_types::Uuid>, _>(orders)
        .bind::<Timestamptz, _>(at)
        .execute(connection)
        .map(drop)
}
