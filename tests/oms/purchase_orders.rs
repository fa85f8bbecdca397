//! Purchase orders: what a vendor confirmed of an order, at the order's prices (`docs/spec/oms.md`, "Purchase orders").

use serde_json::{Value, json};
use testkit::race;

use crate::support::buying::{
    ASSIGNMENTS, Buying, DISPATCHES, Listing, PURCHASE_ORDERS, Vendor, list, mismatch, replays, text,
};
use crate::support::{OMS_ORDERS, Reply, Requests, Shop, is_uuid, oms_order_example, path_of};

const ABSENT: &str = "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e99";
const FORBIDDEN: &str = "Your role does not allow this";
const ALL: Listing<'_> = Listing { path: PURCHASE_ORDERS, key: "purchaseOrders" };

/// A request for a purchase order.
fn request(order: &Value, vendor: &Vendor) -> Value {
    json!({"orderId": order["id"], "vendorId": vendor.id})
}

/// The assignments that a purchase order covers, and how much of each.
fn covered(purchase_order: &Value) -> Vec<(String, Value)> {
    let items = list(&purchase_order["items"]);
    items.iter().map(|item| (text(&item["assignedOrderItemId"]), item["quantity"].clone())).collect()
}

fn status_of(buying: &Buying, purchase_order: &Value) -> String {
    text(&buying.show(PURCHASE_ORDERS, purchase_order)["status"])
}

#[test]
fn the_documented_example_works_to_the_letter() {
    let buying = Buying::new();
    let vendor = &buying.vendors[0];
    let order = buying.admin.post(OMS_ORDERS, &oms_order_example()).created()["data"].take();
    let assignment = buying.assign(&order, &[(0, vendor, 30)]).remove(0);
    buying.confirm(&assignment, 20);
    let reply = buying.admin.post(PURCHASE_ORDERS, &request(&order, vendor));
    let body = reply.created();
    let (made, year) = (&body["data"], &order["createdAt"].as_str().unwrap()[..4]);
    assert!(is_uuid(&made["id"]) && is_uuid(&made["items"][0]["id"]), "{made}");
    let expected = json!({
        "id": made["id"], "poNumber": format!("PO-{year}-001"),
        "order": {"id": order["id"], "orderNumber": order["orderNumber"]},
        "vendor": {"id": vendor.id, "code": "VEN001", "name": "Vendor Name", "email": "vendor@example.com"},
        "status": "ISSUED",
        "items": [{
            "id": made["items"][0]["id"], "assignedOrderItemId": assignment["id"], "orderItemId": order["items"][0]["id"],
            "productName": "Organic Tomatoes", "sku": "ORG-TOM-001", "quantity": 20, "unitPrice": 45.0,
            "totalPrice": 900.0, "dispatchedQuantity": 0, "receivedQuantity": 0, "acceptedQuantity": 0,
        }],
        "totalAmount": 900.0, "currency": "EUR", "createdAt": made["createdAt"], "updatedAt": made["createdAt"],
    });
    let message = "Purchase order created successfully";
    assert_eq!(body, json!({"success": true, "message": message, "data": expected}));
    for digits in [r#""unitPrice":45.00"#, r#""totalPrice":900.00"#, r#""totalAmount":900.00"#] {
        assert!(reply.text.contains(digits), "{}", reply.text);
    }
    let path = path_of(PURCHASE_ORDERS, &expected);
    assert_eq!(buying.admin.get(&path).ok(), json!({"success": true, "data": expected}));
    let pagination = json!({"currentPage": 1, "totalPages": 1, "totalItems": 1, "itemsPerPage": 20});
    let listed = json!({"success": true, "data": {"purchaseOrders": [expected], "pagination": pagination}});
    assert_eq!(buying.admin.get(PURCHASE_ORDERS).ok(), listed);
    assert_eq!(buying.show(ASSIGNMENTS, &assignment)["purchaseOrderId"], expected["id"]);

    let before = buying.team.state();
    let again = buying.admin.post(PURCHASE_ORDERS, &request(&order, vendor)).ok();
    let message = "Purchase order exists already";
    assert_eq!(again, json!({"success": true, "message": message, "data": expected}));
    assert_eq!(buying.team.state(), before);
}

