//! Each constraint's breach, a table a function.

mod accounting;
pub(super) mod buying_in;
mod equipment;
mod operations;
mod relay;
mod routings;
mod selling;

use kernel::clock::{IdSource, SystemIds};
use serde_json::{Value, json};

use self::accounting::{
    accounting_connections, accounting_exchanges, accounting_invoice_history, accounting_invoices,
};
use self::equipment::{equipment, equipment_alarms, equipment_samples};
use self::operations::{data_collections, number_counters, operation_segments, work_order_operations};
use self::relay::{inbox, relay_cursors, relay_retries};
use self::routings::{routing_operation_activities, routing_operations, routing_versions, routings};
use self::selling::{products, sales_order_lines, sales_orders, stock_movements};
use super::{Breach, Plants, hash, of_length, with};

/// Moments just outside the calendar, and those that are none.
const OUTSIDE_CALENDAR: [&str; 4] =
    ["0001-12-31T23:59:59.999999Z BC", "10000-01-01T00:00:00Z", "infinity", "-infinity"];

pub(super) fn breaches(plants: &Plants) -> Vec<(&'static str, Vec<Breach>)> {
    let mut all = vec![
        ("teams", teams(plants)),
        ("users", users(plants)),
        ("api_keys", api_keys(plants)),
        ("sessions", sessions(plants)),
        ("refresh_tokens", refresh_tokens(plants)),
        ("log_in_attempts", log_in_attempts(plants)),
        ("outbox", outbox(plants)),
        ("inbox", inbox(plants)),
        ("relay_cursors", relay_cursors(plants)),
        ("relay_retries", relay_retries(plants)),
        ("audit_entries", audit_entries(plants)),
        ("audit_seals", audit_seals(plants)),
        ("audit_chains", audit_chains(plants)),
        ("access_log", access_log(plants)),
        ("idempotent_answers", idempotent_answers(plants)),
        ("departments", departments(plants)),
        ("work_centres", work_centres(plants)),
        ("pause_reasons", pause_reasons(plants)),
        ("operators", operators(plants)),
        ("data_collection_activities", data_collection_activities(plants)),
        ("operator_attendance", operator_attendance(plants)),
        ("routings", routings(plants)),
        ("routing_versions", routing_versions(plants)),
        ("routing_operations", routing_operations(plants)),
        ("routing_operation_activities", routing_operation_activities(plants)),
        ("equipment", equipment(plants)),
        ("equipment_samples", equipment_samples(plants)),
        ("equipment_alarms", equipment_alarms(plants)),
        ("attachments", attachments(plants)),
        ("vendors", vendors(plants)),
        ("manufacturing_orders", manufacturing_orders(plants)),
        ("number_counters", number_counters(plants)),
        ("work_order_operations", work_order_operations(plants)),
        ("operation_segments", operation_segments(plants)),
        ("data_collections", data_collections(plants)),
        ("accounting_invoices", accounting_invoices(plants)),
        ("accounting_invoice_history", accounting_invoice_history(plants)),
        ("accounting_connections", accounting_connections(plants)),
        ("accounting_exchanges", accounting_exchanges(plants)),
        ("products", products(plants)),
        ("sales_orders", sales_orders(plants)),
        ("sales_order_lines", sales_order_lines(plants)),
        ("stock_movements", stock_movements(plants)),
        ("order_imports", order_imports(plants)),
        ("order_import_chunks", order_import_chunks(plants)),
    ];
    all.extend(buying_in::buying_in(plants));
    all
}

