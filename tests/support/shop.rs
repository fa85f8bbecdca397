//! A team that sells.

use std::ops::Deref;

use serde_json::{Value, json};

use super::{Caller, Person, Team, team};

/// Orders of tills.
pub(crate) const SOLD: &str = "/pos/api/orders";
/// Orders of the order API.
pub(crate) const SALES: &str = "/api/orders";
pub(crate) const PRODUCTS: &str = "/pos/api/products";

/// A team, its ADMIN, and a till with a key that has the scope `pos` alone beside reading.
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

    /// A shop with the three products of seed 001's example: 10.00, 99.00 and 5.00 with 10 % tax, 100 of each.
    pub(crate) fn stocked() -> Self {
        let shop = Self::new();
        for (number, price) in (1..).zip([10, 99, 5]) {
            let made =
                shop.product(json!({"sku": format!("SKU-{number}"), "unitPrice": price, "taxRate": 0.1}));
            assert_eq!(made["id"], json!(number));
        }
        shop
    }

    /// Makes a product, called by its SKU and with 100 in stock if nothing else is said.
    pub(crate) fn product(&self, fields: Value) -> Value {
        let mut body =
            json!({"name": format!("Product {}", fields["sku"].as_str().unwrap()), "stockQuantity": 100});
        body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        self.till.post(PRODUCTS, &body).created()["data"].take()
    }

    /// Sells one product.
    pub(crate) fn sold(&self, product: i64, quantity: impl Into<Value>) -> Value {
        let line = json!({"productId": product, "quantity": quantity.into()});
        self.placed(json!({"orderItems": [line]}))
    }

    /// Sells.
    pub(crate) fn placed(&self, order: Value) -> Value {
        self.till.post(SOLD, &order).created()["data"].take()
    }

    /// An order of the order API.
    pub(crate) fn bought_in(&self) -> Value {
        self.admin.post(SALES, &example()).created()["data"].take()
    }

    /// How much of a product there is; its ledger adds up to the same.
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

/// A quantity, exactly.
fn thousandths(quantity: &Value) -> i64 {
    (quantity.as_f64().unwrap() * 1000.0).round() as i64
}

/// The request of seed 003, *Create Order with Mandatory Pricing*.
pub(crate) fn example() -> Value {
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

/// The address of something.
pub(crate) fn at(base: &str, value: &Value) -> String {
    match &value["id"] {
        Value::String(id) => format!("{base}/{id}"),
        id => format!("{base}/{id}"),
    }
}
