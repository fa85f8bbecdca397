//! How orders that are bought in end (`docs/spec/oms.md`, "Cancel an order", "Close an order").

use reqwest::Method;
use serde_json::{Value, json};
use testkit::race;

use crate::support::buying::{
    ASSIGNMENTS, Buying, DISPATCHES, PURCHASE_ORDERS, TICKETS, list, mismatch, parcel, text, with,
};
use crate::support::{OMS_ORDERS, Person, Reply, Requests, Shop, path_of};

const ABSENT: &str = "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e99";
const FORBIDDEN: &str = "Your role does not allow this";

fn close_path(order: &Value) -> String {
    format!("{}/close", path_of(OMS_ORDERS, order))
}

#[track_caller]
fn close(person: &Person, order: &Value, body: &Value) -> Reply {
    person.post(&close_path(order), body)
}

#[track_caller]
fn cancel(buying: &Buying, order: &Value) -> Reply {
    buying.admin.post(&format!("{}/cancel", path_of(OMS_ORDERS, order)), &json!({"reason": "Out of season"}))
}

/// The statuses of an order's assignments.
fn assignments(buying: &Buying, order: &Value) -> Vec<String> {
    list(&buying.show(OMS_ORDERS, order)["assignedItems"]).iter().map(|it| text(&it["status"])).collect()
}

fn advance(buying: &Buying, ticket: &Value, status: &str) {
    let path = format!("{}/status", path_of(TICKETS, ticket));
    buying.ops.patch(&path, &json!({"status": status})).ok();
}

/// An order of 50 tomatoes of which 20 arrived, all of them unusable; and the ticket.
fn broken(buying: &Buying) -> (Value, Value, Value) {
    let (order, ordered) = buying.ordered(&[("Tomatoes", 50, 45.0)]);
    let grn = buying.receive(&buying.dispatch(&ordered, &[20]));
    let verified = buying.verify(&grn, &[mismatch(&grn["items"][0], 20, "DAMAGE_REPORTED")]);
    (order, ordered, verified["ticket"].clone())
}

#[test]
fn an_order_is_closed_with_or_without_a_reason_and_once() {
    let buying = Buying::new();
    let order = buying.order(&[("Tomatoes", 50, 45.0)]);
    let reason = json!({"reason": "The season is over"});
    let (reply, traces) = buying.traced(|| close(&buying.admin, &order, &reason));
    traces.hold(&["sales_order.closed"], &["sales_order.closed"]);
    let body = reply.ok();
    let fields = json!({
        "status": "CLOSED", "closeReason": "The season is over", "version": 2, "updatedAt": body["data"]["updatedAt"],
    });
    let expected = with(order.clone(), fields);
    assert_eq!(body, json!({"success": true, "message": "Order closed successfully", "data": expected}));
    assert_eq!(reply.header("etag"), Some("\"2\""));
    assert_eq!(buying.show(OMS_ORDERS, &order), expected);
    let before = buying.team.state();
    let again = close(&buying.admin, &order, &json!({"reason": "Again"})).ok();
    assert_eq!(again["data"], expected, "closed once more, nothing changes");
    assert_eq!(buying.team.state(), before);
    // wording
    cancel(&buying, &order).oms_refused_with(409, &["CLOSED"]);
    assert_eq!(buying.team.state(), before);

    for bare in [
        buying.admin.post(&close_path(&buying.order(&[("Tomatoes", 50, 45.0)])), &json!({})),
        Reply::to(buying.admin.request(Method::POST, &close_path(&buying.order(&[("Tomatoes", 50, 45.0)])))),
    ] {
        let data = bare.ok()["data"].take();
        assert_eq!((&data["status"], &data["closeReason"]), (&json!("CLOSED"), &Value::Null));
    }
    let listed = buying.admin.get(&format!("{OMS_ORDERS}?status=CLOSED")).ok();
    assert_eq!(listed["data"]["pagination"]["totalItems"], json!(3));
}

