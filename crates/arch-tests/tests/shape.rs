//! How long a file may be, and the file names that every domain is made of.

use crate::offence::{Offence, listed, report};
use crate::source::{attributes, code_only, line_at};
use crate::workspace::{Member, Role, TextFile, members, rust_files};

const MOST_LINES: usize = 600;

fn too_long(file: &TextFile) -> Option<Offence> {
    let lines = file.text.lines().count();
    (lines > MOST_LINES).then(|| Offence::new(&file.path, MOST_LINES + 1, format!("{lines} lines")))
}

fn missing_files(member: &Member, files: &[TextFile]) -> Vec<Offence> {
    let folder = format!("{}/src", member.folder);
    let has = |name: &str| files.iter().any(|file| file.path == format!("{folder}/{name}"));
    let mut missing = Vec::new();
    if !has("lib.rs") {
        missing.push("lib.rs: docs and re-exports");
    }
    if !has("ports.rs") {
        missing.push("ports.rs: what the domain needs from outside");
    }
    let usecases = format!("{folder}/usecases");
    if !files.iter().any(|file| file.is_in(&usecases) && !file.path.ends_with("/mod.rs")) {
        missing.push("usecases/: one file a use case");
    }
    if member.manifest.lines().any(|line| line.starts_with("contract-tests")) && !has("contract.rs") {
        missing.push("contract.rs: what every implementation of the ports must show");
    }
    missing.into_iter().map(|name| Offence::new(&folder, 1, format!("there is no {name}"))).collect()
}

/// The first thing in the file that is neither docs, nor `mod x;`, nor `use`.
fn more_than_a_front(file: &TextFile) -> Option<Offence> {
    let code = without_attributes(&code_only(&file.text));
    let mut place = 0;
    for statement in code.split_inclusive(';') {
        let start = place + statement.len() - statement.trim_start().len();
        place += statement.len();
        if !statement.trim().is_empty() && !is_front(statement.trim()) {
            let first = statement.trim().lines().next().unwrap_or_default();
            return Some(Offence::new(&file.path, line_at(&code, start), format!("`{first}`")));
        }
    }
    None
}

fn is_front(statement: &str) -> bool {
    let item = statement.strip_prefix("pub").map_or(statement, |rest| {
        let rest = rest.trim_start();
        rest.strip_prefix('(').and_then(|rest| rest.split_once(')')).map_or(rest, |(_, item)| item)
    });
    let Some((word, rest)) = item.trim_start().split_once(char::is_whitespace) else { return false };
    rest.ends_with(';') && (word == "use" || word == "mod" && !rest.contains('{'))
}

fn without_attributes(code: &str) -> String {
    let inside = attributes(code);
    let hash = |start: usize| code.split_at(start).0.rfind('#').unwrap_or(start);
    let hidden = |at: usize| inside.iter().any(|range| (hash(range.start)..=range.end).contains(&at));
    let blanked = |(at, letter): (usize, char)| if letter != '\n' && hidden(at) { ' ' } else { letter };
    code.char_indices().map(blanked).collect()
}

#[test]
fn no_source_file_is_over_six_hundred_lines() {
    report("split it by meaning, at about 400 lines", rust_files().iter().filter_map(too_long).collect());
}

#[test]
fn every_domain_has_the_files_of_a_domain() {
    let (members, files) = (members(), rust_files());
    let domains = members.iter().filter(|member| member.role() == Role::Domain);
    report(
        "every domain uses the same file names, so that who has read one finds the way in all: \
         docs/ARCHITECTURE.md",
        domains.flat_map(|member| missing_files(member, &files)).collect(),
    );
}

#[test]
fn a_domains_lib_is_only_docs_modules_and_re_exports() {
    let (members, files) = (members(), rust_files());
    let pure =
        members.iter().filter(|member| matches!(member.role(), Role::Domain | Role::Support | Role::Kernel));
    let libs = pure.map(|member| format!("{}/src/lib.rs", member.folder));
    let libs = libs.filter_map(|path| files.iter().find(|file| file.path == path));
    report("move it into a module and re-export it", libs.filter_map(more_than_a_front).collect());
}

#[cfg(test)]
mod can_fail {
    use super::*;

    #[test]
    fn a_file_a_line_too_long_is_reported() {
        let file = |lines: usize| TextFile::new("crates/a/src/b.rs", "\n".repeat(lines));
        assert_eq!(too_long(&file(600)), None);
        assert_eq!(too_long(&file(601)), Some(Offence::new("crates/a/src/b.rs", 601, "601 lines")));
    }

    #[test]
    fn a_domain_without_its_files_is_reported() {
        let (name, folder) = ("a".to_owned(), "crates/a".to_owned());
        let manifest = "[features]\ncontract-tests = []\n".to_owned();
        let domain = Member { name, folder, manifest, dependencies: Vec::new() };
        let all = ["lib.rs", "ports.rs", "usecases/mod.rs", "usecases/do_it.rs", "contract.rs"];
        let files: Vec<TextFile> =
            all.iter().map(|name| TextFile::new(format!("crates/a/src/{name}"), "")).collect();
        assert_eq!(missing_files(&domain, &files), []);
        let only_mod: Vec<TextFile> =
            files.iter().filter(|file| file.path.ends_with("usecases/mod.rs")).cloned().collect();
        let found = listed(&missing_files(&domain, &only_mod));
        for name in ["lib.rs", "ports.rs", "usecases/", "contract.rs"] {
            assert!(found.contains(&format!("  crates/a/src:1: there is no {name}")), "{found}");
        }
    }

    #[test]
    fn code_in_a_lib_is_reported() {
        let front = "#![doc = include_str!(\"x\")]\n//! A;\n\n#[cfg(any(test, feature = \"y\"))]\npub mod a;\n\
                     mod b;\npub(crate) mod c;\n\npub use a::{\n    X, Y,\n};\nuse b::*;\n";
        let lib = |more: &str| TextFile::new("crates/a/src/lib.rs", format!("{front}{more}"));
        assert_eq!(more_than_a_front(&lib("")), None);
        for code in [
            "fn a() {}\n",
            "pub const A: u8 = 1;\n",
            "mod c {\n    use a;\n}\n",
            "pub struct A;\n",
            "modx!();\n",
        ] {
            let first = code.lines().next().unwrap();
            let found = more_than_a_front(&lib(code)).unwrap();
            assert_eq!(found, Offence::new("crates/a/src/lib.rs", 13, format!("`{first}`")));
        }
    }
}
