//! Permissions: every route with every kind of caller.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};

use reqwest::Method;
use reqwest::blocking::RequestBuilder;
use serde_json::{Value, json};

use crate::support::buying::{
    ASSIGNMENTS, Bought, PURCHASE_ORDERS, TICKETS, VERIFY, assignments_of, receive_path, text, verification,
};
use crate::support::gepard::{CONNECTION, EXCHANGES, PROCESS, connection, id, invoice};
use crate::support::{
    Caller, OMS_ORDERS, PASSWORD, POS_ORDERS, PRODUCTS, Person, Reply, Requests, Team, client, document_form,
    documented, oms_order_example, order, path_of, team,
};

/// The columns of [`TABLE`]: five roles, three presets of keys, and no credentials.
const CALLERS: [&str; 9] =
    ["ADMIN", "VENDOR", "ACCOUNTS", "OPS", "OPERATOR", "read-only", "read-write", "admin", "nobody"];

/// The routes, the status of a permitted request, and for each caller whether it is permitted (`+`), forbidden
/// (`-`: 403), unauthenticated (`0`: 401) or tested elsewhere (`?`); see `docs/spec/oms.md`, "Roles", and
/// `docs/spec/common.md`, "Scopes".
#[rustfmt::skip]
const TABLE: &[(&str, u16, &str)] = &[
    //                                                    ADMIN VENDOR ACCOUNTS OPS OPERATOR | ro rw admin | nobody
    ("GET /api/v1/departments",                          200, "+ - + + +  + + +  0"),
    ("POST /api/v1/departments",                         201, "+ - - + -  - + +  0"),
    ("GET /api/v1/departments/{departmentId}",           200, "+ - + + +  + + +  0"),
    ("PATCH /api/v1/departments/{departmentId}",         200, "+ - - + -  - + +  0"),
    ("GET /api/v1/work-centres",                         200, "+ - + + +  + + +  0"),
    ("POST /api/v1/work-centres",                        201, "+ - - + -  - + +  0"),
    ("GET /api/v1/work-centres/{workCentreId}",          200, "+ - + + +  + + +  0"),
    ("PATCH /api/v1/work-centres/{workCentreId}",        200, "+ - - + -  - + +  0"),
    ("GET /api/v1/pause-reasons",                        200, "+ - + + +  + + +  0"),
    ("POST /api/v1/pause-reasons",                       201, "+ - - + -  - + +  0"),
    ("GET /api/v1/pause-reasons/{pauseReasonId}",        200, "+ - + + +  + + +  0"),
    ("PATCH /api/v1/pause-reasons/{pauseReasonId}",      200, "+ - - + -  - + +  0"),
    ("GET /api/v1/operators",                            200, "+ - + + +  + + +  0"),
    ("POST /api/v1/operators",                           201, "+ - - + -  - + +  0"),
    ("GET /api/v1/operators/{operatorId}",               200, "+ - + + +  + + +  0"),
    ("PATCH /api/v1/operators/{operatorId}",             200, "+ - - + -  - + +  0"),
    ("POST /api/v1/operators/{operatorId}/clock",        200, "+ - - + +  - + +  0"),
    ("GET /api/v1/operators/{operatorId}/attendance",    200, "+ - + + +  + + +  0"),
    ("GET /api/v1/data-collection/activities",           200, "+ - + + +  + + +  0"),
    ("POST /api/v1/data-collection/activities",          201, "+ - - + -  - + +  0"),
    ("GET /api/v1/data-collection/activities/{activityId}", 200, "+ - + + +  + + +  0"),
    ("PATCH /api/v1/data-collection/activities/{activityId}", 200, "+ - - + -  - + +  0"),
    ("GET /api/v1/routings",                             200, "+ - + + +  + + +  0"),
    ("POST /api/v1/routings",                            201, "+ - - + -  - + +  0"),
    ("GET /api/v1/routings/{routingId}",                 200, "+ - + + +  + + +  0"),
    ("PUT /api/v1/routings/{routingId}",                 200, "+ - - + -  - + +  0"),
    ("PATCH /api/v1/routings/{routingId}",               200, "+ - - + -  - + +  0"),
    ("POST /api/v1/equipment/status",                    200, "+ - - + +  - + +  0"),
    ("GET /api/v1/equipment",                            200, "+ - + + +  + + +  0"),
    ("GET /api/v1/equipment/{equipmentId}",              200, "+ - + + +  + + +  0"),
    ("GET /api/v1/equipment/{equipmentId}/samples",      200, "+ - + + +  + + +  0"),
    ("GET /api/v1/equipment/{equipmentId}/alarms",       200, "+ - + + +  + + +  0"),
    ("GET /api/v1/orders",                               200, "+ - + + +  + + +  0"),
    ("POST /api/v1/orders",                              201, "+ - - + -  - + +  0"),
    ("GET /api/v1/orders/{orderId}",                     200, "+ - + + +  + + +  0"),
    ("PATCH /api/v1/orders/{orderId}",                   200, "+ - - + -  - + +  0"),
    ("GET /api/v1/work-order-operations",                200, "+ - + + +  + + +  0"),
    ("GET /api/v1/work-order-operations/{wooId}",        200, "+ - + + +  + + +  0"),
    ("PATCH /api/v1/work-order-operations/{wooId}",      200, "+ - - + +  - + +  0"),
    ("GET /api/v1/data-collection",                      200, "+ - + + +  + + +  0"),
    ("POST /api/v1/data-collection",                     201, "+ - - + +  - + +  0"),
    ("GET /api/v1/files",                                200, "+ - + + +  + + +  0"),
    ("POST /api/v1/files/upload",                        201, "+ - - + +  - + +  0"),
    ("GET /api/v1/files/{fileId}",                       200, "+ - + + +  + + +  0"),
    ("GET /api/v1/files/download/{fileId}",              200, "+ - + + +  + + +  0"),
    ("DELETE /api/v1/files/{fileId}",                    200, "+ - - + -  - + +  0"),
    ("GET /api/v1/api-keys",                             200, "+ - - - -  - - +  0"),
    ("POST /api/v1/api-keys",                            201, "+ - - - -  - - +  0"),
    ("GET /api/v1/api-keys/{apiKeyId}",                  200, "+ - - - -  - - +  0"),
    ("POST /api/v1/api-keys/{apiKeyId}/rotate",          200, "+ - - - -  - - +  0"),
    ("DELETE /api/v1/api-keys/{apiKeyId}",               200, "+ - - - -  - - +  0"),
    ("POST /api/orders/import",                          200, "+ - - + -  - - +  0"),
    ("GET /api/orders/imports",                          200, "+ - - + -  - - +  0"),
    ("GET /api/orders/imports/{import_id}",              200, "+ - - + -  - - +  0"),
    ("GET /api/orders/imports/{import_id}/errors.csv",   200, "+ - - + -  - - +  0"),
    ("POST /api/gepard/order/process",                   200, "- - - - -  - - +  0"),
    ("GET /api/gepard/invoices/{invoice_id}",            200, "+ - + - -  - - +  0"),
    ("GET /api/accounting/connection",                   200, "+ - - - -  - - -  0"),
    ("PUT /api/accounting/connection",                   200, "+ - - - -  - - -  0"),
    ("GET /api/accounting/exchanges",                    200, "+ - - - -  - - -  0"),
    ("GET /api/accounting/exchanges/{exchangeId}",       200, "+ - - - -  - - -  0"),
    ("GET /api/orders",                                  200, "+ + + + -  - - -  0"),
    ("POST /api/orders",                                 201, "+ - - - -  - - -  0"),
    ("GET /api/orders/{orderId}",                        200, "+ + + + -  - - -  0"),
    ("POST /api/orders/{orderId}/cancel",                200, "+ - - - -  - - -  0"),
    ("POST /api/orders/{orderId}/close",                 200, "+ - - - -  - - -  0"),
    ("GET /api/orders/{orderId}/assignments",            200, "+ + + + -  - - -  0"),
    ("POST /api/orders/{orderId}/assignments",           201, "+ - - - -  - - -  0"),
    ("GET /api/assignments",                             200, "+ + + + -  - - -  0"),
    ("GET /api/assignments/{assignmentId}",              200, "+ + + + -  - - -  0"),
    ("POST /api/assignments/{assignmentId}/confirm",     200, "+ + - - -  - - -  0"),
    ("GET /api/purchase-orders",                         200, "+ + + + -  - - -  0"),
    ("POST /api/purchase-orders",                        201, "+ - - - -  - - -  0"),
    ("GET /api/purchase-orders/{purchaseOrderId}",       200, "+ + + + -  - - -  0"),
    ("GET /api/dispatches",                              200, "+ + + + -  - - -  0"),
    ("POST /api/dispatches",                             201, "+ + - - -  - - -  0"),
    ("GET /api/dispatches/{dispatchId}",                 200, "+ + + + -  - - -  0"),
    ("POST /api/dispatches/{dispatchId}/receive",        201, "+ - - + -  - - -  0"),
    ("GET /api/grn",                                     200, "+ - - + -  - - -  0"),
    ("GET /api/grn/pending",                             200, "+ - - + -  - - -  0"),
    ("GET /api/grn/{grnId}",                             200, "+ - - + -  - - -  0"),
    ("GET /api/grn/{grnId}/ticket",                      200, "+ - - + -  - - -  0"),
    ("POST /api/grn/verify",                             200, "+ - - + -  - - -  0"),
    ("GET /api/grn/tickets",                             200, "+ - - + -  - - -  0"),
    ("GET /api/grn/tickets/{ticketId}",                  200, "+ - - + -  - - -  0"),
    ("PATCH /api/grn/tickets/{ticketId}/status",         200, "+ - - + -  - - -  0"),
    ("PATCH /api/grn/tickets/{ticketId}/assignee",       200, "+ - - + -  - - -  0"),
    ("POST /api/grn/tickets/{ticketId}/comments",        201, "+ - - + -  - - -  0"),
    ("POST /api/grn/tickets/{ticketId}/attachments",     201, "+ - - + -  - - -  0"),
    ("GET /api/grn/tickets/{ticketId}/attachments/{attachmentId}/download", 200, "+ - - + -  - - -  0"),
    ("GET /pos/api/orders",                              200, "+ - + + -  - - +  0"),
    ("POST /pos/api/orders",                             201, "+ - - + -  - - +  0"),
    ("GET /pos/api/orders/status/{status}",              200, "+ - + + -  - - +  0"),
    ("GET /pos/api/orders/customer/{customerId}",        200, "+ - + + -  - - +  0"),
    ("GET /pos/api/orders/{id}",                         200, "+ - + + -  - - +  0"),
    ("PATCH /pos/api/orders/{id}",                       200, "+ - - + -  - - +  0"),
    ("DELETE /pos/api/orders/{id}",                      200, "+ - - + -  - - +  0"),
    ("GET /pos/api/products",                            200, "+ - + + -  - - +  0"),
    ("POST /pos/api/products",                           201, "+ - - + -  - - +  0"),
    ("GET /pos/api/products/{productId}",                200, "+ - + + -  - - +  0"),
    ("PATCH /pos/api/products/{productId}",              200, "+ - - + -  - - +  0"),
    ("GET /pos/api/products/{productId}/movements",      200, "+ - + + -  - - +  0"),
    ("POST /pos/api/products/{productId}/movements",     201, "+ - - + -  - - +  0"),
    ("GET /api/vendors",                                 200, "+ + + + -  - - -  0"),
    ("POST /api/vendors",                                201, "+ - - - -  - - -  0"),
    ("GET /api/vendors/{vendorId}",                      200, "+ + + + -  - - -  0"),
    ("PATCH /api/vendors/{vendorId}",                    200, "+ - - - -  - - -  0"),
    ("GET /api/users",                                   200, "+ - - - -  - - -  0"),
    ("POST /api/users",                                  201, "+ - - - -  - - -  0"),
    ("GET /api/users/{userId}",                          200, "+ - - - -  - - -  0"),
    ("PATCH /api/users/{userId}",                        200, "+ - - - -  - - -  0"),
    ("GET /api/team",                                    200, "+ - - - -  - - -  0"),
    ("PATCH /api/team",                                  200, "+ - - - -  - - -  0"),
    ("GET /api/audit",                                   200, "+ - - - -  - - -  0"),
    ("GET /api/audit/access",                            200, "+ - - - -  - - -  0"),
    ("GET /api/auth/me",                                 200, "+ + + + +  - - -  0"),
    ("POST /api/auth/password",                          200, "+ + + + +  - - -  0"),
    ("POST /api/auth/login",                             200, "+ + + + +  + + +  +"),
    ("POST /api/auth/refresh",                           200, "+ + + + +  + + +  +"),
    ("GET /.well-known/jwks.json",                       200, "+ + + + +  + + +  +"),
    // these end the sessions of the callers
    ("POST /api/auth/logout",                            200, "+ + + + +  - - -  0"),
];

