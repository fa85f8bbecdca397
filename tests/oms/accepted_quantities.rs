//! What of received goods is accepted, and what may be bought again (`docs/spec/oms.md`, "Accepted quantity").

use serde_json::{Value, json};

use crate::support::buying::{
    ASSIGNMENTS, Buying, GRNS, PURCHASE_ORDERS, VERIFY, assignments_of, entry, list, mismatch, verification,
    with,
};
use crate::support::{OMS_ORDERS, Reply, Requests};

/// Sends a verification of a receipt with these mismatches.
#[track_caller]
fn verify(buying: &Buying, grn: &Value, mismatches: &[Value]) -> Reply {
    buying.ops.post(VERIFY, &verification(grn, mismatches))
}

#[test]
fn what_is_accepted_is_what_was_received_less_what_is_damaged_and_an_excess_only_if_asked_for() {
    let buying = Buying::new();
    for (received, status, fields, damaged, accepted) in [
        (45, "SHORTAGE_REPORTED", json!({}), None, 45),
        (45, "QUANTITY_MISMATCH", json!({}), None, 45),
        (0, "SHORTAGE_REPORTED", json!({}), None, 0),
        (50, "DAMAGE_REPORTED", json!({}), Some(50), 0),
        (50, "DAMAGE_REPORTED", json!({"damagedQuantity": 8}), Some(8), 42),
        (50, "DAMAGE_REPORTED", json!({"damagedQuantity": 0}), Some(0), 50),
        (45, "DAMAGE_REPORTED", json!({}), Some(0), 45),
        (45, "DAMAGE_REPORTED", json!({"damagedQuantity": 5}), Some(5), 40),
        (45, "DAMAGE_REPORTED", json!({"damagedQuantity": 45}), Some(45), 0),
        (60, "EXCESS_RECEIVED", json!({}), None, 50),
        (60, "EXCESS_RECEIVED", json!({"acceptExcess": false}), None, 50),
        (60, "EXCESS_RECEIVED", json!({"acceptExcess": true}), None, 60),
        (60, "QUANTITY_MISMATCH", json!({"acceptExcess": true}), None, 60),
    ] {
        let case = format!("{received} {status} {fields}");
        let (order, grn) = buying.received(&[("Tomatoes", 50, 45.0)]);
        let accepts = fields["acceptExcess"] == json!(true);
        verify(&buying, &grn, &[with(mismatch(&grn["items"][0], received, status), fields)]).ok();
        let item = buying.show(GRNS, &grn)["items"][0].take();
        assert_eq!(
            (&item["acceptedQuantity"], &item["acceptExcess"]),
            (&json!(accepted), &json!(accepts)),
            "{case}"
        );
        if let Some(damaged) = damaged {
            assert_eq!(item["damagedQuantity"], json!(damaged), "{case}");
        }
        let expected = [json!(50), json!(received), json!(accepted)];
        let progress = |value: &Value| {
            ["dispatchedQuantity", "receivedQuantity", "acceptedQuantity"].map(|name| value[name].clone())
        };
        let assignment = json!({"id": item["assignedOrderItemId"]});
        assert_eq!(progress(&buying.show(ASSIGNMENTS, &assignment)), expected, "{case}");
        let ordered = buying.show(PURCHASE_ORDERS, &grn["dispatch"]["purchaseOrder"]);
        assert_eq!(
            (progress(&ordered["items"][0]), &ordered["status"]),
            (expected, &json!("RECEIVED")),
            "{case}"
        );
        let status = match accepted {
            0 => "PROCESSING",
            1..50 => "PARTIALLY_FULFILLED",
            _ => "FULFILLED",
        };
        assert_eq!(buying.status_of(&order), status, "{case}");
    }
}

