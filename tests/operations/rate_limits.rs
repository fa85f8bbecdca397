//! Rate limits: headers, refusals and counters.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::path::Path;
use std::sync::LazyLock;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use reqwest::Method;
use reqwest::blocking::Client;
use serde_json::json;
use testkit::{Database, Redis, Service, eventually, race, serving};

use crate::support::gepard::{PROCESS, invoice};
use crate::support::{
    BINARY, Caller, DATA_DIR, IMPORT, IMPORTS, Person, Reply, Requests, Team, client, mes_routes, new_client,
    order, team,
};

const DEPARTMENTS: &str = "/api/v1/departments";

/// Returns a `serve` command with rate limits.
fn limited(database: &Database, redis: Option<&Redis>) -> Service {
    let mut command = serving(BINARY, database, Path::new(DATA_DIR));
    if let Some(redis) = redis {
        command.env("REDIS_URL", redis.url());
    }
    Service::spawn(command)
}

/// Creates a team in a shared server with rate limits; no test exhausts the limit of the address.
fn limited_team() -> Team<'static> {
    static SERVER: LazyLock<(Database, &Service)> = LazyLock::new(|| {
        let database = Database::new();
        let service = limited(&database, None).for_the_process();
        (database, service)
    });
    Team::create(&SERVER.0, SERVER.1)
}

#[track_caller]
fn number(reply: &Reply, name: &str) -> u64 {
    let value = reply.header(name).unwrap_or_else(|| panic!("{name} is missing: {reply:?}"));
    value.parse().unwrap_or_else(|_| panic!("{name} is no number: {reply:?}"))
}

/// `X-RateLimit-Remaining`, after checking the other headers.
#[track_caller]
fn remaining(reply: &Reply, limit: u64, window: u64) -> u64 {
    assert_eq!(number(reply, "x-ratelimit-limit"), limit, "{reply:?}");
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let reset = number(reply, "x-ratelimit-reset");
    assert!((now..=now + window + 1).contains(&reset), "at {now}: {reply:?}");
    number(reply, "x-ratelimit-remaining")
}

/// The headers of the IETF draft: name, requests, seconds, remaining requests and remaining seconds of each quota.
fn quotas(reply: &Reply) -> Vec<(String, [u64; 4])> {
    let items = |field: &str| {
        let value = reply.header(field).unwrap_or_else(|| panic!("{field} is missing: {reply:?}"));
        let items = value.split(", ").map(|item| {
            let mut parts = item.split(';');
            let name = parts.next().unwrap().trim_matches('"').to_owned();
            let [one, other] = [parts.next(), parts.next()].map(|part| part.unwrap().to_owned());
            assert_eq!(parts.next(), None, "{value}");
            (name, one, other)
        });
        items.collect::<Vec<_>>()
    };
    let value = |part: &str, key: &str| part.strip_prefix(key).unwrap().parse().unwrap();
    let (policy, left) = (items("ratelimit-policy"), items("ratelimit"));
    assert_eq!(policy.len(), left.len());
    let pairs = policy.into_iter().zip(left).map(|((name, q, w), (same, r, t))| {
        assert_eq!(name, same);
        let [q, w, r, t] = [value(&q, "q="), value(&w, "w="), value(&r, "r="), value(&t, "t=")];
        assert!(r <= q && t <= w, "{reply:?}");
        (name, [q, w, r, t])
    });
    pairs.collect()
}