/// Public routes that no OpenAPI document lists.
const UNDOCUMENTED: &[&str] = &[
    "/health/live",
    "/health/ready",
    "/metrics",
    "/docs",
    "/docs/",
    "/openapi/gepard.json",
    "/openapi/import.json",
    "/openapi/mes.json",
    "/openapi/oms.json",
    "/openapi/pos.json",
];

/// A team with one resource for each path parameter, and one caller of each kind.
struct Matrix {
    team: Team<'static>,
    people: Vec<Person>,
    keys: Vec<Caller>,
    ids: BTreeMap<&'static str, String>,
    /// An oms order, whose `{orderId}` is not that of mes.
    oms_order: String,
}

impl Matrix {
    fn new() -> Self {
        let team = team();
        let admin = team.admin();
        let vendor = admin.create_vendor();
        let people = CALLERS[..5].iter().map(|role| match *role {
            "ADMIN" => admin.clone(),
            "VENDOR" => {
                let email = Person::new_email();
                let body = json!({"email": email, "password": PASSWORD, "roles": [role], "vendorId": vendor});
                admin.post("/api/users", &body).created();
                Person::logged_in(&team.caller, &email, PASSWORD)
            }
            role => team.user(&[role]),
        });
        let people = people.collect();
        let keys = CALLERS[5..8].iter().map(|preset| team.key(preset, "")).collect();
        let department = team.create_department("Assembly");
        let centre = team.post("/api/v1/work-centres", &json!({"name": "Final", "departmentId": department}));
        let created =
            |path: &str, body: Value| team.post(path, &body).created()["id"].as_str().unwrap().to_owned();
        let reason = created("/api/v1/pause-reasons", json!({"name": "Lunch", "category": "planned"}));
        let operator = created("/api/v1/operators", json!({"name": "Ann", "badge": "A-17"}));
        let activity = created("/api/v1/data-collection/activities", json!({"name": "Torque"}));
        let routing = team.create_routing("Widget", &[json!({})]);
        let ordered = team.create_routing("Ordered", &[json!({})]);
        let (made_order, operation) = team.create_started_order("WO-1", &ordered, &operator);
        let report = json!({"equipmentId": "MACHINE-001", "departmentId": department, "status": "idle"});
        team.post("/api/v1/equipment/status", &report).ok();
        let file = team.upload(document_form("x")).created()["id"].as_str().unwrap().to_owned();
        let sold = json!({"sku": "SKU-1", "name": "Tomatoes", "unitPrice": 1, "stockQuantity": 1000});
        team.post(PRODUCTS, &sold).created();
        let sale = json!({"customerId": 7, "orderItems": [{"productId": 1, "quantity": 1}]});
        team.post(POS_ORDERS, &sale).created();
        let bought = Bought::new(&admin, &vendor, &oms_order_example());
        let (grn, ticket) = bought.verified(&admin);
        let attached = admin.request(Method::POST, &format!("{}/attachments", path_of(TICKETS, &ticket)));
        let attached = Reply::to(attached.multipart(document_form("x"))).created();
        let oms_order = text(&bought.order["id"]);
        let import = team.import("", &json!([order("A1"), order("")])).import_id();
        admin.put(CONNECTION, &connection(team.number())).ok();
        let created = invoice(0);
        team.post(PROCESS, &json!({"invoices": [created]})).ok();
        let exchange = admin.get(EXCHANGES).ok()["data"]["exchanges"][0]["id"].as_str().unwrap().to_owned();
        let named = team.key("read-only", "").key.split('_').nth(1).unwrap().to_owned();
        let ids = BTreeMap::from([
            ("{apiKeyId}", named),
            ("{workCentreId}", centre.created()["id"].as_str().unwrap().to_owned()),
            ("{pauseReasonId}", reason),
            ("{operatorId}", operator),
            ("{activityId}", activity),
            ("{routingId}", routing),
            ("{orderId}", made_order),
            ("{wooId}", operation),
            ("{equipmentId}", "MACHINE-001".to_owned()),
            ("{departmentId}", department),
            ("{fileId}", file),
            ("{userId}", admin.create_user(&Person::new_email(), &["OPS"])),
            ("{vendorId}", vendor),
            ("{assignmentId}", text(&bought.assignment["id"])),
            ("{purchaseOrderId}", text(&bought.purchase_order["id"])),
            ("{dispatchId}", text(&bought.dispatch["id"])),
            ("{grnId}", text(&grn["id"])),
            ("{ticketId}", text(&ticket["id"])),
            ("{attachmentId}", text(&attached["data"]["id"])),
            ("{import_id}", import),
            ("{invoice_id}", id(&created).to_owned()),
            ("{exchangeId}", exchange),
            ("{id}", "1".to_owned()),
            ("{productId}", "1".to_owned()),
            ("{customerId}", "7".to_owned()),
            ("{status}", "Pending".to_owned()),
        ]);
        Self { team, people, keys, ids, oms_order }
    }

