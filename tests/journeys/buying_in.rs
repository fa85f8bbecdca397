//! Goods that are bought in: by four users with their own roles, and real purchase orders as they were received.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use testkit::race;

use crate::support::buying::{
    ASSIGNMENTS, Buying, DISPATCHES, GRNS, PENDING, PURCHASE_ORDERS, TICKETS, VERIFY, assignments_of, list,
    mismatch, receive_path, text, verification, with,
};
use crate::support::{OMS_ORDERS, Person, Requests, dataset, oms_order_example, path_of};

const FORBIDDEN: &str = "Your role does not allow this";

#[test]
fn an_order_is_bought_in_by_four_users_with_their_own_roles() {
    let buying = Buying::new();
    let (admin, ops, accounts) = (&buying.admin, &buying.ops, &buying.accounts);
    let vendor = &buying.vendors[0];
    let seller = &vendor.person;
    // who may not do a step is refused it first
    let step = |others: &[&Person], person: &Person, path: &str, body: &Value, status: u16| {
        for other in others {
            other.post(path, body).oms_refused(403, FORBIDDEN);
        }
        let reply = person.post(path, body);
        assert_eq!(reply.status, status, "{reply:?}");
        reply.json()["data"].take()
    };
    let order = step(&[accounts, ops, seller], admin, OMS_ORDERS, &oms_order_example(), 201);
    let items = list(&order["items"]);
    let entries = items
        .iter()
        .map(|item| json!({"orderItemId": item["id"], "vendorId": vendor.id, "quantity": item["quantity"]}));
    let body = json!({"assignments": entries.collect::<Vec<_>>()});
    let made = step(&[accounts, ops, seller], admin, &assignments_of(&order), &body, 201);
    for assignment in list(&made["assignments"]) {
        let path = format!("{}/confirm", path_of(ASSIGNMENTS, &assignment));
        step(
            &[accounts, ops],
            seller,
            &path,
            &json!({"confirmedQuantity": assignment["assignedQuantity"]}),
            200,
        );
    }
    let body = json!({"orderId": order["id"], "vendorId": vendor.id});
    let ordered = step(&[accounts, ops, seller], admin, PURCHASE_ORDERS, &body, 201);
    assert_eq!(ordered["totalAmount"], order["totalAmount"]);
    let items = list(&ordered["items"]);
    let items = items.iter().map(|item| {
        json!({"assignedOrderItemId": item["assignedOrderItemId"], "dispatchedQuantity": item["quantity"]})
    });
    let body = json!({"purchaseOrderId": ordered["id"], "items": items.collect::<Vec<_>>()});
    let dispatch = step(&[accounts, ops], seller, DISPATCHES, &body, 201);
    let grn = step(&[accounts, seller], ops, &receive_path(&dispatch), &json!({}), 201);
    assert_eq!(ops.get(PENDING).ok()["data"]["grns"], json!([grn]));
    let found = mismatch(&grn["items"][0], 45, "DAMAGE_REPORTED");
    let body = verification(&grn, &[with(found, json!({"itemRemarks": "Units damaged during transit"}))]);
    let verified = step(&[accounts, seller], ops, VERIFY, &body, 200);
    assert_eq!(
        (&verified["grn"]["status"], &verified["ticket"]["priority"]),
        (&json!("VERIFIED_MISMATCH"), &json!("URGENT"))
    );
    let ticket = &verified["ticket"];
    let body = json!({"content": "The vendor sends five more"});
    step(&[accounts, seller], ops, &format!("{}/comments", path_of(TICKETS, ticket)), &body, 201);
    for status in ["IN_PROGRESS", "RESOLVED"] {
        let (path, body) = (format!("{}/status", path_of(TICKETS, ticket)), json!({"status": status}));
        for other in [accounts, seller] {
            other.patch(&path, &body).oms_refused(403, FORBIDDEN);
        }
        assert_eq!(ops.patch(&path, &body).ok()["data"]["ticket"]["status"], json!(status));
    }

    // accounts read everything but receipts and their tickets; so does the vendor, of its own
    for person in [accounts, seller] {
        let shown = person.get(&path_of(OMS_ORDERS, &order)).ok();
        assert_eq!(shown["data"]["status"], json!("PARTIALLY_FULFILLED"));
        let assigned = list(&shown["data"]["assignedItems"]);
        let accepted: Vec<_> = assigned.iter().map(|it| it["acceptedQuantity"].clone()).collect();
        assert_eq!(accepted, [json!(45), json!(30)]);
        let bought = person.get(&path_of(PURCHASE_ORDERS, &ordered)).ok();
        assert_eq!(bought["data"]["status"], json!("RECEIVED"));
        let sent = person.get(&path_of(DISPATCHES, &dispatch)).ok();
        assert_eq!(sent["data"]["goodsReceipt"]["status"], json!("VERIFIED_MISMATCH"));
        for path in [path_of(GRNS, &grn), path_of(TICKETS, ticket), PENDING.to_owned()] {
            person.get(&path).oms_refused(403, FORBIDDEN);
        }
    }
    let trail = admin.get(&format!("/api/audit?limit=100&actor=user:{}", ops.id)).ok();
    let actions: BTreeSet<_> = list(&trail["data"]["entries"]).iter().map(|it| text(&it["action"])).collect();
    for action in ["goods_receipt.created", "goods_receipt.verified", "ticket.created", "ticket.changed"] {
        assert!(actions.contains(action), "{action}: {actions:?}");
    }

    // what is missing is bought again, and then the order is complete
    let again = buying.assign(&order, &[(0, vendor, 5)]);
    buying.confirm(&again[0], 5);
    let further = buying.purchase_order(&order, vendor);
    buying.verify(&buying.receive(&buying.dispatch(&further, &[5])), &[]);
    assert_eq!(buying.status_of(&order), "FULFILLED");
    admin
        .post(&format!("{}/close", path_of(OMS_ORDERS, &order)), &json!({}))
        .oms_refused_with(409, &["accepted"]);
}

