//! What Rust forbids the database forbids too: for each constraint of the tables, a row that breaks it alone.

mod breaches;

use std::collections::BTreeSet;

use diesel::prelude::*;
use diesel::result::Error;
use diesel::sql_query;
use diesel::sql_types::Text;
use kernel::clock::{IdSource, SystemIds};
use serde_json::{Value, json};
use uuid::Uuid;

use self::breaches::{breaches, buying_in};
use crate::support::{Store, lines, order, prepared};

/// Two teams with work centres, of which one has an order and an import.
struct Plants {
    store: Store,
    team: Uuid,
    foreign: Uuid,
}

/// The team's operation without any activity.
const SECOND_OPERATION: &str =
    "SELECT id FROM routing_operations WHERE team_id = $team AND operation_number = 2";

/// The team's operation that is worked on.
const OPERATION: &str = "SELECT id FROM work_order_operations WHERE team_id = $team AND operation_number = 1";

/// The team's order that was sold from stock.
const SALE: &str = "SELECT id FROM sales_orders WHERE team_id = $team AND channel = 'pos'";

/// The team's invoice that somebody is about to send.
const CLAIMED_INVOICE: &str =
    "SELECT invoice_id FROM accounting_invoices WHERE team_id = $team AND state = 'intended'";

/// A first version for each routing that has none.
const VERSIONS: &str = "
    INSERT INTO routing_versions SELECT team_id, id, 1, name, NULL, NULL, false, now() FROM routings
    ON CONFLICT DO NOTHING";

