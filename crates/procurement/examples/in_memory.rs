//! Vendors without a database: `cargo run -p procurement --features memory --example vendors_in_memory`.

use std::error::Error;
use std::sync::Arc;

use kernel::access::{Actor, Identity, Visibility};
use kernel::change::Change;
use kernel::clock::{Clock, IdSource, SystemClock, SystemIds};
use kernel::error::Classified;
use kernel::page::Window;
use kernel::write::{WriteContext, Written};
use procurement::memory::InMemoryProcurement;
use procurement::ports::VendorFilter;
use procurement::{ChangeVendor, CreateVendor, ListVendors, VendorDraft, VendorPatch};

fn main() -> Result<(), Box<dyn Error>> {
    pollster::block_on(run())
}

async fn run() -> Result<(), Box<dyn Error>> {
    let store = Arc::new(InMemoryProcurement::default());
    let ids: Arc<dyn IdSource> = Arc::new(SystemIds);
    let actor = Actor { team: ids.id(), identity: Identity::System { part: "example" } };

    let create = CreateVendor::new(store.clone(), ids);
    for (code, name) in [("ven001", "Green Farms"), ("VEN001", "Blue Lake"), ("VEN 2", "")] {
        let draft =
            VendorDraft { code: Some(code.into()), name: Some(name.into()), ..VendorDraft::default() };
        let context = WriteContext::unclaimed(&actor, "request-1", SystemClock.now());
        match create.run(context, &draft).await {
            Ok(Written::Done(vendor)) => println!("{}", vendor.snapshot()),
            Ok(Written::Replayed(_)) => {}
            Err(error) => {
                println!("{}: {error}", error.code());
                error.faults().iter().for_each(|fault| println!("  {}: {}", fault.field, fault.message));
            }
        }
    }

    let list = ListVendors::new(store.clone());
    let window = Window::try_new(0, 20, 100)?;
    let listing = list.run(actor.team, Visibility::All, VendorFilter::default(), window).await?;
    let change = ChangeVendor::new(store);
    for vendor in &listing.items {
        let patch =
            VendorPatch { email: Change::Set("sales@greenfarms.example".into()), ..VendorPatch::default() };
        let context = WriteContext::unclaimed(&actor, "request-2", SystemClock.now());
        if let Written::Done(changed) = change.run(context, vendor.id, &patch).await? {
            println!("{} is now version {}", changed.code, changed.version);
        }
    }
    Ok(())
}
