//! Tickets of mismatches at goods receipts (`docs/spec/oms.md`, "Tickets").

use serde_json::{Value, json};
use testkit::race;

use crate::support::buying::{
    Buying, GRNS, Listing, TICKETS, VERIFY, list, mismatch, replays, text, verification, with,
};
use crate::support::{OMS_ORDERS, Person, Requests, is_uuid, path_of};

const ABSENT: &str = "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e99";
const FORBIDDEN: &str = "Your role does not allow this";
const ALL: Listing<'_> = Listing { path: TICKETS, key: "tickets" };
const FLOW: [&str; 4] = ["OPEN", "IN_PROGRESS", "RESOLVED", "CLOSED"];

fn status_path(ticket: &Value) -> String {
    format!("{}/status", path_of(TICKETS, ticket))
}

fn assignee_path(ticket: &Value) -> String {
    format!("{}/assignee", path_of(TICKETS, ticket))
}

fn comments_path(ticket: &Value) -> String {
    format!("{}/comments", path_of(TICKETS, ticket))
}

/// Moves a ticket on to a status.
#[track_caller]
fn advance(buying: &Buying, ticket: &Value, to: &str) {
    let from = text(&buying.show(TICKETS, ticket)["status"]);
    let place = |status: &str| FLOW.iter().position(|it| *it == status).unwrap();
    for status in &FLOW[place(&from) + 1..=place(to)] {
        buying.ops.patch(&status_path(ticket), &json!({"status": status})).ok();
    }
}

/// Verifies only the item at a place of a receipt.
#[track_caller]
fn verify_item(buying: &Buying, grn: &Value, item: usize, found: Value) -> Value {
    let only = json!({"verifiedItemIds": [grn["items"][item]["id"]]});
    buying.ops.post(VERIFY, &with(verification(grn, &[found]), only)).ok()["data"].take()
}

/// A mismatch of a discrepancy: an excess above 0, a shortage below, and at 0 a damage.
fn differing(item: &Value, discrepancy: i64) -> Value {
    let status = match discrepancy {
        0 => "DAMAGE_REPORTED",
        1.. => "EXCESS_RECEIVED",
        _ => "SHORTAGE_REPORTED",
    };
    mismatch(item, item["confirmedQuantity"].as_i64().unwrap() + discrepancy, status)
}

/// An instant to the second, as tickets write it.
fn seconds(at: &Value) -> String {
    format!("{}Z", &text(at)[..19])
}

