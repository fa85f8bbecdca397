use std::collections::{BTreeMap, BTreeSet};

use kernel::error::Fault;
use kernel::manufacturing::Sku;
use serde_json::{Value, json};

use super::values::OperationTimes;
use crate::data_collection::ActivityId;
use crate::department::DepartmentId;
use crate::fields::{UNKNOWN_DEPARTMENT, fixed};
use crate::name::Name;
use crate::skill::Skill;

kernel::id_type!(RoutingOperationId, RoutingOperation, "routing_operation");

/// What a version of a routing says, as it is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoutingContent {
    /// Its name; no two of a team differ by case alone.
    pub name: Name,
    /// What it is for: free text of 1 to 2,000 characters.
    pub description: Option<Box<str>>,
    /// What it makes, if that is one thing.
    pub product: Option<Sku>,
    /// Whether an operation may begin at the first report of the one before.
    pub allow_overlap: bool,
    /// 1 to 200 operations, by number.
    pub operations: Vec<OperationContent>,
}

/// An operation of a routing, as it is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperationContent {
    /// Its id, if it is stored.
    pub id: RoutingOperationId,
    /// Its place among the routing's: 1 to 200, each higher than the one before.
    pub number: u8,
    /// Its name.
    pub name: Name,
    /// Where it is done.
    pub department: DepartmentId,
    /// How long it is to take.
    pub times: OperationTimes,
    /// How it is done: free text of 1 to 10,000 characters.
    pub instructions: Option<Box<str>>,
    /// What its operator must be able to do.
    pub required_skills: BTreeSet<Skill>,
    /// What is collected while it runs, by sequence.
    pub activities: Vec<Collecting<ActivityId>>,
}

/// An operation of a routing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoutingOperation {
    /// Its id.
    pub id: RoutingOperationId,
    /// Its place among the routing's: 1 to 200, each higher than the one before.
    pub number: u8,
    /// Its name.
    pub name: Name,
    /// Where it is done.
    pub department: Named<DepartmentId>,
    /// How long it is to take.
    pub times: OperationTimes,
    /// How it is done: free text of 1 to 10,000 characters.
    pub instructions: Option<Box<str>>,
    /// What its operator must be able to do.
    pub required_skills: BTreeSet<Skill>,
    /// What is collected while it runs, by sequence.
    pub activities: Vec<Collecting<Named<ActivityId>>>,
}

/// A data collection activity of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Collecting<A> {
    /// Which one; no other of the operation is the same.
    pub activity: A,
    /// Whether the operation is not completed without its data.
    pub is_required: bool,
    /// Its place among the operation's: 1 to 100.
    pub sequence: u8,
}

/// Something with the name that it has now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named<I> {
    /// Its id.
    pub id: I,
    /// Its name.
    pub name: Name,
}

/// What a team has of the departments and activities that a content names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct References {
    /// Departments.
    pub departments: BTreeMap<DepartmentId, Reference>,
    /// Data collection activities.
    pub activities: BTreeMap<ActivityId, Reference>,
}

/// Something that a content may name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// Its name.
    pub name: Name,
    /// Whether it is in use: what is not may not be named anew.
    pub is_active: bool,
}

/// One fault for a malformed id and for one that does not exist: neither names an activity.
pub(super) const UNKNOWN_ACTIVITY: Fault = fixed(
    "id",
    "UNKNOWN_ACTIVITY",
    "names no data collection activity of the team; send the id of one that exists",
);
const INACTIVE_DEPARTMENT: Fault = fixed(
    "departmentId",
    "INACTIVE_DEPARTMENT",
    "names a department that is out of use; send the id of one in use",
);
const INACTIVE_ACTIVITY: Fault = fixed(
    "id",
    "INACTIVE_ACTIVITY",
    "names a data collection activity that is out of use; send the id of one in use",
);

impl RoutingContent {
    /// The departments it names.
    pub fn departments(&self) -> BTreeSet<DepartmentId> {
        self.operations.iter().map(|operation| operation.department).collect()
    }

