//! `/api/v1/data-collection`.

use kernel::calendar;
use kernel::json::JsonObject;
use production_ops::collection::{Collection, CollectionError, CollectionFault, NewCollection};
use production_ops::ports::CollectionFilter;

use super::fields::{operator_ref, violation_fault};
use super::{MAX_LIMIT, MesErrorResponse, Pagination};
use crate::prelude::*;

const ALL: &str = "/api/v1/data-collection";

const READERS: &[Role] = &[Role::Admin, Role::Ops, Role::Accounts, Role::Operator];
const COLLECTORS: &[Role] = &[Role::Admin, Role::Ops, Role::Operator];

pub(crate) const ROUTES: &[Route] = &[
    route!(GET ALL => list_collected_data, RoutePolicy::granted(Scope::DataCollectionRead, READERS)),
    route!(POST ALL => submit_collected_data(SubmitDataRequest), RoutePolicy::granted(Scope::DataCollectionWrite, COLLECTORS)),
];

/// Data collected during an operation.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "workOrderOperationId": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e77",
    "dataCollectionActivityId": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e22",
    "operatorId": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e44", "collectedData": {
        "torqueReading": 45.2, "visualInspection": "pass", "notes": "All measurements within tolerance"
    }, "timestamp": "2025-01-20T09:30:00Z"
}))]
pub(crate) struct SubmitDataRequest {
    /// An operation that began.
    #[schema(value_type = Uuid)]
    work_order_operation_id: Field<String>,
    /// An activity in use, or one that the operation's routing asks for.
    #[schema(value_type = Uuid)]
    data_collection_activity_id: Field<String>,
    /// An operator's id, or that of the user linked to one.
    #[schema(value_type = Uuid)]
    operator_id: Field<String>,
    /// The values. Those of the activity's fields are held to them; other keys are kept.
    #[schema(value_type = Map<String, Value>)]
    collected_data: Field<JsonObject>,
    /// When they were collected; now if left out. At most five minutes ahead of the server's clock.
    #[schema(value_type = Option<DateTime<Utc>>)]
    timestamp: Field<String>,
}

impl RequestBody for SubmitDataRequest {
    type Domain = NewCollection;
    const WORDING: Wording = Wording::Plain;

    fn into_domain(self, faults: &mut Faults) -> Option<NewCollection> {
        let operation = faults.field("workOrderOperationId", self.work_order_operation_id);
        let operation = operation
            .code("UNKNOWN_WORK_ORDER_OPERATION")
            .missing_hint("send the operation during which the data was collected")
            .required(|text| text.parse().map_err(|_| CollectionFault::UnknownOperation));
        let activity = faults.field("dataCollectionActivityId", self.data_collection_activity_id);
        let activity = activity
            .code("UNKNOWN_ACTIVITY")
            .missing_hint("send what the data was collected for")
            .required(|text| text.parse().map_err(|_| CollectionFault::UnknownActivity));
        let operator = faults.field("operatorId", self.operator_id).code("UNKNOWN_OPERATOR");
        let operator = operator.missing_hint("send who collected the data").required(operator_ref);
        let data = faults.field("collectedData", self.collected_data);
        let data = data.missing_hint("send an object with the values").required_value();
        let collected_at = faults.field("timestamp", self.timestamp).code("INVALID_DATE");
        let collected_at = collected_at.optional(calendar::moment);
        Some(NewCollection {
            operation: operation?,
            activity: activity?,
            operator: operator?,
            data: data?,
            collected_at,
        })
    }
}

impl DomainError for CollectionError {
    fn wire_faults(&self) -> Vec<Fault> {
        if let Self::Refused(faults) = self { faults.iter().map(wire_fault).collect() } else { Vec::new() }
    }
}

fn wire_fault(fault: &CollectionFault) -> Fault {
    let (field, code) = match fault {
        CollectionFault::UnknownOperation => ("workOrderOperationId", "UNKNOWN_WORK_ORDER_OPERATION"),
        CollectionFault::UnknownActivity => ("dataCollectionActivityId", "UNKNOWN_ACTIVITY"),
        CollectionFault::InactiveActivity => ("dataCollectionActivityId", "INACTIVE_ACTIVITY"),
        CollectionFault::UnknownOperator => ("operatorId", "UNKNOWN_OPERATOR"),
        CollectionFault::InTheFuture => ("timestamp", "OUT_OF_RANGE"),
        CollectionFault::Violation(violation) => return violation_fault("collectedData", violation),
    };
    Fault::new(field, code, fault.to_string())
}

/// Collected data.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e88", "workOrderOperationId": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e77",
    "dataCollectionActivityId": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e22",
    "operatorId": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e44", "collectedData": {
        "torqueReading": 45.2, "visualInspection": "pass", "notes": "All measurements within tolerance"
    }, "collectedAt": "2025-01-20T09:30:00Z", "receivedAt": "2025-01-20T09:30:02Z", "conforming": true, "violations": []
}))]
pub(super) struct CollectedDataResponse {
    #[schema(value_type = Uuid)]
    id: String,
    #[schema(value_type = Uuid)]
    work_order_operation_id: String,
    #[schema(value_type = Uuid)]
    data_collection_activity_id: String,
    #[schema(value_type = Uuid)]
    operator_id: String,
    #[schema(value_type = Map<String, Value>)]
    collected_data: JsonObject,
    /// By the collector's clock where it told.
    collected_at: DateTime<Utc>,
    /// By the server's clock.
    received_at: DateTime<Utc>,
    /// Whether it is all that the fields want.
    conforming: bool,
    /// What it breaks, where the activity's `onViolation` is `record`.
    violations: Vec<ViolationResponse>,
}

