//! Isolation of teams: a resource of another team gets byte for byte the response of an unknown one, and is not changed.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::buying::{Bought, DISPATCHES, VERIFY, parcel, receive_path, text};
use crate::support::gepard::{self, CONNECTION, EXCHANGES, PROCESS, connection, invoice};
use crate::support::{
    Caller, OMS_ORDERS, PASSWORD, POS_ORDERS, PRODUCTS, Person, Reply, Requests, Team, document_form,
    documented, oms_order_example, order, order_with, team,
};

/// An id that no resource has.
const ABSENT: &str = "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e11";
const ABSENT_NUMBER: &str = "999999";
const ABSENT_INVOICE: &str = "550e8400-e29b-41d4-a716-446655449999";

/// All routes with an id in their path, with bodies to send: a valid one and faulty ones.
#[rustfmt::skip]
const ROUTES: &[(&str, &[&str])] = &[
    ("GET /api/v1/departments/{departmentId}", &[]),
    ("PATCH /api/v1/departments/{departmentId}", &[r#"{"name": "Taken over"}"#, r#"{"isActive": false}"#, r#"{"name": ""}"#, "{}", "{"]),
    ("GET /api/v1/work-centres/{workCentreId}", &[]),
    ("PATCH /api/v1/work-centres/{workCentreId}", &[r#"{"name": "Taken over"}"#, r#"{"isActive": false}"#, r#"{"departmentId": "x"}"#, "{}", "{"]),
    ("GET /api/v1/pause-reasons/{pauseReasonId}", &[]),
    ("PATCH /api/v1/pause-reasons/{pauseReasonId}", &[r#"{"name": "Taken over"}"#, r#"{"isActive": false}"#, r#"{"category": "x"}"#, "{}", "{"]),
    ("GET /api/v1/operators/{operatorId}", &[]),
    ("PATCH /api/v1/operators/{operatorId}", &[r#"{"badge": "Taken over"}"#, r#"{"isActive": false}"#, r#"{"userId": "x"}"#, "{}", "{"]),
    ("POST /api/v1/operators/{operatorId}/clock", &[r#"{"event": "in"}"#, r#"{"event": "lunch"}"#, "{}", "{"]),
    ("GET /api/v1/operators/{operatorId}/attendance", &[]),
    ("GET /api/v1/data-collection/activities/{activityId}", &[]),
    ("PATCH /api/v1/data-collection/activities/{activityId}", &[r#"{"name": "Taken over"}"#, r#"{"isActive": false}"#, r#"{"fields": [7]}"#, "{}", "{"]),
    ("GET /api/v1/orders/{orderId}", &[]),
    ("PATCH /api/v1/orders/{orderId}", &[r#"{"status": "cancelled"}"#, r#"{"priority": 9}"#, "{}", "{"]),
    ("GET /api/v1/work-order-operations/{wooId}", &[]),
    ("PATCH /api/v1/work-order-operations/{wooId}", &[r#"{"action": "complete"}"#, r#"{"action": "report", "quantityCompleted": 1}"#, r#"{"action": 7}"#, "{}", "{"]),
    ("GET /api/v1/routings/{routingId}", &[]),
    ("PUT /api/v1/routings/{routingId}", &[r#"{"name": "Taken over", "operations": [{"operationName": "x", "departmentId": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e12"}]}"#, r#"{"name": "x", "operations": [7]}"#, "{}", "{"]),
    ("PATCH /api/v1/routings/{routingId}", &[r#"{"isActive": false}"#, r#"{"isActive": 7}"#, "{}", "{"]),
    ("GET /api/v1/equipment/{equipmentId}", &[]),
    ("GET /api/v1/equipment/{equipmentId}/samples", &[]),
    ("GET /api/v1/equipment/{equipmentId}/alarms", &[]),
    ("GET /api/v1/files/{fileId}", &[]),
    ("GET /api/v1/files/download/{fileId}", &[]),
    ("DELETE /api/v1/files/{fileId}", &[]),
    ("GET /api/v1/api-keys/{apiKeyId}", &[]),
    ("DELETE /api/v1/api-keys/{apiKeyId}", &[]),
    ("POST /api/v1/api-keys/{apiKeyId}/rotate", &[r#"{"overlapHours": 0}"#, r#"{"overlapHours": -1}"#, "{}", "{"]),
    ("GET /api/orders/imports/{import_id}", &[]),
    ("GET /api/orders/imports/{import_id}/errors.csv", &[]),
    ("GET /api/gepard/invoices/{invoice_id}", &[]),
    ("GET /api/accounting/exchanges/{exchangeId}", &[]),
    ("GET /api/orders/{orderId}", &[]),
    ("POST /api/orders/{orderId}/cancel", &[r#"{"reason": "Taken over"}"#, r#"{"reason": 7}"#, "{"]),
    ("POST /api/orders/{orderId}/close", &[r#"{"reason": "Taken over"}"#, r#"{"reason": 7}"#, "{"]),
    ("GET /api/orders/{orderId}/assignments", &[]),
    ("POST /api/orders/{orderId}/assignments", &[r#"{"assignments": [{"orderItemId": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e12", "vendorId": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e12", "quantity": 1}]}"#, r#"{"assignments": [7]}"#, "{}", "{"]),
    ("GET /api/assignments/{assignmentId}", &[]),
    ("POST /api/assignments/{assignmentId}/confirm", &[r#"{"confirmedQuantity": 1, "reason": "Taken over"}"#, r#"{"confirmedQuantity": -1}"#, "{}", "{"]),
    ("GET /api/purchase-orders/{purchaseOrderId}", &[]),
    ("GET /api/dispatches/{dispatchId}", &[]),
    ("POST /api/dispatches/{dispatchId}/receive", &["{}", "{"]),
    ("GET /api/grn/{grnId}", &[]),
    ("GET /api/grn/{grnId}/ticket", &[]),
    ("GET /api/grn/tickets/{ticketId}", &[]),
    ("PATCH /api/grn/tickets/{ticketId}/status", &[r#"{"status": "IN_PROGRESS", "comment": "Taken over"}"#, r#"{"status": "DONE"}"#, "{}", "{"]),
    ("PATCH /api/grn/tickets/{ticketId}/assignee", &[r#"{"assigneeId": null}"#, r#"{"assigneeId": 7}"#, "{"]),
    ("POST /api/grn/tickets/{ticketId}/comments", &[r#"{"content": "Taken over"}"#, r#"{"content": 7}"#, "{}", "{"]),
    ("GET /pos/api/orders/customer/{customerId}", &[]),
    ("GET /pos/api/orders/{id}", &[]),
    ("PATCH /pos/api/orders/{id}", &[r#"{"orderStatus": "Cancelled"}"#, r#"{"notes": 7}"#, "{}", "{"]),
    ("DELETE /pos/api/orders/{id}", &[]),
    ("GET /pos/api/products/{productId}", &[]),
    ("PATCH /pos/api/products/{productId}", &[r#"{"stockQuantity": 0}"#, r#"{"name": 7}"#, "{}", "{"]),
    ("GET /pos/api/products/{productId}/movements", &[]),
    ("POST /pos/api/products/{productId}/movements", &[r#"{"quantity": 1}"#, r#"{"quantity": 0}"#, "{}", "{"]),
    ("GET /api/users/{userId}", &[]),
    ("PATCH /api/users/{userId}", &[r#"{"isActive": false}"#, r#"{"password": "taken over by us"}"#, r#"{"roles": ["ROOT"]}"#, "{}", "{"]),
    ("GET /api/vendors/{vendorId}", &[]),
    ("PATCH /api/vendors/{vendorId}", &[r#"{"name": "Taken over"}"#, r#"{"isActive": false}"#, r#"{"name": ""}"#, "{}", "{"]),
];

/// All lists, with the field of their entries' ids.
const LISTS: &[(&str, &str, &str)] = &[
    ("/api/v1/departments?activeOnly=false&limit=500", "/departments", "id"),
    ("/api/v1/work-centres?activeOnly=false&limit=500", "/workCentres", "id"),
    ("/api/v1/pause-reasons?activeOnly=false&limit=500", "/pauseReasons", "id"),
    ("/api/v1/operators?activeOnly=false&limit=500", "/operators", "id"),
    ("/api/v1/data-collection/activities?activeOnly=false&limit=500", "/activities", "id"),
    ("/api/v1/orders?limit=500", "/orders", "id"),
    ("/api/v1/work-order-operations?limit=500", "/workOrderOperations", "id"),
    ("/api/v1/data-collection?limit=500", "/dataCollections", "id"),
    ("/api/v1/routings?activeOnly=false&limit=500", "/routings", "id"),
    ("/api/v1/equipment?limit=500", "/equipment", "equipmentId"),
    ("/api/v1/files?limit=500", "/files", "id"),
    ("/api/v1/api-keys?activeOnly=false&limit=500", "/apiKeys", "id"),
    ("/api/orders/imports?limit=100", "/imports", "import_id"),
    ("/api/users?limit=100", "/data/users", "id"),
    ("/api/vendors?limit=100", "/data/vendors", "id"),
    ("/api/accounting/exchanges?limit=100", "/data/exchanges", "id"),
    ("/api/orders?limit=100", "/data/orders", "id"),
    ("/api/assignments?limit=100", "/data/assignments", "id"),
    ("/api/purchase-orders?limit=100", "/data/purchaseOrders", "id"),
    ("/api/dispatches?limit=100", "/data/dispatches", "id"),
    ("/api/grn/pending?limit=100", "/data/grns", "id"),
    ("/api/grn?limit=100", "/data/grns", "id"),
    ("/api/grn/tickets?limit=100", "/data/tickets", "id"),
    ("/pos/api/orders?pageSize=100", "/data/items", "customerName"),
    ("/pos/api/products?pageSize=100", "/data/items", "sku"),
    ("/api/audit?limit=100&action=user.created", "/data/entries", "id"),
];

/// Routes with a parameter that is not the id of a resource.
const WITHOUT_IDS: [&str; 1] = ["GET /pos/api/orders/status/{status}"];

/// Tried in `oms/ticket_attachments.rs`: one takes a form, the other has two ids.
const ATTACHMENTS: [&str; 2] = [
    "POST /api/grn/tickets/{ticketId}/attachments",
    "GET /api/grn/tickets/{ticketId}/attachments/{attachmentId}/download",
];

/// The access log is written asynchronously; `audit/access_log.rs` tests it.
const ACCESS_LOG: &str = "GET /api/audit/access";

/// A team with one resource of each kind that has an id.
struct TeamWithEverything {
    team: Team<'static>,
    admin: Person,
    department: String,
    centre: String,
    reason: String,
    operator: String,
    activity: String,
    routing: String,
    order: String,
    operation: String,
    collected: String,
    equipment: String,
    file: String,
    key: String,
    import: String,
    user: String,
    vendor: String,
    invoice: String,
    exchange: String,
    oms_order: String,
    assignment: String,
    purchase_order: String,
    dispatch: String,
    grn: String,
    ticket: String,
    /// The number of its product and of its pos order. Numbers are per team, so the first ones are used up.
    number: String,
    customer: String,
}

impl TeamWithEverything {
    fn new(centre: u32) -> Self {
        let team = team();
        let admin = team.admin();
        // long enough that no id or time holds it by chance
        let (number, customer) = (centre % 1000 * 10, 7_000_000_000 + i64::from(centre));
        for table in ["product", "sales_order"] {
            team.database.execute(&format!(
                "INSERT INTO number_counters (team_id, kind, period, last) VALUES ('{}', '{table}', '', {})",
                team.id,
                number - 1
            ));
        }
        let product = json!({"sku": format!("SKU of {}", team.name), "name": "Tomatoes", "unitPrice": 1, "stockQuantity": 9});
        assert_eq!(team.post(PRODUCTS, &product).created()["data"]["id"], json!(number));
        let sale = json!({
            "customerId": customer, "customerName": format!("Customer of {}", team.name),
            "orderItems": [{"productId": number, "quantity": 1}],
        });
        assert_eq!(team.post(POS_ORDERS, &sale).created()["data"]["id"], json!(number));
        let mut oms_order = oms_order_example();
        oms_order["customerInfo"]["name"] = sale["customerName"].clone();
        let vendor = admin.create_vendor();
        let bought = Bought::new(&admin, &vendor, &oms_order);
        let (grn, ticket) = bought.verified(&admin);
        // awaits verification
        let dispatch = admin.post(DISPATCHES, &parcel(&bought.purchase_order, &[5])).created()["data"].take();
        admin.post(&receive_path(&dispatch), &json!({})).created();
        let department = team.create_department("Assembly");
        admin.put(CONNECTION, &connection(team.number())).ok();
        let created = invoice(centre);
        team.post(PROCESS, &json!({"invoices": [created]})).ok();
        let exchange = admin.get(EXCHANGES).ok()["data"]["exchanges"][0]["id"].as_str().unwrap().to_owned();
        let equipment = format!("MACHINE-{centre}");
        let report = json!({"equipmentId": equipment, "departmentId": department, "status": "running"});
        team.post("/api/v1/equipment/status", &report).ok();
        let centre = json!({"number": centre, "name": "Final", "departmentId": department});
        let id = |created: Value| created["id"].as_str().unwrap().to_owned();
        let centre = id(team.post("/api/v1/work-centres", &centre).created());
        let reason = json!({"name": "Lunch", "category": "planned"});
        let reason = id(team.post("/api/v1/pause-reasons", &reason).created());
        let operator = id(team.post("/api/v1/operators", &json!({"name": "Ann", "badge": "A-17"})).created());
        let activity = json!({"name": "Torque"});
        let activity = id(team.post("/api/v1/data-collection/activities", &activity).created());
        let operation = json!({"operationName": "Cut", "departmentId": department});
        let routing = json!({"name": "Widget", "operations": [operation]});
        let routing = id(team.post("/api/v1/routings", &routing).created());
        let (made_order, operation) = team.create_started_order("WO-1", &routing, &operator);
        let collected = json!({
            "workOrderOperationId": operation, "dataCollectionActivityId": activity, "operatorId": operator,
            "collectedData": {},
        });
        let collected = id(team.post("/api/v1/data-collection", &collected).created());
        let file = id(team.upload(document_form("ours")).created());
        let key = json!({"name": "ERP", "permission": "read-only"});
        let key = id(team.post("/api/v1/api-keys", &key).created());
        let import = team.import("", &json!([order("A1"), order("")])).import_id();
        let user = admin.create_user(&Person::new_email(), &["OPS"]);
        Self {
            team,
            admin,
            department,
            centre,
            reason,
            operator,
            activity,
            routing,
            order: made_order,
            operation,
            collected,
            equipment,
            file,
            key,
            import,
            user,
            vendor,
            invoice: gepard::id(&created).to_owned(),
            exchange,
            oms_order: text(&bought.order["id"]),
            assignment: text(&bought.assignment["id"]),
            purchase_order: text(&bought.purchase_order["id"]),
            dispatch: text(&dispatch["id"]),
            grn: text(&grn["id"]),
            ticket: text(&ticket["id"]),
            number: number.to_string(),
            customer: customer.to_string(),
        }
    }

    /// The id for the parameter in a path.
    fn id(&self, route: &str) -> &str {
        let name = route.split(['{', '}']).nth(1).unwrap();
        match name {
            "departmentId" => &self.department,
            "workCentreId" => &self.centre,
            "pauseReasonId" => &self.reason,
            "operatorId" => &self.operator,
            "activityId" => &self.activity,
            "routingId" => &self.routing,
            "orderId" if route.contains("/api/v1/") => &self.order,
            "orderId" => &self.oms_order,
            "id" | "productId" => &self.number,
            "customerId" => &self.customer,
            "wooId" => &self.operation,
            "equipmentId" => &self.equipment,
            "fileId" => &self.file,
            "apiKeyId" => &self.key,
            "import_id" => &self.import,
            "userId" => &self.user,
            "vendorId" => &self.vendor,
            "invoice_id" => &self.invoice,
            "exchangeId" => &self.exchange,
            "assignmentId" => &self.assignment,
            "purchaseOrderId" => &self.purchase_order,
            "dispatchId" => &self.dispatch,
            "grnId" => &self.grn,
            "ticketId" => &self.ticket,
            other => panic!("no id for {other}"),
        }
    }
}

/// A caller of a route: an ADMIN, or an admin key where keys are allowed.
enum CallerKind<'a> {
    Person(&'a Person),
    Key(&'a Caller),
}

impl CallerKind<'_> {
    /// Returns status, headers and body without times, for a fixed request id.
    fn answer(&self, method: &str, path: &str, body: Option<&str>) -> (u16, Vec<(String, String)>, String) {
        let method: Method = method.parse().unwrap();
        let request = match self {
            Self::Person(person) => person.request(method, path),
            Self::Key(key) => key.request(method, path),
        };
        let request = request.header("X-Request-Id", "the-same");
        let reply = Reply::to(match body {
            Some(body) => request.header("Content-Type", "application/json").body(body.to_owned()),
            None => request,
        });
        let headers = reply.headers.keys().filter(|name| *name != "date");
        let headers = headers.map(|name| (name.to_string(), reply.header(name.as_str()).unwrap().to_owned()));
        let mut headers: Vec<_> = headers.collect();
        headers.sort();
        (reply.status, headers, untimed(&reply.text))
    }
}

fn untimed(text: &str) -> String {
    let Some((before, after)) = text.split_once(r#""timestamp":""#) else { return text.to_owned() };
    format!("{before}{}", after.split_once('"').unwrap().1)
}

#[test]
fn another_teams_id_gets_the_same_response_as_an_unknown_one_and_changes_nothing() {
    let (own, other) = (TeamWithEverything::new(1), TeamWithEverything::new(2));
    let before = (own.team.state(), other.team.state());
    for (route, bodies) in ROUTES {
        let (method, path) = route.split_once(' ').unwrap();
        let parameter = &path[path.find('{').unwrap()..=path.find('}').unwrap()];
        let at = |id: &str| path.replace(parameter, id);
        let foreign = other.id(route);
        let bodies: Vec<_> =
            if bodies.is_empty() { vec![None] } else { bodies.iter().map(|body| Some(*body)).collect() };
        let for_keys = ["/api/v1", "/api/orders/import", "/pos", "/api/gepard"];
        let for_keys = for_keys.iter().any(|base| path.starts_with(base));
        let nothing = match () {
            () if path.starts_with("/pos") => ABSENT_NUMBER,
            () if path.starts_with("/api/gepard") => ABSENT_INVOICE,
            () => ABSENT,
        };
        let callers = [Some(CallerKind::Person(&own.admin)), for_keys.then_some(CallerKind::Key(&own.team))];
        for caller in callers.into_iter().flatten() {
            for body in &bodies {
                let absent = caller.answer(method, &at(nothing), *body);
                assert_eq!(caller.answer(method, &at(foreign), *body), absent, "{route} {body:?}");
                assert_eq!(
                    caller.answer(method, &at(&foreign.to_uppercase()), *body),
                    absent,
                    "{route} {body:?}"
                );
                let is_mentioned = |id: &str| id.len() > 3 && absent.2.contains(id);
                assert!(!is_mentioned(foreign) && !is_mentioned(nothing), "{absent:?}");
                let faulty = body.is_some_and(|body| absent.0 != 404 && bodies[0] != Some(body));
                assert!(
                    absent.0 == 404 || (faulty && matches!(absent.0, 400 | 422)),
                    "{route} {body:?} {absent:?}"
                );
            }
            if method == "GET" {
                assert_eq!(caller.answer(method, &at(own.id(route)), None).0, 200, "{route}");
            }
        }
    }
    assert_eq!((own.team.state(), other.team.state()), before);
}

#[test]
fn every_documented_route_with_an_id_is_tried() {
    let documented = documented();
    let with_id = documented.keys().map(String::as_str).filter(|route| route.contains('{'));
    let with_id: BTreeSet<_> =
        with_id.filter(|route| !WITHOUT_IDS.contains(route) && !ATTACHMENTS.contains(route)).collect();
    assert_eq!(ROUTES.iter().map(|(route, _)| *route).collect::<BTreeSet<_>>(), with_id);
    let listing = |route: &&str| {
        let parameters = documented[*route]["parameters"].to_string();
        [r#""name":"limit""#, r#""name":"pageSize""#].iter().any(|name| parameters.contains(name))
    };
    let lists = documented.keys().map(String::as_str).filter(listing);
    // the list of a resource's parts is requested with the resource's id
    let lists: BTreeSet<_> = lists.filter(|route| *route != ACCESS_LOG && !route.contains('{')).collect();
    let tried = LISTS.iter().map(|(path, ..)| format!("GET {}", path.split('?').next().unwrap()));
    assert_eq!(tried.collect::<BTreeSet<_>>(), lists.into_iter().map(str::to_owned).collect());
}

#[test]
fn lists_show_only_the_teams_own_entries() {
    let (own, other) = (TeamWithEverything::new(1), TeamWithEverything::new(2));
    let ids =
        |holder: &TeamWithEverything, (path, pointer, field): &(&str, &str, &str)| -> BTreeSet<String> {
            let page = holder.admin.get(path).ok();
            let entries = page.pointer(pointer).unwrap().as_array().unwrap();
            entries.iter().map(|entry| entry[*field].as_str().unwrap().to_owned()).collect()
        };
    for list in LISTS {
        let (mine, theirs) = (ids(&own, list), ids(&other, list));
        assert!(!mine.is_empty() && mine.len() == theirs.len() && mine.is_disjoint(&theirs), "{list:?}");
        let page = own.admin.get(list.0);
        for foreign in [
            &other.department,
            &other.centre,
            &other.reason,
            &other.operator,
            &other.activity,
            &other.routing,
            &other.order,
            &other.operation,
            &other.collected,
            &other.equipment,
            &other.file,
            &other.key,
            &other.import,
            &other.user,
            &other.vendor,
            &other.invoice,
            &other.exchange,
            &other.oms_order,
            &other.assignment,
            &other.purchase_order,
            &other.dispatch,
            &other.grn,
            &other.ticket,
            &other.customer,
        ] {
            assert!(!page.text.contains(foreign.as_str()), "{list:?}");
        }
        let page = page.json();
        let totals = ["/pagination/total", "/data/pagination/totalItems", "/data/totalCount"];
        let total = totals.iter().find_map(|total| page.pointer(total));
        // the oms order of this customer is in the list of pos, too
        let alike = usize::from(list.0.starts_with(POS_ORDERS));
        assert_eq!(total, Some(&json!(mine.len() + alike)), "{list:?}: the total counts only the team's own");
    }
    let of = |department: &str| own.admin.get(&format!("/api/v1/work-centres?departmentId={department}"));
    assert_eq!(of(&other.department).ok(), of(ABSENT).ok(), "a filter by what is another's finds nothing");
    assert_eq!(of(&own.department).ok()["workCentres"][0]["id"], json!(own.centre));
}

#[test]
fn a_reference_to_another_teams_resource_gets_the_same_response_as_an_unknown_one() {
    let (own, other) = (TeamWithEverything::new(1001), TeamWithEverything::new(1002));
    let before = (own.team.state(), other.team.state());
    let email = Person::new_email();
    let user = json!({"email": email, "password": PASSWORD, "roles": ["VENDOR"]});
    let centre = format!("/api/v1/work-centres/{}", own.centre);
    let operator = format!("/api/v1/operators/{}", own.operator);
    let user_path = format!("/api/users/{}", own.user);
    let assignments = format!("{OMS_ORDERS}/{}/assignments", own.oms_order);
    let items = own.admin.get(&format!("{OMS_ORDERS}/{}", own.oms_order)).ok()["data"]["items"].take();
    let assignee = format!("/api/grn/tickets/{}/assignee", own.ticket);
    let sent = json!([{"assignedOrderItemId": own.assignment, "dispatchedQuantity": 1}]);
    for (method, path, body, field, foreign) in [
        ("POST", "/api/v1/work-centres", json!({"name": "Final"}), "departmentId", &other.department),
        ("PATCH", &centre, json!({}), "departmentId", &other.department),
        ("POST", "/api/v1/operators", json!({"name": "Bob", "badge": "B-1"}), "userId", &other.user),
        ("PATCH", &operator, json!({}), "userId", &other.user),
        (
            "POST",
            "/api/v1/equipment/status",
            json!({"equipmentId": "MACHINE-9", "status": "idle"}),
            "departmentId",
            &other.department,
        ),
        ("POST", "/api/users", user, "vendorId", &other.vendor),
        ("PATCH", &user_path, json!({"roles": ["VENDOR"]}), "vendorId", &other.vendor),
        ("POST", "/api/purchase-orders", json!({"vendorId": own.vendor}), "orderId", &other.oms_order),
        ("POST", "/api/purchase-orders", json!({"orderId": own.oms_order}), "vendorId", &other.vendor),
        ("POST", DISPATCHES, json!({"items": sent}), "purchaseOrderId", &other.purchase_order),
        ("POST", VERIFY, json!({}), "goodsReceiptNoteId", &other.grn),
        ("PATCH", &assignee, json!({}), "assigneeId", &other.user),
    ] {
        let naming = |id: &str| {
            let mut body = body.clone();
            body[field] = json!(id);
            let (status, headers, text) =
                CallerKind::Person(&own.admin).answer(method, path, Some(&body.to_string()));
            // the response may repeat what was sent
            (status, headers, text.replace(id, "the id"))
        };
        let absent = naming(ABSENT);
        assert_eq!(absent.0, 422, "{method} {path}: {absent:?}");
        assert_eq!(naming(foreign), absent, "{method} {path}");
    }
    for (field, foreign) in [("orderItemId", &other.oms_order), ("vendorId", &other.vendor)] {
        let naming = |id: &str| {
            let mut entry = json!({"orderItemId": items[1]["id"], "vendorId": own.vendor, "quantity": 1});
            entry[field] = json!(id);
            let body = json!({"assignments": [entry]}).to_string();
            let (status, headers, text) =
                CallerKind::Person(&own.admin).answer("POST", &assignments, Some(&body));
            (status, headers, text.replace(id, "the id"))
        };
        let absent = naming(ABSENT);
        assert_eq!((absent.0, naming(foreign)), (422, absent), "{field}");
    }
    let naming = |centre: u32| {
        let reply =
            own.team.import("?dry_run=true", &json!([order_with("A2", json!({"work_centre_id": centre}))]));
        (reply.counts(), reply.text.replace(&centre.to_string(), "the number"))
    };
    assert_eq!(naming(1001).0, [1, 0, 0, 0]);
    assert_eq!(naming(1002), naming(1003), "a number of another team is not found like an unknown one");
    assert_eq!((own.team.state(), other.team.state()), before);
}

#[test]
fn each_team_may_use_the_same_name_number_or_code() {
    let (own, other) = (team(), team());
    for team in [&own, &other] {
        let admin = team.admin();
        let department = team.create_department("Assembly");
        let centre = json!({"number": 7, "name": "Final", "departmentId": department});
        team.post("/api/v1/work-centres", &centre).created();
        let reason = json!({"name": "Lunch", "category": "planned"});
        team.post("/api/v1/pause-reasons", &reason).created();
        team.post("/api/v1/operators", &json!({"name": "Ann", "badge": "A-17"})).created();
        team.post("/api/v1/api-keys", &json!({"name": "ERP", "permission": "read-only"})).created();
        admin.post("/api/vendors", &json!({"code": "VEN001", "name": "Green Farms"})).created();
        assert_eq!(team.import("", &json!([order("A1")])).counts(), [1, 0, 0, 0]);
    }
}
