//! The work order operation: one step of an order, and what was done of it (seed 004, section 2).

mod action;
mod error;
mod input;
mod plan;
mod quantities;
mod time;

use chrono::{DateTime, Utc};
use kernel::id::Id;
use kernel::quantity::Amount;
use serde_json::{Map, Value, json};

pub use self::action::{Action, OperationStatus};
pub use self::error::{ActionError, Blocker};
pub use self::input::{ActionDraft, ActionRequest, OperatorRef};
pub(crate) use self::input::{UNKNOWN_OPERATOR, UNKNOWN_PAUSE_REASON};
pub use self::plan::{PlannedOperation, plan_operations};
pub use self::quantities::{QuantityReport, Totals};
pub use self::time::{EndedBy, Segment, SegmentChange, TimeSheet};
use crate::department::DepartmentId;
use crate::name::Name;
use crate::operator::OperatorId;
use crate::order::ManufacturingOrder;
use crate::routing::RoutingOperationId;

kernel::id_type!(OperationId, Operation, "work_order_operation");

/// An operation of an order, copied from its routing.
#[derive(Debug, Clone, PartialEq)]
pub struct Operation {
    /// Its id.
    pub id: OperationId,
    /// Its place in the order, rising; 1 to 200.
    pub number: i32,
    /// What is done.
    pub name: Name,
    /// Where it is done.
    pub department: DepartmentId,
    /// What it was copied from: skills and data collection activities stand there.
    pub routing_operation: RoutingOperationId,
    /// Where it stands.
    pub status: OperationStatus,
    /// Who works on it, or did last.
    pub operator: Option<OperatorId>,
    /// Seconds it should take, set-up included; frozen when the order is made.
    pub target_seconds: i64,
    /// When it should begin, laid out from the order's start by target times.
    pub scheduled_start: Option<DateTime<Utc>>,
    /// When it became pending.
    pub ready_at: Option<DateTime<Utc>>,
    /// When it began.
    pub actual_start: Option<DateTime<Utc>>,
    /// When it was completed.
    pub actual_end: Option<DateTime<Utc>>,
    /// What it made.
    pub quantities: QuantityReport,
    /// What was noted when it was completed.
    pub captured: Option<Map<String, Value>>,
    /// The time spent on it.
    pub time: TimeSheet,
    /// 1 when it was made, one more with each change; the sequence of its events.
    pub version: i64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

impl Operation {
    /// The operation as JSON text, with where its order stands, for the audit trail.
    pub fn snapshot(&self, order: &ManufacturingOrder) -> String {
        json!({
            "orderId": order.id.uuid(),
            "orderStatus": order.status.as_str(),
            "id": self.id.uuid(),
            "operationNumber": self.number,
            "status": self.status.as_str(),
            "operatorId": self.operator.map(Id::uuid),
            "actualStartTime": self.actual_start,
            "actualEndTime": self.actual_end,
            "quantityCompleted": self.quantities.good,
            "quantityRejected": self.quantities.rejected,
            "quantityReworked": self.quantities.reworked,
            "capturedData": self.captured,
            "segments": self.time.segments,
            "version": self.version,
        })
        .to_string()
    }

    /// Begins or goes on with it.
    pub(crate) fn begin(&mut self, operator: OperatorId, at: DateTime<Utc>) -> SegmentChange {
        self.status = OperationStatus::InProgress;
        self.operator = Some(operator);
        self.actual_start = self.actual_start.or(Some(at));
        self.time = self.time.begin(operator, at);
        let segment = Segment { sequence: self.time.segments, operator, started_at: at, ended: None };
        SegmentChange { operation: self.id, segment, is_new: true }
    }

    /// Ends the segment that goes on, if one does.
    pub(crate) fn end_segment(&mut self, at: DateTime<Utc>, by: EndedBy) -> Option<SegmentChange> {
        let (time, segment) = self.time.end(at, by)?;
        self.time = time;
        Some(SegmentChange { operation: self.id, segment, is_new: false })
    }

    /// Gives it to another operator; where somebody works on it, the segments say so.
    pub(crate) fn hand_over(&mut self, to: OperatorId, at: DateTime<Utc>) -> Vec<SegmentChange> {
        if self.operator == Some(to) {
            return Vec::new();
        }
        self.operator = Some(to);
        let ended = self.end_segment(at, EndedBy::HandOver);
        let begun = ended.is_some().then(|| self.begin(to, at));
        ended.into_iter().chain(begun).collect()
    }
}

/// What the operation before handed on: its good ones, or the order's quantity for the first.
pub fn available_quantity(operations: &[Operation], place: usize, quantity: Amount) -> Amount {
    let before = place.checked_sub(1).and_then(|before| operations.get(before));
    before.map_or(quantity, |before| before.quantities.good)
}
