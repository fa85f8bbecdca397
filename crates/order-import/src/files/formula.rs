//! The leading `'` that keeps a spreadsheet from running a cell as a formula.
//!
//! Adding and removing it are inverse for every text: one that itself begins with `'` before a formula gets one more, and
//! loses one. A formula that only holds a text (`="00123"`) means that text, unless a `'` stands before it.

use std::borrow::Cow;

/// Whether this text is written with a `'` before it.
pub(super) fn needs_guard(text: &str) -> bool {
    is_formula_behind_quotes(text) && !is_negative_number(text)
}

/// The text without the `'` that [`needs_guard`] called for.
pub(super) fn unguarded(text: &str) -> &str {
    match text.strip_prefix('\'') {
        Some(rest) if is_formula_behind_quotes(rest) => rest,
        _ => text,
    }
}

/// The text of a formula that only keeps a spreadsheet from reading a number: `="00123"`.
pub(super) fn text_formula(text: &str) -> Option<&str> {
    text.trim().strip_prefix("=\"")?.strip_suffix('"').filter(|text| !text.contains('"'))
}

/// Whether the text is a formula that only holds a text, behind any number of `'`.
pub(super) fn is_text_formula_behind_quotes(text: &str) -> bool {
    text_formula(text.trim_start_matches('\'')).is_some()
}

/// A text that is meant as it stands, as a raw cell holds it: with a `'` where it would mean the text that it holds.
pub(super) fn literal(text: &str) -> Cow<'_, str> {
    if is_text_formula_behind_quotes(text) { Cow::from(format!("'{text}")) } else { Cow::from(text) }
}

/// Whether a formula begins behind any number of `'`.
fn is_formula_behind_quotes(text: &str) -> bool {
    text.trim_start_matches('\'').starts_with(['=', '+', '-', '@', '\t', '\r'])
        || is_text_formula_behind_quotes(text)
}

/// Whether the text is `-` and digits, with `.` or `,` between digits only.
fn is_negative_number(text: &str) -> bool {
    let Some(digits) = text.strip_prefix('-') else {
        return false;
    };
    digits.split(['.', ',']).all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_a_spreadsheet_would_run_is_guarded_and_plain_negative_numbers_are_not() {
        let cases = [
            ("=1+1", true),
            ("+49 30", true),
            ("-1+cmd|' /C calc'!A0", true),
            ("-", true),
            ("-.5", true),
            ("-1e3", true),
            ("@SUM(A1)", true),
            ("\tx", true),
            ("\rx", true),
            ("'=1", true),
            ("''-5", true),
            ("-5", false),
            ("-1.234,5", false),
            ("5", false),
            ("'tis", false),
            ("a=b", false),
            ("", false),
        ];
        for (text, guard) in cases {
            assert_eq!(needs_guard(text), guard, "{text:?}");
        }
    }

    #[test]
    fn only_a_quote_before_a_formula_is_taken_off() {
        let cases = [
            ("'=1", "=1"),
            ("'-5", "-5"),
            ("''=1", "'=1"),
            ("'tis", "'tis"),
            ("'", "'"),
            ("=1", "=1"),
            ("", ""),
        ];
        for (text, bare) in cases {
            assert_eq!(unguarded(text), bare, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn taking_the_guard_off_gives_the_text_back(text in "['=+@\t\r,.0-9a-]{0,6}|'{0,2} ?=\"[0-9]{0,2}\"") {
            let written = if needs_guard(&text) { format!("'{text}") } else { text.clone() };
            prop_assert_eq!(unguarded(&written), text);
        }
    }
}
