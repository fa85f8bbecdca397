//! Buying in without a database: `cargo run -p procurement --features memory --example vendors_in_memory`.

use std::error::Error;
use std::sync::Arc;

use async_trait::async_trait;
use kernel::access::{Actor, Identity, Visibility};
use kernel::audit::Audited;
use kernel::change::Change;
use kernel::clock::{Clock, IdSource, SystemClock, SystemIds};
use kernel::email::Email;
use kernel::error::{Classified, StoreError};
use kernel::id::TeamId;
use kernel::money::{Currency, UnitPrice};
use kernel::page::Window;
use kernel::quantity::{Amount, Quantity};
use kernel::team_locale::{TeamLocale, TeamLocales};
use kernel::write::{WriteContext, Written};
use kernel::zone::TimeZone;
use procurement::assignment::{OrderRef, OrderedLine, Reason, TrackingReference};
use procurement::memory::InMemoryProcurement;
use procurement::ports::VendorFilter;
use procurement::supply::{NewAssignment, NewDispatch, NewDispatchItem, OrderSupply, Standing, VendorAnswer};
use procurement::{
    ManageAssignments, ManageDispatches, ManagePurchaseOrders, ManageVendors, NewVendor, PaymentTerm, Vendor,
    VendorChange, VendorCode, VendorName,
};

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
    let store = Arc::new(InMemoryProcurement::default());
    let ids: Arc<dyn IdSource> = Arc::new(SystemIds);
    let actor = Actor { team: ids.id(), identity: Identity::System { part: "example" } };

    let vendors = ManageVendors::new(store.clone(), ids.clone());
    for (code, name) in [("ven001", "Green Farms"), ("VEN001", "Blue Lake")] {
        let new = NewVendor {
            code: VendorCode::try_new(code)?,
            name: VendorName::try_new(name)?,
            email: None,
            address: None,
            payment_term: PaymentTerm::default(),
        };
        match vendors.create(context(&actor), new).await {
            Ok(Written::Done(vendor)) => println!("{}", vendor.snapshot()),
            Ok(Written::Replayed(_)) => {}
            Err(error) => println!("{}: {error}", error.code()),
        }
    }

    let window = Window::try_new(0, 20, 100)?;
    let listing = vendors.list(actor.team, Visibility::All, VendorFilter::default(), window).await?;
    for vendor in &listing.items {
        let email = Change::Set(Email::try_new("sales@greenfarms.example")?);
        let change = VendorChange { email, ..VendorChange::default() };
        if let Written::Done(changed) = vendors.change(context(&actor), vendor.id, change).await? {
            println!("{} is now version {}", changed.code, changed.version);
        }
        buy_in(&store, &ids, &actor, vendor).await?;
    }
    Ok(())
}

fn context<O>(actor: &Actor) -> WriteContext<O> {
    WriteContext::unclaimed(actor, "request-1", SystemClock.now())
}

/// An order of 50 tomatoes, of which a vendor is asked for 30, confirms 20 and sends 15.
async fn buy_in(
    store: &Arc<InMemoryProcurement>,
    ids: &Arc<dyn IdSource>,
    actor: &Actor,
    vendor: &Vendor,
) -> Result<(), Box<dyn Error>> {
    let locales = Arc::new(Euros);
    let assignments = ManageAssignments::new(store.clone(), locales.clone(), ids.clone());
    let purchase_orders = ManagePurchaseOrders::new(store.clone(), locales.clone(), ids.clone());
    let dispatches = ManageDispatches::new(store.clone(), locales, ids.clone());
    let own = Visibility::Own(vendor.id);

    let tomatoes = OrderedLine {
        id: ids.id(),
        product_name: "Organic Tomatoes".into(),
        sku: None,
        quantity: Quantity::try_new(50.into())?,
        unit_price: UnitPrice::try_new(45.into())?,
    };
    let supply = OrderSupply {
        order: OrderRef { id: ids.id(), number: "ORD-2024-001".into() },
        standing: Standing::Open,
        currency: Currency::EUR,
        lines: vec![tomatoes.clone()],
        assignments: Vec::new(),
    };
    let order = supply.order.id;
    store.place(actor.team, supply);

    let new = |number: i64| -> Result<_, Box<dyn Error>> {
        let quantity = Quantity::try_new(number.into())?;
        Ok(vec![NewAssignment { line: tomatoes.id, vendor: vendor.id, quantity }])
    };
    for number in [30, 21] {
        match assignments.assign(context(actor), order, new(number)?).await {
            Ok(_) => println!("{number} assigned to {}", vendor.code),
            Err(error) => println!("{}: {error}", error.code()),
        }
    }
    for assignment in assignments.of_orders(actor.team, own, vec![order]).await? {
        let reason = Some(Reason::try_new("The rest is not ripe")?);
        let answer = VendorAnswer { confirmed: Amount::try_new(20.into())?, reason };
        assignments.confirm(context(actor), own, assignment.id, answer).await?;
    }
    let ordered = purchase_orders.create(context(actor), order, vendor.id).await?;
    let Written::Done(ordered) = ordered else { return Ok(()) };
    let purchase_order = ordered.purchase_order;
    println!("{} comes to {}", purchase_order.number, purchase_order.total);

    let item = |assignment| -> Result<_, Box<dyn Error>> {
        Ok(NewDispatchItem { assignment, quantity: Quantity::try_new(15.into())? })
    };
    let items = purchase_order.items.iter().map(|it| item(it.assignment)).collect::<Result<Vec<_>, _>>()?;
    let new = NewDispatch {
        purchase_order: purchase_order.id,
        items,
        tracking_reference: Some(TrackingReference::try_new("AWB 123")?),
        remarks: None,
    };
    if let Written::Done(dispatch) = dispatches.create(context(actor), own, new.clone()).await? {
        println!("{} is {}", dispatch.number, dispatch.status().as_str());
    }
    if let Err(error) = dispatches.create(context(actor), own, new).await {
        println!("{}: {error}", error.code());
    }
    let purchase_order = purchase_orders.find(actor.team, own, purchase_order.id).await?;
    println!("{} is {}", purchase_order.number, purchase_order.status.as_str());
    Ok(())
}
