//! Wire types of operations.

use kernel::json::JsonObject;
use kernel::quantity::{Amount, Quantity};
use production_ops::data_collection::CaptureFault;
use production_ops::json::without_nul;
use production_ops::operation::{
    Action, ActionFault, ActionRequest, Correction, CorrectionReason, OperationStatus, OperatorRef,
    QuantityField, QuantityReport, Segment, Totals,
};
use production_ops::pause_reason::PauseReasonId;
use production_ops::ports::{ActionOutcome, OperationDetail, OperationView};
use rust_decimal::Decimal;

use super::super::fields::{operator_ref, violation_fault};
use super::super::{DepartmentRef, Pagination};
use crate::openapi::closed_sets as sets;
use crate::prelude::*;

/// What to do with an operation. Each action reads the fields that it takes and leaves the others alone.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "action": "complete", "capturedData": {
        "torqueReading": 45.2, "qualityCheck": true, "notes": "Operation completed successfully"
    }, "quantityCompleted": 100, "quantityRejected": 0
}))]
pub(crate) struct ActOnOperationRequest {
    /// `start`, `pause`, `resume`, `report`, `complete` or `correct`.
    #[schema(value_type = sets::Action)]
    action: Field<String>,
    /// Who does it: an operator's id, or that of the user linked to one. Required to start; elsewhere somebody else than
    /// who works on it takes it over, which the time segments record.
    #[schema(value_type = Option<Uuid>)]
    operator_id: Field<String>,
    /// Why the operation stands still. Required to pause.
    #[schema(value_type = Option<Uuid>)]
    pause_reason_id: Field<String>,
    /// To complete: what was noted. Fields of the operation's data collection activities are held to them, and count as
    /// their data; other keys are kept.
    #[schema(value_type = Option<Map<String, Value>>)]
    captured_data: Field<JsonObject>,
    /// To report: how many more are good. To complete: how many are good in all; what was handed on less what was
    /// rejected if left out. To correct: how many more, or less than zero: fewer, are good than was reported; never fewer
    /// than the next operation has used. Good and rejected together never pass what the operation before handed on.
    #[schema(value_type = Option<f64>, minimum = 0, exclusive_maximum = 1_000_000_000_000_i64)]
    quantity_completed: Field<Decimal>,
    /// To report: how many more are rejected. To complete: how many in all; what was reported if left out. To correct: how
    /// many more, or less than zero: fewer.
    #[schema(value_type = Option<f64>, minimum = 0, exclusive_maximum = 1_000_000_000_000_i64)]
    quantity_rejected: Field<Decimal>,
    /// To report: how many more were gone over again. To complete: how many in all; what was reported if left out.
    #[schema(value_type = Option<f64>, minimum = 0, exclusive_maximum = 1_000_000_000_000_i64)]
    quantity_reworked: Field<Decimal>,
    /// To correct, required: why what was reported is wrong; at most 500 characters.
    #[schema(value_type = Option<String>, max_length = 500)]
    reason: Field<String>,
}

impl RequestBody for ActOnOperationRequest {
    type Domain = ActionRequest;
    const WORDING: Wording = Wording::Plain;

