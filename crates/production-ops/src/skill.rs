use kernel::text::{TextFault, identifier};

/// Something that operators can do and operations need, such as `quality_check`: an
/// identifier of at most 50 characters, compared exactly.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Skill(Box<str>);

impl Skill {
    /// The most characters it may have.
    pub const MAX: usize = 50;
    /// The most skills that one operator has or one operation needs.
    pub const MOST: usize = 100;

    /// Takes a text for a skill, normalised.
    ///
    /// # Errors
    /// When it is no identifier of that length.
    pub fn try_new(text: &str) -> Result<Self, TextFault> {
        identifier(text, Self::MAX).map(Self)
    }

    /// The skill's word.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_counts_in_a_skill_of_1_to_50_characters() {
        let skill = |text: &str| Skill::try_new(text);
        assert_eq!(skill(" a ").unwrap().as_str(), "a");
        assert_ne!(skill("A"), skill("a"));
        assert!(skill(" ").is_err() && skill(&"x".repeat(51)).is_err());
    }
}