    /// The data collection activities it names.
    pub fn activities(&self) -> BTreeSet<ActivityId> {
        let activities = self.operations.iter().flat_map(|operation| &operation.activities);
        activities.map(|collecting| collecting.activity).collect()
    }

    /// Its operations with the names of what they name.
    ///
    /// # Errors
    /// Every department and activity that the team has not, or that is out of use, at once.
    pub fn resolve(&self, known: &References) -> Result<Vec<RoutingOperation>, Vec<Fault>> {
        let mut faults = Vec::new();
        let operations = self.operations.iter().enumerate().filter_map(|(at, operation)| {
            let found = operation.resolve(&format!("operations.{at}"), known);
            found.map_err(|found| faults.extend(found)).ok()
        });
        let operations = operations.collect();
        if faults.is_empty() { Ok(operations) } else { Err(faults) }
    }
}

impl OperationContent {
    fn resolve(&self, path: &str, known: &References) -> Result<RoutingOperation, Vec<Fault>> {
        let mut faults = Vec::new();
        let department = known.departments.get(&self.department);
        let department = named(self.department, department, [UNKNOWN_DEPARTMENT, INACTIVE_DEPARTMENT])
            .map_err(|fault| faults.push(beneath(path, fault)));
        let activities = self.activities.iter().enumerate().filter_map(|(at, collecting)| {
            let activity = known.activities.get(&collecting.activity);
            let activity = named(collecting.activity, activity, [UNKNOWN_ACTIVITY, INACTIVE_ACTIVITY]);
            let path = format!("{path}.dataCollectionActivities.{at}");
            let activity = activity.map_err(|fault| faults.push(beneath(&path, fault))).ok()?;
            Some(Collecting { activity, is_required: collecting.is_required, sequence: collecting.sequence })
        });
        let activities = activities.collect();
        match department {
            Ok(department) if faults.is_empty() => Ok(RoutingOperation {
                id: self.id,
                number: self.number,
                name: self.name.clone(),
                department,
                times: self.times,
                instructions: self.instructions.clone(),
                required_skills: self.required_skills.clone(),
                activities,
            }),
            _ => Err(faults),
        }
    }
}

fn named<I>(id: I, found: Option<&Reference>, [unknown, inactive]: [Fault; 2]) -> Result<Named<I>, Fault> {
    match found {
        None => Err(unknown),
        Some(found) if !found.is_active => Err(inactive),
        Some(found) => Ok(Named { id, name: found.name.clone() }),
    }
}

/// The fault of a field of what stands at `path`.
pub(super) fn beneath(path: &str, fault: Fault) -> Fault {
    Fault { field: format!("{path}.{}", fault.field).into(), ..fault }
}

impl RoutingOperation {
    /// Whether it is what `content` asks for; under which id is all the same.
    pub(super) fn says(&self, content: &OperationContent) -> bool {
        let activities = self.activities.iter().map(|collecting| Collecting {
            activity: collecting.activity.id,
            is_required: collecting.is_required,
            sequence: collecting.sequence,
        });
        let own = OperationContent {
            id: content.id,
            number: self.number,
            name: self.name.clone(),
            department: self.department.id,
            times: self.times,
            instructions: self.instructions.clone(),
            required_skills: self.required_skills.clone(),
            activities: activities.collect(),
        };
        own == *content
    }

    /// The operation as JSON, for the audit trail.
    pub(super) fn to_json(&self) -> Value {
        let activities = self.activities.iter().map(|collecting| {
            json!({
                "id": collecting.activity.id.uuid(),
                "isRequired": collecting.is_required,
                "sequence": collecting.sequence,
            })
        });
        json!({
            "id": self.id.uuid(),
            "operationNumber": self.number,
            "operationName": self.name.as_str(),
            "departmentId": self.department.id.uuid(),
            "setupTimeMinutes": self.times.setup.to_json(),
            "runTimeMinutes": self.times.run.to_json(),
            "runTimeBasis": self.times.basis.as_str(),
            "instructions": self.instructions,
            "requiredSkills": self.required_skills.iter().map(Skill::as_str).collect::<Vec<_>>(),
            "dataCollectionActivities": activities.collect::<Vec<_>>(),
        })
    }
}