#[test]
fn it_covers_what_is_confirmed_and_not_yet_covered() {
    let buying = Buying::new();
    let [first, second] = &buying.vendors;
    let order = buying.order(&[("Tomatoes", 50, 45.0), ("Spinach", 30, 25.0), ("Garlic", 10, 0.3333)]);
    let made = buying.assign(
        &order,
        &[(0, first, 20), (0, second, 10), (1, first, 30), (2, first, 10), (0, first, 5), (0, first, 15)],
    );
    for (assignment, quantity) in made.iter().zip([20, 10, 0, 10, 3]) {
        buying.confirm(assignment, quantity);
    }
    let one = buying.purchase_order(&order, first);
    let id = |place: usize| text(&made[place]["id"]);
    assert_eq!(covered(&one), [(id(0), json!(20)), (id(3), json!(10)), (id(4), json!(3))]);
    let sums = list(&one["items"]).iter().map(|item| item["totalPrice"].clone()).collect::<Vec<_>>();
    assert_eq!(sums, [json!(900.0), json!(3.33), json!(135.0)], "10 × 0.3333 is rounded");
    assert_eq!(one["totalAmount"], json!(1038.33));
    assert_eq!(one["items"][1]["unitPrice"], json!(0.3333));

    let of_second = buying.purchase_order(&order, second);
    assert_eq!(covered(&of_second), [(id(1), json!(10))]);
    buying.confirm(&made[5], 15);
    let further = buying.purchase_order(&order, first);
    assert_eq!(covered(&further), [(id(5), json!(15))]);
    let again = buying.admin.post(PURCHASE_ORDERS, &request(&order, first)).ok();
    assert_eq!(again["data"], further, "the latest one");
    let numbers = [&one, &of_second, &further].map(|it| text(&it["poNumber"])[8..].to_owned());
    assert_eq!(numbers, ["001", "002", "003"]);
}

#[test]
fn its_status_follows_its_goods() {
    let buying = Buying::new();
    let (_, ordered) = buying.ordered(&[("Tomatoes", 50, 45.0), ("Spinach", 30, 25.0)]);
    assert_eq!(status_of(&buying, &ordered), "ISSUED");
    let part = buying.dispatch(&ordered, &[50, 10]);
    assert_eq!(status_of(&buying, &ordered), "PARTIALLY_DISPATCHED");
    let grn = buying.receive(&part);
    buying.verify(&grn, &[mismatch(&grn["items"][0], 45, "SHORTAGE_REPORTED")]);
    assert_eq!(status_of(&buying, &ordered), "PARTIALLY_DISPATCHED");
    let progress = |purchase_order: &Value| {
        let items = list(&buying.show(PURCHASE_ORDERS, purchase_order)["items"]);
        let names = ["dispatchedQuantity", "receivedQuantity", "acceptedQuantity"];
        items.iter().map(|item| names.map(|name| item[name].as_i64().unwrap())).collect::<Vec<_>>()
    };
    assert_eq!(progress(&ordered), [[50, 45, 45], [10, 10, 10]]);
    let rest = buying.dispatch(&ordered, &[0, 20]);
    assert_eq!(status_of(&buying, &ordered), "DISPATCHED");
    let grn = buying.receive(&rest);
    assert_eq!(status_of(&buying, &ordered), "DISPATCHED", "received is not verified");
    buying.verify(&grn, &[]);
    assert_eq!(status_of(&buying, &ordered), "RECEIVED");
    assert_eq!(progress(&ordered), [[50, 45, 45], [30, 30, 30]]);

    let (order, ordered) = buying.ordered(&[("Tomatoes", 50, 45.0)]);
    buying.admin.post(&format!("{}/cancel", path_of(OMS_ORDERS, &order)), &json!({})).ok();
    assert_eq!(status_of(&buying, &ordered), "CANCELLED");
    let (order, ordered) = buying.ordered(&[("Tomatoes", 50, 45.0)]);
    buying.admin.post(&format!("{}/close", path_of(OMS_ORDERS, &order)), &json!({})).ok();
    assert_eq!(status_of(&buying, &ordered), "CANCELLED", "closed before anything was dispatched");
    let (order, ordered) = buying.ordered(&[("Tomatoes", 50, 45.0)]);
    let grn = buying.receive(&buying.dispatch(&ordered, &[20]));
    // nothing of it is accepted, so that no invoice stands in the way of closing
    let broken = mismatch(&grn["items"][0], 20, "DAMAGE_REPORTED");
    let mut ticket = buying.verify(&grn, &[broken])["ticket"].take();
    for status in ["IN_PROGRESS", "RESOLVED"] {
        let path = format!("/api/grn/tickets/{}/status", text(&ticket["id"]));
        ticket = buying.ops.patch(&path, &json!({"status": status})).ok()["data"]["ticket"].take();
    }
    buying.admin.post(&format!("{}/close", path_of(OMS_ORDERS, &order)), &json!({})).ok();
    assert_eq!(status_of(&buying, &ordered), "CLOSED", "closed when a part was dispatched");
}

