//! Verifying goods receipts (`docs/spec/oms.md`, "Verification").

use serde_json::{Value, json};
use testkit::race;

use crate::support::buying::{
    Buying, GRNS, TICKETS, VERIFY, list, mismatch, replays, text, verification, with,
};
use crate::support::{Reply, Requests, is_uuid, path_of};

const ABSENT: &str = "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e99";
const STATUSES: [&str; 5] =
    ["VERIFIED_OK", "QUANTITY_MISMATCH", "DAMAGE_REPORTED", "SHORTAGE_REPORTED", "EXCESS_RECEIVED"];

/// Sends a verification of a receipt with these mismatches and other fields.
#[track_caller]
fn verify(buying: &Buying, grn: &Value, mismatches: &[Value], fields: Value) -> Reply {
    buying.ops.post(VERIFY, &with(verification(grn, mismatches), fields))
}

/// The ids of items of a receipt, by their places.
fn only(grn: &Value, items: &[usize]) -> Value {
    let ids: Vec<_> = items.iter().map(|item| grn["items"][*item]["id"].clone()).collect();
    json!({"verifiedItemIds": ids})
}

#[test]
fn the_example_of_the_api_document_works_to_the_letter() {
    let buying = Buying::new();
    let (order, grn) = buying.received(&[("Organic Tomatoes", 100, 45.0), ("Fresh Spinach", 50, 25.0)]);
    let item = |place: usize| &grn["items"][place];
    let request = json!({
        "goodsReceiptNoteId": grn["id"],
        "grnNumber": grn["grnNumber"],
        "dispatchId": grn["dispatch"]["id"],
        "operatorRemarks": "Verification completed with discrepancies",
        "mismatches": [
            {
                "grnItemId": item(0)["id"],
                "assignedOrderItemId": item(0)["assignedOrderItemId"],
                "assignedQuantity": 100,
                "confirmedQuantity": 100,
                "receivedQuantity": 95,
                "discrepancyQuantity": -5,
                "status": "QUANTITY_MISMATCH",
                "itemRemarks": "5 units missing from shipment",
                "damageReported": false
            },
            {
                "grnItemId": item(1)["id"],
                "assignedOrderItemId": item(1)["assignedOrderItemId"],
                "assignedQuantity": 50,
                "confirmedQuantity": 50,
                "receivedQuantity": 45,
                "discrepancyQuantity": -5,
                "status": "DAMAGE_REPORTED",
                "itemRemarks": "Units damaged during transit",
                "damageReported": true,
                "damageDescription": "Crushed packaging, items unusable"
            }
        ]
    });
    let body = buying.ops.post(VERIFY, &request).ok();
    let (data, at) = (&body["data"], text(&body["data"]["grn"]["verifiedAt"]));
    let number = format!("TKT-{}{}-001", &at[..4], &at[5..7]);
    let message = format!("GRN verified with mismatches. Ticket {number} created automatically.");
    let po_number = text(&grn["dispatch"]["purchaseOrder"]["poNumber"]);
    let title = format!("GRN Mismatch - {} ({po_number})", text(&grn["grnNumber"]));
    assert!(is_uuid(&data["ticket"]["id"]), "{body}");
    // the document shows HIGH, although its rule says URGENT for damage
    let ticket = json!({
        "id": data["ticket"]["id"], "ticketNumber": number, "title": title, "priority": "URGENT", "status": "OPEN",
    });
    let expected = json!({
        "success": true,
        "message": message,
        "data": {
            "grn": {"id": grn["id"], "grnNumber": grn["grnNumber"], "status": "VERIFIED_MISMATCH", "verifiedAt": at},
            "ticket": ticket,
            "mismatches": 2,
            "message": message,
        }
    });
    assert_eq!(body, expected);

    let shown = buying.ops.get(&path_of(GRNS, &grn)).ok();
    let ops = json!({"id": buying.ops.id, "email": buying.ops.email});
    assert_eq!(shown["success"], json!(true));
    let shown = &shown["data"];
    for (name, value) in [
        ("id", &grn["id"]),
        ("grnNumber", &grn["grnNumber"]),
        ("status", &json!("VERIFIED_MISMATCH")),
        ("operatorRemarks", &json!("Verification completed with discrepancies")),
        ("verifiedAt", &json!(at)),
        ("dispatch", &grn["dispatch"]),
        ("verifiedBy", &ops),
    ] {
        assert_eq!(&shown[name], value, "{name}");
    }
    assert_eq!(list(&shown["ticket"]["comments"]).len(), 1);
    assert_eq!(shown["ticket"], with(ticket, json!({"comments": shown["ticket"]["comments"]})));
    let facts = |place: usize| {
        let names =
            ["receivedQuantity", "discrepancyQuantity", "damagedQuantity", "acceptedQuantity", "status"];
        names.map(|name| shown["items"][place][name].clone())
    };
    assert_eq!(facts(0)[..2], [json!(95), json!(-5)]);
    assert_eq!(facts(0)[3..], [json!(95), json!("QUANTITY_MISMATCH")]);
    assert_eq!(facts(1), [json!(45), json!(-5), json!(0), json!(45), json!("DAMAGE_REPORTED")]);
    assert_eq!(shown["items"][1]["itemRemarks"], json!("Units damaged during transit"));
    assert_eq!(buying.status_of(&order), "PARTIALLY_FULFILLED");
}