/// A line of a real purchase order.
struct RealLine {
    sku: String,
    product: String,
    ordered: i64,
    /// In ten-thousandths.
    price: i64,
    received: i64,
    rejected: i64,
}

/// A real purchase order.
struct RealOrder {
    vendor: String,
    lines: Vec<RealLine>,
}

/// What is found of a line when it is verified.
struct Found {
    status: Option<&'static str>,
    discrepancy: i64,
    accepted: i64,
}

impl RealLine {
    /// The line's amount in cents, rounded half up; no amount is negative.
    fn cents(&self) -> i64 {
        (self.ordered * self.price + 50) / 100
    }

    fn price(&self) -> String {
        format!("{}.{:04}", self.price / 10_000, self.price % 10_000)
    }

    fn found(&self) -> Found {
        let discrepancy = self.received - self.ordered;
        let (status, accepted) = if self.rejected > 0 {
            (Some("DAMAGE_REPORTED"), (self.received - self.rejected).min(self.ordered))
        } else if discrepancy < 0 {
            (Some("SHORTAGE_REPORTED"), self.received)
        } else if discrepancy > 0 {
            (Some("EXCESS_RECEIVED"), self.ordered)
        } else {
            (None, self.ordered)
        };
        Found { status, discrepancy, accepted }
    }
}

impl RealOrder {
    /// The priority of the ticket of its receipt, by the rule of the API document; `None` where there is no mismatch.
    fn priority(&self) -> Option<&'static str> {
        let found: Vec<_> = self.lines.iter().map(RealLine::found).collect();
        let statuses: BTreeSet<_> = found.iter().filter_map(|line| line.status).collect();
        let lacking = found.iter().filter(|line| line.status != Some("EXCESS_RECEIVED"));
        let sum: i64 = lacking.map(|line| line.discrepancy.abs()).sum();
        let is_only = |status| statuses.len() == 1 && statuses.contains(status);
        match sum {
            _ if statuses.is_empty() => None,
            _ if statuses.contains("DAMAGE_REPORTED") => Some("URGENT"),
            101.. => Some("URGENT"),
            51.. => Some("HIGH"),
            _ if is_only("EXCESS_RECEIVED") => Some("LOW"),
            _ => Some("MEDIUM"),
        }
    }

    /// The status of the order once its receipt is verified.
    fn status(&self) -> &'static str {
        if self.lines.iter().all(|line| line.found().accepted >= line.ordered) {
            "FULFILLED"
        } else if self.lines.iter().any(|line| line.found().accepted > 0) {
            "PARTIALLY_FULFILLED"
        } else {
            "PROCESSING"
        }
    }
}