/// How a good row is spoilt, and the constraint that then refuses it; or the message, where it is the type's.
type Breach = (Value, &'static str);

impl Plants {
    fn new() -> Self {
        let store = Store::own();
        let (team, foreign) = (store.plant(), store.plant());
        store.import(team, prepared([order("A1")]));
        store.vendor(team, "VEN001");
        store.floor(team);
        store.floor(foreign);
        // beside what arrived and was verified
        store.received(team, 1);
        store.dispatched(team, 1);
        store.shop(team);
        store.shop(foreign);
        store.session(team);
        store.session(foreign);
        let (team, foreign) = (team.uuid(), foreign.uuid());
        store.database.execute(&format!(
            "INSERT INTO work_centres SELECT team_id, 3, gen_random_uuid(), name, department_id, true, 1, now(), now()
             FROM work_centres WHERE team_id = '{foreign}' AND number = 1;
             INSERT INTO audit_seals SELECT team_id, 1, min(id::text)::uuid, sha256('') FROM audit_entries GROUP BY team_id;
             INSERT INTO audit_chains SELECT '{team}', 1, '1';
             DELETE FROM accounting_connections WHERE team_id = '{foreign}'"
        ));
        Self { store, team, foreign }
    }

    /// A value of the team's rows.
    fn value(&self, query: &str) -> String {
        self.store.database.scalar(&query.replace("$team", &format!("'{}'", self.team)))
    }

    /// A row that the table takes.
    fn good(&self, table: &str) -> Value {
        let now = "2024-07-01T12:00:00Z";
        let id = SystemIds.uuid();
        let mut row = match table {
            "teams" => json!({
                "name": "Team", "name_key": "team", "time_zone": "UTC", "currency": "EUR", "tax_rate": "0.18",
                "shift_calendar": [], "four_eyes_payment": false, "skill_check": "refuse", "version": 1,
            }),
            "users" => json!({
                "email": "a@b.example", "email_key": "a@b.example", "password_hash": "$argon2id$v=19$", "roles": ["OPS"],
                "is_active": true, "version": 1,
            }),
            "api_keys" => json!({
                "name": "key", "prefix": "tl_1", "secret_hash": hash(0), "permission": "read-only", "scopes": [],
                "allowed_networks": [],
            }),
            "sessions" => json!({
                "user_id": self.value("SELECT id FROM users WHERE team_id = $team"), "address": "192.0.2.7",
                "begun_at": now,
            }),
            "refresh_tokens" => json!({
                "session_id": self.value("SELECT id FROM sessions WHERE team_id = $team"), "hash": hash(0),
                "issued_at": now, "expires_at": "2024-07-31T12:00:00Z", "spent_at": now,
            }),
            "log_in_attempts" => json!({"attempt": hash(1), "failed_at": [now], "tried_at": now}),
            "outbox" => json!({
                "xid": "1", "event_type": "order.created", "aggregate_id": id, "sequence": 1, "payload": {},
                "occurred_at": now,
            }),
            "inbox" => json!({"consumer": "c", "event_id": id, "consumed_at": now}),
            "relay_cursors" => json!({
                "consumer": "c", "cluster": 1, "xid": "1", "event_id": id, "moved_at": now, "held_by": id,
                "held_until": now,
            }),
            "relay_retries" => json!({
                "event_id": self.value("SELECT event_id FROM relay_retries WHERE team_id = $team"),
                "consumer": "c", "attempts": 1, "next_at": now, "error": "refused",
            }),
            "audit_entries" => json!({
                "xid": "1", "at": now, "actor": "a", "request_id": "r", "action": "a", "subject_kind": "s",
                "subject_id": id,
            }),
            "audit_seals" => json!({
                "sequence": 2, "hash": format!("\\x{}", "00".repeat(32)),
                "entry_id": self.value("SELECT max(id::text) FROM audit_entries WHERE team_id = $team"),
            }),
            "audit_chains" => json!({"cluster": 1, "sealed_to": "1"}),
            "access_log" => json!({
                "at": now, "actor": "a", "method": "GET", "route": "/", "path": "/", "status": 200, "request_id": "r",
                "microseconds": 0,
            }),
            "idempotent_answers" => json!({
                "caller": "c", "method": "POST", "path": "/", "key": "k", "fingerprint": format!("\\x{}", "00".repeat(32)),
                "status": 200, "body": "{}", "expires_at": now,
            }),
            "departments" => json!({"name": "New", "name_key": "new", "is_active": true, "version": 1}),
            "work_centres" => json!({
                "number": 9, "name": "New", "is_active": true, "version": 1,
                "department_id": self.value("SELECT id FROM departments WHERE team_id = $team"),
            }),
            "pause_reasons" => json!({
                "name": "New", "name_key": "new", "category": "planned", "is_active": true, "version": 1,
            }),
            "data_collection_activities" => json!({
                "name": "New", "name_key": "new", "description": "x", "fields": [], "on_violation": "reject",
                "is_active": true, "version": 1,
            }),
            "routings" => json!({
                "name": "New", "name_key": "new", "version": 1, "is_active": true, "revision": 1,
            }),
            "routing_versions" => json!({
                "routing_id": self.value("SELECT id FROM routings WHERE team_id = $team"), "version": 2, "name": "New",
                "description": "x", "product_identifier": "STK1", "allow_overlap": false,
            }),
            "routing_operations" => json!({
                "routing_id": self.value("SELECT id FROM routings WHERE team_id = $team"), "version": 1,
                "operation_number": 3, "name": "New", "setup_minutes": "0", "run_minutes": "0",
                "run_time_basis": "per_unit", "instructions": "x", "required_skills": ["a"],
                "department_id": self.value("SELECT id FROM departments WHERE team_id = $team"),
            }),
            "routing_operation_activities" => json!({
                "routing_operation_id": self.value(SECOND_OPERATION), "sequence": 1, "is_required": true,
                "activity_id": self.value("SELECT id FROM data_collection_activities WHERE team_id = $team"),
            }),
            "operators" => json!({
                "name": "New", "name_key": "new", "badge": "B", "skills": ["a"], "is_active": true, "clockings": 0,
                "version": 1,
            }),
            "operator_attendance" => json!({
                "operator_id": self.value("SELECT id FROM operators WHERE team_id = $team"),
                "sequence": 3, "event": "in", "at": now,
            }),
            "equipment" => json!({
                "tag": "MACHINE-002", "status": "idle", "status_since": now, "data": {}, "alarms": [],
                "has_alarm": false, "taken_at": now, "received_at": now, "version": 1, "registered_at": now,
                "department_id": self.value("SELECT id FROM departments WHERE team_id = $team"),
            }),
            "equipment_samples" => json!({
                "equipment_id": self.value("SELECT id FROM equipment WHERE team_id = $team"), "taken_at": now,
                "received_at": now, "status": "idle", "department_id": id, "data": {}, "alarms": [], "arrival": 0,
            }),
            "equipment_alarms" => json!({
                "equipment_id": self.value("SELECT id FROM equipment WHERE team_id = $team"), "raised_at": now,
                "code": "LOUD", "severity": "warning", "message": "It is loud", "arrival": 0,
            }),
            "attachments" => json!({
                "state": "stored", "original_filename": "Plan.pdf", "filename": "plan.pdf", "kind": "pdf", "size": 1,
                "sha256": hash(0), "attachment_type": "drawing", "description": "x", "uploaded_at": now,
            }),
            "vendors" => json!({
                "code": "VEN002", "name": "New", "name_key": "new", "email": "a@b.example", "address": "Here",
                "payment_term_days": 30, "is_active": true, "version": 1,
            }),
            "manufacturing_orders" => json!({
                "order_number": "A2", "sku": "STK1", "description": "", "quantity": 1, "priority": 3,
                "status": "pending", "version": 1,
            }),
            "number_counters" => json!({"kind": "manufacturing_order", "period": "1999", "last": 1}),
            "work_order_operations" => json!({
                "operation_number": 1, "name": "New", "status": "in_progress", "target_seconds": 0, "ready_at": now,
                "actual_start": now, "good": "8", "rejected": "2", "reworked": "1", "segments": 1, "active_micros": 0,
                "running_since": now, "version": 1,
                "order_id": self.value("SELECT id FROM manufacturing_orders WHERE team_id = $team AND order_number = 'A1'"),
                "department_id": self.value("SELECT id FROM departments WHERE team_id = $team"),
                "routing_operation_id": self.value(SECOND_OPERATION),
                "operator_id": self.value("SELECT id FROM operators WHERE team_id = $team"),
            }),
            "operation_segments" => json!({
                "operation_id": self.value(&OPERATION.replace("= 1", "= 2")), "sequence": 1, "started_at": now,
                "operator_id": self.value("SELECT id FROM operators WHERE team_id = $team"),
                "ended_at": "2024-07-01T12:30:00Z", "ended_by": "hold",
            }),
            "data_collections" => json!({
                "operation_id": self.value(OPERATION), "collected_data": {}, "collected_at": now, "received_at": now,
                "activity_id": self.value("SELECT id FROM data_collection_activities WHERE team_id = $team"),
                "operator_id": self.value("SELECT id FROM operators WHERE team_id = $team"),
                "conforming": true, "violations": [],
            }),
            "order_imports" => json!({
                "actor": "a", "request_id": "r", "outcome": "completed", "source": "csv", "mode": "per_row",
                "on_existing": "update", "source_columns": [], "ignored_columns": [], "rows": 4, "created": 1,
                "updated": 1, "skipped": 1, "errors": 1, "changed": 1,
            }),
            "order_import_chunks" => json!({
                "import_id": self.value("SELECT id FROM order_imports WHERE team_id = $team"),
                "chunk": 1, "format": 1, "content": "\\x",
            }),
            "accounting_invoices" => json!({
                "invoice_id": id, "payload": hash(7), "contractor": "152158328", "company": "1", "gross": "184.5",
                "state": "intended", "lease": now, "version": 1,
            }),
            "accounting_invoice_history" => json!({
                "invoice_id": self.value(CLAIMED_INVOICE), "version": 2, "at": now, "actor": "a", "request_id": "r",
                "state": "in_flight", "detail": {},
            }),
            "accounting_connections" => json!({
                "company": "1", "secrets": format!("\\x{}", "00".repeat(46)), "time_zone": "Europe/Warsaw",
                "payment_method": "transfer", "payment_term_days": 14, "prices": "netto",
            }),
            "accounting_exchanges" => json!({
                "invoice_id": id, "action": "invoices/add", "at": now, "took_microseconds": 1, "request": "\\x7b7d",
                "status": 200, "answer": "\\x",
            }),
            "products" => json!({
                "number": 100, "sku": "NEW", "name": "New", "name_key": "new", "unit_price": "1.5", "tax_rate": "0.2",
                "discount_rate": "0", "stock": "0", "movements": 0, "version": 1,
            }),
            "sales_orders" => json!({
                "number": 100, "order_number": "ORD-1", "channel": "pos", "status": "RECEIVED",
                "payment_status": "Pending", "currency": "EUR", "sub_total": "100", "discount_amount": "10",
                "tax_amount": "9", "total_amount": "99", "stock_returned": false, "deleted": false, "version": 1,
            }),
            "sales_order_lines" => json!({
                "order_id": self.value(SALE), "position": 2, "number": 100, "product_name": "P", "unit_price": "100",
                "quantity": "2", "taken": "2", "sub_total": "100", "discount_amount": "10", "tax_amount": "9",
                "total_amount": "99", "product_number": 1,
                "product_id": self.value("SELECT id FROM products WHERE team_id = $team"),
            }),
            "stock_movements" => json!({
                "product_id": self.value("SELECT id FROM products WHERE team_id = $team"), "sequence": 3,
                "before": "8", "quantity": "-3", "balance": "5", "cause": "adjustment", "reason": "broken",
            }),
            other => buying_in::good(self, other),
        };
        let common = json!({"id": id, "team_id": self.team, "created_at": now, "updated_at": now});
        match table {
            "teams" => with(&mut row, &json!({"id": id, "created_at": now, "updated_at": now})),
            // one of each team, and the team has one
            "audit_chains" => with(&mut row, &json!({"team_id": self.foreign})),
            "accounting_connections" => {
                with(&mut row, &json!({"team_id": self.foreign, "created_at": now, "updated_at": now}));
            }
            _ => with(&mut row, &common),
        }
        row
    }

    /// Tries a good row with `changes`, and takes it back.
    fn attempt(&self, table: &str, changes: &Value) -> Result<(), String> {
        let mut row = self.good(table);
        with(&mut row, changes);
        let columns = self.store.columns(table);
        let insert = format!(
            "INSERT INTO {table} ({columns}) SELECT {columns} FROM jsonb_populate_record(NULL::{table}, $1::jsonb)"
        );
        let done = self.store.superuser().transaction::<(), _, _>(|connection| {
            sql_query(insert).bind::<Text, _>(row.to_string()).execute(connection)?;
            // a routing and its version need each other
            sql_query(VERSIONS).execute(connection)?;
            sql_query("SET CONSTRAINTS ALL IMMEDIATE").execute(connection)?;
            Err(Error::RollbackTransaction)
        });
        match done {
            Err(Error::RollbackTransaction) => Ok(()),
            Err(Error::DatabaseError(_, why)) => {
                Err(why.constraint_name().unwrap_or(why.message()).to_owned())
            }
            other => panic!("{table} with {changes}: {other:?}"),
        }
    }
}

fn with(row: &mut Value, changes: &Value) {
    if let (Some(row), Some(changes)) = (row.as_object_mut(), changes.as_object()) {
        row.extend(changes.clone());
    }
}

/// 32 bytes alike, as PostgreSQL reads them.
fn hash(byte: u8) -> String {
    format!("\\x{}", format!("{byte:02x}").repeat(32))
}

fn of_length(length: usize) -> String {
    "ä".repeat(length)
}

#[test]
fn every_constraint_refuses_the_row_that_breaks_it() {
    let plants = Plants::new();
    let mut refused = BTreeSet::new();
    for (table, breaches) in breaches(&plants) {
        assert_eq!(plants.attempt(table, &json!({})), Ok(()), "{table} takes a good row");
        for (changes, expected) in breaches {
            assert_eq!(plants.attempt(table, &changes), Err(expected.to_owned()), "{table} with {changes}");
            refused.insert(expected.to_owned());
        }
    }
    let all = "SELECT conname::text AS line FROM pg_constraint WHERE connamespace = 'public'::regnamespace
               AND conrelid <> '__diesel_schema_migrations'::regclass";
    let mut all: BTreeSet<_> = lines(&mut plants.store.superuser(), all).into_iter().collect();
    assert!(all.len() > 90, "{all:?}");
    // what is unique under a condition is an index, and no constraint
    all.extend(lines(
        &mut plants.store.superuser(),
        "SELECT indexrelid::regclass::text AS line FROM pg_index WHERE indisunique AND indpred IS NOT NULL
           AND indrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace)",
    ));
    // `updated` below 0 is also below `changed`, a movement's place is taken before its balance, and an id that is unique
    // everywhere before the same within the team: those come first. Keys that hold the primary key are there to be referred to
    let untried: Vec<_> = all.difference(&refused).collect();
    let expected = [
        "dispatches_team_id_id_order_id_vendor_id_key",
        "goods_receipts_team_id_id_order_id_vendor_id_key",
        "order_imports_updated_check",
        "purchase_orders_team_id_id_order_id_vendor_id_key",
        "sessions_pkey",
        "stock_movements_team_id_product_id_sequence_balance_key",
        "users_pkey",
    ];
    assert_eq!(untried, expected, "no other constraint goes untried");
}

