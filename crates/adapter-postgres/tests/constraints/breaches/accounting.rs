//! Invoices for an accounting system, their history, and how a team gets at its accounting system.

use kernel::clock::{IdSource, SystemIds};
use serde_json::{Value, json};

use super::super::{Breach, CLAIMED_INVOICE, Plants, of_length};

/// An invoice in a state, with what that needs.
fn in_state(state: &str) -> Value {
    let now = "2024-07-01T12:00:00Z";
    let bare = json!({"lease": null});
    let (needed, state) = match state {
        "in_flight" => (json!({"lease": now}), state),
        "created" => (json!({"wfirma_id": "1", "number": "FV 1/2024", "made_at": now}), state),
        "failed" => (json!({"failure_code": "VALIDATION_ERROR", "failure_message": "faulty"}), state),
        "unknown" => (json!({"last_send": now, "several": false}), state),
        other => panic!("{other} needs nothing"),
    };
    merged(&[&bare, &needed, &json!({ "state": state })])
}

fn merged(parts: &[&Value]) -> Value {
    let fields = parts.iter().filter_map(|part| part.as_object()).flatten();
    Value::Object(fields.map(|(name, value)| (name.clone(), value.clone())).collect())
}

pub(super) fn accounting_invoices(plants: &Plants) -> Vec<Breach> {
    let of = |state: &str, spoilt: Value| merged(&[&in_state(state), &spoilt]);
    let known = plants.value(CLAIMED_INVOICE);
    let made = "accounting_invoices_made";
    let failed = "accounting_invoices_failed";
    let unknown = "accounting_invoices_unknown";
    let lease = "accounting_invoices_lease_of_senders";
    let looked_up = "accounting_invoices_looked_up_while_open";
    let now = "2024-07-01T12:00:00Z";
    vec![
        (json!({"team_id": SystemIds.uuid()}), "accounting_invoices_team_id_fkey"),
        (json!({"invoice_id": known}), "accounting_invoices_pkey"),
        (json!({"payload": "\\x00"}), "accounting_invoices_payload_check"),
        (json!({"contractor": "012"}), "accounting_invoices_contractor_check"),
        (json!({"contractor": "152158328x"}), "accounting_invoices_contractor_check"),
        (json!({"state": "sent", "lease": null}), "accounting_invoices_state_check"),
        (json!({"lease": "infinity"}), "accounting_invoices_lease_check"),
        (of("in_flight", json!({"lease": null})), lease),
        (of("created", json!({"lease": "2024-07-01T12:00:00Z"})), lease),
        (of("created", json!({"wfirma_id": null})), made),
        (of("created", json!({"number": null})), made),
        (of("created", json!({"made_at": null})), made),
        (json!({"total": "1"}), made),
        (of("created", json!({"wfirma_id": ""})), "accounting_invoices_wfirma_id_check"),
        (of("created", json!({"wfirma_id": of_length(101)})), "accounting_invoices_wfirma_id_check"),
        (of("created", json!({"number": ""})), "accounting_invoices_number_check"),
        (of("created", json!({"number": of_length(101)})), "accounting_invoices_number_check"),
        (of("created", json!({"total": "-0.01"})), "accounting_invoices_total_check"),
        (of("created", json!({"total": "NaN"})), "accounting_invoices_total_check"),
        (of("created", json!({"made_at": "infinity"})), "accounting_invoices_made_at_check"),
        (of("failed", json!({"failure_code": null})), failed),
        (of("failed", json!({"failure_message": null})), failed),
        (of("failed", json!({"failure_code": "faulty"})), "accounting_invoices_failure_code_check"),
        (of("failed", json!({"failure_message": ""})), "accounting_invoices_failure_message_check"),
        (
            of("failed", json!({"failure_message": of_length(10_001)})),
            "accounting_invoices_failure_message_check",
        ),
        (of("unknown", json!({"last_send": null})), unknown),
        (of("unknown", json!({"several": null})), unknown),
        (of("unknown", json!({"last_send": "-infinity"})), "accounting_invoices_last_send_check"),
        (json!({"company": ""}), "accounting_invoices_company_check"),
        (json!({"company": "1".repeat(21)}), "accounting_invoices_company_check"),
        (json!({"company": "7a"}), "accounting_invoices_company_check"),
        (json!({"gross": "-0.01"}), "accounting_invoices_gross_check"),
        (json!({"gross": "NaN"}), "accounting_invoices_gross_check"),
        (json!({"gross": "10000000000000000"}), "numeric field overflow"),
        (json!({"look_at": now}), looked_up),
        (of("created", json!({"look_at": now})), looked_up),
        (of("failed", json!({"look_at": now})), looked_up),
        (of("unknown", json!({"look_at": "infinity"})), "accounting_invoices_look_at_check"),
        (json!({"version": 0}), "accounting_invoices_version_check"),
    ]
}