    fn into_domain(self, faults: &mut Faults) -> Option<ActionRequest> {
        let action = faults.field("action", self.action).code("UNKNOWN_VALUE");
        let action = action.missing_hint("send one of start, pause, resume, report, complete, correct");
        let action = action.required(str::parse::<Action>);
        let takes = |actions: &[Action]| action.is_some_and(|action| actions.contains(&action));
        let has_operator = self.operator_id.is_there();
        let has_reason = self.pause_reason_id.is_there();
        let operator = faults.field("operatorId", self.operator_id).code("UNKNOWN_OPERATOR");
        let takes_operator = takes(&[Action::Start, Action::Resume, Action::Report, Action::Complete]);
        let operator = operator.taken(takes_operator, operator_ref);
        let reason = faults.field("pauseReasonId", self.pause_reason_id).code("UNKNOWN_PAUSE_REASON");
        let reason = reason.taken(takes(&[Action::Pause]), |text| {
            text.parse::<PauseReasonId>().map_err(|_| ActionFault::UnknownPauseReason)
        });
        let has_why = self.reason.is_there();
        let why =
            faults.field("reason", self.reason).taken(takes(&[Action::Correct]), CorrectionReason::try_new);
        if takes(&[Action::Correct]) {
            if !has_why {
                let message = "must be given to correct; say why what was reported is wrong";
                faults.add("reason", "MISSING_FIELD", message);
            }
            return correction(self.quantity_completed, self.quantity_rejected, why, faults);
        }
        let takes_quantities = takes(&[Action::Report, Action::Complete]);
        let mut amount = |name, field| {
            let field = faults.field(name, field).code("OUT_OF_RANGE");
            field.taken(takes_quantities, Amount::try_new)
        };
        let totals = Totals {
            good: amount(GOOD, self.quantity_completed),
            rejected: amount(REJECTED, self.quantity_rejected),
            reworked: amount(REWORKED, self.quantity_reworked),
        };
        let captured = faults.field("capturedData", self.captured_data).code("INVALID_CHARACTER");
        let captured = captured.taken(takes(&[Action::Complete]), without_nul);
        match action? {
            Action::Start => {
                if !has_operator {
                    faults.add("operatorId", "MISSING_FIELD", "must be given to start; send who works");
                }
                Some(ActionRequest::Start { operator: operator? })
            }
            Action::Pause => {
                if !has_reason {
                    let message = "must be given to pause; send why the operation stands still";
                    faults.add("pauseReasonId", "MISSING_FIELD", message);
                }
                Some(ActionRequest::Pause { reason: reason? })
            }
            Action::Resume => Some(ActionRequest::Resume { operator }),
            Action::Report => report(operator, totals, faults),
            Action::Complete => Some(ActionRequest::Complete { operator, totals, captured }),
            Action::Correct => None,
        }
    }
}

const GOOD: &str = "quantityCompleted";
const REJECTED: &str = "quantityRejected";
const REWORKED: &str = "quantityReworked";

fn report(operator: Option<OperatorRef>, more: Totals, faults: &mut Faults) -> Option<ActionRequest> {
    let more = QuantityReport {
        good: more.good.unwrap_or_default(),
        rejected: more.rejected.unwrap_or_default(),
        reworked: more.reworked.unwrap_or_default(),
    };
    let report = ActionRequest::report(operator, more);
    if report.is_err() && faults.is_empty() {
        let message =
            "must be given to report, or quantityRejected or quantityReworked; one of them more than 0";
        faults.add(GOOD, "MISSING_FIELD", message);
    }
    report.ok()
}

fn correction(
    good: Field<Decimal>,
    rejected: Field<Decimal>,
    reason: Option<CorrectionReason>,
    faults: &mut Faults,
) -> Option<ActionRequest> {
    let good = faults.field(GOOD, good).given().unwrap_or_default();
    let rejected = faults.field(REJECTED, rejected).given().unwrap_or_default();
    let by = match Correction::try_new(good, rejected) {
        Ok(Some(by)) => Some(by),
        Ok(None) => {
            let message = "must be given to correct, or quantityRejected; one of them other than 0";
            faults.add(GOOD, "MISSING_FIELD", message);
            None
        }
        Err(found) => {
            for (field, fault) in found {
                let name = if field == QuantityField::Rejected { REJECTED } else { GOOD };
                faults.add(name, "OUT_OF_RANGE", fault);
            }
            None
        }
    };
    Some(ActionRequest::Correct { by: by?, reason: reason? })
}

/// How what is wrong with a request is worded.
pub(super) fn wire_fault(fault: &ActionFault) -> Fault {
    let (field, code) = match fault {
        ActionFault::UnknownOperator => ("operatorId", "UNKNOWN_OPERATOR"),
        ActionFault::InactiveOperator => ("operatorId", "INACTIVE_OPERATOR"),
        ActionFault::UnknownPauseReason => ("pauseReasonId", "UNKNOWN_PAUSE_REASON"),
        ActionFault::InactivePauseReason => ("pauseReasonId", "INACTIVE_PAUSE_REASON"),
        ActionFault::Quantity(QuantityField::Good, _) => (GOOD, "OUT_OF_RANGE"),
        ActionFault::Quantity(QuantityField::Rejected, _) => (REJECTED, "OUT_OF_RANGE"),
        ActionFault::Quantity(QuantityField::Reworked, _) => (REWORKED, "OUT_OF_RANGE"),
        ActionFault::Captured(CaptureFault::NoData(_)) => ("capturedData", "DATA_COLLECTION_REQUIRED"),
        ActionFault::Captured(CaptureFault::Violation(violation)) => {
            return violation_fault("capturedData", violation);
        }
    };
    Fault::new(field, code, fault.to_string())
}

