//! The `Idempotency-Key` of every creating POST, on every surface.

use std::collections::BTreeSet;
use std::path::Path;

use reqwest::Method;
use reqwest::blocking::RequestBuilder;
use reqwest::blocking::multipart::Form;
use serde_json::{Value, json};
use testkit::{Database, Service};

use crate::support::buying::{ASSIGNMENTS, Bought, assignments_of, mismatch, parcel, text, verification};
use crate::support::{
    BINARY, Caller, DATA_DIR, OMS_ORDERS, PASSWORD, PRODUCTS, Person, Reply, Requests, Team, document_form,
    documented, oms_order_example, order, path_of,
};

const KEY: &str = "the-same-everywhere";

/// POSTs that create nothing, or nothing twice: a cancelled or closed order stays so; an assignment is answered once; a
/// report of equipment is identified by its timestamp, an invoice by its `invoice_id` (`docs/spec/common.md`,
/// "Idempotency").
const NOT_CREATING: [&str; 9] = [
    "POST /api/gepard/order/process",
    "POST /api/orders/{orderId}/cancel",
    "POST /api/orders/{orderId}/close",
    "POST /api/assignments/{assignmentId}/confirm",
    "POST /api/auth/login",
    "POST /api/auth/logout",
    "POST /api/auth/password",
    "POST /api/auth/refresh",
    "POST /api/v1/equipment/status",
];

/// Creates one receipt of a dispatch and no other; `oms/dispatches.rs` repeats it.
const RECEIVING: &str = "POST /api/dispatches/{dispatchId}/receive";

/// A creating route, its table, and the number of rows that a request adds.
struct CreatingPost {
    route: &'static str,
    path: String,
    table: &'static str,
    adds: u32,
    faulty: Value,
}

/// A team with two ADMINs and two admin keys, and the routes to test.
struct CreatingPosts<'a> {
    team: Team<'a>,
    admins: [Person; 2],
    keys: [Caller; 2],
    department: String,
    collected: Value,
    buying: BuyingBodies,
    routes: Vec<CreatingPost>,
}

/// Bodies of the steps of buying in; where there are two, each can be done once.
struct BuyingBodies {
    assignment: Value,
    purchase_orders: [Value; 2],
    dispatch: Value,
    verifications: [Value; 2],
    order: Value,
    ticket: Value,
}

impl BuyingBodies {
    fn new(admin: &Person) -> Self {
        let vendor = admin.create_vendor();
        let bought = || Bought::new(admin, &vendor, &oms_order_example());
        let (first, verified) = (bought(), bought());
        let entry = |order: &Value| {
            let item = &order["items"][1]["id"];
            json!({"assignments": [{"orderItemId": item, "vendorId": vendor, "quantity": 5}]})
        };
        let purchase_orders = [(); 2].map(|()| {
            let order = admin.post(OMS_ORDERS, &oms_order_example()).created()["data"].take();
            let made = admin.post(&assignments_of(&order), &entry(&order)).created();
            let path = path_of(ASSIGNMENTS, &made["data"]["assignments"][0]);
            admin.post(&format!("{path}/confirm"), &json!({"confirmedQuantity": 5})).ok();
            json!({"orderId": order["id"], "vendorId": vendor})
        });
        let verifications = [(); 2].map(|()| {
            let grn = bought().received(admin);
            verification(&grn, &[mismatch(&grn["items"][0], 5, "SHORTAGE_REPORTED")])
        });
        Self {
            assignment: entry(&first.order),
            purchase_orders,
            dispatch: parcel(&first.purchase_order, &[1]),
            verifications,
            order: first.order,
            ticket: verified.verified(admin).1,
        }
    }
}