#[test]
fn a_damaged_part_delivery_may_hold_more_than_was_sent_but_not_more_than_was_assigned() {
    let buying = Buying::new();
    let (order, ordered) = buying.ordered(&[("Tomatoes", 50, 45.0)]);
    let [first, second] = [20, 30].map(|quantity| buying.receive(&buying.dispatch(&ordered, &[quantity])));
    let damaged = |grn: &Value, received: i64| {
        with(mismatch(&grn["items"][0], received, "DAMAGE_REPORTED"), json!({"damagedQuantity": 3}))
    };
    verify(&buying, &first, &[damaged(&first, 25)]).ok();
    assert_eq!(buying.show(GRNS, &first)["items"][0]["acceptedQuantity"], json!(20), "at most what was sent");
    let before = buying.team.state();
    // wording: 25 of 50 were received before
    let refused = verify(&buying, &second, &[damaged(&second, 31)]);
    refused.oms_faults_within("mismatches.0.");
    assert_eq!(buying.team.state(), before);
    verify(&buying, &second, &[mismatch(&second["items"][0], 35, "EXCESS_RECEIVED")]).ok();
    let assignment = buying.show(OMS_ORDERS, &order)["assignedItems"][0].take();
    assert_eq!((&assignment["receivedQuantity"], &assignment["acceptedQuantity"]), (&json!(60), &json!(50)));
    assert_eq!(buying.status_of(&order), "FULFILLED");
}

#[test]
fn quantities_of_three_decimals_are_counted_exactly() {
    let buying = Buying::new();
    let (_, grn) = buying.received(&[("Tomatoes", 1, 45.0)]);
    let found = json!({
        "grnItemId": grn["items"][0]["id"], "receivedQuantity": "0.701", "discrepancyQuantity": -0.299,
        "status": "QUANTITY_MISMATCH",
    });
    verify(&buying, &grn, &[found]).ok();
    let item = buying.show(GRNS, &grn)["items"][0].take();
    let facts =
        ["receivedQuantity", "discrepancyQuantity", "acceptedQuantity"].map(|name| item[name].clone());
    assert_eq!(facts, [json!(0.701), json!(-0.299), json!(0.701)]);
}

#[test]
fn what_is_missing_or_damaged_may_be_assigned_again_until_every_line_is_there_in_full() {
    let buying = Buying::new();
    let [first, second] = &buying.vendors;
    let (order, grn) = buying.received(&[("Tomatoes", 50, 45.0), ("Spinach", 30, 25.0)]);
    let take = |item: usize, quantity: u32| {
        let body = json!({"assignments": [entry(&order, item, second, quantity)]});
        buying.admin.post(&assignments_of(&order), &body)
    };
    // wording
    take(0, 1).oms_faults(409, &[("assignments.0.quantity", "0")]);
    let broken = with(mismatch(&grn["items"][1], 30, "DAMAGE_REPORTED"), json!({"damagedQuantity": 8}));
    verify(&buying, &grn, &[mismatch(&grn["items"][0], 45, "SHORTAGE_REPORTED"), broken]).ok();
    assert_eq!(buying.status_of(&order), "PARTIALLY_FULFILLED");
    take(0, 6).oms_faults(409, &[("assignments.0.quantity", "5")]);
    take(1, 9).oms_faults(409, &[("assignments.0.quantity", "8")]);
    for (item, quantity, status) in [(0, 5, "PARTIALLY_FULFILLED"), (1, 8, "FULFILLED")] {
        let assignment = take(item, quantity).created()["data"]["assignments"][0].take();
        buying.confirm(&assignment, quantity);
        let ordered = buying.purchase_order(&order, second);
        buying.verify(&buying.receive(&buying.dispatch(&ordered, &[quantity])), &[]);
        assert_eq!(buying.status_of(&order), status);
    }
    take(0, 1).oms_faults(409, &[("assignments.0.quantity", "0")]);
    let shown = list(&buying.show(OMS_ORDERS, &order)["assignedItems"]);
    let accepted: Vec<_> = shown.iter().map(|it| it["acceptedQuantity"].clone()).collect();
    assert_eq!(accepted, [json!(45), json!(22), json!(5), json!(8)]);
    assert_eq!(shown[0]["vendor"], first.shown());
}