#[test]
fn nothing_confirmed_and_faulty_requests_store_nothing() {
    let buying = Buying::new();
    let [first, second] = &buying.vendors;
    let order = buying.order(&[("Tomatoes", 50, 45.0)]);
    let made = buying.assign(&order, &[(0, first, 20), (0, second, 20)]);
    buying.confirm(&made[1], 0);
    let foreign = Buying::new();
    let (foreign_order, _) = foreign.ordered(&[("Tomatoes", 50, 45.0)]);
    let shop = Shop::stocked();
    let before = buying.team.state();
    for vendor in [first, second] {
        // wording
        let refused = buying.admin.post(PURCHASE_ORDERS, &request(&order, vendor));
        refused.has_code("NOTHING_CONFIRMED").oms_refused_with(409, &["confirmed"]);
    }
    let (known, vendor) = (order["id"].clone(), json!(first.id));
    for (body, faults) in [
        (json!({}), &[("orderId", "required"), ("vendorId", "required")][..]),
        (json!({"orderId": null, "vendorId": null}), &[("orderId", "required"), ("vendorId", "required")]),
        (json!({"orderId": 7, "vendorId": []}), &[("orderId", ""), ("vendorId", "")]),
        (json!({"orderId": "ORD-2024-001", "vendorId": "VEN001"}), &[("orderId", ""), ("vendorId", "")]),
        (json!({"orderId": ABSENT, "vendorId": vendor}), &[("orderId", "")]),
        (json!({"orderId": known, "vendorId": ABSENT}), &[("vendorId", "")]),
        (json!({"orderId": foreign_order["id"], "vendorId": vendor}), &[("orderId", "")]),
        (json!({"orderId": known, "vendorId": foreign.vendors[0].id}), &[("vendorId", "")]),
    ] {
        // wording
        buying.admin.post(PURCHASE_ORDERS, &body).oms_faults(422, faults);
    }
    for person in [&buying.ops, &buying.accounts, &first.person] {
        person.post(PURCHASE_ORDERS, &request(&order, first)).oms_refused(403, FORBIDDEN);
    }
    assert_eq!(buying.team.state(), before);

    let made = buying.assign(&order, &[(0, first, 1)]);
    buying.confirm(&made[0], 1);
    buying.admin.post(&format!("{}/cancel", path_of(OMS_ORDERS, &order)), &json!({})).ok();
    let before = buying.team.state();
    // wording
    let refused = buying.admin.post(PURCHASE_ORDERS, &request(&order, first));
    refused.oms_refused_with(409, &["CANCELLED"]);
    assert_eq!(buying.team.state(), before);

    shop.sell(1, 5);
    let sold = shop.admin.get(OMS_ORDERS).ok()["data"]["orders"][0].take();
    let own = Vendor::create(&shop.team, &shop.admin, &json!({"code": "VEN001", "name": "Green Farms"}));
    // wording
    shop.admin.post(PURCHASE_ORDERS, &request(&sold, &own)).oms_refused_with(409, &[]);
}

#[test]
fn the_list_is_filtered_and_paged() {
    let buying = Buying::new();
    let [first, second] = &buying.vendors;
    let order = buying.order(&[("Tomatoes", 50, 45.0)]);
    let made = buying.assign(&order, &[(0, first, 20), (0, second, 20)]);
    made.iter().for_each(|assignment| drop(buying.confirm(assignment, 20)));
    let [a, b] = [first, second].map(|vendor| buying.purchase_order(&order, vendor));
    let (other, c) = buying.ordered(&[("Spinach", 30, 25.0)]);
    buying.dispatch(&b, &[20]);
    buying.dispatch(&c, &[10]);
    let (cancelled, d) = buying.ordered(&[("Spinach", 30, 25.0)]);
    buying.admin.post(&format!("{}/cancel", path_of(OMS_ORDERS, &cancelled)), &json!({})).ok();
    for (purchase_order, at) in [
        (&a, "2024-09-30T23:59:59.999Z"),
        (&b, "2024-10-01T00:00:00Z"),
        (&c, "2024-10-08T10:30:00Z"),
        (&d, "2024-10-09T00:00:00Z"),
    ] {
        buying.backdate("purchase_orders", "created_at", purchase_order, at);
    }
    let all = [&d, &c, &b, &a];
    let id = |value: &Value| text(&value["id"]);
    ALL.is_paged(&buying.admin, &all, &["status", "vendorId", "orderId", "startDate", "endDate"]);
    ALL.filters(
        &buying.admin,
        &all,
        &[
            ("status=ISSUED".to_owned(), &[3]),
            ("status=DISPATCHED".to_owned(), &[2]),
            ("status=PARTIALLY_DISPATCHED".to_owned(), &[1]),
            ("status=CANCELLED".to_owned(), &[0]),
            ("status=RECEIVED".to_owned(), &[]),
            ("status=CLOSED".to_owned(), &[]),
            (format!("vendorId={}", first.id), &[0, 1, 3]),
            (format!("vendorId={ABSENT}"), &[]),
            (format!("orderId={}", id(&order)), &[2, 3]),
            (format!("orderId={}&vendorId={}", id(&other), second.id), &[]),
            (format!("orderId={}&vendorId={}&status=ISSUED", id(&order), first.id), &[3]),
            ("startDate=2024-10-01".to_owned(), &[0, 1, 2]),
            ("endDate=2024-10-01".to_owned(), &[2, 3]),
            ("startDate=2024-10-01T00:00:00.001Z&endDate=2024-10-08T10:30:00Z".to_owned(), &[1]),
        ],
    );
}

