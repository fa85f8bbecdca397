use std::collections::BTreeSet;

use kernel::error::Fault;
use kernel::text::{TextFault, identifier};

/// Something that operators can do and operations need, such as `quality_check` (seed 004, section 3.2): an
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

/// The set of skills of a list, in which one may stand twice; faults are named under `field`.
pub(crate) fn skills(field: &str, texts: &[String]) -> Result<BTreeSet<Skill>, Vec<Fault>> {
    if texts.len() > Skill::MOST {
        let message = format!("may have at most {} entries, this has {}", Skill::MOST, texts.len());
        return Err(vec![Fault::new(field.to_owned(), "OUT_OF_RANGE", message)]);
    }
    let (mut found, mut faults) = (BTreeSet::new(), Vec::new());
    for (at, text) in texts.iter().enumerate() {
        match Skill::try_new(text) {
            Ok(skill) => drop(found.insert(skill)),
            Err(fault) => {
                let message = format!("{fault}; send 1 to {} visible characters on one line", Skill::MAX);
                faults.push(Fault::new(format!("{field}.{at}"), "INVALID_VALUE", message));
            }
        }
    }
    if faults.is_empty() { Ok(found) } else { Err(faults) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fields::codes;

    #[test]
    fn skills_are_a_set_in_which_case_counts() {
        let found = skills("skills", &["b", " a ", "A", "b"].map(String::from)).unwrap();
        let words: Vec<_> = found.iter().map(Skill::as_str).collect();
        assert_eq!(words, ["A", "a", "b"]);
    }

    #[test]
    fn every_faulty_skill_is_named_by_its_place() {
        let texts = ["ok".into(), " ".into(), "x".repeat(51)];
        let faults = skills("skills", &texts).unwrap_err();
        assert_eq!(codes(&faults), [("skills.1", "INVALID_VALUE"), ("skills.2", "INVALID_VALUE")]);
        let faults = skills("skills", &vec!["a".into(); 101]).unwrap_err();
        assert_eq!(codes(&faults), [("skills", "OUT_OF_RANGE")]);
    }
}