#[test]
fn the_ticket_of_the_api_document_reads_word_for_word() {
    let buying = Buying::new();
    let vendor = json!({"code": "VEN003", "name": "Vendor Name", "email": "vendor@example.com"});
    let id = buying.admin.post_for_id("/api/vendors", &vendor);
    let order = buying.order(&[("Organic Tomatoes", 100, 45.0)]);
    let entry = json!({"orderItemId": order["items"][0]["id"], "vendorId": id, "quantity": 100});
    let path = format!("{}/assignments", path_of(OMS_ORDERS, &order));
    let made = buying.admin.post(&path, &json!({"assignments": [entry]})).created();
    buying.confirm(&made["data"]["assignments"][0], 100);
    let request = json!({"orderId": order["id"], "vendorId": id});
    let ordered = buying.admin.post("/api/purchase-orders", &request).created()["data"].take();
    let grn = buying.receive(&buying.dispatch(&ordered, &[100]));
    let remarks = json!({"itemRemarks": "5 units missing from shipment"});
    let found = with(mismatch(&grn["items"][0], 95, "QUANTITY_MISMATCH"), remarks);
    let verified = buying.verify(&grn, &[found]);
    let at = &verified["grn"]["verifiedAt"];

    let body = buying.ops.get(&format!("{}/ticket", path_of(GRNS, &grn))).ok();
    let shown = &body["data"];
    let description = format!(
        "AUTOMATED TICKET: GRN Verification Mismatch Detected\n\nGRN Details:\n- GRN Number: {}\n- PO Number: {}\n\
         - Vendor: vendor@example.com\n- Verified At: {}\n\nMismatches Identified:\n1. Organic Tomatoes:\n\
         \x20  - Assigned: 100\n   - Confirmed: 100\n   - Received: 95\n   - Discrepancy: -5\n\
         \x20  - Status: QUANTITY_MISMATCH\n   - Remarks: 5 units missing from shipment\n\nAction Required:\n\
         - Vendor coordination for discrepancies\n- Update inventory records if needed\n\
         - Consider credit note or adjustment invoice\n- Document resolution for audit trail",
        text(&grn["grnNumber"]),
        text(&ordered["poNumber"]),
        seconds(at),
    );
    let comment = "GRN Verification completed with the following issues:\n\nQUANTITY_MISMATCH: 1 item(s)\n  \
                   - Discrepancy: -5 units\n    Remarks: 5 units missing from shipment\n\n\
                   Total items with issues: 1\nRequires vendor coordination and resolution.";
    let ops = json!({"id": buying.ops.id, "email": buying.ops.email});
    let month = format!("{}{}", &text(at)[..4], &text(at)[5..7]);
    let expected = json!({
        "id": verified["ticket"]["id"], "ticketNumber": format!("TKT-{month}-001"),
        "title": format!("GRN Mismatch - {} ({})", text(&grn["grnNumber"]), text(&ordered["poNumber"])),
        "description": description, "status": "OPEN", "priority": "MEDIUM",
        "goodsReceiptNote": {"id": grn["id"], "grnNumber": grn["grnNumber"], "status": "VERIFIED_MISMATCH"},
        "createdBy": ops, "assignee": null,
        "comments": [{"id": shown["comments"][0]["id"], "content": comment, "user": ops,
                      "createdAt": shown["comments"][0]["createdAt"]}],
        "attachments": [], "resolvedAt": null, "closedAt": null, "createdAt": at, "updatedAt": at,
    });
    assert!(is_uuid(&shown["id"]) && is_uuid(&shown["comments"][0]["id"]), "{shown}");
    assert_eq!(body, json!({"success": true, "data": expected}));
    assert_eq!(buying.ops.get(&path_of(TICKETS, &expected)).ok(), body);
    let mut listed = expected;
    for name in ["description", "comments", "attachments"] {
        listed.as_object_mut().unwrap().remove(name);
    }
    let pagination = json!({"currentPage": 1, "totalPages": 1, "totalItems": 1, "itemsPerPage": 20});
    let page = json!({"tickets": [listed], "pagination": pagination});
    assert_eq!(buying.ops.get(TICKETS).ok(), json!({"success": true, "data": page}));
}

#[test]
fn the_comment_of_the_api_document_reads_word_for_word() {
    let buying = Buying::new();
    let (_, grn) = buying.received(&[("Organic Tomatoes", 100, 45.0), ("Fresh Spinach", 50, 25.0)]);
    let found = |item: usize, received: i64, status: &str, remarks: &str| {
        with(mismatch(&grn["items"][item], received, status), json!({"itemRemarks": remarks}))
    };
    let verified = buying.verify(
        &grn,
        &[
            found(0, 95, "QUANTITY_MISMATCH", "5 units missing from shipment"),
            found(1, 45, "DAMAGE_REPORTED", "Units damaged during transit"),
        ],
    );
    let ticket = buying.show(TICKETS, &verified["ticket"]);
    let comment = "GRN Verification completed with the following issues:\n\n\
                   QUANTITY_MISMATCH: 1 item(s)\n  - Discrepancy: -5 units\n    \
                   Remarks: 5 units missing from shipment\n\n\
                   DAMAGE_REPORTED: 1 item(s)\n  - Discrepancy: -5 units\n    \
                   Remarks: Units damaged during transit\n\n\
                   Total items with issues: 2\nRequires vendor coordination and resolution.";
    assert_eq!(ticket["comments"][0]["content"], json!(comment));
    let description = text(&ticket["description"]);
    let vendor = format!("- Vendor: {}\n", buying.vendors[0].person.email);
    let damaged = "2. Fresh Spinach:\n   - Assigned: 50\n   - Confirmed: 50\n   - Received: 45\n   - Discrepancy: -5\n   \
                   - Status: DAMAGE_REPORTED\n   - Remarks: Units damaged during transit\n   \
                   - Damage: Crushed packaging, items unusable\n\nAction Required:\n";
    assert!(description.contains(&vendor) && description.contains(damaged), "{description}");
}

