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
    /// The operation's status does not allow the action.
    #[error("an operation that is {} can't {}; {}", .status.as_str(), .action.as_str(), allowed(.status.allowed()))]
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

fn allowed(actions: &[Action]) -> String {
    match actions {
        [] => "it allows nothing".into(),
        actions => {
            format!("it allows {}", actions.iter().map(|a| a.as_str()).collect::<Vec<_>>().join(", "))
        }
    }
}

fn skills(skills: &[Skill]) -> String {
    skills.iter().map(Skill::as_str).collect::<Vec<_>>().join(", ")
}

impl Classified for ActionError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Refused(_) | Self::EmptyPeriod => ErrorKind::Invalid,
            Self::NotFound => ErrorKind::NotFound,
            Self::InvalidTransition { .. }
            | Self::NotReady(_)
            | Self::OrderOnHold
            | Self::OrderCancelled
            | Self::NotQualified(_) => ErrorKind::Conflict,
            Self::Store(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Refused(_) | Self::EmptyPeriod => "VALIDATION_ERROR",
            Self::NotFound => "NOT_FOUND",
            Self::InvalidTransition { .. } => "INVALID_TRANSITION",
            Self::NotReady(_) => "OPERATION_NOT_READY",
            Self::OrderOnHold => "ORDER_ON_HOLD",
            Self::OrderCancelled => "ORDER_CANCELLED",
            Self::NotQualified(_) => "OPERATOR_NOT_QUALIFIED",
            Self::Store(error) => error.code(),
        }
    }

    fn details(&self) -> Vec<(&'static str, Value)> {
        let words = |actions: &[Action]| json!(actions.iter().map(|a| a.as_str()).collect::<Vec<_>>());
        match self {
            Self::InvalidTransition { status, .. } => {
                vec![("status", json!(status.as_str())), ("allowedActions", words(status.allowed()))]
            }
            Self::NotReady(blocker) => {
                let blocking = json!({
                    "id": blocker.id.uuid(),
                    "operationNumber": blocker.number,
                    "operationName": blocker.name.as_str(),
                    "status": blocker.status.as_str(),
                });
                vec![("allowedActions", words(&[])), ("blockedBy", blocking)]
            }
            Self::OrderOnHold => vec![("orderStatus", json!(OrderStatus::OnHold.as_str()))],
            Self::OrderCancelled => vec![("orderStatus", json!(OrderStatus::Cancelled.as_str()))],
            Self::NotQualified(lacking) => {
                vec![("missingSkills", json!(lacking.iter().map(Skill::as_str).collect::<Vec<_>>()))]
            }
            Self::Refused(_) | Self::EmptyPeriod | Self::NotFound | Self::Store(_) => Vec::new(),
        }
    }
}