#[test]
fn goods_that_are_as_they_were_sent_raise_no_ticket() {
    let buying = Buying::new();
    let lines = [("Tomatoes", 50, 45.0), ("Spinach", 30, 25.0)];
    let message = "GRN verified successfully. No mismatches found.";
    for named in [false, true] {
        let (order, grn) = buying.received(&lines);
        let mut body = verification(&grn, &[mismatch(&grn["items"][1], 30, "VERIFIED_OK")]);
        if !named {
            body.as_object_mut().unwrap().remove("mismatches");
        }
        let reply = buying.admin.post(VERIFY, &body).ok();
        let receipt = json!({
            "id": grn["id"], "grnNumber": grn["grnNumber"], "status": "VERIFIED_OK",
            "verifiedAt": reply["data"]["grn"]["verifiedAt"],
        });
        let data = json!({"grn": receipt, "ticket": null, "mismatches": 0, "message": message});
        assert_eq!(reply, json!({"success": true, "message": message, "data": data}));
        let shown = buying.show(GRNS, &grn);
        assert_eq!((&shown["ticket"], &shown["operatorRemarks"]), (&Value::Null, &Value::Null));
        for (item, quantity) in list(&shown["items"]).iter().zip([50, 30]) {
            let facts = ["status", "receivedQuantity", "discrepancyQuantity", "acceptedQuantity"];
            let facts = facts.map(|name| item[name].clone());
            assert_eq!(facts, [json!("VERIFIED_OK"), json!(quantity), json!(0), json!(quantity)]);
        }
        assert_eq!(buying.status_of(&order), "FULFILLED");
    }
    assert_eq!(buying.team.count("tickets"), 0);
}

