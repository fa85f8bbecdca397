use kernel::json::JsonObject;
use kernel::text::{TextFault, line};
use uuid::Uuid;

use super::{Action, Correction, QuantityReport, Totals};
use crate::pause_reason::PauseReasonId;

/// An operator's id, or that of the user linked to one (`docs/spec/mes.md`, "Operators of operations").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OperatorRef(pub Uuid);

/// A request to do something with an operation.
#[derive(Debug, Clone, PartialEq)]
pub enum ActionRequest {
    Start {
        operator: OperatorRef,
    },
    Pause {
        reason: PauseReasonId,
    },
    Resume {
        /// Whoever worked last, if not given.
        operator: Option<OperatorRef>,
    },
    Report {
        /// Whoever works, if not given.
        operator: Option<OperatorRef>,
        /// What is to be added.
        more: QuantityReport,
    },
    Complete {
        /// Whoever works, if not given.
        operator: Option<OperatorRef>,
        totals: Totals,
        captured: Option<JsonObject>,
    },
    Correct {
        by: Correction,
        /// Why what was reported is wrong.
        reason: CorrectionReason,
    },
}

/// Why a report was wrong: 1 to 500 characters on one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CorrectionReason(Box<str>);

impl CorrectionReason {
    /// Takes a text, normalised.
    ///
    /// # Errors
    /// When it is empty, too long, or has characters that no line has.
    pub fn try_new(text: &str) -> Result<Self, TextFault> {
        line(text, 500).map(Self)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A report without any quantity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a report needs a quantity")]
pub struct NothingReported;

impl ActionRequest {
    /// A report of what was made.
    ///
    /// # Errors
    /// When nothing was.
    pub fn report(operator: Option<OperatorRef>, more: QuantityReport) -> Result<Self, NothingReported> {
        if more == QuantityReport::default() {
            Err(NothingReported)
        } else {
            Ok(Self::Report { operator, more })
        }
    }

    pub const fn action(&self) -> Action {
        match self {
            Self::Start { .. } => Action::Start,
            Self::Pause { .. } => Action::Pause,
            Self::Resume { .. } => Action::Resume,
            Self::Report { .. } => Action::Report,
            Self::Complete { .. } => Action::Complete,
            Self::Correct { .. } => Action::Correct,
        }
    }

    /// The operator it names.
    pub const fn operator(&self) -> Option<OperatorRef> {
        match self {
            Self::Start { operator } => Some(*operator),
            Self::Pause { .. } | Self::Correct { .. } => None,
            Self::Resume { operator } | Self::Report { operator, .. } | Self::Complete { operator, .. } => {
                *operator
            }
        }
    }

    /// The pause reason it names.
    pub const fn reason(&self) -> Option<PauseReasonId> {
        if let Self::Pause { reason } = self { Some(*reason) } else { None }
    }
}