#[test]
fn mismatches_are_numbered_and_grouped_and_what_was_not_given_has_no_line() {
    let buying = Buying::new();
    let vendor = &buying.vendors[1];
    let lines =
        [("A", 10, 1.0), ("B", 20, 1.0), ("C", 30, 1.0), ("D", 40, 1.0), ("E", 50, 1.0), ("F", 60, 1.0)];
    let order = buying.order(&lines);
    let entries: Vec<_> =
        lines.iter().enumerate().map(|(item, (_, quantity, _))| (item, vendor, *quantity)).collect();
    for (assignment, (_, quantity, _)) in buying.assign(&order, &entries).iter().zip(lines) {
        buying.confirm(assignment, quantity);
    }
    // nobody of the vendor can be written to
    buying.admin.patch(&format!("/api/users/{}", vendor.person.id), &json!({"isActive": false})).ok();
    let ordered = buying.purchase_order(&order, vendor);
    let parcel = crate::support::buying::parcel(&ordered, &[10, 20, 30, 40, 50, 60]);
    let dispatch = buying.admin.post("/api/dispatches", &parcel).created()["data"].take();
    let grn = buying.receive(&dispatch);
    let item = |place: usize| &grn["items"][place];
    let verified = buying.verify(
        &grn,
        &[
            mismatch(item(0), 15, "EXCESS_RECEIVED"),
            with(mismatch(item(1), 19, "SHORTAGE_REPORTED"), json!({"itemRemarks": "A sack is missing"})),
            mismatch(item(2), 30, "DAMAGE_REPORTED"),
            mismatch(item(4), 60, "QUANTITY_MISMATCH"),
            mismatch(item(5), 0, "SHORTAGE_REPORTED"),
        ],
    );
    let ticket = buying.show(TICKETS, &verified["ticket"]);
    let block = |number: usize, name: &str, quantities: [i64; 3], status: &str, more: &str| {
        let [sent, received, discrepancy] = quantities;
        format!(
            "{number}. {name}:\n   - Assigned: {sent}\n   - Confirmed: {sent}\n   - Received: {received}\n   \
             - Discrepancy: {discrepancy}\n   - Status: {status}\n{more}"
        )
    };
    let description = [
        format!(
            "AUTOMATED TICKET: GRN Verification Mismatch Detected\n\nGRN Details:\n- GRN Number: {}\n- PO Number: {}\n\
             - Vendor: Blue Lake\n- Verified At: {}\n\nMismatches Identified:\n",
            text(&grn["grnNumber"]),
            text(&ordered["poNumber"]),
            seconds(&verified["grn"]["verifiedAt"]),
        ),
        block(1, "A", [10, 15, 5], "EXCESS_RECEIVED", ""),
        block(2, "B", [20, 19, -1], "SHORTAGE_REPORTED", "   - Remarks: A sack is missing\n"),
        block(3, "C", [30, 30, 0], "DAMAGE_REPORTED", "   - Damage: Crushed packaging, items unusable\n"),
        block(4, "E", [50, 60, 10], "QUANTITY_MISMATCH", ""),
        block(5, "F", [60, 0, -60], "SHORTAGE_REPORTED", ""),
        "\nAction Required:\n- Vendor coordination for discrepancies\n- Update inventory records if needed\n\
         - Consider credit note or adjustment invoice\n- Document resolution for audit trail"
            .to_owned(),
    ];
    assert_eq!(text(&ticket["description"]), description.concat());
    let comment = "GRN Verification completed with the following issues:\n\n\
                   QUANTITY_MISMATCH: 1 item(s)\n  - Discrepancy: 10 units\n\n\
                   DAMAGE_REPORTED: 1 item(s)\n  - Discrepancy: 0 units\n\n\
                   SHORTAGE_REPORTED: 2 item(s)\n  - Discrepancy: -1 units\n    Remarks: A sack is missing\n  \
                   - Discrepancy: -60 units\n\n\
                   EXCESS_RECEIVED: 1 item(s)\n  - Discrepancy: 5 units\n\n\
                   Total items with issues: 5\nRequires vendor coordination and resolution.";
    assert_eq!(text(&ticket["comments"][0]["content"]), comment);
}

