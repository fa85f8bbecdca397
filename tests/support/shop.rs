//! A team with a catalogue and a till.

use std::ops::Deref;

use serde_json::{Value, json};

use super::{Caller, Person, Requests, Team, team};

/// Orders in pos.
pub(crate) const POS_ORDERS: &str = "/pos/api/orders";
/// Orders in oms.
pub(crate) const OMS_ORDERS: &str = "/api/orders";
pub(crate) const PRODUCTS: &str = "/pos/api/products";

/// A team, its ADMIN, and a till: a read-only key with the scope `pos`.
pub(crate) struct Shop {
    pub(crate) team: Team<'static>,
    pub(crate) admin: Person,
    pub(crate) till: Caller,
}

impl Shop {
    pub(crate) fn new() -> Self {
        Self::of(team())
    }

    pub(crate) fn of(team: Team<'static>) -> Self {
        let (admin, till) = (team.admin(), team.key("read-only", "pos"));
        Self { team, admin, till }
    }

    /// Creates a shop with three products for the example of the API document (`docs/spec/pos.md`, "Create an order"):
    /// they cost 10.00, 99.00 and 5.00 with 10 % tax, with 100 of each in stock.
    pub(crate) fn stocked() -> Self {
        let shop = Self::new();
        for (number, price) in (1..).zip([10, 99, 5]) {
            let product =
                shop.product(json!({"sku": format!("SKU-{number}"), "unitPrice": price, "taxRate": 0.1}));
            assert_eq!(product["id"], json!(number));
        }
        shop
    }

    /// Creates a product; by default it is named after its SKU, with 100 in stock.
    pub(crate) fn product(&self, fields: Value) -> Value {
        let mut body =
            json!({"name": format!("Product {}", fields["sku"].as_str().unwrap()), "stockQuantity": 100});
        body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        self.till.post(PRODUCTS, &body).created()["data"].take()
    }

    /// Creates a pos order of one product.
    pub(crate) fn sell(&self, product: i64, quantity: impl Into<Value>) -> Value {
        let line = json!({"productId": product, "quantity": quantity.into()});
        self.place(json!({"orderItems": [line]}))
    }

    /// Creates a pos order.
    pub(crate) fn place(&self, order: Value) -> Value {
        self.till.post(POS_ORDERS, &order).created()["data"].take()
    }

    /// Creates an oms order.
    pub(crate) fn create_oms_order(&self) -> Value {
        self.admin.post(OMS_ORDERS, &oms_order_example()).created()["data"].take()
    }

    /// Returns the stock of a product, after checking that its movements add up to it.
    #[track_caller]
    pub(crate) fn stock(&self, product: i64) -> Value {
        let stock = self.till.get(&format!("{PRODUCTS}/{product}")).ok()["data"]["stockQuantity"].take();
        let ledger = |page: u64| {
            let path = format!("{PRODUCTS}/{product}/movements?pageSize=100&pageNumber={page}");
            self.till.get(&path).ok()["data"].take()
        };
        let pages = 1..=ledger(1)["totalPages"].as_u64().unwrap();
        let moved = pages.flat_map(|page| ledger(page)["items"].as_array().unwrap().clone());
        let sum: i64 = moved.map(|movement| thousandths(&movement["quantity"])).sum();
        assert_eq!(sum, thousandths(&stock));
        stock
    }
}

impl Deref for Shop {
    type Target = Team<'static>;

    fn deref(&self) -> &Team<'static> {
        &self.team
    }
}

/// A quantity in thousandths.
fn thousandths(quantity: &Value) -> i64 {
    (quantity.as_f64().unwrap() * 1000.0).round() as i64
}

/// The request that the API document shows for an order (`docs/spec/oms.md`, "Create an order").
pub(crate) fn oms_order_example() -> Value {
    json!({
        "customerInfo": {"name": "Customer Name", "email": "customer@example.com", "phone": "+91-9876543210"},
        "deliveryAddress": {
            "street": "123 Main Street", "city": "Bangalore", "state": "Karnataka", "pincode": "560001",
            "landmark": "Near Mall",
        },
        "items": [
            {"productName": "Organic Tomatoes", "sku": "ORG-TOM-001", "quantity": 50, "pricePerUnit": 45.00},
            {"productName": "Fresh Spinach", "sku": "FRS-SPN-002", "quantity": 30, "pricePerUnit": 25.00},
        ],
        "source": "API",
        "notes": "Special delivery instructions",
    })
}

/// The path of a resource in a list at `base`.
pub(crate) fn path_of(base: &str, value: &Value) -> String {
    match &value["id"] {
        Value::String(id) => format!("{base}/{id}"),
        id => format!("{base}/{id}"),
    }
}
