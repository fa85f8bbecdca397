//! Selling without a database: `cargo run -p sales-orders --features memory --example sales_in_memory`.

use std::error::Error;
use std::sync::Arc;

use async_trait::async_trait;
use kernel::access::{Actor, Identity};
use kernel::clock::{Clock, IdSource, SystemClock, SystemIds};
use kernel::error::StoreError;
use kernel::id::{Id, TeamId};
use kernel::manufacturing::Sku;
use kernel::money::{Currency, Rate, UnitPrice};
use kernel::quantity::{Amount, Quantity};
use kernel::team_locale::{TeamLocale, TeamLocales};
use kernel::write::{WriteContext, Written};
use kernel::zone::TimeZone;
use sales_orders::memory::InMemoryShop;
use sales_orders::order::{Channel, Command, Customer, NewLine, NewOrder, PosChange, PosStatus};
use sales_orders::ports::OrderRef;
use sales_orders::product::NewProduct;
use sales_orders::values::{CustomerName, ProductName};
use sales_orders::{ManageProducts, ManageSalesOrders};

/// Every team's documents are in euros here.
struct Euros;

#[async_trait]
impl TeamLocales for Euros {
    async fn of(&self, _team: TeamId) -> Result<TeamLocale, StoreError> {
        Ok(TeamLocale { zone: TimeZone::UTC, currency: Currency::EUR })
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    pollster::block_on(run())
}

async fn run() -> Result<(), Box<dyn Error>> {
    let (shop, ids) = (Arc::new(InMemoryShop::default()), Arc::new(SystemIds));
    let products = ManageProducts::new(shop.clone(), ids.clone());
    let orders = ManageSalesOrders::new(shop, Arc::new(Euros), ids.clone());
    let actor = Actor { team: Id::new(ids.uuid()), identity: Identity::System { part: "example" } };

    let apples = NewProduct {
        sku: Sku::try_new("APPLE")?,
        name: ProductName::try_new("Apples")?,
        unit_price: UnitPrice::try_new("2.50".parse()?)?,
        tax_rate: Rate::percent(10),
        discount_rate: Rate::ZERO,
        stock: Amount::try_new(100.into())?,
    };
    products.create(context(&actor), apples).await?;

    for quantity in [5, 200] {
        let quantity = Quantity::try_new(quantity.into())?;
        let sale = NewOrder {
            customer: Customer { name: Some(CustomerName::try_new("John Doe")?), ..Default::default() },
            ..NewOrder::of(Channel::Pos, vec![NewLine::FromStock { product: 1, quantity, notes: None }])
        };
        if let Written::Done(placed) = orders.create(context(&actor), sale).await? {
            let stock = products.find(actor.team, 1).await?.stock;
            let (order, short) = (placed.order, placed.short.len());
            println!(
                "{} comes to {}, {short} lines short, {stock} left",
                order.order_number, order.totals.total
            );
        }
    }

    let cancel = Command::Change(PosChange { status: Some(PosStatus::Cancelled), ..Default::default() });
    orders.apply(context(&actor), OrderRef::Number(1), cancel, None).await?;
    println!("cancelled, {} in stock again", products.find(actor.team, 1).await?.stock);
    Ok(())
}

fn context<O>(actor: &Actor) -> WriteContext<O> {
    WriteContext::unclaimed(actor, "example", SystemClock.now())
}