#[test]
fn every_response_shows_the_caller_s_remaining_requests() {
    let team = limited_team();
    let answers = [
        (200, team.get(DEPARTMENTS)),
        (404, team.get(&format!("{DEPARTMENTS}/x"))),
        (422, team.get(&format!("{DEPARTMENTS}?limit=0"))),
        (201, team.post(DEPARTMENTS, &json!({"name": "Assembly"}))),
        (409, team.post(DEPARTMENTS, &json!({"name": "Assembly"}))),
        (415, Reply::to(team.request(Method::POST, DEPARTMENTS).body("{}"))),
    ];
    for (count, (status, reply)) in (1..).zip(&answers) {
        assert_eq!(reply.status, *status, "{reply:?}");
        assert_eq!(remaining(reply, 1000, 3600), 1000 - count);
        let [(hour, [1000, 3600, of_hour, hour_left]), (burst, [100, 60, of_burst, burst_left])] =
            &quotas(reply)[..]
        else {
            panic!("{reply:?}")
        };
        assert_eq!((hour.as_str(), burst.as_str()), ("hour", "burst"));
        assert_eq!((*of_hour, *of_burst), (1000 - count, 100 - count));
        assert!(*hour_left > 3540 && *hour_left <= 3600 && *burst_left <= 60, "{reply:?}");
        assert_eq!(reply.header("retry-after"), None);
    }
    let reader = team.key("read-only", "");
    let forbidden = reader.post(DEPARTMENTS, &json!({"name": "Packing"}));
    assert_eq!(
        (forbidden.status, remaining(&forbidden, 1000, 3600)),
        (403, 999),
        "another key, another count"
    );
}

#[test]
fn an_anonymous_response_shows_the_remaining_requests_of_the_address() {
    let team = limited_team();
    let nobody = Caller { key: "nobody".into(), ..team.caller.clone() };
    let refused = nobody.get(DEPARTMENTS);
    assert_eq!(refused.status, 401);
    let left = remaining(&refused, 300, 60);
    assert!(left < 300);
    assert_eq!(quotas(&refused)[0].0, "address");
    for (status, method, path) in [(404, Method::GET, "/api/v1/nowhere"), (405, Method::PUT, DEPARTMENTS)] {
        let reply = Reply::to(team.request(method, path));
        assert_eq!(reply.status, status);
        assert!(remaining(&reply, 300, 60) <= left, "{path}");
    }
    for path in [
        "/health/live",
        "/health/ready",
        "/metrics",
        "/openapi/mes.json",
        "/docs/",
        "/nowhere",
        "/.well-known/jwks.json",
    ] {
        let reply = team.get(path);
        assert_eq!((reply.header("x-ratelimit-limit"), reply.header("ratelimit")), (None, None), "{path}");
    }
}

#[test]
fn the_101st_mes_request_of_a_minute_is_refused_and_only_that_key_s() {
    let team = limited_team();
    let key = team.key("read-write", "");
    for count in 1..=100 {
        let reply = key.get(DEPARTMENTS);
        assert_eq!((reply.status, remaining(&reply, 1000, 3600)), (200, 1000 - count));
    }
    for _ in 0..3 {
        let refused = key.post(DEPARTMENTS, &json!({"name": "Assembly"}));
        let seconds = number(&refused, "retry-after");
        assert!((1..=60).contains(&seconds), "{refused:?}");
        let message = format!("Rate limit exceeded: at most 100 requests in 60 s; try again in {seconds} s");
        refused.mes_refused(429, "RATE_LIMIT_EXCEEDED", &message, json!({}));
        assert_eq!(remaining(&refused, 1000, 3600), 900, "what is refused counts against neither quota");
        let [_, (_, burst)] = &quotas(&refused)[..] else { panic!("{refused:?}") };
        assert_eq!(*burst, [100, 60, 0, seconds]);
    }
    assert_eq!(team.count("departments"), 0);
    assert_eq!(team.get(DEPARTMENTS).status, 200, "another key of the team goes on");
}

#[test]
fn every_mes_route_is_refused_to_a_key_over_its_limit() {
    let team = limited_team();
    let key = team.key("admin", "");
    for _ in 0..100 {
        key.get(DEPARTMENTS).ok();
    }
    let before = team.state();
    for (method, path, _) in mes_routes() {
        let refused =
            Reply::to(key.request(method, &path).header("Content-Type", "application/json").body("{}"));
        let message = refused.shaped(&path, 429, "RATE_LIMIT_EXCEEDED");
        assert!(message.contains("at most 100 requests in 60 s"), "{path}: {message}");
        assert!((1..=60).contains(&number(&refused, "retry-after")), "{path}: {refused:?}");
    }
    assert_eq!(team.state(), before);
}

