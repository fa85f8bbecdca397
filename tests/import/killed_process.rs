//! `kill -9` in the middle of an import: it has happened wholly or not at all.

use std::path::Path;

use serde_json::json;
use testkit::{Database, Service, eventually};

use crate::import::adventureworks::orders_csv;
use crate::support::{BINARY, NOWHERE, Reply, Team, client, order};

/// Sends the orders; the service may be gone before it answers.
fn import(team: &Team<'_>, key: &str, csv: String) -> Option<Reply> {
    let request = team.importing("").header("Content-Type", "text/csv").header("Idempotency-Key", key);
    // the answer is lost if the service dies within it
    let response = request.body(csv).send().ok()?;
    let status = response.status().as_u16();
    let headers = response.headers().clone();
    Some(Reply { status, headers, text: response.text().ok()? })
}

/// How many transactions of the service are open.
fn transactions(database: &Database, and: &str) -> u32 {
    let count = database.scalar(&format!(
        "SELECT count(*) FROM pg_stat_activity
         WHERE datname = current_database() AND usename = 'throughline' AND xact_start IS NOT NULL {and}"
    ));
    count.parse().unwrap()
}

fn start(database: &Database) -> Service {
    Service::start(BINARY, database, Path::new(NOWHERE))
}

/// Waits until PostgreSQL has ended what the dead service had begun.
fn settled(database: &Database) {
    let sessions = "SELECT count(*) FROM pg_stat_activity
                    WHERE datname = current_database() AND usename = 'throughline'";
    eventually("the dead service's sessions to end", || (database.scalar(sessions) == "0").then_some(()));
}

/// Everything of the import or nothing of it; says which.
#[track_caller]
fn whole_or_nothing(team: &Team<'_>, before: [u32; 5]) -> bool {
    let grown: Vec<u32> = team.holdings().iter().zip(before).map(|(now, before)| now - before).collect();
    assert!(grown == [20_000, 1, 1, 1, 1] || grown == [0; 5], "{grown:?}");
    let chunks = team.count("order_import_chunks");
    assert_eq!(chunks, grown[1] * 20);
    grown[0] > 0
}

#[test]
fn an_import_killed_at_any_moment_has_happened_wholly_or_not_at_all() {
    let database = Database::new();
    let mut service = start(&database);
    for (round, polls) in [1, 2, 4, 8, 16].into_iter().enumerate() {
        let team = Team::found(&database, &service);
        team.work_centres(&[50, 60]);
        let before = team.holdings();
        let key = format!("round-{round}");
        std::thread::scope(|scope| {
            let importing = scope.spawn(|| import(&team, &key, orders_csv()));
            let mut seen = 0;
            eventually("the import's transaction", || {
                seen += u32::from(transactions(&database, "") > 0);
                (seen >= polls || importing.is_finished()).then_some(())
            });
            service.kill();
            importing.join().unwrap();
        });
        settled(&database);
        service = start(&database);
        let team = team.moved(&service);
        let done = whole_or_nothing(&team, before);
        let history = team.get("/api/orders/imports").ok();
        assert_eq!(history["pagination"]["total"], json!(u32::from(done)));

        let again = import(&team, &key, orders_csv()).unwrap();
        assert_eq!(again.counts(), [20_000, 0, 0, 0], "the same request, sent again, is done once");
        assert_eq!(again.header("idempotent-replayed").is_some(), done);
        assert!(whole_or_nothing(&team, before));
    }
}

#[test]
fn an_import_killed_between_its_orders_and_its_record_has_not_happened() {
    let database = Database::new();
    let service = start(&database);
    let team = Team::found(&database, &service);
    team.work_centres(&[50, 60]);
    let before = team.holdings();
    let held = database.hold("LOCK TABLE order_imports IN SHARE MODE");
    std::thread::scope(|scope| {
        let importing = scope.spawn(|| import(&team, "k1", orders_csv()));
        eventually("the import to come to its record", || {
            (transactions(&database, "AND wait_event_type = 'Lock'") > 0).then_some(())
        });
        service.kill();
        assert!(importing.join().unwrap().is_none(), "the caller was not told that it was done");
    });
    drop(held);
    settled(&database);
    let service = start(&database);
    let team = team.moved(&service);
    assert!(!whole_or_nothing(&team, before));
    assert_eq!(import(&team, "k1", orders_csv()).unwrap().counts(), [20_000, 0, 0, 0]);
}

#[test]
fn asked_to_end_the_service_finishes_what_runs() {
    let database = Database::new();
    let service = start(&database);
    let team = Team::found(&database, &service);
    let address = service.address().to_owned();
    let held = database.hold("LOCK TABLE order_imports IN SHARE MODE");
    std::thread::scope(|scope| {
        let importing = scope.spawn(|| team.import("", &json!([order("A1")])));
        eventually("the import to wait", || {
            (transactions(&database, "AND wait_event_type = 'Lock'") > 0).then_some(())
        });
        let ended = scope.spawn(|| service.terminate());
        eventually("new connections to be refused", || {
            client().get(format!("{address}/health/live")).send().is_err().then_some(())
        });
        drop(held);
        assert_eq!(importing.join().unwrap().counts(), [1, 0, 0, 0]);
        assert_eq!(ended.join().unwrap().code(), Some(0));
    });
}

#[test]
fn asked_to_end_right_at_its_start_the_service_ends_well() {
    let database = Database::new();
    for _ in 0..5 {
        assert_eq!(start(&database).terminate().code(), Some(0));
    }
}

#[test]
fn a_session_that_postgresql_ends_fails_one_import_and_no_other() {
    let team = crate::support::team();
    let database = Database::new();
    let service = start(&database);
    let own = Team::found(&database, &service);
    let held = database.hold("LOCK TABLE order_imports IN SHARE MODE");
    std::thread::scope(|scope| {
        let importing = scope.spawn(|| own.import("", &json!([order("A1")])));
        eventually("the import to wait", || {
            (transactions(&database, "AND wait_event_type = 'Lock'") > 0).then_some(())
        });
        database.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE datname = current_database() AND usename = 'throughline' AND wait_event_type = 'Lock'",
        );
        drop(held);
        let reply = importing.join().unwrap();
        assert!([200, 503].contains(&reply.status), "{reply:?}");
    });
    let again = own.import("", &json!([order("A1")]));
    assert_eq!(again.counts()[0] + again.counts()[1], 1);
    assert_eq!(team.import("", &json!([order("A1")])).counts(), [1, 0, 0, 0]);
}
