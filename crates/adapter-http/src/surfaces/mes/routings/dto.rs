//! What goes over the wire.

use chrono::{DateTime, Utc};
use kernel::manufacturing::Sku;
use production_ops::Skill;
use production_ops::data_collection::ActivityId;
use production_ops::routing::{Collecting, Named, Routing, RoutingOperation, RoutingSummary};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::super::Pagination;

/// A data collection activity of an operation to be.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents what the domain reads")]
#[schema(rename_all = "camelCase", example = json!({"id": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e55"}))]
pub(crate) struct OperationActivityRequest {
    /// An activity in use; none stands twice in an operation. Required.
    id: Option<String>,
    /// Whether the operation is not completed without its data; true if left out.
    is_required: Option<bool>,
    /// 1 to 100, each another in its operation; its place in the list if left out.
    sequence: Option<u8>,
}

/// An operation of a routing to be.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents what the domain reads")]
#[schema(rename_all = "camelCase", example = json!({
    "operationName": "Assembly Station 1", "departmentId": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e11", "setupTimeMinutes": 15,
    "runTimeMinutes": 45, "instructions": "Assemble components A and B using fixture F1",
    "requiredSkills": ["assembly", "quality_check"],
    "dataCollectionActivities": [{"id": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e55"}]
}))]
pub(crate) struct OperationRequest {
    /// 1 to 200, each greater than the one before; its place in the list if left out.
    operation_number: Option<u8>,
    /// At most 100 characters. Required.
    operation_name: Option<String>,
    /// A department in use. Required.
    department_id: Option<String>,
    /// Minutes of making ready, once an order: 0 to 100,000, with at most three decimals; 0 if left out.
    setup_time_minutes: Option<f64>,
    /// Minutes of work, with the same limits; 0 if left out.
    run_time_minutes: Option<f64>,
    /// `per_order` (if left out): the run time is that of the whole order. `per_unit`: of each unit it makes.
    run_time_basis: Option<String>,
    /// At most 10,000 characters.
    instructions: Option<String>,
    /// At most 100 skills that the operator must have, of at most 50 characters.
    required_skills: Option<Vec<String>>,
    /// At most 100.
    data_collection_activities: Option<Vec<OperationActivityRequest>>,
}

/// A routing to create, or the next version of one.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the bodies that `create` and `revise` read")]
#[schema(rename_all = "camelCase", example = json!({
    "name": "Widget Assembly v1.0", "description": "Standard widget assembly process", "productIdentifier": "WIDGET-A-001",
    "operations": [{
        "operationName": "Assembly Station 1", "departmentId": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e11",
        "setupTimeMinutes": 15, "runTimeMinutes": 45, "instructions": "Assemble components A and B using fixture F1",
        "requiredSkills": ["assembly", "quality_check"],
        "dataCollectionActivities": [{"id": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e55"}]
    }]
}))]
pub(crate) struct RoutingRequest {
    /// At most 100 characters; no two of a team differ by case alone. Required.
    name: Option<String>,
    /// At most 2,000 characters.
    description: Option<String>,
    /// What it makes, if that is one thing: at most 100 characters.
    product_identifier: Option<String>,
    /// Whether an operation may begin at the first report of the one before; false if left out.
    allow_overlap: Option<bool>,
    /// 1 to 200, in their order. Required.
    operations: Option<Vec<OperationRequest>>,
}

/// Whether a routing is to be in use.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the body that `change` reads")]
#[schema(rename_all = "camelCase", example = json!({"isActive": false}))]
pub(crate) struct ChangeRoutingRequest {
    /// Required.
    is_active: Option<bool>,
}

/// A department by its id and its name.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"id": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e11", "name": "Assembly"}))]
pub(crate) struct NamedDepartment {
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
pub(crate) struct OperationResponse {
    /// Another in each version.
    id: String,
    operation_number: u8,
    operation_name: String,
    department: NamedDepartment,
    #[schema(value_type = f64)]
    setup_time_minutes: Value,
    #[schema(value_type = f64)]
    run_time_minutes: Value,
    run_time_basis: &'static str,
    instructions: Option<String>,
    required_skills: Vec<String>,
    data_collection_activities: Vec<OperationActivityResponse>,
}

impl From<&RoutingOperation> for OperationResponse {
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
    id: String,
    name: String,
    description: Option<String>,
    /// `1.0` at first; a change makes `2.0`, and so on.
    version: String,
    is_active: bool,
    product_identifier: Option<String>,
    allow_overlap: bool,
    operations: Vec<OperationResponse>,
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
            operations: routing.operations.iter().map(OperationResponse::from).collect(),
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
    id: String,
    name: String,
    description: Option<String>,
    version: String,
    is_active: bool,
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
