//! Faults that several requests share.

use std::fmt::Display;

use kernel::error::Fault;

pub(crate) fn missing(field: &'static str) -> Fault {
    Fault::new(field, "MISSING_FIELD", "is required")
}

pub(crate) fn invalid(field: &'static str, fault: &dyn Display) -> Fault {
    Fault::new(field, "INVALID_VALUE", fault.to_string())
}

/// Faults in one line, for errors.
pub(crate) fn listed(faults: &[Fault]) -> String {
    faults.iter().map(|fault| format!("{} {}", fault.field, fault.message)).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
pub(crate) fn codes(faults: &[Fault]) -> Vec<(&str, &str)> {
    faults.iter().map(|fault| (fault.field.as_ref(), fault.code.as_ref())).collect()
}