impl<'a> CreatingPosts<'a> {
    fn new(database: &'a Database, service: &Service) -> Self {
        let team = Team::create(database, service);
        let admins = [team.admin(), team.user(&["ADMIN"])];
        let keys = [team.caller.clone(), team.key("admin", "")];
        let department = team.create_department("Assembly");
        let named = team.key("read-only", "").key.split('_').nth(1).unwrap().to_owned();
        let operator = team.post("/api/v1/operators", &json!({"name": "Ann", "badge": "A-17"})).created();
        let operator = operator["id"].as_str().unwrap().to_owned();
        let activity = team.post("/api/v1/data-collection/activities", &json!({"name": "Torque"})).created();
        let (_, operation) =
            team.create_started_order("WO-1", &team.create_routing("Ordered", &[json!({})]), &operator);
        let collected = json!({
            "workOrderOperationId": operation, "dataCollectionActivityId": activity["id"], "operatorId": operator,
        });
        let sold = json!({"sku": "SKU-1", "name": "Tomatoes", "unitPrice": 1, "stockQuantity": 1000});
        team.post(PRODUCTS, &sold).created();
        let buying = BuyingBodies::new(&admins[0]);
        let (bought, ticket) = (text(&buying.order["id"]), text(&buying.ticket["id"]));
        let route = |route: &'static str, table, adds, faulty| {
            let path = route.strip_prefix("POST ").unwrap().replace("{apiKeyId}", &named);
            let path = path.replace("{operatorId}", &operator).replace("{productId}", "1");
            let path = path.replace("{orderId}", &bought).replace("{ticketId}", &ticket);
            CreatingPost { route, path, table, adds, faulty }
        };
        let routes = vec![
            route("POST /api/v1/departments", "departments", 1, json!({})),
            route("POST /api/v1/work-centres", "work_centres", 1, json!({})),
            route("POST /api/v1/pause-reasons", "pause_reasons", 1, json!({})),
            route("POST /api/v1/operators", "operators", 1, json!({})),
            route("POST /api/v1/operators/{operatorId}/clock", "operator_attendance", 1, json!({})),
            route("POST /api/v1/data-collection/activities", "data_collection_activities", 1, json!({})),
            route("POST /api/v1/routings", "routings", 1, json!({})),
            route("POST /api/v1/orders", "manufacturing_orders", 1, json!({})),
            route("POST /api/v1/data-collection", "data_collections", 1, json!({})),
            route("POST /api/v1/files/upload", "attachments", 1, json!({})),
            route("POST /api/v1/api-keys", "api_keys", 1, json!({})),
            route("POST /api/v1/api-keys/{apiKeyId}/rotate", "api_keys", 0, json!({"overlapHours": -1})),
            route("POST /api/orders/import", "order_imports", 1, json!({})),
            route("POST /api/users", "users", 1, json!({})),
            route("POST /api/vendors", "vendors", 1, json!({})),
            route("POST /api/orders", "sales_orders", 1, json!({})),
            route("POST /api/orders/{orderId}/assignments", "assignments", 1, json!({})),
            route("POST /api/purchase-orders", "purchase_orders", 1, json!({})),
            route("POST /api/dispatches", "dispatches", 1, json!({})),
            route("POST /api/grn/verify", "tickets", 1, json!({})),
            route("POST /api/grn/tickets/{ticketId}/comments", "ticket_comments", 1, json!({})),
            route("POST /api/grn/tickets/{ticketId}/attachments", "attachments", 1, json!({})),
            route("POST /pos/api/orders", "sales_orders", 1, json!({})),
            route("POST /pos/api/products", "products", 1, json!({})),
            route("POST /pos/api/products/{productId}/movements", "stock_movements", 1, json!({})),
        ];
        Self { team, admins, keys, department, collected, buying, routes }
    }

    /// A valid body for the route, different for each number.
    fn body(&self, route: &str, number: u32) -> Value {
        let name = format!("Name {number}");
        match route {
            "POST /api/v1/work-centres" => json!({"name": name, "departmentId": self.department}),
            "POST /api/v1/pause-reasons" => json!({"name": name, "category": "planned"}),
            "POST /api/v1/operators" => json!({"name": name, "badge": format!("B-{number}")}),
            "POST /api/v1/operators/{operatorId}/clock" => {
                json!({"event": if number == 1 { "in" } else { "out" }})
            }
            "POST /api/v1/orders" => {
                json!({"productIdentifier": name, "quantity": 1, "routingName": "Ordered"})
            }
            "POST /api/v1/data-collection" => {
                let mut body = self.collected.clone();
                body["collectedData"] = json!({"remark": name});
                body
            }
            "POST /api/v1/routings" => {
                let operation = json!({"operationName": name, "departmentId": self.department});
                json!({"name": name, "operations": [operation]})
            }
            "POST /api/v1/api-keys" => json!({"name": name, "permission": "read-only"}),
            "POST /api/v1/api-keys/{apiKeyId}/rotate" => json!({"overlapHours": number}),
            "POST /api/orders/import" => json!([order(&name)]),
            "POST /api/users" => {
                json!({"email": format!("name.{number}@keys.example"), "password": PASSWORD, "roles": ["OPS"]})
            }
            "POST /api/orders" => {
                let mut body = oms_order_example();
                body["notes"] = json!(name);
                body
            }
            "POST /api/orders/{orderId}/assignments" => {
                let mut body = self.buying.assignment.clone();
                body["assignments"][0]["quantity"] = json!(number);
                body
            }
            "POST /api/purchase-orders" => self.buying.purchase_orders[number as usize - 1].clone(),
            "POST /api/dispatches" => {
                let mut body = self.buying.dispatch.clone();
                body["items"][0]["dispatchedQuantity"] = json!(number);
                body
            }
            "POST /api/grn/verify" => self.buying.verifications[number as usize - 1].clone(),
            "POST /api/grn/tickets/{ticketId}/comments" => json!({"content": name}),
            "POST /pos/api/orders" => {
                json!({"notes": name, "orderItems": [{"productId": 1, "quantity": 1}]})
            }
            "POST /pos/api/products" => json!({"sku": name, "name": name, "unitPrice": 1}),
            "POST /pos/api/products/{productId}/movements" => json!({"quantity": number}),
            "POST /api/vendors" => json!({"code": format!("V{number}"), "name": name}),
            _ => json!({"name": name}),
        }
    }

    /// A request of the first or second caller: a key where keys are allowed, else an ADMIN.
    fn request(&self, creating: &CreatingPost, caller: usize, query: &str) -> RequestBuilder {
        let path = format!("{}{query}", creating.path);
        if ["/api/v1", "/api/orders/import", "/pos"].iter().any(|base| creating.path.starts_with(base)) {
            self.keys[caller].request(Method::POST, &path)
        } else {
            self.admins[caller].request(Method::POST, &path)
        }
    }

    fn send(&self, creating: &CreatingPost, caller: usize, key: &str, body: &Value) -> Reply {
        self.send_to(creating, caller, "", key, body)
    }

    fn send_to(&self, creating: &CreatingPost, caller: usize, query: &str, key: &str, body: &Value) -> Reply {
        let request = self.request(creating, caller, query).header("Idempotency-Key", key);
        Reply::to(match (creating.table, body["name"].as_str()) {
            ("attachments", Some(name)) => request.multipart(document_form(name)),
            ("attachments", None) => request.multipart(Form::new().text("attachmentType", "photo")),
            _ => request.json(body),
        })
    }

    /// The same, calling another server.
    fn at(mut self, service: &Service) -> Self {
        let address = service.address();
        self.admins = self.admins.map(|admin| admin.at(address));
        self.keys = self.keys.map(|key| Caller { address: address.to_owned(), ..key });
        self.team = self.team.at(service);
        self
    }
}

