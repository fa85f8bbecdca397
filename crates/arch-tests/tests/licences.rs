//! Every dependency, shipped or for tests, is under a licence that `deny.toml` allows.
//!
//! This sees the dependencies on the machine it runs on; `cargo deny` sees those of every platform.

use crate::offence::{Offence, listed, report};
use crate::workspace::{cargo_tree, read, root};

/// The `allow` list in the `[licenses]` section of `deny.toml`.
fn allow_list(deny: &str) -> Vec<String> {
    let section = deny.split("\n[").find(|section| section.starts_with("licenses]")).unwrap_or_default();
    let list =
        section.split_once("\nallow = [").and_then(|(_, rest)| rest.split_once(']')).unwrap_or_default().0;
    let uncommented = list.lines().map(|line| line.split('#').next().unwrap_or_default());
    uncommented.flat_map(|line| line.split('"').skip(1).step_by(2).map(str::to_owned)).collect()
}

/// Whether an SPDX expression can be met with these licences alone. `/` is the old way to write `OR`.
fn is_allowed(expression: &str, allowed: &[String]) -> Result<bool, String> {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let mut words = spaced.split_whitespace().peekable();
    let meets = either(&mut words, allowed)?;
    match words.next() {
        None => Ok(meets),
        Some(word) => Err(format!("`{word}` is not expected")),
    }
}

type Words<'a> = std::iter::Peekable<std::str::SplitWhitespace<'a>>;

fn either(words: &mut Words<'_>, allowed: &[String]) -> Result<bool, String> {
    let mut meets = both(words, allowed)?;
    while words.next_if_eq(&"OR").is_some() {
        meets |= both(words, allowed)?;
    }
    Ok(meets)
}

fn both(words: &mut Words<'_>, allowed: &[String]) -> Result<bool, String> {
    let mut meets = one(words, allowed)?;
    while words.next_if_eq(&"AND").is_some() {
        meets &= one(words, allowed)?;
    }
    Ok(meets)
}

fn one(words: &mut Words<'_>, allowed: &[String]) -> Result<bool, String> {
    match words.next() {
        Some("(") => {
            let meets = either(words, allowed)?;
            words.next_if_eq(&")").map(|_| meets).ok_or_else(|| "a bracket is not closed".to_owned())
        }
        None | Some(")" | "OR" | "AND" | "WITH") => Err("a licence is missing".to_owned()),
        Some(licence) => {
            let mut licence = licence.to_owned();
            if words.next_if_eq(&"WITH").is_some() {
                let exception = words.next().ok_or("an exception is missing")?;
                licence = format!("{licence} WITH {exception}");
            }
            Ok(allowed.contains(&licence))
        }
    }
}

/// `packages` is a package and, past a tab, its licence on each line.
fn unwelcome(packages: &str, allowed: &[String]) -> Vec<Offence> {
    let mut found = Vec::new();
    for line in packages.lines() {
        let line = line.strip_suffix("(*)").unwrap_or(line);
        let Some((package, licence)) = line.split_once('\t') else { continue };
        let problem = match is_allowed(licence.trim(), allowed) {
            Ok(true) => continue,
            Ok(false) => format!("`{}`", licence.trim()),
            Err(error) => format!("`{}` cannot be read: {error}", licence.trim()),
        };
        found.push(Offence::new("Cargo.lock", 1, format!("{}: {problem}", package.trim())));
    }
    found
}

#[test]
fn every_dependency_is_under_a_licence_we_allow() {
    let allowed = allow_list(&read(&root().join("deny.toml")));
    let packages = cargo_tree(&["--workspace", "-e", "normal,build,dev", "--format", "{p}\t{l}"]);
    assert!(packages.lines().filter(|line| line.contains('\t')).count() > 50, "not a list: {packages}");
    report(
        "do without the package; or, if its licence is permissive, add it to the list in deny.toml",
        unwelcome(&packages, &allowed),
    );
}

#[test]
fn the_list_in_deny_toml_is_found_and_names_no_copyleft_of_whole_works() {
    let allowed = allow_list(&read(&root().join("deny.toml")));
    assert!(allowed.contains(&"MIT".to_owned()) && allowed.len() > 10, "{allowed:?}");
    let viral = allowed
        .iter()
        .filter(|name| ["GPL", "OSL", "EUPL", "SSPL", "BUSL"].iter().any(|bad| name.contains(bad)));
    assert_eq!(viral.collect::<Vec<_>>(), Vec::<&String>::new());
}

#[cfg(test)]
mod can_fail {
    use super::*;

    fn list(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn the_list_is_read_from_its_own_section() {
        let deny = "[bans]\nallow = [\"GPL-3.0\"]\n[licenses]\nx = 1\nallow = [\n  \"MIT\", # \"no\"\n  \
                    # \"nor this\"\n  \"A WITH B\",\n]\ny = [\"z\"]\n";
        assert_eq!(allow_list(deny), ["MIT", "A WITH B"]);
        assert_eq!(allow_list("[licenses]\n"), Vec::<String>::new());
    }

    #[test]
    fn expressions_are_met_or_not() {
        let allowed = list(&["MIT", "ISC", "Apache-2.0 WITH LLVM-exception"]);
        for good in [
            "MIT",
            "GPL-3.0 OR MIT",
            "GPL-3.0/MIT",
            "GPL-3.0 / MIT",
            "MIT AND ISC",
            "(GPL-3.0 OR MIT) AND ISC",
            "Apache-2.0 WITH LLVM-exception",
            "GPL-3.0 AND X OR MIT",
        ] {
            assert_eq!(is_allowed(good, &allowed), Ok(true), "{good}");
        }
        for bad in
            ["GPL-3.0", "MIT AND GPL-3.0", "MIT WITH X", "Apache-2.0", "(MIT OR ISC) AND X", "mit", "MIT+"]
        {
            assert_eq!(is_allowed(bad, &allowed), Ok(false), "{bad}");
        }
        for unreadable in ["", "MIT OR", "(MIT", "MIT)", "MIT ISC", "AND", "MIT WITH"] {
            assert!(is_allowed(unreadable, &allowed).is_err(), "{unreadable}");
        }
    }

    #[test]
    fn a_package_without_an_allowed_licence_is_reported() {
        let packages = "good v1.0.0\tMIT (*)\nbad v2.0.0 (proc-macro)\tGPL-3.0\n\nnone v3.0.0\t\n";
        assert_eq!(
            listed(&unwelcome(packages, &list(&["MIT"]))),
            "  Cargo.lock:1: bad v2.0.0 (proc-macro): `GPL-3.0`\n  \
             Cargo.lock:1: none v3.0.0: `` cannot be read: a licence is missing\n"
        );
    }
}
