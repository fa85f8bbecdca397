//! A thousand idempotency keys, each sent by twenty concurrent requests.

use std::time::Duration;

use reqwest::blocking::{Client, RequestBuilder};
use serde_json::json;
use testkit::race;

use crate::support::{Caller, Reply, new_client, team};

const KEYS: usize = 1_000;
const CALLERS: usize = 20;

/// Creates a department on an open connection.
fn create_department(client: &Client, caller: &Caller, key: usize, name: &str) -> Reply {
    let request = client.post(format!("{}/api/v1/departments", caller.address));
    let request = request.bearer_auth(&caller.key).header("X-MES-Team-ID", &caller.id);
    repeated(&request.header("Idempotency-Key", format!("key-{key}")).json(&json!({"name": name})))
}

/// Sends a request until the response is neither a conflict with a running one nor an overload.
fn repeated(request: &RequestBuilder) -> Reply {
    loop {
        let reply = Reply::to(request.try_clone().unwrap());
        match reply.status {
            409 => assert_eq!(reply.json()["error"]["code"], json!("IDEMPOTENCY_KEY_IN_FLIGHT"), "{reply:?}"),
            503 => assert!(reply.header("retry-after").is_some(), "{reply:?}"),
            _ => return reply,
        }
    }
}

fn client() -> Client {
    new_client().timeout(Duration::from_secs(60)).build().unwrap()
}

#[test]
fn a_thousand_keys_sent_twenty_times_concurrently_have_a_thousand_effects() {
    let team = team();
    let tables = ["departments", "audit_entries", "idempotent_answers"];
    let before = tables.map(|table| team.count(table));
    let clients: Vec<_> = (0..CALLERS).map(|_| client()).collect();
    for key in 0..KEYS {
        let name = format!("Department {key}");
        let replies = race(CALLERS, |caller| create_department(&clients[caller], &team, key, &name));
        let created: Vec<_> =
            replies.iter().filter(|one| one.header("idempotent-replayed").is_none()).collect();
        assert_eq!((created.len(), created[0].status), (1, 201), "key {key}: {replies:?}");
        for reply in &replies {
            assert_eq!((reply.status, &reply.text), (201, &created[0].text), "key {key}");
        }
    }
    let effects = || [0, 1, 2].map(|table| team.count(tables[table]) - before[table]);
    assert_eq!(effects(), [1_000; 3]);

    race(CALLERS, |caller| {
        for key in (caller..KEYS).step_by(CALLERS) {
            let reply = create_department(&clients[caller], &team, key, &format!("Other department {key}"));
            let message = "This idempotency key was used for a request with other content";
            reply.mes_refused(422, "IDEMPOTENCY_KEY_REUSED", message, json!({}));
        }
    });
    assert_eq!(effects(), [1_000; 3]);
}
