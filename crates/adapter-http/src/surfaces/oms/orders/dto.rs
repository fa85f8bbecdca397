//! Orders as the order API has them.

use kernel::email::Email;
use kernel::manufacturing::Sku;
use kernel::money::{Money, UnitPrice};
use kernel::quantity::Quantity;
use procurement::assignment::Assignment;
use rust_decimal::Decimal;
use sales_orders::order::{
    Channel, Command, Customer, DeliveryAddress, NewLine, NewOrder, OrderLine, SalesOrder,
};
use sales_orders::values::{AddressLine, CustomerName, Notes, Phone, ProductName, Source};

use super::super::assignments::AssignmentState;
use crate::openapi::closed_sets as sets;
use crate::prelude::*;
use crate::request::field::{ListField, Object};

/// An order to create; every item names its price.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
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
    #[schema(value_type = CustomerInfoRequest)]
    customer_info: Field<Object<CustomerInfoRequest>>,
    #[schema(value_type = DeliveryAddressRequest)]
    delivery_address: Field<Object<DeliveryAddressRequest>>,
    #[schema(value_type = Vec<OrderItemRequest>, min_items = 1, max_items = 500)]
    items: ListField<Object<OrderItemRequest>>,
    /// Where it came from, in the caller's words.
    #[schema(value_type = Option<String>, max_length = 50)]
    source: Field<String>,
    #[schema(value_type = Option<String>, max_length = 10_000)]
    notes: Field<String>,
}

/// Who buys.
#[derive(Deserialize, ToSchema)]
struct CustomerInfoRequest {
    #[schema(value_type = String, min_length = 1, max_length = 200)]
    name: Field<String>,
    /// Of the form name@host.
    #[schema(value_type = Option<String>, format = "email", max_length = 254)]
    email: Field<String>,
    #[schema(value_type = Option<String>, max_length = 50)]
    phone: Field<String>,
}

/// Where it goes.
#[derive(Deserialize, ToSchema)]
struct DeliveryAddressRequest {
    #[schema(value_type = String, min_length = 1, max_length = 200)]
    street: Field<String>,
    #[schema(value_type = String, min_length = 1, max_length = 200)]
    city: Field<String>,
    #[schema(value_type = Option<String>, max_length = 200)]
    state: Field<String>,
    #[schema(value_type = String, min_length = 1, max_length = 200)]
    pincode: Field<String>,
    #[schema(value_type = Option<String>, max_length = 200)]
    landmark: Field<String>,
}

/// What is ordered.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct OrderItemRequest {
    #[schema(value_type = String, min_length = 1, max_length = 200)]
    product_name: Field<String>,
    #[schema(value_type = Option<String>, max_length = 100)]
    sku: Field<String>,
    /// More than 0, below 10¹², up to three decimals.
    #[schema(value_type = f64, exclusive_minimum = 0, exclusive_maximum = 1_000_000_000_000_i64)]
    quantity: Field<Decimal>,
    /// More than 0, below 10¹¹, up to four decimals; a number, or text.
    #[schema(value_type = f64, exclusive_minimum = 0, exclusive_maximum = 100_000_000_000_i64)]
    price_per_unit: Field<Decimal>,
}

/// Why an order is cancelled.
#[derive(Deserialize, ToSchema)]
#[schema(example = json!({"reason": "The customer changed their mind"}))]
pub(crate) struct CancelOrderRequest {
    #[schema(value_type = Option<String>, max_length = 10_000)]
    reason: Field<String>,
}

/// Why an order is closed before all of it is there.
#[derive(Deserialize, ToSchema)]
#[schema(example = json!({"reason": "The vendor can't deliver the rest"}))]
pub(crate) struct CloseOrderRequest {
    #[schema(value_type = Option<String>, max_length = 10_000)]
    reason: Field<String>,
}

impl RequestBody for CreateOrderRequest {
    type Domain = NewOrder;
    const WORDING: Wording = Wording::Labelled;