#[test]
fn closing_is_refused_to_others_and_of_orders_that_are_not_there_cancelled_or_of_a_till() {
    let buying = Buying::new();
    let [order, cancelled] = [(); 2].map(|()| buying.order(&[("Tomatoes", 50, 45.0)]));
    buying.assign(&order, &[(0, &buying.vendors[0], 50)]);
    cancel(&buying, &cancelled).ok();
    let other = Buying::new();
    let before = buying.team.state();
    // wording
    close(&buying.admin, &cancelled, &json!({})).oms_refused_with(409, &["CANCELLED"]);
    close(&buying.admin, &order, &json!({"reason": 7}))
        .oms_invalid(json!({"reason": ["Reason must be text"]}));
    for person in [&buying.ops, &buying.accounts, &buying.vendors[0].person] {
        close(person, &order, &json!({})).oms_refused(403, FORBIDDEN);
    }
    for id in [ABSENT, "7", "ORD-2024-001"] {
        close(&buying.admin, &json!({"id": id}), &json!({})).oms_refused(404, "Order not found");
    }
    close(&other.admin, &order, &json!({})).oms_refused(404, "Order not found");
    let outdated = buying.admin.request(Method::POST, &close_path(&order)).header("If-Match", "\"1\"");
    Reply::to(outdated.json(&json!({}))).oms_refused(412, "The order was changed meanwhile; read it again");
    assert_eq!(buying.team.state(), before);

    let shop = Shop::stocked();
    shop.sell(1, 5);
    let sold = shop.admin.get(OMS_ORDERS).ok()["data"]["orders"][0].take();
    let message = "The order came from a till, where alone it can be changed";
    close(&shop.admin, &sold, &json!({})).oms_refused(409, message);
}

#[test]
fn everything_that_is_in_the_way_of_closing_is_named() {
    let buying = Buying::new();
    let (order, ordered) = buying.ordered(&[("Tomatoes", 50, 45.0), ("Spinach", 30, 25.0)]);
    let refused = |words: &[&str], absent: &[&str]| {
        let before = buying.team.state();
        let reply = close(&buying.admin, &order, &json!({}));
        // wording
        reply.has_code("NOT_CLOSABLE").oms_refused_with(409, words);
        assert!(absent.iter().all(|word| !reply.text.contains(word)), "{absent:?}: {reply:?}");
        assert_eq!(buying.team.state(), before);
    };
    let dispatches = [[10, 0], [10, 0], [10, 0]].map(|quantities| buying.dispatch(&ordered, &quantities));
    let [first, second, third] = &dispatches;
    let numbers = dispatches.each_ref().map(|dispatch| text(&dispatch["dispatchNumber"]));
    refused(&[&numbers[0], &numbers[1], &numbers[2]], &[]);
    let open = buying.receive(first);
    let open_number = text(&open["grnNumber"]);
    refused(&[&open_number, &numbers[1], &numbers[2]], &[&numbers[0]]);
    let mismatched = buying.receive(second);
    let found = mismatch(&mismatched["items"][0], 10, "DAMAGE_REPORTED");
    let ticket = buying.verify(&mismatched, &[found])["ticket"].take();
    let ticket_number = text(&ticket["ticketNumber"]);
    let verified_number = text(&mismatched["grnNumber"]);
    refused(&[&open_number, &numbers[2], &ticket_number], &[&numbers[1], &verified_number]);
    advance(&buying, &ticket, "IN_PROGRESS");
    refused(&[&open_number, &numbers[2], &ticket_number], &[]);
    advance(&buying, &ticket, "RESOLVED");
    refused(&[&open_number, &numbers[2]], &[&ticket_number]);
    // without an approved invoice accepted goods are in the way, too
    buying.verify(&open, &[]);
    refused(&[&numbers[2], "accepted"], &[&open_number]);
    let last = buying.receive(third);
    let ticket =
        buying.verify(&last, &[mismatch(&last["items"][0], 0, "SHORTAGE_REPORTED")])["ticket"].take();
    advance(&buying, &ticket, "IN_PROGRESS");
    advance(&buying, &ticket, "RESOLVED");
    refused(&["accepted"], &[&numbers[2], &text(&ticket["ticketNumber"])]);
    assert_eq!(buying.status_of(&order), "PARTIALLY_FULFILLED");

    let (fulfilled, grn) = buying.received(&[("Tomatoes", 50, 45.0)]);
    buying.verify(&grn, &[]);
    // wording
    close(&buying.admin, &fulfilled, &json!({}))
        .has_code("NOT_CLOSABLE")
        .oms_refused_with(409, &["accepted"]);
    assert_eq!(buying.status_of(&fulfilled), "FULFILLED");
}

