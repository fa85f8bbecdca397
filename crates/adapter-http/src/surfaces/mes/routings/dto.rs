//! Wire types of routings.

use kernel::manufacturing::Sku;
use kernel::text::free_text;
use production_ops::data_collection::ActivityId;
use production_ops::routing::{
    Collecting, CollectingFault, Minutes, Named, NumberFault, OperationActivities, OperationContent,
    OperationNumbering, OperationTimes, Routing, RoutingContent, RoutingOperation, RoutingSummary,
    RunTimeBasis, Unusable, UnusableReference,
};
use production_ops::{Name, Skill, description};
use rust_decimal::Decimal;
use serde_json::Value;

use super::super::Pagination;
use super::super::fields::{
    NAME_HINT, UNKNOWN_ACTIVITY, UNKNOWN_DEPARTMENT, department, department_id, name, skills,
};
use crate::openapi::closed_sets as sets;
use crate::prelude::*;
use crate::request::field::{ListField, Object};

/// A data collection activity of an operation to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"id": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e55"}))]
pub(crate) struct OperationActivityRequest {
    /// An activity in use; none stands twice in an operation.
    #[schema(value_type = Uuid)]
    id: Field<String>,
    /// Whether the operation is not completed without its data; true if left out.
    #[schema(value_type = Option<bool>)]
    is_required: Field<bool>,
    /// Each another in its operation; its place in the list if left out.
    #[schema(value_type = Option<u8>, minimum = 1, maximum = 100)]
    sequence: Field<i64>,
}

/// An operation of a routing to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "operationName": "Assembly Station 1", "departmentId": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e11", "setupTimeMinutes": 15,
    "runTimeMinutes": 45, "instructions": "Assemble components A and B using fixture F1",
    "requiredSkills": ["assembly", "quality_check"],
    "dataCollectionActivities": [{"id": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e55"}]
}))]
pub(crate) struct OperationRequest {
    /// Each greater than the one before; its place in the list if left out.
    #[schema(value_type = Option<u8>, minimum = 1, maximum = 200)]
    operation_number: Field<i64>,
    #[schema(value_type = String, min_length = 1, max_length = 100)]
    operation_name: Field<String>,
    /// A department in use.
    #[schema(value_type = Uuid)]
    department_id: Field<String>,
    /// Minutes of making ready, once an order, with at most three decimals; 0 if left out.
    #[schema(value_type = Option<f64>, minimum = 0, maximum = 100000)]
    setup_time_minutes: Field<Decimal>,
    /// Minutes of work, with the same limits; 0 if left out.
    #[schema(value_type = Option<f64>, minimum = 0, maximum = 100000)]
    run_time_minutes: Field<Decimal>,
    /// `per_order` (if left out): the run time is that of the whole order. `per_unit`: of each unit it makes.
    #[schema(value_type = Option<sets::RunTimeBasis>)]
    run_time_basis: Field<String>,
    #[schema(value_type = Option<String>, max_length = 10000)]
    instructions: Field<String>,
    /// At most 100 skills that the operator must have, of at most 50 characters.
    #[schema(value_type = Option<Vec<String>>)]
    required_skills: Field<Vec<String>>,
    /// At most 100.
    #[schema(value_type = Option<Vec<OperationActivityRequest>>)]
    data_collection_activities: ListField<Object<OperationActivityRequest>>,
}

/// A routing to create, or the next version of one.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "name": "Widget Assembly v1.0", "description": "Standard widget assembly process", "productIdentifier": "WIDGET-A-001",
    "operations": [{
        "operationName": "Assembly Station 1", "departmentId": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e11",
        "setupTimeMinutes": 15, "runTimeMinutes": 45, "instructions": "Assemble components A and B using fixture F1",
        "requiredSkills": ["assembly", "quality_check"],
        "dataCollectionActivities": [{"id": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e55"}]
    }]
}))]
pub(crate) struct RoutingRequest {
    /// No two of a team differ by case alone.
    #[schema(value_type = String, min_length = 1, max_length = 100)]
    name: Field<String>,
    #[schema(value_type = Option<String>, max_length = 2000)]
    description: Field<String>,
    /// What it makes, if that is one thing.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 100)]
    product_identifier: Field<String>,
    /// Whether an operation may begin at the first report of the one before; false if left out.
    #[schema(value_type = Option<bool>)]
    allow_overlap: Field<bool>,
    /// In their order.
    #[schema(value_type = Vec<OperationRequest>, min_items = 1, max_items = 200)]
    operations: ListField<Object<OperationRequest>>,
}