#[test]
fn a_vendor_sees_its_own_purchase_orders() {
    let buying = Buying::new();
    let [first, second] = &buying.vendors;
    let order = buying.order(&[("Tomatoes", 50, 45.0)]);
    let made = buying.assign(&order, &[(0, first, 20), (0, second, 20)]);
    made.iter().for_each(|assignment| drop(buying.confirm(assignment, 20)));
    let [own, foreign] = [first, second].map(|vendor| buying.purchase_order(&order, vendor));
    let (ids, pagination) = ALL.page(&first.person, "");
    assert_eq!((ids, &pagination["totalItems"]), (vec![text(&own["id"])], &json!(1)));
    assert_eq!(ALL.ids(&first.person, &format!("vendorId={}", second.id)), Vec::<String>::new());
    assert_eq!(
        ALL.ids(&first.person, &format!("orderId={}", text(&order["id"]))),
        [text(&own["id"])],
        "of a shared order, too"
    );
    assert_eq!(first.person.get(&path_of(PURCHASE_ORDERS, &own)).ok()["data"], own);
    let absent = first.person.get(&format!("{PURCHASE_ORDERS}/{ABSENT}"));
    absent.oms_refused(404, "Purchase order not found");
    let foreign = first.person.get(&path_of(PURCHASE_ORDERS, &foreign));
    assert_eq!((foreign.status, &foreign.text), (404, &absent.text));
    for person in [&buying.ops, &buying.accounts] {
        assert_eq!(ALL.ids(person, "").len(), 2);
        assert_eq!(person.get(&path_of(PURCHASE_ORDERS, &own)).ok()["data"], own);
    }
    for id in ["7", "PO-2024-001", "null"] {
        buying.admin.get(&format!("{PURCHASE_ORDERS}/{id}")).oms_refused(404, "Purchase order not found");
    }
}

#[test]
fn a_repeated_request_orders_once_and_leaves_its_traces() {
    let buying = Buying::new();
    let vendor = &buying.vendors[0];
    let order = buying.order(&[("Tomatoes", 50, 45.0)]);
    let assignment = buying.assign(&order, &[(0, vendor, 20)]).remove(0);
    buying.confirm(&assignment, 20);
    let body = request(&order, vendor);
    let (_, traces) = buying.traced(|| replays(&buying, &buying.admin, PURCHASE_ORDERS, &body));
    traces.hold(&["purchase_order.created"], &["purchase_order.created"]);
    assert_eq!((traces.events.len(), buying.team.count("purchase_orders")), (1, 1));
    let again = || buying.admin.post(PURCHASE_ORDERS, &body).ok();
    let (again, traces) = buying.traced(again);
    traces.are_none();
    let (_, traces) = buying.traced(|| buying.dispatch(&again["data"], &[20]));
    traces.hold(&["purchase_order.updated"], &[]);
    let (cancelled, _) = buying.ordered(&[("Tomatoes", 50, 45.0)]);
    let cancel =
        || buying.admin.post(&format!("{}/cancel", path_of(OMS_ORDERS, &cancelled)), &json!({})).ok();
    let (_, traces) = buying.traced(cancel);
    traces.hold(&["purchase_order.cancelled", "sales_order.cancelled"], &["sales_order.cancelled"]);
}

#[test]
fn two_calls_at_once_make_one_purchase_order() {
    let buying = Buying::new();
    let vendor = &buying.vendors[0];
    for round in 0..10 {
        let order = buying.order(&[("Tomatoes", 50, 45.0)]);
        let assignment = buying.assign(&order, &[(0, vendor, 20)]).remove(0);
        buying.confirm(&assignment, 20);
        let replies = race(2, |_| buying.admin.post(PURCHASE_ORDERS, &request(&order, vendor)));
        let mut statuses: Vec<_> = replies.iter().map(|reply| reply.status).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 201], "round {round}: {replies:?}");
        let made: Vec<_> = replies.iter().map(|reply: &Reply| reply.json()["data"].take()).collect();
        assert_eq!(made[0], made[1], "round {round}");
    }
    assert_eq!(buying.team.count("purchase_orders"), 10);
    assert_eq!(buying.admin.get(DISPATCHES).ok()["data"]["pagination"]["totalItems"], json!(0));
}