#[test]
fn closing_short_releases_what_is_not_dispatched() {
    let buying = Buying::new();
    let [first, second] = &buying.vendors;
    let (order, ordered, ticket) = broken(&buying);
    let more = buying.order(&[("Tomatoes", 50, 45.0)]);
    let made = buying.assign(&more, &[(0, first, 20), (0, second, 20), (0, second, 10)]);
    buying.confirm(&made[0], 20);
    buying.confirm(&made[1], 0);
    let unsent = buying.purchase_order(&more, first);
    let (closed, traces) = buying.traced(|| close(&buying.admin, &more, &json!({})).ok());
    let audit = ["sales_order.closed", "assignment.released"];
    traces.hold(&["sales_order.closed", "purchase_order.cancelled"], &audit);
    assert_eq!(closed["data"]["status"], json!("CLOSED"));
    assert_eq!(assignments(&buying, &more), ["RELEASED", "DECLINED", "RELEASED"]);
    assert_eq!(buying.show(PURCHASE_ORDERS, &unsent)["status"], json!("CANCELLED"));

    advance(&buying, &ticket, "IN_PROGRESS");
    advance(&buying, &ticket, "RESOLVED");
    assert_eq!(buying.status_of(&order), "PROCESSING", "nothing of it is accepted");
    close(&buying.admin, &order, &json!({})).ok();
    assert_eq!(
        (assignments(&buying, &order), buying.status_of(&order)),
        (vec!["RELEASED".to_owned()], "CLOSED".to_owned())
    );
    let shown = buying.show(PURCHASE_ORDERS, &ordered);
    assert_eq!((&shown["status"], &shown["items"][0]["dispatchedQuantity"]), (&json!("CLOSED"), &json!(20)));
    // a ticket of a closed order is still worked on
    advance(&buying, &ticket, "CLOSED");
    assert_eq!(buying.status_of(&order), "CLOSED");

    let (order, grn) = buying.received(&[("Tomatoes", 50, 45.0)]);
    let ticket = buying.verify(&grn, &[mismatch(&grn["items"][0], 0, "SHORTAGE_REPORTED")])["ticket"].take();
    advance(&buying, &ticket, "IN_PROGRESS");
    advance(&buying, &ticket, "RESOLVED");
    close(&buying.admin, &order, &json!({})).ok();
    assert_eq!(assignments(&buying, &order), ["CONFIRMED"], "all of it was dispatched");
}

