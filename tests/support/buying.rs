//! A team that buys goods in: its people, its vendors, and every step from an order to a verified goods receipt.

use std::collections::BTreeMap;
use std::ops::Deref;

use serde_json::{Value, json};

use super::{OMS_ORDERS, PASSWORD, Person, Requests, Team, path_of, team};

pub(crate) const ASSIGNMENTS: &str = "/api/assignments";
pub(crate) const PURCHASE_ORDERS: &str = "/api/purchase-orders";
pub(crate) const DISPATCHES: &str = "/api/dispatches";
pub(crate) const GRNS: &str = "/api/grn";
pub(crate) const PENDING: &str = "/api/grn/pending";
pub(crate) const VERIFY: &str = "/api/grn/verify";
pub(crate) const TICKETS: &str = "/api/grn/tickets";

/// A line of an order: product, quantity and price per unit.
pub(crate) type Line<'a> = (&'a str, u32, f64);

/// A team with an ADMIN, people of operations and accounts, and two vendors with a VENDOR user each.
pub(crate) struct Buying {
    pub(crate) team: Team<'static>,
    pub(crate) admin: Person,
    pub(crate) ops: Person,
    pub(crate) accounts: Person,
    /// The one of the API document's examples, and another one without an e-mail.
    pub(crate) vendors: [Vendor; 2],
}

/// A vendor and a VENDOR user of it.
#[derive(Debug, Clone)]
pub(crate) struct Vendor {
    pub(crate) id: String,
    pub(crate) code: String,
    pub(crate) name: String,
    pub(crate) person: Person,
}

impl Buying {
    pub(crate) fn new() -> Self {
        Self::of(team())
    }

    pub(crate) fn of(team: Team<'static>) -> Self {
        let (admin, ops, accounts) = (team.admin(), team.user(&["OPS"]), team.user(&["ACCOUNTS"]));
        let vendors = [
            json!({"code": "VEN001", "name": "Vendor Name", "email": "vendor@example.com"}),
            json!({"code": "VEN002", "name": "Blue Lake"}),
        ];
        let vendors = vendors.map(|vendor| Vendor::create(&team, &admin, &vendor));
        Self { team, admin, ops, accounts, vendors }
    }

