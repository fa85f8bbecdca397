//! The graph of the workspace's crates, as a file that a reviewer sees change.

use std::collections::BTreeSet;

use crate::offence::{Offence, listed, report};
use crate::workspace::{Member, members, read, root};

const EXPECTED: &str = "crates/arch-tests/expected/dependencies.txt";
const MEND: &str =
    "if the change is meant, `UPDATE_EXPECTED=1 cargo test -p arch-tests` writes the file anew";

/// `a -> b` for each normal dependency, sorted, a line each.
fn drawn(members: &[Member]) -> String {
    let lines: BTreeSet<String> = members
        .iter()
        .flat_map(|from| from.dependencies.iter().map(move |to| (from, to)))
        .filter(|(_, to)| !to.dev)
        .map(|(from, to)| format!("{} -> {}\n", from.name, to.name))
        .collect();
    lines.into_iter().collect()
}

fn differences(expected: &str, actual: &str) -> Vec<Offence> {
    let here: BTreeSet<&str> = actual.lines().collect();
    let mut found = Vec::new();
    for (index, line) in expected.lines().enumerate() {
        if !here.contains(line) {
            found.push(Offence::new(EXPECTED, index + 1, format!("`{line}` is expected and not there")));
        }
    }
    let known: BTreeSet<&str> = expected.lines().collect();
    let next = expected.lines().count() + 1;
    let unknown = here.difference(&known);
    found.extend(
        unknown.map(|line| Offence::new(EXPECTED, next, format!("`{line}` is there and not expected"))),
    );
    if found.is_empty() && expected != actual {
        found.push(Offence::new(EXPECTED, 1, "the lines are not in order, or not written once each"));
    }
    found
}

#[test]
fn the_graph_of_crates_is_the_expected_one() {
    let (path, actual) = (root().join(EXPECTED), drawn(&members()));
    if std::env::var_os("UPDATE_EXPECTED").is_some() {
        std::fs::write(&path, &actual).unwrap();
    }
    report(MEND, differences(&read(&path), &actual));
}

#[test]
fn a_changed_graph_is_reported() {
    let found = differences("a -> b\na -> c\n", "a -> b\nb -> c\n");
    let expected = format!(
        "  {EXPECTED}:2: `a -> c` is expected and not there\n  \
         {EXPECTED}:3: `b -> c` is there and not expected\n"
    );
    assert_eq!(listed(&found), expected);
    assert_eq!(differences("b\na\n", "a\nb\n").len(), 1);
    assert_eq!(differences("a\nb\n", "a\nb\n"), []);
}

#[test]
fn the_drawn_graph_has_no_dev_dependencies() {
    let members = members();
    let graph = drawn(&members);
    assert!(graph.contains("order-import -> kernel\n"), "{graph}");
    assert!(graph.lines().is_sorted());
    assert!(!graph.contains("-> testkit"), "{graph}");
}
