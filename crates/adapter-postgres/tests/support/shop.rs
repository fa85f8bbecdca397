//! A team that sells.

use adapter_postgres::sales_orders::{PgProducts, PgSalesOrders};
use kernel::clock::{IdSource, SystemIds};
use kernel::id::{Id, TeamId};
use kernel::money::Currency;
use kernel::quantity::Amount;
use kernel::team_locale::TeamLocale;
use kernel::write::{WriteContext, Written};
use kernel::zone::TimeZone;
use sales_orders::order::{Command, NewOrder, Placed, PosChange, PosStatus, SalesOrder, SalesOrderError};
use sales_orders::ports::{OrderRef, Products, SalesOrders};
use sales_orders::product::{NewProduct, Product, ProductError};
use sales_orders::stock::{Adjustment, Movement};
use serde_json::{Value, json};

use super::{Store, block_on, context, done, minute};

/// What documents are written by here.
pub(crate) const TERMS: TeamLocale = TeamLocale { zone: TimeZone::UTC, currency: Currency::EUR };

impl Store {
    /// A new product, 10.00 a piece with 10 % tax.
    pub(crate) fn product(&self, team: TeamId, sku: &str, stock: i64) -> Product {
        done(self.try_product(context(team), sku, stock))
    }

    pub(crate) fn try_product(
        &self,
        context: WriteContext<Product>,
        sku: &str,
        stock: i64,
    ) -> Result<Written<Product>, ProductError> {
        let new = json!({"sku": sku, "name": format!("Product {sku}"), "unitPrice": 10, "taxRate": 0.1,
                         "stockQuantity": stock});
        let new = NewProduct::read(new.as_object().expect("an object")).expect("a product");
        let products = PgProducts::new(self.db.clone());
        block_on(products.create(context, Id::new(SystemIds.uuid()), new))
    }

    /// The stock of a product.
    pub(crate) fn stock(&self, team: TeamId, number: i64) -> Amount {
        let found = block_on(PgProducts::new(self.db.clone()).find(team, number));
        found.expect("the product is read").expect("it is there").stock
    }

    pub(crate) fn adjust(&self, team: TeamId, number: i64, quantity: i64) -> Result<Movement, ProductError> {
        let adjustment = json!({"quantity": quantity, "reason": "broken"});
        let adjustment = Adjustment::read(adjustment.as_object().expect("an object")).expect("an adjustment");
        let products = PgProducts::new(self.db.clone());
        let adjusted = block_on(products.adjust(context(team), number, adjustment));
        adjusted.map(|written| done::<_, ProductError>(Ok(written)))
    }

    /// An order of a till for these products and quantities.
    pub(crate) fn sell(&self, team: TeamId, items: &[(i64, i64)]) -> Placed {
        done(self.try_sell(context(team), &sale(items)))
    }

    pub(crate) fn try_sell(
        &self,
        context: WriteContext<Placed>,
        request: &Value,
    ) -> Result<Written<Placed>, SalesOrderError> {
        let new = NewOrder::of_till(request.as_object().expect("an object")).expect("an order");
        self.place(context, new)
    }

    /// An order of the order API.
    pub(crate) fn order_in(&self, team: TeamId) -> SalesOrder {
        let request = json!({
            "customerInfo": {"name": "Ann", "phone": "+91-98765"}, "source": "API",
            "deliveryAddress": {"street": "123 Main Street", "city": "Bangalore", "pincode": "560001"},
            "items": [{"productName": "Tomatoes", "sku": "TOM", "quantity": 50, "pricePerUnit": "45.25"}],
        });
        let new = NewOrder::of_order_api(request.as_object().expect("an object")).expect("an order");
        done(self.place(context(team), new)).order
    }

    pub(crate) fn place(
        &self,
        context: WriteContext<Placed>,
        new: NewOrder,
    ) -> Result<Written<Placed>, SalesOrderError> {
        let orders = PgSalesOrders::new(self.db.clone());
        let lines = new.lines.iter().map(|_| Id::new(SystemIds.uuid())).collect();
        block_on(orders.create(context, Id::new(SystemIds.uuid()), lines, new, TERMS))
    }

    pub(crate) fn apply(
        &self,
        team: TeamId,
        order: &SalesOrder,
        command: Command,
    ) -> Result<SalesOrder, SalesOrderError> {
        let orders = PgSalesOrders::new(self.db.clone());
        let which = OrderRef::Id(order.id);
        let applied = block_on(orders.apply(context_later(team), which, command, None));
        applied.map(|written| done::<_, SalesOrderError>(Ok(written)))
    }

    /// A team that has sold something from stock, bought something in, and asked for invoices.
    pub(crate) fn shop(&self, team: TeamId) {
        self.product(team, "WIDGET", 10);
        self.sell(team, &[(1, 2)]);
        self.order_in(team);
        self.books(team);
    }
}

fn context_later<O>(team: TeamId) -> WriteContext<O> {
    WriteContext { at: minute(5), ..context(team) }
}

/// A till's request for these products and quantities.
pub(crate) fn sale(items: &[(i64, i64)]) -> Value {
    let items: Vec<_> =
        items.iter().map(|(product, quantity)| json!({"productId": product, "quantity": quantity})).collect();
    json!({"customerId": 1, "customerName": "John Doe", "customerPhone": "+1234567890", "paymentMethod": "Cash",
           "orderItems": items})
}

pub(crate) fn to(status: PosStatus) -> Command {
    Command::Change(PosChange { status: Some(status), ..Default::default() })
}

/// Whether something was done, or the code of why not.
pub(crate) fn fate<T, E: kernel::error::Classified>(result: Result<T, E>) -> Result<(), &'static str> {
    result.map(drop).map_err(|error| error.code())
}
