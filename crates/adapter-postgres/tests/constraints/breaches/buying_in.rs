//! Buying in: assignments, purchase orders, dispatches, goods receipts and tickets.

use kernel::clock::{IdSource, SystemIds};
use serde_json::{Value, json};

use super::super::{Breach, Plants, of_length, with};
use super::selling::checks;

const NOW: &str = "2024-07-01T12:00:00Z";

impl Plants {
    /// Of the team's document of that number, the id, and the order and vendor that it is of.
    fn document(&self, table: &str, number: &str) -> [String; 3] {
        ["id", "order_id", "vendor_id"].map(|column| {
            self.value(&format!("SELECT {column} FROM {table} WHERE team_id = $team AND number = '{number}'"))
        })
    }

    /// The only assignment of an order.
    fn assignment(&self, order: &str) -> String {
        self.value(&format!("SELECT id FROM assignments WHERE team_id = $team AND order_id = '{order}'"))
    }

    /// The first of another team's rows.
    fn foreign_id(&self, table: &str) -> String {
        self.value(&format!("SELECT min(id::text) FROM {table} WHERE team_id = '{}'", self.foreign))
    }

    fn user(&self) -> String {
        self.value("SELECT min(id::text) FROM users WHERE team_id = $team")
    }
}

/// A row that the table takes, but for its id, team and times.
///
/// Of the team's documents the first were verified, with a ticket; the second arrived, and the third are under way.
pub(in super::super) fn good(plants: &Plants, table: &str) -> Value {
    match table {
        "purchase_orders" => json!({
            "number": "PO-1", "order_id": plants.value("SELECT min(order_id::text) FROM assignments WHERE team_id = $team"),
            "vendor_id": plants.value("SELECT id FROM vendors WHERE team_id = $team"), "status": "ISSUED", "version": 1,
        }),
        "assignments" => {
            let [purchase_order, order, vendor] = plants.document("purchase_orders", "PO-2024-001");
            json!({
                "order_id": order, "order_line_id": plants.value(&format!(
                    "SELECT id FROM sales_order_lines WHERE team_id = $team AND order_id = '{order}'"
                )),
                "vendor_id": vendor, "quantity": "10", "confirmed": "8", "reason": "not ripe", "answered_at": NOW,
                "released": false, "purchase_order_id": purchase_order, "dispatched": "6", "verified": "4", "received": "5",
                "accepted": "3", "version": 1, "assigned_at": NOW,
            })
        }
        "dispatches" => {
            let [purchase_order, order, vendor] = plants.document("purchase_orders", "PO-2024-001");
            json!({
                "number": "DSP-1", "purchase_order_id": purchase_order, "order_id": order, "vendor_id": vendor,
                "tracking_reference": "AWB 1", "remarks": "fragile", "dispatched_at": NOW, "received_at": NOW,
            })
        }
        "dispatch_items" => {
            let [dispatch, ..] = plants.document("dispatches", "DSP-2024-001");
            let [_, order, _] = plants.document("dispatches", "DSP-2024-002");
            json!({
                "dispatch_id": dispatch, "position": 2, "assignment_id": plants.assignment(&order), "quantity": "0.001",
            })
        }
        "goods_receipts" => {
            let [dispatch, order, vendor] = plants.document("dispatches", "DSP-2024-003");
            json!({
                "number": "GRN-1", "dispatch_id": dispatch, "order_id": order, "vendor_id": vendor,
                "status": "PARTIALLY_VERIFIED", "remarks": "wet", "received_at": NOW, "received_by": plants.user(),
                "verified_at": NOW, "verified_by": plants.user(), "version": 1,
            })
        }
        "tickets" => {
            let [receipt, order, vendor] = plants.document("goods_receipts", "GRN-2024-002");
            json!({
                "number": "TKT-1", "receipt_id": receipt, "order_id": order, "vendor_id": vendor, "title": "T",
                "description": "D", "status": "CLOSED", "priority": "LOW", "created_by": plants.user(),
                "assignee_id": plants.user(), "resolved_at": NOW, "closed_at": NOW, "version": 1,
            })
        }
        "goods_receipt_items" => {
            let [receipt, ..] = plants.document("goods_receipts", "GRN-2024-002");
            let [ticket, order, _] = plants.document("tickets", "TKT-202410-001");
            json!({
                "receipt_id": receipt, "position": 2, "assignment_id": plants.assignment(&order), "dispatched": "10",
                "status": "DAMAGE_REPORTED", "received": "8", "remarks": "wet", "damage_description": "crushed",
                "damaged": "2", "accepts_excess": false, "accepted": "6", "ticket_id": ticket,
            })
        }
        "ticket_comments" => {
            let [ticket, ..] = plants.document("tickets", "TKT-202410-001");
            json!({"ticket_id": ticket, "content": "Called them", "author_id": plants.user()})
        }
        other => panic!("{other} has no good row here"),
    }
}

