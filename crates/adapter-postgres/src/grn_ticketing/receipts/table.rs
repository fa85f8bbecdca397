//! The tables `goods_receipts` and `goods_receipt_items`, each row with what it shows of its dispatch.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::QueryableByName;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{
    Array, BigInt, Bool, Integer, Nullable, Numeric, Text, Timestamptz, Uuid as SqlUuid,
};
use grn_ticketing::ports::{ReceiptView, TicketSummary};
use grn_ticketing::receipt::{
    ArrivedDispatch, ArrivedItem, Damage, DamageDescription, GoodsReceipt, ItemCheck, ReceiptItem, Remarks,
    Verified,
};
use grn_ticketing::ticket::Raised;
use kernel::error::StoreError;
use kernel::id::{Id, TeamId, UserId};
use kernel::manufacturing::Sku;
use kernel::quantity::{Amount, Quantity};
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::statement::{column, statement};
use crate::write_error::unreadable;

#[derive(QueryableByName)]
pub(super) struct ReceiptRow {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Text)]
    number: String,
    #[diesel(embed)]
    dispatch: ArrivedRow,
    #[diesel(sql_type = Nullable<Text>)]
    remarks: Option<String>,
    #[diesel(sql_type = Timestamptz)]
    received_at: DateTime<Utc>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    received_by: Option<Uuid>,
    #[diesel(sql_type = Nullable<Text>)]
    received_by_email: Option<String>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    verified_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    verified_by: Option<Uuid>,
    #[diesel(sql_type = Nullable<Text>)]
    verified_by_email: Option<String>,
    #[diesel(sql_type = BigInt)]
    version: i64,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    ticket_id: Option<Uuid>,
    #[diesel(sql_type = Nullable<Text>)]
    ticket_number: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    ticket_title: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    ticket_status: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    ticket_priority: Option<String>,
}

/// A dispatch as a receipt shows it.
#[derive(QueryableByName)]
pub(super) struct ArrivedRow {
    #[diesel(sql_type = SqlUuid)]
    dispatch_id: Uuid,
    #[diesel(sql_type = Text)]
    dispatch_number: String,
    #[diesel(sql_type = Nullable<Text>)]
    tracking_reference: Option<String>,
    #[diesel(sql_type = SqlUuid)]
    purchase_order_id: Uuid,
    #[diesel(sql_type = Text)]
    purchase_order_number: String,
    #[diesel(sql_type = SqlUuid)]
    order_id: Uuid,
    #[diesel(sql_type = Text)]
    order_number: String,
    #[diesel(sql_type = SqlUuid)]
    vendor_id: Uuid,
    #[diesel(sql_type = Text)]
    vendor_code: String,
    #[diesel(sql_type = Text)]
    vendor_name: String,
    #[diesel(sql_type = Nullable<Text>)]
    vendor_email: Option<String>,
}

#[derive(QueryableByName)]
pub(super) struct ItemRow {
    #[diesel(sql_type = SqlUuid)]
    receipt_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(embed)]
    goods: GoodsRow,
    #[diesel(sql_type = Nullable<Text>)]
    status: Option<String>,
    #[diesel(sql_type = Nullable<Numeric>)]
    received: Option<Decimal>,
    #[diesel(sql_type = Nullable<Text>)]
    remarks: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    damage_description: Option<String>,
    #[diesel(sql_type = Nullable<Numeric>)]
    damaged: Option<Decimal>,
    #[diesel(sql_type = Bool)]
    accepts_excess: bool,
    #[diesel(sql_type = Nullable<Numeric>)]
    accepted: Option<Decimal>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    ticket_id: Option<Uuid>,
}

/// An item of a dispatch as a receipt shows it.
#[derive(QueryableByName)]
pub(super) struct GoodsRow {
    #[diesel(sql_type = SqlUuid)]
    assignment_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    line_id: Uuid,
    #[diesel(sql_type = Text)]
    product_name: String,
    #[diesel(sql_type = Nullable<Text>)]
    sku: Option<String>,
    #[diesel(sql_type = Numeric)]
    assigned: Decimal,
    #[diesel(sql_type = Numeric)]
    dispatched: Decimal,
    #[diesel(sql_type = Numeric)]
    received_before: Decimal,
}

/// What a receipt shows of its dispatch `d`.
macro_rules! arrived_columns {
    () => {
        "d.id AS dispatch_id, d.number AS dispatch_number, d.tracking_reference, d.purchase_order_id, \
         p.number AS purchase_order_number, d.order_id, o.order_number, d.vendor_id, v.code AS vendor_code, \
         v.name AS vendor_name, coalesce(contact.email, v.email) AS vendor_email"
    };
}

