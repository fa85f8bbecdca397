//! Forged access tokens: every surface refuses them.

mod forger;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use reqwest::Method;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use serde_json::json;

use self::forger::Forger;
use crate::support::{IMPORTS, Reply, Requests, client, new_client};

const ME: &str = "/api/auth/me";
const DEPARTMENTS: &str = "/api/v1/departments";

/// Header names and values.
type Headers = Vec<(&'static str, Vec<u8>)>;

impl Forger {
    /// Sends a read, a list request and a change to three surfaces with these headers.
    fn attempts(&self, headers: &[(&str, &[u8])]) -> [(&'static str, Reply); 3] {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            let name: HeaderName = name.parse().unwrap();
            map.append(name, HeaderValue::from_bytes(value).expect("a value that can be sent"));
        }
        map.insert("x-mes-team-id", self.team.id.parse().unwrap());
        [(Method::GET, ME), (Method::GET, IMPORTS), (Method::POST, DEPARTMENTS)].map(|(method, path)| {
            let request = client().request(method.clone(), format!("{}{path}", self.team.address));
            let request = request.headers(map.clone());
            let request =
                if method == Method::POST { request.json(&json!({"name": "Forged"})) } else { request };
            (path, Reply::to(request))
        })
    }

    fn with_token(&self, token: &str) -> [(&'static str, Reply); 3] {
        self.attempts(&[("Authorization", format!("Bearer {token}").as_bytes())])
    }

    /// Checks that all of these are refused and change nothing, and that the valid token still works.
    fn all_refused(&self, corpus: Vec<(&'static str, String)>) {
        let before = self.team.state();
        let mut taken = Vec::new();
        for (what, token) in &corpus {
            for (path, reply) in self.with_token(token) {
                if reply.status == 401 {
                    let message = reply.shaped(path, 401, "UNAUTHORIZED");
                    assert_eq!(message, "The API key or access token is not valid", "{what}");
                } else {
                    taken.push(format!("{what}: {} at {path}", reply.status));
                }
            }
        }
        assert!(taken.is_empty(), "{taken:#?}");
        assert_eq!(self.team.state(), before);
        self.person.get(ME).ok();
    }
}

#[test]
fn the_forger_can_make_an_honest_token() {
    let forger = Forger::new();
    let header = URL_SAFE_NO_PAD.decode(&forger.parts[0]).unwrap();
    for token in [
        forger.claiming(&forger.claims),
        forger.headed(&String::from_utf8(header).unwrap()),
        forger.at(-60, 840),
        forger.with("jti", json!("0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e11")),
    ] {
        let found = forger.with_token(&token).map(|(_, reply)| reply.status);
        assert_eq!((found[0], found[1]), (200, 200));
        assert!(matches!(found[2], 201 | 409), "{found:?}");
    }
}

#[test]
fn a_token_with_another_header_is_refused_whoever_signed_it() {
    let forger = Forger::new();
    let corpus = forger.headers();
    assert!(corpus.len() >= 40);
    forger.all_refused(corpus);
}

#[test]
fn claims_that_the_service_never_issues_are_refused_even_if_signed_by_its_key() {
    let forger = Forger::new();
    forger.all_refused(forger.claims());
}

#[test]
fn a_token_that_is_altered_truncated_or_encoded_differently_is_refused() {
    let forger = Forger::new();
    forger.all_refused(forger.texts());
}

#[test]
fn credentials_in_another_header_or_scheme_are_ignored() {
    let forger = Forger::new();
    let before = forger.team.state();
    let honest = forger.person.token.clone();
    let forged = forger.headed(r#"{"typ":"at+jwt","alg":"none"}"#);
    let bearer = |token: &str| format!("Bearer {token}").into_bytes();
    let authorization = AUTHORIZATION.as_str();
    let sets: Vec<(&str, Headers)> = vec![
        ("nothing", vec![]),
        ("an empty header", vec![(authorization, b"".to_vec())]),
        ("Bearer alone", vec![(authorization, b"Bearer".to_vec())]),
        ("Bearer and a tab", vec![(authorization, [b"Bearer\t", honest.as_bytes()].concat())]),
        ("no scheme", vec![(authorization, honest.clone().into_bytes())]),
        ("no space", vec![(authorization, format!("Bearer{honest}").into_bytes())]),
        ("a comma for the space", vec![(authorization, format!("Bearer,{honest}").into_bytes())]),
        (
            "Basic",
            vec![(authorization, format!("Basic {}", STANDARD.encode(format!(":{honest}"))).into_bytes())],
        ),
        ("JWT", vec![(authorization, format!("JWT {honest}").into_bytes())]),
        ("Bearer twice", vec![(authorization, format!("Bearer Bearer {honest}").into_bytes())]),
        (
            "letters beyond ASCII",
            vec![(authorization, "Bearer \u{e9}\u{e9}.\u{e9}.\u{e9}".as_bytes().to_vec())],
        ),
        ("bytes that are no text", vec![(authorization, [&bearer(&honest)[..], b"\xff"].concat())]),
        ("two forged headers", vec![(authorization, bearer(&forged)), (authorization, bearer(&forged))]),
        (
            "a forged header before a good one",
            vec![(authorization, bearer(&forged)), (authorization, bearer(&honest))],
        ),
        (
            "a good header before a forged one",
            vec![(authorization, bearer(&honest)), (authorization, bearer(&forged))],
        ),
        ("a good token for an API key", vec![("x-api-key", honest.clone().into_bytes())]),
        ("a forged token for an API key", vec![("x-api-key", forged.clone().into_bytes())]),
        (
            "a refresh token for an API key",
            vec![("x-api-key", forger.person.refresh_token.clone().into_bytes())],
        ),
        ("a proxy's header", vec![("Proxy-Authorization", bearer(&honest))]),
        ("a cookie", vec![("Cookie", format!("access_token={honest}; token={honest}").into_bytes())]),
        ("a header of another name", vec![("X-Access-Token", honest.clone().into_bytes())]),
    ];
    for (what, headers) in sets {
        let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, &value[..])).collect();
        for (path, reply) in forger.attempts(&headers) {
            assert_eq!(reply.status, 401, "{what} at {path}: {reply:?}");
            reply.shaped(path, 401, "UNAUTHORIZED");
        }
    }
    for query in ["access_token", "token", "bearer", "x-api-key"] {
        let path = format!("{ME}?{query}={honest}");
        let reply = Reply::to(client().get(format!("{}{path}", forger.team.address)));
        reply.shaped(&path, 401, "UNAUTHORIZED");
    }
    assert_eq!(forger.team.state(), before);
}

#[test]
fn an_oversized_header_is_refused_and_the_service_continues() {
    let forger = Forger::new();
    let before = forger.team.state();
    let token = "a".repeat(1 << 20);
    for path in [ME, DEPARTMENTS] {
        let sent = new_client()
            .build()
            .unwrap()
            .get(format!("{}{path}", forger.team.address))
            .bearer_auth(&token)
            .send();
        // the connection may be closed before the whole header is sent
        if let Ok(response) = sent {
            let status = response.status().as_u16();
            assert!(matches!(status, 400 | 413 | 431), "{path}: {status}");
        }
    }
    forger.person.get(ME).ok();
    assert_eq!(forger.team.state(), before);
}
