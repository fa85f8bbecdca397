//! Equipment without a database: `cargo run -p equipment --features memory --example equipment_in_memory`.

use std::error::Error;
use std::sync::Arc;

use async_trait::async_trait;
use equipment::memory::InMemoryEquipment;
use equipment::ports::EquipmentFilter;
use equipment::{
    Alarm, AlarmCode, AlarmMessage, EquipmentReport, EquipmentStatus, MonitorEquipment, Readings, Severity,
    Tag,
};
use kernel::access::{Actor, Identity};
use kernel::clock::{Clock, IdSource, SystemClock, SystemIds};
use kernel::error::{Classified, StoreError};
use kernel::id::TeamId;
use kernel::money::Currency;
use kernel::page::Window;
use kernel::team_locale::{TeamLocale, TeamLocales};
use kernel::write::{WriteContext, Written};
use kernel::zone::TimeZone;

/// Every team has the days of UTC.
struct Utc;

#[async_trait]
impl TeamLocales for Utc {
    async fn of(&self, _: TeamId) -> Result<TeamLocale, StoreError> {
        Ok(TeamLocale { zone: TimeZone::UTC, currency: Currency::EUR })
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    pollster::block_on(run())
}

async fn run() -> Result<(), Box<dyn Error>> {
    let register = Arc::new(InMemoryEquipment::default());
    let ids: Arc<dyn IdSource> = Arc::new(SystemIds);
    let actor = Actor { team: ids.id(), identity: Identity::System { part: "example" } };
    let department = ids.id();
    register.admit_department(actor.team, department);
    let equipment = MonitorEquipment::new(register, Arc::new(Utc), ids.clone());

    let hot = Alarm {
        code: AlarmCode::try_new("TEMP_HIGH")?,
        severity: Severity::Warning,
        message: AlarmMessage::try_new("Temperature approaching upper limit")?,
    };
    for (department, alarms) in [(department, vec![hot]), (department, Vec::new()), (ids.id(), Vec::new())] {
        let report = EquipmentReport {
            tag: Tag::try_new("MACHINE-001")?,
            department,
            status: EquipmentStatus::Running,
            operation: None,
            readings: Readings::default(),
            alarms,
            taken_at: None,
        };
        match equipment.report(WriteContext::unclaimed(&actor, "request-1", SystemClock.now()), report).await
        {
            Ok(Written::Done(receipt)) => println!("{} alerts", receipt.alerts.len()),
            Ok(Written::Replayed(_)) => {}
            Err(error) => println!("{}: {error}", error.code()),
        }
    }

    let window = Window::try_new(0, 20, 100)?;
    for one in equipment.list(actor.team, EquipmentFilter::default(), window).await?.items {
        println!("{} is {}, with {} open alarms", one.tag.as_str(), one.status.as_str(), one.alarms.len());
    }
    Ok(())
}
