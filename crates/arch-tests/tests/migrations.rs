//! Migrations: each a folder `<number>_<name>` with both directions, in one order.

use std::collections::{BTreeMap, BTreeSet};

use crate::offence::{Offence, listed, report};
use crate::workspace::{TextFile, files};

const FOLDER: &str = "migrations";

fn wrong_migrations(files: &[TextFile]) -> Vec<Offence> {
    let mut found = Vec::new();
    let mut folders: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for file in files.iter().filter(|file| file.is_in(FOLDER)) {
        let path = file.path.strip_prefix("migrations/").unwrap_or_default();
        match path.split_once('/') {
            Some((folder, name)) => {
                folders.entry(folder).or_default().insert(name);
                if !has_statement(&file.text) {
                    found.push(Offence::new(&file.path, 1, "does nothing"));
                }
            }
            None if path.ends_with(".sql") => {
                found.push(Offence::new(&file.path, 1, "lies outside a migration's folder"));
            }
            None => {}
        }
    }
    let mut last: Option<(&str, &str)> = None;
    for (folder, names) in folders {
        let place = format!("{FOLDER}/{folder}");
        for name in ["up.sql", "down.sql"].iter().filter(|name| !names.contains(*name)) {
            found.push(Offence::new(&place, 1, format!("there is no {name}")));
        }
        let Some((number, name)) = folder.split_once('_').filter(|(number, name)| is_named(number, name))
        else {
            found.push(Offence::new(&place, 1, "is not named <number>_<words_in_lower_case>"));
            continue;
        };
        if let Some((previous, of)) = last {
            if previous.len() != number.len() {
                found.push(Offence::new(&place, 1, format!("its number is not as long as that of {of}")));
            } else if previous >= number {
                found.push(Offence::new(&place, 1, format!("its number is also that of {of}")));
            }
        }
        last = Some((number, name));
    }
    found
}

fn is_named(number: &str, name: &str) -> bool {
    let digits = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    let letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    digits && !name.is_empty() && name.bytes().all(letter)
}

/// Whether anything is left without blank lines and comments.
fn has_statement(sql: &str) -> bool {
    sql.lines().map(str::trim).any(|line| !line.is_empty() && !line.starts_with("--"))
}

#[test]
fn every_migration_goes_up_and_down_and_has_its_own_place_in_the_order() {
    let files = files();
    assert!(files.iter().any(|file| file.is_in(FOLDER)), "there are no migrations to look at");
    report(
        "a migration is a folder `0001_name` with `up.sql` and a `down.sql` that undoes it; a new one takes \
         the next number",
        wrong_migrations(&files),
    );
}

#[cfg(test)]
mod can_fail {
    use super::*;

    fn found(paths: &[&str]) -> String {
        let files: Vec<TextFile> =
            paths.iter().map(|path| TextFile::new(format!("migrations/{path}"), "SELECT 1;")).collect();
        listed(&wrong_migrations(&files))
    }

    #[test]
    fn a_migration_without_a_direction_is_reported() {
        assert_eq!(found(&["README.md", "0001_a/up.sql", "0001_a/down.sql"]), "");
        assert_eq!(found(&["0001_a/up.sql"]), "  migrations/0001_a:1: there is no down.sql\n");
        assert_eq!(found(&["0001_a/down.sql"]), "  migrations/0001_a:1: there is no up.sql\n");
        assert_eq!(found(&["0001_a.sql"]), "  migrations/0001_a.sql:1: lies outside a migration's folder\n");
        let empty = [
            TextFile::new("migrations/0001_a/down.sql", "-- later\n\n"),
            TextFile::new("migrations/0001_a/up.sql", "X"),
        ];
        assert_eq!(listed(&wrong_migrations(&empty)), "  migrations/0001_a/down.sql:1: does nothing\n");
    }

    #[test]
    fn a_number_used_twice_or_of_another_length_is_reported() {
        let both = |one: &str, two: &str| {
            let paths = [one, two].map(|folder| [format!("{folder}/up.sql"), format!("{folder}/down.sql")]);
            found(&paths.iter().flatten().map(String::as_str).collect::<Vec<_>>())
        };
        assert_eq!(both("0001_a", "0002_b"), "");
        assert_eq!(both("0001_a", "0001_b"), "  migrations/0001_b:1: its number is also that of a\n");
        assert_eq!(
            both("0009_a", "00010_b"),
            "  migrations/0009_a:1: its number is not as long as that of b\n"
        );
        assert_eq!(
            both("0001_a", "next"),
            "  migrations/next:1: is not named <number>_<words_in_lower_case>\n"
        );
    }
}
