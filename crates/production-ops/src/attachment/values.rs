use std::str::FromStr;

use kernel::access::UnknownWord;

/// What an attachment is for (seed 004, section 7.1).
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
    /// Every type.
    pub const ALL: [Self; 4] = [Self::Instruction, Self::Drawing, Self::Photo, Self::Document];

    /// The documented word.
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

#[cfg(test)]
mod tests {
    use super::*;

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
