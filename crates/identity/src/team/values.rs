use std::str::FromStr;

use kernel::access::UnknownWord;
use kernel::text::{TextFault, identifier};
use rust_decimal::Decimal;

/// A team's name: an identifier of at most 100 characters; no two teams' names differ by case alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TeamName(Box<str>);

impl TeamName {
    /// Takes a text for a team's name, normalised.
    ///
    /// # Errors
    /// When it is no identifier of at most 100 characters.
    pub fn try_new(text: &str) -> Result<Self, TextFault> {
        identifier(text, 100).map(Self)
    }

    /// The name as it is shown.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name folded for comparison.
    pub fn key(&self) -> String {
        self.0.to_lowercase()
    }
}

/// A currency, by its code in ISO 4217: three capital letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Currency([u8; 3]);

/// A text that is no currency code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be a currency code of three letters, such as EUR")]
pub struct CurrencyFault;

impl Currency {
    /// The euro.
    pub const EUR: Self = Self(*b"EUR");

    /// The code.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl FromStr for Currency {
    type Err = CurrencyFault;

    fn from_str(text: &str) -> Result<Self, CurrencyFault> {
        let code: [u8; 3] = text.as_bytes().try_into().map_err(|_| CurrencyFault)?;
        let is_code = code.iter().all(u8::is_ascii_uppercase);
        if is_code { Ok(Self(code)) } else { Err(CurrencyFault) }
    }
}

/// A share of an amount: a fraction between 0 and 1 with at most four decimals; 0.18 unless a team says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TaxRate(Decimal);

/// A number that is no tax rate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be a fraction between 0 and 1 with at most four decimals, such as 0.18")]
pub struct RateFault;

impl TaxRate {
    /// Takes a number for a tax rate.
    ///
    /// # Errors
    /// When it is below 0, above 1, or has more than four decimals.
    pub fn try_new(rate: Decimal) -> Result<Self, RateFault> {
        let rate = rate.normalize();
        let fits = (Decimal::ZERO..=Decimal::ONE).contains(&rate) && rate.scale() <= 4;
        if fits { Ok(Self(rate)) } else { Err(RateFault) }
    }

    /// The fraction.
    pub fn rate(self) -> Decimal {
        self.0
    }
}

impl Default for TaxRate {
    fn default() -> Self {
        Self(Decimal::new(18, 2))
    }
}

/// What a missing skill does to the start of an operation (contract, *mes*).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SkillCheck {
    /// It refuses the start.
    Refuse,
    /// It warns.
    Warn,
}

impl SkillCheck {
    const ALL: [Self; 2] = [Self::Refuse, Self::Warn];

    /// Its word.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_currency_has_three_capital_letters() {
        assert_eq!("INR".parse::<Currency>().unwrap().code(), "INR");
        for text in ["", "EU", "eur", "EURO", "€UR", "E R"] {
            assert_eq!(text.parse::<Currency>(), Err(CurrencyFault), "{text}");
        }
    }

    #[test]
    fn a_tax_rate_is_a_fraction_with_four_decimals_at_most() {
        for (text, good) in [
            ("0", true),
            ("0.18", true),
            ("1", true),
            ("0.12340", true),
            ("1.0001", false),
            ("-0.1", false),
            ("0.12345", false),
        ] {
            assert_eq!(TaxRate::try_new(text.parse().unwrap()).is_ok(), good, "{text}");
        }
    }
}