#[test]
fn the_priority_is_that_of_the_table() {
    let buying = Buying::new();
    for (discrepancies, priority) in [
        (&[-5][..], "MEDIUM"),
        (&[-50], "MEDIUM"),
        (&[-51], "HIGH"),
        (&[-100], "HIGH"),
        (&[-101], "URGENT"),
        (&[-60, -41], "URGENT"),
        (&[60, -60], "HIGH"),
        (&[0], "URGENT"),
        (&[5_000], "LOW"),
        (&[5_000, -1], "MEDIUM"),
        (&[5_000, 0], "URGENT"),
    ] {
        let lines: Vec<_> = discrepancies.iter().map(|_| ("Tomatoes", 200, 1.0)).collect();
        let (_, grn) = buying.received(&lines);
        let found = list(&grn["items"])
            .iter()
            .zip(discrepancies)
            .map(|(item, by)| differing(item, *by))
            .collect::<Vec<_>>();
        let ticket = buying.verify(&grn, &found)["ticket"].take();
        assert_eq!(ticket["priority"], json!(priority), "{discrepancies:?}");
    }
    let (_, grn) = buying.received(&[("Tomatoes", 200, 1.0)]);
    let found = with(mismatch(&grn["items"][0], 260, "QUANTITY_MISMATCH"), json!({"acceptExcess": true}));
    assert_eq!(buying.verify(&grn, &[found])["ticket"]["priority"], json!("LOW"), "an excess by any name");
}

#[test]
fn later_mismatches_join_the_ticket_and_its_priority_only_rises() {
    let buying = Buying::new();
    let (_, grn) = buying.received(&[("Tomatoes", 200, 1.0); 6]);
    let mut ticket = Value::Null;
    for (item, discrepancy, priority) in [
        (0, 7, "LOW"),
        (1, -30, "MEDIUM"),
        (2, -30, "HIGH"),
        (3, 500, "HIGH"),
        (4, 0, "URGENT"),
        (5, -1, "URGENT"),
    ] {
        let verified = verify_item(&buying, &grn, item, differing(&grn["items"][item], discrepancy));
        if item > 0 {
            assert_eq!(verified["ticket"]["id"], ticket["id"]);
        }
        ticket = verified["ticket"].clone();
        assert_eq!(ticket["priority"], json!(priority), "item {item}");
        assert_eq!(list(&buying.show(TICKETS, &ticket)["comments"]).len(), item + 1);
    }
    let shown = buying.show(TICKETS, &ticket);
    let last = &shown["comments"][5];
    let comment = "GRN Verification completed with the following issues:\n\nSHORTAGE_REPORTED: 1 item(s)\n  \
                   - Discrepancy: -1 units\n\nTotal items with issues: 1\nRequires vendor coordination and resolution.";
    assert_eq!((text(&last["content"]), &last["user"]["id"]), (comment.to_owned(), &json!(buying.ops.id)));
    assert!(text(&shown["description"]).contains("\n1. Tomatoes:\n"), "{shown}");
    assert!(
        !text(&shown["description"]).contains("\n2. "),
        "the description is that of the first mismatches"
    );
}

#[test]
fn mismatches_after_the_ticket_is_closed_open_another() {
    let buying = Buying::new();
    let (_, grn) = buying.received(&[("Tomatoes", 200, 1.0); 3]);
    let first = verify_item(&buying, &grn, 0, differing(&grn["items"][0], -60))["ticket"].take();
    advance(&buying, &first, "RESOLVED");
    let joined = verify_item(&buying, &grn, 1, differing(&grn["items"][1], -1));
    assert_eq!(joined["ticket"]["id"], first["id"]);
    assert!(text(&joined["message"]).ends_with(" updated."), "{joined}");
    advance(&buying, &first, "CLOSED");
    let other = verify_item(&buying, &grn, 2, differing(&grn["items"][2], -1));
    let number = text(&other["ticket"]["ticketNumber"]);
    let message = format!("GRN verified with mismatches. Ticket {number} created automatically.");
    // mismatches that joined a ticket may leave a gap in the numbers
    assert_eq!((text(&other["message"]), number > text(&first["ticketNumber"])), (message, true));
    assert_eq!(other["ticket"]["priority"], json!("MEDIUM"), "the closed one's mismatches do not count");
    let latest = buying.ops.get(&format!("{}/ticket", path_of(GRNS, &grn))).ok();
    assert_eq!(latest["data"], buying.show(TICKETS, &other["ticket"]));
    assert_eq!(buying.show(GRNS, &grn)["ticket"]["id"], other["ticket"]["id"]);
    assert_eq!(buying.show(TICKETS, &first)["status"], json!("CLOSED"));
}

