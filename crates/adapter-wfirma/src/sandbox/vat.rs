//! VAT codes and rates of the sandbox's companies.

use rust_decimal::{Decimal, RoundingStrategy};

/// `(id, code, percent, country)`. The German codes come first: a client that ignores the country gets the wrong ones.
pub(super) const CODES: [(&str, &str, u32, &str); 17] = [
    ("901", "23", 23, "DE"),
    ("902", "8", 8, "DE"),
    ("903", "0", 0, "DE"),
    ("222", "23", 23, "PL"),
    ("223", "8", 8, "PL"),
    ("224", "5", 5, "PL"),
    ("225", "0", 0, "PL"),
    ("226", "zw", 0, "PL"),
    ("227", "np", 0, "PL"),
    ("228", "WDT", 0, "PL"),
    ("229", "EXP", 0, "PL"),
    ("230", "NPUE", 0, "PL"),
    ("231", "VAT_BUYER", 0, "PL"),
    ("232", "22", 22, "PL"),
    ("233", "7", 7, "PL"),
    ("234", "4", 4, "PL"),
    ("235", "3", 3, "PL"),
];

/// The per cent of a VAT code by its id, or of a Polish one by its code.
pub(super) fn percent(id: Option<&str>, code: Option<&str>) -> Option<u32> {
    let found = CODES.iter().find(|(of_id, of_code, _, country)| match (id, code) {
        (Some(id), _) => *of_id == id,
        (None, Some(code)) => of_code.eq_ignore_ascii_case(code) && *country == "PL",
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
