//! The supply of an order in a transaction: its sales order is locked first, its assignments and purchase orders are saved
//! with what they do to the order's status.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use diesel::QueryableByName;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Text, Timestamptz, Uuid as SqlUuid};
use kernel::audit::AuditEntry;
use kernel::clock::{IdSource, SystemIds};
use kernel::error::StoreError;
use kernel::events::{Event, OutboxMessage, PayloadFault};
use kernel::id::{Id, TeamId};
use procurement::assignment::{Assignment, OrderRef, OrderedLine};
use procurement::events::{PurchaseOrderCancelled, PurchaseOrderFacts, PurchaseOrderUpdated};
use procurement::purchase_order::{PurchaseOrder, PurchaseOrderStatus};
use procurement::supply::{OrderSupply, Standing};
use sales_orders::order::{Channel, OrderLine, SalesOrder, SalesStatus, SupplyProgress};
use uuid::Uuid;

use super::assignments::table::{bind_changes, of_orders};
pub(crate) use crate::sales_orders::orders::table::LockedBy;
use crate::sales_orders::orders::table::{lock_by, save_progress, with_lines};
use crate::statement::{column, statement};
use crate::write_error::{WriteError, unwritable};

/// An order, locked until the transaction ends, and its supply.
pub(crate) struct LockedSupply {
    pub(crate) order: SalesOrder,
    pub(crate) supply: OrderSupply,
}

/// What saving came to.
pub(crate) struct SavedSupply {
    pub(crate) events: Vec<OutboxMessage>,
    pub(crate) audit: Vec<AuditEntry>,
}

/// Locks an order that was not deleted, and reads its supply; `None` if the team has none.
pub(crate) fn lock<E: From<StoreError>>(
    connection: &mut PgConnection,
    team: TeamId,
    by: LockedBy,
) -> Result<Option<LockedSupply>, WriteError<E>> {
    let row = lock_by(connection, team, by)?;
    let found = with_lines(connection, team, Vec::from_iter(row))?.map_err(WriteError::store)?;
    let Some(order) = found.into_iter().find(|order| !order.deleted) else { return Ok(None) };
    let supply = of(connection, team, &order)?;
    Ok(Some(LockedSupply { order, supply }))
}

/// The supply of an order that is locked.
pub(crate) fn of<E: From<StoreError>>(
    connection: &mut PgConnection,
    team: TeamId,
    order: &SalesOrder,
) -> Result<OrderSupply, WriteError<E>> {
    let rows = of_orders(connection, team, &[order.id.uuid()])?;
    let assignments = rows.into_iter().map(Assignment::try_from).collect::<Result<_, _>>();
    Ok(OrderSupply {
        order: OrderRef { id: Id::new(order.id.uuid()), number: order.order_number.clone() },
        standing: match (order.channel, order.status) {
            (Channel::Pos, _) => Standing::OfTill,
            (Channel::Oms, status @ (SalesStatus::Closed | SalesStatus::Cancelled)) => {
                Standing::Ended(status.as_str())
            }
            (Channel::Oms, _) => Standing::Open,
        },
        currency: order.currency,
        lines: order.lines.iter().map(line).collect(),
        assignments: assignments.map_err(WriteError::store)?,
    })
}

fn line(line: &OrderLine) -> OrderedLine {
    OrderedLine {
        id: Id::new(line.id.uuid()),
        product_name: line.product_name.as_str().into(),
        sku: line.sku.clone(),
        quantity: line.quantity,
        unit_price: line.unit_price,
    }
}

impl LockedSupply {
    /// Saves changed assignments, the status of their purchase orders and that of the order.
    pub(crate) fn save<E: From<StoreError>>(
        self,
        connection: &mut PgConnection,
        team: TeamId,
        changed: &[Assignment],
        at: DateTime<Utc>,
    ) -> Result<SavedSupply, WriteError<E>> {
        let supply = self.supply.with(changed);
        let mut events = save_assignments(connection, team, &supply, changed, at)?;
        let (moved, audit) = move_order(connection, team, &self.order, &supply, false, at)?;
        events.extend(moved);
        Ok(SavedSupply { events, audit })
    }
}