fn teams(plants: &Plants) -> Vec<Breach> {
    vec![
        (json!({"id": plants.team}), "teams_pkey"),
        (json!({"name": ""}), "teams_name_check"),
        (json!({"name": of_length(101)}), "teams_name_check"),
        (
            json!({"name_key": plants.value("SELECT name_key FROM teams WHERE id = $team")}),
            "teams_name_key_key",
        ),
        (json!({"time_zone": ""}), "teams_time_zone_check"),
        (json!({"currency": ""}), "teams_currency_check"),
        (json!({"currency": "eur"}), "teams_currency_check"),
        (json!({"currency": "EURO"}), "teams_currency_check"),
        (json!({"currency": "EUR\n"}), "teams_currency_check"),
        (json!({"tax_rate": "-0.0001"}), "teams_tax_rate_check"),
        (json!({"tax_rate": "1.0001"}), "teams_tax_rate_check"),
        (json!({"tax_rate": "NaN"}), "teams_tax_rate_check"),
        (json!({"tax_rate": "10"}), "numeric field overflow"),
        (json!({"shift_calendar": {}}), "teams_shift_calendar_check"),
        (json!({"skill_check": "ignore"}), "teams_skill_check_check"),
        (json!({"version": 0}), "teams_version_check"),
    ]
}

fn users(plants: &Plants) -> Vec<Breach> {
    let of_foreign = |column: &str| {
        plants
            .store
            .database
            .scalar(&format!("SELECT {column} FROM users WHERE team_id = '{}'", plants.foreign))
    };
    let own_vendor = plants.value("SELECT id FROM vendors WHERE team_id = $team");
    let vendor = "users_team_id_vendor_id_fkey";
    vec![
        (json!({"team_id": SystemIds.uuid()}), "users_team_id_fkey"),
        (json!({"id": plants.value("SELECT id FROM users WHERE team_id = $team")}), "users_id_key"),
        (json!({"id": of_foreign("id")}), "users_id_key"),
        (json!({"email_key": of_foreign("email_key")}), "users_email_key_key"),
        (json!({"email": "a@"}), "users_email_check"),
        (json!({"email": of_length(255)}), "users_email_check"),
        (json!({"password_hash": "secret"}), "users_password_hash_check"),
        (json!({"password_hash": "$argon2i$v=19$"}), "users_password_hash_check"),
        (json!({"roles": ["OPS", "ROOT"]}), "users_roles_check"),
        (json!({"roles": ["ops"]}), "users_roles_check"),
        (json!({"roles": [null]}), "users_roles_check"),
        (json!({"roles": []}), "users_some_role"),
        (json!({"roles": ["VENDOR"]}), "users_vendor_of_a_vendor"),
        (json!({"vendor_id": own_vendor}), "users_vendor_of_a_vendor"),
        (json!({"roles": ["VENDOR"], "vendor_id": SystemIds.uuid()}), vendor),
        (json!({"roles": ["VENDOR"], "vendor_id": own_vendor, "team_id": plants.foreign}), vendor),
        (json!({"version": 0}), "users_version_check"),
    ]
}

fn api_keys(plants: &Plants) -> Vec<Breach> {
    let foreign = format!("SELECT id FROM api_keys WHERE team_id = '{}'", plants.foreign);
    let expiry = OUTSIDE_CALENDAR.map(|moment| (json!({"expires_at": moment}), "api_keys_expires_at_check"));
    let mut breaches = vec![
        (json!({"team_id": SystemIds.uuid()}), "api_keys_team_id_fkey"),
        (json!({"id": plants.value("SELECT id FROM api_keys WHERE team_id = $team")}), "api_keys_pkey"),
        (json!({"id": plants.value(&foreign)}), "api_keys_id_key"),
        (json!({"name": ""}), "api_keys_name_check"),
        (json!({"name": of_length(101)}), "api_keys_name_check"),
        (json!({"secret_hash": "\\x00"}), "api_keys_secret_hash_check"),
        (json!({"permission": "root"}), "api_keys_permission_check"),
        (json!({"previous_hash": hash(0)}), "api_keys_previous"),
        (json!({"previous_until": "2024-07-01T12:00:00Z"}), "api_keys_previous"),
        (
            json!({"previous_hash": "\\x00", "previous_until": "2024-07-01T12:00:00Z"}),
            "api_keys_previous_hash_check",
        ),
        (json!({"allowed_networks": vec!["10.0.0.0/8"; 101]}), "api_keys_allowed_networks_check"),
    ];
    breaches.extend(expiry);
    breaches
}