#[test]
fn what_lies_within_the_limits_is_taken() {
    let plants = Plants::new();
    for row in [
        json!({"quantity": "0.001"}),
        json!({"quantity": "999999999999.999", "quantity_completed": "0"}),
        json!({"priority": 1}),
        json!({"priority": 5}),
        json!({"order_number": of_length(100), "sku": of_length(100)}),
        json!({"description": of_length(2_000), "notes": of_length(10_000)}),
        json!({"order_number": "a1"}),
        json!({"team_id": plants.foreign, "order_number": "A1"}),
        json!({"team_id": plants.foreign, "work_centre_number": 3}),
        json!({"status": "on_hold", "held_status": "in_progress"}),
        json!({"status": "on_hold"}),
        json!({"routing_id": plants.value("SELECT id FROM routings WHERE team_id = $team"), "routing_version": 1}),
        json!({"custom_fields": {}}),
        json!({"scheduled_end": "9999-12-31T23:59:59.999999Z"}),
    ] {
        assert_eq!(plants.attempt("manufacturing_orders", &row), Ok(()), "{row}");
    }
    for row in [
        json!({"code": "-"}),
        json!({"code": "ABCDEFGHIJKLMNOPQRST"}),
        json!({"team_id": plants.foreign, "code": "VEN001"}),
        json!({"name": of_length(200), "address": of_length(500)}),
        json!({"email": null, "address": null}),
        json!({"email": format!("{}@b.example", "a".repeat(244))}),
        json!({"email": "grün@höfe.example"}),
        json!({"email": "root@localhost"}),
        json!({"email": "a@b.c"}),
        json!({"payment_term_days": 0}),
        json!({"payment_term_days": 365}),
    ] {
        assert_eq!(plants.attempt("vendors", &row), Ok(()), "{row}");
    }
    let vendor = plants.value("SELECT id FROM vendors WHERE team_id = $team");
    let now = "2024-07-01T12:00:00Z";
    for (table, row) in [
        ("teams", json!({"tax_rate": "0", "skill_check": "warn", "shift_calendar": [{}], "currency": "XXX"})),
        ("teams", json!({"tax_rate": "1.0000"})),
        ("users", json!({"roles": ["VENDOR"], "vendor_id": vendor})),
        ("users", json!({"roles": ["ADMIN", "VENDOR", "ACCOUNTS", "OPS", "OPERATOR"], "vendor_id": vendor})),
        ("api_keys", json!({"previous_hash": hash(0), "previous_until": now, "last_used_at": now})),
        ("api_keys", json!({"allowed_networks": vec!["10.0.0.0/8"; 100]})),
        ("sessions", json!({"address": null})),
        ("sessions", json!({"address": "2001:db8::7", "ended_at": now})),
        ("refresh_tokens", json!({"expires_at": "2024-07-01T12:00:00.000001Z"})),
        ("log_in_attempts", json!({"failed_at": []})),
        ("relay_cursors", json!({"consumer": of_length(100), "held_by": null, "held_until": null})),
        (
            "relay_retries",
            json!({"consumer": of_length(100), "attempts": i32::MAX, "error": of_length(1_000)}),
        ),
        ("inbox", json!({"consumer": of_length(100)})),
        ("routings", json!({"team_id": plants.foreign, "name": of_length(100), "is_active": false})),
        ("routing_versions", json!({"name": of_length(100), "description": of_length(2_000)})),
        ("routing_versions", json!({"description": null, "product_identifier": of_length(100)})),
        ("routing_versions", json!({"product_identifier": null, "allow_overlap": true})),
        (
            "routing_operations",
            json!({"operation_number": 200, "setup_minutes": "100000", "run_minutes": "0.001"}),
        ),
        ("routing_operations", json!({"instructions": of_length(10_000), "required_skills": vec!["a"; 100]})),
        ("routing_operations", json!({"instructions": null, "run_time_basis": "per_order"})),
        ("routing_operation_activities", json!({"sequence": 100, "is_required": false})),
        ("log_in_attempts", json!({"failed_at": [now, now, now, now, now]})),
        ("accounting_invoices", json!({"company": "0".repeat(20), "gross": "9999999999999999.99"})),
        ("accounting_invoices", json!({"gross": "0", "state": "in_flight", "look_at": now})),
        ("accounting_connections", json!({"payment_term_days": 365, "prices": "brutto"})),
        ("accounting_connections", json!({"payment_term_days": 0, "payment_method": "payment_card"})),
        ("accounting_exchanges", json!({"invoice_id": null, "took_microseconds": 0, "request": "\\x"})),
        ("accounting_exchanges", json!({"status": null, "answer": null, "error": "nobody answered"})),
    ] {
        assert_eq!(plants.attempt(table, &row), Ok(()), "{table} with {row}");
    }
    for (table, row) in worked_on(&plants).into_iter().chain(buying_in::within(&plants)) {
        assert_eq!(plants.attempt(table, &row), Ok(()), "{table} with {row}");
    }
    let ticket = plants.value("SELECT min(id::text) FROM tickets WHERE team_id = $team");
    let user = plants.value("SELECT min(id::text) FROM users WHERE team_id = $team");
    for row in [
        json!({"kind": "step", "uploaded_by": user}),
        json!({"kind": "txt", "attachment_type": "document", "ticket_id": ticket, "uploaded_by": user}),
    ] {
        assert_eq!(plants.attempt("attachments", &row), Ok(()), "{row}");
    }
    let most = json!({"rows": 100_000, "skipped": 99_997});
    assert_eq!(plants.attempt("order_imports", &most), Ok(()));
}

