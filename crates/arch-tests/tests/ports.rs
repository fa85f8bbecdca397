//! Every port of a domain is held to what its docs say by the domain's contract suite.

use std::collections::BTreeSet;

use crate::offence::{Offence, listed, report};
use crate::source::words;
use crate::workspace::{Member, Role, TextFile, members, rust_files};

/// Ports without a state to prove: a clock's pause.
const WITHOUT_SUITE: [&str; 1] = ["Pause"];

/// The traits of `ports.rs` and `ports/`, and where each stands.
fn ports(member: &Member, files: &[TextFile]) -> Vec<(String, usize, String)> {
    let folder = format!("{}/src/ports", member.folder);
    let mut found = Vec::new();
    for file in files.iter().filter(|file| file.path == format!("{folder}.rs") || file.is_in(&folder)) {
        for (index, line) in file.text.lines().enumerate() {
            let Some(rest) = line.strip_prefix("pub trait ") else { continue };
            let name = rest.split(|letter: char| !letter.is_alphanumeric()).next().unwrap_or_default();
            found.push((file.path.clone(), index + 1, name.to_owned()));
        }
    }
    found
}

fn unproven(member: &Member, files: &[TextFile]) -> Vec<Offence> {
    let suite = format!("{}/src/contract", member.folder);
    let suites: Vec<_> =
        files.iter().filter(|file| file.path == format!("{suite}.rs") || file.is_in(&suite)).collect();
    let exempt: BTreeSet<_> = WITHOUT_SUITE.into_iter().collect();
    let is_named =
        |name: &str| suites.iter().any(|file| !words(&file.text, name, char::is_alphanumeric).is_empty());
    let missing = ports(member, files).into_iter();
    let missing = missing.filter(|(_, _, name)| !exempt.contains(name.as_str()) && !is_named(name));
    missing
        .map(|(file, line, name)| Offence::new(file, line, format!("{name} is in no contract suite")))
        .collect()
}

#[test]
fn every_port_is_in_its_domains_contract_suite() {
    let (members, files) = (members(), rust_files());
    let domains = members.iter().filter(|member| member.role() == Role::Domain);
    report(
        "test in contract.rs what the port's docs demand, and run it against every implementation",
        domains.flat_map(|member| unproven(member, &files)).collect(),
    );
}

#[test]
fn a_port_without_a_suite_is_found() {
    let member = Member {
        name: "a".into(),
        folder: "crates/a".into(),
        manifest: String::new(),
        dependencies: Vec::new(),
    };
    let files = [
        TextFile::new("crates/a/src/ports.rs", "pub trait Books: Send {\n}\npub trait Stock {}\n"),
        TextFile::new("crates/a/src/contract/books.rs", "pub async fn books(store: &dyn Books) {}"),
    ];
    assert_eq!(
        listed(&unproven(&member, &files)),
        "  crates/a/src/ports.rs:3: Stock is in no contract suite\n"
    );
}