pub(super) fn buying_in(plants: &Plants) -> Vec<(&'static str, Vec<Breach>)> {
    vec![
        ("purchase_orders", purchase_orders(plants)),
        ("assignments", assignments(plants)),
        ("dispatches", dispatches(plants)),
        ("dispatch_items", dispatch_items(plants)),
        ("goods_receipts", goods_receipts(plants)),
        ("tickets", tickets(plants)),
        ("goods_receipt_items", goods_receipt_items(plants)),
        ("ticket_comments", ticket_comments(plants)),
    ]
}

/// What lies just within the limits.
pub(in super::super) fn within(plants: &Plants) -> Vec<(&'static str, Value)> {
    let [receipt, order, vendor] = plants.document("goods_receipts", "GRN-2024-001");
    let another = json!({"receipt_id": receipt, "order_id": order, "vendor_id": vendor});
    let unanswered = json!({
        "confirmed": null, "reason": null, "answered_at": null, "purchase_order_id": null, "dispatched": "0",
        "verified": "0", "received": "0", "accepted": "0",
    });
    let mut released = unanswered.clone();
    with(&mut released, &json!({"released": true}));
    let mut declined = unanswered.clone();
    with(&mut declined, &json!({"confirmed": "0", "reason": of_length(1_000), "answered_at": NOW}));
    let largest = "999999999999.999";
    let full = json!({"quantity": largest, "confirmed": largest, "reason": null, "received": largest});
    let unverified = json!({
        "status": null, "received": null, "remarks": null, "damage_description": null, "damaged": null, "accepted": null,
        "ticket_id": null,
    });
    let mut in_full = unverified.clone();
    with(&mut in_full, &json!({"status": "VERIFIED_OK", "received": "10", "accepted": "10"}));
    let excess = json!({
        "status": "EXCESS_RECEIVED", "received": "12", "accepted": "12", "accepts_excess": true, "damaged": null,
        "damage_description": null,
    });
    let open = json!({"status": "OPEN", "resolved_at": null, "closed_at": null});
    let resolved = json!({"status": "RESOLVED", "closed_at": null, "created_by": null, "assignee_id": null});
    let pending = json!({
        "status": "PENDING_VERIFICATION", "verified_at": null, "verified_by": null, "remarks": of_length(2_000),
    });
    vec![
        ("purchase_orders", json!({"number": of_length(100), "status": "CLOSED"})),
        ("assignments", unanswered),
        ("assignments", released),
        ("assignments", declined),
        ("assignments", full),
        // an excess may pass what was dispatched
        ("assignments", json!({"received": "20", "accepted": "20"})),
        ("dispatches", json!({"tracking_reference": of_length(100), "remarks": of_length(10_000)})),
        ("dispatches", json!({"tracking_reference": null, "remarks": null, "received_at": null})),
        ("dispatch_items", json!({"position": 500, "quantity": largest})),
        ("goods_receipts", pending),
        ("goods_receipts", json!({"status": "VERIFIED_OK", "received_by": null, "verified_by": null})),
        // the first receipt has another that is not closed
        ("tickets", another),
        ("tickets", open),
        ("tickets", resolved),
        ("goods_receipt_items", unverified),
        ("goods_receipt_items", in_full),
        ("goods_receipt_items", excess),
        ("goods_receipt_items", json!({"damaged": "8", "accepted": "0", "remarks": of_length(2_000)})),
        ("goods_receipt_items", json!({"damaged": "0", "damage_description": of_length(2_000)})),
        ("ticket_comments", json!({"content": of_length(20_000), "author_id": null})),
        ("sales_orders", json!({"close_reason": of_length(10_000)})),
    ]
}