#[test]
fn a_key_imports_60_times_a_minute() {
    let team = limited_team();
    for count in 1..=60 {
        let reply = team.import("?dry_run=true", &json!([order("A1")]));
        assert_eq!((reply.status, remaining(&reply, 60, 60)), (200, 60 - count));
        assert_eq!(quotas(&reply)[0].0, "import");
    }
    let refused = team.import("", &json!([order("A1")]));
    let seconds = number(&refused, "retry-after");
    let message = format!("Rate limit exceeded: at most 60 requests in 60 s; try again in {seconds} s");
    refused.refused(429, "RATE_LIMIT_EXCEEDED", &message);
    assert_eq!(team.count("manufacturing_orders"), 0);
    let history = team.get(IMPORTS);
    assert_eq!((history.status, remaining(&history, 100, 60)), (200, 99), "reading counts by itself");
    assert_eq!(quotas(&history)[0].0, "standard");
    assert_eq!(team.get(DEPARTMENTS).status, 200);
}

#[test]
fn a_key_sends_batches_of_invoices_60_times_a_minute() {
    let team = limited_team();
    let system = team.key("read-only", "invoices:create");
    for count in 1..=60 {
        let (reply, status) = match count % 2 {
            0 => (system.get("/api/gepard/invoices/x"), 404),
            _ => (system.post(PROCESS, &json!({"invoices": []})), 422),
        };
        assert_eq!((reply.status, remaining(&reply, 60, 60)), (status, 60 - count), "{reply:?}");
        assert_eq!(quotas(&reply)[0].0, "gepard");
    }
    let refused = system.post(PROCESS, &json!({"invoices": [invoice(1)]}));
    let message = "Rate limit exceeded. Please try again later.";
    refused.gepard_refused(429, "RATE_LIMIT_EXCEEDED", message);
    assert!((1..=60).contains(&number(&refused, "retry-after")), "{refused:?}");
    assert_eq!(team.count("accounting_invoices"), 0);
    let other = team.key("read-only", "invoices:create").get("/api/gepard/invoices/x");
    assert_eq!((other.status, remaining(&other, 60, 60)), (404, 59), "another key goes on");
}

#[test]
fn a_user_sends_5_imports_and_100_other_requests_a_minute() {
    let team = limited_team();
    let (person, colleague) = (team.user(&["OPS"]), team.user(&["OPS"]));
    let import =
        |person: &Person| Reply::to(person.request(Method::POST, IMPORT).json(&json!([order("A1")])));
    for count in 1..=5 {
        let reply = import(&person);
        assert_eq!((reply.status, remaining(&reply, 5, 60)), (200, 5 - count));
        assert_eq!(quotas(&reply)[0].0, "bulk");
    }
    let refused = import(&person);
    let seconds = number(&refused, "retry-after");
    let message = format!("Rate limit exceeded: at most 5 requests in 60 s; try again in {seconds} s");
    refused.refused(429, "RATE_LIMIT_EXCEEDED", &message);
    assert_eq!(import(&colleague).status, 200, "each has their own count");

    assert_eq!(remaining(&person.get("/api/auth/me"), 100, 60), 99);
    for count in 2..=100 {
        let reply = person.get(IMPORTS);
        assert_eq!((reply.status, remaining(&reply, 100, 60)), (200, 100 - count), "surfaces count together");
    }
    let refused = person.get("/api/auth/me");
    let seconds = number(&refused, "retry-after");
    let message = format!("Rate limit exceeded: at most 100 requests in 60 s; try again in {seconds} s");
    refused.oms_refused(429, &message);
    let elsewhere = person.get(DEPARTMENTS);
    assert_eq!((elsewhere.status, remaining(&elsewhere, 1000, 3600)), (200, 999));
}

