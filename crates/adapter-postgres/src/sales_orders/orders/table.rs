//! The tables `sales_orders` and `sales_order_lines`.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::pg::{Pg, PgConnection};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use kernel::email::Email;
use kernel::error::StoreError;
use kernel::id::{Id, TeamId};
use kernel::manufacturing::Sku;
use kernel::money::{Money, UnitPrice};
use kernel::quantity::{Amount, Quantity};
use kernel::text::TextFault;
use rust_decimal::Decimal;
use sales_orders::order::{
    Customer, DeliveryAddress, LineProduct, OrderLine, SalesOrder, SalesOrderId, Totals,
};
use sales_orders::ports::OrderRef;
use sales_orders::values::{
    AddressLine, CustomerName, Line, Notes, PaymentMethod, Phone, ProductName, Source,
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::schema::{
    assignments, dispatches, goods_receipts, purchase_orders, sales_order_lines as lines,
    sales_orders as orders,
};
use crate::statement::statement;
use crate::write_error::unreadable;

#[derive(Queryable, Selectable)]
#[diesel(table_name = orders, check_for_backend(Pg))]
pub(crate) struct OrderRow {
    pub(super) id: Uuid,
    number: i64,
    order_number: String,
    channel: String,
    status: String,
    payment_status: String,
    payment_method: Option<String>,
    customer_number: Option<i64>,
    customer_name: Option<String>,
    customer_phone: Option<String>,
    customer_email: Option<String>,
    delivery: Option<Value>,
    source: Option<String>,
    notes: Option<String>,
    cancel_reason: Option<String>,
    close_reason: Option<String>,
    currency: String,
    sub_total: Decimal,
    tax_amount: Decimal,
    discount_amount: Decimal,
    total_amount: Decimal,
    completed_at: Option<DateTime<Utc>>,
    stock_returned: bool,
    deleted: bool,
    version: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = lines, check_for_backend(Pg))]
struct LineRow {
    team_id: Uuid,
    order_id: Uuid,
    position: i32,
    id: Uuid,
    number: i64,
    product_id: Option<Uuid>,
    product_number: Option<i64>,
    product_name: String,
    sku: Option<String>,
    unit_price: Decimal,
    quantity: Decimal,
    sub_total: Decimal,
    tax_amount: Decimal,
    discount_amount: Decimal,
    total_amount: Decimal,
    taken: Decimal,
    notes: Option<String>,
}

#[diesel::dsl::auto_type(no_type_alias)]
fn numbered(team: TeamId, number: i64) -> _ {
    let team: Uuid = team.uuid();
    orders::table.filter(orders::team_id.eq(team)).filter(orders::number.eq(number))
}

#[diesel::dsl::auto_type(no_type_alias)]
fn identified(team: TeamId, id: SalesOrderId) -> _ {
    let (team, id): (Uuid, Uuid) = (team.uuid(), id.uuid());
    orders::table.filter(orders::team_id.eq(team)).filter(orders::id.eq(id))
}

/// The order that is named so, deleted or not.
pub(super) fn find(
    connection: &mut PgConnection,
    team: TeamId,
    which: OrderRef,
) -> QueryResult<Option<OrderRow>> {
    let row = OrderRow::as_select();
    match which {
        OrderRef::Number(number) => numbered(team, number).select(row).first(connection).optional(),
        OrderRef::Id(id) => identified(team, id).select(row).first(connection).optional(),
    }
}

/// The same, locked until the transaction ends.
pub(super) fn lock(
    connection: &mut PgConnection,
    team: TeamId,
    which: OrderRef,
) -> QueryResult<Option<OrderRow>> {
    let row = OrderRow::as_select();
    match which {
        OrderRef::Number(number) => {
            numbered(team, number).select(row).for_no_key_update().first(connection).optional()
        }
        OrderRef::Id(id) => identified(team, id).select(row).for_no_key_update().first(connection).optional(),
    }
}

