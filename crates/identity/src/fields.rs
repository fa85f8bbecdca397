//! Faults that several requests share.

use std::fmt::Display;

use kernel::error::Fault;

/// Worded as seed 003 words it: "Price per unit is required".
pub(crate) fn missing(field: &'static str) -> Fault {
    let mut words = String::new();
    for letter in field.chars() {
        if letter.is_uppercase() {
            words.push(' ');
        }
        words.extend(letter.to_lowercase());
    }
    let mut letters = words.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    Fault::new(field, "MISSING_FIELD", format!("{first}{} is required", letters.as_str()))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_field_is_named_in_words() {
        assert_eq!(missing("email").message, "Email is required");
        assert_eq!(missing("currentPassword").message, "Current password is required");
    }
}
