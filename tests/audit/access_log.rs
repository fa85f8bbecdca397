//! The access log: all requests of known callers, including reads.

use std::path::Path;

use serde_json::{Value, json};
use testkit::{Database, Service, eventually};

use crate::support::{BINARY, DATA_DIR, Person, Reply, Requests, Team, client, team};

const DEPARTMENTS: &str = "/api/v1/departments";

/// Waits until a query finds this many records, since the log is written after the responses.
fn records(admin: &Person, query: &str, count: usize) -> Vec<Value> {
    eventually("the access log to be written", || {
        let found = admin.get(&format!("/api/audit/access{query}")).ok()["data"]["entries"].clone();
        found.as_array().filter(|found| found.len() == count).cloned()
    })
}

#[test]
fn reads_writes_and_refusals_are_in_the_access_log() {
    let team = team();
    let admin = team.admin();
    let reader = team.key("read-only", "");
    let id = team.create_department("Assembly");
    let replies = [
        reader.get(DEPARTMENTS),
        reader.get(&format!("{DEPARTMENTS}/{id}?_=secret")),
        reader.get(&format!("{DEPARTMENTS}/x")),
        reader.post(DEPARTMENTS, &json!({"name": "Milling"})),
    ];
    let hexadecimal = reader.key.split('_').nth(1).unwrap();
    let actor = team.database.scalar(&format!("SELECT '{hexadecimal}'::uuid"));
    let actor = format!("api_key:{actor}");
    let found = records(&admin, &format!("?actor={actor}"), 4);
    let one = format!("{DEPARTMENTS}/{{departmentId}}");
    let expected = [
        ("GET", DEPARTMENTS, DEPARTMENTS.to_owned(), 200),
        ("GET", &*one, format!("{DEPARTMENTS}/{id}"), 200),
        ("GET", &*one, format!("{DEPARTMENTS}/x"), 404),
        ("POST", DEPARTMENTS, DEPARTMENTS.to_owned(), 403),
    ];
    for ((record, reply), (method, route, path, status)) in found.iter().rev().zip(&replies).zip(expected) {
        let facts =
            ["actor", "method", "route", "path", "status", "requestId", "address"].map(|name| &record[name]);
        let request_id = json!(reply.header("x-request-id"));
        let expected = [
            json!(actor),
            json!(method),
            json!(route),
            json!(path),
            json!(status),
            request_id,
            json!("127.0.0.1"),
        ];
        assert_eq!(facts, [0, 1, 2, 3, 4, 5, 6].map(|n| &expected[n]));
        assert!(record["milliseconds"].as_f64().is_some_and(|taken| taken > 0.0), "{record}");
    }
    let of = |filter: &str, count| records(&admin, &format!("?actor={actor}{filter}"), count);
    of("&method=POST", 1);
    of("&status=404", 1);
    of(&format!("&route={DEPARTMENTS}"), 2);
    of(&format!("&requestId={}", replies[0].header("x-request-id").unwrap()), 1);
    of("&to=2020-01-01T00:00:00Z", 0);
    of("&limit=3", 3);
    records(&admin, "?route=/api/audit/access&status=200&limit=1", 1);
}

#[test]
fn anonymous_calls_are_in_no_team_s_log() {
    let team = team();
    let admin = team.admin();
    let nobody = client().get(format!("{}{DEPARTMENTS}", team.address)).header("X-Request-Id", "nobody-1");
    assert_eq!(Reply::to(nobody.bearer_auth("tlk_none")).status, 401);
    // later records are there, and this one is not
    let after = team.get(DEPARTMENTS);
    records(&admin, &format!("?requestId={}", after.header("x-request-id").unwrap()), 1);
    assert_eq!(team.database.scalar("SELECT count(*) FROM access_log WHERE request_id = 'nobody-1'"), "0");
}

#[test]
fn a_service_that_shuts_down_writes_the_rest_of_its_log() {
    let database = Database::new();
    let service = Service::start(BINARY, &database, Path::new(DATA_DIR));
    let team = Team::create(&database, &service);
    for _ in 0..20 {
        assert_eq!(team.get(DEPARTMENTS).status, 200);
    }
    let metrics = team.get("/metrics").text;
    assert!(metrics.contains("throughline_access_log_dropped_total 0"), "{metrics}");
    assert_eq!(service.terminate().code(), Some(0));
    assert_eq!(database.scalar("SELECT count(*) FROM access_log"), "20");
}
