//! Fields that bodies of several resources have.

use kernel::error::Fault;
use production_ops::DepartmentId;

use crate::request::faults::{Faults, FieldReader};
use crate::request::field::Field;

/// A `name`, to be read by the value type's `try_new`.
pub(super) fn name(faults: &mut Faults, field: Field<String>) -> FieldReader<'_, String> {
    faults.field("name", field).hint("send 1 to 100 visible characters on one line")
}

/// A `departmentId`, to be read by [`department_id`].
pub(super) fn department(faults: &mut Faults, field: Field<String>) -> FieldReader<'_, String> {
    let reader = faults.field("departmentId", field).code("UNKNOWN_DEPARTMENT");
    reader.missing_hint("send the id of one of the team's departments")
}

const UNKNOWN_DEPARTMENT: &str = "names no department of the team; send the id of one that exists";

/// A malformed id names no department, like one that does not exist.
pub(super) fn department_id(text: &str) -> Result<DepartmentId, &'static str> {
    text.parse().map_err(|_| UNKNOWN_DEPARTMENT)
}

pub(super) fn unknown_department() -> Fault {
    Fault::new("departmentId", "UNKNOWN_DEPARTMENT", UNKNOWN_DEPARTMENT)
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