fn purchase_orders(plants: &Plants) -> Vec<Breach> {
    let order = "purchase_orders_team_id_order_id_fkey";
    let vendor = "purchase_orders_team_id_vendor_id_fkey";
    let [known, ..] = plants.document("purchase_orders", "PO-2024-001");
    let mut breaches = checks(
        "purchase_orders",
        &[
            ("number", ""),
            ("status", "issued"),
            ("version", "0"),
            ("created_at", "infinity"),
            ("created_at", "-infinity"),
        ],
    );
    breaches.extend([
        (json!({"team_id": SystemIds.uuid()}), "purchase_orders_team_id_fkey"),
        (json!({"id": known}), "purchase_orders_pkey"),
        (json!({"number": of_length(101)}), "purchase_orders_number_check"),
        (json!({"number": "PO-2024-001"}), "purchase_orders_team_id_number_key"),
        (json!({"order_id": SystemIds.uuid()}), order),
        (json!({"order_id": plants.foreign_id("sales_orders")}), order),
        (json!({"vendor_id": SystemIds.uuid()}), vendor),
        (json!({"vendor_id": plants.foreign_id("vendors")}), vendor),
    ]);
    breaches
}

fn assignments(plants: &Plants) -> Vec<Breach> {
    let uncovered = |changes: Value| {
        let mut row = json!({"purchase_order_id": null, "dispatched": "0", "verified": "0"});
        with(&mut row, &changes);
        row
    };
    let covers = "assignments_team_id_purchase_order_id_order_id_vendor_id_fkey";
    let [known, order, _] = plants.document("purchase_orders", "PO-2024-001");
    let [second, second_order, _] = plants.document("purchase_orders", "PO-2024-002");
    let known_assignment = plants.assignment(&order);
    let line = "assignments_team_id_order_line_id_fkey";
    let mut breaches = checks(
        "assignments",
        &[
            ("quantity", "NaN"),
            ("reason", ""),
            ("answered_at", "infinity"),
            ("received", "NaN"),
            ("version", "0"),
            ("assigned_at", "infinity"),
            ("assigned_at", "-infinity"),
        ],
    );
    breaches.extend([
        (uncovered(json!({"team_id": SystemIds.uuid()})), "assignments_team_id_fkey"),
        (json!({"id": known_assignment}), "assignments_pkey"),
        (uncovered(json!({"order_id": SystemIds.uuid()})), "assignments_team_id_order_id_fkey"),
        (
            uncovered(json!({"order_id": plants.foreign_id("sales_orders")})),
            "assignments_team_id_order_id_fkey",
        ),
        (json!({"order_line_id": SystemIds.uuid()}), line),
        (json!({"order_line_id": plants.foreign_id("sales_order_lines")}), line),
        (uncovered(json!({"vendor_id": SystemIds.uuid()})), "assignments_team_id_vendor_id_fkey"),
        (
            uncovered(json!({"vendor_id": plants.foreign_id("vendors")})),
            "assignments_team_id_vendor_id_fkey",
        ),
        (json!({"purchase_order_id": SystemIds.uuid()}), covers),
        (json!({"purchase_order_id": plants.foreign_id("purchase_orders")}), covers),
        // of another order
        (json!({"purchase_order_id": second}), covers),
        (json!({"order_id": second_order, "purchase_order_id": known}), covers),
        (
            json!({
                "quantity": "0", "confirmed": "0", "dispatched": "0", "verified": "0", "purchase_order_id": null,
            }),
            "assignments_quantity_check",
        ),
        (json!({"reason": of_length(1_001)}), "assignments_reason_check"),
        (json!({"answered_at": null}), "assignments_answered"),
        (
            uncovered(json!({"confirmed": null, "reason": null})),
            "assignments_answered",
        ),
        (json!({"confirmed": "10.001"}), "assignments_confirmed_within"),
        (json!({"confirmed": "NaN"}), "assignments_confirmed_within"),
        (uncovered(json!({"confirmed": "-0.001"})), "assignments_confirmed_within"),
        (json!({"reason": null}), "assignments_less_has_a_reason"),
        (
            json!({"confirmed": "0", "dispatched": "0", "verified": "0"}),
            "assignments_ordered_once_confirmed",
        ),
        (json!({"purchase_order_id": null}), "assignments_dispatched_once_ordered"),
        (json!({"dispatched": "8.001"}), "assignments_dispatched_within"),
        (json!({"dispatched": "NaN"}), "assignments_dispatched_within"),
        (json!({"dispatched": "-0.001", "verified": "-0.001"}), "assignments_dispatched_within"),
        (json!({"verified": "6.001"}), "assignments_verified_within"),
        (json!({"verified": "-0.001"}), "assignments_verified_within"),
        (json!({"accepted": "5.001"}), "assignments_accepted_within"),
        (json!({"accepted": "-0.001"}), "assignments_accepted_within"),
    ]);
    breaches
}

