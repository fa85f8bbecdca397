//! Dispatches: goods of a purchase order on their way (`docs/spec/oms.md`, "Dispatches").

use reqwest::Method;
use serde_json::{Value, json};
use testkit::race;

use crate::support::buying::{
    ASSIGNMENTS, Buying, DISPATCHES, GRNS, Listing, PURCHASE_ORDERS, list, parcel, receive_path, replays,
    text, with,
};
use crate::support::{OMS_ORDERS, Reply, Requests, is_uuid, oms_order_example, path_of};

const ABSENT: &str = "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e99";
const FORBIDDEN: &str = "Your role does not allow this";
const ALL: Listing<'_> = Listing { path: DISPATCHES, key: "dispatches" };

#[test]
fn the_documented_example_works_to_the_letter() {
    let buying = Buying::new();
    let vendor = &buying.vendors[0];
    let order = buying.admin.post(OMS_ORDERS, &oms_order_example()).created()["data"].take();
    let assignment = buying.assign(&order, &[(0, vendor, 30)]).remove(0);
    buying.confirm(&assignment, 20);
    let ordered = buying.purchase_order(&order, vendor);
    let request = json!({
        "purchaseOrderId": ordered["id"],
        "items": [{"assignedOrderItemId": assignment["id"], "dispatchedQuantity": 20}],
        "trackingReference": "AWB 123", "notes": "Two pallets",
    });
    let body = vendor.person.post(DISPATCHES, &request).created();
    let (made, year) = (&body["data"], &order["createdAt"].as_str().unwrap()[..4]);
    assert!(is_uuid(&made["id"]), "{made}");
    assert!(made["dispatchedAt"].as_str().is_some_and(|at| at.ends_with('Z')), "{made}");
    let mut expected = json!({
        "id": made["id"], "dispatchNumber": format!("DSP-{year}-001"),
        "purchaseOrder": {"id": ordered["id"], "poNumber": ordered["poNumber"]},
        "order": {"id": order["id"], "orderNumber": order["orderNumber"]},
        "vendor": {"id": vendor.id, "code": "VEN001", "name": "Vendor Name"}, "status": "DISPATCHED",
        "items": [{"assignedOrderItemId": assignment["id"],
                   "productName": "Organic Tomatoes", "sku": "ORG-TOM-001", "dispatchedQuantity": 20}],
        "trackingReference": "AWB 123", "notes": "Two pallets", "goodsReceipt": null,
        "dispatchedAt": made["dispatchedAt"], "receivedAt": null,
    });
    let message = "Dispatch created successfully";
    assert_eq!(body, json!({"success": true, "message": message, "data": expected}));
    let path = path_of(DISPATCHES, &expected);
    assert_eq!(vendor.person.get(&path).ok(), json!({"success": true, "data": expected}));
    let pagination = json!({"currentPage": 1, "totalPages": 1, "totalItems": 1, "itemsPerPage": 20});
    let listed = json!({"success": true, "data": {"dispatches": [expected], "pagination": pagination}});
    assert_eq!(buying.admin.get(DISPATCHES).ok(), listed);
    assert_eq!(buying.show(ASSIGNMENTS, &assignment)["dispatchedQuantity"], json!(20));
    assert_eq!(buying.show(PURCHASE_ORDERS, &ordered)["items"][0]["dispatchedQuantity"], json!(20));

    let grn = buying.ops.post(&receive_path(&expected), &json!({})).created()["data"].take();
    let receipt = json!({"id": grn["id"], "grnNumber": grn["grnNumber"], "status": "PENDING_VERIFICATION"});
    let fields = json!({"status": "RECEIVED", "goodsReceipt": receipt, "receivedAt": grn["receivedAt"]});
    expected = with(expected, fields);
    assert_eq!(buying.show(DISPATCHES, &expected), expected);
    buying.verify(&grn, &[]);
    expected["goodsReceipt"]["status"] = json!("VERIFIED_OK");
    assert_eq!(buying.show(DISPATCHES, &expected), expected);
}

