//! Goods receipts: what arrived and awaits verification (`docs/spec/oms.md`, "Goods receipts").

use serde_json::{Value, json};

use crate::support::buying::{
    Buying, DISPATCHES, GRNS, Listing, PENDING, TICKETS, Vendor, list, mismatch, text, verification, with,
};
use crate::support::{OMS_ORDERS, PASSWORD, Person, Requests, is_uuid, oms_order_example, path_of};

const ABSENT: &str = "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e99";
const FORBIDDEN: &str = "Your role does not allow this";
const ALL: Listing<'_> = Listing { path: GRNS, key: "grns" };
const OPEN: Listing<'_> = Listing { path: PENDING, key: "grns" };

/// Verifies only these items of a receipt.
fn verify_items(buying: &Buying, grn: &Value, items: &[usize], mismatches: &[Value]) -> Value {
    let ids: Vec<_> = items.iter().map(|item| grn["items"][*item]["id"].clone()).collect();
    let body = with(verification(grn, mismatches), json!({"verifiedItemIds": ids}));
    buying.ops.post("/api/grn/verify", &body).ok()["data"].take()
}

#[test]
fn the_documented_examples_work_to_the_letter() {
    let buying = Buying::new();
    let order = buying.admin.post(OMS_ORDERS, &oms_order_example()).created()["data"].take();
    // without a user of its own, the vendor's e-mail is shown
    let vendor = json!({"code": "VEN003", "name": "Vendor Name", "email": "vendor@example.com"});
    let id = buying.admin.post_for_id("/api/vendors", &vendor);
    let entry = json!({"orderItemId": order["items"][0]["id"], "vendorId": id, "quantity": 50});
    let path = format!("{}/assignments", path_of(OMS_ORDERS, &order));
    let made = buying.admin.post(&path, &json!({"assignments": [entry]})).created();
    let assignment = buying.confirm(&made["data"]["assignments"][0], 50);
    let request = json!({"orderId": order["id"], "vendorId": id});
    let ordered = buying.admin.post("/api/purchase-orders", &request).created()["data"].take();
    let dispatch = buying.dispatch(&ordered, &[50]);
    let body = buying.ops.post(&format!("{}/receive", path_of(DISPATCHES, &dispatch)), &json!({})).created();
    let (grn, year) = (&body["data"], &order["createdAt"].as_str().unwrap()[..4]);
    assert!(is_uuid(&grn["id"]) && is_uuid(&grn["items"][0]["id"]), "{grn}");
    assert!(grn["receivedAt"].as_str().is_some_and(|at| at.ends_with('Z')), "{grn}");
    let ops = json!({"id": buying.ops.id, "email": buying.ops.email});
    let mut expected = json!({
        "id": grn["id"], "grnNumber": format!("GRN-{year}-001"), "status": "PENDING_VERIFICATION",
        "receivedAt": grn["receivedAt"], "operatorRemarks": null, "verifiedAt": null,
        "dispatch": {
            "id": dispatch["id"], "dispatchNumber": dispatch["dispatchNumber"], "trackingReference": null,
            "purchaseOrder": {"id": ordered["id"], "poNumber": ordered["poNumber"]},
            "vendor": {"id": id, "code": "VEN003", "name": "Vendor Name", "user": {"email": "vendor@example.com"}},
        },
        "order": {"id": order["id"], "orderNumber": order["orderNumber"]},
        "items": [{
            "id": grn["items"][0]["id"], "assignedOrderItemId": assignment["id"], "assignedQuantity": 50,
            "confirmedQuantity": 50, "receivedQuantity": null, "discrepancyQuantity": null, "damagedQuantity": null,
            "acceptedQuantity": null, "status": null, "itemRemarks": null, "damageReported": false,
            "damageDescription": null, "acceptExcess": false,
            "assignedOrderItem": {
                "id": assignment["id"],
                "orderItem": {"id": order["items"][0]["id"], "productName": "Organic Tomatoes", "sku": "ORG-TOM-001"},
            },
        }],
        "ticket": null, "receivedBy": ops, "verifiedBy": null,
    });
    assert_eq!((&body["success"], grn), (&json!(true), &expected));
    let pagination = json!({"currentPage": 1, "totalPages": 1, "totalItems": 1, "itemsPerPage": 20});
    let message = "Pending GRNs retrieved successfully";
    let pending = buying.ops.get(PENDING).ok();
    let page = json!({"grns": [expected], "pagination": pagination});
    assert_eq!(pending, json!({"success": true, "message": message, "data": page}));
    let path = path_of(GRNS, &expected);
    assert_eq!(buying.ops.get(&path).ok(), json!({"success": true, "data": expected}));
    assert_eq!(buying.ops.get(GRNS).ok()["data"], page);

    let found = with(
        mismatch(&expected["items"][0], 45, "DAMAGE_REPORTED"),
        json!({"itemRemarks": "Units damaged during transit"}),
    );
    let remarks = "Verification completed with discrepancies";
    let body = with(verification(&expected, &[found]), json!({"operatorRemarks": remarks}));
    let verified = buying.admin.post("/api/grn/verify", &body).ok()["data"].take();
    let ticket = with(
        verified["ticket"].clone(),
        json!({"comments": buying.show(TICKETS, &verified["ticket"])["comments"]}),
    );
    expected["items"][0] = with(
        expected["items"][0].clone(),
        json!({
            "receivedQuantity": 45, "discrepancyQuantity": -5, "damagedQuantity": 0, "acceptedQuantity": 45,
            "status": "DAMAGE_REPORTED", "itemRemarks": "Units damaged during transit", "damageReported": true,
            "damageDescription": "Crushed packaging, items unusable",
        }),
    );
    let fields = json!({
        "status": "VERIFIED_MISMATCH", "operatorRemarks": remarks, "verifiedAt": verified["grn"]["verifiedAt"],
        "ticket": ticket, "verifiedBy": {"id": buying.admin.id, "email": buying.admin.email},
    });
    expected = with(expected, fields);
    assert_eq!(buying.ops.get(&path).ok(), json!({"success": true, "data": expected}));
    assert_eq!(list(&expected["ticket"]["comments"]).len(), 1);
    expected["ticket"].as_object_mut().unwrap().remove("comments");
    assert_eq!(buying.ops.get(GRNS).ok()["data"]["grns"], json!([expected]));
    assert_eq!(buying.ops.get(PENDING).ok()["data"]["grns"], json!([]));
}