fn dispatches(plants: &Plants) -> Vec<Breach> {
    let of = "dispatches_team_id_purchase_order_id_order_id_vendor_id_fkey";
    let [known, ..] = plants.document("dispatches", "DSP-2024-002");
    let [second, ..] = plants.document("purchase_orders", "PO-2024-002");
    let mut breaches = checks(
        "dispatches",
        &[
            ("number", ""),
            ("tracking_reference", ""),
            ("remarks", ""),
            ("dispatched_at", "infinity"),
            ("received_at", "-infinity"),
        ],
    );
    breaches.extend([
        (json!({"team_id": SystemIds.uuid()}), "dispatches_team_id_fkey"),
        (json!({"id": known}), "dispatches_pkey"),
        (json!({"number": of_length(101)}), "dispatches_number_check"),
        (json!({"number": "DSP-2024-001"}), "dispatches_team_id_number_key"),
        (json!({"tracking_reference": of_length(101)}), "dispatches_tracking_reference_check"),
        (json!({"remarks": of_length(10_001)}), "dispatches_remarks_check"),
        (json!({"purchase_order_id": SystemIds.uuid()}), of),
        (json!({"purchase_order_id": plants.foreign_id("purchase_orders")}), of),
        (json!({"purchase_order_id": second}), of),
        (json!({"order_id": SystemIds.uuid()}), of),
        (json!({"vendor_id": SystemIds.uuid()}), of),
    ]);
    breaches
}

fn dispatch_items(plants: &Plants) -> Vec<Breach> {
    let dispatch = "dispatch_items_team_id_dispatch_id_fkey";
    let assignment = "dispatch_items_team_id_assignment_id_fkey";
    let [_, order, _] = plants.document("dispatches", "DSP-2024-001");
    let mut breaches = checks("dispatch_items", &[("quantity", "0"), ("quantity", "NaN")]);
    breaches.extend([
        (json!({"position": 0}), "dispatch_items_position_check"),
        (json!({"position": 501}), "dispatch_items_position_check"),
        (json!({"position": 1}), "dispatch_items_pkey"),
        (
            json!({"assignment_id": plants.assignment(&order)}),
            "dispatch_items_team_id_dispatch_id_assignment_id_key",
        ),
        (json!({"dispatch_id": SystemIds.uuid()}), dispatch),
        (json!({"dispatch_id": plants.foreign_id("dispatches")}), dispatch),
        (json!({"assignment_id": SystemIds.uuid()}), assignment),
        (json!({"assignment_id": plants.foreign_id("assignments")}), assignment),
    ]);
    breaches
}