#[test]
fn a_status_fits_the_numbers_or_is_refused() {
    let buying = Buying::new();
    for (received, damaged, fitting) in [
        (45, false, &["QUANTITY_MISMATCH", "SHORTAGE_REPORTED"][..]),
        (50, false, &["VERIFIED_OK"]),
        (55, false, &["QUANTITY_MISMATCH", "EXCESS_RECEIVED"]),
        (45, true, &["DAMAGE_REPORTED"]),
        (50, true, &["DAMAGE_REPORTED"]),
    ] {
        let (_, grn) = buying.received(&[("Tomatoes", 50, 45.0)]);
        let before = buying.team.state();
        let found = |grn: &Value, status: &str| {
            let mut found = mismatch(&grn["items"][0], received, status);
            found["damageReported"] = json!(damaged);
            found["damageDescription"] = if damaged { json!("Crushed") } else { Value::Null };
            found
        };
        for status in STATUSES.iter().filter(|status| !fitting.contains(status)) {
            let refused = verify(&buying, &grn, &[found(&grn, status)], json!({}));
            if damaged || *status == "DAMAGE_REPORTED" {
                // wording: the status and the report of a damage contradict each other
                refused.oms_faults_within("mismatches.0.");
            } else {
                refused.oms_faults(422, &[("mismatches.0.status", fitting[0])]);
            }
        }
        assert_eq!(buying.team.state(), before);
        for status in fitting {
            let (_, grn) = buying.received(&[("Tomatoes", 50, 45.0)]);
            let verified = verify(&buying, &grn, &[found(&grn, status)], json!({})).ok()["data"].take();
            let (receipt, count) = match *status {
                "VERIFIED_OK" => ("VERIFIED_OK", 0),
                _ => ("VERIFIED_MISMATCH", 1),
            };
            assert_eq!(
                (&verified["grn"]["status"], &verified["mismatches"]),
                (&json!(receipt), &json!(count))
            );
            let item = buying.show(GRNS, &grn)["items"][0].take();
            let facts = ["status", "receivedQuantity", "discrepancyQuantity", "damageReported"];
            let facts = facts.map(|name| item[name].clone());
            assert_eq!(facts, [json!(status), json!(received), json!(received - 50), json!(damaged)]);
        }
    }
}

#[test]
fn every_disagreement_with_the_records_is_named_and_nothing_is_stored() {
    let buying = Buying::new();
    let (_, grn) = buying.received(&[("Tomatoes", 50, 45.0), ("Spinach", 30, 25.0), ("Garlic", 10, 1.0)]);
    let (_, other) = buying.received(&[("Tomatoes", 50, 45.0)]);
    let foreign = Buying::new();
    let (_, elsewhere) = foreign.received(&[("Tomatoes", 50, 45.0)]);
    let before = buying.team.state();
    let right = |item: usize, received: i64| mismatch(&grn["items"][item], received, "SHORTAGE_REPORTED");
    // wording: each names what is recorded
    let forged = json!({
        "assignedOrderItemId": grn["items"][1]["assignedOrderItemId"], "assignedQuantity": 51, "confirmedQuantity": 49,
        "discrepancyQuantity": -4, "status": "EXCESS_RECEIVED",
    });
    let fields = json!({"grnNumber": other["grnNumber"], "dispatchId": other["dispatch"]["id"]});
    verify(&buying, &grn, &[with(right(0, 45), forged), right(1, 20)], fields).oms_faults(
        422,
        &[
            ("grnNumber", &text(&grn["grnNumber"])),
            ("dispatchId", &text(&grn["dispatch"]["dispatchNumber"])),
            ("mismatches.0.assignedOrderItemId", ""),
            ("mismatches.0.assignedQuantity", "50"),
            ("mismatches.0.confirmedQuantity", "50"),
            ("mismatches.0.discrepancyQuantity", "-5"),
            ("mismatches.0.status", "SHORTAGE_REPORTED"),
        ],
    );
    for forged in [json!(5), json!(-6), json!(-5.001), json!(0), json!("-4")] {
        let found = with(right(0, 45), json!({"discrepancyQuantity": forged}));
        verify(&buying, &grn, &[found], json!({}))
            .oms_faults(422, &[("mismatches.0.discrepancyQuantity", "-5")]);
    }
    for id in [&other["items"][0]["id"], &elsewhere["items"][0]["id"], &json!(ABSENT), &grn["id"]] {
        let found = with(right(0, 45), json!({"grnItemId": id}));
        let refused = verify(&buying, &grn, &[right(1, 20), found], json!({}));
        refused.oms_faults(422, &[("mismatches.1.grnItemId", "")]);
    }
    let twice = verify(&buying, &grn, &[right(0, 45), right(1, 20), right(0, 45)], json!({}));
    twice.oms_faults(422, &[("mismatches.2.grnItemId", "")]);
    for dispatch in [json!(ABSENT), elsewhere["dispatch"]["id"].clone()] {
        let refused = verify(&buying, &grn, &[], json!({"dispatchId": dispatch}));
        refused.oms_faults(422, &[("dispatchId", "")]);
    }
    for id in [json!(ABSENT), elsewhere["id"].clone()] {
        let refused = verify(&buying, &grn, &[], json!({"goodsReceiptNoteId": id}));
        refused.oms_faults(422, &[("goodsReceiptNoteId", "")]);
    }
    assert_eq!(buying.team.state(), before);
    let right_as_text =
        json!({"discrepancyQuantity": "-5", "assignedQuantity": "50.000", "confirmedQuantity": 50.0});
    let fields = json!({"grnNumber": grn["grnNumber"], "dispatchId": grn["dispatch"]["id"]});
    verify(&buying, &grn, &[with(right(0, 45), right_as_text)], fields).ok();
}