#[test]
fn the_vendor_is_shown_with_the_e_mail_of_its_first_active_user_else_its_own_else_none() {
    let buying = Buying::new();
    let vendor = &buying.vendors[0];
    let (_, grn) = buying.received(&[("Tomatoes", 50, 45.0)]);
    let email = || buying.show(GRNS, &grn)["dispatch"]["vendor"]["user"]["email"].take();
    assert_eq!(email(), json!(vendor.person.email));
    let second = Person::new_email();
    let body = json!({"email": second, "password": PASSWORD, "roles": ["VENDOR"], "vendorId": vendor.id});
    let second_id = buying.admin.post_for_id("/api/users", &body);
    assert_eq!(email(), json!(vendor.person.email));
    let set = |user: &str, active: bool| {
        buying.admin.patch(&format!("/api/users/{user}"), &json!({"isActive": active})).ok()
    };
    set(&vendor.person.id, false);
    assert_eq!(email(), json!(second));
    set(&second_id, false);
    assert_eq!(email(), json!("vendor@example.com"));
    buying.admin.patch(&format!("/api/vendors/{}", vendor.id), &json!({"email": null})).ok();
    assert_eq!(email(), Value::Null);
    set(&vendor.person.id, true);
    assert_eq!(email(), json!(vendor.person.email));
}

