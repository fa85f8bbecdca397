//! The tables `dispatches` and `dispatch_items`.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::QueryableByName;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{Array, Integer, Nullable, Numeric, Text, Timestamptz, Uuid as SqlUuid};
use kernel::error::StoreError;
use kernel::id::{Id, TeamId};
use kernel::manufacturing::Sku;
use kernel::quantity::Quantity;
use procurement::assignment::{OrderRef, Remarks, TrackingReference};
use procurement::dispatch::{Dispatch, DispatchItem, PurchaseOrderRef, Receipt};
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::procurement::assignments::table::vendor;
use crate::statement::{column, statement};
use crate::write_error::unreadable;

#[derive(QueryableByName)]
pub(crate) struct DispatchRow {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Text)]
    number: String,
    #[diesel(sql_type = SqlUuid)]
    order_id: Uuid,
    #[diesel(sql_type = Text)]
    order_number: String,
    #[diesel(sql_type = SqlUuid)]
    purchase_order_id: Uuid,
    #[diesel(sql_type = Text)]
    purchase_order_number: String,
    #[diesel(sql_type = SqlUuid)]
    vendor_id: Uuid,
    #[diesel(sql_type = Text)]
    vendor_code: String,
    #[diesel(sql_type = Text)]
    vendor_name: String,
    #[diesel(sql_type = Nullable<Text>)]
    vendor_email: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    tracking_reference: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    remarks: Option<String>,
    #[diesel(sql_type = Timestamptz)]
    dispatched_at: DateTime<Utc>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    receipt_id: Option<Uuid>,
    #[diesel(sql_type = Nullable<Text>)]
    receipt_number: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    receipt_status: Option<String>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    received_at: Option<DateTime<Utc>>,
}

#[derive(QueryableByName)]
pub(crate) struct DispatchItemRow {
    #[diesel(sql_type = SqlUuid)]
    dispatch_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    assignment_id: Uuid,
    #[diesel(sql_type = Text)]
    product_name: String,
    #[diesel(sql_type = Nullable<Text>)]
    sku: Option<String>,
    #[diesel(sql_type = Numeric)]
    quantity: Decimal,
}

/// Dispatches with their items, by their ids.
pub(crate) fn with_ids(
    connection: &mut PgConnection,
    team: TeamId,
    ids: &[Uuid],
) -> QueryResult<(Vec<DispatchRow>, Vec<DispatchItemRow>)> {
    let rows = statement(
        "SELECT d.id, d.number, d.order_id, o.order_number, d.purchase_order_id, p.number AS purchase_order_number,
                d.vendor_id, v.code AS vendor_code, v.name AS vendor_name, v.email AS vendor_email, d.tracking_reference,
                d.remarks, d.dispatched_at, d.received_at, r.id AS receipt_id, r.number AS receipt_number,
                r.status AS receipt_status
         FROM dispatches d
         JOIN sales_orders o ON o.team_id = d.team_id AND o.id = d.order_id
         JOIN purchase_orders p ON p.team_id = d.team_id AND p.id = d.purchase_order_id
         JOIN vendors v ON v.team_id = d.team_id AND v.id = d.vendor_id
         LEFT JOIN goods_receipts r ON r.team_id = d.team_id AND r.dispatch_id = d.id
         WHERE d.team_id = {} AND d.id {}",
    )
    .bind::<SqlUuid, _>(team.uuid())
    .bind_ids(ids)
    .load(connection)?;
    let items = statement(
        "SELECT i.dispatch_id, i.assignment_id, l.product_name, l.sku, i.quantity
         FROM dispatch_items i
         JOIN assignments a ON a.team_id = i.team_id AND a.id = i.assignment_id
         JOIN sales_order_lines l ON l.team_id = a.team_id AND l.id = a.order_line_id
         WHERE i.team_id = {} AND i.dispatch_id {}
         ORDER BY i.dispatch_id, i.position",
    )
    .bind::<SqlUuid, _>(team.uuid())
    .bind_ids(ids)
    .load(connection)?;
    Ok((rows, items))
}

