//! Numbers in cells: read in one way or refused, never guessed (`docs/spec/import.md`, "Numbers").

use std::str::FromStr;

use rust_decimal::Decimal;

/// The mark before the decimals of a file's numbers; the other one may group thousands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DecimalMark {
    Point,
    Comma,
}

/// A text that is no decimal mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be . or ,")]
pub struct DecimalMarkFault;

impl FromStr for DecimalMark {
    type Err = DecimalMarkFault;

    fn from_str(text: &str) -> Result<Self, DecimalMarkFault> {
        match text {
            "." => Ok(Self::Point),
            "," => Ok(Self::Comma),
            _ => Err(DecimalMarkFault),
        }
    }
}

/// How a file writes numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NumberStyle {
    /// `1234` and `1234.5`.
    Point,
    /// The same, but `1.234` may be grouped: files whose separator is a tab or `|` are written as a user's country does.
    PointOrGroup,
    /// As the request declares: `1,234.5` or `1.234,5`.
    Declared(DecimalMark),
    /// Also `1234,5` and `1.234,5`: files whose separator is `;`.
    PointOrComma,
}

/// Why a text is no valid number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NumberFault {
    /// It is no number.
    #[error("is not a number; write it like 1234.5")]
    NotANumber,
    /// It can be read as two different numbers.
    #[error("can be read in two ways; write it without a thousands separator, like 1234.5")]
    Ambiguous,
    /// More digits than any quantity has.
    #[error("has too many digits")]
    TooLong,
}

const MAX_DIGITS: usize = 28;

/// Reads a number from a cell.
///
/// # Errors
/// When the text is no number, could mean two, or is longer than 28 digits.
pub fn read(text: &str, style: NumberStyle) -> Result<Decimal, NumberFault> {
    let text = text.trim();
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = match (split(digits)?, style) {
        ((_, None, _), _) => digits.to_owned(),
        (_, NumberStyle::Declared(DecimalMark::Point)) => declared(digits, '.', ',')?,
        (_, NumberStyle::Declared(DecimalMark::Comma)) => declared(digits, ',', '.')?,
        (parts, _) => undeclared(digits, parts, style)?,
    };
    let negative = digits.len() < text.len();
    let number: Decimal = plain.parse().map_err(|_| NumberFault::NotANumber)?;
    Ok(if negative { -number } else { number })
}

/// Digits with one of the marks, in plain form.
fn undeclared(
    digits: &str,
    parts: (&str, Option<char>, &str),
    style: NumberStyle,
) -> Result<String, NumberFault> {
    Ok(match parts {
        (whole, Some('.'), fraction) if !fraction.contains(['.', ',']) => {
            if style != NumberStyle::Point && could_be_a_group(whole, fraction) {
                return Err(NumberFault::Ambiguous);
            }
            digits.to_owned()
        }
        (whole, Some(','), fraction) if !fraction.contains(['.', ',']) => {
            if could_be_a_group(whole, fraction) {
                return Err(NumberFault::Ambiguous);
            }
            if style != NumberStyle::PointOrComma {
                return Err(NumberFault::NotANumber);
            }
            format!("{whole}.{fraction}")
        }
        (whole, Some('.'), rest) if style == NumberStyle::PointOrComma => grouped(whole, rest)?,
        _ => return Err(NumberFault::NotANumber),
    })
}

/// Digits whose decimals follow `mark`, and whose thousands may be grouped by `group`.
fn declared(digits: &str, mark: char, group: char) -> Result<String, NumberFault> {
    let (whole, fraction) = digits.split_once(mark).unwrap_or((digits, ""));
    let whole = match whole.split_once(group) {
        Some((first, rest)) if !rest.contains(mark) => grouped(first, &rest.replace(group, "."))?,
        _ => whole.to_owned(),
    };
    if fraction.contains(['.', ',']) {
        return Err(NumberFault::NotANumber);
    }
    Ok(if fraction.is_empty() { whole } else { format!("{whole}.{fraction}") })
}

/// Splits digits into the part before the first mark, the mark, and the rest.
fn split(digits: &str) -> Result<(&str, Option<char>, &str), NumberFault> {
    let only_digits_and_marks =
        digits.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b','));
    let ends_in_digits = digits.starts_with(|first: char| first.is_ascii_digit())
        && digits.ends_with(|last: char| last.is_ascii_digit());
    if !only_digits_and_marks || !ends_in_digits {
        return Err(NumberFault::NotANumber);
    }
    if digits.len() > MAX_DIGITS {
        return Err(NumberFault::TooLong);
    }
    Ok(match digits.split_once(['.', ',']) {
        None => (digits, None, ""),
        Some((whole, rest)) => (whole, digits.get(whole.len()..).and_then(|rest| rest.chars().next()), rest),
    })
}

/// `1` and `234`: one mark that may be a thousands separator. No group begins with 0.
fn could_be_a_group(whole: &str, fraction: &str) -> bool {
    fraction.len() == 3 && (1..=3).contains(&whole.len()) && !whole.starts_with('0')
}

/// `1.234,5` and `1.234.567`: points between groups of three, at most one comma, and that last.
fn grouped(first: &str, rest: &str) -> Result<String, NumberFault> {
    let (groups, fraction) = rest.split_once(',').unwrap_or((rest, ""));
    let groups: Vec<&str> = groups.split('.').collect();
    let well_grouped = (1..=3).contains(&first.len())
        && !first.starts_with('0')
        && groups.iter().all(|group| group.len() == 3)
        && !fraction.contains(['.', ',']);
    if !well_grouped {
        return Err(NumberFault::NotANumber);
    }
    let whole = format!("{first}{}", groups.concat());
    Ok(if fraction.is_empty() { whole } else { format!("{whole}.{fraction}") })
}

