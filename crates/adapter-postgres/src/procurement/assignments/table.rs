//! The table `assignments`, each row with what it shows of its order, line and vendor.

use chrono::{DateTime, Utc};
use diesel::QueryableByName;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Nullable, Numeric, Text, Timestamptz, Uuid as SqlUuid};
use kernel::email::Email;
use kernel::error::StoreError;
use kernel::id::{Id, TeamId};
use kernel::manufacturing::Sku;
use kernel::money::UnitPrice;
use kernel::quantity::{Amount, Quantity};
use procurement::assignment::{
    Answer, Assignment, OrderId, OrderRef, OrderedLine, Progress, Reason, VendorRef,
};
use procurement::{VendorCode, VendorName};
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::statement::{Statement, column, statement};
use crate::write_error::unreadable;

#[derive(QueryableByName)]
pub(crate) struct AssignmentRow {
    #[diesel(sql_type = SqlUuid)]
    pub(crate) id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    order_id: Uuid,
    #[diesel(sql_type = Text)]
    order_number: String,
    #[diesel(sql_type = SqlUuid)]
    line_id: Uuid,
    #[diesel(sql_type = Text)]
    product_name: String,
    #[diesel(sql_type = Nullable<Text>)]
    sku: Option<String>,
    #[diesel(sql_type = Numeric)]
    ordered: Decimal,
    #[diesel(sql_type = Numeric)]
    unit_price: Decimal,
    #[diesel(sql_type = SqlUuid)]
    vendor_id: Uuid,
    #[diesel(sql_type = Text)]
    vendor_code: String,
    #[diesel(sql_type = Text)]
    vendor_name: String,
    #[diesel(sql_type = Nullable<Text>)]
    vendor_email: Option<String>,
    #[diesel(sql_type = Numeric)]
    quantity: Decimal,
    #[diesel(sql_type = Nullable<Numeric>)]
    confirmed: Option<Decimal>,
    #[diesel(sql_type = Nullable<Text>)]
    reason: Option<String>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    answered_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Bool)]
    released: bool,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    purchase_order_id: Option<Uuid>,
    #[diesel(sql_type = Numeric)]
    dispatched: Decimal,
    #[diesel(sql_type = Numeric)]
    verified: Decimal,
    #[diesel(sql_type = Numeric)]
    received: Decimal,
    #[diesel(sql_type = Numeric)]
    accepted: Decimal,
    #[diesel(sql_type = BigInt)]
    version: i64,
    #[diesel(sql_type = Timestamptz)]
    assigned_at: DateTime<Utc>,
    #[diesel(sql_type = Timestamptz)]
    updated_at: DateTime<Utc>,
}

/// The assignments that a condition on `a` chooses, the first first.
macro_rules! assignments_where {
    ($condition:literal) => {
        concat!(
            "SELECT a.id, a.order_id, o.order_number, l.id AS line_id, l.product_name, l.sku, l.quantity AS ordered, ",
            "l.unit_price, a.vendor_id, v.code AS vendor_code, v.name AS vendor_name, v.email AS vendor_email, a.quantity, ",
            "a.confirmed, a.reason, a.answered_at, a.released, a.purchase_order_id, a.dispatched, a.verified, a.received, ",
            "a.accepted, a.version, a.assigned_at, a.updated_at ",
            "FROM assignments a ",
            "JOIN sales_orders o ON o.team_id = a.team_id AND o.id = a.order_id ",
            "JOIN sales_order_lines l ON l.team_id = a.team_id AND l.id = a.order_line_id ",
            "JOIN vendors v ON v.team_id = a.team_id AND v.id = a.vendor_id ",
            "WHERE ", $condition, " ORDER BY a.assigned_at, a.id"
        )
    };
}

/// All assignments of these orders, the first first.
pub(crate) fn of_orders(
    connection: &mut PgConnection,
    team: TeamId,
    orders: &[Uuid],
) -> QueryResult<Vec<AssignmentRow>> {
    statement(assignments_where!("a.team_id = {} AND a.order_id {}"))
        .bind::<SqlUuid, _>(team.uuid())
        .bind_ids(orders)
        .load(connection)
}

/// The assignments that these purchase orders cover, the first first.
pub(crate) fn of_purchase_orders(
    connection: &mut PgConnection,
    team: TeamId,
    orders: &[Uuid],
) -> QueryResult<Vec<AssignmentRow>> {
    statement(assignments_where!("a.team_id = {} AND a.purchase_order_id {}"))
        .bind::<SqlUuid, _>(team.uuid())
        .bind_ids(orders)
        .load(connection)
}

/// Assignments by their ids.
pub(crate) fn with_ids(
    connection: &mut PgConnection,
    team: TeamId,
    ids: &[Uuid],
) -> QueryResult<Vec<AssignmentRow>> {
    statement(assignments_where!("a.team_id = {} AND a.id {}"))
        .bind::<SqlUuid, _>(team.uuid())
        .bind_ids(ids)
        .load(connection)
}

