use kernel::error::{Classified, ErrorKind, StoreError};
use kernel::manufacturing::OrderStatus;
use serde_json::{Value, json};

use super::quantities::{QuantityFault, QuantityField};
use super::{Action, OperationId, OperationStatus};
use crate::data_collection::CaptureFault;
use crate::name::Name;
use crate::skill::Skill;

/// The operation that another one waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blocker {
    pub id: OperationId,
    pub number: i32,
    pub name: Name,
    pub status: OperationStatus,
}

/// What in the state of an operation or its order forbids an action.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Obstacle {
    /// The operation's status does not allow the action.
    #[error("an operation that is {} can't {}", .status.as_str(), .action.as_str())]
    InvalidTransition { action: Action, status: OperationStatus },
    /// Another operation of the order has to be done first.
    #[error("operation {} ({}) has to be completed first; it is {}", .0.number, .0.name.as_str(), .0.status.as_str())]
    NotReady(Box<Blocker>),
    #[error("the order is on hold; release it first")]
    OrderOnHold,
    #[error("the order is cancelled; nothing is done with its operations any more")]
    OrderCancelled,
    #[error("the operator lacks {}", skills(.0))]
    NotQualified(Vec<Skill>),
}

/// Why an action on an operation was refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ActionError {
    /// What the request names or holds is not let through: everything at once.
    #[error("the action is not valid")]
    Refused(Vec<ActionFault>),
    /// A list was asked for a period without a moment in it.
    #[error("the period is empty")]
    EmptyPeriod,
    /// The team has no such operation.
    #[error("there is no such work order operation")]
    NotFound,
    /// Its version is none of those that the request was meant for.
    #[error("the operation was changed meanwhile; read it again")]
    Stale,
    /// Its state forbids the action; these would be taken.
    #[error("{}", forbidden(.obstacle, .allowed))]
    Forbidden { obstacle: Obstacle, allowed: Vec<Action> },
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What is wrong with a request to do something with an operation.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ActionFault {
    #[error("names no operator of the team; send the id of one, or of the user linked to one")]
    UnknownOperator,
    #[error("names an operator who is out of use; name another, or take this one into use again")]
    InactiveOperator,
    #[error("names no pause reason of the team; send the id of one that exists")]
    UnknownPauseReason,
    #[error("names a pause reason that is out of use; name another, or take this one into use again")]
    InactivePauseReason,
    #[error("{1}")]
    Quantity(QuantityField, QuantityFault),
    #[error(transparent)]
    Captured(CaptureFault),
}

fn forbidden(obstacle: &Obstacle, allowed: &[Action]) -> String {
    match (obstacle, allowed) {
        (Obstacle::InvalidTransition { .. }, []) => format!("{obstacle}; it allows nothing"),
        (Obstacle::InvalidTransition { .. }, allowed) => {
            format!("{obstacle}; it allows {}", words(allowed).join(", "))
        }
        _ => obstacle.to_string(),
    }
}

fn words(actions: &[Action]) -> Vec<&'static str> {
    actions.iter().map(|action| action.as_str()).collect()
}

fn skills(skills: &[Skill]) -> String {
    skills.iter().map(Skill::as_str).collect::<Vec<_>>().join(", ")
}

impl ActionError {
    /// The same error for a caller who may not take `action`.
    #[must_use]
    pub fn without(mut self, action: Action) -> Self {
        if let Self::Forbidden { allowed, .. } = &mut self {
            allowed.retain(|allowed| *allowed != action);
        }
        self
    }
}

impl Obstacle {
    const fn code(&self) -> &'static str {
        match self {
            Self::InvalidTransition { .. } => "INVALID_TRANSITION",
            Self::NotReady(_) => "OPERATION_NOT_READY",
            Self::OrderOnHold => "ORDER_ON_HOLD",
            Self::OrderCancelled => "ORDER_CANCELLED",
            Self::NotQualified(_) => "OPERATOR_NOT_QUALIFIED",
        }
    }

    fn detail(&self) -> (&'static str, Value) {
        match self {
            Self::InvalidTransition { status, .. } => ("status", json!(status.as_str())),
            Self::NotReady(blocker) => {
                let blocking = json!({
                    "id": blocker.id.uuid(),
                    "operationNumber": blocker.number,
                    "operationName": blocker.name.as_str(),
                    "status": blocker.status.as_str(),
                });
                ("blockedBy", blocking)
            }
            Self::OrderOnHold => ("orderStatus", json!(OrderStatus::OnHold.as_str())),
            Self::OrderCancelled => ("orderStatus", json!(OrderStatus::Cancelled.as_str())),
            Self::NotQualified(lacking) => {
                ("missingSkills", json!(lacking.iter().map(Skill::as_str).collect::<Vec<_>>()))
            }
        }
    }
}

impl Classified for ActionError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Refused(_) | Self::EmptyPeriod => ErrorKind::Invalid,
            Self::NotFound => ErrorKind::NotFound,
            Self::Stale => ErrorKind::Stale,
            Self::Forbidden { .. } => ErrorKind::Conflict,
            Self::Store(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Refused(_) | Self::EmptyPeriod => "VALIDATION_ERROR",
            Self::NotFound => "NOT_FOUND",
            Self::Stale => "STALE_VERSION",
            Self::Forbidden { obstacle, .. } => obstacle.code(),
            Self::Store(error) => error.code(),
        }
    }

    fn details(&self) -> Vec<(&'static str, Value)> {
        let Self::Forbidden { obstacle, allowed } = self else { return Vec::new() };
        vec![obstacle.detail(), ("allowedActions", json!(words(allowed)))]
    }
}