#[test]
fn the_status_moves_one_step_a_call_and_nothing_else_is_taken() {
    let buying = Buying::new();
    let (_, _, ticket) = buying.ticket_of_shortage(5);
    let path = status_path(&ticket);
    let started = "Started investigating the quantity mismatch with vendor";
    for (step, current) in FLOW.iter().enumerate() {
        let before = buying.team.state();
        for (other, status) in FLOW.iter().enumerate().filter(|(other, _)| *other != step + 1) {
            let body = json!({"status": status, "comment": format!("{step} to {other}")});
            // wording
            buying.ops.patch(&path, &body).has_code("INVALID_TRANSITION").oms_refused_with(409, &[current]);
        }
        assert_eq!(buying.team.state(), before);
        let Some(next) = FLOW.get(step + 1) else { break };
        let (person, body) = match *next {
            "IN_PROGRESS" => (&buying.ops, json!({"status": next, "comment": started})),
            _ => (&buying.admin, json!({"status": next})),
        };
        let (moved, traces) = buying.traced(|| person.patch(&path, &body).ok());
        traces.hold(&["ticket.updated"], &["ticket.changed"]);
        let shown = buying.show(TICKETS, &ticket);
        let resolved = if step == 0 { Value::Null } else { shown["resolvedAt"].clone() };
        assert_eq!(resolved.is_null(), step == 0, "{shown}");
        let facts = json!({
            "id": ticket["id"], "ticketNumber": ticket["ticketNumber"], "status": next, "resolvedAt": resolved,
        });
        let message = format!("Ticket status updated to {next}");
        assert_eq!(moved, json!({"success": true, "message": message, "data": {"ticket": facts}}));
        assert_eq!((&shown["status"], shown["closedAt"].is_string()), (&json!(next), *next == "CLOSED"));
        assert_ne!(shown["updatedAt"], ticket["updatedAt"]);
    }
    let comments = list(&buying.show(TICKETS, &ticket)["comments"]);
    let ops = json!({"id": buying.ops.id, "email": buying.ops.email});
    assert_eq!((comments.len(), &comments[1]["content"], &comments[1]["user"]), (2, &json!(started), &ops));
}

#[test]
fn faulty_changes_of_a_ticket_are_refused_and_store_nothing() {
    let buying = Buying::new();
    let (_, grn, ticket) = buying.ticket_of_shortage(5);
    let before = buying.team.state();
    let long = "x".repeat(10_001);
    // wording
    for (body, faults) in [
        (json!({}), &[("status", "required")][..]),
        (json!({"status": null, "comment": 7}), &[("status", "required"), ("comment", "text")]),
        (json!({"status": "DONE", "comment": long}), &[("status", ""), ("comment", "10000")]),
        (json!({"status": "in_progress"}), &[("status", "")]),
        (json!({"status": 7}), &[("status", "")]),
    ] {
        buying.ops.patch(&status_path(&ticket), &body).oms_faults(422, faults);
    }
    for (body, words) in [
        (json!({}), "required"),
        (json!({"content": null}), "required"),
        (json!({"content": " \n"}), "empty"),
        (json!({"content": 7}), "text"),
        (json!({"content": long}), "10000"),
    ] {
        buying.ops.post(&comments_path(&ticket), &body).oms_faults(422, &[("content", words)]);
    }
    for id in [ABSENT, "7", "TKT-202410-001"] {
        let absent = json!({"id": id});
        for reply in [
            buying.ops.get(&path_of(TICKETS, &absent)),
            buying.ops.patch(&status_path(&absent), &json!({"status": "IN_PROGRESS"})),
            buying.ops.patch(&assignee_path(&absent), &json!({"assigneeId": null})),
            buying.ops.post(&comments_path(&absent), &json!({"content": "x"})),
        ] {
            reply.oms_refused(404, "Ticket not found");
        }
    }
    assert_eq!(buying.team.state(), before);

    let other = Buying::new();
    let before = buying.team.state();
    for reply in [
        other.ops.get(&path_of(TICKETS, &ticket)),
        other.ops.patch(&status_path(&ticket), &json!({"status": "IN_PROGRESS"})),
        other.ops.patch(&assignee_path(&ticket), &json!({"assigneeId": other.ops.id})),
        other.ops.post(&comments_path(&ticket), &json!({"content": "x"})),
    ] {
        reply.oms_refused(404, "Ticket not found");
    }
    assert_eq!(other.ops.get(&format!("{}/ticket", path_of(GRNS, &grn))).status, 404);
    assert_eq!(ALL.ids(&other.ops, ""), Vec::<String>::new());
    assert_eq!(buying.team.state(), before);
}

