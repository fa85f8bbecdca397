//! Unfinished code, skipped tests, and tests that sleep.

use crate::offence::{Offence, listed, report};
use crate::source::{TestCode, calls, code_only, line_at, words};
use crate::workspace::{TextFile, files, rust_files};

/// Split in two, so that this file does not report itself.
const UNFINISHED: [&str; 2] = [concat!("to", "do!"), concat!("unimple", "mented!")];
const SKIPPED: &str = concat!("#[", "ignore");

/// The one place where waiting is done: by asking again until a deadline.
const WAITS: &str = "crates/testkit";

fn needles(file: &TextFile, needles: &[&str]) -> Vec<Offence> {
    let places = needles.iter().flat_map(|needle| {
        file.text
            .match_indices(needle)
            .map(move |(at, _)| Offence::new(&file.path, line_at(&file.text, at), *needle))
    });
    places.collect()
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

fn sleeping_tests(files: &[TextFile]) -> Vec<Offence> {
    let tests = TestCode::of(files);
    let mut found = Vec::new();
    for file in files.iter().filter(|file| !file.is_in(WAITS)) {
        let code = code_only(&file.text);
        let lines = calls(&code, "sleep").into_iter().map(|at| line_at(&code, at));
        let in_tests = lines.filter(|line| tests.holds(&file.path, &code, *line));
        found.extend(in_tests.map(|line| Offence::new(&file.path, line, "a test that sleeps")));
    }
    found
}

#[test]
fn nothing_is_left_unfinished() {
    let unfinished = rust_files().iter().flat_map(|file| needles(file, &UNFINISHED)).collect();
    report("finish it, or leave it out until it can be finished", unfinished);
}

#[test]
fn no_test_is_skipped() {
    let mut found: Vec<Offence> = rust_files().iter().flat_map(|file| needles(file, &[SKIPPED])).collect();
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

#[test]
fn no_test_sleeps() {
    report(
        "wait for the condition itself, with the testkit's waiting, or move the clock: a test that sleeps is \
         slow on a fast machine and fails on a slow one",
        sleeping_tests(&rust_files()),
    );
}

#[cfg(test)]
mod can_fail {
    use super::*;

    #[test]
    fn unfinished_code_and_skipped_tests_are_reported() {
        let text = format!("fn a() {{\n    {}()\n}}\n// {}(\"later\")\n", UNFINISHED[0], UNFINISHED[1]);
        let file = TextFile::new("a.rs", text);
        let found = needles(&file, &UNFINISHED);
        assert_eq!(found, [Offence::new("a.rs", 2, UNFINISHED[0]), Offence::new("a.rs", 4, UNFINISHED[1])]);
        let file = TextFile::new("a.rs", format!("#[test]\n{SKIPPED} = \"slow\"]\nfn b() {{}}\n"));
        assert_eq!(needles(&file, &[SKIPPED]), [Offence::new("a.rs", 2, SKIPPED)]);
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

    #[test]
    fn a_sleeping_test_is_reported_and_sleeping_code_is_not() {
        let inline = "fn retry() {\n    tokio::time::sleep(x);\n}\n#[cfg(test)]\nmod tests {\n    \
                      // sleep(x)\n    fn a() {\n        thread::sleep(x);\n        \
                      sql(\"sleep(1)\");\n    }\n}\n";
        let files = [
            TextFile::new("crates/a/src/lib.rs", inline),
            TextFile::new("tests/journey.rs", "\nuse tokio::time::{sleep};\nsleep(x).await;\npg_sleep(x);\n"),
            TextFile::new("crates/a/src/b/mod.rs", "#[cfg(test)]\nmod slow;\n"),
            TextFile::new("crates/a/src/b/slow.rs", "std::thread::sleep(x);\n"),
            TextFile::new("crates/testkit/tests/wait.rs", "thread::sleep(x);\n"),
        ];
        assert_eq!(
            listed(&sleeping_tests(&files)),
            "  crates/a/src/lib.rs:8: a test that sleeps\n  tests/journey.rs:3: a test that sleeps\n  \
             crates/a/src/b/slow.rs:1: a test that sleeps\n"
        );
    }
}