#[test]
fn dispatched_never_passes_confirmed_over_all_dispatches() {
    let buying = Buying::new();
    let vendor = &buying.vendors[0];
    let order = buying.order(&[("Tomatoes", 50, 45.0), ("Spinach", 30, 25.0)]);
    let made = buying.assign(&order, &[(0, vendor, 30), (1, vendor, 30)]);
    made.iter().zip([20, 30]).for_each(|(assignment, quantity)| drop(buying.confirm(assignment, quantity)));
    let ordered = buying.purchase_order(&order, vendor);
    let refused = |quantities: &[u32], status: u16, faults: &[(&str, &str)]| {
        let before = buying.team.state();
        // wording: what is confirmed, or left, is named at the item
        let code = if status == 409 { "QUANTITY_NOT_AVAILABLE" } else { "VALIDATION_ERROR" };
        let refused = vendor.person.post(DISPATCHES, &parcel(&ordered, quantities));
        refused.has_code(code).oms_faults(status, faults);
        assert_eq!(buying.team.state(), before);
    };
    refused(&[21, 30], 422, &[("items.0.dispatchedQuantity", "20")]);
    buying.dispatch(&ordered, &[15, 30]);
    refused(&[6, 0], 409, &[("items.0.dispatchedQuantity", "5")]);
    refused(&[6, 1], 409, &[("items.0.dispatchedQuantity", "5"), ("items.1.dispatchedQuantity", "0")]);
    refused(&[0, 31], 422, &[("items.0.dispatchedQuantity", "30")]);
    buying.dispatch(&ordered, &[5]);
    refused(&[1], 409, &[("items.0.dispatchedQuantity", "0")]);
    let shown = buying.show(PURCHASE_ORDERS, &ordered);
    assert_eq!(list(&shown["items"])[0]["dispatchedQuantity"], json!(20));
    // what is refused may leave a gap in the numbers
    let numbers: Vec<_> = list(&buying.admin.get(DISPATCHES).ok()["data"]["dispatches"]);
    let numbers: Vec<_> = numbers.iter().map(|it| text(&it["dispatchNumber"])[9..].to_owned()).collect();
    assert!(numbers.len() == 2 && numbers[0] > numbers[1], "{numbers:?}");
}

#[test]
fn parts_have_three_decimals_and_add_up_exactly() {
    let buying = Buying::new();
    let (_, ordered) = buying.ordered(&[("Tomatoes", 1, 45.0)]);
    let send = |quantity: Value| {
        let mut body = parcel(&ordered, &[1]);
        body["items"][0]["dispatchedQuantity"] = quantity;
        buying.vendors[0].person.post(DISPATCHES, &body)
    };
    for quantity in [json!("0.333"), json!(0.333), json!(0.333)] {
        send(quantity).created();
    }
    // wording
    send(json!(0.002)).oms_faults(409, &[("items.0.dispatchedQuantity", "0.001")]);
    assert_eq!(send(json!(0.001)).created()["data"]["items"][0]["dispatchedQuantity"], json!(0.001));
    assert_eq!(buying.show(PURCHASE_ORDERS, &ordered)["status"], json!("DISPATCHED"));
}

