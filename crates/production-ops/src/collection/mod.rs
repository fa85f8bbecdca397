//! Data collected during operations (`docs/spec/mes.md`, "Submit data").

mod error;

use chrono::{DateTime, TimeDelta, Utc};
use kernel::audit::Audited;
use kernel::id::Uuid;
use kernel::json::{self, Json, JsonObject};
use kernel::manufacturing::OrderStatus;
use serde_json::json;

pub use self::error::{CollectionError, CollectionFault};
use crate::data_collection::{Activity, ActivityId, Violation, violations_json};
use crate::operation::{OperationId, OperationStatus, OperatorRef};
use crate::operator::OperatorId;

kernel::id_type!(CollectionId, Collection, "data_collection");

/// Data collected during an operation. It is never changed.
#[derive(Debug, Clone, PartialEq)]
pub struct Collection {
    pub id: CollectionId,
    pub operation: OperationId,
    pub activity: ActivityId,
    pub operator: OperatorId,
    /// The values, those of fields and others.
    pub data: JsonObject,
    /// By the collector's clock where the request says it, else by ours.
    pub collected_at: DateTime<Utc>,
    /// By our clock.
    pub received_at: DateTime<Utc>,
    /// What it breaks, where the activity records that.
    pub violations: Vec<Violation>,
}

impl Audited for Collection {
    const KIND: &'static str = "data_collection";

    fn audited_id(&self) -> Uuid {
        self.id.uuid()
    }

    fn snapshot(&self) -> String {
        let mut snapshot = json::object(json!({
            "id": self.id.uuid(),
            "workOrderOperationId": self.operation.uuid(),
            "dataCollectionActivityId": self.activity.uuid(),
            "operatorId": self.operator.uuid(),
            "collectedAt": self.collected_at,
            "violations": violations_json(&self.violations),
        }));
        snapshot.insert("collectedData".into(), Json::Object(self.data.clone()));
        Json::Object(snapshot).to_string()
    }
}

/// Collected data to store.
#[derive(Debug, Clone, PartialEq)]
pub struct NewCollection {
    pub operation: OperationId,
    pub activity: ActivityId,
    pub operator: OperatorRef,
    pub data: JsonObject,
    /// By the collector's clock; now if it is not given.
    pub collected_at: Option<DateTime<Utc>>,
}

/// What collected data depends on; `None` is what the team has not.
#[derive(Debug, Clone, PartialEq)]
pub struct CollectionFacts {
    pub operation: Option<(OperationStatus, OrderStatus)>,
    /// The activity, and whether the operation's routing has it.
    pub activity: Option<(Activity, bool)>,
    pub operator: Option<OperatorId>,
}

/// How far a collector's clock may be ahead of ours.
const AHEAD: TimeDelta = TimeDelta::minutes(5);

impl NewCollection {
    /// Checks what needs no look at the store.
    ///
    /// # Errors
    /// [`CollectionFault::InTheFuture`].
    pub fn check(&self, now: DateTime<Utc>) -> Result<(), CollectionError> {
        match self.collected_at {
            Some(at) if at > now + AHEAD => Err(CollectionError::Refused(vec![CollectionFault::InTheFuture])),
            _ => Ok(()),
        }
    }

    /// The collected data under `id`.
    ///
    /// # Errors
    /// What it names and the team has not, what the activity does not let through, or that the operation has not begun
    /// or its order was cancelled.
    pub fn collect(
        self,
        id: CollectionId,
        facts: &CollectionFacts,
        now: DateTime<Utc>,
    ) -> Result<Collection, CollectionError> {
        let mut faults = Vec::new();
        if facts.operation.is_none() {
            faults.push(CollectionFault::UnknownOperation);
        }
        match &facts.activity {
            None => faults.push(CollectionFault::UnknownActivity),
            Some((activity, is_of_operation)) if !activity.is_active && !is_of_operation => {
                faults.push(CollectionFault::InactiveActivity);
            }
            Some(_) => {}
        }
        if facts.operator.is_none() {
            faults.push(CollectionFault::UnknownOperator);
        }
        let judged = facts.activity.as_ref().map(|(activity, _)| activity.judge(&self.data));
        let violations = match judged {
            Some(Err(violations)) => {
                faults.extend(violations.into_iter().map(CollectionFault::Violation));
                Vec::new()
            }
            Some(Ok(verdict)) => verdict.violations,
            None => Vec::new(),
        };
        let (Some((status, order)), Some(operator), true) =
            (facts.operation, facts.operator, faults.is_empty())
        else {
            return Err(CollectionError::Refused(faults));
        };
        match status {
            _ if order == OrderStatus::Cancelled => return Err(CollectionError::OrderCancelled),
            OperationStatus::Waiting | OperationStatus::Pending => {
                return Err(CollectionError::NotStarted(status));
            }
            OperationStatus::InProgress | OperationStatus::Paused | OperationStatus::Completed => {}
        }
        Ok(Collection {
            id,
            operation: self.operation,
            activity: self.activity,
            operator,
            data: self.data,
            collected_at: self.collected_at.unwrap_or(now),
            received_at: now,
            violations,
        })
    }
}
