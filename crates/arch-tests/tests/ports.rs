//! Every port of a domain is held to what its docs say by the domain's contract suite.

use std::collections::BTreeSet;

use crate::offence::{Offence, listed, report};
use crate::source::{code_only, words};
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

/// The records of master data, each the register of its own, and where each stands.
fn records(member: &Member, files: &[TextFile]) -> Vec<(String, usize, String)> {
    let mut found = Vec::new();
    for file in files.iter().filter(|file| file.is_in(&format!("{}/src", member.folder))) {
        for (index, line) in file.text.lines().enumerate() {
            let Some(record) = line.strip_prefix("impl Record for ") else { continue };
            found.push((file.path.clone(), index + 1, record.trim_end_matches([' ', '{']).to_owned()));
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
    let is_run = |record: &str| {
        suites.iter().any(|file| code_only(&file.text).contains(&format!("RegisterSuite::<{record}>")))
    };
    let ports = ports(member, files).into_iter();
    let ports = ports.filter(|(_, _, name)| !exempt.contains(name.as_str()) && !is_named(name));
    let records = records(member, files).into_iter();
    let records = records.filter(|(_, _, name)| !is_run(name));
    let missing = ports.chain(records);
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
        TextFile::new("crates/a/src/shelf.rs", "\nimpl Record for Shelf {\n}\nimpl Record for Room {\n}\n"),
        TextFile::new("crates/a/src/contract/books.rs", "pub async fn books(store: &dyn Books) {}"),
        TextFile::new(
            "crates/a/src/contract/rooms.rs",
            "// RegisterSuite::<Shelf>\nRegisterSuite::<Room> {};",
        ),
    ];
    assert_eq!(
        listed(&unproven(&member, &files)),
        "  crates/a/src/ports.rs:3: Stock is in no contract suite\n\
         \x20 crates/a/src/shelf.rs:2: Shelf is in no contract suite\n"
    );
}
