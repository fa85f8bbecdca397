//! Orders as tills send and see them.

use kernel::email::Email;
use kernel::money::{Money, UnitPrice};
use kernel::period::{EmptyPeriod, EmptyPeriods};
use kernel::quantity::Quantity;
use sales_orders::order::{
    Channel, Customer, NewLine, NewOrder, OrderFault, OrderLine, Placed, PosChange, SalesOrder,
    SalesOrderError, Shortage,
};
use sales_orders::values::{CustomerName, Notes, PaymentMethod, Phone};

use crate::openapi::closed_sets as sets;
use crate::prelude::*;
use crate::request::field::{ListField, Object};
use crate::response::envelope::envelope;
use crate::surfaces::pos::page;
use rust_decimal::Decimal;

/// An order to create. Prices, names and totals in it are ignored: they are the catalogue's.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "customerId": 1, "customerName": "John Doe", "customerPhone": "+1234567890", "customerEmail": "john@example.com",
    "paymentMethod": "Cash", "notes": "Special instructions",
    "orderItems": [{"productId": 1, "quantity": 2, "notes": "Extra fresh"}, {"productId": 3, "quantity": 1}]
}))]
pub(crate) struct CreateOrderRequest {
    /// The caller's own number for the customer: stored, not checked.
    #[schema(value_type = Option<i64>)]
    customer_id: Field<i64>,
    #[schema(value_type = Option<String>, max_length = 200)]
    customer_name: Field<String>,
    #[schema(value_type = Option<String>, max_length = 50)]
    customer_phone: Field<String>,
    /// Of the form name@host.
    #[schema(value_type = Option<String>, format = "email", max_length = 254)]
    customer_email: Field<String>,
    #[schema(value_type = Option<String>, max_length = 50)]
    payment_method: Field<String>,
    #[schema(value_type = Option<String>, max_length = 10_000)]
    notes: Field<String>,
    #[schema(value_type = Vec<OrderItemRequest>, min_items = 1, max_items = 500)]
    order_items: ListField<Object<OrderItemRequest>>,
}

/// A line to order.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OrderItemRequest {
    /// The product's number.
    #[schema(value_type = i64, minimum = 1)]
    product_id: Field<i64>,
    /// More than 0, below 10¹², up to three decimals.
    #[schema(value_type = f64, exclusive_minimum = 0, exclusive_maximum = 1_000_000_000_000_i64)]
    quantity: Field<Decimal>,
    #[schema(value_type = Option<String>, max_length = 10_000)]
    notes: Field<String>,
}

/// What to change of an order; what is left out stays, `null` clears.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "orderStatus": "Completed", "paymentStatus": "Paid", "notes": "Order completed successfully"
}))]
pub(crate) struct ChangeOrderRequest {
    /// `Pending`, `Processing`, `Completed` or `Cancelled`.
    #[schema(value_type = Option<sets::PosStatus>)]
    order_status: Field<String>,
    /// `Pending`, `PartiallyPaid`, `Paid`, `Failed` or `Refunded`.
    #[schema(value_type = Option<sets::PaymentStatus>)]
    payment_status: Field<String>,
    #[schema(value_type = Option<String>, min_length = 1, max_length = 50)]
    payment_method: Field<String>,
    #[schema(value_type = Option<String>, max_length = 10_000)]
    notes: Field<String>,
    #[schema(value_type = Option<i64>)]
    customer_id: Field<i64>,
    #[schema(value_type = Option<String>, min_length = 1, max_length = 200)]
    customer_name: Field<String>,
    #[schema(value_type = Option<String>, min_length = 1, max_length = 50)]
    customer_phone: Field<String>,
    #[schema(value_type = Option<String>, format = "email", max_length = 254)]
    customer_email: Field<String>,
}

impl RequestBody for CreateOrderRequest {
    type Domain = NewOrder;
    const WORDING: Wording = Wording::Labelled;

    fn into_domain(self, faults: &mut Faults) -> Option<NewOrder> {
        let number = faults.field("customerId", self.customer_id).given();
        let name = faults.field("customerName", self.customer_name).empty_as_null();
        let name = name.optional(CustomerName::try_new);
        let phone = faults.field("customerPhone", self.customer_phone).empty_as_null();
        let phone = phone.optional(Phone::try_new);
        let email = faults.field("customerEmail", self.customer_email).empty_as_null();
        let email = email.optional(Email::try_new);
        let payment_method = faults.field("paymentMethod", self.payment_method).empty_as_null();
        let payment_method = payment_method.optional(PaymentMethod::try_new);
        let notes = faults.field("notes", self.notes).empty_as_null().optional(Notes::try_new);
        let lines = faults.list("orderItems", self.order_items, NewOrder::MAX_LINES, |item, faults| {
            let product = faults.field("productId", item.product_id).required(product_number);
            let quantity = faults.field("quantity", item.quantity).required(Quantity::try_new);
            let notes = faults.field("notes", item.notes).empty_as_null().optional(Notes::try_new);
            Some(NewLine::FromStock { product: product?, quantity: quantity?, notes })
        });
        let customer = Customer { number, name, phone, email };
        Some(NewOrder { customer, payment_method, notes, ..NewOrder::of(Channel::Pos, lines?) })
    }
}

