use kernel::error::Fault;

use super::DepartmentChange;
use crate::fields;
use crate::name::Name;

/// A request for a new department, as it came in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DepartmentDraft {
    /// Its name; required.
    pub name: Option<String>,
}

/// A request to change a department, as it came in; at least one field is required.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DepartmentPatch {
    /// Its new name.
    pub name: Option<String>,
    /// Whether it is in use.
    pub is_active: Option<bool>,
}

impl DepartmentDraft {
    /// The new department's name.
    ///
    /// # Errors
    /// Every fault at once.
    pub fn validate(&self) -> Result<Name, Vec<Fault>> {
        fields::required_name(self.name.as_deref()).map_err(|fault| vec![fault])
    }
}

impl DepartmentPatch {
    /// The change that is asked for.
    ///
    /// # Errors
    /// Every fault at once; a patch without any field is the fault of `body`.
    pub fn validate(&self) -> Result<DepartmentChange, Vec<Fault>> {
        if *self == Self::default() {
            return Err(fields::nothing_to_change("must have name, isActive or both"));
        }
        let name = fields::name(self.name.as_deref()).map_err(|fault| vec![fault])?;
        Ok(DepartmentChange { name, is_active: self.is_active })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fields::codes;

    #[test]
    fn a_draft_needs_a_name() {
        let faults = DepartmentDraft::default().validate().unwrap_err();
        assert_eq!(codes(&faults), [("name", "MISSING_FIELD")]);
        let faults = DepartmentDraft { name: Some("a\nb".into()) }.validate().unwrap_err();
        assert_eq!(codes(&faults), [("name", "INVALID_VALUE")]);
    }

    #[test]
    fn a_patch_needs_a_field_and_leaves_the_others_alone() {
        let faults = DepartmentPatch::default().validate().unwrap_err();
        assert_eq!(codes(&faults), [("body", "MISSING_FIELD")]);
        let patch = DepartmentPatch { name: None, is_active: Some(true) };
        assert_eq!(patch.validate(), Ok(DepartmentChange { name: None, is_active: Some(true) }));
        let faults = DepartmentPatch { name: Some(" ".into()), is_active: None }.validate().unwrap_err();
        assert_eq!(codes(&faults), [("name", "INVALID_VALUE")]);
    }
}
