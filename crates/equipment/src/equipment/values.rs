use std::str::FromStr;

use kernel::access::UnknownWord;
use kernel::json::{Json, JsonObject};
use kernel::text::{TextFault, free_text, identifier};

/// What equipment calls itself, such as `MACHINE-001`: an identifier of at most 100
/// characters, unique in the team and compared exactly. It stands in paths, so it is not a word that means something
/// else there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag(Box<str>);

/// Why a text is no tag.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TagFault {
    /// It is no identifier of that length.
    #[error(transparent)]
    Text(#[from] TextFault),
    /// It would name something else in a path.
    #[error("must not be a word that means something else in an address: `.`, `..` or `status`")]
    Reserved,
}

impl Tag {
    pub const MAX: usize = 100;
    const RESERVED: [&str; 3] = [".", "..", "status"];

    /// Takes a text for a tag, normalised.
    ///
    /// # Errors
    /// When it is no identifier of that length, or means something else in a path.
    pub fn try_new(text: &str) -> Result<Self, TagFault> {
        let tag = identifier(text, Self::MAX)?;
        if Self::RESERVED.contains(&&*tag) { Err(TagFault::Reserved) } else { Ok(Self(tag)) }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What equipment does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EquipmentStatus {
    Running,
    /// It could run.
    Idle,
    /// It can't run.
    Down,
    Maintenance,
}

impl EquipmentStatus {
    pub const ALL: [Self; 4] = [Self::Running, Self::Idle, Self::Down, Self::Maintenance];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Idle => "idle",
            Self::Down => "down",
            Self::Maintenance => "maintenance",
        }
    }
}

impl FromStr for EquipmentStatus {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|status| status.as_str() == word);
        found.ok_or_else(|| UnknownWord::new(word, Self::ALL.map(Self::as_str)))
    }
}

/// How bad an alarm is; the worst is the greatest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Good to know.
    Info,
    /// Somebody should look.
    Warning,
    /// Somebody must act.
    Critical,
}

impl Severity {
    /// From the least on.
    pub const ALL: [Self; 3] = [Self::Info, Self::Warning, Self::Critical];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }
}

impl FromStr for Severity {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|severity| severity.as_str() == word);
        found.ok_or_else(|| UnknownWord::new(word, Self::ALL.map(Self::as_str)))
    }
}

/// What tells an alarm from others, such as `TEMP_HIGH`: an identifier of at most 100 characters, compared exactly.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AlarmCode(Box<str>);

impl AlarmCode {
    pub const MAX: usize = 100;