    fn into_domain(self, faults: &mut Faults) -> Option<NewOrder> {
        let customer =
            faults.required_object("customerInfo", self.customer_info, CustomerInfoRequest::into_domain);
        let delivery = faults.required_object(
            "deliveryAddress",
            self.delivery_address,
            DeliveryAddressRequest::into_domain,
        );
        let source = faults.field("source", self.source).empty_as_null().optional(Source::try_new);
        let notes = faults.field("notes", self.notes).empty_as_null().optional(Notes::try_new);
        let lines = faults.list("items", self.items, NewOrder::MAX_LINES, OrderItemRequest::into_domain);
        let (customer, delivery) = (customer?, Some(delivery?));
        Some(NewOrder { customer, delivery, source, notes, ..NewOrder::of(Channel::Oms, lines?) })
    }
}

impl CustomerInfoRequest {
    fn into_domain(self, faults: &mut Faults) -> Option<Customer> {
        let name = faults.field("name", self.name).required(CustomerName::try_new);
        let phone = faults.field("phone", self.phone).empty_as_null().optional(Phone::try_new);
        let email = faults.field("email", self.email).empty_as_null();
        let email = email.optional(Email::try_new);
        Some(Customer { number: None, name: Some(name?), phone, email })
    }
}

impl DeliveryAddressRequest {
    fn into_domain(self, faults: &mut Faults) -> Option<DeliveryAddress> {
        let street = faults.field("street", self.street).required(AddressLine::try_new);
        let city = faults.field("city", self.city).required(AddressLine::try_new);
        let pincode = faults.field("pincode", self.pincode).required(AddressLine::try_new);
        let state = faults.field("state", self.state).empty_as_null().optional(AddressLine::try_new);
        let landmark = faults.field("landmark", self.landmark).empty_as_null().optional(AddressLine::try_new);
        Some(DeliveryAddress { street: street?, city: city?, state, pincode: pincode?, landmark })
    }
}

impl OrderItemRequest {
    fn into_domain(self, faults: &mut Faults) -> Option<NewLine> {
        let name = faults.field("productName", self.product_name).required(ProductName::try_new);
        let sku = faults.field("sku", self.sku).empty_as_null().optional(Sku::try_new);
        let quantity = faults.field("quantity", self.quantity).required(Quantity::try_new);
        let unit_price = faults.field("pricePerUnit", self.price_per_unit).required(price_per_unit);
        Some(NewLine::BoughtIn { name: name?, sku, quantity: quantity?, unit_price: unit_price? })
    }
}

fn price_per_unit(number: Decimal) -> Result<UnitPrice, String> {
    if number <= Decimal::ZERO {
        return Err("must be greater than 0".to_owned());
    }
    UnitPrice::try_new(number).map_err(|fault| fault.to_string())
}

impl RequestBody for CancelOrderRequest {
    type Domain = Command;
    const WORDING: Wording = Wording::Labelled;
    const IS_OPTIONAL: bool = true;

    fn into_domain(self, faults: &mut Faults) -> Option<Command> {
        let reason = faults.field("reason", self.reason).empty_as_null().optional(Notes::try_new);
        Some(Command::Cancel { reason })
    }
}

impl RequestBody for CloseOrderRequest {
    type Domain = Command;
    const WORDING: Wording = Wording::Labelled;
    const IS_OPTIONAL: bool = true;

    fn into_domain(self, faults: &mut Faults) -> Option<Command> {
        let reason = faults.field("reason", self.reason).empty_as_null().optional(Notes::try_new);
        Some(Command::Close { reason })
    }
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
    "source": "API", "notes": "Special delivery instructions", "cancelReason": null, "closeReason": null, "assignedItems": [],
    "channel": "oms", "version": 1, "createdAt": "2024-10-08T10:30:00Z", "updatedAt": "2024-10-08T10:30:00Z"
}))]
pub(crate) struct OrderResponse {
    #[schema(value_type = Uuid)]
    id: String,
    /// `ORD-YYYY-NNN` of the team's year; of tills `ORD-YYYYMMDD-NNNN`.
    order_number: String,
    #[schema(value_type = f64)]
    total_amount: Money,
    currency: String,
    /// `RECEIVED`, `ASSIGNED`, `PROCESSING`, `PARTIALLY_FULFILLED`, `FULFILLED`, `CLOSED` or `CANCELLED`.
    #[schema(value_type = sets::SalesStatus)]
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
    #[schema(required)]
    cancel_reason: Option<String>,
    /// Why it was closed before all of it was there.
    #[schema(required)]
    close_reason: Option<String>,
    /// What is assigned to vendors, the first first.
    assigned_items: Vec<AssignedItemResponse>,
    /// `oms`, or `pos` for an order of a till, which is only read here.
    #[schema(value_type = sets::Channel)]
    channel: &'static str,
    /// 1 at first, one more with each change; the `ETag`, too.
    version: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

/// What of an item is assigned to a vendor. Its id is `assignedOrderItemId` elsewhere.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct AssignedItemResponse {
    #[schema(value_type = Uuid)]
    id: String,
    #[schema(value_type = Uuid)]
    order_item_id: String,
    #[serde(flatten)]
    state: AssignmentState,
}

