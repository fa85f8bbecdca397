//! Unreadable requests to the resources of mes (`docs/spec/common.md`, "Statuses"). Permissions are in
//! `identity/roles.rs`, isolation of teams in `identity/team_isolation.rs`, rate limits in
//! `operations/rate_limits.rs`.

use reqwest::Method;

use crate::support::{Caller, Reply, Requests, client, mes_routes, team};

fn sent(caller: &Caller, method: &Method, path: &str, content_type: &str, body: &'static str) -> Reply {
    let request = caller.request(method.clone(), path).header("Content-Type", content_type);
    Reply::to(request.body(body))
}

#[test]
fn a_body_that_can_not_be_read_is_refused_by_every_route_that_takes_one() {
    let team = team();
    let before = team.state();
    let mut tried = 0;
    for (method, path, _) in mes_routes().into_iter().filter(|(_, _, takes_json)| *takes_json) {
        for body in ["{", "[]", "7", "{\"name\": 1, \"name\": 2}", "\u{0}", ""] {
            sent(&team, &method, &path, "application/json", body).shaped(&path, 400, "INVALID_JSON");
        }
        sent(&team, &method, &path, "text/csv", "{}").shaped(&path, 415, "UNSUPPORTED_MEDIA_TYPE");
        tried += 1;
    }
    assert!(tried > 15, "{tried} routes take a body");
    assert_eq!(team.state(), before);
}

#[test]
fn every_route_requires_the_team_of_the_key() {
    let (own, other) = (team(), team());
    let before = (own.state(), other.state());
    for (method, path, _) in mes_routes() {
        let request =
            || client().request(method.clone(), format!("{}{path}", own.address)).bearer_auth(&own.key);
        Reply::to(request()).shaped(&path, 400, "MISSING_TEAM_ID");
        let foreign = request().header("X-MES-Team-ID", &other.id);
        Reply::to(foreign).shaped(&path, 403, "FORBIDDEN");
    }
    assert_eq!((own.state(), other.state()), before);
}
