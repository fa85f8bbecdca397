//! What every crate's manifest and front page must have.

use std::collections::BTreeMap;

use crate::offence::{Offence, listed, report};
use crate::workspace::{Member, Role, TextFile, files, members};

/// Keys a manifest must inherit from the workspace.
const INHERITED: [&str; 3] = ["package.edition", "package.license", "lints"];

/// The keys of a manifest with their sections, and their values without spaces: enough of TOML for this.
fn keys(manifest: &str) -> BTreeMap<String, String> {
    let mut section = String::new();
    let mut keys = BTreeMap::new();
    for line in manifest.lines() {
        let line: String = line.split('#').next().unwrap_or_default().split_whitespace().collect();
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            section = format!("{name}.");
        } else if let Some((key, value)) = line.split_once('=') {
            keys.insert(format!("{section}{key}"), value.to_owned());
        }
    }
    keys
}

fn not_inherited(member: &Member) -> Vec<Offence> {
    let keys = keys(&member.manifest);
    let is = |key: String, value: &str| keys.get(&key).is_some_and(|found| found == value);
    let missing = INHERITED
        .iter()
        .filter(|key| !is(format!("{key}.workspace"), "true") && !is((**key).to_owned(), "{workspace=true}"));
    let what = |key: &&str| format!("{} does not inherit `{key}`", member.name);
    missing.map(|key| Offence::new(member.manifest_path(), 1, what(key))).collect()
}

fn front_page(member: &Member, files: &[TextFile]) -> Vec<Offence> {
    let file = |name: &str| {
        let path = format!("{}/{name}", member.folder);
        files.iter().find(|file| file.path == path)
    };
    let readme = format!("{}/README.md", member.folder);
    let Some(page) = file("README.md") else {
        let excused = matches!(member.role(), Role::App | Role::Testkit | Role::ArchTests);
        return if excused { Vec::new() } else { vec![Offence::new(readme, 1, "there is none")] };
    };
    let mut found = Vec::new();
    if !page.text.lines().any(|line| !line.trim().is_empty() && !line.starts_with('#')) {
        found.push(Offence::new(&readme, 1, "says nothing beneath its heading"));
    }
    let include = "#![doc = include_str!(\"../README.md\")]";
    let roots = ["src/lib.rs", "src/main.rs"].map(file);
    if !roots.iter().flatten().any(|root| root.text.lines().any(|line| line.trim() == include)) {
        found.push(Offence::new(&readme, 1, format!("is not the crate's docs: {include}")));
    }
    found
}

#[test]
fn every_crate_inherits_the_workspaces_lints_edition_and_licence() {
    report(
        "write `edition.workspace = true`, `license.workspace = true`, and `[lints]` with `workspace = true`",
        members().iter().flat_map(not_inherited).collect(),
    );
}

#[test]
fn every_crate_has_a_readme_that_is_its_docs() {
    let files = files();
    report(
        "say in README.md what the crate is for, with an example that compiles, and include it in src/lib.rs",
        members().iter().flat_map(|member| front_page(member, &files)).collect(),
    );
}

#[cfg(test)]
mod can_fail {
    use super::*;

    fn member(name: &str, manifest: &str) -> Member {
        let folder = format!("crates/{name}");
        Member { name: name.to_owned(), folder, manifest: manifest.to_owned(), dependencies: Vec::new() }
    }

    #[test]
    fn a_manifest_that_sets_its_own_lints_or_edition_is_reported() {
        let good = "[package]\nedition.workspace = true # same\n\
                    license = { workspace = true }\n[lints]\nworkspace = true\n";
        assert_eq!(not_inherited(&member("a", good)), []);
        let bad = "[package]\nedition = \"2021\"\n# license.workspace = true\n[lints]\nworkspace = false\n";
        assert_eq!(
            listed(&not_inherited(&member("a", bad))),
            "  crates/a/Cargo.toml:1: a does not inherit `package.edition`\n  \
             crates/a/Cargo.toml:1: a does not inherit `package.license`\n  \
             crates/a/Cargo.toml:1: a does not inherit `lints`\n"
        );
        let elsewhere =
            "[dependencies]\nedition.workspace = true\nlicense.workspace = true\nlints.workspace = true\n";
        assert_eq!(not_inherited(&member("a", elsewhere)).len(), 3);
    }

    #[test]
    fn a_missing_empty_or_unused_readme_is_reported() {
        let included = "#![doc = include_str!(\"../README.md\")]\n";
        let pages = |readme: Option<&str>, lib: &str, name: &str| {
            let mut files = vec![TextFile::new(format!("crates/{name}/src/lib.rs"), lib)];
            files.extend(readme.map(|text| TextFile::new(format!("crates/{name}/README.md"), text)));
            front_page(&member(name, ""), &files)
        };
        assert_eq!(pages(Some("# a\n\nFor b.\n"), included, "a"), []);
        assert_eq!(pages(None, "", "testkit"), []);
        assert_eq!(listed(&pages(None, included, "a")), "  crates/a/README.md:1: there is none\n");
        assert_eq!(pages(Some("# a\n\n"), included, "a").len(), 1);
        assert_eq!(pages(Some("# a\n\nFor b.\n"), "//! Own docs.\n", "a").len(), 1);
        assert_eq!(pages(Some("# a\n\nFor b.\n"), "", "testkit").len(), 1);
    }
}
