//! Local days and times are computed in Rust (`docs/adr/0015-local-days-are-computed-in-rust.md`).

use crate::offence::{Offence, listed, report};
use crate::source::line_at;
use crate::workspace::{TextFile, files};

/// What asks PostgreSQL for a time on somebody's clocks, in lower case.
const OF_A_ZONE: [&str; 4] = ["at time zone", "timezone(", "current_date", "localtimestamp"];

fn runs_in_the_database(file: &TextFile) -> bool {
    file.path.starts_with("migrations/") || file.path.starts_with("crates/adapter-postgres/src/")
}

fn zoned(file: &TextFile) -> Vec<Offence> {
    let text = file.text.to_lowercase();
    let places = OF_A_ZONE.iter().flat_map(|phrase| {
        text.match_indices(phrase).map(|(at, _)| Offence::new(&file.path, line_at(&text, at), *phrase))
    });
    places.collect()
}

#[test]
fn no_statement_computes_a_local_time() {
    let files = files();
    let found = files.iter().filter(|file| runs_in_the_database(file)).flat_map(zoned).collect();
    report("compute the day or the period with kernel::zone, and compare instants", found);
}

#[test]
fn a_statement_that_does_is_found() {
    let sql = TextFile::new("migrations/1/up.sql", "SELECT\n created_at AT TIME ZONE 'UTC'".to_owned());
    assert_eq!(listed(&zoned(&sql)), "  migrations/1/up.sql:2: at time zone\n");
    assert!(runs_in_the_database(&sql) && !runs_in_the_database(&TextFile::new("docs/a.sql", "")));
}