fn product_number(number: i64) -> Result<i64, &'static str> {
    if number > 0 { Ok(number) } else { Err("must be greater than 0") }
}

impl RequestBody for ChangeOrderRequest {
    type Domain = PosChange;
    const WORDING: Wording = Wording::Labelled;

    fn into_domain(self, faults: &mut Faults) -> Option<PosChange> {
        let change = PosChange {
            status: faults.field("orderStatus", self.order_status).optional(str::parse),
            payment_status: faults.field("paymentStatus", self.payment_status).optional(str::parse),
            payment_method: faults.field("paymentMethod", self.payment_method).change(PaymentMethod::try_new),
            notes: faults.field("notes", self.notes).empty_as_null().change(Notes::try_new),
            customer_number: faults.field("customerId", self.customer_id).change(Ok::<_, &str>),
            customer_name: faults.field("customerName", self.customer_name).change(CustomerName::try_new),
            customer_phone: faults.field("customerPhone", self.customer_phone).change(Phone::try_new),
            customer_email: faults.field("customerEmail", self.customer_email).change(Email::try_new),
        };
        const MEND: &str = "must have orderStatus, paymentStatus, paymentMethod, notes or a customer's field";
        faults.some_change(change, MEND)
    }
}

/// The parameters of lists for the periods in which an order was created; the order API has the first.
pub(super) const PERIODS: [(&str, &str); 2] = [("startDate", "endDate"), ("orderStartDate", "orderEndDate")];

/// For orders of tills and of the order API: each channel has its name for the list of lines.
impl DomainError for SalesOrderError {
    fn wire_faults(&self) -> Vec<Fault> {
        match self {
            Self::NotPlaceable { channel, faults } => {
                faults.iter().map(|fault| order_fault(*channel, *fault)).collect()
            }
            Self::EmptyPeriods(EmptyPeriods(places)) => {
                let ends = places.iter().filter_map(|place| PERIODS.get(*place)).map(|(_, end)| *end);
                ends.map(|end| Fault::new(end, "OUT_OF_RANGE", EmptyPeriod.to_string())).collect()
            }
            _ => Vec::new(),
        }
    }
}

fn order_fault(channel: Channel, fault: OrderFault) -> Fault {
    let list = match channel {
        Channel::Pos => "orderItems",
        Channel::Oms => "items",
    };
    let too_large = |path, fault| Fault::new(path, "OUT_OF_RANGE", format!("What this comes to {fault}"));
    match fault {
        OrderFault::UnknownProduct { line, product } => {
            let message = format!("Product {product} is not in the catalogue; send the id of one that is");
            Fault::new(format!("{list}.{line}.productId"), "UNKNOWN_PRODUCT", message)
        }
        OrderFault::LineTotal { line, fault } => too_large(format!("{list}.{line}.quantity"), fault),
        OrderFault::Total(fault) => too_large(list.to_owned(), fault),
    }
}

/// An order.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": 1, "orderNumber": "ORD-20241201-0001", "customerId": 1, "customerName": "John Doe",
    "customerPhone": "+1234567890", "customerEmail": "john@example.com", "subTotal": 25.00, "taxAmount": 2.50,
    "discountAmount": 0.00, "totalAmount": 27.50, "currency": "EUR", "paymentMethod": "Cash",
    "paymentStatus": "Pending", "orderStatus": "Pending", "notes": "Special instructions",
    "orderDate": "2024-12-01T10:30:00Z", "completedDate": null, "createdAt": "2024-12-01T10:30:00Z",
    "updatedAt": "2024-12-01T10:30:00Z", "version": 1, "channel": "pos", "orderItems": [{
        "id": 1, "orderId": 1, "productId": 1, "productName": "Tomatoes", "unitPrice": 10.00, "quantity": 2,
        "subTotal": 20.00, "taxAmount": 2.00, "discountAmount": 0.00, "totalAmount": 22.00, "notes": "Extra fresh"
    }, {
        "id": 2, "orderId": 1, "productId": 3, "productName": "Spinach", "unitPrice": 5.00, "quantity": 1,
        "subTotal": 5.00, "taxAmount": 0.50, "discountAmount": 0.00, "totalAmount": 5.50, "notes": null
    }]
}))]
pub(crate) struct OrderResponse {
    /// Its number in the team.
    id: i64,
    /// `ORD-YYYYMMDD-NNNN` of the team's day; of the order API `ORD-YYYY-NNN`.
    order_number: String,
    #[schema(required)]
    customer_id: Option<i64>,
    #[schema(required)]
    customer_name: Option<String>,
    #[schema(required)]
    customer_phone: Option<String>,
    #[schema(required)]
    customer_email: Option<String>,
    /// Before discount and tax: the sum of the lines, as all totals are.
    #[schema(value_type = f64)]
    sub_total: Money,
    #[schema(value_type = f64)]
    tax_amount: Money,
    #[schema(value_type = f64)]
    discount_amount: Money,
    /// What is to be paid.
    #[schema(value_type = f64)]
    total_amount: Money,
    currency: String,
    #[schema(required)]
    payment_method: Option<String>,
    /// `Pending`, `PartiallyPaid`, `Paid`, `Failed` or `Refunded`.
    #[schema(value_type = sets::PaymentStatus)]
    payment_status: &'static str,
    /// `Pending`, `Processing`, `Completed` or `Cancelled`.
    #[schema(value_type = sets::PosStatus)]
    order_status: &'static str,
    #[schema(required)]
    notes: Option<String>,
    order_date: DateTime<Utc>,
    #[schema(required)]
    completed_date: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    /// 1 at first, one more with each change; the `ETag`, too.
    version: i64,
    /// `pos`, or `oms` for an order of the order API, which tills only read.
    #[schema(value_type = sets::Channel)]
    channel: &'static str,
    order_items: Vec<OrderItemResponse>,
    /// Of a new order: which lines stock did not suffice for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Vec<String>, required = false)]
    warnings: Option<Vec<String>>,
}