/// Stores new assignments of an order.
pub(crate) fn insert(
    connection: &mut PgConnection,
    team: TeamId,
    order: OrderId,
    made: &[Assignment],
) -> QueryResult<()> {
    statement(
        "INSERT INTO assignments (team_id, id, order_id, order_line_id, vendor_id, quantity, released, dispatched, verified,
                                  received, accepted, version, assigned_at, updated_at)
         SELECT {}, id, {}, line_id, vendor_id, quantity, false, 0, 0, 0, 0, 1, at, at
         FROM unnest({}, {}, {}, {}, {}) AS new (id, line_id, vendor_id, quantity, at)",
    )
    .bind::<SqlUuid, _>(team.uuid())
    .bind::<SqlUuid, _>(order.uuid())
    .bind::<Array<SqlUuid>, _>(column(made, |it| it.id.uuid()))
    .bind::<Array<SqlUuid>, _>(column(made, |it| it.line.id.uuid()))
    .bind::<Array<SqlUuid>, _>(column(made, |it| it.vendor.id.uuid()))
    .bind::<Array<Numeric>, _>(column(made, |it| it.quantity.value()))
    .bind::<Array<Timestamptz>, _>(column(made, |it| it.assigned_at))
    .execute(connection)
    .map(drop)
}

/// What of assignments can change, as values of the columns `id`, `confirmed`, `reason`, `answered_at`, `released`,
/// `purchase_order_id`, `dispatched`, `verified`, `received`, `accepted`, `version` and `updated_at`.
pub(crate) fn bind_changes<'a>(statement: Statement<'a>, changed: &'a [Assignment]) -> Statement<'a> {
    statement
        .bind::<Array<SqlUuid>, _>(column(changed, |it| it.id.uuid()))
        .bind::<Array<Nullable<Numeric>>, _>(column(changed, |it| it.answer.confirmed().map(Amount::value)))
        .bind::<Array<Nullable<Text>>, _>(column(changed, |it| it.answer.reason().map(Reason::as_str)))
        .bind::<Array<Nullable<Timestamptz>>, _>(column(changed, |it| it.answer.at()))
        .bind::<Array<Bool>, _>(column(changed, |it| it.released))
        .bind::<Array<Nullable<SqlUuid>>, _>(column(changed, |it| it.purchase_order.map(Id::uuid)))
        .bind::<Array<Numeric>, _>(column(changed, |it| it.progress.dispatched.value()))
        .bind::<Array<Numeric>, _>(column(changed, |it| it.progress.verified.value()))
        .bind::<Array<Numeric>, _>(column(changed, |it| it.progress.received.value()))
        .bind::<Array<Numeric>, _>(column(changed, |it| it.progress.accepted.value()))
        .bind::<Array<BigInt>, _>(column(changed, |it| it.version))
        .bind::<Array<Timestamptz>, _>(column(changed, |it| it.updated_at))
}

impl AssignmentRow {
    fn answer(&self) -> Result<Answer, StoreError> {
        let reason = self.reason.as_deref().map(Reason::try_new).transpose().map_err(unreadable)?;
        let missing =
            |what: &str| StoreError::Internal(format!("an answered assignment has no {what}").into());
        let Some(confirmed) = self.confirmed else { return Ok(Answer::Awaited) };
        let at = self.answered_at.ok_or_else(|| missing("time"))?;
        if confirmed.is_zero() {
            return Ok(Answer::Declined { reason: reason.ok_or_else(|| missing("reason"))?, at });
        }
        Ok(Answer::Confirmed { quantity: Quantity::try_new(confirmed).map_err(unreadable)?, reason, at })
    }
}

impl TryFrom<AssignmentRow> for Assignment {
    type Error = StoreError;

    fn try_from(row: AssignmentRow) -> Result<Self, StoreError> {
        let amount = |number| Amount::try_new(number).map_err(unreadable);
        let quantity = |number| Quantity::try_new(number).map_err(unreadable);
        Ok(Self {
            id: Id::new(row.id),
            order: OrderRef { id: Id::new(row.order_id), number: row.order_number.as_str().into() },
            line: OrderedLine {
                id: Id::new(row.line_id),
                product_name: row.product_name.as_str().into(),
                sku: row.sku.as_deref().map(Sku::try_new).transpose().map_err(unreadable)?,
                quantity: quantity(row.ordered)?,
                unit_price: UnitPrice::try_new(row.unit_price).map_err(unreadable)?,
            },
            vendor: vendor(row.vendor_id, &row.vendor_code, &row.vendor_name, row.vendor_email.as_deref())?,
            quantity: quantity(row.quantity)?,
            answer: row.answer()?,
            released: row.released,
            purchase_order: row.purchase_order_id.map(Id::new),
            progress: Progress {
                dispatched: amount(row.dispatched)?,
                verified: amount(row.verified)?,
                received: amount(row.received)?,
                accepted: amount(row.accepted)?,
            },
            version: row.version,
            assigned_at: row.assigned_at,
            updated_at: row.updated_at,
        })
    }
}

/// A vendor as it is shown beside what it supplies.
pub(crate) fn vendor(id: Uuid, code: &str, name: &str, email: Option<&str>) -> Result<VendorRef, StoreError> {
    Ok(VendorRef {
        id: Id::new(id),
        code: VendorCode::try_new(code).map_err(unreadable)?,
        name: VendorName::try_new(name).map_err(unreadable)?,
        email: email.map(Email::try_new).transpose().map_err(unreadable)?,
    })
}