/// Whether a routing is to be in use.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"isActive": false}))]
pub(crate) struct ChangeRoutingRequest {
    /// Required.
    #[schema(value_type = Option<bool>)]
    is_active: Field<bool>,
}

impl RequestBody for RoutingRequest {
    type Domain = RoutingContent;
    const WORDING: Wording = Wording::Plain;

    fn into_domain(self, faults: &mut Faults) -> Option<RoutingContent> {
        let name = name(faults, self.name).required(Name::try_new);
        let description = faults.field("description", self.description).optional(description);
        let product = faults.field("productIdentifier", self.product_identifier).hint(NAME_HINT);
        let product = product.optional(Sku::try_new);
        let allow_overlap = faults.field("allowOverlap", self.allow_overlap).given();
        let mut numbering = OperationNumbering::default();
        let operations = self.operations.demanding("must be a list of objects");
        let operations = faults.list_at(
            "operations",
            operations,
            (RoutingContent::MAX_OPERATIONS.into(), Some("send 1 to 200 operations")),
            |place, operation, faults| operation.content(place, &mut numbering, faults),
        );
        Some(RoutingContent {
            name: name?,
            description: description.flatten(),
            product,
            allow_overlap: allow_overlap.unwrap_or(false),
            operations: operations?,
        })
    }
}

impl RequestBody for ChangeRoutingRequest {
    /// Whether the routing is to be in use.
    type Domain = bool;
    const WORDING: Wording = Wording::Plain;

    fn into_domain(self, faults: &mut Faults) -> Option<bool> {
        let is_active = faults.field("isActive", self.is_active).given();
        faults.some_change(is_active, "must have isActive; PUT the whole routing to change the rest")?
    }
}

impl OperationRequest {
    fn content(
        self,
        place: usize,
        numbering: &mut OperationNumbering,
        faults: &mut Faults,
    ) -> Option<OperationContent> {
        let number = self.number(place, numbering, faults);
        let name = faults.field("operationName", self.operation_name).hint(NAME_HINT).required(Name::try_new);
        let department = department(faults, self.department_id).required(department_id);
        let times = OperationTimes {
            setup: minutes(faults, "setupTimeMinutes", self.setup_time_minutes),
            run: minutes(faults, "runTimeMinutes", self.run_time_minutes),
            basis: faults
                .field("runTimeBasis", self.run_time_basis)
                .code("UNKNOWN_VALUE")
                .optional(str::parse)
                .unwrap_or(RunTimeBasis::PerOrder),
        };
        let instructions = faults.field("instructions", self.instructions);
        let instructions = instructions.optional(|text| free_text(text, OperationContent::MAX_INSTRUCTIONS));
        let required_skills = skills(faults, "requiredSkills", self.required_skills);
        let activities = activities(faults, self.data_collection_activities);
        Some(OperationContent {
            number: number?,
            name: name?,
            department: department?,
            times,
            instructions: instructions.filter(|text| !text.is_empty()),
            required_skills: required_skills.unwrap_or_default(),
            activities,
        })
    }

    fn number(&self, place: usize, numbering: &mut OperationNumbering, faults: &mut Faults) -> Option<u8> {
        const FIELD: &str = "operationNumber";
        let is_mistyped = matches!(self.operation_number, Field::Mistyped(_));
        let given = faults.field(FIELD, self.operation_number.clone()).given();
        if is_mistyped {
            return None;
        }
        let number = numbering.number(place, given);
        number
            .map_err(|fault| {
                let code = match fault {
                    NumberFault::OutOfRange => "OUT_OF_RANGE",
                    NumberFault::NotRising(_) => "INVALID_VALUE",
                };
                faults.add(FIELD, code, fault);
            })
            .ok()
    }
}

fn minutes(faults: &mut Faults, name: &str, field: Field<Decimal>) -> Minutes {
    let minutes = faults.field(name, field).code("OUT_OF_RANGE").optional(Minutes::try_new);
    minutes.unwrap_or(Minutes::ZERO)
}

fn activities(
    faults: &mut Faults,
    field: ListField<Object<OperationActivityRequest>>,
) -> OperationActivities {
    let mut activities = OperationActivities::default();
    let max = OperationActivities::MAX.into();
    faults.optional_list("dataCollectionActivities", field, max, |place, activity, faults| {
        let collecting = faults.faultless(|faults| activity.collecting(place, &activities, faults))?;
        activities.add(collecting).ok()
    });
    activities
}

