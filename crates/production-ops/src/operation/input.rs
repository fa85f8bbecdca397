use kernel::error::Fault;
use kernel::quantity::Amount;
use rust_decimal::Decimal;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::{Action, QuantityReport, Totals};
use crate::fields::{amount, fixed, kept};
use crate::json::object_holds_nul;
use crate::pause_reason::PauseReasonId;

/// A request to do something with an operation, as it came in (seed 004, section 2.2). Each action reads the fields
/// that it takes and leaves the others alone.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ActionDraft {
    /// `start`, `pause`, `resume`, `report` or `complete`; required.
    pub action: Option<String>,
    /// Who does it: an operator's id, or that of the user linked to one; required to start.
    pub operator_id: Option<String>,
    /// Why it stands still; required to pause.
    pub pause_reason_id: Option<String>,
    /// What was noted; to complete.
    pub captured_data: Option<Map<String, Value>>,
    /// What is good: more of it to report, all of it to complete.
    pub quantity_completed: Option<Decimal>,
    /// What is not, likewise.
    pub quantity_rejected: Option<Decimal>,
    /// What was gone over again, likewise.
    pub quantity_reworked: Option<Decimal>,
}

/// An operator's id, or that of the user linked to one (contract, *mes*).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OperatorRef(pub Uuid);

/// A request to do something with an operation, well formed.
#[derive(Debug, Clone, PartialEq)]
pub enum ActionRequest {
    /// Begin it.
    Start {
        /// Who works.
        operator: OperatorRef,
    },
    /// Let it stand still.
    Pause {
        /// Why.
        reason: PauseReasonId,
    },
    /// Go on with it.
    Resume {
        /// Who works; whoever did last, if not given.
        operator: Option<OperatorRef>,
    },
    /// Say what was made.
    Report {
        /// Who works; whoever does, if not given.
        operator: Option<OperatorRef>,
        /// What is to be added.
        more: QuantityReport,
    },
    /// End it.
    Complete {
        /// Who works; whoever does, if not given.
        operator: Option<OperatorRef>,
        /// What was made in all.
        totals: Totals,
        /// What was noted.
        captured: Option<Map<String, Value>>,
    },
}

impl ActionRequest {
    /// What is asked.
    pub const fn action(&self) -> Action {
        match self {
            Self::Start { .. } => Action::Start,
            Self::Pause { .. } => Action::Pause,
            Self::Resume { .. } => Action::Resume,
            Self::Report { .. } => Action::Report,
            Self::Complete { .. } => Action::Complete,
        }
    }

