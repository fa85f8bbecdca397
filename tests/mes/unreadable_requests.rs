//! What every resource of the MES surface answers to requests that can't be read, whoever asks (seed 004, *HTTP Status
//! Codes*). Who may not stands in `roles.rs`, what is another team's in `tenants.rs`, what comes too often in
//! `rate_limits.rs`.

use reqwest::Method;

use crate::support::{Caller, Reply, client, documented, team};

/// The routes of the surface, and whether they take a JSON body.
pub(crate) fn routes() -> Vec<(Method, String, bool)> {
    let of_mes = documented().into_iter().filter_map(|(route, operation)| {
        let (method, path) = route.split_once(' ')?;
        let path = path.strip_prefix("/api/v1/")?;
        let takes_json = operation.pointer("/requestBody/content/application~1json").is_some();
        let path = path.split('/').map(|step| if step.starts_with('{') { ABSENT } else { step });
        let path = path.collect::<Vec<_>>().join("/");
        Some((method.parse().unwrap(), format!("/api/v1/{path}"), takes_json))
    });
    let routes: Vec<_> = of_mes.collect();
    assert!(routes.len() > 40, "{routes:?}");
    routes
}

/// An id that nothing has.
const ABSENT: &str = "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e99";

fn sent(caller: &Caller, method: &Method, path: &str, content_type: &str, body: &'static str) -> Reply {
    let request = caller.request(method.clone(), path).header("Content-Type", content_type);
    Reply::to(request.body(body))
}

#[test]
fn a_body_that_can_not_be_read_is_refused_by_every_route_that_takes_one() {
    let team = team();
    let before = team.state();
    let mut tried = 0;
    for (method, path, _) in routes().into_iter().filter(|(_, _, takes_json)| *takes_json) {
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
fn every_route_asks_for_the_team_and_for_one_that_the_key_is_of() {
    let (own, other) = (team(), team());
    let before = (own.state(), other.state());
    for (method, path, _) in routes() {
        let asked =
            || client().request(method.clone(), format!("{}{path}", own.address)).bearer_auth(&own.key);
        Reply::to(asked()).shaped(&path, 400, "MISSING_TEAM_ID");
        let foreign = asked().header("X-MES-Team-ID", &other.id);
        Reply::to(foreign).shaped(&path, 403, "FORBIDDEN");
    }
    assert_eq!((own.state(), other.state()), before);
}