fn goods_receipts(plants: &Plants) -> Vec<Breach> {
    let of = "goods_receipts_team_id_dispatch_id_order_id_vendor_id_fkey";
    let [known, first_order, _] = plants.document("goods_receipts", "GRN-2024-001");
    let [first, ..] = plants.document("dispatches", "DSP-2024-001");
    let mut breaches = checks(
        "goods_receipts",
        &[
            ("number", ""),
            ("status", "OPEN"),
            ("remarks", ""),
            ("received_at", "infinity"),
            ("verified_at", "infinity"),
            ("version", "0"),
        ],
    );
    breaches.extend([
        (json!({"team_id": SystemIds.uuid()}), "goods_receipts_team_id_fkey"),
        (json!({"id": known}), "goods_receipts_pkey"),
        (json!({"number": of_length(101)}), "goods_receipts_number_check"),
        (json!({"number": "GRN-2024-001"}), "goods_receipts_team_id_number_key"),
        (json!({"dispatch_id": first, "order_id": first_order}), "goods_receipts_team_id_dispatch_id_key"),
        (json!({"dispatch_id": SystemIds.uuid()}), of),
        (json!({"dispatch_id": plants.foreign_id("dispatches")}), of),
        (json!({"order_id": first_order}), of),
        (json!({"vendor_id": SystemIds.uuid()}), of),
        (json!({"received_by": SystemIds.uuid()}), "goods_receipts_team_id_received_by_fkey"),
        (json!({"received_by": plants.foreign_id("users")}), "goods_receipts_team_id_received_by_fkey"),
        (json!({"verified_by": SystemIds.uuid()}), "goods_receipts_team_id_verified_by_fkey"),
        (json!({"verified_by": plants.foreign_id("users")}), "goods_receipts_team_id_verified_by_fkey"),
        (json!({"remarks": of_length(2_001)}), "goods_receipts_remarks_check"),
        (json!({"status": "PENDING_VERIFICATION"}), "goods_receipts_verified_at"),
        (json!({"verified_at": null, "verified_by": null}), "goods_receipts_verified_at"),
        (json!({"status": "PENDING_VERIFICATION", "verified_at": null}), "goods_receipts_verified_by"),
    ]);
    breaches
}

fn tickets(plants: &Plants) -> Vec<Breach> {
    let of = "tickets_team_id_receipt_id_order_id_vendor_id_fkey";
    let [known, ..] = plants.document("tickets", "TKT-202410-001");
    let [first, first_order, vendor] = plants.document("goods_receipts", "GRN-2024-001");
    let mut breaches = checks(
        "tickets",
        &[
            ("number", ""),
            ("priority", "low"),
            ("resolved_at", "infinity"),
            ("closed_at", "infinity"),
            ("version", "0"),
            ("created_at", "infinity"),
        ],
    );
    breaches.extend([
        (json!({"team_id": SystemIds.uuid()}), "tickets_team_id_fkey"),
        (json!({"id": known}), "tickets_pkey"),
        (json!({"number": of_length(101)}), "tickets_number_check"),
        (json!({"number": "TKT-202410-001"}), "tickets_team_id_number_key"),
        (
            json!({"status": "PENDING", "resolved_at": null, "closed_at": null}),
            "tickets_status_check",
        ),
        (json!({"receipt_id": SystemIds.uuid()}), of),
        (json!({"receipt_id": plants.foreign_id("goods_receipts")}), of),
        (json!({"order_id": first_order}), of),
        (json!({"vendor_id": SystemIds.uuid()}), of),
        (json!({"created_by": SystemIds.uuid()}), "tickets_team_id_created_by_fkey"),
        (json!({"created_by": plants.foreign_id("users")}), "tickets_team_id_created_by_fkey"),
        (json!({"assignee_id": SystemIds.uuid()}), "tickets_team_id_assignee_id_fkey"),
        (json!({"assignee_id": plants.foreign_id("users")}), "tickets_team_id_assignee_id_fkey"),
        (json!({"resolved_at": null}), "tickets_resolved_at"),
        (json!({"status": "IN_PROGRESS", "closed_at": null}), "tickets_resolved_at"),
        (json!({"closed_at": null}), "tickets_closed_at"),
        (json!({"status": "RESOLVED"}), "tickets_closed_at"),
        (
            json!({
                "receipt_id": first, "order_id": first_order, "vendor_id": vendor, "status": "RESOLVED", "closed_at": null,
            }),
            "tickets_one_that_is_not_closed",
        ),
    ]);
    breaches
}

