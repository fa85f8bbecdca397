//! Phrases that a reader who has only the repository, and knows Rust, PostgreSQL and ERP software, would have to guess at.

use crate::offence::{Offence, listed, report};
use crate::source::line_at;
use crate::workspace::{TextFile, files};

/// Documents that nobody who clones the project has, riddles, and words that the project once used for something else.
/// Split in two where this file would report itself.
const BANNED: [&str; 18] = [
    concat!("seed ", "00"),
    concat!("seeds ", "00"),
    concat!("(con", "tract, *"),
    concat!("the con", "tract, *"),
    concat!("Stands", " on"),
    concat!("stands", " on a "),
    concat!("/// ", "It."),
    concat!("/// ", "Its."),
    concat!("/// ", "Theirs."),
    concat!("/// ", "Who."),
    concat!("/// ", "When."),
    concat!("/// ", "What."),
    concat!("/// ", "Why."),
    concat!("/// ", "Its id."),
    concat!("told", " of"),
    concat!("is", " told"),
    concat!("are", " told"),
    concat!("none that are", " good"),
];

/// What was written before the rule, and is history.
const HISTORY: &str = "CHANGELOG.md";

fn is_prose(file: &TextFile) -> bool {
    let endings = [".rs", ".md", ".sql", ".json", ".toml"];
    endings.iter().any(|ending| file.path.ends_with(ending)) && file.path != HISTORY
}

fn banned(file: &TextFile) -> Vec<Offence> {
    let places = BANNED.iter().flat_map(|phrase| {
        file.text
            .match_indices(phrase)
            .map(move |(at, _)| Offence::new(&file.path, line_at(&file.text, at), *phrase))
    });
    places.collect()
}

#[test]
fn nothing_has_to_be_guessed_at() {
    let files = files();
    let found = files.iter().filter(|file| is_prose(file)).flat_map(banned).collect();
    report(
        "say the noun or the verb; for what an API promises, cite its page and heading in docs/spec",
        found,
    );
}

#[test]
fn a_banned_phrase_is_found_in_any_text_of_the_project() {
    let text = format!("ok\n/// {} (docs)\n", BANNED[4]);
    assert_eq!(listed(&banned(&TextFile::new("a.rs", text))), format!("  a.rs:2: {}\n", BANNED[4]));
    assert!(is_prose(&TextFile::new("docs/openapi/a.json", "")) && !is_prose(&TextFile::new(HISTORY, "")));
}