impl OperationActivityRequest {
    fn collecting(
        self,
        place: usize,
        before: &OperationActivities,
        faults: &mut Faults,
    ) -> Option<Collecting<ActivityId>> {
        let id = faults.field("id", self.id).code("UNKNOWN_ACTIVITY");
        let id = id.missing_hint("send the id of one of the team's data collection activities");
        let id = id.required(|text| text.parse::<ActivityId>().map_err(|_| UNKNOWN_ACTIVITY));
        if let Some(Err(fault)) = id.map(|id| before.check_activity(id)) {
            faults.add("id", "DUPLICATE_ACTIVITY", fault);
        }
        let is_required = faults.field("isRequired", self.is_required).given().unwrap_or(true);
        let is_mistyped = matches!(self.sequence, Field::Mistyped(_));
        let given = faults.field("sequence", self.sequence).given();
        if is_mistyped {
            return None;
        }
        let sequence = before.check_sequence(place, given).map_err(|fault| {
            let is_taken = matches!(fault, CollectingFault::SequenceTaken(_));
            faults.add("sequence", if is_taken { "INVALID_VALUE" } else { "OUT_OF_RANGE" }, fault);
        });
        Some(Collecting { activity: id?, is_required, sequence: sequence.ok()? })
    }
}

/// How a department or an activity that can't be named is worded.
pub(super) fn wire_fault(reference: UnusableReference) -> Fault {
    let UnusableReference { operation, activity, why } = reference;
    match activity {
        None => {
            let (code, message) = match why {
                Unusable::Unknown => ("UNKNOWN_DEPARTMENT", UNKNOWN_DEPARTMENT),
                Unusable::Inactive => (
                    "INACTIVE_DEPARTMENT",
                    "names a department that is out of use; send the id of one in use",
                ),
            };
            Fault::new(format!("operations.{operation}.departmentId"), code, message)
        }
        Some(activity) => {
            let (code, message) = match why {
                Unusable::Unknown => ("UNKNOWN_ACTIVITY", UNKNOWN_ACTIVITY),
                Unusable::Inactive => (
                    "INACTIVE_ACTIVITY",
                    "names a data collection activity that is out of use; send the id of one in use",
                ),
            };
            let field = format!("operations.{operation}.dataCollectionActivities.{activity}.id");
            Fault::new(field, code, message)
        }
    }
}

/// A department by its id and its name.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"id": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e11", "name": "Assembly"}))]
pub(crate) struct NamedDepartment {
    #[schema(value_type = Uuid)]
    id: String,
    name: String,
}

/// A data collection activity of an operation.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e55", "name": "Torque Measurement", "isRequired": true, "sequence": 1
}))]
pub(crate) struct OperationActivityResponse {
    #[schema(value_type = Uuid)]
    id: String,
    name: String,
    is_required: bool,
    sequence: u8,
}

impl From<&Collecting<Named<ActivityId>>> for OperationActivityResponse {
    fn from(collecting: &Collecting<Named<ActivityId>>) -> Self {
        Self {
            id: collecting.activity.id.to_string(),
            name: collecting.activity.name.as_str().to_owned(),
            is_required: collecting.is_required,
            sequence: collecting.sequence,
        }
    }
}

/// An operation of a routing.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e88", "operationNumber": 1, "operationName": "Assembly Station 1",
    "department": {"id": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e11", "name": "Assembly"},
    "setupTimeMinutes": 15, "runTimeMinutes": 45, "runTimeBasis": "per_order",
    "instructions": "Assemble components A and B using fixture F1", "requiredSkills": ["assembly", "quality_check"],
    "dataCollectionActivities": [{
        "id": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e55", "name": "Torque Measurement", "isRequired": true, "sequence": 1
    }]
}))]
pub(crate) struct RoutingOperationResponse {
    /// Another in each version.
    #[schema(value_type = Uuid)]
    id: String,
    operation_number: u8,
    operation_name: String,
    department: NamedDepartment,
    #[schema(value_type = f64)]
    setup_time_minutes: Value,
    #[schema(value_type = f64)]
    run_time_minutes: Value,
    #[schema(value_type = sets::RunTimeBasis)]
    run_time_basis: &'static str,
    #[schema(required)]
    instructions: Option<String>,
    required_skills: Vec<String>,
    data_collection_activities: Vec<OperationActivityResponse>,
}

