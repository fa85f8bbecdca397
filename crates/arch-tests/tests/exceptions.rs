//! Exceptions from lints: `expect`, never `allow`, and never without a reason.

use crate::offence::{Offence, listed, report};
use crate::source::{attributes, calls, code_only, line_at};
use crate::workspace::{TextFile, rust_files};

/// Among the first lines of a file that a program writes.
const GENERATED: &str = concat!("@", "generated");

fn is_generated(file: &TextFile) -> bool {
    file.text.lines().take(5).any(|line| line.contains(GENERATED))
}

fn unreasoned(file: &TextFile) -> Vec<Offence> {
    if is_generated(file) {
        return Vec::new();
    }
    let code = code_only(&file.text);
    let mut found = Vec::new();
    for range in attributes(&code) {
        let body = code.get(range.clone()).unwrap_or_default();
        let says = |word: &str| !calls(body, word).is_empty();
        let is_exception =
            ["allow", "expect", "cfg_attr"].iter().any(|word| body.trim_start().starts_with(word));
        if !is_exception || !(says("allow") || says("expect")) {
            continue;
        }
        let line = line_at(&code, range.start);
        if says("allow") {
            found.push(Offence::new(&file.path, line, "`allow`, which stays when nothing needs it any more"));
        }
        if !has_reason(file.text.get(range).unwrap_or_default()) {
            found.push(Offence::new(&file.path, line, "an exception from a lint without its reason"));
        }
    }
    found
}

/// Whether `reason = "…"` is there and says something.
fn has_reason(attribute: &str) -> bool {
    let after = attribute.match_indices("reason").filter_map(|(at, word)| attribute.get(at + word.len()..));
    let value = after.filter_map(|rest| rest.trim_start().strip_prefix('='));
    let text = value.filter_map(|rest| rest.trim_start().trim_start_matches(['r', '#']).strip_prefix('"'));
    text.map(|rest| rest.split('"').next().unwrap_or_default().trim()).any(|reason| !reason.is_empty())
}

#[test]
fn every_exception_from_a_lint_is_an_expect_with_a_reason() {
    report(
        "write `#[expect(lint, reason = \"why it is right here\")]`, or do what the lint asks",
        rust_files().iter().flat_map(unreasoned).collect(),
    );
}

#[cfg(test)]
mod can_fail {
    use super::*;

    fn found(text: &str) -> String {
        listed(&unreasoned(&TextFile::new("a.rs", text)))
    }

    #[test]
    fn an_exception_without_a_reason_is_reported() {
        for bad in [
            "#[expect(dead_code)]",
            "#![expect(dead_code)]",
            "#[expect(\n    clippy::x,\n    clippy::y,\n)]",
            "#[expect(dead_code, reason = \"\")]",
            "#[cfg_attr(feature = \"reason = 1\", expect(dead_code))]",
        ] {
            assert_eq!(
                found(&format!("\n{bad}\nfn a() {{}}\n")),
                "  a.rs:2: an exception from a lint without its reason\n"
            );
        }
    }

    #[test]
    fn an_allow_is_reported_even_with_a_reason() {
        for bad in ["#[allow(dead_code, reason = \"so\")]", "#![cfg_attr(test, allow(x, reason = \"so\"))]"] {
            assert!(found(bad).starts_with("  a.rs:1: `allow`, which stays"), "{bad}");
        }
        assert_eq!(found("#[allow(dead_code)]").lines().count(), 2);
    }

    #[test]
    fn a_reasoned_expect_generated_code_and_other_attributes_are_fine() {
        assert_eq!(found("#[expect(\n    clippy::x,\n    reason = \"because\"\n)]\nfn a() {}\n"), "");
        assert_eq!(
            found("#[cfg_attr(any(test, feature = \"mock\"), automock)]\n#[allowed(x)]\n#[test]\n"),
            ""
        );
        assert_eq!(found("// #[allow(x)]\nlet a = \"#[allow(x)]\";\nx.expect(\"y\");\n"), "");
        assert_eq!(found(&format!("// {GENERATED} by a tool\n#![allow(x)]\n")), "");
    }
}