/// What an order is locked by: its id, or that of something of its supply, which never moves to another order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LockedBy {
    Order(Uuid),
    Assignment(Uuid),
    PurchaseOrder(Uuid),
    Dispatch(Uuid),
    Receipt(Uuid),
}

/// The order that is named so, locked until the transaction ends.
pub(crate) fn lock_by(
    connection: &mut PgConnection,
    team: TeamId,
    by: LockedBy,
) -> QueryResult<Option<OrderRow>> {
    /// The order that the row of a table names by that id.
    macro_rules! order_of {
        ($table:ident, $id:expr) => {{
            let row = $table::table.filter($table::team_id.eq(team.uuid())).filter($table::id.eq($id));
            let of_team = orders::table.filter(orders::team_id.eq(team.uuid()));
            let named = of_team.filter(orders::id.eq_any(row.select($table::order_id)));
            named.select(OrderRow::as_select()).for_no_key_update().first(connection).optional()
        }};
    }
    match by {
        LockedBy::Order(id) => lock(connection, team, OrderRef::Id(Id::new(id))),
        LockedBy::Assignment(id) => order_of!(assignments, id),
        LockedBy::PurchaseOrder(id) => order_of!(purchase_orders, id),
        LockedBy::Dispatch(id) => order_of!(dispatches, id),
        LockedBy::Receipt(id) => order_of!(goods_receipts, id),
    }
}

/// Orders by their ids.
pub(super) fn with_ids(
    connection: &mut PgConnection,
    team: TeamId,
    ids: &[Uuid],
) -> QueryResult<Vec<OrderRow>> {
    let of_team = orders::table.filter(orders::team_id.eq(team.uuid())).filter(orders::id.eq_any(ids));
    of_team.select(OrderRow::as_select()).load(connection)
}

/// Orders with their lines, in the order of the rows.
pub(crate) fn with_lines(
    connection: &mut PgConnection,
    team: TeamId,
    rows: Vec<OrderRow>,
) -> QueryResult<Result<Vec<SalesOrder>, StoreError>> {
    let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
    let of_team = lines::table
        .filter(lines::team_id.eq(team.uuid()))
        .order((lines::order_id, lines::position))
        .select(LineRow::as_select())
        .into_boxed();
    // an array of one would be planned anew each time
    let found = match ids[..] {
        [id] => of_team.filter(lines::order_id.eq(id)),
        _ => of_team.filter(lines::order_id.eq_any(ids)),
    }
    .load(connection)?;
    let mut of_orders: HashMap<Uuid, Vec<LineRow>> = HashMap::new();
    for line in found {
        of_orders.entry(line.order_id).or_default().push(line);
    }
    let orders = rows.into_iter().map(|row| {
        let lines = of_orders.remove(&row.id).unwrap_or_default();
        row.order(lines.into_iter().map(OrderLine::try_from).collect::<Result<_, _>>()?)
    });
    Ok(orders.collect())
}

/// Stores an order and its lines.
pub(super) fn insert(connection: &mut PgConnection, team: TeamId, order: &SalesOrder) -> QueryResult<()> {
    let (customer, totals) = (&order.customer, &order.totals);
    diesel::insert_into(orders::table)
        .values((
            orders::team_id.eq(team.uuid()),
            orders::id.eq(order.id.uuid()),
            orders::number.eq(order.number),
            orders::order_number.eq(&*order.order_number),
            orders::channel.eq(order.channel.as_str()),
            orders::status.eq(order.status.as_str()),
            orders::payment_status.eq(order.payment_status.as_str()),
            orders::payment_method.eq(order.payment_method.as_ref().map(PaymentMethod::as_str)),
            orders::customer_number.eq(customer.number),
            orders::customer_name.eq(customer.name.as_ref().map(CustomerName::as_str)),
            orders::customer_phone.eq(customer.phone.as_ref().map(Phone::as_str)),
            orders::customer_email.eq(customer.email.as_ref().map(Email::as_str)),
            orders::name_key.eq(customer.name.as_ref().map(CustomerName::key)),
            orders::phone_key.eq(customer.phone.as_ref().map(Phone::key)),
            orders::delivery.eq(order.delivery.as_ref().map(delivery)),
            orders::source.eq(order.source.as_ref().map(Source::as_str)),
            orders::notes.eq(order.notes.as_ref().map(Notes::as_str)),
            orders::currency.eq(order.currency.code()),
            orders::sub_total.eq(totals.sub_total.value()),
            orders::tax_amount.eq(totals.tax.value()),
            orders::discount_amount.eq(totals.discount.value()),
            orders::total_amount.eq(totals.total.value()),
            orders::version.eq(order.version),
            orders::created_at.eq(order.created_at),
            orders::updated_at.eq(order.updated_at),
        ))
        .execute(connection)?;
    let rows: Vec<_> =
        (1..).zip(&order.lines).map(|(position, line)| LineRow::new(team, order, position, line)).collect();
    diesel::insert_into(lines::table).values(rows).execute(connection).map(drop)
}

