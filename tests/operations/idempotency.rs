//! `Idempotency-Key`: one effect, one response (`docs/spec/common.md`, "Idempotency").

use std::path::Path;

use reqwest::Method;
use reqwest::blocking::RequestBuilder;
use serde_json::{Value, json};
use testkit::{Database, Service, eventually, race};

use crate::support::{BINARY, Caller, DATA_DIR, Reply, Requests, Team, order, team};

const DEPARTMENTS: &str = "/api/v1/departments";

fn keyed(request: RequestBuilder, key: &str) -> Reply {
    Reply::to(request.header("Idempotency-Key", key))
}

fn import(caller: &Caller, key: &str, query: &str, rows: &Value) -> Reply {
    keyed(caller.import_request(query).json(rows), key)
}

fn department(caller: &Caller, key: &str, body: &Value) -> Reply {
    keyed(caller.request(Method::POST, DEPARTMENTS).json(body), key)
}

#[track_caller]
fn replayed(first: &Reply, again: &Reply) {
    assert_eq!(first.header("idempotent-replayed"), None);
    assert_eq!(again.header("idempotent-replayed"), Some("true"), "{again:?}");
    assert_eq!((again.status, &again.text), (first.status, &first.text), "the same to the byte");
    assert_eq!(again.header("content-type"), first.header("content-type"));
}

#[test]
fn a_repeated_import_is_done_once_and_gets_the_stored_response() {
    let team = team();
    let rows: Vec<_> = (0..1_500).map(|row| order(&format!("A{row}"))).chain([order("")]).collect();
    let first = import(&team, "k1", "", &json!(rows));
    assert_eq!(first.counts(), [1_500, 0, 0, 1]);
    let before = team.row_counts();
    replayed(&first, &import(&team, "k1", "", &json!(rows)));
    assert_eq!(team.row_counts(), before);
    let other = import(&team, "k2", "", &json!(rows));
    assert_eq!((other.counts(), other.header("idempotent-replayed")), ([0, 1_500, 0, 1], None));
}

#[test]
fn a_csv_and_a_form_with_another_boundary_are_the_same_request() {
    let team = team();
    let csv = "order_number,stock_code,description,quantity_to_make\nA1,S,d,1\n";
    let plain = || keyed(team.import_request("").header("Content-Type", "text/csv").body(csv), "k1");
    replayed(&plain(), &plain());
    let form = |boundary: &str, on_existing: &str| {
        let body = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"on_existing\"\r\n\r\n{on_existing}\r\n--{boundary}\r\n\
             Content-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\
             Content-Type: text/csv\r\n\r\n{csv}\r\n\
             --{boundary}--\r\n"
        );
        let kind = format!("multipart/form-data; boundary={boundary}");
        keyed(team.import_request("").header("Content-Type", kind).body(body), "k2")
    };
    let first = form("abc", "update");
    assert_eq!(first.counts(), [0, 1, 0, 0]);
    replayed(&first, &form("xyz-123", "update"));
    let message = "This idempotency key was used for a request with other content";
    form("abc", "skip").refused(422, "IDEMPOTENCY_KEY_REUSED", message);
    assert_eq!(team.count("order_imports"), 2);
}

#[test]
fn a_repeated_department_is_created_once_and_gets_the_stored_response() {
    let team = team();
    let body = json!({"name": "Assembly"});
    let first = department(&team, "k1", &body);
    let created = first.created();
    replayed(&first, &department(&team, "k1", &body));
    let centre = json!({"name": "Final", "departmentId": created["id"]});
    let centres = || keyed(team.request(Method::POST, "/api/v1/work-centres").json(&centre), "k1");
    let first = centres();
    assert_eq!(first.created()["number"], json!(1));
    replayed(&first, &centres());
    assert_eq!((team.count("departments"), team.count("work_centres")), (1, 1));
}

#[test]
fn a_different_body_or_query_under_the_same_key_is_refused() {
    let team = team();
    let first = import(&team, "k1", "", &json!([order("A1")]));
    let before = team.row_counts();
    let message = "This idempotency key was used for a request with other content";
    import(&team, "k1", "", &json!([order("A2")])).refused(422, "IDEMPOTENCY_KEY_REUSED", message);
    import(&team, "k1", "?on_existing=skip", &json!([order("A1")])).refused(
        422,
        "IDEMPOTENCY_KEY_REUSED",
        message,
    );
    let csv = team.import_request("").header("Content-Type", "text/csv").body("order_number\n");
    keyed(csv, "k1").refused(422, "IDEMPOTENCY_KEY_REUSED", message);
    assert_eq!(team.row_counts(), before);
    replayed(&first, &import(&team, "k1", "", &json!([order("A1")])));

    department(&team, "k1", &json!({"name": "Assembly"})).created();
    let other = department(&team, "k1", &json!({"name": "Milling"}));
    other.mes_refused(422, "IDEMPOTENCY_KEY_REUSED", message, json!({}));
    assert_eq!(team.count("departments"), 1);
}

