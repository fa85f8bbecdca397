//! Departments and work centres without a database: `cargo run -p production-ops --features memory --example plant_in_memory`.

use std::error::Error;
use std::sync::Arc;

use kernel::access::{Actor, Identity};
use kernel::audit::Audited;
use kernel::clock::{Clock, IdSource, SystemClock, SystemIds};
use kernel::error::Classified;
use kernel::page::Window;
use kernel::write::{WriteContext, Written};
use production_ops::memory::InMemoryPlant;
use production_ops::work_centre::WorkCentreFilter;
use production_ops::{ManageDepartments, ManageWorkCentres, Name, NewWorkCentre, WorkCentreNumber};

fn main() -> Result<(), Box<dyn Error>> {
    pollster::block_on(run())
}

async fn run() -> Result<(), Box<dyn Error>> {
    let plant = Arc::new(InMemoryPlant::default());
    let ids: Arc<dyn IdSource> = Arc::new(SystemIds);
    let actor = Actor { team: ids.id(), identity: Identity::System { part: "example" } };

    let departments = ManageDepartments::new(plant.clone(), ids.clone());
    let context = WriteContext::unclaimed(&actor, "request-1", SystemClock.now());
    let created = departments.create(context, Name::try_new("Assembly")?).await?;
    let Written::Done(assembly) = created else { return Ok(()) };
    println!("{}", assembly.snapshot());

    let work_centres = ManageWorkCentres::new(plant, ids);
    for (number, name) in [(None, "Station 1"), (Some(7), "Station 7"), (Some(7), "Station 8")] {
        let number = number.map(WorkCentreNumber::try_new).transpose()?;
        let new = NewWorkCentre { number, name: Name::try_new(name)?, department: assembly.id };
        let context = WriteContext::unclaimed(&actor, "request-2", SystemClock.now());
        if let Err(error) = work_centres.create(context, new).await {
            println!("{}: {error}", error.code());
        }
    }

    let window = Window::try_new(0, 50, 500)?;
    let listing = work_centres.list(actor.team, WorkCentreFilter::default(), window).await?;
    for work_centre in &listing.items {
        println!("{} {}", work_centre.number.get(), work_centre.name.as_str());
    }
    Ok(())
}