    /// Takes a text for an alarm's code, normalised.
    ///
    /// # Errors
    /// When it is no identifier of that length.
    pub fn try_new(text: &str) -> Result<Self, TextFault> {
        identifier(text, Self::MAX).map(Self)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What an alarm says to people: free text of 1 to 500 characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlarmMessage(Box<str>);

impl AlarmMessage {
    pub const MAX: usize = 500;

    /// Takes a text for an alarm's message, normalised.
    ///
    /// # Errors
    /// When nothing is left after trimming, or it is no free text of that length.
    pub fn try_new(text: &str) -> Result<Self, TextFault> {
        let message = free_text(text, Self::MAX)?;
        if message.is_empty() { Err(TextFault::Empty) } else { Ok(Self(message)) }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What equipment measured: a JSON object of the equipment's own making, stored as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Readings(JsonObject);

/// Why readings were refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadingsFault {
    /// The readings of these names, NUL itself replaced in them.
    #[error("holds the character U+0000, which is not allowed")]
    Nul(Vec<String>),
    #[error("may take at most {} bytes as JSON, this takes {found}", Readings::MAX)]
    TooLong { found: usize },
}

impl Readings {
    /// The most bytes they may take as JSON text: 16 KiB.
    pub const MAX: usize = 16 << 10;

    /// Takes a JSON object for readings.
    ///
    /// # Errors
    /// When it holds NUL or is too long.
    pub fn try_new(values: JsonObject) -> Result<Self, ReadingsFault> {
        let with_nul = values.iter().filter(|(name, value)| name.contains('\0') || value.holds_nul());
        let with_nul: Vec<_> = with_nul.map(|(name, _)| name.replace('\0', "\u{fffd}")).collect();
        if !with_nul.is_empty() {
            return Err(ReadingsFault::Nul(with_nul));
        }
        let readings = Self(values);
        let found = readings.to_json().to_string().len();
        if found <= Self::MAX { Ok(readings) } else { Err(ReadingsFault::TooLong { found }) }
    }

    /// What was measured, by its name.
    pub fn values(&self) -> &JsonObject {
        &self.0
    }

    pub fn to_json(&self) -> Json {
        Json::Object(self.0.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::json;
    use serde_json::{Value, json};

    #[test]
    fn a_tag_has_1_to_100_characters_and_means_nothing_else_in_a_path() {
        assert_eq!(Tag::try_new(" MACHINE-001 ").unwrap().as_str(), "MACHINE-001");
        assert_eq!(Tag::try_new(&"é".repeat(100)).unwrap().as_str().chars().count(), 100);
        assert!(matches!(Tag::try_new(&"é".repeat(101)), Err(TagFault::Text(TextFault::TooLong { .. }))));
        assert_eq!(Tag::try_new(" "), Err(TagFault::Text(TextFault::Empty)));
        for word in [".", " .. ", "status"] {
            assert_eq!(Tag::try_new(word), Err(TagFault::Reserved), "{word}");
        }
        assert_eq!(["Status", "..."].map(|text| Tag::try_new(text).is_ok()), [true, true]);
    }

    #[test]
    fn words_are_read_back_and_unknown_ones_name_what_is_allowed() {
        for status in EquipmentStatus::ALL {
            assert_eq!(status.as_str().parse(), Ok(status));
        }
        for severity in Severity::ALL {
            assert_eq!(severity.as_str().parse(), Ok(severity));
        }
        let fault = "broken".parse::<EquipmentStatus>().unwrap_err();
        assert_eq!(fault.to_string(), "`broken` is unknown; it is one of running, idle, down, maintenance");
        let fault = "fatal".parse::<Severity>().unwrap_err();
        assert_eq!(fault.to_string(), "`fatal` is unknown; it is one of info, warning, critical");
    }

    #[test]
    fn severities_grow_with_the_danger() {
        assert!(Severity::Info < Severity::Warning && Severity::Warning < Severity::Critical);
    }

    #[test]
    fn an_alarm_has_a_code_on_one_line_and_a_message_that_may_have_several() {
        assert_eq!(AlarmCode::try_new("TEMP_HIGH").unwrap().as_str(), "TEMP_HIGH");
        assert!(AlarmCode::try_new("A\nB").is_err() && AlarmCode::try_new(&"x".repeat(101)).is_err());
        assert_eq!(AlarmMessage::try_new(" a\r\nb ").unwrap().as_str(), "a\nb");
        assert_eq!(AlarmMessage::try_new(" \n"), Err(TextFault::Empty));
        assert_eq!(AlarmMessage::try_new(&"x".repeat(501)), Err(TextFault::TooLong { max: 500, found: 501 }));
    }

    #[test]
    fn readings_take_16_kib_as_json() {
        let of = |length: usize| Readings::try_new(json::object(json!({"a": "x".repeat(length)})));
        let frame = r#"{"a":""}"#.len();
        assert_eq!(of(Readings::MAX - frame).unwrap().values()["a"].as_str().unwrap().len(), 16_376);
        assert_eq!(of(Readings::MAX - frame + 1), Err(ReadingsFault::TooLong { found: 16_385 }));
        let fault = ReadingsFault::TooLong { found: 16_385 };
        assert_eq!(fault.to_string(), "may take at most 16384 bytes as JSON, this takes 16385");
    }

    #[test]
    fn readings_hold_no_nul_however_deep() {
        let of = |values: Value| Readings::try_new(json::object(values));
        let fault = of(json!({"ok": 1, "bad": ["\0"], "\0": 1, "deep": [{"x\0": 1}]})).unwrap_err();
        assert_eq!(fault, ReadingsFault::Nul(["\u{fffd}", "bad", "deep"].map(String::from).to_vec()));
    }
}
