//! The demo's shop: a catalogue with stock, an order of a till, and one of the order API.

use kernel::access::Actor;
use kernel::error::Fault;
use kernel::write::WriteContext;
use sales_orders::order::NewOrder;
use sales_orders::product::NewProduct;
use serde_json::{Map, Value, json};

use super::super::CommandError;
use super::done;
use crate::wiring;

/// Whoever fills the shop.
pub(super) struct Shop<'a> {
    pub(super) sales: &'a adapter_http::SalesServices,
    pub(super) actor: &'a Actor,
}

impl Shop<'_> {
    pub(super) async fn fill(&self) -> Result<(), CommandError> {
        for (sku, name, price, stock) in [
            // what the demo's shop floor makes
            ("WIDGET-A-001", "Widget A", "49.90", 20),
            ("COFFEE-1KG", "Premium Coffee Beans, 1 kg", "18.50", 100),
            ("FILTER-100", "Coffee Filter Papers, 100", "2.25", 500),
        ] {
            let product = json!({"sku": sku, "name": name, "unitPrice": price, "taxRate": 0.19, "stockQuantity": stock});
            let product = valid("products", NewProduct::read(&fields(&product)))?;
            done("products", self.sales.products.create(self.context(), product).await)?;
        }
        let sale = json!({
            "customerName": "John Doe", "customerPhone": "+1234567890", "paymentMethod": "Cash",
            "orderItems": [{"productId": 2, "quantity": 2}, {"productId": 3, "quantity": 1}],
        });
        let sale = valid("sales orders", NewOrder::of_till(&fields(&sale)))?;
        done("sales orders", self.sales.orders.create(self.context(), sale).await)?;
        let order = json!({
            "customerInfo": {"name": "Corner Café", "email": "cafe@customer.example"}, "source": "API",
            "deliveryAddress": {"street": "123 Main Street", "city": "Bangalore", "pincode": "560001"},
            "items": [{"productName": "Organic Tomatoes", "sku": "ORG-TOM-001", "quantity": 50, "pricePerUnit": "45.00"}],
        });
        let order = valid("sales orders", NewOrder::of_order_api(&fields(&order)))?;
        done("sales orders", self.sales.orders.create(self.context(), order).await)?;
        Ok(())
    }

    fn context<O>(&self) -> WriteContext<O> {
        WriteContext::unclaimed(self.actor, "demo", wiring::clock().now())
    }
}

fn fields(value: &Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}

fn valid<T>(what: &str, read: Result<T, Vec<Fault>>) -> Result<T, CommandError> {
    read.map_err(|faults| CommandError::Told(format!("the demo's {what} are faulty: {faults:?}")))
}
