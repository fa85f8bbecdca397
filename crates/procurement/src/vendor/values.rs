//! What a vendor's fields may hold.

use std::fmt;

use kernel::text::{TextFault, folded, free_text, identifier, line};

/// The team's own code for a vendor, such as `VEN001`: 1 to 20 of `A`-`Z`, `0`-`9` and `-`. Invoice numbers hold it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct VendorCode(Box<str>);

/// Why a text is no vendor code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must have 1 to {} of the letters A to Z, digits and hyphens", VendorCode::MAX)]
pub struct CodeFault;

impl VendorCode {
    /// The most characters it may have.
    pub const MAX: usize = 20;

    /// Takes a text for a code, trimmed and in capitals.
    ///
    /// # Errors
    /// When it has another length or another character.
    pub fn try_new(text: &str) -> Result<Self, CodeFault> {
        let code = identifier(text, Self::MAX).map_err(|_| CodeFault)?.to_ascii_uppercase();
        let fits = code.bytes().all(|byte| matches!(byte, b'A'..=b'Z' | b'0'..=b'9' | b'-'));
        if fits { Ok(Self(code.into())) } else { Err(CodeFault) }
    }

    /// The code, in capitals.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for VendorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The name of a vendor: an identifier of at most 200 characters. Others may have the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VendorName(Box<str>);

impl VendorName {
    /// The most characters it may have.
    pub const MAX: usize = 200;

    /// Takes a text for a name, normalised.
    ///
    /// # Errors
    /// When it is empty, too long, or holds characters that no line has.
    pub fn try_new(text: &str) -> Result<Self, TextFault> {
        line(text, Self::MAX).map(Self)
    }

    /// The name as it is shown.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name folded for searching by its beginning, as [`VendorSearch::name_prefix`] is.
    pub fn key(&self) -> String {
        folded(&self.0)
    }
}

/// A vendor's postal address as invoices show it: free text of 1 to 500 characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address(Box<str>);

impl Address {
    /// The most characters it may have.
    pub const MAX: usize = 500;

    /// Takes a text for an address, normalised.
    ///
    /// # Errors
    /// When it is empty, too long or holds control characters.
    pub fn try_new(text: &str) -> Result<Self, TextFault> {
        let text = free_text(text, Self::MAX)?;
        if text.is_empty() { Err(TextFault::Empty) } else { Ok(Self(text)) }
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// How many days after its date a vendor's invoice is due: 0 to 365, 30 unless agreed otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PaymentTerm(u16);

/// Why a number of days was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be between 0 and {}", PaymentTerm::MAX)]
pub struct TermFault;

impl PaymentTerm {
    /// The most days.
    pub const MAX: u16 = 365;

    /// Takes a number of days.
    ///
    /// # Errors
    /// When it is out of range.
    pub fn try_new(days: i64) -> Result<Self, TermFault> {
        u16::try_from(days).ok().filter(|days| *days <= Self::MAX).map(Self).ok_or(TermFault)
    }

    /// The days.
    pub const fn days(self) -> u16 {
        self.0
    }
}

impl Default for PaymentTerm {
    fn default() -> Self {
        Self(30)
    }
}

/// What vendors are searched by: how their code or their name begins, in any case. 1 to 200 characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VendorSearch(Box<str>);

impl VendorSearch {
    /// Takes a text to search by, normalised.
    ///
    /// # Errors
    /// When no name could begin so.
    pub fn try_new(text: &str) -> Result<Self, TextFault> {
        line(text, VendorName::MAX).map(Self)
    }

    /// How the code of a vendor that is found begins.
    pub fn code_prefix(&self) -> String {
        self.0.to_ascii_uppercase()
    }

    /// How the [`VendorName::key`] of a vendor that is found begins.
    pub fn name_prefix(&self) -> String {
        folded(&self.0)
    }

    /// Whether a vendor of that code and name is found.
    pub fn finds(&self, code: &VendorCode, name: &VendorName) -> bool {
        code.as_str().starts_with(&self.code_prefix()) || name.key().starts_with(&self.name_prefix())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_1_to_20_capitals_digits_and_hyphens() {
        for (text, code) in [
            ("VEN001", Some("VEN001")),
            (" ven-001\n", Some("VEN-001")),
            ("A", Some("A")),
            ("ABCDEFGHIJKLMNOPQRST", Some("ABCDEFGHIJKLMNOPQRST")),
            ("ABCDEFGHIJKLMNOPQRSTU", None),
            ("", None),
            ("VEN 1", None),
            ("VEN_1", None),
            ("VEN/1", None),
            ("É1", None),
            // its capital is S
            ("ſ1", None),
            ("V\u{200b}1", None),
            ("１", None),
        ] {
            let found = VendorCode::try_new(text);
            assert_eq!(found.as_ref().ok().map(VendorCode::as_str), code, "{text:?}");
        }
    }

    #[test]
    fn a_name_has_1_to_200_characters_on_one_line() {
        for (text, fits) in [
            ("é".repeat(200), true),
            ("é".repeat(201), false),
            ("  ".into(), false),
            ("Green\nFarms".into(), false),
        ] {
            assert_eq!(VendorName::try_new(&text).is_ok(), fits, "{text:?}");
        }
    }

    #[test]
    fn an_address_has_1_to_500_characters_on_any_number_of_lines() {
        for (text, fits) in
            [("x".repeat(500), true), ("x".repeat(501), false), (" \n ".into(), false), ("a\0".into(), false)]
        {
            assert_eq!(Address::try_new(&text).is_ok(), fits, "{text:?}");
        }
        assert_eq!(Address::try_new("1 Farm Lane\r\nPune\n").unwrap().as_str(), "1 Farm Lane\nPune");
    }

    #[test]
    fn a_payment_term_is_between_no_day_and_a_year() {
        for (days, fits) in
            [(i64::MIN, false), (-1, false), (0, true), (365, true), (366, false), (65_566, false)]
        {
            assert_eq!(PaymentTerm::try_new(days).is_ok(), fits, "{days}");
        }
        assert_eq!(PaymentTerm::default().days(), 30);
    }

    #[test]
    fn a_search_finds_what_begins_so_by_code_or_name_in_any_case() {
        let code = VendorCode::try_new("VEN-001").unwrap();
        for (text, name, found) in [
            ("ven", "Green Farms", true),
            ("VEN-001", "Green Farms", true),
            ("001", "Green Farms", false),
            ("green f", "Green Farms", true),
            ("GREEN", "green farms", true),
            ("farms", "Green Farms", false),
            ("%", "Green Farms", false),
            ("é", "École", true),
            ("E", "École", false),
            // a sigma at the end of a word has a small letter of its own
            ("ΟΔΟΣ", "Οδοσήμανση", true),
        ] {
            let search = VendorSearch::try_new(text).unwrap();
            assert_eq!(search.finds(&code, &VendorName::try_new(name).unwrap()), found, "{text} in {name}");
        }
    }
}
