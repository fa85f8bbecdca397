//! Orders as seed 003 writes them.

use chrono::{DateTime, Utc};
use kernel::email::Email;
use kernel::money::{Money, UnitPrice};
use kernel::quantity::Quantity;
use sales_orders::order::{Customer, DeliveryAddress, OrderLine, SalesOrder};
use sales_orders::values::{AddressLine, CustomerName, Notes, Phone, Source};
use serde::Serialize;
use utoipa::ToSchema;

/// An order to take in; every item names its price.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the body that `create` reads")]
#[schema(rename_all = "camelCase", example = json!({
    "customerInfo": {"name": "Customer Name", "email": "customer@example.com", "phone": "+91-9876543210"},
    "deliveryAddress": {
        "street": "123 Main Street", "city": "Bangalore", "state": "Karnataka", "pincode": "560001",
        "landmark": "Near Mall"
    },
    "items": [
        {"productName": "Organic Tomatoes", "sku": "ORG-TOM-001", "quantity": 50, "pricePerUnit": 45.00},
        {"productName": "Fresh Spinach", "sku": "FRS-SPN-002", "quantity": 30, "pricePerUnit": 25.00}
    ],
    "source": "API", "notes": "Special delivery instructions"
}))]
pub(crate) struct CreateOrderRequest {
    customer_info: CustomerInfoRequest,
    delivery_address: DeliveryAddressRequest,
    #[schema(min_items = 1, max_items = 500)]
    items: Vec<OrderItemRequest>,
    /// Where it came from, in the caller's words.
    #[schema(max_length = 50)]
    source: Option<String>,
    #[schema(max_length = 10_000)]
    notes: Option<String>,
}

/// Who buys.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the body that `create` reads")]
struct CustomerInfoRequest {
    #[schema(min_length = 1, max_length = 200)]
    name: String,
    /// Of the form name@host.
    #[schema(format = "email", max_length = 254)]
    email: Option<String>,
    #[schema(max_length = 50)]
    phone: Option<String>,
}

/// Where it goes; every line has at most 200 characters.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the body that `create` reads")]
struct DeliveryAddressRequest {
    street: String,
    city: String,
    state: Option<String>,
    pincode: String,
    landmark: Option<String>,
}

/// What is ordered.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the body that `create` reads")]
#[schema(rename_all = "camelCase")]
struct OrderItemRequest {
    #[schema(min_length = 1, max_length = 200)]
    product_name: String,
    #[schema(max_length = 100)]
    sku: Option<String>,
    /// More than 0, below 10¹², up to three decimals.
    quantity: f64,
    /// More than 0, below 10¹¹, up to four decimals; a number, or text.
    price_per_unit: f64,
}

/// Why an order is given up.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the body that `cancel` reads")]
#[schema(example = json!({"reason": "The customer changed their mind"}))]
pub(crate) struct CancelOrderRequest {
    #[schema(max_length = 10_000)]
    reason: Option<String>,
}

