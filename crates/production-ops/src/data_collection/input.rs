use std::collections::BTreeSet;

use kernel::access::UnknownWord;
use kernel::change::Change;
use kernel::clock::IdSource;
use kernel::error::Fault;
use serde_json::Value;

use super::field::Field;
use super::values::OnViolation;
use super::{ActivityChange, NewActivity};
use crate::fields::{self, description, kept, kept_all};

/// A request for a new data collection activity, as it came in.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ActivityDraft {
    /// Its name; required.
    pub name: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// What it collects, as JSON objects; nothing in particular if not given.
    pub fields: Option<Vec<Value>>,
    /// `reject` or `record`; `reject` if not given.
    pub on_violation: Option<String>,
    /// Whether it is in use; it is if not given.
    pub is_active: Option<bool>,
}

/// A request to change a data collection activity, as it came in; at least one field is required.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ActivityPatch {
    /// Its new name.
    pub name: Option<String>,
    /// What it is for.
    pub description: Change<String>,
    /// All it collects from now on.
    pub fields: Option<Vec<Value>>,
    /// `reject` or `record`.
    pub on_violation: Option<String>,
    /// Whether it is in use.
    pub is_active: Option<bool>,
}

/// The most fields of an activity.
const FIELDS: usize = 100;

impl ActivityDraft {
    /// What the new activity is to be; its fields have new ids.
    ///
    /// # Errors
    /// Every fault at once.
    pub fn validate(&self, ids: &dyn IdSource) -> Result<NewActivity, Vec<Fault>> {
        let mut faults = Vec::new();
        let name = kept(fields::required_name(self.name.as_deref()), &mut faults);
        let about = self.description.as_deref().map(description).transpose();
        let about = kept(about.map(Option::flatten), &mut faults);
        let read = kept_all(read(self.fields.as_deref().unwrap_or_default(), ids), &mut faults);
        let on_violation = kept(on_violation(self.on_violation.as_deref()), &mut faults);
        match (name, about, read, on_violation) {
            (Some(name), Some(description), Some(fields), Some(on_violation)) if faults.is_empty() => {
                Ok(NewActivity {
                    name,
                    description,
                    fields,
                    on_violation: on_violation.unwrap_or(OnViolation::Reject),
                    is_active: self.is_active.unwrap_or(true),
                })
            }
            _ => Err(faults),
        }
    }
}

impl ActivityPatch {
    /// The change that is asked for; its fields have new ids, which count where a name is new.
    ///
    /// # Errors
    /// Every fault at once; a patch without any field is the fault of `body`.
    pub fn validate(&self, ids: &dyn IdSource) -> Result<ActivityChange, Vec<Fault>> {
        if *self == Self::default() {
            let mend = "must have at least one of name, description, fields, onViolation, isActive";
            return Err(fields::nothing_to_change(mend));
        }
        let mut faults = Vec::new();
        let name = kept(fields::name(self.name.as_deref()), &mut faults);
        let about = kept(fields::described(&self.description), &mut faults);
        let read = self.fields.as_deref().map(|fields| read(fields, ids)).transpose();
        let read = kept_all(read, &mut faults);
        let on_violation = kept(on_violation(self.on_violation.as_deref()), &mut faults);
        match (name, about, read, on_violation) {
            (Some(name), Some(description), Some(fields), Some(on_violation)) => {
                Ok(ActivityChange { name, description, fields, on_violation, is_active: self.is_active })
            }
            _ => Err(faults),
        }
    }
}

fn read(values: &[Value], ids: &dyn IdSource) -> Result<Vec<Field>, Vec<Fault>> {
    if values.len() > FIELDS {
        let message = format!("may have at most {FIELDS} entries, this has {}", values.len());
        return Err(vec![Fault::new("fields", "OUT_OF_RANGE", message)]);
    }
    let (mut read, mut faults, mut names) = (Vec::with_capacity(values.len()), Vec::new(), BTreeSet::new());
    for (at, value) in values.iter().enumerate() {
        match Field::read(&format!("fields.{at}"), value, ids.id()) {
            Ok(field) if !names.insert(field.name.clone()) => {
                let message = "is another field's of this activity; choose another name";
                faults.push(Fault::new(format!("fields.{at}.name"), "DUPLICATE_NAME", message));
            }
            Ok(field) => read.push(field),
            Err(found) => faults.extend(found),
        }
    }
    if faults.is_empty() { Ok(read) } else { Err(faults) }
}

fn on_violation(text: Option<&str>) -> Result<Option<OnViolation>, Fault> {
    text.map(str::parse)
        .transpose()
        .map_err(|fault: UnknownWord| Fault::new("onViolation", "UNKNOWN_VALUE", fault.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fields::codes;
    use kernel::clock::CountedIds;
    use serde_json::json;

    fn ids() -> CountedIds {
        CountedIds::default()
    }

    #[test]
    fn a_draft_names_every_fault_at_once() {
        let faults = ActivityDraft::default().validate(&ids()).unwrap_err();
        assert_eq!(codes(&faults), [("name", "MISSING_FIELD")]);
        let draft = ActivityDraft {
            name: Some("".into()),
            description: Some("a\0".into()),
            fields: Some(vec![
                json!({"name": "x", "type": "text"}),
                json!({"type": "number", "validation": {"min": "1"}}),
                json!({"name": " x ", "type": "date"}),
            ]),
            on_violation: Some("ignore".into()),
            is_active: None,
        };
        let expected = [
            ("name", "INVALID_VALUE"),
            ("description", "INVALID_VALUE"),
            ("fields.1.name", "MISSING_FIELD"),
            ("fields.1.validation.min", "INVALID_TYPE"),
            ("fields.2.name", "DUPLICATE_NAME"),
            ("onViolation", "UNKNOWN_VALUE"),
        ];
        assert_eq!(codes(&draft.validate(&ids()).unwrap_err()), expected);
        let many = ActivityDraft {
            name: Some("x".into()),
            fields: Some(vec![json!({}); 101]),
            ..Default::default()
        };
        assert_eq!(codes(&many.validate(&ids()).unwrap_err()), [("fields", "OUT_OF_RANGE")]);
    }

    #[test]
    fn an_activity_refuses_what_breaks_limits_unless_it_says_otherwise() {
        let draft = ActivityDraft {
            name: Some("Torque".into()),
            description: Some("  ".into()),
            ..Default::default()
        };
        let new = draft.validate(&ids()).unwrap();
        let facts = (new.description, new.fields.len(), new.on_violation, new.is_active);
        assert_eq!(facts, (None, 0, OnViolation::Reject, true));
        let draft = ActivityDraft { on_violation: Some("record".into()), ..draft };
        assert_eq!(draft.validate(&ids()).unwrap().on_violation, OnViolation::Record);
    }

    #[test]
    fn a_patch_needs_a_field_and_leaves_the_others_alone() {
        let faults = ActivityPatch::default().validate(&ids()).unwrap_err();
        assert_eq!(codes(&faults), [("body", "MISSING_FIELD")]);
        let patch = ActivityPatch { fields: Some(vec![]), ..Default::default() };
        let expected = ActivityChange { fields: Some(vec![]), ..Default::default() };
        assert_eq!(patch.validate(&ids()), Ok(expected));
        let patch = ActivityPatch {
            description: Change::Set("x".repeat(2_001)),
            fields: Some(vec![json!(7)]),
            ..Default::default()
        };
        let expected = [("description", "INVALID_VALUE"), ("fields.0", "INVALID_TYPE")];
        assert_eq!(codes(&patch.validate(&ids()).unwrap_err()), expected);
    }
}
