//! Hostile bodies: they are refused in bounded memory, and the service stays ready.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::time::Duration;

use reqwest::blocking::{Body, multipart};
use serde_json::json;
use testkit::{Database, Service};

use crate::support::{BINARY, DATA_DIR, Reply, Requests, Team, order};

const MIB: usize = 1 << 20;
const HEADER: &str = "order_number,stock_code,description,quantity_to_make\n";
const TOO_LARGE: &str = "The body may have at most 64 MiB; send the rows in parts";

/// A memory figure of the process status, in bytes.
fn memory(service: &Service, name: &str) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{}/status", service.pid())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    line.trim_matches(|letter: char| !letter.is_ascii_digit()).parse::<usize>().unwrap() * 1024
}

/// A stream of `length` bytes of one letter.
fn letters(start: &'static [u8], length: usize) -> impl Read + Send + use<> {
    start.chain(std::io::repeat(b'x')).take(length as u64)
}

/// The server and team that hostile bodies are sent to.
struct Target<'a> {
    team: Team<'a>,
    before: [u32; 5],
}

impl Target<'_> {
    #[track_caller]
    fn refuses(&self, reply: &Reply, status: u16, code: &str, message: &str) {
        reply.refused(status, code, message);
        assert_eq!(self.team.row_counts(), self.before);
        assert_eq!(self.team.get("/health/ready").ok(), json!({"status": "ready"}));
    }

    fn chunked(&self, content_type: &str, body: impl Read + Send + 'static) -> Reply {
        let request = self.team.import_request("").header("Content-Type", content_type);
        Reply::to(request.body(Body::new(body)))
    }

    fn sized(&self, content_type: &str, body: impl Read + Send + 'static, length: usize) -> Reply {
        let request = self.team.import_request("").header("Content-Type", content_type);
        Reply::to(request.body(Body::sized(body, length as u64)))
    }
}

#[test]
fn hostile_bodies_are_refused_in_bounded_memory() {
    let database = Database::new();
    let service = Service::start(BINARY, &database, Path::new(DATA_DIR));
    let team = Team::create(&database, &service);
    let rows: Vec<_> = (0..2_000).map(|row| order(&format!("A{row}"))).collect();
    assert_eq!(team.import("", &json!(rows)).counts(), [2_000, 0, 0, 0]);
    let target = Target { before: team.row_counts(), team };
    let at_first = memory(&service, "VmRSS:");

    oversized_bodies(&target);
    oversized_rows(&target);
    too_many_rows(&target);
    deep_json(&target);

    let (now, peak) = (memory(&service, "VmRSS:"), memory(&service, "VmHWM:"));
    assert!(
        now < at_first + 128 * MIB,
        "{} MiB at first, {} now, {} at most",
        at_first / MIB,
        now / MIB,
        peak / MIB
    );
    assert!(
        peak < at_first + 128 * MIB,
        "{} MiB at first, {} now, {} at most",
        at_first / MIB,
        now / MIB,
        peak / MIB
    );
    let metrics = target.team.get("/metrics");
    assert!(!metrics.text.contains("status=\"500\""), "{}", metrics.text);
}

fn oversized_bodies(target: &Target<'_>) {
    let length = 64 * MIB + 1;
    for content_type in ["text/csv", "application/json"] {
        let reply = target.chunked(content_type, letters(b"", length));
        target.refuses(&reply, 413, "PAYLOAD_TOO_LARGE", TOO_LARGE);
        let reply = target.sized(content_type, letters(b"", length), length);
        target.refuses(&reply, 413, "PAYLOAD_TOO_LARGE", TOO_LARGE);
    }
    let fields = "The form's fields may have at most 64 KiB beside its file";
    for (name, message) in [("file", TOO_LARGE), ("other", fields)] {
        let part = multipart::Part::reader(letters(b"", length));
        let form = multipart::Form::new().part(name, part);
        let reply = Reply::to(target.team.import_request("").multipart(form));
        target.refuses(&reply, 413, "PAYLOAD_TOO_LARGE", message);
    }
    target.refuses(&announced(&target.team, 1 << 40), 413, "PAYLOAD_TOO_LARGE", TOO_LARGE);
}

