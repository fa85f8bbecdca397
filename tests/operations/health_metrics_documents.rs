//! Health, metrics and OpenAPI documents.

use std::path::{Path, PathBuf};

use reqwest::Method;
use serde_json::{Value, json};
use testkit::{Database, Service, eventually};

use crate::support::gepard::PROCESS;
use crate::support::{
    BINARY, DATA_DIR, Reply, Requests, Team, client, new_client, order, run, shared_server, throughline,
};

fn get(path: &str) -> Reply {
    Reply::to(client().get(format!("{}{path}", shared_server().service.address())))
}

#[test]
fn health_is_public_and_says_what_it_is() {
    assert_eq!(get("/health/live").ok(), json!({"status": "live"}));
    assert_eq!(get("/health/ready").ok(), json!({"status": "ready"}));
}

#[test]
fn requests_are_counted_by_surface_route_method_and_status() {
    let database = Database::new();
    let service = Service::start(BINARY, &database, Path::new(DATA_DIR));
    let team = Team::create(&database, &service);
    team.import("", &json!([order("A1")]));
    team.import("?mode=bad", &json!([]));
    team.post(PROCESS, &json!({"invoices": []}));
    team.get("/api/gepard/invoices/1");
    for id in ["1", "2", "3"] {
        team.get(&format!("/api/v1/departments/{id}"));
    }
    let metrics = team.get("/metrics");
    assert_eq!(metrics.status, 200);
    assert!(metrics.header("content-type").unwrap().starts_with("text/plain"));
    let count = |labels: [&str; 4]| {
        let [surface, route, method, status] = labels;
        let parts = [
            format!("surface=\"{surface}\""),
            format!("route=\"{route}\""),
            format!("method=\"{method}\""),
            format!("status=\"{status}\""),
        ];
        let name = "throughline_http_requests_total{";
        let mut lines = metrics.text.lines().filter(|line| line.starts_with(name));
        let line = lines.find(|line| parts.iter().all(|part| line.contains(part)));
        line.and_then(|line| line.rsplit(' ').next()).unwrap_or("none").to_owned()
    };
    assert_eq!(count(["import", "/api/orders/import", "POST", "200"]), "1");
    assert_eq!(count(["import", "/api/orders/import", "POST", "422"]), "1");
    assert_eq!(count(["gepard", PROCESS, "POST", "422"]), "1");
    assert_eq!(count(["gepard", "/api/gepard/invoices/{invoice_id}", "GET", "404"]), "1");
    assert_eq!(count(["mes", "/api/v1/departments/{departmentId}", "GET", "404"]), "3");
    assert!(metrics.text.contains("throughline_http_request_seconds_bucket{"), "{}", metrics.text);
    assert!(!metrics.text.contains(&team.key) && !metrics.text.contains(&team.id));
}

#[test]
fn unknown_addresses_and_methods_can_t_flood_the_metrics() {
    let odd = Method::from_bytes(b"BREW").unwrap();
    for number in 0..5 {
        Reply::to(
            client().request(odd.clone(), format!("{}/odd/{number}", shared_server().service.address())),
        );
    }
    let metrics = get("/metrics").text;
    assert!(!metrics.contains("/odd/"), "an unknown address is no label");
    assert!(metrics.contains("route=\"unknown\""), "{metrics}");
}

/// The addresses that a page loads from.
fn addresses(text: &str) -> Vec<String> {
    let parts = text.split(['"', '\'', '`', '(', ')', ' ', '<', '>', '\\', ',']);
    let found = parts
        .filter(|part| part.starts_with("http://") || part.starts_with("https://") || part.starts_with("//"));
    found.filter(|part| part.len() > 8).map(str::to_owned).collect()
}

