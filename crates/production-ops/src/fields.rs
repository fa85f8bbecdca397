//! Reads the fields that requests share, and words their faults as the MES surface does.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use kernel::error::Fault;
use kernel::quantity::Amount;
use rust_decimal::Decimal;

use crate::department::DepartmentId;
use crate::name::Name;
use crate::operation::OperationId;

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

pub(crate) fn work_order_operation_id(text: Option<&str>) -> Result<Option<OperationId>, Fault> {
    text.map(str::parse).transpose().map_err(|_| UNKNOWN_WORK_ORDER_OPERATION)
}

/// A description; nothing where nothing is left after trimming.
pub(crate) fn description(text: &str) -> Result<Option<Box<str>>, Fault> {
    crate::name::description(text)
        .map_err(|fault| Fault::new("description", "INVALID_VALUE", fault.to_string()))
}

/// What was read, or `None` with its fault put beside the others.
pub(crate) fn kept<T>(value: Result<T, Fault>, faults: &mut Vec<Fault>) -> Option<T> {
    kept_all(value.map_err(|fault| vec![fault]), faults)
}

/// The same, of a value that can have several faults.
pub(crate) fn kept_all<T>(value: Result<T, Vec<Fault>>, faults: &mut Vec<Fault>) -> Option<T> {
    value.map_err(|found| faults.extend(found)).ok()
}

/// One fault for a malformed id and for one that does not exist: neither names a department.
pub(crate) const UNKNOWN_DEPARTMENT: Fault = fixed(
    "departmentId",
    "UNKNOWN_DEPARTMENT",
    "names no department of the team; send the id of one that exists",
);

/// One fault for a malformed id and for one that does not exist: neither names an operation.
pub(crate) const UNKNOWN_WORK_ORDER_OPERATION: Fault = fixed(
    "workOrderOperationId",
    "UNKNOWN_WORK_ORDER_OPERATION",
    "names no work order operation of the team; send the id of one that exists",
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

/// An amount in a field of a request.
pub(crate) fn amount(field: &'static str, number: Decimal) -> Result<Amount, Fault> {
    Amount::try_new(number).map_err(|fault| Fault::new(field, "OUT_OF_RANGE", fault.to_string()))
}

/// A moment as the store keeps it, so that it is answered the same before and after.
pub(crate) fn to_the_microsecond(moment: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(moment.timestamp_micros()).unwrap_or(moment)
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