#[test]
fn a_part_delivery_expects_what_its_dispatch_carries() {
    let buying = Buying::new();
    let (_, ordered) = buying.ordered(&[("Tomatoes", 50, 45.0), ("Spinach", 30, 25.0)]);
    let [part, rest] = [[20, 30], [30, 0]].map(|quantities| buying.dispatch(&ordered, &quantities));
    let quantities = |grn: &Value| {
        let items = list(&grn["items"]);
        let of =
            |item: &Value| ["assignedQuantity", "confirmedQuantity"].map(|name| item[name].as_i64().unwrap());
        items.iter().map(of).collect::<Vec<_>>()
    };
    let [part, rest] = [part, rest].map(|dispatch| buying.receive(&dispatch));
    assert_eq!((quantities(&part), quantities(&rest)), (vec![[50, 20], [30, 30]], vec![[50, 30]]));
    for grn in [part, rest] {
        let verified = buying.verify(&grn, &[]);
        let none = ("VERIFIED_OK".to_owned(), Value::Null, json!(0));
        let found =
            (text(&verified["grn"]["status"]), verified["ticket"].clone(), verified["mismatches"].clone());
        assert_eq!(found, none, "two part deliveries are no shortages");
    }
}

#[test]
fn pending_receipts_come_the_oldest_first_until_all_of_them_is_verified() {
    let buying = Buying::new();
    let lines = [("Tomatoes", 50, 45.0), ("Spinach", 30, 25.0)];
    let [a, b, c, d] = [(); 4].map(|()| buying.received(&lines).1);
    for (grn, at) in [
        (&a, "2024-10-09T00:00:00Z"),
        (&b, "2024-09-30T00:00:00Z"),
        (&c, "2024-10-08T10:30:00Z"),
        (&d, "2024-10-10T00:00:00Z"),
    ] {
        buying.backdate("goods_receipts", "received_at", grn, at);
    }
    OPEN.is_paged(&buying.ops, &[&b, &c, &a, &d], &[]);
    let partly = verify_items(&buying, &b, &[1], &[]);
    assert_eq!(partly["grn"]["status"], json!("PARTIALLY_VERIFIED"));
    buying.verify(&c, &[]);
    buying.verify(&d, &[mismatch(&d["items"][0], 49, "SHORTAGE_REPORTED")]);
    assert_eq!(OPEN.ids(&buying.ops, ""), [text(&b["id"]), text(&a["id"])]);
    let shown = buying.ops.get(PENDING).ok()["data"]["grns"][0].take();
    let statuses: Vec<_> = list(&shown["items"]).iter().map(|item| item["status"].clone()).collect();
    assert_eq!(
        (&shown["status"], statuses),
        (&json!("PARTIALLY_VERIFIED"), vec![json!(null), json!("VERIFIED_OK")])
    );
    buying.verify(&b, &[]);
    assert_eq!(OPEN.ids(&buying.ops, ""), [text(&a["id"])]);
    for filter in ["status=VERIFIED_OK".to_owned(), format!("vendorId={}", buying.vendors[0].id)] {
        let name = filter.split_once('=').unwrap().0;
        buying.ops.get(&format!("{PENDING}?{filter}")).oms_faults(422, &[(name, "is unknown")]);
    }
}

#[test]
fn the_list_is_filtered_and_paged() {
    let buying = Buying::new();
    let [first, second] = &buying.vendors;
    let order = buying.order(&[("Tomatoes", 50, 45.0), ("Spinach", 30, 25.0)]);
    let made = buying.assign(&order, &[(0, first, 20), (1, first, 20), (0, second, 20)]);
    made.iter().for_each(|assignment| drop(buying.confirm(assignment, 20)));
    let ordered = [first, second].map(|vendor| buying.purchase_order(&order, vendor));
    let [a, b] = [(&ordered[0], [20, 20]), (&ordered[1], [20, 0])]
        .map(|(ordered, quantities)| buying.receive(&buying.dispatch(ordered, &quantities)));
    let (other, c) = buying.received(&[("Spinach", 30, 25.0)]);
    let (_, d) = buying.received(&[("Spinach", 30, 25.0)]);
    verify_items(&buying, &a, &[0], &[]);
    buying.verify(&b, &[]);
    buying.verify(&c, &[mismatch(&c["items"][0], 0, "SHORTAGE_REPORTED")]);
    for (grn, at) in [
        (&a, "2024-09-30T23:59:59.999Z"),
        (&b, "2024-10-01T00:00:00Z"),
        (&c, "2024-10-08T10:30:00Z"),
        (&d, "2024-10-09T00:00:00Z"),
    ] {
        buying.backdate("goods_receipts", "received_at", grn, at);
    }
    let all = [&d, &c, &b, &a];
    let id = |value: &Value| text(&value["id"]);
    ALL.is_paged(&buying.ops, &all, &["status", "vendorId", "orderId", "startDate", "endDate"]);
    ALL.filters(
        &buying.ops,
        &all,
        &[
            ("status=PENDING_VERIFICATION".to_owned(), &[0]),
            ("status=VERIFIED_MISMATCH".to_owned(), &[1]),
            ("status=VERIFIED_OK".to_owned(), &[2]),
            ("status=PARTIALLY_VERIFIED".to_owned(), &[3]),
            (format!("vendorId={}", first.id), &[0, 1, 3]),
            (format!("vendorId={ABSENT}"), &[]),
            (format!("orderId={}", id(&order)), &[2, 3]),
            (format!("orderId={}&vendorId={}", id(&other), second.id), &[]),
            (format!("orderId={}&vendorId={}&status=VERIFIED_OK", id(&order), second.id), &[2]),
            ("startDate=2024-10-01".to_owned(), &[0, 1, 2]),
            ("endDate=2024-10-01".to_owned(), &[2, 3]),
            ("startDate=2024-10-01T00:00:00.001Z&endDate=2024-10-08T10:30:00Z".to_owned(), &[1]),
        ],
    );
}