/// Moves the order's status on as its supply demands.
pub(crate) fn move_order<E: From<StoreError>>(
    connection: &mut PgConnection,
    team: TeamId,
    order: &SalesOrder,
    supply: &OrderSupply,
    has_new_assignments: bool,
    at: DateTime<Utc>,
) -> Result<(Option<OutboxMessage>, Vec<AuditEntry>), WriteError<E>> {
    let accepted = supply.lines.iter().map(|line| (Id::new(line.id.uuid()), supply.accepted(line.id)));
    let progress = SupplyProgress {
        is_assigned: !supply.assignments.is_empty(),
        is_confirmed: supply.is_confirmed(),
        accepted: accepted.collect::<BTreeMap<_, _>>(),
    };
    let Some(changed) = order.supplied(&progress, has_new_assignments, at) else {
        return Ok((None, Vec::new()));
    };
    save_progress(connection, team, &changed.order)?;
    let event = changed.event.of(&changed.order, SystemIds.uuid()).map_err(unwritable)?;
    let entry = AuditEntry::of(changed.event.verb(), Some(order), Some(&changed.order));
    Ok((Some(OutboxMessage::Event(event)), vec![entry]))
}

#[derive(QueryableByName)]
struct MovedRow {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Text)]
    number: String,
    #[diesel(sql_type = BigInt)]
    version: i64,
    #[diesel(sql_type = Timestamptz)]
    created_at: DateTime<Utc>,
}

/// Saves changed assignments and the status of their purchase orders, in one statement; the events of those whose status
/// changed.
pub(crate) fn save_assignments<E: From<StoreError>>(
    connection: &mut PgConnection,
    team: TeamId,
    supply: &OrderSupply,
    changed: &[Assignment],
    at: DateTime<Utc>,
) -> Result<Vec<OutboxMessage>, WriteError<E>> {
    let statuses: Vec<_> = supply.statuses(changed).into_iter().collect();
    let save = statement(
        "WITH saved AS (
             UPDATE assignments a
             SET confirmed = c.confirmed, reason = c.reason, answered_at = c.answered_at, released = c.released,
                 purchase_order_id = c.purchase_order_id, dispatched = c.dispatched, verified = c.verified,
                 received = c.received, accepted = c.accepted, version = c.version, updated_at = c.updated_at
             FROM unnest({}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {})
                  AS c (id, confirmed, reason, answered_at, released, purchase_order_id, dispatched, verified, received,
                        accepted, version, updated_at)
             WHERE a.team_id = {} AND a.id = c.id
         )
         UPDATE purchase_orders p SET status = s.status, version = p.version + 1, updated_at = {}
         FROM unnest({}, {}) AS s (id, status)
         WHERE p.team_id = {} AND p.id = s.id AND p.status <> s.status
         RETURNING p.id, p.number, p.version, p.created_at",
    );
    let moved: Vec<MovedRow> = bind_changes(save, changed)
        .bind::<SqlUuid, _>(team.uuid())
        .bind::<Timestamptz, _>(at)
        .bind::<Array<SqlUuid>, _>(column(&statuses, |(id, _)| id.uuid()))
        .bind::<Array<Text>, _>(column(&statuses, |(_, status)| status.as_str()))
        .bind::<SqlUuid, _>(team.uuid())
        .load(connection)?;
    let events = moved.iter().map(|row| {
        let covered = supply.assignments.iter().filter(|it| it.purchase_order == Some(Id::new(row.id)));
        let covered: Vec<_> = covered.cloned().collect();
        let order = supply.purchase_order(Id::new(row.id), &row.number, &covered, row.created_at);
        let order = order.map_err(|fault| WriteError::internal(fault.to_string()))?;
        let order = order.ok_or_else(|| WriteError::internal("a purchase order covers nothing"))?;
        moved_event(&PurchaseOrder { version: row.version, updated_at: at, ..order }).map_err(unwritable)
    });
    events.map(|event| event.map(OutboxMessage::Event)).collect()
}

fn moved_event(order: &PurchaseOrder) -> Result<Event, PayloadFault> {
    let facts = PurchaseOrderFacts::from(order);
    let (id, aggregate, sequence, at) = (SystemIds.uuid(), order.id.uuid(), order.version, order.updated_at);
    match order.status {
        PurchaseOrderStatus::Cancelled => {
            Event::new(id, aggregate, sequence, at, &PurchaseOrderCancelled(facts))
        }
        _ => Event::new(id, aggregate, sequence, at, &PurchaseOrderUpdated(facts)),
    }
}
