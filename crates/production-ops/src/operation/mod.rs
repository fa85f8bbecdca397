//! The work order operation: one step of an order, and what was done of it (`docs/spec/mes.md`, "Operations").

mod action;
mod error;
mod plan;
mod quantities;
mod request;
mod time;

use chrono::{DateTime, Utc};
use kernel::json::JsonObject;
use kernel::quantity::Amount;

pub use self::action::{Action, OperationStatus};
pub use self::error::{ActionError, ActionFault, Blocker, Obstacle};
pub use self::plan::{PlannedOperation, check_plan, plan_operations};
pub use self::quantities::{Correction, QuantityFault, QuantityField, QuantityReport, Totals};
pub use self::request::{ActionRequest, CorrectionReason, NothingReported, OperatorRef};
pub use self::time::{EndedBy, Segment, SegmentChange, TimeSheet};
use crate::department::DepartmentId;
use crate::name::Name;
use crate::operator::OperatorId;
use crate::routing::RoutingOperationId;

kernel::id_type!(OperationId, Operation, "work_order_operation");

/// An operation of an order, copied from its routing.
#[derive(Debug, Clone, PartialEq)]
pub struct Operation {
    pub id: OperationId,
    /// Its place in the order, rising; 1 to 200.
    pub number: i32,
    pub name: Name,
    pub department: DepartmentId,
    /// What it was copied from, which has its skills and data collection activities.
    pub routing_operation: RoutingOperationId,
    pub status: OperationStatus,
    /// Who works on it, or did last.
    pub operator: Option<OperatorId>,
    /// Seconds it should take, set-up included; frozen when the order is made.
    pub target_seconds: i64,
    /// Planned from the order's start by the target times of the operations before.
    pub scheduled_start: Option<DateTime<Utc>>,
    /// When it became pending.
    pub ready_at: Option<DateTime<Utc>>,
    pub actual_start: Option<DateTime<Utc>>,
    pub actual_end: Option<DateTime<Utc>>,
    pub quantities: QuantityReport,
    /// What was noted when it was completed.
    pub captured: Option<JsonObject>,
    pub time: TimeSheet,
    /// 1 when it was made, one more with each change; the sequence of its events.
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl Operation {
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

/// How much an operation has to work on: the good quantity of the operation before, or the order's for the first.
pub fn available_quantity(operations: &[Operation], place: usize, quantity: Amount) -> Amount {
    let before = place.checked_sub(1).and_then(|before| operations.get(before));
    before.map_or(quantity, |before| before.quantities.good)
}

/// How much of what an operation handed on the next one has used.
pub fn used_quantity(operations: &[Operation], place: usize) -> Amount {
    let next = operations.get(place + 1).map(|next| next.quantities);
    let used = next.and_then(|next| next.good.plus(next.rejected).ok());
    used.unwrap_or_default()
}
