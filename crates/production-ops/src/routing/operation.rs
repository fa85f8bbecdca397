use std::collections::{BTreeMap, BTreeSet};

use kernel::clock::IdSource;
use kernel::manufacturing::Sku;
use serde_json::{Value, json};

use super::values::OperationTimes;
use crate::data_collection::ActivityId;
use crate::department::DepartmentId;
use crate::name::Name;
use crate::skill::Skill;

kernel::id_type!(RoutingOperationId, RoutingOperation, "routing_operation");

/// What a version of a routing is to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoutingContent {
    /// No two of a team differ by case alone.
    pub name: Name,
    /// Free text of 1 to 2,000 characters.
    pub description: Option<Box<str>>,
    /// What it makes, if that is one thing.
    pub product: Option<Sku>,
    /// Whether an operation may begin at the first report of the one before.
    pub allow_overlap: bool,
    /// 1 to 200 operations, by number.
    pub operations: Vec<OperationContent>,
}

/// What an operation of a routing is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperationContent {
    /// Its place among the routing's: 1 to 200, each higher than the one before.
    pub number: u8,
    pub name: Name,
    pub department: DepartmentId,
    pub times: OperationTimes,
    /// How it is done: free text of 1 to 10,000 characters.
    pub instructions: Option<Box<str>>,
    /// What its operator must be able to do.
    pub required_skills: BTreeSet<Skill>,
    /// What is collected while it runs.
    pub activities: OperationActivities,
}

/// An operation of a routing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoutingOperation {
    /// Another in each version.
    pub id: RoutingOperationId,
    /// Its place among the routing's: 1 to 200, each higher than the one before.
    pub number: u8,
    pub name: Name,
    pub department: Named<DepartmentId>,
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
    pub id: I,
    pub name: Name,
}

/// Those of the departments and activities that a content names that the team has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct References {
    pub departments: BTreeMap<DepartmentId, Reference>,
    pub activities: BTreeMap<ActivityId, Reference>,
}

/// Something that a content may name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    pub name: Name,
    /// What is out of use may not be named anew.
    pub is_active: bool,
}

/// A department or an activity that a content names and may not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnusableReference {
    /// The place of the operation that names it, from 0.
    pub operation: usize,
    /// The place of the activity among the operation's, from 0; `None` of the operation's department.
    pub activity: Option<usize>,
    pub why: Unusable,
}

/// Why a department or an activity can't be named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unusable {
    /// The team has none of that id.
    Unknown,
    /// It is out of use.
    Inactive,
}

/// Gives operations their numbers, each greater than the one before.
#[derive(Debug, Default)]
pub struct OperationNumbering {
    last: u8,
}

/// Why an operation can't have a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NumberFault {
    #[error("must be between 1 and {}", RoutingContent::MAX_OPERATIONS)]
    OutOfRange,
    #[error("must be greater than {0}, that of the operation before; leave out all numbers or none")]
    NotRising(u8),
}

impl OperationNumbering {
    /// The number of the operation at a place, from 0: the given one, or else that of its place, from 1.
    ///
    /// # Errors
    /// When it is out of range, or not greater than the one before.
    pub fn number(&mut self, place: usize, given: Option<i64>) -> Result<u8, NumberFault> {
        let number =
            number_at(place, given, RoutingContent::MAX_OPERATIONS).ok_or(NumberFault::OutOfRange)?;
        if number <= self.last {
            return Err(NumberFault::NotRising(self.last));
        }
        self.last = number;
        Ok(number)
    }
}

/// The given number, or that of a place; `None` if it is not from 1 to `max`.
fn number_at(place: usize, given: Option<i64>, max: u8) -> Option<u8> {
    let number = match given {
        Some(given) => u8::try_from(given).ok(),
        None => u8::try_from(place + 1).ok(),
    };
    number.filter(|number| (1..=max).contains(number))
}

/// The data collection activities of an operation: at most 100, by sequence, none twice.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OperationActivities(Vec<Collecting<ActivityId>>);

/// Why an operation can't have an activity too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CollectingFault {
    #[error("stands there twice")]
    Duplicate,
    #[error("must be between 1 and {}", OperationActivities::MAX)]
    OutOfRange,
    #[error("{0} is that of another activity of this operation; choose another")]
    SequenceTaken(u8),
}

impl OperationActivities {
    /// The most there may be, and the highest sequence of one.
    pub const MAX: u8 = 100;

    /// Takes an activity that is not there yet.
    ///
    /// # Errors
    /// [`CollectingFault::Duplicate`].
    pub fn check_activity(&self, activity: ActivityId) -> Result<ActivityId, CollectingFault> {
        let is_there = self.iter().any(|other| other.activity == activity);
        if is_there { Err(CollectingFault::Duplicate) } else { Ok(activity) }
    }