/// What may be said of operations, the time spent on them and the data collected.
fn worked_on(plants: &Plants) -> Vec<(&'static str, Value)> {
    let now = "2024-07-01T12:00:00Z";
    let moment = |sequence: i32, column: &str| {
        let of = "FROM operation_segments WHERE team_id = $team AND sequence =";
        plants.value(&format!("SELECT {column} {of} {sequence}"))
    };
    let between = json!({
        "operation_id": plants.value(OPERATION), "sequence": 3, "started_at": moment(1, "ended_at"),
        "ended_at": moment(2, "started_at"),
    });
    let nothing = json!({
        "operation_id": plants.value(OPERATION), "sequence": 3, "started_at": moment(2, "started_at"),
        "ended_at": moment(2, "started_at"),
    });
    let reason = plants.value("SELECT id FROM pause_reasons WHERE team_id = $team");
    let mut waiting =
        json!({"operator_id": null, "actual_start": null, "running_since": null, "segments": 0});
    with(&mut waiting, &json!({"good": "0", "rejected": "0", "reworked": "0", "status": "pending"}));
    let pending = waiting.clone();
    with(&mut waiting, &json!({"status": "waiting", "ready_at": null}));
    let most =
        json!({"good": "999999999999.999", "rejected": "999999999999.999", "reworked": "999999999999.999"});
    vec![
        ("number_counters", json!({"team_id": plants.foreign, "kind": "purchase_order"})),
        ("work_order_operations", waiting),
        ("work_order_operations", pending),
        ("work_order_operations", most),
        // a cancelled order's operations keep their status, and nothing runs
        ("work_order_operations", json!({"running_since": null})),
        ("work_order_operations", json!({"status": "paused", "running_since": null, "captured_data": {}})),
        ("work_order_operations", json!({"status": "completed", "running_since": null, "actual_end": now})),
        // handed nothing, and corrected afterwards
        (
            "work_order_operations",
            json!({
                "status": "completed", "running_since": null, "actual_end": now, "actual_start": null, "operator_id": null,
                "segments": 0, "active_micros": 0,
            }),
        ),
        ("work_order_operations", json!({"target_seconds": i64::MAX, "active_micros": i64::MAX})),
        ("work_order_operations", json!({"operation_number": 200, "name": of_length(100)})),
        // segments of one operation may touch, and last no time at all
        ("operation_segments", between),
        ("operation_segments", nothing),
        // and those of two may go on at the same time, by the same operator
        (
            "operation_segments",
            json!({"started_at": moment(2, "started_at"), "ended_at": null, "ended_by": null}),
        ),
        (
            "operation_segments",
            json!({"started_at": moment(1, "started_at"), "ended_at": moment(2, "started_at")}),
        ),
        ("operation_segments", json!({"ended_by": "pause", "pause_reason_id": reason})),
        ("operation_segments", json!({"ended_by": "hand_over"})),
        ("operation_segments", json!({"ended_by": "complete"})),
        ("operation_segments", json!({"ended_by": "cancel"})),
        ("data_collections", json!({"conforming": false, "violations": [{}]})),
    ]
}

#[test]
fn an_order_may_lack_only_what_no_import_and_no_user_must_give() {
    let store = Store::shared();
    let nullable = "SELECT column_name::text AS line FROM information_schema.columns
                    WHERE table_name = 'manufacturing_orders' AND is_nullable = 'YES' ORDER BY ordinal_position";
    let expected = [
        "erp_reference",
        "quantity_completed",
        "held_status",
        "work_centre_number",
        "routing_id",
        "routing_version",
        "scheduled_start",
        "scheduled_end",
        "actual_start",
        "actual_end",
        "notes",
        "custom_fields",
    ];
    assert_eq!(lines(&mut store.superuser(), nullable), expected);
}