#[test]
fn every_faulty_field_is_named_at_once() {
    let buying = Buying::new();
    let (_, grn) = buying.received(&[("Tomatoes", 50, 45.0)]);
    let before = buying.team.state();
    let required = &[("goodsReceiptNoteId", "required")];
    for body in [json!({}), json!({"goodsReceiptNoteId": null, "mismatches": null})] {
        buying.ops.post(VERIFY, &body).oms_faults(422, required);
    }
    let right = || mismatch(&grn["items"][0], 45, "SHORTAGE_REPORTED");
    // wording
    verify(&buying, &grn, &[json!({}), json!(7)], json!({})).oms_faults(
        422,
        &[
            ("mismatches.0.grnItemId", "required"),
            ("mismatches.0.receivedQuantity", "required"),
            ("mismatches.0.status", "required"),
            ("mismatches.1", "object"),
        ],
    );
    let odd = json!({
        "grnItemId": 7, "assignedOrderItemId": [], "assignedQuantity": "x", "confirmedQuantity": {},
        "receivedQuantity": -1, "discrepancyQuantity": "few", "status": "BROKEN", "itemRemarks": 7,
        "damageReported": "yes", "damageDescription": [], "damagedQuantity": -1, "acceptExcess": 1,
    });
    let faults = odd.as_object().unwrap().keys().map(|name| format!("mismatches.0.{name}"));
    let faults: Vec<_> =
        faults.chain(["dispatchId".into(), "grnNumber".into(), "operatorRemarks".into()]).collect();
    let faults: Vec<_> = faults.iter().map(|path| (path.as_str(), "")).collect();
    let fields = json!({"grnNumber": 7, "dispatchId": "DSP-2024-001", "operatorRemarks": []});
    verify(&buying, &grn, &[odd], fields).oms_faults(422, &faults);
    for (fields, path, words) in [
        (json!({"receivedQuantity": 45.0001}), "mismatches.0.receivedQuantity", "3 decimals"),
        (json!({"receivedQuantity": "45.0001"}), "mismatches.0.receivedQuantity", "3 decimals"),
        (
            json!({"receivedQuantity": 1_000_000_000_000_i64}),
            "mismatches.0.receivedQuantity",
            "below 1000000000000",
        ),
        (json!({"receivedQuantity": null}), "mismatches.0.receivedQuantity", "required"),
        (json!({"status": "verified_ok"}), "mismatches.0.status", ""),
        (json!({"itemRemarks": "x".repeat(2_001)}), "mismatches.0.itemRemarks", "2000"),
    ] {
        // without what would contradict it
        let mut found = with(right(), fields);
        found.as_object_mut().unwrap().remove("discrepancyQuantity");
        verify(&buying, &grn, &[found], json!({})).oms_faults(422, &[(path, words)]);
    }
    for (fields, path, words) in [
        (json!({"operatorRemarks": "x".repeat(2_001)}), "operatorRemarks", "2000"),
        (json!({"mismatches": {}}), "mismatches", "list"),
        (json!({"mismatches": vec![right(); 501]}), "mismatches", "500"),
        (json!({"verifiedItemIds": []}), "verifiedItemIds", "1 to 500 entries"),
        (
            json!({"verifiedItemIds": vec![grn["items"][0]["id"].clone(); 501]}),
            "verifiedItemIds",
            "1 to 500 entries",
        ),
        (json!({"verifiedItemIds": "all"}), "verifiedItemIds", "list"),
        (json!({"goodsReceiptNoteId": 7}), "goodsReceiptNoteId", ""),
        (json!({"goodsReceiptNoteId": grn["grnNumber"]}), "goodsReceiptNoteId", ""),
    ] {
        verify(&buying, &grn, &[], fields).oms_faults(422, &[(path, words)]);
    }
    assert_eq!(buying.team.state(), before);
}