/// A number in ten-thousandths.
fn ten_thousandths(number: &str) -> i64 {
    let (whole, decimals) = number.split_once('.').unwrap_or((number, ""));
    format!("{whole}{decimals:0<4}").parse().unwrap()
}

/// A sample of the purchase orders of the data set with every kind of line: the first 60, every thirtieth, and two that
/// lack more than 100 without any damage.
fn sample() -> Vec<RealOrder> {
    let csv = std::fs::read_to_string(dataset("purchase-order-lines.csv")).unwrap();
    let mut orders: BTreeMap<usize, RealOrder> = BTreeMap::new();
    for line in csv.lines().skip(1) {
        let cells: Vec<_> = line.split(',').collect();
        let [number, vendor, sku, product, ordered, price, received, rejected] = cells[..] else {
            panic!("{line} has 8 cells");
        };
        let whole = |text: &str| text.parse::<i64>().unwrap();
        let order = orders
            .entry(number.parse().unwrap())
            .or_insert_with(|| RealOrder { vendor: vendor.to_owned(), lines: Vec::new() });
        order.lines.push(RealLine {
            sku: sku.to_owned(),
            product: product.to_owned(),
            ordered: whole(ordered),
            price: ten_thousandths(price),
            received: whole(received),
            rejected: whole(rejected),
        });
    }
    assert_eq!(orders.values().map(|order| order.lines.len()).sum::<usize>(), 4_000);
    let chosen = |number: usize| number <= 60 || number.is_multiple_of(30) || [386, 1_156].contains(&number);
    orders.into_iter().filter(|(number, _)| chosen(*number)).map(|(_, order)| order).collect()
}

/// Buys a purchase order of the data set in; returns its order and the receipt.
fn buy_in(buying: &Buying, vendor: &str, real: &RealOrder) -> (Value, Value) {
    let admin = &buying.admin;
    let created = |path: &str, body: &Value| admin.post(path, body).created()["data"].take();
    let items = real.lines.iter().map(|line| {
        json!({"productName": line.product, "sku": line.sku, "quantity": line.ordered, "pricePerUnit": line.price()})
    });
    let order = created(
        OMS_ORDERS,
        &json!({
            "customerInfo": {"name": "AdventureWorks"},
            "deliveryAddress": {"street": "Warehouse 1", "city": "Bothell", "pincode": "98011"},
            "items": items.collect::<Vec<_>>(),
        }),
    );
    let items = list(&order["items"]);
    let entries = items
        .iter()
        .map(|item| json!({"orderItemId": item["id"], "vendorId": vendor, "quantity": item["quantity"]}));
    let made = created(&assignments_of(&order), &json!({"assignments": entries.collect::<Vec<_>>()}));
    for assignment in list(&made["assignments"]) {
        buying.confirm(&assignment, u32::try_from(assignment["assignedQuantity"].as_u64().unwrap()).unwrap());
    }
    let ordered = created(PURCHASE_ORDERS, &json!({"orderId": order["id"], "vendorId": vendor}));
    let total: i64 = real.lines.iter().map(RealLine::cents).sum();
    let total: f64 = format!("{}.{:02}", total / 100, total % 100).parse().unwrap();
    assert_eq!((&ordered["totalAmount"], &order["totalAmount"]), (&json!(total), &json!(total)));
    let items = list(&ordered["items"]);
    let items = items.iter().map(|item| {
        json!({"assignedOrderItemId": item["assignedOrderItemId"], "dispatchedQuantity": item["quantity"]})
    });
    let body = json!({"purchaseOrderId": ordered["id"], "items": items.collect::<Vec<_>>()});
    let dispatch = created(DISPATCHES, &body);
    let grn = buying.receive(&dispatch);
    let items = list(&grn["items"]);
    let found = items.iter().zip(&real.lines).filter_map(|(item, line)| {
        assert_eq!(
            item["assignedOrderItem"]["orderItem"]["sku"],
            json!(line.sku),
            "in the order of the lines"
        );
        let found = mismatch(item, line.received, line.found().status?);
        let is_damaged = line.rejected > 0;
        Some(if is_damaged { with(found, json!({"damagedQuantity": line.rejected})) } else { found })
    });
    let verified = buying.verify(&grn, &found.collect::<Vec<_>>());
    assert_eq!(verified["ticket"]["priority"].as_str(), real.priority(), "{verified}");
    let verdict = if real.priority().is_some() { "VERIFIED_MISMATCH" } else { "VERIFIED_OK" };
    assert_eq!(verified["grn"]["status"], json!(verdict));
    (order, grn)
}