/// What `arrived_columns` are of. A vendor's contact is the first of its users that is active.
macro_rules! arrived_tables {
    () => {
        "JOIN sales_orders o ON o.team_id = d.team_id AND o.id = d.order_id \
         JOIN purchase_orders p ON p.team_id = d.team_id AND p.id = d.purchase_order_id \
         JOIN vendors v ON v.team_id = d.team_id AND v.id = d.vendor_id \
         LEFT JOIN LATERAL (SELECT u.email FROM users u \
             WHERE u.team_id = d.team_id AND u.vendor_id = d.vendor_id AND u.is_active \
             ORDER BY u.created_at, u.id LIMIT 1) contact ON true"
    };
}

/// Receipts with their items and their latest tickets, by their ids.
pub(super) fn with_ids(
    connection: &mut PgConnection,
    team: TeamId,
    ids: &[Uuid],
) -> QueryResult<(Vec<ReceiptRow>, Vec<ItemRow>)> {
    let rows = statement(concat!(
        "SELECT r.id, r.number, ",
        arrived_columns!(),
        ", r.remarks, r.received_at, r.received_by, taker.email AS received_by_email, r.verified_at, r.verified_by,
         verifier.email AS verified_by_email, r.version, ticket.id AS ticket_id, ticket.number AS ticket_number,
         ticket.title AS ticket_title, ticket.status AS ticket_status, ticket.priority AS ticket_priority
         FROM goods_receipts r JOIN dispatches d ON d.team_id = r.team_id AND d.id = r.dispatch_id ",
        arrived_tables!(),
        " LEFT JOIN users taker ON taker.team_id = r.team_id AND taker.id = r.received_by
          LEFT JOIN users verifier ON verifier.team_id = r.team_id AND verifier.id = r.verified_by
          LEFT JOIN LATERAL (SELECT t.id, t.number, t.title, t.status, t.priority FROM tickets t
              WHERE t.team_id = r.team_id AND t.receipt_id = r.id
              ORDER BY t.created_at DESC, t.id DESC LIMIT 1) ticket ON true
          WHERE r.team_id = {} AND r.id {}",
    ))
    .bind::<SqlUuid, _>(team.uuid())
    .bind_ids(ids)
    .load(connection)?;
    let items = statement(
        "SELECT i.receipt_id, i.id, i.assignment_id, l.id AS line_id, l.product_name, l.sku, a.quantity AS assigned,
                i.dispatched, a.received AS received_before, i.status, i.received, i.remarks, i.damage_description,
                i.damaged, i.accepts_excess, i.accepted, i.ticket_id
         FROM goods_receipt_items i
         JOIN assignments a ON a.team_id = i.team_id AND a.id = i.assignment_id
         JOIN sales_order_lines l ON l.team_id = a.team_id AND l.id = a.order_line_id
         WHERE i.team_id = {} AND i.receipt_id {}
         ORDER BY i.receipt_id, i.position",
    )
    .bind::<SqlUuid, _>(team.uuid())
    .bind_ids(ids)
    .load(connection)?;
    Ok((rows, items))
}

/// The receipts of rows that were read together.
pub(super) fn views((rows, items): (Vec<ReceiptRow>, Vec<ItemRow>)) -> Result<Vec<ReceiptView>, StoreError> {
    let mut of_receipts: HashMap<Uuid, Vec<ReceiptItem>> = HashMap::new();
    for row in items {
        of_receipts.entry(row.receipt_id).or_default().push(row.try_into()?);
    }
    let view = |row: ReceiptRow| {
        let items = of_receipts.remove(&row.id).unwrap_or_default();
        row.view(items)
    };
    rows.into_iter().map(view).collect()
}

/// A dispatch that arrived, and what it carries; `None` if the team has none of that id.
pub(super) fn arrived(
    connection: &mut PgConnection,
    team: TeamId,
    dispatch: Uuid,
) -> QueryResult<Option<(ArrivedRow, Vec<GoodsRow>)>> {
    let arrived = statement(concat!(
        "SELECT ",
        arrived_columns!(),
        " FROM dispatches d ",
        arrived_tables!(),
        " WHERE d.team_id = {} AND d.id = {}"
    ))
    .bind::<SqlUuid, _>(team.uuid())
    .bind::<SqlUuid, _>(dispatch)
    .get_result(connection)
    .optional()?;
    let Some(arrived) = arrived else { return Ok(None) };
    let goods = statement(
        "SELECT i.assignment_id, l.id AS line_id, l.product_name, l.sku, a.quantity AS assigned, i.quantity AS dispatched,
                a.received AS received_before
         FROM dispatch_items i
         JOIN assignments a ON a.team_id = i.team_id AND a.id = i.assignment_id
         JOIN sales_order_lines l ON l.team_id = a.team_id AND l.id = a.order_line_id
         WHERE i.team_id = {} AND i.dispatch_id = {}
         ORDER BY i.position",
    )
    .bind::<SqlUuid, _>(team.uuid())
    .bind::<SqlUuid, _>(dispatch)
    .load(connection)?;
    Ok(Some((arrived, goods)))
}

