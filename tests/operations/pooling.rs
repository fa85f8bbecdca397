//! The service behind PgBouncer.

use std::path::Path;

use testkit::{Database, PgBouncer, Service};

use crate::support::{BINARY, DATA_DIR, Requests, Team, order, run, throughline, with_database};

#[test]
fn a_pooler_of_transactions_stops_the_start_with_one_line() {
    let (database, bouncer) = (Database::new(), PgBouncer::start("transaction"));
    let (service, owner) = database.urls_through(&bouncer);
    let direct = (database.service_url(), database.owner_url());
    for (service_url, owner_url) in [(&service, &owner), (&service, &direct.1), (&direct.0, &owner)] {
        let mut command = with_database(throughline(&["serve"]), &database);
        command.env("DATABASE_URL", service_url).env("DATABASE_OWNER_URL", owner_url);
        let output = run(command);
        assert_eq!((output.code, output.err.lines().count()), (Some(2), 1), "{output:?}");
        assert!(output.err.contains("pool_mode=transaction"), "{output:?}");
        assert!(output.err.contains("use pool_mode=session"), "{output:?}");
    }
}

#[test]
fn a_pooler_of_sessions_serves() {
    let (database, bouncer) = (Database::new(), PgBouncer::start("session"));
    let (service_url, owner_url) = database.urls_through(&bouncer);
    let mut command = testkit::serving(BINARY, &database, Path::new(DATA_DIR));
    command.env("DATABASE_URL", service_url).env("DATABASE_OWNER_URL", owner_url);
    let service = Service::spawn(command);
    let team = Team::create(&database, &service);
    assert_eq!(team.import("", &serde_json::json!([order("A1")])).counts(), [1, 0, 0, 0]);
    for _ in 0..50 {
        assert_eq!(team.get("/api/orders/imports").ok()["pagination"]["total"], 1);
    }
}