fn check(buying: &Buying, real: &RealOrder, order: &Value, grn: &Value) {
    let shown = buying.show(OMS_ORDERS, order);
    assert_eq!(shown["status"], json!(real.status()), "{shown}");
    let receipt = buying.show(GRNS, grn);
    let ordered = buying.show(PURCHASE_ORDERS, &grn["dispatch"]["purchaseOrder"]);
    assert_eq!(ordered["status"], json!("RECEIVED"));
    for (place, line) in real.lines.iter().enumerate() {
        let found = line.found();
        let progress = json!([line.ordered, line.received, found.accepted]);
        let names = ["dispatchedQuantity", "receivedQuantity", "acceptedQuantity"];
        for value in [&shown["assignedItems"][place], &ordered["items"][place]] {
            assert_eq!(names.map(|name| value[name].clone()).into_iter().collect::<Value>(), progress);
        }
        let item = &receipt["items"][place];
        let facts = ["status", "receivedQuantity", "discrepancyQuantity", "acceptedQuantity"];
        let facts = facts.map(|name| item[name].clone());
        let status = found.status.unwrap_or("VERIFIED_OK");
        let expected = [json!(status), json!(line.received), json!(found.discrepancy), json!(found.accepted)];
        assert_eq!(facts, expected, "{item}");
    }
}

#[test]
fn real_purchase_orders_are_received_as_they_really_were() {
    let buying = Buying::new();
    let orders = sample();
    let kinds: BTreeSet<_> = orders.iter().map(|order| (order.priority(), order.status())).collect();
    assert_eq!(
        kinds,
        BTreeSet::from([
            (None, "FULFILLED"),
            (Some("HIGH"), "PARTIALLY_FULFILLED"),
            (Some("MEDIUM"), "PARTIALLY_FULFILLED"),
            (Some("URGENT"), "PARTIALLY_FULFILLED"),
            (Some("URGENT"), "PROCESSING"),
        ])
    );
    let codes: BTreeSet<_> = orders.iter().map(|order| order.vendor.clone()).collect();
    let vendors: BTreeMap<_, _> = codes
        .into_iter()
        .map(|code| {
            let id = buying.admin.post_for_id("/api/vendors", &json!({"code": code, "name": code}));
            (code, id)
        })
        .collect();
    let next = AtomicUsize::new(0);
    race(4, |_| {
        while let Some(real) = orders.get(next.fetch_add(1, Ordering::Relaxed)) {
            let (order, grn) = buy_in(&buying, &vendors[&real.vendor], real);
            check(&buying, real, &order, &grn);
        }
    });

    let total = |path: &str| buying.ops.get(path).ok()["data"]["pagination"]["totalItems"].clone();
    let count =
        |found: &dyn Fn(&RealOrder) -> bool| json!(orders.iter().filter(|order| found(order)).count());
    for priority in ["URGENT", "HIGH", "MEDIUM", "LOW"] {
        let expected = count(&|order| order.priority() == Some(priority));
        assert_eq!(total(&format!("{TICKETS}?priority={priority}&limit=1")), expected, "{priority}");
    }
    for status in ["FULFILLED", "PARTIALLY_FULFILLED", "PROCESSING", "ASSIGNED", "RECEIVED"] {
        let expected = count(&|order| order.status() == status);
        assert_eq!(total(&format!("{OMS_ORDERS}?status={status}&limit=1")), expected, "{status}");
    }
    let bought = count(&|_| true);
    assert_eq!(total(&format!("{PURCHASE_ORDERS}?status=RECEIVED&limit=1")), bought);
    assert_eq!(total(PENDING), json!(0));
    let [numbers, lines] = [("purchase_orders", "number"), ("assignments", "id")].map(|(table, column)| {
        let team = &buying.team.id;
        let count = format!("SELECT count(DISTINCT {column}) FROM {table} WHERE team_id = '{team}'");
        buying.team.database.scalar(&count).parse::<usize>().unwrap()
    });
    assert_eq!(numbers, orders.len());
    assert_eq!(lines, orders.iter().map(|order| order.lines.len()).sum::<usize>());
}
