//! Departments and work centres without a database: `cargo run -p production-ops --features memory --example in_memory`.

use std::error::Error;
use std::sync::Arc;

use kernel::access::{Actor, Identity};
use kernel::clock::{Clock, IdSource, SystemClock, SystemIds};
use kernel::error::Classified;
use kernel::page::Window;
use kernel::write::{WriteContext, Written};
use production_ops::memory::InMemoryPlant;
use production_ops::ports::WorkCentreFilter;
use production_ops::{CreateDepartment, CreateWorkCentre, DepartmentDraft, ListWorkCentres, WorkCentreDraft};

fn main() -> Result<(), Box<dyn Error>> {
    pollster::block_on(run())
}

async fn run() -> Result<(), Box<dyn Error>> {
    let plant = Arc::new(InMemoryPlant::default());
    let ids: Arc<dyn IdSource> = Arc::new(SystemIds);
    let actor = Actor { team: ids.id(), identity: Identity::System { part: "example" } };

    let create = CreateDepartment::new(plant.clone(), ids.clone());
    let draft = DepartmentDraft { name: Some("Assembly".into()) };
    let context = WriteContext::unclaimed(&actor, "request-1", SystemClock.now());
    let Written::Done(assembly) = create.run(context, &draft).await? else { return Ok(()) };
    println!("{}", assembly.snapshot());

    let create = CreateWorkCentre::new(plant.clone(), ids);
    for name in ["Station 1", "Station 2", ""] {
        let department_id = Some(assembly.id.to_string());
        let draft = WorkCentreDraft { number: None, name: Some(name.into()), department_id };
        let context = WriteContext::unclaimed(&actor, "request-2", SystemClock.now());
        if let Err(error) = create.run(context, &draft).await {
            println!("{}: {error}", error.code());
        }
    }

    let list = ListWorkCentres::new(plant);
    let listing = list.run(actor.team, WorkCentreFilter::default(), Window::try_new(0, 50, 500)?).await?;
    for work_centre in &listing.items {
        println!("{} {}", work_centre.number.get(), work_centre.name.as_str());
    }
    Ok(())
}