fn start(database: &Database) -> Service {
    let mut command = testkit::serving(BINARY, database, Path::new(DATA_DIR));
    command.env("RATE_LIMITS", "off");
    Service::spawn(command)
}

/// Checks for a replayed response: byte for byte the first one, except a secret, which is not stored.
#[track_caller]
fn replayed(first: &Reply, again: &Reply) {
    let stored = match serde_json::from_str::<Value>(&first.text) {
        Ok(body) if body["key"].is_string() => {
            first.text.replacen(&format!("\"{}\"", body["key"].as_str().unwrap()), "null", 1)
        }
        _ => first.text.clone(),
    };
    assert_eq!(first.header("idempotent-replayed"), None, "{first:?}");
    assert_eq!(again.header("idempotent-replayed"), Some("true"), "{again:?}");
    assert_eq!((again.status, &again.text), (first.status, &stored));
    assert_eq!(again.header("content-type"), first.header("content-type"));
}

#[track_caller]
fn reused(creating: &CreatingPost, reply: &Reply) {
    let message = reply.shaped(&creating.path, 422, "IDEMPOTENCY_KEY_REUSED");
    assert_eq!(message, "This idempotency key was used for a request with other content");
}

#[test]
fn every_creating_post_is_done_once_for_a_caller_and_key_even_after_a_restart() {
    let database = Database::new();
    let service = start(&database);
    let world = CreatingPosts::new(&database, &service);
    let mut firsts = Vec::new();
    for creating in &world.routes {
        let count = || world.team.count(creating.table);
        let (body, other) = (world.body(creating.route, 1), world.body(creating.route, 2));
        let before = count();
        let first = world.send(creating, 0, KEY, &body);
        assert!(matches!(first.status, 200 | 201), "{} {first:?}", creating.route);
        assert_eq!(count(), before + creating.adds, "{}", creating.route);

        let state = world.team.state();
        replayed(&first, &world.send(creating, 0, KEY, &body));
        reused(creating, &world.send(creating, 0, KEY, &other));
        reused(creating, &world.send_to(creating, 0, "?_=1", KEY, &body));
        let refused = world.send(creating, 0, "faulty", &creating.faulty);
        assert_eq!(refused.status, 422, "{refused:?}");
        replayed(&refused, &world.send(creating, 0, "faulty", &creating.faulty));
        reused(creating, &world.send(creating, 0, "faulty", &body));
        assert_eq!(world.team.state(), state, "{}", creating.route);

        let second = world.send(creating, 1, KEY, &other);
        assert_eq!((second.status, second.header("idempotent-replayed")), (first.status, None));
        assert_eq!(
            count(),
            before + 2 * creating.adds,
            "{}: the second caller's key is its own",
            creating.route
        );
        replayed(&second, &world.send(creating, 1, KEY, &other));
        replayed(&first, &world.send(creating, 0, KEY, &body));
        firsts.push((first, second, refused));
    }
    let state = world.team.state();
    assert_eq!(service.terminate().code(), Some(0));
    let service = start(&database);
    let world = world.at(&service);
    for (creating, (first, second, refused)) in world.routes.iter().zip(&firsts) {
        let (body, other) = (world.body(creating.route, 1), world.body(creating.route, 2));
        replayed(first, &world.send(creating, 0, KEY, &body));
        replayed(second, &world.send(creating, 1, KEY, &other));
        replayed(refused, &world.send(creating, 0, "faulty", &creating.faulty));
        reused(creating, &world.send(creating, 0, KEY, &other));
    }
    assert_eq!(world.team.state(), state);
}

