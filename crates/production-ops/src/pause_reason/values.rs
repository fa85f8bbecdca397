use std::str::FromStr;

use kernel::access::UnknownWord;

/// Whether pauses for a reason are planned, as lunch is, or happen, as a breakdown does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PauseCategory {
    /// Foreseen in the day's plan.
    Planned,
    /// Not foreseen.
    Unplanned,
}

impl PauseCategory {
    /// Every category.
    pub const ALL: [Self; 2] = [Self::Planned, Self::Unplanned];

    /// The documented word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Unplanned => "unplanned",
        }
    }
}

impl FromStr for PauseCategory {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|category| category.as_str() == word);
        found.ok_or_else(|| UnknownWord::new(word, Self::ALL.map(Self::as_str)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_back_and_unknown_ones_name_what_is_allowed() {
        for category in PauseCategory::ALL {
            assert_eq!(category.as_str().parse(), Ok(category));
        }
        let fault = "Planned".parse::<PauseCategory>().unwrap_err();
        assert_eq!(fault.to_string(), "`Planned` is unknown; it is one of planned, unplanned");
    }
}