/// An operation after an action.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e77", "status": "completed", "actualStartTime": "2025-01-20T08:15:00Z",
    "actualEndTime": "2025-01-20T09:45:00Z", "totalActiveTimeSeconds": 5400,
    "operatorId": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e44", "quantityCompleted": 100, "quantityRejected": 0,
    "quantityReworked": 0, "quantityAvailable": 100, "quantityShort": 0, "capturedData": {
        "torqueReading": 45.2, "qualityCheck": true, "notes": "Operation completed successfully"
    }, "allowedActions": ["correct"], "warnings": [], "version": 4, "updatedAt": "2025-01-20T09:45:00Z"
}))]
pub(crate) struct ActedResponse {
    #[schema(value_type = Uuid)]
    id: String,
    #[schema(value_type = sets::OperationStatus)]
    status: &'static str,
    #[schema(required)]
    actual_start_time: Option<DateTime<Utc>>,
    #[schema(required)]
    actual_end_time: Option<DateTime<Utc>>,
    /// Time worked on it; pauses don't count.
    total_active_time_seconds: i64,
    #[schema(required, value_type = Option<Uuid>)]
    operator_id: Option<String>,
    #[schema(value_type = f64)]
    quantity_completed: Amount,
    #[schema(value_type = f64)]
    quantity_rejected: Amount,
    #[schema(value_type = f64)]
    quantity_reworked: Amount,
    /// What the operation before handed on; of the first, the order's quantity.
    #[schema(value_type = f64)]
    quantity_available: Amount,
    /// What was handed on and is neither good nor rejected, once it is completed.
    #[schema(required, value_type = Option<f64>)]
    quantity_short: Option<Amount>,
    #[schema(required, value_type = Option<Map<String, Value>>)]
    captured_data: Option<JsonObject>,
    /// What would be taken of it now.
    #[schema(value_type = Vec<sets::Action>)]
    allowed_actions: Vec<&'static str>,
    /// What was let through and is worth a word, such as a missing skill where the team's `skillCheck` is `warn`.
    warnings: Vec<String>,
    /// One more with each change; the `ETag`.
    version: i64,
    updated_at: DateTime<Utc>,
}

impl ActedResponse {
    pub(super) fn of(outcome: &ActionOutcome, may_correct: bool) -> Self {
        let ActionOutcome { operation, available_quantity, allowed_actions, warnings } = outcome;
        let completed = operation.status == OperationStatus::Completed;
        Self {
            id: operation.id.to_string(),
            status: operation.status.as_str(),
            actual_start_time: operation.actual_start,
            actual_end_time: operation.actual_end,
            total_active_time_seconds: operation.time.active(operation.updated_at).num_seconds(),
            operator_id: operation.operator.map(|operator| operator.to_string()),
            quantity_completed: operation.quantities.good,
            quantity_rejected: operation.quantities.rejected,
            quantity_reworked: operation.quantities.reworked,
            quantity_available: *available_quantity,
            quantity_short: completed.then(|| operation.quantities.shortfall(*available_quantity)),
            captured_data: operation.captured.clone(),
            allowed_actions: allowed_actions
                .iter()
                .filter(|action| may_correct || **action != Action::Correct)
                .map(|action| action.as_str())
                .collect(),
            warnings: warnings.clone(),
            version: operation.version,
            updated_at: operation.updated_at,
        }
    }
}

/// A part of the list of operations.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OperationListResponse {
    pub(super) work_order_operations: Vec<ListedOperation>,
    pub(super) pagination: Pagination,
}

/// An operation.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e77", "orderId": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e66",
    "orderNumber": "ORD-2025-001", "operationNumber": 1, "operationName": "Assembly Station 1",
    "department": {"id": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e11", "name": "Assembly"}, "status": "in_progress",
    "operatorId": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e44", "scheduledStartTime": "2025-01-20T08:00:00Z",
    "actualStartTime": "2025-01-20T08:15:00Z", "targetTimeSeconds": 3600, "elapsedTimeSeconds": 2700,
    "quantityCompleted": 75, "quantityTarget": 100, "quantityAvailable": 100
}))]
pub(crate) struct ListedOperation {
    #[schema(value_type = Uuid)]
    id: String,
    #[schema(value_type = Uuid)]
    order_id: String,
    order_number: String,
    operation_number: i32,
    operation_name: String,
    department: DepartmentRef,
    #[schema(value_type = sets::OperationStatus)]
    status: &'static str,
    #[schema(required, value_type = Option<Uuid>)]
    operator_id: Option<String>,
    /// Planned from the order's scheduled start by the target times of the operations before.
    #[schema(required)]
    scheduled_start_time: Option<DateTime<Utc>>,
    #[schema(required)]
    actual_start_time: Option<DateTime<Utc>>,
    /// Set-up and run time of the routing, frozen when the order was made.
    target_time_seconds: i64,
    /// Time worked on it so far; pauses don't count.
    elapsed_time_seconds: i64,
    #[schema(value_type = f64)]
    quantity_completed: Amount,
    #[schema(value_type = f64)]
    quantity_target: Quantity,
    /// What the operation before handed on; of the first, the order's quantity.
    #[schema(value_type = f64)]
    quantity_available: Amount,
}

