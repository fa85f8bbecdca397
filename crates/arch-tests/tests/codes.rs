//! `docs/API.md` lists every error code that callers can meet.

use std::collections::BTreeSet;

use crate::offence::{Offence, report};
use crate::source::{TestCode, code_only, line_at};
use crate::workspace::{Role, TextFile, files, members, rust_files};

/// Texts of capitals that are no error codes: names of variables and of algorithms, and the alarm of an example.
const OTHERS: [&str; 3] = ["UTF_8", "UTF_16", "TEMP_HIGH"];

/// Quoted texts like `"TEAM_NAME_TAKEN"`, and where each stands.
fn quoted(file: &TextFile, tests: &TestCode) -> Vec<(usize, String)> {
    let code = code_only(&file.text);
    let mut found = Vec::new();
    for (at, _) in file.text.match_indices('"') {
        let rest = file.text.get(at + 1..).unwrap_or_default();
        let Some((text, _)) = rest.split_once('"') else { continue };
        let line = line_at(&file.text, at);
        if is_code(text) && !tests.holds(&file.path, &code, line) {
            found.push((line, text.to_owned()));
        }
    }
    found
}

fn is_code(text: &str) -> bool {
    let parts: Vec<_> = text.split('_').collect();
    parts.len() > 1
        && parts.iter().all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_uppercase()))
        && !OTHERS.contains(&text)
}

fn unlisted(files: &[TextFile], listed: &str) -> Vec<Offence> {
    let tests = TestCode::of(files);
    let found = files.iter().flat_map(|file| {
        let codes =
            quoted(file, &tests).into_iter().filter(|(_, code)| !listed.contains(&format!("`{code}`")));
        codes.map(|(line, code)| Offence::new(&file.path, line, code)).collect::<Vec<_>>()
    });
    found.collect()
}

#[test]
fn every_error_code_is_listed() {
    let speakers: BTreeSet<_> = members()
        .iter()
        .filter(|member| {
            matches!(member.role(), Role::Kernel | Role::Support | Role::Domain)
                || member.name == "adapter-http"
        })
        .map(|member| format!("{}/src", member.folder))
        .collect();
    let mut speaking = rust_files();
    speaking.retain(|file| speakers.iter().any(|folder| file.is_in(folder)));
    let all = files();
    let listed = all.iter().find(|file| file.path == "docs/API.md").unwrap();
    report("list it in docs/API.md: its status, and what it means", unlisted(&speaking, &listed.text));
}

#[test]
fn a_code_that_is_not_listed_is_found_and_one_of_a_test_is_not() {
    let source = "fn code() -> &'static str {\n    \"TEAM_GONE\"\n}\n\n#[cfg(test)]\nmod tests {\n    const X: &str = \"X_Y\";\n}\n";
    let file = TextFile::new("crates/identity/src/team.rs", source);
    let found = unlisted(std::slice::from_ref(&file), "| `TEAM_NAME_TAKEN` |");
    assert_eq!(found, [Offence::new("crates/identity/src/team.rs", 2, "TEAM_GONE")]);
    assert_eq!(unlisted(&[file], "| `TEAM_GONE` |"), []);
}