/// Stores a new receipt with its items, and that its dispatch arrived, in one statement.
pub(super) fn insert(connection: &mut PgConnection, team: TeamId, receipt: &GoodsReceipt) -> QueryResult<()> {
    let positions = 1..=i32::try_from(receipt.items.len()).unwrap_or(i32::MAX);
    statement(
        "WITH arrived AS (
             UPDATE dispatches SET received_at = {} WHERE team_id = {} AND id = {}
         ), made AS (
             INSERT INTO goods_receipts (team_id, id, number, dispatch_id, order_id, vendor_id, status, received_at,
                                         received_by, version)
             VALUES ({}, {}, {}, {}, {}, {}, {}, {}, {}, {})
             RETURNING team_id, id
         )
         INSERT INTO goods_receipt_items (team_id, receipt_id, position, id, assignment_id, dispatched, accepts_excess)
         SELECT made.team_id, made.id, item.position, item.id, item.assignment_id, item.dispatched, false
         FROM made, unnest({}, {}, {}, {}) AS item (position, id, assignment_id, dispatched)",
    )
    .bind::<Timestamptz, _>(receipt.received_at)
    .bind::<SqlUuid, _>(team.uuid())
    .bind::<SqlUuid, _>(receipt.dispatch.id.uuid())
    .bind::<SqlUuid, _>(team.uuid())
    .bind::<SqlUuid, _>(receipt.id.uuid())
    .bind::<Text, _>(&*receipt.number)
    .bind::<SqlUuid, _>(receipt.dispatch.id.uuid())
    .bind::<SqlUuid, _>(receipt.dispatch.order.uuid())
    .bind::<SqlUuid, _>(receipt.dispatch.vendor.uuid())
    .bind::<Text, _>(receipt.status().as_str())
    .bind::<Timestamptz, _>(receipt.received_at)
    .bind::<Nullable<SqlUuid>, _>(receipt.received_by.map(Id::uuid))
    .bind::<BigInt, _>(receipt.version)
    .bind::<Array<Integer>, _>(positions.collect::<Vec<_>>())
    .bind::<Array<SqlUuid>, _>(column(&receipt.items, |item| item.id.uuid()))
    .bind::<Array<SqlUuid>, _>(column(&receipt.items, |item| item.goods.assigned_item.uuid()))
    .bind::<Array<Numeric>, _>(column(&receipt.items, |item| item.goods.dispatched.value()))
    .execute(connection)
    .map(drop)
}

