//! `kill -9` during an import: it is stored completely or not at all (`docs/spec/import.md`, "Atomicity").

use std::path::Path;

use serde_json::json;
use testkit::{Database, Service, eventually};

use crate::support::{BINARY, DATA_DIR, Reply, Requests, Team, client, order, orders_csv};

/// Sends the orders; returns nothing if the service is killed before it responds.
fn import(team: &Team<'_>, key: &str, csv: String) -> Option<Reply> {
    let request = team.import_request("").header("Content-Type", "text/csv").header("Idempotency-Key", key);
    // the response is incomplete if the service is killed while it sends it
    let response = request.body(csv).send().ok()?;
    let status = response.status().as_u16();
    let headers = response.headers().clone();
    Some(Reply { status, headers, text: response.text().ok()? })
}

/// The number of open transactions of the service.
fn transactions(database: &Database, and: &str) -> u32 {
    let count = database.scalar(&format!(
        "SELECT count(*) FROM pg_stat_activity
         WHERE datname = current_database() AND usename = 'throughline' AND xact_start IS NOT NULL {and}"
    ));
    count.parse().unwrap()
}

fn start(database: &Database) -> Service {
    Service::start(BINARY, database, Path::new(DATA_DIR))
}

/// Waits until PostgreSQL has rolled back the transactions of the killed service.
fn wait_for_rollback(database: &Database) {
    let sessions = "SELECT count(*) FROM pg_stat_activity
                    WHERE datname = current_database() AND usename = 'throughline'";
    eventually("the dead service's sessions to end", || (database.scalar(sessions) == "0").then_some(()));
}

/// Checks that the import is stored completely or not at all; returns which.
#[track_caller]
fn all_or_nothing(team: &Team<'_>, before: [u32; 5]) -> bool {
    let grown: Vec<u32> = team.row_counts().iter().zip(before).map(|(now, before)| now - before).collect();
    assert!(grown == [20_000, 1, 1, 1, 1] || grown == [0; 5], "{grown:?}");
    let chunks = team.count("order_import_chunks");
    assert_eq!(chunks, grown[1] * 20);
    grown[0] > 0
}

#[test]
fn an_import_killed_at_any_moment_is_stored_completely_or_not_at_all() {
    let database = Database::new();
    let mut service = start(&database);
    for (round, polls) in [1, 2, 4, 8, 16].into_iter().enumerate() {
        let team = Team::create(&database, &service);
        team.create_work_centres(&[50, 60]);
        let before = team.row_counts();
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
        wait_for_rollback(&database);
        service = start(&database);
        let team = team.at(&service);
        let done = all_or_nothing(&team, before);
        let history = team.get("/api/orders/imports").ok();
        assert_eq!(history["pagination"]["total"], json!(u32::from(done)));

        let again = import(&team, &key, orders_csv()).unwrap();
        assert_eq!(again.counts(), [20_000, 0, 0, 0], "the same request, sent again, is done once");
        assert_eq!(again.header("idempotent-replayed").is_some(), done);
        assert!(all_or_nothing(&team, before));
    }
}

#[test]
fn an_import_killed_between_its_orders_and_its_record_is_not_stored() {
    let database = Database::new();
    let service = start(&database);
    let team = Team::create(&database, &service);
    team.create_work_centres(&[50, 60]);
    let before = team.row_counts();
    let held = database.hold("LOCK TABLE order_imports IN SHARE MODE");
    std::thread::scope(|scope| {
        let importing = scope.spawn(|| import(&team, "k1", orders_csv()));
        eventually("the import to come to its record", || {
            (transactions(&database, "AND wait_event_type = 'Lock'") > 0).then_some(())
        });
        service.kill();
        assert!(importing.join().unwrap().is_none(), "the caller got no confirmation");
    });
    drop(held);
    wait_for_rollback(&database);
    let service = start(&database);
    let team = team.at(&service);
    assert!(!all_or_nothing(&team, before));
    assert_eq!(import(&team, "k1", orders_csv()).unwrap().counts(), [20_000, 0, 0, 0]);
}

#[test]
fn on_sigterm_the_service_finishes_running_imports() {
    let database = Database::new();
    let service = start(&database);
    let team = Team::create(&database, &service);
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
fn on_sigterm_right_after_its_start_the_service_exits_cleanly() {
    let database = Database::new();
    for _ in 0..5 {
        assert_eq!(start(&database).terminate().code(), Some(0));
    }
}

#[test]
fn a_database_session_that_is_terminated_fails_only_its_import() {
    let team = crate::support::team();
    let database = Database::new();
    let service = start(&database);
    let own = Team::create(&database, &service);
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
