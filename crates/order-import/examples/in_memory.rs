//! Imports the documented example and a CSV into an in-memory store, and prints each row's result.
//!
//! `cargo run -p order-import --features memory --example import_in_memory`

use std::error::Error;
use std::sync::Arc;

use kernel::access::{Actor, Identity};
use kernel::clock::{Clock, IdSource, SystemClock, SystemIds};
use kernel::id::TeamId;
use kernel::manufacturing::{OrderNumber, OrderStatus};
use kernel::write::{WriteContext, Written};
use order_import::ImportOrders;
use order_import::files::{CsvOptions, CsvSource, JsonSource, RowSource};
use order_import::import::ImportOptions;
use order_import::import::values::WorkCentreNumber;
use order_import::memory::InMemoryOrders;

const JSON: &str = r#"[
  {
    "order_number": "ORD001", "stock_code": "STK1", "description": "Widget A", "quantity_to_make": 100,
    "priority": "high", "status": "not_started", "work_centre_id": 1, "due_date": "2024-07-01"
  },
  {
    "order_number": "ORD002", "stock_code": "STK2", "description": "Widget B", "quantity_to_make": 50,
    "priority": "medium", "status": "not_started", "work_centre_id": 2, "due_date": "2024-07-05"
  }
]"#;

const CSV: &str = "\
Order number;Stock code;Description;Quantity to make;Priority;Customer
ORD001;STK1;Widget A;120;high;Smith
ORD002;STK2;Widget B;60;medium;Jones
ORD003;STK3;Widget C;1.250,5;;Jones
ORD004;;Widget D;10;;Brown
ORD003;STK3;Widget C;7;;Brown
";

fn main() -> Result<(), Box<dyn Error>> {
    let (store, ids) = (Arc::new(InMemoryOrders::default()), Arc::new(SystemIds));
    let team = (&*ids as &dyn IdSource).id();
    for number in [1, 2] {
        store.add_work_centre(team, WorkCentreNumber::try_new(number)?);
    }
    let import = ImportOrders::new(store.clone(), store.clone(), store.clone(), store.clone(), ids);

    println!("A system sends JSON:");
    run(&import, team, &mut JsonSource::open(JSON.as_bytes())?)?;

    println!("\nThe shop floor starts ORD002, and somebody uploads a CSV:");
    store.set_status(team, &OrderNumber::try_new("ORD002")?, OrderStatus::InProgress);
    run(&import, team, &mut CsvSource::open(CSV.as_bytes(), CsvOptions::default())?)
}

fn run(
    import: &ImportOrders,
    team: TeamId,
    source: &mut (dyn RowSource + Send),
) -> Result<(), Box<dyn Error>> {
    let actor = Actor { team, identity: Identity::System { part: "example" } };
    let context = WriteContext::unclaimed(&actor, "example", SystemClock.now());
    let written = pollster::block_on(import.run(context, source, ImportOptions::default()))?;
    let Written::Done(report) = written else { return Err("nothing was claimed".into()) };
    for answer in report.row_results() {
        let number = answer.order_number.unwrap_or_default();
        println!("{:>3} {number:<8} {:<8} {}", answer.row, answer.outcome.status(), answer.outcome.message());
    }
    let counts = report.counts;
    println!(
        "    {} created, {} updated, {} skipped, {} errors; columns ignored: {:?}",
        counts.created, counts.updated, counts.skipped, counts.errors, report.source.ignored_columns
    );
    Ok(())
}