#[test]
fn a_ticket_is_given_to_an_active_user_of_operations_or_an_admin() {
    let buying = Buying::new();
    let (_, _, ticket) = buying.ticket_of_shortage(5);
    let path = assignee_path(&ticket);
    for person in [&buying.ops, &buying.admin] {
        let (body, traces) =
            buying.traced(|| buying.ops.patch(&path, &json!({"assigneeId": person.id})).ok());
        traces.hold(&["ticket.updated"], &["ticket.changed"]);
        assert_eq!(
            (&body["success"], &body["message"]),
            (&json!(true), &json!("Ticket assigned successfully"))
        );
        assert_eq!(body["data"]["assignee"], json!({"id": person.id, "email": person.email}));
        assert_eq!(body["data"], buying.show(TICKETS, &ticket));
    }
    let resting = buying.admin.create_user(&Person::new_email(), &["OPS"]);
    buying.admin.patch(&format!("/api/users/{resting}"), &json!({"isActive": false})).ok();
    let operator = buying.admin.create_user(&Person::new_email(), &["OPERATOR"]);
    let other = Buying::new();
    let before = buying.team.state();
    for assignee in [
        &*buying.accounts.id,
        &*buying.vendors[0].person.id,
        &*operator,
        &*resting,
        &*other.ops.id,
        ABSENT,
        "7",
        &*buying.ops.email,
    ] {
        // wording
        let refused = buying.ops.patch(&path, &json!({"assigneeId": assignee}));
        refused.oms_faults(422, &[("assigneeId", "")]);
    }
    buying.ops.patch(&path, &json!({"assigneeId": 7})).oms_faults(422, &[("assigneeId", "")]);
    assert_eq!(buying.team.state(), before);
    let body = buying.ops.patch(&path, &json!({"assigneeId": null})).ok();
    assert_eq!((&body["message"], &body["data"]["assignee"]), (&json!("Ticket unassigned"), &Value::Null));
}

#[test]
fn comments_are_added_in_order_and_a_repeated_request_adds_one() {
    let buying = Buying::new();
    let (_, _, ticket) = buying.ticket_of_shortage(5);
    let path = comments_path(&ticket);
    let content = "Called the vendor:\nthey send the rest on Monday";
    let send = || replays(&buying, &buying.ops, &path, &json!({"content": format!("  {content} ")}));
    let (body, traces) = buying.traced(send);
    traces.hold(&["ticket.commented"], &["ticket.commented"]);
    let made = &body["data"];
    let expected = json!({
        "id": made["id"], "content": content, "user": {"id": buying.ops.id, "email": buying.ops.email},
        "createdAt": made["createdAt"],
    });
    assert!(is_uuid(&made["id"]), "{made}");
    assert_eq!(body, json!({"success": true, "message": "Comment added successfully", "data": expected}));
    let longest = "é".repeat(10_000);
    buying.admin.post(&path, &json!({"content": longest})).created();
    let shown = buying.show(TICKETS, &ticket);
    let comments: Vec<_> = list(&shown["comments"]).iter().skip(1).map(|it| it["content"].clone()).collect();
    assert_eq!(comments, [json!(content), json!(longest)]);
    assert_eq!(
        (&shown["comments"][1], &shown["comments"][2]["user"]["id"]),
        (&expected, &json!(buying.admin.id))
    );
}