/// An HTTP client with its own address.
fn from(address: &str) -> Client {
    new_client().local_address(address.parse::<IpAddr>().unwrap()).build().unwrap()
}

#[test]
fn an_address_logs_in_and_refreshes_100_times_a_minute() {
    let team = limited_team();
    let elsewhere = from("127.0.0.3");
    let attempt = |client: &Client, path: &str| {
        Reply::to(client.post(format!("{}/api/auth/{path}", team.address)).json(&json!({})))
    };
    for count in 1..=100 {
        let reply = attempt(&elsewhere, if count % 2 == 0 { "login" } else { "refresh" });
        assert!([401, 422].contains(&reply.status), "{reply:?}");
        assert_eq!(remaining(&reply, 100, 60), 100 - count);
    }
    for path in ["login", "refresh"] {
        let refused = attempt(&elsewhere, path);
        let seconds = number(&refused, "retry-after");
        let message = format!("Rate limit exceeded: at most 100 requests in 60 s; try again in {seconds} s");
        refused.oms_refused(429, &message);
    }
    assert_ne!(attempt(client(), "login").status, 429, "another address goes on");
    let request = elsewhere.get(format!("{}{DEPARTMENTS}", team.address)).bearer_auth(&team.key);
    let reply = Reply::to(request.header("X-MES-Team-ID", &team.id));
    assert_eq!(reply.status, 200, "who is known goes on");
}

#[test]
fn behind_a_trusted_proxy_the_client_s_address_counts() {
    let database = Database::new();
    let mut command = serving(BINARY, &database, Path::new(DATA_DIR));
    command.env("TRUSTED_PROXIES", "127.0.0.1");
    let service = Service::spawn(command);
    let left = |client: &Client, forwarded: &str| {
        let request = client.get(format!("{}{DEPARTMENTS}", service.address()));
        remaining(&Reply::to(request.header("X-Forwarded-For", forwarded)), 300, 60)
    };
    let proxy = client();
    assert_eq!(
        [left(proxy, "192.0.2.1"), left(proxy, "192.0.2.1"), left(proxy, "192.0.2.2")],
        [299, 298, 299]
    );
    let untrusted = from("127.0.0.2");
    assert_eq!([left(&untrusted, "192.0.2.1"), left(&untrusted, "192.0.2.3")], [299, 298]);
}

#[test]
fn a_rate_limit_refusal_is_not_stored_for_an_idempotency_key() {
    let team = limited_team();
    for _ in 0..100 {
        team.get(DEPARTMENTS);
    }
    let create = || {
        let request = team.request(Method::POST, DEPARTMENTS).header("Idempotency-Key", "once");
        Reply::to(request.json(&json!({"name": "Assembly"})))
    };
    assert_eq!(create().status, 429);
    assert_eq!(team.count("idempotent_answers"), 0);
}

