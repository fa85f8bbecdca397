use chrono::{DateTime, TimeDelta, Utc};
use kernel::error::{Classified, ErrorKind, Fault, StoreError};
use kernel::id::Id;
use kernel::manufacturing::OrderStatus;
use serde_json::{Map, Value, json};

use super::policy::{RECORDABLE, Violation};
use super::{Activity, ActivityId};
use crate::fields::{
    UNKNOWN_WORK_ORDER_OPERATION, fixed, kept, listed, required, to_the_microsecond, work_order_operation_id,
};
use crate::operation::{OperationId, OperationStatus, OperatorRef, UNKNOWN_OPERATOR};
use crate::operator::OperatorId;

kernel::id_type!(CollectionId, Collection, "data_collection");

/// Data collected during an operation (seed 004, section 4.1). It is never changed.
#[derive(Debug, Clone, PartialEq)]
pub struct Collection {
    /// Its id.
    pub id: CollectionId,
    /// The operation it was collected during.
    pub operation: OperationId,
    /// What it was collected for.
    pub activity: ActivityId,
    /// Who collected it.
    pub operator: OperatorId,
    /// The values, those of fields and others.
    pub data: Map<String, Value>,
    /// When, by the collector's clock where that was told.
    pub collected_at: DateTime<Utc>,
    /// When it came in.
    pub received_at: DateTime<Utc>,
    /// What it breaks, where the activity records that.
    pub violations: Vec<Violation>,
}

impl Collection {
    /// The violations as they are stored and shown.
    pub fn violations_json(&self) -> Value {
        violations_json(&self.violations)
    }

    /// The data as JSON text, for the audit trail.
    pub fn snapshot(&self) -> String {
        json!({
            "id": self.id.uuid(),
            "workOrderOperationId": self.operation.uuid(),
            "dataCollectionActivityId": self.activity.uuid(),
            "operatorId": self.operator.uuid(),
            "collectedData": self.data,
            "collectedAt": self.collected_at,
            "violations": self.violations_json(),
        })
        .to_string()
    }
}

/// Violations as they are stored and shown.
pub fn violations_json(violations: &[Violation]) -> Value {
    let shown = |it: &Violation| json!({"field": it.field, "code": it.code, "message": it.message});
    violations.iter().map(shown).collect()
}

/// Violations as they were stored.
pub fn violations_from_json(stored: &Value) -> Vec<Violation> {
    let text = |violation: &Value, name: &str| violation.get(name).and_then(Value::as_str).map(str::to_owned);
    let read = |violation: &Value| {
        Some(Violation {
            field: text(violation, "field")?.into(),
            code: RECORDABLE.into_iter().find(|code| violation.get("code").is_some_and(|it| it == code))?,
            message: text(violation, "message")?,
        })
    };
    stored.as_array().into_iter().flatten().filter_map(read).collect()
}

/// A request to keep collected data, as it came in.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CollectionDraft {
    /// The operation; required.
    pub work_order_operation_id: Option<String>,
    /// The activity; required.
    pub data_collection_activity_id: Option<String>,
    /// Who collected: an operator's id, or that of the user linked to one; required.
    pub operator_id: Option<String>,
    /// The values; required.
    pub collected_data: Option<Map<String, Value>>,
    /// When, RFC 3339; now if not given.
    pub timestamp: Option<String>,
}

/// Collected data to be kept, well formed.
#[derive(Debug, Clone, PartialEq)]
pub struct NewCollection {
    /// The operation.
    pub operation: OperationId,
    /// The activity.
    pub activity: ActivityId,
    /// Who collected.
    pub operator: OperatorRef,
    /// The values.
    pub data: Map<String, Value>,
    /// When; now if not told.
    pub collected_at: Option<DateTime<Utc>>,
}

/// What collected data depends on; `None` is what the team has not.
#[derive(Debug, Clone, PartialEq)]
pub struct CollectionFacts {
    /// The operation's status, and its order's.
    pub operation: Option<(OperationStatus, OrderStatus)>,
    /// The activity, and whether the operation's routing asks for it.
    pub activity: Option<(Activity, bool)>,
    /// The operator, and whether it is in use.
    pub operator: Option<OperatorId>,
}

/// How far a collector's clock may be ahead of ours.
const AHEAD: TimeDelta = TimeDelta::minutes(5);

const UNKNOWN_ACTIVITY: Fault = fixed(
    "dataCollectionActivityId",
    "UNKNOWN_ACTIVITY",
    "names no data collection activity of the team; send the id of one that exists",
);
const INACTIVE_ACTIVITY: Fault = fixed(
    "dataCollectionActivityId",
    "INACTIVE_ACTIVITY",
    "names an activity that is out of use and that the operation does not ask for",
);