/// The dispatches of rows that were read together.
pub(crate) fn dispatches(
    (rows, items): (Vec<DispatchRow>, Vec<DispatchItemRow>),
) -> Result<Vec<Dispatch>, StoreError> {
    let mut of_dispatches: HashMap<Uuid, Vec<DispatchItem>> = HashMap::new();
    for row in items {
        let item = DispatchItem {
            assignment: Id::new(row.assignment_id),
            product_name: row.product_name.into(),
            sku: row.sku.as_deref().map(Sku::try_new).transpose().map_err(unreadable)?,
            quantity: Quantity::try_new(row.quantity).map_err(unreadable)?,
        };
        of_dispatches.entry(row.dispatch_id).or_default().push(item);
    }
    let dispatch = |row: DispatchRow| {
        let items = of_dispatches.remove(&row.id).unwrap_or_default();
        row.dispatch(items)
    };
    rows.into_iter().map(dispatch).collect()
}

/// Stores a dispatch and its items, in one statement.
pub(super) fn insert(connection: &mut PgConnection, team: TeamId, dispatch: &Dispatch) -> QueryResult<()> {
    let positions = 1..=i32::try_from(dispatch.items.len()).unwrap_or(i32::MAX);
    statement(
        "WITH made AS (
             INSERT INTO dispatches (team_id, id, number, purchase_order_id, order_id, vendor_id, tracking_reference,
                                     remarks, dispatched_at)
             VALUES ({}, {}, {}, {}, {}, {}, {}, {}, {})
             RETURNING team_id, id
         )
         INSERT INTO dispatch_items (team_id, dispatch_id, position, assignment_id, quantity)
         SELECT made.team_id, made.id, item.position, item.assignment_id, item.quantity
         FROM made, unnest({}, {}, {}) AS item (position, assignment_id, quantity)",
    )
    .bind::<SqlUuid, _>(team.uuid())
    .bind::<SqlUuid, _>(dispatch.id.uuid())
    .bind::<Text, _>(&*dispatch.number)
    .bind::<SqlUuid, _>(dispatch.purchase_order.id.uuid())
    .bind::<SqlUuid, _>(dispatch.order.id.uuid())
    .bind::<SqlUuid, _>(dispatch.vendor.id.uuid())
    .bind::<Nullable<Text>, _>(dispatch.tracking_reference.as_ref().map(TrackingReference::as_str))
    .bind::<Nullable<Text>, _>(dispatch.remarks.as_ref().map(Remarks::as_str))
    .bind::<Timestamptz, _>(dispatch.dispatched_at)
    .bind::<Array<Integer>, _>(positions.collect::<Vec<_>>())
    .bind::<Array<SqlUuid>, _>(column(&dispatch.items, |item| item.assignment.uuid()))
    .bind::<Array<Numeric>, _>(column(&dispatch.items, |item| item.quantity.value()))
    .execute(connection)
    .map(drop)
}

impl DispatchRow {
    fn dispatch(self, items: Vec<DispatchItem>) -> Result<Dispatch, StoreError> {
        let tracking_reference = self.tracking_reference.as_deref().map(TrackingReference::try_new);
        let receipt = (|| {
            Some(Receipt {
                id: self.receipt_id?,
                number: self.receipt_number.as_deref()?.into(),
                status: self.receipt_status.as_deref()?.into(),
                at: self.received_at?,
            })
        })();
        Ok(Dispatch {
            id: Id::new(self.id),
            number: self.number.into(),
            order: OrderRef { id: Id::new(self.order_id), number: self.order_number.into() },
            purchase_order: PurchaseOrderRef {
                id: Id::new(self.purchase_order_id),
                number: self.purchase_order_number.into(),
            },
            vendor: vendor(
                self.vendor_id,
                &self.vendor_code,
                &self.vendor_name,
                self.vendor_email.as_deref(),
            )?,
            items,
            tracking_reference: tracking_reference.transpose().map_err(unreadable)?,
            remarks: self.remarks.as_deref().map(Remarks::try_new).transpose().map_err(unreadable)?,
            dispatched_at: self.dispatched_at,
            receipt,
        })
    }
}