    /// The path of a route with the ids of existing resources.
    fn path(&self, route: &str) -> String {
        let mut path = route.replace("/api/orders/{orderId}", &format!("/api/orders/{}", self.oms_order));
        for (name, id) in &self.ids {
            path = path.replace(name, id);
        }
        assert!(!path.contains('{'), "the matrix has nothing for {path}");
        path
    }

    /// A valid body for a route.
    fn body(&self, route: &str) -> Option<Value> {
        static NUMBER: AtomicU32 = AtomicU32::new(1);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("Name {number} of {}", self.team.name);
        let body = match route {
            "POST /api/v1/work-centres" => json!({"name": name, "departmentId": self.ids["{departmentId}"]}),
            "POST /api/v1/pause-reasons" => json!({"name": name, "category": "unplanned"}),
            "POST /api/v1/operators" => json!({"name": name, "badge": format!("B-{number}")}),
            "POST /api/v1/operators/{operatorId}/clock" => {
                let operator = self.team.get(&self.path("/api/v1/operators/{operatorId}")).ok();
                json!({"event": if operator["clockedIn"] == json!(true) { "out" } else { "in" }})
            }
            "POST /api/v1/routings" | "PUT /api/v1/routings/{routingId}" => {
                let operation = json!({"operationName": name, "departmentId": self.ids["{departmentId}"]});
                json!({"name": name, "operations": [operation]})
            }
            "PATCH /api/v1/routings/{routingId}" => json!({"isActive": true}),
            "POST /api/v1/orders" => {
                json!({"productIdentifier": name, "quantity": 1, "routingName": "Ordered"})
            }
            "PATCH /api/v1/orders/{orderId}" => json!({"notes": name}),
            "PATCH /api/v1/work-order-operations/{wooId}" => {
                json!({"action": "report", "quantityCompleted": 1})
            }
            "POST /api/v1/data-collection" => json!({
                "workOrderOperationId": self.ids["{wooId}"], "operatorId": self.ids["{operatorId}"],
                "dataCollectionActivityId": self.ids["{activityId}"], "collectedData": {"remark": name},
            }),
            "POST /api/v1/equipment/status" => {
                json!({"equipmentId": name, "departmentId": self.ids["{departmentId}"], "status": "running"})
            }
            "POST /api/v1/api-keys" => json!({"name": name, "permission": "read-only"}),
            "POST /api/v1/api-keys/{apiKeyId}/rotate" => json!({"overlapHours": 1}),
            "POST /api/orders/import" => json!([order(&name)]),
            "POST /api/gepard/order/process" => json!({"invoices": [invoice(number)]}),
            "PUT /api/accounting/connection" => connection(self.team.number()),
            "POST /api/orders" => oms_order_example(),
            "POST /api/orders/{orderId}/assignments" => {
                let order = self.people[0].get(&format!("{OMS_ORDERS}/{}", self.oms_order)).ok();
                let item = &order["data"]["items"][1]["id"];
                let entry =
                    json!({"orderItemId": item, "vendorId": self.ids["{vendorId}"], "quantity": 0.001});
                json!({"assignments": [entry]})
            }
            "POST /api/dispatches" => {
                let item =
                    json!({"assignedOrderItemId": self.ids["{assignmentId}"], "dispatchedQuantity": 0.001});
                json!({"purchaseOrderId": self.ids["{purchaseOrderId}"], "items": [item]})
            }
            "PATCH /api/grn/tickets/{ticketId}/status" => {
                let shown = self.people[0].get(&self.path("/api/grn/tickets/{ticketId}")).ok();
                let open = shown["data"]["status"] == json!("OPEN");
                json!({"status": if open { "IN_PROGRESS" } else { "RESOLVED" }})
            }
            "PATCH /api/grn/tickets/{ticketId}/assignee" => json!({"assigneeId": self.people[0].id}),
            "POST /api/grn/tickets/{ticketId}/comments" => json!({"content": name}),
            "POST /pos/api/orders" => {
                json!({"customerId": 7, "orderItems": [{"productId": 1, "quantity": 1}]})
            }
            "PATCH /pos/api/orders/{id}" => json!({"notes": name}),
            "POST /pos/api/products" => json!({"sku": name, "name": name, "unitPrice": 1}),
            "POST /pos/api/products/{productId}/movements" => json!({"quantity": 1}),
            "POST /api/vendors" => json!({"code": format!("M{number}"), "name": name}),
            "POST /api/users" => {
                json!({"email": Person::new_email(), "password": PASSWORD, "roles": ["OPERATOR"]})
            }
            "PATCH /api/users/{userId}" => json!({"email": Person::new_email()}),
            "POST /api/auth/password" => json!({"currentPassword": PASSWORD, "newPassword": PASSWORD}),
            "POST /api/auth/login" => json!({"email": self.team.email, "password": PASSWORD}),
            "POST /api/auth/refresh" => json!({"refreshToken": self.team.admin().refresh_token}),
            "POST /api/auth/logout" => json!({}),
            route if route.starts_with("POST") || route.starts_with("PATCH") => json!({"name": name}),
            _ => return None,
        };
        Some(body)
    }

