//! Fields that bodies of several resources have.

use std::collections::BTreeSet;

use crate::prelude::*;
use kernel::id::Id;
use kernel::id::UserId;
use production_ops::Skill;
use production_ops::data_collection::Violation;
use production_ops::operation::OperatorRef;

/// How to mend a faulty name.
pub(super) const NAME_HINT: &str = "send 1 to 100 visible characters on one line";

/// A `name`, to be read by the value type's `try_new`.
pub(super) fn name(faults: &mut Faults, field: Field<String>) -> FieldReader<'_, String> {
    faults.field("name", field).hint(NAME_HINT)
}

/// A `departmentId`, to be read by [`department_id`].
pub(super) fn department(faults: &mut Faults, field: Field<String>) -> FieldReader<'_, String> {
    let reader = faults.field("departmentId", field).code("UNKNOWN_DEPARTMENT");
    reader.missing_hint("send the id of one of the team's departments")
}

pub(super) const UNKNOWN_DEPARTMENT: &str = "names no department of the team; send the id of one that exists";

/// A malformed id names no department, like one that does not exist.
pub(super) fn department_id<K>(text: &str) -> Result<Id<K>, &'static str> {
    text.parse().map_err(|_| UNKNOWN_DEPARTMENT)
}

pub(super) fn unknown_department() -> Fault {
    Fault::new("departmentId", "UNKNOWN_DEPARTMENT", UNKNOWN_DEPARTMENT)
}

const UNKNOWN_WORK_ORDER_OPERATION: &str =
    "names no work order operation of the team; send the id of one that exists";

/// Reads a `workOrderOperationId`. A malformed id names no operation, like one that does not exist.
pub(super) fn work_order_operation<K>(faults: &mut Faults, field: Field<String>) -> Option<Id<K>> {
    let reader = faults.field("workOrderOperationId", field).code("UNKNOWN_WORK_ORDER_OPERATION");
    reader.optional(|text| text.parse().map_err(|_| UNKNOWN_WORK_ORDER_OPERATION))
}

pub(super) fn unknown_work_order_operation() -> Fault {
    Fault::new("workOrderOperationId", "UNKNOWN_WORK_ORDER_OPERATION", UNKNOWN_WORK_ORDER_OPERATION)
}

const UNKNOWN_USER: &str = "names no user of the team; send the id of one that exists";

/// A malformed id names no user, like one that does not exist.
pub(super) fn user_id(text: &str) -> Result<UserId, &'static str> {
    text.parse().map_err(|_| UNKNOWN_USER)
}

pub(super) fn unknown_user() -> Fault {
    Fault::new("userId", "UNKNOWN_USER", UNKNOWN_USER)
}

const UNKNOWN_OPERATOR: &str =
    "names no operator of the team; send the id of one, or of the user linked to one";

/// A malformed id names no operator, like one that does not exist.
pub(super) fn operator_ref(text: &str) -> Result<OperatorRef, &'static str> {
    text.parse().map(OperatorRef).map_err(|_| UNKNOWN_OPERATOR)
}

/// What a value of data breaks, where the data is the field `path` of a body.
pub(super) fn violation_fault(path: &str, violation: &Violation) -> Fault {
    Fault::new(format!("{path}.{}", violation.field), violation.code, violation.message.clone())
}

/// The set of skills of a list, in which one may stand twice; `None` if the field is absent or of another type.
pub(super) fn skills(faults: &mut Faults, name: &str, field: Field<Vec<String>>) -> Option<BTreeSet<Skill>> {
    let texts = faults.field(name, field).given()?;
    if texts.len() > Skill::MOST {
        let message = format!("may have at most {} entries, this has {}", Skill::MOST, texts.len());
        faults.add(name, "OUT_OF_RANGE", message);
        return None;
    }
    let mut found = BTreeSet::new();
    for (position, text) in texts.iter().enumerate() {
        match Skill::try_new(text) {
            Ok(skill) => drop(found.insert(skill)),
            Err(fault) => {
                let message = format!("{fault}; send 1 to {} visible characters on one line", Skill::MAX);
                faults.add(&format!("{name}.{position}"), "INVALID_VALUE", message);
            }
        }
    }
    Some(found)
}

/// A malformed id names no activity, like one that does not exist.
pub(super) const UNKNOWN_ACTIVITY: &str =
    "names no data collection activity of the team; send the id of one that exists";

/// Reads a body that must be faultless.
#[cfg(test)]
pub(super) fn read_whole<B: crate::request::body::RequestBody>(body: serde_json::Value) -> B::Domain {
    let serde_json::Value::Object(object) = body.clone() else { panic!("an object: {body}") };
    crate::request::body::read::<B>(object).unwrap_or_else(|faults| panic!("{body}: {faults:?}"))
}

/// Asserts what is wrong with a body that is read as a `B`: field and code of each fault.
#[cfg(test)]
pub(super) fn assert_faults<B: crate::request::body::RequestBody>(
    body: serde_json::Value,
    expected: &[(&str, &str)],
) {
    let serde_json::Value::Object(object) = body.clone() else { panic!("an object: {body}") };
    let faults = crate::request::body::read::<B>(object).err().unwrap_or_default();
    let found: Vec<_> = faults.iter().map(|fault| (&*fault.field, &*fault.code)).collect();
    assert_eq!(found, expected, "{body}");
}

/// Asserts the status of a refusal, and that it blames one field with its own code.
#[cfg(test)]
pub(super) fn assert_blames(
    refusal: impl Into<crate::response::errors::ApiError>,
    status: u16,
    (field, code): (&str, &str),
) {
    let error = refusal.into();
    assert_eq!((error.status.as_u16(), error.code), (status, code));
    let blamed: Vec<_> = error.faults.iter().map(|fault| (&*fault.field, &*fault.code)).collect();
    assert_eq!(blamed, [(field, code)]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::faults::Wording;

    fn read(texts: Vec<String>) -> (Vec<String>, Vec<(String, String)>) {
        let mut faults = Faults::new(Wording::Plain);
        let found = skills(&mut faults, "skills", Field::Given(texts)).unwrap_or_default();
        let faults = faults.into_all().into_iter();
        let words = found.iter().map(|skill| skill.as_str().to_owned()).collect();
        (words, faults.map(|fault| (fault.field.into_owned(), fault.code.into_owned())).collect())
    }

    #[test]
    fn skills_are_a_set_in_which_case_counts() {
        let (words, faults) = read(["b", " a ", "A", "b"].map(String::from).into());
        assert_eq!((words, faults), (["A", "a", "b"].map(String::from).into(), Vec::new()));
    }

    #[test]
    fn every_faulty_skill_is_named_by_its_place() {
        let named = |field: &str, code: &str| (field.to_owned(), code.to_owned());
        let (_, faults) = read(vec!["ok".into(), " ".into(), "x".repeat(51)]);
        assert_eq!(faults, [named("skills.1", "INVALID_VALUE"), named("skills.2", "INVALID_VALUE")]);
        let (_, faults) = read(vec!["a".into(); 101]);
        assert_eq!(faults, [named("skills", "OUT_OF_RANGE")]);
    }
}
