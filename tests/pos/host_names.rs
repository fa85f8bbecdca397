//! Host names that serve pos at their root (`docs/spec/common.md`, "Surfaces").

use std::path::Path;

use reqwest::Method;
use serde_json::json;
use testkit::{Database, Service, serving};

use crate::support::{BINARY, Caller, DATA_DIR, POS_ORDERS, Reply, Requests, Shop, Team};

/// Sends a request with this host name.
fn send_to_host(caller: &Caller, host: &str, method: Method, path: &str) -> Reply {
    Reply::to(caller.request(method, path).header("Host", host))
}

#[test]
fn a_till_needs_a_base_url_alone() {
    let shop = Shop::stocked();
    let port = shop.till.address.rsplit_once(':').unwrap().1;
    let host = format!("POS.localhost:{port}");
    let lines = json!({"orderItems": [{"productId": 1, "quantity": 1}]});
    let keyed =
        |path: &str| shop.till.request(Method::POST, path).header("Idempotency-Key", "k").json(&lines);
    let created = Reply::to(keyed("/api/orders").header("Host", &host));
    assert_eq!(created.created()["data"]["channel"], json!("pos"));
    let again = Reply::to(keyed(POS_ORDERS));
    assert_eq!(
        (again.header("idempotent-replayed"), &again.text),
        (Some("true"), &created.text),
        "one address"
    );
    let get = |path: &str| send_to_host(&shop.till, "pos.localhost", Method::GET, path);
    assert_eq!(get("/api/orders/1").ok(), shop.till.get(&format!("{POS_ORDERS}/1")).ok());
    assert_eq!(get("/api/orders?pageSize=5").ok()["data"]["pageSize"], json!(5));
    assert_eq!(get("/api/orders/status/Pending").ok()["data"]["totalCount"], json!(1));
    assert_eq!(get("/api/products/1/movements").ok()["data"]["totalCount"], json!(2));
    assert_eq!(get("/pos/api/orders/1").ok()["data"]["id"], json!(1));
    get("/api/orders/7").pos_refused(404, "Order not found");
    get("/api/orders/import").pos_refused(404, "Order not found");
    send_to_host(&shop.till, &host, Method::DELETE, "/api/products")
        .pos_refused(405, "This address does not take this method");
    let nobody = Caller { key: "nobody".into(), ..shop.till.clone() };
    let refused = send_to_host(&nobody, &host, Method::GET, "/api/orders");
    refused.shaped("/pos/api/orders", 401, "UNAUTHORIZED");
}

#[test]
fn other_routes_are_unchanged_on_the_hosts_of_pos() {
    let shop = Shop::stocked();
    let get = |path: &str| send_to_host(&shop.till, "pos.localhost", Method::GET, path);
    for path in ["/health/live", "/docs/", "/openapi/pos.json"] {
        assert_eq!(get(path).status, 200, "{path}");
    }
    let body = json!({"email": shop.team.email, "password": crate::support::PASSWORD});
    let logged_in =
        shop.till.request(Method::POST, "/api/auth/login").header("Host", "pos.localhost").json(&body);
    assert_eq!(Reply::to(logged_in).status, 200);
    assert_eq!(
        send_to_host(&shop.team, "pos.localhost", Method::GET, "/api/v1/orders").ok()["pagination"]["total"],
        json!(0)
    );
    get("/api/ordersx").oms_refused(404, "Route not found");
    for host in ["localhost", "xpos.localhost", "pos.localhost.example"] {
        let reply = send_to_host(&shop.till, host, Method::GET, "/api/orders");
        reply.oms_refused(403, "This is for people: log in, an API key is not enough");
        send_to_host(&shop.till, host, Method::GET, "/api/products").oms_refused(404, "Route not found");
    }
    let forwarded =
        shop.till.request(Method::GET, "/api/products").header("X-Forwarded-Host", "pos.localhost");
    Reply::to(forwarded).oms_refused(404, "Route not found");
}

#[test]
fn only_configured_hosts_serve_pos_at_their_root() {
    let database = Database::new();
    let mut command = serving(BINARY, &database, Path::new(DATA_DIR));
    command.env("POS_HOSTS", "till.example, shop.example:8080");
    let service = Service::spawn(command);
    let team = Team::create(&database, &service);
    for (host, status) in [
        ("till.example", 200),
        ("SHOP.example", 200),
        ("shop.example:1", 200),
        ("pos.localhost", 404),
        ("example", 404),
    ] {
        assert_eq!(send_to_host(&team, host, Method::GET, "/api/products").status, status, "{host}");
    }
}
