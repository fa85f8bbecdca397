//! Reads the fields of requests, and words their faults as seed 003 does: "Price per unit is required".

use std::borrow::Cow;
use std::fmt::Display;

use kernel::error::Fault;

/// A field of a request: its name there, and its name in messages.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) label: &'static str,
}

impl Field {
    /// What `read` takes from the field's value, if it has one. A fault is noted under `code`.
    pub(crate) fn optional<V, T, E: Display>(
        self,
        faults: &mut Vec<Fault>,
        code: &'static str,
        value: Option<V>,
        read: impl FnOnce(V) -> Result<T, E>,
    ) -> Option<T> {
        self.noted(faults, code, read(value?))
    }

    /// As [`optional`](Self::optional), but a missing value is a fault too.
    pub(crate) fn required<V, T, E: Display>(
        self,
        faults: &mut Vec<Fault>,
        code: &'static str,
        value: Option<V>,
        read: impl FnOnce(V) -> Result<T, E>,
    ) -> Option<T> {
        if value.is_none() {
            faults.push(Fault::new(self.name, "MISSING_FIELD", format!("{} is required", self.label)));
        }
        self.optional(faults, code, value, read)
    }

    /// What was read of the field; its fault is noted under `code`.
    pub(crate) fn noted<T>(
        self,
        faults: &mut Vec<Fault>,
        code: &'static str,
        read: Result<T, impl Display>,
    ) -> Option<T> {
        read.map_err(|fault| faults.push(Fault::new(self.name, code, format!("{} {fault}", self.label)))).ok()
    }
}

/// A patch without any field; no field is to blame, so the whole body is.
pub(crate) fn nothing_to_change(mend: &'static str) -> Vec<Fault> {
    vec![Fault::new("body", "MISSING_FIELD", mend)]
}

pub(crate) const fn fixed(field: &'static str, code: &'static str, message: &'static str) -> Fault {
    Fault { field: Cow::Borrowed(field), code: Cow::Borrowed(code), message: Cow::Borrowed(message) }
}

#[cfg(test)]
pub(crate) fn codes(faults: &[Fault]) -> Vec<(&str, &str)> {
    faults.iter().map(|fault| (&*fault.field, &*fault.code)).collect()
}
