//! Reads the fields that requests share, and words their faults as the MES surface does.

use std::borrow::Cow;

use kernel::error::Fault;

use crate::department::DepartmentId;
use crate::name::Name;

pub(crate) fn name(text: Option<&str>) -> Result<Option<Name>, Fault> {
    text.map(Name::try_new).transpose().map_err(|fault| {
        let message = format!("{fault}; send 1 to {} visible characters on one line", Name::MAX);
        Fault::new("name", "INVALID_VALUE", message)
    })
}

pub(crate) fn required_name(text: Option<&str>) -> Result<Name, Fault> {
    required("name", name(text), "must be given; send 1 to 100 visible characters on one line")
}

pub(crate) fn department_id(text: Option<&str>) -> Result<Option<DepartmentId>, Fault> {
    text.map(str::parse).transpose().map_err(|_| UNKNOWN_DEPARTMENT)
}

pub(crate) fn required_department_id(text: Option<&str>) -> Result<DepartmentId, Fault> {
    required(
        "departmentId",
        department_id(text),
        "must be given; send the id of one of the team's departments",
    )
}

/// One fault for a malformed id and for one that does not exist: neither names a department.
pub(crate) const UNKNOWN_DEPARTMENT: Fault = fixed(
    "departmentId",
    "UNKNOWN_DEPARTMENT",
    "names no department of the team; send the id of one that exists",
);

/// A patch without any field; no field is to blame, so the whole body is.
pub(crate) fn nothing_to_change(mend: &'static str) -> Vec<Fault> {
    vec![Fault::new("body", "MISSING_FIELD", mend)]
}

pub(crate) const fn fixed(field: &'static str, code: &'static str, message: &'static str) -> Fault {
    Fault { field: Cow::Borrowed(field), code: Cow::Borrowed(code), message: Cow::Borrowed(message) }
}

pub(crate) fn listed(faults: &[Fault]) -> String {
    faults.iter().map(|fault| format!("{} {}", fault.field, fault.message)).collect::<Vec<_>>().join("; ")
}

pub(crate) fn required<T>(
    field: &'static str,
    value: Result<Option<T>, Fault>,
    mend: &'static str,
) -> Result<T, Fault> {
    value?.ok_or_else(|| fixed(field, "MISSING_FIELD", mend))
}

#[cfg(test)]
pub(crate) fn codes(faults: &[Fault]) -> Vec<(&str, &str)> {
    faults.iter().map(|fault| (&*fault.field, &*fault.code)).collect()
}