#[test]
fn every_fault_is_named_at_once_and_nothing_is_stored() {
    let buying = Buying::new();
    let [first, second] = &buying.vendors;
    let (order, ordered) = buying.ordered(&[("Tomatoes", 40, 45.0), ("Spinach", 30, 25.0)]);
    let (_, other) = buying.ordered(&[("Tomatoes", 50, 45.0)]);
    let uncovered = buying.order(&[("Tomatoes", 50, 45.0)]);
    let uncovered = buying.assign(&uncovered, &[(0, first, 50)]).remove(0);
    let foreign = Buying::new();
    let (_, foreign) = foreign.ordered(&[("Tomatoes", 50, 45.0)]);
    let before = buying.team.state();
    let item =
        |id: &Value, quantity: Value| json!({"assignedOrderItemId": id, "dispatchedQuantity": quantity});
    let own = &ordered["items"][0]["assignedOrderItemId"];
    let send = |items: Value| {
        first.person.post(DISPATCHES, &json!({"purchaseOrderId": ordered["id"], "items": items}))
    };
    // wording: what is wrong with each
    send(json!([
        item(own, json!(41)),
        item(&other["items"][0]["assignedOrderItemId"], json!(1)),
        item(&uncovered["id"], json!(1)),
        item(&json!(ABSENT), json!(1)),
        item(&order["items"][0]["id"], json!(1)),
    ]))
    .oms_faults(
        422,
        &[
            ("items.0.dispatchedQuantity", "40"),
            ("items.1.assignedOrderItemId", ""),
            ("items.2.assignedOrderItemId", ""),
            ("items.3.assignedOrderItemId", ""),
            ("items.4.assignedOrderItemId", ""),
        ],
    );
    let twice = send(json!([item(own, json!(1)), item(own, json!(1))]));
    twice.oms_faults(422, &[("items.1.assignedOrderItemId", "")]);
    send(json!([
        item(own, json!(0)),
        item(own, json!(-1)),
        item(own, json!(1.0001)),
        item(own, json!("all")),
        item(&json!(7), json!(null)),
        json!({}),
        json!("x"),
    ]))
    .oms_faults(
        422,
        &[
            ("items.0.dispatchedQuantity", "greater than 0"),
            ("items.1.dispatchedQuantity", "greater than 0"),
            ("items.2.dispatchedQuantity", "3 decimals"),
            ("items.3.dispatchedQuantity", "decimal number"),
            ("items.4.assignedOrderItemId", ""),
            ("items.4.dispatchedQuantity", "required"),
            ("items.5.assignedOrderItemId", "required"),
            ("items.5.dispatchedQuantity", "required"),
            ("items.6", "object"),
        ],
    );
    for (fields, faults) in [
        (
            json!({"purchaseOrderId": null, "items": null}),
            &[("purchaseOrderId", ""), ("items", "required")][..],
        ),
        (json!({"purchaseOrderId": "PO-2024-001"}), &[("purchaseOrderId", "")]),
        (json!({"purchaseOrderId": ABSENT}), &[("purchaseOrderId", "")]),
        (json!({"purchaseOrderId": foreign["id"]}), &[("purchaseOrderId", "")]),
        (json!({"items": []}), &[("items", "1 to 500 entries")]),
        (
            json!({"items": vec![item(own, json!(0.001)); 501]}),
            &[("items", "1 to 500 entries, this has 501")],
        ),
        (json!({"items": {}}), &[("items", "list")]),
        (
            json!({"trackingReference": "x".repeat(101), "notes": "x".repeat(10_001)}),
            &[("trackingReference", "100"), ("notes", "10000")],
        ),
        (json!({"trackingReference": 7, "notes": []}), &[("trackingReference", "text"), ("notes", "text")]),
        (json!({"trackingReference": "AWB\n123"}), &[("trackingReference", "")]),
    ] {
        // wording
        let body = with(parcel(&ordered, &[1]), fields);
        first.person.post(DISPATCHES, &body).oms_faults(422, faults);
    }
    let absent =
        second.person.post(DISPATCHES, &with(parcel(&ordered, &[1]), json!({"purchaseOrderId": ABSENT})));
    absent.oms_faults(422, &[("purchaseOrderId", "")]);
    let not_its_own = second.person.post(DISPATCHES, &parcel(&ordered, &[1]));
    assert_eq!((not_its_own.status, &not_its_own.text), (422, &absent.text));
    for person in [&buying.ops, &buying.accounts] {
        person.post(DISPATCHES, &parcel(&ordered, &[1])).oms_refused(403, FORBIDDEN);
    }
    assert_eq!(buying.team.state(), before);
    let by_admin = buying.admin.post(DISPATCHES, &parcel(&ordered, &[1])).created();
    let bare =
        ["trackingReference", "notes", "goodsReceipt", "receivedAt"].map(|name| &by_admin["data"][name]);
    assert_eq!(bare, [&Value::Null; 4]);
}

#[test]
fn of_an_order_that_ended_nothing_is_dispatched() {
    let buying = Buying::new();
    for (end, status) in [("cancel", "CANCELLED"), ("close", "CLOSED")] {
        let (order, ordered) = buying.ordered(&[("Tomatoes", 50, 45.0)]);
        buying.admin.post(&format!("{}/{end}", path_of(OMS_ORDERS, &order)), &json!({})).ok();
        assert_eq!(buying.status_of(&order), status);
        let before = buying.team.state();
        let refused = buying.vendors[0].person.post(DISPATCHES, &parcel(&ordered, &[1]));
        refused.has_code("INVALID_TRANSITION").oms_refused_with(409, &[status]);
        assert_eq!(buying.team.state(), before);
    }
}