#[test]
fn damage_and_excess_are_reported_where_there_are_such() {
    let buying = Buying::new();
    let (_, grn) = buying.received(&[("Tomatoes", 50, 45.0)]);
    let item = &grn["items"][0];
    let damaged = |received: i64| mismatch(item, received, "DAMAGE_REPORTED");
    let short = || mismatch(item, 45, "SHORTAGE_REPORTED");
    let before = buying.team.state();
    for (found, path) in [
        (with(damaged(45), json!({"damageDescription": null})), "mismatches.0.damageDescription"),
        (with(damaged(45), json!({"damageDescription": " "})), "mismatches.0.damageDescription"),
        (
            with(damaged(45), json!({"damageDescription": "x".repeat(2_001)})),
            "mismatches.0.damageDescription",
        ),
        (with(short(), json!({"damageDescription": "Crushed"})), "mismatches.0.damageDescription"),
        (with(damaged(45), json!({"damagedQuantity": 45.001})), "mismatches.0.damagedQuantity"),
        (with(damaged(45), json!({"damagedQuantity": 0.0001})), "mismatches.0.damagedQuantity"),
        (with(short(), json!({"damagedQuantity": 1})), "mismatches.0.damagedQuantity"),
        (with(short(), json!({"acceptExcess": true})), "mismatches.0.acceptExcess"),
        (with(mismatch(item, 50, "VERIFIED_OK"), json!({"acceptExcess": true})), "mismatches.0.acceptExcess"),
        (
            with(mismatch(item, 50, "VERIFIED_OK"), json!({"damagedQuantity": 1})),
            "mismatches.0.damagedQuantity",
        ),
        (
            with(mismatch(item, 55, "EXCESS_RECEIVED"), json!({"damagedQuantity": 5})),
            "mismatches.0.damagedQuantity",
        ),
    ] {
        // wording
        verify(&buying, &grn, &[found], json!({})).oms_faults(422, &[(path, "")]);
    }
    for contradicting in [
        with(damaged(45), json!({"damageReported": false})),
        with(damaged(45), json!({"damageReported": null})),
        with(short(), json!({"damageReported": true, "damageDescription": "Crushed"})),
        with(
            mismatch(item, 50, "VERIFIED_OK"),
            json!({"damageReported": true, "damageDescription": "Crushed"}),
        ),
        // more than was assigned, though not as an excess
        damaged(51),
        with(damaged(51), json!({"damagedQuantity": 1})),
    ] {
        // wording
        verify(&buying, &grn, &[contradicting], json!({})).oms_faults_within("mismatches.0.");
    }
    assert_eq!(buying.team.state(), before);
}

#[test]
fn every_mismatch_may_have_texts_as_long_as_may_be() {
    let buying = Buying::new();
    let names: Vec<_> = (0..500).map(|item| format!("Crate {item}")).collect();
    let lines: Vec<_> = names.iter().map(|name| (name.as_str(), 2, 45.0)).collect();
    let (_, grn) = buying.received(&lines);
    let text = "é".repeat(2_000);
    let damaged = |item| {
        let texts = json!({"itemRemarks": text, "damageDescription": text});
        with(mismatch(item, 2, "DAMAGE_REPORTED"), texts)
    };
    let mismatches: Vec<_> = list(&grn["items"]).iter().map(damaged).collect();
    verify(&buying, &grn, &mismatches, json!({"operatorRemarks": text})).ok();
    let items = list(&buying.show(GRNS, &grn)["items"]);
    let stored = items.iter().filter(|item| item["damageDescription"] == text && item["itemRemarks"] == text);
    assert_eq!(stored.count(), 500);
    let too_long = json!({"operatorRemarks": "x".repeat(8 << 20)});
    verify(&buying, &grn, &[], too_long).oms_refused_with(413, &["8388608"]);
}