fn sessions(plants: &Plants) -> Vec<Breach> {
    let foreign = format!("SELECT id FROM sessions WHERE team_id = '{}'", plants.foreign);
    let user = "sessions_team_id_user_id_fkey";
    vec![
        (json!({"team_id": SystemIds.uuid()}), "sessions_team_id_fkey"),
        (json!({"id": plants.value("SELECT id FROM sessions WHERE team_id = $team")}), "sessions_id_key"),
        (json!({"id": plants.value(&foreign)}), "sessions_id_key"),
        (json!({"user_id": SystemIds.uuid()}), user),
        (json!({"team_id": plants.foreign}), user),
    ]
}

fn refresh_tokens(plants: &Plants) -> Vec<Breach> {
    let foreign = format!("SELECT id FROM refresh_tokens WHERE team_id = '{}'", plants.foreign);
    let session = "refresh_tokens_team_id_session_id_fkey";
    vec![
        (json!({"team_id": SystemIds.uuid()}), "refresh_tokens_team_id_fkey"),
        (
            json!({"id": plants.value("SELECT id FROM refresh_tokens WHERE team_id = $team")}),
            "refresh_tokens_pkey",
        ),
        (json!({"id": plants.value(&foreign)}), "refresh_tokens_id_key"),
        (json!({"session_id": SystemIds.uuid()}), session),
        (json!({"team_id": plants.foreign}), session),
        (json!({"hash": "\\x00"}), "refresh_tokens_hash_check"),
        (json!({"expires_at": "2024-07-01T12:00:00Z"}), "refresh_tokens_check"),
        (json!({"expires_at": "2024-07-01T11:59:59Z"}), "refresh_tokens_check"),
        (json!({"spent_at": null}), "refresh_tokens_current"),
    ]
}

fn log_in_attempts(plants: &Plants) -> Vec<Breach> {
    plants
        .store
        .database
        .execute(&format!("INSERT INTO log_in_attempts VALUES ('{}', '{{}}', now())", hash(2)));
    let now = "2024-07-01T12:00:00Z";
    vec![
        (json!({"attempt": hash(2)}), "log_in_attempts_pkey"),
        (json!({"attempt": "\\x00"}), "log_in_attempts_attempt_check"),
        (json!({"failed_at": [now, now, now, now, now, now]}), "log_in_attempts_failed_at_check"),
    ]
}

fn outbox(plants: &Plants) -> Vec<Breach> {
    let folded = json!({
        "event_type": null, "aggregate_id": null, "sequence": null, "payload": null, "folded_record": "order_import",
        "folded_id": SystemIds.uuid(),
    });
    assert_eq!(plants.attempt("outbox", &folded), Ok(()), "a folded event");
    let folded_with = |more: Value| {
        let mut row = folded.clone();
        with(&mut row, &more);
        row
    };
    vec![
        (json!({"team_id": SystemIds.uuid()}), "outbox_team_id_fkey"),
        (json!({"id": plants.value("SELECT id FROM outbox WHERE team_id = $team LIMIT 1")}), "outbox_pkey"),
        (json!({"event_type": null}), "outbox_check"),
        (json!({"aggregate_id": null}), "outbox_check"),
        (json!({"sequence": null}), "outbox_check"),
        (json!({"payload": null}), "outbox_check"),
        (folded_with(json!({"event_type": "order.created"})), "outbox_check"),
        (folded_with(json!({"payload": {}})), "outbox_check"),
        (json!({"folded_record": "order_import", "folded_id": SystemIds.uuid()}), "outbox_check"),
        (json!({"folded_record": "order_import"}), "outbox_check1"),
        (folded_with(json!({"folded_record": null})), "outbox_check1"),
    ]
}

fn audit_entries(plants: &Plants) -> Vec<Breach> {
    let known = plants.value("SELECT id FROM audit_entries WHERE team_id = $team LIMIT 1");
    vec![
        (json!({"team_id": SystemIds.uuid()}), "audit_entries_team_id_fkey"),
        (json!({"id": known}), "audit_entries_pkey"),
    ]
}