#[test]
fn the_list_is_filtered_and_paged() {
    let buying = Buying::new();
    let [first, second] = &buying.vendors;
    let order = buying.order(&[("Tomatoes", 50, 45.0)]);
    let made = buying.assign(&order, &[(0, first, 20), (0, second, 20)]);
    made.iter().for_each(|assignment| drop(buying.confirm(assignment, 20)));
    let [one, two] = [first, second].map(|vendor| buying.purchase_order(&order, vendor));
    let (other, three) = buying.ordered(&[("Spinach", 30, 25.0)]);
    let a = buying.dispatch(&one, &[10]);
    let b = buying.dispatch(&two, &[20]);
    let c = buying.dispatch(&three, &[30]);
    let d = buying.dispatch(&one, &[10]);
    for dispatch in [&b, &c] {
        buying.receive(dispatch);
    }
    for (dispatch, at) in [
        (&a, "2024-09-30T23:59:59.999Z"),
        (&b, "2024-10-01T00:00:00Z"),
        (&c, "2024-10-08T10:30:00Z"),
        (&d, "2024-10-09T00:00:00Z"),
    ] {
        buying.backdate("dispatches", "dispatched_at", dispatch, at);
    }
    let all = [&d, &c, &b, &a];
    let id = |value: &Value| text(&value["id"]);
    let parameters = ["status", "vendorId", "orderId", "purchaseOrderId", "startDate", "endDate"];
    ALL.is_paged(&buying.admin, &all, &parameters);
    ALL.filters(
        &buying.admin,
        &all,
        &[
            ("status=DISPATCHED".to_owned(), &[0, 3]),
            ("status=RECEIVED".to_owned(), &[1, 2]),
            (format!("vendorId={}", first.id), &[0, 1, 3]),
            (format!("vendorId={ABSENT}"), &[]),
            (format!("orderId={}", id(&order)), &[0, 2, 3]),
            (format!("orderId={}", id(&other)), &[1]),
            (format!("purchaseOrderId={}", id(&one)), &[0, 3]),
            (format!("purchaseOrderId={}&status=RECEIVED", id(&one)), &[]),
            (format!("purchaseOrderId={}&orderId={}&vendorId={}", id(&two), id(&order), second.id), &[2]),
            (format!("purchaseOrderId={ABSENT}"), &[]),
            ("startDate=2024-10-01".to_owned(), &[0, 1, 2]),
            ("endDate=2024-10-01".to_owned(), &[2, 3]),
            ("startDate=2024-10-01T00:00:00.001Z&endDate=2024-10-08T10:30:00Z".to_owned(), &[1]),
        ],
    );
}

#[test]
fn a_vendor_sees_its_own_dispatches() {
    let buying = Buying::new();
    let [first, second] = &buying.vendors;
    let order = buying.order(&[("Tomatoes", 50, 45.0)]);
    let made = buying.assign(&order, &[(0, first, 20), (0, second, 20)]);
    made.iter().for_each(|assignment| drop(buying.confirm(assignment, 20)));
    let ordered = [first, second].map(|vendor| buying.purchase_order(&order, vendor));
    let [own, foreign] = [&ordered[0], &ordered[1]].map(|ordered| buying.dispatch(ordered, &[20]));
    let (ids, pagination) = ALL.page(&first.person, "");
    assert_eq!((ids, &pagination["totalItems"]), (vec![text(&own["id"])], &json!(1)));
    for query in [
        format!("vendorId={}", second.id),
        format!("purchaseOrderId={}", text(&ordered[1]["id"])),
        "status=RECEIVED".to_owned(),
    ] {
        assert_eq!(ALL.ids(&first.person, &query), Vec::<String>::new(), "{query}");
    }
    assert_eq!(ALL.ids(&first.person, &format!("orderId={}", text(&order["id"]))), [text(&own["id"])]);
    assert_eq!(first.person.get(&path_of(DISPATCHES, &own)).ok()["data"], own);
    let absent = first.person.get(&format!("{DISPATCHES}/{ABSENT}"));
    absent.oms_refused(404, "Dispatch not found");
    let hidden = first.person.get(&path_of(DISPATCHES, &foreign));
    assert_eq!((hidden.status, &hidden.text), (404, &absent.text));
    for person in [&buying.ops, &buying.accounts] {
        assert_eq!(ALL.ids(person, "").len(), 2);
        assert_eq!(person.get(&path_of(DISPATCHES, &own)).ok()["data"], own);
    }
    let before = buying.team.state();
    for person in [&buying.accounts, &first.person] {
        for dispatch in [&own, &foreign, &json!({"id": ABSENT})] {
            person.post(&receive_path(dispatch), &json!({})).oms_refused(403, FORBIDDEN);
        }
    }
    assert_eq!(buying.team.state(), before);
}

#[test]
fn goods_are_received_once_with_or_without_a_body() {
    let buying = Buying::new();
    let (_, ordered) = buying.ordered(&[("Tomatoes", 50, 45.0)]);
    let [first, second] = [(); 2].map(|()| buying.dispatch(&ordered, &[20]));
    let bare = Reply::to(buying.admin.request(Method::POST, &receive_path(&first))).created();
    let grn = bare["data"].clone();
    buying.receive(&second);
    let before = buying.team.state();
    let again = buying.ops.post(&receive_path(&first), &json!({}));
    // wording
    again.has_code("ALREADY_RECEIVED").oms_refused_with(409, &[&text(&grn["grnNumber"])]);
    for id in [ABSENT, "7"] {
        buying
            .ops
            .post(&format!("{DISPATCHES}/{id}/receive"), &json!({}))
            .oms_refused(404, "Dispatch not found");
    }
    let foreign = Buying::new();
    let (_, elsewhere) = foreign.dispatched(&[("Tomatoes", 50, 45.0)]);
    buying.ops.post(&receive_path(&elsewhere), &json!({})).oms_refused(404, "Dispatch not found");
    assert_eq!(buying.team.state(), before);
    assert_eq!(foreign.show(DISPATCHES, &elsewhere)["status"], json!("DISPATCHED"));
}

