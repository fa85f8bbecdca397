//! What the supply of an order has to say to its end: what stands in the way, and what is released with it.

use chrono::{DateTime, Utc};
use diesel::QueryableByName;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{Text, Uuid as SqlUuid};
use kernel::audit::AuditEntry;
use kernel::events::OutboxMessage;
use kernel::id::TeamId;
use procurement::assignment::Assignment;
use procurement::supply::OrderSupply;
use sales_orders::order::{Changed, Obstacles, SalesEvent, SalesOrder, SalesOrderError};

use crate::procurement::supply::{of, save_assignments};
use crate::statement::statement;
use crate::write_error::WriteError;

#[derive(QueryableByName)]
struct OpenRow {
    #[diesel(sql_type = Text)]
    what: String,
}

/// The supply of an order that is locked, and what of it stands in the way of the order's end.
pub(super) fn obstacles(
    connection: &mut PgConnection,
    team: TeamId,
    order: &SalesOrder,
) -> Result<(OrderSupply, Obstacles), WriteError<SalesOrderError>> {
    let supply = of(connection, team, order)?;
    let open: Vec<OpenRow> = statement(
        "SELECT format('dispatch %s is under way', number) AS what
         FROM dispatches WHERE team_id = {} AND order_id = {} AND status = 'DISPATCHED'
         UNION ALL
         SELECT format('goods receipt %s awaits verification', number)
         FROM goods_receipts WHERE team_id = {} AND order_id = {} AND is_open
         UNION ALL
         SELECT format('ticket %s is %s', number, status)
         FROM tickets WHERE team_id = {} AND order_id = {} AND status IN ('OPEN', 'IN_PROGRESS')
         UNION ALL
         SELECT format('accepted goods of %s have no approved invoice', number)
         FROM purchase_orders p WHERE team_id = {} AND order_id = {}
              AND EXISTS (SELECT FROM assignments a
                          WHERE a.team_id = p.team_id AND a.purchase_order_id = p.id AND a.accepted > 0)
         ORDER BY what",
    )
    .bind::<SqlUuid, _>(team.uuid())
    .bind::<SqlUuid, _>(order.id.uuid())
    .bind::<SqlUuid, _>(team.uuid())
    .bind::<SqlUuid, _>(order.id.uuid())
    .bind::<SqlUuid, _>(team.uuid())
    .bind::<SqlUuid, _>(order.id.uuid())
    .bind::<SqlUuid, _>(team.uuid())
    .bind::<SqlUuid, _>(order.id.uuid())
    .load(connection)?;
    let obstacles = Obstacles {
        is_dispatched: supply.is_dispatched(),
        open: open.into_iter().map(|row| row.what).collect(),
    };
    Ok((supply, obstacles))
}

/// Releases what an order that ended had still to come; the events and audit entries of that.
pub(super) fn release(
    connection: &mut PgConnection,
    team: TeamId,
    supply: OrderSupply,
    changed: &Changed,
    at: DateTime<Utc>,
) -> Result<(Vec<OutboxMessage>, Vec<AuditEntry>), WriteError<SalesOrderError>> {
    if !matches!(changed.event, SalesEvent::Cancelled | SalesEvent::Closed) {
        return Ok(Default::default());
    }
    let released = supply.released(at);
    if released.is_empty() {
        return Ok(Default::default());
    }
    let of = |after: &Assignment| {
        let before = supply.assignments.iter().find(|before| before.id == after.id);
        AuditEntry::of("released", before, Some(after))
    };
    let audit = released.iter().map(of).collect();
    let supply = supply.with(&released);
    Ok((save_assignments(connection, team, &supply, &released, at)?, audit))
}