    /// Creates an order.
    #[track_caller]
    pub(crate) fn order(&self, lines: &[Line<'_>]) -> Value {
        let line = |(name, quantity, price): &Line<'_>| json!({"productName": name, "quantity": quantity, "pricePerUnit": price});
        let body = json!({
            "customerInfo": {"name": "Customer Name"},
            "deliveryAddress": {"street": "123 Main Street", "city": "Bangalore", "pincode": "560001"},
            "items": lines.iter().map(line).collect::<Vec<_>>(),
        });
        self.admin.post(OMS_ORDERS, &body).created()["data"].take()
    }

    /// Assigns so much of the item at an index of an order to a vendor; returns the assignments.
    #[track_caller]
    pub(crate) fn assign(&self, order: &Value, entries: &[(usize, &Vendor, u32)]) -> Vec<Value> {
        let entries: Vec<_> =
            entries.iter().map(|(item, vendor, quantity)| entry(order, *item, vendor, *quantity)).collect();
        let reply = self.admin.post(&assignments_of(order), &json!({"assignments": entries}));
        list(&reply.created()["data"]["assignments"])
    }

    /// Answers an assignment as its vendor, with a reason where it is less than was asked for.
    #[track_caller]
    pub(crate) fn confirm(&self, assignment: &Value, quantity: u32) -> Value {
        let mut body = json!({"confirmedQuantity": quantity});
        if body["confirmedQuantity"] != assignment["assignedQuantity"] {
            body["reason"] = json!("The rest is not ripe");
        }
        let path = format!("{}/confirm", path_of(ASSIGNMENTS, assignment));
        self.person_of(assignment).post(&path, &body).ok()["data"].take()
    }

    /// Orders what a vendor confirmed of an order.
    #[track_caller]
    pub(crate) fn purchase_order(&self, order: &Value, vendor: &Vendor) -> Value {
        let body = json!({"orderId": order["id"], "vendorId": vendor.id});
        self.admin.post(PURCHASE_ORDERS, &body).created()["data"].take()
    }

    /// Sends so much of each item of a purchase order, as its vendor; items with 0 are left out.
    #[track_caller]
    pub(crate) fn dispatch(&self, purchase_order: &Value, quantities: &[u32]) -> Value {
        let body = parcel(purchase_order, quantities);
        self.person_of(purchase_order).post(DISPATCHES, &body).created()["data"].take()
    }

    /// Takes in the goods of a dispatch; returns the goods receipt.
    #[track_caller]
    pub(crate) fn receive(&self, dispatch: &Value) -> Value {
        self.ops.post(&receive_path(dispatch), &json!({})).created()["data"].take()
    }

    /// Verifies a receipt with these mismatches.
    #[track_caller]
    pub(crate) fn verify(&self, grn: &Value, mismatches: &[Value]) -> Value {
        self.ops.post(VERIFY, &verification(grn, mismatches)).ok()["data"].take()
    }

    /// An order whose lines the first vendor confirmed in full, and its purchase order.
    #[track_caller]
    pub(crate) fn ordered(&self, lines: &[Line<'_>]) -> (Value, Value) {
        let order = self.order(lines);
        let vendor = &self.vendors[0];
        let entries: Vec<_> =
            lines.iter().enumerate().map(|(item, (_, quantity, _))| (item, vendor, *quantity)).collect();
        for (assignment, (_, quantity, _)) in self.assign(&order, &entries).iter().zip(lines) {
            self.confirm(assignment, *quantity);
        }
        let purchase_order = self.purchase_order(&order, vendor);
        (order, purchase_order)
    }

    /// Such an order, and the dispatch of all of it.
    #[track_caller]
    pub(crate) fn dispatched(&self, lines: &[Line<'_>]) -> (Value, Value) {
        let (order, purchase_order) = self.ordered(lines);
        let quantities: Vec<_> = lines.iter().map(|(_, quantity, _)| *quantity).collect();
        let dispatch = self.dispatch(&purchase_order, &quantities);
        (order, dispatch)
    }

    /// Such an order, and the goods receipt of all of it.
    #[track_caller]
    pub(crate) fn received(&self, lines: &[Line<'_>]) -> (Value, Value) {
        let (order, dispatch) = self.dispatched(lines);
        let grn = self.receive(&dispatch);
        (order, grn)
    }

    /// The ticket of a receipt whose only line lacks so much.
    #[track_caller]
    pub(crate) fn ticket_of_shortage(&self, lacks: u32) -> (Value, Value, Value) {
        let (order, grn) = self.received(&[("Organic Tomatoes", lacks + 1, 45.0)]);
        let found = mismatch(&grn["items"][0], 1, "SHORTAGE_REPORTED");
        let ticket = self.verify(&grn, &[found])["ticket"].take();
        (order, grn, self.show(TICKETS, &ticket))
    }

    /// What is shown now of something in a list at `base`.
    #[track_caller]
    pub(crate) fn show(&self, base: &str, value: &Value) -> Value {
        self.admin.get(&path_of(base, value)).ok()["data"].take()
    }

    /// The status of an order now.
    #[track_caller]
    pub(crate) fn status_of(&self, order: &Value) -> String {
        text(&self.show(OMS_ORDERS, order)["status"])
    }

    /// The VENDOR user of the vendor that something is of; the ADMIN stands in for a vendor without one.
    fn person_of(&self, value: &Value) -> &Person {
        let of = |vendor: &&Vendor| value["vendor"]["id"] == json!(vendor.id);
        self.vendors.iter().find(of).map_or(&self.admin, |vendor| &vendor.person)
    }

    /// Runs a step; returns its result and what it left behind.
    pub(crate) fn traced<T>(&self, step: impl FnOnce() -> T) -> (T, Traces) {
        let (events, audit) = (self.rows("outbox", "event_type"), self.rows("audit_entries", "action"));
        let result = step();
        let new = |before: &BTreeMap<String, String>, now: BTreeMap<String, String>| {
            let mut new: Vec<_> =
                now.into_iter().filter(|(id, _)| !before.contains_key(id)).map(|(_, name)| name).collect();
            new.sort_unstable();
            new
        };
        let events = new(&events, self.rows("outbox", "event_type"));
        let audit = new(&audit, self.rows("audit_entries", "action"));
        (result, Traces { events, audit })
    }

    fn rows(&self, table: &str, column: &str) -> BTreeMap<String, String> {
        let rows = self.team.database.scalar(&format!(
            "SELECT string_agg(id || ' ' || {column}, chr(10)) FROM {table} WHERE team_id = '{}'",
            self.team.id
        ));
        let pairs = rows.lines().filter_map(|row| row.split_once(' '));
        pairs.map(|(id, name)| (id.to_owned(), name.to_owned())).collect()
    }

    /// Moves a row of a table to another time, for filters by date.
    pub(crate) fn backdate(&self, table: &str, column: &str, value: &Value, at: &str) {
        self.team.database.execute(&format!(
            "UPDATE {table} SET {column} = '{at}' WHERE team_id = '{}' AND id = '{}'",
            self.team.id,
            text(&value["id"])
        ));
    }
}

/// What a step left behind: the types of its events and the actions of its audit entries, sorted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Traces {
    pub(crate) events: Vec<String>,
    pub(crate) audit: Vec<String>,
}

impl Traces {
    /// Checks that there are these events and audit entries among them.
    #[track_caller]
    pub(crate) fn hold(&self, events: &[&str], audit: &[&str]) {
        let hold = |all: &[String], some: &[&str]| some.iter().all(|name| all.iter().any(|it| it == name));
        assert!(hold(&self.events, events) && hold(&self.audit, audit), "{events:?} {audit:?}: {self:?}");
    }

    /// Checks that there is nothing.
    #[track_caller]
    pub(crate) fn are_none(&self) {
        assert_eq!(*self, Self { events: Vec::new(), audit: Vec::new() });
    }
}

impl Vendor {
    /// Creates a vendor and a VENDOR user of it.
    #[track_caller]
    pub(crate) fn create(team: &Team<'_>, admin: &Person, vendor: &Value) -> Self {
        let id = admin.post_for_id("/api/vendors", vendor);
        let email = Person::new_email();
        let body = json!({"email": email, "password": PASSWORD, "roles": ["VENDOR"], "vendorId": id});
        admin.post("/api/users", &body).created();
        let person = Person::logged_in(&team.caller, &email, PASSWORD);
        Self { id, code: text(&vendor["code"]), name: text(&vendor["name"]), person }
    }

    /// How it is shown.
    pub(crate) fn shown(&self) -> Value {
        json!({"id": self.id, "code": self.code, "name": self.name})
    }
}

impl Deref for Buying {
    type Target = Team<'static>;

    fn deref(&self) -> &Team<'static> {
        &self.team
    }
}

/// Goods that an ADMIN buys in: from an order to a dispatch of a part.
pub(crate) struct Bought {
    pub(crate) order: Value,
    pub(crate) assignment: Value,
    pub(crate) purchase_order: Value,
    pub(crate) dispatch: Value,
}

impl Bought {
    /// Creates an order, assigns 20 of its first item to a vendor, which confirms, and dispatches 10 of them.
    #[track_caller]
    pub(crate) fn new(admin: &Person, vendor: &str, order: &Value) -> Self {
        let created = |path: &str, body: &Value| admin.post(path, body).created()["data"].take();
        let order = created(OMS_ORDERS, order);
        let entry = json!({"orderItemId": order["items"][0]["id"], "vendorId": vendor, "quantity": 20});
        let assigned = created(&assignments_of(&order), &json!({"assignments": [entry]}));
        let assignment = assigned["assignments"][0].clone();
        let path = format!("{}/confirm", path_of(ASSIGNMENTS, &assignment));
        admin.post(&path, &json!({"confirmedQuantity": 20})).ok();
        let body = json!({"orderId": order["id"], "vendorId": vendor});
        let purchase_order = created(PURCHASE_ORDERS, &body);
        let dispatch = created(DISPATCHES, &parcel(&purchase_order, &[10]));
        Self { order, assignment, purchase_order, dispatch }
    }

    /// The goods receipt of the dispatch.
    #[track_caller]
    pub(crate) fn received(&self, admin: &Person) -> Value {
        admin.post(&receive_path(&self.dispatch), &json!({})).created()["data"].take()
    }

    /// The goods receipt of the dispatch and the ticket of what it lacks.
    #[track_caller]
    pub(crate) fn verified(&self, admin: &Person) -> (Value, Value) {
        let grn = self.received(admin);
        let found = mismatch(&grn["items"][0], 5, "SHORTAGE_REPORTED");
        let ticket = admin.post(VERIFY, &verification(&grn, &[found])).ok()["data"]["ticket"].take();
        (grn, ticket)
    }
}

/// The path of an order's assignments.
pub(crate) fn assignments_of(order: &Value) -> String {
    format!("{}/assignments", path_of(OMS_ORDERS, order))
}

/// The path at which the goods of a dispatch are taken in.
pub(crate) fn receive_path(dispatch: &Value) -> String {
    format!("{}/receive", path_of(DISPATCHES, dispatch))
}

/// An entry of a list of assignments.
pub(crate) fn entry(order: &Value, item: usize, vendor: &Vendor, quantity: impl Into<Value>) -> Value {
    json!({"orderItemId": order["items"][item]["id"], "vendorId": vendor.id, "quantity": quantity.into()})
}

/// A dispatch of so much of each item of a purchase order.
pub(crate) fn parcel(purchase_order: &Value, quantities: &[u32]) -> Value {
    let items = list(&purchase_order["items"]);
    let items = items.iter().zip(quantities).filter(|(_, quantity)| **quantity > 0);
    let items = items.map(|(item, quantity)| {
        json!({"assignedOrderItemId": item["assignedOrderItemId"], "dispatchedQuantity": quantity})
    });
    json!({"purchaseOrderId": purchase_order["id"], "items": items.collect::<Vec<_>>()})
}

/// A verification of a receipt with these mismatches.
pub(crate) fn verification(grn: &Value, mismatches: &[Value]) -> Value {
    json!({"goodsReceiptNoteId": grn["id"], "mismatches": mismatches})
}

/// A mismatch of an item of a receipt, with everything that it may repeat of the records.
pub(crate) fn mismatch(item: &Value, received: i64, status: &str) -> Value {
    let discrepancy = received - item["confirmedQuantity"].as_i64().expect("a whole quantity");
    let mut mismatch = json!({
        "grnItemId": item["id"], "assignedOrderItemId": item["assignedOrderItemId"],
        "assignedQuantity": item["assignedQuantity"], "confirmedQuantity": item["confirmedQuantity"],
        "receivedQuantity": received, "discrepancyQuantity": discrepancy, "status": status,
        "damageReported": status == "DAMAGE_REPORTED",
    });
    if status == "DAMAGE_REPORTED" {
        mismatch["damageDescription"] = json!("Crushed packaging, items unusable");
    }
    mismatch
}

/// A value with other or additional fields.
pub(crate) fn with(mut value: Value, fields: Value) -> Value {
    let Value::Object(fields) = fields else { panic!("fields are an object") };
    value.as_object_mut().expect("an object").extend(fields);
    value
}

/// The elements of a list.
#[track_caller]
pub(crate) fn list(value: &Value) -> Vec<Value> {
    value.as_array().unwrap_or_else(|| panic!("{value} is a list")).clone()
}

/// A text.
#[track_caller]
pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is a text")).to_owned()
}

/// A list of oms: its path and the name of its entries.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Listing<'a> {
    pub(crate) path: &'a str,
    pub(crate) key: &'a str,
}