#[test]
fn a_key_belongs_to_its_caller() {
    let (team, other) = (team(), crate::support::team());
    let rows = json!([order("A1")]);
    import(&team, "k1", "", &rows).ok();
    assert_eq!(import(&other, "k1", "", &rows).counts(), [1, 0, 0, 0]);
    let second_key = team.key("admin", "");
    let done = import(&second_key, "k1", "", &rows);
    assert_eq!((done.counts(), done.header("idempotent-replayed")), ([0, 1, 0, 0], None));
}

#[test]
fn a_refusal_that_a_repetition_would_get_again_is_stored() {
    let team = team();
    let broken =
        || keyed(team.import_request("").header("Content-Type", "application/json").body("[{"), "bad");
    let first = broken();
    assert_eq!(first.status, 400);
    replayed(&first, &broken());
    let rows = json!([order("A1"), order("")]);
    let first = import(&team, "none", "?mode=all_or_nothing", &rows);
    assert_eq!(first.status, 422);
    replayed(&first, &import(&team, "none", "?mode=all_or_nothing", &rows));
    assert_eq!(team.count("order_imports"), 1);

    let faulty = json!({"name": ""});
    let first = department(&team, "bad", &faulty);
    assert_eq!(first.status, 422);
    replayed(&first, &department(&team, "bad", &faulty));
}

#[test]
fn a_refusal_that_a_change_beside_it_mends_is_tried_again() {
    let team = team();
    let post = |path: &str, body: &Value| keyed(team.request(Method::POST, path).json(body), "once");
    let done = |reply: &Reply, status: u16| {
        assert_eq!((reply.status, reply.header("idempotent-replayed")), (status, None), "{reply:?}");
    };
    // a name that is taken
    let department = team.create_department("Assembly");
    let taken = json!({"name": "assembly"});
    done(&post("/api/v1/departments", &taken), 409);
    team.patch(&format!("/api/v1/departments/{department}"), &json!({"name": "Milling"})).ok();
    let first = post("/api/v1/departments", &taken);
    done(&first, 201);
    replayed(&first, &post("/api/v1/departments", &taken));
    // a product, a routing and a work centre that are unknown for now
    let sale = json!({"orderItems": [{"productId": 1, "quantity": 1}]});
    done(&post("/pos/api/orders", &sale), 422);
    team.post("/pos/api/products", &json!({"sku": "A", "name": "A", "unitPrice": 1})).created();
    done(&post("/pos/api/orders", &sale), 201);
    let order = json!({"productIdentifier": "A", "quantity": 1, "routingName": "R"});
    done(&post("/api/v1/orders", &order), 422);
    team.create_routing("R", &[json!({})]);
    done(&post("/api/v1/orders", &order), 201);
    let rows = json!([crate::support::order_with("A1", json!({"work_centre_id": 1}))]);
    let all_or_nothing = |key: &str| import(&team, key, "?mode=all_or_nothing", &rows);
    done(&all_or_nothing("i1"), 422);
    team.post("/api/v1/work-centres", &json!({"name": "Final", "departmentId": department})).created();
    done(&all_or_nothing("i1"), 200);
    assert_eq!(team.count("order_imports"), 2);
}

#[test]
fn a_refusal_of_the_caller_is_not_stored() {
    let team = team();
    let id = team.key.split('_').nth(1).unwrap();
    let expire = |when: &str| {
        team.database.execute(&format!("UPDATE api_keys SET expires_at = {when} WHERE id = '{id}'"));
    };
    let rows = json!([order("A1")]);
    expire("now()");
    assert_eq!(import(&team, "k1", "", &rows).status, 401);
    expire("NULL");
    team.database.execute(&format!("UPDATE api_keys SET permission = 'read-only' WHERE id = '{id}'"));
    assert_eq!(import(&team, "k1", "", &rows).status, 403);
    team.database.execute(&format!("UPDATE api_keys SET permission = 'admin' WHERE id = '{id}'"));
    let done = import(&team, "k1", "", &rows);
    assert_eq!((done.counts(), done.header("idempotent-replayed")), ([1, 0, 0, 0], None));
}

