use std::fmt;
use std::sync::OnceLock;

use regex::{Regex, RegexBuilder};

/// A regular expression that the whole of a text must match, run in linear time and compiled once.
#[derive(Clone)]
pub struct Pattern {
    text: Box<str>,
    compiled: OnceLock<Option<Regex>>,
}

/// Why a pattern was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatternFault {
    /// No expression, or one that asks for look-around or back-references, which take more than linear time.
    #[error("is no regular expression: {0}")]
    Syntax(String),
    /// More than [`Pattern::MAX`] characters, or larger than 1 MiB when compiled.
    #[error("is too large: use at most 500 characters, and fewer repetitions")]
    TooLarge,
}

impl Pattern {
    /// The most characters it may have.
    pub const MAX: usize = 500;
    const COMPILED: usize = 1 << 20;
    const NESTED: u32 = 50;

    /// Takes a text for a pattern.
    ///
    /// # Errors
    /// When it is no regular expression, or too large.
    pub fn try_new(text: &str) -> Result<Self, PatternFault> {
        if text.chars().count() > Self::MAX {
            return Err(PatternFault::TooLarge);
        }
        // alone first: what closes the group that the whole match needs would be let through
        compile(text)?;
        let compiled = compile(&whole(text))?;
        Ok(Self { text: text.into(), compiled: OnceLock::from(Some(compiled)) })
    }

    /// A pattern that [`Self::try_new`] took when it was stored; compiled when it is first needed.
    pub fn stored(text: &str) -> Self {
        Self { text: text.into(), compiled: OnceLock::new() }
    }

    /// The expression, as it was given.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the whole of a text matches; nothing matches a stored pattern that is none.
    pub fn matches(&self, text: &str) -> bool {
        let compiled = self.compiled.get_or_init(|| compile(&whole(&self.text)).ok());
        compiled.as_ref().is_some_and(|regex| regex.is_match(text))
    }
}

fn whole(text: &str) -> String {
    format!(r"\A(?:{text})\z")
}

fn compile(text: &str) -> Result<Regex, PatternFault> {
    let mut builder = RegexBuilder::new(text);
    builder.size_limit(Pattern::COMPILED).dfa_size_limit(Pattern::COMPILED).nest_limit(Pattern::NESTED);
    builder.build().map_err(|fault| match fault {
        regex::Error::CompiledTooBig(_) => PatternFault::TooLarge,
        fault => {
            let told = fault.to_string();
            let told = told.lines().last().unwrap_or_default().trim_start_matches("error:").trim();
            PatternFault::Syntax(told.to_owned())
        }
    })
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Pattern {}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.text.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_matches_the_whole_text() {
        for (pattern, text, matches) in [
            ("[A-Z]{2}-\\d+", "AB-17", true),
            ("[A-Z]{2}-\\d+", "xAB-17", false),
            ("a|ab", "ab", true),
            ("", "", true),
            (".*", "a\nb", false),
            ("(?s).*", "a\nb", true),
            ("(?i)ok", "OK", true),
            ("\\p{L}+", "Łódź", true),
        ] {
            for pattern in [Pattern::try_new(pattern).unwrap(), Pattern::stored(pattern)] {
                assert_eq!(pattern.matches(text), matches, "{pattern:?} on {text:?}");
            }
        }
    }

    #[test]
    fn what_is_no_pattern_or_too_large_is_refused() {
        for text in ["(", "[", "a)|(b", "(?=a)b", "(a)\\1", "*", &"(".repeat(60), "(?x) a # all"] {
            assert!(matches!(Pattern::try_new(text), Err(PatternFault::Syntax(_))), "{text}");
        }
        for text in ["(a{1000}){1000}", "\\w{5000}", &"a".repeat(501)] {
            assert_eq!(Pattern::try_new(text), Err(PatternFault::TooLarge), "{text}");
        }
        let fault = Pattern::try_new("[").unwrap_err().to_string();
        assert_eq!(fault, "is no regular expression: unclosed character class");
        assert!(!Pattern::stored("[").matches("["));
    }
}
