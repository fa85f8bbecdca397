use std::fmt;
use std::str::FromStr;

use rust_decimal::Decimal;

/// A rate of Polish VAT.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum VatRate {
    /// 23 %, the standard rate.
    Rate23,
    /// 22 %, the standard rate before 2011.
    Rate22,
    /// 8 %.
    Rate8,
    /// 7 %.
    Rate7,
    /// 5 %.
    Rate5,
    /// 4 %, of taxis.
    Rate4,
    /// 3 %.
    Rate3,
    /// 0 %, domestic.
    Rate0,
    /// 0 % on goods delivered into the European Union (`wdt`).
    IntraUnion,
    /// 0 % on goods exported from it (`exp`).
    Export,
    /// Exempt (`zw`, zwolniony).
    Exempt,
    /// Not subject to Polish VAT (`np`, nie podlega).
    NotSubject,
    /// Not subject to Polish VAT, for services within the European Union (`npue`).
    NotSubjectUnion,
    /// The buyer pays it: reverse charge (`oo`, odwrotne obciążenie).
    ReverseCharge,
}

/// The refusal of a text that is no VAT rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a Polish VAT rate: 23%, 22%, 8%, 7%, 5%, 4%, 3%, 0%, wdt, exp, zw, np, npue or oo")]
pub struct UnknownVatRate;

impl VatRate {
    pub const ALL: [Self; 14] = [
        Self::Rate23,
        Self::Rate22,
        Self::Rate8,
        Self::Rate7,
        Self::Rate5,
        Self::Rate4,
        Self::Rate3,
        Self::Rate0,
        Self::IntraUnion,
        Self::Export,
        Self::Exempt,
        Self::NotSubject,
        Self::NotSubjectUnion,
        Self::ReverseCharge,
    ];

    /// The code on invoices, such as `23%` or `zw`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Rate23 => "23%",
            Self::Rate22 => "22%",
            Self::Rate8 => "8%",
            Self::Rate7 => "7%",
            Self::Rate5 => "5%",
            Self::Rate4 => "4%",
            Self::Rate3 => "3%",
            Self::Rate0 => "0%",
            Self::IntraUnion => "wdt",
            Self::Export => "exp",
            Self::Exempt => "zw",
            Self::NotSubject => "np",
            Self::NotSubjectUnion => "npue",
            Self::ReverseCharge => "oo",
        }
    }

    /// The tax in per cent of the net amount; 0 where the invoice shows none.
    pub const fn percent(self) -> u8 {
        match self {
            Self::Rate23 => 23,
            Self::Rate22 => 22,
            Self::Rate8 => 8,
            Self::Rate7 => 7,
            Self::Rate5 => 5,
            Self::Rate4 => 4,
            Self::Rate3 => 3,
            Self::Rate0
            | Self::IntraUnion
            | Self::Export
            | Self::Exempt
            | Self::NotSubject
            | Self::NotSubjectUnion
            | Self::ReverseCharge => 0,
        }
    }

    /// The tax on a net amount, not rounded.
    pub(super) fn on_net(self, net: Decimal) -> Decimal {
        net * Decimal::from(self.percent()) / Decimal::ONE_HUNDRED
    }

    /// The tax within a gross amount, not rounded.
    pub(super) fn in_gross(self, gross: Decimal) -> Decimal {
        let percent = Decimal::from(self.percent());
        gross * percent / (Decimal::ONE_HUNDRED + percent)
    }
}

impl FromStr for VatRate {
    type Err = UnknownVatRate;

    /// Parses a code in any case, with or without the per cent sign, which may stand apart: `23%`, `23 %` and `23` are one rate.
    fn from_str(text: &str) -> Result<Self, UnknownVatRate> {
        let code = text.trim().to_lowercase();
        let digits = |code: &str| code.strip_suffix('%').map(|digits| digits.trim_end().to_owned());
        let found = Self::ALL.into_iter().find(|rate| match digits(rate.code()) {
            Some(own) => code == own || digits(&code).is_some_and(|digits| digits == own),
            None => code == rate.code(),
        });
        found.ok_or(UnknownVatRate)
    }
}

impl fmt::Display for VatRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rate_is_read_by_its_code() {
        for rate in VatRate::ALL {
            assert_eq!(rate.code().parse(), Ok(rate));
            assert_eq!(rate.code().to_uppercase().parse(), Ok(rate));
            let percent = rate.code().strip_suffix('%').map_or(0, |digits| digits.parse().unwrap());
            assert_eq!(rate.percent(), percent, "{rate}");
        }
        for text in ["23", " 23 % ", "23%"] {
            assert_eq!(text.parse(), Ok(VatRate::Rate23), "{text}");
        }
        for text in ["", "%", "24%", "0.23", "zw%", "23%%", "-8%", "023", "2 3%", "2 3", "z w", "n p", "%23"]
        {
            assert_eq!(text.parse::<VatRate>(), Err(UnknownVatRate), "{text}");
        }
    }
}