/// A value that is not what its field wants.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"field": "torqueReading", "code": "OUT_OF_RANGE", "message": "must be at most 50"}))]
struct ViolationResponse {
    field: String,
    code: &'static str,
    message: String,
}

impl From<&Collection> for CollectedDataResponse {
    fn from(collection: &Collection) -> Self {
        let violations = collection.violations.iter().map(|violation| ViolationResponse {
            field: violation.field.to_string(),
            code: violation.code,
            message: violation.message.clone(),
        });
        Self {
            id: collection.id.to_string(),
            work_order_operation_id: collection.operation.to_string(),
            data_collection_activity_id: collection.activity.to_string(),
            operator_id: collection.operator.to_string(),
            collected_data: collection.data.clone(),
            collected_at: collection.collected_at,
            received_at: collection.received_at,
            conforming: collection.violations.is_empty(),
            violations: violations.collect(),
        }
    }
}

/// A part of the list of collected data.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct CollectedDataListResponse {
    data_collections: Vec<CollectedDataResponse>,
    pagination: Pagination,
}

/// List collected data
///
/// By when it was collected. What was captured when operations were completed stands here too.
#[utoipa::path(
    get, path = ALL, operation_id = "listCollectedData", tag = "Data collection",
    params(
        ("workOrderOperationId" = Option<Uuid>, Query, description = "Of this operation"),
        ("dataCollectionActivityId" = Option<Uuid>, Query, description = "Of this activity"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 500, description = "1 to 500, 50 by default"),
        ("offset" = Option<u32>, Query, minimum = 0, description = "Entries left out before the first one given"),
    ),
    responses(
        (status = 200, description = "A part of the list", body = CollectedDataListResponse),
        (status = 422, description = "A faulty parameter", body = MesErrorResponse),
    ),
)]
async fn list_collected_data(call: Call, mut query: Query) -> Result<HttpResponse, ApiError> {
    let filter = CollectionFilter {
        operation: query.id("workOrderOperationId"),
        activity: query.id("dataCollectionActivityId"),
    };
    let window = query.finish_window(MAX_LIMIT)?;
    let listing = call.services.plant.collections.list(call.actor.team, filter, window).await?;
    let pagination = Pagination::of(&listing, window);
    let data_collections = listing.items.iter().map(CollectedDataResponse::from).collect();
    Ok(HttpResponse::Ok().json(CollectedDataListResponse { data_collections, pagination }))
}

/// Submit collected data
///
/// What is required of the operation's activities must be here, or captured with the completion, before it is completed.
#[utoipa::path(
    post, path = ALL, operation_id = "submitCollectedData", tag = "Data collection",
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeating a request with the same key gives the first answer again, for 24 hours")),
    responses(
        (status = 201, description = "The data as it is kept", body = CollectedDataResponse),
        (status = 409, description = "`OPERATION_NOT_STARTED`, or `ORDER_CANCELLED`", body = MesErrorResponse),
        (status = 422, description = "Faulty fields, something unknown, or values that the activity does not let through", body = MesErrorResponse),
    ),
)]
async fn submit_collected_data(
    call: Call,
    body: JsonBody<SubmitDataRequest>,
) -> Result<HttpResponse, ApiError> {
    let written =
        body.once(&call, collected, |context, new| call.services.plant.collections.submit(context, new));
    send(written.await?, collected)
}

fn collected(collection: &Collection) -> StoredResponse {
    json_answer(StatusCode::CREATED, &CollectedDataResponse::from(collection))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::surfaces::mes::fields::assert_faults;
    use serde_json::json;

    #[test]
    fn every_fault_of_collected_data_is_named_at_once() {
        let fields = ["workOrderOperationId", "dataCollectionActivityId", "operatorId", "collectedData"];
        assert_faults::<SubmitDataRequest>(json!({}), &fields.map(|field| (field, "MISSING_FIELD")));
        let body = json!({
            "workOrderOperationId": "woo-uuid-1", "dataCollectionActivityId": "dca-uuid-111",
            "operatorId": "user-uuid-222", "collectedData": [], "timestamp": "2025-01-20",
        });
        let expected = [
            ("collectedData", "INVALID_TYPE"),
            ("workOrderOperationId", "UNKNOWN_WORK_ORDER_OPERATION"),
            ("dataCollectionActivityId", "UNKNOWN_ACTIVITY"),
            ("operatorId", "UNKNOWN_OPERATOR"),
            ("timestamp", "INVALID_DATE"),
        ];
        assert_faults::<SubmitDataRequest>(body, &expected);
    }
}