fn audit_seals(plants: &Plants) -> Vec<Breach> {
    let entry = "audit_seals_team_id_entry_id_fkey";
    let foreign = format!("SELECT max(id::text) FROM audit_entries WHERE team_id = '{}'", plants.foreign);
    vec![
        (json!({"sequence": 1}), "audit_seals_pkey"),
        (
            json!({"entry_id": plants.value("SELECT entry_id FROM audit_seals WHERE team_id = $team")}),
            "audit_seals_team_id_entry_id_key",
        ),
        (json!({"sequence": 0}), "audit_seals_sequence_check"),
        (json!({"hash": "\\x00"}), "audit_seals_hash_check"),
        (json!({"entry_id": SystemIds.uuid()}), entry),
        (json!({"entry_id": plants.value(&foreign)}), entry),
        (json!({"team_id": plants.foreign}), entry),
    ]
}

fn audit_chains(plants: &Plants) -> Vec<Breach> {
    vec![
        (json!({"team_id": plants.team}), "audit_chains_pkey"),
        (json!({"team_id": SystemIds.uuid()}), "audit_chains_team_id_fkey"),
    ]
}

fn access_log(plants: &Plants) -> Vec<Breach> {
    let known = SystemIds.uuid();
    plants.store.database.execute(&format!(
        "INSERT INTO access_log VALUES ('{}', '{known}', now(), 'a', 'GET', '/', '/', 200, 'r', NULL, 0)",
        plants.team
    ));
    vec![
        (json!({"id": known}), "access_log_pkey"),
        (json!({"path": of_length(1_025)}), "access_log_path_check"),
        (json!({"status": 99}), "access_log_status_check"),
        (json!({"status": 1_000}), "access_log_status_check"),
        (json!({"address": of_length(46)}), "access_log_address_check"),
        (json!({"microseconds": -1}), "access_log_microseconds_check"),
    ]
}

fn idempotent_answers(plants: &Plants) -> Vec<Breach> {
    plants.store.database.execute(&format!(
        "INSERT INTO idempotent_answers VALUES ('{}', 'c', 'POST', '/', 'known', decode(repeat('00', 32), 'hex'),
             200, '{{}}', NULL, NULL, now())",
        plants.team
    ));
    let record = SystemIds.uuid();
    vec![
        (json!({"team_id": SystemIds.uuid()}), "idempotent_answers_team_id_fkey"),
        (json!({"key": "known"}), "idempotent_answers_pkey"),
        (json!({"key": ""}), "idempotent_answers_key_check"),
        (json!({"key": of_length(256)}), "idempotent_answers_key_check"),
        (json!({"fingerprint": "\\x00"}), "idempotent_answers_fingerprint_check"),
        (json!({"status": 199}), "idempotent_answers_status_check"),
        (json!({"status": 500}), "idempotent_answers_status_check"),
        (json!({"body": null}), "idempotent_answers_check"),
        (json!({"record_kind": "order_import", "record_id": record}), "idempotent_answers_check"),
        (json!({"record_kind": "order_import"}), "idempotent_answers_check1"),
        (json!({"body": null, "record_id": record}), "idempotent_answers_check1"),
    ]
}

fn departments(plants: &Plants) -> Vec<Breach> {
    let known =
        |column: &str| plants.value(&format!("SELECT {column} FROM departments WHERE team_id = $team"));
    vec![
        (json!({"team_id": SystemIds.uuid()}), "departments_team_id_fkey"),
        (json!({"id": known("id")}), "departments_pkey"),
        (json!({"name_key": known("name_key")}), "departments_team_id_name_key_key"),
        (json!({"name": ""}), "departments_name_check"),
        (json!({"name": of_length(101)}), "departments_name_check"),
        (json!({"version": 0}), "departments_version_check"),
    ]
}

