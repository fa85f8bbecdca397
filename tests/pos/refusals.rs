//! Refusals in pos: each status in the format of the surface (`docs/spec/common.md`, "Errors"), and nothing stored.

use std::path::Path;

use reqwest::Method;
use serde_json::{Value, json};
use testkit::{Database, Service, serving};

use crate::support::{
    BINARY, Caller, DATA_DIR, POS_ORDERS, PRODUCTS, Reply, Requests, Shop, Team, client, documented, path_of,
};

/// The routes of pos with unknown ids, and whether they take a body.
fn routes() -> Vec<(Method, String, bool)> {
    let of_pos = documented().into_iter().filter_map(|(route, operation)| {
        let (method, path) = route.split_once(' ')?;
        let path = path.strip_prefix("/pos/")?;
        let path = path.split('/').map(|step| match step {
            "{status}" => "Completed",
            step if step.starts_with('{') => "999",
            step => step,
        });
        let path = format!("/pos/{}", path.collect::<Vec<_>>().join("/"));
        Some((method.parse().unwrap(), path, operation.get("requestBody").is_some()))
    });
    let routes: Vec<_> = of_pos.collect();
    assert_eq!(routes.len(), 13, "{routes:?}");
    routes
}

fn sent(caller: &Caller, method: &Method, path: &str, content_type: &str, body: impl Into<String>) -> Reply {
    let request = caller.request(method.clone(), path).header("Content-Type", content_type);
    Reply::to(request.body(body.into()))
}

#[test]
fn a_body_that_can_not_be_read_is_refused_by_every_route_that_takes_one() {
    let shop = Shop::stocked();
    let before = shop.team.state();
    let mut tried = 0;
    for (method, path, _) in routes().into_iter().filter(|(_, _, takes_body)| *takes_body) {
        for body in
            ["{", "[]", "7", "{\"quantity\": 1, \"quantity\": 2}", "\u{0}", "", "{\"quantity\": 1e400}"]
        {
            sent(&shop.till, &method, &path, "application/json", body).shaped(&path, 400, "INVALID_JSON");
        }
        let typed = sent(&shop.till, &method, &path, "text/csv", "{}");
        typed.pos_refused(415, "Send the body as application/json");
        let large = format!("{{\"notes\": \"{}\"}}", "x".repeat(2 << 20));
        sent(&shop.till, &method, &path, "application/json", large).shaped(&path, 413, "PAYLOAD_TOO_LARGE");
        tried += 1;
    }
    assert_eq!((tried, shop.team.state()), (5, before));
}