#[test]
fn a_stored_response_expires_after_a_day() {
    let team = team();
    let rows = json!([order("A1")]);
    import(&team, "k1", "", &rows).ok();
    let left = "extract(epoch FROM expires_at - now()) BETWEEN 86000 AND 86400";
    let id = &team.id;
    assert_eq!(
        team.database.scalar(&format!("SELECT {left} FROM idempotent_answers WHERE team_id = '{id}'")),
        "true"
    );
    team.database
        .execute(&format!("UPDATE idempotent_answers SET expires_at = now() WHERE team_id = '{id}'"));
    let again = import(&team, "k1", "", &rows);
    assert_eq!((again.counts(), again.header("idempotent-replayed")), ([0, 1, 0, 0], None));
}

#[test]
fn parallel_repetitions_have_exactly_one_effect() {
    let team = team();
    let rows: Vec<_> = (0..300).map(|row| order(&format!("A{row}"))).collect();
    let rows = json!(rows);
    let replies = race(20, |thread| {
        let key = format!("k{}", thread % 4);
        let name = json!({"name": format!("Department {}", thread % 4)});
        (import(&team, &key, "", &rows), department(&team, &key, &name))
    });
    for (surface, replies) in [
        ("import", replies.iter().map(|both| &both.0).collect::<Vec<_>>()),
        ("mes", replies.iter().map(|both| &both.1).collect()),
    ] {
        for key in 0..4 {
            let same: Vec<&Reply> = replies.iter().skip(key).step_by(4).copied().collect();
            let done: Vec<&Reply> = same
                .iter()
                .filter(|reply| reply.status < 300 && reply.header("idempotent-replayed").is_none())
                .copied()
                .collect();
            assert_eq!(done.len(), 1, "{surface} {key}: {same:?}");
            for reply in same {
                match reply.status {
                    409 if surface == "import" => in_flight(reply, &reply.json()["error"]),
                    409 => in_flight(reply, &reply.json()["error"]["code"]),
                    _ => assert_eq!(reply.text, done[0].text, "{surface} {key}"),
                }
            }
        }
    }
    assert_eq!(
        [team.count("order_imports"), team.count("departments"), team.count("manufacturing_orders")],
        [4, 4, 300]
    );
    assert_eq!(team.count("idempotent_answers"), 8);
}

fn in_flight(reply: &Reply, code: &Value) {
    assert_eq!(code, "IDEMPOTENCY_KEY_IN_FLIGHT", "{reply:?}");
}

#[test]
fn while_the_first_request_runs_the_second_is_told_to_wait() {
    let database = Database::new();
    let service = Service::start(BINARY, &database, Path::new(DATA_DIR));
    let team = Team::create(&database, &service);
    let row = json!([order("A1")]);
    // blocks the first import before it is recorded
    let held = database.hold("LOCK TABLE order_imports IN SHARE MODE");
    std::thread::scope(|scope| {
        let first = scope.spawn(|| import(&team, "k1", "", &row));
        let waiting = "SELECT count(*) FROM pg_stat_activity
                       WHERE datname = current_database() AND wait_event_type = 'Lock'";
        eventually("the first import to wait", || (database.scalar(waiting) != "0").then_some(()));
        let message = "A request with this idempotency key is still running";
        import(&team, "k1", "", &row).refused(409, "IDEMPOTENCY_KEY_IN_FLIGHT", message);
        drop(held);
        let first = first.join().unwrap();
        assert_eq!(first.counts(), [1, 0, 0, 0]);
        replayed(&first, &import(&team, "k1", "", &row));
    });
}

#[test]
fn stored_responses_survive_a_restart() {
    let database = Database::new();
    let service = Service::start(BINARY, &database, Path::new(DATA_DIR));
    let team = Team::create(&database, &service);
    let (rows, body) = (json!([order("A1"), order("")]), json!({"name": "Assembly"}));
    let firsts = (import(&team, "k1", "", &rows), department(&team, "k1", &body));
    assert_eq!(service.terminate().code(), Some(0));
    let service = Service::start(BINARY, &database, Path::new(DATA_DIR));
    let team = team.at(&service);
    replayed(&firsts.0, &import(&team, "k1", "", &rows));
    replayed(&firsts.1, &department(&team, "k1", &body));
    assert_eq!(team.row_counts()[..2], [1, 1]);
}
