use kernel::json::{Json, JsonObject};

use super::policy::Violation;
use super::{Activity, ActivityId};
use crate::name::Name;

/// An activity of an operation, and whether it still waits for data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueActivity {
    pub activity: Activity,
    /// Whether the operation needs its data before it is completed.
    pub is_required: bool,
    /// Whether data was submitted for it.
    pub is_collected: bool,
}

/// What was captured for one activity when its operation was completed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Captured {
    pub activity: ActivityId,
    /// The values of its fields.
    pub data: JsonObject,
    /// What they break, where the activity records that.
    pub violations: Vec<Violation>,
}

/// Why an operation can't be completed with what was noted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CaptureFault {
    /// A required activity has no data.
    #[error("`{}` must have data before the operation is completed; submit it, or send its fields here", .0.as_str())]
    NoData(Name),
    /// A value is not let through.
    #[error("{}", .0.message)]
    Violation(Violation),
}

/// Holds what is noted at the completion of an operation to the fields of its activities (`docs/spec/mes.md`,
/// "Required data").
///
/// Keys that no field defines are let through. For an activity of which any field is carried, all that is required must
/// be, unless its data was collected before.
///
/// # Errors
/// Every fault at once: values that are not let through, and required activities without data.
pub fn capture(due: &[DueActivity], noted: Option<&JsonObject>) -> Result<Vec<Captured>, Vec<CaptureFault>> {
    let (mut captured, mut faults) = (Vec::new(), Vec::new());
    for due in due {
        let data = noted.map(|noted| carried(&due.activity, noted)).unwrap_or_default();
        if data.is_empty() {
            let is_lacking = due.is_required && !due.is_collected;
            faults.extend(is_lacking.then(|| CaptureFault::NoData(due.activity.name.clone())));
            continue;
        }
        match due.activity.judge(&data) {
            Ok(verdict) => {
                let activity = due.activity.id;
                captured.push(Captured { activity, data, violations: verdict.violations });
            }
            Err(violations) => {
                let forgiven = |violation: &Violation| due.is_collected && violation.code == "MISSING_FIELD";
                let violations = violations.into_iter().filter(|violation| !forgiven(violation));
                faults.extend(violations.map(CaptureFault::Violation));
            }
        }
    }
    if faults.is_empty() { Ok(captured) } else { Err(faults) }
}

/// The values that are for one of the activity's fields.
fn carried(activity: &Activity, noted: &JsonObject) -> JsonObject {
    let is_carried = |(key, value): &(&String, &Json)| {
        !value.is_null() && activity.fields.iter().any(|field| field.definition.name.as_str() == *key)
    };
    noted.iter().filter(is_carried).map(|(key, value)| (key.clone(), value.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data_collection::{FieldDefinition, FieldDefinitions, NewActivity, OnViolation};
    use chrono::DateTime;
    use kernel::clock::{CountedIds, IdSource};
    use kernel::json;
    use serde_json::{Value, json};

    /// Torque from 40 to 50 is required of it, a note is not.
    fn torque(on_violation: OnViolation) -> Activity {
        let ids: &dyn IdSource = &CountedIds::default();
        let definitions = [
            json!({"name": "torqueReading", "type": "number", "required": true, "validation": {"min": 40, "max": 50}}),
            json!({"name": "remark", "type": "text"}),
        ];
        let mut fields = FieldDefinitions::default();
        for definition in definitions {
            fields.add(FieldDefinition::from_json(&definition).unwrap()).unwrap();
        }
        let name = Name::try_new("Torque Measurement").unwrap();
        let new = NewActivity { name, description: None, fields, on_violation, is_active: true };
        Activity::create(ids.id(), new, ids, DateTime::UNIX_EPOCH)
    }

    fn due(is_required: bool, is_collected: bool) -> DueActivity {
        DueActivity { activity: torque(OnViolation::Reject), is_required, is_collected }
    }

    /// How much is captured, or the field and the code of each violation; of an activity without data its name alone.
    fn captures(due: DueActivity, noted: Value) -> Result<usize, Vec<(String, &'static str)>> {
        let noted = (!noted.is_null()).then(|| json::object(noted));
        let found = capture(&[due], noted.as_ref());
        let shown = |fault: CaptureFault| match fault {
            CaptureFault::NoData(name) => (name.as_str().to_owned(), "no data"),
            CaptureFault::Violation(violation) => (violation.field.to_string(), violation.code),
        };
        found.map(|captured| captured.len()).map_err(|faults| faults.into_iter().map(shown).collect())
    }

    fn fault(field: &str, code: &'static str) -> Result<usize, Vec<(String, &'static str)>> {
        Err(vec![(field.to_owned(), code)])
    }

    #[test]
    fn a_required_activity_wants_data_collected_or_captured() {
        let lacking = fault("Torque Measurement", "no data");
        for (required, collected, noted, expected) in [
            (true, false, json!(null), lacking.clone()),
            (true, false, json!({}), lacking.clone()),
            (true, false, json!({"qualityCheck": true}), lacking.clone()),
            (true, false, json!({"torqueReading": null}), lacking),
            (true, true, json!(null), Ok(0)),
            (false, false, json!(null), Ok(0)),
            (true, false, json!({"torqueReading": 45.2, "qualityCheck": true}), Ok(1)),
            (false, false, json!({"torqueReading": 45.2}), Ok(1)),
        ] {
            assert_eq!(captures(due(required, collected), noted.clone()), expected, "{noted}");
        }
    }

    #[test]
    fn what_is_captured_is_held_to_the_fields() {
        let beyond = fault("torqueReading", "OUT_OF_RANGE");
        assert_eq!(captures(due(true, false), json!({"torqueReading": 50.001})), beyond);
        assert_eq!(captures(due(false, true), json!({"torqueReading": 39.9})), beyond);
        let missing = fault("torqueReading", "MISSING_FIELD");
        assert_eq!(captures(due(true, false), json!({"remark": "fine"})), missing);
        assert_eq!(captures(due(true, true), json!({"remark": "fine"})), Ok(0), "it was collected before");
    }

    #[test]
    fn an_activity_that_records_violations_gets_them() {
        let activity = torque(OnViolation::Record);
        let due = DueActivity { activity, is_required: true, is_collected: false };
        let noted = json!({"torqueReading": 51, "other": 1});
        let captured = capture(&[due], Some(&json::object(noted))).unwrap();
        assert_eq!(captured[0].data, json::object(json!({"torqueReading": 51})));
        assert_eq!(captured[0].violations[0].code, "OUT_OF_RANGE");
    }
}