fn work_centres(plants: &Plants) -> Vec<Breach> {
    let foreign = format!("SELECT id FROM departments WHERE team_id = '{}'", plants.foreign);
    let department = "work_centres_team_id_department_id_fkey";
    vec![
        (json!({"number": 1}), "work_centres_pkey"),
        (
            json!({"id": plants.value("SELECT id FROM work_centres WHERE team_id = $team AND number = 1")}),
            "work_centres_team_id_id_key",
        ),
        (json!({"number": 0}), "work_centres_number_check"),
        (json!({"name": ""}), "work_centres_name_check"),
        (json!({"name": of_length(101)}), "work_centres_name_check"),
        (json!({"version": 0}), "work_centres_version_check"),
        (json!({"department_id": SystemIds.uuid()}), department),
        (json!({"department_id": plants.value(&foreign)}), department),
        (json!({"team_id": SystemIds.uuid()}), "work_centres_team_id_fkey"),
    ]
}

fn pause_reasons(plants: &Plants) -> Vec<Breach> {
    let known =
        |column: &str| plants.value(&format!("SELECT {column} FROM pause_reasons WHERE team_id = $team"));
    vec![
        (json!({"team_id": SystemIds.uuid()}), "pause_reasons_team_id_fkey"),
        (json!({"id": known("id")}), "pause_reasons_pkey"),
        (json!({"name_key": known("name_key")}), "pause_reasons_team_id_name_key_key"),
        (json!({"name": ""}), "pause_reasons_name_check"),
        (json!({"name": of_length(101)}), "pause_reasons_name_check"),
        (json!({"category": "sometimes"}), "pause_reasons_category_check"),
        (json!({"version": 0}), "pause_reasons_version_check"),
    ]
}

fn data_collection_activities(plants: &Plants) -> Vec<Breach> {
    const FIELDS: &str = "data_collection_activities_fields_check";
    let known = plants.value("SELECT id FROM data_collection_activities WHERE team_id = $team");
    vec![
        (json!({"team_id": SystemIds.uuid()}), "data_collection_activities_team_id_fkey"),
        (json!({"id": known}), "data_collection_activities_pkey"),
        (json!({"name": ""}), "data_collection_activities_name_check"),
        (json!({"name": of_length(101)}), "data_collection_activities_name_check"),
        (json!({"description": ""}), "data_collection_activities_description_check"),
        (json!({"description": of_length(2_001)}), "data_collection_activities_description_check"),
        (json!({"fields": {}}), FIELDS),
        (json!({"fields": vec![7; 101]}), FIELDS),
        (json!({"on_violation": "ignore"}), "data_collection_activities_on_violation_check"),
        (json!({"version": 0}), "data_collection_activities_version_check"),
    ]
}

fn operators(plants: &Plants) -> Vec<Breach> {
    let known = |column: &str| plants.value(&format!("SELECT {column} FROM operators WHERE team_id = $team"));
    let foreign = format!("SELECT user_id FROM operators WHERE team_id = '{}'", plants.foreign);
    let now = "2024-07-01T12:00:00Z";
    vec![
        (json!({"team_id": SystemIds.uuid()}), "operators_team_id_fkey"),
        (json!({"id": known("id")}), "operators_pkey"),
        (json!({"badge": known("badge")}), "operators_team_id_badge_key"),
        (json!({"user_id": known("user_id")}), "operators_team_id_user_id_key"),
        (json!({"user_id": SystemIds.uuid()}), "operators_team_id_user_id_fkey"),
        (json!({"user_id": plants.value(&foreign)}), "operators_team_id_user_id_fkey"),
        (json!({"name": ""}), "operators_name_check"),
        (json!({"name": of_length(101)}), "operators_name_check"),
        (json!({"badge": ""}), "operators_badge_check"),
        (json!({"badge": of_length(51)}), "operators_badge_check"),
        (json!({"skills": vec!["a"; 101]}), "operators_skills_check"),
        (json!({"clockings": -1, "clocked_at": now}), "operators_clockings_check"),
        (json!({"clockings": 1}), "operators_check"),
        (json!({"clocked_at": now}), "operators_check"),
        (json!({"version": 0}), "operators_version_check"),
    ]
}

