//! The README's import: what it says is sent, and what it says comes back.

use serde_json::Value;

use crate::support::{IMPORT, team};

const README: &str = include_str!("../../README.md");

/// The text of the first fenced block of this language that holds `word`.
fn block(language: &str, word: &str) -> &'static str {
    let blocks = README.split("```").skip(1).step_by(2);
    let mut of_language = blocks.filter_map(|block| block.strip_prefix(language)?.strip_prefix('\n'));
    of_language.find(|block| block.contains(word)).unwrap()
}

#[test]
fn the_readmes_import_is_answered_as_it_says() {
    let command = block("sh", "curl");
    assert!(command.contains(IMPORT) && command.contains("x-api-key"));
    let (_, body) = command.split_once("-d '").unwrap();
    let (body, _) = body.rsplit_once('\'').unwrap();
    let answer = team().import_as("", "application/json", body).ok();
    let mut told: Value = serde_json::from_str(block("json", "import_id")).unwrap();
    told["import_id"] = answer["import_id"].clone();
    assert_eq!(answer, told);
}
