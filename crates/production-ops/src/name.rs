use kernel::text::{TextFault, folded, free_text, line};

/// The name of a department, a work centre, a pause reason and the like: an identifier of at most 100 characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name(Box<str>);

impl Name {
    /// The most characters it may have.
    pub const MAX: usize = 100;

    /// Takes a text for a name, normalised.
    ///
    /// # Errors
    /// When it is empty, too long, or holds characters that no line has.
    pub fn try_new(text: &str) -> Result<Self, TextFault> {
        line(text, Self::MAX).map(Self)
    }

    /// The name as it is shown.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name folded for comparison.
    pub fn key(&self) -> String {
        folded(&self.0)
    }
}

/// The most characters of a [`description`].
pub const MAX_DESCRIPTION: usize = 2_000;

/// Takes a text for a description, normalised; `None` where nothing is left of it.
///
/// # Errors
/// When it is too long or holds control characters.
pub fn description(text: &str) -> Result<Option<Box<str>>, TextFault> {
    let text = free_text(text, MAX_DESCRIPTION)?;
    Ok((!text.is_empty()).then_some(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_differ_by_case_alone_have_one_key() {
        let [upper, lower] = ["ŁÓDŹ 2", "łódź 2"].map(|name| Name::try_new(name).unwrap());
        assert_ne!(upper, lower);
        assert_eq!(upper.key(), lower.key());
    }

    #[test]
    fn a_name_has_1_to_100_characters() {
        assert!(Name::try_new(&"é".repeat(100)).is_ok());
        assert!(Name::try_new(&"é".repeat(101)).is_err());
        assert!(Name::try_new("  ").is_err());
    }
}
