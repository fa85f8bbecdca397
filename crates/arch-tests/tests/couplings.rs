//! A domain's store that keeps another domain's rule in its transaction stands in the table of couplings in
//! `docs/ARCHITECTURE.md`, and what stands there is so.

use std::collections::BTreeSet;

use crate::offence::{Offence, listed, report};
use crate::source::{TestCode, code_only, line_at, words};
use crate::workspace::{Role, TextFile, files, members, rust_files};

const STORES: &str = "crates/adapter-postgres/src";
const PAGE: &str = "docs/ARCHITECTURE.md";
const HEADING: &str = "Couplings of domains under one lock";

/// A store's file, the line where it names another domain, and that domain.
fn couplings(domains: &BTreeSet<String>, files: &[TextFile]) -> Vec<(String, usize, String)> {
    let tests = TestCode::of(files);
    let mut found = Vec::new();
    for file in files.iter().filter(|file| file.is_in(STORES)) {
        let own =
            file.path.get(STORES.len() + 1..).and_then(|rest| rest.split('/').next()).unwrap_or_default();
        if !domains.contains(own) {
            continue;
        }
        let code = code_only(&file.text);
        for other in domains.iter().filter(|other| *other != own) {
            let is_named = |at: &usize| {
                let (before, after) = code.split_at(*at);
                after.get(other.len()..).is_some_and(|rest| rest.starts_with("::"))
                    && !before.ends_with("kernel::")
            };
            let places = words(&code, other, |letter| letter.is_alphanumeric() || letter == '_');
            let lines = places.into_iter().filter(is_named).map(|at| line_at(&code, at));
            let first = lines.filter(|line| !tests.holds(&file.path, &code, *line)).min();
            found.extend(first.map(|line| (file.path.clone(), line, other.clone())));
        }
    }
    found
}

/// The rows of the table of couplings: their text.
fn rows(page: &str) -> Vec<&str> {
    let table = page.split_once(HEADING).map(|(_, rest)| rest).unwrap_or_default();
    let lines = table.lines().skip_while(|line| !line.starts_with('|'));
    lines.take_while(|line| line.starts_with('|')).skip(2).collect()
}

fn wrong(found: &[(String, usize, String)], page: &str) -> Vec<Offence> {
    let rows = rows(page);
    let file_of = |path: &str| format!("`{}`", path.trim_start_matches("crates/"));
    let domain = |name: &str| format!("`{}`", name.replace('_', "-"));
    let unlisted = found.iter().filter(|(path, _, other)| {
        !rows.iter().any(|row| row.contains(&file_of(path)) && row.contains(&domain(other)))
    });
    let mut offences: Vec<_> =
        unlisted.map(|(path, line, other)| Offence::new(path, *line, format!("names {other}"))).collect();
    let stale = rows.iter().filter(|row| !found.iter().any(|(path, _, _)| row.contains(&file_of(path))));
    offences.extend(stale.map(|row| Offence::new(PAGE, 1, format!("nothing couples so: {row}"))));
    offences
}

#[test]
fn every_coupling_of_two_domains_is_in_the_table_and_no_other() {
    let domains = members().into_iter().filter(|member| member.role() == Role::Domain);
    let domains = domains.map(|member| member.name.replace('-', "_")).collect();
    let all = files();
    let page = all.iter().find(|file| file.path == PAGE).map(|file| file.text.as_str()).unwrap_or_default();
    assert!(!rows(page).is_empty(), "{PAGE} has the table under \"{HEADING}\"");
    report(
        "list it in the table of docs/ARCHITECTURE.md: whose transaction, whose rule, which file; or take the row away",
        wrong(&couplings(&domains, &rust_files()), page),
    );
}

#[test]
fn a_coupling_that_is_not_listed_and_a_row_without_one_are_found() {
    let domains = BTreeSet::from(["stock".to_owned(), "orders".to_owned()]);
    let file = TextFile::new(
        "crates/adapter-postgres/src/orders/store.rs",
        "use kernel::stock::X;\nuse crate::stock::take;\n#[cfg(test)]\nmod tests {\n    use stock::Y;\n}\n",
    );
    let found = couplings(&domains, std::slice::from_ref(&file));
    assert_eq!(found, [(file.path.clone(), 2, "stock".to_owned())]);
    let page = |row: &str| format!("{HEADING}:\n\n| a | b | c |\n| --- | --- | --- |\n{row}\n\nmore\n");
    assert_eq!(
        wrong(&found, &page("| `orders` | `stock`: taken | `adapter-postgres/src/orders/store.rs` |")),
        []
    );
    let expected = "  crates/adapter-postgres/src/orders/store.rs:2: names stock\n  \
                    docs/ARCHITECTURE.md:1: nothing couples so: | `orders` | x | `gone.rs` |\n";
    assert_eq!(listed(&wrong(&found, &page("| `orders` | x | `gone.rs` |"))), expected);
}