impl ListedOperation {
    pub(super) fn of(view: &OperationView, now: DateTime<Utc>) -> Self {
        let operation = &view.operation;
        Self {
            id: operation.id.to_string(),
            order_id: view.order.to_string(),
            order_number: view.order_number.as_str().to_owned(),
            operation_number: operation.number,
            operation_name: operation.name.as_str().to_owned(),
            department: DepartmentRef::of(operation.department, Some(&view.department)),
            status: operation.status.as_str(),
            operator_id: operation.operator.map(|operator| operator.to_string()),
            scheduled_start_time: operation.scheduled_start,
            actual_start_time: operation.actual_start,
            target_time_seconds: operation.target_seconds,
            elapsed_time_seconds: operation.time.active(now).num_seconds(),
            quantity_completed: operation.quantities.good,
            quantity_target: view.quantity,
            quantity_available: view.available_quantity,
        }
    }
}

/// An operation with the time spent on it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OperationResponse {
    #[serde(flatten)]
    #[schema(inline)]
    operation: ListedOperation,
    #[schema(required)]
    actual_end_time: Option<DateTime<Utc>>,
    #[schema(value_type = f64)]
    quantity_rejected: Amount,
    #[schema(value_type = f64)]
    quantity_reworked: Amount,
    #[schema(required, value_type = Option<Map<String, Value>>)]
    captured_data: Option<JsonObject>,
    /// What would be taken of it now.
    #[schema(value_type = Vec<sets::Action>)]
    allowed_actions: Vec<&'static str>,
    time_segments: Vec<SegmentResponse>,
    /// One more with each change; the `ETag`.
    version: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl OperationResponse {
    pub(super) fn of(detail: &OperationDetail, now: DateTime<Utc>) -> Self {
        let OperationDetail { view, allowed_actions, segments } = detail;
        let operation = &view.operation;
        Self {
            operation: ListedOperation::of(view, now),
            actual_end_time: operation.actual_end,
            quantity_rejected: operation.quantities.rejected,
            quantity_reworked: operation.quantities.reworked,
            captured_data: operation.captured.clone(),
            allowed_actions: allowed_actions.iter().map(|action| action.as_str()).collect(),
            time_segments: segments.iter().map(SegmentResponse::from).collect(),
            version: operation.version,
            created_at: operation.created_at,
            updated_at: operation.updated_at,
        }
    }
}

/// A stretch of work on an operation. They never overlap, and never change after they ended.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "operatorId": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e44", "startedAt": "2025-01-20T08:15:00Z",
    "endedAt": "2025-01-20T09:00:00Z", "endedBy": "pause", "pauseReasonId": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e33"
}))]
pub(crate) struct SegmentResponse {
    #[schema(value_type = Uuid)]
    operator_id: String,
    started_at: DateTime<Utc>,
    #[schema(required)]
    ended_at: Option<DateTime<Utc>>,
    /// `pause`, `hold`, `hand_over`, `complete` or `cancel`.
    #[schema(required, value_type = Option<sets::EndedBy>)]
    ended_by: Option<&'static str>,
    #[schema(required, value_type = Option<Uuid>)]
    pause_reason_id: Option<String>,
}

impl From<&Segment> for SegmentResponse {
    fn from(segment: &Segment) -> Self {
        let ended = segment.ended;
        Self {
            operator_id: segment.operator.to_string(),
            started_at: segment.started_at,
            ended_at: ended.map(|(at, _)| at),
            ended_by: ended.map(|(_, by)| by.as_str()),
            pause_reason_id: ended.and_then(|(_, by)| by.reason()).map(|reason| reason.to_string()),
        }
    }
}

#[cfg(test)]
mod tests;
