use std::collections::BTreeSet;

use kernel::access::UnknownWord;
use kernel::change::Change;
use kernel::error::Fault;
use kernel::id::UserId;

use super::{Badge, ClockEvent, NewOperator, OperatorChange};
use crate::fields::{self, UNKNOWN_USER, kept, kept_all, required};
use crate::skill::{Skill, skills};

/// A request for a new operator, as it came in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OperatorDraft {
    /// Their name; required.
    pub name: Option<String>,
    /// What they show at a station; required.
    pub badge: Option<String>,
    /// What they can do; nothing if not given.
    pub skills: Option<Vec<String>>,
    /// The user they are when they log in.
    pub user_id: Option<String>,
    /// Whether it is in use; it is if not given.
    pub is_active: Option<bool>,
}

/// A request to change an operator, as it came in; at least one field is required.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OperatorPatch {
    /// Their new name.
    pub name: Option<String>,
    /// Their new badge.
    pub badge: Option<String>,
    /// All they can do from now on.
    pub skills: Option<Vec<String>>,
    /// The user they are when they log in.
    pub user_id: Change<String>,
    /// Whether it is in use.
    pub is_active: Option<bool>,
}

/// A request to clock an operator in or out, as it came in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClockRequest {
    /// `in` or `out`; required.
    pub event: Option<String>,
}

impl OperatorDraft {
    /// What the new operator is to be.
    ///
    /// # Errors
    /// Every fault at once.
    pub fn validate(&self) -> Result<NewOperator, Vec<Fault>> {
        let mut faults = Vec::new();
        let name = kept(fields::required_name(self.name.as_deref()), &mut faults);
        let mend = "must be given; send 1 to 50 visible characters on one line";
        let badge = kept(required("badge", badge(self.badge.as_deref()), mend), &mut faults);
        let skills = kept_all(self.skills(), &mut faults);
        let user = kept(self.user_id.as_deref().map(user).transpose(), &mut faults);
        match (name, badge, skills, user) {
            (Some(name), Some(badge), Some(skills), Some(user)) => {
                Ok(NewOperator { name, badge, skills, user, is_active: self.is_active.unwrap_or(true) })
            }
            _ => Err(faults),
        }
    }

    fn skills(&self) -> Result<BTreeSet<Skill>, Vec<Fault>> {
        skills("skills", self.skills.as_deref().unwrap_or_default())
    }
}

impl OperatorPatch {
    /// The change that is asked for.
    ///
    /// # Errors
    /// Every fault at once; a patch without any field is the fault of `body`.
    pub fn validate(&self) -> Result<OperatorChange, Vec<Fault>> {
        if *self == Self::default() {
            let mend = "must have at least one of name, badge, skills, userId, isActive";
            return Err(fields::nothing_to_change(mend));
        }
        let mut faults = Vec::new();
        let name = kept(fields::name(self.name.as_deref()), &mut faults);
        let badge = kept(badge(self.badge.as_deref()), &mut faults);
        let skills = self.skills.as_deref().map(|texts| skills("skills", texts)).transpose();
        let skills = kept_all(skills, &mut faults);
        let user = kept(self.user_id.try_map(|text| user(text)), &mut faults);
        match (name, badge, skills, user) {
            (Some(name), Some(badge), Some(skills), Some(user)) => {
                Ok(OperatorChange { name, badge, skills, user, is_active: self.is_active })
            }
            _ => Err(faults),
        }
    }
}

impl ClockRequest {
    /// The event that is asked for.
    ///
    /// # Errors
    /// When it is missing or unknown.
    pub fn validate(&self) -> Result<ClockEvent, Vec<Fault>> {
        let event = self.event.as_deref().map(str::parse).transpose();
        let event =
            event.map_err(|fault: UnknownWord| Fault::new("event", "UNKNOWN_VALUE", fault.to_string()));
        required("event", event, "must be given; send in or out").map_err(|fault| vec![fault])
    }
}

fn badge(text: Option<&str>) -> Result<Option<Badge>, Fault> {
    text.map(Badge::try_new).transpose().map_err(|fault| {
        let message = format!("{fault}; send 1 to {} visible characters on one line", Badge::MAX);
        Fault::new("badge", "INVALID_VALUE", message)
    })
}

fn user(text: &str) -> Result<UserId, Fault> {
    text.parse().map_err(|_| UNKNOWN_USER)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fields::codes;

    #[test]
    fn a_draft_names_every_fault_at_once() {
        let faults = OperatorDraft::default().validate().unwrap_err();
        assert_eq!(codes(&faults), [("name", "MISSING_FIELD"), ("badge", "MISSING_FIELD")]);
        let draft = OperatorDraft {
            name: Some("a\nb".into()),
            badge: Some(" ".into()),
            skills: Some(vec!["ok".into(), "".into(), "\0".into()]),
            user_id: Some("user-uuid-222".into()),
            is_active: None,
        };
        let expected = [
            ("name", "INVALID_VALUE"),
            ("badge", "INVALID_VALUE"),
            ("skills.1", "INVALID_VALUE"),
            ("skills.2", "INVALID_VALUE"),
            ("userId", "UNKNOWN_USER"),
        ];
        assert_eq!(codes(&draft.validate().unwrap_err()), expected);
    }

    #[test]
    fn an_operator_without_skills_and_user_is_one_too() {
        let draft =
            OperatorDraft { name: Some("Ann".into()), badge: Some("A-17".into()), ..Default::default() };
        let new = draft.validate().unwrap();
        assert_eq!((new.skills.len(), new.user, new.is_active), (0, None, true));
    }

    #[test]
    fn a_patch_needs_a_field_and_leaves_the_others_alone() {
        let faults = OperatorPatch::default().validate().unwrap_err();
        assert_eq!(codes(&faults), [("body", "MISSING_FIELD")]);
        let patch = OperatorPatch { user_id: Change::Clear, ..Default::default() };
        let expected = OperatorChange { user: Change::Clear, ..Default::default() };
        assert_eq!(patch.validate(), Ok(expected));
        let patch = OperatorPatch {
            badge: Some("".into()),
            skills: Some(vec!["".into()]),
            user_id: Change::Set("7".into()),
            ..Default::default()
        };
        let expected =
            [("badge", "INVALID_VALUE"), ("skills.0", "INVALID_VALUE"), ("userId", "UNKNOWN_USER")];
        assert_eq!(codes(&patch.validate().unwrap_err()), expected);
    }

    #[test]
    fn clocking_needs_a_known_event() {
        let request = |event: Option<&str>| ClockRequest { event: event.map(Into::into) }.validate();
        assert_eq!((request(Some("in")), request(Some("out"))), (Ok(ClockEvent::In), Ok(ClockEvent::Out)));
        assert_eq!(codes(&request(None).unwrap_err()), [("event", "MISSING_FIELD")]);
        assert_eq!(codes(&request(Some("lunch")).unwrap_err()), [("event", "UNKNOWN_VALUE")]);
    }
}
