//! The table `purchase_orders`; a purchase order's items are the assignments that it covers.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::QueryableByName;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use kernel::error::StoreError;
use kernel::id::{Id, TeamId};
use kernel::money::Money;
use procurement::assignment::{Assignment, OrderRef};
use procurement::purchase_order::{PurchaseOrder, PurchaseOrderItem};
use uuid::Uuid;

use crate::procurement::assignments::table::{AssignmentRow, of_purchase_orders, vendor};
use crate::statement::statement;
use crate::write_error::unreadable;

#[derive(QueryableByName)]
pub(super) struct PurchaseOrderRow {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Text)]
    number: String,
    #[diesel(sql_type = SqlUuid)]
    order_id: Uuid,
    #[diesel(sql_type = Text)]
    order_number: String,
    #[diesel(sql_type = Text)]
    currency: String,
    #[diesel(sql_type = SqlUuid)]
    vendor_id: Uuid,
    #[diesel(sql_type = Text)]
    vendor_code: String,
    #[diesel(sql_type = Text)]
    vendor_name: String,
    #[diesel(sql_type = Nullable<Text>)]
    vendor_email: Option<String>,
    #[diesel(sql_type = Text)]
    status: String,
    #[diesel(sql_type = BigInt)]
    version: i64,
    #[diesel(sql_type = Timestamptz)]
    created_at: DateTime<Utc>,
    #[diesel(sql_type = Timestamptz)]
    updated_at: DateTime<Utc>,
}

/// Purchase orders with their items, by their ids.
pub(super) fn with_ids(
    connection: &mut PgConnection,
    team: TeamId,
    ids: &[Uuid],
) -> QueryResult<(Vec<PurchaseOrderRow>, Vec<AssignmentRow>)> {
    let rows = statement(
        "SELECT p.id, p.number, p.order_id, o.order_number, o.currency, p.vendor_id, v.code AS vendor_code,
                v.name AS vendor_name, v.email AS vendor_email, p.status, p.version, p.created_at, p.updated_at
         FROM purchase_orders p
         JOIN sales_orders o ON o.team_id = p.team_id AND o.id = p.order_id
         JOIN vendors v ON v.team_id = p.team_id AND v.id = p.vendor_id
         WHERE p.team_id = {} AND p.id {}",
    )
    .bind::<SqlUuid, _>(team.uuid())
    .bind_ids(ids)
    .load(connection)?;
    Ok((rows, of_purchase_orders(connection, team, ids)?))
}

/// The purchase orders of rows that were read together.
pub(super) fn orders(
    (rows, covered): (Vec<PurchaseOrderRow>, Vec<AssignmentRow>),
) -> Result<Vec<PurchaseOrder>, StoreError> {
    let mut of_orders: HashMap<_, Vec<Assignment>> = HashMap::new();
    for row in covered {
        let assignment = Assignment::try_from(row)?;
        of_orders.entry(assignment.purchase_order).or_default().push(assignment);
    }
    let order = |row: PurchaseOrderRow| {
        let covered = of_orders.remove(&Some(Id::new(row.id))).unwrap_or_default();
        row.order(&covered)
    };
    rows.into_iter().map(order).collect()
}

pub(super) fn insert(connection: &mut PgConnection, team: TeamId, order: &PurchaseOrder) -> QueryResult<()> {
    statement(
        "INSERT INTO purchase_orders (team_id, id, number, order_id, vendor_id, status, version, created_at, updated_at)
         VALUES ({}, {}, {}, {}, {}, {}, {}, {}, {})",
    )
    .bind::<SqlUuid, _>(team.uuid())
    .bind::<SqlUuid, _>(order.id.uuid())
    .bind::<Text, _>(&*order.number)
    .bind::<SqlUuid, _>(order.order.id.uuid())
    .bind::<SqlUuid, _>(order.vendor.id.uuid())
    .bind::<Text, _>(order.status.as_str())
    .bind::<BigInt, _>(order.version)
    .bind::<Timestamptz, _>(order.created_at)
    .bind::<Timestamptz, _>(order.updated_at)
    .execute(connection)
    .map(drop)
}

impl PurchaseOrderRow {
    fn order(self, covered: &[Assignment]) -> Result<PurchaseOrder, StoreError> {
        let currency = self.currency.parse().map_err(unreadable)?;
        let (mut items, mut total) = (Vec::new(), Money::ZERO);
        for assignment in covered {
            let item = PurchaseOrderItem::of(assignment, currency).map_err(unreadable)?;
            total = total.plus(item.as_ref().map_or(Money::ZERO, |item| item.total)).map_err(unreadable)?;
            items.extend(item);
        }
        Ok(PurchaseOrder {
            id: Id::new(self.id),
            number: self.number.into(),
            order: OrderRef { id: Id::new(self.order_id), number: self.order_number.into() },
            vendor: vendor(
                self.vendor_id,
                &self.vendor_code,
                &self.vendor_name,
                self.vendor_email.as_deref(),
            )?,
            status: self.status.parse().map_err(unreadable)?,
            currency,
            total,
            items,
            version: self.version,
            created_at: self.created_at,
            updated_at: self.updated_at,
        })
    }
}