#[test]
fn the_documents_are_rendered_from_the_binary_alone() {
    let page = get("/docs/");
    assert_eq!(page.status, 200);
    assert!(page.header("content-type").unwrap().starts_with("text/html"));
    assert_eq!(addresses(&page.text), Vec::<String>::new());
    let loaded: Vec<_> = ["src=\"", "href=\""]
        .iter()
        .flat_map(|mark| page.text.split(mark).skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()))
        .collect();
    assert!(loaded.iter().any(|path| path.ends_with("swagger-ui-bundle.js")), "{loaded:?}");
    for path in &loaded {
        let path = path.trim_start_matches("./");
        let asset = get(&format!("/docs/{path}"));
        assert!(asset.status == 200 && !asset.text.is_empty(), "{path}: {}", asset.status);
    }
    let set_up = get("/docs/swagger-initializer.js");
    assert_eq!(set_up.status, 200);
    for name in ["gepard", "import", "mes", "oms", "pos"] {
        assert!(set_up.text.contains(&format!("/openapi/{name}.json")), "{}", set_up.text);
    }
    assert_eq!(addresses(&set_up.text), Vec::<String>::new(), "{}", set_up.text);
    let moved = new_client().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let moved = Reply::to(moved.get(format!("{}/docs", shared_server().service.address())));
    assert_eq!((moved.status, moved.header("location")), (308, Some("/docs/")));
}

#[test]
fn the_documents_served_printed_and_checked_in_are_the_same() {
    for name in ["gepard", "import", "mes", "oms", "pos"] {
        let served: Value = serde_json::from_str(&get(&format!("/openapi/{name}.json")).text).unwrap();
        let printed = run(throughline(&["openapi", name])).out;
        assert_eq!(served, serde_json::from_str::<Value>(&printed).unwrap());
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("../../docs/openapi/{name}.json"));
        let checked_in = std::fs::read_to_string(&path);
        let checked_in =
            checked_in.unwrap_or_else(|error| panic!("{}: {error}; run make generate", path.display()));
        assert!(checked_in == printed, "{} is out of date: run make generate", path.display());
    }
}

#[test]
fn the_import_s_document_describes_requests_and_responses() {
    let document: Value = serde_json::from_str(&get("/openapi/import.json").text).unwrap();
    let operation = &document["paths"]["/api/orders/import"]["post"];
    let bodies: Vec<_> = operation["requestBody"]["content"].as_object().unwrap().keys().cloned().collect();
    assert_eq!(bodies, ["application/json", "multipart/form-data", "text/csv"]);
    let statuses: Vec<_> = operation["responses"].as_object().unwrap().keys().cloned().collect();
    assert_eq!(statuses, ["200", "400", "401", "403", "409", "413", "415", "422", "429", "503"]);
    let example = &operation["requestBody"]["content"]["application/json"]["example"];
    let team = crate::support::team();
    team.create_work_centres(&[1, 2]);
    assert_eq!(team.import("", example).counts(), [2, 0, 0, 0], "the document's own example");
}

#[test]
fn without_its_database_the_service_lives_and_is_not_ready() {
    let database = Database::new();
    let service = Service::start(BINARY, &database, Path::new(DATA_DIR));
    let team = Team::create(&database, &service);
    let name = database.service_url();
    let name = name.rsplit('/').next().unwrap().split('?').next().unwrap();
    let admin = Database::new();
    let cut = |allowed: bool| {
        admin.execute(&format!("ALTER DATABASE {name} ALLOW_CONNECTIONS {allowed}"));
        admin.execute(&format!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
        ));
    };
    cut(false);
    let reply = eventually("the service to notice", || {
        Some(team.get("/health/ready")).filter(|reply| reply.status == 503)
    });
    assert_eq!(reply.json(), json!({"status": "not ready", "waitingFor": "PostgreSQL does not answer"}));
    assert_eq!(team.get("/health/live").ok(), json!({"status": "live"}));
    let refused = team.import("", &json!([order("A1")]));
    refused.refused(503, "SERVICE_UNAVAILABLE", "The service can't do this right now; try again shortly");
    assert_eq!(refused.header("retry-after"), Some("1"));
    cut(true);
    eventually("the service to be ready again", || (team.get("/health/ready").status == 200).then_some(()));
    assert_eq!(team.import("", &json!([order("A1")])).counts(), [1, 0, 0, 0]);
}