fn goods_receipt_items(plants: &Plants) -> Vec<Breach> {
    let receipt = "goods_receipt_items_team_id_receipt_id_fkey";
    let assignment = "goods_receipt_items_team_id_assignment_id_fkey";
    let ticket = "goods_receipt_items_team_id_ticket_id_fkey";
    let [second, order, _] = plants.document("goods_receipts", "GRN-2024-002");
    let undamaged = |changes: Value| {
        let mut row = json!({"damage_description": null, "damaged": null});
        with(&mut row, &changes);
        row
    };
    let mut breaches = checks(
        "goods_receipt_items",
        &[("dispatched", "NaN"), ("received", "NaN"), ("remarks", ""), ("damage_description", "")],
    );
    breaches.extend([
        (json!({"position": 0}), "goods_receipt_items_position_check"),
        (json!({"position": 501}), "goods_receipt_items_position_check"),
        (json!({"position": 1}), "goods_receipt_items_pkey"),
        (
            json!({"id": plants.value(&format!(
                "SELECT id FROM goods_receipt_items WHERE team_id = $team AND receipt_id = '{second}'"
            ))}),
            "goods_receipt_items_team_id_id_key",
        ),
        (
            json!({"assignment_id": plants.assignment(&order)}),
            "goods_receipt_items_team_id_receipt_id_assignment_id_key",
        ),
        (json!({"receipt_id": SystemIds.uuid()}), receipt),
        (json!({"receipt_id": plants.foreign_id("goods_receipts")}), receipt),
        (json!({"assignment_id": SystemIds.uuid()}), assignment),
        (json!({"assignment_id": plants.foreign_id("assignments")}), assignment),
        (json!({"ticket_id": SystemIds.uuid()}), ticket),
        (json!({"ticket_id": plants.foreign_id("tickets")}), ticket),
        (json!({"dispatched": "0", "accepted": "0"}), "goods_receipt_items_dispatched_check"),
        (json!({"status": "PENDING"}), "goods_receipt_items_damage_described"),
        (undamaged(json!({"status": "PENDING"})), "goods_receipt_items_status_check"),
        (json!({"remarks": of_length(2_001)}), "goods_receipt_items_remarks_check"),
        (json!({"damage_description": of_length(2_001)}), "goods_receipt_items_damage_description_check"),
        (json!({"received": null}), "goods_receipt_items_counted"),
        (json!({"accepted": null}), "goods_receipt_items_decided"),
        (
            undamaged(json!({"status": null, "received": null, "accepted": null, "ticket_id": null})),
            "goods_receipt_items_remarked",
        ),
        (undamaged(json!({})), "goods_receipt_items_damage_described"),
        (json!({"status": "SHORTAGE_REPORTED"}), "goods_receipt_items_damage_described"),
        (json!({"damaged": null}), "goods_receipt_items_damage_counted"),
        (json!({"damaged": "8.001"}), "goods_receipt_items_damaged_within"),
        (json!({"damaged": "-0.001"}), "goods_receipt_items_damaged_within"),
        (json!({"damaged": "NaN"}), "goods_receipt_items_damaged_within"),
        (json!({"accepted": "8.001"}), "goods_receipt_items_accepted_within"),
        (json!({"accepted": "-0.001"}), "goods_receipt_items_accepted_within"),
        (json!({"received": "20", "accepted": "10.001"}), "goods_receipt_items_accepted_within"),
        (json!({"accepts_excess": true}), "goods_receipt_items_excess_of_more"),
        (undamaged(json!({"status": "VERIFIED_OK", "ticket_id": null})), "goods_receipt_items_in_full"),
        (json!({"ticket_id": null}), "goods_receipt_items_mismatches_have_a_ticket"),
        (
            undamaged(json!({"status": "VERIFIED_OK", "received": "10"})),
            "goods_receipt_items_mismatches_have_a_ticket",
        ),
    ]);
    breaches
}

fn ticket_comments(plants: &Plants) -> Vec<Breach> {
    let ticket = "ticket_comments_team_id_ticket_id_fkey";
    let author = "ticket_comments_team_id_author_id_fkey";
    let mut breaches = checks(
        "ticket_comments",
        &[("content", ""), ("created_at", "infinity"), ("created_at", "-infinity")],
    );
    breaches.extend([
        (
            json!({"id": plants.value("SELECT min(id::text) FROM ticket_comments WHERE team_id = $team")}),
            "ticket_comments_pkey",
        ),
        (json!({"ticket_id": SystemIds.uuid()}), ticket),
        (json!({"ticket_id": plants.foreign_id("tickets")}), ticket),
        (json!({"author_id": SystemIds.uuid()}), author),
        (json!({"author_id": plants.foreign_id("users")}), author),
    ]);
    breaches
}