#[test]
fn credentials_are_a_key_with_the_scope_or_a_user_s_token() {
    let shop = Shop::stocked();
    let before = shop.team.state();
    let url = |path: &str| format!("{}{path}", shop.till.address);
    let bearer = client().get(url(PRODUCTS)).bearer_auth(&shop.till.key);
    assert_eq!(Reply::to(bearer).status, 200, "a key may come as Bearer");
    assert_eq!(shop.team.get(PRODUCTS).status, 200, "admin holds every scope");
    assert_eq!(shop.admin.get(PRODUCTS).status, 200);
    let vendor = shop.team.user(&["VENDOR"]);
    for (method, path, _) in routes() {
        let nobody = Reply::to(client().request(method.clone(), url(&path)));
        let message = nobody.shaped(&path, 401, "UNAUTHORIZED");
        assert_eq!(message, "An API key or access token is needed: x-api-key or Authorization: Bearer");
        let odd = client().request(method.clone(), url(&path)).header("x-api-key", "nonsense");
        let message = Reply::to(odd).shaped(&path, 401, "UNAUTHORIZED");
        assert_eq!(message, "The API key or access token is not valid");
        let writer = shop.team.key("read-write", "orders:import");
        Reply::to(writer.request(method.clone(), &path)).pos_refused(403, "This needs the scope pos");
        Reply::to(vendor.request(method.clone(), &path)).pos_refused(403, "Your role does not allow this");
    }
    let accounts = shop.team.user(&["ACCOUNTS"]);
    for (method, path, _) in routes() {
        let reply = Reply::to(accounts.request(method.clone(), &path));
        match method {
            Method::GET => assert!(matches!(reply.status, 200 | 404), "{reply:?}"),
            _ => reply.pos_refused(403, "Your role does not allow this"),
        }
    }
    let sales = |state: &str| {
        let stored = ["products ", "sales_", "stock_"];
        state
            .lines()
            .filter(|line| stored.iter().any(|kind| line.starts_with(kind)))
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(sales(&shop.team.state()), sales(&before));
}

#[test]
fn unknown_resources_get_404_and_unsupported_methods_405() {
    let shop = Shop::stocked();
    shop.sell(1, 1);
    let before = shop.team.state();
    let taken = |path: &str| {
        let reply = Reply::to(shop.till.request(Method::PUT, path));
        reply.pos_refused(405, "This address does not take this method");
        let mut methods: Vec<_> = reply.header("allow").unwrap().split(", ").map(str::to_owned).collect();
        methods.sort();
        methods.join(" ")
    };
    assert_eq!(taken(POS_ORDERS), "GET HEAD OPTIONS POST");
    assert_eq!(taken(&format!("{POS_ORDERS}/1")), "DELETE GET HEAD OPTIONS PATCH");
    assert_eq!(taken(&format!("{POS_ORDERS}/status/Pending")), "GET HEAD OPTIONS");
    assert_eq!(taken(&format!("{PRODUCTS}/1/movements")), "GET HEAD OPTIONS POST");
    for path in
        ["/pos", "/pos/", "/pos/api", "/pos/api/orders/1/x", "/pos/api/customers", "/pos/api/v1/orders"]
    {
        shop.till.get(path).pos_refused(404, "Route not found");
    }
    for id in [
        "2",
        "0",
        "-1",
        "+1",
        "01",
        "1.0",
        "x",
        "status",
        "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e11",
        "%F0%9F%98%80",
        "%ff",
        "9223372036854775808",
    ] {
        let path = format!("{POS_ORDERS}/{id}");
        shop.till.get(&path).pos_refused(404, "Order not found");
        shop.till.patch(&path, &json!({"notes": "x"})).pos_refused(404, "Order not found");
        shop.till.delete(&path).pos_refused(404, "Order not found");
    }
    shop.till.get(&format!("{POS_ORDERS}/customer/somebody")).pos_refused(404, "Customer not found");
    assert_eq!(shop.team.state(), before);
}

#[test]
fn bad_input_is_refused_with_every_fault_and_nothing_is_stored() {
    let shop = Shop::stocked();
    let order = shop.sell(1, 1);
    let before = shop.team.state();
    let line = |product: Value, quantity: Value| json!({"orderItems": [{"productId": product, "quantity": quantity}]});
    let known = |quantity: Value| line(json!(1), quantity);
    let unknown =
        |product: i64| format!("Product {product} is not in the catalogue; send the id of one that is");
    let digits = "Quantity must be a decimal number";
    for (body, errors) in [
        (json!({}), json!({"orderItems": ["Order items is required"]})),
        (json!({"orderItems": {}}), json!({"orderItems": ["Order items must be a list"]})),
        (
            json!({"orderItems": []}),
            json!({"orderItems": ["Order items must have 1 to 500 entries, this has 0"]}),
        ),
        (json!({"orderItems": [7]}), json!({"orderItems.0": ["must be an object"]})),
        (
            json!({"orderItems": [{}]}),
            json!({"orderItems.0.productId": ["Product id is required"], "orderItems.0.quantity": ["Quantity is required"]}),
        ),
        (known(json!(0)), json!({"orderItems.0.quantity": ["Quantity must be greater than 0"]})),
        (known(json!(-1)), json!({"orderItems.0.quantity": ["Quantity must be greater than 0"]})),
        (known(json!(1e300)), json!({"orderItems.0.quantity": [digits]})),
        (known(json!("two")), json!({"orderItems.0.quantity": [digits]})),
        (known(json!(0.0005)), json!({"orderItems.0.quantity": ["Quantity may have at most 3 decimals"]})),
        (line(json!(0), json!(1)), json!({"orderItems.0.productId": ["Product id must be greater than 0"]})),
        (
            line(json!("one"), json!(1)),
            json!({"orderItems.0.productId": ["Product id must be a whole number"]}),
        ),
        (line(json!(4), json!(1)), json!({"orderItems.0.productId": [unknown(4)]})),
        (
            json!({"customerId": "x", "customerEmail": "x", "notes": "\u{0}", "orderItems": [
                {"productId": 1, "quantity": 0}, {"productId": 1.5, "quantity": 1, "notes": 7},
            ]}),
            json!({
                "customerId": ["Customer id must be a whole number"],
                "customerEmail": ["Customer email must be of the form name@example.com"],
                "notes": ["Notes holds the character U+0000 at position 1, which is not allowed"],
                "orderItems.0.quantity": ["Quantity must be greater than 0"],
                "orderItems.1.productId": ["Product id must be a whole number"],
                "orderItems.1.notes": ["Notes must be text"],
            }),
        ),
        (
            json!({"orderItems": [{"productId": 1, "quantity": 1}, {"productId": 8, "quantity": 1}, {"productId": 9, "quantity": 1}]}),
            json!({"orderItems.1.productId": [unknown(8)], "orderItems.2.productId": [unknown(9)]}),
        ),
    ] {
        shop.till.post(POS_ORDERS, &body).pos_invalid(errors);
    }
    let many = json!({"orderItems": vec![json!({"productId": 1, "quantity": 0.001}); 501]});
    let errors = json!({"orderItems": ["Order items must have 1 to 500 entries, this has 501"]});
    shop.till.post(POS_ORDERS, &many).pos_invalid(errors);
    let statuses = "is unknown; it is one of Pending, Processing, Completed, Cancelled";
    let nothing = "must have orderStatus, paymentStatus, paymentMethod, notes or a customer's field";
    for (body, errors) in [
        (
            json!({"orderStatus": "RECEIVED"}),
            json!({"orderStatus": [format!("Order status `RECEIVED` {statuses}")]}),
        ),
        (
            json!({"orderStatus": 1, "paymentStatus": "paid", "customerName": "", "paymentMethod": []}),
            json!({
                "orderStatus": ["Order status must be text"],
                "paymentStatus": ["Payment status `paid` is unknown; it is one of Pending, PartiallyPaid, Paid, Failed, Refunded"],
                "customerName": ["Customer name must not be empty"], "paymentMethod": ["Payment method must be text"],
            }),
        ),
        (json!({}), json!({"body": [nothing]})),
        (json!({"totalAmount": 1}), json!({"body": [nothing]})),
    ] {
        shop.till.patch(&path_of(POS_ORDERS, &order), &body).pos_invalid(errors);
    }
    assert_eq!(shop.team.state(), before);
    let most = json!({"orderItems": many["orderItems"].as_array().unwrap()[1..]});
    assert_eq!(shop.place(most)["orderItems"].as_array().unwrap().len(), 500);
    assert_eq!(shop.stock(1), json!(98.5));
}

#[test]
fn tills_may_send_600_requests_a_minute_and_users_as_many_as_elsewhere() {
    let database = Database::new();
    let service = Service::spawn(serving(BINARY, &database, Path::new(DATA_DIR)));
    let team = Team::create(&database, &service);
    let policy = |reply: &Reply| reply.header("ratelimit-policy").unwrap().to_owned();
    assert_eq!(policy(&team.get(PRODUCTS)), "\"pos\";q=600;w=60");
    assert_eq!(policy(&team.admin().get(PRODUCTS)), "\"standard\";q=100;w=60");
    for _ in 0..599 {
        assert_eq!(team.get(PRODUCTS).status, 200);
    }
    let refused = team.get(PRODUCTS);
    let message = refused.shaped(PRODUCTS, 429, "RATE_LIMIT_EXCEEDED");
    assert!(message.starts_with("Rate limit exceeded: at most 600 requests in 60 s"), "{message}");
    assert!(refused.header("retry-after").unwrap().parse::<u32>().unwrap() <= 60);
}