pub(super) fn accounting_invoice_history(plants: &Plants) -> Vec<Breach> {
    let invoice = "accounting_invoice_history_team_id_invoice_id_fkey";
    let foreign = CLAIMED_INVOICE.replace("$team", &format!("'{}'", plants.foreign));
    vec![
        (json!({"invoice_id": SystemIds.uuid()}), invoice),
        (json!({"invoice_id": plants.value(&foreign)}), invoice),
        (json!({"version": 1}), "accounting_invoice_history_pkey"),
        (json!({"version": 0}), "accounting_invoice_history_version_check"),
        (json!({"actor": ""}), "accounting_invoice_history_actor_check"),
        (json!({"actor": of_length(101)}), "accounting_invoice_history_actor_check"),
        (json!({"request_id": ""}), "accounting_invoice_history_request_id_check"),
        (json!({"request_id": of_length(101)}), "accounting_invoice_history_request_id_check"),
        (json!({"state": "sent"}), "accounting_invoice_history_state_check"),
        (json!({"detail": []}), "accounting_invoice_history_detail_check"),
    ]
}

pub(super) fn accounting_connections(plants: &Plants) -> Vec<Breach> {
    let secrets = |length: usize| json!({"secrets": format!("\\x{}", "00".repeat(length))});
    vec![
        (json!({"team_id": SystemIds.uuid()}), "accounting_connections_team_id_fkey"),
        (json!({"team_id": plants.team}), "accounting_connections_pkey"),
        (json!({"company": ""}), "accounting_connections_company_check"),
        (json!({"company": "1".repeat(21)}), "accounting_connections_company_check"),
        (json!({"company": "7a"}), "accounting_connections_company_check"),
        (secrets(45), "accounting_connections_secrets_check"),
        (secrets(2_001), "accounting_connections_secrets_check"),
        (json!({"time_zone": ""}), "accounting_connections_time_zone_check"),
        (json!({"payment_method": "wire"}), "accounting_connections_payment_method_check"),
        (json!({"payment_term_days": -1}), "accounting_connections_payment_term_days_check"),
        (json!({"payment_term_days": 366}), "accounting_connections_payment_term_days_check"),
        (json!({"prices": "net"}), "accounting_connections_prices_check"),
    ]
}

pub(super) fn accounting_exchanges(plants: &Plants) -> Vec<Breach> {
    let answered = "accounting_exchanges_answered_or_not";
    let known = plants.value("SELECT id FROM accounting_exchanges WHERE team_id = $team");
    vec![
        (json!({"team_id": SystemIds.uuid()}), "accounting_exchanges_team_id_fkey"),
        (json!({"id": known}), "accounting_exchanges_pkey"),
        (json!({"action": ""}), "accounting_exchanges_action_check"),
        (json!({"action": of_length(101)}), "accounting_exchanges_action_check"),
        (json!({"at": "infinity"}), "accounting_exchanges_at_check"),
        (json!({"took_microseconds": -1}), "accounting_exchanges_took_microseconds_check"),
        (json!({"status": 99}), "accounting_exchanges_status_check"),
        (json!({"status": 1_000}), "accounting_exchanges_status_check"),
        (json!({"status": null}), answered),
        (json!({"answer": null}), answered),
        (json!({"error": "nobody answered"}), answered),
        (json!({"status": null, "answer": null}), answered),
    ]
}