/// A line of an order.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct OrderItemResponse {
    #[schema(value_type = Uuid)]
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

impl OrderResponse {
    /// An order with what is assigned of it.
    pub(super) fn of(order: &SalesOrder, assigned: &[Assignment]) -> Self {
        let of_order = assigned.iter().filter(|it| it.order.id.uuid() == order.id.uuid());
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
            close_reason: order.close_reason.as_ref().map(Notes::as_str).map(str::to_owned),
            assigned_items: of_order.map(AssignedItemResponse::from).collect(),
            channel: order.channel.as_str(),
            version: order.version,
            created_at: order.created_at,
            updated_at: order.updated_at,
        }
    }
}

impl From<&Assignment> for AssignedItemResponse {
    fn from(assignment: &Assignment) -> Self {
        Self {
            id: assignment.id.to_string(),
            order_item_id: assignment.line.id.to_string(),
            state: assignment.into(),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::body::read;
    use serde_json::{Value, json};

    fn request() -> Value {
        json!({
            "customerInfo": {"name": "Customer Name", "email": "customer@example.com", "phone": "+91-9876543210"},
            "deliveryAddress": {"street": "123 Main Street", "city": "Bangalore", "pincode": "560001"},
            "items": [{"productName": "Organic Tomatoes", "quantity": 50, "pricePerUnit": 45.00}],
        })
    }

    fn faults(body: &Value) -> Vec<(String, String)> {
        let found = read::<CreateOrderRequest>(body.as_object().unwrap().clone()).err().unwrap_or_default();
        found.into_iter().map(|fault| (fault.field.into_owned(), fault.message.into_owned())).collect()
    }

    #[test]
    fn every_missing_or_bad_price_is_named_at_once() {
        let mut request = request();
        request["items"] = json!([
            {"productName": "A", "quantity": 1},
            {"productName": "B", "quantity": 1, "pricePerUnit": 0},
            {"productName": "C", "quantity": 1, "pricePerUnit": "abc"},
            {"productName": "D", "quantity": 1, "pricePerUnit": 1.00001},
            {"productName": "E", "quantity": 1, "pricePerUnit": "1.0001"},
        ]);
        let expected = [
            ("items.0.pricePerUnit", "Price per unit is required"),
            ("items.1.pricePerUnit", "Price per unit must be greater than 0"),
            ("items.2.pricePerUnit", "Price per unit must be a decimal number"),
            ("items.3.pricePerUnit", "Price per unit may have at most 4 decimals"),
        ];
        assert_eq!(faults(&request), expected.map(|(field, message)| (field.to_owned(), message.to_owned())));
    }

    #[test]
    fn an_order_of_the_api_needs_a_name_an_address_and_items() {
        let fields = |body: &Value| faults(body).into_iter().map(|(field, _)| field).collect::<Vec<_>>();
        assert_eq!(fields(&json!({})), ["customerInfo", "deliveryAddress", "items"]);
        let mut request = request();
        request["customerInfo"] = json!({"email": "nobody"});
        request["deliveryAddress"] = json!({"state": ""});
        let expected = [
            "customerInfo.name",
            "customerInfo.email",
            "deliveryAddress.street",
            "deliveryAddress.city",
            "deliveryAddress.pincode",
        ];
        assert_eq!(fields(&request), expected);
    }
}