/// Saves a verification with the ticket that it raised, in one statement.
pub(super) fn save(
    connection: &mut PgConnection,
    team: TeamId,
    verified: &Verified,
    raised: Option<&Raised>,
) -> QueryResult<()> {
    let receipt = &verified.receipt;
    let checks: Vec<_> =
        verified.items.iter().filter_map(|item| Some((item, item.check.as_ref()?))).collect();
    let opened = Vec::from_iter(raised.filter(|raised| raised.before.is_none()).map(|raised| &raised.ticket));
    let joined = Vec::from_iter(raised.filter(|raised| raised.before.is_some()).map(|raised| &raised.ticket));
    let comments = Vec::from_iter(raised);
    statement(
        "WITH verified AS (
             UPDATE goods_receipts
             SET status = {}, remarks = {}, verified_at = {}, verified_by = {}, version = {}
             WHERE team_id = {} AND id = {}
         ), opened AS (
             INSERT INTO tickets (team_id, id, number, receipt_id, order_id, vendor_id, title, description, status,
                                  priority, created_by, version, created_at, updated_at)
             SELECT {}, id, number, {}, {}, {}, title, description, 'OPEN', priority, created_by, 1, at, at
             FROM unnest({}, {}, {}, {}, {}, {}, {}) AS t (id, number, title, description, priority, created_by, at)
         ), joined AS (
             UPDATE tickets t SET priority = j.priority, version = j.version, updated_at = j.at
             FROM unnest({}, {}, {}, {}) AS j (id, priority, version, at)
             WHERE t.team_id = {} AND t.id = j.id
         ), said AS (
             INSERT INTO ticket_comments (team_id, ticket_id, id, content, author_id, created_at)
             SELECT {}, ticket_id, id, content, author_id, at
             FROM unnest({}, {}, {}, {}, {}) AS c (ticket_id, id, content, author_id, at)
         )
         UPDATE goods_receipt_items i
         SET status = c.status, received = c.received, remarks = c.remarks, damage_description = c.damage_description,
             damaged = c.damaged, accepts_excess = c.accepts_excess, accepted = c.accepted, ticket_id = c.ticket_id
         FROM unnest({}, {}, {}, {}, {}, {}, {}, {}, {})
              AS c (id, status, received, remarks, damage_description, damaged, accepts_excess, accepted, ticket_id)
         WHERE i.team_id = {} AND i.receipt_id = {} AND i.id = c.id",
    )
    .bind::<Text, _>(receipt.status().as_str())
    .bind::<Nullable<Text>, _>(receipt.remarks.as_ref().map(Remarks::as_str))
    .bind::<Nullable<Timestamptz>, _>(receipt.verified_at)
    .bind::<Nullable<SqlUuid>, _>(receipt.verified_by.map(Id::uuid))
    .bind::<BigInt, _>(receipt.version)
    .bind::<SqlUuid, _>(team.uuid())
    .bind::<SqlUuid, _>(receipt.id.uuid())
    .bind::<SqlUuid, _>(team.uuid())
    .bind::<SqlUuid, _>(receipt.id.uuid())
    .bind::<SqlUuid, _>(receipt.dispatch.order.uuid())
    .bind::<SqlUuid, _>(receipt.dispatch.vendor.uuid())
    .bind::<Array<SqlUuid>, _>(column(&opened, |ticket| ticket.id.uuid()))
    .bind::<Array<Text>, _>(column(&opened, |ticket| &*ticket.number))
    .bind::<Array<Text>, _>(column(&opened, |ticket| &*ticket.title))
    .bind::<Array<Text>, _>(column(&opened, |ticket| &*ticket.description))
    .bind::<Array<Text>, _>(column(&opened, |ticket| ticket.priority.as_str()))
    .bind::<Array<Nullable<SqlUuid>>, _>(column(&opened, |ticket| ticket.created_by.map(Id::uuid)))
    .bind::<Array<Timestamptz>, _>(column(&opened, |ticket| ticket.created_at))
    .bind::<Array<SqlUuid>, _>(column(&joined, |ticket| ticket.id.uuid()))
    .bind::<Array<Text>, _>(column(&joined, |ticket| ticket.priority.as_str()))
    .bind::<Array<BigInt>, _>(column(&joined, |ticket| ticket.version))
    .bind::<Array<Timestamptz>, _>(column(&joined, |ticket| ticket.updated_at))
    .bind::<SqlUuid, _>(team.uuid())
    .bind::<SqlUuid, _>(team.uuid())
    .bind::<Array<SqlUuid>, _>(column(&comments, |raised| raised.ticket.id.uuid()))
    .bind::<Array<SqlUuid>, _>(column(&comments, |raised| raised.comment.id.uuid()))
    .bind::<Array<Text>, _>(column(&comments, |raised| &*raised.comment.content))
    .bind::<Array<Nullable<SqlUuid>>, _>(column(&comments, |raised| raised.comment.by.map(Id::uuid)))
    .bind::<Array<Timestamptz>, _>(column(&comments, |raised| raised.comment.at))
    .bind::<Array<SqlUuid>, _>(column(&checks, |(item, _)| item.id.uuid()))
    .bind::<Array<Text>, _>(column(&checks, |(_, check)| check.status.as_str()))
    .bind::<Array<Numeric>, _>(column(&checks, |(_, check)| check.received.value()))
    .bind::<Array<Nullable<Text>>, _>(column(&checks, |(_, check)| check.remarks.as_ref().map(Remarks::as_str)))
    .bind::<Array<Nullable<Text>>, _>(column(&checks, |(_, check)| {
        check.damage.as_ref().map(|damage| damage.description.as_str())
    }))
    .bind::<Array<Nullable<Numeric>>, _>(column(&checks, |(_, check)| {
        check.damage.as_ref().map(|damage| damage.quantity.value())
    }))
    .bind::<Array<Bool>, _>(column(&checks, |(_, check)| check.accepts_excess))
    .bind::<Array<Numeric>, _>(column(&checks, |(_, check)| check.accepted.value()))
    .bind::<Array<Nullable<SqlUuid>>, _>(column(&checks, |(_, check)| {
        raised.filter(|_| check.is_mismatch()).map(|raised| raised.ticket.id.uuid())
    }))
    .bind::<SqlUuid, _>(team.uuid())
    .bind::<SqlUuid, _>(receipt.id.uuid())
    .execute(connection)
    .map(drop)
}