impl Listing<'_> {
    /// The page that a query shows: the ids, and the pagination.
    #[track_caller]
    pub(crate) fn page(&self, person: &Person, query: &str) -> (Vec<String>, Value) {
        let data = person.get(&format!("{}?{query}", self.path)).ok()["data"].take();
        let ids = list(&data[self.key]).iter().map(|entry| text(&entry["id"])).collect();
        (ids, data["pagination"].clone())
    }

    /// The ids that a query shows.
    #[track_caller]
    pub(crate) fn ids(&self, person: &Person, query: &str) -> Vec<String> {
        self.page(person, query).0
    }

    /// Checks that queries show these entries, each by its place in `all`.
    #[track_caller]
    pub(crate) fn filters(&self, person: &Person, all: &[&Value], queries: &[(String, &[usize])]) {
        for (query, places) in queries {
            let expected: Vec<_> = places.iter().map(|place| text(&all[*place]["id"])).collect();
            let (found, pagination) = self.page(person, query);
            assert_eq!(found, expected, "{query}");
            assert_eq!(pagination["totalItems"], json!(expected.len()), "{query}");
        }
    }

    /// Checks what all lists have in common; `all` is what the list shows, at least three, and `parameters` are its filters.
    #[track_caller]
    pub(crate) fn is_paged(&self, person: &Person, all: &[&Value], parameters: &[&str]) {
        let all: Vec<_> = all.iter().map(|entry| text(&entry["id"])).collect();
        let (count, pages) = (all.len(), all.len().div_ceil(2));
        let pagination = |page: usize, pages: Value, items: Value, limit: usize| json!({"currentPage": page, "totalPages": pages, "totalItems": items, "itemsPerPage": limit});
        assert_eq!(
            self.page(person, ""),
            (all.clone(), pagination(1, json!(1), json!(count), 20)),
            "{}",
            self.path
        );
        for page in 1..=pages {
            let expected: Vec<_> = all.iter().skip(2 * (page - 1)).take(2).cloned().collect();
            let shown = pagination(page, json!(pages), json!(count), 2);
            assert_eq!(
                self.page(person, &format!("limit=2&page={page}")),
                (expected, shown),
                "{}",
                self.path
            );
        }
        assert_eq!(self.ids(person, &format!("limit=2&page={}", pages + 1)), Vec::<String>::new());
        let uncounted = pagination(1, Value::Null, Value::Null, 20);
        assert_eq!(self.page(person, "total=false"), (all, uncounted), "{}", self.path);

        let mut faulty = vec!["page", "limit", "total"];
        faulty.extend(parameters);
        let value = |name: &&str| match *name {
            "page" => "page=0".to_owned(),
            "limit" => "limit=101".to_owned(),
            name => format!("{name}=odd"),
        };
        let query = faulty.iter().map(value).collect::<Vec<_>>().join("&");
        let faults: Vec<_> = faulty.iter().map(|name| (*name, "")).collect();
        person.get(&format!("{}?{query}", self.path)).oms_faults(422, &faults);
        person.get(&format!("{}?color=red", self.path)).oms_faults(422, &[("color", "is unknown")]);
        if parameters.contains(&"startDate") {
            let turned = format!("{}?startDate=2024-10-02&endDate=2024-10-01", self.path);
            person.get(&turned).oms_invalid(json!({"endDate": ["must not be before the period begins"]}));
        }
    }
}

/// Checks that a request with a key is done once, and that the key is good for no other body; returns the answer.
#[track_caller]
pub(crate) fn replays(buying: &Buying, person: &Person, path: &str, body: &Value) -> Value {
    let send = |body: &Value| {
        let request = person.request(reqwest::Method::POST, path).header("Idempotency-Key", "k1");
        super::Reply::to(request.json(body))
    };
    let first = send(body);
    assert!(matches!(first.status, 200 | 201), "{first:?}");
    assert_eq!(first.header("idempotent-replayed"), None, "{first:?}");
    let before = buying.team.state();
    let again = send(body);
    assert_eq!(again.header("idempotent-replayed"), Some("true"), "{again:?}");
    assert_eq!((again.status, &again.text), (first.status, &first.text));
    let message = "This idempotency key was used for a request with other content";
    send(&with(body.clone(), json!({"other": true}))).oms_refused(422, message);
    assert_eq!(buying.team.state(), before);
    first.json()
}
