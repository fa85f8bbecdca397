//! Unknown addresses, unsupported methods, and request ids.

use reqwest::Method;
use serde_json::json;

use crate::support::{Reply, Requests, client, order, shared_server, team};

#[test]
fn an_unknown_address_is_answered_in_the_format_of_its_surface() {
    let team = team();
    for method in [Method::GET, Method::POST, Method::DELETE] {
        for path in [
            "/",
            "/nowhere",
            "/api",
            "/health",
            "/docsx",
            "/openapi/none.json",
            "/position",
            "/api/gepards",
            "/api/accounting",
        ] {
            Reply::to(team.request(method.clone(), path)).oms_refused(404, "Route not found");
        }
        for path in ["/pos", "/pos/", "/pos/api", "/pos/api/orders/1/x", "/pos/nowhere"] {
            Reply::to(team.request(method.clone(), path)).pos_refused(404, "Route not found");
        }
        for path in ["/api/orders/import/x", "/api/orders/imports/x/y"] {
            Reply::to(team.request(method.clone(), path)).refused(404, "NOT_FOUND", "Route not found");
        }
        for path in [
            "/api/gepard",
            "/api/gepard/",
            "/api/gepard/order",
            "/api/gepard/invoices",
            "/api/gepard/nowhere",
        ] {
            Reply::to(team.request(method.clone(), path)).gepard_refused(404, "NOT_FOUND", "Route not found");
        }
        for path in ["/api/v1", "/api/v1/", "/api/v1/nowhere", "/api/v1/departments/x/y"] {
            Reply::to(team.request(method.clone(), path)).mes_refused(
                404,
                "NOT_FOUND",
                "Route not found",
                json!({}),
            );
        }
    }
}

#[test]
fn a_slash_too_many_at_the_end_is_named() {
    let team = team();
    let message = "Route not found; leave out the slash at its end";
    team.get("/pos/api/orders/").pos_refused(404, message);
    team.get("/api/orders/import/").refused(404, "NOT_FOUND", message);
    team.get("/api/orders/imports/x/errors.csv/").refused(404, "NOT_FOUND", message);
    team.get("/api/gepard/order/process/").gepard_refused(404, "NOT_FOUND", message);
    team.get("/api/v1/departments/").mes_refused(404, "NOT_FOUND", message, json!({}));
    team.get("/api/vendors//").oms_refused(404, message);
}

#[test]
fn a_byte_order_mark_is_passed_over_and_an_empty_body_is_told_to_be_empty() {
    let team = team();
    let post = |body: &'static [u8]| {
        let request =
            team.request(Method::POST, "/api/v1/departments").header("Content-Type", "application/json");
        Reply::to(request.body(body))
    };
    assert_eq!(post(b"\xef\xbb\xbf{\"name\": \"Milling\"}").created()["name"], json!("Milling"));
    post(b"").mes_refused(400, "INVALID_JSON", "The body is empty; send a JSON object", json!({}));
    let message = "The body is not valid JSON: it is UTF-16; send it as UTF-8";
    post(b"\xff\xfe{\0}\0").mes_refused(400, "INVALID_JSON", message, json!({}));
}

#[test]
fn an_unknown_address_needs_no_key() {
    let reply = Reply::to(client().get(format!("{}/api/v1/nowhere", shared_server().service.address())));
    reply.mes_refused(404, "NOT_FOUND", "Route not found", json!({}));
}

#[test]
fn an_unsupported_method_is_refused_with_the_supported_ones() {
    let team = team();
    let message = "This address does not take this method";
    let id = "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e11";
    for (path, taken) in [
        ("/api/orders/import".to_owned(), "POST, OPTIONS"),
        ("/api/orders/imports".to_owned(), "GET, HEAD, OPTIONS"),
        (format!("/api/orders/imports/{id}"), "GET, HEAD, OPTIONS"),
        (format!("/api/orders/imports/{id}/errors.csv"), "GET, HEAD, OPTIONS"),
    ] {
        let reply = Reply::to(team.request(Method::DELETE, &path));
        reply.refused(405, "METHOD_NOT_ALLOWED", message);
        assert_eq!(reply.header("allow"), Some(taken), "{path}");
    }
    for (path, taken) in [
        ("/api/v1/departments".to_owned(), "GET, POST, HEAD, OPTIONS"),
        (format!("/api/v1/work-centres/{id}"), "GET, PATCH, HEAD, OPTIONS"),
        ("/api/v1/routings".to_owned(), "GET, POST, HEAD, OPTIONS"),
    ] {
        let reply = Reply::to(team.request(Method::PUT, &path));
        reply.mes_refused(405, "METHOD_NOT_ALLOWED", message, json!({}));
        assert_eq!(reply.header("allow"), Some(taken), "{path}");
    }
    for (path, taken) in
        [("/api/gepard/order/process", "POST, OPTIONS"), ("/api/gepard/invoices/x", "GET, HEAD, OPTIONS")]
    {
        let reply = Reply::to(team.request(Method::PUT, path));
        reply.gepard_refused(405, "METHOD_NOT_ALLOWED", message);
        assert_eq!(reply.header("allow"), Some(taken), "{path}");
    }
    for (path, taken) in [
        ("/api/orders", "GET, POST, HEAD, OPTIONS"),
        ("/api/orders/x", "GET, HEAD, OPTIONS"),
        ("/api/orders/x/cancel", "POST, OPTIONS"),
        ("/api/accounting/connection", "GET, PUT, HEAD, OPTIONS"),
        ("/api/accounting/exchanges", "GET, HEAD, OPTIONS"),
        ("/api/accounting/exchanges/x", "GET, HEAD, OPTIONS"),
    ] {
        let reply = Reply::to(team.request(Method::DELETE, path));
        reply.oms_refused(405, message);
        assert_eq!(reply.header("allow"), Some(taken), "{path}");
    }
    let reply = Reply::to(team.request(Method::POST, "/health/live"));
    reply.oms_refused(405, message);
    assert_eq!(reply.header("allow"), Some("GET, HEAD, OPTIONS"));
}