#[test]
fn an_address_with_300_failures_is_refused_before_its_credentials_are_checked() {
    let database = Database::new();
    let service = limited(&database, None);
    let team = Team::create(&database, &service);
    let nobody = Caller { key: "nobody".into(), ..team.caller.clone() };
    let mut statuses =
        race(16, |_| (0..20).map(|_| nobody.get(DEPARTMENTS).status).collect::<Vec<_>>()).concat();
    statuses.sort_unstable();
    assert_eq!(statuses, [vec![401; 300], vec![429; 20]].concat());

    let message = |refused: &Reply| {
        let seconds = number(refused, "retry-after");
        assert!((1..=60).contains(&seconds) && remaining(refused, 300, 60) == 0, "{refused:?}");
        let why = "too many refused requests came from this address";
        format!("Rate limit exceeded: {why}; try again in {seconds} s")
    };
    let refused = team.get(DEPARTMENTS);
    refused.mes_refused(429, "RATE_LIMIT_EXCEEDED", &message(&refused), json!({}));
    let refused = team.import("", &json!([order("A1")]));
    refused.refused(429, "RATE_LIMIT_EXCEEDED", &message(&refused));
    assert_eq!(team.count("manufacturing_orders"), 0);
    let refusals = |class: &str, surface: &str| {
        let metrics = team.get("/metrics").text;
        let labels = [format!("class=\"{class}\""), format!("surface=\"{surface}\"")];
        let mut lines = metrics.lines().filter(|line| line.starts_with("throughline_rate_limited_total{"));
        let line = lines.find(|line| labels.iter().all(|label| line.contains(label)));
        line.and_then(|line| line.rsplit(' ').next()).unwrap_or("none").to_owned()
    };
    assert_eq!([refusals("address", "mes"), refusals("address", "import")], ["21", "1"]);

    let request = from("127.0.0.2").get(format!("{}{DEPARTMENTS}", team.address)).bearer_auth(&team.key);
    let reply = Reply::to(request.header("X-MES-Team-ID", &team.id));
    assert_eq!((reply.status, remaining(&reply, 1000, 3600)), (200, 999), "the key itself was not charged");
}

#[test]
fn two_processes_with_one_redis_count_together_exactly() {
    let (database, redis) = (Database::new(), Redis::start());
    let services = [(); 2].map(|()| limited(&database, Some(&redis)));
    let team = Team::create(&database, &services[0]);
    let callers = services
        .each_ref()
        .map(|service| Caller { address: service.address().to_owned(), ..team.caller.clone() });
    let replies = race(12, |racer| {
        let caller = &callers[racer % 2];
        (0..10).map(|_| caller.get(DEPARTMENTS)).collect::<Vec<_>>()
    });
    let (allowed, refused): (Vec<_>, Vec<_>) =
        replies.into_iter().flatten().partition(|reply| reply.status == 200);
    assert_eq!((allowed.len(), refused.len()), (100, 20));
    assert!(refused.iter().all(|reply| reply.status == 429));
    let counts: BTreeSet<_> = allowed.iter().map(|reply| remaining(reply, 1000, 3600)).collect();
    assert!(allowed.iter().chain(&refused).all(|reply| quotas(reply).len() == 2));
    assert_eq!(counts, (900..1000).collect(), "all counts differ");
}

#[test]
fn while_redis_is_unavailable_requests_are_answered_and_counted_in_process() {
    let (database, redis) = (Database::new(), Redis::start());
    let services = [(); 2].map(|()| limited(&database, Some(&redis)));
    let team = Team::create(&database, &services[0]);
    let [one, other] = services
        .each_ref()
        .map(|service| Caller { address: service.address().to_owned(), ..team.caller.clone() });
    let left = |caller: &Caller| {
        let begun = Instant::now();
        let reply = caller.get(DEPARTMENTS);
        assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
        assert_eq!(reply.status, 200, "{reply:?}");
        remaining(&reply, 1000, 3600)
    };
    assert_eq!([left(&one), left(&other), left(&one)], [999, 998, 997]);
    redis.kill();
    let first: Vec<_> = (0..10).map(|_| left(&one)).collect();
    assert_eq!(first, (990..1000).rev().collect::<Vec<_>>(), "counted from zero in this process");
    assert_eq!([left(&other), left(&other)], [999, 998], "and by itself in that one");
    redis.start_again();
    eventually("both to count in Redis again", || (left(&one) == left(&other) + 1).then_some(()));
}

#[test]
fn with_limits_off_nothing_is_counted_or_shown() {
    let team = team();
    for _ in 0..101 {
        let reply = team.get(DEPARTMENTS);
        assert_eq!(
            (reply.status, reply.header("x-ratelimit-limit"), reply.header("ratelimit")),
            (200, None, None)
        );
    }
}
