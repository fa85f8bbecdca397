//! The import in the README.

use serde_json::Value;

use crate::support::{IMPORT, team};

const README: &str = include_str!("../../README.md");

/// Returns the first fenced block of a language that contains a word.
fn block(language: &str, word: &str) -> &'static str {
    let blocks = README.split("```").skip(1).step_by(2);
    let mut of_language = blocks.filter_map(|block| block.strip_prefix(language)?.strip_prefix('\n'));
    of_language.find(|block| block.contains(word)).unwrap()
}

#[test]
fn the_import_in_the_readme_gets_the_documented_response() {
    let command = block("sh", "curl");
    assert!(command.contains(IMPORT) && command.contains("x-api-key"));
    let (_, body) = command.split_once("-d '").unwrap();
    let (body, _) = body.rsplit_once('\'').unwrap();
    let answer = team().import_as("", "application/json", body).ok();
    let mut expected: Value = serde_json::from_str(block("json", "import_id")).unwrap();
    expected["import_id"] = answer["import_id"].clone();
    assert_eq!(answer, expected);
}