#[test]
fn a_query_with_a_broken_encoding_is_refused() {
    let team = team();
    for query in ["mode=%ff", "mode=%ZZ", "mode=%", "%zz=1"] {
        let message = format!("The query can't be read: check the percent-encoding of `{query}`");
        team.import(&format!("?{query}"), &json!([])).refused(400, "INVALID_QUERY", &message);
        let reply = team.get(&format!("/api/v1/departments?{query}"));
        reply.mes_refused(400, "INVALID_QUERY", &message, json!({}));
    }
    assert_eq!(team.count("order_imports"), 0);
}

#[test]
fn a_query_parameter_that_is_empty_or_repeated_is_refused_and_those_of_browsers_are_passed_over() {
    let team = team();
    let reply =
        team.get("/api/v1/departments?limit=5&limit=6&offset=&activeonly=true&_=1733000000&utm_source=mail");
    let errors = json!([
        {"field": "limit", "code": "INVALID_VALUE", "message": "must be given once"},
        {"field": "offset", "code": "INVALID_VALUE", "message": "must not be empty; leave it out"},
        {"field": "activeonly", "code": "INVALID_VALUE", "message": "is unknown; did you mean `activeOnly`?"},
    ]);
    assert_eq!((reply.status, &reply.json()["error"]["details"]["errors"]), (422, &errors));
    assert_eq!(team.get("/api/v1/departments?limit=5&_=1733000000&utm_source=mail").status, 200);
    let page = team.get("/health/live?probe=7");
    assert_eq!(page.status, 200, "what is not part of an API takes any");
}

#[test]
fn a_malformed_id_is_not_found_like_an_unknown_one() {
    let team = team();
    for id in [
        "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e11",
        "7",
        "x".repeat(5_000).as_str(),
        "%F0%9F%98%80",
        "%ff",
        "null",
    ] {
        for (resource, message) in [
            ("departments", ["There is no such department", "Department not found"]),
            (
                "data-collection/activities",
                ["There is no such data collection activity", "Data collection activity not found"],
            ),
            ("operators", ["There is no such operator", "Operator not found"]),
            ("pause-reasons", ["There is no such pause reason", "Pause reason not found"]),
            ("routings", ["There is no such routing", "Routing not found"]),
            ("work-centres", ["There is no such work centre", "Work centre not found"]),
        ] {
            let path = format!("/api/v1/{resource}/{id}");
            for reply in [team.get(&path), team.patch(&path, &json!({"name": "x", "isActive": true}))] {
                let actual = reply.json()["error"]["message"].as_str().unwrap().to_owned();
                assert!(message.contains(&&*actual), "{actual}");
                reply.mes_refused(404, "NOT_FOUND", &actual, json!({}));
            }
        }
    }
}

#[test]
fn a_caller_s_request_id_is_echoed_if_it_is_plain_and_replaced_if_not() {
    let team = team();
    let with =
        |id: &str| Reply::to(team.import_request("").header("X-Request-Id", id).json(&json!([order("A1")])));
    for id in ["erp-7_1.2", &*"x".repeat(64)] {
        assert_eq!(with(id).header("x-request-id"), Some(id));
    }
    for id in ["", "two words", &*"x".repeat(65), "<script>", "a;b", "\u{e9}"] {
        let reply = with(id);
        let given = reply.header("x-request-id").unwrap();
        assert!(given.len() == 36 && given.starts_with("req_"), "{given}");
    }
    let request = team.request(Method::GET, "/api/v1/departments/x").header("X-Request-Id", "erp-8");
    assert_eq!(Reply::to(request).json()["error"]["requestId"], json!("erp-8"));
    let stored = team.database.scalar(&format!(
        "SELECT string_agg(request_id, ' ' ORDER BY created_at) FROM order_imports WHERE team_id = '{}'",
        team.id
    ));
    assert!(stored.starts_with("erp-7_1.2 "), "{stored}");
}