#[test]
fn a_repeated_request_is_done_once_and_each_step_leaves_its_traces() {
    let buying = Buying::new();
    let (_, ordered) = buying.ordered(&[("Tomatoes", 50, 45.0)]);
    let person = &buying.vendors[0].person;
    let send = || replays(&buying, person, DISPATCHES, &parcel(&ordered, &[20]));
    let (made, traces) = buying.traced(send);
    traces.hold(&["dispatch.created", "purchase_order.updated"], &["dispatch.created"]);
    assert_eq!(buying.team.count("dispatches"), 1);
    let receive = || replays(&buying, &buying.ops, &receive_path(&made["data"]), &json!({}));
    let (_, traces) = buying.traced(receive);
    traces.hold(&["dispatch.received"], &["goods_receipt.created"]);
    assert_eq!(buying.team.count("goods_receipts"), 1);
}

#[test]
fn parallel_dispatches_never_pass_what_was_confirmed() {
    let buying = Buying::new();
    for round in 0..10 {
        let (_, ordered) = buying.ordered(&[("Tomatoes", 50, 45.0), ("Spinach", 50, 25.0)]);
        let replies = race(8, |racer| {
            let mut body = parcel(&ordered, &[10, 10]);
            body["items"].as_array_mut().unwrap().rotate_left(racer % 2);
            buying.vendors[0].person.post(DISPATCHES, &body)
        });
        let sent = replies.iter().filter(|reply| reply.status == 201).count();
        assert!(replies.iter().all(|reply| [201, 409].contains(&reply.status)), "{replies:?}");
        assert_eq!(sent, 5, "round {round}");
        let shown = buying.show(PURCHASE_ORDERS, &ordered);
        let items = list(&shown["items"]);
        let dispatched: Vec<_> = items.iter().map(|item| item["dispatchedQuantity"].clone()).collect();
        assert_eq!(
            (&shown["status"], dispatched),
            (&json!("DISPATCHED"), vec![json!(50); 2]),
            "round {round}"
        );
    }
}

#[test]
fn of_two_receives_at_once_one_makes_the_receipt() {
    let buying = Buying::new();
    for round in 0..10 {
        let (order, dispatch) = buying.dispatched(&[("Tomatoes", 50, 45.0)]);
        let people = [&buying.ops, &buying.admin];
        let replies = race(2, |racer| people[racer].post(&receive_path(&dispatch), &json!({})));
        let mut statuses: Vec<_> = replies.iter().map(|reply| reply.status).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 409], "round {round}: {replies:?}");
        let listed = buying.ops.get(&format!("{GRNS}?orderId={}", text(&order["id"]))).ok();
        assert_eq!(listed["data"]["pagination"]["totalItems"], json!(1), "round {round}");
    }
}

#[test]
fn of_a_cancellation_and_a_dispatch_at_once_exactly_one_wins() {
    let buying = Buying::new();
    for round in 0..15 {
        let (order, ordered) = buying.ordered(&[("Tomatoes", 50, 45.0)]);
        let replies = race(2, |racer| match racer {
            0 => buying.admin.post(&format!("{}/cancel", path_of(OMS_ORDERS, &order)), &json!({})),
            _ => buying.vendors[0].person.post(DISPATCHES, &parcel(&ordered, &[20])),
        });
        let statuses: Vec<_> = replies.iter().map(|reply| reply.status).collect();
        let of_order = format!("{DISPATCHES}?orderId={}", text(&order["id"]));
        let sent = buying.admin.get(&of_order).ok()["data"]["pagination"]["totalItems"].take();
        let bought = text(&buying.show(PURCHASE_ORDERS, &ordered)["status"]);
        let end = (buying.status_of(&order), bought, sent);
        match statuses[..] {
            [200, 409] => {
                assert_eq!(end, ("CANCELLED".to_owned(), "CANCELLED".to_owned(), json!(0)), "{round}")
            }
            [409, 201] => {
                assert_eq!(
                    end,
                    ("PROCESSING".to_owned(), "PARTIALLY_DISPATCHED".to_owned(), json!(1)),
                    "{round}"
                );
            }
            _ => panic!("round {round}: {replies:?}"),
        }
    }
}