impl CollectionDraft {
    /// The data to be kept.
    ///
    /// # Errors
    /// Every fault at once.
    pub fn validate(&self, now: DateTime<Utc>) -> Result<NewCollection, Vec<Fault>> {
        let mut faults = Vec::new();
        let operation = work_order_operation_id(self.work_order_operation_id.as_deref());
        let mend = "must be given; send the operation during which the data was collected";
        let operation = kept(required("workOrderOperationId", operation, mend), &mut faults);
        let activity = id(&self.data_collection_activity_id, UNKNOWN_ACTIVITY);
        let mend = "must be given; send what the data was collected for";
        let activity = kept(required("dataCollectionActivityId", activity, mend), &mut faults);
        let operator = self.operator_id.as_deref().map(|text| text.parse().map(OperatorRef));
        let operator = operator.transpose().map_err(|_| UNKNOWN_OPERATOR);
        let mend = "must be given; send who collected the data";
        let operator = kept(required("operatorId", operator, mend), &mut faults);
        let mend = "must be given; send an object with the values";
        let data = kept(required("collectedData", Ok(self.collected_data.clone()), mend), &mut faults);
        let at = kept(timestamp(self.timestamp.as_deref(), now), &mut faults);
        match (operation, activity, operator, data, at) {
            (Some(operation), Some(activity), Some(operator), Some(data), Some(collected_at)) => {
                Ok(NewCollection { operation, activity, operator, data, collected_at })
            }
            _ => Err(faults),
        }
    }
}

fn id<K>(text: &Option<String>, fault: Fault) -> Result<Option<Id<K>>, Fault> {
    text.as_deref().map(str::parse).transpose().map_err(|_| fault)
}

fn timestamp(text: Option<&str>, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, Fault> {
    let Some(text) = text else { return Ok(None) };
    let read = DateTime::parse_from_rfc3339(text).map(|moment| to_the_microsecond(moment.to_utc()));
    match read {
        Ok(moment) if moment <= now + AHEAD => Ok(Some(moment)),
        Ok(_) => Err(Fault::new("timestamp", "OUT_OF_RANGE", "lies in the future; check the sender's clock")),
        Err(_) => {
            let message = "must be a time with its offset, such as 2025-01-20T09:30:00Z";
            Err(Fault::new("timestamp", "INVALID_DATE", message))
        }
    }
}

impl NewCollection {
    /// The collected data as it is kept, under `id`.
    ///
    /// # Errors
    /// What it names and the team has not, what the activity does not let through, or that the operation has not begun
    /// or its order was cancelled.
    pub fn keep(
        self,
        id: CollectionId,
        facts: &CollectionFacts,
        now: DateTime<Utc>,
    ) -> Result<Collection, CollectionError> {
        let mut faults = Vec::new();
        if facts.operation.is_none() {
            faults.push(UNKNOWN_WORK_ORDER_OPERATION);
        }
        match &facts.activity {
            None => faults.push(UNKNOWN_ACTIVITY),
            Some((activity, is_asked_for)) if !activity.is_active && !is_asked_for => {
                faults.push(INACTIVE_ACTIVITY);
            }
            Some(_) => {}
        }
        if facts.operator.is_none() {
            faults.push(UNKNOWN_OPERATOR);
        }
        let judged = facts.activity.as_ref().map(|(activity, _)| activity.judge(&self.data));
        let violations = match judged {
            Some(Err(violations)) => {
                faults.extend(violations.iter().map(|violation| violation.fault("collectedData")));
                Vec::new()
            }
            Some(Ok(verdict)) => verdict.violations,
            None => Vec::new(),
        };
        let (Some((status, order)), Some(operator), true) =
            (facts.operation, facts.operator, faults.is_empty())
        else {
            return Err(CollectionError::Invalid(faults));
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

/// Why collected data was not kept.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CollectionError {
    /// What was given is wrong.
    #[error("the collected data is not valid: {}", listed(.0))]
    Invalid(Vec<Fault>),
    /// The operation has not begun.
    #[error("the operation is {}; start it before data is collected", .0.as_str())]
    NotStarted(OperationStatus),
    /// The order is cancelled.
    #[error("the order is cancelled; nothing is collected for it any more")]
    OrderCancelled,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Classified for CollectionError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Invalid(_) => ErrorKind::Invalid,
            Self::NotStarted(_) | Self::OrderCancelled => ErrorKind::Conflict,
            Self::Store(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Invalid(_) => "VALIDATION_ERROR",
            Self::NotStarted(_) => "OPERATION_NOT_STARTED",
            Self::OrderCancelled => "ORDER_CANCELLED",
            Self::Store(error) => error.code(),
        }
    }

    fn faults(&self) -> &[Fault] {
        if let Self::Invalid(faults) = self { faults } else { &[] }
    }

    fn details(&self) -> Vec<(&'static str, Value)> {
        match self {
            Self::NotStarted(status) => {
                let actions: Vec<_> = status.allowed().iter().map(|action| action.as_str()).collect();
                vec![("status", json!(status.as_str())), ("allowedActions", json!(actions))]
            }
            Self::OrderCancelled => vec![("orderStatus", json!(OrderStatus::Cancelled.as_str()))],
            Self::Invalid(_) | Self::Store(_) => Vec::new(),
        }
    }
}