#[test]
fn cancelling_releases_everything_until_the_first_dispatch() {
    let buying = Buying::new();
    let [first, second] = &buying.vendors;
    let order = buying.order(&[("Tomatoes", 50, 45.0), ("Spinach", 30, 25.0)]);
    let made = buying.assign(&order, &[(0, first, 20), (0, second, 20), (1, first, 30), (0, first, 10)]);
    for (assignment, quantity) in made.iter().zip([20, 0, 30]) {
        buying.confirm(assignment, quantity);
    }
    let ordered = buying.purchase_order(&order, first);
    assert_eq!(buying.status_of(&order), "PROCESSING");
    let (cancelled, traces) = buying.traced(|| cancel(&buying, &order).ok());
    let audit = ["sales_order.cancelled", "assignment.released"];
    traces.hold(&["sales_order.cancelled", "purchase_order.cancelled"], &audit);
    let data = &cancelled["data"];
    assert_eq!((&data["status"], &data["cancelReason"]), (&json!("CANCELLED"), &json!("Out of season")));
    assert_eq!(assignments(&buying, &order), ["RELEASED", "DECLINED", "RELEASED", "RELEASED"]);
    let shown = buying.show(ASSIGNMENTS, &made[0]);
    assert_eq!((&shown["confirmedQuantity"], &shown["purchaseOrderId"]), (&json!(20), &ordered["id"]));
    assert_eq!(buying.show(PURCHASE_ORDERS, &ordered)["status"], json!("CANCELLED"));
    let before = buying.team.state();
    assert_eq!(cancel(&buying, &order).ok()["data"], *data, "cancelled once more, nothing changes");
    assert_eq!(buying.team.state(), before);

    let (order, ordered) = buying.ordered(&[("Tomatoes", 50, 45.0)]);
    let dispatch = buying.dispatch(&ordered, &[1]);
    let refused = |status: &str| {
        assert_eq!(buying.status_of(&order), status);
        let before = buying.team.state();
        // wording
        let refused = cancel(&buying, &order);
        refused.oms_refused_with(409, &[]);
        if status == "PROCESSING" {
            refused.has_code("DISPATCHED");
        }
        assert_eq!(buying.team.state(), before);
    };
    refused("PROCESSING");
    let grn = buying.receive(&dispatch);
    refused("PROCESSING");
    buying.verify(&grn, &[]);
    refused("PARTIALLY_FULFILLED");
    buying.verify(&buying.receive(&buying.dispatch(&ordered, &[49])), &[]);
    refused("FULFILLED");
}

#[test]
fn of_closing_and_a_dispatch_at_once_exactly_one_wins() {
    let buying = Buying::new();
    for round in 0..15 {
        let (order, ordered) = buying.ordered(&[("Tomatoes", 50, 45.0)]);
        let replies = race(2, |racer| match racer {
            0 => close(&buying.admin, &order, &json!({})),
            _ => buying.vendors[0].person.post(DISPATCHES, &parcel(&ordered, &[20])),
        });
        let statuses: Vec<_> = replies.iter().map(|reply| reply.status).collect();
        let bought = text(&buying.show(PURCHASE_ORDERS, &ordered)["status"]);
        let end = (buying.status_of(&order), bought);
        match statuses[..] {
            [200, 409] => assert_eq!(end, ("CLOSED".to_owned(), "CANCELLED".to_owned()), "round {round}"),
            [409, 201] => {
                assert_eq!(
                    end,
                    ("PROCESSING".to_owned(), "PARTIALLY_DISPATCHED".to_owned()),
                    "round {round}"
                );
            }
            _ => panic!("round {round}: {replies:?}"),
        }
    }
}

#[test]
fn of_cancelling_and_a_vendors_answer_at_once_nothing_is_left_half_done() {
    let buying = Buying::new();
    let vendor = &buying.vendors[0];
    for round in 0..15 {
        let order = buying.order(&[("Tomatoes", 50, 45.0)]);
        let made = buying.assign(&order, &[(0, vendor, 50)]).remove(0);
        let replies = race(2, |racer| match racer {
            0 => cancel(&buying, &order),
            _ => {
                let path = format!("{}/confirm", path_of(ASSIGNMENTS, &made));
                vendor.person.post(&path, &json!({"confirmedQuantity": 50}))
            }
        });
        assert_eq!(replies[0].status, 200, "round {round}: {replies:?}");
        let shown = buying.show(ASSIGNMENTS, &made);
        let confirmed = match replies[1].status {
            200 => json!(50),
            409 => Value::Null,
            _ => panic!("round {round}: {replies:?}"),
        };
        assert_eq!(
            (&shown["status"], &shown["confirmedQuantity"]),
            (&json!("RELEASED"), &confirmed),
            "round {round}"
        );
        assert_eq!(buying.status_of(&order), "CANCELLED", "round {round}");
    }
}