envelope!(
    /// An order, in its envelope.
    OrderShownResponse(OrderResponse, "Operation successful")
);

page!(
    /// A page of orders.
    OrderPage(OrderResponse), Option<u64>
);

envelope!(
    /// A page of orders, in its envelope.
    OrderPageResponse(OrderPage, "Operation successful")
);

/// A line of an order.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct OrderItemResponse {
    id: i64,
    order_id: i64,
    /// `null` for what is bought in.
    #[schema(required)]
    product_id: Option<i64>,
    /// What the product was called then.
    product_name: String,
    /// With two to four decimals.
    #[schema(value_type = f64)]
    unit_price: UnitPrice,
    #[schema(value_type = f64)]
    quantity: Quantity,
    #[schema(value_type = f64)]
    sub_total: Money,
    #[schema(value_type = f64)]
    tax_amount: Money,
    #[schema(value_type = f64)]
    discount_amount: Money,
    #[schema(value_type = f64)]
    total_amount: Money,
    #[schema(required)]
    notes: Option<String>,
}

impl From<&SalesOrder> for OrderResponse {
    fn from(order: &SalesOrder) -> Self {
        let customer = &order.customer;
        Self {
            id: order.number,
            order_number: order.order_number.to_string(),
            customer_id: customer.number,
            customer_name: customer.name.as_ref().map(CustomerName::as_str).map(str::to_owned),
            customer_phone: customer.phone.as_ref().map(Phone::as_str).map(str::to_owned),
            customer_email: customer.email.as_ref().map(Email::as_str).map(str::to_owned),
            sub_total: order.totals.sub_total,
            tax_amount: order.totals.tax,
            discount_amount: order.totals.discount,
            total_amount: order.totals.total,
            currency: order.currency.code().to_owned(),
            payment_method: order.payment_method.as_ref().map(PaymentMethod::as_str).map(str::to_owned),
            payment_status: order.payment_status.as_str(),
            order_status: order.status.at_tills().as_str(),
            notes: text(order.notes.as_ref()),
            order_date: order.created_at,
            completed_date: order.completed_at,
            created_at: order.created_at,
            updated_at: order.updated_at,
            version: order.version,
            channel: order.channel.as_str(),
            order_items: order.lines.iter().map(|line| OrderItemResponse::of(order, line)).collect(),
            warnings: None,
        }
    }
}

impl OrderItemResponse {
    fn of(order: &SalesOrder, line: &OrderLine) -> Self {
        Self {
            id: line.number,
            order_id: order.number,
            product_id: line.product.map(|product| product.number),
            product_name: line.product_name.as_str().to_owned(),
            unit_price: line.unit_price,
            quantity: line.quantity,
            sub_total: line.totals.sub_total,
            tax_amount: line.totals.tax,
            discount_amount: line.totals.discount,
            total_amount: line.totals.total,
            notes: text(line.notes.as_ref()),
        }
    }
}

fn text(notes: Option<&Notes>) -> Option<String> {
    notes.map(|notes| notes.as_str().to_owned())
}

impl From<&Placed> for OrderResponse {
    fn from(placed: &Placed) -> Self {
        Self { warnings: Some(warnings(placed)), ..Self::from(&placed.order) }
    }
}

/// A sentence for each line that stock did not suffice for.
pub(super) fn warnings(placed: &Placed) -> Vec<String> {
    placed.short.iter().map(|short| warning(&placed.order, short)).collect()
}

fn warning(order: &SalesOrder, short: &Shortage) -> String {
    let sku = order.lines.get(short.line).and_then(|line| line.sku.as_ref());
    let sku = sku.map(|sku| format!(" ({})", sku.as_str())).unwrap_or_default();
    let Shortage { name, wanted, left, .. } = short;
    format!("Line {}: only {left} of {wanted} {name}{sku} in stock; stock was not reduced", short.line + 1)
}

#[cfg(test)]
mod tests;