#[test]
fn a_receipt_is_verified_item_by_item_and_each_item_once() {
    let buying = Buying::new();
    let (order, grn) = buying.received(&[("Tomatoes", 50, 45.0), ("Spinach", 30, 25.0), ("Garlic", 10, 1.0)]);
    let (_, other) = buying.received(&[("Tomatoes", 50, 45.0)]);
    let found = |item: usize, received: i64| mismatch(&grn["items"][item], received, "SHORTAGE_REPORTED");
    let before = buying.team.state();
    // wording
    verify(&buying, &grn, &[found(0, 45), found(1, 20)], only(&grn, &[0]))
        .oms_faults(422, &[("mismatches.1.grnItemId", "")]);
    for malformed in [json!("7"), json!(7)] {
        let fields = json!({"verifiedItemIds": [grn["items"][0]["id"], malformed]});
        verify(&buying, &grn, &[], fields).oms_faults_within("verifiedItemIds");
    }
    let foreign = json!({"verifiedItemIds": [grn["items"][0]["id"], other["items"][0]["id"], ABSENT]});
    verify(&buying, &grn, &[], foreign)
        .oms_faults(422, &[("verifiedItemIds.1", ""), ("verifiedItemIds.2", "")]);
    verify(&buying, &grn, &[], only(&grn, &[0, 1, 0])).oms_faults(422, &[("verifiedItemIds.2", "earlier")]);
    assert_eq!(buying.team.state(), before);

    let first = verify(&buying, &grn, &[], only(&grn, &[1])).ok();
    let message = "GRN verified successfully. No mismatches found.";
    assert_eq!((&first["message"], &first["data"]["ticket"]), (&json!(message), &Value::Null));
    assert_eq!(first["data"]["grn"]["status"], json!("PARTIALLY_VERIFIED"));
    assert_eq!(buying.status_of(&order), "PARTIALLY_FULFILLED");
    let before = buying.team.state();
    for (mismatches, items) in [(vec![], &[1][..]), (vec![], &[0, 1]), (vec![found(1, 20)], &[0, 1])] {
        // wording
        verify(&buying, &grn, &mismatches, only(&grn, items))
            .has_code("ALREADY_VERIFIED")
            .oms_refused_with(409, &[]);
    }
    // wording
    verify(&buying, &grn, &[found(1, 20)], json!({})).has_code("ALREADY_VERIFIED").oms_refused_with(409, &[]);
    assert_eq!(buying.team.state(), before);

    let second = verify(&buying, &grn, &[found(0, 45)], only(&grn, &[0])).ok();
    assert_eq!(second["data"]["grn"]["status"], json!("PARTIALLY_VERIFIED"));
    let number = text(&second["data"]["ticket"]["ticketNumber"]);
    let message = format!("GRN verified with mismatches. Ticket {number} created automatically.");
    assert_eq!((&second["message"], &second["data"]["message"]), (&json!(message), &json!(message)));
    let third = verify(&buying, &grn, &[found(2, 1)], json!({})).ok();
    let message = format!("GRN verified with mismatches. Ticket {number} updated.");
    assert_eq!((&third["message"], &third["data"]["message"]), (&json!(message), &json!(message)));
    assert_eq!(
        (&third["data"]["grn"]["status"], &third["data"]["mismatches"]),
        (&json!("VERIFIED_MISMATCH"), &json!(1))
    );
    let ticket = buying.show(TICKETS, &second["data"]["ticket"]);
    assert_eq!((list(&ticket["comments"]).len(), buying.team.count("tickets")), (2, 1));
    let before = buying.team.state();
    for fields in [json!({}), only(&grn, &[2])] {
        // wording
        verify(&buying, &grn, &[], fields).has_code("ALREADY_VERIFIED").oms_refused_with(409, &[]);
    }
    assert_eq!(buying.team.state(), before);
    assert_eq!(buying.status_of(&order), "PARTIALLY_FULFILLED");
}

