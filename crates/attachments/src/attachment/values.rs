use std::str::FromStr;

use kernel::access::UnknownWord;
use kernel::text::{TextFault, free_text};

/// What an attachment is for (`docs/spec/mes.md`, "Files").
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AttachmentType {
    /// How something is done.
    Instruction,
    /// What something is to look like.
    Drawing,
    /// What something looks like.
    Photo,
    /// Anything else.
    Document,
}

impl AttachmentType {
    pub const ALL: [Self; 4] = [Self::Instruction, Self::Drawing, Self::Photo, Self::Document];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Instruction => "instruction",
            Self::Drawing => "drawing",
            Self::Photo => "photo",
            Self::Document => "document",
        }
    }
}

impl FromStr for AttachmentType {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|one| one.as_str() == word);
        found.ok_or_else(|| UnknownWord::new(word, Self::ALL.map(Self::as_str)))
    }
}

/// The most characters of a description.
const MAX_DESCRIPTION: usize = 2_000;

/// Reads the description of an attachment: free text of at most 2,000 characters; `None` where nothing is left after
/// trimming.
///
/// # Errors
/// When it is no free text of that length.
pub fn description(text: &str) -> Result<Option<Box<str>>, TextFault> {
    Ok(Some(free_text(text, MAX_DESCRIPTION)?).filter(|text| !text.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_has_at_most_2_000_characters_and_none_is_no_description() {
        assert_eq!(description(" Torque\r\nseen "), Ok(Some("Torque\nseen".into())));
        assert_eq!(description(" \n "), Ok(None));
        assert!(description(&"x".repeat(2_000)).is_ok() && description(&"x".repeat(2_001)).is_err());
    }

    #[test]
    fn words_are_read_back_and_unknown_ones_name_what_is_allowed() {
        for attachment_type in AttachmentType::ALL {
            assert_eq!(attachment_type.as_str().parse(), Ok(attachment_type));
        }
        let fault = "Photo".parse::<AttachmentType>().unwrap_err();
        assert_eq!(
            fault.to_string(),
            "`Photo` is unknown; it is one of instruction, drawing, photo, document"
        );
    }
}