/// A body that is announced but never sent: the response must not wait for it.
fn announced(team: &Team<'_>, length: u64) -> Reply {
    let mut stream = TcpStream::connect(team.address.strip_prefix("http://").unwrap()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    write!(
        stream,
        "POST /api/orders/import HTTP/1.1\r\nHost: x\r\nx-api-key: {}\r\nContent-Type: text/csv\r\n\
         Content-Length: {length}\r\n\
         Connection: close\r\n\r\norder",
        team.key
    )
    .unwrap();
    let mut answer = Vec::new();
    // the connection may be reset after the response, since the body was not read
    let _ = stream.read_to_end(&mut answer);
    raw(&String::from_utf8(answer).unwrap())
}

/// A raw HTTP response.
fn raw(text: &str) -> Reply {
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {text:?}"));
    let mut lines = head.lines();
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let headers = lines.map(|line| {
        let (name, value) = line.split_once(": ").unwrap();
        (name.parse::<reqwest::header::HeaderName>().unwrap(), value.parse().unwrap())
    });
    Reply { status, headers: headers.collect(), text: body.to_owned() }
}

fn oversized_rows(target: &Target<'_>) {
    let length = 64 * MIB;
    let reply = target.chunked("text/csv", letters(HEADER.as_bytes(), length));
    let message =
        "The row on line 2 is larger than 1048576 bytes; shorten it, or close a quote left open there";
    target.refuses(&reply, 413, "ROW_TOO_LARGE", message);
    let reply = target.chunked("text/csv", letters(b"\"", length));
    let message =
        "The row on line 1 is larger than 1048576 bytes; shorten it, or close a quote left open there";
    target.refuses(&reply, 413, "ROW_TOO_LARGE", message);
    let reply = target.chunked("application/json", letters(b"[{\"order_number\":\"", length));
    target.refuses(&reply, 413, "ROW_TOO_LARGE", "Row 1 is larger than 1048576 bytes; shorten it");
    let reply = target.chunked("application/json", letters(b"[{},{\"", length));
    target.refuses(&reply, 413, "ROW_TOO_LARGE", "Row 2 is larger than 1048576 bytes; shorten it");
}

fn too_many_rows(target: &Target<'_>) {
    let message = "The file has more than 100000 rows; split it into several imports";
    let reply = target.team.import_csv("", format!("{HEADER}{}", "A,S,d,x\n".repeat(100_001)));
    target.refuses(&reply, 413, "TOO_MANY_ROWS", message);
    let reply = target.team.import_as("", "application/json", format!("[{}{{}}]", "{},".repeat(100_000)));
    target.refuses(&reply, 413, "TOO_MANY_ROWS", message);
    let header = format!("{}{}\n", HEADER.trim(), ",x".repeat(1_000));
    let message = "The header on line 1 has 1004 columns, at most 1000 are allowed; remove some";
    target.refuses(&target.team.import_csv("", header), 413, "TOO_MANY_COLUMNS", message);
}

fn deep_json(target: &Target<'_>) {
    let too_deep =
        |place: &str| format!("JSON nested deeper than 128 levels at {place}; send flat order objects");
    let body = format!("[{{\"x\":{}", "[".repeat(MIB / 2));
    let reply = target.team.import_as("", "application/json", body);
    target.refuses(&reply, 400, "JSON_TOO_DEEP", &too_deep("line 1, column 133"));
    let reply = target.team.import_as("", "application/json", "[".repeat(32 * MIB));
    target.refuses(&reply, 400, "JSON_TOO_DEEP", &too_deep("line 1, column 129"));
    let reply = target.team.import_as("", "application/json", "{\"a\":".repeat(MIB));
    target.refuses(&reply, 400, "JSON_TOO_DEEP", &too_deep("line 1, column 636"));
}

#[test]
fn a_hundred_thousand_rows_that_all_fail_are_answered_row_by_row() {
    let team = crate::support::team();
    let rows: String = (0..100_000).map(|row| format!("A{row},S,d,x\n")).collect();
    let reply = team.import_csv("", format!("{HEADER}{rows}"));
    assert_eq!(reply.counts(), [0, 0, 0, 100_000]);
    let last = &reply.ok()["details"][99_999];
    assert_eq!(
        (&last["row"], &last["line"], &last["order_number"]),
        (&json!(100_000), &json!(100_001), &json!("A99999"))
    );
    assert_eq!(team.count("manufacturing_orders"), 0);
}

#[test]
fn a_truncated_body_stores_nothing() {
    let team = crate::support::team();
    let before = team.row_counts();
    let sent = format!("{HEADER}A1,S,d,1\n");
    for head in [
        "Content-Length: 1000\r\n\r\n".to_owned(),
        format!("Transfer-Encoding: chunked\r\n\r\n{:x}\r\n", sent.len()),
    ] {
        let mut stream = TcpStream::connect(team.address.strip_prefix("http://").unwrap()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        write!(
            stream,
            "POST /api/orders/import HTTP/1.1\r\nHost: x\r\nx-api-key: {}\r\n\
             Content-Type: text/csv\r\n{head}{sent}",
            team.key
        )
        .unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        if !answer.is_empty() {
            raw(&answer).refused(400, "INCOMPLETE_BODY", "The body broke off before its end");
        }
    }
    assert_eq!(team.import("?dry_run=true", &json!([])).counts(), [0; 4], "the service goes on");
    assert_eq!(team.row_counts(), before);
}
