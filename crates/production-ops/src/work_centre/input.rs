use kernel::error::Fault;

use super::{NewWorkCentre, WorkCentreChange, WorkCentreNumber};
use crate::fields;

/// A request for a new work centre, as it came in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WorkCentreDraft {
    /// Its number; the next one if not given.
    pub number: Option<i64>,
    /// Its name; required.
    pub name: Option<String>,
    /// The department it stands in; required.
    pub department_id: Option<String>,
}

/// A request to change a work centre, as it came in; at least one field is required.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WorkCentrePatch {
    /// Its new name.
    pub name: Option<String>,
    /// The department it moves to.
    pub department_id: Option<String>,
    /// Whether it is in use.
    pub is_active: Option<bool>,
}

impl WorkCentreDraft {
    /// What the new work centre is to be.
    ///
    /// # Errors
    /// Every fault at once.
    pub fn validate(&self) -> Result<NewWorkCentre, Vec<Fault>> {
        let number = number(self.number);
        let name = fields::required_name(self.name.as_deref());
        let department = fields::required_department_id(self.department_id.as_deref());
        match (number, name, department) {
            (Ok(number), Ok(name), Ok(department)) => Ok(NewWorkCentre { number, name, department }),
            (number, name, department) => {
                Err([number.err(), name.err(), department.err()].into_iter().flatten().collect())
            }
        }
    }
}

impl WorkCentrePatch {
    /// The change that is asked for.
    ///
    /// # Errors
    /// Every fault at once; a patch without any field is the fault of `body`.
    pub fn validate(&self) -> Result<WorkCentreChange, Vec<Fault>> {
        if *self == Self::default() {
            return Err(fields::nothing_to_change("must have at least one of name, departmentId, isActive"));
        }
        let name = fields::name(self.name.as_deref());
        let department = fields::department_id(self.department_id.as_deref());
        match (name, department) {
            (Ok(name), Ok(department)) => {
                Ok(WorkCentreChange { name, department, is_active: self.is_active })
            }
            (name, department) => Err([name.err(), department.err()].into_iter().flatten().collect()),
        }
    }
}

fn number(figure: Option<i64>) -> Result<Option<WorkCentreNumber>, Fault> {
    figure.map(WorkCentreNumber::try_new).transpose().map_err(|fault| {
        Fault::new("number", "OUT_OF_RANGE", format!("{fault}; leave it out to get the next free one"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fields::codes;

    #[test]
    fn a_draft_names_every_fault_at_once() {
        let faults = WorkCentreDraft::default().validate().unwrap_err();
        assert_eq!(codes(&faults), [("name", "MISSING_FIELD"), ("departmentId", "MISSING_FIELD")]);
        let draft =
            WorkCentreDraft { number: Some(0), name: Some("".into()), department_id: Some("dept-1".into()) };
        let expected =
            [("number", "OUT_OF_RANGE"), ("name", "INVALID_VALUE"), ("departmentId", "UNKNOWN_DEPARTMENT")];
        assert_eq!(codes(&draft.validate().unwrap_err()), expected);
    }

    #[test]
    fn a_patch_needs_a_field_and_names_every_fault_at_once() {
        let faults = WorkCentrePatch::default().validate().unwrap_err();
        assert_eq!(codes(&faults), [("body", "MISSING_FIELD")]);
        let patch =
            WorkCentrePatch { name: Some("\0".into()), department_id: Some("7".into()), is_active: None };
        let expected = [("name", "INVALID_VALUE"), ("departmentId", "UNKNOWN_DEPARTMENT")];
        assert_eq!(codes(&patch.validate().unwrap_err()), expected);
    }
}