#[test]
fn the_list_is_filtered_and_paged() {
    let buying = Buying::new();
    let vendor = &buying.vendors[1];
    let order = buying.order(&[("Tomatoes", 200, 1.0)]);
    let made = buying.assign(&order, &[(0, vendor, 200)]);
    buying.confirm(&made[0], 200);
    let grn = buying.receive(&buying.dispatch(&buying.purchase_order(&order, vendor), &[200]));
    let a = buying.verify(&grn, &[differing(&grn["items"][0], -101)])["ticket"].take();
    let (first, _, b) = buying.ticket_of_shortage(60);
    let (_, _, c) = buying.ticket_of_shortage(5);
    let (_, grn) = buying.received(&[("Tomatoes", 200, 1.0)]);
    let d = buying.verify(&grn, &[differing(&grn["items"][0], 9)])["ticket"].take();
    for (ticket, status) in [(&b, "IN_PROGRESS"), (&c, "RESOLVED"), (&d, "CLOSED")] {
        advance(&buying, ticket, status);
    }
    for (ticket, person) in [(&a, &buying.ops), (&c, &buying.ops), (&d, &buying.admin)] {
        buying.ops.patch(&assignee_path(ticket), &json!({"assigneeId": person.id})).ok();
    }
    for (ticket, at) in [
        (&a, "2024-09-30T23:59:59.999Z"),
        (&b, "2024-10-01T00:00:00Z"),
        (&c, "2024-10-08T10:30:00Z"),
        (&d, "2024-10-09T00:00:00Z"),
    ] {
        buying.backdate("tickets", "created_at", ticket, at);
    }
    let all = [&d, &c, &b, &a];
    let parameters = ["status", "priority", "assigneeId", "vendorId", "orderId", "startDate", "endDate"];
    ALL.is_paged(&buying.ops, &all, &parameters);
    ALL.filters(
        &buying.ops,
        &all,
        &[
            ("status=OPEN".to_owned(), &[3]),
            ("status=IN_PROGRESS".to_owned(), &[2]),
            ("status=RESOLVED".to_owned(), &[1]),
            ("status=CLOSED".to_owned(), &[0]),
            ("priority=URGENT".to_owned(), &[3]),
            ("priority=HIGH".to_owned(), &[2]),
            ("priority=MEDIUM".to_owned(), &[1]),
            ("priority=LOW".to_owned(), &[0]),
            (format!("assigneeId={}", buying.ops.id), &[1, 3]),
            (format!("assigneeId={}&status=OPEN", buying.ops.id), &[3]),
            (format!("assigneeId={ABSENT}"), &[]),
            (format!("vendorId={}", buying.vendors[0].id), &[0, 1, 2]),
            (format!("vendorId={}", vendor.id), &[3]),
            (format!("orderId={}", text(&order["id"])), &[3]),
            (format!("orderId={}&priority=HIGH", text(&first["id"])), &[2]),
            (format!("orderId={}&vendorId={}", text(&first["id"]), vendor.id), &[]),
            ("startDate=2024-10-01".to_owned(), &[0, 1, 2]),
            ("endDate=2024-10-01".to_owned(), &[2, 3]),
            ("startDate=2024-10-01T00:00:00.001Z&endDate=2024-10-08T10:30:00Z".to_owned(), &[1]),
        ],
    );
}

#[test]
fn only_admin_and_ops_see_and_change_tickets() {
    let buying = Buying::new();
    let (_, grn, ticket) = buying.ticket_of_shortage(5);
    let operator = buying.team.user(&["OPERATOR"]);
    let before = buying.team.state();
    for person in [&buying.accounts, &buying.vendors[0].person, &operator] {
        for reply in [
            person.get(TICKETS),
            person.get(&path_of(TICKETS, &ticket)),
            person.get(&format!("{}/ticket", path_of(GRNS, &grn))),
            person.patch(&status_path(&ticket), &json!({"status": "IN_PROGRESS"})),
            person.patch(&assignee_path(&ticket), &json!({"assigneeId": null})),
            person.post(&comments_path(&ticket), &json!({"content": "x"})),
            person.get(&format!("{TICKETS}/{ABSENT}")),
        ] {
            reply.oms_refused(403, FORBIDDEN);
        }
    }
    assert_eq!(buying.team.state(), before);
}

#[test]
fn of_two_same_steps_at_once_one_is_taken() {
    let buying = Buying::new();
    for round in 0..10 {
        let (_, _, ticket) = buying.ticket_of_shortage(5);
        let replies = race(2, |racer| {
            let body = json!({"status": "IN_PROGRESS", "comment": format!("Racer {racer}")});
            buying.ops.patch(&status_path(&ticket), &body)
        });
        let mut statuses: Vec<_> = replies.iter().map(|reply| reply.status).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409], "round {round}: {replies:?}");
        let shown = buying.show(TICKETS, &ticket);
        assert_eq!(
            (&shown["status"], list(&shown["comments"]).len()),
            (&json!("IN_PROGRESS"), 2),
            "round {round}"
        );
    }
}
