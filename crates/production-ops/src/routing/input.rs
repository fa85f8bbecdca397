use std::collections::BTreeSet;

use kernel::clock::IdSource;
use kernel::error::Fault;
use kernel::manufacturing::Sku;
use kernel::text::free_text;
use serde_json::Value;

use super::operation::{
    Collecting, OperationContent, RoutingContent, RoutingOperationId, UNKNOWN_ACTIVITY, beneath,
};
use super::values::{Minutes, OperationTimes, RunTimeBasis};
use crate::data_collection::ActivityId;
use crate::department::DepartmentId;
use crate::fields::{self, UNKNOWN_DEPARTMENT, description, kept, kept_all};
use crate::name::Name;
use crate::nested::Nested;
use crate::skill::{Skill, skills};

/// A request for a new routing, or for the next version of one, as it came in.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RoutingDraft {
    /// Its name; required.
    pub name: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// What it makes.
    pub product_identifier: Option<String>,
    /// Whether an operation may begin at the first report of the one before; not if not given.
    pub allow_overlap: Option<bool>,
    /// Its operations in their order, as JSON objects; required.
    pub operations: Option<Vec<Value>>,
}

/// A request to take a routing into use or out of it, as it came in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RoutingPatch {
    /// Whether it is in use; required.
    pub is_active: Option<bool>,
}

/// The most operations of a routing, and the highest number of one.
const OPERATIONS: u8 = 200;
/// The most activities of an operation, and the highest sequence of one.
const ACTIVITIES: u8 = 100;
/// The most characters of instructions.
const INSTRUCTIONS: usize = 10_000;
const SEND_A_NAME: &str = "send 1 to 100 visible characters on one line";

impl RoutingDraft {
    /// What the version is to say; its operations have new ids.
    ///
    /// # Errors
    /// Every fault at once; whether departments and activities exist is for the store to say.
    pub fn validate(&self, ids: &dyn IdSource) -> Result<RoutingContent, Vec<Fault>> {
        let mut faults = Vec::new();
        let name = kept(fields::required_name(self.name.as_deref()), &mut faults);
        let about = self.description.as_deref().map(description).transpose();
        let about = kept(about.map(Option::flatten), &mut faults);
        let product = kept(product(self.product_identifier.as_deref()), &mut faults);
        let read = kept_all(operations(self.operations.as_deref(), ids), &mut faults);
        match (name, about, product, read) {
            (Some(name), Some(description), Some(product), Some(operations)) => Ok(RoutingContent {
                name,
                description,
                product,
                allow_overlap: self.allow_overlap.unwrap_or(false),
                operations,
            }),
            _ => Err(faults),
        }
    }
}

impl RoutingPatch {
    /// Whether the routing is to be in use.
    ///
    /// # Errors
    /// When that is not said.
    pub fn validate(&self) -> Result<bool, Vec<Fault>> {
        let mend = "must have isActive; PUT the whole routing to change the rest";
        self.is_active.ok_or_else(|| fields::nothing_to_change(mend))
    }
}

fn product(text: Option<&str>) -> Result<Option<Sku>, Fault> {
    text.map(Sku::try_new).transpose().map_err(|fault| {
        let message = format!("{fault}; {SEND_A_NAME}");
        Fault::new("productIdentifier", "INVALID_VALUE", message)
    })
}

fn operations(values: Option<&[Value]>, ids: &dyn IdSource) -> Result<Vec<OperationContent>, Vec<Fault>> {
    let Some(values) = values else {
        let message = format!("must be given; send 1 to {OPERATIONS} operations");
        return Err(vec![Fault::new("operations", "MISSING_FIELD", message)]);
    };
    if !(1..=usize::from(OPERATIONS)).contains(&values.len()) {
        let message = format!("must have 1 to {OPERATIONS} entries, this has {}", values.len());
        return Err(vec![Fault::new("operations", "OUT_OF_RANGE", message)]);
    }
    let (mut read, mut faults, mut last) = (Vec::with_capacity(values.len()), Vec::new(), 0);
    for (place, value) in (1..).zip(values) {
        let path = format!("operations.{}", place - 1);
        match operation(&path, value, ids.id(), place, &mut last) {
            Ok(operation) => read.push(operation),
            Err(found) => faults.extend(found),
        }
    }
    if faults.is_empty() { Ok(read) } else { Err(faults) }
}