    /// The path and body of a request that can be done once, to something made for it.
    fn fresh(&self, route: &str) -> Option<(String, Value)> {
        let (admin, vendor) = (&self.people[0], &self.ids["{vendorId}"]);
        let order = || admin.post(OMS_ORDERS, &oms_order_example()).created()["data"].take();
        let assigned = |order: &Value| {
            let entry = json!({"orderItemId": order["items"][0]["id"], "vendorId": vendor, "quantity": 1});
            let made = admin.post(&assignments_of(order), &json!({"assignments": [entry]})).created();
            format!("{}/confirm", path_of(ASSIGNMENTS, &made["data"]["assignments"][0]))
        };
        let all = json!({"confirmedQuantity": 1});
        Some(match route {
            "POST /api/orders/{orderId}/cancel" => {
                (format!("{}/cancel", path_of(OMS_ORDERS, &order())), json!({}))
            }
            "POST /api/orders/{orderId}/close" => {
                (format!("{}/close", path_of(OMS_ORDERS, &order())), json!({}))
            }
            "POST /api/assignments/{assignmentId}/confirm" => (assigned(&order()), all),
            "POST /api/purchase-orders" => {
                let order = order();
                admin.post(&assigned(&order), &all).ok();
                (PURCHASE_ORDERS.to_owned(), json!({"orderId": order["id"], "vendorId": vendor}))
            }
            "POST /api/dispatches/{dispatchId}/receive" => {
                (receive_path(&Bought::new(admin, vendor, &oms_order_example()).dispatch), json!({}))
            }
            "POST /api/grn/verify" => {
                let grn = Bought::new(admin, vendor, &oms_order_example()).received(admin);
                (VERIFY.to_owned(), verification(&grn, &[]))
            }
            _ => return None,
        })
    }

