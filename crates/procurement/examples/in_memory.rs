//! Vendors without a database: `cargo run -p procurement --features memory --example vendors_in_memory`.

use std::error::Error;
use std::sync::Arc;

use kernel::access::{Actor, Identity, Visibility};
use kernel::audit::Audited;
use kernel::change::Change;
use kernel::clock::{Clock, IdSource, SystemClock, SystemIds};
use kernel::email::Email;
use kernel::error::Classified;
use kernel::page::Window;
use kernel::write::{WriteContext, Written};
use procurement::memory::InMemoryProcurement;
use procurement::ports::VendorFilter;
use procurement::{ManageVendors, NewVendor, PaymentTerm, VendorChange, VendorCode, VendorName};

fn main() -> Result<(), Box<dyn Error>> {
    pollster::block_on(run())
}

async fn run() -> Result<(), Box<dyn Error>> {
    let store = Arc::new(InMemoryProcurement::default());
    let ids: Arc<dyn IdSource> = Arc::new(SystemIds);
    let actor = Actor { team: ids.id(), identity: Identity::System { part: "example" } };

    let vendors = ManageVendors::new(store, ids);
    for (code, name) in [("ven001", "Green Farms"), ("VEN001", "Blue Lake")] {
        let new = NewVendor {
            code: VendorCode::try_new(code)?,
            name: VendorName::try_new(name)?,
            email: None,
            address: None,
            payment_term: PaymentTerm::default(),
        };
        match vendors.create(WriteContext::unclaimed(&actor, "request-1", SystemClock.now()), new).await {
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
        let context = WriteContext::unclaimed(&actor, "request-2", SystemClock.now());
        if let Written::Done(changed) = vendors.change(context, vendor.id, change).await? {
            println!("{} is now version {}", changed.code, changed.version);
        }
    }
    Ok(())
}
