//! A new order, with the operations of its routing.

use chrono::{DateTime, Utc};
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Array, Timestamptz};
use kernel::error::Fault;
use kernel::id::TeamId;
use kernel::manufacturing::{OrderId, OrderNumber};
use kernel::numbering::Series;
use production_ops::order::{
    ErpReference, ManufacturingOrder, NewOrder, Notes, OrderError, RoutingChoice, RoutingFault,
};
use serde_json::Value;
use uuid::Uuid;

use super::numbers;
use super::rows::locked_order;
use crate::schema::{manufacturing_orders, routings};
use crate::write_error::WriteError;

/// An order to be made.
pub(super) struct Making<'a> {
    pub(super) team: TeamId,
    pub(super) id: OrderId,
    pub(super) new: &'a NewOrder,
    pub(super) series: &'a Series,
    pub(super) at: DateTime<Utc>,
}

impl Making<'_> {
    /// Makes the order under its own number, or else under `reserved`.
    pub(super) fn make(
        &self,
        connection: &mut PgConnection,
        reserved: Option<&OrderNumber>,
    ) -> Result<ManufacturingOrder, WriteError<OrderError>> {
        let routing = self.routing(connection)?;
        match (&self.new.number, reserved) {
            (Some(number), _) => {
                if !self.insert(connection, number, routing)? {
                    return Err(WriteError::Port(OrderError::NumberTaken));
                }
            }
            (None, reserved) => {
                let mut number = reserved.cloned();
                // a client took the reserved number meanwhile: the next one is had in this transaction
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
        let made = locked_order(connection, self.team, self.id)?;
        made.ok_or_else(|| WriteError::internal("an order is gone within its transaction"))
    }

    /// The routing that was chosen, and its current version, held so that it stays one until the order is there.
    fn routing(&self, connection: &mut PgConnection) -> Result<(Uuid, i32), WriteError<OrderError>> {
        let of_team = routings::table.filter(routings::team_id.eq(self.team.uuid())).select((
            routings::id,
            routings::name_key,
            routings::version,
            routings::is_active,
        ));
        let found: Option<(Uuid, String, i32, bool)> = match &self.new.routing {
            RoutingChoice::Id(id) | RoutingChoice::Both(id, _) => {
                of_team.filter(routings::id.eq(id.uuid())).for_key_share().first(connection).optional()?
            }
            RoutingChoice::Named(name) => of_team
                .filter(routings::name_key.eq(name.key()))
                .for_key_share()
                .first(connection)
                .optional()?,
        };
        let refuse = |fault: Fault| WriteError::Port(OrderError::Invalid(vec![fault]));
        let choice = &self.new.routing;
        let (id, key, version, is_active) =
            found.ok_or_else(|| refuse(choice.fault(RoutingFault::Unknown)))?;
        match choice {
            RoutingChoice::Both(_, name) if name.key() != key => {
                Err(refuse(choice.fault(RoutingFault::Disagrees)))
            }
            _ if !is_active => Err(refuse(choice.fault(RoutingFault::Inactive))),
            _ => Ok((id, version)),
        }
    }

    /// Says whether the number was free.
    fn insert(
        &self,
        connection: &mut PgConnection,
        number: &OrderNumber,
        (routing, version): (Uuid, i32),
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
                manufacturing_orders::routing_id.eq(routing),
                manufacturing_orders::routing_version.eq(version),
                manufacturing_orders::scheduled_start.eq(new.scheduled_start),
                manufacturing_orders::scheduled_end.eq(new.scheduled_end),
                manufacturing_orders::notes.eq(new.notes.as_ref().map(Notes::as_str)),
                manufacturing_orders::custom_fields.eq(new.custom_fields.clone().map(Value::Object)),
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

/// Gives orders the operations of their routings in the place of any they had: the one door for orders that are posted
/// and orders that are imported.
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
