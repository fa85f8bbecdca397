//! VAT codes and rates of the sandbox's companies.

use rust_decimal::{Decimal, RoundingStrategy};

use crate::json::{Json, object, text};

/// The country that a VAT code is declared in, in the forms that wFirma answers with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Country {
    /// `PL`.
    Poland,
    /// `{"id": 0}`.
    PolandById,
    /// No field at all.
    PolandByAbsence,
    /// `{"id": …}` of another country.
    ById(u32),
    Named(&'static str),
}

impl Country {
    /// The value of `declaration_country`, if the record has one.
    pub(super) fn shown(self) -> Option<Json> {
        match self {
            Self::Poland => Some(text("PL")),
            Self::PolandById => Some(object([("id", text(0))])),
            Self::PolandByAbsence => None,
            Self::ById(id) => Some(object([("id", text(id))])),
            Self::Named(name) => Some(text(name)),
        }
    }

    const fn is_poland(self) -> bool {
        matches!(self, Self::Poland | Self::PolandById | Self::PolandByAbsence)
    }
}

/// `(id, code, percent, country)`. Those of other countries come first, of which some have no code: a client that looks at the
/// rate alone gets the wrong ones.
pub(super) const CODES: [(&str, &str, u32, Country); 18] = [
    ("901", "", 23, Country::ById(5)),
    ("902", "8", 8, Country::Named("DE")),
    ("903", "0", 0, Country::Named("DE")),
    ("904", "", 5, Country::ById(7)),
    ("222", "23", 23, Country::PolandById),
    ("223", "8", 8, Country::Poland),
    ("224", "5", 5, Country::PolandByAbsence),
    ("225", "0", 0, Country::PolandById),
    ("226", "zw", 0, Country::Poland),
    ("227", "np", 0, Country::PolandById),
    ("228", "WDT", 0, Country::Poland),
    ("229", "EXP", 0, Country::PolandById),
    ("230", "NPUE", 0, Country::Poland),
    ("231", "VAT_BUYER", 0, Country::PolandById),
    ("232", "22", 22, Country::Poland),
    ("233", "7", 7, Country::PolandByAbsence),
    ("234", "4", 4, Country::PolandById),
    ("235", "3", 3, Country::Poland),
];

/// The per cent of a VAT code by its id, or of a Polish one by its code.
pub(super) fn percent(id: Option<&str>, code: Option<&str>) -> Option<u32> {
    let found = CODES.iter().find(|(of_id, of_code, _, country)| match (id, code) {
        (Some(id), _) => *of_id == id,
        (None, Some(code)) => of_code.eq_ignore_ascii_case(code) && country.is_poland(),
        (None, None) => false,
    });
    found.map(|(_, _, percent, _)| *percent)
}

/// Net, tax and gross.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Sums {
    pub(super) net: Decimal,
    pub(super) tax: Decimal,
    pub(super) gross: Decimal,
}

/// The sums of lines of `(per cent, price, count)`, the tax computed per rate.
pub(super) fn sums(lines: &[(u32, Decimal, Decimal)], prices_with_tax: bool) -> Option<Sums> {
    let mut rates: Vec<u32> = lines.iter().map(|(percent, ..)| *percent).collect();
    rates.sort_unstable();
    rates.dedup();
    let mut sums = Sums::default();
    for rate in rates {
        let mut sum = Decimal::ZERO;
        for (_, price, count) in lines.iter().filter(|(percent, ..)| *percent == rate) {
            sum = sum.checked_add(rounded(price.checked_mul(*count)?))?;
        }
        let percent = Decimal::from(rate);
        let whole = if prices_with_tax { Decimal::ONE_HUNDRED + percent } else { Decimal::ONE_HUNDRED };
        let tax = rounded(sum.checked_mul(percent)? / whole);
        let net = if prices_with_tax { sum - tax } else { sum };
        sums = Sums { net: sums.net + net, tax: sums.tax + tax, gross: sums.gross + net + tax };
    }
    Some(sums)
}

fn rounded(number: Decimal) -> Decimal {
    let mut number = number.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero);
    number.rescale(2);
    number
}
