//! Assignments of order items to vendors, and the vendors' answers (`docs/spec/oms.md`, "Assignments").

use reqwest::Method;
use serde_json::{Value, json};
use testkit::race;

use crate::support::buying::{
    ASSIGNMENTS, Buying, Listing, Vendor, assignments_of, entry, list, replays, text, with,
};
use crate::support::{OMS_ORDERS, Person, Reply, Requests, Shop, is_uuid, oms_order_example, path_of};

const ABSENT: &str = "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e99";
const FORBIDDEN: &str = "Your role does not allow this";
const ALL: Listing<'_> = Listing { path: ASSIGNMENTS, key: "assignments" };

fn confirm_path(assignment: &Value) -> String {
    format!("{}/confirm", path_of(ASSIGNMENTS, assignment))
}

/// Sends a list of assignments of an order.
#[track_caller]
fn assign(buying: &Buying, order: &Value, entries: &[Value]) -> Reply {
    buying.admin.post(&assignments_of(order), &json!({"assignments": entries}))
}

/// The ids in a list.
fn ids(values: &Value) -> Vec<String> {
    list(values).iter().map(|value| text(&value["id"])).collect()
}

#[test]
fn the_documented_examples_work_to_the_letter() {
    let buying = Buying::new();
    let vendor = &buying.vendors[0];
    let order = buying.admin.post(OMS_ORDERS, &oms_order_example()).created()["data"].take();
    let reply = assign(&buying, &order, &[entry(&order, 0, vendor, 30)]);
    let body = reply.created();
    let made = &body["data"]["assignments"][0];
    assert!(is_uuid(&made["id"]), "{made}");
    assert!(made["assignedAt"].as_str().is_some_and(|at| at.ends_with('Z')), "{made}");
    let mut expected = json!({
        "id": made["id"], "order": {"id": order["id"], "orderNumber": order["orderNumber"]},
        "orderItem": {"id": order["items"][0]["id"], "productName": "Organic Tomatoes", "sku": "ORG-TOM-001",
                      "quantity": 50, "pricePerUnit": 45.0},
        "vendor": {"id": vendor.id, "code": "VEN001", "name": "Vendor Name"},
        "status": "ASSIGNED", "assignedQuantity": 30, "confirmedQuantity": null, "reason": null,
        "dispatchedQuantity": 0, "receivedQuantity": 0, "acceptedQuantity": 0, "purchaseOrderId": null,
        "assignedAt": made["assignedAt"], "confirmedAt": null,
    });
    let message = "Items assigned successfully";
    assert_eq!(body, json!({"success": true, "message": message, "data": {"assignments": [expected]}}));
    assert!(reply.text.contains(r#""pricePerUnit":45.00"#), "{}", reply.text);
    let path = path_of(ASSIGNMENTS, &expected);
    assert_eq!(buying.admin.get(&path).ok(), json!({"success": true, "data": expected}));
    let of_order = buying.admin.get(&assignments_of(&order)).ok();
    assert_eq!(of_order["data"]["assignments"], json!([expected]));
    let pagination = json!({"currentPage": 1, "totalPages": 1, "totalItems": 1, "itemsPerPage": 20});
    let listed = json!({"success": true, "data": {"assignments": [expected], "pagination": pagination}});
    assert_eq!(buying.admin.get(ASSIGNMENTS).ok(), listed);

    let answer = json!({"confirmedQuantity": 20, "reason": "The rest is not ripe"});
    let confirmed = vendor.person.post(&confirm_path(&expected), &answer).ok();
    expected = with(
        expected,
        json!({"status": "CONFIRMED", "confirmedQuantity": 20, "reason": "The rest is not ripe",
               "confirmedAt": confirmed["data"]["confirmedAt"]}),
    );
    assert!(confirmed["data"]["confirmedAt"].is_string(), "{confirmed}");
    let message = "Assignment confirmed successfully";
    assert_eq!(confirmed, json!({"success": true, "message": message, "data": expected}));
    assert_eq!(buying.admin.get(&path).ok()["data"], expected);

    let declined = &buying.assign(&order, &[(1, vendor, 5)])[0];
    let answer = json!({"confirmedQuantity": 0, "reason": "Out of season"});
    let reply = vendor.person.post(&confirm_path(declined), &answer).ok();
    assert_eq!(reply["message"], json!("Assignment declined"));
    let facts = ["status", "confirmedQuantity", "reason"].map(|name| reply["data"][name].clone());
    assert_eq!(facts, [json!("DECLINED"), json!(0), json!("Out of season")]);
}

#[test]
fn an_order_shows_its_assignments_and_moves_on_with_them() {
    let buying = Buying::new();
    let [first, second] = &buying.vendors;
    let order = buying.order(&[("Tomatoes", 50, 45.0), ("Spinach", 30, 25.0)]);
    assert_eq!((buying.status_of(&order), &order["assignedItems"]), ("RECEIVED".to_owned(), &json!([])));
    let made = buying.assign(&order, &[(0, first, 30), (0, second, 10), (0, first, 5), (1, second, 30)]);
    assert_eq!(buying.status_of(&order), "ASSIGNED");
    let shown = buying.show(OMS_ORDERS, &order);
    let items = made.iter().map(|assignment| {
        let mut item = assignment.clone();
        let fields = item.as_object_mut().unwrap();
        fields.remove("order");
        let item_id = fields.remove("orderItem").unwrap()["id"].clone();
        fields.insert("orderItemId".to_owned(), item_id);
        item
    });
    assert_eq!(shown["assignedItems"], items.collect::<Value>());
    assert_eq!(buying.admin.get(OMS_ORDERS).ok()["data"]["orders"][0], shown);

    buying.confirm(&made[1], 0);
    assert_eq!(buying.status_of(&order), "ASSIGNED", "a declined assignment leaves the status as it is");
    buying.confirm(&made[0], 29);
    assert_eq!(buying.status_of(&order), "PROCESSING");
    buying.confirm(&made[2], 5);
    assert_eq!(buying.status_of(&order), "PROCESSING");
    buying.assign(&order, &[(0, second, 1)]);
    assert_eq!(buying.status_of(&order), "PROCESSING", "the status never goes back");

    let declined = buying.order(&[("Tomatoes", 50, 45.0)]);
    let made = buying.assign(&declined, &[(0, first, 30), (0, second, 20)]);
    made.iter().for_each(|assignment| drop(buying.confirm(assignment, 0)));
    assert_eq!(buying.status_of(&declined), "ASSIGNED");
}

#[test]
fn what_is_not_confirmed_may_be_assigned_again_and_never_more_than_ordered() {
    let buying = Buying::new();
    let [first, second] = &buying.vendors;
    let order = buying.order(&[("Tomatoes", 50, 45.0), ("Spinach", 30, 25.0)]);
    let refused = |entries: &[Value], faults: &[(&str, &str)]| {
        let before = buying.team.state();
        // wording: what is left is named at the entry
        assign(&buying, &order, entries).has_code("QUANTITY_NOT_AVAILABLE").oms_faults(409, faults);
        assert_eq!(buying.team.state(), before);
    };
    let made = buying.assign(&order, &[(0, first, 30)]);
    refused(&[entry(&order, 0, second, 21)], &[("assignments.0.quantity", "20")]);
    refused(&[entry(&order, 0, second, json!(20.001))], &[("assignments.0.quantity", "20")]);
    buying.confirm(&made[0], 20);
    refused(&[entry(&order, 0, second, 31)], &[("assignments.0.quantity", "30")]);
    let rest = buying.assign(&order, &[(0, second, 30)]);
    refused(
        &[entry(&order, 0, first, 1), entry(&order, 1, first, 30), entry(&order, 0, second, 2)],
        &[("assignments.0.quantity", "0"), ("assignments.2.quantity", "0")],
    );
    refused(
        &[entry(&order, 1, first, 20), entry(&order, 1, second, 20)],
        &[("assignments.1.quantity", "10")],
    );
    buying.confirm(&rest[0], 0);
    refused(&[entry(&order, 0, first, 31)], &[("assignments.0.quantity", "30")]);
    for part in ["0.001", "0.999", "29"] {
        let body = json!({"assignments": [entry(&order, 0, first, part)]});
        buying.admin.post(&assignments_of(&order), &body).created();
    }
    refused(&[entry(&order, 0, first, json!(0.001))], &[("assignments.0.quantity", "0")]);
    let shown = buying.show(OMS_ORDERS, &order);
    let quantities: Vec<_> =
        list(&shown["assignedItems"]).iter().map(|it| it["assignedQuantity"].clone()).collect();
    assert_eq!(quantities, [json!(30), json!(30), json!(0.001), json!(0.999), json!(29)]);
}

#[test]
fn every_faulty_entry_is_named_at_once_and_nothing_is_stored() {
    let buying = Buying::new();
    let [vendor, resting] = &buying.vendors;
    buying.admin.patch(&format!("/api/vendors/{}", resting.id), &json!({"isActive": false})).ok();
    let order = buying.order(&[("Tomatoes", 50, 45.0)]);
    let foreign = Buying::new();
    let foreign_order = foreign.order(&[("Tomatoes", 50, 45.0)]);
    let before = buying.team.state();
    // wording: what is wrong with each
    assign(
        &buying,
        &order,
        &[
            entry(&order, 0, vendor, 51),
            entry(&order, 0, resting, 1),
            entry(&order, 0, &foreign.vendors[0], 1),
            entry(&foreign_order, 0, vendor, 1),
            with(entry(&order, 0, vendor, 1), json!({"orderItemId": ABSENT})),
            with(entry(&order, 0, vendor, 1), json!({"vendorId": ABSENT})),
            entry(&order, 0, vendor, 1),
        ],
    )
    .oms_faults(
        422,
        &[
            ("assignments.0.quantity", "50"),
            ("assignments.1.vendorId", ""),
            ("assignments.2.vendorId", ""),
            ("assignments.3.orderItemId", ""),
            ("assignments.4.orderItemId", ""),
            ("assignments.5.vendorId", ""),
        ],
    );
    let of = |quantity: Value| entry(&order, 0, vendor, quantity);
    assign(
        &buying,
        &order,
        &[
            of(json!(0)),
            of(json!(-1)),
            of(json!(1.0001)),
            of(json!("1.0001")),
            of(json!("ten")),
            of(json!(1_000_000_000_000_i64)),
            of(json!(null)),
            json!({}),
            json!(7),
            json!({"orderItemId": 7, "vendorId": "VEN001", "quantity": []}),
        ],
    )
    .oms_faults(
        422,
        &[
            ("assignments.0.quantity", "greater than 0"),
            ("assignments.1.quantity", "greater than 0"),
            ("assignments.2.quantity", "3 decimals"),
            ("assignments.3.quantity", "3 decimals"),
            ("assignments.4.quantity", "decimal number"),
            ("assignments.5.quantity", "below 1000000000000"),
            ("assignments.6.quantity", "required"),
            ("assignments.7.orderItemId", "required"),
            ("assignments.7.vendorId", "required"),
            ("assignments.7.quantity", "required"),
            ("assignments.8", "object"),
            ("assignments.9.orderItemId", ""),
            ("assignments.9.vendorId", ""),
            ("assignments.9.quantity", "decimal number"),
        ],
    );
    let path = assignments_of(&order);
    for (body, words) in [
        (json!({}), "required"),
        (json!({"assignments": null}), "required"),
        (json!({"assignments": {}}), "list"),
        (json!({"assignments": []}), "1 to 500 entries"),
        (json!({"assignments": vec![of(json!(0.001)); 501]}), "1 to 500 entries, this has 501"),
    ] {
        buying.admin.post(&path, &body).oms_faults(422, &[("assignments", words)]);
    }
    assert_eq!(buying.team.state(), before);
    let many = json!({"assignments": vec![of(json!(0.001)); 500]});
    assert_eq!(list(&buying.admin.post(&path, &many).created()["data"]["assignments"]).len(), 500);
}

#[test]
fn orders_that_ended_or_came_from_a_till_are_not_assigned() {
    let buying = Buying::new();
    let vendor = &buying.vendors[0];
    let [cancelled, closed] = [(); 2].map(|()| buying.order(&[("Tomatoes", 50, 45.0)]));
    buying.admin.post(&format!("{}/cancel", path_of(OMS_ORDERS, &cancelled)), &json!({})).ok();
    buying.admin.post(&format!("{}/close", path_of(OMS_ORDERS, &closed)), &json!({})).ok();
    let before = buying.team.state();
    for (order, status) in [(&cancelled, "CANCELLED"), (&closed, "CLOSED")] {
        // wording
        assign(&buying, order, &[entry(order, 0, vendor, 1)]).oms_refused_with(409, &[status]);
    }
    let absent = json!({"id": ABSENT, "items": cancelled["items"]});
    assign(&buying, &absent, &[entry(&absent, 0, vendor, 1)]).oms_refused(404, "Order not found");
    buying.admin.get(&assignments_of(&absent)).oms_refused(404, "Order not found");
    assert_eq!(buying.team.state(), before);

    let shop = Shop::stocked();
    shop.sell(1, 5);
    let sold = shop.admin.get(OMS_ORDERS).ok()["data"]["orders"][0].take();
    let own = Vendor::create(&shop.team, &shop.admin, &json!({"code": "VEN001", "name": "Green Farms"}));
    let before = shop.team.state();
    let body = json!({"assignments": [entry(&sold, 0, &own, 1)]});
    // wording
    shop.admin.post(&assignments_of(&sold), &body).oms_refused_with(409, &["till"]);
    assert_eq!(shop.team.state(), before);
}

#[test]
fn a_vendor_answers_once_and_gives_a_reason_for_less() {
    let buying = Buying::new();
    let [vendor, other] = &buying.vendors;
    let order = buying.order(&[("Tomatoes", 50, 45.0)]);
    let made = buying.assign(&order, &[(0, vendor, 30), (0, vendor, 20)]);
    let path = confirm_path(&made[0]);
    let before = buying.team.state();
    for (body, faults) in [
        (json!({}), vec![("confirmedQuantity", "required")]),
        (json!({"confirmedQuantity": null}), vec![("confirmedQuantity", "required")]),
        (json!({"confirmedQuantity": 31}), vec![("confirmedQuantity", "30")]),
        (json!({"confirmedQuantity": 30.001}), vec![("confirmedQuantity", "30")]),
        (json!({"confirmedQuantity": 29.9999, "reason": "x"}), vec![("confirmedQuantity", "3 decimals")]),
        (json!({"confirmedQuantity": -1, "reason": "x"}), vec![("confirmedQuantity", "")]),
        (
            json!({"confirmedQuantity": "all", "reason": 7}),
            vec![("confirmedQuantity", "decimal number"), ("reason", "must be text")],
        ),
        (json!({"confirmedQuantity": 29.999}), vec![("reason", "")]),
        (json!({"confirmedQuantity": 0}), vec![("reason", "")]),
        (json!({"confirmedQuantity": 0, "reason": null}), vec![("reason", "")]),
        (json!({"confirmedQuantity": 20, "reason": "x".repeat(1_001)}), vec![("reason", "1000")]),
    ] {
        // wording
        vendor.person.post(&path, &body).oms_faults(422, &faults);
    }
    let all = json!({"confirmedQuantity": 30});
    let [foreign, absent] =
        [&path, &format!("{ASSIGNMENTS}/{ABSENT}/confirm")].map(|path| other.person.post(path, &all));
    foreign.oms_refused(404, "Assignment not found");
    assert_eq!(foreign.text, absent.text);
    buying.admin.post(&format!("{ASSIGNMENTS}/7/confirm"), &all).oms_refused(404, "Assignment not found");
    for person in [&buying.ops, &buying.accounts] {
        person.post(&path, &all).oms_refused(403, FORBIDDEN);
    }
    assert_eq!(buying.team.state(), before);

    let confirmed = vendor.person.post(&path, &all).ok()["data"].take();
    assert_eq!((&confirmed["status"], &confirmed["reason"]), (&json!("CONFIRMED"), &Value::Null));
    let by_admin = buying.admin.post(&confirm_path(&made[1]), &json!({"confirmedQuantity": "20"})).ok();
    assert_eq!(by_admin["data"]["confirmedQuantity"], json!(20));
    let before = buying.team.state();
    for body in [&all, &json!({"confirmedQuantity": 0, "reason": "Changed our mind"})] {
        // wording
        vendor.person.post(&path, body).has_code("ALREADY_CONFIRMED").oms_refused_with(409, &[]);
    }
    assert_eq!(buying.team.state(), before);
}

#[test]
fn an_assignment_of_a_cancelled_order_is_not_answered_any_more() {
    let buying = Buying::new();
    let vendor = &buying.vendors[0];
    let order = buying.order(&[("Tomatoes", 50, 45.0)]);
    let made = buying.assign(&order, &[(0, vendor, 30)]);
    buying.admin.post(&format!("{}/cancel", path_of(OMS_ORDERS, &order)), &json!({})).ok();
    assert_eq!(buying.show(ASSIGNMENTS, &made[0])["status"], json!("RELEASED"));
    let before = buying.team.state();
    // wording
    vendor.person.post(&confirm_path(&made[0]), &json!({"confirmedQuantity": 30})).oms_refused_with(409, &[]);
    assert_eq!(buying.team.state(), before);
}

#[test]
fn the_list_is_filtered_and_paged() {
    let buying = Buying::new();
    let [first, second] = &buying.vendors;
    let [one, other] = [(); 2].map(|()| buying.order(&[("Tomatoes", 50, 45.0)]));
    let a = buying.assign(&one, &[(0, first, 10)]).remove(0);
    let b = buying.assign(&one, &[(0, second, 10)]).remove(0);
    let c = buying.assign(&other, &[(0, first, 10)]).remove(0);
    let d = buying.assign(&other, &[(0, first, 10)]).remove(0);
    buying.confirm(&b, 5);
    buying.confirm(&c, 0);
    buying.admin.post(&format!("{}/cancel", path_of(OMS_ORDERS, &other)), &json!({})).ok();
    for (assignment, at) in [
        (&a, "2024-09-30T23:59:59.999Z"),
        (&b, "2024-10-01T00:00:00Z"),
        (&c, "2024-10-08T10:30:00Z"),
        (&d, "2024-10-09T00:00:00Z"),
    ] {
        buying.backdate("assignments", "assigned_at", assignment, at);
    }
    let all = [&d, &c, &b, &a];
    let id = |value: &Value| text(&value["id"]);
    ALL.is_paged(&buying.admin, &all, &["status", "vendorId", "orderId", "startDate", "endDate"]);
    ALL.filters(
        &buying.admin,
        &all,
        &[
            ("status=ASSIGNED".to_owned(), &[3]),
            ("status=CONFIRMED".to_owned(), &[2]),
            ("status=DECLINED".to_owned(), &[1]),
            ("status=RELEASED".to_owned(), &[0]),
            (format!("vendorId={}", first.id), &[0, 1, 3]),
            (format!("vendorId={ABSENT}"), &[]),
            (format!("orderId={}", id(&one)), &[2, 3]),
            (format!("orderId={ABSENT}"), &[]),
            (format!("orderId={}&vendorId={}&status=CONFIRMED", id(&one), second.id), &[2]),
            (format!("orderId={}&status=CONFIRMED", id(&other)), &[]),
            ("startDate=2024-10-01".to_owned(), &[0, 1, 2]),
            ("endDate=2024-10-01".to_owned(), &[2, 3]),
            ("startDate=2024-10-01T00:00:00.001Z&endDate=2024-10-08T10:30:00Z".to_owned(), &[1]),
        ],
    );
    let of_order = buying.admin.get(&assignments_of(&one)).ok();
    assert_eq!(ids(&of_order["data"]["assignments"]), [id(&b), id(&a)], "the latest first, as in all lists");
}

#[test]
fn a_vendor_sees_its_own_assignments_and_of_an_order_only_what_is_assigned_to_it() {
    let buying = Buying::new();
    let [first, second] = &buying.vendors;
    let order = buying.order(&[("Tomatoes", 50, 45.0), ("Spinach", 30, 25.0), ("Garlic", 10, 0.3333)]);
    let unseen = buying.order(&[("Tomatoes", 50, 45.0)]);
    let made = buying.assign(&order, &[(0, first, 30), (0, second, 20), (2, first, 10)]);
    let elsewhere = buying.assign(&unseen, &[(0, second, 50)]).remove(0);
    let own = [text(&made[2]["id"]), text(&made[0]["id"])];

    let seen: Vec<_> = ALL.ids(&first.person, "");
    assert!(own.iter().all(|id| seen.contains(id)) && seen.len() == 2, "{seen:?}");
    for query in [format!("vendorId={}", second.id), format!("orderId={}", text(&unseen["id"]))] {
        assert_eq!(ALL.ids(&first.person, &query), Vec::<String>::new(), "{query}");
    }
    for assignment in [&made[0], &made[2]] {
        assert_eq!(first.person.get(&path_of(ASSIGNMENTS, assignment)).ok()["data"], *assignment);
    }
    let absent = first.person.get(&format!("{ASSIGNMENTS}/{ABSENT}"));
    absent.oms_refused(404, "Assignment not found");
    for assignment in [&made[1], &elsewhere] {
        let foreign = first.person.get(&path_of(ASSIGNMENTS, assignment));
        assert_eq!((foreign.status, &foreign.text), (404, &absent.text));
    }
    let of_order = first.person.get(&assignments_of(&order)).ok();
    let found = ids(&of_order["data"]["assignments"]);
    assert!(own.iter().all(|id| found.contains(id)) && found.len() == 2, "{found:?}");
    let [foreign, absent] = [assignments_of(&unseen), format!("{OMS_ORDERS}/{ABSENT}/assignments")]
        .map(|path| first.person.get(&path));
    foreign.oms_refused(404, "Order not found");
    assert_eq!(foreign.text, absent.text);

    let shown = first.person.get(&path_of(OMS_ORDERS, &order)).ok()["data"].take();
    let items: Vec<_> = list(&shown["items"]).iter().map(|item| item["productName"].clone()).collect();
    assert_eq!(items, [json!("Tomatoes"), json!("Garlic")]);
    assert_eq!(shown["totalAmount"], json!(2253.33), "50 × 45.00 + 10 × 0.3333, each rounded");
    assert_eq!(ids(&shown["assignedItems"]), [text(&made[0]["id"]), text(&made[2]["id"])]);
    let listed = first.person.get(OMS_ORDERS).ok()["data"].take();
    assert_eq!((&listed["orders"], &listed["pagination"]["totalItems"]), (&json!([shown]), &json!(1)));
    let [foreign, absent] =
        [path_of(OMS_ORDERS, &unseen), format!("{OMS_ORDERS}/{ABSENT}")].map(|path| first.person.get(&path));
    foreign.oms_refused(404, "Order not found");
    assert_eq!(foreign.text, absent.text);
    let everything = buying.show(OMS_ORDERS, &order);
    assert_eq!((list(&everything["items"]).len(), &everything["totalAmount"]), (3, &json!(3003.33)));

    for person in [&buying.ops, &buying.accounts] {
        assert_eq!(ALL.ids(person, "").len(), 4);
        assert_eq!(person.get(&path_of(ASSIGNMENTS, &made[1])).ok()["data"], made[1]);
        assert_eq!(list(&person.get(&assignments_of(&order)).ok()["data"]["assignments"]).len(), 3);
    }
    let before = buying.team.state();
    let body = json!({"assignments": [entry(&order, 1, first, 1)]});
    for person in [&buying.ops, &buying.accounts, &first.person] {
        person.post(&assignments_of(&order), &body).oms_refused(403, FORBIDDEN);
    }
    assert_eq!(buying.team.state(), before);
}

#[test]
fn a_repeated_request_assigns_once_and_each_step_leaves_its_traces() {
    let buying = Buying::new();
    let vendor = &buying.vendors[0];
    let order = buying.order(&[("Tomatoes", 50, 45.0)]);
    let body = json!({"assignments": [entry(&order, 0, vendor, 20)]});
    let (made, traces) = buying.traced(|| replays(&buying, &buying.admin, &assignments_of(&order), &body));
    traces.hold(&["sales_order.assigned"], &["sales_order.assigned"]);
    assert_eq!((traces.events.len(), buying.team.count("assignments")), (1, 1));
    let (_, traces) = buying.traced(|| buying.confirm(&made["data"]["assignments"][0], 20));
    traces.hold(&["sales_order.updated"], &["assignment.confirmed"]);
    let second = &buying.assign(&order, &[(0, vendor, 10)])[0];
    let (_, traces) = buying.traced(|| buying.confirm(second, 0));
    traces.hold(&[], &["assignment.declined"]);
    let refused = assign(&buying, &order, &[entry(&order, 0, vendor, 31)]);
    let (_, traces) = buying.traced(|| refused.oms_faults(409, &[("assignments.0.quantity", "30")]));
    traces.are_none();
}

/// Sends a list of assignments from each racer; returns how many were taken.
fn raced(
    buying: &Buying,
    racers: usize,
    order: &Value,
    entries: impl Fn(usize) -> Vec<Value> + Sync,
) -> usize {
    let replies = race(racers, |racer| assign(buying, order, &entries(racer)));
    let taken = replies.iter().filter(|reply| reply.status == 201).count();
    assert!(replies.iter().all(|reply| [201, 409].contains(&reply.status)), "{replies:?}");
    taken
}

#[test]
fn parallel_assignments_of_an_item_never_exceed_what_was_ordered() {
    let buying = Buying::new();
    let [first, second] = &buying.vendors;
    for round in 0..10 {
        let order = buying.order(&[("Tomatoes", 50, 45.0), ("Spinach", 30, 25.0)]);
        let vendor = |racer: usize| if racer.is_multiple_of(2) { first } else { second };
        let taken = raced(&buying, 8, &order, |racer| vec![entry(&order, 0, vendor(racer), 10)]);
        assert_eq!(taken, 5, "round {round}");
        // in either order of the items
        let taken = raced(&buying, 6, &order, |racer| {
            let mut entries = vec![entry(&order, 1, first, 6), entry(&order, 1, second, 4)];
            entries.rotate_left(racer % 2);
            entries
        });
        assert_eq!(taken, 3, "round {round}");
        let assigned = list(&buying.show(OMS_ORDERS, &order)["assignedItems"]);
        let sum: i64 = assigned.iter().map(|it| it["assignedQuantity"].as_i64().unwrap()).sum();
        assert_eq!((assigned.len(), sum), (11, 80), "round {round}");
    }
}

#[test]
fn of_two_answers_at_once_one_is_taken() {
    let buying = Buying::new();
    let vendor = &buying.vendors[0];
    let order = buying.order(&[("Tomatoes", 50, 45.0)]);
    let answers = [json!({"confirmedQuantity": 2}), json!({"confirmedQuantity": 0, "reason": "No"})];
    for made in buying.assign(&order, &[(0, vendor, 2); 15]) {
        let people: [&Person; 2] = [&vendor.person, &buying.admin];
        let replies = race(2, |racer| {
            Reply::to(people[racer].request(Method::POST, &confirm_path(&made)).json(&answers[racer]))
        });
        let mut statuses: Vec<_> = replies.iter().map(|reply| reply.status).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409], "{replies:?}");
        let taken = replies.iter().find(|reply| reply.status == 200).unwrap().ok()["data"].take();
        assert_eq!(buying.show(ASSIGNMENTS, &made), taken);
    }
}
