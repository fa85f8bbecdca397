use kernel::error::Fault;

use super::{NewPauseReason, PauseCategory, PauseReasonChange};
use crate::fields;

/// A request for a new pause reason, as it came in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PauseReasonDraft {
    /// Its name; required.
    pub name: Option<String>,
    /// `planned` or `unplanned`; required.
    pub category: Option<String>,
    /// Whether it is in use; it is if not given.
    pub is_active: Option<bool>,
}

/// A request to change a pause reason, as it came in; at least one field is required.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PauseReasonPatch {
    /// Its new name.
    pub name: Option<String>,
    /// Its new category.
    pub category: Option<String>,
    /// Whether it is in use.
    pub is_active: Option<bool>,
}

impl PauseReasonDraft {
    /// What the new pause reason is to be.
    ///
    /// # Errors
    /// Every fault at once.
    pub fn validate(&self) -> Result<NewPauseReason, Vec<Fault>> {
        let name = fields::required_name(self.name.as_deref());
        let category = category(self.category.as_deref());
        let category = fields::required("category", category, "must be given; send planned or unplanned");
        match (name, category) {
            (Ok(name), Ok(category)) => {
                Ok(NewPauseReason { name, category, is_active: self.is_active.unwrap_or(true) })
            }
            (name, category) => Err([name.err(), category.err()].into_iter().flatten().collect()),
        }
    }
}

impl PauseReasonPatch {
    /// The change that is asked for.
    ///
    /// # Errors
    /// Every fault at once; a patch without any field is the fault of `body`.
    pub fn validate(&self) -> Result<PauseReasonChange, Vec<Fault>> {
        if *self == Self::default() {
            return Err(fields::nothing_to_change("must have at least one of name, category, isActive"));
        }
        match (fields::name(self.name.as_deref()), category(self.category.as_deref())) {
            (Ok(name), Ok(category)) => Ok(PauseReasonChange { name, category, is_active: self.is_active }),
            (name, category) => Err([name.err(), category.err()].into_iter().flatten().collect()),
        }
    }
}

fn category(text: Option<&str>) -> Result<Option<PauseCategory>, Fault> {
    text.map(str::parse).transpose().map_err(|fault: kernel::access::UnknownWord| {
        Fault::new("category", "UNKNOWN_VALUE", fault.to_string())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fields::codes;

    #[test]
    fn a_draft_names_every_fault_at_once() {
        let faults = PauseReasonDraft::default().validate().unwrap_err();
        assert_eq!(codes(&faults), [("name", "MISSING_FIELD"), ("category", "MISSING_FIELD")]);
        let draft = PauseReasonDraft {
            name: Some("a\0".into()),
            category: Some("sometimes".into()),
            is_active: Some(false),
        };
        let faults = draft.validate().unwrap_err();
        assert_eq!(codes(&faults), [("name", "INVALID_VALUE"), ("category", "UNKNOWN_VALUE")]);
    }

    #[test]
    fn a_draft_is_in_use_unless_it_says_otherwise() {
        let draft = PauseReasonDraft {
            name: Some("Lunch".into()),
            category: Some("planned".into()),
            is_active: None,
        };
        assert!(draft.validate().unwrap().is_active);
        let draft = PauseReasonDraft { is_active: Some(false), ..draft };
        assert!(!draft.validate().unwrap().is_active);
    }

    #[test]
    fn a_patch_needs_a_field_and_leaves_the_others_alone() {
        let faults = PauseReasonPatch::default().validate().unwrap_err();
        assert_eq!(codes(&faults), [("body", "MISSING_FIELD")]);
        let patch = PauseReasonPatch { category: Some("unplanned".into()), ..Default::default() };
        let expected = PauseReasonChange { category: Some(PauseCategory::Unplanned), ..Default::default() };
        assert_eq!(patch.validate(), Ok(expected));
        let patch = PauseReasonPatch { name: Some(" ".into()), category: Some("".into()), is_active: None };
        let faults = patch.validate().unwrap_err();
        assert_eq!(codes(&faults), [("name", "INVALID_VALUE"), ("category", "UNKNOWN_VALUE")]);
    }
}
