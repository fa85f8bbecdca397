use chrono::{DateTime, Utc};
use kernel::events::Payload;
use kernel::quantity::Amount;
use serde::Serialize;
use uuid::Uuid;

/// What every event of an operation says first.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OperationRef {
    pub work_order_operation_id: Uuid,
    /// Its place in the order.
    pub operation_number: i32,
    /// What is done.
    pub operation_name: String,
    /// Where it is done.
    pub department_id: Uuid,
    pub order_id: Uuid,
    pub order_number: String,
    /// Who works on it, or did last.
    pub operator_id: Option<Uuid>,
}

/// `woo.started`, version 1: work on an operation began.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OperationStarted {
    #[serde(flatten)]
    pub operation: OperationRef,
    pub started_at: DateTime<Utc>,
}

impl Payload for OperationStarted {
    const EVENT_TYPE: &'static str = "woo.started";
}

/// `woo.paused`, version 1: work on an operation stands still.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OperationPaused {
    #[serde(flatten)]
    pub operation: OperationRef,
    pub paused_at: DateTime<Utc>,
    /// Why, where an operator said so.
    pub pause_reason_id: Option<Uuid>,
    /// Whether the order was put on hold, which pauses what runs.
    pub order_on_hold: bool,
}

impl Payload for OperationPaused {
    const EVENT_TYPE: &'static str = "woo.paused";
}

/// `woo.resumed`, version 1: work on an operation goes on.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OperationResumed {
    #[serde(flatten)]
    pub operation: OperationRef,
    pub resumed_at: DateTime<Utc>,
}

impl Payload for OperationResumed {
    const EVENT_TYPE: &'static str = "woo.resumed";
}

/// `woo.completed`, version 1: an operation is done.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OperationCompleted {
    #[serde(flatten)]
    pub operation: OperationRef,
    pub completed_at: DateTime<Utc>,
    pub total_active_time_seconds: i64,
    /// What is good.
    pub quantity_completed: Amount,
    pub quantity_rejected: Amount,
    /// What of both was gone over again.
    pub quantity_reworked: Amount,
}

impl Payload for OperationCompleted {
    const EVENT_TYPE: &'static str = "woo.completed";
}

/// `woo.corrected`, version 1: what was reported of an operation was wrong.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OperationCorrected {
    #[serde(flatten)]
    pub operation: OperationRef,
    pub corrected_at: DateTime<Utc>,
    pub reason: String,
    /// What is good, after the correction.
    pub quantity_completed: Amount,
    pub quantity_rejected: Amount,
    /// What of both was gone over again.
    pub quantity_reworked: Amount,
}

impl Payload for OperationCorrected {
    const EVENT_TYPE: &'static str = "woo.corrected";
}