fn operator_attendance(plants: &Plants) -> Vec<Breach> {
    let foreign = format!("SELECT id FROM operators WHERE team_id = '{}'", plants.foreign);
    let operator = "operator_attendance_team_id_operator_id_fkey";
    vec![
        (json!({"sequence": 1}), "operator_attendance_pkey"),
        (json!({"sequence": 0, "event": "out"}), "operator_attendance_sequence_check"),
        (json!({"sequence": 4}), "operator_attendance_check"),
        (json!({"event": "out"}), "operator_attendance_check"),
        (json!({"sequence": 4, "event": "lunch"}), "operator_attendance_event_check"),
        (json!({"operator_id": SystemIds.uuid()}), operator),
        (json!({"operator_id": plants.value(&foreign)}), operator),
        (json!({"team_id": plants.foreign}), operator),
    ]
}

fn attachments(plants: &Plants) -> Vec<Breach> {
    let known = plants.value("SELECT min(id::text) FROM attachments WHERE team_id = $team");
    let team = kernel::id::Id::new(plants.foreign);
    let (foreign_work, foreign_routing) = crate::attachments::operations(&plants.store, team);
    let work = "attachments_team_id_work_order_operation_id_fkey";
    let routing = "attachments_team_id_routing_operation_id_fkey";
    let ticket = "attachments_team_id_ticket_id_fkey";
    let user = "attachments_team_id_uploaded_by_fkey";
    let own_ticket = plants.value("SELECT min(ticket_id::text) FROM attachments WHERE team_id = $team");
    let own_work = plants.value("SELECT min(id::text) FROM work_order_operations WHERE team_id = $team");
    let own_routing = plants.value("SELECT min(id::text) FROM routing_operations WHERE team_id = $team");
    let foreign_ticket = crate::attachments::ticket(&plants.store, team);
    let foreign_user = plants.store.user(team);
    let mut breaches: Vec<Breach> = vec![
        (json!({"team_id": SystemIds.uuid()}), "attachments_team_id_fkey"),
        (json!({"id": known}), "attachments_pkey"),
        (json!({"state": "lost"}), "attachments_state_check"),
        (json!({"original_filename": ""}), "attachments_original_filename_check"),
        (json!({"original_filename": of_length(256)}), "attachments_original_filename_check"),
        (json!({"filename": ""}), "attachments_filename_check"),
        (json!({"filename": of_length(256)}), "attachments_filename_check"),
        (json!({"kind": "exe"}), "attachments_kind_check"),
        (json!({"size": 0}), "attachments_size_check"),
        (json!({"size": 10_485_761}), "attachments_size_check"),
        (json!({"sha256": "\\x00"}), "attachments_sha256_check"),
        (json!({"attachment_type": "video"}), "attachments_attachment_type_check"),
        (json!({"description": ""}), "attachments_description_check"),
        (json!({"description": of_length(2_001)}), "attachments_description_check"),
        (json!({"work_order_operation_id": SystemIds.uuid()}), work),
        (json!({"work_order_operation_id": foreign_work.uuid()}), work),
        (json!({"routing_operation_id": SystemIds.uuid()}), routing),
        (json!({"routing_operation_id": foreign_routing.uuid()}), routing),
        (json!({"ticket_id": SystemIds.uuid()}), ticket),
        (json!({"ticket_id": foreign_ticket.uuid()}), ticket),
        (json!({"uploaded_by": SystemIds.uuid()}), user),
        (json!({"uploaded_by": foreign_user.uuid()}), user),
        (json!({"ticket_id": own_ticket, "work_order_operation_id": own_work}), "attachments_one_owner"),
        (json!({"ticket_id": own_ticket, "routing_operation_id": own_routing}), "attachments_one_owner"),
    ];
    for kind in ["dxf", "dwg", "step"] {
        breaches.push((json!({"ticket_id": own_ticket, "kind": kind}), "attachments_kind_of_ticket"));
    }
    breaches
}

