//! Who may depend on whom.

use crate::offence::{Offence, listed, report};
use crate::workspace::{Dependency, Member, Role, members};

/// Features that bring fakes, mocks and behaviour suites, which belong into tests.
const TEST_FEATURES: [&str; 3] = ["contract-tests", "memory", "mock"];

fn may_depend(from: Role, to: Role) -> bool {
    use Role::{Adapter, App, ArchTests, Domain, EmbeddedPostgres, Kernel, Support, Testkit};
    match from {
        Kernel | EmbeddedPostgres | ArchTests => false,
        Support => to == Kernel,
        Domain => matches!(to, Kernel | Support),
        Adapter => matches!(to, Kernel | Support | Domain),
        App | Testkit => matches!(to, Kernel | Support | Domain | Adapter | EmbeddedPostgres),
    }
}

/// A dev-dependency may besides be the testkit, or the crate itself with other features.
fn may_depend_in_tests(from: &Member, to: &str) -> bool {
    may_depend(from.role(), Role::of(to)) || Role::of(to) == Role::Testkit || from.name == to
}

fn wrong_dependencies(members: &[Member]) -> Vec<Offence> {
    offences(members, |from, to| {
        let role = Role::of(&to.name);
        let allowed =
            if to.dev { may_depend_in_tests(from, &to.name) } else { may_depend(from.role(), role) };
        let kind = if to.dev { "in its tests" } else { "" };
        (!allowed).then(|| {
            format!("{} ({:?}) may not depend on {} ({role:?}) {kind}", from.name, from.role(), to.name)
        })
    })
}

fn shipped_test_features(members: &[Member]) -> Vec<Offence> {
    offences(members, |from, to| {
        let shipped: Vec<&str> = to
            .features
            .iter()
            .map(String::as_str)
            .filter(|feature| TEST_FEATURES.contains(feature))
            .collect();
        (!to.dev && from.role() != Role::Testkit && !shipped.is_empty())
            .then(|| format!("{} takes {} with {}", from.name, to.name, shipped.join(", ")))
    })
}

fn offences(members: &[Member], wrong: impl Fn(&Member, &Dependency) -> Option<String>) -> Vec<Offence> {
    let mut found = Vec::new();
    for from in members {
        for to in &from.dependencies {
            found
                .extend(wrong(from, to).map(|what| Offence::new(from.manifest_path(), to.line, what.trim())));
        }
    }
    found
}

#[test]
fn every_crate_depends_only_on_what_its_layer_may_see() {
    report(
        "the kernel and embedded-postgres stand alone, support crates see the kernel, domains see both, adapters \
         see these and domains, the app sees them all, the testkit is a dev-dependency. A domain that needs something of \
         another names it by its own newtype and a port, which an adapter implements; what two adapters share \
         goes to the kernel or a support crate",
        wrong_dependencies(&members()),
    );
}

#[test]
fn fakes_mocks_and_contract_suites_do_not_ship() {
    report(
        "take the feature under [dev-dependencies], beside the dependency without it",
        shipped_test_features(&members()),
    );
}

#[cfg(test)]
mod can_fail {
    use super::*;

    fn member(name: &str, dependencies: &[(&str, bool, &str)]) -> Member {
        let dependencies = dependencies.iter().enumerate().map(|(index, (name, dev, feature))| Dependency {
            name: (*name).to_owned(),
            dev: *dev,
            features: vec![(*feature).to_owned()],
            line: index + 1,
        });
        Member {
            name: name.to_owned(),
            folder: format!("crates/{name}"),
            manifest: String::new(),
            dependencies: dependencies.collect(),
        }
    }

    fn allowed(from: &str, to: &str, dev: bool) -> bool {
        wrong_dependencies(&[member(from, &[(to, dev, "")])]).is_empty()
    }

    #[test]
    fn a_dependency_across_layers_is_reported() {
        let upwards = [
            ("kernel", "identity"),
            ("kernel", "file-intake"),
            ("file-intake", "identity"),
            ("kernel", "secrets"),
            ("secrets", "identity"),
            ("order-import", "production-ops"),
            ("order-import", "adapter-postgres"),
            ("adapter-http", "adapter-postgres"),
            ("adapter-http", "embedded-postgres"),
            ("adapter-http", "throughline"),
            ("embedded-postgres", "kernel"),
            ("testkit", "throughline"),
            ("arch-tests", "kernel"),
        ];
        for (from, to) in upwards {
            assert!(!allowed(from, to, false), "{from} -> {to}");
            assert!(!allowed(from, to, true), "{from} -> {to} in tests");
        }
    }

    #[test]
    fn the_testkit_is_for_tests_only() {
        for from in ["kernel", "invoicing", "adapter-http", "embedded-postgres", "throughline"] {
            assert!(allowed(from, "testkit", true), "{from}");
            assert!(!allowed(from, "testkit", false), "{from}");
            assert!(!allowed(from, "arch-tests", true), "{from}");
        }
    }

    #[test]
    fn the_layers_themselves_are_allowed() {
        let downwards = [
            ("secrets", "kernel"),
            ("identity", "secrets"),
            ("file-intake", "kernel"),
            ("identity", "kernel"),
            ("identity", "file-intake"),
            ("adapter-postgres", "file-intake"),
            ("adapter-postgres", "kernel"),
            ("adapter-postgres", "invoicing"),
            ("throughline", "adapter-http"),
            ("throughline", "embedded-postgres"),
            ("testkit", "adapter-postgres"),
        ];
        assert!(downwards.iter().all(|(from, to)| allowed(from, to, false) && allowed(from, to, true)));
        assert!(allowed("identity", "identity", true) && !allowed("identity", "identity", false));
    }

    #[test]
    fn the_report_names_the_manifest_and_its_line() {
        let found =
            wrong_dependencies(&[member("identity", &[("kernel", false, ""), ("order-import", false, "")])]);
        let expected =
            "  crates/identity/Cargo.toml:2: identity (Domain) may not depend on order-import (Domain)\n";
        assert_eq!(listed(&found), expected);
    }

    #[test]
    fn a_fake_that_ships_is_reported() {
        let app = member("throughline", &[("order-import", false, "memory"), ("kernel", true, "mock")]);
        let expected = "  crates/throughline/Cargo.toml:1: throughline takes order-import with memory\n";
        assert_eq!(listed(&shipped_test_features(&[app])), expected);
        assert!(shipped_test_features(&[member("testkit", &[("kernel", false, "mock")])]).is_empty());
    }
}
