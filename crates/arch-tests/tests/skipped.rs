//! Skipped tests, and examples that nobody compiles. Unfinished code, sleeping tests and exceptions without a reason are
//! clippy's.

use crate::offence::{Offence, report};
use crate::source::{line_at, words};
use crate::workspace::{TextFile, files, rust_files};

/// Split in two, so that this file does not report itself.
const SKIPPED: &str = concat!("#[", "ignore");

fn skipped_tests(file: &TextFile) -> Vec<Offence> {
    let places = file.text.match_indices(SKIPPED);
    places.map(|(at, _)| Offence::new(&file.path, line_at(&file.text, at), SKIPPED)).collect()
}

/// Examples in docs that nobody compiles.
fn skipped_examples(file: &TextFile) -> Vec<Offence> {
    let lines = file.text.lines().enumerate();
    let skipped = lines.filter(|(_, line)| {
        let fence = line.trim().trim_start_matches(['/', '!', '*', ' ']).strip_prefix("```");
        fence.is_some_and(|words_of| !words(words_of, "ignore", char::is_alphanumeric).is_empty())
    });
    skipped.map(|(index, line)| Offence::new(&file.path, index + 1, line.trim())).collect()
}

#[test]
fn no_test_is_skipped() {
    let mut found: Vec<Offence> = rust_files().iter().flat_map(skipped_tests).collect();
    let docs = files();
    let docs =
        docs.iter().filter(|file| file.is_rust() || file.is_in("crates") && file.path.ends_with(".md"));
    found.extend(docs.flat_map(skipped_examples));
    report(
        "a test that needs a server starts it or fails, and an example compiles (`no_run` if it must not \
         run, `text` if it is not Rust)",
        found,
    );
}

#[cfg(test)]
mod can_fail {
    use super::*;

    #[test]
    fn a_skipped_test_is_reported() {
        let file = TextFile::new("a.rs", format!("#[test]\n{SKIPPED} = \"slow\"]\nfn b() {{}}\n"));
        assert_eq!(skipped_tests(&file), [Offence::new("a.rs", 2, SKIPPED)]);
    }

    #[test]
    fn an_example_that_is_not_compiled_is_reported() {
        for fence in ["/// ```ignore", "//! ```rust,ignore", "```ignore", "    /// ```rust, ignore"] {
            let file = TextFile::new("a.md", format!("\n{fence}\nlet x;\n"));
            assert_eq!(skipped_examples(&file), [Offence::new("a.md", 2, fence.trim())]);
        }
        let fine = TextFile::new("a.rs", "/// ```\n/// ignore\n/// ```no_run\n/// ```text\n// ignore ```\n");
        assert_eq!(skipped_examples(&fine), []);
    }
}