#[test]
fn an_invalid_key_is_refused_before_anything_is_done() {
    let (database, key) = (Database::new(), "k".repeat(256));
    let service = start(&database);
    let world = CreatingPosts::new(&database, &service);
    let state = world.team.state();
    for creating in &world.routes {
        for key in ["", "two words", "\u{fc}", &key] {
            let reply = world.send(creating, 0, key, &world.body(creating.route, 1));
            reply.shaped(&creating.path, 422, "VALIDATION_ERROR");
            assert!(reply.text.contains("must have 1 to 255 visible ASCII characters"), "{key} {reply:?}");
        }
    }
    assert_eq!(world.team.state(), state);
    for creating in &world.routes {
        let reply = world.send(creating, 0, &key[1..], &world.body(creating.route, 1));
        assert!(matches!(reply.status, 200 | 201), "{reply:?}");
    }
}

#[test]
fn every_documented_post_takes_a_key_or_is_known_to_create_nothing() {
    let database = Database::new();
    let service = start(&database);
    let world = CreatingPosts::new(&database, &service);
    let documented = documented();
    let posts: BTreeSet<_> =
        documented.keys().filter(|route| route.starts_with("POST ")).map(String::as_str).collect();
    let creating = world.routes.iter().map(|creating| creating.route);
    assert_eq!(creating.clone().chain(NOT_CREATING).chain([RECEIVING]).collect::<BTreeSet<_>>(), posts);
    for route in creating {
        let parameters = documented[route]["parameters"].to_string();
        assert!(parameters.contains("Idempotency-Key"), "{route} documents its header");
    }
}