fn vendors(plants: &Plants) -> Vec<Breach> {
    let mut breaches: Vec<Breach> = vec![
        (json!({"team_id": SystemIds.uuid()}), "vendors_team_id_fkey"),
        (json!({"id": plants.value("SELECT id FROM vendors WHERE team_id = $team")}), "vendors_pkey"),
        (json!({"code": "VEN001"}), "vendors_team_id_code_key"),
        (json!({"name": ""}), "vendors_name_check"),
        (json!({"name": of_length(201)}), "vendors_name_check"),
        (json!({"address": ""}), "vendors_address_check"),
        (json!({"address": of_length(501)}), "vendors_address_check"),
        (json!({"payment_term_days": -1}), "vendors_payment_term_days_check"),
        (json!({"payment_term_days": 366}), "vendors_payment_term_days_check"),
        (json!({"version": 0}), "vendors_version_check"),
    ];
    for code in ["", "ABCDEFGHIJKLMNOPQRSTU", "ven001", "VEN 1", "VEN_1", "ÄVEN", "VEN\n", "VEN1\nVEN2"] {
        breaches.push((json!({"code": code}), "vendors_code_check"));
    }
    let too_long = format!("{}@b.example", "a".repeat(245));
    for email in [
        "",
        "a",
        "a@",
        "@b.example",
        "a@b",
        "a@.example",
        "a@example.",
        "a@.",
        "a@b@c.example",
        "a b@c.example",
        "a@b.exa\tmple",
        "a@b.example\n",
        &too_long,
    ] {
        breaches.push((json!({"email": email}), "vendors_email_check"));
    }
    breaches
}

fn manufacturing_orders(plants: &Plants) -> Vec<Breach> {
    const QUANTITY: &str = "manufacturing_orders_quantity_check";
    const COMPLETED: &str = "manufacturing_orders_quantity_completed_check";
    const OVERFLOW: &str = "numeric field overflow";
    const NUMBER: &str = "manufacturing_orders_order_number_check";
    const SKU: &str = "manufacturing_orders_sku_check";
    const ROUTING: &str = "manufacturing_orders_team_id_routing_id_routing_version_fkey";
    let routing =
        |team: &str| plants.value(&format!("SELECT min(id::text) FROM routings WHERE team_id = {team}"));
    let mut breaches: Vec<Breach> = vec![
        (json!({"team_id": SystemIds.uuid()}), "manufacturing_orders_team_id_fkey"),
        (
            json!({"id": plants.value("SELECT id FROM manufacturing_orders WHERE team_id = $team LIMIT 1")}),
            "manufacturing_orders_pkey",
        ),
        (json!({"order_number": "A1"}), "manufacturing_orders_team_id_order_number_key"),
        (json!({"work_centre_number": 3}), "manufacturing_orders_team_id_work_centre_number_fkey"),
        (json!({"work_centre_number": 99}), "manufacturing_orders_team_id_work_centre_number_fkey"),
        (json!({"quantity": "0"}), QUANTITY),
        (json!({"quantity": "0.0004"}), QUANTITY),
        (json!({"quantity": "-1"}), QUANTITY),
        (json!({"quantity": "NaN"}), QUANTITY),
        (json!({"quantity": "1000000000000"}), OVERFLOW),
        (json!({"quantity": "999999999999.9996"}), OVERFLOW),
        (json!({"quantity": "Infinity"}), OVERFLOW),
        (json!({"quantity_completed": "-0.001"}), COMPLETED),
        (json!({"quantity_completed": "NaN"}), COMPLETED),
        (json!({"quantity_completed": "1000000000000"}), OVERFLOW),
        (json!({"priority": 0}), "manufacturing_orders_priority_check"),
        (json!({"priority": 6}), "manufacturing_orders_priority_check"),
        (json!({"status": "not_started"}), "manufacturing_orders_status_check"),
        (json!({"status": "on_hold", "held_status": "completed"}), "manufacturing_orders_held_status_check"),
        (json!({"status": "pending", "held_status": "pending"}), "manufacturing_orders_check"),
        (json!({"routing_version": 1}), "manufacturing_orders_check1"),
        (json!({"routing_id": SystemIds.uuid()}), "manufacturing_orders_check1"),
        (
            json!({"routing_id": SystemIds.uuid(), "routing_version": 0}),
            "manufacturing_orders_routing_version_check",
        ),
        (json!({"routing_id": SystemIds.uuid(), "routing_version": 1}), ROUTING),
        (json!({"routing_id": routing("$team"), "routing_version": 2}), ROUTING),
        (json!({"routing_id": routing(&format!("'{}'", plants.foreign)), "routing_version": 1}), ROUTING),
        (json!({"description": of_length(2_001)}), "manufacturing_orders_description_check"),
        (json!({"notes": ""}), "manufacturing_orders_notes_check"),
        (json!({"notes": of_length(10_001)}), "manufacturing_orders_notes_check"),
        (json!({"erp_reference": ""}), "manufacturing_orders_erp_reference_check"),
        (json!({"erp_reference": of_length(101)}), "manufacturing_orders_erp_reference_check"),
        (json!({"custom_fields": []}), "manufacturing_orders_custom_fields_check"),
        (json!({"version": 0}), "manufacturing_orders_version_check"),
    ];
    for (column, constraint) in [("order_number", NUMBER), ("sku", SKU)] {
        for text in [String::new(), of_length(101), "A\n1".into(), "A\u{7f}".into(), "\tA".into()] {
            breaches.push((json!({column: text}), constraint));
        }
    }
    for (column, constraint) in [
        ("scheduled_start", "manufacturing_orders_scheduled_start_check"),
        ("scheduled_end", "manufacturing_orders_scheduled_end_check"),
    ] {
        breaches.extend(OUTSIDE_CALENDAR.map(|moment| (json!({column: moment}), constraint)));
    }
    for (column, constraint) in [
        ("actual_start", "manufacturing_orders_actual_start_check"),
        ("actual_end", "manufacturing_orders_actual_end_check"),
    ] {
        breaches.extend(["infinity", "-infinity"].map(|moment| (json!({column: moment}), constraint)));
    }
    breaches
}

