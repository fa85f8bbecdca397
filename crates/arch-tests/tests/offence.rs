//! What a rule reports, and how a test ends.

use std::fmt;

/// One place where a rule is broken.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Offence {
    file: String,
    line: usize,
    what: String,
}

impl Offence {
    /// `line` counts from 1.
    pub(crate) fn new(file: impl Into<String>, line: usize, what: impl Into<String>) -> Self {
        Self { file: file.into(), line, what: what.into() }
    }
}

impl fmt::Display for Offence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.what)
    }
}

/// Fails with every offence and how to mend them, if there are any.
#[track_caller]
pub(crate) fn report(mend: &str, mut offences: Vec<Offence>) {
    offences.sort();
    offences.dedup();
    assert!(offences.is_empty(), "\n\n{}\nto mend: {mend}\n", listed(&offences));
}

/// The offences, one a line.
pub(crate) fn listed(offences: &[Offence]) -> String {
    offences.iter().map(|offence| format!("  {offence}\n")).collect()
}

#[test]
fn a_report_without_offences_passes() {
    report("nothing", Vec::new());
}

#[test]
fn a_report_names_every_place_and_the_way_out() {
    let offences = vec![Offence::new("b.rs", 2, "second"), Offence::new("a.rs", 1, "first")];
    let caught = std::panic::catch_unwind(|| report("do better", offences)).unwrap_err();
    let message = caught.downcast_ref::<String>().unwrap();
    assert!(message.contains("  a.rs:1: first\n  b.rs:2: second\n\nto mend: do better"), "{message}");
}