    /// The sequence of the activity at a place of the request, from 0: the given one, or else that of its place, from 1.
    ///
    /// # Errors
    /// When it is out of range or another's.
    pub fn check_sequence(&self, place: usize, given: Option<i64>) -> Result<u8, CollectingFault> {
        let sequence = number_at(place, given, Self::MAX).ok_or(CollectingFault::OutOfRange)?;
        let is_taken = self.iter().any(|other| other.sequence == sequence);
        if is_taken { Err(CollectingFault::SequenceTaken(sequence)) } else { Ok(sequence) }
    }

    /// Adds an activity at the place of its sequence.
    ///
    /// # Errors
    /// When it is there already, or its sequence is another's.
    pub fn add(&mut self, collecting: Collecting<ActivityId>) -> Result<(), CollectingFault> {
        self.check_activity(collecting.activity)?;
        self.check_sequence(0, Some(collecting.sequence.into()))?;
        let place = self.0.partition_point(|other| other.sequence < collecting.sequence);
        self.0.insert(place, collecting);
        Ok(())
    }

    /// The activities, by sequence.
    pub fn iter(&self) -> impl Iterator<Item = &Collecting<ActivityId>> {
        self.0.iter()
    }
}

impl RoutingContent {
    /// The most operations, and the highest number of one.
    pub const MAX_OPERATIONS: u8 = 200;

    /// The departments it names.
    pub fn departments(&self) -> BTreeSet<DepartmentId> {
        self.operations.iter().map(|operation| operation.department).collect()
    }

    /// The data collection activities it names.
    pub fn activities(&self) -> BTreeSet<ActivityId> {
        let activities = self.operations.iter().flat_map(|operation| operation.activities.iter());
        activities.map(|collecting| collecting.activity).collect()
    }

    /// Its operations, under new ids, with the names of what they name.
    ///
    /// # Errors
    /// Every department and activity that the team has not, or that is out of use, at once.
    pub fn resolve(
        &self,
        known: &References,
        ids: &dyn IdSource,
    ) -> Result<Vec<RoutingOperation>, Vec<UnusableReference>> {
        let mut unusable = Vec::new();
        let operations = self.operations.iter().enumerate().filter_map(|(place, operation)| {
            operation.resolve(known, ids, |activity, why| {
                unusable.push(UnusableReference { operation: place, activity, why });
            })
        });
        let operations = operations.collect();
        if unusable.is_empty() { Ok(operations) } else { Err(unusable) }
    }
}

impl OperationContent {
    /// The most characters of instructions.
    pub const MAX_INSTRUCTIONS: usize = 10_000;

    fn resolve(
        &self,
        known: &References,
        ids: &dyn IdSource,
        mut refuse: impl FnMut(Option<usize>, Unusable),
    ) -> Option<RoutingOperation> {
        let department = named(self.department, known.departments.get(&self.department));
        let department = department.map_err(|why| refuse(None, why)).ok();
        let activities = self.activities.iter().enumerate().filter_map(|(place, collecting)| {
            let activity = named(collecting.activity, known.activities.get(&collecting.activity));
            let activity = activity.map_err(|why| refuse(Some(place), why)).ok()?;
            Some(Collecting { activity, is_required: collecting.is_required, sequence: collecting.sequence })
        });
        let activities = activities.collect();
        Some(RoutingOperation {
            id: ids.id(),
            number: self.number,
            name: self.name.clone(),
            department: department?,
            times: self.times,
            instructions: self.instructions.clone(),
            required_skills: self.required_skills.clone(),
            activities,
        })
    }
}

fn named<I>(id: I, found: Option<&Reference>) -> Result<Named<I>, Unusable> {
    match found {
        None => Err(Unusable::Unknown),
        Some(found) if !found.is_active => Err(Unusable::Inactive),
        Some(found) => Ok(Named { id, name: found.name.clone() }),
    }
}

impl RoutingOperation {
    /// Whether it is what `content` says.
    pub(super) fn says(&self, content: &OperationContent) -> bool {
        let activities = self.activities.iter().map(|collecting| Collecting {
            activity: collecting.activity.id,
            is_required: collecting.is_required,
            sequence: collecting.sequence,
        });
        let own = OperationContent {
            number: self.number,
            name: self.name.clone(),
            department: self.department.id,
            times: self.times,
            instructions: self.instructions.clone(),
            required_skills: self.required_skills.clone(),
            activities: OperationActivities(activities.collect()),
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
