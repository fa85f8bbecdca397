//! A new order's rows.

use diesel::pg::PgConnection;
use diesel::prelude::*;
use kernel::email::Email;
use kernel::id::TeamId;
use kernel::manufacturing::Sku;
use sales_orders::order::{DeliveryAddress, OrderLine, SalesOrder};
use sales_orders::values::{AddressLine, CustomerName, Notes, PaymentMethod, Phone, Source};
use serde_json::{Value, json};

use crate::schema::{sales_order_lines as lines, sales_orders as orders};

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
        (1..).zip(&order.lines).map(|(position, line)| row(team, order, position, line)).collect();
    diesel::insert_into(lines::table).values(rows).execute(connection).map(drop)
}

/// An address as it is stored.
fn delivery(address: &DeliveryAddress) -> Value {
    json!({
        "street": address.street.as_str(),
        "city": address.city.as_str(),
        "state": address.state.as_ref().map(AddressLine::as_str),
        "pincode": address.pincode.as_str(),
        "landmark": address.landmark.as_ref().map(AddressLine::as_str),
    })
}

#[derive(Insertable)]
#[diesel(table_name = lines)]
struct LineRow<'a> {
    team_id: uuid::Uuid,
    order_id: uuid::Uuid,
    position: i32,
    id: uuid::Uuid,
    number: i64,
    product_id: Option<uuid::Uuid>,
    product_number: Option<i64>,
    product_name: &'a str,
    sku: Option<&'a str>,
    unit_price: rust_decimal::Decimal,
    quantity: rust_decimal::Decimal,
    sub_total: rust_decimal::Decimal,
    tax_amount: rust_decimal::Decimal,
    discount_amount: rust_decimal::Decimal,
    total_amount: rust_decimal::Decimal,
    taken: rust_decimal::Decimal,
    notes: Option<&'a str>,
}

fn row<'a>(team: TeamId, order: &SalesOrder, position: i32, line: &'a OrderLine) -> LineRow<'a> {
    LineRow {
        team_id: team.uuid(),
        order_id: order.id.uuid(),
        position,
        id: line.id.uuid(),
        number: line.number,
        product_id: line.product.map(|product| product.id.uuid()),
        product_number: line.product.map(|product| product.number),
        product_name: line.product_name.as_str(),
        sku: line.sku.as_ref().map(Sku::as_str),
        unit_price: line.unit_price.value(),
        quantity: line.quantity.value(),
        sub_total: line.totals.sub_total.value(),
        tax_amount: line.totals.tax.value(),
        discount_amount: line.totals.discount.value(),
        total_amount: line.totals.total.value(),
        taken: line.taken.value(),
        notes: line.notes.as_ref().map(Notes::as_str),
    }
}
