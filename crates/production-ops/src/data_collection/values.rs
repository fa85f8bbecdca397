use std::str::FromStr;

use kernel::access::UnknownWord;

/// What becomes of data that breaks a limit (`docs/spec/mes.md`, "Data rules").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnViolation {
    /// It is refused.
    Reject,
    /// It is stored as not conforming, with what it breaks.
    Record,
}

impl OnViolation {
    /// Both choices.
    pub const ALL: [Self; 2] = [Self::Reject, Self::Record];

    /// Its word in APIs and stores.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Reject => "reject",
            Self::Record => "record",
        }
    }
}

impl FromStr for OnViolation {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|choice| choice.as_str() == word);
        found.ok_or_else(|| UnknownWord::new(word, Self::ALL.map(Self::as_str)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_back_and_unknown_ones_name_what_is_allowed() {
        for choice in OnViolation::ALL {
            assert_eq!(choice.as_str().parse(), Ok(choice));
        }
        let fault = "ignore".parse::<OnViolation>().unwrap_err();
        assert_eq!(fault.to_string(), "`ignore` is unknown; it is one of reject, record");
    }
}