/// Reads a JSON number literal, which has only one meaning: `1e3` is 1000.
///
/// # Errors
/// When it is too long or too large to be exact.
pub fn read_json(literal: &str) -> Result<Decimal, NumberFault> {
    if literal.len() > MAX_DIGITS + 8 {
        return Err(NumberFault::TooLong);
    }
    let number = if literal.contains(['e', 'E']) {
        Decimal::from_scientific(literal)
    } else {
        Decimal::from_str_exact(literal)
    };
    number.map_err(|_| NumberFault::TooLong)
}

#[cfg(test)]
mod tests {
    use super::*;
    use NumberFault::{Ambiguous, NotANumber, TooLong};

    #[test]
    fn a_number_is_read_one_way_or_refused() {
        for (text, with_point, with_either) in [
            ("1234", Ok("1234"), Ok("1234")),
            (" 1234.5 ", Ok("1234.5"), Ok("1234.5")),
            ("-3", Ok("-3"), Ok("-3")),
            ("0.123", Ok("0.123"), Ok("0.123")),
            ("007", Ok("7"), Ok("7")),
            ("1.5", Ok("1.5"), Ok("1.5")),
            ("1.234", Ok("1.234"), Err(Ambiguous)),
            ("12.345", Ok("12.345"), Err(Ambiguous)),
            ("1234.567", Ok("1234.567"), Ok("1234.567")),
            ("1,234", Err(Ambiguous), Err(Ambiguous)),
            ("1234,5", Err(NotANumber), Ok("1234.5")),
            ("0,125", Err(NotANumber), Ok("0.125")),
            ("1.234,5", Err(NotANumber), Ok("1234.5")),
            ("1.234.567", Err(NotANumber), Ok("1234567")),
            ("1.234.567,25", Err(NotANumber), Ok("1234567.25")),
            ("1,234.5", Err(NotANumber), Err(NotANumber)),
            ("1.23.456", Err(NotANumber), Err(NotANumber)),
            ("1e3", Err(NotANumber), Err(NotANumber)),
            ("NaN", Err(NotANumber), Err(NotANumber)),
            ("∞", Err(NotANumber), Err(NotANumber)),
            ("+5", Err(NotANumber), Err(NotANumber)),
            ("5.", Err(NotANumber), Err(NotANumber)),
            (".5", Err(NotANumber), Err(NotANumber)),
            ("--5", Err(NotANumber), Err(NotANumber)),
            ("", Err(NotANumber), Err(NotANumber)),
            ("1 234", Err(NotANumber), Err(NotANumber)),
            ("١٢", Err(NotANumber), Err(NotANumber)),
        ] {
            let shown = |style| read(text, style).map(|number| number.normalize().to_string());
            assert_eq!(shown(NumberStyle::Point), with_point.map(str::to_owned), "{text:?} with points");
            assert_eq!(
                shown(NumberStyle::PointOrComma),
                with_either.map(str::to_owned),
                "{text:?} with either"
            );
        }
    }

    #[test]
    fn a_declared_mark_settles_what_could_be_read_two_ways() {
        for (text, with_point, with_comma) in [
            ("1234", Ok("1234"), Ok("1234")),
            ("1.234", Ok("1.234"), Ok("1234")),
            ("1,234", Ok("1234"), Ok("1.234")),
            ("12.000", Ok("12"), Ok("12000")),
            ("1,234.5", Ok("1234.5"), Err(NotANumber)),
            ("1.234.567,25", Err(NotANumber), Ok("1234567.25")),
            ("1234,5", Err(NotANumber), Ok("1234.5")),
            ("-1.234,5", Err(NotANumber), Ok("-1234.5")),
            ("1,23,456", Err(NotANumber), Err(NotANumber)),
            ("0,234", Err(NotANumber), Ok("0.234")),
        ] {
            let shown =
                |mark| read(text, NumberStyle::Declared(mark)).map(|number| number.normalize().to_string());
            assert_eq!(shown(DecimalMark::Point), with_point.map(str::to_owned), "{text} with a point");
            assert_eq!(shown(DecimalMark::Comma), with_comma.map(str::to_owned), "{text} with a comma");
        }
        for (text, expected) in [
            ("1.234", Err(Ambiguous)),
            ("12.000", Err(Ambiguous)),
            ("1234.5", Ok("1234.5")),
            ("1234,5", Err(NotANumber)),
        ] {
            let found = read(text, NumberStyle::PointOrGroup).map(|number| number.to_string());
            assert_eq!(found, expected.map(str::to_owned), "{text}");
        }
    }

    #[test]
    fn ten_thousand_digits_are_too_many() {
        assert_eq!(read(&"9".repeat(10_000), NumberStyle::Point), Err(TooLong));
        assert_eq!(read_json(&"9".repeat(10_000)), Err(TooLong));
    }

    #[test]
    fn a_json_number_is_exact() {
        for (literal, expected) in
            [("100", "100"), ("0.1", "0.1"), ("1e3", "1000"), ("12.50", "12.5"), ("5E-1", "0.5")]
        {
            assert_eq!(read_json(literal).unwrap().normalize().to_string(), expected);
        }
        assert_eq!(read_json("1e400"), Err(TooLong));
    }
}
