//! An order and its operations without a database: `cargo run -p production-ops --features memory --example orders_in_memory`.

use std::collections::BTreeSet;
use std::error::Error;
use std::sync::Arc;

use async_trait::async_trait;
use kernel::access::{Actor, Identity};
use kernel::clock::{Clock, IdSource, SystemClock, SystemIds};
use kernel::error::StoreError;
use kernel::id::TeamId;
use kernel::manufacturing::{Priority, Sku};
use kernel::money::Currency;
use kernel::page::Window;
use kernel::quantity::{Amount, Quantity};
use kernel::team_locale::{TeamLocale, TeamLocales};
use kernel::write::{WriteContext, Written};
use kernel::zone::TimeZone;
use production_ops::collection::NewCollection;
use production_ops::data_collection::{FieldDefinition, FieldDefinitions, OnViolation};
use production_ops::memory::InMemoryPlant;
use production_ops::operation::{OperatorRef, Totals};
use production_ops::order::Schedule;
use production_ops::ports::CollectionFilter;
use production_ops::routing::{
    Collecting, Minutes, OperationActivities, OperationContent, OperationTimes, RoutingChoice, RunTimeBasis,
};
use production_ops::{
    ActionRequest, Badge, CollectData, DepartmentId, ManageActivities, ManageDepartments, ManageOperators,
    ManageOrders, ManageRoutings, Name, NewActivity, NewOperator, NewOrder, RoutingContent, RunOperations,
};
use serde_json::json;

/// Every team is in UTC here.
struct Utc;

#[async_trait]
impl TeamLocales for Utc {
    async fn of(&self, _team: TeamId) -> Result<TeamLocale, StoreError> {
        Ok(TeamLocale { zone: TimeZone::UTC, currency: Currency::EUR })
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    pollster::block_on(run())
}

async fn run() -> Result<(), Box<dyn Error>> {
    let (plant, locales) = (Arc::new(InMemoryPlant::default()), Arc::new(Utc));
    let ids: Arc<dyn IdSource> = Arc::new(SystemIds);
    let actor = Actor { team: ids.id(), identity: Identity::System { part: "example" } };

    let departments = ManageDepartments::new(plant.clone(), ids.clone());
    let assembly = done(departments.create(context(&actor), Name::try_new("Assembly")?).await?)?;
    let mut fields = FieldDefinitions::default();
    let range = json!({"name": "torque", "type": "number", "validation": {"min": 40, "max": 50}});
    fields.add(FieldDefinition::from_json(&range)?)?;
    let activities = ManageActivities::new(plant.clone(), ids.clone());
    let torque = NewActivity {
        name: Name::try_new("Torque")?,
        description: None,
        fields,
        on_violation: OnViolation::Record,
        is_active: true,
    };
    let torque = done(activities.create(context(&actor), torque).await?)?;
    let operators = ManageOperators::new(plant.clone(), ids.clone());
    let (name, badge) = (Name::try_new("Ann")?, Badge::try_new("A-1")?);
    let ann = NewOperator { name, badge, skills: BTreeSet::new(), user: None, is_active: true };
    let ann = done(operators.create(context(&actor), ann).await?)?;
    let ann = OperatorRef(ann.id.uuid());

    let mut collecting = OperationActivities::default();
    collecting.add(Collecting { activity: torque.id, is_required: true, sequence: 1 })?;
    let content = RoutingContent {
        name: Name::try_new("Widget")?,
        description: None,
        product: None,
        allow_overlap: false,
        operations: vec![
            OperationContent { activities: collecting, ..operation(10, "Screwing", assembly.id)? },
            operation(20, "Packing", assembly.id)?,
        ],
    };
    let routings = ManageRoutings::new(plant.clone(), ids.clone());
    let routing = done(routings.create(context(&actor), content).await?)?;

    let orders = ManageOrders::new(plant.clone(), locales.clone(), ids.clone());
    let new = NewOrder {
        number: None,
        erp_reference: None,
        sku: Sku::try_new("WIDGET-A")?,
        quantity: Quantity::try_new(10.into())?,
        routing: RoutingChoice::Id(routing.id),
        priority: Priority::LEAST,
        schedule: Schedule::default(),
        notes: None,
        custom_fields: None,
    };
    let order = done(orders.create(context(&actor), new).await?)?.order;
    println!("{} is {}", order.number.as_str(), order.status.as_str());

    let running = RunOperations::new(plant.clone(), locales);
    let collected = CollectData::new(plant, ids);
    for operation in &order.operations {
        let start = ActionRequest::Start { operator: ann };
        running.act(context(&actor), operation.id, start, None).await?;
        let totals = Totals { good: Some(Amount::try_new(10.into())?), ..Totals::default() };
        let complete = ActionRequest::Complete { operator: None, totals, captured: None };
        if let Err(error) = running.act(context(&actor), operation.id, complete.clone(), None).await {
            println!("{} is not completed: {error}", operation.name.as_str());
            let data = kernel::json::object(json!({"torque": 51.25}));
            let (operation, activity) = (operation.id, torque.id);
            let new = NewCollection { operation, activity, operator: ann, data, collected_at: None };
            collected.submit(context(&actor), new).await?;
            running.act(context(&actor), operation, complete, None).await?;
        }
        let view = running.find(actor.team, operation.id).await?.view;
        println!("{} is {}", view.operation.name.as_str(), view.operation.status.as_str());
    }

    let order = orders.find(actor.team, order.id).await?.order;
    let progress = order.progress();
    println!("{} of {} operations are completed", progress.completed, progress.total);
    let window = Window::try_new(0, 50, 500)?;
    for found in collected.list(actor.team, CollectionFilter::default(), window).await?.items {
        let data = kernel::json::Json::Object(found.data);
        println!("collected {data}, {} out of range", found.violations.len());
    }
    Ok(())
}

fn operation(number: u8, name: &str, department: DepartmentId) -> Result<OperationContent, Box<dyn Error>> {
    let (setup, run) = (Minutes::try_new(5.into())?, Minutes::try_new(2.into())?);
    Ok(OperationContent {
        number,
        name: Name::try_new(name)?,
        department,
        times: OperationTimes { setup, run, basis: RunTimeBasis::PerUnit },
        instructions: None,
        required_skills: BTreeSet::new(),
        activities: OperationActivities::default(),
    })
}

fn context<O>(actor: &Actor) -> WriteContext<O> {
    WriteContext::unclaimed(actor, "example", SystemClock.now())
}

fn done<O>(written: Written<O>) -> Result<O, &'static str> {
    match written {
        Written::Done(outcome) => Ok(outcome),
        Written::Replayed(_) => Err("no key, so nothing is replayed"),
    }
}