fn delivery(address: &DeliveryAddress) -> Value {
    json!({
        "street": address.street.as_str(),
        "city": address.city.as_str(),
        "state": address.state.as_ref().map(AddressLine::as_str),
        "pincode": address.pincode.as_str(),
        "landmark": address.landmark.as_ref().map(AddressLine::as_str),
    })
}

/// What the supply of an order changes of it.
pub(crate) fn save_progress(
    connection: &mut PgConnection,
    team: TeamId,
    order: &SalesOrder,
) -> QueryResult<()> {
    statement(
        "UPDATE sales_orders SET status = {}, completed_at = {}, version = {}, updated_at = {} WHERE team_id = {} AND id = {}",
    )
    .bind::<Text, _>(order.status.as_str())
    .bind::<Nullable<Timestamptz>, _>(order.completed_at)
    .bind::<BigInt, _>(order.version)
    .bind::<Timestamptz, _>(order.updated_at)
    .bind::<SqlUuid, _>(team.uuid())
    .bind::<SqlUuid, _>(order.id.uuid())
    .execute(connection)
    .map(drop)
}

/// What can change of an order once it is placed.
pub(super) fn update(connection: &mut PgConnection, team: TeamId, order: &SalesOrder) -> QueryResult<()> {
    let customer = &order.customer;
    diesel::update(identified(team, order.id))
        .set((
            orders::status.eq(order.status.as_str()),
            orders::payment_status.eq(order.payment_status.as_str()),
            orders::payment_method.eq(order.payment_method.as_ref().map(PaymentMethod::as_str)),
            orders::customer_number.eq(customer.number),
            orders::customer_name.eq(customer.name.as_ref().map(CustomerName::as_str)),
            orders::customer_phone.eq(customer.phone.as_ref().map(Phone::as_str)),
            orders::customer_email.eq(customer.email.as_ref().map(Email::as_str)),
            orders::name_key.eq(customer.name.as_ref().map(CustomerName::key)),
            orders::phone_key.eq(customer.phone.as_ref().map(Phone::key)),
            orders::notes.eq(order.notes.as_ref().map(Notes::as_str)),
            orders::cancel_reason.eq(order.cancel_reason.as_ref().map(Notes::as_str)),
            orders::close_reason.eq(order.close_reason.as_ref().map(Notes::as_str)),
            orders::completed_at.eq(order.completed_at),
            orders::stock_returned.eq(order.stock_returned),
            orders::deleted.eq(order.deleted),
            orders::version.eq(order.version),
            orders::updated_at.eq(order.updated_at),
        ))
        .execute(connection)
        .map(drop)
}

impl LineRow {
    fn new(team: TeamId, order: &SalesOrder, position: i32, line: &OrderLine) -> Self {
        Self {
            team_id: team.uuid(),
            order_id: order.id.uuid(),
            position,
            id: line.id.uuid(),
            number: line.number,
            product_id: line.product.map(|product| product.id.uuid()),
            product_number: line.product.map(|product| product.number),
            product_name: line.product_name.to_string(),
            sku: line.sku.as_ref().map(|sku| sku.as_str().to_owned()),
            unit_price: line.unit_price.value(),
            quantity: line.quantity.value(),
            sub_total: line.totals.sub_total.value(),
            tax_amount: line.totals.tax.value(),
            discount_amount: line.totals.discount.value(),
            total_amount: line.totals.total.value(),
            taken: line.taken.value(),
            notes: line.notes.as_ref().map(|notes| notes.as_str().to_owned()),
        }
    }
}

