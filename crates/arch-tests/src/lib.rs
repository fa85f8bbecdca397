//! The rules of the architecture, as tests. There is no code here: the rules live in `tests/`, a module each.
//!
//! | module | what it holds |
//! | --- | --- |
//! | `layers` | who may depend on whom, and that fakes and contract suites do not ship |
//! | `circles` | no two folders of a crate import each other |
//! | `couplings` | a store that keeps another domain's rule is in the table of docs/ARCHITECTURE.md |
//! | `graph` | the graph of the workspace's crates is the one in `expected/dependencies.txt` |
//! | `purity` | what a domain's dependency tree and sources must not contain |
//! | `manifests` | every crate inherits the workspace's lints, edition and licence; its README is its docs |
//! | `shape` | how long a file may be, and the file names a domain is made of |
//! | `phrases` | no riddles, and no citations of documents that are not here |
//! | `zones` | local times are computed in Rust, never by a statement |
//! | `ports` | every port is in its domain's contract suite |
//! | `skipped` | no test is skipped and no example uncompiled |
//! | `migrations` | each goes up and down, and they stand in one order |
//!
//! Each rule is a pure checker over plain values, a test that feeds it the workspace, and tests that feed it
//! made-up offences, so that a rule which cannot fail is noticed. To add one: write the checker, return an
//! `Offence` for each place, and end the test with `report`, which says how to mend it.
//!
//! `UPDATE_EXPECTED=1 cargo test -p arch-tests` writes the expected graph anew.