#[test]
fn a_repeated_request_verifies_once_and_leaves_its_traces() {
    let buying = Buying::new();
    let (_, grn) = buying.received(&[("Tomatoes", 50, 45.0), ("Spinach", 30, 25.0)]);
    let found = |item: usize| mismatch(&grn["items"][item], 1, "SHORTAGE_REPORTED");
    let body = with(verification(&grn, &[found(0)]), only(&grn, &[0]));
    let (_, traces) = buying.traced(|| replays(&buying, &buying.ops, VERIFY, &body));
    traces.hold(
        &["grn.verified", "ticket.created", "sales_order.updated"],
        &["goods_receipt.verified", "ticket.created"],
    );
    let (_, traces) = buying.traced(|| buying.verify(&grn, &[found(1)]));
    traces.hold(
        &["grn.verified", "ticket.updated", "purchase_order.updated"],
        &["goods_receipt.verified", "ticket.changed"],
    );
    let (_, whole) = buying.received(&[("Tomatoes", 50, 45.0)]);
    let (_, traces) = buying.traced(|| buying.verify(&whole, &[]));
    traces.hold(&["grn.verified", "sales_order.completed"], &["goods_receipt.verified"]);
    assert!(!traces.events.iter().any(|event| event.starts_with("ticket.")), "{traces:?}");
    let (_, traces) = buying.traced(|| {
        verify(&buying, &whole, &[], json!({})).has_code("ALREADY_VERIFIED").oms_refused_with(409, &[])
    });
    traces.are_none();
}

#[test]
fn of_two_verifications_at_once_one_makes_the_ticket_and_the_other_is_refused() {
    let buying = Buying::new();
    for round in 0..10 {
        let (order, grn) = buying.received(&[("Tomatoes", 50, 45.0)]);
        let people = [&buying.ops, &buying.admin];
        let replies = race(2, |racer| {
            let received = [45, 40][racer];
            let found = mismatch(&grn["items"][0], received, "SHORTAGE_REPORTED");
            people[racer].post(VERIFY, &verification(&grn, &[found]))
        });
        let mut statuses: Vec<_> = replies.iter().map(|reply| reply.status).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409], "round {round}: {replies:?}");
        let winner = replies.iter().position(|reply| reply.status == 200).unwrap();
        let shown = buying.show(GRNS, &grn);
        assert_eq!(shown["items"][0]["receivedQuantity"], json!([45, 40][winner]), "round {round}");
        assert_eq!(shown["verifiedBy"]["id"], json!(people[winner].id), "round {round}");
        let tickets = buying.ops.get(&format!("{TICKETS}?orderId={}", text(&order["id"]))).ok();
        assert_eq!(tickets["data"]["pagination"]["totalItems"], json!(1), "round {round}");
        let ticket = &replies[winner].json()["data"]["ticket"];
        assert_eq!(list(&buying.show(TICKETS, ticket)["comments"]).len(), 1, "round {round}");
    }
}

#[test]
fn verifications_of_different_items_at_once_share_one_ticket() {
    let buying = Buying::new();
    for round in 0..10 {
        let (order, grn) =
            buying.received(&[("Tomatoes", 50, 45.0), ("Spinach", 30, 25.0), ("Garlic", 9, 1.0)]);
        let replies = race(3, |racer| {
            let found = mismatch(&grn["items"][racer], 1, "SHORTAGE_REPORTED");
            verify(&buying, &grn, &[found], only(&grn, &[racer]))
        });
        let tickets: Vec<_> = replies.iter().map(|reply| reply.ok()["data"]["ticket"]["id"].take()).collect();
        assert_eq!(tickets, vec![tickets[0].clone(); 3], "round {round}");
        let created = |reply: &&Reply| reply.text.contains("created automatically.");
        assert_eq!(replies.iter().filter(created).count(), 1, "round {round}: {replies:?}");
        let shown = buying.show(GRNS, &grn);
        assert_eq!(
            (&shown["status"], list(&shown["ticket"]["comments"]).len()),
            (&json!("VERIFIED_MISMATCH"), 3)
        );
        assert_eq!(buying.status_of(&order), "PARTIALLY_FULFILLED");
    }
}