impl From<&RoutingOperation> for RoutingOperationResponse {
    fn from(operation: &RoutingOperation) -> Self {
        let department = &operation.department;
        Self {
            id: operation.id.to_string(),
            operation_number: operation.number,
            operation_name: operation.name.as_str().to_owned(),
            department: NamedDepartment {
                id: department.id.to_string(),
                name: department.name.as_str().to_owned(),
            },
            setup_time_minutes: operation.times.setup.to_json(),
            run_time_minutes: operation.times.run.to_json(),
            run_time_basis: operation.times.basis.as_str(),
            instructions: operation.instructions.as_deref().map(str::to_owned),
            required_skills: operation.required_skills.iter().map(Skill::as_str).map(str::to_owned).collect(),
            data_collection_activities: operation.activities.iter().map(Into::into).collect(),
        }
    }
}

/// A routing in one of its versions.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e77", "name": "Widget Assembly v1.0",
    "description": "Standard widget assembly process", "version": "1.0", "isActive": true,
    "productIdentifier": "WIDGET-A-001", "allowOverlap": false,
    "operations": [{
        "id": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e88", "operationNumber": 1, "operationName": "Assembly Station 1",
        "department": {"id": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e11", "name": "Assembly"},
        "setupTimeMinutes": 15, "runTimeMinutes": 45, "runTimeBasis": "per_order",
        "instructions": "Assemble components A and B using fixture F1", "requiredSkills": ["assembly", "quality_check"],
        "dataCollectionActivities": [{
            "id": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e55", "name": "Torque Measurement", "isRequired": true, "sequence": 1
        }]
    }],
    "createdAt": "2025-01-10T09:00:00Z", "updatedAt": "2025-01-12T14:30:00Z"
}))]
pub(crate) struct RoutingResponse {
    /// The same in every version.
    #[schema(value_type = Uuid)]
    id: String,
    name: String,
    #[schema(required)]
    description: Option<String>,
    /// `1.0` at first; a change makes `2.0`, and so on.
    version: String,
    is_active: bool,
    #[schema(required)]
    product_identifier: Option<String>,
    allow_overlap: bool,
    operations: Vec<RoutingOperationResponse>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<&Routing> for RoutingResponse {
    fn from(routing: &Routing) -> Self {
        Self {
            id: routing.id.to_string(),
            name: routing.name.as_str().to_owned(),
            description: routing.description.as_deref().map(str::to_owned),
            version: routing.version.to_string(),
            is_active: routing.is_active,
            product_identifier: routing.product.as_ref().map(Sku::as_str).map(str::to_owned),
            allow_overlap: routing.allow_overlap,
            operations: routing.operations.iter().map(RoutingOperationResponse::from).collect(),
            created_at: routing.created_at,
            updated_at: routing.updated_at,
        }
    }
}

/// A routing in a list, in its latest version.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e77", "name": "Widget Assembly v1.0",
    "description": "Standard widget assembly process", "version": "1.0", "isActive": true,
    "productIdentifier": "WIDGET-A-001", "allowOverlap": false, "operationsCount": 4,
    "estimatedCycleTimeSeconds": 14400, "createdAt": "2025-01-10T09:00:00Z"
}))]
pub(crate) struct RoutingSummaryResponse {
    #[schema(value_type = Uuid)]
    id: String,
    name: String,
    #[schema(required)]
    description: Option<String>,
    version: String,
    is_active: bool,
    #[schema(required)]
    product_identifier: Option<String>,
    allow_overlap: bool,
    operations_count: u32,
    /// Setup and run of all operations; a run time per unit counts once.
    estimated_cycle_time_seconds: i64,
    created_at: DateTime<Utc>,
}

impl From<&RoutingSummary> for RoutingSummaryResponse {
    fn from(routing: &RoutingSummary) -> Self {
        Self {
            id: routing.id.to_string(),
            name: routing.name.as_str().to_owned(),
            description: routing.description.as_deref().map(str::to_owned),
            version: routing.version.to_string(),
            is_active: routing.is_active,
            product_identifier: routing.product.as_ref().map(Sku::as_str).map(str::to_owned),
            allow_overlap: routing.allow_overlap,
            operations_count: routing.operations,
            estimated_cycle_time_seconds: routing.cycle_seconds,
            created_at: routing.created_at,
        }
    }
}

/// A part of the list of routings.
#[derive(Serialize, ToSchema)]
pub(crate) struct RoutingListResponse {
    pub(super) routings: Vec<RoutingSummaryResponse>,
    pub(super) pagination: Pagination,
}

#[cfg(test)]
mod tests;