    fn request(&self, caller: &str, method: Method, path: &str) -> RequestBuilder {
        let column = CALLERS.iter().position(|name| *name == caller).unwrap();
        match column {
            0..5 => self.people[column].request(method, path),
            5..8 => self.keys[column - 5].request(method, path),
            _ => client()
                .request(method, format!("{}{path}", self.team.address))
                .header("X-MES-Team-ID", &self.team.id),
        }
    }

    fn reply(&self, caller: &str, route: &str) -> Reply {
        let (method, path) = route.split_once(' ').unwrap();
        let path = match route {
            // the newest: each permitted caller has uploaded one
            "DELETE /api/v1/files/{fileId}" => {
                let newest = self.team.get("/api/v1/files?limit=1").ok();
                format!("/api/v1/files/{}", newest["files"][0]["id"].as_str().unwrap())
            }
            // the newest again
            "DELETE /pos/api/orders/{id}" => {
                let newest = self.team.get(&format!("{POS_ORDERS}?orderNumber=ORD-2&pageSize=1")).ok();
                format!("{POS_ORDERS}/{}", newest["data"]["items"][0]["id"])
            }
            _ => self.path(path),
        };
        let marks = TABLE.iter().find(|(it, ..)| *it == route).map(|(.., marks)| *marks).unwrap();
        let is_permitted = cells(marks).any(|(it, mark)| it == caller && mark == "+");
        let fresh = if is_permitted { self.fresh(route) } else { None };
        let (path, body) = match fresh {
            Some((path, body)) => (path, Some(body)),
            None => (path, self.body(route)),
        };
        let request = self.request(caller, method.parse().unwrap(), &path);
        let takes_a_form = ["POST /api/v1/files/upload", "POST /api/grn/tickets/{ticketId}/attachments"];
        Reply::to(match body {
            _ if takes_a_form.contains(&route) => request.multipart(document_form("x")),
            Some(body) => request.json(&body),
            None => request,
        })
    }
}