#[test]
fn only_admin_and_ops_see_receipts() {
    let buying = Buying::new();
    let (_, grn) = buying.received(&[("Tomatoes", 50, 45.0)]);
    let path = path_of(GRNS, &grn);
    let ticket = format!("{path}/ticket");
    for person in [&buying.admin, &buying.ops] {
        assert_eq!([person.get(PENDING).status, person.get(GRNS).status, person.get(&path).status], [200; 3]);
        // there is none as long as nothing is wrong
        person.get(&ticket).oms_refused(404, "Ticket not found");
    }
    let before = buying.team.state();
    let operator = buying.team.user(&["OPERATOR"]);
    let vendor = &buying.vendors[0].person;
    for person in [&buying.accounts, vendor, &operator] {
        let absent = format!("{GRNS}/{ABSENT}");
        for path in [PENDING, GRNS, &path, &ticket, &absent] {
            person.get(path).oms_refused(403, FORBIDDEN);
        }
        person.post("/api/grn/verify", &verification(&grn, &[])).oms_refused(403, FORBIDDEN);
    }
    let rows = |state: &str| {
        state.lines().filter(|line| line.starts_with("goods_")).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(rows(&buying.team.state()), rows(&before));
    for id in [ABSENT, "7", "GRN-2024-001"] {
        buying.ops.get(&format!("{GRNS}/{id}")).oms_refused(404, "Goods receipt not found");
        let ticket = buying.ops.get(&format!("{GRNS}/{id}/ticket"));
        // wording: which of the two is not there
        assert_eq!(ticket.status, 404, "{ticket:?}");
    }
    let other = Buying::new();
    let absent = other.ops.get(&format!("{GRNS}/{ABSENT}"));
    let foreign = other.ops.get(&path);
    assert_eq!((foreign.status, &foreign.text), (404, &absent.text));
}

#[test]
fn a_receipt_shows_the_vendor_of_its_dispatch() {
    let buying = Buying::new();
    let extra =
        Vendor::create(&buying.team, &buying.admin, &json!({"code": "VEN009", "name": "Green Farms"}));
    let order = buying.order(&[("Tomatoes", 50, 45.0)]);
    let made = buying.assign(&order, &[(0, &extra, 50)]);
    buying.confirm(&made[0], 50);
    let ordered = buying.purchase_order(&order, &extra);
    let grn = buying.receive(&buying.dispatch(&ordered, &[50]));
    let shown = |grn: &Value| {
        let vendor = &grn["dispatch"]["vendor"];
        ["id", "code", "name"].map(|name| vendor[name].clone())
    };
    assert_eq!(shown(&grn), [json!(extra.id), json!(extra.code), json!(extra.name)]);
    assert_eq!(buying.show(DISPATCHES, &grn["dispatch"])["vendor"], extra.shown());
}
