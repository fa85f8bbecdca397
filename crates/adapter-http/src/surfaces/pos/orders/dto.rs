//! Orders as seed 001 writes them.

use chrono::{DateTime, Utc};
use kernel::email::Email;
use kernel::money::{Money, UnitPrice};
use kernel::quantity::Quantity;
use sales_orders::order::{OrderLine, Placed, SalesOrder, Shortage};
use sales_orders::values::{CustomerName, Notes, PaymentMethod, Phone};
use serde::Serialize;
use utoipa::ToSchema;

/// An order to take in. Prices, names and totals in it are ignored: they are the catalogue's.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the body that `create` reads")]
#[schema(rename_all = "camelCase", example = json!({
    "customerId": 1, "customerName": "John Doe", "customerPhone": "+1234567890", "customerEmail": "john@example.com",
    "paymentMethod": "Cash", "notes": "Special instructions",
    "orderItems": [{"productId": 1, "quantity": 2, "notes": "Extra fresh"}, {"productId": 3, "quantity": 1}]
}))]
pub(crate) struct CreateOrderRequest {
    /// The caller's own number for the customer: kept, not checked.
    customer_id: Option<i64>,
    #[schema(max_length = 200)]
    customer_name: Option<String>,
    #[schema(max_length = 50)]
    customer_phone: Option<String>,
    /// Of the form name@host.
    #[schema(format = "email", max_length = 254)]
    customer_email: Option<String>,
    #[schema(max_length = 50)]
    payment_method: Option<String>,
    #[schema(max_length = 10_000)]
    notes: Option<String>,
    #[schema(min_items = 1, max_items = 500)]
    order_items: Vec<OrderItemRequest>,
}

/// A line to order.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the body that `create` reads")]
#[schema(rename_all = "camelCase")]
pub(crate) struct OrderItemRequest {
    /// The product's number.
    product_id: i64,
    /// More than 0, below 10¹², up to three decimals.
    quantity: f64,
    #[schema(max_length = 10_000)]
    notes: Option<String>,
}

/// What to change of an order; what is left out stays, `null` clears.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the body that `change` reads")]
#[schema(rename_all = "camelCase", example = json!({
    "orderStatus": "Completed", "paymentStatus": "Paid", "notes": "Order completed successfully"
}))]
pub(crate) struct ChangeOrderRequest {
    /// `Pending`, `Processing`, `Completed` or `Cancelled`.
    order_status: Option<String>,
    /// `Pending`, `PartiallyPaid`, `Paid`, `Failed` or `Refunded`.
    payment_status: Option<String>,
    #[schema(max_length = 50)]
    payment_method: Option<String>,
    #[schema(max_length = 10_000)]
    notes: Option<String>,
    customer_id: Option<i64>,
    #[schema(max_length = 200)]
    customer_name: Option<String>,
    #[schema(max_length = 50)]
    customer_phone: Option<String>,
    #[schema(format = "email", max_length = 254)]
    customer_email: Option<String>,
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
    payment_status: &'static str,
    /// `Pending`, `Processing`, `Completed` or `Cancelled`.
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
    channel: &'static str,
    order_items: Vec<OrderItemResponse>,
    /// Of a new order: which lines stock did not suffice for.
    #[serde(skip_serializing_if = "Option::is_none")]
    warnings: Option<Vec<String>>,
}

/// An order, in its envelope.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the envelope that `shown` writes")]
pub(crate) struct OrderShownResponse {
    #[schema(example = true)]
    success: bool,
    #[schema(example = "Operation successful")]
    message: String,
    data: OrderResponse,
}

/// A page of orders, in its envelope.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the envelope that `shown` writes")]
pub(crate) struct OrderPageResponse {
    #[schema(example = true)]
    success: bool,
    #[schema(example = "Operation successful")]
    message: String,
    data: OrderPage,
}

/// A page of orders.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents what `Paging` makes of a list")]
#[schema(rename_all = "camelCase")]
struct OrderPage {
    items: Vec<OrderResponse>,
    #[schema(example = 1)]
    page_number: u32,
    #[schema(example = 10)]
    page_size: u32,
    /// All that fit, counted exactly; `null` with `total=false`.
    #[schema(required, example = 1)]
    total_count: Option<u64>,
    /// `null` likewise.
    #[schema(required, example = 1)]
    total_pages: Option<u64>,
}

/// That something is deleted.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the envelope that `shown` writes")]
#[schema(example = json!({"success": true, "message": "Operation successful", "data": null}))]
pub(crate) struct DeletedResponse {
    success: bool,
    message: String,
    /// Always `null`.
    #[schema(value_type = Option<Object>)]
    data: (),
}

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

/// A sentence for each line that stock did not suffice for (seed 001, *Stock Validation*).
pub(super) fn warnings(placed: &Placed) -> Vec<String> {
    placed.short.iter().map(|short| warning(&placed.order, short)).collect()
}

fn warning(order: &SalesOrder, short: &Shortage) -> String {
    let sku = order.lines.get(short.line).and_then(|line| line.sku.as_ref());
    let sku = sku.map(|sku| format!(" ({})", sku.as_str())).unwrap_or_default();
    let Shortage { name, wanted, left, .. } = short;
    format!("Line {}: only {left} of {wanted} {name}{sku} in stock; stock was not reduced", short.line + 1)
}