/// A text that is there or not.
fn line<const MAX: usize>(text: Option<&str>) -> Result<Option<Line<MAX>>, StoreError> {
    text.map(Line::try_new).transpose().map_err(unreadable)
}

fn notes(text: Option<&str>) -> Result<Option<Notes>, StoreError> {
    text.map(Notes::try_new).transpose().map_err(unreadable)
}

fn totals(sub_total: Decimal, discount: Decimal, tax: Decimal, total: Decimal) -> Result<Totals, StoreError> {
    let money = |number| Money::try_new(number).map_err(unreadable);
    let (sub_total, discount) = (money(sub_total)?, money(discount)?);
    Ok(Totals { sub_total, discount, tax: money(tax)?, total: money(total)? })
}

impl OrderRow {
    fn order(self, lines: Vec<OrderLine>) -> Result<SalesOrder, StoreError> {
        Ok(SalesOrder {
            id: Id::new(self.id),
            number: self.number,
            order_number: self.order_number.into(),
            channel: self.channel.parse().map_err(unreadable)?,
            status: self.status.parse().map_err(unreadable)?,
            payment_status: self.payment_status.parse().map_err(unreadable)?,
            payment_method: line(self.payment_method.as_deref())?,
            customer: Customer {
                number: self.customer_number,
                name: line(self.customer_name.as_deref())?,
                phone: line(self.customer_phone.as_deref())?,
                email: self.customer_email.as_deref().map(Email::try_new).transpose().map_err(unreadable)?,
            },
            delivery: self.delivery.as_ref().map(address).transpose()?,
            source: line(self.source.as_deref())?,
            notes: notes(self.notes.as_deref())?,
            currency: self.currency.parse().map_err(unreadable)?,
            totals: totals(self.sub_total, self.discount_amount, self.tax_amount, self.total_amount)?,
            lines,
            completed_at: self.completed_at,
            cancel_reason: notes(self.cancel_reason.as_deref())?,
            close_reason: notes(self.close_reason.as_deref())?,
            stock_returned: self.stock_returned,
            deleted: self.deleted,
            version: self.version,
            created_at: self.created_at,
            updated_at: self.updated_at,
        })
    }
}

/// An address as [`delivery`] wrote it.
fn address(stored: &Value) -> Result<DeliveryAddress, StoreError> {
    let part = |name: &str| line(stored.get(name).and_then(Value::as_str));
    let required = |name: &str| part(name)?.ok_or_else(|| unreadable(TextFault::Empty));
    Ok(DeliveryAddress {
        street: required("street")?,
        city: required("city")?,
        state: part("state")?,
        pincode: required("pincode")?,
        landmark: part("landmark")?,
    })
}

impl TryFrom<LineRow> for OrderLine {
    type Error = StoreError;

    fn try_from(row: LineRow) -> Result<Self, StoreError> {
        let product = row.product_id.zip(row.product_number);
        Ok(Self {
            id: Id::new(row.id),
            number: row.number,
            product: product.map(|(id, number)| LineProduct { id: Id::new(id), number }),
            product_name: ProductName::try_new(&row.product_name).map_err(unreadable)?,
            sku: row.sku.as_deref().map(Sku::try_new).transpose().map_err(unreadable)?,
            unit_price: UnitPrice::try_new(row.unit_price).map_err(unreadable)?,
            quantity: Quantity::try_new(row.quantity).map_err(unreadable)?,
            totals: totals(row.sub_total, row.discount_amount, row.tax_amount, row.total_amount)?,
            taken: Amount::try_new(row.taken).map_err(unreadable)?,
            notes: notes(row.notes.as_deref())?,
        })
    }
}
