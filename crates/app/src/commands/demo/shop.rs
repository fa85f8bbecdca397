//! The demo's shop: a catalogue with stock, an order of a till, and one of the order API.

use kernel::access::Actor;
use kernel::email::Email;
use kernel::manufacturing::Sku;
use kernel::money::{Rate, UnitPrice};
use kernel::quantity::{Amount, Quantity};
use kernel::write::WriteContext;
use sales_orders::order::{Channel, Customer, DeliveryAddress, NewLine, NewOrder};
use sales_orders::product::NewProduct;
use sales_orders::values::{AddressLine, CustomerName, PaymentMethod, Phone, ProductName, Source};

use super::super::CommandError;
use super::done;
use crate::wiring;

type Fault = Box<dyn std::error::Error>;

/// Whoever fills the shop.
pub(super) struct Shop<'a> {
    pub(super) sales: &'a adapter_http::SalesServices,
    pub(super) actor: &'a Actor,
}

impl Shop<'_> {
    pub(super) async fn fill(&self) -> Result<(), CommandError> {
        for product in valid("products", products())? {
            done("products", self.sales.products.create(self.context(), product).await)?;
        }
        for order in valid("sales orders", orders())? {
            done("sales orders", self.sales.orders.create(self.context(), order).await)?;
        }
        Ok(())
    }

    fn context<O>(&self) -> WriteContext<O> {
        WriteContext::unclaimed(self.actor, "demo", wiring::clock().now())
    }
}

fn products() -> Result<Vec<NewProduct>, Fault> {
    let product = |(sku, name, price, stock): (&str, &str, &str, i64)| {
        Ok(NewProduct {
            sku: Sku::try_new(sku)?,
            name: ProductName::try_new(name)?,
            unit_price: UnitPrice::try_new(price.parse()?)?,
            tax_rate: Rate::percent(19),
            discount_rate: Rate::ZERO,
            stock: Amount::try_new(stock.into())?,
        })
    };
    let products = [
        // what the demo's shop floor makes
        ("WIDGET-A-001", "Widget A", "49.90", 20),
        ("COFFEE-1KG", "Premium Coffee Beans, 1 kg", "18.50", 100),
        ("FILTER-100", "Coffee Filter Papers, 100", "2.25", 500),
    ];
    products.map(product).into_iter().collect()
}

fn orders() -> Result<[NewOrder; 2], Fault> {
    let quantity = |number: i64| Quantity::try_new(number.into());
    let from_stock = |product, quantity| NewLine::FromStock { product, quantity, notes: None };
    let sale = NewOrder {
        customer: Customer {
            name: Some(CustomerName::try_new("John Doe")?),
            phone: Some(Phone::try_new("+1234567890")?),
            ..Customer::default()
        },
        payment_method: Some(PaymentMethod::try_new("Cash")?),
        ..NewOrder::of(Channel::Pos, vec![from_stock(2, quantity(2)?), from_stock(3, quantity(1)?)])
    };
    let tomatoes = NewLine::BoughtIn {
        name: ProductName::try_new("Organic Tomatoes")?,
        sku: Some(Sku::try_new("ORG-TOM-001")?),
        quantity: quantity(50)?,
        unit_price: UnitPrice::try_new("45.00".parse()?)?,
    };
    let order = NewOrder {
        customer: Customer {
            name: Some(CustomerName::try_new("Corner Café")?),
            email: Some(Email::try_new("cafe@customer.example")?),
            ..Customer::default()
        },
        delivery: Some(DeliveryAddress {
            street: AddressLine::try_new("123 Main Street")?,
            city: AddressLine::try_new("Bangalore")?,
            state: None,
            pincode: AddressLine::try_new("560001")?,
            landmark: None,
        }),
        source: Some(Source::try_new("API")?),
        ..NewOrder::of(Channel::Oms, vec![tomatoes])
    };
    Ok([sale, order])
}

fn valid<T>(what: &str, values: Result<T, Fault>) -> Result<T, CommandError> {
    values.map_err(|fault| CommandError::Message(format!("the demo's {what} are faulty: {fault}")))
}
