//! Pages of other origins, and compression (`docs/spec/common.md`, "Other origins" and "Compression").

use std::path::Path;

use reqwest::Method;
use serde_json::json;
use testkit::{Database, Service};

use crate::support::{BINARY, Caller, DATA_DIR, Reply, Requests, Team, client, team};

const PAGE: &str = "https://app.example.com";

fn preflight(caller: &Caller, origin: &str) -> Reply {
    let request = client()
        .request(Method::OPTIONS, format!("{}/api/v1/departments", caller.address))
        .header("Origin", origin)
        .header("Access-Control-Request-Method", "POST")
        .header("Access-Control-Request-Headers", "authorization,x-mes-team-id,content-type,idempotency-key");
    Reply::to(request)
}

#[test]
fn pages_of_named_origins_may_call_and_no_others() {
    let database = Database::new();
    let start = |origins: &str| {
        let mut command = testkit::serving(BINARY, &database, Path::new(DATA_DIR));
        command.env("RATE_LIMITS", "off").env("CORS_ORIGINS", origins);
        Service::spawn(command)
    };
    let (named, any) = (start(&format!("{PAGE}, http://localhost:5173")), start("*"));
    let team = Team::create(&database, &named);
    let caller = &team.caller;
    let allowed = preflight(caller, PAGE);
    assert_eq!((allowed.status, allowed.header("access-control-allow-origin")), (200, Some(PAGE)));
    assert_eq!(allowed.header("access-control-allow-credentials"), Some("true"));
    assert!(allowed.header("access-control-allow-methods").unwrap().contains("POST"));
    let get =
        |origin: &str| Reply::to(caller.request(Method::GET, "/api/v1/departments").header("Origin", origin));
    let answered = get(PAGE);
    assert_eq!((answered.status, answered.header("access-control-allow-origin")), (200, Some(PAGE)));
    let readable = answered.header("access-control-expose-headers").unwrap().to_ascii_lowercase();
    assert!(readable.contains("x-request-id") && readable.contains("etag"), "{readable}");
    for stranger in ["https://evil.example.com", "https://app.example.com.evil.example", "null"] {
        assert_eq!(preflight(caller, stranger).header("access-control-allow-origin"), None, "{stranger}");
        let answered = get(stranger);
        assert_eq!(
            (answered.status, answered.header("access-control-allow-origin")),
            (200, None),
            "{stranger}"
        );
    }
    let plain = Reply::to(caller.request(Method::OPTIONS, "/api/v1/departments"));
    assert_eq!((plain.status, plain.header("allow")), (204, Some("GET, POST, HEAD, OPTIONS")));
    let caller = Caller { address: any.address().to_owned(), ..caller.clone() };
    let any = preflight(&caller, "https://anywhere.example");
    assert_eq!(any.header("access-control-allow-origin"), Some("*"));
    assert_eq!(any.header("access-control-allow-credentials"), None, "never with *");
}

#[test]
fn by_default_no_page_may_call() {
    let team = team();
    assert_eq!(preflight(&team, PAGE).header("access-control-allow-origin"), None);
}

#[test]
fn large_answers_are_compressed_for_who_accepts_it() {
    let team = team();
    for number in 0..20 {
        team.create_department(&format!("Department {number}"));
    }
    let get = |path: &str, accept: &str| {
        team.request(Method::GET, path).header("Accept-Encoding", accept).send().unwrap()
    };
    let list = "/api/v1/departments";
    let plain = get(list, "identity");
    assert_eq!(plain.headers().get("content-encoding"), None);
    assert_eq!(
        plain.headers()["vary"],
        "accept-encoding",
        "caches keep it from those who take it compressed"
    );
    let plain = plain.bytes().unwrap();
    assert!(plain.len() > 1_024);
    for (accept, encoding, magic) in [
        ("gzip", "gzip", &b"\x1f\x8b"[..]),
        ("gzip, zstd", "zstd", b"\x28\xb5\x2f\xfd"),
        ("gzip;q=1, zstd;q=0.5", "gzip", b"\x1f\x8b"),
    ] {
        let answer = get(list, accept);
        assert_eq!(answer.headers()["content-encoding"], encoding, "{accept}");
        assert!(answer.headers()["vary"].to_str().unwrap().eq_ignore_ascii_case("accept-encoding"));
        let bytes = answer.bytes().unwrap();
        assert!(bytes.starts_with(magic) && bytes.len() < plain.len(), "{accept}");
    }
    let small = get("/health/live", "gzip");
    assert_eq!(small.headers().get("content-encoding"), None, "below 1 KiB");
    let rows: Vec<_> = (0..50).map(|_| json!({"order_number": "", "description": "x".repeat(100)})).collect();
    let import = team.import("", &json!(rows)).import_id();
    let stream = get(&format!("/api/orders/imports/{import}/errors.csv"), "gzip");
    assert_eq!(stream.headers().get("content-encoding"), None, "a stream");
}