fn person(id: Option<Uuid>, email: Option<String>) -> Option<(UserId, Box<str>)> {
    Some((Id::new(id?), email?.into()))
}

impl ReceiptRow {
    fn ticket(&self) -> Result<Option<TicketSummary>, StoreError> {
        let (Some(id), Some(number), Some(title), Some(status), Some(priority)) = (
            self.ticket_id,
            &self.ticket_number,
            &self.ticket_title,
            &self.ticket_status,
            &self.ticket_priority,
        ) else {
            return Ok(None);
        };
        Ok(Some(TicketSummary {
            id: Id::new(id),
            number: number.as_str().into(),
            title: title.as_str().into(),
            status: status.parse().map_err(unreadable)?,
            priority: priority.parse().map_err(unreadable)?,
        }))
    }

    fn view(self, items: Vec<ReceiptItem>) -> Result<ReceiptView, StoreError> {
        let ticket = self.ticket()?;
        let receipt = GoodsReceipt {
            id: Id::new(self.id),
            number: self.number.into(),
            dispatch: self.dispatch.into(),
            items,
            received_at: self.received_at,
            received_by: self.received_by.map(Id::new),
            remarks: self.remarks.as_deref().map(Remarks::try_new).transpose().map_err(unreadable)?,
            verified_at: self.verified_at,
            verified_by: self.verified_by.map(Id::new),
            version: self.version,
        };
        Ok(ReceiptView {
            receipt,
            received_by: person(self.received_by, self.received_by_email),
            verified_by: person(self.verified_by, self.verified_by_email),
            ticket,
        })
    }
}

impl From<ArrivedRow> for ArrivedDispatch {
    fn from(row: ArrivedRow) -> Self {
        Self {
            id: Id::new(row.dispatch_id),
            number: row.dispatch_number.into(),
            tracking_reference: row.tracking_reference.map(Into::into),
            purchase_order: Id::new(row.purchase_order_id),
            purchase_order_number: row.purchase_order_number.into(),
            order: Id::new(row.order_id),
            order_number: row.order_number.into(),
            vendor: Id::new(row.vendor_id),
            vendor_code: row.vendor_code.into(),
            vendor_name: row.vendor_name.into(),
            vendor_email: row.vendor_email.map(Into::into),
        }
    }
}

impl TryFrom<GoodsRow> for ArrivedItem {
    type Error = StoreError;

    fn try_from(row: GoodsRow) -> Result<Self, StoreError> {
        Ok(Self {
            assigned_item: Id::new(row.assignment_id),
            line: Id::new(row.line_id),
            product_name: row.product_name.into(),
            sku: row.sku.as_deref().map(Sku::try_new).transpose().map_err(unreadable)?,
            assigned: Quantity::try_new(row.assigned).map_err(unreadable)?,
            dispatched: Quantity::try_new(row.dispatched).map_err(unreadable)?,
            received_before: Amount::try_new(row.received_before).map_err(unreadable)?,
        })
    }
}

impl TryFrom<ItemRow> for ReceiptItem {
    type Error = StoreError;

    fn try_from(row: ItemRow) -> Result<Self, StoreError> {
        let amount = |number| Amount::try_new(number).map_err(unreadable);
        let damage = row.damage_description.as_deref().zip(row.damaged).map(|(description, damaged)| {
            let description = DamageDescription::try_new(description).map_err(unreadable)?;
            Ok::<_, StoreError>(Damage { description, quantity: amount(damaged)? })
        });
        let check = match (row.status, row.received, row.accepted) {
            (Some(status), Some(received), Some(accepted)) => Some(ItemCheck {
                received: amount(received)?,
                status: status.parse().map_err(unreadable)?,
                remarks: row.remarks.as_deref().map(Remarks::try_new).transpose().map_err(unreadable)?,
                damage: damage.transpose()?,
                accepts_excess: row.accepts_excess,
                accepted: amount(accepted)?,
                ticket: row.ticket_id.map(Id::new),
            }),
            _ => None,
        };
        Ok(Self { id: Id::new(row.id), goods: row.goods.try_into()?, check })
    }
}
