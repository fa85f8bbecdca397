//! Domains know nothing of the web and the database, and each adapter nothing of the other's side.

use crate::offence::{Offence, listed, report};
use crate::source::{line_at, words};
use crate::workspace::{Member, Role, TextFile, cargo_tree, files, members};

/// Packages that may not stand in the tree of the kernel, a support crate or a domain.
const IMPURE: [&str; 7] = ["actix-web", "diesel", "hyper", "reqwest", "sqlx", "tokio", "utoipa"];

fn is_pure(member: &Member) -> bool {
    matches!(member.role(), Role::Kernel | Role::Support | Role::Domain)
}

/// `tree` is one package a line, its name first.
fn impure_packages(member: &Member, tree: &str) -> Vec<Offence> {
    let names = tree.lines().filter_map(|line| line.split_whitespace().next());
    names
        .filter(|name| IMPURE.contains(name))
        .map(|name| {
            let by = format!("cargo tree -p {} -e normal --all-features -i {name}", member.name);
            Offence::new(member.manifest_path(), 1, format!("{} needs {name}: see `{by}`", member.name))
        })
        .collect()
}

/// Words that the manifest and sources of a crate may not have, in any case and as part of a name.
fn unspeakable(member: &Member) -> &'static [&'static str] {
    match (member.role(), member.name.as_str()) {
        (Role::Kernel | Role::Support | Role::Domain, _) => &["actix", "diesel"],
        (_, "adapter-postgres") => &["actix"],
        (_, "adapter-http") => &["diesel"],
        _ => &[],
    }
}

fn spoken(member: &Member, files: &[TextFile]) -> Vec<Offence> {
    let mut found = Vec::new();
    let own = files.iter().filter(|file| file.is_in(&member.folder));
    for file in own.filter(|file| file.is_rust() || file.path.ends_with("/Cargo.toml")) {
        let text = file.text.to_ascii_lowercase();
        for word in unspeakable(member) {
            let places = words(&text, word, char::is_alphabetic);
            let what = format!("{} speaks of {word}", member.name);
            found.extend(places.into_iter().map(|at| Offence::new(&file.path, line_at(&text, at), &what)));
        }
    }
    found
}

#[test]
fn domains_and_the_kernel_need_no_web_database_or_runtime() {
    let members = members();
    let trees = members.iter().filter(|member| is_pure(member)).flat_map(|member| {
        let tree = cargo_tree(&["-p", &member.name, "-e", "normal"]);
        assert!(tree.starts_with(&member.name), "not a tree of {}: {tree}", member.name);
        impure_packages(member, &tree)
    });
    report("move what needs it behind a port, into an adapter", trees.collect());
}

#[test]
fn domains_do_not_speak_of_adapters_tools_nor_adapters_of_each_others() {
    let (members, files) = (members(), files());
    report(
        "domains speak of neither the web nor the database, adapter-postgres not of the web, adapter-http not \
         of the database: move the code to the side it belongs to, or say it in the domain's words",
        members.iter().flat_map(|member| spoken(member, &files)).collect(),
    );
}

#[cfg(test)]
mod can_fail {
    use super::*;

    fn member(name: &str) -> Member {
        let folder = format!("crates/{name}");
        Member { name: name.to_owned(), folder, manifest: String::new(), dependencies: Vec::new() }
    }

    #[test]
    fn a_runtime_in_a_domains_tree_is_reported() {
        let tree = "invoicing v0.1.0 (/x)\ntokio-util v0.7.0\ntokio v1.54.0 (*)\nserde v1.0.0\n";
        let found = listed(&impure_packages(&member("invoicing"), tree));
        assert!(found.starts_with("  crates/invoicing/Cargo.toml:1: invoicing needs tokio: see"), "{found}");
        assert_eq!(found.lines().count(), 1);
    }

    #[test]
    fn a_forbidden_word_is_reported_where_it_stands() {
        let text = "//! fine\nuse x;\n#[derive(diesel::Queryable)]\nuse actix_web::web;\n";
        let of = |name: &str, file: &str| {
            let files = [TextFile::new(format!("crates/{name}/{file}"), text)];
            spoken(&member(name), &files).len()
        };
        assert_eq!(of("invoicing", "src/a.rs"), 2);
        assert_eq!(of("kernel", "Cargo.toml"), 2);
        assert_eq!(of("adapter-postgres", "src/a.rs"), 1);
        assert_eq!(of("adapter-http", "tests/a.rs"), 1);
        assert_eq!(of("throughline", "src/a.rs"), 0);
        assert_eq!(of("invoicing", "README.md"), 0);
        let files = [TextFile::new("crates/invoicing/src/a.rs", "\n// Undiesel\nuse Diesel_x;\n")];
        assert_eq!(
            listed(&spoken(&member("invoicing"), &files)),
            "  crates/invoicing/src/a.rs:3: invoicing speaks of diesel\n"
        );
    }
}
