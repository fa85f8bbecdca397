use std::str::FromStr;

use kernel::access::UnknownWord;
use kernel::text::{TextFault, folded, line};

/// A team's name: an identifier of at most 100 characters; no two teams' names differ by case alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TeamName(Box<str>);

impl TeamName {
    /// Takes a text for a team's name, normalised.
    ///
    /// # Errors
    /// When it is no identifier of at most 100 characters.
    pub fn try_new(text: &str) -> Result<Self, TextFault> {
        line(text, 100).map(Self)
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

/// What a missing skill does to the start of an operation (`docs/spec/common.md`, "Team settings").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SkillCheck {
    /// It refuses the start.
    Refuse,
    Warn,
}

impl SkillCheck {
    pub const ALL: [Self; 2] = [Self::Refuse, Self::Warn];

    /// The word that stores and requests have for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Refuse => "refuse",
            Self::Warn => "warn",
        }
    }
}

impl FromStr for SkillCheck {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        let found = Self::ALL.into_iter().find(|check| check.as_str() == word);
        found.ok_or_else(|| UnknownWord::new(word, Self::ALL.map(Self::as_str)))
    }
}