    /// The operator it names.
    pub const fn operator(&self) -> Option<OperatorRef> {
        match self {
            Self::Start { operator } => Some(*operator),
            Self::Pause { .. } => None,
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

/// One fault for a malformed id and for one that does not exist: neither names an operator.
pub(crate) const UNKNOWN_OPERATOR: Fault = fixed(
    "operatorId",
    "UNKNOWN_OPERATOR",
    "names no operator of the team; send the id of one, or of the user linked to one",
);

/// The same for pause reasons.
pub(crate) const UNKNOWN_PAUSE_REASON: Fault = fixed(
    "pauseReasonId",
    "UNKNOWN_PAUSE_REASON",
    "names no pause reason of the team; send the id of one that exists",
);

const NO_OPERATOR: Fault = fixed("operatorId", "MISSING_FIELD", "must be given to start; send who works");
const NO_REASON: Fault =
    fixed("pauseReasonId", "MISSING_FIELD", "must be given to pause; send why the operation stands still");
const NO_ACTION: Fault =
    fixed("action", "MISSING_FIELD", "must be given; send one of start, pause, resume, report, complete");
const NOTHING_REPORTED: Fault = fixed(
    "quantityCompleted",
    "MISSING_FIELD",
    "must be given to report, or quantityRejected or quantityReworked; one of them more than 0",
);

impl ActionDraft {
    /// What is asked for.
    ///
    /// # Errors
    /// Every fault at once, of the fields that the action takes.
    pub fn validate(&self) -> Result<ActionRequest, Vec<Fault>> {
        let action = self.action.as_deref().ok_or_else(|| vec![NO_ACTION])?;
        let action = action.parse::<Action>();
        match action.map_err(|fault| vec![Fault::new("action", "UNKNOWN_VALUE", fault.to_string())])? {
            Action::Start => self.start(),
            Action::Pause => self.pause(),
            Action::Resume => Ok(ActionRequest::Resume { operator: self.operator().map_err(|f| vec![f])? }),
            Action::Report => self.report(),
            Action::Complete => self.complete(),
        }
    }

    fn operator(&self) -> Result<Option<OperatorRef>, Fault> {
        let id = self.operator_id.as_deref().map(str::parse::<Uuid>).transpose();
        id.map(|id| id.map(OperatorRef)).map_err(|_| UNKNOWN_OPERATOR)
    }

    fn start(&self) -> Result<ActionRequest, Vec<Fault>> {
        let operator = self.operator().and_then(|operator| operator.ok_or(NO_OPERATOR));
        Ok(ActionRequest::Start { operator: operator.map_err(|fault| vec![fault])? })
    }

    fn pause(&self) -> Result<ActionRequest, Vec<Fault>> {
        let id = self.pause_reason_id.as_deref().ok_or_else(|| vec![NO_REASON])?;
        Ok(ActionRequest::Pause { reason: id.parse().map_err(|_| vec![UNKNOWN_PAUSE_REASON])? })
    }

    fn report(&self) -> Result<ActionRequest, Vec<Fault>> {
        let mut faults = Vec::new();
        let operator = kept(self.operator(), &mut faults).flatten();
        let more = self.totals(&mut faults);
        let more = QuantityReport {
            good: more.good.unwrap_or_default(),
            rejected: more.rejected.unwrap_or_default(),
            reworked: more.reworked.unwrap_or_default(),
        };
        if faults.is_empty() && more == QuantityReport::default() {
            faults.push(NOTHING_REPORTED);
        }
        if faults.is_empty() { Ok(ActionRequest::Report { operator, more }) } else { Err(faults) }
    }

    fn complete(&self) -> Result<ActionRequest, Vec<Fault>> {
        let mut faults = Vec::new();
        let operator = kept(self.operator(), &mut faults).flatten();
        let totals = self.totals(&mut faults);
        if self.captured_data.as_ref().is_some_and(object_holds_nul) {
            let message = "holds the character U+0000, which is not allowed";
            faults.push(Fault::new("capturedData", "INVALID_CHARACTER", message));
        }
        let captured = self.captured_data.clone();
        if faults.is_empty() {
            Ok(ActionRequest::Complete { operator, totals, captured })
        } else {
            Err(faults)
        }
    }

    fn totals(&self, faults: &mut Vec<Fault>) -> Totals {
        let mut read = |field: &'static str, number: Option<Decimal>| -> Option<Amount> {
            number.and_then(|number| kept(amount(field, number), faults))
        };
        Totals {
            good: read("quantityCompleted", self.quantity_completed),
            rejected: read("quantityRejected", self.quantity_rejected),
            reworked: read("quantityReworked", self.quantity_reworked),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fields::codes;
    use serde_json::json;

    const ID: &str = "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e11";

    fn draft(action: &str) -> ActionDraft {
        ActionDraft { action: Some(action.into()), ..Default::default() }
    }

    fn faults(draft: &ActionDraft) -> Vec<(String, String)> {
        let faults = draft.validate().unwrap_err();
        codes(&faults).into_iter().map(|(field, code)| (field.to_owned(), code.to_owned())).collect()
    }

    fn named(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(field, code)| ((*field).to_owned(), (*code).to_owned())).collect()
    }

    #[test]
    fn each_action_asks_for_what_it_needs() {
        assert_eq!(faults(&ActionDraft::default()), named(&[("action", "MISSING_FIELD")]));
        assert_eq!(faults(&draft("finish")), named(&[("action", "UNKNOWN_VALUE")]));
        assert_eq!(faults(&draft("start")), named(&[("operatorId", "MISSING_FIELD")]));
        assert_eq!(faults(&draft("pause")), named(&[("pauseReasonId", "MISSING_FIELD")]));
        assert_eq!(faults(&draft("report")), named(&[("quantityCompleted", "MISSING_FIELD")]));
        assert_eq!(draft("resume").validate(), Ok(ActionRequest::Resume { operator: None }));
        let nothing = ActionRequest::Complete { operator: None, totals: Totals::default(), captured: None };
        assert_eq!(draft("complete").validate(), Ok(nothing));
    }

    #[test]
    fn fields_an_action_does_not_take_are_left_alone() {
        let everything = ActionDraft {
            operator_id: Some(ID.into()),
            pause_reason_id: Some("pause-reason-uuid".into()),
            captured_data: json!({"torqueReading": 45.2}).as_object().cloned(),
            quantity_completed: Some(Decimal::from(-100)),
            ..draft("start")
        };
        let operator = OperatorRef(ID.parse().unwrap());
        assert_eq!(everything.validate(), Ok(ActionRequest::Start { operator }));
    }

    #[test]
    fn every_fault_is_named_at_once() {
        let bad = ActionDraft {
            operator_id: Some("user-uuid-222".into()),
            captured_data: json!({"notes": "a\u{0}b"}).as_object().cloned(),
            quantity_completed: Some(Decimal::from(-1)),
            quantity_rejected: Some(Decimal::new(1, 4)),
            quantity_reworked: Some(Decimal::from(1_000_000_000_000_i64)),
            ..draft("complete")
        };
        let expected = named(&[
            ("operatorId", "UNKNOWN_OPERATOR"),
            ("quantityCompleted", "OUT_OF_RANGE"),
            ("quantityRejected", "OUT_OF_RANGE"),
            ("quantityReworked", "OUT_OF_RANGE"),
            ("capturedData", "INVALID_CHARACTER"),
        ]);
        assert_eq!(faults(&bad), expected);
        let zero = ActionDraft { quantity_rejected: Some(Decimal::ZERO), ..draft("report") };
        assert_eq!(faults(&zero), named(&[("quantityCompleted", "MISSING_FIELD")]));
    }
}