/// `last` is the number of the operation before, and then of this one.
fn operation(
    path: &str,
    value: &Value,
    id: RoutingOperationId,
    place: i64,
    last: &mut u8,
) -> Result<OperationContent, Vec<Fault>> {
    let mut operation = Nested::of(path, value);
    let number = if value.is_object() { number(&mut operation, place, *last) } else { None };
    *last = number.unwrap_or(*last);
    let mend = format!("; {SEND_A_NAME}");
    let name = operation.read("operationName", "INVALID_VALUE", &mend, Name::try_new);
    let name = operation.required("operationName", name, SEND_A_NAME);
    let department = department(&mut operation);
    let times = OperationTimes {
        setup: minutes(&mut operation, "setupTimeMinutes"),
        run: minutes(&mut operation, "runTimeMinutes"),
        basis: operation
            .read("runTimeBasis", "UNKNOWN_VALUE", "", str::parse::<RunTimeBasis>)
            .unwrap_or(RunTimeBasis::PerOrder),
    };
    let instructions =
        operation.read("instructions", "INVALID_VALUE", "", |text| free_text(text, INSTRUCTIONS));
    let required_skills = required_skills(&mut operation);
    let activities = activities(&mut operation);
    let read = match (number, name, department) {
        (Some(number), Some(name), Some(department)) => Some(OperationContent {
            id,
            number,
            name,
            department,
            times,
            instructions: instructions.filter(|text| !text.is_empty()),
            required_skills,
            activities,
        }),
        _ => None,
    };
    operation.finish(read)
}

fn number(operation: &mut Nested<'_>, place: i64, last: u8) -> Option<u8> {
    const FIELD: &str = "operationNumber";
    let number = counted(operation, FIELD, place, OPERATIONS)?;
    if number > last {
        return Some(number);
    }
    let message =
        format!("must be greater than {last}, that of the operation before; leave out all numbers or none");
    operation.fault(FIELD, "INVALID_VALUE", message);
    None
}

/// A number from 1 to `max`; `place` if it is not given.
fn counted(nested: &mut Nested<'_>, field: &str, place: i64, max: u8) -> Option<u8> {
    let given = nested.integer(field);
    if given.is_none() && nested.value(field).is_some() {
        return None;
    }
    let number = u8::try_from(given.unwrap_or(place)).ok().filter(|number| (1..=max).contains(number));
    if number.is_none() {
        nested.fault(field, "OUT_OF_RANGE", format!("must be between 1 and {max}"));
    }
    number
}

fn department(operation: &mut Nested<'_>) -> Option<DepartmentId> {
    let text = operation.text("departmentId");
    let text = operation.required("departmentId", text, "send the id of one of the team's departments")?;
    let path = operation.path("departmentId");
    text.parse().map_err(|_| operation.more([Fault { field: path.into(), ..UNKNOWN_DEPARTMENT }])).ok()
}

fn minutes(operation: &mut Nested<'_>, field: &str) -> Minutes {
    let read = operation.decimal(field).map(Minutes::try_new).transpose();
    let read = read.map_err(|fault| operation.fault(field, "OUT_OF_RANGE", fault.to_string()));
    read.ok().flatten().unwrap_or(Minutes::ZERO)
}

fn required_skills(operation: &mut Nested<'_>) -> BTreeSet<Skill> {
    let texts = operation.texts("requiredSkills").unwrap_or_default();
    let read = skills(&operation.path("requiredSkills"), &texts);
    read.map_err(|faults| operation.more(faults)).unwrap_or_default()
}

fn activities(operation: &mut Nested<'_>) -> Vec<Collecting<ActivityId>> {
    const FIELD: &str = "dataCollectionActivities";
    let values = operation.list(FIELD).unwrap_or_default();
    if values.len() > usize::from(ACTIVITIES) {
        let message = format!("may have at most {ACTIVITIES} entries, this has {}", values.len());
        operation.fault(FIELD, "OUT_OF_RANGE", message);
        return Vec::new();
    }
    let mut read: Vec<Collecting<ActivityId>> = Vec::with_capacity(values.len());
    for (place, value) in (1..).zip(values) {
        let path = operation.path(&format!("{FIELD}.{}", place - 1));
        match collecting(&path, value, place, &read) {
            Ok(collecting) => read.push(collecting),
            Err(faults) => operation.more(faults),
        }
    }
    read.sort_by_key(|collecting| collecting.sequence);
    read
}

fn collecting(
    path: &str,
    value: &Value,
    place: i64,
    before: &[Collecting<ActivityId>],
) -> Result<Collecting<ActivityId>, Vec<Fault>> {
    let mut item = Nested::of(path, value);
    let id = item.text("id");
    let id = item.required("id", id, "send the id of one of the team's data collection activities");
    let id = id.and_then(|text| {
        text.parse::<ActivityId>().map_err(|_| item.more([beneath(path, UNKNOWN_ACTIVITY)])).ok()
    });
    if id.is_some_and(|id| before.iter().any(|other| other.activity == id)) {
        item.fault("id", "DUPLICATE_ACTIVITY", "stands there twice");
    }
    let is_required = item.flag("isRequired").unwrap_or(true);
    let sequence = counted(&mut item, "sequence", place, ACTIVITIES);
    if let Some(sequence) = sequence
        && before.iter().any(|other| other.sequence == sequence)
    {
        let message = format!("{sequence} is that of another activity of this operation; choose another");
        item.fault("sequence", "INVALID_VALUE", message);
    }
    let read = id.zip(sequence).map(|(activity, sequence)| Collecting { activity, is_required, sequence });
    item.finish(read)
}

#[cfg(test)]
mod tests;
