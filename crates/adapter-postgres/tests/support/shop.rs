//! A team that sells.

use adapter_postgres::sales_orders::{PgProducts, PgSalesOrders};
use kernel::clock::{IdSource, SystemIds};
use kernel::id::{Id, TeamId};
use kernel::manufacturing::Sku;
use kernel::money::{Currency, Rate, UnitPrice};
use kernel::quantity::{Amount, Quantity};
use kernel::team_locale::TeamLocale;
use kernel::write::{WriteContext, Written};
use kernel::zone::TimeZone;
use sales_orders::order::{
    Channel, Command, Customer, DeliveryAddress, NewLine, NewOrder, Placed, PosChange, PosStatus, SalesOrder,
    SalesOrderError,
};
use sales_orders::ports::{OrderRef, Products, SalesOrders};
use sales_orders::product::{NewProduct, Product, ProductError};
use sales_orders::stock::{Adjustment, Movement};
use sales_orders::values::{
    AddressLine, AdjustmentReason, CustomerName, PaymentMethod, Phone, ProductName, Source,
};

use super::{Store, block_on, context, done, minute};

pub(crate) const LOCALE: TeamLocale = TeamLocale { zone: TimeZone::UTC, currency: Currency::EUR };

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
        let new = NewProduct {
            sku: Sku::try_new(sku).expect("a SKU"),
            name: ProductName::try_new(&format!("Product {sku}")).expect("a name"),
            unit_price: UnitPrice::try_new(10.into()).expect("a price"),
            tax_rate: Rate::percent(10),
            discount_rate: Rate::ZERO,
            stock: Amount::try_new(stock.into()).expect("an amount"),
        };
        let products = PgProducts::new(self.db.clone());
        block_on(products.create(context, Id::new(SystemIds.uuid()), new))
    }

    /// The stock of a product.
    pub(crate) fn stock(&self, team: TeamId, number: i64) -> Amount {
        let found = block_on(PgProducts::new(self.db.clone()).find(team, number));
        found.expect("the product is read").expect("it is there").stock
    }

    pub(crate) fn adjust(&self, team: TeamId, number: i64, quantity: i64) -> Result<Movement, ProductError> {
        let adjustment = Adjustment::try_new(quantity.into()).expect("an adjustment");
        let adjustment = adjustment.because(AdjustmentReason::try_new("broken").ok());
        let products = PgProducts::new(self.db.clone());
        let adjusted = block_on(products.adjust(context(team), number, adjustment));
        adjusted.map(|written| done::<_, ProductError>(Ok(written)))
    }

    /// An order of a till for these products and quantities.
    pub(crate) fn sell(&self, team: TeamId, items: &[(i64, i64)]) -> Placed {
        done(self.place(context(team), sale(items)))
    }

    /// An order of the order API.
    pub(crate) fn order_in(&self, team: TeamId) -> SalesOrder {
        done(self.place(context(team), bought_in("Ann", "Tomatoes", 50, "45.25"))).order
    }

    pub(crate) fn place(
        &self,
        context: WriteContext<Placed>,
        new: NewOrder,
    ) -> Result<Written<Placed>, SalesOrderError> {
        let orders = PgSalesOrders::new(self.db.clone());
        let lines = new.lines.iter().map(|_| Id::new(SystemIds.uuid())).collect();
        block_on(orders.create(context, Id::new(SystemIds.uuid()), lines, new, LOCALE))
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
        self.fill_accounting(team);
    }
}

fn context_later<O>(team: TeamId) -> WriteContext<O> {
    WriteContext { at: minute(5), ..context(team) }
}

/// An order of a till for these products and quantities.
pub(crate) fn sale(items: &[(i64, i64)]) -> NewOrder {
    let line = |(product, number): &(i64, i64)| NewLine::FromStock {
        product: *product,
        quantity: quantity(*number),
        notes: None,
    };
    NewOrder {
        customer: customer("John Doe", "+1234567890", Some(1)),
        payment_method: PaymentMethod::try_new("Cash").ok(),
        ..NewOrder::of(Channel::Pos, items.iter().map(line).collect())
    }
}

pub(crate) fn customer(name: &str, phone: &str, number: Option<i64>) -> Customer {
    let (name, phone) = (CustomerName::try_new(name).ok(), Phone::try_new(phone).ok());
    Customer { number, name, phone, email: None }
}

/// An order of the order API with one line.
pub(crate) fn bought_in(name: &str, product: &str, number: i64, price: &str) -> NewOrder {
    let address = |text| AddressLine::try_new(text).expect("a line of an address");
    let line = NewLine::BoughtIn {
        name: ProductName::try_new(product).expect("a name"),
        sku: Sku::try_new("TOM").ok(),
        quantity: quantity(number),
        unit_price: UnitPrice::try_new(price.parse().expect("a number")).expect("a price"),
    };
    NewOrder {
        customer: customer(name, "+91-98765", None),
        delivery: Some(DeliveryAddress {
            street: address("123 Main Street"),
            city: address("Bangalore"),
            state: None,
            pincode: address("560001"),
            landmark: None,
        }),
        source: Source::try_new("API").ok(),
        ..NewOrder::of(Channel::Oms, vec![line])
    }
}

fn quantity(number: i64) -> Quantity {
    Quantity::try_new(number.into()).expect("a quantity")
}

pub(crate) fn to(status: PosStatus) -> Command {
    Command::Change(PosChange { status: Some(status), ..Default::default() })
}

/// Whether something was done, or the code of why not.
pub(crate) fn fate<T, E: kernel::error::Classified>(result: Result<T, E>) -> Result<(), &'static str> {
    result.map(drop).map_err(|error| error.code())
}