/// An order.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e11", "orderNumber": "ORD-2024-001", "totalAmount": 3000.00,
    "currency": "INR", "status": "RECEIVED", "items": [{
        "id": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e12", "productName": "Organic Tomatoes", "sku": "ORG-TOM-001",
        "quantity": 50, "pricePerUnit": 45.00, "totalPrice": 2250.00
    }, {
        "id": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e13", "productName": "Fresh Spinach", "sku": "FRS-SPN-002",
        "quantity": 30, "pricePerUnit": 25.00, "totalPrice": 750.00
    }],
    "customerInfo": {"name": "Customer Name", "email": "customer@example.com", "phone": "+91-9876543210"},
    "deliveryAddress": {
        "street": "123 Main Street", "city": "Bangalore", "state": "Karnataka", "pincode": "560001",
        "landmark": "Near Mall"
    },
    "source": "API", "notes": "Special delivery instructions", "cancelReason": null, "assignedItems": [],
    "channel": "oms", "version": 1, "createdAt": "2024-10-08T10:30:00Z", "updatedAt": "2024-10-08T10:30:00Z"
}))]
pub(crate) struct OrderResponse {
    id: String,
    /// `ORD-YYYY-NNN` of the team's year; of tills `ORD-YYYYMMDD-NNNN`.
    order_number: String,
    #[schema(value_type = f64)]
    total_amount: Money,
    currency: String,
    /// `RECEIVED`, `ASSIGNED`, `PROCESSING`, `PARTIALLY_FULFILLED`, `FULFILLED`, `CLOSED` or `CANCELLED`.
    status: &'static str,
    items: Vec<OrderItemResponse>,
    customer_info: CustomerInfoResponse,
    /// `null` where it was taken along at a till.
    #[schema(required)]
    delivery_address: Option<DeliveryAddressResponse>,
    #[schema(required)]
    source: Option<String>,
    #[schema(required)]
    notes: Option<String>,
    /// Why it was given up, if somebody said.
    #[schema(required)]
    cancel_reason: Option<String>,
    /// What is assigned to vendors.
    #[schema(value_type = Vec<Object>)]
    assigned_items: [(); 0],
    /// `oms`, or `pos` for an order of a till, which is only read here.
    channel: &'static str,
    /// 1 at first, one more with each change; the `ETag`, too.
    version: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

/// A line of an order.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct OrderItemResponse {
    id: String,
    product_name: String,
    #[schema(required)]
    sku: Option<String>,
    #[schema(value_type = f64)]
    quantity: Quantity,
    #[schema(value_type = f64)]
    price_per_unit: UnitPrice,
    /// What the line comes to; at tills with discount and tax.
    #[schema(value_type = f64)]
    total_price: Money,
}

/// Who buys; at a till nobody need say.
#[derive(Serialize, ToSchema)]
struct CustomerInfoResponse {
    #[schema(required)]
    name: Option<String>,
    #[schema(required)]
    email: Option<String>,
    #[schema(required)]
    phone: Option<String>,
}

/// Where it goes.
#[derive(Serialize, ToSchema)]
struct DeliveryAddressResponse {
    street: String,
    city: String,
    #[schema(required)]
    state: Option<String>,
    pincode: String,
    #[schema(required)]
    landmark: Option<String>,
}

impl From<&SalesOrder> for OrderResponse {
    fn from(order: &SalesOrder) -> Self {
        Self {
            id: order.id.to_string(),
            order_number: order.order_number.to_string(),
            total_amount: order.totals.total,
            currency: order.currency.code().to_owned(),
            status: order.status.as_str(),
            items: order.lines.iter().map(OrderItemResponse::from).collect(),
            customer_info: CustomerInfoResponse::from(&order.customer),
            delivery_address: order.delivery.as_ref().map(DeliveryAddressResponse::from),
            source: order.source.as_ref().map(Source::as_str).map(str::to_owned),
            notes: order.notes.as_ref().map(Notes::as_str).map(str::to_owned),
            cancel_reason: order.cancel_reason.as_ref().map(Notes::as_str).map(str::to_owned),
            assigned_items: [],
            channel: order.channel.as_str(),
            version: order.version,
            created_at: order.created_at,
            updated_at: order.updated_at,
        }
    }
}

impl From<&OrderLine> for OrderItemResponse {
    fn from(line: &OrderLine) -> Self {
        Self {
            id: line.id.to_string(),
            product_name: line.product_name.as_str().to_owned(),
            sku: line.sku.as_ref().map(|sku| sku.as_str().to_owned()),
            quantity: line.quantity,
            price_per_unit: line.unit_price,
            total_price: line.totals.total,
        }
    }
}

impl From<&Customer> for CustomerInfoResponse {
    fn from(customer: &Customer) -> Self {
        Self {
            name: customer.name.as_ref().map(CustomerName::as_str).map(str::to_owned),
            email: customer.email.as_ref().map(Email::as_str).map(str::to_owned),
            phone: customer.phone.as_ref().map(Phone::as_str).map(str::to_owned),
        }
    }
}

impl From<&DeliveryAddress> for DeliveryAddressResponse {
    fn from(address: &DeliveryAddress) -> Self {
        let text = |line: &AddressLine| line.as_str().to_owned();
        Self {
            street: text(&address.street),
            city: text(&address.city),
            state: address.state.as_ref().map(text),
            pincode: text(&address.pincode),
            landmark: address.landmark.as_ref().map(text),
        }
    }
}
