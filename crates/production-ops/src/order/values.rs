use std::str::FromStr;

use kernel::access::UnknownWord;
use kernel::text::{TextFault, free_text, identifier};

use crate::name::Name;
use crate::routing::{RoutingId, RoutingVersion};

/// What the ERP calls an order: an identifier of at most 100 characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErpReference(Box<str>);

impl ErpReference {
    /// The most characters it may have.
    pub const MAX: usize = 100;

    /// Takes a text for a reference, normalised.
    ///
    /// # Errors
    /// When it is no identifier of that length.
    pub fn try_new(text: &str) -> Result<Self, TextFault> {
        identifier(text, Self::MAX).map(Self)
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Remarks on an order: free text of 1 to 10,000 characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notes(Box<str>);

impl Notes {
    /// The most characters they may have.
    pub const MAX: usize = 10_000;

    /// Takes a text for notes, normalised; `None` where nothing is left of it.
    ///
    /// # Errors
    /// When it is too long or holds control characters.
    pub fn read(text: &str) -> Result<Option<Self>, TextFault> {
        let text = free_text(text, Self::MAX)?;
        Ok((!text.is_empty()).then_some(Self(text)))
    }

    /// Their text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The version of a routing that an order was made with, and keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderRouting {
    /// The routing.
    pub id: RoutingId,
    /// Its version.
    pub version: RoutingVersion,
    /// Its name in that version.
    pub name: Name,
    /// Whether the next operation may begin at the first report of the one before.
    pub allow_overlap: bool,
}

/// What a missing skill does to whoever starts an operation (contract, *mes*; a setting of the team).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SkillCheck {
    /// The start is refused.
    Refuse,
    /// The start is let through with a warning.
    Warn,
}

impl FromStr for SkillCheck {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        match word {
            "refuse" => Ok(Self::Refuse),
            "warn" => Ok(Self::Warn),
            _ => Err(UnknownWord::new(word, ["refuse", "warn"])),
        }
    }
}
