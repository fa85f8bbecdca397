use kernel::error::{Classified, ErrorKind, Fault, StoreError};
use kernel::manufacturing::OrderStatus;
use serde_json::{Value, json};

use super::{Action, OperationId, OperationStatus};
use crate::fields::listed;
use crate::name::Name;
use crate::skill::Skill;

/// The operation that another one waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blocker {
    /// Its id.
    pub id: OperationId,
    /// Its number.
    pub number: i32,
    /// Its name.
    pub name: Name,
    /// Where it stands.
    pub status: OperationStatus,
}

/// Why an action on an operation was refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ActionError {
    /// What was given is wrong.
    #[error("the action is not valid: {}", listed(.0))]
    Invalid(Vec<Fault>),
    /// The team has no such operation.
    #[error("there is no such work order operation")]
    NotFound,
    /// The operation's status does not allow it.
    #[error("an operation that is {} can't {}; {}", .status.as_str(), .action.as_str(), allowed(.status.allowed()))]
    InvalidTransition {
        /// What was asked.
        action: Action,
        /// Where the operation stands.
        status: OperationStatus,
    },
    /// Another operation of the order has to be done first.
    #[error("operation {} ({}) has to be completed first; it is {}", .0.number, .0.name.as_str(), .0.status.as_str())]
    NotReady(Box<Blocker>),
    /// The order is on hold.
    #[error("the order is on hold; release it first")]
    OrderOnHold,
    /// The order is cancelled.
    #[error("the order is cancelled; nothing is done with its operations any more")]
    OrderCancelled,
    /// The operator lacks skills.
    #[error("the operator lacks {}", skills(.0))]
    NotQualified(Vec<Skill>),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
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
            Self::Invalid(_) => ErrorKind::Invalid,
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
            Self::Invalid(_) => "VALIDATION_ERROR",
            Self::NotFound => "NOT_FOUND",
            Self::InvalidTransition { .. } => "INVALID_TRANSITION",
            Self::NotReady(_) => "OPERATION_NOT_READY",
            Self::OrderOnHold => "ORDER_ON_HOLD",
            Self::OrderCancelled => "ORDER_CANCELLED",
            Self::NotQualified(_) => "OPERATOR_NOT_QUALIFIED",
            Self::Store(error) => error.code(),
        }
    }

    fn faults(&self) -> &[Fault] {
        if let Self::Invalid(faults) = self { faults } else { &[] }
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
            Self::Invalid(_) | Self::NotFound | Self::Store(_) => Vec::new(),
        }
    }
}
