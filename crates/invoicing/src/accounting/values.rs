//! The values of an invoice's fields.

use std::fmt;
use std::str::FromStr;

use kernel::text::{TextFault, line};
use rust_decimal::Decimal;
use uuid::{Uuid, Variant};

/// The id that the caller gave an invoice: a UUID of version 4. An invoice is created once for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InvoiceId(Uuid);

/// The refusal of a text or number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NumberFault {
    /// Not a UUID of version 4 in its usual form.
    #[error("must be a UUID of version 4, such as 550e8400-e29b-41d4-a716-446655440001")]
    InvoiceId,
    #[error("must be the number of a contractor: 1 to 20 digits, the first not 0")]
    Contractor,
    #[error("must be a whole number from 1 to 1000000")]
    Count,
}

impl InvoiceId {
    /// Takes a UUID for the id of an invoice.
    ///
    /// # Errors
    /// When it is of another version than 4.
    pub fn try_new(uuid: Uuid) -> Result<Self, NumberFault> {
        let is_random = uuid.get_version_num() == 4 && uuid.get_variant() == Variant::RFC4122;
        if is_random { Ok(Self(uuid)) } else { Err(NumberFault::InvoiceId) }
    }

    /// The bare UUID, for stores.
    pub const fn uuid(self) -> Uuid {
        self.0
    }
}

impl FromStr for InvoiceId {
    type Err = NumberFault;

    fn from_str(text: &str) -> Result<Self, NumberFault> {
        let text = text.trim();
        let uuid = Uuid::try_parse(text).map_err(|_| NumberFault::InvoiceId)?;
        // with braces, as a URN or without hyphens it is not the documented form
        if text.len() == 36 { Self::try_new(uuid) } else { Err(NumberFault::InvoiceId) }
    }
}

impl fmt::Display for InvoiceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

/// The accounting system's number of the contractor that an invoice is made out to: digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ContractorId(Box<str>);

impl ContractorId {
    /// Takes a text for the number of a contractor, trimmed.
    ///
    /// # Errors
    /// When it is not 1 to 20 digits, or begins with 0.
    pub fn try_new(text: &str) -> Result<Self, NumberFault> {
        let text = text.trim();
        let is_number = (1..=20).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_digit())
            && !text.starts_with('0');
        if is_number { Ok(Self(text.into())) } else { Err(NumberFault::Contractor) }
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ContractorId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A quantity of an item: 1 to 1,000,000, whole (`docs/spec/gepard.md`, "Request").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Count(u32);

impl Count {
    pub const MAX: u32 = 1_000_000;

    /// Takes a number for a count.
    ///
    /// # Errors
    /// When it is less than 1 or more than 1,000,000.
    pub fn try_new(number: i64) -> Result<Self, NumberFault> {
        let number = u32::try_from(number).map_err(|_| NumberFault::Count)?;
        if (1..=Self::MAX).contains(&number) { Ok(Self(number)) } else { Err(NumberFault::Count) }
    }

    pub const fn get(self) -> u32 {
        self.0
    }

    /// The number, to calculate with.
    pub fn value(self) -> Decimal {
        self.0.into()
    }
}

/// A text on one line: at most `MAX` characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line<const MAX: usize>(Box<str>);

impl<const MAX: usize> Line<MAX> {
    /// Takes a text, normalised.
    ///
    /// # Errors
    /// When it is empty, too long, or holds characters that no line has.
    pub fn try_new(text: &str) -> Result<Self, TextFault> {
        line(text, MAX).map(Self)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The name of an item: 1 to 255 characters on one line, or a text that is none, which fails its invoice alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemName {
    text: Box<str>,
    fault: Option<TextFault>,
}

impl ItemName {
    /// The most characters of a good one.
    pub const MAX: usize = 255;

    /// Takes a text, normalised if it is a good name.
    ///
    /// # Errors
    /// [`TextFault::Empty`]: then there is no name.
    pub fn try_new(text: &str) -> Result<Self, TextFault> {
        match line(text, Self::MAX) {
            Ok(text) => Ok(Self { text, fault: None }),
            Err(TextFault::Empty) => Err(TextFault::Empty),
            Err(fault) => Ok(Self { text: text.into(), fault: Some(fault) }),
        }
    }

    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Why no invoice can hold it.
    pub const fn fault(&self) -> Option<&TextFault> {
        self.fault.as_ref()
    }
}

/// The unit that an item is counted in, such as `szt.` or `kg`.
pub type Unit = Line<20>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invoice_id_is_a_uuid_of_version_4_in_its_usual_form() {
        let id: InvoiceId = " 550E8400-E29B-41D4-A716-446655440001 ".parse().unwrap();
        assert_eq!(id.to_string(), "550e8400-e29b-41d4-a716-446655440001");
        for text in [
            "",
            "1",
            "550e8400-e29b-41d4-a716-44665544000",
            "550e8400e29b41d4a716446655440001",
            "{550e8400-e29b-41d4-a716-446655440001}",
            "550e8400-e29b-11d4-a716-446655440001",
            "018f0000-0000-7000-8000-000000000001",
            "550e8400-e29b-41d4-c716-446655440001",
            "00000000-0000-0000-0000-000000000000",
        ] {
            assert_eq!(text.parse::<InvoiceId>(), Err(NumberFault::InvoiceId), "{text}");
        }
    }

    #[test]
    fn a_contractor_id_is_digits() {
        assert_eq!(ContractorId::try_new(" 152158328 ").unwrap().as_str(), "152158328");
        for text in ["", "0", "012", "12a", "-1", "1 2", "١٢", "123456789012345678901"] {
            assert_eq!(ContractorId::try_new(text), Err(NumberFault::Contractor), "{text}");
        }
    }

    #[test]
    fn a_count_is_at_least_1_and_at_most_a_million() {
        for (number, good) in [(-1, false), (0, false), (1, true), (1_000_000, true), (1_000_001, false)] {
            assert_eq!(Count::try_new(number).is_ok(), good, "{number}");
        }
    }
}