fn cells(marks: &str) -> impl Iterator<Item = (&'static str, &str)> {
    assert_eq!(marks.split_whitespace().count(), CALLERS.len(), "{marks}");
    CALLERS.into_iter().zip(marks.split_whitespace())
}

#[test]
fn every_route_is_open_exactly_to_the_callers_in_the_table() {
    let matrix = Matrix::new();
    let mut wrong = Vec::new();
    for (route, allowed, marks) in TABLE {
        for (caller, _) in cells(marks).filter(|(_, mark)| *mark == "+") {
            let reply = matrix.reply(caller, route);
            if reply.status != *allowed {
                wrong.push(format!("{route} {caller}: {allowed} expected, {} {}", reply.status, reply.text));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_refusal_has_the_format_of_its_surface_and_changes_nothing() {
    let matrix = Matrix::new();
    for (route, _, marks) in TABLE {
        let path = route.split_once(' ').unwrap().1;
        let scoped = ["/api/v1", "/api/orders/import", "/pos", "/api/gepard"];
        let scoped = scoped.iter().any(|base| path.starts_with(base));
        let forbidden =
            if path.starts_with("/api/gepard") { "INSUFFICIENT_PERMISSIONS" } else { "FORBIDDEN" };
        let before = matrix.team.state();
        for (caller, mark) in cells(marks).filter(|(_, mark)| !["+", "?"].contains(mark)) {
            let is_key = CALLERS[5..8].contains(&caller);
            let (status, code, words) = match mark {
                "0" => (401, "UNAUTHORIZED", "is needed"),
                _ if !is_key => (403, forbidden, "Your role does not allow this"),
                _ if scoped => (403, forbidden, "This needs the scope"),
                _ => (403, forbidden, "This is for people"),
            };
            let message = matrix.reply(caller, route).shaped(path, status, code);
            assert!(message.contains(words), "{route} {caller}: {message}");
        }
        assert_eq!(matrix.team.state(), before, "{route}");
    }
}

/// Who may use a route.
fn permitted(marks: &str) -> &'static str {
    cells(marks).find(|(_, mark)| *mark == "+").unwrap().0
}

#[test]
fn every_route_refuses_a_query_parameter_that_it_does_not_know() {
    let matrix = Matrix::new();
    let before = matrix.team.state();
    for (route, _, marks) in TABLE {
        let (method, path) = route.split_once(' ').unwrap();
        let target = format!("{}?drry_run=true", matrix.path(path));
        let reply = Reply::to(matrix.request(permitted(marks), method.parse().unwrap(), &target));
        assert_eq!(reply.status, 422, "{route} {reply:?}");
        let known = if *route == "POST /api/orders/import" { "did you mean `dry_run`?" } else { "drry_run" };
        assert!(reply.text.contains("is unknown") && reply.text.contains(known), "{route} {reply:?}");
    }
    assert_eq!(matrix.team.state(), before);
}

#[test]
fn every_route_that_is_read_answers_head_and_every_one_options() {
    let matrix = Matrix::new();
    for (route, status, marks) in TABLE {
        let (method, path) = route.split_once(' ').unwrap();
        let path = matrix.path(path);
        let options = Reply::to(client().request(Method::OPTIONS, format!("{}{path}", matrix.team.address)));
        assert_eq!((options.status, options.text.as_str()), (204, ""), "{route}");
        let allowed: Vec<_> = options.header("allow").unwrap().split(", ").collect();
        assert!(allowed.contains(&method) && allowed.contains(&"OPTIONS"), "{route} {allowed:?}");
        assert_eq!(allowed.contains(&"HEAD"), allowed.contains(&"GET"), "{route} {allowed:?}");
        if method == "GET" {
            let caller = permitted(marks);
            let head = Reply::to(matrix.request(caller, Method::HEAD, &path));
            let get = Reply::to(matrix.request(caller, Method::GET, &path));
            assert_eq!((head.status, head.text.as_str()), (*status, ""), "{route}");
            for name in ["content-type", "etag", "content-disposition"] {
                assert_eq!(head.header(name), get.header(name), "{route}");
            }
        }
    }
    for path in UNDOCUMENTED.iter().filter(|path| **path != "/docs") {
        let head = Reply::to(matrix.request("nobody", Method::HEAD, path));
        assert_eq!((head.status, head.text.as_str()), (200, ""), "{path}");
    }
    let unknown = Reply::to(matrix.request("nobody", Method::OPTIONS, "/api/nowhere"));
    unknown.oms_refused(404, "Route not found");
}

#[test]
fn the_table_names_every_documented_route_and_says_which_are_open_to_anybody() {
    let documented = documented();
    let routes: Vec<_> = documented.keys().map(String::as_str).collect();
    let mut named: Vec<_> = TABLE.iter().map(|(route, ..)| *route).collect();
    named.sort_unstable();
    assert_eq!(named, routes, "every route has its line in TABLE");
    for (route, _, marks) in TABLE {
        let security = documented[*route]["security"].as_array();
        let open = security.is_none_or(|demands| demands.iter().all(|one| one == &json!({})));
        assert_eq!(open, marks.ends_with('+'), "{route}");
    }
}

#[test]
fn health_metrics_and_documents_are_open_to_anybody() {
    let matrix = Matrix::new();
    for path in UNDOCUMENTED {
        for caller in CALLERS {
            let reply = Reply::to(matrix.request(caller, Method::GET, path));
            assert_eq!(reply.status, 200, "{path} {caller}");
        }
    }
}

#[test]
fn the_roles_of_a_user_add_up() {
    let team = team();
    for (roles, statuses) in [
        (&["OPERATOR", "VENDOR"][..], [200, 403, 200, 403]),
        (&["OPERATOR", "OPS"], [200, 201, 200, 403]),
        (&["ACCOUNTS", "VENDOR"], [200, 403, 200, 403]),
        (&["VENDOR", "ADMIN"], [200, 201, 200, 201]),
    ] {
        let person = team.user(roles);
        let name = person.email.clone();
        let created = json!({"code": format!("A{}", person.id[28..].to_uppercase()), "name": name});
        let found = [
            person.get("/api/v1/departments").status,
            person.post("/api/v1/departments", &json!({"name": name})).status,
            person.get("/api/vendors").status,
            person.post("/api/vendors", &created).status,
        ];
        assert_eq!(found, statuses, "{roles:?}");
    }
}