fn order_imports(plants: &Plants) -> Vec<Breach> {
    vec![
        (json!({"team_id": SystemIds.uuid()}), "order_imports_team_id_fkey"),
        (
            json!({"id": plants.value("SELECT id FROM order_imports WHERE team_id = $team")}),
            "order_imports_pkey",
        ),
        (
            json!({"outcome": "unknown", "created": 0, "updated": 0, "changed": 0, "skipped": 3}),
            "order_imports_outcome_check",
        ),
        (json!({"source": "xml"}), "order_imports_source_check"),
        (json!({"mode": "both"}), "order_imports_mode_check"),
        (json!({"on_existing": "replace"}), "order_imports_on_existing_check"),
        (json!({"file_name": ""}), "order_imports_file_name_check"),
        (json!({"file_name": of_length(256)}), "order_imports_file_name_check"),
        (json!({"separator": ""}), "order_imports_separator_check"),
        (json!({"separator": ";;"}), "order_imports_separator_check"),
        (json!({"rows": 100_001, "skipped": 99_998}), "order_imports_rows_check"),
        (json!({"created": -1, "skipped": 3}), "order_imports_created_check"),
        (json!({"updated": -1, "skipped": 3, "changed": 0}), "order_imports_check"),
        (json!({"updated": -1, "skipped": 3, "changed": -1}), "order_imports_check"),
        (json!({"skipped": -1, "errors": 3}), "order_imports_skipped_check"),
        (json!({"errors": -1, "skipped": 3}), "order_imports_errors_check"),
        (json!({"changed": 2}), "order_imports_check"),
        (json!({"changed": -1}), "order_imports_check"),
        (json!({"rows": 5}), "order_imports_check1"),
        (json!({"created": 0}), "order_imports_check1"),
        (json!({"outcome": "rejected"}), "order_imports_check2"),
        (json!({"outcome": "rejected", "updated": 0, "changed": 0, "skipped": 2}), "order_imports_check2"),
    ]
}

fn order_import_chunks(plants: &Plants) -> Vec<Breach> {
    let import = "order_import_chunks_team_id_import_id_fkey";
    vec![
        (json!({"chunk": 0}), "order_import_chunks_pkey"),
        (json!({"chunk": -1}), "order_import_chunks_chunk_check"),
        (json!({"chunk": 100}), "order_import_chunks_chunk_check"),
        (json!({"import_id": SystemIds.uuid()}), import),
        (json!({"team_id": plants.foreign}), import),
    ]
}
